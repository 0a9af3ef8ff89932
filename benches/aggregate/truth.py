"""What every peer has to find, computed once by numpy, and the comparison with it: every group, not only totals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aggregate.table import HOME, load, make_parquet, read_meta
from aggregate.workloads import WORKLOADS, Codes, Job, codes, labels, places

CLOSE = 1e-9
TOTALS = (None, "_T")  # how a peer may call a row of totals
Cells = dict[str, np.ndarray]


def tables(workload: str, values: str, rows: int) -> Iterator[pa.Table]:
    what = WORKLOADS[workload]
    columns = [*what.columns, values]
    if not what.streamed:
        yield load(rows, columns)
        return
    for path in make_parquet(rows, columns):
        yield pq.read_table(path)


def add(to: Cells, part: Codes, shape: tuple[int, ...], axes: tuple[str, ...]) -> None:
    meta = read_meta()
    at = np.zeros(len(part.value), np.int32)
    for axis, size in zip(axes, shape, strict=True):
        at = at * np.int32(size) + places(part.columns, axis, meta).astype(np.int32)
    length = int(np.prod(shape))
    to["sum"] += np.bincount(at, part.value, minlength=length)
    to["rows"] += np.bincount(at, minlength=length).astype(np.uint32)
    to["valued"] += np.bincount(at[part.known], minlength=length).astype(np.uint32)


def rolled(cells: Cells, shape: tuple[int, ...], which: list[int]) -> Cells:
    """The last place of an axis with totals is their place."""
    inner = tuple(size - (axis in which) for axis, size in enumerate(shape))
    for name, flat in cells.items():
        cube = flat.reshape(inner)
        for axis in which:
            cube = np.concatenate([cube, cube.sum(axis, keepdims=True).astype(cube.dtype)], axis)
        cells[name] = cube.ravel()
    return cells


def make(workload: str, values: str, rows: int) -> Path:
    """The groups of a workload as a file: where they are, sum, rows and rows with a value."""
    what, meta = WORKLOADS[workload], read_meta()
    # Workloads of the same groups share a file.
    path = HOME / f"truth-{'parquet-' * what.streamed}{values}-{rows}-{'-'.join([*what.axes, *what.totals])}.npz"
    if path.exists():
        return path
    print(f"reference {path.name}", flush=True)
    which = [at for at, axis in enumerate(what.axes) if axis in what.totals]
    shape = what.shape(meta)
    inner = tuple(size - (axis in which) for axis, size in enumerate(shape))
    length = int(np.prod(inner))
    cells = {"sum": np.zeros(length), "rows": np.zeros(length, np.uint32), "valued": np.zeros(length, np.uint32)}
    for table in tables(workload, values, rows):
        add(cells, codes(table), inner, what.axes)
    cells = rolled(cells, shape, which)
    at = np.flatnonzero(cells["rows"])
    found = {name: flat[at] for name, flat in cells.items()}
    with open(f"{path}.part", "wb") as sink:
        np.savez(sink, at=at, **found)
    Path(f"{path}.part").replace(path)
    return path


def keys(column: pa.ChunkedArray, wanted: list, total: bool) -> np.ndarray:
    """The place of each cell's code in a list of codes; that of totals is the last."""
    place = {code: at for at, code in enumerate(wanted)}
    if total:
        place |= dict.fromkeys(TOTALS, len(wanted))
    out = []
    for chunk in column.chunks:
        encoded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        known = [place.get(code, -1) for code in encoded.dictionary.to_pylist()]
        table = np.array([*known, place.get(None, -1)], np.int64)
        out.append(table[encoded.indices.fill_null(len(known)).to_numpy()])
    found = np.concatenate(out) if out else np.empty(0, np.int64)
    if (found < 0).any():
        raise AssertionError("a code that is not expected")
    return found


def check(found: pa.Table | Cells, job: Job, strict: bool) -> str:
    """What differs. `strict`: a group without values has no sum; others may say 0."""
    what, meta, true = job.what, read_meta(), np.load(job.truth)
    shape = what.shape(meta)
    if isinstance(found, dict):  # dense arrays: no group is missing, so only what stands in them
        for name, cells in found.items():
            whole = np.zeros(int(np.prod(shape)), true[name].dtype)
            whole[true["at"]] = true[name]
            if cells.size != whole.size or not same(np.nan_to_num(cells.ravel()), whole, name, job):
                return f"MISMATCH: {name} of cells"
        return ""
    axes = [keys(found[axis], labels(axis, meta), axis in what.totals) for axis in what.axes]
    at = np.ravel_multi_index(axes, shape)
    order = np.argsort(at)
    at = at[order]
    if len(at) != len(true["at"]) or not np.array_equal(at, true["at"]):
        return f"MISMATCH: {len(np.unique(at))} groups in {len(at)} rows; expected {len(true['at'])}, or others"
    for name in ["rows", "valued"] if what.counts else []:
        if not np.array_equal(found[name].to_numpy()[order], true[name]):
            return f"MISMATCH: {name} of groups"
    sums, empty = found["sum"].combine_chunks(), true["valued"] == 0
    nothing = sums.is_null(nan_is_null=not strict).to_numpy(zero_copy_only=False)[order]
    if (nothing & ~empty).any() or (strict and not nothing[empty].all()):
        return "MISMATCH: missing sums are elsewhere"
    flat = np.nan_to_num(sums.cast(pa.float64()).fill_null(0.0).to_numpy())
    return "" if same(flat[order], true["sum"], "sum", job) else "MISMATCH: sums of groups"


def same(found: np.ndarray, true: np.ndarray, name: str, job: Job) -> bool:
    """Whole numbers and counts exactly, fractions closely."""
    if name != "sum" or job.values == "whole":
        return bool(np.array_equal(found, true))
    return bool(np.all(np.abs(found - true) <= CLOSE * np.abs(true)))


def scatter(found: pa.Table) -> np.ndarray:
    """A table of groups as the dense array of W3."""
    meta = read_meta()
    shape = WORKLOADS["W3"].shape(meta)
    out = np.zeros(shape)
    origin, dest = (keys(found[axis], meta.areas, total=False) for axis in ("origin", "dest"))
    year = found["year"].to_numpy() - labels("year", meta)[0]
    out[origin, dest, year] = np.nan_to_num(found["sum"].to_numpy())
    return out
