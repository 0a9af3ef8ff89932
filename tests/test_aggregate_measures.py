"""Measures of aggregates equal what a slow and obvious reader of the cells finds, and what was published."""

import itertools
import math

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings, strategies as st

import migstat as ms
import strategies as tables

SINGLE = tables.CONSTANTS | {"origin": "LKA", "year": 1996}
WORDS = ["origin", "destination", "destination.GCC", "sex", "age", "education", "period"]


def harmonise(frame, **arguments):
    constants = SINGLE | arguments.pop("constants", {})
    roles = {name: name for name in frame if name in ("origin", "destination", "sex", "year", "low", "high")}
    constants = {name: value for name, value in constants.items() if name not in roles}
    return ms.harmonise(frame, value="n", constants=constants, **roles, **arguments)


def rows_of(table, *names):
    """Give a table as {codes: the rest of the row}, without NaN."""
    found = {}
    for row in pa.table(table).to_pylist() if not isinstance(table, pd.DataFrame) else table.to_dict("records"):
        plain = {name: None if value is pd.NA or value != value else value for name, value in row.items()}
        found[tuple(plain.pop(name) for name in names)] = plain
    return found


def corridors():
    """Give what two origins report on three destinations, by sex; one figure is suppressed, one was not collected."""
    frame = {
        "origin": ["LKA", "LKA", "LKA", "LKA", "NPL", "NPL", "NPL", "NPL"],
        "destination": ["SAU", "SAU", "KWT", "KWT", "SAU", "SAU", "Others", "Others"],
        "sex": ["F", "M"] * 4,
        "n": [10, 30, 40, 20, "<5", 60, 5, 15],
    }
    return harmonise(frame, missing={"<5": "suppressed"})


# ---- shares


def test_shares_of_the_total_of_an_origin_and_of_any_columns():
    everybody = ms.aggregate(corridors().where(origin="LKA"), by=["destination", "sex"]).shares()
    assert rows_of(everybody, "destination", "sex") == {
        ("KWT", "F"): {"value": 40, "whole": 100, "share": 0.4},
        ("KWT", "M"): {"value": 20, "whole": 100, "share": 0.2},
        ("SAU", "F"): {"value": 10, "whole": 100, "share": 0.1},
        ("SAU", "M"): {"value": 30, "whole": 100, "share": 0.3},
    }
    out = ms.aggregate(corridors().where(sex="M"), by=["origin", "destination"], totals=["origin", "destination"])
    cells = ["origin", "destination"]
    of_origin = rows_of(out.shares(of="origin"), *cells)
    assert {codes: row["whole"] for codes, row in of_origin.items() if codes[0] == "NPL"} == {
        ("NPL", "SAU"): 75,
        ("NPL", "_O"): 75,
        ("NPL", "_T"): 75,
    }
    assert of_origin["LKA", "SAU"]["share"] == 0.6
    assert of_origin["LKA", "_T"]["share"] == 1
    assert of_origin["_T", "KWT"]["share"] == pytest.approx(20 / 125)
    of_destination = rows_of(out.shares(of=["destination"]), *cells)
    assert of_destination["LKA", "SAU"]["share"] == pytest.approx(30 / 90)
    assert of_destination["NPL", "_T"]["share"] == pytest.approx(75 / 125)
    assert {row["share"] for row in rows_of(out.shares(of=cells), *cells).values()} == {1}
    assert out.shares("total").equals(out.shares())


def test_a_whole_with_a_part_that_is_missing_is_not_known():
    out = ms.aggregate(corridors(), by=["origin", "destination", "sex"])
    cells = ["origin", "destination", "sex"]
    men = rows_of(out.shares(of=["destination", "sex"]), *cells)
    assert men["LKA", "SAU", "M"]["share"] == pytest.approx(30 / 90)
    assert men["LKA", "SAU", "F"]["whole"] is None
    assert men["LKA", "SAU", "F"]["share"] is None
    # "<5" is 1 to 4: though the share is not known, it has bounds.
    assert men["LKA", "SAU", "F"]["low"] == pytest.approx(10 / 14)
    assert men["LKA", "SAU", "F"]["high"] == pytest.approx(10 / 11)
    assert men["NPL", "SAU", "F"]["low"] == pytest.approx(1 / 11)
    assert men["NPL", "SAU", "F"]["high"] == pytest.approx(4 / 14)
    skipped = rows_of(out.shares(of=["destination", "sex"], missing="skip"), *cells)
    assert skipped["LKA", "SAU", "F"]["share"] == 1
    assert skipped["NPL", "SAU", "F"]["share"] is None
    # A cell in which one of two figures is missing holds a sum of the other: that is no part of a whole either.
    half = ms.aggregate(corridors(), by=["origin", "destination"])
    known = rows_of(half.shares(of="origin"), "origin", "destination")
    assert known["NPL", "SAU"]["value"] == 60
    assert known["NPL", "SAU"]["share"] is None
    assert known["NPL", "_O"]["share"] is None
    assert known["LKA", "SAU"]["share"] == 0.4
    assert rows_of(half.shares("origin", missing="skip"), "origin", "destination")["NPL", "SAU"]["share"] == 0.75


