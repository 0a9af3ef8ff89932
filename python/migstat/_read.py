"""Publishers' files, as published, to observations."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from . import _core
from ._harmonise import Weights, _label
from .errors import ReadError, SchemaError, one_of
from .observations import Observations, _several

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    import pandas as pd
    import pyarrow as pa

    from ._typing import Progress

__all__ = ["Reference", "read", "sniff"]

Source: TypeAlias = "str | os.PathLike[str] | bytes | IO[bytes]"


class Reference:
    r"""Tables of a file that holds no figures of migration: footnotes, a correspondence, distances.

    Made by :func:`migstat.read`.

    Attributes
    ----------
    kind : str
        ``footnotes``, ``correspondence``, ``pairs`` (facts about pairs of areas, such as distances) or ``areas``
        (facts about areas).
    title : str
        The printed title, or the name of the sheet.

    Examples
    --------
    >>> import migstat as ms
    >>> layout = '''
    ... [[table]]
    ... kind = "correspondence"
    ... [[table.columns]]
    ... header = "^code$"
    ... '''
    >>> table = ms.read(b"code,name\nLKA,Sri Lanka\nNPL,Nepal\n", layout=layout)
    >>> table.kind, len(table)
    ('correspondence', 2)
    """

    __slots__ = ("_table", "kind", "title")
    kind: str
    title: str

    def __init__(self, kind: str, title: str, table: pa.Table) -> None:
        self.kind, self.title, self._table = kind, title, table

    def to_pandas(self) -> pd.DataFrame:
        """Give the table under its printed headers.

        Returns
        -------
        pandas.DataFrame
            Columns that hold nothing but numbers are numbers, all others text.

        Examples
        --------
        >>> import pyarrow as pa
        >>> from migstat import Reference
        >>> Reference("areas", "codes", pa.table({"code": ["LKA"]})).to_pandas().code.tolist()
        ['LKA']
        """
        frame: pd.DataFrame = self._table.to_pandas()
        return frame

    def to_arrow(self) -> pa.Table:
        """Give the table as one of pyarrow.

        Returns
        -------
        pyarrow.Table
            As :meth:`to_pandas`.

        Examples
        --------
        >>> import pyarrow as pa
        >>> from migstat import Reference
        >>> Reference("areas", "codes", pa.table({"code": ["LKA"]})).to_arrow().num_rows
        1
        """
        return self._table

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __repr__(self) -> str:
        return f"<Reference: {self.kind}, {self.title!r}, {len(self):,} rows, {self._table.num_columns} columns>"


def read(
    source: Source,
    *,
    layout: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    constants: Mapping[str, object] | None = None,
    where: Mapping[str, object] | None = None,
    overrides: Mapping[str, str] | None = None,
    weights: Weights | None = None,
    duplicates: Literal["error", "first", "same", "keep"] | None = None,
    on_unresolved: Literal["set_aside", "error"] = "set_aside",
    limits: Mapping[str, int] | None = None,
    progress: Progress | None = None,
) -> Any:
    """Read a publisher's file as it was published.

    The publisher, the table and the vintage are told by what the file says, not by its name.

    Parameters
    ----------
    source : path, bytes or file object
        A workbook (xlsx, xls, ods), delimited text in any encoding, or a zip or gzip of them. Nothing is downloaded.
    layout : path, str or mapping, optional
        How a table is laid out that is not known: the path of a TOML or JSON file, its text, or a mapping.
    constants : mapping, optional
        What holds for all figures and is not in the file, as for :func:`migstat.harmonise`.
    where : mapping, optional
        Which figures are wanted of a bulk file of Eurostat or a file of SDMX: role or name of a dimension -> code or
        codes, such as ``{"destination": "DEU", "sex": "_T", "year": [2015, 2020]}`` or ``{"geo": "DE"}``. The others
        are counted in the ledger as not selected and are not kept, so that a file of any size can be read. For all
        other files there is :meth:`Observations.where`.
    overrides : mapping, optional
        Label of an area -> code; it wins over all rules.
    weights : mapping or "equal", optional
        How ambiguous codes are shared out, as for :func:`migstat.harmonise`.
    duplicates : {"error", "first", "same", "keep"}, optional
        What to do with figures that stand twice; as the layout says unless given. ``same`` sets aside what repeats the
        same number and refuses what does not.
    on_unresolved : {"set_aside", "error"}
        What to do with an area that is not known or means several.
    limits : mapping, optional
        Caps on what is unpacked: ``inflated`` bytes, ``ratio`` of inflated to packed bytes, ``members`` of an archive,
        ``sheets`` of a workbook and ``cells`` of a sheet.
    progress : callable, optional
        Told about every 100 ms how many rows are done.

    Returns
    -------
    Observations, Reference or list of Reference
        Figures with the address of each cell, its flag and note, and definitions that say where they were printed; the
        ledger accounts for every number on the sheets. A file that holds no figures gives the tables that it holds.

    Raises
    ------
    ReadError
        For a file that is damaged, larger than the limits, or laid out in a way that is not known: with the rows seen,
        and what was missing.
    CodeError, SchemaError
        For labels and figures that cannot be read, with the address of their cell.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    A table of which no layout is known, as an office might print it:

    >>> import migstat as ms
    >>> printed = b'''Departures for employment,,,
    ... ,Male,,Female,
    ... Country,2019,2020,2019,2020
    ... Saudi Arabia,"1,200",900,30,-
    ... Qatar,800,700,12,9
    ... Total,"2,000","1,600",42,9
    ... '''
    >>> layout = '''
    ... [constants]
    ... origin = "LKA"
    ... measure = "labour_outflow"
    ... [missing]
    ... "-" = "zero"
    ... [[table]]
    ... [[table.columns]]
    ... header = "^Country$"
    ... role = "destination"
    ... [[table.headings]]
    ... match = "^(?<sex>Male|Female)$"
    ... [[table.headings]]
    ... match = "^(?<year>20..)$"
    ... '''
    >>> obs = ms.read(printed, layout=layout)
    >>> obs.to_pandas(full=True).loc[[3], ["destination", "sex", "year", "value", "presence", "row", "column"]]
      destination sex  year  value presence  row  column
    3         SAU   F  2020    0.0     zero    3       4
    >>> ms.aggregate(obs, ["year", "sex"]).to_pandas().value.tolist()
    [42.0, 2000.0, 9.0, 1600.0]
    """
    one_of("on_unresolved", on_unresolved, ("set_aside", "error"))
    if duplicates is not None:
        one_of("duplicates", duplicates, ("error", "first", "same", "keep"))
    options = {
        "layout": _layout(layout),
        "constants": {role: _label(label, f"constants[{role!r}]") for role, label in (constants or {}).items()},
        "where": {name: [str(code) for code in _several(codes)] for name, codes in (where or {}).items()},
        "overrides": dict(overrides or {}),
        "weights": "none" if weights is None else "equal" if weights == "equal" else {"given": weights},
        "duplicates": duplicates,
        "on_unresolved": on_unresolved,
        "limits": dict(limits or {}),
    }
    name, path, data = _bytes(source)
    figures, tables = _core.read_file(name, json.dumps(options), path, data, progress)
    if figures is not None:
        return Observations._of(figures)
    found = list(_references(tables))
    return found[0] if len(found) == 1 else found


def _references(tables: list[tuple[str, str, Any]]) -> Iterator[Reference]:
    import pyarrow as pa

    for kind, title, table in tables:
        yield Reference(kind, title, pa.table(table))


def _bytes(source: object) -> tuple[str, str | None, bytes | None]:
    """Give a name for messages, and the path or the bytes."""
    if isinstance(source, bytes | bytearray | memoryview):
        return "the bytes", None, bytes(source)
    if hasattr(source, "read"):
        data = source.read()
        if not isinstance(data, bytes):
            message = "the file object gives text: open the file in binary mode, open(path, 'rb')"
            raise SchemaError(message)
        return Path(str(getattr(source, "name", "the file"))).name, None, data
    if not isinstance(source, str | os.PathLike):
        message = f"expected a path, bytes or a file object, found {type(source).__name__}"
        raise SchemaError(message)
    text = os.fspath(source)
    if "://" in text:
        message = f"{text!r} is an address: download the file, and read the copy"
        raise ReadError(message)
    path = Path(text)
    if not path.exists():
        raise FileNotFoundError(2, "no such file", text)
    if path.is_dir():
        raise IsADirectoryError(21, "is a folder, not a file", text)
    return path.name, text, None


def _layout(layout: str | os.PathLike[str] | Mapping[str, Any] | None) -> str | None:
    if layout is None:
        return None
    if isinstance(layout, Mapping):
        return json.dumps(layout)
    text = os.fspath(layout)
    if "\n" in text or text.lstrip().startswith("{"):
        return text
    return Path(text).read_text(encoding="utf-8")


def sniff(source: Source, *, limits: Mapping[str, int] | None = None) -> list[str]:
    r"""Propose layouts for a file that none is known for.

    Parameters
    ----------
    source : path, bytes or file object
        As for :func:`read`.
    limits : mapping, optional
        As for :func:`read`.

    Returns
    -------
    list of str
        For each sheet with a table a layout as TOML, headed by what was understood. What it could only guess is marked
        ``CHECK``: correct it, save it, and give it to :func:`read`.

    Raises
    ------
    ReadError
        For a file that is damaged or larger than the limits.

    Examples
    --------
    >>> import migstat as ms
    >>> proposal, = ms.sniff(b"Country,2019,2020\nQatar,800,700\nJapan,80,70\nOman,5,6\n")
    >>> print(proposal)
    # sheet "the bytes": row 1 heads 1 columns of labels and 2 of figures, the first figure is B2
    # column A, "Country": area, read as destination
    # headings in row 1: 2 of year, such as "2019"
    ...
    """
    name, path, data = _bytes(source)
    found = _core.sniff_file(name, json.dumps({"limits": dict(limits or {})}), path, data)
    return ["".join(f"# {line}\n" for line in understood) + toml for toml, understood in found]
