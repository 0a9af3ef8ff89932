"""Recode, harmonise and aggregate beside pandas, polars, DuckDB and pyarrow: `python benches/run.py --help`.

Every peer is a process of its own that loads the same data, converts it to its own form (not timed), runs
once to be checked group by group, and is then timed in turn with the others. What is compared: RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import data
import report
import truth
from peers import FUSED, LABELS, OURS, WHOLE
from work import Job, Worker

ROWS = 20_000_000
CORRIDORS = ("origin", "destination", "year")


@dataclass(frozen=True)
class Workload:
    title: str
    what: str
    source: str
    value: str = "value"
    by: tuple[str, ...] = ()
    shared: bool = False

    def peers(self) -> list[str]:
        if self.what == "cells":
            return ["migstat from pyarrow", *WHOLE]  # observations are observations, wherever they came from
        others = {"sums": FUSED, "labels": LABELS}.get(self.what, {})
        return [*OURS, *WHOLE, *others]


SEXES = (*CORRIDORS, "sex")
WORKLOADS = {
    "sums-plain": Workload("Harmonise + aggregate, strings", "sums", "plain", by=SEXES),
    "sums-dict": Workload("Harmonise + aggregate, dictionaries", "sums", "dict", by=SEXES),
    "sums-printed": Workload("Harmonise + aggregate, strings and printed totals", "sums", "printed", by=SEXES),
    "codes-plain": Workload("Harmonise only, strings", "codes", "plain"),
    "codes-dict": Workload("Harmonise only, dictionaries", "codes", "dict"),
    "cells-value": Workload("Aggregate only, fractional values", "cells", "dict", by=CORRIDORS),
    "cells-whole": Workload("Aggregate only, whole numbers", "cells", "dict", "whole", CORRIDORS),
    "labels-plain": Workload("Recode labels, strings (W1p)", "labels", "plain", shared=True),
    "labels-dict": Workload("Recode labels, dictionaries (W1d)", "labels", "dict", shared=True),
    "shared-plain": Workload("Harmonise only, W1 of the baselines, strings", "codes", "plain", shared=True),
    "shared-dict": Workload("Harmonise only, W1 of the baselines, dictionaries", "codes", "dict", shared=True),
}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--rows", type=int, default=ROWS, help="results of other numbers are kept by --keep only")
    ask.add_argument("--keep", action="store_true", help="keep results of any number of rows, which their title says")
    ask.add_argument("--threads", default="1,2", help="numbers of threads, such as 1,2")
    ask.add_argument("--reps", type=int, default=5)
    ask.add_argument("--budget", type=float, default=60, help="seconds after which three repetitions do")
    ask.add_argument("--only", action="append", choices=WORKLOADS, help="a workload; may be repeated")
    ask.add_argument("--peers", help="part of the peers' names, such as migstat")
    ask.add_argument("--shared", action="store_true", help="also tables of the generator in $MIGSTAT_SHARED")
    asked = ask.parse_args()
    for name, workload in WORKLOADS.items():
        if name not in asked.only if asked.only else workload.shared and not asked.shared:
            continue
        peers = [peer for peer in workload.peers() if asked.peers is None or asked.peers in peer]
        folder = data.make_shared(asked.rows) if workload.shared else data.make(asked.rows)
        path = truth.make(folder, workload.source, list(workload.by), workload.value, workload.what == "labels")
        sections = []
        for threads in map(int, asked.threads.split(",")):
            what = (workload.what, workload.source, workload.value, workload.by)
            job = Job(*what, str(folder), str(path), threads)
            load = os.getloadavg()[0]
            able = [peer for peer in peers if threads == 1 or peer != "pandas"]  # which has no threads
            workers = side_by_side(able, job, asked.reps, asked.budget)
            text = report.table(workers, threads, load, os.getloadavg()[0])
            print(f"\n## {workload.title}\n\n{text}", flush=True)
            sections.append(text)
        if asked.keep or (asked.rows == ROWS and asked.peers is None):
            command = shlex.join(["python", "benches/run.py", *sys.argv[1:]])
            title = workload.title if asked.rows == ROWS else f"{workload.title}, {asked.rows / 1e6:g} million rows"
            report.keep(title, sections, command)


def side_by_side(peers: list[str], job: Any, reps: int, budget: float, kind: type[Worker] = Worker) -> list[Worker]:
    """Peers in turn, as many at a time as memory holds."""
    log = Path(tempfile.mkdtemp(prefix="migstat-bench-"))
    done: list[Worker] = []
    batch: list[Worker] = []
    need = 0.0
    for peer in peers:
        # The next is as large as the largest; near the end of memory, asking for more of it takes twice as long.
        if batch and report.available() - need < report.memory_of("MemTotal") / 3:
            finish(batch, reps, budget)
            done, batch = done + batch, []
        worker = kind(peer, job)
        started = time.perf_counter()
        worker.start(log)
        worker.order("check")
        need = max(need, worker.loaded, worker.first.get("peak", 0.0))
        say = worker.error or f"{worker.first['wall']:.2f} s"
        ready = time.perf_counter() - started
        print(f"  {peer}, threads {job.threads}: {say} (ready and checked after {ready:.0f} s)", flush=True)
        batch.append(worker)
    finish(batch, reps, budget)
    if any(worker.error for worker in done + batch):
        print(f"  what failed has left its traceback in {log}")
    return done + batch


def finish(batch: list[Worker], reps: int, budget: float) -> None:
    for turn in range(reps):
        for worker in batch:
            if turn < 3 or sum(run["wall"] for run in worker.runs) < budget:
                worker.order("run")
    for worker in batch:
        worker.stop()


if __name__ == "__main__":
    main()
