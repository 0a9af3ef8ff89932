"""How long a million populations take to regroup by age, beside numpy and scipy: `python benches/ages.py [--rows N]`.

The peers do many rows at once. As one would write it with scipy, for the monotone spline: `make_interp_spline` with the
third derivatives at its ends, the filter of Hyman on the slopes, and `CubicHermiteSpline`, over slices of 50,000 rows,
which is quicker than all at once. As well as numpy can: one matrix product for the linear methods; for the monotone
spline one for the slopes, the filter and the Hermite cubics on whole columns; for PCLM stacked normal equations and
`numpy.linalg.solve` of the stack, to the same rest, on fewer rows. Medians; the answers are compared.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import migstat as ms

TOP = 100
STARTS = np.arange(0, TOP, 5)
LABELS = [f"{start}-{start + 4}" for start in STARTS]


def populations(rows: int) -> np.ndarray:
    """Give counts by five-year groups with a peak of young migrants."""
    random = np.random.default_rng(1)
    peak, width = random.uniform(22, 35, (rows, 1)), random.uniform(8, 15, (rows, 1))
    means = random.uniform(50, 5000, (rows, 1)) * (np.exp(-(((STARTS + 2.5 - peak) / width) ** 2)) + 0.02)
    return random.poisson(means).astype(float)


Seconds = tuple[float, float]


def timed(work: Callable[[], Any], times: int) -> tuple[Seconds, Any]:
    """Give the medians of the time on the wall and of the processors, and the answer."""
    found, seconds = None, []
    for _ in range(times):
        del found
        begin = time.perf_counter(), time.process_time()
        found = work()
        seconds.append((time.perf_counter() - begin[0], time.process_time() - begin[1]))
    wall, cpu = zip(*seconds, strict=True)
    return (statistics.median(wall), statistics.median(cpu)), found


def matrix_of(method: str) -> np.ndarray:
    return -ms.ages.regroup(-np.eye(len(STARTS)), "single", ages=LABELS, method=method)


def slopes_matrix(n: int, h: float) -> np.ndarray:
    """Give the matrix from counts to slopes of the spline of Forsythe, Malcolm and Moler, for groups of one width."""
    system, right = np.zeros((n + 1, n + 1)), np.zeros((n + 1, n))
    for knot in range(1, n):
        system[knot, knot - 1 : knot + 2] = [h, 4 * h, h]
        right[knot, knot - 1 : knot + 1] = [-1 / h, 1 / h]
    third = np.array([1, -2, 1]) / (6 * h**3)
    system[0, :2], right[0, :3] = [-h, h], h * h * third
    system[n, -2:], right[n, -3:] = [h, -h], -h * h * third
    seconds = np.linalg.solve(system, right)
    slopes = np.vstack([np.eye(n) / h, np.eye(n)[-1:] / h])
    slopes[:-1] -= h * (seconds[1:] + 2 * seconds[:-1])
    slopes[-1] += h * (seconds[-2] + 2 * seconds[-1])
    return slopes


def monotone(counts: np.ndarray) -> np.ndarray:
    h = 5.0
    secants = counts / h
    slopes = counts @ slopes_matrix(counts.shape[1], h).T
    lower = np.minimum(secants[:, 1:], secants[:, :-1])
    most = 3 * np.concatenate([secants[:, :1], lower, secants[:, -1:]], axis=1)
    np.clip(slopes, 0, most, out=slopes)
    t = np.arange(6) / h
    basis = np.diff(np.array([3 * t**2 - 2 * t**3, h * (t**3 - 2 * t**2 + t), h * (t**3 - t**2)]), axis=1)
    stacked = np.stack([counts, slopes[:, :-1], slopes[:, 1:]], axis=2)
    return (stacked @ basis).reshape(len(counts), -1)


def third_derivative(knots: np.ndarray, cumulated: np.ndarray) -> np.ndarray:
    """Give that of the cubic through four knots, a row each."""
    differences = cumulated
    for order in (1, 2, 3):
        differences = np.diff(differences, axis=1) / (knots[order:] - knots[:-order])
    return 6 * differences[:, 0]


def with_scipy(counts: np.ndarray) -> np.ndarray:
    """Give single years by the spline of Forsythe, Malcolm and Moler with the filter of Hyman, as scipy has them."""
    from scipy.interpolate import CubicHermiteSpline, make_interp_spline

    knots = np.append(STARTS, TOP).astype(float)
    cumulated = np.concatenate([np.zeros((len(counts), 1)), np.cumsum(counts, axis=1)], axis=1)
    ends = [[(3, third_derivative(knots[part], cumulated[:, part]))] for part in (slice(4), slice(-4, None))]
    slopes = make_interp_spline(knots, cumulated, k=3, axis=1, bc_type=tuple(ends))(knots, 1)
    secants = counts / np.diff(knots)
    most = 3 * np.minimum(
        np.pad(secants, ((0, 0), (1, 0)), mode="edge"), np.pad(secants, ((0, 0), (0, 1)), mode="edge")
    )
    np.clip(slopes, 0, most, out=slopes)
    return np.diff(CubicHermiteSpline(knots, cumulated, slopes, axis=1)(np.arange(TOP + 1.0)), axis=1)


def pclm(counts: np.ndarray, smoothing: float) -> np.ndarray:
    """Give single years for all rows by stacked normal equations; rows at rest are left out of the next step."""
    years, groups = TOP, counts.shape[1]
    segments = years // 2
    knots = 2.0 * np.arange(-3, segments + 4)
    x = np.arange(years) + 0.5
    basis = ((knots[:-1] <= x[:, None]) & (x[:, None] < knots[1:])).astype(float)
    for degree in range(1, 4):
        left, right = x[:, None] - knots[: -degree - 1], knots[degree + 1 :] - x[:, None]
        basis = (left * basis[:, :-1] + right * basis[:, 1:]) / (degree * 2.0)
    differences = np.diff(np.eye(segments + 3), n=2, axis=0)
    penalty = smoothing * differences.T @ differences
    blocks = basis.reshape(groups, 5, -1)
    total = counts.sum(axis=1, keepdims=True)
    theta = np.repeat(np.log(total / years), segments + 3, axis=1)
    mu = np.exp(theta @ basis.T)
    going = np.arange(len(counts))
    for _ in range(60):
        own, eta = mu[going], theta[going] @ basis.T
        means = own.reshape(-1, groups, 5).sum(axis=2)
        design = np.einsum("rgy,gyb->rgb", own.reshape(-1, groups, 5), blocks, optimize=True) / means[:, :, None]
        target = counts[going] - means + (own * eta).reshape(-1, groups, 5).sum(axis=2)
        cross = design.transpose(0, 2, 1) @ (means[:, :, None] * design) + penalty
        new = np.linalg.solve(cross, (design.transpose(0, 2, 1) @ target[:, :, None]))[:, :, 0]
        theta[going] = new
        mu[going] = np.exp(new @ basis.T)
        moving = np.abs(mu[going] - own).sum(axis=1) > 1e-8 * total[going, 0]
        going = going[moving]
        if not len(going):
            break
    parts = mu.reshape(-1, groups, 5)
    return (parts * (counts / parts.sum(axis=2))[:, :, None]).reshape(len(counts), -1)


def line(name: str, rows: int, ours: Seconds, peer: Seconds | None, apart: float | None) -> None:
    beside = ""
    if peer is not None:
        ratios = (theirs / mine for theirs, mine in zip(peer, ours, strict=True))
        beside = f"{peer[0]:9.3f} {peer[1]:9.3f} " + " ".join(f"{ratio:7.2f}x" for ratio in ratios) + f" {apart:9.1e}"
    print(f"{name:24} {rows:>9,} {ours[0]:9.3f} {ours[1]:9.3f} {beside}", flush=True)


def main() -> None:
    asking = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asking.add_argument("--rows", type=int, default=1_000_000)
    asking.add_argument("--reps", type=int, default=3)
    asked = asking.parse_args()
    counts = populations(asked.rows)
    print(f"{os.cpu_count()} processors, load {Path('/proc/loadavg').read_text().split()[0]}; 20 groups of five years")
    heads = ("migstat s", "cpu s", "peer s", "cpu s", "ratio", "of cpu", "apart")
    print(f"{'':24} {'rows':>9} " + " ".join(f"{head:>9}" for head in heads))
    narrow = [f"{low}-{low + 9}" for low in range(0, TOP, 10)]
    odd = [*(f"{low}-{low + 6}" for low in range(0, 98, 7)), "98-99"]
    for to, title in ((narrow, "nested, to 10"), (odd, "uniform, to 15")):
        product = -ms.ages.regroup(-np.eye(20), to, ages=LABELS, method="uniform").T
        ours, mine = timed(lambda to=to: ms.ages.regroup(counts, to, ages=LABELS, method="uniform"), asked.reps)
        peer, other = timed(lambda product=product: counts @ product.T, asked.reps)
        line(title, asked.rows, ours, peer, np.abs(mine - other).max())
    for method in ("uniform", "sprague", "beers", "beers_modified"):
        whole = matrix_of(method)
        # Well above zero, so that nothing falls back and both do the same.
        even = counts[:, :1] * 0 + 1000.0 + counts / 50
        ours, mine = timed(lambda m=method, c=even: ms.ages.regroup(c, "single", ages=LABELS, method=m), asked.reps)
        peer, other = timed(lambda c=even, w=whole: c @ w, asked.reps)
        line(f"{method}, to 100", asked.rows, ours, peer, np.abs(mine - other).max())
        del mine, other
    ours, mine = timed(lambda: ms.ages.regroup(counts, "single", ages=LABELS), asked.reps)
    peer, other = timed(lambda: monotone(counts), asked.reps)
    line("monotone, to 100", asked.rows, ours, peer, np.abs(mine - other).max())
    del other
    slices = np.array_split(counts, max(asked.rows // 50_000, 1))
    peer, other = timed(lambda: np.concatenate([with_scipy(part) for part in slices]), 1)
    line("the same, scipy", asked.rows, ours, peer, np.abs(mine - other).max())
    del mine, other
    few = counts[: max(asked.rows // 50, 1)]
    options = {"ages": LABELS, "method": "pclm"}
    ours, mine = timed(lambda: ms.ages.regroup(few, "single", smoothing=100.0, **options), asked.reps)
    peer, other = timed(lambda: np.concatenate([pclm(part, 100.0) for part in np.array_split(few, 20)]), 1)
    line("pclm, lambda given", len(few), ours, peer, np.abs(mine - other).max())
    ours, mine = timed(lambda: ms.ages.regroup(few, "single", **options), 1)
    line("pclm, lambda by BIC", len(few), ours, None, None)


if __name__ == "__main__":
    main()
