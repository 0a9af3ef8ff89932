"""Sums over records equal the reference bit for bit, however the records come."""

import datetime
import io
import itertools
import math
import pickle
import random
from collections import defaultdict

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings, strategies as st

import migstat as ms
import reference_records as reference

TEXTS = ["LKA", "NPL", "", "_O", "_U", "é", "high", "low", "Y15T24"]
DATES = [datetime.date(1970, 1, 1) + datetime.timedelta(days) for days in (-9000, -1, 0, 1, 365, 18000)]
WHOLE = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]


def _whole(kind):
    """Numbers of a type: close together, far apart, and its very ends."""
    least, most = np.iinfo(kind).min, min(np.iinfo(kind).max, 2**63 - 1)  # larger keys are refused
    return st.one_of(
        st.integers(0, 9),
        st.sampled_from([least, most, most // 2, most - 1]),
        st.integers(least, most).map(lambda number: number - number % 7 if number > 7 else number),
    )


#: Kind of a key column -> labels.
KEYS = {
    "string": st.sampled_from(TEXTS),
    "large_string": st.sampled_from(TEXTS),
    "string_view": st.sampled_from(TEXTS),
    "bool": st.booleans(),
    "date32": st.sampled_from(DATES),
    **{kind: _whole(kind) for kind in WHOLE},
    **{f"dictionary {kind}": st.sampled_from(TEXTS) for kind in WHOLE},
}
HUGE = st.one_of(
    st.sampled_from([1e300, -1e300, 1.0, -1.0, 1e-300, 2.0**-1074, 0.1, 2.0**53, 2.0**53 + 2, -0.0]),
    st.floats(-1e300, 1e300),
)
#: Kind of a column of values -> its type and values.
VALUES = {
    "counts": (pa.int64(), st.integers(0, 10**6)),
    "beyond the floats": (pa.int64(), st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(2**53, 2**53 + 9))),
    "uint64": (pa.uint64(), st.integers(0, 2**64 - 1)),
    "int8": (pa.int8(), st.integers(-128, 127)),
    "whole floats": (pa.float64(), st.integers(-(10**9), 10**9).map(float)),
    "tenths": (pa.float64(), st.integers(-(10**7), 10**7).map(lambda tenths: tenths / 10)),
    "spread": (pa.float64(), HUGE),
    "zeros": (pa.float64(), st.sampled_from([0.0, -0.0])),
    "float32": (pa.float32(), st.floats(width=32, allow_nan=False, allow_infinity=False)),
    "nothing": (pa.null(), st.none()),
}


@st.composite
def tables(draw, keys=3, size=40, values=tuple(VALUES), names="abc"):
    """Random records, and the types of their columns: keys a, b ..., value, weight."""
    kinds = {name: draw(st.sampled_from(sorted(KEYS))) for name in names[: draw(st.integers(0, keys))]}
    kind, numbers = VALUES[draw(st.sampled_from(values))]
    columns = {name: st.none() | KEYS[kind] for name, kind in kinds.items()}
    columns |= {"value": st.none() | numbers, "weight": st.none() | st.integers(0, 10**4).map(lambda n: n / 8)}
    if draw(st.booleans()):
        kinds["leaf"] = "bool"
        columns["leaf"] = st.sampled_from([True, True, False])
    return draw(st.lists(st.fixed_dictionaries(columns), max_size=size)), kinds | {"value": kind}


def array(labels, kind, rng):
    """Make an Arrow array; of a dictionary with categories in any order, repeated, unused, and null."""
    if not isinstance(kind, str):
        return pa.array(labels, kind)
    if not kind.startswith("dictionary"):
        return pa.array(labels, getattr(pa, {"bool": "bool_"}.get(kind, kind))())
    categories = [*TEXTS, *rng.choices([*TEXTS, None, "unused"], k=rng.randrange(6))]
    rng.shuffle(categories)
    keys = [rng.choice([at for at, one in enumerate(categories) if one == label] or [None]) for label in labels]
    return pa.DictionaryArray.from_arrays(pa.array(keys, getattr(pa, kind.split()[1])()), pa.array(categories))


def batches(records, kinds, rng, most=5):
    """Make record batches of records cut at random places, some of them empty, each with dictionaries of its own."""
    ends = sorted(rng.randrange(len(records) + 1) for _ in range(rng.randrange(most)))
    kinds = {**kinds, "weight": pa.float64()}
    schema = None
    for begin, end in itertools.pairwise([0, *ends, len(records)]):
        part = records[begin:end]
        made = pa.record_batch({name: array([one[name] for one in part], kind, rng) for name, kind in kinds.items()})
        schema = schema or made.schema
        assert made.schema == schema
        yield made


def table(records, kinds, rng):
    return pa.Table.from_batches(list(batches(records, kinds, rng)))


@st.composite
def requests(draw, kinds, values=True):
    """Choose what to ask for: arguments of ms.aggregate."""
    names = [name for name in kinds if len(name) == 1]
    by = draw(st.permutations(names))[: draw(st.integers(0, len(names)))]
    split = draw(st.integers(0, len(by)))
    measures = draw(st.permutations(list(reference.COLUMNS)))[: draw(st.integers(1, 7))]
    return {
        "by": by,
        "totals": by[:split] if draw(st.booleans()) else [],
        "rollup": by[split:] if draw(st.booleans()) else [],
        "measures": measures,
        "weights": "weight" if "mean" in measures and draw(st.booleans()) else None,
        "min_coverage": draw(st.sampled_from([None, None, 0.0, 0.5, 1.0])),
    }


def wanted(records, kinds, request):
    none = {name for name, kind in kinds.items() if kind in WHOLE or kind == "date32"}
    return reference.aggregate(records, **request, none=none)


SEEDS = st.integers(0, 10**6).map(random.Random)


@given(data=st.data(), made=tables(), rng=SEEDS)
def test_equal_to_the_reference(data, made, rng):
    records, kinds = made
    request = data.draw(requests(kinds))
    found = ms.aggregate(table(records, kinds, rng), **request, threads=data.draw(st.sampled_from([1, 2, 5])))
    assert reference.cells(found, request["by"]) == wanted(records, kinds, request)
    found.ledger.check()
    taken, out, aside, rounding = reference.sides(found.ledger)
    everything, _, printed = reference.account(records, "value")
    assert taken == everything
    assert aside.get("printed totals, which are not added", (0, 0, 0)) == printed
    for side in range(3):
        lost = sum(tally[side] for tally in aside.values()) + (rounding if side == 2 else 0)
        assert taken[side] == out[side] + lost


@given(data=st.data(), made=tables(), rng=SEEDS)
def test_chunks_dictionaries_and_the_order_of_rows_change_nothing(data, made, rng):
    records, kinds = made
    request = data.draw(requests(kinds))
    found = ms.aggregate(table(records, kinds, rng), **request)
    again = ms.aggregate(table(rng.sample(records, len(records)), kinds, rng), **request, threads=2)
    assert reference.rows(found) == reference.rows(again)
    assert pa.table(found).schema.equals(pa.table(again).schema)
    assert found.ledger == again.ledger


@given(made=tables(), rng=SEEDS)
def test_counting_needs_no_values(made, rng):
    records, kinds = made
    by = [name for name in kinds if len(name) == 1]
    found = ms.aggregate(table(records, kinds, rng), by, value=None)
    assert pa.table(found).column_names == [*by, "figures"]
    assert reference.cells(found, by) == reference.aggregate(records, by, measures=["count"])


@given(data=st.data(), made=tables(values=["counts", "int8", "whole floats"]), rng=SEEDS)
def test_totals_of_whole_numbers_are_the_sums_of_their_parts(data, made, rng):
    records, kinds = made
    by = [name for name in kinds if len(name) == 1]
    parts = ms.aggregate(table(records, kinds, rng), by).to_arrow()
    whole = ms.aggregate(table(records, kinds, rng), []).to_arrow()
    for name in ("value", "figures", "missing"):
        [total] = whole.column(name).to_pylist() or [None]
        assert sum(filter(None, parts.column(name).to_pylist())) == (total or 0)


@given(data=st.data(), made=tables(), rng=SEEDS)
def test_totals_and_rollups_equal_direct_group_bys(data, made, rng):
    records, kinds = made
    request = data.draw(requests(kinds)) | {"min_coverage": None}
    frame, by = table(records, kinds, rng), request["by"]
    whole = reference.cells(ms.aggregate(frame, **request), by)
    for over in reference.grouping_sets(by, request["totals"], request["rollup"]):
        kept = [word for word in by if word not in over]
        direct = ms.aggregate(frame, **(request | {"by": kept, "totals": [], "rollup": []}))
        none = {name for name, kind in kinds.items() if kind in WHOLE or kind == "date32"}
        for (codes, numbers), count in reference.cells(direct, kept).items():
            codes = iter(codes)
            full = tuple((None if word in none else "_T") if word in over else next(codes) for word in by)
            assert whole[full, numbers] >= count


def _through(sums, how):
    """Send an accumulator somewhere and back."""
    if how == "pickle":
        return pickle.loads(pickle.dumps(sums))
    state, buffer = sums.to_arrow(), io.BytesIO()
    if how == "parquet":
        pq.write_table(state, buffer, compression="zstd", row_group_size=7)
        state = pq.read_table(io.BytesIO(buffer.getvalue()))
    elif how == "ipc":
        with pa.ipc.new_stream(buffer, state.schema) as writer:
            writer.write_table(state, max_chunksize=3)
        state = pa.ipc.open_stream(buffer.getvalue()).read_all()
    elif how == "shuffled":
        state = state.take(pa.array(np.random.default_rng(len(state)).permutation(len(state))))
    return ms.Accumulator.from_arrow(state, threads=2) if how != "as it is" else sums


WAYS = ["as it is", "arrow", "parquet", "ipc", "pickle", "shuffled"]


@given(data=st.data(), made=tables(), rng=SEEDS)
def test_merging_is_associative_and_commutative(data, made, rng):
    records, kinds = made
    request = data.draw(requests(kinds))
    parts = [ms.Accumulator(**request).update(batch) for batch in batches(records, kinds, rng)]
    states = [_through(part, rng.choice(WAYS)) for part in parts]
    while len(states) > 1:
        one, other = (states.pop(rng.randrange(len(states))) for _ in range(2))
        before = reference.rows(other.finish())
        states.append(_through(one.merge(other), data.draw(st.sampled_from(WAYS))))
        assert reference.rows(other.finish()) == before
    whole = ms.Accumulator(**request).update(table(records, kinds, rng))
    [merged] = states
    assert reference.rows(merged.to_arrow()) == reference.rows(whole.to_arrow())
    found, at_once = merged.finish(), whole.finish()
    assert reference.rows(found) == reference.rows(at_once)
    assert pa.table(found).schema.equals(pa.table(at_once).schema)
    assert reference.cells(found, request["by"]) == wanted(records, kinds, request)
    assert found.ledger == at_once.ledger
    found.ledger.check()


@given(data=st.data(), made=tables(), rng=SEEDS)
def test_an_accumulator_goes_on_after_it_was_looked_at_or_sent(data, made, rng):
    records, kinds = made
    request = data.draw(requests(kinds))
    sums = ms.Accumulator(**request)
    for batch in batches(records, kinds, rng):
        sums = _through(sums.update(batch), rng.choice(WAYS))
        sums.finish()
    assert reference.cells(sums.finish(), request["by"]) == wanted(records, kinds, request)


@given(made=tables(), rng=SEEDS)
def test_an_accumulator_merged_with_itself_has_everything_twice(made, rng):
    records, kinds = made
    by = [name for name in kinds if len(name) == 1]
    sums = ms.Accumulator(by).update(table(records, kinds, rng))
    assert reference.cells(sums.merge(sums).finish(), by) == reference.aggregate(records * 2, by)


def test_accumulators_without_records_are_neutral_and_go_on():
    records = {"x": ["a", "b", "a"], "value": [1, 2, None]}
    alone = reference.rows(ms.Accumulator(["x"]).update(records).finish())
    assert reference.rows(ms.Accumulator(["x"]).merge(ms.Accumulator(["x"]).update(records)).finish()) == alone
    assert reference.rows(ms.Accumulator(["x"]).update(records).merge(ms.Accumulator(["x"])).finish()) == alone
    for how in WAYS:
        assert reference.rows(_through(ms.Accumulator(["x"]), how).update(records).finish()) == alone
    looked_at = ms.Accumulator(["x"])
    assert len(looked_at.finish()) == 0
    assert reference.rows(looked_at.update(records).finish()) == alone


@pytest.mark.parametrize("how", WAYS)
def test_a_dot_in_the_name_of_a_column_survives_a_journey(how):
    records = {"place.age": ["Y_GE65", "Y5T9", "Y15T24"], "value": [1, 2, 3]}
    sums = _through(ms.Accumulator(["place.age"]).update(records), how).update(records)
    direct = ms.aggregate([records, records], ["place.age"])
    assert reference.rows(sums.finish()) == reference.rows(direct)


def test_batches_whose_whole_numbers_are_of_different_width():
    sums = ms.Accumulator(["y"]).update(pa.table({"y": pa.array([1], pa.int8()), "value": [1]}))
    sums.update(pa.table({"y": pa.array([300], pa.int64()), "value": [2]}))
    assert dict(zip(*pa.table(sums.finish()).select(["y", "value"]).to_pydict().values(), strict=True)) == {
        1: 1,
        300: 2,
    }


@given(rng=SEEDS, measures=st.sampled_from([["sum", "count"], ["sum", "min", "max", "mean"]]))
@settings(max_examples=20)
def test_a_stream_of_new_labels(rng, measures):
    """Each batch brings labels that none before had, in up to three columns."""
    columns = ["a", "b", "c"][: rng.randrange(1, 4)]
    stream = [
        [
            {name: f"{name}{rng.randrange(4 * at, 4 * at + 9)}" for name in columns} | {"value": rng.random()}
            for _ in range(rng.randrange(5))
        ]
        for at in range(60)
    ]
    records = list(itertools.chain(*stream))
    made = [
        pa.Table.from_pylist(part, pa.schema([*((n, pa.string()) for n in columns), ("value", pa.float64())]))
        for part in stream
    ]
    at_once = ms.aggregate(pa.concat_tables(made), columns, measures=measures, totals=columns[:1])
    rng.shuffle(made)
    found = ms.aggregate(iter(made), columns, measures=measures, totals=columns[:1])
    assert reference.rows(found) == reference.rows(at_once)
    assert reference.cells(found, columns) == reference.aggregate(
        records, columns, measures=measures, totals=columns[:1]
    )


@pytest.fixture(scope="module")
def long():
    """Give 700,000 records: enough for several threads."""
    rng = np.random.default_rng(7)
    rows = 700_000
    values = np.where(rng.random(rows) < 0.5, rng.integers(0, 10**6, rows), rng.normal(0, 1e9, rows))
    return pa.table(
        {
            "origin": pa.DictionaryArray.from_arrays(
                rng.integers(0, 200, rows, np.int16), [f"o{i}" for i in range(200)]
            ),
            "year": pa.array(rng.integers(1990, 2020, rows), pa.int16(), mask=rng.random(rows) < 0.01),
            "far": rng.integers(-(2**40), 2**40, rows) // 2**34 * 2**34,
            "value": pa.array(values, mask=rng.random(rows) < 0.1),
            "whole": rng.integers(-(2**62), 2**62, rows),
        }
    )


LONG = [
    (["origin"], "value"),
    (["year", "origin"], "value"),
    (["origin", "year"], "whole"),
    (["origin", "far", "year"], "value"),  # more cells than a cube may have
    ([], "value"),
]


@pytest.mark.parametrize(("by", "value"), LONG, ids=lambda one: "-".join(one) if isinstance(one, list) else one)
def test_many_records_on_any_number_of_threads(long, by, value):
    measures = ["sum", "count", "nonmissing", "min", "max"]
    groups = defaultdict(list)
    plain = [long.column(word).to_pylist() for word in by]
    for row, number in enumerate(long.column(value).to_pylist()):
        groups[tuple(column[row] for column in plain)].append(number)
    total = math.fsum if value == "value" else lambda numbers: float(sum(numbers))
    expected = {}
    for codes, numbers in groups.items():
        known = [number for number in numbers if number is not None]
        expected[codes] = (
            (total(known), len(numbers), len(known), float(min(known)), float(max(known)))
            if known
            else (None, len(numbers), 0, None, None)
        )
    tables = {}
    for threads in (1, 2, 5):
        found = ms.aggregate(long, by, value=value, measures=measures, threads=threads)
        found.ledger.check()
        tables[threads] = found.to_arrow()
        assert tables[threads].equals(tables[1])
    assert reference.cells(tables[1], by) == {
        (codes, tuple(map(reference.bits, numbers))): 1 for codes, numbers in expected.items()
    }
    pieces = [long.slice(at, 100_000) for at in range(0, len(long), 100_000)][::-1]
    sums = [ms.Accumulator(by, value=value, measures=measures, threads=2).update(piece) for piece in pieces]
    for other in sums[1:]:
        sums[0].merge(other)
    assert sums[0].finish().to_arrow().equals(tables[1])


def test_threads_may_come_from_the_environment(long, monkeypatch):
    monkeypatch.setenv("MIGSTAT_THREADS", "2")
    found = ms.aggregate(long, ["year"]).to_arrow()
    monkeypatch.setenv("MIGSTAT_THREADS", "none")
    with pytest.raises(ms.errors.SchemaError, match="threads='none'"):
        ms.aggregate(long, ["year"])
    assert ms.aggregate(long, ["year"], threads=1).to_arrow().equals(found)


@given(made=tables(), rng=SEEDS)
def test_to_numpy_has_a_place_for_every_label_and_no_other(made, rng):
    records, kinds = made
    by = [name for name in kinds if len(name) == 1]
    sums = ms.Accumulator(by).update(table(records, kinds, rng))
    found, labels = sums.to_numpy()
    expected = {codes: numbers[0] for codes, numbers in reference.aggregate(records, by, measures=["sum"])}
    assert list(labels) == by
    assert found.shape == tuple(len(labels[word]) for word in by)
    for at, word in enumerate(by):
        assert set(labels[word]) == {codes[at] for codes in expected}
        assert len(set(labels[word])) == len(labels[word])
    for place in np.ndindex(found.shape):
        codes = tuple(labels[word][at] for word, at in zip(by, place, strict=True))
        value = None if math.isnan(found[place]) else float(found[place])
        assert reference.bits(value) == expected.get(codes)


def test_to_numpy_does_not_depend_on_chunks():
    whole = pa.table({"year": [1990, 1993, 1990], "value": [1.0, 2.0, 4.0]})
    parts = pa.concat_tables([whole.slice(0, 1), whole.slice(1, 1), whole.slice(2, 1)])
    for source in (whole, parts):
        found, labels = ms.Accumulator(["year"]).update(source).to_numpy()
        assert (found.tolist(), labels) == ([5.0, 2.0], {"year": [1990, 1993]})


def test_to_numpy_of_no_records():
    found, labels = ms.Accumulator(["x", "y"]).to_numpy()
    assert (found.shape, labels) == ((0, 0), {"x": [], "y": []})


def test_rows_are_in_the_order_of_the_codes():
    records = {
        "skill": ["high", "low", "medium", "low"],
        "age": ["Y_GE65", "Y15T24", "Y5T9", "_U"],
        "n": [10, 9, -1, None],
        "value": [1, 2, 3, 4],
    }
    for word, order in [
        ("skill", ["low", "medium", "high", "_T"]),
        ("age", ["Y5T9", "Y15T24", "Y_GE65", "_U", "_T"]),
        ("n", [-1, 9, 10, None, None]),
    ]:
        assert ms.aggregate(records, [word], totals=[word]).to_arrow().column(word).to_pylist() == order
