"""Put what a destination reports of a movement beside what its origin reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from . import _core
from ._durations_request import Exponential, request_of
from ._frame import columns_of, library
from ._reconcile_mirror_class import Mirror
from ._reconcile_pairs import names_of
from .errors import SchemaError, one_of
from .observations import Observations, concat

if TYPE_CHECKING:
    from ._typing import Frame

__all__ = ["mirror"]

_PREFER = ("receiving", "sending", "mean", "larger")


def mirror(
    obs: Observations | Iterable[Observations],
    *,
    durations: str | Exponential | Mapping[Any, float] | None = None,
    to: float = 12,
    off_grid: Literal["linear", "loglinear"] = "linear",
    criteria: Frame | Mapping[Any, Any] | None = None,
    prefer: Literal["receiving", "sending", "mean", "larger"] = "receiving",
    add_up: str | Iterable[str] = (),
) -> Mirror:
    """Pair the two reports of every movement: that of the destination, which people enter, and that of the origin.

    Parameters
    ----------
    obs : Observations or several
        Figures of both ends. A report is *receiving* if its ``role`` is destination, *sending* if it is origin; where
        no role is stated, inflows are receiving and outflows and labour outflows sending, and any other measure is of
        the end that its ``reporter`` is.
    durations : str, Exponential or mapping, optional
        The model by which flows are brought to one minimum stay before they are paired: see
        :func:`migstat.durations.multiplier`. Unless one is given they stay as printed, and minimum stays that differ
        are said.
    to, off_grid, criteria
        As in :func:`migstat.durations.convert`; figures whose criterion is not known stay as printed, and ``why`` says
        so.
    prefer : {"receiving", "sending", "mean", "larger"}
        Which report ``value`` is of where there are both. Where one is on part of the movers only and the other on
        everybody, it is always of the other.
    add_up : str or iterable of str
        Of ``sex``, ``age``, ``citizenship`` and ``birth``, those in which parts are added up where an end prints no
        total with a value. Only parts of one definition with values that leave nobody out are added (women and men,
        ages from birth to an open end, nationals and foreigners), each end in the dimensions that it is broken down by.
        Where both ends have a total or such parts, one pair of totals stands in place of the pairs of parts; a total
        without a value and parts whose counterparts were added up are set aside. Where one end has neither, parts are
        added up if nothing stands beside any of them. All others stay. ``why`` and :meth:`Mirror.why_not` say what was
        added up, :meth:`Mirror.set_aside` what for.

    Returns
    -------
    Mirror
        One row a movement, with both reports or the one that there is: ``inflow`` (as the destination reports),
        ``outflow`` (as the origin does), how far they are apart, whether they are comparable, and why not. Its ledger
        has every figure that came in.

    Raises
    ------
    SchemaError
        For what are no observations, ``criteria`` without ``durations``, or another dimension in ``add_up``.
    CodeError, DefinitionError
        As :func:`migstat.durations.convert`, where ``durations`` is given; net migration has no mirror and is left out.

    Notes
    -----
    Figures are paired that agree in origin, destination, period and every dimension; one that a table lacks is ``_T``
    in it. A printed total is paired with a total and a part with its like, so that each figure stands in one row.
    Flows, stocks, refugees, asylum seekers, returns and remittances are never paired with one another. Of several
    reports by one end the one is taken that has a value and can best be compared with the other end's, then the later
    vintage. Where one end prints a total and the other only its parts by sex, age or nationality, these are added up if
    they leave nobody out. A report on part of the movers throughout, such as nationals only, is paired with its like,
    else with one on everybody, and is not comparable. Nationals and the same people under the code of their country are
    never added up.

    With I the inflow and E the outflow, ``asymmetry`` is (I - E) / ((I + E) / 2), from -2 to 2 (the asymmetry
    coefficient of SDMX's Metadata Common Vocabulary, 2009), and ``log_ratio`` is ln(I / E): both are positive where the
    destination counts more. Null, not 0, where both or either of them is 0.

    Examples
    --------
    Germany counted 15,515 immigrants from Spain in 2007, and Spain 3,601 emigrants to Germany (Wiśniowski and others
    2013, Journal of Official Statistics 29(4)):

    >>> import migstat as ms
    >>> table = {"what": ["inflow", "outflow"], "n": [15515, 3601]}
    >>> stated = dict(origin="ESP", destination="DEU", year=2007)
    >>> obs = ms.harmonise(table, definition={"measure": "what"}, value="n", constants=stated)
    >>> pairs = ms.reconcile.mirror(obs)
    >>> pairs.to_pandas()[["origin", "destination", "inflow", "outflow", "asymmetry", "log_ratio"]].round(4)
      origin destination   inflow  outflow  asymmetry  log_ratio
    0    ESP         DEU  15515.0   3601.0     1.2465     1.4606

    Women and men, as both ends print them (invented), and their sums:

    >>> table = {"what": ["inflow", "inflow", "outflow", "outflow"], "sex": ["F", "M"] * 2, "n": [70, 50, 60, 55]}
    >>> roles = dict(definition={"measure": "what"}, sex="sex", value="n")
    >>> obs = ms.harmonise(table, **roles, constants=dict(origin="NOR", destination="SWE", year=2015))
    >>> ms.reconcile.mirror(obs).to_pandas()[["sex", "inflow", "outflow"]].values.tolist()
    [['F', 70.0, 60.0], ['M', 50.0, 55.0]]
    >>> ms.reconcile.mirror(obs, add_up="sex").matrix(year=2015)
    destination         SWE
    origin report
    NOR    receiving  120.0
           sending    115.0
    """
    one_of("prefer", prefer, _PREFER)
    whole = _whole(obs)
    request = None
    if durations is not None:
        request = request_of(to, durations, off_grid, criteria, "keep")
    elif criteria is not None:
        message = "criteria= says by which rule flows are converted: name a model too, such as durations='imem'"
        raise SchemaError(message)
    summed = names_of("add_up", add_up)
    return Mirror._of(_core.pair_mirror(whole._core, prefer, request, summed), whole._kind, summed)


def _whole(obs: Any) -> Observations:
    if isinstance(obs, Observations):
        return obs
    several = isinstance(obs, Iterable) and not isinstance(obs, str | bytes | Mapping) and not columns_of(obs)
    table = library(obs) in ("pandas", "polars", "pyarrow")
    parts = list(obs) if several and not table else [obs]
    for part in parts:
        if not isinstance(part, Observations):
            message = (
                f"expected Observations, or several of them, found {type(part).__name__}: ms.harmonise makes them of a "
                f"table, ms.read of a file"
            )
            raise SchemaError(message)
    return concat(parts)
