"""Printed totals, stocks and sources that contradict, where states are split and put together."""

import pytest

import migstat as ms
from former_states import findings, observed, shown
from migstat.errors import SchemaError

reconcile = ms.reconcile
CZECHS = [("SVK", "CZE", 2000, 10), ("DEU", "CZE", 2000, 5), ("_T", "CZE", 2000, 15)]
SLOVAKS = [("CZE", "SVK", 2000, 20), ("DEU", "SVK", 2000, 7), ("_T", "SVK", 2000, 27)]
INCLUDES = "CSHH includes movements between its parts, of which there is no figure"


# ---- printed totals over partners


@pytest.mark.parametrize("by", ["destination", "both"])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_whole_has_no_movements_between_its_parts(by, backwards):
    rows = (CZECHS + SLOVAKS)[:: -1 if backwards else 1]
    found = reconcile.merge(observed(rows), "CSHH", by=by).check()
    made = {origin: (value, note) for origin, value, note in shown(found, "origin", "value", "note")}
    assert made == {
        "DEU": (12.0, "CSHH from CZE, SVK"),
        "_T": (12.0, "CSHH from CZE, SVK, less movements between its parts"),
    }
    assert findings(found) == []
    ledger = found.ledger.to_pandas()
    assert ledger[ledger.reason == "internal border of CSHH"].value.tolist() == [30.0]


def test_totals_at_both_ends_lose_the_same_movements():
    rows = [*CZECHS, *SLOVAKS, ("SVK", "_T", 2000, 10), ("CZE", "_T", 2000, 20)]
    found = reconcile.merge(observed(rows), "CSHH").check()
    totals = [row for row in shown(found, "origin", "destination", "value") if "_T" in row]
    assert sorted(totals) == [("CSHH", "_T", 0.0), ("_T", "CSHH", 12.0)]


@pytest.mark.parametrize("rows", [[CZECHS[2], SLOVAKS[2]], [*CZECHS, *SLOVAKS[1:]]])
def test_totals_that_hold_unknown_movements_say_so(rows):
    found = reconcile.merge(observed(rows), "CSHH", by="destination").check()
    made = {origin: (value, note) for origin, value, note in shown(found, "origin", "value", "note")}
    assert made["_T"] == (42.0, f"CSHH from CZE, SVK; {INCLUDES}")
    assert f"{INCLUDES}: _T is a printed total over partners" in findings(found)


def test_boundaries_say_so_too():
    rows = [("_T", "SDN", 2015, 600), ("_T", "SSD", 2015, 800)]
    found = reconcile.constant_boundaries(observed(rows, measure="stock"), as_of=2010).check()
    said = "SDN-2011 includes people of one part in another, of which there is no figure"
    assert shown(found, "value", "note") == [(1400.0, f"SDN-2011 from SDN, SSD; {said}")]
    assert f"{said}: _T is a printed total over partners" in findings(found)


def test_net_migration_needs_nothing_taken_off():
    found = reconcile.merge(observed([CZECHS[2], SLOVAKS[2]], measure="net"), "CSHH", by="destination").check()
    assert shown(found, "value", "note") == [(42.0, "CSHH from CZE, SVK")]
    assert findings(found) == []


def test_groups_of_partners_hold_the_parts_that_lie_in_them():
    rows = [("m49:150", "CZE", 2000, 15), ("m49:150", "SVK", 2000, 27)]
    rows += [("m49:019", "CZE", 2000, 1), ("m49:019", "SVK", 2000, 2)]
    found = reconcile.merge(observed(rows), "CSHH", by="destination").check()
    notes = dict(shown(found, "origin", "note"))
    assert notes == {"m49:150": f"CSHH from CZE, SVK; {INCLUDES}", "m49:019": "CSHH from CZE, SVK"}


