"""Observations: figures, what they mean, and how they came here."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from . import _core
from ._frame import back, kind_of, library, owned, table
from .errors import SchemaError
from .ledger import Ledger

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from ._core import Observations as CoreObservations
    from ._typing import ArrowTable, Frame, Kind

__all__ = ["Observations", "concat"]

#: Columns that say where a figure was printed or how it was made, and stay out of the human view.
_BACKSTAGE = (
    "figure",
    "share",
    "row",
    "column",
    "presence",
    "basis",
    "obs_status",
    "conf_status",
    "flag",
    "note",
)


class Observations:
    """Figures and definitions, already checked, with their ledger.

    Made by :func:`migstat.harmonise`, :func:`migstat.concat` and the functions of :mod:`migstat.datasets`. It never
    changes: every method gives a new one.

    Examples
    --------
    >>> import migstat as ms
    >>> obs = ms.datasets.sri_lanka_departures()
    >>> len(obs) > 800
    True
    >>> obs.where(year=1996, destination="SAU", sex="F").to_pandas().value.sum().item()
    32293.0
    """

    __slots__ = ("__weakref__", "_core", "_kind")
    _core: CoreObservations
    _kind: Kind

    def __init__(self, figures: Frame, definitions: Frame, ledger: Ledger | None = None) -> None:
        """Take tables from anywhere, after checking everything that later operations rely on.

        Parameters
        ----------
        figures, definitions : table
            As :attr:`figures` and :attr:`definitions` give them.
        ledger : Ledger, optional
            How the figures came here.

        Raises
        ------
        SchemaError, CodeError, LedgerError
            Naming column, row and value of what does not fit.
        """
        text = '{"steps": []}' if ledger is None else ledger.to_json()
        self._core = _core.observations(_kept(figures), _kept(definitions), text)
        self._kind = kind_of(figures)

    @classmethod
    def _of(cls, core: CoreObservations, kind: Kind = "pandas") -> Observations:
        made = cls.__new__(cls)
        made._core = core
        made._kind = kind
        return made

    def __len__(self) -> int:
        return len(self._core)

    @property
    def figures(self) -> pa.Table:
        """One row a figure, as a pyarrow table: codes are dictionaries, nothing is copied."""
        import pyarrow as pa

        return pa.table(self._core.figures())

    @property
    def definitions(self) -> pd.DataFrame:
        """What figures mean and where they were printed: one row a definition, fields that are stated."""
        import pyarrow as pa

        whole: pd.DataFrame = pa.table(self._core.definitions()).to_pandas().set_index("definition")
        return whole.dropna(axis="columns", how="all")

    @property
    def ledger(self) -> Ledger:
        """The account of every operation that led here."""
        return Ledger(self._core.ledger())

    def check(self) -> Observations:
        """Verify the ledger, and that the figures are still those that its last step gave out.

        Returns
        -------
        Observations
            The same, so that a check can stand in a chain.

        Raises
        ------
        LedgerError
            Saying what does not balance or what is missing.

        Examples
        --------
        >>> import migstat as ms
        >>> len(ms.datasets.sri_lanka_departures().check()) > 0
        True
        """
        self._core.check()
        return self

    def where(self, **conditions: object) -> Observations:
        """Keep the figures that satisfy all conditions.

        Parameters
        ----------
        **conditions
            Name of a dimension -> a code or several; areas also take a group, whose members in each figure's own year
            are meant unless the group has a row of its own. Further names: ``year``, ``period``, ``leaf``,
            ``definition`` and every field of the definitions, such as ``table`` or ``coverage``.

        Returns
        -------
        Observations
            With the rest counted in the ledger as not selected. Totals of which no part is selected become leaves.

        Raises
        ------
        SchemaError
            For a name that nothing has, with near names.
        CodeError
            For a value that its column cannot have.

        Examples
        --------
        >>> import migstat as ms
        >>> obs = ms.datasets.sri_lanka_departures()
        >>> gulf = obs.where(destination="GCC", year=[1988, 1996], leaf=True)
        >>> sorted(gulf.to_pandas().destination.unique())
        ['ARE', 'BHR', 'KWT', 'OMN', 'QAT', 'SAU']
        """
        wanted = {name: [_condition(one) for one in _several(value)] for name, value in conditions.items()}
        return Observations._of(self._core.select(json.dumps(wanted)), self._kind)

    def printed_totals(self) -> Any:
        """Compare every printed total with the sum of the leaves that it contains.

        Returns
        -------
        table
            Codes of the total, ``over`` (what it is a total over), ``printed``, ``computed``, ``difference``, number
            of ``parts`` and of parts without a value (``missing``), and ``state``: ``agrees``, ``differs``,
            ``blank``, or ``absent`` for totals that are printed for other combinations but not for this one.

        Notes
        -----
        A total of a group whose list of members changes, such as the least developed countries, is made of those on the
        list at the end of the year before its ``vintage`` (or ``release_date``): publishers go by the list as they find
        it, for all years. Where neither is stated, each figure goes by the list of its own year.

        Examples
        --------
        >>> import migstat as ms
        >>> totals = ms.datasets.sri_lanka_departures().printed_totals()
        >>> sorted(totals.state.unique())
        ['absent', 'agrees']
        """
        return back(self._kind, self._core.printed_totals())

    def tables(self) -> pd.DataFrame:
        """List the printed tables that the figures come from.

        Returns
        -------
        pandas.DataFrame
            One row a table, by file, sheet and title as far as they are stated: its vintage, its measures and units,
            the number of figures, of those with a value, and of leaves.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.datasets.sri_lanka_departures().tables().leaves.tolist()
        [220, 253, 440]
        """
        import pandas as pd

        figures = self.figures.select(["definition", "value", "leaf"]).to_pandas()
        counts = figures.groupby("definition").agg(
            figures=("leaf", "size"), with_value=("value", "count"), leaves=("leaf", "sum")
        )
        definitions = self.definitions
        names = [name for name in ("file", "sheet", "table", "vintage") if name in definitions]
        joined = definitions.join(counts)
        joined["measures"] = joined["measure"].where(
            joined["unit"] == "persons", joined["measure"] + " in " + joined["unit"]
        )
        if not names:
            joined["table"] = ""
            names = ["table"]
        grouped = joined.groupby(names, dropna=False, sort=False)
        out = grouped.agg(
            measures=("measures", lambda said: ", ".join(dict.fromkeys(said))),
            figures=("figures", "sum"),
            with_value=("with_value", "sum"),
            leaves=("leaves", "sum"),
        ).reset_index()
        return pd.DataFrame(out)

    def to_arrow(self, *, full: bool = False) -> pa.Table:
        """Give the human view as a pyarrow table.

        Parameters
        ----------
        full : bool
            All columns, and the fields of the definitions joined.

        Returns
        -------
        pyarrow.Table
            See :meth:`to_pandas`.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.datasets.sri_lanka_departures().to_arrow().column_names[:4]
        ['definition', 'destination', 'year', 'sex']
        """
        return _view(self, labels=False, full=full)

    def to_pandas(self, *, labels: bool = False, full: bool = False) -> pd.DataFrame:
        """Give the human view: the columns that vary, and always value and leaf.

        Parameters
        ----------
        labels : bool
            English labels instead of codes.
        full : bool
            All columns, and the fields of the definitions joined.

        Returns
        -------
        pandas.DataFrame
            Codes are categories. ``year`` where all periods are calendar years (or stocks of one day a year), else
            ``period_start`` and ``period_end``.

        Examples
        --------
        >>> import migstat as ms
        >>> obs = ms.datasets.sri_lanka_departures().where(year=1996, leaf=True)
        >>> obs.to_pandas(labels=True).loc[0, ["destination", "sex", "skill"]].tolist()
        ['Saudi Arabia', 'Male', 'High-skilled']
        """
        frame: pd.DataFrame = _view(self, labels=labels, full=full).to_pandas()
        return frame

    def to_polars(self, *, labels: bool = False, full: bool = False) -> pl.DataFrame:
        """Give the human view as a polars frame.

        Parameters
        ----------
        labels, full : bool
            See :meth:`to_pandas`.

        Returns
        -------
        polars.DataFrame
            Codes are categoricals.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.datasets.sri_lanka_departures().to_polars().height > 800
        True
        """
        import polars as pl

        return pl.DataFrame(_view(self, labels=labels, full=full))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.figures.__arrow_c_stream__(requested_schema)

    def to_parquet(self, path: str | PathLike[str]) -> None:
        """Write figures, definitions and ledger to one Parquet file.

        Parameters
        ----------
        path : path
            The definitions and the ledger are in the file's metadata, under ``migstat.definitions`` (an Arrow stream)
            and ``migstat.ledger`` (JSON); the figures are an ordinary table that any tool reads.

        Examples
        --------
        >>> import migstat as ms, tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp(), "departures.parquet")
        >>> obs = ms.datasets.sri_lanka_departures()
        >>> obs.to_parquet(path)
        >>> ms.Observations.from_parquet(path).ledger == obs.ledger
        True
        """
        import pyarrow as pa
        from pyarrow import parquet

        sink = pa.BufferOutputStream()
        definitions = pa.table(self._core.definitions())
        with pa.ipc.new_stream(sink, definitions.schema) as writer:
            writer.write_table(definitions)
        metadata = {
            b"migstat.definitions": _encode(sink.getvalue().to_pybytes()),
            b"migstat.ledger": self._core.ledger().encode(),
            b"migstat.kind": self._kind.encode(),
        }
        parquet.write_table(self.figures.replace_schema_metadata(metadata), path, compression="zstd")

    @classmethod
    def from_parquet(cls, path: str | PathLike[str]) -> Observations:
        """Read what :meth:`to_parquet` wrote, and check it.

        Parameters
        ----------
        path : path
            The file.

        Returns
        -------
        Observations
            Equal to those written.

        Raises
        ------
        SchemaError
            If the file was not written by :meth:`to_parquet`.
        LedgerError
            If its figures are not those of its ledger.

        Examples
        --------
        >>> import migstat as ms, tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp(), "departures.parquet")
        >>> ms.datasets.sri_lanka_departures().where(year=1988).to_parquet(path)
        >>> ms.Observations.from_parquet(path).where(leaf=True).to_arrow()["value"].to_numpy().sum().item()
        18428.0
        """
        import pyarrow as pa
        from pyarrow import parquet

        figures = parquet.read_table(path)
        metadata = figures.schema.metadata or {}
        if b"migstat.definitions" not in metadata:
            message = f"{path} holds no definitions: it was not written by Observations.to_parquet"
            raise SchemaError(message)
        definitions = pa.ipc.open_stream(_decode(metadata[b"migstat.definitions"])).read_all()
        figures = figures.replace_schema_metadata(None)
        core = _core.observations(figures, definitions, metadata[b"migstat.ledger"].decode())
        made = cls._of(core, cast("Kind", metadata.get(b"migstat.kind", b"pandas").decode()))
        return made.check()

    def cite(self) -> str:
        """Say where the figures come from.

        Returns
        -------
        str
            One line for each publication: publisher, dataset, table, vintage, address, licence.

        Examples
        --------
        >>> import migstat as ms
        >>> print(ms.datasets.sri_lanka_departures().where(year=1988).cite())
        Sri Lanka Bureau of Foreign Employment...
        """
        from ._display import citations

        return "\n".join(citations(self))

    def __repr__(self) -> str:
        from ._display import observations_text

        return observations_text(self)

    def _repr_html_(self) -> str:
        from ._display import observations_html

        return observations_html(self)


def concat(parts: Iterable[Observations]) -> Observations:
    """Put several tables of observations into one.

    Parameters
    ----------
    parts : iterable of Observations
        Definitions that are equal become one.

    Returns
    -------
    Observations
        With the ledgers of all parts, one after the other.

    Raises
    ------
    SchemaError
        If there are no parts, or two of them hold the same figure of one definition.

    Examples
    --------
    >>> import migstat as ms
    >>> obs = ms.datasets.sri_lanka_departures()
    >>> both = ms.concat([obs.where(year=1988), obs.where(year=1996)])
    >>> len(both) == len(obs.where(year=[1988, 1996]))
    True
    """
    parts = list(parts)
    if not parts:
        message = "nothing to put together: concat needs at least one Observations"
        raise SchemaError(message)
    return Observations._of(_core.concatenate([part._core for part in parts]), parts[0]._kind)


def _kept(frame: Frame) -> ArrowTable:
    """Give a table that stays as it was checked; what is of Arrow already is not copied."""
    import pyarrow as pa

    given = table(frame)
    return given if library(frame) in ("polars", "pyarrow") else cast("ArrowTable", owned(frame, pa.table(given)))


def _several(value: object) -> Iterable[object]:
    return value if isinstance(value, Iterable) and not isinstance(value, str | bytes) else [value]


def _condition(value: object) -> str:
    if type(value).__name__ in ("bool", "bool_"):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _encode(data: bytes) -> bytes:
    import base64

    return base64.b64encode(data)


def _decode(data: bytes) -> bytes:
    import base64

    return base64.b64decode(data)


def _view(observations: Observations, *, labels: bool, full: bool) -> pa.Table:
    """Give the columns that vary (or all), with years instead of dates where they are years."""
    import pyarrow as pa
    import pyarrow.compute as pc

    figures = observations.figures
    columns: dict[str, Any] = {}
    for name in figures.column_names:
        if name == "period_end":
            continue
        if name == "period_start":
            columns |= _when(figures)
            continue
        column = figures.column(name)
        if full or name in ("value", "leaf") or (name not in _BACKSTAGE and _varies(column)):
            columns[name] = _labelled(observations, name, column) if labels else column
    if not full and "note" in figures.column_names and figures.column("note").null_count < len(figures):
        columns["note"] = figures.column("note")
    if full:
        fields = pa.table(observations._core.definitions())
        keys = figures.column("definition").combine_chunks()
        for name in fields.column_names[1:]:
            column = fields.column(name).combine_chunks()
            if column.null_count < len(column):
                column = column.dictionary_encode() if pa.types.is_string(column.type) else column
                columns[name] = pc.take(column, keys)
    return pa.table(columns)


def _varies(column: pa.ChunkedArray) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    if len(column) == 0:
        return False
    if pa.types.is_dictionary(column.type):
        keys = pa.chunked_array([chunk.indices for chunk in column.chunks])
        if column.num_chunks == 1:
            column = keys
    return bool(pc.count_distinct(column, mode="all").as_py() > 1)


def _when(figures: pa.Table) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    start, end = figures.column("period_start"), figures.column("period_end")
    year = pc.year(start)
    days = pc.subtract(end.cast(pa.int32()), start.cast(pa.int32()))
    january = pc.and_(pc.equal(pc.month(start), 1), pc.equal(pc.day(start), 1))
    whole = pc.and_(january, pc.and_(pc.equal(pc.year(end), pc.add(year, 1)), pc.less_equal(days, 366)))
    instants = pc.all(pc.equal(days, 0)).as_py()
    one_day = pc.count_distinct(pc.add(pc.multiply(pc.month(start), 100), pc.day(start))).as_py() == 1
    if len(figures) and (pc.all(whole).as_py() or (instants and one_day)):
        return {"year": year.cast(pa.int32())}
    return {"date": start} if len(figures) and instants else {"period_start": start, "period_end": end}


def _labelled(observations: Observations, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return column
    scheme = _core_scheme(observations, name)
    chunks = []
    for chunk in column.chunks:
        texts = [_core.label_of(name, code, scheme) for code in chunk.dictionary.to_pylist()]
        # Two codes of one label stay apart by their codes.
        twice = {text for text in texts if texts.count(text) > 1}
        codes = chunk.dictionary.to_pylist()
        texts = [f"{text} ({code})" if text in twice else text for text, code in zip(texts, codes, strict=True)]
        chunks.append(pa.DictionaryArray.from_arrays(chunk.indices, pa.array(texts, pa.string())))
    return pa.chunked_array(chunks)


def _core_scheme(observations: Observations, name: str) -> str | None:
    """Name the list that the codes of a dimension are of, where all definitions have the same."""
    import pyarrow as pa

    schemes = pa.table(observations._core.definitions()).column("schemes").unique().drop_null().to_pylist()
    dimension = name.removesuffix("_printed")
    lists = set()
    for part in (part for text in schemes for part in text.split("; ")):
        of, _, said = part.partition("=")
        read, _, wanted = said.partition(" as ")
        if of == dimension:
            lists.add(read if name != dimension else wanted or read)
    return lists.pop() if len(lists) == 1 else None
