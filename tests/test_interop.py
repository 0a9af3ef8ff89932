"""Any kind of table in, the same figures out, and the caller's own kind back."""

import datetime
import gc
import weakref

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import migstat as ms

CONSTANTS = {"measure": "labour_outflow", "origin": "LKA", "reporter": "LKA"}
COLUMNS = {
    "Country": ["Saudi Arabia", "Kuwait", "Saudi Arabia", "Kuwait", None, "Total", "Total"],
    "Sex": ["Female", "Female", "Male", "Male", "Male", "Female", "Male"],
    "Year": [1996] * 7,
    "n": [10.0, 20.5, None, 0.0, 5.0, 30.5, 7.0],
}
PANDAS = tuple(int(part) for part in pd.__version__.split(".")[:2])


def harmonise(frame):
    return ms.harmonise(frame, destination="Country", sex="Sex", year="Year", value="n", constants=CONSTANTS)


@pytest.fixture(scope="module")
def expected():
    return harmonise(COLUMNS)


def pandas_frame(text="object", number="float64"):
    frame = pd.DataFrame(COLUMNS)
    for name in ("Country", "Sex"):
        frame[name] = frame[name].astype(text)
    if number == "mixed":
        frame["n"] = pd.Series(["10", 20.5, "..", 0, 5, np.float64(30.5), np.int64(7)], dtype=object)
    elif number == "decimal":
        from decimal import Decimal

        frame["n"] = pd.Series([None if value is None else Decimal(str(value)) for value in COLUMNS["n"]], dtype=object)
    else:
        frame["n"] = frame["n"].astype(number)
    return frame


PANDAS_FRAMES = {
    "object": lambda: pandas_frame(),
    "string[python]": lambda: pandas_frame("string[python]"),
    "string[pyarrow]": lambda: pandas_frame("string[pyarrow]"),
    "category": lambda: pandas_frame("category"),
    "category, unused": lambda: pandas_frame().assign(
        Country=lambda frame: pd.Categorical(frame.Country, ["Nowhere", "Total", "Kuwait", "Saudi Arabia", "Atlantis"])
    ),
    "category, ordered": lambda: pandas_frame().assign(
        Sex=lambda frame: pd.Categorical(frame.Sex, ["Male", "Female"], ordered=True)
    ),
    "Arrow dtypes": lambda: pandas_frame(pd.ArrowDtype(pa.large_string()), pd.ArrowDtype(pa.float64())),
    "Float64": lambda: pandas_frame(number="Float64"),
    "mixed numbers and text": lambda: pandas_frame(number="mixed"),
    "decimals": lambda: pandas_frame(number="decimal"),
    "index": lambda: pandas_frame().set_index(pd.Index(list("gfedcba"), name="Country")),
    "repeated index": lambda: pandas_frame().set_index(pd.Index([1] * 7)),
    "reversed view": lambda: pandas_frame()[::-1][::-1],
    "other columns": lambda: pandas_frame().assign(other=[object()] * 7, more=pd.Timestamp("1996-01-01")),
    "year as text": lambda: pandas_frame().assign(Year="1996"),
    "year as float": lambda: pandas_frame().assign(Year=1996.0),
    "year as Int64": lambda: pandas_frame().assign(Year=pd.array([1996] * 7, "Int64")),
    "year as category": lambda: pandas_frame().assign(Year=pd.Categorical([1996] * 7)),
    "float32": lambda: pandas_frame(number="float32"),
}


@pytest.mark.parametrize("name", PANDAS_FRAMES)
def test_pandas(name, expected):
    found = harmonise(PANDAS_FRAMES[name]())
    if name == "mixed numbers and text":
        assert found.figures.column("presence").to_pylist()[2] == "missing"
        assert found.figures.drop_columns("presence").equals(expected.figures.drop_columns("presence"))
    else:
        assert found.figures.equals(expected.figures)
        assert found.ledger == expected.ledger
    assert type(found.printed_totals()) is pd.DataFrame


