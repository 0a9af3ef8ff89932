"""Correction factors by double entry: goldens, a slow reference, properties, and what cannot be fitted."""

import itertools
import json
import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import migstat as ms
import reference_double_entry as reference
from migstat.errors import CodeError, SchemaError

double_entry = ms.reconcile.double_entry
WAYS = {
    "poulain1993_abs_sumconstraint": {},
    "abs_ref_SWE_alpha1": {"reference": "SWE"},
    "rel_ref_SWE_alpha1": {"reference": "SWE", "weights": "relative"},
}
HOW = [{}, {"weights": "relative"}, {"method": "log-linear"}, {"method": "sequential"}]
CODES = ["AUT", "BEL", "CHE", "DEU", "ESP", "FRA"]


def table(rows):
    """Give pairs of (origin, destination, inflow, outflow) or, with a year before these, as pandas."""
    names = ["origin", "destination", "inflow", "outflow"]
    return pd.DataFrame(rows, columns=names if len(rows[0]) == 4 else [*names[:2], "year", *names[2:]])


def by_name(found, column="factor"):
    """Give a column of the factors by reporter and direction."""
    return dict(
        zip(zip(found.factors.reporter, found.factors.direction, strict=True), found.factors[column], strict=True)
    )


def inputs(published, noisy):
    kind = "noisy" if noisy else "exact"
    rows = published("double_entry_synthetic_inputs")
    return table([(row["orig"], row["dest"], float(row[f"I_{kind}"]), float(row[f"E_{kind}"])) for row in rows])


# ---- goldens


@pytest.mark.parametrize(
    "how", [{}, {"weights": "relative"}, {"method": "log-linear"}, {"method": "sequential"}], ids=str
)
def test_exact_coverage_is_recovered(published, how):
    # METHODS: alpha = cI_ref / cI_j and beta = cI_ref / cE_i where figures are exactly covered.
    found = by_name(double_entry(inputs(published, noisy=False), reference="SWE", **how))
    for direction, wanted in {
        "inflow": {"SWE": 1, "DEU": 0.8, "POL": 5, "ESP": 1 / 1.1},
        "outflow": {"SWE": 1 / 0.95, "DEU": 1 / 1.2, "POL": 10, "ESP": 4},
    }.items():
        for code, factor in wanted.items():
            assert found[code, direction] == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("way", WAYS)
def test_noisy_figures(published, way):
    found = double_entry(inputs(published, noisy=True), **WAYS[way])
    factors = by_name(found)
    golden = [row for row in published("double_entry_synthetic_factors") if row["method"] == way]
    assert len(golden) == 4
    for row in golden:
        assert factors[row["country"], "inflow"] == pytest.approx(float(row["alpha_immigration"]), rel=1e-8)
        assert factors[row["country"], "outflow"] == pytest.approx(float(row["beta_emigration"]), rel=1e-8)
    rows = found.reconciled.set_index(["origin", "destination"])
    estimates = [row for row in published("double_entry_synthetic_estimates") if row["method"] == way]
    assert len(estimates) == 12
    for row in estimates:
        own = rows.loc[(row["orig"], row["dest"])]
        for name, column in {
            "adjusted_I": "adjusted_inflow",
            "adjusted_E": "adjusted_outflow",
            "harmonised_mean": "value",
        }.items():
            assert own[column] == pytest.approx(float(row[name]), abs=1e-5)


def test_the_sum_form_shrinks(published):
    # METHODS warns: alpha_SWE is 0.648 instead of 1, by noise alone.
    pairs = inputs(published, noisy=True)
    summed, given = double_entry(pairs), double_entry(pairs, reference="SWE")
    assert by_name(summed)["SWE", "inflow"] == pytest.approx(0.648, abs=5e-4)
    rows = summed.reconciled
    assert (rows.adjusted_inflow + rows.adjusted_outflow).sum() == pytest.approx(
        pairs[["inflow", "outflow"]].sum().sum()
    )
    assert summed.method["normalise"] == "sum"
    assert given.method["normalise"] == "reference"
    assert given.method["reference"] == ["SWE"]


# ---- against the slow reference, and properties

COVER = st.floats(0.05, 2.0)
FLOW = st.integers(1, 10**4)
WEIGHT = st.floats(0.1, 10)


@st.composite
def systems(draw, zeros=True, least=3, most=6):
    """Give cells (from, to, I, E, weight) whose reporters are connected, and how many areas there are."""
    n = draw(st.integers(least, most))
    # Who sends to both neighbours in a ring connects every other one; one more pair connects these with the rest.
    ring = {(at, (at + step) % n) for at in range(n) for step in (-1, 1)} | {(0, 2)}
    name = draw(st.permutations(range(n)))
    share = st.one_of(COVER, COVER, COVER, st.just(0.0)) if zeros else COVER
    cells = []
    for origin, destination in reference.all_pairs(n):
        bond = (origin, destination) in ring
        if bond or draw(st.booleans()):
            flow, each = draw(FLOW), COVER if bond else share
            reports = flow * draw(each), flow * draw(each)
            cells.append((name[origin], name[destination], *reports, draw(WEIGHT)))
    assert len(reference.parts(cells, n)) == 1
    return cells, n


