"""The rules of quality: each on figures that it should and should not stop at, beside the slow reference."""

import itertools
import random
import re

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import migstat as ms
import reference_quality as reference
from migstat.errors import SchemaError

LKA = {"origin": "LKA", "measure": "labour_outflow", "reporter": "LKA"}
BOTH = {"destination": "SAU", **LKA}


def figures(columns, constants=None, **options):
    """Harmonise a table whose columns are named by what they are."""
    constants = {name: one for name, one in (LKA if constants is None else constants).items() if name not in columns}
    roles = {name: name for name in columns if name != "n"}
    options = {"duplicates": "keep"} | options
    return ms.harmonise(columns, value="n", constants=constants, **roles, **options)


def series(values, first=2000, constants=BOTH, **options):
    """One series by year."""
    return figures({"year": list(range(first, first + len(values))), "n": values}, constants, **options)


def found(obs, rule, **options):
    return ms.quality.report(obs, rules={rule: options}).to_pandas()


def bare(message):
    """A sentence without the rows of a frame that it names."""
    return re.sub(r" [\[(]row \d+[\])]", "", message)


def only(obs, rule, **options):
    """The one finding."""
    all_ = found(obs, rule, **options)
    assert len(all_) == 1, all_.message.tolist()
    return all_.iloc[0]


# ---- totals, sexes, longer periods, percentages


@pytest.mark.parametrize(
    ("total", "severity", "says"),
    [
        (300, None, ""),
        (301, "note", "301 is printed, its 2 parts add up to 300; rounding explains as much as 1"),
        (295, "error", "295 is printed, its 2 parts add up to 300, 5 more"),
        (305, "warning", "305 is printed, its 2 parts add up to 300, 5 less; is a part not printed?"),
        (900, "note", "the 2 parts that are printed add up to 300 of 900: not all parts are there"),
        (None, None, ""),
    ],
)
def test_totals(total, severity, says):
    obs = figures({"destination": ["SAU", "QAT", "_T"], "year": [1996] * 3, "n": [100, 200, total]})
    findings = found(obs, "totals")
    if severity is None:
        assert findings.empty
    else:
        one = findings.iloc[0]
        assert (one.severity, one.found, one.expected, one["count"]) == (severity, total, 300, 2)
        assert bare(one.message) == f"Labour outflow from Sri Lanka, 1996: {says}"


def test_totals_that_lack_a_part_are_wrong_only_if_the_others_exceed_them():
    table = {"destination": ["SAU", "QAT", "OMN", "_T"], "year": [1996] * 4}
    assert found(figures(table | {"n": [100, 200, None, 500]}), "totals").empty
    assert only(figures(table | {"n": [100, 200, None, 250]}), "totals").severity == "error"


def test_two_digits_exchanged_are_seen():
    table = {"destination": ["SAU", "QAT", "_T"], "year": [1996] * 3, "n": [94_000, 415, 94_145]}
    assert "two neighbouring digits of the total exchanged would explain it" in only(figures(table), "totals").message


@pytest.mark.parametrize(
    ("both", "women", "men", "unknown", "severity"),
    [
        (100, 60, 40, None, None),
        (100, 60, 50, None, "error"),
        (110, 60, 40, None, "warning"),
        (110, 60, 40, 10, None),
        (120, 60, 40, 10, "error"),
        (101, 60, 40, None, "note"),
        (50, 60, None, None, "error"),
        (100, 60, None, None, None),
        (None, 60, 40, None, None),
    ],
)
def test_sexes(both, women, men, unknown, severity):
    sexes = {"_T": both, "F": women, "M": men, "_U": unknown}
    printed = {code: one for code, one in sexes.items() if code != "_U" or one is not None}
    count = len(printed)
    table = {"destination": ["SAU"] * count, "year": [1996] * count, "sex": list(printed), "n": list(printed.values())}
    obs = figures(table)
    assert found(obs, "sexes").severity.tolist() == ([severity] if severity else [])


