"""Geography over time: former states split, and parts put together."""

import csv
import itertools
import json
import math
from fractions import Fraction

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import migstat as ms
import reference_geography as reference
from former_states import CELL, OVERLAP, STATED, findings, observed, shown, sides
from migstat.errors import CodeError, LedgerError, SchemaError
from strategies import cut, decoded

reconcile = ms.reconcile


# ---- split


def test_yugoslavia_by_later_stocks(shared):
    # goldens/geography_split_proportional.csv: 1200 people by shares of 0.45, 0.26, ...
    with (shared / "science" / "goldens" / "geography_split_proportional.csv").open(encoding="utf-8") as file:
        golden = list(csv.DictReader(file))
    rows = [("YUCS", "SWE", 1990, golden[0]["total_before"])]
    rows += [(one["successor"], "SWE", 2007, one["later_stock"]) for one in golden]
    found = reconcile.split(observed(rows), "YUCS").check()
    wanted = {one["successor"]: float(one["allocated"]) for one in golden}
    made = {code: value for code, year, value in shown(found, "origin", "year", "value") if year == 1990}
    assert made == pytest.approx(wanted, rel=1e-15)
    assert math.fsum(made.values()) == 1200
    share = {code: one for code, year, one in shown(found, "origin", "year", "share") if year == 1990}
    assert share == pytest.approx({one["successor"]: float(one["share"]) for one in golden})
    given_shares = reconcile.split(observed(rows[:1]), "YUCS", shares=share).check()
    assert dict(shown(given_shares, "origin", "value")) == pytest.approx(wanted)


def czechs(extra=()):
    rows = [
        ("CSHH", "DEU", 1991, 1000),
        ("CSHH", "AUT", 1991, 11),
        ("CSHH", "CHE", 1991, 50),
        ("CZE", "DEU", 1994, 300),
        ("SVK", "DEU", 1994, 100),
        ("CZE", "AUT", 1994, 50),
        ("SVK", "AUT", 1994, 150),
        ("CZE", "CHE", 1994, 7),
    ]
    return [*rows, *extra]


def test_what_a_split_leaves_behind():
    obs = observed(czechs())
    found = reconcile.split(obs, "CSHH", by="origin", shrink=None, integers=True).check()
    whole = shown(found, "destination", "year", "origin", "value", "basis", "obs_status")
    early = [row for row in whole if row[1] == 1991]
    assert [(to, code, value) for to, _, code, value, _, _ in early] == [
        ("DEU", "CZE", 750.0),
        ("DEU", "SVK", 250.0),
        ("AUT", "CZE", 3.0),
        ("AUT", "SVK", 8.0),
        # What Switzerland did not report of Slovaks is no share of 0: it has the overall shares, 350 to 250.
        ("CHE", "CZE", 29.0),
        ("CHE", "SVK", 21.0),
    ]
    assert {(basis, status) for *_, basis, status in early} == {("apportioned", "E")}
    late = [row for row in shown(found, "year", "basis", "obs_status", "share") if row[0] == 1994]
    assert set(late) == {(1994, "observed", None, 1.0)}
    notes = dict(zip(found.figures["destination"].to_pylist()[:6], found.figures["note"].to_pylist()[:6], strict=True))
    assert notes["DEU"] == "part of CSHH, by shares of 1994 with the same partner"
    assert notes["CHE"] == "part of CSHH, by shares of 1994 with all partners"
    assert sides(found, "adjustment") == [("CSHH split into CZE, SVK", -3, 0.0)]
    assert obs.figures["origin"].to_pylist()[0] == "CSHH", "the observations themselves never change"
    account = reconcile.apportioned(found)
    assert account.printed.tolist() == [1000.0, 1000.0, 11.0, 11.0, 50.0, 50.0]
    assert (account.value / account.printed).tolist() == pytest.approx(account.share.tolist())