def pairs_of(cells):
    rows = [(CODES[origin], CODES[to], inflow, outflow) for origin, to, inflow, outflow, _ in cells]
    return table(rows).assign(own=[cell[4] for cell in cells])


def in_order(found, n):
    factors = by_name(found)
    return np.array([factors[CODES[at], direction] for direction in ("inflow", "outflow") for at in range(n)])


@given(systems(), st.sampled_from([None, 0, 1]))
def test_least_squares_are_those_of_the_reference(system, anchor):
    cells, n = system
    found = double_entry(pairs_of(cells), weights="own", reference=None if anchor is None else CODES[anchor])
    mine = in_order(found, n)
    assert (mine > 0).all()
    assert found.method["objective"] == pytest.approx(reference.objective(cells, n, mine), rel=1e-6, abs=1e-6)
    # The reference squares the condition of the system: compare where it can be trusted.
    slow = reference.least_squares(cells, n, anchor)
    v = reference.matrix(cells, n)
    rest = np.delete(v, anchor or 0, axis=1) * np.sqrt(reference.weights(cells))[:, None]
    scaled = rest / np.linalg.norm(rest, axis=0)
    if np.linalg.cond(scaled) < 1e3:
        assert mine == pytest.approx(slow, rel=1e-6)
    # No other factors that keep to the normalisation have a smaller sum of squares.
    best, random = reference.objective(cells, n, mine), np.random.default_rng(1)
    total = np.abs(v).sum(axis=0)
    for _ in range(20):
        other = mine * np.exp(random.normal(0, 0.05, 2 * n))
        other *= (1 / other[anchor]) if anchor is not None else (total @ mine) / (total @ other)
        assert reference.objective(cells, n, other) >= best * (1 - 1e-9)


@given(systems(), st.integers(0, 2))
def test_log_linear_factors_are_those_of_the_reference(system, anchor):
    cells, n = system
    found = double_entry(pairs_of(cells), weights="own", method="log-linear", reference=CODES[anchor])
    assert in_order(found, n) == pytest.approx(reference.log_linear(cells, n, anchor), rel=1e-5)
    zeros = sum((cell[2] == 0) != (cell[3] == 0) for cell in cells)
    assert found.method["pairs"]["one report zero"] == zeros
    assert found.method["pairs"]["fitted"] == sum(cell[2] > 0 and cell[3] > 0 for cell in cells)


@given(systems(zeros=False), st.sampled_from([None, 0, 1]))
def test_sequential_factors_are_those_of_the_reference(system, anchor):
    cells, n = system
    found = double_entry(pairs_of(cells), method="sequential", reference=None if anchor is None else CODES[anchor])
    slow = reference.sequential(cells, n, anchor)
    mine = in_order(found, n)
    if anchor is None:  # where the sum form says how large they are
        mine = mine / mine[next(iter(slow))]
    assert mine == pytest.approx([slow[at] for at in range(2 * n)], rel=1e-9)
    steps = by_name(found, "step")
    order = [(CODES[at % n], "inflow" if at < n else "outflow") for at in slow]
    assert [steps[who] for who in order] == list(range(2 * n))


@given(st.data(), st.sampled_from(HOW))
def test_exact_recovery_on_random_systems(data, how):
    cells, n = data.draw(systems(zeros=False))
    cover = [data.draw(COVER) for _ in range(2 * n)]
    exact = [(a, b, flow * cover[b], flow * cover[n + a], 1.0) for a, b, flow, *_ in cells]
    found = double_entry(pairs_of(exact), reference=CODES[0], **how)
    assert in_order(found, n) == pytest.approx([cover[0] / one for one in cover], rel=1e-6)
    assert found.reconciled.residual.abs().max() < 1e-6
    flows = np.array([cell[2] for cell in cells]) * cover[0]
    assert found.reconciled.value.to_numpy() == pytest.approx(flows, rel=1e-6)


@given(systems(zeros=False), st.integers(1, 2), st.booleans(), st.floats(0.01, 100))
def test_a_factor_undoes_a_multiple(system, who, receives, by):
    cells, n = system
    pairs = pairs_of(cells)
    before = in_order(double_entry(pairs, reference=CODES[0]), n)
    side, report = ("destination", "inflow") if receives else ("origin", "outflow")
    more = pairs.assign(**{report: pairs[report].where(pairs[side] != CODES[who], pairs[report] * by)})
    after = in_order(double_entry(more, reference=CODES[0]), n)
    before[who if receives else n + who] /= by
    assert after == pytest.approx(before, rel=1e-6)


