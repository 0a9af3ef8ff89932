"""The command ``migstat``."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._cli_files import (
    INPUTS,
    OUTPUTS,
    Source,
    Unreadable,
    Unwritable,
    Usage,
    Writer,
    check_target,
    output_format,
    write_all,
    writer,
)
from ._cli_options import count, membership, names, share, sign
from ._cli_quality import QUALITY, add_quality, examine
from ._cli_read import READ, SNIFF, add_read, add_sniff, file_of, propose
from ._cli_roles import add_roles, check_column, observations, overrides, roles, spelt
from .errors import MigstatError

if TYPE_CHECKING:
    import pyarrow as pa

    from .areas import Area
    from .ledger import Ledger
    from .observations import Observations

__all__ = ["main"]

#: Labels that a message names.
_NAMED = 5

OK, REFUSED, USAGE, UNREADABLE, UNWRITABLE, SET_ASIDE, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

_DESCRIPTION = "Migration tables as their publishers print them -> figures that can be compared and added up."
_EPILOG = """\
examples:
  migstat harmonise departures.csv --destination Country --year Year --sex Sex --value n \\
      --constant origin=LKA --constant measure=labour_outflow -o departures.parquet
  migstat aggregate departures.parquet --by year,destination.GCC,sex --totals sex
  migstat areas departures.csv --column Country --distinct --unresolved
  migstat areas --explain Congo

exit codes:
  0    done
  1    the data are refused, with the reason on stderr
  2    the command line makes no sense
  3    a file is not there or cannot be read
  4    the output cannot be written
  5    done and written, but with --strict: labels of areas were unmatched or ambiguous
  130  interrupted
Output is put in its place when all of it is written; when the exit code is 1 to 4, nothing is.
"""
_HARMONISE = """\
examples:
  migstat harmonise in.csv --destination Country --year Year --value n \\
      --constant origin=LKA --constant measure=labour_outflow -o out.parquet
  migstat harmonise in.csv --destination Country --year 1996 \\
      --wide 'Skilled M: skill=skilled sex=M' --wide 'Skilled F: skill=skilled sex=F' \\
      --constant origin=LKA --constant measure=labour_outflow --scheme skill=LKA-SLBFE \\
      --missing '-=zero' --override 'Congo=COD' --ledger ledger.json -o out.parquet
  migstat harmonise in.csv --layout layout.toml --to csv | head

a layout has the arguments of migstat.harmonise in Python:
  duplicates = "keep"
  [columns]
  destination = "Country"
  year = "Year"
  [constants]
  origin = "LKA"
  measure = "labour_outflow"
  [wide."Skilled M"]
  skill = "skilled"
  sex = "M"
  [schemes]
  skill = "LKA-SLBFE"
  [missing]
  "-" = "zero"

Parquet holds figures, definitions and the ledger; csv, tsv and arrow the columns that vary (--full: all).
Exit codes: migstat --help.
"""
_AGGREGATE = """\
examples:
  migstat aggregate obs.parquet --by year,destination.GCC,sex --totals sex -o out.csv
  migstat aggregate obs.parquet --by year --across coverage,table --outside drop
  migstat aggregate in.csv --layout layout.toml --by year,sex

The input is what `migstat harmonise -o x.parquet` wrote, or a table with the options of `migstat harmonise`.
Exit codes: migstat --help.
"""
_AREAS = """\
examples:
  migstat areas departures.csv --column Country --year 1996 --distinct
  migstat areas departures.csv --column Country --report
  migstat areas codes.csv --column Team --scheme ioc --to name:fr -o teams.csv
  cut -f1 names.txt | migstat areas --unresolved
  migstat areas --explain Congo
  migstat areas --members GCC --year 2008
  migstat areas --info NPL

