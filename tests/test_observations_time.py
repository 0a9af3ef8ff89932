"""Observations in the calendars of their offices: read, aligned, interpolated, with every part accounted for."""

import datetime
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import migstat as ms
import reference_time as reference
from migstat.cli import main
from migstat.errors import CodeError, SchemaError

DATE = datetime.date
FLOW = {"origin": "NPL", "measure": "labour_outflow", "reporter": "NPL"}
STOCK = {"destination": "NPL", "measure": "stock", "concept": "birth"}


def harmonise(frame, **options):
    constants = FLOW | options.pop("constants", {})
    return ms.harmonise(frame, **({"year": "y", "value": "n", "constants": constants} | options))


def periods(obs):
    table = obs.figures
    return list(zip(table["period_start"].to_pylist(), table["period_end"].to_pylist(), strict=True))


def exact(tally):
    return sum(map(Fraction, tally["value"]), Fraction(0))


# ---- labels of tables


@pytest.mark.parametrize(
    ("label", "calendar", "start", "end"),
    [
        ("2079/80", "fiscal:NPL", DATE(2022, 7, 17), DATE(2023, 7, 17)),
        ("2023-24", "fiscal:BGD", DATE(2023, 7, 1), DATE(2024, 7, 1)),
        ("2014-15", "fiscal:AUS", DATE(2014, 7, 1), DATE(2015, 7, 1)),
        ("2014", "fiscal:AUS:end", DATE(2013, 7, 1), DATE(2014, 7, 1)),
        ("2566", "buddhist", DATE(2023, 1, 1), DATE(2024, 1, 1)),
        ("1440", "hijri:ummalqura", DATE(2018, 9, 11), DATE(2019, 8, 31)),
        ("2080", "bikram", DATE(2023, 4, 14), DATE(2024, 4, 13)),
        ("2075", "gregorian", DATE(2075, 1, 1), DATE(2076, 1, 1)),
        ("1996", None, DATE(1996, 1, 1), DATE(1997, 1, 1)),
    ],
)
def test_years_in_the_calendar_of_their_office(label, calendar, start, end):
    column = harmonise({"y": [label], "n": [1]}, calendar=calendar)
    constant = harmonise({"n": [1]}, year=None, calendar=calendar, constants={"year": label})
    wide = harmonise({label: [1]}, year=None, value=None, calendar=calendar, wide={label: {"year": label}})
    for obs in (column, constant, wide):
        assert periods(obs) == [(start, end)]
        stated = obs.definitions.get("schemes", pd.Series([None]))[0]
        assert stated == (f"period={calendar}" if calendar else None)
    if label.isdigit():
        assert periods(harmonise({"y": [int(label)], "n": [1]}, calendar=calendar)) == [(start, end)]


@pytest.mark.parametrize(
    ("label", "calendar", "start", "end"),
    [
        ("1950-1955", "gregorian:midyear", DATE(1950, 7, 1), DATE(1955, 7, 1)),
        ("1950-1955", "gregorian:inclusive", DATE(1950, 1, 1), DATE(1956, 1, 1)),
        ("1 July 2020", None, DATE(2020, 7, 1), DATE(2020, 7, 2)),
        ("Q2 2020", None, DATE(2020, 4, 1), DATE(2020, 7, 1)),
        ("March 2020", None, DATE(2020, 3, 1), DATE(2020, 4, 1)),
        ("Falgun 2079", "fiscal:NPL", DATE(2023, 2, 13), DATE(2023, 3, 15)),
        ("Shrawan 2080", "bikram", DATE(2023, 7, 17), DATE(2023, 8, 18)),
    ],
)
def test_periods_in_the_calendar_of_their_office(label, calendar, start, end):
    obs = harmonise({"p": [label], "n": [1]}, year=None, period="p", calendar=calendar)
    assert periods(obs) == [(start, end)]


