"""Rules by which figures are examined: those of the package, and your own."""

from __future__ import annotations

import inspect
import json
import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from . import _core
from ._quality_summary import SUMMARIES, Summary
from .errors import SchemaError, one_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Asked", "Rule", "asked_of", "forget", "rule", "rules"]

Family: TypeAlias = Literal["accuracy", "coverage", "comparability", "timeliness"]
Severity: TypeAlias = Literal["error", "warning", "note"]
#: What a rule of one's own does: it takes the human view and yields what it found.
Check: TypeAlias = Callable[..., Iterable[Any]]
#: Which rules to apply: names and rules, or name -> options.
Rules: TypeAlias = Sequence[Any] | Mapping[str, Any]

FAMILIES = ("coverage", "comparability", "timeliness", "accuracy")
SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Rule:
    """A rule of your own: a function that looks at figures and yields what it found.

    Parameters
    ----------
    name : str
        By which it is selected and listed.
    check : callable
        Takes the human view of the observations (``obs.to_pandas(full=True)``, whose index counts the rows from 0) and
        yields findings. A finding is a sentence, or a mapping with ``message`` and, as far as known, ``row`` (of which
        the figure and its cell are then named), ``found``, ``expected``, ``value``, ``count`` and ``severity``.
        Keyword arguments with defaults are the options of the rule.
    family : {"accuracy", "coverage", "comparability", "timeliness"}
        What of quality it is about.
    severity : {"error", "warning", "note"}
        How grave its findings are, unless a finding says otherwise.
    checks : str
        What it checks, in a sentence; the first line of the function's docstring unless given.
    source : str
        Where the method comes from.

    Examples
    --------
    >>> import migstat as ms
    >>> def large(frame, limit=50_000):
    ...     for row, value in frame.loc[frame.value > limit, "value"].items():
    ...         yield {"row": row, "message": f"more than {limit:,}", "found": value}
    >>> mine = ms.quality.Rule("large", large, severity="note")
    >>> found = ms.quality.report(ms.datasets.sri_lanka_departures(), rules=[mine]).findings
    >>> found.message[0]
    'Labour outflow from Sri Lanka to Saudi Arabia, 1995: more than 50,000 [row ...]'
    """

    name: str
    check: Check
    family: Family = "accuracy"
    severity: Severity = "warning"
    checks: str = ""
    source: str = ""
    options: dict[str, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        one_of("family", self.family, FAMILIES)
        one_of("severity", self.severity, SEVERITIES)
        if not self.name or self.name in _own():
            message = f"a rule of your own needs a name that none of the package has, not {self.name!r}"
            raise SchemaError(message)
        known = list(inspect.signature(self.check).parameters.values())
        named = {one.name: one.default for one in known[1:] if one.default is not inspect.Parameter.empty}
        object.__setattr__(self, "options", named)
        if not self.checks:
            said = (inspect.getdoc(self.check) or "").partition("\n")[0]
            object.__setattr__(self, "checks", said.rstrip("."))


#: Rules that :func:`rule` has made, by name.
_REGISTERED: dict[str, Rule] = {}


def rule(
    name: str,
    *,
    family: Family = "accuracy",
    severity: Severity = "warning",
    checks: str = "",
    source: str = "",
) -> Callable[[Check], Rule]:
    """Make a rule of a function; :func:`report` applies it from then on.

    Parameters
    ----------
    name : str
        By which it is selected and listed; a rule of that name that was made before is replaced.
    family, severity, checks, source
        See :class:`Rule`.

    Returns
    -------
    callable
        The decorator, which gives a :class:`Rule`.

    Examples
    --------
    >>> import migstat as ms
    >>> @ms.quality.rule("no_men", severity="note")
    ... def no_men(frame):
    ...     "Somewhere men go"
    ...     for place, value in frame[frame.sex == "M"].groupby("destination", observed=True).value.sum().items():
    ...         if value == 0:
    ...             yield f"no men go to {place}"
    >>> report = ms.quality.report(ms.datasets.sri_lanka_departures(), rules=["no_men"])
    >>> report.findings.message[0]
    'No men go to PSE'
    >>> ms.quality.forget("no_men")
    """

    def made(check: Check) -> Rule:
        one = Rule(name, check, family, severity, checks, source)
        _REGISTERED[name] = one
        return one

    return made


def forget(name: str) -> None:
    """Take back a rule that :func:`rule` has made.

    Parameters
    ----------
    name : str
        Its name.

    Raises
    ------
    SchemaError
        If there is none of that name.

    Examples
    --------
    >>> import migstat as ms
    >>> @ms.quality.rule("mine")
    ... def mine(frame):
    ...     yield from ()
    >>> ms.quality.forget("mine")
    """
    if _REGISTERED.pop(name, None) is None:
        message = f"there is no rule {name!r} of your own: {', '.join(_REGISTERED) or 'none was made'}"
        raise SchemaError(message)


def _own() -> list[str]:
    """Name the rules of the package."""
    return [one[0] for one in _core.quality_rules()] + list(SUMMARIES)


def rules() -> pd.DataFrame:
    """List the rules, your own included.

    Returns
    -------
    pandas.DataFrame
        By ``family``: ``name``, the gravest ``severity`` that it finds, what it ``checks``, the ``source`` of the
        method, and its ``options`` with their defaults.

    Examples
    --------
    >>> import migstat as ms
    >>> known = ms.quality.rules().set_index("name")
    >>> known.checks["totals"]
    'a printed total is the sum of its parts'
    >>> known.options["jumps"]["threshold"]
    6.0
    """
    import pandas as pd

    core = [
        (name, family, severity, checks, source, {option: default for option, default, _ in options})
        for name, family, severity, checks, source, options in _core.quality_rules()
    ]
    summed = [
        (one.name, one.family, one.severity, one.checks, one.source, dict(one.options)) for one in SUMMARIES.values()
    ]
    made = [(one.name, one.family, one.severity, one.checks, one.source, one.options) for one in _REGISTERED.values()]
    listed = pd.DataFrame(core + summed + made, columns=["name", "family", "severity", "checks", "source", "options"])
    order = {name: at for at, name in enumerate(FAMILIES)}
    return listed.sort_values("family", key=lambda column: column.map(order), kind="stable", ignore_index=True)


@dataclass(frozen=True)
class Asked:
    """Rules that are to be applied, by who applies them, with their options and a severity where one is wanted."""

    core: list[dict[str, Any]]
    summaries: list[tuple[Summary, dict[str, Any], str | None]]
    own: list[tuple[Rule, dict[str, Any], str | None]]

    def request(self, most: int) -> str:
        """Write what the core is to do."""
        return json.dumps({"rules": self.core, "most": most})


def asked_of(wanted: Rules | None) -> Asked:
    """Read which rules are wanted: all, some by name, or some with options."""
    core = {one[0]: one for one in _core.quality_rules()}
    known: dict[str, Any] = {**core, **SUMMARIES, **_REGISTERED}
    pairs: list[tuple[Any, Any]]
    if wanted is None:
        pairs = [(name, {}) for name in known]
    elif isinstance(wanted, Mapping):
        pairs = list(wanted.items())
    elif isinstance(wanted, str):
        message = f"rules={wanted!r}: expected a list of rules, such as rules=[{wanted!r}]"
        raise SchemaError(message)
    else:
        pairs = [(one, {}) for one in wanted]
    out = Asked([], [], [])
    seen: set[str] = set()
    for one, given in pairs:
        if given is not None and not isinstance(given, Mapping):
            message = f"rule {one!r}: {given!r} says nothing; expected options by name, such as {{'severity': 'note'}}"
            raise SchemaError(message)
        options = dict(given or {})
        severity = options.pop("severity", None)
        if severity is not None:
            one_of("severity", severity, SEVERITIES)
        found = one if isinstance(one, Rule) else known.get(one)
        if found is None:
            message = f"there is no rule {one!r}{_near(str(one), list(known))}; quality.rules() lists them"
            raise SchemaError(message)
        name = one.name if isinstance(one, Rule) else str(one)
        if name in seen:
            message = f"rule {name!r} is asked for twice"
            raise SchemaError(message)
        seen.add(name)
        if isinstance(found, tuple):
            limits = {name: _number(one, name, value) for name, value in options.items()}
            out.core.append({"rule": one, "options": limits, "severity": severity})
            continue
        strange = [name for name in options if name not in found.options]
        if strange:
            message = (
                f"rule {found.name!r} has no option {strange[0]!r}{_near(strange[0], list(found.options))}; it has "
                f"{', '.join(found.options) or 'none but severity'}"
            )
            raise SchemaError(message)
        if isinstance(found, Rule):
            out.own.append((found, options, severity))
        else:
            limits = {name: _number(one, name, value) for name, value in options.items()}
            out.summaries.append((found, {**found.options, **limits}, severity))
    return out


def _near(word: str, known: list[str]) -> str:
    import difflib

    close = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _number(rule: object, name: str, value: object) -> float:
    if not isinstance(value, bool) and isinstance(value, numbers.Real) and math.isfinite(value):
        return float(value)
    message = f"rule {rule!r}, option {name!r}: {value!r} is not a finite number"
    raise SchemaError(message)
