"""How long columns, single names and hard labels take, beside the peers: `python benches/areas/speed.py`.

Every measurement is a process of its own. A form of a column is made before the clock starts; medians of at least 3.
Ratios are those of CPU time, which other work on the machine disturbs less.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from typing import Any

from environments import PEERS, SkipError, ask, corpus, limited, options, python_of, table, where

#: The part of the rows and of the distinct labels that is asked.
WHOLE = 1
FORMS = (
    "pyarrow",
    "pyarrow, typos=False",
    "pyarrow dictionary",
    "pandas",
    "pandas object",
    "pandas category",
    "polars",
    "list",
)

COLD = {
    "migstat": "import migstat as ms; ms.areas.resolve('Ivory Coast')",
    "migstat, a list of 100": "import migstat as ms; ms.areas.resolve(['Ivory Coast', 'Nepal'] * 50)",
    "migstat, misspelt": "import migstat as ms; ms.areas.resolve('Ivory Caost')",
    "countryguess": "from countryguess import guess_country; guess_country('Ivory Coast', attribute='iso3')",
    "pycountry": "import pycountry; pycountry.countries.lookup('Nepal')",
    "countrynames": "from countrynames import to_code_3; to_code_3('Ivory Coast')",
    "resolvekit": "import resolvekit; resolvekit.resolve_id('Ivory Coast')",
    "country_converter": "import country_converter as coco; coco.convert('Ivory Coast', to='ISO3')",
    "hdx-python-country": "from hdx.location.country import Country; Country.countriesdata(use_live=False); "
    "Country.get_iso3_country_code_fuzzy('Ivory Coast')",
    "countrycode": "from countrycode import countrycode; countrycode('Ivory Coast', 'country.name', 'iso3c')",
}


def main() -> None:
    asking = options(__doc__)
    asking.add_argument("--rows", type=int, default=1_000_000)
    asking.add_argument("--reps", type=int, default=5)
    asking.add_argument("--threads", default="1,2")
    asking.add_argument("--only", choices=["iso", "messy", "cold", "hard"], action="append")
    asked = asking.parse_args()
    wanted = asked.only or ["iso", "messy", "cold", "hard"]
    print(where())
    for threads in map(int, asked.threads.split(",")):
        for what in (name for name in ("iso", "messy") if name in wanted):
            print(f"\n## {what}, {threads} thread{'s' * (threads > 1)}\n", flush=True)
            print(columns(what, asked.rows, asked.reps, threads), flush=True)
    if "cold" in wanted:
        print(f"\n## a new process\n\n{cold()}", flush=True)
    if "hard" in wanted:
        print(f"\n## hard labels\n\n{hard()}", flush=True)


# ---- columns of a million rows


def columns(what: str, rows: int, reps: int, threads: int) -> str:
    texts = iso() if what == "iso" else messy()
    asks: list[tuple[str, str, float]] = [("floor", "dictionary_encode", WHOLE), ("floor", "unique", WHOLE)]
    asks += [("migstat", form, WHOLE) for form in FORMS]
    if threads == 1:  # the others use one
        asks += [
            ("floor", "map", WHOLE),
            ("country_converter", "pandas_convert", WHOLE),
            ("countrycode", "list", WHOLE),
        ]
        asks += [("resolvekit", "bulk(list)", WHOLE if what == "iso" else 0.1)]
    timed: list[tuple[str, str, float, float]] = []
    for peer, form, share in asks:
        sample = texts if share == WHOLE else random.Random(5).sample(texts, int(len(texts) * share))
        times = reps if peer in ("migstat", "floor") else 3 if share == WHOLE else 1
        job = {"texts": sample, "rows": int(rows * share), "form": form, "reps": times}
        try:
            told = ask(peer, "column", job, threads, "" if peer == "floor" else None)
        except SkipError as why:
            print(f"  {peer}, {form} was skipped: {why}", file=sys.stderr)
            continue
        note = "" if share == WHOLE else f"; {share:.0%} of rows and labels, extrapolated"
        timed.append((peer, form + note, told["wall"] / share, told["cpu"] / share))
        print(f"  {peer}, {form}: {told['wall'] / share:.3f} s", file=sys.stderr, flush=True)
    if what == "messy" and threads == 1:
        timed += extrapolated(texts)
    base = next(cpu for _, form, _, cpu in timed if form == "dictionary_encode")
    ours = next(cpu for peer, form, _, cpu in timed if (peer, form) == ("migstat", "pyarrow"))
    lines = []
    for peer, form, wall, cpu in sorted(timed, key=lambda line: line[3]):
        mark = "**" if peer == "migstat" else ""
        lines.append(
            [f"{mark}{peer}{mark}", form, f"{wall:.3f}", f"{cpu:.3f}", f"{cpu / base:.2f}", f"{cpu / ours:.2f}"]
        )
    head = ["resolver", "form", "seconds", "CPU s", "CPU x dictionary_encode", "CPU x migstat from pyarrow"]
    return table(head, lines)


def extrapolated(texts: list[str]) -> list[tuple[str, str, float, float]]:
    """Peers that take one label at a time: the cost of distinct labels, from a sample."""
    lines = []
    for peer, count in (("countryguess", 2000), ("countrynames", 2000), ("countrynames fuzzy", 500)):
        try:
            told = ask(peer, "names", {"texts": random.Random(7).sample(texts, count)})
        except SkipError as why:
            print(f"  {peer} was skipped: {why}", file=sys.stderr)
            continue
        scale = len(texts) / count
        form = f"distinct labels only; {count} of them, extrapolated"
        lines.append((peer, form, told["wall"] * scale, told["cpu"] * scale))
    return lines


def iso() -> list[str]:
    """The English names of ISO 3166-1, as pycountry has them."""
    code = "import pycountry; print('\\n'.join(area.name for area in pycountry.countries))"
    done = subprocess.run([python_of("pycountry"), "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def messy(count: int = 20_000) -> list[str]:
    """The texts of the corpus and the names of areas with footnotes, upper case, blanks and slips of the pen."""
    dice = random.Random(11)
    plain = list(dict.fromkeys([row["text"] for row in corpus()] + iso()))
    made = dict.fromkeys(plain)
    while len(made) < count:
        text = dice.choice(plain)
        for change in dice.sample(CHANGES, dice.choice([1, 1, 2])):
            text = change(text, dice)
        made[text] = None
    return list(made)[:count]


def slip(text: str, dice: random.Random) -> str:
    """A letter too few, too many, another one, or two in the wrong order."""
    at = dice.randrange(len(text)) if text else 0
    letter = dice.choice("abcdefghijklmnopqrstuvwxyz")
    how = dice.randrange(4)
    middle = ["", letter + text[at : at + 1], letter, text[at + 1 : at + 2] + text[at : at + 1]][how]
    return text[:at] + middle + text[at + 1 + (how == 3) :]


CHANGES = [
    lambda text, dice: text + dice.choice(["*", " *", " 1/", " (1)", " [2]", " (a)", "¹", "†", " 2)", " **"]),
    lambda text, _: text.upper(),
    lambda text, _: text.lower(),
    lambda text, dice: dice.choice([" ", "  ", "\t", "\u00a0"]) + text + dice.choice(["", " ", "   "]),
    lambda text, dice: dice.choice(["The ", "the "]) + text,
    lambda text, _: text.replace(" ", "  "),
    lambda text, _: text.replace(" and ", " & "),
    slip,
    slip,
]


# ---- a new process


def cold() -> str:
    bare = started("", "")
    lines = [["Python alone", "", f"{1e3 * bare:.0f}", ""]]
    for name, statement in COLD.items():
        peer = name.split(",")[0]
        environment = PEERS[peer]
        try:
            seconds = started(environment, statement)
            modules = ["pandas", "pyarrow", "numpy", "polars"]
            found = ask(peer, "imported", {"statement": statement, "modules": modules})
        except SkipError as why:
            print(f"  {name} was skipped: {why}", file=sys.stderr)
            continue
        mark = "**" if peer == "migstat" else ""
        lines.append([f"{mark}{name}{mark}", f"`{statement.split(';')[-1].strip()}`", f"{1e3 * seconds:.0f}",
                      ", ".join(found) or "none of them"])  # fmt: skip
    lines.sort(key=lambda line: float(line[2]))
    return table(
        ["resolver", "first answer", "ms, best of 5, the process whole", "imports pandas, pyarrow, numpy, polars"],
        lines,
    )


def started(environment: str, statement: str) -> float:
    """Seconds of a process, the best of five after one that fills the caches."""
    command, took = [python_of(environment), "-c", statement], []
    for _ in range(6):
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=limited(1))
        took.append(time.perf_counter() - start)
        if done.returncode:
            raise SkipError((done.stderr.strip().splitlines() or ["no message"])[-1])
    return min(took[1:])


# ---- labels that are hard


def hard() -> str:
    """Microseconds of CPU a label, by kind: what is no area at all; medians of three lists, none asked twice."""
    lines = []
    counts = {"migstat": 2000, "countryguess": 300, "countrynames fuzzy": 100, "countrynames": 300, "resolvekit": 100,
              "country_converter": 300, "countrycode": 300, "hdx-python-country fuzzy": 100,
              "pycountry search_fuzzy": 100}  # fmt: skip
    for peer, count in counts.items():
        cells: list[Any] = []
        for kind in KINDS:
            lists = [unknown(kind, count, turn) for turn in range(3)]
            try:
                told = ask(peer, "hard", {"lists": lists})
            except SkipError as why:
                cells.append(f"failed: {why}")
                continue
            cells.append(f"{1e6 * statistics.median(told) / count:.0f}")
        mark = "**" if peer == "migstat" else ""
        lines.append([f"{mark}{peer}{mark}", *cells])
    slowest = sorted(zip(ask("migstat", "each", {"texts": (texts := every())}), texts, strict=True), reverse=True)[:12]
    said = "\n".join(f"* {1e6 * seconds:.0f} us: `{text[:100]!r}`" for seconds, text in slowest)
    shown = table(["resolver, us of CPU a label", *KINDS], lines)
    return f"{shown}\n\nOur slowest of {len(texts)}, each asked alone:\n{said}"


SYLLABLES = [a + b for a in ["b", "d", "k", "l", "m", "n", "r", "s", "t", "st", "gr", "v"] for b in "aeiou"]
NEAR = [
    "Republic",
    "Islands",
    "of",
    "the",
    "and",
    "New",
    "North",
    "Territory",
    "Saint",
    "United",
    "Guinea",
    "Democratic",
]
KINDS = ["a word", "four words", "words like a country's", "twenty words", "not Latin", "misspelt name"]


def unknown(kind: str, count: int, turn: int) -> list[str]:
    dice = random.Random(f"{kind} {turn}")
    word = lambda: "".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))).capitalize()  # noqa: E731
    far = lambda: "".join(chr(dice.randint(0x0430, 0x044F)) for _ in range(dice.randint(5, 12)))  # noqa: E731
    names = iso() if kind == "misspelt name" else []
    one = {
        "a word": word,
        "four words": lambda: " ".join(word() for _ in range(4)),
        "words like a country's": lambda: " ".join([*dice.sample(NEAR, 3), word()]),
        "twenty words": lambda: " ".join(word() for _ in range(20)),
        "not Latin": far,
        "misspelt name": lambda: slip(slip(dice.choice(names), dice), dice),
    }[kind]
    return [one() for _ in range(count)]


def every() -> list[str]:
    """Texts of the corpus, messy ones, and those that are no area; and some that are made to be slow."""
    texts = (
        [row["text"] for row in corpus()] + messy(8000)[4000:] + [t for kind in KINDS for t in unknown(kind, 100, 9)]
    )
    return [*texts, "a" * 10_000, "a " * 5_000, "Republic of " * 500, "(" * 3_000, "Guinea-" * 400, "\u0301" * 5_000]


if __name__ == "__main__":
    main()
