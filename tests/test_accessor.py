"""The accessors of pandas and polars do what the functions do."""

import importlib
import subprocess
import sys

import pandas as pd
import pytest

import migstat as ms
import migstat.pandas
from migstat.errors import SchemaError

ROLES = {
    "destination": "Country",
    "sex": "Sex",
    "value": "n",
    "year": 1996,
    "constants": {"origin": "LKA", "measure": "labour_outflow"},
}
TABLE = {"Country": ["Kuwait", "Kuwait", "Italy", "Others"], "Sex": ["M", "F", "F", "M"], "n": [5, 7, 2, 1]}


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(TABLE, index=["a", "b", "c", "d"])


def test_pandas_areas(frame):
    pd.testing.assert_series_equal(frame.migstat.areas("Country"), ms.areas.resolve(frame["Country"]))
    assert frame.migstat.areas("Country").index.tolist() == ["a", "b", "c", "d"]
    assert frame.Country.migstat.areas().tolist() == ["KWT", "KWT", "ITA", "_O"]
    found = frame.migstat.match("Country", year=1996)
    assert found.state.tolist() == ["matched", "matched", "matched", "residual"]
    pd.testing.assert_frame_equal(frame.Country.migstat.match(year=1996), found)
    assert found.index.equals(frame.index)


def test_accessors_pass_all_options_on():
    labels = {"Country": ["Yugoslavia", "Viet Nam", "Congo", "Nigeira"], "Year": [1985, 1970, 1998, 1998]}
    frame = pd.DataFrame(labels, index=["a", "b", "c", "d"])
    wanted = ["YUCS", "Viet Nam", "COG", "Nigeira"]
    options = {"source": "un", "typos": False, "on_unresolved": "keep"}
    assert frame.migstat.areas("Country", year="Year", **options).tolist() == wanted
    assert frame.Country.migstat.areas(year=frame.Year, **options).tolist() == wanted
    assert frame.migstat.match("Country", year="Year").state.tolist()[:2] == ["former", "ambiguous"]
    assert frame.migstat.areas("Country", to="name:ru").tolist()[3] == "Нигерия"
    report = frame.migstat.areas_report("Country", year="Year")
    assert report.overrides() == {"Viet Nam": None, "Congo": None}
    assert isinstance(report.ambiguous, pd.DataFrame)
    assert frame.Country.migstat.areas_report().overrides() == {"Congo": None}
    with pytest.raises(SchemaError, match="no column 'Yaer'"):
        frame.migstat.areas("Country", year="Yaer")
    pl = pytest.importorskip("polars")
    importlib.import_module("migstat.polars")
    frame = pl.DataFrame(labels)
    assert frame.migstat.areas("Country", year="Year", **options).to_list() == wanted
    assert frame["Country"].migstat.areas(year=frame["Year"], **options).to_list() == wanted
    assert frame.migstat.areas_report("Country", year="Year").ambiguous["label"].to_list() == ["Viet Nam", "Congo"]
    assert isinstance(frame["Country"].migstat.areas_report().guessed, pl.DataFrame)


def test_pandas_columns_that_are_not_there(frame):
    with pytest.raises(SchemaError, match="no column 'Contry'; it has 'Country', 'Sex', 'n'"):
        frame.migstat.areas("Contry")
    twice = pd.concat([frame, frame], axis=1)
    with pytest.raises(SchemaError, match="several columns 'Country'"):
        twice.migstat.match("Country")


def test_pandas_verbs(frame):
    obs = frame.migstat.harmonise(**ROLES)
    assert obs.figures.equals(ms.harmonise(frame, **ROLES).figures)
    for options in (
        {"by": ["sex"]},
        {"by": ["destination.GCC", "sex"], "totals": ["sex"], "outside": "drop"},
    ):
        found = frame.migstat.aggregate(**options, **ROLES)
        pd.testing.assert_frame_equal(found, ms.aggregate(obs, **options).to_pandas())
    assert frame.migstat.aggregate(["sex"], **ROLES).value.tolist() == [9, 6]


def test_polars():
    pl = pytest.importorskip("polars")
    importlib.import_module("migstat.polars")

    frame = pl.DataFrame(TABLE)
    assert frame.migstat.areas("Country").to_list() == ["KWT", "KWT", "ITA", "_O"]
    assert frame["Country"].migstat.areas(year=1996).name == "Country"
    assert frame["Country"].migstat.match().equals(frame.migstat.match("Country"))
    with pytest.raises(SchemaError, match="no column 'Contry'"):
        frame.migstat.areas("Contry")
    obs = frame.migstat.harmonise(**ROLES)
    found = frame.migstat.aggregate(["sex"], **ROLES)
    assert isinstance(found, pl.DataFrame)
    assert found.equals(ms.aggregate(obs, by=["sex"]).to_polars())


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_registered_where_the_library_is_loaded(library):
    pytest.importorskip(library)
    code = f"import {library}, migstat; {library}.DataFrame({{'a': ['Nepal']}}).migstat.areas('a')"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    code = f"import sys, migstat; sys.exit({library!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
