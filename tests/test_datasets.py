"""The tables that come with the package: what they add up to, and that nothing of the sources is lost."""

import csv
import inspect
import math
from datetime import date, timedelta

import pandas as pd
import pytest

import migstat as ms
from migstat import datasets

OBSERVATIONS = [
    datasets.sri_lanka_departures,
    datasets.sri_lanka_departures_by_level,
    datasets.sri_lanka_skill_composition,
    datasets.asian_outflows,
]


def leaves(observations):
    frame = observations.to_pandas(full=True)
    return frame[frame.leaf]


@pytest.fixture(scope="module")
def departures():
    return datasets.sri_lanka_departures()


@pytest.fixture(scope="module")
def asia():
    return datasets.asian_outflows()


# ---- every dataset


@pytest.mark.parametrize("load", OBSERVATIONS, ids=lambda load: load.__name__)
def test_ledgers_balance_and_every_figure_is_sourced(load):
    observations = load()
    observations.check()
    sides = observations.ledger.to_pandas()
    assert set(sides.reason) <= {"", "total, kept beside its parts", "one printed figure in several rows"}
    stated = observations.definitions
    assert stated[["measure", "concept", "reporter", "role", "dataset", "table"]].notna().all(axis=None)
    assert not stated.table.duplicated().any()
    assert stated[["url", "dataset"]].notna().any(axis=None)


@pytest.mark.parametrize("load", OBSERVATIONS, ids=lambda load: load.__name__)
@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_kinds(load, kind):
    pytest.importorskip(kind)
    assert load(kind=kind).figures == load().figures
    assert type(load(kind=kind).printed_totals()).__module__.startswith(kind)
    with pytest.raises(ms.errors.SchemaError, match="kind='spark'"):
        load(kind="spark")


@pytest.mark.parametrize("load", OBSERVATIONS, ids=lambda load: load.__name__)
def test_leaves_add_to_the_printed_totals_in_plain_pandas(load):
    observations = load()
    checks = observations.printed_totals()
    frame = observations.to_pandas(full=True)
    if "year" in frame.columns:
        frame["period_start"] = pd.to_datetime({"year": frame.year, "month": 1, "day": 1}).dt.date
        frame["period_end"] = pd.to_datetime({"year": frame.year + 1, "month": 1, "day": 1}).dt.date
    checked = 0
    for total in frame[~frame.leaf].itertuples():
        inside = frame[
            frame.leaf
            & (frame.definition == total.definition)
            & (frame.period_start >= total.period_start)
            & (frame.period_end <= total.period_end)
        ]
        for name in ("origin", "destination", "sex", "skill_printed", "flow_type"):
            if name in frame.columns and getattr(total, name) not in ("_T", None):
                inside = inside[inside[name] == getattr(total, name)]
        if "skill_printed" not in frame.columns and "skill" in frame.columns and total.skill != "_T":
            inside = inside[inside.skill == total.skill]
        if getattr(total, "share", 1) < 1:  # a total that is itself shared out: its parts on the same level
            inside = inside[inside.skill == total.skill]
        expected = total.value
        if total.origin == "IND" and total.value == 416024:
            expected = 416294  # as the page prints 2020
        assert inside.value.sum() == expected, total
        checked += 1
    assert checked == (checks.state != "absent").sum()


def test_catalogue_lists_every_dataset():
    listed = datasets.catalogue()
    loaders = [name for name in datasets.__all__ if name not in ("catalogue", "sri_lanka_departures_wide")]
    assert sorted(listed.name) == sorted(loaders)
    for row in listed.itertuples():
        assert row.tables == len(getattr(datasets, row.name)().definitions)
    assert listed.notna().all(axis=None)
    assert datasets.catalogue(kind="pyarrow").column_names == list(listed.columns)


def test_every_source_is_used():
    used = {row["series"] for name in (load.__name__ for load in OBSERVATIONS) for row in datasets._read(name)}
    assert used == {row["series"] for row in datasets._read("sources")}


