"""Other labels for the same cells: selections, fixed lists of areas, areas put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ._od_dense import Dense, Label, everywhere, near_said, place_of
from ._od_ledger import finding, refuse_mixture, with_step
from .errors import SchemaError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["filled", "fixed_areas", "put_together", "selected", "squared", "without_diagonal"]


def selected(dense: Dense, wanted: dict[str, Any]) -> Dense:
    """Keep some labels of some axes; an axis of which one label is wanted goes, unless it is one of the last two."""
    labels, fixed = dict(dense.labels), dict(dense.fixed)
    places: list[list[int]] = [list(range(len(each))) for each in labels.values()]
    gone = []
    for name, given in wanted.items():
        if name not in labels:
            message = f"the matrix has no axis {name!r}{near_said(name, dense.axes)}; it has "
            raise SchemaError(message + ", ".join(dense.axes))
        at, known = dense.axes.index(name), dense.labels[name]
        single = isinstance(given, str) or not isinstance(given, Iterable)
        places[at] = [place_of(name, each, known) for each in ([given] if single else given)]
        if len(set(places[at])) < len(places[at]):
            message = f"{name}: a label is named twice"
            raise SchemaError(message)
        labels[name] = [known[k] for k in places[at]]
        if single and name in dense.by:
            gone.append(at)
            fixed[name] = labels.pop(name)[0]

    def taken(array: NDArray[Any]) -> NDArray[Any]:
        for at in reversed(range(array.ndim)):
            if at in gone:
                array = array[(slice(None),) * at + (places[at][0],)]
            elif len(places[at]) < array.shape[at] or places[at] != sorted(places[at]):
                array = np.take(array, places[at], axis=at)
        return array if not any(array.strides) else np.ascontiguousarray(array)

    after = _arrays(dense, taken, labels=labels, fixed=fixed)

    def ledger() -> Any:
        left = np.ones(dense.values.shape, dtype=bool)
        left[np.ix_(*places)] = False
        return with_step("sel", dense, after, {"not selected": left})

    return replace(after, ledger=ledger)


def _arrays(dense: Dense, change: Callable[[NDArray[Any]], NDArray[Any]], **other: Any) -> Dense:
    return replace(
        dense,
        values=change(dense.values),
        figures=change(dense.figures),
        missing=change(dense.missing),
        definition=change(dense.definition),
        **other,
    )


def _aligned(dense: Dense, rows: Sequence[Label], columns: Sequence[Label]) -> Dense:
    """Give the same cells under other lists of labels; places that were not there have no figure."""
    places = []
    for new, old in zip((rows, columns), dense.ends, strict=True):
        at = {label: k for k, label in enumerate(old)}
        places.append(np.array([at.get(label, -1) for label in new], dtype=np.intp))
    shape = (*dense.values.shape[:-2], len(rows), len(columns))

    def moved(array: NDArray[Any], empty: float) -> NDArray[Any]:
        if not array.size:
            return np.full(shape, empty, dtype=array.dtype)
        if not any(array.strides):
            return everywhere(int(array.flat[0]), shape)
        new = np.take(np.take(array, places[0], axis=-2), places[1], axis=-1)
        new[..., places[0] < 0, :] = empty
        new[..., places[1] < 0] = empty
        return new

    first, second = dense.axes[-2:]
    return replace(
        dense,
        labels=dense.labels | {first: list(rows), second: list(columns)},
        values=moved(dense.values, np.nan),
        figures=moved(dense.figures, 0),
        missing=moved(dense.missing, 0),
        definition=moved(dense.definition, -1),
    )


def fixed_areas(dense: Dense, areas: Sequence[Label]) -> Dense:
    """Give a square matrix of the areas wanted; what lies outside is set aside."""
    after = _aligned(dense, areas, areas)

    def ledger() -> Any:
        rows, columns = (np.array([label not in areas for label in labels], dtype=bool) for labels in dense.ends)
        r, c = np.broadcast_arrays(rows[:, None], columns[None, :])
        first, second = dense.axes[-2:]
        reasons = {
            f"{first} not among areas=": r & ~c,
            f"{second} not among areas=": c & ~r,
            f"{first} and {second} not among areas=": r & c,
        }
        return with_step("od_matrix", dense, after, reasons)

    return replace(after, ledger=ledger)


def filled(dense: Dense) -> Dense:
    """Take places without any figure as 0."""
    empty = (dense.figures == 0) & np.isnan(dense.values)
    said = f"{int(empty.sum()):,} places without any figure are taken as 0 (fill=0)"
    after = replace(dense, values=np.where(empty, 0.0, dense.values))
    step = lambda: with_step("fill", dense, after, {}, [finding("assumption", said)])  # noqa: E731
    return replace(after, ledger=step) if empty.any() else dense


def without_diagonal(dense: Dense, *, residuals: bool = False) -> Dense:
    """Take out the cells whose row and column are the same, also of residuals if wanted."""
    diagonal = np.broadcast_to(dense.itself() if residuals else dense.diagonal(), dense.values.shape)
    after = replace(
        dense,
        values=np.where(diagonal, np.nan, dense.values),
        figures=np.where(diagonal, np.int32(0), dense.figures),
        missing=np.where(diagonal, np.int32(0), dense.missing),
    )
    first, second = dense.axes[-2:]
    reason = f"{first} and {second} are the same"
    return replace(after, ledger=lambda: with_step("without_diagonal", dense, after, {reason: diagonal}))


def squared(dense: Dense) -> Dense:
    """Give rows and columns the same labels: those of the rows, then those that are columns only."""
    rows, columns = dense.ends
    if not dense.alike:
        first, second = dense.axes[-2:]
        message = f"rows are {first} and columns are {second}: a flow has a counter-flow only among areas of one kind"
        raise SchemaError(message)
    if rows == columns:
        return dense
    there = set(rows)
    both = [*rows, *(label for label in columns if label not in there)]
    return _aligned(dense, both, both)


def put_together(
    dense: Dense, rows: list[Label], columns: list[Label], place: Callable[[int], NDArray[np.intp]], what: str
) -> Dense:
    """Add up cells that get one place.

    ``place`` gives, for each slice, the new place of each cell, counted row by row. Values that are known are added;
    a place has none where nothing is known.
    """
    shape, size = (*dense.values.shape[:-2], len(rows), len(columns)), len(rows) * len(columns)
    slices = int(np.prod(shape[:-2]))
    old = [
        each.reshape(slices, -1) if each.size else np.zeros((slices, 0), each.dtype)
        for each in (dense.values, dense.figures, dense.missing, dense.definition)
    ]
    new = [np.full((slices, size), np.nan), *(np.zeros((slices, size), np.int32) for _ in range(2))]
    keys, mixed = np.full((slices, size), -1, np.int32), dense.mixed
    for at in range(slices):
        index, values = place(at).ravel(), old[0][at]
        known = ~np.isnan(values)
        count = np.bincount(index[known], minlength=size)
        new[0][at] = np.where(count > 0, np.bincount(index[known], values[known], size), np.nan)
        for which in (1, 2):
            new[which][at] = np.bincount(index, old[which][at], size)
        if mixed:
            there = old[1][at] > 0
            low = np.full(size, np.iinfo(np.int32).max)
            np.minimum.at(low, index[there], old[3][at][there])
            np.maximum.at(keys[at], index[there], old[3][at][there])
            wrong = np.flatnonzero((keys[at] >= 0) & (low < keys[at]))
            if len(wrong):
                refuse_mixture(dense, what, int(low[wrong[0]]), int(keys[at][wrong[0]]))
    first, second = dense.axes[-2:]
    single = int(dense.definition.max(initial=-1))
    return replace(
        dense,
        labels=dense.labels | {first: rows, second: columns},
        values=new[0].reshape(shape),
        figures=new[1].reshape(shape).astype(np.int32),
        missing=new[2].reshape(shape).astype(np.int32),
        definition=keys.reshape(shape) if mixed else everywhere(single, shape),
    )
