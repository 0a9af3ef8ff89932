"""Mirror statistics: what goes with what, how far apart, and why it cannot be compared."""

import csv
import math

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import migstat as ms
from migstat.errors import CodeError, SchemaError
from mirrors import ANOTHER, ENDS, NOBODY, both, fates, harmonise, numbers, reasons, table

mirror = ms.reconcile.mirror


# ---- how far apart


def test_germany_and_spain_2007(shared):
    # Wisniowski, Bijak, Christiansen, Forster, Keilman, Raymer, Smith 2013, Journal of Official Statistics 29(4).
    with (shared / "science" / "goldens" / "asymmetry_germany_spain_2007.csv").open(encoding="utf-8") as file:
        golden = {row["measure"]: float(row["value"]) for row in csv.DictReader(file)}
    obs = both(golden["I"], golden["E"], origin="ESP", destination="DEU", year=2007)
    [one] = mirror(obs).to_arrow(full=True).to_pylist()
    assert one["asymmetry"] == pytest.approx(golden["sdmx_coeff"], abs=1e-14)
    assert one["log_ratio"] == pytest.approx(golden["log_ratio"], abs=1e-14)
    assert one["ratio"] == pytest.approx(golden["ratio_I_over_E"], abs=1e-14)
    assert (round(one["asymmetry"], 8), round(one["log_ratio"], 8)) == (1.24649508, 1.46059571)


@pytest.mark.parametrize(
    ("inflow", "outflow", "asymmetry", "log_ratio", "ratio"),
    [
        (0, 0, None, None, None),
        (5, 0, 2.0, None, None),
        (0, 5, -2.0, None, 0.0),
        (8, 8, 0.0, 0.0, 1.0),
        (None, 8, None, None, None),
        (1e300, 1e300, 0.0, 0.0, 1.0),
    ],
)
def test_zeros_and_blanks_have_no_ratio(inflow, outflow, asymmetry, log_ratio, ratio):
    [one] = mirror(both(inflow, outflow)).to_arrow(full=True).to_pylist()
    assert (one["asymmetry"], one["log_ratio"], one["ratio"]) == (asymmetry, log_ratio, ratio)
    half = None if inflow is None else pytest.approx(math.log((inflow + 0.5) / (outflow + 0.5)))
    assert one["log_ratio_half"] == half
    assert one["state"] == ("sending only" if inflow is None else "both")


@pytest.mark.parametrize(
    ("prefer", "value", "basis"),
    [("receiving", 120.0, "receiving"), ("sending", 100.0, "sending"), ("mean", 110.0, "mean"),
     ("larger", 120.0, "receiving")],
)  # fmt: skip
def test_the_report_preferred(prefer, value, basis):
    assert table(mirror(both(), prefer=prefer), "value", "basis") == [(value, basis)]
    # Where there is one only, it is that.
    assert table(mirror(both(None, 7), prefer=prefer), "value", "basis") == [(7.0, "sending")]
    assert table(mirror(both(None, None), prefer=prefer), "value", "basis") == [(None, None)]