@given(systems(), st.randoms(), st.sampled_from([{}, {"reference": "AUT", "weights": "relative"}]))
def test_the_order_and_the_kind_of_the_table_change_no_bit(system, random, how):
    pairs = pairs_of(system[0])
    order = random.sample(range(len(pairs)), len(pairs))
    turned = pairs.iloc[order]
    first = double_entry(pairs, estimate="inverse-variance", **how)
    for kind in (turned.reset_index(drop=True), pl.from_pandas(turned), pa.Table.from_pandas(turned)):
        again = double_entry(kind, estimate="inverse-variance", **how)
        assert type(again.factors) is type(kind)
        assert again._factors.to_pylist() == first._factors.to_pylist()
        assert again.to_arrow().to_pylist() == first.to_arrow().take(order).to_pylist()


@given(systems(), st.sampled_from(["mean", "receiving", "sending", "inverse-variance"]), st.booleans())
def test_the_value_lies_between_the_adjusted_reports(system, estimate, logs):
    found = double_entry(pairs_of(system[0]), estimate=estimate, method="log-linear" if logs else "least-squares")
    rows = found.reconciled
    low = rows[["adjusted_inflow", "adjusted_outflow"]].min(axis=1)
    high = rows[["adjusted_inflow", "adjusted_outflow"]].max(axis=1)
    assert ((rows.value >= low) & (rows.value <= high)).all()
    wanted = {
        "mean": (low + high) / 2,
        "receiving": rows.adjusted_inflow,
        "sending": rows.adjusted_outflow,
    }
    if estimate in wanted:
        assert rows.value.to_numpy() == pytest.approx(wanted[estimate].to_numpy())
    assert set(rows.used) <= {"mean", {"receiving": "inflow", "sending": "outflow"}.get(estimate, "weighted")}


def bounded(cells, n, low, high):
    """Give the optimum within bounds by trying every set of bounds that may hold, area 0 being the reference."""
    v = reference.matrix(cells, n) * np.sqrt(reference.weights(cells))[:, None]
    best, found = math.inf, None
    for held in itertools.product((None, low, high), repeat=2 * n - 1):
        x = np.array([1.0, *(0.0 if one is None else one for one in held)])
        free = np.array([False, *(one is None for one in held)])
        x[free] = np.linalg.lstsq(v[:, free], -v @ x, rcond=None)[0]
        squares = float(((v @ x) ** 2).sum())
        if (x >= low - 1e-12).all() and (x <= high + 1e-12).all() and squares < best:
            best, found = squares, x
    return best, found


@given(systems(zeros=False, most=3), st.floats(0.1, 1), st.floats(1, 5))
def test_bounded_factors_are_the_best_of_all_sets_of_bounds(system, low, high):
    cells, n = system
    found = double_entry(pairs_of(cells), weights="own", reference="AUT", bounds=(low, high))
    mine = in_order(found, n)
    assert ((mine >= low) & (mine <= high)).all()
    best, _ = bounded(cells, n, low, high)
    assert reference.objective(cells, n, mine) <= best * (1 + 1e-9) + 1e-9
    for row in found._factors.to_pylist():
        held = {"at the lower bound": low, "at the upper bound": high}
        assert row["factor"] == held.get(row["flag"], row["factor"])


# ---- years and regimes


def years(*rows):
    """Give the pairs of three areas with exact coverage, a year for each (year, coverage by (code, direction))."""
    flows = {("AUT", "BEL"): 400, ("AUT", "CHE"): 90, ("BEL", "AUT"): 380, ("BEL", "CHE"): 1400, ("CHE", "AUT"): 80}
    flows["CHE", "BEL"] = 1200
    return table(
        [
            (a, b, year, flow * cover.get((b, "inflow"), 1), flow * cover.get((a, "outflow"), 1))
            for year, cover in rows
            for (a, b), flow in flows.items()
        ]
    )


def test_each_year_has_its_own_factors():
    pairs = years((2005, {("BEL", "inflow"): 0.5}), (2006, {("BEL", "inflow"): 0.25}))
    noisy = pairs.assign(outflow=pairs.outflow + [7, 1, 3, 11, 5, 13] * 2)
    found = double_entry(noisy, reference="AUT", per="year")
    assert list(found.factors.columns[:3]) == ["year", "reporter", "direction"]
    for year in (2005, 2006):
        alone = double_entry(noisy[noisy.year == year], reference="AUT")
        own = found.factors.query(f"year == {year}").drop(columns="year").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, alone.factors, check_exact=True)
    exact = double_entry(pairs, reference="AUT", per=["year"]).factors
    assert exact.query("reporter == 'BEL' and direction == 'inflow'").factor.tolist() == pytest.approx([2, 4])
    assert found.systems.year.tolist() == [2005, 2006]
    assert found.method["components"] == 2


