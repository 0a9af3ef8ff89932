"""Labelled origin × destination arrays, as they are met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ._od_dense import Dense, Label, Membership
from ._od_display import matrix_html, matrix_text
from ._od_given import of_array, of_frame
from ._od_lump import What, in_regions, lump
from ._od_shape import selected, without_diagonal
from ._od_sums import Margins, Policy, bilateral, column, margins, mirrored, net_by_area, wide, with_margins

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from numpy.typing import DTypeLike, NDArray

    from .ledger import Ledger

__all__ = ["ODMatrix"]


class ODMatrix:
    """Figures as arrays: origins in the rows, destinations in the columns, years and the like before them.

    Made by :func:`od_matrix`, :meth:`from_arrays` and :meth:`from_pandas`. It never changes: every method gives a new
    one. NaN is a place without a value; where :attr:`figures` is 0 there is no figure at all, elsewhere there are
    figures, all of them without a value. ``np.asarray(m)`` is :attr:`values` itself, nothing is copied.

    Examples
    --------
    >>> import migstat as ms
    >>> m = ms.od_matrix(ms.datasets.sri_lanka_departures(), by=["year", "sex"])
    >>> m.axes, m.shape
    (('year', 'sex', 'origin', 'destination'), (3, 2, 1, 45))
    >>> m.sel(year=1996, sex="F", destination=["SAU", "KWT"]).values
    array([[32293., 36238.]])
    """

    __slots__ = ("__weakref__", "_dense")
    _dense: Dense

    @classmethod
    def _of(cls, dense: Dense) -> ODMatrix:
        made = cls.__new__(cls)
        values, figures = np.ascontiguousarray(dense.values).view(), dense.figures.view()
        missing = dense.missing.view()
        for array in (values, figures, missing):
            array.flags.writeable = False
        made._dense = replace(dense, values=values, figures=figures, missing=missing)
        return made

    @classmethod
    def from_arrays(
        cls,
        values: Any,
        origins: Sequence[Label],
        destinations: Sequence[Label] | None = None,
        axes: Mapping[str, Sequence[Label]] | None = None,
        *,
        rows: str = "origin",
        columns: str = "destination",
    ) -> ODMatrix:
        """Give labels to an array.

        Parameters
        ----------
        values : array
            Copied; NaN where there is no figure. Its last two axes are origins and destinations.
        origins, destinations : sequence of str
            Labels of the last two axes; the destinations are the origins unless given.
        axes : mapping, optional
            Name -> labels of the axes before them, in order.
        rows, columns : str
            Names of the last two axes.

        Returns
        -------
        ODMatrix
            With an empty ledger, as nobody knows where the figures come from.

        Raises
        ------
        SchemaError
            If labels are blank, repeat or do not fit the array, or a value is infinite or no number.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.ODMatrix.from_arrays([[0, 3], [1, 0]], ["NPL", "IND"]).net().values
        array([[ 0.,  2.],
               [-2.,  0.]])
        """
        return cls._of(of_array(values, origins, destinations, axes, rows, columns))

    @classmethod
    def from_pandas(cls, frame: pd.DataFrame) -> ODMatrix:
        """Take a wide frame, such as :meth:`to_pandas` gives.

        Parameters
        ----------
        frame : pandas.DataFrame
            Origins in the index, destinations in the columns. With levels in the index (year, sex, origin), the last
            one is the origins; combinations that it lacks have no figures.

        Returns
        -------
        ODMatrix
            As of :meth:`from_arrays`. Long tables go to :func:`od_matrix`.

        Raises
        ------
        SchemaError
            If labels repeat or are blank, or a column does not hold numbers.

        Examples
        --------
        >>> import migstat as ms
        >>> m = ms.od_matrix(ms.datasets.sri_lanka_departures(), by=["year"])
        >>> ms.ODMatrix.from_pandas(m.to_pandas()).shape
        (3, 1, 45)
        """
        return cls._of(of_frame(frame))

    @property
    def values(self) -> NDArray[np.float64]:
        """The figures: float64, C-contiguous, NaN where there is none; read only (``np.array(m)`` is a copy)."""
        return self._dense.values

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        other = dtype is not None and np.dtype(dtype) != self.values.dtype
        if other and copy is False:
            message = f"the values are float64: as {np.dtype(dtype)} they cannot be had without a copy"
            raise ValueError(message)
        if other or copy:
            return np.array(self.values, dtype=dtype)
        return self.values

    @property
    def figures(self) -> NDArray[np.int32]:
        """How many figures each cell holds: 0 where there is none."""
        return self._dense.figures

    @property
    def missing(self) -> NDArray[np.int32]:
        """How many figures of each cell have no value."""
        return self._dense.missing

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self.values.shape

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes, the last two being rows and columns."""
        return tuple(self._dense.axes)

    @property
    def labels(self) -> dict[str, list[Label]]:
        """The labels of every axis."""
        return {name: list(labels) for name, labels in self._dense.labels.items()}

    @property
    def origins(self) -> list[Label]:
        """The labels of the rows."""
        return list(self._dense.ends[0])

    @property
    def destinations(self) -> list[Label]:
        """The labels of the columns."""
        return list(self._dense.ends[1])

    @property
    def lumped(self) -> tuple[Any, ...]:
        """What :meth:`lump` put together: areas, or pairs of origin and destination."""
        return self._dense.lumped

    @property
    def ledger(self) -> Ledger:
        """The account of every operation that led here; of flows before :meth:`net` and :meth:`symmetric`."""
        return self._dense.ledger()

    @property
    def definitions(self) -> pd.DataFrame:
        """The definitions of the cells; fields named in ``across=`` are not stated."""
        import pandas as pd

        if self._dense.definitions is None:
            return pd.DataFrame()
        whole: pd.DataFrame = self._dense.definitions.to_pandas().set_index("definition")
        return whole.dropna(axis="columns", how="all")

    def sel(self, **labels: Any) -> ODMatrix:
        """Keep some labels.

        Parameters
        ----------
        **labels
            Axis -> a label, or several in the order wanted. An axis before the last two of which one label is named
            goes.

        Returns
        -------
        ODMatrix
            With the rest counted in the ledger as not selected.

        Raises
        ------
        SchemaError, CodeError
            For an axis or a label that the matrix does not have, with near ones.

        Examples
        --------
        >>> import migstat as ms
        >>> m = ms.od_matrix(ms.datasets.sri_lanka_departures(), by=["year", "sex"])
        >>> m.sel(year=[1988, 1996], sex="F").shape
        (2, 1, 45)
        """
        return ODMatrix._of(selected(self._dense, labels))

    def to_pandas(self) -> pd.DataFrame:
        """Give a wide frame.

        Returns
        -------
        pandas.DataFrame
            A copy: destinations in the columns, origins in the index, with levels before them for other axes.

        Examples
        --------
        >>> import migstat as ms
        >>> obs = ms.datasets.asian_outflows().where(origin=["IND", "PAK"], destination="GCC", year=[2019, 2020])
        >>> ms.od_matrix(obs, by=["year"]).to_pandas()[["ARE", "OMN", "SAU"]]
        destination       ARE      OMN       SAU
        year origin
        2019 IND          NaN      NaN       NaN
             PAK     211216.0  28391.0  332713.0
        2020 IND          NaN      NaN   44316.0
             PAK          NaN      NaN       NaN
        """
        return wide(self._dense.labels, self.values)

    def to_arrow(self) -> pa.Table:
        """Give the cells that hold figures as a long table, which :func:`od_matrix` takes back.

        Returns
        -------
        pyarrow.Table
            One row a cell: a column for each axis, ``definition`` where there are several, ``value``, ``figures`` and
            ``missing``.

        Examples
        --------
        >>> import migstat as ms
        >>> m = ms.od_matrix(ms.datasets.sri_lanka_departures(), year=1996, destination="GCC")
        >>> m.to_arrow().select(["destination", "value"]).to_pylist()[-1]
        {'destination': 'SAU', 'value': 50255.0}
        >>> (ms.od_matrix(m.to_arrow()).values == m.values).all()
        np.True_
        """
        import pyarrow as pa

        dense = self._dense
        there = (dense.figures > 0) | ~np.isnan(dense.values)
        arrays = {name: column(dense.labels[name], at) for name, at in zip(dense.axes, np.nonzero(there), strict=True)}
        if dense.mixed and "definition" not in arrays:
            arrays["definition"] = pa.array(dense.definition[there])
        numbers: dict[str, NDArray[Any]] = {"value": dense.values, "figures": dense.figures, "missing": dense.missing}
        return pa.table(arrays | {name: pa.array(each[there], from_pandas=True) for name, each in numbers.items()})

    def to_polars(self) -> pl.DataFrame:
        """Give the cells that hold figures as a polars frame.

        Returns
        -------
        polars.DataFrame
            See :meth:`to_arrow`.

        Examples
        --------
        >>> import migstat as ms
        >>> ms.od_matrix(ms.datasets.sri_lanka_departures(), by=["year"]).to_polars().height
        83
        """
        import polars as pl

        return pl.DataFrame(self.to_arrow())

    def margins(self, missing: Policy = "nan") -> Margins:
        """Add up rows, columns and everything.

        Parameters
        ----------
        missing : {"nan", "ignore"}
            A margin over a cell that is not known, or not wholly, is NaN; or is the sum of what is known.

        Returns
        -------
        Margins
            ``origins`` (all that leave each), ``destinations`` (all that enter each) and ``total``: long tables of
            ``value`` and of ``missing``, the number of cells that are not known. A cell of an area with itself counts
            where it has a value, and is not missed where it has none.

        Raises
        ------
        DefinitionError
            If cells that mean different things would be added.

        Examples
        --------
        >>> import migstat as ms
        >>> m = ms.od_matrix(ms.datasets.sri_lanka_departures(), by=["year"])
        >>> m.margins(missing="ignore").total
           year     value  missing
        0  1988   18428.0       25
        1  1995  171254.0       22
        2  1996  155572.0        5
        """
        return margins(self._dense, missing)

    def with_margins(self, missing: Policy = "nan", label: str = "_T") -> pd.DataFrame:
        """Give the wide frame with its totals.

        Parameters
        ----------
        missing : {"nan", "ignore"}
            As in :meth:`margins`.
        label : str
            What the row and the column of totals are called.

        Returns
        -------
        pandas.DataFrame
            See :meth:`to_pandas`.

        Examples
        --------
        >>> import migstat as ms
        >>> m = ms.od_matrix(ms.datasets.sri_lanka_departures(), year=1996, columns="destination.GCC")
        >>> m.with_margins()
        destination.GCC   grp:GCC       _O     _U        _T
        origin
        LKA              131322.0  24148.0  102.0  155572.0
        _T               131322.0  24148.0  102.0  155572.0
        """
        return with_margins(self._dense, missing, label)

    def without_diagonal(self) -> ODMatrix:
        """Take out the cells whose origin and destination are the same.

        They are kept unless you say so: by country they are those who stay or come back, by region they are moves
        within it. A residual (``_O``, ``_U``) with itself stays: those people move between areas that are not named.
        :meth:`bilateral` and :meth:`net_by_area` count neither.
        """
        return ODMatrix._of(without_diagonal(self._dense))

    def symmetric(self) -> ODMatrix:
        """Give the mean of each flow and its counter-flow, (M + M') / 2.

        NaN where one of them is not known. Areas that are only origins or only destinations become both.
        """
        return ODMatrix._of(mirrored(self._dense, 1))

    def net(self) -> ODMatrix:
        """Give each flow less its counter-flow, M - M', which is antisymmetric.

        Positive where more go from row to column than back. NaN where one of them is not known.
        """
        return ODMatrix._of(mirrored(self._dense, -1))

    def net_by_area(self, missing: Policy = "nan") -> Any:
        """Give what each area gains and loses by exchange with the others.

        Parameters
        ----------
        missing : {"nan", "ignore"}
            As in :meth:`margins`.

        Returns
        -------
        table
            ``area``, ``inflow``, ``outflow``, ``net`` (inflow less outflow), ``interchange`` (their sum),
            ``effectiveness`` (size of the net in the interchange, 0 to 1) and ``missing``, the cells not known.

        Notes
        -----
        The effectiveness of migration says how much of the moves changes where people live: at 0 they make up for
        each other, at 1 all go one way (Plane 1984, "A systemic demographic efficiency analysis of US interstate
        population exchange", *Economic Geography* 60:294-312; Bell et al. 2002, "Cross-national comparison of
        internal migration", *Journal of the Royal Statistical Society A* 165:435-464, who give percent).

        Examples
        --------
        >>> import migstat as ms
        >>> m = ms.ODMatrix.from_arrays([[0, 30, 5], [10, 0, 5], [5, 15, 0]], ["A", "B", "C"])
        >>> m.net_by_area()[["area", "inflow", "outflow", "net"]].values.tolist()
        [['A', 15.0, 35.0, -20.0], ['B', 45.0, 15.0, 30.0], ['C', 10.0, 20.0, -10.0]]
        """
        return net_by_area(self._dense, missing)

    def bilateral(self) -> Any:
        """Set each flow beside its counter-flow.

        Returns
        -------
        table
            One row for each pair of areas with a figure in either direction: ``origin`` and ``destination`` of
            ``flow``, in the order of the labels; ``counter_flow``, ``net`` (flow less counter-flow), ``interchange``
            (their sum), ``effectiveness`` (see :meth:`net_by_area`), and ``missing``, the number
            of figures without a value in both. NaN where a direction is not known: it is not 0.

        Raises
        ------
        DefinitionError
            If both directions mean different things.

        Examples
        --------
        >>> import migstat as ms
        >>> m = ms.ODMatrix.from_arrays([[0, 30, 5], [10, 0, 5], [5, float("nan"), 0]], ["A", "B", "C"])
        >>> m.bilateral().drop(columns="missing")
          origin destination  flow  counter_flow   net  interchange  effectiveness
        0      A           B  30.0          10.0  20.0         40.0            0.5
        1      A           C   5.0           5.0   0.0         10.0            0.0
        2      B           C   5.0           NaN   NaN          NaN            NaN
        """
        return bilateral(self._dense)

    def lump(
        self,
        threshold: float | None = None,
        *,
        share: float | None = None,
        keep: int | Iterable[Label] | None = None,
        what: What = "areas",
        label: str = "_O",
    ) -> ODMatrix:
        """Put small areas or corridors together in a residual. Nobody is lost.

        Parameters
        ----------
        threshold : float, optional
            Those below it are small.
        share : float, optional
            Those below this share (0 to 1) of the sum of the matrix are small.
        keep : int or list of codes, optional
            All but so many of the largest are small; or all but these.
        what : {"areas", "origins", "destinations", "corridors"}
            What is put together: areas by what enters and leaves them, origins by what leaves them, destinations by
            what enters them, or single cells. Sizes are of all slices together.
        label : str
            The residual's code; a residual with this code that is there already takes the others in.

        Returns
        -------
        ODMatrix
            What was put together is in its ledger and in :attr:`lumped`. A small corridor stands in the cell of the
            residual with itself, its own place has no figure. Totals of whole numbers are the same.

        Raises
        ------
        SchemaError
            Unless one of ``threshold``, ``share`` and ``keep`` is given.
        DefinitionError
            If cells that mean different things would be added.

        Examples
        --------
        >>> import migstat as ms
        >>> m = ms.od_matrix(ms.datasets.sri_lanka_departures(), year=1996)
        >>> m.lump(keep=3, what="destinations").to_pandas()
        destination      ARE      KWT      SAU       _O
        origin
        LKA          22393.0  41023.0  50255.0  41901.0
        """
        return ODMatrix._of(lump(self._dense, threshold, share, keep, what, label))

    def to_regions(
        self, rows: str | None = None, columns: str | None = None, membership: Membership = "period"
    ) -> ODMatrix:
        """Put areas together by the groups that they lie in.

        Parameters
        ----------
        rows, columns : str, optional
            Groups for origins and for destinations: ``region``, ``subregion``, ``escap``, ``income``, ``sdg`` or one
            group, such as ``GCC``. Areas stay as they are where none is named, so that a matrix may be area by
            region.
        membership : {"period", "current"} or int
            In which year membership is judged: that of each slice, today, or one year.

        Returns
        -------
        ODMatrix
            The same as :func:`od_matrix` with ``rows="origin.region"``: ``_O`` for areas outside, ``_U`` where nobody
            can say. Values that are known are added; :attr:`missing` counts the others.

        Raises
        ------
        CodeError
            For a group that is not known, with near names.
        SchemaError
            If members change with time and the matrix has no year.
        DefinitionError
            If cells that mean different things would be added.

        Examples
        --------
        >>> import migstat as ms
        >>> m = ms.od_matrix(ms.datasets.sri_lanka_departures(), by=["year"])
        >>> m.to_regions(columns="GCC").to_pandas()
        destination.GCC   grp:GCC       _O     _U
        year origin
        1988 LKA          16872.0   1554.0    2.0
        1995 LKA         143342.0  27912.0    NaN
        1996 LKA         131322.0  24148.0  102.0
        """
        return ODMatrix._of(in_regions(self._dense, rows, columns, membership))

    def __repr__(self) -> str:
        return matrix_text(self._dense)

    def _repr_html_(self) -> str:
        return matrix_html(self._dense)
