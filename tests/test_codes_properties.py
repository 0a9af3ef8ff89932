"""Lists of codes and mappings: what holds for any mapping, any column and any order of rows."""

import itertools
import json
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import migstat as ms
from strategies import cut, decoded

NUMBER = itertools.count()
CODES = list("xyz")
LADDER = ["High level", "Middle level", "Skilled", "Unskilled", "House maids", "Unknown"]
KNOWN = [
    pair
    for pair in itertools.product(ms.codes.lists()["list"], repeat=2)
    if pair in set(ms.codes.mappings().itertuples(index=False, name=None))
]
#: Two steps that follow each other in the mappings that migstat has.
STEPS = [(a, b, c) for (a, b), (again, c) in itertools.product(KNOWN, repeat=2) if b == again and a != c]


# ---- recode composes


@st.composite
def mappings(draw, known=False):
    """Three lists, and a mapping between each two that follow: shares known or, unless all are, not, or no target."""
    number = next(NUMBER)
    names = [f"test-property-{letter}{number}" for letter in "abc"]
    for name in names:
        ms.codes.register({"code": CODES, "label": ["ex", "why", "zed"]}, name, dimension="occupation")
    made = []
    for ends in itertools.pairwise(names):
        pairs = []
        for code in CODES:
            targets = draw(st.lists(st.sampled_from(CODES), unique=True, min_size=int(known), max_size=3))
            some = st.lists(st.integers(1, 9), min_size=len(targets), max_size=len(targets))
            parts = draw(some if known else st.none() | some)
            shares = [None] * len(targets) if parts is None else [part / sum(parts) for part in parts]
            pairs += [(code, target, share) for target, share in zip(targets, shares, strict=True)] or [
                (code, "", None)
            ]
        columns = [pa.array(column, kind) for column, kind in zip(zip(*pairs, strict=True), TYPES, strict=True)]
        made.append(ms.codes.register_mapping(pa.table(columns, ["from", "to", "weight"]), *ends))
    return made


TYPES = (pa.string(), pa.string(), pa.float64())


def reached(first, second, code):
    """Give the known codes that two steps may lead to."""
    return {end for middle in first.targets(code) for end in second.targets(middle)} - {"_U"}


@given(mappings(), st.lists(st.sampled_from([*CODES, "_T", "_U", None])))
def test_recoding_in_two_steps_never_contradicts_recoding_in_one(made, column):
    first, second = made
    whole = first.then(second)
    for code in CODES:
        assert set(whole.targets(code)) - {"_U"} == reached(first, second, code)
        for weights in (None, "equal"):
            assert sum(whole.shares(code, weights=weights).values()) == pytest.approx(1, abs=1e-12)
    at_once = ms.codes.recode(column, first.from_list, whole)
    middle = ms.codes.recode(column, first.from_list, first)
    stepped = ms.codes.recode(middle, second.from_list, second)
    for one, other in zip(at_once, stepped, strict=True):
        # A step through an unknown code loses what only the whole way knows, and nothing more.
        assert other in (one, "_U")


@given(mappings(known=True))
def test_known_shares_multiply(made):
    first, second = made
    assert first.complete
    assert second.complete
    whole = first.then(second)
    for code in CODES:
        expected = {}
        for middle, share in first.shares(code).items():
            for end, part in second.shares(middle).items():
                expected[end] = expected.get(end, 0) + share * part
        assert whole.shares(code) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("steps", STEPS, ids=" ".join)
def test_mappings_that_migstat_has_compose(steps):
    first, second = (ms.codes.mapping(*ends) for ends in itertools.pairwise(steps))
    whole = first.then(second)
    codes = list(ms.codes.get(steps[0]))
    for code in codes:
        assert set(whole.targets(code)) - {"_U"} == reached(first, second, code)
        assert sum(whole.shares(code, weights="equal").values()) == pytest.approx(1, abs=1e-12)
    at_once = ms.codes.recode(codes, steps[0], whole)
    stepped = ms.codes.recode(ms.codes.recode(codes, steps[0], first), steps[1], second)
    assert all(other in (one, "_U") for one, other in zip(at_once, stepped, strict=True))


def test_there_are_steps_to_compose():
    assert len(STEPS) > 20
    assert ("ISCO-88", "ISCO-08", "broad") in STEPS


# ---- neither order nor chunks matter


