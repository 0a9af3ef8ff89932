"""Pairs of reports as tables: every movement once."""

from __future__ import annotations

from typing import Any

from ._frame import columns_of, library, table as table_of
from .errors import DefinitionError

__all__ = ["each_once"]


def each_once(pairs: Any) -> Any:
    """Give pairs without those that another pair contains, as :class:`~migstat.reconcile.Mirror` marks them.

    Other tables are given back as they are.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not columns_of(pairs) and (hasattr(pairs, "__arrow_c_stream__") or hasattr(pairs, "__arrow_c_array__")):
        pairs = pa.table(pairs)
    names = columns_of(pairs)
    if "family" not in names and "part" not in names:
        return pairs
    whole = pairs if library(pairs) == "pyarrow" else pa.table(table_of(pairs))
    if "family" in names and len(families := whole.column("family").unique().drop_null().to_pylist()) > 1:
        message = (
            f"the pairs are of {' and '.join(sorted(map(str, families)))}, which are not added up: take one of them, "
            f"such as pairs.to_pandas().query(\"family == '{families[0]}'\")"
        )
        raise DefinitionError(message)
    if "part" in names and pa.types.is_boolean(whole.column("part").type):
        whole = whole.filter(pc.invert(pc.fill_null(whole.column("part"), False)))
    return whole
