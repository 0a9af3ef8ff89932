"""Residuals divided among areas that are named, and numbers rounded so that their sum stays."""

import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import former_states
import migstat as ms
import reference_geography as reference
from former_states import findings, shown
from migstat.errors import CodeError, LedgerError, SchemaError
from strategies import cut, decoded

reconcile = ms.reconcile
STATED = {"measure": "stock", "concept": "birth", "role": "destination"}


def observed(rows, **constants):
    """Give observations of rows (origin, destination, year, n)."""
    return former_states.observed(rows, **STATED | constants)


def adjusted(obs):
    """Give reason, rows and value of the adjustments of the last step."""
    table = obs.ledger.to_pandas()
    last = table[(table.step == table.step.max()) & (table.side == "adjustment")]
    return [tuple(row) for row in last[["reason", "rows", "value"]].values.tolist()]


NAMED = {"India": 60, "Nepal": 30, "Qatar": 500, "Others": 10}
ROWS = [(origin, "QAT", 2015, n) for origin, n in NAMED.items()]


def test_what_was_observed_stays_and_the_margin_is_exact():
    obs = observed(ROWS)
    found = reconcile.allocate_residuals(obs, how="proportional", integers=True).check()
    assert shown(found, "origin", "value", "basis", "obs_status", "share") == [
        ("IND", 60.0, "observed", None, 1.0),
        ("NPL", 30.0, "observed", None, 1.0),
        ("QAT", 500.0, "observed", None, 1.0),
        # Nobody moves from a place to itself.
        ("IND", 7.0, "apportioned", "E", 0.7),
        ("NPL", 3.0, "apportioned", "E", 0.3),
    ]
    assert adjusted(found) == [("residuals of origin allocated in proportion to the areas named", -1, 0.0)]
    assert ms.aggregate(found, by=["origin"]).to_pandas().value.tolist() == [67.0, 33.0, 500.0]
    assert reconcile.apportioned(found).printed.tolist() == [10.0, 10.0]
    assert found.figures["note"].to_pylist()[3:] == ["part of _O"] * 2
    # The cell that it was printed in is still known.
    assert len(set(found.figures["row"].to_pylist()[3:])) == 1


def test_kept_residuals_are_said_to_be_there():
    obs = observed(ROWS)
    found = reconcile.allocate_residuals(obs).check()
    assert decoded(found.figures, without=()) == decoded(obs.figures, without=())
    assert findings(found, "note")[-1] == "residuals of origin hold 1.7 % of 2015 (stock)"
    assert reconcile.apportioned(found).empty


# owid/etl, pull request 6287: what dropping "Others" did to the number of male emigrants in the world.
OWID = [(1995, 75738561, 82543298), (2000, 80686301, 88290942), (2005, 90002296, 98450665),
        (2020, 132527007, 143223497), (2024, 146898509, 158009795)]  # fmt: skip


def test_what_is_lost_with_others():
    rows = [("LKA", "_T", year, named) for year, named, _ in OWID]
    rows += [("Others", "_T", year, whole - named) for year, named, whole in OWID]
    obs = observed(rows)
    shares = reconcile.residual_shares(obs)
    assert shares.share.round(3).tolist() == [0.082, 0.086, 0.086, 0.075, 0.07]
    assert (shares.named + shares.residual).tolist() == [float(whole) for *_, whole in OWID]
    dropped = obs.where(origin="LKA")
    left = dropped.ledger.to_pandas().query("side == 'set aside'")
    assert left.value.sum() == sum(whole - named for _, named, whole in OWID)
    kept = reconcile.allocate_residuals(obs)
    assert any(message.startswith("residuals of origin hold 8.2 % of 1995") for message in findings(kept, "note"))
    found = reconcile.allocate_residuals(obs, how="proportional").check()
    totals = ms.aggregate(found, by=["year"]).to_pandas()
    assert totals.value.tolist() == [float(whole) for *_, whole in OWID]


def test_owid_figures_are_those_of_the_golden(shared):
    golden = pd.read_csv(shared / "science" / "goldens" / "owid_world_total_bug.csv")
    columns = ["year", "world_emigrants_male_before_fix", "world_emigrants_male_after_fix"]
    assert [tuple(row) for row in golden[columns].values.tolist()] == OWID


