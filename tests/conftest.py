"""What all tests share."""

import csv
import os
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("MIGSTAT_SHARED") or ROOT.parent / "shared").resolve()

# MIGSTAT_EXAMPLES: how many random inputs a property is tried on. In CI they are the same in every run.
settings.register_profile(
    "migstat",
    deadline=None,
    derandomize="CI" in os.environ,
    max_examples=int(os.environ.get("MIGSTAT_EXAMPLES", "100")),
    print_blob=True,
)
settings.load_profile("migstat")


def pytest_report_header() -> str:
    """Say which versions meet in this run."""
    found = []
    for name in ("migstat", "numpy", "pandas", "pyarrow", "polars", "duckdb"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join(found)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of publishers' files that are tested where they lie."""
    if not SHARED.is_dir():
        reason = f"{SHARED} is not there (MIGSTAT_SHARED names the folder of publishers' files)"
        if os.environ.get("MIGSTAT_REQUIRE_SHARED") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return SHARED


@pytest.fixture(scope="session")
def published() -> Callable[[str], list[dict[str, str]]]:
    """Give the rows of a published example in tests/published, whose first line is its citation."""

    def rows(name: str) -> list[dict[str, str]]:
        with (ROOT / "tests" / "published" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert file.readline().startswith("# ")
            return list(csv.DictReader(file))

    return rows


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Go to a folder that holds a table for the command line, and its layout."""
    from command_line import LAYOUT, TABLE

    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text(TABLE, encoding="utf-8")
    Path("layout.toml").write_text(LAYOUT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(folder, capsys) -> Callable[..., tuple[int, str, str]]:
    """Run the command in that folder; give exit code, stdout and stderr."""
    from migstat.cli import main

    def run(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        out, err = capsys.readouterr()
        return code, out, err

    return run
