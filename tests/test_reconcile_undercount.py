"""Undercount by bilateral ratios: published ratios, a slow reference, and what must hold for any flows."""

import csv
import itertools
import json
import math
import os
import subprocess
import sys
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given, strategies as st

import migstat as ms
from migstat.errors import CodeError, SchemaError

undercount = ms.reconcile.undercount


def pairs(*rows, **columns):
    """Give flows from (origin, destination, inflow, outflow) in 2002."""
    table = {name: [row[at] for row in rows] for at, name in enumerate(("origin", "destination", "inflow", "outflow"))}
    return table | {"year": [2002] * len(rows)} | columns


def ratios(found):
    """Give the ratio by reporter and direction."""
    return {(one.reporter, one.direction): one.ratio for one in found.itertuples()}


# ---- published figures


def test_danko_austria_2002():
    # Danko, UndercountMigScores, reference NORDIC4: 962 immigrants by 3 months; partners count 670, of whom 589.81 for
    # 12 months.
    printed = undercount(pairs(("DNK", "AUT", 962, 670)))
    assert printed.ratio_printed[0] == pytest.approx(1.435821, abs=5e-7)
    assert printed.ratio[0] == printed.ratio_printed[0]
    adjusted = pairs(("DNK", "AUT", 962, 670), inflow_months=[3], outflow_multiplier=[589.81 / 670])
    found = undercount(adjusted | {"inflow_multiplier": [0.63]})
    assert (found.numerator[0], found.denominator[0]) == pytest.approx((606.06, 589.81))
    assert found.ratio[0] == pytest.approx(1.027551, abs=5e-7)
    # The multiplier of 3 months, and of Austria in 2002, is that of IMEM.
    for table in (adjusted | {"outflow_months": [12]}, pairs(("DNK", "AUT", 962, 670), outflow_months=[12])):
        assert undercount(table, durations="imem").numerator[0] == pytest.approx(606.06)


@pytest.mark.parametrize(("direction", "word", "known"), [("immigration", "I", 1209), ("emigration", "E", 1183)])
def test_all_published_ratios(shared, direction, word, known):
    path = shared / "science" / "goldens" / "danko_bilateral_ratio_imem.csv"
    if not path.exists():
        pytest.skip("danko_bilateral_ratio_imem.csv is not there")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    compared = Counter()
    for reference, group in itertools.groupby(rows, key=lambda row: row["reference_set"]):
        table = defaultdict(list)
        wanted = []
        for row in group:
            numbers = [float(row[f"{word}{of}"] or "nan") for of in ("UCn", "UCd", "UC", "Cn", "Cd", "C")]
            area = ms.areas.resolve([row["iso2"]], scheme="alpha2")[0]
            # One partner, whose flows are the published sums.
            own, theirs = ("inflow", "outflow") if direction == "immigration" else ("outflow", "inflow")
            ends = {"immigration": ("XKX", area), "emigration": (area, "XKX")}[direction]
            cells = {"origin": ends[0], "destination": ends[1], "year": int(row["year"]), own: numbers[3],
                     f"{own}_printed": numbers[0], theirs: numbers[4], f"{theirs}_printed": numbers[1]}  # fmt: skip
            for name, value in cells.items():
                table[name].append(value)
            wanted.append((area, int(row["year"]), numbers[2], numbers[5]))
        found = undercount(dict(table), reference=["XKX"]).query("direction == @direction")
        made = {(one.reporter, one.year): one for one in found.itertuples()}
        for area, year, printed, ratio in wanted:
            one = made.get((area, year))
            for name, value in (("ratio_printed", printed), ("ratio", ratio)):
                if math.isnan(value):
                    continue
                assert getattr(one, name) == pytest.approx(value, abs=5.01e-7), (reference, area, year, name)
                compared[name] += 1
    assert compared["ratio"] == known


def test_logarithms(shared):
    path = shared / "science" / "goldens" / "undercount_log_ratio.csv"
    if not path.exists():
        pytest.skip("undercount_log_ratio.csv is not there")
    for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()):
        ratio = float(row["U"])
        [log] = undercount(pairs(("DNK", "AUT", ratio * 1000, 1000))).log_ratio
        assert log == pytest.approx(float(row["log_U"]), abs=1e-10)
        assert {"overcount": 1, "none": 0, "undercount": -1}[row["direction"]] == np.sign(round(log, 12))


