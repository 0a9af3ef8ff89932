"""The layout of a report as HTML: no scripts, nothing from elsewhere, light and dark alike."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ._display_text import clean

if TYPE_CHECKING:
    from ._display_text import Fact, Grid, Report, Row

__all__ = ["as_html"]

# Colours are shades of the text's own, so that they suit every theme; only warnings have one of their own.
# Notebooks style bare tables: `table.ms-grid` is there to win over them.
_STYLE = """
.migstat{font-size:13px;line-height:1.45;max-width:62rem;color:inherit;font-variant-numeric:tabular-nums}
.migstat .ms-title{margin:0 0 .5em;font-size:1.08em}
.migstat .ms-kind{font-weight:600}
.migstat dl.ms-facts{display:grid;grid-template-columns:5.6em minmax(0,1fr);gap:.18em 1em;margin:0;padding:0}
.migstat dl.ms-facts dt{margin:0;padding:0;font-weight:400;opacity:.62}
.migstat dl.ms-facts dd{margin:0;padding:0;overflow-wrap:anywhere}
.migstat dl.ms-facts dt.ms-warning{opacity:1;font-weight:600;color:#b87000}
.migstat .ms-tail,.migstat .ms-more{opacity:.62}
.migstat .ms-tail{white-space:nowrap}
.migstat p.ms-more{margin:.35em 0 0}
.migstat .ms-scroll{overflow-x:auto;margin:.8em 0 0}
.migstat table.ms-grid{border-collapse:collapse;border:0;margin:0;font-size:1em;
color:inherit}
.migstat table.ms-grid tr,.migstat table.ms-grid tbody tr,
.migstat table.ms-grid tbody tr:hover{background:none}
.migstat table.ms-grid thead{border:0;border-bottom:1px solid rgba(128,128,128,.55)}
.migstat table.ms-grid th,.migstat table.ms-grid td{padding:.16em .9em .16em 0;border:0;text-align:left;
vertical-align:baseline;font-weight:400;max-width:26em;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.migstat table.ms-grid thead th{opacity:.62}
.migstat table.ms-grid tbody tr+tr>*:not(.ms-level2){border-top:1px solid rgba(128,128,128,.16)}
.migstat table.ms-grid .ms-right{text-align:right}
.migstat table.ms-grid .ms-heading.ms-level1,.migstat table.ms-grid .ms-first.ms-level1{padding-left:1.1em}
.migstat table.ms-grid .ms-first.ms-level2{padding-left:2.2em}
.migstat table.ms-grid .ms-level2.ms-first{max-width:44em}
.migstat table.ms-grid .ms-heading{max-width:none;white-space:normal}
.migstat table.ms-grid .ms-heading.ms-level0{font-weight:600;padding-top:.6em}
.migstat .ms-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
""".replace("\n", "")


def as_html(report: Report) -> str:
    """Lay out what is said as one element with its own style."""
    facts = "".join(_fact(fact) for fact in report.facts)
    parts = [
        f"<style>{_STYLE}</style>",
        f'<p class="ms-title"><b class="ms-kind">{_escape(report.kind)}</b> {_escape(report.title)}</p>',
        f'<dl class="ms-facts">{facts}</dl>' if facts else "",
        "" if report.grid is None else _grid(report.grid),
    ]
    return f'<div class="migstat">{"".join(parts)}</div>'


def _escape(text: object) -> str:
    return escape(clean(text))


def _fact(fact: Fact) -> str:
    items, rest = fact.shown(fact.most)
    out, last = [], ""
    for item in items:
        label = item.label or fact.label
        tail = f' <span class="ms-tail">{_escape(item.tail)}</span>' if item.tail else ""
        out.append(_said("" if label == last else label, _escape(item.text) + tail, warning=label == "warning"))
        last = label
    if rest:
        out.append(_said("" if items else fact.label, f'<span class="ms-more">{_escape(rest)}</span>'))
    return "".join(out)


def _said(label: str, inner: str, *, warning: bool = False) -> str:
    mark = ' class="ms-warning"' if warning else ""
    return f"<dt{mark}>{_escape(label)}</dt><dd>{inner}</dd>"


def _grid(grid: Grid) -> str:
    names = "".join(
        f'<th scope="col"{_class(right and "ms-right")}>{_escape(name)}</th>'
        for name, right in zip(grid.names, grid.right, strict=True)
    )
    caption = f'<caption class="ms-hidden">{_escape(grid.caption)}</caption>' if grid.caption else ""
    body = "".join(_row(row, grid) for row in grid.rows)
    rest = grid.more(len(grid.rows))
    more = f'<p class="ms-more">{_escape(rest)}</p>' if rest else ""
    return (
        f'<div class="ms-scroll"><table class="ms-grid">{caption}<thead><tr>{names}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{more}"
    )


def _row(row: Row, grid: Grid) -> str:
    if row.heading:
        tail = f' <span class="ms-tail">{_escape(row.tail)}</span>' if row.tail else ""
        mark = _class("ms-heading", f"ms-level{row.level}")
        span = f'scope="rowgroup" colspan="{len(grid.names)}"'
        return f"<tr><th {span}{mark}>{_escape(row.cells[0])}{tail}</th></tr>"
    cells = []
    for at, (cell, right) in enumerate(zip(row.cells, grid.right, strict=True)):
        level = f"ms-level{row.level}" if row.level else ""
        indent = "ms-first" if not at else ""
        cells.append(f"<td{_class(right and 'ms-right', indent, level)}>{_escape(cell)}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _class(*names: str | bool) -> str:
    said = " ".join(name for name in names if isinstance(name, str) and name)
    return f' class="{said}"' if said else ""
