"""Shares equal what a slow and obvious reader of the cells finds, and their bounds hold."""

import itertools
import math

import pytest
from hypothesis import assume, given, strategies as st

import migstat as ms
from measured import SINGLE, aggregates, corridors, harmonise, rows_of


def test_shares_of_the_total_of_an_origin_and_of_any_columns():
    everybody = ms.aggregate(corridors().where(origin="LKA"), by=["destination", "sex"]).shares()
    assert rows_of(everybody, "destination", "sex") == {
        ("KWT", "F"): {"value": 40, "whole": 100, "share": 0.4},
        ("KWT", "M"): {"value": 20, "whole": 100, "share": 0.2},
        ("SAU", "F"): {"value": 10, "whole": 100, "share": 0.1},
        ("SAU", "M"): {"value": 30, "whole": 100, "share": 0.3},
    }
    out = ms.aggregate(corridors().where(sex="M"), by=["origin", "destination"], totals=["origin", "destination"])
    cells = ["origin", "destination"]
    of_origin = rows_of(out.shares(of="origin"), *cells)
    assert {codes: row["whole"] for codes, row in of_origin.items() if codes[0] == "NPL"} == {
        ("NPL", "SAU"): 75,
        ("NPL", "_O"): 75,
        ("NPL", "_T"): 75,
    }
    assert of_origin["LKA", "SAU"]["share"] == 0.6
    assert of_origin["LKA", "_T"]["share"] == 1
    assert of_origin["_T", "KWT"]["share"] == pytest.approx(20 / 125)
    of_destination = rows_of(out.shares(of=["destination"]), *cells)
    assert of_destination["LKA", "SAU"]["share"] == pytest.approx(30 / 90)
    assert of_destination["NPL", "_T"]["share"] == pytest.approx(75 / 125)
    assert {row["share"] for row in rows_of(out.shares(of=cells), *cells).values()} == {1}
    assert out.shares("total").equals(out.shares())


def test_a_whole_with_a_part_that_is_missing_is_not_known():
    out = ms.aggregate(corridors(), by=["origin", "destination", "sex"])
    cells = ["origin", "destination", "sex"]
    men = rows_of(out.shares(of=["destination", "sex"]), *cells)
    assert men["LKA", "SAU", "M"]["share"] == pytest.approx(30 / 90)
    assert men["LKA", "SAU", "F"]["whole"] is None
    assert men["LKA", "SAU", "F"]["share"] is None
    # "<5" is 1 to 4: though the share is not known, it has bounds.
    assert men["LKA", "SAU", "F"]["low"] == pytest.approx(10 / 14)
    assert men["LKA", "SAU", "F"]["high"] == pytest.approx(10 / 11)
    assert men["NPL", "SAU", "F"]["low"] == pytest.approx(1 / 11)
    assert men["NPL", "SAU", "F"]["high"] == pytest.approx(4 / 14)
    skipped = rows_of(out.shares(of=["destination", "sex"], missing="skip"), *cells)
    assert skipped["LKA", "SAU", "F"]["share"] == 1
    assert skipped["NPL", "SAU", "F"]["share"] is None
    # A cell in which one of two figures is missing holds a sum of the other: that is no part of a whole either.
    half = ms.aggregate(corridors(), by=["origin", "destination"])
    known = rows_of(half.shares(of="origin"), "origin", "destination")
    assert known["NPL", "SAU"]["value"] == 60
    assert known["NPL", "SAU"]["share"] is None
    assert known["NPL", "_O"]["share"] is None
    assert known["LKA", "SAU"]["share"] == 0.4
    assert rows_of(half.shares("origin", missing="skip"), "origin", "destination")["NPL", "SAU"]["share"] == 0.75


