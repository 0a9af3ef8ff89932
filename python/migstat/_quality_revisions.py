"""Two editions of a publication, figure by figure."""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from . import _core
from ._aggregated_cells import near
from ._frame import back, columns_of, kind_of, table as table_of
from .errors import SchemaError
from .observations import Observations, _when

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from ._core import Revisions as CoreRevisions
    from ._typing import Frame, Kind

__all__ = ["Revisions", "revisions"]

#: Columns of a table that do not tell figures apart, unless they are named.
_NO_KEYS = ("definition", "low", "high", "presence", "leaf", "obs_status", "conf_status", "flag", "basis",
            "figure", "share", "row", "column", "note")  # fmt: skip
#: What a comparison always says of a figure; the rest is shown where it varies.
_SAID = ("earlier", "later", "difference", "relative", "state")


class Revisions:
    """Two editions compared by :func:`migstat.quality.revisions`, figure by figure.

    Every figure of either edition is in one line, and in one ``state``:

    ==================  ===================================================================================
    same                the same number (as far as ``tolerance`` says), or no number in the same way
    revised             another number
    added, removed      in the later edition only; in the earlier only
    became missing      it had a number and has none
    filled in           it had no number and has one
    presence changed    the same number, or none, but the cell says something else: blank, then suppressed
    definition changed  the same cell of the same measure means something else; ``changed`` says what
    repeated            an edition has several such figures, so that nobody can say which is which
    ==================  ===================================================================================

    Examples
    --------
    >>> import migstat as ms
    >>> earlier = {"destination": ["SAU", "KWT", "QAT"], "year": [1996] * 3, "value": [10.0, 20.0, None]}
    >>> later = {"destination": ["SAU", "KWT", "OMN"], "year": [1996] * 3, "value": [12.0, 20.0, 5.0]}
    >>> found = ms.quality.revisions(earlier, later)
    >>> found.to_pandas()[["destination", "earlier", "later", "difference", "state"]]
      destination  earlier  later  difference    state
    0         KWT     20.0   20.0         0.0     same
    1         OMN      NaN    5.0         NaN    added
    2         QAT      NaN    NaN         NaN  removed
    3         SAU     10.0   12.0         2.0  revised
    """

    __slots__ = ("__weakref__", "_core", "_kind", "_names")
    _core: CoreRevisions
    _kind: Kind
    _names: tuple[str, str]

    @classmethod
    def _of(cls, core: CoreRevisions, kind: Kind, names: tuple[str, str]) -> Revisions:
        made = cls.__new__(cls)
        made._core = core
        made._kind = kind
        made._names = names
        return made

    def __len__(self) -> int:
        return len(self._core)

    def to_arrow(self, *, changed: bool = False, full: bool = False) -> pa.Table:
        """Give the comparison as a pyarrow table.

        Parameters
        ----------
        changed : bool
            Only figures that are not the same.
        full : bool
            All columns, also those that are the same in every row.

        Returns
        -------
        pyarrow.Table
            See :meth:`to_pandas`.

        Examples
        --------
        >>> import migstat as ms
        >>> both = {"area": ["SAU"], "value": [10]}, {"area": ["SAU"], "value": [12]}
        >>> ms.quality.revisions(*both).to_arrow().column("difference").to_pylist()
        [2.0]
        """
        import pyarrow as pa

        return self._view(pa.table(self._core.table(changed)), full)

    def to_pandas(self, *, changed: bool = False, full: bool = False) -> pd.DataFrame:
        """Give the comparison as a pandas frame.

        Parameters
        ----------
        changed, full : bool
            See :meth:`to_arrow`.

        Returns
        -------
        pandas.DataFrame
            A row a figure, in the order of codes and periods: the codes that vary, the period, ``measure`` and
            ``unit`` where there are several, ``earlier`` and ``later`` number, ``difference`` (later less earlier),
            ``relative`` (to the earlier number), ``state``, and ``changed``, what a definition says now. With
            ``full=True`` also the rows and definitions of both editions, what stood in their cells, and whether the
            figure is a ``leaf`` in both.

        Examples
        --------
        >>> import migstat as ms
        >>> both = {"area": ["SAU", "KWT"], "value": [10, 5]}, {"area": ["SAU", "KWT"], "value": [12, 5]}
        >>> ms.quality.revisions(*both).to_pandas(changed=True).relative.tolist()
        [0.2]
        """
        frame: pd.DataFrame = self.to_arrow(changed=changed, full=full).to_pandas()
        return frame

    def to_polars(self, *, changed: bool = False, full: bool = False) -> pl.DataFrame:
        """Give the comparison as a polars frame.

        Parameters
        ----------
        changed, full : bool
            See :meth:`to_arrow`.

        Returns
        -------
        polars.DataFrame
            See :meth:`to_pandas`; codes are categoricals.

        Examples
        --------
        >>> import migstat as ms
        >>> both = {"area": ["SAU"], "value": [10]}, {"area": ["SAU"], "value": [12]}
        >>> ms.quality.revisions(*both).to_polars().height
        1
        """
        import polars as pl

        return pl.DataFrame(self.to_arrow(changed=changed, full=full))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._core.table(False).__arrow_c_stream__()

    def by(self, by: str | Sequence[str]) -> Any:
        """Say what became of the figures of each group.

        Parameters
        ----------
        by : str or sequence of str
            Dimensions, ``year``, ``period``, ``presence`` (in the later edition), or fields of the definitions.
            Measures and units are always told apart.

        Returns
        -------
        table
            A row a group: the number of ``figures`` and of those in each state; of the ``compared``, ``earlier`` and
            ``later`` sum, ``revision`` (their difference), ``a6``, ``mean_revision`` and ``mean_absolute``. Compared
            are figures with a number in both editions, of unchanged definition, which are leaves in both: nobody is
            counted twice. A group of totals has none of these; select the totals to compare them
            (:meth:`migstat.Observations.where`).

        Raises
        ------
        SchemaError
            For what the figures do not have, with near names.

        Notes
        -----
        ``a6`` is sum(abs(later - earlier)) / sum(abs(later)), indicator A6 (size of revisions) of the quality and
        performance indicators of the European Statistical System; ``mean_revision`` is its bias, mean(later - earlier).
        Percentages are never added: they have the means only.

        Examples
        --------
        >>> import migstat as ms
        >>> earlier = {"area": ["SAU", "SAU", "KWT"], "year": [1995, 1996, 1996], "value": [8, 10, 5]}
        >>> later = {"area": ["SAU", "SAU", "KWT"], "year": [1995, 1996, 1996], "value": [8, 12, 5]}
        >>> ms.quality.revisions(earlier, later).by("area")[["area", "same", "revised", "a6", "mean_revision"]]
          area  same  revised   a6  mean_revision
        0  KWT     1        0  0.0            0.0
        1  SAU     1        1  0.1            1.0
        """
        return back(self._kind, self._core.by(_several(by)))

    @property
    def summary(self) -> pd.DataFrame:
        """What became of all figures, a row a measure and unit; see :meth:`by`."""
        import pyarrow as pa

        frame: pd.DataFrame = pa.table(self._core.by([])).to_pandas()
        return frame

    def series(self, by: str | Sequence[str] | None = None) -> Any:
        """Say of every series whether it was revised or copied from the earlier edition.

        Parameters
        ----------
        by : str or sequence of str, optional
            What a series is: unless said, the destination, or the origin where all have one destination, or the first
            dimension there is. Measures and units are always told apart.

        Returns
        -------
        table
            A row a series, with its ``state``: ``unrevised`` where all figures of all periods that both editions have
            are the same (and at least one is a number in both), ``unrevised, extended`` where the later edition goes
            on to other periods, ``revised``, or ``nothing to compare``. The ``first`` and ``last`` common period and
            the number of common ``periods``; numbers ``compared``, ``same``; figures ``changed`` (also those gone
            from a common period), ``added`` in common periods, ``extended`` and ``dropped`` in others, and
            ``repeated``.

        Raises
        ------
        SchemaError
            For what the figures do not have, with near names.

        Examples
        --------
        >>> import migstat as ms
        >>> earlier = {"area": ["SAU", "KWT"], "year": [2015, 2015], "value": [10, 5]}
        >>> later = {"area": ["SAU", "KWT"] * 2, "year": [2015, 2015, 2020, 2020], "value": [10, 7, 11, 8]}
        >>> ms.quality.revisions(earlier, later).series("area")[["area", "state", "last", "extended"]]
          area                state  last  extended
        0  KWT              revised  2015         1
        1  SAU  unrevised, extended  2015         1
        """
        return back(self._kind, self._core.series(self._series_of(by)))

    @property
    def unrevised(self) -> pd.DataFrame:
        """The series (see :meth:`series`) that the later edition copies from the earlier as they were."""
        import pyarrow as pa

        frame: pd.DataFrame = pa.table(self._core.series(self._series_of(None))).to_pandas()
        return frame[frame["state"].str.startswith("unrevised")].reset_index(drop=True)

    def top(self, count: int = 10, *, relative: bool = False, leaves: bool = False) -> Any:
        """Give the figures that were revised most.

        Parameters
        ----------
        count : int
            How many.
        relative : bool
            By the share of the earlier number, not by the difference.
        leaves : bool
            Only figures that are leaves in both editions, not totals of others.

        Returns
        -------
        table
            As :meth:`to_pandas` gives it, the largest revision first.

        Examples
        --------
        >>> import migstat as ms
        >>> both = {"area": ["SAU", "KWT"], "value": [10, 5]}, {"area": ["SAU", "KWT"], "value": [12, 9]}
        >>> ms.quality.revisions(*both).top(1).area.tolist()
        ['KWT']
        """
        import pyarrow as pa

        return back(self._kind, self._view(pa.table(self._core.largest(_count(count), relative, leaves)), False))

    @property
    def definitions(self) -> pd.DataFrame:
        """Which definitions were compared: the number of ``figures``, in what they ``agree_in``, and what differs."""
        import pyarrow as pa

        frame: pd.DataFrame = pa.table(self._core.definitions()).to_pandas()
        return frame

    def _series_of(self, by: str | Sequence[str] | None) -> list[str]:
        if by is not None:
            return _several(by)
        names = [name for name in self._core.names() if name not in ("year", "period")]
        areas: list[str] = [name for name in ("destination", "origin") if name in names]
        varying = [name for name in areas if name in self._core.varying()]
        return (varying or areas or names)[:1]

    def _view(self, table: pa.Table, full: bool) -> pa.Table:
        """Give the columns in which figures differ (or all), with years instead of dates where they are years."""
        import pyarrow as pa

        shown = {*_SAID, *self._core.varying()}
        columns: dict[str, Any] = {}
        for name in table.column_names:
            if name == "period_start":
                columns |= _when(table)
            elif name != "period_end" and (full or name in shown):
                columns[name] = table.column(name)
        return pa.table(columns)

    def __repr__(self) -> str:
        from ._quality_revisions_display import revisions_text

        return revisions_text(self)

    def _repr_html_(self) -> str:
        from ._quality_revisions_display import revisions_html

        return revisions_html(self)


