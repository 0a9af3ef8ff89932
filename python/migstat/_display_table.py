"""What stands in a table of figures, found without turning it into anything else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from . import _core
from ._display_text import added, counted, joined, number

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "AREAS", "LAST", "Leaves", "adds_up", "all_instants", "areas_text", "broken_down", "code_counts",
    "codes_said", "codes_used", "day_text", "distinct_figures", "groups_of", "keys_used", "leaves_of",
    "period_text", "schemes_of", "stated_fields", "used_codes", "when_text", "who_text", "years_text",
]  # fmt: skip


def stated_fields(core: Any) -> list[dict[str, Any]]:
    """Give the stated fields of every definition."""
    import pyarrow as pa

    rows: list[dict[str, Any]] = pa.table(core).to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def codes_used(column: pa.ChunkedArray) -> list[str]:
    """List the codes that occur, in the order of the dictionary."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    found: dict[str, None] = {}
    for chunk in column.chunks:
        if not pa.types.is_dictionary(chunk.type):
            found |= dict.fromkeys(str(code) for code in chunk.unique().drop_null().to_pylist())
            continue
        codes = chunk.dictionary.to_pylist()
        seen = np.zeros(len(codes), dtype=bool)
        # In pieces, as most tables have shown all their codes long before their end.
        for start in range(0, len(chunk), 1 << 20):
            keys = chunk.indices.slice(start, 1 << 20)
            seen[np.asarray(keys if keys.null_count == 0 else pc.drop_null(keys))] = True
            if seen.all():
                break
        found |= dict.fromkeys(str(codes[at]) for at in np.flatnonzero(seen))
    return list(found)


