"""Undercount by bilateral ratios: scores of reporters against partners whose statistics are good."""

from __future__ import annotations

import json
import math
import numbers
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from . import _core
from ._areas_column import as_arrow, index_of, labels_of, whole
from ._durations_request import model_of, one_stay
from ._frame import back, kind_of, numbers_back, table as table_of
from ._reconcile_undercount_pairs import REFERENCE, SIDES, Array, floats, flows, printed_flows, reference_of, stays_of
from ._reconcile_undercount_scores import column_of_numbers
from .errors import SchemaError, one_of

if TYPE_CHECKING:
    import pyarrow as pa

    from ._typing import Column, Frame
    from .durations import Model, OffGrid, Publisher

__all__ = ["undercount", "undercount_classes"]

_MOST_DRAWS = 10_000_000


def undercount(
    pairs: Frame,
    reference: Sequence[str] = REFERENCE,
    *,
    durations: Model | None = None,
    off_grid: OffGrid = "linear",
    publisher: Publisher = "Eurostat",
    unknown: Literal["leave out", "raise"] = "leave out",
    by: str | Sequence[str] = (),
    only_comparable: bool = True,
    bootstrap: int = 0,
    seed: int = 0,
    level: float = 0.95,
    classes: Literal["equal", "quantile"] | None = None,
    overcount: Literal["best", "cut"] = "best",
) -> Any:
    """Score how well reporters count, by what partners with good statistics count of the same flows.

    Parameters
    ----------
    pairs : table
        One flow a row, from ``origin`` to ``destination`` (codes of areas) in a ``year`` (or a period, or at no time):
        ``inflow`` as the destination reports it, ``outflow`` as the origin does, missing where nobody reports. Rows
        whose column ``part``, if there is one, is true are left out where the table also has the row that they are
        in. Of ``inflow_printed``, ``inflow_multiplier``, ``inflow_months`` and the same of outflow see ``durations``.
    reference : sequence of str
        Partners to measure by, countries with good registers: codes, or names that stand for one. A reporter is never
        its own partner.
    durations : str, Exponential or mapping, optional
        A model (see :func:`migstat.durations.multiplier`) to bring both sides to a minimum stay of 12 months, of what
        was printed; ``inflow_months`` and ``outflow_months`` say how long one must stay to be counted (months, or
        "permanent"), else what is known of the reporter does. Unless given, ``inflow`` is taken as it stands beside
        ``inflow_printed``, or multiplied by ``inflow_multiplier``, or left as it is.
    off_grid : {"linear", "loglinear"}
        See :func:`migstat.durations.multiplier`.
    publisher : {"Eurostat", "national"}
        Whose rules the known minimum stays are of.
    unknown : {"leave out", "raise"}
        What to do with a flow whose minimum stay is not known on one side: leave it out of the adjusted ratio, and
        count it, or refuse.
    by : str or sequence of str
        Columns, such as ``sex``, that tell several flows of one corridor and year apart: they get their own ratios,
        and so does a total of them.
    only_comparable : bool
        Leave pairs out whose column ``comparable``, if there is one, is false, and count them.
    bootstrap : int
        How many draws to take for an interval, from 2 to 10 million; 0 for none.
    seed : int
        Where the draws start. A ratio gets the same draws whatever else is in the table, on any number of threads.
    level : float
        The probability of the interval.
    classes : {"equal", "quantile"}, optional
        Add a ``class`` by :func:`undercount_classes`, in each direction by itself.
    overcount : {"best", "cut"}
        See :func:`undercount_classes`.

    Returns
    -------
    table
        By ``reporter``, ``direction`` ("immigration", "emigration") and year: the number of ``partners`` of whom both
        sides are known, of those ``one_sided`` (in neither sum) and of ``unknown`` minimum stay (not in the adjusted
        sums), and how many are ``not_comparable`` (in no sum) where the pairs say that; ``numerator_printed``,
        ``denominator_printed``, ``ratio_printed``; ``numerator``, ``denominator`` and ``ratio`` as adjusted,
        ``log_ratio``; with a bootstrap ``low``, ``high`` and ``sd``. Below 1 the reporter counts fewer than its
        partners do. Missing where no partner has both sides, or partners count nobody; ``log_ratio`` also where the
        reporter counts nobody.

    Raises
    ------
    SchemaError
        For missing columns, and for a flow that stands twice, naming both rows.
    CodeError
        For a reference that is no country or that no pair is with, and ends of pairs that are no areas; for a minimum
        stay of which the model knows nothing.
    DefinitionError
        For pairs of several families, and ``durations`` where they are no flows.

    Warns
    -----
    UserWarning
        Where "permanent" is among the minimum stays: see :func:`migstat.durations.multiplier`.

    Notes
    -----
    For the emigration of X in one year, c being partners and R(d) the multiplier of the minimum stay that a side goes
    by,

    U = sum_c M(X to c, reported by X) R_X / sum_c M(X to c, reported by c) R_c

    and the same of flows from c for immigration: M. Dańko and others, *Assessing the quality of data on international
    migration flows in Europe: the case of undercounting*, Migration Studies 12(2), 2024, and *UndercountMigScores*,
    BilateralModel. Numerator and denominator are drawn from binomials B(N, share): N is all that the reporter, or its
    partners together, count in that direction and year from and to single countries in the table, the share that of
    the flows compared, as printed. Percentiles of the ratios are the interval. Where the table has no other flows the
    share is 1 and nothing varies: no interval is given then.

    Examples
    --------
    Flows from Denmark to Austria, of which Austria counts who stays 3 months and Denmark who leaves for 6:

    >>> import migstat as ms
    >>> pairs = {"origin": ["DNK"], "destination": ["AUT"], "year": [2002], "inflow": [962], "outflow": [670],
    ...          "inflow_months": [3], "outflow_months": [6]}
    >>> found = ms.reconcile.undercount(pairs, durations="imem")
    >>> found[["reporter", "direction", "year", "ratio_printed", "numerator", "ratio"]].round(3)
      reporter    direction  year  ratio_printed  numerator  ratio
    0      AUT  immigration  2002          1.436     606.06  1.239
    """
    chosen = reference_of(reference)
    one_of("off_grid", off_grid, ("linear", "loglinear"))
    one_of("unknown", unknown, ("leave out", "raise"))
    one_of("publisher", publisher, ("Eurostat", "national"))
    if classes is not None:
        one_of("classes", classes, ("equal", "quantile"))
    one_of("overcount", overcount, ("best", "cut"))
    draws, start, chance = _draws(bootstrap), _seed(seed), _probability(level)
    table, times, apart = flows(pairs, by, chosen, only_comparable=only_comparable)
    sides: dict[str, Array] = {}
    permanent = False
    for side, reporter, direction in SIDES:
        printed = printed_flows(table, side)
        sides[side] = printed
        if durations is None:
            sides[f"{side}_adjusted"] = _adjusted(table, side)
        else:
            stays = stays_of(table, side, reporter, direction, times, publisher, unknown)
            multipliers, weak = _multipliers(stays.known, durations, off_grid)
            sides[f"{side}_adjusted"] = printed * stays.follow(multipliers)
            permanent |= weak
    if permanent:
        warnings.warn(_core.duration_warning(), UserWarning, stacklevel=2)
    core = {name: table.column(name) for name in ("origin", "destination", *times, *apart)}
    if "unlike" in table.column_names:
        core["unlike"] = table.column("unlike")
    request = {"reference": chosen, "by": [*times, *apart], "bootstrap": draws, "seed": start, "level": chance}
    found = as_arrow(_core.undercount_ratios(table_of(core | sides), json.dumps(request)))
    return back(kind_of(pairs), _finished(found, table, times, classes, overcount))


