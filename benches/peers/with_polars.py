"""polars as a good user writes it: enumerations, the streaming engine, one packed key for the groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from data import COLUMNS, load
from peers.coded import Known, table_of_codes
from work import Job


def recoded(known: Known) -> list[pl.Expr]:
    kind = {name: pl.Enum(known.codes[name]) for name in COLUMNS}
    return [pl.col(name).replace_strict(known.maps[name], return_dtype=kind[name]) for name in COLUMNS]


def sums(frame: pl.LazyFrame, job: Job, known: Known) -> pl.DataFrame:
    """One packed key is faster than several columns; a group without values has no sum."""
    sizes = [known.years if name == "year" else len(known.codes[name]) for name in job.by]
    key = pl.lit(0, pl.UInt32)
    for name, size in zip(job.by, sizes, strict=True):
        part = pl.col(name) - known.first if name == "year" else pl.col(name).to_physical()
        key = key * size + part.cast(pl.UInt32)
    value = pl.col(job.value)
    found = frame.group_by(key.alias("key")).agg(sum=value.sum(), rows=pl.len(), valued=value.count())
    columns, rest = [], pl.col("key")
    for name, size in reversed(list(zip(job.by, sizes, strict=True))):
        part, rest = rest % size, rest // size
        year = (part + known.first).cast(pl.Int16)
        columns.append((year if name == "year" else part.cat.to(pl.Enum(known.codes[name]))).alias(name))
    return found.select(
        *reversed(columns), pl.when(pl.col("valued") > 0).then(pl.col("sum")).alias("sum"), "rows", "valued"
    ).collect(engine="streaming")


def frame(job: Job, known: Known) -> pl.DataFrame:
    columns = COLUMNS if job.workload == "labels" else [*COLUMNS, "year", job.value]
    raw = pl.from_arrow(load(Path(job.folder), job.source, columns))
    if job.source == "dict":
        kinds = {name: pl.Enum(list(known.maps[name])) for name in COLUMNS}
        raw = raw.with_columns(pl.col(name).cast(pl.String).cast(kind) for name, kind in kinds.items())
    return raw


def steps(raw: pl.DataFrame, job: Job, known: Known) -> pl.LazyFrame:
    table = raw.lazy().with_columns(recoded(known)).filter(pl.col("origin") != pl.col("destination"))
    return table.filter(pl.col("sex") != "_T") if job.source == "printed" else table


def whole(job: Job) -> tuple[Any, Any]:
    known = Known(job)
    if job.workload == "cells":
        codes = pl.from_arrow(table_of_codes(job, known)).rechunk()
        kinds = {name: pl.Enum(known.codes[name]) for name in job.by if name != "year"}
        codes = codes.with_columns(pl.col(name).cast(pl.String).cast(kind) for name, kind in kinds.items())
        return lambda: sums(codes.lazy(), job, known), pl.DataFrame.to_arrow
    raw = frame(job, known)
    if job.workload == "labels":
        # In memory is faster than streaming here.
        return lambda: raw.lazy().select(recoded(known)).collect(), pl.DataFrame.to_arrow
    if job.workload == "codes":
        return lambda: steps(raw, job, known).collect(engine="streaming"), pl.DataFrame.to_arrow

    def run() -> tuple[pl.DataFrame, pl.DataFrame]:
        table = steps(raw, job, known).collect(engine="streaming")
        return table, sums(table.lazy(), job, known)

    return run, lambda found: found[1].to_arrow()


def cast_first(job: Job) -> tuple[Any, Any]:
    """Labels are made an enumeration, and its categories are replaced."""
    known = Known(job)
    raw = frame(job, known)
    kind = {name: pl.Enum(known.codes[name]) for name in COLUMNS}
    own = {name: pl.Enum(list(known.maps[name])) for name in COLUMNS}
    cells = [pl.col(name).cast(own[name]).replace_strict(known.maps[name], return_dtype=kind[name]) for name in COLUMNS]
    return lambda: raw.lazy().select(cells).collect(), pl.DataFrame.to_arrow


def fused(job: Job) -> tuple[Any, Any]:
    known = Known(job)
    raw = frame(job, known)
    return lambda: sums(steps(raw, job, known), job, known), pl.DataFrame.to_arrow
