"""What holds for all measures of aggregates."""

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings

import migstat as ms
import strategies as tables
from measured import aggregates, rows_of

MEASURES = {
    "share": lambda out: out.share("sex", "F"),
    "female_share": lambda out: out.female_share(),
    "shares": lambda out: out.shares(of="destination"),
    "growth": lambda out: out.growth(),
    "corridors": lambda out: out.corridors(),
    "coverage": lambda out: out.coverage(),
    "below_coverage": lambda out: out.below_coverage(),
}


def everything(kind=None):
    frame = {
        "origin": ["LKA"] * 8,
        "destination": ["SAU", "SAU", "KWT", "KWT"] * 2,
        "sex": ["F", "M"] * 4,
        "year": [1995] * 4 + [1996] * 4,
        "n": [1, 2, 3, None, 5, 6, 7, 8],
    }
    if kind:
        frame = kind(frame)
    arguments = {name: name for name in ("origin", "destination", "sex", "year")}
    observations = ms.harmonise(frame, **arguments, value="n", constants=tables.CONSTANTS)
    by = ["origin", "destination", "sex", "year"]
    return ms.aggregate(observations, by, totals=["sex", "year"], min_coverage=0.9)


@pytest.mark.parametrize("name", MEASURES)
def test_tables_come_back_as_the_kind_that_came_in(name):
    wanted = MEASURES[name](everything())
    assert isinstance(wanted, pd.DataFrame)
    assert wanted.index.tolist() == list(range(len(wanted)))
    for kind, found in (
        (pl.DataFrame, MEASURES[name](everything(pl.DataFrame))),
        (pa.Table, MEASURES[name](everything(pa.table))),
    ):
        assert isinstance(found, kind)
        assert rows_of(found, *wanted.columns).keys() == rows_of(wanted, *wanted.columns).keys()


NEEDED = {
    "share": ["value", "missing"],
    "female_share": ["value", "missing"],
    "shares": ["value", "missing"],
    "growth": ["value", "missing"],
    "corridors": ["value", "missing"],
    "coverage": ["figures", "missing", "coverage_cells", "coverage_value"],
    "below_coverage": ["value", "figures", "missing", "coverage_cells", "coverage_value"],
}


@pytest.mark.parametrize(("name", "column"), [(name, column) for name, columns in NEEDED.items() for column in columns])
def test_cells_made_without_a_column_say_which(name, column, monkeypatch):
    out = everything()
    cells = out.to_arrow().drop_columns([column])
    monkeypatch.setattr(ms.Aggregate, "to_arrow", lambda self: cells)
    with pytest.raises(ms.errors.SchemaError, match=f"needs '{column}' of the cells.*made without"):
        MEASURES[name](out)


def test_shares_of_what_is_known_need_only_values(monkeypatch):
    out = everything()
    wanted = out.shares("destination", missing="skip")["share"]
    cells = out.to_arrow().select(["origin", "destination", "sex", "year", "value"])
    monkeypatch.setattr(ms.Aggregate, "to_arrow", lambda self: cells)
    assert out.shares("destination", missing="skip")["share"].equals(wanted)


@settings(max_examples=30)
@given(aggregates())
def test_measures_of_anything_give_one_row_a_group(made):
    _, out, _ = made
    assert len(out.shares()) == len(out.coverage()) == len(out)
    assert len(out.below_coverage()) == 0
    if "sex" in out.by and "F" in out.to_pandas()["sex"].astype(str).tolist():
        found = pa.table(out.female_share()).to_pandas()
        keys = [name for name in found if name in out.by]
        assert not found.duplicated(keys).any() if keys else len(found) == 1