# ---- whose report


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"measure": "inflow"}, "receiving only"),
        ({"measure": "outflow"}, "sending only"),
        ({"measure": "labour_outflow"}, "sending only"),
        ({"measure": "outflow", "role": "destination"}, "receiving only"),
        ({"measure": "stock", "role": "origin"}, "sending only"),
        ({"measure": "stock", "reporter": "AUT"}, "receiving only"),
        ({"measure": "permits", "reporter": "DEU"}, "sending only"),
        ({"measure": "inflow", "reporter": "org:OECD", "role": "destination"}, "receiving only"),
    ],
)
def test_whose_report_it_is(fields, state):
    obs = harmonise([{"value": 7} | fields])
    assert table(mirror(obs), "state") == [(state,)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"measure": "net"}, "net: the other end counts nothing that would mirror it"),
        ({"measure": "stock"}, "who reports is not stated (reporter= or role=)"),
        ({"measure": "refugees", "reporter": "org:UNHCR"}, "a third party reports: org:UNHCR"),
        ({"measure": "inflow", "role": "third"}, "a third party reports"),
        ({"measure": "inflow", "reporter": "FRA"}, "its reporter, FRA, is not its destination"),
        ({"measure": "stock", "reporter": "FRA"}, "its reporter, FRA, is neither of its ends"),
        ({"measure": "inflow", "concept": "birth", "destination": "DEU"}, f"{ENDS} are the same area"),
        ({"measure": "inflow", "origin": "_T"}, "its origin is a total, for which no office reports"),
        ({"measure": "inflow", "origin": "_O"}, "its origin is a residual, for which no office reports"),
        ({"measure": "outflow", "destination": "m49:150"}, f"its destination is a group of areas, {NOBODY}"),
        ({"measure": "inflow", "unit": "%"}, "in percent: only counts and amounts have a mirror"),
    ],
)  # fmt: skip
def test_what_has_no_mirror_is_listed(row, reason):
    pairs = mirror(harmonise([{"value": 7} | row]))
    assert len(pairs) == 0
    aside = pairs.set_aside()
    assert (aside.why.tolist(), aside.value.tolist()) == ([reason], [7.0])
    assert fates(pairs) == {"in": 1, "out": 0, reason: 1}
    assert "1" in repr(pairs) or "no" in repr(pairs)


def test_figures_by_reason_of_moving_are_set_aside_too():
    rows = [{"measure": "deaths", "reason": reason, "value": 1} for reason in ("work", "family")]
    aside = mirror(harmonise(rows)).set_aside()
    assert aside.reason.tolist() == ["work", "family"]
    assert set(aside.why) == {"deaths: the other end counts nothing that would mirror it"}


def test_flows_are_never_paired_with_stocks():
    fields = [
        {"measure": "inflow", "role": "destination"},
        {"measure": "stock", "role": "origin"},
        {"measure": "stock", "role": "destination"},
    ]
    pairs = mirror(harmonise([{"value": at} | each for at, each in enumerate(fields)]))
    assert table(pairs, "family", "inflow", "outflow") == [("flow", 0.0, None), ("stock", 2.0, 1.0)]
    assert "family" in pairs.to_arrow().column_names
    assert set(pairs.by_reporter().family) == {"stock"}


# ---- like with like


def test_totals_go_with_totals_and_parts_with_their_like():
    rows = [
        {"measure": measure, "sex": sex, "value": value}
        for measure, values in (("inflow", (30, 20, 50)), ("outflow", (28, 21, 49)))
        for sex, value in zip(("F", "M", "_T"), values, strict=True)
    ]
    pairs = mirror(harmonise(rows))
    assert table(pairs, "sex", "inflow", "outflow", "part") == [
        ("F", 30.0, 28.0, True),
        ("M", 20.0, 21.0, True),
        ("_T", 50.0, 49.0, False),
    ]
    assert fates(pairs) == {"in": 6, "out": 6}
    # Parts are compared by themselves, and nobody is summed twice.
    assert pairs.by_reporter()[["pairs", "inflow", "outflow"]].to_numpy().tolist() == [[1, 50.0, 49.0]] * 2


def test_a_dimension_that_one_side_lacks_is_a_total():
    by_sex = harmonise([{"measure": "inflow", "sex": sex, "value": n} for sex, n in (("F", 30), ("M", 20), ("_T", 50))])
    plain = harmonise([{"measure": "outflow", "value": 49}])
    pairs = mirror([by_sex, plain])
    assert table(pairs, "sex", "inflow", "outflow") == [("F", 30.0, None), ("M", 20.0, None), ("_T", 50.0, 49.0)]
    said = "receiving only: the origin reports the corridor, but not by these codes"
    assert pairs.to_pandas().why.tolist()[:2] == [said] * 2
    assert fates(pairs) == {"in": 4, "out": 2, said: 2}