def test_days_of_counts():
    options = {"constants": {"origin": "_T", "destination": "NPL", "measure": "stock"}}
    born = harmonise({"y": [2001, "2011e"], "n": [1, 2]}, day="06-22", **options)
    assert periods(born) == [(DATE(2001, 6, 22),) * 2, (DATE(2011, 6, 22),) * 2]
    census = ms.harmonise({"d": ["2068-03-08"], "n": [1]}, date="d", value="n", calendar="bikram", constants=STOCK)
    assert periods(census) == [(DATE(2011, 6, 22),) * 2]
    with pytest.raises(CodeError, match="does not say which day of calendar 'bikram'"):
        ms.harmonise({"d": ["2068-03"], "n": [1]}, date="d", value="n", calendar="bikram", constants=STOCK)


@pytest.mark.parametrize(
    ("labels", "options", "why"),
    [
        (["1996", "2079/80"], {}, "column \"y\", row 1: .*declare calendar='fiscal:NPL'"),
        (["2079"], {}, "row 0: year 2079 lies far ahead: .*'fiscal:NPL'.*'bikram'.*calendar='gregorian'"),
        (["2566"], {}, "in the Buddhist Era 2566 is 2023: declare calendar='buddhist'"),
        (["2014-15"], {}, "as in calendar='fiscal:IND'"),
        (["1440"], {}, "declare calendar='hijri'"),
        (["1996"], {"calendar": "fiscal:NPP"}, 'did you mean "fiscal:NPL"'),
        (["1996"], {"day": "02-30"}, 'day="02-30"'),
        (["1996-03"], {}, "is not a calendar year; give it as period="),
        (["2079-11"], {"calendar": "bikram"}, "give it as period="),
        (["2087-08-30"], {"calendar": "bikram"}, "2087-08-30 is no day or 2030-12-16"),
    ],
)
def test_what_fits_badly_names_the_candidates(labels, options, why):
    with pytest.raises(CodeError, match=why):
        harmonise({"y": labels, "n": [1] * len(labels)}, **options)


def test_flags_of_labels():
    table = {"y": ["2012e", "2013 (p)", "2014*", "2015", "2016r"], "n": [1] * 5, "s": ["B", None, None, "A", None]}
    obs = harmonise(table, obs_status="s").figures
    assert obs["obs_status"].to_pylist() == ["B+E", "P", None, "A", None]
    assert obs["flag"].to_pylist() == ["e", "p", "*", None, "r"]
    assert "flag" not in harmonise({"y": [2012], "n": [1]}).figures.column_names
    with pytest.raises(SchemaError, match="calendar=7"):
        harmonise(table, calendar=7)


def test_the_command_line_declares_a_calendar_too(tmp_path):
    table, layout = tmp_path / "in.csv", tmp_path / "layout.toml"
    table.write_text("FY,n\n2079/80,5\n2080/81,6\n", encoding="utf-8")
    layout.write_text('calendar = "fiscal:IND"\nday = "07-01"\n', encoding="utf-8")
    out = tmp_path / "out.parquet"
    options = ["--year", "FY", "--value", "n", "--constant", "origin=NPL", "--constant", "measure=permits"]
    assert main(["harmonise", str(table), *options, "--calendar", "fiscal:NPL", "-o", str(out)]) == 0
    obs = ms.Observations.from_parquet(out)
    assert periods(obs)[0] == (DATE(2022, 7, 17), DATE(2023, 7, 17))
    census = tmp_path / "census.csv"
    census.write_text("FY,n\n2566,5\n", encoding="utf-8")
    stock = [*options[:-1], "measure=stock", "--layout", str(layout), "--calendar", "buddhist"]
    assert main(["harmonise", str(census), *stock, "-o", str(out)]) == 0
    assert periods(ms.Observations.from_parquet(out)) == [(DATE(2023, 7, 1), DATE(2023, 7, 1))]


# ---- flows


