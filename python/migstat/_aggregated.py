"""Sums over groups of figures, as they are met: cells, pivots, shares, what was missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from ._aggregated_cells import give, numbered
from ._aggregated_corridors import corridors
from ._aggregated_coverage import below_coverage, coverage
from ._aggregated_growth import growth
from ._aggregated_shares import share, shares
from ._frame import back
from .errors import SchemaError
from .ledger import Ledger
from .observations import Observations

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from ._core import Aggregate as CoreAggregate
    from ._typing import Kind

__all__ = ["Aggregate"]


class Aggregate:
    """Sums over groups, made by :func:`aggregate`, with what was missing and how they came about.

    Examples
    --------
    >>> import migstat as ms
    >>> obs = ms.datasets.sri_lanka_departures().where(year=1996)
    >>> out = ms.aggregate(obs, by=["sex"])
    >>> out.to_pandas()[["sex", "value"]]
      sex     value
    0   F  112468.0
    1   M   43104.0
    """

    __slots__ = ("__weakref__", "_by", "_core", "_kind")
    _core: CoreAggregate
    _kind: Kind
    _by: tuple[str, ...]

    @classmethod
    def _of(cls, core: CoreAggregate, by: Sequence[str], kind: Kind) -> Aggregate:
        made = cls.__new__(cls)
        made._core = core
        made._by = tuple(by)
        made._kind = kind
        return made

    def __len__(self) -> int:
        return len(self._core.cells())

    @property
    def by(self) -> tuple[str, ...]:
        """What the figures are grouped by."""
        return self._by

    @property
    def ledger(self) -> Ledger:
        """The account of every operation that led here."""
        return Ledger(self._core.ledger())

    @property
    def definitions(self) -> pd.DataFrame:
        """The definitions of the cells; fields named in ``across=`` are not stated."""
        import pyarrow as pa

        whole: pd.DataFrame = pa.table(self._core.definitions()).to_pandas().set_index("definition")
        return whole.dropna(axis="columns", how="all")

    def to_arrow(self) -> pa.Table:
        """Give the cells as a pyarrow table.

        Returns
        -------
        pyarrow.Table
            One row a cell: what it is grouped by, ``definition`` where there are several, ``value`` (in the unit of
            the definition), ``low`` and ``high`` where there are bounds, number of ``figures`` and of figures without
            a value (``missing``), ``coverage_cells`` (figures with a value over figures expected) and
            ``coverage_value`` (value over the printed total, where there is one).

        Examples
        --------
        >>> import migstat as ms
        >>> out = ms.aggregate(ms.datasets.sri_lanka_departures(), by=["year"])
        >>> out.to_arrow().column("value").to_pylist()
        [18428.0, 171254.0, 155572.0]
        """
        import pyarrow as pa

        return pa.table(self._core.cells())

    def to_pandas(self) -> pd.DataFrame:
        """Give the cells as a pandas frame.

        Returns
        -------
        pandas.DataFrame
            See :meth:`to_arrow`; codes are categories.

        Examples
        --------
        >>> import migstat as ms
        >>> out = ms.aggregate(ms.datasets.sri_lanka_departures(), by=["year", "sex"])
        >>> len(out.to_pandas())
        6
        """
        cells: pd.DataFrame = self.to_arrow().to_pandas()
        if "year" in cells.columns and cells["year"].isna().any():
            cells["year"] = cells["year"].astype("Int32")  # a row of totals has no year; the others stay whole numbers
        return cells

    def to_polars(self) -> pl.DataFrame:
        """Give the cells as a polars frame.

        Returns
        -------
        polars.DataFrame
            See :meth:`to_arrow`; codes are categoricals.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.aggregate(ms.datasets.sri_lanka_departures(), by=["year"]).to_polars().height
        3
        """
        import polars as pl

        return pl.DataFrame(self._core.cells())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._core.cells().__arrow_c_stream__()

    def pivot(self, rows: str | Sequence[str], columns: str, values: str = "value") -> Any:
        """Lay the cells out as a table with one column for each code of ``columns``.

        Parameters
        ----------
        rows : str or sequence of str
            What the rows are.
        columns : str
            What the columns are.
        values : str
            What stands in the cells: ``value``, ``low``, ``high``, ``figures``, ``missing`` or a coverage.

        Returns
        -------
        table
            Of the kind that the observations came in; for pandas, indexed by ``rows``.

        Raises
        ------
        SchemaError
            If the cells are grouped by something else too, so that several would fall into one place.

        Examples
        --------
        >>> import migstat as ms
        >>> obs = ms.datasets.sri_lanka_departures().where(year=1996)
        >>> ms.aggregate(obs, by=["skill", "sex"]).pivot(rows="skill", columns="sex").loc["low"].tolist()
        [106862.0, 18469.0]
        """
        import pandas as pd
        import pyarrow as pa

        rows = [rows] if isinstance(rows, str) else list(rows)
        cells = self.to_pandas()
        for name in [*rows, columns, values]:
            if name not in cells.columns:
                message = f"the cells have no {name!r}; they have {', '.join(map(repr, cells.columns))}"
                raise SchemaError(message)
        extra = [name for name in (*self._by, "definition") if name in cells.columns and name not in (*rows, columns)]
        if extra and cells.duplicated([*rows, columns]).any():
            message = f"several cells would fall into one place: put {', '.join(map(repr, extra))} among rows="
            raise SchemaError(message)
        places = [numbered(cells, rows), numbered(cells, [columns])]
        laid = pd.Series(cells[values].to_numpy(), index=places).unstack()
        down, across = (_in_order(cells[names]) for names in (rows, [columns]))
        laid = laid.loc[places[0][down.index], places[1][across.index]]
        laid.index, laid.columns = _labels(down), _labels(across)
        if self._kind == "pandas":
            return laid
        laid.columns = [str(name) for name in laid.columns]
        return back(self._kind, pa.Table.from_pandas(laid.reset_index(), preserve_index=False))

    def share(self, column: str, code: str) -> Any:
        """Give the share of one code in all codes of a column.

        Parameters
        ----------
        column : str
            One of those grouped by, such as ``sex``.
        code : str
            Such as ``F``.

        Returns
        -------
        table
            What else the cells are grouped by, and ``share`` (0 to 1; null where the whole is 0, or where a figure of
            it has no value). Rows of totals over ``column`` are left out of the whole. Where a part of the whole is of
            unknown code (``_U``), or cells have bounds, also ``low`` and ``high``: the share if all that is open
            belongs to other codes, or to this one. Bounds may be known where the share is not: a suppressed ``<5`` is
            1 to 4.

        Raises
        ------
        SchemaError, CodeError
            If the cells are not grouped by ``column``, or none has the code.

        Notes
        -----
        With ``l`` and ``h`` the bounds of what is inside, and ``L`` and ``H`` those of the rest of the whole, the share
        is from ``l / (l + H)`` to ``h / (h + L)``. Where skill was shared out between levels, the whole stays what it
        is, ``W``, and the share is from ``l / W`` to ``h / W``.

        Examples
        --------
        >>> import migstat as ms
        >>> obs = ms.datasets.sri_lanka_departures().where(year=1996)
        >>> round(float(ms.aggregate(obs, by=["year", "sex"]).share("sex", "F").share[0]), 4)
        0.7229
        >>> ms.aggregate(obs, by=["year", "skill"]).share("skill", "high").round(3)[["share", "low", "high"]]
           share    low   high
        0  0.021  0.004  0.038
        """
        return give(self._kind, share(self.to_pandas(), self._by, column, code))

    def female_share(self) -> Any:
        """Give the share of women.

        Returns
        -------
        table
            See :meth:`share`, of ``sex`` and ``F``: the share of women in persons of all sexes. Persons of unknown sex
            are in the whole and their sex is not guessed: ``low`` is the share if none of them are women, ``high`` if
            all are.

        Raises
        ------
        SchemaError, CodeError
            If the cells are not grouped by ``sex``, or nobody is broken down by it.

        Examples
        --------
        >>> import migstat as ms
        >>> out = ms.aggregate(ms.datasets.sri_lanka_departures(), by=["year", "sex"])
        >>> out.female_share().round(3)[["year", "share"]]
           year  share
        0  1988  0.549
        1  1995  0.735
        2  1996  0.723
        """
        return self.share("sex", "F")

    def shares(self, of: str | Sequence[str] | None = None, *, missing: Literal["unknown", "skip"] = "unknown") -> Any:
        """Give the share of every cell in a whole: of everybody, of its origin, of its destination and sex ...

        Parameters
        ----------
        of : str or sequence of str, optional
            In what a cell and its whole are alike, out of what the cells are grouped by: ``"origin"`` gives shares of
            each origin's total. Without it, or with ``"total"``, shares of all cells. Year, period and definition are
            always alike: people are not counted twice, and unlike figures never added.
        missing : {"unknown", "skip"}
            A whole of which a figure has no value is not known, nor are shares in it; or figures without a value are
            left out, and shares are in what is known.

        Returns
        -------
        table
            What the cells are grouped by, ``value``, ``whole`` and ``share`` (0 to 1; null where the whole is 0 or not
            known). Rows of totals have shares and are never counted into a whole. Where cells have bounds, also
            ``low`` and ``high``: those of the share, as in :meth:`share`. Cells of unknown code (``_U``) have shares
            of their own.

        Raises
        ------
        SchemaError
            For a column that the cells are not grouped by, and for values below 0, as of net migration.

        Examples
        --------
        Where the women and the men of 1996 went:

        >>> import migstat as ms
        >>> obs = ms.datasets.sri_lanka_departures().where(year=1996)
        >>> out = ms.aggregate(obs, by=["destination.GCC", "sex"])
        >>> out.shares(of="sex").round(3).loc[:1, ["destination.GCC", "sex", "value", "whole", "share"]]
          destination.GCC sex    value     whole  share
        0         grp:GCC   F  94499.0  112468.0  0.840
        1         grp:GCC   M  36823.0   43104.0  0.854
        """
        return give(self._kind, shares(self.to_pandas(), self._by, of, missing))

    def growth(
        self,
        over: Literal["year", "period"] = "year",
        kind: Literal["relative", "absolute", "log", "annual", "geometric"] = "relative",
    ) -> Any:
        """Give the change from each period to the next one that there are figures of.

        Parameters
        ----------
        over : {"year", "period"}
            What the cells are grouped by; ``period`` for fiscal years, months and days. Only periods of one length are
            compared.
        kind : {"relative", "absolute", "log", "annual", "geometric"}
            The formula, see the notes.

        Returns
        -------
        table
            One row a cell that has one before it in its series (the cells that are alike in all else, definition
            included): what else the cells are grouped by, the two periods compared (``since`` and ``year`` or
            ``period``), the ``years`` between their starts, so that a gap is seen, the values ``before`` and ``value``,
            and ``growth``. Null where a figure of either has no value, or where the formula has none, as after 0. Where
            cells have bounds, also ``low`` and ``high``, those of the growth. Rows of totals over the periods are left
            out.

        Raises
        ------
        SchemaError
            If the cells are not grouped by ``over``, or no two of them can be compared.
        DefinitionError
            If no two can because each has a definition of its own; ``across=`` of :func:`aggregate` says which may.

        Notes
        -----
        From ``v0`` to ``v1`` in ``t`` years: ``relative`` is ``v1 / v0 - 1``, ``absolute`` ``v1 - v0``, ``log``
        ``ln(v1 / v0)``. ``annual`` is the average exponential rate ``ln(v1 / v0) / t``, by which the United Nations
        give the annual rate of change of the migrant stock (in percent: times 100), and ``geometric``
        ``(v1 / v0) ** (1 / t) - 1``, the rate that compounds once a year.

        References
        ----------
        United Nations, Population Division, *Glossary of demographic terms* ("average annual rate of change"),
        https://population.un.org/wup/General/GlossaryDemographicTerms.aspx; *International Migrant Stock 2020*,
        table 5, whose rates this formula gives from the stocks of table 1. The geometric rate: National Statistical
        Coordination Board of the Philippines, *Population growth rate, average annual*,
        http://www.nscb.gov.ph/RU11/glossary/population/PGR.htm.

        Examples
        --------
        The tables of 1995 and 1996 do not cover the same; that they may be compared is for the caller to say:

        >>> import migstat as ms
        >>> obs = ms.datasets.sri_lanka_departures().where(year=[1995, 1996])
        >>> out = ms.aggregate(obs, by=["year", "sex"], across=["coverage", "table", "vintage"])
        >>> out.growth().round(3)[["sex", "since", "year", "years", "growth"]]
          sex  since  year  years  growth
        0   F   1995  1996    1.0  -0.106
        1   M   1995  1996    1.0  -0.052
        """
        return give(self._kind, growth(self.to_pandas(), self._by, self.definitions, over, kind))

    def corridors(self, minimum: float = 0) -> Any:
        """Count the corridors: pairs of an origin and a destination that people move between.

        Parameters
        ----------
        minimum : float
            Corridors of more than this are counted.

        Returns
        -------
        table
            What the cells are grouped by beside ``origin`` and ``destination``; the number of ``corridors``, of
            ``origins`` and ``destinations`` that they have; of pairs that may be corridors and whose figures have no
            value (``unknown``); and of cells above the minimum that are no corridor (``other``): an end is a residual
            or a group, or both ends are the same. Rows of totals over the ends are left out.

        Raises
        ------
        SchemaError
            If the cells are not grouped by origin and destination, or the minimum is no number from 0 on.

        Examples
        --------
        >>> import migstat as ms
        >>> obs = ms.datasets.sri_lanka_departures()
        >>> out = ms.aggregate(obs, by=["year", "origin", "destination"])
        >>> out.corridors(minimum=1000)[["year", "corridors", "origins", "destinations", "other"]]
           year  corridors  origins  destinations  other
        0  1988          3        1             3      0
        1  1995         12        1            12      0
        2  1996         13        1            13      0
        """
        return give(self._kind, corridors(self.to_pandas(), self._by, minimum))

    def coverage(self) -> Any:
        """Give how much of the figures is behind each cell, and what the others lack.

        Returns
        -------
        table
            What the cells are grouped by, ``figures``, ``missing``, ``coverage_cells`` and ``coverage_value`` (see
            :meth:`to_arrow`), and for everything that stood in place of a value the number of figures:
            ``missing.blank``, ``missing.missing`` (not collected, as the table says), ``missing.suppressed``,
            ``missing.not_applicable``, ``missing.not_existing``, as far as they occur; they add up to ``missing``. The
            figures themselves are in :meth:`missing`.

        Examples
        --------
        >>> import migstat as ms
        >>> obs = ms.datasets.sri_lanka_departures_by_level()
        >>> out = ms.aggregate(obs, by=["skill"])
        >>> out.coverage()[["skill", "figures", "missing", "missing.missing"]]
            skill  figures  missing  missing.missing
        0     low       11        1                1
        1  medium       22        1                1
        2    high       22        0                0
        3      _U       11        2                2
        """
        return give(self._kind, coverage(self.to_pandas(), self._by, self._missing()))

    def below_coverage(self) -> Any:
        """List the cells that have figures with a value and show none, because ``min_coverage=`` emptied them.

        Returns
        -------
        table
            Their rows of :meth:`coverage`. Cells whose figures all lack a value are not among them: nobody emptied
            those.

        Examples
        --------
        >>> import migstat as ms
        >>> obs = ms.datasets.sri_lanka_departures_by_level()
        >>> out = ms.aggregate(obs, by=["skill"], min_coverage=0.95)
        >>> out.below_coverage().round(3)[["skill", "coverage_cells", "missing.missing"]]
            skill  coverage_cells  missing.missing
        0     low           0.909                1
        1      _U           0.818                2
        """
        return give(self._kind, below_coverage(self.to_pandas(), self._by, self._missing()))

    def _missing(self) -> pd.DataFrame:
        import pyarrow as pa

        listed: pd.DataFrame = pa.table(self._core.missing()).to_pandas()
        return listed

    def missing(self) -> Any:
        """List the figures without a value, with the cells that they belong to.

        Returns
        -------
        table
            What the cells are grouped by, the codes of the figure, ``presence`` (what stood there) and ``row``.

        Examples
        --------
        >>> import migstat as ms
        >>> len(ms.aggregate(ms.datasets.sri_lanka_departures(), by=["year"]).missing())
        0
        """
        return back(self._kind, self._core.missing())

    def check_printed(self, observations: Observations) -> Any:
        """Compare the totals printed in the observations with their parts, as far as they concern these cells.

        Parameters
        ----------
        observations : Observations
            Those that were aggregated.

        Returns
        -------
        table
            See :meth:`Observations.printed_totals`; totals over something that the cells are grouped by, and never
            summed over, are left out.

        Examples
        --------
        >>> import migstat as ms
        >>> obs = ms.datasets.sri_lanka_departures()
        >>> checks = ms.aggregate(obs, by=["year", "destination"]).check_printed(obs)
        >>> checks.state.astype(str).value_counts().to_dict()
        {'agrees': 83}
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        totals = pa.table(observations._core.printed_totals())
        plain = {name for name in self._by if "." not in name}
        summed = {name for name in plain if _has_total(self.to_arrow(), name)}
        over = totals.column("over").cast(pa.string()).to_pylist()
        concerns = [not ((plain - summed) & set(text.split(", "))) for text in over]
        return back(self._kind, totals.filter(pc.equal(pa.array(concerns), pa.scalar(value=True))))

    def __repr__(self) -> str:
        from ._display import aggregate_text

        return aggregate_text(self)

    def _repr_html_(self) -> str:
        from ._display import aggregate_html

        return aggregate_html(self)


def _in_order(keys: pd.DataFrame) -> pd.DataFrame:
    """List what occurs: years alone as they follow each other, all else as the cells have it."""
    there = keys.drop_duplicates()
    (name, *more) = there.columns
    return there if more or there[name].dtype.kind not in "iu" else there.sort_values(name)


def _labels(keys: pd.DataFrame) -> pd.Index[Any]:
    import pandas as pd

    (name, *more) = keys.columns
    return pd.MultiIndex.from_frame(keys.astype(object)) if more else pd.Index(keys[name].tolist(), name=name)


def _has_total(cells: pa.Table, name: str) -> bool:
    import pyarrow as pa

    column = cells.column(name)
    return pa.types.is_dictionary(column.type) and "_T" in column.cast(pa.string()).unique().to_pylist()
