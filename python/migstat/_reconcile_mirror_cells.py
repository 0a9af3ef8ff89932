"""Pairs of reports as a person reads them: the human view, coverage of the double entry, and its matrix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from . import _core
from ._reconcile_mirror_stayed import why_stayed
from .errors import CodeError, SchemaError
from .observations import _when

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ._core import Mirror as CoreMirror

__all__ = ["coverage_of", "human", "matrix_of"]

#: Columns that are no codes of a movement.
_MEASURED = (
    "inflow", "outflow", "inflow_printed", "outflow_printed", "inflow_multiplier", "outflow_multiplier",
    "inflow_definition", "outflow_definition", "state", "comparable", "why", "asymmetry", "log_ratio",
    "log_ratio_half", "ratio", "value", "basis", "part",
)  # fmt: skip
_DATES = ("period_start", "period_end")
#: Dimensions of which it can be told whether parts are all: `add_up=` of a mirror takes them.
_WHOLE = ("sex", "age", "citizenship", "birth")


def human(core: CoreMirror, *, full: bool) -> pa.Table:
    """Give the columns that tell something, with years instead of dates where they are years."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pa.table(core.pairs())
    if full:
        return whole
    untold = {"period_end", "log_ratio_half"}
    untold |= {"family"} if len(whole) and len(whole.column("family").unique()) == 1 else set()
    untold |= set() if pc.any(whole.column("part")).as_py() else {"part"}
    columns: dict[str, Any] = {}
    for name in whole.column_names:
        if name == "period_start":
            columns |= _when(whole)
        elif name not in untold:
            columns[name] = whole.column(name)
    return pa.table(columns)


def coverage_of(core: CoreMirror, reporters: Iterable[str] | None, areas: Iterable[str] | str | None) -> pa.Table:
    """Count the cells of the double entry by family and period."""
    import numpy as np
    import pyarrow as pa

    pairs = pa.table(core.pairs())
    said = {name: np.asarray(pairs.column(name).is_valid()) for name in ("inflow", "outflow")}
    ends = {name: _numbered(pairs.column(name)) for name in ("origin", "destination")}
    offices = _codes(reporters, "reporters")
    if offices is None:
        sending, receiving = (
            {ends[end][1][key] for key in np.unique(ends[end][0][said[name]])}
            for end, name in (("origin", "outflow"), ("destination", "inflow"))
        )
        offices = sorted(sending | receiving)
    among = _codes(areas, "areas")
    among = offices if among is None else among
    silent = len(set(among) - set(offices))
    expected = len(among) * (len(among) - 1) - silent * (silent - 1)

    inside = [np.isin(ends[name][1], among)[ends[name][0]] for name in ("origin", "destination")]
    reports = [np.isin(ends[name][1], offices)[ends[name][0]] for name in ("origin", "destination")]
    wanted = inside[0] & inside[1] & (reports[0] | reports[1])
    families, names = _numbered(pairs.column("family"))
    days = np.stack([np.asarray(pairs.column(name).cast(pa.int32())) for name in _DATES])
    groups, group_of = np.unique(np.vstack([families, days]), axis=1, return_inverse=True)
    size = max(len(ends["destination"][1]), 1)
    many = max(len(ends["origin"][1]), 1) * size
    route = ends["origin"][0].astype(np.int64) * size + ends["destination"][0]
    cells, cell_of = np.unique(group_of.ravel().astype(np.int64) * many + route, return_inverse=True)
    found = {}
    for name, values in said.items():
        found[name] = np.zeros(len(cells), dtype=bool)
        found[name][cell_of.ravel()[wanted & values]] = True
    of_group = cells // many

    def count(which: Any) -> list[int]:
        counts: list[int] = np.bincount(of_group[which], minlength=groups.shape[1]).tolist()
        return counts

    inflow, outflow = found["inflow"], found["outflow"]
    sides = count(inflow & outflow), count(inflow & ~outflow), count(~inflow & outflow)
    counted = zip(groups.T.tolist(), *sides, strict=True)
    rows = []
    for (family, start, end), both, receiving_only, sending_only in counted:
        row = {"family": names[family], "period_start": start, "period_end": end, "expected": expected, "both": both}
        row |= {"receiving_only": receiving_only, "sending_only": sending_only}
        row |= {"neither": expected - both - receiving_only - sending_only}
        rows.append(row | {"share": round(both / expected, 3) if expected else None})
    return _of_rows(rows)


def _numbered(column: pa.ChunkedArray) -> tuple[Any, list[str]]:
    """Give the keys of a column of codes, and the codes."""
    import numpy as np

    whole = column.combine_chunks()
    return np.asarray(whole.indices), whole.dictionary.to_pylist()


