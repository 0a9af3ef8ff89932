"""What the command line and a layout say about a table, as arguments of :func:`migstat.harmonise`."""

from __future__ import annotations

import argparse
import difflib
import inspect
import shlex
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._cli_files import Source, Unreadable, Usage
from .errors import SchemaError

if TYPE_CHECKING:
    import pyarrow as pa

    from .observations import Observations

__all__ = ["add_roles", "check_column", "observations", "overrides", "roles", "spelt"]

_PERIODS = ("year", "period", "date", "period_start", "period_end")
_TABLES = ("columns", "constants", "definition", "wide", "schemes", "missing", "overrides", "weights")
_TEXTS = ("calendar", "day")
_CHOICES = {"duplicates": ("error", "first", "keep"), "on_unresolved": ("set_aside", "error")}
#: What arguments that messages speak of are called on the command line.
_SPELT = {
    "constants=": "--constant ROLE=VALUE",
    "overrides=": "--override LABEL=CODE",
    "missing=": "--missing TEXT=KIND",
    "schemes=": "--scheme ROLE=SCHEME",
    "weights=": "--weight 'RUNG: LEVEL=SHARE ...'",
    "wide=": "--wide 'COLUMN: ROLE=LABEL ...'",
    "duplicates=": "--duplicates",
    "value=": "--value COLUMN",
    "across=": "--across FIELD,...",
    "outside=": "--outside",
}


@lru_cache(maxsize=1)
def _columns() -> tuple[str, ...]:
    """Roles that a column can have: the arguments of harmonise as far as ``leaf``."""
    from ._harmonise import harmonise

    names = list(inspect.signature(harmonise).parameters)
    return tuple(names[1 : names.index("leaf") + 1])


