"""Pairs of reports of one flow, as callers give them: numbers, minimum stays, periods."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from ._areas_column import as_arrow
from ._frame import columns_of, table as table_of
from ._reconcile_pairs import each_once, names_of
from .errors import CodeError, DefinitionError, SchemaError

if TYPE_CHECKING:
    import pyarrow as pa

    from ._typing import Frame

__all__ = ["REFERENCE", "SIDES", "Array", "Stays", "floats", "flows", "printed_flows", "reference_of", "stays_of"]

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

    codes = []
    for given in reference:
        area = info(str(given))
        if area.kind not in ("country", "former"):
            message = f"reference= names {given!r}, {area.name}, which is no country: reports are of single countries"
            raise CodeError(message)
        codes.append(area.code)
    if not codes:
        message = "reference=(): expected at least one area to measure by"
        raise SchemaError(message)
    return list(dict.fromkeys(codes))


def flows(
    pairs: Frame, by: str | Sequence[str] | None, reference: Sequence[str], *, only_comparable: bool
) -> tuple[pa.Table, list[str], list[str]]:
    """Give the columns of pairs that matter, and the names of those that say when and that tell flows apart.

    A column ``unlike`` says which pairs cannot be compared, where the pairs say that and it matters.
    """
    apart = names_of("by", by)
    pairs = each_once(pairs, apart)
    names = columns_of(pairs)
    times = _times(names)
    apart = [name for name in apart if name not in times]
    wanted = ["origin", "destination", *times, *apart, "inflow", "outflow"]
    for name in wanted:
        if name not in names:
            message = (
                f"the pairs have no column {name!r}: expected origin, destination, year (or none), inflow, outflow"
            )
            raise SchemaError(message)
    optional = [f"{side}_{word}" for side, _, _ in SIDES for word in ("printed", "multiplier", "months")]
    optional += [*(["comparable"] if only_comparable else []), "family"]
    wanted = list(dict.fromkeys([*wanted, *(name for name in optional if name in names)]))
    table = as_arrow(table_of(pairs, wanted))
    _known(table, reference)
    return _with_unlike(table) if only_comparable else table, times, apart


def _known(table: pa.Table, reference: Sequence[str]) -> None:
    """Refuse what is no code of an area, and pairs of which no end is an area to measure by."""
    from ._areas_known import known

    codes = known()
    found: set[str] = set()
    for name in ("origin", "destination"):
        column = table.column(name)
        if column.null_count:
            return  # The core names the row.
        labels = _coded(column)[1]
        for label in labels:
            if label is not None and label == label and label not in codes:
                message = f"{name} {label!r} is no code of an area: ask areas.resolve({label!r})"
                raise CodeError(message)
        found |= {str(label) for label in labels}
    if len(table) and not found & set(reference):
        message = f"no pair is with an area of reference= ({', '.join(reference)}): name partners that the pairs have"
        raise CodeError(message)


def _with_unlike(table: pa.Table) -> pa.Table:
    """Say which pairs cannot be compared, as their column ``comparable`` says; what it does not say may be."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "comparable" not in table.column_names:
        return table
    column = table.column("comparable")
    if not (pa.types.is_boolean(column.type) or pa.types.is_null(column.type)):
        message = f"column 'comparable' is {column.type}, expected true and false"
        raise SchemaError(message)
    return table.append_column("unlike", pc.invert(pc.fill_null(column.cast(pa.bool_()), True)))


def _times(names: Sequence[str]) -> list[str]:
    """Name the columns that say when."""
    for when in (["year"], ["period"], ["period_start", "period_end"], ["date"]):
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


@dataclass(frozen=True)
class Stays:
    """Minimum stays of flows: ``known`` are the distinct ones, ``of`` the place of each flow's own, -1 for none."""

    known: list[Any]
    of: np.ndarray[Any, np.dtype[np.int64]]

    def follow(self, numbers: Iterable[float]) -> Array:
        """Give each flow the number of its stay; NaN where there is none."""
        found: Array = np.array([*numbers, math.nan], dtype=np.float64)[self.of]
        return found


def stays_of(
    table: pa.Table, side: str, reporter: str, direction: str, times: Sequence[str], publisher: str, unknown: str
) -> Stays:
    """Give the minimum stay of every flow that is reported: as the table says, else as it is known."""
    families = _coded(table.column("family"))[1] if "family" in table.column_names else []
    if others := [one for one in families if one is not None and one not in ("flow", "flows")]:
        message = f"minimum stays are of flows, and the pairs are of {others[0]}: leave durations= out"
        raise DefinitionError(message)
    who, areas = _coded(table.column(reporter))
    when, labels = _coded(_labels(table, times))
    name = f"{side}_months"
    said, stated = _coded(table.column(name) if name in table.column_names else [None] * len(table))
    cell = (who * (len(labels) + 1) + when + 1) * (len(stated) + 1) + said + 1
    cell[np.isnan(printed_flows(table, side))] = -1
    _, first, of = np.unique(cell, return_index=True, return_inverse=True)
    known: list[Any] = []
    for row in first.tolist():
        stay = None
        if cell[row] >= 0 and said[row] >= 0:
            stay = stated[said[row]]
        elif cell[row] >= 0:
            label = labels[when[row]] if when[row] >= 0 else None
            stay = _criterion(areas[who[row]] if who[row] >= 0 else None, direction, label, publisher)
        known.append(stay)
    failed = [row for row, stay in zip(first.tolist(), known, strict=True) if isinstance(stay, CodeError)]
    if failed and unknown == "raise":
        row = min(failed)
        why = known[of.reshape(-1)[row]]
        message = f"row {row}: {why}; give {name}, or leave such flows out with unknown='leave out'"
        raise CodeError(message)
    return Stays([None if isinstance(stay, CodeError) else stay for stay in known], of.reshape(-1))


def _coded(values: Any) -> tuple[np.ndarray[Any, np.dtype[np.int64]], list[Any]]:
    """Give a column as places in a list of what occurs; -1 where it is missing."""
    import pyarrow as pa

    column = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([pa.array(values, from_pandas=True)])
    if pa.types.is_null(column.type):
        return np.full(len(column), -1), []
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    array = column.unify_dictionaries().combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    keys = array.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
    known = array.dictionary.to_pylist()
    # A category may itself be missing, or no number.
    gaps = np.array([one is None or one != one for one in known] + [False])
    return np.where(gaps[keys], -1, keys), known


def _labels(table: pa.Table, times: Sequence[str]) -> Any:
    """Name the period of every row."""
    import pyarrow as pa

    if not times:
        return [None] * len(table)
    if list(times) == ["period_start", "period_end"]:
        return list(map(_span, *(_dates(table, name) for name in times)))
    column = table.column(times[0])
    if pa.types.is_temporal(column.type):
        return _dates(table, times[0])
    return column.cast(pa.int64()) if pa.types.is_floating(column.type) else column


def _dates(table: pa.Table, name: str) -> list[datetime.date | None]:
    import pyarrow as pa

    try:
        # Safe casts refuse what has an hour.
        dates: list[datetime.date | None] = table.column(name).cast(pa.date32(), safe=False).to_pylist()
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


def _criterion(code: Any, direction: str, label: Any, publisher: str) -> Any:
    """Give the minimum stay that is known of a reporter, or the error that says why none is."""
    if label is None:
        return CodeError(f"no year is said, so no minimum stay of {code} is known")
    try:
        [found] = as_arrow(_core.duration_criterion(str(code), direction, f"{label!s:0>4}", publisher)).to_pylist()
    except CodeError as error:
        return error
    return "permanent" if found["permanent"] else found["months"]
