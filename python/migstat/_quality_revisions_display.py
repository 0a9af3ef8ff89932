"""How a comparison of two editions looks to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ._display_html import as_html
from ._display_ledger import rest_of
from ._display_text import Fact, Grid, Item, Report, Row, as_text, clean, counted, joined, number, numbers, percentage

if TYPE_CHECKING:
    from ._quality_revisions import Revisions

__all__ = ["revisions_html", "revisions_text"]

_STATES = ("same", "revised", "added", "removed", "became missing", "filled in", "presence changed",
           "definition changed", "repeated")  # fmt: skip
_TOP = 5


def revisions_text(found: Revisions) -> str:
    """Give a comparison as at most 25 lines of 100 characters."""
    return as_text(_report(found))


def revisions_html(found: Revisions) -> str:
    """Give a comparison as HTML that needs nothing else."""
    return as_html(_report(found))


def _report(found: Revisions) -> Report:
    rows = pa.table(found._core.by([])).to_pylist()
    earlier, later = found._core.figures()
    before, after = (f" ({clean(name)})" if name else "" for name in found._names)
    counts = {state: sum(row[state.replace(" ", "_")] for row in rows) for state in _STATES}
    several = len(rows) > 1
    facts = []
    if counts["repeated"]:
        said = f"{counted(counts['repeated'], 'figure')} cannot be told from others of their edition: not compared"
        facts.append(Fact("warning", [Item(said, label="warning")], alarming=True))
    states = [f"{count:,} {state} ({percentage(count, len(found))})" for state, count in counts.items() if count]
    facts.append(Fact("states", [Item(joined(states) or "no figures")], most=3))
    # Sums before means, the measure of most figures first.
    rows.sort(key=lambda row: (row["a6"] is None, -row["compared"]))
    moved = [Item(_moved(row, several)) for row in rows]
    facts.append(Fact("revised", moved or [Item("nothing")], most=4, more=rest_of(moved, "found.summary")))
    facts += _copies(found)
    facts += _paired(found)
    return Report(
        "Revisions",
        f"{counted(earlier, 'figure')}{before} against {later:,}{after}",
        facts,
        _top(found),
    )


def _moved(row: dict[str, Any], several: bool) -> str:
    """Say how far the numbers of one measure moved."""
    what = f"{' in '.join(clean(row[name]) for name in ('measure', 'unit') if row.get(name))}: " if several else ""
    if not row["compared"]:
        return f"{what}no leaves with a number in both"
    mean = f"mean {_signed(row['mean_revision'])}"
    over = f"in {counted(row['compared'], 'leaf', 'leaves')}"
    if row["a6"] is None:
        return f"{what}{mean}, {number(row['mean_absolute'])} without signs, {over}"
    return f"{what}A6 {100 * row['a6']:.3g} %, {mean}, sum {_signed(row['revision'])}, {over}"


def _signed(value: float) -> str:
    return f"+{number(value)}" if value > 0 else number(value)


def _copies(found: Revisions) -> list[Fact]:
    by = found._series_of(None)
    if not by:
        return []
    series = pa.table(found._core.series(by)).to_pylist()
    items = []
    units = dict.fromkeys((row.get("measure"), row.get("unit")) for row in series)
    for measure, unit in units:
        mine = [row for row in series if (row.get("measure"), row.get("unit")) == (measure, unit)]
        known = [row for row in mine if row["state"] != "nothing to compare"]
        copied = [clean(row[by[0]]) for row in known if row["state"] != "revised"]
        if copied:
            what = f"{' in '.join(clean(word) for word in (measure, unit) if word)}: " if len(units) > 1 else ""
            head = f"{what}{len(copied):,} of {len(known):,} series by {by[0]} are copies"
            extended = sum(row["state"] == "unrevised, extended" for row in known)
            head += f", {extended:,} of them extended" if extended else ""
            items.append(Item(f"{head}: {joined(copied)}"))
    return [Fact("unrevised", items, most=4, more=rest_of(items, "found.series()"))] if items else []


def _paired(found: Revisions) -> list[Fact]:
    """Say which figures were paired though titles of their tables differ, or only by what they count."""
    counts: dict[str, int] = {}
    for row in pa.table(found._core.definitions()).to_pylist():
        counts[row["agree_in"]] = counts.get(row["agree_in"], 0) + row["figures"]
    said = {
        "meaning and sheet": "by sheet, where titles of tables differ",
        "all but breakdown": "without their breakdown",
    }
    items = [f"{counts[level]:,} {how}" for level, how in said.items() if level in counts]
    return [Fact("paired", [Item(f"{joined(items)}: found.definitions")], most=2)] if items else []


def _top(found: Revisions) -> Grid | None:
    table = found._view(pa.table(found._core.largest(_TOP, False, True)), False)
    if not len(table):
        return None
    names, columns, right = [], [], []
    for name in table.column_names:
        values = table.column(name).to_pylist()
        is_number = name in ("earlier", "later", "difference")
        if name in ("state", "changed"):
            continue
        names.append(name)
        right.append(is_number or name in ("year", "relative"))
        if name == "relative":
            columns.append(["" if one is None else f"{100 * one:+.1f} %" for one in values])
        else:
            columns.append(numbers(values) if is_number else ["" if one is None else clean(one) for one in values])
    rows = [Row(list(cells)) for cells in zip(*columns, strict=True)]

    def more(shown: int) -> str:
        return "… the largest revisions of leaves: found.top(), found.to_pandas(changed=True)" if shown else ""

    return Grid(names, rows, right, [99 if flag else 50 for flag in right], "largest revisions", more)