def test_pandas_whole_numbers_with_gaps():
    frame = pd.DataFrame({"Country": ["SAU", "KWT"], "Sex": ["F", "F"], "Year": [1996, 1996]})
    for kind in ("Int64", "UInt16", "Float32", "int64[pyarrow]"):
        frame["n"] = pd.array([3, None], dtype=kind)
        found = harmonise(frame).figures
        assert found.column("value").to_pylist() == [3.0, None]
        assert found.column("presence").to_pylist() == ["value", "blank"]


def test_pandas_whole_numbers_beside_text():
    frame = pd.DataFrame({"Country": ["SAU", "KWT", "ARE"], "Sex": "F", "Year": 1996})
    frame["n"] = pd.Series([3, "..", float("nan")], dtype=object)
    found = harmonise(frame).figures
    assert found.column("value").to_pylist() == [3.0, None, None]
    assert found.column("presence").to_pylist() == ["value", "missing", "blank"]


def test_pandas_na_beside_text_is_blank():
    frame = pd.DataFrame({"Country": ["SAU", "KWT", "ARE", "IND"], "Sex": "F", "Year": 1996})
    frame["n"] = pd.Series([1, pd.NA, "..", pd.NaT], dtype=object)
    found = harmonise(frame).figures
    assert found.column("value").to_pylist() == [1.0, None, None, None]
    assert found.column("presence").to_pylist() == ["value", "blank", "missing", "blank"]


def test_floats_beside_text_keep_every_digit():
    values = [1e-7, 0.1, 2 / 3, 2.0**53, 123456789.125, np.float64(5e-324)]
    frame = pd.DataFrame({"Country": ["SAU", "KWT", "ARE", "QAT", "OMN", "IND", "BHR"], "Sex": "F", "Year": 1996})
    frame["n"] = pd.Series([*values, ".."], dtype=object)
    assert harmonise(frame).figures.column("value").to_pylist() == [*map(float, values), None]


@pytest.mark.parametrize(
    "date", [pd.Timestamp("1990-07-01"), np.datetime64("1990-07-01"), datetime.date(1990, 7, 1), "1990-07-01"], ids=repr
)
def test_a_date_may_be_of_any_kind(date):
    constants = {"measure": "stock", "origin": "LKA", "date": date}
    found = ms.harmonise({"d": ["SAU"], "n": [1]}, destination="d", value="n", constants=constants)
    assert found.figures.column("period_start").to_pylist() == [datetime.date(1990, 7, 1)]


@pytest.mark.parametrize("year", [1996, np.int64(1996), np.uint16(1996)], ids=repr)
def test_a_year_may_be_of_any_kind(year):
    for how in ({"year": year, "constants": {}}, {"constants": {"year": year}}):
        how["constants"] |= {"measure": "inflow"}
        found = ms.harmonise({"d": ["SAU"], "n": [1]}, destination="d", value="n", **how)
        assert found.figures.column("period_start").to_pylist() == [datetime.date(1996, 1, 1)]


def test_names_of_columns_may_be_numbers():
    frame = pd.DataFrame({"Country": ["SAU", "KWT"], 1990: [1, 2], 1995: [3, 4]})
    found = ms.harmonise(
        frame, destination="Country", wide={1990: {"year": 1990}, 1995: {"year": 1995}}, constants=CONSTANTS
    )
    view = found.to_pandas()
    assert view.year.tolist() == [1990, 1995, 1990, 1995]
    assert view.value.tolist() == [1, 3, 2, 4]


def test_two_columns_of_one_name_are_refused():
    frame = pd.DataFrame([["SAU", "F", 1996, 1, 2]], columns=["Country", "Sex", "Year", "n", "n"])
    with pytest.raises(ms.errors.SchemaError, match="two columns named 'n'"):
        harmonise(frame)
    unused = pd.DataFrame([["SAU", "F", 1996, 1, 2, 3]], columns=["Country", "Sex", "Year", "n", "x", "x"])
    assert len(harmonise(unused)) == 1
    number = pd.DataFrame([["SAU", "F", 1996, 1, 2]], columns=["Country", "Sex", "Year", "1990", 1990])
    with pytest.raises(ms.errors.SchemaError, match="two columns named '1990'"):
        ms.harmonise(number, destination="Country", wide={1990: {"year": 1990}}, constants=CONSTANTS)


