"""Any table or column in; the caller's own kind out. Libraries are recognised by name, so that none is imported."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from .errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ._typing import ArrowColumn, ArrowTable, Column, Frame, Kind

__all__ = [
    "back",
    "column",
    "column_back",
    "columns_of",
    "kind_of",
    "numbers_back",
    "owned",
    "table",
    "text_of",
    "without_views",
]


def library(value: object) -> str:
    """Name of the library that a value's class comes from."""
    return type(value).__module__.partition(".")[0]


def kind_of(value: object) -> Kind:
    """Whose tables to give back for this one: pandas unless it is of polars or pyarrow."""
    found = library(value)
    return cast("Kind", found) if found in ("polars", "pyarrow") else "pandas"


def columns_of(frame: Any) -> list[str]:
    """Names of the columns, as text."""
    if isinstance(frame, Mapping):
        return [str(name) for name in frame]
    if library(frame) == "polars" and type(frame).__name__ == "LazyFrame":
        return list(frame.collect_schema().names())
    for attribute in ("column_names", "columns"):
        names = getattr(frame, attribute, None)
        if names is not None and not callable(names):
            return [str(name) for name in names]
    schema = getattr(frame, "schema", None)
    return [str(name) for name in getattr(schema, "names", [])]


def table(frame: Any, wanted: Iterable[str] | None = None) -> ArrowTable:
    """Give a table as something with an Arrow capsule, with the wanted columns.

    Where it lacks one of them, no rows are given, only the names of all columns: the core's error names near ones.
    """
    names = columns_of(frame)
    if wanted is not None and names and not set(wanted) <= set(names):
        return _names_only(names)
    if isinstance(frame, Mapping):
        return _from_arrays({str(name): _array(values, str(name)) for name, values in frame.items()})
    found = library(frame)
    if found == "polars" and type(frame).__name__ == "LazyFrame":
        frame = frame.collect()
    if found == "pandas" and hasattr(frame, "columns"):
        return _from_pandas(frame, wanted)
    if wanted is not None and found in ("polars", "pyarrow") and hasattr(frame, "select"):
        chosen = [name for name in names if name in set(wanted)]
        _refuse_twins(chosen)
        frame = frame.select(chosen)
    if hasattr(frame, "__arrow_c_stream__") or hasattr(frame, "__arrow_c_array__"):
        return cast("ArrowTable", _without_views(frame) if found == "pyarrow" else frame)
    message = (
        f"expected a table (pandas, polars, pyarrow, DuckDB, or anything with __arrow_c_stream__), "
        f"found {type(frame).__name__}"
    )
    raise SchemaError(message)


def without_views(column: Any) -> Any:
    """Give a column of pyarrow whose text lies in views as one of plain text.

    pyarrow (22 and before, as tried) gives views of short texts away without a buffer that its receivers rely on: they
    would crash. Nor does it take rows of views.
    """
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind) and kind.value_type == pa.string_view():
        return column.cast(pa.dictionary(pa.int32(), pa.large_string(), kind.ordered))
    return column.cast(pa.large_string()) if kind == pa.string_view() else column


def _without_views(frame: Any) -> Any:
    """Give a table, batch or reader of pyarrow without views of text."""
    import pyarrow as pa

    def views(kind: Any) -> bool:
        return bool(kind == pa.string_view() or (pa.types.is_dictionary(kind) and kind.value_type == pa.string_view()))

    schema = getattr(frame, "schema", None)
    if schema is None or not any(views(field.type) for field in schema):
        return frame
    if hasattr(frame, "read_next_batch"):
        plain = _without_views(schema.empty_table()).schema
        return pa.RecordBatchReader.from_batches(plain, (_without_views(batch) for batch in frame))
    columns = [without_views(column) for column in frame.columns]
    return type(frame).from_arrays(columns, names=schema.names)


def _from_pandas(frame: pd.DataFrame, wanted: Iterable[str] | None) -> ArrowTable:
    names = [str(name) for name in frame.columns]
    chosen = set(names if wanted is None else wanted)
    _refuse_twins([name for name in names if name in chosen])
    return _from_arrays({name: _array(frame.iloc[:, at], name) for at, name in enumerate(names) if name in chosen})


