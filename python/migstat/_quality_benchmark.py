"""Records beside a benchmark: how many of those who moved were registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._frame import columns_of, table
from .errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

    from .observations import Observations

__all__ = ["BESIDES", "benchmark_of"]

#: Columns of the table besides the keys.
BESIDES = (
    "definition", "records", "missing_records", "benchmark", "missing_benchmark", "coverage", "state",
)  # fmt: skip
#: By what records and benchmark may be brought together.
_KEYS = ("origin", "destination", "reporter", "year", "sex", "age")
#: What a column of a benchmark may be called.
_VALUES = ("benchmark", "value", "inflow", "outflow")
_STATES = {"both": "both", "left_only": "only records", "right_only": "only benchmark"}


def benchmark_of(obs: Observations, benchmark: Any) -> pd.DataFrame:
    """Add up records by the keys of the benchmark and divide.

    One row a definition and key of either side; where figures are missing on either side, there is no rate.
    """
    from .observations import Observations

    if isinstance(benchmark, Observations):
        keys = _shared(obs, benchmark)
        wanted = _added(benchmark, keys, "benchmark")
    else:
        keys, wanted = _of_table(benchmark)
    by = ["definition", *keys]
    records = _added(obs, by, "records")
    if keys:
        both = records.merge(wanted, how="outer", on=keys, indicator="state")
        both["state"] = both.state.astype(object).map(_STATES)
    else:
        both = records.merge(wanted, how="cross").assign(state="both")
    if not (both.state == "both").any():
        message = (
            f"benchmark: no {' and '.join(keys) or 'figure'} is in both; codes must be those of the observations, such "
            f"as {records.iloc[0][keys].to_dict() if len(records) else {}}"
        )
        raise SchemaError(message)
    complete = (both.missing_records == 0) & (both.missing_benchmark == 0) & (both.benchmark > 0)
    both["coverage"] = (both.records / both.benchmark).where(complete)
    whole = ["definition", "missing_records", "missing_benchmark", *(["year"] if "year" in keys else [])]
    both = both.astype(dict.fromkeys(whole, "Int64" if both[whole].isna().any(axis=None) else "int64"))
    out: pd.DataFrame = both.sort_values(by, kind="stable", ignore_index=True)
    return out[["definition", *keys, *BESIDES[1:]]]


def _added(obs: Observations, by: list[str], name: str) -> pd.DataFrame:
    """Add up figures, and count those that are missing."""
    from ._aggregate import aggregate

    found: pd.DataFrame = aggregate(obs, by=by).to_arrow().to_pandas()[[*by, "value", "missing"]]
    for one in by:
        if one not in ("definition", "year"):
            found[one] = found[one].astype(object)
    return found.rename(columns={"value": name, "missing": f"missing_{name}"})


def _shared(obs: Observations, benchmark: Observations) -> list[str]:
    """Name the keys: no dimension that one side does not break down; the reporter only where it varies on both."""
    ours, theirs = _codes(obs), _codes(benchmark)

    def is_key(name: str) -> bool:
        if name == "reporter":
            return min(len(ours[name]), len(theirs[name])) > 1
        return name == "year" or not (ours[name] <= {"_T"} or theirs[name] <= {"_T"})

    return [name for name in _KEYS if is_key(name)]


def _codes(obs: Observations) -> dict[str, set[str]]:
    """Give the codes of each key, years apart."""
    figures, definitions = obs.figures, obs.definitions
    out: dict[str, set[str]] = {}
    for name in _KEYS:
        if name in figures.column_names:
            out[name] = {str(code) for code in figures.column(name).unique().to_pylist() if code is not None}
        else:
            out[name] = set(definitions[name].dropna().astype(str)) if name in definitions else set()
    return out


def _of_table(benchmark: Any) -> tuple[list[str], pd.DataFrame]:
    """Read the keys of a table, and its figures."""
    names = columns_of(benchmark)
    keys = [one for one in _KEYS if one in names]
    name = _value_of(names, keys)
    # Pairs of migstat.reconcile say more than is asked for here.
    if not {"inflow", "outflow"} <= set(names):
        for other in names:
            if other not in (*keys, name):
                message = (
                    f"benchmark: {other!r} is neither a key nor the value{_near(other)}; keys are {', '.join(_KEYS)}"
                )
                raise SchemaError(message)
    wanted = _pandas(benchmark, [*keys, name]).rename(columns={name: "benchmark"})
    if not keys and len(wanted) != 1:
        message = (
            f"benchmark: {len(wanted)} rows and no key{_near(name)}: without {', '.join(_KEYS[:-1])} or {_KEYS[-1]} "
            f"there is one figure"
        )
        raise SchemaError(message)
    for one in keys:
        if wanted[one].isna().any():
            message = f"benchmark: {one} is empty in row {int(wanted[one].isna().to_numpy().argmax())}"
            raise SchemaError(message)
        wanted[one] = _years(wanted[one]) if one == "year" else wanted[one].astype(str).astype(object)
    wanted["benchmark"] = _numbers(wanted.benchmark, name)
    if keys and wanted.duplicated(keys).any():
        twice = wanted[wanted.duplicated(keys)].iloc[0][keys].to_dict()
        message = f"benchmark: {twice} stands there twice; add it up, or give one definition of it"
        raise SchemaError(message)
    return keys, wanted.assign(missing_benchmark=wanted.benchmark.isna().astype("int64"))


def _near(word: str) -> str:
    import difflib

    close = difflib.get_close_matches(word.lower(), (*_KEYS, *_VALUES), 1)
    return f"; did you mean {close[0]!r}?" if close and close[0] != word else ""


def _years(column: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    found = pd.to_numeric(column, errors="coerce")
    wrong = found.isna() | (found % 1 != 0) | ~found.between(1, 9999)
    if wrong.any():
        message = f"benchmark: {column[wrong].iloc[0]} is no year (row {int(wrong.to_numpy().argmax())})"
        raise SchemaError(message)
    return found.astype("int64")


def _numbers(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    import pandas as pd

    found = pd.to_numeric(column, errors="coerce").astype("float64")
    wrong = (found.isna() & column.notna()) | (found < 0) | (found == float("inf"))
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        message = (
            f"benchmark: '{column.iloc[row]}' in column {name!r}, row {row}: expected a number of at least 0, or "
            f"nothing where it is missing"
        )
        raise SchemaError(message)
    return found


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
