"""Durations of stay, slow and obvious: a loop over rules for every figure, and the multipliers as they are printed."""

import itertools
import math

PUBLISHED = {
    "imem": {0: 0.53, 3: 0.63, 6: 0.73, 12: 1.0, "permanent": 2.26},
    "expert": {0: 0.51, 3: 0.61, 6: 0.81, 12: 1.0, "permanent": 1.61},
    "poisson": {0: 0.79, 3: 0.84, 6: 0.89, 12: 1.0, "permanent": 2.61},
    "mixture": {0: 0.51, 3: 0.64, 6: 0.71, 12: 1.0, "permanent": 1.80},
}


def to_year(model, months, off_grid="linear"):
    """Give R(d): a mapping, or the rate of an exponential."""
    if isinstance(model, float):
        return math.exp(model * (months / 12 - 1))
    if months in model:
        return model[months]
    grid = sorted(key for key in model if key != "permanent")
    for left, right in itertools.pairwise(grid):
        if left < months < right:
            part = (months - left) / (right - left)
            if off_grid == "linear":
                return model[left] + part * (model[right] - model[left])
            return model[left] ** (1 - part) * model[right] ** part
    raise ValueError(months)


def multiplier(model, d1, d2, off_grid="linear"):
    return 1.0 if d1 == d2 else to_year(model, d1, off_grid) / to_year(model, d2, off_grid)


def criterion(rules, reporter, direction, first, last):
    """Give the months that all years of a period have, None where they do not have the same ones."""
    found = set()
    for year in range(first, last + 1):
        here = [
            rule["months"]
            for rule in rules
            if rule["reporter"] == reporter and rule["direction"] == direction and rule["from"] <= year <= rule["to"]
        ]
        found.add(here[0] if here else None)
    return found.pop() if len(found) == 1 else None
