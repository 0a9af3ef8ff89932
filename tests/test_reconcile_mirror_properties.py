"""Mirror statistics against a slow reference, and what holds whatever the figures are."""

from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import migstat as ms
import reference_mirror as reference
from mirrors import ANOTHER, FIELDS, fates
from strategies import cut

mirror = ms.reconcile.mirror
AREAS = st.sampled_from(["AUT", "DEU", "SWE"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "origin": AREAS,
            "destination": AREAS,
            "year": st.integers(2010, 2011),
            "sex": st.sampled_from(["F", "M", "_T"]),
            "side": st.sampled_from(["inflow", "outflow"]),
            "vintage": st.sampled_from([2019, 2020]),
            "value": st.one_of(st.none(), st.integers(0, 1000)),
        }
    ).filter(lambda row: row["origin"] != row["destination"]),
    max_size=40,
    unique_by=lambda row: tuple(str(row[name]) for name in sorted(row) if name != "value"),
)
# No definition has one sex throughout: what comes of that has tests of its own.
ALL_SEXES = [
    {"origin": "NPL", "destination": "IND", "year": 2010, "sex": sex, "side": side, "vintage": vintage, "value": 1}
    for sex in ("F", "M", "_T")
    for side in ("inflow", "outflow")
    for vintage in (2019, 2020)
]


def arrow(rows):
    kinds = {"year": pa.int32(), "vintage": pa.string(), "value": pa.float64()}
    plain = {name: [row[name] for row in rows] for name in rows[0]} | {"vintage": [str(row["vintage"]) for row in rows]}
    return pa.table({name: pa.array(values, kinds.get(name, pa.string())) for name, values in plain.items()})


def observed(frame):
    roles = {name: name for name in ("origin", "destination", "year", "sex", "value")}
    return ms.harmonise(frame, definition={"measure": "side", "vintage": "vintage"}, **roles)


def found(pairs):
    rows = pairs.to_arrow(full=True)
    assert "sex" in rows.column_names
    years = [start.year for start in rows["period_start"].to_pylist()]
    cells = zip(
        rows["origin"].to_pylist(), rows["destination"].to_pylist(), years, rows["sex"].to_pylist(), strict=True
    )
    values = zip(rows["inflow"].to_pylist(), rows["outflow"].to_pylist(), strict=True)
    return dict(zip(cells, values, strict=True))


@given(ROWS)
def test_pairs_are_those_of_the_reference(rows):
    rows = rows + ALL_SEXES
    expected = reference.pairs(rows)
    pairs = mirror(observed(arrow(rows)))
    assert found(pairs) == expected
    assert len(pairs) == len(expected), "each movement stands in one row"
    # Every figure is in one place: its account balances, and nothing came in but what was there.
    assert fates(pairs)["in"] == len(rows)
    assert sum(n for reason, n in fates(pairs).items() if reason != "in") == len(rows)
    assert len(pairs.set_aside()) == fates(pairs).get(ANOTHER, 0)


#: Not printed, printed without a value, and values, which are most.
PRINTED = st.sampled_from(["absent", None, *range(1, 9)])


def filled(cells, columns):
    """Give rows of a table of which every cell is there or not."""
    whole = st.lists(PRINTED, min_size=len(cells), max_size=len(cells))
    return whole.map(
        lambda values: [
            dict(zip([*columns, "value"], [*cell, value], strict=True))
            for cell, value in zip(cells, values, strict=True)
            if value != "absent"
        ]
    )


BY_SEX = filled(list(product(("inflow", "outflow"), ("F", "M", "_T"))), ["side", "sex"])


@given(BY_SEX, ROWS)
def test_parts_that_are_added_up_are_those_of_the_reference(dense, more):
    # All of one corridor and vintage, beside whatever there is of others.
    own = {"origin": "NPL", "destination": "LKA", "year": 2010, "vintage": 2020}
    rows = [row | own for row in dense] + more + ALL_SEXES
    expected = reference.pairs(rows, add_up=True)
    pairs = mirror(observed(arrow(rows)), add_up="sex")
    assert found(pairs) == expected
    assert fates(pairs)["in"] == len(rows)
    assert sum(n for reason, n in fates(pairs).items() if reason != "in") == len(rows)