def test_wholes_never_mix_definitions_nor_years():
    frame = {"destination": ["SAU", "KWT"] * 3, "year": [1995] * 2 + [1996] * 4, "n": [1, 3, 10, 30, 100, 100]}
    frame["c"] = ["agencies"] * 4 + ["all sources"] * 2
    observations = harmonise(frame, definition={"coverage": "c"})
    out = ms.aggregate(observations, by=["year", "coverage", "destination"]).shares()
    assert out["whole"].tolist() == [4, 4, 40, 40, 200, 200]
    assert out["definition"].tolist() == [0, 0, 0, 0, 1, 1]
    # Stocks of two years are people counted twice.
    assert (
        ms.aggregate(observations.where(coverage="agencies"), by=["year", "destination"]).shares()["share"].tolist()
        == [0.75, 0.25] * 2
    )


def test_figures_without_a_breakdown_are_parts_and_no_totals():
    frame = {"destination": ["SAU", "KWT"], "n": [1, 3]}
    out = ms.aggregate(harmonise(frame), by=["destination", "sex"], totals=["sex"])
    assert out.shares()[["sex", "share"]].to_numpy().tolist() == [["_T", 0.75], ["_T", 0.25]]
    assert out.shares("destination")["share"].tolist() == [1, 1]


def test_no_share_is_above_one_by_rounding():
    values = [957.2, 380.7, 551.7, 46.9, 458.2, 992.5]  # of which pandas makes less than their exact sum
    areas = ["ARE", "BHR", "IND", "KWT", "OMN", "QAT"]
    frame = {"destination": [*areas, "ARE"], "year": [1996] * 6 + [1997], "n": [*values, 2]}
    frame |= {"low": [*values, 1], "high": [*values, 3]}
    out = ms.aggregate(harmonise(frame), by=["year", "destination"], totals=["destination"]).shares()
    total = rows_of(out, "year", "destination")[1996, "_T"]
    assert (total["share"], total["low"], total["high"]) == (1, 1, 1)


@given(aggregates())
def test_shares_equal_the_reference_and_add_up_to_one(made):
    plain, with_totals, of = made
    by = plain.by
    kept = [name in of or name == "period" for name in by]
    parts = rows_of(plain.to_arrow(), *by)
    inside = {place: {codes[place] for codes in parts} for place in range(len(by))}

    def part_of(codes, part):
        """Whether a cell without totals is a part of the whole of another cell."""
        pairs = zip(itertools.count(), codes, part, kept, strict=False)
        return all(code in (other, *({code} - inside[at])) for at, code, other, alike in pairs if alike)

    found = rows_of(with_totals.shares(of), *by)
    assert found.keys() == rows_of(with_totals.to_arrow(), *by).keys()
    cells = rows_of(with_totals.to_arrow(), *by)
    for codes, row in found.items():
        of_whole = [cell for part, cell in parts.items() if part_of(codes, part)]
        whole = math.fsum(cell["value"] or 0 for cell in of_whole)
        if any(cell["missing"] for cell in of_whole):
            assert row["whole"] is None
            assert row["share"] is None
        elif whole == 0:
            assert row["share"] is None
        else:
            assert row["whole"] == pytest.approx(whole)
            assert row["share"] == pytest.approx(cells[codes]["value"] / whole)
    # Totals change no share, and the shares of the parts of a whole are all of it.
    alone = rows_of(plain.shares(of), *by)
    sums = {}
    for codes, row in alone.items():
        assert found[codes]["share"] == (None if row["share"] is None else pytest.approx(row["share"]))
        whole = tuple(code for code, alike in zip(codes, kept, strict=True) if alike)
        sums.setdefault(whole, []).append(row["share"])
    for group in sums.values():
        assert None in group or math.fsum(group) == pytest.approx(1)


