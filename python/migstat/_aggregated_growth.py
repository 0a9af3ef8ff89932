"""Change of cells from one period to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import _core
from ._aggregated_cells import bounds_of, grouped_by, keys_of, known, needed, numbered, totals
from ._areas_column import as_arrow, labels_of
from .errors import DefinitionError, SchemaError, one_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["growth"]

_KINDS = ("relative", "absolute", "log", "annual", "geometric")
_DAYS_OF_MONTH = 365.2425 / 12
#: Fields of definitions that do not keep them apart.
_CITATION = ("multiplier", "url", "licence", "caveat")


def growth(cells: pd.DataFrame, by: Sequence[str], definitions: pd.DataFrame, over: str, kind: str) -> pd.DataFrame:
    """Give the change of every cell since the period before it in its series."""
    import numpy as np
    import pandas as pd

    one_of("over", over, ("year", "period"))
    one_of("kind", kind, _KINDS)
    grouped_by(by, over)
    needed(cells, "growth", "value", "missing")
    rows = cells[~totals(cells, [over])[over]].reset_index(drop=True)
    if over == "year":
        rows["year"] = rows["year"].astype("int32")
    keys = keys_of(cells, by, over)
    years, length = (
        (rows["year"].to_numpy("float64"), np.zeros(len(rows))) if over == "year" else _times(rows["period"])
    )
    series = numbered(pd.DataFrame({"series": numbered(rows, keys), "length": length}), ["series", "length"]).to_numpy()
    order = np.lexsort((years, series))
    follows = series[order][1:] == series[order][:-1]
    if len(rows) and not follows.any():
        raise _nothing(rows, keys, by, definitions, over)
    earlier, later = order[:-1][follows], order[1:][follows]
    value, (low, high) = known(rows), bounds_of(rows)
    found: pd.DataFrame = rows.loc[later, keys].reset_index(drop=True)
    found["since"], found[over] = (rows[over].iloc[at].reset_index(drop=True) for at in (earlier, later))
    between = _whole(years[later] - years[earlier])
    found["years"] = between
    found["before"], found["value"] = (value.iloc[at].reset_index(drop=True) for at in (earlier, later))
    found["growth"] = _change(kind, found["before"], found["value"], between)
    if not low.equals(high):
        for name, before, after in (("low", high, low), ("high", low, high)):
            then, now = before.iloc[earlier].reset_index(drop=True), after.iloc[later].reset_index(drop=True)
            found[name] = _change(kind, then, now, between)
    return found


def _change(kind: str, before: pd.Series[Any], after: pd.Series[Any], years: pd.Series[Any]) -> pd.Series[Any]:
    """Give the change, null where the formula has no value."""
    import numpy as np
    import pandas as pd

    if kind == "absolute":
        return after - before
    ratio = after / before.where(before > 0)
    if kind == "relative":
        return ratio - 1.0
    if kind == "geometric":
        return ratio.where(ratio >= 0) ** (1.0 / years) - 1.0
    logarithm = pd.Series(np.log(ratio.where(ratio > 0)))
    return logarithm if kind == "log" else logarithm / years


def _times(periods: pd.Series[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Give the start of periods in years, and their length, by which flows of a month and of a year are told apart."""
    import numpy as np
    import pyarrow as pa

    codes, labels = periods.astype(object).factorize()
    parsed = as_arrow(_core.parse_periods(labels_of(list(labels)), "period", None, None))
    start, end = (parsed[name].cast(pa.int32()).to_numpy() for name in ("start", "end"))
    days = end - start
    length = np.where(days < 28, -days, np.round(days / _DAYS_OF_MONTH))
    return start[codes] / 365.2425, length[codes]


def _whole(years: np.ndarray) -> pd.Series[Any]:
    """Give years in whole months where they are within three days of them, as the starts of fiscal years are."""
    import numpy as np
    import pandas as pd

    months = years * 12
    near = np.abs(months - np.round(months)) * _DAYS_OF_MONTH <= 3
    return pd.Series(np.where(near, np.round(months), months) / 12)


def _nothing(
    rows: pd.DataFrame, keys: list[str], by: Sequence[str], definitions: pd.DataFrame, over: str
) -> SchemaError | DefinitionError:
    """Say why no cell has one before it."""
    times = rows[over].unique()
    if len(times) == 1:
        return SchemaError(f"growth compares two of {over!r}; the cells have only {times[0]}")
    plain = [name for name in keys if name != "definition"]
    if "definition" in keys and numbered(rows, plain).duplicated().any():
        there = definitions.loc[rows["definition"].unique()]  # not those of which no cell is left
        differ = [
            name for name in there.columns if name not in (*by, *_CITATION) and there[name].nunique(dropna=False) > 1
        ]
        return DefinitionError(
            f"no definition has two of {over!r}: they differ in {', '.join(differ)}; if their figures may be compared, "
            f"say across=[{', '.join(map(repr, differ))}] in aggregate"
        )
    alike = f" that are alike in {', '.join(map(repr, keys))}" if keys else ""
    return SchemaError(f"growth finds no two of {over!r}{' of one length' if over == 'period' else ''}{alike}")
