"""Matrices equal what loops over the cells find; nothing that is missing becomes 0, and nobody is lost."""

import itertools
import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given, strategies as st

import migstat as ms
import reference
import strategies as tables

AREAS = ["IND", "LKA", "NPL", "SAU", "USA", "_O"]
NAN = float("nan")


@st.composite
def matrices(draw, square=False, whole=True, axes=True):
    """Draw a matrix with gaps."""
    pick = st.lists(st.sampled_from(AREAS), min_size=1, unique=True)
    rows = draw(pick)
    columns = rows if square else draw(pick)
    by = draw(st.sampled_from([{}, {"year": [2019, 2020]}, {"sex": ["F", "M"], "year": [2020]}])) if axes else {}
    shape = (*map(len, by.values()), len(rows), len(columns))
    number = st.integers(0, 10**6).map(float) if whole else st.floats(0, 1e12, allow_subnormal=False)
    size = math.prod(shape)
    cells = draw(st.lists(st.one_of(number, number, st.just(NAN)), min_size=size, max_size=size))
    return ms.ODMatrix.from_arrays(np.array(cells).reshape(shape), rows, columns, by)


def cells_of(m):
    """Give {labels: value} of every cell, by loops."""
    names = [m.labels[axis] for axis in m.axes]
    places = itertools.product(*(range(len(each)) for each in names))
    return {tuple(each[k] for each, k in zip(names, at, strict=True)): float(m.values[at]) for at in places}


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


def observed(rows, **constants):
    """Make observations of (origin, destination, year, value)."""
    names = ("origin", "destination", "year", "value")
    frame = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    frame["value"] = pa.array([None if v is None else str(v) for v in frame["value"]])
    constants = {"measure": "inflow", "reporter": "LKA"} | constants
    return ms.harmonise(
        frame, **{name: name for name in names}, constants=constants, missing={"<5": "suppressed", "-": "zero"}
    )


# ---- from observations


@given(data=st.data(), table=tables.rows(numbers=tables.WHOLE, always=["origin"], unique=True))
def test_the_array_is_what_loops_find(data, table):
    observations = tables.harmonise(tables.arrow(table), table)
    assume(len(observations.definitions) == 1 and any(observations.figures.column("leaf").to_pylist()))
    words = [name for name in ("sex", "age", "period") if name in table[0]]
    by = data.draw(st.permutations(words)) if words else []
    rows = data.draw(st.sampled_from(["origin", "origin.GCC"]))
    columns = data.draw(st.sampled_from(["destination", "destination.GCC"]))
    m = ms.od_matrix(observations, by=by, rows=rows, columns=columns)
    names = [name for name in table[0] if name != "value"]
    figures = tables.figures(observations, names)
    wanted = {
        codes: numbers for (_, codes), numbers in reference.aggregate(figures, [*by, rows, columns], [], "row").items()
    }
    assert m.axes == (*by, rows, columns)
    for at, (labels, value) in enumerate(cells_of(m).items()):
        expected, count, missing, *_ = wanted.pop(labels, (None, 0, 0))
        assert same(value, NAN if expected is None else expected), labels
        assert (m.figures.flat[at], m.missing.flat[at]) == (count, missing), labels
    assert not wanted


def test_missing_is_not_zero_and_not_absent():
    obs = observed([("LKA", "SAU", 2020, "<5"), ("LKA", "KWT", 2020, "-"), ("NPL", "KWT", 2020, 7)])
    m = ms.od_matrix(obs)
    assert (m.origins, m.destinations) == (["LKA", "NPL"], ["KWT", "SAU"])
    np.testing.assert_array_equal(m.values, [[0, NAN], [7, NAN]])
    assert m.figures.tolist() == [[1, 1], [1, 0]]
    assert m.missing.tolist() == [[0, 1], [0, 0]]
    zeros = ms.od_matrix(obs, fill=0)
    np.testing.assert_array_equal(zeros.values, [[0, NAN], [7, 0]])
    assert zeros.ledger.steps[-1]["findings"][0]["message"].startswith("1 places without any figure")
    zeros.ledger.check()
    np.testing.assert_array_equal(ms.od_matrix(obs, value="high").values, [[0, 4], [7, NAN]])
    assert "1 have only figures without one; 1 have no figure" in repr(m)


