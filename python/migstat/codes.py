"""Lists of codes, what they are called, and how codes of one list become those of another.

A label that is not in its list is never guessed. A code that belongs to several codes of another list is not one of
them: it is unknown there (``_U``), unless shares are known or given. Countries and areas have a module of their own,
:mod:`migstat.areas`.
"""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from . import _core
from ._areas_column import answers, as_arrow, kept, labels_of, whole, year_of
from ._codes_list import Codelist
from ._codes_mapping import Mapping
from ._codes_written import codes_written, pairs_written
from .errors import CodeError, SchemaError, one_of

if TYPE_CHECKING:
    import os

    import pandas as pd

    from ._typing import ArrowTable, Column, Frame

__all__ = [
    "Codelist",
    "Mapping",
    "lists",
    "get",
    "mappings",
    "mapping",
    "recode",
    "describe",
    "register",
    "register_mapping",
]

OnUnresolved: TypeAlias = Literal["null", "error", "keep"]
Written: TypeAlias = "str | os.PathLike[str] | Frame"


def lists() -> pd.DataFrame:
    """Give the lists there are: those of migstat and those that were registered.

    Returns
    -------
    pandas.DataFrame
        ``list``, ``dimension``, ``title``, ``codes`` (how many; 0 where they are composed), ``version``,
        ``publisher``, ``source``.

    Examples
    --------
    >>> import migstat as ms
    >>> lists = ms.codes.lists().set_index("list")
    >>> lists.loc[["ISCO-08", "ISCED-2011"], ["dimension", "codes"]]
                 dimension  codes
    list
    ISCO-08     occupation    619
    ISCED-2011   education     10
    """
    frame: pd.DataFrame = as_arrow(_core.codelists()).to_pandas()
    return frame


def get(name: str) -> Codelist:
    """Give a list of codes.

    Parameters
    ----------
    name : str
        ``sex``, ``age``, ``area``, ``ISCO-08``, ``ISCO-88``, ``ISCED-2011``, ``broad``, ``LKA-SLBFE-1975``, ... or one
        that was registered; :func:`lists` has them all.

    Returns
    -------
    Codelist
        Its codes, names and hierarchy.

    Raises
    ------
    CodeError
        If there is no such list; the message names near ones.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.codes.get("broad")
    <Codelist broad: 3 codes of skill>
    """
    return Codelist(_core.Codelist.named(_name(name)))


def mappings() -> pd.DataFrame:
    """Give the mappings that are written down; others follow from them.

    Returns
    -------
    pandas.DataFrame
        ``from`` and ``to``: names of lists.

    Examples
    --------
    >>> import migstat as ms
    >>> known = ms.codes.mappings()
    >>> ("ISCO-08", "broad") in set(zip(known["from"], known["to"]))
    True
    """
    import pandas as pd

    return pd.DataFrame(_core.codelist_mappings(), columns=["from", "to"])


def mapping(from_list: str | Codelist, to_list: str | Codelist) -> Mapping:
    """Give the mapping from one list to another.

    Parameters
    ----------
    from_list, to_list : str or Codelist
        Names of lists. ``"ISCO-08/1"`` is the first level of a list: ``mapping("ISCO-88", "ISCO-08/1")``.

    Returns
    -------
    Mapping
        As it is written down; else the way back of the opposite one; else through a third list, where there is only
        one such way.

    Raises
    ------
    CodeError
        If a list is not known, or there is no way or there are several.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.codes.mapping("ISCO-08", "ISCO-08/1").shares("2221")
    {'2': 1.0}
    """
    return Mapping(_core.Mapping.between(_name(from_list), _name(to_list)))


