"""The peers: name -> (module, function). A function takes a job and gives (run, table).

`run()` is timed; everything before it is not: loading, conversion to the peer's own form, dictionaries.
`table(result)` is for the comparison: the columns of `job.by` with `sum`, `rows` and `valued`, or the coded
columns with `value`, or the coded columns alone.
"""

OURS = {
    "migstat from pandas": ("peers.ours", "from_pandas"),
    "migstat from polars": ("peers.ours", "from_polars"),
    "migstat from pyarrow": ("peers.ours", "from_pyarrow"),
}
#: Those that make the table of codes, then the sums.
WHOLE = {
    "pandas": ("peers.with_pandas", "whole"),
    "polars": ("peers.with_polars", "whole"),
    "duckdb": ("peers.with_duckdb", "whole"),
    "pyarrow": ("peers.with_pyarrow", "whole"),
}
#: Those that make the sums and nothing else: columns that the sums do not need are not read.
FUSED = {
    "polars, sums only": ("peers.with_polars", "fused"),
    "duckdb, sums only": ("peers.with_duckdb", "fused"),
    "pyarrow, sums only": ("peers.with_pyarrow", "fused"),
}
#: Those that only recode labels: other ways of a peer, and a peer that has no other way.
LABELS = {
    "polars, Enum first": ("peers.with_polars", "cast_first"),
    "datafusion": ("peers.with_datafusion", "labels"),
}
PEERS = OURS | WHOLE | FUSED | LABELS
