"""numpy (one packed index, `bincount`), scipy (a sparse matrix) and pandas (categories). They have one thread."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from aggregate.table import YEARS, load, read_meta
from aggregate.workloads import Codes, Job, codes, labels, places


def loaded(job: Job) -> Codes:
    return codes(load(job.rows, [*job.what.columns, job.values]))


def packed(columns: dict[str, np.ndarray], job: Job, shape: tuple[int, ...]) -> np.ndarray:
    meta = read_meta()
    at = np.zeros(1, np.int32)
    for axis, size in zip(job.what.axes, shape, strict=True):
        at = at * np.int32(size) + places(columns, axis, meta)
    return at


def unpacked(at: np.ndarray, job: Job, shape: tuple[int, ...]) -> dict[str, pa.Array]:
    meta, out = read_meta(), {}
    for axis, place in zip(job.what.axes, np.unravel_index(at, shape), strict=True):
        known = labels(axis, meta)
        gone = place == len(known)  # totals
        whole = pa.array(np.where(gone, 0, place).astype(np.int16), mask=gone)
        out[axis] = pa.DictionaryArray.from_arrays(whole, pa.array(known)).dictionary_decode()
    return out


def with_totals(flat: np.ndarray, job: Job, shape: tuple[int, ...]) -> np.ndarray:
    """The finest cells, and the totals behind them."""
    which = [at for at, axis in enumerate(job.what.axes) if axis in job.what.totals]
    out = np.empty(shape, flat.dtype)
    out[tuple(slice(size - (at in which)) for at, size in enumerate(shape))] = flat.reshape(
        [size - (at in which) for at, size in enumerate(shape)]
    )
    for at in which:
        parts = np.moveaxis(out, at, 0)
        parts[-1] = parts[:-1].sum(0)
    return out.ravel()


def numpy(job: Job) -> tuple[Any, Any]:
    raw, meta = loaded(job), read_meta()
    shape = job.what.shape(meta)
    inner = tuple(size - (axis in job.what.totals) for axis, size in zip(job.what.axes, shape, strict=True))
    length = int(np.prod(inner))

    def run() -> dict[str, np.ndarray]:
        at = packed(raw.columns, job, inner)
        sums = np.bincount(at, raw.value, minlength=length)
        if job.what.dense:
            return {"sum": sums.reshape(shape)}
        if not job.what.counts:
            present = np.zeros(length, bool)
            present[at] = True
            groups = np.flatnonzero(present)
            return {"at": groups, "sum": sums[groups]}
        counts = np.bincount(at, minlength=length), np.bincount(at[raw.known], minlength=length)
        whole = [with_totals(flat, job, shape) for flat in (sums, *counts)]
        groups = np.flatnonzero(whole[1])
        return {"at": groups} | {
            name: flat[groups] for name, flat in zip(["sum", "rows", "valued"], whole, strict=True)
        }

    def table(found: dict[str, np.ndarray]) -> Any:
        if job.what.dense:
            return found
        figures = {name: cells for name, cells in found.items() if name != "at"}
        return pa.table(unpacked(found["at"], job, shape) | figures)

    return run, table


def scipy(job: Job) -> tuple[Any, Any]:
    from scipy.sparse import coo_array

    raw = loaded(job)
    areas, _, years = job.what.shape(read_meta())

    def run() -> np.ndarray:
        at = raw.columns["origin"] * np.int32(areas) + raw.columns["dest"], raw.columns["year"]
        return coo_array((raw.value, at), (areas * areas, years)).toarray().reshape(areas, areas, years)

    return run, lambda found: {"sum": found}


def pandas(job: Job) -> tuple[Any, Any]:
    import pandas as pd

    meta, what = read_meta(), job.what
    frame = load(job.rows, [*what.columns, job.values]).to_pandas()
    regions = pd.CategoricalDtype(meta.regions)

    def axis(name: str) -> pd.Series:
        side = frame["origin" if name.endswith("_o") else "dest"] if "_" in name else frame["year"]
        if name.startswith("region"):
            return pd.Series(pd.Categorical.from_codes(meta.region_of[side.cat.codes], dtype=regions))
        if name.startswith("bloc"):
            return pd.Series(meta.bloc_of[side.cat.codes, frame["year"].to_numpy() - YEARS[0]])
        return frame["age1"] // 5 if name == "age5" else frame[name]

    def group(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
        return table.groupby(by, observed=True, sort=False)

    def run() -> Any:
        table = pd.DataFrame({name: axis(name) for name in what.axes} | {"sum": frame[job.values]})
        groups = group(table, list(what.axes))["sum"]
        if what.counts:
            finest = groups.agg(sum="sum", rows="size", valued="count").reset_index()
            sets = [group(finest, by)[["sum", "rows", "valued"]].sum().reset_index() for by in what.subsets()]
            return pd.concat(sets)
        found = groups.sum()
        if not what.dense:
            return found.reset_index()
        out, at = np.zeros(what.shape(meta)), found.index
        known = [pd.Index(labels(name, meta)) for name in what.axes]
        axes = zip(known, at.levels, at.codes, strict=True)
        out[tuple(names.get_indexer(level)[code] for names, level, code in axes)] = found.to_numpy()
        return out

    def table(found: Any) -> Any:
        if what.dense:
            return {"sum": found}
        for name in found:
            if name.startswith("bloc") or name == "age5":
                found[name] = np.array(labels(name, meta))[found[name]]
        return pa.Table.from_pandas(found, preserve_index=False)

    return run, table
