"""Labelled origin × destination arrays: what one is made of, and the way from a source to it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from ._aggregate import aggregate
from ._aggregated import Aggregate
from ._frame import kind_of, table, without_views
from .errors import CodeError, SchemaError
from .ledger import Ledger
from .observations import Observations

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from ._typing import Frame, Kind

__all__ = [
    "Dense",
    "Label",
    "Membership",
    "_dense",
    "coded",
    "everywhere",
    "near_said",
    "numbers_of",
    "place_of",
    "ranked",
    "refuse_totals",
    "refuse_unknown",
]

Label: TypeAlias = str | int
Membership: TypeAlias = 'Literal["period", "current"] | int'


@dataclass(frozen=True)
class Dense:
    """Arrays of one shape with the labels of their axes; the last two are rows and columns."""

    #: Name of each axis -> its labels.
    labels: dict[str, list[Label]]
    #: NaN where there is no value.
    values: NDArray[np.float64]
    #: How many figures a cell holds: 0 where there is none.
    figures: NDArray[np.int32]
    #: How many of them have no value.
    missing: NDArray[np.int32]
    #: Key of the definition of each cell that holds figures.
    definition: NDArray[np.int32]
    #: The definitions, as the core lists them; None where none is stated.
    definitions: pa.Table | None
    #: How it came about, made when somebody asks.
    ledger: Callable[[], Ledger]
    kind: Kind
    #: What was selected: name -> its one label.
    fixed: dict[str, Label]
    #: Areas or corridors that are part of a residual.
    lumped: tuple[Any, ...] = ()

    @property
    def axes(self) -> list[str]:
        """Names of the axes."""
        return list(self.labels)

    @property
    def by(self) -> list[str]:
        """Names of the axes before the last two."""
        return self.axes[:-2]

    @property
    def ends(self) -> tuple[list[Label], list[Label]]:
        """Labels of the rows and of the columns."""
        rows, columns = self.axes[-2:]
        return self.labels[rows], self.labels[columns]

    @property
    def alike(self) -> bool:
        """Whether rows and columns are areas, or groups of one system: LKA may be in both."""
        rows, columns = (name.partition(".")[2] for name in self.axes[-2:])
        return rows == columns

    @property
    def mixed(self) -> bool:
        """Whether the cells are of several definitions."""
        if not any(self.definition.strides):
            return False
        return len(np.unique(self.definition[self.figures > 0])) > 1

    def itself(self) -> NDArray[np.bool_]:
        """Where row and column have one label."""
        rows, columns = (np.array(labels, dtype=object) for labels in self.ends)
        if not self.alike:
            return np.zeros((len(rows), len(columns)), dtype=bool)
        return np.asarray(rows[:, None] == columns[None, :], dtype=bool)

    def diagonal(self) -> NDArray[np.bool_]:
        """Where row and column are the same; those who go from one unnamed area to another are not there."""
        unnamed = np.array([str(label).startswith("_") for label in self.ends[0]], dtype=bool)
        return np.asarray(self.itself() & ~unnamed[:, None], dtype=bool)


def _dense(
    source: Observations | Aggregate | Frame,
    names: Sequence[str],
    value: str,
    membership: Membership,
    across: Sequence[str],
    threads: int | None,
) -> Dense:
    """Go from a source to the labels of every axis and one flat array: the one place that does."""
    import pyarrow as pa

    made: Aggregate | None = source if isinstance(source, Aggregate) else None
    if isinstance(source, Observations):
        made = aggregate(source, names, membership=membership, across=across, threads=threads)
    elif membership != "period" or across:
        message = "membership= and across= say how observations are added up; this is a table of sums already"
        raise SchemaError(message)
    cells = pa.table(table(source)) if made is None else made.to_arrow()
    for name in (*names, value):
        if name not in cells.column_names:
            message = f"the cells have no {name!r}{near_said(name, cells.column_names)}; they have "
            raise SchemaError(message + ", ".join(map(repr, cells.column_names)))
    codes, labels = zip(*(coded(cells.column(name), name) for name in names), strict=True)
    refuse_totals(dict(zip(names, labels, strict=True)))
    if made is not None:
        natural = [ranked(*each) for each in zip(names, codes, labels, strict=True)]
        codes, labels = zip(*natural, strict=True)
    shape = tuple(map(len, labels))
    index = np.zeros(len(cells), dtype=np.intp)
    for code, size in zip(codes, shape, strict=True):
        index = index * size + code
    if not isinstance(source, Observations):
        _refuse_repeats(index, int(np.prod(shape)), names, labels, shape)

    def scattered(column: NDArray[Any], empty: float, dtype: type) -> NDArray[Any]:
        flat: NDArray[Any] = np.full(int(np.prod(shape)), empty, dtype=dtype)
        flat[index] = column
        return flat.reshape(shape)

    values = numbers_of(cells.column(value), value)
    counts = {"figures": np.ones(len(cells)), "missing": np.isnan(values)}
    counts |= {name: numbers_of(cells.column(name), name) for name in counts if name in cells.column_names}
    keys = numbers_of(cells.column("definition"), "definition") if "definition" in cells.column_names else np.zeros(0)
    low, high = (int(keys.min()), int(keys.max())) if len(keys) else (0, 0)
    ledger = Ledger('{"steps": []}') if made is None else made.ledger
    return Dense(
        labels=dict(zip(names, labels, strict=True)),
        values=scattered(values, np.nan, np.float64),
        figures=scattered(counts["figures"], 0, np.int32),
        # What is the same everywhere takes no room.
        missing=scattered(counts["missing"], 0, np.int32) if counts["missing"].any() else everywhere(0, shape),
        definition=scattered(keys, -1, np.int32) if low < high else everywhere(low, shape),
        definitions=None if made is None else pa.table(made._core.definitions()),
        ledger=lambda: ledger,
        kind=kind_of(source) if made is None else made._kind,
        fixed={},
    )


def everywhere(number: int, shape: tuple[int, ...]) -> NDArray[np.int32]:
    """Give an array that holds one number everywhere and takes no room."""
    return np.broadcast_to(np.int32(number), shape)


def coded(column: pa.ChunkedArray, name: str) -> tuple[NDArray[np.intp], list[Label]]:
    """Give a column as positions in a list of labels, which are those that occur."""
    import pyarrow as pa

    if column.null_count:
        row = column.is_null().to_pylist().index(True)
        message = f"row {row} has no {name}"
        raise SchemaError(message)
    column = without_views(column)
    kind = column.type
    if pa.types.is_dictionary(kind) and not _is_text(kind.value_type):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_floating(kind):
        try:
            column, kind = column.cast(pa.int64()), pa.int64()
        except pa.ArrowInvalid:
            message = f"{name} has fractions: expected codes or whole numbers"
            raise SchemaError(message) from None
    if pa.types.is_integer(kind):
        found, codes = np.unique(column.to_numpy(), return_inverse=True)
        return codes.astype(np.intp), found.tolist()
    if not pa.types.is_dictionary(kind):
        column = column.cast(pa.string()).dictionary_encode()
    array = column.unify_dictionaries().combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # one chunk, in some versions
        array = array.chunk(0) if array.num_chunks else pa.array([], array.type)
    words = array.dictionary.to_pylist()
    keys = np.asarray(array.indices).astype(np.intp)
    used = np.zeros(len(words), dtype=bool)
    used[keys] = True
    return (np.cumsum(used) - 1)[keys], [str(words[at]) for at in np.flatnonzero(used)]


#: Codes that are no places on a scale, and stand last.
_SPECIAL = ("", "_O", "_U", "_T")


def ranked(name: str, codes: NDArray[np.intp], labels: list[Label]) -> tuple[NDArray[np.intp], list[Label]]:
    """Put labels in their natural order: levels from low to high, ages by their bounds, special codes last."""

    def rank(at: int) -> tuple[int, int, int, str]:
        label = str(labels[at])
        if label in _SPECIAL:
            return (1, _SPECIAL.index(label), 0, "")
        if name == "skill" and label in ("low", "medium", "high"):
            return (0, ("low", "medium", "high").index(label), 0, "")
        if name == "age" and (bounds := [int(digits) for digits in re.findall(r"\d+", label)]):
            first = 0 if "LT" in label else bounds[0]
            return (0, first, 999 if "GE" in label else bounds[-1], "")
        return (0, 999, at if isinstance(labels[at], int) else 0, label)

    order = sorted(range(len(labels)), key=rank)
    new = np.empty(len(order), dtype=np.intp)
    new[order] = np.arange(len(order))
    return new[codes], [labels[at] for at in order]


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_large_string(kind) or pa.types.is_string(kind))


def numbers_of(column: pa.ChunkedArray, name: str) -> NDArray[np.float64]:
    """Give a column as numbers, NaN where there is none."""
    import pyarrow as pa

    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)):
        message = f"{name} is a column of {kind}: expected numbers"
        raise SchemaError(message)
    numbers: NDArray[np.float64] = np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
    if np.isinf(numbers).any():
        message = f"{name}, row {int(np.flatnonzero(np.isinf(numbers))[0])}: infinite"
        raise SchemaError(message)
    return numbers


def refuse_totals(labels: dict[str, list[Label]]) -> None:
    """Refuse a total among the rows or columns: it would be added to its own parts."""
    for name in list(labels)[-2:]:
        if "_T" in labels[name] and len(labels[name]) > 1:
            message = f"{name} has the total _T beside its parts: leave it out, margins() adds them up"
            raise SchemaError(message)


def refuse_unknown(name: str, codes: Sequence[Label]) -> None:
    """Refuse what is no code of an area, with the codes of near names."""
    from ._areas_known import known
    from ._areas_words import near, near_said as areas_said

    for code in codes:
        if str(code) not in known() and not str(code).startswith("grp:"):
            found = areas_said(near(str(code)))
            message = f"{name}: {code!r} is no code of an area{f'; near it: {found}' if found else ''}"
            raise CodeError(message)


def _refuse_repeats(
    index: NDArray[np.intp], size: int, names: Sequence[str], labels: Sequence[list[Label]], shape: tuple[int, ...]
) -> None:
    seen = np.zeros(size, dtype=bool)
    seen[index] = True
    if int(seen.sum()) == len(index):
        return
    order = np.argsort(index, kind="stable")
    at = int(np.flatnonzero(np.diff(index[order]) == 0)[0])
    where = np.unravel_index(index[order[at]], shape)
    said = ", ".join(f"{name} {each[int(k)]}" for name, each, k in zip(names, labels, where, strict=True))
    message = (
        f"rows {order[at]} and {order[at + 1]} both stand for {said}: put what tells them apart among by=, "
        "or add them up first"
    )
    raise SchemaError(message)


def near_said(word: object, known: Sequence[object]) -> str:
    """Ask whether a near name was meant."""
    found = difflib.get_close_matches(str(word), [str(one) for one in known], n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def place_of(name: str, label: object, labels: Sequence[Label]) -> int:
    """Give the position of a label on an axis."""
    for at, each in enumerate(labels):
        if each == label or str(each) == str(label):
            return at
    listed = ", ".join(map(repr, labels[:12])) + (" ..." if len(labels) > 12 else "")
    message = f"{name} has no {label!r}{near_said(label, labels)}; it has {listed}"
    raise CodeError(message)
