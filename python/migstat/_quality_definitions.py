"""Comparability: what definitions mean, side by side."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, cast

from ._display_table import groups_of
from ._display_text import plain_text

if TYPE_CHECKING:
    import pandas as pd

    from .observations import Observations

__all__ = ["VECTOR", "family_of", "pairs_of", "records", "vectors_of"]

#: What is compared.
VECTOR = (
    "concept", "duration_months", "population", "criteria", "coverage", "type_of_data", "age_definition", "period_type",
    "geography", "schemes", "unit", "price_base",
)  # fmt: skip
#: Measures that may stand for the same movement or the same people.
_FAMILIES = {
    "inflow": "flow", "outflow": "flow", "labour_outflow": "flow", "permits": "flow", "net": "net",
    "stock": "stock", "population": "population",
}  # fmt: skip
#: Different definitions that are compared two by two; of more, each is compared with the one of most figures.
_MOST = 40


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a frame."""
    return cast("list[dict[str, Any]]", frame.to_dict("records"))


def vectors_of(obs: Observations) -> pd.DataFrame:
    """Give what definitions mean, one row a meaning, with the keys of those that share it."""
    import pandas as pd

    definitions = obs.definitions
    if not len(definitions):
        return pd.DataFrame(columns=["measure", *VECTOR, "definitions", "figures"])
    frame = definitions.reindex(columns=["measure", *(name for name in VECTOR if name not in _DERIVED)]).copy()
    groups = groups_of(obs.figures).to_pandas()
    frame["period_type"] = pd.Series(_period_types(groups)).reindex(frame.index)
    frame["geography"] = pd.Series(_geographies(obs)).reindex(frame.index)
    counts = obs.figures.column("definition").value_counts().to_pylist()
    frame["figures"] = pd.Series({one["values"]: one["counts"] for one in counts}, dtype="int64").reindex(
        frame.index, fill_value=0
    )
    frame = frame[frame.figures > 0].reset_index()
    names = ["measure", *VECTOR]
    frame[names] = frame[names].astype(object)
    grouped = frame.groupby(names, dropna=False, sort=False)
    out = grouped.agg(definitions=("definition", _keys), figures=("figures", "sum")).reset_index()
    out["figures"] = out.figures.astype("int64")
    return pd.DataFrame(out[["definitions", "figures", *names]])


def _keys(column: pd.Series[int]) -> list[int]:
    return [int(key) for key in column]


_DERIVED = ("period_type", "geography")


def _period_types(groups: pd.DataFrame) -> dict[int, str]:
    """Say what kind of periods each definition has."""
    out: dict[int, set[str]] = {}
    for one in records(groups[["definition", "start", "end"]].drop_duplicates()):
        out.setdefault(int(one["definition"]), set()).add(_period_type(one["start"], one["end"]))
    return {key: ", ".join(sorted(kinds)) for key, kinds in out.items()}


def _period_type(start: Any, end: Any) -> str:
    import datetime

    first, after = (datetime.date(1970, 1, 1) + datetime.timedelta(days=int(day)) for day in (start, end))
    days = (after - first).days
    if days == 0:
        return f"instant ({first.day} {first:%B})"
    if 365 <= days <= 366:
        return "calendar year" if (first.month, first.day) == (1, 1) else f"year from {first.day} {first:%B}"
    if 28 <= days <= 32:
        return "month"
    if 89 <= days <= 92:
        return "quarter"
    whole = (first.month, first.day) == (after.month, after.day)
    return f"{after.year - first.year} years" if whole else "part of a year" if days < 365 else "other"


def _geographies(obs: Observations) -> dict[int, str]:
    """Say which former states each definition still tells apart."""
    import pyarrow as pa

    from . import _core

    table = pa.table(_core.area_table()).select(["code", "kind"]).to_pylist()
    former = {one["code"] for one in table if one["kind"] == "former"}
    figures = obs.figures
    found: dict[int, set[str]] = {}
    for name in ("origin", "destination"):
        for one in figures.select(["definition", name]).group_by(["definition", name]).aggregate([]).to_pylist():
            found.setdefault(one["definition"], set())
            if one[name] in former:
                found[one["definition"]].add(one[name])
    return {
        key: f"with former states {', '.join(sorted(codes))}" if codes else "present states"
        for key, codes in found.items()
    }


def pairs_of(vectors: pd.DataFrame) -> pd.DataFrame:
    """Compare definitions two by two: how many of the fields that both state differ, which, and how."""
    import pandas as pd

    rows = records(vectors)
    pairs = list(combinations(range(len(rows)), 2))
    if len(rows) > _MOST:
        most = max(range(len(rows)), key=lambda at: (rows[at]["figures"], -at))
        pairs = [(min(at, most), max(at, most)) for at in range(len(rows)) if at != most]
    out = [_pair(rows[a], rows[b]) for a, b in pairs if _related(rows[a], rows[b])]
    columns = [
        "a", "b", "measure_a", "measure_b", "distance", "stated", "differing", "one_sided", "why", "figures_a",
        "figures_b",
    ]  # fmt: skip
    frame = pd.DataFrame(out, columns=columns)
    return frame.sort_values(["distance", "a", "b"], ascending=[False, True, True], ignore_index=True)


def _related(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return family_of(a["measure"]) == family_of(b["measure"])


def family_of(measure: str) -> str:
    """Name what a measure may be compared with."""
    return _FAMILIES.get(measure, measure)


def _states(value: object) -> bool:
    return value is not None and value == value


def _pair(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    both = [name for name in VECTOR if _states(a[name]) and _states(b[name])]
    either = [name for name in VECTOR if _states(a[name]) != _states(b[name])]
    differing = [name for name in both if a[name] != b[name]]
    why = "; ".join(f"{name.replace('_', ' ')}: {plain_text(a[name])} / {plain_text(b[name])}" for name in differing)
    return {
        "a": a["definitions"][0],
        "b": b["definitions"][0],
        "measure_a": a["measure"],
        "measure_b": b["measure"],
        "distance": len(differing),
        "stated": len(both),
        "differing": ", ".join(differing),
        "one_sided": ", ".join(either),
        "why": why,
        "figures_a": a["figures"],
        "figures_b": b["figures"],
    }
