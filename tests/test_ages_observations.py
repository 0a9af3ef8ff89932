"""Ages of observations: other groups, the other age definition, an open group spread by a schedule; the account."""

import csv
import itertools

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st
from numpy.testing import assert_allclose

import migstat as ms
from migstat.errors import DefinitionError, SchemaError

STATED = {"origin": "LKA", "measure": "inflow", "age_definition": "reached"}
TENS = ["0-9", "10-19", "20-29", "30+"]


def observed(frame, **constants):
    columns = {name: name for name in ("destination", "sex", "age", "year") if name in frame.columns}
    missing = {"..": "missing", "*": "suppressed", "-": "zero"}
    return ms.harmonise(frame, **columns, value="n", constants={**STATED, **constants}, missing=missing)


def table(figures=None):
    """Two destinations and two sexes, with printed totals and unknown ages."""
    rows = []
    for at, (to, sex) in enumerate(itertools.product(["DEU", "NPL"], ["F", "M"])):
        own = figures[at] if figures is not None else [10 * at + 1, 40, 90 + at, 60]
        rows += [(to, sex, age, 2020, n) for age, n in zip(TENS, own, strict=True)]
        rows.append((to, sex, "Unknown", 2020, 5))
        rows.append((to, sex, "Total", 2020, sum(n for n in own if not isinstance(n, str)) + 5))
    return pd.DataFrame(rows, columns=["destination", "sex", "age", "year", "n"])


def shown(obs, *names):
    figures = obs.figures.to_pylist()
    return [tuple(figure[name] for name in names) for figure in figures]


# ---- regroup


def test_regrouped_figures_are_those_of_the_table():
    obs = observed(table())
    made = ms.ages.regroup(obs, ["0-14", "15-29", "30+"])
    made.check()
    frame = table()
    frame = frame[~frame["age"].isin(["Unknown", "Total"])]
    expected = ms.ages.regroup(frame, ["0-14", "15-29", "30+"], age="age", value="n")
    codes = dict(zip(["0-14", "15-29", "30+"], ["Y0T14", "Y15T29", "Y_GE30"], strict=True))
    wanted = {(row.destination, row.sex, codes[row.age]): row.n for row in expected.itertuples()}
    found = {
        (to, sex, age): n for to, sex, age, n in shown(made, "destination", "sex", "age", "value") if age[0] == "Y"
    }
    assert found == wanted


def test_sums_stay_observed_totals_and_unknown_ages_stay():
    obs = observed(table())
    made = ms.ages.regroup(obs, ["0-14", "15-29", "30+"], method="uniform")
    first = shown(made.where(destination="DEU", sex="F"), "age", "value", "basis", "obs_status", "leaf", "note")
    assert sorted(first) == [
        ("Y0T14", 21.0, "apportioned", "E", True, "of ages 0-29, by uniform"),
        ("Y15T29", 110.0, "apportioned", "E", True, "of ages 0-29, by uniform"),
        ("Y_GE30", 60.0, "observed", None, True, None),
        ("_T", 196.0, "observed", None, False, None),
        ("_U", 5.0, "observed", None, True, None),
    ]
    nested = ms.ages.regroup(obs, ["0-29", "30+"])
    assert set(shown(nested, "basis")) == {("observed",)}
    assert all(one["agrees"] for one in made.printed_totals().to_dict("records") if "agrees" in one)


def test_the_ledger_balances_and_tells_what_was_assumed():
    made = ms.ages.regroup(observed(table()), "5-year", open_to=100, tail="rogers-castro")
    said = made.ledger.to_json()
    assert "ages.regroup" in said
    assert "nobody of an open group older than 99" in said
    assert "a1=0.02 alpha1=0.1 a2=0.06" in said
    total = sum(n for (n,) in shown(made.where(leaf=True), "value"))
    assert_allclose(total, table().query("age != 'Total'")["n"].sum(), rtol=1e-12)


def test_a_suppressed_figure_makes_its_parts_missing():
    figures = [[1, "*", 90, 60], [1, 40, 90, 60], [1, 40, 90, ".."], [0, 0, 0, 0]]
    made = ms.ages.regroup(observed(table(figures)), ["0-14", "15-29", "30+"])
    made.check()
    found = {
        (to, sex, age): (n, why)
        for to, sex, age, n, why in shown(made, "destination", "sex", "age", "value", "presence")
    }
    assert found["DEU", "F", "Y0T14"] == found["DEU", "F", "Y15T29"] == (None, "suppressed")
    assert found["DEU", "F", "Y_GE30"] == (60, "value")
    assert found["NPL", "F", "Y_GE30"] == (None, "missing")
    said = made.ledger.to_json()
    assert "a figure beside it has no value" in said
    assert "figures without a value, for one that they depend on has none" in said


