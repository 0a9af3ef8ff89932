"""Multipliers of minimum stays fitted to pairs of reports."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from . import _core
from ._areas_column import as_arrow
from ._durations_request import PERMANENT, one_stay
from ._frame import table as table_of
from ._reconcile_undercount_pairs import REFERENCE, SIDES, Stays, flows, printed_flows, reference_of, stays_of
from .errors import SchemaError, one_of

if TYPE_CHECKING:
    from ._typing import Frame
    from .durations import Publisher

__all__ = ["DurationFit", "fit_durations"]


@dataclass(frozen=True)
class DurationFit:
    """Multipliers of minimum stays fitted by :func:`migstat.reconcile.fit_durations`.

    ``multipliers`` is a model: months (or "permanent") to multiplier. ``residual`` is the sum of squared differences
    between reporters and partners that they leave, ``before`` what there was without them, of so many
    ``comparisons``.
    """

    multipliers: dict[float | str, float]
    residual: float
    before: float
    comparisons: int


def fit_durations(
    pairs: Frame,
    reference: Sequence[str] = REFERENCE,
    *,
    direction: Literal["both", "immigration", "emigration"] = "both",
    stays: Sequence[float | str] | None = None,
    publisher: Publisher = "Eurostat",
    by: str | Sequence[str] = (),
    only_comparable: bool = True,
) -> DurationFit:
    """Fit the multipliers of minimum stays that make reporters and partners agree as well as can be.

    Parameters
    ----------
    pairs, reference, publisher, by, only_comparable
        As for :func:`undercount`; what was printed is compared, with the minimum stays that ``inflow_months`` and
        ``outflow_months`` state, or that are known of the reporters. Flows of unknown stays are left out.
    direction : {"both", "immigration", "emigration"}
        Which ratios to fit.
    stays : sequence of float or str, optional
        Months, perhaps with "permanent", that get a multiplier; stays between them lie on a line. Unless given, all
        that occur, and 12 months, whose multiplier is 1.

    Returns
    -------
    DurationFit
        Its ``multipliers`` are a model for ``durations=``.

    Raises
    ------
    SchemaError
        Where the flows do not tell the stays apart, and for a stay outside of those to be fitted.

    Notes
    -----
    Least are the squares of U's numerator less its denominator, sum (num R - den R)^2 over reporters, directions and
    years, with R that does not fall where the stay grows: the objective of *UndercountMigScores*, BilateralModel. It
    is quadratic, and solved exactly. Large countries weigh most, and "permanent" stays weakly identified: published
    fits of it run from 1.61 to 9.58 with the reference set. Multipliers that were fitted to reporters take some of
    their undercount for short stays; do not score the same reporters by them without thought.

    Examples
    --------
    >>> import migstat as ms
    >>> pairs = {"origin": ["DNK", "SWE", "DNK"], "destination": ["AUT", "AUT", "POL"], "year": [2002] * 3,
    ...          "inflow": [200.0, 100.0, 100.0], "outflow": [120.0, 70.0, 80.0],
    ...          "inflow_months": [3, 3, 6], "outflow_months": [12, 12, 12]}
    >>> found = ms.reconcile.fit_durations(pairs, direction="immigration")
    >>> {stay: round(multiplier, 3) for stay, multiplier in found.multipliers.items()}
    {3.0: 0.633, 6.0: 0.8, 12.0: 1.0}
    """
    one_of("direction", direction, ("both", "immigration", "emigration"))
    one_of("publisher", publisher, ("Eurostat", "national"))
    chosen = reference_of(reference)
    table, times, apart = flows(pairs, by, chosen, only_comparable=only_comparable)
    found = {side: stays_of(table, side, reporter, way, times, publisher, "leave out") for side, reporter, way in SIDES}
    grid = _grid(stays, found)
    core: dict[str, Any] = {name: table.column(name) for name in ("origin", "destination", *times, *apart)}
    core |= {side: printed_flows(table, side) for side in found}
    if "unlike" in table.column_names:
        core["unlike"] = table.column("unlike")
    request = json.dumps({"reference": chosen, "by": [*times, *apart], "bootstrap": 0, "seed": 0, "level": 0.5})
    differences = {}
    for at, stay in enumerate(grid):
        parts = {side: each.follow(_share(stay, grid, one) for one in each.known) for side, each in found.items()}
        adjusted = {f"{side}_adjusted": core[side] * part for side, part in parts.items()}
        sums = as_arrow(_core.undercount_ratios(table_of(core | adjusted), request))
        wanted = np.array(sums.column("numerator").is_valid())
        if direction != "both":
            wanted &= sums.column("direction").to_numpy() == direction
        difference = sums.column("numerator").to_numpy() - sums.column("denominator").to_numpy()
        differences[str(at)] = difference[wanted]
    multipliers, residual, before = _core.fit_durations(table_of(differences), grid.index(12.0))
    return DurationFit(dict(zip(grid, multipliers, strict=True)), residual, before, len(differences["0"]))


def _grid(stays: Any, found: Mapping[str, Stays]) -> list[float | str]:
    """Give the stays to be fitted, the shortest first and "permanent" last."""
    occurring = {_stay(one) for each in found.values() for one in each.known if one is not None}
    wanted = occurring if stays is None else {_stay(one) for one in stays}
    numbers = sorted({12.0, *(one for one in wanted if not isinstance(one, str))})
    grid: list[float | str] = [*numbers, *(one for one in wanted if isinstance(one, str))]
    for one in occurring:
        if one not in grid if isinstance(one, str) else not numbers[0] <= one <= numbers[-1]:
            message = f"stays={stays!r}: flows are counted by {one}, which does not lie among them"
            raise SchemaError(message)
    return grid


def _stay(one: Any) -> float | str:
    said = one_stay(one, "stays").strip().lower()
    if said == PERMANENT:
        return PERMANENT
    try:
        return float(said)
    except ValueError:
        message = f"{one!r} is no minimum stay: expected months, a number of at least 0, or {PERMANENT!r}"
        raise SchemaError(message) from None


def _share(stay: float | str, grid: list[float | str], one: Any) -> float:
    """Give how much of the multiplier of a stay is in that of flows: linear between two, none of others."""
    if one is None:
        return math.nan
    said = _stay(one)
    if isinstance(said, str):
        return float(stay == PERMANENT)
    numbers = [each for each in grid if not isinstance(each, str)]
    return float(np.interp(said, numbers, [float(each == stay) for each in numbers]))
