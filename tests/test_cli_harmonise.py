"""``migstat harmonise``: options and layouts, and the tables that go in and come out."""

import gzip
import json
import os
import shlex
import stat
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, strategies as st

import migstat as ms
from command_line import OPTIONS, ROLES, TABLE, TEXT, expected, parts
from migstat import _cli_files, _cli_roles


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


@given(
    TEXT.map(str.strip).filter(bool),
    st.dictionaries(st.sampled_from(["sex", "skill", "age"]), TEXT.map(str.strip)),
)
def test_wide_columns_may_have_any_name(name, labels):
    labels = {role: label for role, label in labels.items() if label}
    if not labels:
        return
    said = f"{name}: " + " ".join(shlex.quote(f"{role}={label}") for role, label in labels.items())
    found, read = _cli_roles._tagged(said, "--wide", "")
    if ":" not in name:
        assert (found, read) == (name, labels)
