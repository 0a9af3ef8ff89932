"""Other vintages and selections of the UN Population Division's files, laid out here as they are there."""

import json

import pytest

import migstat as ms
from workbooks import archive, workbook

SEXES = {"_T": "both sexes combined", "M": "males", "F": "females"}


def preamble(title, rev, *, column=4, rows=8):
    """Give the rows above a table."""
    lines = ["United Nations", "Population Division", title, f"POP/DB/{rev}", "Copyright © by United Nations"]
    return [[""] * column + [line] for line in lines] + [[] for _ in range(rows - len(lines))]


def blocks(headings, years):
    """Give the row of merged titles and the row of years below it."""
    above = [cell for heading in headings for cell in [heading, *[""] * (len(years) - 1)]]
    return above, list(years) * len(headings)


def values(code, width):
    """Give distinct figures for a row."""
    return [code * 1000 + at for at in range(width)]


def frame_of(data, **options):
    """Read, check, and give the frame."""
    obs = ms.read(data, **options)
    obs.check()
    obs.ledger.check()
    return obs.to_pandas(full=True)


def at(frame, **fixed):
    """Give the one figure of these codes."""
    for key, value in fixed.items():
        frame = frame[frame[key] == value]
    (found,) = frame.to_dict("records")
    return found


# ---- stocks by destination and by origin


def stock_2024(*, headings=None, columns=None, extra=(), rows=None):
    """Lay out table 1 of the 2024 revision, by sex and destination."""
    years = [1990, 2020, 2024]
    headings = headings or [f"International migrant stock at mid-year, {sex}" for sex in SEXES.values()]
    above, below = blocks(headings, years)
    names = columns or ["Index", "Region, development group, country or area", "Coverage", "Data type", "Location code"]
    body = rows or [
        [1, "World", "", "", 900],
        [2, " Sub-Saharan Africa", "a", "", 947],
        [3, "  Kenya", 7, "B R", 404],
        [4, "Northern America", "", "", 905],
        [5, "  United States of America*", "7, a", "B", 840],
    ]
    # A row of the next heading stands above, as in the tables of 2020.
    table = [[""] * len(names) + above, [], [*names, *below], *([] for _ in extra)]
    for number, row in enumerate(body, 1):
        table.append([*row, *values(number, 9)])
    return workbook(
        {
            "Contents": [["Table number", "Title"], ["Table 1", "International migrant stock"]],
            "Table 1": preamble(
                "Table 1: International migrant stock at mid-year by sex and by region, country or area of destination",
                "MIG/Stock/Rev.2024",
            )
            + table,
            "Notes": [["", "Notes"], ["a", "Refers to Africa but Northern Africa."], [7, "Including refugees."]],
        }
    )


def test_stock_2024_by_destination():
    frame = frame_of(stock_2024())
    assert set(frame["vintage"]) == {"2024"}
    figure = at(frame, destination="KEN", year=2024, sex="F")
    assert (figure["value"], figure["row"], figure["column"]) == (3008, 13, 13)
    assert (figure["flag"], figure["note"]) == ("B R", "7 Including refugees.")
    note = at(frame, destination="USA", year=1990, sex="_T")["note"]
    assert note == "7 Including refugees.; a Refers to Africa but Northern Africa."
    assert at(frame, destination="m49:202", year=2020, sex="M")["value"] == 2004


def test_blocks_in_another_order_are_read_by_what_they_say():
    turned = [f"International migrant stock at mid-year, {SEXES[sex]}" for sex in ("F", "_T", "M")]
    frame = frame_of(stock_2024(headings=turned))
    assert at(frame, destination="KEN", year=2024, sex="F")["value"] == 3002
    assert at(frame, destination="KEN", year=2024, sex="M")["value"] == 3008


