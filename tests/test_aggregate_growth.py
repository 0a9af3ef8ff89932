"""Growth equals what a slow and obvious reader of the cells finds, and compounds to the last value."""

import itertools
import math

import pytest
from hypothesis import assume, given, strategies as st

import migstat as ms
import strategies as tables
from measured import harmonise, rows_of, series


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