def undercount_classes(
    log_ratio: Column, cuts: Literal["equal", "quantile"] = "equal", *, overcount: Literal["best", "cut"] = "best"
) -> Any:
    """Put logarithms of ratios into five classes, from 0 (the best) over 0.25, 0.5 and 0.75 to 1.

    Parameters
    ----------
    log_ratio : column
        As :func:`undercount` gives it, missing where there is none.
    cuts : {"equal", "quantile"}
        Classes as wide as one another, or of as many members as can be.
    overcount : {"best", "cut"}
        Whether ratios above 1 count as 1, and so are in the best class, or are cut as they are, the highest being best.

    Returns
    -------
    column
        Of the caller's kind; missing where the logarithm is.

    Raises
    ------
    SchemaError
        For other cuts.

    Notes
    -----
    Equal classes divide what lies between the lowest logarithm and 0, or the highest with ``overcount="cut"``. What
    is on an edge is in the better class.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.reconcile.undercount_classes([0.4, 0.0, -0.25, -0.5, -1.0, None])
    [0.0, 0.0, 0.25, 0.5, 1.0, None]
    """
    one_of("cuts", cuts, ("equal", "quantile"))
    one_of("overcount", overcount, ("best", "cut"))
    values = whole(log_ratio)
    logs = column_of_numbers(values, "log_ratio")
    found = as_arrow(_core.undercount_classes(_arrow(logs), cuts, overcount == "best")).column(0).to_numpy()
    return numbers_back(values, found, "class", index_of(values))