def test_columns_in_another_order_are_read_by_what_they_say():
    columns = ["Location code", "Data type", "Region, development group, country or area", "Index", "Coverage"]
    frame = frame_of(stock_2024(columns=columns, rows=[[900, "", "World", 1, ""], [404, "B", "Kenya", 2, "a"]]))
    figure = at(frame, destination="KEN", year=1990, sex="_T")
    assert (figure["value"], figure["flag"]) == (2000, "B")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"columns": ["Index", "Region, country or area", "Coverage", "Data type", "Serial"]}, "code"),
        ({"columns": ["Index", "Name", "Coverage", "Data type", "Location code"]}, "country or area"),
        (
            {"headings": [f"Internal migrants, {sex}" for sex in SEXES.values()]},
            "cell F11",
        ),
        ({"columns": ["Index", "Region, country or area", "Wealth", "Data type", "Location code"]}, "Wealth"),
    ],
)
def test_what_is_not_known_is_refused_and_named(change, says):
    with pytest.raises(ms.errors.ReadError, match=r"is laid out otherwise|nothing says the") as refused:
        ms.read(stock_2024(**change))
    assert says in str(refused.value)


def test_a_heading_without_a_sex_is_refused():
    with pytest.raises(ms.errors.ReadError):
        ms.read(stock_2024(headings=["International migrant stock at mid-year"] * 3))


def test_stock_2019_has_headings_of_groupings_and_regions_twice():
    years = [1990, 2019]
    above, below = blocks([f"International migrant stock at mid-year ({sex})" for sex in SEXES.values()], years)
    dots = [".."] * 6
    table = [
        [
            "Sort\norder",
            "Major area, region, country or area of destination",
            "Notes",
            "Code",
            "Type of data (a)",
            *above,
        ],
        ["", "", "", "", "", *below],
        [1, "WORLD", "", 900, "", *values(1, 6)],
        [2, "UN development groups", "", "", "", *dots],
        [3, "More developed regions", "(b)", 901, "", *values(2, 6)],
        [4, "Geographic regions", "", "", "", *dots],
        [5, "Europe", "", 908, "", *values(3, 6)],
        [6, "SDG regions", "", "", "", *dots],
        [7, "Europe", "", 908, "", *values(3, 6)],
        [8, "France", "(1)", 250, "BR", *values(4, 5), ".."],
    ]
    title = "Table 1 -  International migrant stock at mid-year by sex and by major area, region, country or area"
    data = workbook(
        {
            "CONTENTS": [["TABLE OF CONTENTS"]],
            "Table 1": preamble(title, "MIG/Stock/Rev.2019", rows=14) + table,
            "ANNEX": [["Country code", "Country or area"], [4, "Afghanistan"]],
            "NOTES": [["(b)", "More developed regions comprise Europe."], ["(1)", "Metropolitan France."]],
        }
    )
    frame = frame_of(data)
    assert at(frame, destination="FRA", year=2019, sex="F")["presence"] == "missing"
    assert at(frame, destination="FRA", year=1990, sex="_T")["note"] == "(1) Metropolitan France."
    assert len(frame[frame["destination"] == "m49:150"]) == 6
    reasons = ms.read(data).ledger.to_json()
    assert "heading of a grouping" not in reasons or "printed twice" in reasons


def test_stock_by_origin_ends_in_other():
    years = [2015, 2020]
    above, below = blocks([f"International migrant stock at mid-year, {sex}" for sex in SEXES.values()], years)
    table = [
        ["", "", "", "", *above],
        [],
        ["Index", "Region, development group, country or area of origin", "Notes", "Location code", *below],
        [1, "WORLD", "", 900, *values(1, 6)],
        [2, "    India", "", 356, *values(2, 6)],
        [3, "OTHER", "", 2003, *values(3, 6)],
    ]
    title = (
        "Table 1: International migrant stock at mid-year by sex and by region, country or area of origin, 2015-2020"
    )
    frame = frame_of(workbook({"Table 1": preamble(title, "MIG/Stock/Rev.2020") + table}))
    figure = at(frame, origin="IND", year=2020, sex="M")
    assert (figure["value"], figure["destination"]) == (2003, "_T")
    assert at(frame, origin="_O", year=2015, sex="_T")["value"] == 3000
    assert at(frame, origin="m49:001", year=2015, sex="_T")["value"] == 1000


