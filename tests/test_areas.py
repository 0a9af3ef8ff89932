"""Areas: every kind of column in, the same kind out; errors that say what to do."""

import subprocess
import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import migstat as ms
from migstat import _core
from migstat.areas import Area
from migstat.errors import CodeError, SchemaError

LABELS = ["Nepal", None, "Congo", "North Yemen", "Others", "K.S.A."]
CODES = ["NPL", None, None, "YEM-1990", "_O", "SAU"]

KNOWN = set(pa.table(_core.area_table()).column("code").to_pylist())


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


def test_errors_name_labels_rows_and_what_they_may_mean(monkeypatch):
    found = [("Nepal", "NPL"), ("n/a", "_U"), ("n/a", "_Z"), ("Pakistan", "PAK")]
    monkeypatch.setattr(_core, "near_areas", lambda label, most: found)
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
        (lambda: ms.areas.define_group("MINE", {"LKA": ("1990", None)}), "either may be None"),
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
        ("Nepalistan", None, '"Nepalistan" is not known\n  names that read like it: Nepal (NPL), '),
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
    labels = ["Saudi Arabai", "Sri Lnaka", "Nigeira", "Nepal"]
    found = ms.areas.match(labels)
    assert found.code.tolist() == ["SAU", "LKA", "NGA", "NPL"]
    guesses = found[found.confidence < 1]
    assert guesses.index.tolist() == [0, 1, 2]
    assert guesses.rule.tolist() == ["misspelt name"] * 3
    assert found.read_as.tolist() == ["Saudi Arabia", "Sri Lanka", "Nigeria", "Nepal"]
    for typos in (False, np.False_):
        assert ms.areas.resolve(labels, typos=typos) == [None, None, None, "NPL"]
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
    assert wanted == ["YUCS", "CSXX", "YUCS", "SDN-2011", "SDN"]
    assert listed(ms.areas.resolve(kind(labels), year=kind(years))) == wanted
    assert listed(ms.areas.resolve(labels, year=kind(years))) == wanted
    found = ms.areas.match(labels, year=kind(years))
    assert (
        ms.areas.match(["Viet Nam", "Viet Nam"], year=kind([1970, 1998])).candidates.tolist()[0] == "VNM VDVN RVN-1976"
    )
    assert found.outlived.tolist()[:3] == [False, False, True]


def test_years_of_every_kind():
    labels, wanted = ["Yugoslavia"] * 3, ["YUCS", "CSXX", "YUCS"]
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
    assert kept.tolist() == ["YUCS", "CSXX", "YUCS"]


@pytest.mark.parametrize(
    ("codes", "wanted", "scheme"),
    [
        (["AUS", "AUL", "GFR", "FRA", "MOR", "SWI"], ["AUT", "AUS", "DEU", "FRA", "MAR", "CHE"], "unhcr"),
        (["AU", "AS", "GM", "SP", "PO", "JA", "SW"], ["AUT", "AUS", "DEU", "ESP", "PRT", "JPN", "SWE"], "fips"),
        (["GER", "SUI", "ALG", "NED", "DEN"], ["DEU", "CHE", "DZA", "NLD", "DNK"], "ioc"),
        (["AUS", "AUT", "DEU", "FRA", "MAR"], ["AUS", "AUT", "DEU", "FRA", "MAR"], "alpha3"),
        (["LK", "ZA", "BW", "ZW", "MZ", "LK"], ["LKA", "ZAF", "BWA", "ZWE", "MOZ", "LKA"], "alpha2"),
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
