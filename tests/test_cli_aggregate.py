"""``migstat aggregate``."""

from pathlib import Path

from pyarrow import parquet

import migstat as ms
from command_line import expected


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