def code_counts(column: pa.ChunkedArray) -> Counter[str]:
    """Count the rows of every code."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    counts: Counter[str] = Counter()
    for chunk in column.chunks:
        if pa.types.is_dictionary(chunk.type):
            keys = chunk.indices if chunk.indices.null_count == 0 else pc.drop_null(chunk.indices)
            codes = chunk.dictionary.to_pylist()
            each = np.bincount(np.asarray(keys), minlength=len(codes)).tolist()
            counts.update({str(code): n for code, n in zip(codes, each, strict=True) if n})
    return counts


def keys_used(column: pa.ChunkedArray) -> list[int]:
    """List the keys of the definitions that have figures."""
    return sorted(int(key) for key in column.unique().drop_null().to_pylist())


@dataclass(frozen=True)
class Leaves:
    """Leaves of one definition, and what they add up to."""

    rows: int
    value: float | None
    day: int | None = None

    def said(self, unit: str) -> str:
        """Say what they add up to."""
        if self.value is None:
            return "no value" if self.rows else "no leaves"
        on = "" if self.day is None else f" on {day_text(self.day)}"
        return f"{number(self.value)}{unit and ' ' + unit}{on}"


def adds_up(fields: dict[str, Any]) -> bool:
    """Whether figures in the unit of a definition have a total: percentages and rates have none."""
    unit = str(fields.get("unit", "")).casefold()
    ratio = r"%|\b(per|percent\w*|ratio|rate|share|index|median|mean|average)\b"
    return unit not in _ratios() and not re.search(ratio, unit)


@lru_cache(maxsize=1)
def _ratios() -> frozenset[str]:
    """Codes of the units whose figures are never added."""
    return frozenset(code for code, kind, _, _ in _core.listed_units() if kind == "ratio")


def groups_of(figures: pa.Table) -> pa.Table:
    """Count and add up figures by definition, period and leaf, in one pass over all of them."""
    import pyarrow as pa

    flat = pa.table(
        {
            "definition": figures.column("definition"),
            "start": figures.column("period_start").cast(pa.int32()),
            "end": figures.column("period_end").cast(pa.int32()),
            "leaf": figures.column("leaf"),
            "value": figures.column("value"),
        }
    )
    wanted = [("value", "sum"), ("value", "count"), ([], "count_all")]
    return flat.group_by(["definition", "start", "end", "leaf"]).aggregate(wanted)


def leaves_of(groups: pa.Table) -> dict[int, Leaves]:
    """Add up leaves by definition; of stocks only the last day, as the same people stand in every one."""
    out: dict[int, Leaves] = {}
    several: dict[int, list[dict[str, Any]]] = {}
    for group in groups.filter(groups.column("leaf")).to_pylist():
        several.setdefault(group["definition"], []).append(group)
    for key, parts in several.items():
        rows = sum(part["count_all"] for part in parts)
        days = {part["start"] for part in parts if part["start"] == part["end"]}
        last = max(days) if len(days) > 1 else None
        counted = [part for part in parts if last is None or part["start"] == part["end"] == last]
        known = [part["value_sum"] for part in counted if part["value_count"]]
        out[key] = Leaves(rows, added(known) if known else None, last)
    return out


def distinct_figures(figures: pa.Table) -> int | None:
    """Count printed figures, of which one may be several rows; None where that would take long."""
    import numpy as np
    import pyarrow.compute as pc

    if "figure" not in figures.column_names or not len(figures):
        return None
    column = figures.column("figure")
    if column.null_count:
        return None
    if len(column) <= 1_000_000:
        return int(pc.count_distinct(column).as_py())
    keys = column.to_numpy()
    before, after = keys[:-1], keys[1:]
    return 1 + int(np.count_nonzero(before != after)) if bool((before <= after).all()) else None


# ---- when


def day_text(days: int) -> str:
    """Write a day, also one that is too far off for Python."""
    import numpy as np

    return str(np.datetime64(days, "D"))


def years_text(years: Iterable[int]) -> str:
    """Write ``1988, 1995–1996``; ``1990–2020 every 5 years``."""
    known = sorted(set(years))
    if not known:
        return ""
    steps = {after - before for before, after in pairwise(known)}
    if len(steps) == 1 and (1 in steps or len(known) > 3):
        step = steps.pop()
        return f"{known[0]}–{known[-1]}" + ("" if step == 1 else f" every {step} years")
    runs: list[list[int]] = []
    for year in known:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    if len(runs) > 6:
        return f"{len(known):,} years from {known[0]} to {known[-1]}"
    return joined([str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs])


_QUARTERS = (("01-01", "03-31"), ("04-01", "06-30"), ("07-01", "09-30"), ("10-01", "12-31"))


def period_text(start: int, end: int) -> str:
    """Write ``1996``, ``1990–1994``, ``1996-03``, ``1996-Q1``, ``2014-01-01/2014-09-30`` or a day."""
    if start >= end:
        return day_text(start)
    first, last = day_text(start), day_text(end - 1)
    if first.endswith("-01-01") and last.endswith("-12-31"):
        return first[:-6] if first[:-6] == last[:-6] else f"{first[:-6]}–{last[:-6]}"
    if first[:-3] == last[:-3] and first.endswith("-01") and day_text(end).endswith("-01"):
        return first[:-3]
    if first[:-6] == last[:-6] and (first[-5:], last[-5:]) in _QUARTERS:
        return f"{first[:-6]}-Q{_QUARTERS.index((first[-5:], last[-5:])) + 1}"
    return f"{first}/{last}"


def all_instants(groups: pa.Table) -> bool:
    """Whether all figures are of a day, not of a period."""
    import pyarrow.compute as pc

    return len(groups) > 0 and bool(pc.all(pc.equal(groups.column("start"), groups.column("end"))).as_py())


def when_text(groups: pa.Table) -> str:
    """Say when."""
    found = groups.group_by(["start", "end"]).aggregate([]).to_pylist()
    pairs = sorted((each["start"], each["end"]) for each in found if None not in each.values())
    instants = [start for start, end in pairs if start == end]
    spans = [(start, end) for start, end in pairs if start != end]
    return "; ".join(part for part in (_instants(instants), _spans(spans)) if part)


def _instants(days: list[int]) -> str:
    if not days:
        return ""
    said = [day_text(one) for one in days]
    if len({day[-6:] for day in said}) == 1 and all(re.fullmatch(r"\d{1,4}", day[:-6]) for day in said):
        month = _MONTHS[int(said[0][-5:-3]) - 1]
        return f"on {int(said[0][-2:])} {month} {years_text(int(day[:-6]) for day in said)}"
    if len(said) > 4:
        return f"{len(said):,} days from {said[0]} to {said[-1]}"
    return f"on {joined(said)}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


def _spans(spans: list[tuple[int, int]]) -> str:
    said = [period_text(start, end) for start, end in spans]
    if all(re.fullmatch(r"\d{1,4}", label) for label in said):
        return years_text(map(int, said))
    if len(said) > 4:
        word = "months" if all(re.fullmatch(r"\d+-\d\d", label) for label in said) else "periods"
        return f"{len(said):,} {word} from {said[0].partition('/')[0]} to {said[-1].rpartition('/')[2]}"
    return joined(said)


# ---- who and by what

AREAS = ("origin", "destination")
BY = (
    "citizenship",
    "birth",
    "sex",
    "age",
    "skill",
    "skill_printed",
    "education",
    "education_printed",
    "occupation",
    "occupation_printed",
    "reason",
    "reason_printed",
    "flow_type",
    "flow_type_printed",
)
_KINDS = (
    ("former", "former state", "former states"),
    ("aggregate", "group", "groups"),
    ("residual", "residual", "residuals"),
    ("total", "total", "totals"),
)
_FIRST = ("F", "M", "low", "medium", "high")
LAST = ("_O", "_U", "_Z", "_T")


def _area_kinds() -> dict[str, str]:
    import pyarrow as pa

    areas = pa.table(_core.area_table())
    return dict(zip(areas.column("code").to_pylist(), areas.column("kind").to_pylist(), strict=True))


def areas_text(codes: Sequence[str], several: str) -> str:
    """Name a few areas; count many, with those that are no country."""
    if codes == ["_T"]:
        return f"all {several}"
    if len(codes) <= 3:
        return joined([_core.label_of("origin", code) for code in codes])
    kinds = _area_kinds()
    counts = Counter(kinds.get(code, "country") for code in codes)
    among = [counted(counts[kind], one, many) for kind, one, many in _KINDS if counts[kind]]
    return f"{len(codes):,} {several}" + (f" ({joined(among)})" if among else "")


def who_text(used: dict[str, list[str]], fields: Sequence[dict[str, Any]], *, there: bool) -> str:
    """Say who moved from where to where (``there``: who is where), and who reports it."""
    reporters = sorted({str(each["reporter"]) for each in fields if "reporter" in each})
    roles = sorted({str(each["role"]) for each in fields if "role" in each})
    said, itself = [], False
    for name, word in (("origin", "from"), ("destination", "in" if there else "to")):
        codes = used.get(name, [])
        if codes and codes != ["_Z"]:
            note = " (reporter)" if len(codes) == 1 else " (reporters)"
            reports = roles == [name] and reporters == codes
            itself = itself or reports
            said.append(f"{word} {areas_text(codes, name + 's')}{note if reports else ''}")
    route = " ".join(said) or "no areas"
    if itself:
        return route
    if not reporters:
        return f"{route}; reporter not stated"
    role = "" if len(roles) != 1 else " as third party" if roles == ["third"] else f" as {roles[0]}"
    return f"{route}; reported by {areas_text(reporters, 'reporters')}{role}"


def broken_down(used: dict[str, list[str]], schemes: dict[str, str]) -> list[str]:
    """Say by what figures are broken down, with the schemes of the codes."""
    said = []
    for name in BY:
        codes = used.get(name, [])
        if not codes or codes == ["_T"] or name.removesuffix("_printed") in used.keys() - {name}:
            continue
        notes = [schemes[name]] if name in schemes else []
        rungs = [code for code in used.get(f"{name}_printed", []) if code not in LAST]
        if rungs:
            notes.append(f"{counted(len(rungs), 'rung' if name == 'skill' else 'code')} printed")
        note = f" ({joined(notes)})" if notes else ""
        wide = name in ("citizenship", "birth") and len(codes) > 6
        said.append(f"{name} {areas_text(codes, 'areas') if wide else codes_said(name, codes)}{note}")
    return said


def codes_said(name: str, codes: Sequence[str]) -> str:
    """Codes in the order that a person expects: total last, ages by age."""
    place = {code: at for at, code in enumerate(codes)}

    def rank(code: str) -> tuple[int, float, int]:
        if code in LAST:
            return (2, LAST.index(code), 0)
        if code in _FIRST:
            return (0, _FIRST.index(code), 0)
        age = re.search(r"\d+", code) if name == "age" else None
        beside = 0.5 if "_GE" in code else -0.5 if "_LT" in code else 0.0
        return (1, float(age[0]) + beside if age else 0.0, place[code])

    ordered = sorted(codes, key=rank)
    if len(ordered) <= 8 and sum(map(len, ordered)) <= 60:
        return " ".join(ordered) + (" only" if len(ordered) == 1 and name in BY else "")
    inner = [code for code in ordered if code not in LAST]
    ends = f": {inner[0]} … {inner[-1]}" if len(inner) > 1 else ""
    return f"{len(ordered):,} codes{ends}{' _T' if '_T' in ordered else ''}"


def schemes_of(fields: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Find the scheme of each dimension that all definitions read in the same way."""
    found: dict[str, set[str]] = {}
    for each in fields:
        for part in str(each.get("schemes", "")).split("; "):
            name, sign, scheme = part.partition("=")
            if sign:
                found.setdefault(name, set()).add(scheme)
    return {name: schemes.pop() for name, schemes in found.items() if len(schemes) == 1}


def used_codes(figures: pa.Table) -> dict[str, list[str]]:
    """List the codes that occur, by dimension."""
    known = set(figures.column_names)
    return {name: codes_used(figures.column(name)) for name in (*AREAS, *BY) if name in known}
