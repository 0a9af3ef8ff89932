"""The quality report as a page: sentences first, then tables; no scripts, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from ._display import citations
from ._display_text import clean, counted, number
from ._quality_benchmark import BESIDES
from ._quality_definitions import records
from ._quality_heat import heat_map, presence_bar
from ._quality_indicators import indicators_of
from ._quality_rules import FAMILIES
from ._quality_summary import named
from ._quality_words import (
    comparable_said,
    complete_said,
    found_said,
    sentences,
    subject,
    timely_said,
)

if TYPE_CHECKING:
    import pandas as pd

    from ._quality_measured import Measured
    from ._quality_report import Report

__all__ = ["page_of"]

#: Rows of a table on the page.
_ROWS = 30
#: A sentence on the page is no longer than this.
_LONGEST = 600

_STYLE = """
:root{color-scheme:light}
body{margin:0;background:#fff;color:#1b1f24;font:15px/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:64rem;margin:0 auto;padding:2rem 1.5rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .2rem}
h2{font-size:1.25rem;margin:2.4rem 0 .6rem;padding-bottom:.25rem;border-bottom:2px solid #1f4e79}
h3{font-size:1rem;margin:1.5rem 0 .3rem}
p{margin:.4rem 0;max-width:46rem}
.lead{color:#4a5560;margin:0 0 1.2rem}
.said{font-size:1.05rem;padding-left:1.1rem;margin:.8rem 0;max-width:48rem}
.said li{margin:.35rem 0}
.tiles{display:flex;flex-wrap:wrap;gap:.8rem;margin:1.2rem 0;padding:0;list-style:none}
.tiles li{flex:1 1 7rem;border:1px solid #d5dbe1;border-top:4px solid #1f4e79;border-radius:4px;padding:.5rem .8rem}
.tiles b{display:block;font-size:1.5rem;line-height:1.25}
.tiles span{color:#4a5560;font-size:.87rem}
.tiles .error{border-top-color:#a4133c}.tiles .warning{border-top-color:#b36b00}.tiles .note{border-top-color:#5b6b7a}
.scroll{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;font-size:.9rem}
caption{text-align:left;color:#4a5560;padding:0 0 .3rem}
th,td{text-align:left;vertical-align:top;padding:.25rem .9rem .25rem 0;border-bottom:1px solid #e3e7eb}
thead th{border-bottom:2px solid #9aa6b2;font-weight:600;white-space:nowrap}
td.n,th.n{text-align:right;white-space:nowrap}
td.w{max-width:28rem}
.chip{display:inline-block;border-radius:3px;padding:0 .45em;font-size:.8rem;font-weight:600;border:1px solid;
margin-right:.5em}
.chip.error{color:#8c0f33;background:#fdeef2;border-color:#a4133c}
.chip.warning{color:#7a4900;background:#fff5e0;border-color:#b36b00}
.chip.note{color:#3c4a57;background:#eef2f5;border-color:#5b6b7a}
.rule{margin:1.1rem 0;padding-left:.9rem;border-left:3px solid #d5dbe1}
.rule h3{margin:0 0 .1rem}
.rule ul{margin:.4rem 0;padding-left:0;list-style:none;max-width:56rem}
.rule li{margin:.3rem 0;overflow-wrap:anywhere}
.more,.small{color:#4a5560;font-size:.9rem}
svg{max-width:100%;height:auto;display:block}
footer{margin-top:3rem;border-top:1px solid #d5dbe1;padding-top:.8rem;color:#4a5560;font-size:.87rem}
@media print{body{font-size:10.5pt}main{max-width:none;padding:0}h2,h3{break-after:avoid}
.rule li,tr,.tiles{break-inside:avoid}.scroll{overflow:visible}@page{margin:18mm 15mm}}
""".replace("\n", "")


def page_of(report: Report, *, title: str | None, examples: int) -> str:
    """Lay out a report as one page."""
    measured = report._measured
    heading = title or f"Quality of {subject(measured)}"
    cited = citations(measured.obs)
    source = cited[0] if cited else ""
    if len(cited) > 1:
        source += f" And {counted(len(cited) - 1, 'more publication')}: see the end of the page."
    said = "".join(f"<li>{_text(one)}</li>" for one in sentences(report))
    body = [
        f"<h1>{_text(heading)}</h1>",
        f'<p class="lead">{_text(source)}</p>' if source else "",
        _tiles(report),
        f'<ul class="said">{said}</ul>',
        _findings(report, examples),
        _coverage(measured),
        _comparability(measured),
        _timeliness(measured),
        _indicators(report),
        _method(report),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{_text(heading)}</title><style>{_STYLE}</style></head><body><main>{''.join(body)}</main></body></html>\n"
    )


def _text(value: object) -> str:
    said = clean(value)
    return escape(said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…")


def _is_missing(value: object) -> bool:
    return value is None or value != value or type(value).__name__ in ("NAType", "NaTType")


def _cell(value: object) -> str:
    if _is_missing(value):
        return ""
    if type(value).__name__ == "Timestamp":
        return str(value)[:10]
    if isinstance(value, float):
        return _text(number(value))
    if isinstance(value, int) or type(value).__name__.startswith("int"):
        return f"{value:,}"
    return _text(value)


#: A column of a table: its heading, and what to write of a row.
Column = tuple[str, Callable[[dict[str, Any]], object]]


def _table(
    rows: Sequence[dict[str, Any]], columns: Iterable[Column], caption: str, rest: str = "", most: int = _ROWS
) -> str:
    """Lay out rows; columns in which nothing stands are left out, and those of numbers stand right."""
    shown = list(rows[:most])
    kept = []
    for heading, of in columns:
        values = [of(row) for row in shown]
        if any(_cell(value) for value in values):
            kept.append((heading, values, all(_is_missing(one) or isinstance(one, int | float) for one in values)))
    if not kept:
        return ""
    head = "".join(f'<th scope="col"{" class=n" if right else ""}>{_text(name)}</th>' for name, _, right in kept)
    lines = []
    for at in range(len(shown)):
        cells = "".join(
            f"<td{' class=n' if right else ' class=w'}>{_cell(values[at])}</td>" for _, values, right in kept
        )
        lines.append(f"<tr>{cells}</tr>")
    more = (
        f'<p class="more">… and {len(rows) - most:,} more{f": {_text(rest)}" if rest else ""}</p>'
        if len(rows) > most
        else ""
    )
    return (
        f'<div class="scroll"><table><caption>{_text(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>{more}"
    )


def _of(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda row: row.get(name)


def _share(value: object) -> str:
    if _is_missing(value):
        return ""
    said = f"{100 * float(str(value)):.1f} %"
    return "under 100 %" if said == "100.0 %" and float(str(value)) < 1 else said


# ---- the parts


def _tiles(report: Report) -> str:
    measured, counts = report._measured, report._counted
    totals = measured.totals
    first = measured.completeness[0]
    tiles = [("", f"{len(measured.obs):,}", "figures")]
    if totals and first.rate is not None:
        tiles.append(
            (
                "",
                _share(first.rate),
                "of required cells have a value" if first.asked else "of listed cells have a value",
            )
        )
    for name, one, word in (
        ("error", int(counts.errors.sum()), "errors"),
        ("warning", int(counts.warnings.sum()), "warnings"),
        ("note", int(counts.notes.sum()), "notes"),
    ):
        tiles.append((name, f"{one:,}", word[:-1] if one == 1 else word))
    if len(measured.series):
        tiles.append(("", f"{int(measured.series.length.median()):,}", "years comparable (median series)"))
    items = "".join(
        f'<li class="{name}"><b>{_text(value)}</b><span>{_text(word)}</span></li>' for name, value, word in tiles
    )
    return f'<ul class="tiles">{items}</ul>'


def _chip(severity: str) -> str:
    return f'<span class="chip {severity}">{severity}</span>'


def _findings(report: Report, examples: int) -> str:
    from ._quality_rules import rules

    counts, findings = report._counted, report._findings
    about = {one["name"]: one for one in records(rules())}
    out = [f"<h2>What the rules found</h2><p>{_text(found_said(counts))}</p>"]
    quiet = []
    rows = counts.assign(rank=counts.family.map({name: at for at, name in enumerate(reversed(FAMILIES))}))
    order = ["errors", "warnings", "rank", "notes"]
    for one in records(rows.sort_values(order, ascending=[False, False, True, False], kind="stable")):
        if not one["findings"]:
            quiet.append(f"{one['rule']} ({one['checked']:,} checked)" if one["checked"] else one["rule"])
            continue
        said = about.get(one["rule"], {}).get("checks", "")
        times = ", ".join(counted(one[name], name[:-1]) for name in ("errors", "warnings", "notes") if one[name])
        looked = f" in {one['checked']:,} checks" if one["checked"] else ""
        here = records(findings[findings["rule"] == one["rule"]].head(max(examples, 0)))
        items = "".join(f"<li>{_chip(str(row['severity']))}{_text(row['message'])}</li>" for row in here)
        rest = one["findings"] - len(here)
        more = f'<p class="more">… and {rest:,} more; report.findings lists {one["listed"]:,}.</p>' if rest > 0 else ""
        out.append(
            f'<section class="rule"><h3>{_text(one["rule"])}: {_text(said)}?</h3>'
            f'<p class="small">{_text(one["family"])}; {_text(times)}{looked}</p><ul>{items}</ul>{more}</section>'
        )
    if quiet:
        out.append(f'<p class="small">Nothing was found by: {_text(", ".join(quiet))}.</p>')
    return "".join(out)


def _coverage(measured: Measured) -> str:
    import pandas as pd

    out = [f"<h2>Coverage</h2><p>{_text(complete_said(measured))}</p>"]
    if measured.totals:
        out.append(presence_bar(measured.totals))
        out.append(heat_map(measured))
    columns: list[Column] = [
        ("dimension", _of("dimension")),
        ("code", lambda row: _label(row["dimension"], row["code"])),
        ("cells", _of("cells")),
        ("with a value", _of("present")),
        ("share", lambda row: _share(row["share"])),
        *(
            (kind.replace("_", " "), _nonzero(kind))
            for kind in ("zero", "missing", "blank", "suppressed", "not_existing")
        ),
    ]
    table = measured.coverage
    low = table[(table.dimension != "all") & (table.share < 1)].sort_values("share", kind="stable")
    # Where every figure has its reporter as origin or destination, that side says the same again.
    reported = set(zip(low.code[low.dimension == "reporter"], low.cells[low.dimension == "reporter"], strict=True))
    sides = low.dimension.isin(["origin", "destination"])
    again = [pair in reported for pair in zip(low.code, low.cells, strict=True)]
    low = low[~(sides & pd.Series(again, index=low.index, dtype=bool))]
    rest = "report.coverage lists all"
    out.append(_table(records(low), columns, "Where cells are without a value, the emptiest first", rest, 15))
    residuals: list[Column] = [
        ("measure", _of("measure")),
        ("unit", _of("unit")),
        ("by", _of("dimension")),
        ("of its own", _of("own")),
        ("other or unknown", _of("residual")),
        ("in groups only", _of("group")),
        (
            "without its own",
            lambda row: _share((row["residual"] + row["group"]) / (row["own"] + row["residual"] + row["group"])),
        ),
    ]
    lost = measured.residuals
    lost = lost[(lost.residual + lost.group) > 0]
    out.append(_table(records(lost), residuals, "Value of leaves that has no category of its own", "report.residuals"))
    if measured.benchmark is not None:
        out.append(_benchmark(measured.benchmark))
    return "".join(out)


def _nonzero(kind: str) -> Callable[[dict[str, Any]], object]:
    return lambda row: row[kind] or None


def _label(dimension: str, code: object) -> object:
    if _is_missing(code):
        return "not stated"
    if dimension in ("origin", "destination", "reporter", "citizenship", "birth"):
        return named(code)
    return code


def _benchmark(table: pd.DataFrame) -> str:
    keys = [name for name in table.columns if name not in BESIDES]
    columns: list[Column] = [
        *((name, _key(name)) for name in keys),
        ("records", _of("records")),
        ("benchmark", _of("benchmark")),
        ("coverage", lambda row: _share(row["coverage"])),
    ]
    rows = records(table.sort_values("coverage", kind="stable"))
    return _table(rows, columns, "Records beside the benchmark, the lowest coverage first", "report.benchmark")


def _key(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda row: str(_label(name, row[name]))


def _comparability(measured: Measured) -> str:
    out = [f"<h2>Comparability</h2><p>{_text(comparable_said(measured))}</p>"]
    vectors = measured.vectors
    fields = [name for name in vectors.columns if name not in ("definitions", "figures")]
    alike = [name for name in fields if vectors[name].nunique(dropna=False) == 1]
    said = [
        f"{name.replace('_', ' ')} {vectors[name].iloc[0]}"
        for name in alike
        if len(vectors) and not _is_missing(vectors[name].iloc[0])
    ]
    if said:
        out.append(
            f"<p>{'All figures have' if len(vectors) > 1 else 'The figures have'}: {_text('; '.join(said))}.</p>"
        )
    if len(vectors) > 1:
        columns: list[Column] = [
            ("definitions", lambda row: _several(row["definitions"])),
            ("figures", _of("figures")),
            *((name.replace("_", " "), _of(name)) for name in fields if name not in alike),
        ]
        out.append(
            _table(
                records(vectors),
                columns,
                "What the definitions mean, where they differ",
                "report.definitions",
                15,
            )
        )
        pairs: list[Column] = [
            ("definitions", lambda row: f"{row['a']} and {row['b']}"),
            ("differ in", lambda row: f"{row['distance']} of {row['stated']}"),
            ("how", _of("why")),
            ("stated by one only", lambda row: str(row["one_sided"]).replace("_", " ")),
        ]
        rows = measured.comparability
        differing = records(rows[rows.distance > 0])
        out.append(_table(differing, pairs, "Pairs of definitions that differ", "report.comparability", 10))
    if len(measured.series):
        out.append(_table(_lengths(measured.series), [
            ("measure", _of("measure")), ("of", _of("of")), ("series", _of("series")), ("first", _of("first")),
            ("last", _of("last")), ("series that break", _of("broken")), ("last break", _of("break")),
            ("why", _of("why")), ("comparable years (median)", _of("length")),
        ], "How long series are comparable, those with breaks first", "report.series", 20))  # fmt: skip
    return "".join(out)


def _several(keys: Sequence[int]) -> str:
    said = ", ".join(str(key) for key in keys[:6])
    return f"{said} and {len(keys) - 6} more" if len(keys) > 6 else said


def _lengths(series: pd.DataFrame) -> list[dict[str, Any]]:
    out = []
    for (measure, reporter), here in series.groupby(["measure", "reporter"], observed=True, dropna=False, sort=True):
        broken = here[here["break"].notna()]
        last = broken.sort_values("break", kind="stable").iloc[-1] if len(broken) else None
        out.append({
            "measure": measure, "of": named(reporter), "series": len(here), "first": here["first"].min(),
            "last": here["last"].max(), "broken": len(broken) or None, "length": float(here.length.median()),
            "break": None if last is None else last["break"], "why": None if last is None else last["why"],
        })  # fmt: skip
    return sorted(out, key=lambda one: (-(one["broken"] or 0), one["length"]))


def _timeliness(measured: Measured) -> str:
    table = measured.timeliness
    if not len(table):
        return ""
    columns: list[Column] = [
        ("measure", _of("measure")),
        ("publisher", _of("publisher")),
        ("dataset", _of("dataset")),
        ("vintage", _of("vintage")),
        ("of", lambda row: "" if _is_missing(row["reporter"]) else named(row["reporter"])),
        ("first", _of("first")),
        ("last", _of("last")),
        ("released", _of("release_date")),
        ("scheduled", _of("scheduled")),
        ("lag, days", _of("lag_days")),
        ("late, days", _of("punctuality_days")),
        ("age, days", _of("age_days")),
        ("figures", _of("figures")),
    ]
    rows = records(table.sort_values("reference_end", kind="stable"))
    said = _table(rows, columns, "Latest periods, the oldest first", "report.timeliness", 20)
    return f"<h2>Timeliness</h2><p>{_text(timely_said(measured))}</p>{said}"


def _indicators(report: Report) -> str:
    columns: list[Column] = [
        ("code", _of("code")),
        ("indicator", _of("indicator")),
        ("of", _of("of")),
        (
            "value",
            lambda row: _share(row["value"]) if row["unit"] == "share" else f"{number(row['value'])} {row['unit']}",
        ),
        ("numerator", lambda row: number(row["numerator"]) if not _is_missing(row["numerator"]) else ""),
        ("denominator", lambda row: number(row["denominator"]) if not _is_missing(row["denominator"]) else ""),
        ("formula", _of("formula")),
    ]
    rows = records(indicators_of(report._measured, report._counted))
    caption = "Codes are those of the quality and performance indicators of the European Statistical System"
    return f"<h2>Indicators</h2>{_table(rows, columns, caption, 'report.indicators', 40)}"


def _method(report: Report) -> str:
    from importlib.metadata import version

    sources = "".join(f"<li>{_text(line)}</li>" for line in citations(report._measured.obs)[:10])
    return (
        f"<footer><p>Made by migstat {version('migstat')} (quality.report). No figure was changed. Rules say what is "
        "probably wrong; an expert of the field decides. quality.rules() tells the method and the source of each.</p>"
        f"{f'<p>Sources of the figures:</p><ul>{sources}</ul>' if sources else ''}</footer>"
    )