def _refuse_twins(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            message = f"the table has two columns named {name!r}; rename one of them"
            raise SchemaError(message)


def _from_arrays(arrays: dict[str, Any]) -> ArrowTable:
    import pyarrow as pa

    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        message = f"the columns are not of one length: {lengths}"
        raise SchemaError(message)
    return cast("ArrowTable", pa.table(arrays))


def owned(frame: Any, table: pa.Table) -> pa.Table:
    """Give the table that was made of a frame as one that stays as it is, whatever becomes of the frame.

    What lies in numpy is taken as it lies there, and its owner may write into it: that must not reach a result which is
    kept. Frames of polars and pyarrow are taken as they are: by Arrow's rule what was given to it never changes. Who
    made one over memory of numpy and writes into that breaks the rule, for this frame and for all that was made of it.
    """
    import pyarrow as pa

    if library(frame) in ("polars", "pyarrow"):
        return table

    def copy(column: pa.ChunkedArray) -> pa.ChunkedArray:
        kind = column.type
        if not (pa.types.is_primitive(kind) or pa.types.is_dictionary(kind)) or not len(column):
            return column
        # Several arrays become one that is new.
        return pa.chunked_array([pa.concat_arrays([*column.chunks, column.chunks[0][:0]])])

    return pa.table([copy(column) for column in table.columns], names=table.column_names)


def _names_only(names: list[str]) -> ArrowTable:
    import pyarrow as pa

    schema = pa.schema([(name, pa.string()) for name in names])
    return cast("ArrowTable", schema.empty_table())


def _array(values: Any, name: str) -> pa.Array | pa.ChunkedArray:
    """Give one column as an Arrow array; a column of text and numbers mixed becomes text."""
    import pyarrow as pa

    if library(values) in ("polars", "pyarrow") and hasattr(values, "__arrow_c_stream__"):
        return without_views(pa.chunked_array(values))
    try:
        for known in (_floats, _categories):
            if (array := known(values)) is not None:
                return array
        return without_views(pa.array(values, from_pandas=True))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError, UnicodeError):
        texts = [_text(value, name, row) for row, value in enumerate(values)]
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeError as error:
        message = f"column {name!r} holds text that is not valid Unicode: {error}"
        raise SchemaError(message) from None


def _floats(values: Any) -> pa.Array | None:
    """Give floats that lie in numpy, NaN as missing."""
    import numpy as np

    if library(values) == "pandas":
        values = values.to_numpy() if isinstance(getattr(values, "dtype", None), np.dtype) else None
    # A masked array, which is one of them too, has what is missing beside it.
    if type(values) is not np.ndarray or values.dtype not in (np.float32, np.float64) or values.ndim != 1:
        return None
    return _without(values, np.isnan(values))


def _categories(values: Any) -> pa.Array | None:
    """Give categories of pandas."""
    import pyarrow as pa

    if library(values) != "pandas" or type(getattr(values, "dtype", None)).__name__ != "CategoricalDtype":
        return None
    codes = values.cat.codes.to_numpy() if hasattr(values, "cat") else values.codes
    none = pa.array(values[:0], from_pandas=True)
    indices = _without(codes, codes < 0)
    return pa.DictionaryArray.from_arrays(indices, none.dictionary, ordered=none.type.ordered, safe=False)


def _without(values: Any, missing: Any) -> pa.Array:
    """Give an array of numpy without those that are missing. No copy: pyarrow would look at each for itself."""
    import numpy as np
    import pyarrow as pa

    whole = pa.array(values)
    if not missing.any():
        return whole
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(whole.type, len(whole), [valid, whole.buffers()[1]])


def _text(value: object, name: str, row: int) -> str | None:
    if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        return str(int(value))
    if isinstance(value, int | float) or library(value) in ("numpy", "decimal", "datetime", "pandas"):
        return str(value)
    message = f"column {name!r}, row {row}: {value!r} is {type(value).__name__}; expected text or a number"
    raise SchemaError(message)