@pytest.mark.parametrize("total", ["Total", "All ages"])
def test_stock_by_age_has_the_year_in_a_column(total):
    ages = ["0-4", "5-9", "75+", total]
    above, below = blocks([f"International migrant stock at mid-year by age ({sex})" for sex in SEXES.values()], ages)
    table = [
        ["", "", "", "", "", "", *above],
        [
            "Year",
            "Sort order",
            "Major area, region, country or area of destination",
            "Notes",
            "Code",
            "Type of data (a)",
            *below,
        ],
        [1990, 1, "WORLD", "", 900, "", *values(1, 12)],
        [1990, 2, "Tonga", "", 776, "B", *values(2, 11), ".."],
        [1995, 1, "WORLD", "", 900, "", *values(3, 12)],
        [1995, 2, "Tonga", "", 776, "B", *values(4, 12)],
    ]
    title = "Table 1 - International migrant stock at mid-year by age and sex and by major area, region, 1990-2019"
    frame = frame_of(workbook({"Table 1": preamble(title, "MIG/Stock/Rev.2019", rows=14) + table}))
    assert at(frame, destination="TON", year=1995, sex="M", age="Y5T9")["value"] == 4005
    assert at(frame, destination="TON", year=1990, sex="F", age="_T")["presence"] == "missing"
    assert at(frame, destination="m49:001", year=1990, sex="_T", age="Y_GE75")["value"] == 1002


# ---- origin by destination


def test_origin_by_destination_2020_is_long():
    years = [1990, 2020]
    above, below = blocks([f"International migrant stock at mid-year: {sex}" for sex in SEXES.values()], years)
    names = ["Index", "Region, development group, country or area of destination", "Notes of destination"]
    names += ["Location code of destination", "Type of data of destination"]
    names += ["Region, development group, country or area of origin", "Location code of origin"]
    table = [
        [""] * 7 + above,
        [],
        [*names, *below],
        [1, "WORLD", "", 900, "", "WORLD", 900, *values(1, 6)],
        [2, "Nepal*", 1, 524, "C", "India*", 356, *values(2, 6)],
        [3, "Nepal*", 1, 524, "C", "OTHER", 2003, *values(3, 5), ".."],
    ]
    title = "Table 1: International migrant stock at mid-year by sex and by region of destination and origin, 1990-2020"
    data = workbook({"Table 1": preamble(title, "MIG/Stock/Rev.2020") + table, "Notes": [[1, "Refers to citizens."]]})
    frame = frame_of(data)
    figure = at(frame, destination="NPL", origin="IND", year=2020, sex="F")
    assert (figure["value"], figure["flag"], figure["note"]) == (2005, "C", "1 Refers to citizens.")
    assert at(frame, destination="NPL", origin="_O", year=2020, sex="F")["presence"] == "missing"


def test_origin_by_destination_2019_is_a_matrix_a_sex_with_the_year_in_a_column():
    names = ["Year", "Sort\norder", "Major area, region, country or area of destination", "Notes", "Code"]
    names += ["Type of data (a)", "Country of origin"]
    origins = ["Total", "Other North", "Other South", "Afghanistan", "Côte d'Ivoire"]

    def table(first):
        return [
            names,
            [""] * 6 + origins,
            [1990, 1, "WORLD", "", 900, "", 70 + first, 10, 20, 15, 25],
            [1990, 2, "Nepal", "", 524, "C", 70 + first, 10, 20, 15, ""],
            [2019, 1, "WORLD", "", 900, "", 90, 10, 10, 30, 40],
            [2019, 2, "Nepal", "", 524, "C", 90, 10, 10, 0, 40],
        ]

    def title(at, what):
        by = "by origin and by major area, region, country or area of destination"
        return f"Table {at} - {what} migrant stock at mid-year {by}"

    sheets = {
        f"Table {at}": preamble(f"{title(at, what)}, 1990-2019", "MIG/Stock/Rev.2019", rows=14) + table(first)
        for at, (what, first) in enumerate({"Total": 0, "Male": 1, "Female": 2}.items(), 1)
    }
    frame = frame_of(workbook(sheets))
    assert at(frame, sheet="Table 2", origin="_T", destination="NPL", year=1990)["sex"] == "M"
    assert at(frame, sheet="Table 3", origin="_T", destination="NPL", year=1990)["value"] == 72
    assert at(frame, sheet="Table 1", origin="CIV", destination="NPL", year=1990)["presence"] == "blank"
    assert at(frame, sheet="Table 1", origin="AFG", destination="NPL", year=2019)["presence"] == "zero"
    # Two remainders of one number are two figures.
    rest = frame[(frame["sheet"] == "Table 1") & (frame["origin"] == "_O") & (frame["destination"] == "NPL")]
    assert sorted(rest["value"]) == [10, 10, 10, 20]
    of_2019 = frame[(frame["sheet"] == "Table 1") & (frame["year"] == 2019) & (frame["destination"] == "NPL")]
    assert of_2019[of_2019["leaf"]]["value"].sum() == 60