def test_parts_are_added_up_where_no_total_is_printed():
    plain = harmonise([{"measure": "outflow", "value": 49}])

    def beside(dimension, parts):
        made = harmonise([{"measure": "inflow", dimension: code, "value": value} for code, value in parts.items()])
        pairs = mirror([made, plain])
        fates(pairs)
        return sorted(numbers(pairs), key=repr)

    assert beside("sex", {"F": 30, "M": 20}) == [(50.0, 49.0)]
    assert beside("sex", {"F": 30, "M": 20, "_U": 5}) == [(55.0, 49.0)]
    assert beside("age", {"Y0T14": 1, "Y15T64": 2, "Y_GE65": 4}) == [(7.0, 49.0)]
    assert beside("citizenship", {"NAT": 3, "FOR": 4}) == [(7.0, 49.0)]
    # Somebody is left out, or nobody can say: nothing is added.
    assert (None, 49.0) in beside("sex", {"F": 30, "M": None})
    assert (None, 49.0) in beside("sex", {"F": 30, "_U": 20})
    assert (None, 49.0) in beside("age", {"Y0T14": 1, "Y15T64": 2})
    assert (None, 49.0) in beside("reason", {"work": 1, "study": 2})
    pairs = mirror([harmonise([{"measure": "inflow", "sex": sex, "value": 1} for sex in "FM"]), plain])
    assert "the parts of the receiving report are added up" in pairs.to_pandas().why[0]
    assert fates(pairs) == {"in": 3, "out": 3}


def test_sexes_and_ages_are_added_up_together():
    ages = ("Y0T14", "Y_GE15")
    parts = [{"measure": "inflow", "sex": sex, "age": age, "value": 1} for sex in "FM" for age in ages]
    plain = harmonise([{"measure": "outflow", "value": 9}])
    assert numbers(mirror([harmonise(parts), plain])) == [(4.0, 9.0)]
    assert (None, 9.0) in numbers(mirror([harmonise(parts[:-1]), plain]))


def test_parts_that_find_their_like_are_not_added_up():
    parts = [{"measure": "inflow", "sex": sex, "value": n} for sex, n in (("F", 30), ("M", 20))]
    other = [{"measure": "outflow", "sex": sex, "value": n} for sex, n in (("F", 28), ("_T", 49))]
    pairs = mirror(harmonise(parts + other))
    assert table(pairs, "sex", "inflow", "outflow") == [("F", 30.0, 28.0), ("M", 20.0, None), ("_T", None, 49.0)]


def test_nationals_are_those_of_the_reporter():
    sending = [
        {"measure": "outflow", "citizenship": code, "value": n} for code, n in (("NAT", 40), ("FOR", 9), ("_T", 49))
    ]
    codes = (("DEU", 35), ("AUT", 5), ("FRA", 2), ("_T", 42))
    receiving = [{"measure": "inflow", "citizenship": code, "value": n} for code, n in codes]
    pairs = mirror(harmonise(receiving + sending))
    assert table(pairs, "citizenship", "inflow", "outflow") == [
        ("AUT", 5.0, None),
        ("DEU", 35.0, 40.0),
        ("FOR", None, 9.0),
        ("FRA", 2.0, None),
        ("_T", 42.0, 49.0),
    ]
    assert table(pairs, "comparable") == [(None,), (True,), (None,), (None,), (True,)]


def test_nationals_only_go_with_everybody_last_and_are_not_comparable():
    nationals = harmonise([{"measure": "outflow", "citizenship": "NAT", "value": 40}])
    everybody = harmonise([{"measure": "inflow", "value": 42}])
    pairs = mirror([nationals, everybody])
    assert numbers(pairs) == [(42.0, 40.0)]
    [(comparable, why)] = table(pairs, "comparable", "why")
    assert comparable is False
    assert why.startswith("population: the sending report counts citizenship DEU only, the receiving one everybody")
    # Beside their like they are comparable.
    alike = harmonise([{"measure": "inflow", "citizenship": code, "value": n} for code, n in (("DEU", 35), ("_T", 42))])
    pairs = mirror([nationals, alike])
    assert table(pairs, "citizenship", "inflow", "outflow") == [("DEU", 35.0, 40.0), ("_T", 42.0, None)]
    assert table(pairs, "comparable")[0] == (True,)


