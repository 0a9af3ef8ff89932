"""Small real tables that come with the package, as observations: no network, no downloads.

Each figure was printed by an office or reported from one, with its source and its caveats in the definitions
(``obs.definitions``, ``obs.cite()``). What is not printed is not filled in.
"""

from __future__ import annotations

import csv
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, get_args

from migstat._frame import back
from migstat._harmonise import harmonise
from migstat._typing import Kind
from migstat.errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

    from migstat._typing import Frame
    from migstat.observations import Observations

__all__ = [
    "asian_outflows",
    "catalogue",
    "sri_lanka_departures",
    "sri_lanka_departures_by_level",
    "sri_lanka_departures_wide",
    "sri_lanka_skill_composition",
]

Levels = Literal["broad", "printed"]

#: Column of the file -> (column as printed, level, sex) of the tables of departures by destination.
_PRINTED = {
    "high_m": ("High level M", "High level", "M"),
    "high_f": ("High level F", "High level", "F"),
    "middle_m": ("Middle level M", "Middle level", "M"),
    "middle_f": ("Middle level F", "Middle level", "F"),
    "skilled_m": ("Skilled M", "Skilled", "M"),
    "skilled_f": ("Skilled F", "Skilled", "F"),
    "unskilled_m": ("Unskilled M", "Unskilled", "M"),
    "unskilled_f": ("Unskilled F", "Unskilled", "F"),
    "housemaids": ("House maids", "House maids", "F"),
    "total": ("Total", "_T", "_T"),
}
_HOUSEMAIDS = "sex of housemaids is not printed: taken as female"
#: "Middle level" holds technicians and clerks, in parts that these tables do not tell.
_MIDDLE = {"MIDDLE": {"medium": 0.5, "high": 0.5}}
_LADDER = "LKA-SLBFE"

_CATALOGUE = {
    "sri_lanka_departures": (
        ("lka-1988", "lka-1995", "lka-1996"),
        "Sri Lanka: departures for employment abroad by destination, skill and sex",
        "1988, 1995, 1996",
    ),
    "sri_lanka_departures_by_level": (
        ("lka-levels",),
        "Sri Lanka: departures for employment abroad by manpower level",
        "1975-1985",
    ),
    "sri_lanka_skill_composition": (
        ("lka-composition-skill", "lka-composition-sex"),
        "Sri Lanka: departures for employment abroad by level and by sex, percent",
        "1995-2000",
    ),
    "asian_outflows": (
        (),
        "Bangladesh, India, Indonesia, Nepal, Pakistan, Philippines: labour outflows, short facts",
        "2003-2025",
    ),
}


def sri_lanka_departures(levels: Levels = "broad", kind: Kind = "pandas") -> Observations:
    """Departures from Sri Lanka for employment abroad by destination, skill and sex: 1988, 1995 and 1996.

    The classification that ESCAP chose for its database on labour outflows, printed ten years before it:
    country of destination, level of skill and sex in one table.

    Parameters
    ----------
    levels : {"broad", "printed"}
        ``broad`` turns the rungs of the bureau's ladder into ``low``, ``medium`` and ``high``; ``printed``
        keeps the rungs (``HIGH``, ``MIDDLE``, ``SKILLED``, ``UNSKILLED``, ``HOUSEMAID``).
    kind : {"pandas", "polars", "pyarrow"}
        Whose tables the methods of the result give.

    Returns
    -------
    Observations
        Persons. Three definitions, one for each printed table, because they do not cover the same: 1988 only
        placements by registered agencies and the bureau, 1995 and 1996 departures through all sources. Totals
        by destination and by column are kept beside their parts (``leaf`` is false).

    Notes
    -----
    What to beware of:

    - The edition of the handbook was printed below the table for 1988; for 1996 it is taken from the tables
      beside it, for 1995 it is not stated.
    - A rise from 1988 to 1995 is also a change of coverage, which cannot be told apart from a change of
      numbers.
    - For 1995 the first 23 destinations were read, without the totals by column; the percentages printed
      beside them imply 171,900 departures in all, of which these are 99.6 percent. For 1996 the totals of
      housemaids and of all are missing. :meth:`~migstat.Observations.printed_totals` lists such totals as
      ``absent``.
    - The tables print no sex for housemaids. They are taken as female (``basis`` is ``assumed``); the ledger
      says of how many.
    - "Middle level" holds technicians as well as clerks. Half of it is counted as medium and half as high;
      this is migstat's assumption, and ``low`` and ``high`` say what none and all of it would make.
    - "North Yemen" and "South Yemen" are printed in 1996 and "West Germany" in 1995, after these states had
      ended. They stay former states.

    References
    ----------
    Sri Lanka Bureau of Foreign Employment, *Statistical Handbook on Migration*, Colombo 1998; read
    as tables 113, 133 and 134 of the Kusaka Research Institute, https://www.jpp.co.jp/lanka/.

    Examples
    --------
    >>> import migstat as ms
    >>> obs = ms.datasets.sri_lanka_departures()
    >>> frame = obs.to_pandas()
    >>> frame[frame.leaf].groupby("year").value.sum().to_dict()
    {1988: 18428.0, 1995: 171254.0, 1996: 155572.0}
    """
    _check("levels", levels, Levels)
    columns: dict[str, list[str | None]] = {}
    for row in _read("sri_lanka_departures"):
        for name, (_, level, sex) in _PRINTED.items():
            if row[name]:  # what was not seen is no figure
                assumed = name == "housemaids"
                _append(
                    columns,
                    {
                        "series": row["series"],
                        "year": row["year"],
                        "country": row["country"],
                        "level": level,
                        "sex": sex,
                        "departures": row[name],
                        "basis": "assumed" if assumed else None,
                        "note": _HOUSEMAIDS if assumed else None,
                    },
                )
    return harmonise(
        _table(columns, kind),
        destination="country",
        year="year",
        skill="level",
        sex="sex",
        value="departures",
        basis="basis",
        note="note",
        definition=_stated(columns),
        constants={"origin": "LKA", "concept": "recruitment", "role": "origin"},
        schemes={"skill": (_LADDER, "broad" if levels == "broad" else _LADDER)},
        weights=_MIDDLE if levels == "broad" else None,
    )


