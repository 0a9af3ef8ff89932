"""Pairs of reports of one flow, as callers give them: numbers, minimum stays, periods."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from ._areas_column import as_arrow
from ._frame import columns_of, table as table_of
from .errors import CodeError, SchemaError

if TYPE_CHECKING:
    import pyarrow as pa

    from ._typing import Frame

__all__ = ["REFERENCE", "SIDES", "Array", "floats", "flows", "months_of", "printed_flows", "reference_of"]

#: Countries whose population registers are taken to be good.
REFERENCE = ("DNK", "FIN", "SWE", "NOR", "ISL", "BEL", "NLD", "CHE")

#: What a side reports, who reports it, and which way movers go to whoever reports it.
SIDES = (("inflow", "destination", "immigration"), ("outflow", "origin", "emigration"))

Array = np.ndarray[Any, np.dtype[np.float64]]


def reference_of(reference: Any) -> list[str]:
    if isinstance(reference, str) or not isinstance(reference, Iterable):
        message = f"reference={reference!r}: expected codes of areas, such as ('DNK', 'SWE')"
        raise SchemaError(message)
    from .areas import info

    codes = [str(code) for code in reference]
    for code in codes:
        info(code)
    if not codes:
        message = "reference=(): expected at least one area to measure by"
        raise SchemaError(message)
    return codes


def flows(pairs: Frame, by: str | Sequence[str]) -> tuple[pa.Table, list[str], list[str]]:
    """Give the columns of pairs that matter, and the names of those that say when and that tell flows apart."""
    names = columns_of(pairs)
    apart = [by] if isinstance(by, str) else [str(name) for name in by]
    times = _times(names)
    wanted = ["origin", "destination", *times, *apart, "inflow", "outflow"]
    for name in wanted:
        if name not in names:
            message = (
                f"the pairs have no column {name!r}: expected origin, destination, year (or none), inflow, outflow"
            )
            raise SchemaError(message)
    optional = (f"{side}_{word}" for side, _, _ in SIDES for word in ("printed", "multiplier", "months"))
    return as_arrow(table_of(pairs, [*wanted, *(name for name in optional if name in names)])), times, apart


def _times(names: Sequence[str]) -> list[str]:
    """Name the columns that say when."""
    for when in (["year"], ["period"], ["period_start", "period_end"]):
        if set(when) <= set(names):
            return when
    return []


def printed_flows(table: pa.Table, side: str) -> Array:
    return floats(table, f"{side}_printed" if f"{side}_printed" in table.column_names else side)


def floats(table: pa.Table, name: str) -> Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table.column(name)
    kind = column.type
    if not (
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind)
    ):
        message = f"column {name!r} is {kind}, expected numbers"
        raise SchemaError(message)
    found: Array = pc.cast(column, pa.float64()).to_numpy()
    return np.asarray(found, dtype=np.float64)


def months_of(
    table: pa.Table,
    side: str,
    reporter: str,
    direction: str,
    times: Sequence[str],
    publisher: str,
    printed: Array,
    unknown: str,
) -> list[Any]:
    """Give the minimum stay of every flow that is reported: as the table says, else as it is known."""
    stated = (
        table.column(f"{side}_months").to_pylist() if f"{side}_months" in table.column_names else [None] * len(table)
    )
    who = table.column(reporter).to_pylist()
    when = _labels(table, times)
    known: dict[tuple[Any, str | None], Any] = {}
    months: list[Any] = []
    for row, (said, code, label) in enumerate(zip(stated, who, when, strict=True)):
        if np.isnan(printed[row]):
            months.append(None)
            continue
        if said is None or said != said:
            if (code, label) not in known:
                known[code, label] = _criterion(code, direction, label, publisher)
            said = known[code, label]
        if isinstance(said, CodeError):
            if unknown == "raise":
                message = f"row {row}: {said}; give {side}_months, or leave such flows out with unknown='leave out'"
                raise CodeError(message)
            said = None
        months.append(said)
    return months


def _labels(table: pa.Table, times: Sequence[str]) -> list[str | None]:
    """Name the period of every row."""
    if not times:
        return [None] * len(table)
    if list(times) == ["period_start", "period_end"]:
        return list(map(_span, *(_dates(table, name) for name in times)))
    column = table.column(times[0]).to_pylist()
    return [None if one is None or one != one else str(int(one) if isinstance(one, float) else one) for one in column]


def _dates(table: pa.Table, name: str) -> list[datetime.date | None]:
    import pyarrow as pa

    try:
        dates: list[datetime.date | None] = table.column(name).cast(pa.date32()).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        message = f"column {name!r} holds no dates: {error}"
        raise SchemaError(message) from None
    return dates


def _span(start: datetime.date | None, end: datetime.date | None) -> str | None:
    """Name a period by its first day and its last: the end is no day of it."""
    if start is None or end is None:
        return None
    last = max(start, end - datetime.timedelta(days=1))
    return f"{start}/{last}"


def _criterion(code: Any, direction: str, label: str | None, publisher: str) -> Any:
    """Give the minimum stay that is known of a reporter, or the error that says why none is."""
    if label is None:
        return CodeError(f"no year is said, so no minimum stay of {code} is known")
    try:
        [found] = as_arrow(_core.duration_criterion(str(code), direction, label, publisher)).to_pylist()
    except CodeError as error:
        return error
    return "permanent" if found["permanent"] else found["months"]
