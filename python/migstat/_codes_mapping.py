"""From one list of codes to another, as :func:`migstat.codes.mapping` gives it."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from typing import TYPE_CHECKING, Literal

from . import _core
from ._areas_column import as_arrow
from .errors import CodeError, one_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Mapping"]


class Mapping:
    """What the codes of one list are in another: one code, several with their shares, or none.

    Made by :func:`migstat.codes.mapping` and :func:`migstat.codes.register_mapping`. A mapping is never a dictionary:
    where shares are not known, what belongs to several codes becomes ``_U`` unless weights say how to share it out.

    Examples
    --------
    >>> import migstat as ms
    >>> mapping = ms.codes.mapping("LKA-SLBFE-1975", "broad")
    >>> mapping.targets("MIDDLE"), mapping.quality("MIDDLE")
    (['medium', 'high'], 'ambiguous')
    >>> mapping.shares("MIDDLE"), mapping.shares("MIDDLE", weights="equal")
    ({'_U': 1.0}, {'medium': 0.5, 'high': 0.5})
    """

    __slots__ = ("_core",)

    def __init__(self, core: _core.Mapping) -> None:
        self._core = core

    @property
    def from_list(self) -> str:
        """Name of the list that is left."""
        return self._core.ends()[0]

    @property
    def to_list(self) -> str:
        """Name of the list that is reached."""
        return self._core.ends()[1]

    @property
    def exact(self) -> bool:
        """Whether every code has one target."""
        return self._core.kind()[0]

    @property
    def complete(self) -> bool:
        """Whether every code has targets whose shares are known."""
        return self._core.kind()[1]

    def targets(self, code: str) -> list[str]:
        """Give the codes that a code may belong to.

        Parameters
        ----------
        code : str
            A code of the list that is left.

        Returns
        -------
        list of str
            Empty where it cannot be mapped.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.codes.mapping("ISCO-08", "broad").targets("0")
        ['low', 'medium', 'high']
        """
        return self._core.targets(code)

    def quality(self, code: str) -> str:
        """Say how well a code is known to belong to its targets.

        Parameters
        ----------
        code : str
            A code of the list that is left.

        Returns
        -------
        str
            ``exact`` (by definition), ``good``, ``approximate``, ``ambiguous`` (several targets) or ``not mappable``.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.codes.mapping("ISCO-08", "broad").quality("2")
        'exact'
        """
        return self._core.quality(code)

    def shares(self, code: str, weights: Literal["equal"] | None = None) -> dict[str, float]:
        """Give what a code becomes.

        Parameters
        ----------
        code : str
            A code of the list that is left.
        weights : "equal", optional
            Share out in equal parts what is not known otherwise. Weights of your own: :meth:`with_weights`.

        Returns
        -------
        dict
            Code -> share; the shares sum to 1. What is not known is on ``_U``.

        Raises
        ------
        CodeError
            For a code that the list does not have.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.codes.mapping("ISCO-08", "broad").shares("7")
        {'medium': 1.0}
        """
        return dict(self._core.shares(code, _equal(weights)))

    def matrix(self, weights: Literal["equal"] | None = None) -> pd.DataFrame:
        """Give the mapping as an apportioning matrix.

        Parameters
        ----------
        weights : "equal", optional
            See :meth:`shares`.

        Returns
        -------
        pandas.DataFrame
            A row for each code that has a mapping of its own, a column for each code reached, and ``_U`` last where
            there is any; every row sums to 1. Figures in a Series ``s`` indexed by code become ``matrix.T @ s``.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.codes.mapping("LKA-SLBFE-1975", "broad").matrix().loc[["HIGH", "MIDDLE", "SKILLED"]]
                 low  medium  high   _U
        HIGH     0.0     0.0   1.0  0.0
        MIDDLE   0.0     0.0   0.0  1.0
        SKILLED  0.0     1.0   0.0  0.0
        """
        import pandas as pd

        order = as_arrow(_core.Codelist.named(self.to_list).table()).column("code").to_pylist()
        rows = {code: self.shares(code, weights) for code in dict.fromkeys(self.to_pandas()["from"])}
        used = {code for shares in rows.values() for code in shares}
        columns = [code for code in order if code in used] + sorted(used - set(order))
        frame = pd.DataFrame(0.0, index=pd.Index(list(rows)), columns=columns)
        for code, shares in rows.items():
            for target, share in shares.items():
                frame.loc[code, target] = share
        return frame

    def to_pandas(self) -> pd.DataFrame:
        """Give the pairs as a frame.

        Returns
        -------
        pandas.DataFrame
            ``from``, ``to`` (missing where a code cannot be mapped), ``weight`` (missing where it is not known),
            ``quality``, ``source``.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.codes.mapping("ISCO-08", "broad").to_pandas().columns.tolist()
        ['from', 'to', 'weight', 'quality', 'source']
        """
        frame: pd.DataFrame = as_arrow(self._core.pairs()).to_pandas()
        return frame

    def inverse(self) -> Mapping:
        """Give the way back.

        Returns
        -------
        Mapping
            Exact where this one is one to one. Where several codes lead to one, the shares of the way back are not
            known: sizes do not follow from a classification.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.codes.mapping("ISCO-08", "broad").inverse().targets("low")
        ['0', '03', '9']
        """
        return Mapping(self._core.inverse())

    def then(self, following: Mapping) -> Mapping:
        """Put another mapping after this one.

        Parameters
        ----------
        following : Mapping
            One that begins where this one ends.

        Returns
        -------
        Mapping
            From the first list to the last. Shares are multiplied; a target that all ways lead to is certain, even
            where it is not known how much goes which way.

        Raises
        ------
        CodeError
            Where the other begins elsewhere.

        Examples
        --------
        >>> import migstat as ms
        >>> mapping = ms.codes.mapping("ISCO-08", "ISCO-08/1").then(ms.codes.mapping("ISCO-08", "broad"))
        >>> mapping.shares("2221")
        {'high': 1.0}
        """
        core = getattr(following, "_core", None)
        if not isinstance(core, _core.Mapping):
            message = f"{following!r} is no mapping: give one, such as codes.mapping({self.to_list!r}, 'broad')"
            raise CodeError(message)
        return Mapping(self._core.then(core))

    def with_weights(self, weights: AbstractMapping[str, AbstractMapping[str, float]]) -> Mapping:
        """Give the same mapping with shares of your own.

        Parameters
        ----------
        weights : mapping
            Code -> code reached -> share. The shares of a code sum to 1; a part may be on ``_U``. They replace what
            is known about the code.

        Returns
        -------
        Mapping
            A new one; this one stays as it is.

        Raises
        ------
        CodeError
            For a code in neither list, and for weights that are no shares.

        Examples
        --------
        >>> import migstat as ms
        >>> mapping = ms.codes.mapping("LKA-SLBFE-1975", "broad")
        >>> mapping.with_weights({"MIDDLE": {"medium": 0.6, "high": 0.4}}).shares("MIDDLE")
        {'medium': 0.6, 'high': 0.4}
        """
        given = {code: {target: float(share) for target, share in shares.items()} for code, shares in weights.items()}
        return Mapping(self._core.with_weights(given))  # type: ignore[arg-type]  # dict is invariant

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and self._core == other._core

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        said = "exact" if self.exact else "all shares known" if self.complete else "some shares not known"
        return f"<Mapping {self.from_list} to {self.to_list}: {said}>"


def _equal(weights: object) -> bool:
    if weights is None:
        return False
    one_of("weights", weights, ("equal",))
    return True
