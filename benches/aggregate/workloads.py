"""What is added up, by what, and how fast it is to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from aggregate.table import AGES, AGES5, SEXES, YEARS, Meta

#: What an axis is found from.
SOURCES = {
    "region_o": ["origin"],
    "region_d": ["dest"],
    "bloc_o": ["origin", "year"],
    "bloc_d": ["dest", "year"],
    "age5": ["age1"],
}
Target = dict[tuple[str, int], float]


def targets(one: float, two: float, fractions: float) -> Target:
    """Times as fast as the fastest library: whole numbers on one and two threads, fractions."""
    return {("whole", 1): one, ("whole", 2): two, ("fractions", 1): fractions, ("fractions", 2): fractions}


@dataclass(frozen=True)
class Workload:
    title: str
    axes: tuple[str, ...]
    target: Target
    totals: tuple[str, ...] = ()
    counts: bool = False
    dense: bool = False
    streamed: bool = False

    @property
    def columns(self) -> list[str]:
        """Of the table, without the values."""
        needed = [column for axis in self.axes for column in SOURCES.get(axis, [axis])]
        return list(dict.fromkeys(needed))

    def shape(self, meta: Meta) -> tuple[int, ...]:
        """Number of codes of each axis; one more where there are totals."""
        return tuple(len(labels(axis, meta)) + (axis in self.totals) for axis in self.axes)

    def subsets(self) -> Iterator[list[str]]:
        """The grouping sets, the finest first."""
        for left in range(1 << len(self.totals)):
            gone = [axis for at, axis in enumerate(self.totals) if left >> at & 1]
            yield [axis for axis in self.axes if axis not in gone]


CORRIDORS = ("origin", "dest", "year")
WORKLOADS = {
    "W2a": Workload("origin x destination x year", CORRIDORS, targets(5, 5, 2.5)),
    "W2b": Workload("region x region x year x sex", ("region_o", "region_d", "year", "sex"), targets(5, 5, 2.5)),
    "W2c": Workload(
        "grouping sets (origin, year) x {sex, total} x {age, total} with counts",
        ("origin", "year", "sex", "age"),
        targets(3.5, 5, 2),
        totals=("sex", "age"),
        counts=True,
    ),
    "W3": Workload("dense array, origin x destination x year", CORRIDORS, targets(2.5, 2.5, 2.5), dense=True),
    "W4a": Workload("single ages to groups", ("origin", "year", "sex", "age5"), targets(7, 7, 7)),
    "W4b": Workload(
        "blocs that change with the year, both sides", ("bloc_o", "bloc_d", "year"), targets(5.5, 5.5, 5.5)
    ),
    "cube": Workload("full cube, 85.7 million cells", (*CORRIDORS, "sex", "age"), targets(1, 1, 1)),
    "stream": Workload(
        "streamed from Parquet by origin, destination, year", CORRIDORS, targets(1, 1, 1), streamed=True
    ),
}
#: Of the C kernels' time, where the issue says it.
OF_C = {("W2a", "whole"): 1.3}
VALUES = {"whole": "whole numbers", "fractions": "fractions"}


@dataclass(frozen=True)
class Job:
    """What a peer is to do, and with what."""

    workload: str
    values: str
    rows: int
    threads: int
    truth: str
    kernels: str  # folder of the compiled kernels

    @property
    def what(self) -> Workload:
        return WORKLOADS[self.workload]


class Codes(NamedTuple):
    """Columns as numbers from 0 on, whole and in memory; nothing where a value is missing."""

    columns: dict[str, np.ndarray]
    value: np.ndarray
    known: np.ndarray


def labels(axis: str, meta: Meta) -> list:
    fixed = {"year": YEARS, "sex": SEXES, "age": AGES, "age5": AGES5, "age1": list(range(101))}
    if axis in fixed:
        return fixed[axis]
    if axis in ("origin", "dest"):
        return meta.areas
    return meta.regions if axis.startswith("region") else meta.blocs


def codes(table: pa.Table, kind: str = "int32") -> Codes:
    """The columns of a table, the last of which is the value."""
    *names, value = table.column_names
    out = {}
    for name in names:
        column = table[name]
        if pa.types.is_dictionary(column.type):
            parts = [chunk.indices.to_numpy() for chunk in column.chunks]
            out[name] = np.concatenate(parts).astype(kind)
        else:
            out[name] = (column.to_numpy() - (YEARS[0] if name == "year" else 0)).astype(kind)
    known = table[value].is_valid().to_numpy()
    return Codes(out, table[value].fill_null(0.0).to_numpy(), known)


def places(columns: dict[str, np.ndarray], axis: str, meta: Meta) -> np.ndarray:
    """The place of each row on an axis."""
    side = columns.get("origin" if axis.endswith("_o") else "dest")
    if axis.startswith("region"):
        return meta.region_of[side]
    if axis.startswith("bloc"):
        return meta.bloc_of.ravel()[side * np.int32(len(YEARS)) + columns["year"]]
    return columns["age1"] // 5 if axis == "age5" else columns[axis]
