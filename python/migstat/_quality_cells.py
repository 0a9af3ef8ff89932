"""Completeness: how many of the cells that should be there are."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._frame import table
from .errors import CodeError, SchemaError

if TYPE_CHECKING:
    import pandas as pd

    from ._quality_measured import Measured

__all__ = ["Completeness", "completeness_of"]


#: The code of cells that have none.
_NONE = ""


@dataclass(frozen=True)
class Completeness:
    """Cells with a value, of those that there should be."""

    name: str
    provided: int
    required: int
    #: Did the caller say which cells there should be?
    asked: bool

    @property
    def rate(self) -> float | None:
        """Provided cells for each that is required."""
        return self.provided / self.required if self.required else None


def completeness_of(measured: Measured, expected: Any, relevant: Any) -> list[Completeness]:
    """Work out completeness for the producer (required cells) and, where wanted, for the user (relevant ones)."""
    out = [Completeness("required", *_cells(measured, expected, "expected"), expected is not None)]
    if relevant is not None:
        out.append(Completeness("relevant", *_cells(measured, relevant, "relevant"), True))
    return out


def _cells(measured: Measured, wanted: Any, argument: str) -> tuple[int, int]:
    totals = measured.totals or dict.fromkeys(("present", "cells", "not_applicable", "not_existing"), 0)
    if wanted is None or (isinstance(wanted, str) and wanted == "rows"):
        return totals["present"], totals["cells"] - totals["not_applicable"] - totals["not_existing"]
    if isinstance(wanted, str) and wanted == "grid":
        return _grid(measured)
    if not isinstance(wanted, bool) and isinstance(wanted, numbers.Integral) and int(wanted) >= 0:
        return totals["present"], int(wanted)
    if isinstance(wanted, Mapping) and wanted:
        found = _listed(measured, [str(name) for name in wanted], argument)
        codes = {str(name): _codes(measured, str(name), values, argument) for name, values in wanted.items()}
        for name, known in codes.items():
            found = found[found[name].isin(known)]
        return int((found.present > 0).sum()), math.prod(len(known) for known in codes.values()) - _void(found)
    if isinstance(wanted, str) or not hasattr(wanted, "__len__"):
        message = (
            f"{argument}={wanted!r}: expected 'rows', 'grid', a number of at least 0, codes by dimension, or a table "
            f"of cells"
        )
        raise SchemaError(message)
    return _of_table(measured, wanted, argument)


def _void(found: pd.DataFrame) -> int:
    """Count the cells of which it is said that there is nothing to count: they are not required."""
    return int((found.cells == found.not_applicable + found.not_existing).sum())


def _grid(measured: Measured) -> tuple[int, int]:
    """Take every combination of the codes that occur in a definition for a cell."""
    names = ["definition", "period", *measured.dimensions]
    found = measured.counts(*names)
    required = provided = 0
    for _, here in found.groupby("definition", observed=True, sort=False):
        required += math.prod(here[name].nunique(dropna=False) for name in names[1:]) - _void(here)
        provided += int((here.present > 0).sum())
    return provided, required


def _listed(measured: Measured, names: list[str], argument: str) -> pd.DataFrame:
    try:
        found = measured.counts(*names)
    except SchemaError as error:
        message = f"{argument}: {error}"
        raise SchemaError(message) from None
    for name in names:
        found[name] = [_NONE if code is None else str(code) for code in found[name].astype(object)]
    return found


def _codes(measured: Measured, name: str, values: Any, argument: str) -> set[str]:
    """Read codes; a group of areas that has no figures of its own stands for its members."""
    from .areas import members

    given = [values] if isinstance(values, str) or not isinstance(values, Iterable) else list(values)
    out: set[str] = set()
    for code, group in _known(measured, name, given, argument):
        out.update(members(code) if group else [code])
    return out


def _known(measured: Measured, name: str, codes: list[Any], argument: str) -> list[tuple[str, bool]]:
    """Give codes as figures have them, and whether each is a group of areas without figures; refuse those unknown."""
    try:
        found = measured.scan.wanted(name, [_text(code) for code in codes])
    except (CodeError, SchemaError) as error:
        message = f"{argument}: {error}"
        raise type(error)(message) from None
    return [(_NONE if code is None else code, group) for code, group in found]


def _text(code: Any) -> str | None:
    """Write a code; a year may be a whole number of any kind, and what is missing is none."""
    import pandas as pd

    if pd.isna(code) is True:
        return None
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def _of_table(measured: Measured, wanted: Any, argument: str) -> tuple[int, int]:
    import pyarrow as pa

    cells: pd.DataFrame = pa.table(table(wanted)).to_pandas()
    if cells.empty or not len(cells.columns):
        message = f"{argument}: the table of cells is empty"
        raise SchemaError(message)
    names = [str(name) for name in cells.columns]
    found = _listed(measured, names, argument)
    for name in names:
        cells[name] = [code for code, _ in _known(measured, name, cells[name].astype(object).tolist(), argument)]
    cells = cells.drop_duplicates()
    both = cells.merge(found, on=names)
    return int((both.present > 0).sum()), len(cells) - _void(both)
