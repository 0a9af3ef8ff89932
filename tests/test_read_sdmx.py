"""Files of Eurostat, OECD and SDMX: what is printed is what is read, in every form of the same data set."""

import gzip
import json

import pandas as pd
import pytest

import migstat as ms
from migstat.errors import ReadError, SchemaError
from reference_read_sdmx import eurostat_tsv, long_csv
from sdmx_messages import compact_2_0, generic, generic_flat, oecd_csv, sdmx_json, specific
from workbooks import workbook

IMM8 = "data/eurostat/estat_migr_imm8.tsv"
EMI2 = "data/eurostat/migr_emi2.tsv"
PERMITS = "data/eurostat/migr_resfirst.xls"
LEGACY = "data/oecd/MIG_02052023143458762.csv"
IMD = "data/oecd/international migration database.csv"
TOTALS = "data/derived/eurostat_migr_imm5prv_totals.csv"
FILES = [IMM8, EMI2, f"{EMI2}.gz", PERMITS, LEGACY, IMD, TOTALS]


@pytest.fixture(scope="module")
def files(shared):
    """Read every file once."""
    return {name: ms.read(shared / name) for name in FILES}


def one(obs, **codes):
    """Give the only figure with these codes."""
    table = obs.where(**codes).to_pandas(full=True)
    assert len(table) == 1, codes
    return table.iloc[0]


def account_balances(obs):
    step = obs.ledger.steps[0]
    assert step["operation"] == "read"
    for account in step["accounts"]:
        aside = {remainder["reason"]: remainder["tally"]["rows"] for remainder in account["set_aside"]}
        assert account["taken"]["rows"] == account["out"]["rows"] + sum(aside.values())
        assert "outside the tables" not in aside


# ---- published files


@pytest.mark.parametrize("name", FILES)
def test_a_file_alone_gives_figures_and_a_balanced_account(files, name):
    obs = files[name].check()
    assert len(obs) > 500
    account_balances(obs)


def test_spot_checks_of_eurostat(files):
    whole = {"age_definition": "completed", "age": "_T", "sex": "_T"}
    imm8, emi2 = files[IMM8], files[EMI2]
    germany = {"destination": "DEU", "reporter": "DEU", **whole}
    assert one(imm8, year=2022, **germany).value == 2_071_690
    last = one(imm8, year=2020, **germany)
    assert (last.value, last.flag, last.obs_status) == (728_606, "be", "B+E")
    # Eurostat's "DE" of 1990 is the former territory of the Federal Republic.
    assert one(imm8, year=1990, destination="DEU-1990", **whole).value == 1_256_250
    assert one(emi2, year=2015, origin="DEU", **whole).value == 347_162
    assert one(emi2, year=1990, origin="DEU-1990", **whole).value == 610_595
    austria = one(emi2, year=2002, origin="AUT", age_definition="completed", age="_T", sex="F")
    assert (austria.value, austria.flag, austria.obs_status) == (32_174, "b", "B")
    assert (austria.row, austria.column) == (1, 14)
    assert {"measure": "outflow", "role": "origin", "publisher": "Eurostat", "dataset": "migr_emi2"}.items() <= dict(
        austria
    ).items()


def test_spot_checks_of_the_explorer(files):
    obs = files[PERMITS]
    whole = {"reason": "_T", "citizenship": "_T", "criteria": "duration=TOTAL"}
    union = one(obs, destination="grp:EU28", year=2008, **whole)
    assert (union.value, union.row, union.column) == (2_534_671, 12, 1)
    assert one(obs, destination="BEL", year=2008, **whole).value == 46_201
    assert one(obs, destination="DNK", year=2014, **whole).value == 35_886
    assert set(obs.to_pandas(full=True).measure) == {"permits"}


