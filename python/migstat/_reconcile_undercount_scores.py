"""Scores of undercount from several sources, and what a survey says of a register."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from ._areas_column import as_arrow, index_of, whole
from ._frame import numbers_back, table as table_of
from ._reconcile_undercount_pairs import Array, floats
from .errors import SchemaError, one_of

__all__ = ["column_of_numbers", "combine_scores", "lfs_undercount"]


def combine_scores(
    expert: Any,
    metadata: Any,
    model: Any,
    *,
    weights: Mapping[str, float] | None = None,
    missing: Literal["keep", "reweight"] = "keep",
) -> Any:
    """Combine scores of undercount by experts, by metadata and by the model of bilateral ratios.

    Parameters
    ----------
    expert, metadata, model : float or column
        Scores from 0 (no undercount) to 1, missing where there is none; columns of one length.
    weights : mapping, optional
        Weights by name; unless given, 0.2 of ``expert``, 0.1 of ``metadata`` and 0.7 of ``model``.
    missing : {"keep", "reweight"}
        Where a score is missing: the combined one is missing too, or the mean is of those that are known.

    Returns
    -------
    float or column
        The weighted mean, of the kind of the first that is a column.

    Raises
    ------
    SchemaError
        For scores outside 0 to 1, for weights that are none, and for columns of unlike lengths or indexes.

    Notes
    -----
    The weights are those of *UndercountMigScores* (M. Dańko), where experts, metadata and model are combined so.

    Examples
    --------
    >>> import migstat as ms
    >>> round(ms.reconcile.combine_scores(0.25, 0.0, 1.0), 3)
    0.75
    >>> ms.reconcile.combine_scores([0.5, None], [0.5, 0.5], [0.5, 0.75], missing="reweight")
    [0.5, 0.71875]
    """
    one_of("missing", missing, ("keep", "reweight"))
    given = {"expert": expert, "metadata": metadata, "model": model}
    shares = _weights(weights, tuple(given))
    scores, like = _columns(given)
    for name, column in scores.items():
        wrong = ~np.isnan(column) & ~((column >= 0) & (column <= 1))
        if wrong.any():
            row = int(np.argmax(wrong))
            message = f"{name}, row {row}: {column[row]:g} is no score from 0 (no undercount) to 1"
            raise SchemaError(message)
    stacked = np.stack(list(scores.values()))
    weight = np.array([shares[name] for name in scores])[:, None]
    known = ~np.isnan(stacked) if missing == "reweight" else np.ones(stacked.shape, bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, stacked * weight, 0.0).sum(axis=0) / np.where(known, weight, 0.0).sum(axis=0)
    return _like(like, mean, "score")


def lfs_undercount(not_registered: Any, migrants: Any, registered: Any) -> tuple[Any, Any]:
    """Estimate how many migrants a register misses from a survey that asks whether one is registered.

    Parameters
    ----------
    not_registered : float or column
        Migrants in the survey who are not in the register (V).
    migrants : float or column
        All migrants in the survey (N).
    registered : float or column
        Migrants in the register (M).

    Returns
    -------
    tuple
        How many the register misses, and the share of all that this is; missing where the survey has no migrant, the
        first also where it has none that is registered.

    Raises
    ------
    SchemaError
        For numbers below 0, more that are not registered than there are, and columns of unlike lengths or
        indexes.

    Notes
    -----
    U = V M / (N - V), S = U / (U + M) = V / N: the labour force survey is taken to find both kinds alike
    (*UndercountMigScores*, undercount by the Labour Force Survey).

    Examples
    --------
    >>> import migstat as ms
    >>> ms.reconcile.lfs_undercount(20, 100, 4000)
    (1000.0, 0.2)
    """
    columns, like = _columns({"not_registered": not_registered, "migrants": migrants, "registered": registered})
    for name, column in columns.items():
        if (wrong := column < 0).any():
            row = int(np.argmax(wrong))
            message = f"{name}, row {row}: {column[row]:g} is no number of people"
            raise SchemaError(message)
    absent, sampled, counted = columns.values()
    if (wrong := absent > sampled).any():
        row = int(np.argmax(wrong))
        message = f"row {row}: {absent[row]:g} migrants of the survey are not registered, of {sampled[row]:g} in all"
        raise SchemaError(message)
    with np.errstate(invalid="ignore", divide="ignore"):
        missed = np.where(absent < sampled, absent * counted / (sampled - absent), math.nan)
        share = np.where(sampled > 0, absent / sampled, math.nan)
    return _like(like, missed, "undercount"), _like(like, share, "share")


def column_of_numbers(values: Any, name: str) -> Array:
    """Give a column of numbers as an array, NaN where one is missing."""
    import pyarrow as pa

    try:
        if isinstance(values, list | tuple):
            values = pa.array(values, pa.float64(), from_pandas=True)
        table = as_arrow(table_of({name: values}))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        message = f"{name}: {error}"
        raise SchemaError(message) from None
    return floats(table, name)


def _columns(given: Mapping[str, Any]) -> tuple[dict[str, Array], Any]:
    """Give numbers and columns as arrays of one length, and the first of them that is a column."""
    like, columns = None, {}
    given_columns: list[Any] = []
    for name, value in given.items():
        absent = value is None or type(value).__name__ in ("NAType", "NaTType")
        if absent or isinstance(value, numbers.Real):
            columns[name] = np.array([math.nan if absent else float(value)])
            continue
        found = whole(value)
        like = found if like is None else like
        given_columns.append(found)
        columns[name] = column_of_numbers(found, name)
    lengths = {name: len(column) for name, column in columns.items() if len(column) != 1 or like is None}
    if len(set(lengths.values())) > 1:
        message = f"columns of unlike lengths: {lengths}"
        raise SchemaError(message)
    index_of(*given_columns)
    longest = max(map(len, columns.values())) if not lengths else max(lengths.values())
    return {name: np.broadcast_to(column, longest).copy() for name, column in columns.items()}, like


def _like(like: Any, values: Array, name: str) -> Any:
    """Give numbers back as the column that came in, or as one number."""
    return float(values[0]) if like is None else numbers_back(like, values, name, index_of(like))


def _weights(weights: Mapping[str, Any] | None, names: Sequence[str]) -> dict[str, float]:
    found = {"expert": 0.2, "metadata": 0.1, "model": 0.7} if weights is None else dict(weights)
    if set(found) == set(names) and all(map(_is_weight, found.values())) and sum(found.values()) > 0:
        return {name: float(found[name]) for name in names}
    message = f"weights={weights!r}: expected numbers of at least 0 for {', '.join(names)}, not all 0"
    raise SchemaError(message)


def _is_weight(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, numbers.Real) and 0 <= float(value) < math.inf
