"""Pairs of reports, slowly: dictionaries and loops, for figures by corridor, year, sex, side and vintage."""

import math
import statistics
from collections import defaultdict


def pairs(rows, add_up=False):
    """Give {(origin, destination, year, sex): (inflow, outflow)}; rows also have a ``side``, ``vintage``, ``value``."""
    reports = defaultdict(list)
    for row in rows:
        reports[row["origin"], row["destination"], row["year"], row["sex"], row["side"]].append(row)
    # One report a side: with a value, then the later vintage.
    chosen = {key: min(some, key=lambda row: (row["value"] is None, -row["vintage"])) for key, some in reports.items()}
    found = defaultdict(dict)
    for (*cell, side), row in chosen.items():
        found[tuple(cell)][side] = row
    # Where one side prints a total and the other women and men only, these are added up.
    for *corridor, year in sorted({cell[:3] for cell in found}):
        cell = (*corridor, year)
        for side, other in (("inflow", "outflow"), ("outflow", "inflow")):
            total, women, men = (found.get((*cell, sex), {}) for sex in ("_T", "F", "M"))
            if other not in total or side in total or set(women) != {side} or set(men) != {side}:
                continue
            both = [women[side], men[side]]
            if both[0]["vintage"] == both[1]["vintage"] and all(row["value"] is not None for row in both):
                total[side] = {"value": both[0]["value"] + both[1]["value"]}
                del found[*cell, "F"], found[*cell, "M"]
    if add_up:
        found = added_up(found)
    return {
        cell: tuple(sides[side]["value"] if side in sides else None for side in ("inflow", "outflow"))
        for cell, sides in found.items()
    }


def added_up(found):
    """Put sums of women and men in place of them where a side prints no total with a value."""
    for *corridor, year in sorted({cell[:3] for cell in found}):
        total, women, men = (found[*corridor, year, sex] for sex in ("_T", "F", "M"))
        sides = ("inflow", "outflow")
        printed = {side for side in sides if side in total and total[side]["value"] is not None}

        def is_whole(side, women=women, men=men):
            both = [one.get(side) for one in (women, men)]
            return None not in both and both[0]["vintage"] == both[1]["vintage"] and None not in [
                row["value"] for row in both
            ]  # fmt: skip

        whole = {side for side in sides if side not in printed and is_whole(side)}
        # Either both sides have a total then, or nothing stood beside the parts of the one that has it.
        if len(whole | printed) < 2:
            whole = {side for side in whole if not printed and set(women) == set(men) == {side}}
        for side in whole:
            total[side] = {"value": women[side]["value"] + men[side]["value"]}
        if whole:
            women.clear()
            men.clear()
    return defaultdict(dict, {cell: sides for cell, sides in found.items() if sides})


def by_reporter(found):
    """Give {(reporter, direction): (pairs, inflow, outflow, asymmetry, median, mad)}, without parts of other pairs."""
    whole = defaultdict(list)
    for (origin, destination, year, sex), (inflow, outflow) in found.items():
        if inflow is None or outflow is None:
            continue
        if sex != "_T" and None not in found.get((origin, destination, year, "_T"), (None, None)):
            continue
        whole[destination, "receiving"].append((inflow, outflow))
        whole[origin, "sending"].append((inflow, outflow))
    out = {}
    for key, some in whole.items():
        inflow, outflow = (math.fsum(pair[at] for pair in some) for at in (0, 1))
        apart = math.fsum(abs(a - b) for a, b in some)
        ratios = [math.log(a / b) for a, b in some if a and b]
        median = statistics.median(ratios) if ratios else None
        mad = statistics.median(abs(one - median) for one in ratios) if ratios else None
        out[key] = (
            len(some),
            inflow,
            outflow,
            apart / ((inflow + outflow) / 2) if inflow + outflow else None,
            median,
            mad,
        )
    return out


def coverage(found, areas):
    """Give {year: [both, receiving only, sending only, neither]} over ordered pairs of areas."""
    years = sorted({cell[2] for cell in found})
    out = {}
    for year in years:
        counts = [0, 0, 0, 0]
        for origin in areas:
            for destination in areas:
                if origin == destination:
                    continue
                here = [both for cell, both in found.items() if cell[:3] == (origin, destination, year)]
                inflow, outflow = (any(both[at] is not None for both in here) for at in (0, 1))
                counts[{(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}[inflow, outflow]] += 1
        out[year] = counts
    return out
