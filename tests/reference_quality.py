"""The rules that scan series once more, slowly and in the plainest words: lists of figures in, sets of cells out.

A figure is (series, year, value); a value of None was not reported. Nothing of migstat is used.
"""

import math
from collections import defaultdict
from itertools import pairwise
from statistics import median_low


def by_series(figures):
    """Give year -> value of each series, of cells that stand once."""
    times = defaultdict(list)
    for series, year, value in figures:
        times[series, year].append(value)
    out = defaultdict(dict)
    for (series, year), values in times.items():
        if len(values) == 1:
            out[series][year] = values[0]
    return out


def zeros(figures, at_least=100, ends=1000):
    """Years of zeros among large values: (series, first year, number of zeros)."""
    found = set()
    for series, values in by_series(figures).items():
        years = sorted(values)
        at = 0
        while at < len(years):
            stop = at
            while stop < len(years) and values[years[stop]] == 0:
                stop += 1
            if stop > at:
                before = [values[year] for year in years[:at] if values[year] is not None]
                after = [values[year] for year in years[stop:] if values[year] is not None]
                inside = before and after and min(before[-1], after[0]) >= at_least
                end = before and not after and before[-1] >= ends
                beginning = after and not before and after[0] >= ends and stop - at > 1
                if inside or end or beginning:
                    found.add((series, years[at], stop - at))
            at = max(stop, at + 1)
    return found


def changes(values):
    """Log changes between values above 0: (year before, year, change)."""
    years = [year for year in sorted(values) if values[year] is not None and values[year] > 0]
    return [(a, b, math.log(values[b] / values[a])) for a, b in pairwise(years)]


def jumps(figures, threshold=6, factor=3, at_least=100, spread=0.1):
    """Jumps of one definition: (series, year)."""
    series = by_series(figures)
    moved = defaultdict(list)
    for values in series.values():
        for a, b, change in changes(values):
            moved[a, b].append(change)
    usual = {key: median_low(all_) if len(all_) >= 10 else 0.0 for key, all_ in moved.items()}
    rest = [change - usual[a, b] for values in series.values() for a, b, change in changes(values)]
    pooled = 1.4826 * median_low([abs(one) for one in rest]) if rest else 0.0
    found = set()
    for name, values in series.items():
        here = changes(values)
        beside = [change - usual[a, b] for a, b, change in here]
        middle, own = 0.0, pooled
        if len(beside) >= 6:
            middle = median_low(beside)
            own = 1.4826 * median_low([abs(one - middle) for one in beside])
        away = []
        for (a, b, _), one in zip(here, beside, strict=True):
            off = one - middle
            deviation = math.sqrt(max(own, spread) ** 2 + 1 / values[a] + 1 / values[b])
            large = max(values[a], values[b]) >= at_least
            away.append(off if abs(off) >= math.log(factor) and abs(off) >= threshold * deviation and large else 0.0)
        at = 0
        while at < len(here):
            if away[at]:
                found.add((name, here[at][1]))
                if at + 1 < len(here) and away[at] * away[at + 1] < 0:
                    at += 1
            at += 1
    return found


def tilings(window, parts):
    """All ways in which parts (start, end) follow one another from the beginning of a window to its end."""
    if window[0] == window[1]:
        return [[]]
    out = []
    for part in parts:
        if part[0] == window[0] and part[0] < part[1] <= window[1]:
            out += [[part, *rest] for rest in tilings((part[1], window[1]), parts)]
    return out
