"""Figures of former states and of their successors, and what an operation made of them."""

import pandas as pd

import migstat as ms

STATED = {"measure": "inflow", "role": "destination"}
CELL = ("origin", "destination", "year", "value")


def observed(rows, columns=("origin", "destination", "year", "n"), missing=None, **constants):
    """Give observations of rows (origin, destination, year, n), or of other columns."""
    table = pd.DataFrame({name: _plain([row[at] for row in rows]) for at, name in enumerate(columns)})
    roles = {name: name for name in columns if name != "n"}
    markers = {"-": "zero", "..": "missing", "None": "missing"} | (missing or {})
    return ms.harmonise(table, value="n", constants=STATED | constants, missing=markers, **roles)


def _plain(values):
    """Give numbers as they are, and as text where there is text among them."""
    text = any(isinstance(value, str) for value in values)
    return [None if value is None else str(value) for value in values] if text else values


def shown(obs, *names):
    """Give the wanted columns of all figures."""
    figures = obs.figures.to_pylist()
    plain = [{**one, "year": one["period_start"].year} for one in figures]
    return [tuple(one[name] for name in names) for one in plain]


def findings(obs, severity="warning"):
    said = [one["message"] for one in obs.ledger.findings() if one["severity"] == severity]
    return [message for message in said if not message.startswith("a stock is dated by a period")]


def sides(obs, side):
    """Give reason, rows and value of one side of all steps of ours."""
    table = obs.ledger.to_pandas()
    mine = table[table.operation.str.startswith("reconcile.") & (table.side == side)]
    return [tuple(row) for row in mine[["reason", "rows", "value"]].values.tolist()]


#: Both the state and its successors, in one year.
OVERLAP = [("CSHH", "DEU", 1995, 10), ("CZE", "DEU", 1995, 6), ("SVK", "DEU", 1995, 4)]
