"""Tables in and out of the command line. Formats are told by their content; nothing is written in part."""

from __future__ import annotations

import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .errors import MigstatError

if TYPE_CHECKING:
    from typing import TextIO

    import pyarrow as pa

    from .observations import Observations

__all__ = [
    "INPUTS",
    "OUTPUTS",
    "Source",
    "Unreadable",
    "Unwritable",
    "Usage",
    "Writer",
    "check_target",
    "output_format",
    "write_all",
    "writer",
]

INPUTS = ("csv", "tsv", "parquet", "arrow")
OUTPUTS = ("csv", "tsv", "parquet", "arrow")

#: How the bytes of a file begin, and what it then is.
_MAGIC = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow"),
    (b"PK\x03\x04", "workbook"),
    (b"\xd0\xcf\x11\xe0", "workbook"),
)
_PACKED = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh", "bz2"))
_ENDINGS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
#: Rows of text that are put together at a time.
_BATCH = 1 << 16


class Usage(Exception):
    """The command line asks for something that makes no sense."""


class Unreadable(Exception):
    """A file that is not there or cannot be read."""


class Unwritable(Exception):
    """A file that cannot be written."""


@dataclass(frozen=True)
class Source:
    """A file or stdin, and how to read it."""

    path: str
    format: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    skip: int = 0

    @property
    def name(self) -> str:
        """What messages call it."""
        return "stdin" if self.path == "-" else self.path

    def read(self) -> pa.Table | Observations:
        """Give the table; observations where migstat wrote it."""
        import pyarrow as pa

        data = self._bytes()
        if len(data) == 0:
            raise Unreadable(f"{self.name} is empty")
        format_ = self._format(data)
        try:
            if format_ in ("csv", "tsv"):
                return self._text(data, "\t" if format_ == "tsv" else ",")
            if format_ == "arrow":
                stream = bytes(data[:6]) != b"ARROW1"
                reader = pa.ipc.open_stream(data) if stream else pa.ipc.open_file(data)
                return reader.read_all()
            return self._parquet(data)
        except (pa.ArrowException, OSError, UnicodeError, LookupError) as error:
            if isinstance(error, MigstatError):  # some are LookupErrors too
                raise
            raise Unreadable(f"cannot read {self.name} as {format_}: {error}{self._hint(data, error)}") from error

    def lines(self) -> list[str | None]:
        """Give the lines of text; blank ones as None."""
        try:
            text = bytes(self._bytes()).decode(self.encoding or "utf-8-sig")
        except (UnicodeError, LookupError) as error:
            raise Unreadable(f"cannot read {self.name} as text: {error}; name its encoding by --encoding") from error
        return [line.strip() or None for line in text.splitlines()]

    def _bytes(self) -> Any:
        import pyarrow as pa

        try:
            if self.path == "-":
                stream = getattr(sys.stdin, "buffer", None)
                data = stream.read() if stream is not None else sys.stdin.read().encode()
            elif os.path.isfile(self.path) and os.path.getsize(self.path) > 0:
                data = pa.memory_map(self.path).read_buffer()
            else:
                data = Path(self.path).read_bytes()
        except OSError as error:
            raise Unreadable(f"cannot read {self.name}: {error.strerror or error}") from error
        data = pa.py_buffer(data)
        start = bytes(data[:4])
        for magic, codec in _PACKED:
            if start.startswith(magic):
                try:
                    return pa.py_buffer(pa.CompressedInputStream(pa.BufferReader(data), codec).read())
                except OSError as error:
                    raise Unreadable(f"cannot unpack {self.name}: {error}") from error
        return data

    def _format(self, data: Any) -> str:
        start = bytes(data[:6])
        found = next((format_ for magic, format_ in _MAGIC if start.startswith(magic)), None)
        if found == "workbook":
            raise Unreadable(f"{self.name} is a workbook or an archive: save the sheet that you want as CSV")
        if self.format is not None or found is not None:
            return self.format or str(found)
        suffixes = [suffix.lower() for suffix in Path(self.path).suffixes]
        known = next((_ENDINGS[suffix] for suffix in reversed(suffixes) if suffix in _ENDINGS), "csv")
        if known in ("parquet", "arrow"):
            raise Unreadable(f"{self.name} is no {known} file, whatever its name; say what it is by --from")
        return known

    def _text(self, data: Any, delimiter: str) -> pa.Table:
        """Read every cell as the text that stands there: "NA" may be Namibia, and 007 is not 7."""
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        read = arrow_csv.ReadOptions(encoding=self.encoding or "utf8", skip_rows=self.skip)
        parse = arrow_csv.ParseOptions(delimiter=self.delimiter or delimiter, newlines_in_values=True)
        with arrow_csv.open_csv(pa.BufferReader(data), read_options=read, parse_options=parse) as reader:
            names = reader.schema.names
        convert = arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
        return arrow_csv.read_csv(
            pa.BufferReader(data), read_options=read, parse_options=parse, convert_options=convert
        )

    def _parquet(self, data: Any) -> pa.Table | Observations:
        import pyarrow as pa
        from pyarrow import parquet

        metadata = parquet.read_schema(pa.BufferReader(data)).metadata or {}
        if b"migstat.definitions" in metadata:
            from .observations import Observations

            whole = pa.BufferReader(data) if self.path == "-" else self.path
            return Observations.from_parquet(cast("Any", whole))
        return parquet.read_table(pa.BufferReader(data))

    def _hint(self, data: Any, error: Exception) -> str:
        text = str(error)
        if bytes(data[:2]) in (b"\xff\xfe", b"\xfe\xff"):
            return "; it looks like UTF-16: try --encoding utf-16"
        if "UTF8" in text or "utf-8" in text:
            return "; it is not UTF-8: name its encoding, such as --encoding cp1252"
        if "Expected" in text and "columns" in text:
            return "; --skip N leaves out N lines above the header; --delimiter says what is between columns"
        return ""