def test_codes_that_are_numbers_are_in_the_order_of_numbers():
    codes = {"AUT": 40, "BEL": 56, "CHE": 100_000}
    pairs = years((2005, {("BEL", "inflow"): 0.5}))
    numbers = pairs.assign(origin=pairs.origin.map(codes), destination=pairs.destination.map(codes))
    found = double_entry(numbers, reference="40").factors
    assert found.reporter.tolist() == ["40", "40", "56", "56", "100000", "100000"]
    wanted = double_entry(pairs, reference="AUT").factors
    pd.testing.assert_frame_equal(found.drop(columns="reporter"), wanted.drop(columns="reporter"), check_exact=True)
    as_text = double_entry(numbers.sample(frac=1, random_state=1).astype({"origin": str}), reference="40").factors
    pd.testing.assert_frame_equal(as_text, found, check_exact=True)


def test_groups_are_in_an_order_of_their_own():
    pairs = years((2005, {}), (2006, {("BEL", "inflow"): 0.5})).assign(year=["07"] * 6 + ["7"] * 6)
    wanted = double_entry(pairs, reference="AUT", per="year").factors
    assert wanted.year.unique().tolist() == ["07", "7"]
    turned = double_entry(pairs[::-1], reference="AUT", per="year").factors
    pd.testing.assert_frame_equal(turned, wanted, check_exact=True)


def test_many_values_of_two_columns_are_only_the_groups_that_occur():
    pairs = pd.concat([years((2005, {}))] * 2000, ignore_index=True)
    at = pairs.index // 6
    pairs = pairs.assign(survey=at, round=at[::-1], year=2005)
    found = double_entry(pairs, reference="AUT", per=["survey", "round"])
    assert found.systems.survey.tolist() == list(range(2000))
    assert found.systems["round"].tolist() == list(range(1999, -1, -1))


def test_no_pairs_have_no_factors_where_that_is_asked_for():
    none = double_entry(years((2005, {}))[:0], disconnected="null")
    assert len(none.factors) == len(none.reconciled) == 0
    assert list(none.factors.columns) == list(double_entry(years((2005, {}))).factors.columns)


def test_a_year_that_cannot_be_fitted_is_named():
    pairs = years((2005, {}), (2006, {}))
    pairs.loc[(pairs.year == 2006) & (pairs.destination == "AUT"), "inflow"] = None
    with pytest.raises(SchemaError, match=r"^year 2006: the reference has no pair") as refused:
        double_entry(pairs, reference="AUT", per="year")
    assert "inflow of BEL, CHE; outflow of AUT, BEL, CHE" in str(refused.value)
    left = double_entry(pairs, reference="AUT", per="year", disconnected="null")
    assert left.factors.query("year == 2006").factor.isna().all()
    assert left.factors.query("year == 2005").factor.notna().all()
    assert set(left.factors.query("year == 2006").flag) == {"not connected with the others"}


def test_regimes_of_the_callers():
    cover = [(2005, {("BEL", "inflow"): 0.5}), (2006, {("BEL", "inflow"): 0.5}), (2007, {("BEL", "inflow"): 0.8})]
    pairs = years(*cover, (2008, {("BEL", "inflow"): 0.8}))
    found = double_entry(pairs, reference="AUT", regimes={("BEL", "inflow"): [2007]})
    own = found.factors.query("reporter == 'BEL'")
    assert own.direction.tolist() == ["inflow", "inflow", "outflow"]
    assert own.regime.tolist()[:2] == ["until 2006", "from 2007"]
    assert own.regime.isna().tolist() == [False, False, True]
    assert own.factor.tolist() == pytest.approx([2, 1.25, 1])
    assert own.pairs.tolist() == [4, 4, 8]
    assert found.reconciled.residual.abs().max() < 1e-12
    # Both directions, and more than one change.
    both = double_entry(pairs, reference=("BEL", "from 2008"), regimes={"BEL": [2006, 2008]})
    labels = ["until 2005", "2006 to 2007", "from 2008"]
    assert both.factors.query("reporter == 'BEL'").regime.tolist() == labels * 2
    assert both.factors.query("reporter == 'BEL' and anchor").regime.tolist() == ["from 2008"]
    # And by sex, each by itself.
    sexes = pd.concat([pairs.assign(sex="F"), pairs.assign(sex="M", inflow=pairs.inflow * 2)])
    split = double_entry(sexes, reference="AUT", regimes={("BEL", "inflow"): [2007]}, per="sex").factors
    assert split.query("sex == 'F'").factor.tolist() == found.factors.factor.tolist()
    assert split.query("sex == 'M' and direction == 'outflow'").factor.tolist() == pytest.approx([2] * 3)
    with pytest.raises(SchemaError, match=r"its inflow has 2 regimes: until 2006, from 2007; say which"):
        double_entry(pairs, reference="BEL", regimes={"BEL": [2007]})


