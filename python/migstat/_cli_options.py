"""Values of options of the command line."""

from __future__ import annotations

import argparse

__all__ = ["count", "membership", "names", "share", "sign"]


def names(text: str) -> list[str]:
    """Read names, separated by commas."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise argparse.ArgumentTypeError("expected names, separated by commas")
    return found


def count(text: str) -> int:
    """Read a whole number."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def sign(text: str) -> str:
    """Read one sign; a tab may be written out."""
    found = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(found) != 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not one sign")
    return found


def share(text: str) -> float:
    """Read a number from 0 to 1."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return found


def membership(text: str) -> str | int:
    """Read whose members a group has."""
    if text in ("period", "current"):
        return text
    if len(text) == 4 and text.isascii() and text.isdigit():
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r}: expected period, current or a year")
