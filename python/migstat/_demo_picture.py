"""The picture of the tour: who left, to where, by sex and skill."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _demo_words as _words, areas

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

    from .observations import Observations

#: Rows and panels of the picture.
MOST_BARS, MOST_PANELS = 12, 3
REGIONS = (
    ("grp:GCC", "Gulf Cooperation Council"),
    ("grp:ESCAP-SSWA", "South and South-West Asia"),
    ("grp:ESCAP-SEA", "South-East Asia"),
    ("grp:ESCAP-ENEA", "East and North-East Asia"),
    ("grp:ESCAP-NCA", "North and Central Asia"),
    ("grp:ESCAP-PACIFIC", "Pacific"),
    ("_O", "Other destinations"),
    ("_U", "Others (not said which)"),
)

_AMBER, _SAND, _SKY, _NAVY = "#E39B2D", "#F4D9A6", "#8FC1E3", "#154C79"
_INK, _GREY, _RULE = "#222222", "#6B6B6B", "#D9D9D9"


@dataclass(frozen=True)
class Segment:
    """A part of a bar."""

    key: str
    label: str
    colour: str
    hatch: str = ""


@dataclass(frozen=True)
class Picture:
    """What is drawn: bars for each row in each panel, women to the left and men to the right."""

    title: str
    panels: Sequence[tuple[str, Sequence[str]]]  # key, lines above it
    rows: Sequence[tuple[str, str]]  # key, label; a row without a key is a heading
    segments: Sequence[Segment]
    values: Mapping[tuple[str, str, str, str], float]  # panel, row, side (F, M or empty), segment
    notes: Sequence[str]
    sides: Sequence[str] = ("F", "M")


def draw(observations: Observations, path: str | PathLike[str], name: str = "") -> str | None:
    """Draw the picture; give back what to say if there is none."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return "No picture: it needs matplotlib. pip install 'migstat[plot]'"
    publisher = observations.definitions.get("publisher")
    bureau = publisher is not None and set(publisher) == {"Sri Lanka Bureau of Foreign Employment"}
    frame = _leaves(observations)
    if bureau and "skill_printed" in frame.columns and set(frame.year) == {1988, 1995, 1996}:
        picture = _picture_of_sri_lanka(frame)
    else:
        made = _picture_of_anything(observations, frame, name)
        if made is None:
            return "No picture: the table has nothing to compare."
        picture = made
    _paint(picture, path)
    return None


def _leaves(observations: Observations) -> pd.DataFrame:
    import pyarrow as pa

    frame: pd.DataFrame = pa.table(observations.figures).to_pandas()
    for name in frame.columns:
        if frame[name].dtype.name == "category":
            frame[name] = frame[name].astype(object)
    frame["year"] = [day.year for day in frame.period_start]
    return frame[frame.leaf & frame.value.notna()]


def _picture_of_sri_lanka(frame: pd.DataFrame) -> Picture:
    gulf = ["SAU", "KWT", "ARE", "QAT", "OMN", "BHR"]
    alone = {"LBN", "JOR"}
    in_region = {
        code: region for region, _ in REGIONS if region.startswith("grp:ESCAP") for code in areas.members(region)
    }

    def row_of(code: str) -> str:
        return code if code in gulf or code in alone else in_region.get(code, "rest")

    rung_of = {
        "HOUSEMAID": "maid",
        "UNSKILLED": "low",
        "SKILLED": "medium",
        "MIDDLE": "either",
        "HIGH": "high",
    }
    keyed = frame.assign(row=frame.destination.map(row_of), segment=frame.skill_printed.map(rung_of))
    sums = keyed.groupby(["year", "row", "sex", "segment"]).value.sum()
    panels = []
    coverage = {"1988": "registered agencies only", "1995": "all sources", "1996": "all sources"}
    for year, group in frame.groupby(frame.year.astype(str)):
        whole, women = group.value.sum(), group[group.sex == "F"].value.sum()
        panels.append((str(year), [str(year), f"{whole:,.0f} · {women / whole:.0%} women", coverage[str(year)]]))
    regions = [
        ("grp:ESCAP-SEA", "South-East Asia"),
        ("grp:ESCAP-SSWA", "South & South-West Asia"),
        ("grp:ESCAP-ENEA", "East & North-East Asia"),
        ("grp:ESCAP-PACIFIC", "Pacific"),
    ]
    return Picture(
        title="Nearly three in four who left Sri Lanka for work in 1995–96 were women,\n"
        "most of them housemaids bound for the Gulf",
        panels=panels,
        rows=[
            ("", "Gulf Cooperation Council"),
            *((code, _words.area(code)) for code in gulf),
            ("", "Asia and the Pacific (ESCAP)"),
            *regions,
            ("", "Elsewhere"),
            ("LBN", "Lebanon"),
            ("JOR", "Jordan"),
            ("rest", "All other destinations"),
        ],
        segments=[
            Segment("maid", "low: housemaids", _AMBER),
            Segment("low", "low: others", _SAND),
            Segment("medium", "medium", _SKY),
            Segment("either", "medium or high", _SKY, "/////////"),
            Segment("high", "high", _NAVY),
        ],
        values=_keyed(sums),
        notes=[
            "Departures for employment abroad, persons, by level of skill. Years differ in coverage: "
            "the rise after 1988 is partly one of what is counted; 1995",
            "has the first 23 destinations (99.6%). The tables print no sex for housemaids, who are shown as "
            "women. “Medium or high” is the “Middle level”. –: not in the table.",
            "Source: Sri Lanka Bureau of Foreign Employment, Statistical Handbook on Migration.",
        ],
    )


