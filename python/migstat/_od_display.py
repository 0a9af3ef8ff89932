"""How matrices look to a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ._display import _caveats, _differences, _means, _what
from ._display_html import as_html
from ._display_ledger import findings_of, set_aside_of, steps_of
from ._display_table import areas_text, codes_said, stated_fields, years_text
from ._display_text import Fact, Grid, Item, Report, Row, as_text, clean, counted, joined, numbers

if TYPE_CHECKING:
    from ._od_dense import Dense, Label

__all__ = ["matrix_html", "matrix_text"]

_ROWS, _COLUMNS = 8, 7


def matrix_text(dense: Dense) -> str:
    """Give a matrix as at most 25 lines of 100 characters."""
    return as_text(_report(dense))


def matrix_html(dense: Dense) -> str:
    """Give a matrix as HTML that needs nothing else."""
    return as_html(_report(dense))


def _report(dense: Dense) -> Report:
    fields, keys = [], []
    if dense.definitions is not None:
        used = set(np.unique(dense.definition[dense.figures > 0]).tolist())
        stated = {int(each["definition"]): each for each in stated_fields(dense.definitions)}
        keys = [key for key in stated if key in used] or list(stated)[:1]
        fields = [stated[key] for key in keys]
    sizes = " × ".join(f"{name} {len(labels):,}" for name, labels in dense.labels.items())
    steps = steps_of(dense.ledger())
    facts = findings_of(steps, "m.ledger")
    facts += _caveats(fields, "m.definitions")
    facts.append(set_aside_of(steps, "m.ledger"))
    first, second = dense.axes[-2:]
    facts.append(Fact("rows", [Item(_said(first, dense.labels[first]))], most=2))
    facts.append(Fact("columns", [Item(_said(second, dense.labels[second]))], most=2))
    if dense.by:
        facts.append(Fact("by", [Item("; ".join(_said(name, dense.labels[name]) for name in dense.by))], most=2))
    if dense.fixed:
        facts.append(Fact("selected", [Item(joined([f"{name} {label}" for name, label in dense.fixed.items()]))]))
    if dense.lumped:
        said = (" to ".join(map(str, each)) if isinstance(each, tuple) else str(each) for each in dense.lumped)
        facts.append(Fact("lumped", [Item(f"{len(dense.lumped):,}: {clean(joined(list(said)))}")], most=2))
    facts.append(Fact("complete", [Item(_complete(dense))], most=2))
    if means := _means(fields):
        facts.append(Fact("means", [Item(means)], most=2))
    if differences := _differences(keys, fields, "m.definitions"):
        facts.append(differences)
    title = f"{_what(fields)}, {sizes}" if fields else sizes
    return Report("ODMatrix", title, facts, _corner(dense) if dense.values.size else None)


def _said(name: str, labels: Sequence[Label]) -> str:
    if labels and all(isinstance(label, int) for label in labels):
        return f"{name} {years_text(int(label) for label in labels)}"
    codes = [clean(label) for label in labels]
    if "." not in name and name in ("origin", "destination", "citizenship", "birth") and len(codes) > 6:
        return f"{name}: {areas_text(codes, 'areas')}"
    return f"{name} {codes_said(name, codes)}"


def _complete(dense: Dense) -> str:
    """Say how many cells have a value, and why others have none."""
    cells, known = dense.values.size, ~np.isnan(dense.values)
    blank = int((~known & (dense.figures > 0)).sum())
    none = int((~known & (dense.figures == 0)).sum())
    part = int((known & (dense.missing > 0)).sum())
    said = [f"{int(known.sum()):,} of {counted(cells, 'cell')} have a value"]
    said += [f"{part:,} of them leave out figures without one"] if part else []
    said += [f"{blank:,} have only figures without one"] if blank else []
    said += [f"{none:,} have no figure"] if none else []
    return "; ".join(said)


def _corner(dense: Dense) -> Grid:
    """Show the first rows and columns of the first slice."""
    first, _ = dense.axes[-2:]
    rows, columns = dense.ends
    at = (0,) * len(dense.by)
    values, figures = dense.values[at][:_ROWS, :_COLUMNS], dense.figures[at][:_ROWS, :_COLUMNS]
    flat = [None if np.isnan(each) else float(each) for each in values.ravel()]
    written = np.array(numbers(flat), dtype=object).reshape(values.shape)
    written[np.isnan(values) & (figures > 0)] = "no value"
    slice_of = ", ".join(f"{name} {dense.labels[name][0]}" for name in dense.by)
    heads = [f"{first} ({slice_of})" if slice_of else first, *(str(label) for label in columns[:_COLUMNS])]
    listed = [Row([str(label), *cells]) for label, cells in zip(rows[:_ROWS], written.tolist(), strict=True)]
    keep = [99, *range(len(heads) - 1, 0, -1)]

    def more(shown: int) -> str:
        left = [(len(rows) - shown, "row"), (len(columns) - len(heads) + 1, "column")]
        slices = int(np.prod([len(dense.labels[name]) for name in dense.by])) - 1
        said = joined([counted(count, f"more {what}") for count, what in [*left, (slices, "slice")] if count > 0])
        return f"… {said}: m.to_pandas()" if said else ""

    return Grid(heads, listed, [False, *(True for _ in heads[1:])], keep, "first cells", more)