def test_regimes_by_definition():
    pairs = years((2006, {("AUT", "inflow"): 2}), (2007, {}))
    # Austria's minimum stay in what Eurostat prints went from 3 to 12 months in 2007 (durations.criteria).
    known = double_entry(pairs, reference="BEL", regimes="definition", disconnected="null")
    austria = known.factors.query("reporter == 'AUT' and direction == 'inflow'").set_index("regime").factor
    assert austria.to_dict() == pytest.approx({"minimum stay 12 months": 1, "minimum stay 3 months": 0.5})
    given_ = pairs.assign(
        inflow_definition=np.where((pairs.destination == "AUT") & (pairs.year == 2006), 7, 1),
        outflow_definition=3,
    )
    stated = double_entry(given_, reference="BEL", regimes="definition")
    austria = stated.factors.query("reporter == 'AUT'")[["direction", "regime", "factor"]]
    assert austria.values.tolist() == [
        ["inflow", "definition 1", pytest.approx(1)],
        ["inflow", "definition 7", pytest.approx(0.5)],
        ["outflow", "definition 3", pytest.approx(1)],
    ]
    with pytest.raises(SchemaError, match="row 0: the definition of the report is missing"):
        double_entry(given_.assign(inflow_definition=[None] * 12), reference="BEL", regimes="definition")
    for without in ({"AUT": [2007]}, "definition"):
        with pytest.raises(SchemaError, match="regimes= need the year"):
            double_entry(pairs[pairs.year == 2006].drop(columns="year"), regimes=without)


# ---- what is in the fit, and what stands for a pair


def test_every_pair_says_what_became_of_it():
    rows = [
        ("AUT", "BEL", 50, 100),
        ("BEL", "AUT", 100, 100),
        ("AUT", "CHE", 100, 100),
        ("CHE", "AUT", 80, 100),
        ("BEL", "CHE", 20, 30),
        ("CHE", "BEL", 30, 30),
        ("BEL", "DEU", None, 30),
        ("DEU", "BEL", 30, None),
        ("CHE", "DEU", None, None),
        ("BEL", "BEL", 5, 5),
        ("CHE", "FRA", 0, 10),
        ("ESP", "AUT", 0, 0),
        ("DEU", "ITA", 70, None),
    ]
    found = double_entry(table(rows), reference="AUT")
    result = found.reconciled
    assert [None if one != one else one for one in result.why.astype(object)] == [
        *[None] * 6,
        "only the origin reports",
        "only the destination reports",
        "not reported",
        "origin and destination are one area",
        "no factor for the inflow: all its reports of such pairs are zero; one report is zero, so not in the fit",
        "no factor for the outflow: all its reports of such pairs are zero; both reports are zero",
        "only the destination reports; no factor for the inflow: no pair with both reports",
    ]
    assert result.fitted.tolist() == [True] * 6 + [False] * 7
    factors = by_name(found)
    assert result.value[6] == pytest.approx(30 * factors["BEL", "outflow"])
    assert result.value[7] == pytest.approx(30 * factors["BEL", "inflow"])
    assert result.used[[6, 7]].tolist() == ["outflow", "inflow"]
    assert result.value[[8, 9, 12]].isna().all()
    assert result.value[10] == pytest.approx(10 * factors["CHE", "outflow"])
    assert result.value[11] == 0
    assert (result.basis == "adjusted").tolist() == result.value.notna().tolist()
    counts = found.method["pairs"]
    assert counts["rows"] == 13 == sum(counts[name] for name in counts if name != "rows")
    assert by_name(found, "flag")["ITA", "inflow"] == "no pair with both reports"
    assert ("DEU", "inflow") not in factors, "reporters without a report are not listed"


def test_not_comparable_pairs_are_left_out():
    pairs = years((2005, {})).assign(comparable=[True, True, None, False, True, True])
    pairs.loc[3, "inflow"] *= 50
    found = double_entry(pairs, reference="AUT")
    assert found.factors.factor.tolist() == pytest.approx([1] * 6)
    assert found.reconciled.why[3] == "not comparable, so not in the fit"
    assert found.method["pairs"]["not comparable"] == 1
    told = double_entry(pairs, reference="AUT", only_comparable=False)
    assert told.reconciled.fitted.all()


