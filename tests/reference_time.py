"""The slow, obvious way of moving figures in time and of changing their money."""

import datetime
from collections import defaultdict
from fractions import Fraction

DAY = datetime.timedelta(1)


def days(start, end):
    return [start + DAY * at for at in range((end - start).days)]


def align(rows, partial):
    """Give {(key, year): value} and {(key, year): set aside} of rows (key, start, end, value), each day by itself."""
    value, known, touched = defaultdict(Fraction), defaultdict(int), set()
    for key, start, end, figure in rows:
        for day in days(start, end):
            touched.add((key, day.year))
            if figure is not None:
                value[key, day.year] += Fraction(figure) / (end - start).days
                known[key, day.year] += 1
    given, aside = {}, {}
    for place in touched:
        length = (datetime.date(place[1] + 1, 1, 1) - datetime.date(place[1], 1, 1)).days
        whole = known[place] == length
        given[place] = value[place] if whole or (partial and known[place]) else None
        if given[place] is None and known[place]:
            aside[place] = value[place]
    return given, aside


def years(day):
    """Give time as years and the part of the year that has passed."""
    first = datetime.date(day.year, 1, 1)
    return day.year + Fraction((day - first).days, (datetime.date(day.year + 1, 1, 1) - first).days)


def interpolate(counts, day):
    """Give the stock on a day between counts {day: value}; None outside."""
    if day in counts:
        return Fraction(counts[day])
    before, after = [one for one in counts if one < day], [one for one in counts if one > day]
    if not before or not after:
        return None
    a, b = max(before), min(after)
    part = (years(day) - years(a)) / (years(b) - years(a))
    return Fraction(counts[a]) + (Fraction(counts[b]) - Fraction(counts[a])) * part
