"""Correction factors by double entry: what each reporter's figures are multiplied by to agree with its partners'."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from . import _core
from ._frame import back, kind_of
from ._reconcile_double_entry_request import pairs_of, request_of
from .errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ._reconcile_double_entry_request import Pairs
    from ._typing import Frame, Kind

__all__ = ["DoubleEntry", "double_entry"]

Method: TypeAlias = Literal["least-squares", "log-linear", "sequential"]
Estimate: TypeAlias = Literal["mean", "receiving", "sending", "inverse-variance"]
Decision: TypeAlias = Literal["inflow", "outflow", "mean", "exclude"]


def double_entry(
    pairs: Frame,
    *,
    origin: str = "origin",
    destination: str = "destination",
    year: str | None = "year",
    inflow: str = "inflow",
    outflow: str = "outflow",
    method: Method = "least-squares",
    weights: str = "equal",
    normalise: Literal["sum", "reference"] = "sum",
    reference: str | Sequence[str | tuple[str, str]] | None = None,
    per: str | Sequence[str] | None = None,
    regimes: Mapping[Any, Sequence[int]] | Literal["definition"] | None = None,
    publisher: Literal["Eurostat", "national"] = "Eurostat",
    decisions: Mapping[tuple[Any, ...], Decision] | Frame | None = None,
    estimate: Estimate = "mean",
    bounds: tuple[float, float] | None = None,
    disconnected: Literal["raise", "null"] = "raise",
    only_comparable: bool = True,
    by: Sequence[str] = (),
) -> DoubleEntry:
    """Find what each reporter's figures are multiplied by, so that both ends of each move agree.

    Parameters
    ----------
    pairs : table
        A row a pair of reports, such as ``ms.reconcile.mirror`` gives: ``origin``, ``destination``, ``year``,
        ``inflow`` (as the destination reports) and ``outflow`` (as the origin reports). A report that is missing is not
        reported, never 0. Rows whose column ``part``, if there is one, is true are left out where the table also has
        the row that they are in.
    origin, destination, year, inflow, outflow : str
        Names of the columns. Where there is no column ``year``, ``period_start`` and ``period_end`` are taken if they
        are there; ``year=None`` takes none.
    method : {"least-squares", "log-linear", "sequential"}
        See Notes.
    weights : str
        ``equal``, ``relative`` (1 over the sum of both reports, so that large flows do not decide all), or the name of
        a column.
    normalise : {"sum", "reference"}
        What makes factors definite: adjusted reports add up to the reports, or the inflow of ``reference`` is right.
    reference : str or sequence, optional
        The receiving reporter whose factor is 1, which implies ``normalise="reference"``; several, where pairs do not
        connect all reporters, one for each part. ``("AUT", "from 2007")`` names a regime.
    per : str or sequence of str, optional
        Columns, such as ``"year"``, of which each value has factors of its own. Without it all years have the same. A
        total in such a column, such as ``sex="_T"``, has factors beside those of its parts.
    regimes : mapping or "definition", optional
        Reporters that have a factor for each rule they counted by: ``{"AUT": [2007], ("POL", "outflow"): [2009]}``
        names years in which new rules began. ``"definition"`` takes the columns ``inflow_definition`` and
        ``outflow_definition`` if they are there, else the minimum stays that :func:`migstat.durations.criteria` lists.
    publisher : {"Eurostat", "national"}
        Whose minimum stays ``regimes="definition"`` takes.
    decisions : mapping or table, optional
        What is known of single pairs: ``{("POL", "DEU"): "inflow", ("DEU", "SWE", 2005): "exclude"}``, or a table with
        the columns ``origin``, ``destination``, ``decision`` and, if wanted, ``year``. ``inflow``, ``outflow`` and
        ``mean`` say which adjusted report stands for the pair; ``exclude`` keeps it out of the fit.
    estimate : {"mean", "receiving", "sending", "inverse-variance"}
        What stands for pairs with both reports. The last is their mean, weighted by how well the adjusted reports of
        either reporter agree with its partners'; the plain mean where one of them has a single pair in the fit. A pair
        with one report has that one, adjusted.
    bounds : tuple of float, optional
        The least and the most that a factor may be; for least squares with a reference.
    disconnected : {"raise", "null"}
        What to do with reporters that no pair connects with the others (or with a reference): refuse, or leave them
        without factors. In the sum form the part with the most pairs has factors.
    only_comparable : bool
        Keep pairs out of the fit whose column ``comparable``, if there is one, is false.
    by : sequence of str
        More columns that tell rows apart, beside the year and dimensions such as ``sex`` and ``age``.

    Returns
    -------
    DoubleEntry
        With ``factors``, ``reconciled`` and ``method``.

    Raises
    ------
    SchemaError
        For reporters that cannot be compared, naming them and what to do; for negative figures, two rows that say the
        same, totals beside their parts, and decisions on pairs that are not there.

    Notes
    -----
    Least squares (Poulain 1993, *European Journal of Population* 9, doi 10.1007/BF01265643): factors α of inflows I
    and β of outflows E minimise Σ w (αⱼ Iᵢⱼ − βᵢ Eᵢⱼ)² over the pairs with both reports, subject to
    Σ (αⱼ Iᵢⱼ + βᵢ Eᵢⱼ) = Σ (Iᵢⱼ + Eᵢⱼ), or to α = 1 for a trusted register (Poulain and Dal 2008; de Beer, Raymer, van
    der Erf and van Wissen 2010, *European Journal of Population* 26, doi 10.1007/s10680-010-9220-z, take Sweden's). The
    equations are solved, not iterated towards: factors are positive, and unique where pairs connect all reporters. The
    formulas are as recalled from these papers; their tables are not reproduced here.

    The sum form shrinks: where reports disagree, small factors fit better, so that all come out too low. Never compare
    or average factors of different normalisations or weights; ``method`` says which they are.

    Log-linear: minimises Σ w (ln αⱼIᵢⱼ − ln βᵢEᵢⱼ)², a two-way analysis of variance; pairs with a zero are left out and
    counted. Sequential (after van der Erf and van der Gaag 2007, for comparison): reports are ranked by what they count
    beside their partners, the best is right, and each next one is brought to those before it; ``step`` is the order.

    Examples
    --------
    >>> import migstat as ms
    >>> pairs = {
    ...     "origin": ["SWE", "SWE", "DEU", "DEU", "POL", "POL"],
    ...     "destination": ["DEU", "POL", "SWE", "POL", "SWE", "DEU"],
    ...     "inflow": [5000, 300, 3800, 12000, 2500, 112500],
    ...     "outflow": [3800, 1425, 4560, 72000, 250, 9000],
    ... }
    >>> found = ms.reconcile.double_entry(pairs, reference="SWE")
    >>> found.factors[["reporter", "direction", "factor"]].round(4)
      reporter direction   factor
    0      DEU    inflow   0.8000
    1      DEU   outflow   0.8333
    2      POL    inflow   5.0000
    3      POL   outflow  10.0000
    4      SWE    inflow   1.0000
    5      SWE   outflow   1.0526
    >>> found.reconciled.query("origin == 'POL'")[["destination", "inflow", "outflow", "value"]].round()
      destination  inflow  outflow    value
    4         SWE    2500      250   2500.0
    5         DEU  112500     9000  90000.0
    """
    table = pairs_of(pairs, (origin, destination, inflow, outflow), year, weights, per, by, only_comparable, regimes)
    asked = request_of(
        table,
        method=method,
        weights=weights,
        normalise=normalise,
        reference=reference,
        regimes=regimes,
        publisher=publisher,
        decisions=decisions,
        estimate=estimate,
        bounds=bounds,
        disconnected=disconnected,
    )
    made = _core.double_entry(table.arrow, json.dumps(asked))
    return DoubleEntry(made, table, asked, kind_of(pairs))


class DoubleEntry:
    """Factors by double entry, and the pairs as they are with them; :func:`migstat.reconcile.double_entry` makes it."""

    def __init__(self, core: _core.DoubleEntry, pairs: Pairs, request: dict[str, Any], kind: Kind) -> None:
        self._core = core
        self._pairs = pairs
        self._request = request
        self._kind = kind

    @cached_property
    def _factors(self) -> pa.Table:
        return self._with_groups(self._core.factors(), [] if self._request["method"] == "sequential" else ["step"])

    @cached_property
    def _systems(self) -> pa.Table:
        return self._with_groups(self._core.systems(), [])

    @cached_property
    def _reconciled(self) -> pa.Table:
        import pyarrow as pa

        columns = self._pairs.columns
        made = pa.table(self._core.reconciled())
        keys = list(dict.fromkeys([columns["origin"], columns["destination"], *columns["keys"]]))
        names = [*keys, columns["inflow"], columns["outflow"]]
        if twice := [name for name in names if name in made.column_names]:
            message = f"the column {twice[0]!r} of the pairs has the name of a column of the result; rename it"
            raise SchemaError(message)
        given = self._pairs.arrow.select(names)
        return pa.table([*given.columns, *made.columns], names=[*names, *made.column_names])

    def _with_groups(self, table: Any, left_out: Sequence[str]) -> pa.Table:
        """Put the values of the columns of per= in the place of the numbers of groups."""
        import pyarrow as pa

        whole = pa.table(table)
        per = self._pairs.columns["per"]
        rows = np.array(self._core.first_rows(), dtype=np.int64)[whole["group"].to_numpy()]
        given = self._pairs.arrow.select(per).take(rows) if per else None
        kept = [name for name in whole.column_names if name not in ("group", *left_out)]
        columns = [*(given.columns if given is not None else []), *(whole[name] for name in kept)]
        return pa.table(columns, names=[*per, *kept])

    @property
    def factors(self) -> Any:
        """The factors, a row a reporter and direction.

        ``reporter``; ``direction``: what it reports as a destination (``inflow``) or as an origin (``outflow``);
        ``regime``; ``factor``; ``pairs`` of the fit that it is in; ``anchor``, whether the factor was given; ``flag``,
        why there is none or what holds it. The columns of ``per`` come first.
        """
        return back(self._kind, self._factors)

    @property
    def reconciled(self) -> Any:
        """All pairs, in the order in which they came.

        Both reports as they were given, ``inflow_factor`` and ``outflow_factor``, ``adjusted_inflow`` and
        ``adjusted_outflow``, ``residual`` (the logarithm of their ratio; missing where one is 0), ``value``, ``basis``,
        which report was ``used`` for it, the ``decision``, whether the pair is in the fit (``fitted``), and ``why`` not
        or why it has no value.
        """
        return back(self._kind, self._reconciled)

    @property
    def residuals(self) -> Any:
        """Pairs of the fit with their adjusted reports and residual, the largest first.

        A residual is ln(adjusted inflow / adjusted outflow). Those without one, where one report is 0, come last.
        """
        return back(self._kind, _ranked(self._fitted_rows()))

    @property
    def systems(self) -> Any:
        """How each part that was fitted by itself was: pairs, reporters, anchor, objective, iterations and residual."""
        return back(self._kind, self._systems)

    @cached_property
    def method(self) -> dict[str, Any]:
        """How the factors were found: to be kept with them."""
        asked, systems = self._request, self._systems
        references = [code if regime is None else f"{code} ({regime})" for code, regime in asked["references"]]
        return {
            "method": asked["method"],
            "normalise": "reference" if references else "sum",
            "reference": references,
            "weights": self._pairs.weights,
            "per": list(self._pairs.columns["per"]),
            "regimes": self._pairs.regimes,
            "bounds": asked["bounds"],
            "estimate": asked["estimate"],
            "decisions": asked["decisions"],
            "disconnected": "null" if asked["leave_out"] else "raise",
            "pairs": dict(self._core.counts()),
            "components": systems.num_rows,
            "objective": float(np.sum(systems["objective"].to_numpy())),
            "iterations": int(max(systems["iterations"].to_pylist(), default=0)),
            "residual": float(max(systems["residual"].to_pylist(), default=0.0)),
        }

    def suspects(self, threshold: float = float(np.log(2)), *, zeros: bool = True) -> Any:
        """List the pairs whose adjusted reports are far apart: those to decide on.

        Parameters
        ----------
        threshold : float
            How large a residual, ln(adjusted inflow / adjusted outflow), may be on either side: ln 2 lets one report be
            twice the other.
        zeros : bool
            Also list pairs where one report is 0 and the other is not, which have no residual; after the others, the
            largest first.

        Returns
        -------
        table
            As ``residuals``, those beyond the threshold only.

        Examples
        --------
        >>> import migstat as ms
        >>> codes = ["AUT", "DEU", "POL", "SWE"]
        >>> both = [(origin, destination) for origin in codes for destination in codes if origin != destination]
        >>> origins, destinations = zip(*both)
        >>> pairs = {"origin": origins, "destination": destinations, "inflow": [100] * 12, "outflow": [100] * 12}
        >>> pairs["outflow"][both.index(("POL", "DEU"))] = 10
        >>> found = ms.reconcile.double_entry(pairs, method="log-linear", reference="SWE")
        >>> found.suspects()[["origin", "destination", "residual"]].round(2)
          origin destination  residual
        0    POL         DEU      0.96
        >>> again = ms.reconcile.double_entry(pairs, reference="SWE", decisions={("POL", "DEU"): "exclude"})
        >>> set(again.factors.factor)
        {1.0}
        """
        if not (isinstance(threshold, float | int | np.floating) and threshold >= 0):
            message = f"threshold={threshold!r}: expected a number of at least 0, such as 0.7"
            raise SchemaError(message)
        rows = self._fitted_rows()
        residual = np.abs(rows["residual"].to_numpy())
        far = residual > threshold
        if zeros:
            far |= np.isnan(residual)
        return back(self._kind, _ranked(rows.filter(far)))

    def _fitted_rows(self) -> pa.Table:
        """Pairs of the fit."""
        whole = self._reconciled
        left_out = {"inflow_factor", "outflow_factor", "basis", "used", "fitted", "why", "decision"}
        rows = whole.filter(whole["fitted"])
        return rows.select([name for name in rows.column_names if name not in left_out])

    def to_pandas(self) -> pd.DataFrame:
        """Give the reconciled pairs as pandas."""
        found: pd.DataFrame = back("pandas", self._reconciled)
        return found

    def to_polars(self) -> Any:
        """Give the reconciled pairs as polars."""
        return back("polars", self._reconciled)

    def to_arrow(self) -> pa.Table:
        """Give the reconciled pairs as pyarrow; the method is in the metadata, as JSON."""
        whole = self._reconciled
        return whole.replace_schema_metadata({"migstat.double_entry": json.dumps(self.method)})

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        """Count the pairs that came in."""
        return int(self._pairs.arrow.num_rows)

    def __repr__(self) -> str:
        from ._reconcile_double_entry_display import text

        return text(self)

    def _repr_html_(self) -> str:
        from ._reconcile_double_entry_display import html

        return html(self)


def _ranked(rows: pa.Table) -> pa.Table:
    """Order pairs by the size of their residual, those without one by their larger report."""
    residual = rows["residual"].to_numpy()
    larger = np.fmax(rows["adjusted_inflow"].to_numpy(), rows["adjusted_outflow"].to_numpy())
    order = np.lexsort((-larger, -np.abs(np.nan_to_num(residual)), np.isnan(residual)))
    return rows.take(order)