def test_what_cannot_be_allocated_stays_with_the_reason():
    rows = [("Others", "DEU", 2015, 10), ("Unknown", "AUT", 2015, ".."), ("India", "AUT", 2015, 1)]
    rows += [("Others", "CHE", 2015, 3), ("India", "CHE", 2015, 0), ("Stateless", "AUT", 2015, 4)]
    obs = observed(rows)
    found = reconcile.allocate_residuals(obs, how="proportional").check()
    assert decoded(found.figures, without=()) == decoded(obs.figures, without=())
    assert findings(found) == [
        "origin _O kept: no area beside it to allocate it to",
        "origin _U kept: without a value",
    ]
    stateless = reconcile.allocate_residuals(obs, how="proportional", residuals="STLS").check()
    assert ("IND", 4.0) in shown(stateless, "origin", "value")
    for constants, why in [
        ({"measure": "net"}, "net migration is divided by its inflow and its outflow"),
        ({"unit": "percent"}, "a ratio is never divided"),
    ]:
        kept = reconcile.allocate_residuals(observed(ROWS, **constants), how="proportional")
        assert findings(kept) == [f"origin _O kept: {why}"]
    assert reconcile.residual_shares(observed(ROWS, unit="percent")).empty


def test_other_asia_stays_in_asia():
    rows = [("India", "QAT", 2015, 60), ("Kenya", "QAT", 2015, 30), ("Sudan", "QAT", 2015, 10)]
    rows += [("Other Asia", "QAT", 2015, 8), ("Other Africa", "QAT", 2015, 4), ("Unknown", "QAT", 2015, 10)]
    obs = observed(rows)
    assert shown(obs, "origin", "row")[3:] == [("_O", 3), ("_O", 4), ("_U", 5)]
    groups = {("row", 3): "Asia", ("row", 4): "Africa"}
    found = reconcile.allocate_residuals(obs, how="proportional", within=groups).check()
    made = [(note, code, value) for note, code, value in shown(found, "note", "origin", "value") if note]
    assert made == [
        ("part of _O within m49:142", "IND", 8.0),
        ("part of _O within m49:002", "KEN", 3.0),
        ("part of _O within m49:002", "SDN", 1.0),
        ("part of _U", "IND", 6.0),
        ("part of _U", "KEN", 3.0),
        ("part of _U", "SDN", 1.0),
    ]
    europe = reconcile.allocate_residuals(obs, how="proportional", within="Europe")
    assert findings(europe) == [
        "origin _O kept: no area of m49:150 beside it to allocate it to",
        "origin _U kept: no area of m49:150 beside it to allocate it to",
    ]
    unknown = reconcile.allocate_residuals(obs, how="proportional", within={"_U": "Africa", ("row", 3): "Asia"})
    notes = shown(unknown, "note", "origin")
    assert [code for note, code in notes if note == "part of _U within m49:002"] == ["KEN", "SDN"]


def test_weights_from_elsewhere():
    weights = {"LKA": 3, "IND": 1, "QAT": 100}
    found = reconcile.allocate_residuals(observed(ROWS), how="propensities", propensities=weights).check()
    assert shown(found, "origin", "value")[3:] == [("IND", 2.5), ("LKA", 7.5)]
    unnamed = reconcile.allocate_residuals(observed(ROWS), how="propensities", propensities=weights, to="unnamed")
    assert shown(unnamed, "origin", "value")[3:] == [("LKA", 10.0)]
    series = pd.Series(weights)
    named = reconcile.allocate_residuals(observed(ROWS), how="propensities", propensities=series, to="named")
    assert shown(named, "origin", "value")[3:] == [("IND", 10.0)]
    table = pl.DataFrame({"area": ["LKA", "NPL", "IND"], "partner": ["QAT", "QAT", None], "weight": [1.0, 3.0, 9.0]})
    rows = [*ROWS, ("Others", "KWT", 2015, 5)]
    own = reconcile.allocate_residuals(observed(rows), how="propensities", propensities=table).check()
    assert [row for row in shown(own, "destination", "origin", "value", "basis") if row[3] == "apportioned"] == [
        ("QAT", "LKA", 2.5, "apportioned"),
        ("QAT", "NPL", 7.5, "apportioned"),
        ("KWT", "IND", 5.0, "apportioned"),
    ]


CENSUS = [("India", "QAT", 2015, 60), ("Nepal", "QAT", 2015, 30), ("Qatar", "QAT", 2015, 910)]
WEIGHTS = {"IND": 0.06, "NPL": 0.03, "QAT": 0.91}


def divided(rows, residual, how="proportional", dimension="origin", **constants):
    """Give what became of 100 people of a residual, and what is assumed of the place itself."""
    obs = observed([*rows, (residual, "QAT", 2015, 100)], **constants)
    weights = WEIGHTS if how == "propensities" else None
    found = reconcile.allocate_residuals(obs, dimension, how=how, propensities=weights).check()
    made = {code: value for code, value, note in shown(found, dimension, "value", "note") if note}
    return made, [said for said in findings(found, "assumption") if "itself" in said]


