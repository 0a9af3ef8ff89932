"""What callers say of durations, as the core takes it: stays, models, and criteria of their own."""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ._areas_column import as_arrow
from ._frame import columns_of, library, table as table_of, text_of
from .errors import SchemaError, one_of

__all__ = ["PERMANENT", "Criterion", "Exponential", "is_one", "model_of", "one_stay", "request_of"]

PERMANENT = "permanent"
_COLUMNS = ("reporter", "direction", "publisher", "from", "to", "months", "permanent")


@dataclass(frozen=True)
class Criterion:
    """How long one must stay to be counted by a reporter.

    ``months`` is a number or ``"permanent"``; 0 is registration, however short the stay. ``stay`` says whether the
    ``actual`` stay counts, the ``intended`` one, or ``either``; ``window`` in how many months it is added up, where
    that is not its own length (12 of 16).
    """

    reporter: str
    direction: str
    months: float | str
    since: str
    until: str | None
    publisher: str | None
    stay: str | None
    window: float | None
    source: str


@dataclass(frozen=True)
class Exponential:
    """Those who came leave at a constant rate a year; see :func:`migstat.durations.exponential`."""

    rate: float

    def __repr__(self) -> str:
        """Show how it was made."""
        return f"exponential({self.rate!r})"


def is_one(value: Any) -> bool:
    """Whether a value is one minimum stay and no column of them."""
    return isinstance(value, str | numbers.Real | Criterion)


def one_stay(value: Any, argument: str) -> str:
    """Give one minimum stay as text."""
    if isinstance(value, Criterion):
        value = value.months
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or type(value).__name__ == "bool_" or not isinstance(value, numbers.Real):
        message = f"{argument}={value!r}: expected months, a number of at least 0 such as 3 or 1.25, or {PERMANENT!r}"
        raise SchemaError(message)
    return repr(float(value))


def number(value: Any, argument: str) -> float:
    """Give a finite number."""
    if type(value) is not bool and isinstance(value, numbers.Real) and math.isfinite(value):
        return float(value)
    message = f"{argument}: {value!r} is no finite number"
    raise SchemaError(message)


def model_of(model: Any) -> dict[str, Any]:
    """Give a model as the core takes it."""
    if isinstance(model, str):
        return {"name": model}
    if isinstance(model, Exponential):
        return {"rate": number(model.rate, "the rate of an exponential")}
    if not isinstance(model, Mapping) and library(model) == "pandas" and hasattr(model, "items"):
        model = dict(model.items())
    if not isinstance(model, Mapping):
        message = (
            f"model={model!r}: expected a name such as 'imem', durations.exponential(0.24), or a mapping of months to "
            f"multipliers such as {{0: 0.53, 12: 1, 'permanent': 2.26}}"
        )
        raise SchemaError(message)
    points, permanent = [], None
    for months, multiplier in model.items():
        value = number(multiplier, f"model: the multiplier of {months!r}")
        if months == PERMANENT:
            permanent = value
        else:
            points.append((number(months, "model: the months"), value))
    return {"points": points, "permanent": permanent}


def request_of(to: Any, model: Any, off_grid: str, criteria: Any, unknown: str) -> str:
    """Give what is wanted as JSON."""
    one_of("off_grid", off_grid, ("linear", "loglinear"))
    one_of("unknown", unknown, ("keep", "raise"))
    if isinstance(to, str):
        message = (
            f"to={to!r}: expected months, a number such as 12; 'permanent' is no number of months, and so weakly "
            f"identified that nothing is converted to it"
        )
        raise SchemaError(message)
    months = float(one_stay(to, "to"))
    if not 0 <= months < math.inf:
        message = f"to={to!r}: expected months, a number of at least 0, such as 12"
        raise SchemaError(message)
    rules = list(_rules(criteria))
    return json.dumps({"to": months, "model": model_of(model), "off_grid": off_grid, "own": rules, "unknown": unknown})


def _rules(criteria: Any) -> Iterable[dict[str, str]]:
    """Give criteria of the caller, a mapping or a table, as rules."""
    if criteria is None:
        return
    if isinstance(criteria, Mapping) and not set(criteria) & {"reporter", "months"}:
        for key, months in criteria.items():
            reporter, direction = key if isinstance(key, tuple) and len(key) == 2 else (key, "")
            yield _rule({"reporter": reporter, "direction": direction, "months": months}, f"criteria[{key!r}]")
        return
    names = columns_of(criteria)
    if "reporter" not in names or not {"months", "permanent"} & set(names):
        message = (
            f"criteria: expected a mapping such as {{'AUT': 3}} or {{('AUT', 'immigration'): 3}}, or a table with the "
            f"columns 'reporter' and 'months' as durations.criteria() gives it; found "
            f"{names or type(criteria).__name__}"
        )
        raise SchemaError(message)
    wanted = [name for name in _COLUMNS if name in names]
    for row, one in enumerate(as_arrow(table_of(criteria, wanted)).to_pylist()):
        yield _rule(one, f"criteria, row {row}")


def _rule(one: Mapping[str, Any], where: str) -> dict[str, str]:
    said = {name: text_of(one.get(name)) for name in _COLUMNS}
    if not said["reporter"]:
        message = f"{where}: the reporter is missing"
        raise SchemaError(message)
    permanent, months = said.pop("permanent"), said.pop("months")
    if permanent.lower() == "true":
        if months and months != PERMANENT:
            message = f"{where}: {months} months and permanent at once; leave one of them out"
            raise SchemaError(message)
        months = PERMANENT
    if not months:
        message = f"{where}: the months are missing; leave the row out where the criterion is not known"
        raise SchemaError(message)
    return said | {"minimum": months}
