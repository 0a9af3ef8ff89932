"""Duration of stay: who counts as a migrant after how long, and flows by one rule turned into flows by another.

A flow of those who stay 3 months is larger than one of those who stay 12. :func:`criterion` and :func:`criteria` tell
by which rule a reporter counts, :func:`multiplier` what a model makes of the difference, and :func:`convert` brings
observations to one rule, with the account.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from . import _core
from ._areas_column import as_arrow, index_of, labels_of, whole, year_of
from ._durations_request import Criterion, Exponential, is_one, model_of, number, one_stay, request_of
from ._frame import back, numbers_back
from .errors import SchemaError, one_of

if TYPE_CHECKING:
    import pandas as pd

    from ._typing import Column, Frame
    from .observations import Observations

__all__ = [
    "convert",
    "plan",
    "criterion",
    "criteria",
    "multiplier",
    "models",
    "exponential",
    "Criterion",
    "Exponential",
]

#: A published model, an exponential, or months -> multiplier.
Model: TypeAlias = str | Exponential | Mapping[Any, float]
OffGrid: TypeAlias = Literal["linear", "loglinear"]
Direction: TypeAlias = Literal["immigration", "emigration"]
Publisher: TypeAlias = Literal["Eurostat", "national"]


def convert(
    obs: Observations,
    to: float = 12,
    model: Model = "imem",
    *,
    off_grid: OffGrid = "linear",
    criteria: Frame | Mapping[Any, Any] | None = None,
    unknown: Literal["keep", "raise"] = "keep",
) -> Observations:
    """Give flows as they would be with another minimum stay.

    Parameters
    ----------
    obs : Observations
        Flows (measures ``inflow`` and ``outflow``), and perhaps other figures, which are left as they are.
    to : float
        The minimum stay wanted, in months.
    model : str, Exponential or mapping
        See :func:`multiplier`.
    off_grid : {"linear", "loglinear"}
        See :func:`multiplier`.
    criteria : mapping or table, optional
        Your own criteria, which come before those that are known: ``{"AUT": 3, ("NLD", "emigration"): 8}``, or a table
        with the columns ``reporter``, ``months`` (a number or "permanent") and, where wanted, ``direction``,
        ``publisher``, ``permanent``, ``from`` and ``to``, as :func:`criteria` gives it.
    unknown : {"keep", "raise"}
        What to do with figures whose criterion is not known: keep them as they are, under their own definition and
        listed in the ledger, or refuse.

    Returns
    -------
    Observations
        With ``value``, ``low`` and ``high`` multiplied, ``basis`` "adjusted" (what was interpolated, imputed or
        modelled stays so) and E (estimated) among ``obs_status``. New definitions have ``duration_months`` and say in
        ``criteria`` what the figures were counted by and what they were multiplied by. A definition that held years of
        several rules is several, the later with ``break_before``. The ledger has what was added and taken away as an
        adjustment: a multiplier removes nobody.

    Raises
    ------
    DefinitionError
        For net migration, to which no multiplier applies, and where there is no flow.
    CodeError
        For a criterion of which the model knows nothing, such as 60 months, and with ``unknown="raise"`` for a figure
        whose criterion is not known, saying which and why.

    Notes
    -----
    The criterion of a figure is the ``duration_months`` of its definition (or ``criteria="permanent"`` there); else
    that of the ``reporter``, in the direction of its ``role`` (unless stated, destination for inflow and origin for
    outflow), in the period of the figure. Where the reporter is no area and ``role`` is stated, the figure's own origin
    or destination is. A period over which the rule changes has none. Figures that Eurostat prints (``publisher``) and
    those of national offices go by other rules. Any other publisher is taken to print what national offices count;
    where none is stated and the rules differ, Eurostat's are assumed, and the ledger says so.

    Examples
    --------
    >>> import migstat as ms
    >>> table = {"from": ["DEU"] * 3, "year": [2002, 2006, 2008], "n": [962, 1000, 1000]}
    >>> stated = dict(destination="AUT", measure="inflow", reporter="AUT", publisher="Eurostat")
    >>> obs = ms.harmonise(table, origin="from", year="year", value="n", constants=stated)
    >>> found = ms.durations.convert(obs)
    >>> found.to_pandas()[["definition", "year", "value"]]
       definition  year   value
    0           0  2002  606.06
    1           0  2006  630.00
    2           1  2008 1000.00
    >>> found.definitions.break_before[1]
    'AUT: minimum stay 3 months until 2006'
    >>> found.ledger.to_pandas().query("side == 'adjustment'")[["reason", "value"]].round(2).values.tolist()
    [['minimum stay of 3 months to 12 months by imem x 0.63', 725.94]]
    """
    from .observations import Observations

    made = _core.convert_durations(_core_of(obs), request_of(to, model, off_grid, criteria, unknown))
    return Observations._of(made, obs._kind)


def plan(
    obs: Observations,
    to: float = 12,
    model: Model = "imem",
    *,
    off_grid: OffGrid = "linear",
    criteria: Frame | Mapping[Any, Any] | None = None,
) -> Any:
    """Say what :func:`convert` would do with which figures, and why.

    Parameters
    ----------
    obs, to, model, off_grid, criteria
        As for :func:`convert`.

    Returns
    -------
    table
        By definition, ``reporter``, ``direction`` and criterion: the ``first`` and the ``last`` period, ``months``
        (missing where ``permanent``), ``state`` (``converted``, ``same``, ``unknown``, ``no flow``), ``multiplier``,
        ``why`` not or what was assumed, ``rows``, and the ``value`` of all of them, totals and parts.

    Raises
    ------
    DefinitionError, CodeError
        As :func:`convert`.

    Examples
    --------
    >>> import migstat as ms
    >>> table = {"to": ["AUT", "AUT", "NPL"], "year": [2006, 2007, 2006], "n": [10, 20, 30]}
    >>> stated = dict(origin="DEU", measure="inflow", role="destination", publisher="Eurostat")
    >>> obs = ms.harmonise(table, destination="to", year="year", value="n", constants=stated)
    >>> ms.durations.plan(obs)[["reporter", "first", "months", "state", "multiplier"]]
      reporter first  months      state  multiplier
    0      AUT  2006     3.0  converted        0.63
    1      AUT  2007    12.0       same         NaN
    2      NPL  2006     NaN    unknown         NaN
    """
    request = request_of(to, model, off_grid, criteria, "keep")
    return back(obs._kind, _core.plan_durations(_core_of(obs), request))


def _core_of(obs: Any) -> Any:
    from .observations import Observations

    if isinstance(obs, Observations):
        return obs._core
    message = (
        f"expected Observations, found {type(obs).__name__}: ms.harmonise makes them of a table; for figures by "
        f"themselves multiply with durations.multiplier"
    )
    raise SchemaError(message)


def criterion(reporter: str, direction: Direction, year: int | str, *, publisher: Publisher = "Eurostat") -> Criterion:
    """Give the minimum stay by which a reporter counts movers.

    Parameters
    ----------
    reporter : str
        The code of an area.
    direction : {"immigration", "emigration"}
        Whether the reporter is the destination or the origin.
    year : int or str
        A year, or the label of another period, such as ``"2006-Q3"`` or ``"2006-07-01/2007-06-30"``.
    publisher : {"Eurostat", "national"}
        Whose figures: those that Eurostat prints, or those of the national office. Outside Europe they are the same.

    Returns
    -------
    Criterion
        With ``months`` (a number, or "permanent"), ``since``, ``until``, ``stay``, ``window`` and ``source``.

    Raises
    ------
    CodeError
        Where no criterion is known or where it changes within the period, saying which are known.

    Examples
    --------
    >>> import migstat as ms
    >>> [ms.durations.criterion("AUT", "immigration", year).months for year in (2006, 2007)]
    [3.0, 12.0]
    >>> ms.durations.criterion("AUT", "immigration", 2007, publisher="national").months
    3.0
    >>> australia = ms.durations.criterion("AUS", "immigration", 2015)
    >>> australia.months, australia.window, australia.stay
    (12.0, 16.0, 'actual')
    >>> ms.durations.criterion("CAN", "immigration", 2015).months
    'permanent'
    """
    one_of("direction", direction, ("immigration", "emigration"))
    one_of("publisher", publisher, ("Eurostat", "national"))
    when: int | str | None = year if isinstance(year, str) else year_of(year)
    if when is None:
        message = "year=None: a criterion is of a time; give a year, such as 2006"
        raise SchemaError(message)
    [found] = as_arrow(_core.duration_criterion(_code(reporter), direction, f"{when:0>4}", publisher)).to_pylist()
    return Criterion(
        reporter=found["reporter"],
        direction=found["direction"],
        months="permanent" if found["permanent"] else found["months"],
        since=found["from"],
        until=found["to"],
        publisher=found["publisher"],
        stay=found["stay"],
        window=found["window"],
        source=found["source"],
    )


def criteria(reporter: str | None = None) -> pd.DataFrame:
    """List the minimum stays that are known, by reporter, direction and years.

    Parameters
    ----------
    reporter : str, optional
        The code of one area.

    Returns
    -------
    pandas.DataFrame
        ``reporter``; ``direction``; ``publisher`` (``Eurostat``, ``national``, or missing for both); ``from`` and
        ``to``, the first and the last year or day (missing while the rule is in force); ``months`` (missing where
        ``permanent``); ``permanent``; ``stay`` (``actual``, ``intended``, ``either``); ``window``, the months in which
        a stay is added up; ``source``, which says ``recalled`` where nobody has looked it up again.

    Raises
    ------
    CodeError
        For what is no code of an area.

    Examples
    --------
    >>> import migstat as ms
    >>> dutch = ms.durations.criteria("NLD").query("publisher == 'Eurostat'")
    >>> dutch[["direction", "from", "months"]]
         direction  from  months
    0  immigration  1995     4.0
    1   emigration  1995     8.0
    2  immigration  2009    12.0
    3   emigration  2009    12.0
    """
    found: pd.DataFrame = back("pandas", _core.duration_criteria(None if reporter is None else _code(reporter)))
    return found


def _code(reporter: Any) -> str:
    if isinstance(reporter, str):
        return reporter
    message = f"reporter={reporter!r}: expected one code of an area, such as 'AUT'"
    raise SchemaError(message)


@overload
def multiplier(
    months: float | str | Criterion, to: float | str = 12, model: Model = "imem", *, off_grid: OffGrid = "linear"
) -> float: ...
@overload
def multiplier(months: Column, to: float | str = 12, model: Model = "imem", *, off_grid: OffGrid = "linear") -> Any: ...
def multiplier(months: Any, to: float | str = 12, model: Model = "imem", *, off_grid: OffGrid = "linear") -> Any:
    """Give what a flow with one minimum stay is multiplied by to become one with another.

    Parameters
    ----------
    months : float, str, Criterion or column
        The minimum stay that the flow was counted by, in months, or "permanent".
    to : float or str
        The minimum stay wanted, in months, or "permanent".
    model : str, Exponential or mapping
        ``imem``, ``expert``, ``poisson`` or ``mixture`` (:func:`models`), :func:`exponential`, or your own multipliers
        to one common stay: ``{0: 0.53, 3: 0.63, 12: 1, "permanent": 2.26}``.
    off_grid : {"linear", "loglinear"}
        How multipliers lie between the months of a table: on a line, or their logarithms are.

    Returns
    -------
    float or column
        Of the caller's kind; missing where the stay is.

    Raises
    ------
    CodeError
        For months outside the table, which are never extrapolated, and for "permanent" in a model without it.
    SchemaError
        For multipliers of your own that are not positive or fall where the stay grows.

    Warns
    -----
    UserWarning
        Where "permanent" is part of it: published multipliers run from 1.61 to 9.58.

    Notes
    -----
    R(d) turns a flow with a minimum stay of d into one of 12 months; from d1 to d2 it is R(d1) / R(d2). In the model of
    Nowok and Willekens (2011) relocations happen at a constant rate and those who came leave at a rate mu: a flow with
    minimum d is proportional to exp(-mu d), and R(d) = exp(mu (d - 1)), d in years. "Permanent" is no number of months:
    the multipliers that were estimated for it imply 2.3 years in one model and five in another.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.durations.multiplier(3), ms.durations.multiplier(6, to=3, model="poisson")
    (0.63, 1.0595238095238095)
    >>> [round(r, 2) for r in ms.durations.multiplier([0, 3, 6, 12, 60], model=ms.durations.exponential(0.24))]
    [0.79, 0.84, 0.89, 1.0, 2.61]
    """
    one_of("off_grid", off_grid, ("linear", "loglinear"))
    spec = json.dumps(model_of(model))
    if is_one(months):
        found, permanent = _core.duration_multipliers(
            labels_of([one_stay(months, "months")]), one_stay(to, "to"), spec, off_grid
        )
        result = as_arrow(found).column(0)[0].as_py()
        if result is None:
            message = f"months={months!r}: the minimum stay is missing"
            raise SchemaError(message)
    else:
        values = whole(months)
        stays = values if not isinstance(values, list | tuple) else _stays(values)
        found, permanent = _core.duration_multipliers(labels_of(stays), one_stay(to, "to"), spec, off_grid)
        column = as_arrow(found).column(0).to_numpy()
        result = numbers_back(values, column, "multiplier", index_of(values))
    if permanent:
        warnings.warn(_core.duration_warning(), UserWarning, stacklevel=2)
    return result


def _stays(values: list[Any] | tuple[Any, ...]) -> list[str | None]:
    return [None if one is None or one != one else one_stay(one, "months") for one in values]


def models() -> pd.DataFrame:
    """List the published models: what a flow with each minimum stay is multiplied by to become one of 12 months.

    Returns
    -------
    pandas.DataFrame
        A row a model: ``model``, a column for each number of months and for ``permanent``, ``note`` and ``source``.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.durations.models().iloc[:, :6]
         model     0     3     6   12  permanent
    0     imem  0.53  0.63  0.73  1.0       2.26
    1   expert  0.51  0.61  0.81  1.0       1.61
    2  poisson  0.79  0.84  0.89  1.0       2.61
    3  mixture  0.51  0.64  0.71  1.0       1.80
    """
    import pandas as pd

    rows = [
        {"model": name}
        | {f"{months:g}": multiplier for months, multiplier in points}
        | {"permanent": permanent, "note": note, "source": source}
        for name, points, permanent, note, source in _core.duration_models()
    ]
    return pd.DataFrame(rows)


def exponential(mu: float) -> Exponential:
    """Make a model in which those who came leave at a constant rate.

    Parameters
    ----------
    mu : float
        The rate a year, at least 0: 0.24 is that of the ``poisson`` model, 0.627 fits ``imem`` up to 6 months.

    Returns
    -------
    Exponential
        For ``model=``.

    Raises
    ------
    SchemaError
        For what is no rate.

    Notes
    -----
    R(d) = exp(mu (d - 1)), d in years: Nowok and Willekens 2011, *Population, Space and Place* 17(5), 521-533.

    Examples
    --------
    >>> import migstat as ms
    >>> round(ms.durations.multiplier(3, model=ms.durations.exponential(0.24)), 3)
    0.835
    """
    rate = number(mu, "the rate of an exponential")
    if rate < 0:
        message = f"the rate of an exponential is {mu!r}: expected at least 0, such as 0.24"
        raise SchemaError(message)
    return Exponential(rate)
