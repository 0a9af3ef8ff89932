"""Periods: labels of many calendars, flows in other calendars, stocks on other days."""

import datetime
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import migstat as ms
from migstat.errors import CodeError, SchemaError

DAY = datetime.timedelta(1)
METHODS = ["uniform", "seasonal", "denton", "denton-additive"]
SHARES = [0.04, 0.05, 0.07, 0.08, 0.09, 0.1, 0.12, 0.13, 0.1, 0.09, 0.07, 0.06]


def days(start, end):
    return [start + DAY * at for at in range((end - start).days)]


def shares(method):
    return SHARES if method == "seasonal" else None


# ---- the slow, obvious way: day by day, and a dense system


def by_days(rows, weight=lambda day: 1.0):
    """Give {year: (value, days)} from (start, end, value), each day by itself."""
    found = {}
    for start, end, value in rows:
        total = sum(weight(day) for day in days(start, end))
        for day in days(start, end):
            known, count = found.get(day.year, (0.0, 0))
            found[day.year] = (known + value * weight(day) / total, count + 1)
    return found


def month_weight(day):
    following = (day.replace(day=1) + 32 * DAY).replace(day=1)
    return SHARES[day.month - 1] / (following - day.replace(day=1)).days


def denton(rows, weight, additive):
    """Solve the conditions of the minimum as they stand; give (first day of the cell, value)."""
    cells, weights, lengths, which = [], [], [], []
    for at, (start, end, _) in enumerate(rows):
        for day in days(start, end):
            if day == start or day.day == 1:
                cells.append(day)
                weights.append(0.0)
                lengths.append(0)
                which.append(at)
            weights[-1] += weight(day)
            lengths[-1] += 1
    total = sum(value for *_, value in rows)
    expected = np.array(weights) * total / sum(weights) if additive else np.zeros(len(cells))
    p = np.array(lengths, float) if additive else np.array(weights)
    difference = np.diff(np.eye(len(cells)), axis=0)
    own = np.array([[float(at == one) for one in which] for at in range(len(rows))])
    left = np.array([value for *_, value in rows]) - own @ expected
    system = np.block([[difference.T @ difference, (own * p).T], [own * p, np.zeros((len(rows), len(rows)))]])
    rates = np.linalg.lstsq(system, np.concatenate([np.zeros(len(cells)), left]), rcond=None)[0][: len(cells)]
    return dict(zip(cells, expected + p * rates, strict=True))


# ---- labels


def test_the_36_fiscal_years_of_nepal(published):
    """Nepali-datetime and medic/bikram-sambat agree on all of them (METHODS, calendars)."""
    rows = published("nepal_fiscal_year_windows")
    assert len(rows) == 36
    for column in ("bs_fiscal_year", "gregorian_label"):
        found = ms.periods.parse([row[column] for row in rows], calendar="fiscal:NPL")
        assert [str(day.date()) for day in found.start] == [row["start_date_1_shrawan"] for row in rows]
        assert [str((day - DAY).date()) for day in found.end] == [row["end_date_last_ashadh"] for row in rows]
        assert (found.end - found.start).dt.days.tolist() == [int(row["days"]) for row in rows]


def test_a_published_day_of_bikram_sambat():
    # 2075-04-01 BS = 2018-07-17 (medic/bikram-sambat, README and tests).
    assert ms.periods.parse("2075/76", calendar="fiscal:NPL").start == datetime.date(2018, 7, 17)


def test_australia_has_two_conventions():
    # basedosdados/pipelines, pull request 2016: spreadsheets say 2004 where the SDMX dataflows say 2005.
    days = ms.periods.Period(datetime.date(2004, 7, 1), datetime.date(2005, 7, 1))
    assert ms.periods.parse("2004", calendar="fiscal:AUS:start") == days
    assert ms.periods.parse("2005", calendar="fiscal:AUS:end") == days
    with pytest.raises(CodeError, match="fiscal:AUS:start' or 'fiscal:AUS:end'"):
        ms.periods.parse("2004", calendar="fiscal:AUS")


def test_the_buddhist_era():
    # Calendar Years Act B.E. 2483, s. 4: 2483 had nine months, and 2484 began on 1 January 1941.
    first, second, later = (ms.periods.parse(text, calendar="buddhist") for text in ("2482", "BE 2483", "2553"))
    assert (first.start, first.end) == (datetime.date(1939, 4, 1), second.start)
    assert (second.start, second.end) == (datetime.date(1940, 4, 1), datetime.date(1941, 1, 1))
    assert (later.start, later.end) == (datetime.date(2010, 1, 1), datetime.date(2011, 1, 1))


