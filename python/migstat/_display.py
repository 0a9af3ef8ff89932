"""How results look to a person: what, who, when, how complete, warnings first; as text and as HTML.

A result is first boiled down to a :class:`Report`, which text and HTML only lay out: they cannot say different things.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from . import _core
from .errors import MigstatError

if TYPE_CHECKING:
    import pyarrow as pa

    from ._aggregate import Aggregate
    from .ledger import Ledger
    from .observations import Observations

__all__ = [
    "Fact",
    "Grid",
    "Item",
    "Report",
    "Row",
    "aggregate_html",
    "aggregate_text",
    "citations",
    "clean",
    "ledger_html",
    "ledger_text",
    "observations_html",
    "observations_text",
]

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
    alarming: bool = False

    def shown(self, lines: int) -> tuple[list[Item], str]:
        """Give the items that fit into so many lines, and what is said of the rest."""
        whole = "" if self.more is None else self.more(len(self.items))
        if len(self.items) + bool(whole) <= lines or self.more is None:
            return list(self.items), whole
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
    more: Callable[[int], str] = field(default=lambda shown: "")


@dataclass(frozen=True)
class Report:
    """What is to be seen of a result."""

    kind: str
    title: str
    facts: Sequence[Fact]
    grid: Grid | None = None


def observations_text(obs: Observations) -> str:
    """Observations as at most 25 lines of 100 characters."""
    return _text(_observations(obs))


def observations_html(obs: Observations) -> str:
    """Observations as HTML that needs nothing else."""
    from ._display_html import html

    return html(_observations(obs))


def ledger_text(ledger: Ledger) -> str:
    """Ledger as at most 25 lines of 100 characters."""
    return _text(_ledger(ledger))


def ledger_html(ledger: Ledger) -> str:
    """Ledger as HTML that needs nothing else."""
    from ._display_html import html

    return html(_ledger(ledger))


def aggregate_text(agg: Aggregate) -> str:
    """Aggregate as at most 25 lines of 100 characters."""
    return _text(_aggregate(agg))


def aggregate_html(agg: Aggregate) -> str:
    """Aggregate as HTML that needs nothing else."""
    from ._display_html import html

    return html(_aggregate(agg))


def citations(obs: Observations) -> list[str]:
    """One line for each publication that the figures come from, leaving out what is not stated."""
    fields = _definitions(obs._core.definitions())
    used, _ = _keys_used(obs.figures.column("definition"))
    return _citations([fields[key] for key in used if key < len(fields)] or fields)


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


def _total(value: Sequence[float]) -> float:
    """Sum of the numbers that an exact sum is written as."""
    try:
        return math.fsum(value)
    except (OverflowError, ValueError):
        return float(sum(value))


def _count(number: int, one: str, several: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def _part(part: int, whole: int) -> str:
    """Percentage that is 0 or 100 only where it is."""
    share = 100 * part / whole if whole else 0.0
    if 0 < part < whole:
        share = min(max(share, 0.1), 99.9)
    return f"{share:.1f} %"


def clean(text: object) -> str:
    """Text on one line: no controls, no line breaks, nothing that turns the direction of writing."""
    said = str(text)
    if said.isascii() and said.isprintable():
        return said[:LONGEST]
    out = []
    for sign in said[:LONGEST]:
        kind = unicodedata.category(sign)
        if kind in ("Zl", "Zp", "Zs") or sign in "\t\n\r\v\f\x85":
            out.append(" ")
        elif kind in ("Cc", "Cs", "Co", "Cn"):
            out.append("\N{REPLACEMENT CHARACTER}")
        elif kind != "Cf" or sign in "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{SOFT HYPHEN}":
            out.append(sign)
    return "".join(out)


def _cells(text: str) -> int:
    """Columns of a terminal that a text takes: never fewer than its characters."""
    return len(text) if text.isascii() else sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)


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
    words, out, line = clean(text).split(" "), [], ""
    for at, word in enumerate(words):
        longer = f"{line} {word}" if line else word
        if _cells(longer) <= width:
            line = longer
        elif len(out) == lines - 1 or not line:
            line = " ".join([line, *words[at:]]).strip()
            break
        else:
            out.append(line)
            line = word
    return [*out, _fit(line, width)]


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts)


# ---- text


def _text(report: Report) -> str:
    facts, room = list(report.facts), HEIGHT - 1
    grid = report.grid
    # A table gets its heading, three rows and the line that says how many more there are, if it has as many.
    wanted = 0 if grid is None else 1 + min(len(grid.rows), 3 if grid.caption else 12) + 1
    lines = [_fact_lines(fact, fact.most) for fact in facts]
    allowed = [len(each) for each in lines]
    while sum(allowed) + wanted > room:
        longest = max(range(len(facts)), key=lambda at: (allowed[at] - facts[at].least, at), default=-1)
        if longest < 0 or allowed[longest] <= facts[longest].least:
            break
        allowed[longest] -= 1
    out = [_fit(f"{report.kind}: {report.title}", WIDTH)]
    for fact, most in zip(facts, allowed, strict=True):
        out += _fact_lines(fact, most)
    if grid is not None and len(out) < HEIGHT:
        left = HEIGHT - len(out)
        drawn = _grid_lines(grid, left)
        if len(drawn) < left:
            out.append("")
        out += drawn
    return "\n".join(line.rstrip() for line in out[:HEIGHT])


def _fact_lines(fact: Fact, most: int) -> list[str]:
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
            tail = f" {row.tail}" if row.tail else ""
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


# ---- what is in a table


def _definitions(core: Any) -> list[dict[str, Any]]:
    """Stated fields of every definition."""
    import pyarrow as pa

    rows: list[dict[str, Any]] = pa.table(core).to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def _codes_used(column: pa.ChunkedArray) -> list[str]:
    """Codes that occur, in the order of the dictionary."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    found: dict[str, None] = {}
    for chunk in column.chunks:
        if not pa.types.is_dictionary(chunk.type):
            found |= dict.fromkeys(str(code) for code in chunk.unique().drop_null().to_pylist())
            continue
        codes = chunk.dictionary.to_pylist()
        seen = np.zeros(len(codes), dtype=bool)
        # In pieces, as most tables have shown all their codes long before their end.
        for start in range(0, len(chunk), 1 << 20):
            keys = chunk.indices.slice(start, 1 << 20)
            seen[np.asarray(keys if keys.null_count == 0 else pc.drop_null(keys))] = True
            if seen.all():
                break
        found |= dict.fromkeys(str(codes[at]) for at in np.flatnonzero(seen))
    return list(found)


