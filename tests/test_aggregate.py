"""Sums over groups equal the reference bit for bit, whatever the order, the chunks and the threads."""

import math
import random
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings, strategies as st

import migstat as ms
import reference
import strategies as tables

WORDS = ["origin", "destination", "destination.GCC", "sex", "age", "education", "period"]


@st.composite
def requests(draw, table):
    """Choose what to group a table by, and the totals wanted."""
    words = [word for word in WORDS if word.partition(".")[0] in table[0]]
    by = draw(st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True))
    totals = draw(st.lists(st.sampled_from(by), max_size=2, unique=True))
    return by, totals


def cells(aggregate, by):
    """Give an aggregate as {codes: [(value, figures, missing, coverage)]}, sorted."""
    found = {}
    table = aggregate.to_arrow()
    codes = zip(*(table.column(word).to_pylist() for word in by), strict=True)
    numbers = zip(
        *(table.column(name).to_pylist() for name in ("value", "figures", "missing", "coverage_cells")),
        strict=True,
    )
    for code, number in zip(codes, numbers, strict=True):
        found.setdefault(code, []).append(number)
    return {code: sorted(numbers, key=repr) for code, numbers in found.items()}


def expected(observations, names, by, totals, outside="row"):
    found = {}
    figures = tables.figures(observations, names)
    for (_, codes), numbers in reference.aggregate(figures, by, totals, outside).items():
        found.setdefault(codes, []).append(numbers)
    return {code: sorted(numbers, key=repr) for code, numbers in found.items()}


@given(data=st.data(), table=tables.rows(known=True), outside=st.sampled_from(["row", "drop"]))
def test_every_cell_equals_the_reference_bit_for_bit(data, table, outside):
    by, totals = data.draw(requests(table))
    observations = tables.harmonise(tables.arrow(table), table)
    assume(len(observations.definitions) == 1)  # breakdowns that cross are refused: see below
    names = [name for name in table[0] if name != "value"]
    wanted = expected(observations, names, by, totals, outside)
    for threads in (1, 2, 5):
        aggregate = ms.aggregate(observations, by, totals=totals, outside=outside, threads=threads)
        assert cells(aggregate, by) == wanted, threads
        aggregate.ledger.check()


@given(data=st.data(), table=tables.rows(known=True))
def test_order_and_chunks_change_no_bit(data, table):
    by, totals = data.draw(requests(table))
    whole = tables.harmonise(tables.arrow(table), table)
    mixed = tables.harmonise(data.draw(tables.cut(tables.arrow(data.draw(st.permutations(table))))), table)
    by = [*by, "breakdown"]
    first, second = (
        ms.aggregate(each, by, totals=totals).to_pandas().drop(columns="definition", errors="ignore")
        for each in (whole, mixed)
    )
    assert first.astype(object).equals(second.astype(object))


@given(data=st.data(), table=tables.rows(numbers=tables.WHOLE, known=True))
def test_parts_of_whole_numbers_add_up_to_their_total(data, table):
    by, _ = data.draw(requests(table))
    observations = tables.harmonise(tables.arrow(table), table)
    assume(len(observations.definitions) == 1)
    parts = ms.aggregate(observations, by).to_pandas()
    assume(observations.figures.column("leaf").to_pylist())
    [whole] = ms.aggregate(observations, []).to_pandas().to_dict("records")
    if math.isnan(whole["value"]):
        assert parts.value.isna().all()
    else:
        assert parts.value.sum() == whole["value"]
    assert (parts.figures.sum(), parts.missing.sum()) == (whole["figures"], whole["missing"])
    everything = ms.aggregate(observations, by, totals=by).to_pandas()
    assert (everything.value.iloc[-1] == whole["value"]) or math.isnan(whole["value"])


