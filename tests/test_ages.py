"""Age groups: published figures, the slow reference, and what must hold for any figures."""

import csv
import itertools
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st
from numpy.testing import assert_allclose

import migstat as ms
import reference_ages as reference
from migstat.errors import CodeError, SchemaError

PUBLISHED = Path(__file__).parent / "published"
METHODS = ("uniform", "sprague", "beers", "beers_modified", "monotone", "pclm")
FIVES = [f"{age}-{age + 4}" for age in range(0, 100, 5)]


def labels_of(edges):
    return [f"{low}-{high - 1}" for low, high in itertools.pairwise(edges)]


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---- published figures


@pytest.mark.parametrize("method", ["sprague", "beers", "beers_modified"])
def test_panels_are_those_of_the_literature(shared, method):
    """Each unit vector comes out as its column of coefficients, for any number of groups."""
    path = shared / "science" / "codelists" / "graduation_coefficients.csv"
    panel = reference.panels(path, {"beers": "beers_ordinary"}.get(method, method))
    for groups in (5, 6, 9, 20):
        expected = reference.single_years(panel, groups)
        # Net figures may be below zero, so nothing falls back: a row of -1 and 0.
        made = ms.ages.regroup(-np.eye(groups), "single", ages=FIVES[:groups], method=method)
        assert_allclose(-made.T, expected, rtol=0, atol=1e-12)
        if method != "beers_modified":
            sums = expected.reshape(groups, 5, groups).sum(axis=1)
            assert_allclose(sums, np.eye(groups), atol=1e-12)
    if method == "beers_modified":
        assert_allclose(panel["middle_group"].sum(axis=0), [-0.043, 0.172, 0.742, 0.172, -0.043], atol=1e-12)


@pytest.mark.parametrize("method", ["sprague", "beers", "beers_modified"])
def test_graduation_golden(shared, method):
    name = {"beers": "beers_ordinary"}.get(method, method)
    rows = read(shared / "science" / "goldens" / "graduation_demotools_value21.csv")
    # Sprague keeps the groups: they are the input of all three.
    groups = np.array([float(row["value"]) for row in rows if row["method"] == "sprague"]).reshape(-1, 5).sum(axis=1)
    expected = [float(row["value"]) for row in rows if row["method"] == name]
    made = ms.ages.regroup(groups, "single", ages=FIVES, method=method)
    assert_allclose(made, expected, atol=1e-6)


def test_beers_as_johnson_printed_it(shared):
    """The published single years that only the groups decide: age 1, and those from 9.

    The spreadsheet then puts its known infants at age 0 and changes ages 2 to 8 so that both groups keep their totals.
    By which rule, it does not say, and none of the polynomials through cumulated ages around them that were tried gives
    them within 25 persons. So that step is not in the package: infants printed apart are a group of their own, which is
    kept, and 1-4 keeps its total by an even share.
    """
    with (PUBLISHED / "beers_johnson.csv").open(encoding="utf-8", newline="") as file:
        title = file.readline()
        printed = {int(row["age"]): float(row["printed"]) for row in csv.DictReader(file)}
    groups = dict(part.strip().rsplit(" ", 1) for part in title.split("input:")[1].split(";"))
    figures = np.array([float(figure) for figure in groups.values()])
    assert list(groups) == ["0", "1-4", *FIVES[1:6]]
    fives = np.array([figures[0] + figures[1], *figures[2:]])
    made = ms.ages.regroup(fives, "single", ages=FIVES[:6], method="beers")
    for age, figure in printed.items():
        assert abs(made[age] - figure) < 0.541
    for row in read(shared / "science" / "goldens" / "beers_ordinary_johnson.csv"):
        if (age := int(row["age"])) in printed:
            assert abs(made[age] - float(row["recomputed_here"])) <= 1e-3
    # What the printed ages and ours have in common: the totals of both groups.
    both = read(shared / "science" / "goldens" / "beers_ordinary_johnson.csv")
    whole = [float(row["published_johnson_spreadsheet"]) for row in both]
    assert abs(sum(whole[:5]) - made[:5].sum()) < 1
    assert abs(sum(whole[5:10]) - made[5:10].sum()) < 1
    apart = ms.ages.regroup(figures, "single", ages=list(groups), method="beers")
    assert apart[0] == figures[0]
    assert_allclose(apart[1:5].sum(), figures[1], rtol=1e-14)