def long_workbook(names, origins=None, years=(1990, 1995)):
    """Lay out a long table as the generated benchmark does: three blocks above years, nine rows above."""
    above, below = blocks(["Both sexes", "Male", "Female"], list(years))
    head = [
        "United Nations",
        "Population Division",
        "",
        "International Migrant Stock",
        "Table 1",
        "",
        "Notes: synthetic",
    ]
    rows = [[line] for line in [*head, "", "Suggested citation: none"]]
    rows += [[""] * 4 + above, ["Index", "Destination", "Destination code", "Origin", *below]]
    pairs = [(at, name, origin) for at, name in enumerate(names) for origin in origins or names]
    for number, (at, name, origin) in enumerate(pairs, 1):
        figures = values(number, 6)
        figures[3] = ".."
        rows.append([number, name, 100 + at, origin, *figures])
    return workbook({"Table 1": rows})


def test_a_long_table_of_nobody_is_read_by_names():
    frame = frame_of(long_workbook(["France", "Germany", "Namibia"]))
    assert len(frame) == 9 * 6
    figure = at(frame, destination="DEU", origin="NAM", year=1995, sex="F")
    assert (figure["value"], figure["row"], figure["column"]) == (6005, 16, 9)
    assert at(frame, destination="DEU", origin="NAM", year=1995, sex="M")["presence"] == "missing"


def test_the_generated_benchmark_is_read_by_names(shared):
    names = [name for name, _ in json.loads((shared / "perf/bench/countries.json").read_text())["names"]][:240]
    obs = ms.read(long_workbook(names, origins=names[-12:]))
    frame = obs.to_pandas(full=True)
    obs.check()
    obs.ledger.check()
    # Names that are no area are in the ledger, an area under two names is there twice.
    assert len(frame) > 0.99 * 6 * 240 * 12
    (step,) = [step for step in json.loads(obs.ledger.to_json())["steps"] if step["operation"] == "read"]
    assert step["accounts"][0]["out"]["rows"] == 5 * 240 * 12
    number = 12 * names.index(" Angola ") + 1 + 11
    figure = frame[(frame["row"] == 10 + number) & (frame["column"] == 4)].to_dict("records")[0]
    assert (figure["destination"], figure["year"], figure["value"]) == ("AGO", 1990, 1000 * number)


# ---- flows


