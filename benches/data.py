"""The table to harmonise, the same on every machine: records of flows with the labels of a careless office.

Three files in `benches/data/<rows>`: `plain` (labels as strings), `dict` (the same, dictionary-encoded) and
`printed` (strings; every breakdown by sex stands in three rows, of which the third is its printed total).
`meta.json` holds the dictionaries that the peers are given: label -> code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

HOME = Path(__file__).parent / "data"
COLUMNS = ["origin", "destination", "sex", "age", "skill"]
YEARS = list(range(1990, 2020))
AREAS, LABELS = 230, 300
VERSION = 1  # of what is written here: other files are made anew

MEN, WOMEN = ["M", "Male", "males", "MALE"], ["F", "female", "Female ", "FEMALES"]
TOTAL = ["Total", "Both sexes"]
SEX = dict.fromkeys(MEN, "M") | dict.fromkeys(WOMEN, "F") | dict.fromkeys(["U", "Not stated"], "_U")
AGE = {f"{age}-{age + 4}": f"Y{age}T{age + 4}" for age in range(0, 80, 5)}
AGE |= {"80+": "Y_GE80", "80 +": "Y_GE80", "0 - 4": "Y0T4", "Unknown": "_U"}

#: Number of sub-major groups in each major group of ISCO-08, and its broad level (armed forces have several).
SUB_MAJOR = {"0": 3, "1": 4, "2": 6, "3": 5, "4": 4, "5": 4, "6": 3, "7": 5, "8": 3, "9": 6}
LEVEL = dict.fromkeys("123", "high") | dict.fromkeys("45678", "medium") | {"9": "low", "0": "_U"}
SKILL = {f"{major}{sub or ''}": LEVEL[major] for major, count in SUB_MAJOR.items() for sub in range(count + 1)}


def area_labels() -> dict[str, str]:
    """Messy names of countries that have been one state since 1990: a label has one code in all years."""
    import migstat._core as core

    table = pa.table(core.area_table()).to_pylist()
    former = [row for row in table if row["kind"] == "former" and int(row["to"] or YEARS[0]) >= YEARS[0] - 1]
    changed = {new for row in former for new in [row["code"][:3], *core.area_successors(row["code"])]}
    one = [row for row in table if row["kind"] == "country" and not row["from"] and row["code"] not in changed]
    countries = sorted(one, key=lambda row: row["code"])[:AREAS]
    shapes = [str, str.upper, " {} ".format, "{}*".format, "{} (a)".format, "The {}".format]
    labels: dict[str, str] = {}
    for turn in range(2):  # everybody under one label, then some under a second
        for at, row in enumerate(countries):
            if len(labels) < LABELS:
                labels.setdefault(shapes[(at + 2 * turn) % len(shapes)](row["name"]), row["code"])
    return labels


def draw(rng: np.random.Generator, weights: np.ndarray, rows: int) -> np.ndarray:
    """Draw by a table of 65,536 quantiles: fast, and the same everywhere."""
    bounds = np.cumsum(weights) / np.sum(weights)
    bounds[-1] = 1.0
    table = np.searchsorted(bounds, (np.arange(65536) + 0.5) / 65536).astype(np.int16)
    return table[rng.integers(0, 65536, rows, dtype=np.uint16)]


def skewed(labels: dict[str, str], seed: int) -> np.ndarray:
    """A few countries have most of the rows."""
    codes = sorted(set(labels.values()))
    weight = 1.0 / np.arange(1, len(codes) + 1) ** 0.8
    np.random.default_rng(seed).shuffle(weight)
    return np.array([weight[codes.index(code)] for code in labels.values()])


def numbers(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    value = np.exp(rng.standard_normal(rows, dtype=np.float32).astype(np.float64) * 2.0 + 3.0)
    return value, rng.integers(0, 65536, rows, dtype=np.uint16) < 1966  # 3 % are missing


def write(path: Path, columns: dict[str, pa.Array]) -> None:
    table = pa.table(columns)
    with pa.OSFile(f"{path}.part", "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=1 << 20)
    os.replace(f"{path}.part", path)


def coded(keys: np.ndarray, labels: dict[str, str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(keys, pa.array(list(labels)))


def plain(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    coded = [name for name, column in columns.items() if pa.types.is_dictionary(column.type)]
    return columns | {name: columns[name].dictionary_decode() for name in coded}


def records(rows: int, areas: dict[str, str]) -> dict[str, pa.Array]:
    rng = np.random.default_rng(10)
    flat = {name: np.ones(len(labels)) for name, labels in [("sex", SEX), ("age", AGE), ("skill", SKILL)]}
    columns = {
        "origin": coded(draw(rng, skewed(areas, 1), rows), areas),
        "destination": coded(draw(rng, skewed(areas, 2), rows), areas),
        "year": pa.array(rng.choice(np.array(YEARS, np.int16), rows)),
        "sex": coded(draw(rng, flat["sex"], rows), SEX),
        "age": coded(draw(rng, flat["age"], rows), AGE),
        "skill": coded(draw(rng, flat["skill"], rows), SKILL),
    }
    value, blank = numbers(rng, rows)
    columns["value"] = pa.array(value, mask=blank)
    columns["whole"] = pa.array(np.floor(value).astype(np.int64), mask=blank)
    return columns


def printed(rows: int, areas: dict[str, str]) -> dict[str, pa.Array]:
    """Men, women and their total, one after the other. Where men are missing, the total is that of women."""
    base = {name: column for name, column in records(rows // 3, areas).items() if name != "sex"}
    sexes = {label: code for label, code in SEX.items() if code != "_U"} | dict.fromkeys(TOTAL, "_T")
    rng, count = np.random.default_rng(11), rows // 3
    keys = np.stack([rng.integers(*ends, count) for ends in [(0, 4), (4, 8), (8, 10)]], axis=1)
    men = base["value"].fill_null(0.0).to_numpy()
    women = numbers(rng, count)[0]
    value = np.stack([men, women, men + women], axis=1).ravel()
    missing, never = base["value"].is_null().to_numpy(zero_copy_only=False), np.zeros(count, bool)
    blank = np.stack([missing, never, never], axis=1).ravel()
    out = {name: column.take(pa.array(np.repeat(np.arange(count), 3))) for name, column in base.items()}
    out["sex"] = coded(keys.ravel().astype(np.int16), sexes)
    out["value"] = pa.array(value, mask=blank)
    del out["whole"]
    return out


def make(rows: int) -> Path:
    """Write the files unless they are there, and give their folder."""
    folder = HOME / str(rows)
    areas = area_labels()
    sexes = SEX | dict.fromkeys(TOTAL, "_T")
    maps = {"origin": areas, "destination": areas, "sex": sexes, "age": AGE, "skill": SKILL}
    meta = {"version": VERSION, "rows": rows, "years": [YEARS[0], YEARS[-1]], "maps": maps}
    known = folder / "meta.json"
    if known.exists() and json.loads(known.read_text()) == meta:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    print(f"making {rows:,} rows in {folder}", flush=True)
    columns = records(rows, areas)
    write(folder / "dict.arrow", columns)
    write(folder / "plain.arrow", plain(columns))
    del columns
    write(folder / "printed.arrow", plain(printed(rows, areas)))
    known.write_text(json.dumps(meta))
    return folder


def make_shared(rows: int) -> Path:
    """The table W1 of the generator in $MIGSTAT_SHARED, under our names of columns."""
    shared = os.environ.get("MIGSTAT_SHARED", str(Path(__file__).parents[2] / "shared"))
    folder = HOME / f"shared-{rows}"
    if (folder / "meta.json").exists():
        return folder
    raw = folder / "raw"
    generator = Path(shared, "perf", "bench", "gen.py")
    command = [sys.executable, str(generator), "--out", str(raw), "--rows", str(rows), "--only", "w1"]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})
    names = {"origin_name": "origin", "dest_name": "destination", "age_group": "age"}
    for source in ["w1_plain", "w1_dict"]:
        table = pa.ipc.open_file(pa.memory_map(f"{raw}/{source}.arrow")).read_all()
        table = table.rename_columns([names.get(name, name) for name in table.column_names])
        columns = dict(zip(table.column_names, table.columns, strict=True))
        write(folder / f"{source.removeprefix('w1_')}.arrow", columns)
        Path(f"{raw}/{source}.arrow").unlink()
    known = json.loads((raw / "meta.json").read_text())
    sexes = {"T": "_T", "U": "_U"}
    # Codes that are not ISO's: Channel Islands, Soviet Union, and the two parts of Tanzania.
    ours = {"CHI": "JEY", "SUN": "SUHH", "EAT": "TZA", "EAZ": "TZA"}
    areas = {label: ours.get(code, code) for label, code in known["names"]}
    maps = {
        "origin": areas,
        "destination": areas,
        "sex": {label: sexes.get(code, code) for label, code in known["sex"]},
        "age": dict(known["age"]),
        "skill": {label: LEVEL[label[0]] for label, _ in known["skill"]},
    }
    years = [known["y0"], known["y0"] + known["ny"] - 1]
    meta = {"version": VERSION, "rows": rows, "years": years, "maps": maps}
    (folder / "meta.json").write_text(json.dumps(meta))
    return folder


def load(folder: Path, name: str, columns: list[str] | None = None) -> pa.Table:
    """Read into memory of our own."""
    table = pa.ipc.open_file(pa.OSFile(str(folder / f"{name}.arrow"))).read_all()
    return table if columns is None else table.select(columns)


def read_meta(folder: Path) -> dict:
    return json.loads((folder / "meta.json").read_text())
