"""Accessors for polars: ``df.migstat`` and ``series.migstat``.

``import migstat.polars`` registers them; so does ``import migstat`` where polars is imported already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import polars as pl

from . import areas as _areas, codes as _codes
from ._aggregate import aggregate as _aggregate
from ._harmonise import harmonise as _harmonise
from .errors import SchemaError
from .observations import Observations

__all__ = ["FrameAccessor", "SeriesAccessor"]


@pl.api.register_dataframe_namespace("migstat")
class FrameAccessor:
    """What migstat does with a polars frame.

    Examples
    --------
    >>> import polars as pl, migstat.polars
    >>> df = pl.DataFrame({"Country": ["Nepal", "Ivory Coast"], "n": [3, 4]})
    >>> df.migstat.areas("Country").to_list()
    ['NPL', 'CIV']
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def areas(self, column: str, **options: Any) -> pl.Series:
        """Give the code of every label of a column.

        Parameters
        ----------
        column : str
            Name of the column.
        **options
            As :func:`migstat.areas.resolve` takes them; ``year`` may be the name of a column too.

        Returns
        -------
        polars.Series
            Codes, under the name of the column.

        Examples
        --------
        >>> import polars as pl, migstat.polars
        >>> df = pl.DataFrame({"Country": ["Nepal", "Congo"]})
        >>> df.with_columns(code=df.migstat.areas("Country", overrides={"Congo": "COD"}))["code"].to_list()
        ['NPL', 'COD']
        """
        found: pl.Series = _areas.resolve(self._column(column), **self._by_year(options))
        return found

    def match(self, column: str, **options: Any) -> pl.DataFrame:
        """Say for every label of a column what it stands for and how that was found.

        Parameters
        ----------
        column : str
            Name of the column.
        **options
            As :func:`migstat.areas.match` takes them; ``year`` may be the name of a column too.

        Returns
        -------
        polars.DataFrame
            The columns of :func:`migstat.areas.match`.

        Examples
        --------
        >>> import polars as pl, migstat.polars
        >>> df = pl.DataFrame({"Country": ["Nepal", "Congo"]})
        >>> df.migstat.match("Country")["candidates"][1]
        'COG COD'
        """
        found: pl.DataFrame = _areas.match(self._column(column), **self._by_year(options))
        return found

    def areas_report(self, column: str, **options: Any) -> _areas.Report:
        """Say what became of the labels of a column, and what to do about those that stand for no area.

        Parameters
        ----------
        column : str
            Name of the column.
        **options
            As :func:`migstat.areas.report` takes them; ``year`` may be the name of a column too.

        Returns
        -------
        migstat.areas.Report
            Its tables are of polars.

        Examples
        --------
        >>> import polars as pl, migstat.polars
        >>> df = pl.DataFrame({"Country": ["Nepal", "Congo"]})
        >>> df.migstat.areas_report("Country").overrides()
        {'Congo': None}
        """
        return _areas.report(self._column(column), **self._by_year(options))

    def harmonise(self, **arguments: Any) -> Observations:
        """Turn the frame into observations.

        Parameters
        ----------
        **arguments
            As :func:`migstat.harmonise` takes them.

        Returns
        -------
        Observations
            Figures, definitions and the ledger.

        Examples
        --------
        >>> import polars as pl, migstat.polars
        >>> df = pl.DataFrame({"Country": ["Nepal", "Ivory Coast"], "n": [3, 4]})
        >>> obs = df.migstat.harmonise(
        ...     destination="Country", year=1996, value="n", constants={"measure": "inflow", "origin": "LKA"}
        ... )
        >>> len(obs)
        2
        """
        return _harmonise(self._frame, **arguments)

    def aggregate(
        self,
        by: Sequence[str],
        *,
        totals: Sequence[str] = (),
        membership: Literal["period", "current"] | int = "period",
        outside: Literal["row", "drop", "error"] = "row",
        min_coverage: float | None = None,
        across: Sequence[str] = (),
        expected: Literal["rows", "grid"] = "rows",
        **arguments: Any,
    ) -> pl.DataFrame:
        """Turn the frame into observations and add them up by group.

        Parameters
        ----------
        by, totals, membership, outside, min_coverage, across, expected
            As :func:`migstat.aggregate` takes them.
        **arguments
            As :func:`migstat.harmonise` takes them.

        Returns
        -------
        polars.DataFrame
            One row a cell. The ledger stays behind: where it is wanted, harmonise first and then aggregate.

        Examples
        --------
        >>> import polars as pl, migstat.polars
        >>> df = pl.DataFrame({"Country": ["Kuwait", "Qatar", "Italy"], "n": [3, 4, 5]})
        >>> out = df.migstat.aggregate(
        ...     ["destination.GCC"],
        ...     destination="Country",
        ...     year=1996,
        ...     value="n",
        ...     constants={"measure": "labour_outflow", "origin": "LKA"},
        ... )
        >>> out.select("destination.GCC", "value").rows()
        [('grp:GCC', 7.0), ('_O', 5.0)]
        """
        return _aggregate(
            self.harmonise(**arguments),
            by=by,
            totals=totals,
            membership=membership,
            outside=outside,
            min_coverage=min_coverage,
            across=across,
            expected=expected,
        ).to_polars()

    def _by_year(self, options: dict[str, Any]) -> dict[str, Any]:
        """Put the column of years where its name is."""
        year = options.get("year")
        return options | {"year": self._column(year)} if isinstance(year, str) else options

    def _column(self, name: str) -> pl.Series:
        if name not in self._frame.columns:
            message = f"the table has no column {name!r}; it has {', '.join(map(repr, self._frame.columns))}"
            raise SchemaError(message)
        return self._frame[name]


