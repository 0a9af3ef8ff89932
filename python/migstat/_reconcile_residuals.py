"""Residuals: figures of areas that nobody named, divided among those that were."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from . import _core
from ._areas_column import as_arrow, index_of, whole
from ._frame import back, column, columns_of, library, numbers_back, table as table_of
from ._reconcile_geography import core_of, is_number, unique
from .errors import SchemaError, one_of

if TYPE_CHECKING:
    from ._typing import Column, Frame
    from .observations import Observations

__all__ = ["allocate_residuals", "apportioned", "largest_remainder", "residual_shares"]

Dimension: TypeAlias = Literal["origin", "destination", "citizenship", "birth"]
_DIMENSIONS = (
    "origin",
    "destination",
    "citizenship",
    "birth",
    "sex",
    "age",
    "skill",
    "education",
    "occupation",
    "reason",
    "flow_type",
)
#: The note of a part that was not added up again.
_PART = r"(^|; )part of [^;]*(; (internal border|border that) [^;]*)?$"
#: A group for all residuals, or by code, ``("row", number)`` or ``("column", number)``.
Within: TypeAlias = str | Mapping[Any, str] | None


def allocate_residuals(
    obs: Observations,
    dimension: Dimension = "origin",
    how: Literal["keep", "proportional", "propensities"] = "keep",
    *,
    propensities: Frame | Mapping[str, float] | None = None,
    within: Within = None,
    to: Literal["any", "named", "unnamed"] = "any",
    residuals: Iterable[str] = ("_O", "_U"),
    integers: bool = False,
) -> Observations:
    """Divide figures of "other" and "unknown" areas among areas that are known.

    Parameters
    ----------
    obs : Observations
        Figures of which leaves are divided; printed totals are not (select them first where they are all there is).
    dimension : {"origin", "destination", "citizenship", "birth"}
        Where the residuals stand.
    how : {"keep", "proportional", "propensities"}
        Not at all, saying only how much they hold; in proportion to the areas named beside them (same definition,
        period and all other dimensions); or in proportion to weights from elsewhere.
    propensities : mapping or table, optional
        Weight by country or former state, or a table with the columns ``area``, ``weight`` and perhaps ``partner``: a
        partner with weights of its own has no others.
    within : str or mapping, optional
        A group, such as ``"m49:142"``, to whose members all residuals are limited; or a mapping that says which group a
        residual is the rest of: by its code, or by the place that it was printed in, as ``("row", 12)`` or
        ``("column", 7)``, counted from 0 as in ``obs.figures``; both may name a cell only if they agree. "Other Asia"
        and "Other Africa" are both ``_O``.
    to : {"any", "named", "unnamed"}
        Which areas may get something by propensities: all that have a weight, those with a figure beside the residual,
        or those without one.
    residuals : iterable of str
        The codes that are divided. Stateless people (``STLS``) are from nowhere, so they are not among them.
    integers : bool
        Whether parts are whole numbers.

    Returns
    -------
    Observations
        What was observed stays. In place of a residual there are rows of ``basis`` "apportioned", one an area, with E
        among ``obs_status``, the number of the printed ``figure`` and their ``share`` of it; they add up to it exactly,
        so every margin stays what it was. Those that cannot be divided stay, and the ledger's findings say why.

    Raises
    ------
    SchemaError, CodeError
        For a table without the dimension, and for weights, areas and groups that are none.

    Notes
    -----
    S_bj += U_j S_bj / sum_b S_bj; by propensities as in the Global Bilateral Migration Database [1]_. Each part is a
    whole number of steps (of persons, or of the last bit of the figure); what is left after rounding down goes to the
    largest remainders, of equal ones to the greater weight, then in the order of codes.

    Whether the place where people are counted is itself among the areas follows from what is counted; the ledger says
    what was assumed.

    ==========================================  =================================================================
    refugees, asylum seekers                    never: they are outside of their own state
    internally displaced people                 yes: they are within their own state
    remittances                                 never: they are sent from one place to another
    flows by residence                          never: nobody moves from a place to itself
    flows by citizenship or birth               yes: citizens return, and so do the native-born
    stocks                                      only if the table has a figure above 0 of them, in any period and
                                                sex of that definition and place; else it counts migrants only
    any of these, of the residual "other"       not where the table names them: others are others than those named
    ==========================================  =================================================================

    So the unknown of a census by country of birth may be natives, and its "other countries" are not; and a weight of
    the place itself among ``propensities`` counts only where this table allows it.

    References
    ----------
    .. [1] Ç. Özden, C. Parsons, M. Schiff and T. Walmsley, "Where on earth is everybody? The evolution of global
       bilateral migration 1960-2000", World Bank Economic Review 25 (2011), 12-56.

    Examples
    --------
    >>> import migstat as ms
    >>> table = {"from": ["IND", "NPL", "Others"], "n": [60, 30, 10]}
    >>> stated = dict(destination="QAT", measure="stock", year=2015)
    >>> obs = ms.harmonise(table, origin="from", value="n", constants=stated)
    >>> found = ms.reconcile.allocate_residuals(obs, how="proportional", integers=True)
    >>> found.to_arrow(full=True).select(["origin", "value", "basis"]).to_pandas().values.tolist()
    [['IND', 60.0, 'observed'], ['NPL', 30.0, 'observed'], ['IND', 7.0, 'apportioned'], ['NPL', 3.0, 'apportioned']]
    >>> ms.reconcile.apportioned(found)[["origin", "value", "share", "printed"]]
      origin  value  share  printed
    0    IND    7.0    0.7     10.0
    1    NPL    3.0    0.3     10.0
    """
    from .observations import Observations

    one_of("dimension", dimension, ("origin", "destination", "citizenship", "birth"))
    one_of("how", how, ("keep", "proportional", "propensities"))
    one_of("to", to, ("any", "named", "unnamed"))
    if to != "any" and how != "propensities":
        message = f"to={to!r} is for how='propensities': in proportion to figures only named areas can get something"
        raise SchemaError(message)
    request = {
        "dimension": dimension,
        "residuals": [residuals] if isinstance(residuals, str) else list(residuals),
        "how": how,
        "weights": None if propensities is None else _weights(propensities),
        "to": to,
        "within": _within(within),
        "integers": bool(integers),
    }
    return Observations._of(_core.allocate_residuals(core_of(obs), json.dumps(request)), obs._kind)


def _weights(propensities: Any) -> list[dict[str, Any]]:
    if library(propensities) == "pandas" and not hasattr(propensities, "columns") and hasattr(propensities, "items"):
        propensities = unique(propensities, "propensities")
    names = columns_of(propensities)
    if isinstance(propensities, Mapping) and not {"area", "weight"} <= set(names):
        rows = [{"area": area, "weight": weight} for area, weight in propensities.items()]
    elif {"area", "weight"} <= set(names):
        wanted = [name for name in ("area", "partner", "weight") if name in names]
        rows = as_arrow(table_of(propensities, wanted)).to_pylist()
    else:
        message = (
            f"propensities: expected a mapping of areas to weights, such as {{'IND': 0.7}}, or a table with the "
            f"columns 'area' and 'weight'; found {names or type(propensities).__name__}"
        )
        raise SchemaError(message)
    return [_weight(one, row) for row, one in enumerate(rows)]


def _weight(one: Mapping[str, Any], row: int) -> dict[str, Any]:
    area, partner, weight = one["area"], one.get("partner"), one["weight"]
    if not isinstance(area, str) or not (partner is None or isinstance(partner, str)):
        message = f"propensities, row {row}: expected codes of areas, found {area!r} and partner {partner!r}"
        raise SchemaError(message)
    if not is_number(weight):
        message = f"propensities, row {row}: {weight!r} of {area} is no finite number; leave out areas without a weight"
        raise SchemaError(message)
    return {"area": area, "partner": partner, "weight": float(weight)}


def _within(within: Any) -> list[dict[str, str | None]]:
    if within is None:
        return []
    if isinstance(within, str):
        return [{"by": "all", "key": None, "group": within}]
    if not isinstance(within, Mapping):
        message = f"within={within!r}: expected a group such as 'm49:142', or a mapping of residuals to groups"
        raise SchemaError(message)
    return [_place(key, group) for key, group in within.items()]


def _place(key: Any, group: Any) -> dict[str, str | None]:
    if isinstance(group, str):
        if isinstance(key, str):
            return {"by": "code", "key": key, "group": group}
        if isinstance(key, tuple) and len(key) == 2 and key[0] in ("row", "column"):
            return {"by": key[0], "key": str(key[1]), "group": group}
    message = (
        f"within: {key!r}: {group!r}: expected a code, ('row', number) or ('column', number), and a group, such as "
        f"{{('row', 12): 'm49:142'}}"
    )
    raise SchemaError(message)


def residual_shares(obs: Observations, dimension: Dimension = "origin") -> Any:
    """Say how much stands under areas that nobody named, which is lost where such rows are dropped.

    Parameters
    ----------
    obs : Observations
        Any figures; leaves are counted.
    dimension : {"origin", "destination", "citizenship", "birth"}
        Where residuals stand.

    Returns
    -------
    table
        By ``definition`` and ``period`` that have residuals (other, unknown, stateless): how many ``rows`` they are,
        how many of these are ``missing`` a value, what ``named`` areas hold, what the ``residual`` holds, and its
        ``share`` of both; these are missing where no residual has a value.

    Raises
    ------
    SchemaError
        For a table without the dimension.

    Examples
    --------
    >>> import migstat as ms
    >>> departures = ms.datasets.sri_lanka_departures()
    >>> ms.reconcile.residual_shares(departures, "destination")[["period", "rows", "residual"]].values.tolist()
    [['1988', 11, 2.0], ['1996', 11, 102.0]]
    """
    one_of("dimension", dimension, ("origin", "destination", "citizenship", "birth"))
    return back(getattr(obs, "_kind", "pandas"), _core.residual_shares(core_of(obs), dimension))


def apportioned(obs: Observations) -> Any:
    """List what was divided among areas, cell by cell.

    Parameters
    ----------
    obs : Observations
        As :func:`split` and :func:`allocate_residuals` give them.

    Returns
    -------
    table
        A row for each part of a printed figure: ``figure`` (its number), the codes of all dimensions, the period, its
        ``value``, its ``share`` of the figure, the ``note`` that says what it was part of, and what was ``printed``.
        Figures that were shared out before, such as those of ambiguous skill, are among them. Where not all parts are
        in ``obs``, what was printed is worked out from those that are and their shares; it is missing where all are 0.
        After :func:`migstat.durations.convert` it is what was printed by the minimum stay that the part has now: parts
        of one figure that have several, as reports of several offices, stand beside several numbers.

    Examples
    --------
    >>> import migstat as ms
    >>> table = {"from": ["CSHH", "CSHH"], "to": ["DEU", "AUT"], "n": [100, 30]}
    >>> stated = dict(measure="inflow", role="destination", year=1991)
    >>> obs = ms.harmonise(table, origin="from", destination="to", value="n", constants=stated)
    >>> found = ms.reconcile.split(obs, "CSHH", shares={"CZE": 0.6, "SVK": 0.4})
    >>> ms.reconcile.apportioned(found)[["destination", "origin", "value", "share", "printed"]]
      destination origin  value  share  printed
    0         DEU    CZE   60.0    0.6    100.0
    1         DEU    SVK   40.0    0.4    100.0
    2         AUT    CZE   18.0    0.6     30.0
    3         AUT    SVK   12.0    0.4     30.0
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    core_of(obs)
    figures = obs.figures
    if "share" not in figures.column_names:
        figures = figures.slice(0, 0).append_column("share", pa.array([], pa.float64()))
        if "figure" not in figures.column_names:
            figures = figures.append_column("figure", pa.array([], pa.uint64()))
    if "note" not in figures.column_names:
        figures = figures.append_column("note", pa.nulls(len(figures), pa.string()))
    codes = [name for name in figures.column_names if name in _DIMENSIONS]
    names = ["figure", *codes, "period_start", "period_end", "value", "share", "note"]
    # Parts of one figure may have been brought to one minimum stay from several: each definition has one multiplier.
    whose = ["figure", "definition"]
    share, figure = figures.column("share"), figures.column("figure")
    numbers = figure.value_counts()
    several = numbers.field("values").filter(pc.greater(numbers.field("counts"), 1))
    # One area may have got all of a figure; what was added up later is none of its parts.
    alone = pc.match_substring_regex(figures.column("note").cast(pa.string()), _PART)
    part = pc.or_(pc.not_equal(share, 1.0), pc.or_(pc.is_in(figure, value_set=several), pc.fill_null(alone, False)))
    parts = figures.filter(pc.and_(pc.is_valid(share), part))
    sums = parts.group_by(whose).aggregate([("value", "sum"), ("share", "sum")])
    columns = (sums.column(at).to_pylist() for at in (*whose, "value_sum", "share_sum"))
    whole_of = {tuple(key): _printed(value, share) for *key, value, share in zip(*columns, strict=True)}
    keys = zip(*(parts.column(at).to_pylist() for at in whose), strict=True)
    printed = pa.array([whole_of[key] for key in keys], pa.float64())
    return back(obs._kind, parts.select(names).append_column("printed", printed))


