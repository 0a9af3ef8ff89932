"""Records beside a benchmark: which figures are brought together, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import migstat as ms
from migstat.errors import SchemaError

NPL = {"origin": "NPL", "measure": "labour_outflow", "reporter": "NPL"}


def figures(columns, **constants):
    said = {name: one for name, one in (NPL | constants).items() if name not in columns}
    return ms.harmonise(columns, value="n", constants=said, **{name: name for name in columns if name != "n"})


def beside(records, benchmark):
    return ms.quality.report(records, benchmark=benchmark, rules=["benchmark"])


def one(destination, value, **constants):
    return figures({"destination": [destination], "year": [2018], "n": [value]}, **constants)


MIRROR = {"measure": "inflow", "reporter": "KWT", "role": "destination"}


def test_a_single_code_is_a_key_too():
    with pytest.raises(SchemaError, match="no origin and destination and year is in both"):
        beside(one("SAU", 98), one("KWT", 100, origin="BGD", **MIRROR))
    same = beside(one("KWT", 98), one("KWT", 100, **MIRROR)).benchmark
    assert same[["origin", "destination", "year", "coverage", "state"]].values.tolist() == [
        ["NPL", "KWT", 2018, 0.98, "both"]
    ]
    # What one side does not break down is added up on the other.
    records = figures({"destination": ["SAU", "KWT"], "year": [2018] * 2, "n": [30, 20]})
    whole = beside(records, one("_T", 100, measure="inflow")).benchmark
    assert whole[["records", "benchmark", "coverage"]].values.tolist() == [[50, 100, 0.5]]


def test_what_only_one_side_has_stays():
    records = figures({"destination": ["SAU", "KWT"], "year": [2018] * 2, "n": [50, 20]})
    table = {"destination": ["SAU", "QAT"], "year": [2018.0, 2018.0], "benchmark": ["100", "7"]}  # as read from CSV
    report = beside(records, table)
    found = report.benchmark.set_index("destination")
    assert found.state.to_dict() == {"SAU": "both", "KWT": "only records", "QAT": "only benchmark"}
    assert found.coverage["SAU"] == 0.5
    assert found.coverage[["KWT", "QAT"]].isna().all()
    assert report.findings.severity.tolist() == ["warning", "note"]
    assert "only benchmark" in report.to_json()
    assert "Records beside the benchmark" in report.to_html()


def test_what_the_records_lack_is_found():
    records = figures({"destination": ["SAU", "KWT"], "year": [2018] * 2, "n": [100, 20]})
    table = {"destination": ["SAU", "KWT", "QAT", "OMN", "BHR"], "benchmark": [100, 20, 5, 3, None]}
    [one] = beside(records, table).findings.to_dict("records")
    assert one["message"] == (
        "Nepal: no records for 3 of 5 keys of the benchmark, with 8 of its 128 (6.2 %): to Qatar (5); to Oman (3); to "
        "Bahrain (without a value); add them, or leave out of the benchmark what nobody was to record; where there are "
        "records, compare the codes"
    )
    assert (one["severity"], one["count"], one["value"], one["expected"], one["reporter"]) == ("note", 3, 8, 8, "NPL")
    # More of it than rates may fall short of.
    table["benchmark"][2] = 500
    assert beside(records, table).findings.severity.tolist() == ["warning"]
    # Where the benchmark counts nobody, no record is lacking.
    assert beside(records, {"destination": ["SAU", "KWT", "QAT"], "benchmark": [100, 20, 0]}).findings.empty


def test_one_finding_a_reporter_of_what_the_records_lack():
    years = range(1000, 3000)
    table = {"reporter": ["NPL"] * 2000 + ["LKA"] * 2000, "year": [*years, *years], "benchmark": [1] * 4000}
    records = figures({"destination": ["SAU", "SAU"], "year": [2018, 2019], "n": [1, 1]})
    found = beside(records, table).findings
    assert found[["reporter", "count", "severity"]].values.tolist() == [
        ["LKA", 2000, "warning"],
        ["NPL", 1998, "warning"],
    ]
    assert found.message[1].startswith(
        "Nepal: no records for 1,998 of 2,000 keys of the benchmark, with 1,998 of its 2,000 (99.9 %): 1000 (1); "
        "1001 (1); 1002 (1); 1003 (1); 1004 (1); and 1,993 more; add them"
    )


def test_totals_of_a_benchmark_are_not_counted_twice():
    records = figures({"destination": ["SAU"] * 2, "sex": ["F", "M"], "year": [2018] * 2, "n": [60, 40]})
    sexes = ["F", "M", "_T"]
    table = {"destination": ["SAU"] * 3 + ["QAT"] * 3, "sex": sexes * 2, "benchmark": [60, 40, 100, 3, 2, 5]}
    found = beside(records, table).findings
    assert "with 5 of its 105" in " ".join(found.message)


def gulf(*rows):
    """Give the findings of what a benchmark has of destinations, by sex, beside records that break only some down."""
    records = [("ARE", "_T", 500), ("KWT", "F", 5), ("KWT", "M", 6)]
    table = pd.DataFrame(records, columns=["destination", "sex", "n"])
    obs = ms.harmonise(table, destination="destination", sex="sex", value="n", constants=NPL | {"year": 2018})
    return beside(obs, pd.DataFrame(rows, columns=["destination", *["sex"][: len(rows[0]) - 2], "benchmark"])).findings


def test_a_total_counts_where_its_parts_are_not():
    known = [("ARE", "_T", 500), ("KWT", "F", 5), ("KWT", "M", 6)]
    [found] = gulf(("QAT", "_T", 1000), ("SAU", "F", 10), ("SAU", "M", 20), *known).to_dict("records")
    assert found["message"].startswith(
        "Nepal: no records for 3 of 6 keys of the benchmark, with 1,030 of its 1,541 (66.8 %): to Qatar, "
    )
    assert (found["severity"], found["count"], found["value"]) == ("warning", 3, 1030)
    # How grave it is follows the share: the 500 that are recorded are not broken down.
    [found] = gulf(("QAT", "F", 4), *known).to_dict("records")
    assert (found["severity"], found["value"]) == ("note", 4)
    assert "with 4 of its 515 (0.8 %)" in found["message"]


def test_groups_of_a_benchmark_are_not_counted_beside_their_members():
    known = [("ARE", 500), ("KWT", 11), ("QAT", 1000)]
    for groups in ([], [("grp:GCC", 1511)], [("grp:GCC", 1511), ("_T", 1520)], [("m49:145", None)]):
        [found] = gulf(*known, *groups).to_dict("records")
        assert "no records for 1 of 3 keys of the benchmark, with 1,000 of its 1,511 (66.2 %)" in found["message"]
        assert found["severity"] == "warning"
    # Members that are not there are told by the group alone.
    [found] = gulf(*known[:2], ("grp:LDC", 40)).to_dict("records")
    assert "no records for 1 of 3 keys of the benchmark, with 40 of its 551 (7.3 %)" in found["message"]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        # Whom the total counts besides its parts nobody knows.
        ([("QAT", 1000), ("grp:GCC", 1511), ("_T", 3000)], "2 of 4 keys of the benchmark: to Total (3,000)"),
        ([("QAT", 10), ("grp:LDC", 40), ("grp:SIDS", 30)], "3 of 5 keys of the benchmark: to Least"),
    ],
)
def test_no_share_is_said_of_what_cannot_be_added_up(rows, says):
    [found] = gulf(("ARE", 500), ("KWT", 11), *rows).to_dict("records")
    assert says in found["message"]
    assert found["severity"] == "warning"
    assert np.isnan(found["value"])
    assert np.isnan(found["expected"])


@pytest.mark.parametrize(
    "rows",
    [
        [("F", "_T", 60), ("M", "_T", 40), ("_T", "Y0T14", 30), ("_T", "Y15T29", 70)],
        [("F", "Y0T14", 60), ("M", "Y10T19", 40)],
    ],
)
def test_no_share_is_said_of_breakdowns_that_cross(rows):
    table = pd.DataFrame([("QAT", *row) for row in rows], columns=["destination", "sex", "age", "benchmark"])
    table.loc[len(table)] = ["SAU", "F", "Y0T14", 100]
    records = figures({"destination": ["SAU"], "sex": ["F"], "age": ["Y0T14"], "year": [2018], "n": [100]})
    [found] = beside(records, table).findings.to_dict("records")
    assert f"no records for {len(rows)} of {len(rows) + 1} keys of the benchmark: to Qatar" in found["message"]
    assert found["severity"] == "warning"


def test_parts_of_a_total_that_is_recorded_are_not_lacking():
    table = {"destination": ["SAU"] * 3, "sex": ["_T", "F", "M"], "benchmark": [98, 60, 38]}
    assert beside(one("SAU", 98), table).findings.empty


def test_records_within_a_total_of_the_benchmark_are_records():
    table = {"destination": ["SAU", "KWT"], "sex": ["_T", "F"], "benchmark": [100, 50]}
    sexes = {"destination": ["SAU", "SAU", "KWT"], "sex": ["F", "M", "F"], "year": [2018] * 3}
    assert beside(figures(sexes | {"n": [60, 40, 50]}), table).findings.empty
    # What is not recorded within it is lacking.
    [found] = beside(figures(sexes | {"n": [10, 20, 50]}), table).findings.to_dict("records")
    assert "no records for 1 of 2 keys of the benchmark, with 70 of its 150 (46.7 %)" in found["message"]


def test_a_benchmark_that_cannot_be_is_refused_in_the_call():
    with pytest.raises(SchemaError, match="expected a number of at least 0"):
        ms.quality.report(one("SAU", 50), benchmark={"year": [2018], "benchmark": [-1]}, rules=[])
    with pytest.raises(SchemaError):
        ms.quality.report(one("SAU", 50), as_of="soon", rules=[])
    with pytest.raises(SchemaError):
        ms.quality.report(one("SAU", 50), scheduled="soon", rules=[])


def test_missing_is_not_zero_in_a_rate():
    records = figures({"destination": ["SAU", "KWT"], "year": [2018] * 2, "n": [50, None]})
    report = beside(records, {"year": [2018], "benchmark": [200]})
    [row] = report.benchmark.to_dict("records")
    assert (row["missing_records"], row["missing_benchmark"]) == (1, 0)
    assert np.isnan(row["coverage"])
    assert report.findings.empty
    found = beside(records, {"destination": ["SAU", "KWT"], "benchmark": [None, 5]}).benchmark
    assert found.missing_benchmark.tolist() == [0, 1]
    assert found.coverage.isna().all()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"destinaton": ["SAU"], "benchmark": [100]}, "did you mean 'destination'"),
        ({"benchmark": [100, 200]}, "2 rows and no key"),
        ({"year": [2018.5], "benchmark": [100]}, "2018.5 is no year"),
        ({"year": [2018, None], "benchmark": [100, 100]}, "year is empty in row 1"),
        ({"year": [2018], "benchmark": ["a"]}, "expected a number of at least 0"),
        ({"year": [2018], "benchmark": [-1]}, "expected a number of at least 0"),
    ],
)
def test_tables_that_cannot_be_a_benchmark(table, says):
    with pytest.raises(SchemaError, match=says):
        beside(one("SAU", 50), pd.DataFrame(table))


def test_one_figure_without_keys():
    assert beside(one("SAU", 50), {"benchmark": [100]}).benchmark.coverage.tolist() == [0.5]
