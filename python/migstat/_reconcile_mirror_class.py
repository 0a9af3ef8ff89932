"""Pairs of reports as they are met."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from ._frame import back
from ._reconcile_mirror_cells import coverage_of, human, matrix_of
from .errors import one_of
from .ledger import Ledger

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from ._core import Mirror as CoreMirror
    from ._typing import Kind

__all__ = ["Mirror"]


class Mirror:
    """Movements as both of their ends report them, made by :func:`migstat.reconcile.mirror`.

    Examples
    --------
    >>> import migstat as ms
    >>> table = {"to": ["SWE", "SWE"], "what": ["inflow", "outflow"], "n": [120, 100]}
    >>> stated = dict(origin="NOR", year=2015)
    >>> obs = ms.harmonise(table, destination="to", definition={"measure": "what"}, value="n", constants=stated)
    >>> pairs = ms.reconcile.mirror(obs)
    >>> len(pairs), pairs.to_pandas().state.tolist()
    (1, ['both'])
    """

    __slots__ = ("__weakref__", "_core", "_kind", "_summed")
    _core: CoreMirror
    _kind: Kind
    #: Dimensions in which parts were to be added up.
    _summed: tuple[str, ...]

    @classmethod
    def _of(cls, core: CoreMirror, kind: Kind, summed: Iterable[str] = ()) -> Mirror:
        made = cls.__new__(cls)
        made._core = core
        made._kind = kind
        made._summed = tuple(summed)
        return made

    def __len__(self) -> int:
        return len(self._core.pairs())

    @property
    def ledger(self) -> Ledger:
        """The account of every figure: paired, without a report of the other end, or set aside, by reason.

        Each definition has an account of its leaves, and one of its printed totals.
        """
        return Ledger(self._core.ledger())

    @property
    def definitions(self) -> pd.DataFrame:
        """What ``inflow_definition`` and ``outflow_definition`` point to; after conversion, if flows were converted."""
        import pyarrow as pa

        whole: pd.DataFrame = pa.table(self._core.definitions()).to_pandas().set_index("definition")
        return whole.dropna(axis="columns", how="all")

    def to_arrow(self, *, full: bool = False) -> pa.Table:
        """Give the pairs as a pyarrow table.

        Parameters
        ----------
        full : bool
            Also what is the same in every row, the dates of calendar years, and ``log_ratio_half``.

        Returns
        -------
        pyarrow.Table
            In the order of the codes. ``family`` (where there are several), ``origin``, ``destination``, dimensions
            such as ``sex``, ``year`` (or ``period_start`` and ``period_end``); ``inflow`` and ``outflow`` as compared,
            ``inflow_printed`` and ``outflow_printed``, and what these were multiplied by; the keys of both definitions;
            ``state`` (``both``, ``receiving only``, ``sending only``, ``neither``); ``comparable`` (null where a report
            is missing) and ``why``; ``asymmetry``, ``log_ratio``, ``ratio`` (inflow over outflow); the ``value``
            preferred and its ``basis``; ``part``, whether another pair contains this one. ``log_ratio_half`` is
            ln((I + 0.5) / (E + 0.5)), which zeros have too.

        Examples
        --------
        >>> import migstat as ms
        >>> table = {"what": ["inflow", "outflow"], "n": [0, 7]}
        >>> stated = dict(origin="NOR", destination="SWE", year=2015)
        >>> obs = ms.harmonise(table, definition={"measure": "what"}, value="n", constants=stated)
        >>> one = ms.reconcile.mirror(obs).to_arrow(full=True).to_pylist()[0]
        >>> one["asymmetry"], one["log_ratio"], round(one["log_ratio_half"], 3)
        (-2.0, None, -2.708)
        """
        return human(self._core, full=full)

    def to_pandas(self, *, full: bool = False) -> pd.DataFrame:
        """Give the pairs as a pandas frame.

        Parameters
        ----------
        full : bool
            See :meth:`to_arrow`.

        Returns
        -------
        pandas.DataFrame
            See :meth:`to_arrow`; codes are categories.

        Examples
        --------
        >>> import migstat as ms
        >>> table = {"what": ["inflow", "outflow"], "n": [120, 100]}
        >>> stated = dict(origin="NOR", destination="SWE", year=2015)
        >>> obs = ms.harmonise(table, definition={"measure": "what"}, value="n", constants=stated)
        >>> ms.reconcile.mirror(obs, prefer="mean").to_pandas()[["year", "value", "basis"]]
           year  value basis
        0  2015  110.0  mean
        """
        frame: pd.DataFrame = self.to_arrow(full=full).to_pandas()
        # A row without one of the reports has no definition of it; the others stay whole numbers and truths.
        for name in ("inflow_definition", "outflow_definition"):
            if frame[name].isna().any():
                frame[name] = frame[name].astype("Int32")
        if frame["comparable"].isna().any():
            frame["comparable"] = frame["comparable"].astype("boolean")
        return frame

    def to_polars(self, *, full: bool = False) -> pl.DataFrame:
        """Give the pairs as a polars frame.

        Parameters
        ----------
        full : bool
            See :meth:`to_arrow`.

        Returns
        -------
        polars.DataFrame
            See :meth:`to_arrow`; codes are categoricals.

        Examples
        --------
        >>> import migstat as ms
        >>> table = {"what": ["inflow", "outflow"], "n": [120, 100]}
        >>> stated = dict(origin="NOR", destination="SWE", year=2015)
        >>> obs = ms.harmonise(table, definition={"measure": "what"}, value="n", constants=stated)
        >>> ms.reconcile.mirror(obs).to_polars()["ratio"].to_list()
        [1.2]
        """
        import polars as pl

        return pl.DataFrame(self.to_arrow(full=full))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def why_not(self, by: Literal["reason", "definitions"] = "reason") -> Any:
        """List what keeps reports from being compared, or from being paired.

        Parameters
        ----------
        by : {"reason", "definitions"}
            A row for each reason, or for each reason and pair of definitions.

        Returns
        -------
        table
            ``severity``: ``not comparable`` (the two are unlike), ``differs`` (comparable with care), ``noted`` (what
            was done or assumed), ``not stated`` (nobody said whether they are alike) and ``not paired``; ``aspect``,
            such as ``concept``; what it ``says``; the definitions, if wanted; number of ``pairs``; and their ``inflow``
            and ``outflow``, of pairs that no other pair contains, so that nobody is counted twice.

        Examples
        --------
        >>> import migstat as ms
        >>> table = {"what": ["inflow", "outflow"], "n": [120, 100], "who": ["all", "nationals"]}
        >>> stated = dict(origin="NOR", destination="SWE", year=2015)
        >>> obs = ms.harmonise(table, definition={"measure": "what", "population": "who"}, value="n", constants=stated)
        >>> print(ms.reconcile.mirror(obs).why_not().says[0])
        population: all (receiving) against nationals (sending)
        """
        import pyarrow as pa

        one_of("by", by, ("reason", "definitions"))
        table = pa.table(self._core.reasons())
        if by == "definitions":
            return back(self._kind, table)
        sums: dict[tuple[str, str, str], list[tuple[int, float, float]]] = {}
        for row in table.to_pylist():
            key = (row["severity"], row["aspect"], row["says"])
            sums.setdefault(key, []).append((row["pairs"], row["inflow"], row["outflow"]))
        columns: dict[str, list[Any]] = {
            name: [key[at] for key in sums] for at, name in enumerate(("severity", "aspect", "says"))
        }
        columns["pairs"] = [sum(each[0] for each in some) for some in sums.values()]
        for at, name in ((1, "inflow"), (2, "outflow")):
            columns[name] = [math.fsum(each[at] for each in some) for some in sums.values()]
        kinds = [pa.string()] * 3 + [pa.int64(), pa.float64(), pa.float64()]
        arrays = {name: pa.array(values, kind) for (name, values), kind in zip(columns.items(), kinds, strict=True)}
        return back(self._kind, pa.table(arrays))

    def by_reporter(self, *, comparable_only: bool = False) -> Any:
        """Say how far the reports of each office are from those of its partners.

        Parameters
        ----------
        comparable_only : bool
            Leave out pairs that are not comparable.

        Returns
        -------
        table
            By ``family``, ``reporter`` and ``direction`` (``receiving``: the reporter is the destination): number of
            ``pairs`` with both reports that no other pair contains, sums of their ``inflow`` and ``outflow``, their
            ``asymmetry``, the number of ``log_ratios`` (of pairs without zeros), their median and their median absolute
            deviation from it (``mad_log_ratio``).

        Notes
        -----
        ``asymmetry`` is ``sum |I - E| / (sum (I + E) / 2)``. Log ratios are ln(I / E), inflow over outflow, in both
        directions: a reporter counts more than its partners where the median is positive as *receiving*, and where it
        is negative as *sending*.

        Examples
        --------
        >>> import migstat as ms
        >>> table = {"from": ["NOR", "NOR", "DNK", "DNK"], "what": ["inflow", "outflow"] * 2, "n": [120, 100, 80, 100]}
        >>> stated = dict(destination="SWE", year=2015)
        >>> obs = ms.harmonise(table, origin="from", definition={"measure": "what"}, value="n", constants=stated)
        >>> found = ms.reconcile.mirror(obs).by_reporter()
        >>> found[found.reporter == "SWE"][["direction", "pairs", "inflow", "outflow", "asymmetry"]]
           direction  pairs  inflow  outflow  asymmetry
        2  receiving      2   200.0    200.0        0.2
        """
        return back(self._kind, self._core.by_reporter(comparable_only))

    def set_aside(self) -> Any:
        """List the figures that stand in no pair: of third parties, of groups of areas, and reports put out by others.

        Returns
        -------
        table
            ``definition``, codes, period, ``value``, whether it is a ``leaf``, ``why`` it is set aside, and its ``row``
            among the figures that came in. Reports that have nothing beside them are pairs, of one report.

        Examples
        --------
        >>> import migstat as ms
        >>> table = {"from": ["NOR", "World"], "n": [120, 500]}
        >>> stated = dict(destination="SWE", year=2015, measure="inflow")
        >>> obs = ms.harmonise(table, origin="from", value="n", constants=stated)
        >>> ms.reconcile.mirror(obs).set_aside().why.tolist()
        ['its origin is a group of areas, for which no office reports']
        """
        import pyarrow as pa

        from .observations import _when

        table = pa.table(self._core.set_aside())
        columns: dict[str, Any] = {}
        for name in table.column_names:
            if name == "period_start":
                columns |= _when(table)
            elif name != "period_end":
                columns[name] = table.column(name)
        return back(self._kind, pa.table(columns))

    def coverage(self, reporters: Iterable[str] | None = None, areas: Iterable[str] | str | None = None) -> Any:
        """Count by period how many movements are reported by both ends, by one, or by neither.

        Parameters
        ----------
        reporters : iterable of str, optional
            Codes of areas whose offices are expected to report; all that report anything, unless given.
        areas : iterable of str or str, optional
            Codes of the areas between which people move, or the name of a group; the reporters, unless given.

        Returns
        -------
        table
            By ``family`` (where there are several) and ``year`` or period: how many cells are ``expected`` (ordered
            pairs of two of the areas, of which at least one is a reporter), reported by ``both``, ``receiving_only``,
            ``sending_only`` and ``neither``, and the share of ``both``. A figure without a value is no report. What is
            reported by both ends counts as such, also where it is not broken down alike and could not be paired.

        Examples
        --------
        >>> import migstat as ms
        >>> table = {"from": ["NOR", "NOR", "DNK"], "what": ["inflow", "outflow", "inflow"], "n": [120, 100, 80]}
        >>> stated = dict(destination="SWE", year=2015)
        >>> obs = ms.harmonise(table, origin="from", definition={"measure": "what"}, value="n", constants=stated)
        >>> ms.reconcile.mirror(obs).coverage(reporters=["NOR", "DNK", "SWE"])
           year  expected  both  receiving_only  sending_only  neither  share
        0  2015         6     1               1             0        4  0.167
        """
        return back(self._kind, coverage_of(self._core, reporters, areas))

    def matrix(self, *, printed: bool = False, **selection: Any) -> pd.DataFrame:
        """Give the double entry matrix of one period: two figures in every cell.

        Parameters
        ----------
        printed : bool
            Figures as printed, not as compared.
        **selection
            Column -> the one code or year wanted: ``year=2007``, ``sex="F"``. Dimensions that are not named are totals.

        Returns
        -------
        pandas.DataFrame
            Destinations in the columns; in the index origins, each with two rows: what the ``receiving`` end reports,
            and the ``sending``. NaN where there is no report.

        Raises
        ------
        SchemaError
            If several periods or families are left, a column is not there, or corridors are reported by parts only:
            ``add_up`` of :func:`mirror` adds parts up, and the message says how, or why they could not be.
        CodeError
            For a code that its column does not have.

        Examples
        --------
        >>> import migstat as ms
        >>> table = {"from": ["NOR", "NOR", "SWE"], "to": ["SWE", "SWE", "NOR"]}
        >>> table |= {"what": ["inflow", "outflow", "inflow"], "n": [120, 100, 80]}
        >>> roles = dict(origin="from", destination="to", definition={"measure": "what"}, value="n")
        >>> obs = ms.harmonise(table, **roles, constants=dict(year=2015))
        >>> ms.reconcile.mirror(obs).matrix(year=2015)
        destination         NOR    SWE
        origin report
        NOR    receiving    NaN  120.0
               sending      NaN  100.0
        SWE    receiving   80.0    NaN
               sending      NaN    NaN
        """
        return matrix_of(self._core, selection, self._summed, printed=printed)

    def __repr__(self) -> str:
        from ._reconcile_mirror_display import mirror_text

        return mirror_text(self)

    def _repr_html_(self) -> str:
        from ._reconcile_mirror_display import mirror_html

        return mirror_html(self)
