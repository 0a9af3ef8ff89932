"""Undercount by bilateral ratios: scores of reporters against partners whose statistics are good."""

from __future__ import annotations

import datetime
import json
import math
import numbers
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from . import _core
from ._areas_column import as_arrow, index_of, labels_of, whole
from ._durations_request import model_of, one_stay
from ._frame import back, columns_of, kind_of, numbers_back, table as table_of
from .errors import CodeError, SchemaError, one_of

if TYPE_CHECKING:
    import pyarrow as pa

    from ._typing import Column, Frame
    from .durations import Model, OffGrid, Publisher

__all__ = ["REFERENCE", "combine_scores", "lfs_undercount", "undercount", "undercount_classes"]

#: Countries whose population registers are taken to be good.
REFERENCE = ("DNK", "FIN", "SWE", "NOR", "ISL", "BEL", "NLD", "CHE")

Array = np.ndarray[Any, np.dtype[np.float64]]


def undercount(
    pairs: Frame,
    reference: Sequence[str] = REFERENCE,
    *,
    durations: Model | None = None,
    off_grid: OffGrid = "linear",
    publisher: Publisher = "Eurostat",
    unknown: Literal["leave out", "raise"] = "leave out",
    by: str | Sequence[str] = (),
    bootstrap: int = 0,
    seed: int = 0,
    level: float = 0.95,
    classes: Literal["equal", "quantile"] | None = None,
    overcount: Literal["best", "cut"] = "best",
) -> Any:
    """Score how well reporters count, by what partners with good statistics count of the same flows.

    Parameters
    ----------
    pairs : table
        One flow a row, from ``origin`` to ``destination`` (codes of areas) in a ``year`` (or a period, or at no time):
        ``inflow`` as the destination reports it, ``outflow`` as the origin does, missing where nobody reports. Of
        ``inflow_printed``, ``inflow_multiplier``, ``inflow_months`` and the same of outflow see ``durations``.
    reference : sequence of str
        Codes of the partners to measure by: countries with good registers. A reporter is never its own partner.
    durations : str, Exponential or mapping, optional
        A model (see :func:`migstat.durations.multiplier`) to bring both sides to a minimum stay of 12 months, of what was
        printed; ``inflow_months`` and ``outflow_months`` say how long one must stay to be counted (months, or
        "permanent"), else what is known of the reporter does. Unless given, ``inflow`` is taken as it stands beside
        ``inflow_printed``, or multiplied by ``inflow_multiplier``, or left as it is.
    off_grid : {"linear", "loglinear"}
        See :func:`migstat.durations.multiplier`.
    publisher : {"Eurostat", "national"}
        Whose rules the known minimum stays are of.
    unknown : {"leave out", "raise"}
        What to do with a flow whose minimum stay is not known on one side: leave it out of the adjusted ratio, and count
        it, or refuse.
    by : str or sequence of str
        Columns, such as ``sex``, that tell several flows of one corridor and year apart: they get their own ratios.
    bootstrap : int
        How many draws to take for an interval; 0 for none.
    seed : int
        Where the draws start. A ratio gets the same draws whatever else is in the table, on any number of threads.
    level : float
        The probability of the interval.
    classes : {"equal", "quantile"}, optional
        Add a ``class`` by :func:`undercount_classes`, in each direction by itself.
    overcount : {"best", "cut"}
        See :func:`undercount_classes`.

    Returns
    -------
    table
        By ``reporter``, ``direction`` ("immigration", "emigration") and year: the number of ``partners`` of whom both
        sides are known, of those ``one_sided`` (in neither sum) and of ``unknown`` minimum stay (not in the adjusted
        sums); ``numerator_printed``, ``denominator_printed``, ``ratio_printed``; ``numerator``, ``denominator`` and
        ``ratio`` as adjusted, ``log_ratio``; with a bootstrap ``low``, ``high`` and ``sd``. Below 1 the reporter counts
        fewer than its partners do. Missing where no partner has both sides, or partners count nobody; ``log_ratio`` also
        where the reporter counts nobody.

    Raises
    ------
    SchemaError
        For missing columns, and for a flow that stands twice, naming both rows.
    CodeError
        For a reference that is no area; for a minimum stay of which the model knows nothing.

    Warns
    -----
    UserWarning
        Where "permanent" is among the minimum stays: see :func:`migstat.durations.multiplier`.

    Notes
    -----
    For the emigration of X in one year, c being partners and R(d) the multiplier of the minimum stay that a side goes by,

    U = sum_c M(X to c, reported by X) R_X / sum_c M(X to c, reported by c) R_c

    and the same of flows from c for immigration: M. Dańko and others, *Assessing the quality of data on international
    migration flows in Europe: the case of undercounting*, Migration Studies 12(2), 2024, and *UndercountMigScores*,
    BilateralModel. Numerator and denominator are drawn from binomials
    B(N, share): N is all that the reporter, or its partners together, count in that direction and year from and to single
    countries in the table, the share that of the flows compared, as printed. Percentiles of the ratios are the interval.
    Where the table has no other flows the share is 1 and nothing varies: no interval is given then.

    Examples
    --------
    Flows from Denmark to Austria, of which Austria counts who stays 3 months and Denmark who leaves for 6:

    >>> import migstat as ms
    >>> pairs = {"origin": ["DNK"], "destination": ["AUT"], "year": [2002], "inflow": [962], "outflow": [670],
    ...          "inflow_months": [3], "outflow_months": [6]}
    >>> found = ms.reconcile.undercount(pairs, durations="imem")
    >>> found[["reporter", "direction", "year", "ratio_printed", "numerator", "ratio"]].round(3)
      reporter    direction  year  ratio_printed  numerator  ratio
    0      AUT  immigration  2002          1.436     606.06  1.239
    """
    chosen = _reference(reference)
    one_of("off_grid", off_grid, ("linear", "loglinear"))
    one_of("unknown", unknown, ("leave out", "raise"))
    one_of("publisher", publisher, ("Eurostat", "national"))
    if classes is not None:
        one_of("classes", classes, ("equal", "quantile"))
    one_of("overcount", overcount, ("best", "cut"))
    draws, start = _whole("bootstrap", bootstrap), _whole("seed", seed)
    if isinstance(level, bool) or not isinstance(level, numbers.Real) or not 0 < level < 1:
        message = f"level={level!r}: expected a probability between 0 and 1, such as 0.95"
        raise SchemaError(message)
    names = columns_of(pairs)
    apart = [by] if isinstance(by, str) else [str(name) for name in by]
    times = _times(names)
    wanted = ["origin", "destination", *times, *apart, "inflow", "outflow"]
    optional = [f"{side}_{word}" for side in ("inflow", "outflow") for word in ("printed", "multiplier", "months")]
    for name in wanted:
        if name not in names:
            message = f"the pairs have no column {name!r}: expected origin, destination, year (or none), inflow, outflow"
            raise SchemaError(message)
    table = as_arrow(table_of(pairs, [*wanted, *(name for name in optional if name in names)]))
    sides, permanent = {}, False
    for side, reporter, direction in (("inflow", "destination", "immigration"), ("outflow", "origin", "emigration")):
        printed = _floats(table, f"{side}_printed" if f"{side}_printed" in table.column_names else side)
        sides[side] = printed
        if durations is None:
            sides[f"{side}_adjusted"] = _adjusted(table, side)
        else:
            months = _months(table, side, reporter, direction, times, publisher, printed, unknown)
            multiplier, weak = _multipliers(months, durations, off_grid)
            sides[f"{side}_adjusted"] = printed * multiplier
            permanent |= weak
    if permanent:
        warnings.warn(_core.duration_warning(), UserWarning, stacklevel=2)
    core = {name: table.column(name) for name in ("origin", "destination", *times, *apart)}
    request = {"reference": chosen, "by": [*times, *apart], "bootstrap": draws, "seed": start, "level": float(level)}
    found = as_arrow(_core.undercount_ratios(table_of(core | sides), json.dumps(request)))
    return back(kind_of(pairs), _finished(found, table, times, classes, overcount))


