"""What all tests share."""

import os
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
