"""pyarrow: groups by Acero; lookups are takes from dictionaries, chunk by chunk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aggregate.table import YEARS, load, read_meta
from aggregate.truth import scatter
from aggregate.workloads import Job, labels

FIGURES = ["sum", "rows", "valued"]


class Axes:
    """The axes of a table, as codes or as small numbers."""

    def __init__(self, job: Job) -> None:
        pa.set_cpu_count(job.threads)
        self.job, self.meta = job, read_meta()
        self.table = load(job.rows, [*job.what.columns, job.values]).unify_dictionaries()
        self.regions = pa.array(self.meta.region_of.astype(np.int8))
        self.blocs = pa.array(self.meta.bloc_of.astype(np.int8).ravel())

    def years(self, chunk: pa.Array) -> pa.Array:
        return pc.subtract(chunk, pa.scalar(YEARS[0], pa.int16()))

    def numbers(self, axis: str, at: int) -> pa.Array:
        """Of one chunk: the place on the axis."""

        def chunk(name: str) -> pa.Array:
            return self.table[name].chunk(at)

        side = "origin" if axis.endswith("_o") else "dest"
        if axis.startswith("region"):
            return self.regions.take(chunk(side).indices)
        if axis.startswith("bloc"):
            base = pc.multiply(chunk(side).indices, pa.scalar(len(YEARS), pa.int16()))
            return self.blocs.take(pc.add(base, self.years(chunk("year"))))
        if axis == "age5":
            return pc.divide(chunk("age1"), pa.scalar(5, pa.int16()))
        return self.years(chunk("year")) if axis == "year" else chunk(axis).indices

    def column(self, axis: str) -> pa.ChunkedArray:
        if axis in self.table.column_names:
            return self.table[axis]
        parts = [self.numbers(axis, at) for at in range(self.table[self.job.values].num_chunks)]
        if axis == "age5":
            return pa.chunked_array(parts)
        names = pa.array(labels(axis, self.meta))
        return pa.chunked_array([pa.DictionaryArray.from_arrays(part, names) for part in parts])

    def named(self, found: pa.Table) -> pa.Table:
        """Five-year groups are found as numbers."""
        if "age5" not in self.job.what.axes or pa.types.is_dictionary(found["age5"].type):
            return found
        ages = pa.array(labels("age5", self.meta)).take(found["age5"].combine_chunks())
        return found.set_column(found.column_names.index("age5"), "age5", ages)


def finished(found: pa.Table, axes: Axes) -> Any:
    """The dense array, or the coarser grouping sets, from the finest groups."""
    what = axes.job.what
    if what.dense:
        return scatter(found)
    parts = [found]
    for by in list(what.subsets())[1:]:
        sums = [(name, "sum") for name in FIGURES]
        groups = found.group_by(by, use_threads=axes.job.threads > 1).aggregate(sums).rename_columns([*by, *FIGURES])
        parts.append(groups.cast(pa.schema([found.schema.field(name) for name in groups.column_names])))
    return pa.concat_tables(parts, promote_options="default") if len(parts) > 1 else found


def grouped(table: pa.Table, by: list[str], job: Job) -> pa.Table:
    wanted = [("value", "sum"), ([], "count_all"), ("value", "count")]
    groups = table.group_by(by, use_threads=job.threads > 1).aggregate(wanted if job.what.counts else wanted[:1])
    return groups.rename_columns([*by, *FIGURES][: groups.num_columns])


def result(axes: Axes) -> Any:
    return (lambda found: {"sum": found}) if axes.job.what.dense else axes.named


def columns(job: Job) -> tuple[Any, Any]:
    axes = Axes(job)

    def run() -> Any:
        table = pa.table({axis: axes.column(axis) for axis in job.what.axes} | {"value": axes.table[job.values]})
        return finished(grouped(table, list(job.what.axes), job), axes)

    return run, result(axes)


def packed(job: Job) -> tuple[Any, Any]:
    """One number for all axes, and the axes from it again."""
    axes = Axes(job)
    known = {axis: labels(axis, axes.meta) for axis in job.what.axes}

    def key(at: int) -> pa.Array:
        out = pa.scalar(0, pa.int32())
        for axis, names in known.items():
            place = axes.numbers(axis, at).cast(pa.int32())
            out = pc.add(pc.multiply(out, pa.scalar(len(names), pa.int32())), place)
        return out

    def run() -> Any:
        value = axes.table[job.values]
        keys = pa.chunked_array([key(at) for at in range(value.num_chunks)])
        found = grouped(pa.table({"key": keys, "value": value}), ["key"], job)
        places = np.unravel_index(found["key"].to_numpy(), [len(names) for names in known.values()])
        out = {}
        for (axis, names), place in zip(known.items(), places, strict=True):
            plain = axis == "year"
            out[axis] = place.astype(np.int16) + YEARS[0] if plain else coded(place, names)
        return finished(pa.table(out | {name: found[name] for name in found.column_names[1:]}), axes)

    return run, result(axes)


def coded(place: np.ndarray, names: list) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(place.astype(np.int16)), pa.array(names))