def _keyed(sums: pd.Series[float]) -> dict[tuple[str, str, str, str], float]:
    rows = sums.reset_index().itertuples(index=False, name=None)
    return {(str(panel), str(row), str(side), str(part)): value for panel, row, side, part, value in rows}


def _picture_of_anything(observations: Observations, frame: pd.DataFrame, name: str) -> Picture | None:
    """Compare areas (else periods) of up to three periods of the largest definition."""
    if frame.empty:
        return None
    definition: Any = frame.groupby("definition").value.sum().idxmax()
    others = frame.definition.nunique() - 1
    whole = observations.figures.column("value")
    blank = whole.null_count if not others else 0
    frame = frame[frame.definition == definition]
    periods = sorted(set(zip(frame.period_start, frame.period_end, strict=True)))
    titles = {one: _words.period(*one) for one in periods}
    frame = frame.assign(when=[titles[one] for one in zip(frame.period_start, frame.period_end, strict=True)])
    before = frame.value.sum()
    sides = ["F", "M"] if {"F", "M"} <= set(frame.sex) else [""]
    frame = frame.assign(side=frame.sex if sides != [""] else "")
    frame = frame[frame.side.isin(sides)]
    levels = [code for code in ("low", "medium", "high", "_U") if code in set(frame.get("skill", []))]
    frame = frame.assign(segment=frame.skill if levels else "all")
    frame = frame[frame.segment.isin(levels or ["all"])]
    lost = before - frame.value.sum()
    rows_by = max(
        ("destination", "origin", "flow_type"),
        key=lambda column: frame[column].nunique() if column in frame else 0,
    )
    many = frame[rows_by].nunique() > 1 if rows_by in frame else False
    if many:
        panels = [titles[one] for one in periods if titles[one] in set(frame.when)][-MOST_PANELS:]
        frame = frame[frame.when.isin(panels)].assign(row=frame[rows_by])
        largest = frame.groupby("row").value.sum().sort_values(ascending=False)
        rows = [(str(code), _words.area(str(code))) for code in largest.index[:MOST_BARS]]
    else:
        order = [titles[one] for one in periods if titles[one] in set(frame.when)][-MOST_BARS:]
        frame = frame[frame.when.isin(order)].assign(row=frame.when, when="all")
        panels, rows = ["all"], [(one, one) for one in order]
    sums = frame.groupby(["when", "row", "side", "segment"]).value.sum()
    colours = {"low": _AMBER, "medium": _SKY, "high": _NAVY, "_U": _RULE, "all": _NAVY}
    words = {"low": "low-skilled", "medium": "medium", "high": "high", "_U": "skill not known", "all": ""}
    stated = observations.definitions.loc[definition]
    where = [str(stated.get(field)) for field in ("publisher", "dataset", "table") if _words.said(stated.get(field))]
    cut = int(frame.row.nunique()) - len(rows)
    notes = [
        f"{str(stated.measure).replace('_', ' ').capitalize()}, {stated.unit}."
        + (f" Another {cut} rows are not drawn." if cut > 0 else "")
        + (f" {_words.number(lost)} without sex or skill are not drawn." if lost else "")
        + (f" One of {others + 1} definitions, the largest." if others else "")
        + (f" {_words.count(blank, 'figure')} without a value." if blank else "")
    ]
    notes += [textwrap.shorten(f"Source: {', '.join(where)}", 150, placeholder=" ...")] if where else []
    return Picture(
        title=textwrap.shorten(name or ", ".join(where[-1:]) or str(stated.measure).replace("_", " "), 80),
        panels=[
            (key, [] if key == "all" else [key, _words.number(sums[key].sum())]) for key in panels if key in sums.index
        ],
        rows=rows,
        segments=[Segment(key, words[key], colours[key]) for key in (levels or ["all"])],
        values=_keyed(sums),
        notes=notes,
        sides=sides,
    )