def revisions(
    earlier: Observations | Frame,
    later: Observations | Frame,
    *,
    tolerance: float = 0,
    ignore: str | Iterable[str] = (),
    keys: Sequence[str] | None = None,
    value: str = "value",
) -> Revisions:
    """Compare two editions of a publication: what changed, by how much, where, and what is only a copy.

    Parameters
    ----------
    earlier, later : Observations or table
        Both of one kind. Observations are paired on the codes of all dimensions, the period, and what their definitions
        mean; never on citation, file, sheet or vintage. Tables of codes are paired on ``keys``.
    tolerance : float
        How far two numbers may be apart and count as the same, such as 0.05 for percentages printed to a tenth.
    ignore : str or iterable of str
        Fields of the definitions that shall not matter, such as ``coverage``.
    keys : sequence of str, optional
        For tables: the columns that tell figures apart; unless said, all that both have but ``value`` and what is said
        of a figure, such as ``note``, ``flag``, ``low`` and ``high``. Whole numbers tell figures apart as codes do.
        ``year``, ``period``, or ``period_start`` and ``period_end`` say when; fields of definitions, such as
        ``measure`` and ``unit``, what is meant.
    value : str
        For tables: the column of numbers.

    Returns
    -------
    Revisions
        Every figure of either edition once; see :class:`Revisions` for the states.

    Raises
    ------
    SchemaError
        For tables whose columns do not fit, naming edition, column and row.
    CodeError
        For a period or a presence that is not known.

    Notes
    -----
    Where several definitions of an edition share a cell, those that agree in more are paired first: in meaning and
    title of the table, in meaning and sheet, in meaning. :attr:`Revisions.definitions` shows which was paired with
    which. A figure that cannot be told from another of its edition is ``repeated`` and compared with nothing.

    Examples
    --------
    >>> import migstat as ms
    >>> def edition(year, persons):
    ...     table = {"to": ["SAU", "KWT"], "n": persons}
    ...     said = dict(origin="LKA", year=1996, measure="labour_outflow", vintage=str(year))
    ...     return ms.harmonise(table, destination="to", value="n", constants=said)
    >>> found = ms.quality.revisions(edition(1998, [100, 50]), edition(2000, [104, 50]))
    >>> found.summary[["same", "revised", "revision", "mean_revision"]]
       same  revised  revision  mean_revision
    0     1        1       4.0            2.0
    >>> found.unrevised.destination.tolist()
    ['KWT']
    """
    fields, margin = _several(ignore), _margin(tolerance)
    if isinstance(earlier, Observations) and isinstance(later, Observations):
        if keys is not None or value != "value":
            message = "keys= and value= are for tables: observations know what tells their figures apart"
            raise SchemaError(message)
        made = _core.compare_observations(earlier._core, later._core, margin, fields)
        return Revisions._of(made, later._kind, (_edition(earlier), _edition(later)))
    if isinstance(earlier, Observations) or isinstance(later, Observations):
        message = "one edition is Observations and the other a table: ms.harmonise makes Observations of it"
        raise SchemaError(message)
    chosen = _keys(earlier, later, value) if keys is None else _several(keys)
    _check_keys(chosen, value)
    roles = json.dumps({"keys": chosen, "value": value})
    tables = [table_of(one, _wanted(one, chosen, value)) for one in (earlier, later)]
    made = _core.compare_tables(tables[0], tables[1], roles, margin, fields)
    return Revisions._of(made, kind_of(later), ("", ""))


