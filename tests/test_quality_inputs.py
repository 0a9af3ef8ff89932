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


def test_kinds_of_presence_that_no_figure_has_are_known():
    for code, found in (("value", 1), ("suppressed", 0), ("not_existing", 0)):
        assert rate(some(), {"presence": [code]}) == (found, 1)
        assert rate(some(), pd.DataFrame({"presence": [code]})) == (found, 1)


def test_codes_that_cannot_be_are_refused_in_the_call():
    obs = some()
    for argument in ("expected", "relevant"):
        with pytest.raises(CodeError, match=f"^{argument}: .*Narnia"):
            ms.quality.report(obs, rules=[], **{argument: {"destination": ["Narnia"]}})
        with pytest.raises(SchemaError, match=f"^{argument}=-4: expected"):
            ms.quality.report(obs, rules=[], **{argument: -4})


@pytest.mark.parametrize(
    ("column", "codes", "says"),
    [
        (
            "sex",
            ["F", "female"],
            'column "sex", row 1: "female" is no code of sex; did you mean "F".*a code such as F, M',
        ),
        ("age", ["15-24"], 'column "age", row 0: "15-24" is no code of age; did you mean "Y15T24"'),
        ("skill", ["low", "hihg"], 'column "skill", row 1: "hihg" is no code of skill; did you mean "high"'),
        ("occupation", ["2", "99x"], 'column "occupation", row 1: "99x" is no code of occupation'),
        (
            "reason",
            ["family", "work"],
            'column "reason", row 1: "work" .* no list of the codes of reason is known, and fig',
        ),
        ("measure", ["inflwo"], 'column "measure", row 0: "inflwo" is no measure; did you mean "inflow"'),
        ("basis", ["observd"], 'column "basis", row 0: "observd" is no basis; did you mean "observed"'),
        ("presence", ["supressed"], 'column "presence", row 0: "supressed" is no presence; did you mean "suppressed"'),
        (
            "obs_status",
            ["E", "Z"],
            'column "obs_status", row 1: "Z" .* no list of the codes of obs_status is known, and figures have only E',
        ),
        ("conf_status", ["F"], 'no column of codes "conf_status"'),
        ("definition", [7], 'column "definition", row 0: "7" is no key of a definition: they go from 0 to 0'),
        ("destination", ["SAU", "Saudi Arabia"], 'row 1: "Saudi Arabia" is neither .* did you mean "SAU"'),
        ("destination", ["_X"], 'column "destination", row 0: "_X" is neither the code of an area nor a group'),
        ("reporter", ["LKAA"], 'column "reporter", row 0: "LKAA" is neither'),
        ("period", ["last week"], 'column "period", row 0: .*last week'),
        ("sex", ["F", None], 'column "sex", row 1: no code'),
    ],
)
def test_expected_codes_are_known(column, codes, says):
    table = {"destination": ["SAU"] * 2, "year": [2000] * 2, "n": [1, 2], "sex": ["F", "M"], "skill": ["low", "high"]}
    table |= {"age": ["Y15T24", "Y25T34"], "occupation": ["2", "3"], "reason": ["family", "study"]}
    table["obs_status"] = ["E", "E"]
    stated = {"origin": "LKA", "measure": "labour_outflow", "reporter": "LKA"}
    roles = {name: name for name in table if name != "n"}
    obs = ms.harmonise(table, value="n", constants=stated, schemes={"occupation": "ISCO-08"}, **roles)
    for argument in ("expected", "relevant"):
        for wanted in ({column: codes}, pd.DataFrame({column: codes})):
            with pytest.raises((CodeError, SchemaError), match=f"^{argument}: .*{says}"):
                _ = ms.quality.report(obs, rules=[], **{argument: wanted}).indicators


def test_codes_that_no_figure_has_may_be_expected():
    table = {"destination": ["SAU"], "year": [2000], "n": [1], "sex": ["F"], "skill": ["low"]}
    obs = ms.harmonise(
        table, value="n", constants={"origin": "LKA", "measure": "labour_outflow"}, **{n: n for n in table if n != "n"}
    )
    assert rate(obs, {"sex": ["F", "M"]}) == (1, 2)
    assert rate(obs, {"skill": ["low", "high", "medium"]}) == (1, 3)
    # Another way to write a period is the same period.
    assert rate(obs, {"period": ["2000-01-01/2000-12-31", "2001"]}) == (1, 2)
    assert rate(obs, pd.DataFrame({"destination": ["SAU", "GCC"], "sex": ["F", "F"]})) == (1, 2)
    assert rate(obs, {"measure": ["labour_outflow", "inflow"]}) == (1, 2)


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