def test_missing_parts_are_not_zero():
    table = {"destination": ["SAU"] * 4, "year": [1996] * 4, "sex": ["_T", "F", "M", "_U"]}
    assert found(figures(table | {"n": [5000, 2000, 2500, None]}), "sexes").empty
    assert only(figures(table | {"n": [4000, 2000, 2500, None]}), "sexes").severity == "error"
    # Of a balance, women may be more than both sexes.
    balance = BOTH | {"measure": "net"}
    sexes = {"year": [1996] * 3, "sex": ["_T", "F", "M"]}
    assert found(figures(sexes | {"n": [-300, 600, None]}, balance), "sexes").empty
    assert only(figures(sexes | {"n": [-300, 600, -800]}, balance), "sexes").expected == -200
    places = {"destination": ["SAU", "QAT", "_T"], "year": [1996] * 3}
    assert found(figures(places | {"n": [600, None, -300]}, balance), "totals").empty
    assert only(figures(places | {"n": [600, -100, -300]}, balance), "totals").severity == "error"


def test_a_total_of_several_breakdowns_whatever_the_order():
    def breakdown(name, total):
        table = {"destination": ["SAU", "QAT", "_T"], "year": [1996] * 3, "n": [60, 40, total]}
        return figures(table, LKA | {"breakdown": name})

    a, b = breakdown("a", 100), breakdown("b", 90)
    for obs in (ms.concat([a, b]), ms.concat([b, a])):
        assert only(obs, "totals").found == 90
        assert sorted(obs.printed_totals().printed) == [90, 100]


def test_several_records_of_a_period_are_no_series():
    values = [5_000, 5_100, 5, 5_200_000, 5_200, 5_300]
    years = [2000, 2001, 2002, 2002, 2003, 2004]
    for rule in ("magnitude", "zeros"):
        obs = figures({"year": years, "n": [0 if n == 5 and rule == "zeros" else n for n in values]}, BOTH)
        report = ms.quality.report(obs, rules=[rule])
        assert report.findings.empty
        assert report.rules.checked.tolist() == [4]
        balance = figures({"year": years[:2], "n": values[:2]}, BOTH | {"measure": "net"})
        assert ms.quality.report(balance, rules=[rule]).rules.checked.tolist() == [0]


def test_sexes_are_compared_cell_by_cell():
    cells = list(itertools.product(["SAU", "QAT"], [1995, 1996], ["_T", "F", "M"]))
    values = [100, 60, 40] * 3 + [100, 60, 41.0]
    table = {"destination": [c[0] for c in cells], "year": [c[1] for c in cells], "sex": [c[2] for c in cells]}
    report = ms.quality.report(figures(table | {"n": [v * 10 for v in values]}), rules=["sexes"])
    assert report.rules.checked.tolist() == [4]
    one = report.findings.iloc[0]
    assert (one.destination, one.period, one.found, one.expected) == ("QAT", "1996", 1000, 1010)


WINDOWS = [("2020-01-01", "2021-01-01"), ("2021-01-01", "2022-01-01"), ("2022-01-01", "2022-07-21")]


def periods(spans, values):
    table = {"period_start": [a for a, _ in spans], "period_end": [b for _, b in spans], "n": values}
    return figures(table, BOTH)


def test_india_2020(shared):
    """MEA India, reply to the Rajya Sabha, in ETV Bharat of 2022-08-04: 94,415 is printed for 2020."""
    golden = pd.read_csv(shared / "science" / "goldens" / "asia_outflow_totals_read.csv")
    india = golden[(golden.country == "IND") & (golden.dimension == "total ECR")]
    assert set(india.value) == {94_415, 132_673, 189_206, 416_024}
    one = only(ms.datasets.asian_outflows(), "windows")
    assert (one.severity, one.origin, one.found, one.expected, one.value) == ("error", "IND", 416_024, 416_294, 270)
    assert "94,415 for 2020 with two digits exchanged, 94,145, would make them agree" in bare(one.message)


