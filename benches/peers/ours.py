"""migstat by its public functions, from the tables of three libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import migstat as ms
from data import COLUMNS, load, read_meta
from work import Job


def harmonise(frame: Any, value: str = "value", overrides: dict[str, str] | None = None) -> ms.Observations:
    return ms.harmonise(
        frame,
        **{name: name for name in [*COLUMNS, "year"]},
        value=value,
        constants={"measure": "labour_outflow"},
        schemes={"skill": "ISCO-08"},
        overrides=overrides,
        duplicates="keep",
    )


def made(frame: Any, job: Job) -> tuple[Any, Any]:
    by = list(job.by)
    if job.workload == "codes":
        # The table of the baselines has Sudan in 1990 as the Sudan of today, which is not what we answer unless told.
        told = read_meta(Path(job.folder))["maps"]["origin"] if "shared" in job.folder else None
        return lambda: harmonise(frame, overrides=told), codes
    if job.workload == "cells":
        observations = harmonise(frame, job.value)
        return lambda: ms.aggregate(observations, by=by), cells
    # The observations stay until the sums are there, as with the peers that make a table of codes.
    return lambda: (both := harmonise(frame), ms.aggregate(both, by=by)), lambda found: cells(found[1])


def codes(found: ms.Observations) -> pa.Table:
    figures = found.figures
    return figures.append_column("year", pc.year(figures["period_start"]))


def cells(found: ms.Aggregate) -> pa.Table:
    table = found.to_arrow()
    valued = pc.subtract(table["figures"], table["missing"])
    return table.append_column("valued", valued).rename_columns({"value": "sum", "figures": "rows"})


def raw(job: Job) -> pa.Table:
    return load(Path(job.folder), job.source, [*COLUMNS, "year", job.value])


def from_pyarrow(job: Job) -> tuple[Any, Any]:
    return made(raw(job), job)


def from_polars(job: Job) -> tuple[Any, Any]:
    import polars as pl

    return made(pl.from_arrow(raw(job)), job)


def from_pandas(job: Job) -> tuple[Any, Any]:
    return made(raw(job).to_pandas(), job)
