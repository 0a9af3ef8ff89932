"""Files of UNHCR, the World Bank, IDMC, IOM, CEPII and national offices, read as published."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import migstat as ms
import reference_read_nat as slow

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
    found = dict(
        zip(zip(frame["row"], frame["column"], strict=True), zip(presence, frame["value"], strict=True), strict=True)
    )
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
    assert (row["origin"], row["destination"], row["sex"], row["age"], row["reason"]) == (
        "RUS",
        "RUS",
        "M",
        "Y12T14",
        "Disaster",
    )


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
    ("destatis", "B1960", 120_713, {"origin": "_T", "destination": "DEU", "measure": "inflow"}),
    ("destatis", "D1960", 138_273, {"origin": "DEU", "destination": "_T", "measure": "outflow"}),
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


def test_an_incident_of_missing_migrants(shared):
    """Incident 51591: the number of dead is blank, two are missing, two in all, 36 survived."""
    obs = read(shared, "missing_migrants")
    cells = [at(obs, cell) for cell in ("F2", "G2", "H2", "I2")]
    assert [cell["presence"] for cell in cells] == ["blank", "value", "value", "value"]
    assert [cell["value"] for cell in cells[1:]] == [2, 2, 36]
    assert [cell["measure"] for cell in cells] == ["deaths", "deaths", "deaths", "irregular"]


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
    frame = frame[
        (frame["sheet"] == "1_Displacement_data") & (frame["origin"] == "SYR") & (frame["reason"] == "Conflict")
    ]
    assert one(frame, criteria="rounded", measure="idps", period_start="2022-12-31") == 6_865_000
    assert one(frame, criteria="raw", measure="idps", period_start="2022-12-31") == 6_865_308
    assert one(frame, criteria="rounded", measure="displacements", period_start="2022-01-01") == 171_000
    frame = frame_of(read(shared, "dofe"))
    frame = frame.assign(criteria=frame["criteria"].fillna(""))
    new = "without those who go again"
    assert one(frame, destination="MYS", flow_type="recruiting agency", sex="M") == 15_152
    assert one(frame, destination="MYS", flow_type="_T", criteria=new, sex="_T") == 15_827
    assert one(frame, destination="QAT", flow_type="_T", criteria="", sex="_T") == 12_465
    assert one(frame, destination="_T", flow_type="_T", criteria="", sex="_T") == 62_853
    assert set(frame["period_start"].astype(str)) == {"2022-06-15"}


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
        5: "blank",
        6: "value",
        7: "value",
        8: "value",
        9: "blank",
        10: "value",
        11: "blank",
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
        # What a total holds beyond its parts stands in cells of ".", unknown or hidden.
        apart = set(total.index[(parts - total).abs() > 0])
        # In 2023 the publisher's total of arrivals is 10 more than its parts, and nothing in the file says why.
        hidden = set(flows.loc[flows["presence"] == "missing", "period_start"])
        assert {str(day)[:4] for day in apart - hidden} <= {"2023"}
        assert ((total - parts).abs() < 20).all()
    frame = frame_of(read(shared, "net_migration"))
    assert set(frame[frame["destination"] == "m49:001"]["value"].dropna()) == {0.0}


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