def sri_lanka_departures_wide(year: int = 1996) -> pd.DataFrame:
    """Give one of the tables of :func:`sri_lanka_departures` as it was printed: a wide table, not harmonised.

    Parameters
    ----------
    year : {1988, 1995, 1996}
        Which table.

    Returns
    -------
    pandas.DataFrame
        ``Country``, a column for each level and sex, ``House maids`` and ``Total``: text with thousands
        marks, as in the table. Cells that were not seen are missing.

    Raises
    ------
    SchemaError
        For another year.

    Examples
    --------
    >>> import migstat as ms
    >>> wide = ms.datasets.sri_lanka_departures_wide(1996)
    >>> wide[["Country", "Skilled M", "Skilled F", "House maids", "Total"]].head(3)
                    Country Skilled M Skilled F House maids   Total
    0          Saudi Arabia     8,259       435      30,876  50,255
    1                Kuwait     2,776       456      35,125  41,023
    2  United Arab Emirates     2,048     2,821      14,270  22,393

    This is how it becomes observations: each column is said to stand for a level and a sex.

    >>> stands_for = {
    ...     f"{level} {sex}": dict(skill=level, sex=sex)
    ...     for level in ["High level", "Middle level", "Skilled", "Unskilled"]
    ...     for sex in "MF"
    ... }
    >>> stands_for["House maids"] = dict(skill="House maids", sex="F", basis="assumed")
    >>> stands_for["Total"] = dict(skill="Total", sex="Total")
    >>> obs = ms.harmonise(
    ...     wide,
    ...     destination="Country",
    ...     year=1996,
    ...     wide=stands_for,
    ...     constants=dict(origin="LKA", reporter="LKA", measure="labour_outflow"),
    ...     schemes=dict(skill="LKA-SLBFE"),
    ...     weights={"MIDDLE": {"medium": 0.5, "high": 0.5}},
    ... )
    >>> ms.aggregate(obs, by=["sex"]).to_pandas()[["sex", "value"]]
      sex     value
    0   F  112468.0
    1   M   43104.0
    """
    import pandas as pd

    rows = [row for row in _read("sri_lanka_departures") if row["year"] == str(year)]
    if not rows:
        message = f"year={year!r}: there are tables of 1988, 1995 and 1996"
        raise SchemaError(message)
    columns: dict[str, list[str | None]] = {"Country": [row["country"] for row in rows]}
    columns |= {
        printed: [f"{int(row[name]):,}" if row[name] else None for row in rows]
        for name, (printed, _, _) in _PRINTED.items()
    }
    return pd.DataFrame(columns)


