"""Numbers of corridors: pairs of an origin and a destination that people move between."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._aggregated_cells import bounds_of, grouped_by, keys_of, known, needed, numbered, totals
from .errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["corridors"]

#: Codes that are no single area: residuals, the stateless, groups.
_NO_AREA = r"_|STLS$|m49:|grp:"


def corridors(cells: pd.DataFrame, by: Sequence[str], minimum: float) -> pd.DataFrame:
    """Count the pairs of areas with more than a minimum, by what else the cells are grouped by."""
    import pandas as pd

    grouped_by(by, "origin", "destination")
    needed(cells, "corridors", "value", "missing")
    if not isinstance(minimum, int | float) or not 0 <= minimum < math.inf:
        message = f"minimum={minimum!r}: expected a number, 0 or more"
        raise SchemaError(message)
    pairs = cells[~totals(cells, ["origin", "destination"]).any(axis=1)]
    rest = keys_of(cells, by, "origin", "destination")
    groups = numbered(pairs, rest)
    origin, destination = pairs["origin"].astype(object), pairs["destination"].astype(object)
    named = _is_area(origin) & _is_area(destination) & (origin != destination)
    low, high = bounds_of(pairs)
    above = (pairs["value"] > minimum) | (low > minimum)
    counted = named & above
    found = pd.DataFrame(
        {
            "corridors": counted,
            "origins": counted & ~_repeats(groups, origin, counted),
            "destinations": counted & ~_repeats(groups, destination, counted),
            "unknown": named & ~above & known(pairs).isna() & ~(high <= minimum),
            "other": ~named & above,
        }
    )
    counts = found.astype("int64").groupby(groups).sum().reset_index(drop=True)
    return pd.concat([pairs.loc[~groups.duplicated(), rest].reset_index(drop=True), counts], axis=1)


def _is_area(codes: pd.Series[Any]) -> pd.Series[bool]:
    return ~codes.isin([code for code in codes.unique() if re.match(_NO_AREA, str(code))])


def _repeats(groups: pd.Series[int], areas: pd.Series[Any], counted: pd.Series[bool]) -> pd.Series[bool]:
    """Mark the areas that were counted before in their group."""
    import pandas as pd

    return pd.DataFrame({"group": groups, "area": areas, "counted": counted}).duplicated()
