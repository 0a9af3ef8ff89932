"""Records from any library, as tables and as streams; groups; tables that say what may be added."""

import datetime
import itertools
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import ctrl_c
import migstat as ms
import reference_records as reference

RECORDS = [
    {"origin": origin, "year": year, "value": value, "unused": "x"}
    for origin, year, value in [
        ("LKA", 1996, 0.1),
        ("NPL", 1996, 0.2),
        ("LKA", 1997, None),
        ("LKA", 1996, 0.7),
        ("BGD", 1997, 1e300),
        ("BGD", 1997, 5.0),
        ("NPL", 1996, -0.2),
    ]
]
COLUMNS = {name: [record[name] for record in RECORDS] for name in RECORDS[0]}
BY = ["origin", "year"]
WANTED = reference.aggregate(RECORDS, BY)


def arrow():
    return pa.table(COLUMNS)


def encoded():
    table = arrow()
    return table.set_column(0, "origin", table.column("origin").dictionary_encode())


PANDAS = {
    "object": lambda: pd.DataFrame(COLUMNS).astype({"origin": object}),
    "category": lambda: pd.DataFrame(COLUMNS).astype({"origin": "category"}),
    "category, unused and reversed": lambda: pd.DataFrame(COLUMNS).assign(
        origin=lambda frame: pd.Categorical(frame.origin, ["Z", "NPL", "LKA", "BGD", "A"])
    ),
    "string": lambda: pd.DataFrame(COLUMNS).astype({"origin": "string"}),
    "Arrow dtypes": lambda: arrow().to_pandas(types_mapper=pd.ArrowDtype),
    "Int16": lambda: pd.DataFrame(COLUMNS).astype({"year": "Int16", "value": "Float64"}),
    "index": lambda: pd.DataFrame(COLUMNS).set_index(pd.Index([1] * 7, name="origin")),
    "reversed view": lambda: pd.DataFrame(COLUMNS)[::-1],
}
ARROW = {
    "mapping of lists": lambda: COLUMNS,
    "mapping of arrays": lambda: (
        {name: np.array(values) for name, values in COLUMNS.items() if name != "value"}
        | {"value": pa.array(COLUMNS["value"])}
    ),
    "table": arrow,
    "table in chunks": lambda: pa.concat_tables([arrow().slice(at, 2) for at in range(0, 7, 2)]),
    "record batch": lambda: arrow().combine_chunks().to_batches()[0],
    "reader": lambda: arrow().to_reader(max_chunksize=3),
    "reader of dictionaries": lambda: encoded().to_reader(max_chunksize=1),
    "dataset": lambda: ds.dataset(arrow()),
    "scanner": lambda: ds.dataset(arrow()).scanner(batch_size=2),
    "filtered scanner": lambda: ds.dataset(pa.concat_tables([arrow(), arrow()])).head(7),
    "generator of tables": lambda: (arrow().slice(at, 1) for at in range(7)),
    "list of batches": lambda: arrow().to_batches(max_chunksize=2),
    "several kinds": lambda: [arrow().slice(0, 3), arrow().slice(3).to_pandas()],
    "generator of mappings": lambda: ({name: [value] for name, value in record.items()} for record in RECORDS),
    "anything with a capsule": lambda: Capsule(arrow()),
}


class Capsule:
    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize("name", [*PANDAS, *ARROW])
def test_the_same_from_all(name):
    made = (PANDAS | ARROW)[name]
    assert reference.cells(ms.aggregate(made(), BY), BY) == WANTED
    assert reference.cells(ms.Accumulator(BY).update(made()).update(made()).finish(), BY) == reference.aggregate(
        RECORDS * 2, BY
    )


def test_polars():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(COLUMNS)
    kinds = {
        "frame": frame,
        "categorical": frame.with_columns(pl.col("origin").cast(pl.Categorical)),
        "enum": frame.with_columns(pl.col("origin").cast(pl.Enum(["Z", "NPL", "LKA", "BGD"]))),
        "narrow": frame.with_columns(pl.col("year").cast(pl.UInt16)),
        "chunks": pl.concat([frame[:3], frame[3:]], rechunk=False),
        "lazy": frame.lazy(),
        "lazy and filtered": pl.concat([frame, frame.with_columns(origin=pl.lit("Z"))])
        .lazy()
        .filter(pl.col("origin") != "Z"),
    }
    for name, kind in kinds.items():
        assert reference.cells(ms.aggregate(kind, BY), BY) == WANTED, name
    assert isinstance(ms.aggregate(frame, BY).pivot(rows="origin", columns="year"), pl.DataFrame)


