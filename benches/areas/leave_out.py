"""How much of our recall hangs on each source of names: `python benches/areas/leave_out.py`.

The crate is copied, the names of one source are taken out of its tables, `examples/areas.rs` is built and reads the
corpus, one label at a time.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from accuracy import counted
from environments import ROOT, corpus, options, shared, table, where


class Names(NamedTuple):
    """The file and the source of a row of a table."""

    file: str
    source: str


#: Whether a row is left out.
Rule = Callable[[Names], bool]


def typed_in(of: Names) -> bool:
    return "history" in of.file or "formal" in of.file or of.source == "usual spelling" or "derived" in of.source


GROUPS: dict[str, Rule] = {
    "nothing": lambda _: False,
    "CLDR": lambda of: "CLDR" in of.source,
    "UN (UNTERM, M49)": lambda of: "_un" in of.file,
    "countrynames (Wikidata)": lambda of: "_more" in of.file,
    "Our World in Data": lambda of: "_owid" in of.file,
    "history, typed in": lambda of: "_history" in of.file,
    "formal names, typed in": lambda of: "_formal" in of.file,
    "usual spellings of agencies": lambda of: of.source == "usual spelling",
    "derived from names": lambda of: of.source.startswith("derived"),
    "UN and ISO formal names in English": lambda of: of.source == "UN and ISO formal name",
    "labels that are no areas": lambda of: of.file == "area_not",
    "all that was typed in or derived": typed_in,
    "all tables of names": lambda of: of.file.startswith(("area_names", "area_group_names", "area_not")),
}
#: Where rows of the corpus come from -> which of our sources have the same origin.
ORIGINS = {
    "CLDR 47": "CLDR",
    "datasets/country-codes (UNTERM)": "UN (UNTERM, M49)",
    "datasets/country-codes (UNSD M49)": "UN (UNTERM, M49)",
    "countrynames data.yaml": "countrynames (Wikidata)",
    "resolvekit benchmark (Wikidata alias)": "countrynames (Wikidata)",
    "owid-etl": "Our World in Data",
}


def main() -> None:
    asking = options(__doc__)
    asking.add_argument("--corpus", type=Path, help="another corpus of the same make")
    asking.add_argument("--only", action="append", choices=GROUPS, help="leave out these only; may be repeated")
    asking.add_argument("--crate", type=Path, default=ROOT, help="where the crate is, such as a clean checkout")
    asked = asking.parse_args()
    shared()
    rows = corpus(asked.corpus)
    answers = {}
    for group in asked.only or GROUPS:
        removed, given = without(GROUPS[group], [row["text"] for row in rows], asked.crate)
        answers[group] = (removed, given)
        print(f"  without {group}: {removed} rows", file=sys.stderr, flush=True)
    print(f"{where()}; {len(rows)} rows\n\n{by_group(rows, answers)}")
    if "nothing" in answers:
        print(f"\n{by_origin(rows, answers)}")


def by_group(rows: list[dict[str, str]], answers: dict[str, tuple[int, list[str | None]]]) -> str:
    base = counted(rows, answers["nothing"][1])["recall"] if "nothing" in answers else float("nan")
    lines = []
    for group, (removed, given) in answers.items():
        score = counted(rows, given)
        former = f"{score['seen'].get(('former', 'right'), 0)}/{score['formers']}"
        lines.append([group, removed, f"{score['recall']:.4f}", f"{100 * (score['recall'] - base):+.2f}",
                      len(score["mistakes"]), former, f"{score['named']}/{score['aggregates']}"])  # fmt: skip
    head = ["left out", "names or rows", "recall", "points", "WRONG", "former right", "aggregates named"]
    return table(head, lines)


def by_origin(rows: list[dict[str, str]], answers: dict[str, tuple[int, list[str | None]]]) -> str:
    sources: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        source = row["source"]
        sources.setdefault("owid-etl" if source.startswith("owid-etl") else source, []).append(at)
    lines: list[list[Any]] = []
    blind: dict[int, str | None] = {}
    for source, places in sorted(sources.items(), key=lambda item: -len(item[1])):
        ours = next((group for start, group in ORIGINS.items() if source.startswith(start)), None)
        cells = []
        for group in ("nothing", ours):
            if group is None or group not in answers:
                cells.append(["", ""])
                continue
            score = counted([rows[at] for at in places], [answers[group][1][at] for at in places])
            recall = f"{score['recall']:.4f}" if score["countries"] else ""
            cells.append([recall, len(score["mistakes"])])
        lines.append([source, len(places), score["countries"], *cells[0], ours or "", *cells[1]])
        blind.update((at, answers[ours if ours in answers else "nothing"][1][at]) for at in places)
    head = ["source of the corpus", "rows", "of countries", "recall", "WRONG", "ours of the same origin",
            "recall without it", "WRONG without it"]  # fmt: skip
    score = counted(rows, [blind[at] for at in range(len(rows))])
    said = f"recall {score['recall']:.4f}, WRONG {len(score['mistakes'])}"
    return f"{table(head, lines)}\n\nEvery row read without our names of the same origin: {said}"


def without(rule: Rule, texts: list[str], source: Path) -> tuple[int, list[str | None]]:
    """How many rows (of CLDR and countrynames: names) were taken out, and what is then read."""
    target = Path(tempfile.gettempdir()) / "migstat-areas-target"
    # Always the same folder, or cargo builds everything anew.
    crate = Path(tempfile.gettempdir()) / "migstat-areas-crate"
    for part in ("src", "examples"):
        shutil.copytree(source / part, crate / part, dirs_exist_ok=True)
    for part in ("Cargo.toml", "Cargo.lock"):
        shutil.copy(source / part, crate / part)
    removed = 0
    for path in sorted((crate / "src/codes/tables").glob("area_*.csv")):
        if path.stem.startswith(("area_names", "area_group_names", "area_not")):
            removed += thinned(path, rule)
    command = ["cargo", "build", "--quiet", "--profile", "ci", "--example", "areas"]
    subprocess.run(command, cwd=crate, env={**os.environ, "CARGO_TARGET_DIR": str(target)}, check=True)
    told = subprocess.run(
        [str(target / "ci/examples/areas")], input="\n".join(texts).encode(), capture_output=True, check=True
    )
    lines = told.stdout.decode().split("\n")[: len(texts)]
    return removed, [line.split("\t")[0] or None for line in lines]


def thinned(path: Path, rule: Rule) -> int:
    with path.open(encoding="utf8", newline="") as file:
        head, *rows = csv.reader(file)
    source = head.index("source")
    kept = [row for row in rows if not rule(Names(path.stem, row[source]))]
    gone = [row for row in rows if rule(Names(path.stem, row[source]))]
    with path.open("w", encoding="utf8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *kept])
    if "cldr" in path.stem:
        return sum(sum(map(bool, row)) - 2 for row in gone)
    return sum(len(row[1].split(" | ")) for row in gone) if "_more" in path.stem else len(gone)


if __name__ == "__main__":
    main()
