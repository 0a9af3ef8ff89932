"""What is said of a result, and its layout as text of at most 25 lines of 100 characters.

A result is first boiled down to a :class:`Report`, which text and HTML only lay out: they say the same.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

__all__ = [
    "HEIGHT", "MARGIN", "ROWS", "WIDTH", "Fact", "Grid", "Item", "Report", "Row", "added", "as_text", "clean",
    "counted", "fact_lines", "joined", "number", "numbers", "percentage", "plain_text",
]  # fmt: skip

WIDTH = 100
HEIGHT = 25
#: Where what is said begins, right of its label.
MARGIN = 11
#: Rows of a table that are shown.
ROWS = 5
#: Nobody reads further in one field.
LONGEST = 600


@dataclass(frozen=True)
class Item:
    """One thing said: a text that may be shortened, and a tail that may not."""

    text: str
    tail: str = ""
    label: str = ""


@dataclass(frozen=True)
class Fact:
    """What is said under one label: one item a line, or one item of prose over several lines."""

    label: str
    items: Sequence[Item]
    most: int = 1
    least: int = 1
    more: Callable[[int], str] | None = None
    cap: int = 1000
    alarming: bool = False

    def shown(self, lines: int) -> tuple[list[Item], str]:
        """Give the items that fit into so many lines, and what is said of the rest."""
        if self.more is None:
            return list(self.items[:lines]), ""
        whole = min(len(self.items), self.cap)
        rest = self.more(whole)
        if whole + bool(rest) <= lines:
            return list(self.items[:whole]), rest
        room = max(lines - 1, 0)
        return list(self.items[:room]), self.more(room)


@dataclass(frozen=True)
class Row:
    """One row of a table; a heading has one cell only, and a tail that is never shortened."""

    cells: Sequence[str]
    level: int = 0
    heading: bool = False
    tail: str = ""


@dataclass(frozen=True)
class Grid:
    """A table. The larger ``keep``, the longer a column stays when there is no room."""

    names: Sequence[str]
    rows: Sequence[Row]
    right: Sequence[bool]
    keep: Sequence[int]
    caption: str = ""
    more: Callable[[int], str] = field(default=lambda _: "")


@dataclass(frozen=True)
class Report:
    """What is to be seen of a result."""

    kind: str
    title: str
    facts: Sequence[Fact]
    grid: Grid | None = None


# ---- numbers and words


def number(value: float | None) -> str:
    """Write a number: whole ones with thousands commas, fractions with the digits that matter."""
    return "" if value is None else numbers([value])[0]


def numbers(values: Sequence[float | None]) -> list[str]:
    """Write the numbers of one column, with one number of decimals as far as that hides nothing."""
    finite = [value for value in values if value is not None and math.isfinite(value)]
    largest = max(map(abs, finite), default=0.0)
    most = 0 if largest >= 1e15 else 1 if largest >= 1000 else 2 if largest >= 10 else 3
    digits = next((d for d in range(most) if all(round(value, d) == value for value in finite)), most)
    return ["" if value is None else _one_number(value, digits) for value in values]


def _one_number(value: float, digits: int) -> str:
    if not math.isfinite(value) or abs(value) >= 1e15:
        return f"{value:.6g}"
    text = f"{value:,.{digits}f}"
    if not value or text.strip("-0.,"):
        return text.removeprefix("-") if not value else text
    return f"{value:.3g}"


def added(value: Sequence[float]) -> float:
    """Add up the numbers that an exact sum is written as."""
    try:
        return math.fsum(value)
    except (OverflowError, ValueError):
        return float(sum(value))


def counted(number: int, one: str, several: str | None = None) -> str:
    """Write a number with its noun."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def percentage(part: int, whole: int) -> str:
    """Write a percentage that is 0 or 100 only where it is."""
    share = 100 * part / whole if whole else 0.0
    if 0 < part < whole:
        share = min(max(share, 0.1), 99.9)
    return f"{share:.1f} %"


def clean(text: object) -> str:
    """Give a text on one line: no controls, no line breaks, nothing that turns the direction of writing."""
    said = str(text)
    if len(said) > LONGEST:
        said = said[: LONGEST - 1] + "…"
    if said.isascii() and said.isprintable():
        return said
    out = []
    for sign in said:
        kind = unicodedata.category(sign)
        if kind in ("Zl", "Zp", "Zs") or sign in "\t\n\r\v\f\x85":
            out.append(" ")
        elif kind in ("Cc", "Cs"):
            out.append("\N{REPLACEMENT CHARACTER}")
        elif kind != "Cf" or sign in "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{SOFT HYPHEN}":
            out.append(sign)
    return "".join(out)


def _cells(text: str) -> int:
    """Columns of a terminal that a text takes: never fewer than its characters."""
    wide = 0 if text.isascii() else sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide


def _fit(text: str, width: int) -> str:
    """Shorten a text to a width."""
    text = clean(text).rstrip()
    if _cells(text) <= width:
        return text
    out, room = "", width - 1
    for sign in text:
        room -= _cells(sign)
        if room < 0:
            break
        out += sign
    return out.rstrip() + "…" if width > 0 else ""


def _pad(text: str, width: int, *, right: bool = False) -> str:
    space = " " * max(width - _cells(text), 0)
    return space + text if right else text + space