def test_a_birthplace_that_repeats_the_origin_tells_nothing():
    born = [{"measure": "inflow", "origin": code, "birth": code, "value": 5} for code in ("DEU", "FRA")]
    born = harmonise(born, concept="birth")
    left = harmonise([{"measure": "outflow", "value": 4}], concept="previous_residence")
    pairs = mirror([born, left])
    assert ("DEU", 5.0, 4.0) in table(pairs, "origin", "inflow", "outflow")
    assert "birth" not in pairs.to_arrow(full=True).column_names
    assert reasons(pairs)["concept"] == "not comparable"


def test_what_is_unknown_throughout_is_not_broken_down():
    unknown = harmonise([{"measure": "outflow", "value": 4}], sex="_U", skill="_U")
    assert numbers(mirror([unknown, harmonise([{"measure": "inflow", "value": 5}])])) == [(5.0, 4.0)]


def test_records_of_one_cell_are_added_up():
    rows = {"n": [1, 2, 10], "what": ["inflow", "inflow", "outflow"]}
    stated = {"origin": "DEU", "destination": "AUT", "year": 2015}
    obs = ms.harmonise(rows, value="n", definition={"measure": "what"}, constants=stated, duplicates="keep")
    assert numbers(mirror(obs)) == [(3.0, 10.0)]


def test_a_total_is_not_added_to_its_own_parts():
    rows = {"n": [3, 4, 7, 10], "leaf": [True, True, False, True], "what": ["inflow"] * 3 + ["outflow"]}
    stated = {"origin": "DEU", "destination": "AUT", "year": 2015}
    obs = ms.harmonise(
        rows, value="n", leaf="leaf", definition={"measure": "what"}, constants=stated, duplicates="keep"
    )
    pairs = mirror(obs)
    assert numbers(pairs) == [(7.0, 10.0)]
    assert fates(pairs) == {"in": 4, "out": 3, ANOTHER: 1}


def test_periods_must_agree():
    year = harmonise([{"measure": "inflow", "value": 5}])
    months = harmonise([{"measure": "outflow", "period": period, "value": 1} for period in ("2015-01", "2015-02")])
    pairs = mirror([year, months])
    assert set(table(pairs, "state")) == {("receiving only",), ("sending only",)}
    advice = "ms.periods.align brings flows to one calendar before they are paired"
    assert [why for (why,) in table(pairs, "why")] == [
        "sending only: the destination reports the corridor in other periods: 2015-01 (sending) against 2015 "
        f"(receiving); {advice}",
        "receiving only: the origin reports the corridor in other periods: 2015 (receiving) against 2015-01 to 2015-02 "
        f"(sending); {advice}",
        "sending only: the destination reports the corridor in other periods: 2015-02 (sending) against 2015 "
        f"(receiving); {advice}",
    ]
    assert fates(pairs)["sending only: the destination reports the corridor in other periods"] == 2
    # Months inside a year that is reported too are parts of it.
    more = harmonise([{"measure": "inflow", "period": "2015-01", "value": 1}])
    total = harmonise([{"measure": "outflow", "value": 12}])
    pairs = mirror([year, months, more, total])
    assert table(pairs, "inflow", "outflow", "part") == [(1.0, 1.0, True), (5.0, 12.0, False), (None, 1.0, True)]