def test_duckdb():
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as database:
        table = arrow()
        relation = database.from_arrow(table)
        assert reference.cells(ms.aggregate(relation, BY), BY) == WANTED
        odd = relation.project('origin as "the ""origin""", year, value')
        found = ms.aggregate(odd, ['the "origin"', "year"])
        assert reference.cells(found, ['the "origin"', "year"]) == WANTED
        with pytest.raises(ms.errors.SchemaError, match='no column "yaer"; did you mean "year"'):
            ms.aggregate(relation, ["yaer"])
        assert reference.cells(ms.aggregate(relation.filter("true"), BY), BY) == WANTED


def test_parquet(tmp_path):
    whole = tmp_path / "whole.parquet"
    pq.write_table(encoded(), whole, row_group_size=2)
    folder = tmp_path / "parts"
    folder.mkdir()
    for at in range(3):
        pq.write_table(arrow().slice(at * 3, 3), folder / f"part-{at}.parquet", row_group_size=1)
    sources = [whole, str(whole), folder, folder / "*.parquet", str(folder / "part-[012].parquet")]
    sources += [sorted(folder.iterdir()), ds.dataset(folder), ds.dataset(folder).scanner()]
    for source in sources:
        assert reference.cells(ms.aggregate(source, BY), BY) == WANTED, source
    assert ms.aggregate(folder / "part-0*", BY).to_arrow().column("figures").to_pylist() == [1, 1, 1]


def test_the_callers_kind_comes_back():
    assert isinstance(ms.aggregate(arrow(), BY).pivot(rows="origin", columns="year"), pa.Table)
    assert isinstance(ms.aggregate(pd.DataFrame(COLUMNS), BY).pivot(rows="origin", columns="year"), pd.DataFrame)


def test_a_reader_is_read_once_and_no_further_than_needed():
    table = arrow()
    reader = table.to_reader(max_chunksize=3)
    ms.aggregate(reader, BY)
    with pytest.raises(StopIteration):
        reader.read_next_batch()


def test_columns_that_are_not_looked_at_may_hold_anything():
    table = arrow().append_column("nested", pa.array([[{"a": 1}]] * 7)).append_column("bad", pa.nulls(7))
    frame = pd.DataFrame(COLUMNS).assign(other=[object()] * 7)
    for source in (table, frame, [table, frame], ds.dataset(table)):
        assert len(ms.aggregate(source, BY)) == 4


LEFT = {"MDV": 2011, "CPV": 2007, "WSM": 2014, "VUT": 2020}


@pytest.mark.parametrize("kind", ["int16", "string", "dictionary", "float64"])
def test_membership_is_judged_in_the_year_of_each_record(kind):
    rows = [(area, year) for area in [*LEFT, "NPL", "SAU"] for year in (2004, 2024)]
    years = pa.array([year for _, year in rows])
    years = years.cast(pa.string()).dictionary_encode() if kind == "dictionary" else years.cast(kind)
    frame = pa.table({"d": [area for area, _ in rows], "year": years, "value": [1] * len(rows)})
    found = ms.aggregate(frame, ["d", "d.LDC", "year"]).to_arrow().to_pylist()
    inside = {(one["d"], int(one["year"])) for one in found if one["d.LDC"] == "m49:199"}
    assert inside == {(area, 2004) for area in LEFT} | {("NPL", 2004), ("NPL", 2024)}
    assert {one["d.LDC"] for one in found} == {"m49:199", "_O"}
    for membership, members in [("current", {"NPL"}), (2024, {"NPL"}), (2012, {"NPL", "WSM", "VUT"})]:
        found = ms.aggregate(frame.drop_columns("year"), ["d", "d.LDC"], membership=membership).to_arrow().to_pylist()
        assert {one["d"] for one in found if one["d.LDC"] == "m49:199"} == members


