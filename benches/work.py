"""A peer in a process of its own: it loads, takes orders on stdin and answers on stdout, a JSON line each."""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import resource
import subprocess
import sys
import time
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

MEGA = 1e6
LIMITS = ["MIGSTAT", "RAYON_NUM", "POLARS_MAX", "OMP_NUM", "OPENBLAS_NUM", "TOKIO_WORKER"]


@dataclass(frozen=True)
class Job:
    """What is to be done, and with what."""

    workload: str  # "sums", "codes" or only "labels" from raw labels, "cells" from codes
    source: str  # name of the file
    value: str
    by: tuple[str, ...]
    folder: str
    truth: str
    threads: int


def serve(peer: str, job: Job) -> None:
    from data import read_meta
    from peers import PEERS
    from truth import check_codes, check_labels, check_sums

    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print is not an answer

    def say(**facts: Any) -> None:
        answers.write(json.dumps(facts) + "\n")

    try:
        module, maker = PEERS[peer]
        run, table = getattr(importlib.import_module(module), maker)(job)
        give_back()
        say(loaded=memory("VmRSS"))
        for order in sys.stdin:
            facts, result = measured(run)
            if order.strip() == "check":
                meta = read_meta(Path(job.folder))
                truth = Path(job.truth)
                found = table(result)
                if job.workload == "labels":
                    facts["wrong"] = check_labels(found, truth, meta, peer.startswith("migstat"))
                elif job.workload == "codes":
                    facts["wrong"] = check_codes(found, truth, meta)
                else:
                    facts["wrong"] = check_sums(found, truth, meta, list(job.by))
                del found
            del result
            give_back()
            say(**facts, resident=memory("VmRSS"))
    except Exception as error:  # a peer that fails must not end the others
        traceback.print_exc()
        say(error=f"{type(error).__name__}: {error}"[:400])


def measured(run: Any) -> tuple[dict[str, float], Any]:
    Path("/proc/self/clear_refs").write_text("5")  # the peak of resident memory starts anew
    cpu, wall = time.process_time(), time.perf_counter()
    result = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall": wall, "cpu": cpu, "peak": memory("VmHWM")}, result


def give_back() -> None:
    """Memory that was freed goes back to the system, as far as its owner can be asked to."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)


def memory(what: str) -> float:
    """Megabytes of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) * 1024 / MEGA
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGA


@dataclass
class Worker:
    """The other end."""

    peer: str
    job: Job
    loaded: float = 0.0
    resident: float = 0.0
    runs: list[dict[str, Any]] = field(default_factory=list)
    first: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    def command(self) -> list[str]:
        return [sys.executable, __file__, self.peer, json.dumps(asdict(self.job))]

    def start(self, log: Path) -> None:
        limits = {f"{name}_THREADS": str(self.job.threads) for name in LIMITS}
        with open(log / f"{self.peer.replace(' ', '_')}.log", "a") as errors:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=os.environ | limits,
            )
        facts = self.hear()
        self.loaded = self.resident = facts.get("loaded", 0.0)

    def hear(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        facts = json.loads(line) if line.strip() else {"error": f"ended with code {self.process.wait()}"}
        self.error = self.error or facts.get("error", "") or facts.get("wrong", "")
        self.resident = facts.get("resident", self.resident)
        return facts

    def order(self, word: str) -> None:
        if self.error:
            return
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        facts = self.hear()
        if word == "check":
            self.first = facts
        elif not self.error:
            self.runs.append(facts)

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait()


if __name__ == "__main__":
    asked = json.loads(sys.argv[2])
    serve(sys.argv[1], Job(**{**asked, "by": tuple(asked["by"])}))
