"""What cannot be added up is refused with an error of its own kind that says what, where, and what to do."""

import decimal
import itertools
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import migstat as ms
from migstat.errors import CodeError, LedgerError, ReadError, SchemaError

FRAME = {"origin": ["LKA", "NPL"], "year": [1996, 1997], "value": [1.0, 2.0]}


def damaged(key, kind, at=1):
    """A dictionary column whose key at a row names no category."""
    keys = [0] * (at + 1)
    keys[at] = key
    return pa.DictionaryArray.from_arrays(pa.array(keys, kind), pa.array(["LKA", "NPL"]), safe=False)


@pytest.mark.parametrize(
    ("key", "kind"),
    [(2, pa.int8()), (-1, pa.int8()), (200, pa.uint8()), (-(2**15), pa.int16()), (7, pa.int32()), (2**62, pa.int64())],
    ids=str,
)
@pytest.mark.parametrize("at", [1, 5000])
def test_keys_beyond_the_dictionary(key, kind, at):
    column = damaged(key, kind, at)
    frame = pa.table({"d": column, "value": np.ones(at + 1)})
    for threads, measures in itertools.product((1, 2), (["sum"], ["min"])):
        with pytest.raises(SchemaError, match=rf'row {at}: key {key} of "d" points beyond its 2 categories'):
            ms.aggregate(frame, ["d"], threads=threads, measures=measures)
    with pytest.raises(SchemaError, match=f"row {at}: key {key}"):
        ms.aggregate(frame, ["d"], value=None)


def test_a_damaged_column_of_years():
    frame = pa.table({"d": ["MDV", "MDV"], "year": damaged(5, pa.int8()).dictionary.take([0, 0]), "value": [1, 2]})
    with pytest.raises(SchemaError, match='years holds "LKA"; expected years'):
        ms.aggregate(frame, ["d.LDC"])
    years = pa.DictionaryArray.from_arrays(pa.array([0, 9], pa.int8()), pa.array(["2004"]), safe=False)
    with pytest.raises(SchemaError, match='row 1: key 9 of "year"'):
        ms.aggregate(pa.table({"d": ["MDV", "MDV"], "year": years, "value": [1, 2]}), ["d.LDC"])


NO_NUMBERS = [
    (pa.array([decimal.Decimal("1.5")] * 2), "Decimal.*cast it to float64, or to int64"),
    (pa.array(["1", "2"]), "Utf8.*make numbers of it first"),
    (pa.array(["1", "2"]).dictionary_encode(), "Dictionary.*make numbers of it first"),
    (pa.array([True, False]), "Boolean.*cast it to int8"),
    (pa.array([1, 2], pa.date32()), "Date32.*make numbers"),
    (pa.array([[1], [2]]), "List.*make numbers"),
]


@pytest.mark.parametrize(("column", "words"), NO_NUMBERS, ids=lambda one: str(getattr(one, "type", "")))
def test_values_that_are_no_numbers(column, words):
    frame = pa.table({"x": ["a", "b"], "n": column, "one": [1, 1]})
    with pytest.raises(SchemaError, match=f'column "n" holds {words}'):
        ms.aggregate(frame, ["x"], value="n")
    with pytest.raises(SchemaError, match=f'column "n" holds {words}'):
        ms.aggregate(frame, ["x"], value="one", weights="n", measures=["mean"])


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["float64", "float32"])
@pytest.mark.parametrize("measures", [["sum"], ["sum", "min", "max"]], ids=str)
def test_values_that_are_not_finite(number, kind, measures):
    values = np.ones(3000, kind)
    values[[1234, 2345]] = number
    frame = pa.table({"x": ["a"] * 3000, "value": values})
    shown = {"nan": "NaN"}.get(str(number), str(number))
    for source in (frame, pa.concat_tables([frame.slice(0, 1000), frame.slice(1000)])):
        for threads in (1, 2):
            with pytest.raises(SchemaError, match=f"row 1234: the value {shown} is not finite"):
                ms.aggregate(source, ["x"], measures=measures, threads=threads)


def test_the_row_is_counted_from_the_start_of_the_table():
    values = np.zeros(5_000_000)
    values[4_999_999] = np.inf
    frame = pa.table({"x": np.zeros(len(values), np.int8), "value": values})
    pieces = pa.concat_tables([frame.slice(at, 500_000) for at in range(0, len(frame), 500_000)])
    for source, threads in itertools.product((frame, pieces, pieces.to_reader()), (1, 2)):
        source = pieces.to_reader() if isinstance(source, pa.RecordBatchReader) else source
        with pytest.raises(SchemaError, match="row 4999999: the value inf"):
            ms.aggregate(source, ["x"], threads=threads)


