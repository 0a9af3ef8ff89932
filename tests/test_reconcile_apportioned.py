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


# ---- figures that were brought to another minimum stay

INTO_AUSTRIA = [("IND", "AUT", 2004, 60), ("NPL", "AUT", 2004, 31), ("_O", "AUT", 2004, 10)]
INTO_GERMANY = [("IND", "DEU", 2004, 60), ("NPL", "DEU", 2004, 30), ("_O", "DEU", 2004, 9)]
SUMS = ["destination", "year"]


def arrivals():
    """Austria counts from 3 months on (0.63 by IMEM), Germany everybody (0.53)."""
    return observed([*INTO_AUSTRIA, *INTO_GERMANY], publisher="Eurostat")


def sums(obs):
    return ms.aggregate(obs, by=SUMS, across=["criteria", "caveat"]).to_pandas().value.tolist()


def test_converted_figures_are_divided_and_every_margin_is_kept():
    converted = ms.durations.convert(arrivals())
    found = reconcile.allocate_residuals(converted, how="proportional").check()
    assert sums(found) == sums(converted)
    parts = reconcile.apportioned(found)
    assert parts.printed.tolist() == pytest.approx([6.3, 6.3, 9 * 0.53, 9 * 0.53])
    assert (parts.value / parts.share).tolist() == pytest.approx(parts.printed.tolist())
    for _, whole in parts.groupby("figure"):
        assert whole.value.sum() == whole.printed.iloc[0]
    made = [row for row in shown(found, "note", "basis", "obs_status", "share") if row[0]]
    # A part of what was adjusted is adjusted too: the further from what was seen.
    assert {(basis, status) for _, basis, status, _ in made} == {("adjusted", "E")}
    assert len(found.ledger.to_pandas().operation.unique()) == 3


def test_what_was_divided_is_converted_and_adds_up():
    whole = reconcile.allocate_residuals(arrivals(), how="proportional", integers=True)
    assert next(row for row in shown(whole, "note", "value") if row[0]) == ("part of _O", 7.0)
    found = ms.durations.convert(whole).check()
    parts = reconcile.apportioned(found)
    assert parts.value.tolist() == pytest.approx([7 * 0.63, 3 * 0.63, 6 * 0.53, 3 * 0.53])
    assert parts.printed.tolist() == pytest.approx([6.3, 6.3, 9 * 0.53, 9 * 0.53])
    other = reconcile.allocate_residuals(ms.durations.convert(arrivals()), how="proportional")
    assert sums(found) == pytest.approx(sums(other))


def test_persons_that_were_multiplied_are_not_whole():
    converted = ms.durations.convert(arrivals())
    with pytest.raises(SchemaError, match=r"row 2 \(_O to AUT, 2004\): 6.3 is no whole number.*leave integers=False"):
        reconcile.allocate_residuals(converted, how="proportional", integers=True)
    # What still is whole is divided into whole numbers.
    stated = observed([("IND", "AUT", 2004, 60), ("NPL", "AUT", 2004, 31), ("_O", "AUT", 2004, 10)], duration_months=12)
    same = reconcile.allocate_residuals(ms.durations.convert(stated), how="proportional", integers=True)
    assert reconcile.apportioned(same).value.tolist() == [7.0, 3.0]


def test_converted_figures_of_which_nothing_was_divided():
    assert reconcile.apportioned(ms.durations.convert(arrivals())).empty


def test_parts_of_one_figure_may_have_several_minimum_stays():
    obs = observed([("CSHH", "DEU", 2004, 100)], measure="outflow", role="origin", publisher="Eurostat")
    split = reconcile.split(obs, "CSHH", shares=SHARES)
    converted = ms.durations.convert(split).check()
    # Czechia counted who stays a year; to Slovakia only who leaves for good was an emigrant (x 2.26).
    found = reconcile.apportioned(converted).set_index("origin")
    assert found.value.tolist() == pytest.approx([60.0, 40 * 2.26])
    assert found.printed.tolist() == pytest.approx([100.0, 226.0])
    assert reconcile.apportioned(converted.where(origin="CZE")).printed.tolist() == [100.0]


def test_what_was_made_up_stays_so_when_it_is_converted():
    table = {"year": [2003, 2004], "n": [10, 20], "how": ["modelled", "observed"]}
    stated = {"origin": "IND", "destination": "AUT", "measure": "inflow", "reporter": "AUT", "publisher": "Eurostat"}
    obs = ms.harmonise(table, year="year", value="n", basis="how", constants=stated)
    assert ms.durations.convert(obs).figures["basis"].to_pylist() == ["modelled", "adjusted"]


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
