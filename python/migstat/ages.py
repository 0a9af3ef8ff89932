"""Age groups: from one set of groups to another.

What nests is added up, whatever the method: 0-4, 5-9 and 10-14 make 0-14. What does not is split by a method that the
result names, and in every method but the one that smooths the totals stay as they were.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from . import _core
from ._ages_table import Groups, regroup_long, regroup_wide
from ._frame import library
from .errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

    from ._typing import Frame

__all__ = ["regroup", "plan"]

Method: TypeAlias = Literal["uniform", "sprague", "beers", "beers_modified", "monotone", "pclm"]


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
    smoothing: float | None = None,
) -> Any:
    """Put figures by age into other age groups.

    Parameters
    ----------
    table : table or numpy.ndarray
        A long table, with a column of ages and one of figures; or a wide one, whose columns are age groups; or an
        array with a column for each of ``ages``. Counts of persons, missing where they are not known.
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
    smoothing : float, optional
        For ``pclm``, the weight of smoothness (lambda); unless given, each population has that of its lowest BIC.

    Returns
    -------
    table or numpy.ndarray
        Of the caller's kind. A long table has its keys, ages and figures, and a column ``age_method``: ``exact``, or
        the method that split. A wide one has the columns that are no age groups, the new groups, and ``age_method``
        for each row; of a pandas frame, ``attrs["age_methods"]`` tells it for each group. Totals and unknown ages
        are passed on as they are.

    Raises
    ------
    CodeError
        For an age that is not understood.
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
    """
    options = (method, open_to, smoothing)
    if age is not None or value is not None:
        if age is None or value is None or ages is not None:
            message = "a long table needs age= and value=, and no ages=, which is for arrays and wide tables"
            raise SchemaError(message)
        return regroup_long(table, to, age, value, by, *options)
    if by is not None:
        message = "by= goes with age= and value=: a wide table has a population in each row"
        raise SchemaError(message)
    if library(table) == "numpy" or isinstance(table, list | tuple):
        return _array(table, to, ages, *options)
    return regroup_wide(table, to, ages, *options)


def plan(
    ages: Sequence[Any],
    to: str | Sequence[str],
    *,
    method: Method = "monotone",
    open_to: int | None = None,
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
    open_to : int, optional
        The age that nobody in an open last group reaches.

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
    target = groups.target(to, open_to)
    exact = _core.exact_ages(groups.bounds, target.bounds, method, open_to)
    made = pd.DataFrame(
        {
            "age": target.labels,
            "from": [low for low, _ in target.bounds],
            "to": pd.array([high for _, high in target.bounds], dtype="Int64"),
            "method": ["exact" if one else method for one in exact],
        }
    )
    return made.iloc[target.places].reset_index(drop=True)


def _array(table: Any, to: str | Sequence[str], ages: Sequence[Any] | None, method: str, *options: Any) -> Any:
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
    made, _, fell_back = groups.regroup(np.atleast_2d(matrix), groups.target(to, options[0]), method, *options)
    if fell_back.any():
        warnings.warn(
            f"{int(fell_back.sum())} of {len(fell_back)} rows cannot be split by {method} without figures below "
            f"zero, or at all, and were split by monotone",
            UserWarning,
            stacklevel=3,
        )
    return made[0] if matrix.ndim == 1 else made