# ---- which flows are compared


def test_a_partner_of_whom_one_side_is_known_is_in_neither_sum():
    found = undercount(
        pairs(("DNK", "AUT", 80, 100), ("SWE", "AUT", 500, None), ("FIN", "AUT", None, 70), ("NOR", "AUT", None, None))
    )
    [row] = found.query("reporter == 'AUT'").to_dict("records")
    assert (row["partners"], row["one_sided"], row["numerator"], row["denominator"]) == (1, 2, 80, 100)
    none = undercount(pairs(("SWE", "AUT", 500, None)))
    assert none[["numerator", "denominator", "ratio", "log_ratio"]].isna().all(axis=None), "missing is not 0"


def test_zeros():
    found = undercount(pairs(("DNK", "AUT", 0, 10), ("AUT", "DNK", 10, 0)))
    made = {(one.reporter, one.direction): one for one in found.itertuples()}
    assert made["AUT", "immigration"].ratio == 0
    assert math.isnan(made["AUT", "immigration"].log_ratio)
    assert made["AUT", "emigration"].ratio == 0
    nobody = undercount(pairs(("DNK", "AUT", 10, 0)))
    assert (nobody.denominator[0], math.isnan(nobody.ratio[0])) == (0, True)


def test_a_reporter_of_the_reference_is_measured_by_the_others():
    found = undercount(pairs(("DNK", "SWE", 90, 100), ("SWE", "DNK", 50, 40), ("DNK", "DNK", 7, 7)), ["DNK", "SWE"])
    assert ratios(found) == {
        ("DNK", "emigration"): pytest.approx(100 / 90),
        ("DNK", "immigration"): 50 / 40,
        ("SWE", "emigration"): 40 / 50,
        ("SWE", "immigration"): pytest.approx(90 / 100),
    }
    assert found.partners.eq(1).all()


# ---- minimum stays


def test_minimum_stays_of_flows():
    table = pairs(("DNK", "AUT", 100, 100), ("SWE", "AUT", 100, 100), ("DNK", "NPL", 100, 100))
    found = undercount(table, durations="imem").set_index("reporter")
    multiplier = ms.durations.multiplier
    months = {area: ms.durations.criterion(area, "emigration", 2002).months for area in ("DNK", "SWE")}
    below = sum(100 * multiplier(one) for one in months.values())
    assert found.loc["AUT", ["numerator", "denominator"]].tolist() == pytest.approx([126, below])
    # What is not known of Nepal is left out, and counted.
    assert found.loc["NPL", ["partners", "unknown", "ratio_printed"]].tolist() == [1, 1, 1]
    assert math.isnan(found.loc["NPL", "ratio"])
    with pytest.raises(CodeError, match="row 2: no criterion is known for immigration of NPL; give inflow_months"):
        undercount(table, durations="imem", unknown="raise")
    said = undercount(table | {"inflow_months": [None, 6, 12]}, durations="imem").set_index("reporter")
    assert said.loc["AUT", "numerator"] == pytest.approx(63 + 73)
    assert said.loc["NPL", "numerator"] == 100
    with pytest.warns(UserWarning, match="weakly identified"):
        said = undercount(table | {"inflow_months": ["permanent", "6", "12"]}, durations="imem").set_index("reporter")
    assert said.loc["AUT", "numerator"] == pytest.approx(226 + 73)
    exponential = ms.durations.exponential(0.24)
    said = undercount(table | {"inflow_months": [6] * 3, "outflow_months": [12] * 3}, durations=exponential)
    assert said.ratio.tolist() == pytest.approx([math.exp(-0.12)] * len(said))