def test_spot_checks_of_oecd(files):
    legacy, imd = files[LEGACY], files[IMD]
    for origin, destination, year, value in [
        ("AGO", "AUS", 1997, 7),
        ("AGO", "AUS", 1998, 2),
        ("AGO", "AUS", 2019, 3),
        ("BWA", "AUS", 2019, 14),
    ]:
        assert one(legacy, origin=origin, destination=destination, year=year).value == value
    for destination, year, value in [
        ("DEU", 2022, 2_481_019),
        ("DEU", 2020, 994_819),
        ("DEU", 2006, 558_467),
        ("BEL", 2006, 83_433),
    ]:
        figure = one(imd, destination=destination, year=year, sex="_T")
        assert (figure.value, figure.origin, figure.concept) == (value, "m49:001", "citizenship")
        assert figure.obs_status in {"A", "E", "P"}


def test_spot_checks_of_a_table_made_by_others(files):
    for destination, value in [("AUT", 15_855), ("ESP", 9_605), ("SWE", 3_156)]:
        figure = one(files[TOTALS], origin="DEU", destination=destination, year=2015)
        assert (figure.value, figure.measure, figure.concept) == (value, "inflow", "previous_residence")


@pytest.mark.parametrize("name", [IMM8, EMI2])
def test_bulk_files_cell_for_cell(files, shared, name):
    want = eurostat_tsv(shared / name)
    table = files[name].figures.to_pandas()
    got = {
        (row, column): (presence, None if value != value else value, "" if pd.isna(flag) else flag)
        for row, column, presence, value, flag in zip(
            table.row, table.column, table.presence.astype(str), table.value, table.flag.astype(object), strict=True
        )
    }
    # What is set aside is set aside by name: areas that are not known.
    lost = {key[-2] for address, (key, *_) in want.items() if address not in got}
    assert lost <= {"DE_TOT"}
    assert got == {
        address: found for address, (_, *found) in want.items() if address in got for found in [tuple(found)]
    }


@pytest.mark.parametrize(("name", "value"), [(LEGACY, "Value"), (IMD, "OBS_VALUE")])
def test_long_files_cell_for_cell(files, shared, name, value):
    want = long_csv(shared / name, value)
    table = files[name].figures.to_pandas()
    got = {(row, column): number for row, column, number in zip(table.row, table.column, table.value, strict=True)}
    assert got == {address: number for address, (_, number) in want.items()}
    area = "COU" if name == LEGACY else "REF_AREA"
    by_row = dict(zip(table.row, table.destination, strict=True))
    assert all(by_row[row] == line[area] for (row, _), (line, _) in want.items())


def test_the_explorer_cell_for_cell(files, shared):
    raw = pd.read_excel(shared / PERMITS, header=None, dtype=object, engine="calamine")
    raw[0] = raw[0].astype(str).str.replace("\0", "")
    table = files[PERMITS].figures.to_pandas()
    assert len(table) > 6000
    for row, column, value, presence in zip(table.row, table.column, table.value, table.presence, strict=True):
        cell = raw.iat[row, column]
        text = str(cell).replace("\0", "").strip()
        if presence == "missing":
            assert text == ":"
        else:
            assert float(text) == value
    numbers = raw.iloc[:, 1:].map(lambda cell: isinstance(cell, int | float) and cell == cell).sum().sum()
    assert numbers == (table.presence != "missing").sum()


def test_parts_add_up_to_printed_totals(files):
    """Men and women are the total wherever all three are printed, but for figures rounded or revised apart."""
    table = files[IMM8].where(age="_T", age_definition="completed", year=2015).to_pandas(full=True)
    wide = table.pivot_table(index="destination", columns="sex", values="value", aggfunc="first").dropna()
    assert len(wide) > 25
    assert (wide.F + wide.M == wide._T).all()


# ---- the same data set in all its forms

TSV = (
    "freq,agedef,age,unit,sex,geo\\TIME_PERIOD\t2014 \t2015 \t2016 \n"
    "A,COMPLET,TOTAL,NR,F,AT\t69345 \t52494 b\t: \n"
    "A,COMPLET,TOTAL,NR,M,AT\t80000 ep\t:c\t0 n\n"
    "A,COMPLET,TOTAL,NR,T,EL\t64446 \t: z\t116867 bep\n"
)
WANT = [
    ("AUT", "F", 2014, 69345, "value", None),
    ("AUT", "F", 2015, 52494, "value", "B"),
    ("AUT", "F", 2016, None, "missing", None),
    ("AUT", "M", 2014, 80000, "value", "E+P"),
    ("AUT", "M", 2015, None, "suppressed", None),
    ("AUT", "M", 2016, 0, "rounded_zero", "N"),
    ("GRC", "_T", 2014, 64446, "value", None),
    ("GRC", "_T", 2015, None, "not_applicable", "M"),
    ("GRC", "_T", 2016, 116867, "value", "B+E+P"),
]