def test_wholes_never_mix_definitions_nor_years():
    frame = {"destination": ["SAU", "KWT"] * 3, "year": [1995] * 2 + [1996] * 4, "n": [1, 3, 10, 30, 100, 100]}
    frame["c"] = ["agencies"] * 4 + ["all sources"] * 2
    observations = harmonise(frame, definition={"coverage": "c"})
    out = ms.aggregate(observations, by=["year", "coverage", "destination"]).shares()
    assert out["whole"].tolist() == [4, 4, 40, 40, 200, 200]
    assert out["definition"].tolist() == [0, 0, 0, 0, 1, 1]
    # Stocks of two years are people counted twice.
    assert (
        ms.aggregate(observations.where(coverage="agencies"), by=["year", "destination"]).shares()["share"].tolist()
        == [0.75, 0.25] * 2
    )


def test_figures_without_a_breakdown_are_parts_and_no_totals():
    frame = {"destination": ["SAU", "KWT"], "n": [1, 3]}
    out = ms.aggregate(harmonise(frame), by=["destination", "sex"], totals=["sex"])
    assert out.shares()[["sex", "share"]].to_numpy().tolist() == [["_T", 0.75], ["_T", 0.25]]
    assert out.shares("destination")["share"].tolist() == [1, 1]


def test_no_share_is_above_one_by_rounding():
    values = [957.2, 380.7, 551.7, 46.9, 458.2, 992.5]  # of which pandas makes less than their exact sum
    areas = ["ARE", "BHR", "IND", "KWT", "OMN", "QAT"]
    frame = {"destination": [*areas, "ARE"], "year": [1996] * 6 + [1997], "n": [*values, 2]}
    frame |= {"low": [*values, 1], "high": [*values, 3]}
    out = ms.aggregate(harmonise(frame), by=["year", "destination"], totals=["destination"]).shares()
    total = rows_of(out, "year", "destination")[1996, "_T"]
    assert (total["share"], total["low"], total["high"]) == (1, 1, 1)


@st.composite
def aggregates(draw):
    """Give a random aggregate with totals, the same without, and some of what it is grouped by."""
    table = draw(tables.rows(known=True, numbers=tables.FRACTION))
    words = [word for word in WORDS if word.partition(".")[0] in table[0]]
    by = draw(st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True))
    observations = tables.harmonise(tables.arrow(table), table)
    assume(len(observations.definitions) == 1)
    summed = draw(st.lists(st.sampled_from(by), max_size=2, unique=True))
    of = draw(st.lists(st.sampled_from(by), max_size=2, unique=True))
    return ms.aggregate(observations, by), ms.aggregate(observations, by, totals=summed), of


@given(aggregates())
def test_shares_equal_the_reference_and_add_up_to_one(made):
    plain, with_totals, of = made
    by = plain.by
    kept = [name in of or name == "period" for name in by]
    parts = rows_of(plain.to_arrow(), *by)
    inside = {place: {codes[place] for codes in parts} for place in range(len(by))}

    def part_of(codes, part):
        """Whether a cell without totals is a part of the whole of another cell."""
        pairs = zip(itertools.count(), codes, part, kept, strict=False)
        return all(code in (other, *({code} - inside[at])) for at, code, other, alike in pairs if alike)

    found = rows_of(with_totals.shares(of), *by)
    assert found.keys() == rows_of(with_totals.to_arrow(), *by).keys()
    cells = rows_of(with_totals.to_arrow(), *by)
    for codes, row in found.items():
        of_whole = [cell for part, cell in parts.items() if part_of(codes, part)]
        whole = math.fsum(cell["value"] or 0 for cell in of_whole)
        if any(cell["missing"] for cell in of_whole):
            assert row["whole"] is None
            assert row["share"] is None
        elif whole == 0:
            assert row["share"] is None
        else:
            assert row["whole"] == pytest.approx(whole)
            assert row["share"] == pytest.approx(cells[codes]["value"] / whole)
    # Totals change no share, and the shares of the parts of a whole are all of it.
    alone = rows_of(plain.shares(of), *by)
    sums = {}
    for codes, row in alone.items():
        assert found[codes]["share"] == (None if row["share"] is None else pytest.approx(row["share"]))
        whole = tuple(code for code, alike in zip(codes, kept, strict=True) if alike)
        sums.setdefault(whole, []).append(row["share"])
    for group in sums.values():
        assert None in group or math.fsum(group) == pytest.approx(1)


