"""The slow and obvious comparison of two editions: a dictionary of cells."""

import math
from collections import defaultdict

#: Fields of definitions that say what a figure means; the rest say where it was printed.
MEANING = ("measure", "unit", "price_base", "concept", "reporter", "role", "population", "duration_months",
           "age_definition", "criteria", "coverage", "type_of_data", "schemes", "breakdown")  # fmt: skip


def state(earlier, later, tolerance=0.0):
    """Say what became of one figure, given as (value, presence)."""
    (before, was), (after, now) = earlier, later
    if before is None and after is None:
        return "same" if was == now else "presence changed"
    if before is None:
        return "filled in"
    if after is None:
        return "became missing"
    if abs(after - before) > tolerance:
        return "revised"
    return "same" if was == now else "presence changed"


def compare(earlier, later, tolerance=0.0):
    """Compare lists of (cell, meaning, (value, presence)); give (cell, earlier, later, state), sorted."""
    cells = defaultdict(lambda: ([], []))
    for side, rows in enumerate((earlier, later)):
        for cell, meaning, figure in rows:
            cells[cell][side].append((meaning, figure))
    out = []
    for cell, sides in cells.items():
        left = ([], [])
        for meaning in {meaning for side in sides for meaning, _ in side}:
            before, after = ([figure for said, figure in side if said == meaning] for side in sides)
            if len(before) == len(after) == 1:
                out.append((cell, before[0], after[0], state(before[0], after[0], tolerance)))
            elif before and after:
                out += [(cell, one, None, "repeated") for one in before]
                out += [(cell, None, one, "repeated") for one in after]
            else:
                left[0].extend(before)
                left[1].extend(after)
        if len(left[0]) == len(left[1]) == 1:
            out.append((cell, left[0][0], left[1][0], "definition changed"))
        else:
            out += [(cell, one, None, "removed") for one in left[0]]
            out += [(cell, None, one, "added") for one in left[1]]
    return sorted(out, key=repr)


def a6(pairs):
    """Sum of absolute differences over the sum of what is printed later, of pairs of numbers."""
    below = math.fsum(abs(later) for _, later in pairs)
    return math.fsum(abs(later - earlier) for earlier, later in pairs) / below if below else None