def test_what_was_printed_is_what_a_model_multiplies():
    mirror = pairs(("DNK", "AUT", 606.06, 670), inflow_printed=[962], outflow_printed=[670], inflow_multiplier=[0.63],
                   outflow_multiplier=[1.0])  # fmt: skip
    plain = undercount(mirror)
    assert (plain.numerator_printed[0], plain.numerator[0]) == (962, 606.06)
    again = undercount(mirror | {"inflow_months": [6], "outflow_months": [12]}, durations="imem")
    assert again.numerator[0] == pytest.approx(962 * 0.73)


# ---- intervals


def big():
    """Give flows between eight countries, of which each reports all."""
    areas = ["AUT", "DNK", "FIN", "SWE", "POL", "NOR", "DEU", "ITA"]
    rng = np.random.default_rng(7)
    rows = [(a, b, *rng.integers(50, 5000, 2)) for a, b in itertools.permutations(areas, 2)]
    return pd.DataFrame(pairs(*rows))


def test_intervals_are_seeded_and_their_own():
    table = big()
    found = undercount(table, bootstrap=500, seed=3)
    assert ((found.low < found.ratio) & (found.ratio < found.high)).all()
    pd.testing.assert_frame_equal(found, undercount(table.sample(frac=1, random_state=1), bootstrap=500, seed=3))
    other = undercount(table, bootstrap=500, seed=4)
    assert (other.low != found.low).any()
    # A ratio has the same draws whatever other years are in the table.
    both = pd.concat([table, table.assign(year=2003)])
    both = undercount(both, bootstrap=500, seed=3).query("year == 2002").reset_index(drop=True)
    pd.testing.assert_frame_equal(found, both)
    narrow = undercount(table, bootstrap=500, seed=3, level=0.5)
    assert ((found.low < narrow.low) & (narrow.high < found.high)).all()


def test_intervals_do_not_depend_on_threads(tmp_path):
    path = tmp_path / "pairs.csv"
    big().to_csv(path, index=False)
    code = (
        "import sys, pandas as pd, migstat as ms; "
        "print(ms.reconcile.undercount(pd.read_csv(sys.argv[1]), bootstrap=300).to_json(double_precision=15))"
    )
    made = []
    for threads in ("1", "3"):
        env = os.environ | {"MIGSTAT_THREADS": threads}
        run = [sys.executable, "-c", code, str(path)]
        made.append(subprocess.run(run, check=True, capture_output=True, text=True, env=env).stdout)
    assert json.loads(made[0])["low"]
    assert made[0] == made[1]


def test_an_interval_is_that_of_numpy():
    rows = [("DNK", "AUT", 400, 300), ("DEU", "AUT", 9600, None), ("DNK", "DEU", None, 2700)]
    found = undercount(pairs(*rows), bootstrap=40_000).query("reporter == 'AUT'")
    rng = np.random.default_rng(0)
    drawn = rng.binomial(10_000, 0.04, 200_000) / rng.binomial(3000, 0.1, 200_000)
    assert found[["low", "high", "sd"]].to_numpy()[0] == pytest.approx(
        [*np.quantile(drawn, [0.025, 0.975]), drawn.std()], rel=0.01
    )
    # Nothing but the flow itself: its share is 1, and an interval of no width would be a false certainty.
    alone = undercount(pairs(("DNK", "AUT", 400, 300)), bootstrap=100)
    assert alone[["low", "high", "sd"]].isna().all(axis=None)


# ---- classes and scores


def test_classes(shared):
    logs = [math.log(u) for u in (1.4, 1.0, 0.9, 0.7, 0.5, 0.2)]
    best = ms.reconcile.undercount_classes(logs)
    assert best == [0.0, 0.0, 0.0, 0.25, 0.5, 1.0]
    assert ms.reconcile.undercount_classes(logs, "quantile") == [0.0, 0.0, 0.25, 0.5, 0.75, 1.0]
    assert ms.reconcile.undercount_classes(logs, overcount="cut")[0] == 0
    table = big()
    found = undercount(table, classes="quantile")
    for _, one in found.groupby("direction"):
        assert one["class"].tolist() == ms.reconcile.undercount_classes(one.log_ratio.tolist(), "quantile")
        ordered = one.sort_values("log_ratio")["class"]
        assert ordered.is_monotonic_decreasing
    path = shared / "science" / "goldens" / "danko_meta_QUANTMIG.csv"
    if path.exists():
        # Scores of the same five steps: 0 of 4 countries, 0.25 of 13, 1 of 7; no opinion of 8.
        scores = [row["score"] for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())]
        scores = [float(score) if score else None for score in scores]
        assert Counter(scores) == {0.0: 4, 0.25: 13, 1.0: 7, None: 8}
        assert ms.reconcile.combine_scores(scores, scores, scores) == pytest.approx(scores)