ALIKE = {"IND": pytest.approx(200 / 3), "NPL": pytest.approx(100 / 3)}


def test_unknown_people_of_a_census_may_be_of_the_place_itself():
    for concept in ("birth", "citizenship"):
        made, assumed = divided(CENSUS, "Unknown", concept=concept)
        assert made == {"IND": 6.0, "NPL": 3.0, "QAT": 91.0}
        assert assumed == ["origin _U: the destination itself gets a part, for the table counts its own people"]
    made, _ = divided(CENSUS, "Unknown", "propensities")
    assert made == pytest.approx({"IND": 6.0, "NPL": 3.0, "QAT": 91.0})


def test_other_people_are_not_of_the_place_itself():
    made, assumed = divided(CENSUS, "Others")
    assert made == ALIKE
    [said] = assumed
    assert said.endswith("other people are others than its own, whom the table names")


@pytest.mark.parametrize("nobody", [[], [("Qatar", "QAT", 2015, 0)], [("Qatar", "KWT", 2015, 910)]])
def test_a_stock_of_migrants_has_none_of_the_place_itself(nobody):
    made, assumed = divided([*CENSUS[:2], *nobody], "Unknown", "propensities")
    assert made == ALIKE
    assert assumed == ["origin _U: nothing goes to the destination itself: the table counts none of its own people"]
    # Another period of the same table tells that it counts them.
    made, _ = divided([*CENSUS[:2], ("Qatar", "QAT", 2010, 1)], "Unknown", "propensities")
    assert made["QAT"] == 91.0


def test_nobody_moves_from_a_place_to_itself_but_citizens_return():
    flow = {"measure": "inflow", "concept": "previous_residence"}
    made, assumed = divided(CENSUS, "Unknown", "propensities", **flow)
    assert made == ALIKE
    assert assumed == ["origin _U: nothing goes to the destination itself: nobody moves from a place to itself"]
    made, _ = divided(CENSUS[:2], "Unknown", "propensities", **flow | {"concept": "citizenship"})
    assert made["QAT"] == 91.0


def test_refugees_are_outside_of_their_state():
    for measure in ("refugees", "asylum_seekers"):
        made, assumed = divided(CENSUS, "Unknown", measure=measure, concept="citizenship")
        assert made == ALIKE
        assert assumed == [
            "origin _U: nothing goes to the destination itself: who seeks refuge is outside of the own state"
        ]


@pytest.mark.parametrize("measure", ["idps", "displacements"])
def test_displaced_people_are_within_their_state(measure):
    said = {"measure": measure, "concept": None}
    made, _ = divided(CENSUS, "Unknown", **said)
    assert made == {"IND": 6.0, "NPL": 3.0, "QAT": 91.0}
    # Who is of none of those named is not of the place itself, which is among them.
    made, assumed = divided(CENSUS, "Others", **said)
    assert made == ALIKE
    assert assumed == [
        "origin _O: nothing goes to the destination itself: other people are others than its own, whom the table names"
    ]
    # Nothing is said of a table that it does not do.
    made, assumed = divided(CENSUS[:2], "Others", "propensities", **said)
    assert made["QAT"] == 91.0
    assert assumed == ["origin _O: the destination itself gets a part, for displaced people are within their own state"]


def test_remittances_are_sent_to_another_place():
    made, assumed = divided(CENSUS[:2], "Unknown", "propensities", measure="remittance", concept=None, unit="USD")
    assert made == ALIKE
    assert assumed == [
        "origin _U: nothing goes to the destination itself: remittances are sent from one place to another"
    ]


@pytest.mark.parametrize(("rows", "own"), [([("IND", 60), ("QAT", 910)], True), ([("IND", 60)], False)])
def test_own_citizens_of_a_stock_by_citizenship(rows, own):
    table = {"citizenship": [code for code, _ in rows] + ["_U"], "n": [n for _, n in rows] + [100]}
    stated = {"origin": "_T", "destination": "QAT", "measure": "population", "year": 2015}
    obs = ms.harmonise(table, citizenship="citizenship", value="n", constants=stated)
    found = reconcile.allocate_residuals(obs, "citizenship", how="propensities", propensities=WEIGHTS).check()
    made = {code for code, note in shown(found, "citizenship", "note") if note}
    assert made == ({"IND", "NPL", "QAT"} if own else {"IND", "NPL"})