def test_one_sudan_of_published_figures(shared):
    un = ms.read(shared / "data" / "un_desa" / "UN_MigrantStockByOriginAndDestination_2015.xlsx")
    two = un.where(destination=["SDN", "SSD"], sex="_T", year=2015)
    value = {(one["origin"], one["destination"]): one["value"] for one in two.figures.to_pylist()}
    found = reconcile.merge(two, "SDN-2011", by="destination").check()
    (total,) = (value for origin, value in shown(found, "origin", "value") if origin == "_T")
    between = value["SDN", "SSD"] + value["SSD", "SDN"]
    assert total == value["_T", "SDN"] + value["_T", "SSD"] - between == 639650


# ---- a missing record


def test_a_record_without_a_value_is_no_zero():
    rows = [("CZE", "DEU", 2000, 300), ("CZE", "DEU", 2000, None), ("SVK", "DEU", 2000, 100)]
    table = {"from": [row[0] for row in rows], "n": [row[3] for row in rows]}
    stated = {"destination": "DEU", "measure": "inflow", "role": "destination", "year": 2000}
    obs = ms.harmonise(table, origin="from", value="n", constants=stated, duplicates="keep")
    found = reconcile.merge(obs, "CSHH")
    assert {value for _, value in shown(found, "origin", "value")} == {None}
    assert "CSHH has no figure without CZE" in findings(found)


# ---- splits


def test_people_live_where_they_were_born():
    rows = [("CSHH", "CZE", 2001, 400000), ("CZE", "DEU", 2001, 60), ("SVK", "DEU", 2001, 40)]
    obs = observed(rows, measure="stock", concept="birth")
    found = reconcile.split(obs, "CSHH").check()
    assert shown(found, "origin", "value")[:2] == [("CZE", 240000.0), ("SVK", 160000.0)]
    stated = reconcile.split(obs, "CSHH", shares={"CZE": 0.75, "SVK": 0.25})
    assert shown(stated, "origin", "value")[:2] == [("CZE", 300000.0), ("SVK", 100000.0)]
    # Citizens return to their own state; who moves from one residence to another was not there before.
    returned = reconcile.split(observed(rows, concept="citizenship"), "CSHH")
    assert shown(returned, "origin", "value")[:2] == [("CZE", 240000.0), ("SVK", 160000.0)]
    moved = reconcile.split(observed(rows, concept="previous_residence"), "CSHH")
    assert shown(moved, "origin", "value")[0] == ("SVK", 400000.0)
    assert moved.figures["note"].to_pylist()[0].endswith(", without CZE")


def test_successors_of_successors_are_seen():
    rows = [("YUCS", "DEU", 2007, 100), ("SRB", "DEU", 2007, 40)]
    rows += [(code, "DEU", 2004, 10) for code in ("BIH", "HRV", "MKD", "SVN", "CSXX")]
    with pytest.raises(SchemaError, match="nobody may be counted twice"):
        reconcile.split(observed(rows), "YUCS", overlap="raise")
    kept = reconcile.split(observed(rows), "YUCS")
    assert "YUCS" in [code for (code,) in shown(kept, "origin")]


def test_shares_count_a_printed_total_or_its_parts():
    columns = ("origin", "destination", "year", "sex", "n")
    early = [("CSHH", "DEU", 1991, "_T", 1000)]
    for partner in ("_T", "DEU"):
        # One sex of one part is lacking, so only the printed totals tell everybody.
        rows = [("CZE", partner, 1994, "_T", 300), ("SVK", partner, 1994, "_T", 200)]
        rows += [("CZE", partner, 1994, "F", 250), ("SVK", partner, 1994, "F", 50), ("CZE", partner, 1994, "M", 50)]
        found = reconcile.split(observed([*early, *rows], columns), "CSHH").check()
        assert shown(found, "origin", "value")[:2] == [("CZE", 600.0), ("SVK", 400.0)], partner
    only = [("CZE", "DEU", 1994, "F", 250), ("SVK", "DEU", 1994, "F", 50)]
    only += [("CZE", "DEU", 1994, "M", 50), ("SVK", "DEU", 1994, "M", 50)]
    found = reconcile.split(observed([*early, *only], columns), "CSHH").check()
    assert shown(found, "origin", "value")[:2] == [("CZE", 750.0), ("SVK", 250.0)]


