"""The peers. A function takes a job and gives (run, table).

`run()` is timed; everything before it is not: loading, conversion to the peer's own best form, lookups that do not
depend on the rows. `table(result)` is for the comparison: columns named as the axes of the workload, and `sum`, `rows`
and `valued`; or dense arrays of these. Results come with their codes, not with packed keys.
"""

from __future__ import annotations

from dataclasses import dataclass

IN_MEMORY = ("W2a", "W2b", "W2c", "W3", "W4a", "W4b", "cube")


@dataclass(frozen=True)
class Peer:
    make: tuple[str, ...]  # module, function, and what it is told beside the job
    only: tuple[str, ...] = IN_MEMORY
    ours: bool = False
    reference: bool = False  # not a library
    tuned: bool = False  # by hand, beyond the choice of columns: settings, or an index that somebody thought out
    most_threads: int = 2
    most_rows: int = 1_000_000_000

    def does(self, workload: str, threads: int, rows: int) -> bool:
        return workload in self.only and threads <= self.most_threads and rows <= self.most_rows


PEERS = {
    "migstat from pyarrow": Peer(("ours", "in_memory", "pyarrow"), ours=True),
    "migstat from pandas": Peer(("ours", "in_memory", "pandas"), ours=True),
    "migstat from polars": Peer(("ours", "in_memory", "polars"), ours=True),
    "migstat, dataset scanner": Peer(("ours", "streamed", "scanner"), ("stream",), ours=True),
    "migstat, DuckDB relation": Peer(("ours", "streamed", "relation"), ("stream",), ours=True),
    "migstat, Parquet path": Peer(("ours", "streamed", "path"), ("stream",), ours=True),
    "polars": Peer(("with_polars", "in_memory", "columns")),
    "polars, integer keys": Peer(("with_polars", "in_memory", "integers"), ("W2a", "W2c", "cube")),
    "polars, packed key": Peer(("with_polars", "in_memory", "packed")),
    "polars, streaming Parquet": Peer(("with_polars", "streamed"), ("stream",)),
    "duckdb": Peer(("with_duckdb", "in_memory", "sets")),
    "duckdb, rolled up": Peer(("with_duckdb", "in_memory", "rolled"), ("W2c",)),
    "duckdb, perfect hash": Peer(("with_duckdb", "in_memory", "perfect"), ("W2a", "W2b", "W3", "W4a"), tuned=True),
    "duckdb, lists": Peer(("with_duckdb", "in_memory", "lists"), ("W2b", "W4b"), tuned=True),
    "duckdb, Parquet": Peer(("with_duckdb", "streamed"), ("stream",)),
    "pyarrow": Peer(("with_pyarrow", "columns")),
    "pyarrow, packed key": Peer(("with_pyarrow", "packed"), ("W2b", "W4b")),
    "pandas": Peer(("with_numpy", "pandas"), most_threads=1, most_rows=20_000_000),
    # These have no threads; whoever has two processors may still take them.
    "numpy": Peer(("with_numpy", "numpy"), tuned=True),
    "scipy": Peer(("with_numpy", "scipy"), ("W3",), tuned=True),
    "datafusion": Peer(("with_datafusion", "in_memory"), most_rows=20_000_000),
    "C": Peer(("with_c", "in_memory"), IN_MEMORY[:-1], reference=True),
}
