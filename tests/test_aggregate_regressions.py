"""Faults that reviews of the engine have found, each as it was met."""

import datetime
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import migstat as ms
from migstat.errors import CodeError, DefinitionError, SchemaError


def cells(source, by, **options):
    table = pa.table(ms.aggregate(source, by, **options)).to_pandas().astype(object)
    return {tuple(row[:-1]): row[-1] for row in table[[*by, "value"]].itertuples(index=False)}


def test_a_cube_merged_into_cells_found_by_hash():
    """A worker with many rows has a cube, the accumulator that gathers has none yet."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"a": rng.integers(0, 300, 30_000), "b": rng.integers(0, 300, 30_000), "value": 0.5})
    worker = ms.Accumulator(["a", "b"], measures=["sum"]).update(table)
    state = ms.Accumulator.from_arrow(worker.to_arrow())
    few = ms.Accumulator(["a", "b"], measures=["sum"]).update(table[:10])
    gathered = ms.Accumulator(["a", "b"], measures=["sum"]).merge(few).merge(state).merge(worker)
    found = pa.table(gathered.finish()).column("value").to_numpy()
    assert found.sum() == 30_005
    assert len(found) == len(table.drop_duplicates(["a", "b"]))
    assert pa.table(gathered.to_arrow()).num_rows == len(found)


@pytest.mark.parametrize("values", [(0.5, 7812.5, 125000.0), (0.1, 1e7, 1e9), (1e-9, 1e3, 1e9, 1e12)])
def test_blocks_of_ever_larger_fractions_fill_no_cell(values):
    column = np.repeat(values, 1024)
    for threads in (1, 2):
        array, _ = ms.Accumulator([], threads=threads).update({"value": column}).to_numpy()
        assert array[()] == math.fsum(column)


def test_stocks_of_several_years_are_not_rolled_up():
    frame = pd.DataFrame({"d": ["SAU", "SAU"], "y": [1990, 1995], "v": [20, 21]})
    obs = ms.harmonise(frame, destination="d", year="y", value="v", constants={"origin": "LKA", "measure": "stock"})
    for how in ("totals", "rollup"):
        with pytest.raises(DefinitionError, match="counted twice"):
            ms.aggregate(obs, ["year"], **{how: ["year"]})


@pytest.mark.parametrize(
    "make", [dict, pd.DataFrame, pa.table, lambda made: pytest.importorskip("polars").DataFrame(made)]
)
def test_rows_are_counted_without_a_column(make):
    found = ms.aggregate(make({"x": [1, 2, 3]}), [], value=None)
    assert pa.table(found).column("figures").to_pylist() == [3]


def test_a_definition_that_comes_later_is_noticed():
    plain, defined = {"a": ["x"], "value": [1]}, {"a": ["x"], "definition": [0], "value": [10]}
    for order in ([plain, defined], [defined, plain]):
        with pytest.raises(SchemaError, match="definition"):
            ms.aggregate(order, ["a"])


def test_a_date_far_away_does_not_change_the_others():
    day, end = datetime.date(2023, 1, 1), datetime.date(9999, 12, 31)
    parts = [{"d": [day], "value": [1]}, {"d": [day, end], "value": [2, 4]}]
    assert cells(parts, ["d"]) == {(day,): 3, (end,): 4}


def test_a_rollup_over_what_is_not_broken_down_has_no_row_twice():
    frame = pd.DataFrame({"d": ["SAU", "KWT"], "y": [2000, 2000], "v": [1, 2]})
    constants = {"origin": "LKA", "measure": "labour_outflow"}
    obs = ms.harmonise(frame, destination="d", year="y", value="v", constants=constants)
    out = ms.aggregate(obs, ["destination", "sex"], rollup=["destination", "sex"])
    assert len(out) == 3


def test_printed_totals_among_records_are_not_added():
    table = {"sex": ["F", "M", "_T"], "value": [1, 2, 3]}
    with pytest.raises(DefinitionError, match="printed totals"):
        ms.aggregate(table, ["sex"], totals=["sex"])
    assert cells(table, ["sex"]) == {("F",): 1, ("M",): 2, ("_T",): 3}
    assert cells({**table, "leaf": [True, True, False]}, ["sex"], totals=["sex"])[("_T",)] == 3


def test_what_was_not_counted_is_not_said_to_be_complete():
    table = {"a": ["x", "x"], "value": [1.0, None]}
    assert len(ms.aggregate(table, ["a"]).missing()) == 1
    with pytest.raises(SchemaError, match="coverage"):
        ms.aggregate(table, ["a"], measures=["sum"]).missing()


def test_an_unknown_sex_is_not_compared_with_the_printed_total():
    frame = pd.DataFrame(
        {
            "d": ["OMN"] * 4 + ["KWT"],
            "s": ["F", "M", "Unknown", "Total", "Total"],
            "y": [2000] * 5,
            "v": [10, 20, 5, 35, 7],
        }
    )
    constants = {"origin": "LKA", "measure": "labour_outflow"}
    obs = ms.harmonise(frame, destination="d", sex="s", year="y", value="v", constants=constants)
    table = pa.table(ms.aggregate(obs, ["destination", "sex"], across=["breakdown_"][:0])).to_pandas()
    unknown = table[(table["sex"].astype(str) == "_U") & (table["destination"].astype(str) == "OMN")]
    assert unknown["coverage_value"].isna().all()


def test_coverage_of_groups_that_overlap_is_refused():
    table = {"a": ["NPL", "BGD"], "value": [1, None]}
    with pytest.raises(SchemaError, match="min_coverage"):
        ms.aggregate(table, ["a.LDC+LLDC"], min_coverage=0.7, membership=2020)


def test_groups_whose_names_are_hard_to_tell_apart_are_refused():
    with pytest.raises(CodeError, match="65\\+"):
        ms.aggregate({"a": ["x"], "value": [1]}, ["a.g+h"], groups={"g": {"x": "65+"}, "h": {"y": "k"}})
    with pytest.raises(SchemaError, match="blank"):
        ms.aggregate({"a": ["x"], "value": [1]}, ["a.g"], groups={"g": {"x": None}})


def test_extremes_need_coverage_too():
    out = pa.table(ms.aggregate({"value": [1.0, None]}, [], measures=["min", "max", "mean"], min_coverage=0.9))
    assert out.to_pylist() == [{"min": None, "max": None, "mean": None}]


def test_a_definition_that_only_totals_have_is_none():
    table = {"sex": ["F", "F"], "definition": [0, 1], "leaf": [False, True], "value": [1, 2]}
    assert cells(table, ["sex"]) == {("F",): 2}


def test_a_column_leaf_must_say_of_every_row():
    with pytest.raises(SchemaError, match="leaf"):
        ms.aggregate({"a": ["x"], "leaf": pa.array([None], pa.bool_()), "value": [1]}, ["a"])


def test_categories_are_those_that_rows_have():
    column = pa.DictionaryArray.from_arrays(pa.array([1, 1], pa.int8()), pa.array(["w", "x", "y"]))
    found = ms.aggregate(pa.table({"a": column, "value": [1, 2]}), ["a"])
    assert pa.table(found).column("a").chunk(0).dictionary.to_pylist() == ["x"]


def test_an_accumulator_may_be_asked_by_what_it_is_fed():
    sums = ms.Accumulator(["a"])

    def batches():
        yield pa.record_batch({"a": ["x"], "value": [1]})
        sums.finish()

    reader = pa.RecordBatchReader.from_batches(pa.schema({"a": pa.string(), "value": pa.int64()}), batches())
    with pytest.raises(Exception, match=r"accumulator|being added"):
        sums.update(reader)


def test_sums_of_half_a_source_are_not_given():
    sums = ms.Accumulator(["a"]).update({"a": ["x"], "value": [1.0]})
    with pytest.raises(SchemaError, match="no column"):
        sums.update({"b": ["x"], "value": [1.0]})
    assert len(sums.finish()) == 1  # nothing had been added
    with pytest.raises(SchemaError, match=r"row 1: .*not finite"):
        sums.update(pa.table({"a": ["x", "y"], "value": [1.0, math.inf]}))
    for ask in (sums.finish, sums.to_numpy, sums.to_arrow, lambda: sums.update({"a": ["x"], "value": [1.0]})):
        with pytest.raises(SchemaError, match=r"not complete.*new accumulator"):
            ask()
