"""A table as its office printed it -> observations."""

from __future__ import annotations

import datetime
import json
import operator
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex

from . import _core
from ._frame import kind_of, table
from .errors import SchemaError, one_of
from .observations import Observations

if TYPE_CHECKING:
    from ._typing import Frame, Progress

__all__ = ["harmonise"]

Weights = Literal["equal"] | Mapping[str, Mapping[str, float]]


def harmonise(
    frame: Frame,
    *,
    origin: str | None = None,
    destination: str | None = None,
    citizenship: str | None = None,
    birth: str | None = None,
    year: str | int | None = None,
    period: str | None = None,
    date: str | None = None,
    period_start: str | None = None,
    period_end: str | None = None,
    sex: str | None = None,
    age: str | None = None,
    skill: str | None = None,
    education: str | None = None,
    occupation: str | None = None,
    reason: str | None = None,
    flow_type: str | None = None,
    value: str | None = None,
    low: str | None = None,
    high: str | None = None,
    flag: str | None = None,
    obs_status: str | None = None,
    conf_status: str | None = None,
    note: str | None = None,
    basis: str | None = None,
    leaf: str | None = None,
    definition: Mapping[str, str] | None = None,
    wide: Mapping[Any, Mapping[str, object]] | None = None,
    constants: Mapping[str, object] | None = None,
    schemes: Mapping[str, str | tuple[str, str]] | None = None,
    calendar: str | None = None,
    day: str | None = None,
    missing: Mapping[str, str] | None = None,
    overrides: Mapping[str, str | None] | None = None,
    weights: Weights | None = None,
    duplicates: Literal["error", "first", "keep"] = "error",
    on_unresolved: Literal["set_aside", "error"] = "set_aside",
    progress: Progress | None = None,
) -> Observations:
    """Turn a table into observations: every label a code, every row accounted for.

    Every argument up to ``leaf`` is the *name of a column*, so that a typing error is an error and never a value;
    what is the same for the whole table goes under ``constants``.

    Parameters
    ----------
    frame : table
        pandas, polars, pyarrow, a DuckDB relation, a mapping of columns, or anything with ``__arrow_c_stream__``.
    origin, destination, citizenship, birth : str, optional
        Columns of areas: names, ISO 3166-1 codes or M49 numbers. Labels that are not known, or that mean several
        areas, are never guessed: see ``on_unresolved``. Former states stay former states. Foreigners (``FOR``) are all
        but the ``reporter``'s own people, who are ``NAT`` or have its code.
    year, period, date, period_start, period_end : str, optional
        When: a column of years; of periods such as ``1996-03`` or ``2014-01-01/2014-09-30``; of days, for stocks; or
        two columns of days, the second being the first day after the period. ``year`` may also be a number, for a
        table of one year. Labels are Gregorian unless ``calendar`` says otherwise; a flag that they end in, the "e"
        of "2012e", becomes ``flag`` and ``obs_status``.
    sex, age, skill : str, optional
        Columns of labels or SDMX codes. The ladder of skills is named under ``schemes``.
    education, occupation, reason, flow_type : str, optional
        Columns of labels of the list that is named under ``schemes``; kept as printed where none is named, or one that
        :func:`migstat.codes.lists` does not have.
    value : str, optional
        Column of numbers, in units of ``constants["multiplier"]`` (1 unless stated). For a long table.
    low, high : str, optional
        Columns of bounds.
    flag, obs_status, conf_status, note : str, optional
        The publisher's own flag, SDMX observation and confidentiality status, a footnote.
    basis : str, optional
        Column that says how each figure came about: ``observed`` (where blank), ``assumed``, ``apportioned``,
        ``adjusted``, ``interpolated``, ``imputed`` or ``modelled``.
    leaf : str, optional
        Column of truth values: may the row be added to the others? Found from the codes unless given.
    definition : mapping, optional
        Field of the definitions -> column, for fields that change from row to row, such as ``measure`` or
        ``coverage``.
    wide : mapping, optional
        For a wide table: column of values -> what it stands for, such as
        ``{"Skilled M": dict(skill="skilled", sex="M")}``.
    constants : mapping, optional
        What holds for all rows: any of the above but ``value``, and any field of the definitions: ``measure``
        (required, here or under ``definition``), ``unit`` (as printed: "persons", "US$ million", see
        :func:`migstat.units.parse`), ``concept``, ``reporter``, ``role``,
        ``duration_months``, ``coverage``, ``publisher``, ``dataset``, ``table``, ``vintage``, ``multiplier``...
    schemes : mapping, optional
        How labels are to be read: ``{"skill": "LKA-SLBFE"}`` for the ladder of the Sri Lanka Bureau of Foreign
        Employment, turned into low, medium and high; ``{"skill": ("LKA-SLBFE", "LKA-SLBFE")}`` keeps its rungs.
        ``{"occupation": ("ISCO-88", "ISCO-08/1")}`` turns occupations of one list into those of another, here the first
        level of ISCO-08 (see :func:`migstat.codes.mapping`), with the printed code in ``occupation_printed``.
        ``{"destination": "alpha2"}`` for a column of codes.
    calendar : str, optional
        Whose years, periods and days they are, as for :func:`migstat.periods.parse`: ``fiscal:NPL`` for "2079/80",
        ``buddhist`` for "2566", ``fiscal:AUS`` for "2014-15"; also under ``schemes`` of the definitions, as
        ``period=fiscal:NPL``. Years after 2049 are refused unless it is declared, be it as ``gregorian``.
    day : str, optional
        Month and day that stocks of whole years were counted on, such as ``07-01``: years are then instants.
    missing : mapping, optional
        Text that stands where a number is missing -> ``zero``, ``rounded_zero``, ``blank``, ``missing``,
        ``suppressed``, ``not_applicable`` or ``not_existing``. ``""``, ``..`` and ``n.a.`` are known; ``-`` is
        not, as it means zero in some tables. ``<5`` declared as suppressed is a count from 1 to 4; where a marker
        does not say so itself, ``suppressed 0-5`` says what the hidden count lies between.
    overrides : mapping, optional
        Label of an area -> code; it wins over all rules. None is no answer.
    weights : mapping or "equal", optional
        How codes that may belong to several codes of the list wanted are shared out: in equal parts, or as
        ``{"MIDDLE": {"medium": .5, "high": .5}}`` says, where ``"LKA-SLBFE-1975:MIDDLE"`` names the list too.
        Such a figure becomes several rows of one ``figure`` whose ``share`` add up to 1, bounded by none and all of
        it. Without weights such a code is unknown (``_U``) in the list wanted.
    duplicates : {"error", "first", "keep"}
        What to do with two rows that stand for the same figure: refuse the table, keep the first and list the others
        in the ledger, or keep all, as records to be added.
    on_unresolved : {"set_aside", "error"}
        What to do with an area that is not known or means several: list its rows in the ledger, or refuse the table.
    progress : callable, optional
        Told about every 100 ms how many rows are done.

    Returns
    -------
    Observations
        Figures, definitions and the ledger, in which rows and values that came in equal those that went out plus
        those set aside, by reason.

    Raises
    ------
    SchemaError
        A column that does not exist, a value that is no number, a figure that stands twice, a table without rows.
    CodeError
        A label of sex, age, skill or period that cannot be read.

    Notes
    -----
    The observation table follows the SDMX information model (sdmx.org): codes of ``CL_SEX``, ``CL_AGE``,
    ``CL_OBS_STATUS``. A row is a *leaf* if no other row with a value lies inside it: leaves of one definition can be
    added without counting anyone twice. Printed totals stay in the table as checks.

    Examples
    --------
    >>> import migstat as ms
    >>> departures = {
    ...     "Country": ["Saudi Arabia", "North Yemen", "Others", "Total"],
    ...     "Male": [17962, 16, 74, 18052],
    ...     "Female": [32293, 7, 28, 32328],
    ... }
    >>> obs = ms.harmonise(
    ...     departures,
    ...     destination="Country",
    ...     wide={"Male": dict(sex="M"), "Female": dict(sex="F")},
    ...     constants=dict(origin="LKA", measure="labour_outflow", year=1996),
    ... )
    >>> obs.to_pandas()[["destination", "sex", "value", "leaf"]].head(4)
      destination sex    value  leaf
    0         SAU   M  17962.0  True
    1         SAU   F  32293.0  True
    2    YEM-1990   M     16.0  True
    3    YEM-1990   F      7.0  True
    """
    roles = {
        "origin": origin,
        "destination": destination,
        "citizenship": citizenship,
        "birth": birth,
        "year": year,
        "period": period,
        "date": date,
        "period_start": period_start,
        "period_end": period_end,
        "sex": sex,
        "age": age,
        "skill": skill,
        "education": education,
        "occupation": occupation,
        "reason": reason,
        "flow_type": flow_type,
        "value": value,
        "low": low,
        "high": high,
        "flag": flag,
        "obs_status": obs_status,
        "conf_status": conf_status,
        "note": note,
        "basis": basis,
        "leaf": leaf,
    }
    fixed = {role: _label(label, f"constants[{role!r}]") for role, label in (constants or {}).items()}
    if isinstance(year, SupportsIndex):
        if "year" in fixed:
            message = "year is given twice: as year= and under constants="
            raise SchemaError(message)
        fixed["year"] = str(operator.index(year))
        roles["year"] = None
    one_of("duplicates", duplicates, ("error", "first", "keep"))
    one_of("on_unresolved", on_unresolved, ("set_aside", "error"))
    for field in definition or {}:
        if field in roles:
            message = f"definition={{{field!r}: ...}}: {field} is no field of a definition; give {field}= itself"
            raise SchemaError(message)
    columns: dict[str, str] = {}
    for role, name in (roles | dict(definition or {})).items():
        if isinstance(name, str):
            columns[role] = name
        elif name is not None:
            message = f"{role}={name!r}: expected the name of a column; what is constant goes under constants="
            raise SchemaError(message)
    request = {
        "columns": columns,
        "constants": fixed,
        "wide": [
            {
                "column": str(name),
                "labels": {role: _label(label, f"wide[{name!r}][{role!r}]") for role, label in labels.items()},
            }
            for name, labels in (wide or {}).items()
        ],
        "schemes": {role: _scheme(role, scheme) for role, scheme in (schemes or {}).items()},
        "calendar": _text("calendar", calendar, "fiscal:NPL"),
        "day": _text("day", day, "07-01"),
        "missing": dict(missing or {}),
        "overrides": {label: code for label, code in (overrides or {}).items() if code is not None},
        "weights": "none" if weights is None else "equal" if weights == "equal" else {"given": weights},
        "duplicates": duplicates,
        "on_unresolved": on_unresolved,
    }
    wanted = [*columns.values(), *(str(name) for name in (wide or {}))]
    made = _core.harmonise(table(frame, wanted), json.dumps(request), progress)
    return Observations._of(made, kind_of(frame))


def _text(name: str, value: object, example: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    message = f"{name}={value!r}: expected text such as {example!r}, or None"
    raise SchemaError(message)


def _label(value: object, where: str) -> str:
    """Give a constant as the text that the core reads."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, Iterable) and not isinstance(value, str):
        message = f"{where}={value!r}: expected one value"
        raise SchemaError(message)
    return str(value)


def _scheme(role: str, scheme: str | tuple[str, str]) -> tuple[str, str]:
    """Give (scheme read, scheme wanted): skill is turned into broad levels unless the caller wants otherwise."""
    if isinstance(scheme, str):
        return scheme, "broad" if role == "skill" else scheme
    return scheme