def test_combined_scores():
    combine = ms.reconcile.combine_scores
    assert combine(1, 0.5, 0.25) == pytest.approx(0.2 + 0.05 + 0.175)
    assert combine([1, None], 0.5, [0.25, 0.25]) == [pytest.approx(0.425), None]
    assert combine([None], [0.5], [0.25], missing="reweight") == pytest.approx([(0.05 + 0.175) / 0.8])
    assert combine([None], [None], [None], missing="reweight") == [None]
    assert combine(1, 0, 0, weights={"expert": 1, "metadata": 1, "model": 2}) == 0.25
    frame = pd.DataFrame({"e": [0.0, 1.0], "m": [1.0, 1.0]}, index=["AUT", "POL"])
    assert combine(frame.e, 0, frame.m).to_dict() == pytest.approx({"AUT": 0.7, "POL": 0.9})
    for given_, says in [((2, 0, 0), "expert, row 0: 2 is no score"), (([0.1] * 2, [0.1] * 3, 0), "unlike lengths")]:
        with pytest.raises(SchemaError, match=says):
            combine(*given_)
    with pytest.raises(SchemaError, match="expected numbers of at least 0 for expert, metadata, model"):
        combine(0, 0, 0, weights={"expert": 1})


def test_labour_force_survey():
    assert ms.reconcile.lfs_undercount(20, 100, 4000) == (1000.0, 0.2)
    missed, share = ms.reconcile.lfs_undercount([20, 5, 0, None], [100, 5, 0, 9], [4000, 10, 10, 10])
    assert missed == [1000, None, None, None]
    assert share == [0.2, 1.0, None, None]
    # S = U / (U + M).
    assert missed[0] / (missed[0] + 4000) == share[0]
    with pytest.raises(SchemaError, match="row 0: 6 migrants of the survey are not registered, of 5 in all"):
        ms.reconcile.lfs_undercount(6, 5, 10)


# ---- tables, and what cannot be


def test_tables_of_any_library():
    frame = big()
    wanted = undercount(frame, bootstrap=50, classes="equal")
    made = undercount(pl.DataFrame(frame), bootstrap=50, classes="equal")
    assert isinstance(made, pl.DataFrame)
    pd.testing.assert_frame_equal(made.to_pandas(), wanted)
    made = undercount(pa.Table.from_pandas(frame), bootstrap=50, classes="equal")
    pd.testing.assert_frame_equal(made.to_pandas(), wanted)
    periods = frame.drop(columns="year").assign(
        period_start=pd.to_datetime("2006-01-01").date(), period_end=pd.to_datetime("2007-01-01").date()
    )
    with pytest.warns(UserWarning, match="weakly identified"):
        made = undercount(periods, durations="imem")
    with pytest.warns(UserWarning, match="weakly identified"):
        year = undercount(frame.assign(year=2006), durations="imem")
    pd.testing.assert_series_equal(made.ratio, year.ratio)
    assert (made.ratio != made.ratio_printed).any()
    assert str(made.period_start[0]) == "2006-01-01"
    timeless = undercount(frame.drop(columns="year"))
    assert timeless.ratio.tolist() == wanted.ratio.tolist()


