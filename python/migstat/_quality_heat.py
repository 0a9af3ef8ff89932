"""Pictures of coverage, as inline SVG that prints: what stands in cells, and reporters by year."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from ._display_text import clean
from ._quality_summary import named
from ._quality_words import PRESENCE

if TYPE_CHECKING:
    import pandas as pd

    from ._quality_measured import Measured

__all__ = ["heat_map", "presence_bar"]

#: Share of cells with a value, its colour, that of numbers on it, and words. All eyes tell blue from orange.
_STEPS = (
    (1.0, "#0b4a8a", "#ffffff", "all"),
    (0.8, "#3f86bf", "#ffffff", "80 % and more"),
    (0.5, "#8fbcdf", "#1b1f24", "50 to 80 %"),
    (1e-12, "#cfe2f1", "#1b1f24", "under 50 %"),
    (0.0, "#f4c9a0", "#1b1f24", "none"),
)
_KINDS = {
    "value": "#0b4a8a", "zero": "#3f86bf", "rounded_zero": "#8fbcdf", "blank": "#f7e3cf", "missing": "#e8a35c",
    "suppressed": "#b3610f", "not_applicable": "#c9ced3", "not_existing": "#8d969e",
}  # fmt: skip
#: Rows and columns of the map.
_REPORTERS, _YEARS = 60, 60
_LEFT, _TOP = 190, 34


def presence_bar(totals: Mapping[str, int]) -> str:
    """Draw one bar of what stands in all cells."""
    whole = sum(totals[kind] for kind in _KINDS)
    if not whole:
        return ""
    x, parts, said = 0.0, [], []
    for kind, colour in _KINDS.items():
        count = totals[kind]
        if count:
            width = 900 * count / whole
            parts.append(f'<rect x="{x:.1f}" width="{max(width, 1.0):.1f}" height="22" fill="{colour}"/>')
            said.append((colour, f"{PRESENCE[kind]} {count:,} ({100 * count / whole:.1f} %)"))
            x += width
    legend, x, y = [], 0, 44
    for colour, text in said:
        room = 26 + 7 * len(text)
        if x + room > 900:
            x, y = 0, y + 20
        legend.append(
            f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{colour}" stroke="#5b6b7a" stroke-width=".5"/>'
            f'<text x="{x + 17}" y="{y}">{escape(text)}</text>'
        )
        x += room
    label = escape("Cells: " + "; ".join(text for _, text in said))
    return (
        f'<svg viewBox="0 0 900 {y + 8}" width="900" role="img" aria-label="{label}" font-size="12.5" fill="#1b1f24">'
        f"{''.join(parts)}{''.join(legend)}</svg>"
    )


def heat_map(measured: Measured) -> str:
    """Draw which reporters have figures for which years."""
    found = measured.counts("reporter", "year")
    found = found[found.reporter.notna()]
    if found.empty:
        return ""
    sizes = found.groupby("reporter", sort=False).cells.sum().sort_values(ascending=False, kind="stable")
    years = sorted(found.year.unique(), key=int)
    shown = sorted(sizes.index[:_REPORTERS], key=lambda code: named(code).casefold())
    late = years[-_YEARS:]
    cell = 30 if len(late) <= 20 else 14
    height = 17
    shares = _shares(found)
    parts = [_years(late, cell), *_rows(shown, late, shares, cell, height)]
    width, below = _LEFT + cell * len(late) + 10, _TOP + height * len(shown)
    legend = []
    for at, (_, colour, _, words) in enumerate(_STEPS):
        x = _LEFT + 118 * at
        legend.append(
            f'<rect x="{x}" y="{below + 12}" width="12" height="12" fill="{colour}"/>'
            f'<text x="{x + 17}" y="{below + 22}">{words}</text>'
        )
    width = max(width, _LEFT + 118 * len(_STEPS))
    more = []
    if len(sizes) > len(shown):
        more.append(f"{len(sizes) - len(shown)} more reporters")
    if len(years) > len(late):
        more.append(f"{len(years) - len(late)} earlier years")
    rest = f'<p class="more">… and {" and ".join(more)}: report.coverage_by("reporter", "year")</p>' if more else ""
    label = (
        f"Share of cells with a value: {len(shown)} reporters by {len(late)} years; report.coverage_by has the numbers"
    )
    return (
        "<h3>Who reports when: share of the listed cells that have a value</h3>"
        f'<div class="scroll"><svg viewBox="0 0 {width} {below + 30}" width="{width}" role="img" aria-label="{label}" '
        f'font-size="11" fill="#1b1f24">{"".join(parts)}{"".join(legend)}</svg></div>'
        '<p class="small">Empty: no cell is listed. Reporters are those who are stated, or the side that counts.</p>'
        f"{rest}"
    )


def _shares(found: pd.DataFrame) -> dict[tuple[Any, Any], float]:
    out = {}
    for one in found.to_dict("records"):
        there = one["cells"] - one["not_applicable"] - one["not_existing"]
        if there:
            out[one["reporter"], one["year"]] = one["present"] / there
    return out


def _years(years: list[Any], cell: int) -> str:
    step = 1 if cell > 20 else 5
    texts = []
    for at, year in enumerate(years):
        if at % step == 0:
            x = _LEFT + cell * at + cell / 2
            texts.append(f'<text x="{x:.0f}" y="{_TOP - 8}" text-anchor="middle">{escape(str(year))}</text>')
    return "".join(texts)


def _rows(
    reporters: list[Any], years: list[Any], shares: Mapping[tuple[Any, Any], float], cell: int, height: int
) -> list[str]:
    out = []
    for line, reporter in enumerate(reporters):
        y = _TOP + height * line
        name = clean(named(reporter))
        name = name if len(name) <= 30 else name[:29] + "…"
        out.append(f'<text x="{_LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(name)}</text>')
        for at, year in enumerate(years):
            share = shares.get((reporter, year))
            if share is None:
                continue
            _, colour, ink, _ = next(step for step in _STEPS if share >= step[0])
            x = _LEFT + cell * at
            out.append(f'<rect x="{x}" y="{y}" width="{cell - 1}" height="{height - 1}" fill="{colour}"/>')
            if cell > 20 and share < 1:
                said = f"{max(1, min(99, round(100 * share)))}" if share else "0"
                out.append(
                    f'<text x="{x + cell / 2 - 0.5:.0f}" y="{y + 12}" text-anchor="middle" fill="{ink}">{said}</text>'
                )
    return out
