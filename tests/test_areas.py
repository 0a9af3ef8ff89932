"""Areas: every kind of column in, the same kind out; errors that say what to do."""

import subprocess
import sys
import unicodedata
import warnings
from dataclasses import FrozenInstanceError
from typing import get_args

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, strategies as st

import migstat as ms
from migstat import _core
from migstat.areas import Area, Scheme
from migstat.errors import CodeError, SchemaError

LABELS = ["Nepal", None, "Congo", "North Yemen", "Others", "K.S.A."]
CODES = ["NPL", None, None, "YEM-1990", "_O", "SAU"]

KNOWN = set(pa.table(_core.area_table()).column("code").to_pylist())
NAMES = pa.table(_core.area_table()).column("name").to_pylist()
LANGUAGES = ["ar", "de", "es", "fr", "hi", "id", "ja", "ko", "pt", "ru", "si", "sv", "ta", "tr", "vi", "zh"]
#: Names in several languages; what has three letters may be a code when written in capitals.
TONGUES = sorted(
    {name for language in LANGUAGES for name in ms.areas.name(sorted(KNOWN), language) if name and len(name) > 3}
    | set(NAMES)
)
SCHEMES = [None, *get_args(Scheme)]


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


def test_lists_of_text_import_nothing():
    code = (
        "import sys, migstat as ms; ms.areas.resolve('Nepal', to='name:fr');"
        "ms.areas.resolve(['Nepal', None, 'Congo'], year=[1996, None, 2000], on_unresolved='keep');"
        "sys.exit(any(name in sys.modules for name in ('pandas', 'pyarrow', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_lists_do_not_import_pandas():
    code = (
        "import sys, migstat as ms; ms.areas.resolve(['Nepal', None]);"
        "ms.areas.resolve('Congo', on_unresolved='keep');"
        "repr(ms.areas.explain('Narnia')); ms.areas.info('NPL'); ms.areas.members('GCC');"
        "ms.areas.name(['NPL']); ms.areas.group_of('Nepal'); ms.areas.distance('NPL', 'LKA');"
        "repr(ms.areas.report(['Narnia', 'Nepal'], year=[1996, 1997]));"
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
        ms.areas.resolve(["Nepal", "Congo", "Nepalistan", "", "Congo"], on_unresolved="error")
    assert str(caught.value) == (
        "3 labels stand for no single area\n"
        '  row 1: "Congo" may be COG (Republic of the Congo) or COD (Democratic Republic of the Congo)\n'
        '  row 2: "Nepalistan" is not known; names that read like it: Nepal (NPL), Pakistan (PAK)\n'
        '  row 3: "" is blank\n'
        'say what is meant with overrides={"Congo": "code"}, or take on_unresolved="null" or "keep"'
    )
    with pytest.raises(CodeError, match=r'^"Nepalistan" is not known; names .* overrides=\{"Nepalistan": "code"\}'):
        ms.areas.resolve("Nepalistan", on_unresolved="error")
    with pytest.raises(CodeError, match=r"9 labels .*\n(.*\n)*  and 4 more\n"):
        ms.areas.resolve([f"qqqqqqq {sign}" for sign in "abcdefghi"], on_unresolved="error")
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
        (lambda: ms.areas.resolve(["Nepal"], year=pd.Series([1996, 1997])), "year has 2 rows and the column 1"),
        (lambda: ms.areas.resolve("Nepal", year=[1996]), "one label has one year"),
        (lambda: ms.areas.resolve(["Nepal"], year=["1996"]), "expected one year"),
        (lambda: ms.areas.resolve(pa.array(["Nepal"]), year=pa.array([1996.5])), "expected whole numbers"),
        (lambda: ms.areas.resolve(pd.Series(["Nepal"]), year=pd.Series([1996], index=[5])), "different indexes"),
        (lambda: ms.areas.resolve("Nepal", scheme=3), "expected its name, such as 'alpha2'"),
        (lambda: ms.areas.resolve("Nepal", source=["un"]), "expected its name, such as 'un'"),
        (lambda: ms.areas.resolve("Nepal", to=None), "such as 'code', 'name:fr'"),
        (lambda: ms.areas.resolve("Nepal", typos="no"), "least confidence from 0.0 to 1.0"),
        (lambda: ms.areas.resolve("Nepal", typos=0), "True, False, or"),
        (lambda: ms.areas.resolve("Nepal", typos=1.5), "typos=1.5"),
        (lambda: ms.areas.resolve("Nepal", on_unresolved="drop"), "'null', 'error', 'keep'"),
        (lambda: ms.areas.resolve("Nepal", overrides=["COD"]), "mapping of labels to codes"),
        (lambda: ms.areas.match("Nepal"), "areas.explain"),
        (lambda: ms.areas.report("Nepal"), "areas.explain"),
        (lambda: ms.areas.explain(5), "one label"),
        (lambda: ms.areas.explain(["Nepal"]), "areas.match"),
        (lambda: ms.areas.info(5), "one code"),
        (lambda: ms.areas.members(5), "code or name of a group"),
        (lambda: ms.areas.name("LKA", language=None), "language, such as 'fr'"),
        (lambda: ms.areas.group_of("LKA", system=None), "system of groups"),
        (lambda: ms.areas.define_group("MINE", "LKA"), "expected codes of areas"),
        (lambda: ms.areas.define_group("MINE", 5), "expected codes of areas"),
        (lambda: ms.areas.define_group("MINE", ["LKA", 5]), "one code of an area"),
        (lambda: ms.areas.define_group("MINE", {"LKA": 1990}), "first year, last year"),
        (lambda: ms.areas.define_group("MINE", {"LKA": ("1990", None)}), "expected one year"),
        (lambda: ms.areas.distance("LKA", "SAU", between="coasts"), "'capitals', 'centroids'"),
        (lambda: ms.areas.distance(["LKA", "NPL"], ["SAU"]), "a has 2 rows and b 1"),
        (lambda: ms.areas.distance(pd.Series(["LKA"]), pd.Series(["SAU"], index=[9])), "different indexes"),
    ],
)
def test_what_is_no_column_of_labels(call, words):
    with pytest.raises(SchemaError, match=words):
        call()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ms.areas.resolve("Nepal", scheme="iso9"), '"alpha2"'),
        (lambda: ms.areas.resolve("Nepal", source="nobody"), 'unknown source "nobody": known are .*"un"'),
        (lambda: ms.areas.resolve("Nepal", to="name:xx"), 'no names of areas in "xx"'),
        (lambda: ms.areas.resolve("Nepal", to="formal:sv"), "there are ar, en, es, fr, ru, zh"),
        (lambda: ms.areas.resolve(["Nepal"], to="iso9"), 'expected "code", "name"'),
        (lambda: ms.areas.resolve(pa.array(["Nepal"]), year=pa.array(["soon"])), "expected a year such as 1996"),
        (lambda: ms.areas.name(["LKA", "Nepal"]), '"Nepal" is no code of an area'),
        (lambda: ms.areas.group_of("LKA", "nonsense"), 'systems of groups are "region"'),
        (lambda: ms.areas.scheduled("nonsense"), "unknown group"),
        (lambda: ms.areas.define_group("GCC", ["LKA"]), "is a group that migstat knows"),
        (lambda: ms.areas.define_group("MINE", ["Nepal"]), "areas.resolve first"),
        (lambda: ms.areas.define_group("MINE", {"LKA": (2000, 1990)}), "first year is after its last"),
        (lambda: ms.areas.distance("Colombo", "SAU"), "no code of an area"),
        (lambda: ms.areas.distance(["LKA", "Nepal"], "SAU"), "no code of an area"),
        (lambda: ms.areas.resolve("Congo", overrides={"Congo": "Zaire"}), "no code of an area"),
        (
            lambda: ms.areas.info("Nepalistan"),
            r"^\"Nepalistan\" is not known; names that read like it: Nepal \(NPL\)",
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
    assert list(frame.columns) == [
        *("code", "state", "rule", "confidence", "candidates"),
        *("outlived", "read_as", "language"),
    ]
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
            "Nepalistan",
            None,
            '"Nepalistan" is not known\n  names that read like it: Nepal (NPL), Pakistan (PAK)\n',
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
    assert (nepal.code, nepal.alpha2, nepal.numeric, nepal.name) == ("NPL", "NP", "524", "Nepal")
    assert (nepal.kind, nepal.parent, nepal.capital) == ("country", "m49:034", "Kathmandu")
    assert nepal.capital_position == pytest.approx((27.7, 85.3), abs=0.1)
    assert nepal.position == pytest.approx((28.2, 83.9), abs=0.5)
    assert eval(repr(nepal), {"Area": Area}) == nepal
    assert "None" not in repr(ms.areas.info("_T"))
    former = ms.areas.info("CSHH")
    assert (former.kind, former.from_year, former.to_year) == ("former", 1918, 1992)
    assert former.successors == ("CZE", "SVK")
    assert ms.areas.info("Nepal") is nepal
    assert ms.areas.info("GCC").code == "grp:GCC"
    with pytest.raises(FrozenInstanceError):
        nepal.name = "Sikkim"
    assert (ms.areas.info("grp:GCC").capital, ms.areas.info("SUHH").position) == (None, None)


def test_info_has_the_codes_of_all_lists_and_the_names_in_all_languages():
    germany = ms.areas.info("DEU")
    wanted = {"alpha2": "DE", "numeric": "276", "ioc": "GER", "fips": "GM", "unhcr": "GFR", "worldbank": "DEU"}
    assert germany.codes.items() >= wanted.items()
    wanted = {"en": "Germany", "fr": "Allemagne", "de": "Deutschland", "ar": "ألمانيا", "zh": "德国", "hi": "जर्मनी"}
    assert germany.names.items() >= wanted.items()
    assert "name" not in germany.codes
    assert ms.areas.info("_O").codes == {}


def test_members_and_groups():
    assert ms.areas.members("GCC", year=2008) == ["ARE", "BHR", "KWT", "OMN", "QAT", "SAU"]
    assert "MDV" in ms.areas.members("LDC", year=2005)
    assert "MDV" not in ms.areas.members("LDC", year=2020)
    with pytest.warns(UserWarning, match="bears no dates: they are those of today, not of 2008"):
        assert len(ms.areas.members("ESCAP", year=2008)) == 58
    with pytest.warns(UserWarning, match="no member of grp:WB-LIC .* is known for 1980"):
        assert ms.areas.members("WB-LIC", year=1980) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(ms.areas.members("ESCAP")) == 58
    groups = ms.areas.groups()
    assert list(groups.columns) == ["code", "name", "dated", "members", "scheduled"]
    assert groups.code.is_unique
    assert (groups.members > 0).all()
    of = groups.set_index("code")
    assert of.members["grp:GCC"] == 6
    assert of.scheduled["m49:199"] == len(ms.areas.scheduled("LDC")) > 0


def test_members_warn_of_changes_that_were_due_and_are_not_confirmed(monkeypatch):
    changes = [
        ("grp:GCC", "OMN", "leaves", "2031-05-01", "", ""),
        ("grp:GCC", "QAT", "leaves", "2031-05-01", "", ""),
        ("grp:GCC", "JOR", "joins", "2032", "", ""),
        ("grp:GCC", "YEM", "joins", "1999", "", ""),
        ("grp:EU", "ALB", "joins", "1999", "", ""),
    ]
    monkeypatch.setattr(_core, "scheduled_changes", lambda: changes)
    with pytest.warns(UserWarning, match="not confirmed") as caught:
        members = ms.areas.members("GCC", year=2031)
    assert "OMN" in members
    assert [str(one.message) for one in caught] == [
        "grp:GCC (Gulf Cooperation Council): Yemen (YEM) was to join in 1999, not confirmed, not listed yet; "
        "Oman (OMN) and Qatar (QAT) are to leave on 2031-05-01, not confirmed, still listed; "
        "see areas.scheduled('grp:GCC')"
    ]
    with pytest.warns(UserWarning, match=r"YEM\) was to join in 1999, not confirmed, not listed yet; see"):
        ms.areas.members("GCC")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ms.areas.members("GCC", year=1998)
        ms.areas.members("G7")
    assert ms.areas.scheduled("GCC").area.tolist() == ["OMN", "QAT", "JOR", "YEM"]
    assert len(ms.areas.scheduled()) == 5


# ---- names in all languages, misspelt names, look-alikes


@pytest.mark.parametrize(
    ("label", "code"),
    [
        *(("Allemagne", "DEU"), ("Deutschland", "DEU"), ("Tyskland", "DEU"), ("ألمانيا", "DEU"), ("Германия", "DEU")),
        *(("Côte d’Ivoire", "CIV"), ("Costa de Marfil", "CIV"), ("Elfenbeinküste", "CIV"), ("科特迪瓦", "CIV")),
        *(("ශ්‍රී ලංකාව", "LKA"), ("இலங்கை", "LKA"), ("श्रीलंका", "LKA"), ("スリランカ", "LKA"), ("스리랑카", "LKA")),
        *(("Arabie saoudite", "SAU"), ("السعودية", "SAU"), ("Саудовская Аравия", "SAU"), ("Suudi Arabistan", "SAU")),
        *(("Réunion (France)", "REU"), ("ALB: Albania", "ALB"), ("Sudan (until 2011)", "SDN-2011"), ("🇳🇵", "NPL")),
        *(("Iran, Islamic Rep.", "IRN"), ("Viet Nam(a)", "VNM"), ("Kingdom of Saudi Arabia 1/", "SAU"), ("lka", "LKA")),
    ],
)
def test_labels_as_tables_print_them(label, code):
    assert ms.areas.resolve(label) == code


@pytest.mark.parametrize(
    ("label", "code"),
    [
        *(("Saudi Arabai", "SAU"), ("Sri Lnaka", "LKA"), ("Untied States", "USA"), ("Colmobia", "COL")),
        *(("Phillipines", "PHL"), ("Kazakstan", "KAZ"), ("Afganistan", "AFG"), ("Bangldesh", "BGD")),
    ],
)
def test_misspelt_names_are_read_unless_told_not_to(label, code):
    assert ms.areas.resolve(label) == code
    assert ms.areas.resolve(label, typos=0.8) == code


def test_typos_can_be_refused():
    labels = ["Saudi Arabai", "Sri Lnaka", "Nigeira", "Nepal", "C\ufffdte d'Ivoire"]
    found = ms.areas.match(labels)
    assert found.code.tolist() == ["SAU", "LKA", "NGA", "NPL", "CIV"]
    guesses = found[found.confidence < 1]
    assert guesses.index.tolist() == [0, 1, 2, 4]
    assert guesses.rule.tolist() == ["misspelt name"] * 3 + ["name with lost letters"]
    assert found.read_as.tolist()[:4] == ["Saudi Arabia", "Sri Lanka", "Nigeria", "Nepal"]
    for typos in (False, np.False_):
        assert ms.areas.resolve(labels, typos=typos) == [None, None, None, "NPL", None]
    assert ms.areas.resolve(labels, typos=1.0)[3] == "NPL"
    least = float(found.confidence[2])
    assert ms.areas.resolve("Nigeira", typos=least - 0.01) == "NGA"
    assert ms.areas.resolve("Nigeira", typos=np.float64(least + 0.001)) is None


def test_look_alikes_are_kept_apart():
    apart = {
        "Niger": "NER",
        "Nigeria": "NGA",
        "Austria": "AUT",
        "Australia": "AUS",
        "Dominica": "DMA",
        "Dominican Republic": "DOM",
        "Dominican Rep.": "DOM",
        "Guinea": "GIN",
        "Guinea-Bissau": "GNB",
        "Equatorial Guinea": "GNQ",
        "Papua New Guinea": "PNG",
        "Slovakia": "SVK",
        "Slovenia": "SVN",
        "Iran": "IRN",
        "Iraq": "IRQ",
        "Mauritius": "MUS",
        "Mauritania": "MRT",
        "Gambia": "GMB",
        "Zambia": "ZMB",
        "Paraguay": "PRY",
        "Uruguay": "URY",
        "Samoa": "WSM",
        "American Samoa": "ASM",
        "South Africa": "ZAF",
        "Southern Africa": "m49:018",
        "Ireland": "IRL",
        "Iceland": "ISL",
        "Latvia": "LVA",
        "Lithuania": "LTU",
        "Mali": "MLI",
        "Malawi": "MWI",
        "Libya": "LBY",
        "Oman": "OMN",
        "Romania": "ROU",
    }
    assert ms.areas.resolve(list(apart)) == list(apart.values())
    assert ms.areas.resolve([name.upper() for name in apart]) == list(apart.values())
    # What lies between two names is neither.
    for between in ("Iraqn", "Slovania Republic", "China and Hong Kong", "Zambiga"):
        assert ms.areas.resolve(between, typos=0.95) in (None, *apart.values())
    assert ms.areas.resolve("China and Hong Kong") is None


# ---- years, schemes, sources, targets


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series, pa.array], ids=lambda kind: kind.__name__)
def test_a_column_of_years(kind):
    labels, years = ["Yugoslavia", "Yugoslavia", "Yugoslavia", "Sudan", "Sudan"], [1985, 1998, 2005, 2005, 2015]
    wanted = [ms.areas.resolve(label, year=year) for label, year in zip(labels, years, strict=True)]
    assert wanted[:2] == ["YUCS", None]
    assert listed(ms.areas.resolve(kind(labels), year=kind(years))) == wanted
    assert listed(ms.areas.resolve(labels, year=kind(years))) == wanted
    found = ms.areas.match(labels, year=kind(years))
    assert found.candidates.tolist()[1] == "YUCS CSXX"
    assert found.outlived.tolist()[:3] == [False, False, True]


