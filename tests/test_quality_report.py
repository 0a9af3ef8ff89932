"""The quality report: indicators against goldens, coverage, comparability, timeliness, and what shows of it."""

import csv
import itertools
import json
import os
import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pytest

import migstat as ms
from migstat.errors import SchemaError

LKA = {"origin": "LKA", "measure": "labour_outflow", "reporter": "LKA"}
FLOW = {"origin": "DEU", "destination": "AUT", "measure": "inflow", "reporter": "AUT"}
PLACES = ["SAU", "QAT", "OMN", "KWT", "BHR", "ARE", "ITA", "KOR", "SGP", "LBN", "JOR", "CYP", "MDV", "MYS", "ISR"]


def figures(columns, constants=None, **options):
    constants = {name: one for name, one in (LKA if constants is None else constants).items() if name not in columns}
    roles = {name: name for name in columns if name != "n"}
    return ms.harmonise(columns, value="n", constants=constants, **roles, **options)


def flow(values, first=2000, **stated):
    return figures({"year": list(range(first, first + len(values))), "n": values}, FLOW | stated)


def grid(places, years, present):
    """Figures of so many cells of a grid, the others blank."""
    cells = list(itertools.product(places, years))
    values = [100 + at if at < present else None for at in range(len(cells))]
    return figures({"destination": [c[0] for c in cells], "year": [c[1] for c in cells], "n": values})


def indicator(report, code="", name=None):
    table = report.indicators
    found = table[(table.code == code) & (True if name is None else table.indicator == name)]
    return found.value.tolist()


@pytest.fixture(scope="module")
def golden(shared):
    with (shared / "science" / "goldens" / "quality_indicators_toy.csv").open(encoding="utf-8") as file:
        return {row["indicator"]: float(row["value"]) for row in csv.DictReader(file)}


# ---- indicators against goldens


def test_completeness(golden):
    """84 cells provided; 120 required, 150 relevant."""
    years = range(2000, 2012)
    obs = grid(PLACES[:7], years, 84)
    wanted = {"destination": PLACES[:10], "year": years}
    # Users need 15 destinations over ten of the years and more: counted here as a number.
    report = ms.quality.report(obs, expected=wanted, relevant=150, rules=["completeness"])
    assert indicator(report, "R1") == pytest.approx(
        [golden["R1_completeness_producer"], golden["R1_completeness_user"]], abs=1e-15
    )
    assert report.indicators.loc[0, ["numerator", "denominator"]].tolist() == [84, 120]
    assert report.findings.message.tolist() == [
        "84 of 150 relevant cells have a value (56.0 %)",
        "84 of 120 required cells have a value (70.0 %)",
    ]


def test_timeliness(golden):
    """Reference period to 2023-12-31, released 2025-02-28, scheduled 2025-01-31."""
    obs = flow([100], 2023, release_date="2025-02-28", publisher="An office")
    report = ms.quality.report(obs, scheduled="2025-01-31", as_of="2025-03-31")
    row = report.timeliness.iloc[0]
    assert row.reference_end == pd.Timestamp("2023-12-31")
    assert (row.lag_days, row.punctuality_days) == (golden["TP2_lag_final_days"], golden["TP3_punctuality_days"])
    assert row.age_days == 456
    assert indicator(report, "TP2") == [golden["TP2_lag_final_days"]]
    assert indicator(report, "TP3") == [golden["TP3_punctuality_days"]]
    late = report.findings[report.findings["rule"] == "punctuality"]
    assert late.message.tolist() == ["An office, inflow: published 28 days after the scheduled date"]
    assert "lag" not in report.findings["rule"].tolist(), "425 days are within two years"


def test_length_of_comparable_series(golden):
    """First 1998, break 2008, last 2024: 17 years."""
    years = list(range(1998, 2025))
    status = ["B" if year == 2008 else "A" for year in years]
    obs = figures({"year": years, "n": [1000 + year for year in years], "obs_status": status}, FLOW)
    row = ms.quality.report(obs, rules=[]).series.iloc[0]
    assert (row["first"], row["last"], row["break"], row.length) == (
        "1998",
        "2024",
        "2008",
        golden["CC2_length_comparable_series"],
    )
    assert (row.periods, row.since_break, row.why) == (27, 17, "flagged")