def test_windows_need_parts_that_follow_one_another():
    window = ("2020-01-01", "2022-07-21")
    assert found(periods([window, *WINDOWS], [60, 10, 20, 30]), "windows").empty
    assert only(periods([window, *WINDOWS], [66, 10, 20, 30]), "windows").value == 6
    # A part is not there: nothing can be said.
    assert found(periods([window, *WINDOWS[1:]], [66, 20, 30]), "windows").empty
    assert found(periods([window, *WINDOWS], [66, None, 20, 30]), "windows").empty


@settings(max_examples=60)
@given(st.data())
def test_a_longer_period_is_compared_where_the_reference_finds_a_tiling(data):
    months = [f"2020-{month:02}-01" for month in range(1, 13)] + ["2021-01-01"]
    spans = data.draw(
        st.lists(
            st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda one: one[0] < one[1]),
            min_size=1, max_size=9, unique=True,
        )
    )  # fmt: skip
    # Each value is the number of its months, so that whatever tiles a period agrees.
    values = [1000 * (b - a) for a, b in spans]
    obs = periods([(months[a], months[b]) for a, b in spans], values)
    report = ms.quality.report(obs, rules=["windows"])
    assert report.findings.empty
    tiled = [span for span in spans if reference.tilings(span, [one for one in spans if one != span])]
    assert report.rules.checked.tolist() == [len(tiled)]


def test_overlaps():
    years = [("2019-01-01", "2020-01-01"), ("2019-07-01", "2020-07-01"), ("2020-07-01", "2021-07-01")]
    one = only(periods(years, [1, 2, 3]), "overlaps")
    assert (one.period, one.severity) == ("2019-07-01/2020-06-30", "warning")
    assert "overlaps 2019 by 184 days" in one.message
    nested = [("2019-01-01", "2020-01-01"), ("2019-01-01", "2019-07-01"), ("2019-07-01", "2020-01-01")]
    assert found(periods(nested, [3, 1, 2]), "overlaps").empty


def test_percentages():
    """SLBFE 2000: the levels of 1995 to 2000 add up to 100 but for rounding."""
    obs = ms.datasets.sri_lanka_skill_composition()
    report = ms.quality.report(obs, rules=["percentages"])
    assert report.rules.checked[0] == 12, "by level and by sex"
    assert report.findings.empty
    table = {
        "year": [1996] * 3 + [1997] * 3,
        "skill": ["low", "medium", "high"] * 2,
        "n": [70.0, 20.1, 9.9, 70.0, 20.1, 8.9],
    }
    constants = BOTH | {"unit": "percent"}
    one = only(figures(table, constants, schemes={"skill": "broad"}), "percentages")
    assert (
        bare(one.message)
        == "Labour outflow from Sri Lanka to Saudi Arabia, 1997: the 3 percentages by skill add up to 99, not to 100"
    )
    # A table of female shares divides nothing.
    women = {"destination": ["SAU", "QAT", "OMN"], "year": [1996] * 3, "n": [30.0, 10.0, 20.0]}
    assert found(figures(women, LKA | {"unit": "percent"}), "percentages").empty


# ---- duplicates, same ends, existence


def test_a_cell_printed_in_two_tables():
    table = {"year": [1996, 1996], "n": [100, 120], "of": ["Table 1", "Table 4"]}
    obs = ms.harmonise(table, year="year", value="n", definition={"table": "of"}, constants=BOTH)
    one = only(obs, "duplicates")
    assert (one.severity, one.found, one.expected, one["count"]) == ("error", 120, 100, 2)
    same = ms.harmonise(table | {"n": [100, 100]}, year="year", value="n", definition={"table": "of"}, constants=BOTH)
    assert found(same, "duplicates").empty


def test_a_cell_that_stands_twice_in_a_definition():
    assert only(figures({"year": [1996, 1996], "n": [100, 120]}, BOTH), "duplicates").severity == "warning"
    assert only(figures({"year": [1996, 1996], "n": [100, 100]}, BOTH), "duplicates").severity == "note"
    # Parts of one printed figure are no duplicates: "Middle level" is half medium and half high.
    assert found(ms.datasets.sri_lanka_departures(), "duplicates").empty


