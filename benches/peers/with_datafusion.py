"""DataFusion: labels joined to codes, batches dealt out to as many partitions as there are threads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
from datafusion import SessionConfig, SessionContext

from data import COLUMNS, load
from peers.coded import Known
from work import Job


def labels(job: Job) -> tuple[Any, Any]:
    known = Known(job)
    context = SessionContext(SessionConfig().with_target_partitions(job.threads))
    batches = load(Path(job.folder), job.source, COLUMNS).to_batches()
    context.register_record_batches("raw", [batches[part :: job.threads] for part in range(job.threads)])
    for name in COLUMNS:
        pairs = pa.table({"label": list(known.maps[name]), "code": list(known.maps[name].values())})
        context.register_record_batches(f"map_{name}", [pairs.to_batches()])
    joins = " ".join(f"left join map_{name} on raw.{name} = map_{name}.label" for name in COLUMNS)
    codes = ", ".join(f"map_{name}.code as {name}" for name in COLUMNS)
    return lambda: pa.Table.from_batches(context.sql(f"select {codes} from raw {joins}").collect()), lambda found: found