def test_years_of_every_kind():
    labels, wanted = ["Yugoslavia"] * 3, ["YUCS", None, "YUCS"]
    for years in (
        [1985, 1998, None],
        [1985.0, np.int64(1998), float("nan")],
        pd.Series([1985, 1998, None]),
        pd.Series([1985, 1998, None], dtype="Int64"),
        pa.array(["1985", "1998", None]),
        range(1985, 2012, 13),
    ):
        assert ms.areas.resolve(labels, year=years) == wanted
    pl = pytest.importorskip("polars")
    assert ms.areas.resolve(pl.Series(labels), year=pl.Series([1985, 1998, None])).to_list() == wanted
    kept = ms.areas.resolve(pd.Series(labels), year=[1985, 1998, 2005], on_unresolved="keep")
    assert kept.tolist() == ["YUCS", "Yugoslavia", "YUCS"]


@pytest.mark.parametrize(
    ("codes", "wanted", "scheme"),
    [
        (["AUS", "AUL", "GFR", "FRA", "MOR", "SWI"], ["AUT", "AUS", "DEU", "FRA", "MAR", "CHE"], "unhcr"),
        (["AU", "AS", "GM", "SP", "PO", "JA", "SW"], ["AUT", "AUS", "DEU", "ESP", "PRT", "JPN", "SWE"], "fips"),
        (["GER", "SUI", "ALG", "NED", "DEN"], ["DEU", "CHE", "DZA", "NLD", "DNK"], "ioc"),
        (["AUS", "AUT", "DEU", "FRA", "MAR"], ["AUS", "AUT", "DEU", "FRA", "MAR"], "alpha3"),
        (["NA", "ZA", "BW", "ZW", "MZ", "NA"], ["NAM", "ZAF", "BWA", "ZWE", "MOZ", "NAM"], "alpha2"),
    ],
)
def test_a_column_of_codes_tells_its_list(codes, wanted, scheme):
    assert ms.areas.resolve(codes) == wanted
    assert ms.areas.resolve(codes, scheme=scheme) == wanted
    report = ms.areas.report([*codes, None])
    assert (report.scheme, report.evidence) == (scheme, (len(set(codes)), len(set(codes))))
    assert f"{scheme}, inferred: {len(set(codes))} of" in repr(report)
    declared = ms.areas.report(codes, scheme=scheme)
    assert declared.scheme is None


