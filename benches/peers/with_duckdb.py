"""DuckDB: tables of its own in memory, codes as enumerations, labels joined to codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from data import COLUMNS, load
from peers.coded import Known, table_of_codes
from work import Job


def enumeration(words: list[str]) -> str:
    return "ENUM(" + ", ".join("'" + word.replace("'", "''") + "'" for word in words) + ")"


def connection(job: Job, known: Known) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"threads": job.threads})
    for name in COLUMNS:
        con.execute(f"create type code_{name} as {enumeration(known.codes[name])}")
    return con


def fill(con: duckdb.DuckDBPyConnection, job: Job, known: Known) -> None:
    """The raw table, and a table of labels and codes for every column."""
    rest = [] if job.workload == "labels" else ["year", job.value]
    con.register("source", load(Path(job.folder), job.source, [*COLUMNS, *rest]))
    plain = job.source != "dict"
    for name in COLUMNS:
        labels = list(known.maps[name])
        kind = "varchar" if plain else f"label_{name}"
        if not plain:
            con.execute(f"create type label_{name} as {enumeration(labels)}")
        con.register("pairs", pa.table({"label": labels, "code": list(known.maps[name].values())}))
        # Origin and destination share a type, so that they can be compared.
        code = "code_origin" if name == "destination" else f"code_{name}"
        con.execute(f"create table map_{name} as select label::{kind} label, code::{code} code from pairs")
        con.unregister("pairs")
    columns = COLUMNS if plain else [f"{name}::varchar::label_{name} {name}" for name in COLUMNS]
    con.execute(f"create table raw as select {', '.join([*columns, *rest])} from source")
    con.unregister("source")


def steps(job: Job, columns: list[str]) -> str:
    joins = " ".join(f"left join map_{name} on raw.{name} = map_{name}.label" for name in columns)
    codes = ", ".join(f"map_{name}.code as {name}" for name in columns)
    if job.workload == "labels":
        return f"select {codes} from raw {joins}"
    where = "map_origin.code <> map_destination.code"
    if job.source == "printed":
        where += " and map_sex.code <> '_T'"
    return f"select {codes}, year, {job.value} from raw {joins} where {where}"


def sums(con: duckdb.DuckDBPyConnection, job: Job, table: str) -> pa.Table:
    by, value = ", ".join(job.by), job.value
    total = f"sum({value})::double as sum, count(*) as rows, count({value}) as valued"
    return con.execute(f"select {by}, {total} from {table} group by {by}").to_arrow_table()


def whole(job: Job) -> tuple[Any, Any]:
    known = Known(job)
    con = connection(job, known)
    if job.workload == "cells":
        con.register("source", table_of_codes(job, known))
        codes = [name if name == "year" else f"{name}::varchar::code_{name} {name}" for name in job.by]
        con.execute(f"create table coded as select {', '.join(codes)}, {job.value} from source")
        con.unregister("source")
        return lambda: sums(con, job, "coded"), same
    fill(con, job, known)
    make = f"create or replace temp table coded as {steps(job, COLUMNS)}"
    if job.workload in ("codes", "labels"):
        return lambda: con.execute(make), lambda _: con.execute("from coded").to_arrow_table()

    def run() -> pa.Table:
        con.execute(make)
        return sums(con, job, "coded")

    return run, same


def fused(job: Job) -> tuple[Any, Any]:
    known = Known(job)
    con = connection(job, known)
    fill(con, job, known)
    needed = [name for name in COLUMNS if name in job.by]
    return lambda: sums(con, job, f"({steps(job, needed)})"), same


def same(found: pa.Table) -> pa.Table:
    return found