@given(data=st.data(), table=tables.rows(known=True))
def test_a_partition_adds_up_to_the_whole(data, table):
    observations = tables.harmonise(tables.arrow(table), table)
    name = data.draw(st.sampled_from([name for name in table[0] if name not in ("value", "period")]))
    codes = sorted(set(observations.figures.column(name).to_pylist()))
    assume(codes)
    chosen = data.draw(st.sets(st.sampled_from(codes)))
    # Leaves only: a selection that keeps no leaf makes leaves of the totals that it keeps.
    leaves = observations.where(leaf=True)
    parts = [leaves.where(**{name: codes}).check() for codes in (chosen, set(codes) - chosen)]
    by = ["breakdown", *data.draw(requests(table))[0]]
    whole = ms.aggregate(observations, by).to_pandas()
    again = ms.aggregate(ms.concat(parts).check(), by).to_pandas()
    columns = [*by, "value", "figures", "missing"]
    assert whole[columns].astype(object).equals(again[columns].astype(object))
    rows = [sum(account["out"]["rows"] for account in part.ledger.steps[-1]["accounts"]) for part in parts]
    assert sum(rows) == len(leaves)


def test_large_and_small_values_lose_nothing():
    values = [1e300, 1.0, 1e-300, 1e300, 2**-1074, 0.1] * 7
    random.Random(5).shuffle(values)
    frame = {"d": ["SAU"] * len(values), "n": values}
    observations = ms.harmonise(
        frame,
        destination="d",
        value="n",
        duplicates="keep",
        constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996},
    )
    for threads in (1, 2, 5):
        [found] = ms.aggregate(observations, ["year"], threads=threads).to_pandas().value
        assert found == math.fsum(values)


def coded(frame):
    roles = {"destination": "d", "sex": "s", "year": "y", "value": "n"}
    return ms.harmonise(frame, **roles, duplicates="keep", constants=tables.CONSTANTS | {"origin": "LKA"})


@pytest.fixture(scope="module")
def long():
    """Give a table of 300,000 rows, with its observations."""
    rng = random.Random(1)
    rows = 300_000
    areas = ["SAU", "KWT", "ARE", "IND", "QAT", "OMN", "BHR"]
    frame = pa.table(
        {
            "d": pa.array(rng.choices(areas, k=rows)).dictionary_encode(),
            "s": rng.choices(["F", "M"], k=rows),
            "y": rng.choices(range(1990, 2000), k=rows),
            "n": [rng.randrange(10**7) / 10 if rng.random() > 0.05 else None for _ in range(rows)],
        }
    )
    return frame, coded(frame)


def test_many_rows_on_any_number_of_threads(long):
    frame, observations = long
    results = [ms.aggregate(observations, ["destination", "sex", "year"], threads=threads) for threads in (1, 2, 3, 16)]
    assert all(each.to_arrow().equals(results[0].to_arrow()) for each in results)
    assert all(each.ledger == results[0].ledger for each in results)
    results[0].ledger.check()
    wanted = frame.to_pandas().groupby(["d", "s", "y"], observed=True).n.agg(lambda values: math.fsum(values.dropna()))
    found = results[0].to_pandas().set_index(["destination", "sex", "year"]).value
    assert found.to_dict() == wanted.to_dict()


def test_several_python_threads_at_once_get_the_same(long):
    frame, observations = long
    frame = frame.slice(0, 20_000)

    def work(_):
        made = coded(frame)
        return made.figures, ms.aggregate(observations, ["destination", "sex"], threads=2).to_arrow()

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(work, range(12)))
    assert all(one.equals(results[0][0]) and other.equals(results[0][1]) for one, other in results)


def test_the_number_of_threads_may_come_from_the_environment(long, monkeypatch):
    _, observations = long
    wanted = ms.aggregate(observations, ["destination"], threads=1).to_arrow()
    monkeypatch.setenv("MIGSTAT_THREADS", "2")
    assert ms.aggregate(observations, ["destination"]).to_arrow().equals(wanted)
    for wrong in ("0", "many", "-1", ""):
        monkeypatch.setenv("MIGSTAT_THREADS", wrong)
        with pytest.raises(ms.errors.SchemaError, match="threads="):
            ms.aggregate(observations, ["destination"])