def test_decisions():
    pairs = years((2005, {}), (2006, {})).assign(own=1.0)
    pairs.loc[3, "inflow"] *= 3
    pairs.loc[8, "outflow"] *= 2
    plain = double_entry(pairs, reference="AUT")
    chosen = double_entry(pairs, reference="AUT", decisions={("BEL", "CHE"): "inflow", ("BEL", "CHE", 2006): "outflow"})
    assert chosen._factors.equals(plain._factors)
    rows = chosen.reconciled
    assert rows.value[3] == rows.adjusted_inflow[3]
    assert rows.value[9] == rows.adjusted_outflow[9]
    assert rows.decision.astype(object)[[3, 9]].tolist() == ["inflow", "outflow"]
    # Excluded: factors as if the row were not there, and a value all the same.
    out = double_entry(pairs, reference="AUT", decisions={("BEL", "CHE", 2005): "exclude"})
    without = double_entry(pairs.drop(index=3), reference="AUT")
    assert out._factors.equals(without._factors)
    assert out.reconciled.why[3] == "excluded from the fit by decision"
    assert out.reconciled.value[3] > 0
    listed = pd.DataFrame({"origin": ["BEL"], "destination": ["CHE"], "year": [2005], "decision": ["exclude"]})
    for kind in (listed, pl.from_pandas(listed)):
        assert double_entry(pairs, reference="AUT", decisions=kind)._factors.equals(without._factors)
    assert out.method["decisions"] == [
        {"origin": "BEL", "destination": "CHE", "when": "2005", "decision": "exclude"},
    ]
    assert double_entry(pairs, reference="AUT", weights="own")._factors.equals(plain._factors)
    weightless = pairs.assign(own=[0.0 if row == 3 else 1.0 for row in range(12)])
    assert double_entry(weightless, reference="AUT", weights="own")._factors.equals(without._factors)


def test_inverse_variance_leans_to_who_agrees():
    # Four areas count as they should, both ways; what France counts as its inflow is noise.
    codes = ["AUT", "BEL", "CHE", "DEU", "FRA"]
    rows = [(a, b, 1000.0, 1000.0) for a, b in itertools.permutations(codes, 2)]
    noise = dict(zip(["AUT", "BEL", "CHE", "DEU"], [500, 1500, 700, 1300], strict=True))
    rows = [(a, b, noise[a] if b == "FRA" else inflow, outflow) for a, b, inflow, outflow in rows]
    found = double_entry(table(rows), reference="AUT", estimate="inverse-variance").reconciled
    own = found[found.destination == "FRA"]
    to_outflow = (own.value - own.adjusted_inflow) / (own.adjusted_outflow - own.adjusted_inflow)
    # Partners of whom France is one of four disagree too, but less.
    assert ((to_outflow > 0.5) & (to_outflow < 1)).all()
    assert to_outflow.mean() > 0.75
    assert set(own.used) == {"weighted"}


def test_suspects_come_by_size():
    codes = ["AUT", "BEL", "CHE", "DEU"]
    rows = [[a, b, 100, 100] for a, b in itertools.permutations(codes, 2)]
    rows[1][3], rows[5][3], rows[10][2] = 5, 1000, 0
    found = double_entry(table(rows), method="least-squares", reference="AUT", weights="relative")
    far = found.suspects(0.5)
    sizes = far.residual.abs()
    assert sizes.dropna().is_monotonic_decreasing
    assert (sizes.dropna() > 0.5).all()
    assert far[["origin", "destination"]].iloc[-1].tolist() == [rows[10][0], rows[10][1]]
    assert math.isnan(far.residual.iloc[-1])
    assert len(found.suspects(0.5, zeros=False)) == len(far) - 1
    assert len(found.residuals) == 12
    with pytest.raises(SchemaError, match="threshold=-1"):
        found.suspects(-1)


class Capsule:
    """A table of which only the Arrow capsule is known, as other packages' are."""

    def __init__(self, pairs):
        self.pairs = pa.Table.from_pandas(pairs)

    def __arrow_c_stream__(self, requested_schema=None):
        return self.pairs.__arrow_c_stream__(requested_schema)


def test_any_table_will_do():
    pairs = years((2005, {("BEL", "inflow"): 0.5}), (2006, {}))
    plain = double_entry(pairs, reference="AUT")
    for kind in (
        Capsule(pairs),
        pairs.to_dict("list"),
        pl.from_pandas(pairs).lazy(),
        pairs.astype({"origin": "category"}),
    ):
        assert double_entry(kind, reference="AUT")._factors.equals(plain._factors)
    named = pairs.rename(
        columns={"origin": "from", "destination": "to", "year": "when", "inflow": "in", "outflow": "out"}
    )
    names = {"origin": "from", "destination": "to", "year": "when", "inflow": "in", "outflow": "out"}
    again = double_entry(named, **names, reference="AUT", decisions={("AUT", "BEL", 2005): "mean"})
    assert again._factors.equals(plain._factors)
    assert list(again.reconciled.columns[:5]) == ["from", "to", "when", "in", "out"]
    with pytest.raises(SchemaError, match="'value' of the pairs has the name of a column of the result"):
        _ = double_entry(pairs.rename(columns={"inflow": "value"}), inflow="value").reconciled
    areas = ms.reconcile.double_entry(pairs.replace({"AUT": 40, "BEL": 56, "CHE": 756}), reference="40")
    assert areas.factors.factor.tolist() == plain.factors.factor.tolist()


