"""pandas: labels factorised, codes taken by the keys, groups by one packed key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from data import COLUMNS, load
from peers.coded import Known, table_of_codes
from work import Job


def recode(known: Known, name: str, cells: pd.Series) -> pd.Categorical:
    if isinstance(cells.dtype, pd.CategoricalDtype):
        keys, labels = cells.cat.codes.to_numpy(), cells.cat.categories
    else:
        keys, labels = pd.factorize(cells)
    return pd.Categorical.from_codes(known.keys(name, list(labels))[keys], known.codes[name])


def steps(raw: pd.DataFrame, job: Job, known: Known) -> pd.DataFrame:
    out = {name: recode(known, name, raw[name]) for name in COLUMNS}
    kept = out["origin"].codes != out["destination"].codes
    if job.source == "printed":
        kept &= out["sex"].codes != known.codes["sex"].index("_T")
    return pd.DataFrame(out | {name: raw[name] for name in ("year", job.value)})[kept]


def sums(table: pd.DataFrame, job: Job, known: Known) -> pd.DataFrame:
    sizes = [known.years if name == "year" else len(known.codes[name]) for name in job.by]
    key = np.zeros(len(table), np.int32)
    for name, size in zip(job.by, sizes, strict=True):
        part = table[name].to_numpy() - known.first if name == "year" else table[name].cat.codes.to_numpy()
        key = key * np.int32(size) + part
    groups = table[job.value].groupby(key, sort=False)
    found = pd.DataFrame({"sum": groups.sum(min_count=1), "rows": groups.size(), "valued": groups.count()})
    out = {}
    for name, keys in zip(job.by, np.unravel_index(found.index, sizes), strict=True):
        year = name == "year"
        out[name] = keys + known.first if year else pd.Categorical.from_codes(keys, known.codes[name])
    return pd.DataFrame(out | {name: found[name].to_numpy() for name in found})


def arrow(found: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(found, preserve_index=False)


def whole(job: Job) -> tuple[Any, Any]:
    known = Known(job)
    if job.workload == "cells":
        codes = table_of_codes(job, known).to_pandas()
        return lambda: sums(codes, job, known), arrow
    if job.workload == "labels":
        columns = load(Path(job.folder), job.source, COLUMNS).to_pandas()
        return lambda: pd.DataFrame({name: recode(known, name, columns[name]) for name in COLUMNS}), arrow
    raw = load(Path(job.folder), job.source, [*COLUMNS, "year", job.value]).to_pandas()
    if job.workload == "codes":
        return lambda: steps(raw, job, known), arrow

    def run() -> tuple[pd.DataFrame, pd.DataFrame]:
        table = steps(raw, job, known)
        return table, sums(table, job, known)

    return run, lambda found: arrow(found[1])
