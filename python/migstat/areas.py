"""Countries, territories, former states and groups: from labels to codes and back.

A label that is not known, or that means several areas, has no code: a wrong country is worse than none. A
former state stays a former state, and a total, a region or "Others" has a code of its own.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from . import _core
from ._frame import back, column as column_of, column_back, kind_of, library
from .errors import CodeError, SchemaError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ._typing import ArrowColumn, ArrowTable, Column

__all__ = ["Area", "Explanation", "explain", "groups", "info", "match", "members", "resolve"]

Scheme: TypeAlias = Literal["name", "alpha2", "alpha3", "numeric", "m49"]
OnUnresolved: TypeAlias = Literal["null", "error", "keep"]

#: Labels that an error names one by one.
_NAMED = 5


@dataclass(frozen=True, repr=False)
class Area:
    """An area that has a code.

    Attributes
    ----------
    code : str
        ISO 3166-1 alpha-3; for former states ISO 3166-3 alpha-4 or ``ALPHA3-lastyear``; ``m49:NNN`` and
        ``grp:NAME`` for regions and groups; ``_T``, ``_U``, ``_O``, ``_Z`` and ``STLS``.
    alpha2, numeric : str or None
        ISO 3166-1 alpha-2 code, and ISO 3166-1 numeric code or M49 number with its leading zeros.
    name : str
        English name.
    kind : str
        ``country``, ``former``, ``aggregate``, ``total`` or ``residual``.
    from_year, to_year : int or None
        First and last year of a former state.
    parent : str or None
        The area next above it in the M49 hierarchy.
    successors : tuple of str
        The areas that stand where a former state stood.
    """

    code: str
    alpha2: str | None
    numeric: str | None
    name: str
    kind: str
    from_year: int | None = None
    to_year: int | None = None
    parent: str | None = None
    successors: tuple[str, ...] = ()

    def __repr__(self) -> str:
        stated = ((field.name, getattr(self, field.name)) for field in fields(self))
        return f"Area({', '.join(f'{name}={value!r}' for name, value in stated if value not in (None, ()))})"


@dataclass(frozen=True, repr=False)
class Explanation:
    """How a label is read, and why; printed, it says so in words.

    Attributes
    ----------
    label : str
        The label.
    code : str or None
        Its code, if it stands for one area.
    state : str
        ``matched``, ``former``, ``aggregate``, ``residual``, ``unknown`` or ``ambiguous``.
    rule : str or None
        How it was found, such as ``alpha-2 code``, ``English name`` or ``spelling``.
    outlived : bool
        Whether it is a former state that had ended before the year asked for.
    candidates : tuple of str
        Codes of the areas that an ambiguous label may mean.
    near : tuple of (str, str)
        For an unknown label: names that read like it, and their codes.
    year : int or None
        The year asked for.
    """

    label: str
    code: str | None
    state: str
    rule: str | None
    outlived: bool
    candidates: tuple[str, ...]
    near: tuple[tuple[str, str], ...]
    year: int | None = None

    def __repr__(self) -> str:
        when = "" if self.year is None else f" in {self.year}"
        said = f'"{self.label}"'
        if self.state == "ambiguous":
            width = max(map(len, self.candidates))
            listed = [f"  {code:<{width}}  {_name(code)}" for code in self.candidates]
            return "\n".join([f"{said} may mean several areas{when}:", *listed, f"say which: {_override(self)}"])
        if self.code is None:
            if not self.label.strip():
                return f"{said} is blank"
            near = f"names that read like it: {_near(self.near)}" if self.near else "no name reads like it"
            return "\n".join([f"{said} is not known{when}", f"  {near}", f"if you know the area: {_override(self)}"])
        area = _known()[self.code]
        kinds = {
            "former": "a former state",
            "aggregate": "a region, group or total",
            "residual": "a residual",
        }
        kind = kinds.get(self.state, "")
        if area.from_year and area.to_year:
            kind = f"{kind}, {area.from_year}–{area.to_year}"
        found = "your override" if self.rule == "override" else f"its {self.rule}"
        lines = [f"{said} is {area.code}, {area.name}", f"  found by {found}"]
        if kind:
            lines.insert(1, f"  {kind}")
        if self.outlived:
            after = ", ".join(f"{code} ({_name(code)})" for code in area.successors)
            lines.append(f"  it had ended before {self.year}; where it stood: {after or 'no area of its own'}")
        return "\n".join(lines)


@overload
def resolve(
    column: str,
    *,
    year: int | None = None,
    scheme: Scheme | None = None,
    overrides: Mapping[str, str] | None = None,
    on_unresolved: OnUnresolved = "null",
) -> str | None: ...
@overload
def resolve(
    column: list[Any],
    *,
    year: int | None = None,
    scheme: Scheme | None = None,
    overrides: Mapping[str, str] | None = None,
    on_unresolved: OnUnresolved = "null",
) -> list[str | None]: ...
@overload
def resolve(
    column: Column,
    *,
    year: int | None = None,
    scheme: Scheme | None = None,
    overrides: Mapping[str, str] | None = None,
    on_unresolved: OnUnresolved = "null",
) -> Any: ...
def resolve(
    column: Column,
    *,
    year: int | None = None,
    scheme: Scheme | None = None,
    overrides: Mapping[str, str] | None = None,
    on_unresolved: OnUnresolved = "null",
) -> Any:
    """Give the code of every label.

    Parameters
    ----------
    column : column or str
        Names, codes of ISO 3166-1 or M49 numbers, mixed as they come: a list, a tuple, a numpy array, a
        Series or Index of pandas, a Series of polars, an array of pyarrow, or anything with an Arrow capsule.
        Or one label.
    year : int, optional
        The year that the labels are about: some names changed hands ("Congo", "Yemen", "Micronesia").
    scheme : {"name", "alpha2", "alpha3", "numeric", "m49"}, optional
        How the labels are written; in any of these ways unless given. Declare it for a column of codes, where
        "NA" is Namibia and not "not available".
    overrides : mapping, optional
        Label -> code; it wins over all rules, also for spellings of the label that read alike.
    on_unresolved : {"null", "error", "keep"}
        What to do with a label that is not known or means several areas: give no code, raise, or give the
        label as it stands.

    Returns
    -------
    column or str
        Codes, as the caller's kind of column, with its name and index; for one label a str, or None. What is
        missing stays missing.

    Raises
    ------
    CodeError
        With ``on_unresolved="error"``, naming labels, rows and what they may mean; and for an override that
        is no code.
    SchemaError
        If ``column`` is not a column of labels.

    Notes
    -----
    Matching is exact on codes, and on English names after case, accents, punctuation, articles and footnote
    marks are removed; nothing is matched because it is similar. Codes: ISO 3166-1 and 3166-3, UN M49
    (unstats.un.org).

    Examples
    --------
    >>> import migstat as ms
    >>> ms.areas.resolve("Ivory Coast")
    'CIV'
    >>> ms.areas.resolve(["K.S.A.", "North Yemen", "Others", "WORLD", "Congo", None])
    ['SAU', 'YEM-1990', '_O', 'm49:001', None, None]
    >>> ms.areas.resolve(["Congo", "NA"], overrides={"Congo": "COD"}, on_unresolved="keep")
    ['COD', 'NA']
    >>> import pandas as pd
    >>> ms.areas.resolve(pd.Series(["Nepal", "524"], index=[7, 8], name="Country"))
    7    NPL
    8    NPL
    Name: Country, dtype: ...
    """
    if on_unresolved not in ("null", "error", "keep"):
        message = f"on_unresolved={on_unresolved!r}: expected 'null', 'error' or 'keep'"
        raise SchemaError(message)
    one = isinstance(column, str)
    values = _whole([column] if one else column)
    labels = _labels(values)
    codes: ArrowTable
    codes, unresolved = _core.resolve_areas(labels, _year(year), scheme, _overrides(overrides))
    if unresolved and on_unresolved == "error":
        raise CodeError(_refusal(unresolved, with_rows=not one))
    if unresolved and on_unresolved == "keep":
        codes = _kept(codes, labels)
    if one:
        return _read(codes).column(0)[0].as_py()
    if isinstance(values, list | tuple):
        found = _read(codes).column(0).to_pylist()
        return tuple(found) if type(values) is tuple else found
    return column_back(values, codes)


def match(
    column: Column,
    *,
    year: int | None = None,
    scheme: Scheme | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Any:
    """Say for every label what it stands for and how that was found.

    Parameters
    ----------
    column, year, scheme, overrides
        See :func:`resolve`.

    Returns
    -------
    table
        Of the caller's kind (pandas for lists and numpy; with the index of a Series), one row a label:
        ``code``; ``state``: ``matched``, ``former``, ``aggregate``, ``residual``, ``unknown`` or
        ``ambiguous``; ``rule``, such as ``alpha-2 code``, ``English name`` or ``spelling``; ``outlived``: a
        former state that had ended before ``year``; ``candidates``: codes that an ambiguous label may mean,
        separated by blanks.

    Raises
    ------
    SchemaError, CodeError
        See :func:`resolve`.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.areas.match(["Nepal", "North Yemen", "Congo", "Narnia"], year=1996)[["code", "state", "outlived"]]
           code      state  outlived
    0       NPL    matched     False
    1  YEM-1990     former      True
    2       NaN  ambiguous     False
    3       NaN    unknown     False
    """
    if isinstance(column, str):
        message = f"match takes a column of labels; for one label ask areas.explain({column!r})"
        raise SchemaError(message)
    values = _whole(column)
    found = _core.match_areas(_labels(values), _year(year), scheme, _overrides(overrides))
    return back(kind_of(values), found, values)


def explain(text: str, year: int | None = None) -> Explanation:
    """Say in words how a label is read, and what it may mean where it is not known.

    Parameters
    ----------
    text : str
        A label.
    year : int, optional
        The year that it is about.

    Returns
    -------
    Explanation
        With ``code``, ``state``, ``rule``, ``candidates`` and ``near``; it prints as a sentence.

    Raises
    ------
    SchemaError
        If ``text`` is not a str.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.areas.explain("North Yemen", year=1996)
    "North Yemen" is YEM-1990, Yemen Arab Republic
      a former state, 1918–1990
      found by its spelling
      it had ended before 1996; where it stood: YEM (Yemen)
    >>> ms.areas.explain("Congo").candidates
    ('COG', 'COD')
    """
    labels, when = _labels([_text(text, "label; for a column ask areas.match")]), _year(year)
    found = _read(_core.match_areas(labels, when, None, {})).to_pylist()[0]
    near: tuple[tuple[str, str], ...] = ()
    if found["state"] == "unknown":
        _, [(_, _, _, names)] = _core.resolve_areas(labels, when, None, {})
        near = _with_codes(names)
    return Explanation(
        label=text,
        code=found["code"],
        state=found["state"],
        rule=found["rule"],
        outlived=bool(found["outlived"]),
        candidates=tuple((found["candidates"] or "").split()),
        near=near,
        year=when,
    )


def info(code: str) -> Area:
    """Give what is known about an area.

    Parameters
    ----------
    code : str
        Its code; or a name or another code that stands for one area only.

    Returns
    -------
    Area
        Codes, name, kind, years, the area above it and its successors.

    Raises
    ------
    CodeError
        If it stands for no area or for several, with the names that are near.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.areas.info("NPL")
    Area(code='NPL', alpha2='NP', numeric='524', name='Nepal', kind='country', parent='m49:034')
    >>> ms.areas.info("CSHH").successors
    ('CZE', 'SVK')
    """
    known, code = _known(), _text(code, "code of an area")
    if code in known:
        return known[code]
    found = explain(code)
    if found.code is not None:
        return known[found.code]
    raise CodeError(_refusal([(code, 0, list(found.candidates), [name for name, _ in found.near])], advice=False))


def members(group: str, year: int | None = None) -> list[str]:
    """List the members of a group.

    Parameters
    ----------
    group : str
        Its code or name: ``GCC``, ``grp:GCC``, ``Gulf Cooperation Council``, ``LDC``, ``m49:142``, ``Asia``;
        see :func:`groups`.
    year : int, optional
        The members in that year; as the list stands today unless given.

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
        If a year is given and the group's list bears no dates, so that today's members are given; or if the
        list has nobody in that year.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.areas.members("GCC")
    ['ARE', 'BHR', 'KWT', 'OMN', 'QAT', 'SAU']
    >>> "GBR" in ms.areas.members("EU", year=2019), "GBR" in ms.areas.members("EU", year=2020)
    (True, False)
    """
    when = _year(year)
    code, name, dated, listed = _core.group_members(_text(group, "code or name of a group"), when)
    if when is not None and not dated:
        message = f"the list of members of {code} ({name}) bears no dates: they are those of today, not of {when}"
        warnings.warn(message, UserWarning, stacklevel=2)
    elif when is not None and not listed:
        message = f"no member of {code} ({name}) is known for {when}: it did not exist, or its list begins later"
        warnings.warn(message, UserWarning, stacklevel=2)
    return list(listed)


def groups() -> pd.DataFrame:
    """List the groups of areas whose members are known.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``name``, and ``dated``: whether the list says from when to when each area was a member.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.areas.groups().query("code == 'grp:GCC'").name.item()
    'Gulf Cooperation Council'
    """
    import pandas as pd

    rows = [(code, name, _core.group_members(code)[2]) for code, name in sorted(_core.group_names())]
    return pd.DataFrame(rows, columns=["code", "name", "dated"])


def _whole(column: Any) -> Any:
    """Give what can be read once only, such as a generator, as a list; what is no column is refused."""
    tabular = hasattr(column, "columns") or hasattr(column, "column_names") or isinstance(column, Mapping)
    if tabular and library(column) != "numpy":
        message = "expected a column, found a table: give one of its columns, such as df['Country']"
        raise SchemaError(message)
    capsule = hasattr(column, "__arrow_c_stream__") or hasattr(column, "__arrow_c_array__")
    if capsule or library(column) in ("pandas", "polars", "pyarrow", "numpy") or isinstance(column, list | tuple):
        return column
    return list(column) if isinstance(column, Iterable) and not isinstance(column, str | bytes) else column


def _labels(values: Any) -> ArrowColumn:
    """Give a column as Arrow; lists of text without pandas, which ``pyarrow.array`` would import."""
    try:
        return _built(values) if isinstance(values, list | tuple) else column_of(values)
    except UnicodeEncodeError as error:
        message = f"{error.object!r} is not text: read the file again with the encoding that it is written in"
        raise SchemaError(message) from error


def _built(values: list[Any] | tuple[Any, ...]) -> ArrowColumn:
    import pyarrow as pa

    builder = pa.lib.StringBuilder()
    try:
        builder.append_values(values)
    except TypeError:
        return column_of(values)
    array: ArrowColumn = builder.finish()
    return array


def _read(result: ArrowTable) -> pa.Table:
    """Give a table of the core as pyarrow; unlike ``pyarrow.table`` this does not import pandas."""
    import pyarrow as pa

    return pa.RecordBatchReader.from_stream(result).read_all()


def _kept(codes: ArrowTable, labels: ArrowColumn) -> ArrowTable:
    """Give the codes, and the label itself where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    own = labels if isinstance(labels, pa.Array | pa.ChunkedArray) else pa.chunked_array(labels)
    both = pc.coalesce(_read(codes).column(0).cast(pa.string()), own.cast(pa.string()))
    whole = both.combine_chunks() if isinstance(both, pa.ChunkedArray) else both
    whole = pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole
    return pa.Table.from_arrays([whole.dictionary_encode()], ["code"])  # type: ignore[no-any-return]


