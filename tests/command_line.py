"""A table for the command line, the options that say what it is, and the command as a process of its own."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
from hypothesis import strategies as st

import migstat as ms

TABLE = """\
Country,Year,Skilled M,Skilled F
Saudi Arabia,1996,10,-
Congo,1996,5,1
Narnia,1996,2,0
Kuwait,1996,"1,234",3
"""
LAYOUT = """\
duplicates = "keep"
year = "Year"
[columns]
destination = "Country"
[constants]
origin = "LKA"
measure = "labour_outflow"
[wide."Skilled M"]
skill = "skilled"
sex = "M"
[wide."Skilled F"]
skill = "skilled"
sex = "F"
[schemes]
skill = "LKA-SLBFE-1975"
[missing]
"-" = "zero"
"""
OPTIONS = [
    *("--destination", "Country", "--year", "Year", "--constant", "origin=LKA"),
    *("--constant", "measure=labour_outflow", "--scheme", "skill=LKA-SLBFE-1975"),
    *("--wide", "Skilled M: skill=skilled sex=M", "--wide", "Skilled F: skill=skilled sex=F"),
    *("--missing", "-=zero"),
]
ROLES = {
    "destination": "Country",
    "year": "Year",
    "constants": {"origin": "LKA", "measure": "labour_outflow"},
    "schemes": {"skill": "LKA-SLBFE-1975"},
    "wide": {"Skilled M": {"skill": "skilled", "sex": "M"}, "Skilled F": {"skill": "skilled", "sex": "F"}},
    "missing": {"-": "zero"},
}
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


def shell(words: list[str], stdin: bytes = b"") -> subprocess.CompletedProcess:
    """Run the command as a process of its own."""
    command = [sys.executable, "-m", "migstat.cli", *words]
    return subprocess.run(command, input=stdin, capture_output=True, check=False)


def parts() -> list[str]:
    return [path.name for path in Path().iterdir() if ".part" in path.name]


def expected() -> ms.Observations:
    return ms.harmonise(pd.read_csv("in.csv"), **ROLES)