def test_fiscal_years_are_brought_to_calendar_years_and_then_pair():
    years = harmonise([{"measure": "inflow", "year": year, "value": 90} for year in (2014, 2015, 2016)])
    fiscal = [f"{year}-07-01/{year + 1}-06-30" for year in (2013, 2014, 2015)]
    fiscal = harmonise([{"measure": "outflow", "period": one, "value": 365} for one in fiscal])
    pairs = mirror([years, fiscal])
    said = pairs.why_not()
    assert set(said.severity) == {"not paired"}
    assert said.says.tolist() == [
        "receiving only: the origin reports the corridor in other periods, such as 2014 (receiving) against "
        "2013-07-01/2014-06-30 to 2014-07-01/2015-06-30 (sending); ms.periods.align brings flows to one calendar "
        "before they are paired",
        "sending only: the destination reports the corridor in other periods, such as 2013-07-01/2014-06-30 (sending) "
        "against 2014 (receiving); ms.periods.align brings flows to one calendar before they are paired",
    ]
    again = mirror([years, ms.periods.align(fiscal)])
    both = again.to_pandas().query("state == 'both'")
    assert both[["year", "inflow"]].values.tolist() == [[2014, 90], [2015, 90]]
    assert both.outflow.tolist() == pytest.approx([365.0, 365 * 181 / 365 + 365 * 184 / 366])


def test_stocks_of_two_days_are_brought_to_one_and_then_pair():
    def stock(role, day, values):
        table = {"year": list(values), "n": list(values.values())}
        stated = {"origin": "DEU", "destination": "AUT", "measure": "stock", "role": role}
        return ms.harmonise(table, year="year", value="n", constants=stated, day=day)

    here, there = stock("destination", "01-01", {2015: 95}), stock("origin", "07-01", {2014: 90, 2015: 100})
    [one, _] = mirror([here, there]).why_not().says
    assert one.endswith(
        "against 2015-07-01 (sending); ms.periods.interpolate brings stocks to one day before they are paired"
    )
    both = mirror([here, ms.periods.interpolate(there, at="2015-01-01")])
    assert table(both, "state") == [("both",)]


def test_periods_without_a_day_in_common():
    one = harmonise([{"measure": "inflow", "year": 2010, "value": 5}])
    other = harmonise([{"measure": "outflow", "year": year, "value": 5} for year in (2012, 2015)])
    says = mirror([one, other]).why_not().says.tolist()
    assert says[0].endswith("such as 2010 (receiving) against 2012 (sending); they have no day in common")


# ---- several reports of one side


def test_a_report_with_a_value_then_the_likest_then_the_latest():
    sending = {"measure": "outflow", "value": 100, "population": "all"}

    def taken(*receiving):
        rows = [{"measure": "inflow", "population": "all"} | each for each in receiving]
        pairs = mirror(harmonise([*rows, sending]))
        rest = pairs.set_aside()
        assert set(rest.why) == {ANOTHER}
        assert fates(pairs)["out"] == 2
        return table(pairs, "inflow")[0][0], sorted(rest.value.tolist(), key=repr)

    assert taken({"value": 1, "vintage": "2019"}, {"value": 2, "vintage": "2020"}) == (2.0, [1.0])
    assert taken({"value": 2, "vintage": "May 2020"}, {"value": 1, "vintage": "Stand 31.12.2019"}) == (2.0, [1.0])
    like = {"value": 1, "vintage": "2019"}
    assert taken(like, {"value": 2, "vintage": "2020", "population": "nationals"}) == (1.0, [2.0])
    value, _ = taken(like, {"value": None, "vintage": "2020"})
    assert value == 1.0
    assert taken(
        {"value": 1, "release_date": "2021-01-01", "vintage": "A"},
        {"value": 2, "release_date": "2021-06-01", "vintage": "B"},
        {"value": 3, "release_date": "2020-12-31", "vintage": "C"},
    ) == (2.0, [1.0, 3.0])


# ---- what can be compared