AGES = ("Y0T14", "Y_GE15", "_T")
BY_SEX_AND_AGE = filled(list(product(("inflow", "outflow"), ("F", "M", "_T"), AGES)), ["side", "sex", "age"])


@given(st.one_of(BY_SEX.map(lambda rows: [row | {"age": "_T"} for row in rows]), BY_SEX_AND_AGE),
       st.sets(st.sampled_from(["sex", "age"])))  # fmt: skip
def test_adding_up_loses_no_pair_and_counts_nobody_twice(rows, named):
    # No definition has one code throughout.
    rows = rows + [
        {"side": side, "sex": sex, "age": age, "value": 1, "year": 2000}
        for side, sex, age in product(("inflow", "outflow"), ("F", "M", "_T"), AGES)
    ]
    rows = [{"year": 2010, "origin": "AUT", "destination": "DEU"} | row for row in rows]
    roles = {name: name for name in ("origin", "destination", "year", "sex", "age", "value")}
    table = {name: [row[name] for row in rows] for name in rows[0]}
    obs = ms.harmonise(table, definition={"measure": "side"}, **roles)

    def pairs_of(names):
        pairs = mirror(obs, add_up=sorted(names))
        last = fates(pairs)
        assert last["in"] == len(rows) == sum(n for reason, n in last.items() if reason != "in")
        printed = pairs.to_arrow(full=True).to_pylist()
        assert sum(row[side] or 0 for row in printed for side in ("inflow", "outflow")) + sum(
            value for value in pairs.set_aside().value if value == value
        ) == sum(row["value"] or 0 for row in rows), "each figure stands in one place"
        return {(row["sex"], row["age"]): row for row in printed if row["period_start"].year == 2010}

    def holds(whole, part):
        return all(a in ("_T", b) for a, b in zip(whole, part, strict=True))

    def both(some):
        return {at for at, row in some.items() if row["state"] == "both"}

    before, after = pairs_of(()), pairs_of(named)
    assert all(any(holds(whole, part) for whole in both(after)) for part in both(before))
    # More dimensions give no less on everybody. Of two sums that share a figure, in either dimension, one is made.
    for fewer in named:
        assert ("_T", "_T") in both(after) or ("_T", "_T") not in both(pairs_of({fewer}))
    for at, row in after.items():
        inside = [other for other in both(after) if other != at and holds(other, at)]
        assert row["part"] or not inside, "nobody is counted twice"


@given(ROWS)
def test_reporters_and_coverage_are_those_of_the_reference(rows):
    rows = rows + ALL_SEXES
    pairs, expected = mirror(observed(arrow(rows))), reference.pairs(rows)
    told = pairs.by_reporter().to_pandas()
    each = {(row.reporter, row.direction): tuple(row)[4:8] + tuple(row)[9:] for row in told.itertuples()}
    wanted = reference.by_reporter(expected)
    assert set(each) == set(wanted)
    for key, values in wanted.items():
        clean = [None if value != value else value for value in each[key]]
        assert clean == [pytest.approx(value, abs=1e-12) if value is not None else None for value in values]
    areas = ["AUT", "DEU", "IND", "NPL", "SWE"]
    counted = pairs.coverage(areas, areas).to_pandas()
    columns = ["both", "receiving_only", "sending_only", "neither"]
    assert dict(zip(counted.year, counted[columns].to_numpy().tolist(), strict=True)) == reference.coverage(
        expected, areas
    )
    assert set(counted.expected) == {20}


@given(st.data(), ROWS)
def test_order_and_chunks_do_not_matter(data, rows):
    frame = arrow(rows + ALL_SEXES)
    whole = mirror(observed(frame)).to_arrow(full=True)
    shuffled = frame.take(data.draw(st.permutations(range(len(frame)))))
    other = mirror(observed(data.draw(cut(shuffled)))).to_arrow(full=True)
    names = [name for name in whole.column_names if not name.endswith("_definition")]
    assert whole.select(names).to_pylist() == other.select(names).to_pylist()


