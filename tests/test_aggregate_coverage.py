"""What is missing, and where."""

import pyarrow as pa
from hypothesis import given

import migstat as ms
from measured import aggregates, harmonise, rows_of


def gaps():
    frame = {
        "destination": ["SAU", "SAU", "KWT", "KWT", "QAT", "QAT"],
        "sex": ["F", "M"] * 3,
        "n": [1, "<5", None, "..", 7, 8],
    }
    return harmonise(frame, missing={"<5": "suppressed"})


def test_coverage_says_what_is_missing():
    out = ms.aggregate(gaps(), by=["destination", "sex"], totals=["destination", "sex"])
    found = out.coverage()
    counts = ["missing.blank", "missing.missing", "missing.suppressed"]
    assert found.columns.tolist() == [
        *["destination", "sex", "figures", "missing", "coverage_cells", "coverage_value"],
        *counts,
    ]
    said = {codes: [row[name] for name in counts] for codes, row in rows_of(found, "destination", "sex").items()}
    assert said["SAU", "M"] == [0, 0, 1]
    assert said["SAU", "F"] == said["QAT", "_T"] == [0, 0, 0]
    assert said["KWT", "_T"] == [1, 1, 0]
    assert said["_T", "M"] == [0, 1, 1]
    assert said["_T", "_T"] == [1, 1, 1]
    [everything] = ms.aggregate(gaps(), by=[]).coverage().to_dict("records")
    assert [everything[name] for name in ["figures", "missing", *counts]] == [6, 3, 1, 1, 1]
    full = ms.aggregate(gaps().where(destination="QAT"), by=["sex"]).coverage()
    assert full.columns.tolist() == ["sex", "figures", "missing", "coverage_cells", "coverage_value"]


@given(aggregates())
def test_what_is_missing_adds_up(made):
    for out in made[:2]:
        found = pa.table(out.coverage()).to_pandas()
        assert len(found) == len(out)
        said = [name for name in found if name.startswith("missing.")]
        assert found[said].sum(axis=1).tolist() == found["missing"].tolist()


def test_cells_below_the_coverage_asked_for():
    out = ms.aggregate(gaps(), by=["destination"], min_coverage=0.6)
    # Nobody emptied Kuwait: it has no value to show.
    [found] = out.below_coverage().to_dict("records")
    assert (found["destination"], found["figures"], found["missing"], found["coverage_cells"]) == ("SAU", 2, 1, 0.5)
    assert (found["missing.suppressed"], found["missing.blank"]) == (1, 0)
    assert len(ms.aggregate(gaps(), by=["destination"]).below_coverage()) == 0
