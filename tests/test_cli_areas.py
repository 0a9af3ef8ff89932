"""``migstat areas``: the labels of a column, and questions about one area or group."""

import csv
import re
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from command_line import TABLE, shell


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