def sri_lanka_departures_by_level(levels: Levels = "broad", kind: Kind = "pandas") -> Observations:
    """Departures from Sri Lanka for employment abroad by manpower level, 1975 to 1985.

    Parameters
    ----------
    levels : {"broad", "printed"}
        As in :func:`sri_lanka_departures`.
    kind : {"pandas", "polars", "pyarrow"}
        Whose tables the methods of the result give.

    Returns
    -------
    Observations
        Persons. All are leaves: the table prints no totals.

    Notes
    -----
    A dash is kept as a missing figure and never becomes 0: the table does not say whether it means none
    or not known. "Others" is a residual that cannot be put on a level (``_U``); it is 40 percent of 1980 and
    probably includes housemaids, who have no column of their own. "Middle level" is shared out as in
    :func:`sri_lanka_departures`.

    References
    ----------
    Sri Lanka Bureau of Foreign Employment, *Statistical Handbook on Migration*, Colombo 1998; read
    as table 98 of the Kusaka Research Institute, https://www.jpp.co.jp/lanka/lab/labk/labke/lab098e.htm.

    Examples
    --------
    >>> import migstat as ms
    >>> obs = ms.datasets.sri_lanka_departures_by_level(levels="printed")
    >>> out = ms.aggregate(obs.where(year=[1975, 1980]), by=["year"])
    >>> out.to_pandas()[["year", "value", "figures", "missing"]]
       year    value  figures  missing
    0  1975   1039.0        5        2
    1  1980  60696.0        5        0
    """
    _check("levels", levels, Levels)
    columns: dict[str, list[str | None]] = {}
    for row in _read("sri_lanka_departures_by_level"):
        _append(columns, row)
    return harmonise(
        _table(columns, kind),
        year="year",
        skill="level",
        value="departures",
        definition=_stated(columns),
        constants={
            "origin": "LKA",
            "destination": "_T",
            "sex": "_T",
            "concept": "recruitment",
            "role": "origin",
        },
        schemes={"skill": (_LADDER, "broad" if levels == "broad" else _LADDER)},
        missing={"-": "missing"},
        weights=_MIDDLE if levels == "broad" else None,
    )


def sri_lanka_skill_composition(kind: Kind = "pandas") -> Observations:
    """Composition of departures from Sri Lanka by level and by sex, in percent, 1995 to 2000.

    Parameters
    ----------
    kind : {"pandas", "polars", "pyarrow"}
        Whose tables the methods of the result give.

    Returns
    -------
    Observations
        Percent, in two definitions: by level, and by sex. Percentages are never added:
        :func:`migstat.aggregate` refuses them.

    Notes
    -----
    Another edition of the handbook than that of :func:`sri_lanka_departures`, on another ladder
    (``Professional``, ``Middle level`` without clerks, ``Clerical``), and another result: housemaids are 68.0
    percent in 1996, where the table by destination makes 66.6. The edition is in ``vintage``.

    References
    ----------
    Sri Lanka Bureau of Foreign Employment, *Statistical Handbook on Migration*, Colombo 2000; read
    as table 11 of the Kusaka Research Institute, https://www.jpp.co.jp/lanka/lab/labg/labge/lab011e.htm.

    Examples
    --------
    >>> import migstat as ms
    >>> frame = ms.datasets.sri_lanka_skill_composition().where(year=1996, skill="low").to_pandas()
    >>> frame[["skill_printed", "value"]]
      skill_printed  value
    0     UNSKILLED   13.4
    1     HOUSEMAID   68.0
    """
    columns: dict[str, list[str | None]] = {}
    for row in _read("sri_lanka_skill_composition"):
        _append(columns, row)
    return harmonise(
        _table(columns, kind),
        year="year",
        skill="level",
        sex="sex",
        value="percent",
        definition=_stated(columns),
        constants={"origin": "LKA", "destination": "_T", "concept": "recruitment", "role": "origin"},
        schemes={"skill": _LADDER},
    )