def test_axes_and_their_natural_order():
    obs = ms.datasets.sri_lanka_departures()
    m = ms.od_matrix(obs, by=["skill", "year"])
    assert m.labels["skill"] == ["low", "medium", "high"] or m.labels["skill"] == ["low", "medium", "high", "_U"]
    assert m.labels["year"] == [1988, 1995, 1996]
    assert m.destinations[-1] == "_O"
    cells = ms.aggregate(obs, ["skill", "year", "destination"]).to_pandas().astype({"destination": str, "skill": str})
    for cell in cells.itertuples():
        found = m.sel(skill=cell.skill, year=cell.year, destination=cell.destination).values
        assert found.tolist() == [[cell.value]]


def test_a_selection_and_a_group_as_columns():
    obs = ms.datasets.sri_lanka_departures()
    m = ms.od_matrix(obs, year=1996, columns="destination.GCC", by=["sex"])
    table = ms.aggregate(obs.where(year=1996), ["sex", "destination.GCC"]).pivot("sex", "destination.GCC")
    np.testing.assert_array_equal(m.values[:, 0, :], table.loc[m.labels["sex"], m.destinations].to_numpy())
    assert "selected   year 1996" in repr(m)


def test_figures_that_mean_different_things_do_not_meet():
    one = observed([("LKA", "SAU", 2020, 5), ("NPL", "SAU", 2020, 2)], coverage="all")
    other = observed([("SAU", "LKA", 2020, 3)], coverage="registered")
    both = ms.concat([one, other])
    m = ms.od_matrix(both)  # each cell is of one definition
    assert len(m.definitions) == 2
    for refused in (m.margins, m.net, m.symmetric, m.bilateral, m.net_by_area, m.with_margins, lambda: m.lump(keep=0)):
        with pytest.raises(ms.errors.DefinitionError, match=r'coverage \("all" and "registered"\).*across='):
            refused()
    with pytest.raises(ms.errors.DefinitionError, match="coverage"):
        m.to_regions(rows="region", columns="region")
    added = ms.od_matrix(both, across=["coverage"])
    assert added.bilateral().net.dropna().tolist() == [2.0]
    clash = ms.concat([one, observed([("LKA", "SAU", 2020, 6)], coverage="registered")])
    with pytest.raises(ms.errors.DefinitionError, match="coverage"):
        ms.od_matrix(clash)
    # Slices of different definitions are no mixture.
    apart = ms.od_matrix(clash, by=["coverage"])
    assert apart.margins("ignore").total.value.tolist() == [7.0, 6.0]
    with pytest.raises(ms.errors.DefinitionError):
        ms.od_matrix(m.to_arrow()).net()


# ---- areas


def test_areas_fix_the_labels_and_say_what_is_outside():
    rows = [("LKA", "SAU", 2020, 5), ("LKA", "USA", 2020, 70), ("USA", "SAU", 2020, 11), ("USA", "IND", 2020, "<5")]
    m = ms.od_matrix(observed(rows), areas=["SAU", "NPL", "LKA"])
    assert m.origins == m.destinations == ["SAU", "NPL", "LKA"]
    np.testing.assert_array_equal(m.values, [[NAN] * 3, [NAN] * 3, [5, NAN, NAN]])
    m.ledger.check()
    [account] = m.ledger.steps[-1]["accounts"]
    aside = {each["reason"]: (each["tally"]["rows"], each["tally"]["value"]) for each in account["set_aside"]}
    assert aside == {
        "destination not among areas=": (1, [70.0]),
        "origin not among areas=": (1, [11.0]),
        "origin and destination not among areas=": (1, []),
    }
    assert account["out"]["value"] == [5.0]


def test_areas_without_any_figure():
    m = ms.od_matrix(observed([("LKA", "SAU", 2020, 5)]), areas=["USA", "IND"])
    assert np.isnan(m.values).all()
    assert m.values.shape == (2, 2)
    m.ledger.check()


# ---- arrays


