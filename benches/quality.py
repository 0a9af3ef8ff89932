"""What each rule of quality costs on a million observations, beside one `ms.aggregate` of the same.

    .venv/bin/python benches/quality.py [--rows 1000000] [--repeats 5] [--record]

The index of all series is made once and shared: its time is printed by itself, and a rule is timed with it in place.
The observations are flows by origin, destination, year and sex with printed totals, gaps, zeros and jumps.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

import migstat as ms
from migstat import _core

#: The same sums as a user asks for first, and every cell on its own.
AGGREGATES = {
    "origin, year": ["origin", "year"],
    "origin, destination, year, sex": ["origin", "destination", "year", "sex"],
}


def observations(rows: int) -> ms.Observations:
    """Series of thirty years: men, women and both for as many corridors as it takes."""
    rng = np.random.default_rng(20)
    table = pa.table(_core.area_table()).to_pylist()
    areas = sorted(one["code"] for one in table if one["kind"] == "country" and not one["from"])
    corridors = -(-rows // 90)
    pairs = rng.choice(len(areas) * len(areas), corridors, replace=False)
    corridor, year = np.repeat(np.arange(corridors), 30), np.tile(np.arange(1990, 2020), corridors)
    level = np.exp(rng.normal(5, 2, corridors))[corridor]
    value = np.round(level * np.exp(rng.normal(0, 0.2, len(corridor))))
    value[rng.random(len(value)) < 0.002] *= 10
    value[rng.random(len(value)) < 0.01] = 0
    women = np.floor(value * rng.uniform(0.3, 0.6, len(value)))
    total = value + (rng.random(len(value)) < 0.001)
    parts = [("F", women), ("M", value - women), ("_T", total)]
    codes = np.array(areas)
    both = np.concatenate([numbers for _, numbers in parts])
    both[rng.random(len(both)) < 0.03] = np.nan
    origin, destination = codes[pairs // len(areas)][corridor], codes[pairs % len(areas)][corridor]
    frame = pa.table(
        {
            "origin": pa.array(np.tile(origin, 3)),
            "destination": pa.array(np.tile(destination, 3)),
            "year": pa.array(np.tile(year, 3)),
            "sex": pa.array(np.repeat([sex for sex, _ in parts], len(corridor))),
            "n": pa.array(both, from_pandas=True),
        }
    )
    # What all destinations of an origin make, printed as such; now and then wrong.
    by = ["origin", "year", "sex"]
    world = frame.group_by(by).aggregate([("n", "sum")]).rename_columns([*by, "n"])
    wrong = np.where(rng.random(len(world)) < 0.01, 100, 0)
    world = world.set_column(3, "n", pa.array(world["n"].to_numpy() + wrong))
    world = world.append_column("destination", pa.array(["World"] * len(world)))
    frame = pa.concat_tables([frame, world.select(frame.column_names)])
    frame = frame.take(rng.permutation(len(frame)))
    roles = {name: name for name in ("origin", "destination", "year", "sex")}
    return ms.harmonise(frame, value="n", constants={"measure": "inflow", "publisher": "A bench"}, **roles)


def seconds(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--repeats", type=int, default=5)
    asked.add_argument("--record", action="store_true", help="append to benches/RESULTS.md")
    options = asked.parse_args()
    obs = observations(options.rows)
    base = {name: seconds(lambda by=by: ms.aggregate(obs, by=by), options.repeats) for name, by in AGGREGATES.items()}
    finest = base["origin, destination, year, sex"]
    lines = ["| what | ms | x aggregate by year | x aggregate of all cells |", "|---|---|---|---|"]

    def line(what: str, took: float) -> None:
        lines.append(f"| {what} | {1000 * took:.1f} | {took / base['origin, year']:.2f} | {took / finest:.2f} |")

    for name, took in base.items():
        line(f"ms.aggregate by {name}", took)
    line("index of series, shared", seconds(lambda: _core.quality_scan(obs._core).prepare(), options.repeats))
    scan = _core.quality_scan(obs._core)
    scan.prepare()
    for rule in (one[0] for one in _core.quality_rules()):
        request = json.dumps({"rules": [{"rule": rule}], "most": 1000})
        scan.run(request)
        found = pa.table(scan.run(request)[1]).to_pylist()[0]["findings"]
        line(f"rule {rule} ({found:,} found)", seconds(lambda request=request: scan.run(request), options.repeats))
    line("quality.report, all of it", seconds(lambda: ms.quality.report(obs), max(options.repeats // 2, 1)))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    title = f"## Quality: rules on {len(obs):,} observations"
    about = (
        f"{date.today()}, `benches/quality.py --rows {options.rows} --repeats {options.repeats}`; commit "
        f"{commit.stdout.strip()}; the fastest of {options.repeats}; {platform.machine()}, {platform.system()}, Python "
        f"{platform.python_version()}."
    )
    text = "\n".join([title, "", about, "", *lines, ""])
    print(text)
    if options.record:
        with (Path(__file__).parent / "RESULTS.md").open("a", encoding="utf-8") as file:
            file.write(f"\n{text}")


if __name__ == "__main__":
    main()
