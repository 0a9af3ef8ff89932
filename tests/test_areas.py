"""Areas: every kind of column in, the same kind out; errors that say what to do."""

import subprocess
import sys
import warnings
from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, strategies as st

import migstat as ms
from migstat import _core
from migstat.areas import Area
from migstat.errors import CodeError, SchemaError

LABELS = ["Nepal", None, "Congo", "North Yemen", "Others", "K.S.A."]
CODES = ["NPL", None, None, "YEM-1990", "_O", "SAU"]


def listed(column) -> list:
    """Return any column as a list with None for what is missing."""
    values = column.to_pylist() if hasattr(column, "to_pylist") else list(column)
    return [None if value is None or value != value else value for value in values]


# ---- the kinds of column


def test_one_label():
    assert ms.areas.resolve("Ivory Coast") == "CIV"
    assert ms.areas.resolve("Congo") is None
    assert ms.areas.resolve("Congo", overrides={"Congo": "COD"}) == "COD"
    assert ms.areas.resolve("Congo", on_unresolved="keep") == "Congo"
    assert ms.areas.resolve("") is None


@pytest.mark.parametrize("kind", [list, tuple])
def test_lists_and_tuples(kind):
    found = ms.areas.resolve(kind(LABELS))
    assert type(found) is kind
    assert list(found) == CODES
    assert ms.areas.resolve(kind()) == kind()


def test_what_can_be_read_once():
    assert ms.areas.resolve(label for label in LABELS) == CODES
    assert ms.areas.resolve(dict.fromkeys(["Nepal", "India"]).keys()) == ["NPL", "IND"]


@pytest.mark.parametrize("dtype", ["object", "str", "string", "category", pd.ArrowDtype(pa.string())], ids=str)
def test_pandas_series(dtype):
    series = pd.Series(LABELS, index=list("abcdef"), name="Country", dtype=dtype)
    found = ms.areas.resolve(series)
    assert isinstance(found, pd.Series)
    assert listed(found.astype(object).where(found.notna(), None)) == CODES
    assert found.index.equals(series.index)
    assert found.name == "Country"
    if dtype == "category":
        assert isinstance(found.dtype, pd.CategoricalDtype)
    else:
        assert found.dtype == series.dtype


@pytest.mark.parametrize("dtype", ["object", "str", "category"])
def test_pandas_index_empty_and_slices(dtype):
    index = pd.Index(["Nepal", "Congo"], name="Country", dtype=dtype)
    found = ms.areas.resolve(index)
    assert isinstance(found, pd.Index)
    assert found.name == "Country"
    assert listed(found) == ["NPL", None]
    series = pd.Series(LABELS, dtype=dtype)
    assert listed(ms.areas.resolve(series[3:])) == CODES[3:]
    assert listed(ms.areas.resolve(series[::-2]).index) == [5, 3, 1]
    empty = ms.areas.resolve(series[:0])
    assert len(empty) == 0
    assert isinstance(empty, pd.Series)


def test_pandas_numbers():
    series = pd.Series([524, 144], index=[9, 9])
    assert listed(ms.areas.resolve(series)) == ["NPL", "LKA"]
    assert listed(ms.areas.resolve(series.astype(float).where([True, False]))) == ["NPL", None]
    assert listed(ms.areas.resolve(pd.Series([524, None], dtype="Int64"))) == ["NPL", None]
    assert listed(ms.areas.resolve(pd.Series([524, "LKA", 4.0, None], dtype=object))) == [
        "NPL",
        "LKA",
        "AFG",
        None,
    ]


def test_numpy():
    for array in (np.array(LABELS, dtype=object), np.array(["Nepal", "Congo"]), np.array([], dtype=str)):
        found = ms.areas.resolve(array)
        assert isinstance(found, np.ndarray)
        assert list(found) == ms.areas.resolve([None if label is None else str(label) for label in array])
    assert list(ms.areas.resolve(np.array([524, 144]))) == ["NPL", "LKA"]
    with pytest.raises(SchemaError, match="several dimensions"):
        ms.areas.resolve(np.array([["Nepal"], ["India"]]))