def test_na_is_namibia_only_where_the_column_says_so():
    assert ms.areas.resolve(["NA", "ZA"])[0] is None
    assert ms.areas.resolve(["NA", "ZA"], scheme="alpha2")[0] == "NAM"
    assert ms.areas.resolve(["NA", "ZA"], overrides={"NA": "_Z"}) == ["_Z", "ZAF"]


def test_the_usage_of_a_publisher_decides():
    assert ms.areas.resolve("Congo", source="un") == "COG"
    assert ms.areas.resolve(["Korea", "Congo"], source="slbfe") == ["KOR", None]
    assert ms.areas.resolve("Micronesia", source="UN") == "m49:057"
    assert ms.areas.resolve("Congo", source="un", overrides={"Congo": "COD"}) == "COD"
    assert ms.areas.explain("Congo", source="un").rule == "usage of the source"


def test_overrides_without_a_code_are_not_answers_yet():
    assert ms.areas.resolve(["Congo", "Narnia"], overrides={"Congo": "COD", "Narnia": None}) == ["COD", None]


@pytest.mark.parametrize(
    ("to", "wanted"),
    [
        ("code", ["LKA", "DEU", "m49:142", None]),
        ("name", ["Sri Lanka", "Germany", "Asia", None]),
        ("name:fr", ["Sri Lanka", "Allemagne", "Asie", None]),
        ("name:zh", ["斯里兰卡", "德国", "亚洲", None]),
        ("alpha2", ["LK", "DE", None, None]),
        ("numeric", ["144", "276", None, None]),
        ("m49", ["144", "276", "142", None]),
        ("ioc", ["SRI", "GER", None, None]),
        ("unhcr", ["LKA", "GFR", None, None]),
    ],
)
def test_to_names_and_codes_of_other_lists(to, wanted):
    labels = ["Sri Lanka", "Allemagne", "ASIA", "Congo"]
    assert ms.areas.resolve(labels, to=to) == wanted
    assert listed(ms.areas.resolve(pd.Series(labels), to=to)) == wanted
    # What has no code in the other list has an area all the same: its label is not kept.
    kept = [*wanted[:3], "Congo"]
    assert ms.areas.resolve(labels, to=to, on_unresolved="keep") == kept
    assert ms.areas.resolve(pa.array(labels), to=to, on_unresolved="keep").to_pylist() == kept
    assert ms.areas.resolve("Congo", to=to) is None