def test_shares_of_partners_are_drawn_towards_the_overall_share():
    rows = czechs()
    obs = observed(rows)
    table = reconcile.split_shares(obs, "CSHH", by="origin").set_index(["partner", "part"])
    spread = reference.concentration([[300, 100], [50, 150]])
    overall = Fraction(350, 600)
    assert table.share[None, "CZE"] == pytest.approx(float(overall))
    assert table.concentration.tolist() == pytest.approx([float(spread)] * len(table))
    assert table.share["DEU", "CZE"] == pytest.approx(float((300 + spread * overall) / (400 + spread)))
    assert table.seen["DEU", "CZE"] == 0.75
    # As if 100 more people had been seen.
    fixed = reconcile.split_shares(obs, "CSHH", by="origin", shrink=100).set_index(["partner", "part"])
    assert fixed.share["AUT", "CZE"] == pytest.approx((50 + 100 * 350 / 600) / 300)
    none = reconcile.split_shares(obs, "CSHH", by="origin", shrink=None).set_index(["partner", "part"])
    assert none.share["AUT", "CZE"] == 0.25
    one = reconcile.split_shares(obs, "CSHH", by="origin", by_partner=False)
    assert one.partner.isna().all()
    assert one.part.tolist() == ["CZE", "SVK"]


def test_partners_that_differ_by_chance_have_the_overall_share():
    rows = [("CSHH", "DEU", 1991, 100), ("CZE", "DEU", 1994, 52), ("SVK", "DEU", 1994, 48)]
    rows += [("CZE", "AUT", 1994, 50), ("SVK", "AUT", 1994, 50)]
    table = reconcile.split_shares(observed(rows), "CSHH", by="origin")
    assert table.concentration.tolist() == [math.inf] * 6
    assert table[table.part == "CZE"].share.tolist() == pytest.approx([0.51] * 3)


def test_shares_are_those_of_the_first_complete_period_or_the_mean_of_several():
    rows = [
        ("CSHH", "DEU", 1991, 100),
        ("CZE", "DEU", 1993, 500),
        ("CZE", "DEU", 1995, 60),
        ("SVK", "DEU", 1995, 40),
        ("CZE", "DEU", 1997, 800),
        ("SVK", "DEU", 1997, 200),
        # In the last year of the state nobody was counted apart for all of it.
        ("CZE", "DEU", 1992, 1),
        ("SVK", "DEU", 1992, 99),
    ]
    obs = observed(rows)
    first = reconcile.split_shares(obs, "CSHH", by="origin", by_partner=False)
    assert first.share.tolist() == pytest.approx([0.6, 0.4])
    assert first["first"].tolist() == ["1995", "1995"]
    mean = reconcile.split_shares(obs, "CSHH", by="origin", by_partner=False, years=2)
    assert mean.share.tolist() == pytest.approx([0.7, 0.3])
    assert mean["last"].tolist() == ["1997", "1997"]


def test_what_cannot_be_split_stays_with_the_reason():
    rows = [
        ("YUCS", "DEU", 1990, 70),
        ("HRV", "DEU", 1995, 10),
        ("CSHH", "DEU", 1991, ".."),
        ("CSHH", "CSHH", 1991, 5),
        ("CSHH", "CZE", 1991, 6),
        ("CZE", "DEU", 1994, 3),
        ("SVK", "DEU", 1994, 1),
    ]
    obs = observed(rows, measure="stock", concept="birth")
    yugoslavia = reconcile.split(obs, "YUCS").check()
    assert findings(yugoslavia) == ["YUCS kept: no figure after 1992 of BIH, MKD, MNE, SRB, SVN"]
    assert decoded(yugoslavia.figures, without=()) == decoded(obs.figures, without=())
    found = reconcile.split(obs, "CSHH").check()
    assert sorted(set(findings(found))) == [
        "CSHH kept: within it, nobody knows from which part to which",
        "CSHH kept: without a value",
    ]
    assert [row for row in shown(found, "origin", "destination", "value") if row[1] == "CZE"] == [
        # Who was born in the Czech part may well live there.
        ("CZE", "CZE", 4.5),
        ("SVK", "CZE", 1.5),
    ]
    net = reconcile.split(observed(rows, measure="net"), "CSHH", by="origin")
    assert "CSHH kept: net migration is split by its inflow and its outflow" in findings(net)
    percent = reconcile.split(observed(rows, unit="percent"), "CSHH", by="origin")
    assert "CSHH kept: a ratio is never split" in findings(percent)


