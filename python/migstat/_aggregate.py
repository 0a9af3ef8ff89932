"""Add up figures by group."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from . import _core
from ._aggregated import Aggregate
from .errors import SchemaError, one_of
from .observations import Observations

if TYPE_CHECKING:
    from ._typing import Progress

__all__ = ["aggregate"]


def aggregate(
    observations: Observations,
    by: Sequence[str],
    *,
    totals: Sequence[str] = (),
    membership: Literal["period", "current"] | int = "period",
    outside: Literal["row", "drop", "error"] = "row",
    min_coverage: float | None = None,
    across: Sequence[str] = (),
    expected: Literal["rows", "grid"] = "rows",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Aggregate:
    """Add up figures by group. Only leaves are added, and only figures that mean the same.

    Parameters
    ----------
    observations : Observations
        What to add up.
    by : sequence of str
        Dimensions (``origin``, ``sex``, ``skill`` ...), ``year``, ``period``, ``definition``, fields of the
        definitions (``coverage``), and groups of areas: ``destination.GCC`` (inside or not), ``origin.subregion``
        (M49), ``destination.ESCAP`` (the five subregions), ``destination.LDC`` and every other group that
        :func:`migstat.areas.groups` lists.
    totals : sequence of str
        Those of ``by`` to add rows of totals for, in all combinations; such a row has the code ``_T`` (for years,
        null).
    membership : {"period", "current"} or int
        In which year membership of a group is judged: that of each figure, today, or one year. Lists without dates
        are current lists, which the ledger says.
    outside : {"row", "drop", "error"}
        Figures outside a group are rows of their own (``_O`` outside, ``_U`` where nobody can say, as for "Others"),
        are set aside and listed in the ledger, or are an error.
    min_coverage : float, optional
        Cells of less coverage (``coverage_cells``, 0 to 1) have no value.
    across : sequence of str
        Fields in which definitions may differ and still be added, such as ``coverage`` or ``vintage``; never ``unit``.
    expected : {"rows", "grid"}
        What coverage is measured against: the figures that the table lists, or every combination of the codes that
        occur in the definition.
    threads : int, optional
        Number of threads; as many as ``MIGSTAT_THREADS`` says, or as there are processors. The result does not depend
        on it.
    progress : callable, optional
        Told about every 100 ms how many rows are done.

    Returns
    -------
    Aggregate
        One row a cell that at least one figure fell into, in the order of the codes. A cell whose figures have no
        value has none: missing is not zero. ``value`` adds the figures that have one; ``low`` and ``high`` also what is
        known of those that have none (a suppressed ``<5`` is 1 to 4), and are null where nothing is known of one.
        Figures that are not broken down by something that others are broken down by have the code ``_U`` in it.

    Raises
    ------
    DefinitionError
        If figures that mean different things would be added, or stocks of several days.
    SchemaError, CodeError
        For a column or group that is not known, with near names.

    Notes
    -----
    Sums are exact, then rounded once to the nearest 64-bit float: they do not depend on the order of the rows, on
    chunks or on threads, bit for bit (Neal 2015, "Fast exact summation using small and large superaccumulators",
    arXiv:1505.05571).

    Examples
    --------
    >>> import migstat as ms
    >>> obs = ms.datasets.sri_lanka_departures()
    >>> out = ms.aggregate(obs, by=["year", "destination.GCC"])
    >>> out.pivot(rows="year", columns="destination.GCC").loc[1996].tolist()
    [131322.0, 24148.0, 102.0]
    """
    if isinstance(by, str) or isinstance(totals, str) or isinstance(across, str):
        message = "by=, totals= and across= take lists of names, such as by=['year', 'sex']"
        raise SchemaError(message)
    given: object = observations
    if not isinstance(given, Observations):
        message = f"expected Observations, found {type(given).__name__}; harmonise the table first"
        raise SchemaError(message)
    one_of("outside", outside, ("row", "drop", "error"))
    one_of("expected", expected, ("rows", "grid"))
    if min_coverage is not None and not 0 <= min_coverage <= 1:
        message = f"min_coverage={min_coverage!r}: expected a number from 0 to 1"
        raise SchemaError(message)
    request = {
        "by": list(by),
        "totals": list(totals),
        "membership": str(membership),
        "outside": outside,
        "min_coverage": min_coverage,
        "across": list(across),
        "expected": expected,
    }
    made = _core.aggregate(observations._core, json.dumps(request), _threads(threads), progress)
    return Aggregate._of(made, by, observations._kind)


def _threads(threads: int | None) -> int:
    stated = os.environ.get("MIGSTAT_THREADS") if threads is None else threads
    if stated is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        count = int(stated)
    except ValueError:
        count = 0
    if not 1 <= count <= 4096:
        message = f"threads={stated!r}: expected a whole number from 1 to 4096"
        raise SchemaError(message)
    return count
