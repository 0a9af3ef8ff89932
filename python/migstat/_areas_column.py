"""Columns of labels and how they are to be read: what the functions of :mod:`migstat.areas` have in common."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ._frame import column as column_of, column_back, library
from .errors import SchemaError

if TYPE_CHECKING:
    import pyarrow as pa

    from ._typing import AreaOptions, ArrowColumn, ArrowTable

__all__ = [
    "Scheme", "answers", "chunked", "index_of", "kept", "labels_of", "not_text", "options", "as_arrow", "text", "whole",
    "year_of", "years_column", "years_of",
]  # fmt: skip

Scheme: TypeAlias = Literal[
    "name", "alpha2", "alpha3", "numeric", "m49", "worldbank", "eurostat", "unhcr", "ioc",
    "fips", "fao", "imf", "cow", "cowc", "gw", "cepii", "dac",
]  # fmt: skip

#: A reading that is misspelt is taken from this confidence on.
_SURE_ENOUGH = 0.8
#: No reading is as sure: nothing is guessed.
_CERTAIN = 2.0


def whole(column: Any) -> Any:
    """Give what can be read once only, such as a generator, as a list; what is no column is refused."""
    tabular = hasattr(column, "columns") or hasattr(column, "column_names") or isinstance(column, Mapping)
    if tabular and library(column) != "numpy":
        message = "expected a column, found a table: give one of its columns, such as df['Country']"
        raise SchemaError(message)
    if _is_column(column) or isinstance(column, list | tuple):
        return column
    return list(column) if isinstance(column, Iterable) and not isinstance(column, str | bytes) else column


def _is_column(value: Any) -> bool:
    """Whether a value is a column that is no list."""
    if hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__"):
        return True
    # A number of numpy is no column.
    return library(value) in ("pandas", "polars", "pyarrow", "numpy") and hasattr(value, "__len__")


def labels_of(values: Any) -> ArrowColumn:
    """Give a column as Arrow; lists of text without pandas, which ``pyarrow.array`` would import."""
    try:
        return _built(values) if isinstance(values, list | tuple) else column_of(values)
    except UnicodeEncodeError as error:
        raise not_text(error) from error


def not_text(error: UnicodeEncodeError) -> SchemaError:
    """Say that a label cannot be written as UTF-8."""
    return SchemaError(f"{error.object!r} is not text: read the file again with the encoding that it is written in")


def _built(values: list[Any] | tuple[Any, ...]) -> ArrowColumn:
    import pyarrow as pa

    builder = pa.lib.StringBuilder()
    try:
        builder.append_values(values)
    except TypeError:
        return column_of(values)
    array: ArrowColumn = builder.finish()
    return array


def years_column(years: list[int | None] | ArrowColumn | None) -> ArrowColumn | None:
    """Give years as Arrow."""
    return _built([None if year is None else str(year) for year in years]) if isinstance(years, list) else years


def chunked(column: ArrowColumn) -> pa.ChunkedArray:
    """Give a column of Arrow as one of pyarrow."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        return column
    return pa.chunked_array([column] if isinstance(column, pa.Array) else column)


def as_arrow(result: ArrowTable) -> pa.Table:
    """Give a table of the core as pyarrow; unlike ``pyarrow.table`` this does not import pandas."""
    import pyarrow as pa

    return pa.RecordBatchReader.from_stream(result).read_all()


def answers(values: Any, result: ArrowTable, categories: bool = False) -> Any:
    """Give a column of text back as the kind of column that came in, or as categories of it; for one text that text."""
    if isinstance(values, str):
        return as_arrow(result).column(0)[0].as_py()
    if isinstance(values, list | tuple):
        found = as_arrow(result).column(0).to_pylist()
        return tuple(found) if type(values) is tuple else found
    return column_back(values, result, categories)


def kept(codes: ArrowTable, found_in: ArrowTable, labels: ArrowColumn) -> ArrowTable:
    """Give the codes, and the label itself where it stands for no area."""
    import pyarrow as pa
    import pyarrow.compute as pc

    unknown = pc.is_null(as_arrow(found_in).column(0))
    said = as_arrow(codes).column(0).cast(pa.string())
    both = pc.if_else(unknown, chunked(labels).cast(pa.string()), said)
    whole = pa.concat_arrays(both.chunks) if isinstance(both, pa.ChunkedArray) else both
    return pa.Table.from_arrays([whole.dictionary_encode()], ["code"])  # type: ignore[no-any-return]


def index_of(*columns: Any) -> Any:
    """Give the index that columns of pandas have in common; none where no Series is among them."""
    found = [column.index for column in columns if library(column) == "pandas" and hasattr(column, "index")]
    if any(not index.equals(found[0]) for index in found[1:]):
        message = "the columns have different indexes: take them from one frame, or reset their indexes"
        raise SchemaError(message)
    return found[0] if found else None


def text(value: object, what: str) -> str:
    """Refuse what is no str."""
    if isinstance(value, str):
        return value
    message = f"{value!r} is {type(value).__name__}: expected one {what}"
    raise SchemaError(message)


def year_of(year: Any) -> int | None:
    """Give a year as a number."""
    if year is None:
        return None
    try:
        number = int(year) if isinstance(year, float) and year.is_integer() else operator.index(year)
    except TypeError:
        number = -1
    if isinstance(year, bool) or not 0 <= number <= 9999:
        message = f"year={year!r}: expected one year, such as 1996"
        raise SchemaError(message)
    return number


def years_of(year: Any, values: Any) -> tuple[int | None, list[int | None] | ArrowColumn | None]:
    """Give one year, or one a row of the values; the other is None."""
    if isinstance(year, str | bytes) or not (_is_column(year) or isinstance(year, Iterable)):
        return year_of(year), None
    if isinstance(values, str):
        message = f"year={year!r}: one label has one year"
        raise SchemaError(message)
    index_of(values, year)
    given = whole(year)
    if isinstance(given, list | tuple):
        return None, [None if one is None or one != one else year_of(one) for one in given]
    return None, column_of(given)


def options(
    year: int | None,
    scheme: object = None,
    source: object = None,
    overrides: object = None,
    typos: object = True,
) -> AreaOptions:
    """Check how labels are to be read."""
    for name, value, example in (("scheme", scheme, "alpha2"), ("source", source, "un")):
        if value is not None and not isinstance(value, str):
            message = f"{name}={value!r}: expected its name, such as {example!r}, or None"
            raise SchemaError(message)
    return {
        "year": year,
        "scheme": scheme if isinstance(scheme, str) else None,
        "source": source if isinstance(source, str) else None,
        "overrides": _overrides(overrides),
        "min_confidence": _threshold(typos),
    }


def _threshold(typos: Any) -> float:
    if isinstance(typos, bool) or type(typos).__name__ in ("bool", "bool_"):
        return _SURE_ENOUGH if typos else _CERTAIN
    # 0 and 1 as whole numbers would say the contrary of False and True.
    if isinstance(typos, float) and 0 <= typos <= 1:
        return float(typos)
    message = f"typos={typos!r}: expected True, False, or the least confidence from 0.0 to 1.0, such as 0.95"
    raise SchemaError(message)


def _overrides(overrides: object) -> dict[str, str]:
    """Label -> code; a label without a code has not been answered yet."""
    if overrides is None:
        return {}
    if isinstance(overrides, Mapping):
        return {str(label): str(code) for label, code in overrides.items() if code is not None}
    message = f"overrides={overrides!r}: expected a mapping of labels to codes, such as {{'Congo': 'COD'}}"
    raise SchemaError(message)
