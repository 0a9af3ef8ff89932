"""Periods: labels of many calendars to days, flows in another calendar, stocks on other dates.

A period is half-open, from ``start`` to the day before ``end``; an instant has start = end. A flow happens during a
period and is spread over its days by :func:`align`; a stock is counted at an instant and is interpolated by
:func:`interpolate`. Neither is ever treated as the other.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from . import _core
from ._areas_column import as_arrow, labels_of, whole
from ._frame import back, columns_of, kind_of, table as table_of
from ._periods_shares import shares_of
from .errors import CodeError, SchemaError, one_of
from .observations import Observations

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ._typing import Column, Frame, Kind

__all__ = ["parse", "align", "interpolate", "calendars", "Period"]

Method: TypeAlias = Literal["uniform", "seasonal", "denton", "denton-additive"]
_METHODS = ("uniform", "seasonal", "denton", "denton-additive")
_STOCKS = {"stock", "population", "refugees", "idps"}
_FLOWS = {"inflow", "outflow", "net", "labour_outflow", "permits", "returns", "deaths", "remittance"}


@dataclass(frozen=True)
class Period:
    """The days from ``start`` to the one before ``end``; an instant, where both are the same.

    ``note`` is the publisher's flag that the label ended in, such as "e" of "2012e".
    """

    start: datetime.date
    end: datetime.date
    note: str | None = None

    def __repr__(self) -> str:
        """Show the first and the last day."""
        note = "" if self.note is None else f", {self.note!r}"
        if self.start == self.end:
            return f"Period({self.start}{note})"
        return f"Period({self.start} to {self.end - datetime.timedelta(1)}{note})"


@overload
def parse(labels: str, calendar: str | None = None, *, day: str | None = None) -> Period: ...
@overload
def parse(labels: Column, calendar: str | None = None, *, day: str | None = None) -> Any: ...
def parse(labels: Column, calendar: str | None = None, *, day: str | None = None) -> Any:
    """Give the days that labels of periods name.

    Parameters
    ----------
    labels : column or str
        Labels such as "1996", "1996-Q2", "March 1996", "January-September 2014", "2014-01-01/2014-09-30", "2079/80" (or
        "2079/080"), "FY 2019-20", "BE 2553" or "2012e"; years as numbers; dates. Or one label.
    calendar : str, optional
        Whose labels they are: see :func:`calendars`. ``fiscal:IND``, ``fiscal:AUS:end`` (a single year is the one
        that ends in it), ``fiscal:10-01:end`` (one that is not listed, by its first day), ``bikram`` (years, months
        and days of Nepal), ``buddhist``, ``hijri``, ``hijri:ummalqura`` (Saudi Arabia), ``gregorian:midyear``
        ("1950-1955" is from 1 July to 1 July). Unless given, labels are Gregorian, and years after 2049 are refused.
    day : str, optional
        Month and day that stocks of whole years were counted on, such as ``07-01``, ``01-01`` or that of a census:
        years and dates are then instants.

    Returns
    -------
    table or Period
        Of the caller's kind (pandas for lists and numpy; with the index of a Series), one row a label: ``start``;
        ``end``, the day after the last; ``note``, the publisher's flag after a year (e, p, r, b, f or an asterisk).
        For one label a Period.

    Raises
    ------
    CodeError
        For a label that its calendar does not have or that has several readings, naming the first row and what to
        declare; and for a calendar that is not known.
    SchemaError
        If ``labels`` is not a column of labels.

    Notes
    -----
    In a fiscal calendar "2011-12" is a fiscal year, and December is written "2011M12".

    No rule gives the months of Bikram Sambat. They are read from a table of BS 1975 to 2090 on which two converters of
    different makers agree; days of 1975, 1989, 1991, 1993, 2062 and 2087 on which they do not are refused with both
    readings, and from 2084 on they are forecasts. Labels without BS before 2050 are Gregorian years.

    ``hijri`` is the tabular Islamic calendar, a day or two off the months of any country; ``hijri:ummalqura`` the
    published one of Saudi Arabia, AH 1420 to 1450, on which three tables agree.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.periods.parse("2079/80", calendar="fiscal:NPL")
    Period(2022-07-17 to 2023-07-16)
    >>> ms.periods.parse("BE 2553", calendar="buddhist"), ms.periods.parse("2012e")
    (Period(2010-01-01 to 2010-12-31), Period(2012-01-01 to 2012-12-31, 'e'))
    >>> ms.periods.parse(["2004", "2005"], calendar="fiscal:AUS:end")[["start", "end"]]
           start        end
    0 2003-07-01 2004-07-01
    1 2004-07-01 2005-07-01
    >>> ms.periods.parse("Falgun 2079", calendar="bikram"), ms.periods.parse("Ramadan 1446", "hijri:ummalqura")
    (Period(2023-02-13 to 2023-03-14), Period(2025-03-01 to 2025-03-29))
    >>> ms.periods.parse("2020", day="07-01")
    Period(2020-07-01)
    """
    one = isinstance(labels, str)
    values = labels if one else whole(labels)
    found = _parsed([labels] if one else values, None, calendar, day)
    if one:
        start, end, note = (column[0].as_py() for column in found.columns)
        if start is None:
            message = "the label is blank: expected a period such as '1996' or '2019-20'"
            raise CodeError(message)
        return Period(start, end, note)
    return _given(kind_of(values), found, values)


def _parsed(values: Any, name: str | None, calendar: Any, day: Any = None) -> pa.Table:
    for argument, value, example in (("calendar", calendar, "fiscal:IND"), ("day", day, "07-01")):
        if value is not None and not isinstance(value, str):
            message = f"{argument}={value!r}: expected text such as {example!r}, or None"
            raise SchemaError(message)
    return as_arrow(_core.parse_periods(labels_of(values), name, calendar, day))


def _given(kind: Kind, found: pa.Table, original: Any = None) -> Any:
    """Give a table back; dates are dates in pandas too."""
    import pyarrow as pa

    if kind == "pandas":
        types = [pa.timestamp("s") if pa.types.is_date32(field.type) else field.type for field in found.schema]
        found = found.cast(pa.schema(list(zip(found.column_names, types, strict=True))))
    return back(kind, found, original)


def calendars() -> pd.DataFrame:
    """List the calendars that labels may be declared to be of.

    Returns
    -------
    pandas.DataFrame
        ``calendar``, its name for ``calendar=``; ``rule``; ``example``; ``source``.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.periods.calendars().set_index("calendar").loc["fiscal:IND", "source"]
    'India, General Clauses Act 1897, s. 3(21)'
    """
    import pandas as pd

    return pd.DataFrame(_core.listed_calendars(), columns=["calendar", "rule", "example", "source"])


@overload
def align(
    table: Observations,
    *,
    to: str = "calendar",
    method: Method = "uniform",
    shares: Sequence[float] | Mapping[Any, float] | None = None,
    partial: bool = False,
) -> Observations: ...
@overload
def align(
    table: Frame,
    *,
    period: str | tuple[str, str],
    value: str,
    by: str | Sequence[str] | None = None,
    calendar: str | None = None,
    to: str = "calendar",
    method: Method = "uniform",
    shares: Sequence[float] | Mapping[Any, float] | None = None,
    partial: bool = False,
) -> Any: ...
def align(
    table: Frame | Observations,
    *,
    period: str | tuple[str, str] | None = None,
    value: str | None = None,
    by: str | Sequence[str] | None = None,
    calendar: str | None = None,
    to: str = "calendar",
    method: Method = "uniform",
    shares: Sequence[float] | Mapping[Any, float] | None = None,
    partial: bool = False,
) -> Any:
    """Give flows in the periods of another calendar; the total of every figure is kept.

    Parameters
    ----------
    table : Observations or table
        Observations, whose figures have their days already; or a long table, one row a figure.
    period : str or (str, str)
        Of a table: the column of labels; or two columns of dates, the first day and the day after the last.
    value : str
        Of a table: the column of figures; what is missing leaves its days uncovered.
    by : str or list of str, optional
        Of a table: columns that tell series apart. The periods of one series must not overlap.
    calendar : str, optional
        Of a table: whose labels they are, as for :func:`parse`.
    to : str
        ``calendar`` (years), ``month``, ``quarter``, ``five-year`` (from years that are multiples of five), or years of
        a fiscal calendar such as ``fiscal:IND``.
    method : {"uniform", "seasonal", "denton", "denton-additive"}
        How a figure is spread over its days: alike; as the months in ``shares``; or as evenly as the totals of a run of
        periods allow, in proportion to ``shares`` or in levels.
    shares : list or mapping, optional
        What the months have: 12 shares of the year from January on, which add to 1, or {1: 0.05, ...}; or figures of
        months, {"2016-07": 120, ...}, one for each month that the figures touch.
    partial : bool
        Whether to give the figure of the days that are covered where not all are, as at both ends.

    Returns
    -------
    Observations or table
        Observations: what was split has the basis ``apportioned``. A period that is not covered whole has no value
        (presence ``missing``), and the ledger lists what fell into it; with ``partial`` its note says how much of its
        days are covered. Of leaves the values given, those set aside and rounding add up to what came in, exactly.

        A table of the caller's kind, sorted by the columns of ``by`` and time: these columns; ``year``, in which the
        period starts; ``start`` and ``end``, the day after its last; ``value``; ``share``, of its days that are
        covered; ``method``: ``summed`` where no figure was split.

    Raises
    ------
    SchemaError
        For stocks and ratios, for periods of one series that overlap, and for shares that cannot be followed.
    CodeError
        For a label, a calendar or ``to`` that is not known.

    Notes
    -----
    Uniform: a figure F of n days gives F k/n to a period that has k of them. Denton (1971): the daily rates r of the
    months, x/p with p the days or the shares, have the least sum of squares of first differences for which the months
    of each figure add to it; the first value is free (Cholette 1984). A single figure is spread alike. Months after a
    steep fall may come out negative.

    Examples
    --------
    >>> import migstat as ms
    >>> table = {"fy": ["2016/17", "2017/18", "2018/19"], "permits": [7410, 9000, 8100]}
    >>> found = ms.periods.align(table, period="fy", value="permits", calendar="fiscal:IND")
    >>> found[["year", "value", "share", "method"]].round(2)
       year    value  share   method
    0  2016      NaN   0.75  uniform
    1  2017  8607.95   1.00  uniform
    2  2018  8321.92   1.00  uniform
    3  2019      NaN   0.25  uniform
    >>> obs = ms.harmonise(
    ...     table,
    ...     period="fy",
    ...     value="permits",
    ...     calendar="fiscal:IND",
    ...     constants=dict(origin="IND", measure="permits"),
    ... )
    >>> ms.periods.align(obs).to_pandas()[["year", "value"]].round(2)
       year    value
    0  2016      NaN
    1  2017  8607.95
    2  2018  8321.92
    3  2019      NaN
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    one_of("method", method, _METHODS)
    if isinstance(table, Observations):
        _refuse_columns(period=period, value=value, by=by, calendar=calendar)
        months, first = shares_of(shares)
        core = _core.align_observations(table._core, to, method, months, first, bool(partial))
        return Observations._of(core, table._kind)
    if period is None or value is None:
        message = "name the columns of a table: period= with the labels (or two columns of dates) and value="
        raise SchemaError(message)
    kind, keys = kind_of(table), _names(by)
    columns = [period] if isinstance(period, str) else list(period)
    if len(columns) not in (1, 2):
        message = f"period={period!r}: expected one column of labels, or two of dates (start, end)"
        raise SchemaError(message)
    given = _taken(table, [*columns, value, *keys])
    _refuse_measure(given, _STOCKS, "a stock is not spread over days: use periods.interpolate")
    if len(columns) == 1:
        dates = _parsed(given[columns[0]], columns[0], calendar).columns[:2]
    else:
        dates = [_dates(given[name], name) for name in columns]
    series, labels = _series(given, keys)
    figures = pa.table([*dates, _numbers(given[value], value), series], ["start", "end", "value", "series"])
    months, first = shares_of(shares)
    found = as_arrow(_core.align_flows(figures, to, method, months, first, bool(partial)))
    said = pc.if_else(found["split"], method, "summed")
    # What nothing covers was neither split nor summed.
    said = pc.if_else(pc.equal(found["share"], 0.0), pa.scalar(None, pa.string()), said)
    rest = found.drop_columns(["series", "split"]).append_column("method", said)
    return _given(kind, _with_labels(labels, found["series"], rest))