def test_names_of_codes():
    assert ms.areas.name(("LKA", None, "DEU"), "sv") == ("Sri Lanka", None, "Tyskland")
    series = pd.Series(["LKA", "DEU"], index=["a", "b"], name="code")
    found = ms.areas.name(series, "fr")
    assert (found.tolist(), found.index.tolist(), found.name) == (["Sri Lanka", "Allemagne"], ["a", "b"], "code")
    assert ms.areas.name("DEU", "fr", formal=True).endswith("République fédérale d'Allemagne")
    assert ms.areas.name("DEU", "de-AT") == "Deutschland"
    assert ms.areas.name("YUCS") == "Socialist Federal Republic of Yugoslavia"
    codes = sorted(KNOWN)
    assert ms.areas.name(codes) == [ms.areas.info(code).name for code in codes]


# ---- the report


def test_report():
    column = ["Nepal", "Nepal", "Saudi Arabai", "Congo", "Nepalistan", "Zentopia", "Zentopia", "WORLD", "North Yemen"]
    series = pd.Series([*column, "Others", None, ""])
    report = ms.areas.report(series, year=1996)
    assert (report.rows, report.blank, report.labels, report.scheme, report.evidence) == (12, 1, 9, None, None)
    states = report.counts.set_index("state")
    assert states.rows.to_dict() == {
        "matched": 3,
        "former": 1,
        "aggregate": 1,
        "residual": 1,
        "ambiguous": 1,
        "unknown": 4,
        "blank": 1,
    }
    assert states.rows.sum() == len(series)
    assert states.labels.sum() == report.labels
    assert report.unmatched.label.tolist() == ["Zentopia", "Nepalistan", ""]
    assert report.unmatched.rows.tolist() == [2, 1, 1]
    assert report.unmatched.first_row.tolist() == [5, 4, 11]
    assert listed(report.unmatched.near) == [None, "Nepal (NPL), Pakistan (PAK)", None]
    assert report.ambiguous.candidates.tolist() == ["COG COD"]
    assert report.guessed[["label", "code", "read_as"]].values.tolist() == [["Saudi Arabai", "SAU", "Saudi Arabia"]]
    assert report.former[["code", "outlived"]].values.tolist() == [["YEM-1990", True]]
    assert report.aggregates.code.tolist() == ["m49:001"]
    assert report.overrides() == {"Zentopia": None, "Congo": None, "Nepalistan": None}
    answers = report.overrides(guessed=True) | {"Congo": "COG", "Zentopia": "_U", "Nepalistan": "NPL"}
    assert answers["Saudi Arabai"] == "SAU"
    second = ms.areas.report(series, year=1996, overrides=answers)
    assert second.overrides() == {}
    assert len(second.guessed) == 0
    whole = report.to_frame()
    assert whole.rows.sum() + report.blank == len(series)
    assert whole.label.is_unique
    assert whole.code.tolist()[:2] == ["NPL", "SAU"]


