"""Read a large Eurostat bulk file beside pandas and polars: `python benches/read_eurostat.py FILE --repeat 17`.

The file is written out several times over, each time of other citizens, so that every key is a key of its own. Every
peer is a process of its own that turns it into one long table: a column a dimension, year, value, and the status that
the flags mean. Told are the medians of wall and CPU seconds over the rounds, and the largest resident set.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STATUS = {
    "b": "B",
    "e": "E",
    "p": "P",
    "be": "B+E",
    "bp": "B+P",
    "ep": "E+P",
    "bep": "B+E+P",
    "c": "",
    "d": "D",
    "u": "U",
}

# Countries outside the European Union, and all of them together.
CITIZENS = "TOTAL AF AL DZ AO AR AM AU AZ BD BY BR CM CA CL CN CO CD CU EG ET GE GH IN ID IR IQ JP"


def with_migstat(path: str) -> int:
    import migstat as ms

    return len(ms.read(path))


def with_polars(path: str) -> int:
    import polars as pl

    table = pl.read_csv(path, separator="\t", infer_schema=False)
    key, *years = table.columns
    names = key.split("\\")[0].split(",")
    long = (
        table.lazy()
        .with_columns(pl.col(key).str.split_exact(",", len(names) - 1).struct.rename_fields(names).alias("key"))
        .drop(key)
        .unnest("key")
        .with_columns(pl.col(name).cast(pl.Categorical) for name in names)
        .unpivot(years, index=names, variable_name="year", value_name="cell")
        .with_columns(
            year=pl.col("year").str.strip_chars().cast(pl.Int16),
            value=pl.col("cell").str.extract(r"^(-?[\d.]+)").cast(pl.Float64),
            flag=pl.col("cell").str.extract(r"([a-z]+)\s*$"),
        )
        .with_columns(obs_status=pl.col("flag").replace_strict(STATUS, default=None))
        .drop("cell")
        .collect()
    )
    return long.height


def with_pandas(path: str) -> int:
    import pandas as pd

    table = pd.read_csv(path, sep="\t", dtype=str)
    key = table.columns[0]
    names = key.split("\\")[0].split(",")
    table[names] = table[key].str.split(",", expand=True)
    for name in names:
        table[name] = table[name].astype("category")
    long = table.drop(columns=key).melt(id_vars=names, var_name="year", value_name="cell")
    parts = long.cell.str.extract(r"^\s*(?P<value>-?[\d.]+|:)\s*(?P<flag>[a-z]*)\s*$")
    long["year"] = long.year.str.strip().astype("int16")
    long["value"] = pd.to_numeric(parts.value.where(parts.value != ":"))
    long["flag"] = parts.flag.astype("category")
    long["obs_status"] = long.flag.map(STATUS)
    return len(long.drop(columns="cell"))


PEERS = {"migstat": with_migstat, "polars": with_polars, "pandas": with_pandas}


def repeated(source: Path, times: int, target: Path) -> None:
    """Write the lines several times over, each time of the citizens of another country."""
    header, *lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    with target.open("w", encoding="utf-8") as out:
        out.write(f"citizen,{header}")
        for citizen in CITIZENS.split()[:times]:
            out.writelines(f"{citizen},{line}" for line in lines)


def run_one(peer: str, path: str) -> None:
    start, before = time.perf_counter(), time.process_time()
    rows = PEERS[peer](path)
    wall, cpu = time.perf_counter() - start, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "wall": wall, "cpu": cpu, "peak": peak}))


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("file", type=Path)
    ask.add_argument("--repeat", type=int, default=17)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--one", choices=PEERS, help=argparse.SUPPRESS)
    asked = ask.parse_args()
    if asked.one:
        run_one(asked.one, str(asked.file))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / asked.file.name
        repeated(asked.file, asked.repeat, path)
        print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB")
        found: dict[str, list[dict[str, float]]] = {peer: [] for peer in PEERS}
        for _ in range(asked.rounds):
            for peer in PEERS:
                command = [sys.executable, __file__, str(path), "--one", peer]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                found[peer].append(json.loads(done.stdout))
        ours = statistics.median(run["wall"] for run in found["migstat"])
        for peer, runs in found.items():
            wall, cpu = (statistics.median(run[name] for run in runs) for name in ("wall", "cpu"))
            peak = max(run["peak"] for run in runs)
            ratio = f"{wall / ours:5.1f} x"
            print(f"{peer:8} {runs[0]['rows']:>12,} rows {wall:7.2f} s {cpu:7.2f} s CPU {peak:7.0f} MB {ratio}")


if __name__ == "__main__":
    main()