def test_a_split_by_destination_and_by_both():
    rows = [("AUT", "CSHH", 1991, 10), ("AUT", "CZE", 1994, 4), ("AUT", "SVK", 1994, 1)]
    obs = observed(rows)
    assert len(reconcile.split(obs, "CSHH", by="origin")) == 3
    found = reconcile.split(obs, "CSHH", by="destination").check()
    assert shown(found, "destination", "value")[:2] == [("CZE", 8.0), ("SVK", 2.0)]
    assert reconcile.split(obs, "CSHH").check().figures.equals(found.figures)


def test_printed_totals_stay_totals_of_their_parts():
    columns = ("origin", "destination", "year", "sex", "n")
    rows = [("CSHH", "DEU", 1991, sex, n) for sex, n in [("F", 3), ("M", 4), ("_T", 7)]]
    rows += [("CZE", "DEU", 1994, "F", 2), ("SVK", "DEU", 1994, "F", 1)]
    rows += [("_T", "DEU", 1991, "_T", 7)]
    found = reconcile.split(observed(rows, columns), "CSHH").check()
    assert set(found.printed_totals().state) == {"agrees", "absent"}
    totals = [row for row in shown(found, "sex", "leaf", "origin", "value") if row[0] == "_T"]
    assert [(leaf, code) for _, leaf, code, _ in totals] == [(False, "CZE"), (False, "SVK"), (False, "_T")]
    assert [value for *_, value in totals] == pytest.approx([14 / 3, 7 / 3, 7])


def test_printed_totals_over_partners_tell_the_overall_share():
    rows = [("CSHH", "_T", 1991, 100), ("CZE", "_T", 1994, 900), ("SVK", "_T", 1994, 100), ("CZE", "DEU", 1994, 1)]
    rows += [("SVK", "DEU", 1994, 1), ("CSHH", "AUT", 1991, 40), ("CSHH", "CHE", 1991, 60)]
    found = reconcile.split(observed(rows), "CSHH", by="origin").check()
    made = {(code, to): n for code, to, year, n in shown(found, *CELL) if year == 1991}
    assert made == {
        ("CSHH", "_T"): 100.0,
        ("CZE", "AUT"): 36.0,
        ("SVK", "AUT"): 4.0,
        ("CZE", "CHE"): 54.0,
        ("SVK", "CHE"): 6.0,
    }
    assert findings(found, "note")[-1] == "CSHH kept: a printed total over partners; add up the parts instead"


def test_other_definitions_that_mean_the_same_tell_shares():
    early = observed([("CSHH", "DEU", 1991, 10)], table="Table A")
    late = observed([("CZE", "DEU", 1994, 3), ("SVK", "DEU", 1994, 2)], table="Table B")
    other = observed([("CZE", "DEU", 1994, 1), ("SVK", "DEU", 1994, 9)], table="Table C", concept="citizenship")
    found = reconcile.split(ms.concat([other, early, late]), "CSHH").check()
    assert [row[1] for row in shown(found, "year", "value") if row[0] == 1991] == [6.0, 4.0]
    assert "by shares of 1994 with all partners, from inflow, Table B" in findings(found, "assumption")[-1]
    alone = reconcile.split(ms.concat([other, early]), "CSHH")
    assert "CSHH kept: no figure after 1992 of CZE, SVK" in findings(alone)


def test_one_successor_is_a_name_for_all_of_it():
    rows = [("LKA", "YEM-1990", 1996, 5), ("LKA", "YDYE", 1996, 7)]
    found = reconcile.split(observed(rows), "YEM-1990").check()
    assert shown(found, "destination", "value") == [("YEM", 5.0), ("YDYE", 7.0)]


def test_a_figure_beside_those_of_its_successors():
    obs = observed(OVERLAP)
    kept = reconcile.split(obs, "CSHH").check()
    assert shown(kept, "value") == [(10.0,), (6.0,), (4.0,)]
    assert findings(kept)[-1] == "CSHH kept: its successors have figures of the same thing"
    aside = reconcile.split(obs, "CSHH", overlap="set_aside").check()
    assert shown(aside, "origin", "value") == [("CZE", 6.0), ("SVK", 4.0)]
    assert sides(aside, "set aside") == [("CSHH: its successors have figures of the same thing", 1, 10.0)]
    added = reconcile.split(obs, "CSHH", overlap="add").check()
    assert shown(added, "origin", "value") == [("CZE", 6.0), ("SVK", 4.0)] * 2
    assert ms.aggregate(added, by=["origin"]).to_pandas().value.tolist() == [12.0, 8.0]
    with pytest.raises(SchemaError, match=r"row 0 \(CSHH to DEU, 1995\): CSHH and its successors have figures"):
        reconcile.split(obs, "CSHH", overlap="raise")


