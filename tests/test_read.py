"""ms.read: what it takes, what it refuses, and what may change in a file without changing its figures."""

import csv
import gzip
import io
import textwrap
import zipfile

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import ctrl_c
import migstat as ms
from migstat.errors import CodeError, DefinitionError, InternalError, MigstatError, ReadError, SchemaError
from workbooks import archive, sheet_xml, workbook

calamine = pytest.importorskip("python_calamine")

LAYOUT = {
    "missing": {"..": "missing", "-": "zero", "x": "suppressed"},
    "constants": {"origin": "LKA", "measure": "labour_outflow", "publisher": "An office"},
    "table": [
        {
            "title": "^Table (?<table>.+)",
            "columns": [
                {"header": "^country$", "role": "destination"},
                {"header": "^remarks$", "role": "note", "optional": True},
            ],
            "headings": [{"match": "^(?<sex>males?|females?|total)$"}, {"match": r"^(?<year>(19|20)\d\d)$"}],
            "needs": ["sex", "year"],
        }
    ],
}
ROWS = [
    ["An office"],
    ["Table 5: Departures"],
    [],
    ["Country", "Males", None, "Females", None, "Remarks"],
    [None, 2019, 2020, 2019, 2020],
    ["Saudi Arabia", 1200, 900, 30, "-", "a"],
    ["Qatar", 800.5, "..", 12, 9],
    ["Total", "2,000.5", 900, 42, 9],
    ["a  Including Dammam."],
]


def read(rows=ROWS, layout=LAYOUT, **options):
    return ms.read(workbook({"T5": rows}), layout=layout, **options)


def cells(obs):
    """Give figures by their cell: row, column, sheet -> codes and value."""
    table = obs.figures.to_pandas()
    aside = ("row", "column", "definition", "leaf", "note", "flag", "obs_status", "conf_status")
    names = [name for name in table.columns if name not in aside]
    table[names] = table[names].astype(object).where(table[names].notna(), None)
    definitions = obs.definitions
    sheets = definitions.sheet.to_dict() if "sheet" in definitions else {}
    said = zip(*(table[name].astype(str) for name in names), strict=True)
    places = zip(table.row, table.column, (str(sheets.get(key)) for key in table.definition), strict=True)
    return dict(zip(places, said, strict=True))


def elsewhere(figures, top, left):
    """Give the same figures some rows further down and some columns further right."""
    return {(row + top, column + left, sheet): figure for (row, column, sheet), figure in figures.items()}


# ---- one small table


def test_figures_have_their_codes_their_cell_and_what_stood_there():
    obs = read().check()
    table = obs.to_pandas(full=True)
    assert len(table) == 12
    zero = table[(table.destination == "SAU") & (table.sex == "F") & (table.year == 2020)].iloc[0]
    assert (zero.value, zero.presence, zero.row, zero.column) == (0, "zero", 5, 4)
    assert table[table.presence == "missing"].value.isna().all()
    assert (table.table == "5: Departures").all()
    assert (table.sheet == "T5").all()
    assert table[table.destination == "_T"].leaf.eq(False).all()
    assert table[(table.row == 7) & (table.column == 1)].value.tolist() == [2000.5]
    assert set(table.note.dropna()) == {"a"}
    (step, *_) = obs.ledger.steps
    (account,) = step["accounts"]
    assert (account["taken"]["rows"], account["out"]["rows"]) == (14, 10)
    assert {one["reason"]: one["tally"]["rows"] for one in account["set_aside"]} == {"in a header": 4}
    assert any("Including Dammam" in one["message"] for one in obs.ledger.findings())


def test_totals_that_are_not_the_sum_of_their_parts_are_told():
    said = [one for one in read().ledger.findings() if "printed totals" in one["message"]]
    assert said == []
    wrong = [list(row) for row in ROWS]
    wrong[7][3] = 44
    (one,) = (one for one in read(wrong).ledger.findings() if "printed totals" in one["message"])
    assert one["message"].startswith("1 of 4 printed totals are not the sum of their parts")
    (example,) = one["examples"]
    assert example["what"] == "origin LKA, sex F, 2019: printed 44, its 2 parts 42 (0 without a value)"
    assert example["value"] == 2


def test_bytes_paths_and_open_files_give_the_same(tmp_path):
    path = tmp_path / "table.xlsx"
    path.write_bytes(workbook({"T5": ROWS}))
    with path.open("rb") as file:
        found = [ms.read(path, layout=LAYOUT), ms.read(str(path), layout=LAYOUT), ms.read(file, layout=LAYOUT)]
    assert len({str(cells(one)) for one in [*found, read()]}) == 1
    assert found[0].definitions.file.tolist() == ["table.xlsx"]
    packed = archive({"folder/table.xlsx": path.read_bytes()})
    assert cells(ms.read(packed, layout=LAYOUT)) == cells(found[0])
    assert cells(ms.read(gzip.compress(path.read_bytes()), layout=LAYOUT)) == cells(found[0])