# ---- out

Writer = Callable[[Path], object]


def output_format(target: str, stated: str | None) -> str:
    """Name the format to write: as stated, else by the ending of the name, else CSV."""
    if stated is not None:
        return stated
    if target == "-":
        return "csv"
    ending = Path(target).suffix.lower()
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    if ending:
        raise Usage(f"{target}: {ending!r} tells no format; give --to {{{','.join(OUTPUTS)}}}")
    return "csv"


def writer(table: pa.Table, format_: str, target: str) -> Writer:
    """Give what writes a table to a path."""
    import pyarrow as pa

    def arrow(path: Path) -> None:
        whole = table.unify_dictionaries().combine_chunks()
        stream = target == "-" or target.endswith(".arrows")
        with pa.OSFile(str(path), "wb") as sink:
            open_ = pa.ipc.new_stream if stream else pa.ipc.new_file
            with open_(sink, whole.schema) as out:
                out.write_table(whole)

    def parquet(path: Path) -> None:
        from pyarrow import parquet

        parquet.write_table(table, path, compression="zstd")

    def text(path: Path) -> None:
        _write_text(table, path, "\t" if format_ == "tsv" else ",")

    return {"arrow": arrow, "parquet": parquet, "csv": text, "tsv": text}[format_]


def _write_text(table: pa.Table, path: Path, delimiter: str) -> None:
    """Write with as few quotes as can be: batches that need none by Arrow, the others by Python."""
    import io

    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow_csv

    printed = pa.table({name: _printed(table.column(name)) for name in table.column_names})
    options = arrow_csv.WriteOptions(include_header=False, delimiter=delimiter, quoting_style="none")
    with path.open("wb") as file:
        wrapped = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        # The module puts a field into quotes if it holds a character of the line's end, so a carriage return is in it.
        lines = csv.writer(_Lines(wrapped), delimiter=delimiter, lineterminator="\r\n")
        lines.writerow(table.column_names)
        for batch in printed.combine_chunks().to_batches(_BATCH):
            sink = io.BytesIO()
            try:
                # Arrow sees no need to quote the delimiter of TSV, nor a carriage return.
                if delimiter != "," or any(
                    pc.any(pc.match_substring(column, "\r")).as_py() for column in batch.columns
                ):
                    raise pa.ArrowInvalid
                arrow_csv.write_csv(batch, sink, options)
                file.write(sink.getbuffer())
            except pa.ArrowInvalid:
                lines.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))
        wrapped.detach()


class _Lines:
    """Lines that end in a line feed alone."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, line: str) -> int:
        return self._file.write(line.removesuffix("\r\n") + "\n")


def _printed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give the cells as text; whole numbers without exponent."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(column.type):
        whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), 2.0**53))
        integers = pc.if_else(whole, column, pa.scalar(0.0, column.type)).cast(pa.int64())
        return pc.if_else(whole, integers.cast(pa.string()), column.cast(pa.string()))
    return column.cast(pa.string())


def check_target(target: str) -> None:
    """Fail before the work is done rather than after it."""
    if target == "-":
        return
    path = Path(os.path.realpath(target))
    if path.is_dir():
        raise Unwritable(f"cannot write {target}: it is a folder")
    if not path.parent.is_dir():
        raise Unwritable(f"cannot write {target}: there is no folder {path.parent}")
    if not os.access(path if path.exists() and not path.is_file() else path.parent, os.W_OK):
        raise Unwritable(f"cannot write {target}: permission denied")


def write_all(outputs: Iterable[tuple[str, Writer]]) -> None:
    """Write all outputs to temporary files, and only then put each in its place."""
    # What goes down a pipe goes last: its reader may leave.
    ordered: Sequence[tuple[str, Writer]] = sorted(outputs, key=lambda each: each[0] == "-")
    made: list[tuple[str, Path]] = []
    target = ""
    try:
        for target, write in ordered:
            made.append((target, _temporary(target)))
            write(made[-1][1])
        for target, path in made:
            _put(path, target)
    except BrokenPipeError:
        raise
    except OSError as error:
        name = "stdout" if target == "-" else target
        raise Unwritable(f"cannot write {name}: {error.strerror or error}") from error
    finally:
        for _, path in made:
            path.unlink(missing_ok=True)


def _is_file(target: str) -> bool:
    """Is it, or will it be, an ordinary file? Devices and named pipes are written to, never replaced."""
    return target != "-" and (not os.path.exists(target) or os.path.isfile(target))


def _temporary(target: str) -> Path:
    place = Path(os.path.realpath(target))
    beside = {"dir": place.parent, "prefix": f".{place.name}."} if _is_file(target) else {"prefix": "migstat."}
    handle, name = tempfile.mkstemp(suffix=".part", **cast("Any", beside))
    os.close(handle)
    return Path(name)


def _put(path: Path, target: str) -> None:
    if _is_file(target):
        place = Path(os.path.realpath(target))
        path.chmod(place.stat().st_mode & 0o7777 if place.exists() else 0o666 & ~_umask())
        path.replace(place)
    elif target == "-":
        stream = getattr(sys.stdout, "buffer", None)
        with path.open("rb") as file:
            if stream is None:
                sys.stdout.write(file.read().decode())
            else:
                sys.stdout.flush()
                shutil.copyfileobj(file, stream)
        sys.stdout.flush()
    else:
        with path.open("rb") as file, open(target, "wb") as device:
            shutil.copyfileobj(file, device)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