@pl.api.register_series_namespace("migstat")
class SeriesAccessor:
    """What migstat does with a polars Series of labels.

    Examples
    --------
    >>> import polars as pl, migstat.polars
    >>> pl.Series(["Nepal", "Ivory Coast"]).migstat.areas().to_list()
    ['NPL', 'CIV']
    """

    def __init__(self, series: pl.Series) -> None:
        self._series = series

    def areas(self, **options: Any) -> pl.Series:
        """Give the code of every label.

        Parameters
        ----------
        **options
            As :func:`migstat.areas.resolve` takes them.

        Returns
        -------
        polars.Series
            Codes, under the same name.

        Examples
        --------
        >>> import polars as pl, migstat.polars
        >>> pl.Series(["Nepal", "NA"]).migstat.areas(on_unresolved="keep").to_list()
        ['NPL', 'NA']
        """
        found: pl.Series = _areas.resolve(self._series, **options)
        return found

    def match(self, **options: Any) -> pl.DataFrame:
        """Say for every label what it stands for and how that was found.

        Parameters
        ----------
        **options
            As :func:`migstat.areas.match` takes them.

        Returns
        -------
        polars.DataFrame
            The columns of :func:`migstat.areas.match`.

        Examples
        --------
        >>> import polars as pl, migstat.polars
        >>> pl.Series(["Nepal", "Narnia"]).migstat.match()["state"].to_list()
        ['matched', 'unknown']
        """
        found: pl.DataFrame = _areas.match(self._series, **options)
        return found

    def areas_report(self, **options: Any) -> _areas.Report:
        """Say what became of the labels, and what to do about those that stand for no area.

        Parameters
        ----------
        **options
            As :func:`migstat.areas.report` takes them.

        Returns
        -------
        migstat.areas.Report
            Its tables are of polars.

        Examples
        --------
        >>> import polars as pl, migstat.polars
        >>> pl.Series(["Nepal", "Congo"]).migstat.areas_report().overrides()
        {'Congo': None}
        """
        return _areas.report(self._series, **options)

    def recode(self, scheme: str, to: str | _codes.Mapping | None = None, **options: Any) -> pl.Series:
        """Give the code of every label in its own list, or in another.

        Parameters
        ----------
        scheme : str
            The list that the labels are written in.
        to : str or migstat.codes.Mapping, optional
            The list wanted.
        **options
            As :func:`migstat.codes.recode` takes them.

        Returns
        -------
        polars.Series
            Codes, under the same name.

        Examples
        --------
        >>> import polars as pl, migstat.polars
        >>> pl.Series(["Managers", "9"]).migstat.recode("ISCO-08", to="broad").to_list()
        ['high', 'low']
        """
        found: pl.Series = _codes.recode(self._series, scheme, to, **options)
        return found