@given(
    intervals=st.lists(st.tuples(*[st.integers(0, 50)] * 3).map(sorted), min_size=2, max_size=5),
    chosen=st.lists(st.integers(0, 2), min_size=5, max_size=5),
)
def test_bounds_hold_whatever_is_true_and_are_reached(intervals, chosen):
    areas = ["ARE", "BHR", "IND", "KWT", "OMN"][: len(intervals)]
    low, value, high = (list(side) for side in zip(*intervals, strict=True))
    assume(sum(low) > 0)
    frame = {"destination": areas, "low": low, "n": value, "high": high}
    out = ms.aggregate(harmonise(frame), by=["destination"])
    found = out.shares()
    assume("low" in found)
    true = [interval[at] for interval, at in zip(intervals, chosen, strict=False)]
    for at, row in enumerate(found.to_dict("records")):
        assert row["low"] <= true[at] / sum(true) + 1e-12
        assert row["high"] >= true[at] / sum(true) - 1e-12
        least = low[at] + sum(high) - high[at]
        assert row["low"] == pytest.approx(low[at] / least)
        assert row["high"] == pytest.approx(high[at] / (high[at] + sum(low) - low[at]), nan_ok=True)
        one = out.share("destination", areas[at]).iloc[0]
        assert (one.low, one.high) == pytest.approx((row["low"], row["high"]), nan_ok=True)


def test_skill_that_was_shared_out_moves_within_its_whole():
    frame = {"skill": ["High level", "Middle level", "Skilled", "Unskilled"], "n": [10, 20, 30, 40]}
    observations = ms.harmonise(
        frame,
        skill="skill",
        value="n",
        weights="equal",
        schemes={"skill": "LKA-SLBFE"},
        constants=SINGLE | {"destination": "SAU"},
    )
    out = ms.aggregate(observations, by=["skill"], totals=["skill"])
    found = rows_of(out.shares(), "skill")
    assert found["high",] == {"value": 20, "whole": 100, "share": 0.2, "low": 0.1, "high": pytest.approx(0.3)}
    assert found["_T",] == {"value": 100, "whole": 100, "share": 1, "low": 1, "high": 1}
    # More than the whole is no share, whatever bounds were stated.
    one = ms.harmonise(
        {"skill": ["High level"], "n": [10], "low": [5], "high": [20]},
        skill="skill",
        value="n",
        low="low",
        high="high",
        schemes={"skill": "LKA-SLBFE"},
        constants=SINGLE | {"destination": "SAU"},
    )
    assert ms.aggregate(one, by=["skill"]).share("skill", "high")["high"].tolist() == [1]


def test_the_share_of_women_does_not_guess_sex():
    frame = {"destination": ["SAU"] * 3, "sex": ["F", "M", "_U"], "n": [20, 30, 50]}
    out = ms.aggregate(harmonise(frame), by=["sex"])
    assert out.female_share().to_dict("records") == [{"share": 0.2, "low": 0.2, "high": 0.7}]
    known = ms.aggregate(harmonise(frame).where(sex=["F", "M"]), by=["sex"], totals=["sex"])
    assert known.female_share().to_dict("records") == [{"share": 0.4}]
    with pytest.raises(ms.errors.SchemaError, match="not grouped by 'sex', but by 'year'"):
        ms.aggregate(harmonise(frame), by=["year"]).female_share()


def test_a_group_without_the_code_has_none_of_it():
    frame = {"destination": ["SAU", "SAU", "KWT"], "sex": ["F", "M", "M"], "n": [1, 3, 5]}
    found = ms.aggregate(harmonise(frame), by=["destination", "sex"]).female_share()
    assert rows_of(found, "destination") == {("KWT",): {"share": 0}, ("SAU",): {"share": 0.25}}


def test_what_cannot_be_shared_is_refused():
    out = ms.aggregate(corridors(), by=["origin", "destination"])
    with pytest.raises(ms.errors.SchemaError, match=r"'destinaton', but by .*; did you mean 'destination'\?"):
        out.shares("destinaton")
    with pytest.raises(ms.errors.SchemaError, match="missing='zero': expected one of 'unknown', 'skip'"):
        out.shares(missing="zero")
    net = harmonise({"destination": ["SAU", "KWT"], "n": [5, -3]}, constants={"measure": "net"})
    out = ms.aggregate(net, by=["destination"])
    for measure in (out.shares, lambda: out.share("destination", "SAU")):
        with pytest.raises(ms.errors.SchemaError, match="1 of 2 cells are below 0"):
            measure()