@st.composite
def flows(draw):
    """Fiscal years of several destinations, with gaps."""
    calendar = draw(st.sampled_from(["fiscal:NPL", "fiscal:IND", "fiscal:AUS"]))
    first = draw(st.integers(1995, 2010))
    values = st.none() | st.integers(0, 10**6) | st.floats(0, 1e12)
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from(["QAT", "MYS", "SAU"]), st.integers(0, 4), values),
            min_size=1,
            unique_by=lambda row: row[:2],
        )
    )
    table = pa.table(
        {
            "to": [row[0] for row in rows],
            "y": [f"{first + row[1]}/{first + row[1] + 1}" for row in rows],
            "n": pa.array([None if row[2] is None else float(row[2]) for row in rows], pa.float64()),
        }
    )
    return harmonise(table, destination="to", calendar=calendar), calendar


@given(flows(), st.booleans())
def test_aligned_flows_equal_counting_days_and_nothing_is_lost(drawn, partial):
    obs, calendar = drawn
    found = ms.periods.align(obs, partial=partial).check()
    table = obs.figures
    rows = zip(
        table["destination"].to_pylist(), *zip(*periods(obs), strict=True), table["value"].to_pylist(), strict=True
    )
    rows = list(rows)
    given_, aside = reference.align(rows, partial)
    after = found.figures
    keys = zip(after["destination"].to_pylist(), (start.year for start, _ in periods(found)), strict=True)
    values = dict(zip(keys, after["value"].to_pylist(), strict=True))
    assert set(values) == set(given_)
    for place, value in values.items():
        want = given_[place]
        assert (value is None) == (want is None)
        assert value is None or value == pytest.approx(float(want), rel=1e-9, abs=1e-9)
    (account,) = found.ledger.steps[-1]["accounts"]
    listed = [one for one in account["set_aside"] if "covered in part" in one["reason"]]
    assert sum(one["tally"]["rows"] for one in listed) == len(aside)
    assert float(sum(map(exact, (one["tally"] for one in listed)), Fraction(0))) == pytest.approx(
        float(sum(aside.values(), Fraction(0))), rel=1e-9, abs=1e-9
    )
    # Values given, values set aside and rounding are what came in: exactly.
    tallies = [one["tally"] for one in [*account["set_aside"], *account["adjustments"]]]
    came = sum((Fraction(value) for value in table["value"].to_pylist() if value is not None), Fraction(0))
    went = sum((Fraction(value) for value in after["value"].to_pylist() if value is not None), Fraction(0))
    assert came == went + sum(map(exact, tallies), Fraction(0))
    presence = dict(zip(after["presence"].to_pylist(), after["value"].to_pylist(), strict=False))
    assert presence.get("missing") is None
    assert set(after["basis"].to_pylist()) <= {"observed", "apportioned"}
    assert found.definitions.schemes[0] == f"period={calendar} as gregorian"


@given(flows(), st.randoms(use_true_random=False))
def test_the_order_of_figures_does_not_matter_to_align(drawn, random):
    obs, _ = drawn
    order = list(range(len(obs)))
    random.shuffle(order)
    mixed = ms.Observations(obs.figures.take(order), pa.table(obs._core.definitions()))
    first, second = (
        sorted(map(str, ms.periods.align(one, partial=True).figures.drop_columns(["row"]).to_pylist()))
        for one in (obs, mixed)
    )
    assert first == second


def test_years_that_are_kept_whole_stay_as_they_are():
    table = {"y": [2001, 2002, 2003], "n": ["1", "0", ".."], "note": ["a", None, "b"]}
    obs = harmonise(table, note="note")
    found = ms.periods.align(obs)
    for name in ("value", "presence", "basis", "note", "row", "period_start", "period_end"):
        assert found.figures[name].to_pylist() == obs.figures[name].to_pylist()
    five = ms.periods.align(obs, to="five-year").figures
    assert five["value"].to_pylist() == [None]
    assert five["note"].to_pylist() == ["a; b"]
    part = ms.periods.align(obs, to="five-year", partial=True)
    assert part.figures["value"].to_pylist() == [1.0]
    assert part.figures["note"].to_pylist() == ["a; b; of 40 % of the days of the period"]
    assert [one["severity"] for one in part.ledger.steps[-1]["findings"]] == ["warning"]


