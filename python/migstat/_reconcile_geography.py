"""Geography over time: former states split, parts put together, whole tables by the boundaries of one year."""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from . import _core
from ._areas_column import year_of
from ._frame import back, library
from .errors import SchemaError, one_of

if TYPE_CHECKING:
    from .observations import Observations

__all__ = ["constant_boundaries", "core_of", "is_number", "merge", "overlaps", "split", "split_shares", "unique"]

By: TypeAlias = Literal["origin", "destination", "both"]
Shrink: TypeAlias = float | Literal["empirical-bayes"] | None
_SIDES = {"origin": ["origin"], "destination": ["destination"], "both": ["origin", "destination"]}
#: All former states have ended by then.
_NOW = 9999


def core_of(obs: Any) -> Any:
    """Give the core's observations; anything else is refused."""
    from .observations import Observations

    if isinstance(obs, Observations):
        return obs._core
    message = f"expected Observations, found {type(obs).__name__}: ms.harmonise makes them of a table"
    raise SchemaError(message)


def split(
    obs: Observations,
    area: str,
    *,
    by: By = "both",
    parts: Iterable[str] | None = None,
    shares: Mapping[str, float] | None = None,
    years: int = 1,
    by_partner: bool = True,
    shrink: Shrink = "empirical-bayes",
    overlap: Literal["keep", "raise", "set_aside", "add"] = "keep",
    integers: bool = False,
) -> Observations:
    """Give figures of a former state as figures of the states that came after it.

    Parameters
    ----------
    obs : Observations
        With figures of the former state, and of its successors in later periods unless ``shares`` are given.
    area : str
        The code of the former state, such as ``"YUCS"``.
    by : {"both", "origin", "destination"}
        The end at which it is split.
    parts : iterable of str, optional
        Codes of what it is split into. By itself its successors where each has a figure in ``obs``, else those that
        stand today; Kosovo only where it has figures of its own.
    shares : mapping, optional
        Share by part, adding up to 1, instead of those of later figures.
    years : int
        From how many periods shares are taken: the first ones after its end in which all parts have figures.
    by_partner : bool
        Whether a partner that has figures of all parts has shares of its own.
    shrink : {"empirical-bayes"}, float or None
        How far these are drawn towards the overall share: as the spread among partners says, as if so many people had
        been seen with the overall share, or not at all.
    overlap : {"keep", "raise", "set_aside", "add"}
        What becomes of a figure where a part, or what came after it, has a figure of the same thing (definition,
        period, partner, sex, age): it stays, it is an error, it is set aside, or it is split and counts beside those of
        the parts.
    integers : bool
        Whether parts are whole numbers.

    Returns
    -------
    Observations
        Parts have ``basis`` "apportioned", E (estimated) among ``obs_status``, the number of the printed ``figure``,
        their ``share`` of it, and a note that says where the share comes from. They add up to it exactly. What cannot
        be split stays with the former state, and the ledger's findings say why.

    Raises
    ------
    CodeError
        For what is no code of a country or former state, and for an area without known successors.
    SchemaError
        For shares that are none, and for figures that are no whole numbers with ``integers=True``.

    Notes
    -----
    x_k = X s_k, in the spirit of Özden et al. [3]_, who part origins of former states by shares of others. The overall
    share s_k is the mean, over the first ``years`` periods, of the part's share in figures of printed totals over
    partners where there are any, else of all cells in which every part has a figure: what one office did not report is
    no share of 0. A printed total over sex, age and other dimensions is taken where all parts have one, else its
    details, never both. Later figures are those of the same definition, else of one that agrees with it in measure,
    unit, concept, reporter, role, population and minimum stay: of several the one that agrees in most of dataset,
    publisher, criteria, definition of age and vintage. The note names it, and where others fit as well and have other
    shares a warning says so.

    A partner j with n_j people, of whom n_jk are of part k, has the share (n_jk + A s_k) / (n_j + A), the posterior
    mean of a Dirichlet-multinomial with prior mean s and concentration A = (1 - r) / r. r is estimated by the method of
    moments: with S = sum_j n_j sum_k (n_jk / n_j - p_k)^2, p the pooled shares, Q = 1 - sum_k p_k^2, J partners and N
    people, r = (S / Q - (J - 1)) / (N - sum_j n_j^2 / N - (J - 1)), kept between 0 and 1 [1]_ [2]_. r = 0 gives every
    partner the overall share. A partner that is itself a part has no share in flows by residence, and the note says so:
    nobody moves from a place to itself. In stocks and by birth or citizenship it has one: people live where they were
    born. By sex, age and other dimensions the shares are the same, so printed totals over these stay totals of their
    parts.

    Each part is a whole number of steps (of persons, or of the last bit of the figure); what is left after rounding
    down goes to the largest remainders, of equal ones to the greater share.

    References
    ----------
    .. [1] J. E. Mosimann, "On the compound multinomial distribution", Biometrika 49 (1962), 65-82.
    .. [2] J. C. Kleinman, "Proportions with extraneous variance: single and independent samples", Journal of the
       American Statistical Association 68 (1973), 46-54.
    .. [3] Ç. Özden, C. Parsons, M. Schiff and T. Walmsley, "Where on earth is everybody? The evolution of global
       bilateral migration 1960-2000", World Bank Economic Review 25 (2011), 12-56.

    Examples
    --------
    >>> import migstat as ms
    >>> table = {
    ...     "from": ["Czechoslovakia", "Czechia", "Slovakia"],
    ...     "year": [1991, 1994, 1994],
    ...     "n": [1000, 300, 200],
    ... }
    >>> stated = dict(destination="DEU", measure="inflow", reporter="DEU")
    >>> obs = ms.harmonise(table, origin="from", year="year", value="n", constants=stated)
    >>> found = ms.reconcile.split(obs, "CSHH")
    >>> found.to_pandas()[["origin", "year", "value"]].values.tolist()
    [['CZE', 1991, 600.0], ['SVK', 1991, 400.0], ['CZE', 1994, 300.0], ['SVK', 1994, 200.0]]
    >>> found.figures["basis"].to_pylist()
    ['apportioned', 'apportioned', 'observed', 'observed']
    """
    from .observations import Observations

    request = _split_request(area, by, parts, shares, years, by_partner, shrink, overlap, integers)
    return Observations._of(_core.split_area(core_of(obs), request), obs._kind)


