"""Areas: groups, their members in time, groups of one's own, and distances."""

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import migstat as ms
from migstat import _core
from migstat.errors import CodeError

KNOWN = set(pa.table(_core.area_table()).column("code").to_pylist())


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
    assert (found.tolist()[:2], found.index.tolist(), found.name) == (["m49:034", "m49:155"], [5, 6, 7], "Country")
    assert found.isna().tolist() == [False, False, True]
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
