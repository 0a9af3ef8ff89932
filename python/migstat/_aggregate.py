"""Add up figures, or records, by group."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from . import _core
from ._accumulator import MEASURES, Accumulator, names, thread_count
from ._aggregated import Aggregate
from ._groups import listed
from .errors import SchemaError, one_of
from .observations import Observations

if TYPE_CHECKING:
    from ._typing import Frame, Progress

__all__ = ["aggregate"]


def aggregate(
    source: Observations | Frame | str | os.PathLike[str] | Iterable[Any],
    by: Sequence[str],
    *,
    totals: Sequence[str] = (),
    rollup: Sequence[str] = (),
    measures: Sequence[str] | None = None,
    membership: Literal["period", "current"] | int = "period",
    outside: Literal["row", "drop", "error"] = "row",
    min_coverage: float | None = None,
    across: Sequence[str] = (),
    expected: Literal["rows", "grid"] = "rows",
    value: str | None = "value",
    weights: str | None = None,
    year: str = "year",
    groups: Mapping[str, Any] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Aggregate:
    """Add up figures by group. Only leaves are added, and only figures that mean the same.

    Parameters
    ----------
    source : Observations, table, stream or path
        What to add up: observations, or records, which are the rows of any other table whose columns hold codes. A
        table is one of pandas, polars or pyarrow; a path of Parquet files, a dataset, scanner or reader of pyarrow, a
        lazy frame of polars and a relation of DuckDB are read batch by batch, in bounded memory. Of records, those
        that a column ``leaf`` marks as printed totals are not added.
    by : sequence of str
        Dimensions (``origin``, ``sex``, ``skill`` ...), ``year``, ``period``, ``definition``, fields of the
        definitions (``coverage``), and groups of areas: ``destination.GCC`` (inside or not), ``origin.subregion``
        (M49), ``destination.ESCAP`` (the five subregions), ``destination.LDC`` and every other group that
        :func:`migstat.areas.groups` lists. Groups may overlap: ``destination.LDC+LLDC`` has a row for each, and totals
        that count everybody once. Of records: columns, and ``column.GROUP``.
    totals : sequence of str
        Those of ``by`` to add rows of totals for, in all combinations (SQL's ``CUBE``); such a row has the code ``_T``
        (for years, null). Totals are made from the finest cells, exactly.
    rollup : sequence of str
        Those of ``by`` to roll up (SQL's ``ROLLUP``): ``["origin.region", "origin.subregion", "origin"]`` gives areas,
        subregions, regions and the world.
    measures : sequence of str, optional
        What to work out: ``sum`` (column ``value``), ``bounds`` (``low`` and ``high``), ``count`` (``figures``),
        ``nonmissing`` (``valued``), ``coverage`` (``missing``, ``coverage_cells`` and, of observations,
        ``coverage_value``), ``min``, ``max``, ``mean``. By default sum, count and coverage; of observations also
        bounds.
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
        Of observations only, as is ``expected``.
    expected : {"rows", "grid"}
        What coverage is measured against: the figures that the table lists, or every combination of the codes that
        occur in the definition.
    value : str or None
        The column of values of records; None counts them.
    weights : str, optional
        A column of weights of records, for the mean.
    year : str
        The column of years of records, by which membership is judged.
    groups : mapping, optional
        Groups of your own: see :class:`Accumulator`.
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
        For a column or group that is not known, with near names, and values that are no numbers.

    Notes
    -----
    Sums are exact, then rounded once to the nearest 64-bit float: they do not depend on the order of the rows, on
    chunks or on threads, bit for bit: see :class:`Accumulator`.

    Examples
    --------
    >>> import migstat as ms
    >>> obs = ms.datasets.sri_lanka_departures()
    >>> out = ms.aggregate(obs, by=["year", "destination.GCC"])
    >>> out.pivot(rows="year", columns="destination.GCC").loc[1996].tolist()
    [131322.0, 24148.0, 102.0]

    Permits, one a row, of which nobody else has made observations:

    >>> permits = {"origin": ["LKA", "NPL", "NPL"], "sex": ["F", "F", "M"], "year": [2023, 2023, 2023]}
    >>> ms.aggregate(permits, by=["origin", "sex"], rollup=["origin", "sex"], value=None).to_pandas()
      origin sex  figures
    0    LKA   F        1
    1    NPL   F        1
    2    NPL   M        1
    3    LKA  _T        1
    4    NPL  _T        2
    5     _T  _T        3
    """
    lists = names(by=by, totals=totals, rollup=rollup, across=across, measures=measures or ())
    one_of("outside", outside, ("row", "drop", "error"))
    one_of("expected", expected, ("rows", "grid"))
    if min_coverage is not None and not 0 <= min_coverage <= 1:
        message = f"min_coverage={min_coverage!r}: expected a number from 0 to 1"
        raise SchemaError(message)
    of_records = {"value": value != "value", "weights": weights, "year": year != "year"}
    if not isinstance(source, Observations):
        _refuse({"across": across, "expected": expected != "rows"}, "observations", "records")
        if not measures:
            lists["measures"] = ["sum", "count", "coverage"]
        lists.pop("across")
        sums = Accumulator(
            **lists,
            value=value,
            weights=weights,
            membership=membership,
            outside=outside,
            min_coverage=min_coverage,
            year=year,
            groups=groups,
            threads=threads,
        )
        return sums.update(source, progress).finish()
    _refuse(of_records, "records", "observations")
    for measure in lists["measures"]:
        one_of("measures", measure, tuple(MEASURES))
    request = {
        **lists,
        "membership": str(membership),
        "outside": outside,
        "min_coverage": min_coverage,
        "expected": expected,
        "groups": listed(groups),
    }
    made = _core.aggregate(source._core, json.dumps(request), thread_count(threads), progress)
    return Aggregate._of(made, by, source._kind)


def _refuse(given: Mapping[str, object], of: str, found: str) -> None:
    for argument, value in given.items():
        if value:
            message = f"{argument}= is for {of}, and these are {found}"
            raise SchemaError(message)
