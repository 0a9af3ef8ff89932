"""How far areas are from each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from . import _core
from ._areas_column import as_arrow, index_of, labels_of, whole
from ._areas_known import known
from ._frame import numbers_back
from .errors import CodeError, SchemaError, one_of

if TYPE_CHECKING:
    import numpy as np

    from ._typing import Column

__all__ = ["distance"]

Between: TypeAlias = Literal["capitals", "centroids"]

#: Mean radius of the earth in km: R1 of GRS 80.
_RADIUS = 6371.0088


@overload
def distance(a: str, b: str, between: Between = "capitals") -> float | None: ...
@overload
def distance(a: list[Any], b: list[Any] | str, between: Between = "capitals") -> list[float | None]: ...
@overload
def distance(a: Column, b: Column, between: Between = "capitals") -> Any: ...
def distance(a: Column, b: Column, between: Between = "capitals") -> Any:
    """Give the distance between areas in kilometres.

    Parameters
    ----------
    a, b : str or column
        Codes of areas. Of two columns row by row; of a column and one code from all to that one.
    between : {"capitals", "centroids"}
        Between what: capitals, or the middles of the areas.

    Returns
    -------
    float or column
        Kilometres along the great circle, as the kind of column that ``a`` is (``b``, if ``a`` is one code). None
        or NaN where a position is not known: former states, groups, residuals, areas without a capital. 0 from an
        area to itself.

    Raises
    ------
    CodeError
        For what is no code of an area: resolve names first.
    SchemaError
        For columns that are not of one length.

    Notes
    -----
    The haversine formula (R. W. Sinnott, *Virtues of the Haversine*, Sky and Telescope 68, 1984, 159) on a sphere of
    6,371.0088 km, the mean radius of GRS 80 (H. Moritz, *Journal of Geodesy* 74, 2000, 128-133); the earth's being
    no sphere makes 0.5 % at most. Positions: Natural Earth, public domain (naturalearthdata.com), a few by hand.

    Examples
    --------
    >>> import migstat as ms
    >>> round(ms.areas.distance("LKA", "SAU"))
    4047
    >>> [round(km) for km in ms.areas.distance(["LKA", "NPL"], "QAT")]
    [3645, 3362]
    """
    one_of("between", between, ("capitals", "centroids"))
    if isinstance(a, str) and isinstance(b, str):
        return _of_two(_position(a, between), _position(b, between))
    one, other = (side if isinstance(side, str) else whole(side) for side in (a, b))
    columns = [side for side in (one, other) if not isinstance(side, str)]
    index = index_of(*columns)
    places = [_positions(side, between) for side in (one, other)]
    rows = {len(place) for place, side in zip(places, (one, other), strict=True) if not isinstance(side, str)}
    if len(rows) > 1:
        message = f"a has {len(places[0])} rows and b {len(places[1])}: give columns of one length, or one code"
        raise SchemaError(message)
    return numbers_back(columns[0], _of_many(places[0], places[1]), "distance", index)


def _position(code: str, between: str) -> tuple[float, float] | None:
    area = known().get(code)
    if area is None:
        message = f"{code!r} is no code of an area: ask areas.resolve({code!r})"
        raise CodeError(message)
    return area.capital_position if between == "capitals" else area.position


def _of_two(a: tuple[float, float] | None, b: tuple[float, float] | None) -> float | None:
    if a is None or b is None:
        return None
    (north, east), (other_north, other_east) = ([math.radians(angle) for angle in point] for point in (a, b))
    height = math.sin((other_north - north) / 2) ** 2
    width = math.sin((other_east - east) / 2) ** 2
    part = height + math.cos(north) * math.cos(other_north) * width
    return 2 * _RADIUS * math.asin(math.sqrt(min(part, 1.0)))


def _positions(side: Any, between: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Latitude and longitude of every row in degrees, NaN where they are not known."""
    import numpy as np

    nowhere = (math.nan, math.nan)
    if isinstance(side, str):
        return np.array([_position(side, between) or nowhere])
    codes = as_arrow(_core.name_areas(labels_of(side), "code")).column(0).combine_chunks()
    codes = codes if hasattr(codes, "dictionary") else codes.dictionary_encode()
    points = [_position(code, between) or nowhere for code in codes.dictionary.to_pylist()]
    keys = codes.indices.fill_null(len(points)).to_numpy(zero_copy_only=False)
    return np.array([*points, nowhere])[keys]  # type: ignore[no-any-return]


def _of_many(
    a: np.ndarray[Any, np.dtype[np.float64]], b: np.ndarray[Any, np.dtype[np.float64]]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    import numpy as np

    (north, east), (other_north, other_east) = np.radians(a).T, np.radians(b).T
    width = np.cos(north) * np.cos(other_north) * np.sin((other_east - east) / 2) ** 2
    part = np.sin((other_north - north) / 2) ** 2 + width
    found: np.ndarray[Any, np.dtype[np.float64]] = 2 * _RADIUS * np.arcsin(np.sqrt(np.minimum(part, 1.0)))
    return found