@st.composite
def departures(draw):
    """Rows of one office over the change of its ladder, each figure once."""
    row = st.fixed_dictionaries(
        {
            "to": st.sampled_from(["SAU", "KWT", "Others"]),
            "level": st.sampled_from(LADDER),
            "sex": st.sampled_from(["M", "F"]),
            "fy": st.integers(1981, 1985).map(lambda year: f"{year}/{year + 1 - 1900}"),
            "n": st.none() | st.integers(-(10**9), 10**9).map(float),
        }
    )
    key = ("to", "level", "sex", "fy")
    return draw(st.lists(row, min_size=1, max_size=20, unique_by=lambda one: tuple(one[name] for name in key)))


WEIGHTS = st.none() | st.just("equal") | st.just({"MIDDLE": {"medium": 0.7, "high": 0.2, "_U": 0.1}})


def harmonised(table, weights):
    return ms.harmonise(
        table,
        destination="to",
        skill="level",
        sex="sex",
        period="fy",
        value="n",
        schemes={"skill": "LKA-SLBFE-1975"},
        calendar="fiscal:IND",
        weights=weights,
        constants={"origin": "LKA", "measure": "net"},
    ).check()


def arrow(rows):
    kinds = {"n": pa.float64()}
    return pa.table({name: pa.array([row[name] for row in rows], kinds.get(name, pa.string())) for name in rows[0]})


def findings(obs):
    """Give what the ledger tells, without its examples: the first rows are others in another order."""
    told = [one for step in obs.ledger.steps for one in step["findings"]]
    return sorted((one["severity"], one["message"], json.dumps(one["tally"])) for one in told)


@given(departures(), WEIGHTS, st.data())
def test_the_order_of_rows_does_not_matter_to_what_is_shared_out(rows, weights, data):
    mixed = arrow(data.draw(st.permutations(rows)))
    first, second = harmonised(arrow(rows), weights), harmonised(data.draw(cut(mixed)), weights)
    without = ("row", "definition", "figure")
    assert decoded(first.figures, without) == decoded(second.figures, without)
    assert findings(first) == findings(second)
    # And after calendars have been aligned, and in sums.
    aligned = [ms.periods.align(one, partial=True).check() for one in (first, second)]
    without = ("row", "definition", "figure", "note")
    assert decoded(aligned[0].figures, without) == decoded(aligned[1].figures, without)
    sums = [ms.aggregate(one, by=["period", "skill"]).to_pandas().astype(str) for one in aligned]
    assert sums[0].equals(sums[1])


@given(departures(), WEIGHTS)
def test_whoever_is_shared_out_is_there_once(rows, weights):
    obs = harmonised(arrow(rows), weights)
    figures = obs.figures.to_pylist()
    came = sum(Fraction(row["n"]) for row in rows if row["n"] is not None)
    went = sum(Fraction(one["value"]) for one in figures if one["value"] is not None)
    assert float(went) == pytest.approx(float(came), rel=1e-12, abs=1e-6)
    for one in figures:
        # Below zero too: all of it or none of it.
        if one.get("low") is not None and one["value"] is not None:
            assert one["low"] <= one["value"] <= one["high"]
    if weights is None:
        lost = sum(Fraction(row["n"]) for row in rows if row["n"] is not None and row["level"] == "Middle level")
        told = [one for one in obs.ledger.findings() if "its level is unknown" in one["message"]]
        assert sum(Fraction(value) for one in told for value in one["tally"]["value"]) == lost


@given(st.lists(st.sampled_from([*LADDER, None]), min_size=1), st.data())
def test_order_and_chunks_do_not_matter_to_recode_and_describe(labels, data):
    order = data.draw(st.permutations(range(len(labels))))
    column = pa.table({"labels": pa.array(labels, pa.string())})
    options = {"scheme": "LKA-SLBFE", "to": "broad", "year": 1985}
    whole = ms.codes.recode(column["labels"], **options).to_pylist()
    assert ms.codes.recode(data.draw(cut(column))["labels"], **options).to_pylist() == whole
    mixed = pa.array([labels[at] for at in order], pa.string())
    assert ms.codes.recode(mixed, **options).to_pylist() == [whole[at] for at in order]
    first, second = (
        ms.codes.describe(one, **options).drop(columns="first_row").sort_values("label", ignore_index=True)
        for one in (column["labels"], mixed)
    )
    assert first.equals(second)