def test_nothing_is_copied():
    m = ms.od_matrix(ms.datasets.sri_lanka_departures(), by=["year", "sex"])
    array = np.asarray(m)
    assert array is m.values
    assert np.shares_memory(array, m._dense.values)
    assert np.shares_memory(np.array(m, copy=False), m.values)
    assert np.shares_memory(m.sel(year=1995).values, m.values)  # a slice is a view
    assert array.flags.c_contiguous
    assert array.dtype == np.float64
    mine = np.array(m)
    assert not np.shares_memory(mine, m.values)
    mine[:] = 0
    assert np.nansum(m.values) > 0
    for own in (m.values, m.figures, m.missing):
        with pytest.raises(ValueError, match="read-only"):
            own[...] = 1
    assert np.asarray(m, dtype=np.float32).dtype == np.float32
    with pytest.raises(ValueError, match="copy"):
        m.__array__(np.float32, copy=False)
    for other in (m.sel(sex="F"), m.sel(destination=["SAU", "ARE"]), m.net(), m.lump(keep=2), m.without_diagonal()):
        assert other.values.flags.c_contiguous


def test_the_array_given_is_not_kept():
    given_array = np.array([[0.0, 1.0], [2.0, 0.0]])
    m = ms.ODMatrix.from_arrays(given_array, ["LKA", "SAU"])
    given_array[0, 1] = 99
    assert m.values[0, 1] == 1


@given(m=matrices(whole=False))
def test_round_trips(m):
    again = ms.ODMatrix.from_pandas(m.to_pandas())
    assert again.labels == m.labels
    np.testing.assert_array_equal(again.values, m.values)
    known = {labels: value for labels, value in cells_of(m).items() if not math.isnan(value)}
    if known:
        for long in (m.to_arrow(), m.to_polars(), m.to_arrow().to_pandas()):
            back = ms.od_matrix(long, by=m.axes[:-2])
            assert {k: v for k, v in cells_of(back).items() if not math.isnan(v)} == known
            assert type(back.bilateral()).__module__.split(".")[0] in type(long).__module__.split(".")[0]


def test_cells_that_are_missing_come_back_as_missing():
    m = ms.od_matrix(observed([("LKA", "SAU", 2020, "<5"), ("NPL", "KWT", 2020, 7)]))
    again = ms.od_matrix(m.to_arrow())
    for name in ("values", "figures", "missing"):
        np.testing.assert_array_equal(getattr(again, name), getattr(m, name))


def test_an_aggregate_brings_its_ledger():
    out = ms.aggregate(ms.datasets.sri_lanka_departures(), ["year", "origin", "destination"])
    m = ms.od_matrix(out, by=["year"])
    assert m.ledger == out.ledger
    assert len(m.definitions) == 3
    with pytest.raises(ms.errors.SchemaError, match="both stand for origin LKA, destination ARE"):
        ms.od_matrix(out)


@given(m=matrices(), data=st.data())
def test_selections(m, data):
    wanted = {
        name: data.draw(st.lists(st.sampled_from(labels), min_size=1, unique=True)) for name, labels in m.labels.items()
    }
    some = m.sel(**wanted)
    assert some.labels == wanted
    everything = cells_of(m)
    assert all(same(value, everything[labels]) for labels, value in cells_of(some).items())
    for name in m.axes[:-2]:
        label = data.draw(st.sampled_from(m.labels[name]))
        one = m.sel(**{name: label})
        assert name not in one.axes
        np.testing.assert_array_equal(one.values, m.values.take(m.labels[name].index(label), m.axes.index(name)))
    some.ledger.check()
    accounts = some.ledger.steps[-1]["accounts"]
    assert sum(each["out"]["rows"] for each in accounts) == int(some.figures.sum())
    assert sum(each["taken"]["rows"] for each in accounts) == int(m.figures.sum())


# ---- margins and exchange


def total_of(values, policy):
    """Add up [(value, expected)] as the docs say; expected: is a gap a gap?"""
    known = [value for value, _ in values if not math.isnan(value)]
    gaps = sum(math.isnan(value) and expected for value, expected in values)
    return (sum(known) if known and (policy == "ignore" or not gaps) else NAN), gaps