def test_same_ends():
    """Harmonise sets such figures aside; those who bring observations of their own may have them."""

    def flow(**stated):
        obs = figures({"destination": ["QAT", "SAU", "QAT"], "year": [1995, 1996, 1997], "n": [5, 5, 0]}, LKA | stated)
        table = obs.figures.filter(pa.array([True, False, True]))
        at = table.column_names.index("origin")
        return ms.Observations(table.set_column(at, "origin", table["destination"]), obs._core.definitions())

    one = found(flow(measure="outflow"), "same_ends").iloc[0]
    assert (one.severity, one.origin, one.destination, one.found) == ("error", "QAT", "QAT", 5)
    assert found(flow(measure="outflow", concept="citizenship"), "same_ends").severity.tolist() == ["note"]
    assert found(flow(measure="idps"), "same_ends").empty


@pytest.mark.parametrize(("code", "year"), [("SSD", 2011), ("MNE", 2006), ("CUW", 2010)])
def test_zeros_of_states_that_were_not_there(code, year):
    """owid/etl issue 6900: South Sudan, Montenegro and Curacao were published as 0 where nobody counted."""
    years = [1990, 1995, 2000, 2005, 2010, 2015]
    table = {"destination": [code] * 6, "year": years, "n": [0 if one < year else 5000 for one in years]}
    early = sum(one < year for one in years)
    one = only(figures(table), "existence")
    assert (one["count"], one.destination, one.severity) == (early, code, "warning")
    assert f"was no area of its own before {year}: nobody was counted" in one.message
    sudan = figures(table | {"destination": ["SDN"] * 6})
    assert found(sudan, "existence").empty, "Sudan went on"


def test_figures_of_states_that_had_ended():
    table = {"destination": ["SUHH"] * 3, "year": [1990, 1995, 1996], "n": [0, 0, 0]}
    one = only(figures(table), "existence")
    assert (one["count"], one.severity) == (2, "note")
    assert "had ended in 1991" in one.message


# ---- series


def test_zeros():
    one = only(series([500, 0, 0, 600]), "zeros")
    assert (one.severity, one["count"], one.period) == ("warning", 2, "2001")
    assert "2001 to 2002: 2 zeros are printed between values around 548; probably nobody reported" in one.message
    assert found(series([50, 0, 60]), "zeros").empty
    assert found(series([500, None, 600]), "zeros").empty, "what is missing is not zero"
    assert only(series([5000, 0]), "zeros").severity == "warning"
    assert only(series([0, 0, 5000]), "zeros").severity == "note"
    assert only(series([50, 0, 60]), "zeros", at_least=50).found == 0


def test_a_spike_and_a_step():
    spike = only(series([1000, 1050, 9000, 1000, 1020, 990, 1010, 1000]), "jumps")
    assert (spike.period, spike.found) == ("2002", 9000)
    assert "9,000, where the figures before and after are around 1,025" in spike.message
    step = only(series([1000, 1010, 1020, 990, 8000, 8100, 7900, 8200]), "jumps")
    assert (step.period, step.severity) == ("2004", "warning")
    assert "8.1 times as many as the 990 of 2003" in step.message


def test_what_all_series_do_is_no_jump():
    places = ["SAU", "QAT", "OMN", "KWT", "BHR", "ARE", "ITA", "KOR", "SGP", "LBN", "JOR", "CYP"]
    years = list(range(2000, 2010))
    table = {
        "destination": [place for place in places for _ in years],
        "year": years * len(places),
        "n": [(1000 + 10 * at) * (5 if year >= 2005 else 1) for at, _ in enumerate(places) for year in years],
    }
    assert found(figures(table), "jumps").empty
    assert only(figures({name: column[:10] for name, column in table.items()}), "jumps").period == "2005"


def test_a_flagged_break_is_no_jump():
    values = [1000, 1010, 1020, 990, 8000, 8100, 7900, 8200]
    table = {"year": list(range(2000, 2008)), "n": values, "obs_status": ["A"] * 4 + ["B"] + ["A"] * 3}
    assert found(figures(table, BOTH), "jumps").empty