def test_sources_that_contradict_do_not_depend_on_their_order():
    early = observed([("CSHH", "DEU", 1991, 100)], dataset="A", table="old")
    one = observed([("CZE", "DEU", 1994, 75), ("SVK", "DEU", 1994, 25)], dataset="B")
    two = observed([("CZE", "DEU", 1994, 25), ("SVK", "DEU", 1994, 75)], dataset="C")
    three = observed([("CZE", "DEU", 1994, 50), ("SVK", "DEU", 1994, 50)], dataset="A", table="new")
    for tables in ([early, one, two], [two, one, early]):
        found = reconcile.split(ms.concat(tables), "CSHH").check()
        made = {code: value for code, year, value in shown(found, "origin", "year", "value") if year == 1991}
        assert made == {"CZE": 75.0, "SVK": 25.0}
        said = "shares are those of inflow, B, though inflow, C fits as well and has others"
        assert said in findings(found)
        assert any(note and "from inflow, B" in note for note in found.figures["note"].to_pylist())
    # The same dataset is nearer.
    found = reconcile.split(ms.concat([one, two, three, early]), "CSHH").check()
    made = {code: value for code, year, value in shown(found, "origin", "year", "value") if year == 1991}
    assert made == {"CZE": 50.0, "SVK": 50.0}
    assert findings(found) == []


def test_shares_that_nothing_tells_are_missing():
    found = reconcile.split_shares(observed([("CSHH", "DEU", 1991, 100)]), "CSHH", by="origin")
    assert found.part.tolist() == ["CZE", "SVK"]
    assert found.share.isna().all()


@pytest.mark.parametrize(
    ("rows", "stated"),
    [
        ([("CZE", "DEU", 1994, 3)], {}),
        ([("CZE", "DEU", 1994, 3), ("SVK", "AUT", 1994, 1)], {}),
        ([("CZE", "DEU", 1994, 3), ("SVK", "DEU", 1994, 1)], {"measure": "net"}),
        ([("CZE", "DEU", 1994, 3), ("SVK", "DEU", 1994, 1)], {"unit": "percent"}),
    ],
)
def test_why_there_is_no_share_is_said_as_in_the_ledger(rows, stated):
    obs = observed([("CSHH", "DEU", 1991, 100), *rows], **stated)
    found = reconcile.split_shares(obs, "CSHH", by="origin")
    assert found.share.isna().all()
    assert set(found.why) == set(findings(reconcile.split(obs, "CSHH", by="origin"))) == {found.why[0]}
    assert found.why[0].startswith("CSHH kept: ")


def test_shares_that_are_known_need_no_reason():
    rows = [("CSHH", "DEU", 1991, 100), ("CZE", "DEU", 1994, 3), ("SVK", "DEU", 1994, 1)]
    found = reconcile.split_shares(observed(rows), "CSHH", by="origin")
    assert found.share.notna().all()
    assert found.why.isna().all()


def test_a_partner_that_is_all_the_others_leaves_no_share():
    rows = [("CSHH", "CZE", 1991, 100), ("CZE", "DEU", 1994, 3), ("SVK", "DEU", 1994, 0), ("SVK", "CZE", 1994, 7)]
    obs = observed(rows)
    found = reconcile.split_shares(obs, "CSHH", by="origin", shrink=1000).set_index(["partner", "part"])
    assert found.share["CZE", "SVK"] != found.share["CZE", "SVK"]
    [said] = findings(reconcile.split(obs, "CSHH", by="origin", shrink=1000))
    assert said == found.why["CZE", "SVK"] == "CSHH kept: no part is left beside its partner"


def test_an_area_that_became_one_other_is_all_of_it():
    obs = observed([("YEM-1990", "DEU", 1985, 10), ("YEM", "DEU", 1995, 0)])
    found = reconcile.split_shares(obs, "YEM-1990", by="origin")
    assert found[["part", "share"]].values.tolist() == [["YEM", 1.0]]
    assert found.why.isna().all()
    assert shown(reconcile.split(obs, "YEM-1990", by="origin"), "origin", "value")[0] == ("YEM", 10.0)