@given(m=matrices(), policy=st.sampled_from(["nan", "ignore"]))
def test_margins(m, policy):
    found = [{}, {}, {}]
    for labels, value in cells_of(m).items():
        *lead, origin, destination = labels
        one = (value, origin != destination or origin.startswith("_"))
        for at, key in enumerate([(*lead, origin), (*lead, destination), tuple(lead)]):
            found[at].setdefault(key, []).append(one)
    margins = m.margins(policy)
    for at, table in enumerate(margins):
        rows = {tuple(row[:-2]): tuple(row[-2:]) for row in table.itertuples(index=False, name=None)}
        assert set(rows) == set(found[at])
        for key, (value, missing) in rows.items():
            wanted, gaps = total_of(found[at][key], policy)
            assert same(value, wanted), key
            assert missing == gaps
    frame = m.with_margins(policy)
    inner = frame.drop(columns="_T").drop("_T", level=-1) if m.axes[:-2] else frame.drop(columns="_T").drop("_T")
    np.testing.assert_array_equal(inner.to_numpy(), m.to_pandas().to_numpy())
    corner = frame["_T"].xs("_T", level=-1).to_numpy() if m.axes[:-2] else [frame.loc["_T", "_T"]]
    np.testing.assert_array_equal(corner, margins.total.value)
    np.testing.assert_array_equal(
        frame["_T"].drop("_T", level=-1).to_numpy() if m.axes[:-2] else frame["_T"].drop("_T").to_numpy(),
        margins.origins.value,
    )


def test_margins_by_hand():
    m = ms.ODMatrix.from_arrays([[NAN, 30, 5], [10, NAN, NAN], [5, 15, 1]], ["IND", "LKA", "NPL"])
    margins = m.margins()
    np.testing.assert_array_equal(margins.origins.value, [35, NAN, 21])
    np.testing.assert_array_equal(margins.destinations.value, [15, 45, NAN])
    assert margins.origins.missing.tolist() == [0, 1, 0]
    assert math.isnan(margins.total.value[0])
    known = m.margins(missing="ignore")
    assert known.origins.value.tolist() == [35, 10, 21]
    assert known.total.value.tolist() == [66]
    # Nothing known is no sum, whatever is asked.
    empty = ms.ODMatrix.from_arrays([[NAN, NAN], [1, NAN]], ["IND", "LKA"]).margins("ignore").origins
    np.testing.assert_array_equal(empty.value, [NAN, 1])


def test_a_sum_that_leaves_figures_out_is_no_whole_margin():
    obs = observed([("LKA", "SAU", 2019, 5), ("LKA", "SAU", 2020, "<5")])
    m = ms.od_matrix(obs)
    assert m.values.tolist() == [[5.0]]
    assert math.isnan(m.margins().total.value[0])
    assert m.margins("ignore").total.values.tolist() == [[5.0, 1]]


def test_a_blank_within_a_group_is_missed_and_one_of_a_country_with_itself_is_not():
    blank = {"origin": ["LKA", "LKA"], "destination": ["LKA", "SAU"], "value": [None, 4]}
    assert ms.od_matrix(blank).margins().total.values.tolist() == [[4.0, 0]]
    obs = observed([("LKA", "NPL", 2020, "<5"), ("LKA", "USA", 2020, 4)])
    within = ms.od_matrix(obs, rows="origin.region", columns="destination.region")
    assert within.destinations == ["m49:019", "m49:142"]
    assert math.isnan(within.margins().total.value[0])


@given(m=matrices(whole=False))
def test_net_is_antisymmetric_and_symmetric_is_symmetric(m):
    everything = cells_of(m)
    net, mean = m.net(), m.symmetric()
    assert net.origins == net.destinations
    assert set(net.origins) == {*m.origins, *m.destinations}
    turned = np.swapaxes(net.values, -1, -2)
    np.testing.assert_array_equal(net.values, np.where(turned == 0, 0.0, -turned))
    np.testing.assert_array_equal(mean.values, np.swapaxes(mean.values, -1, -2))
    for labels, value in cells_of(net).items():
        *lead, a, b = labels
        there, back = everything.get((*lead, a, b), NAN), everything.get((*lead, b, a), NAN)
        assert same(value, there - back)
        assert same(cells_of(mean)[labels], (there + back) / 2)


