"""Why parts were not added up, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _core

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import pyarrow as pa

__all__ = ["why_stayed"]

_REPORTERS = {"inflow": "destination", "outflow": "origin"}


def why_stayed(pairs: pa.Table, rows: pd.DataFrame, dimensions: Sequence[str], named: Sequence[str]) -> str:
    """Say why parts in some dimensions stayed, of the first movement of some rows of the pairs.

    Of the columns ``named``, which rows have codes of, those are the same within a movement that are no dimension.
    """
    import pyarrow as pa

    dimensions = [name for name in dimensions if name in named]
    same = [name for name in named if name not in dimensions]
    first = rows[(rows[same] == rows[same].iloc[0]).all(axis=1)]
    printed = pairs.take(pa.array(first.index.to_numpy()))
    for side in _REPORTERS:
        there = printed.column(f"{side}_definition").is_valid().to_pylist()
        parts = first[there].assign(
            value=[value for value, has in zip(printed.column(side).to_pylist(), there, strict=True) if has]
        )
        definitions = set(printed.column(f"{side}_definition").drop_null().to_pylist())
        broken_down = [name for name in dimensions if (parts[name] != "_T").any()]
        if broken_down and (reason := _reason(parts, broken_down, side, len(definitions))):
            return f"{first['origin'].iloc[0]} to {first['destination'].iloc[0]}: {reason}"
    return "the parts of one end are themselves totals of other figures, or differ from those of the other"


def _reason(parts: pd.DataFrame, dimensions: list[str], side: str, definitions: int) -> str | None:
    """Say what is wrong with the parts of one side, if anything is."""
    empty = parts[parts["value"].isna()]
    if len(empty):
        return f"{_code(empty.iloc[0], dimensions)} of the {side} has no value"
    for name in dimensions:
        codes = set(parts[name])
        if missing := [code for code in _needed(name, parts.iloc[0][_REPORTERS[side]]) if code not in codes]:
            return f"the {side} has no {' and no '.join(missing)} by {name}"
        if name == "age" and not _follow(codes - {"_T", "_U"}):
            return f"the ages of the {side} leave somebody out or overlap ({', '.join(sorted(codes)[:5])})"
    if definitions > 1:
        return f"the parts of the {side} are of {definitions} definitions"
    return None


def _needed(name: str, reporter: str) -> tuple[str, ...]:
    return {"sex": ("F", "M"), "age": ()}.get(name, ("FOR", reporter))


def _follow(codes: set[str]) -> bool:
    """Tell whether ages begin at birth, follow one another and have no end."""
    bounds = sorted((start or 0, end) for _, start, end in _core.read_ages(sorted(codes)))
    ends = [0, *(end for _, end in bounds)]
    return [start for start, _ in bounds] == ends[:-1] and ends[-1] is None


def _code(row: Any, dimensions: list[str]) -> str:
    return " ".join(str(row[name]) for name in dimensions if row[name] != "_T")