def text_of(value: object) -> str:
    """Give what stands in a cell as text: nothing where it is blank, whole numbers without decimals."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def column(values: Column) -> ArrowColumn:
    """Give a column as something with an Arrow capsule."""
    if isinstance(values, str | bytes) or not (
        hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__") or isinstance(values, Iterable)
    ):
        message = f"expected a column, found {type(values).__name__}"
        raise SchemaError(message)
    if library(values) == "pandas":
        return cast("ArrowColumn", _array(values, str(getattr(values, "name", None))))
    if hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__"):
        return cast("ArrowColumn", without_views(values) if library(values) == "pyarrow" else values)
    if library(values) == "numpy" and getattr(values, "ndim", 1) != 1:
        message = "expected a column, found an array of several dimensions"
        raise SchemaError(message)
    return cast("ArrowColumn", _array(values if library(values) == "numpy" else list(values), "column"))


def column_back(original: Any, codes: ArrowTable, categories: bool = False) -> Any:
    """Give a column of codes back as the kind of column that came in, with its name and index; or as categories."""
    import pyarrow as pa

    array = pa.table(codes).column(0)
    found = library(original)
    if found == "pandas":
        return _series(original, array, categories)
    if found == "polars":
        import polars as pl

        out = pl.Series(original.name, array)
        return out if categories or original.dtype in (pl.Categorical, pl.Enum) else out.cast(pl.String)
    if found == "pyarrow":
        kept = categories or pa.types.is_dictionary(original.type)
        array = array if kept else array.cast(original.type if pa.types.is_large_string(original.type) else pa.string())
        return array if isinstance(original, pa.ChunkedArray) else array.combine_chunks()
    if found == "numpy":
        return array.cast(pa.string()).to_numpy(zero_copy_only=False)
    if isinstance(original, tuple):
        return tuple(array.to_pylist())
    if isinstance(original, Iterable):
        return array.to_pylist()
    return array


def _series(original: Any, array: pa.ChunkedArray, categories: bool) -> Any:
    import pandas as pd
    import pyarrow as pa

    if categories or isinstance(original.dtype, pd.CategoricalDtype):
        values = array.to_pandas()
    else:
        values = array.cast(pa.string()).to_pandas()
        # Text stays the kind of text that it was; numbers that were codes become text.
        if pd.api.types.is_string_dtype(original.dtype) or original.dtype == object:
            values = values.astype(original.dtype)
    if isinstance(original, pd.Index):
        return pd.Index(values, name=original.name)
    values.index = original.index
    values.name = original.name
    return values


def numbers_back(original: Any, numbers: Any, name: str, index: Any = None) -> Any:
    """Give numbers of numpy, NaN where missing, back as the kind of column that came in."""
    found = library(original)
    if found == "pandas":
        import pandas as pd

        return pd.Series(numbers, index=index, name=name)
    if found == "numpy":
        return numbers
    if isinstance(original, list | tuple):
        listed = [None if one != one else one for one in numbers.tolist()]
        return tuple(listed) if isinstance(original, tuple) else listed
    if found == "polars":
        import polars as pl

        return pl.Series(name, numbers).fill_nan(None)
    import pyarrow as pa

    array = pa.array(numbers, from_pandas=True)
    return pa.chunked_array([array]) if isinstance(original, pa.ChunkedArray) else array


def back(kind: Kind, result: ArrowTable, original: Frame | None = None) -> Any:
    """Give a table back as the kind asked for; with the index of the original where the rows are the same."""
    import pyarrow as pa

    if kind == "polars":
        import polars as pl

        return pl.DataFrame(result)
    whole = pa.table(result)
    if kind == "pyarrow":
        return whole
    frame = whole.to_pandas()
    index = getattr(original, "index", None)
    if original is not None and library(original) == "pandas" and index is not None and len(index) == len(frame):
        frame.index = index
    return frame


def is_imported(name: str) -> bool:
    """Whether a library has been imported by somebody."""
    return name in sys.modules