def undercount_classes(
    log_ratio: Column, cuts: Literal["equal", "quantile"] = "equal", *, overcount: Literal["best", "cut"] = "best"
) -> Any:
    """Put logarithms of ratios into five classes, from 0 (the best) over 0.25, 0.5 and 0.75 to 1.

    Parameters
    ----------
    log_ratio : column
        As :func:`undercount` gives it, missing where there is none.
    cuts : {"equal", "quantile"}
        Classes as wide as one another, or of as many members as can be.
    overcount : {"best", "cut"}
        Whether ratios above 1 count as 1, and so are in the best class, or are cut as they are, the highest being best.

    Returns
    -------
    column
        Of the caller's kind; missing where the logarithm is.

    Raises
    ------
    SchemaError
        For other cuts.

    Notes
    -----
    Equal classes divide what lies between the lowest logarithm and 0, or the highest with ``overcount="cut"``. What is on
    an edge is in the better class.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.reconcile.undercount_classes([0.4, 0.0, -0.25, -0.5, -1.0, None])
    [0.0, 0.0, 0.25, 0.5, 1.0, None]
    """
    one_of("cuts", cuts, ("equal", "quantile"))
    one_of("overcount", overcount, ("best", "cut"))
    values = whole(log_ratio)
    logs = _column(values, "log_ratio")
    found = as_arrow(_core.undercount_classes(_arrow(logs), cuts, overcount == "best")).column(0).to_numpy()
    return numbers_back(values, found, "class", index_of(values))