def test_what_cannot_be_done_is_refused_or_set_aside():
    frame = table()
    gap = frame[~((frame["destination"] == "NPL") & (frame["age"] == "10-19"))]
    obs = observed(gap)
    with pytest.raises(
        SchemaError, match=r"row \d+ \(LKA to NPL, 2020, sex F, age Y0T9\): ages: nothing is said about"
    ):
        ms.ages.regroup(obs, ["0-29", "30+"])
    made = ms.ages.regroup(obs, ["0-29", "30+"], unfit="set_aside")
    made.check()
    assert {to for to, age in shown(made, "destination", "age") if age[0] == "Y"} == {"DEU"}
    assert "nothing is said about ages 10-19" in made.ledger.to_json()
    with pytest.raises(SchemaError, match="would split the open group 30"):
        ms.ages.regroup(observed(frame), ["0-29", "30-59", "60+"])


def test_shares_are_never_split():
    with pytest.raises(DefinitionError, match="is a ratio, which is never added or split"):
        ms.ages.regroup(observed(table(), unit="percent"), "broad")


def test_net_figures_need_a_method_that_can():
    figures = [[-1, 40, 90, 60]] * 4
    obs = observed(table(figures), measure="net")
    with pytest.raises(SchemaError, match="-1 is below zero, and monotone splits counts"):
        ms.ages.regroup(obs, ["0-14", "15+"])
    assert ms.ages.regroup(obs, ["0-14", "15+"], method="uniform").check()


def test_columns_are_for_tables_and_the_kind_of_frame_stays():
    with pytest.raises(SchemaError, match="age= is for tables"):
        ms.ages.regroup(observed(table()), "broad", age="age")
    made = ms.ages.regroup(observed(pl.from_pandas(table().astype({"n": str}))), ["0-29", "30+"])
    assert made.to_polars().height == len(made)