def test_the_first_wrong_row_is_named_whatever_the_threads():
    values = np.zeros(1_000_000)
    values[[300_000, 700_000, 999_999]] = np.nan
    frame = pa.table({"x": np.zeros(len(values), np.int8), "value": values})
    for threads, measures in itertools.product((1, 2, 5), (["sum"], ["max"])):
        with pytest.raises(SchemaError, match="row 300000: the value NaN"):
            ms.aggregate(frame, ["x"], threads=threads, measures=measures)


def test_nan_in_pandas_is_missing():
    found = ms.aggregate(pd.DataFrame({"x": ["a", "a"], "value": [1.0, np.nan]}), ["x"])
    assert found.to_arrow().column("missing").to_pylist() == [1]


def test_products_and_sums_beyond_the_floats():
    frame = {"x": ["a", "a"], "value": [1e308, 1e308], "w": [10.0, 1.0]}
    with pytest.raises(SchemaError, match="beyond the largest 64-bit float"):
        ms.aggregate(frame, ["x"])
    with pytest.raises(SchemaError, match=r"row 0.*inf is not finite"):
        ms.aggregate(frame, ["x"], weights="w", measures=["mean"])
    back = {"x": ["a"] * 3, "value": [1e308, 1e308, -1e308]}
    assert ms.aggregate(back, ["x"]).to_arrow().column("value").to_pylist() == [1e308]


WORDS = [
    ({"by": ["origin", "year", "origin"]}, SchemaError, 'by= names "origin" twice'),
    ({"by": "origin"}, SchemaError, r"by= takes a list of names, such as by=\['origin'\]"),
    ({"by": ["origin"], "totals": "origin"}, SchemaError, "totals= takes a list"),
    ({"by": ["origin"], "rollup": "origin"}, SchemaError, "rollup= takes a list"),
    ({"by": ["origin"], "measures": "sum"}, SchemaError, "measures= takes a list"),
    ({"by": ["orgin"]}, SchemaError, 'no column "orgin"; did you mean "origin"'),
    ({"by": ["orgin.GCC"]}, SchemaError, 'no column "orgin"; did you mean "origin"'),
    ({"by": ["origin"], "value": "valeu"}, SchemaError, 'no column "valeu"; did you mean "value"'),
    ({"by": ["origin"], "weights": "wieght", "measures": ["mean"]}, SchemaError, 'no column "wieght"'),
    ({"by": ["origin.LCD"]}, CodeError, 'unknown group "LCD".*near it.*LDC'),
    ({"by": ["origin.inc0me"], "groups": {"income0": {"LKA": "x"}}}, CodeError, 'did you mean "income0"'),
    ({"by": ["origin"], "totals": ["year"]}, SchemaError, r'totals= names "year", which is not one of by=\["origin"\]'),
    ({"by": ["origin"], "totals": ["origin"] * 2}, SchemaError, "named twice"),
    ({"by": ["origin"], "rollup": ["year"]}, SchemaError, 'rollup= names "year", which is not one of'),
    ({"by": ["origin"], "totals": ["origin"], "rollup": ["origin"]}, SchemaError, "totals= and in rollup="),
    ({"by": ["origin"], "measures": ["sum", "median"]}, SchemaError, "measures='median': expected one of 'sum'"),
    ({"by": ["origin"], "outside": "keep"}, SchemaError, "outside='keep': expected one of 'row', 'drop', 'error'"),
    (
        {"by": ["origin"], "membership": "then"},
        SchemaError,
        'membership="then": expected "period", "current" or a year',
    ),
    ({"by": ["origin"], "min_coverage": 1.5}, SchemaError, "min_coverage=1.5: expected a number from 0 to 1"),
    ({"by": ["origin"], "min_coverage": float("nan")}, SchemaError, "min_coverage=.*expected a number from 0 to 1"),
    ({"by": ["origin"], "threads": 0}, SchemaError, "threads=0: expected a whole number"),
    ({"by": ["origin"], "weights": "year"}, SchemaError, "weights='year' are for the mean"),
    ({"by": ["origin"], "value": None, "measures": ["mean"]}, SchemaError, "value=None counts records.*'mean'"),
    ({"by": ["origin.own"], "groups": {"own": {}}}, SchemaError, r"groups\['own'\] is empty"),
    ({"by": ["origin.own"], "groups": {"own": {("LKA", "then"): "x"}}}, SchemaError, "year 'then'; expected a whole"),
    ({"by": ["origin.own"], "groups": {"own": {("LKA", 1996.5): "x"}}}, SchemaError, "year 1996.5; expected a whole"),
    ({"by": ["origin.own"], "groups": {"own": pd.DataFrame({"a": [1], "b": [2]})}}, SchemaError, "'a', 'b'"),
    (
        {"by": ["origin.own"], "groups": {"own": pa.table({"a": ["LKA"] * 2, "group": ["x", "y"]})}},
        CodeError,
        r'groups\["own"\] puts LKA into two groups',
    ),
    (
        {"by": ["origin.GCC"], "outside": "error", "membership": "current"},
        CodeError,
        r"origin LKA is not in origin\.GCC",
    ),
]