def test_bounds_and_statuses_go_with_their_figures():
    table = {"y": ["2016/17e", "2017/18"], "n": ["<5", "100"], "s": ["E", "P"]}
    obs = harmonise(table, calendar="fiscal:IND", missing={"<5": "suppressed"}, obs_status="s")
    found = ms.periods.align(obs).figures
    year = found.filter(pa.array([start.year == 2017 for start in found["period_start"].to_pylist()])).to_pylist()[0]
    assert year["value"] is None
    assert (year["low"], year["high"]) == pytest.approx((90 / 365 + 27500 / 365, 4 * 90 / 365 + 27500 / 365))
    assert (year["obs_status"], year["flag"]) == ("E+P", "e")
    net = ms.periods.align(harmonise({"y": ["2016/17"], "n": [10.0]}, calendar="fiscal:IND"), partial=True)
    assert net.figures["basis"].to_pylist() == ["apportioned"] * 2


def test_printed_totals_stay_totals():
    table = {"y": ["2016/17"] * 3 + ["2017/18"] * 3, "sex": ["F", "M", "_T"] * 2, "n": [1, 2, 3, 10, 20, 30]}
    obs = harmonise(table, sex="sex", calendar="fiscal:IND")
    found = ms.periods.align(obs).check()
    totals = found.printed_totals()
    assert set(totals.state[totals.printed.notna()]) == {"agrees"}
    assert list(found.figures["leaf"].to_pylist()).count(False) == 3
    months = {"p": [f"2016-{m:02}" for m in range(1, 13)] + ["2016"], "n": [1] * 12 + [12]}
    both = ms.harmonise(months, period="p", value="n", constants=FLOW)
    found = ms.periods.align(both).check()
    assert found.figures["value"].to_pylist() == [12.0]
    assert found.figures["leaf"].to_pylist() == [True]
    assert "printed totals over time" in found.ledger.steps[-1]["findings"][0]["message"]


@pytest.mark.parametrize("method", ["seasonal", "denton"])
def test_methods_of_observations_are_those_of_tables(method):
    labels, values = ["2016/17", "2017/18", "2018/19"], [7410.0, 9000.0, 8100.0]
    shares = [0.04, 0.05, 0.07, 0.08, 0.09, 0.1, 0.12, 0.13, 0.1, 0.09, 0.07, 0.06]
    options = {"method": method, "shares": shares, "to": "month", "partial": True}
    table = {"y": labels, "n": values}
    want = ms.periods.align(table, period="y", value="n", calendar="fiscal:IND", **options)
    found = ms.periods.align(harmonise(table, calendar="fiscal:IND"), **options)
    assert found.figures["value"].to_pylist() == list(want.value)
    back = ms.aggregate(found, by=[]).to_pandas().value[0]
    assert back == pytest.approx(sum(values), rel=1e-12)


def test_the_golden_calendar_years(published):
    given_ = published("fiscal_to_calendar_inputs")
    table = {"y": [row["fiscal_year"] for row in given_], "n": [float(row["value"]) for row in given_]}
    expected = [row for row in published("fiscal_to_calendar_uniform") if row["scheme"] == "nepal_shrawan_ashadh"]
    obs = harmonise(table, calendar="fiscal:NPL")
    found = ms.periods.align(obs, partial=True).figures["value"].to_pylist()
    assert found == pytest.approx([float(row["value"]) for row in expected], abs=1e-8)
    whole = ms.periods.align(obs).figures["value"].to_pylist()
    assert [value is not None for value in whole] == [row["coverage"] == "complete" for row in expected]


# ---- stocks