POLARS_FRAMES = {
    "String": lambda pl: pl.DataFrame(COLUMNS),
    "Categorical": lambda pl: pl.DataFrame(COLUMNS).with_columns(pl.col("Country", "Sex").cast(pl.Categorical)),
    "Enum": lambda pl: pl.DataFrame(COLUMNS).with_columns(
        pl.col("Country").cast(pl.Enum(["Nowhere", "Total", "Kuwait", "Saudi Arabia"])),
        pl.col("Sex").cast(pl.Enum(["Male", "Female"])),
    ),
    "LazyFrame": lambda pl: pl.LazyFrame(COLUMNS),
    "sliced": lambda pl: pl.concat([pl.DataFrame(COLUMNS)] * 3).slice(7, 7),
    "in chunks": lambda pl: pl.concat([pl.DataFrame(COLUMNS)[:2], pl.DataFrame(COLUMNS)[2:]], rechunk=False),
    "decimal": lambda pl: pl.DataFrame(COLUMNS).with_columns(pl.col("n").cast(pl.Decimal(10, 1))),
    "other columns": lambda pl: pl.DataFrame(COLUMNS).with_columns(other=pl.lit([1, 2]), more=pl.struct("n")),
}


@pytest.mark.parametrize("name", POLARS_FRAMES)
def test_polars(name, expected):
    pl = pytest.importorskip("polars")
    found = harmonise(POLARS_FRAMES[name](pl))
    assert found.figures.equals(expected.figures)
    assert found.ledger == expected.ledger
    assert isinstance(found.printed_totals(), pl.DataFrame)


def arrow_table(text=None, **columns):
    kinds = {"Year": pa.int64(), "n": pa.float64()}
    made = {name: pa.array(values, kinds.get(name, text or pa.string())) for name, values in COLUMNS.items()}
    return pa.table(made | columns)


def coded(keys, values, index):
    return pa.DictionaryArray.from_arrays(pa.array(keys, index), pa.array(values, pa.string()))


KEYS = [0, 1, 0, 1, None, 2, 2]
LABELS = ["Saudi Arabia", "Kuwait", "Total"]

ARROW_TABLES = {
    "string": lambda: arrow_table(),
    "large_string": lambda: arrow_table(pa.large_string()),
    "string_view": lambda: arrow_table(pa.string_view()),
    **{
        f"dictionary<{index}>": lambda index=index: arrow_table(Country=coded(KEYS, LABELS, index))
        for index in (
            pa.int8(),
            pa.int16(),
            pa.int32(),
            pa.int64(),
            pa.uint8(),
            pa.uint16(),
            pa.uint32(),
            pa.uint64(),
        )
    },
    "dictionary of large_string": lambda: arrow_table(
        Country=pa.array(COLUMNS["Country"], pa.large_string()).dictionary_encode()
    ),
    "null among the values": lambda: arrow_table(Country=coded([0, 1, 0, 1, 3, 2, 2], [*LABELS, None], pa.int8())),
    "values repeated": lambda: arrow_table(
        Country=coded([0, 1, 4, 3, None, 2, 2], [*LABELS, "Kuwait", "Saudi Arabia"], pa.int8())
    ),
    "values unused": lambda: arrow_table(
        Country=coded([2, 3, 2, 3, None, 5, 5], ["Nowhere", "", "Saudi Arabia", "Kuwait", "x", "Total"], pa.int8())
    ),
    "in chunks": lambda: pa.concat_tables([arrow_table().slice(at, 1) for at in range(7)]),
    "chunks with other dictionaries": lambda: pa.concat_tables(
        [
            arrow_table(Country=pa.array(COLUMNS["Country"]).dictionary_encode()).slice(0, 3),
            arrow_table(
                Country=pa.array(COLUMNS["Country"][::-1]).dictionary_encode().take([6, 5, 4, 3, 2, 1, 0])
            ).slice(3),
        ]
    ),
    "empty chunks": lambda: pa.concat_tables([arrow_table().slice(0, 0), arrow_table(), arrow_table().slice(0, 0)]),
    "sliced": lambda: pa.concat_tables([arrow_table()] * 3).combine_chunks().slice(7, 7),
    "dictionary sliced": lambda: (
        pa.concat_tables([arrow_table(Country=coded(KEYS, LABELS, pa.int8()))] * 3).combine_chunks().slice(7, 7)
    ),
    "int32 years": lambda: arrow_table(Year=pa.array([1996] * 7, pa.int32())),
    "float years": lambda: arrow_table(Year=pa.array([1996.0] * 7)),
    "decimals": lambda: arrow_table(n=pa.array(COLUMNS["n"]).cast(pa.decimal128(10, 1))),
    "floats as a dictionary": lambda: arrow_table(n=pa.array(COLUMNS["n"]).dictionary_encode()),
    "batch": lambda: arrow_table().to_batches()[0],
    "reader": lambda: arrow_table().to_reader(max_chunksize=2),
    "generator": lambda: pa.RecordBatchReader.from_batches(
        arrow_table().schema, (batch for batch in arrow_table().to_batches(max_chunksize=1))
    ),
    "metadata": lambda: arrow_table().replace_schema_metadata({"a": "b"}),
}