def test_docstrings_say_where_the_figures_come_from():
    for load in OBSERVATIONS[:3]:
        assert "Sri Lanka Bureau of Foreign Employment" in inspect.getdoc(load)


# ---- Sri Lanka by destination, skill and sex


def test_sums(departures):
    frame = departures.to_pandas()
    by_year = frame[frame.leaf].groupby("year").value.sum()
    assert by_year.to_dict() == {1988: 18428.0, 1995: 171254.0, 1996: 155572.0}
    assert ms.aggregate(departures, by=["year"]).to_pandas().value.tolist() == by_year.tolist()


def test_shares_of_1996(departures):
    of_1996 = departures.where(year=1996)
    sex = ms.aggregate(of_1996, by=["sex"]).share("sex", "F")
    assert round(float(sex.share.iloc[0]), 4) == 0.7229
    skill = ms.aggregate(of_1996, by=["skill"]).share("skill", "low")
    assert round(float(skill.share.iloc[0]), 4) == 0.8056


def test_three_definitions_are_never_added_by_accident(departures):
    assert len(departures.definitions) == 3
    with pytest.raises(ms.errors.DefinitionError, match="coverage"):
        ms.aggregate(departures, by=["sex"])


def test_printed_totals_agree_and_absent_ones_are_listed(departures):
    totals = departures.printed_totals()
    assert totals.state.value_counts().to_dict() == {"agrees": 105, "absent": 14}
    absent = totals[totals.state == "absent"]
    assert sorted(absent[absent.definition == 2].computed) == [103593.0, 155572.0]  # housemaids and all
    of_1995 = totals[totals.definition == 1]
    assert (of_1995.state == "absent").sum() == 12  # all totals by column
    agreeing = of_1995[of_1995.state == "agrees"]
    assert len(agreeing) == 23
    assert "_T" not in agreeing.destination.tolist()


@pytest.mark.parametrize(("levels", "rows"), [("broad", 1018), ("printed", 848)])
def test_total_rows_are_found_from_the_table(levels, rows):
    observations = datasets.sri_lanka_departures(levels=levels)
    frame = observations.to_pandas(full=True)
    assert len(observations) == rows
    skill = "skill_printed" if levels == "broad" else "skill"
    total = (frame.destination == "_T") | (frame[skill] == "_T")
    assert (frame.leaf == ~total).all()
    assert leaves(observations).groupby("year").value.sum().tolist() == [18428, 171254, 155572]
    with pytest.raises(ms.errors.SchemaError, match="levels='low'"):
        datasets.sri_lanka_departures(levels="low")


def test_middle_level_is_shared_out_and_bounded(departures):
    frame = departures.to_pandas(full=True)
    middle = frame[frame.skill_printed == "MIDDLE"]
    pairs = middle.groupby("figure")
    assert (pairs.size() == 2).all()
    assert (pairs.share.sum() == 1).all()
    assert (pairs.skill.agg(lambda levels: sorted(levels)).map(tuple) == ("high", "medium")).all()
    printed = pairs.value.sum()
    assert (pairs.low.max() == 0).all()
    assert (pairs.high.min() == printed).all()
    assert set(middle.basis) == {"apportioned"}
    rungs = leaves(datasets.sri_lanka_departures(levels="printed"))
    assert middle[middle.leaf].value.sum() == rungs[rungs.skill == "MIDDLE"].value.sum()
    # One figure, two levels; every other figure one.
    assert (frame.groupby("figure").share.sum() == 1).all()


def test_housemaids_are_assumed_to_be_women(departures):
    maids = leaves(departures).query("skill_printed == 'HOUSEMAID'")
    assert set(maids.basis) == {"assumed"}
    assert set(maids.sex) == {"F"}
    assert maids.note.notna().all()
    assert maids.groupby("year").value.sum().tolist() == [7373, 114068, 103593]
    assert any("housemaids" in one["message"] for one in departures.ledger.findings())