def test_flows_that_stand_twice():
    rows = [("DNK", "AUT", 80, 100), ("DNK", "AUT", 20, 40)]
    with pytest.raises(SchemaError, match=r"rows 0 and 1 are both from DNK to AUT \(2002\)"):
        undercount(pairs(*rows, sex=["F", "M"]))
    found = undercount(pairs(*rows, sex=["F", "M"]), by="sex")
    assert dict(zip(found.sex, found.ratio, strict=True)) == {"F": 0.8, "M": 0.5}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"reference": "DNK"}, "expected codes of areas"),
        ({"reference": []}, "at least one area"),
        ({"reference": ["DNKK"]}, "DNKK"),
        ({"bootstrap": -1}, "bootstrap=-1"),
        ({"bootstrap": True}, "bootstrap=True"),
        ({"level": 1}, "level=1"),
        ({"classes": "best"}, "classes='best'"),
        ({"by": "sex"}, "no column 'sex'"),
        ({"durations": "imen"}, "did you mean"),
    ],
)
def test_what_cannot_be_asked(options, says):
    with pytest.raises((SchemaError, CodeError), match=says):
        undercount(pairs(("DNK", "AUT", 1, 1)), **options)


def test_what_flows_cannot_be():
    with pytest.raises(SchemaError, match="no column 'inflow'"):
        undercount({"origin": ["DNK"], "destination": ["AUT"], "outflow": [1]})
    with pytest.raises(SchemaError, match=r"column \"inflow\", row 0: -1 is no number of movers"):
        undercount(pairs(("DNK", "AUT", -1, 1)))
    with pytest.raises(SchemaError, match="column 'inflow' is string, expected numbers"):
        undercount(pairs(("DNK", "AUT", "many", 1)))
    with pytest.raises(SchemaError, match=r"column \"origin\", row 0: no code"):
        undercount(pairs((None, "AUT", 1, 1)))


# ---- properties

AREAS = st.sampled_from(["AUT", "DNK", "SWE", "POL", "NOR"])
FLOW = st.one_of(st.none(), st.integers(0, 1000))
FLOWS = st.lists(st.tuples(AREAS, AREAS, FLOW, FLOW), min_size=1, max_size=25, unique_by=lambda row: row[:2])


def slow(rows, reference):
    """Give numerator, denominator and number of partners by reporter and direction, row by row."""
    out = defaultdict(lambda: [0, 0, 0, 0])
    for origin, destination, inflow, outflow in rows:
        for reporter, partner, direction, own, theirs in (
            (destination, origin, "immigration", inflow, outflow),
            (origin, destination, "emigration", outflow, inflow),
        ):
            if partner in reference and partner != reporter:
                sums = out[reporter, direction]
                if own is not None and theirs is not None:
                    sums[0] += own
                    sums[1] += theirs
                    sums[2] += 1
                elif own is not None or theirs is not None:
                    sums[3] += 1
    return dict(out)


@given(FLOWS, st.sets(AREAS, min_size=1))
def test_as_the_slow_reference(rows, reference):
    assume(any(reference & set(row[:2]) for row in rows))
    found = undercount(pairs(*rows), sorted(reference))
    wanted = slow(rows, reference)
    made = {(one.reporter, one.direction): one for one in found.itertuples()}
    assert set(made) == set(wanted)
    for key, (above, below, partners, alone) in wanted.items():
        one = made[key]
        assert (one.partners, one.one_sided) == (partners, alone)
        assert one.numerator == above if partners else math.isnan(one.numerator)
        assert one.ratio == above / below if below else math.isnan(one.ratio)


@given(FLOWS, st.randoms(use_true_random=False), st.sampled_from([0.5, 3.0, 1024.0]))
def test_scale_and_order_do_not_matter(rows, random, scale):
    assume(any({"DNK", "SWE", "NOR"} & set(row[:2]) for row in rows))
    found = undercount(pairs(*rows))
    shuffled = undercount(pairs(*random.sample(rows, len(rows))))
    pd.testing.assert_frame_equal(found, shuffled)
    larger = [(a, b, x if x is None else x * scale, y if y is None else y * scale) for a, b, x, y in rows]
    made = undercount(pairs(*larger))
    assert made.ratio.fillna(-1).tolist() == pytest.approx(found.ratio.fillna(-1).tolist(), rel=1e-12)
    # A reporter that counts twice as many scores twice as much.
    doubled = [(a, b, x * 2 if x is not None and b == "AUT" else x, y) for a, b, x, y in rows]
    before, after = (ratios(undercount(pairs(*each))).get(("AUT", "immigration")) for each in (rows, doubled))
    assert after == 2 * before if before is not None and before == before else after is None or after != after