def test_parts_and_shares_of_ones_own():
    rows = [("CSHH", "DEU", 1991, 10)]
    shares = pd.Series({"CZE": 0.25, "SVK": 0.75})
    found = reconcile.split(observed(rows), "CSHH", shares=shares)
    assert shown(found, "origin", "value") == [("CZE", 2.5), ("SVK", 7.5)]
    # Any country may be parted, and the parts may be others than the successors that are known.
    india = observed([("IND", "DEU", 1980, 10), ("NPL", "DEU", 1991, 1), ("BTN", "DEU", 1991, 3)])
    found = reconcile.split(india, "IND", parts=["NPL", "BTN"])
    assert shown(found, "origin", "value")[:2] == [("NPL", 2.5), ("BTN", 7.5)]


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"area": "Czechoslovakia"}, CodeError, r'"Czechoslovakia" is no code .* near it: CSHH'),
        ({"area": "_O"}, CodeError, '"_O" is no code of a country or former state'),
        ({"area": "LKA"}, CodeError, "LKA .Sri Lanka. has no successors that are known: say by parts= or shares="),
        ({"area": 3}, SchemaError, "area=3"),
        ({"by": "sex"}, SchemaError, "by='sex'"),
        ({"overlap": "ignore"}, SchemaError, "overlap='ignore'"),
        ({"years": 0}, SchemaError, "years=0: expected a whole number of at least 1"),
        ({"shrink": -1}, SchemaError, "shrink=-1: expected 'empirical-bayes'"),
        ({"shrink": "bayes"}, SchemaError, "shrink='bayes'"),
        ({"shares": {"CZE": 0.5, "SVK": 0.4}}, SchemaError, "shares add up to 0.9, not to 1"),
        ({"shares": {"CZE": 1.5, "SVK": -0.5}}, SchemaError, "shares: 1.5 of CZE is not between 0 and 1"),
        ({"shares": {"CZE": float("nan")}}, SchemaError, "nan of 'CZE' is no finite number"),
        ({"shares": [0.5, 0.5]}, SchemaError, "expected a mapping of parts to shares"),
        ({"shares": {"CSHH": 1.0}}, CodeError, "CSHH cannot be one of its own parts"),
        ({"shares": {"CZE": 1.0}, "parts": ["CZE", "SVK"]}, SchemaError, "shares= has none for SVK"),
        ({"parts": "CZE"}, SchemaError, "expected several codes of areas"),
        ({"parts": ["CZE", "CZE"]}, CodeError, "CZE stands there twice"),
    ],
)
def test_splits_that_cannot_be(arguments, error, says):
    with pytest.raises(error, match=says):
        reconcile.split(observed(czechs()), **{"area": "CSHH"} | arguments)


def test_whole_parts_need_whole_figures():
    with pytest.raises(SchemaError, match=r"row 0 \(CSHH to DEU, 1991\): 1.5 is no whole number"):
        reconcile.split(observed([("CSHH", "DEU", 1991, 1.5)]), "CSHH", shares={"CZE": 0.5, "SVK": 0.5}, integers=True)
    with pytest.raises(SchemaError, match="expected Observations, found dict"):
        reconcile.split({"origin": ["CSHH"]}, "CSHH")


def test_nothing_to_do_is_told():
    obs = observed([("POL", "DEU", 1991, 5)])
    for found in (reconcile.split(obs, "CSHH").check(), reconcile.merge(obs, "CSHH").check()):
        assert decoded(found.figures, without=()) == decoded(obs.figures, without=())
    assert findings(reconcile.split(obs, "CSHH"), "note") == ["no figure of CSHH: nothing to split"]
    assert findings(reconcile.merge(obs, "CSHH"), "note") == ["no figure of a part of CSHH: nothing to add up"]


def test_zeros_stay_zeros():
    obs = observed([("CSHH", "DEU", 1991, "-")])
    found = reconcile.split(obs, "CSHH", shares={"CZE": 0.5, "SVK": 0.5}).check()
    assert shown(found, "value", "presence", "share") == [(0.0, "zero", 0.5)] * 2


