"""Correction factors of 200 reporters in each of 30 years, beside solvers of quadratic programmes.

`python benches/double_entry.py [--reporters N] [--years N] [--reps N]`. All start from the same five arrays of numpy
(origin, destination, year, inflow, outflow) and give the factors of each year that make the weighted squares least,
weights 1 / (inflow + outflow), the inflow of the first reporter being right.

The programme as it is published asks for factors above 0, and so the solvers get it. That no factor falls below 0 by
itself takes a proof (src/reconcile/double_entry/solve.rs): "no bounds" is what they do with it, when a linear system is
all that is left. Either way they get each year's programme small, its matrix made by `numpy.bincount` and scaled to a
diagonal of ones, and the loosest tolerances, of the powers of ten, at which their factors are ours to 1e-8. `numpy` is
what one writes with the proof and without a solver: the dense KKT system of each year and `numpy.linalg.solve`.

Every peer is a process of its own. Printed are medians of its runs after a first one, the most memory that it held in
that one beyond the arrays, and how far its factors and objective are from ours.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

Cells = dict[str, np.ndarray]


def made(reporters: int, years: int) -> Cells:
    """Give reports of every pair in every year: lognormal flows, counted by each office with its coverage and noise."""
    random = np.random.default_rng(1)
    origin, destination = np.nonzero(~np.eye(reporters, dtype=bool))
    origin, destination = np.tile(origin, years), np.tile(destination, years)
    year = np.repeat(np.arange(1990, 1990 + years), reporters * (reporters - 1))
    size = random.lognormal(0, 1, reporters)
    flows = random.lognormal(5, 1.2, len(origin)) * size[origin] * size[destination]
    cover = random.uniform(0.1, 1.3, (2, years, reporters))
    noise = random.lognormal(0, 0.3, (2, len(origin)))
    at = year - 1990
    return {
        "origin": origin,
        "destination": destination,
        "year": year,
        "inflow": np.round(flows * cover[0, at, destination] * noise[0]),
        "outflow": np.round(flows * cover[1, at, origin] * noise[1]),
    }


def each_year(cells: Cells) -> list[tuple[np.ndarray, ...]]:
    """Cut the arrays by year."""
    order = np.argsort(cells["year"], kind="stable")
    ends = np.flatnonzero(np.diff(cells["year"][order])) + 1
    parts = [np.split(cells[name][order], ends) for name in ("origin", "destination", "inflow", "outflow")]
    return list(zip(*parts, strict=True))


def programme(cells: tuple[np.ndarray, ...], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the matrix of one year's squares with a diagonal of ones, and what its unknowns are multiplied by."""
    origin, destination, inflow, outflow = cells
    total = inflow + outflow
    weight = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    to = np.bincount(destination, weight * inflow**2, n)
    away = np.bincount(origin, weight * outflow**2, n)
    both = np.bincount(destination * n + origin, weight * inflow * outflow, n * n).reshape(n, n)
    scale = 1 / np.sqrt(np.concatenate([to, away]))
    matrix = np.eye(2 * n)
    matrix[:n, n:] = -both * scale[:n, None] * scale[n:]
    matrix[n:, :n] = matrix[:n, n:].T
    return matrix, scale


def upper(matrix: np.ndarray) -> Any:
    """Give the upper triangle as the solvers take it."""
    from scipy import sparse

    return sparse.csc_matrix(np.triu(matrix))


def constraints(n: int, scale: np.ndarray, bounds: bool) -> tuple[Any, np.ndarray]:
    """Give rows of which the first is to be what is given with it, and the others, if there are any, no less."""
    from scipy import sparse

    first = sparse.csc_matrix(([1.0], ([0], [0])), (1, 2 * n))
    rows = sparse.vstack([first, sparse.identity(2 * n)]).tocsc() if bounds else first
    given = np.zeros(rows.shape[0])
    given[0] = 1 / scale[0]
    return rows, given


# ---- the peers: the factors of every year, receiving reporters first


def with_migstat(cells: Cells, n: int) -> np.ndarray:
    import pyarrow.compute as pc

    import migstat as ms

    found = ms.reconcile.double_entry(cells, per="year", weights="relative", reference="0")
    factors = found._factors
    reporter = factors["reporter"].cast("int64").to_numpy()
    years, at = np.unique(factors["year"].to_numpy(), return_inverse=True)
    out = np.empty((len(years), 2 * n))
    sends = pc.equal(factors["direction"], "outflow").to_numpy()
    out[at, reporter + n * sends] = factors["factor"].to_numpy()
    return out


def with_numpy(cells: Cells, n: int) -> np.ndarray:
    out = []
    for year in each_year(cells):
        matrix, scale = programme(year, n)
        system = np.zeros((2 * n + 1, 2 * n + 1))
        system[:-1, :-1] = matrix
        system[-1, 0] = system[0, -1] = 1
        right = np.zeros(2 * n + 1)
        right[-1] = 1 / scale[0]
        out.append(np.linalg.solve(system, right)[:-1] * scale)
    return np.array(out)