def rows(obs, home="destination"):
    table = obs.check().to_pandas(full=True)
    status = table.obs_status if "obs_status" in table else pd.Series([None] * len(table))
    found = zip(table[home], table.sex, table.year, table.value, table.presence, status, strict=True)
    return sorted(
        (area, sex, int(year), None if value != value else value, presence, None if pd.isna(status) else status)
        for area, sex, year, value, presence, status in found
    )


def named(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_bulk_files_of_all_vintages(tmp_path):
    assert rows(ms.read(named(tmp_path, "estat_migr_imm8.tsv", TSV))) == sorted(WANT)
    packed = named(tmp_path, "migr_imm8.tsv.gz", gzip.compress(TSV.encode()))
    old = "age,agedef,sex,unit,geo\\time\t2016 \t2015 \t2014 \n" + "".join(
        f"TOTAL,COMPLET,{sex},NR,{geo}\t{c}\t{b}\t{a}\n"
        for sex, geo, a, b, c in [
            ("F", "AT", "69345 ", "52494 b", ": "),
            ("M", "AT", "80000 ep", ": c", "0n"),
            ("T", "EL", "64446 ", ":z", "116867 bep"),
        ]
    )
    assert rows(ms.read(packed)) == sorted(WANT)
    assert rows(ms.read(named(tmp_path, "migr_imm8.tsv", old))) == sorted(WANT)
    assert rows(ms.read(old.encode(), constants={"measure": "inflow"})) == sorted(WANT)


def sdmx_csv(style):
    """Give the data set as SDMX-CSV of one style."""
    dimensions = ["freq", "agedef", "age", "unit", "sex", "geo"]
    labels = ["Time frequency", "Age definition", "Age class", "Unit of measure", "Sex", "Geopolitical entity"]
    lines = TSV.splitlines()
    periods = [label.strip() for label in lines[0].split("\t")[1:]]
    out = []
    for line in lines[1:]:
        key, *cells = line.split("\t")
        for period, cell in zip(periods, cells, strict=True):
            text = cell.strip()
            number, flag = (text[0], text[1:].strip()) if text[0] == ":" else [*text.split(" "), ""][:2]
            value = "" if number == ":" else number
            codes = key.split(",")
            if style == "1.0":
                out.append(["ESTAT:MIGR_IMM8(1.0)", "01/03/24 23:00:00", *codes, period, value or ":", flag])
            elif style == "labels":
                pairs = [part for code in codes for part in (code, f"label of {code}")]
                out.append(
                    [
                        "dataflow",
                        "ESTAT:MIGR_IMM8(1.0)",
                        "Immigration",
                        "I",
                        *pairs,
                        period,
                        "",
                        value or "NaN",
                        "",
                        flag,
                        "",
                    ]
                )
            else:
                out.append(
                    [
                        "ESTAT:MIGR_IMM8(1.0)",
                        *[f"{code}: label of {code}" for code in codes],
                        period,
                        value or "NaN",
                        flag,
                    ]
                )
    header = {
        "1.0": ["DATAFLOW", "LAST UPDATE", *dimensions, "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG"],
        "labels": [
            "STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION",
            *[part for pair in zip(dimensions, labels, strict=True) for part in pair],
            "TIME_PERIOD", "Time", "OBS_VALUE", "Observation value", "OBS_FLAG", "Observation status (Flag)",
        ],
        "both": [
            "DATAFLOW", *[f"{one}: {label}" for one, label in zip(dimensions, labels, strict=True)],
            "TIME_PERIOD: Time", "OBS_VALUE: Value", "OBS_FLAG: Flag",
        ],
    }[style]  # fmt: skip
    return "\n".join(",".join(f'"{cell}"' if "," in cell else cell for cell in line) for line in [header, *out]) + "\n"


@pytest.mark.parametrize("style", ["1.0", "labels", "both"])
def test_sdmx_csv_of_all_styles(style):
    assert rows(ms.read(sdmx_csv(style).encode())) == sorted(WANT)


OECD_WANT = [
    ("DEU", "F", 2014, 12500, "value", "A"),
    ("DEU", "F", 2015, 30000, "value", "P"),
    ("DEU", "_T", 2015, 80000, "value", "B"),
    ("FRA", "F", 2015, None, "suppressed", "Q"),
]


@pytest.mark.parametrize(
    "message",
    [
        oecd_csv(), oecd_csv(";"), generic(), generic_flat(), specific(), specific(flat=True), compact_2_0(),
        sdmx_json("2.0"), sdmx_json("1.0"), sdmx_json("draft"), sdmx_json("2.0", levels=False),
    ],
    ids=["csv", "semicolons", "generic", "generic-flat", "specific", "specific-flat", "compact-2.0", "json-2.0",
         "json-1.0", "json-draft", "json-flat"],
)  # fmt: skip
def test_one_data_set_in_all_messages(message):
    obs = ms.read(message if isinstance(message, bytes) else message.encode())
    assert rows(obs) == sorted(OECD_WANT)
    account_balances(obs)
    table = obs.to_pandas(full=True)
    assert set(table.origin) == {"SYR", "m49:001"}
    assert set(table.citizenship) == {"SYR", "m49:001"}
    assert set(table.multiplier) == {1000}
    assert set(table.reporter) == {"DEU", "FRA"}


def test_json_stat_as_eurostat_gives_it():
    dimensions = [("freq", ["A"]), ("agedef", ["COMPLET"]), ("age", ["TOTAL"]), ("unit", ["NR"]), ("sex", ["F"]),
                  ("geo", ["AT", "EL"]), ("time", ["2014", "2015"])]  # fmt: skip
    places = {name: {code: at for at, code in enumerate(codes)} for name, codes in dimensions}
    message = {
        "version": "2.0", "class": "dataset", "source": "ESTAT", "updated": "2024-03-01T23:00:00+0100",
        "extension": {"id": "MIGR_IMM8"},
        "id": ["freq", "agedef", "age", "unit", "sex", "geo", "time"], "size": [1, 1, 1, 1, 1, 2, 2],
        "value": {"0": 69345, "3": 116867}, "status": {"1": ":c", "3": "bep"},
        "dimension": {name: {"category": {"index": index}} for name, index in places.items()},
    }  # fmt: skip
    assert rows(ms.read(json.dumps(message).encode())) == [
        ("AUT", "F", 2014, 69345, "value", None),
        ("AUT", "F", 2015, None, "suppressed", None),
        ("GRC", "F", 2015, 116867, "value", "B+E+P"),
    ]


# ---- other data sets


def bulk(name, header, *lines):
    return name, "\n".join(["\t".join(line) for line in (header, *lines)]) + "\n"


def test_partners_citizens_and_places_of_birth(tmp_path):
    head = ["freq,partner,agedef,age,unit,sex,geo\\TIME_PERIOD", "2022 "]
    obs = ms.read(
        named(
            tmp_path,
            *bulk(
                "migr_imm5prv.tsv", head, ["A,SY,COMPLET,TOTAL,NR,T,DE", "7 "], ["A,TOTAL,COMPLET,TOTAL,NR,T,DE", "9 "]
            ),
        )
    )
    figure = one(obs, origin="SYR")
    assert (figure.destination, figure.value, figure.concept) == ("DEU", 7, "previous_residence")
    head[0] = head[0].replace("partner", "citizen")
    lines = [
        [f"A,{citizen},COMPLET,TOTAL,NR,T,DE", "5 "]
        for citizen in ("TOTAL", "NAT", "FOR", "SY", "STLS", "EU27_2020_FOR", "UNK")
    ]
    obs = ms.read(named(tmp_path, *bulk("migr_pop1ctz.tsv", head, *lines))).check()
    table = obs.to_pandas(full=True)
    assert set(table.citizenship) == {"_T", "NAT", "FOR", "SYR", "STLS", "grp:EU27-2020-FOR", "_U"}
    assert (table.citizenship == table.origin).all()
    # Foreigners are printed beside their parts: only these may be added to the nationals.
    assert set(table[table.leaf].citizenship) == {"NAT", "SYR", "STLS", "grp:EU27-2020-FOR", "_U"}
    assert (table.measure.eq("stock") & table.concept.eq("citizenship")).all()
    figures = obs.figures.to_pandas()
    assert set(figures.period_start.astype(str)) == set(figures.period_end.astype(str)) == {"2022-01-01"}
    obs = ms.read(named(tmp_path, *bulk("migr_emi1ctz.tsv", head, ["A,SY,REACH,Y15-19,NR,F,DE", "3 p"])))
    figure = obs.to_pandas(full=True).iloc[0]
    assert (figure.origin, figure.citizenship, figure.age, figure.age_definition) == ("DEU", "SYR", "Y15T19", "reached")


def test_other_dimensions_are_criteria_and_odd_groups_are_set_aside(tmp_path):
    head = ["freq,reason,citizen,duration,unit,geo\\TIME_PERIOD", "2021 ", "2022 "]
    lines = [["A,FAM,SY,M_GE12,PER,DE", "4 ", ": "], ["A,TOTAL,TOTAL,TOTAL,PER,DE", "8 ", "9 "]]
    obs = ms.read(named(tmp_path, *bulk("migr_resfirst.tsv", head, *lines))).check()
    table = obs.to_pandas(full=True)
    assert set(table.criteria) == {"duration=M_GE12", "duration=TOTAL"}
    assert set(table.reason) == {"FAM", "_T"}
    assert set(table.measure) == {"permits"}
    head = ["freq,agedef,age,unit,sex,geo\\TIME_PERIOD", "2022 "]
    obs = ms.read(
        named(tmp_path, *bulk("migr_imm8.tsv", head, ["A,REACH,Y_OPEN,NR,T,AT", "4 "], ["A,REACH,Y_LT5,NR,T,AT", "5 "]))
    )
    assert obs.to_pandas().value.tolist() == [5]
    assert 'age "Y_OPEN" is no group' in str(obs.ledger.steps[0]["accounts"][0]["set_aside"])


def test_months_quarters_and_weeks(tmp_path):
    head = ["freq,citizen,sex,unit,age,asyl_app,geo\\TIME_PERIOD", "2023-01 ", "2023-02 "]
    obs = ms.read(named(tmp_path, *bulk("migr_asyappctzm.tsv", head, ["M,SY,T,PER,TOTAL,ASY_APP,DE", "10 ", "20 "])))
    table = obs.to_pandas(full=True)
    assert obs.figures.to_pandas().period_start.astype(str).tolist() == ["2023-01-01", "2023-02-01"]
    assert set(table.measure) == {"asylum_seekers"}
    base = oecd_csv().decode().splitlines()
    for label, start, end in [
        ("2015-Q1", "2015-01-01", "2015-04-01"),
        ("2015-03", "2015-03-01", "2015-04-01"),
        ("2015-S2", "2015-07-01", "2016-01-01"),
        ("2015-W05", "2015-01-26", "2015-02-02"),
        ("2015-01-01/P1Y", "2015-01-01", "2016-01-01"),
    ]:
        text = "\n".join([base[0], base[1].replace("2014", label)])
        figure = ms.read(text.encode()).figures.to_pandas().iloc[0]
        assert (str(figure.period_start)[:10], str(figure.period_end)[:10]) == (start, end)


def test_several_measures_stay_apart():
    text = oecd_csv().decode()
    header, *lines = text.splitlines()
    by_birth = lines[0].replace("B11", "B14").replace("SYR", "_Z", 1).replace(",_Z,2014", ",SYR,2014")
    lines += [lines[0].replace("B11", "B12"), by_birth, lines[0].replace("B11", "HOUSES")]
    obs = ms.read("\n".join([header, *lines]).encode()).check()
    table = obs.to_pandas(full=True)
    assert set(table.measure) == {"inflow", "outflow", "stock"}
    out = table[table.measure == "outflow"].iloc[0]
    assert (out.origin, out.destination, out.citizenship, out.role) == ("DEU", "_T", "SYR", "origin")
    stock = table[table.measure == "stock"].iloc[0]
    assert (stock.origin, stock.birth, stock.concept) == ("SYR", "SYR", "birth")
    assert 'MEASURE "HOUSES" is no measure that is known' in str(obs.ledger.steps[0]["accounts"])


def test_oecd_stat_without_codes():
    text = (
        '"Country of birth/nationality","Variable","Gender","Country","Year",'
        '"Unit Code","Unit","PowerCode Code","PowerCode","Value"\n'
        '"Angola","Stock of foreign-born population by country of birth","Women","Australia","2019",'
        '"PER","Persons","0","Units",12\n'
    )
    figure = ms.read(text.encode()).to_pandas(full=True).iloc[0]
    assert (figure.origin, figure.birth, figure.destination, figure.sex) == ("AGO", "AGO", "AUS", "F")
    assert (figure.measure, figure.value) == ("stock", 12)


# ---- selection


def test_only_what_is_wanted_is_kept(shared, files):
    wanted = {"destination": "DEU", "sex": "T", "age": "TOTAL", "year": [2020, 2022]}
    obs = ms.read(shared / IMM8, where=wanted).check()
    same = files[IMM8].where(destination="DEU", sex="_T", age="_T", year=[2020, 2022])
    assert obs.to_pandas().value.dropna().tolist() == same.to_pandas().value.dropna().tolist()
    account = obs.ledger.steps[0]["accounts"][0]
    assert account["set_aside"][0]["reason"] == "not selected"
    assert account["taken"]["rows"] == files[IMM8].ledger.steps[0]["accounts"][0]["taken"]["rows"]
    for other in ({"geo": "DE"}, {"home": "Germany"}, {"reporter": ["DE"]}):
        assert len(ms.read(shared / IMM8, where=other)) == len(ms.read(shared / IMM8, where={"destination": "DEU"}))
    imd = ms.read(shared / IMD, where={"destination": "DEU", "year": 2022})
    assert imd.to_pandas().value.tolist() == [2_481_019]


def test_selection_says_what_it_cannot_do(shared):
    with pytest.raises(SchemaError, match=r'where=\{"gea": ...\}: the file has no such dimension; did you mean "geo"'):
        ms.read(shared / IMM8, where={"gea": "DE"})
    with pytest.raises(ReadError, match="no line is of what where= selects"):
        ms.read(shared / IMM8, where={"geo": "ZZ"})
    with pytest.raises(SchemaError, match=r"select by obs\.where"):
        ms.read(shared / PERMITS, where={"geo": "DE"})


# ---- what is refused


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TSV.replace("69345 ", "many"), r'cell B2: "many" is neither a figure'),
        (TSV.replace("\t80000 ep", ""), "line 3: it has fewer cells than the 4 of the first line"),
        (TSV.replace("A,COMPLET,TOTAL,NR,M,AT", "A,COMPLET,TOTAL,NR,M"), "line 3: its key .* has 5 parts"),
        (TSV.replace("2015 ", "Total"), 'cell C1: the columns are by "TIME_PERIOD", and "Total" is no period'),
        (TSV.splitlines()[0] + "\n", "a header and no lines"),
    ],
)
def test_damaged_bulk_files_are_refused(tmp_path, text, says):
    with pytest.raises(ReadError, match=says):
        ms.read(named(tmp_path, "migr_imm8.tsv", text))


