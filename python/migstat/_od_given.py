"""Matrices made of arrays and of wide frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._od_dense import Dense, Label, everywhere, refuse_totals
from .errors import SchemaError
from .ledger import Ledger

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["of_array", "of_frame"]


def of_array(
    values: Any,
    origins: Sequence[Label],
    destinations: Sequence[Label] | None,
    axes: Mapping[str, Sequence[Label]] | None,
    rows: str,
    columns: str,
) -> Dense:
    """Check an array with its labels."""
    labels = {str(name): each for name, each in (axes or {}).items()}
    if rows == columns or rows in labels or columns in labels:
        message = f"two axes have one name: {', '.join([*labels, rows, columns])}"
        raise SchemaError(message)
    labels |= {rows: origins, columns: origins if destinations is None else destinations}
    checked = {name: _labels(name, each) for name, each in labels.items()}
    try:
        array = np.array(values, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        message = f"the array does not hold numbers only: {error}"
        raise SchemaError(message) from None
    shape = tuple(map(len, checked.values()))
    if array.shape != shape:
        said = ", ".join(f"{name} {len(each)}" for name, each in checked.items())
        message = f"the array has the shape {array.shape}, the labels are for {shape} ({said})"
        raise SchemaError(message)
    if np.isinf(array).any():
        where = np.argwhere(np.isinf(array))[0].tolist()
        said = ", ".join(str(each[at]) for each, at in zip(checked.values(), where, strict=True))
        message = f"the value of {said} is infinite"
        raise SchemaError(message)
    refuse_totals(checked)
    ledger = Ledger('{"steps": []}')
    return Dense(
        labels=checked,
        values=array,
        figures=(~np.isnan(array)).astype(np.int32),
        missing=everywhere(0, shape),
        definition=everywhere(0, shape),
        definitions=None,
        ledger=lambda: ledger,
        kind="pandas",
        fixed={},
    )


def _labels(name: str, given: Any) -> list[Label]:
    listed = [given] if isinstance(given, str) else list(given)
    labels: list[Label] = []
    for at, label in enumerate(listed):
        if label is None or label != label or label == "":
            message = f"{name}: label {at} is blank"
            raise SchemaError(message)
        whole = isinstance(label, int | np.integer) and not isinstance(label, bool)
        labels.append(int(label) if whole else str(label))
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        message = f"{name}: the label {twice!r} appears twice"
        raise SchemaError(message)
    if len({type(label) for label in labels}) > 1:
        message = f"{name}: some labels are text, some are numbers"
        raise SchemaError(message)
    return labels


def of_frame(frame: pd.DataFrame) -> Dense:
    """Check a wide frame: origins, and what comes before them, in the index, destinations in the columns."""
    import pandas as pd

    given: object = frame
    if not isinstance(given, pd.DataFrame):
        message = (
            f"expected a wide frame of pandas, found {type(given).__name__}; od_matrix takes long tables of any kind"
        )
        raise SchemaError(message)
    for at, (name, dtype) in enumerate(frame.dtypes.items()):
        if not pd.api.types.is_numeric_dtype(dtype) and not frame.iloc[:, at].isna().all():
            message = f"column {name!r} is {dtype}: expected numbers; origins belong into the index (frame.set_index)"
            raise SchemaError(message)
    index, names = frame.index, list(frame.index.names)
    rows = str(names[-1]) if names[-1] is not None else "origin"
    columns = str(frame.columns.name) if frame.columns.name is not None else "destination"
    numbers = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    if not isinstance(index, pd.MultiIndex):
        return of_array(numbers, list(index), list(frame.columns), None, rows, columns)
    if None in names:
        message = f"the levels of the index need names, such as ['year', 'origin']; found {names}"
        raise SchemaError(message)
    if index.has_duplicates:
        message = f"the index has {index[index.duplicated()][0]} twice"
        raise SchemaError(message)
    levels = [list(dict.fromkeys(index.get_level_values(k))) for k in range(index.nlevels)]
    place = [{label: at for at, label in enumerate(level)} for level in levels]
    codes = tuple(
        np.array([where[label] for label in index.get_level_values(k)], dtype=np.intp) for k, where in enumerate(place)
    )
    array = np.full((*map(len, levels), frame.shape[1]), np.nan)
    array[codes] = numbers
    axes = {str(name): level for name, level in zip(names[:-1], levels[:-1], strict=True)}
    return of_array(array, levels[-1], list(frame.columns), axes, rows, columns)
