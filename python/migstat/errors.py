"""Exceptions of migstat, one class for each kind, all under :class:`MigstatError`."""

from __future__ import annotations

__all__ = [
    "CodeError",
    "DefinitionError",
    "InternalError",
    "LedgerError",
    "MigstatError",
    "ReadError",
    "SchemaError",
]


def one_of(argument: str, value: object, allowed: tuple[str, ...]) -> None:
    """Refuse a value that an argument cannot have.

    Parameters
    ----------
    argument : str
        Its name.
    value : object
        What the caller gave.
    allowed : tuple of str
        What may be given.

    Raises
    ------
    SchemaError
        Naming all three.

    Examples
    --------
    >>> one_of("outside", "row", ("row", "drop"))
    """
    if value not in allowed:
        message = f"{argument}={value!r}: expected one of {', '.join(map(repr, allowed))}"
        raise SchemaError(message)


class MigstatError(Exception):
    """Base of every error that migstat raises."""


class SchemaError(MigstatError, ValueError):
    """A column is missing or of the wrong type, or holds a value that it cannot hold."""


class CodeError(MigstatError, LookupError):
    """A label or code is not known, or means several things."""


class ReadError(MigstatError, ValueError):
    """A file is damaged, too large, or laid out in a way that is not known."""


class DefinitionError(MigstatError, ValueError):
    """Figures that mean different things would be added."""


class LedgerError(MigstatError, ArithmeticError):
    """The account of an operation does not balance: rows or people are lost."""


class InternalError(MigstatError, RuntimeError):
    """A bug in migstat; please report it with the message."""
