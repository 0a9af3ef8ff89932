"""The tour that ``migstat demo`` gives: real figures, or the user's own, from the page to the picture."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from . import _demo_words as _words, datasets
from ._aggregate import aggregate
from ._demo_picture import MOST_BARS, REGIONS, draw
from ._demo_words import WIDTH
from ._display_table import adds_up
from .errors import MigstatError

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

    from ._aggregated import Aggregate
    from .observations import Observations

__all__ = ["run"]

#: Rows of a table that are printed; all are in the file.
MOST_ROWS = 36


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
    stem = "sri_lanka_departures" if bundled else _words.stem(name)
    _words.title(
        "Departures from Sri Lanka for employment abroad: 1988, 1995, 1996" if bundled else name or "Your observations"
    )
    if bundled:
        _words.say(
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
    _words.head(f"Files in {folder.as_posix()}" if len(folder.as_posix()) < 80 else "Files")
    width = max(map(len, files))
    for file, what in files.items():
        _words.say(f"{file:<{width}}  {what}", hang=width + 4)
    if said is not None:
        _words.say(said)
    _next(bundled=bundled)
    return 0


# ---- what is said


def _what_was_read(observations: Observations) -> None:
    _words.head("What was read")
    definitions = observations.definitions
    if not observations.ledger.steps:
        _words.say(f"{len(observations):,} rows in {_words.count(len(definitions), 'definition')}, without a ledger.")
        return
    observations.ledger.check()
    rows = sum(account["taken"]["rows"] for account in observations.ledger.steps[0]["accounts"])
    _words.say(
        f"{_words.count(int(rows), 'figure')} in {_words.count(len(definitions), 'definition')}: what is counted "
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
        title = _words.short(definitions.iloc[at]) if same else str(account["title"])
        values = [
            math.fsum(value for one in of for value in one["value"])
            for of in ([account["taken"]], [account["out"]], aside)
        ]
        counted = adds_up(account)
        tallies = map(_words.number, values) if counted else ("", _words.count(int(account["out"]["rows"]), "row"), "")
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
        _words.say(f"Set aside: {reason}{f': {_words.listed(found)}' if found else ''}.")


def _what_labels_meant(observations: Observations, *, bundled: bool) -> None:
    _words.head("What the labels meant")
    kinds: dict[str, list[str]] = {}
    for column in ("origin", "destination"):
        for code in _words.codes_of(observations, column):
            kinds.setdefault(_words.kind(code), []).append(code)
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
        _words.say(f"Origins and destinations: {_words.listed(counted)}.")
    found = observations.ledger.findings()
    for severity, mark in (("warning", "!"), ("assumption", "~"), ("note", "-")):
        for finding in [one for one in found if one["severity"] == severity][:6]:
            value = sum(finding["tally"]["value"])
            rows = finding["tally"]["rows"]
            tail = f" ({_words.number(value)} in {_words.count(rows, 'row')})" if rows else ""
            _words.say(f"{mark} {finding['message']}{tail}", hang=4)
    if len(found) > 18:
        _words.say(f"... {len(found)} findings in all: obs.ledger.findings()")
    if bundled:
        _words.say(
            "Labels that outlived their state stay with it: nobody is moved to a successor that the table "
            'did not name. "Others" stays a residual: nobody is dropped, nobody is guessed.'
        )


def _printed_totals(observations: Observations) -> None:
    import pyarrow as pa

    _words.head("Printed totals, checked")
    totals = pa.table(_words.arrow(observations.printed_totals())).to_pandas()
    if totals.empty:
        _words.say("The table prints no totals.")
        return
    states = totals.state.astype(str).value_counts()
    words = {
        "agrees": ("agrees", "agree", " with the sum of the parts"),
        "differs": ("differs", "differ", " from the sum of the parts"),
        "blank": ("is", "are", " blank"),
        "absent": ("is", "are", " not printed, and computed here"),
    }
    _words.say(
        _words.listed(
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
        _words.say(
            "Not printed: "
            + "; ".join(
                f"{len(group)} of {_words.period(*when)}, the largest {_words.number(group.computed.max())}"
                for when, group in list(absent.groupby(["period_start", "period_end"]))[:4]
            )
            + "."
        )
    for total in totals[totals.state.astype(str) == "differs"].head(5).itertuples():
        codes = [
            _words.area(str(code)) if column in ("origin", "destination") else str(code)
            for column in ("origin", "destination", "sex", "skill")
            if (code := getattr(total, column, "_T")) not in ("_T", None)
        ]
        _words.say(
            f"! {', '.join([*codes, _words.period(total.period_start, total.period_end)])}: "
            f"printed {_words.number(total.printed)}, the parts make {_words.number(total.computed)} "
            f"(difference {_words.number(total.difference)})",
            hang=4,
        )


def _definitions_refused(observations: Observations) -> None:
    _words.head("What it refuses")
    _words.say('>>> ms.aggregate(obs, by=["sex"])')
    try:
        aggregate(observations, by=["sex"])
    except MigstatError as error:
        why, _, advice = f"{type(error).__name__}: {error}".partition("; group by")
        _words.say(f"{textwrap.shorten(why, 230, placeholder=' ...')}; group by{advice}")


def _next(*, bundled: bool) -> None:
    _words.head("Where to go next")
    if bundled:
        _words.say("The same for a table of your own:")
        print("  migstat demo your.csv --destination Country --year Year --value Number \\")
        print("          --constant origin=LKA --constant measure=labour_outflow")
        print()
        _words.say("In Python:")
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
_LEVELS = (("_T", "all"), ("low", "low-skilled"), ("medium", "medium"), ("high", "high"))


def _departures(observations: Observations) -> pd.DataFrame:
    """Print departures by region, skill, sex and year; give the cells with their bounds."""
    _words.head("Departures by destination, skill and sex")
    _words.say("Persons; the third column of each year is women in percent.")
    print()
    cells = _regions(observations)
    years = sorted(cells.year.unique())
    value = cells.set_index(["region", "skill", "year", "sex"]).value
    print((f"  {'':<25}" + "".join(f"{year:>14}{'':9}" for year in years)).rstrip())
    print(f"  {'':<25}" + f"{'women':>9}{'men':>9}{'%':>5}" * len(years))
    for region, title in (("_T", "All destinations"), *REGIONS):
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
    _words.say(
        f'Rows "medium" and "high" share out "Middle level", whose workers may be either: in {year} the '
        f"high-skilled are {_words.number(middle.value)}, but may be as few as {_words.number(middle.low)} or as many "
        f"as {_words.number(middle.high)}. The source prints no sex for housemaids; they are counted as women."
    )
    _words.say(
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
    names = dict(REGIONS) | {"_T": "All destinations"}
    return made.assign(region_name=made.region.map(names))


def _pair(women: float | None, men: float | None) -> str:
    whole = (women or 0) + (men or 0)
    share = f"{(women or 0) / whole:.0%}" if whole else "-"
    return f"{_words.number(women):>9}{_words.number(men):>9}{share:>5}"


def _breakdown(observations: Observations) -> pd.DataFrame | None:
    """Print what varies in a table of the user's, as far as it is there."""
    import pyarrow as pa

    _words.head("Summary")
    frame = pa.table(observations.figures).to_pandas()
    by = [] if len(observations.definitions) < 2 else ["definition"]
    by += ["period"] if frame.period_start.astype(str).nunique() > 1 else []
    for column in ("origin", "destination"):
        codes = [code for code in _words.codes_of(observations, column) if code != "_T"]
        if len(codes) > 1:
            by.append(column if len(codes) <= MOST_BARS else f"{column}.subregion")
    by += [name for name in ("skill", "sex", "flow_type") if len(_words.codes_of(observations, name)) > 1]
    made = _first_that_works(observations, by)
    if made is None:
        return None
    cells: pd.DataFrame = made.to_arrow().to_pandas()
    for name in made.by:
        if name.startswith(("origin", "destination")):
            cells[f"{name} name"] = [_words.area(str(code)) for code in cells[name]]
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
            _words.say(f"Women are {women / whole:.1%} of those whose sex is known{of}.")
    return cells


def _first_that_works(observations: Observations, by: list[str]) -> Aggregate | None:
    """Sum up by as much as the table allows, and say what it does not allow."""
    refused = ""
    for wanted in ([*by], [name for name in by if "." not in name], ["definition", "period"]):
        try:
            return aggregate(observations, by=wanted)
        except MigstatError as error:
            refused = refused or str(error)
    _words.say(f"Not added up: {refused}.")
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
        _words.say(f"... and {_words.listed([name for name in texts if name not in fits])} in the file")


def _fitted(text: str, width: int, frame: pd.DataFrame, name: str) -> str:
    text = text if len(text) <= width else f"{text[: width - 2]}.."
    number = name in frame.columns and frame[name].dtype.kind in "fiu"
    return f"{text:>{width}}" if number else f"{text:<{width}}"


def _cell(value: object) -> str:
    if value is None or value != value:
        return ""
    return _words.number(value) if isinstance(value, float) else str(value)
