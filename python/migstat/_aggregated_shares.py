"""Shares of cells in wholes, with bounds where something is open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._aggregated_cells import bounds_of, grouped_by, keys_of, known, near, needed, numbered, totals
from .errors import CodeError, SchemaError, one_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["share", "shares"]

#: A whole is never summed over time: who is in a country on two days is one person.
_TIME = ("year", "period")


def share(cells: pd.DataFrame, by: Sequence[str], column: str, code: str) -> pd.DataFrame:
    """Give the share of one code in all codes of a column, by what else the cells are grouped by."""
    grouped_by(by, column)
    needed(cells, "share", "value", "missing")
    parts = cells[~totals(cells, [column])[column]]
    codes, wanted = parts[column].astype(str), str(code)
    have = sorted({str(one) for one in parts[column].dropna().unique()})
    if wanted not in have:
        listed = ", ".join(map(repr, have[:20])) + (f" and {len(have) - 20} more" if len(have) > 20 else "")
        message = f"{column} has no {code!r}; it has {listed or 'no codes'}"
        raise CodeError(message + (near(wanted, have) if len(have) > 20 else ""))
    rest = keys_of(cells, by, column)
    groups, value = numbered(parts, rest), known(parts)
    _refuse_negative(value)
    mine = codes == wanted
    whole = _sum(value, groups)
    found = parts[rest].assign(share=_sum(value.where(mine, 0.0), groups) / whole.where(whole != 0))
    low, high = bounds_of(parts)
    # What is of unknown code may all be of this one, or none of it.
    perhaps = mine | (codes == "_U")
    if (perhaps & ~mine).any() or not low.equals(high):
        inside = _sum(low.where(mine, 0.0), groups), _sum(high.where(perhaps, 0.0), groups)
        outside = _sum(low.mask(perhaps, 0.0), groups), _sum(high.mask(mine, 0.0), groups)
        found["low"], found["high"] = _bounds(inside, outside, whole if column == "skill" else None)
    return found[~groups.duplicated()].reset_index(drop=True)


def shares(cells: pd.DataFrame, by: Sequence[str], of: str | Sequence[str] | None, missing: str) -> pd.DataFrame:
    """Give the share of every cell in the whole of those that are alike in some columns."""
    wholes = [] if of is None or of == "total" else [of] if isinstance(of, str) else list(of)
    grouped_by(by, *wholes)
    one_of("missing", missing, ("unknown", "skip"))
    needed(cells, "shares", "value", *(["missing"] if missing == "unknown" else []))
    kept = keys_of(cells, [name for name in by if name in wholes or name in _TIME])
    over = [name for name in by if name not in kept]
    groups, parts = numbered(cells, kept), ~totals(cells, over).any(axis=1)
    value = known(cells) if missing == "unknown" else cells["value"]
    _refuse_negative(value)
    whole = _sum((value if missing == "unknown" else value.fillna(0.0)).where(parts, 0.0), groups)
    found = cells[keys_of(cells, by)].assign(
        value=cells["value"], whole=whole, share=(value / whole.where(whole != 0)).clip(upper=1.0)
    )
    if "missing" not in cells.columns:
        return found
    low, high = bounds_of(cells)
    if not low.equals(high):
        outside = (
            (_sum(low.where(parts, 0.0), groups) - low).clip(lower=0.0),
            (_sum(high.where(parts, 0.0), groups) - high).clip(lower=0.0),
        )
        found["low"], found["high"] = _bounds((low, high), outside, whole if "skill" in over else None)
    return found


def _refuse_negative(value: pd.Series[Any]) -> None:
    if below := int((value < 0).sum()):
        message = f"{below} of {len(value)} cells are below 0, as net migration may be: they are no shares of a whole"
        raise SchemaError(message)


def _sum(amount: pd.Series[Any], groups: pd.Series[int]) -> pd.Series[Any]:
    """Add up by group, for every row; a group in which something is not known has no sum: missing is not zero."""
    unknown = amount.isna().groupby(groups).transform("any")
    return amount.groupby(groups).transform("sum").mask(unknown)


def _bounds(
    inside: tuple[pd.Series[Any], pd.Series[Any]],
    outside: tuple[pd.Series[Any], pd.Series[Any]],
    fixed: pd.Series[Any] | None,
) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Give the least and the largest share of what is inside, both sides being between a low and a high amount.

    Where skill was shared out, people move between its codes and the whole stays what it is: it is `fixed`.
    """
    if fixed is not None:
        whole = fixed.where(fixed != 0)
        return inside[0] / whole, (inside[1] / whole).clip(upper=1.0)
    least, largest = inside[0] + outside[1], inside[1] + outside[0]
    return inside[0] / least.where(least != 0), inside[1] / largest.where(largest != 0)
