"""Durations of stay: flows by one rule turned into flows by another, with the account."""

import itertools
import json
import math

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import migstat as ms
import reference_durations as reference
from migstat.errors import CodeError, DefinitionError, LedgerError, SchemaError
from strategies import cut, decoded

durations = ms.durations
MODELS = sorted(reference.PUBLISHED)
GERMANS = {"origin": "DEU", "destination": "AUT", "measure": "inflow", "reporter": "AUT", "publisher": "Eurostat"}


def flows(years, values, constants=None, **columns):
    """Give observations of flows, to Austria from Germany unless said otherwise."""
    constants = GERMANS | (constants or {})
    constants = {name: value for name, value in constants.items() if value is not None and name not in columns}
    table = {"year": years, "n": values} | columns
    roles = {name: name for name in columns}
    return ms.harmonise(table, year="year", value="n", constants=constants, **roles)


def values(obs):
    return obs.figures["value"].to_pylist()


def stated(obs, field):
    """Give a field of the definition of each figure."""
    definitions = obs.definitions
    fields = definitions[field] if field in definitions else pd.Series(index=definitions.index, dtype=object)
    found = fields.reindex(obs.figures["definition"].to_pandas()).tolist()
    return [None if one is None or one != one else one for one in found]


# ---- conversion


def test_austria_2002():
    # Danko, UndercountMigScores, BilateralModel.md: 962 immigrants and 822 emigrants by 3 months, by IMEM.
    assert values(durations.convert(flows([2002], [962]))) == pytest.approx([606.06])
    out = flows([2002], [822], {"origin": "AUT", "destination": "DEU", "measure": "outflow"})
    assert values(durations.convert(out)) == pytest.approx([517.86])


def test_what_a_conversion_leaves_behind():
    obs = flows([2002, 2006, 2007], [962, 1000, None], {"criteria": "register"}, obs_status=["B", None, "A"])
    found = durations.convert(obs).check()
    figures = found.figures
    assert figures["basis"].to_pylist() == ["adjusted", "adjusted", "observed"]
    assert figures["obs_status"].to_pylist() == ["B+E", "E", "A"]
    assert stated(found, "duration_months") == [12.0] * 3
    first, _, last = stated(found, "criteria")
    assert first == "register; minimum stay 3 months (by known criteria, actual), converted to 12 months by imem x 0.63"
    assert last == "register; minimum stay 12 months (by known criteria, either)"
    assert stated(found, "break_before") == [None, None, "AUT: minimum stay 3 months until 2006"]
    [adjusted] = found.ledger.to_pandas().query("side == 'adjustment'").value
    assert adjusted == pytest.approx(1962 * 0.37)
    assert obs.figures["basis"].to_pylist() == ["observed"] * 3, "the observations themselves never change"


def test_what_is_stated_comes_before_what_is_known():
    obs = flows([2002], [100], {"duration_months": 6})
    found = durations.convert(obs)
    assert values(found) == [73.0]
    assert "(stated)" in stated(found, "criteria")[0]
    # What is wanted already is left alone, in every field.
    same = durations.convert(flows([2002], [100], {"duration_months": 12}))
    assert "criteria" not in same.definitions
    assert values(same) == [100.0]
    assert same.figures["basis"].to_pylist() == ["observed"]
    assert durations.convert(found).figures.equals(found.figures)


def test_permanent_is_flagged_wherever_it_is():
    obs = flows([2005, 2010], [100, 100], {"destination": "POL", "reporter": "POL"})
    found = durations.convert(obs).check()
    assert values(found) == pytest.approx([226.0, 100.0])
    assert "weakly identified" in stated(found, "caveat")[0]
    assert stated(found, "caveat")[1] is None
    assert any("1.61 to 9.58" in one["message"] for one in found.ledger.findings() if one["severity"] == "warning")
    with pytest.raises(CodeError, match="definition 0, figures of POL of 2005: an exponential has no multiplier"):
        durations.convert(obs, model=durations.exponential(0.627))
    with pytest.raises(SchemaError, match="to='permanent'"):
        durations.convert(obs, to="permanent")
    said = flows([2005], [100], {"destination": "NPL", "reporter": "NPL", "criteria": "permanent"})
    assert values(durations.convert(said)) == pytest.approx([226.0])