# ---- what cannot be fitted

APART = [("AUT", "BEL", 5, 4), ("BEL", "AUT", 5, 4), ("CHE", "DEU", 7, 6), ("DEU", "CHE", 7, 6)]
JOINED = [*APART, ("AUT", "DEU", 3, 3)]


@pytest.mark.parametrize("kind", ["pandas", "part", "category", "dict"])
def test_what_becomes_of_the_table_afterwards_changes_nothing(kind):
    pairs = years((2005, {("BEL", "inflow"): 0.5}), (2006, {})).astype({"inflow": float, "outflow": float})
    if kind == "part":
        pairs["part"] = False
    if kind == "category":
        pairs = pairs.astype({"origin": "category", "destination": "category"})
    if kind == "dict":
        pairs = {name: pairs[name].to_numpy(copy=True) for name in pairs}
    wanted = double_entry(pairs, reference="AUT").reconciled
    found = double_entry(pairs, reference="AUT")
    for name, value in {"inflow": 1900, "outflow": 1900, "year": 1900, "origin": "BEL"}.items():
        if kind == "dict":
            pairs[name][:] = value
        else:
            pairs.loc[:, name] = value
    assert found.factors.factor.notna().all()
    pd.testing.assert_frame_equal(found.reconciled, wanted, check_exact=True)


def test_reporters_that_nothing_connects_are_named():
    with pytest.raises(SchemaError, match="connects 4 parts, so nothing says how their factors compare") as refused:
        double_entry(table(APART))
    for line in (
        "part 1, 1 pair: inflow of AUT; outflow of BEL",
        "part 4, 1 pair: inflow of DEU; outflow of CHE",
        'reference=["AUT", "BEL", "CHE", ...]',
    ):
        assert line in str(refused.value)
    with pytest.raises(
        SchemaError, match=r"part 2, 3 pairs, without a reference: inflow of BEL, DEU; outflow of AUT, CHE"
    ):
        double_entry(table(JOINED), reference=["AUT", "CHE"])
    every = double_entry(table(APART), reference=["AUT", "BEL", "CHE", "DEU"])
    assert every.method["components"] == 4
    assert every.factors.anchor.sum() == 4
    left = double_entry(table(JOINED), disconnected="null")
    flags = by_name(left, "flag")
    assert flags["AUT", "inflow"] == "not connected with the others"
    assert by_name(left)["DEU", "inflow"] > 0
    with pytest.raises(SchemaError, match="names BEL and DEU, which pairs connect"):
        double_entry(table(JOINED), reference=["AUT", "BEL", "CHE", "DEU"])