@pytest.mark.parametrize(("arguments", "kind", "message"), WORDS, ids=[words[2][:40] for words in WORDS])
def test_requests_that_cannot_be_met(arguments, kind, message):
    with pytest.raises(kind, match=message):
        ms.aggregate(FRAME, **arguments)
    with pytest.raises(kind, match=message):
        ms.Accumulator(**arguments).update(pa.table(FRAME))


@pytest.mark.parametrize("argument", [{"across": ["vintage"]}, {"expected": "grid"}], ids=str)
def test_what_is_for_observations_only(argument):
    with pytest.raises(SchemaError, match=f"{next(iter(argument))}= is for observations, and these are records"):
        ms.aggregate(FRAME, ["origin"], **argument)


@pytest.mark.parametrize("argument", [{"value": "n"}, {"weights": "n"}, {"year": "y"}], ids=str)
def test_what_is_for_records_only(argument):
    with pytest.raises(SchemaError, match=f"{next(iter(argument))}= is for records, and these are observations"):
        ms.aggregate(ms.datasets.sri_lanka_departures(), ["sex"], **argument)


def test_two_columns_of_one_name():
    twins = pa.table([["a"], ["b"], [1]], names=["x", "x", "value"])
    for source in (twins, twins.to_reader(), twins.to_pandas()):
        with pytest.raises(SchemaError, match=r"two columns named ['\"]x['\"]"):
            ms.aggregate(source, ["x"])


def test_a_dated_group_needs_years():
    frame = {"d": ["MDV"], "value": [1]}
    with pytest.raises(
        SchemaError, match=r'no column "year"; name the column of years with year=.*membership="current"'
    ):
        ms.aggregate(frame, ["d.LDC"])
    with pytest.raises(SchemaError, match='no column "when"'):
        ms.aggregate(FRAME, ["origin.LDC"], year="when")
    with pytest.raises(SchemaError, match='years holds "soon"; expected years'):
        ms.aggregate(frame | {"year": ["soon"]}, ["d.LDC"])
    groups = {"own": {("MDV", 2004): "in"}}
    with pytest.raises(SchemaError, match='no column "year"'):
        ms.aggregate(frame, ["d.own"], groups=groups)


def test_labels_that_are_no_areas():
    with pytest.raises(CodeError, match=r'column "d" holds "Atlantis".*no code of an area.*areas\.resolve'):
        ms.aggregate({"d": ["MDV", "Atlantis"], "value": [1, 2]}, ["d.LDC"], membership="current")
    assert issubclass(CodeError, LookupError)


def test_leaf_must_say_yes_or_no():
    with pytest.raises(SchemaError, match=r'column "leaf" holds Utf8; expected truth values'):
        ms.aggregate(FRAME | {"leaf": ["yes", "no"]}, ["origin"])


@pytest.mark.parametrize("made", [pa.table, pd.DataFrame, lambda frame: frame], ids=["pyarrow", "pandas", "mapping"])
def test_a_table_without_rows_has_no_cells(made):
    frame = made({"x": pa.array([], pa.string()), "y": pa.array([], pa.int16()), "value": pa.array([], pa.float64())})
    found = ms.aggregate(frame, ["x", "y"], totals=["x"], rollup=["y"], measures=["sum", "min", "mean", "coverage"])
    assert found.to_arrow().column_names == ["x", "y", "value", "missing", "coverage_cells", "min", "mean"]
    assert len(found) == 0
    found.ledger.check()
    with pytest.raises(SchemaError, match='no column "z"'):
        ms.aggregate(frame, ["z"])


def test_no_batches_have_no_cells():
    for source in ([], iter(()), pa.table(FRAME).slice(0, 0).to_reader()):
        found = ms.aggregate(source, ["origin"], totals=["origin"])
        assert len(found) == 0
        assert found.to_arrow().column_names == ["origin", "value", "figures", "missing", "coverage_cells"]
        found.ledger.check()


def test_a_source_that_is_no_table():
    for source in (5, None, [1, 2], object()):
        with pytest.raises(SchemaError, match="expected a table"):
            ms.aggregate(source, ["x"])