@given(
    intervals=st.lists(st.tuples(*[st.integers(0, 50)] * 3).map(sorted), min_size=2, max_size=5),
    chosen=st.lists(st.integers(0, 2), min_size=5, max_size=5),
)
def test_bounds_hold_whatever_is_true_and_are_reached(intervals, chosen):
    areas = ["ARE", "BHR", "IND", "KWT", "OMN"][: len(intervals)]
    low, value, high = (list(side) for side in zip(*intervals, strict=True))
    assume(sum(low) > 0)
    frame = {"destination": areas, "low": low, "n": value, "high": high}
    out = ms.aggregate(harmonise(frame), by=["destination"])
    found = out.shares()
    assume("low" in found)
    true = [interval[at] for interval, at in zip(intervals, chosen, strict=False)]
    for at, row in enumerate(found.to_dict("records")):
        assert row["low"] <= true[at] / sum(true) + 1e-12
        assert row["high"] >= true[at] / sum(true) - 1e-12
        least = low[at] + sum(high) - high[at]
        assert row["low"] == pytest.approx(low[at] / least)
        assert row["high"] == pytest.approx(high[at] / (high[at] + sum(low) - low[at]), nan_ok=True)
        one = out.share("destination", areas[at]).iloc[0]
        assert (one.low, one.high) == pytest.approx((row["low"], row["high"]), nan_ok=True)


def test_skill_that_was_shared_out_moves_within_its_whole():
    frame = {"skill": ["High level", "Middle level", "Skilled", "Unskilled"], "n": [10, 20, 30, 40]}
    observations = ms.harmonise(
        frame,
        skill="skill",
        value="n",
        weights="equal",
        schemes={"skill": "LKA-SLBFE"},
        constants=SINGLE | {"destination": "SAU"},
    )
    out = ms.aggregate(observations, by=["skill"], totals=["skill"])
    found = rows_of(out.shares(), "skill")
    assert found["high",] == {"value": 20, "whole": 100, "share": 0.2, "low": 0.1, "high": pytest.approx(0.3)}
    assert found["_T",] == {"value": 100, "whole": 100, "share": 1, "low": 1, "high": 1}
    # More than the whole is no share, whatever bounds were stated.
    one = ms.harmonise(
        {"skill": ["High level"], "n": [10], "low": [5], "high": [20]},
        skill="skill",
        value="n",
        low="low",
        high="high",
        schemes={"skill": "LKA-SLBFE"},
        constants=SINGLE | {"destination": "SAU"},
    )
    assert ms.aggregate(one, by=["skill"]).share("skill", "high")["high"].tolist() == [1]


def test_the_share_of_women_does_not_guess_sex():
    frame = {"destination": ["SAU"] * 3, "sex": ["F", "M", "_U"], "n": [20, 30, 50]}
    out = ms.aggregate(harmonise(frame), by=["sex"])
    assert out.female_share().to_dict("records") == [{"share": 0.2, "low": 0.2, "high": 0.7}]
    known = ms.aggregate(harmonise(frame).where(sex=["F", "M"]), by=["sex"], totals=["sex"])
    assert known.female_share().to_dict("records") == [{"share": 0.4}]
    with pytest.raises(ms.errors.SchemaError, match="not grouped by 'sex', but by 'year'"):
        ms.aggregate(harmonise(frame), by=["year"]).female_share()


def test_a_group_without_the_code_has_none_of_it():
    frame = {"destination": ["SAU", "SAU", "KWT"], "sex": ["F", "M", "M"], "n": [1, 3, 5]}
    found = ms.aggregate(harmonise(frame), by=["destination", "sex"]).female_share()
    assert rows_of(found, "destination") == {("KWT",): {"share": 0}, ("SAU",): {"share": 0.25}}


