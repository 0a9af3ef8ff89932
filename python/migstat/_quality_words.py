"""What a quality report says in sentences, for the page, the notebook and the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._display_table import all_instants, groups_of, stated_fields, used_codes, when_text, who_text
from ._display_text import Fact, Item, Report as Shown, clean, counted, joined, percentage

if TYPE_CHECKING:
    import pandas as pd

    from ._quality_measured import Measured
    from ._quality_report import Report

__all__ = [
    "PRESENCE",
    "comparable_said",
    "complete_said",
    "found_said",
    "sentences",
    "short_of",
    "subject",
    "timely_said",
]

#: Kinds of presence as they are called.
PRESENCE = {
    "value": "with a value",
    "zero": "zero",
    "rounded_zero": "rounded to zero",
    "blank": "blank",
    "missing": "missing",
    "suppressed": "suppressed",
    "not_applicable": "not applicable",
    "not_existing": "not existing then",
}
#: Findings that are shown on a screen.
_SHOWN = 8
_SEVERITIES = (("errors", "error"), ("warnings", "warning"), ("notes", "note"))


def subject(measured: Measured) -> str:
    """Say what the figures are: measures and units, whose, and when."""
    obs = measured.obs
    fields = stated_fields(obs._core.definitions())
    if not len(obs) or not fields:
        return "no figures"
    kinds = dict.fromkeys(f"{one.get('measure', 'figures')} in {one.get('unit', 'persons')}" for one in fields)
    said = list(kinds) if len(kinds) <= 3 else [*list(kinds)[:2], f"{len(kinds) - 2} more measures"]
    return joined(said).replace("_", " ")


def size_said(measured: Measured) -> str:
    """Say how many figures there are, of whom and when."""
    obs = measured.obs
    if not len(obs):
        return "There are no figures."
    fields = stated_fields(obs._core.definitions())
    groups = groups_of(obs.figures)
    who = who_text(used_codes(obs.figures), fields, there=all_instants(groups))
    when = when_text(groups)
    definitions = counted(len(fields), "definition")
    return f"{counted(len(obs), 'figure')} of {definitions}: {who}; {when}."


def complete_said(measured: Measured) -> str:
    """Say how many cells have a value, and what stands in the others."""
    totals = measured.totals
    if not totals:
        return "Nothing can be said of completeness."
    first = measured.completeness[0]
    if first.asked:
        share = percentage(first.provided, first.required)
        said = f"{first.provided:,} of {first.required:,} required cells have a value ({share})."
    else:
        listed = totals["cells"] - totals["not_applicable"] - totals["not_existing"]
        share = percentage(totals["present"], listed)
        said = f"{totals['present']:,} of the {listed:,} cells that are listed have a value ({share})"
        if totals["present"] == listed:
            said = f"All {listed:,} cells that are listed have a value"
        rest = [f"{totals[kind]:,} {name}" for kind, name in PRESENCE.items() if kind != "value" and totals[kind]]
        said += f"; {joined(rest)}." if rest else "."
    for one in measured.completeness[1:]:
        share = percentage(one.provided, one.required)
        said += f" Of the {one.required:,} cells that users need there are {one.provided:,} ({share})."
    return said


def found_said(counted_rules: pd.DataFrame) -> str:
    """Say how much the rules found, and which of them most."""
    times = [(int(counted_rules[name].sum()), word) for name, word in _SEVERITIES]
    if not any(count for count, _ in times):
        return f"{counted(len(counted_rules), 'rule was', 'rules were')} applied and found nothing."
    said = joined([counted(count, word) for count, word in times if count])
    grave = next(name for name, _ in _SEVERITIES if counted_rules[name].sum())
    top = counted_rules[counted_rules[grave] > 0].sort_values(grave, ascending=False, kind="stable").head(4)
    which = joined([f"{row[grave]:,} by the rule {row['rule']}" for row in top.to_dict("records")])
    return f"{counted(len(counted_rules), 'rule was', 'rules were')} applied: {said}. Of the {grave}, {which}."


def residual_said(measured: Measured) -> str:
    """Say how much of the value has no category of its own."""
    said = []
    for one in measured.residuals.to_dict("records"):
        lost, whole = one["residual"] + one["group"], one["own"] + one["residual"] + one["group"]
        if whole and lost >= 0.0005 * whole:
            measure = f"{one['measure']} by {one['dimension']}".replace("_", " ")
            said.append((lost / whole, f"{100 * lost / whole:.1f} % of {measure}"))
    if not said:
        return ""
    said.sort(reverse=True)
    shares = joined([text for _, text in said[:3]])
    return f"Without a category of its own (other, unknown, or in groups only) is {shares}."


def comparable_said(measured: Measured) -> str:
    """Say how many meanings there are, and how long series are comparable."""
    series, vectors = measured.series, measured.vectors
    out = []
    if len(vectors) > 1:
        far = measured.comparability
        far = far[far.distance > 0]
        said = f"The figures have {counted(len(vectors), 'meaning')}"
        out.append(f"{said}, which cannot simply be added or compared." if len(far) else f"{said}.")
    if len(series):
        broken = int(series["break"].notna().sum())
        word = counted(len(series), "series", "series")
        said = f"{broken:,} of {word} {'breaks' if broken == 1 else 'break'}" if broken else "No break is known"
        length = counted(int(series.length.median()), "year")
        out.append(f"{said}; the median series is comparable for {length}.")
    return " ".join(out)


def timely_said(measured: Measured) -> str:
    """Say how old the latest figures are, and how late they were published."""
    table = measured.timeliness
    if not len(table):
        return ""
    newest = table.sort_values("reference_end", kind="stable").iloc[-1]
    out = [f"The latest figures are of {newest['last']}"]
    lags = table.dropna(subset=["lag_days"])
    if len(lags):
        one = lags.sort_values("reference_end", kind="stable").iloc[-1]
        out.append(f"published {one.lag_days:,.0f} days after the end of {one['last']}")
    else:
        out.append("when they were published is not stated")
    if "age_days" in table:
        out.append(f"{table.age_days.min() / 365.25:.1f} years old at the date given")
    return f"{'; '.join(out)}."


def sentences(report: Report) -> list[str]:
    """Say what matters, the most important first."""
    measured = report._measured
    said = [
        size_said(measured),
        found_said(report._counted),
        complete_said(measured),
        residual_said(measured),
        comparable_said(measured),
        timely_said(measured),
    ]
    return [one for one in said if one]


def short_of(report: Report) -> Shown:
    """Boil the report down to what fits on a screen."""
    measured, findings = report._measured, report._findings
    facts = [
        Fact("figures", [Item(clean(size_said(measured)))], most=2),
        Fact("rules", [Item(clean(found_said(report._counted)))], most=2),
        Fact("complete", [Item(clean(complete_said(measured)))], most=2),
    ]
    for label, said in (
        ("residual", residual_said(measured)),
        ("compare", comparable_said(measured)),
        ("time", timely_said(measured)),
    ):
        if said:
            facts.append(Fact(label, [Item(clean(said))], most=2))
    total = int(report._counted.findings.sum())
    facts.append(_gravest(findings, total))
    return Shown("Quality report", subject(measured), [fact for fact in facts if fact.items])


def _gravest(findings: pd.DataFrame, total: int) -> Fact:
    """Show the gravest findings, a line each, the rules in turn."""
    first = findings.assign(rank=findings.severity.map({"error": 0, "warning": 1, "note": 2}))
    first["turn"] = first.groupby(["rule", "rank"], sort=False).cumcount()
    first = first.sort_values(["rank", "turn"], kind="stable").head(_SHOWN)
    items = [Item(clean(one.message), f"({one.rule})", str(one.severity)) for one in first.itertuples()]

    def more(shown: int) -> str:
        return f"… and {total - shown:,} more: report.findings, report.to_html()" if total > shown else ""

    return Fact("findings", items, most=_SHOWN + 1, more=more)