def test_the_tabular_islamic_calendar():
    # Reingold and Dershowitz, appendix C: 25 February 1996 is 5 Shawwal 1416.
    assert ms.periods.parse("1416-10-05", calendar="hijri").start == datetime.date(1996, 2, 25)
    assert len({(p.end - p.start).days for p in (ms.periods.parse(str(y), "hijri") for y in range(1400, 1430))}) == 2


@pytest.mark.parametrize(
    ("label", "calendar", "why"),
    [
        ("2079", None, "declare calendar='fiscal:NPL'"),
        ("2079/80", None, "declare calendar='fiscal:NPL'"),
        ("2079/80", "gregorian", "declare calendar='fiscal:NPL'"),
        ("2553", None, "declare calendar='buddhist'"),
        ("1440", None, "declare calendar='hijri'"),
        ("2019-20", None, "declare whose fiscal year"),
        ("1950-1955", None, "'gregorian:inclusive' or 'gregorian:midyear'"),
        ("2010", "buddhist", "it is Gregorian"),
        ("2090/91", "fiscal:NPL", "beyond the table"),
        ("1996", "fiscal:IRE", "fiscal:IRL"),
        ("", None, "blank"),
    ],
)
def test_what_fits_badly_says_what_to_declare(label, calendar, why):
    with pytest.raises(CodeError, match=why):
        ms.periods.parse(label, calendar=calendar)


def test_columns_of_every_kind():
    series = pd.Series(["2016/17", None, "2017/18e"], index=[3, 4, 5])
    found = ms.periods.parse(series, calendar="fiscal:IND")
    assert list(found.index) == [3, 4, 5]
    assert found.start[3] == pd.Timestamp("2016-04-01")
    assert pd.isna(found.start[4])
    assert found.note[5] == "e"
    assert ms.periods.parse(pl.Series([2016, 2017]))["end"].to_list() == [datetime.date(y, 1, 1) for y in (2017, 2018)]
    assert ms.periods.parse(pa.array(["1996-Q2"]))["start"].to_pylist() == [datetime.date(1996, 4, 1)]
    assert len(ms.periods.parse([])) == 0
    with pytest.raises(CodeError, match="row 1: "):
        ms.periods.parse(["1996", "soon"])
    with pytest.raises(SchemaError, match="calendar=7"):
        ms.periods.parse(["1996"], calendar=7)


def test_instants():
    found = ms.periods.parse([2020, 2021], day="01-01")
    assert (found.start == found.end).all()
    assert ms.periods.parse("1 March 2011", day="07-01").start == datetime.date(2011, 3, 1)
    with pytest.raises(CodeError, match='day="02-30"'):
        ms.periods.parse("2020", day="02-30")


def test_calendars_say_their_rule_and_source():
    found = ms.periods.calendars()
    assert {"fiscal:NPL", "fiscal:CAN", "buddhist", "hijri"} <= set(found.calendar)
    assert (found[["rule", "example", "source"]].map(len) > 0).all(axis=None)
    assert "tabular" in found.set_index("calendar").rule["hijri"]


def test_importing_needs_no_pandas():
    code = "import sys, migstat; migstat.periods.parse('1996'); assert 'pandas' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- flows


def test_fiscal_to_calendar_years(published):
    table = pd.DataFrame(published("fiscal_to_calendar_inputs")).astype({"value": float})
    schemes = {
        "india_apr_mar": "fiscal:IND",
        "bangladesh_pakistan_jul_jun": "fiscal:BGD",
        "nepal_shrawan_ashadh": "fiscal:NPL",
        "australia_jul_jun": "fiscal:AUS",
        "thailand_oct_sep": "fiscal:THA",
    }
    expected = published("fiscal_to_calendar_uniform")
    for scheme, calendar in schemes.items():
        want = [row for row in expected if row["scheme"] == scheme]
        options = {"period": "fiscal_year", "value": "value", "calendar": calendar}
        found = ms.periods.align(table, partial=True, **options)
        assert list(found.year) == [int(row["calendar_year"]) for row in want]
        assert found.value.to_numpy() == pytest.approx([float(row["value"]) for row in want], abs=1e-8)
        whole = ms.periods.align(table, **options)
        assert list(whole.value.notna()) == [row["coverage"] == "complete" for row in want]
    assert len({row["scheme"] for row in expected}) == len(schemes)


