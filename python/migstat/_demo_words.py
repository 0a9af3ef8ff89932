"""Words and numbers of the tour."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import areas
from .errors import MigstatError

if TYPE_CHECKING:
    from .observations import Observations

WIDTH = 98


def title(text: str) -> None:
    print(textwrap.shorten(text, WIDTH))
    print("=" * min(len(text), WIDTH))


def head(text: str) -> None:
    print()
    print(text)
    print("-" * len(text))


def say(text: str, hang: int = 2) -> None:
    for line in textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent=" " * hang) or [""]:
        print(line)


def listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def number(value: Any) -> str:
    if value is None or value != value:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1e5 or float(value).is_integer() else f"{value:,.1f}"


def said(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def short(stated: Any) -> str:
    """Say in a few words which definition it is."""
    parts = [str(stated.get(field)) for field in ("reporter", "table", "breakdown") if said(stated.get(field))]
    coverage = f" ({stated.get('coverage')})" if said(stated.get("coverage")) else ""
    return (", ".join(parts) or str(stated.get("measure")).replace("_", " ")) + coverage


def stem(name: str) -> str:
    kept = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in Path(name).stem)
    return kept.strip("_") or "observations"


def codes_of(observations: Observations, column: str) -> list[str]:
    figures = observations.figures
    if column not in figures.column_names:
        return []
    return sorted({str(code) for code in figures.column(column).unique().to_pylist() if code is not None})


def arrow(table: Any) -> Any:
    """Give a table of any kind as a pyarrow table whose codes are plain text."""
    import pyarrow as pa

    if hasattr(table, "to_dicts"):  # polars, whose text older pyarrow cannot turn into plain text
        return pa.Table.from_pylist(table.to_dicts())
    whole = pa.table(table)
    plain = [pa.string() if pa.types.is_dictionary(field.type) else field.type for field in whole.schema]
    return whole.cast(pa.schema(list(zip(whole.column_names, plain, strict=True))))


def kind(code: str) -> str:
    if code == "_T":
        return "total"
    try:
        kind = str(areas.info(code).kind)
    except MigstatError:
        return "country"
    return kind if kind in ("former", "aggregate", "residual") else "country"


def area(code: str) -> str:
    if code == "_T":
        return "Total"
    try:
        return str(areas.info(code).name)
    except MigstatError:
        return code


def period(start: Any, end: Any) -> str:
    from datetime import timedelta

    if start == end:
        return str(start)
    if (start.month, start.day, end.month, end.day) == (1, 1, 1, 1) and end.year == start.year + 1:
        return str(start.year)
    return f"{start:%b %Y}–{end - timedelta(days=1):%b %Y}"
