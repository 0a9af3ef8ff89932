"""What a quality report is asked for: cells that there should be, dates, options and findings of one's own."""

import json

import numpy as np
import pandas as pd
import pytest

import migstat as ms
from migstat.errors import CodeError, SchemaError

LKA = {"origin": "LKA", "measure": "labour_outflow", "reporter": "LKA"}


def figures(columns, constants=None, **options):
    said = {name: one for name, one in (LKA | (constants or {})).items() if name not in columns}
    roles = {name: name for name in columns if name != "n"}
    return ms.harmonise(columns, value="n", constants=said, **roles, **options)


def some():
    return figures({"destination": ["SAU", "KWT"], "year": [2000, 2001], "n": [10, 20]})


def rate(obs, expected):
    row = ms.quality.report(obs, expected=expected, rules=[]).indicators.iloc[0]
    return int(row.numerator), int(row.denominator)


def test_cells_that_do_not_exist_are_not_required():
    table = {"destination": ["SAU", "KWT"] * 2, "year": [2000, 2000, 2001, 2001], "n": ["10", "n/a", "20", "x"]}
    obs = figures(table, missing={"n/a": "not_applicable", "x": "not_existing"})
    years = [2000, 2001]
    cells = pd.DataFrame({"destination": ["SAU", "KWT"] * 2, "year": np.repeat(years, 2).astype(float)})
    for expected in ("rows", "grid", {"destination": ["SAU", "KWT"], "year": years}, cells):
        assert rate(obs, expected) == (2, 2)


def test_expected_cells_that_are_nowhere():
    none = some().where(year=1900)
    wanted = {"destination": ["SAU", "KWT"], "year": [1900]}
    for expected in (2, np.int64(2), wanted, pd.DataFrame(wanted | {"year": [1900, 1900]})):
        report = ms.quality.report(none, expected=expected, rules=["completeness"])
        assert report.indicators[["numerator", "denominator"]].iloc[0].tolist() == [0, 2]
        assert len(report.findings) == 1
        assert report.to_html()


@pytest.mark.parametrize("expected", [-4, True, 2.5, {"year": ["soon"]}, pd.DataFrame({"year": [2000.5]})])
def test_expected_cells_that_cannot_be(expected):
    with pytest.raises(SchemaError):
        rate(some(), expected)


def test_expected_areas_are_known():
    for expected in ({"destination": ["Narnia"]}, pd.DataFrame({"destination": ["SAU", "Narnia"]})):
        with pytest.raises(CodeError, match="Narnia"):
            rate(some(), expected)


def test_a_balance_has_no_shares():
    for values in ([100, -100], [200, -180]):
        obs = figures({"destination": ["SAU", "Others"], "year": [2000] * 2, "n": values}, {"measure": "net"})
        report = ms.quality.report(obs)
        assert report.residuals.empty
        assert "without a category" not in report.indicators.indicator.tolist()
        assert json.loads(report.to_json())["residuals"] == []
        assert "<html" in report.to_html()


@pytest.mark.parametrize("wrong", [2026, 2019.0, np.int64(5)])
def test_a_number_is_no_date(wrong):
    for name in ("as_of", "scheduled"):
        with pytest.raises(SchemaError, match="expected a full date"):
            ms.quality.report(some(), **{name: wrong}).timeliness  # noqa: B018
    assert ms.quality.report(some(), as_of=np.datetime64("2002-01-01")).timeliness.age_days.min() == 1


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (["windows", "windows"], "'windows' is asked for twice"),
        ({"jumps": {"threshold": float("inf")}}, "not a finite number"),
        ({"jumps": 4}, "expected options by name"),
        ({"lag": {"days": "a"}}, "'a' is not a finite number"),
    ],
)
def test_rules_that_cannot_be_asked_for(rules, says):
    with pytest.raises(SchemaError, match=says):
        ms.quality.report(some(), rules=rules)


def test_numbers_of_numpy_are_numbers():
    assert len(ms.quality.report(some(), rules={"jumps": {"threshold": np.int64(4)}}).rules) == 1


@pytest.mark.parametrize("gives", [{"row": 0.7}, {"value": "5"}, {"found": True}, {"count": 1.5}])
def test_findings_of_ones_own_have_numbers(gives):
    mine = ms.quality.Rule("mine", lambda frame: [{"message": "look", **gives}])
    with pytest.raises(SchemaError, match="rule 'mine' gave"):
        ms.quality.report(some(), rules=[mine])


def test_what_is_missing_in_a_finding_is_left_out():
    mine = ms.quality.Rule("mine", lambda frame: [{"message": "look", "value": float("nan"), "row": np.int64(1)}])
    [row] = ms.quality.report(some(), rules=[mine]).findings.row
    assert row == 1
    lost = ms.quality.Rule("lost", lambda frame: [{"message": "look", "row": float("nan")}])
    with pytest.raises(SchemaError, match="rule 'lost' gave row=nan"):
        ms.quality.report(some(), rules=[lost])


def test_a_column_is_counted_by_once():
    with pytest.raises(SchemaError, match="named twice"):
        ms.quality.report(some(), rules=[]).coverage_by("year", "year")