def split_shares(
    obs: Observations,
    area: str,
    *,
    by: By = "both",
    parts: Iterable[str] | None = None,
    years: int = 1,
    by_partner: bool = True,
    shrink: Shrink = "empirical-bayes",
) -> Any:
    """Give the shares that :func:`split` would use.

    Parameters
    ----------
    obs, area, by, parts, years, by_partner, shrink
        As for :func:`split`.

    Returns
    -------
    table
        By ``definition``, ``side``, ``partner`` (missing for the overall shares) and ``part``: the ``share``; the share
        ``seen`` with the partner and the number of ``people`` that it was seen in; the ``concentration`` A (infinite
        where partners differ by no more than chance); the ``first`` and the ``last`` period that shares come from; and
        ``why`` a share is missing, in the words of the ledger of :func:`split`. An area that became one other has the
        share 1, of no period.

    Raises
    ------
    CodeError, SchemaError
        As :func:`split`.

    Examples
    --------
    >>> import migstat as ms
    >>> table = {
    ...     "from": ["CSHH", "CZE", "SVK", "CZE", "SVK"],
    ...     "to": ["DEU", "DEU", "DEU", "AUT", "AUT"],
    ...     "year": [1991, 1994, 1994, 1994, 1994],
    ...     "n": [1000, 300, 100, 50, 150],
    ... }
    >>> stated = dict(measure="inflow", role="destination")
    >>> obs = ms.harmonise(table, origin="from", destination="to", year="year", value="n", constants=stated)
    >>> shares = ms.reconcile.split_shares(obs, "CSHH").query("part == 'CZE'")
    >>> shares[["partner", "share", "seen", "people"]].round(3)
      partner  share  seen  people
    0     NaN  0.583   NaN     NaN
    2     AUT  0.252  0.25   200.0
    4     DEU  0.750  0.75   400.0
    """
    request = _split_request(area, by, parts, None, years, by_partner, shrink, "keep", False)
    return back(obs._kind, _core.split_shares(core_of(obs), request))


