"""Grouping sets, measures and groups that overlap: of observations and of records, the same."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import migstat as ms
from migstat.errors import CodeError, SchemaError

AREAS = ["NPL", "LKA", "KAZ", "BGD", "SAU", "UGA", "FRA"]


def harmonised(frame):
    return ms.harmonise(
        frame,
        origin="origin",
        sex="sex",
        year="year",
        value="value",
        constants={"destination": "QAT", "measure": "labour_outflow"},
        duplicates="keep",
    )


def rows(aggregate, *names):
    cells = pa.table(aggregate).to_pandas()
    return {tuple(row[:-1]): row[-1] for row in cells[list(names)].astype(object).itertuples(index=False)}


FRAME = pd.DataFrame(
    {
        "origin": ["NPL", "NPL", "LKA", "KAZ", "BGD", "FRA"],
        "sex": ["F", "M", "F", "M", "F", "M"],
        "year": [2004, 2004, 2004, 2004, 2004, 2004],
        "value": [1.0, 2.0, 4.0, 8.0, 16.0, 32.0],
    }
)


@pytest.mark.parametrize("make", [lambda frame: frame, harmonised], ids=["records", "observations"])
def test_what_overlaps_is_in_every_row_and_once_in_the_total(make):
    """Nepal is least developed and landlocked, Kazakhstan only landlocked, Bangladesh only least developed."""
    out = ms.aggregate(make(FRAME), ["origin.LDC+LLDC"], totals=["origin.LDC+LLDC"])
    assert rows(out, "origin.LDC+LLDC", "value") == {("m49:199",): 19, ("m49:432",): 11, ("_O",): 36, ("_T",): 63}
    out.ledger.check()
    assert any("do not add up" in finding["message"] for finding in out.ledger.findings())
    assert out.ledger.steps[-1]["accounts"][0]["out"]["rows"] == 6


@pytest.mark.parametrize("make", [lambda frame: frame, harmonised], ids=["records", "observations"])
def test_groups_that_do_not_overlap_give_no_warning(make):
    out = ms.aggregate(make(FRAME), ["origin.GCC+LDC", "sex"], measures=["sum", "min", "max"])
    assert rows(out, "origin.GCC+LDC", "sex", "max") == {
        ("m49:199", "F"): 16,
        ("m49:199", "M"): 2,
        ("_O", "F"): 4,
        ("_O", "M"): 32,
    }
    assert not any("do not add up" in finding["message"] for finding in out.ledger.findings())


def test_an_unknown_group_among_several_is_named():
    with pytest.raises(CodeError, match="LLCD"):
        ms.aggregate(FRAME, ["origin.LDC+LLCD"])
    with pytest.raises(SchemaError, match="grid"):
        ms.aggregate(harmonised(FRAME), ["origin.LDC+LLDC"], expected="grid")
    with pytest.raises(SchemaError, match="overlap"):
        ms.Accumulator(["origin.LDC+LLDC"]).update(FRAME).to_numpy()


tables = st.lists(
    st.tuples(
        st.sampled_from(AREAS),
        st.sampled_from(["F", "M"]),
        st.sampled_from([2004, 2024]),
        st.one_of(st.none(), st.integers(0, 9).map(float), st.floats(0, 1e6)),
    ),
    min_size=1,
    max_size=40,
).map(lambda made: pd.DataFrame(made, columns=["origin", "sex", "year", "value"]))
WORDS = ["origin", "sex", "year", "origin.region", "origin.LDC", "origin.LDC+LLDC"]


@given(frame=tables, data=st.data())
def test_observations_and_records_agree(frame, data):
    by = data.draw(st.lists(st.sampled_from(WORDS), max_size=3, unique=True))
    sums = data.draw(st.lists(st.sampled_from(by), max_size=2, unique=True)) if by else []
    how = data.draw(st.sampled_from(["totals", "rollup"]))
    measures = ["sum", "count", "nonmissing", "min", "max", "mean"]
    options = {how: sums, "measures": measures, "membership": data.draw(st.sampled_from(["period", "current", 2010]))}
    obs, records = ms.aggregate(harmonised(frame), by, **options), ms.aggregate(frame, by, **options)
    names = [*by, "value", "figures", "valued", "min", "max", "mean"]
    one, other = (pa.table(each).select(names).to_pandas().astype(object) for each in (obs, records))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@given(frame=tables, data=st.data())
def test_a_rollup_is_the_sums_of_its_steps(frame, data):
    by = data.draw(st.permutations(["origin.region", "origin", "sex"]))
    out = pa.table(ms.aggregate(frame, by, rollup=by)).to_pandas()
    for kept in range(len(by) + 1):
        direct = pa.table(ms.aggregate(frame, by[:kept])).to_pandas()
        step = out
        for place, name in enumerate(by):
            # A step sums over the last words; nothing here is a total by itself.
            step = step[(step[name].astype(str) == "_T") == (place >= kept)]
        columns = [*by[:kept], "value", "figures"]
        pd.testing.assert_frame_equal(
            step[columns].astype(object).reset_index(drop=True), direct[columns].astype(object), check_exact=True
        )


def test_groups_of_ones_own_for_observations():
    groups = {"PLACE": {"NPL": "near", ("LKA", 2004): "near", ("LKA", 2024): "far"}}
    out = ms.aggregate(harmonised(FRAME), ["origin.PLACE"], groups=groups)
    assert rows(out, "origin.PLACE", "value") == {("near",): 7, ("_O",): 56}


def test_measures_choose_the_columns():
    obs = ms.datasets.sri_lanka_departures().where(year=1996)
    out = ms.aggregate(obs, ["sex"], measures=["sum", "mean", "max"])
    assert pa.table(out).column_names == ["sex", "value", "max", "mean"]
    with pytest.raises(SchemaError, match="median"):
        ms.aggregate(obs, ["sex"], measures=["median"])
    with pytest.raises(SchemaError, match="weights"):
        ms.aggregate(obs, ["sex"], weights="w")


def test_a_pivot_keeps_the_totals_over_years():
    obs = ms.datasets.sri_lanka_departures()
    out = ms.aggregate(obs, ["year", "sex"], totals=["year", "sex"], across=["coverage", "table", "vintage"])
    laid = out.pivot(rows="year", columns="sex")
    assert laid.loc[laid.index.isna(), "_T"].tolist() == [18428 + 171254 + 155572]


def test_a_printed_total_of_one_year_is_not_that_of_all_years():
    obs = ms.datasets.sri_lanka_departures()
    out = ms.aggregate(obs, ["year", "sex"], totals=["year", "sex"], across=["coverage", "table", "vintage"])
    cells = pa.table(out).to_pandas()
    assert cells[cells["year"].isna()]["coverage_value"].isna().all()
    assert (cells["coverage_value"].dropna() <= 1).all()


def test_coverage_of_records():
    frame = {"origin": ["LKA", "LKA", "NPL", "NPL", "NPL"], "value": [1.0, None, 2.0, None, None]}
    found = pd.DataFrame(ms.aggregate(frame, ["origin"], min_coverage=0.4).below_coverage())
    assert found["origin"].astype(str).tolist() == ["NPL"]


def test_a_definition_without_leaves_does_not_stop_a_sum():
    frame = pd.DataFrame({"d": ["SAU", "SAU"], "u": ["persons", "percent"], "v": [5, 50]})
    obs = ms.harmonise(
        frame,
        destination="d",
        value="v",
        definition={"unit": "u"},
        constants={"origin": "LKA", "year": 2000, "measure": "stock"},
    )
    with pytest.raises(ms.errors.DefinitionError, match="percent"):
        ms.aggregate(obs, ["destination", "definition"])
    out = ms.aggregate(obs.where(unit="persons"), ["destination"])
    assert rows(out, "destination", "value") == {("SAU",): 5}
