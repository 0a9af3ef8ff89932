"""Units as they are printed, other currencies, prices of one year: nothing is added that cannot be."""

from fractions import Fraction

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import migstat as ms
from migstat.errors import CodeError, DefinitionError, SchemaError

MONEY = {"destination": "NPL", "measure": "remittance"}


def money(frame, unit="NPR million", **options):
    constants = MONEY | ({"unit": unit} if unit else {}) | options.pop("constants", {})
    return ms.harmonise(frame, **({"year": "y", "value": "n", "constants": constants} | options))


def exact(tally):
    return sum(map(Fraction, tally["value"]), Fraction(0))


def rates(*rows, column="rate"):
    return pd.DataFrame(rows, columns=["currency", "period", column])


@pytest.mark.parametrize(
    ("label", "area", "unit", "multiplier"),
    [
        ("US$ million", None, "USD", 10**6),
        ("Rs. million", "NPL", "NPR", 10**6),
        ("Rs. million", "LKA", "LKR", 10**6),
        ("in thousands", None, None, 1000),
        ("‰", None, "per_1000", 1),
        ("per cent", None, "percent", 1),
        ("Tk. crore", None, "BDT", 10**7),
        ("persons", None, "persons", 1),
        ("Number", None, None, 1),
    ],
)
def test_units_as_they_are_printed(label, area, unit, multiplier):
    assert ms.units.parse(label, area=area) == ms.units.Unit(unit, multiplier)
    assert ms.units.parse(f"  ({label.upper()}) ", area=area) == ms.units.Unit(unit, multiplier)


def test_every_listed_unit_is_read_as_itself():
    listed = ms.units.units()
    assert not listed.unit.duplicated().any()
    assert set(listed.kind) == {"count", "ratio", "money"}
    assert (listed[["label", "source"]].map(len) > 0).all(axis=None)
    for unit in listed.unit:
        assert ms.units.parse(unit).unit == unit


@pytest.mark.parametrize("label", ["Rs. million", "$", "dinars", "parsons", "", "million of what", "£ bn"])
def test_no_silent_guess(label):
    with pytest.raises(CodeError, match=r"may be|is not known"):
        ms.units.parse(label)
    with pytest.raises(SchemaError, match="expected text"):
        ms.units.parse(7)


# ---- tables


@given(st.lists(st.integers(0, 10**9), min_size=1), st.integers(0, 3), st.sampled_from([3, 5, 6, 7, 9]))
def test_decimal_text_is_scaled_before_it_is_read(numbers, places, shift):
    word = {3: "thousand", 5: "lakh", 6: "million", 7: "crore", 9: "billion"}[shift]
    texts = [f"{number // 10**places}.{number % 10**places:0{places}}" if places else str(number) for number in numbers]
    obs = money({"y": [2000 + at for at in range(len(texts))], "n": texts}, unit=f"NPR {word}")
    want = [float(Fraction(number, 10**places) * 10**shift) for number in numbers]
    assert obs.figures["value"].to_pylist() == want
    assert obs.definitions[["unit", "multiplier"]].to_numpy().tolist() == [["NPR", 10.0**shift]]
    obs.check()


def test_what_the_unit_of_a_table_says():
    table = {"y": [2020], "n": ["1.1"]}
    people = {"measure": "stock", "destination": "NPL"}
    thousands = ms.harmonise(table, year="y", value="n", constants=people | {"unit": "in thousands"})
    assert (thousands.figures["value"].to_pylist(), thousands.definitions.unit[0]) == ([1100.0], "persons")
    said_twice = money(table, unit="US$ million", constants={"multiplier": 1_000_000})
    assert said_twice.figures["value"].to_pylist() == [1_100_000.0]
    prices = money(table, unit="constant 2015 US$ million")
    assert prices.definitions[["unit", "price_base"]].to_numpy().tolist() == [["USD", "constant 2015"]]
    reporter = money(table, unit="Rs. million", constants={"reporter": "Nepal"})
    assert reporter.definitions.unit[0] == "NPR"
    wide = {"y": [2020], "a": [1], "b": [2]}
    columns = {"a": {"unit": "US$ million"}, "b": {"unit": "NPR million"}}
    both = ms.harmonise(wide, year="y", wide=columns, constants=MONEY)
    assert sorted(both.definitions.unit) == ["NPR", "USD"]
    with pytest.raises(DefinitionError, match="unit"):
        ms.aggregate(both, by=["definition"], across=["unit"])
    apart = ms.aggregate(both, by=["definition"]).to_pandas()
    assert sorted(apart.value) == [1e6, 2e6]