def combine_scores(
    expert: Any,
    metadata: Any,
    model: Any,
    *,
    weights: Mapping[str, float] | None = None,
    missing: Literal["keep", "reweight"] = "keep",
) -> Any:
    """Combine scores of undercount by experts, by metadata and by the model of bilateral ratios.

    Parameters
    ----------
    expert, metadata, model : float or column
        Scores from 0 (no undercount) to 1, missing where there is none; columns of one length.
    weights : mapping, optional
        Weights by name; unless given, 0.2 of ``expert``, 0.1 of ``metadata`` and 0.7 of ``model``.
    missing : {"keep", "reweight"}
        Where a score is missing: the combined one is missing too, or the mean is of those that are known.

    Returns
    -------
    float or column
        The weighted mean, of the kind of the first that is a column.

    Raises
    ------
    SchemaError
        For scores outside 0 to 1, for weights that are none, and for columns of unlike lengths.

    Notes
    -----
    The weights are those of *UndercountMigScores* (M. Dańko), where experts, metadata and model are combined so.

    Examples
    --------
    >>> import migstat as ms
    >>> round(ms.reconcile.combine_scores(0.25, 0.0, 1.0), 3)
    0.75
    >>> ms.reconcile.combine_scores([0.5, None], [0.5, 0.5], [0.5, 0.75], missing="reweight")
    [0.5, 0.71875]
    """
    one_of("missing", missing, ("keep", "reweight"))
    given = {"expert": expert, "metadata": metadata, "model": model}
    shares = _weights(weights, tuple(given))
    scores, like = _columns(given)
    for name, column in scores.items():
        wrong = ~np.isnan(column) & ~((column >= 0) & (column <= 1))
        if wrong.any():
            row = int(np.argmax(wrong))
            message = f"{name}, row {row}: {column[row]:g} is no score from 0 (no undercount) to 1"
            raise SchemaError(message)
    stacked = np.stack(list(scores.values()))
    weight = np.array([shares[name] for name in scores])[:, None]
    known = ~np.isnan(stacked) if missing == "reweight" else np.ones(stacked.shape, bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, stacked * weight, 0.0).sum(axis=0) / np.where(known, weight, 0.0).sum(axis=0)
    return _like(like, mean, "score")


def lfs_undercount(not_registered: Any, migrants: Any, registered: Any) -> tuple[Any, Any]:
    """Estimate how many migrants a register misses from a survey that asks whether one is registered.

    Parameters
    ----------
    not_registered : float or column
        Migrants in the survey who are not in the register (V).
    migrants : float or column
        All migrants in the survey (N).
    registered : float or column
        Migrants in the register (M).

    Returns
    -------
    tuple
        How many the register misses, and the share of all that this is; missing where the survey has no migrant, the
        first also where it has none that is registered.

    Raises
    ------
    SchemaError
        For numbers below 0, more that are not registered than there are, and columns of unlike lengths.

    Notes
    -----
    U = V M / (N - V), S = U / (U + M) = V / N: the labour force survey is taken to find both kinds alike
    (*UndercountMigScores*, undercount by the Labour Force Survey).

    Examples
    --------
    >>> import migstat as ms
    >>> ms.reconcile.lfs_undercount(20, 100, 4000)
    (1000.0, 0.2)
    """
    columns, like = _columns({"not_registered": not_registered, "migrants": migrants, "registered": registered})
    for name, column in columns.items():
        if (wrong := column < 0).any():
            row = int(np.argmax(wrong))
            message = f"{name}, row {row}: {column[row]:g} is no number of people"
            raise SchemaError(message)
    absent, sampled, counted = columns.values()
    if (wrong := absent > sampled).any():
        row = int(np.argmax(wrong))
        message = f"row {row}: {absent[row]:g} migrants of the survey are not registered, of {sampled[row]:g} in all"
        raise SchemaError(message)
    with np.errstate(invalid="ignore", divide="ignore"):
        missed = np.where(absent < sampled, absent * counted / (sampled - absent), math.nan)
        share = np.where(sampled > 0, absent / sampled, math.nan)
    return _like(like, missed, "undercount"), _like(like, share, "share")