def _code_counts(column: pa.ChunkedArray) -> Counter[str]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    counts: Counter[str] = Counter()
    for chunk in column.chunks:
        if pa.types.is_dictionary(chunk.type):
            keys = chunk.indices if chunk.indices.null_count == 0 else pc.drop_null(chunk.indices)
            codes = chunk.dictionary.to_pylist()
            each = np.bincount(np.asarray(keys), minlength=len(codes)).tolist()
            counts.update({str(code): n for code, n in zip(codes, each, strict=True) if n})
    return counts


def _keys_used(column: pa.ChunkedArray) -> tuple[list[int], dict[int, int]]:
    """Keys of the definitions that have figures, and how many."""
    import pyarrow.compute as pc

    counted = pc.value_counts(column).to_pylist()
    counts = {int(each["values"]): int(each["counts"]) for each in counted if each["values"] is not None}
    return sorted(counts), counts


@dataclass(frozen=True)
class _Leaves:
    rows: int
    value: float | None
    day: int | None = None

    def said(self, unit: str) -> str:
        if self.value is None:
            return "no value" if self.rows else "no leaves"
        day = "" if self.day is None else f" on {_day(self.day)}"
        return f"{number(self.value)}{unit and ' ' + unit}{day}"


def _leaves(figures: pa.Table) -> dict[int, _Leaves]:
    """Leaves and their total by definition; of stocks the last day, as the same people stand in every one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    flat = pa.table(
        {
            "definition": figures.column("definition"),
            "start": figures.column("period_start").cast(pa.int32()),
            "instant": pc.equal(figures.column("period_start"), figures.column("period_end")),
            "leaf": figures.column("leaf"),
            "value": figures.column("value"),
        }
    )
    keys = ["definition", "start", "instant", "leaf"]
    wanted = [("value", "sum"), ("value", "count"), ([], "count_all")]
    out: dict[int, _Leaves] = {}
    groups: dict[int, list[dict[str, Any]]] = {}
    for group in flat.group_by(keys).aggregate(wanted).to_pylist():
        if group["leaf"] and group["definition"] is not None:
            groups.setdefault(group["definition"], []).append(group)
    for key, parts in groups.items():
        rows = sum(part["count_all"] for part in parts)
        days = {part["start"] for part in parts if part["instant"]} - {None}
        last = max(days) if len(days) > 1 else None
        counted = [part for part in parts if last is None or (part["instant"] and part["start"] == last)]
        known = [part["value_sum"] for part in counted if part["value_count"]]
        out[key] = _Leaves(rows, _total(known) if known else None, last)
    return out


def _distinct_figures(figures: pa.Table) -> int | None:
    """Number of printed figures, where several rows may be of one and it is quickly found."""
    import numpy as np
    import pyarrow.compute as pc

    if "figure" not in figures.column_names or not len(figures):
        return None
    column = figures.column("figure")
    if column.null_count:
        return None
    if len(column) <= 1_000_000:
        return int(pc.count_distinct(column).as_py())
    keys = column.to_numpy()
    before, after = keys[:-1], keys[1:]
    return 1 + int(np.count_nonzero(before != after)) if bool((before <= after).all()) else None


# ---- when


def _day(days: int) -> str:
    import numpy as np

    return str(np.datetime64(days, "D"))


def _years(years: Iterable[int]) -> str:
    """``1988, 1995–1996``; ``1990–2020 every 5 years``."""
    known = sorted(set(years))
    if not known:
        return ""
    steps = {after - before for before, after in zip(known, known[1:], strict=False)}
    if len(steps) == 1 and (1 in steps or len(known) > 3):
        step = steps.pop()
        return f"{known[0]}–{known[-1]}" + ("" if step == 1 else f" every {step} years")
    runs: list[list[int]] = []
    for year in known:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    if len(runs) > 6:
        return f"{len(known):,} years from {known[0]} to {known[-1]}"
    return _listed([str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs])


def _period(start: int, end: int) -> str:
    """``1996``, ``1990–1994``, ``1996-03``, ``2014-01-01/2014-09-30`` (its last day), or the day of a stock."""
    if start >= end:
        return _day(start)
    first, last = _day(start), _day(end - 1)
    if first.endswith("-01-01") and last.endswith("-12-31"):
        return first[:-6] if first[:-6] == last[:-6] else f"{first[:-6]}–{last[:-6]}"
    if first[:-3] == last[:-3] and first.endswith("-01") and _day(end).endswith("-01"):
        return first[:-3]
    return f"{first}/{last}"


def _when(figures: pa.Table) -> str:
    import pyarrow as pa

    flat = pa.table({name: figures.column(name).cast(pa.int32()) for name in ("period_start", "period_end")})
    found = flat.group_by(["period_start", "period_end"]).aggregate([]).to_pylist()
    pairs = sorted((each["period_start"], each["period_end"]) for each in found if None not in each.values())
    instants = [start for start, end in pairs if start == end]
    spans = [(start, end) for start, end in pairs if start != end]
    return "; ".join(part for part in (_instants(instants), _spans(spans)) if part)


def _instants(days: list[int]) -> str:
    said = [_day(day) for day in days]
    if len({day[-6:] for day in said}) == 1 and all(re.fullmatch(r"\d{1,4}", day[:-6]) for day in said):
        month = _MONTHS[int(said[0][-5:-3]) - 1]
        return f"on {int(said[0][-2:])} {month} {_years(int(day[:-6]) for day in said)}"
    if len(said) > 4:
        return f"{len(said):,} days from {said[0]} to {said[-1]}"
    return said and f"on {_listed(said)}" or ""


_MONTHS = "January February March April May June July August September October November December".split()


def _spans(spans: list[tuple[int, int]]) -> str:
    said = [_period(start, end) for start, end in spans]
    if all(re.fullmatch(r"\d{1,4}", label) for label in said):
        return _years(map(int, said))
    if len(said) > 4:
        word = "months" if all(re.fullmatch(r"\d+-\d\d", label) for label in said) else "periods"
        return f"{len(said):,} {word} from {said[0].partition('/')[0]} to {said[-1].rpartition('/')[2]}"
    return _listed(said)


# ---- who and by what

_AREAS = ("origin", "destination")
_BY = (
    "citizenship",
    "birth",
    "sex",
    "age",
    "skill",
    "skill_printed",
    "education",
    "occupation",
    "reason",
    "flow_type",
)
_KINDS = (
    ("former", "former state", "former states"),
    ("aggregate", "group", "groups"),
    ("residual", "residual", "residuals"),
    ("total", "total", "totals"),
)
_FIRST = ("F", "M", "low", "medium", "high")
_LAST = ("_U", "_O", "_Z", "_T")


def _area_kinds() -> dict[str, str]:
    import pyarrow as pa

    areas = pa.table(_core.area_table())
    return dict(zip(areas.column("code").to_pylist(), areas.column("kind").to_pylist(), strict=True))


def _named(code: str) -> str:
    name = _core.label_of("origin", code)
    return name if name == code else f"{name} ({code})"


def _areas(codes: Sequence[str], several: str) -> str:
    if codes == ["_T"]:
        return f"all {several}"
    if len(codes) == 1:
        return _named(codes[0])
    kinds = _area_kinds()
    counts = Counter(kinds.get(code, "country") for code in codes)
    among = [_count(counts[kind], one, many) for kind, one, many in _KINDS if counts[kind]]
    if len(codes) <= 3:
        return _listed([_core.label_of("origin", code) for code in codes])
    return f"{len(codes):,} {several}" + (f" ({_listed(among)})" if among else "")


def _who(figures: pa.Table, fields: Sequence[dict[str, Any]], *, there: bool) -> str:
    origins, destinations = (_codes_used(figures.column(name)) for name in _AREAS)
    said = []
    if origins and origins != ["_Z"]:
        said.append(f"from {_areas(origins, 'origins')}")
    if destinations and destinations != ["_Z"]:
        said.append(f"{'in' if there else 'to'} {_areas(destinations, 'destinations')}")
    reporters = sorted({str(each["reporter"]) for each in fields if "reporter" in each})
    roles = sorted({str(each["role"]) for each in fields if "role" in each})
    by = "reporter not stated"
    if reporters:
        by = f"reported by {_areas(reporters, 'reporters')}"
        if len(roles) == 1:
            by += " as third party" if roles == ["third"] else f" as {roles[0]}"
    return "; ".join([" ".join(said) or "no areas", by])


def _by(table: pa.Table, names: Iterable[str], schemes: dict[str, str]) -> list[str]:
    said = []
    for name in names:
        if name not in table.column_names:
            continue
        codes = _codes_used(table.column(name))
        if not codes or codes == ["_T"]:
            continue
        scheme = f" ({schemes[name]})" if name in schemes else ""
        if name in ("citizenship", "birth") and len(codes) > 6:
            said.append(f"{name} {_areas(codes, 'areas')}")
            continue
        said.append(f"{name} {_codes(name, codes)}{scheme}")
    return said


def _codes(name: str, codes: Sequence[str]) -> str:
    """Codes in the order that a person expects: total last, ages by age."""
    place = {code: at for at, code in enumerate(codes)}

    def rank(code: str) -> tuple[int, float, int]:
        if code in _LAST:
            return (2, _LAST.index(code), 0)
        if code in _FIRST:
            return (0, _FIRST.index(code), 0)
        ages = re.search(r"\d+", code) if name == "age" else None
        return (1, float(ages[0]) + (0.5 if "_GE" in code else -0.5 if "_LT" in code else 0) if ages else 0.0, place[code])

    ordered = sorted(codes, key=rank)
    if len(ordered) <= 8 and sum(map(len, ordered)) <= 60:
        return " ".join(ordered) + (" only" if len(ordered) == 1 else "")
    inner = [code for code in ordered if code not in _LAST]
    ends = f": {inner[0]} … {inner[-1]}" if len(inner) > 1 else ""
    total = " _T" if "_T" in ordered else ""
    return f"{len(ordered):,} codes{ends}{total}"


def _schemes(fields: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Scheme of each dimension that all definitions read in the same way."""
    found: dict[str, set[str]] = {}
    for each in fields:
        for part in str(each.get("schemes", "")).split("; "):
            name, sign, scheme = part.partition("=")
            if sign:
                found.setdefault(name, set()).add(scheme)
    return {name: schemes.pop() for name, schemes in found.items() if len(schemes) == 1}


