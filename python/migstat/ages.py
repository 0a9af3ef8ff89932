"""Age groups: from one set of groups to another, and from one age definition to the other.

What nests is added up, whatever the method: 0-4, 5-9 and 10-14 make 0-14. What does not is split by a method that the
result names, and in every method but the one that smooths the totals stay as they were.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from . import _core
from ._ages_schedule import RogersCastro, tail_of
from ._ages_table import Groups, Regroup, Shift, change_long, change_wide
from ._frame import library
from .errors import SchemaError, one_of
from .observations import Observations

if TYPE_CHECKING:
    import pandas as pd

    from ._typing import Frame

__all__ = ["regroup", "shift", "plan", "RogersCastro"]

Method: TypeAlias = Literal["uniform", "sprague", "beers", "beers_modified", "monotone", "pclm"]
Tail: TypeAlias = Literal["rogers-castro"] | RogersCastro
AgeDefinition: TypeAlias = Literal["completed", "reached"]
Unfit: TypeAlias = Literal["raise", "set_aside"]


@overload
def regroup(
    table: Observations,
    to: str | Sequence[str],
    *,
    method: Method = "monotone",
    open_to: int | None = None,
    tail: Tail | None = None,
    smoothing: float | None = None,
    unfit: Unfit = "raise",
) -> Observations: ...
@overload
def regroup(
    table: Frame,
    to: str | Sequence[str],
    *,
    ages: Sequence[Any] | None = None,
    age: str | None = None,
    value: str | None = None,
    by: str | Sequence[str] | None = None,
    method: Method = "monotone",
    open_to: int | None = None,
    tail: Tail | None = None,
    smoothing: float | None = None,
) -> Any: ...
def regroup(
    table: Frame | Observations,
    to: str | Sequence[str],
    *,
    ages: Sequence[Any] | None = None,
    age: str | None = None,
    value: str | None = None,
    by: str | Sequence[str] | None = None,
    method: Method = "monotone",
    open_to: int | None = None,
    tail: Tail | None = None,
    smoothing: float | None = None,
    unfit: Unfit = "raise",
) -> Any:
    """Put figures by age into other age groups.

    Parameters
    ----------
    table : Observations, table or numpy.ndarray
        Observations; or a long table, with a column of ages and one of figures; or a wide one, whose columns are age
        groups; or an array with a column for each of ``ages``. Counts of persons, missing where they are not known.
    to : str or sequence of str
        The groups wanted, such as ``["0-14", "15-64", "65+"]``; or ``"single"`` (single years), ``"5-year"`` or
        ``"broad"`` (those three). Together they hold all ages of the table and no others.
    ages : sequence, optional
        For an array: its age groups. For a wide table: which of its columns are age groups, if not all that read so.
    age, value : str, optional
        For a long table: the columns of ages and of figures.
    by : str or sequence of str, optional
        For a long table: the columns that tell one population from another; unless given, all others.
    method : {"monotone", "uniform", "sprague", "beers", "beers_modified", "pclm"}
        How to split a group that does not nest; see Notes.
    open_to : int, optional
        The age that nobody in an open last group reaches: 100 reads "85+" as 85-99. Without it an open group is not
        split, for nobody knows where it ends.
    tail : "rogers-castro" or RogersCastro, optional
        How an open last group is spread over its ages up to ``open_to``: by a model migration schedule, the fundamental
        one or your own. It then has no part in the curve through the others. Without it, it is a group like them.
    smoothing : float, optional
        For ``pclm``, the weight of smoothness (lambda); unless given, each population has that of its lowest BIC.
    unfit : {"raise", "set_aside"}
        For observations: whether a population that cannot be done (gaps, overlaps, an open group that would be split,
        ages that ``to`` leaves out or adds) is an error, or is set aside with the reason in the ledger.

    Returns
    -------
    Observations, table or numpy.ndarray
        Of the caller's kind. Of observations the leaves that differ in nothing but age are put into the new groups.
        Sums of whole groups keep their basis; what was split is ``apportioned`` (or what it was, if that is less
        certain), estimated (``E``), and its note says from which ages and how. Printed totals, all ages and unknown
        ages stay as they are; new figures have no cell, bounds or share. What depends on a figure without a value has
        none either, and the ledger says so.
        A long table has its keys, ages and figures, and a column ``age_method``: ``exact``, or
        the method that split. A wide one has the columns that are no age groups, the new groups, and ``age_method``
        for each row; of a pandas frame, ``attrs["age_methods"]`` tells it for each group. Totals and unknown ages
        are passed on as they are.

    Raises
    ------
    CodeError
        For an age that is not understood.
    DefinitionError
        For observations that are ratios, which are never added or split.
    SchemaError
        For gaps and overlaps, for ages that ``to`` leaves out or adds, for an open group that would be split, for
        figures that a method cannot split (below zero, infinite), and for two figures of one population and age.

    Warns
    -----
    UserWarning
        For an array, which has no place to say so: where rows were split by ``monotone`` instead.

    Notes
    -----
    ``uniform`` spreads a group evenly over its ages.

    ``sprague`` (Sprague 1880), ``beers`` (Beers 1944) and ``beers_modified`` (Beers 1945) interpolate between groups
    of five years, of which they need five. A population that they would give figures below zero is split by
    ``monotone`` instead, unless it has such figures already. ``beers_modified`` smooths: persons go from one group to
    the next, and only the total over all ages that are split is kept.

    ``monotone`` is a cubic spline through the cumulated counts (Forsythe, Malcolm and Moler 1977) with the filter of
    Hyman (1983): never below zero, and kept totals.

    ``pclm`` is the penalised composite link model (Rizzi, Gampe and Eilers 2015, doi:10.1093/aje/kwv020). The smooth
    curve is brought to the printed total of each group, so that groups are kept; single years may step where
    they meet. A population whose fit does not converge is split by ``monotone``, and says so.

    An open group that stays open is added as it is and has no part in the curve. Totals are kept to a relative 1e-12.
    A missing figure makes missing what depends on it: with ``uniform`` the ages of its group, with ``sprague`` and
    ``beers`` those of its neighbours too, with ``monotone`` and ``pclm`` all that is split.

    Examples
    --------
    >>> import migstat as ms
    >>> import pandas as pd
    >>> leavers = pd.DataFrame({"sex": ["F"] * 4, "age": ["0-9", "10-19", "20-29", "30+"], "n": [10, 40, 90, 60]})
    >>> ms.ages.regroup(leavers, ["0-14", "15-29", "30+"], age="age", value="n", method="uniform")
      sex    age      n age_method
    0   F   0-14   30.0    uniform
    1   F  15-29  110.0    uniform
    2   F    30+   60.0      exact
    >>> wide = pd.DataFrame({"area": ["LKA", "NPL"], "0-14": [1, 2], "15-29": [30, 60], "30+": [20, 5]})
    >>> ms.ages.regroup(wide, ["0-29", "30+"])
      area  0-29   30+ age_method
    0  LKA  31.0  20.0      exact
    1  NPL  62.0   5.0      exact
    >>> stated = dict(measure="inflow", origin="LKA", destination="DEU", year=2020)
    >>> obs = ms.harmonise(leavers, age="age", sex="sex", value="n", constants=stated)
    >>> ms.ages.regroup(obs, ["0-14", "15-29", "30+"], method="uniform").to_pandas()[["age", "value", "note"]]
          age  value                      note
    0   Y0T14   30.0  of ages 0-29, by uniform
    1  Y15T29  110.0  of ages 0-29, by uniform
    2  Y_GE30   60.0                       NaN
    """
    split = (method, open_to, tail_of(tail), smoothing)
    one_of("unfit", unfit, ("raise", "set_aside"))
    if isinstance(table, Observations):
        _refuse_columns(ages=ages, age=age, value=value, by=by)
        name = to if isinstance(to, str) else None
        groups = [] if isinstance(to, str) else Groups.read(list(to), "to").bounds
        return Observations._of(_core.regroup_observations(table._core, name, groups, split, unfit), table._kind)
    return _changed(table, Regroup(to, split), ages, age, value, by)


@overload
def shift(
    table: Observations,
    to: AgeDefinition,
    *,
    given: AgeDefinition | None = None,
    method: Method = "monotone",
    open_to: int | None = None,
    tail: Tail | None = None,
    unfit: Unfit = "raise",
) -> Observations: ...
@overload
def shift(
    table: Frame,
    to: AgeDefinition,
    *,
    ages: Sequence[Any] | None = None,
    age: str | None = None,
    value: str | None = None,
    by: str | Sequence[str] | None = None,
    method: Method = "monotone",
    open_to: int | None = None,
    tail: Tail | None = None,
) -> Any: ...
def shift(
    table: Frame | Observations,
    to: AgeDefinition,
    *,
    given: AgeDefinition | None = None,
    ages: Sequence[Any] | None = None,
    age: str | None = None,
    value: str | None = None,
    by: str | Sequence[str] | None = None,
    method: Method = "monotone",
    open_to: int | None = None,
    tail: Tail | None = None,
    unfit: Unfit = "raise",
) -> Any:
    """Turn figures by age completed at the event into figures by age reached in its year, or back.

    Parameters
    ----------
    table : Observations, table or numpy.ndarray
        As for :func:`regroup`; all ages from 0. Observations that are by the wanted definition stay as they are.
    to : {"reached", "completed"}
        The age definition wanted. A table must be by the other one.
    given : {"completed", "reached"}, optional
        For observations whose definition states no ``age_definition``: which one it is.
    ages, age, value, by : optional
        As for :func:`regroup`.
    method : str
        How to split single years off wider groups at their edges: see :func:`regroup`.
    open_to, tail : optional
        How the open last group is spread: see :func:`regroup`.
    unfit : {"raise", "set_aside"}
        For observations: see :func:`regroup`.

    Returns
    -------
    Observations, table or numpy.ndarray
        Of the caller's kind, with the same groups but for the last: where ages end with a closed group, those of the
        last age reach one more; where they end with an open one, ages completed are not known at its lower edge, and it
        takes in the group below, unless ``open_to`` closes it. A table has ``age_method``: ``shift``. Of observations
        each new figure is ``apportioned``, its note says how, and their definition changes; printed totals stay, those
        of some ages with the old definition.

    Raises
    ------
    CodeError, DefinitionError, SchemaError
        As :func:`regroup`; for ages that do not begin with 0; and for observations that state no age definition.

    Notes
    -----
    Where birthdays and events are spread evenly over the year, half of those who moved at completed age a had reached
    that age in the year, and the others reach a + 1 later in it: reached(a) is half of completed(a - 1) and half of
    completed(a), and completed(a) half of reached(a) and half of reached(a + 1); who reaches 0 has completed 0. Totals
    are kept. To go there and back smooths: it does not give back what was.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.ages.shift([[10, 20, 30, 40]], "reached", ages=["0", "1", "2", "3+"])
    array([[ 5., 15., 25., 55.]])
    >>> ms.ages.shift([[10, 20, 30, 40]], "completed", ages=["0", "1", "2", "3+"])
    array([[20., 25., 55.]])
    """
    one_of("to", to, ("reached", "completed"))
    one_of("unfit", unfit, ("raise", "set_aside"))
    split = (method, open_to, tail_of(tail), None)
    if isinstance(table, Observations):
        _refuse_columns(ages=ages, age=age, value=value, by=by)
        if given is not None:
            one_of("given", given, ("completed", "reached"))
        return Observations._of(_core.shift_observations(table._core, to, given, split, unfit), table._kind)
    if given is not None:
        message = "given= is for observations: a table must be by the other age definition"
        raise SchemaError(message)
    return _changed(table, Shift(to, split), ages, age, value, by)


def _refuse_columns(**columns: object) -> None:
    given = [name for name, value in columns.items() if value is not None]
    if given:
        message = f"{given[0]}= is for tables: observations know their ages and figures"
        raise SchemaError(message)


def _changed(
    table: Frame,
    way: Regroup | Shift,
    ages: Sequence[Any] | None,
    age: str | None,
    value: str | None,
    by: str | Sequence[str] | None,
) -> Any:
    if age is not None or value is not None:
        if age is None or value is None or ages is not None:
            message = "a long table needs age= and value=, and no ages=, which is for arrays and wide tables"
            raise SchemaError(message)
        return change_long(table, way, age, value, by)
    if by is not None:
        message = "by= goes with age= and value=: a wide table has a population in each row"
        raise SchemaError(message)
    if library(table) == "numpy" or isinstance(table, list | tuple):
        return _array(table, way, ages)
    return change_wide(table, way, ages)


def plan(
    ages: Sequence[Any],
    to: str | Sequence[str],
    *,
    method: Method = "monotone",
    open_to: int | None = None,
    tail: Tail | None = None,
) -> pd.DataFrame:
    """Say which groups :func:`regroup` would give, and how each would come about.

    Parameters
    ----------
    ages : sequence
        The age groups that there are.
    to : str or sequence of str
        The groups wanted: see :func:`regroup`.
    method : str
        How to split what does not nest.
    open_to, tail : optional
        The age that nobody in an open last group reaches, and how it is spread up to there.

    Returns
    -------
    pandas.DataFrame
        A row a group, in the order of the columns that an array comes back with: ``age``, the first year of age
        ``from``, the first that is no longer in it ``to`` (missing where it is open), and ``method``, which is
        ``exact`` where whole groups are added.

    Raises
    ------
    CodeError, SchemaError
        As :func:`regroup`.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.ages.plan(["0-4", "5-14", "15-24", "25+"], ["0-14", "15-19", "20+"])
         age  from    to    method
    0   0-14     0    15     exact
    1  15-19    15    20  monotone
    2    20+    20  <NA>  monotone
    """
    import pandas as pd

    groups = Groups.read(ages, "ages")
    way = Regroup(to, (method, open_to, tail_of(tail), None))
    target = way.target(groups)
    exact = _core.exact_ages(groups.bounds, target.bounds, way.split)
    made = pd.DataFrame(
        {
            "age": target.labels,
            "from": [low for low, _ in target.bounds],
            "to": pd.array([high for _, high in target.bounds], dtype="Int64"),
            "method": ["exact" if one else method for one in exact],
        }
    )
    return made.iloc[target.places].reset_index(drop=True)


def _array(table: Any, way: Regroup | Shift, ages: Sequence[Any] | None) -> Any:
    import numpy as np

    if ages is None:
        message = "an array needs ages=, the age groups of its columns"
        raise SchemaError(message)
    try:
        matrix = np.asarray(table, dtype=float)
    except (TypeError, ValueError) as error:
        message = f"the array does not hold numbers: {error}"
        raise SchemaError(message) from None
    groups = Groups.read(ages, "ages")
    if matrix.ndim not in (1, 2) or matrix.shape[-1] != len(groups.labels):
        message = (
            f"the array has the shape {matrix.shape} and ages= names {len(groups.labels)} groups; "
            f"expected a row for each population and a column for each group"
        )
        raise SchemaError(message)
    made, _, fell_back = way.apply(groups, np.atleast_2d(matrix), way.target(groups))
    if fell_back.any():
        warnings.warn(
            f"{int(fell_back.sum())} of {len(fell_back)} rows cannot be split by {way.split[0]} without figures below "
            f"zero, or at all, and were split by monotone",
            UserWarning,
            stacklevel=4,
        )
    return made[0] if matrix.ndim == 1 else made