def _text(text: object, what: str) -> str:
    if isinstance(text, str):
        return text
    message = f"{text!r} is {type(text).__name__}: expected one {what}"
    raise SchemaError(message)


def _year(year: Any) -> int | None:
    if year is None:
        return None
    try:
        whole = int(year) if isinstance(year, float) and year.is_integer() else operator.index(year)
    except TypeError:
        whole = -1
    if isinstance(year, bool) or not 0 <= whole <= 9999:
        message = f"year={year!r}: expected one year, such as 1996"
        raise SchemaError(message)
    return whole


def _overrides(overrides: object) -> dict[str, str]:
    if overrides is None:
        return {}
    if isinstance(overrides, Mapping):
        return {str(label): str(code) for label, code in overrides.items()}
    message = f"overrides={overrides!r}: expected a mapping of labels to codes, such as {{'Congo': 'COD'}}"
    raise SchemaError(message)


@lru_cache(maxsize=1)
def _known() -> dict[str, Area]:
    """Every area by its code."""

    def year(text: str | None) -> int | None:
        return None if text is None else int(text)

    return {
        row["code"]: Area(
            code=row["code"],
            alpha2=row["alpha2"],
            numeric=row["numeric"],
            name=row["name"],
            kind=row["kind"],
            from_year=year(row["from"]),
            to_year=year(row["to"]),
            parent=row["parent"],
            successors=tuple(_core.area_successors(row["code"])),
        )
        for row in _read(_core.area_table()).to_pylist()
    }


