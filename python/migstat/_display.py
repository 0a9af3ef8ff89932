"""How results look to a person: what, who, when, how complete, warnings first; as text and as HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ._display_html import as_html
from ._display_ledger import Tally, findings_of, ledger_report, rest_of, set_aside_of, steps_of
from ._display_table import (
    AREAS,
    Leaves,
    adds_up,
    all_instants,
    areas_text,
    broken_down,
    code_counts,
    codes_said,
    codes_used,
    day_text,
    distinct_figures,
    groups_of,
    keys_used,
    leaves_of,
    period_text,
    schemes_of,
    stated_fields,
    used_codes,
    when_text,
    who_text,
    years_text,
)
from ._display_text import (
    MARGIN,
    ROWS,
    WIDTH,
    Fact,
    Grid,
    Item,
    Report,
    Row,
    as_text,
    clean,
    counted,
    joined,
    numbers,
    percentage,
    plain_text,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from ._aggregated import Aggregate
    from .ledger import Ledger
    from .observations import Observations

__all__ = [
    "aggregate_html",
    "aggregate_text",
    "citations",
    "ledger_html",
    "ledger_text",
    "observations_html",
    "observations_text",
]


def observations_text(obs: Observations) -> str:
    """Give observations as at most 25 lines of 100 characters."""
    return as_text(_observations(obs))


def observations_html(obs: Observations) -> str:
    """Give observations as HTML that needs nothing else."""
    return as_html(_observations(obs))


def ledger_text(ledger: Ledger) -> str:
    """Give a ledger as at most 25 lines of 100 characters."""
    return as_text(ledger_report(ledger))


def ledger_html(ledger: Ledger) -> str:
    """Give a ledger as HTML that needs nothing else."""
    return as_html(ledger_report(ledger))


def aggregate_text(agg: Aggregate) -> str:
    """Give an aggregate as at most 25 lines of 100 characters."""
    return as_text(_aggregate(agg))


def aggregate_html(agg: Aggregate) -> str:
    """Give an aggregate as HTML that needs nothing else."""
    return as_html(_aggregate(agg))


def citations(obs: Observations) -> list[str]:
    """Give one line for each publication that the figures come from, leaving out what is not stated."""
    fields = stated_fields(obs._core.definitions())
    used = keys_used(obs.figures.column("definition"))
    return _citations([fields[key] for key in used if key < len(fields)] or fields)


# ---- definitions

#: Fields that are told elsewhere.
_TOLD = {
    "definition", "measure", "unit", "reporter", "role", "schemes", "publisher", "dataset", "table",
    "vintage", "url", "licence", "file", "sheet", "release_date", "caveat",
}  # fmt: skip


def _what(fields: Sequence[dict[str, Any]]) -> str:
    """Name the measures with their units."""
    known = [f"{each.get('measure', 'figures')} in {each.get('unit', 'persons')}" for each in fields]
    kinds = list(dict.fromkeys(known))
    if len(kinds) > 3:
        measures = list(dict.fromkeys(str(each.get("measure", "figures")) for each in fields))
        return counted(len(measures), "measure") + f" in {counted(len({each.get('unit') for each in fields}), 'unit')}"
    return joined(kinds) or "nothing"


def _means(fields: Sequence[dict[str, Any]]) -> str:
    """Say what all definitions state alike."""
    if not fields:
        return ""
    first, *others = fields
    alike = {name: value for name, value in first.items() if all(each.get(name) == value for each in others)}
    said = [f"{name} {_short(value)}" for name, value in alike.items() if name not in _TOLD]
    return "; ".join(said)


def _short(value: object) -> str:
    text = plain_text(value)
    return text if len(text) <= 90 else text[:89].rstrip() + "…"


def _differences(
    keys: Sequence[int],
    fields: Sequence[dict[str, Any]],
    where: str,
    said_of: Callable[[int], str] = lambda _: "",
) -> Fact | None:
    """Say in which fields definitions differ, and how."""
    if len(fields) < 2:
        return None
    names = dict.fromkeys(name for each in fields for name in each if name != "definition")
    differ = [name for name in names if any(each.get(name) != fields[0].get(name) for each in fields)]
    items = [Item(f"{counted(len(fields), 'definition')}, different in {joined(differ) or 'nothing'}")]
    # Addresses are long, and go with what else differs.
    shown = [name for name in differ if name not in ("url", "file", "licence", "caveat")] or differ
    for key, each in zip(keys, fields, strict=True):
        stated = "; ".join(plain_text(each[name]) if name in each else f"no {name}" for name in shown)
        items.append(Item(f"{key}{said_of(key)}: {stated}"))
    return Fact("defined", items, most=5, more=rest_of(items, where))


def _caveats(fields: Sequence[dict[str, Any]], where: str) -> list[Fact]:
    known = list(dict.fromkeys(str(each["caveat"]) for each in fields if "caveat" in each))
    if not known:
        return []
    more = f" (and {len(known) - 1:,} more: {where})" if len(known) > 1 else ""
    return [Fact("caveat", [Item(known[0] + more)], most=2)]


def _citations(fields: Sequence[dict[str, Any]]) -> list[str]:
    lines: dict[str, None] = {}
    for each in fields:
        if "publisher" not in each:
            lines["Source not stated."] = None
            continue
        where = ", ".join(str(each[name]) for name in ("dataset", "table") if name in each)
        parts = [
            str(each["publisher"]),
            where,
            *(str(each.get(name, "")) for name in ("vintage", "url", "licence")),
        ]
        said = [clean(part).strip().rstrip(".") for part in parts]
        lines[" ".join(f"{part}." for part in said if part)] = None
    return list(lines)


def _source(fields: Sequence[dict[str, Any]], where: str) -> Fact:
    items = [Item(line) for line in _citations(fields)]
    works = {(each.get("publisher", ""), each.get("dataset", "")) for each in fields}
    if len(items) > 1 and len(works) == 1:
        work = " ".join(f"{str(part).rstrip('.')}." for part in works.pop() if part)
        return Fact("source", [Item(work, f"({len(items):,} publications: {where})")])
    if len(items) > 1:
        return Fact("source", items, most=2, more=rest_of(items, where))
    return Fact("source", items or [Item("Source not stated.")], most=2)


# ---- observations


def _observations(obs: Observations) -> Report:
    figures = obs.figures
    steps = steps_of(obs.ledger)
    stated = stated_fields(obs._core.definitions())
    groups = groups_of(figures)
    keys = [key for key in keys_used(groups.column("definition")) if 0 <= key < len(stated)] or list(range(len(stated)))
    fields = [stated[key] for key in keys]
    leaves = leaves_of(groups)
    used = used_codes(figures)
    there = all_instants(groups)

    rows, printed = len(figures), distinct_figures(figures)
    size = counted(rows, "figure") if rows else "no figures"
    if printed is not None and printed != rows:
        size = f"{counted(printed, 'figure')} ({counted(rows, 'row')})"
    totals, many = _leaves_said(keys, fields, leaves)
    title = f"{_what(fields)}, {size}{f', {totals}' if rows else ''}"
    facts = []
    if rows and len(title) > WIDTH - len("Observations: "):
        title = f"{_what(fields)}, {size}, {counted(len(keys), 'definition')}"
        facts.append(Fact("leaves", [Item(many)], most=1))
    facts += findings_of(steps, "obs.ledger")
    facts += _caveats(fields, "obs.definitions")
    facts.append(set_aside_of(steps, "obs.ledger"))
    if rows:
        facts.append(Fact("who", [Item(who_text(used, fields, there=there))], most=2))
        facts.append(Fact("when", [Item(when_text(groups) or "not stated")], most=1))
        facts.append(Fact("by", [Item("; ".join(broken_down(used, schemes_of(fields))) or "not broken down")], most=2))
    if means := _means(fields):
        facts.append(Fact("means", [Item(means)], most=2))
    if rows:
        facts.append(Fact("complete", [Item(_complete(figures))], most=2))
    facts.append(_source(fields, "obs.cite()"))

    def said_of(key: int) -> str:
        known = leaves.get(key)
        if known is None:
            return ""
        total = f", {_leaves_text(known, stated[key])}" if adds_up(stated[key]) else ""
        return f" ({counted(known.rows, 'leaf', 'leaves')}{total})"

    if differences := _differences(keys, fields, "obs.definitions", said_of):
        facts.append(differences)
    grid = _first_rows(figures, groups, used) if rows else None
    return Report("Observations", title, facts, grid)


def _leaves_said(keys: Sequence[int], fields: Sequence[dict[str, Any]], leaves: dict[int, Leaves]) -> tuple[str, str]:
    """Say what leaves add up to by definition: for the first line, and for a line of its own."""
    units = len({each.get("unit") for each in fields}) > 1
    known = [leaves.get(key, Leaves(0, None)) for key in keys]
    totals = [_leaves_text(each, field, unit=units) for each, field in zip(known, fields, strict=True)]
    first = f"leaves {' | '.join(totals)}"
    if len(known) > 1 and not all(map(adds_up, fields)):
        first = counted(len(known), "definition")
    if len(known) == 1:
        leaves_and = counted(known[0].rows, "leaf", "leaves") + ": "
        first = f"{leaves_and if known[0].rows and adds_up(fields[0]) else ''}{totals[0]}"
    each = [f"{key}: {total}" for key, total in zip(keys, totals, strict=True)]
    shown = 0
    while shown < len(each) and sum(len(part) + 2 for part in each[: shown + 1]) <= WIDTH - MARGIN - 20:
        shown += 1
    shown = max(shown, 1)
    rest = [f"… and {len(each) - shown:,} more"] if shown < len(each) else []
    return first, "; ".join([*each[:shown], *rest])


def _leaves_text(leaves: Leaves, fields: dict[str, Any], *, unit: bool = False) -> str:
    """Say what leaves add up to; how many there are, where they are of a unit that does not add up."""
    if not adds_up(fields):
        return counted(leaves.rows, "leaf", "leaves")
    return leaves.said(str(fields.get("unit", "")) if unit else "")


def _complete(figures: pa.Table) -> str:
    rows = len(figures)
    known = rows - figures.column("value").null_count
    presence = code_counts(figures.column("presence"))
    basis = code_counts(figures.column("basis"))
    said = []
    if known == rows:
        said.append(_all_have(rows, "row"))
    else:
        said.append(f"{known:,} of {rows:,} rows have a value ({percentage(known, rows)})")
        known_kinds = ("value", "zero", "rounded_zero")
        said += [f"{n:,} {kind.replace('_', ' ')}" for kind, n in presence.most_common() if kind not in known_kinds]
    zeros = (("zero", "zero"), ("rounded_zero", "rounded to zero"))
    said += [f"{presence[kind]:,} {name}" for kind, name in zeros if presence[kind]]
    made = [f"{n:,} {kind}" for kind, n in basis.most_common() if kind != "observed"]
    if "note" in figures.column_names and (noted := rows - figures.column("note").null_count):
        made.append(f"{noted:,} with a note")
    return joined(said) + (f"; {joined(made)}" if made else "")


def _all_have(rows: int, noun: str) -> str:
    return f"the {noun} has a value" if rows == 1 else f"all {rows:,} {noun}s have a value"


def _first_rows(figures: pa.Table, groups: pa.Table, used: dict[str, list[str]]) -> Grid:
    """Show the first rows of the human view: the columns that vary, and the value."""
    head = figures.slice(0, ROWS)
    columns: list[tuple[str, list[str], bool, int]] = []
    for name in figures.column_names:
        column = figures.column(name)
        values = head.column(name).to_pylist() if name not in _DATES else []
        if name == "period_start":
            if len(groups.group_by(["start", "end"]).aggregate([])) > 1:
                columns.append(_period_column(head, days=all_instants(groups)))
        elif name == "definition":
            if len(keys_used(groups.column("definition"))) > 1:
                columns.append((name, [plain_text(value) for value in values], True, 5))
        elif name == "value":
            columns.append((name, _values(values, head), True, 9))
        elif name in ("low", "high"):
            if column.null_count < len(column):
                columns.append((name, numbers(values), True, 3))
        elif name == "leaf":
            if len(groups.column("leaf").unique()) > 1:
                columns.append((name, [str(value) for value in values], False, 4))
        elif name == "note":
            if column.null_count < len(column) and len(column.slice(0, 1 << 16).unique()) > 1:
                columns.append((name, ["" if value is None else value for value in values], False, 0))
        elif name in used and (len(used.get(name, [])) > 1 or _half_null(column)):
            keep = 8 if name in AREAS else 2 if name.endswith("_printed") else 6
            columns.append((name, ["" if value is None else value for value in values], False, keep))
    return _grid(columns, len(figures), "first rows", "obs.to_pandas()")


_DATES = ("period_start", "period_end")


def _half_null(column: pa.ChunkedArray) -> bool:
    return bool(0 < column.null_count < len(column))


def _values(values: Sequence[float | None], head: pa.Table) -> list[str]:
    """Write values; where there is none, what stood in the cell."""
    presence = head.column("presence").to_pylist()
    written = numbers(values)
    return [text or str(kind or "no value").replace("_", " ") for text, kind in zip(written, presence, strict=True)]


def _period_column(head: pa.Table, *, days: bool) -> tuple[str, list[str], bool, int]:
    import pyarrow as pa

    starts, ends = (head.column(name).cast(pa.int32()).to_pylist() for name in _DATES)
    cells = ["" if None in pair else period_text(*pair) for pair in zip(starts, ends, strict=True)]
    years = all(re.fullmatch(r"\d+", cell) for cell in cells)
    return ("year" if years else "date" if days else "period", cells, False, 7)


def _grid(columns: Sequence[tuple[str, list[str], bool, int]], rows: int, caption: str, where: str) -> Grid:
    # A column that is empty in all the rows shown tells nothing.
    told = [column for column in columns if any(column[1]) or column[0] == "value"]
    names, cells, right, keep = zip(*told, strict=True)
    listed = [Row(each) for each in zip(*cells, strict=True)]

    def more(shown: int) -> str:
        return f"… {counted(rows - shown, 'more row')}: {where}" if shown < rows else ""

    return Grid(names, listed, right, keep, caption, more)


# ---- aggregates


def _aggregate(agg: Aggregate) -> Report:
    cells = agg.to_arrow()
    steps = steps_of(agg.ledger)
    stated = stated_fields(agg._core.definitions())
    keys = list(range(len(stated)))
    if "definition" in cells.column_names and len(cells):
        keys = [key for key in keys_used(cells.column("definition")) if 0 <= key < len(stated)]
    fields = [stated[key] for key in keys]
    title = f"{_what(fields)}, {counted(len(cells), 'cell')}"
    title += f" by {joined([clean(name) for name in agg.by])}" if agg.by else ""
    facts = findings_of(steps, "out.ledger")
    facts += _caveats(fields, "out.definitions")
    facts.append(set_aside_of(steps, "out.ledger"))
    if len(cells):
        if by := _cells_by(cells, agg.by, schemes_of(fields)):
            facts.append(Fact("by", [Item("; ".join(by))], most=3))
        facts.append(Fact("coverage", [Item(_coverage(cells, steps))], most=2))
    if means := _means(fields):
        facts.append(Fact("means", [Item(means)], most=2))
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
            of_years = years_text(year for year in known if year is not None)
            said.append(f"{name} {of_years}{' and their total' if None in known and of_years else ''}")
        elif name in ("origin", "destination", "citizenship", "birth"):
            codes = codes_used(column)
            said.append(f"{name} {areas_text(codes, 'areas')}" if len(codes) > 6 else f"{name} {' '.join(codes)}")
        elif pa.types.is_dictionary(column.type) or pa.types.is_string(column.type):
            codes = codes_used(column)
            why = joined([word for code, word in (("_O", "_O outside"), ("_U", "_U not known")) if code in codes])
            note = f" ({why})" if why and "." in name else f" ({schemes[name]})" if name in schemes else ""
            said.append(f"{name} {codes_said(name, codes)}{note}")
    return said


def _coverage(cells: pa.Table, steps: Sequence[dict[str, Any]]) -> str:
    import pyarrow.compute as pc

    last = steps[-1] if steps and steps[-1].get("operation") == "aggregate" else {}
    out = Tally()
    for account in last.get("accounts", []):
        tally = Tally.of(account.get("out", {}))
        out = replace(out, rows=out.rows + tally.rows, missing=out.missing + tally.missing)
    said = []
    column = cells.column("coverage_cells")
    lowest = pc.min(column).as_py()
    below = pc.sum(pc.less(column, 1.0)).as_py() or 0
    if lowest is None:
        said.append("not known")
    elif below:
        said.append(f"lowest {_ratio(lowest)}; {below:,} of {counted(len(cells), 'cell')} below 1")
    else:
        said.append("complete in every cell")
    if out.rows:
        blank = f"{out.missing:,} of {counted(out.rows, 'figure')} without a value"
        said.append(blank if out.missing else _all_have(out.rows, "figure"))
    if empty := cells.column("value").null_count:
        said.append(f"{counted(empty, 'cell')} without a value")
    printed = cells.column("coverage_value")
    if known := len(printed) - printed.null_count:
        bounds = pc.min_max(printed).as_py()
        said.append(
            f"{_ratio(bounds['min'])} to {_ratio(bounds['max'])} of the printed total in {counted(known, 'cell')}"
        )
    return "; ".join(said)


def _ratio(value: float) -> str:
    """Share that is 1 only where it is."""
    text = f"{value:.3f}"
    if text in ("1.000", "0.000") and value not in (0.0, 1.0):
        return f"{value:.6g}"
    return text.rstrip("0").rstrip(".")


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
                columns.append((name, [plain_text(value) for value in values], True, 5))
        elif name == "value":
            columns.append((name, [text or "no value" for text in numbers(values)], True, 9))
        elif _tells_nothing(name, column, cells):
            continue
        elif name.startswith("coverage"):
            columns.append((name, ["" if value is None else f"{value:.3f}" for value in values], True, 4))
        elif pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            columns.append((name, numbers(values), True, 3))
        else:
            columns.append((name, ["" if value is None else str(value) for value in values], False, 7))
    return _grid(columns, len(cells), "first cells", "out.to_pandas()")


def _tells_nothing(name: str, column: pa.ChunkedArray, cells: pa.Table) -> bool:
    """Whether a column is empty or as usual: none missing, all complete, bounds that are the value."""
    import pyarrow.compute as pc

    if name in ("low", "high"):
        return column.null_count == len(column) or bool(pc.all(pc.equal(column, cells.column("value"))).as_py())
    if name == "missing":
        return not pc.sum(column).as_py()
    if name == "coverage_cells":
        return bool(pc.min(column).as_py() == 1.0)
    return bool(column.null_count == len(column))


def _listed_values(column: pa.ChunkedArray) -> list[Any]:
    """Values of a few rows; days as text, as not every day is one of Python's."""
    import pyarrow as pa

    if pa.types.is_date32(column.type):
        return [None if one is None else day_text(one) for one in column.cast(pa.int32()).to_pylist()]
    values: list[Any] = column.to_pylist()
    return values
