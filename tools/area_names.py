"""Write the tables of area names in many languages anew, from the packages that they come from.

    python tools/area_names.py CLDR_NAMES CLDR_CORE COUNTRYNAMES

Each argument is a folder: the npm packages `cldr-localenames-full` and `cldr-core` (48.2.0, Unicode-3.0) and the
Python package `countrynames` (1.17.0, MIT), unpacked. What is taken over are names and nothing else; how they are
read is decided by the core. Needs PyYAML.
"""

from __future__ import annotations

import csv
import difflib
import json
import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

TABLES = Path(__file__).resolve().parent.parent / "src" / "codes" / "tables"
CLDR = "CLDR 48.2 (Unicode-3.0)"
COUNTRYNAMES = "countrynames 1.17, from Wikidata and others (MIT)"

#: CLDR's codes of no area of ours, or of parts of one.
LEFT_OUT = {"AC", "CP", "CQ", "DG", "EA", "IC", "QO", "TA", "UN", "XA", "XB"}
OWN = {"EU": "grp:EU", "EZ": "grp:EURO", "XK": "XKX", "ZZ": "_U"}
#: Names that say something else in the language, or stand for two areas in it: left out, by locale and code.
SLIPS = {("wo", "018"), ("wo", "021"), ("ps", "053"), ("el-polyton", "LA"), ("xh", "142")}
#: Yoruba has north and south the wrong way round.
SLIPS |= {(locale, code) for locale in ("yo", "yo-BJ") for code in ("KP", "KR")}
#: Tables that a name is compared with.
TYPED = (
    "areas.csv",
    "area_names.csv",
    "area_names_un.csv",
    "area_names_formal.csv",
    "area_names_history.csv",
    "area_names_owid.csv",
)
#: A locale with fewer names than this is a beginning.
COMPLETE = 280


def rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, header: list[str], lines: list[list[str]]) -> None:
    with (TABLES / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)
    print(f"{name}: {len(lines)} rows, {(TABLES / name).stat().st_size // 1000} kB")


def key(text: str) -> str:
    """Return letters and digits alone: near enough to the core's key to leave out what is there already."""
    plain = unicodedata.normalize("NFKD", text).lower()
    return "".join(sign for sign in plain if sign.isalnum())


def territories(folder: Path) -> dict[str, dict[str, str]]:
    found = {}
    for path in sorted((folder / "main").glob("*/territories.json")):
        locale = path.parent.name
        names = json.loads(path.read_text(encoding="utf-8"))["main"][locale]["localeDisplayNames"]["territories"]
        names = {code: name for code, name in names.items() if name != code.split("-")[0]}
        if len(names) >= COMPLETE:
            found[locale] = names
    return found


def parents(locale: str) -> list[str]:
    """Return the locales that a locale takes its names from, nearest first."""
    own = {"zh-Hant-HK": ["zh-Hant"], "zh-Hant-MO": ["zh-Hant-HK", "zh-Hant"], "nb": ["no"], "nn": ["no"]}
    if locale in own:
        return own[locale]
    above = [locale.rsplit("-", cut)[0] for cut in range(1, locale.count("-") + 1)]
    if locale.startswith("en-"):
        above.insert(0, "en-001")
    return ["es-419", *above] if locale.startswith("es-") and locale != "es-419" else above


def latin(names: dict[str, str]) -> bool:
    text = "".join(names.values())
    return 2 * sum(ord(sign) < 0x250 or 0x1E00 <= ord(sign) < 0x1F00 for sign in text) > len(text)


