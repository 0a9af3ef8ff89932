"""Rules about whole tables: what their coverage, comparability and timeliness say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _core
from ._display_text import counted, joined, number, percentage, plain_text
from ._quality_benchmark import BESIDES
from ._quality_definitions import VECTOR, family_of, records

if TYPE_CHECKING:
    import pandas as pd

    from ._quality_measured import Measured

__all__ = ["SUMMARIES", "Summary", "named"]


@dataclass(frozen=True)
class Summary:
    """A rule that looks at what was measured of all figures."""

    name: str
    family: str
    severity: str
    checks: str
    source: str
    options: Mapping[str, Any]
    check: Callable[..., Iterator[dict[str, Any]]]


#: Names and values that a sentence has.
_NAMED = 5


def named(code: object) -> str:
    """Name an area."""
    return str(_core.label_of("origin", str(code), None)) if isinstance(code, str) and code else "an area not named"


def words(measure: object) -> str:
    """Write a measure as words."""
    return str(measure).replace("_", " ")


def residuals(measured: Measured, share: float) -> Iterator[dict[str, Any]]:
    """Say where much of the value has no category of its own."""
    for one in measured.residuals.to_dict("records"):
        lost = one["residual"] + one["group"]
        whole = lost + one["own"]
        if whole > 0 and lost >= share * whole and lost > 0:
            kinds = [
                f"{number(value)} {text}"
                for value, text in ((one["residual"], "other or unknown"), (one["group"], "in groups only"))
                if value
            ]
            yield {
                "message": f"{words(one['measure'])} in {one['unit']}: {100 * lost / whole:.1f} % of the value that is "
                f"broken down by {one['dimension']} has no {one['dimension']} of its own ({', '.join(kinds)})",
                "found": lost / whole,
                "value": lost,
                "measure": one["measure"],
            }


def missing(measured: Measured, share: float) -> Iterator[dict[str, Any]]:
    """Say whose cells are mostly without a value."""
    listed = measured.counts("measure", "reporter")
    for one in listed.to_dict("records"):
        there = one["cells"] - one["not_applicable"] - one["not_existing"]
        if there and one["present"] < (1 - share) * there:
            lost = there - one["present"]
            yield {
                "message": f"{words(one['measure'])} of {named(one['reporter'])}: {lost:,} of {there:,} cells have no "
                f"value ({percentage(lost, there)})",
                "found": lost / there,
                "count": lost,
                "measure": one["measure"],
                "reporter": one["reporter"],
            }


def years(measured: Measured, others: int) -> Iterator[dict[str, Any]]:
    """Say who skips years that others report."""
    listed = measured.counts("measure", "reporter", "year")
    listed = listed[(listed.present > 0) & listed.reporter.notna()]
    for measure, here in listed.groupby("measure", observed=True, sort=False):
        times = here.groupby("year", observed=True).size()
        common = {str(year) for year, count in times.items() if count >= others}
        for reporter, mine in here.groupby("reporter", observed=True, sort=False):
            seen = {str(year) for year in mine.year}
            skipped = sorted(year for year in common - seen if min(seen) < year < max(seen))
            if skipped:
                said = ", ".join(skipped[:10]) + (f" and {len(skipped) - 10} more" if len(skipped) > 10 else "")
                yield {
                    "message": f"{words(measure)} of {named(reporter)}: no figures for {said}, though there are some "
                    f"for {min(seen)} to {max(seen)}",
                    "count": len(skipped),
                    "measure": measure,
                    "reporter": reporter,
                }


def completeness(measured: Measured, least: float) -> Iterator[dict[str, Any]]:
    """Say that cells that were wanted are not there."""
    for one in measured.completeness:
        if one.asked and one.rate is not None and one.rate < least:
            yield {
                "message": f"{one.provided:,} of {one.required:,} {one.name} cells have a value "
                f"({percentage(one.provided, one.required)})",
                "found": one.rate,
                "expected": least,
                "count": one.required - one.provided,
            }


def benchmark(measured: Measured, least: float, most: float) -> Iterator[dict[str, Any]]:
    """Say where records are far from the benchmark, and whose are not there at all."""
    table = measured.benchmark
    if table is None:
        return
    keys = [name for name in table.columns if name not in BESIDES]
    yield from _unrecorded(measured, table, keys, least)
    for one in table[(table.coverage < least) | (table.coverage > most)].to_dict("records"):
        where = _where(one, keys) or "all"
        records, wanted = number(one["records"]), number(one["benchmark"])
        more = one["coverage"] > most
        said = (
            f"more than the benchmark's {wanted}"
            if more
            else f"{100 * one['coverage']:.1f} % of the benchmark's {wanted}"
        )
        yield {
            "message": f"{where}: {records} are recorded, {said}",
            "found": one["records"],
            "expected": one["benchmark"],
            "value": abs(one["records"] - one["benchmark"]),
            "severity": "note" if more else None,
            **{name: one[name] for name in keys if name in ("origin", "destination", "reporter")},
        }


def _unrecorded(measured: Measured, table: pd.DataFrame, keys: list[str], least: float) -> Iterator[dict[str, Any]]:
    """Say what only the benchmark has, in one sentence a reporter."""
    if not keys:
        return
    theirs = table[table.state != "only records"].drop_duplicates(keys)
    # Where the benchmark says that nobody moved, no record is lacking.
    theirs = theirs[(theirs.benchmark != 0) | (theirs.missing_benchmark > 0)]
    theirs = _with_parts(theirs, table[table.state != "only benchmark"], keys, least)
    if "reporter" in keys:
        parts = [(str(code), here) for code, here in theirs.groupby("reporter", observed=True, sort=True)]
    else:
        known = {str(code) for code in measured.counts("reporter").reporter.dropna()}
        parts = [(known.pop() if len(known) == 1 else "", theirs)]
    for reporter, here in parts:
        if not here.compared.all():
            yield _lost(reporter, here, [name for name in keys if name != "reporter"], least)


def _with_parts(theirs: pd.DataFrame, ours: pd.DataFrame, keys: list[str], least: float) -> pd.DataFrame:
    """Leave out totals and groups that other rows tell in parts, and say which rows are leaves and compared.

    Parts tell a total if they add up to as much of it as rates must not fall short of; so do records that lie within.
    """
    import pandas as pd
    import pyarrow as pa

    rows = pd.concat([theirs, ours], ignore_index=True)
    given = rows[[*keys, "benchmark", "records", "definition"]].assign(both=rows.state == "both")
    asked = pa.Table.from_pandas(given, preserve_index=False)
    found = pa.table(_core.benchmark_parts(asked, len(theirs))).to_pandas()
    found.index = theirs.index
    whole = theirs.join(found)
    wanted = (least * whole.benchmark).fillna(0)
    whole["recorded"] = whole.recorded.fillna(0)
    whole["compared"] |= (whole.recorded > 0) & (whole.recorded >= wanted)
    return whole[whole.leaf | ~(whole.benchmark.isna() | (whole.parts >= wanted))]


def _lost(reporter: str, here: pd.DataFrame, keys: list[str], least: float) -> dict[str, Any]:
    """Put into words what of a reporter only the benchmark has."""
    lost = here[~here.compared]
    # Whom leaves count twice, or a total besides its parts, no share can be said of.
    known = bool(here.clear.all() and lost.leaf.all())
    value, whole = float((lost.benchmark - lost.recorded).clip(lower=0).sum()), float(here.benchmark[here.leaf].sum())
    share = (value / whole if whole else len(lost) / len(here)) if known else 1.0
    first = lost.sort_values("benchmark", ascending=False, kind="stable").head(_NAMED)
    examples = [f"{_where(one, keys)} ({_figure(one['benchmark'])})" for one in first.to_dict("records")]
    rest = f"; and {len(lost) - len(first):,} more" if len(lost) > len(first) else ""
    such = f": {'; '.join(examples)}{rest}" if keys else ""
    size = f", with {number(value)} of its {number(whole)} ({100 * share:.1f} %)" if known and whole else ""
    who = f"{named(reporter)}: " if reporter else ""
    return {
        "message": f"{who}no records for {len(lost):,} of {counted(len(here), 'key')} of the benchmark{size}{such}; "
        "add them, or leave out of the benchmark what nobody was to record; where there are records, compare the codes",
        "found": 0.0,
        "expected": value if known else None,
        "value": value if known else None,
        "count": len(lost),
        "severity": None if share > 1 - least else "note",
        "reporter": reporter or None,
    }


def _figure(value: float) -> str:
    return "without a value" if value != value else number(value)


def _where(one: Mapping[Any, Any], keys: list[str]) -> str:
    return ", ".join(_key(name, one[name]) for name in keys)


def _key(name: str, code: object) -> str:
    label = str(_core.label_of(name, str(code), None))
    return {"origin": f"from {label}", "destination": f"to {label}"}.get(name, label)


def breaks(measured: Measured) -> Iterator[dict[str, Any]]:
    """Say where series break, and why: of all reporters that break at once, in one sentence."""
    series = measured.series
    broken = series[series["break"].notna()]
    for key, here in broken.groupby(["measure", "break", "why"], observed=True, dropna=False, sort=False):
        measure, when, why = key
        counts = here.groupby("reporter", observed=True, dropna=False, sort=False).size()
        counts = counts.sort_values(ascending=False, kind="stable")
        who = [named(one) for one in counts.index[:_NAMED]]
        rest = f" and {len(counts) - _NAMED} more" if len(counts) > _NAMED else ""
        whole = series[(series.measure == measure) & series.reporter.isin(here.reporter.unique())]
        yield {
            "message": f"{words(measure)} of {', '.join(who)}{rest}: {len(here):,} of "
            f"{counted(max(len(whole), len(here)), 'series', 'series')} break at {when} ({why}); earlier figures are "
            "not comparable",
            "count": len(here),
            "measure": measure,
            "reporter": counts.index[0] if len(counts) == 1 and isinstance(counts.index[0], str) else None,
            "period": when,
        }


def definitions(measured: Measured) -> Iterator[dict[str, Any]]:
    """Say in what definitions of one measure differ, a sentence a field."""
    vectors = measured.vectors
    for _, here in vectors.groupby(vectors.measure.map(family_of), sort=True):
        # That a number of persons is no percentage needs no telling.
        for name in (name for name in VECTOR if name != "unit"):
            stated = here[name].dropna()
            values = [plain_text(value) for value in stated.unique()]
            if len(values) < 2:
                continue
            sizes = stated.value_counts()
            pairs = (int(sizes.sum()) ** 2 - int((sizes**2).sum())) // 2
            said = " | ".join(values[:_NAMED]) + (f" and {len(values) - _NAMED} more" if len(values) > _NAMED else "")
            measures = joined([words(one) for one in here.measure.unique()])
            yield {
                "message": f"{measures}: {counted(len(here), 'meaning')} differ in {name.replace('_', ' ')} "
                f"({counted(pairs, 'pair')}): {said}",
                "count": pairs,
                "measure": here.measure.iloc[0],
            }


def lag(measured: Measured, days: float) -> Iterator[dict[str, Any]]:
    """Say what was published late."""
    for one in _by_release(measured.timeliness, "lag_days"):
        if one["lag_days"] > days:
            yield {
                "message": f"{_publication(one)}: figures for {one['last']} were published {one['lag_days']:,.0f} days "
                "after the end of that period",
                "found": one["lag_days"],
                "expected": float(days),
                "measure": one["measure"],
                "period": one["last"],
            }


def punctuality(measured: Measured, days: float) -> Iterator[dict[str, Any]]:
    """Say what was published after its date."""
    for one in _by_release(measured.timeliness, "punctuality_days"):
        if one["punctuality_days"] > days:
            yield {
                "message": f"{_publication(one)}: published {one['punctuality_days']:,.0f} days after the scheduled "
                "date",
                "found": one["punctuality_days"],
                "expected": float(days),
                "measure": one["measure"],
                "period": one["last"],
            }


def age(measured: Measured, days: float) -> Iterator[dict[str, Any]]:
    """Say whose latest figures are old."""
    table = measured.timeliness
    if "age_days" not in table:
        return
    by = ["measure", "reporter"]
    latest = table.sort_values("age_days", kind="stable").groupby(by, observed=True, dropna=False, sort=False).head(1)
    old = latest[latest.age_days > days]
    for key, here in old.groupby(["measure", "last"], observed=True, dropna=False, sort=False):
        measure, last = key
        who = [named(one) for one in here.reporter[:_NAMED]]
        rest = f" and {len(here) - _NAMED} more" if len(here) > _NAMED else ""
        oldest = float(here.age_days.max())
        yield {
            "message": f"{words(measure)} of {', '.join(who)}{rest}: the latest figure is of {last}, "
            f"{oldest / 365.25:.1f} years old",
            "found": oldest,
            "expected": float(days),
            "count": len(here),
            "measure": measure,
            "reporter": here.reporter.iloc[0] if len(here) == 1 and isinstance(here.reporter.iloc[0], str) else None,
            "period": last,
        }


def _by_release(table: pd.DataFrame, column: str) -> list[dict[str, Any]]:
    """Give the latest period of each publication that has a figure in a column."""
    if column not in table:
        return []
    known = table[table[column].notna()].sort_values("reference_end", kind="stable")
    names = [name for name in ("publisher", "dataset", "vintage", "measure", "release_date") if name in known]
    return records(known.groupby(names, dropna=False, sort=False).tail(1))


def _publication(one: Mapping[str, Any]) -> str:
    said = [str(one[name]) for name in ("publisher", "dataset", "vintage") if isinstance(one.get(name), str)]
    return ", ".join([*said, words(one["measure"])])


_ESS = "ESS quality and performance indicators"

#: By name.
SUMMARIES: dict[str, Summary] = {
    one.name: one
    for one in (
        Summary("residuals", "coverage", "warning",
                "little of the value is in residual categories (other, unknown) or in groups only",
                "owid/etl issue 6287: leaving out residuals lost 8.2 % of the world", {"share": 0.05}, residuals),
        Summary("missing", "coverage", "note", "most cells of a reporter have a value", f"{_ESS}, R1",
                {"share": 0.5}, missing),
        Summary("years", "coverage", "note",
                "no reporter skips a year inside its series that others report",
                f"{_ESS}, R1", {"others": 2}, years),
        Summary("completeness", "coverage", "warning",
                "cells that were expected are there (expected=, relevant=)", f"{_ESS}, R1", {"least": 0.95},
                completeness),
        Summary("benchmark", "coverage", "warning",
                "there are records of all that the benchmark has, and they are near it (benchmark=)",
                "coverage rate: records / benchmark", {"least": 0.8, "most": 1.05}, benchmark),
        Summary("breaks", "comparability", "note",
                "series do not break: no flag B, no definition that replaces another", f"{_ESS}, CC2", {}, breaks),
        Summary("definitions", "comparability", "note",
                "definitions of one measure agree in what both of them state",
                "definition vectors: concept, duration, population, periods, geography, schemes, ages, unit", {},
                definitions),
        Summary("lag", "timeliness", "warning",
                "figures are published within two years of the end of their period", f"{_ESS}, TP1 and TP2",
                {"days": 731.0}, lag),
        Summary("punctuality", "timeliness", "warning",
                "figures are published by the scheduled date (scheduled=)", f"{_ESS}, TP3", {"days": 0.0}, punctuality),
        Summary("age", "timeliness", "note",
                "the latest figures are at most three years old (as_of=)", "age at a reference date", {"days": 1096.0},
                age),
    )
}  # fmt: skip
