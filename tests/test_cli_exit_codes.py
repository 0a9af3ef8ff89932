"""What the command line refuses, and the exit codes that scripts rely on."""

import gzip
import re
from pathlib import Path

import pytest

from command_line import OPTIONS, TABLE


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