def _split_request(
    area: object,
    by: str,
    parts: Iterable[str] | None,
    shares: Any,
    years: Any,
    by_partner: bool,
    shrink: Any,
    overlap: str,
    integers: bool,
) -> str:
    one_of("by", by, ("both", "origin", "destination"))
    one_of("overlap", overlap, ("keep", "raise", "set_aside", "add"))
    if isinstance(years, bool) or not isinstance(years, numbers.Integral) or years < 1:
        message = f"years={years!r}: expected a whole number of at least 1"
        raise SchemaError(message)
    return json.dumps(
        {
            "area": _code(area, "area"),
            "sides": _SIDES[by],
            "parts": None if parts is None else _codes(parts),
            "shares": None if shares is None else _shares(shares),
            "years": int(years),
            "by_partner": bool(by_partner),
            "shrink": _shrink(shrink),
            "integers": bool(integers),
            "overlap": overlap,
        }
    )


def is_number(value: Any) -> bool:
    """Whether a value is a finite number."""
    return type(value) is not bool and isinstance(value, numbers.Real) and math.isfinite(value)


def unique(series: Any, argument: str) -> dict[Any, Any]:
    """Give a Series as a mapping; a label that stands there twice is refused."""
    if not series.index.is_unique:
        twice = series.index[series.index.duplicated()][0]
        message = f"{argument}: {twice!r} stands there twice"
        raise SchemaError(message)
    return dict(series.items())


def _shrink(shrink: Any) -> float | None:
    if shrink is None:
        return 0.0
    if is_number(shrink) and shrink >= 0:
        return float(shrink)
    if isinstance(shrink, str) and shrink == "empirical-bayes":
        return None
    message = f"shrink={shrink!r}: expected 'empirical-bayes', a number of people of at least 0, or None"
    raise SchemaError(message)


def _shares(shares: Any) -> list[tuple[str, float]]:
    if library(shares) == "pandas" and hasattr(shares, "items") and not hasattr(shares, "columns"):
        shares = unique(shares, "shares")
    if not isinstance(shares, Mapping) or not shares:
        message = f"shares={shares!r}: expected a mapping of parts to shares, such as {{'CZE': 0.6, 'SVK': 0.4}}"
        raise SchemaError(message)
    for part, share in shares.items():
        if not is_number(share):
            message = f"shares: {share!r} of {part!r} is no finite number"
            raise SchemaError(message)
    return [(_code(part, "shares"), float(share)) for part, share in shares.items()]


def _code(code: object, argument: str) -> str:
    if isinstance(code, str):
        return code
    message = f"{argument}={code!r}: expected the code of an area, such as 'CSHH'"
    raise SchemaError(message)


def _codes(codes: Iterable[str]) -> list[str]:
    if isinstance(codes, str) or not isinstance(codes, Iterable):
        message = f"parts={codes!r}: expected several codes of areas, such as ['CZE', 'SVK']"
        raise SchemaError(message)
    return [_code(code, "parts") for code in codes]


