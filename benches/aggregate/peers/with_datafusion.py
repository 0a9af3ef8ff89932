"""DataFusion: batches dealt out to as many partitions as there are threads, dictionaries as they are."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from datafusion import SessionConfig, SessionContext

from aggregate.peers.with_duckdb import named, query
from aggregate.table import load, read_meta
from aggregate.truth import scatter
from aggregate.workloads import Job


def in_memory(job: Job) -> tuple[Any, Any]:
    meta = read_meta()
    context = SessionContext(SessionConfig().with_target_partitions(job.threads))
    raw = load(job.rows, [*job.what.columns, job.values]).rename_columns([*job.what.columns, "value"])
    batches = raw.to_batches()
    dealt = [batches[part :: job.threads] for part in range(job.threads)]
    context.register_record_batches("t", [part for part in dealt if part])
    region, members = meta.region(), meta.members().rename_columns(["area", "year", "bloc"])
    context.register_record_batches(
        "regions", [pa.table({"area": list(region), "region": list(region.values())}).to_batches()]
    )
    context.register_record_batches("blocs", [members.to_batches()])
    text = query(job).replace("//", "/")

    def run() -> pa.Table:
        return pa.Table.from_batches(context.sql(text).collect())

    if job.what.dense:
        return lambda: scatter(run()), lambda found: {"sum": found}
    return run, lambda found: named(found, job)
