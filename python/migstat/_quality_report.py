"""The quality report: what rules found, and what was measured, of observations."""

from __future__ import annotations

import json
import numbers
from typing import TYPE_CHECKING, Any, cast

from ._display_text import clean
from ._frame import back
from ._quality_indicators import indicators_of
from ._quality_measured import Measured
from ._quality_rules import Asked, Rule, Rules, asked_of
from .errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import pandas as pd

    from ._typing import Frame
    from .observations import Observations

__all__ = ["Report", "report"]

#: Columns of findings, in their order.
COLUMNS = (
    "rule", "family", "severity", "message", "found", "expected", "value", "count", "measure", "reporter", "origin",
    "destination", "period", "file", "sheet", "cell", "definition", "row",
)  # fmt: skip
_GRAVITY = {"error": 0, "warning": 1, "note": 2}
_COUNTED = ("checked", "findings", "errors", "warnings", "notes", "listed")


def report(
    obs: Observations,
    *,
    benchmark: Observations | Frame | None = None,
    expected: Any = None,
    relevant: Any = None,
    as_of: Any = None,
    scheduled: Any = None,
    rules: Rules | None = None,
    most: int = 1000,
) -> Report:
    """Examine figures: coverage, comparability, timeliness, and rules that say what is probably wrong.

    Parameters
    ----------
    obs : Observations
        The figures. None of them is changed.
    benchmark : Observations or table, optional
        What should have been recorded, by any of origin, destination, reporter, year, sex and age: a register's
        departures beside the arrivals of the mirror, say. Of a table, the values are in the column ``benchmark``,
        ``value`` or the only other one; pairs of :mod:`migstat.reconcile` apart, it has no more columns. Observations
        are brought together by all of these but what one side does not break down, and by reporter where both vary.
        What the benchmark has and the records lack is a finding, one a reporter.
    expected : optional
        The cells that there should be: ``"rows"`` (those that are listed, the default), ``"grid"`` (all combinations of
        the codes that occur in a definition), a number of cells, codes by dimension (``{"destination": "GCC", "year":
        range(2010, 2021)}``), or a table with a row a cell. Codes that their column cannot have are refused; of a
        dimension without a list of codes these are all that no figure has. Cells that say that they do not exist or do
        not apply are not required, unless a number was given.
    relevant : optional
        The same for the cells that users need.
    as_of : date, optional
        The day on which the figures are looked at: gives their age.
    scheduled : date, mapping or table, optional
        When they should have been released: one date, dates by publisher, dataset, table, vintage or key of the
        definition, or a table with ``scheduled``, perhaps ``released``, and any of these.
    rules : sequence or mapping, optional
        Which rules to apply: names and :class:`Rule` objects, or name -> options, such as ``{"jumps": {"threshold": 4},
        "totals": {"severity": "warning"}}``. All, those of your own included, unless given; :func:`rules` lists them.
    most : int
        How many findings of each rule are listed, the gravest first; all are counted.

    Returns
    -------
    Report
        Which shows itself in a notebook, and writes a page by :meth:`Report.to_html`.

    Raises
    ------
    SchemaError
        For a rule, option, date or benchmark that cannot be understood, with near names.
    CodeError
        For a code among ``expected`` or ``relevant`` that is not known, with its column, its row and the near name.

    Notes
    -----
    Indicators follow the quality and performance indicators of the European Statistical System; which method a rule
    uses is told by the column ``source`` of :func:`rules`. What rules find does not depend on the order of the rows or
    on threads.

    Examples
    --------
    >>> import migstat as ms
    >>> report = ms.quality.report(ms.datasets.asian_outflows())
    >>> print(report.findings.query("rule == 'windows'").message[0])
    Labour outflow from India, 2020-01-01/2022-07-20: 416,024 is printed for the whole period, the 3 periods that it
    consists of add up to 416,294, 270 more; 94,415 for 2020 (row 45) with two digits exchanged, 94,145, would make
    them agree [row 46]
    """
    from .observations import Observations

    if not isinstance(cast("object", obs), Observations):
        message = f"expected Observations, found {type(obs).__name__}: read or harmonise the table first"
        raise SchemaError(message)
    if isinstance(most, bool) or not isinstance(most, int) or most < 0:
        message = f"most={most!r}: expected how many findings of each rule are listed"
        raise SchemaError(message)
    asked = asked_of(rules)
    measured = Measured(
        obs, benchmark=benchmark, expected=expected, relevant=relevant, as_of=as_of, scheduled=scheduled
    )
    measured.settle()
    findings, counted = _run(measured, asked, most)
    return Report(measured, findings, counted)