def gulf():
    frame = {
        "d": ["SAU", "KWT", "India", "Others", "SAU", "KWT", "India", "Others"],
        "s": ["F"] * 4 + ["M"] * 4,
        "n": [1, 2, 4, 8, 16, None, 64, 128],
    }
    return ms.harmonise(
        frame,
        destination="d",
        sex="s",
        value="n",
        constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996},
    )


def test_outside_a_group():
    row = ms.aggregate(gulf(), ["destination.GCC"])
    assert row.to_pandas().set_index("destination.GCC").value.to_dict() == {
        "grp:GCC": 19,
        "_O": 68,
        "_U": 136,
    }
    drop = ms.aggregate(gulf(), ["destination.GCC"], outside="drop")
    assert drop.to_pandas().value.tolist() == [19]
    sides = drop.ledger.to_pandas().query("step == 1 and side == 'set aside'").set_index("reason")
    assert sides["value"].to_dict() == {
        "outside destination.GCC": 68,
        "cannot be placed in destination.GCC": 136,
    }
    assert sides["rows"].to_dict() == {"outside destination.GCC": 2, "cannot be placed in destination.GCC": 2}
    with pytest.raises(ms.errors.CodeError, match=r"row 2: destination IND is not in destination\.GCC"):
        ms.aggregate(gulf(), ["destination.GCC"], outside="error")


def test_missing_is_counted_listed_and_not_zero():
    out = ms.aggregate(gulf(), ["destination", "sex"])
    found = out.to_pandas().set_index(["destination", "sex"])
    assert math.isnan(found.loc[("KWT", "M"), "value"])
    assert found.loc[("KWT", "M"), "coverage_cells"] == 0
    [listed] = out.missing().to_dict("records")
    assert (listed["destination"], listed["sex"], listed["presence"], listed["row"]) == (
        "KWT",
        "M",
        "blank",
        5,
    )
    by_country = ms.aggregate(gulf(), ["destination"], min_coverage=0.6).to_pandas().set_index("destination")
    assert math.isnan(by_country.loc["KWT", "value"])
    assert by_country.loc["SAU", "value"] == 17


BOUNDED = [
    (["<5", "7"], (7, 8, 11)),
    (["<5", "..", "7"], (7, None, None)),
    (["<5", ".."], (None, None, None)),
    (["<5"], (None, 1, 4)),
    (["7"], (7, 7, 7)),
]


@pytest.mark.parametrize(("printed", "wanted"), BOUNDED, ids=[" ".join(printed) for printed, _ in BOUNDED])
def test_bounds_are_null_as_soon_as_nothing_is_known_of_one_figure(printed, wanted):
    frame = {"d": [*["SAU"] * len(printed), "IND"], "n": [*printed, "<5"]}
    observations = ms.harmonise(
        frame,
        destination="d",
        value="n",
        duplicates="keep",
        missing={"<5": "suppressed"},
        constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996},
    )
    other, found = ms.aggregate(observations, ["destination"]).to_arrow().to_pylist()
    assert tuple(found[name] for name in ("value", "low", "high")) == wanted
    assert tuple(other[name] for name in ("value", "low", "high")) == (None, 1, 4)


def test_expected_grid_counts_what_is_not_listed():
    frame = {"d": ["SAU", "SAU", "KWT"], "s": ["F", "M", "F"], "n": [1, 2, 4]}
    observations = ms.harmonise(
        frame,
        destination="d",
        sex="s",
        value="n",
        constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996},
    )
    found = ms.aggregate(observations, ["destination"], expected="grid").to_pandas().set_index("destination")
    assert found.coverage_cells.to_dict() == {"KWT": 0.5, "SAU": 1.0}
    [whole] = ms.aggregate(observations, [], expected="grid").to_pandas().coverage_cells
    assert whole == 3 / reference.grid(
        [{"d": d, "s": s} for d, s in zip(frame["d"], frame["s"], strict=True)], ["d", "s"]
    )