@pytest.mark.parametrize("dtype", ["String", "Categorical", "Enum"])
def test_polars(dtype):
    pl = pytest.importorskip("polars")
    of = {"String": pl.String, "Categorical": pl.Categorical, "Enum": pl.Enum([x for x in LABELS if x])}[dtype]
    series = pl.Series("Country", LABELS, dtype=of)
    found = ms.areas.resolve(series)
    assert isinstance(found, pl.Series)
    assert found.name == "Country"
    assert found.to_list() == CODES
    assert found.dtype == (pl.String if dtype == "String" else pl.Categorical)
    assert ms.areas.resolve(series[3:]).to_list() == CODES[3:]
    assert ms.areas.resolve(series.head(0)).to_list() == []
    assert ms.areas.resolve(series.append(series)).to_list() == CODES * 2
    assert ms.areas.resolve(pl.Series([524, None])).to_list() == ["NPL", None]
    assert isinstance(ms.areas.match(series), pl.DataFrame)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_pyarrow(kind):
    array = pa.array(LABELS, kind)
    found = ms.areas.resolve(array)
    assert isinstance(found, pa.Array)
    assert found.to_pylist() == CODES
    assert found.type == (kind if kind == pa.large_string() else pa.string())
    assert ms.areas.resolve(array[3:]).to_pylist() == CODES[3:]
    assert ms.areas.resolve(array[:0]).to_pylist() == []
    for chunks in ([array[:2], array[2:2], array[2:]], [array], []):
        chunked = ms.areas.resolve(pa.chunked_array(chunks, kind))
        assert isinstance(chunked, pa.ChunkedArray)
        assert chunked.to_pylist() == (CODES if chunks else [])
    assert isinstance(ms.areas.match(array), pa.Table)


@pytest.mark.parametrize("key", [pa.int8(), pa.int32(), pa.uint64()], ids=str)
def test_pyarrow_dictionaries(key):
    array = pa.array(LABELS).dictionary_encode().cast(pa.dictionary(key, pa.string()))
    found = ms.areas.resolve(array)
    assert pa.types.is_dictionary(found.type)
    assert found.to_pylist() == CODES
    assert ms.areas.resolve(array[2:4]).to_pylist() == CODES[2:4]
    # Labels that are null or stand twice among the values of a dictionary are still right.
    odd = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 3], key), pa.array(["Nepal", None, "Nepal", "NEPAL"]))
    assert ms.areas.resolve(odd).to_pylist() == ["NPL", None, "NPL", "NPL"]
    assert None not in ms.areas.resolve(odd).dictionary.to_pylist()


def test_anything_with_a_capsule():
    class Stranger:
        def __arrow_c_array__(self, requested_schema=None):
            return pa.array(["Nepal", None]).__arrow_c_array__(requested_schema)

    assert ms.areas.resolve(Stranger()).to_pylist() == ["NPL", None]
    assert ms.areas.match(Stranger())["code"].tolist()[0] == "NPL"


def test_columns_of_nothing():
    assert ms.areas.resolve([None, None]) == [None, None]
    assert ms.areas.resolve(pa.nulls(2)).to_pylist() == [None, None]
    assert listed(ms.areas.resolve(pd.Series([None, np.nan]))) == [None, None]
    assert ms.areas.resolve([float("nan"), pd.NA, "Nepal"]) == [None, None, "NPL"]


