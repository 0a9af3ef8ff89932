"""Records beside a benchmark: how many of those who moved were registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._frame import columns_of, table
from .errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

    from .observations import Observations

__all__ = ["benchmark_of"]

#: By what records and benchmark may be brought together.
_KEYS = ("origin", "destination", "reporter", "year", "sex", "age")
#: What a column of a benchmark may be called.
_VALUES = ("benchmark", "value", "inflow", "outflow")


def benchmark_of(obs: Observations, benchmark: Any) -> pd.DataFrame:
    """Add up records by the keys of the benchmark and divide.

    One row a definition and key of the benchmark; where either side is missing, so is the rate.
    """
    from ._aggregate import aggregate
    from .observations import Observations

    if isinstance(benchmark, Observations):
        keys = _shared(obs, benchmark)
        wanted = aggregate(benchmark, by=keys).to_arrow().to_pandas()[[*keys, "value"]]
        name = "value"
    else:
        names = columns_of(benchmark)
        keys = [one for one in _KEYS if one in names]
        name = _value_of(names, keys)
        wanted = _pandas(benchmark, [*keys, name])
    wanted = wanted.rename(columns={name: "benchmark"})
    if keys and wanted.duplicated(keys).any():
        twice = wanted[wanted.duplicated(keys)].iloc[0][keys].to_dict()
        message = f"benchmark: {twice} stands there twice; add it up, or give one definition of it"
        raise SchemaError(message)
    by = ["definition", *keys]
    records = aggregate(obs, by=by).to_arrow().to_pandas()[[*by, "value"]].rename(columns={"value": "records"})
    for one in keys:
        wanted[one], records[one] = _plain(wanted[one], one), _plain(records[one], one)
    both = records.merge(wanted, on=keys) if keys else records.merge(wanted, how="cross")
    both["coverage"] = (both.records / both.benchmark).where(both.benchmark > 0)
    out: pd.DataFrame = both.sort_values(by, kind="stable", ignore_index=True)
    if out.empty:
        message = (
            f"benchmark: no {' and '.join(keys) or 'figure'} is in both; codes must be those of the observations, such "
            f"as {records.iloc[0][keys].to_dict() if len(records) else {}}"
        )
        raise SchemaError(message)
    return out


def _shared(obs: Observations, benchmark: Observations) -> list[str]:
    """Name the keys in which both have more than one code, or in which they state the same."""
    ours, theirs = obs.to_arrow(), benchmark.to_arrow()
    return [name for name in _KEYS if name in ours.column_names and name in theirs.column_names]


def _value_of(names: list[str], keys: list[str]) -> str:
    found = [name for name in _VALUES if name in names]
    others = [name for name in names if name not in keys]
    if found:
        return found[0]
    if len(others) == 1:
        return others[0]
    message = f"benchmark: which column has its values? Name it 'benchmark'; the columns are {', '.join(names)}"
    raise SchemaError(message)


def _pandas(frame: Any, names: list[str]) -> pd.DataFrame:
    import pyarrow as pa

    found: pd.DataFrame = pa.table(table(frame, names)).select(names).to_pandas()
    return found


def _plain(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """Give keys as text, years as whole numbers."""
    return column.astype("int64") if name == "year" else column.astype(str)
