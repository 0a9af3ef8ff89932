"""How factors by double entry look to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._display_html import as_html
from ._display_text import Fact, Grid, Item, Report, Row, as_text, clean, counted, joined

if TYPE_CHECKING:
    from ._reconcile_double_entry import DoubleEntry

__all__ = ["html", "text"]

_FACTORS = 10


def text(found: DoubleEntry) -> str:
    """Give the result as at most 25 lines of 100 characters."""
    return as_text(_report(found))


def html(found: DoubleEntry) -> str:
    """Give the result as HTML that needs nothing else."""
    return as_html(_report(found))


def _report(found: DoubleEntry) -> Report:
    method = found.method
    counts = dict(method["pairs"])
    rows, fitted = counts.pop("rows"), counts.pop("fitted")
    factors = found._factors.to_pylist()
    none = [row for row in factors if row["factor"] is None]
    facts = []
    if none:
        said = joined([f"{_who(row, [])}: {row['flag']}" for row in none[:3]])
        more = f", {counted(len(none) - 3, 'more')}" if len(none) > 3 else ""
        facts.append(Fact("no factor", [Item(f"{clean(said)}{more}")], most=3, alarming=True))
    facts.append(Fact("method", [Item(_method(method))], most=2))
    left_out = [f"{number:,} {kind}" for kind, number in counts.items() if number]
    facts.append(Fact("pairs", [Item(joined([f"{fitted:,} of {rows:,} in the fit", *left_out]))], most=2))
    objective = f"objective {method['objective']:.6g}; {counted(method['components'], 'part')}; residual "
    facts.append(Fact("solution", [Item(f"{objective}{method['residual']:.1g}")]))
    if method["estimate"] != "mean" or method["decisions"]:
        decided = [counted(len(method["decisions"]), "decision")] if method["decisions"] else []
        facts.append(Fact("value", [Item(joined([f"by {method['estimate']}", *decided]))]))
    return Report("DoubleEntry", f"{counted(len(factors) - len(none), 'factor')}", facts, _grid(found, factors))


def _method(method: dict[str, object]) -> str:
    references = method["reference"]
    listed = [str(one) for one in references] if isinstance(references, list) else []
    said = [str(method["method"]), f"weights {method['weights']}"]
    said.append(f"the inflow of {joined(listed)} is right" if listed else "adjusted reports add up to the reports")
    if method["per"]:
        said.append(f"per {joined(list(map(str, method['per'])))}" if isinstance(method["per"], list) else "")
    return clean("; ".join(said))


def _who(row: dict[str, object], per: list[str]) -> str:
    when = "".join(f" {row[name]}" for name in per)
    regime = f" ({row['regime']})" if row["regime"] is not None else ""
    return f"{row['direction']} of {row['reporter']}{regime}{when}"


def _grid(found: DoubleEntry, factors: list[dict[str, object]]) -> Grid | None:
    per = found._pairs.columns["per"]
    known = [row for row in factors if row["factor"] is not None]
    if not known:
        return None
    regimes = any(row["regime"] is not None for row in known)
    names = [*per, "reporter", "direction", *(["regime"] if regimes else []), "factor", "pairs", ""]
    rows = []
    for row in known[:_FACTORS]:
        note = "given" if row["anchor"] else clean(row["flag"] or "")
        regime = [clean(row["regime"] or "")] if regimes else []
        cells = [*(clean(row[name]) for name in per), clean(row["reporter"]), str(row["direction"]), *regime]
        rows.append(Row([*cells, f"{row['factor']:.4f}", f"{row['pairs']:,}", note]))
    right = [name in ("factor", "pairs") for name in names]

    def more(shown: int) -> str:
        left = len(known) - shown
        return f"… {counted(left, 'more factor')}: found.factors" if left else ""

    return Grid(names, rows, right, [99 - at for at in range(len(names))], "factors", more)
