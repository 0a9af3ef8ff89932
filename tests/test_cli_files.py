"""Pipes, interrupts, and files that are written whole or not at all."""

import csv
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from command_line import OPTIONS, TABLE, TEXT, parts, shell
from migstat import _cli_files

pytestmark = pytest.mark.usefixtures("folder")


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


@given(st.lists(st.tuples(TEXT, st.floats(allow_nan=False, allow_infinity=False)), min_size=1), st.booleans())
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