@st.composite
def years_of_a_country(draw):
    calendar = draw(st.sampled_from(["fiscal:NPL", "fiscal:IND", "fiscal:AUS", "fiscal:10-16"]))
    first = draw(st.integers(1995, 2010))
    values = draw(st.lists(st.integers(0, 10**7).map(float), min_size=1, max_size=6))
    table = pd.DataFrame({"fy": [f"{first + at}/{first + at + 1}" for at in range(len(values))], "n": values})
    periods = ms.periods.parse(table.fy, calendar)
    rows = [(start.date(), end.date(), n) for start, end, n in zip(periods.start, periods.end, values, strict=True)]
    return calendar, table, rows


@given(years_of_a_country(), st.sampled_from(["uniform", "seasonal"]))
def test_flows_against_counting_days(drawn, method):
    calendar, table, rows = drawn
    options = {"method": method, "shares": shares(method), "partial": True}
    found = ms.periods.align(table, period="fy", value="n", calendar=calendar, **options)
    expected = by_days(rows, month_weight if method == "seasonal" else lambda day: 1.0)
    assert list(found.year) == sorted(expected)
    for year, value, share in zip(found.year, found.value, found.share, strict=True):
        assert value == pytest.approx(expected[year][0], rel=1e-9, abs=1e-6)
        assert share == expected[year][1] / (366 if year % 4 == 0 else 365)


@given(years_of_a_country(), st.booleans(), st.booleans())
def test_denton_against_a_dense_system(drawn, additive, seasonal):
    calendar, table, rows = drawn
    weight = month_weight if seasonal else lambda day: 1.0
    expected = {}
    for day, value in denton(rows, weight, additive).items():
        expected[day.year] = expected.get(day.year, 0.0) + value
    found = ms.periods.align(
        table,
        period="fy",
        value="n",
        calendar=calendar,
        method="denton-additive" if additive else "denton",
        shares=SHARES if seasonal else None,
        partial=True,
    )
    assert list(found.year) == sorted(expected)
    largest = max(1.0, table.n.max())
    assert list(found.value / largest) == pytest.approx([expected[year] / largest for year in found.year], abs=1e-7)


@given(years_of_a_country(), st.sampled_from(METHODS), st.sampled_from(["calendar", "month", "quarter", "five-year"]))
def test_totals_are_kept(drawn, method, to):
    calendar, table, _ = drawn
    options = {"method": method, "shares": SHARES if method != "uniform" else None, "calendar": calendar}
    found = ms.periods.align(table, period="fy", value="n", to=to, partial=True, **options)
    assert found.value.sum() == pytest.approx(table.n.sum(), rel=1e-12, abs=1e-9)
    back = ms.periods.align(table, period="fy", value="n", to=calendar, **options)
    assert list(back.value) == list(table.n)
    assert set(back.method) == {"summed"}


@given(years_of_a_country(), st.sampled_from(METHODS), st.randoms(), st.integers(1, 5))
def test_order_and_chunks_do_not_matter(drawn, method, random, size):
    calendar, table, _ = drawn
    table = pd.concat([table.assign(who="b"), table.assign(who="a", n=table.n * 2)], ignore_index=True)
    options = {"by": "who", "method": method, "shares": shares(method), "calendar": calendar, "partial": True}
    found = ms.periods.align(table, period="fy", value="n", **options)
    assert list(found.who) == sorted(found.who)
    mixed = table.sample(frac=1, random_state=random.randrange(2**31))
    pd.testing.assert_frame_equal(found, ms.periods.align(mixed, period="fy", value="n", **options))
    whole = pa.Table.from_pandas(mixed, preserve_index=False)
    chunks = pa.concat_tables([whole.slice(at, size) for at in range(0, len(whole), size)])
    other = ms.periods.align(chunks, period="fy", value="n", **options)
    assert other["value"].to_pylist() == [None if value != value else value for value in found.value]


@given(st.lists(st.floats(0, 1e12) | st.none(), min_size=1, max_size=8), st.sampled_from(METHODS))
def test_calendar_years_stay_as_they_are(values, method):
    table = pd.DataFrame({"year": range(1990, 1990 + len(values)), "n": pd.array(values, "Float64")})
    found = ms.periods.align(table, period="year", value="n", method=method, shares=shares(method))
    assert [None if value != value else value for value in found.value] == values
    assert list(found.year) == list(table.year)


@pytest.mark.parametrize("additive", [False, True])
def test_denton_of_a_constant_flow_is_constant(additive):
    first, last = datetime.date(2001, 7, 16), datetime.date(2007, 7, 16)
    ends = [first.replace(year=year) for year in range(first.year, last.year + 1)]
    table = pd.DataFrame({"a": ends[:-1], "b": ends[1:]})
    table["n"] = [(b - a).days * 3.0 for a, b in zip(table.a, table.b, strict=True)]
    method = "denton-additive" if additive else "denton"
    found = ms.periods.align(table, period=("a", "b"), value="n", to="month", method=method, partial=True)
    lengths = (found.end - found.start).dt.days * found.share
    assert found.value.to_numpy() == pytest.approx(3 * lengths.to_numpy(), rel=1e-12)