def recode(
    column: Column,
    scheme: str | Codelist,
    to: str | Codelist | Mapping | None = None,
    *,
    year: int | None = None,
    on_unresolved: OnUnresolved = "error",
    categories: bool = False,
) -> Any:
    """Give the code of every label, in its own list or in another.

    Parameters
    ----------
    column : column or str
        Labels or codes: a list, a numpy array, a Series of pandas or polars, an array of pyarrow, or anything with an
        Arrow capsule. Or one label.
    scheme : str or Codelist
        The list that the labels are written in (see :func:`get`), or a scheme of several ladders of skill that followed
        each other, such as ``LKA-SLBFE``: these are told apart by the labels that stand together, and by ``year``.
    to : str, Codelist or Mapping, optional
        The list wanted, such as ``broad`` or ``ISCO-08/1`` (the first level of ISCO-08), or a mapping, for example one
        with weights of your own. Unless given, codes of ``scheme``.
    year : int, optional
        The year that the labels are about.
    on_unresolved : {"error", "null", "keep"}
        What to do with a label that is not in the list: raise, give no code, or give the label as it stands.
    categories : bool
        Whether codes of a column of text come back as categories (pandas and polars) or as a dictionary (pyarrow):
        several times faster than text, and a fraction of its size. Lists, tuples and arrays of numpy have none.

    Returns
    -------
    column or str
        Codes, as the caller's kind of column; of categories, always as categories. What is missing stays missing. A
        code that belongs to several codes of ``to`` becomes ``_U``, because a cell cannot be shared out:
        :meth:`Mapping.matrix` and :func:`migstat.harmonise` can share out figures.

    Raises
    ------
    CodeError
        For a label that is not in the list, naming the row; for a list or mapping that there is not.
    SchemaError
        If ``column`` is not a column of labels.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.codes.recode(["Female", "MALES", None, "Both sexes"], "sex")
    ['F', 'M', None, '_T']
    >>> ms.codes.recode(["2221", "9", "Managers"], "ISCO-08", to="broad")
    ['high', 'low', 'high']
    >>> ms.codes.recode(["High level", "Middle level"], "LKA-SLBFE", to="broad", year=1996)
    ['high', '_U']
    >>> import pandas as pd
    >>> ms.codes.recode(pd.Series(["Female", "MALES"]), "sex", categories=True).cat.categories.tolist()
    ['F', 'M']
    """
    one_of("on_unresolved", on_unresolved, ("null", "error", "keep"))
    values, name, target, own = _asked(column, scheme, to)
    columns = labels_of([values] if isinstance(values, str) else values)
    codes: ArrowTable
    codes, refused = _core.recode(columns, name, target, own, year_of(year))
    if refused and on_unresolved == "error":
        _, row, why = refused[0]
        more = f"; {len(refused) - 1} more labels cannot be read" if len(refused) > 1 else ""
        place = "" if isinstance(values, str) else f"row {row}: "
        message = f"{place}{why}{more}; on_unresolved='null' leaves them without a code"
        raise CodeError(message)
    codes = kept(codes, codes, columns) if refused and on_unresolved == "keep" else codes
    return answers(values, codes, categories)


def describe(
    column: Column,
    scheme: str | Codelist,
    to: str | Codelist | Mapping | None = None,
    *,
    year: int | None = None,
) -> pd.DataFrame:
    """Say for every distinct label what it stands for and what becomes of it.

    Parameters
    ----------
    column, scheme, to, year
        See :func:`recode`.

    Returns
    -------
    pandas.DataFrame
        One row a label, in the order of the column: ``label``, ``rows``, ``first_row``, ``list`` and ``code`` that it
        was read as, ``name``, what it ``becomes``, the codes that it ``may_be`` where shares are not known,
        ``quality`` of the mapping, and ``why_not`` for a label that cannot be read.

    Raises
    ------
    CodeError
        For a list or mapping that there is not.

    Examples
    --------
    >>> import migstat as ms
    >>> labels = ["High level", "Middle level", "Middle level", "Others!"]
    >>> ms.codes.describe(labels, "LKA-SLBFE-1975", to="broad")[["label", "rows", "code", "becomes", "may_be"]]
              label  rows    code becomes       may_be
    0    High level     1    HIGH    high         high
    1  Middle level     2  MIDDLE      _U  medium high
    2       Others!     1  OTHERS      _U          NaN
    """
    values, name, target, own = _asked(column, scheme, to)
    columns = labels_of([values] if isinstance(values, str) else values)
    frame: pd.DataFrame = as_arrow(_core.describe_codes(columns, name, target, own, year_of(year))).to_pandas()
    # Few rows: text is easier to work with than categories.
    return frame.astype({name: "str" for name in frame.columns if name not in ("rows", "first_row")})