def _count(value: Any) -> int:
    if not isinstance(value, bool) and isinstance(value, numbers.Integral) and int(value) >= 0:
        return int(value)
    message = f"count={value!r}: expected a whole number of at least 0"
    raise SchemaError(message)


def _margin(value: Any) -> float:
    if not isinstance(value, bool) and isinstance(value, numbers.Real) and 0 <= float(value) < math.inf:
        return float(value)
    message = f"tolerance={value!r}: expected a number of at least 0"
    raise SchemaError(message)


def _edition(obs: Observations) -> str:
    """Name an edition: its vintage, or else when it was released."""
    definitions = obs.definitions
    for field in ("vintage", "release_date"):
        if field in definitions and (said := definitions[field].dropna().unique().tolist()):
            return ", ".join(map(str, said[:3]))
    return ""


def _keys(earlier: Frame, later: Frame, value: str) -> list[str]:
    """Choose the columns that tell figures apart: all but those that say something of one, if both have the same."""
    before, after = ([n for n in columns_of(one) if n not in (*_NO_KEYS, value)] for one in (earlier, later))
    if alone := sorted(set(before) ^ set(after)):
        # A name that is misspelt in one edition has a near one that only the other has.
        editions = (("earlier", before, after), ("later", after, before))
        said = [
            f"{name!r} ({which}{near(name, [one for one in others if one not in mine])})"
            for which, mine, others in editions
            for name in mine
            if name not in others
        ]
        message = (
            f"only one edition has {'the column' if len(alone) == 1 else 'each of the columns'} {', '.join(said)}: "
            f"name them alike, or name in keys= those that tell figures apart; both have "
            f"{', '.join(repr(name) for name in before if name in after) or 'nothing'}"
        )
        raise SchemaError(message)
    return before


def _check_keys(chosen: list[str], value: str) -> None:
    for at, name in enumerate(chosen):
        if name in (*_SAID, "changed"):
            message = f"keys: a comparison has a column {name!r} of its own: rename that of the tables, or leave it out"
        elif name == value:
            message = f"keys: {name!r} is the column of numbers (value=), which tells no figures apart"
        elif name in chosen[:at]:
            message = f"keys: {name!r} is named twice"
        else:
            continue
        raise SchemaError(message)


def _wanted(frame: Frame, keys: Sequence[str], value: str) -> list[str]:
    names = columns_of(frame)
    return [*keys, value, *(name for name in ("presence", "leaf") if name in names and name not in keys)]


def _several(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]