Exit codes: migstat --help.
"""


class _Parser(argparse.ArgumentParser):
    """A parser that lets the value of an option begin with a dash, as in ``--missing '-=zero'``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        return super().parse_known_args(list(self._joined(sys.argv[1:] if args is None else args)), namespace)

    def _joined(self, words: Sequence[str]) -> Iterator[str]:
        options = self._option_string_actions
        rest = list(reversed(words))
        while rest:
            word = rest.pop()
            if word == "--":
                yield from [word, *reversed(rest)]
                return
            action = options.get(word)
            if action is None or action.nargs is not None or not word.startswith("--") or not rest:
                yield word
            elif not rest[-1].startswith("-"):
                yield from (word, rest.pop())
            elif rest[-1].partition("=")[0] in options:
                yield word  # its value was forgotten, as argparse will say
            else:
                yield f"{word}={rest.pop()}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and give its exit code."""
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except MigstatError as error:
        return _fail(f"{error}{spelt(str(error))}", REFUSED)
    except Usage as error:
        return _fail(f"{error}\n  (migstat {arguments.command} --help)", USAGE)
    except Unreadable as error:
        return _fail(str(error), UNREADABLE)
    except Unwritable as error:
        return _fail(str(error), UNWRITABLE)
    except BrokenPipeError:
        # The reader has all it wanted. Python would complain once more when it closes stdout.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)
    return code


def _fail(message: str, code: int) -> int:
    print(f"migstat: error: {message}", file=sys.stderr)
    return code


# ---- the options