def test_lists_do_not_import_pandas():
    code = (
        "import sys, migstat as ms; ms.areas.resolve(['Nepal', None]);"
        "ms.areas.resolve('Congo', on_unresolved='keep');"
        "repr(ms.areas.explain('Narnia')); ms.areas.info('NPL'); ms.areas.members('GCC');"
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---- what stays without a code


def test_keep_gives_labels_back_in_every_kind():
    wanted = ["NPL", None, "Congo", "YEM-1990", "_O", "SAU"]
    columns = [LABELS, tuple(LABELS), np.array(LABELS, dtype=object), pd.Series(LABELS, dtype="category")]
    columns += [pd.Series(LABELS), pa.array(LABELS), pa.array(LABELS).dictionary_encode()]
    columns += [pa.chunked_array([LABELS[:2], LABELS[2:]]), pa.chunked_array([], pa.string())]
    for column in columns:
        found = ms.areas.resolve(column, on_unresolved="keep")
        assert listed(found) == (wanted if len(column) else [])
        kind = np.ndarray if isinstance(column, np.ndarray) else type(column)
        assert isinstance(found, kind)
    pl = pytest.importorskip("polars")
    assert ms.areas.resolve(pl.Series(LABELS), on_unresolved="keep").to_list() == wanted
    assert ms.areas.resolve([524, 4711], on_unresolved="keep") == ["NPL", "4711"]


def test_errors_name_labels_rows_and_what_they_may_mean():
    with pytest.raises(CodeError) as caught:
        ms.areas.resolve(["Nepal", "Congo", "Narnia", "", "Congo"], on_unresolved="error")
    assert str(caught.value) == (
        "3 labels stand for no single area\n"
        '  row 1: "Congo" may be COG (Republic of the Congo) or COD (Democratic Republic of the Congo)\n'
        '  row 2: "Narnia" is not known; names that read like it: Armenia (ARM), N. Africa (m49:015)\n'
        '  row 3: "" is blank\n'
        'say what is meant with overrides={"Congo": "code"}, or take on_unresolved="null" or "keep"'
    )
    with pytest.raises(CodeError, match=r'^"Narnia" is not known; names .* overrides=\{"Narnia": "code"\}'):
        ms.areas.resolve("Narnia", on_unresolved="error")
    with pytest.raises(CodeError, match=r"9 labels .*\n(.*\n)*  and 4 more\n"):
        ms.areas.resolve([f"nowhere {sign}" for sign in "abcdefghi"], on_unresolved="error")
    assert ms.areas.resolve(["Nepal", None], on_unresolved="error") == ["NPL", None]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ms.areas.resolve(5), "expected a column, found int"),
        (lambda: ms.areas.resolve(None), "expected a column, found NoneType"),
        (lambda: ms.areas.resolve(pd.DataFrame({"Country": ["Nepal"]})), "give one of its columns"),
        (lambda: ms.areas.resolve({"Country": ["Nepal"]}), "give one of its columns"),
        (lambda: ms.areas.resolve(pa.table({"Country": ["Nepal"]})), "give one of its columns"),
        (lambda: ms.areas.resolve([["Nepal"]]), "convert it first"),
        (lambda: ms.areas.resolve([1.5]), r"1\.5 \(row 0\)"),
        (lambda: ms.areas.resolve(["\ud800"]), "encoding"),
        (lambda: ms.areas.resolve("Nepal", year="1996"), "expected one year"),
        (lambda: ms.areas.resolve("Nepal", year=True), "expected one year"),
        (lambda: ms.areas.resolve(["Nepal"], year=pd.Series([1996, 1997])), "expected one year"),
        (lambda: ms.areas.resolve("Nepal", on_unresolved="drop"), "'null', 'error' or 'keep'"),
        (lambda: ms.areas.resolve("Nepal", overrides=["COD"]), "mapping of labels to codes"),
        (lambda: ms.areas.match("Nepal"), "areas.explain"),
        (lambda: ms.areas.explain(5), "one label"),
        (lambda: ms.areas.explain(["Nepal"]), "areas.match"),
        (lambda: ms.areas.info(5), "one code"),
        (lambda: ms.areas.members(5), "code or name of a group"),
    ],
)
def test_what_is_no_column_of_labels(call, words):
    with pytest.raises(SchemaError, match=words):
        call()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ms.areas.resolve("Nepal", scheme="iso9"), '"alpha2"'),
        (lambda: ms.areas.resolve("Congo", overrides={"Congo": "Zaire"}), "no code of an area"),
        (
            lambda: ms.areas.info("Narnia"),
            r"^\"Narnia\" is not known; names that read like it: Armenia \(ARM\)",
        ),
        (lambda: ms.areas.info("Congo"), r"^\"Congo\" may be COG .* or COD .*\)$"),
        (lambda: ms.areas.members("GC"), r"grp:GCC"),
        (lambda: ms.areas.members("Middle East"), "no list of the members"),
    ],
)
def test_codes_that_are_not_known(call, words):
    with pytest.raises(CodeError, match=words):
        call()


def test_policy():
    assert ms.areas.resolve(["NA", "na"], scheme="alpha2") == ["NAM", "NAM"]
    assert ms.areas.resolve("NA") is None
    assert ms.areas.resolve(["4"], scheme="numeric") == ["AFG"]
    for year in (1996, np.int64(1996), 1996.0):
        assert ms.areas.resolve("North Yemen", year=year) == "YEM-1990"
    assert ms.areas.resolve(["Congo", "CONGO "], overrides={"Congo": "COD"}) == ["COD", "COD"]


# ---- match, explain, info, members, groups


def test_match_keeps_the_index():
    frame = ms.areas.match(pd.Series(["Nepal", "North Yemen", None], index=["x", "y", "z"]), year=1996)
    assert list(frame.columns) == ["code", "state", "rule", "outlived", "candidates"]
    assert frame.index.tolist() == ["x", "y", "z"]
    assert frame.outlived.tolist() == [False, True, None]
    assert listed(frame.state.astype(object)) == ["matched", "former", None]
    assert len(ms.areas.match([])) == 0
    assert ms.areas.match(["Congo"]).candidates.tolist() == ["COG COD"]