def asian_outflows(kind: Kind = "pandas") -> Observations:
    """Labour outflows of six Asian countries of origin: short facts, as agencies and the press print them.

    Parameters
    ----------
    kind : {"pandas", "polars", "pyarrow"}
        Whose tables the methods of the result give.

    Returns
    -------
    Observations
        Persons, and permits for Nepal. One definition for each breakdown of each source, so that people
        broken down by sex and again by employer are never counted twice. Leaves of one definition add to the
        total that it prints.

    Notes
    -----
    What to beware of:

    - Agencies count placements (Indonesia), permits (Nepal), registrations (Pakistan), clearances (India,
      Bangladesh) and deployments (Philippines): figures of two countries are not comparable.
    - Years are calendar years, fiscal years from July (Bangladesh) or from 1 Shrawan, in the middle of July
      (Nepal), and parts of years; ``period_end`` is the first day after.
    - Formal and informal employers (Indonesia), and land and sea (Philippines), are in ``flow_type``: they
      are not skill.
    - Breakdowns of which a source prints only the largest parts do not add to a total; their ``coverage``
      says so.
    - India: the page prints 94,415 for 2020, its own total needs 94,145. ``printed_totals()`` shows the
      difference.
    - Nepal: 771,000 for 2022/23 is rounded. Seven figures for the month of Falgun are left out, because the
      page does not print the year.
    - Most were read in the press (``dataset`` names it), which makes them good for learning and poor for
      citing.

    Examples
    --------
    >>> import migstat as ms
    >>> totals = ms.datasets.asian_outflows().printed_totals()
    >>> totals[totals.state == "differs"][["origin", "printed", "computed", "difference"]]
       origin   printed  computed  difference
    ...   IND  416024.0  416294.0      -270.0
    """
    columns: dict[str, list[str | None]] = {}
    for row in _read("asian_outflows"):
        _append(columns, row)
    return harmonise(
        _table(columns, kind),
        origin="origin",
        destination="destination",
        period_start="period_start",
        period_end="period_end",
        sex="sex",
        skill="skill",
        flow_type="flow_type",
        value="value",
        note="note",
        definition=_stated(columns),
        constants={"concept": "recruitment", "role": "origin"},
        schemes={"skill": "broad"},
    )


def catalogue(kind: Kind = "pandas") -> Any:
    """List the datasets.

    Parameters
    ----------
    kind : {"pandas", "polars", "pyarrow"}
        Whose table to give.

    Returns
    -------
    table
        ``name`` of the function, ``title``, ``years``, number of printed ``tables``, ``citation`` and
        ``caveat``.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.datasets.catalogue()[["name", "years", "tables"]]
                                name             years  tables
    0           sri_lanka_departures  1988, 1995, 1996       3
    1  sri_lanka_departures_by_level         1975-1985       1
    2    sri_lanka_skill_composition         1995-2000       2
    3                 asian_outflows         2003-2025      19
    """
    import pyarrow as pa

    _check("kind", kind, Kind)
    sources = {row["series"]: row for row in _read("sources")}
    named = {series for listed, _, _ in _CATALOGUE.values() for series in listed}
    rows = []
    for name, (listed, title, years) in _CATALOGUE.items():
        of = [sources[series] for series in listed] or [row for series, row in sources.items() if series not in named]
        cited = [", ".join(one for one in (row["publisher"], row["dataset"], row["vintage"]) if one) for row in of]
        rows.append(
            {
                "name": name,
                "title": title,
                "years": years,
                "tables": len(of),
                "citation": "; ".join(dict.fromkeys(cited)),
                "caveat": "; ".join(dict.fromkeys(row["caveat"] for row in of if row["caveat"])),
            }
        )
    return back(kind, pa.Table.from_pylist(rows))


def _read(name: str) -> list[dict[str, str]]:
    """Read one of the files beside this one."""
    text = resources.files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _append(columns: dict[str, list[str | None]], row: dict[str, Any]) -> None:
    for name, value in row.items():
        columns.setdefault(name, []).append(value or None)


def _stated(columns: dict[str, list[str | None]]) -> dict[str, str]:
    """Name the columns of the fields of the definitions, which :func:`_table` adds for each series."""
    used = set(columns["series"])
    found = [row for row in _read("sources") if row["series"] in used]
    return {field: field for field in found[0] if field != "series" and any(row[field] for row in found)}


def _table(columns: dict[str, list[str | None]], kind: Kind) -> Frame:
    """Give the columns and what the series say about them, as a table of the kind that is wanted back."""
    import pyarrow as pa

    _check("kind", kind, Kind)
    sources = {row["series"]: row for row in _read("sources")}
    stated = {
        field: [sources[series or ""][field] or None for series in columns["series"]] for field in _stated(columns)
    }
    whole = pa.table({name: pa.array(values, pa.string()) for name, values in {**columns, **stated}.items()})
    return back(kind, whole)


def _check(name: str, value: object, allowed: object) -> None:
    if value not in get_args(allowed):
        message = f"{name}={value!r}: expected one of {', '.join(map(repr, get_args(allowed)))}"
        raise SchemaError(message)
