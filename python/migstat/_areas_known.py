"""What is known about one area."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, get_args

from . import _core
from ._areas_column import Scheme, as_arrow, labels_of
from .errors import CodeError

__all__ = ["Area", "known", "name_of"]


@dataclass(frozen=True, repr=False)
class Area:
    """An area that has a code.

    Attributes
    ----------
    code : str
        ISO 3166-1 alpha-3; for former states ISO 3166-3 alpha-4 or ``ALPHA3-lastyear``; ``m49:NNN`` and
        ``grp:NAME`` for regions and groups; ``_T``, ``_U``, ``_O``, ``_Z`` and ``STLS``.
    alpha2, numeric : str or None
        ISO 3166-1 alpha-2 code, and ISO 3166-1 numeric code or M49 number with its leading zeros.
    name : str
        English name.
    kind : str
        ``country``, ``former``, ``aggregate``, ``total`` or ``residual``.
    from_year, to_year : int or None
        First and last year of a former state.
    parent : str or None
        The area next above it in the M49 hierarchy.
    successors : tuple of str
        The areas that stand where a former state stood.
    capital : str or None
        Capital, or seat of the administration, of a present country or area (Natural Earth, public domain).
    capital_position, position : tuple of float or None
        Latitude and longitude in degrees of the capital and of the centroid.
    codes : dict
        List of codes -> its code for the area: ``alpha2``, ``numeric``, ``worldbank``, ``eurostat``, ``unhcr``,
        ``ioc`` and so on, as far as the list has one today.
    names : dict
        Language, as CLDR writes it -> name.
    """

    code: str
    alpha2: str | None
    numeric: str | None
    name: str
    kind: str
    from_year: int | None = None
    to_year: int | None = None
    parent: str | None = None
    successors: tuple[str, ...] = ()
    capital: str | None = None
    capital_position: tuple[float, float] | None = None
    position: tuple[float, float] | None = None

    def __repr__(self) -> str:
        stated = ((field.name, getattr(self, field.name)) for field in fields(self))
        return f"Area({', '.join(f'{name}={value!r}' for name, value in stated if value not in (None, ()))})"

    @property
    def codes(self) -> dict[str, str]:
        """The area's codes in all lists that have one."""
        return self._called({scheme: scheme for scheme in get_args(Scheme) if scheme != "name"})

    @property
    def names(self) -> dict[str, str]:
        """The area's names in all languages that have one."""
        return self._called({language: f"name:{language}" for language in _core.area_languages()})

    def _called(self, targets: dict[str, str]) -> dict[str, str]:
        code = labels_of([self.code])
        said = {}
        for key, to in targets.items():
            # A language may have names of a few areas only.
            with suppress(CodeError):
                said[key] = as_arrow(_core.name_areas(code, to)).column(0)[0].as_py()
        return {key: text for key, text in said.items() if text is not None}


@lru_cache(maxsize=1)
def known() -> dict[str, Area]:
    """Every area by its code."""
    places = {row["code"]: row for row in as_arrow(_core.area_places()).to_pylist()}
    return {row["code"]: _area(row, places.get(row["code"], {})) for row in as_arrow(_core.area_table()).to_pylist()}


def _area(row: dict[str, Any], place: dict[str, Any]) -> Area:
    def year(text: str | None) -> int | None:
        return None if text is None else int(text)

    def point(prefix: str) -> tuple[float, float] | None:
        at = (place.get(f"{prefix}latitude"), place.get(f"{prefix}longitude"))
        return None if at[0] is None or at[1] is None else (at[0], at[1])

    return Area(
        code=row["code"],
        alpha2=row["alpha2"],
        numeric=row["numeric"],
        name=row["name"],
        kind=row["kind"],
        from_year=year(row["from"]),
        to_year=year(row["to"]),
        parent=row["parent"],
        successors=tuple(_core.area_successors(row["code"])),
        capital=place.get("capital"),
        capital_position=point("capital_"),
        position=point(""),
    )


def name_of(code: str) -> str:
    """Give the English name of a code; the code itself where it is a group of the user's."""
    area = known().get(code)
    return code if area is None else area.name