def _draws(value: Any) -> int:
    """Take how often to draw: one draw has no spread, and all draws of a ratio are in memory at once."""
    if _is_whole(value) and (value == 0 or 2 <= value <= _MOST_DRAWS):
        return int(value)
    message = f"bootstrap={value!r}: expected 0 or a whole number from 2 to {_MOST_DRAWS:,}"
    raise SchemaError(message)


def _seed(value: Any) -> int:
    if _is_whole(value) and 0 <= value < 2**63:
        return int(value)
    message = f"seed={value!r}: expected a whole number of at least 0"
    raise SchemaError(message)


def _is_whole(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, numbers.Integral)


def _probability(level: Any) -> float:
    if not isinstance(level, bool) and isinstance(level, numbers.Real) and 0 < float(level) < 1:
        return float(level)
    message = f"level={level!r}: expected a probability between 0 and 1, such as 0.95"
    raise SchemaError(message)


def _adjusted(table: pa.Table, side: str) -> Array:
    """Give flows as they stand beside what was printed, else times the multiplier that stands beside them."""
    flow = floats(table, side)
    names = table.column_names
    multiplied = f"{side}_printed" not in names and f"{side}_multiplier" in names
    return flow * floats(table, f"{side}_multiplier") if multiplied else flow


def _multipliers(stays: list[Any], model: Any, off_grid: OffGrid) -> tuple[Array, bool]:
    """Give what flows of these minimum stays are multiplied by, and whether "permanent" is among them."""
    said = [None if one is None else one_stay(one, "months") for one in stays]
    found, permanent = _core.duration_multipliers(labels_of(said), "12", json.dumps(model_of(model)), off_grid)
    return as_arrow(found).column(0).to_numpy(), permanent


def _finished(found: pa.Table, table: pa.Table, times: Sequence[str], classes: Any, overcount: str) -> pa.Table:
    """Give years as numbers again, and classes where they are wanted."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name in times:
        kind = table.column(name).type
        if pa.types.is_integer(kind) or pa.types.is_date(kind) or pa.types.is_floating(kind):
            at = found.column_names.index(name)
            found = found.set_column(at, name, pc.cast(found.column(name), pa.int32() if name == "year" else kind))
    if classes is None:
        return found
    logs = found.column("log_ratio").to_numpy()
    directions = found.column("direction").to_numpy()
    graded = np.full(len(found), math.nan)
    for direction in ("immigration", "emigration"):
        mine = directions == direction
        made = _core.undercount_classes(_arrow(logs[mine]), classes, overcount == "best")
        graded[mine] = as_arrow(made).column(0).to_numpy()
    return found.append_column("class", pa.array(graded, from_pandas=True))


def _arrow(values: Array) -> Any:
    import pyarrow as pa

    return pa.array(values, pa.float64(), from_pandas=True)
