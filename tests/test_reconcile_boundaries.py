"""Whole tables by the boundaries of one year, and where states and their successors are both counted."""

import itertools
import json
import math

import polars as pl
import pytest

import migstat as ms
from former_states import OVERLAP, STATED, findings, observed, shown, sides
from migstat.errors import SchemaError
from strategies import decoded

reconcile = ms.reconcile


# ---- constant boundaries


def test_a_series_by_todays_and_by_yesterdays_boundaries():
    rows = [("ETH", "SDN-2011", 2010, 900), ("ETH", "SDN", 2015, 400)]
    rows += [("ETH", "SSD", 2015, 800), ("SDN", "SSD", 2015, 70)]
    obs = observed(rows)
    today = reconcile.constant_boundaries(obs).check()
    assert shown(today, "destination", "year", "value")[:2] == [("SDN", 2010, 300.0), ("SSD", 2010, 600.0)]
    assert reconcile.constant_boundaries(obs, as_of=2024).figures.equals(today.figures)
    border = [row for row in shown(today, "origin", "destination", "note") if row[0] == "SDN"]
    assert border == [("SDN", "SSD", "border that became international (SDN-2011 until 2011)")]
    before = reconcile.constant_boundaries(obs, as_of=2010).check()
    assert shown(before, "destination", "year", "value") == [("SDN-2011", 2010, 900.0), ("SDN-2011", 2015, 1200.0)]
    ledger = before.ledger.to_pandas()
    assert ledger[ledger.reason == "internal border of SDN-2011"].value.tolist() == [70.0]
    steps = [one["operation"] for one in json.loads(before.ledger.to_json())["steps"]]
    assert steps[-1] == "reconcile.constant_boundaries"
    assert "reconcile.merge" in steps


def test_states_are_split_in_the_order_in_which_they_ended():
    rows = [("YUCS", "DEU", 1990, 100)]
    rows += [(code, "DEU", 1993, 10) for code in ("BIH", "HRV", "MKD", "SVN")] + [("CSXX", "DEU", 1993, 60)]
    rows += [("SRB", "DEU", 2007, 3), ("MNE", "DEU", 2007, 1)]
    found = reconcile.constant_boundaries(observed(rows)).check()
    made = {code: value for code, year, value in shown(found, "origin", "year", "value") if year == 1990}
    assert made == {"BIH": 10.0, "HRV": 10.0, "MKD": 10.0, "SVN": 10.0, "SRB": 45.0, "MNE": 15.0}
    share = {code: one for code, year, one in shown(found, "origin", "year", "share") if year == 1990}
    assert share["SRB"] == pytest.approx(0.45)
    assert set(shown(found, "figure")) >= {(0,)}


def test_a_state_that_did_not_exist_has_no_zero():
    # owid/etl issue 6900: South Sudan, Montenegro and Curacao published as 0 before they existed.
    rows = [("_T", "SSD", 2005, 0), ("_T", "SSD", 2007, ".."), ("_T", "SSD", 2009, 12), ("_T", "SDN", 2005, "-")]
    found = reconcile.constant_boundaries(observed(rows)).check()
    assert shown(found, "destination", "value", "presence") == [
        ("SSD", None, "not_existing"),
        ("SSD", None, "not_existing"),
        ("SSD", 12.0, "value"),
        ("SDN", 0.0, "zero"),
    ]
    assert sides(found, "adjustment") == [("no figure of a state that did not exist yet", 0, 0.0)]
    assert "SSD did not exist yet: its missing is no figure" in findings(found, "note")


def test_the_part_that_kept_the_name_is_the_whole_while_it_stood():
    rows = [("_T", "SDN", 2005, 500), ("_T", "SSD", 2005, ".."), ("_T", "SDN", 2012, 300)]
    obs = observed(rows)
    found = reconcile.constant_boundaries(obs, as_of=2010).check()
    assert shown(found, "destination", "year", "value") == [("SDN-2011", 2005, 500.0), ("SDN-2011", 2012, None)]
    assert "SDN-2011 from SDN, since SSD did not exist yet" in findings(found, "assumption")
    assert "SDN-2011 has no figure without SSD" in findings(found)
    today = reconcile.constant_boundaries(obs)
    assert "SDN before 2011 beside no figure of SSD: it may be that of SDN-2011, as merge takes it" in findings(today)


