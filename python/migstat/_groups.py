"""Groups that the caller gives: what each label belongs to, in all years or year by year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._frame import columns_of, table
from .errors import SchemaError

__all__ = ["listed"]


def listed(groups: Mapping[str, Any] | None) -> dict[str, list[tuple[str, int | None, str]]]:
    """Give groups as the core takes them: name -> (label, year or none, group).

    Parameters
    ----------
    groups
        Name -> a mapping of labels to groups, or of (label, year) to groups, or a table with the columns ``group``,
        ``year`` if membership changes, and one of any other name for the labels.
    """
    return {str(name): _members(str(name), given) for name, given in (groups or {}).items()}


def _members(name: str, given: Any) -> list[tuple[str, int | None, str]]:
    if isinstance(given, Mapping) and not _is_table(given):
        out = []
        for key, group in given.items():
            label, year = key if isinstance(key, tuple) and len(key) == 2 else (key, None)
            out.append((_text(name, label), None if year is None else _year(name, year), _text(name, group)))
        if not out:
            message = f"groups[{name!r}] is empty; expected labels and the group of each"
            raise SchemaError(message)
        return out
    names = columns_of(given)
    labels = [one for one in names if one not in ("year", "group")]
    if "group" not in names or len(labels) != 1:
        message = (
            f"groups[{name!r}] must map labels to groups, or be a table with columns for the label, 'year' (if it "
            f"matters) and 'group'; found {', '.join(map(repr, names)) or type(given).__name__}"
        )
        raise SchemaError(message)
    import pyarrow as pa

    columns = pa.table(table(given)).to_pydict()
    years = columns.get("year") or [None] * len(columns["group"])
    rows = zip(columns[labels[0]], years, columns["group"], strict=True)
    return [
        (_text(name, label), None if year is None else _year(name, year), _text(name, group))
        for label, year, group in rows
    ]


def _text(name: str, label: Any) -> str:
    if label is None or label != label:
        message = f"groups[{name!r}] has a blank label or group; leave out what belongs to none"
        raise SchemaError(message)
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def _is_table(given: Mapping[Any, Any]) -> bool:
    return "group" in given and isinstance(given["group"], list | tuple)


def _year(name: str, year: Any) -> int:
    try:
        whole = int(year)
        exact = whole == float(year)
    except (TypeError, ValueError, OverflowError):
        exact = False
    if not exact:
        message = f"groups[{name!r}] has a year {year!r}; expected a whole number"
        raise SchemaError(message)
    return whole