def test_sixty_months_are_not_permanent():
    with pytest.raises(CodeError, match="cannot be combined with permanent = 60 months"):
        durations.convert(flows([2005], [100]), criteria={"AUT": 60})
    said = durations.convert(flows([2005], [100]), model=durations.exponential(0.24), criteria={"AUT": 60})
    assert values(said) == pytest.approx([100 * math.exp(0.96)])


def test_nobody_is_lost_whose_criterion_is_not_known():
    obs = flows([1990, 2002, 2002], [50, 100, 70], {"reporter": None, "role": "destination"},
                destination=["AUT", "AUT", "NPL"])  # fmt: skip
    found = durations.convert(obs).check()
    assert values(found) == pytest.approx([50, 63, 70])
    assert stated(found, "duration_months") == [None, 12.0, None]
    [kept] = [one for one in found.ledger.findings() if one["severity"] == "warning"]
    assert kept["tally"]["rows"] == 2
    assert [one["row"] for one in kept["examples"]] == [0, 2]
    assert "no criterion is known for immigration of NPL" in kept["examples"][1]["what"]
    with pytest.raises(CodeError, match=r"row 0 \(DEU to AUT, 1990\): .*only 2002 to 2006, from 2007; state duration"):
        durations.convert(obs, unknown="raise")
    plan = durations.plan(obs)
    assert plan.state.tolist() == ["unknown", "converted", "unknown"]
    assert plan.rows.sum() == len(obs)
    assert plan.why.notna().tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("constants", "says"),
    [
        ({"reporter": None}, "who reports is not stated"),
        ({"reporter": None, "role": "third"}, "a third party reports"),
        ({"role": "third"}, "a third party reports"),
        ({"reporter": "org:OECD"}, "who reports is not stated"),
        (
            {"publisher": "Statistics Nepal", "reporter": "NPL"},
            "no criterion is known for immigration of NPL",
        ),
        ({"publisher": "INSEE", "reporter": "FRA"}, r"national figures \(in Eurostat figures it is 12 months\)"),
    ],
)
def test_why_a_criterion_is_not_known(constants, says):
    obs = flows([2010], [1], constants)
    assert values(durations.convert(obs)) == [1.0]
    with pytest.raises(CodeError, match=says):
        durations.convert(obs, unknown="raise")


def test_the_publisher_says_whose_rule():
    def of(publisher):
        found = durations.convert(flows([2010], [100], {"publisher": publisher}))
        assumed = [one["message"] for one in found.ledger.findings() if "publisher" in one["message"]]
        return values(found), len(assumed)

    assert of("Eurostat") == ([100.0], 0)
    assert of("Statistics Austria") == ([63.0], 0)
    # Not said: Eurostat's, and the ledger tells.
    assert of(None) == ([100.0], 1)
    # Not said where it does not matter.
    assert not [one for one in durations.convert(flows([2002], [1], {"publisher": None})).ledger.findings()
                if "publisher" in one["message"]]  # fmt: skip


def test_a_period_over_which_the_rule_changes_has_none():
    table = {"period": ["2006-07-01/2007-06-30", "2006-Q3", "2008M01"], "n": [10, 20, 30]}
    obs = ms.harmonise(table, period="period", value="n", constants=GERMANS)
    assert values(durations.convert(obs)) == pytest.approx([10, 12.6, 30])
    with pytest.raises(CodeError, match="changes within"):
        durations.convert(obs, unknown="raise")


def test_role_and_measure_give_the_direction():
    dutch = {"reporter": "NLD", "destination": "NLD"}
    inflow, outflow = (durations.plan(flows([2000], [1], dutch | {"measure": one})) for one in ("inflow", "outflow"))
    assert (inflow.months[0], outflow.months[0]) == (4.0, 8.0)
    mirrored = durations.plan(flows([2000], [1], dutch | {"role": "origin"}))
    assert (mirrored.direction[0], mirrored.months[0]) == ("emigration", 8.0)