class Report:
    """What was found and measured; made by :func:`report`.

    Tables are of the kind that the observations give (pandas, polars or pyarrow).

    Examples
    --------
    >>> import migstat as ms
    >>> report = ms.quality.report(ms.datasets.sri_lanka_departures(), rules=["totals", "breaks"])
    >>> report.rules[["rule", "checked", "findings"]].values.tolist()
    [['totals', 105, 0], ['breaks', 0, 2]]
    >>> print(report.findings.message[0])
    Labour outflow of Sri Lanka: 22 of 46 series break at 1996 (coverage: ...
    """

    __slots__ = ("_counted", "_findings", "_measured")

    def __init__(self, measured: Measured, findings: pd.DataFrame, counted: pd.DataFrame) -> None:
        self._measured = measured
        self._findings = findings
        self._counted = counted

    def _back(self, frame: pd.DataFrame) -> Any:
        kind = self._measured.obs._kind
        if kind == "pandas":
            return frame.copy()
        import pyarrow as pa

        return back(kind, pa.Table.from_pandas(frame, preserve_index=False))

    @property
    def findings(self) -> Any:
        """One row a finding, by rule, the gravest first.

        ``rule``, ``family``, ``severity``, ``message`` (a sentence that names the figure and the cell that it was
        printed in), ``found`` and ``expected``, ``value`` and ``count`` of figures concerned, whose and which figure it
        is, down to its ``row`` among :attr:`~migstat.Observations.figures`.
        """
        return self._back(self._findings)

    @property
    def rules(self) -> Any:
        """One row a rule that was applied: how much it checked, and how many findings it has, of which ``listed``."""
        return self._back(self._counted)

    @property
    def coverage(self) -> Any:
        """Cells by dimension and code: required, present, their share, and what stands in the others."""
        return self._back(self._measured.coverage)

    @property
    def residuals(self) -> Any:
        """How much of the value of leaves has a category of its own, and how much is other, in groups or totals.

        A balance (``net``) is left out: its parts may be larger than the whole.
        """
        return self._back(self._measured.residuals)

    @property
    def benchmark(self) -> Any:
        """Records beside the benchmark, None where none was given.

        One row a key of either side: ``state`` is ``"both"``, ``"only records"`` or ``"only benchmark"``.
        ``missing_records`` and ``missing_benchmark`` count figures without a value; with any there is no ``coverage``.
        """
        found = self._measured.benchmark
        return None if found is None else self._back(found)

    @property
    def comparability(self) -> Any:
        """Definitions two by two: how many fields differ of those that both state, which, and how."""
        return self._back(self._measured.comparability)

    @property
    def definitions(self) -> Any:
        """What definitions mean, one row a meaning: the vector that :attr:`comparability` compares."""
        return self._back(self._measured.vectors)

    @property
    def series(self) -> Any:
        """One row a series: reporter, corridor, first and last period, last ``break`` and ``why``, comparable length.

        ``length`` is in years, last - break + 1 (CC2 of the ESS); ``periods`` counts those with a figure,
        ``since_break`` those after the break.
        """
        return self._back(self._measured.series)

    @property
    def timeliness(self) -> Any:
        """One row a definition and reporter: its latest period, its release, lag, punctuality and age in days."""
        return self._back(self._measured.timeliness)

    @property
    def indicators(self) -> Any:
        """Indicators as numbers: name, value, numerator, denominator, unit, and the formula."""
        return self._back(indicators_of(self._measured, self._counted))

    def coverage_by(self, *names: str) -> Any:
        """Count cells by columns, and what stands in them.

        Parameters
        ----------
        *names : str
            Dimensions, ``reporter``, ``year``, ``period``, ``measure``, ``definition`` or ``basis``.

        Returns
        -------
        table
            One row a combination that occurs: ``cells``, ``present`` (with a value), and each kind of presence.

        Raises
        ------
        SchemaError
            For a column that is not there, or is named twice.

        Examples
        --------
        >>> import migstat as ms
        >>> report = ms.quality.report(ms.datasets.sri_lanka_departures_by_level(levels="printed"), rules=[])
        >>> report.coverage_by("year").head(2)[["year", "cells", "present", "missing"]].values.tolist()
        [['1975', 5, 3, 2], ['1976', 5, 4, 1]]
        """
        if len(set(names)) < len(names):
            message = f"coverage_by: a column is named twice in {', '.join(map(repr, names))}"
            raise SchemaError(message)
        return self._back(self._measured.counts(*names))

    def to_pandas(self) -> pd.DataFrame:
        """Give the findings as a pandas frame.

        Returns
        -------
        pandas.DataFrame
            As :attr:`findings`.

        Examples
        --------
        >>> import migstat as ms
        >>> len(ms.quality.report(ms.datasets.sri_lanka_departures(), rules=["sexes"]).to_pandas())
        0
        """
        return self._findings.copy()

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """Give all tables of the report as JSON.

        Parameters
        ----------
        path : path, optional
            A file to write too.

        Returns
        -------
        str
            An object of lists of rows: ``findings``, ``rules``, ``indicators``, ``coverage``, ``residuals``,
            ``benchmark``, ``comparability``, ``series`` and ``timeliness``.

        Examples
        --------
        >>> import json, migstat as ms
        >>> text = ms.quality.report(ms.datasets.asian_outflows(), rules=["windows"]).to_json()
        >>> json.loads(text)["findings"][0]["expected"]
        416294.0
        """
        measured = self._measured
        tables = {
            "findings": self._findings,
            "rules": self._counted,
            "indicators": indicators_of(measured, self._counted),
            "coverage": measured.coverage,
            "residuals": measured.residuals,
            "benchmark": measured.benchmark,
            "comparability": measured.comparability,
            "series": measured.series,
            "timeliness": measured.timeliness,
        }
        rows = {
            name: None
            if frame is None
            else json.loads(frame.to_json(orient="records", date_format="iso", date_unit="s"))
            for name, frame in tables.items()
        }
        text = json.dumps(rows, ensure_ascii=False, indent=1)
        if path is not None:
            _write(path, text)
        return text

    def to_html(self, path: str | PathLike[str] | None = None, *, title: str | None = None, examples: int = 10) -> str:
        """Give the report as a page that stands alone: no scripts, nothing from elsewhere, and it prints.

        Parameters
        ----------
        path : path, optional
            A file to write too.
        title : str, optional
            The heading; what the figures are, unless given.
        examples : int
            How many findings of each rule are shown; the page says how many more there are.

        Returns
        -------
        str
            HTML.

        Examples
        --------
        >>> import migstat as ms
        >>> page = ms.quality.report(ms.datasets.asian_outflows()).to_html()
        >>> page.startswith("<!doctype html>") and "<script" not in page
        True
        """
        from ._quality_html import page_of

        text = page_of(self, title=title, examples=examples)
        if path is not None:
            _write(path, text)
        return text

    def __repr__(self) -> str:
        from ._display_text import as_text
        from ._quality_words import short_of

        return as_text(short_of(self))

    def _repr_html_(self) -> str:
        from ._display_html import as_html
        from ._quality_words import short_of

        return as_html(short_of(self))