def test_former_states_stay_former_states(departures):
    frame = leaves(departures)
    found = frame.groupby(["year", "destination"], observed=True).value.sum()
    assert found[1996, "YEM-1990"] == 23
    assert found[1996, "YDYE"] == 40
    assert found[1995, "DEU-1990"] == 76
    assert not {"YEM", "DEU"} & set(frame.destination)
    assert found[1996, "_O"] == 102


@pytest.mark.parametrize("year", [1988, 1995, 1996])
def test_the_wide_table_gives_the_same_leaves(departures, year):
    wide = datasets.sri_lanka_departures_wide(year)
    stands_for = {
        printed: {"skill": level, "sex": sex}
        | ({"basis": "assumed", "note": datasets._HOUSEMAIDS} if printed == "House maids" else {})
        for printed, level, sex in datasets._PRINTED.values()
    }
    made = ms.harmonise(
        wide,
        destination="Country",
        year=year,
        wide=stands_for,
        constants={"origin": "LKA", "reporter": "LKA", "measure": "labour_outflow"},
        schemes={"skill": "LKA-SLBFE"},
        weights={"MIDDLE": {"medium": 0.5, "high": 0.5}},
    )
    columns = [
        "destination",
        "sex",
        "skill",
        "skill_printed",
        "value",
        "low",
        "high",
        "basis",
        "note",
        "share",
    ]
    own, other = (
        leaves(one)[columns].astype({"value": float}).astype(object).reset_index(drop=True)
        for one in (departures.where(year=year), made)
    )
    order = ["destination", "skill_printed", "skill", "sex"]
    pd.testing.assert_frame_equal(
        own.sort_values(order, ignore_index=True), other.sort_values(order, ignore_index=True)
    )


def test_the_wide_table_is_as_printed():
    wide = datasets.sri_lanka_departures_wide()
    assert list(wide.columns) == ["Country", *(printed for printed, _, _ in datasets._PRINTED.values())]
    last = wide.iloc[-1]
    assert (last.Country, last["Skilled M"]) == ("Total", "19,550")
    assert pd.isna(last["House maids"])
    assert pd.isna(last.Total)
    with pytest.raises(ms.errors.SchemaError, match="1988, 1995 and 1996"):
        datasets.sri_lanka_departures_wide(1990)


# ---- Sri Lanka by manpower level, and composition


def test_a_dash_is_missing_and_never_zero():
    observations = datasets.sri_lanka_departures_by_level(levels="printed")
    frame = observations.to_pandas(full=True)
    dashes = frame[frame.value.isna()]
    assert set(zip(dashes.year, dashes.skill, strict=True)) == {
        (1975, "SKILLED"),
        (1975, "UNSKILLED"),
        (1976, "OTHERS"),
        (1977, "OTHERS"),
    }
    assert set(dashes.presence) == {"missing"}
    assert not (frame.value == 0).any()
    cells = ms.aggregate(observations, by=["year", "skill"]).to_pandas()
    assert cells.value.isna().sum() == 4


def test_others_of_1980_are_on_no_level():
    frame = leaves(datasets.sri_lanka_departures_by_level().where(year=1980))
    assert frame[frame.skill == "_U"].value.tolist() == [24418]
    assert frame.value.sum() == 60696
    assert (datasets.sri_lanka_departures_by_level().to_pandas().leaf).all()


def test_percentages_are_never_added():
    observations = datasets.sri_lanka_skill_composition()
    for by in (["year"], ["year", "skill", "sex"], ["definition", "year"]):
        with pytest.raises(ms.errors.DefinitionError, match="percent"):
            ms.aggregate(observations, by=by)
    frame = leaves(observations)
    assert set(frame.unit) == {"percent"}
    sums = frame.groupby(["definition", "year"]).value.sum()
    assert len(sums) == 12
    assert ((sums - 100).abs() <= 0.15).all()  # rounded to 0.1
    assert len(frame) == len(observations)


