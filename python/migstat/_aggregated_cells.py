"""What all measures ask of the cells of an aggregate: their columns, their totals, and what is known of them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._frame import back
from .errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

    from ._typing import Kind

__all__ = ["bounds_of", "give", "grouped_by", "keys_of", "known", "near", "needed", "numbered", "totals"]


def near(word: str, names: Sequence[str]) -> str:
    """Say which name may have been meant."""
    lower = {name.lower(): name for name in names}
    found = difflib.get_close_matches(word.lower(), lower, n=1)
    return f"; did you mean {lower[found[0]]!r}?" if found else ""


def grouped_by(by: Sequence[str], *names: str) -> None:
    """Refuse names that the cells are not grouped by."""
    for name in names:
        if name not in by:
            have = f"but by {', '.join(map(repr, by))}" if by else "nor by anything else"
            message = f"the cells are not grouped by {name!r}, {have}{near(str(name), by)}"
            raise SchemaError(message)


def needed(cells: pd.DataFrame, measure: str, *names: str) -> None:
    """Refuse cells that were made without a column that a measure needs."""
    lacking = [name for name in names if name not in cells.columns]
    if lacking:
        message = (
            f"{measure} needs {', '.join(map(repr, lacking))} of the cells, and this aggregate was made without; "
            f"aggregate again with it"
        )
        raise SchemaError(message)


def keys_of(cells: pd.DataFrame, by: Sequence[str], *without: str) -> list[str]:
    """Name what tells cells apart: what they are grouped by, and the definition where there are several."""
    names = dict.fromkeys([*by, "definition"])
    return [name for name in names if name in cells.columns and name not in without]


def numbered(cells: pd.DataFrame, keys: list[str]) -> pd.Series[int]:
    """Give the groups of cells that are alike in all keys numbers, as they appear."""
    import pandas as pd

    if not keys:
        return pd.Series(0, index=cells.index)
    return cells.groupby(keys, sort=False, observed=True, dropna=False).ngroup()


def totals(cells: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Mark, for each column, the cells that are totals over it.

    They have no year, or the code ``_T``. Where all cells have ``_T``, the figures are not broken down by the column:
    then they are the parts.
    """
    import pandas as pd

    marks = pd.DataFrame(index=cells.index)
    for name in names:
        column = cells[name]
        summed = column.isna() if pd.api.types.is_numeric_dtype(column.dtype) else column == "_T"
        marks[name] = summed & (not summed.all())
    return marks


def known(cells: pd.DataFrame) -> pd.Series[Any]:
    """Give the values of which nothing is missing."""
    return cells["value"].where(cells["missing"] == 0)


def bounds_of(cells: pd.DataFrame) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Give the least and the most that a cell may be: its bounds, else its value, else null."""
    value = known(cells)
    if "low" not in cells.columns or "high" not in cells.columns:
        return value, value
    return cells["low"].fillna(value), cells["high"].fillna(value)


def give(kind: Kind, found: pd.DataFrame) -> Any:
    """Give a measure as the kind of table that the observations came in."""
    import pyarrow as pa

    return found if kind == "pandas" else back(kind, pa.Table.from_pandas(found, preserve_index=False))