def flows_of_canada(sheet="Canada by Citizenship"):
    """Lay out the workbook of one reporting country."""
    names = ["Type", "Coverage", "OdName", "AREA", "AreaName", "REG", "RegName", "DEV", "DevName", 1980, 1981]
    groups = ["Classification", "", "Origin/Destination", "Major area", "", "Region", "", "Development region"]
    head = [[line] for line in ["United Nations", "Population Division", "", "International Migration Flows", "", ""]]
    head += [["POP/DB/MIG/Flow/Rev.2015"], [], ["Reporting country:", "", "Canada"], []]
    table = [
        groups,
        names,
        [
            "Immigrants",
            "Foreigners",
            "Afghanistan",
            935,
            "Asia",
            5501,
            "Southern Asia",
            902,
            "Developing regions",
            16,
            39,
        ],
        ["Immigrants", "Foreigners", "Unknown", 999, "World", 999, "World", 900, "World", 44000, ".."],
        ["Immigrants", "Foreigners", "Total", 999, "World", 999, "World", 900, "World", 44016, 39],
        ["Emigrants", "Citizens", "Total", 999, "World", 999, "World", 900, "World", 5, 6],
    ]
    regions = [
        groups[:4],
        ["Type", "Coverage", "AreaName", "RegName", 1980, 1981],
        ["Immigrants", "Foreigners", "Asia", "Southern Asia", 16, 39],
        ["Immigrants", "Foreigners", "Asia", "Total", 16, 39],
        ["Immigrants", "Foreigners", "World", "World", 44016, 39],
    ]
    return workbook({"Regions by Citizenship": head + regions, sheet: head + table})


@pytest.mark.parametrize("sheet", ["Canada by Citizenship", "Canada by Citizenship (2)", "Canada by Citizens"])
def test_flows_of_one_country_by_partner(sheet):
    frame = frame_of(flows_of_canada(sheet))
    assert set(frame["reporter"]) == {"CAN"}
    country = frame[frame["sheet"] == sheet]
    figure = at(country, origin="AFG", year=1981)
    assert (figure["destination"], figure["measure"], figure["value"]) == ("CAN", "inflow", 39)
    assert (figure["criteria"], figure["concept"], figure["coverage"]) == ("Citizenship", "citizenship", "Foreigners")
    assert at(country, origin="_U", year=1981)["presence"] == "missing"
    assert not at(country, origin="_T", destination="CAN", year=1980)["leaf"]
    assert at(country, origin="CAN", destination="_T", year=1980)["measure"] == "outflow"
    regions = frame[frame["sheet"] == "Regions by Citizenship"]
    assert at(regions, origin="m49:034", year=1981)["value"] == 39
    assert at(regions, origin="m49:142", year=1980)["value"] == 16


def test_flows_without_criteria_are_refused():
    with pytest.raises(ms.errors.ReadError, match="laid out"):
        ms.read(workbook({"Sheet1": [["POP/DB/MIG/Flow/Rev.2015"], ["Type", "Coverage", "OdName", 1980]]}))


# ---- world population prospects


@pytest.mark.parametrize(
    ("number", "title", "heading", "unit", "value"),
    [
        (1, "Net migration rate", "Net migration rate (per 1,000 population)", "per_1000", -0.5),
        (2, "Net number of migrants", "Net number of migrants, both sexes combined (thousands)", "persons", -500),
    ],
)
def test_net_migration_2019_has_types_and_separators(number, title, heading, unit, value):
    names = ["Index", "Variant", "Region, subregion, country or area *", "Notes", "Country code", "Type", "Parent code"]
    table = [
        [""] * 7 + [heading],
        [*names, "1950-1955", "1955-1960"],
        [1, "Estimates", "WORLD", "", 900, "World", 0, 0, 0],
        [2, "Estimates", "UN development groups", "a", 1803, "Label/Separator", 900, "...", "..."],
        [3, "Estimates", "Tonga", "", 776, "Country/Area", 957, -0.5, 0.25],
    ]
    head = [["United Nations"], [f"File MIGR/{number}: {title} by region, subregion and country, 1950-2100"]]
    head += [["Estimates, 1950 - 2020"], [f"POP/DB/WPP/Rev.2019/MIGR/F0{number}"]] + [[] for _ in range(11)]
    projected = [["" if cell == "Estimates" else cell for cell in row] for row in table]
    for row in projected[2:]:
        row[1] = "Low variant"
    frame = frame_of(workbook({"ESTIMATES": head + table, "LOW VARIANT": head + projected, "NOTES": [["(a) Note."]]}))
    figure = at(frame, destination="TON", period_start=frame["period_start"].min(), criteria="Estimates")
    assert (figure["unit"], figure["value"]) == (unit, value)
    assert str(figure["period_end"])[:10] == "1955-07-01"
    assert set(frame["criteria"]) == {"Estimates", "Low variant"}
    assert set(frame["destination"]) == {"m49:001", "TON"}


