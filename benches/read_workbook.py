"""A large UN-style workbook to a tidy table beside pandas and polars: `python benches/read_workbook.py --help`.

240 destinations by 240 origins, both sexes, males and females in seven years: 57,600 rows and 1.2 million figures, one
in twenty of them "..". Each peer is a process of its own that reads the file once to be checked and is then timed in
turn with the others. The peers are told where the header stands and what the columns mean, and give five columns;
migstat finds both out, and gives every figure its codes, cell, presence and definition, leaves, and the ledger.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

YEARS = [1990, 1995, 2000, 2005, 2010, 2015, 2020]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def make(path: Path) -> None:
    """Write the workbook as spreadsheet programs do: texts are shared, numbers stand in their cells."""
    import migstat as ms

    names = [str(ms.areas.name(code)) for code in ms.areas.members("World")][:240]
    shared: dict[str, int] = {}
    chance = random.Random(60)

    def text(place: str, words: str) -> str:
        return f'<c r="{place}" t="s"><v>{shared.setdefault(words, len(shared))}</v></c>'

    letters = [chr(65 + at) for at in range(26)]
    rows = [f'<row r="{at}">{text(f"A{at}", words)}</row>' for at, words in [(1, "United Nations"), (4, "Table 1")]]
    sexes = ["Both sexes", "Male", "Female"]
    rows.append(f'<row r="10">{"".join(text(f"{letters[4 + 7 * at]}10", sex) for at, sex in enumerate(sexes))}</row>')
    head = ["Index", "Destination", "Destination code", "Origin"]
    cells = [text(f"{letters[at]}11", words) for at, words in enumerate(head)]
    cells += [f'<c r="{letters[4 + at]}11"><v>{year}</v></c>' for at, year in enumerate(YEARS * 3)]
    rows.append(f'<row r="11">{"".join(cells)}</row>')
    row = 12
    for at, destination in enumerate(names):
        for origin in names:
            cells = [
                f'<c r="A{row}"><v>{row - 11}</v></c>',
                text(f"B{row}", destination),
                f'<c r="C{row}"><v>{100 + at}</v></c>',
                text(f"D{row}", origin),
            ]
            for column in letters[4:25]:
                place = f"{column}{row}"
                if chance.random() < 0.05:
                    cells.append(text(place, ".."))
                else:
                    cells.append(f'<c r="{place}"><v>{int(chance.lognormvariate(4, 2))}</v></c>')
            rows.append(f'<row r="{row}">{"".join(cells)}</row>')
            row += 1
    strings = "".join(f"<si><t>{words.replace('&', '&amp;')}</t></si>" for words in shared)
    office = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    kinds = {
        "workbook": "sheet.main",
        "worksheets/sheet1": "worksheet",
        "sharedStrings": "sharedStrings",
        "styles": "styles",
    }
    overrides = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{office}.{kind}+xml"/>' for part, kind in kinds.items()
    )
    relations = "".join(
        f'<Relationship Id="r{at}" Type="{RELATIONS}/{kind}" Target="{part}.xml"/>'
        for at, (part, kind) in enumerate(list(kinds.items())[1:], 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="Table 1" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts>'
        '<fills count="1"><fill><patternFill/></fill></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(rows)}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + content)


def with_migstat(path: str) -> tuple[int, float]:
    import migstat as ms

    obs = ms.read(path, layout=LAYOUT)
    value = obs.figures.column("value")
    import pyarrow.compute as pc

    return len(obs), float(pc.sum(value).as_py())


#: What the file does not say; where its table stands and which columns are figures, migstat finds.
LAYOUT = """
day = "07-01"
[constants]
measure = "stock"
concept = "birth"
[missing]
".." = "missing"
[[table]]
needs = ["sex", "year"]
[[table.columns]]
header = "^destination$"
role = "destination"
[[table.columns]]
header = "^origin$"
role = "origin"
[[table.columns]]
header = "^index$"
skip = "numbers of rows"
[[table.columns]]
header = "^destination code$"
skip = "codes"
[[table.headings]]
match = "^(?<sex>both sexes|male|female)$"
[[table.headings]]
match = "^(?<year>(19|20)..)$"
"""


def tidy_pandas(path: str, engine: str) -> tuple[int, float]:
    import pandas as pd

    frame = pd.read_excel(path, engine=engine, header=None, skiprows=11)
    frame = frame.iloc[:, [1, 3, *range(4, 25)]]
    frame.columns = ["destination", "origin", *(f"{sex}{year}" for sex in "TMF" for year in YEARS)]
    tidy = frame.melt(id_vars=["destination", "origin"], var_name="column", value_name="value")
    tidy["value"] = pd.to_numeric(tidy["value"], errors="coerce")
    tidy["sex"] = tidy["column"].str[0]
    tidy["year"] = tidy["column"].str[1:].astype("int16")
    return len(tidy), float(tidy["value"].sum())


def with_polars(path: str) -> tuple[int, float]:
    import polars as pl

    wide = pl.read_excel(path, engine="calamine", has_header=False, read_options={"header_row": None, "skip_rows": 11})
    wide = wide.select(wide.columns[1], wide.columns[3], *wide.columns[4:25])
    wide.columns = ["destination", "origin", *(f"{sex}{year}" for sex in "TMF" for year in YEARS)]
    tidy = (
        wide.with_columns(pl.exclude("destination", "origin").cast(pl.Float64, strict=False))
        .unpivot(index=["destination", "origin"], variable_name="column")
        .with_columns(sex=pl.col("column").str.slice(0, 1), year=pl.col("column").str.slice(1).cast(pl.Int16))
    )
    return tidy.height, float(tidy["value"].sum())


PEERS: dict[str, Callable[[str], tuple[int, float]]] = {
    "migstat": with_migstat,
    "polars + fastexcel": with_polars,
    "pandas + calamine": lambda path: tidy_pandas(path, "calamine"),
    "pandas + openpyxl": lambda path: tidy_pandas(path, "openpyxl"),
}


def serve(peer: str, path: str) -> None:
    for _ in sys.stdin:
        begin = time.perf_counter(), time.process_time()
        rows, total = PEERS[peer](path)
        wall, cpu = time.perf_counter() - begin[0], time.process_time() - begin[1]
        print(json.dumps({"rows": rows, "total": total, "wall": wall, "cpu": cpu}), flush=True)


def main() -> None:
    asking = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asking.add_argument("--reps", type=int, default=5)
    asking.add_argument("--peer", help=argparse.SUPPRESS)
    asking.add_argument("--file", type=Path, help="a workbook made before, or where to make it")
    asked = asking.parse_args()
    if asked.peer:
        serve(asked.peer, str(asked.file))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = asked.file or Path(folder) / "stock.xlsx"
        if not path.exists():
            make(path)
        workers = {
            peer: subprocess.Popen(
                [sys.executable, __file__, "--peer", peer, "--file", str(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for peer in PEERS
        }

        def ask(peer: str) -> dict[str, float]:
            worker = workers[peer]
            assert worker.stdin is not None
            assert worker.stdout is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
            return dict(json.loads(worker.stdout.readline()))

        first = {peer: ask(peer) for peer in PEERS}
        assert len({(one["rows"], one["total"]) for one in first.values()}) == 1, first
        runs: dict[str, list[dict[str, float]]] = {peer: [] for peer in PEERS}
        for turn in range(asked.reps):
            for peer in PEERS:
                if turn < 2 or peer != "pandas + openpyxl":
                    runs[peer].append(ask(peer))
        for worker in workers.values():
            assert worker.stdin is not None
            worker.stdin.close()
            worker.wait()
    versions = ", ".join(f"{name} {version(name)}" for name in ("migstat", "pandas", "polars", "fastexcel", "openpyxl"))
    print(f"{versions}; {os.cpu_count()} processors, load {Path('/proc/loadavg').read_text().split()[0]}\n")
    print("| peer | seconds (median, n) | CPU s | x migstat: seconds | CPU |\n|---|---|---|---|---|")
    median = {
        peer: [statistics.median(one[what] for one in of) for what in ("wall", "cpu")] for peer, of in runs.items()
    }
    for peer, (wall, cpu) in median.items():
        ratios = f"{wall / median['migstat'][0]:.2f} | {cpu / median['migstat'][1]:.2f}"
        print(f"| {peer} | {wall:.3f} ({len(runs[peer])}) | {cpu:.3f} | {ratios} |")


if __name__ == "__main__":
    main()