def test_coverage_by_value_against_the_printed_total():
    frame = {"d": ["SAU", "KWT", "Total"], "n": [30, 45, 100]}
    observations = ms.harmonise(
        frame, destination="d", value="n", constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996}
    )
    assert ms.aggregate(observations, ["year"]).to_pandas().coverage_value.tolist() == [0.75]


def test_membership_is_judged_in_the_year_asked_for():
    frame = {"d": ["HRV", "HRV"], "y": [2010, 2015], "n": [1, 2]}
    observations = ms.harmonise(
        frame, destination="d", year="y", value="n", constants=tables.CONSTANTS | {"origin": "LKA"}
    )

    def inside(membership):
        table = ms.aggregate(observations, ["year", "destination.EU"], membership=membership).to_pandas()
        return (table["destination.EU"].astype(str) != "_O").tolist()

    assert inside("period") == [False, True]
    assert inside(2010) == [False, False]
    assert inside("current") == inside(2015) == [True, True]


def test_pivot_and_share():
    out = ms.aggregate(gulf(), ["destination", "sex"])
    laid = out.pivot("destination", "sex")
    assert laid.loc["SAU"].tolist() == [1, 16]
    assert math.isnan(laid.loc["KWT", "M"])
    women = out.share("sex", "F").set_index("destination").share
    assert women["SAU"] == pytest.approx(1 / 17)
    assert women["_O"] == pytest.approx(8 / 136)
    with pytest.raises(ms.errors.SchemaError, match="put 'destination' among rows="):
        ms.aggregate(gulf(), ["year", "destination", "sex"]).pivot("year", "sex")
    with pytest.raises(ms.errors.CodeError, match="sex has no 'f'; it has 'F', 'M'"):
        out.share("sex", "f")
    with pytest.raises(ms.errors.SchemaError, match="not grouped by 'skill'"):
        out.share("skill", "low")
    with pytest.raises(ms.errors.SchemaError, match="have no 'Sex'"):
        out.pivot("destination", "Sex")


def broken_down_in_part():
    """Give departures by sex to one country, and to another not by sex."""
    return ms.harmonise(
        {"d": ["SAU", "SAU", "KWT"], "s": ["M", "F", "Total"], "n": [10, 20, 70]},
        destination="d",
        sex="s",
        value="n",
        constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996},
    )


def test_leaves_that_are_not_broken_down_are_not_the_total():
    observations = broken_down_in_part()
    out = ms.aggregate(observations, ["sex"], totals=["sex"])
    assert out.to_pandas().set_index("sex").value.to_dict() == {"F": 20, "M": 10, "_U": 70, "_T": 100}
    [told] = out.ledger.findings()
    assert told["severity"] == "note"
    assert told["message"] == "sex: figures not broken down by it are in row _U"
    assert told["tally"] == {"rows": 1, "missing": 0, "value": [70.0]}
    assert out.share("sex", "F").share.tolist() == [0.2]
    apart = ms.aggregate(observations, ["destination", "sex"], totals=["destination", "sex"])
    laid = apart.pivot("destination", "sex")
    assert laid.columns.tolist() == ["_U", "F", "M", "_T"]
    assert laid.fillna(0).to_dict("index") == {
        "KWT": {"_U": 70, "F": 0, "M": 0, "_T": 70},
        "SAU": {"_U": 0, "F": 20, "M": 10, "_T": 30},
        "_T": {"_U": 70, "F": 20, "M": 10, "_T": 100},
    }
    # Where no leaf is broken down, it is the total.
    whole = ms.aggregate(observations.where(destination="KWT"), ["sex"])
    assert whole.to_pandas().sex.tolist() == ["_T"]
    assert whole.ledger.findings() == []