def test_thousands():
    spike = only(series([1200, 1300, 1_250_000, 1100]), "magnitude")
    assert (spike.period, spike.expected) == ("2002", 1250)
    assert "is about a thousand times the 1,300 of 2001; is it printed in another unit?" in spike.message
    step = only(series([1200, 1300, 1_250_000, 1_100_000]), "magnitude")
    assert (step.period, step["count"]) == ("2002", 2)
    assert found(series([1200, 13_000, 125_000, 1_100_000]), "magnitude").empty, "growth is no change of unit"


AREAS = ["SAU", "QAT", "OMN"]
PLACES = ["SAU", "QAT", "OMN", "KWT", "BHR", "ARE"]


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(AREAS),
            st.integers(2000, 2008),
            st.one_of(st.none(), st.just(0), st.sampled_from([90, 100, 110, 900, 1000, 1100, 10_000, 100_000])),
        ),
        min_size=1,
        max_size=30,
        unique_by=lambda one: one[:2],
    )
)
def test_series_beside_the_reference(rows):
    obs = figures({"destination": [r[0] for r in rows], "year": [r[1] for r in rows], "n": [r[2] for r in rows]})
    zeros = {(one.destination, int(one.period), one["count"]) for _, one in found(obs, "zeros").iterrows()}
    assert zeros == reference.zeros(rows)
    jumps = {(one.destination, int(one.period)) for _, one in found(obs, "jumps", threshold=4, factor=2).iterrows()}
    assert jumps == reference.jumps(rows, threshold=4, factor=2)


def test_a_period_and_the_years_that_it_consists_of_are_no_series():
    """As in the table of the Commission on Filipinos Overseas, which prints 1981 to 2020 beside its years."""
    years = [(f"{year}-01-01", f"{year + 1}-01-01") for year in range(1981, 1991)]
    values = [14, 20, 15, 22, 18, 25, 21, 30, 25, 20]
    obs = periods([*years, ("1981-01-01", "1991-01-01")], [*values, 16_993])
    for rule in ("jumps", "magnitude", "zeros"):
        assert found(obs, rule).empty, rule
    # The years are still compared with each other.
    obs = periods([*years, ("1981-01-01", "1991-01-01")], [1000 * one for one in values[:-2]] + [0, 900_000, 16_993])
    assert found(obs, "zeros").period.tolist() == ["1989"]


def test_what_was_rounded_may_differ_by_as_much():
    """IRCC Canada rounds to 5: quarters of 2017 that add up to 2,300 beside a year of 2,290."""
    quarters = [
        ("2017-01-01", "2017-04-01"),
        ("2017-04-01", "2017-07-01"),
        ("2017-07-01", "2017-10-01"),
        ("2017-10-01", "2018-01-01"),
    ]
    table = {
        "destination": ["CAN"] * 5 + PLACES,
        "period_start": ["2017-01-01"] + [a for a, _ in quarters] + ["2017-01-01"] * len(PLACES),
        "period_end": ["2018-01-01"] + [b for _, b in quarters] + ["2018-01-01"] * len(PLACES),
        "n": [2290, 575, 575, 575, 575] + [105 + 10 * at for at, _ in enumerate(PLACES)],
    }
    one = only(figures(table), "windows")
    assert (one.severity, one.value) == ("note", 10)


# ---- digits


def test_heaping():
    rng = random.Random(7)
    even = [rng.randrange(1000, 100_000) for _ in range(400)]
    heaped = [value - value % 5 if at % 2 else value for at, value in enumerate(even)]
    years = list(range(1600, 2000))
    assert found(figures({"year": years, "n": even}, BOTH), "heaping").empty
    one = only(figures({"year": years, "n": heaped}, BOTH), "heaping")
    share = sum(value % 5 == 0 for value in heaped) / 400
    assert (one.severity, one["count"]) == ("warning", 400)
    assert one.found == pytest.approx(500 * share)
    assert "Labour outflow of Sri Lanka" in one.message
    rounded = only(figures({"year": years, "n": [10 * value for value in even]}, BOTH), "heaping")
    assert (rounded.severity, rounded.found) == ("note", 500)


