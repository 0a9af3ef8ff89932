"""How pairs of reports look to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._display_html import as_html
from ._display_ledger import findings_of, rest_of, set_aside_of, steps_of
from ._display_table import day_text, period_text
from ._display_text import ROWS, Fact, Grid, Item, Report, Row, as_text, counted, joined, number, numbers, percentage

if TYPE_CHECKING:
    import pyarrow as pa

    from ._reconcile_mirror_class import Mirror

__all__ = ["mirror_html", "mirror_text"]

_ALONE = ("receiving only", "sending only", "neither")


def mirror_text(pairs: Mirror) -> str:
    """Give pairs as at most 25 lines of 100 characters."""
    return as_text(_report(pairs))


def mirror_html(pairs: Mirror) -> str:
    """Give pairs as HTML that needs nothing else."""
    return as_html(_report(pairs))


def _report(pairs: Mirror) -> Report:
    import pyarrow as pa
    import pyarrow.compute as pc

    table = pairs.to_arrow(full=True)
    states = {str(row["values"]): row["counts"] for row in pc.value_counts(table.column("state")).to_pylist()}
    both = states.get("both", 0)
    said = [f"{both:,} with both reports", *(f"{states[name]:,} {name}" for name in _ALONE if states.get(name))]
    title = f"{counted(len(table), 'movement')}: {joined(said)}"
    reasons = pa.table(pairs._core.reasons()).to_pylist()
    facts = [fact for fact in (_reasons(reasons, "not comparable"), _reasons(reasons, "differs")) if fact]
    if both:
        facts.append(Fact("comparable", [Item(_comparable(table))], most=2))
        facts.append(Fact("apart", [Item(_apart(table))], most=2))
    if len(table):
        facts.append(Fact("when", [Item(_when(table))]))
    steps = steps_of(pairs.ledger)
    facts += findings_of(steps[-1:], "pairs.ledger")
    facts.append(set_aside_of(steps[-1:], "pairs.ledger"))
    return Report("Mirror", title, facts, _first_rows(table) if len(table) else None)


def _reasons(reasons: list[dict[str, Any]], severity: str) -> Fact | None:
    """Say what makes pairs unlike, what concerns most of them first."""
    counts: dict[str, int] = {}
    for reason in reasons:
        if reason["severity"] == severity:
            counts[reason["says"]] = counts.get(reason["says"], 0) + reason["pairs"]
    if not counts:
        return None
    most = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    items = [Item(says, f"({counted(n, 'pair')})") for says, n in most]
    label = "unlike" if severity == "not comparable" else "differs"
    more = rest_of(items, "pairs.why_not()")
    return Fact(label, items, most=4, least=1, more=more, cap=3, alarming=severity == "not comparable")


def _comparable(table: pa.Table) -> str:
    import pyarrow.compute as pc

    judged = table.filter(pc.equal(table.column("state"), "both")).column("comparable")
    fine = int(pc.sum(judged).as_py() or 0)
    return f"{fine:,} of {counted(len(judged), 'pair')} ({percentage(fine, len(judged))}): pairs.why_not()"


def _apart(table: pa.Table) -> str:
    """Say how far the reports are apart, over pairs that no other contains."""
    import numpy as np
    import pyarrow.compute as pc

    both = pc.and_(pc.equal(table.column("state"), "both"), pc.invert(table.column("part")))
    whole = table.filter(both)
    inflow, outflow = (whole.column(name).to_numpy() for name in ("inflow", "outflow"))
    ratios = whole.column("log_ratio").drop_null().to_numpy()
    said = [f"inflow {number(float(inflow.sum()))} against outflow {number(float(outflow.sum()))}"]
    if len(ratios):
        said.append(f"median of inflow / outflow {number(float(np.exp(np.median(ratios))))}")
    if zeros := len(whole) - len(ratios):
        said.append(f"{counted(zeros, 'pair')} with a zero")
    return "; ".join(said)


def _when(table: pa.Table) -> str:
    import pyarrow as pa

    spans = table.select(["period_start", "period_end"]).group_by(["period_start", "period_end"]).aggregate([])
    days = [spans.column(name).cast(pa.int32()).to_pylist() for name in ("period_start", "period_end")]
    each = sorted(zip(*days, strict=True))
    if len(each) == 1:
        return period_text(*each[0])
    return f"{len(each):,} periods from {day_text(each[0][0])} to {period_text(*each[-1])}"


def _first_rows(table: pa.Table) -> Grid:
    """Show the first movements that have both reports, else the first ones."""
    import pyarrow as pa
    import pyarrow.compute as pc

    both = table.filter(pc.equal(table.column("state"), "both"))
    head = (both if len(both) else table).slice(0, ROWS)
    columns: list[tuple[str, list[str], bool, int]] = []
    at = table.column_names.index("period_start")
    for name in table.column_names[:at]:
        if name in ("origin", "destination") or len(table.column(name).unique()) > 1:
            values = [str(value) for value in head.column(name).to_pylist()]
            columns.append((name, values, False, 9))
    days = [head.column(name).cast(pa.int32()).to_pylist() for name in ("period_start", "period_end")]
    columns.append(("period", [period_text(*span) for span in zip(*days, strict=True)], False, 8))
    for name, keep in (("inflow", 10), ("outflow", 10), ("asymmetry", 7), ("log_ratio", 6)):
        columns.append((name, numbers(head.column(name).to_pylist()), True, keep))
    judged = {True: "yes", False: "no", None: ""}
    columns.append(("comparable", [judged[value] for value in head.column("comparable").to_pylist()], False, 5))
    names, cells, right, keeps = zip(*columns, strict=True)
    rows = [Row(each) for each in zip(*cells, strict=True)]

    def more(shown: int) -> str:
        return f"… {counted(len(table) - shown, 'more row')}: pairs.to_pandas()" if shown < len(table) else ""

    return Grid(names, rows, right, keeps, "first pairs", more)
