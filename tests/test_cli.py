"""The command line: what goes in and comes out, and the exit codes that scripts rely on."""

import csv
import gzip
import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st
from pyarrow import parquet

import migstat as ms
from migstat import _cli_files, _cli_roles, _demo
from migstat.cli import main

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


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text(TABLE, encoding="utf-8")
    Path("layout.toml").write_text(LAYOUT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(capsys):
    """Run the command here; give exit code, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        out, err = capsys.readouterr()
        return code, out, err

    return run


def shell(words: list[str], stdin: bytes = b"") -> subprocess.CompletedProcess:
    """Run the command as a process of its own."""
    command = [sys.executable, "-m", "migstat.cli", *words]
    return subprocess.run(command, input=stdin, capture_output=True, check=False)


def parts() -> list[str]:
    return [path.name for path in Path().iterdir() if ".part" in path.name]


def expected() -> ms.Observations:
    return ms.harmonise(pd.read_csv("in.csv"), **ROLES)


# ---- harmonise


def test_options_say_what_harmonise_takes(run):
    code, out, err = run("harmonise", "in.csv", *OPTIONS)
    assert code == 0
    assert out.splitlines()[:3] == [
        "destination,year,sex,value,leaf",
        "SAU,1996,M,10,true",
        "SAU,1996,F,0,true",
    ]
    assert "ambiguous destination" in err
    assert "migstat: 4 rows were set aside: ambiguous destination, Country = Congo; unmatched" in err


def test_layout_says_the_same_as_options(run):
    assert run("harmonise", "in.csv", "--layout", "layout.toml", "-o", "a.parquet")[0] == 0
    assert run("harmonise", "in.csv", *OPTIONS, "-o", "b.parquet")[0] == 0
    found, same = (ms.Observations.from_parquet(name) for name in ("a.parquet", "b.parquet"))
    assert found.figures.equals(same.figures)
    assert found.figures.equals(expected().figures)
    assert found.ledger == ms.harmonise(pd.read_csv("in.csv"), **ROLES, duplicates="keep").ledger


def test_options_win_over_the_layout(run):
    layout = ["--layout", "layout.toml", "--quiet", "--full"]
    _, out, _ = run("harmonise", "in.csv", *layout, "--constant", "origin=NPL", "--override", "Congo=COD")
    assert {line.split(",")[1] for line in out.splitlines()[1:]} == {"NPL"}
    assert "COD" in out
    # A constant instead of a column, a year instead of a column of years.
    _, out, _ = run("harmonise", "in.csv", *layout, "--constant", "destination=KWT", "--year", "2001")
    assert {line.split(",")[2] for line in out.splitlines()[1:]} == {"KWT"}
    assert {line.split(",")[3] for line in out.splitlines()[1:]} == {"2001"}
    # A long table instead of a wide one.
    _, out, _ = run("harmonise", "in.csv", *layout, "--value", "Skilled F", "--constant", "sex=F")
    assert len(out.splitlines()) == 3
    code, _, err = run("harmonise", "in.csv", *layout, "--on-unresolved", "error")
    assert code == 1
    assert '"Congo" means COG and COD alike' in err
    assert "--override LABEL=CODE" in err


def test_weights(run):
    Path("w.csv").write_text("C,S,n\nKuwait,middle level,9\n", encoding="utf-8")
    words = [
        "harmonise",
        "w.csv",
        "--destination",
        "C",
        "--skill",
        "S",
        "--value",
        "n",
        "--year",
        "1996",
        "--quiet",
    ]
    words += ["--constant", "measure=labour_outflow", "--scheme", "skill=LKA-SLBFE-1994"]
    split = [["--weights", "equal"], ["--weight", "MIDDLE: medium=.5 high=.5"]]
    assert len({run(*words, *more)[1] for more in split}) == 1
    assert run(*words, "--weights", "equal", "--weight", "MIDDLE: high=1")[0] == 2
    assert run(*words, "--weight", "MIDDLE: high=half")[0] == 2


@pytest.mark.parametrize("name", ["out.csv", "out.tsv", "out.arrow", "out.arrows", "out.feather"])
def test_formats_of_the_view(run, name):
    assert run("harmonise", "in.csv", *OPTIONS, "--quiet", "--labels", "-o", name) == (0, "", "")
    source = _cli_files.Source(name)
    found = source.read()
    assert found.column("destination").to_pylist()[0] == "Saudi Arabia"
    assert [float(value) for value in found.column("value").to_pylist()] == [10, 0, 1234, 3]
    assert parts() == []


def test_parquet_holds_everything(run):
    assert run("harmonise", "in.csv", *OPTIONS, "-o", "out.parquet", "--ledger", "ledger.json")[0] == 0
    found = ms.Observations.from_parquet("out.parquet")
    assert ms.Ledger.from_json(Path("ledger.json").read_text(encoding="utf-8").strip()) == found.ledger
    assert json.loads(Path("ledger.json").read_text(encoding="utf-8"))["steps"]
    assert stat.S_IMODE(os.stat("out.parquet").st_mode) == 0o666 & ~_cli_files._umask()
    # What migstat wrote can be shown as it is.
    code, out, _ = run("harmonise", "out.parquet", "--full", "--quiet")
    assert code == 0
    assert out.startswith("definition,origin,destination,year,")
    code, _, err = run("harmonise", "out.parquet", "--value", "n")
    assert code == 2
    assert "holds observations already" in err


def test_labels_that_other_readers_take_for_missing(run):
    Path("na.csv").write_text("Code,n\nNA,5\nNP,\n,7\nLK,NA\n", encoding="utf-8")
    words = ["--destination", "Code", "--scheme", "destination=alpha2", "--value", "n", "--year", "1996"]
    code, out, err = run("harmonise", "na.csv", *words, "--constant", "measure=inflow", "--full")
    assert code == 0
    rows = [line.split(",") for line in out.splitlines()]
    of = {row[rows[0].index("destination")]: row for row in rows[1:]}
    presence = rows[0].index("presence")
    assert {code: row[presence] for code, row in of.items()} == {
        "NAM": "value",
        "NPL": "blank",
        "LKA": "missing",
    }
    assert "blank destination" in err
    code, out, _ = run(
        "harmonise",
        "na.csv",
        *words,
        "--constant",
        "measure=inflow",
        "--full",
        "--missing",
        "=zero",
        "--quiet",
    )
    assert ",zero," in out


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("semicolon.csv", TABLE.replace('"1,234"', "1234").replace(",", ";").encode(), ["--delimiter", ";"]),
        ("tab.tsv", TABLE.replace('"1,234"', "1234").replace(",", "\t").encode(), []),
        ("tab.csv", TABLE.replace('"1,234"', "1234").replace(",", "\t").encode(), ["--from", "tsv"]),
        ("bom.csv", b"\xef\xbb\xbf" + TABLE.encode(), []),
        ("old.csv", TABLE.replace("Narnia", "Côte X").encode("cp1252"), ["--encoding", "cp1252"]),
        ("wide.csv", TABLE.encode("utf-16"), ["--encoding", "utf-16"]),
        ("crlf.csv", TABLE.replace("\n", "\r\n").encode(), []),
        ("titles.csv", b"Departures\n(persons)\n" + TABLE.encode(), ["--skip", "2"]),
        ("in.csv.gz", gzip.compress(TABLE.encode()), []),
    ],
)
def test_how_text_may_be_written(run, name, text, options):
    Path(name).write_bytes(text)
    code, out, err = run("harmonise", name, *OPTIONS, *options, "--quiet")
    assert (code, err) == (0, "")
    assert out == run("harmonise", "in.csv", *OPTIONS, "--quiet")[1]


def test_tables_of_other_programs(run):
    frame = pd.read_csv("in.csv")
    frame.to_parquet("in.parquet")
    frame.to_feather("in.feather")
    wanted = run("harmonise", "in.csv", *OPTIONS, "--quiet")
    assert wanted[0] == 0
    for name in ("in.parquet", "in.feather"):
        assert run("harmonise", name, *OPTIONS, "--quiet") == wanted
        # The content tells the format, not the name.
        Path(name).rename("odd.csv")
        assert run("harmonise", "odd.csv", *OPTIONS, "--quiet") == wanted


# ---- aggregate


def test_aggregate(run):
    by = ["--by", "destination.GCC,sex", "--totals", "sex", "--quiet"]
    code, out, _ = run("aggregate", "in.csv", "--layout", "layout.toml", *by)
    assert code == 0
    run("harmonise", "in.csv", "--layout", "layout.toml", "-o", "obs.parquet", "--quiet")
    assert run("aggregate", "obs.parquet", *by)[1] == out
    lines = [line.split(",") for line in out.splitlines()]
    assert lines[0][:3] == ["destination.GCC", "sex", "value"]
    assert ["grp:GCC", "_T", "1247"] in [line[:3] for line in lines]
    assert run("aggregate", "obs.parquet", *by, "-o", "out.parquet")[0] == 0
    wanted = ms.aggregate(expected(), by=["destination.GCC", "sex"], totals=["sex"])
    assert parquet.read_table("out.parquet").equals(wanted.to_arrow())
    more = [
        "--outside",
        "drop",
        "--membership",
        "2008",
        "--expected",
        "grid",
        "--min-coverage",
        "0.1",
        "--threads",
        "1",
    ]
    code, _, err = run("aggregate", "obs.parquet", "--by", "destination.EU", *more, "--ledger", "l.json")
    assert code == 0, err
    assert len(ms.Ledger.from_json(Path("l.json").read_text(encoding="utf-8").strip()).steps) == 2


def test_aggregate_across(run):
    Path("two.csv").write_text("C,S,n\nKuwait,a,5\nKuwait,b,7\n", encoding="utf-8")
    words = [
        "aggregate",
        "two.csv",
        "--destination",
        "C",
        "--value",
        "n",
        "--definition",
        "coverage=S",
        "--quiet",
    ]
    words += ["--year", "1996", "--constant", "measure=labour_outflow", "--by", "destination"]
    code, out, err = run(*words)
    assert (code, out, "--across FIELD" in err) == (1, "", True), err
    _, out, _ = run(*words, "--across", "coverage")
    assert out.splitlines()[1].startswith("KWT,12,")


# ---- areas


def test_areas_of_a_column(run):
    code, out, err = run("areas", "in.csv", "--column", "Country", "--year", "1996")
    assert code == 0
    assert out.splitlines()[:3] == [
        "label,code,name,state,rule,confidence,candidates,outlived,read_as,language",
        "Saudi Arabia,SAU,Saudi Arabia,matched,English name,1,,false,Saudi Arabia,en",
        "Congo,,,ambiguous,spelling,,COG COD,false,,",
    ]
    assert err == "migstat: 4 rows: 2 matched, 1 ambiguous, 1 unknown\n"
    code, out, _ = run("areas", "in.csv", "--column", "Country", "--override", "Congo=COD", "--unresolved", "--quiet")
    assert [line.split(",")[0] for line in out.splitlines()] == ["label", "Narnia"]
    Path("many.csv").write_text("Country\n" + "Nepal\nIndia\nNepal\n" * 3, encoding="utf-8")
    _, out, err = run("areas", "many.csv", "--column", "Country", "--distinct")
    assert out.splitlines()[1:] == [
        "Nepal,NPL,Nepal,6,matched,English name,1,,false,Nepal,en",
        "India,IND,India,3,matched,English name,1,,false,India,en",
    ]
    assert "2 labels: 2 matched" in err
    assert run("areas", "many.csv", "--column", "Country", "--scheme", "alpha2", "--strict")[0] == 5


NAMES = "Name,When\nNigeira,1996\nCongo,1990\nYugoslavia,1998\nSwitzerland,2000\nSwitzerland,2001\n"


def codes_of(out: str, column: str = "code") -> list[str]:
    return [row[column] for row in csv.DictReader(out.splitlines())]


def test_areas_options(run):
    Path("names.csv").write_text(NAMES, encoding="utf-8")
    words = ["areas", "names.csv", "--column", "Name", "--quiet"]
    assert codes_of(run(*words)[1]) == ["NGA", "", "YUCS", "CHE", "CHE"]
    assert codes_of(run(*words, "--no-typos")[1])[0] == ""
    assert codes_of(run(*words, "--min-confidence", "0.9999")[1])[0] == ""
    assert codes_of(run(*words, "--min-confidence", "0.5")[1])[0] == "NGA"
    assert codes_of(run(*words, "--source", "un")[1])[1] == "COG"
    assert codes_of(run(*words, "--year", "When")[1]) == ["NGA", "", "CSXX", "CHE", "CHE"]
    assert codes_of(run(*words, "--to", "name:fr")[1], "name:fr")[3:] == ["Suisse", "Suisse"]
    _, out, _ = run(*words, "--to", "ioc", "--to", "tsv")
    assert [line.split("\t")[3] for line in out.splitlines()][::4] == ["ioc", "SUI"]
    assert run(*words, "--to", "ioc", "-o", "out.parquet")[0] == 0
    assert parquet.read_table("out.parquet").column("ioc").to_pylist()[3:] == ["SUI", "SUI"]
    Path("teams.csv").write_text("Team\nSUI\nGER\n", encoding="utf-8")
    assert codes_of(run("areas", "teams.csv", "--column", "Team", "--scheme", "ioc")[1]) == ["CHE", "DEU"]


def test_areas_report(run):
    Path("names.csv").write_text(NAMES, encoding="utf-8")
    words = ["areas", "names.csv", "--column", "Name", "--report"]
    code, out, err = run(*words)
    assert (code, err) == (0, "")
    assert out.startswith("Areas: 5 rows, 4 distinct labels\n")
    assert 'ambiguous  "Congo" COG or COD (1 row, first 1)' in out
    assert "--override LABEL=CODE" in out
    assert run(*words, "--strict")[0] == 5
    assert run(*words, "--strict", "--override", "Congo=COD")[0] == 0
    assert run(*words, "-o", "report.txt")[0] == 0
    assert Path("report.txt").read_text(encoding="utf-8") == out


def test_areas_of_lines():
    found = shell(["areas"], "Nepal\n\nCôte d’Ivoire\nCongo\n".encode())
    assert found.returncode == 0
    assert [line.split(",")[1] for line in found.stdout.decode().splitlines()] == [
        "code",
        "NPL",
        "",
        "CIV",
        "",
    ]
    assert b"4 rows: 2 matched, 1 blank, 1 ambiguous" in found.stderr
    found = shell(["areas", "-", "--column", "Country", "--to", "arrow", "--quiet"], TABLE.encode())
    assert pa.ipc.open_stream(found.stdout).read_all().column("code").to_pylist() == [
        "SAU",
        None,
        None,
        "KWT",
    ]
    assert found.stderr == b""
    found = shell(["areas"])
    assert found.returncode == 0
    assert b"0 rows" in found.stderr


def test_areas_answers(run):
    code, out, _ = run("areas", "--explain", "Congo")
    assert (code, "COD  Democratic Republic of the Congo" in out) == (0, True)
    assert "--override LABEL=CODE" in out
    assert run("areas", "--explain", "Congo", "--strict")[0] == 5
    code, out, err = run("areas", "--members", "GCC", "--year", "2008")
    assert (code, err) == (0, "")
    assert out.splitlines()[:2] == ["code,name", "ARE,United Arab Emirates"]
    _, out, err = run("areas", "--members", "ESCAP", "--year", "2008")
    assert "migstat: warning: the list of members of grp:ESCAP" in err
    assert len(out.splitlines()) == 59
    _, out, _ = run("areas", "--members", "WB-LIC", "--year", "1980")
    assert out == "code,name\n"
    _, out, _ = run("areas", "--info", "SUHH")
    assert re.search(r"^to year +1991$", out, re.MULTILINE)
    assert re.search(r"^successors +ARM AZE", out, re.MULTILINE)
    assert "grp:GCC,Gulf Cooperation Council,true,6,0" in run("areas", "--groups")[1]
    _, out, _ = run("areas", "--info", "LKA")
    assert re.search(r"^other codes .*\bioc:SRI\b", out, re.MULTILINE)
    assert run("areas", "--explain", "Congo", "--source", "un")[1].startswith('"Congo" is COG')
    assert '"SUI" is CHE' in run("areas", "--explain", "SUI", "--scheme", "ioc")[1]
    assert ", not confirmed, still listed; see" in run("areas", "--members", "LDC", "--year", "2031")[2]
    assert run("areas", "--groups", "-o", "groups.parquet")[0] == 0
    assert "m49:199" in parquet.read_table("groups.parquet").column("code").to_pylist()
    assert run("areas", "--info", "NPL", "-o", "nepal.txt", "--to", "csv")[0] == 0
    assert "Nepal" in Path("nepal.txt").read_text(encoding="utf-8")


# ---- demo, doctor, help


def test_demo(run, monkeypatch):
    calls = []
    monkeypatch.setattr(_demo, "run", lambda **given: calls.append(given) or 0)
    assert run("demo")[0] == 0
    assert calls.pop() == {"out": "demo", "observations": None, "name": ""}
    assert run("demo", "in.csv", *OPTIONS, "-o", "here")[0] == 0
    call = calls.pop()
    assert (call["out"], call["name"]) == ("here", "in.csv")
    assert call["observations"].figures.equals(expected().figures)
    assert run("demo", "--value", "n")[0] == 2
    assert run("demo", "in.csv")[0] == 2
    monkeypatch.setattr(_demo, "run", lambda **given: (_ for _ in ()).throw(PermissionError(13, "denied")))
    assert run("demo")[0] == 4


def test_doctor(run, monkeypatch):
    code, out, _ = run("doctor")
    assert code == 0
    for name in (
        "python",
        "migstat",
        "numpy",
        "pandas",
        "pyarrow",
        "polars",
        "duckdb",
        "matplotlib",
        "threads",
    ):
        assert re.search(rf"^{name} +\S", out, re.MULTILINE), name
    assert re.search(r"^core +answers$", out, re.MULTILINE)
    monkeypatch.setattr("migstat.areas.resolve", lambda label: None)
    code, out, _ = run("doctor")
    assert code == 1
    assert "does not answer" in out


def test_help_and_version(run):
    assert run("--version") == (0, f"migstat {ms.__version__}\n", "")
    code, out, _ = run("--help")
    assert code == 0
    for number in ("0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "130 "):
        assert f"\n  {number}" in out
    for command in ("harmonise", "aggregate", "areas", "demo", "doctor"):
        code, out, _ = run(command, "--help")
        assert code == 0
        assert max(map(len, out.splitlines())) <= 110


def test_every_role_has_its_option(run):
    _, out, _ = run("harmonise", "--help")
    for role in _cli_roles._columns():
        assert f"--{role.replace('_', '-')} " in out


# ---- exit codes


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["harmonise", "in.csv", "--value", "Skilled F", "--constant", "yaer=1996"], 1, "did you mean"),
        (["harmonise", "in.csv", "--destination", "Contry"], 1, 'did you mean "Country"'),
        (
            ["harmonise", "in.csv", "--wide", "Skiled M: sex=M"],
            1,
            '--wide "Skiled M": in.csv has no such column',
        ),
        (["harmonise", "in.csv", *OPTIONS[:-2]], 1, "on the command line missing= is --missing TEXT=KIND"),
        (["aggregate", "in.csv", "--layout", "layout.toml", "--by", "skil"], 1, 'did you mean "skill"'),
        (["areas", "in.csv", "--column", "Contry"], 1, 'did you mean "Country"'),
        (["areas", "--info", "Nepalistan"], 1, "names that read like it"),
        (["areas", "--members", "GC"], 1, "grp:GCC"),
        ([], 2, "COMMAND"),
        (["harmonize"], 2, "invalid choice"),
        (["harmonise"], 2, "FILE"),
        (["harmonise", "in.csv"], 2, "say which column of in.csv is what"),
        (["harmonise", "in.csv", "--missing", "--year", "Year"], 2, "expected one argument"),
        (["harmonise", "in.csv", "--constant", "origin"], 2, "expected ROLE=VALUE"),
        (["harmonise", "in.csv", "--wide", "Skilled M"], 2, "expected 'COLUMN: ROLE=LABEL ...'"),
        (["harmonise", "in.csv", *OPTIONS, "-o", "out.xlsx"], 2, "--to {csv,tsv,parquet,arrow}"),
        (["harmonise", "in.csv", *OPTIONS, "-o", "out.parquet", "--labels"], 2, "parquet holds codes"),
        (["harmonise", "in.csv", *OPTIONS, "-o", "x.csv", "--ledger", "./x.csv"], 2, "a file of its own"),
        (["aggregate", "in.csv", "--by", ","], 2, "separated by commas"),
        (["aggregate", "in.csv", "--by", "year", "--membership", "now"], 2, "period, current or a year"),
        (["areas", "in.csv"], 2, "--column COLUMN"),
        (["areas", "in.csv", "--column", "Country", "--scheme", "iso9"], 1, 'unknown scheme of areas "iso9"'),
        (["areas", "in.csv", "--column", "Country", "--source", "nobody"], 1, 'unknown source "nobody"'),
        (["areas", "in.csv", "--column", "Country", "--to", "pdf"], 1, 'to="pdf"'),
        (["areas", "in.csv", "--column", "Country", "--to", "ioc", "--to", "fips"], 2, "give one format"),
        (["areas", "in.csv", "--column", "Country", "--year", "Yaer"], 1, 'did you mean "Year"'),
        (["areas", "in.csv", "--column", "Country", "--year", "Year", "--distinct"], 2, "several years"),
        (["areas", "in.csv", "--column", "Country", "--min-confidence", "2"], 2, "not a number from 0 to 1"),
        (["areas", "in.csv", "--column", "Country", "--report", "--distinct"], 2, "--report is about all labels"),
        (["areas", "--explain", "Congo", "--to", "ioc"], 2, "--to ioc is for the labels of a column"),
        (["areas", "--explain", "Congo", "--year", "Year"], 2, "expected a year, such as 1996"),
        (["areas", "in.csv", "--explain", "Congo"], 2, "take no FILE"),
        (["areas", "--explain", "Congo", "--info", "NPL"], 2, "not allowed with"),
        (["areas", "--column", "Country"], 2, "of which FILE?"),
        (["harmonise", "nowhere.csv", *OPTIONS], 3, "cannot read nowhere.csv: No such file"),
        (["harmonise", ".", *OPTIONS], 3, "cannot read"),
        (["harmonise", "in.csv", "--layout", "nowhere.toml"], 3, "layout nowhere.toml"),
        (["harmonise", "in.csv", *OPTIONS, "-o", "no/where.csv"], 4, "there is no folder"),
        (["harmonise", "in.csv", *OPTIONS, "-o", ".", "--to", "csv"], 4, "it is a folder"),
        (["harmonise", "in.csv", *OPTIONS, "--ledger", "no/where.json"], 4, "there is no folder"),
        (["harmonise", "in.csv", *OPTIONS, "--strict"], 5, "4 rows were set aside"),
        (["harmonise", "in.csv", *OPTIONS, "--strict", "--quiet"], 5, "4 rows were set aside"),
        (
            ["aggregate", "in.csv", "--layout", "layout.toml", "--by", "sex", "--strict"],
            5,
            "Country = Narnia",
        ),
    ],
)
def test_exit_codes(run, words, code, says):
    before = sorted(Path().iterdir())
    found, _, err = run(*words)
    assert (found, says in err) == (code, True), err
    assert "Traceback" not in err
    if code not in (0, 5):
        assert re.search(r"^migstat( \w+)?: error: ", err, re.MULTILINE)
    assert sorted(Path().iterdir()) == before


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"a,b\n1\n", "--skip N"),
        ("Côte\n1\n".encode("cp1252"), "--encoding cp1252"),
        ("a,b\n1,2\n".encode("utf-16"), "--encoding utf-16"),
        (b"PAR1 and no more", "as parquet"),
        (b"ARROW1 and no more", "as arrow"),
        (b"PK\x03\x04 and more", "save the sheet"),
        (gzip.compress(b"a\n1\n")[:-9], "cannot unpack"),
    ],
)
def test_files_that_cannot_be_read(run, data, says):
    Path("bad.csv").write_bytes(data)
    code, _, err = run("harmonise", "bad.csv", "--value", "a")
    assert (code, says in err) == (3, True), err
    code, _, err = run("areas", "bad.csv", "--column", "a")
    assert code == 3
    assert "Traceback" not in err


def test_names_that_promise_another_format(run):
    Path("in.parquet").write_text(TABLE, encoding="utf-8")
    code, _, err = run("harmonise", "in.parquet", *OPTIONS)
    assert (code, "--from" in err) == (3, True)
    assert run("harmonise", "in.parquet", "--from", "csv", *OPTIONS, "--quiet")[0] == 0
    code, _, err = run("harmonise", "in.csv", "--encoding", "klingon", *OPTIONS)
    assert code == 3


@pytest.mark.parametrize(
    ("layout", "code", "says"),
    [
        ("year = ", 2, "is not TOML"),
        ("constnats = {}", 2, 'did you mean "constants"'),
        ("[columns]\nvalu = 'n'", 2, 'did you mean "value"'),
        ("year = 'Year'\n[columns]\nyear = 'Year'", 2, "given twice"),
        ("constants = 5", 2, "write [constants]"),
        ("[wide]\n'Skilled M' = 5", 2, '[wide."Skilled M"]'),
        ("duplicates = 'all'", 2, "'keep'"),
        ("columns = 5", 2, "is not a table"),
    ],
)
def test_layouts_that_make_no_sense(run, layout, code, says):
    Path("bad.toml").write_text(layout, encoding="utf-8")
    found, _, err = run("harmonise", "in.csv", "--layout", "bad.toml")
    assert (found, says in err) == (code, True), err


def test_columns_that_stand_twice_or_behind_another_delimiter(run):
    Path("twice.csv").write_text("C,n,n\nKuwait,1,2\n", encoding="utf-8")
    code, _, err = run("harmonise", "twice.csv", "--destination", "C", "--value", "n")
    assert (code, '2 columns named "n"' in err) == (1, True)
    # Those that nobody asks for do no harm.
    words = ["--destination", "C", "--constant", "measure=inflow", "--year", "1996", "--quiet"]
    Path("twice.csv").write_text("C,n,,\nKuwait,1,2,3\n", encoding="utf-8")
    assert run("harmonise", "twice.csv", "--value", "n", *words)[0] == 0
    Path("semicolon.csv").write_text("C;n\nKuwait;1\n", encoding="utf-8")
    code, _, err = run("harmonise", "semicolon.csv", "--value", "n", *words)
    assert (code, "--delimiter" in err) == (1, True)


# ---- pipes, and what is written


def test_pipes():
    made = shell(["harmonise", "-", *OPTIONS, "--to", "parquet", "--quiet"], TABLE.encode())
    assert (made.returncode, made.stderr) == (0, b"")
    summed = shell(["aggregate", "-", "--by", "sex", "--quiet"], made.stdout)
    assert summed.stdout.splitlines()[1:] == [b"F,3,2,0,1,", b"M,1244,2,0,1,"]
    made = shell(["harmonise", "-", *OPTIONS, "--to", "arrow", "--quiet"], TABLE.encode())
    assert pa.ipc.open_stream(made.stdout).read_all().column("value").to_pylist() == [10, 0, 1234, 3]
    assert shell(["areas", "-", "--column", "destination", "--quiet"], made.stdout).returncode == 0


def test_a_reader_that_leaves_is_no_error():
    words = f"'{sys.executable}' -m migstat.cli areas --quiet"
    command = f"yes Nepal | head -200000 | {words} | head -1; echo ${{PIPESTATUS[2]}}"
    found = subprocess.run(["bash", "-c", command], capture_output=True, check=False, text=True)
    assert found.stdout.splitlines() == [
        "label,code,name,state,rule,confidence,candidates,outlived,read_as,language",
        "0",
    ]
    assert found.stderr == ""


def test_interrupted():
    command = [sys.executable, "-m", "migstat.cli", "areas", "-o", "out.csv"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1)  # until it waits for stdin
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == b"migstat: error: interrupted\n"
    assert not Path("out.csv").exists()


def test_nothing_is_written_in_part(run, monkeypatch):
    Path("out.csv").write_text("before", encoding="utf-8")

    def fail(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_cli_files, "_write_text", fail)
    code, _, err = run("harmonise", "in.csv", *OPTIONS, "-o", "out.csv", "--ledger", "ledger.json", "--quiet")
    assert (code, "cannot write out.csv: No space left on device" in err) == (4, True)
    assert Path("out.csv").read_text(encoding="utf-8") == "before"
    assert not Path("ledger.json").exists()
    assert parts() == []


def test_replacing_keeps_mode_and_links(run):
    Path("out.csv").write_text("before", encoding="utf-8")
    Path("out.csv").chmod(0o640)
    Path("link.csv").symlink_to("out.csv")
    assert run("harmonise", "in.csv", *OPTIONS, "-o", "link.csv", "--quiet")[0] == 0
    assert Path("link.csv").is_symlink()
    assert Path("out.csv").read_text(encoding="utf-8").startswith("destination,")
    assert stat.S_IMODE(os.stat("out.csv").st_mode) == 0o640
    # The input may be the output.
    Path("obs.csv").write_text(TABLE, encoding="utf-8")
    assert run("harmonise", "obs.csv", *OPTIONS, "-o", "obs.csv", "--quiet")[0] == 0
    assert Path("obs.csv").read_text(encoding="utf-8").startswith("destination,")
    # A device is written to and not replaced.
    assert run("harmonise", "in.csv", *OPTIONS, "-o", os.devnull, "--to", "parquet", "--quiet")[0] == 0
    assert not Path(os.devnull).is_file()


# ---- properties

text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


@given(st.lists(st.tuples(text, st.floats(allow_nan=False, allow_infinity=False)), min_size=1), st.booleans())
def test_text_that_is_written_is_read_again(tmp_path_factory, rows, tabs):
    path = tmp_path_factory.getbasetemp() / ("again.tsv" if tabs else "again.csv")
    table = pa.table({"label, odd": [row[0] for row in rows], "value": [row[1] for row in rows]})
    _cli_files.write_all([(str(path), _cli_files.writer(table, "tsv" if tabs else "csv", str(path)))])
    with path.open(encoding="utf-8", newline="") as file:
        header, *found = csv.reader(file, delimiter="\t" if tabs else ",")
    assert header == ["label, odd", "value"]
    assert [(label, float(value)) for label, value in found] == rows


@pytest.mark.parametrize("name", ["again.csv", "again.tsv"])
@pytest.mark.parametrize("label", ["\r", "a\rb", "a\r"])
def test_carriage_returns_are_written_in_quotes(name, label):
    table = pa.table({"label": [label], "value": [1.0]})
    _cli_files.write_all([(name, _cli_files.writer(table, name.partition(".")[2], name))])
    with open(name, encoding="utf-8", newline="") as file:
        assert list(csv.reader(file, delimiter="\t" if name.endswith("tsv") else ","))[1:] == [[label, "1"]]


def test_whole_numbers_are_written_without_exponent():
    column = pa.chunked_array([[281e9, 0.5, None, -0.0, 2.0**52, 1e300]])
    wanted = ["281000000000", "0.5", None, "0", "4503599627370496", "1e+300"]
    assert _cli_files._printed(column).to_pylist() == wanted


@given(
    text.map(str.strip).filter(bool),
    st.dictionaries(st.sampled_from(["sex", "skill", "age"]), text.map(str.strip)),
)
def test_wide_columns_may_have_any_name(name, labels):
    labels = {role: label for role, label in labels.items() if label}
    if not labels:
        return
    said = f"{name}: " + " ".join(shlex.quote(f"{role}={label}") for role, label in labels.items())
    found, read = _cli_roles._tagged(said, "--wide", "")
    if ":" not in name:
        assert (found, read) == (name, labels)
