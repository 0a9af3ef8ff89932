"""migstat by its one public function, from the tables of three libraries and from streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

import migstat as ms
from aggregate.table import AGES5, Meta, load, make_parquet, read_meta
from aggregate.truth import Cells
from aggregate.workloads import Job, labels

NAMES = {
    "region_o": "origin.REGIONS",
    "region_d": "dest.REGIONS",
    "bloc_o": "origin.BLOC",
    "bloc_d": "dest.BLOC",
    "age5": "age1.AGE5",
}
FIGURES = {"value": "sum", "figures": "rows", "valued": "valued"}


def groups(axes: tuple[str, ...], meta: Meta) -> dict[str, Any]:
    known = {
        "REGIONS": lambda: meta.region(),
        "BLOC": lambda: meta.members(),
        "AGE5": lambda: {age: AGES5[age // 5] for age in range(101)},
    }
    wanted = {NAMES[axis].split(".")[1] for axis in axes if axis in NAMES}
    return {name: make() for name, make in known.items() if name in wanted}


def options(job: Job, meta: Meta) -> dict[str, Any]:
    what = job.what
    out: dict[str, Any] = {
        "by": [NAMES.get(axis, axis) for axis in what.axes],
        "value": job.values,
        "measures": ["sum", "count", "nonmissing"] if what.counts else ["sum"],
        "threads": job.threads,
    }
    if what.totals:
        out["totals"] = list(what.totals)
    if found := groups(what.axes, meta):
        out["groups"] = found
    return out


def in_memory(job: Job, kind: str) -> tuple[Any, Any]:
    meta = read_meta()
    frame, told = converted(load(job.rows, [*job.what.columns, job.values]), kind, meta), options(job, meta)
    if job.what.dense:
        return lambda: ms.Accumulator(**told).update(frame).to_numpy(), lambda found: dense(*found, job, meta)
    return lambda: ms.aggregate(frame, **told).to_arrow(), lambda found: table(found, job)


def converted(raw: pa.Table, kind: str, meta: Meta) -> Any:
    if kind == "pyarrow":
        return raw
    if kind == "pandas":
        return raw.to_pandas()
    import polars as pl

    coded = [name for name in raw.column_names if pa.types.is_dictionary(raw[name].type)]
    kinds = {name: pl.Enum(labels(name, meta)) for name in coded}
    return pl.from_arrow(raw).with_columns(pl.col(name).cast(pl.String).cast(kinds[name]) for name in coded)


def table(found: pa.Table, job: Job) -> pa.Table:
    axes = {NAMES.get(axis, axis): axis for axis in job.what.axes}
    figures = {name: to for name, to in FIGURES.items() if name in found.column_names}
    names = axes | figures
    return found.select(list(names)).rename_columns(list(names.values()))


def dense(array: np.ndarray, named: Any, job: Job, meta: Meta) -> Cells:
    """The array in our order: that of its labels is its own affair."""
    axes = list(named.values()) if isinstance(named, Mapping) else list(named)
    out = np.zeros(job.what.shape(meta))
    at = []
    for axis, given in zip(job.what.axes, axes, strict=True):
        place = {label: at for at, label in enumerate(labels(axis, meta))}
        at.append([place[label] for label in np.asarray(given).tolist()])
    out[np.ix_(*at)] = array
    return {"sum": out}


def streamed(job: Job, source: str) -> tuple[Any, Any]:
    """A source is used up by a call, so each call opens its own."""
    files, told = (
        [str(path) for path in make_parquet(job.rows, [*job.what.columns, job.values])],
        options(job, read_meta()),
    )
    if source == "scanner":
        import pyarrow.dataset as ds

        pa.set_cpu_count(job.threads)

        def opened() -> Any:
            return ds.dataset(files).scanner(use_threads=job.threads > 1)

    elif source == "relation":
        import duckdb

        con = duckdb.connect(config={"threads": job.threads})

        def opened() -> Any:
            return con.read_parquet(files)

    else:  # where there are several, their folder

        def opened() -> Any:
            return files[0] if len(files) == 1 else files[0].rpartition("/")[0]

    return lambda: ms.aggregate(opened(), **told).to_arrow(), lambda found: table(found, job)