def test_persons():
    one = only(series([10, 10.5, 11.25]), "persons")
    assert (one["count"], one.found) == (2, 11.25)
    assert found(series([10, 10.5], constants=BOTH | {"unit": "percent"}), "persons").empty
    # What was shared out or estimated is not observed.
    assert found(ms.datasets.sri_lanka_departures(), "persons").empty


# ---- rules as such


def test_the_same_findings_whatever_the_order_of_rows():
    obs = ms.concat([ms.datasets.asian_outflows(), ms.datasets.sri_lanka_departures()])
    frame = obs.figures
    order = list(range(len(frame)))
    random.Random(3).shuffle(order)
    shuffled = ms.Observations(frame.take(order), obs._core.definitions())
    plain = ms.Observations(frame, obs._core.definitions())
    first, second = (ms.quality.report(one).to_pandas().drop(columns="row") for one in (plain, shuffled))
    assert len(first) > 10
    pd.testing.assert_frame_equal(first, second)


def test_options_and_severities():
    obs = series([1000, 1010, 1020, 990, 8000, 8100, 7900, 8200])
    assert found(obs, "jumps", factor=10).empty
    assert only(obs, "jumps", severity="error").severity == "error"
    report = ms.quality.report(obs, rules={"jumps": {"severity": "note"}, "zeros": {}})
    assert report.rules[["rule", "notes", "warnings"]].values.tolist() == [["jumps", 1, 0], ["zeros", 0, 0]]


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (["jumsp"], "there is no rule 'jumsp'; did you mean 'jumps'?"),
        ({"jumps": {"treshold": 4}}, 'rule "jumps" has no option "treshold"; did you mean "threshold"?'),
        ({"jumps": {"threshold": "4"}}, "'threshold': '4' is not a finite number"),
        ({"residuals": {"shares": 4}}, "has no option 'shares'; did you mean 'share'?"),
        ({"jumps": {"severity": "bad"}}, "severity='bad': expected one of 'error', 'warning', 'note'"),
        ("jumps", "expected a list of rules"),
    ],
)
def test_what_is_refused(rules, says):
    with pytest.raises(SchemaError, match=r".*") as refused:
        ms.quality.report(ms.datasets.asian_outflows(), rules=rules)
    assert says in str(refused.value)


def test_the_list_of_rules():
    rules = ms.quality.rules()
    assert rules.name.is_unique
    assert set(rules.family) == {"coverage", "comparability", "timeliness", "accuracy"}
    assert set(rules.severity) <= {"error", "warning", "note"}
    assert (rules.checks.str.len() > 20).all()
    assert (rules.source.str.len() > 5).all()
    applied = ms.quality.report(ms.datasets.asian_outflows()).rules
    assert sorted(applied["rule"]) == sorted(rules.name)


def test_findings_are_listed_up_to_a_number_and_all_counted():
    places = ["SAU", "QAT", "OMN", "KWT"]
    table = {
        "destination": places * 3,
        "year": [2000] * 4 + [2001] * 4 + [2002] * 4,
        "n": [500] * 4 + [0] * 4 + [500, 600, 700, 800],
    }
    report = ms.quality.report(figures(table), rules=["zeros"], most=2)
    assert report.rules[["findings", "listed"]].values.tolist() == [[4, 2]]
    # Those that concern most come first.
    assert report.findings.destination.tolist() == ["KWT", "OMN"]
    assert len(ms.quality.report(figures(table), rules=["zeros"], most=0).findings) == 0


def test_a_finding_names_the_cell():
    book = b"Country,2019,2020,2021\nSaudi Arabia,1200,0,1300\nQatar,800,900,850\n"
    layout = {
        "constants": {"origin": "LKA", "measure": "labour_outflow", "publisher": "An office"},
        "table": [
            {"columns": [{"header": "^Country$", "role": "destination"}], "headings": [{"match": r"^(?<year>\d{4})$"}]}
        ],
    }
    one = only(ms.read(book, layout=layout), "zeros")
    assert one.cell == "C2"
    assert one.message.startswith(
        "Labour outflow from Sri Lanka to Saudi Arabia, 2020: 0 is printed between values around 1,249"
    )
    assert "[C2" in one.message