def _wrap(text: str, width: int, lines: int) -> list[str]:
    """Break a text into lines at its spaces; the last one says when there was more."""
    words, line = clean(text).split(), ""
    out: list[str] = []
    for at, word in enumerate(words):
        longer = f"{line} {word}" if line else word
        if _cells(longer) <= width:
            line = longer
        elif len(out) == lines - 1 or not line:
            line = " ".join([line, *words[at:]]).strip()
            break
        else:
            out.append(_fit(line, width))
            line = word
    return [*out, _fit(line, width)]


def joined(parts: Sequence[str]) -> str:
    """Write a list."""
    return ", ".join(parts)


def plain_text(value: object) -> str:
    """Write a field of a definition."""
    return number(value) if isinstance(value, float) else str(value)


# ---- text


def as_text(report: Report) -> str:
    """Lay out what is said as lines; where there are too many, the longest lists lose some first."""
    facts, room = list(report.facts), HEIGHT - 1
    grid = report.grid
    # A table gets its heading, three rows and the line that says how many more there are, if it has as many.
    wanted = 0 if grid is None else 1 + min(len(grid.rows), 3 if grid.caption else 12) + 1
    lines = [fact_lines(fact, fact.most) for fact in facts]
    allowed = [len(each) for each in lines]
    while sum(allowed) + wanted > room:
        longest = max(range(len(facts)), key=lambda at: (allowed[at] - facts[at].least, at), default=-1)
        if longest < 0 or allowed[longest] <= facts[longest].least:
            break
        allowed[longest] -= 1
    out = [_fit(f"{report.kind}: {report.title}", WIDTH)]
    for fact, most in zip(facts, allowed, strict=True):
        out += fact_lines(fact, most)
    if grid is not None and len(out) < HEIGHT:
        left = HEIGHT - len(out)
        drawn = _grid_lines(grid, left)
        if len(drawn) < left:
            out.append("")
        out += drawn
    return "\n".join(line.rstrip() for line in out[:HEIGHT])


def fact_lines(fact: Fact, most: int) -> list[str]:
    width = WIDTH - MARGIN
    if fact.more is None and len(fact.items) == 1 and not fact.items[0].tail:
        said = [(fact.label, line) for line in _wrap(fact.items[0].text, width, most)]
    else:
        shown, rest = fact.shown(most)
        said = [(item.label or fact.label, _item(item, width)) for item in shown]
        if rest:
            said.append(("" if shown else fact.label, _fit(rest, width)))
    out, last = [], ""
    for label, line in said:
        out.append(_pad(label if label != last else "", MARGIN) + line)
        last = label or last
    return out


def _item(item: Item, width: int) -> str:
    tail = _fit(item.tail, width // 2)
    if not tail:
        return _fit(item.text, width)
    return f"{_fit(item.text, width - _cells(tail) - 1)} {tail}"


def _grid_lines(grid: Grid, most: int) -> list[str]:
    """Draw a table in so many lines, leaving out columns that there is no room for."""
    whole = grid.more(len(grid.rows))
    shown = list(grid.rows)
    if 1 + len(shown) + bool(whole) > most:
        shown = shown[: max(most - 2, 0)]
    rest = grid.more(len(shown))
    table = [[_fit(cell, 26) for cell in row.cells] for row in shown if not row.heading]
    wide = _room_for_first(grid, shown)
    for row, cells in zip((row for row in shown if not row.heading), table, strict=True):
        cells[0] = "  " * row.level + _fit(row.cells[0], wide - 2 * row.level)
    names = [_fit(name, 26) for name in grid.names]
    widths = [max(map(_cells, column)) for column in zip(names, *table, strict=True)]
    chosen = _columns_that_fit(widths, grid.keep)
    drawn = []
    if any(names):
        drawn.append(_line(names, widths, grid.right, chosen))
    cells_of = iter(table)
    for row in shown:
        if row.heading:
            tail = f" {_fit(row.tail, 30)}" if row.tail else ""
            indent = "  " * row.level
            drawn.append(indent + _fit(row.cells[0], WIDTH - len(indent) - _cells(tail)) + tail)
        else:
            drawn.append(_line(next(cells_of), widths, grid.right, chosen))
    if rest:
        drawn.append(_fit(rest, WIDTH))
    return drawn


def _room_for_first(grid: Grid, shown: Sequence[Row]) -> int:
    """How wide the first column may be: what the others leave, in a table of few columns."""
    others = [
        max([_cells(grid.names[at]), *(_cells(row.cells[at]) for row in shown if not row.heading)])
        for at in range(1, len(grid.names))
    ]
    return max(26, WIDTH - sum(min(width, 26) + 2 for width in others)) if len(grid.names) <= 4 else 26


def _columns_that_fit(widths: Sequence[int], keep: Sequence[int]) -> list[int]:
    """Columns to show, in order; -1 stands where some were left out."""
    left_out: set[int] = set()

    def chosen() -> list[int]:
        out: list[int] = []
        for at in range(len(widths)):
            if at not in left_out:
                out.append(at)
            elif not out or out[-1] != -1:
                out.append(-1)
        return out

    while sum((1 if at < 0 else widths[at]) + 2 for at in chosen()) - 2 > WIDTH:
        # The least wanted goes first, of several the last.
        left_out.add(min((at for at in range(len(widths)) if at not in left_out), key=lambda at: (keep[at], -at)))
    return chosen()


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool], chosen: Sequence[int]) -> str:
    return "  ".join("…" if at < 0 else _pad(cells[at], widths[at], right=right[at]) for at in chosen)