def test_reports_are_short_and_say_what_to_do():
    many = [f"{name} {sign}" for name in ("Zentopia", "Qqqqqq") for sign in "abcdefgh"] * 2
    many += ["Congo", "Korea", "Micronesia", "Virgin Islands", "Saudi Arabai", "Sri Lnaka", "Untied States", "Colmobia"]
    many += ["USSR", "North Yemen", "Yugoslavia", "Czechoslovakia", "WORLD", "Asia", "Africa", "Europe", "Others", None]
    report = ms.areas.report(many)
    lines = repr(report).splitlines()
    assert len(lines) <= 16
    assert max(map(len, lines)) <= 100
    assert lines[0] == "Areas: 50 rows, 33 distinct labels, 1 blank row"
    assert 'unmatched  "Zentopia a"' in repr(report)
    assert "and 13 more: .unmatched" in repr(report)
    assert "overrides=answers" in lines[-1]
    html = report._repr_html_()
    assert "Zentopia a" in html
    assert "<script" not in html
    assert "&lt;b&gt;" in ms.areas.report(["<b>"])._repr_html_()
    assert "every label has an area" in repr(ms.areas.report(["Nepal"]))
    assert "typos=False" in repr(ms.areas.report(["Saudi Arabai"]))
    assert "nothing to read" in repr(ms.areas.report([None, None]))
    assert len(ms.areas.report([]).unmatched) == 0


