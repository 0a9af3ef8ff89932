"""The command ``migstat quality``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._cli_files import Source, Unreadable, Usage, Writer, check_target, output_format, write_all, writer
from ._cli_options import count
from ._cli_read import add_stated, file_of

if TYPE_CHECKING:
    from .observations import Observations

__all__ = ["QUALITY", "add_quality", "examine"]

QUALITY = """\
examples:
  migstat quality stocks.xlsx --html stocks.html
  migstat quality departures.parquet --rule totals --rule jumps:threshold=4,factor=2
  migstat quality departures.parquet --benchmark arrivals.csv --as-of 2026-01-01 -o findings.csv
  migstat quality --rules

FILE is what `migstat read` reads, or Parquet that migstat wrote. Exit codes: migstat --help; 5 with --strict if there
are errors among the findings.
"""
OK, ERRORS = 0, 5


def add_quality(command: argparse.ArgumentParser) -> None:
    """Give the command its options."""
    command.add_argument(
        "file", metavar="FILE", nargs="?", help="what was published, or Parquet of migstat; - for stdin"
    )
    command.add_argument("--rules", action="store_true", help="list the rules")
    command.add_argument(
        "--rule", action="append", metavar="NAME[:OPTION=NUMBER,...]", help="apply this rule; all unless given"
    )
    wanted = command.add_argument_group("what to measure against")
    wanted.add_argument("--benchmark", metavar="FILE", help="a table of what should have been recorded")
    wanted.add_argument("--grid", action="store_true", help="require every combination of the codes that occur")
    wanted.add_argument("--as-of", metavar="DATE", help="the day on which the figures are looked at")
    wanted.add_argument("--scheduled", metavar="DATE", help="when they should have been released")
    reading = command.add_argument_group("the input")
    reading.add_argument("--layout", metavar="FILE", help="how it is laid out: see migstat read")
    add_stated(reading)
    output = command.add_argument_group("the output")
    output.add_argument("--html", metavar="FILE", help="write the report as a page")
    output.add_argument("--json", metavar="FILE", help="write all tables of the report")
    output.add_argument("-o", "--out", metavar="FILE", help="write the findings: csv, tsv, parquet or arrow")
    output.add_argument(
        "--examples", type=count, default=10, metavar="N", help="findings of each rule on the page (10)"
    )
    command.add_argument("--quiet", action="store_true", help="no summary on stdout")
    command.add_argument("--strict", action="store_true", help="exit code 5 if there are errors among the findings")


def examine(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from ._quality_report import report
    from ._quality_rules import rules

    if arguments.rules:
        for one in rules().to_dict("records"):
            options = ", ".join(f"{name}={value:g}" for name, value in one["options"].items())
            said = f"{one['checks']} ({options})" if options else one["checks"]
            print(f"{one['name']:13}{one['family']:14}{one['severity']:8}{said}")
        return OK
    if arguments.file is None:
        raise Usage("name a FILE, or ask for --rules")
    targets = [target for target in (arguments.html, arguments.json, arguments.out) if target is not None]
    if len(targets) != len(set(targets)):
        raise Usage("each output needs a file of its own")
    for target in targets:
        check_target(target)
    format_ = output_format(arguments.out, None) if arguments.out is not None else ""
    found = report(
        _observations(arguments),
        benchmark=None if arguments.benchmark is None else Source(arguments.benchmark).read(),
        expected="grid" if arguments.grid else None,
        as_of=arguments.as_of,
        scheduled=arguments.scheduled,
        rules=None if arguments.rule is None else dict(_rule(word) for word in arguments.rule),
    )
    outputs: list[tuple[str, Writer]] = []
    if arguments.html is not None:
        outputs.append((arguments.html, lambda path: found.to_html(path, examples=arguments.examples)))
    if arguments.json is not None:
        outputs.append((arguments.json, lambda path: found.to_json(path)))
    if arguments.out is not None:
        import pyarrow as pa

        table = pa.Table.from_pandas(found.to_pandas(), preserve_index=False)
        outputs.append((arguments.out, writer(table, format_, arguments.out)))
    if not arguments.quiet:
        print(found, file=sys.stderr if "-" in targets else sys.stdout)
    write_all(outputs)
    return ERRORS if arguments.strict and int(found._counted.errors.sum()) else OK


def _observations(arguments: argparse.Namespace) -> Observations:
    from .observations import Observations

    if arguments.file != "-" and Path(arguments.file).is_file():
        with Path(arguments.file).open("rb") as file:
            parquet = file.read(4) == b"PAR1"
        if parquet:
            return Observations.from_parquet(arguments.file)
    found = file_of(arguments)
    if not isinstance(found, Observations):
        raise Unreadable(f"{arguments.file} holds no figures but a list that figures refer to")
    return found


def _rule(word: str) -> tuple[str, dict[str, Any]]:
    """Read a rule and its options."""
    name, _, options = word.partition(":")
    out: dict[str, Any] = {}
    for option in filter(None, options.split(",")):
        key, sign, value = option.partition("=")
        if not sign:
            raise Usage(f"--rule {word!r}: expected NAME:OPTION=NUMBER")
        try:
            out[key.strip()] = value.strip() if key.strip() == "severity" else float(value)
        except ValueError:
            raise Usage(f"--rule {word!r}: {value!r} is not a number") from None
    return name, out