@overload
def interpolate(
    table: Observations,
    *,
    at: Any,
    method: Literal["linear", "exponential"] = "linear",
    day: str | None = None,
    horizon: float | None = None,
) -> Observations: ...
@overload
def interpolate(
    table: Frame,
    *,
    date: str,
    value: str,
    at: Any,
    by: str | Sequence[str] | None = None,
    method: Literal["linear", "exponential"] = "linear",
    day: str | None = None,
    horizon: float | None = None,
) -> Any: ...
def interpolate(
    table: Frame | Observations,
    *,
    date: str | None = None,
    value: str | None = None,
    at: Any,
    by: str | Sequence[str] | None = None,
    method: Literal["linear", "exponential"] = "linear",
    day: str | None = None,
    horizon: float | None = None,
) -> Any:
    """Give stocks on days between those that they were counted on.

    Parameters
    ----------
    table : Observations or table
        Observations of stocks; or a long table, one row a count.
    date : str
        Of a table: the column of dates; or of years, with ``day``.
    value : str
        Of a table: the column of stocks; what is missing is left out.
    at : date, str, int or list of them
        The days that stocks are wanted on; or years, with ``day``.
    by : str or list of str, optional
        Of a table: columns that tell series apart.
    method : {"linear", "exponential"}
        By the same number, or at the same rate, from count to count. Where a count is not positive the path is linear
        and says so.
    day : str, optional
        The month and day that years stand for, such as ``07-01``.
    horizon : float, optional
        How many years beyond the first and the last count may be extrapolated from the two that are nearest. Unless
        given, no value is given there.

    Returns
    -------
    Observations or table
        Observations: stocks on the days that are wanted, with the basis ``interpolated``, or ``modelled`` beyond the
        counts; what was counted on other days is set aside in the ledger, as stocks of two days are never added.

        A table of the caller's kind, sorted by the columns of ``by`` and ``date``: these columns; ``date``; ``value``;
        ``basis``: ``observed``, ``interpolated`` or ``extrapolated``, or why there is no value, ``outside`` or ``below
        zero``; ``method``.

    Raises
    ------
    CodeError
        For a label that is no day, such as a year without ``day``.
    SchemaError
        For flows, and for two counts of one series on one day.

    Notes
    -----
    Time is the year and the part of it that has passed, t = year + (day of the year - 1) / (days of the year).
    Linear: S0 + (S1 - S0) (t - t0) / (t1 - t0); exponential: S0 exp(r (t - t0)) with r = ln(S1 / S0) / (t1 - t0).

    Examples
    --------
    >>> import migstat as ms
    >>> census = {"day": ["2001-03-01", "2011-03-01"], "born_abroad": [120_000, 180_000]}
    >>> found = ms.periods.interpolate(census, date="day", value="born_abroad", at=[2005, 2015], day="07-01")
    >>> found[["date", "value", "basis"]]
            date          value         basis
    0 2005-07-01  146005.479452  interpolated
    1 2015-07-01            NaN       outside
    >>> obs = ms.harmonise(
    ...     census, date="day", value="born_abroad", constants=dict(destination="IND", measure="stock", concept="birth")
    ... )
    >>> ms.periods.interpolate(obs, at=2005, day="07-01").to_pandas(full=True)[["value", "basis"]].round(0)
          value         basis
    0  146005.0  interpolated
    """
    import pyarrow as pa

    one_of("method", method, ("linear", "exponential"))
    years = None
    if horizon is not None:
        if isinstance(horizon, bool) or not isinstance(horizon, int | float) or not 0 <= horizon < float("inf"):
            message = f"horizon={horizon!r}: expected a number of years, such as 2, or None"
            raise SchemaError(message)
        years = float(horizon)
    if isinstance(table, Observations):
        _refuse_columns(date=date, value=value, by=by)
        return Observations._of(
            _core.interpolate_observations(table._core, _days(at, day), method, day, years), table._kind
        )
    if date is None or value is None:
        message = "name the columns of a table: date= with the days and value= with the stocks"
        raise SchemaError(message)
    kind, keys = kind_of(table), _names(by)
    given = _taken(table, [date, value, *keys])
    _refuse_measure(given, _FLOWS, "a flow is not interpolated: use periods.align")
    days = _instants(given[date], date, day)
    wanted = _days(at, day)
    series, labels = _series(given, keys)
    counts = pa.table([days, _numbers(given[value], value), series], ["date", "value", "series"])
    found = as_arrow(_core.interpolate_stocks(counts, wanted, method, years))
    return _given(kind, _with_labels(labels, found["series"], found.drop_columns(["series"])))


