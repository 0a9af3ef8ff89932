"""What is a corridor, and how many there are."""

import math

import pyarrow as pa
import pytest

import migstat as ms
from measured import corridors, harmonise, rows_of


def test_corridors_by_hand():
    out = ms.aggregate(corridors(), by=["origin", "destination", "sex"], totals=["origin", "destination", "sex"])
    names = ["corridors", "origins", "destinations", "unknown", "other"]
    found = out.corridors()
    assert found.columns.tolist() == ["sex", *names]
    counts = {sex: [row[name] for name in names] for (sex,), row in rows_of(found, "sex").items()}
    # "<5" is at least 1, so that it is a corridor; Others is none.
    assert counts == {"F": [3, 2, 2, 0, 1], "M": [3, 2, 2, 0, 1], "_T": [3, 2, 2, 0, 1]}
    more = {sex: [row[name] for name in names] for (sex,), row in rows_of(out.corridors(minimum=2), "sex").items()}
    assert more["F"] == [2, 1, 2, 1, 1]  # 1 to 4 may be more than 2
    most = {sex: [row[name] for name in names] for (sex,), row in rows_of(out.corridors(minimum=20), "sex").items()}
    assert most == {"F": [1, 1, 1, 0, 0], "M": [2, 2, 1, 0, 0], "_T": [3, 2, 2, 0, 0]}
    [whole] = ms.aggregate(corridors().where(sex="M"), by=["destination", "origin"]).corridors().to_dict("records")
    assert whole == dict(zip(names, [3, 2, 2, 0, 1], strict=True))


def test_what_is_no_corridor():
    frame = {
        "origin": ["LKA", "Others", "LKA", "LKA", "LKA"],
        "destination": ["STLS", "OMN", "SAU", "KWT", "OMN"],
        "n": [1, 2, 0, None, 3],
    }
    [found] = ms.aggregate(harmonise(frame), by=["origin", "destination"]).corridors().to_dict("records")
    assert found == {"corridors": 1, "origins": 1, "destinations": 1, "unknown": 1, "other": 2}
    # An estimate below the minimum is known, though more is possible; so is one of a group.
    frame = {
        "origin": ["LKA", "LKA"],
        "destination": ["OMN", "Eastern Africa"],
        "n": [3, 9],
        "low": [1, 9],
        "high": [5, 9],
    }
    [found] = ms.aggregate(harmonise(frame), by=["origin", "destination"]).corridors(4).to_dict("records")
    assert (found["corridors"], found["unknown"], found["other"]) == (0, 0, 1)
    # An area with itself is none either; harmonise sets it aside, other makers of tables may not.
    made = harmonise({"origin": ["LKA"], "destination": ["SAU"], "n": [1]})
    place = made.figures.column_names.index("destination")
    within = made.figures.set_column(place, "destination", pa.array(["LKA"]).dictionary_encode())
    whole = ms.Observations(within.to_pandas(), made._core.definitions())
    [found] = ms.aggregate(whole, by=["origin", "destination"]).corridors().to_dict("records")
    assert (found["corridors"], found["other"]) == (0, 1)


def test_corridors_need_both_ends_and_a_number():
    with pytest.raises(ms.errors.SchemaError, match="not grouped by 'origin', but by 'destination'"):
        ms.aggregate(corridors(), by=["destination"]).corridors()
    out = ms.aggregate(corridors(), by=["origin", "destination"])
    for wrong in (-1, math.nan, "many"):
        with pytest.raises(ms.errors.SchemaError, match="expected a number, 0 or more"):
            out.corridors(wrong)