def with_osqp(cells: Cells, n: int, *, bounds: bool = True) -> np.ndarray:
    import osqp

    options = {"eps_abs": 1e-8, "eps_rel": 1e-8, "max_iter": 200_000, "polishing": True, "verbose": False}
    out = []
    for year in each_year(cells):
        matrix, scale = programme(year, n)
        rows, given = constraints(n, scale, bounds)
        solver = osqp.OSQP()
        most = np.where(given > 0, given, np.inf)
        solver.setup(upper(matrix), np.zeros(2 * n), rows, given, most, **options)
        out.append(solver.solve().x * scale)
    return np.array(out)


def with_clarabel(cells: Cells, n: int, *, bounds: bool = True) -> np.ndarray:
    import clarabel

    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    cones = [clarabel.ZeroConeT(1), *([clarabel.NonnegativeConeT(2 * n)] if bounds else [])]
    out = []
    for year in each_year(cells):
        matrix, scale = programme(year, n)
        rows, given = constraints(n, scale, bounds)
        rows[1:] *= -1  # its cones hold what is given less the rows
        found = clarabel.DefaultSolver(upper(matrix), np.zeros(2 * n), rows, given, cones, settings).solve()
        out.append(np.array(found.x) * scale)
    return np.array(out)


PEERS: dict[str, Callable[[Cells, int], np.ndarray]] = {
    "migstat": with_migstat,
    "clarabel": with_clarabel,
    "osqp": with_osqp,
    "clarabel, no bounds": partial(with_clarabel, bounds=False),
    "osqp, no bounds": partial(with_osqp, bounds=False),
    "numpy, dense KKT": with_numpy,
}


def memory(what: str) -> float:
    """Megabytes of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(what))


def serve(name: str, asked: argparse.Namespace, answer: Path) -> None:
    """Do the work of one peer and leave its answer in a file."""
    cells = made(asked.reporters, asked.years)
    PEERS[name](made(3, 2), 3)  # what is imported counts for nobody
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak of resident memory starts anew
    found = PEERS[name](cells, asked.reporters)
    peak = memory("VmHWM") - before
    seconds, cpu = [], []
    for _ in range(asked.reps):
        wall, own = time.perf_counter(), time.process_time()
        PEERS[name](cells, asked.reporters)
        seconds.append(time.perf_counter() - wall)
        cpu.append(time.process_time() - own)
    np.save(answer, found)
    print(json.dumps({"wall": statistics.median(seconds), "cpu": statistics.median(cpu), "peak": peak}))


def objective(cells: Cells, factors: np.ndarray, n: int) -> float:
    """Give the weighted squares of all years."""
    at = cells["year"] - cells["year"].min()
    apart = factors[at, cells["destination"]] * cells["inflow"] - factors[at, n + cells["origin"]] * cells["outflow"]
    total = cells["inflow"] + cells["outflow"]
    return float(np.divide(apart**2, total, out=np.zeros_like(total), where=total > 0).sum())


def main() -> None:
    asking = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asking.add_argument("--reporters", type=int, default=200)
    asking.add_argument("--years", type=int, default=30)
    asking.add_argument("--reps", type=int, default=5)
    asking.add_argument("--threads", type=int, default=1)
    asking.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    asking.add_argument("--answer", type=Path, help=argparse.SUPPRESS)
    asked = asking.parse_args()
    if asked.peer:
        serve(asked.peer, asked, asked.answer)
        return
    cells = made(asked.reporters, asked.years)
    load = os.getloadavg()[0]
    print(f"{asked.reporters} reporters, {asked.years} years, {len(cells['year']):,} pairs; {asked.threads} thread(s)")
    limits = {f"{name}_THREADS": str(asked.threads) for name in ("MIGSTAT", "OMP_NUM", "OPENBLAS_NUM", "RAYON_NUM")}
    ours: tuple[np.ndarray, dict[str, float]] | None = None
    heads = ("seconds", "cpu s", "x ours", "of cpu", "peak MB", "factors", "objective")
    print(f"{'':20} " + " ".join(f"{head:>9}" for head in heads))
    with tempfile.TemporaryDirectory() as folder:
        for name in PEERS:
            answer = Path(folder) / "answer.npy"
            command = [sys.executable, __file__, *sys.argv[1:], "--peer", name, "--answer", str(answer)]
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | limits)
            facts, found = json.loads(done.stdout.splitlines()[-1]), np.load(answer)
            ours = ours or (found, facts)
            ratios = facts["wall"] / ours[1]["wall"], facts["cpu"] / ours[1]["cpu"]
            apart = float(np.abs(found / ours[0] - 1).max())
            least = objective(cells, ours[0], asked.reporters)
            worse = objective(cells, found, asked.reporters) / least - 1
            print(
                f"{name:20} {facts['wall']:9.3f} {facts['cpu']:9.3f} {ratios[0]:9.1f} {ratios[1]:9.1f} "
                f"{facts['peak']:9.0f} {apart:9.1e} {worse:9.1e}",
                flush=True,
            )
    print(f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