def _name(code: str) -> str:
    return _known()[code].name


def _with_codes(names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Names with their codes; those that mean several areas themselves are no help."""
    distinct = list(dict.fromkeys(names))
    codes = _read(_core.resolve_areas(_labels(distinct), None, None, {})[0]).column(0).to_pylist() if distinct else []
    return tuple((name, code) for name, code in zip(distinct, codes, strict=True) if code is not None)


def _near(near: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name} ({code})" for name, code in near)


def _override(explanation: Explanation) -> str:
    codes = explanation.candidates or ("...",)
    return "overrides=" + " or ".join(f'{{"{explanation.label}": "{code}"}}' for code in codes)


def _refusal(
    unresolved: Sequence[tuple[str, int, list[str], list[str]]],
    *,
    with_rows: bool = True,
    advice: bool = True,
) -> str:
    """Say which labels stand for no area, and what they may mean."""
    said = []
    for label, row, candidates, names in unresolved[:_NAMED]:
        where = f"row {row}: " if with_rows and advice else ""
        near = _near(_with_codes(names))
        if candidates:
            *some, last = [f"{code} ({_name(code)})" for code in candidates]
            may = f"{', '.join(some)} or {last}" if some else last
            said.append(f'{where}"{label}" may be {may}')
        elif not label.strip():
            said.append(f'{where}"{label}" is blank')
        else:
            said.append(f'{where}"{label}" is not known{f"; names that read like it: {near}" if near else ""}')
    if not advice:
        return said[0]
    if len(unresolved) > _NAMED:
        said.append(f"and {len(unresolved) - _NAMED} more")
    count = len(unresolved)
    head = "" if count == 1 else f"{count} labels stand for no single area\n  "
    example = next((label for label, _, _, _ in unresolved if label.strip()), "label")
    tail = f'say what is meant with overrides={{"{example}": "code"}}, or take on_unresolved="null" or "keep"'
    return head + "\n  ".join(said) + ("\n" if count > 1 else "; ") + tail