def _paint(picture: Picture, path: str | PathLike[str]) -> None:
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    diverging = len(picture.sides) == 2
    title = picture.title.split("\n")
    named = [one for one in picture.segments if one.label]
    heads = max((len(lines) for _, lines in picture.panels), default=0) + diverging
    # In inches: one scale for all panels, each as wide as its longest bars and their labels.
    step, line, label, gap = 0.235, 0.145, 0.44, 0.16
    width, left, edge = 8.0, 1.62, 0.10
    top = edge + 0.24 * len(title) + (0.30 if len(named) > 1 else 0.06) + line * heads + 0.10
    bottom = 0.18 + 0.14 * len(picture.notes)
    high = [0.96 if not row else 1.0 for row, _ in picture.rows]
    height = top + step * sum(high) + bottom
    middles = [
        height - top - step * (sum(high[:at]) + high[at] * (0.5 if row else 0.60))
        for at, (row, _) in enumerate(picture.rows)
    ]
    sums = {
        (panel, row, side): sum(picture.values.get((panel, row, side, one.key), 0) for one in picture.segments)
        for panel, _ in picture.panels
        for row, _ in picture.rows
        for side in picture.sides
    }
    most = {
        (panel, side): max((sums[panel, row, side] for row, _ in picture.rows), default=0)
        for panel, _ in picture.panels
        for side in picture.sides
    }
    least = 1.16 - label * len(picture.sides)
    free = width - left - edge - (gap + label * len(picture.sides)) * len(picture.panels)
    spans = {panel: sum(most[panel, side] for side in picture.sides) for panel, _ in picture.panels}
    inch = _scale(list(spans.values()), free, least)
    figure = Figure(figsize=(width, height), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.axis("off")

    def write(x: float, y: float, text: str, size: float = 7.0, **how: Any) -> None:
        axes.text(x, y, text, fontsize=size, **{"va": "center_baseline", "color": _INK, **how})

    for at, text in enumerate(title):
        write(edge, height - edge - 0.12 - 0.24 * at, text, 12.5, weight="bold")
    for (row, text), y in zip(picture.rows, middles, strict=True):
        text = text if len(text) <= 30 else f"{text[:28]}…"
        write(edge if not row else edge + 0.1, y, text, 7.7, weight="normal" if row else "bold")
        if row:
            axes.plot([edge + 0.1, width - edge], [y - step / 2] * 2, color="#EFEFEF", linewidth=0.5, zorder=0)
    x = left
    for panel, lines in picture.panels:
        room = max(spans[panel] * inch, least)
        zero = x + (label + most[panel, "F"] * inch + (room - spans[panel] * inch) / 2 if diverging else 0)
        y = height - top + line * (heads - 1) + 0.10
        for at, text in enumerate(lines):
            strong: dict[str, Any] = {"size": 9.0, "weight": "bold"} if at == 0 else {"size": 7.0, "color": _GREY}
            write(zero if diverging else x, y - line * at, text, ha="center" if diverging else "left", **strong)
        if diverging:
            write(zero - 0.05, height - top + 0.08, "women", 7.0, ha="right", style="italic")
            write(zero + 0.05, height - top + 0.08, "men", 7.0, ha="left", style="italic")
        for (row, _), middle in zip(picture.rows, middles, strict=True):
            for side in picture.sides if row else ():
                sign = -1 if side == "F" else 1
                end = zero
                for one in picture.segments:
                    long = sign * picture.values.get((panel, row, side, one.key), 0) * inch
                    axes.barh(
                        middle,
                        long,
                        left=end,
                        height=step * 0.74,
                        color=one.colour,
                        hatch=one.hatch if abs(long) > 0.01 else "",
                        edgecolor=_NAVY,
                        linewidth=0,
                    )
                    end += long
                value = sums[panel, row, side]
                place: dict[str, Any] = {
                    "ha": "right" if sign < 0 else "left",
                    "color": _INK if value else _GREY,
                }
                printed = any((panel, row, side, one.key) in picture.values for one in picture.segments)
                write(end + 0.035 * sign, middle, _words.number(value) if printed else "–", **place)
        axes.plot([zero] * 2, [bottom + 0.02, height - top], color=_GREY, linewidth=0.5)
        x += room + label * len(picture.sides) + gap
    if len(named) > 1:
        axes.legend(
            handles=[
                Patch(facecolor=one.colour, hatch=one.hatch, edgecolor=_NAVY, linewidth=0, label=one.label)
                for one in named
            ],
            loc="center left",
            bbox_to_anchor=(edge / width, 1 - (edge + 0.24 * len(title) + 0.13) / height),
            ncols=len(named),
            frameon=False,
            fontsize=7.6,
            handlelength=1.3,
            handleheight=0.9,
            columnspacing=1.4,
            borderaxespad=0,
            borderpad=0,
        )
    for at, text in enumerate(reversed(picture.notes)):
        write(edge, 0.12 + 0.14 * at, text, 6.5, color=_GREY)
    with mpl.rc_context({"hatch.linewidth": 0.7}):
        figure.savefig(path, dpi=200, facecolor="white")


def _scale(spans: Sequence[float], free: float, least: float) -> float:
    """Inches of one person, so that panels of these spans, none below the least, fill the free width."""
    wide = sorted(spans, reverse=True)
    for kept in range(len(wide), 0, -1):
        scale = (free - least * (len(wide) - kept)) / (sum(wide[:kept]) or 1)
        if wide[kept - 1] * scale >= least:
            return scale
    return (free - least * (len(wide) - 1)) / (wide[0] or 1)