def merge(
    obs: Observations,
    parts: str | Iterable[str],
    into: str | None = None,
    *,
    by: By = "both",
    overlap: Literal["set_aside", "raise", "keep", "add"] = "set_aside",
) -> Observations:
    """Add up figures of parts to figures of a whole, only where all parts have one.

    Parameters
    ----------
    obs : Observations
        With figures of the parts.
    parts : str or iterable of str
        The code of a former state, whose successors are added up, or the codes of the parts.
    into : str, optional
        The code of the whole; by itself that of the former state.
    by : {"both", "origin", "destination"}
        The end at which they are added up.
    overlap : {"set_aside", "raise", "keep", "add"}
        What becomes of parts where the whole has a figure of the same thing: they are set aside, they are an error,
        they stay, or they are added to it.

    Returns
    -------
    Observations
        Where a part lacks its figure the whole has one without a value, a note says which part, and the others are set
        aside in the ledger: a sum of some is never given. Movements from part to part are set aside as "internal
        border". Ratios and what the office of a part reports, by a definition of its own, stay as they are, and the
        findings say so. A part that is itself in parts is their sum. Kosovo is not needed where Serbia has a figure,
        nor, in years in which the whole stood, what did not exist yet beside the part that kept its name (South Sudan
        beside Sudan before 2011): assumptions, which the ledger lists. A part of which one of several records has no
        value lacks its figure.

        Printed totals over partners count movements from part to part, which are none of the whole. Where each of these
        has a figure in the same cell they are taken off; else the sum holds them, and a note and a warning say so.

    Raises
    ------
    CodeError
        For what is no code of a country or former state.
    SchemaError
        With ``overlap="raise"`` where the whole has a figure beside its parts.

    Notes
    -----
    Sums are exact. Bounds are added up too: a sum lies between the sums of the bounds.

    Examples
    --------
    >>> import migstat as ms
    >>> table = {
    ...     "from": ["CZE", "SVK", "CZE", "CZE"],
    ...     "to": ["DEU", "DEU", "AUT", "SVK"],
    ...     "n": [300, 100, 50, 7],
    ... }
    >>> stated = dict(measure="inflow", role="destination", year=1994)
    >>> obs = ms.harmonise(table, origin="from", destination="to", value="n", constants=stated)
    >>> found = ms.reconcile.merge(obs, "CSHH")
    >>> found.to_pandas()[["destination", "value", "note"]]
      destination  value                               note
    0         DEU  400.0                 CSHH from CZE, SVK
    1         AUT    NaN  CSHH has no figure without SVK...
    >>> found.ledger.to_pandas().query("side == 'set aside'")[["reason", "value"]].values.tolist()
    [['part of CSHH, of which other parts have no figure', 50.0], ['internal border of CSHH', 7.0]]
    """
    from .observations import Observations

    one_of("by", by, ("both", "origin", "destination"))
    one_of("overlap", overlap, ("set_aside", "raise", "keep", "add"))
    if isinstance(parts, str):
        whole, listed = parts if into is None else into, None
        if into is not None and into != parts:
            message = f"parts={parts!r}, into={into!r}: give the parts one by one, or only the former state"
            raise SchemaError(message)
    else:
        listed = _codes(parts)
        if into is None:
            message = "into: expected the code of the whole that the parts are added up to, such as 'CSHH'"
            raise SchemaError(message)
        whole = into
    request = {"into": _code(whole, "into"), "parts": listed, "sides": _SIDES[by], "overlap": overlap}
    return Observations._of(_core.merge_areas(core_of(obs), json.dumps(request)), obs._kind)


