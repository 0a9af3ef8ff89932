"""Sums over groups beside the peers: `make bench-aggregate ARGS=--help`.

Every peer is a process of its own with a fixed number of threads. It loads the table, converts it to its own best form
(not timed), is checked group by group, and is then timed in turn with the others. migstat is timed from the call of
its public function, on tables of pyarrow, pandas and polars. What is compared: RESULTS.md, whose sections are replaced.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from dataclasses import dataclass

from aggregate import results, truth
from aggregate.peers import PEERS
from aggregate.peers.with_c import compiled
from aggregate.table import make, make_meta, make_parquet
from aggregate.work import Aside
from aggregate.workloads import VALUES, WORKLOADS, Job
from run import side_by_side

ROWS, LARGE = 20_000_000, 100_000_000
SMALL = {10_000: ("W2a", "W2b", "W2c"), 1_000_000: ("W2a", "W2b", "W2c")}
CURVE = (1_000_000, 10_000_000, 50_000_000, 100_000_000, 200_000_000)


@dataclass(frozen=True)
class Asked:
    threads: list[int]
    reps: int
    budget: float
    peers: str
    kernels: str


def plan(only: list[str] | None, rows: int | None) -> list[tuple[str, int]]:
    """Workloads and numbers of rows, as asked for, or everything."""
    if rows:
        return [(name, rows) for name in only or WORKLOADS]
    out = [(name, ROWS) for name in WORKLOADS if name != "stream"]
    out += [("W2a", LARGE)]
    out += [(name, few) for few, names in SMALL.items() for name in names]
    out += [("stream", size) for size in CURVE]
    return [(name, size) for name, size in out if not only or name in only]


def measure(name: str, values: str, rows: int, asked: Asked) -> list[results.Record]:
    """On each number of threads."""
    what = WORKLOADS[name]
    columns = [*what.columns, values]
    _ = make_parquet(rows, columns) if what.streamed else make(rows, columns)
    path = truth.make(name, values, rows)
    records = []
    for threads in asked.threads:
        job = Job(name, values, rows, threads, str(path), asked.kernels)
        able = [peer for peer in PEERS if PEERS[peer].does(name, threads, rows) and asked.peers in peer]
        able = [peer for peer in able if asked.kernels or not PEERS[peer].reference]
        print(f"\n{name}, {VALUES[values]}, {rows:,} rows", flush=True)
        load = os.getloadavg()[0]
        workers = side_by_side(able, job, asked.reps, asked.budget, Aside)
        record = results.Record.of(job, workers, (load, os.getloadavg()[0]))
        print(f"\n{results.table(record)}\n", flush=True)
        records.append(record)
    return records


def main() -> None:
    ask = argparse.ArgumentParser(
        prog="python -m aggregate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask.add_argument("--rows", type=int, help="this number only; nothing is kept unless --keep")
    ask.add_argument("--values", choices=VALUES, action="append", help="a kind of values; both unless said")
    ask.add_argument("--threads", default="1,2", help="numbers of threads, such as 1,2")
    ask.add_argument("--only", action="append", choices=WORKLOADS, help="a workload; may be repeated")
    ask.add_argument(
        "--peers", default="", help="part of the peers' names, such as migstat; nothing is kept unless --keep"
    )
    ask.add_argument("--reps", type=int, default=5)
    ask.add_argument("--budget", type=float, default=6, help="seconds after which three repetitions do")
    ask.add_argument("--keep", action="store_true", help="keep the results, in RESULTS.md")
    told = ask.parse_args()
    make_meta()
    kernels = compiled()
    wanted = plan(told.only, told.rows)
    threads = [int(number) for number in told.threads.split(",")]
    keep = told.keep or not (told.rows or told.peers)
    asked = Asked(threads, told.reps, told.budget, told.peers, kernels)
    options = shlex.join(sys.argv[1:])
    command = f'make bench-aggregate ARGS="{options}"' if options else "make bench-aggregate"
    try:
        for name, rows in wanted:
            for values in told.values or VALUES:
                records = measure(name, values, rows, asked)
                if keep:
                    results.keep(records, command)
    finally:
        shutil.rmtree(kernels, ignore_errors=True)


if __name__ == "__main__":
    main()
