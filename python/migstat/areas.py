"""Countries, territories, former states and groups: from labels to codes and back.

A label that is not known, or that means several areas, has no code: a wrong country is worse than none. What is read
although it is misspelt says so, with its confidence. A former state stays a former state, and a total, a region or
"Others" has a code of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from . import _core
from ._areas_column import (
    Scheme,
    answers,
    as_arrow,
    kept,
    labels_of,
    not_text,
    options,
    text as text_of,
    whole,
    year_of,
    years_column,
    years_of,
)
from ._areas_distance import distance
from ._areas_groups import define_group, group_of, groups, members, scheduled
from ._areas_known import Area, known
from ._areas_report import Report, report
from ._areas_words import Explanation, near, reason, refusal
from ._frame import back, kind_of
from .errors import CodeError, SchemaError, one_of

if TYPE_CHECKING:
    from ._typing import AreaOptions, ArrowTable, Column

__all__ = [
    "resolve",
    "match",
    "report",
    "explain",
    "info",
    "name",
    "members",
    "group_of",
    "groups",
    "scheduled",
    "define_group",
    "distance",
    "Area",
    "Explanation",
    "Report",
]

OnUnresolved: TypeAlias = Literal["null", "error", "keep"]
Unresolved: TypeAlias = "list[tuple[str, int, list[str]]]"


@overload
def resolve(
    column: str,
    *,
    year: int | None = None,
    scheme: Scheme | None = None,
    source: str | None = None,
    to: str = "code",
    overrides: Mapping[str, str | None] | None = None,
    on_unresolved: OnUnresolved = "null",
    typos: bool | float = True,
    categories: bool = False,
) -> str | None: ...
@overload
def resolve(
    column: list[Any],
    *,
    year: int | Column | None = None,
    scheme: Scheme | None = None,
    source: str | None = None,
    to: str = "code",
    overrides: Mapping[str, str | None] | None = None,
    on_unresolved: OnUnresolved = "null",
    typos: bool | float = True,
    categories: bool = False,
) -> list[str | None]: ...
@overload
def resolve(
    column: Column,
    *,
    year: int | Column | None = None,
    scheme: Scheme | None = None,
    source: str | None = None,
    to: str = "code",
    overrides: Mapping[str, str | None] | None = None,
    on_unresolved: OnUnresolved = "null",
    typos: bool | float = True,
    categories: bool = False,
) -> Any: ...
def resolve(
    column: Column,
    *,
    year: int | Column | None = None,
    scheme: Scheme | None = None,
    source: str | None = None,
    to: str = "code",
    overrides: Mapping[str, str | None] | None = None,
    on_unresolved: OnUnresolved = "null",
    typos: bool | float = True,
    categories: bool = False,
) -> Any:
    """Give the code of every label.

    Parameters
    ----------
    column : column or str
        Names in any language, and codes, mixed as they come: a list, a tuple, a numpy array, a Series or Index of
        pandas, a Series of polars, an array of pyarrow, or anything with an Arrow capsule. Or one label.
    year : int or column, optional
        The year that the labels are about, or a column of years, one a row: some names changed hands ("Congo",
        "Yemen", "Yugoslavia").
    scheme : str, optional
        How the labels are written: ``name``, ``alpha2``, ``alpha3``, ``numeric`` (ISO 3166-1), ``m49`` (UN),
        ``worldbank``, ``eurostat``, ``unhcr``, ``ioc`` (Olympic), ``fips``, ``fao``, ``imf``, ``cow`` and ``cowc``
        (Correlates of War), ``gw`` (Gleditsch and Ward), ``cepii`` or ``dac`` (OECD). Unless given, a list of codes
        is inferred where at least 90 % of at least 5 distinct labels are codes of it; else codes are those of ISO
        and M49. Declare it for a short column of codes, where "NA" is Namibia and not "not available".
    source : str, optional
        The publisher of the table, whose usage decides names that mean several areas: ``un``, ``oecd``, ``imf``,
        ``worldbank``, ``eurostat``, ``unhcr``, ``fao``, ``who``, ``ilo``, ``slbfe``, ``bmet``, ``poea``, ``dmw``,
        ``bp2mi``, ``dofe`` or ``doe``. "Congo" is the Republic of the Congo in tables of the ``un``.
    to : str
        What to give: ``code``; ``name``, ``name:fr`` (or any other language, as CLDR writes it); ``formal:fr`` (in
        the six languages of the UN); or the code in another list, named as for ``scheme``. What an area lacks is
        missing.
    overrides : mapping, optional
        Label -> code; it wins over all rules, also for spellings of the label that read alike. None is no answer.
    on_unresolved : {"null", "error", "keep"}
        What to do with a label that is not known or means several areas: give no code, raise, or give the
        label as it stands.
    typos : bool or float
        Whether to read names that are misspelt or put in other words: where the confidence is 0.8 at least (True),
        where it is at least as given (0.95), or not at all (False). :func:`match` and :func:`report` tell which
        labels were read so.
    categories : bool
        Whether what is given of a column of text comes back as categories (pandas and polars) or as a dictionary
        (pyarrow): several times faster than text, and a fraction of its size. Lists, tuples and arrays of numpy have
        none.

    Returns
    -------
    column or str
        Codes, as the caller's kind of column, with its name and index, and of categories as categories; for one label
        a str, or None. What is missing stays missing.

    Raises
    ------
    CodeError
        With ``on_unresolved="error"``, naming labels, rows and what they may mean; for an override that is no code;
        and for a scheme, source, language or year that is not known.
    SchemaError
        If ``column`` is not a column of labels, or another argument is of the wrong kind.

    Notes
    -----
    A label is read as a code, else as an English name, else as a name in another language, in all cases after case,
    accents, punctuation, articles and footnote marks are removed; else it is taken apart ("Réunion (France)"); else
    the nearest name is taken where no other area's name is nearly as near. Codes: ISO 3166-1 and 3166-3, UN M49
    (unstats.un.org), and the lists named above. Names: UNTERM, UN M49, Unicode CLDR and others; :func:`explain`
    gives the source of each.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.areas.resolve("Ivory Coast")
    'CIV'
    >>> ms.areas.resolve(["K.S.A.", "Allemagne", "Nigeira", "North Yemen", "Others", "WORLD", "Congo", None])
    ['SAU', 'DEU', 'NGA', 'YEM-1990', '_O', 'm49:001', None, None]
    >>> ms.areas.resolve(["Congo", "NA"], overrides={"Congo": "COD"}, on_unresolved="keep")
    ['COD', 'NA']
    >>> ms.areas.resolve("Congo", source="un"), ms.areas.resolve("SUI", scheme="ioc", to="name:fr")
    ('COG', 'Suisse')
    >>> ms.areas.resolve(["Yugoslavia", "Yugoslavia"], year=[1985, 1998])
    ['YUCS', 'CSXX']
    >>> import pandas as pd
    >>> ms.areas.resolve(pd.Series(["Nepal", "524"], index=[7, 8], name="Country"))
    7    NPL
    8    NPL
    Name: Country, dtype: ...
    """
    one_of("on_unresolved", on_unresolved, ("null", "error", "keep"))
    to = text_of(to, "thing to give, such as 'code', 'name:fr' or 'alpha2'")
    values = column if isinstance(column, str) else whole(column)
    single, many = years_of(year, values)
    wanted = options(single, scheme, source, overrides, typos)
    if isinstance(values, str | list | tuple) and (many is None or isinstance(many, list)):
        found = _listed([values] if isinstance(values, str) else list(values), wanted, many, to, on_unresolved)
        if found is not None:
            return found[0] if isinstance(values, str) else tuple(found) if type(values) is tuple else found
    labels, years = labels_of([values] if isinstance(values, str) else values), years_column(many)
    codes: ArrowTable
    codes, unresolved = _core.resolve_areas(labels, wanted, years, to)
    if unresolved and on_unresolved == "error":
        raise CodeError(refusal(unresolved))
    if unresolved and on_unresolved == "keep":
        found_in = codes if to == "code" else _core.resolve_areas(labels, wanted, years)[0]
        codes = kept(codes, found_in, labels)
    return answers(values, codes, categories)


#: In a list of fewer labels none is looked for twice.
_FEW = 64


def _listed(
    labels: list[Any], wanted: AreaOptions, years: list[int | None] | None, to: str, on_unresolved: str
) -> list[str | None] | None:
    """Resolve a list of text without Arrow; None where the list holds anything else."""
    if years is None and len(labels) > _FEW:
        try:
            distinct = list(dict.fromkeys(labels))
        except TypeError:
            return None
        if 2 * len(distinct) < len(labels) and on_unresolved != "error":
            # Each text is taken over into Rust once.
            told = _listed(distinct, wanted, None, to, on_unresolved)
            if told is None:
                return None
            known = dict(zip(distinct, told, strict=True))
            return [known[label] for label in labels]
    try:
        said, unresolved = _core.resolve_list(labels, wanted, years, to)
    except UnicodeEncodeError as error:
        raise not_text(error) from error
    except TypeError:
        return None
    if unresolved and on_unresolved == "error":
        raise CodeError(refusal(unresolved, with_rows=len(labels) > 1))
    if unresolved and on_unresolved == "keep":
        codes = said if to == "code" else _core.resolve_list(labels, wanted, years)[0]
        return [label if code is None else own for label, code, own in zip(labels, codes, said, strict=True)]
    return said


def match(
    column: Column,
    *,
    year: int | Column | None = None,
    scheme: Scheme | None = None,
    source: str | None = None,
    overrides: Mapping[str, str | None] | None = None,
    typos: bool | float = True,
) -> Any:
    """Say for every label what it stands for and how that was found.

    Parameters
    ----------
    column, year, scheme, source, overrides, typos
        See :func:`resolve`.

    Returns
    -------
    table
        Of the caller's kind (pandas for lists and numpy; with the index of a Series), one row a label:
        ``code``; ``state``: ``matched``, ``former``, ``aggregate``, ``residual``, ``unknown`` or
        ``ambiguous``; ``rule``, such as ``alpha-2 code``, ``English name`` or ``misspelt name``; ``confidence``:
        how probable it is that this is meant, below 1 for a guess; ``candidates``: codes that an ambiguous label
        may mean, separated by blanks; ``outlived``: a former state that had ended before ``year``; ``read_as`` and
        ``language``: the spelling that was found, and its language as CLDR writes it.

    Raises
    ------
    SchemaError, CodeError
        See :func:`resolve`.

    Examples
    --------
    >>> import migstat as ms
    >>> labels = ["Nepal", "North Yemen", "Congo", "Narnia", "Saudi Arabai"]
    >>> ms.areas.match(labels, year=1996)[["code", "state", "rule", "outlived"]]
           code      state          rule  outlived
    0       NPL    matched  English name     False
    1  YEM-1990     former      spelling      True
    2       NaN  ambiguous      spelling     False
    3       NaN    unknown           NaN     False
    4       SAU    matched  misspelt name    False
    """
    if isinstance(column, str):
        message = f"match takes a column of labels; for one label ask areas.explain({column!r})"
        raise SchemaError(message)
    values = whole(column)
    one, many = years_of(year, values)
    wanted = options(one, scheme, source, overrides, typos)
    found = as_arrow(_core.match_areas(labels_of(values), wanted, years_column(many)))
    return back(kind_of(values), found.drop_columns(["source"]), values)


def explain(
    text: str,
    year: int | None = None,
    scheme: Scheme | None = None,
    source: str | None = None,
) -> Explanation:
    """Say in words how a label is read, and what it may mean where it is not known.

    Parameters
    ----------
    text : str
        A label.
    year : int, optional
        The year that it is about.
    scheme, source : str, optional
        How it is written, and who printed it: see :func:`resolve`.

    Returns
    -------
    Explanation
        With ``code``, ``state``, ``rule``, ``confidence``, ``read_as``, ``candidates``, ``near`` and ``reason``; it
        prints as a sentence.

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
      found by its spelling: "North Yemen" (...)
      it had ended before 1996; where it stood: YEM (Yemen)
    >>> ms.areas.explain("Nigeira")
    "Nigeira" is NGA, Nigeria
      found by its name, misspelt: "Nigeria"
      a guess of confidence 0.98: confirm it by overrides={"Nigeira": "NGA"}
    >>> ms.areas.explain("Congo").candidates
    ('COG', 'COD')
    """
    labels, when = labels_of([text_of(text, "label; for a column ask areas.match")]), year_of(year)
    found = as_arrow(_core.match_areas(labels, options(when, scheme, source))).to_pylist()[0]
    unknown = found["state"] == "unknown"
    confidence = found["confidence"]
    return Explanation(
        label=text,
        code=found["code"],
        state=found["state"],
        rule=found["rule"],
        outlived=bool(found["outlived"]),
        candidates=tuple((found["candidates"] or "").split()),
        near=near(text) if unknown else (),
        year=when,
        confidence=None if confidence is None else round(confidence, 4),
        read_as=found["read_as"],
        language=found["language"],
        source=found["source"],
        reason=reason(text) if unknown else None,
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
        Codes, name, kind, years, the area above it, its successors, capital and positions; and, when asked for, its
        ``codes`` in other lists and its ``names`` in other languages.

    Raises
    ------
    CodeError
        If it stands for no area or for several, with the names that are near.

    Examples
    --------
    >>> import migstat as ms
    >>> nepal = ms.areas.info("NPL")
    >>> nepal
    Area(code='NPL', alpha2='NP', numeric='524', name='Nepal', kind='country', parent='m49:034', capital=...)
    >>> nepal.codes["ioc"], nepal.codes["imf"], nepal.names["ne"]
    ('NEP', '558', 'नेपाल')
    >>> ms.areas.info("CSHH").successors
    ('CZE', 'SVK')
    """
    areas, code = known(), text_of(code, "code of an area")
    if code in areas:
        return areas[code]
    found = explain(code)
    if found.code is not None:
        return areas[found.code]
    raise CodeError(refusal([(code, 0, list(found.candidates))], advice=False))