def cldr(names: Path, core: Path) -> set[str]:
    """Write the tables of CLDR; a regional locale has only the names in which it differs."""
    ours = {row["alpha2"]: row["code"] for row in rows("areas.csv") if row["kind"] == "country"}
    numbers = {row["numeric"]: row["code"] for row in rows("areas.csv") if row["code"].startswith("m49:")}
    every = territories(names)
    levels = json.loads((core / "coverageLevels.json").read_text(encoding="utf-8"))["effectiveCoverageLevels"]
    every = {locale: t for locale, t in every.items() if levels.get(locale) in ("modern", "moderate") or locale == "en"}
    columns: dict[str, str] = {}
    for text in every["en"]:
        code, _, form = text.partition("-alt-")
        area = OWN.get(code) or ours.get(code) or numbers.get(code)
        if area is None or code in LEFT_OUT:
            if code not in LEFT_OUT:
                print("no area of ours:", code)
            continue
        columns[text] = f"{area} {form}".strip()
    # "Latin America", in languages that say it as English does, is the narrower group of ours.
    english = {key(row["name"]): row["code"] for table in ("area_names.csv", "areas.csv") for row in rows(table)}
    elsewhere = {text: area.split()[0] for text, area in columns.items()}
    scripts: dict[bool, list[list[str]]] = {True: [], False: []}
    seen: set[tuple[str, ...]] = set()
    taken: set[str] = set()
    for locale, found in sorted(every.items()):
        above = [every[other] for other in parents(locale) if other in every]
        known = {code: {other.get(code) for other in above} for code in columns}
        wanted = {code: found.get(code, "") for code in columns if (locale, code) not in SLIPS}
        wanted = {
            code: name
            for code, name in wanted.items()
            if elsewhere[code][3:4] != ":" or english.get(key(name), elsewhere[code]) == elsewhere[code]
        }
        # Two Latin letters are a code: the United Kingdom is no "GT".
        cells = [wanted.get(code, "") if wanted.get(code) not in known[code] else "" for code in columns]
        cells = ["" if cell.isascii() and len(cell) < 3 else cell for cell in cells]
        cells = [
            "" if "-alt-" in text and cell == found.get(text.split("-alt-")[0]) else cell
            for text, cell in zip(columns, cells, strict=True)
        ]
        mark = (locale.split("-")[0], *cells)
        if not any(cells) or mark in seen:
            continue
        seen.add(mark)
        taken.update(key(cell) for cell in cells)
        scripts[latin(found)].append([locale, CLDR, *cells])
    for is_latin, lines in scripts.items():
        write(
            f"area_names_cldr_{'latin' if is_latin else 'other'}.csv", ["language", "source", *columns.values()], lines
        )
    return taken


def elsewhere(plain: str, code: str, latin: dict[str, str]) -> bool:
    """Whether a text is much like a name of another area, and less like one of its own."""
    best = difflib.get_close_matches(plain, latin, n=1, cutoff=0.75)
    return bool(best) and latin[best[0]] != code


def countrynames(folder: Path, taken: set[str]) -> None:
    """Write the names of the package that no other table has and that mean one area only."""
    import yaml

    data = yaml.safe_load((folder / "data.yaml").read_text(encoding="utf-8"))
    ours = {row["alpha2"]: row["code"] for row in rows("areas.csv") if row["kind"] in ("country", "former")}
    ours |= {row["code"]: row["code"] for row in rows("areas.csv") if row["kind"] == "former"} | {"XK": "XKX"}
    meanings: dict[str, set[str]] = defaultdict(set)
    spelled: dict[str, str] = {}
    for code, names in data.items():
        for name in names or ():
            text = " ".join(re.sub(r"\s+-", " - ", str(name)).split())
            meanings[key(text)].add(str(code))
            spelled.setdefault(key(text), text)
    known = {key(row["name"]): row["code"] for table in TYPED for row in rows(table)}
    latin = {name: code for name, code in known.items() if name.isascii()}
    ours_of: dict[str, list[str]] = defaultdict(list)
    for plain, codes in meanings.items():
        code = ours.get(next(iter(codes)))
        wide = any(ord(sign) > 0x2E80 for sign in plain)
        if len(codes) != 1 or code is None or plain in taken or plain in known or len(plain) < (2 if wide else 4):
            continue
        # "Nikaraagua" stands under Nigeria there. Towns and counties are left out by area_not.csv.
        if spelled[plain].isascii() and elsewhere(plain, code, latin):
            continue
        ours_of[code].append(spelled[plain].replace("|", " "))
    lines = [[code, " | ".join(sorted(names)), COUNTRYNAMES] for code, names in sorted(ours_of.items())]
    write("area_names_more.csv", ["code", "names", "source"], lines)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    countrynames(Path(sys.argv[3]), cldr(Path(sys.argv[1]), Path(sys.argv[2])))