@pytest.mark.parametrize(
    ("unit", "extra", "why"),
    [
        ("Rs. million", {}, "may be INR, LKR.*or state the reporter"),
        ("US$ million", {"multiplier": 1000}, "units of 1e6, and multiplier of 1e3"),
        ("US$ millon", {}, "is not known"),
        ("persons", {}, 'is a count, and measure "remittance" is money'),
        ("US$", {"measure": "stock"}, 'is money, and measure "stock" is no amount'),
        ("persons", {"measure": "stock", "price_base": "current"}, "price_base is of money"),
        ("", {}, "needs a unit"),
    ],
)
def test_units_that_cannot_be(unit, extra, why):
    with pytest.raises((CodeError, SchemaError), match=why):
        money({"y": [2020], "n": [1]}, unit=unit, constants=extra)


def test_columns_of_units():
    table = {"y": [2019, 2020], "n": [1, 2], "u": ["US$ million", "US$ thousand"]}
    with pytest.raises(SchemaError, match="different powers of ten"):
        money(table, unit=None, definition={"unit": "u"})
    with pytest.raises(CodeError, match='column "u", row 1: unit "what" is not known'):
        money(table | {"u": ["USD", "what"]}, unit=None, definition={"unit": "u"})
    obs = money(table | {"u": ["US$ million", "NPR million"]}, unit=None, definition={"unit": "u"})
    assert obs.figures["value"].to_pylist() == [1e6, 2e6]


def test_ratios_are_never_added():
    for unit in ("per cent", "‰", "per 100,000", "index", "% of GDP"):
        obs = money({"y": [2019, 2020], "n": [1, 2]}, unit=unit)
        with pytest.raises(DefinitionError, match=f"figures in {obs.definitions.unit[0]} .remittance. are never added"):
            ms.aggregate(obs, by=["year"])


# ---- other currencies


MONTHS = [("NPR", f"2020-{month:02}", 100.0 + month) for month in range(1, 13)]


def test_convert_by_rates_of_the_year_or_of_its_months():
    obs = money({"y": [2019, 2020], "n": ["112", "213"]})
    found = ms.units.convert(obs, "USD", rates(("NPR", "2019", 112.0), *MONTHS)).check()
    mean = sum(rate for _, _, rate in MONTHS) / 12
    assert found.figures["value"].to_pylist() == [1e6, 213e6 / mean]
    assert found.figures["basis"].to_pylist() == ["adjusted"] * 2
    assert found.definitions.unit.tolist() == ["USD"]
    new, old = found.ledger.steps[-1]["accounts"]
    assert (old["unit"], old["definitions"], old["out"]["rows"]) == ("NPR", [], 0)
    assert exact(old["taken"]) == exact(old["adjustments"][0]["tally"]) == 325_000_000
    assert (new["unit"], new["taken"]["rows"], new["out"]["rows"]) == ("USD", 0, 2)
    assert exact(new["out"]) == -exact(new["adjustments"][0]["tally"])
    for kind in (pl.DataFrame, pa.table):
        table = kind({"currency": ["NPR", "NPR"], "year": [2019, 2020], "rate": [112, 213]})
        assert ms.units.convert(obs, "USD", table).figures["value"].to_pylist() == [1e6, 1e6]


@given(
    st.lists(
        st.tuples(st.sampled_from(["NPR", "INR", "USD"]), st.integers(2000, 2004), st.none() | st.floats(0, 1e12)),
        min_size=1,
        unique_by=lambda row: row[1],
    ),
    st.dictionaries(st.integers(2000, 2004), st.floats(0.01, 1e4), min_size=5, max_size=5),
)
def test_convert_divides_each_amount_by_its_rate(rows, levels):
    table = {"y": [row[1] for row in rows], "n": pa.array([row[2] for row in rows], pa.float64())}
    table = pa.table(table | {"u": [row[0] for row in rows]})
    obs = money(table, unit=None, definition={"unit": "u"})
    listed = [(currency, str(year), level) for year, level in levels.items() for currency in ("NPR", "INR")]
    found = ms.units.convert(obs, "USD", rates(*listed)).check()
    want = [n if n is None or unit == "USD" else n / levels[year] for unit, year, n in rows]
    assert found.figures["value"].to_pylist() == want
    assert found.definitions.unit.tolist() == ["USD"]
    assert found.figures["presence"].to_pylist() == obs.figures["presence"].to_pylist()
    total = ms.aggregate(found, by=[]).to_pandas().value[0]
    assert pd.isna(total) or total == pytest.approx(sum(value or 0 for value in want))