@overload
def name(column: str, language: str = "en", formal: bool = False) -> str | None: ...
@overload
def name(column: list[Any], language: str = "en", formal: bool = False) -> list[str | None]: ...
@overload
def name(column: Column, language: str = "en", formal: bool = False) -> Any: ...
def name(column: Column, language: str = "en", formal: bool = False) -> Any:
    """Give the names of areas from their codes.

    Parameters
    ----------
    column : column or str
        Codes of areas. For labels of other kinds ask ``areas.resolve(column, to="name:fr")``.
    language : str
        As CLDR writes it: ``fr``, ``pt-PT``, ``zh-Hant``; a regional language that has no name of its own has that
        of the language.
    formal : bool
        Whether to give the formal name, which there is in the six languages of the United Nations.

    Returns
    -------
    column or str
        Names, as the caller's kind of column; missing where there is no name in that language.

    Raises
    ------
    CodeError
        For what is no code of an area, and for a language without names.
    SchemaError
        If ``column`` is not a column of labels.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.areas.name(["LKA", "DEU", "m49:142", None], "fr")
    ['Sri Lanka', 'Allemagne', 'Asie', None]
    >>> ms.areas.name("LKA", "ta"), ms.areas.name("LKA", formal=True)
    ('இலங்கை', 'the Democratic Socialist Republic of Sri Lanka')
    """
    values = column if isinstance(column, str) else whole(column)
    labels = labels_of([values] if isinstance(values, str) else values)
    language = text_of(language, "language, such as 'fr'")
    return answers(values, _core.name_areas(labels, f"{'formal' if formal else 'name'}:{language}"))
