"""Three offices, one table: the tutorial run from end to end, and every assumption in its ledger, one by one."""

import pytest

import migstat as ms
import tutorials


@pytest.fixture(scope="module")
def page(shared, tmp_path_factory):
    return tutorials.run("three_offices", shared, tmp_path_factory)


@pytest.fixture(scope="module")
def cells(page):
    return page["table"].to_pandas()


# ---- the table


def test_the_table_is_by_destination_sex_and_broad_skill(cells):
    assert {"origin", "destination", "sex", "skill", "value"} <= set(cells.columns)
    assert set(cells.skill) == {"low", "medium", "high", "_U"}
    assert not cells.duplicated(["origin", "destination", "sex", "skill"]).any()
    # Unknown where a publisher prints none: no skill in Nepal, neither sex nor skill in the Philippines.
    codes = {origin: (set(part.sex), set(part.skill)) for origin, part in cells.groupby("origin", observed=True)}
    assert codes == {
        "LKA": ({"F", "M"}, {"low", "medium", "high", "_U"}),
        "NPL": ({"F", "M"}, {"_U"}),
        "PHL": ({"_U"}, {"_U"}),
    }


def test_everybody_who_was_printed_is_in_the_table(page, cells):
    # The printed totals: SLBFE handbook of 1998 (lab134e); DoFE, Asar 2079; CFO, 2020.
    assert cells.groupby("origin", observed=True).value.sum().to_dict() == {
        "LKA": 155572.0,
        "NPL": 62853.0,
        "PHL": 15703.0,
    }
    sri_lanka = cells[cells.origin == "LKA"].groupby("skill", observed=True).value.sum()
    # High 556 + 43; skilled 19,550 + 4,777; unskilled 18,469 + 3,269 and housemaids 103,593; middle 4,529 + 786.
    assert sri_lanka.to_dict() == {"high": 599.0, "medium": 24327.0, "low": 125331.0, "_U": 5315.0}
    page["table"].ledger.check()


def test_figures_of_single_destinations_are_those_of_the_files(cells):
    found = cells.set_index(["origin", "destination", "sex", "skill"]).value.sort_index()
    assert found["LKA", "SAU", "M", "medium"] == 8259
    assert found["LKA", "YEM-1990"].sum() == 23
    # "with re-entry 12,465" for Qatar; "Cambodia" 1 and "Combodia" 2; both Lithuanias 1.
    assert found["NPL", "QAT"].sum() == 12465
    assert found["NPL", "KHM"].sum() == 3
    assert found["NPL", "LTU"].sum() == 2
    assert found["PHL", "AUS", "_U", "_U"] == 777


def test_periods_and_meanings_stay_apart(page):
    periods = page["all_three"].figures.select(["period_start", "period_end"]).to_pandas().drop_duplicates()
    assert sorted(map(str, periods.to_numpy().tolist())) == [
        "[datetime.date(1996, 1, 1), datetime.date(1997, 1, 1)]",
        "[datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)]",
        "[datetime.date(2022, 6, 15), datetime.date(2022, 7, 17)]",
    ]
    assert page["all_three"].definitions.measure.tolist() == ["labour_outflow", "permits", "outflow"]
    with pytest.raises(ms.errors.DefinitionError, match="mean different things"):
        ms.aggregate(page["all_three"], by=["destination"])


def test_printed_totals_agree_with_their_parts(page):
    assert page["checks"].state.value_counts().to_dict() == {"agrees": 546}
    checks = page["sri_lanka"].printed_totals()
    assert set(checks.state) <= {"agrees", "absent", "blank"}
    assert set(page["philippines"].printed_totals().state) == {"agrees"}


# ---- the ledger

