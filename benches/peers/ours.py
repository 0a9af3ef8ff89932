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
    if job.workload == "labels":
        return labels(frame, read_meta(Path(job.folder))["maps"]), lambda found: pa.table(found)
    if job.workload == "codes":
        # The table of the baselines has Sudan in 1990 as the Sudan of today, which is not what we answer unless told.
        told = read_meta(Path(job.folder))["maps"]["origin"] if "shared" in job.folder else None
        return lambda: harmonise(frame, overrides=told), codes
    if job.workload == "cells":
        observations = harmonise(frame, job.value)
        return lambda: ms.aggregate(observations, by=by), cells
    # The observations stay until the sums are there, as with the peers that make a table of codes.
    return lambda: (both := harmonise(frame), ms.aggregate(both, by=by)), lambda found: cells(found[1])


def labels(frame: Any, maps: dict[str, dict[str, str]]) -> Any:
    """One call a column. The skill is of a list of the caller's own, as nobody else has it."""
    own = {label: "" if code == "_U" else code for label, code in maps["skill"].items()}
    listed = {"code": list(own), "label": list(own), "to:broad": list(own.values())}
    ms.codes.register(listed, "bench", dimension="skill")

    def recode(name: str) -> Any:
        if name in ("origin", "destination"):
            # What is asked for is not always what we answer unless told: the map has Sudan as the Sudan of today.
            return ms.areas.resolve(frame[name], overrides=maps[name], on_unresolved="error", categories=True)
        if name == "skill":
            return ms.codes.recode(frame[name], "bench", to="broad", categories=True)
        return ms.codes.recode(frame[name], name, categories=True)

    return lambda: {name: recode(name) for name in COLUMNS}


def codes(found: ms.Observations) -> pa.Table:
    figures = found.figures
    return figures.append_column("year", pc.year(figures["period_start"]))


def cells(found: ms.Aggregate) -> pa.Table:
    table = found.to_arrow()
    valued = pc.subtract(table["figures"], table["missing"])
    return table.append_column("valued", valued).rename_columns({"value": "sum", "figures": "rows"})


def raw(job: Job) -> pa.Table:
    return load(Path(job.folder), job.source, COLUMNS if job.workload == "labels" else [*COLUMNS, "year", job.value])


def from_pyarrow(job: Job) -> tuple[Any, Any]:
    return made(raw(job), job)


def from_polars(job: Job) -> tuple[Any, Any]:
    import polars as pl

    return made(pl.from_arrow(raw(job)), job)


def from_pandas(job: Job) -> tuple[Any, Any]:
    return made(raw(job).to_pandas(), job)