def add_roles(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what is what in a table."""
    columns = parser.add_argument_group("which column is what (names of columns)")
    for role in _columns():
        metavar = "COLUMN|YYYY" if role == "year" else "COLUMN"
        text = "a column of years, or one year for the whole table" if role == "year" else None
        columns.add_argument(f"--{role.replace('_', '-')}", dest=f"role_{role}", metavar=metavar, help=text)
    columns.add_argument(
        "--definition",
        action="append",
        metavar="FIELD=COLUMN",
        help="a field of the definitions that changes from row to row, such as coverage=Source",
    )
    columns.add_argument(
        "--wide",
        action="append",
        metavar="'COLUMN: ROLE=LABEL ...'",
        help="a column of values and what it stands for, such as 'Skilled M: skill=skilled sex=M'",
    )
    table = parser.add_argument_group("what holds for the whole table, and how it is to be read")
    table.add_argument("--layout", metavar="TOML", help="a file that says all this; options given here win over it")
    table.add_argument(
        "--constant",
        action="append",
        metavar="ROLE=VALUE",
        help="such as origin=LKA or measure=labour_outflow",
    )
    table.add_argument(
        "--scheme",
        action="append",
        metavar="ROLE=SCHEME",
        help="such as skill=LKA-SLBFE or destination=alpha2; skill=LKA-SLBFE,LKA-SLBFE keeps the rungs",
    )
    table.add_argument("--calendar", metavar="NAME", help="whose years and periods they are, such as fiscal:NPL")
    table.add_argument("--day", metavar="MM-DD", help="when stocks of whole years were counted, such as 07-01")
    table.add_argument(
        "--missing",
        action="append",
        metavar="TEXT=KIND",
        help="what stands where a number is missing, such as '-=zero' or '*=suppressed'",
    )
    table.add_argument(
        "--override",
        action="append",
        metavar="LABEL=CODE",
        help="what an area is, such as 'Congo=COD'; it wins",
    )
    table.add_argument("--weights", choices=["equal"], help="share ambiguous rungs of skill out in equal parts")
    table.add_argument(
        "--weight",
        action="append",
        metavar="'RUNG: LEVEL=SHARE ...'",
        help="share one out as stated, such as 'MIDDLE: medium=.5 high=.5'",
    )
    table.add_argument(
        "--duplicates",
        choices=_CHOICES["duplicates"],
        help="two rows for one figure: refuse the table (the default), keep the first, keep both to be added",
    )
    table.add_argument(
        "--on-unresolved",
        choices=[choice.replace("_", "-") for choice in _CHOICES["on_unresolved"]],
        help="areas that are not known: set their rows aside (the default) or refuse the table",
    )


def roles(arguments: argparse.Namespace) -> dict[str, Any]:
    """Give the arguments of harmonise: those of the layout, and those of the command line over them."""
    stated = _layout(arguments.layout) if arguments.layout else {}
    columns: dict[str, Any] = stated.pop("columns", {})
    own: dict[str, Any] = {role: getattr(arguments, f"role_{role}") for role in _columns()}
    own = {role: column for role, column in own.items() if column is not None}
    if str(own.get("year", "")).isdigit():
        own["year"] = int(own["year"])
    given = {
        "definition": dict(_pair(text, "--definition", "FIELD=COLUMN") for text in arguments.definition or ()),
        "constants": dict(_pair(text, "--constant", "ROLE=VALUE") for text in arguments.constant or ()),
        "schemes": {
            role: tuple(scheme.split(",", 1)) if "," in scheme else scheme
            for role, scheme in (_pair(text, "--scheme", "ROLE=SCHEME") for text in arguments.scheme or ())
        },
        "missing": dict(_pair(text, "--missing", "TEXT=KIND", last=True) for text in arguments.missing or ()),
        "overrides": overrides(arguments.override),
        "wide": dict(_tagged(text, "--wide", "COLUMN: ROLE=LABEL ...") for text in arguments.wide or ()),
        "weights": _weights(arguments),
    }
    said = {*own, *given["definition"], *given["constants"]}
    if said & set(_PERIODS):
        said |= set(_PERIODS)
    if "value" in own:
        stated.pop("wide", None)
    if given["wide"]:
        columns.pop("value", None)
    for place in (columns, stated.get("constants", {}), stated.get("definition", {})):
        for role in said & set(place):
            del place[role]
    for name, value in given.items():
        if not value:
            continue
        before = stated.get(name)
        stated[name] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
    for name in _TEXTS:
        if (text := getattr(arguments, name)) is not None:
            stated[name] = text
    for name in _CHOICES:
        if (chosen := getattr(arguments, name)) is not None:
            stated[name] = chosen.replace("-", "_")
    return {**columns, **own, **{name: value for name, value in stated.items() if value not in ({}, None)}}


def overrides(texts: Iterable[str] | None) -> dict[str, str]:
    """Read ``LABEL=CODE``; a label may hold an equals sign."""
    return dict(_pair(text, "--override", "LABEL=CODE", last=True) for text in texts or ())


def _weights(arguments: argparse.Namespace) -> Any:
    if arguments.weights and arguments.weight:
        raise Usage("--weights equal and --weight exclude each other")
    if arguments.weights:
        return arguments.weights
    stated = dict(_tagged(text, "--weight", "RUNG: LEVEL=SHARE ...") for text in arguments.weight or ())
    try:
        return {rung: {level: float(share) for level, share in levels.items()} for rung, levels in stated.items()}
    except ValueError as error:
        raise Usage(f"--weight: {error}; expected shares such as .5") from error


def _pair(text: str, option: str, form: str, *, last: bool = False) -> tuple[str, str]:
    """Split at the equals sign: at the last one where the left side is any text."""
    left, sign, right = text.rpartition("=") if last else text.partition("=")
    if not sign or not right.strip() or not (left.strip() or last):
        raise Usage(f"{option} {shlex.quote(text)}: expected {form}")
    return (left if last else left.strip()), right.strip()


def _tagged(text: str, option: str, form: str) -> tuple[str, dict[str, str]]:
    """Split ``name: key=value key=value``; the name may hold colons."""
    for at in (at for at, sign in enumerate(text) if sign == ":"):
        try:
            words = shlex.split(text[at + 1 :])
        except ValueError:
            continue
        if words and text[:at].strip() and all(word.partition("=")[0].isidentifier() and "=" in word for word in words):
            return text[:at].strip(), dict(_pair(word, option, form) for word in words)
    raise Usage(f"{option} {shlex.quote(text)}: expected '{form}'")


def _layout(path: str) -> dict[str, Any]:
    try:
        stated = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise Unreadable(f"cannot read the layout {path}: {error.strerror or error}") from error
    except UnicodeError as error:
        raise Unreadable(f"cannot read the layout {path}: it is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise Usage(f"layout {path} is not TOML: {error}") from error
    columns = _known(path, "columns", stated.pop("columns", {}), _columns())
    direct = {role: stated.pop(role) for role in _columns() if role in stated}
    if twice := sorted(set(columns) & set(direct)):
        raise Usage(f"layout {path}: {twice[0]} is given twice, under [columns] and outside it")
    _known(path, "the layout", stated, (*_columns(), *_TABLES, *_TEXTS, *_CHOICES))
    for name in ("constants", "definition", "wide", "schemes", "missing", "overrides"):
        if name in stated and not isinstance(stated[name], dict):
            raise Usage(f"layout {path}: {name} is not a table; write [{name}] and what belongs to it below")
    for name, labels in stated.get("wide", {}).items():
        if not isinstance(labels, dict):
            raise Usage(f'layout {path}: write [wide."{name}"] and below it what the column stands for')
    schemes = stated.get("schemes", {})
    stated["schemes"] = {role: tuple(each) if isinstance(each, list) else each for role, each in schemes.items()}
    for name, choices in _CHOICES.items():
        if name in stated and stated[name] not in choices:
            raise Usage(f"layout {path}: {name} = {stated[name]!r}: expected {' or '.join(map(repr, choices))}")
    return {**stated, "columns": {**columns, **direct}}


def _known(path: str, where: str, table: object, names: Iterable[str]) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise Usage(f"layout {path}: {where} is not a table")
    for name in table:
        if name not in names:
            raise Usage(f"layout {path}: {where} cannot have {name!r}{_near(name, names)}")
    return table


def _near(word: str, names: Iterable[str]) -> str:
    """Say which name may have been meant."""
    lower = {name.lower(): name for name in names}
    found = difflib.get_close_matches(word.lower(), lower, n=1)
    return f'; did you mean "{lower[found[0]]}"?' if found else ""


def observations(source: Source, stated: Mapping[str, Any]) -> Observations:
    """Read a table and harmonise it; observations that migstat wrote are taken as they are."""
    from ._harmonise import harmonise
    from .observations import Observations

    if not stated and source.path != "-" and not Path(source.path).exists():
        source.read()  # a file that is not there is the first thing to say
    table = source.read()
    if isinstance(table, Observations):
        if stated:
            raise Usage(f"{source.name} holds observations already: leave out what says {', '.join(stated)}")
        return table
    if not stated:
        raise Usage(
            f"say which column of {source.name} is what, such as --destination COLUMN --year COLUMN "
            f"--value COLUMN --constant measure=inflow, or name a --layout; "
            f"its columns are {_listed(table.column_names)}"
        )
    wide = list(stated.get("wide", {}))
    named = {f"--{role.replace('_', '-')}": stated[role] for role in _columns() if isinstance(stated.get(role), str)}
    named |= {f"--definition {field}": column for field, column in stated.get("definition", {}).items()}
    for option, column in [*named.items(), *(("--wide", column) for column in wide)]:
        check_column(source, table, option, column)
    numbers = {stated.get("value"), stated.get("low"), stated.get("high"), *wide}
    labels = {column for column in named.values() if column not in numbers}
    wanted = list(dict.fromkeys([*named.values(), *wide]))
    try:
        return harmonise(_blanks(table.select(wanted), labels), **stated)
    except SchemaError as error:
        raise SchemaError(f"{source.name}: {error}") from error


def spelt(message: str) -> str:
    """Say how the arguments that a message speaks of are written on the command line."""
    found = [f"{name} is {option}" for name, option in _SPELT.items() if name in message]
    return f"\n  (on the command line {', '.join(found)})" if found else ""


def _listed(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def check_column(source: Source, table: pa.Table, option: str, column: str) -> None:
    """Refuse a name that no column has, or several."""
    names = table.column_names
    times = Counter(names)[column]
    if times == 1:
        return
    if times > 1:
        raise SchemaError(f'{source.name} has {times} columns named "{column}"; rename all but one')
    message = f'{option} "{column}": {source.name} has no such column{_near(column, names)}'
    message = f"{message}; it has {_listed(names)}"
    if len(names) == 1 and any(sign in names[0] for sign in ";\t|"):
        message += "; if these are several columns, say what is between them by --delimiter"
    raise SchemaError(message)


def _blanks(table: pa.Table, labels: set[Any]) -> pa.Table:
    """Empty cells of labels are missing; those of numbers stay, as ``missing`` may say what they mean."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for at, name in enumerate(table.column_names):
        column = table.column(at)
        if name in labels and (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            empty = pc.equal(column, "")
            table = table.set_column(at, name, pc.if_else(empty, pa.scalar(None, column.type), column))
    return table
