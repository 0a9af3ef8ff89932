"""What months weigh: 12 shares of any year, or figures of months, as the core takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import _core
from ._areas_column import as_arrow, labels_of
from .errors import SchemaError

__all__ = ["shares_of"]


def shares_of(shares: Any) -> tuple[list[float] | None, int | None]:
    """Give weights of months, and the first of them since January of the year 0, or None for those of every year."""
    if shares is None:
        return None, None
    if not isinstance(shares, Mapping) and not hasattr(shares, "items"):
        return [_number(share) for share in shares], None
    items = {key: _number(share) for key, share in shares.items()}
    if set(items) == set(range(1, 13)):
        return [items[month] for month in range(1, 13)], None
    found = as_arrow(_core.parse_periods(labels_of([str(key) for key in items]), "shares", None, None))
    weights: dict[int, float] = {}
    for key, start, end in zip(items, found["start"].to_pylist(), found["end"].to_pylist(), strict=True):
        month = start.year * 12 + start.month - 1
        if start.day != 1 or end.day != 1 or end.year * 12 + end.month - 2 != month:
            message = f"shares: {key!r} is no month; expected 12 shares of a year, or figures by month, '2016-07'"
            raise SchemaError(message)
        if month in weights:
            message = f"shares: {key!r} names a month that another key names too"
            raise SchemaError(message)
        weights[month] = items[key]
    if not weights:
        message = "shares: expected 12 shares of a year, or figures by month, '2016-07'; found none"
        raise SchemaError(message)
    months = range(min(weights), max(weights) + 1)
    return [weights.get(month, float("nan")) for month in months], months[0]


def _number(share: Any) -> float:
    try:
        return float(share)
    except (TypeError, ValueError):
        message = f"shares: {share!r} is no number"
        raise SchemaError(message) from None
