"""polars as good users write it: the streaming engine, and enumerations, integers or one packed key."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from aggregate.table import YEARS, load, make_parquet, read_meta
from aggregate.workloads import Job, labels

FIGURES = ["sum", "rows", "valued"]
ENUMS = ("origin", "dest", "sex", "age")


class Table:
    """The table in one piece, and what its axes are."""

    def __init__(self, job: Job, integers: bool) -> None:
        self.job, self.meta, self.integers = job, read_meta(), integers
        raw = pl.from_arrow(load(job.rows, [*job.what.columns, job.values])).rename({job.values: "value"})
        kinds = {name: pl.Enum(labels(name, self.meta)) for name in ENUMS if name in raw.columns}
        raw = raw.with_columns(pl.col(name).cast(pl.String).cast(kind) for name, kind in kinds.items()).rechunk()
        if integers:
            raw = raw.with_columns(pl.col(name).to_physical().cast(pl.UInt8) for name in kinds)
            raw = raw.with_columns((pl.col("year") - YEARS[0]).cast(pl.UInt8))
        self.frame = raw
        area, regions = pl.Enum(self.meta.areas), pl.Enum(self.meta.regions)
        region = self.meta.region()
        self.regions = pl.DataFrame({"area": list(region), "to": list(region.values())}, {"area": area, "to": regions})
        members = pl.from_arrow(self.meta.members()).rename({"group": "to"})
        self.blocs = members.with_columns(pl.col("area").cast(area), pl.col("to").cast(pl.Enum(self.meta.blocs)))

    def figures(self) -> list[pl.Expr]:
        value = pl.col("value")
        counts = [pl.len().alias("rows"), value.count().alias("valued")] if self.job.what.counts else []
        return [value.sum().alias("sum"), *counts]

    def joined(self) -> pl.LazyFrame:
        out = self.frame.lazy()
        for axis in self.job.what.axes:
            side = "origin" if axis.endswith("_o") else "dest"
            if axis.startswith("region"):
                out = out.join(self.regions.lazy().rename({"area": side, "to": axis}), on=side)
            elif axis.startswith("bloc"):
                out = out.join(self.blocs.lazy().rename({"area": side, "to": axis}), on=[side, "year"])
            elif axis == "age5":
                out = out.with_columns((pl.col("age1") // 5).alias(axis))
        return out

    def places(self, axis: str) -> pl.Expr | pl.Series:
        """Numbers of 32 bits."""
        if axis.startswith(("region", "bloc")):
            side = self.frame["origin" if axis.endswith("_o") else "dest"].to_physical()
            if axis.startswith("region"):
                return pl.Series(self.meta.region_of.astype(np.uint32)).gather(side)
            at = side.cast(pl.UInt32) * len(YEARS) + (self.frame["year"] - YEARS[0]).cast(pl.UInt32)
            return pl.Series(self.meta.bloc_of.astype(np.uint32).ravel()).gather(at)
        if axis == "age5":
            return (pl.col("age1") // 5).cast(pl.UInt32)
        place = pl.col("year") - YEARS[0] if axis == "year" else pl.col(axis).to_physical()
        return place.cast(pl.UInt32)

    def packed(self) -> pl.DataFrame:
        """Grouped by one number, of which the axes are made again."""
        sizes = {axis: len(labels(axis, self.meta)) for axis in self.job.what.axes}
        looked_up = [axis for axis in sizes if axis.startswith(("region", "bloc"))]
        frame = (
            self.frame.with_columns(self.places(axis).alias(axis) for axis in looked_up) if looked_up else self.frame
        )
        key: Any = pl.lit(0, pl.UInt32)
        for axis, size in sizes.items():
            key = key * size + (pl.col(axis) if axis in looked_up else self.places(axis))
        found = frame.lazy().group_by(key.alias("key")).agg(self.figures())
        columns, rest = [], pl.col("key")
        for axis, size in reversed(sizes.items()):
            part, rest = rest % size, rest // size
            year = (part + YEARS[0]).cast(pl.Int16)
            kind = part.cat.to(pl.Enum(labels(axis, self.meta))) if axis != "year" else year
            columns.append(kind.alias(axis))
        return found.select(*reversed(columns), *FIGURES[: len(self.figures())]).collect(engine="streaming")

    def finished(self, found: pl.DataFrame) -> Any:
        what = self.job.what
        if what.dense:
            out = np.zeros(what.shape(self.meta))
            year = found["year"].to_numpy() - (0 if self.integers else YEARS[0])
            at = [found[side].to_physical().to_numpy() for side in ("origin", "dest")]
            out[*at, year] = found["sum"].to_numpy()
            return out
        coarser = list(what.subsets())[1:]
        sums = [pl.col(name).sum() for name in FIGURES]
        return pl.concat([found, *(found.group_by(by).agg(sums) for by in coarser)], how="diagonal")

    def named(self, found: Any) -> Any:
        """Codes that were numbers."""
        if self.job.what.dense:
            return {"sum": found}
        for axis in self.job.what.axes:
            if found[axis].dtype.is_integer() and (axis != "year" or self.integers):
                names = pl.Series(labels(axis, self.meta))
                found = found.with_columns(names.gather(found[axis].cast(pl.UInt32)).alias(axis))
        return found.to_arrow()


def in_memory(job: Job, way: str) -> tuple[Any, Any]:
    table = Table(job, way == "integers")
    by = list(job.what.axes)

    def run() -> Any:
        if way == "packed":
            return table.finished(table.packed())
        found = table.joined().group_by(by).agg(table.figures()).collect(engine="streaming")
        return table.finished(found)

    return run, table.named


def streamed(job: Job) -> tuple[Any, Any]:
    files, by = make_parquet(job.rows, [*job.what.columns, job.values]), list(job.what.axes)

    def run() -> pl.DataFrame:
        sums = pl.col(job.values).sum().alias("sum")
        return pl.scan_parquet(files).group_by(by).agg(sums).collect(engine="streaming")

    def table(found: pl.DataFrame) -> pa.Table:
        return found.with_columns(pl.col(name).cast(pl.String) for name in ("origin", "dest")).to_arrow()

    return run, table
