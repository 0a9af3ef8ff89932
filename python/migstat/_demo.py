"""The tour that ``migstat demo`` gives: real figures, or the user's own, from the page to the picture."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import areas, datasets
from ._aggregate import aggregate
from .errors import MigstatError

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

    from ._aggregate import Aggregate
    from .observations import Observations

__all__ = ["run"]

WIDTH = 98
#: Rows of a table that are printed; all are in the file.
MOST_ROWS = 36
#: Rows and panels of the picture.
MOST_BARS, MOST_PANELS = 12, 3


def run(out: str | PathLike[str] = "demo", observations: Observations | None = None, name: str = "") -> int:
    """Show what migstat does with a table, and write the results to a folder.

    Parameters
    ----------
    out : path
        Folder for the files; it is made.
    observations : Observations, optional
        What to show; the tables of Sri Lanka that come with the package unless given.
    name : str
        What to call them, such as the name of the file that they come from.

    Returns
    -------
    int
        0, for the command line.

    Examples
    --------
    >>> import migstat as ms, tempfile
    >>> obs = ms.datasets.asian_outflows().where(reporter="PHL")
    >>> ms._demo.run(tempfile.mkdtemp(), obs, "deployment.csv")  # doctest: +ELLIPSIS
    deployment.csv
    ==============
    ...
    0
    """
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    bundled = observations is None
    shown = datasets.sri_lanka_departures() if observations is None else observations
    stem = "sri_lanka_departures" if bundled else _stem(name)
    _title(
        "Departures from Sri Lanka for employment abroad: 1988, 1995, 1996" if bundled else name or "Your observations"
    )
    if bundled:
        _say(
            "Three tables that the Sri Lanka Bureau of Foreign Employment printed: country of destination, "
            "level of skill and sex, the classification that ESCAP chose for its database on labour outflows."
        )
    _what_was_read(shown)
    _what_labels_meant(shown, bundled=bundled)
    _printed_totals(shown)
    table = _departures(shown) if bundled else _breakdown(shown)
    if bundled:
        _definitions_refused(shown)
    files = {f"{stem}.parquet": "figures, definitions and ledger, for ms.Observations.from_parquet"}
    shown.to_parquet(folder / f"{stem}.parquet")
    if table is not None:
        file = "departures_by_region.csv" if bundled else f"{stem}_summary.csv"
        table.to_csv(folder / file, index=False)
        files[file] = "the table above, all rows and columns"
    drawn = folder / ("departures.png" if bundled else f"{stem}.png")
    said = draw(shown, drawn, name)
    if said is None:
        files[drawn.name] = "the picture"
    _head(f"Files in {folder.as_posix()}" if len(folder.as_posix()) < 80 else "Files")
    width = max(map(len, files))
    for file, what in files.items():
        _say(f"{file:<{width}}  {what}", hang=width + 4)
    if said is not None:
        _say(said)
    _next(bundled=bundled)
    return 0


# ---- what is said


def _what_was_read(observations: Observations) -> None:
    _head("What was read")
    definitions = observations.definitions
    if not observations.ledger.steps:
        _say(f"{len(observations):,} rows in {_count(len(definitions), 'definition')}, without a ledger.")
        return
    observations.ledger.check()
    rows = sum(account["taken"]["rows"] for account in observations.ledger.steps[0]["accounts"])
    _say(
        f"{_count(int(rows), 'figure')} in {_count(len(definitions), 'definition')}: what is counted "
        "differently is never added together. The ledger balances: in = out + set aside, to the last person."
    )
    accounts = observations.ledger.steps[0]["accounts"]
    reasons: dict[str, list[str]] = {}
    lines = []
    for at, account in enumerate(accounts):
        aside = [each["tally"] for each in account["set_aside"]]
        for each in account["set_aside"]:
            listed = reasons.setdefault(str(each["reason"]), [])
            if not str(each["reason"]).startswith("total"):
                listed += [str(one["what"]) for one in each.get("examples", [])[: 5 - len(listed)]]
        same = len(accounts) == len(definitions)
        title = _short(definitions.iloc[at]) if same else str(account["title"])
        values = [
            math.fsum(value for one in of for value in one["value"])
            for of in ([account["taken"]], [account["out"]], aside)
        ]
        counted = account["unit"] not in ("percent", "per_1000", "rate")
        tallies = map(_number, values) if counted else ("", _count(int(account["out"]["rows"]), "row"), "")
        lines.append((textwrap.shorten(title, 62, placeholder=" ..."), *tallies))
    print()
    print(f"  {'':<62} {'in':>10} {'out':>10} {'set aside':>10}")
    for title, *values in lines[:8]:
        print(f"  {title:<62} " + " ".join(f"{value:>10}" for value in values))
    if len(lines) > 8:
        print(f"  ... and {len(lines) - 8} more: obs.ledger")
    if reasons:
        print()
    for reason, found in reasons.items():
        _say(f"Set aside: {reason}{f': {_and(found)}' if found else ''}.")


def _what_labels_meant(observations: Observations, *, bundled: bool) -> None:
    _head("What the labels meant")
    kinds: dict[str, list[str]] = {}
    for column in ("origin", "destination"):
        for code in _codes(observations, column):
            kinds.setdefault(_kind(code), []).append(code)
    words = {
        "country": ("country or area", "countries and areas"),
        "former": ("former state", "former states"),
        "aggregate": ("group", "groups"),
        "residual": ("residual", "residuals"),
    }
    counted = [
        f"{len(set(kinds[kind]))} {singular if len(set(kinds[kind])) == 1 else plural}"
        for kind, (singular, plural) in words.items()
        if kind in kinds
    ]
    if counted:
        _say(f"Origins and destinations: {_and(counted)}.")
    found = observations.ledger.findings()
    for severity, mark in (("warning", "!"), ("assumption", "~"), ("note", "-")):
        for finding in [one for one in found if one["severity"] == severity][:6]:
            value = sum(finding["tally"]["value"])
            rows = finding["tally"]["rows"]
            tail = f" ({_number(value)} in {_count(rows, 'row')})" if rows else ""
            _say(f"{mark} {finding['message']}{tail}", hang=4)
    if len(found) > 18:
        _say(f"... {len(found)} findings in all: obs.ledger.findings()")
    if bundled:
        _say(
            "Labels that outlived their state stay with it: nobody is moved to a successor that the table "
            'did not name. "Others" stays a residual: nobody is dropped, nobody is guessed.'
        )


def _printed_totals(observations: Observations) -> None:
    import pyarrow as pa

    _head("Printed totals, checked")
    totals = pa.table(_arrow(observations.printed_totals())).to_pandas()
    if totals.empty:
        _say("The table prints no totals.")
        return
    states = totals.state.astype(str).value_counts()
    words = {
        "agrees": ("agrees", "agree", " with the sum of the parts"),
        "differs": ("differs", "differ", " from the sum of the parts"),
        "blank": ("is", "are", " blank"),
        "absent": ("is", "are", " not printed, and computed here"),
    }
    _say(
        _and(
            [
                f"{states[state]} {one if states[state] == 1 else many}{rest}"
                for state, (one, many, rest) in words.items()
                if state in states
            ]
        )
        + "."
    )
    absent = totals[totals.state.astype(str) == "absent"]
    if len(absent):
        _say(
            "Not printed: "
            + "; ".join(
                f"{len(group)} of {_period(*when)}, the largest {_number(group.computed.max())}"
                for when, group in list(absent.groupby(["period_start", "period_end"]))[:4]
            )
            + "."
        )
    for total in totals[totals.state.astype(str) == "differs"].head(5).itertuples():
        codes = [
            _area(str(code)) if column in ("origin", "destination") else str(code)
            for column in ("origin", "destination", "sex", "skill")
            if (code := getattr(total, column, "_T")) not in ("_T", None)
        ]
        _say(
            f"! {', '.join([*codes, _period(total.period_start, total.period_end)])}: "
            f"printed {_number(total.printed)}, the parts make {_number(total.computed)} "
            f"(difference {_number(total.difference)})",
            hang=4,
        )


def _definitions_refused(observations: Observations) -> None:
    _head("What it refuses")
    _say('>>> ms.aggregate(obs, by=["sex"])')
    try:
        aggregate(observations, by=["sex"])
    except MigstatError as error:
        why, _, advice = f"{type(error).__name__}: {error}".partition("; group by")
        _say(f"{textwrap.shorten(why, 230, placeholder=' ...')}; group by{advice}")


def _next(*, bundled: bool) -> None:
    _head("Where to go next")
    if bundled:
        _say("The same for a table of your own:")
        print("  migstat demo your.csv --destination Country --year Year --value Number \\")
        print("          --constant origin=LKA --constant measure=labour_outflow")
        print()
        _say("In Python:")
    for line in (
        ">>> import migstat as ms",
        '>>> obs = ms.harmonise(frame, destination="Country", sex="Sex", year="Year", value="Number",',
        '...                    constants=dict(origin="LKA", measure="labour_outflow"))',
        '>>> ms.aggregate(obs, by=["year", "destination.GCC", "sex"], totals=["sex"])',
        ">>> ms.datasets.catalogue()",
    ):
        print(f"  {line}")


# ---- tables

#: Groups of destinations, in the order of the table; the rest is outside both.
_REGIONS = (
    ("grp:GCC", "Gulf Cooperation Council"),
    ("grp:ESCAP-SSWA", "South and South-West Asia"),
    ("grp:ESCAP-SEA", "South-East Asia"),
    ("grp:ESCAP-ENEA", "East and North-East Asia"),
    ("grp:ESCAP-NCA", "North and Central Asia"),
    ("grp:ESCAP-PACIFIC", "Pacific"),
    ("_O", "Other destinations"),
    ("_U", "Others (not said which)"),
)
_LEVELS = (("_T", "all"), ("low", "low-skilled"), ("medium", "medium"), ("high", "high"))


def _departures(observations: Observations) -> pd.DataFrame:
    """Print departures by region, skill, sex and year; give the cells with their bounds."""
    _head("Departures by destination, skill and sex")
    _say("Persons; the third column of each year is women in percent.")
    print()
    cells = _regions(observations)
    years = sorted(cells.year.unique())
    value = cells.set_index(["region", "skill", "year", "sex"]).value
    print((f"  {'':<25}" + "".join(f"{year:>14}{'':9}" for year in years)).rstrip())
    print(f"  {'':<25}" + f"{'women':>9}{'men':>9}{'%':>5}" * len(years))
    for region, title in (("_T", "All destinations"), *_REGIONS):
        if region not in set(cells.region):
            continue
        for level, word in _LEVELS:
            pairs = [[value.get((region, level, year, sex)) for sex in "FM"] for year in years]
            if level != "_T" and not any(one for pair in pairs for one in pair):
                continue
            label = title if level == "_T" else f"  {word}"
            text = "".join(_pair(*pair) for pair in pairs)
            print(f"  {label:<25}{text}".rstrip())
    bounds = cells[(cells.region == "_T") & (cells.skill == "high")].groupby("year")[["value", "low", "high"]].sum()
    year = years[-1]
    middle = bounds.loc[year]
    print()
    _say(
        f'Rows "medium" and "high" share out "Middle level", whose workers may be either: in {year} the '
        f"high-skilled are {_number(middle.value)}, but may be as few as {_number(middle.low)} or as many as "
        f"{_number(middle.high)}. The source prints no sex for housemaids; they are counted as women."
    )
    _say(
        "1988 covers registered agencies and the bureau only: the rise to 1995 is partly one of coverage. "
        "A dash stands where the table has no such destination: that is not a zero."
    )
    return cells


def _regions(observations: Observations) -> pd.DataFrame:
    """Sum up by year, region (the GCC, else the subregion of ESCAP), skill and sex; with totals."""
    import pandas as pd

    by = ["year", "destination.GCC", "destination.ESCAP", "skill", "sex"]
    cells = aggregate(observations, by=by).to_arrow().to_pandas()
    gulf = cells["destination.GCC"].astype(str)
    cells["region"] = cells["destination.ESCAP"].astype(str).where(gulf != "grp:GCC", "grp:GCC")
    cells["region"] = cells.region.where(~((cells.region == "_O") & (gulf == "_U")), "_U")
    keys = ["year", "region", "skill", "sex"]
    cells = cells.astype(dict.fromkeys(["skill", "sex"], object))
    sums = cells.groupby(keys, sort=False)[["value", "low", "high"]].sum().reset_index()
    whole = sums.assign(region="_T")
    both = pd.concat([sums, whole]).groupby(keys, sort=False).sum().reset_index()
    levels = both.assign(skill="_T", low=both.value, high=both.value)
    made: pd.DataFrame = pd.concat([both, levels]).groupby(keys, sort=False).sum().reset_index()
    names = dict(_REGIONS) | {"_T": "All destinations"}
    return made.assign(region_name=made.region.map(names))


def _pair(women: float | None, men: float | None) -> str:
    whole = (women or 0) + (men or 0)
    share = f"{(women or 0) / whole:.0%}" if whole else "-"
    return f"{_number(women):>9}{_number(men):>9}{share:>5}"


def _breakdown(observations: Observations) -> pd.DataFrame | None:
    """Print what varies in a table of the user's, as far as it is there."""
    import pyarrow as pa

    _head("Summary")
    frame = pa.table(observations.figures).to_pandas()
    by = [] if len(observations.definitions) < 2 else ["definition"]
    by += ["period"] if frame.period_start.astype(str).nunique() > 1 else []
    for column in ("origin", "destination"):
        codes = [code for code in _codes(observations, column) if code != "_T"]
        if len(codes) > 1:
            by.append(column if len(codes) <= MOST_BARS else f"{column}.subregion")
    by += [name for name in ("skill", "sex", "flow_type") if len(_codes(observations, name)) > 1]
    made = _first_that_works(observations, by)
    if made is None:
        return None
    cells: pd.DataFrame = made.to_arrow().to_pandas()
    for name in made.by:
        if name.startswith(("origin", "destination")):
            cells[f"{name} name"] = [_area(str(code)) for code in cells[name]]
    cells.loc[cells.value.isna(), [name for name in ("low", "high") if name in cells.columns]] = None
    last = [name for name in ("value", "low", "high", "missing") if name in cells.columns]
    last = last if cells.missing.any() else [name for name in last if name != "missing"]
    keys = ["definition"] if "definition" in cells.columns else []
    for name in made.by:
        keys += [name] if name not in keys else []
        keys += [f"{name} name"] if f"{name} name" in cells.columns else []
    _print_table(cells[[*keys, *last]])
    known = cells[cells.sex.astype(str).isin(["F", "M"])] if "sex" in made.by else cells.head(0)
    groups = known.groupby(known.definition if "definition" in made.by else known.index < 0)
    for definition, group in groups:
        women, whole = group[group.sex.astype(str) == "F"].value.sum(), group.value.sum()
        if whole:
            of = f" (definition {definition!s})" if "definition" in made.by else ""
            _say(f"Women are {women / whole:.1%} of those whose sex is known{of}.")
    return cells


