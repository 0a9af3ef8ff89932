"""DuckDB: a table of its own in memory, codes as enumerations; lookups are joined or, by experts, taken from lists."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from aggregate.table import YEARS, load, make_parquet, read_meta
from aggregate.truth import scatter
from aggregate.workloads import Job, labels

AXIS = {
    "region_o": "o.region",
    "region_d": "d.region",
    "bloc_o": "o.bloc",
    "bloc_d": "d.bloc",
    "age5": "age1 // 5",
    "year": "t.year",
}
JOINS = {
    "region_o": "join regions o on t.origin = o.area",
    "region_d": "join regions d on t.dest = d.area",
    "bloc_o": "join blocs o on t.origin = o.area and t.year = o.year",
    "bloc_d": "join blocs d on t.dest = d.area and t.year = d.year",
}


def enumeration(words: list[str]) -> str:
    return "ENUM(" + ", ".join("'" + word.replace("'", "''") + "'" for word in words) + ")"


def query(job: Job, source: str = "t", whole: str = "") -> str:
    """Also for another that speaks SQL."""
    what = job.what
    axes = ", ".join(f"{AXIS.get(axis, axis)} as {axis}" for axis in what.axes)
    joins = " ".join(JOINS[axis] for axis in what.axes if axis in JOINS)
    counts = ", count(*) as rows, count(value) as valued" if what.counts else ""
    sets = [", ".join(AXIS.get(axis, axis) for axis in by) for by in what.subsets()]
    groups = whole or (f"grouping sets ({', '.join(f'({by})' for by in sets)})" if len(sets) > 1 else sets[0])
    return f"select {axes}, sum(value) as sum{counts} from {source} {joins} group by {groups}"


FIGURES = {"sum": "double", "rows": "bigint", "valued": "bigint"}


def rolled(job: Job) -> str:
    """Grouping sets by hand, from the finest."""
    finest, *coarser = job.what.subsets()
    parts = ["from finest"]
    for by in coarser:
        columns = ", ".join(axis if axis in by else f"null as {axis}" for axis in job.what.axes)
        sums = ", ".join(f"sum({name})::{kind} as {name}" for name, kind in FIGURES.items())
        parts.append(f"select {columns}, {sums} from finest group by {', '.join(by)}")
    inner = query(job, whole=", ".join(AXIS.get(axis, axis) for axis in finest))
    return f"with finest as materialized ({inner}) {' union all '.join(parts)}"


def from_lists(job: Job) -> str:
    """Groups of areas as lists in the order of the areas (and years), not joined."""
    region = {f"region_{side[0]}": f"regions[enum_code({side}) + 1]" for side in ("origin", "dest")}
    at = f"::int * {len(YEARS)} + t.year - {YEARS[0] - 1}"
    bloc = {f"bloc_{side[0]}": f"blocs[enum_code({side}){at}]" for side in ("origin", "dest")}
    ways = region | bloc
    axes = ", ".join(f"{ways.get(axis, axis)} as {axis}" for axis in job.what.axes)
    lists = "(select list(region order by area) from regions) regions, "
    lists += "(select list(bloc order by area, year) from blocs) blocs"
    return f"with lists as materialized (select {lists}) select {axes}, sum(value) as sum from t, lists group by all"


#: What a hash table of all possible keys may need: bits.
PERFECT = 24
WAYS = {"rolled": rolled, "lists": from_lists}


def in_memory(job: Job, way: str) -> tuple[Any, Any]:
    meta = read_meta()
    con = duckdb.connect(config={"threads": job.threads})
    con.execute(f"create type area as {enumeration(meta.areas)}; create type region as {enumeration(meta.regions)}")
    con.execute(f"create type bloc as {enumeration(meta.blocs)}")
    for name in ("sex", "age"):
        con.execute(f"create type {name} as {enumeration(labels(name, meta))}")
    raw = load(job.rows, [*job.what.columns, job.values])
    con.register("source", raw)
    kinds = {"origin": "area", "dest": "area", "sex": "sex", "age": "age"}
    columns = [f"{name}::varchar::{kinds[name]} as {name}" if name in kinds else name for name in job.what.columns]
    con.execute(f"create table t as select {', '.join(columns)}, {job.values} as value from source")
    con.unregister("source")
    region = meta.region()
    con.register("pairs", pa.table({"area": list(region), "region": list(region.values())}))
    con.register("members", meta.members())
    con.execute("create table regions as select area::area area, region::region region from pairs")
    con.execute('create table blocs as select area::area area, year, "group"::bloc bloc from members')
    if way == "perfect":
        con.execute(f"set perfect_ht_threshold = {PERFECT}")
    text = WAYS.get(way, query)(job)

    def run() -> pa.Table:
        return con.sql(text).to_arrow_table()

    if job.what.dense:
        return lambda: scatter(run()), lambda found: {"sum": found}
    return run, lambda found: named(found, job)


def streamed(job: Job) -> tuple[Any, Any]:
    files = [str(path) for path in make_parquet(job.rows, [*job.what.columns, job.values])]
    con = duckdb.connect(config={"threads": job.threads})
    source = f"read_parquet({files}) t"
    text = query(job, source).replace("(value)", f"({job.values})")
    return lambda: con.sql(text).to_arrow_table(), lambda found: named(found, job)


def named(found: pa.Table, job: Job) -> pa.Table:
    """Five-year groups are found as numbers."""
    if "age5" not in job.what.axes:
        return found
    at = found.column_names.index("age5")
    ages = pa.array(labels("age5", read_meta())).take(found["age5"].combine_chunks().cast(pa.int16()))
    return found.set_column(at, "age5", ages)
