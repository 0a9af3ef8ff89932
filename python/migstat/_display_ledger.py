"""What is said of a ledger."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ._display_text import HEIGHT, Fact, Grid, Item, Report, Row, added, counted, fact_lines, joined, number
from .errors import MigstatError

if TYPE_CHECKING:
    from .ledger import Ledger

__all__ = ["Tally", "findings_of", "ledger_report", "rest_of", "set_aside_of", "steps_of"]


def rest_of(items: Sequence[Item], where: str) -> Callable[[int], str]:
    """Say how many more there are, and where."""
    return lambda shown: f"… and {len(items) - shown:,} more: {where}" if shown < len(items) else ""


_SEVERITY = {"warning": "warning", "assumption": "assumed", "note": "note"}


@dataclass(frozen=True)
class Tally:
    """Rows, rows without a value, and their total."""

    rows: int = 0
    missing: int = 0
    value: float = 0.0

    @classmethod
    def of(cls, tally: dict[str, Any]) -> Tally:
        """Take one from JSON."""
        return cls(int(tally.get("rows", 0)), int(tally.get("missing", 0)), added(tally.get("value", [])))

    def plus(self, other: Tally) -> Tally:
        """Add two, of one unit."""
        return Tally(self.rows + other.rows, self.missing + other.missing, self.value + other.value)

    def said(self, unit: str = "") -> str:
        """Say how many rows and how much."""
        blank = f" ({self.missing:,} without a value)" if self.missing else ""
        return f"{counted(self.rows, 'row')}{blank}, {number(self.value)}{unit and ' ' + unit}"


def steps_of(ledger: Ledger) -> list[dict[str, Any]]:
    """Give the operations, read once."""
    return [step for step in ledger.steps if isinstance(step, dict)]


def findings_of(steps: Sequence[dict[str, Any]], where: str, *, examples: bool = False) -> list[Fact]:
    """List warnings and assumptions, those about everything first, then by rows; notes are counted."""
    ranks = list(_SEVERITY)
    selected = max((at for at, step in enumerate(steps) if step.get("operation") == "where"), default=-1)
    found = [
        (finding, Tally.of(finding.get("tally", {})), at < selected)
        for at, step in enumerate(steps)
        for finding in step.get("findings", [])
        if finding.get("severity") in ranks
    ]
    # Parts of one table that were put together again bring the same findings.
    found = list({repr(each): each for each in found}.values())
    found.sort(key=lambda each: (ranks.index(each[0]["severity"]), each[1].rows > 0, -each[1].rows, -each[1].value))
    if not found:
        return []
    items = []
    for finding, tally, before in found:
        # What was found before a selection need not be among what was selected.
        told = [tally.said() + (" before where" if before else "")] if tally.rows else []
        told += _example(finding) if examples else []
        tail = f"({'; '.join(told)})" if told else ""
        items.append(Item(str(finding.get("message", "")), tail, _SEVERITY[finding["severity"]]))
    told_of = [finding["severity"] for finding, *_ in found]
    worth = sum(severity != "note" for severity in told_of)

    def more(shown: int) -> str:
        left = Counter(told_of[shown:] if shown < worth else told_of[worth:])
        said = [counted(left[severity], severity) for severity in ranks if left[severity]]
        return f"{'and ' if shown else ''}{joined(said)}: {where}" if said else ""

    label = _SEVERITY[told_of[0]] if worth else "noted"
    return [Fact(label, items[:worth], most=5, least=2, more=more, cap=4, alarming=told_of[0] == "warning")]


def _example(finding: dict[str, Any]) -> list[str]:
    examples = finding.get("examples") or []
    if not examples:
        return []
    return [f"e.g. row {examples[0].get('row')}"]


def set_aside_of(steps: Sequence[dict[str, Any]], where: str) -> Fact:
    sums: dict[tuple[str, str], Tally] = {}
    shown: dict[tuple[str, str], list[str]] = {}
    for step in steps:
        for account in step.get("accounts", []):
            for each in account.get("set_aside", []):
                key = (str(each.get("reason", "")), str(account.get("unit", "")))
                if key[0] == "total, kept beside its parts":
                    continue
                sums[key] = sums.get(key, Tally()).plus(Tally.of(each.get("tally", {})))
                what = [str(example.get("what", "")) for example in each.get("examples", [])]
                shown.setdefault(key, []).extend(text for text in what if not re.fullmatch(r"row \d+", text))
    if not sums:
        return Fact("set aside", [Item("nothing" if steps else "not known: these figures came without a ledger")])
    order = sorted(sums, key=lambda key: (key[0] == "not selected", -sums[key].rows))
    items = []
    for key in order:
        examples = list(dict.fromkeys(shown.get(key, [])))
        such = f", such as {joined(examples[:3])}" if examples else ""
        items.append(Item(f"{key[0]}{such}", f"({sums[key].said(key[1])})"))
    return Fact("set aside", items, most=3, least=1, more=rest_of(items, where))


# ---- ledgers


def ledger_report(ledger: Ledger) -> Report:
    """Say whether it balances, what was found, and what every step did."""
    facts = []
    state = "balances (in = out + set aside + adjustment)"
    try:
        ledger.check()
    except MigstatError as error:
        if str(error).startswith("not a ledger"):
            return Report("Ledger", f"cannot be read: {error}", [])
        state = "DOES NOT BALANCE"
        facts.append(Fact("warning", [Item(str(error))], most=3, alarming=True))
    steps = steps_of(ledger)
    if not steps:
        return Report("Ledger", "empty, nothing has been done yet", facts)
    facts += findings_of(steps, "ledger.findings()", examples=True)
    title = f"{state}, {counted(len(steps), 'step')}: {_operations(steps)}"
    lines = HEIGHT - 2 - sum(len(fact_lines(fact, fact.most)) for fact in facts)
    return Report("Ledger", title, facts, _accounts(steps, lines))


def _operations(steps: Sequence[dict[str, Any]]) -> str:
    """Name the operations in order; the same several times in a row is named once."""
    runs = [(name, len(list(run))) for name, run in groupby(str(step.get("operation", "")) for step in steps)]
    return joined([name if times == 1 else f"{times} × {name}" for name, times in runs])


def _accounts(steps: Sequence[dict[str, Any]], lines: int) -> Grid | None:
    """Show every account in full, or by step and unit, or a line a step: the first that fits."""
    rows = [row for step in steps for row in _step_rows(step, step.get("accounts", []))]
    folded = ""
    if len(rows) > lines - 1:
        rows, folded = _merged(steps, lines - 1)
    missing = any(len(row.cells) > 1 and row.cells[2] not in ("", "0") for row in rows)
    if not missing:
        rows = [row if row.heading else replace(row, cells=[row.cells[0], row.cells[1], row.cells[3]]) for row in rows]
    names = ["", "rows", *(["without a value"] if missing else []), "value"]
    return Grid(
        names,
        rows,
        [False, *[True] * (len(names) - 1)],
        [9, 8, 1, 8] if missing else [9, 8, 8],
        more=lambda _: folded,
    )


def _side(name: str, tally: Tally, level: int = 2) -> Row:
    return Row([name, f"{tally.rows:,}", f"{tally.missing:,}", number(tally.value)], level)


def _step_rows(step: dict[str, Any], accounts: Sequence[dict[str, Any]]) -> list[Row]:
    rows = [Row([str(step.get("operation", ""))], 0, heading=True)]
    for account in accounts:
        unit = account.get("unit", "")
        tail = f"({unit})" if unit else ""
        rows.append(Row([str(account.get("title", ""))], 1, heading=True, tail=tail))
        rows.append(_side("in", Tally.of(account.get("taken", {}))))
        rows.append(_side("= out", Tally.of(account.get("out", {}))))
        rows += [
            _side(f"+ {word}: {each.get('reason', '')}", Tally.of(each.get("tally", {})))
            for side, word in (("set_aside", "set aside"), ("adjustments", "adjustment"))
            for each in account.get(side, [])
        ]
    if not accounts:
        rows.append(Row(["no figures"], 1, heading=True))
    return rows


def _merged(steps: Sequence[dict[str, Any]], lines: int) -> tuple[list[Row], str]:
    where = "ledger.to_pandas()"
    merged = [(step, _by_unit(step.get("accounts", []))) for step in steps]
    rows = [row for step, accounts in merged for row in _step_rows(step, accounts)]
    if len(rows) <= lines:
        # What room is left goes to what the last step gave out.
        accounts = steps[-1].get("accounts", [])
        left = lines - len(rows) - 2
        if len(accounts) > 1 and left > 0:
            rows.append(Row(["of it by definition"], 1, heading=True))
            units = len({each.get("unit", "") for each in accounts}) > 1
            for each in accounts[:left]:
                unit = f"{each.get('unit', '')}: " if units else ""
                rows.append(_side(f"{unit}{each.get('title', '')}", Tally.of(each.get("out", {}))))
            over = len(accounts) - left
            return rows, f"… and {over:,} more: {where}" if over > 0 else f"each account in full: {where}"
        return rows, f"each account in full: {where}"
    short = []
    for step, accounts in merged:
        for account in accounts:
            aside = sum(Tally.of(each.get("tally", {})).rows for each in account["set_aside"])
            told = f", {counted(aside, 'row')} set aside" if aside else ""
            name = f"{step.get('operation', '')} gave out ({account['unit']}{told})"
            short.append(_side(name, Tally.of(account["out"]), level=0))
    if len(short) <= lines - 1:
        return short, f"each account in full: {where}"
    first, last = short[:2], short[-(lines - 4) :]
    folded = len(short) - len(first) - len(last)
    return [
        *first,
        Row([f"… and {folded:,} more …"], 0, heading=True),
        *last,
    ], f"each account in full: {where}"


def _by_unit(accounts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merge the accounts of one unit; what is counted in different units is never added."""
    units: dict[str, list[dict[str, Any]]] = {}
    for account in accounts:
        units.setdefault(str(account.get("unit", "")), []).append(account)
    out = []
    for unit, several in units.items():
        if len(several) == 1:
            out.append(several[0])
            continue
        merged: dict[str, Any] = {"title": f"{counted(len(several), 'definition')} together", "unit": unit}
        for side in ("taken", "out"):
            merged[side] = _sum([account.get(side, {}) for account in several])
        for side in ("set_aside", "adjustments"):
            reasons: dict[str, list[dict[str, Any]]] = {}
            for account in several:
                for each in account.get(side, []):
                    reasons.setdefault(str(each.get("reason", "")), []).append(each.get("tally", {}))
            merged[side] = [{"reason": reason, "tally": _sum(tallies)} for reason, tallies in reasons.items()]
        out.append(merged)
    return out


def _sum(tallies: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "rows": sum(int(tally.get("rows", 0)) for tally in tallies),
        "missing": sum(int(tally.get("missing", 0)) for tally in tallies),
        "value": [part for tally in tallies for part in tally.get("value", [])],
    }
