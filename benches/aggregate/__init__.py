"""Sums over groups beside polars, DuckDB, pyarrow, pandas, numpy, scipy, DataFusion and kernels in C.

`make bench-aggregate` runs everything and replaces the sections in RESULTS.md; `ARGS=--help` says what else it does.
"""
