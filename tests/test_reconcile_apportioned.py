"""What was divided as it is listed, and what allocations refuse."""

import pandas as pd
import pytest

import migstat as ms
from former_states import observed, shown
from migstat.errors import CodeError, SchemaError

reconcile = ms.reconcile
SHARES = {"CZE": 0.6, "SVK": 0.4}


def allocated(rows, **options):
    obs = observed(rows, measure="stock", concept="birth")
    return reconcile.allocate_residuals(obs, **options)


@pytest.mark.parametrize("area", ["_T", "m49:142", "_O"])
def test_nobody_is_allocated_to_what_is_no_country(area):
    with pytest.raises(CodeError, match="is no country or former state"):
        allocated([("_O", "QAT", 2015, 5)], how="propensities", propensities={area: 1.0})


def test_a_label_that_stands_twice_is_refused():
    weights = pd.Series([0.5, 0.25, 0.25], index=["IND", "NPL", "IND"])
    with pytest.raises(SchemaError, match="'IND' stands there twice"):
        allocated([("_O", "QAT", 2015, 5)], how="propensities", propensities=weights)
    shares = pd.Series([0.5, 0.5, 0.5], index=["CZE", "SVK", "CZE"])
    with pytest.raises(SchemaError, match="'CZE' stands there twice"):
        reconcile.split(observed([("CSHH", "DEU", 1991, 5)]), "CSHH", shares=shares)


def test_a_cell_has_one_group(shared):
    un = ms.read(shared / "data" / "un_desa" / "UN_MigrantStockByOriginAndDestination_2015.xlsx")
    obs = un.where(destination="BDI")
    other = next(one for one in obs.figures.to_pylist() if one["origin"] == "_O" and one["value"])
    row, column = ("row", other["row"]), ("column", other["column"])

    def divided(within):
        return reconcile.allocate_residuals(obs, how="proportional", within=within)

    with pytest.raises(SchemaError, match=rf"row {other['row']} and column {other['column']}"):
        divided({row: "m49:142", column: "m49:002"})
    same = divided({row: "m49:142", column: "m49:142"})
    assert len(same) == len(divided({column: "m49:142", row: "m49:142"}))


def test_citizens_return():
    rows = [("DEU", 900), ("FRA", 100), ("_U", 50)]
    table = {"citizenship": [code for code, _ in rows], "n": [n for _, n in rows]}
    stated = {"origin": "_T", "destination": "DEU", "measure": "inflow", "role": "destination", "year": 2015}
    obs = ms.harmonise(table, citizenship="citizenship", value="n", constants=stated)
    found = reconcile.allocate_residuals(obs, "citizenship", how="proportional").check()
    assert shown(found, "citizenship", "value")[2:] == [("DEU", 45.0), ("FRA", 5.0)]


def test_residuals_without_values_are_not_nothing():
    obs = observed([("IND", "QAT", 2015, 60), ("_O", "QAT", 2015, None)], measure="stock", concept="birth")
    found = reconcile.residual_shares(obs)
    assert found[["rows", "missing", "named"]].values.tolist() == [[1, 1, 60.0]]
    assert found[["residual", "share"]].isna().all(axis=None)


def test_what_was_printed_is_known_from_some_parts():
    split = reconcile.split(observed([("CSHH", "DEU", 1991, 100)]), "CSHH", shares=SHARES)
    part = split.where(origin="CZE")
    assert reconcile.apportioned(part)[["value", "share", "printed"]].values.tolist() == [[60.0, 0.6, 100.0]]
    none = reconcile.split(observed([("CSHH", "DEU", 1991, 100)]), "CSHH", shares={"CZE": 0.0, "SVK": 1.0})
    assert reconcile.apportioned(none).printed.tolist() == [100.0, 100.0]
    assert reconcile.apportioned(none.where(origin="CZE")).printed.isna().all()


def test_all_of_a_figure_may_go_to_one_area():
    found = allocated([("IND", "QAT", 2015, 60), ("_O", "QAT", 2015, 10)], how="proportional")
    assert reconcile.apportioned(found)[["origin", "value", "printed"]].values.tolist() == [["IND", 10.0, 10.0]]


def test_what_was_added_up_again_is_not_divided():
    split = reconcile.split(observed([("CSHH", "DEU", 1991, 100)]), "CSHH", shares=SHARES)
    whole = reconcile.merge(split, "CSHH", by="origin")
    assert shown(whole, "origin", "value", "basis") == [("CSHH", 100.0, "apportioned")]
    assert len(reconcile.apportioned(whole)) == 0


def test_ties_go_to_the_greater_number():
    assert reconcile.largest_remainder([11, 15], total=13) == [5.0, 8.0]
    assert reconcile.largest_remainder([15, 11], total=13) == [8.0, 5.0]


@pytest.mark.parametrize("values", [[1.0, 2.0], [0.0]])
def test_a_total_below_nothing(values):
    with pytest.raises(SchemaError, match="at least 0"):
        reconcile.largest_remainder(values, total=-3)


def test_texts_are_no_numbers():
    with pytest.raises(SchemaError, match="column of numbers"):
        reconcile.largest_remainder(pd.Series(["3", "x"]))