@pytest.mark.parametrize("name", ARROW_TABLES)
def test_pyarrow(name, expected):
    found = harmonise(ARROW_TABLES[name]())
    assert found.figures.equals(expected.figures)
    assert found.ledger == expected.ledger
    assert isinstance(found.printed_totals(), pa.Table)


def test_zero_chunks_are_a_table_of_no_rows():
    none = pa.Table.from_batches([], schema=arrow_table().schema)
    assert none.column("n").num_chunks == 0
    with pytest.raises(ms.errors.SchemaError, match="no rows"):
        harmonise(none)


def test_duckdb(expected):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        connection.register("given", arrow_table())
        found = harmonise(connection.table("given"))
        assert found.figures.equals(expected.figures)
        assert found.ledger == expected.ledger
        assert type(found.printed_totals()) is pd.DataFrame
        totals = connection.sql("select Country, Sex, Year, sum(n::bigint) as n from given where n > 0 group by all")
        assert len(harmonise(totals)) == 4  # the fifth has no country


def test_a_mapping_of_any_columns(expected):
    columns = COLUMNS | {
        "Country": pd.Series(COLUMNS["Country"]),
        "Sex": tuple(COLUMNS["Sex"]),
        "Year": np.full(7, 1996),
        "n": pa.chunked_array([COLUMNS["n"][:3], COLUMNS["n"][3:]]),
    }
    found = harmonise(columns)
    assert found.figures.equals(expected.figures)
    assert type(found.printed_totals()) is pd.DataFrame


