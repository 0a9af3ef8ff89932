"""Areas: what is said of a column and of a label, and what to do about those that stand for no area."""

import pandas as pd
import pyarrow as pa
import pytest

import migstat as ms
from migstat import _core
from migstat.errors import CodeError


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
    assert [text[:11] for text in report.unmatched.near.fillna("")] == ["", "Nepal (NPL)", ""]
    assert report.ambiguous.candidates.tolist() == ["COG COD"]
    assert report.guessed[["label", "code", "read_as"]].values.tolist() == [["Saudi Arabai", "SAU", "Saudi Arabia"]]
    assert report.former[["code", "outlived"]].values.tolist() == [["YEM-1990", True]]
    assert report.aggregates.code.tolist() == ["m49:001"]
    assert report.overrides() == {"Zentopia": None, "Congo": None, "Nepalistan": None}
    answers = report.overrides(guessed=True) | {"Congo": "COG", "Zentopia": "_U", "Nepalistan": "NPL"}
    assert answers["Saudi Arabai"] == "SAU"
    table = {"Country": ["Congo", "Zentopia"], "n": [1, 2]}
    constants = {"measure": "inflow", "origin": "LKA", "year": 1996}
    skeleton = {"Congo": "COG", "Zentopia": None}
    obs = ms.harmonise(table, destination="Country", value="n", constants=constants, overrides=skeleton)
    assert obs.to_pandas(full=True).destination.tolist() == ["COG"]
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
    assert len(lines) <= 15
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
    report = ms.areas.report(["Viet Nam"] * 4, year=[1998, 1970, 1970, None])
    assert (report.rows, report.labels, report.blank) == (4, 1, 0)
    assert report.ambiguous[["label", "year", "rows", "first_row"]].values.tolist() == [["Viet Nam", "1970", 2, 1]]
    assert report.overrides() == {"Viet Nam": None}


@pytest.mark.parametrize(
    ("label", "options", "words"),
    [
        ("Nigeira", {}, 'found by its name, misspelt: "Nigeria"\n  a guess of confidence 0.9'),
        ("Tyskland", {}, 'found by its name in Danish: "Tyskland" (CLDR'),
        ("lka", {}, "found by its alpha-3 code, in small letters\n  a guess of confidence 0.95"),
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
    assert report.unmatched.reason.fillna("").tolist() == ["city in RUS", ""]
    assert '"Zentopia" city in RUS (1 row, first 0)' in repr(report)
    monkeypatch.setattr(_core, "why_no_area", lambda label: ("word", ""))
    assert ms.areas.explain("Zentopia").reason == "word"