@given(
    st.dictionaries(st.dates(DATE(1960, 1, 1), DATE(2015, 1, 1)), st.integers(0, 10**9), min_size=1, max_size=6),
    st.lists(st.dates(DATE(1955, 1, 1), DATE(2020, 1, 1)), min_size=1, max_size=4, unique=True),
)
def test_stocks_between_counts_equal_the_reference(counts, wanted):
    table = {"d": [str(day) for day in counts], "n": list(counts.values())}
    obs = ms.harmonise(table, date="d", value="n", constants=STOCK)
    found = ms.periods.interpolate(obs, at=wanted).check()
    table = found.figures
    assert table["period_start"].to_pylist() == sorted(wanted) == table["period_end"].to_pylist()
    for row in table.to_pylist():
        want = reference.interpolate(counts, row["period_start"])
        if want is None:
            assert (row["value"], row["presence"]) == (None, "missing")
        else:
            assert row["value"] == pytest.approx(float(want), rel=1e-9, abs=1e-6)
            assert row["basis"] == ("observed" if row["period_start"] in counts else "interpolated")
    (account,) = found.ledger.steps[-1]["accounts"]
    aside = {one["reason"]: one["tally"] for one in account["set_aside"]}
    others = [value for day, value in counts.items() if day not in wanted]
    assert aside.get("counted on another day", {"rows": 0})["rows"] == len(others)


def test_stocks_beyond_counts_and_of_whole_years():
    obs = ms.harmonise({"y": [2000, 2010], "n": [100, 200]}, year="y", value="n", constants=STOCK)
    with pytest.raises(SchemaError, match="on which day of the year it was counted"):
        ms.periods.interpolate(obs, at="2005-07-01")
    found = ms.periods.interpolate(obs, at=[2005, 2012, 2030], day="07-01", horizon=5)
    assert found.figures["basis"].to_pylist() == ["interpolated", "modelled", "interpolated"]
    assert found.figures["presence"].to_pylist() == ["value", "value", "missing"]
    assert found.figures["value"].to_pylist()[1] == pytest.approx(220, abs=0.1)
    kinds = [one["severity"] for one in found.ledger.steps[-1]["findings"]]
    assert kinds == ["assumption", "warning", "note"]


def test_stocks_are_not_spread_nor_flows_interpolated():
    flow = harmonise({"y": [2000], "n": [1]})
    stock = ms.harmonise({"y": [2000], "n": [1]}, year="y", value="n", day="07-01", constants=STOCK)
    percent = harmonise({"y": [2000], "n": [1]}, constants={"unit": "per cent"})
    with pytest.raises(SchemaError, match=r"stock is a stock: .*periods.interpolate"):
        ms.periods.align(stock)
    with pytest.raises(SchemaError, match=r"labour_outflow, NPL is a flow: .*periods.align"):
        ms.periods.interpolate(flow, at="2000-01-01")
    with pytest.raises(SchemaError, match="figures in percent"):
        ms.periods.align(percent)
    both = ms.concat([flow, stock])
    with pytest.raises(SchemaError, match="where"):
        ms.periods.align(both)
    assert len(ms.periods.align(both.where(measure="labour_outflow"))) == 1
    with pytest.raises(SchemaError, match="period='y': Observations have their own"):
        ms.periods.align(flow, period="y")
    with pytest.raises(SchemaError, match="name the columns"):
        ms.periods.align(pd.DataFrame({"y": [1]}))
    steep = harmonise({"y": ["2000/01", "2001/02", "2002/03"], "n": [1000, 1, 1000]}, calendar="fiscal:IND")
    with pytest.raises(SchemaError, match="not below zero"):
        ms.periods.align(steep, method="denton", to="month", partial=True)


def test_the_callers_kind_comes_back():
    obs = harmonise(pl.DataFrame({"y": [2000], "n": [1]}))
    assert isinstance(ms.periods.align(obs).printed_totals(), pl.DataFrame)
    assert np.isfinite(ms.periods.align(obs).to_pandas().value).all()