def test_each_figure_by_the_boundaries_of_its_own_time():
    rows = [("DEU", "CZE", 1990, 3), ("DEU", "SVK", 1990, 2), ("DEU", "CZE", 1994, 5), ("DEU", "CSHH", 1994, 9)]
    found = reconcile.constant_boundaries(observed(rows), "then", overlap="keep").check()
    assert shown(found, "destination", "year", "value") == [
        ("CSHH", 1990, 5.0),
        ("CZE", 1994, 5.0),
        ("CSHH", 1994, 9.0),
    ]


def test_land_that_went_to_states_that_stood_already():
    # The Neutral Zone between Saudi Arabia and Iraq was parted in 1991: neither state began then.
    rows = [("LKA", "SAU", 1985, "-"), ("LKA", "IRQ", 1985, 4), ("SAU", "IRQ", 1995, 3), ("LKA", "NTHH", 1985, 1)]
    obs = observed(rows)
    for as_of in ("now", "then", 1985):
        found = reconcile.constant_boundaries(obs, as_of).check()
        assert decoded(found.figures, without=()) == decoded(obs.figures, without=())
    assert findings(reconcile.constant_boundaries(obs)) == [
        "NTHH kept: its successors hold more or less land than it did"
    ]


def test_states_that_joined_are_added_up():
    rows = [("DDDE", "AUT", 1985, 2), ("DEU-1990", "AUT", 1985, 30)]
    rows += [("DEU-1990", "CHE", 1985, 4), ("DEU", "AUT", 1995, 40)]
    found = reconcile.constant_boundaries(observed(rows)).check()
    assert shown(found, "origin", "destination", "value") == [
        ("DEU", "AUT", 32.0),
        ("DEU", "CHE", None),
        ("DEU", "AUT", 40.0),
    ]
    early = reconcile.constant_boundaries(observed(rows), 1985)
    assert "DEU kept: it was DDDE and DEU-1990 and nobody knows how to part it" in findings(early)
    sikkim = reconcile.constant_boundaries(observed([("SKIN", "NPL", 1970, 1), ("IND", "NPL", 1970, 9)]))
    assert findings(sikkim) == ["SKIN kept: it is not all of IND"]
    assert shown(sikkim, "origin", "value") == [("SKIN", 1.0), ("IND", 9.0)]


def test_nobody_is_counted_twice():
    obs = observed(OVERLAP)
    with pytest.raises(SchemaError, match="nobody may be counted twice"):
        reconcile.constant_boundaries(obs)
    with pytest.raises(SchemaError, match="nobody may be counted twice"):
        reconcile.constant_boundaries(obs, 1990)
    today = reconcile.constant_boundaries(obs, overlap="set_aside").check()
    assert shown(today, "origin") == [("CZE",), ("SVK",)]
    before = reconcile.constant_boundaries(obs, 1990, overlap="set_aside").check()
    assert shown(before, "origin") == [("CSHH",)]
    assert reconcile.overlaps(today).empty
    assert reconcile.overlaps(before).empty


@pytest.mark.parametrize("as_of", [None, "soon", 2010.5])
def test_boundaries_of_no_year(as_of):
    with pytest.raises(SchemaError):
        reconcile.constant_boundaries(observed(OVERLAP), as_of)


# ---- overlaps


def test_where_a_state_and_its_successors_are_both_counted():
    rows = [*OVERLAP, ("CSHH", "AUT", 1995, 7), ("CZE", "CHE", 1996, 1)]
    rows += [("CSHH", "DEU", 1991, 5), ("DEU", "SVK", 1995, 2)]
    found = reconcile.overlaps(observed(rows))
    assert found.values.tolist() == [["CSHH", "origin", "inflow", "1995", "CZE SVK", 2, 17.0, 2, 10.0, 1]]
    columns = ("origin", "destination", "year", "sex", "n")
    rows = [("SUHH", "DEU", 1995, "_T", 5), ("RUS", "DEU", 1995, "F", 1), ("RUS", "DEU", 1995, "_T", 2)]
    found = reconcile.overlaps(observed(rows, columns))
    assert found[["rows", "successor_rows", "same_cell"]].values.tolist() == [[1, 1, 0]]
    assert reconcile.overlaps(ms.datasets.sri_lanka_departures()).empty


