"""The table to add up, the same on every machine, in `benches/data/aggregate`.

It is drawn in blocks of a million rows, each column of each block from a seed of its own: a shorter table is the
beginning of a longer one. In memory: a file a column, so that a peer reads only what it needs. Streamed: Parquet files
of ten million rows. `whole` and `fractions` are the two columns of values; the same 3 % of both are missing.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data import HOME as ABOVE, draw

HOME = ABOVE / "aggregate"
BLOCK, PART = 1_000_000, 10_000_000
AREAS, BLOCS = 230, 12
YEARS = list(range(1990, 2020))
SEXES = ["F", "M", "_U"]
AGES = [*(f"Y{age}T{age + 4}" for age in range(0, 85, 5)), "Y_GE85"]
AGES5 = [*(f"Y{age}T{age + 4}" for age in range(0, 100, 5)), "Y_GE100"]
COLUMNS = ["origin", "dest", "year", "sex", "age", "age1", "whole", "fractions"]
VERSION = 1  # of what is written here: other files are made anew


@dataclass(frozen=True)
class Meta:
    """What peers are told: the dictionaries, and which groups an area lies in."""

    areas: list[str]
    regions: list[str]
    blocs: list[str]
    region_of: np.ndarray  # of each area
    bloc_of: np.ndarray  # of each area in each year

    def region(self) -> dict[str, str]:
        return {area: self.regions[at] for area, at in zip(self.areas, self.region_of, strict=True)}

    def members(self) -> pa.Table:
        """Area, year and bloc."""
        area, year = np.divmod(np.arange(AREAS * len(YEARS)), len(YEARS))
        columns = {
            "area": pa.array(self.areas).take(pa.array(area)),
            "year": pa.array((year + YEARS[0]).astype(np.int16)),
            "group": pa.array(self.blocs).take(pa.array(self.bloc_of.ravel())),
        }
        return pa.table(columns)


def make_meta() -> None:
    """Write the dictionaries; files that were made with others are removed."""
    import migstat._core as core

    rows = pa.table(core.area_table()).to_pylist()
    name = {row["code"]: row["name"] for row in rows}
    lasting = [row for row in rows if row["kind"] == "country" and row["parent"] and not row["from"]]
    countries = sorted(lasting, key=lambda row: row["code"])[:AREAS]
    regions = sorted({name[row["parent"]] for row in countries})
    rng = np.random.default_rng(3)
    bloc_of = np.repeat(rng.integers(0, BLOCS, AREAS)[:, None], len(YEARS), axis=1)
    for area in range(AREAS):
        if rng.random() < 1 / 3:  # a third changes sides
            bloc_of[area, rng.integers(1, len(YEARS)) :] = rng.integers(0, BLOCS)
    found = {
        "version": VERSION,
        "areas": [row["code"] for row in countries],
        "regions": regions,
        "region_of": [regions.index(name[row["parent"]]) for row in countries],
        "bloc_of": bloc_of.tolist(),
    }
    path = HOME / "meta.json"
    if path.exists() and json.loads(path.read_text()) != found:
        shutil.rmtree(HOME)
    HOME.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found))


def read_meta() -> Meta:
    known = json.loads((HOME / "meta.json").read_text())
    arrays = {name: np.array(known[name], np.int16) for name in ("region_of", "bloc_of")}
    return Meta(known["areas"], known["regions"], [f"Bloc {at:02}" for at in range(1, BLOCS + 1)], **arrays)


def skewed(seed: int) -> np.ndarray:
    weight = 1.0 / np.arange(1, AREAS + 1) ** 0.8
    np.random.default_rng(seed).shuffle(weight)
    return weight


def block(column: str, at: int, meta: Meta) -> pa.Array:
    """A million rows of a column."""

    def seeded(name: str) -> np.random.Generator:
        return np.random.default_rng([20, COLUMNS.index(name), at])

    rng = seeded("whole" if column == "fractions" else column)
    if column in ("origin", "dest"):
        codes = draw(rng, skewed(1 if column == "origin" else 2), BLOCK)
        return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(meta.areas))
    if column in ("sex", "age"):
        labels = SEXES if column == "sex" else AGES
        codes = rng.integers(0, len(labels), BLOCK, dtype=np.int8)
        return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(labels))
    if column == "year":
        return pa.array((YEARS[0] + rng.integers(0, len(YEARS), BLOCK)).astype(np.int16))
    if column == "age1":
        return pa.array(np.minimum(rng.integers(0, 110, BLOCK), 100).astype(np.int16))
    value = np.exp(rng.standard_normal(BLOCK, dtype=np.float32).astype(np.float64) * 2.0 + 3.0)
    missing = rng.integers(0, 65536, BLOCK, dtype=np.uint16) < 1966
    return pa.array(np.rint(value) if column == "whole" else value, mask=missing)


def blocks(first: int, rows: int) -> list[tuple[int, int]]:
    """Block and number of its rows, from a row on that begins a block."""
    return [(at, min(BLOCK, first + rows - at * BLOCK)) for at in range(first // BLOCK, -(-(first + rows) // BLOCK))]


def make(rows: int, columns: list[str]) -> None:
    """Write the files of the columns unless they are there."""
    folder, meta = HOME / str(rows), read_meta()
    folder.mkdir(exist_ok=True)
    for column in columns:
        path = folder / f"{column}.arrow"
        if path.exists():
            continue
        print(f"making {column} of {rows:,} rows", flush=True)
        schema = pa.schema([(column, block(column, 0, meta).type)])
        with pa.OSFile(f"{path}.part", "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for at, length in blocks(0, rows):
                cells = block(column, at, meta).slice(0, length)
                writer.write_batch(pa.record_batch([cells], schema))
        os.replace(f"{path}.part", path)


def load(rows: int, columns: list[str]) -> pa.Table:
    """Read into memory of our own; chunks of a million rows."""
    files = {name: pa.OSFile(str(HOME / str(rows) / f"{name}.arrow")) for name in columns}
    return pa.table({name: pa.ipc.open_file(file).read_all()[name] for name, file in files.items()})


def make_parquet(rows: int, columns: list[str]) -> list[Path]:
    """Files of ten million rows, of which tables of all sizes are made, in a folder of the table's own."""
    folder, parts, meta = HOME / f"parquet-{columns[-1]}-{rows}", HOME / "parts", read_meta()
    folder.mkdir(exist_ok=True)
    parts.mkdir(exist_ok=True)
    schema = pa.schema([(name, block(name, 0, meta).type) for name in columns])
    for first in range(0, rows, PART):
        length = min(PART, rows - first)
        part = parts / f"{columns[-1]}-{first // PART:03}-{length}.parquet"
        if not part.exists():
            print(f"making {part.name}", flush=True)
            with pq.ParquetWriter(f"{part}.part", schema, compression="zstd") as writer:
                for at, short in blocks(first, length):
                    cells = [block(name, at, meta).slice(0, short) for name in columns]
                    writer.write_batch(pa.record_batch(cells, schema), row_group_size=BLOCK)
            os.replace(f"{part}.part", part)
        if not (folder / part.name).exists():
            os.link(part, folder / part.name)
    return sorted(folder.glob("*.parquet"))
