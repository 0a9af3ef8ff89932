"""Accessors for pandas: ``df.migstat`` and ``series.migstat``.

``import migstat.pandas`` registers them; so does ``import migstat`` where pandas is imported already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from . import areas as _areas, codes as _codes
from ._aggregate import aggregate as _aggregate
from ._harmonise import harmonise as _harmonise
from .errors import SchemaError
from .observations import Observations

__all__ = ["FrameAccessor", "SeriesAccessor"]


@pd.api.extensions.register_dataframe_accessor("migstat")
class FrameAccessor:
    """What migstat does with a pandas frame.

    Examples
    --------
    >>> import pandas as pd, migstat.pandas
    >>> df = pd.DataFrame({"Country": ["Nepal", "Ivory Coast"], "n": [3, 4]}, index=["a", "b"])
    >>> df.migstat.areas("Country").tolist()
    ['NPL', 'CIV']
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def areas(self, column: str, **options: Any) -> pd.Series:
        """Give the code of every label of a column.

        Parameters
        ----------
        column : str
            Name of the column.
        **options
            As :func:`migstat.areas.resolve` takes them; ``year`` may be the name of a column too.

        Returns
        -------
        pandas.Series
            Codes, with the index of the frame.

        Examples
        --------
        >>> import pandas as pd, migstat.pandas
        >>> df = pd.DataFrame({"Country": ["Nepal", "Congo"]}, index=["a", "b"])
        >>> df.assign(code=df.migstat.areas("Country", overrides={"Congo": "COD"}))
          Country code
        a   Nepal  NPL
        b   Congo  COD
        """
        found: pd.Series = _areas.resolve(self._column(column), **self._by_year(options))
        return found

    def match(self, column: str, **options: Any) -> pd.DataFrame:
        """Say for every label of a column what it stands for and how that was found.

        Parameters
        ----------
        column : str
            Name of the column.
        **options
            As :func:`migstat.areas.match` takes them; ``year`` may be the name of a column too.

        Returns
        -------
        pandas.DataFrame
            The columns of :func:`migstat.areas.match`, with the index of the frame.

        Examples
        --------
        >>> import pandas as pd, migstat.pandas
        >>> df = pd.DataFrame({"Country": ["Nepal", "Congo"]}, index=["a", "b"])
        >>> df.migstat.match("Country").loc["b", "candidates"]
        'COG COD'
        """
        found: pd.DataFrame = _areas.match(self._column(column), **self._by_year(options))
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
            Its tables are of pandas.

        Examples
        --------
        >>> import pandas as pd, migstat.pandas
        >>> df = pd.DataFrame({"Country": ["Nepal", "Congo"]})
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
        >>> import pandas as pd, migstat.pandas
        >>> df = pd.DataFrame({"Country": ["Nepal", "Ivory Coast"], "n": [3, 4]})
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
    ) -> pd.DataFrame:
        """Turn the frame into observations and add them up by group.

        Parameters
        ----------
        by, totals, membership, outside, min_coverage, across, expected
            As :func:`migstat.aggregate` takes them.
        **arguments
            As :func:`migstat.harmonise` takes them.

        Returns
        -------
        pandas.DataFrame
            One row a cell. The ledger stays behind: where it is wanted, harmonise first and then aggregate.

        Examples
        --------
        >>> import pandas as pd, migstat.pandas
        >>> df = pd.DataFrame({"Country": ["Kuwait", "Qatar", "Italy"], "n": [3, 4, 5]})
        >>> out = df.migstat.aggregate(
        ...     ["destination.GCC"],
        ...     destination="Country",
        ...     year=1996,
        ...     value="n",
        ...     constants={"measure": "labour_outflow", "origin": "LKA"},
        ... )
        >>> out[["destination.GCC", "value"]]
          destination.GCC  value
        0         grp:GCC    7.0
        1              _O    5.0
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
        ).to_pandas()

    def _by_year(self, options: dict[str, Any]) -> dict[str, Any]:
        """Put the column of years where its name is."""
        year = options.get("year")
        return options | {"year": self._column(year)} if isinstance(year, str) else options

    def _column(self, name: str) -> pd.Series:
        names = list(self._frame.columns)
        if names.count(name) != 1:
            having = ", ".join(repr(each) for each in names)
            what = "several columns" if name in names else "no column"
            message = f"the table has {what} {name!r}; it has {having}"
            raise SchemaError(message)
        return self._frame[name]


@pd.api.extensions.register_series_accessor("migstat")
class SeriesAccessor:
    """What migstat does with a pandas Series of labels.

    Examples
    --------
    >>> import pandas as pd, migstat.pandas
    >>> pd.Series(["Nepal", "Ivory Coast"]).migstat.areas().tolist()
    ['NPL', 'CIV']
    """

    def __init__(self, series: pd.Series) -> None:
        self._series = series

    def areas(self, **options: Any) -> pd.Series:
        """Give the code of every label.

        Parameters
        ----------
        **options
            As :func:`migstat.areas.resolve` takes them.

        Returns
        -------
        pandas.Series
            Codes, with name and index.

        Examples
        --------
        >>> import pandas as pd, migstat.pandas
        >>> pd.Series(["Nepal", "NA"]).migstat.areas(on_unresolved="keep").tolist()
        ['NPL', 'NA']
        """
        found: pd.Series = _areas.resolve(self._series, **options)
        return found

    def match(self, **options: Any) -> pd.DataFrame:
        """Say for every label what it stands for and how that was found.

        Parameters
        ----------
        **options
            As :func:`migstat.areas.match` takes them.

        Returns
        -------
        pandas.DataFrame
            The columns of :func:`migstat.areas.match`, with the index.

        Examples
        --------
        >>> import pandas as pd, migstat.pandas
        >>> pd.Series(["Nepal", "Narnia"]).migstat.match().state.tolist()
        ['matched', 'unknown']
        """
        found: pd.DataFrame = _areas.match(self._series, **options)
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
            Its tables are of pandas.

        Examples
        --------
        >>> import pandas as pd, migstat.pandas
        >>> pd.Series(["Nepal", "Congo"]).migstat.areas_report().overrides()
        {'Congo': None}
        """
        return _areas.report(self._series, **options)

    def recode(self, scheme: str, to: str | _codes.Mapping | None = None, **options: Any) -> pd.Series:
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
        pandas.Series
            Codes, with name and index.

        Examples
        --------
        >>> import pandas as pd, migstat.pandas
        >>> pd.Series(["Managers", "9"]).migstat.recode("ISCO-08", to="broad").tolist()
        ['high', 'low']
        """
        found: pd.Series = _codes.recode(self._series, scheme, to, **options)
        return found