def _first_that_works(observations: Observations, by: list[str]) -> Aggregate | None:
    """Sum up by as much as the table allows, and say what it does not allow."""
    refused = ""
    for wanted in ([*by], [name for name in by if "." not in name], ["definition", "period"]):
        try:
            return aggregate(observations, by=wanted)
        except MigstatError as error:
            refused = refused or str(error)
    _say(f"Not added up: {refused}.")
    return None


def _print_table(frame: pd.DataFrame) -> None:
    """Print a frame within the width, leaving out what does not fit and saying so."""
    texts = {str(name): [str(name), *(_cell(value) for value in frame[name].head(MOST_ROWS))] for name in frame.columns}
    codes = [name for name in texts if f"{name} name" in texts]
    texts = {name.removesuffix(" name"): column for name, column in texts.items() if name not in codes}
    for name, column in texts.items():
        column[0] = name
    widths = {name: min(max(map(len, column)), 30) for name, column in texts.items()}
    fits: list[str] = []
    order = sorted(texts, key=lambda name: name not in ("value",))
    used = 0
    for name in order:
        if used + widths[name] + 2 <= WIDTH - 2:
            used += widths[name] + 2
            fits.append(name)
    fits = [name for name in texts if name in fits]
    for row in range(len(next(iter(texts.values())))):
        cells = [_fitted(texts[name][row], widths[name], frame, name) for name in fits]
        print(("  " + "  ".join(cells)).rstrip())
    if len(frame) > MOST_ROWS:
        print(f"  ... and {len(frame) - MOST_ROWS:,} more rows in the file")
    if len(fits) < len(texts):
        _say(f"... and {_and([name for name in texts if name not in fits])} in the file")