def test_coverage_rate(golden):
    """Departures recorded beside a benchmark: 612,685 of 820,000."""
    obs = figures({"destination": ["_T"], "year": [2018], "n": [612_685]}, LKA | {"origin": "NPL", "reporter": "NPL"})
    report = ms.quality.report(obs, benchmark={"origin": ["NPL"], "year": [2018], "arrivals": [820_000]})
    assert report.benchmark.coverage.tolist() == pytest.approx([golden["coverage_rate"]], abs=1e-15)
    assert indicator(report, name="coverage rate") == pytest.approx([golden["coverage_rate"]], abs=1e-15)
    [said] = report.findings[report.findings["rule"] == "benchmark"].message
    assert said == "From Nepal, 2018: 612,685 are recorded, 74.7 % of the benchmark's 820,000"


def test_a_new_definition_breaks_a_series_where_its_first_line_begins():
    said = {"duration_months": "12", "break_before": "minimum stay 3 months until 2003"}
    before = [
        figures({"year": [2000, 2001, 2002], "n": [1, 2, 3]}, FLOW | {"sex": s, "duration_months": "3"}) for s in "FM"
    ]
    women = figures({"year": [2003, 2004, 2005], "n": [1, 2, 3]}, FLOW | said | {"sex": "F"})
    men = figures({"year": [2004, 2005], "n": [2, 3]}, FLOW | said | {"sex": "M"})
    for parts in ([*before, women, men], [men, women, *before]):
        [row] = ms.quality.report(ms.concat(parts), rules=[]).series.to_dict("records")
        assert (row["break"], row["why"]) == ("2003", "flagged; duration months: 3 -> 12")


# ---- coverage


def test_what_stands_in_cells():
    printed = ["1,200", "-", "..", "x", None, "n/a"]
    obs = figures(
        {"destination": PLACES[:6], "year": [1996] * 6, "n": printed},
        missing={"-": "zero", "..": "missing", "x": "suppressed", "n/a": "not_applicable"},
    )
    all_ = ms.quality.report(obs, rules=[]).coverage.iloc[0]
    kinds = ["value", "zero", "missing", "suppressed", "blank", "not_applicable"]
    assert all_[kinds].tolist() == [1] * 6
    # What does not apply is not required; a zero is a figure.
    assert (all_.cells, all_.required, all_.present, all_.share) == (6, 5, 2, 0.4)


def test_parts_of_a_printed_figure_are_one_cell():
    broad, printed = (ms.datasets.sri_lanka_departures(levels) for levels in ("broad", "printed"))
    assert len(broad) > len(printed)
    cells = [ms.quality.report(obs, rules=[]).coverage.cells[0] for obs in (broad, printed)]
    assert cells == [len(printed)] * 2


def test_expected_cells_in_every_form():
    obs = grid(PLACES[:4], range(2000, 2005), 18)

    def rate(expected):
        row = ms.quality.report(obs, expected=expected, rules=[]).indicators.iloc[0]
        return int(row.numerator), int(row.denominator)

    assert rate(None) == rate("rows") == rate("grid") == (18, 20)
    assert rate(40) == (18, 40)
    assert rate({"destination": "GCC", "year": range(2000, 2005)}) == (18, 30)
    assert rate({"destination": ["SAU", "ITA"], "year": [2000, 2001.0, "1990"]}) == (2, 6)
    assert rate(pd.DataFrame({"destination": ["SAU", "SAU", "ITA"], "year": [2000, 2000, 2000]})) == (1, 2)
    assert rate(pa.table({"reporter": ["LKA", "NPL"]})) == (1, 2)
    for wrong, says in (("all", "expected 'rows', 'grid'"), ({"continent": ["x"]}, 'no column of codes "continent"')):
        with pytest.raises(SchemaError, match=says):
            rate(wrong)


def test_residuals_and_groups():
    obs = figures({"destination": ["SAU", "Others", "World"], "year": [1996] * 3, "n": [60, 40, 100]})
    report = ms.quality.report(obs, rules=["residuals"])
    row = report.residuals.iloc[0]
    assert (row.own, row.residual, row.group, row.total) == (60, 40, 0, 0)
    assert report.findings.message.tolist() == [
        "Labour outflow in persons: 40.0 % of the value that is broken down by destination has no destination of its "
        "own (40 other or unknown)"
    ]
    assert ms.quality.report(obs, rules={"residuals": {"share": 0.5}}).findings.empty


def test_sri_lanka_1980(shared):
    """SLBFE, departures by manpower level: the residual "Others" is 24,418 of 60,696 in 1980."""
    obs = ms.datasets.sri_lanka_departures_by_level().where(year=1980)
    row = ms.quality.report(obs, rules=[]).residuals.iloc[0]
    golden = pd.read_csv(
        shared / "science" / "goldens" / "slbfe_departures_by_manpower_level_1975_1985.csv", index_col=0
    )
    assert row.residual == golden.others[1980] == 24_418
    assert row.own == golden.loc[1980].sum() - 24_418


