"""The commands ``migstat read`` and ``migstat sniff``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ._cli_files import Unreadable, Usage
from .errors import ReadError

__all__ = ["READ", "SNIFF", "add_read", "add_sniff", "add_stated", "file_of", "propose"]

READ = """\
examples:
  migstat read undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx -o stocks.parquet
  migstat read migr_emi2.tsv.gz --ledger ledger.json -o emigration.parquet
  migstat read departures.xls --layout departures.toml --constant origin=LKA --to csv | head

Publisher, table and vintage are told by what the file says. Exit codes: migstat --help.
"""

SNIFF = """\
examples:
  migstat sniff departures.xlsx > departures.toml
  migstat read departures.xlsx --layout departures.toml -o departures.parquet

Exit codes: migstat --help.
"""


def add_read(command: argparse.ArgumentParser) -> None:
    """Give the command ``read`` its input."""
    command.add_argument(
        "file", metavar="FILE", help="xlsx, xls, ods, csv, tsv, json, xml; also in zip or gzip; - for stdin"
    )
    command.add_argument(
        "--layout", metavar="FILE", help="how it is laid out, TOML or JSON; told by its content unless given"
    )
    add_stated(command)


def add_stated(options: argparse._ActionsContainer) -> None:
    """Let what the file does not say be stated."""
    options.add_argument(
        "--constant", action="append", default=[], metavar="ROLE=LABEL", help="what holds for all figures"
    )
    options.add_argument("--override", action="append", default=[], metavar="LABEL=CODE", help="what an area is")
    options.add_argument("--duplicates", choices=["error", "first", "same", "keep"], help="figures that stand twice")


def add_sniff(command: argparse.ArgumentParser) -> None:
    """Give the command ``sniff`` its input."""
    command.add_argument("file", metavar="FILE", help="as for migstat read")


def file_of(arguments: argparse.Namespace) -> Any:
    """Read the file: observations, or the tables that it holds instead."""
    from ._read import read

    try:
        return read(
            _source(arguments.file),
            layout=arguments.layout,
            constants=_pairs("--constant", arguments.constant),
            overrides=_pairs("--override", arguments.override),
            duplicates=arguments.duplicates,
        )
    except OSError as error:
        raise Unreadable(f"cannot read {error.filename or arguments.file}: {error.strerror or error}") from error


def propose(arguments: argparse.Namespace) -> int:
    """Print a layout for each sheet."""
    from ._read import sniff

    try:
        found = sniff(_source(arguments.file))
    except OSError as error:
        raise Unreadable(f"cannot read {arguments.file}: {error.strerror or error}") from error
    if not found:
        message = f"{Path(arguments.file).name}: no table is seen on it: a row of headings over columns of numbers"
        raise ReadError(message)
    print("\n".join(found))
    return 0


def _source(name: str) -> Any:
    return sys.stdin.buffer if name == "-" else name


def _pairs(option: str, words: list[str]) -> dict[str, str]:
    pairs = {}
    for word in words:
        name, sign, label = word.partition("=")
        if not sign or not name:
            raise Usage(f"{option} {word!r}: expected NAME=VALUE")
        pairs[name.strip()] = label
    return pairs