# ---- merge


def test_a_sum_only_where_all_parts_are_present():
    rows = [("CZE", "DEU", 1994, 3), ("SVK", "DEU", 1994, 1), ("CZE", "AUT", 1994, 5), ("SVK", "AUT", 1994, "..")]
    rows += [("CZE", "CHE", 1994, ".."), ("SVK", "CHE", 1994, ".."), ("POL", "DEU", 1994, 9)]
    found = reconcile.merge(observed(rows), "CSHH").check()
    assert shown(found, "origin", "destination", "value", "presence", "basis") == [
        ("CSHH", "DEU", 4.0, "value", "observed"),
        ("CSHH", "AUT", None, "missing", "observed"),
        ("CSHH", "CHE", None, "missing", "observed"),
        ("POL", "DEU", 9.0, "value", "observed"),
    ]
    assert found.figures["note"].to_pylist()[:2] == ["CSHH from CZE, SVK", "CSHH has no figure without SVK"]
    assert sides(found, "set aside") == [("part of CSHH, of which other parts have no figure", 1, 5.0)]
    assert [(reason, value) for reason, _, value in sides(found, "adjustment")] == [
        ("parts added up to CSHH", 0.0),
        ("a figure of CSHH without a value, for parts lack theirs", 0.0),
    ]


def test_movements_from_part_to_part_are_set_aside():
    rows = [("CZE", "SVK", 1994, 3), ("SVK", "CZE", 1994, 2), ("CZE", "DEU", 1994, 5), ("SVK", "DEU", 1994, 1)]
    found = reconcile.merge(observed(rows), "CSHH").check()
    assert shown(found, "origin", "destination", "value") == [("CSHH", "DEU", 6.0)]
    assert found.ledger.to_pandas().query("reason == 'internal border of CSHH'").value.tolist() == [5.0]


def test_parts_that_are_themselves_in_parts():
    whole = ["BIH", "HRV", "MKD", "SVN"]
    rows = [(code, "DEU", 2010, 10) for code in [*whole, "SRB", "MNE"]] + [(code, "AUT", 2010, 1) for code in whole]
    rows += [("CSXX", "AUT", 2010, 2), ("SRB", "AUT", 2010, 1)]
    found = reconcile.merge(observed(rows), "YUCS").check()
    assert shown(found, "origin", "destination", "value") == [("YUCS", "DEU", 60.0), ("YUCS", "AUT", 6.0)]
    assert sides(found, "set aside") == [("counted with another part of YUCS", 1, 1.0)]
    assert "YUCS from BIH, HRV, MKD, SVN, SRB, MNE, with XKX within another" in findings(found, "assumption")
    kosovo = reconcile.merge(observed([*rows, ("XKX", "DEU", 2010, 5)]), "YUCS")
    assert shown(kosovo, "value")[0] == (65.0,)
    # Who names Kosovo needs it.
    named = reconcile.merge(observed(rows), ["SRB", "MNE", "XKX"], "CSXX")
    assert "CSXX has no figure without XKX" in findings(named)


def test_the_whole_beside_its_parts():
    obs = observed(OVERLAP)
    aside = reconcile.merge(obs, "CSHH").check()
    assert shown(aside, "origin", "value") == [("CSHH", 10.0)]
    assert sides(aside, "set aside") == [("part of CSHH, which has a figure of the same thing", 2, 10.0)]
    assert shown(reconcile.merge(obs, "CSHH", overlap="keep").check(), "value") == [(10.0,), (6.0,), (4.0,)]
    assert shown(reconcile.merge(obs, "CSHH", overlap="add").check(), "value") == [(20.0,)]
    with pytest.raises(SchemaError, match=r"nobody may be counted twice; see reconcile\.overlaps"):
        reconcile.merge(obs, "CSHH", overlap="raise")


def test_any_areas_may_be_added_up():
    rows = [("BEL", "DEU", 1994, 3), ("LUX", "DEU", 1994, 1)]
    found = reconcile.merge(observed(rows), ["BEL", "LUX"], "BEL").check()
    assert shown(found, "origin", "value") == [("BEL", 4.0)]
    with pytest.raises(SchemaError, match="into: expected the code of the whole"):
        reconcile.merge(observed(rows), ["BEL", "LUX"])
    with pytest.raises(SchemaError, match="give the parts one by one"):
        reconcile.merge(observed(rows), "CSHH", "DEU")
    with pytest.raises(CodeError, match="LKA has no successors that are known"):
        reconcile.merge(observed(rows), "LKA")


