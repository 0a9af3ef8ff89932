"""Groups of areas: who belongs to them, when, and the user's own."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from . import _core
from ._areas_column import answers, as_arrow, labels_of, options, text, whole, year_of
from ._areas_known import name_of
from .errors import CodeError, SchemaError

if TYPE_CHECKING:
    import pandas as pd

    from ._typing import Column

__all__ = ["define_group", "group_of", "groups", "members", "scheduled"]

#: From which to which year, both included; None where there is no such end.
Spell: TypeAlias = "tuple[int | None, int | None]"


def members(group: str, year: int | None = None) -> list[str]:
    """List the members of a group.

    Parameters
    ----------
    group : str
        Its code or name: ``GCC``, ``grp:GCC``, ``Gulf Cooperation Council``, ``LDC``, ``m49:142``, ``Asia``;
        see :func:`groups`.
    year : int, optional
        The members in that year, as it ended; as the list stands today unless given.

    Returns
    -------
    list of str
        Codes of areas, in order.

    Raises
    ------
    CodeError
        If there is no such group, with near names, or no list of its members ("Middle East").

    Warns
    -----
    UserWarning
        If a year is given and the group's list bears no dates, so that today's members are given; if the list has
        nobody in that year; or if a change was due by then that no source has confirmed, see :func:`scheduled`.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.areas.members("GCC")
    ['ARE', 'BHR', 'KWT', 'OMN', 'QAT', 'SAU']
    >>> "GBR" in ms.areas.members("EU", year=2019), "GBR" in ms.areas.members("EU", year=2020)
    (True, False)
    """
    when = year_of(year)
    code, name, dated, listed = _core.group_members(text(group, "code or name of a group"), when)
    if when is not None and not dated:
        message = f"the list of members of {code} ({name}) bears no dates: they are those of today, not of {when}"
        warnings.warn(message, UserWarning, stacklevel=2)
    elif when is not None and not listed:
        message = f"no member of {code} ({name}) is known for {when}: it did not exist, or its list begins later"
        warnings.warn(message, UserWarning, stacklevel=2)
    due = _due(code, datetime.date.today().year if when is None else when)
    if due:
        message = f"{code} ({name}): {'; '.join(due)}; see areas.scheduled({code!r})"
        warnings.warn(message, UserWarning, stacklevel=2)
    return list(listed)


def _due(group: str, year: int) -> list[str]:
    """Say which changes of a group were due by the end of a year, those of one day together."""
    together: dict[tuple[str, str], list[str]] = {}
    for code, area, change, date, _, _ in _core.scheduled_changes():
        if code == group and int(date[:4]) <= year:
            together.setdefault((date, change), []).append(area)
    today = datetime.date.today().isoformat()
    said = []
    for (date, change), areas in sorted(together.items()):
        *some, last = [f"{name_of(area)} ({area})" for area in areas]
        who = f"{', '.join(some)} and {last}" if some else last
        verb = ("were" if some else "was") if date <= today[: len(date)] else ("are" if some else "is")
        still = "still listed" if change == "leaves" else "not listed yet"
        day = f"{'in' if len(date) == 4 else 'on'} {date}"
        said.append(f"{who} {verb} to {change.removesuffix('s')} {day}, not confirmed, {still}")
    return said


def groups() -> pd.DataFrame:
    """List the groups of areas whose members are known.

    Returns
    -------
    pandas.DataFrame
        ``code``; ``name``; ``dated``: whether the list says from when to when each area was a member;
        ``members``: how many there are today; ``scheduled``: how many changes were announced that the list does
        not have, see :func:`scheduled`.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.areas.groups().query("code == 'grp:GCC'")[["name", "dated", "members"]].values.tolist()
    [['Gulf Cooperation Council', True, 6]]
    """
    import pandas as pd

    changes = [change[0] for change in _core.scheduled_changes()]
    rows = []
    for code, name in sorted(_core.group_names()):
        _, _, dated, listed = _core.group_members(code)
        rows.append((code, name, dated, len(listed), changes.count(code)))
    return pd.DataFrame(rows, columns=["code", "name", "dated", "members", "scheduled"])


def scheduled(group: str | None = None) -> pd.DataFrame:
    """List changes of membership that were announced and that no source seen has confirmed.

    Parameters
    ----------
    group : str, optional
        Code or name of a group; all groups unless given.

    Returns
    -------
    pandas.DataFrame
        ``group``, ``area``, ``change`` (``joins`` or ``leaves``), ``date`` (the day, or as much of it as is
        known), ``note`` and ``source``. The lists of :func:`members` do not have these changes.

    Raises
    ------
    CodeError
        If there is no such group.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.areas.scheduled("LDC").query("area == 'SLB'")[["change", "date"]].values.tolist()
    [['leaves', '2027-12-13']]
    """
    import pandas as pd

    code = None if group is None else _core.group_members(text(group, "code or name of a group"))[0]
    rows = [change for change in _core.scheduled_changes() if code in (None, change[0])]
    return pd.DataFrame(rows, columns=["group", "area", "change", "date", "note", "source"])


@overload
def group_of(column: str, system: str = "subregion", year: int | None = None) -> str | None: ...
@overload
def group_of(column: list[Any], system: str = "subregion", year: int | None = None) -> list[str | None]: ...
@overload
def group_of(column: Column, system: str = "subregion", year: int | None = None) -> Any: ...
def group_of(column: Column, system: str = "subregion", year: int | None = None) -> Any:
    """Give the group that each area lies in.

    Parameters
    ----------
    column : column or str
        Codes of areas, or labels, which are then read as :func:`resolve` reads them with nothing declared.
    system : str
        Groups of which an area lies in one at most: ``region`` and ``subregion`` (UN M49), ``escap``, ``income``
        (World Bank) or ``sdg``; or one group, such as ``GCC``.
    year : int, optional
        The members in that year; as the lists stand today unless given.

    Returns
    -------
    column or str
        Codes of groups, as the caller's kind of column. None for an area that lies in none of them, or in several,
        or of which nobody can say, and for a label that stands for no single area.

    Raises
    ------
    CodeError
        If there is no such system and no such group.
    SchemaError
        If ``column`` is not a column of labels.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.areas.group_of(["LKA", "DEU", "_O", None])
    ['m49:034', 'm49:155', None, None]
    >>> ms.areas.group_of("Sri Lanka", "income", year=1996), ms.areas.group_of("LKA", "GCC")
    ('grp:WB-LIC', None)
    """
    when = year_of(year)
    values = column if isinstance(column, str) else whole(column)
    system = text(system, "system of groups, such as 'subregion'")
    labels = labels_of([values] if isinstance(values, str) else values)
    try:
        found = _core.group_areas(labels, system, when)
    except CodeError:
        # No codes, or no such system: the second call will say so.
        codes, _ = _core.resolve_areas(labels, options(when))
        found = _core.group_areas(as_arrow(codes).column(0), system, when)
    return answers(values, found)


def define_group(
    code: str,
    members: Iterable[str] | Mapping[str, Spell | Sequence[Spell] | None],
    name: str | None = None,
) -> str:
    """Add a group of your own, for this run of Python.

    It then works wherever a group does: in :func:`members`, in :func:`group_of` and in
    ``ms.aggregate(obs, by=["destination.GULF-PLUS"])``.

    Parameters
    ----------
    code : str
        Letters, digits and hyphens, such as ``GULF-PLUS``; it becomes ``grp:GULF-PLUS``.
    members : list or mapping
        Codes of areas; or code -> (first year, last year), both included, None where there is no such end, for
        several spells a list of them.
    name : str, optional
        What to call it; its code unless given.

    Returns
    -------
    str
        The group's code.

    Raises
    ------
    CodeError
        For a code that migstat knows or that was defined otherwise before, and for a member that is no code.

    Examples
    --------
    >>> import migstat as ms
    >>> spells = {"SAU": None, "KWT": None, "JOR": (1990, 2000)}
    >>> ms.areas.define_group("GULF-EXAMPLE", spells, name="Gulf and Jordan")
    'grp:GULF-EXAMPLE'
    >>> ms.areas.members("GULF-EXAMPLE", year=1995), ms.areas.members("GULF-EXAMPLE")
    (['JOR', 'KWT', 'SAU'], ['KWT', 'SAU'])
    """
    code = text(code, "code for the group, such as 'GULF-PLUS'")
    if isinstance(members, str) or not isinstance(members, Iterable):
        message = f"members={members!r}: expected codes of areas, such as ['SAU', 'KWT']"
        raise SchemaError(message)
    listed = []
    if isinstance(members, Mapping):
        for member, spells in members.items():
            listed += [(member, *spell) for spell in _spells(member, spells)]
    else:
        listed = [(text(member, "code of an area"), None, None) for member in members]
    return _core.define_group(code, code if name is None else text(name, "name"), listed)


def _spells(member: object, given: Any) -> list[Spell]:
    """Give the spells of a member as (first year, last year)."""
    text(member, "code of an area")
    if given is None:
        return [(None, None)]
    several = isinstance(given, Sequence) and all(isinstance(one, Sequence) for one in given)
    try:
        return [(year_of(first), year_of(last)) for first, last in (given if several and given else [given])]
    except (TypeError, ValueError) as error:
        message = f"members[{member!r}]={given!r}: expected (first year, last year), either may be None"
        raise SchemaError(message) from error