def _of_rows(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    names = ("expected", "both", "receiving_only", "sending_only", "neither")
    starts, ends = (pa.array([row[name] for row in rows], pa.int32()).cast(pa.date32()) for name in _DATES)
    when = _when(pa.table({"period_start": starts, "period_end": ends}))
    families = [row["family"] for row in rows]
    several = {"family": pa.array(families, pa.string())} if len(set(families)) > 1 else {}
    counts = {name: pa.array([row[name] for row in rows], pa.int64()) for name in names}
    return pa.table(several | when | counts | {"share": pa.array([row["share"] for row in rows], pa.float64())})


def _codes(given: Iterable[str] | str | None, argument: str) -> list[str] | None:
    import pyarrow as pa

    from . import areas as names

    if given is None:
        return None
    codes = names.members(given) if isinstance(given, str) else [str(code) for code in given]
    known = set(pa.table(_core.area_table()).column("code").to_pylist())
    if len(set(codes)) < len(codes):
        message = f"{argument}= names {next(code for code in codes if codes.count(code) > 1)!r} twice"
        raise SchemaError(message)
    for code in codes:
        if code not in known:
            message = f"{argument}= names {code!r}, which is no code of an area: ask areas.resolve({code!r})"
            raise CodeError(message)
    return list(codes)


def matrix_of(
    core: CoreMirror, selection: dict[str, Any], summed: Sequence[str] = (), *, printed: bool
) -> pd.DataFrame:
    """Lay one period out as a matrix of origins, two rows each, and destinations.

    Parts in the dimensions ``summed`` were to be added up when the pairs were made.
    """
    import pandas as pd
    import pyarrow as pa

    pairs = pa.table(core.pairs())
    when = _when(pairs)
    codes = pairs.drop_columns([*(name for name in _MEASURED if name in pairs.column_names), *_DATES])
    frame = pd.DataFrame({name: pa.table({name: column})[name].to_pandas() for name, column in when.items()})
    frame = pd.concat([codes.to_pandas(), frame], axis="columns")
    for name in codes.column_names:
        frame[name] = frame[name].astype(str)
    tail = "_printed" if printed else ""
    for end in ("inflow", "outflow"):
        frame[end] = pairs.column(end + tail).to_pandas()
    chosen = pd.Series(True, index=frame.index)
    free = [name for name in frame.columns if name not in ("origin", "destination", "inflow", "outflow")]
    for name, wanted in selection.items():
        if name not in free:
            message = f"nothing is called {name!r}: a double entry matrix is selected by {', '.join(free)}"
            raise SchemaError(message)
        same = frame[name].astype(str) == str(wanted)
        if not same.any():
            message = f"{name}={wanted!r}: no pair has it; there are {', '.join(map(str, _some(frame[name])))}"
            raise CodeError(message)
        chosen &= same
    before = frame = frame[chosen]
    for name in free:
        if name not in selection and name not in ("family", *when) and (frame[name] == "_T").any():
            frame = frame[frame[name] == "_T"]
    for name in free:
        left = _some(frame[name])
        if len(left) > 1:
            message = (
                f"several of {name} are left ({', '.join(map(str, left))}): select one, such as {name}={left[0]!r}"
                f"{_add_up(pairs, frame[frame[name] != '_T'], [name], summed)}"
            )
            raise SchemaError(message)
    _refuse_lost(pairs, before, frame, [name for name in free if name not in ("family", *when)], summed)
    both = frame.set_index(["origin", "destination"])[["inflow", "outflow"]]
    both = both.rename(columns={"inflow": "receiving", "outflow": "sending"}).rename_axis("report", axis="columns")
    wide: pd.DataFrame = both.stack(future_stack=True).unstack("destination")
    return wide.sort_index().sort_index(axis="columns")


def _refuse_lost(
    pairs: pa.Table, before: pd.DataFrame, frame: pd.DataFrame, dimensions: list[str], summed: Sequence[str]
) -> None:
    """Refuse a matrix of totals without the corridors of which only parts are reported."""
    ends = _ends(before) - _ends(frame)
    if ends:
        named = ", ".join(sorted(f"{origin} to {destination}" for origin, destination in ends)[:5])
        lost = before[[one in ends for one in zip(before["origin"], before["destination"], strict=True)]]
        parts = {name: _some(lost[name]) for name in dimensions if (lost[name] != "_T").any()}
        such = ", ".join(f"{name}={codes[0]!r}" for name, codes in parts.items())
        have = "1 corridor has" if len(ends) == 1 else f"{len(ends):,} corridors have"
        message = (
            f"{have} parts and no total ({named}): select a part, such as {such}"
            f"{_add_up(pairs, lost, [*parts], summed)}"
        )
        raise SchemaError(message)


def _add_up(pairs: pa.Table, rows: pd.DataFrame, dimensions: list[str], summed: Sequence[str]) -> str:
    """Say how parts by some dimensions are added up, or why they stayed where that was asked for."""
    told = [name for name in _WHOLE if name in dimensions or name in summed]
    if not any(name in dimensions for name in told):
        return ""
    if set(told) > set(summed):
        return (
            f"; or pair the reports by ms.reconcile.mirror(obs, add_up={told!r}), which adds up parts that leave "
            "nobody out and have values"
        )
    named = [name for name in rows.columns if name not in ("inflow", "outflow")]
    return f"; they could not be added up: {why_stayed(pairs, rows, told, named)}"


def _ends(frame: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(frame["origin"], frame["destination"], strict=True))


def _some(column: pd.Series[Any]) -> list[Any]:
    return sorted(column.unique().tolist())[:8]