def test_years_of_another_column_and_records_without_a_year():
    frame = {
        "d": ["MDV", "MDV", "MDV", None],
        "year": [2024] * 4,
        "when": [2004, None, 2024, 2004],
        "value": [1, 2, 4, 8],
    }
    found = ms.aggregate(frame, ["d.LDC"], year="when").to_pandas().set_index("d.LDC")["value"].to_dict()
    assert found == {"m49:199": 1, "_O": 4, "_U": 10}
    assert ms.aggregate(frame, ["d.LDC"]).to_arrow().column("value").to_pylist() == [7, 8]


def test_dates_are_no_years():
    """A date is days since 1970 in Arrow: 2004 would be the year 12418."""
    frame = {"d": ["MDV"], "year": [datetime.date(2004, 1, 1)], "value": [1]}
    try:
        found = ms.aggregate(frame, ["d.LDC"]).to_arrow().column("d.LDC").to_pylist()
    except ms.errors.SchemaError:
        return  # as good as an answer
    assert found == ["m49:199"]


def test_lists_without_dates_are_told():
    found = ms.aggregate({"d": ["SAU", "FRA"], "value": [1, 2]}, ["d.region"])
    assert len(found) == 2
    [warning] = found.ledger.findings()
    assert "d.region" in warning["message"]
    assert "no dates" in warning["message"]
    now = ms.aggregate({"d": ["SAU"], "value": [1]}, ["d.region"], membership="current")
    assert not now.ledger.findings()


MEMBERS = {("LKA", 1996): "poor", ("LKA", 1997): "rich", ("NPL", 1996): "poor"}
TABLE = {
    "area": [area for area, _ in MEMBERS],
    "year": [year for _, year in MEMBERS],
    "group": list(MEMBERS.values()),
}
STATIC = {"LKA": "islands", "NPL": "mountains"}


@pytest.mark.parametrize("outside", ["row", "drop"])
@pytest.mark.parametrize("kind", [dict, pd.DataFrame, pa.table], ids=lambda kind: kind.__name__)
def test_groups_of_ones_own(kind, outside):
    static = {"area": list(STATIC), "group": list(STATIC.values())}
    groups = {
        "income": MEMBERS if kind is dict else kind(TABLE),
        "land": STATIC if kind is dict else kind(static),
    }
    places = {
        "origin.income": reference.listed("origin", MEMBERS, "year"),
        "origin.land": reference.listed("origin", STATIC),
    }
    by = ["origin.income", "year", "origin.land"]
    found = ms.aggregate(arrow(), by, groups=groups, outside=outside, totals=by[:1])
    wanted = reference.aggregate(RECORDS, by, places=places, outside=outside, totals=by[:1])
    assert reference.cells(found, by) == wanted
    found.ledger.check()
    taken, _, aside, _ = reference.sides(found.ledger)
    everything, lost, _ = reference.account(RECORDS, "value", outside, places)
    assert (taken, aside.get("outside the groups", (0, 0, 0))) == (everything, lost)
    again = ms.Accumulator(by, groups=groups, outside=outside, totals=by[:1])
    for record in RECORDS:
        one = pa.Table.from_pylist([record], arrow().schema)
        again = ms.Accumulator.from_arrow(again.update(one).to_arrow())
    assert reference.rows(again.finish()) == reference.rows(found)
    assert again.finish().ledger == found.ledger


def test_groups_of_numbers():
    groups = {"life": {15: "young", 70: "old"}}
    found = ms.aggregate({"age": [15, 70, 15, 30], "value": [1, 2, 4, 8]}, ["age.life"], groups=groups)
    assert dict(zip(*found.to_arrow().select(["age.life", "value"]).to_pydict().values(), strict=True)) == {
        "young": 5,
        "old": 2,
        "_O": 8,
    }


def test_groups_of_ones_own_in_one_year():
    def found(membership):
        made = ms.aggregate(
            {"d": ["LKA", "NPL"], "value": [1, 2]}, ["d.g"], groups={"g": MEMBERS}, membership=membership
        )
        return dict(zip(*made.to_arrow().select(["d.g", "value"]).to_pydict().values(), strict=True))

    assert found(1996) == {"poor": 3}
    assert found(1997) == {"rich": 1, "_O": 2}
    assert found(1990) == {"_O": 3}
    # As the list stands in its last year, in which NPL is no longer on it.
    assert found("current") == {"rich": 1, "_O": 2}