def test_two_handbooks_disagree_about_1996(departures):
    """SLBFE, handbook of 1998 (jpp.co.jp, lab134e): 103,593 of 155,572; handbook of 2000 (lab011e): 68.0 percent."""
    of_1996 = leaves(departures.where(year=1996))
    share = of_1996[of_1996.skill_printed == "HOUSEMAID"].value.sum() / of_1996.value.sum() * 100
    later = leaves(datasets.sri_lanka_skill_composition().where(year=1996))
    assert later[later.skill_printed == "HOUSEMAID"].value.tolist() == [68.0]
    assert round(share, 1) == 66.6
    assert set(later.vintage) == {"2000"}
    assert set(of_1996.vintage) == {"1998"}


def test_vintages_are_definitions_of_their_own(departures):
    """The two handbooks beside each other in one unit: they may be compared, and are never one figure nor a sum."""
    of_1996 = leaves(departures.where(year=1996))
    counted = of_1996.groupby("skill_printed", observed=True).value.sum()
    older = {"level": ["House maids"], "percent": [counted["HOUSEMAID"] / counted.sum() * 100]}
    newer = leaves(datasets.sri_lanka_skill_composition().where(year=1996)).set_index("skill_printed").value

    def share(table, vintage):
        return ms.harmonise(
            table,
            skill="level",
            value="percent",
            year=1996,
            schemes={"skill": "LKA-SLBFE-1994"},
            constants={"origin": "LKA", "measure": "labour_outflow", "unit": "percent", "vintage": vintage},
        )

    later = {"level": ["House maids"], "percent": [newer["HOUSEMAID"]]}
    both = ms.concat([share(older, "1998"), share(later, "2000")])
    assert both.definitions.vintage.tolist() == ["1998", "2000"]
    assert both.to_pandas(full=True).value.round(1).tolist() == [66.6, 68.0]
    with pytest.raises(ms.errors.DefinitionError):
        ms.aggregate(both, by=["year"])
    with pytest.raises(ms.errors.SchemaError, match="the same figure"):
        ms.concat([share(older, "2000"), share(later, "2000")])
    # Counts (made up) that differ in nothing but their vintage are no sum either.
    constants = {"origin": "LKA", "measure": "labour_outflow"}
    people = [
        ms.harmonise({"n": [n]}, value="n", year=1996, constants=constants | {"vintage": vintage})
        for n, vintage in ((100, "1998"), (101, "2000"))
    ]
    with pytest.raises(ms.errors.DefinitionError, match="vintage"):
        ms.aggregate(ms.concat(people), by=["year"])


# ---- Asia


def test_the_only_difference_is_the_one_on_the_page(asia):
    totals = asia.printed_totals()
    different = totals[totals.state == "differs"]
    assert different[["origin", "printed", "computed", "difference"]].values.tolist() == [
        ["IND", 416024.0, 416294.0, -270.0]
    ]
    assert (totals.state == "agrees").sum() == 15


def test_each_breakdown_has_a_definition_of_its_own(asia):
    frame = leaves(asia)
    broken_down = {
        name: (frame[name] != "_T").groupby(frame.definition).any()
        for name in ("destination", "sex", "skill", "flow_type")
    }
    assert (sum(one.astype(int) for one in broken_down.values()) <= 1).all()
    with pytest.raises(ms.errors.DefinitionError):
        ms.aggregate(asia.where(reporter="IDN"), by=["period"])
    by_year = frame[(frame.origin == "IDN") & (frame.period_start == date(2011, 1, 1))]
    assert by_year.groupby("definition").value.sum().tolist() == [586802, 586802]


def test_employers_and_ships_are_no_skill(asia):
    frame = leaves(asia)
    assert set(frame.flow_type) == {"_T", "formal", "informal", "land_based", "sea_based"}
    assert (frame[frame.flow_type != "_T"].skill == "_T").all()
    assert frame[frame.skill == "_U"].note.tolist() == ["printed as semi-skilled"]