@pytest.mark.parametrize(
    ("receiving", "sending", "aspect", "severity"),
    [
        ({"concept": "citizenship"}, {"concept": "previous_residence"}, "concept", "not comparable"),
        ({"concept": "birth"}, {}, "concept", "differs"),
        ({"concept": "previous_residence"}, {"concept": "recruitment"}, "concept", "differs"),
        ({"concept": "previous_residence"}, {}, "concept", "not stated"),
        ({"population": "all"}, {"population": "nationals"}, "population", "not comparable"),
        ({"population": "permanent residents"}, {"population": "registered emigrants"}, "population", "differs"),
        ({}, {"population": "registered emigrants"}, "population", "not stated"),
        ({}, {"measure": "labour_outflow"}, "measure", "not comparable"),
        ({"unit": "households"}, {}, "unit", "not comparable"),
        ({}, {"measure": "permits", "role": "origin"}, "unit", "not comparable"),
        ({"duration_months": 3}, {"duration_months": 12}, "duration", "differs"),
        ({"duration_months": 3}, {}, "duration", "not stated"),
        ({"coverage": "whole country"}, {"coverage": "agencies"}, "coverage", "differs"),
        ({"type_of_data": "register"}, {"type_of_data": "survey"}, "type of data", "differs"),
        ({"criteria": "visa"}, {"criteria": "exit"}, "criteria", "differs"),
        ({"caveat": "rounded"}, {}, "caveat", "noted"),
    ],
)
def test_what_makes_two_reports_unlike(receiving, sending, aspect, severity):
    pairs = mirror(both(receiving=receiving, sending=sending))
    found = pairs.why_not()
    [says] = found[(found.aspect == aspect) & (found.severity == severity)].says[:1]
    assert found[found.says == says][["pairs", "inflow", "outflow"]].to_numpy().tolist() == [[1, 120.0, 100.0]]
    [(comparable, why)] = table(pairs, "comparable", "why")
    assert comparable is (severity != "not comparable")
    stated = severity != "not stated" or aspect == "duration"
    assert says in why if stated else aspect in why.split("not stated by", 1)[-1]


def test_what_both_state_alike_is_not_said():
    alike = {"concept": "previous_residence", "population": "all", "duration_months": 12, "coverage": "register",
             "criteria": "intended", "type_of_data": "register"}  # fmt: skip
    pairs = mirror(both(receiving=alike | {"role": "destination"}, sending=alike | {"role": "origin"}))
    assert table(pairs, "comparable", "why") == [(True, None)]
    assert len(pairs.why_not()) == 0


def test_codes_of_unlike_lists_are_not_alike():
    def by_occupation(measure, scheme):
        stated = {"origin": "DEU", "destination": "AUT", "year": 2015, "measure": measure}
        rows = {"o": ["2", "3"], "n": [1, 2]}
        return ms.harmonise(rows, occupation="o", value="n", constants=stated, schemes={"occupation": scheme})

    pairs = mirror([by_occupation("inflow", "ISCO-08"), by_occupation("outflow", "ISCO-88")])
    assert table(pairs, "comparable") == [(False,)] * 2
    assert "ISCO-08 (receiving) against ISCO-88 (sending)" in pairs.to_pandas().why[0]
    alike = mirror([by_occupation("inflow", "ISCO-08"), by_occupation("outflow", "ISCO-08")])
    assert table(alike, "comparable") == [(True,)] * 2


def test_reasons_by_definitions():
    parts = [both(origin=origin, receiving={"population": "all"}, sending={"population": who})
             for origin, who in (("DEU", "nationals"), ("FRA", "foreigners"), ("ITA", "nationals"))]  # fmt: skip
    pairs = mirror(parts)
    unlike = pairs.why_not().query("severity == 'not comparable'")
    assert dict(zip(unlike.says.str.extract(r"against (\w+)")[0], unlike.pairs, strict=True)) == {
        "nationals": 2,
        "foreigners": 1,
    }
    each = pairs.why_not(by="definitions").query("severity == 'not comparable'")
    assert len(each) == 2
    populations = pairs.definitions.population
    assert set(populations.loc[each.outflow_definition]) == {"nationals", "foreigners"}
    with pytest.raises(SchemaError, match="by='pair': expected one of 'reason', 'definitions'"):
        pairs.why_not(by="pair")