def _printed(value: float | None, share: float) -> float | None:
    """Give the figure of which parts hold a value and a share."""
    if value is None or abs(share - 1.0) < 1e-9:
        return value
    return value / share if share else None


def largest_remainder(values: Column, total: float | None = None) -> Any:
    """Give whole numbers in proportion to those of a column, adding up to a total exactly.

    Parameters
    ----------
    values : column
        Numbers of at least 0; missing ones stay missing.
    total : float, optional
        A whole number of at least 0; by itself the sum of the values, rounded.

    Returns
    -------
    column
        Of the caller's kind. No number differs from its exact share by 1 or more.

    Raises
    ------
    SchemaError
        For columns of text, numbers below 0, a total below 0 or not whole, and one that nothing can be given to.

    Notes
    -----
    The method of Hamilton: shares are rounded down, and what is left goes to the largest remainders; of equal ones to
    the greater number, then to the earlier.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.reconcile.largest_remainder([3.4, 3.4, 3.2])
    [4.0, 3.0, 3.0]
    >>> ms.reconcile.largest_remainder([47000, 16000, 15800, 12000, 6100, 3100], total=10)
    [5.0, 2.0, 1.0, 1.0, 1.0, 0.0]
    """
    if total is not None and not is_number(total):
        message = f"total={total!r}: expected a whole number"
        raise SchemaError(message)
    given = whole(values)
    found = _core.largest_remainders(column(given), None if total is None else float(total))
    numbers_found = as_arrow(found).column(0).to_numpy()
    name = getattr(given, "name", None) or "value"
    return numbers_back(given, numbers_found, str(name), index_of(given))