def test_a_zero_connects_nobody():
    rows = [*APART[:2], ("AUT", "AUT", 1, 1), ("CHE", "BEL", 0, 4), ("CHE", "AUT", 0, 0)]
    found = double_entry(table(rows), reference=["AUT", "BEL"])
    assert by_name(found, "flag")["CHE", "outflow"] == "partners report zero wherever it does not"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"inflow": "arrivals"}, "inflow='arrivals'|inflow=\"arrivals\": the table has no such column"),
        ({"origin": None}, "origin=None: expected the name of a column"),
        ({"method": "poulain"}, "method='poulain': expected one of"),
        ({"normalise": "reference"}, "needs a receiving reporter"),
        ({"reference": "AUS"}, 'reference="AUS": no pair has it as its destination; did you mean "AUT"'),
        ({"reference": 5}, "reference=5: expected codes of areas"),
        ({"weights": "own"}, 'weights="own": the table has no such column'),
        ({"method": "log-linear", "weights": "relative"}, "logarithms are relative already"),
        ({"bounds": (0.1, 9)}, "bounds= are for method=\"least-squares\" with reference="),
        ({"bounds": (2, 9), "reference": "AUT"}, "with 1, the factor of the reference, between them"),
        ({"bounds": 3, "reference": "AUT"}, "bounds=3: expected the least and the most"),
        ({"per": "year", "regimes": "definition"}, "leave per= or regimes= out"),
        ({"regimes": {"AUS": [2007]}}, 'regimes: no pair has "AUS"; did you mean "AUT"'),
        ({"regimes": {"AUT": 2007.5}}, "2007.5 are no years"),
        ({"regimes": {("AUT", "in"): [2007]}}, "is no reporter"),
        ({"regimes": "durations"}, "regimes='durations': expected one of 'definition'"),
        ({"decisions": {("AUT", "FRA"): "inflow"}}, "decisions: the table has no pair AUT to FRA"),
        ({"decisions": {("AUT", "BEL", 1999): "inflow"}}, "decisions: the table has no pair AUT to BEL in 1999"),
        ({"decisions": {("AUT", "BEL"): "drop"}}, "decision='drop': expected one of"),
        ({"decisions": {"AUT": "inflow"}}, "is no pair"),
        ({"decisions": {"AUT": "inflow", "origin": 3}}, "expected a mapping such as"),
        ({"estimate": "median"}, "estimate='median'"),
        ({"disconnected": "drop"}, "disconnected='drop'"),
        ({"per": 3}, "per=3: expected names of columns"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_cannot_be_asked(change, says):
    with pytest.raises(SchemaError, match=says.replace("(", r"\(")):
        double_entry(years((2005, {}), (2006, {})), **change)


def test_what_a_table_cannot_hold():
    pairs = years((2005, {}), (2006, {}))
    for changed, says in [
        (pairs.assign(inflow=-pairs.inflow), "row 0: -400 is no number of people"),
        (pairs.assign(outflow=np.inf), "row 0: inf is no number of people"),
        (pairs.assign(outflow="many"), 'outflow="outflow": the column has type'),
        (pairs.assign(origin=[None, *pairs.origin[1:]]), 'column "origin", row 0: the area is missing'),
        (pairs.assign(year=2005), "rows 0 and 6 are both AUT to BEL, year 2005: leave one of them out"),
        (pairs.assign(sex=["_T"] * 6 + ["F"] * 6), r'column "sex" holds the total \(_T\) beside its parts'),
        (pairs.assign(inflow=None), "no pair has two reports above 0"),
        (pairs[:0], "no pair has two reports above 0"),
        (pairs.assign(comparable="yes"), 'column "comparable" has type'),
    ]:
        with pytest.raises(SchemaError, match=says):
            double_entry(changed)
    with pytest.raises(SchemaError, match="rows 0 and 6 are both AUT to BEL: leave"):
        double_entry(pairs, year=None)
    with pytest.raises(SchemaError, match='column "year", row 2: the value is missing'):
        double_entry(pairs.assign(year=[None if row == 2 else 2005 + row // 6 for row in range(12)]), per="year")
    with pytest.raises(CodeError, match="row 2"):
        double_entry(pairs.assign(year=pairs.year.map("FY{}".format)), regimes={"AUT": [2006]})
    # Told apart, they are pairs of their own.
    assert len(double_entry(pairs.assign(year=2005, run=[1] * 6 + [2] * 6), by=["run"])) == 12
    sexes = pairs.assign(year=2005, sex=["F"] * 6 + ["M"] * 6)
    assert double_entry(sexes, per="sex").systems.sex.tolist() == ["F", "M"]


def test_periods_stand_in_for_years():
    pairs = years((2005, {("BEL", "inflow"): 0.5}), (2006, {}))
    dates = {name: pd.to_datetime((pairs.year + more).astype(str) + "-01-01") for name, more in
             (("period_start", 0), ("period_end", 1))}  # fmt: skip
    dated = pairs.drop(columns="year").assign(**dates)
    found = double_entry(dated, reference="AUT", regimes={"BEL": [2006]})
    assert found.factors.query("reporter == 'BEL' and direction == 'inflow'").factor.tolist() == pytest.approx([2, 1])
    assert list(found.reconciled.columns[:4]) == ["origin", "destination", "period_start", "period_end"]


def test_what_is_as_nothing_beside_the_rest_is_refused():
    rows = [(a, b, 1e9, 1e9) for a, b in itertools.permutations(["AUT", "BEL", "CHE"], 2)]
    rows += [("DEU", "ESP", 1e9, 1e9), ("AUT", "ESP", 1e-9, 1e-9)]
    with pytest.raises(SchemaError, match="rounding would decide its factor"):
        double_entry(table(rows), reference="AUT")
    assert double_entry(table(rows), reference="AUT", method="log-linear").factors.factor.tolist() == pytest.approx(
        [1] * 8
    )


# ---- how it looks


def test_the_result_keeps_how_it_was_made():
    pairs = years((2005, {("BEL", "inflow"): 0.5}), (2006, {}))
    pairs.loc[4, "outflow"] = None
    found = double_entry(pairs, reference="AUT", weights="relative", decisions={("AUT", "CHE"): "mean"})
    kept = json.loads(found.to_arrow().schema.metadata[b"migstat.double_entry"])
    assert kept == json.loads(json.dumps(found.method))
    assert kept["weights"] == "relative"
    assert kept["residual"] < 1e-12
    assert pa.table(found).num_rows == len(found) == 12
    assert found.to_polars().columns == list(found.to_pandas().columns)
    lines = repr(found).splitlines()
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 100
    assert lines[0] == "DoubleEntry: 6 factors"
    assert "the inflow of AUT is right" in repr(found)
    assert "11 of 12 in the fit, 1 inflow only" in repr(found)
    assert "the inflow of AUT is right" in found._repr_html_()
    alarmed = double_entry(table([*APART[:2], ("AUT", "FRA", 3, None)]), disconnected="null")
    assert "inflow of FRA: no pair with both reports" in repr(alarmed)