def test_what_cannot_be_shared_is_refused():
    out = ms.aggregate(corridors(), by=["origin", "destination"])
    with pytest.raises(ms.errors.SchemaError, match=r"'destinaton', but by .*; did you mean 'destination'\?"):
        out.shares("destinaton")
    with pytest.raises(ms.errors.SchemaError, match="missing='zero': expected one of 'unknown', 'skip'"):
        out.shares(missing="zero")
    net = harmonise({"destination": ["SAU", "KWT"], "n": [5, -3]}, constants={"measure": "net"})
    out = ms.aggregate(net, by=["destination"])
    for measure in (out.shares, lambda: out.share("destination", "SAU")):
        with pytest.raises(ms.errors.SchemaError, match="1 of 2 cells are below 0"):
            measure()


# ---- growth


def series(values, name="KWT", **arguments):
    """Give one destination's figures as {year: value}."""
    frame = {"destination": [name] * len(values), "year": [*values], "n": [*values.values()]}
    return ms.aggregate(harmonise(frame, **arguments), by=["destination", "year"])


def test_growth_by_hand():
    out = series({1990: 100, 1995: 150, 1997: 0, 1998: 10, 1999: None, 2000: 40, 2001: 20})
    found = out.growth()
    assert found.columns.tolist() == ["destination", "since", "year", "years", "before", "value", "growth"]
    assert found[["since", "year", "years"]].to_numpy().tolist() == [
        [1990, 1995, 5],
        [1995, 1997, 2],
        [1997, 1998, 1],
        [1998, 1999, 1],
        [1999, 2000, 1],
        [2000, 2001, 1],
    ]
    wanted = {
        "relative": [0.5, -1, None, None, None, -0.5],
        "absolute": [50, -150, 10, None, None, -20],
        "log": [math.log(1.5), None, None, None, None, math.log(0.5)],
        "annual": [math.log(1.5) / 5, None, None, None, None, math.log(0.5)],
        "geometric": [1.5**0.2 - 1, -1, None, None, None, -0.5],
    }
    for kind, values in wanted.items():
        growth = [None if math.isnan(one) else one for one in out.growth(kind=kind)["growth"]]
        assert growth == [one if one is None else pytest.approx(one) for one in values], kind


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


def test_the_period_before_is_the_one_before_it_in_its_series():
    frame = {
        "destination": ["SAU", "SAU", "KWT", "KWT", "KWT"],
        "year": [1990, 1996, 1990, 1995, 1996],
        "n": [10, 20, 1, 2, 8],
    }
    out = ms.aggregate(harmonise(frame), by=["year", "destination"], totals=["year", "destination"])
    found = rows_of(out.growth(), "destination", "since", "year")
    assert {codes: row["growth"] for codes, row in found.items()} == {
        ("SAU", 1990, 1996): 1,
        ("KWT", 1990, 1995): 1,
        ("KWT", 1995, 1996): 3,
        ("_T", 1990, 1995): pytest.approx(2 / 11 - 1),
        ("_T", 1995, 1996): 13,
    }


@given(
    points=st.dictionaries(
        st.tuples(st.sampled_from(["SAU", "KWT"]), st.integers(1990, 2000)),
        st.one_of(st.integers(0, 1000), st.none()),
        min_size=2,
    )
)
def test_growth_equals_the_reference_and_compounds_to_the_last_value(points):
    frame = {
        "destination": [name for name, _ in points],
        "year": [year for _, year in points],
        "n": [*points.values()],
    }
    assume(len({name for name, _ in points}) < len(points))
    out = ms.aggregate(harmonise(frame), by=["destination", "year"])
    wanted, chains = {}, []
    for name in ("SAU", "KWT"):
        years = sorted(year for one, year in points if one == name)
        values = [points[name, year] for year in years]
        for since, year in itertools.pairwise(years):
            before, after = points[name, since], points[name, year]
            wanted[name, since, year] = after / before - 1 if before and after is not None else None
        if len(values) > 1 and all(values):
            chains.append((name, values, years))
    found = rows_of(out.growth(), "destination", "since", "year")
    assert {codes: row["growth"] for codes, row in found.items()} == {
        codes: one if one is None else pytest.approx(one) for codes, one in wanted.items()
    }
    assert all(row["years"] == year - since for (_, since, year), row in found.items())
    for name, values, years in chains:
        for kind, grown in {
            "relative": lambda rate, _: 1 + rate,
            "log": lambda rate, _: math.exp(rate),
            "annual": lambda rate, between: math.exp(rate * between),
            "geometric": lambda rate, between: (1 + rate) ** between,
        }.items():
            rows = rows_of(out.growth(kind=kind), "destination", "since", "year")
            steps = [grown(rows[name, a, b]["growth"], b - a) for a, b in itertools.pairwise(years)]
            assert values[0] * math.prod(steps) == pytest.approx(values[-1]), kind


