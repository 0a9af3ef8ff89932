"""Sums over groups of figures, as they are met: cells, pivots, shares, what was missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._frame import back
from .errors import CodeError, SchemaError
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
        order = {name: cells[name].astype(object).drop_duplicates().tolist() for name in (*rows, columns)}
        laid = (
            cells.astype(dict.fromkeys([*rows, columns], object)).set_index([*rows, columns])[values].unstack(columns)
        )
        laid = laid.reindex(columns=order[columns])
        laid = (
            laid.reindex(order[rows[0]])
            if len(rows) == 1
            else laid.reindex(cells[rows].astype(object).drop_duplicates().apply(tuple, axis=1).tolist())
        )
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
            unknown code (``_U``), or cells have bounds, also ``low`` and ``high``: the share, in the same whole, if
            all that is open belongs to other codes, or to this one.

        Raises
        ------
        SchemaError, CodeError
            If the cells are not grouped by ``column``, or none has the code.

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
        import pyarrow as pa

        cells = self.to_pandas()
        if column not in self._by:
            message = f"the cells are not grouped by {column!r}, but by {', '.join(map(repr, self._by))}"
            raise SchemaError(message)
        parts = cells[(cells[column].astype(object) != "_T") & cells[column].notna()]
        if parts.empty:
            parts = cells
        known = sorted({str(one) for one in parts[column].dropna().unique()})
        if str(code) not in known:
            message = f"{column} has no {code!r}; it has {', '.join(map(repr, known))}"
            raise CodeError(message)
        rest = [name for name in (*self._by, "definition") if name in cells.columns and name != column]
        wanted = parts[parts[column].astype(str) == str(code)]
        if rest:
            whole, part = _sums(parts, rest), _sums(wanted, rest)
            part = part.reindex(whole.index)
            # A group without a row of the code has none of it; one whose row has no value is not known.
            absent = ~whole.index.isin(wanted.set_index(rest).index)
            part[absent] = 0.0
            found = (part / whole.where(whole != 0)).rename("share").reset_index()
        else:
            import pandas as pd

            known_all = parts["value"].notna().all() and not parts["missing"].any()
            whole_value = parts["value"].sum() if known_all else 0.0
            found = pd.DataFrame({"share": [wanted["value"].sum() / whole_value if whole_value else None]})
        if (bounds := _bounds(parts, column, str(code), rest)) is not None:
            found["low"], found["high"] = (
                bounds.reindex(found.set_index(rest).index).to_numpy().T if rest else bounds.to_numpy()[0]
            )
        return found if self._kind == "pandas" else back(self._kind, pa.Table.from_pandas(found, preserve_index=False))

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


def _sums(cells: pd.DataFrame, by: list[str]) -> pd.Series[Any]:
    """Add up by group; a group in which something has no value has no sum: missing is not zero."""
    known = cells["value"].where(cells["missing"] == 0)
    groups = cells.assign(value=known, unknown=known.isna()).groupby(by, sort=False, observed=True, dropna=False)
    return groups["value"].sum().where(~groups["unknown"].any())


def _bounds(parts: pd.DataFrame, column: str, code: str, rest: list[str]) -> pd.DataFrame | None:
    """Give the least and the largest share of a code by group; None where nothing is open."""
    import pandas as pd

    codes = parts[column].astype(str)
    mine, unknown = codes == code, (codes == "_U") & (code != "_U")
    known = parts["value"].where(parts["missing"] == 0)
    low, high = (parts[name].fillna(known) if name in parts.columns else known for name in ("low", "high"))
    if not unknown.any() and low.equals(high):
        return None
    amounts = {"low": low.where(mine, 0.0), "high": high.where(mine | unknown, 0.0), "whole": known}
    keys = [parts[name] for name in rest] or [pd.Series(0, index=parts.index)]
    sums = pd.DataFrame(amounts).groupby(keys, sort=False, observed=True, dropna=False).sum(min_count=1)
    sums = sums.where(~known.isna().groupby(keys, sort=False, observed=True, dropna=False).any())
    # What is shared out moves between codes; the whole stays what it is.
    return sums[["low", "high"]].div(sums["whole"].where(sums["whole"] != 0), axis=0).clip(upper=1.0)


def _has_total(cells: pa.Table, name: str) -> bool:
    import pyarrow as pa

    column = cells.column(name)
    return pa.types.is_dictionary(column.type) and "_T" in column.cast(pa.string()).unique().to_pylist()
