"""pyarrow: labels looked up chunk by chunk in a pool of threads, groups by Acero."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from data import COLUMNS, load
from peers.coded import Known, table_of_codes
from work import Job


class Recode:
    """Labels of a column to codes."""

    def __init__(self, known: Known, name: str) -> None:
        labels = list(known.maps[name])
        self.labels, self.keys = pa.array(labels), pa.array(known.keys(name, labels))
        self.codes = pa.array(known.codes[name])

    def __call__(self, cells: pa.Array) -> pa.Array:
        if pa.types.is_dictionary(cells.type):
            at = pc.index_in(cells.dictionary, value_set=self.labels).take(cells.indices)
        else:
            at = pc.index_in(cells, value_set=self.labels)
        return pa.DictionaryArray.from_arrays(self.keys.take(at), self.codes)


def steps(raw: pa.Table, job: Job, known: Known, columns: list[str]) -> pa.Table:
    recode = {name: Recode(known, name) for name in columns}

    def step(batch: pa.RecordBatch) -> pa.RecordBatch:
        out = {name: recode[name](batch[name]) for name in columns}
        kept = pc.not_equal(out["origin"].indices, out["destination"].indices)
        if job.source == "printed":
            kept = pc.and_(kept, pc.not_equal(out["sex"].indices, known.codes["sex"].index("_T")))
        return pa.record_batch(out | {name: batch[name] for name in ("year", job.value)}).filter(kept)

    with ThreadPoolExecutor(job.threads) as pool:
        return pa.Table.from_batches(pool.map(step, raw.to_batches()))


def labels(job: Job, known: Known) -> Any:
    raw = load(Path(job.folder), job.source, COLUMNS)
    recode = {name: Recode(known, name) for name in COLUMNS}

    def one(part: tuple[str, int]) -> pa.Array:
        name, chunk = part
        return recode[name](raw[name].chunk(chunk))

    def run() -> pa.Table:
        parts = [(name, chunk) for name in COLUMNS for chunk in range(raw[name].num_chunks)]
        if job.threads == 1:
            found = [one(part) for part in parts]
        else:
            with ThreadPoolExecutor(job.threads) as pool:
                found = list(pool.map(one, parts))
        chunks = {name: [array for (of, _), array in zip(parts, found, strict=True) if of == name] for name in COLUMNS}
        return pa.table({name: pa.chunked_array(chunks[name]) for name in COLUMNS})

    return run


def sums(table: pa.Table, job: Job) -> pa.Table:
    groups = table.group_by(list(job.by), use_threads=job.threads > 1)
    found = groups.aggregate([(job.value, "sum"), ([], "count_all"), (job.value, "count")])
    return found.rename_columns([*job.by, "sum", "rows", "valued"])


def whole(job: Job) -> tuple[Any, Any]:
    pa.set_cpu_count(job.threads)
    known = Known(job)
    if job.workload == "labels":
        return labels(job, known), same
    if job.workload == "cells":
        codes = table_of_codes(job, known)
        return lambda: sums(codes, job), same
    raw = load(Path(job.folder), job.source, [*COLUMNS, "year", job.value])
    if job.workload == "codes":
        return lambda: steps(raw, job, known, COLUMNS), same

    def run() -> tuple[pa.Table, pa.Table]:
        table = steps(raw, job, known, COLUMNS)
        return table, sums(table, job)

    return run, lambda found: found[1]


def fused(job: Job) -> tuple[Any, Any]:
    pa.set_cpu_count(job.threads)
    known = Known(job)
    needed = [name for name in COLUMNS if name in job.by]
    raw = load(Path(job.folder), job.source, [*needed, "year", job.value])
    return lambda: sums(steps(raw, job, known, needed), job), same


def same(found: pa.Table) -> pa.Table:
    return found