def test_breakdowns_that_only_some_parts_have():
    columns = ("origin", "destination", "year", "sex", "n")
    rows = [("CZE", "DEU", 1994, sex, n) for sex, n in [("F", 3), ("M", 4), ("_T", 7)]]
    rows += [("SVK", "DEU", 1994, "_T", 5)]
    found = reconcile.merge(observed(rows, columns), "CSHH").check()
    made = {sex: (value, leaf) for sex, value, leaf in shown(found, "sex", "value", "leaf")}
    assert made["_T"] == (12.0, True)
    assert made["F"] == made["M"] == (None, False)
    assert ms.aggregate(found, by=["origin"]).to_pandas().value.tolist() == [12.0]


def test_bounds_of_sums():
    # SLBFE 1996: the rung "middle" may be of medium or of high skill, so each half has bounds.
    obs = ms.datasets.sri_lanka_departures().where(year=1996, destination=["YEM-1990", "YDYE"], leaf=True)
    found = reconcile.merge(obs, ["YEM-1990", "YDYE"], "YEM").check()
    names = ("sex", "skill", "skill_printed")
    wanted = {}
    for one in obs.figures.to_pylist():
        own = [one["value"] if one[side] is None else one[side] for side in ("low", "high")]
        key, bounded = tuple(one[name] for name in names), one["low"] is not None
        known, low, high = wanted.get(key, (False, 0, 0))
        wanted[key] = (known or bounded, low + own[0], high + own[1])
    assert any(known for known, *_ in wanted.values())
    for *key, low, high in shown(found, *names, "low", "high"):
        known, *bounds = wanted[tuple(key)]
        assert [low, high] == (bounds if known else [None, None])
    suppressed = observed([("CZE", "DEU", 1994, "<5"), ("SVK", "DEU", 1994, 10)], missing={"<5": "suppressed"})
    assert shown(reconcile.merge(suppressed, "CSHH").check(), "value", "low", "note") == [
        (None, None, "CSHH has no figure without CZE")
    ]


def test_ratios_are_never_added_up():
    obs = observed([("CZE", "DEU", 1994, 3), ("SVK", "DEU", 1994, 1)], unit="percent")
    found = reconcile.merge(obs, "CSHH").check()
    assert decoded(found.figures, without=()) == decoded(obs.figures, without=())
    assert findings(found) == ["kept: a ratio is never added up"]


def test_offices_of_parts_count_by_definitions_of_their_own():
    czech = observed([("DEU", "CZE", 1994, 3), ("SVK", "CZE", 1994, 2)], reporter="CZE")
    slovak = observed([("DEU", "SVK", 1994, 1)], reporter="SVK")
    german = observed([("CZE", "DEU", 1994, 5), ("SVK", "DEU", 1994, 4)], reporter="DEU")
    found = reconcile.merge(ms.concat([czech, slovak, german]), "CSHH").check()
    assert shown(found, *CELL) == [
        ("DEU", "CZE", 1994, 3.0),
        ("SVK", "CZE", 1994, 2.0),
        ("DEU", "SVK", 1994, 1.0),
        ("CSHH", "DEU", 1994, 9.0),
    ]
    assert set(findings(found)) == {
        "kept: reported by CZE, a part of CSHH, by a definition of its own",
        "kept: reported by SVK, a part of CSHH, by a definition of its own",
    }


def test_zeros_of_all_parts_are_a_zero():
    rows = [("CZE", "DEU", 1994, "-"), ("SVK", "DEU", 1994, "-"), ("CZE", "AUT", 1994, "-"), ("SVK", "AUT", 1994, 0)]
    found = reconcile.merge(observed(rows), "CSHH").check()
    assert [value for value, _ in shown(found, "value", "presence")] == [0.0, 0.0]
    assert shown(found, "presence")[0] == ("zero",)


# ---- properties

PARTS = ["CZE", "SVK"]
PARTNERS = ["DEU", "AUT", "CHE"]
COUNT = st.integers(0, 10**6)