#: Office, severity, message (whole, or its beginning) and how many rows and people it is about.
FINDINGS = [
    ("LKA", "assumption", "skill HIGH (approximate) is taken as high", 80, 599),
    ("LKA", "assumption", "skill SKILLED (approximate) is taken as medium", 80, 24327),
    ("LKA", "assumption", "skill UNSKILLED (approximate) is taken as low", 80, 21738),
    ("LKA", "assumption", "skill HOUSEMAID (approximate) is taken as low", 40, 103593),
    ("LKA", "assumption", "assumed: sex of housemaids is not printed: taken as female", 40, 103593),
    ("NPL", "assumption", "rows that stand for the same figure are records to be added, as duplicates= says", 0, 0),
    ("PHL", "assumption", "blank cells are read as zero, as missing= says", 0, 0),
    ("LKA", "note", "skill MIDDLE may be medium or high: its level is unknown unless weights= say more", 80, 5315),
    ("NPL", "note", "skill is unknown for all figures, as constants= says", 546, 62853),
    ("PHL", "note", "skill is unknown for all figures, as constants= says", 138, 15703),
    ("PHL", "note", "sex is unknown for all figures, as constants= says", 138, 15703),
    ("LKA", "note", 'destination "Others" is a residual (_O), kept as it is', 9, 102),
    ("NPL", "note", 'destination "Combodia" is read as KHM: misspelt name', 0, 0),
    ("PHL", "note", 'destination "LEICHTENSTEIN" is read as LIE: misspelt name', 0, 0),
    ("LKA", "warning", 'destination "North Yemen" is YEM-1990, a former state that ended in 1990', 9, 23),
    ("LKA", "warning", 'destination "South Yemen" is YDYE, a former state that ended in 1990', 9, 40),
    ("PHL", "warning", 'destination "NETHERLANDS ANTILLES" is ANHH, a former state that ended in 2010', 1, 0),
    ("PHL", "warning", 'destination "YUGOSLAVIA (Serbia & Montenegro)" is CSXX, a former state that ended', 1, 1),
    ("PHL", "warning", 'destination "MIDWAY ISLAND" is not a known area', 0, 0),
    ("PHL", "warning", 'destination "WAKE ISLAND" is not a known area', 0, 0),
    ("PHL", "warning", 'destination "RUSSIAN FEDERATION / USSR" is not a known area', 0, 0),
    ("PHL", "warning", "destination m49:830 and grp:PACIFIC overlap", 2, 0),
]


def told(page):
    return [
        (step["accounts"][0]["title"], finding)
        for step in page["table"].ledger.steps
        if step["operation"] == "harmonise"
        for finding in step["findings"]
    ]


@pytest.mark.parametrize(("office", "severity", "message", "rows", "people"), FINDINGS)
def test_each_assumption_is_in_the_ledger(page, office, severity, message, rows, people):
    found = [
        one
        for title, one in told(page)
        if office in title and one["severity"] == severity and one["message"].startswith(message)
    ]
    assert [(one["tally"]["rows"], sum(one["tally"]["value"])) for one in found] == [(rows, people)]


def test_nothing_else_is_assumed(page):
    assert len(told(page)) == len(FINDINGS)
    shown = page["told"]
    assert len(shown) == len(FINDINGS)
    assert shown.groupby("where").severity.value_counts()["LKA", "assumption"] == 5


def test_the_ledger_says_who_was_set_aside(page):
    sides = page["table"].ledger.to_pandas()
    aside = sides[(sides.side == "set aside") & ~sides.reason.str.startswith("total")]
    assert aside[["reason", "rows", "value"]].to_numpy().tolist() == [["unmatched destination", 3, 0.0]]
    assert (sides[(sides.operation == "aggregate") & (sides.side == "out")].value.tolist()) == [155572, 62853, 15703]


def test_the_unknown_bounds_the_share_of_the_highly_skilled(page):
    [share] = page["by_skill"].share("skill", "high").to_dict("records")
    assert share["low"] == share["share"] == 599 / 155572
    assert share["high"] == (599 + 5315) / 155572


def test_weights_move_people_from_unknown_and_say_so(page):
    weighted = ms.harmonise(
        ms.datasets.sri_lanka_departures_wide(1996),
        destination="Country",
        year=1996,
        wide=page["stands_for"],
        schemes={"skill": "LKA-SLBFE"},
        weights={"MIDDLE": {"medium": 0.6, "high": 0.3, "_U": 0.1}},
        constants={"origin": "LKA", "reporter": "LKA", "measure": "labour_outflow"},
    )
    found = ms.aggregate(weighted, by=["skill"]).to_pandas().set_index("skill").value
    expected = {"low": 125331, "medium": 24327 + 0.6 * 5315, "high": 599 + 0.3 * 5315, "_U": 0.1 * 5315}
    assert found.to_dict() == pytest.approx(expected)
    assert found.sum() == 155572
    [shared_out] = [one for one in weighted.ledger.findings() if "shared out" in one["message"]]
    assert shared_out["severity"] == "assumption"
    assert "medium 0.6, high 0.3, _U 0.1" in shared_out["message"]
    assert sum(shared_out["tally"]["value"]) == pytest.approx(5315)