def test_what_cannot_be_converted():
    obs = money({"y": [2020], "n": [1]})
    whole = rates(("NPR", "2020", 118.0))
    for frame, to, why in [
        (rates(("NPR", "2019", 112.0)), "USD", "has none of NPR for 2020; it has 2019 to 2019; add a row"),
        (rates(("INR", "2020", 70.0)), "USD", "has none of NPR for 2020; it has INR"),
        (rates(("NPR", "2020", 0.0)), "USD", "row 0: 0 is not a number above 0"),
        (rates(("NPR", "2020", 1.0), ("NPR", "2020", 2.0)), "USD", "has two values, 1 and 2"),
        (rates(("Rs", "2020", 1.0)), "USD", '"Rs" is no currency'),
        (rates(("NPR", "soon", 1.0)), "USD", "column \"period\", row 0: period 'soon'"),
        (whole, "persons", 'to="persons" is no currency'),
        (whole, "US$", 'in a definition it is unit="USD"'),
        (whole.rename(columns={"rate": "value"}), "USD", "rates= has no column 'rate'"),
        (whole.drop(columns="period"), "USD", "rates= has no column 'period'"),
        (whole.astype({"rate": str}), "USD", "expected numbers"),
    ]:
        with pytest.raises((CodeError, SchemaError), match=why):
            ms.units.convert(obs, to, frame)
    people = ms.harmonise({"y": [1], "n": [1]}, year=2000, value="n", constants={"measure": "inflow"})
    with pytest.raises(SchemaError, match="no figures are amounts of money"):
        ms.units.convert(people, "USD", whole)
    with pytest.raises(SchemaError, match="found DataFrame"):
        ms.units.convert(whole, "USD", whole)
    twice = ms.concat([obs, money({"y": [2020], "n": [1]}, unit="US$ thousand")])
    with pytest.raises(DefinitionError, match=r"the same figure in (NPR and in USD|USD and in NPR): select one"):
        ms.units.convert(twice, "USD", whole)
    constant = money({"y": [2020], "n": [1]}, unit="constant 2015 NPR")
    with pytest.raises(DefinitionError, match="convert before you deflate"):
        ms.units.convert(constant, "USD", whole)


# ---- prices


def test_deflate_and_what_it_records():
    obs = money({"y": [2015, 2020, 2021], "n": [100, 125, None]}, unit="US$ million")
    index = pd.DataFrame({"year": [2015, 2020, 2021], "index": [80.0, 100.0, 110.0]})
    real = ms.units.deflate(obs, index, 2015, name="CPI").check()
    assert real.figures["value"].to_pylist() == [1e8, 1e8, None]
    assert real.definitions.price_base.tolist() == ["constant 2015 (CPI)"]
    (account,) = real.ledger.steps[-1]["accounts"]
    assert exact(account["adjustments"][0]["tally"]) == 25_000_000
    assert exact(account["taken"]) == exact(account["out"]) + 25_000_000
    nominal = obs.where(year=2020)
    with pytest.raises(DefinitionError):
        ms.aggregate(ms.concat([real.where(year=2015), nominal]), by=["destination"])
    with pytest.raises(DefinitionError, match="it is deflated already"):
        ms.units.deflate(real, index, 2015, name="CPI")
    with pytest.raises(CodeError, match="index= has none of USD for 2016"):
        ms.units.deflate(obs, index, 2016, name="CPI")
    with pytest.raises(SchemaError, match="name=''"):
        ms.units.deflate(obs, index, 2015, name="")
    both = ms.concat([obs, money({"y": [2015], "n": [1]}, constants={"destination": "IND"})])
    with pytest.raises(DefinitionError, match="prices of one country do not deflate money of another"):
        ms.units.deflate(both, index, 2015, name="CPI")
    apart = pd.concat([index.assign(currency="USD"), index.assign(currency="NPR")])
    assert len(ms.units.deflate(both, apart, "2015", name="CPI").check()) == 4


def test_fiscal_years_are_deflated_by_their_own_months():
    # METHODS: a balance of payments of fiscal years, and prices of months.
    obs = money({"y": ["2019-20"], "n": ["11"]}, unit="Rs. crore", calendar="fiscal:IND", constants={"reporter": "IND"})
    levels = [("INR", f"{2019 + month // 12}-{month % 12 + 1:02}", 100.0 + month) for month in range(3, 15)]
    base = [("INR", f"2012-{month:02}", 50.0) for month in range(1, 13)]
    real = ms.units.deflate(obs, rates(*levels, *base, column="index"), "2012", name="CPI-C")
    assert real.figures["value"].to_pylist() == [11e7 / (108.5 / 50.0)]