def test_every_row_of_the_bureau_adds_up(shared):
    """SLBFE tables of 1988, 1995 and 1996: every row adds to its printed total."""
    golden = pd.read_csv(shared / "science" / "goldens" / "slbfe_departures_by_destination_skill_sex.csv")
    totals = int((~golden.leaf).sum())
    report = ms.quality.report(ms.datasets.sri_lanka_departures("printed"), rules=["totals"])
    assert report.rules.checked[0] >= totals - (golden.leaf == False).groupby(golden.year).sum().shape[0]  # noqa: E712
    assert report.findings.empty


def test_reporters_by_year():
    report = ms.quality.report(ms.datasets.asian_outflows(), rules=[])
    table = report.coverage_by("reporter", "year").set_index(["reporter", "year"])
    assert table.loc[("IDN", "2011"), ["cells", "present"]].tolist() == [6, 6]
    assert table.cells.sum() == len(ms.datasets.asian_outflows())
    with pytest.raises(SchemaError, match="no column of codes"):
        report.coverage_by("continent")


def test_a_benchmark_of_observations_by_corridor():
    records = figures({"destination": ["KOR", "ITA", "CYP"], "year": [2010] * 3, "n": [50, 90, 10]})
    mirror = figures(
        {"destination": ["KOR", "ITA"], "year": [2010] * 2, "n": [100, 80]},
        {"origin": "LKA", "measure": "inflow", "role": "destination"},
    )
    report = ms.quality.report(records, benchmark=mirror, rules=["benchmark"])
    # Nobody counted those who went to Cyprus.
    both = report.benchmark[report.benchmark.state == "both"]
    assert both[["destination", "records", "benchmark", "coverage"]].values.tolist() == [
        ["ITA", 90, 80, 1.125],
        ["KOR", 50, 100, 0.5],
    ]
    assert report.findings.severity.tolist() == ["warning", "note"]
    pairs = pd.DataFrame(
        {"origin": "LKA", "destination": ["KOR"], "year": [2010], "inflow": [100.0], "outflow": [50.0]}
    )
    assert ms.quality.report(records, benchmark=pairs, rules=[]).benchmark.coverage.dropna().tolist() == [0.5]
    twice = pd.concat([pairs, pairs])
    with pytest.raises(SchemaError, match="stands there twice"):
        ms.quality.report(records, benchmark=twice)
    with pytest.raises(SchemaError, match="codes must be those of the observations"):
        ms.quality.report(records, benchmark=pairs.assign(destination="Korea"))


def test_missing_and_skipped_years():
    years = list(range(2000, 2006))
    table = {"origin": ["DEU"] * 18, "destination": ["AUT"] * 6 + ["CHE"] * 6 + ["ITA"] * 6, "year": years * 3}
    values = [1] * 6 + [1, 1, None, 1, 1, 1] + [1, None, None, None, None, 1]
    obs = figures(table | {"n": values}, {"measure": "inflow", "role": "destination"})
    report = ms.quality.report(obs, rules={"missing": {}, "years": {"others": 2}})
    # In 2001, 2003 and 2004 two others report, in 2002 only Austria.
    found = [tuple(one) for one in report.findings[["rule", "reporter", "count"]].values.tolist()]
    assert found == [("missing", "ITA", 4), ("years", "ITA", 3)]


# ---- comparability


def test_definitions_two_by_two():
    one = flow([100, 110], concept="citizenship", duration_months=3)
    other = flow([90, 95], 2010, concept="previous_residence", duration_months=12)
    bare = flow([90, 95], 2020, duration_months=12)
    pairs = ms.quality.report(ms.concat([one, other, bare]), rules=[]).comparability
    rows = pairs.set_index(["a", "b"])
    first = rows.loc[(0, 1)]
    assert (first.distance, first.differing) == (2, "concept, duration_months")
    assert first.why == "concept: citizenship / previous_residence; duration months: 3 / 12"
    # What one of them does not state counts neither as alike nor as unlike.
    assert (rows.loc[(1, 2)].distance, rows.loc[(1, 2)].one_sided) == (0, "concept")
    assert (rows.loc[(0, 2)].distance, rows.loc[(0, 2)].differing) == (1, "duration_months")


