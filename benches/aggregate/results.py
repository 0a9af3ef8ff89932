"""Tables of results, a record of each run, and the sections of RESULTS.md that are made of them."""

from __future__ import annotations

import datetime
import json
import statistics
from dataclasses import asdict, dataclass, field
from typing import Any

import report
from aggregate.peers import PEERS
from aggregate.table import HOME
from aggregate.workloads import OF_C, VALUES, WORKLOADS, Job
from work import Worker

RECORDS = HOME / "records.json"
USUAL, AHEAD = 20_000_000, 1.0  # rows, and the target of other numbers of them
SHORT = "Aggregation in short"
IN_MEMORY = [name for name, peer in PEERS.items() if peer.ours and "stream" not in peer.only]
HEAD = ["peer", "seconds (median, n)", "min..max", "CPU s", "extra peak MB", "x fastest library", "x C"]


@dataclass(frozen=True)
class Record:
    """One workload on one number of threads: what each peer took, or why it is left out."""

    workload: str
    values: str
    rows: int
    threads: int
    load: tuple[float, float]
    commit: str
    date: str
    peers: dict[str, dict[str, Any]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, job: Job, workers: list[Worker], load: tuple[float, float]) -> Record:
        peers, failed = {}, {}
        for worker in workers:
            if worker.error or not worker.runs:
                failed[worker.peer] = " ".join((worker.error or "not run").split())
                continue
            peers[worker.peer] = {
                "wall": statistics.median(run["wall"] for run in worker.runs),
                "low": min(run["low"] for run in worker.runs),
                "high": max(run["high"] for run in worker.runs),
                "cpu": statistics.median(run["cpu"] for run in worker.runs),
                "calls": sum(run["calls"] for run in worker.runs),
                # The first call too: what a process has been given, it does not always give back.
                "extra": max(run["extra"] for run in [worker.first, *worker.runs]),
                "peak": max(run["peak"] for run in [worker.first, *worker.runs]),
            }
        today = str(datetime.datetime.now(datetime.UTC).date())
        return cls(job.workload, job.values, job.rows, job.threads, load, report.commit(), today, peers, failed)

    def fastest(self, tuned: bool = True) -> str | None:
        """Of the libraries; unless `tuned`, of those that are used as they come."""
        others = [name for name in self.peers if not PEERS[name].ours and not PEERS[name].reference]
        wanted = [name for name in others if tuned or not PEERS[name].tuned]
        return min(wanted, key=lambda name: self.peers[name]["wall"], default=None)

    def times(self, ours: str, than: str | None, what: str = "wall") -> float | None:
        """Times as fast; above 1 is faster."""
        if ours not in self.peers or than not in self.peers:
            return None
        return self.peers[than][what] / self.peers[ours][what]

    @property
    def title(self) -> str:
        what = WORKLOADS[self.workload]
        name = what.title if what.streamed else f"{self.workload}, {what.title}"
        return f"Aggregation: {name}, {VALUES[self.values]}, {number(self.rows)} rows"


def number(rows: int) -> str:
    return f"{rows / 1e6:g} million" if rows >= 1e6 else f"{rows:,}"


def seconds(time: float) -> str:
    return f"{time:.3f}" if time >= 0.1 else f"{time:.4f}" if time >= 0.01 else f"{time:.6f}"


def table(record: Record) -> str:
    """Below 1, a ratio is faster than what it is a ratio to."""
    best, before, after = record.fastest(), *record.load
    threads = f"{record.threads} thread{'s' * (record.threads > 1)}"
    when = f"{record.date}, commit {record.commit}"
    lines = [f"{threads}; load {before:.1f} before, {after:.1f} after; {when}", "", row(HEAD), "|---" * len(HEAD) + "|"]
    for name, took in sorted(record.peers.items(), key=lambda pair: pair[1]["wall"]):
        mark = "**" if PEERS[name].ours else ""
        ratios = [record.times(than, name) if than else None for than in (best, "C")]
        cells = [
            f"{mark}{name}{mark}",
            f"{seconds(took['wall'])} ({took['calls']})",
            f"{seconds(took['low'])}..{seconds(took['high'])}",
            seconds(took["cpu"]),
            f"{took['extra']:.0f}",
            *(f"{ratio:.2f}" if ratio else "" for ratio in ratios),
        ]
        lines.append(row(cells))
    lines += [f"| {name} | {why} ||||||" for name, why in record.failed.items()]
    return "\n".join(lines)


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def keep(records: list[Record], command: str) -> None:
    known = {key(record): record for record in [*load(), *records]}
    RECORDS.write_text(json.dumps([asdict(record) for record in known.values()]))
    everything = list(known.values())
    report.keep(SHORT, short(everything), command)
    first = records[0]
    if WORKLOADS[first.workload].streamed:
        same = [one for one in everything if one.workload == first.workload and one.values == first.values]
        title = f"Aggregation: {WORKLOADS[first.workload].title}, {VALUES[first.values]}"
        report.keep(title, curve(same), command)
    else:
        same = [one for one in everything if one.title == first.title]
        report.keep(first.title, [table(one) for one in sorted(same, key=key)], command)


def key(record: Record) -> tuple[str, str, int, int]:
    return record.workload, record.values, record.rows, record.threads