def test_reports_give_tables_of_the_callers_kind():
    report = ms.areas.report(pa.array(["Congo", "Nepal"]))
    assert isinstance(report.to_frame(), pa.Table)
    assert report.ambiguous.column("label").to_pylist() == ["Congo"]
    pl = pytest.importorskip("polars")
    for column in (pl.Series(["Congo", "Nepal"]), pl.Series(["Congo", "Nepal"], dtype=pl.Categorical)):
        report = ms.areas.report(column)
        tables = [report.to_frame(), report.counts, report.unmatched, report.ambiguous]
        tables += [report.guessed, report.former, report.aggregates]
        assert all(isinstance(table, pl.DataFrame) for table in tables)


def test_reports_of_a_column_of_years_have_a_row_for_each_year():
    report = ms.areas.report(["Yugoslavia"] * 4, year=[1985, 1998, 1998, None])
    assert (report.rows, report.labels, report.blank) == (4, 1, 0)
    assert report.ambiguous[["label", "year", "rows", "first_row"]].values.tolist() == [["Yugoslavia", "1998", 2, 1]]
    assert report.overrides() == {"Yugoslavia": None}


@pytest.mark.parametrize(
    ("label", "options", "words"),
    [
        ("Nigeira", {}, 'found by its name, misspelt: "Nigeria"\n  confidence 0.9'),
        ("Tyskland", {}, 'found by its name in Danish: "Tyskland" (CLDR'),
        ("lka", {}, "found by its alpha-3 code, in small letters\n  confidence 0.95"),
        ("SUI", {"scheme": "ioc"}, "found by its IOC code"),
        ("Congo", {"source": "un"}, '"Congo" is COG, Republic of the Congo\n  found by the usage of the source'),
        ('a "quoted" label', {}, r'overrides={"a \"quoted\" label": "..."}'),
    ],
)
def test_explanations_say_how_sure_and_from_where(label, options, words):
    assert words in repr(ms.areas.explain(label, **options))


def test_explanations_have_it_all():
    found = ms.areas.explain("Tyskland")
    assert (found.read_as, found.language, found.confidence) == ("Tyskland", "da", 1.0)
    assert found.source.startswith("CLDR")
    assert found.reason is None
    unknown = ms.areas.explain("Nepalistan")
    assert (unknown.confidence, unknown.read_as, unknown.language, unknown.source) == (None, None, None, None)
    assert unknown.near[0] == ("Nepal", "NPL")


def test_why_a_label_is_no_area(monkeypatch):
    monkeypatch.setattr(_core, "why_no_area", lambda label: ("city", "RUS") if label == "Zentopia" else None)
    found = ms.areas.explain("Zentopia")
    assert found.reason == "city in RUS"
    assert '"Zentopia" is no area: city in RUS (Russian Federation)\n' in repr(found)
    with pytest.raises(CodeError, match=r'"Zentopia" is no area: city in RUS \(Russian Federation\); say what'):
        ms.areas.resolve("Zentopia", on_unresolved="error")
    report = ms.areas.report(["Zentopia", "Nepalistan"])
    assert listed(report.unmatched.reason) == ["city in RUS", None]
    assert '"Zentopia" city in RUS (1 row, first 0)' in repr(report)
    monkeypatch.setattr(_core, "why_no_area", lambda label: ("word", ""))
    assert ms.areas.explain("Zentopia").reason == "word"


# ---- groups and distances