def test_a_definition_that_follows_another_breaks_the_series():
    old = flow([100, 110, 120], 2000, coverage="registered agencies")
    new = flow([200, 210, 220, 230], 2003, coverage="all sources")
    row = ms.quality.report(ms.concat([old, new]), rules=[]).series.iloc[0]
    assert (row["break"], row.why) == ("2003", "coverage: registered agencies -> all sources")
    assert (row.length, row.periods, row.since_break) == (4, 7, 4)
    # Two that run side by side break nothing.
    beside = flow([200, 210, 220, 230], 2000, coverage="all sources")
    assert ms.quality.report(ms.concat([old, beside]), rules=[]).series["break"].isna().all()


def test_sri_lanka_breaks():
    report = ms.quality.report(ms.datasets.sri_lanka_departures(), rules=["breaks"])
    saudi = report.series.set_index("destination").loc["SAU"]
    # 1988 covers registered agencies only; of 1995 the first 23 destinations were read.
    assert (saudi["first"], saudi["last"], saudi["break"], saudi.length) == ("1988", "1996", "1996", 1)
    assert saudi.why == "coverage: all sources, first 23 destinations of the table -> all sources"


# ---- timeliness


def test_scheduled_dates_in_every_form():
    first = flow([1], 2020, vintage="v1", release_date="2021-03-01")
    second = flow([1], 2021, vintage="v2")
    obs = ms.concat([first, second])

    def late(scheduled):
        return ms.quality.report(obs, scheduled=scheduled, rules=[]).timeliness.punctuality_days.tolist()

    assert late("2021-02-27")[0] == 2
    assert late({"v1": "2021-03-02"})[0] == -1
    table = {"vintage": ["v1", "v2"], "scheduled": ["2021-03-01", "2022-03-01"], "released": [None, "2022-03-11"]}
    assert late(table) == [0, 10]
    refused = [
        ({"v3": "2021-01-01"}, "'v3' is no publisher"),
        ("March 2021", "expected a full date"),
        ({"scheduled": "2021-01-01"}, "'scheduled' is no publisher"),
        (pd.DataFrame({"x": [1]}), "needs a column"),
    ]
    for wrong, says in refused:
        with pytest.raises(SchemaError, match=says):
            late(wrong)


def test_old_figures():
    report = ms.quality.report(flow([1, 2], 2015), as_of="2025-01-01", rules=["age"])
    assert report.findings.message.tolist() == ["Inflow of Austria: the latest figure is of 2016, 8.0 years old"]
    assert indicator(report, name="age of the latest figure") == [2923]


# ---- what shows of it


def test_json_has_all_tables(tmp_path):
    report = ms.quality.report(ms.datasets.asian_outflows(), as_of="2026-01-01")
    text = report.to_json(tmp_path / "report.json")
    assert (tmp_path / "report.json").read_text(encoding="utf-8") == text
    read = json.loads(text)
    assert [len(read[name]) for name in ("findings", "rules", "series")] == [
        len(report.findings),
        len(report.rules),
        len(report.series),
    ]
    assert read["benchmark"] is None
    assert read["findings"][0]["rule"] == "windows"


def test_the_same_report_on_any_number_of_threads():
    made = "import migstat as ms; obs = ms.concat([ms.datasets.asian_outflows(), ms.datasets.sri_lanka_departures()])"
    command = [sys.executable, "-c", f"{made}; print(ms.quality.report(obs, as_of='2026-01-01').to_json())"]
    said = [
        subprocess.run(command, env=os.environ | {"MIGSTAT_THREADS": threads}, capture_output=True, check=True).stdout
        for threads in ("1", "3")
    ]
    assert said[0] == said[1]
    assert len(json.loads(said[0])["findings"]) > 10


def test_it_shows_itself():
    report = ms.quality.report(ms.datasets.asian_outflows())
    text = repr(report)
    assert text.startswith("Quality report: labour outflow in persons, permits in permits")
    assert "1 error" in text
    assert len(text.splitlines()) <= 25
    assert max(map(len, text.splitlines())) <= 100
    html = report._repr_html_()
    assert "two digits exchanged" in html
    assert "<script" not in html


def test_no_figures():
    obs = ms.datasets.asian_outflows().where(year=1900)
    report = ms.quality.report(obs)
    assert report.findings.empty
    assert "no figures" in repr(report)
    assert "<!doctype html>" in report.to_html()


def test_only_observations_are_examined():
    with pytest.raises(SchemaError, match="expected Observations, found dict"):
        ms.quality.report({"n": [1]})
    with pytest.raises(SchemaError, match="most=-1"):
        ms.quality.report(ms.datasets.asian_outflows(), most=-1)