# ---- what callers give


def _reference(reference: Any) -> list[str]:
    if isinstance(reference, str) or not isinstance(reference, Iterable):
        message = f"reference={reference!r}: expected codes of areas, such as ('DNK', 'SWE')"
        raise SchemaError(message)
    from .areas import info

    codes = [str(code) for code in reference]
    for code in codes:
        info(code)
    if not codes:
        message = "reference=(): expected at least one area to measure by"
        raise SchemaError(message)
    return codes


def _whole(name: str, value: Any) -> int:
    if not isinstance(value, bool) and isinstance(value, numbers.Integral) and 0 <= value < 2**63:
        return int(value)
    message = f"{name}={value!r}: expected a whole number of at least 0"
    raise SchemaError(message)


def _times(names: Sequence[str]) -> list[str]:
    """Name the columns that say when."""
    for when in (["year"], ["period"], ["period_start", "period_end"]):
        if set(when) <= set(names):
            return when
    return []


def _floats(table: pa.Table, name: str) -> Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table.column(name)
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind)):
        message = f"column {name!r} is {kind}, expected numbers"
        raise SchemaError(message)
    found: Array = pc.cast(column, pa.float64()).to_numpy()
    return np.asarray(found, dtype=np.float64)


def _adjusted(table: pa.Table, side: str) -> Array:
    """Give flows as they stand beside what was printed, else times the multiplier that stands beside them."""
    flow = _floats(table, side)
    names = table.column_names
    multiplied = f"{side}_printed" not in names and f"{side}_multiplier" in names
    return flow * _floats(table, f"{side}_multiplier") if multiplied else flow


def _months(
    table: pa.Table,
    side: str,
    reporter: str,
    direction: str,
    times: Sequence[str],
    publisher: str,
    printed: Array,
    unknown: str,
) -> list[Any]:
    """Give the minimum stay of every flow that is reported: as the table says, else as it is known."""
    stated = table.column(f"{side}_months").to_pylist() if f"{side}_months" in table.column_names else [None] * len(table)
    who = table.column(reporter).to_pylist()
    when = _labels(table, times)
    known: dict[tuple[Any, str | None], Any] = {}
    months: list[Any] = []
    for row, (said, code, label) in enumerate(zip(stated, who, when, strict=True)):
        if np.isnan(printed[row]):
            months.append(None)
            continue
        if said is None or said != said:
            if (code, label) not in known:
                known[code, label] = _criterion(code, direction, label, publisher)
            said = known[code, label]
        if isinstance(said, CodeError):
            if unknown == "raise":
                message = f"row {row}: {said}; give {side}_months, or leave such flows out with unknown='leave out'"
                raise CodeError(message)
            said = None
        months.append(said)
    return months


def _labels(table: pa.Table, times: Sequence[str]) -> list[str | None]:
    """Name the period of every row."""
    if not times:
        return [None] * len(table)
    if list(times) == ["period_start", "period_end"]:
        return list(map(_span, *(_dates(table, name) for name in times)))
    column = table.column(times[0]).to_pylist()
    return [None if one is None or one != one else str(int(one) if isinstance(one, float) else one) for one in column]


def _dates(table: pa.Table, name: str) -> list[datetime.date | None]:
    import pyarrow as pa

    try:
        dates: list[datetime.date | None] = table.column(name).cast(pa.date32()).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        message = f"column {name!r} holds no dates: {error}"
        raise SchemaError(message) from None
    return dates