def test_group_of():
    assert ms.areas.group_of(["LKA", "DEU", "KIR", "_O", "m49:142", None]) == [
        *("m49:034", "m49:155", "m49:057"),
        *(None, None, None),
    ]
    assert ms.areas.group_of("LKA", "region") == "m49:142"
    assert ms.areas.group_of("LKA", "ESCAP") == "grp:ESCAP-SSWA"
    assert ms.areas.group_of("LKA", "sdg") == "m49:1831"
    income = [ms.areas.group_of("LKA", "income", year=year) for year in (1996, 1997, 2019)]
    assert income[:2] == ["grp:WB-LIC", "grp:WB-LMC"]
    assert ms.areas.group_of(["GBR", "FRA"], "EU", year=2019) == ["grp:EU", "grp:EU"]
    assert ms.areas.group_of(["GBR", "FRA"], "EU", year=2020) == [None, "grp:EU"]
    series = pd.Series(["Sri Lanka", "Allemagne", "Nepalistan"], index=[5, 6, 7], name="Country")
    found = ms.areas.group_of(series)
    assert (listed(found), found.index.tolist(), found.name) == (["m49:034", "m49:155", None], [5, 6, 7], "Country")
    pl = pytest.importorskip("polars")
    assert ms.areas.group_of(pl.Series(["LKA"])).to_list() == ["m49:034"]


def test_a_group_of_ones_own_works_wherever_groups_do():
    code = ms.areas.define_group("test-gulf", {"SAU": None, "JOR": (1990, 2000), "KWT": [(1980, 1989), (1995, None)]})
    assert code == "grp:TEST-GULF"
    assert ms.areas.members("TEST-GULF") == ["KWT", "SAU"]
    assert ms.areas.members(code, year=1992) == ["JOR", "SAU"]
    assert ms.areas.members(code, year=1985) == ["KWT", "SAU"]
    assert ms.areas.group_of(["JOR", "SAU", "NPL"], code, year=1992) == [code, code, None]
    assert ms.areas.define_group("TEST-LIST", ["SAU", "KWT"], name="Two") == "grp:TEST-LIST"
    assert ms.areas.define_group("TEST-LIST", ("KWT", "SAU"), name="Two") == "grp:TEST-LIST"
    with pytest.raises(CodeError, match="defined otherwise before"):
        ms.areas.define_group("TEST-LIST", ["SAU"])
    groups = ms.areas.groups().set_index("code")
    assert (groups.name["grp:TEST-LIST"], groups.members["grp:TEST-LIST"]) == ("Two", 2)
    table = {"Country": ["Kuwait", "Saudi Arabia", "Italy"], "n": [3, 4, 5]}
    constants = {"measure": "labour_outflow", "origin": "LKA"}
    obs = ms.harmonise(table, destination="Country", year=1996, value="n", constants=constants)
    out = ms.aggregate(obs, by=["destination.TEST-LIST"]).to_pandas()
    assert out[["destination.TEST-LIST", "value"]].values.tolist() == [["grp:TEST-LIST", 7.0], ["_O", 5.0]]


def test_distance():
    # Sri Jayawardenepura Kotte to Riyadh, and pairs as atlases print them, to 1 %.
    assert ms.areas.distance("LKA", "SAU") == pytest.approx(4047, abs=2)
    for a, b, km in (("GBR", "FRA", 344), ("USA", "RUS", 7820), ("AUS", "NZL", 2325), ("FJI", "WSM", 1140)):
        assert ms.areas.distance(a, b) == pytest.approx(km, rel=0.01)
        assert ms.areas.distance(a, b) == ms.areas.distance(b, a)
    assert ms.areas.distance("LKA", "LKA") == 0
    assert ms.areas.distance("LKA", "SAU", between="centroids") != ms.areas.distance("LKA", "SAU")
    for code in ("_O", "grp:GCC", "SUHH", "m49:142", "ATA"):
        assert ms.areas.distance("LKA", code) is None


def test_distances_of_columns_are_those_of_pairs():
    codes = [code for code in sorted(KNOWN) if ms.areas.info(code).position is not None]
    for between in ("capitals", "centroids"):
        for other in ("LKA", "CHL"):
            found = ms.areas.distance(codes, other, between=between)
            wanted = [ms.areas.distance(code, other, between=between) for code in codes]
            assert [km is None for km in found] == [km is None for km in wanted]
            numbers = [[km or 0 for km in column] for column in (found, wanted)]
            assert numbers[0] == pytest.approx(numbers[1], rel=1e-12, abs=1e-6)
    with_gaps = ["LKA", None, "_O", "NPL"]
    assert [km is None for km in ms.areas.distance(with_gaps, "QAT")] == [False, True, True, False]
    assert isinstance(ms.areas.distance("QAT", tuple(with_gaps)), tuple)
    series = pd.Series(with_gaps, index=list("abcd"))
    found = ms.areas.distance(series, pd.Series(["QAT"] * 4, index=list("abcd")))
    assert found.isna().tolist() == [False, True, True, False]
    assert (found.index.tolist(), found.name) == (list("abcd"), "distance")
    assert isinstance(ms.areas.distance(np.array(["LKA"]), "QAT"), np.ndarray)
    assert ms.areas.distance(pa.array(with_gaps), "QAT").null_count == 2
    assert isinstance(ms.areas.distance(pa.chunked_array([with_gaps]), "QAT"), pa.ChunkedArray)
    pl = pytest.importorskip("polars")
    assert ms.areas.distance(pl.Series(with_gaps), "QAT").null_count() == 2


# ---- properties

near_names = st.sampled_from(NAMES).flatmap(lambda name: st.tuples(st.just(name), st.text(max_size=3)).map("".join))
labels = st.one_of(st.text(), near_names, st.sampled_from(TONGUES), st.integers(-10, 10_000).map(str))


