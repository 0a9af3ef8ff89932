"""Margins, net flows and pairs of a matrix, as long tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from ._frame import back
from ._od_dense import Dense, Label
from ._od_ledger import refuse_mixed
from ._od_shape import squared, without_diagonal
from .errors import SchemaError, one_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["Margins", "Policy", "bilateral", "column", "margins", "mirrored", "net_by_area", "wide", "with_margins"]

Policy = Literal["nan", "ignore"]


class Margins(NamedTuple):
    """Totals of a matrix: tables of ``value`` and of ``missing``, the number of cells without a value."""

    #: One row for each label of the rows: all that leave an origin.
    origins: Any
    #: One row for each label of the columns: all that enter a destination.
    destinations: Any
    #: One row for each slice.
    total: Any


def _sums(dense: Dense, over: str, policy: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Add up rows, columns or everything, and count the cells that are not known."""
    known = ~np.isnan(dense.values)
    # Nobody expects a figure of those who go where they are; of moves within a group there may be one.
    groups = "." in dense.axes[-1]
    expected = ~dense.diagonal() | ((dense.figures > 0) if groups else False)
    gaps = (~known | (dense.missing > 0)) & (expected | known)
    lead = dense.values.shape[:-2]

    def laid(array: NDArray[Any]) -> NDArray[Any]:
        """Lay out what is added up side by side: numpy then adds in pairs, which keeps the digits."""
        if over == "all":
            return array.reshape(*lead, array.shape[-2] * array.shape[-1])
        return array if over == "columns" else np.ascontiguousarray(np.swapaxes(array, -1, -2))

    count = laid(gaps).sum(axis=-1)
    there = laid(known).any(axis=-1)
    if policy == "nan":
        there &= count == 0
    return np.where(there, laid(np.where(known, dense.values, 0.0)).sum(axis=-1), np.nan), count


def margins(dense: Dense, policy: str) -> Margins:
    """Add up by row, by column and by slice."""
    one_of("missing", policy, ("nan", "ignore"))
    refuse_mixed(dense, "a margin")
    first, second = dense.axes[-2:]
    tables = []
    for over, names in (("columns", [first]), ("rows", [second]), ("all", [])):
        value, count = _sums(dense, over, policy)
        tables.append(back(dense.kind, _long(dense, [*dense.by, *names], {"value": value, "missing": count})))
    return Margins(*tables)


def with_margins(dense: Dense, policy: str, label: str) -> pd.DataFrame:
    """Give the wide frame with a row and a column of totals."""
    one_of("missing", policy, ("nan", "ignore"))
    refuse_mixed(dense, "a margin")
    for name, labels in zip(dense.axes[-2:], dense.ends, strict=True):
        if label in labels:
            message = f"{name} has {label!r} already: choose another label= for the totals"
            raise SchemaError(message)
    total = _sums(dense, "all", policy)[0][..., None]
    down = np.concatenate([_sums(dense, "rows", policy)[0], total], axis=-1)
    across = _sums(dense, "columns", policy)[0][..., None]
    whole = np.concatenate([np.concatenate([dense.values, across], axis=-1), down[..., None, :]], axis=-2)
    first, second = dense.axes[-2:]
    rows, columns = dense.ends
    return wide(dense.labels | {first: [*rows, label], second: [*columns, label]}, whole)


def wide(labels: dict[str, list[Label]], values: NDArray[np.float64]) -> pd.DataFrame:
    """Give a frame with a column for each label of the last axis."""
    import pandas as pd

    *before, last = labels
    columns = pd.Index(labels[last], name=last)
    if len(before) == 1:
        index = pd.Index(labels[before[0]], name=before[0])
    else:
        index = pd.MultiIndex.from_product([labels[name] for name in before], names=before)
    return pd.DataFrame(values.reshape(len(index), len(columns)).copy(), index=index, columns=columns)


