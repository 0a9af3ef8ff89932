"""``migstat demo`` and ``migstat doctor``, and the help."""

import re

import migstat as ms
from command_line import OPTIONS, expected
from migstat import _cli_roles, _demo


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