def test_net_migration_is_refused_with_the_reason():
    obs = flows([2002], [-5], {"measure": "net"})
    with pytest.raises(DefinitionError, match="missing from both of its sides, in unlike numbers; convert inflow and"):
        durations.convert(obs)
    both = ms.concat([obs, flows([2002], [100])])
    with pytest.raises(DefinitionError, match=r"definition 0 .net, AUT. is of net migration"):
        durations.plan(both)
    assert values(durations.convert(both.where(measure="inflow"))) == [63.0]


def test_what_is_no_flow_is_left_alone():
    stock = flows([2002], [100], {"measure": "stock"})
    with pytest.raises(DefinitionError, match=r'only measures "inflow" and "outflow" .* and these are stock'):
        durations.convert(stock)
    departures = ms.datasets.sri_lanka_departures()
    both = ms.concat([departures, flows([2002], [100])])
    found = durations.convert(both).check()
    rest = found.where(measure="labour_outflow")
    assert decoded(rest.figures, without=("definition", "figure")) == decoded(
        departures.figures.append_column(
            "obs_status", pa.nulls(len(departures), rest.figures.schema.field("obs_status").type)
        ),
        without=("definition", "figure"),
    )
    assert [one["message"] for one in found.ledger.findings() if "left as they are" in one["message"]] == [
        "left as they are: labour_outflow: not counted by a minimum stay"
    ]


def test_bounds_zeros_and_what_is_missing():
    table = {"year": [2002] * 5, "from": ["DEU", "FRA", "ITA", "POL", "ESP"], "n": ["100", "-", "..", "<5", "0"]}
    markers = {"-": "zero", "..": "missing", "<5": "suppressed"}
    constants = {name: value for name, value in GERMANS.items() if name != "origin"}
    obs = ms.harmonise(table, origin="from", year="year", value="n", missing=markers, constants=constants)
    before, found = obs.figures, durations.convert(obs).check().figures
    assert found["presence"].to_pylist() == before["presence"].to_pylist()
    for name in ("value", "low", "high"):
        expected = [None if one is None else one * 0.63 for one in before[name].to_pylist()]
        assert found[name].to_pylist() == expected
    assert before["high"].to_pylist()[3] is not None
    assert found["basis"].to_pylist() == ["adjusted", "adjusted", "observed", "adjusted", "adjusted"]
    assert found["obs_status"].to_pylist() == ["E", "E", None, "E", "E"]


def test_a_figure_that_grows_beyond_all_numbers():
    obs = flows([2002, 2003], [1, 1e308], {"duration_months": 12})
    with pytest.raises(SchemaError, match=r'column "value", row 1: .* is beyond what a number can hold'):
        durations.convert(obs, to=0, model={0: 0.001, 12: 1})


def test_totals_stay_totals_of_their_parts():
    obs = flows([2005] * 3 + [2010] * 3, [3, 4, 7, 30, 40, 70], sex=["F", "M", "_T"] * 2)
    found = durations.convert(obs).check()
    assert found.figures["leaf"].to_pylist() == [True, True, False] * 2
    assert found.printed_totals().state.tolist() == ["agrees"] * 2
    assert values(found) == pytest.approx([1.89, 2.52, 4.41, 30, 40, 70])


def test_what_was_converted_goes_on(tmp_path):
    obs = flows([2005, 2010], [100, 200])
    found = durations.convert(obs)
    found.to_parquet(tmp_path / "flows.parquet")
    assert ms.Observations.from_parquet(tmp_path / "flows.parquet").ledger == found.ledger
    assert values(found.where(year=2010)) == [200.0]
    with pytest.raises(DefinitionError):
        ms.aggregate(found, by=["origin"])
    assert ms.aggregate(found, by=["year"]).to_pandas().value.tolist() == [63.0, 200.0]
    # The same figures by another rule, in one table, are other definitions.
    both = ms.concat([found, obs]).check()
    assert len(both) == 4
    assert len(both.definitions) == 3


def test_a_tampered_ledger_is_found():
    found = durations.convert(flows([2005], [100]))
    told = json.loads(found.ledger.to_json())
    told["steps"][-1]["accounts"][0]["adjustments"][0]["tally"]["value"] = [30.0]
    with pytest.raises(LedgerError, match=r"adjusted \(minimum stay of 3 months to 12 months by imem x 0.63\)"):
        ms.Ledger(json.dumps(told)).check()