def test_layouts_are_toml_json_files_or_mappings(tmp_path):
    toml = """
        [constants]
        origin = "LKA"
        measure = "outflow"
        [[table]]
        [[table.columns]]
        header = "^country$"
        role = "destination"
        [[table.headings]]
        match = "^(?<year>20..)$"
    """
    path = tmp_path / "layout.toml"
    path.write_text(toml)
    data = b"Country,2019\nOman,5\n"
    for layout in (toml, path, str(path)):
        assert ms.read(data, layout=layout).to_pandas().value.tolist() == [5]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tabel": []}, "unknown field `tabel`"),
        ({"table": [{"columns": [{"header": "("}]}]}, "is no pattern"),
        ({"table": []}, "it describes no table"),
        ({"table": [{"columns": [{"role": "destination"}]}]}, "nothing tells the header of table 1"),
        ({"table": [{"columns": [{"header": "^country$"}]}]}, "not which do"),
    ],
)
def test_layouts_that_make_no_sense(change, says):
    with pytest.raises(ReadError, match=says.replace("(", r"\(")):
        read(layout=LAYOUT | change)


@pytest.mark.parametrize(
    ("row", "column", "text", "says"),
    [
        (3, 0, "Land", r"row 5: it lacks a column headed|row 4: it lacks a column headed"),
        (3, 3, "Women?", 'column D: the heading "Women\\?" is not known'),
        (4, 3, "next year", "row 5|cell D5|heading"),
        (5, 1, "many", 'cell B6: "many" is not a number'),
        (1, 0, "Figure 5", "laid out in a way that is not known|laid out otherwise"),
    ],
)
def test_what_is_laid_out_otherwise_is_refused_with_its_place(row, column, text, says):
    changed = [list(one) for one in ROWS]
    changed[row][column] = text
    with pytest.raises(ReadError, match=says):
        read(changed)


def test_an_unknown_file_is_shown():
    with pytest.raises(ReadError) as caught:
        ms.read(b"some,thing\nelse,entirely\n")
    text = str(caught.value)
    assert "row 1: some | thing" in text
    assert "migstat sniff" in text


@given(top=st.integers(0, 5), left=st.integers(0, 5))
@settings(max_examples=20)
def test_place_does_not_matter(top, left):
    moved = [[]] * top + [[None] * left + list(row) for row in ROWS]
    assert cells(read(moved)) == elsewhere(cells(read()), top, left)


def test_duplicates():
    twice = [*ROWS[:-2], ROWS[5], *ROWS[-2:]]
    with pytest.raises(SchemaError, match=r"cell B8 repeats .*cell B6"):
        read(twice)
    assert len(read(twice, duplicates="same")) == 12
    other = [*ROWS[:-2], ["Saudi Arabia", 7, 7, 7, 7], *ROWS[-2:]]
    with pytest.raises(SchemaError, match="repeats"):
        read(other, duplicates="same")
    assert len(read(other, duplicates="first")) == 12


# ---- what is no table


def test_what_is_given_must_be_a_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        ms.read(tmp_path / "nothing.xlsx")
    with pytest.raises(IsADirectoryError):
        ms.read(tmp_path)
    with pytest.raises(ReadError, match="download the file"):
        ms.read("https://example.org/table.xlsx")
    with pytest.raises(SchemaError, match="binary mode"):
        ms.read(io.StringIO("a,b"))
    with pytest.raises(SchemaError, match="expected a path"):
        ms.read(5)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7", "is a PDF"),
        (b"PK\x03\x04 and nothing else", "damaged archive"),
        (b"\x1f\x8b\x08 and nothing else", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged workbook|password"),
        (b"\0\1\2\3" * 20, "neither a table nor text"),
    ],
)
def test_damaged_files(data, says):
    with pytest.raises(ReadError, match=says):
        ms.read(data)


