"""Other vintages, languages and selections of the files of `test_read_nat`, written as their publishers write them."""

import pytest

import migstat as ms
from test_read_nat import frame_of, write


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
    text = "Year,Country of Asylum,Country of Origin,Venezuelans displaced abroad,IDPs\n"
    text += "2019,Colombia,Venezuela,1771237,0\n"
    frame = frame_of(ms.read(write(tmp_path, "a.csv", text)))
    assert frame[frame["value"] > 0][["origin", "destination"]].to_numpy().tolist() == [["VEN", "COL"]]
    with pytest.raises(ms.errors.ReadError, match="Refugees in camps"):
        ms.read(write(tmp_path, "b.csv", text.replace("IDPs", "Refugees in camps")))


def test_unhcr_demographics(tmp_path):
    ages = ["0 - 4", "5 - 11", "12 - 17", "18 - 59", "60", "other", "total"]
    header = ",".join(f"{sex} {age}" for sex in ("Female", "Male") for age in ages)
    text = (
        "Year,Country of origin,Country of origin (ISO),Country of asylum,Country of asylum (ISO),"
        "Population type,location,"
        f"urbanRural,accommodationType,{header},Total\n"
        "2022,Syrian Arab Rep.,SYR,Jordan,JOR,REF,Zaatari,Urban,Planned camp,1,2,3,4,5,0,15,1,1,1,1,1,0,5,20\n"
    )
    frame = frame_of(ms.read(write(tmp_path, "demographics.csv", text)))
    assert frame[frame["leaf"]]["value"].sum() == 20
    assert set(frame["age"]) == {"Y0T4", "Y5T11", "Y12T17", "Y18T59", "Y_GE60", "_U", "_T"}
    assert frame["coverage"].iloc[0] == "Zaatari; Urban; Planned camp"


def test_popstats_by_month_and_of_several_populations(tmp_path):
    head = '"Extracted from the UNHCR Population Statistics Reference Database"\nDate extracted: 2017-11-01\n\n\n'
    text = (
        head + "Country / territory of asylum/residence,Origin,Year,Month,Value\nAustralia,Afghanistan,1999,January,8\n"
    )
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


def test_popstats_long_procedures_and_ages(tmp_path):
    text = "Year,Country / territory of asylum/residence,Origin,Population type,Value\n"
    text += "2013,Turkey,Syrian Arab Rep.,Refugees (incl. refugee-like situations),585601\n"
    text += "2013,Iraq,Turkey,Returned refugees,*\n"
    frame = frame_of(ms.read(write(tmp_path, "time_series.csv", text)))
    assert frame["measure"].tolist() == ["refugees", "returns"]
    assert frame["presence"].tolist() == ["value", "suppressed"]
    text = "Country / territory of asylum/residence,Origin,Year,Value\nAlbania,Iraq,2010,12\n"
    assert frame_of(ms.read(write(tmp_path, "r.csv", text)))["population"].tolist() == ["resettled refugees"]
    text = (
        "Year,Country / territory of asylum/residence,Origin,RSD procedure type / level,Tota pending start-year,"
        "of which UNHCR-assisted(start-year),Applied during year,decisions_recognized,decisions_other,Rejected,"
        "Otherwise closed,Total decisions,Total pending end-year,of which UNHCR-assisted(end-year)\n"
        "2000,Zimbabwe,Afghanistan,G / FI,0,0,5,5,0,0,0,5,0,0\n"
    )
    frame = frame_of(ms.read(write(tmp_path, "asylum_seekers.csv", text)))
    assert frame[["measure", "value"]].to_numpy().tolist() == [["inflow", 5], ["asylum_seekers", 0]]
    ages = [f"{sex} {age}" for sex in ("Female", "Male") for age in ("0-4", "5-11", "5-17", "12-17", "18-59", "60+")]
    text = f"Year,Country / territory of asylum/residence,Location Name,{','.join(ages)}"
    text += ",F: Unknown,F: Total,M: Unknown,M: Total\n"
    text += "2001,Afghanistan,Kabul,1,,2,,3,4,,,,,,,0,10,5,5\n"
    frame = frame_of(ms.read(write(tmp_path, "demographics.csv", text)))
    assert frame[frame["leaf"]]["value"].sum() == 15