def test_indicators_2022_give_their_migration_alone():
    names = ["Index", "Variant", "Region, subregion, country or area *", "Notes", "Location code", "ISO3 Alpha-code"]
    names += ["ISO2 Alpha-code", "SDMX code**", "Type", "Parent code", "Year"]
    indicators = ["Total Population, as of 1 January (thousands)", "Births (thousands)"]
    indicators += ["Net Number of Migrants (thousands)", "Net Migration Rate (per 1,000 population)"]
    table = [
        [""] * 11 + ["Population", "Fertility", "Migration"],
        names + indicators,
        [1, "Estimates", "World", "", 900, "", "", 1, "World", 0, 1950, 2499322.157, 91847.6, 0, 0],
        [2, "Estimates", "Tonga", "", 776, "TON", "TO", 776, "Country/Area", 957, 1950, 46.8, 2.1, -0.123, -2.5],
        [3, "Estimates", "Tonga", "", 776, "TON", "TO", 776, "Country/Area", 957, 1951, 46.9, 2.2, "...", -2.25],
    ]
    head = [["United Nations"], ["File GEN/01/REV1: Demographic indicators by region, annually for 1950-2100"]]
    head += [["POP/DB/WPP/Rev.2022/GEN/F01/Rev.1"]] + [[] for _ in range(12)]
    frame = frame_of(workbook({"Estimates": head + table, "NOTES": [["Notes"]]}))
    assert len(frame) == 6
    assert at(frame, destination="TON", year=1950, unit="persons")["value"] == -123
    assert at(frame, destination="TON", year=1951, unit="per_1000")["value"] == -2.25
    assert at(frame, destination="TON", year=1951, unit="persons")["presence"] == "missing"


# ---- exports of UNdata


def undata(text):
    """Give an export as it is downloaded."""
    return archive({"UNdata_Export_20150611_145812.txt": text})


FOREIGN_BORN = """"Country or Area";"Year";"Area";"Sex";"Age";"Country of birth";"Record Type";"Reliability";\
"Source Year";\
"Value";"Value Footnotes"
"Aruba";"2010";"Total";"Both Sexes";"Total";"Total";"Census - de jure - complete tabulation";"Final figure, complete";\
"2012";"101484";"1,2"
"Aruba";"2010";"Total";"Female";"Total";"Colombia";"Census - de jure - complete tabulation";"Final figure, complete";\
"2012";"5648";""
"Aruba";"2010";"Total";"Female";"0 - 14";"Colombia";"Census - de jure - complete tabulation";"Final figure, complete";\
"2012";"211";"2"

"footnoteSeqID";"Footnote"
"1";"Excluding "floating" population."
"2";"Refers to habitual residents."
"""


def test_an_export_of_undata_by_country_of_birth():
    frame = frame_of(undata(FOREIGN_BORN))
    assert len(frame) == 3
    figure = at(frame, origin="COL", age="_T")
    assert (figure["destination"], figure["sex"], figure["value"], figure["concept"]) == ("ABW", "F", 5648, "birth")
    assert figure["criteria"] == "Census - de jure - complete tabulation; Final figure, complete"
    assert at(frame, age="Y0T14")["note"] == "2 Refers to habitual residents."
    both = at(frame, origin="_T")["note"]
    assert both.startswith("1 Excluding")
    assert both.endswith("; 2 Refers to habitual residents.")


def test_an_export_that_does_not_say_what_it_measures_asks_for_it():
    text = '"Country or Area";"Year(s)";"Variant";"Value"\n"Tonga";"1950-1955";"Medium";"-1.2"\n'
    text += '\n"footnoteSeqID";"Footnote"\n"1";"none"\n'
    with pytest.raises(ms.errors.ReadError, match="measure"):
        ms.read(undata(text.replace('"Value"\n', '"Value";"Value Footnotes"\n')))