@given(m=matrices())
def test_pairs(m):
    everything = cells_of(m)
    order = list(dict.fromkeys([*m.origins, *m.destinations]))
    wanted = {}
    for *lead, a, b in everything:
        if a == b:
            continue
        first, second = sorted((a, b), key=order.index)
        there, back = (everything.get((*lead, *pair), NAN) for pair in ((first, second), (second, first)))
        if not (math.isnan(there) and math.isnan(back)):
            gross = there + back
            share = abs(there - back) / gross if gross > 0 else NAN
            wanted[(*lead, first, second)] = (there, back, there - back, gross, share, 0)
    table = m.bilateral()
    found = {tuple(row[:-6]): row[-6:] for row in table.itertuples(index=False, name=None)}
    assert len(found) == len(table)
    assert set(found) == set(wanted)
    assert all(same(x, y) for key, row in found.items() for x, y in zip(row, wanted[key], strict=True))


@given(m=matrices(square=True))
def test_net_by_area(m):
    everything = cells_of(m)
    for row in m.net_by_area("ignore").itertuples(index=False, name=None):
        *lead, area, inflow, outflow, net, gross, share, _ = row
        lead = tuple(lead)
        others = [other for other in m.origins if other != area]
        came, went = (
            total_of([(everything[(*lead, *pair)], True) for pair in pairs], "ignore")[0]
            for pairs in ([(other, area) for other in others], [(area, other) for other in others])
        )
        assert same(inflow, came)
        assert same(outflow, went)
        assert same(net, came - went)
        assert same(gross, came + went)
        assert same(share, abs(came - went) / (came + went) if came + went > 0 else NAN)
    whole = m.net_by_area()
    if not whole.net.isna().any():
        assert whole.net.sum() == 0  # what one loses another gains


def test_figures_behind_a_net_flow():
    pairs = {"origin": ["IND", "LKA", "IND", "LKA"], "destination": ["LKA", "IND", "NPL", "LKA"]}
    net = ms.od_matrix(pairs | {"value": [5, 2, 4, 1], "figures": [3, 2, 1, 1], "missing": [1, 0, 0, 0]}).net()
    assert net.origins == ["IND", "LKA", "NPL"]
    np.testing.assert_array_equal(net.values, [[NAN, 3, NAN], [-3, 0, NAN], [NAN, NAN, NAN]])
    assert net.figures.tolist() == [[0, 5, 0], [5, 1, 0], [0, 0, 0]]
    assert net.missing.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_exchange_by_hand():
    m = ms.ODMatrix.from_arrays([[0, 30, 5], [10, 0, 5], [5, 15, 0]], ["IND", "LKA", "NPL"])
    table = m.bilateral()
    assert table[["flow", "counter_flow", "net", "interchange", "effectiveness"]].to_numpy().tolist() == [
        [30, 10, 20, 40, 0.5],
        [5, 5, 0, 10, 0],
        [5, 15, -10, 20, 0.5],
    ]
    assert m.net_by_area().net.tolist() == [-20, 30, -10]
    one_way = ms.ODMatrix.from_arrays([[4]], ["LKA"], ["SAU"])
    assert one_way.bilateral()[["flow", "counter_flow", "net"]].isna().to_numpy().tolist() == [[False, True, True]]
    with pytest.raises(ms.errors.SchemaError, match=r"rows are origin and columns are destination\.region"):
        one_way.to_regions(columns="region").net()


# ---- the diagonal, residuals, regions


def test_the_diagonal():
    m = ms.ODMatrix.from_arrays([[7, 3, 1], [2, 8, 1], [1, 1, 9]], ["LKA", "SAU", "_O"])
    none = m.without_diagonal()
    np.testing.assert_array_equal(none.values, [[NAN, 3, 1], [2, NAN, 1], [1, 1, 9]])  # others to others do move
    assert none.figures.tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 1]]
    none.ledger.check()
    [account] = none.ledger.steps[-1]["accounts"]
    assert account["set_aside"][0]["tally"] == {"rows": 2, "missing": 0, "value": [15.0]}


LUMPS = st.one_of(
    st.integers(0, 10**6).map(lambda n: {"threshold": n}),
    st.floats(0, 1).map(lambda x: {"share": x}),
    st.integers(0, 4).map(lambda n: {"keep": n}),
)