class Capsule:
    """A table that nobody knows, with no more than the Arrow protocol."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


def test_anything_with_a_capsule(expected):
    assert harmonise(Capsule(arrow_table())).figures.equals(expected.figures)


def test_observations_are_a_table_for_others(expected):
    assert pa.table(expected).equals(expected.figures)
    pl = pytest.importorskip("polars")
    assert pl.DataFrame(expected).height == len(expected)
    assert expected.to_polars().height == len(expected)


KINDS = {
    "pandas": lambda: pd.DataFrame(COLUMNS),
    "polars": lambda: pytest.importorskip("polars").DataFrame(COLUMNS),
    "pyarrow": lambda: arrow_table(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_results_are_of_the_callers_kind_and_equal(kind, expected):
    observations = harmonise(KINDS[kind]())
    out = ms.aggregate(observations, ["destination", "sex"])
    wanted = ms.aggregate(expected, ["destination", "sex"])
    library = {"pandas": pd.DataFrame, "pyarrow": pa.Table}.get(kind) or pytest.importorskip("polars").DataFrame
    results = {
        "printed_totals": lambda one, cells: one.printed_totals(),
        "where": lambda one, cells: one.where(sex="F").printed_totals(),
        "concat": lambda one, cells: ms.concat([one.where(sex="F"), one.where(sex="M")]).printed_totals(),
        "share": lambda one, cells: cells.share("sex", "F"),
        "missing": lambda one, cells: cells.missing(),
        "check_printed": lambda one, cells: cells.check_printed(one),
        "pivot": lambda one, cells: cells.pivot("destination", "sex"),
    }
    for name, made in results.items():
        found, other = made(observations, out), made(expected, wanted)
        assert isinstance(found, library), name
        if name == "pivot":
            other = other.reset_index()
            found = found.reset_index() if kind == "pandas" else found
        plain = pa.Table.from_pandas(found, preserve_index=False) if kind == "pandas" else pa.table(found)
        other = pa.Table.from_pandas(other, preserve_index=False)
        assert plain.column_names == other.column_names, name
        assert repr(plain.to_pylist()).replace("nan", "None") == repr(other.to_pylist()).replace("nan", "None"), name


def test_results_do_not_hold_on_to_the_callers_table():
    frame = pd.DataFrame(COLUMNS)
    observations = harmonise(frame)
    held = weakref.ref(frame)
    del frame
    gc.collect()
    assert held() is None
    assert len(observations) == 6


def test_the_callers_table_is_not_changed():
    frame = pandas_frame("category", "mixed")
    before = frame.copy(deep=True)
    harmonise(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_codes_come_back_as_clean_categories(expected):
    for table in (
        expected.figures,
        ms.aggregate(expected, ["destination", "sex"], totals=["sex"]).to_arrow(),
    ):
        for column in table.columns:
            for chunk in column.chunks:
                if pa.types.is_dictionary(chunk.type):
                    values = chunk.dictionary.to_pylist()
                    assert None not in values
                    assert len(set(values)) == len(values)
        table.to_pandas()


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 1000])
def test_floats_of_numpy_are_what_pyarrow_makes_of_them(rows):
    from migstat._frame import column

    figures = np.random.default_rng(rows).random(rows)
    figures[::3] = np.nan
    layouts = [
        figures, figures[::2], figures[::-1], figures.astype("float32"), figures.astype("float16"),
        figures.astype(object), np.nan_to_num(figures), np.ma.masked_invalid(figures),
        pd.Series(figures, index=range(rows, 0, -1)),
        pd.Series(figures, dtype="Float64"), pd.DataFrame({"a": figures, "b": figures}).iloc[::2, 1],
    ]  # fmt: skip
    for layout in layouts:
        found, wanted = pa.array(column(layout)), pa.array(layout, from_pandas=True)
        found.validate(full=True)
        assert found.equals(wanted), layout
        assert found.null_count == wanted.null_count


@pytest.mark.parametrize("rows", [0, 1, 9, 1000])
@pytest.mark.parametrize(
    "categories", [["b", "a", "c"], [3, 1, 2], [1.5, 2.5], list(map(str, range(200))), []], ids=len
)
def test_categories_of_pandas_are_what_pyarrow_makes_of_them(rows, categories):
    from migstat._frame import column, table

    codes = np.random.default_rng(rows).integers(-1, len(categories), rows)
    for ordered in (False, True):
        values = pd.Categorical.from_codes(codes, categories, ordered=ordered)
        whole = pd.Series(values, index=range(rows, 0, -1))
        for layout in (whole, whole[::2], whole.dropna(), pd.Series(values).dropna(), pd.CategoricalIndex(values)):
            found, wanted = pa.array(column(layout)), pa.array(layout, from_pandas=True)
            found.validate(full=True)
            assert found.equals(wanted)
            assert (found.type, found.null_count) == (wanted.type, wanted.null_count)
        mapped = pa.table(table({"a": values}))["a"]
        assert mapped.equals(pa.chunked_array([pa.array(values, from_pandas=True)]))