def _refuse_columns(**columns: object) -> None:
    for name, given in columns.items():
        if given is not None:
            message = f"{name}={given!r}: Observations have their own columns; {name}= is for tables"
            raise SchemaError(message)


def _days(at: Any, day: str | None) -> Any:
    """Give the days that stocks are wanted on."""
    wanted = _instants(_listed(at), "at", day)
    if wanted.null_count:
        message = "at=: a day is missing"
        raise SchemaError(message)
    return wanted


def _names(by: str | Sequence[str] | None) -> list[str]:
    names = [] if by is None else [by] if isinstance(by, str) else [str(name) for name in by]
    own = {"year", "start", "end", "value", "share", "method", "date", "basis"}.intersection(names)
    if own or len(set(names)) < len(names):
        message = f"by={by!r}: expected different columns, none of them named as a column of the result ({sorted(own)})"
        raise SchemaError(message)
    return names


def _taken(table: Frame, columns: list[str]) -> pa.Table:
    """Take the columns, and `measure` where there is one, as a table of pyarrow."""
    names = columns_of(table)
    missing = [name for name in columns if names and name not in names]
    if missing:
        import difflib

        near = difflib.get_close_matches(str(missing[0]), names, 1)
        hint = f"; did you mean {near[0]!r}?" if near else f": it has {', '.join(map(repr, names))}"
        message = f"the table has no column {missing[0]!r}{hint}"
        raise SchemaError(message)
    extra = ["measure"] if "measure" in names else []
    return as_arrow(table_of(table, [*dict.fromkeys([*columns, *extra])]))