def test_the_order_of_the_rows_does_not_matter_to_definitions():
    one, two = (
        ms.harmonise(
            {"d": ["SAU"] * 3, "y": years, "c": fields, "n": values},
            destination="d",
            year="y",
            value="n",
            definition={"coverage": "c"},
            constants=tables.CONSTANTS | {"origin": "LKA"},
        )
        for years, fields, values in (
            ([1996, 1996, 1995], ["b", "a", "c"], [1, 2, 3]),
            ([1995, 1996, 1996], ["c", "a", "b"], [3, 2, 1]),
        )
    )
    # By their first period, and within it by what they say.
    assert one.definitions.coverage.tolist() == ["c", "a", "b"]
    assert one.definitions.equals(two.definitions)
    for by in (["coverage", "destination"], ["destination", "coverage"], ["definition"]):
        first, second = (ms.aggregate(each, by).to_arrow() for each in (one, two))
        assert first.equals(second)


def test_definitions_are_added_only_across_what_the_caller_names():
    frame = {"d": ["SAU", "SAU"], "c": ["agencies", "all sources"], "n": [1, 2]}
    observations = ms.harmonise(
        frame,
        destination="d",
        value="n",
        definition={"coverage": "c"},
        constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996},
    )
    with pytest.raises(
        ms.errors.DefinitionError, match=r'coverage \("agencies" and "all sources"\).*across=\["coverage"\]'
    ):
        ms.aggregate(observations, ["destination"])
    apart = ms.aggregate(observations, ["destination", "coverage"])
    assert apart.to_pandas().value.tolist() == [1, 2]
    with pytest.raises(ms.errors.DefinitionError, match="coverage"):
        ms.aggregate(observations, ["destination", "coverage"], totals=["coverage"])
    together = ms.aggregate(observations, ["destination"], across=["coverage"])
    assert together.to_pandas().value.tolist() == [3]
    assert "coverage" not in together.definitions.columns
    together.ledger.check()


@settings(max_examples=30)
@given(table=tables.rows(known=True))
def test_the_order_of_cells_is_that_of_the_codes(table):
    observations = tables.harmonise(tables.arrow(table), table)
    assume(len(observations.definitions) == 1)
    out = ms.aggregate(observations, ["destination", "period"]).to_pandas()
    assert not out.duplicated(["destination", "period"]).any()
    special = {"_O": 1, "_U": 2, "_T": 3}
    codes = out[["destination", "period"]].astype(str).itertuples(index=False)
    ranks = [(special.get(code, 0), code, period) for code, period in codes]
    assert ranks == sorted(ranks)
    assert isinstance(out.destination.dtype, pd.CategoricalDtype)


def test_shares_have_bounds_where_something_is_open():
    frame = pd.DataFrame({"skill": ["High level", "Middle level", "Skilled", "Unskilled"], "n": [10, 20, 30, 40]})
    constants = {"origin": "LKA", "destination": "SAU", "year": 1996, "measure": "labour_outflow"}
    arguments = {"skill": "skill", "value": "n", "constants": constants, "schemes": {"skill": "LKA-SLBFE"}}
    unknown = ms.aggregate(ms.harmonise(frame, **arguments), by=["year", "skill"])
    share = unknown.share("skill", "high").iloc[0]
    assert (share.share, share.low, share.high) == pytest.approx((0.1, 0.1, 0.3))
    # It is not known that the middle level is not low, once its rungs are no longer looked at.
    assert unknown.share("skill", "low").iloc[0].high == pytest.approx(0.6)
    equal = ms.aggregate(ms.harmonise(frame, **arguments, weights="equal"), by=["skill"])
    for code, expected in {"high": (0.2, 0.1, 0.3), "medium": (0.4, 0.3, 0.5), "low": (0.4, 0.4, 0.4)}.items():
        share = equal.share("skill", code).iloc[0]
        assert (share.share, share.low, share.high) == pytest.approx(expected)
    exact = ms.aggregate(ms.harmonise(frame[frame.skill != "Middle level"], **arguments), by=["skill"])
    assert list(exact.share("skill", "low").columns) == ["share"]
