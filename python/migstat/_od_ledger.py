"""What operations on matrices did with every figure, for the ledger; made only when somebody asks for it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import DefinitionError
from .ledger import Ledger

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._od_dense import Dense

__all__ = ["finding", "refuse_mixed", "refuse_mixture", "with_step"]

_TITLE = ("measure", "reporter", "coverage", "dataset", "table", "vintage")
#: Where figures were printed, which does not change what they mean.
_PRINTED = {"definition", "publisher", "url", "licence", "caveat", "file", "sheet", "release_date", "break_before"}
_EXAMPLES = 5
_NONE: dict[str, Any] = {"rows": 0, "missing": 0, "value": []}


def finding(severity: str, message: str) -> dict[str, Any]:
    """Say what an operation saw."""
    return {"severity": severity, "message": message, "tally": _NONE, "examples": []}


def with_step(
    operation: str,
    before: Dense,
    after: Dense,
    set_aside: Mapping[str, NDArray[np.bool_]],
    findings: Sequence[dict[str, Any]] = (),
    *,
    sums: bool = False,
) -> Ledger:
    """Append one step: every side is counted on its own, by definition.

    Where cells were added up (``sums``), the totals may differ by rounding, and by nothing else.
    """
    accounts = []
    for key, account in _accounts(before):
        taken = _tally(before, before.definition == key)
        out = _tally(after, after.definition == key)
        asides: list[dict[str, Any]] = []
        for reason, where in set_aside.items():
            mine = (before.definition == key) & where & _filled(before)
            if mine.any():
                asides.append({"reason": reason, "tally": _tally(before, mine), "examples": _examples(before, mine)})
        gone: list[list[float]] = [out["value"], *(each["tally"]["value"] for each in asides)]
        left = _exact([*taken["value"], *(-number for each in gone for number in each)])
        adjustments = []
        if sums and left and abs(left[0]) <= 1e-9 * np.nansum(np.abs(before.values)):
            adjustments = [{"reason": "rounding", "tally": _NONE | {"value": left}, "examples": []}]
        accounts.append(account | {"taken": taken, "out": out, "set_aside": asides, "adjustments": adjustments})
    step = {"operation": operation, "accounts": accounts, "findings": list(findings)}
    return Ledger(json.dumps({"steps": [*before.ledger().steps, step]}))


def _accounts(dense: Dense) -> list[tuple[int, dict[str, Any]]]:
    """Open an account for each definition that has cells."""
    used = set(np.unique(dense.definition[_filled(dense)]).tolist())
    if dense.definitions is None:
        said = {"title": "cells of no stated definition", "unit": "not stated"}
        return [(key, {"definitions": [key], **said}) for key in sorted(used)]
    opened = []
    for row in dense.definitions.to_pylist():
        key, title = int(row["definition"]), ", ".join(str(row[name]) for name in _TITLE if row[name] is not None)
        if key in used:
            opened.append((key, {"definitions": [key], "title": title, "unit": str(row["unit"] or "persons")}))
    return opened


def _filled(dense: Dense) -> NDArray[np.bool_]:
    """Where there are figures; a place filled with 0 has none."""
    return np.asarray(dense.figures > 0)


def _tally(dense: Dense, where: NDArray[np.bool_]) -> dict[str, Any]:
    values = dense.values[where]
    return {
        "rows": int(dense.figures[where].sum(dtype=np.int64)),
        "missing": int(dense.missing[where].sum(dtype=np.int64)),
        "value": _exact(values[~np.isnan(values)].tolist()),
    }


def _exact(numbers: Iterable[float]) -> list[float]:
    """Give numbers that add up to the exact sum, nearly always one."""
    rest, out = list(numbers), []
    while (total := math.fsum(rest)) != 0.0:
        out.append(total)
        rest.append(-total)
    return out


def _examples(dense: Dense, where: NDArray[np.bool_]) -> list[dict[str, Any]]:
    found = []
    for flat in np.flatnonzero(where)[:_EXAMPLES]:
        at = np.unravel_index(flat, dense.values.shape)
        said = (str(labels[int(k)]) for labels, k in zip(dense.labels.values(), at, strict=True))
        value = float(dense.values[at])
        found.append(
            {
                "row": int(flat),
                "what": ", ".join(f"{name} {label}" for name, label in zip(dense.axes, said, strict=True)),
                "value": None if math.isnan(value) else value,
            }
        )
    return found


def refuse_mixed(dense: Dense, what: str) -> None:
    """Refuse to put together cells of one slice that mean different things."""
    if not dense.mixed:
        return
    there = _filled(dense)
    low = np.where(there, dense.definition, np.iinfo(np.int32).max).min(axis=(-2, -1), initial=np.iinfo(np.int32).max)
    high = np.where(there, dense.definition, -1).max(axis=(-2, -1), initial=-1)
    wrong = np.argwhere(np.atleast_1d(low < high))
    if len(wrong):
        at = tuple(wrong[0]) if low.ndim else ()
        refuse_mixture(dense, what, int(low[at]), int(high[at]))


def refuse_mixture(dense: Dense, what: str, first: int, second: int) -> None:
    """Say in what two definitions differ."""
    rows = {} if dense.definitions is None else {row["definition"]: row for row in dense.definitions.to_pylist()}
    one, other = rows.get(first, {}), rows.get(second, {})
    differ = [name for name in one if name not in _PRINTED and one[name] != other.get(name)]
    said = ", ".join(f"{name} ({_stated(one[name])} and {_stated(other[name])})" for name in differ)
    message = (
        f"figures that mean different things would be put together in {what}: they differ in "
        f"{said or f'definition ({first} and {second})'}; select one, put what differs among by=, or say "
        f"od_matrix(..., across={differ}) if they may be added"
    )
    raise DefinitionError(message)


def _stated(value: object) -> str:
    return "not stated" if value is None else str(value) if not isinstance(value, str) else f'"{value}"'
