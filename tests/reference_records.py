"""The slow, obvious version of adding up records: lists of dictionaries, fractions, and math.fsum.

It shares no code and no tables with migstat. A record is a dictionary; what it is grouped by is a word, the name of a
column, or of a place that a function of the record gives (see `listed`).
"""

import math
import struct
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import combinations

import pyarrow as pa

#: The columns that a measure makes, in the order of the result.
COLUMNS = {
    "sum": ("value",),
    "count": ("figures",),
    "nonmissing": ("valued",),
    "coverage": ("missing", "coverage_cells"),
    "min": ("min",),
    "max": ("max",),
    "mean": ("mean",),
}
OUTSIDE = ("_O", "_U")


def exact(values):
    """Add up numbers, rounded once; a sum of nothing is 0, and zero has no sign."""
    total = float(sum(map(Fraction, values), Fraction(0))) + 0.0
    if all(abs(value) < 2**53 for value in values):  # math.fsum would round larger whole numbers before it adds them
        assert total == math.fsum(values)
    return total


def label(value):
    """Give a label as the result shows it."""
    return str(value).lower() if isinstance(value, bool) else value


def listed(column, members, year=None):
    """Group a column by {label: group} or {(label, year): group}, as a function of the record."""
    dated = any(isinstance(key, tuple) for key in members)

    def place(record):
        if dated and record[year] is None:
            return "_U"
        key = (record[column], record[year]) if dated else record[column]
        return members.get(key, "_O")

    return place


def measure(records, value, weights):
    """Work out everything for the records of one cell."""
    valued = [record[value] for record in records if record[value] is not None]
    found = {
        "value": exact(valued) if valued else None,
        "figures": len(records),
        "valued": len(valued),
        "missing": len(records) - len(valued),
        "coverage_cells": len(valued) / len(records),
        "min": float(min(valued)) + 0.0 if valued else None,
        "max": float(max(valued)) + 0.0 if valued else None,
        "mean": exact(valued) / len(valued) if valued else None,
    }
    if weights is not None:
        pairs = [
            (float(record[weights]), float(record[value]))
            for record in records
            if record[value] is not None and record[weights] is not None
        ]
        weight = exact([weight for weight, _ in pairs])
        found["mean"] = exact([weight * value for weight, value in pairs]) / weight if weight else None
    return found


def grouping_sets(by, totals, rollup):
    """Give what each grouping set sums over: all combinations of totals, with every step of the roll-up."""
    for step in range(len(rollup) + 1):
        for count in range(len(totals) + 1):
            for over in combinations(totals, count):
                yield frozenset(over) | frozenset(rollup[len(rollup) - step :])


def aggregate(
    records,
    by,
    *,
    value="value",
    weights=None,
    measures=("sum", "count", "coverage"),
    totals=(),
    rollup=(),
    outside="row",
    min_coverage=None,
    places=None,
    none=(),
):
    """Give the rows of the result as a Counter of (codes, bits of the numbers).

    `places` gives for words of groups a function of the record. `none` names the words whose total has no code, as
    that of numbers.
    """
    places = places or {}

    def code(record, word):
        return places[word](record) if word in places else label(record[word])

    kept = [record for record in records if record.get("leaf", True)]
    if outside == "drop":
        kept = [record for record in kept if not any(place(record) in OUTSIDE for place in places.values())]
    out = Counter()
    for over in grouping_sets(by, totals, rollup):
        cells = defaultdict(list)
        for record in kept:
            codes = ((None if word in none else "_T") if word in over else code(record, word) for word in by)
            cells[tuple(codes)].append(record)
        for codes, members in cells.items():
            found = measure(members, value, weights)
            if min_coverage is not None and found["coverage_cells"] < min_coverage:
                found |= dict.fromkeys(["value", "mean", "min", "max"])
            wanted = [found[name] for one in COLUMNS if one in measures for name in COLUMNS[one]]
            out[codes, tuple(map(bits, wanted))] += 1
    return out


def account(records, value, outside="row", places=None):
    """Give (rows, rows without a value, exact sum) of what came in, what was outside, and what was printed."""
    places = places or {}

    def tally(chosen):
        valued = [Fraction(record[value]) for record in chosen if record[value] is not None]
        return len(chosen), len(chosen) - len(valued), sum(valued, Fraction(0))

    printed = [record for record in records if not record.get("leaf", True)]
    lost = []
    if outside == "drop":
        leaves = (record for record in records if record.get("leaf", True))
        lost = [record for record in leaves if any(place(record) in OUTSIDE for place in places.values())]
    return tally(records), tally(lost), tally(printed)


def bits(number):
    """Give a number so that numbers are equal only if all their bits are."""
    return struct.pack(">d", number).hex() if isinstance(number, float) else number


def cells(made, by):
    """Give an aggregate, or its table, as the reference does."""
    table = pa.table(made)
    names = [name for name in table.column_names if name not in by]
    codes = zip(*(table.column(word).to_pylist() for word in by), strict=True) if by else [()] * len(table)
    numbers = zip(*(table.column(name).to_pylist() for name in names), strict=True) if names else [()] * len(table)
    return Counter((code, tuple(map(bits, row))) for code, row in zip(codes, numbers, strict=True))


def rows(made):
    """Give an aggregate, or its table, as rows of plain values in their order; numbers as their bits."""
    table = pa.table(made)
    plain = [table.column(name).to_pylist() for name in table.column_names]
    return table.column_names, [tuple(map(bits, row)) for row in zip(*plain, strict=True)]


def sides(ledger):
    """Give the last account of a ledger: (taken, out, set aside by reason, adjustments), sums as fractions."""

    def tally(one):
        return one["rows"], one["missing"], sum(map(Fraction, one["value"]), Fraction(0))

    [found] = ledger.steps[-1]["accounts"]
    aside = {each["reason"]: tally(each["tally"]) for each in found["set_aside"]}
    adjustments = sum((tally(each["tally"])[2] for each in found["adjustments"]), Fraction(0))
    return tally(found["taken"]), tally(found["out"]), aside, adjustments