def register(
    codes: Written,
    name: str,
    *,
    dimension: str,
    title: str = "",
    version: str = "",
    publisher: str = "",
    source: str = "",
    replace: bool = False,
) -> Codelist:
    """Add a list of codes of your own, with its mappings.

    Parameters
    ----------
    codes : path or table
        A CSV file (UTF-8), any table, or a ``Codelist`` of pysdmx (the extra ``sdmx``), as registries of SDMX give
        them. Columns: ``code`` and ``label`` (required), ``parent``, ``valid_from``,
        ``valid_to`` (years), ``note``, ``source``; ``label:fr`` for names in another language and ``also`` for other
        spellings, several separated by ``|``. A column ``to:broad`` maps the codes to another list: codes separated by
        ``|``, with their shares if these are known (``medium:0.6|high:0.4``); ``quality`` says how well (see
        :class:`Mapping`; unless given, ``good`` for one code, ``ambiguous`` for several, ``not mappable`` for none).
    name : str
        What the list is to be called, such as ``"XYZ-MOL"``.
    dimension : str
        What its codes class: ``skill``, ``occupation``, ``education``, ``reason`` or ``flow_type``.
    title, version, publisher, source : str
        What there is to know about it.
    replace : bool
        Whether another list that was registered under the name before is to go.

    Returns
    -------
    Codelist
        Known from now on to :func:`recode`, and to :func:`migstat.harmonise` under ``schemes``.

    Raises
    ------
    CodeError
        Where a code stands twice, a parent is missing, a name means two codes, a target is no code of its list, or
        shares do not sum to 1; the message names the row.
    SchemaError
        For columns that are missing or not known.

    Examples
    --------
    >>> import migstat as ms
    >>> ladder = {"code": ["A", "B"], "label": ["Qualified", "Helpers"], "to:broad": ["medium|high", "low"]}
    >>> ms.codes.register(ladder, "XYZ-MOL", dimension="skill")
    <Codelist XYZ-MOL: 2 codes of skill>
    >>> ms.codes.recode(["helpers", "Qualified"], "XYZ-MOL", to="broad")
    ['low', '_U']
    """
    dimensions = ("skill", "occupation", "education", "reason", "flow_type")
    one_of("dimension", dimension, dimensions)
    rows, targets = codes_written(codes)
    about = (_name(name), dimension, title, version, publisher, source)
    return Codelist(_core.Codelist.register(about, rows, list(targets.items()), replace))


def register_mapping(
    pairs: Written,
    from_list: str | Codelist,
    to_list: str | Codelist,
    *,
    from_column: str = "from",
    to_column: str = "to",
    replace: bool = False,
) -> Mapping:
    """Add a mapping of your own between two lists.

    Parameters
    ----------
    pairs : path or table
        A CSV file (UTF-8) or any table with a row for each pair of codes. Columns: ``from``, ``to`` (empty for a code
        that cannot be mapped), ``weight`` (the share of ``from`` that belongs to ``to``; for all targets of a code or
        for none), ``quality`` (see :class:`Mapping`), ``source``. Other columns are left alone.
    from_list, to_list : str or Codelist
        The lists.
    from_column, to_column : str
        What the columns of codes are called.
    replace : bool
        Whether another mapping that was registered between the lists before is to go.

    Returns
    -------
    Mapping
        Found from now on by :func:`mapping`, before those of migstat.

    Raises
    ------
    CodeError
        For a code that its list does not have, a pair that stands twice, or weights that are no shares; the message
        names the row.
    SchemaError
        For columns that are missing.

    Examples
    --------
    >>> import migstat as ms
    >>> pairs = {"from": ["1", "2"], "to": ["HIGH", "HIGH"]}
    >>> ms.codes.register_mapping(pairs, "ISCO-08", "LKA-SLBFE-1975").targets("2")
    ['HIGH']
    """
    first, second = _name(from_list), _name(to_list)
    made = _core.Mapping.of(first, second, pairs_written(pairs, from_column, to_column))
    made.register(replace)
    return Mapping(made)


def _name(name: Any) -> str:
    if isinstance(name, Codelist):
        return name.id
    if isinstance(name, str):
        return str(name)
    message = f"{name!r} is {type(name).__name__}: expected the name of a list, such as 'ISCO-08'"
    raise SchemaError(message)


def _asked(
    column: Any, scheme: str | Codelist, to: str | Codelist | Mapping | None
) -> tuple[Any, str, str | None, _core.Mapping | None]:
    """Give labels, scheme, the list wanted or the mapping."""
    values = column if isinstance(column, str) else whole(column)
    own = to._core if isinstance(to, Mapping) else None
    given: Any = to
    if isinstance(given, AbstractMapping):
        message = f"to={to!r}: a dictionary loses what is ambiguous; give a list's name, or codes.register_mapping(...)"
        raise SchemaError(message)
    target = None if to is None or own is not None else _name(to)
    return values, _name(scheme), target, own