def _fitted(text: str, width: int, frame: pd.DataFrame, name: str) -> str:
    text = text if len(text) <= width else f"{text[: width - 2]}.."
    number = name in frame.columns and frame[name].dtype.kind in "fiu"
    return f"{text:>{width}}" if number else f"{text:<{width}}"


def _cell(value: object) -> str:
    if value is None or value != value:
        return ""
    return _number(value) if isinstance(value, float) else str(value)


# ---- the picture

#: Light to dark with skill; told apart by people who confuse colours, and in print.
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
        code: region for region, _ in _REGIONS if region.startswith("grp:ESCAP") for code in areas.members(region)
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
            *((code, _area(code)) for code in gulf),
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
    titles = {one: _period(*one) for one in periods}
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
        rows = [(str(code), _area(str(code))) for code in largest.index[:MOST_BARS]]
    else:
        order = [titles[one] for one in periods if titles[one] in set(frame.when)][-MOST_BARS:]
        frame = frame[frame.when.isin(order)].assign(row=frame.when, when="all")
        panels, rows = ["all"], [(one, one) for one in order]
    sums = frame.groupby(["when", "row", "side", "segment"]).value.sum()
    colours = {"low": _AMBER, "medium": _SKY, "high": _NAVY, "_U": _RULE, "all": _NAVY}
    words = {"low": "low-skilled", "medium": "medium", "high": "high", "_U": "skill not known", "all": ""}
    stated = observations.definitions.loc[definition]
    where = [str(stated.get(field)) for field in ("publisher", "dataset", "table") if _said(stated.get(field))]
    cut = int(frame.row.nunique()) - len(rows)
    notes = [
        f"{str(stated.measure).replace('_', ' ').capitalize()}, {stated.unit}."
        + (f" Another {cut} rows are not drawn." if cut > 0 else "")
        + (f" {_number(lost)} without sex or skill are not drawn." if lost else "")
        + (f" One of {others + 1} definitions, the largest." if others else "")
        + (f" {_count(blank, 'figure')} without a value." if blank else "")
    ]
    notes += [textwrap.shorten(f"Source: {', '.join(where)}", 150, placeholder=" ...")] if where else []
    return Picture(
        title=textwrap.shorten(name or ", ".join(where[-1:]) or str(stated.measure).replace("_", " "), 80),
        panels=[(key, [] if key == "all" else [key, _number(sums[key].sum())]) for key in panels if key in sums.index],
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
                write(end + 0.035 * sign, middle, _number(value) if printed else "–", **place)
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


# ---- words


def _title(text: str) -> None:
    print(textwrap.shorten(text, WIDTH))
    print("=" * min(len(text), WIDTH))


def _head(text: str) -> None:
    print()
    print(text)
    print("-" * len(text))


def _say(text: str, hang: int = 2) -> None:
    for line in textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent=" " * hang) or [""]:
        print(line)


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _number(value: Any) -> str:
    if value is None or value != value:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1e5 or float(value).is_integer() else f"{value:,.1f}"


