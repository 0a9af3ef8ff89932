"""Model migration schedules, which spread an open age group over its ages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from . import _core
from ._areas_column import index_of, whole
from ._frame import numbers_back
from .errors import SchemaError

__all__ = ["RogersCastro", "tail_of"]


@dataclass(frozen=True)
class RogersCastro:
    """The model migration schedule of Rogers and Castro.

    Parameters
    ----------
    a1, alpha1 : float
        Height and fall of the rates of children.
    a2, alpha2, mu2, lambda2 : float
        Height, fall, place and rise of the peak of workers.
    a3, alpha3, mu3, lambda3 : float
        The same for those who retire.
    a4, lambda4 : float
        Height and rise (or fall, below zero) in old age.
    c : float
        The constant.

    Raises
    ------
    SchemaError
        For heights below zero and what is no number.

    Notes
    -----
    m(x) = a1 exp(-alpha1 x) + a2 exp(-alpha2 (x - mu2) - exp(-lambda2 (x - mu2))) + the same with 3 + a4 exp(lambda4 x)
    + c: Rogers and Castro (1981), *Model Migration Schedules*, IIASA RR-81-30. The parameters that stand here unless
    given are their fundamental set of seven. A part of height 0 is left out.

    Examples
    --------
    >>> import migstat as ms
    >>> schedule = ms.ages.RogersCastro()
    >>> [round(rate, 4) for rate in schedule.at([0, 20, 65])]
    [0.023, 0.0278, 0.0037]
    """

    a1: float = 0.02
    alpha1: float = 0.1
    a2: float = 0.06
    alpha2: float = 0.1
    mu2: float = 20.0
    lambda2: float = 0.4
    a3: float = 0.0
    alpha3: float = 0.0
    mu3: float = 0.0
    lambda3: float = 0.0
    a4: float = 0.0
    lambda4: float = 0.0
    c: float = 0.003

    def __post_init__(self) -> None:
        """Check the parameters."""
        _core.rogers_castro(self._parameters, [])

    @property
    def _parameters(self) -> list[float]:
        return [_number(name, value) for name, value in zip(self.__dataclass_fields__, astuple(self), strict=True)]

    def at(self, ages: Any) -> Any:
        """Give the rates at ages.

        Parameters
        ----------
        ages : column or sequence of numbers
            Ages in years.

        Returns
        -------
        column
            Of the caller's kind.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.ages.RogersCastro(a2=0.0).at([0])
        [0.023]
        """
        import numpy as np

        values = whole(ages)
        found = _core.rogers_castro(self._parameters, np.asarray(values, dtype=float).tolist())
        return numbers_back(values, np.asarray(found), "rate", index_of(values))


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"{name}={value!r}: expected a number for a migration schedule"
        raise SchemaError(message)
    return float(value)


def tail_of(tail: str | RogersCastro | None) -> Sequence[float] | None:
    """Give the parameters of a schedule, those of the fundamental set for its name."""
    if tail is None:
        return None
    if isinstance(tail, RogersCastro):
        return tail._parameters
    if tail == "rogers-castro":
        return RogersCastro()._parameters
    message = f"tail={tail!r}: expected 'rogers-castro' or an ages.RogersCastro with parameters of your own"
    raise SchemaError(message)
