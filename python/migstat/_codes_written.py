"""Lists of codes and mappings as people write them down: a CSV file or a table."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ._areas_column import as_arrow
from ._frame import library, table, text_of
from .errors import CodeError, SchemaError

if TYPE_CHECKING:
    from ._typing import Frame

__all__ = ["codes_written", "pairs_written"]

#: Code, parent, first and last year, label, note, source, names by language.
Code: TypeAlias = tuple[str, str, tuple[int | None, int | None], str, str, str, list[tuple[str, str]]]
#: From, to or "", weight, quality, source.
Pair: TypeAlias = tuple[str, str, float | None, str, str]

_KNOWN = ("code", "label", "parent", "valid_from", "valid_to", "note", "source", "also", "quality")


def codes_written(written: str | os.PathLike[str] | Frame) -> tuple[list[Code], dict[str, list[Pair]]]:
    """Give the rows of a list, and for each list that it is mapped to the pairs."""
    columns = _columns(written, ("code", "label"))
    for name in columns:
        if name not in _KNOWN and not name.startswith(("label:", "to:")):
            message = (
                f"column {name!r} is none that a list of codes has; expected {', '.join(_KNOWN)}, label:fr (a "
                f"language) or to:broad (a list)"
            )
            raise SchemaError(message)
    size = len(columns["code"])
    blank = [""] * size

    def at(name: str, row: int) -> str:
        return columns.get(name, blank)[row]

    codes: list[Code] = []
    for row in range(size):
        names = [
            (name.removeprefix("label:"), one)
            for name in columns
            if name.startswith("label:")
            for one in _several(at(name, row))
        ]
        names += [("en", one) for one in _several(at("also", row))]
        years = (_year(at("valid_from", row), "valid_from", row), _year(at("valid_to", row), "valid_to", row))
        codes.append(
            (at("code", row), at("parent", row), years, at("label", row), at("note", row), at("source", row), names)
        )
    targets: dict[str, list[Pair]] = {}
    for name in columns:
        if name.startswith("to:"):
            pairs = targets.setdefault(name.removeprefix("to:"), [])
            for row in range(size):
                pairs += _targets(at("code", row), at(name, row), at("quality", row), at("source", row), row)
    return codes, targets


def pairs_written(written: str | os.PathLike[str] | Frame, from_column: str, to_column: str) -> list[Pair]:
    """Give the pairs of a mapping."""
    columns = _columns(written, (from_column, to_column))
    size = len(columns[from_column])
    blank = [""] * size
    many: dict[str, set[str]] = {}
    for code, target in zip(columns[from_column], columns[to_column], strict=True):
        many.setdefault(code, set()).add(target)
    pairs: list[Pair] = []
    for row in range(size):
        code, target = columns[from_column][row], columns[to_column][row]
        weight = _weight(columns.get("weight", blank)[row], row)
        quality = columns.get("quality", blank)[row] or _quality(len(many[code]) if target else 0)
        pairs.append((code, target, weight, quality, columns.get("source", blank)[row]))
    return pairs


def _quality(targets: int) -> str:
    return "not mappable" if targets == 0 else "good" if targets == 1 else "ambiguous"


def _several(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()]


def _targets(code: str, text: str, quality: str, source: str, row: int) -> list[Pair]:
    parts = _several(text)
    if not parts:
        return [(code, "", None, quality or _quality(0), source)]
    said = quality or _quality(len(parts))
    out: list[Pair] = []
    for part in parts:
        target, _, weight = part.partition(":")
        out.append((code, target.strip(), _weight(weight, row), said, source))
    return out


def _weight(text: str, row: int) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        message = f"row {row}: weight {text!r} is not a number; expected a share such as 0.4"
        raise CodeError(message) from None


def _year(text: str, name: str, row: int) -> int | None:
    if not text.strip():
        return None
    try:
        return int(float(text)) if float(text).is_integer() else int(text)
    except (ValueError, OverflowError):
        message = f"column {name!r}, row {row}: {text!r} is not a year; expected one such as 1996, or nothing"
        raise CodeError(message) from None


def _columns(written: Any, required: tuple[str, ...]) -> dict[str, list[str]]:
    """Give the columns as text, blanks around the text left out."""
    if isinstance(written, str | os.PathLike):
        columns = _read_csv(Path(written))
    elif library(written) == "pysdmx":
        columns = _of_sdmx(written)
    else:
        found = as_arrow(table(written))
        columns = {name: [text_of(value) for value in found.column(name).to_pylist()] for name in found.column_names}
    missing = [name for name in required if name not in columns]
    if missing:
        had = ", ".join(map(repr, columns)) or "none"
        message = f"there is no column {missing[0]!r}; expected {' and '.join(map(repr, required))}, found {had}"
        raise SchemaError(message)
    return columns


def _of_sdmx(codelist: Any) -> dict[str, list[str]]:
    """Give a list of codes as pysdmx holds it."""
    items = list(getattr(codelist, "items", ()) or ())
    if not items or not all(hasattr(item, "id") for item in items):
        message = f"expected a Codelist of pysdmx with codes, found {type(codelist).__name__}"
        raise SchemaError(message)
    dates = {name: [getattr(item, name, None) for item in items] for name in ("valid_from", "valid_to")}
    return {
        "code": [text_of(item.id) for item in items],
        "label": [text_of(item.name or item.id) for item in items],
        "note": [text_of(item.description) for item in items],
        **{name: [text_of(getattr(date, "year", None)) for date in found] for name, found in dates.items()},
    }


def _read_csv(path: Path) -> dict[str, list[str]]:
    # utf-8-sig: spreadsheets put a mark before the first letter.
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
            rows = [row for row in reader if any(cell.strip() for cell in row)]
        except (csv.Error, UnicodeDecodeError) as error:
            message = f"{path.name} cannot be read as CSV in UTF-8: {error}"
            raise SchemaError(message) from error
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        message = f"{path.name} has several columns {sorted(twice)[0]!r}"
        raise SchemaError(message)
    for number, row in enumerate(rows):
        if len(row) != len(header):
            message = f"{path.name}, row {number}: {len(row)} cells, but the header has {len(header)} columns"
            raise SchemaError(message)
    return {name: [row[at].strip() for row in rows] for at, name in enumerate(header)}