def test_the_order_of_members_means_nothing():
    members = {"LKA": "always", ("LKA", 1996): "poor"}
    frame = {"d": ["LKA"], "year": [1996], "value": [1]}
    found = []
    for order in (members, dict(reversed(members.items()))):
        try:
            found.append(ms.aggregate(frame, ["d.g"], groups={"g": order}).to_arrow().column("d.g").to_pylist())
        except ms.errors.MigstatError as error:
            found.append(type(error))
    assert found[0] == found[1]


def test_a_blank_is_in_no_group_and_not_outside_one():
    frame = {"d": ["SAU", "IND", None], "value": [1, 2, 4]}
    for by, groups in [("d.GCC", None), ("d.own", {"own": {"SAU": "in"}})]:
        found = ms.aggregate(frame, [by], groups=groups, membership="current").to_arrow()
        assert found.column(by).to_pylist()[1:] == ["_O", "_U"]


def test_outside_is_an_error_only_where_records_are_outside():
    kinds = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int8()), ["SAU", "IND"])
    frame = pa.table({"d": kinds, "value": [1, 2]})
    found = ms.aggregate(frame, ["d.GCC"], outside="error", membership="current")
    assert found.to_arrow().column("value").to_pylist() == [3]
    # MDV was a member in 2004 and not in 2024, of which no record is.
    frame = {"d": ["MDV", "NPL"], "year": [2004, 2024], "value": [1, 2]}
    assert ms.aggregate(frame, ["d.LDC"], outside="error").to_arrow().column("value").to_pylist() == [3]


def test_categories_that_no_record_has_need_not_be_areas():
    kinds = pa.DictionaryArray.from_arrays(pa.array([0], pa.int8()), ["SAU", "Atlantis"])
    found = ms.aggregate(pa.table({"d": kinds, "value": [1]}), ["d.GCC"], membership="current")
    assert found.to_arrow().column("d.GCC").to_pylist() == ["grp:GCC"]


@pytest.fixture(scope="module")
def departures():
    return ms.datasets.sri_lanka_departures()


def test_figures_are_added_as_observations_are(departures):
    for by in (["definition", "sex"], ["definition", "destination.GCC", "skill"]):
        direct = ms.aggregate(departures, by, measures=["sum", "count"]).to_arrow().select([*by, "value", "figures"])
        found = ms.aggregate(departures.figures, by, membership="current", measures=["sum", "count"]).to_arrow()
        assert sorted(map(repr, found.to_pylist())) == sorted(map(repr, direct.to_pylist()))


def test_only_leaves_are_added(departures):
    printed = {"d": ["SAU", "KWT", "_T", "_T"], "leaf": [True, True, False, False], "value": [1, 2, 3, None]}
    found = ms.aggregate(printed, ["d"], totals=["d"])
    assert found.to_arrow().column("value").to_pylist() == [2, 1, 3]
    found.ledger.check()
    assert reference.sides(found.ledger)[2] == {"printed totals, which are not added": (2, 1, 3)}


def test_several_definitions_are_refused_unless_grouped_by(departures):
    with pytest.raises(ms.errors.DefinitionError, match=r"3 definitions.*group by \"definition\""):
        ms.aggregate(departures.figures, ["sex"])
    assert len(ms.aggregate(departures.figures, ["sex", "definition"])) == 6
    one = departures.figures.filter(pa.compute.equal(departures.figures.column("definition"), 1))
    assert ms.aggregate(one, ["sex"]).to_arrow().column("value").to_pylist() == [125807, 45447]
    sums = ms.Accumulator(["sex"]).update(one)
    with pytest.raises(ms.errors.DefinitionError, match="2 definitions"):
        sums.merge(ms.Accumulator(["sex"]).update(departures.figures.slice(0, 1))).finish()


def test_bounds():
    frame = {
        "d": ["a", "a", "b", "c"],
        "value": [7.0, None, None, 3.0],
        "low": [None, 1.0, None, 2.0],
        "high": [None, 4.0, 5.0, 4.0],
    }
    found = ms.aggregate(frame, ["d"], measures=["sum", "bounds"]).to_arrow().select(["value", "low", "high"])
    assert [tuple(one.values()) for one in found.to_pylist()] == [(7, 8, 11), (None, None, 5), (3, 2, 4)]