def test_the_callers_kind_of_table():
    table = pl.DataFrame({"year": [2002], "n": [100]})
    obs = ms.harmonise(table, year="year", value="n", constants=GERMANS)
    assert isinstance(durations.plan(durations.convert(obs)), pl.DataFrame)
    with pytest.raises(SchemaError, match=r"multiply with durations\.multiplier"):
        durations.convert(table)


# ---- criteria of the caller


@pytest.mark.parametrize(
    "criteria",
    [
        {"AUT": 6},
        {("AUT", "immigration"): 6, ("AUT", "emigration"): "permanent"},
        {"reporter": ["AUT"], "months": [6.0]},
        pd.DataFrame(
            {"reporter": ["AUT"], "months": ["6"], "direction": ["immigration"], "from": [2002], "to": [2002]}
        ),
        pl.DataFrame({"reporter": ["AUT", "DEU"], "months": [6.0, None], "permanent": [False, True]}),
    ],
)
def test_criteria_of_ones_own_come_first(criteria):
    found = durations.convert(flows([2002, 2010], [100, 100]), criteria=criteria)
    assert values(found)[0] == 73.0
    assert "by the caller's criteria" in stated(found, "criteria")[0]


def test_the_table_of_criteria_may_be_edited_and_given_back():
    table = durations.criteria("AUT")
    obs = flows([2002, 2010], [100, 100])
    assert values(durations.convert(obs, criteria=table)) == values(durations.convert(obs))
    table.loc[table.months == 3, "months"] = 6
    assert values(durations.convert(obs, criteria=table)) == [73.0, 100.0]


@pytest.mark.parametrize(
    ("criteria", "error", "says"),
    [
        ({"Austria": 3}, CodeError, r'row 0: "Austria" is no code of an area'),
        ({("AUT", "inwards"): 3}, CodeError, 'row 0: direction "inwards": expected "immigration"'),
        ({"AUT": "long"}, CodeError, 'row 0: a minimum stay of "long"'),
        ({"AUT": -1}, CodeError, "at least 0"),
        ({"AUT": None}, SchemaError, r"criteria\['AUT'\]: the months are missing"),
        (
            {"AUT": 3, ("AUT", "immigration"): 6},
            SchemaError,
            "two rules for immigration of AUT, 3 months always and 6 months",
        ),
        ({"reporter": ["AUT"], "months": [3], "from": ["soon"]}, CodeError, "row 0: period 'soon'"),
        ({"reporter": ["AUT"], "months": [3], "from": [2005], "to": [2004]}, CodeError, "the end is before"),
        ({"reporter": [None], "months": [3]}, SchemaError, "row 0: the reporter is missing"),
        ({"reporter": ["AUT"], "months": [3], "permanent": [True]}, SchemaError, "permanent at once"),
        ({"reporter": ["AUT"], "months": [3], "publisher": ["ESTAT"]}, CodeError, 'publisher "ESTAT": expected'),
        ([3], SchemaError, "expected a mapping such as"),
    ],
)
def test_criteria_that_cannot_be(criteria, error, says):
    with pytest.raises(error, match=says):
        durations.convert(flows([2002], [1]), criteria=criteria)


# ---- properties

#: Some of them have criteria that are known; of the others only the caller can tell.
REPORTERS = ["AUT", "DEU", "NPL"]
UNKNOWN = ["NPL", "BGD", "MDV"]
VALUE = st.one_of(st.integers(0, 10**7).map(float), st.floats(0, 1e300), st.none())


@st.composite
def tables(draw, reporters=REPORTERS):
    """Rows of flows to several reporters, each figure once."""
    row = st.fixed_dictionaries(
        {
            "origin": st.sampled_from(["LKA", "IND"]),
            "destination": st.sampled_from(reporters),
            "period": st.one_of(
                st.integers(1998, 2012).map(str), st.integers(1998, 2011).map(lambda y: f"{y}-07-01/{y + 1}-06-30")
            ),
            "value": VALUE,
        }
    )
    key = st.lists(
        row, min_size=1, max_size=12, unique_by=lambda one: (one["origin"], one["destination"], one["period"])
    )
    return draw(key)


