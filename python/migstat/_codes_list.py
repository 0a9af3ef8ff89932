"""A list of codes, as :func:`migstat.codes.get` gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import _core
from ._areas_column import as_arrow
from .errors import CodeError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Codelist"]


class Codelist:
    """A list of codes of one dimension: names in several languages, hierarchy, years of use, source.

    Made by :func:`migstat.codes.get` and :func:`migstat.codes.register`. It has a length, can be gone through, and
    ``code in codelist`` says whether a code is one of its own.

    Examples
    --------
    >>> import migstat as ms
    >>> isco = ms.codes.get("ISCO-08")
    >>> isco.label("2"), isco.read("Craft and related trades workers"), "10" in isco
    ('Professionals', '7', False)
    >>> isco.parent("2221"), isco.levels
    ('222', 4)
    """

    __slots__ = ("_core",)

    def __init__(self, core: _core.Codelist) -> None:
        self._core = core

    @property
    def id(self) -> str:
        """Its name, such as ``ISCO-08``."""
        return self._core.about()[0]

    @property
    def dimension(self) -> str:
        """The dimension of its codes, such as ``occupation``."""
        return self._core.about()[1]

    @property
    def title(self) -> str:
        """Its title in English."""
        return self._core.about()[2]

    @property
    def version(self) -> str:
        """Which edition it is."""
        return self._core.about()[3]

    @property
    def publisher(self) -> str:
        """Who publishes it."""
        return self._core.about()[4]

    @property
    def source(self) -> str:
        """Where it was taken from."""
        return self._core.about()[5]

    @property
    def levels(self) -> int:
        """How many levels its hierarchy has; 1 where no code lies under another, 0 where codes are composed."""
        return self._core.levels()

    def label(self, code: str, language: str = "en") -> str | None:
        """Say what a code is called.

        Parameters
        ----------
        code : str
            One of its codes, or one that every list has (``_T``, ``_U``, ``_O``, ``_Z``, ``_N``).
        language : str
            ISO 639 code: ``en``, ``fr``.

        Returns
        -------
        str or None
            None where the code has no name in the language.

        Raises
        ------
        CodeError
            For a code that the list does not have.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.codes.get("sex").label("F")
        'Female'
        """
        self._known(code)
        return self._core.label(code, language)

    def read(self, label: str) -> str:
        """Give the code of one label.

        Parameters
        ----------
        label : str
            A code, or a name in any language of the list; case, blanks and punctuation do not matter.

        Returns
        -------
        str
            The code.

        Raises
        ------
        CodeError
            Where the list has no such label.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.codes.get("age").read("65 and over")
        'Y_GE65'
        """
        return self._core.read(label)

    def parent(self, code: str) -> str | None:
        """Give the code right above a code; None for one at the top.

        Parameters
        ----------
        code : str
            One of its codes.

        Returns
        -------
        str or None
            The code above.

        Raises
        ------
        CodeError
            For a code that the list does not have.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.codes.get("ISCO-08").parent("22")
        '2'
        """
        self._known(code)
        return self._core.parent(code)

    def children(self, code: str) -> list[str]:
        """Give the codes right below a code.

        Parameters
        ----------
        code : str
            One of its codes.

        Returns
        -------
        list of str
            In the order of the list.

        Raises
        ------
        CodeError
            For a code that the list does not have.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.codes.get("ISCO-08").children("222")
        ['2221', '2222']
        """
        self._known(code)
        return self._core.children(code)

    def to_pandas(self) -> pd.DataFrame:
        """Give the list as a frame.

        Returns
        -------
        pandas.DataFrame
            One row a code: ``code``, ``parent``, ``level``, ``valid_from``, ``valid_to`` (years, both included),
            ``label``, ``note``, ``source``.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.codes.get("broad").to_pandas()[["code", "label"]]
             code           label
        0     low     Low-skilled
        1  medium  Medium-skilled
        2    high    High-skilled
        """
        frame: pd.DataFrame = as_arrow(self._core.table()).to_pandas()
        return frame.astype(dict.fromkeys(("level", "valid_from", "valid_to"), "Int64"))

    def names(self) -> pd.DataFrame:
        """Give the names beside the first English one.

        Returns
        -------
        pandas.DataFrame
            ``code``, ``language`` (ISO 639; ``zxx`` for what is no language, such as the code of an agency), ``name``.

        Examples
        --------
        >>> import migstat as ms
        >>> names = ms.codes.get("ISCO-08").names()
        >>> names[names.code.eq("2") & names.language.eq("es")]["name"].tolist()
        ['Profesionales científicos e intelectuales']
        """
        import pandas as pd

        return pd.DataFrame(self._core.names(), columns=["code", "language", "name"])

    def describe(self) -> str:
        """Say in words what the list is.

        Returns
        -------
        str
            Name, title, number of codes, levels, languages, years and source, one a line.

        Examples
        --------
        >>> import migstat as ms
        >>> print(ms.codes.get("broad").describe())
        broad: Broad skill levels
        dimension    skill
        codes        3: low, medium, high
        version      1
        publisher    migstat
        source       World Bank 9781464818035, table 1.2, citing ILO 2012
        """
        codes = list(self)
        shown = ", ".join(codes[:8]) + (", ..." if len(codes) > 8 else "")
        languages = sorted({"en"} | {language for _, language, _ in self._core.names()} - {"zxx"})
        lines = [
            f"{self.id}: {self.title}" if self.title else self.id,
            f"dimension    {self.dimension}",
            f"codes        {len(codes)}: {shown}" if codes else "codes        composed",
            f"levels       {self.levels}" if self.levels > 1 else "",
            f"languages    {' '.join(languages)}" if len(languages) > 1 else "",
            f"version      {self.version}" if self.version else "",
            f"publisher    {self.publisher}" if self.publisher else "",
            f"source       {self.source}" if self.source else "",
        ]
        return "\n".join(line for line in lines if line)

    def _known(self, code: str) -> None:
        if not self._core.has(code):
            message = f"{code!r} is no code of {self.id}"
            raise CodeError(message)

    def __len__(self) -> int:
        return len(self._core)

    def __iter__(self) -> Iterator[str]:
        column = as_arrow(self._core.table()).column("code").to_pylist()
        return iter([str(code) for code in column])

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and self._core.has(code)

    def __repr__(self) -> str:
        return f"<Codelist {self.id}: {len(self)} codes of {self.dimension}>"
