"""A peer in a process of its own: `python -m aggregate.work PEER JOB`. See benches/work.py for the other end."""

from __future__ import annotations

import importlib
import json
import os
import statistics
import sys
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aggregate.peers import PEERS
from aggregate.truth import check
from aggregate.workloads import Job
from work import Worker, give_back, memory

#: A call that is over sooner than this is made several times.
LONG, MOST = 0.2, 200


class Aside(Worker):
    """The other end."""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "aggregate.work", self.peer, json.dumps(asdict(self.job))]


def serve(peer: str, job: Job) -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print is not an answer

    def say(**facts: Any) -> None:
        answers.write(json.dumps(facts) + "\n")

    try:
        module, maker, *rest = PEERS[peer].make
        run, table = getattr(importlib.import_module(f"aggregate.peers.{module}"), maker)(job, *rest)
        give_back()
        say(loaded=memory("VmRSS"))
        calls = 1
        for order in sys.stdin:
            facts, result = measured(run, calls)
            if order.strip() == "check":
                facts["wrong"] = check(table(result), job, strict=PEERS[peer].ours)
                if facts["wall"] < 10 * LONG:  # the next has at hand what the first had to make
                    again, result = measured(run, 1)
                    calls = max(1, min(MOST, int(LONG / min(facts["wall"], again["wall"]))))
            del result
            give_back()
            say(**facts, resident=memory("VmRSS"))
    except Exception as error:  # a peer that fails must not end the others
        traceback.print_exc()
        say(error=f"{type(error).__name__}: {error}"[:400])


def measured(run: Any, calls: int) -> tuple[dict[str, Any], Any]:
    """Median of the wall seconds of calls one after the other, CPU seconds of one, megabytes beyond those before."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak of resident memory starts anew
    before, cpu, walls, result = memory("VmRSS"), time.process_time(), [], None
    for _ in range(calls):
        result = None
        begin = time.perf_counter()
        result = run()
        walls.append(time.perf_counter() - begin)
    cpu, peak = time.process_time() - cpu, memory("VmHWM")
    facts = {"wall": statistics.median(walls), "low": min(walls), "high": max(walls), "cpu": cpu / calls}
    return facts | {"peak": peak, "extra": peak - before, "calls": calls}, result


if __name__ == "__main__":
    serve(sys.argv[1], Job(**json.loads(sys.argv[2])))