# ---- minimum stays


def test_durations_are_converted_in_the_pairing():
    # Danko, UndercountMigScores, BilateralModel.md: 962 immigrants and 822 emigrants of Austria in 2002, by IMEM.
    inflow = harmonise([{"value": 962, "measure": "inflow"}], year=2002, reporter="AUT", publisher="Eurostat")
    outflow = harmonise(
        [{"value": 822, "measure": "outflow"}], year=2002, reporter="SWE", publisher="Eurostat", origin="SWE"
    )
    back = harmonise(
        [{"value": 822, "measure": "outflow"}],
        year=2002, reporter="AUT", publisher="Eurostat", origin="AUT", destination="DEU",
    )  # fmt: skip
    obs = ms.concat([inflow, outflow, back])
    pairs = mirror(obs, durations="imem")
    names = (
        "origin",
        "inflow",
        "inflow_printed",
        "inflow_multiplier",
        "outflow",
        "outflow_printed",
        "outflow_multiplier",
    )
    found = {row[0]: row[1:] for row in table(pairs, *names)}
    assert found["DEU"] == pytest.approx((606.06, 962, 0.63, None, None, None))
    assert found["AUT"] == pytest.approx((None, None, None, 517.86, 822, 0.63))
    assert found["SWE"] == pytest.approx((None, None, None, 822, 822, 1.0))
    assert [step["operation"] for step in pairs.ledger.steps][-2:] == ["durations.convert", "reconcile.mirror"]
    assert pairs.definitions.duration_months.tolist() == [12.0] * 3
    plain = mirror(obs)
    assert {row[0]: row[1] for row in table(plain, "origin", "inflow")}["DEU"] == 962.0
    assert set(table(plain, "inflow_multiplier")) == {(1.0,), (None,)}


def test_why_tells_of_minimum_stays():
    def why(destination, **options):
        receiving = {"reporter": destination, "publisher": "Eurostat"}
        sending = {"duration_months": 12, "reporter": "DEU"}
        obs = both(receiving=receiving, sending=sending, year=2002, destination=destination)
        return mirror(obs, **options).to_pandas().why[0]

    assert "a minimum stay of 3 months (receiving, by a known criterion) against 12 months (sending)" in why("AUT")
    converted = "the receiving report is converted from 3 months to 12 months by imem x 0.63"
    assert converted in why("AUT", durations="imem")
    assert "against" not in why("AUT", durations="imem")
    assert "no criterion is known for immigration of NPL" in why("NPL", durations="imem")
    assert "weakly identified" in why("POL", durations="imem")
    assert "6 months" in why("NPL", durations="imem", criteria={"NPL": 6})
    with pytest.raises(SchemaError, match="criteria= says by which rule"):
        why("NPL", criteria={"NPL": 6})


def test_net_migration_does_not_keep_flows_from_being_converted():
    rows = [{"measure": measure, "value": 5, "role": "destination"} for measure in ("inflow", "net")]
    pairs = mirror(harmonise(rows, year=2002, publisher="Eurostat"), durations="imem")
    assert table(pairs, "inflow") == [(pytest.approx(5 * 0.63),)]
    assert pairs.set_aside().value.tolist() == [5.0]


# ---- how pairs are met


@pytest.fixture(scope="module")
def flows():
    rows = [
        {"origin": origin, "destination": destination, "measure": measure, "year": year, "sex": sex, "value": value}
        for at, (origin, destination) in enumerate([("DEU", "AUT"), ("AUT", "DEU"), ("SWE", "AUT")])
        for year in (2014, 2015)
        for sex in ("F", "M", "_T")
        for measure, value in (("inflow", 10 * at + year % 10), ("outflow", 5 * at + 7))
        if not (origin == "SWE" and measure == "outflow")
    ]
    return mirror(harmonise(rows))