@given(
    st.lists(st.one_of(st.none(), st.floats(-5, 2)), min_size=1, max_size=30), st.sampled_from(["equal", "quantile"])
)
def test_classes_follow_the_logarithms(logs, cuts):
    found = ms.reconcile.undercount_classes(logs, cuts)
    assert [one is None for one in found] == [one is None for one in logs]
    known = sorted((log, grade) for log, grade in zip(logs, found, strict=True) if log is not None)
    assert all(a[1] >= b[1] for a, b in itertools.pairwise(known)), "the lower the ratio, the worse the class"
    assert all(grade == 0 for log, grade in known if log >= 0)
    assert {grade for _, grade in known} <= {0, 0.25, 0.5, 0.75, 1}


# ---- multipliers fitted to pairs


def counted_by(truth, reports, noise=None):
    """Give flows between countries that count by different stays: with `truth` as multipliers both sides agree."""
    rng = np.random.default_rng(11)
    rows = defaultdict(list)
    for year, (origin, destination) in itertools.product(range(2002, 2008), itertools.permutations(reports, 2)):
        flow = float(rng.integers(500, 5000))
        for side, area in (("inflow", destination), ("outflow", origin)):
            rows[side].append(flow / truth[reports[area]] * (1 if noise is None else noise(rng)))
            rows[f"{side}_months"].append(str(reports[area]))
        for name, value in (("origin", origin), ("destination", destination), ("year", year)):
            rows[name].append(value)
    return dict(rows)


def test_multipliers_are_found_again():
    reports = {"AUT": 3, "DEU": 0, "NOR": 6, "SWE": 12, "DNK": 6, "POL": "permanent"}
    truth = {0: 0.51, 3: 0.61, 6: 0.81, 12: 1.0, "permanent": 1.61}
    table = counted_by(truth, reports)
    found = ms.reconcile.fit_durations(table)
    assert found.multipliers == pytest.approx(truth, rel=1e-9)
    assert found.residual < 1e-12 * found.before
    assert list(found.multipliers) == [0, 3, 6, 12, "permanent"]
    with pytest.warns(UserWarning, match="weakly identified"):
        scores = undercount(table, durations=found.multipliers)
    assert scores.ratio.to_numpy() == pytest.approx(1)
    # Immigrants alone do as well; stays between those that are fitted lie on a line.
    one_way = ms.reconcile.fit_durations(table, direction="immigration")
    assert one_way.comparisons * 2 == found.comparisons
    assert one_way.multipliers == pytest.approx(found.multipliers)
    coarse = ms.reconcile.fit_durations(table, stays=[0, 6, "permanent"])
    assert list(coarse.multipliers) == [0, 6, 12, "permanent"]
    assert coarse.residual > found.residual


def test_multipliers_never_fall():
    # Austria counts by 3 months and misses two of three: without the rule its multiplier would be above that of 6.
    reports = {"AUT": 3, "NOR": 6, "SWE": 12, "DNK": 6, "FIN": 12}
    table = counted_by({3: 2.1, 6: 0.73, 12: 1.0}, reports, lambda rng: rng.uniform(0.9, 1.1))
    found = ms.reconcile.fit_durations(table)
    values = list(found.multipliers.values())
    assert values == sorted(values)
    assert found.multipliers[12] == 1
    assert found.residual <= found.before
    assert ms.reconcile.fit_durations(pd.DataFrame(table).sample(frac=1, random_state=5)) == found


def test_what_cannot_be_fitted():
    alone = pairs(("DNK", "AUT", 100, 80), inflow_months=[3], outflow_months=[6])
    with pytest.raises(SchemaError, match="1 comparisons do not tell 3 minimum stays apart"):
        ms.reconcile.fit_durations(alone)
    with pytest.raises(SchemaError, match=r"flows are counted by 3\.0, which does not lie among them"):
        ms.reconcile.fit_durations(alone, stays=[6])
    with pytest.raises(SchemaError, match="direction='out'"):
        ms.reconcile.fit_durations(alone, direction="out")