def load() -> list[Record]:
    known = json.loads(RECORDS.read_text()) if RECORDS.exists() else []
    return [Record(**{**one, "load": tuple(one["load"])}) for one in known]


def curve(records: list[Record]) -> list[str]:
    """Time and peak memory of the process, by number of rows."""
    out = []
    for threads in sorted({record.threads for record in records}):
        of = sorted((one for one in records if one.threads == threads), key=lambda record: record.rows)
        names = dict.fromkeys(name for one in of for name in [*one.peers, *one.failed])
        head = ["seconds, peak GB", *(number(one.rows) for one in of)]
        lines = [f"{threads} thread{'s' * (threads > 1)}", "", row(head), "|---" * len(head) + "|"]
        for name in names:
            mark = "**" if PEERS[name].ours else ""
            cells = [
                f"{seconds(took['wall'])}, {took['peak'] / 1e3:.2f}"
                if (took := one.peers.get(name))
                else one.failed.get(name, "")
                for one in of
            ]
            lines.append(row([f"{mark}{name}{mark}", *cells]))
        out.append("\n".join(lines))
    return out


def short(records: list[Record]) -> list[str]:
    """Times as fast as the fastest library, against what was set; above 1 is faster."""
    order = list(WORKLOADS)
    sets = sorted(records, key=lambda one: (one.rows, order.index(one.workload), one.values[::-1], one.threads))
    streams = [one for one in sets if WORKLOADS[one.workload].streamed]
    calls = [one for one in sets if one not in streams and one.rows < USUAL]
    head = ["workload", "values", "threads", "fastest library", *(name.removeprefix("migstat ") for name in IN_MEMORY)]
    head += ["target", "met", "by CPU", "engine as it comes", "times as fast", "x C", "extra MB", "commit"]
    lines = [row(head), "|---" * len(head) + "|"]
    lines += [row(compared(one)) for one in sets if one not in streams and one not in calls]
    legend = (
        "Times as fast as the fastest library of the same run and number of threads, from the tables below (medians); "
        f"above 1 is faster. {number(USUAL).capitalize()} rows unless said; targets are those of issue 6. "
        "Libraries that have no threads stand among those on two. From pyarrow: by CPU; beside the fastest library "
        "that is used as it comes (no setting, no index made by hand); its time as multiple of the kernel in C, which "
        "keeps no account of groups without values; and its peak memory beyond the table."
    )
    return [legend, "\n".join(lines), *small(calls), *streamed(streams)]


def compared(one: Record) -> list[str]:
    best, plain, first = one.fastest(), one.fastest(tuned=False), IN_MEMORY[0]
    target = WORKLOADS[one.workload].target[one.values, one.threads] if one.rows == USUAL else AHEAD
    times = [one.times(name, best) for name in IN_MEMORY]
    met = sum(ratio is not None and ratio >= target for ratio in times)
    limit = OF_C.get((one.workload, one.values))
    return [
        one.workload if one.rows == USUAL else f"{one.workload}, {number(one.rows)}",
        VALUES[one.values],
        str(one.threads),
        said(one, best),
        *(ratio(time) or ("failed" if name in one.failed else "") for name, time in zip(IN_MEMORY, times, strict=True)),
        f"{target:g}",
        f"{met} of {len(IN_MEMORY)}",
        ratio(one.times(first, best, "cpu")),
        said(one, plain),
        ratio(one.times(first, plain)),
        ratio(one.times("C", first)) + (f" (at most {limit:g})" if limit and one.rows == USUAL else ""),
        f"{one.peers[first]['extra']:.0f}" if first in one.peers else "",
        one.commit,
    ]


def said(one: Record, name: str | None) -> str:
    return f"{name} {seconds(one.peers[name]['wall'])} s" if name else ""


def ratio(times: float | None) -> str:
    return f"{times:.2f}" if times else ""


def small(records: list[Record]) -> list[str]:
    """What a call costs at least."""
    if not records:
        return []
    head = ["workload", "values", "threads", "rows", *(name.removeprefix("migstat ") for name in IN_MEMORY)]
    head += ["fastest library", "C"]
    lines = [row(head), "|---" * len(head) + "|"]
    for one in records:
        best = one.fastest()
        times = [
            f"{one.peers[name]['wall'] * 1e6:,.0f}" if name in one.peers else "" for name in (*IN_MEMORY, best, "C")
        ]
        times[-2] += f" ({best})" if best else ""
        lines.append(row([one.workload, VALUES[one.values], str(one.threads), f"{one.rows:,}", *times]))
    return ["Microseconds a call on small tables (target: under 1,000 more than the work itself):", "\n".join(lines)]


def streamed(records: list[Record]) -> list[str]:
    if not records:
        return []
    most = max(record.rows for record in records)
    names = [name for name in PEERS if "stream" in PEERS[name].only]
    head = ["values", "threads", *names]
    lines = [row(head), "|---" * len(head) + "|"]
    for one in records:
        if one.rows == most:
            cells = [
                f"{seconds(took['wall'])} s, {took['peak'] / 1e3:.2f} GB" if (took := one.peers.get(name)) else ""
                for name in names
            ]
            lines.append(row([VALUES[one.values], str(one.threads), *cells]))
    return [f"Streamed from Parquet, {number(most)} rows (target: under 1 GB, ahead of both):", "\n".join(lines)]
