"""Aggregates to measure, and tables of measures as dictionaries."""

import pandas as pd
import pyarrow as pa
from hypothesis import assume, strategies as st

import migstat as ms
import strategies as tables

SINGLE = tables.CONSTANTS | {"origin": "LKA", "year": 1996}
WORDS = ["origin", "destination", "destination.GCC", "sex", "age", "education", "period"]


def harmonise(frame, **arguments):
    constants = SINGLE | arguments.pop("constants", {})
    roles = {name: name for name in frame if name in ("origin", "destination", "sex", "year", "low", "high")}
    constants = {name: value for name, value in constants.items() if name not in roles}
    return ms.harmonise(frame, value="n", constants=constants, **roles, **arguments)


def rows_of(table, *names):
    """Give a table as {codes: the rest of the row}, without NaN."""
    found = {}
    for row in pa.table(table).to_pylist() if not isinstance(table, pd.DataFrame) else table.to_dict("records"):
        plain = {name: None if value is pd.NA or value != value else value for name, value in row.items()}
        found[tuple(plain.pop(name) for name in names)] = plain
    return found


def corridors():
    """Give what two origins report on three destinations, by sex; one figure is suppressed, one was not collected."""
    frame = {
        "origin": ["LKA", "LKA", "LKA", "LKA", "NPL", "NPL", "NPL", "NPL"],
        "destination": ["SAU", "SAU", "KWT", "KWT", "SAU", "SAU", "Others", "Others"],
        "sex": ["F", "M"] * 4,
        "n": [10, 30, 40, 20, "<5", 60, 5, 15],
    }
    return harmonise(frame, missing={"<5": "suppressed"})


@st.composite
def aggregates(draw):
    """Give a random aggregate with totals, the same without, and some of what it is grouped by."""
    table = draw(tables.rows(known=True, numbers=tables.FRACTION))
    words = [word for word in WORDS if word.partition(".")[0] in table[0]]
    by = draw(st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True))
    observations = tables.harmonise(tables.arrow(table), table)
    assume(len(observations.definitions) == 1)
    summed = draw(st.lists(st.sampled_from(by), max_size=2, unique=True))
    of = draw(st.lists(st.sampled_from(by), max_size=2, unique=True))
    return ms.aggregate(observations, by), ms.aggregate(observations, by, totals=summed), of


def series(values, name="KWT", **arguments):
    """Give one destination's figures as {year: value}."""
    frame = {"destination": [name] * len(values), "year": [*values], "n": [*values.values()]}
    return ms.aggregate(harmonise(frame, **arguments), by=["destination", "year"])