def _refuse_measure(given: pa.Table, refused: set[str], why: str) -> None:
    if "measure" in given.column_names:
        found = sorted(refused.intersection(given["measure"].unique().to_pylist()))
        if found:
            message = f"column 'measure' holds {found[0]!r}; {why}"
            raise SchemaError(message)


def _numbers(column: Any, name: str) -> Any:
    import pyarrow as pa

    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)):
        if column.null_count == len(column):
            return pa.nulls(len(column), pa.float64())
        message = f"column {name!r} has type {column.type}: expected numbers; ms.harmonise reads figures in text"
        raise SchemaError(message)
    return column.cast(pa.float64(), safe=False)


def _dates(column: Any, name: str) -> Any:
    """Give days; labels of them are read."""
    import pyarrow as pa

    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        return column.cast(pa.date32(), safe=False)
    return _instants(column, name, None)


def _instants(column: Any, name: str, day: str | None) -> Any:
    """Give instants: dates as they are, years on the day."""
    import pyarrow as pa

    kind = getattr(column, "type", None)
    if kind is not None and (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        return column.cast(pa.date32(), safe=False)
    return as_arrow(_core.parse_instants(labels_of(column), name, day)).column(0)


def _listed(at: Any) -> list[str] | Any:
    alone = isinstance(at, str | int | datetime.date) or not isinstance(at, Iterable)
    values = [at] if alone else list(at)
    return [None if one is None else str(one.date()) if hasattr(one, "date") else str(one) for one in values]


def _series(given: pa.Table, keys: list[str]) -> tuple[Any, pa.Table | None]:
    """Give the series of each row, numbered in the order of their labels, and the labels."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not keys:
        return pa.array([0] * len(given), pa.int32()), None
    plain = [given[name].cast(_plain(given[name].type)) for name in keys]
    rows = pa.table(plain, [str(at) for at in range(len(keys))])
    code = np.zeros(len(rows), np.int64)
    for column in plain:
        coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
        places = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        # Renumbered each time, so that the product cannot overflow.
        code = np.unique(code * max(1, len(coded.dictionary)) + places, return_inverse=True)[1]
    _, first, number = np.unique(code, return_index=True, return_inverse=True)
    distinct = rows.take(first)
    order = pc.sort_indices(distinct, sort_keys=[(name, "ascending") for name in rows.column_names]).to_numpy()
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return pa.array(place[number], pa.int32()), distinct.take(order).rename_columns(keys)


def _plain(kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    text = pa.types.is_large_string(kind) or pa.types.is_string(kind) or str(kind) == "string_view"
    return pa.string() if text else kind


def _with_labels(labels: pa.Table | None, series: Any, rest: pa.Table) -> pa.Table:
    if labels is None:
        return rest
    taken = labels.take(series)
    for at, name in enumerate(labels.column_names):
        rest = rest.add_column(at, name, taken[name])
    return rest