@given(ROWS, st.sampled_from([2.0, 0.5, 1024.0]))
def test_sides_swapped_turn_the_sign_and_scale_does_not_matter(rows, factor):
    rows = rows + ALL_SEXES
    whole = mirror(observed(arrow(rows))).to_arrow(full=True).to_pylist()

    def turned(row):
        ends = {"origin": row["destination"], "destination": row["origin"]}
        return row | ends | {"side": {"inflow": "outflow", "outflow": "inflow"}[row["side"]]}

    def key(row, a, b):
        return row[a], row[b], row["period_start"], row["sex"]

    swapped = mirror(observed(arrow([turned(row) for row in rows]))).to_arrow(full=True).to_pylist()
    swapped = {key(row, "destination", "origin"): row for row in swapped}
    scaled = [row | {"value": None if row["value"] is None else row["value"] * factor} for row in rows]
    scaled = mirror(observed(arrow(scaled))).to_arrow(full=True).to_pylist()
    assert len(swapped) == len(whole) == len(scaled)
    for row, larger in zip(whole, scaled, strict=True):
        other = swapped[key(row, "origin", "destination")]
        assert (row["inflow"], row["outflow"]) == (other["outflow"], other["inflow"])
        for name in ("asymmetry", "log_ratio", "log_ratio_half"):
            assert (row[name] is None) == (other[name] is None)
            assert row[name] is None or row[name] == -other[name], "to the last bit"
        for name in ("asymmetry", "log_ratio", "ratio", "state"):
            assert larger[name] == row[name]


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "origin": st.sampled_from(["DEU", "AUT", "SWE", "_T", "m49:150"]),
                "destination": st.sampled_from(["DEU", "AUT", "_O"]),
                "period": st.sampled_from(["2015", "2015-01", "2016"]),
                "sex": st.sampled_from(["F", "M", "_U", "_T"]),
                "age": st.sampled_from(["Y0T14", "Y_GE15", "Y15T24", "_T"]),
                "citizenship": st.sampled_from(["NAT", "FOR", "DEU", "_T"]),
                "measure": st.sampled_from(["inflow", "outflow", "labour_outflow", "net", "stock"]),
                "role": st.sampled_from([None, "origin", "destination", "third"]),
                "reporter": st.sampled_from([None, "DEU", "org:OECD"]),
                "vintage": st.sampled_from([None, "2019", "2020"]),
                "value": st.integers(1, 1000),
            }
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([{}, {"durations": "imem"}]),
)
def test_every_figure_stands_in_one_place(rows, options):
    rows = [*rows, {"origin": "NPL", "destination": "IND", "period": "2015", "measure": "inflow", "value": 1}]
    names = list(rows[0])
    definition = {name: name for name in names if name in FIELDS}
    table = {
        name: [row.get(name) or ("_T" if name in ("sex", "age", "citizenship") else None) for row in rows]
        for name in names
    }
    obs = ms.harmonise(
        table, definition=definition, duplicates="keep", **{name: name for name in names if name not in definition}
    )
    pairs = mirror(obs, **options)
    found, aside = pairs.to_pandas(full=True), pairs.set_aside()
    printed = found.inflow_printed.sum() + found.outflow_printed.sum()
    # What is set aside is given as converted, which removes nobody: compared where nothing was.
    if not options:
        assert printed + aside.value.sum() == obs.figures["value"].to_pandas().sum()
    last = fates(pairs)
    assert last["in"] == len(obs) == sum(n for reason, n in last.items() if reason != "in")
    assert not found.duplicated(["family", *found.columns[1 : list(found.columns).index("inflow")]]).any()
    in_pairs = sum(n for reason, n in last.items() if reason == "out" or " only: " in reason)
    assert in_pairs + len(aside) == len(obs)
