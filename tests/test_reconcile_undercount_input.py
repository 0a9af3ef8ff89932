"""What undercount is given: names of references, pairs, dates, numbers out of bounds."""

import datetime

import numpy as np
import pandas as pd
import pytest

import migstat as ms
from migstat.errors import CodeError, DefinitionError, SchemaError

undercount = ms.reconcile.undercount


def pairs(**columns):
    table = {"origin": ["DNK", "SWE"], "destination": ["AUT"] * 2, "year": [2002] * 2}
    return table | {"inflow": [100.0, 200.0], "outflow": [120.0, 180.0]} | columns


# ---- the reference


@pytest.mark.parametrize("reference", [("Denmark",), ("DK",), ("Denmark", "DNK")])
def test_names_and_other_codes_are_references(reference):
    pd.testing.assert_frame_equal(undercount(pairs(), reference), undercount(pairs(), ("DNK",)))


def test_what_is_no_country_is_no_reference():
    with pytest.raises(CodeError, match="Europe"):
        undercount(pairs(), ("Europe",))


def test_a_reference_that_no_pair_has():
    with pytest.raises(CodeError, match="no pair"):
        undercount(pairs(), ("NPL",))


def test_ends_that_are_no_areas():
    with pytest.raises(CodeError, match="Denmark"):
        undercount(pairs(origin=["Denmark", "SWE"]))
    assert len(undercount(pairs(origin=["m49:150", "SWE"]))) == 1


# ---- pairs


def test_pairs_that_cannot_be_compared_are_left_out_and_counted():
    found = undercount(pairs(comparable=[False, True]))
    [one] = found.query("reporter == 'AUT'").to_dict("records")
    assert (one["partners"], one["not_comparable"], one["ratio"]) == (1, 1, pytest.approx(200 / 180))
    whole = undercount(pairs(comparable=[False, True]), only_comparable=False)
    pd.testing.assert_frame_equal(whole, undercount(pairs()))
    # What is not said may be compared.
    assert undercount(pairs(comparable=[None, None])).partners.tolist() == [2]


def test_minimum_stays_are_of_flows():
    with pytest.raises(DefinitionError, match="stock"):
        undercount(pairs(family=["stock"] * 2), durations="imem")
    assert len(undercount(pairs(family=["stock"] * 2))) == 1
    assert len(undercount(pairs(family=["flow"] * 2), durations="imem")) == 1


@pytest.mark.parametrize(
    "dates",
    [[datetime.date(2002, 1, 1)] * 2, pd.to_datetime(["2002-01-01 12:00"] * 2), ["2002-01-01"] * 2],
)
def test_dates_say_when(dates):
    table = pd.DataFrame(pairs(date=dates)).drop(columns="year")
    assert undercount(table, durations="imem").ratio.notna().all()


# ---- columns of pandas


def test_columns_of_other_indexes_are_not_put_side_by_side():
    a, b = pd.Series([0.1, 0.2], index=["AUT", "DEU"]), pd.Series([0.3, 0.4], index=["DEU", "AUT"])
    with pytest.raises(SchemaError, match="index"):
        ms.reconcile.combine_scores(a, b, 0.5)
    with pytest.raises(SchemaError, match="index"):
        ms.reconcile.lfs_undercount(a, b + 1, 5)
    assert ms.reconcile.combine_scores(a, b.reindex(a.index), 0.5).index.tolist() == ["AUT", "DEU"]


def test_a_score_may_be_missing_as_pandas_says_it():
    assert np.isnan(ms.reconcile.combine_scores(pd.NA, 0.5, 0.5))
    assert ms.reconcile.combine_scores(pd.NA, 0.5, 0.5, missing="reweight") == pytest.approx(0.5)


# ---- out of bounds


@pytest.mark.parametrize("bootstrap", [1, -1, 10**14, 2**62, 2**70, 1.5, True, None])
def test_draws_that_cannot_be(bootstrap):
    with pytest.raises(SchemaError, match="bootstrap"):
        undercount(pairs(), bootstrap=bootstrap)


def test_columns_that_tell_flows_apart():
    for by in ("year", ["year"], None, ()):
        assert undercount(pairs(), by=by).columns.tolist() == undercount(pairs()).columns.tolist()
    with pytest.raises(SchemaError, match="by=3"):
        undercount(pairs(), by=3)


def test_no_pairs_at_all():
    empty = {name: [] for name in ("origin", "destination", "year", "inflow", "outflow")}
    with pytest.raises(SchemaError):
        ms.reconcile.fit_durations(empty)
