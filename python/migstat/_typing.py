"""What arguments may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias, TypedDict, runtime_checkable

__all__ = [
    "AreaOptions",
    "ArrowArray",
    "ArrowColumn",
    "ArrowStream",
    "ArrowTable",
    "Column",
    "Frame",
    "Kind",
    "Progress",
]


@runtime_checkable
class ArrowStream(Protocol):
    """Anything that gives an Arrow C stream."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


@runtime_checkable
class ArrowArray(Protocol):
    """Anything that gives an Arrow C array."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...


ArrowTable: TypeAlias = ArrowStream | ArrowArray
ArrowColumn: TypeAlias = ArrowStream | ArrowArray

#: A table: pandas, polars, pyarrow, a DuckDB relation, a mapping of columns, or anything with an Arrow capsule.
Frame: TypeAlias = ArrowTable | Mapping[str, Sequence[Any]] | Any

#: A column: a list, a numpy array, a Series of pandas or polars, a pyarrow array, or anything with an Arrow capsule.
Column: TypeAlias = ArrowColumn | Sequence[Any] | Any

#: Whose tables come back.
Kind: TypeAlias = Literal["pandas", "polars", "pyarrow"]

#: A callable that is told how many rows are done.
Progress: TypeAlias = Callable[[int], object]


class AreaOptions(TypedDict):
    """How labels of areas are to be read."""

    year: int | None
    scheme: str | None
    source: str | None
    overrides: dict[str, str]
    min_confidence: float
