"""The slow, obvious version of harmonising and aggregating: dictionaries, loops, fractions and math.fsum.

It shares no code and no tables with migstat. A table is a list of rows, a row a dictionary.
"""

import math
from collections import defaultdict
from fractions import Fraction
from itertools import combinations, product

#: Labels as offices print them -> code; None where a label means several areas, and where it means none.
AREAS = {
    "Saudi Arabia": "SAU",
    "SAU": "SAU",
    "Kuwait": "KWT",
    "U.A.E.": "ARE",
    "India": "IND",
    "Sri Lanka": "LKA",
    "North Yemen": "YEM-1990",
    "Yemen": "YEM",
    "Others": "_O",
    "Unknown": "_U",
    "Stateless": "STLS",
    "GCC": "grp:GCC",
    "Asia": "m49:142",
    "Total": "_T",
}
AMBIGUOUS = ("Congo", "Korea")
UNKNOWN = ("Atlantis", "Mu")

GULF = {"SAU", "KWT", "ARE"}
ASIA = GULF | {"IND", "LKA", "YEM-1990", "YEM", "grp:GCC"}
PLACES = {"grp:GCC": GULF, "m49:142": ASIA}
COUNTRIES = {"SAU", "KWT", "ARE", "IND", "LKA", "YEM-1990", "YEM"}

AGES = {
    "Y0T14": (0, 15),
    "Y15T24": (15, 25),
    "Y25T64": (25, 65),
    "Y15T64": (15, 65),
    "Y_GE65": (65, 999),
    "Y_GE15": (15, 999),
}

#: Label of a period -> half-open months since the year 0.
PERIODS = {
    "1996": (1996 * 12, 1997 * 12),
    "1996-01": (1996 * 12, 1996 * 12 + 1),
    "1996-02": (1996 * 12 + 1, 1996 * 12 + 2),
    "1997": (1997 * 12, 1998 * 12),
}

#: Text where a number is missing -> what it means.
MARKERS = {
    "": "blank",
    "..": "missing",
    "n.a.": "missing",
    "-": "zero",
    "<5": "suppressed",
    "x": "not_applicable",
}

DIMENSIONS = ("origin", "destination", "sex", "age", "education")


def contains(dimension, outer, inner):
    """Say whether a code strictly contains another."""
    if outer == inner:
        return False
    if dimension == "period":
        (a, b), (c, d) = PERIODS[outer], PERIODS[inner]
        return a <= c and d <= b
    if outer == "_T":
        return True
    if dimension == "age" and outer in AGES and inner in AGES:
        (a, b), (c, d) = AGES[outer], AGES[inner]
        return a <= c and d <= b
    if dimension in ("origin", "destination"):
        return inner in PLACES.get(outer, ())
    return False


def inside(inner, outer, names):
    """Say whether one figure lies strictly inside another."""
    return all(inner[name] == outer[name] or contains(name, outer[name], inner[name]) for name in names) and any(
        inner[name] != outer[name] for name in names
    )


def read(cell):
    """Give (value, presence) of a printed cell: a number, None, or text."""
    if cell is None:
        return None, "blank"
    if isinstance(cell, str):
        kind = MARKERS.get(cell)
        if kind == "zero":
            return 0.0, "zero"
        if kind is not None:
            return None, kind
        cell = float(cell.replace(",", ""))
    return (float(cell), "value") if cell != 0 else (0.0, "zero")


def unresolved(name, label):
    """Say why a label of an area has no code; None where it has one."""
    if label is None or not label.strip():
        return f"blank {name}"
    if label in AMBIGUOUS:
        return f"ambiguous {name}"
    return None if label in AREAS else f"unmatched {name}"


def leaves(figures, names):
    """Say of every figure whether it may be added to the others.

    A figure is *covered* if a figure with a value lies inside it, and then no leaf. Of the others, those with
    a value are leaves; those without are unless they lie inside one not covered: they were counted with that.
    """
    covered = [any(other["value"] is not None and inside(other, one, names) for other in figures) for one in figures]
    out = []
    for at, one in enumerate(figures):
        counted = one["value"] is None and any(
            not covered[other] and inside(one, figures[other], names) for other in range(len(figures))
        )
        out.append(not covered[at] and not counted)
    return out