# ---- rules of one's own


def test_a_rule_of_ones_own():
    def round_numbers(frame, limit=1000):
        """No figure is a multiple of a thousand"""
        for row, value in frame.loc[frame.value % limit == 0, "value"].items():
            yield {"row": row, "message": f"{value:,.0f} is round", "found": value, "expected": None}
        yield "and a sentence about the whole"

    mine = ms.quality.Rule("round", round_numbers, severity="note")
    obs = series([1000, 1234, 5000])
    report = ms.quality.report(obs, rules=[mine, "zeros"])
    assert report.rules[["rule", "notes", "findings"]].values.tolist() == [["zeros", 0, 0], ["round", 3, 3]]
    first = report.findings.iloc[0]
    assert first.message == "Labour outflow from Sri Lanka to Saudi Arabia, 2000: 1,000 is round [row 0]"
    assert (first.origin, first.destination, first.period, first.row, first.severity) == (
        "LKA",
        "SAU",
        "2000",
        0,
        "note",
    )
    assert report.findings.message.tolist()[2] == "And a sentence about the whole"
    assert (
        len(
            ms.quality.report(obs, rules={mine: {"limit": 5000, "severity": "error"}}).findings.query(
                "severity == 'error'"
            )
        )
        == 2
    )


def test_a_registered_rule_is_applied_and_forgotten():
    @ms.quality.rule("never", family="coverage", severity="error")
    def never(frame):
        """Nothing is ever found"""
        yield from ()

    try:
        listed = ms.quality.rules().set_index("name").loc["never"]
        assert (listed.family, listed.severity, listed.checks) == ("coverage", "error", "Nothing is ever found")
        assert "never" in ms.quality.report(ms.datasets.asian_outflows()).rules["rule"].tolist()
    finally:
        ms.quality.forget("never")
    assert "never" not in ms.quality.rules().name.tolist()
    with pytest.raises(SchemaError, match="there is no rule 'never'"):
        ms.quality.forget("never")
    with pytest.raises(SchemaError, match="a name that none of the package has"):
        ms.quality.rule("jumps")(lambda frame: [])


@pytest.mark.parametrize(
    ("gives", "says"),
    [
        ([3], "expected a sentence, or a mapping with 'message'"),
        ([{"row": 1}], "expected a sentence, or a mapping with 'message'"),
        ([{"message": "x", "colour": 1}], "a finding with 'colour'"),
        ([{"message": "x", "severity": "bad"}], "severity 'bad'"),
        ([{"message": "x", "row": 99}], "row 99: the observations have 3 rows"),
        ([{"message": "x", "row": -1}], "row -1: rows are counted from 0"),
    ],
)
def test_what_a_rule_may_not_give(gives, says):
    with pytest.raises(SchemaError, match=r".*") as refused:
        ms.quality.report(series([1, 2, 3]), rules=[ms.quality.Rule("mine", lambda frame: gives)])
    assert says in str(refused.value)


def test_an_error_in_a_rule_names_it():
    with pytest.raises(ZeroDivisionError) as raised:
        ms.quality.report(series([1, 2]), rules=[ms.quality.Rule("mine", lambda frame: [1 / 0])])
    assert raised.value.__notes__ == ["in the rule 'mine'"]


@pytest.mark.parametrize(("kind", "frame"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table)])
def test_tables_are_of_the_callers_kind(kind, frame):
    report = ms.quality.report(ms.datasets.asian_outflows(kind))
    for table in (
        "findings",
        "rules",
        "coverage",
        "residuals",
        "comparability",
        "definitions",
        "series",
        "timeliness",
        "indicators",
    ):
        assert isinstance(getattr(report, table), frame), table
    assert isinstance(report.coverage_by("reporter", "year"), frame)