def _write(path: str | PathLike[str], text: str) -> None:
    from pathlib import Path

    Path(path).write_text(text, encoding="utf-8")


# ---- rules


def _run(measured: Measured, asked: Asked, most: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Apply the rules: findings as they are listed, and a row a rule."""
    import pandas as pd
    import pyarrow as pa

    listed, counted = measured.scan.run(asked.request(most))
    parts: list[pd.DataFrame] = [_plain(pa.table(listed).to_pandas())]
    rows = pa.table(counted).to_pandas().to_dict("records")
    for summary, options, severity in asked.summaries:
        found = [
            {**one, "severity": one.get("severity") or summary.severity} for one in summary.check(measured, **options)
        ]
        _settle(found, severity)
        rows.append(_counts(summary.name, summary.family, found, most))
        parts.append(_frame(found[:most], summary.name, summary.family))
    if asked.own:
        frame = measured.obs.to_pandas(full=True)
        for rule, options, severity in asked.own:
            found = list(_own(rule, frame, options))
            _settle(found, severity)
            rows.append(_counts(rule.name, rule.family, found, most))
            parts.append(_whereabouts(measured, _frame(found[:most], rule.name, rule.family)))
    parts = [part for part in parts if len(part)] or parts[:1]
    findings = pd.concat(parts, ignore_index=True).reindex(columns=list(COLUMNS))
    findings = findings.astype({"count": "Int64", "definition": "Int64", "row": "Int64"})
    names = ["rule", "family", *_COUNTED]
    return findings, pd.DataFrame(rows, columns=names).astype(dict.fromkeys(_COUNTED, "int64"))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Give codes as text."""
    for name in frame.columns:
        if frame[name].dtype.name == "category":
            frame[name] = frame[name].astype(object)
    return frame


def _settle(found: list[dict[str, Any]], severity: str | None) -> None:
    """Put the gravest first, by the value that they concern, and where one severity is wanted give them that."""
    if severity is not None:
        for one in found:
            one["severity"] = severity
    found.sort(key=lambda one: (_GRAVITY[one["severity"]], -(one.get("value") or 0), -(one.get("count") or 1)))


def _counts(name: str, family: str, found: list[dict[str, Any]], most: int) -> dict[str, Any]:
    times = [sum(one["severity"] == severity for one in found) for severity in _GRAVITY]
    counts = dict(zip(("errors", "warnings", "notes"), times, strict=True))
    return {
        "rule": name,
        "family": family,
        "findings": len(found),
        **counts,
        "listed": min(len(found), most),
        "checked": 0,
    }


def _frame(found: list[dict[str, Any]], name: str, family: str) -> pd.DataFrame:
    import pandas as pd

    rows = [{"count": 1, **one, "rule": name, "family": family} for one in found]
    for one in rows:
        # What is said of a figure follows its name.
        if one.get("row") is None:
            one["message"] = f"{one['message'][:1].upper()}{one['message'][1:]}"
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"found": "float64", "expected": "float64", "value": "float64"})