@given(m=matrices(), options=LUMPS, what=st.sampled_from(["areas", "origins", "destinations", "corridors"]))
def test_lumping_loses_nobody(m, options, what):
    assume(what != "corridors" or "keep" not in options)
    small = m.lump(**options, what=what)
    assert np.nansum(small.values) == np.nansum(m.values)
    assert small.figures.sum() == m.figures.sum()
    small.ledger.check()
    gone = set(small.lumped)
    # The same by loops.
    wanted = {}
    for (*lead, origin, destination), value in cells_of(m).items():
        if what == "corridors":
            moved = ("_O", "_O") if (origin, destination) in gone else (origin, destination)
        else:
            moved = (
                "_O" if origin in gone and what != "destinations" else origin,
                "_O" if destination in gone and what != "origins" else destination,
            )
        if not math.isnan(value):
            key = (*lead, *moved)
            wanted[key] = wanted.get(key, 0.0) + value
    assert {k: v for k, v in cells_of(small).items() if not math.isnan(v)} == wanted
    # What is small is small.
    everything = cells_of(m)
    sizes = {}
    for (*_, origin, destination), value in everything.items():
        keys = {"origins": [origin], "destinations": [destination], "corridors": [(origin, destination)]}
        for key in keys.get(what, [origin, destination]):
            sizes[key] = sizes.get(key, 0.0) + (0.0 if math.isnan(value) else value)
    sizes.pop("_O", None)
    whole = sum(value for value in everything.values() if not math.isnan(value))
    if "keep" in options:
        assert len(gone) == max(len(sizes) - options["keep"], 0)
        kept = set(sizes) - gone
        assert not kept or not gone or min(sizes[k] for k in kept) >= max(sizes[k] for k in gone)
    else:
        limit = options.get("threshold", options.get("share", 0) * whole)
        there = {(o, d) for (*_, o, d), value in everything.items() if not math.isnan(value)}
        places = [k for k in sizes if what != "corridors" or (k in there and k != ("_O", "_O"))]
        assert gone == {k for k in places if sizes[k] < limit}


def test_lumping_by_hand():
    m = ms.od_matrix(ms.datasets.sri_lanka_departures(), by=["year"])
    few = m.lump(share=0.05, what="destinations")
    assert few.destinations[-1] == "_O"
    assert len(few.destinations) + len(few.lumped) == len(m.destinations)
    assert "AUS" in few.lumped
    assert few.ledger.steps[-1]["findings"][0]["message"].startswith(f"{len(few.lumped)} put together as _O: ")
    assert few.margins("ignore").total.value.tolist() == [18428, 171254, 155572]
    assert m.lump(keep=["SAU"], what="destinations").destinations == ["SAU", "_O"]
    twice = m.lump(keep=5, what="destinations").lump(keep=2, what="destinations")
    assert len(twice.lumped) == len(m.destinations) - 1 - 2  # those of both times, _O was there already
    own = m.lump(keep=["SAU"], what="destinations", label="REST")
    assert own.destinations == ["SAU", "REST"]
    assert "lumped" in repr(few)


def test_a_total_that_lost_somebody_is_noticed():
    m = ms.ODMatrix.from_arrays([[0, 100], [1, 0]], ["LKA", "SAU"])
    from migstat._od_ledger import with_step

    lost = ms.ODMatrix.from_arrays([[0, 99], [1, 0]], ["LKA", "SAU"])
    with pytest.raises(ms.errors.LedgerError, match="unaccounted for: 0 rows, 1"):
        with_step("lump", m._dense, lost._dense, {}, sums=True).check()


def test_sums_of_fractions_differ_by_rounding_which_is_told():
    m = ms.ODMatrix.from_arrays([[0.1, 0.2, 0.3]], ["LKA"], ["SAU", "KWT", "OMN"])
    lumped = m.lump(keep=0, what="destinations")
    lumped.ledger.check()
    [account] = lumped.ledger.steps[-1]["accounts"]
    assert [each["reason"] for each in account["adjustments"]] == ["rounding"]


