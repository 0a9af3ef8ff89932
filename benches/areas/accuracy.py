"""How many messy names we and the peers read, and how many wrong: `python benches/areas/accuracy.py`.

The corpus and the rules of scoring are the project's shared ones (`$MIGSTAT_SHARED`, default `../shared`).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from environments import PEERS, SkipError, ask, corpus, options, shared, table, where

HEAD = ["resolver", "recall", "precision", "WRONG", "wrong country", "not a country, given one", "former right",
        "former given a successor", "aggregates never a country", "aggregates named", "ms of CPU a name"]  # fmt: skip


def main() -> None:
    asking = options(__doc__)
    asking.add_argument("--corpus", type=Path, help="another corpus of the same make")
    asking.add_argument("--peers", help="part of the peers' names, such as migstat")
    asking.add_argument("--wrong", action="store_true", help="list our wrong answers")
    asked = asking.parse_args()
    shared()
    rows = corpus(asked.corpus)
    texts = [row["text"] for row in rows]
    lines: list[list[Any]] = []
    skipped, mistakes = [], []
    for peer in PEERS:
        if asked.peers and asked.peers not in peer:
            continue
        try:
            told = ask(peer, "names", {"texts": texts})
        except SkipError as why:
            skipped.append(f"{peer} was skipped: {why}.")
            continue
        score = counted(rows, told["answers"])
        mark = "**" if peer == "migstat" else ""
        lines.append([f"{mark}{peer}{mark}", *cells(score), f"{1e3 * told['cpu'] / len(rows):.3g}"])
        print(f"  {peer}: recall {score['recall']:.3f}", file=sys.stderr, flush=True)
        if peer == "migstat":
            mistakes = score["mistakes"]
    lines.sort(key=lambda line: -float(line[1]))
    print(f"{where()}; {len(rows)} rows\n\n{table(HEAD, lines)}\n")
    print("\n".join(skipped))
    if asked.wrong:
        print("\n".join(f"WRONG\t{text}\texpected {expected}\tgiven {given}" for text, expected, given in mistakes))


def counted(rows: list[dict[str, str]], answers: list[str | None]) -> dict[str, Any]:
    """The figures of `score.py`, by name."""
    import score

    seen: dict[tuple[str, str], int] = {}
    mistakes, named = [], 0
    for row, answer in zip(rows, answers, strict=True):
        kind, verdict = score.kind(row["expected"]), score.verdict(row["expected"], answer)
        seen[kind, verdict] = seen.get((kind, verdict), 0) + 1
        named += row["expected"].startswith("AGGREGATE") and verdict == "right"
        if verdict in ("wrong", "collapsed"):
            mistakes.append((row["text"], row["expected"], answer))
    number = lambda kind: sum(count for (of, _), count in seen.items() if of == kind)  # noqa: E731
    right = seen.get(("country", "right"), 0)
    return {
        "seen": seen,
        "recall": right / number("country") if number("country") else float("nan"),
        "precision": right / (right + len(mistakes)) if right + len(mistakes) else float("nan"),
        "countries": number("country"),
        "noncountries": number("noncountry"),
        "formers": number("former"),
        "aggregates": sum(row["expected"].startswith("AGGREGATE") for row in rows),
        "named": named,
        "mistakes": mistakes,
    }


def cells(score: dict[str, Any]) -> list[str]:
    seen = score["seen"]
    refused = score["noncountries"] - seen.get(("noncountry", "wrong"), 0)
    return [
        f"{score['recall']:.4f}",
        f"{score['precision']:.4f}",
        str(len(score["mistakes"])),
        str(seen.get(("country", "wrong"), 0)),
        str(seen.get(("noncountry", "wrong"), 0)),
        f"{seen.get(('former', 'right'), 0)}/{score['formers']}",
        str(seen.get(("former", "collapsed"), 0)),
        f"{refused}/{score['noncountries']}",
        f"{score['named']}/{score['aggregates']}",
    ]


if __name__ == "__main__":
    main()
