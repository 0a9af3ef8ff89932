"""Lay figures out as origin × destination matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ._od_class import ODMatrix
from ._od_dense import Dense, Label, Membership, _dense, near_said, refuse_unknown
from ._od_shape import filled, fixed_areas
from .errors import SchemaError
from .observations import Observations

if TYPE_CHECKING:
    from ._aggregated import Aggregate
    from ._typing import Frame

__all__ = ["od_matrix"]


def od_matrix(
    source: Observations | Aggregate | Frame,
    *,
    by: Sequence[str] = (),
    rows: str = "origin",
    columns: str = "destination",
    value: str = "value",
    areas: Sequence[str] | None = None,
    membership: Membership = "period",
    across: Sequence[str] = (),
    fill: float | None = None,
    threads: int | None = None,
    **selection: Any,
) -> ODMatrix:
    """Lay figures out as labelled origin × destination arrays.

    Parameters
    ----------
    source : Observations, Aggregate or table
        Observations are added up by :func:`aggregate`: only leaves, only figures that mean the same, exactly. A table
        has a row for each cell, such as :meth:`ODMatrix.to_arrow` gives.
    by : sequence of str
        Axes before origin and destination: ``year``, ``sex``, and all else that :func:`aggregate` groups by.
    rows, columns : str
        What the last two axes are: also groups (``origin.region``), ``citizenship`` or ``birth``.
    value : str
        What stands in the cells: ``value``, ``low`` or ``high``; of a table, the name of its column.
    areas : sequence of str, optional
        Codes of rows and of columns, in this order. What is not among them is set aside and listed in the ledger.
    membership, across, threads
        As in :func:`aggregate`.
    fill : {None, 0}
        What stands where there is no figure at all: nothing (NaN), or 0, if you know that none means none. Figures
        without a value stay NaN.
    **selection
        As in :meth:`Observations.where`: ``year=2020``, ``sex="F"``, ``destination="GCC"``.

    Returns
    -------
    ODMatrix
        Labels are those that occur, in the order of the codes, unless ``areas`` are given.

    Raises
    ------
    DefinitionError
        If figures that mean different things would be added.
    SchemaError, CodeError
        For names and codes that are not known, with near ones, and for tables with two rows for one cell.

    Examples
    --------
    >>> import migstat as ms
    >>> obs = ms.datasets.asian_outflows()
    >>> m = ms.od_matrix(obs, origin=["IND", "PAK"], year=[2019, 2020], destination="GCC", by=["year"])
    >>> m.origins, m.destinations
    (['IND', 'PAK'], ['ARE', 'OMN', 'SAU'])
    >>> m.sel(year=2019).values
    array([[    nan,     nan,     nan],
           [211216.,  28391., 332713.]])
    """
    for name, given in (("by", by), ("across", across), ("areas", areas)):
        if isinstance(given, str):
            message = f"{name}= takes a list, such as {name}=[{given!r}]"
            raise SchemaError(message)
    names = [*by, rows, columns]
    if len(set(names)) < len(names):
        message = f"two axes have one name: {', '.join(names)}"
        raise SchemaError(message)
    if fill is not None and fill != 0:
        message = f"fill={fill!r}: only 0 is known to stand for no figures; other numbers are yours, by np.nan_to_num"
        raise SchemaError(message)
    if isinstance(source, Observations):
        if value not in ("value", "low", "high"):
            message = f"value={value!r}: expected 'value', 'low' or 'high'"
            raise SchemaError(message + near_said(value, ("value", "low", "high")))
        source = source.where(**selection) if selection else source
    elif selection:
        message = f"{', '.join(selection)}: only observations are selected from; use sel() on the matrix"
        raise SchemaError(message)
    dense = _dense(source, names, value, membership, across, threads)
    scalars = {name: one for name, one in selection.items() if isinstance(one, str | int) and name not in names}
    dense = replace(dense, fixed=scalars)
    if areas is not None:
        dense = fixed_areas(dense, _codes(areas, dense))
    return ODMatrix._of(dense if fill is None else filled(dense))


def _codes(areas: Sequence[str], dense: Dense) -> list[Label]:
    """Check the codes wanted: a misspelt one would be an empty row."""
    listed: list[Label] = [str(area) for area in areas]
    if len(set(listed)) < len(listed):
        message = f"areas= names {next(area for area in listed if listed.count(area) > 1)!r} twice"
        raise SchemaError(message)
    there = {*dense.ends[0], *dense.ends[1]}
    if any(name.partition(".")[0] in ("origin", "destination", "citizenship", "birth") for name in dense.axes[-2:]):
        refuse_unknown("areas=", [area for area in listed if area not in there])
    return listed
