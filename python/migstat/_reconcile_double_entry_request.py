"""What double entry is asked, as the core takes it."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._areas_known import known
from ._frame import columns_of, owned, table as table_of
from ._reconcile_pairs import DIMENSIONS, each_once, names_of
from .errors import SchemaError, one_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Pairs", "pairs_of", "request_of"]

METHODS = ("least-squares", "log-linear", "sequential")
ESTIMATES = ("mean", "receiving", "sending", "inverse-variance")
WEIGHTS = ("equal", "relative")


@dataclass(frozen=True)
class Pairs:
    """A table of pairs and what its columns are."""

    arrow: pa.Table
    columns: dict[str, Any]
    weights: str
    regimes: Any


def pairs_of(
    pairs: Any,
    names: tuple[str, str, str, str],
    year: str | None,
    weights: str,
    per: str | Sequence[str] | None,
    by: Sequence[str],
    only_comparable: bool,
    regimes: Any,
) -> Pairs:
    """Take the columns that are needed out of a table."""
    import pyarrow as pa

    origin, destination, inflow, outflow = names
    given = {"origin": origin, "destination": destination, "inflow": inflow, "outflow": outflow, "weights": weights}
    for argument, name in given.items():
        value: object = name
        if not isinstance(value, str):
            message = f"{argument}={name!r}: expected the name of a column"
            raise SchemaError(message)
    split = names_of("per", per)
    frame, pairs = pairs, each_once(pairs, split, names)
    there = columns_of(pairs)
    time = _time(there, year)
    dimensions = [name for name in DIMENSIONS if name in there and name not in split]
    keys = list(dict.fromkeys([*time, *split, *dimensions, *names_of("by", by)]))
    definitions = ["inflow_definition", "outflow_definition"]
    use_definitions = regimes == "definition" if isinstance(regimes, str) else False
    columns: dict[str, Any] = {
        "origin": origin,
        "destination": destination,
        "time": time,
        "inflow": inflow,
        "outflow": outflow,
        "weights": None if weights in WEIGHTS else weights,
        "comparable": "comparable" if only_comparable and "comparable" in there else None,
        "definitions": definitions if use_definitions and set(definitions) <= set(there) else None,
        "keys": keys,
        "dimensions": dimensions,
        "per": split,
    }
    single = ("origin", "destination", "inflow", "outflow", "weights", "comparable")
    wanted = [columns[name] for name in single if columns[name] is not None]
    wanted = list(dict.fromkeys([*wanted, *keys, *(columns["definitions"] or [])]))
    # Once more, for views of text: what polars gives away is a table of pyarrow only now.
    arrow = pa.table(table_of(pa.table(table_of(pairs, wanted))))
    rules = regimes if regimes is None or isinstance(regimes, str) else _listed(regimes)
    return Pairs(owned(frame, arrow), columns, weights, rules)


def _time(there: Sequence[str], year: str | None) -> list[str]:
    if year is None:
        return []
    if year == "year" and year not in there:
        both = ["period_start", "period_end"]
        return both if set(both) <= set(there) else [name for name in ("date",) if name in there]
    return [year]


def request_of(
    pairs: Pairs,
    *,
    method: str,
    weights: str,
    normalise: str,
    reference: Any,
    regimes: Any,
    publisher: str,
    decisions: Any,
    estimate: str,
    bounds: Any,
    disconnected: str,
) -> dict[str, Any]:
    """Give what is wanted as the core reads it."""
    one_of("method", method, METHODS)
    one_of("normalise", normalise, ("sum", "reference"))
    one_of("estimate", estimate, ESTIMATES)
    one_of("disconnected", disconnected, ("raise", "null"))
    one_of("publisher", publisher, ("Eurostat", "national"))
    references = _references(reference)
    if normalise == "reference" and not references:
        message = "normalise='reference' needs a receiving reporter whose factor is 1, such as reference='SWE'"
        raise SchemaError(message)
    if regimes is not None and set(pairs.columns["per"]) & set(pairs.columns["time"]):
        message = f"per={pairs.columns['per']!r} gives each year factors of its own already; leave per= or regimes= out"
        raise SchemaError(message)
    return {
        "columns": pairs.columns,
        "method": method,
        "relative": weights == "relative",
        "references": references,
        "bounds": _bounds(bounds),
        "leave_out": disconnected == "null",
        "regimes": _regimes(regimes, pairs.columns["definitions"], publisher),
        "decisions": list(_decisions(decisions, pairs.columns["time"])),
        "estimate": estimate,
    }


def _references(given: Any) -> list[tuple[str, str | None]]:
    if given is None:
        return []
    # A name of a regime, such as "from 2007", is no code of an area.
    one_regime = isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], str) and given[1] not in known()
    listed = [given] if isinstance(given, str) or one_regime else given
    references: list[tuple[str, str | None]] = []
    for one in listed if isinstance(listed, Iterable) else [listed]:
        if isinstance(one, str):
            references.append((one, None))
        elif isinstance(one, tuple) and len(one) == 2 and all(isinstance(part, str) for part in one):
            references.append((one[0], one[1]))
        else:
            message = (
                f"reference={given!r}: expected codes of areas, such as 'SWE', or ('AUT', 'from 2007') for a regime"
            )
            raise SchemaError(message)
    return references


def _bounds(given: Any) -> tuple[float, float] | None:
    if given is None:
        return None
    pair = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else []
    if len(pair) != 2 or not all(isinstance(one, numbers.Real) and math.isfinite(one) for one in pair):
        message = f"bounds={given!r}: expected the least and the most that a factor may be, such as (0.1, 20)"
        raise SchemaError(message)
    return float(pair[0]), float(pair[1])


def _listed(regimes: Any) -> list[dict[str, Any]]:
    """Give rules of the caller, a mapping, as a list."""
    if not isinstance(regimes, Mapping):
        message = (
            f"regimes={regimes!r}: expected 'definition', or the years in which new rules began, such as "
            f"{{'AUT': [2007], ('POL', 'outflow'): [2009]}}"
        )
        raise SchemaError(message)
    rules = []
    for key, years in regimes.items():
        reporter, direction = key if isinstance(key, tuple) and len(key) == 2 else (key, None)
        starts = [years] if isinstance(years, numbers.Integral) else years
        if not isinstance(reporter, str) or direction not in (None, "inflow", "outflow"):
            message = f"regimes: {key!r} is no reporter: expected such as 'AUT' or ('POL', 'outflow')"
            raise SchemaError(message)
        if isinstance(starts, str) or not isinstance(starts, Iterable):
            message = f"regimes: {key!r}: {years!r} are no years: expected such as [2007]"
            raise SchemaError(message)
        listed = list(starts)
        if not listed or not all(isinstance(one, numbers.Integral) for one in listed):
            message = f"regimes: {key!r}: {years!r} are no years: expected such as [2007]"
            raise SchemaError(message)
        rules.append({"reporter": reporter, "direction": direction, "from": [int(one) for one in listed]})
    return rules


def _regimes(given: Any, definitions: Any, publisher: str) -> Any:
    if given is None:
        return "none"
    if isinstance(given, str):
        one_of("regimes", given, ("definition",))
        return "definitions" if definitions else {"known": publisher}
    return {"own": _listed(given)}


def _decisions(given: Any, time: Sequence[str]) -> Iterable[dict[str, Any]]:
    """Give decisions, a mapping or a table, as a list."""
    if given is None:
        return
    if isinstance(given, Mapping) and not set(given) & {"origin", "destination", "decision"}:
        for key, decision in given.items():
            if not isinstance(key, tuple) or len(key) not in (2, 3):
                message = (
                    f"decisions: {key!r} is no pair: expected such as ('POL', 'DEU') or, for one year, "
                    f"('POL', 'DEU', 2005)"
                )
                raise SchemaError(message)
            yield _decision(key[0], key[1], key[2] if len(key) == 3 else None, decision)
        return
    import pyarrow as pa

    names = columns_of(given)
    needed = ["origin", "destination", "decision"]
    if not set(needed) <= set(names):
        message = (
            f"decisions: expected a mapping such as {{('POL', 'DEU'): 'inflow'}}, or a table with the columns "
            f"'origin', 'destination', 'decision' and perhaps 'year'; found {names or type(given).__name__}"
        )
        raise SchemaError(message)
    when = next((name for name in (*time, "year") if name in names), None)
    wanted = [*needed, *([when] if when else [])]
    for row in pa.table(table_of(given, wanted)).to_pylist():
        yield _decision(row["origin"], row["destination"], row[when] if when else None, row["decision"])


def _decision(origin: Any, destination: Any, when: Any, decision: Any) -> dict[str, Any]:
    one_of("decision", decision, ("inflow", "outflow", "mean", "exclude"))
    if when is None or when != when:
        said = None
    else:
        said = str(int(float(when))) if isinstance(when, numbers.Real) and float(when).is_integer() else str(when)
    return {"origin": str(origin), "destination": str(destination), "when": said, "decision": str(decision)}