def test_months_of_the_caller():
    figures = {f"2016-{month:02}": float(month) for month in range(1, 13)} | {f"2017-{m:02}": 1.0 for m in range(1, 13)}
    table = {"fy": ["2016-17"], "n": [sum(range(4, 13)) + 3.0]}
    found = ms.periods.align(
        table, period="fy", value="n", calendar="fiscal:IND", method="seasonal", shares=figures, to="month"
    )
    assert list(found.value) == pytest.approx([*range(4, 13), 1, 1, 1])
    by_number = dict(enumerate(SHARES, 1))
    one, two = (
        ms.periods.align(table, period="fy", value="n", calendar="fiscal:IND", method="denton", shares=s, partial=True)
        for s in (SHARES, by_number)
    )
    pd.testing.assert_frame_equal(one, two)


def test_the_callers_kind_comes_back():
    table = {"year": [1996, 1997], "to": ["OMN", "OMN"], "n": [1, 2]}
    options = {"period": "year", "value": "n", "by": "to"}
    assert isinstance(ms.periods.align(pl.DataFrame(table), **options), pl.DataFrame)
    found = ms.periods.align(pa.table(table), **options)
    assert found.column_names == ["to", "year", "start", "end", "value", "share", "method"]
    assert found["method"].to_pylist() == ["summed", "summed"]
    categories = pd.DataFrame(table).astype({"to": "category"})
    assert list(ms.periods.align(categories, **options).to) == ["OMN", "OMN"]
    assert len(ms.periods.align(pd.DataFrame({"year": [], "n": []}), period="year", value="n")) == 0
    gaps = pd.DataFrame({"year": [1996, 1996], "to": ["OMN", None], "n": [1, 2]})
    assert list(ms.periods.align(gaps, **options).value) == [1, 2]


@pytest.mark.parametrize(
    ("table", "options", "why"),
    [
        ({"y": [1996, 1996], "n": [1, 2]}, {}, "rows 0 and 1: the periods 1996 and 1996 of one series overlap"),
        ({"y": ["2000-07-01", "2001-07-01"], "n": [1, 2]}, {}, "interpolate"),
        ({"y": [1996], "n": ["12"]}, {}, "expected numbers"),
        ({"y": [1996], "n": [float("inf")]}, {}, "row 0: the value inf"),
        ({"y": [None], "n": [1]}, {}, "row 0: the period is missing"),
        ({"y": [1996], "n": [1]}, {"method": "seasonal"}, "needs shares="),
        ({"y": [1996], "n": [1]}, {"shares": SHARES}, "not 'uniform'"),
        ({"y": [1996], "n": [1]}, {"method": "seasonal", "shares": [1.0]}, "expected 12"),
        ({"y": [1996], "n": [1]}, {"method": "seasonal", "shares": [0.1] * 12}, "add to 1"),
        ({"y": [1996], "n": [1]}, {"method": "seasonal", "shares": {"1996-Q1": 1}}, "no month"),
        ({"y": [1996], "n": [1]}, {"method": "seasonal", "shares": {"1996-01": 1}}, "1996-02 is missing"),
        ({"y": [1996], "n": [1]}, {"method": "splines"}, "expected one of"),
        ({"y": [1996], "n": [1]}, {"to": "weeks"}, "five-year"),
        ({"y": [1996], "n": [1]}, {"by": "who"}, "no column 'who'"),
        ({"y": [1996], "n": [1]}, {"period": ("y", "n", "n")}, "two of dates"),
        ({"y": [1996], "n": [1], "measure": ["stock"]}, {}, "periods.interpolate"),
        ({"y": [1996, "soon"], "n": [1, 2]}, {}, "column \"y\", row 1: period 'soon'"),
        ({"y": ["1990-01-01"], "z": ["1990-01-01"], "n": [1]}, {"period": ("y", "z")}, "is an instant"),
        ({"y": ["1990-01-01"], "z": ["1989-01-01"], "n": [1]}, {"period": ("y", "z")}, "before it starts"),
        ({"y": [1900], "n": [1]}, {"to": "fiscal:NPL"}, "beyond the table"),
    ],
)
def test_what_cannot_be_aligned(table, options, why):
    with pytest.raises((SchemaError, CodeError), match=why):
        ms.periods.align(table, **({"period": "y", "value": "n"} | options))


# ---- stocks


