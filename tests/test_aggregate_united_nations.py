"""Rates and shares equal those that the United Nations print."""

import pyarrow as pa
import pytest

import migstat as ms
from measured import rows_of, series

# United Nations (2020), International Migrant Stock 2020, POP/DB/MIG/Stock/Rev.2020: stocks of table 1 and rates of
# table 5, both sexes.
PUBLISHED = {
    "Nepal": (
        [429974, 690225, 717900, 680729, 581889, 509471, 487564],
        [
            9.465857792995802,
            0.7862530437881419,
            -1.06332001666873,
            -3.13769149713468,
            -2.6581355079401,
            -0.879027372456244,
        ],
    ),
    "Qatar": (
        [309753, 361673, 359697, 646026, 1456413, 1687640, 2226192],
        [3.09930565962977, -0.109569565812688, 11.7115548053495, 16.2578418345987, 2.94709079775545, 5.53922798433486],
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_annual_rate_is_that_of_the_united_nations(name):
    stocks, rates = PUBLISHED[name]
    out = series(dict(zip(range(1990, 2021, 5), stocks, strict=True)), name)
    assert (out.growth(kind="annual")["growth"] * 100).tolist() == pytest.approx(rates, rel=1e-9)


@pytest.fixture(scope="module")
def united_nations(shared):
    """Give the stocks of table 1 by country, sex and year, and a reader of the other tables: {country: numbers}."""
    from python_calamine import CalamineWorkbook

    path = shared / "data" / "un_desa" / "undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx"
    read = ms.read(path)
    title = next(table for table in read.definitions.table if table.startswith("Table 1:"))
    stocks = read.where(table=title)
    # The tables of percentages, which are never added, leave their definitions behind: only the first is wanted.
    stocks = ms.Observations(stocks.figures, pa.table(stocks._core.definitions()).slice(0, 1))

    def printed(sheet, columns):
        rows = CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python()
        rows = [row for row in rows if len(row) >= columns.stop and isinstance(row[columns[-1]], float)]
        codes = ms.areas.resolve([str(row[1]).strip().rstrip("*") for row in rows])
        return {code: [row[at] for at in columns] for code, row in zip(codes, rows, strict=True) if code}

    return ms.aggregate(stocks, by=["destination", "sex", "year"]), printed


def test_all_rates_that_the_united_nations_print(united_nations):
    out, printed = united_nations
    rates = rows_of(out.growth(kind="annual"), "destination", "sex", "since")
    compared = 0
    for code, numbers in printed("Table 5", range(11, 23)).items():
        cells = [(code, sex, year) for sex in ("M", "F") for year in range(1990, 2020, 5)]
        for cell, number in zip(cells, numbers, strict=True):
            if cell in rates and isinstance(number, float):
                assert rates[cell]["growth"] * 100 == pytest.approx(number, rel=1e-9, abs=1e-9), cell
                compared += 1
    assert compared > 2000


def test_all_shares_of_women_that_the_united_nations_print(united_nations):
    out, printed = united_nations
    shares = rows_of(out.female_share(), "destination", "year")
    compared = 0
    for code, numbers in printed("Table 4", range(5, 12)).items():
        for year, number in zip(range(1990, 2021, 5), numbers, strict=True):
            if (code, year) in shares and isinstance(number, float):
                assert shares[code, year]["share"] * 100 == pytest.approx(number, rel=1e-9), (code, year)
                compared += 1
    assert compared > 1400
