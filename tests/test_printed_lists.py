"""Printed totals of groups whose lists change: whom they are made of."""

import pytest

import migstat as ms


def totals(vintage=None, years=(2012, 2014)):
    """Give the state of printed totals of the least developed countries: Samoa was one of them until 2013."""
    rows = [
        (area, year, value)
        for year in years
        for area, value in {"Samoa": 5, "Nepal": 30, "Haiti": 200, "Least developed countries": 230}.items()
    ]
    table = {name: [row[at] for row in rows] for at, name in enumerate(("area", "year", "n"))}
    constants = {"measure": "stock", "reporter": "org:UNDESA"} | ({} if vintage is None else {"vintage": vintage})
    observations = ms.harmonise(table, destination="area", year="year", value="n", constants=constants)
    found = observations.printed_totals()
    return dict(zip(found.period_start.astype(str).str[:4].astype(int), found.computed, strict=True))


def test_without_a_vintage_a_total_goes_by_the_list_of_its_own_year():
    assert totals() == {2012: 235, 2014: 230}


@pytest.mark.parametrize(("vintage", "computed"), [("2013", 235), ("2014", 235), ("2015", 230), ("2020-12", 230)])
def test_a_publication_goes_by_the_list_at_the_end_of_the_year_before_it(vintage, computed):
    assert totals(vintage) == {2012: computed, 2014: computed}


def states(observations):
    """Give the printed totals of stocks in persons."""
    found = observations.printed_totals()
    stocks = observations.definitions.query("measure == 'stock' and unit == 'persons'").index
    return found[found.definition.isin(stocks)].astype({"destination": str, "sex": str})


@pytest.mark.parametrize("group", ["m49:199", "m49:934", "m49:948"])
def test_groups_of_the_united_nations_add_up_to_the_person(shared, group):
    # International Migrant Stock 2020: least developed, less developed without these, and without China and its
    # regions. Some countries print no sexes, so that men and women do not add up.
    found = states(ms.read(shared / "data/un_desa/undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx"))
    mine = found[(found.destination == group) & (found.sex == "_T")]
    assert mine.state.tolist() == ["agrees"] * 7


def test_samoa_is_lost_between_two_groups_of_2015(shared):
    # Trends in International Migrant Stock: the 2015 Revision, POP/DB/MIG/Stock/Rev.2015. Men and women of the least
    # developed countries include Samoa, which had left the list; both sexes do not, nor do the other less developed.
    observations = ms.read(shared / "data/un_desa/UN_MigrantStockTotal_2015.xlsx")
    stock = observations.where(measure="stock", unit="persons", destination="WSM", year=1990).to_pandas()
    samoa = dict(zip(stock.sex, stock.value, strict=True))
    found = states(observations)
    found = found[found.period_start.astype(str).str.startswith("1990")].set_index(["destination", "sex"]).difference
    assert samoa == {"M": 1771, "F": 1586, "_T": 3357}
    for sex, people in samoa.items():
        assert found["m49:199", sex] == (0 if sex == "_T" else people)
        assert found["m49:934", sex] == -people