def test_annex_tables_of_global_trends(tmp_path):
    rows = [
        '"Table 1. Refugees, asylum-seekers, IDPs and others of concern to UNHCR by country/territory of asylum, '
        'end-2014"',
        "All data are provisional and subject to change.",
        "",
        "Country/territory of asylum1,Refugees2,People in refugee-like situations3,Total refugees and people in "
        "refugee-like situations4,Of whom assisted by UNHCR,Asylum-seekers (pending cases)5,Returned refugees6,"
        "IDPs protected/assisted by UNHCR7,Total population of concern",
        "Turkey36,1587374,-,1587374,1587374,106378,-,-,1693752",
        "Zimbabwe,5829,250,6079,6079,181,5,*,6265",
        "Total,1593203,250,1593453,1593453,106559,5,-,1700017",
        "UNHCR Bureaux,,,,,,,,",
        "- Europe,1587374,-,1587374,1587374,106378,-,-,1693752",
        "Notes,,,,,,,,",
        '"1 Country or territory of asylum or residence.",,,,,,,,',
    ]
    obs = ms.read(write(tmp_path, "annex.csv", "\n".join(rows) + "\n"))
    frame = frame_of(obs)
    turkey = frame[frame["row"] == 4].set_index("column")["value"].to_dict()
    assert turkey[3] == 1_587_374
    assert set(frame["destination"]) == {"TUR", "ZWE", "_T"}
    assert set(frame[frame["measure"] == "refugees"]["period_start"].astype(str)) == {"2014-12-31"}
    reasons = set(obs.ledger.to_pandas()["reason"].dropna())
    assert {"total of a bureau or region", "total over unlike populations"} <= reasons


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
        "GDP,NY.GDP.MKTP.CD,Afghanistan,AFG,1,2\n\n\nData from database: World Development Indicators\n"
        "Last Updated: 07/20/2022\n"
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
    text += (
        "India,0,810158,1,2,810161\nNepal,553050,,3,4,553057\nTOTAL,553050,810158,4,6,1363218\nNotes:\nSee the text.\n"
    )
    frame = frame_of(ms.read(write(tmp_path, "m.csv", text)))
    row = frame[(frame["row"] == 2) & (frame["column"] == 2)].iloc[0]
    pair = ("IND", "NPL") if origins_down else ("NPL", "IND")
    assert (row["origin"], row["destination"], row["value"]) == (*pair, 810_158)
    assert set(frame["period_start"].astype(str)) == {"2013-01-01"}
    assert frame[frame["leaf"]]["value"].sum() == 1_363_218


def test_other_editions_of_displacement(tmp_path):
    text = "ISO3,Country / Territory,Year,Conflict Internal Displacements,Disaster Internal Displacements\n"
    text += (
        "#country+code,#country+name,#date+year,#affected+conflict,#affected+disaster\nAFG,Afghanistan,2024,5,1300\n"
    )
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


def test_incidents_of_2015(tmp_path):
    text = (
        "id,cause_of_death,region_origin,affected_nationality,missing,dead,incident_region,date,source,"
        "reliability,lat,lon\n"
        "#meta+id,#cause,#region+origin,#affected+nationality,#affected+missing,#affected+dead,#region,#date,"
        "#meta+source,"
        "#meta+reliability,#geo+lat,#geo+lon\n"
        "1,Drowning,Sub-Saharan Africa,Unknown,3,26,Mediterranean,23/10/2015,IOM,Verified,35.1,12.2\n"
    )
    obs = ms.read(write(tmp_path, "mm.csv", text))
    frame = frame_of(obs)
    assert frame.sort_values("column")["value"].tolist() == [3, 26]
    assert set(frame["period_start"].astype(str)) == {"2015-10-23"}


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
        ";number;number;number;number;number;number\n2023\nPoland;1;2;-1;30;20;10\n"
        "Montenegro (from 03.06.2006);-;-;-;5;.;...\n"
        "Total;1;2;-1;35;20;15\n__________\n© Statistisches Bundesamt (Destatis), 2024\n"
    )
    frame = frame_of(ms.read(write(tmp_path, "g.csv", text)))
    row = frame[(frame["row"] == 6) & (frame["column"] == 4)].iloc[0]
    assert (row["citizenship"], row["origin"], row["destination"], row["value"]) == ("FOR", "POL", "DEU", 30)
    row = frame[frame["row"] == 7].sort_values("column")
    assert row["presence"].tolist() == ["zero", "zero", "zero", "value", "missing", "missing"]
    text = (
        "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;"
        "1_variable_attribute_code;1_variable_attribute_label;2_variable_code;2_variable_label;"
        "2_variable_attribute_code;"
        "2_variable_attribute_label;value;value_unit;value_variable_code;value_variable_label\n"
        "12711;Wanderungsstatistik;JAHR;Jahr;2023;NAT;Nationalität;NATD;Deutsche;STAAT;Land;STAAT152;"
        "Polen;4000;Anzahl;B;"
        "Zuzüge aus dem Ausland\n"
        "12711;Wanderungsstatistik;JAHR;Jahr;2023;NAT;Nationalität;NATA;Ausländer;STAAT;Land;STAAT152;"
        "Polen;900;Anzahl;B;"
        "Fortzüge in das Ausland\n"
    )
    frame = frame_of(ms.read(write(tmp_path, "flat.csv", text)))
    assert frame[["origin", "destination", "citizenship"]].to_numpy().tolist() == [
        ["POL", "DEU", "NAT"],
        ["DEU", "POL", "FOR"],
    ]


def test_canada_in_french(tmp_path):
    text = (
        '"Canada - Admissions des résidents permanents par pays de citoyenneté, janvier 2024"\n\n'
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
    text = '"födelseland","kön","år","tabellinnehåll","Invandringar och utvandringar"\n'
    text += '"Syrien","män","2016","Invandringar",30987\n'
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
    assert {"Y0T14", "Y15T19", "Y_GE70"} <= set(frame["age"])


def test_permits_of_another_month(tmp_path):
    text = (
        "Labour permits issued in Shrawan 2080\n,Recruiting Agency,,,G to G,,,Grand Total,,\n"
        "Country,Male,Female,Total,Male,Female,Total,Male,Female,Total\n"
        "Qatar,1,2,3,0,0,0,1,2,3\nIsrael,0,0,0,4,5,9,4,5,9\n"
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