def test_what_nothing_says_is_asked_for():
    with pytest.raises(ReadError, match=r"nothing says what is measured .*constants=dict\(measure="):
        ms.read(TSV.encode())
    with pytest.raises(ReadError, match=r"MEASURE HOUSES\); say it"):
        ms.read(oecd_csv().replace(b"B11", b"HOUSES"))


def test_damaged_messages_are_refused():
    doctype = generic().replace("?>\n", '?>\n<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')
    with pytest.raises(ReadError, match="document type definition"):
        ms.read(doctype.encode())
    with pytest.raises(ReadError, match="the XML is damaged"):
        ms.read(generic()[:-60].encode())
    with pytest.raises(ReadError, match="the JSON is damaged"):
        ms.read(sdmx_json("2.0")[:-4].encode())
    beyond = sdmx_json("2.0").replace('"0:0:0:0:0:0"', '"9:0:0:0:0:0"')
    with pytest.raises(ReadError, match="points beyond the codes"):
        ms.read(beyond.encode())
    with pytest.raises(ReadError, match=r'cell I2: "x" is not a number'):
        ms.read(oecd_csv().replace(b"12.5", b"x"))
    with pytest.raises(ReadError, match="it has 12 cells, and the header 13"):
        ms.read(oecd_csv().replace(b"12.5,", b""))


