"""International migration statistics: figures that can be compared, added up, reconciled, estimated and shown.

Start with :func:`migstat.datasets.sri_lanka_departures`, or with a table of your own and :func:`migstat.harmonise`.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import ages, areas, codes, datasets, durations, errors, periods, quality, reconcile, units
    from ._accumulator import Accumulator
    from ._aggregate import aggregate
    from ._aggregated import Aggregate
    from ._harmonise import harmonise
    from ._od_class import ODMatrix
    from ._od_matrix import od_matrix
    from ._read import Reference, read, sniff
    from .ledger import Ledger
    from .observations import Observations, concat

__all__ = [
    "Accumulator",
    "Aggregate",
    "Ledger",
    "ODMatrix",
    "Observations",
    "Reference",
    "ages",
    "aggregate",
    "areas",
    "codes",
    "concat",
    "datasets",
    "durations",
    "errors",
    "harmonise",
    "od_matrix",
    "periods",
    "quality",
    "read",
    "reconcile",
    "sniff",
    "units",
]

__version__: str

# Name -> module that has it: importing migstat imports none of them, nor pandas.
_HOMES = {
    "Accumulator": "_accumulator",
    "Aggregate": "_aggregated",
    "Ledger": "ledger",
    "ODMatrix": "_od_class",
    "Observations": "observations",
    "Reference": "_read",
    "aggregate": "_aggregate",
    "concat": "observations",
    "harmonise": "_harmonise",
    "od_matrix": "_od_matrix",
    "read": "_read",
    "sniff": "_read",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("migstat")
    if name in _HOMES:
        value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    elif name in __all__:
        value = importlib.import_module(f".{name}", __name__)
    else:
        message = f"module 'migstat' has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


# Accessors, for libraries that are here already.
for _library in ("pandas", "polars"):
    if _library in sys.modules:
        importlib.import_module(f".{_library}", __name__)
