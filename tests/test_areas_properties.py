"""Areas: what holds for any label and any column."""

import unicodedata
from typing import get_args

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, strategies as st

import migstat as ms
from migstat import _core
from migstat.areas import Scheme

KNOWN = set(pa.table(_core.area_table()).column("code").to_pylist())
NAMES = pa.table(_core.area_table()).column("name").to_pylist()
LANGUAGES = ["ar", "de", "es", "fr", "hi", "id", "ja", "ko", "pt", "ru", "si", "sv", "ta", "tr", "vi", "zh"]
#: Names in several languages; what has three letters may be a code when written in capitals.
TONGUES = sorted(
    {name for language in LANGUAGES for name in ms.areas.name(sorted(KNOWN), language) if name and len(name) > 3}
    | set(NAMES)
)
SCHEMES = [None, *get_args(Scheme)]

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
    series = ms.areas.resolve(pd.Series(column, dtype=object))
    assert series.where(series.notna(), None).tolist() == wanted
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
