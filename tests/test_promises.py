"""Promises that were broken once, each in the smallest table that showed it."""

import math

import pandas as pd
import pytest

import migstat as ms
from migstat.errors import CodeError, DefinitionError, SchemaError

CONSTANTS = {"origin": "LKA", "measure": "labour_outflow", "year": 1996}


def harmonise(columns, constants=None, **options):
    return ms.harmonise(columns, destination="d", value="n", constants=CONSTANTS | (constants or {}), **options)


def total(observations, **options):
    return ms.aggregate(observations, ["year"], **options).to_pandas().value.tolist()


def margins():
    table = {"d": ["SAU"] * 9, "s": ["M", "M", "F", "F", "M", "F", "T", "T", "T"]}
    table["k"] = ["low", "high", "low", "high", "Total", "Total", "low", "high", "Total"]
    table["n"] = [1, 2, 4, 8, 3, 12, 5, 10, 15]
    return harmonise(table, sex="s", skill="k")


def test_selected_margins_do_not_add_up_twice():
    assert total(margins()) == [15]
    left = margins().where(leaf=False, sex=["M", "F", "_T"]).check()
    with pytest.raises(DefinitionError, match="count the same people"):
        ms.aggregate(left.where(skill=["_T", "low", "high"], destination="SAU"), ["year"])


def test_breakdowns_are_never_added_across():
    with pytest.raises(DefinitionError, match="different breakdowns count the same people"):
        ms.aggregate(margins(), ["year"], across=["breakdown"])


def test_two_vintages_are_not_two_figures():
    both = ms.concat([harmonise({"d": ["SAU"], "n": [5]}, {"vintage": vintage}) for vintage in ("1998", "1999")])
    with pytest.raises(DefinitionError, match="the same figure"):
        ms.aggregate(both, ["year"], across=["vintage"])


def test_two_populations_may_be_added():
    both = ms.concat([harmonise({"d": ["SAU"], "n": [5]}, {"coverage": sector}) for sector in ("public", "private")])
    assert total(both, across=["coverage"]) == [10]


def test_a_marker_is_a_marker_among_numbers_too():
    found = harmonise({"d": ["OMN", "QAT"], "n": [9999, 5]}, missing={"9999": "missing"})
    assert found.figures.column("presence").to_pylist() == ["missing", "value"]
    assert total(found) == [5]
    with pytest.raises(SchemaError, match="expected one of zero"):
        harmonise({"d": ["OMN"], "n": ["?"]}, missing={"?": "value"})


def test_a_multiplier_holds_for_the_whole_table():
    with pytest.raises(SchemaError, match="multiplier is one number for the whole table"):
        harmonise({"d": ["OMN"], "n": [1], "m": [1000]}, definition={"multiplier": "m"})


def test_bounds_of_suppressed_counts_are_in_the_unit():
    found = harmonise({"d": ["OMN"], "n": ["<5"]}, {"multiplier": 1000}, missing={"<5": "suppressed"})
    assert [found.figures.column(side).to_pylist() for side in ("low", "high")] == [[1000.0], [4000.0]]


@pytest.mark.parametrize("measure", ["idps", "population"])
def test_who_stays_in_the_country_is_counted_where_that_is_the_measure(measure):
    found = harmonise({"d": ["LKA"], "n": [7]}, {"measure": measure})
    assert total(found) == [7]


def test_part_of_a_figure_keeps_its_bounds():
    table = {"d": ["SAU"], "k": ["Middle level"], "n": [4], "y": [1988]}
    found = ms.harmonise(
        table,
        destination="d",
        year="y",
        skill="k",
        value="n",
        constants={"origin": "LKA", "measure": "labour_outflow"},
        schemes={"skill": "LKA-SLBFE"},
        weights="equal",
    )
    [whole] = ms.aggregate(found, ["year"]).to_pandas()[["low", "value", "high"]].to_numpy().tolist()
    [part] = (
        ms.aggregate(found.where(skill="medium"), ["year"]).to_pandas()[["low", "value", "high"]].to_numpy().tolist()
    )
    assert (whole, part) == ([4, 4, 4], [0, 2, 4])


def test_a_share_of_something_unknown_is_unknown():
    found = harmonise({"d": ["SAU", "SAU"], "s": ["M", "F"], "n": [None, 5.0]}, sex="s")
    assert math.isnan(ms.aggregate(found, ["year", "sex"]).share("sex", "F").share[0])


def test_a_share_does_not_count_totals():
    table = {"d": ["SAU", "SAU"], "y": [1996, 1997], "n": [5, 5]}
    found = ms.harmonise(table, destination="d", year="y", value="n", constants={"measure": "inflow", "origin": "LKA"})
    out = ms.aggregate(found, ["year"], totals=["year"])
    assert out.share("year", "1996").share[0] == 0.5
    assert out.to_pandas().year.tolist() == [1996, 1997, pd.NA]


def test_stocks_are_not_added_by_totals_either():
    table = {"d": ["SAU", "SAU"], "y": ["1990-07-01", "2000-07-01"], "n": [1, 2]}
    found = ms.harmonise(table, destination="d", date="y", value="n", constants={"measure": "stock", "origin": "LKA"})
    assert len(ms.aggregate(found, ["year"])) == 2
    with pytest.raises(DefinitionError, match="people counted twice"):
        ms.aggregate(found, ["year"], totals=["year"])


def test_a_vintage_of_two_point_nought_stays_one(tmp_path):
    found = harmonise({"d": ["SAU"], "n": [1]}, {"vintage": "2.0", "duration_months": 12})
    found.to_parquet(tmp_path / "f.parquet")
    assert ms.Observations.from_parquet(tmp_path / "f.parquet").definitions.vintage.tolist() == ["2.0"]


def test_what_min_coverage_hides_is_set_aside():
    found = harmonise({"d": ["SAU", "SAU", "KWT"], "s": ["M", "F", "M"], "n": [None, 5.0, 2.0]}, sex="s")
    account = ms.aggregate(found, ["destination"], min_coverage=0.9).ledger.to_pandas().query("step == 1")
    sides = account.set_index(["side", "reason"]).value.to_dict()
    assert sides["out", ""] == 2
    assert sides["set aside", "in cells of less than min_coverage"] == 5


def test_a_slip_in_what_the_caller_writes_is_an_error():
    with pytest.raises(CodeError, match="Sri Lnaka"):
        harmonise({"d": ["SAU"], "n": [1]}, {"origin": "Sri Lnaka"})
    with pytest.raises(SchemaError, match="destinatoin"):
        harmonise({"d": ["SAU"], "n": [1]}, schemes={"destinatoin": "alpha3"})
    with pytest.raises(SchemaError, match="destination is no field of a definition"):
        harmonise({"d": ["SAU"], "n": [1]}, definition={"destination": "d"})
    with pytest.raises(SchemaError, match="not broken down by it"):
        harmonise({"d": ["SAU"], "n": [1]}).where(skill="low")


def test_breakdowns_that_the_caller_states_are_accounts_of_their_own():
    table = {"d": ["SAU"] * 4, "s": ["M", "F", "Total", "Total"], "a": ["Total", "Total", "0-14", "15+"]}
    table |= {"b": ["by sex", "by sex", "by age", "by age"], "n": [10, 20, 12, 18]}
    found = harmonise(table, sex="s", age="a", definition={"breakdown": "b"}).check()
    assert ms.aggregate(found, ["breakdown"]).to_pandas().value.tolist() == [30, 30]
    assert found.ledger.to_pandas().query("side == 'out'").value.tolist() == [30, 30]