def test_fiscal_years(asia, shared):
    with (shared / "science/goldens/nepal_fiscal_year_windows.csv").open(encoding="utf-8") as file:
        windows = {
            (
                date.fromisoformat(row["start_date_1_shrawan"]),
                date.fromisoformat(row["end_date_last_ashadh"]) + timedelta(1),
            )
            for row in csv.DictReader(file)
        }
    frame = leaves(asia)
    nepal = frame[(frame.origin == "NPL") & (frame.measure == "permits")]
    assert len(nepal) == 3
    assert set(zip(nepal.period_start, nepal.period_end, strict=True)) <= windows
    bangladesh = frame[(frame.origin == "BGD") & (frame.sex == "_T")]
    assert [(day.month, day.day) for day in bangladesh.period_start] == [(7, 1), (7, 1)]


# ---- against the notes of those who read the sources


def golden(shared, name):
    with (shared / "science/goldens" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_departures_are_those_that_were_read(shared):
    rungs = {
        "high_level": "HIGH",
        "middle_level": "MIDDLE",
        "skilled": "SKILLED",
        "unskilled": "UNSKILLED",
        "housemaid": "HOUSEMAID",
        "_T": "_T",
    }
    read = {
        (int(row["year"]), row["destination_code"], rungs[row["skill_national"]], row["sex"]): (
            float(row["departures"]),
            row["leaf"] == "true",
        )
        for row in golden(shared, "slbfe_departures_by_destination_skill_sex")
    }
    frame = datasets.sri_lanka_departures(levels="printed").to_pandas(full=True)
    own = {(row.year, row.destination, row.skill, row.sex): (row.value, row.leaf) for row in frame.itertuples()}
    assert own == read


def test_levels_are_those_that_were_read(shared):
    names = {
        "high_level": "HIGH",
        "middle_level": "MIDDLE",
        "skilled": "SKILLED",
        "unskilled": "UNSKILLED",
        "others": "OTHERS",
    }
    read = {
        (int(row["year"]), rung): float(row[name]) if row[name] else None
        for row in golden(shared, "slbfe_departures_by_manpower_level_1975_1985")
        for name, rung in names.items()
    }
    frame = datasets.sri_lanka_departures_by_level(levels="printed").to_pandas()
    own = {(row.year, row.skill): None if math.isnan(row.value) else row.value for row in frame.itertuples()}
    assert own == read


def test_composition_is_that_which_was_read(shared):
    names = {
        "professional": "PROF",
        "middle_level": "MID",
        "clerical_related": "CLER",
        "skilled": "SKILLED",
        "unskilled_excl_housemaid": "UNSKILLED",
        "housemaid": "HOUSEMAID",
    }
    read = {
        (int(year), names.get(row["skill_national"], "M")): float(value)
        for row in golden(shared, "slbfe_skill_composition_pct_1995_2000")
        for year, value in row.items()
        if year != "skill_national"
    }
    frame = leaves(datasets.sri_lanka_skill_composition())
    own = {
        (row.year, row.skill_printed if row.sex == "_T" else row.sex): row.value
        for row in frame.itertuples()
        if row.sex != "F"
    }
    assert own == read
    women = frame[frame.sex == "F"].set_index("year").value + frame[frame.sex == "M"].set_index("year").value
    assert set(women) == {100.0}


def test_asia_is_what_was_read_but_for_a_month_without_a_year(shared):
    read = golden(shared, "asia_outflow_totals_read")
    dated = sorted((row["country"], float(row["value"])) for row in read if row["period_type"] != "bs_month")
    assert len(read) - len(dated) == 8  # Falgun, year not given
    frame = datasets.asian_outflows().to_pandas(full=True)
    # Totals that two breakdowns have in common stand in the definitions of both.
    totals = frame[~frame.leaf & frame.origin.isin(["IDN"])]
    own = pd.concat([frame.drop(totals.index), totals.drop_duplicates(["origin", "period_start", "period_end"])])
    assert sorted(zip(own.origin, own.value, strict=True)) == dated