def test_stocks_between_counts(published):
    rows = pd.DataFrame(published("stock_interpolation_midyear"))
    for (first, a, second, b), cases in rows.groupby(["date0", "stock0", "date1", "stock1"]):
        table = pd.DataFrame({"day": [second, first], "n": [float(b), float(a)]})
        for method in ("linear", "exponential"):
            found = ms.periods.interpolate(
                table, date="day", value="n", at=list(cases.target_date), method=method, horizon=20
            )
            assert found.value.to_numpy() == pytest.approx(cases[method].astype(float).to_numpy(), abs=1e-5)
            inside = (cases.target_date > first) & (cases.target_date < second)
            assert list(found.basis == "interpolated") == list(inside)


def test_extrapolation_is_asked_for_with_a_horizon():
    # DemoTools, tests of interp: 1 and 2 at 2000.5 and 2010.5 are 1.5 at 2005.5 and 2.5 at 2015.5.
    table = {"year": [2000, 2010], "n": [1.0, 2.0]}
    options = {"date": "year", "value": "n", "day": "07-01", "at": [2005, 2010, 2015]}
    found = ms.periods.interpolate(table, **options)
    assert list(found.basis) == ["interpolated", "observed", "outside"]
    assert found.value[2] != found.value[2]
    found = ms.periods.interpolate(table, horizon=5.01, **options)
    assert list(found.value) == pytest.approx([1.5, 2, 2.5], abs=2e-4)
    assert list(found.basis) == ["interpolated", "observed", "extrapolated"]
    assert ms.periods.interpolate(table, horizon=4, **options).basis[2] == "outside"
    falling = {"year": [2000, 2010], "n": [10.0, 1.0]}
    low = ms.periods.interpolate(falling, horizon=10, **options).iloc[2]
    assert low.basis == "below zero"
    assert low.value != low.value
    zero = {"year": [2000, 2010], "n": [10.0, 0.0]}
    assert ms.periods.interpolate(zero, method="exponential", **options).method[0] == "linear (not positive)"


@given(
    st.dictionaries(st.dates(datetime.date(1950, 1, 1), datetime.date(2020, 1, 1)), st.floats(1, 1e9), min_size=2),
    st.sampled_from(["linear", "exponential"]),
    st.data(),
)
def test_a_stock_lies_between_its_counts(counts, method, data):
    table = pd.DataFrame({"day": list(counts), "n": list(counts.values())})
    order = sorted(counts)
    at = data.draw(st.dates(order[0], order[-1]))
    found = ms.periods.interpolate(table, date="day", value="n", at=[at, *order], method=method)
    assert found.set_index("date").value.reindex(pd.to_datetime(order)).tolist() == [counts[day] for day in order]
    before, after = max(day for day in order if day <= at), min(day for day in order if day >= at)
    low, high = sorted([counts[before], counts[after]])
    assert low * (1 - 1e-9) <= found.set_index("date").value[pd.Timestamp(at)] <= high * (1 + 1e-9)


@pytest.mark.parametrize(
    ("table", "options", "why"),
    [
        ({"d": ["2000"], "n": [1]}, {}, "give day="),
        ({"d": ["2000/01"], "n": [1]}, {}, "full date"),
        ({"d": ["2000-01-01"] * 2, "n": [1, 1]}, {}, "rows 0 and 1: two counts"),
        ({"d": ["2000-01-01"], "n": [1]}, {"horizon": -1}, "horizon=-1"),
        ({"d": ["2000-01-01"], "n": [1]}, {"horizon": True}, "horizon=True"),
        ({"d": ["2000-01-01"], "n": [1], "measure": ["inflow"]}, {}, "periods.align"),
        ({"d": ["2000-01-01"], "n": [1]}, {"method": "cubic"}, "expected one of"),
        ({"d": ["2000-01-01"], "n": [1]}, {"at": [2005]}, "give day="),
        ({"d": [None], "n": [1]}, {}, "row 0: the date is missing"),
    ],
)
def test_what_cannot_be_interpolated(table, options, why):
    with pytest.raises((SchemaError, CodeError), match=why):
        ms.periods.interpolate(table, **({"date": "d", "value": "n", "at": "2001-01-01"} | options))


def test_series_of_stocks_by_their_columns():
    table = pl.DataFrame({"to": ["B", "A", "B", "A"], "year": [2000, 2000, 2010, 2010], "n": [1.0, 10.0, 3.0, 30.0]})
    found = ms.periods.interpolate(table, date="year", value="n", by="to", at=datetime.date(2005, 1, 1), day="01-01")
    assert isinstance(found, pl.DataFrame)
    assert found["to"].to_list() == ["A", "B"]
    assert found["value"].to_list() == [20.0, 2.0]
