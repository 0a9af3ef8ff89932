"""Pairs of reports as tables: every movement once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from . import _core
from ._frame import columns_of, library, table as table_of
from .errors import DefinitionError, SchemaError

__all__ = ["DIMENSIONS", "each_once", "names_of"]

#: Columns that tell pairs of the same areas and period apart, where a table has them.
DIMENSIONS = (
    "sex", "age", "citizenship", "birth", "skill", "education", "occupation", "reason", "flow_type", "measure",
    "concept",
)  # fmt: skip
_TIMES = ("year", "period", "period_start", "period_end", "date")


def each_once(
    pairs: Any,
    apart: Sequence[str] = (),
    names: tuple[str, str, str, str] = ("origin", "destination", "inflow", "outflow"),
) -> Any:
    """Give pairs without the parts, as :class:`~migstat.reconcile.Mirror` marks them, whose container is there too.

    A part whose container is not in the table stays, and so does one that differs from it in the columns ``apart``:
    each value of these is looked at by itself. Other tables are given back as they are.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not columns_of(pairs) and (hasattr(pairs, "__arrow_c_stream__") or hasattr(pairs, "__arrow_c_array__")):
        pairs = pa.table(pairs)
    there = columns_of(pairs)
    if "family" not in there and "part" not in there:
        return pairs
    # Twice, for views of text: what polars gives away is a table of pyarrow only the second time.
    whole = pairs if library(pairs) == "pyarrow" else pa.table(table_of(pa.table(table_of(pairs))))
    if "family" in there and len(families := whole.column("family").unique().drop_null().to_pylist()) > 1:
        message = (
            f"the pairs are of {' and '.join(sorted(map(str, families)))}, which are not added up: take one of them, "
            f"such as pairs.to_pandas().query(\"family == '{families[0]}'\")"
        )
        raise DefinitionError(message)
    if "part" not in there or not pa.types.is_boolean(whole.column("part").type):
        return whole
    part = pc.fill_null(whole.column("part"), False)
    wanted = dict.fromkeys([*names, *_TIMES, *DIMENSIONS, *apart])
    if not pc.any(part).as_py() or not set(names) <= set(there):
        return whole
    keys = table_of(whole, [name for name in wanted if name in there])
    within = pa.array(_core.pairs_within(keys, list(apart), names[2], names[3]), pa.bool_())
    return whole.filter(pc.invert(pc.and_(part, within)))


def names_of(argument: str, given: Any) -> list[str]:
    """Give names of columns, one or several, as a list."""
    if given is None:
        return []
    names = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else [given]
    if not all(isinstance(name, str) for name in names):
        message = f"{argument}={given!r}: expected names of columns, such as ['sex']"
        raise SchemaError(message)
    return list(dict.fromkeys(names))