# ---- definitions

#: Fields that are told elsewhere.
_TOLD = {
    "definition", "measure", "unit", "reporter", "role", "schemes", "publisher", "dataset", "table", "vintage", "url",
    "licence", "file", "sheet", "release_date", "caveat",
}  # fmt: skip


def _plain(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _what(fields: Sequence[dict[str, Any]]) -> str:
    """Measures with their units."""
    known = [f"{each.get('measure', 'figures')} in {each.get('unit', 'persons')}" for each in fields]
    kinds = list(dict.fromkeys(known))
    if len(kinds) > 3:
        measures = list(dict.fromkeys(str(each.get("measure", "figures")) for each in fields))
        return _count(len(measures), "measure") + f" in {_count(len({each.get('unit') for each in fields}), 'unit')}"
    return _listed(kinds) or "nothing"


def _means(fields: Sequence[dict[str, Any]]) -> str:
    """Say what all definitions state alike."""
    if not fields:
        return ""
    first, *others = fields
    alike = {name: value for name, value in first.items() if all(each.get(name) == value for each in others)}
    said = [f"{name} {_plain(value)}" for name, value in alike.items() if name not in _TOLD]
    return "; ".join(said)


def _differences(keys: Sequence[int], fields: Sequence[dict[str, Any]], all_of_them: str) -> Fact | None:
    """Say in which fields definitions differ, and how."""
    if len(fields) < 2:
        return None
    names = dict.fromkeys(name for each in fields for name in each if name != "definition")
    differ = [name for name in names if any(each.get(name) != fields[0].get(name) for each in fields)]
    head = f"{_count(len(fields), 'definition')} differ in {_listed(differ)}" if differ else "nothing"
    items = [Item(head)] + [
        Item(f"{key}: " + "; ".join(_plain(each[name]) if name in each else f"no {name}" for name in differ))
        for key, each in zip(keys, fields, strict=True)
    ]
    return Fact("differ", items, most=5, more=_rest_of(items, all_of_them))


def _rest_of(items: Sequence[Item], where: str) -> Callable[[int], str]:
    return lambda shown: f"… and {len(items) - shown:,} more: {where}" if shown < len(items) else ""


def _caveats(fields: Sequence[dict[str, Any]]) -> list[Fact]:
    known = list(dict.fromkeys(str(each["caveat"]) for each in fields if "caveat" in each))
    if not known:
        return []
    more = f" (and {len(known) - 1:,} more: definitions)" if len(known) > 1 else ""
    return [Fact("caveat", [Item(known[0] + more)], most=2)]


def _citations(fields: Sequence[dict[str, Any]]) -> list[str]:
    lines: dict[str, None] = {}
    for each in fields:
        if "publisher" not in each:
            lines["Source not stated."] = None
            continue
        where = ", ".join(str(each[name]) for name in ("dataset", "table") if name in each)
        parts = [str(each["publisher"]), where, *(str(each.get(name, "")) for name in ("vintage", "url", "licence"))]
        said = [clean(part).strip().rstrip(".") for part in parts]
        lines[" ".join(f"{part}." for part in said if part)] = None
    return list(lines)


def _source(fields: Sequence[dict[str, Any]], where: str) -> Fact:
    items = [Item(line) for line in _citations(fields)]
    if len(items) > 1:
        return Fact("source", items, most=2, more=_rest_of(items, where))
    return Fact("source", items or [Item("Source not stated.")], most=2)


# ---- the ledger's part

_SEVERITY = {"warning": "warning", "assumption": "assumed", "note": "note"}


@dataclass(frozen=True)
class _Tally:
    rows: int = 0
    missing: int = 0
    value: float = 0.0

    @classmethod
    def of(cls, tally: dict[str, Any]) -> _Tally:
        return cls(int(tally.get("rows", 0)), int(tally.get("missing", 0)), _total(tally.get("value", [])))

    def plus(self, other: _Tally) -> _Tally:
        return _Tally(self.rows + other.rows, self.missing + other.missing, self.value + other.value)

    def said(self, unit: str = "") -> str:
        blank = f" ({self.missing:,} without a value)" if self.missing else ""
        return f"{_count(self.rows, 'row')}{blank}, {number(self.value)}{unit and ' ' + unit}"


def _steps(ledger: Ledger) -> list[dict[str, Any]]:
    return [step for step in ledger.steps if isinstance(step, dict)]


def _findings(steps: Sequence[dict[str, Any]], where: str, *, examples: bool = False) -> list[Fact]:
    """List warnings and assumptions, those about everything first, then by rows; notes are counted."""
    ranks = list(_SEVERITY)
    found = [(finding, _Tally.of(finding.get("tally", {}))) for step in steps for finding in step.get("findings", [])]
    found = [(finding, tally) for finding, tally in found if finding.get("severity") in ranks]
    found.sort(key=lambda each: (ranks.index(each[0]["severity"]), each[1].rows > 0, -each[1].rows, -each[1].value))
    if not found:
        return []
    items = []
    for finding, tally in found:
        told = [tally.said()] if tally.rows else []
        told += _example(finding) if examples else []
        tail = f"({'; '.join(told)})" if told else ""
        items.append(Item(str(finding.get("message", "")), tail, _SEVERITY[finding["severity"]]))
    told_of = [finding["severity"] for finding, _ in found]
    worth = sum(severity != "note" for severity in told_of)

    def more(shown: int) -> str:
        left = Counter(told_of[shown:] if shown < worth else told_of[worth:])
        said = [_count(left[severity], severity) for severity in ranks if left[severity]]
        return f"and {_listed(said)}: {where}" if said else ""

    label = _SEVERITY[told_of[0]] if worth else "noted"
    return [Fact(label, items[:worth], most=5, least=2, more=more, alarming=told_of[0] == "warning")]


def _example(finding: dict[str, Any]) -> list[str]:
    examples = finding.get("examples") or []
    if not examples:
        return []
    row, what = examples[0].get("row"), str(examples[0].get("what", ""))
    return [f"e.g. row {row}" + ("" if not what or what == f"row {row}" else f", {what}")]


def _set_aside(steps: Sequence[dict[str, Any]], where: str) -> Fact:
    sums: dict[tuple[str, str], _Tally] = {}
    shown: dict[tuple[str, str], list[str]] = {}
    for step in steps:
        for account in step.get("accounts", []):
            for each in account.get("set_aside", []):
                key = (str(each.get("reason", "")), str(account.get("unit", "")))
                if key[0] == "total, kept beside its parts":
                    continue
                sums[key] = sums.get(key, _Tally()).plus(_Tally.of(each.get("tally", {})))
                what = [str(example.get("what", "")) for example in each.get("examples", [])]
                shown.setdefault(key, []).extend(text for text in what if not re.fullmatch(r"row \d+", text))
    if not sums:
        return Fact("set aside", [Item("nothing" if steps else "not known: these figures came without a ledger")])
    order = sorted(sums, key=lambda key: (key[0] == "not selected", -sums[key].rows))
    items = []
    for key in order:
        examples = list(dict.fromkeys(shown.get(key, [])))
        such = f", such as {_listed(examples[:3])}" if examples else ""
        items.append(Item(f"{key[0]}{such}", f"({sums[key].said(key[1])})"))
    return Fact("set aside", items, most=3, least=1, more=_rest_of(items, where))


# ---- observations


def _observations(obs: Observations) -> Report:
    figures = obs.figures
    steps = _steps(obs.ledger)
    stated = _definitions(obs._core.definitions())
    keys, counts = _keys_used(figures.column("definition"))
    keys = [key for key in keys if 0 <= key < len(stated)] or list(range(len(stated)))
    fields = [stated[key] for key in keys]
    leaves = _leaves(figures)
    pairs_there = _all_instants(figures)

    rows, printed = len(figures), _distinct_figures(figures)
    size = _count(rows, "figure")
    if printed is not None and printed != rows:
        size = f"{_count(printed, 'figure')} in {_count(rows, 'row')}"
    title = f"{_what(fields)}, {size}"
    facts = []
    units = len({each.get("unit") for each in fields}) > 1
    if len(keys) == 1:
        known = leaves.get(keys[0], _Leaves(0, None))
        title += f"; {_count(known.rows, 'leaf', 'leaves')} {'add up to ' if known.value is not None else 'with '}"
        title += known.said("")
    elif keys and rows:
        title += f", {_count(len(keys), 'definition')}"
        facts.append(_leaves_fact(keys, [leaves.get(key, _Leaves(0, None)) for key in keys], fields, units=units))
    facts += _findings(steps, "obs.ledger")
    facts.append(_set_aside(steps, "obs.ledger"))
    if rows:
        facts.append(Fact("who", [Item(_who(figures, fields, there=pairs_there))], most=2))
        facts.append(Fact("when", [Item(_when(figures) or "not stated")], most=1))
        by = _by(figures, _BY, _schemes(fields))
        facts.append(Fact("by", [Item("; ".join(by) or "not broken down")], most=2))
    if means := _means(fields):
        facts.append(Fact("means", [Item(means)], most=2))
    facts += _caveats(fields)
    if rows:
        facts.append(Fact("complete", [Item(_complete(figures))], most=2))
    facts.append(_source(fields, "obs.cite()"))
    if differences := _differences(keys, fields, "obs.definitions"):
        facts.append(differences)
    return Report("Observations", title, facts, _first_rows(obs, figures, fields=len(counts)) if rows else None)


def _leaves_fact(
    keys: Sequence[int], leaves: Sequence[_Leaves], fields: Sequence[dict[str, Any]], *, units: bool
) -> Fact:
    said = [
        f"{key}: {known.said(str(each.get('unit', '')) if units else '')} in {_count(known.rows, 'row')}"
        for key, known, each in zip(keys, leaves, fields, strict=True)
    ]
    room, shown = WIDTH - MARGIN - 30, 0
    while shown < len(said) and sum(len(part) + 2 for part in said[: shown + 1]) <= room + 25:
        shown += 1
    shown = max(shown, 1)
    if shown < len(said):
        shown = max(shown - 1, 1)
        return Fact("leaves", [Item("; ".join(said[:shown]) + f"; … and {len(said) - shown:,} more")])
    return Fact("leaves", [Item("; ".join(said))])


def _all_instants(figures: pa.Table) -> bool:
    import pyarrow.compute as pc

    same = pc.all(pc.equal(figures.column("period_start"), figures.column("period_end")), skip_nulls=True).as_py()
    return bool(same) and len(figures) > 0


def _complete(figures: pa.Table) -> str:
    rows = len(figures)
    known = rows - figures.column("value").null_count
    presence = _code_counts(figures.column("presence"))
    basis = _code_counts(figures.column("basis"))
    said = []
    if known == rows:
        said.append(f"{_count(rows, 'row has', 'rows have')} a value" if rows == 1 else f"all {rows:,} rows have a value")
    else:
        said.append(f"{known:,} of {rows:,} rows have a value ({_part(known, rows)})")
        absent = [(kind, n) for kind, n in presence.most_common() if kind not in ("value", "zero", "rounded_zero")]
        said += [f"{n:,} {kind.replace('_', ' ')}" for kind, n in absent]
    zeros = [(kind, name) for kind, name in (("zero", "zero"), ("rounded_zero", "rounded to zero")) if presence[kind]]
    said += [f"{presence[kind]:,} {name}" for kind, name in zeros]
    made = [f"{n:,} {kind}" for kind, n in basis.most_common() if kind != "observed"]
    return _listed(said) + (f"; {_listed(made)}" if made else "")


_BACKSTAGE = {
    "figure", "share", "row", "column", "presence", "basis", "obs_status", "conf_status", "flag", "period_end",
}  # fmt: skip


def _first_rows(obs: Observations, figures: pa.Table, *, fields: int) -> Grid:
    """Show the first rows of the human view: the columns that vary, and the value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    head = figures.slice(0, ROWS)
    columns: list[tuple[str, list[str], bool, int]] = []
    for name in figures.column_names:
        column = figures.column(name)
        values = head.column(name).to_pylist() if name not in _DATES else []
        if name == "period_start":
            columns.append(_period_column(figures, head))
        elif name in _BACKSTAGE or name == "period_end":
            continue
        elif name == "definition":
            if fields > 1:
                columns.append((name, [_plain(value) for value in values], True, 5))
        elif name == "value":
            columns.append((name, _values(values, head), True, 9))
        elif name in ("low", "high"):
            if column.null_count < len(column):
                columns.append((name, numbers(values), True, 3))
        elif name == "leaf":
            if pc.count_distinct(column).as_py() > 1:
                columns.append((name, [str(value) for value in values], False, 4))
        elif name == "note":
            if column.null_count < len(column):
                columns.append((name, ["" if value is None else value for value in values], False, 0))
        elif pa.types.is_dictionary(column.type) and (len(_codes_used(column)) > 1 or _half_null(column)):
            keep = 8 if name in _AREAS else 2 if name == "skill_printed" else 6
            columns.append((name, ["" if value is None else value for value in values], False, keep))
    return _grid(columns, len(figures), "first rows", "obs.to_pandas()")


_DATES = ("period_start", "period_end")


def _half_null(column: pa.ChunkedArray) -> bool:
    return 0 < column.null_count < len(column)


def _values(values: Sequence[float | None], head: pa.Table) -> list[str]:
    """Write values; where there is none, what stood in the cell."""
    presence = head.column("presence").to_pylist()
    written = numbers(values)
    return [text or str(kind or "").replace("_", " ") for text, kind in zip(written, presence, strict=True)]


def _period_column(figures: pa.Table, head: pa.Table) -> tuple[str, list[str], bool, int]:
    import pyarrow as pa

    starts, ends = (head.column(name).cast(pa.int32()).to_pylist() for name in _DATES)
    cells = ["" if None in pair else _period(*pair) for pair in zip(starts, ends, strict=True)]
    years = all(re.fullmatch(r"\d+", cell) for cell in cells)
    return ("year" if years else "date" if _all_instants(figures) else "period", cells, False, 7)


def _grid(columns: Sequence[tuple[str, list[str], bool, int]], rows: int, caption: str, where: str) -> Grid:
    names, cells, right, keep = zip(*columns, strict=True)
    listed = [Row(list(each)) for each in zip(*cells, strict=True)]

    def more(shown: int) -> str:
        return f"… {_count(rows - shown, 'more row')}: {where}" if shown < rows else ""

    return Grid(names, listed, right, keep, caption, more)


# ---- aggregates


def _aggregate(agg: Aggregate) -> Report:
    cells = agg.to_arrow()
    steps = _steps(agg.ledger)
    stated = _definitions(agg._core.definitions())
    keys = list(range(len(stated)))
    if "definition" in cells.column_names and len(cells):
        keys = [key for key in _keys_used(cells.column("definition"))[0] if 0 <= key < len(stated)]
    fields = [stated[key] for key in keys]
    title = f"{_what(fields)}, {_count(len(cells), 'cell')}"
    title += f" by {_listed([clean(name) for name in agg.by])}" if agg.by else ""
    facts = _findings(steps, "out.ledger")
    facts.append(_set_aside(steps, "out.ledger"))
    if len(cells):
        if by := _cells_by(cells, agg.by, _schemes(fields)):
            facts.append(Fact("by", [Item("; ".join(by))], most=3))
        facts.append(Fact("coverage", [Item(_coverage(cells, steps))], most=2))
    if means := _means(fields):
        facts.append(Fact("means", [Item(means)], most=2))
    facts += _caveats(fields)
    if differences := _differences(keys, fields, "out.definitions"):
        facts.append(differences)
    return Report("Aggregate", title, facts, _first_cells(cells, agg.by) if len(cells) else None)


def _cells_by(cells: pa.Table, by: Sequence[str], schemes: dict[str, str]) -> list[str]:
    import pyarrow as pa

    said = []
    for name in by:
        if name not in cells.column_names or name == "definition":
            continue
        column = cells.column(name)
        if pa.types.is_integer(column.type):
            known = column.unique().to_pylist()
            years = _years(year for year in known if year is not None)
            said.append(f"{name} {years}{' and their total' if None in known and years else ''}")
        elif name in ("origin", "destination", "citizenship", "birth"):
            codes = _codes_used(column)
            said.append(f"{name} {_areas(codes, 'areas')}" if len(codes) > 6 else f"{name} {' '.join(codes)}")
        elif pa.types.is_dictionary(column.type) or pa.types.is_string(column.type):
            codes = _codes_used(column)
            why = _listed([word for code, word in (("_O", "_O outside"), ("_U", "_U not known")) if code in codes])
            note = f" ({why})" if why and "." in name else f" ({schemes[name]})" if name in schemes else ""
            said.append(f"{name} {_codes(name, codes)}{note}")
    return said


def _coverage(cells: pa.Table, steps: Sequence[dict[str, Any]]) -> str:
    import pyarrow.compute as pc

    last = steps[-1] if steps and steps[-1].get("operation") == "aggregate" else {}
    out = _Tally()
    for account in last.get("accounts", []):
        tally = _Tally.of(account.get("out", {}))
        out = replace(out, rows=out.rows + tally.rows, missing=out.missing + tally.missing)
    said = []
    column = cells.column("coverage_cells")
    lowest = pc.min(column).as_py()
    below = pc.sum(pc.less(column, 1.0)).as_py() or 0
    if lowest is None:
        said.append("not known")
    elif below:
        said.append(f"lowest {_ratio(lowest)}; {below:,} of {_count(len(cells), 'cell')} below 1")
    else:
        said.append("complete in every cell")
    if out.rows:
        blank = f"{out.missing:,} of {out.rows:,} figures without a value" if out.missing else f"all {out.rows:,} figures"
        said.append(blank if out.missing else f"{blank} have a value")
    if empty := cells.column("value").null_count:
        said.append(f"{_count(empty, 'cell')} without a value")
    printed = cells.column("coverage_value")
    if known := len(printed) - printed.null_count:
        bounds = pc.min_max(printed).as_py()
        said.append(
            f"{_ratio(bounds['min'])} to {_ratio(bounds['max'])} of the printed total in {_count(known, 'cell')}"
        )
    return "; ".join(said)


def _ratio(value: float) -> str:
    """Share that is 1 only where it is."""
    text = f"{value:.3f}"
    return f"{value:.6g}" if text in ("1.000", "0.000") and value not in (0.0, 1.0) else f"{value:.3f}".rstrip("0").rstrip(".")


def _first_cells(cells: pa.Table, by: Sequence[str]) -> Grid:
    import pyarrow as pa
    import pyarrow.compute as pc

    head = cells.slice(0, ROWS)
    columns: list[tuple[str, list[str], bool, int]] = []
    for name in cells.column_names:
        column, values = cells.column(name), _listed_values(head.column(name))
        if name in by:
            empty = "total" if pa.types.is_integer(column.type) else ""
            columns.append((name, [empty if value is None else str(value) for value in values], False, 8))
        elif name == "definition":
            if pc.count_distinct(column).as_py() > 1:
                columns.append((name, [_plain(value) for value in values], True, 5))
        elif name == "value":
            columns.append((name, [text or "no value" for text in numbers(values)], True, 9))
        elif column.null_count == len(column) or (name == "missing" and not pc.sum(column).as_py()):
            continue
        elif name == "coverage_cells" and pc.min(column).as_py() == 1.0:
            continue
        elif name.startswith("coverage"):
            columns.append((name, ["" if value is None else f"{value:.3f}" for value in values], True, 4))
        elif pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            columns.append((name, numbers(values), True, 3))
        else:
            columns.append((name, ["" if value is None else str(value) for value in values], False, 7))
    return _grid(columns, len(cells), "first cells", "out.to_pandas()")


def _listed_values(column: pa.ChunkedArray) -> list[Any]:
    """Values of a few rows; days as text, as not every day is one of Python's."""
    import pyarrow as pa

    if pa.types.is_date32(column.type):
        return [None if day is None else _day(day) for day in column.cast(pa.int32()).to_pylist()]
    values: list[Any] = column.to_pylist()
    return values


# ---- ledgers


def _ledger(ledger: Ledger) -> Report:
    try:
        steps = _steps(ledger)
    except (ValueError, KeyError, TypeError) as error:
        return Report("Ledger", f"cannot be read ({error})", [])
    facts = []
    try:
        ledger.check()
        state = "balances: in = out + set aside + adjustment"
    except MigstatError as error:
        state = "DOES NOT BALANCE"
        facts.append(Fact("warning", [Item(str(error))], most=3, alarming=True))
    if not steps:
        return Report("Ledger", "empty, nothing has been done yet", facts)
    names = _listed([str(step.get("operation", "")) for step in steps[:6]]) + (", …" if len(steps) > 6 else "")
    facts += _findings(steps, "ledger.findings()", examples=True)
    title = f"{_count(len(steps), 'step')} ({names}), {state}"
    lines = HEIGHT - 2 - sum(len(_fact_lines(fact, fact.most)) for fact in facts)
    return Report("Ledger", title, facts, _accounts(steps, lines))


def _accounts(steps: Sequence[dict[str, Any]], lines: int) -> Grid | None:
    """Show every account in full, or by step and unit, or in a line a step: the first that there is room for."""
    rows = [row for step in steps for row in _step_rows(step, step.get("accounts", []))]
    folded = ""
    if len(rows) > lines - 1:
        rows, folded = _merged(steps, lines - 1)
    missing = any(len(row.cells) > 1 and row.cells[2] not in ("", "0") for row in rows)
    if not missing:
        rows = [row if row.heading else replace(row, cells=[row.cells[0], row.cells[1], row.cells[3]]) for row in rows]
    names = ["", "rows", *(["without a value"] if missing else []), "value"]
    return Grid(names, rows, [False, *[True] * (len(names) - 1)], [9, 8, 1, 8][: len(names)], more=lambda shown: folded)


def _side(name: str, tally: _Tally, value: str | None = None, level: int = 2) -> Row:
    return Row([name, f"{tally.rows:,}", f"{tally.missing:,}", number(tally.value) if value is None else value], level)


def _step_rows(step: dict[str, Any], accounts: Sequence[dict[str, Any]]) -> list[Row]:
    rows = [Row([str(step.get("operation", ""))], 0, heading=True)]
    for account in accounts:
        rows.append(Row([str(account.get("title", ""))], 1, heading=True, tail=f"({account.get('unit', '')})"))
        rows.append(_side("in", _Tally.of(account.get("taken", {}))))
        rows += [
            _side(f"{word}: {each.get('reason', '')}", _Tally.of(each.get("tally", {})))
            for side, word in (("set_aside", "set aside"), ("adjustments", "adjustment"))
            for each in account.get(side, [])
        ]
        rows.append(_side("out", _Tally.of(account.get("out", {}))))
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
            rows += [_side(str(each.get("title", "")), _Tally.of(each.get("out", {}))) for each in accounts[:left]]
            over = len(accounts) - left
            return rows, f"… and {over:,} more: {where}" if over > 0 else f"each account in full: {where}"
        return rows, f"each account in full: {where}"
    short = []
    for step, accounts in merged:
        for account in accounts:
            aside = sum(_Tally.of(each.get("tally", {})).rows for each in account["set_aside"])
            told = f", {_count(aside, 'row')} set aside" if aside else ""
            name = f"{step.get('operation', '')} gave out ({account['unit']}{told})"
            short.append(_side(name, _Tally.of(account["out"]), level=0))
    if len(short) <= lines - 1:
        return short, f"each account in full: {where}"
    first, last = short[:2], short[-(lines - 4) :]
    folded = len(short) - len(first) - len(last)
    return [*first, Row([f"… and {folded:,} more …"], 0, heading=True), *last], f"each account in full: {where}"


def _by_unit(accounts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Accounts of several definitions as one for each unit: what is counted in different units is never added."""
    units: dict[str, list[dict[str, Any]]] = {}
    for account in accounts:
        units.setdefault(str(account.get("unit", "")), []).append(account)
    out = []
    for unit, several in units.items():
        if len(several) == 1:
            out.append(several[0])
            continue
        merged: dict[str, Any] = {"title": f"{_count(len(several), 'definition')} together", "unit": unit}
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
