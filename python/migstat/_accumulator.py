"""Sums over records that go on: batches come in, other sums come in, cells go out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from . import _core
from ._aggregated import Aggregate
from ._frame import kind_of, table
from ._groups import listed
from ._sources import tables
from .errors import SchemaError, one_of

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from ._core import Records
    from ._typing import Frame, Kind, Progress

__all__ = ["MEASURES", "Accumulator", "names", "thread_count"]

#: What can be worked out for every cell, and the columns that it makes.
MEASURES = {
    "sum": ("value",),
    "count": ("figures",),
    "nonmissing": ("valued",),
    "coverage": ("missing", "coverage_cells"),
    "min": ("min",),
    "max": ("max",),
    "mean": ("mean",),
    "bounds": ("low", "high"),
}


class Accumulator:
    """Sums over records that are added batch by batch, on any number of machines.

    The order of batches, how they are cut, the number of threads and the order of merges change no bit of the result.

    Parameters
    ----------
    by : sequence of str
        Columns to group by, and ``column.GROUP`` for the group that a label belongs to: every group of areas that
        :func:`migstat.areas.groups` lists (the column then holds codes of areas), and those of ``groups``. Groups may
        overlap: ``origin.LDC+LLDC`` has a row for each, and totals that count everybody once.
    value : str or None
        The column of values; None counts records.
    weights : str, optional
        A column of weights, for the mean.
    measures : sequence of str
        ``sum`` (column ``value``), ``count`` (``figures``), ``nonmissing`` (``valued``), ``coverage`` (``missing``
        and ``coverage_cells``), ``min``, ``max``, ``mean``, and ``bounds`` (``low`` and ``high``: what is known of the
        sum, for which the table must have columns of those names).
    totals : sequence of str
        Those of ``by`` to add rows of totals for, in all combinations (SQL's ``CUBE``).
    rollup : sequence of str
        Those of ``by`` to roll up: from the last to the first, each is summed over together with those after it
        (SQL's ``ROLLUP``), as area, subregion, region, world.
    membership : {"period", "current"} or int
        In which year membership of a group is judged: that of each record, today, or one year.
    outside : {"row", "drop", "error"}
        Records outside a group are rows of their own (``_O``, ``_U``), are set aside in the ledger, or are an error.
    min_coverage : float, optional
        Cells in which a smaller share of records has a value have none.
    year : str
        The column of years that membership is judged by.
    groups : mapping, optional
        Groups of your own: name -> mapping of labels (or of label and year) to groups, or a table with a column of
        labels, ``group``, and ``year`` where membership changes.
    threads : int, optional
        Number of threads; as many as ``MIGSTAT_THREADS`` says, or as there are processors.

    Notes
    -----
    Every cell is one integer that holds the exact sum, so that additions commute: values that are whole numbers are
    added in 64 bits, fractions in 128 bits of fixed point, and what does not fit as in R. M. Neal, "Fast exact
    summation using small and large superaccumulators" (2015, arXiv:1505.05571). Sums are rounded once, when they are
    asked for, to the nearest 64-bit float.

    Examples
    --------
    >>> import migstat as ms
    >>> sums = ms.Accumulator(by=["origin", "sex"], value="people", measures=["sum"])
    >>> for batch in (
    ...     {"origin": ["LKA", "LKA"], "sex": ["F", "M"], "people": [3, 2]},
    ...     {"origin": ["LKA"], "sex": ["F"], "people": [5]},
    ... ):
    ...     sums = sums.update(batch)
    >>> sums.finish().to_pandas()
      origin sex  value
    0    LKA   F    8.0
    1    LKA   M    2.0
    """

    __slots__ = ("_core", "_kind", "_words")
    _core: Records
    _kind: Kind
    _words: dict[str, Any]

    def __init__(
        self,
        by: Sequence[str],
        *,
        value: str | None = "value",
        weights: str | None = None,
        measures: Sequence[str] = ("sum", "count", "coverage"),
        totals: Sequence[str] = (),
        rollup: Sequence[str] = (),
        membership: Literal["period", "current"] | int = "period",
        outside: Literal["row", "drop", "error"] = "row",
        min_coverage: float | None = None,
        year: str = "year",
        groups: Mapping[str, Any] | None = None,
        threads: int | None = None,
    ) -> None:
        by, totals, rollup, measures = names(by=by, totals=totals, rollup=rollup, measures=measures).values()
        one_of("outside", outside, ("row", "drop", "error"))
        if min_coverage is not None and not 0 <= min_coverage <= 1:
            message = f"min_coverage={min_coverage!r}: expected a number from 0 to 1"
            raise SchemaError(message)
        for measure in measures:
            one_of("measures", measure, tuple(MEASURES))
        if weights is not None and "mean" not in measures:
            message = f"weights={weights!r} are for the mean: put 'mean' among measures="
            raise SchemaError(message)
        if value is None and set(measures) - {"count", "sum", "coverage", "nonmissing"}:
            message = f"value=None counts records; measures={measures!r} need a column of values"
            raise SchemaError(message)
        self._words = {
            "by": by,
            "value": value,
            "weights": weights,
            "measures": ["count"] if value is None else measures,
            "totals": totals,
            "rollup": rollup,
            "membership": str(membership),
            "outside": outside,
            "min_coverage": min_coverage,
            "year": year,
            "groups": listed(groups),
        }
        self._core = _core.Records(json.dumps(self._words), thread_count(threads))
        self._kind = "pandas"

    def update(
        self, source: Frame | str | os.PathLike[str] | Iterable[Any], progress: Progress | None = None
    ) -> Accumulator:
        """Add records.

        Parameters
        ----------
        source : table, stream, path or iterable of tables
            A table of pandas, polars or pyarrow; anything that gives batches and is then read in bounded memory (a path
            of Parquet files, a dataset, scanner or reader of pyarrow, a lazy frame of polars, a relation of DuckDB); or
            several of them.
        progress : callable, optional
            Told about every 100 ms how many rows are done.

        Returns
        -------
        Accumulator
            The same.

        Raises
        ------
        SchemaError, CodeError
            Naming column, row and value. Where some of the source has been added by then, the accumulator gives nothing
            any more: begin with a new one.

        Examples
        --------
        >>> import migstat as ms
        >>> sums = ms.Accumulator(by=["sex"], value=None).update({"sex": ["F", "M", "F"]})
        >>> sums.finish().to_pandas()
          sex  figures
        0   F        2
        1   M        1
        """
        self._kind = kind_of(source)
        words = self._words
        more = [name for name in (words["value"], words["weights"]) if name is not None]
        known = ["leaf", "definition", words["year"], *(("low", "high") if "bounds" in words["measures"] else ())]
        for one in tables(source, words["by"], more, known):
            rows = getattr(one, "num_rows", None)
            self._core.update(one, progress, rows if isinstance(rows, int) else None)
        return self

    def merge(self, other: Accumulator) -> Accumulator:
        """Add what another accumulator has, which must have been made with the same arguments.

        Parameters
        ----------
        other : Accumulator
            It is not changed.

        Returns
        -------
        Accumulator
            This one.

        Raises
        ------
        SchemaError
            If the two add up different things.

        Examples
        --------
        >>> import migstat as ms
        >>> a, b = (ms.Accumulator(by=["sex"], value="n", measures=["sum"]) for _ in range(2))
        >>> a.update({"sex": ["F"], "n": [0.1]}).merge(b.update({"sex": ["F"], "n": [0.2]})).finish().to_pandas()
          sex  value
        0   F    0.3
        """
        self._core.merge(other._core)
        return self

    def finish(self) -> Aggregate:
        """Give the sums as they stand; more can be added afterwards.

        Returns
        -------
        Aggregate
            One row a cell, in the order of the codes.

        Examples
        --------
        >>> import migstat as ms
        >>> len(ms.Accumulator(by=["sex"], value=None).update({"sex": ["F", "M", "F"]}).finish())
        2
        """
        made = self._core.finish()
        return Aggregate._of(made, self._words["by"], self._kind)

    def to_numpy(self) -> tuple[np.ndarray[Any, np.dtype[np.float64]], dict[str, list[Any]]]:
        """Give the sums as an array with one axis for each word of ``by``.

        Returns
        -------
        array : numpy.ndarray
            Sums; NaN where no record has a value. Nothing is copied.
        labels : dict
            For each word of ``by`` what the places along its axis stand for.

        Examples
        --------
        >>> import migstat as ms
        >>> table = {"origin": ["LKA", "NPL"], "sex": ["F", "M"], "value": [3, 2]}
        >>> array, labels = ms.Accumulator(by=["origin", "sex"]).update(table).to_numpy()
        >>> array
        array([[ 3., nan],
               [nan,  2.]])
        >>> labels
        {'origin': ['LKA', 'NPL'], 'sex': ['F', 'M']}
        """
        import pyarrow as pa

        columns, values = self._core.dense()
        labels = [pa.table(column).column(0).to_pylist() for column in columns]
        chunks = pa.table(values).column(0).chunks
        flat = chunks[0].to_numpy(zero_copy_only=True) if chunks else pa.array([], pa.float64()).to_numpy()
        shape = tuple(len(one) for one in labels)
        return flat.reshape(shape), dict(zip(self._words["by"], labels, strict=True))

    def to_arrow(self) -> pa.Table:
        """Give all that is known so far as a table, which :meth:`from_arrow` reads: to keep it, or to send it.

        Returns
        -------
        pyarrow.Table
            One row a cell, with its exact sums as lists of floats that add up to them.

        Examples
        --------
        >>> import migstat as ms
        >>> sums = ms.Accumulator(by=["sex"]).update({"sex": ["F", "F"], "value": [0.1, 0.2]})
        >>> sums.to_arrow().column("value.sum").to_pylist()
        [[0.30000000000000004, -2.7755575615628914e-17]]
        """
        import pyarrow as pa

        return pa.table(self._core.state())

    @classmethod
    def from_arrow(cls, state: Frame, threads: int | None = None) -> Accumulator:
        """Read what :meth:`to_arrow` gave.

        Parameters
        ----------
        state : table
            Also as it was read from a file.
        threads : int, optional
            As of :class:`Accumulator`.

        Returns
        -------
        Accumulator
            One that goes on from there.

        Raises
        ------
        SchemaError
            If it is another table.

        Examples
        --------
        >>> import migstat as ms
        >>> sums = ms.Accumulator(by=["sex"]).update({"sex": ["F", "F"], "value": [0.1, 0.2]})
        >>> ms.Accumulator.from_arrow(sums.to_arrow()).finish().to_pandas()[["sex", "value"]]
          sex  value
        0   F    0.3
        """
        made = cls.__new__(cls)
        made._core = _core.Records.from_state(table(state), thread_count(threads))
        made._words = json.loads(made._core.request())
        made._kind = "pandas"
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.to_arrow(), self._kind)

    def __repr__(self) -> str:
        value = self._words["value"]
        return f"<Accumulator of {value or 'records'} by {', '.join(self._words['by']) or 'nothing'}>"


def _restored(state: pa.Table, kind: Kind) -> Accumulator:
    made = Accumulator.from_arrow(state)
    made._kind = kind
    return made


def names(**given: Sequence[str]) -> dict[str, list[str]]:
    """Refuse a single name where a list of names is expected."""
    for argument, value in given.items():
        if isinstance(value, str):
            message = f"{argument}= takes a list of names, such as {argument}=[{value!r}]"
            raise SchemaError(message)
    return {argument: list(value) for argument, value in given.items()}


def thread_count(threads: int | None) -> int:
    """Give the number of threads: as told, else as ``MIGSTAT_THREADS`` says, else one for each processor."""
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