def test_growth_of_net_migration():
    out = series({1995: 4, 1996: -2, 1997: 6}, constants={"measure": "net"})
    assert out.growth(kind="absolute")["growth"].tolist() == [-6, 8]
    relative = out.growth()["growth"].tolist()
    assert relative[0] == -1.5
    assert math.isnan(relative[1])
    assert out.growth(kind="geometric")["growth"].isna().all()


def test_growth_has_bounds_where_values_have():
    out = series({1995: "<5", 1996: 6, 1997: 12}, missing={"<5": "suppressed"})
    found = out.growth()
    assert math.isnan(found.growth[0])
    assert (found.low[0], found.high[0]) == (0.5, 5)
    assert (found.growth[1], found.low[1], found.high[1]) == (1, 1, 1)
    assert "low" not in series({1996: 6, 1997: 12}).growth()


def test_only_periods_of_one_length_are_compared():
    frame = {
        "destination": ["SAU"] * 5,
        "p": ["2074/75", "2075/76", "2076/77", "2074/75", "2076/77"],
        "n": [10, 20, 5, 1, 4],
    }
    frame["destination"][3:] = ["KWT", "KWT"]
    observations = ms.harmonise(
        frame,
        destination="destination",
        period="p",
        value="n",
        calendar="fiscal:NPL",
        constants=tables.CONSTANTS | {"origin": "NPL"},
    )
    months = ms.harmonise(
        {"m": ["2018-01", "2018-03"], "n": [3, 6]},
        period="m",
        value="n",
        constants=tables.CONSTANTS | {"origin": "NPL", "destination": "SAU"},
    )
    found = ms.aggregate(observations, by=["destination", "period"]).growth("period")
    years = rows_of(found, "destination", "since", "period")
    first, second, third = (f"{year}-07-{day}" for year, day in ((2017, 16), (2018, 17), (2019, 17)))
    assert {
        (code, since[:10], period[:10]): (row["years"], row["growth"]) for (code, since, period), row in years.items()
    } == {
        ("SAU", first, second): (1, 1),
        ("SAU", second, third): (1, -0.75),
        ("KWT", first, third): (2, 3),
    }
    out = ms.aggregate(months, by=["period"], totals=["period"])
    [step] = out.growth("period", "geometric").to_dict("records")
    assert step["years"] == pytest.approx(2 / 12)
    assert step["growth"] == pytest.approx(2**6 - 1)
    mixed = ms.harmonise(
        {"m": ["2017-03", "2018", "2019"], "n": [6, 30, 60]},
        period="m",
        value="n",
        constants=tables.CONSTANTS | {"origin": "NPL", "destination": "SAU"},
    )
    [step] = ms.aggregate(mixed, by=["period"]).growth("period").to_dict("records")
    assert (step["since"], step["period"], step["growth"]) == ("2018", "2019", 1)


def test_growth_never_crosses_definitions_unless_told():
    frame = {"destination": ["SAU"] * 3, "year": [1994, 1995, 1996], "n": [1, 2, 4], "c": ["a", "b", "b"]}
    observations = harmonise(frame | {"u": ["x", "y", "y"]}, definition={"coverage": "c", "url": "u"})
    out = ms.aggregate(observations, by=["year"]).growth()
    assert out[["since", "year"]].to_numpy().tolist() == [[1995, 1996]]
    told = ms.aggregate(observations, by=["year"], across=["coverage"]).growth()
    assert told["growth"].tolist() == [1, 1]
    with pytest.raises(ms.errors.DefinitionError, match=r"differ in coverage; .*across=\['coverage'\]"):
        ms.aggregate(observations.where(year=[1994, 1995]), by=["year"]).growth()
    # What the cells are grouped by is not what keeps them from being compared.
    frame = {"destination": ["SAU"] * 3, "year": [1994, 1995, 1996], "n": [1, 2, 4], "c": ["a", "a", "b"]}
    observations = harmonise(frame | {"v": ["1", "2", "2"]}, definition={"coverage": "c", "vintage": "v"})
    with pytest.raises(ms.errors.DefinitionError, match=r"differ in vintage; .*across=\['vintage'\]"):
        ms.aggregate(observations, by=["year", "coverage"]).growth()