def test_columns_may_stand_in_any_order_and_more_may_be_there():
    frame = pd.read_csv(pd.io.common.BytesIO(oecd_csv()), dtype=str, keep_default_na=False)
    other = frame[frame.columns[::-1]].assign(EXTRA="x")
    other = other[[*other.columns[:3], "EXTRA", *other.columns[3:-1]]]
    assert rows(ms.read(other.to_csv(index=False).encode())) == sorted(OECD_WANT)
    with pytest.raises(ReadError, match="two columns are headed"):
        ms.read(oecd_csv().replace(b"BIRTH_PLACE", b"SEX"))


# ---- workbooks of the Data Explorer and the Data Browser


def test_the_data_browser_with_flags():
    rows_of_sheet = [
        ["Data extracted on 01/03/2024 10:00:00 from [ESTAT]"],
        ["Dataset: ", "Immigration by age group, sex and country of birth [migr_imm3ctb]"],
        ["Last updated:", "28/02/2024 23:00"],
        [],
        ["Time frequency", None, "Annual"],
        ["Country of birth", None, "Syria"],
        ["Age definition", None, "Age in completed years"],
        ["Age class", None, "Total"],
        ["Unit of measure", None, "Number"],
        ["Sex", None, "Females"],
        [],
        ["TIME", "2021", None, "2022", None],
        ["GEO (Labels)"],
        ["Germany", 100, "b", 7, "ep"],
        ["Greece", ":", "c", 0, None],
        [],
        ["Special value"],
        [":", "not available"],
        ["Available flags:"],
        ["b", "break in time series"],
    ]
    obs = ms.read(workbook({"Summary": [["x"]], "Sheet 1": rows_of_sheet})).check()
    assert rows(obs) == [
        ("DEU", "F", 2021, 100, "value", "B"),
        ("DEU", "F", 2022, 7, "value", "E+P"),
        ("GRC", "F", 2021, None, "suppressed", None),
        ("GRC", "F", 2022, 0, "zero", None),
    ]
    table = obs.to_pandas(full=True)
    assert set(table.origin if "origin" in table else []) <= {"_T", "SYR"}
    assert set(table.birth) == {"SYR"}
    assert set(table.measure) == {"inflow"}
    assert set(table.dataset) == {"migr_imm3ctb"}


