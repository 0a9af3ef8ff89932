"""Regrouping of ages, slow and obvious: dense matrices and the formulas as they are printed."""

import csv
from pathlib import Path

import numpy as np


def uniform(source, target):
    """Return the matrix of shares of each source group that lie in each target group; edges are given."""
    shares = np.zeros((len(target) - 1, len(source) - 1))
    for t in range(len(target) - 1):
        for s in range(len(source) - 1):
            common = min(target[t + 1], source[s + 1]) - max(target[t], source[s])
            shares[t, s] = max(common, 0) / (source[s + 1] - source[s])
    return shares


def panels(path: Path, method: str) -> dict[str, np.ndarray]:
    """Return the coefficient panels of a method, from the file of READ coefficients."""
    found: dict[str, list[list[float]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["method"] == method:
                found.setdefault(row["panel"], []).append([float(row[f"g{group}"]) for group in range(1, 6)])
    return {panel: np.array(rows) for panel, rows in found.items()}


def single_years(panel: dict[str, np.ndarray], groups: int) -> np.ndarray:
    """Return the matrix from five-year groups to single years."""
    whole = np.zeros((5 * groups, groups))
    whole[:10, :5] = panel["first_two_groups"]
    for group in range(2, groups - 2):
        whole[5 * group : 5 * group + 5, group - 2 : group + 3] = panel["middle_group"]
    whole[-10:, -5:] = panel["last_two_groups"]
    return whole


def fmm_slopes(x, y):
    """Return the slopes at the knots of the spline of Forsythe, Malcolm and Moler, by a dense system for all cubics.

    Each interval has a cubic a + bt + ct^2 + dt^3; they meet in value, slope and curvature, and the outermost have
    the third derivative of the cubic through the four outermost points.
    """
    n = len(x) - 1
    system, right = np.zeros((4 * n, 4 * n)), np.zeros(4 * n)
    row = 0
    for i in range(n):
        h = x[i + 1] - x[i]
        system[row, 4 * i] = 1
        right[row] = y[i]
        system[row + 1, 4 * i : 4 * i + 4] = [1, h, h**2, h**3]
        right[row + 1] = y[i + 1]
        row += 2
        if i < n - 1:
            system[row, 4 * i : 4 * i + 4] = [0, 1, 2 * h, 3 * h**2]
            system[row, 4 * i + 5] = -1
            system[row + 1, 4 * i : 4 * i + 4] = [0, 0, 2, 6 * h]
            system[row + 1, 4 * i + 6] = -2
            row += 2
    for at, points in ((0, slice(0, 4)), (n - 1, slice(-4, None))):
        system[row, 4 * at + 3] = 1
        right[row] = np.polyfit(x[points] - x[points][0], y[points], 3)[0] if n >= 3 else 0.0
        row += 1
    cubics = np.linalg.solve(system, right).reshape(n, 4)
    h = x[-1] - x[-2]
    return np.append(cubics[:, 1], cubics[-1, 1:] @ [1, 2 * h, 3 * h**2])


def monotone(source, counts, target):
    """Return the differences, at the target edges, of the spline through the cumulated counts with Hyman's filter."""
    x = np.array(source, dtype=float)
    y = np.append(0.0, np.cumsum(counts))
    secants = np.diff(y) / np.diff(x)
    slopes = fmm_slopes(x, y) if len(counts) > 1 else np.repeat(secants, 2)
    before, after = np.append(secants[0], secants), np.append(secants, secants[-1])
    sigma = np.where(before * after > 0, after, slopes)
    most = 3 * np.minimum(abs(before), abs(after))
    slopes = np.where(sigma >= 0, np.minimum(np.maximum(slopes, 0), most), np.maximum(np.minimum(slopes, 0), -most))
    cumulated = []
    for edge in target:
        i = min(max(np.searchsorted(x, edge, side="right") - 1, 0), len(counts) - 1)
        h = x[i + 1] - x[i]
        t = (edge - x[i]) / h
        cumulated.append(
            y[i] * (1 + 2 * t) * (1 - t) ** 2
            + h * slopes[i] * t * (1 - t) ** 2
            + y[i + 1] * t**2 * (3 - 2 * t)
            + h * slopes[i + 1] * t**2 * (t - 1)
        )
    return np.diff(cumulated)


def b_splines(years: int) -> np.ndarray:
    """Return cubic B-splines with a segment for each two years at the middle of each year, by de Boor's recursion."""
    segments = max(years // 2, 1)
    width = years / segments
    knots = width * np.arange(-3, segments + 4)
    x = np.arange(years) + 0.5
    basis = ((knots[:-1] <= x[:, None]) & (x[:, None] < knots[1:])).astype(float)
    for degree in range(1, 4):
        left = (x[:, None] - knots[: -degree - 1]) / (degree * width)
        right = (knots[degree + 1 :] - x[:, None]) / (degree * width)
        basis = left * basis[:, :-1] + right * basis[:, 1:]
    return basis


def pclm(source, counts, smoothing, steps=200):
    """Return single years by the penalised composite link model, with dense matrices, and its BIC."""
    counts = np.asarray(counts, dtype=float)
    years = source[-1] - source[0]
    composition = uniform([source[0] + year for year in range(years + 1)], source)
    basis = b_splines(years)
    differences = np.diff(np.eye(basis.shape[1]), n=2, axis=0)
    penalty = smoothing * differences.T @ differences
    theta = np.full(basis.shape[1], np.log(counts.sum() / years))
    for _ in range(steps):
        eta = basis @ theta
        mu = np.exp(eta)
        means = composition @ mu
        design = (composition * mu / means[:, None]) @ basis
        cross = design.T @ (means[:, None] * design)
        new = np.linalg.solve(cross + penalty, design.T @ (counts - means + composition @ (mu * eta)))
        done = np.abs(new - theta).max() < 1e-10
        theta = new
        if done:
            break
    mu = np.exp(basis @ theta)
    means = composition @ mu
    design = (composition * mu / means[:, None]) @ basis
    cross = design.T @ (means[:, None] * design)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviance = 2 * np.sum(np.where(counts > 0, counts * np.log(counts / means), 0) - (counts - means))
    dimension = np.trace(np.linalg.solve(cross + penalty, cross))
    return mu, deviance + np.log(len(counts)) * dimension


def to_totals(source, counts, single):
    """Bring single years to the counts of their groups."""
    parts = np.split(np.asarray(single), np.array(source[1:-1]) - source[0])
    return np.concatenate([part * count / part.sum() for part, count in zip(parts, counts, strict=True)])