def test_what_cannot_grow_is_refused():
    out = series({1995: 1, 1996: 2})
    with pytest.raises(ms.errors.SchemaError, match="kind='cagr': expected one of 'relative'"):
        out.growth(kind="cagr")
    with pytest.raises(ms.errors.SchemaError, match="over='sex': expected one of 'year', 'period'"):
        out.growth("sex")
    with pytest.raises(ms.errors.SchemaError, match="not grouped by 'period'"):
        out.growth("period")
    with pytest.raises(ms.errors.SchemaError, match="have only 1996"):
        series({1996: 2}).growth()
    apart = {"destination": ["SAU", "KWT"], "year": [1995, 1996], "n": [1, 2]}
    with pytest.raises(ms.errors.SchemaError, match="no two of 'year' that are alike in 'destination'"):
        ms.aggregate(harmonise(apart), by=["year", "destination"]).growth()


# ---- corridors


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


# ---- coverage


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


# ---- all of them


MEASURES = {
    "share": lambda out: out.share("sex", "F"),
    "female_share": lambda out: out.female_share(),
    "shares": lambda out: out.shares(of="destination"),
    "growth": lambda out: out.growth(),
    "corridors": lambda out: out.corridors(),
    "coverage": lambda out: out.coverage(),
    "below_coverage": lambda out: out.below_coverage(),
}


def everything(kind=None):
    frame = {
        "origin": ["LKA"] * 8,
        "destination": ["SAU", "SAU", "KWT", "KWT"] * 2,
        "sex": ["F", "M"] * 4,
        "year": [1995] * 4 + [1996] * 4,
        "n": [1, 2, 3, None, 5, 6, 7, 8],
    }
    if kind:
        frame = kind(frame)
    arguments = {name: name for name in ("origin", "destination", "sex", "year")}
    observations = ms.harmonise(frame, **arguments, value="n", constants=tables.CONSTANTS)
    by = ["origin", "destination", "sex", "year"]
    return ms.aggregate(observations, by, totals=["sex", "year"], min_coverage=0.9)


@pytest.mark.parametrize("name", MEASURES)
def test_tables_come_back_as_the_kind_that_came_in(name):
    wanted = MEASURES[name](everything())
    assert isinstance(wanted, pd.DataFrame)
    assert wanted.index.tolist() == list(range(len(wanted)))
    for kind, found in (
        (pl.DataFrame, MEASURES[name](everything(pl.DataFrame))),
        (pa.Table, MEASURES[name](everything(pa.table))),
    ):
        assert isinstance(found, kind)
        assert rows_of(found, *wanted.columns).keys() == rows_of(wanted, *wanted.columns).keys()


NEEDED = {
    "share": ["value", "missing"],
    "female_share": ["value", "missing"],
    "shares": ["value", "missing"],
    "growth": ["value", "missing"],
    "corridors": ["value", "missing"],
    "coverage": ["figures", "missing", "coverage_cells", "coverage_value"],
    "below_coverage": ["value", "figures", "missing", "coverage_cells", "coverage_value"],
}


@pytest.mark.parametrize(("name", "column"), [(name, column) for name, columns in NEEDED.items() for column in columns])
def test_cells_made_without_a_column_say_which(name, column, monkeypatch):
    out = everything()
    cells = out.to_arrow().drop_columns([column])
    monkeypatch.setattr(ms.Aggregate, "to_arrow", lambda self: cells)
    with pytest.raises(ms.errors.SchemaError, match=f"needs '{column}' of the cells.*made without"):
        MEASURES[name](out)


def test_shares_of_what_is_known_need_only_values(monkeypatch):
    out = everything()
    wanted = out.shares("destination", missing="skip")["share"]
    cells = out.to_arrow().select(["origin", "destination", "sex", "year", "value"])
    monkeypatch.setattr(ms.Aggregate, "to_arrow", lambda self: cells)
    assert out.shares("destination", missing="skip")["share"].equals(wanted)


@settings(max_examples=30)
@given(aggregates())
def test_measures_of_anything_give_one_row_a_group(made):
    _, out, _ = made
    assert len(out.shares()) == len(out.coverage()) == len(out)
    assert len(out.below_coverage()) == 0
    if "sex" in out.by and "F" in out.to_pandas()["sex"].astype(str).tolist():
        found = pa.table(out.female_share()).to_pandas()
        keys = [name for name in found if name in out.by]
        assert not found.duplicated(keys).any() if keys else len(found) == 1
