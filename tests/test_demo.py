"""The tour: it runs on what comes with the package and on any other table, and says only what is so."""

import re
import sys

import pandas as pd
import pytest

import migstat as ms
from migstat import _demo, _demo_picture, datasets


def tour(folder, capsys, *arguments):
    assert _demo.run(folder, *arguments) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    assert "nan" not in re.findall(r"[a-z]+", text.lower())
    return text


@pytest.fixture
def harmonised():
    def make(columns, **how):
        constants = {"measure": "labour_outflow"} | how.pop("constants", {})
        return ms.harmonise(columns, constants=constants, **how)

    return make


def test_the_tour_on_what_comes_with_the_package(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    text = tour(tmp_path / "demo", capsys)
    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == [
        "departures.png",
        "departures_by_region.csv",
        "sri_lanka_departures.parquet",
    ]
    for said in ("North Yemen", "South Yemen", "West Germany", '"Others"', "housemaids", "MIDDLE"):
        assert said in text
    assert "105 agree" in text
    assert "14 are not printed" in text
    assert re.search(r"All destinations +10,119 +8,309 +55% +125,807 +45,447 +73% +112,468 +43,104 +72%", text)
    assert "DefinitionError" in text

    back = ms.Observations.from_parquet(tmp_path / "demo" / "sri_lanka_departures.parquet")
    assert back.figures == datasets.sri_lanka_departures().figures
    cells = pd.read_csv(tmp_path / "demo" / "departures_by_region.csv")
    whole = cells[(cells.region == "_T") & (cells.skill == "_T")]
    assert whole.groupby("year").value.sum().to_dict() == {1988: 18428, 1995: 171254, 1996: 155572}
    parts = cells[(cells.region != "_T") & (cells.skill != "_T")]
    assert parts.groupby("year").value.sum().to_dict() == {1988: 18428, 1995: 171254, 1996: 155572}
    picture = (tmp_path / "demo" / "departures.png").read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(picture) < 300_000


def test_the_picture_counts_everybody():
    observations = datasets.sri_lanka_departures()
    picture = _demo_picture._picture_of_sri_lanka(_demo_picture._leaves(observations))
    drawn = {row for row, _ in picture.rows}
    assert {row for _, row, _, _ in picture.values} <= drawn
    for year, whole in {"1988": 18428, "1995": 171254, "1996": 155572}.items():
        assert sum(value for key, value in picture.values.items() if key[0] == year) == whole
    segments = {one.key for one in picture.segments}
    assert {part for *_, part in picture.values} == segments


def test_a_table_without_sex_and_skill(tmp_path, capsys, harmonised):
    observations = harmonised(
        {"Country": ["Saudi Arabia", "Kuwait", "Nowhereland", "Total"], "n": [10, 5, 2, 17]},
        destination="Country",
        value="n",
        year=2001,
        constants={"origin": "NPL"},
    )
    text = tour(tmp_path, capsys, observations, "small table.csv")
    assert text.startswith("small table.csv\n===============\n")
    assert "Nowhereland" in text
    assert "1 differs" in text
    assert pd.read_csv(tmp_path / "small_table_summary.csv").value.sum() == 15
    assert len(ms.Observations.from_parquet(tmp_path / "small_table.parquet")) == len(observations)


TABLES = {
    "one figure": (
        {"n": [3]},
        {"value": "n", "year": 2001, "constants": {"origin": "NPL", "destination": "QAT"}},
    ),
    "no value": (
        {"d": ["Qatar", "Oman"], "n": [None, None]},
        {"destination": "d", "value": "n", "year": 2001, "constants": {"origin": "NPL"}},
    ),
    "nothing matched": (
        {"d": ["Nowhere"], "n": [1]},
        {"destination": "d", "value": "n", "year": 2001, "constants": {"origin": "NPL"}},
    ),
    "many": (
        {
            "o": ["Nepal", "India", "Fiji", "Togo"] * 20,
            "y": [2000 + at // 4 for at in range(80)],
            "s": ["F", "M"] * 40,
            "n": list(range(80)),
        },
        {"origin": "o", "year": "y", "sex": "s", "value": "n", "constants": {"destination": "QAT"}},
    ),
    "stocks": (
        {"o": ["Nepal", "India"], "at": ["2010-07-01", "2015-07-01"], "n": [1, 2]},
        {"origin": "o", "date": "at", "value": "n", "constants": {"destination": "QAT", "measure": "stock"}},
    ),
    "all zero": (
        {"o": ["Nepal", "India"], "s": ["F", "M"], "n": [0, 0]},
        {"origin": "o", "sex": "s", "value": "n", "year": 2001, "constants": {"destination": "QAT"}},
    ),
    "age": (
        {"a": ["15-24", "25-34"], "n": [4, 5]},
        {"age": "a", "value": "n", "year": 2001, "constants": {"origin": "NPL", "destination": "QAT"}},
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_all_sorts(name, tmp_path, capsys, harmonised):
    columns, how = TABLES[name]
    tour(tmp_path, capsys, harmonised(columns, **how), f"{name}.csv")


@pytest.mark.parametrize(
    "load",
    [
        datasets.sri_lanka_departures_by_level,
        datasets.sri_lanka_skill_composition,
        datasets.asian_outflows,
        lambda: datasets.sri_lanka_departures().where(year=1988),
        lambda: datasets.sri_lanka_departures(levels="printed"),
        lambda: datasets.asian_outflows(kind="polars"),
    ],
    ids=["levels", "composition", "asia", "1988", "printed", "polars"],
)
def test_every_dataset(load, tmp_path, capsys):
    text = tour(tmp_path, capsys, load(), "")
    assert text.startswith("Your observations\n")
    assert (tmp_path / "observations.parquet").is_file()


def test_without_matplotlib_one_line_says_how_to_get_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    text = tour(tmp_path, capsys)
    assert text.count("pip install 'migstat[plot]'") == 1
    assert not list(tmp_path.glob("*.png"))