def test_what_swells_is_refused():
    """259 KB that inflate to 500 MB."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
        with packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            for _ in range(500):
                member.write(b"\0" * (1 << 20))
    data = sink.getvalue()
    assert len(data) < 600_000
    with pytest.raises(ReadError, match="times its size, as tables never do") as caught:
        ms.read(data)
    assert "limits={" in str(caught.value)


def test_sizes_that_an_archive_declares_are_not_believed():
    honest = workbook({"T5": ROWS}, **{"xl/media/image.bin": b"\0" * (40 << 20)})
    lying = honest.replace((40 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lying != honest
    for data in (honest, lying):
        with pytest.raises(ReadError, match=r"times its size|damaged"):
            ms.read(data, layout=LAYOUT)


def test_far_corners_many_sheets_and_many_members_are_refused():
    far = sheet_xml(ROWS).replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    with pytest.raises(ReadError, match="spans 1048576 rows and 16384 columns"):
        ms.read(workbook({"T5": ROWS}, **{"xl/worksheets/sheet1.xml": far}), layout=LAYOUT)
    with pytest.raises(ReadError, match="more than the limit of 1"):
        ms.read(workbook({"a": ROWS, "b": ROWS}), layout=LAYOUT, limits={"sheets": 1})
    with pytest.raises(ReadError, match="members"):
        ms.read(workbook({"a": ROWS}), layout=LAYOUT, limits={"members": 2})
    with pytest.raises(SchemaError, match=r"limits|unknown field"):
        ms.read(workbook({"a": ROWS}), layout=LAYOUT, limits={"sheet": 1})


def test_entities_are_not_expanded():
    """A billion laughs, and a file of the machine."""
    laughs = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {after} "{f"&{before};" * 10}">' for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    evil = laughs + '<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    sheet = sheet_xml(ROWS).replace("<worksheet", evil + "<worksheet").replace("An office", "&i;&f;")
    try:
        said = ms.read(workbook({"T5": ROWS}, **{"xl/worksheets/sheet1.xml": sheet}), layout=LAYOUT).ledger.to_json()
    except MigstatError as error:
        said = str(error)
    assert "root:" not in said
    assert "hahaha" not in said


# ---- every real file


def manifest(shared):
    table = pd.read_csv(shared / "data" / "MANIFEST.tsv", sep="\t", dtype=str)
    return [name for name in table.file if (shared / "data" / name).exists()]


def names_of_files():
    from conftest import SHARED

    return manifest(SHARED) if SHARED.is_dir() else ["absent"]


FILES = names_of_files()


@pytest.fixture
def real(shared, request):
    return shared / "data" / request.param


def rows_of(path):
    """Give every sheet as rows, as another reader sees it."""
    book = calamine.CalamineWorkbook.from_path(path)

    def plain(value):
        value = str(value) if hasattr(value, "isoformat") else value
        return value.replace("\0", "") if isinstance(value, str) else value

    def rows(name):
        return book.get_sheet_by_name(name).to_python(skip_empty_area=False)

    return {name: [[plain(value) for value in row] for row in rows(name)] for name in book.sheet_names}


def moved_text(data, top, left):
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    text = data[len(mark) :].decode("latin-1")
    lines = text.splitlines()
    delimiter = max(
        "\t;,", key=lambda sign: sum(line.count(sign) for line in lines[: len(lines) // 2 + 1]) * (1 + (sign == "\t"))
    )
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=delimiter, lineterminator="\n")
    writer.writerows([[""] * left] * top + [[""] * left + row for row in rows])
    return mark + sink.getvalue().encode("latin-1")


def moved(path, top, left):
    """Give the file with everything some rows further down and some columns further right."""
    data = path.read_bytes()
    if path.suffix in (".xlsx", ".xls"):
        sheets = rows_of(path)
        return workbook({name: [[]] * top + [[None] * left + row for row in rows] for name, rows in sheets.items()})
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed:
            return archive({name: moved_text(packed.read(name), top, left) for name in packed.namelist()})
    if path.suffix == ".gz":
        return gzip.compress(moved_text(gzip.decompress(data), top, left))
    return moved_text(data, top, left)


@pytest.mark.parametrize("real", FILES, indirect=True)
def test_every_real_file_reads_alone_and_accounts_for_every_number(real):
    found = ms.read(real)
    if isinstance(found, ms.Reference):
        assert len(found) > 0
        return
    if isinstance(found, list):
        assert all(len(one) > 0 for one in found)
        return
    assert len(found.check()) > 0
    (step, *_) = found.ledger.steps
    assert step["operation"] == "read"
    numbers = sum(account["taken"]["rows"] for account in step["accounts"])
    assert numbers > 0
    aside = sum(one["tally"]["rows"] for account in step["accounts"] for one in account["set_aside"])
    assert numbers == aside + sum(account["out"]["rows"] for account in step["accounts"])
    table = found.to_pandas(full=True)
    assert table.value.notna().any()
    for field in ("publisher", "measure"):
        assert table[field].notna().all(), field


@pytest.mark.parametrize("real", FILES, indirect=True)
def test_every_real_file_reads_the_same_elsewhere_on_its_sheet(real, tmp_path):
    before = ms.read(real)
    path = tmp_path / real.with_suffix(".xlsx" if real.suffix == ".xls" else real.suffix).name
    path.write_bytes(moved(real, 3, 2))
    after = ms.read(path)
    if not isinstance(before, ms.Observations):
        one, other = (found if isinstance(found, list) else [found] for found in (before, after))
        assert [len(table) for table in one] == [len(table) for table in other]
        return
    assert cells(after) == elsewhere(cells(before), 3, 2)


@pytest.mark.parametrize("real", FILES, indirect=True)
def test_a_truncated_file_is_refused_or_gives_less(real):
    data = real.read_bytes()
    whole = None
    for share in (0.1, 0.5, 0.97):
        part = data[: int(len(data) * share)]
        part_of = io.BytesIO(part)
        part_of.name = real.name
        try:
            found = ms.read(part_of)
        except (ReadError, SchemaError, CodeError, DefinitionError):
            continue
        if isinstance(found, ms.Observations):
            whole = whole or cells(ms.read(real))
            less = cells(found)
            assert len(less) < len(whole)
            # A text may end within its last line; nothing before that changes.
            last = max(row for row, _, _ in less)
            assert {at: figure for at, figure in less.items() if at[0] < last}.items() <= whole.items()


@pytest.mark.parametrize("real", [name for name in FILES if name.endswith((".xlsx", ".xls"))], indirect=True)
def test_a_changed_heading_is_refused_or_loses_figures_but_never_moves_them(real, tmp_path):
    before = ms.read(real)
    if not isinstance(before, ms.Observations):
        return  # a reference has no figures
    whole = cells(before)
    sheets = rows_of(real)
    name = next(iter(before.definitions.sheet))
    first = min(row for row, _, sheet in whole if sheet == name)
    headings = [
        (row, column)
        for row in range(max(first - 4, 0), first)
        for column, value in enumerate(sheets[name][row])
        if value not in ("", None)
    ]
    step = max(1, len(headings) // 5)
    for row, column in headings[::step][:6]:
        rows = [list(one) for one in sheets[name]]
        rows[row][column] = f"{rows[row][column]} zzz"
        path = tmp_path / f"changed-{row}-{column}.xlsx"
        path.write_bytes(workbook({name: rows}))
        try:
            found = ms.read(path)
        except InternalError:
            raise
        except MigstatError:
            continue
        if isinstance(found, ms.Observations):
            same = {at: figure for at, figure in cells(found).items() if at in whole}
            # The title above a table may say what it is: that is another definition, of the same cells.
            assert all(whole[at] == figure for at, figure in same.items())


def test_interrupted_within_a_second(tmp_path):
    path = tmp_path / "large.csv"
    line = b"Saudi Arabia,1996,F,12\n"
    path.write_bytes(b"Country,Year,Sex,n\n" + line * 6_000_000)
    layout = """
        duplicates = "keep"
        constants = { origin = "LKA", measure = "outflow" }
        [[table]]
        [[table.columns]]
        header = "^Country$"
        role = "destination"
        [[table.columns]]
        header = "^Year$"
        role = "year"
        [[table.columns]]
        header = "^Sex$"
        role = "sex"
        [[table.headings]]
        match = "^n$"
    """
    code = f"""
    import migstat as ms

    print("ready", flush=True)
    try:
        ms.read({str(path)!r}, layout={layout!r})
        print("done")
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    """
    ctrl_c.ends(textwrap.dedent(code))


def test_progress_is_told():
    told = []
    data = b"Country,2019\n" + b"Oman,5\n" * 400_000
    layout = LAYOUT | {"duplicates": "keep", "table": [LAYOUT["table"][0] | {"title": None, "needs": []}]}
    layout["table"][0].pop("title")
    assert len(ms.read(data, layout=layout, progress=told.append)) == 400_000
    assert told == sorted(told)


def test_sniff_proposes_a_layout_that_reads():
    bare = workbook({"T5": ROWS[3:8]})
    (proposal,) = ms.sniff(bare)
    assert "Country" in proposal
    corrected = proposal.replace('"-" = "missing"', '"-" = "zero"')
    obs = ms.read(bare, layout=corrected, constants={"origin": "LKA", "measure": "labour_outflow"})
    assert cells(obs) == elsewhere(cells(read()), -3, 0)


def test_path_in_the_ledger_is_a_name_alone(tmp_path):
    path = tmp_path / "secret folder" / "table.xlsx"
    path.parent.mkdir()
    path.write_bytes(workbook({"T5": ROWS}))
    obs = ms.read(path, layout=LAYOUT)
    assert "secret folder" not in obs.ledger.to_json() + str(pa.table(obs._core.definitions()).to_pylist())


def test_reference_tables_stay_as_they_are():
    layout = {"table": [{"kind": "correspondence", "columns": [{"header": "^code$"}]}]}
    found = ms.read(b"code,name,km\nNA,Namibia,1.5\n,,\nLKA,Sri Lanka,2\n", layout=layout)
    assert found.to_pandas().code.tolist() == ["NA", "LKA"]
    assert "correspondence" in repr(found)
