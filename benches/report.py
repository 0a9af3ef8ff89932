"""Tables of results, and RESULTS.md: one section a workload, replaced when it is run again."""

from __future__ import annotations

import datetime
import os
import platform
import re
import statistics
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from peers import FUSED, LABELS, OURS, WHOLE
from work import Worker

RESULTS = Path(__file__).parent / "RESULTS.md"
HEAD = [
    "peer",
    "seconds (median, n)",
    "min..max",
    "CPU s",
    "x least of peers: seconds",
    "CPU",
    "CPU, sums only",
    "peak GB",
    "held before",
]


def median(worker: Worker, what: str) -> float:
    return statistics.median(run[what] for run in worker.runs)


def least(workers: list[Worker], among: dict, what: str) -> float | None:
    ran = [worker for worker in workers if worker.peer in among and worker.runs and not worker.error]
    return min((median(worker, what) for worker in ran), default=None)


def table(workers: list[Worker], threads: int, before: float, after: float) -> str:
    """Seconds, and ratios to the fastest peer that does the same; below 1 is faster than it."""
    to = [("wall", WHOLE | LABELS), ("cpu", WHOLE | LABELS), ("cpu", FUSED)]
    best = [(what, least(workers, among, what)) for what, among in to]
    what = f"{threads} thread{'s' * (threads > 1)}; load {before:.1f} before, {after:.1f} after"
    lines = [what, "", f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]
    failed = [worker for worker in workers if worker.error or not worker.runs]
    for worker in sorted((w for w in workers if w not in failed), key=lambda worker: median(worker, "wall")):
        wall = [run["wall"] for run in worker.runs]
        mark = "**" if worker.peer in OURS else ""
        ratios = [f"{median(worker, what) / time:.2f}" if time else "" for what, time in best]
        cells = [
            f"{mark}{worker.peer}{mark}",
            f"{statistics.median(wall):.3f} ({len(wall)})",
            f"{min(wall):.3f}..{max(wall):.3f}",
            f"{median(worker, 'cpu'):.3f}",
            *ratios,
            f"{worker.first['peak'] / 1e3:.2f}",
            f"{worker.loaded / 1e3:.2f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [f"| {worker.peer} | failed: {' '.join(worker.error.split())} ||||||||" for worker in failed]
    return "\n".join(lines)


def keep(title: str, tables: list[str], command: str) -> None:
    """Replace the section of a workload, or append it."""
    names = ["migstat", "pandas", "polars", "duckdb", "pyarrow", "datafusion", "numpy", "scipy"]
    versions = ", ".join(f"{name} {found}" for name in names if (found := installed(name)))
    today = datetime.datetime.now(datetime.UTC).date()
    how = f"{today}, `{command}`; commit {commit()}; {versions}; {machine()}."
    section = "\n\n".join([f"## {title}", how, *tables])
    parts = re.split(r"\n(?=## )", RESULTS.read_text().rstrip() if RESULTS.exists() else "# Results")
    at = next((at for at, part in enumerate(parts) if part.split("\n")[0] == f"## {title}"), None)
    if at is None:
        parts.append(section)
    else:
        parts[at] = section
    RESULTS.write_text("\n\n".join(part.strip() for part in parts) + "\n")


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def machine() -> str:
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else []
    name = names[0] if names else platform.processor()
    memory = f"{memory_of('MemTotal') / 1e3:.0f} GB"
    return f"{os.cpu_count()} x {name}, {memory}, {platform.system()}, Python {platform.python_version()}"


def commit() -> str:
    """The commit, with a + where the package has been changed since."""

    def git(*words: str) -> str:
        asked = ["git", "-C", str(RESULTS.parents[1]), *words]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--", "src", "python", "Cargo.toml", "Cargo.lock")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if changed else "")


def memory_of(what: str) -> float:
    """Megabytes of the machine."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(what))


def available() -> float:
    return memory_of("MemAvailable")