def constant_boundaries(
    obs: Observations,
    as_of: int | Literal["now", "then"] = "now",
    *,
    by: By = "both",
    overlap: Literal["raise", "set_aside", "keep", "add"] = "raise",
) -> Observations:
    """Give a table by the boundaries of one year, so that its series can be compared.

    Parameters
    ----------
    obs : Observations
        Figures of any years.
    as_of : int, "now" or "then"
        The year of the boundaries: states that ended before it are split (:func:`split`), states that ended in it or
        later are put together again from their successors (:func:`merge`). ``"now"``: those of today. ``"then"``: those
        of each figure's own year, where publishers print today's states back to years in which they were none.
    by : {"both", "origin", "destination"}
        The end at which boundaries are brought to the year.
    overlap : {"raise", "set_aside", "keep", "add"}
        What becomes of a state's figure where its successors have figures of the same thing, which would be counted
        twice: an error; the one that is not by the boundaries wanted is set aside; all stay; or they count different
        people and are added.

    Returns
    -------
    Observations
        Within a state that is put together, movements are set aside as "internal border" and taken off printed totals
        over partners; where they have no figures, a note and a warning say that the sum of such totals includes them,
        as for :func:`merge`. Movements between successors
        of a state that ended within the table's time have the note "border that became international", since those of
        before were counted by nobody. Cells of a state that did not exist yet and hold 0 or nothing have ``presence``
        "not_existing" and no value. The ledger has a step for each state.

    Raises
    ------
    SchemaError
        With ``overlap="raise"`` where a state and its successors both have figures.

    Notes
    -----
    States that joined (the two Germanies, Yemens and Viet Nams) are added up to the
    one that they became; it cannot be parted again. A state that became a part of a larger one stays as it is.

    Examples
    --------
    >>> import migstat as ms
    >>> table = {
    ...     "to": ["Sudan (before secession of South Sudan)", "Sudan", "South Sudan"],
    ...     "year": [2010, 2015, 2015],
    ...     "n": [900, 400, 800],
    ... }
    >>> stated = dict(origin="ETH", measure="stock")
    >>> obs = ms.harmonise(table, destination="to", year="year", value="n", constants=stated)
    >>> ms.reconcile.constant_boundaries(obs).to_pandas()[["destination", "year", "value"]].values.tolist()
    [['SDN', 2010, 300.0], ['SSD', 2010, 600.0], ['SDN', 2015, 400.0], ['SSD', 2015, 800.0]]
    >>> ms.reconcile.constant_boundaries(obs, as_of=2010).to_pandas().value.tolist()
    [900.0, 1200.0]
    """
    from .observations import Observations

    one_of("by", by, ("both", "origin", "destination"))
    one_of("overlap", overlap, ("raise", "set_aside", "keep", "add"))
    year: int | None = None
    if isinstance(as_of, str):
        one_of("as_of", as_of, ("now", "then"))
        year = _NOW if as_of == "now" else None
    else:
        year = year_of(as_of)
        if year is None:
            message = "as_of=None: expected a year, 'now' or 'then'"
            raise SchemaError(message)
    made = _core.constant_boundaries(core_of(obs), year, json.dumps(_SIDES[by]), overlap)
    return Observations._of(made, obs._kind)


def overlaps(obs: Observations) -> Any:
    """List where a former state and its successors both have figures of one measure and period.

    Parameters
    ----------
    obs : Observations
        Any figures.

    Returns
    -------
    table
        By ``area`` (the former state), ``side``, ``measure`` and ``period``: its leaves (``rows``, ``value``); the
        ``successors`` that have leaves, and how many (``successor_rows``, ``successor_value``); and ``same_cell``, how
        many of its leaves stand beside one of a successor that differs in nothing else. Added up, people in these may
        be counted twice.

    Examples
    --------
    >>> import migstat as ms
    >>> table = {"from": ["USSR", "Russian Federation", "Ukraine"], "n": [500, 300, 100]}
    >>> stated = dict(destination="DEU", measure="inflow", year=1992)
    >>> obs = ms.harmonise(table, origin="from", value="n", constants=stated)
    >>> ms.reconcile.overlaps(obs)[["area", "period", "successors", "value", "successor_value", "same_cell"]]
       area period successors  value  successor_value  same_cell
    0  SUHH   1992    RUS UKR  500.0            400.0          1
    """
    return back(core_kind(obs), _core.area_overlaps(core_of(obs)))


def core_kind(obs: Any) -> Any:
    """Whose tables to give back."""
    return getattr(obs, "_kind", "pandas")