def test_residuals_of_other_dimensions():
    departures = ms.datasets.sri_lanka_departures()
    found = reconcile.allocate_residuals(departures, "destination", how="proportional").check()
    one, other = (ms.aggregate(obs, by=["year", "sex", "skill"]).to_pandas() for obs in (departures, found))
    assert one.value.tolist() == other.value.tolist()
    rest = reconcile.residual_shares(found, "destination")
    assert rest.residual.sum() < reconcile.residual_shares(departures, "destination").residual.sum()
    with pytest.raises(SchemaError, match="the table has no citizenship"):
        reconcile.allocate_residuals(departures, "citizenship", how="proportional")
    with pytest.raises(SchemaError, match="the table has no birth"):
        reconcile.residual_shares(departures, "birth")


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"dimension": "sex"}, SchemaError, "dimension='sex'"),
        ({"how": "fair"}, SchemaError, "how='fair'"),
        ({"how": "propensities"}, SchemaError, "needs propensities=, a table of areas and weights"),
        ({"propensities": {"IND": 1}}, SchemaError, r"propensities= are for how=.propensities., not .proportional"),
        ({"to": "named"}, SchemaError, "to='named' is for how='propensities'"),
        ({"residuals": ["IND"]}, CodeError, '"IND" is no residual'),
        ({"within": "Atlantis"}, CodeError, 'unknown group "Atlantis"'),
        ({"within": 3}, SchemaError, "within=3: expected a group"),
        ({"within": {("line", 3): "Asia"}}, SchemaError, r"expected a code, \('row', number\)"),
        ({"within": {("row", "x"): "Asia"}}, SchemaError, "is no number of a row or column"),
        ({"within": {("row", 77): "Asia"}}, SchemaError, "no residual stands in row 77"),
        ({"within": {"IND": "Asia"}}, CodeError, 'within: "IND" is none of the residuals _O, _U'),
        ({"how": "propensities", "propensities": {"India": 1}}, CodeError, 'row 0: "India" is no code of an area'),
        ({"how": "propensities", "propensities": {"IND": -1}}, SchemaError, "a weight of -1 for IND"),
        ({"how": "propensities", "propensities": {"IND": float("nan")}}, SchemaError, "nan of IND is no finite number"),
        ({"how": "propensities", "propensities": {"area": ["IND"]}}, SchemaError, r"\['IND'\] of area is no finite"),
        ({"how": "propensities", "propensities": 3}, SchemaError, "expected a mapping of areas to weights"),
        (
            {"how": "propensities", "propensities": {"area": ["IND", "IND"], "weight": [1, 2]}},
            SchemaError,
            "IND stands in rows 0 and 1",
        ),
    ],
)
def test_allocations_that_cannot_be(arguments, error, says):
    with pytest.raises(error, match=says):
        reconcile.allocate_residuals(observed(ROWS), **{"how": "proportional"} | arguments)


def test_whole_parts_need_whole_figures():
    rows = [*ROWS[:3], ("Others", "QAT", 2015, 2.5)]
    with pytest.raises(SchemaError, match=r"row 3 \(_O to QAT, 2015\): 2.5 is no whole number"):
        reconcile.allocate_residuals(observed(rows), how="proportional", integers=True)


def test_a_tampered_ledger_is_found():
    told = json.loads(reconcile.allocate_residuals(observed(ROWS), how="proportional").ledger.to_json())
    told["steps"][-1]["accounts"][0]["adjustments"][0]["tally"]["value"] = [1.0]
    with pytest.raises(LedgerError, match="residuals of origin allocated"):
        ms.Ledger(json.dumps(told)).check()


# ---- largest remainders


def test_the_callers_kind_of_column():
    values = [3.4, None, 3.4, 3.2]
    assert reconcile.largest_remainder(values) == [4.0, None, 3.0, 3.0]
    assert reconcile.largest_remainder(tuple(values)) == (4.0, None, 3.0, 3.0)
    series = pd.Series(values, index=list("abcd"), name="n")
    found = reconcile.largest_remainder(series)
    pd.testing.assert_series_equal(found, pd.Series([4.0, np.nan, 3.0, 3.0], index=list("abcd"), name="n"))
    assert reconcile.largest_remainder(pl.Series("n", values)).to_list() == [4.0, None, 3.0, 3.0]
    assert reconcile.largest_remainder(pa.chunked_array([values[:2], values[2:]])).to_pylist() == [4.0, None, 3.0, 3.0]
    assert reconcile.largest_remainder(np.array([1, 1, 1]), total=2).tolist() == [1.0, 1.0, 0.0]
    assert reconcile.largest_remainder([]) == []
    assert reconcile.largest_remainder([0.0, 0.0]) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("values", "total", "says"),
    [
        ([1, -1], None, "row 1: -1: expected a number of at least 0"),
        ([1, 1], 1.5, "total=1.5: expected a whole number"),
        ([0, 0], 3, "total=3 cannot be divided: no number is above 0"),
        ([1], "3", "total='3': expected a whole number"),
    ],
)
def test_roundings_that_cannot_be(values, total, says):
    with pytest.raises(SchemaError, match=says):
        reconcile.largest_remainder(values, total)