def test_the_double_entry_matrix(flows):
    matrix = flows.matrix(year=2015)
    assert matrix.index.names == ["origin", "report"]
    assert matrix.loc[("DEU", "receiving"), "AUT"] == 5.0
    assert matrix.loc[("DEU", "sending"), "AUT"] == 7.0
    assert pd.isna(matrix.loc[("SWE", "sending"), "AUT"])
    assert flows.matrix(year=2014, sex="F").loc[("AUT", "sending"), "DEU"] == 12.0
    assert flows.matrix(year=2014, printed=True).equals(flows.matrix(year=2014))
    with pytest.raises(SchemaError, match=r"several of year are left \(2014, 2015\): select one, such as year=2014"):
        flows.matrix()
    with pytest.raises(CodeError, match="year=1999: no pair has it"):
        flows.matrix(year=1999)
    with pytest.raises(SchemaError, match="nothing is called 'jahr'"):
        flows.matrix(jahr=2015)


def test_coverage_over_areas_that_do_not_report(flows):
    assert flows.coverage()[["expected", "both", "receiving_only", "neither"]].to_numpy().tolist() == [[2, 2, 0, 0]] * 2
    wider = flows.coverage(areas=["AUT", "DEU", "SWE", "NOR"])
    # Of twelve ordered pairs, those between SWE and NOR are expected of nobody.
    assert wider[["expected", "both", "receiving_only", "neither"]].to_numpy().tolist() == [[10, 2, 1, 7]] * 2
    assert flows.coverage(["SWE"], "EU").expected.tolist() == [2 * (len(ms.areas.members("EU")) - 1)] * 2
    with pytest.raises(CodeError, match="reporters= names 'Sweden', which is no code"):
        flows.coverage(["Sweden"])
    with pytest.raises(SchemaError, match="areas= names 'AUT' twice"):
        flows.coverage(areas=["AUT", "AUT"])


def test_tables_are_of_the_callers_kind(flows):
    rows = pl.DataFrame({"what": ["inflow", "outflow"], "n": [3, 4]})
    stated = {"origin": "DEU", "destination": "AUT", "year": 2015}
    pairs = mirror(ms.harmonise(rows, value="n", definition={"measure": "what"}, constants=stated))
    for found in (pairs.why_not(), pairs.by_reporter(), pairs.set_aside(), pairs.coverage()):
        assert isinstance(found, pl.DataFrame)
    assert pl.DataFrame(flows).equals(flows.to_polars())
    assert pa.table(flows).column_names == flows.to_arrow().column_names
    frame = flows.to_pandas()
    assert frame.year.tolist()[:3] == [2014] * 3
    assert frame.outflow_definition.dtype == "Int32"
    assert str(frame.comparable.dtype) == "boolean"
    assert {"origin", "destination", "year", "inflow", "outflow"} <= set(frame.columns)


def test_what_a_person_sees(flows):
    text = repr(flows)
    lines = text.splitlines()
    assert lines[0] == "Mirror: 18 movements: 12 with both reports, 6 receiving only"
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 100
    html = flows._repr_html_()
    assert "18 movements" in html
    assert "<script" not in html
    unlike = repr(mirror(both(receiving={"population": "all"}, sending={"population": "nationals"})))
    assert "unlike     population: all (receiving) against nationals (sending) (1 pair)" in unlike
    assert "no" in repr(mirror(harmonise([{"value": 1, "measure": "net"}])))


def test_what_is_refused():
    with pytest.raises(SchemaError, match="expected Observations, or several of them, found DataFrame"):
        mirror(pd.DataFrame())
    with pytest.raises(SchemaError, match="found str"):
        mirror("pairs.csv")
    with pytest.raises(SchemaError, match="needs at least one"):
        mirror([])
    with pytest.raises(SchemaError, match="prefer='both': expected one of"):
        mirror(both(), prefer="both")
    with pytest.raises(SchemaError, match="hold the same figure"):
        mirror([both(), both()])