LONG = """
    import itertools, os, sys, time
    import numpy as np, pyarrow as pa
    import migstat as ms

    rng = np.random.default_rng(1)
    rows = 1 << 20
    one = pa.table({
        "d": pa.DictionaryArray.from_arrays(rng.integers(0, 200, rows).astype(np.int16), [f"d{i}" for i in range(200)]),
        "year": rng.integers(1990, 2020, rows).astype(np.int16),
        "value": rng.normal(0, 1e6, rows),
    })
    [batch] = one.combine_chunks().to_batches()
"""


def _script(code):
    return textwrap.dedent(LONG) + textwrap.dedent(code)


ENDLESS = {
    "stream": "pa.RecordBatchReader.from_batches(batch.schema, itertools.repeat(batch))",
    "generator": "itertools.repeat(one)",
    "table": "pa.concat_tables([one] * 4000)",
}


@pytest.mark.parametrize("source", ENDLESS)
def test_ctrl_c_ends_long_work(source):
    code = f"""
    try:
        source = {ENDLESS[source]}
        print("ready", flush=True)
        ms.aggregate(source, ["d", "year"], measures=["sum", "min", "count"])
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    """
    ctrl_c.ends(_script(code))


@pytest.mark.skipif(
    sys.platform != "linux", reason="the peak of the process itself; ru_maxrss begins with its parent's"
)
@pytest.mark.parametrize("source", ["reader", "generator", "parquet"])
def test_memory_is_bounded(source, tmp_path):
    """20 million rows, 240 MB: no more than a tenth of them at a time is needed, and some are on their way."""
    made = {
        "reader": "pa.RecordBatchReader.from_batches(batch.schema, (fresh() for _ in range(20)))",
        "generator": "(pa.Table.from_batches([fresh()]) for _ in range(20))",
        "parquet": f"{str(tmp_path / 'long.parquet')!r}",
    }[source]
    code = f"""
    import pyarrow.parquet as pq

    def peak():
        with open("/proc/self/status") as status:
            [line] = [line for line in status if line.startswith("VmHWM")]
        return int(line.split()[1])

    def fresh():
        columns = [pa.DictionaryArray.from_arrays(pa.array(np.array(batch["d"].indices)), batch["d"].dictionary)]
        columns += [pa.array(np.array(batch[name])) for name in ("year", "value")]
        return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)

    if {source == "parquet"}:
        with pq.ParquetWriter({made if source == "parquet" else "None"!s}, batch.schema) as writer:
            for _ in range(20):
                writer.write_batch(batch, row_group_size=1 << 18)
    ms.aggregate(one, ["d", "year"], threads=2)
    before = peak()
    found = ms.aggregate({made}, ["d", "year"], threads=2).to_arrow()
    after = peak()
    assert sum(found.column("figures").to_pylist()) == 20 * rows
    print((after - before) // 1024)
    """
    command = [sys.executable, "-c", _script(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 160  # megabytes


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(2)
    one = pa.table({"d": rng.integers(0, 300, 1 << 20).astype(np.int16), "value": rng.normal(0, 1, 1 << 20)})
    return pa.concat_tables([one] * 100)


def test_progress_is_told(many):
    told = []
    ms.aggregate(many, ["d"], threads=1, progress=told.append)
    assert told
    assert told == sorted(told)
    assert all(0 < done <= len(many) for done in told)


def test_progress_may_stop_the_work(many):
    class EnoughError(Exception):
        pass

    def stop(done):
        raise EnoughError

    with pytest.raises(EnoughError):
        ms.aggregate(many, ["d"], threads=1, progress=stop)


def test_other_python_threads_go_on(many):
    ticks, ends = [], threading.Event()

    def tick():
        while not ends.wait(0.001):
            ticks.append(time.perf_counter())

    other = threading.Thread(target=tick)
    other.start()
    begin = time.perf_counter()
    ms.aggregate(many, ["d"], threads=1)
    end = time.perf_counter()
    ends.set()
    other.join()
    seen = [begin, *(at for at in ticks if begin < at < end), end]
    assert max(after - before for before, after in itertools.pairwise(seen)) < (end - begin) / 2
