"""How much of the figures is behind the cells, and what the others lack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ._aggregated_cells import keys_of, needed, totals

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["below_coverage", "coverage"]

_COUNTS = ["figures", "missing", "coverage_cells"]
#: In the order of the ladder from a printed nothing to nothing that could be printed.
_PRESENCE = ["blank", "missing", "suppressed", "not_applicable", "not_existing"]


def coverage(cells: pd.DataFrame, by: Sequence[str], missing: pd.DataFrame) -> pd.DataFrame:
    """Give the coverage of every cell, and the number of its figures without a value by what stood there."""
    import numpy as np

    columns = _counts(missing)
    needed(cells, "coverage", *columns)
    found = cells[[*keys_of(cells, by), *columns]].copy()
    stood = set(missing["presence"]) if "presence" in missing.columns else set()
    kinds = [kind for kind in _PRESENCE if kind in stood]
    if not kinds:
        return found
    summed = totals(cells, by)
    # A row of totals has the figures of all codes of what it is a total over: they are looked up by the other columns.
    which = summed.to_numpy("int64") @ (1 << np.arange(len(by)))
    counts = np.zeros((len(found), len(kinds)), dtype="int64")
    for one in np.unique(which):
        at = np.flatnonzero(which == one)
        plain = [name for place, name in enumerate(by) if not one >> place & 1]
        counts[at] = _counted(found.iloc[at], missing, plain, kinds)
    for place, kind in enumerate(kinds):
        found[f"missing.{kind}"] = counts[:, place]
    return found


def below_coverage(cells: pd.DataFrame, by: Sequence[str], missing: pd.DataFrame) -> pd.DataFrame:
    """Give the coverage of the cells that have figures with a value, and show none."""
    needed(cells, "below_coverage", "value", *_counts(missing))
    emptied = cells["value"].isna() & (cells["figures"] > cells["missing"])
    return coverage(cells, by, missing)[emptied].reset_index(drop=True)


def _counts(missing: pd.DataFrame) -> list[str]:
    """Name the counts: records have no printed totals, nor a word for what stood in place of a value."""
    return [*_COUNTS, "coverage_value"] if "presence" in missing.columns else _COUNTS


def _counted(cells: pd.DataFrame, missing: pd.DataFrame, plain: list[str], kinds: list[str]) -> np.ndarray:
    """Count the figures without a value that are of the codes of each cell, by presence."""
    import pandas as pd

    every = {"": 0}  # where nothing is left to look up by, all cells have all figures
    stood = pd.DataFrame({kind: (missing["presence"] == kind).astype("int64") for kind in kinds})
    keys = missing[plain].astype(object).assign(**every)
    tallies = stood.groupby([keys[name] for name in keys], sort=False, dropna=False).sum().reset_index()
    joined = cells[plain].astype(object).assign(**every).merge(tallies, how="left", on=list(keys))
    return joined[kinds].fillna(0).to_numpy("int64")