@st.composite
def rule_books(draw, reporters=REPORTERS):
    """Rules without overlaps: for each reporter years are cut into pieces, some of them without a rule."""
    rules = []
    for reporter in reporters:
        cuts = sorted(draw(st.sets(st.integers(1997, 2013), min_size=2, max_size=5)))
        for first, after in itertools.pairwise(cuts):
            months = draw(st.sampled_from([0, 1.25, 3, 6, 9, 12, "permanent", None]))
            if months is not None:
                rules.append(
                    {"reporter": reporter, "direction": "immigration", "months": months, "from": first, "to": after - 1}
                )
    return rules


def as_table(rules):
    return pd.DataFrame(
        {name: [str(rule[name]) for rule in rules] for name in ("reporter", "direction", "months", "from", "to")}
    )


def harmonised(rows, table=None):
    columns = pa.table({name: [row[name] for row in rows] for name in rows[0]}) if table is None else table
    constants = {"measure": "inflow", "role": "destination", "publisher": "Eurostat"}
    return ms.harmonise(
        columns, origin="origin", destination="destination", period="period", value="value", constants=constants
    )


def years(period):
    first, _, last = period.partition("/")
    return int(first[:4]), int((last or first)[:4])


@given(
    rows=tables(UNKNOWN),
    rules=rule_books(UNKNOWN),
    model=st.sampled_from(MODELS),
    to=st.sampled_from([0, 3, 4, 12]),
    off_grid=st.sampled_from(["linear", "loglinear"]),
)
def test_every_figure_as_in_the_reference(rows, rules, model, to, off_grid):
    obs = harmonised(rows)
    found = durations.convert(obs, to, model, off_grid=off_grid, criteria=as_table(rules) if rules else None).check()
    for row, value, basis in zip(rows, values(found), found.figures["basis"].to_pylist(), strict=True):
        months = reference.criterion(rules, row["destination"], "immigration", *years(row["period"]))
        if row["value"] is None:
            assert (value, basis) == (None, "observed")
        elif months is None or months == to:
            assert (value, basis) == (row["value"], "observed")
        else:
            by = reference.multiplier(reference.PUBLISHED[model], months, to, off_grid)
            assert value == pytest.approx(row["value"] * by, rel=1e-12)
            assert basis == "adjusted"


@given(data=st.data(), rows=tables(), rules=rule_books())
def test_neither_order_nor_chunks_matter(data, rows, rules):
    def told(obs):
        full = obs.to_arrow(full=True)
        steps = json.loads(obs.ledger.to_json())["steps"][-1]["accounts"]
        sides = [(one["taken"], one["out"], one["adjustments"]) for one in steps]
        return decoded(full), sides

    criteria = as_table(rules) if rules else None
    whole = durations.convert(harmonised(rows), criteria=criteria).check()
    order = data.draw(st.permutations(range(len(rows))))
    table = pa.table({name: [rows[at][name] for at in order] for name in rows[0]})
    again = durations.convert(harmonised(rows, data.draw(cut(table))), criteria=criteria).check()
    assert told(again) == told(whole)
    assert again.definitions.equals(whole.definitions)


@given(
    rows=tables(), d=st.tuples(*[st.sampled_from([0.0, 1.25, 3.0, 5.5, 6.0, 12.0])] * 3), model=st.sampled_from(MODELS)
)
def test_steps_make_the_whole_way(rows, d, model):
    rows = [row | {"value": None if row["value"] is None else min(row["value"], 1e290)} for row in rows]
    obs = harmonised(rows)
    first = durations.convert(obs, d[0], model, criteria=dict.fromkeys(REPORTERS, d[0]))
    stepped = durations.convert(durations.convert(first, d[1], model), d[2], model).check()
    whole = durations.convert(first, d[2], model).check()
    for one, other in zip(values(stepped), values(whole), strict=True):
        assert one == other or one == pytest.approx(other, rel=1e-12)
    assert set(stated(whole, "duration_months")) == {d[2]}
