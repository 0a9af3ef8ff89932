"""Kernels in C from $MIGSTAT_SHARED: how fast it could be. They keep no account of groups without values."""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from aggregate.table import AREAS, BLOCS, COLUMNS, YEARS, load, read_meta
from aggregate.truth import Cells
from aggregate.workloads import Job

FLAGS = ["-O3", "-march=native", "-ffast-math", "-fopenmp", "-shared", "-fPIC"]
CELL = np.dtype([("sum", "f8"), ("rows", "u4"), ("valued", "u4")])


def compiled() -> str:
    """The folder of the compiled kernels; none, and a word about it, where they cannot be had."""
    shared = os.environ.get("MIGSTAT_SHARED", str(Path(__file__).parents[4] / "shared"))
    sources = Path(shared, "perf", "bench")
    folder = tempfile.mkdtemp(prefix="migstat-kernels-")
    try:
        for name in ("limits", "compact"):
            command = ["gcc", *FLAGS, str(sources / f"{name}.c"), "-o", f"{folder}/{name}.so"]
            subprocess.run(command, check=True, capture_output=True, text=True)
        ctypes.CDLL(f"{folder}/limits.so")
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        print(f"no kernels in C, so no ratio to them: {said[0] if said else error}")
        return ""
    return folder


def at(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


class Columns:
    """Each column in one piece, as the kernels take it."""

    def __init__(self, job: Job) -> None:
        raw = load(job.rows, [*job.what.columns, job.values])
        *names, value = raw.column_names
        self.rows = ctypes.c_int64(job.rows)
        self.arrays = {}
        for name in names:
            coded = pa.types.is_dictionary(raw[name].type)
            parts = [(chunk.indices if coded else chunk).to_numpy() for chunk in raw[name].chunks]
            self.arrays[name] = np.concatenate(parts)
        self.value = raw[value].fill_null(0.0).to_numpy()
        known = np.packbits(raw[value].is_valid().to_numpy(), bitorder="little")
        self.known = np.append(known, np.zeros(64, np.uint8))  # they may look a little further

    def given(self) -> tuple[Any, ...]:
        """What the kernels are given first: addresses, so whoever calls them keeps this object."""
        sides = [at(self.arrays[name]) for name in COLUMNS if name in self.arrays]
        return *sides, at(self.value), at(self.known), self.rows


def in_memory(job: Job) -> tuple[Any, Any]:
    if not job.kernels:
        raise FileNotFoundError("no kernels in C")
    kernels, columns, meta = ctypes.CDLL(f"{job.kernels}/limits.so"), Columns(job), read_meta()
    compact = ctypes.CDLL(f"{job.kernels}/compact.so").compact
    compact.restype = ctypes.c_int64
    shape, threads, first, years = job.what.shape(meta), job.threads, YEARS[0], len(YEARS)
    length = int(np.prod(shape))
    regions = len(meta.regions)
    of_origin = meta.region_of.astype(np.int32) * np.int32(regions * years * 3)
    of_dest = meta.region_of.astype(np.int32) * np.int32(years * 3)
    blocs = np.ascontiguousarray(meta.bloc_of.astype(np.uint8))

    def corridors() -> np.ndarray:
        out, more = np.empty(length), np.empty(max(1, (threads - 1) * length))
        kernels.odt_direct(*columns.given(), *shape, first, at(out), at(more), threads)
        return out

    def listed() -> tuple[np.ndarray, ...]:
        out = corridors()
        places, sums = [np.empty(length + 1, np.uint8) for _ in range(3)], np.empty(length + 1)
        groups = compact(at(out), *shape, *map(at, places), at(sums))
        return (*(place[:groups] for place in places), sums[:groups])

    def between_regions() -> np.ndarray:
        out = np.empty(length)
        size = ctypes.c_int64(length)
        kernels.small_sum(*columns.given(), at(of_origin), at(of_dest), first, 3, size, at(out), threads)
        return out

    def sets() -> np.ndarray:
        out = np.empty(length, CELL)
        kernels.cube(*columns.given(), AREAS, years, 3, shape[3] - 1, first, at(out), threads)
        return out

    def ages() -> np.ndarray:
        out = np.empty(length)
        kernels.age_sum(*columns.given(), AREAS, years, 3, first, at(out), threads)
        return out

    def between_blocs() -> np.ndarray:
        out = np.empty(length)
        kernels.bloc_sum(*columns.given(), at(blocs), years, BLOCS, first, at(out), threads)
        return out

    def from_list(found: tuple[np.ndarray, ...]) -> Cells:
        out = np.zeros(shape)
        out[found[:3]] = found[3]
        return {"sum": out}

    runs = {"W2a": listed, "W2b": between_regions, "W2c": sets, "W3": corridors, "W4a": ages, "W4b": between_blocs}

    def table(found: Any) -> Cells:
        if job.workload == "W2a":
            return from_list(found)
        return {name: found[name] for name in CELL.names} if job.workload == "W2c" else {"sum": found}

    return runs[job.workload], table
