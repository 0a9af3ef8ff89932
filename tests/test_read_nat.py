"""Files of UNHCR, the World Bank, IDMC, IOM, CEPII and national offices, read as published."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import reference_read_nat as slow

import migstat as ms

FILES = {
    "unhcr_pairs": "unhcr/rdf_2025_2019-2024/persons_of_concern.csv",
    "unhcr_by_origin": "unhcr/rdf_2025_by_origin/persons_of_concern.csv",
    "unhcr_series": "unhcr/unhcr-historical-data-2000-2013.csv",
    "net_migration": "world_bank/API_SM.POP.NETM_DS2_en_csv_v2_13382.zip",
    "stocks_2017": "world_bank/WB_Bilateral_Estimates_Migrant_Stocks_2017.xlsx",
    "remittances_2017": "world_bank/WB_Bilateral_Remittance_Estimates_2017.xlsx",
    "inflows_2013": "world_bank/RemittanceData_Inflows_April2013.xls",
    "idmc": "idmc/2023/IDMC_Internal_Displacement_Conflict-Violence_Disasters.xlsx",
    "missing_migrants": "iom_mmp/MissingMigrants-Global-2019-03-29T18-36-07.csv",
    "destatis": "destatis/migration_country_genesis_raw.csv",
    "ircc": "ircc/2023-04/EN_ODP-PR-Citz.xlsx",
    "scb": "scb/sweden_immigration.csv",
    "cfo": "philippines_cfo/Emigrant-1981-2020-AllCountries.xlsx",
    "dofe": "nepal_dofe/asar-2079.csv",
}

# What a text in a cell of figures stands for in these files.
MARKERS = {
    "unhcr_series": {"*": "suppressed"},
    "stocks_2017": {},
    "remittances_2017": {"-": "missing"},
    "inflows_2013": {"..": "missing"},
    "destatis": {"-": "zero", ".": "missing"},
    "ircc": {"--": "suppressed"},
    "cfo": {"": "zero"},
}

# Figures that do not become rows, and why: the ledger says so too.
ASIDE = {
    "unhcr_series": {"count below zero"},
    "remittances_2017": {"origin is destination"},
    "inflows_2013": {"ambiguous destination"},
    "ircc": {"printed twice"},
    "scb": {"unmatched origin", "ambiguous origin", "unmatched birth", "ambiguous birth"},
}


@cache
def read(shared: Path, name: str) -> Any:
    """Read a file once."""
    return ms.read(shared / "data" / FILES[name])


def address(cell: str) -> tuple[int, int]:
    """Turn F17 into (16, 5)."""
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(cell[len(letters) :]) - 1, column - 1


def frame_of(obs: Any) -> pd.DataFrame:
    """Give all figures with all that is known of them."""
    return obs.figures.to_pandas().merge(obs.definitions, on="definition")


def rows_at(obs: Any, cell: str, sheet: str | None = None) -> pd.DataFrame:
    """Give the rows that were read from a cell."""
    frame = frame_of(obs)
    row, column = address(cell)
    here = (frame["row"] == row) & (frame["column"] == column)
    if sheet is not None:
        here &= frame["sheet"] == sheet
    return frame[here]


def at(obs: Any, cell: str, sheet: str | None = None) -> pd.Series:
    """Give the one figure of a cell."""
    found = rows_at(obs, cell, sheet)
    assert len(found) == 1, found
    return found.iloc[0]


def write(tmp_path: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """Write a synthetic file."""
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("name", FILES)
def test_every_file_reads_alone_and_accounts_for_itself(shared, name):
    obs = read(shared, name)
    assert len(obs) > 0
    obs.check()
    ledger = obs.ledger.to_pandas()
    first = ledger[ledger["operation"] == "read"]
    taken = first.loc[first["side"] == "in", "rows"].sum()
    out = first.loc[first["side"] == "out", "rows"].sum()
    aside = first.loc[first["side"] == "set aside", "rows"].sum()
    assert taken == out + aside
    assert "outside the tables" not in set(first["reason"]) or name in {"inflows_2013"}


@pytest.mark.parametrize("name", FILES)
def test_every_cell_is_what_a_slow_script_reads(shared, name):
    obs = read(shared, name)
    frame = frame_of(obs)
    expected = getattr(slow, name)(shared / "data" / FILES[name])
    if name == "idmc":
        frame = frame[frame["sheet"] == "1_Displacement_data"]
    scale = 1e6 if name in {"remittances_2017", "inflows_2013"} else 1
    markers = MARKERS.get(name, {})
    presence = frame["presence"].astype(str)
    found = dict(zip(zip(frame["row"], frame["column"], strict=True), zip(presence, frame["value"], strict=True), strict=True))
    assert len(found) == len(frame)
    missing = 0
    for cell, content in expected.items():
        if cell not in found:
            missing += 1
            continue
        kind, value = found[cell]
        if isinstance(content, float):
            assert kind == ("zero" if content == 0 else "value"), (cell, content, kind)
            assert value == pytest.approx(content * scale, rel=1e-12), (cell, content, value)
        else:
            assert kind == markers.get(content, "blank"), (cell, content, kind)
    assert set(found) <= set(expected)
    ledger = obs.ledger.to_pandas()
    reasons = ledger[(ledger["operation"] == "harmonise") & (ledger["side"] == "set aside")]
    reasons = reasons[reasons["reason"] != "total, kept beside its parts"]
    assert set(reasons["reason"]) <= ASIDE.get(name, set())
    assert missing == reasons["rows"].sum()


def test_ages_of_displaced_people(shared):
    obs = read(shared, "idmc")
    frame = frame_of(obs)
    frame = frame[frame["sheet"] == "2_IDPs_SADD_estimates"]
    expected = slow.idmc_ages(shared / "data" / FILES["idmc"])
    found = dict(zip(zip(frame["row"], frame["column"], strict=True), frame["value"], strict=True))
    assert {cell: value for cell, value in expected.items() if value != ""} == {
        cell: value for cell, value in found.items() if not pd.isna(value)
    }
    row = at(obs, "M3", "2_IDPs_SADD_estimates")
    assert (row["origin"], row["destination"], row["sex"], row["age"], row["reason"]) == ("RUS", "RUS", "M", "Y12T14", "Disaster")


SPOTS: list[tuple[str, str, float, dict[str, object]]] = [
    ("net_migration", "BO61", 981_552, {"destination": "DEU", "measure": "net"}),
    ("stocks_2017", "GW128", 11_573_680, {"origin": "MEX", "destination": "USA", "measure": "stock"}),
    ("stocks_2017", "HJ219", 266_143_792, {"origin": "m49:001", "destination": "m49:001"}),
    ("remittances_2017", "DW206", 30_019.187e6, {"origin": "USA", "destination": "MEX", "unit": "USD"}),
    ("inflows_2013", "AO88", 49_468.37e6, {"destination": "IND", "period_start": "2009-01-01"}),
    ("inflows_2013", "AR88", 69_349.90e6, {"destination": "IND", "period_start": "2012-01-01", "flag": "e"}),
    ("destatis", "B1865", 5_898, {"origin": "POL", "destination": "DEU", "citizenship": "NAT", "measure": "inflow"}),
    ("destatis", "D1865", 5_536, {"origin": "DEU", "destination": "POL", "measure": "outflow", "flag": "e"}),
    ("destatis", "F1865", 362, {"origin": "POL", "measure": "net"}),
    ("destatis", "B1950", 493, {"origin": "SYR", "period_start": "2015-01-01"}),
    ("destatis", "F1960", -17_560, {"origin": "_T", "destination": "DEU"}),
    ("ircc", "B87", 1_560, {"origin": "IND", "destination": "CAN", "period_end": "2015-02-01", "reporter": "CAN"}),
    ("ircc", "E87", 6_165, {"period_start": "2015-01-01", "period_end": "2015-04-01"}),
    ("cfo", "C11", 2_752, {"origin": "PHL", "destination": "AUS", "period_start": "1981-01-01", "reporter": "PHL"}),
    ("cfo", "AP11", 777, {"destination": "AUS", "period_start": "2020-01-01"}),
    ("cfo", "AQ11", 146_953, {"period_start": "1981-01-01", "period_end": "2021-01-01", "leaf": False}),
]


@pytest.mark.parametrize(("name", "cell", "value", "said"), SPOTS)
def test_known_figures_stand_where_they_are_printed(shared, name, cell, value, said):
    row = at(read(shared, name), cell)
    assert row["value"] == pytest.approx(value, rel=1e-6)
    for column, expected in said.items():
        got = str(row[column])[:10] if column.startswith("period") else row[column]
        assert got == expected, (column, got)


def test_known_figures_by_code(shared):
    frame = frame_of(read(shared, "unhcr_pairs"))

    def one(frame, **said):
        for column, value in said.items():
            frame = frame[frame[column].astype(str) == value]
        assert len(frame) == 1, frame
        return frame["value"].iloc[0]

    day = {"period_start": "2023-12-31", "period_end": "2023-12-31"}
    assert one(frame, origin="SYR", destination="DEU", measure="refugees", **day) == 705_812
    assert one(frame, origin="SYR", destination="DEU", measure="asylum_seekers", **day) == 72_642
    assert one(frame, origin="UKR", destination="DEU", measure="refugees", **day) == 1_097_503
    assert one(frame, origin="SYR", destination="TUR", measure="refugees", period_start="2022-12-31") == 3_535_898
    frame = frame_of(read(shared, "unhcr_by_origin"))
    assert one(frame, origin="SYR", destination="_T", measure="refugees", period_start="2022-12-31") == 6_559_736
    frame = frame_of(read(shared, "unhcr_series"))
    assert one(frame, origin="SYR", destination="TUR", measure="refugees", period_start="2013-12-31") == 585_601
    assert one(frame, origin="SYR", destination="TUR", measure="refugees", period_start="2012-12-31") == 248_466
    frame = frame_of(read(shared, "scb"))
    here = {"sex": "M", "period_start": "2016-01-01"}
    assert one(frame, origin="SYR", destination="SWE", measure="inflow", **here) == 30_987
    assert one(frame, origin="SWE", birth="SYR", measure="outflow", **here) == 147
    assert one(frame, origin="_T", measure="inflow", **here) == 91_146
    frame = frame_of(read(shared, "idmc"))
    frame = frame[(frame["sheet"] == "1_Displacement_data") & (frame["origin"] == "SYR") & (frame["reason"] == "Conflict")]
    assert one(frame, criteria="rounded", measure="idps", period_start="2022-12-31") == 6_865_000
    assert one(frame, criteria="raw", measure="idps", period_start="2022-12-31") == 6_865_308
    assert one(frame, criteria="rounded", measure="displacements", period_start="2022-01-01") == 171_000
    frame = frame_of(read(shared, "dofe"))
    frame = frame.assign(criteria=frame["criteria"].fillna(""))
    month = {"period_start": "2022-06-15", "period_end": "2022-07-16"}
    new = "without those who go again"
    assert one(frame, destination="MYS", flow_type="recruiting agency", sex="M", **{"period_start": "2022-06-15"}) == 15_152
    assert one(frame, destination="MYS", flow_type="_T", criteria=new, sex="_T") == 15_827
    assert one(frame, destination="QAT", flow_type="_T", criteria="", sex="_T") == 12_465
    assert one(frame, destination="_T", flow_type="_T", criteria="", sex="_T") == 62_853
    assert set(frame["period_start"].astype(str)) == {month["period_start"]}


def test_hidden_counts_have_their_bounds(shared):
    frame = frame_of(read(shared, "ircc"))
    hidden = frame[frame["presence"] == "suppressed"]
    assert len(hidden) > 3000
    assert set(hidden["low"]) == {0.0}
    assert set(hidden["high"]) == {5.0}
    frame = frame_of(read(shared, "unhcr_series"))
    hidden = frame[frame["presence"] == "suppressed"]
    assert set(zip(hidden["low"], hidden["high"], strict=True)) == {(1.0, 4.0)}


def test_incidents_are_records(shared):
    obs = read(shared, "missing_migrants")
    here = frame_of(obs)
    here = here[here["row"] == 1].set_index("column")
    assert here["value"].to_dict()[7] == 2
    assert here["presence"].to_dict() == {
        5: "blank", 6: "value", 7: "value", 8: "value", 9: "blank", 10: "value", 11: "blank",
    }
    assert here["value"].to_dict()[8] == 36
    assert set(here["coverage"]) == {"Mediterranean"}
    assert set(here["period_start"].astype(str)) == {"2019-03-28"}


def test_references(shared):
    frame = ms.read(shared / "data/cepii/dist_cepii.xls").to_pandas()
    pair = frame[(frame["iso_o"] == "USA") & (frame["iso_d"] == "MEX")]
    assert pair["dist"].iloc[0] == pytest.approx(3369.053)
    assert frame[(frame["iso_o"] == "USA") & (frame["iso_d"] == "CAN")]["dist"].iloc[0] == pytest.approx(548.3946)
    assert len(frame) == 224 * 224
    facts = ms.read(shared / "data/cepii/geo_cepii.xls")
    assert facts.kind == "areas"
    facts = facts.to_pandas().set_index("iso3")
    assert facts.loc["DEU", "area"].iloc[0] == 357_325
    assert (facts.loc["NAM", "iso2"], facts.loc["NAM", "area"]) == ("NA", 825_518)
    notes = ms.read(shared / "data/unhcr/rdf_2025_by_origin/footnotes.csv")
    assert notes.kind == "footnotes"
    assert list(notes.to_pandas().columns)[-2:] == ["Population Type", "Footnote"]


def test_leaves_add_up_to_printed_totals(shared):
    frame = frame_of(read(shared, "cfo"))
    leaves = frame[frame["leaf"]]
    assert leaves["value"].sum() == 2_515_729
    frame = frame_of(read(shared, "dofe"))
    leaves = frame[frame["leaf"]].groupby(frame["criteria"].fillna(""))["value"].sum()
    assert leaves.to_dict() == {"": 62_853, "without those who go again": 39_742}
    frame = frame_of(read(shared, "stocks_2017"))
    assert frame[frame["leaf"]]["value"].sum() == pytest.approx(266_143_792, abs=1)
    frame = frame_of(read(shared, "destatis"))
    for measure, partner in (("inflow", "origin"), ("outflow", "destination")):
        flows = frame[frame["measure"] == measure]
        total = flows[flows[partner] == "_T"].set_index("period_start")["value"]
        parts = flows[flows["leaf"]].groupby("period_start")["value"].sum()
        assert parts.to_dict() == total.to_dict()
    frame = frame_of(read(shared, "net_migration"))
    assert set(frame[frame["destination"] == "m49:001"]["value"].dropna()) == {0.0}


# Other vintages, languages and selections, written as these publishers write them.


def test_unhcr_download_of_the_interface(tmp_path):
    text = (
        '"Extracted from the UNHCR Refugee Population Statistics Database"\n"Download date: 2024-06-13"\n\n'
        "Year,Country of origin,Country of origin (ISO),Country of asylum,Country of asylum (ISO),"
        "Refugees under UNHCR’s mandate,Asylum-seekers,Returned refugees,IDPs of concern to UNHCR,Returned IDPs,"
        "Stateless persons,Others of concern,Other people in need of international protection,Host Community\n"
        "2023,Afghanistan,AFG,Pakistan,PAK,1987696,5,131,0,0,0,0,0,0\n"
        "2023,Stateless,XXA,Germany,DEU,20,0,0,0,0,29455,0,0,0\n2023,Tibetan,TIB,India,IND,66000,0,0,0,0,0,0,0,0\n"
    )
    frame = frame_of(ms.read(write(tmp_path, "population.csv", text)))
    row = frame[(frame["measure"] == "returns") & (frame["population"] == "refugees")].iloc[0]
    # Who returns leaves the country of asylum, in the course of the year.
    assert (row["origin"], row["destination"], row["value"]) == ("PAK", "AFG", 131)
    assert str(row["period_end"])[:10] == "2024-01-01"
    stateless = frame[(frame["population"] == "stateless persons") & (frame["origin"] == "STLS")]
    assert stateless["value"].tolist() == [29_455]
    assert frame[frame["measure"] == "refugees"]["origin"].tolist() == ["AFG", "STLS", "_O"]
    # Columns in another order, fewer of them, names alone.
    text = "Year,Country of Asylum,Country of Origin,Venezuelans displaced abroad,IDPs\n2019,Colombia,Venezuela,1771237,0\n"
    frame = frame_of(ms.read(write(tmp_path, "a.csv", text)))
    assert frame[frame["value"] > 0][["origin", "destination"]].to_numpy().tolist() == [["VEN", "COL"]]
    with pytest.raises(ms.errors.ReadError, match="'Refugees in camps'|\"Refugees in camps\""):
        ms.read(write(tmp_path, "b.csv", text.replace("IDPs", "Refugees in camps")))


def test_unhcr_demographics(tmp_path):
    ages = ["0 - 4", "5 - 11", "12 - 17", "18 - 59", "60", "other", "total"]
    header = ",".join(f"{sex} {age}" for sex in ("Female", "Male") for age in ages)
    text = (
        "Year,Country of origin,Country of origin (ISO),Country of asylum,Country of asylum (ISO),Population type,location,"
        f"urbanRural,accommodationType,{header},Total\n"
        "2022,Syrian Arab Rep.,SYR,Jordan,JOR,REF,Zaatari,Urban,Planned camp,1,2,3,4,5,0,15,1,1,1,1,1,0,5,20\n"
    )
    frame = frame_of(ms.read(write(tmp_path, "demographics.csv", text)))
    assert frame[frame["leaf"]]["value"].sum() == 20
    assert set(frame["age"]) == {"Y0T4", "Y5T11", "Y12T17", "Y18T59", "Y_GE60", "_U", "_T"}
    assert frame["coverage"].iloc[0] == "Zaatari; Urban; Planned camp"


def test_popstats_by_month_and_of_several_populations(tmp_path):
    head = '"Extracted from the UNHCR Population Statistics Reference Database"\nDate extracted: 2017-11-01\n\n\n'
    text = head + "Country / territory of asylum/residence,Origin,Year,Month,Value\nAustralia,Afghanistan,1999,January,8\n"
    row = frame_of(ms.read(write(tmp_path, "m.csv", text))).iloc[0]
    assert (row["measure"], str(row["period_end"])[:10], row["value"]) == ("inflow", "1999-02-01", 8)
    text = head + (
        "Year,Country / territory of asylum/residence,Origin,Refugees (incl. refugee-like situations),"
        "Asylum-seekers (pending cases),Returned refugees,Internally displaced persons (IDPs),Returned IDPs,"
        "Stateless persons,Others of concern,Total Population\n1951,Australia,Various/Unknown,180000,,,,,,,180000\n"
        "2001,Angola,Angola,,,*,202000,,,,202000\n"
    )
    obs = ms.read(write(tmp_path, "p.csv", text))
    assert (obs.to_pandas()["value"].dropna() == [180_000, 202_000]).all()
    assert "total over unlike populations" in set(obs.ledger.to_pandas()["reason"].dropna())


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('"Nom du pays","Code du pays","Nom de l’indicateur","Code de l’indicateur"', "Allemagne"),
        ('"Nombre del país","Código del país","Nombre del indicador","Código del indicador"', "Alemania"),
        ('"اسم البلد","رمز البلد","اسم المؤشر","رمز المؤشر"', "ألمانيا"),
        ('"国家名称","国家代码","指标名称","指标代码"', "德国"),
    ],
)
def test_development_indicators_in_any_language(tmp_path, header, name):
    text = f'﻿"Source","World Development Indicators",\n\n"Date","2024-06-28",\n\n{header},"2019","2020",\n'
    text += f'"{name}","DEU","x","BX.TRF.PWKR.CD.DT","16455","",\n"{name} 2","ARB","x","BX.TRF.PWKR.CD.DT","7","8",\n'
    frame = frame_of(ms.read(write(tmp_path, "API_BX.csv", text)))
    assert frame["destination"].tolist() == ["DEU", "DEU", "grp:ARAB-WORLD", "grp:ARAB-WORLD"]
    assert set(frame["measure"]) == {"remittance"}
    assert frame["presence"].tolist() == ["value", "blank", "value", "value"]


def test_databank_extracts(tmp_path):
    text = (
        "Series Name,Series Code,Country Name,Country Code,1990 [YR1990],2000 [YR2000]\n"
        "Refugees,SM.POP.REFG.OR,Afghanistan,AFG,6339095,3587336\nStock,SM.POP.TOTL,Afghanistan,AFG,..,75917\n"
        "GDP,NY.GDP.MKTP.CD,Afghanistan,AFG,1,2\n\n\nData from database: World Development Indicators\nLast Updated: 07/20/2022\n"
    )
    obs = ms.read(write(tmp_path, "x_Data.csv", text))
    frame = frame_of(obs)
    refugees = frame[frame["measure"] == "refugees"]
    assert refugees["origin"].tolist() == ["AFG", "AFG"]
    assert refugees["period_start"].astype(str).tolist() == ["1990-12-31", "2000-12-31"]
    assert frame[frame["measure"] == "stock"]["presence"].tolist() == ["missing", "value"]
    assert "indicator that is not of migration" in set(obs.ledger.to_pandas()["reason"].dropna())


@pytest.mark.parametrize(
    ("corner", "origins_down"),
    [
        ("Destination country (across) - Source country (down)", True),
        ("origin (across) / destination (down)", False),
        ("source country (down) / receiving country (across)", True),
    ],
)
def test_matrices_lie_either_way(tmp_path, corner, origins_down):
    text = f"Bilateral Migration Matrix 2013\n{corner},India,Nepal,Other North,Other South,TOTAL\n"
    text += "India,0,810158,1,2,810161\nNepal,553050,,3,4,553057\nTOTAL,553050,810158,4,6,1363218\nNotes:\nSee the text.\n"
    frame = frame_of(ms.read(write(tmp_path, "m.csv", text)))
    row = frame[(frame["row"] == 2) & (frame["column"] == 2)].iloc[0]
    pair = ("IND", "NPL") if origins_down else ("NPL", "IND")
    assert (row["origin"], row["destination"], row["value"]) == (*pair, 810_158)
    assert set(frame["period_start"].astype(str)) == {"2013-01-01"}
    assert frame[frame["leaf"]]["value"].sum() == 1_363_218


def test_other_editions_of_displacement(tmp_path):
    text = "ISO3,Country / Territory,Year,Conflict Internal Displacements,Disaster Internal Displacements\n"
    text += "#country+code,#country+name,#date+year,#affected+conflict,#affected+disaster\nAFG,Afghanistan,2024,5,1300\n"
    obs = ms.read(write(tmp_path, "gidd.csv", text))
    assert obs.to_pandas()["value"].tolist() == [5, 1300]
    text = "ISO3,Country / Territory,Year,Event Name,Date of Event (start),Disaster Internal Displacements,"
    text += "Disaster Internal Displacements (Raw),Hazard Category,Hazard Type,Hazard Sub Type\n"
    text += "PHL,Philippines,2023,Storm A,2023-01-02,1000,1004,Weather related,Storm,Typhoon\n"
    text += "PHL,Philippines,2023,Storm B,2023-02-02,20,20,Weather related,Storm,Typhoon\n"
    frame = frame_of(ms.read(write(tmp_path, "events.csv", text)))
    raw = frame[frame["criteria"] == "raw"]
    assert (raw["value"].sum(), set(raw["reason"]), set(raw["measure"])) == (1024, {"Storm"}, {"displacements"})


def test_incidents_of_2026(tmp_path):
    text = (
        "Main ID,Incident ID,Incident Type,Region of Incident,Incident Date,Incident Year,Month,Number of Dead,"
        "Minimum Estimated Number of Missing,Total Number of Dead and Missing,Number of Survivors,Number of Females,"
        "Number of Males,Number of Children,Country of Origin,Region of Origin,Cause of Death,Country of Incident,"
        "Migration Route,Location of Incident,Coordinates,UNSD Geographical Grouping\n"
        '2026.MMP1,2026.MMP1.1,Incident,Mediterranean,"Thu, 01/15/2026 - 12:00",2026,January,"1,022",0,"1,022",,,,,'
        'Unknown,Unknown,Drowning,Libya,Central Mediterranean,Off the coast,"33.1, 12.2",Uncategorized\n'
    )
    frame = frame_of(ms.read(write(tmp_path, "mmp.csv", text)))
    total = frame[frame["population"] == "dead and missing"].iloc[0]
    assert (total["value"], str(total["period_start"])[:10]) == (1022, "2026-01-15")


def test_estimated_flows(tmp_path):
    text = "year0,orig,dest,sd_drop_neg,da_pb_closed\n1990,BDI,RWA,10,12.5\n1995,BDI,RWA,0,3\n"
    frame = frame_of(ms.read(write(tmp_path, "bilat_mig.csv", text)))
    assert set(frame["criteria"]) == {"sd_drop_neg", "da_pb_closed"}
    assert frame["period_start"].astype(str).min() == "1990-07-01"
    assert frame["period_end"].astype(str).max() == "2000-07-01"
    text = "origin_iso,destination_iso,originregion_name,destinationregion_name,regionflow_1990,countryflow_1990\n"
    obs = ms.read(write(tmp_path, "as.csv", text + "BDI,RWA,Africa,Africa,99,10\n"))
    assert obs.to_pandas()["value"].tolist() == [10]


def test_genesis_in_english_without_flags_and_flat(tmp_path):
    text = (
        "Table: 12711-0008\nMigration between Germany and foreign countries:;;;\n;Germans;;;Foreigners;;\n"
        ";Immigration from abroad;Emigration to abroad;Balance;Immigration from abroad;Emigration to abroad;Balance\n"
        ";number;number;number;number;number;number\n2023\nPoland;1;2;-1;30;20;10\nMontenegro (from 03.06.2006);-;-;-;5;.;...\n"
        "Total;1;2;-1;35;20;15\n__________\n© Statistisches Bundesamt (Destatis), 2024\n"
    )
    frame = frame_of(ms.read(write(tmp_path, "g.csv", text)))
    row = frame[(frame["row"] == 6) & (frame["column"] == 4)].iloc[0]
    assert (row["citizenship"], row["origin"], row["destination"], row["value"]) == ("FOR", "POL", "DEU", 30)
    row = frame[frame["row"] == 7].sort_values("column")
    assert row["presence"].tolist() == ["zero", "zero", "zero", "value", "missing", "missing"]
    text = (
        "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;"
        "1_variable_attribute_code;1_variable_attribute_label;2_variable_code;2_variable_label;2_variable_attribute_code;"
        "2_variable_attribute_label;value;value_unit;value_variable_code;value_variable_label\n"
        "12711;Wanderungsstatistik;JAHR;Jahr;2023;NAT;Nationalität;NATD;Deutsche;STAAT;Land;STAAT152;Polen;4000;Anzahl;B;"
        "Zuzüge aus dem Ausland\n"
        "12711;Wanderungsstatistik;JAHR;Jahr;2023;NAT;Nationalität;NATA;Ausländer;STAAT;Land;STAAT152;Polen;900;Anzahl;B;"
        "Fortzüge in das Ausland\n"
    )
    frame = frame_of(ms.read(write(tmp_path, "flat.csv", text)))
    assert frame[["origin", "destination", "citizenship"]].to_numpy().tolist() == [
        ["POL", "DEU", "NAT"],
        ["DEU", "POL", "FOR"],
    ]


def test_canada_in_french(tmp_path):
    text = (
        "Canada - Admissions des résidents permanents par pays de citoyenneté, janvier 2024\n\n"
        "Pays de citoyenneté,2024,,,,\n,T1,,,,Total de 2024\n,janv.,févr.,mars,Total du T1,\nInde,10,--,5,20,20\n"
        "Total,10,--,5,20,20\nSource : IRCC\n"
    )
    frame = frame_of(ms.read(write(tmp_path, "FR_ODP-PR-Citz.csv", text)))
    assert set(frame["origin"]) == {"IND", "_T"}
    assert frame[frame["presence"] == "suppressed"]["high"].tolist() == [5.0, 5.0]
    spans = {(str(a)[:10], str(b)[:10]) for a, b in zip(frame["period_start"], frame["period_end"], strict=True)}
    assert ("2024-01-01", "2024-04-01") in spans
    assert ("2024-01-01", "2025-01-01") not in spans


def test_sweden_in_swedish_and_with_years_across(tmp_path):
    text = '"födelseland","kön","år","tabellinnehåll","Invandringar och utvandringar"\n"Syrien","män","2016","Invandringar",30987\n'
    text += '"Syrien","kvinnor","2016","Utvandringar",100\n'
    frame = frame_of(ms.read(write(tmp_path, "s.csv", text, "cp1252")))
    assert frame[["measure", "sex", "value"]].to_numpy().tolist() == [["inflow", "M", 30987], ["outflow", "F", 100]]
    text = '"country of birth","sex","Immigrations 2022","Emigrations 2022"\n"Syrian Arab Republic","men",5,6\n'
    frame = frame_of(ms.read(write(tmp_path, "w.csv", text)))
    assert frame["value"].tolist() == [5, 6]


def test_emigrants_by_sex_and_age(tmp_path):
    title = "NUMBER OF REGISTERED FILIPINO EMIGRANTS BY SEX : 1981 - 1982\n\n"
    text = title + "YEAR,MALE,%,FEMALE,%,TOTAL,SEX RATIO\n1981,19635,40.18,29232,59.82,48867,67 M/100 F\n"
    text += "1982,22898,42.44,31055,57.56,53953,74 M/100 F\nTOTAL,42533,41.4,60287,58.6,102820,71 M/100 F\n"
    obs = ms.read(write(tmp_path, "sex.csv", text))
    assert obs.to_pandas()["value"].sum() == 2 * (48_867 + 53_953)
    text = title + "AGE GROUP,1981,1982,TOTAL\n14 - Below,5,,5\n15 - 19,1,2,3\n70 - Above,1,,1\nTOTAL,7,2,9\n"
    frame = frame_of(ms.read(write(tmp_path, "age.csv", text)))
    assert frame[frame["leaf"]]["value"].sum() == 9
    assert {"Y_LE14", "Y15T19", "Y_GE70"} <= set(frame["age"])


def test_permits_of_another_month(tmp_path):
    text = (
        "Labour permits issued in Shrawan 2080\n,Recruiting Agency,,,G to G,,,Grand Total,,\n"
        "Country,Male,Female,Total,Male,Female,Total,Male,Female,Total\nQatar,1,2,3,0,0,0,1,2,3\nIsrael,0,0,0,4,5,9,4,5,9\n"
    )
    frame = frame_of(ms.read(write(tmp_path, "x.csv", text)))
    assert set(frame["period_start"].astype(str)) == {"2023-07-17"}
    assert frame[frame["leaf"]]["value"].sum() == 12
    # Nothing says when: the caller does.
    silent = text.replace("Labour permits issued in Shrawan 2080", "Labour permits")
    with pytest.raises(ms.errors.MigstatError, match="period"):
        ms.read(write(tmp_path, "y.csv", silent))
    said = frame_of(ms.read(write(tmp_path, "y.csv", silent), constants={"period": "Shrawan 2080"}))
    assert said["value"].tolist() == frame["value"].tolist()


def test_tidy_tables_need_no_layout(tmp_path):
    text = "origin,destination,year,sex,value\nNPL,QAT,2020,F,5\nNPL,QAT,2020,M,50\n"
    path = write(tmp_path, "tidy.csv", text)
    frame = ms.read(path, constants={"measure": "labour_outflow"}).to_pandas()
    assert frame["value"].tolist() == [5, 50]
    with pytest.raises(ms.errors.MigstatError, match="measure"):
        ms.read(path)


def test_pages_saved_as_workbooks(tmp_path):
    page = (
        "<html><head><style>td {color: red}</style></head><body><h2>Recruiting Agency: labour permits, Asar 2079</h2>"
        "<table><tr><td rowspan=2>Country<td colspan=3>Recruiting Agency"
        "<tr><td>Male<td>Female<td>Total<tr><td>C&ocirc;te d&#39;Ivoire<td>1<td>2<td>3</table></body></html>"
    )
    frame = frame_of(ms.read(write(tmp_path, "permits.xls", page)))
    assert set(frame["destination"]) == {"CIV"}
    assert frame[frame["leaf"]]["value"].sum() == 3


EDITS: list[tuple[str, Callable[[str], str], str | None]] = [
    # Rows above the header and columns in another place change nothing.
    ("scb", lambda text: "Statistics\n\n" + text, None),
    ("scb", lambda text: text.replace('"observations"', '"flows of people"'), "flows of people|observations"),
    ("unhcr", lambda text: text.replace("Asylum-seekers", "Seekers"), "Seekers"),
    ("unhcr", lambda text: text.replace("Year,", "Jahrgang,"), "year"),
    ("destatis", lambda text: text.replace("Wanderungssaldo", "Saldo der Dinge"), "Saldo der Dinge"),
    ("destatis", lambda text: text.replace("Albanien;45;e", "Albanien;45 Leute;e", 1), "B10"),
]


@pytest.mark.parametrize(("name", "edit", "says"), EDITS)
def test_what_is_not_known_is_refused_by_name(tmp_path, shared, name, edit, says):
    file, encoding = {
        "scb": (FILES["scb"], "cp1252"),
        "unhcr": (FILES["unhcr_by_origin"], "utf-8"),
        "destatis": (FILES["destatis"], "utf-8"),
    }[name]
    text = (shared / "data" / file).read_bytes().decode(encoding)
    path = write(tmp_path, Path(file).name, edit(text), encoding)
    if says is None:
        before = frame_of(ms.read(shared / "data" / file))
        after = frame_of(ms.read(path))
        assert after["value"].tolist() == before["value"].tolist()
        assert ((after["row"] - before["row"]) == 2).all()
        return
    with pytest.raises(ms.errors.MigstatError, match=says):
        ms.read(path)