@st.composite
def histories(draw):
    """Rows of a former state, and of its successors in a later year, some of them not reported."""
    rows = [("CSHH", to, 1991, draw(COUNT)) for to in draw(st.sets(st.sampled_from(PARTNERS), min_size=1))]
    for part, to in itertools.product(PARTS, PARTNERS):
        value = draw(st.one_of(COUNT, COUNT, st.none()))
        if value is not None:
            rows.append((part, to, 1994, value))
    return rows


@given(rows=histories(), shrink=st.sampled_from(["eb", None, 10]), integers=st.booleans())
def test_every_part_as_in_the_reference(rows, shrink, integers):
    obs = observed(rows)
    how = "empirical-bayes" if shrink == "eb" else shrink
    found = reconcile.split(obs, "CSHH", by="origin", shrink=how, integers=integers).check()
    later = {(to, code): n for code, to, year, n in rows if year == 1994}
    made = {(to, code): value for code, to, year, value in shown(found, *CELL) if year == 1991}
    for _, to, year, n in rows:
        if year == 1994:
            continue
        shares = reference.split_shares(later, PARTS, to, shrink)
        if shares is None:
            assert made[to, "CSHH"] == n
            continue
        parts = [made[to, part] for part in PARTS]
        assert math.fsum(parts) == n
        for part, share in zip(parts, shares, strict=True):
            if integers:
                assert part == int(part)
                assert abs(part - float(n * share)) < 1
            else:
                assert part == pytest.approx(float(n * share), rel=1e-9, abs=1e-9)
    for reason, _, value in sides(found, "adjustment"):
        assert reason == "CSHH split into CZE, SVK"
        assert value == 0
    # All that tables must be holds of it, shares of printed figures too.
    assert len(ms.Observations(found.figures, found.definitions, found.ledger)) == len(found)


@given(rows=histories(), integers=st.booleans())
def test_split_and_put_together_again(rows, integers):
    obs = observed(rows)
    found = reconcile.split(obs, "CSHH", by="origin", integers=integers)
    again = reconcile.merge(found.where(year=1991), "CSHH", by="origin").check()
    wanted = {to: float(n) for code, to, year, n in rows if year == 1991}
    assert dict(shown(again, "destination", "value")) == wanted


@given(data=st.data(), rows=histories())
def test_neither_order_nor_chunks_matter(data, rows):
    def told(obs):
        names = ("figure", "row", "definition")
        steps = json.loads(obs.ledger.to_json())["steps"][1:]
        accounts = [
            (one["taken"], one["out"], sorted(side["reason"] + str(side["tally"]) for side in one["adjustments"]))
            for step in steps
            for one in step["accounts"]
        ]
        return decoded(obs.figures, without=names), accounts

    columns = ("origin", "destination", "year", "n")
    order = data.draw(st.permutations(rows))
    table = pa.table({name: [str(row[at]) for row in order] for at, name in enumerate(columns)})
    roles = {name: name for name in columns[:3]}
    again = ms.harmonise(data.draw(cut(table)), value="n", constants=STATED, **roles)
    for work in (
        lambda obs: reconcile.split(obs, "CSHH", by="origin"),
        lambda obs: reconcile.merge(obs, "CSHH"),
        lambda obs: reconcile.constant_boundaries(obs, 1990),
        reconcile.constant_boundaries,
    ):
        assert told(work(again)) == told(work(observed(rows)))


@given(rows=histories())
def test_sums_as_in_the_reference(rows):
    later = [row for row in rows if row[2] == 1994]
    if not later:
        return
    found = reconcile.merge(observed(later), "CSHH", by="origin").check()
    wanted = reference.merge([(to, code, n) for code, to, _, n in later], PARTS)
    assert dict(shown(found, "destination", "value")) == {
        to: None if value is None else float(value) for to, (value, _) in wanted.items()
    }
    aside = sum(value for _, _, value in sides(found, "set aside"))
    assert aside == sum(n for code, to, _, n in later if wanted[to][0] is None)


def test_a_tampered_ledger_is_found():
    told = json.loads(reconcile.merge(observed(czechs()), "CSHH").ledger.to_json())
    told["steps"][-1]["accounts"][0]["set_aside"][0]["tally"]["value"] = [1.0]
    with pytest.raises(LedgerError, match="of which other parts have no figure"):
        ms.Ledger(json.dumps(told)).check()