@given(
    st.lists(st.lists(st.integers(0, 10**6), min_size=4, max_size=4), min_size=4, max_size=4),
    st.sampled_from(["uniform", "monotone", "pclm"]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=40)
def test_totals_are_kept_and_order_does_not_matter(figures, method, random):
    frame = table(figures)
    wanted = ["0-4", "5-14", "15-29", "30+"]
    made = ms.ages.regroup(observed(frame), wanted, method=method)
    made.check()
    assert all(n >= 0 for (n,) in shown(made, "value"))
    leaves = pd.DataFrame(shown(made.where(leaf=True), "destination", "sex", "value"))
    assert_allclose(leaves.groupby([0, 1])[2].sum(), [sum(own) + 5 for own in figures], rtol=1e-12)
    order = list(range(len(frame)))
    random.shuffle(order)
    mixed = ms.ages.regroup(observed(frame.iloc[order]), wanted, method=method)
    names = ("destination", "sex", "age", "value", "basis")
    assert sorted(shown(mixed, *names)) == sorted(shown(made, *names))
    back = ms.ages.regroup(made, ["0-14", "15-29", "30+"])
    once = ms.ages.regroup(observed(frame), ["0-14", "15-29", "30+"], method=method)
    assert_allclose(
        [n for _, n in sorted(shown(back, "age", "value"))], [n for _, n in sorted(shown(once, "age", "value"))]
    )


# ---- shift


def test_shift_of_tables():
    frame = pd.DataFrame({"sex": "F", "age": ["0", "1", "2", "3+"], "n": [10, 20, 30, 40]})
    reached = ms.ages.shift(frame, "reached", age="age", value="n")
    assert reached["n"].tolist() == [5, 15, 25, 55]
    assert reached["age_method"].tolist() == ["shift"] * 4
    completed = ms.ages.shift(frame, "completed", age="age", value="n")
    assert dict(zip(completed["age"].astype(str), completed["n"], strict=True)) == {"0": 20, "1": 25, "2+": 55}
    wide = ms.ages.shift(pd.DataFrame([[10, 20, 30, 40]], columns=["0", "1", "2", "3"]), "reached")
    assert wide.iloc[0, :5].tolist() == [5, 15, 25, 35, 20]
    with pytest.raises(SchemaError, match="ages begin with 5-9"):
        ms.ages.shift([[1, 2]], "reached", ages=["5-9", "10+"])
    with pytest.raises(SchemaError, match="given= is for observations"):
        ms.ages.shift(frame, "reached", age="age", value="n", given="completed")


@given(
    st.lists(st.integers(0, 10**6), min_size=4, max_size=30), st.sampled_from(["reached", "completed"]), st.booleans()
)
def test_a_shift_keeps_the_total_and_is_the_rule(figures, to, opened):
    n = len(figures)
    labels = [*map(str, range(n - 1)), f"{n - 1}+" if opened else str(n - 1)]
    made = ms.ages.shift([figures], to, ages=labels)[0]
    assert_allclose(made.sum(), sum(figures), rtol=1e-14)
    c = np.array(figures, float)
    for age in range(1, n - 2):
        rule = (c[age - 1] + c[age]) / 2 if to == "reached" else (c[age] + c[age + 1]) / 2
        assert made[age] == rule


def test_shift_of_observations():
    obs = observed(table())
    made = ms.ages.shift(obs, "completed")
    made.check()
    assert made.definitions["age_definition"].tolist() == ["completed"]
    assert made.definitions["criteria"].tolist() == ["age definition shifted from reached to completed"]
    assert {age for (age,) in shown(made, "age")} == {"Y0T9", "Y10T19", "Y_GE20", "_T", "_U"}
    again = ms.ages.shift(made, "completed")
    assert shown(again, "age", "value") == shown(made, "age", "value")
    silent = observed(table(), age_definition="")
    with pytest.raises(DefinitionError, match="states no age_definition; say by given="):
        ms.ages.shift(silent, "completed")
    assert shown(ms.ages.shift(silent, "completed", given="reached"), "value") == shown(made, "value")


def test_shifted_ages_are_nearer_to_those_that_were_printed(shared):
    """Eurostat prints the immigrants of 2015 by both definitions: half of what is misplaced is put right, or more."""
    frame = pd.read_csv(shared / "data" / "eurostat" / "estat_migr_imm8.tsv", sep="\t", dtype=str)
    keys = frame.iloc[:, 0].str.split(",", expand=True).set_axis(["freq", "by", "age", "unit", "sex", "geo"], axis=1)
    [year] = [name for name in frame.columns if name.strip() == "2015"]
    keys["n"] = pd.to_numeric(frame[year].str.extract(r"^\s*(\d+)")[0])
    ages = ["Y_LT1", *(f"Y{age}" for age in range(1, 100)), "Y_GE100"]
    wide = keys[keys["sex"] == "T"].pivot(index=["geo", "by"], columns="age", values="n")[ages]
    for country in ("BE", "BG", "ES", "NO", "PL", "SE"):
        completed, reached = wide.loc[(country, "COMPLET")], wide.loc[(country, "REACH")]
        shifted = ms.ages.shift(completed.to_numpy(), "reached", ages=ages)
        assert abs(shifted - reached).sum() < 0.55 * abs(completed - reached).sum()


# ---- the schedule


def test_the_schedule_is_that_of_the_manual(shared):
    goldens = shared / "science" / "goldens"
    with (goldens / "un1992_rogers_castro_model_schedules.csv").open(encoding="utf-8") as file:
        sets = {
            (row.pop("sex"), row.pop("schedule")): {k: float(v) for k, v in row.items()} for row in csv.DictReader(file)
        }
    values = pd.read_csv(goldens / "rogers_castro_un1992_values.csv")
    for (sex, name), group in values.groupby(["sex", "schedule"]):
        schedule = ms.ages.RogersCastro(**sets[sex, name])
        assert_allclose(schedule.at(group["age"].to_numpy()), group["m_unscaled"], atol=5e-10)
    peaks = {
        ("male", "Western standard"): 23,
        ("male", "Young labour force entry"): 19,
        ("male", "Old labour force entry"): 27,
        ("female", "High dependency"): 22,
    }
    for key, peak in peaks.items():
        assert np.argmax(ms.ages.RogersCastro(**sets[key]).at(np.arange(101))) == peak


def test_the_open_group_is_spread_by_the_schedule():
    schedule = ms.ages.RogersCastro(a3=0.01, alpha3=0.2, mu3=62, lambda3=0.3)
    made = ms.ages.regroup([[5, 70]], "single", ages=["0-59", "60+"], method="uniform", open_to=90, tail=schedule)[0]
    rates = np.array(schedule.at(np.arange(60, 90)))
    assert_allclose(made[60:], 70 * rates / rates.sum(), rtol=1e-13)
    assert_allclose(made[:60], 5 / 60)
    plan = ms.ages.plan(["0-59", "60+"], ["0-59", "60-69", "70+"], open_to=90, tail="rogers-castro")
    assert plan["method"].tolist() == ["exact", "monotone", "monotone"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ms.ages.regroup([[1, 2]], "single", ages=["0-9", "10+"], tail="rogers-castro"), "say by open_to="),
        (lambda: ms.ages.regroup([[1, 2]], "single", ages=["0-9", "10+"], tail="castro", open_to=99), "tail='castro'"),
        (lambda: ms.ages.RogersCastro(a1=-1), "a1=-1: expected a number of at least 0"),
        (lambda: ms.ages.RogersCastro(c="x"), "c='x': expected a number"),
        (lambda: ms.ages.shift([[1, 2]], "printed", ages=["0-9", "10+"]), "to='printed'"),
        (lambda: ms.ages.shift([[1]], "completed", ages=["0+"]), "0\\+ alone cannot be shifted"),
    ],
)
def test_refusals(make, said):
    with pytest.raises(SchemaError, match=said):
        make()
