"""Where records come from: tables in memory, files, and everything that gives batches, in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ._frame import columns_of, library, table
from .errors import ReadError, SchemaError

if TYPE_CHECKING:
    from ._typing import ArrowTable

__all__ = ["tables"]

#: Rows that a library is asked to give at a time.
_ROWS = 1 << 20


def tables(source: Any, words: Sequence[str], more: Iterable[str], known: Iterable[str] = ()) -> Iterator[ArrowTable]:
    """Give a source as tables, or streams of batches, with the columns that are looked at.

    Parameters
    ----------
    source
        A table in memory (see :func:`migstat._frame.table`), a path of Parquet files, a dataset, scanner or reader of
        pyarrow, a lazy frame of polars, a relation of DuckDB, or an iterable of tables.
    words
        What is grouped by: a column, or a column and a group of its labels.
    more
        Further columns that must be there.
    known
        Further columns that are looked at where they are there.
    """
    needed, known = list(more), list(known)

    def wanted(names: Sequence[str]) -> list[str]:
        chosen = [word if word in names else word.rpartition(".")[0] or word for word in words]
        chosen += [*needed, *(name for name in known if name in names)]
        # Where one is not there, all are given: the core names those that are near. Without columns there are no rows.
        chosen = chosen or list(names[:1])
        return list(dict.fromkeys(chosen)) if set(chosen) <= set(names) else list(names)

    if isinstance(source, str | os.PathLike):
        yield _scanned(_files(Path(os.fspath(source))), wanted)
        return
    found, kind = library(source), type(source).__name__
    if found == "pyarrow" and hasattr(source, "scanner"):
        yield _scanned(source, wanted)
    elif found == "pyarrow" and hasattr(source, "to_reader") and kind == "Scanner":
        yield source.to_reader()
    elif found == "polars" and kind == "LazyFrame":
        yield from _lazy(source, wanted)
    elif found in ("duckdb", "_duckdb") and hasattr(source, "project"):
        yield _relation(source, wanted)
    elif _is_iterable_of_tables(source):
        for one in source:
            yield from tables(one, words, needed, known)
    else:
        names = columns_of(source)
        yield table(source, wanted(names) if names and not hasattr(source, "read_next_batch") else None)


def _is_iterable_of_tables(source: Any) -> bool:
    table_like = (
        hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__") or hasattr(source, "keys")
    )
    return not table_like and not hasattr(source, "columns") and isinstance(source, Iterable)


def _files(path: Path) -> Any:
    import pyarrow.dataset as ds

    pattern = any(sign in path.name for sign in "*?[")
    files: Any = sorted(str(one) for one in path.parent.glob(path.name)) if pattern else path
    if not files or (not pattern and not path.exists()):
        message = f"there is no {'file like' if pattern else 'file or folder'} {path}"
        raise ReadError(message)
    try:
        return ds.dataset(files, format="parquet")
    except Exception as error:
        message = f"{path} cannot be read as Parquet: {error}; other files are for migstat.read"
        raise ReadError(message) from error


def _scanned(dataset: Any, wanted: Any) -> ArrowTable:
    import pyarrow.dataset as ds

    options: dict[str, Any] = {"batch_readahead": 1, "fragment_readahead": 1}
    if getattr(getattr(dataset, "format", None), "default_extname", None) == "parquet":
        # Else whole row groups are fetched ahead, and memory grows with the file.
        options["fragment_scan_options"] = ds.ParquetFragmentScanOptions(pre_buffer=False)
    names = wanted(dataset.schema.names)
    return cast("ArrowTable", dataset.scanner(columns=names, batch_size=_ROWS, **options).to_reader())


def _lazy(frame: Any, wanted: Any) -> Iterator[ArrowTable]:
    chosen = frame.select(wanted(frame.collect_schema().names()))
    if hasattr(chosen, "collect_batches"):
        yield from chosen.collect_batches(chunk_size=_ROWS)
    else:
        yield chosen.collect(engine="streaming")


def _relation(relation: Any, wanted: Any) -> ArrowTable:
    quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in wanted(list(relation.columns)))
    chosen = relation.project(quoted)
    for name in ("to_arrow_reader", "fetch_arrow_reader", "fetch_record_batch"):
        if hasattr(chosen, name):
            return cast("ArrowTable", getattr(chosen, name)(_ROWS))
    message = "this version of DuckDB gives no batches; expected one that has to_arrow_reader or fetch_arrow_reader"
    raise SchemaError(message)