@given(weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=20), total=st.integers(0, 10**6))
def test_hamilton_as_in_the_reference(weights, total):
    if not sum(weights):
        return
    found = reconcile.largest_remainder(weights, total)
    assert sum(found) == total
    whole = sum(weights)
    quotas = [Fraction(total * weight, whole) for weight in weights]
    assert all(abs(Fraction(one) - quota) < 1 for one, quota in zip(found, quotas, strict=True))
    # Remainders that differ by less than a float can hold may be taken for equal.
    remainders = sorted(quota % 1 for quota in quotas)
    if all(b - a > 1e-7 for a, b in itertools.pairwise(remainders)):
        assert found == reference.largest_remainder(total, weights)


# ---- properties

AREAS = ["India", "Nepal", "Kenya", "Qatar"]
COUNT = st.integers(0, 10**6)


@st.composite
def tables(draw, numbers=COUNT):
    """Rows by origin and destination, with residuals."""
    row = st.tuples(
        st.sampled_from([*AREAS, "Others", "Unknown"]),
        st.sampled_from(["QAT", "KWT", "DEU"]),
        st.sampled_from([2010, 2015]),
        st.one_of(numbers, st.none()),
    )
    return draw(st.lists(row, min_size=1, max_size=20, unique_by=lambda one: one[:3]))


CODES = {"India": "IND", "Nepal": "NPL", "Kenya": "KEN", "Qatar": "QAT", "Others": "_O", "Unknown": "_U"}


@given(rows=tables(), integers=st.booleans())
def test_every_cell_as_in_the_reference(rows, integers):
    found = reconcile.allocate_residuals(observed(rows), how="proportional", integers=integers).check()
    wanted = {}
    for origin, to, year, n in rows:
        if n is None:
            continue
        # Who is unknown may be of the place itself where the table counts its own people.
        own = origin == "Unknown" and any(CODES[one] == there == to and count for one, there, _, count in rows)
        beside = {
            CODES[other]: count
            for other, there, when, count in rows
            if (there, when) == (to, year) and other in AREAS and (own or CODES[other] != to) and count
        }
        shares = beside if origin not in AREAS and beside else {CODES[origin]: 1}
        for code, weight in shares.items():
            key = (code, to, year)
            wanted[key] = wanted.get(key, 0) + Fraction(n * weight, sum(shares.values()))
    sums = {}
    for one in found.figures.to_pylist():
        if one["value"] is not None:
            key = (one["origin"], one["destination"], one["period_start"].year)
            sums.setdefault(key, []).append(one["value"])
    assert set(sums) == set(wanted)
    for key, values in sums.items():
        if integers:
            assert all(value == int(value) for value in values)
            # Two residuals at most were divided in a cell.
            assert abs(math.fsum(values) - float(wanted[key])) < 2
        else:
            assert math.fsum(values) == pytest.approx(float(wanted[key]), rel=1e-9)


@given(rows=tables(st.floats(0, 1e300)), to=st.sampled_from(["any", "named", "unnamed"]))
def test_margins_are_exact(rows, to):
    obs = observed(rows)
    weights = {"IND": 0.1, "LKA": 0.7, "KEN": 1e-9}
    by_figures = reconcile.allocate_residuals(obs, how="proportional").check()
    by_weights = reconcile.allocate_residuals(obs, how="propensities", propensities=weights, to=to).check()
    for found in (by_figures, by_weights):
        for _, _, value in adjusted(found):
            assert value == 0
        one, other = (ms.aggregate(each, by=["destination", "year"]).to_pandas() for each in (obs, found))
        pd.testing.assert_frame_equal(one[["destination", "year", "value"]], other[["destination", "year", "value"]])


@given(data=st.data(), rows=tables())
def test_neither_order_nor_chunks_matter(data, rows):
    columns = ("origin", "destination", "year", "n")
    order = data.draw(st.permutations(rows))
    table = pa.table({name: [row[at] for row in order] for at, name in enumerate(columns)})
    again = ms.harmonise(data.draw(cut(table)), value="n", constants=STATED, **{name: name for name in columns[:3]})

    def told(obs):
        found = reconcile.allocate_residuals(obs, how="proportional", integers=True).check()
        return decoded(found.figures, without=("figure", "row", "definition"))

    assert told(again) == told(observed(rows))