@given(table=tables.rows(numbers=tables.WHOLE, always=["origin"], unique=True))
@pytest.mark.parametrize("system", ["region", "GCC", "income"])
def test_regions_are_those_of_aggregate(system, table):
    observations = tables.harmonise(tables.arrow(table), table)
    assume(len(observations.definitions) == 1 and any(observations.figures.column("leaf").to_pylist()))
    m = ms.od_matrix(observations, by=["period"])
    for rows, columns in ((system, system), (system, None), (None, system)):
        found = m.to_regions(rows, columns)
        wanted = ms.od_matrix(
            observations,
            by=["period"],
            rows=f"origin.{rows}" if rows else "origin",
            columns=f"destination.{columns}" if columns else "destination",
        )
        assert found.labels == wanted.labels
        for name in ("values", "figures", "missing"):
            np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
        found.ledger.check()


def test_regions_of_each_year():
    m = ms.od_matrix(
        observed([("LKA", "GBR", 2019, 1), ("LKA", "FRA", 2019, 2), ("LKA", "GBR", 2020, 4), ("LKA", "FRA", 2020, 8)]),
        by=["year"],
    )
    eu = m.to_regions(columns="EU")
    assert eu.axes == ("year", "origin", "destination.EU")
    np.testing.assert_array_equal(eu.values, [[[3, NAN]], [[8, 4]]])
    np.testing.assert_array_equal(m.sel(year=2019).to_regions(columns="EU").values, [[3]])
    # A place that is taken as 0 is in the group of its own year: Britain left in 2020.
    rows = [("LKA", "USA", 2019, 1), ("LKA", "GBR", 2020, 4)]
    filled = ms.od_matrix(observed(rows), by=["year"], fill=0).to_regions(columns="EU")
    np.testing.assert_array_equal(filled.values, [[[0, 1]], [[NAN, 4]]])
    np.testing.assert_array_equal(m.to_regions(columns="EU", membership=2019).values, [[[3]], [[12]]])
    np.testing.assert_array_equal(m.to_regions(columns="EU", membership="current").values, [[[2, 1]], [[8, 4]]])


# ---- what is refused


ONE = ms.ODMatrix.from_arrays([[0, 1], [2, 0]], ["LKA", "SAU"])
DEPARTURES = ms.datasets.sri_lanka_departures().where(year=1996)
TWO = {"origin": ["LKA", "LKA"], "destination": ["SAU", "KWT"], "value": [1, 2]}
SCHEMA, CODE = ms.errors.SchemaError, ms.errors.CodeError