def _parser() -> argparse.ArgumentParser:
    from importlib.metadata import version

    parser = _Parser(prog="migstat", description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"migstat {version('migstat')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    def add(name: str, text: str, usage: str | None = None, epilog: str | None = None) -> argparse.ArgumentParser:
        usage = None if usage is None else f"%(prog)s {usage}"
        return commands.add_parser(name, usage=usage, help=text, description=f"{text}.", epilog=epilog)

    text = "turn a table into observations: every label a code, every row accounted for"
    command = add("harmonise", text, "FILE [options]", _HARMONISE)
    _add_input(command)
    add_roles(command)
    _add_figures(command)
    command.set_defaults(run=_harmonise)

    command = add("read", "read a publisher's file as it was published", "FILE [options]", READ)
    add_read(command)
    _add_figures(command)
    command.set_defaults(run=_read)

    command = add("sniff", "propose a layout for a file that none is known for", "FILE", SNIFF)
    add_sniff(command)
    command.set_defaults(run=propose)

    command = add("aggregate", "add up figures by group", "FILE --by NAME,... [options]", _AGGREGATE)
    _add_input(command)
    _add_groups(command)
    add_roles(command)
    _add_output(command)
    _add_account(command)
    command.set_defaults(run=_aggregate)

    text = "examine figures: what is missing, contradicts itself, breaks or is late"
    command = add("quality", text, "FILE [options]", QUALITY)
    add_quality(command)
    command.set_defaults(run=examine)

    command = add("areas", "say what labels of areas stand for", "[FILE] [options]", _AREAS)
    _add_areas(command)
    command.set_defaults(run=_areas)

    command = add("demo", "a tour on figures that come with the package, or on your own", "[FILE] [options]")
    _add_input(command, optional=True)
    add_roles(command)
    command.add_argument("-o", "--out", default="demo", metavar="FOLDER", help="where to write (default: demo)")
    command.set_defaults(run=_demo)

    command = add("doctor", "say which versions are at work, and whether the core answers")
    command.set_defaults(run=_doctor)
    return parser


def _add_input(command: argparse.ArgumentParser, *, optional: bool = False) -> None:
    text = "csv, tsv (also compressed), parquet or arrow; - for stdin"
    command.add_argument("file", metavar="FILE", nargs="?" if optional else None, help=text)
    table = command.add_argument_group("the input")
    table.add_argument("--from", dest="from_", choices=INPUTS, help="its format; told by its content unless given")
    table.add_argument("--delimiter", metavar="SIGN", type=sign, help="what is between columns, such as ';' or '\\t'")
    table.add_argument("--encoding", metavar="NAME", help="such as cp1252; UTF-8 unless given")
    table.add_argument("--skip", type=count, default=0, metavar="N", help="lines above the header to leave out")


def _add_output(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("the output")
    group.add_argument("-o", "--out", default="-", metavar="FILE", help="where to write (default: stdout)")
    group.add_argument("--to", choices=OUTPUTS, help="format; told by the name unless given, csv for stdout")


def _add_figures(command: argparse.ArgumentParser) -> None:
    """Let the command give figures: where to, how much of them, and with what account."""
    _add_output(command)
    command.add_argument("--full", action="store_true", help="csv, tsv, arrow: all columns, definitions joined")
    command.add_argument("--labels", action="store_true", help="csv, tsv, arrow: English labels instead of codes")
    _add_account(command)


def _add_account(command: argparse.ArgumentParser) -> None:
    command.add_argument("--ledger", metavar="FILE", help="write the account of every row and person as JSON")
    command.add_argument("--quiet", action="store_true", help="no summary of the ledger on stderr")
    command.add_argument(
        "--strict", action="store_true", help="exit code 5 if labels of areas were unmatched or ambiguous"
    )


def _add_groups(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("what to add up")
    group.add_argument("--by", required=True, type=names, metavar="NAME,...", help="such as year,destination.GCC,sex")
    group.add_argument("--totals", default=(), type=names, metavar="NAME,...", help="those of --by to add totals for")
    group.add_argument(
        "--rollup",
        default=(),
        type=names,
        metavar="NAME,...",
        help="those of --by to roll up, as region,subregion,area",
    )
    group.add_argument(
        "--across",
        default=(),
        type=names,
        metavar="FIELD,...",
        help="fields in which definitions may differ and still be added, such as coverage",
    )
    group.add_argument(
        "--outside",
        choices=["row", "drop", "error"],
        default="row",
        help="figures outside a group: a row of their own (the default), set aside, or an error",
    )
    group.add_argument(
        "--membership",
        default="period",
        type=membership,
        metavar="period|current|YYYY",
        help="whose members a group has: of the year of each figure (the default), today's, or of one year",
    )
    group.add_argument("--min-coverage", type=float, metavar="0..1", help="cells of less coverage have no value")
    group.add_argument(
        "--expected",
        choices=["rows", "grid"],
        default="rows",
        help="what coverage is measured against: the figures listed, or every combination of codes",
    )
    group.add_argument("--threads", type=count, metavar="N", help="the result does not depend on it")


def _add_areas(command: argparse.ArgumentParser) -> None:
    _add_input(command, optional=True)
    asked = command.add_argument_group("what to ask").add_mutually_exclusive_group()
    asked.add_argument("--column", metavar="COLUMN", help="the labels of a column of FILE; else stdin, one a line")
    asked.add_argument("--explain", metavar="LABEL", help="how one label is read")
    asked.add_argument("--info", metavar="CODE", help="what is known about an area")
    asked.add_argument("--members", metavar="GROUP", help="the members of a group")
    asked.add_argument("--groups", action="store_true", help="all groups whose members are known")
    command.add_argument(
        "--year", metavar="COLUMN|YYYY", help="the year that the labels are about, or a column of years"
    )
    command.add_argument(
        "--scheme",
        metavar="NAME",
        help="how the labels are written: name, alpha2, alpha3, numeric, m49, worldbank, eurostat, unhcr, ioc, fips, "
        "fao, imf, cow, cowc, gw, cepii, dac; codes are told from the whole column unless given",
    )
    command.add_argument("--source", metavar="NAME", help="whose usage decides names such as Congo: un, oecd, imf, ...")
    typos = command.add_mutually_exclusive_group()
    typos.add_argument("--no-typos", action="store_true", help="read nothing that is misspelt or put in other words")
    typos.add_argument("--min-confidence", type=share, metavar="0..1", help="read it from this confidence on (0.8)")
    command.add_argument("--override", action="append", metavar="LABEL=CODE", help="what an area is; it wins")
    command.add_argument("--distinct", action="store_true", help="each label once, with the number of its rows")
    command.add_argument("--unresolved", action="store_true", help="only labels that have no code")
    command.add_argument("--report", action="store_true", help="what became of the labels, and what to do next")
    group = command.add_argument_group("the output")
    group.add_argument("-o", "--out", default="-", metavar="FILE", help="where to write (default: stdout)")
    group.add_argument(
        "--to",
        action="append",
        metavar="WHAT",
        help=f"format: {', '.join(OUTPUTS)}; told by the name unless given. Or a column to add: name:fr, formal:fr, "
        "or the code in another list, such as ioc; it may be given twice, once for each",
    )
    command.add_argument("--quiet", action="store_true", help="no summary on stderr")
    command.add_argument("--strict", action="store_true", help="exit code 5 if labels were unknown or ambiguous")


# ---- the commands


def _source(arguments: argparse.Namespace) -> Source:
    return Source(arguments.file, arguments.from_, arguments.delimiter, arguments.encoding, arguments.skip)


def _harmonise(arguments: argparse.Namespace) -> int:
    format_ = _target_of_figures(arguments)
    return _give(arguments, observations(_source(arguments), roles(arguments)), format_)


def _read(arguments: argparse.Namespace) -> int:
    from ._read import Reference

    format_ = _target_of_figures(arguments)
    found = file_of(arguments)
    if isinstance(found, list | Reference):
        tables = found if isinstance(found, list) else [found]
        for one in tables if len(tables) > 1 else ():
            print(one, file=sys.stderr)
        write_all([(arguments.out, writer(tables[0].to_arrow(), format_, arguments.out))])
        return OK
    return _give(arguments, found, format_)


def _target_of_figures(arguments: argparse.Namespace) -> str:
    format_ = _target(arguments)
    if format_ == "parquet" and (arguments.full or arguments.labels):
        raise Usage("--full and --labels are for csv, tsv and arrow: parquet holds codes and definitions")
    return format_


def _give(arguments: argparse.Namespace, obs: Observations, format_: str) -> int:
    if format_ == "parquet":
        write: Writer = obs.to_parquet
    else:
        write = writer(_view(obs, labels=arguments.labels, full=arguments.full), format_, arguments.out)
    return _finish(arguments, write, obs.ledger)


def _aggregate(arguments: argparse.Namespace) -> int:
    from ._aggregate import aggregate

    format_ = _target(arguments)
    obs = observations(_source(arguments), roles(arguments))
    out = aggregate(
        obs,
        by=arguments.by,
        totals=arguments.totals,
        rollup=arguments.rollup,
        membership=arguments.membership,
        outside=arguments.outside,
        min_coverage=arguments.min_coverage,
        across=arguments.across,
        expected=arguments.expected,
        threads=arguments.threads,
    )
    return _finish(arguments, writer(out.to_arrow(), format_, arguments.out), out.ledger)


def _target(arguments: argparse.Namespace) -> str:
    """Name the format of the output, after checking what can be checked before the work."""
    format_ = output_format(arguments.out, arguments.to)
    if arguments.out == "-" and format_ in ("parquet", "arrow") and sys.stdout.isatty():
        raise Usage(f"{format_} is not for a terminal: give -o FILE, or send stdout to a pipe")
    ledger = getattr(arguments, "ledger", None)
    if ledger is not None and (ledger == arguments.out or Path(ledger).resolve() == Path(arguments.out).resolve()):
        raise Usage(f"--ledger and -o are both {ledger}: give the ledger a file of its own")
    for target in (arguments.out, ledger):
        if target is not None:
            check_target(target)
    return format_


def _view(obs: Observations, *, labels: bool, full: bool) -> pa.Table:
    if not labels:
        return obs.to_arrow(full=full)
    import pyarrow as pa

    return pa.Table.from_pandas(obs.to_pandas(labels=True, full=full), preserve_index=False)


def _finish(arguments: argparse.Namespace, write: Writer, ledger: Ledger) -> int:
    outputs: list[tuple[str, Writer]] = [(arguments.out, write)]
    if arguments.ledger is not None:
        outputs.append((arguments.ledger, lambda path: path.write_text(ledger.to_json() + "\n", encoding="utf-8")))
    if not arguments.quiet:
        print(ledger, file=sys.stderr)
    write_all(outputs)
    lost = [
        each
        for step in ledger.steps
        for account in step["accounts"]
        for each in account["set_aside"]
        if each["reason"].startswith(("unmatched ", "ambiguous "))
    ]
    if lost and (arguments.strict or not arguments.quiet):
        rows = sum(each["tally"]["rows"] for each in lost)
        labels = list(dict.fromkeys(f"{each['reason']}, {one['what']}" for each in lost for one in each["examples"]))
        more = "; ..." if len(labels) > _NAMED else ""
        rows_were = f"{rows:,} {'row was' if rows == 1 else 'rows were'}"
        print(f"migstat: {rows_were} set aside: {'; '.join(labels[:_NAMED])}{more}", file=sys.stderr)
    return SET_ASIDE if lost and arguments.strict else OK


def _areas(arguments: argparse.Namespace) -> int:
    from . import areas

    asked = (arguments.explain, arguments.info, arguments.members)
    answers = arguments.groups or any(one is not None for one in asked)
    if arguments.file is not None and answers:
        raise Usage("--explain, --info, --members and --groups take no FILE")
    if arguments.report and (answers or arguments.distinct or arguments.unresolved):
        raise Usage("--report is about all labels of a column: leave the other out")
    added = _added(arguments)
    if added is not None and (answers or arguments.report):
        raise Usage(f"--to {added} is for the labels of a column")
    if not answers:
        return _match(arguments, added)
    year = _one_year(arguments)
    if arguments.explain is not None:
        found = areas.explain(arguments.explain, year, arguments.scheme, arguments.source)
        _print(arguments, f"{found!r}{spelt(repr(found))}\n")
        return SET_ASIDE if arguments.strict and found.code is None else OK
    if arguments.info is not None:
        _print(arguments, "".join(f"{name:<17}{value}\n" for name, value in _facts(areas.info(arguments.info))))
        return OK
    if arguments.members is not None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            codes = areas.members(arguments.members, year)
        for warning in caught:
            print(f"migstat: warning: {warning.message}", file=sys.stderr)
        return _write(arguments, {"code": codes, "name": areas.name(codes)})
    return _write(arguments, {str(name): list(column) for name, column in areas.groups().items()})


def _added(arguments: argparse.Namespace) -> str | None:
    """Tell the column to add from the format, both of which --to names; the format stays."""
    words = arguments.to or []
    formats = [word for word in words if word in OUTPUTS]
    added = [word for word in words if word not in OUTPUTS]
    if len(formats) > 1 or len(added) > 1:
        raise Usage(f"--to {' --to '.join(words)}: give one format, and one column to add")
    arguments.to = formats[0] if formats else None
    return added[0] if added else None


def _one_year(arguments: argparse.Namespace) -> int | None:
    if arguments.year is None or arguments.year.isdigit():
        return None if arguments.year is None else int(arguments.year)
    raise Usage(f"--year {shlex.quote(arguments.year)}: expected a year, such as 1996")


def _facts(area: Area) -> Iterator[tuple[str, object]]:
    from dataclasses import asdict

    for name, value in asdict(area).items():
        if value is not None and value != ():
            said = " ".join(map(str, value)) if isinstance(value, tuple) else value
            yield name.replace("_", " "), said
    other = {scheme: code for scheme, code in area.codes.items() if scheme not in ("alpha2", "alpha3", "numeric")}
    if other:
        yield "other codes", " ".join(f"{scheme}:{code}" for scheme, code in other.items())


def _match(arguments: argparse.Namespace, added: str | None) -> int:
    """Say for each label what it stands for."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from . import areas

    if arguments.report:
        # What is printed is no table.
        format_ = "csv"
        check_target(arguments.out)
    else:
        format_ = _target(arguments)
    labels, years = _columns(arguments)
    options: dict[str, Any] = {
        "year": years,
        "scheme": arguments.scheme,
        "source": arguments.source,
        "overrides": overrides(arguments.override),
        "typos": not arguments.no_typos if arguments.min_confidence is None else arguments.min_confidence,
    }
    if arguments.report:
        report = areas.report(labels, **options)
        _print(arguments, f"{report!r}{spelt(repr(report))}\n")
        return SET_ASIDE if arguments.strict and report.overrides() else OK
    columns: dict[str, Any] = {}
    if arguments.distinct:
        counted = pc.value_counts(labels)
        labels, columns["rows"] = counted.field("values"), counted.field("counts")
    found = areas.match(labels, **options)
    codes = found.column("code")
    columns = {
        "label": labels,
        "code": codes,
        "name": areas.name(codes),
        **({} if added is None else {added: areas.resolve(labels, to=added, **options)}),
        **columns,
    }
    table = pa.table(columns | {name: found.column(name) for name in found.column_names[1:]})
    open_ = pc.and_(pc.is_null(table.column("code")), pc.is_valid(table.column("label")))
    if not arguments.quiet:
        states = pc.value_counts(table.column("state").cast(pa.string())).to_pylist()
        said = ", ".join(f"{one['counts']:,} {one['values'] or 'blank'}" for one in states)
        what = "labels" if arguments.distinct else "rows"
        print(f"migstat: {len(table):,} {what}{': ' if said else ''}{said}", file=sys.stderr)
    unresolved = bool(pc.any(open_).as_py())
    shown = table.filter(open_) if arguments.unresolved else table
    write_all([(arguments.out, writer(shown, format_, arguments.out))])
    return SET_ASIDE if arguments.strict and unresolved else OK


def _columns(arguments: argparse.Namespace) -> tuple[pa.ChunkedArray, Any]:
    """Give the labels, and their year or years."""
    import pyarrow as pa

    from .observations import Observations

    if arguments.column is None:
        if arguments.file not in (None, "-"):
            raise Usage(f"say which column of {arguments.file} holds the labels: --column COLUMN")
        if sys.stdin.isatty():
            raise Usage("give labels on stdin, one a line; or FILE --column COLUMN, --explain, --info, --members")
        year = _one_year(arguments)
        return pa.chunked_array([Source("-", encoding=arguments.encoding).lines()], pa.string()), year
    if arguments.file is None:
        raise Usage(f"--column {shlex.quote(arguments.column)}: of which FILE? - is stdin")
    by_year = arguments.year is not None and not arguments.year.isdigit()
    if by_year and arguments.distinct:
        raise Usage("--distinct: a label has several years where they are a column; leave out one of the two")
    source = _source(arguments)
    table = source.read()
    if isinstance(table, Observations):
        raise Usage(f"{source.name} holds observations: their areas are codes already")
    labels = _text(source, table, "--column", arguments.column)
    return labels, _text(source, table, "--year", arguments.year) if by_year else _one_year(arguments)


def _text(source: Source, table: pa.Table, option: str, name: str) -> pa.ChunkedArray:
    """Give a column as text, without what is blank."""
    import pyarrow as pa
    import pyarrow.compute as pc

    check_column(source, table, option, name)
    column = table.column(name).cast(pa.string())
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def _write(arguments: argparse.Namespace, columns: dict[str, list[Any]]) -> int:
    import pyarrow as pa

    write_all([(arguments.out, writer(pa.table(columns), _target(arguments), arguments.out))])
    return OK


def _print(arguments: argparse.Namespace, text: str) -> None:
    if arguments.out == "-":
        print(text, end="")
    else:
        check_target(arguments.out)
        write_all([(arguments.out, lambda path: path.write_text(text, encoding="utf-8"))])


def _demo(arguments: argparse.Namespace) -> int:
    from ._demo import run

    stated = roles(arguments)
    if arguments.file is None:
        if stated:
            raise Usage("the options say what is what in a table: give its FILE too")
        obs = None
    else:
        obs = observations(_source(arguments), stated)
    name = {None: "", "-": "stdin"}.get(arguments.file, Path(arguments.file or "").name)
    try:
        return run(out=arguments.out, observations=obs, name=name)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritable(f"cannot write into {arguments.out}: {error.strerror or error}") from error


def _doctor(_: argparse.Namespace) -> int:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    print(f"{'python':<11}{platform.python_version()} ({platform.system()} {platform.machine()})")
    for name in ("migstat", "numpy", "pandas", "pyarrow", "polars", "duckdb", "matplotlib"):
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "not installed" + (" (needed)" if name in ("numpy", "pandas", "pyarrow") else "")
        print(f"{name:<11}{found}")
    stated = os.environ.get("MIGSTAT_THREADS")
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    print(f"{'threads':<11}{available if stated is None else f'{stated} (MIGSTAT_THREADS)'}")
    try:
        answer = _ask()
    except Exception as error:
        print(f"{'core':<11}does not answer: {type(error).__name__}: {error}")
        return REFUSED
    print(f"{'core':<11}{answer}")
    return OK


def _ask() -> str:
    """Let the core do a little of everything."""
    from . import areas
    from ._aggregate import aggregate
    from ._harmonise import harmonise

    table = {"Country": ["Ivory Coast", "Nepal"], "n": [1, 2]}
    constants = {"origin": "LKA", "measure": "inflow", "year": 1996}
    obs = harmonise(table, destination="Country", value="n", constants=constants).check()
    total = aggregate(obs, by=["year"]).to_arrow().column("value").to_pylist()
    if areas.resolve("Ivory Coast") != "CIV" or total != [3.0]:
        raise RuntimeError(f"expected CIV and 3, found {areas.resolve('Ivory Coast')} and {total}")
    return "answers"


if __name__ == "__main__":
    sys.exit(main())