def test_monotone_golden(shared):
    rows = read(shared / "science" / "goldens" / "graduate_mono_hyman.csv")
    for case in {row["case"] for row in rows}:
        expected = np.array([float(row["value"]) for row in rows if row["case"] == case])
        groups = expected.reshape(-1, 5).sum(axis=1)
        made = ms.ages.regroup(groups, "single", ages=FIVES[: len(groups)])
        assert_allclose(made, expected, atol=1e-6)


def test_pclm_on_the_published_deaths(shared):
    rows = read(shared / "science" / "goldens" / "pclm_ungroup_input.csv")
    starts, deaths = [int(row["age_start"]) for row in rows], np.array([float(row["deaths"]) for row in rows])
    labels = [*labels_of(starts), f"{starts[-1]}+"]
    for smoothing in (None, 1.0, 1e4):
        made = ms.ages.regroup(deaths, "single", ages=labels, method="pclm", open_to=115, smoothing=smoothing)
        assert (made >= 0).all()
        assert_allclose(made.sum(), deaths.sum(), rtol=1e-12)
        assert_allclose([part.sum() for part in np.split(made, starts[1:])], deaths, rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_ages_may_be_shifted(method):
    """The identity that DemoTools tests: five groups from 0 and from 45 have the same single years."""
    groups = np.array([88962, 73756, 51990, 55395, 48562])
    low = ms.ages.regroup(groups, "single", ages=FIVES[:5], method=method)
    high = ms.ages.regroup(groups, "single", ages=FIVES[9:14], method=method)
    assert_allclose(low, high, rtol=0, atol=1e-9)


# ---- the reference

cuts = st.sets(st.integers(1, 59), max_size=11).map(lambda inner: [0, *sorted(inner), 60])
counts = st.one_of(st.integers(0, 50), st.integers(0, 10**7), st.just(0))


@given(cuts, cuts, st.data())
def test_uniform_and_monotone_are_the_reference(source, target, data):
    n = len(source) - 1
    figures = np.array(data.draw(st.lists(st.lists(counts, min_size=n, max_size=n), min_size=1, max_size=11)), float)
    scale = figures.sum(axis=1, keepdims=True) + 1
    made = ms.ages.regroup(figures, labels_of(target), ages=labels_of(source), method="uniform")
    assert (abs(made - figures @ reference.uniform(source, target).T) <= 1e-12 * scale).all()
    made = ms.ages.regroup(figures, labels_of(target), ages=labels_of(source))
    expected = np.array([reference.monotone(source, row, target) for row in figures])
    assert (abs(made - expected) <= 1e-9 * scale).all()


@pytest.mark.parametrize("smoothing", [0.1, 10.0, 1e3, 1e6])
def test_pclm_is_the_reference(smoothing):
    source = [0, 1, 5, 10, 15, 20, 25, 35, 45, 60, 80]
    figures = np.array([[30, 25, 20, 60, 350, 700, 900, 400, 180, 40], [9, 8, 0, 7, 1, 0, 3, 2, 5, 11]], float)
    made = ms.ages.regroup(figures, "single", ages=labels_of(source), method="pclm", smoothing=smoothing)
    for row, mine in zip(figures, made, strict=True):
        single, _ = reference.pclm(source, row, smoothing)
        assert_allclose(mine, reference.to_totals(source, row, single), rtol=1e-6, atol=1e-9)


def test_pclm_takes_the_lowest_bic():
    source = list(range(0, 105, 5))
    ages = np.arange(0, 100, 5) + 2.5
    smooth = np.round(5e4 * np.exp(-(((ages - 28) / 12) ** 2)) + 300)
    made = ms.ages.regroup(smooth, "single", ages=labels_of(source), method="pclm")
    grid = [10 ** (half / 2) for half in range(-3, 16)]
    bics = {smoothing: reference.pclm(source, smooth, smoothing)[1] for smoothing in grid}
    powers = [10.0**power for power in range(-1, 8)]
    best = min(powers, key=bics.__getitem__)
    near = min((s for s in grid if best / 4 < s < best * 4), key=bics.__getitem__)
    chosen = ms.ages.regroup(smooth, "single", ages=labels_of(source), method="pclm", smoothing=near)
    assert_allclose(made, chosen, rtol=1e-5)


# ---- what must hold


@given(cuts, cuts, st.sampled_from(["uniform", "monotone", "pclm"]), st.data())
@settings(max_examples=60)
def test_totals_are_kept_and_nobody_is_below_zero(source, target, method, data):
    n = len(source) - 1
    figures = np.array(data.draw(st.lists(st.lists(counts, min_size=n, max_size=n), min_size=1, max_size=4)), float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that does not converge says so
        made = ms.ages.regroup(figures, labels_of(target), ages=labels_of(source), method=method)
    assert (made >= 0).all()
    common = sorted(set(source) & set(target))
    for low, high in itertools.pairwise(common):
        before = figures[:, source.index(low) : source.index(high)].sum(axis=1)
        after = made[:, target.index(low) : target.index(high)].sum(axis=1)
        assert_allclose(after, before, rtol=1e-12)


@given(st.lists(st.integers(0, 10**6), min_size=20, max_size=20), st.sampled_from(METHODS))
@settings(max_examples=60)
def test_to_finer_ages_and_back(figures, method):
    figures = np.array(figures, float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fine = ms.ages.regroup(figures, "single", ages=FIVES, method=method)
    assert (fine >= 0).all()
    back = ms.ages.regroup(fine, "5-year", ages=range(100), method=method)
    assert_allclose(back.sum(), figures.sum(), rtol=1e-11)
    if method != "beers_modified":
        assert_allclose(back, figures, rtol=1e-10, atol=1e-10 * figures.sum())


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_rows_and_columns_does_not_matter(method):
    random = np.random.default_rng(4)
    figures = random.integers(1, 10**6, (3000, 12)).astype(float)
    rows, columns = random.permutation(3000), random.permutation(12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        straight = ms.ages.regroup(figures, "single", ages=FIVES[:12], method=method)
        mixed = ms.ages.regroup(figures[rows][:, columns], "single", ages=[FIVES[at] for at in columns], method=method)
    assert np.array_equal(straight[rows], mixed)


@pytest.mark.parametrize("method", METHODS)
def test_missing_is_not_zero(method):
    figures = np.full((1, 12), 100.0)
    figures[0, 5] = np.nan
    made = ms.ages.regroup(figures, "single", ages=FIVES[:12], method=method)[0]
    assert np.isnan(made[25:30]).all()
    reach = {"uniform": 5, "sprague": 25, "beers": 25, "beers_modified": 25}.get(method, 60)
    assert np.isnan(made).sum() <= reach
    made = ms.ages.regroup(figures, ["0-9", "10-12", "13-14", "15-59"], ages=FIVES[:12], method=method)[0]
    assert made[0] == 200
    assert np.isnan(made[3])


@pytest.mark.parametrize("method", METHODS)
def test_nested_groups_are_sums(method):
    figures = np.array([[0.1, 0.2, 0.3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]])
    made = ms.ages.regroup(figures, "broad", ages=[*FIVES[:13], "65+"], method=method)
    assert made.tolist() == [[0.1 + 0.2 + 0.3, 85.0, 14.0]]


@pytest.mark.parametrize("method", ["sprague", "beers", "beers_modified"])
def test_infants_apart(method):
    """Groups that make five years are put together, and each keeps its total."""
    figures = np.array([184499, 567625, 582662, 463534, 369976, 286946, 235867.0])
    made = ms.ages.regroup(figures, "single", ages=["0", "1-4", *FIVES[1:6]], method=method)
    assert made[0] == 184499
    assert_allclose(made.sum(), figures.sum(), rtol=1e-12)
    if method != "beers_modified":
        assert_allclose(made[1:5].sum(), 567625, rtol=1e-12)


# ---- tables


def long(sexes=("F", "M"), ages=("0-9", "10-19", "20-29", "30+")):
    rows = [(sex, age, 10.0 * at + len(sex)) for sex in sexes for at, age in enumerate(ages)]
    return pd.DataFrame(rows, columns=["sex", "age", "n"])


def test_a_long_table_comes_back_as_it_came():
    frame = long()
    expected = ms.ages.regroup(frame, ["0-14", "15-29", "30+"], age="age", value="n")
    assert list(expected.columns) == ["sex", "age", "n", "age_method"]
    assert expected["age_method"].tolist() == ["monotone", "monotone", "exact"] * 2
    assert expected.groupby("sex")["n"].sum().tolist() == frame.groupby("sex")["n"].sum().tolist()
    coded = pl.from_pandas(frame).with_columns(pl.col("sex").cast(pl.Categorical))
    assert ms.ages.regroup(coded, ["0-29", "30+"], age="age", value="n")["sex"].to_list() == ["F", "F", "M", "M"]
    made = ms.ages.regroup(pl.from_pandas(frame), ["0-14", "15-29", "30+"], age="age", value="n")
    assert isinstance(made, pl.DataFrame)
    assert made["n"].to_list() == expected["n"].tolist()
    assert made["age"].cast(pl.String).to_list() == expected["age"].tolist()
    made = ms.ages.regroup(pa.Table.from_pandas(frame), ["0-14", "15-29", "30+"], age="age", value="n")
    assert isinstance(made, pa.Table)
    assert made.column("n").to_pylist() == expected["n"].tolist()
    again = ms.ages.regroup(expected, ["0-29", "30+"], age="age", value="n")
    assert again["age_method"].tolist() == ["exact"] * 4


def test_populations_with_ages_of_their_own():
    frame = pd.concat(
        [
            long(("F",)),
            long(("M",), ("0-4", "5-14", "15-29", "30+")),
            pd.DataFrame({"sex": ["F", "M", "X"], "age": ["Total", "Unknown", "Total"], "n": [64.0, 3.0, 7.0]}),
        ]
    ).sample(frac=1, random_state=3)
    made = ms.ages.regroup(frame, ["0-14", "15-29", "30+"], age="age", value="n", method="uniform")
    made["n"] = made["n"].round(9)
    found = {(row.sex, row.age): (row.n, row.age_method) for row in made.itertuples()}
    assert found["F", "0-14"] == (1 + 5.5, "uniform")
    assert found["M", "0-14"] == (1 + 11, "exact")
    assert found["F", "Total"] == (64.0, "exact")
    assert found["M", "Unknown"] == (3.0, "exact")
    assert found["X", "Total"] == (7.0, "exact")
    assert len(made) == 9
    assert made.groupby("sex", sort=False).ngroup().is_monotonic_increasing


def test_a_wide_table_keeps_its_other_columns():
    frame = pd.DataFrame({"area": ["LKA", "NPL"], "0-14": [10, 0], "15+": [5, None], "Total": [15, 3]}, index=[7, 9])
    made = ms.ages.regroup(frame, ["0-4", "5-14", "15+"])
    assert list(made.columns) == ["area", "Total", "0-4", "5-14", "15+", "age_method"]
    assert list(made.index) == [7, 9]
    assert made.attrs["age_methods"] == {"0-4": "monotone", "5-14": "monotone", "15+": "exact"}
    assert made.loc[7, "0-4"] + made.loc[7, "5-14"] == 10
    assert np.isnan(made.loc[9, "15+"])
    polars = ms.ages.regroup(pl.DataFrame({"area": ["LKA"], "0-14": [10], "15+": [5]}), ["0+"])
    assert polars.rows() == [("LKA", 15.0, "exact")]


def test_a_row_that_would_be_negative_says_that_it_was_split_otherwise():
    frame = pd.DataFrame([[0, 1000, 0, 0, 0], [5, 5, 5, 5, 5]], columns=FIVES[:5])
    made = ms.ages.regroup(frame, "single", method="sprague")
    assert made["age_method"].tolist() == ["monotone", "sprague"]
    assert (made.drop(columns="age_method").to_numpy() >= 0).all()
    with pytest.warns(UserWarning, match="1 of 2 rows"):
        ms.ages.regroup(frame.to_numpy(), "single", ages=FIVES[:5], method="sprague")
    net = ms.ages.regroup(-frame, "single", method="sprague")
    assert net["age_method"].tolist() == ["sprague"] * 2


def test_named_groups():
    def ages(*arguments, **options):
        return ms.ages.plan(*arguments, **options)["age"].tolist()

    assert ages(["0-14", "15-17", "18+"], "single") == [*map(str, range(18)), "18+"]
    assert ages(["0-14", "15-17", "18+"], "5-year") == ["0-4", "5-9", "10-14", "15+"]
    assert ages(["0-14", "15+"], "5-year", open_to=22) == ["0-4", "5-9", "10-14", "15-19", "20-21"]
    assert ages(["3-14", "15-24"], "5-year") == ["3-4", "5-9", "10-14", "15-19", "20-24"]
    assert ages(["0-14", "15-64", "65+"], "broad") == ["0-14", "15-64", "65+"]


def test_closing_the_open_group():
    made = ms.ages.regroup([[10, 10]], ["0-74", "75+"], ages=["0-49", "50+"], method="uniform", open_to=100)
    assert made.tolist() == [[15.0, 5.0]]


# ---- refusals


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        (([[1, 2]], ["0-4", "5-9", "10+"]), {"ages": ["0-9", "10-19"]}, None),
        (([[1, 2]], ["0-4", "5+"]), {"ages": ["0-9", "20+"]}, "nothing is said about ages 10-19"),
        (([[1, 2]], ["0-4", "5+"]), {"ages": ["0-9", "5-14"]}, "0-9 and 5-14 overlap"),
        (([[1, 2]], ["0-4", "5+"]), {"ages": ["0-9", "Total"]}, "'Total' is no age group with bounds"),
        (([[1, 2]], ["0-4", "5+"]), {}, "an array needs ages="),
        (([[1, 2]], ["0-4", "5+"]), {"ages": ["0-9", "10-19", "20+"]}, "shape (1, 2) and ages= names 3 groups"),
        (([[1, 2]], "decades"), {"ages": ["0-9", "10+"]}, "expected 'single', '5-year', 'broad'"),
        (([[1, 2]], ["0-4", "5-19", "20+"]), {"ages": ["0-9", "10+"]}, "would split the open group 10+"),
        (([[1, 2]], ["0-4", "5-19"]), {"ages": ["0-9", "10+"], "open_to": 10}, "begins there or later"),
        (([[1, 2]], ["5-9", "10+"]), {"ages": ["0-9", "10+"]}, "ages 0-4 are in the table and in no group"),
        (([[1, 2]], ["0-4", "5+"]), {"ages": ["0-9", "10+"], "method": "hyman"}, "expected one of uniform"),
        (([[1, 2]], ["0-4", "5+"]), {"ages": ["0-9", "10+"], "method": "sprague"}, "needs groups of five years"),
        (([[1, 2]], ["0-4", "5+"]), {"ages": ["0-9", "10+"], "smoothing": 1.0}, 'is for method="pclm" only'),
        (([[1, -2]], ["0-4", "5-19"]), {"ages": ["0-9", "10-19"]}, "row 0, age group 2: -2 is below zero"),
        (([[1, np.inf]], ["0-4", "5-19"]), {"ages": ["0-9", "10-19"]}, "is no figure that can be split"),
        (([["a", 2]], ["0-4", "5+"]), {"ages": ["0-9", "10+"]}, "does not hold numbers"),
        ((long(), "broad"), {"age": "age"}, "needs age= and value="),
        ((long(), "broad"), {"age": "age", "value": "x"}, "no column 'x'"),
        ((long(), "broad"), {"by": "sex"}, "goes with age= and value="),
        ((long(), ["0-14", "15+"]), {"age": "age", "value": "n", "by": []}, "2 figures of age '0-9'"),
        ((long(), "broad"), {}, "no column reads as an age group"),
        ((long().assign(n="a"), "broad"), {"age": "age", "value": "n"}, "does not hold numbers"),
        ((long().assign(age=None), "broad"), {"age": "age", "value": "n"}, "row 0: no age"),
    ],
)
def test_refusals(arguments, options, said):
    if said is None:
        assert ms.ages.regroup(*arguments, **options).shape == (1, 3)
        return
    with pytest.raises(SchemaError) as raised:
        ms.ages.regroup(*arguments, **options)
    assert said in str(raised.value)


def test_an_age_that_is_not_understood():
    with pytest.raises(CodeError, match="over 65"):
        ms.ages.plan(["0-64", "over 65"], "broad")


def test_nothing_in_nothing_out():
    made = ms.ages.regroup(np.zeros((0, 2)), ["0-4", "5+"], ages=["0-9", "10-19"])
    assert made.shape == (0, 2)
    empty = ms.ages.regroup(long()[:0], "broad", age="age", value="n")
    assert list(empty.columns) == ["sex", "age", "n", "age_method"]
    assert len(empty) == 0