@pytest.mark.parametrize(
    ("wrong", "error", "match"),
    [
        (lambda: ms.od_matrix(DEPARTURES, by="year"), SCHEMA, r"by=\['year'\]"),
        (lambda: ms.od_matrix(DEPARTURES, by=["yaer"]), SCHEMA, "did you mean"),
        (lambda: ms.od_matrix(DEPARTURES, by=["origin"]), SCHEMA, "one name"),
        (lambda: ms.od_matrix(DEPARTURES, columns="destination.GCCC"), CODE, "grp:GCC"),
        (lambda: ms.od_matrix(DEPARTURES, areas=["LKA", "Nepal"]), CODE, "Nepal.*NPL"),
        (lambda: ms.od_matrix(DEPARTURES, areas=["LKA", "LKA"]), SCHEMA, "twice"),
        (lambda: ms.od_matrix(DEPARTURES, areas="LKA"), SCHEMA, "takes a list"),
        (lambda: ms.od_matrix(DEPARTURES, value="lwo"), SCHEMA, "did you mean 'low'"),
        (lambda: ms.od_matrix(DEPARTURES, fill=1), SCHEMA, "only 0"),
        (lambda: ms.od_matrix({"origin": ["LKA"], "destination": ["SAU"]}), SCHEMA, "have no 'value'"),
        (lambda: ms.od_matrix({"origin": ["LKA"], "destinaton": ["SAU"], "value": [1]}), SCHEMA, "did you mean"),
        (lambda: ms.od_matrix(TWO | {"origin": ["LKA", None]}), SCHEMA, "row 1"),
        (lambda: ms.od_matrix(TWO | {"destination": ["SAU"] * 2}), SCHEMA, "rows 0 and 1"),
        (lambda: ms.od_matrix(TWO | {"destination": ["SAU", "_T"]}), SCHEMA, "total _T"),
        (lambda: ms.od_matrix({"origin": ["LKA"], "destination": ["SAU"], "value": ["1"]}), SCHEMA, "expected numbers"),
        (lambda: ms.od_matrix(ONE.to_arrow(), year=2020), SCHEMA, "sel"),
        (lambda: ms.od_matrix(ONE.to_arrow(), across=["vintage"]), SCHEMA, "sums already"),
        (lambda: ONE.sel(orgin="LKA"), SCHEMA, "did you mean 'origin'"),
        (lambda: ONE.sel(origin="LAK"), CODE, "did you mean 'LKA'"),
        (lambda: ONE.sel(origin=["LKA", "LKA"]), SCHEMA, "twice"),
        (lambda: ONE.margins("skip"), SCHEMA, "expected one of"),
        (lambda: ONE.with_margins(label="LKA"), SCHEMA, "already"),
        (lambda: ONE.lump(), SCHEMA, "one of threshold"),
        (lambda: ONE.lump(3, keep=1), SCHEMA, "one of threshold"),
        (lambda: ONE.lump(share=2), SCHEMA, "from 0 to 1"),
        (lambda: ONE.lump(keep=["LAK"]), CODE, "LKA"),
        (lambda: ONE.lump(keep=1, what="corridors"), SCHEMA, "keep="),
        (lambda: ONE.lump(keep=1, what="area"), SCHEMA, "expected one of"),
        (lambda: ONE.to_regions(), SCHEMA, "say which groups"),
        (lambda: ONE.to_regions("GCCC"), CODE, "grp:GCC"),
        (lambda: ms.ODMatrix.from_arrays([[1]], ["Nepal"]).to_regions("GCC"), CODE, "origin: 'Nepal' is no code.*NPL"),
        (lambda: ONE.to_regions("income"), SCHEMA, "has no year"),
        (lambda: ONE.to_regions("region").to_regions("region"), SCHEMA, "groups already"),
        (lambda: ms.ODMatrix.from_arrays([[1, 2]], ["LKA"]), SCHEMA, r"shape \(1, 2\).*\(1, 1\)"),
        (lambda: ms.ODMatrix.from_arrays([[1, 2]], ["LKA"], ["SAU", "SAU"]), SCHEMA, "twice"),
        (lambda: ms.ODMatrix.from_arrays([[1, 2]], ["LKA"], ["SAU", None]), SCHEMA, "blank"),
        (lambda: ms.ODMatrix.from_arrays([[1, 2]], ["LKA"], ["SAU", "_T"]), SCHEMA, "total _T"),
        (lambda: ms.ODMatrix.from_arrays([[1, math.inf]], ["LKA"], ["SAU", "KWT"]), SCHEMA, "LKA, KWT is infinite"),
        (lambda: ms.ODMatrix.from_arrays([["a"]], ["LKA"]), SCHEMA, "numbers only"),
        (lambda: ms.ODMatrix.from_pandas(pd.DataFrame({"origin": ["LKA"], "SAU": [1]})), SCHEMA, "set_index"),
        (lambda: ms.ODMatrix.from_pandas(pl.DataFrame({"a": [1]})), SCHEMA, "wide frame of pandas"),
    ],
)  # fmt: skip
def test_errors_for_people(wrong, error, match):
    with pytest.raises(error, match=match):
        wrong()


def test_nothing_is_an_answer_too():
    none = ONE.sel(origin=[])
    assert none.to_regions("region", "region").shape == (0, 1)
    assert none.net().shape == (2, 2)
    assert len(none.bilateral()) == len(none.to_arrow()) == 0
    assert none.margins("ignore").total.value.isna().all()
    assert ms.od_matrix(DEPARTURES.where(year=1990)).shape == (0, 0)


def test_how_it_looks():
    for m in (
        ms.od_matrix(ms.datasets.sri_lanka_departures(), by=["year", "sex"]),
        ONE,
        ONE.sel(origin=[]),
        ms.od_matrix(DEPARTURES, areas=["LKA", "SAU"], fill=0).lump(keep=1),
    ):
        lines = repr(m).splitlines()
        assert lines[0].startswith("ODMatrix: ")
        assert len(lines) <= 25
        assert max(map(len, lines)) <= 100
        assert m._repr_html_().startswith("<")
    assert "set aside  destination not among areas=" in repr(ms.od_matrix(DEPARTURES, areas=["LKA", "SAU"]))