@pytest.mark.parametrize(
    ("label", "year", "words"),
    [
        ("Nepal", None, '"Nepal" is NPL, Nepal\n  found by its English name'),
        ("Congo", 1996, '"Congo" may mean several areas in 1996:\n  COG  Republic of the Congo\n'),
        (
            "Narnia",
            None,
            '"Narnia" is not known\n  names that read like it: Armenia (ARM), N. Africa (m49:015)\n',
        ),
        ("qqqqqqq", None, '"qqqqqqq" is not known\n  no name reads like it\n'),
        ("North Yemen", 1996, "  it had ended before 1996; where it stood: YEM (Yemen)"),
        ("Sikkim", 1996, "a former state, 1642–1975"),
        ("Others", None, '"Others" is _O, Other\n  a residual\n'),
        ("WORLD", None, "a region, group or total"),
        ("", None, '"" is blank'),
        (" ", None, '" " is blank'),
    ],
)
def test_explain(label, year, words):
    assert words in str(ms.areas.explain(label, year))


def test_explain_every_area():
    for row in pa.table(_core.area_table()).to_pylist():
        said = repr(ms.areas.explain(row["name"], 2020))
        assert f"is {row['code']}, {row['name']}" in said


def test_info():
    nepal = ms.areas.info("NPL")
    assert nepal == Area("NPL", "NP", "524", "Nepal", "country", parent="m49:034")
    assert eval(repr(nepal), {"Area": Area}) == nepal
    assert "None" not in repr(ms.areas.info("_T"))
    former = ms.areas.info("CSHH")
    assert (former.kind, former.from_year, former.to_year) == ("former", 1918, 1992)
    assert former.successors == ("CZE", "SVK")
    assert ms.areas.info("Nepal") is nepal
    assert ms.areas.info("GCC").code == "grp:GCC"
    with pytest.raises(FrozenInstanceError):
        nepal.name = "Sikkim"


def test_members_and_groups():
    assert ms.areas.members("GCC", year=2008) == ["ARE", "BHR", "KWT", "OMN", "QAT", "SAU"]
    assert "MDV" in ms.areas.members("LDC", year=2005)
    assert "MDV" not in ms.areas.members("LDC")
    with pytest.warns(UserWarning, match="bears no dates: they are those of today, not of 2008"):
        assert len(ms.areas.members("ESCAP", year=2008)) == 58
    with pytest.warns(UserWarning, match="no member of grp:WB-LIC .* is known for 1980"):
        assert ms.areas.members("WB-LIC", year=1980) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(ms.areas.members("ESCAP")) == 58
    groups = ms.areas.groups()
    assert list(groups.columns) == ["code", "name", "dated"]
    assert groups.code.is_unique
    for code in groups.code:
        assert ms.areas.members(code), code


# ---- properties

KNOWN = set(pa.table(_core.area_table()).column("code").to_pylist())
NAMES = pa.table(_core.area_table()).column("name").to_pylist()
near_names = st.sampled_from(NAMES).flatmap(lambda name: st.tuples(st.just(name), st.text(max_size=3)).map("".join))
labels = st.one_of(st.text(), near_names, st.integers(-10, 10_000).map(str))


@given(
    labels,
    st.none() | st.integers(0, 9999),
    st.sampled_from([None, "name", "alpha2", "alpha3", "numeric", "m49"]),
)
@example("\x00", None, None)
@example("(" * 500, None, None)
@example("a" * 5000, None, None)
def test_any_text_has_a_known_code_or_none(text, year, scheme):
    code = ms.areas.resolve(text, year=year, scheme=scheme)
    assert code is None or code in KNOWN
    assert ms.areas.resolve(text, year=year, scheme=scheme, on_unresolved="keep") == (code or text)
    said = ms.areas.explain(text, year)
    assert (said.code is None) == (said.state in ("unknown", "ambiguous"))
    assert set(said.candidates) <= KNOWN
    assert repr(said)


@given(st.lists(st.none() | labels, max_size=20), st.data())
def test_every_kind_of_column_says_the_same(column, data):
    wanted = [None if label is None else ms.areas.resolve(label) for label in column]
    assert ms.areas.resolve(column) == wanted
    cut = data.draw(st.integers(0, len(column)))
    array = pa.array(column, pa.string())
    assert ms.areas.resolve(pa.chunked_array([array[:cut], array[cut:]])).to_pylist() == wanted
    assert ms.areas.resolve(array[cut:]).to_pylist() == wanted[cut:]
    assert ms.areas.resolve(array.dictionary_encode()).to_pylist() == wanted
    assert listed(ms.areas.resolve(pd.Series(column, dtype=object))) == wanted
    found = ms.areas.match(array)
    assert found.column("code").to_pylist() == wanted
    kept = ms.areas.resolve(column, on_unresolved="keep")
    assert kept == [code or label for code, label in zip(wanted, column, strict=True)]


def test_codes_are_labels_of_themselves():
    codes = sorted(KNOWN)
    assert ms.areas.resolve(codes, on_unresolved="error") == codes
