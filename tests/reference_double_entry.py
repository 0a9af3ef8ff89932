"""Double entry, slow and obvious: dense matrices, one equation a pair, and the formulas as METHODS has them."""

import itertools

import numpy as np


def matrix(cells, n):
    """Return the matrix of one row a pair: what it is multiplied by, receiving reporters first."""
    rows = np.zeros((len(cells), 2 * n))
    for row, (origin, destination, inflow, outflow, _) in enumerate(cells):
        rows[row, destination] = inflow
        rows[row, n + origin] = -outflow
    return rows


def weights(cells):
    return np.array([cell[4] for cell in cells])


def least_squares(cells, n, reference=None):
    """Return the factors of n areas, receiving then sending, by the KKT system; `cells` are (from, to, I, E, weight).

    The unknowns are measured in the length of their columns, or numpy would take small ones for nothing.
    """
    v = matrix(cells, n) * np.sqrt(weights(cells))[:, None]
    scale = 1 / np.linalg.norm(v, axis=0)
    q = (v * scale).T @ (v * scale)
    if reference is None:
        normal = np.abs(matrix(cells, n)).sum(axis=0)
        total = normal.sum()
    else:
        normal = np.eye(2 * n)[reference]
        total = 1.0
    size = np.abs(normal * scale).max()
    normal, total = normal * scale / size, total / size
    system = np.block([[2 * q, normal[:, None]], [normal[None, :], np.zeros((1, 1))]])
    return scale * np.linalg.solve(system, np.append(np.zeros(2 * n), total))[:-1]


def log_linear(cells, n, reference):
    """Return the factors by least squares of logarithms, with dummies."""
    kept = [cell for cell in cells if cell[2] > 0 and cell[3] > 0]
    design, right = np.zeros((len(kept) + 1, 2 * n)), np.zeros(len(kept) + 1)
    for row, (origin, destination, inflow, outflow, weight) in enumerate(kept):
        design[row, destination], design[row, n + origin] = np.sqrt(weight), -np.sqrt(weight)
        right[row] = np.sqrt(weight) * np.log(outflow / inflow)
    design[-1, reference] = 1e6  # the reference is 0
    return np.exp(np.linalg.lstsq(design, right, rcond=None)[0])


def sequential(cells, n, reference=None):
    """Return the factors found one after another, and their order."""
    reports = {}  # reporter -> its pairs: (partner, own report, partner's)
    for origin, destination, inflow, outflow, _ in cells:
        reports.setdefault(destination, []).append((n + origin, inflow, outflow))
        reports.setdefault(n + origin, []).append((destination, outflow, inflow))
    rank = {who: sum(own for _, own, _ in all_) / sum(other for *_, other in all_) for who, all_ in reports.items()}
    first = max((who for who in sorted(rank) if who < n), key=lambda who: rank[who]) if reference is None else reference
    factors = {first: 1.0}
    while True:
        known = {
            who: [one for one in pairs if one[0] in factors]
            for who, pairs in reports.items()
            if who not in factors and any(partner in factors and own * other > 0 for partner, own, other in pairs)
        }
        if not known:
            break
        best = max(sorted(known), key=lambda who: rank[who])
        pairs = [one for one in known[best] if one[1] * one[2] > 0]
        factors[best] = sum(factors[partner] * other for partner, _, other in pairs) / sum(own for _, own, _ in pairs)
    return factors


def objective(cells, n, factors):
    return float((weights(cells) * (matrix(cells, n) @ factors) ** 2).sum())


def parts(cells, n):
    """Return the sets of reporters that pairs with two reports above 0 connect."""
    groups = [{who} for who in range(2 * n)]
    for origin, destination, inflow, outflow, _ in cells:
        if inflow > 0 and outflow > 0:
            joined = [group for group in groups if destination in group or n + origin in group]
            groups = [group for group in groups if group not in joined] + [set().union(*joined)]
    return [group for group in groups if len(group) > 1]


def all_pairs(n):
    return list(itertools.permutations(range(n), 2))