class Tally:
    """Rows, rows without a value, and the exact sum of the values."""

    def __init__(self, values=()):
        self.rows = self.missing = 0
        self.value = Fraction(0)
        for value in values:
            self.add(value)

    def add(self, value):
        self.rows += 1
        self.missing += value is None
        self.value += 0 if value is None else Fraction(value)

    def __eq__(self, other):
        return (self.rows, self.missing, self.value) == (other.rows, other.missing, other.value)

    def __repr__(self):
        return f"{self.rows} rows, {self.missing} missing, {self.value}"


def harmonise(rows, duplicates="keep", concept=None, origin="LKA"):
    """Give figures, and the account: what came in, what went out, what was set aside by reason.

    `origin` is that of tables without a column of it.
    """
    names = [name for name in (*DIMENSIONS, "period") if rows and name in rows[0]]
    figures, aside, seen = [], defaultdict(Tally), set()
    taken = Tally(read(row["value"])[0] for row in rows)
    for number, row in enumerate(rows):
        value, presence = read(row["value"])
        figure = {name: row[name] for name in names} | {"value": value, "presence": presence, "row": number}
        reasons = [unresolved(name, row[name]) for name in ("origin", "destination") if name in row]
        reason = next((reason for reason in reasons if reason), None)
        if reason is None:
            figure |= {name: AREAS[row[name]] for name in ("origin", "destination") if name in row}
            if (
                concept not in ("birth", "citizenship")
                and figure.get("origin", origin) == figure["destination"]
                and figure["destination"] in COUNTRIES
            ):
                reason = "origin is destination"
        if reason is None and duplicates == "first":
            key = tuple(figure[name] for name in names)
            if key in seen:
                reason = "duplicate"
            seen.add(key)
        if reason is None:
            figures.append(figure)
        else:
            aside[reason].add(value)
    for figure, leaf in zip(figures, leaves(figures, names), strict=True):
        figure["leaf"] = leaf
        if not leaf:
            aside["total, kept beside its parts"].add(figure["value"])
    out = Tally(figure["value"] for figure in figures if figure["leaf"])
    return figures, {"in": taken, "out": out, "set aside": dict(aside)}


def in_gulf(code):
    """Place an area in the Gulf Cooperation Council or outside; nobody can say of residuals."""
    if code in GULF or code == "grp:GCC":
        return "grp:GCC"
    return "_O" if code in COUNTRIES else "_U"


def group(figure, word, unbroken=()):
    """Give the group that a figure belongs to; `unbroken` are the words by which not all leaves are broken down."""
    if word.endswith(".GCC"):
        return in_gulf(figure[word.partition(".")[0]])
    return "_U" if figure[word] == "_T" and word in unbroken else figure[word]


def not_broken_down(figures, by):
    """Give the words by which some leaves are broken down and others not: in these, `_T` is for rows of totals."""
    found = {word: {figure[word] for figure in figures if figure["leaf"]} for word in by if "." not in word}
    return {word for word, codes in found.items() if "_T" in codes and len(codes) > 1}


def aggregate(figures, by, totals=(), outside="row"):
    """Give {(set of totals, codes): (value, figures, missing, coverage)}, the codes in the order of `by`."""
    unbroken = not_broken_down(figures, by)
    kept = [
        figure
        for figure in figures
        if figure["leaf"]
        and not (outside == "drop" and any(group(figure, word) in ("_O", "_U") for word in by if "." in word))
    ]
    # Where no leaf is broken down by a word, its totals are the cells themselves.
    leaves = [figure for figure in figures if figure["leaf"]]
    whole = {word for word in totals if "." not in word and {figure[word] for figure in leaves} == {"_T"}}
    out = {}
    for count in range(len(totals) + 1):
        for over in combinations(totals, count):
            if whole & set(over):
                continue
            cells = defaultdict(list)
            for figure in kept:
                cells[tuple("_T" if word in over else group(figure, word, unbroken) for word in by)].append(
                    figure["value"]
                )
            for codes, values in cells.items():
                known = [value for value in values if value is not None]
                value = math.fsum(known) if known else None
                out[frozenset(over), codes] = (
                    value,
                    len(values),
                    len(values) - len(known),
                    len(known) / len(values),
                )
    return out


def grid(figures, names):
    """Give the number of combinations of the codes that occur."""
    return len(list(product(*({figure[name] for figure in figures} for name in names))))