def test_an_explorer_that_says_no_data_set_is_refused(shared):
    text = [["A table of something [migr_unheard]"], [], ["GEO/TIME", "2008"], ["Belgium", 1]]
    with pytest.raises(ReadError, match="nothing says the measure"):
        ms.read(workbook(text))


# ---- large files


def test_a_bulk_file_is_read_line_by_line(tmp_path):
    """A selection of a file of many lines keeps nothing of the others, packed or not."""
    head, *lines = TSV.splitlines(keepends=True)
    many = head + "".join(lines) + lines[0].replace(",AT", ",DE") * 60_000
    path = named(tmp_path, "migr_imm8.tsv.gz", gzip.compress(many.encode(), 1))
    obs = ms.read(path, where={"geo": ["AT", "EL"]})
    assert rows(obs) == sorted(WANT)
    assert obs.ledger.steps[0]["accounts"][0]["taken"]["rows"] == 6 + 2 * 60_000
    with pytest.raises(ReadError, match="more than the limit of 1000 bytes"):
        ms.read(path, limits={"inflated": 1000})


def test_progress_is_told_and_may_stop_the_reading(tmp_path):
    head, *lines = TSV.splitlines(keepends=True)
    path = named(tmp_path, "migr_imm8.tsv", head + lines[0] * 3_000_000)

    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ms.read(path, where={"geo": "ZZ"}, progress=stop)
