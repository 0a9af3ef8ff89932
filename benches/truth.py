"""What every peer has to find, computed once by numpy from the codes, and the comparison with it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data import COLUMNS, load, read_meta

Codes = dict[str, list[str]]
Cube = dict[str, np.ndarray]
CLOSE = 1e-9


def code_lists(meta: dict) -> Codes:
    return {name: sorted(set(meta["maps"][name].values())) for name in COLUMNS}


def shape(meta: dict, by: list[str]) -> tuple[int, ...]:
    lists, (first, last) = code_lists(meta), meta["years"]
    return tuple(last - first + 1 if name == "year" else len(lists[name]) for name in by)


def keys(column: pa.ChunkedArray, wanted: list[str]) -> np.ndarray:
    """The place of each cell's code in a list of codes."""
    if isinstance(column, pa.Array):
        column = pa.chunked_array([column])
    place = {code: at for at, code in enumerate(wanted)}
    out = []
    for chunk in column.chunks:
        if not pa.types.is_dictionary(chunk.type):
            chunk = chunk.dictionary_encode()
        if chunk.null_count:
            raise AssertionError("a code is null")
        table = np.array([place.get(code, -1) for code in chunk.dictionary.to_pylist()], np.int32)
        out.append(table[chunk.indices.to_numpy(zero_copy_only=False)])
    found = np.concatenate(out) if out else np.empty(0, np.int32)
    if (found < 0).any():
        raise AssertionError("a code that is not expected")
    return found


def coded(folder: Path, name: str, whole: bool = False) -> dict[str, np.ndarray]:
    """A file in codes; unless `whole`, without moves within a country and, if `printed`, without printed totals."""
    meta = read_meta(folder)
    table, lists = load(folder, name), code_lists(meta)
    out = {}
    for column in COLUMNS:
        code_of, parts = meta["maps"][column], []
        for chunk in table[column].chunks:
            encoded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
            at = [lists[column].index(code_of[label]) for label in encoded.dictionary.to_pylist()]
            parts.append(np.array(at, np.int16)[encoded.indices.to_numpy()])
        out[column] = np.concatenate(parts)
    out["year"] = table["year"].to_numpy() - meta["years"][0]
    for value in {"value", "whole"} & set(table.column_names):
        out[value] = table[value].cast(pa.float64()).to_numpy()
    if whole:
        return out
    kept = out["origin"] != out["destination"]
    if name == "printed":
        kept &= out["sex"] != lists["sex"].index("_T")
    return {column: cells[kept] for column, cells in out.items()}


def cube(cells: dict[str, np.ndarray], sizes: tuple[int, ...], by: list[str], value: str) -> Cube:
    at = np.ravel_multi_index([cells[name] for name in by], sizes)
    known = ~np.isnan(cells[value])
    length = int(np.prod(sizes))
    return {
        "rows": np.bincount(at, minlength=length).astype(np.int32),
        "valued": np.bincount(at[known], minlength=length).astype(np.int32),
        "sum": np.bincount(at[known], cells[value][known], minlength=length),
    }


def digest(codes: np.ndarray) -> np.ndarray:
    """What tells two columns of codes apart that have as many rows of each."""
    return np.frombuffer(hashlib.sha256(codes.astype(np.int16).tobytes()).digest(), np.uint8)


def make(folder: Path, source: str, by: list[str], value: str, labels: bool = False) -> Path:
    """The reference of a workload, as a file: sums by group, or rows by code where there are no groups."""
    path = folder / f"truth-{'-'.join(['labels' if labels else value, source, *by])}.npz"
    if path.exists():
        return path
    print(f"reference {path.name}", flush=True)
    meta, cells = read_meta(folder), coded(folder, source, labels)
    if labels:
        sizes = dict(zip(COLUMNS, shape(meta, COLUMNS), strict=True))
        found: dict[str, Any] = {name: np.bincount(cells[name], minlength=size) for name, size in sizes.items()}
        found |= {f"{name} by row": digest(cells[name]) for name in COLUMNS}
    elif not by:
        names = [*COLUMNS, "year"]
        sizes = dict(zip(names, shape(meta, names), strict=True))
        found = {name: np.bincount(cells[name], minlength=size) for name, size in sizes.items()}
        found["total"], found["missing"] = np.nansum(cells[value]), np.isnan(cells[value]).sum()
    else:
        found = cube(cells, shape(meta, by), by, value)
    with open(f"{path}.part", "wb") as sink:
        np.savez(sink, **found)
    Path(f"{path}.part").replace(path)
    return path


def close(found: np.ndarray | float, true: np.ndarray | float) -> bool:
    return bool(np.all(np.abs(np.asarray(found) - true) <= CLOSE * np.maximum(1.0, np.abs(true))))


def check_sums(cells: pa.Table, path: Path, meta: dict, by: list[str]) -> str:
    """Compare every group: rows, rows with a value, sum; a group without values has no sum."""
    true, lists, sizes = np.load(path), code_lists(meta), shape(meta, by)
    axes = [keys(cells[n], lists[n]) if n != "year" else cells[n].to_numpy() - meta["years"][0] for n in by]
    at = np.ravel_multi_index(axes, sizes)
    if len(np.unique(at)) != len(at):
        return "a group stands twice"
    if not np.array_equal(np.sort(at), np.flatnonzero(true["rows"])):
        return f"{len(at)} groups; expected {np.count_nonzero(true['rows'])}"
    for name in ["rows", "valued"]:
        if not np.array_equal(cells[name].to_numpy(), true[name][at]):
            return f"{name}: {pc.sum(cells[name])}; expected {true[name].sum()}, or in other groups"
    empty = true["valued"][at] == 0
    if not np.array_equal(cells["sum"].is_null().to_numpy(), empty):
        return "missing sums are elsewhere"
    found = cells["sum"].cast(pa.float64()).fill_null(0.0).to_numpy()
    if not close(found, true["sum"][at]):
        return "sums of groups differ"
    return "" if close(found.sum(), true["sum"].sum()) else "the total differs"


def check_codes(table: pa.Table, path: Path, meta: dict) -> str:
    """Compare how often every code occurs, the total and the missing values."""
    true, lists = np.load(path), code_lists(meta)
    for name in COLUMNS:
        found = np.bincount(keys(table[name], lists[name]), minlength=len(lists[name]))
        if not np.array_equal(found, true[name]):
            return f"{name}: other codes than expected"
    years = np.bincount(table["year"].to_numpy() - meta["years"][0], minlength=len(true["year"]))
    if not np.array_equal(years, true["year"]):
        return "other years than expected"
    values = table["value"].cast(pa.float64())
    missing = values.null_count
    if missing != true["missing"]:
        return f"{missing} values are missing; expected {true['missing']}"
    return "" if close(pc.sum(values).as_py(), true["total"]) else "the total differs"


def check_labels(table: pa.Table, path: Path, meta: dict, by_row: bool) -> str:
    """Compare how often every code occurs and, where rows stay in order, the code of every row."""
    true, lists = np.load(path), code_lists(meta)
    for name in COLUMNS:
        found = keys(table[name], lists[name])
        if not np.array_equal(np.bincount(found, minlength=len(lists[name])), true[name]):
            return f"{name}: other codes than expected"
        if by_row and not np.array_equal(digest(found), true[f"{name} by row"]):
            return f"{name}: the codes are in other rows"
    return ""
