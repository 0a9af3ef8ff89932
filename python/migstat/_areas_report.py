"""What became of the labels of a column, and what to do about those that stand for no area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from . import _core
from ._areas_column import as_arrow, chunked, labels_of, options, whole, years_column, years_of
from ._areas_known import name_of
from ._areas_words import confidence_said, near, near_said, reason
from ._display_html import as_html
from ._display_text import Fact, Item, Report as Said, as_text, counted
from ._frame import back, kind_of
from .errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from ._areas_column import Scheme
    from ._typing import Column, Kind

__all__ = ["Report", "report"]

#: Labels without an area for which near names are looked up in a table.
_LOOKED_UP = 200
#: Labels that are named on one line.
_ON_A_LINE = 3

_RESOLVED = ("matched", "former", "aggregate", "residual")


@dataclass(frozen=True, repr=False, eq=False)
class Report:
    """What became of the labels of a column; printed, it says what to do next.

    The tables are of the caller's kind (pandas for lists and numpy), one row a label, those with most rows first.
    Where the years were a column, a label has a row for each of its years, with ``year``.

    Attributes
    ----------
    rows, blank, labels : int
        Rows of the column, rows without a label, and distinct labels.
    scheme : str or None
        The list of codes that the column was found to be written in; None where it was declared, or was not told.
    evidence : tuple of int or None
        Of how many labels how many are codes of that list.
    counts : table
        ``state``, ``rows`` and ``labels``.
    unmatched : table
        Labels that are not known: ``label``, ``rows``, ``first_row``, ``near`` (names that read like it; of the
        200 labels with most rows) and ``reason`` (such as ``capital of RUS``, where that is known).
    ambiguous : table
        Labels that mean several areas: ``label``, ``rows``, ``first_row``, ``candidates``.
    guessed : table
        Labels read with a confidence below 1: ``label``, ``rows``, ``first_row``, ``code``, ``rule``,
        ``confidence``, ``read_as``; the least sure first.
    former : table
        Labels of former states: ``label``, ``rows``, ``first_row``, ``code``, ``outlived``.
    aggregates : table
        Labels of regions, groups and totals: ``label``, ``rows``, ``first_row``, ``code``.
    """

    rows: int
    blank: int
    labels: int
    scheme: str | None
    evidence: tuple[int, int] | None
    _table: pa.Table = field()
    _kind: Kind = field()

    def to_frame(self) -> Any:
        """Give the whole table.

        Returns
        -------
        table
            One row a label: ``label``, ``rows``, ``first_row``, ``code``, ``state``, ``rule``, ``confidence``,
            ``candidates``, ``outlived``, ``read_as``, ``language``, ``source``.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.areas.report(["Nepal", "Nepal", "Congo"]).to_frame()[["label", "rows", "state"]]
           label  rows      state
        0  Nepal     2    matched
        1  Congo     1  ambiguous
        """
        return back(self._kind, self._table)

    def overrides(self, *, guessed: bool = False) -> dict[str, str | None]:
        """Give the labels without an area as a mapping to fill in and to pass as ``overrides``.

        Parameters
        ----------
        guessed : bool
            Whether to list the guesses too, with the codes that were guessed, to be confirmed or mended.

        Returns
        -------
        dict
            Label -> None, those with most rows first. What stays None is as if it were not there.

        Examples
        --------
        >>> import migstat as ms
        >>> column = ["Congo", "Narnia", "Saudi Arabai"]
        >>> ms.areas.report(column).overrides()
        {'Congo': None, 'Narnia': None}
        >>> answers = ms.areas.report(column).overrides(guessed=True) | {"Congo": "COD"}
        >>> answers
        {'Congo': 'COD', 'Narnia': None, 'Saudi Arabai': 'SAU'}
        >>> ms.areas.resolve(column, overrides=answers)
        ['COD', None, 'SAU']
        """
        labels = [row["label"] for row in self._of("ambiguous", "unknown")]
        found: dict[str, str | None] = dict.fromkeys(label for label in labels if label.strip())
        if guessed:
            found |= {row["label"]: row["code"] for row in self._guessed}
        return found

    @property
    def counts(self) -> Any:
        """How many rows and labels are of each state."""
        return self._frame(["state", "rows", "labels"], [(state, *of) for state, of in self._states.items()])

    @property
    def unmatched(self) -> Any:
        """Labels that are not known."""
        rows = [
            (*self._head(row), near_said(near(row["label"])) or None if at < _LOOKED_UP else None, reason(row["label"]))
            for at, row in enumerate(self._of("unknown"))
        ]
        return self._frame([*self._heads, "near", "reason"], rows)

    @property
    def ambiguous(self) -> Any:
        """Labels that mean several areas."""
        return self._picked(self._of("ambiguous"), "candidates")

    @property
    def guessed(self) -> Any:
        """Labels that were read with a confidence below 1."""
        return self._picked(self._guessed, "code", "rule", "confidence", "read_as")

    @property
    def former(self) -> Any:
        """Labels of former states."""
        return self._picked(self._of("former"), "code", "outlived")

    @property
    def aggregates(self) -> Any:
        """Labels of regions, groups and totals."""
        return self._picked(self._of("aggregate"), "code")

    # ---- the rows

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._table.to_pylist()
        return sorted(rows, key=lambda row: -row["rows"])

    def _of(self, *states: str) -> list[dict[str, Any]]:
        return [row for row in self._rows if row["state"] in states]

    @property
    def _guessed(self) -> list[dict[str, Any]]:
        found = [row for row in self._rows if row["confidence"] is not None and row["confidence"] < 1]
        return sorted(found, key=lambda row: row["confidence"])

    @property
    def _states(self) -> dict[str, tuple[int, int]]:
        found = {}
        for state in (*_RESOLVED, "ambiguous", "unknown"):
            rows = self._of(state)
            if rows:
                found[state] = (sum(row["rows"] for row in rows), len({row["label"] for row in rows}))
        return found | ({"blank": (self.blank, 0)} if self.blank else {})

    @property
    def _heads(self) -> list[str]:
        return [name for name in ("label", "year", "rows", "first_row") if name in self._table.column_names]

    def _head(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in self._heads)

    def _picked(self, rows: Sequence[Mapping[str, Any]], *names: str) -> Any:
        names = (*self._heads, *names)
        return self._frame(names, [tuple(row[name] for name in names) for row in rows])

    def _frame(self, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Any:
        import pyarrow as pa

        kinds = {each.name: each.type for each in self._table.schema} | {"labels": pa.int64()}
        columns = {}
        for at, name in enumerate(names):
            kind = kinds.get(name, pa.string())
            kind = pa.string() if pa.types.is_dictionary(kind) else kind
            columns[name] = pa.array([row[at] for row in rows], kind)
        return back(self._kind, pa.table(columns))

    # ---- what is said

    def __repr__(self) -> str:
        return as_text(self._said())

    def _repr_html_(self) -> str:
        return as_html(self._said())

    def _said(self) -> Said:
        blank = f", {counted(self.blank, 'blank row')}" if self.blank else ""
        title = f"{counted(self.rows, 'row')}, {counted(self.labels, 'distinct label')}{blank}"
        facts = []
        if self.scheme is not None and self.evidence is not None:
            of, fit = self.evidence
            facts.append(
                Fact("scheme", [Item(f"{self.scheme}, inferred: {fit:,} of {counted(of, 'label')} are codes of it")])
            )
        states = [(state, rows, labels) for state, (rows, labels) in self._states.items() if state != "blank"]
        said = (
            f"{rows:,} {state} ({f'{labels:,}' if at else counted(labels, 'label')})"
            for at, (state, rows, labels) in enumerate(states)
        )
        facts.append(Fact("rows", [Item(", ".join(said) or "none with a label")], most=2))
        facts += self._lists()
        facts.append(Fact("next", [Item(self._advice())], most=2))
        return Said("Areas", title, facts)

    def _lists(self) -> list[Fact]:
        def listed(label: str, rows: list[dict[str, Any]], most: int, say: Callable[[dict[str, Any]], str]) -> Fact:
            shown = [Item(f'"{row["label"]}" {say(row)}'.rstrip(), f"({_rows_said(row)})") for row in rows[:most]]

            def more(count: int) -> str:
                return "" if count >= len(rows) else f"and {len(rows) - count:,} more: .{label}"

            return Fact(label, shown, most=most, more=more)

        def named(label: str, rows: list[dict[str, Any]]) -> Fact:
            said = list(dict.fromkeys(f'"{row["label"]}" {row["code"]}' for row in rows))
            more = f"and {len(said) - _ON_A_LINE:,} more" if len(said) > _ON_A_LINE else ""
            return Fact(label, [Item(", ".join(said[:_ON_A_LINE]), more)] if said else [])

        lists = [
            listed("unmatched", self._of("unknown"), 4, _why_unmatched),
            listed("ambiguous", self._of("ambiguous"), 2, lambda row: " or ".join(row["candidates"].split())),
            listed("guessed", self._guessed, 2, _guess_said),
            named("former", self._of("former")),
            named("aggregates", self._of("aggregate")),
        ]
        return [fact for fact in lists if fact.items]

    def _advice(self) -> str:
        if self._of("unknown", "ambiguous"):
            return "fill in answers = report.overrides(), then areas.resolve(column, overrides=answers)"
        if self._guessed:
            return "every label has an area; look at report.guessed, or refuse guesses by typos=False"
        return "every label has an area: areas.resolve(column)" if self.labels else "there is nothing to read"


def _rows_said(row: Mapping[str, Any]) -> str:
    year = f"{row['year']}, " if row.get("year") is not None else ""
    return f"{year}{counted(row['rows'], 'row')}, first {row['first_row']:,}"


def _why_unmatched(row: Mapping[str, Any]) -> str:
    label = row["label"]
    if not label.strip():
        return "is blank"
    why = reason(label)
    if why is not None:
        return why
    found = near(label, 2)
    return f"reads like {near_said(found)}" if found else ""


def _guess_said(row: Mapping[str, Any]) -> str:
    return f"{row['code']}, {name_of(row['code'])}: {row['rule']}, {confidence_said(row['confidence'])}"


def report(
    column: Column,
    *,
    year: int | Column | None = None,
    scheme: Scheme | None = None,
    source: str | None = None,
    overrides: Mapping[str, str | None] | None = None,
    typos: bool | float = True,
) -> Report:
    """Say what became of the labels of a column, and what to do about those that stand for no area.

    Parameters
    ----------
    column, year, scheme, source, overrides, typos
        See :func:`resolve`.

    Returns
    -------
    Report
        With the tables ``counts``, ``unmatched``, ``ambiguous``, ``guessed``, ``former`` and ``aggregates``, the
        whole as ``to_frame()``, and ``overrides()`` to fill in.

    Raises
    ------
    SchemaError, CodeError
        See :func:`resolve`.

    Examples
    --------
    >>> import migstat as ms
    >>> column = ["Nepal", "Saudi Arabai", "Congo", "Congo", "Narnia", "North Yemen", None]
    >>> ms.areas.report(column)
    Areas: 7 rows, 5 distinct labels, 1 blank row
    rows       2 matched (2 labels), 1 former (1), 2 ambiguous (1), 1 unknown (1)
    unmatched  "Narnia" ... (1 row, first 4)
    ambiguous  "Congo" COG or COD (2 rows, first 2)
    guessed    "Saudi Arabai" SAU, Saudi Arabia: misspelt name, 0.99 (1 row, first 1)
    former     "North Yemen" YEM-1990
    next       fill in answers = report.overrides(), then areas.resolve(column, overrides=answers)
    >>> ms.areas.report(column).guessed[["label", "code", "read_as"]]
              label code       read_as
    0  Saudi Arabai  SAU  Saudi Arabia
    """
    if isinstance(column, str):
        message = f"report takes a column of labels; for one label ask areas.explain({column!r})"
        raise SchemaError(message)
    values = whole(column)
    one, many = years_of(year, values)
    labels, years = chunked(labels_of(values)), years_column(many)
    table, told = _core.report_areas(labels, options(one, scheme, source, overrides, typos), years)
    found = as_arrow(table)
    if years is not None:
        found = found.add_column(1, "year", chunked(years).take(found.column("first_row")))
    return Report(
        rows=len(labels),
        blank=len(labels) - sum(found.column("rows").to_pylist()),
        labels=len(found.column("label").unique()),
        scheme=None if told is None else told[0],
        evidence=None if told is None else told[1:],
        _table=found,
        _kind=kind_of(values),
    )
