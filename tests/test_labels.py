"""Columns of labels in any layout: recode and resolve give the same answer, and categories where asked."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, strategies as st

import migstat as ms
from migstat.errors import SchemaError

SEXES = {"Female": "F", "MALES": "M", "Both sexes": "_T", "": None, "  ": None, "F": "F", "not stated": "_U"}
ROWS = st.lists(st.sampled_from([*SEXES, None]), max_size=30)


def layouts(rows):
    plain = pa.array(rows, pa.string())
    yield plain
    yield plain.cast(pa.large_string())
    yield plain.cast(pa.string_view())
    half = len(rows) // 2
    yield pa.chunked_array([plain[:half], plain[:0], plain[half:]])
    for key in (pa.int8(), pa.uint8(), pa.int16(), pa.int32(), pa.uint32(), pa.int64()):
        yield plain.dictionary_encode().cast(pa.dictionary(key, pa.string()))
    # Repeats, a null and a category of no row.
    words = [None, "nobody's", *SEXES, *SEXES]
    at = [0 if row is None else words.index(row) + len(SEXES) * (number % 2) for number, row in enumerate(rows)]
    yield pa.DictionaryArray.from_arrays(pa.array(at, pa.int16()), pa.array(words))


@given(ROWS)
def test_the_answer_does_not_depend_on_the_layout(rows):
    expected = [None if row is None else SEXES[row] for row in rows]
    for column in layouts(rows):
        for categories in (False, True):
            found = ms.codes.recode(column, "sex", categories=categories)
            assert found.to_pylist() == expected, column.type
            if categories or pa.types.is_dictionary(column.type):
                chunks = found.chunks if isinstance(found, pa.ChunkedArray) else [found]
                for chunk in chunks:
                    values = chunk.dictionary.to_pylist()
                    assert None not in values
                    assert len(set(values)) == len(values)
                if rows and pa.types.is_dictionary(column.type):
                    assert found.type.index_type == column.type.index_type


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=40))
def test_labels_of_any_length_and_script_are_kept_apart(labels):
    found = ms.areas.resolve(
        pa.array(labels, pa.string()), on_unresolved="keep", overrides={"x": "LKA"}, categories=True
    )
    one_by_one = [ms.areas.resolve(label, on_unresolved="keep", overrides={"x": "LKA"}) for label in labels]
    # A column tells its scheme of codes by all of its labels; these are not codes.
    if ms.areas.report(pa.array([*labels, "-"])).scheme is None:
        assert found.to_pylist() == one_by_one


def test_categories_are_of_the_callers_library():
    labels = ["Female", None, "MALES"]
    series = ms.codes.recode(pd.Series(labels, index=[3, 4, 5], name="Sex"), "sex", categories=True)
    assert isinstance(series.dtype, pd.CategoricalDtype)
    assert (series.index.tolist(), series.name, series.cat.categories.tolist()) == ([3, 4, 5], "Sex", ["F", "M"])
    polars = ms.codes.recode(pl.Series("Sex", labels), "sex", categories=True)
    assert polars.dtype == pl.Categorical
    assert polars.to_list() == ["F", None, "M"]
    assert ms.codes.recode(labels, "sex", categories=True) == ["F", None, "M"]
    area = ms.areas.resolve(pa.array(["Nepal", "K.S.A.", "Nepal"]), categories=True)
    assert area.type == pa.dictionary(pa.int32(), pa.string())
    assert area.to_pylist() == ["NPL", "SAU", "NPL"]
    assert ms.codes.recode(pa.array([], pa.string()), "sex", categories=True).type == area.type


def test_views_of_short_texts_do_no_harm():
    """Versions of pyarrow give them away without a buffer that others rely on: the process ended there."""
    views = pa.array(["F", None, "M"], pa.string()).cast(pa.string_view())
    assert ms.codes.recode(views, "sex").to_pylist() == ["F", None, "M"]
    numbers = pa.array([1, 2, 3])
    constants = {"origin": "LKA", "measure": "outflow", "year": 2020, "destination": "OMN"}
    table = pa.table({"s": views.cast(pa.string()).fill_null("T").cast(pa.string_view()), "n": numbers})
    for frame in (table, table.to_batches()[0], table.to_reader()):
        obs = ms.harmonise(frame, sex="s", value="n", constants=constants)
        assert obs.figures.column("sex").to_pylist() == ["F", "_T", "M"]


@pytest.mark.parametrize("key", [2, -1, 100])
def test_a_key_beyond_the_categories_names_its_row(key):
    keys = pa.array([0, 1, key], pa.int8())
    column = pa.DictionaryArray.from_arrays(keys, pa.array(["Female", "Male"]), safe=False)
    with pytest.raises(SchemaError, match=f"row 2: key {key} points beyond the 2 categories"):
        ms.codes.recode(column, "sex")
    with pytest.raises(SchemaError, match="row 5: key"):
        ms.codes.recode(pa.chunked_array([column[:0], column[:2], column[:1], column]), "sex")


def test_a_wrong_key_below_a_null_is_nobodys():
    keys = pa.Array.from_buffers(pa.int8(), 2, [pa.py_buffer(b"\x01"), pa.py_buffer(b"\x00\x63")])
    column = pa.DictionaryArray.from_arrays(keys, pa.array(["Female"]), safe=False)
    assert ms.codes.recode(column, "sex").to_pylist() == ["F", None]


LONG = """
import hashlib, numpy as np, pyarrow as pa, migstat as ms
words = pa.array(["Nepal", "K.S.A.", "Bolivia (Plurinational State of)", None, "Oman ", "United Arab Emirates", "Chad"])
keys = (np.arange(2_200_000) ** 2 // 7 + np.arange(2_200_000) // 400_000) % 7
coded = pa.DictionaryArray.from_arrays(pa.array(keys.astype("int8")), words)
for column in (coded.cast(pa.string()), coded):
    found = ms.areas.resolve(column, categories=True)
    said = "".join(str(word) for word in found.dictionary.to_pylist())
    print(said, hashlib.sha256(found.indices.fill_null(-1).to_numpy().astype("int32").tobytes()).hexdigest())
"""


def test_threads_do_not_matter():
    def run(threads):
        done = subprocess.run(
            [sys.executable, "-c", LONG],
            env=os.environ | {"MIGSTAT_THREADS": threads},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.split(), done.stderr

    (one, _), (three, _) = run("1"), run("3")
    assert one == three
    assert one[:2] == one[2:] != []
    assert 'MIGSTAT_THREADS="many": expected a whole number from 1 to 4096' in run("many")[1]


def test_every_row_is_its_own_in_a_long_column():
    words = np.array(["Nepal", "Oman", "Bolivia (Plurinational State of)", "Chad"], dtype=object)
    keys = (np.arange(300_000) * 7 // 3) % 4
    codes = np.array(["NPL", "OMN", "BOL", "TCD"], dtype=object)
    found = ms.areas.resolve(pa.array(words[keys]), categories=True)
    assert pc.all(pc.equal(found.cast(pa.string()), pa.array(codes[keys]))).as_py()
