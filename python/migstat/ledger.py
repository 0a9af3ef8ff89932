"""The account that travels with every result."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _core

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["Ledger"]


@dataclass(frozen=True)
class Ledger:
    """What every operation did with every row and every unit of value: in = out + set aside + adjustment.

    Attributes
    ----------
    steps : list of dict
        The operations in order, each with ``operation``, ``accounts`` (one for each definition, with ``taken``,
        ``out``, ``set_aside`` and ``adjustments``) and ``findings``. A ``value`` is a list of numbers whose exact sum
        is meant, nearly always one.

    Examples
    --------
    >>> import migstat as ms
    >>> ledger = ms.datasets.sri_lanka_departures().ledger
    >>> ledger.check()
    >>> ledger.steps[0]["operation"]
    'harmonise'
    """

    _json: str

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The operations in order."""
        steps: list[dict[str, Any]] = json.loads(self._json)["steps"]
        return steps

    def check(self) -> None:
        """Verify that every account balances, exactly.

        Raises
        ------
        LedgerError
            Naming the step, the definition, both sides and what is unaccounted for.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.datasets.sri_lanka_departures().ledger.check()
        """
        _core.check_ledger(self._json)

    def to_json(self) -> str:
        """Give the ledger as JSON.

        Returns
        -------
        str
            JSON that :meth:`from_json` reads back, exactly.

        Examples
        --------
        >>> import migstat as ms
        >>> ledger = ms.datasets.sri_lanka_departures().ledger
        >>> ms.Ledger.from_json(ledger.to_json()) == ledger
        True
        """
        return self._json

    @classmethod
    def from_json(cls, text: str) -> Ledger:
        """Read what :meth:`to_json` wrote.

        Parameters
        ----------
        text : str
            JSON of a ledger.

        Returns
        -------
        Ledger
            The ledger; :meth:`check` verifies it.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.Ledger.from_json('{"steps": []}').steps
        []
        """
        return cls(text)

    def to_pandas(self) -> pd.DataFrame:
        """Give the accounts as one table.

        Returns
        -------
        pandas.DataFrame
            One row for each side of each account: ``step``, ``operation``, ``definition`` (its title), ``unit``,
            ``side`` (``in``, ``out``, ``set aside``, ``adjustment``), ``reason``, ``rows``, ``missing`` (rows without
            a value), ``value``.

        Examples
        --------
        >>> import migstat as ms
        >>> table = ms.datasets.sri_lanka_departures().ledger.to_pandas()
        >>> table.query("side == 'out'").value.tolist()
        [18428.0, 171254.0, 155572.0]
        """
        import pandas as pd

        return pd.DataFrame(
            self._sides(),
            columns=["step", "operation", "definition", "unit", "side", "reason", "rows", "missing", "value"],
        )

    def _sides(self) -> Iterator[tuple[object, ...]]:
        for number, step in enumerate(self.steps):
            for account in step["accounts"]:
                head = (number, step["operation"], account["title"], account["unit"])
                sides = [("in", "", account["taken"]), ("out", "", account["out"])]
                sides += [("set aside", each["reason"], each["tally"]) for each in account["set_aside"]]
                sides += [("adjustment", each["reason"], each["tally"]) for each in account["adjustments"]]
                for side, reason, tally in sides:
                    yield (*head, side, reason, tally["rows"], tally["missing"], math.fsum(tally["value"]))

    def findings(self) -> list[dict[str, Any]]:
        """List what the operations saw, warnings first.

        Returns
        -------
        list of dict
            Each with ``severity`` (``warning``, ``assumption`` or ``note``), ``message``, ``tally`` and
            ``examples``.

        Examples
        --------
        >>> import migstat as ms
        >>> found = ms.datasets.sri_lanka_departures().ledger.findings()
        >>> found[0]["severity"]
        'warning'
        """
        found = [finding for step in self.steps for finding in step["findings"]]
        return sorted(found, key=lambda finding: ["warning", "assumption", "note"].index(finding["severity"]))

    def __repr__(self) -> str:
        from ._display import ledger_text

        return ledger_text(self)

    def _repr_html_(self) -> str:
        from ._display import ledger_html

        return ledger_html(self)