def _said(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _short(stated: Any) -> str:
    """Say in a few words which definition it is."""
    said = [str(stated.get(field)) for field in ("reporter", "table", "breakdown") if _said(stated.get(field))]
    coverage = f" ({stated.get('coverage')})" if _said(stated.get("coverage")) else ""
    return (", ".join(said) or str(stated.get("measure")).replace("_", " ")) + coverage


def _stem(name: str) -> str:
    kept = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in Path(name).stem)
    return kept.strip("_") or "observations"


def _codes(observations: Observations, column: str) -> list[str]:
    figures = observations.figures
    if column not in figures.column_names:
        return []
    return sorted({str(code) for code in figures.column(column).unique().to_pylist() if code is not None})


def _arrow(table: Any) -> Any:
    """Give a table of any library as Arrow."""
    if hasattr(table, "__arrow_c_stream__"):
        return table
    import pyarrow as pa

    return pa.Table.from_pandas(table, preserve_index=False)


def _kind(code: str) -> str:
    if code == "_T":
        return "total"
    try:
        kind = str(areas.info(code).kind)
    except MigstatError:
        return "country"
    return kind if kind in ("former", "aggregate", "residual") else "country"


def _area(code: str) -> str:
    if code == "_T":
        return "Total"
    try:
        return str(areas.info(code).name)
    except MigstatError:
        return code


def _period(start: Any, end: Any) -> str:
    from datetime import timedelta

    if start == end:
        return str(start)
    if (start.month, start.day, end.month, end.day) == (1, 1, 1, 1) and end.year == start.year + 1:
        return str(start.year)
    return f"{start:%b %Y}–{end - timedelta(days=1):%b %Y}"