def _span(start: datetime.date | None, end: datetime.date | None) -> str | None:
    """Name a period by its first day and its last: the end is no day of it."""
    if start is None or end is None:
        return None
    last = max(start, end - datetime.timedelta(days=1))
    return f"{start}/{last}"


def _criterion(code: Any, direction: str, label: str | None, publisher: str) -> Any:
    """Give the minimum stay that is known of a reporter, or the error that says why none is."""
    if label is None:
        return CodeError(f"no year is said, so no minimum stay of {code} is known")
    try:
        [found] = as_arrow(_core.duration_criterion(str(code), direction, label, publisher)).to_pylist()
    except CodeError as error:
        return error
    return "permanent" if found["permanent"] else found["months"]


def _multipliers(months: list[Any], model: Any, off_grid: OffGrid) -> tuple[Array, bool]:
    """Give what flows of these minimum stays are multiplied by, and whether "permanent" is among them."""
    stays = [None if one is None else one_stay(one, "months") for one in months]
    found, permanent = _core.duration_multipliers(labels_of(stays), "12", json.dumps(model_of(model)), off_grid)
    return as_arrow(found).column(0).to_numpy(), permanent


# ---- what they get


def _finished(found: pa.Table, table: pa.Table, times: Sequence[str], classes: Any, overcount: str) -> pa.Table:
    """Give years as numbers again, and classes where they are wanted."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name in times:
        kind = table.column(name).type
        if pa.types.is_integer(kind) or pa.types.is_date(kind) or pa.types.is_floating(kind):
            at = found.column_names.index(name)
            found = found.set_column(at, name, pc.cast(found.column(name), pa.int32() if name == "year" else kind))
    if classes is None:
        return found
    logs = found.column("log_ratio").to_numpy()
    directions = found.column("direction").to_numpy()
    graded = np.full(len(found), math.nan)
    for direction in ("immigration", "emigration"):
        mine = directions == direction
        made = _core.undercount_classes(_arrow(logs[mine]), classes, overcount == "best")
        graded[mine] = as_arrow(made).column(0).to_numpy()
    return found.append_column("class", pa.array(graded, from_pandas=True))


def _arrow(values: Array) -> Any:
    import pyarrow as pa

    return pa.array(values, pa.float64(), from_pandas=True)


def _column(values: Any, name: str) -> Array:
    """Give a column of numbers as an array, NaN where one is missing."""
    import pyarrow as pa

    try:
        if isinstance(values, list | tuple):
            values = pa.array(values, pa.float64(), from_pandas=True)
        table = as_arrow(table_of({name: values}))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        message = f"{name}: {error}"
        raise SchemaError(message) from None
    return _floats(table, name)


def _columns(given: Mapping[str, Any]) -> tuple[dict[str, Array], Any]:
    """Give numbers and columns as arrays of one length, and the first of them that is a column."""
    like, columns = None, {}
    for name, value in given.items():
        if value is None or isinstance(value, numbers.Real):
            columns[name] = np.array([math.nan if value is None else float(value)])
            continue
        found = whole(value)
        like = found if like is None else like
        columns[name] = _column(found, name)
    lengths = {name: len(column) for name, column in columns.items() if len(column) != 1 or like is None}
    if len(set(lengths.values())) > 1:
        message = f"columns of unlike lengths: {lengths}"
        raise SchemaError(message)
    longest = max(map(len, columns.values())) if not lengths else max(lengths.values())
    return {name: np.broadcast_to(column, longest).copy() for name, column in columns.items()}, like


def _like(like: Any, values: Array, name: str) -> Any:
    """Give numbers back as the column that came in, or as one number."""
    return float(values[0]) if like is None else numbers_back(like, values, name, index_of(like))


def _weights(weights: Mapping[str, float] | None, names: Sequence[str]) -> dict[str, float]:
    found = {"expert": 0.2, "metadata": 0.1, "model": 0.7} if weights is None else dict(weights)
    fine = set(found) == set(names) and all(
        not isinstance(one, bool) and isinstance(one, numbers.Real) and 0 <= one < math.inf for one in found.values()
    )
    if not fine or not sum(found.values()) > 0:
        message = f"weights={weights!r}: expected numbers of at least 0 for {', '.join(names)}, not all 0"
        raise SchemaError(message)
    return {name: float(found[name]) for name in names}