def column(labels: Sequence[Label], places: NDArray[Any]) -> pa.Array:
    """Give labels by their places: text as categories, whole numbers as they are."""
    import pyarrow as pa

    if labels and all(isinstance(label, int) for label in labels):
        numbers = np.asarray(labels, dtype=np.int64)
        small = bool((np.abs(numbers) < 2**31).all())
        return pa.array(numbers[places], pa.int32() if small else pa.int64())
    words = pa.array([str(label) for label in labels], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), words)


def _long(dense: Dense, names: Sequence[str], numbers: dict[str, NDArray[Any]]) -> pa.Table:
    """Give one row for each combination of labels."""
    import pyarrow as pa

    shape = tuple(len(dense.labels[name]) for name in names)
    places = np.indices(shape).reshape(len(shape), int(np.prod(shape)))
    arrays = {name: column(dense.labels[name], at) for name, at in zip(names, places, strict=True)}
    return pa.table(arrays | {name: pa.array(each.ravel(), from_pandas=True) for name, each in numbers.items()})


def mirrored(dense: Dense, sign: int) -> Dense:
    """Give the flows less their counter-flows (-1), or the mean of both (1)."""
    dense = squared(dense)
    refuse_mixed(dense, "a flow and its counter-flow")
    turned = np.swapaxes(dense.values, -1, -2)
    values = dense.values - turned if sign < 0 else (dense.values + turned) / 2
    both, itself = ~np.isnan(values), dense.itself()

    def counted(array: NDArray[np.int32]) -> NDArray[np.int32]:
        twice = np.where(itself, array, array + np.swapaxes(array, -1, -2))
        return np.where(both, twice, 0).astype(np.int32)

    return replace(
        dense,
        values=values,
        figures=counted(dense.figures),
        missing=counted(dense.missing),
        definition=np.maximum(dense.definition, np.swapaxes(dense.definition, -1, -2)),
    )


def net_by_area(dense: Dense, policy: str) -> Any:
    """Give inflow, outflow and net of each area; moves within an area are no migration."""
    one_of("missing", policy, ("nan", "ignore"))
    dense = without_diagonal(squared(dense), residuals=True)
    refuse_mixed(dense, "a net flow")
    (outflow, no_out), (inflow, no_in) = (_sums(dense, over, policy) for over in ("columns", "rows"))
    numbers = {"inflow": inflow, "outflow": outflow} | _exchange(inflow, outflow) | {"missing": no_in + no_out}
    renamed = replace(dense, labels={("area" if at == dense.axes[-2] else at): v for at, v in dense.labels.items()})
    return back(dense.kind, _long(renamed, [*dense.by, "area"], numbers))


def bilateral(dense: Dense) -> Any:
    """Give one row for each pair of areas that has a figure in either direction."""
    import pyarrow as pa

    first, second = dense.axes[-2:]
    dense = squared(dense)
    refuse_mixed(dense, "a flow and its counter-flow")
    a, b = np.triu_indices(len(dense.ends[0]), 1)
    flow, counter = dense.values[..., a, b], dense.values[..., b, a]
    there = ((dense.figures[..., a, b] + dense.figures[..., b, a]) > 0) | ~np.isnan(flow) | ~np.isnan(counter)
    *lead, pair = np.nonzero(there)
    arrays = {name: column(dense.labels[name], at) for name, at in zip(dense.by, lead, strict=True)}
    arrays |= {first: column(dense.ends[0], a[pair]), second: column(dense.ends[0], b[pair])}
    flow, counter = flow[there], counter[there]
    gaps = (dense.missing[..., a, b] + dense.missing[..., b, a])[there]
    numbers = {"flow": flow, "counter_flow": counter} | _exchange(flow, counter) | {"missing": gaps}
    return back(
        dense.kind, pa.table(arrays | {name: pa.array(each, from_pandas=True) for name, each in numbers.items()})
    )


def _exchange(flow: NDArray[np.float64], counter: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Give what two opposite flows come to."""
    net, gross = flow - counter, flow + counter
    share = np.divide(np.abs(net), gross, out=np.full(gross.shape, np.nan), where=gross > 0)
    return {"net": net, "interchange": gross, "effectiveness": share}