def _own(rule: Rule, frame: pd.DataFrame, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give what a rule of the user's yields, checked."""
    try:
        for one in rule.check(frame.copy(deep=False), **options) or ():
            yield _checked(rule, one)
    except SchemaError:
        raise
    except Exception as error:
        error.add_note(f"in the rule {rule.name!r}")
        raise


def _checked(rule: Rule, one: Any) -> dict[str, Any]:
    found = {"message": one} if isinstance(one, str) else dict(one) if hasattr(one, "keys") else None
    if found is None or not isinstance(found.get("message"), str):
        message = f"rule {rule.name!r} gave {one!r}: expected a sentence, or a mapping with 'message'"
        raise SchemaError(message)
    found.setdefault("severity", rule.severity)
    found["message"] = clean(found["message"])
    strange = [name for name in found if name not in COLUMNS or name in ("rule", "family")]
    if strange or found["severity"] not in _GRAVITY:
        what = f"severity {found['severity']!r}" if not strange else f"{strange[0]!r}"
        message = f"rule {rule.name!r} gave a finding with {what}: a finding may have {', '.join(COLUMNS[2:])}"
        raise SchemaError(message)
    for name in ("found", "expected", "value", "count", "row"):
        given = found.get(name)
        # What is missing in a frame is no number.
        if given is not None and name != "row" and given != given:
            given = found[name] = None
        if given is None:
            found.pop(name, None)
            continue
        whole = name in ("count", "row")
        is_number = not isinstance(given, bool) and isinstance(given, numbers.Real)
        if not is_number or (whole and float(given) % 1 != 0):
            message = f"rule {rule.name!r} gave {name}={given!r}: expected a {'whole ' if whole else ''}number"
            raise SchemaError(message)
        found[name] = int(float(given)) if whole else float(given)
    return found


def _whereabouts(measured: Measured, frame: pd.DataFrame) -> pd.DataFrame:
    """Say of findings that name a row what it is of and where it was printed."""
    import pyarrow as pa

    known = frame.row.notna()
    if not known.any():
        return frame
    rows = [int(row) for row in frame.row[known]]
    if min(rows) < 0:
        message = f"row {min(rows)}: rows are counted from 0"
        raise SchemaError(message)
    said = _plain(pa.table(measured.scan.describe(rows, frame.message[known].tolist())).to_pandas())
    for name in said.columns:
        frame[name] = frame[name].astype(object)
        frame.loc[known, name] = said[name].astype(object).to_numpy()
    return frame
