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
    assert len(report.findings) == 1
    assert "only benchmark" in report.to_json()
    assert "Records beside the benchmark" in report.to_html()


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
