"""Tutorials of the documentation, run from end to end."""

import re
import runpy
from pathlib import Path

import pandas as pd
import pytest

PAGES = Path(__file__).resolve().parent.parent / "docs" / "tutorials"


def run(name, shared, folders):
    """Run the cells of a tutorial; give what they leave behind."""
    pytest.importorskip("python_calamine")
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    cells = re.findall(r"```\{code-cell\} python\n(.*?)```", text, re.DOTALL)
    code = "\n".join(re.sub(r"^:tags:.*\n", "", cell) for cell in cells)
    with pytest.MonkeyPatch.context() as patch, pd.option_context("display.max_colwidth", 50):
        patch.setenv("MIGSTAT_SHARED", str(shared))
        script = folders.mktemp("page") / f"{name}.py"
        script.write_text(code, encoding="utf-8")
        return runpy.run_path(str(script))