def test_the_callers_kind_of_table():
    table = pl.DataFrame({"from": ["CSHH", "CZE"], "n": [1, 2]})
    obs = ms.harmonise(table, origin="from", value="n", constants=STATED | {"destination": "DEU", "year": 1995})
    assert isinstance(reconcile.overlaps(obs), pl.DataFrame)
    assert isinstance(reconcile.split_shares(obs, "CSHH"), pl.DataFrame)
    assert reconcile.split(obs, "CSHH")._kind == "polars"


# ---- on the packaged data


def test_sri_lanka_goes_on_printing_states_that_had_ended():
    # SLBFE 1996 prints "North Yemen" and "South Yemen", 1995 "West Germany".
    obs = ms.datasets.sri_lanka_departures()
    found = reconcile.constant_boundaries(obs, by="destination").check()
    leaves = found.to_pandas().query("leaf")
    sums = leaves[leaves.destination == "YEM"].groupby("year").value.agg(["sum", "count"])
    assert sums.loc[1996].tolist() == [23.0 + 40.0, 11.0]
    # In 1988 only the North is printed: it is not all of Yemen, and West Germany is not all of Germany.
    assert sums.loc[1988, "count"] == 0
    assert leaves[leaves.destination == "DEU"].value.isna().all()
    assert {"YEM has no figure without YDYE", "DEU has no figure without DDDE"} < set(findings(found))
    aside = [value for reason, _, value in sides(found, "set aside") if reason.startswith("part of")]
    assert math.fsum(aside) == 2.0 + 76.0
    # The user may say that West Germany was meant to be Germany.
    germany = reconcile.split(obs, "DEU-1990", by="destination").check()
    assert "DEU-1990" not in set(germany.figures["destination"].to_pylist())
    assert germany.figures["value"].to_pandas().sum() == obs.figures["value"].to_pandas().sum()


# ---- on publishers' files


def test_constant_boundaries_of_the_stock_of_the_united_nations(shared):
    path = shared / "data" / "un_desa" / "undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx"
    table = ms.read(path).where(definition=0, sex="_T")
    found = reconcile.constant_boundaries(table, as_of=2010).check()
    series = {year: value for area, year, value in shown(found, "destination", "year", "value") if area == "SDN-2011"}
    # Table 1 prints 618,709 and 230,732 in 2010, 620,523 and 844,112 in 2015, and ".." for South Sudan before 2010.
    assert series[2005] == 546419.0
    assert series[2010] == 618709.0 + 230732.0
    assert series[2015] == 620523.0 + 844112.0
    antilles = {year: value for area, year, value in shown(found, "destination", "year", "value") if area == "ANHH"}
    assert antilles[1990] is None, "Bonaire is not the Netherlands Antilles"
    assert antilles[2020] == 57210.0 + 28845.0 + 26221.0
    today = reconcile.constant_boundaries(table).check()
    cells = shown(today, "destination", "year", "presence")
    unborn = {(area, year) for area, year, presence in cells if presence == "not_existing"}
    assert unborn >= set(itertools.product(["SSD", "MNE", "CUW"], [1990, 1995, 2000, 2005]))


def test_sweden_counts_people_born_in_states_that_have_ended(shared):
    obs = ms.read(shared / "data" / "scb" / "sweden_immigration.csv")
    found = reconcile.overlaps(obs)
    czechs = found[(found.area == "CSHH") & (found.measure == "inflow") & (found.period == "2005")]
    assert czechs.same_cell.tolist() == [2]
    with pytest.raises(SchemaError, match="nobody may be counted twice"):
        reconcile.constant_boundaries(obs, by="origin")
    # Who said Czechoslovakia did not say the Czech Republic: they are others, and are added.
    added = reconcile.split(obs, "CSHH", by="origin", overlap="add", integers=True).check()
    assert "CSHH" not in set(added.figures["origin"].to_pylist())
    assert added.figures["value"].to_pandas().sum() == obs.figures["value"].to_pandas().sum()