@given(
    labels,
    st.none() | st.integers(0, 9999),
    st.sampled_from(SCHEMES),
    st.sampled_from([None, "un", "oecd", "slbfe"]),
    st.sampled_from([True, False, 0.0, 0.95]),
)
@example("\x00", None, None, None, True)
@example("\x1f\u202e\ufeff", None, None, None, 0.0)
@example("(" * 500, None, None, None, True)
@example("a" * 5000, None, None, None, 0.0)
def test_any_text_has_a_known_code_or_none(text, year, scheme, source, typos):
    options = {"year": year, "scheme": scheme, "source": source}
    code = ms.areas.resolve(text, typos=typos, **options)
    assert code is None or code in KNOWN
    kept = ms.areas.resolve(text, typos=typos, on_unresolved="keep", **options)
    assert kept == (text if code is None else code)
    said = ms.areas.explain(text, **options)
    assert (said.code is None) == (said.state in ("unknown", "ambiguous"))
    assert (said.confidence is None) == (said.code is None)
    assert set(said.candidates) <= KNOWN
    assert repr(said)
    assert repr(ms.areas.report([text], typos=typos, **options))


@given(st.text(), st.sampled_from([0.0, 0.5, 0.8, 0.9, 0.95, 1.0]), st.data())
def test_a_higher_threshold_only_takes_answers_away(text, threshold, data):
    label = data.draw(st.sampled_from(TONGUES)) + text[:2] if text else text
    loose, strict = (ms.areas.resolve(label, typos=typos) for typos in (threshold, False))
    assert strict in (None, loose)
    found = ms.areas.match([label], typos=threshold)
    if found.rule[0] == "misspelt name":
        assert found.confidence[0] >= threshold


def without_accents(text: str) -> str:
    """Remove the accents of Latin letters; in other scripts a mark may be a letter."""
    parts = unicodedata.normalize("NFKD", text)
    latin = all(unicodedata.name(sign, "").startswith("LATIN") for sign in parts if sign.isalpha())
    return "".join(sign for sign in parts if not unicodedata.combining(sign)) if latin else text


MARKS = ["", "*", "**", " 1/", " (1)", "[1]", "¹", "†", " 3)", " (a)"]
changes = st.tuples(
    st.sampled_from([str, str.upper, str.lower, str.title, str.casefold]),
    st.sampled_from([str, without_accents, lambda text: unicodedata.normalize("NFD", text)]),
    st.sampled_from(MARKS),
    st.sampled_from(["", " ", "\t", "\n", "\u00a0", "  "]),
    st.sampled_from(["", " ", "\r\n", "\u00a0\t"]),
)


@given(st.sampled_from(TONGUES), changes)
def test_case_blanks_footnotes_and_accents_never_make_another_area(name, change):
    case, accents, mark, before, after = change
    written = f"{before}{accents(case(name))}{mark}{after}"
    code = ms.areas.resolve(name)
    assert ms.areas.resolve(written) in (None, code)


@pytest.mark.parametrize("mark", [*MARKS, " \t", "\n"])
def test_footnote_marks_and_blanks_change_no_name(mark):
    assert ms.areas.resolve([f"{name}{mark}" for name in TONGUES]) == ms.areas.resolve(TONGUES)


@pytest.mark.parametrize("change", [str.upper, str.lower, str.swapcase, without_accents], ids=lambda one: one.__name__)
def test_no_name_becomes_another_areas_by_its_letters(change):
    own, found = ms.areas.resolve(TONGUES), ms.areas.resolve([change(name) for name in TONGUES])
    other = {name: (a, b) for name, a, b in zip(TONGUES, own, found, strict=True) if b not in (None, a)}
    assert other == {}


@given(st.lists(st.none() | labels, max_size=20), st.data())
def test_every_kind_of_column_says_the_same(column, data):
    # A list of codes is told from the whole column: each label alone may be read otherwise.
    wanted = ms.areas.resolve(column)
    if ms.areas.report(column).scheme is None:
        alone = [None if label is None else ms.areas.resolve(label) for label in column]
        assert all(one in (None, other) or other is None for one, other in zip(wanted, alone, strict=True))
    cut = data.draw(st.integers(0, len(column)))
    array = pa.array(column, pa.string())
    assert ms.areas.resolve(pa.chunked_array([array[:cut], array[cut:]])).to_pylist() == wanted
    assert ms.areas.resolve(array.dictionary_encode()).to_pylist() == wanted
    assert listed(ms.areas.resolve(pd.Series(column, dtype=object))) == wanted
    found = ms.areas.match(array)
    assert found.column("code").to_pylist() == wanted
    kept = ms.areas.resolve(column, on_unresolved="keep")
    assert kept == [label if code is None else code for code, label in zip(wanted, column, strict=True)]
    order = data.draw(st.permutations(range(len(column))))
    assert ms.areas.resolve([column[at] for at in order]) == [wanted[at] for at in order]
    report = ms.areas.report(column)
    assert report.to_frame().rows.sum() + report.blank == len(column)


def test_codes_are_labels_of_themselves():
    codes = sorted(KNOWN)
    assert ms.areas.resolve(codes, on_unresolved="error") == codes