def test_paths_that_are_no_parquet(tmp_path):
    text = tmp_path / "figures.csv"
    text.write_text("x,value\na,1\n")
    with pytest.raises(ReadError, match=r"cannot be read as Parquet.*migstat\.read"):
        ms.aggregate(text, ["x"])
    with pytest.raises(ReadError, match=r"there is no file or folder .*gone\.parquet"):
        ms.aggregate(tmp_path / "gone.parquet", ["x"])
    with pytest.raises(ReadError, match="there is no file like"):
        ms.aggregate(str(tmp_path / "*.parquet"), ["x"])
    (tmp_path / "empty").mkdir()
    with pytest.raises((ReadError, SchemaError)):
        ms.aggregate(tmp_path / "empty", ["x"])


def test_an_error_of_the_source_comes_through():
    class BrokenError(Exception):
        pass

    def broken():
        yield pa.table(FRAME)
        raise BrokenError

    with pytest.raises(BrokenError):
        ms.aggregate(broken(), ["origin"])


def test_sums_of_different_requests_are_not_merged():
    one = ms.Accumulator(["origin"]).update(FRAME)
    for other in (
        ms.Accumulator(["year"]),
        ms.Accumulator(["origin"], measures=["sum"]),
        ms.Accumulator(["origin"], value="year"),
        ms.Accumulator(["origin"], outside="drop"),
        ms.Accumulator(["origin"], groups={"a": {"b": "c"}}),
    ):
        with pytest.raises(SchemaError, match="asked for in different ways cannot be merged"):
            one.merge(other.update(FRAME))
    with pytest.raises(SchemaError, match='"definition"'):
        one.merge(ms.Accumulator(["origin"]).update(FRAME | {"definition": [0, 0]}))
    # Nothing of them has come in.
    assert one.finish().to_arrow().column("value").to_pylist() == [1, 2]
    assert pickle.loads(pickle.dumps(one)).merge(ms.Accumulator(["origin"]).update(FRAME)) is not one


def _state():
    return ms.Accumulator(["origin"], measures=["sum", "min", "max"]).update(FRAME).to_arrow()


DAMAGES = {
    "foreign": lambda state: pa.table({"a": [1]}),
    "no note": lambda state: state.replace_schema_metadata(None),
    "wrong note": lambda state: state.replace_schema_metadata({"migstat.sums": "{}"}),
    "not a note": lambda state: state.replace_schema_metadata({"migstat.sums": "]"}),
    "no sums": lambda state: state.drop_columns("value.sum"),
    "no rows": lambda state: state.drop_columns("value.rows"),
    "no labels": lambda state: state.drop_columns("origin"),
    "no extremes": lambda state: state.drop_columns("extremes.min"),
    "counts of another type": lambda state: state.set_column(1, "value.rows", pa.array([1.0, 1.0])),
    "sums of another type": lambda state: state.set_column(3, "value.sum", pa.array([1.0, 1.0])),
    "sums of text": lambda state: state.set_column(3, "value.sum", pa.array([["a"], ["b"]])),
    "sums that are not finite": lambda state: state.set_column(3, "value.sum", pa.array([[np.nan], [np.inf]])),
    "counts that are blank": lambda state: state.set_column(1, "value.rows", pa.nulls(2, pa.uint64())),
    "sums that are blank": lambda state: state.set_column(3, "value.sum", pa.nulls(2, pa.list_(pa.float64()))),
    "more blanks than rows": lambda state: state.set_column(2, "value.nulls", pa.array([9, 9], pa.uint64())),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_tables_that_are_no_sums(damage):
    with pytest.raises((SchemaError, LedgerError)):
        ms.Accumulator.from_arrow(DAMAGES[damage](_state())).finish()


def test_after_a_failed_update_the_account_balances_or_there_is_none():
    """What was added until then stays; the account says so, or the sums refuse to be given."""
    sums = ms.Accumulator(["x"], measures=["sum", "mean"], weights="w")
    with pytest.raises(SchemaError):
        sums.update({"x": ["a", "a"], "value": [1.0, 2.0], "w": pa.array([1.0, float("inf")])})
    try:
        found = sums.finish()
    except ms.errors.MigstatError:
        return
    found.ledger.check()


@pytest.mark.parametrize("keys", [[2**63], [1, 2**64 - 1], [None, 2**63 + 1]])
def test_keys_beyond_64_bits_with_a_sign(keys):
    table = pa.table({"x": pa.array(keys, pa.uint64()), "value": [1.0] * len(keys)})
    with pytest.raises(ms.errors.SchemaError, match=r"column \"x\" holds \d{19,20}, beyond .* make it text"):
        ms.aggregate(table, ["x"])
