"""What people see: the facts in their order, within 25 lines of 100 characters, and the same as HTML."""

import html
import json
import re
import time
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import migstat as ms
from migstat import _display as display
from migstat._display_table import period_text, years_text
from migstat._display_text import clean, numbers

VOID = {"br", "hr", "img", "input", "link", "meta"}


class Page(HTMLParser):
    """Reads HTML strictly: every element is closed in its turn, and none is of a kind that runs or loads."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.said = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert tag not in {"script", "link", "img", "iframe", "object"}
        assert not any(name.startswith("on") or name in {"src", "href"} for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.said.append(data)

    @property
    def text(self):
        return " ".join(self.said)


def fits(text):
    lines = text.split("\n")
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 100
    assert text.splitlines() == lines, "a line break of some other kind"
    assert lines[0].strip()
    return text


def page(text):
    assert "http" not in re.sub(r">[^<]*<", "><", text), "something would be loaded"
    return Page(text)


def line(text, label):
    """Return what is said under a label, on as many lines as it has."""
    found = re.search(rf"^{label} +(.*(?:\n {{11}}.*)*)", text, re.MULTILINE)
    assert found, f"no {label!r} in\n{text}"
    return re.sub(r"\s+", " ", found[1])


@pytest.fixture(scope="module")
def departures():
    return ms.datasets.sri_lanka_departures()


@pytest.fixture
def small():
    table = {
        "Country": ["Saudi Arabia", "North Yemen", "Others", "Atlantis", "Kuwait", "Total"],
        "Male": ["17962", "16", "74", "5", "..", "18052"],
        "Female": ["32293", "7", "28", "1", "<5", "32328"],
    }
    return ms.harmonise(
        table,
        destination="Country",
        wide={"Male": {"sex": "M"}, "Female": {"sex": "F"}},
        missing={"<5": "suppressed"},
        constants={
            "origin": "LKA",
            "reporter": "LKA",
            "role": "origin",
            "measure": "labour_outflow",
            "year": 1996,
            "coverage": "all sources",
            "publisher": "Bureau <of> Employment",
            "dataset": "Handbook",
            "vintage": "1998",
            "url": "https://example.org/a?b=1&c=2",
        },
    )


def test_observations_say_what_who_when_and_how_complete(small):
    text = fits(repr(small))
    assert text.split("\n")[0] == "Observations: labour_outflow in persons, 10 figures, 8 leaves: 50,380"
    told = line(text, "warning")
    assert 'destination "Atlantis" is not a known area' in told
    assert re.search(r'destination "North Yemen" is YEM-1990, a former state.*\(2 rows, 23\)', told)
    assert line(text, "set aside") == "unmatched destination, such as Country = Atlantis (2 rows, 6 persons)"
    who = "from Sri Lanka (reporter) to 5 destinations (1 former state, 1 residual, 1 total)"
    assert line(text, "who") == who
    assert line(text, "when") == "1996"
    assert line(text, "by") == "sex F M"
    assert line(text, "means") == "coverage all sources"
    assert line(text, "complete") == "8 of 10 rows have a value (80.0 %), 1 missing, 1 suppressed"
    assert line(text, "source").startswith("Bureau <of> Employment. Handbook. 1998. https://example.org/a?b=1")
    header, row = text.split("\n")[-7:-5]
    # What is the same in all rows is not repeated: neither origin nor year.
    assert header.split() == ["destination", "sex", "value", "leaf"]
    assert row.split() == ["SAU", "M", "17,962", "True"]
    assert text.endswith("… 5 more rows: obs.to_pandas()")


def test_a_cell_without_a_value_says_what_stood_there(small):
    text = repr(small.where(destination="KWT"))
    rows = [row.split() for row in text.split("\n")[-2:]]
    assert rows == [["M", "missing"], ["F", "suppressed", "1", "4"]]


def test_definitions_that_differ(departures):
    text = fits(repr(departures))
    assert text.split("\n")[0].endswith("848 figures (1,018 rows), leaves 18,428 | 171,254 | 155,572")
    defined = line(text, "defined")
    assert defined.startswith("3 definitions, different in coverage, table, vintage, url")
    for figures in ("0 (220 leaves, 18,428)", "1 (253 leaves, 171,254)", "2 (440 leaves, 155,572)"):
        assert figures in defined
    assert line(text, "when") == "1988, 1995–1996"
    assert line(text, "source").endswith("(3 publications: obs.cite())")
    assert "low medium high _T (LKA-SLBFE-1975 as broad, 5 rungs printed)" in line(text, "by")


def test_only_definitions_with_figures_are_told(departures):
    text = fits(repr(departures.where(year=1988)))
    assert "220 leaves: 18,428" in text.split("\n")[0]
    assert "defined" not in text
    assert "registered agencies and bureau only" in line(text, "means")
    assert "not selected" in line(text, "set aside")
    # What was found before the selection may be about rows that are no longer there.
    assert "before where)" in text


def test_parts_put_together_again_warn_once(departures):
    both = ms.concat([departures.where(year=1988), departures.where(year=1996)])
    text = fits(repr(both))
    assert text.count('"South Yemen"') == 1
    assert "and 5 assumptions, 2 notes: obs.ledger" in text


def test_stocks_of_several_days_are_not_added_up():
    obs = ms.harmonise(
        {"to": ["NPL", "NPL", "IND"], "day": ["2010-07-01", "2020-07-01", "2020-07-01"], "n": [100, 120, 30]},
        destination="to",
        date="day",
        value="n",
        constants={"origin": "LKA", "measure": "stock"},
    )
    text = fits(repr(obs))
    assert text.startswith("Observations: stock in persons, 3 figures, 3 leaves: 150 on 2020-07-01\n")
    assert line(text, "who") == "from Sri Lanka in Nepal, India; reporter not stated"
    assert line(text, "when") == "on 1 July 2010, 2020"


def test_percentages_are_not_added_up():
    obs = ms.harmonise(
        {"year": [2000, 2001], "n": [60, 70]},
        year="year",
        value="n",
        constants={"origin": "LKA", "destination": "_T", "measure": "outflow", "unit": "percent", "sex": "F"},
    )
    text = fits(repr(obs))
    assert text.startswith("Observations: outflow in percent, 2 figures, 2 leaves\n")
    assert line(text, "by") == "sex F only"


def test_no_rows(departures):
    empty = departures.where(year=2050)
    text = fits(repr(empty))
    assert text.startswith("Observations: labour_outflow in persons, no figures\n")
    assert "not selected (913 rows, 345,254 persons)" in text
    page(empty._repr_html_())
    fits(repr(empty.ledger))
    assert len(display.citations(empty)) == 3


def test_aggregate(departures):
    out = ms.aggregate(departures, by=["year", "destination.ESCAP", "sex"], totals=["sex"])
    text = fits(repr(out))
    first, second = text.split("\n")[:2]
    assert first == f"Aggregate: labour_outflow in persons, {len(out)} cells by year, destination.ESCAP, sex"
    assert second.startswith("warning    destination.ESCAP: the list of members bears no dates")
    assert line(text, "coverage") == "complete in every cell; all 913 figures have a value"
    assert "year 1988, 1995–1996" in line(text, "by")
    assert text.endswith("more rows: out.to_pandas()")


def test_aggregate_with_gaps(small):
    text = fits(repr(ms.aggregate(small, by=["destination", "sex"])))
    coverage = "lowest 0; 2 of 8 cells below 1; 2 of 8 figures without a value; 2 cells without a value"
    assert coverage in line(text, "coverage")
    assert re.search(r"KWT +M +no value", text)


def test_ledger(small):
    text = fits(repr(small.ledger))
    assert text.split("\n")[0] == "Ledger: balances (in = out + set aside + adjustment), 1 step: harmonise"
    assert 'destination "North Yemen"' in text
    assert re.search(r"\(2 rows, 23; e\.g\. row 1\)", text)
    assert "labour_outflow, LKA, all sources, Handbook, 1998 (persons)" in text
    rows = {row.split("  ")[0]: row.split() for row in (row.strip() for row in text.split("\n"))}
    assert rows["in"] == ["in", "12", "2", "100,766"]
    assert rows["= out"] == ["=", "out", "8", "2", "50,380"]
    assert rows["+ set aside: unmatched destination"][-3:] == ["2", "0", "6"]
    assert rows["+ set aside: total, kept beside its parts"][-3:] == ["2", "0", "50,380"]


def test_ledger_of_many_definitions_and_steps(departures):
    obs = ms.harmonise(
        {"to": ["NPL"] * 40, "n": [1.5] * 40, "table": [f"Table {at}" for at in range(40)]},
        destination="to",
        value="n",
        definition={"table": "table"},
        constants={"origin": "LKA", "measure": "inflow", "year": 2000},
    )
    text = fits(repr(obs.ledger))
    assert "40 definitions together (persons)" in text
    assert re.search(r"… and \d+ more: ledger\.to_pandas\(\)$", text)
    for _ in range(40):
        departures = departures.where(sex="F")
    text = fits(repr(departures.ledger))
    assert "41 steps: harmonise, 40 × where" in text
    assert "… and" in text
    page(departures.ledger._repr_html_())


def test_units_are_never_added():
    obs = ms.harmonise(
        {"to": ["NPL"] * 12, "n": [1] * 12, "table": list("ABCDEFGHIJKL"), "unit": ["USD", "EUR"] * 6},
        destination="to",
        value="n",
        definition={"table": "table", "unit": "unit"},
        constants={"origin": "LKA", "measure": "remittance", "year": 2000},
    )
    text = fits(repr(obs.ledger))
    assert "6 definitions together (USD)" in text
    assert "6 definitions together (EUR)" in text
    assert "EUR: remittance, B" in text
    # Definitions are in the order of what they say, and the unit comes before the table.
    assert "0: 1 EUR; 1: 1 EUR" in fits(repr(obs))


def test_ledgers_that_are_not_right(small):
    wrong = json.loads(small.ledger.to_json())
    wrong["steps"][0]["accounts"][0]["out"]["rows"] += 1
    text = fits(repr(ms.Ledger.from_json(json.dumps(wrong))))
    assert text.startswith("Ledger: DOES NOT BALANCE")
    assert line(text, "warning").startswith("the ledger does not balance in step 0 (harmonise)")
    for nonsense in ("", "nonsense", "[]", '{"steps": 3}', '{"steps": [3]}', '{"steps": [{"accounts": 3}]}'):
        ledger = ms.Ledger.from_json(nonsense)
        assert fits(repr(ledger)).startswith("Ledger: cannot be read")
        page(ledger._repr_html_())
    assert repr(ms.Ledger.from_json('{"steps": []}')) == "Ledger: empty, nothing has been done yet"


def test_citations():
    table = {"to": ["NPL"] * 5, "n": [1] * 5, "year": [1, 2, 3, 4, 5]}
    table["table"] = ["T1", "T1", "T2", "T2", "T3"]
    table["publisher"] = ["UN.", "UN.", "UN.", None, None]
    table["year"] = [2001, 2002, 2003, 2004, 2005]
    obs = ms.harmonise(
        table,
        destination="to",
        value="n",
        year="year",
        definition={"table": "table", "publisher": "publisher"},
        constants={"origin": "LKA", "measure": "inflow", "dataset": "Migration", "licence": "CC BY 4.0"},
    )
    assert display.citations(obs) == [
        "UN. Migration, T1. CC BY 4.0.",
        "UN. Migration, T2. CC BY 4.0.",
        "Source not stated.",
    ]
    assert display.citations(obs.where(year=2003)) == ["UN. Migration, T2. CC BY 4.0."]


def test_html_says_the_same_in_the_same_order(small, departures):
    for shown in (small, small.ledger, departures, ms.aggregate(small, by=["sex"])):
        read = page(shown._repr_html_())
        text = re.sub(r"[\s…]+", " ", " ".join(read.said))
        labels = re.findall(r"^([a-z ]{2,9}[a-z]) {2,}", repr(shown), re.MULTILINE)
        at = -1
        for label in labels:
            found = text.find(f" {label.strip()} ", at + 1)
            assert found > at, f"{label} is not where it is in the text"
            at = found
        # Everything but what was shortened for want of room.
        for word in re.findall(r"\d[\d,]+", repr(shown).split("\n")[0]):
            assert word in text


def test_html_is_escaped(small):
    text = small._repr_html_()
    assert "Bureau &lt;of&gt; Employment" in text
    assert "<of>" not in text
    hostile = "<script>alert('x')</script>"
    obs = ms.harmonise(
        {"to": ["NPL", hostile, "KWT"], "n": [1, 2, 3], "note": [hostile, "b", "c"]},
        destination="to",
        value="n",
        note="note",
        constants={"origin": "LKA", "measure": "inflow", "year": 2000, "table": hostile, "coverage": hostile},
    )
    for shown in (obs, obs.ledger, ms.aggregate(obs, by=["destination", "coverage"])):
        read = page(shown._repr_html_())
        assert "script" not in read.tags
        assert hostile in read.text


def test_html_needs_nothing_else_and_suits_any_theme(small):
    text = small._repr_html_()
    style = re.search(r"<style>(.*?)</style>", text)[1]
    assert all(rule.startswith(".migstat") for rule in re.split(r"[},](?![^{]*\})", style) if rule.strip())
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search(r"background:(?!none)", style)


# ---- anything at all

UGLY = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "_T",
            "LKA",
            "\n",
            "\u2028a",
            "\x1b[31m",
            "</td>",
            "長い名前" * 40,
            "x" * 400,
            "ශ්‍රී ලංකා",
            "👩‍👩‍👧",
            "\u202eabc",
            "\x85",
        ]
    ),
)
UGLY = UGLY.filter(lambda text: not re.search("[\ud800-\udfff]", text))
DAYS = st.integers(-(2**31), 2**31 - 1) | st.integers(0, 20_000)
TEXTS = (
    "coverage",
    "criteria",
    "table",
    "publisher",
    "dataset",
    "url",
    "caveat",
    "schemes",
    "reporter",
    "unit",
    "measure",
)


@st.composite
def tallies(draw):
    return {
        "rows": draw(st.integers(-(2**40), 2**40)),
        "missing": draw(st.integers(0, 10)),
        "value": draw(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=3)),
    }


@st.composite
def ledgers(draw):
    """Ledgers of the right form; whether they balance does not matter here."""
    remainders = st.fixed_dictionaries(
        {
            "reason": UGLY,
            "tally": tallies(),
            "examples": st.lists(
                st.fixed_dictionaries({"row": st.integers(0, 9), "what": UGLY, "value": st.none()}),
                max_size=2,
            ),
        }
    )
    accounts = st.fixed_dictionaries(
        {
            "definitions": st.just([0]),
            "title": UGLY,
            "unit": UGLY,
            "taken": tallies(),
            "out": tallies(),
            "set_aside": st.lists(remainders, max_size=4),
            "adjustments": st.lists(remainders, max_size=2),
        }
    )
    found = st.fixed_dictionaries(
        {
            "severity": st.sampled_from(["warning", "assumption", "note"]),
            "message": UGLY,
            "tally": tallies(),
            "examples": st.just([]),
        }
    )
    steps = st.fixed_dictionaries(
        {
            "operation": st.sampled_from(["harmonise", "where", "aggregate"]) | UGLY,
            "accounts": st.lists(accounts, max_size=3),
            "findings": st.lists(found, max_size=6),
        }
    )
    few = draw(st.lists(steps, max_size=4))
    return ms.Ledger(json.dumps({"steps": few * draw(st.sampled_from([1, 1, 15]))}))


@st.composite
def tables(draw):
    """Tables of the right columns with anything in them, and something that looks like observations."""
    rows = draw(st.integers(0, 8))
    many = draw(st.integers(1, 6))

    def column(values):
        return draw(st.lists(values, min_size=rows, max_size=rows))

    def codes(values=UGLY):
        known = draw(st.lists(values, min_size=1, max_size=6, unique=True))
        keys = column(st.none() | st.integers(0, len(known) - 1))
        return pa.DictionaryArray.from_arrays(pa.array(keys, pa.int32()), pa.array(known, pa.string()))

    numbers_or_none = st.none() | st.floats(width=64)
    figures = {
        "definition": pa.array(column(st.integers(0, many - 1)), pa.int32()),
        "origin": codes(),
        "destination": codes(),
        "period_start": pa.array(column(DAYS), pa.int32()).cast(pa.date32()),
        "period_end": pa.array(column(DAYS), pa.int32()).cast(pa.date32()),
    }
    optional = ("citizenship", "sex", "age", "skill", "skill_printed", "occupation")
    figures |= {name: codes() for name in optional if draw(st.booleans())}
    figures |= {
        "value": pa.array(column(numbers_or_none), pa.float64()),
        "low": pa.array(column(numbers_or_none), pa.float64()),
        "presence": codes(st.sampled_from(["value", "zero", "rounded_zero", "missing", "suppressed"])),
        "basis": codes(st.sampled_from(["observed", "imputed"])),
        "leaf": pa.array(column(st.booleans()), pa.bool_()),
        "figure": pa.array(column(st.integers(0, 5)), pa.uint64()),
        "note": codes(),
    }
    stated = {name: draw(st.lists(st.none() | UGLY, min_size=many, max_size=many)) for name in TEXTS}
    stated["duration_months"] = draw(st.lists(st.none() | st.floats(), min_size=many, max_size=many))
    types = {name: pa.string() for name in TEXTS} | {"duration_months": pa.float64()}
    fields = {name: pa.array(values, types[name]) for name, values in stated.items()}
    definitions = pa.table({"definition": pa.array(range(many), pa.int32())} | fields)
    core = SimpleNamespace(definitions=lambda: definitions)
    return SimpleNamespace(figures=pa.table(figures), _core=core, ledger=draw(ledgers()))


@given(tables())
def test_anything_can_be_shown(obs):
    fits(display.observations_text(obs))
    page(display.observations_html(obs))
    assert all(line == clean(line) for line in display.citations(obs) if len(line) < 600)


@given(ledgers())
def test_any_ledger_can_be_shown(ledger):
    fits(display.ledger_text(ledger))
    page(display.ledger_html(ledger))


@given(tables(), st.lists(UGLY, min_size=1, max_size=8, unique=True))
@settings(max_examples=50)
def test_any_aggregate_can_be_shown(obs, names):
    figures = obs.figures
    taken = {"definition", "value", "low", "high", "figures", "missing", "coverage_cells", "coverage_value"}
    names = [name for name in names if name not in taken]
    kinds = [figures.column("origin"), figures.column("definition"), figures.column("period_start")]
    cells = {name: kinds[at % 3] for at, name in enumerate(names)}
    value = figures.column("value")
    cells |= {
        "definition": figures.column("definition"),
        "value": value,
        "figures": figures.column("figure").cast(pa.int64()),
        "missing": figures.column("figure").cast(pa.int64()),
        "coverage_cells": value,
        "coverage_value": value,
    }
    agg = SimpleNamespace(to_arrow=lambda: pa.table(cells), by=tuple(names), _core=obs._core, ledger=obs.ledger)
    fits(display.aggregate_text(agg))
    page(display.aggregate_html(agg))


def test_many_warnings():
    findings = [
        {
            "severity": "warning",
            "message": f"warning {at} " + "of a long kind " * 20,
            "tally": {"rows": at, "missing": 0, "value": [float(at)]},
            "examples": [],
        }
        for at in range(500)
    ]
    step = {"operation": "harmonise", "accounts": [], "findings": findings}
    text = fits(repr(ms.Ledger(json.dumps({"steps": [step]}))))
    # What is about everything comes first, then what is about most rows.
    assert re.findall(r"warning (\d+)", text) == ["0", "499", "498", "497"]
    assert "and 496 warnings: ledger.findings()" in text


def test_large_tables_are_shown_at_once():
    rows = 5_000_000
    random = np.random.default_rng(1)

    def codes(many):
        keys = random.integers(0, many, rows).astype("int32")
        return pa.DictionaryArray.from_arrays(pa.array(keys), pa.array([f"C{at}" for at in range(many)]))

    start = (random.integers(0, 40, rows) * 365).astype("int32")
    figures = pa.table(
        {
            "definition": pa.array(random.integers(0, 20, rows).astype("int32")),
            "origin": codes(240),
            "destination": codes(240),
            "period_start": pa.array(start).cast(pa.date32()),
            "period_end": pa.array(start + 365).cast(pa.date32()),
            "sex": codes(3),
            "age": codes(20),
            "value": pa.array(random.random(rows)),
            "presence": codes(2),
            "basis": codes(2),
            "leaf": pa.array(random.random(rows) < 0.5),
            "figure": pa.array(np.arange(rows, dtype="uint64") // 2),
        }
    )
    definitions = pa.table({"definition": pa.array(range(20), pa.int32()), "table": [f"T{at}" for at in range(20)]})
    core = SimpleNamespace(definitions=lambda: definitions)
    obs = SimpleNamespace(figures=figures, _core=core, ledger=ms.Ledger('{"steps": []}'))
    started = time.perf_counter()
    text = fits(display.observations_text(obs))
    # Four times as many rows take 0.6 s on a quiet machine of two cores: this finds only what is out of hand.
    assert time.perf_counter() - started < 3
    assert "2,500,000 figures (5,000,000 rows), 20 definitions" in text
    assert line(text, "set aside") == "not known: these figures came without a ledger"


# ---- words


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([17962.0, None, 5.0], ["17,962", "", "5"]),
        ([1928.5, 3.0], ["1,928.5", "3.0"]),
        ([0.643511], ["0.644"]),
        ([12.345, 0.0], ["12.35", "0.00"]),
        ([1234567.891], ["1,234,567.9"]),
        ([-0.0], ["0"]),
        ([1e-9, 1.0], ["1e-09", "1.000"]),
        ([float("nan"), float("inf"), 1e300], ["nan", "inf", "1e+300"]),
        ([281_000_000_000.0], ["281,000,000,000"]),
    ],
)
def test_numbers(values, written):
    assert numbers(values) == written


@given(st.lists(st.none() | st.floats(), max_size=6))
def test_no_number_is_written_as_zero_but_zero(values):
    for value, text in zip(values, numbers(values), strict=True):
        if value is not None and value == value and value != 0:
            assert re.search("[1-9]|inf", text)


@pytest.mark.parametrize(
    ("given_years", "said"),
    [
        ([1988, 1996, 1995], "1988, 1995–1996"),
        (range(1990, 2021, 5), "1990–2020 every 5 years"),
        ([2000], "2000"),
        ([1, 3, 6, 10, 20, 30, 50], "7 years from 1 to 50"),
    ],
)
def test_years(given_years, said):
    assert years_text(given_years) == said


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("1996-01-01", "1997-01-01", "1996"),
        ("1990-01-01", "1995-01-01", "1990–1994"),
        ("1996-02-01", "1996-03-01", "1996-02"),
        ("1996-04-01", "1996-07-01", "1996-Q2"),
        ("2014-01-01", "2014-10-01", "2014-01-01/2014-09-30"),
        ("2020-07-01", "2020-07-01", "2020-07-01"),
    ],
)
def test_periods(start, end, said):
    first, last = (int(np.datetime64(day, "D").astype(int)) for day in (start, end))
    assert period_text(first, last) == said


def test_clean_keeps_scripts_whole_and_nothing_that_deceives():
    assert clean("ශ්‍රී ලංකා") == "ශ්‍රී ලංකා"
    assert clean("a\nb\tc\u2029d") == "a b c d"
    assert clean("\x1b[31mred") == "\N{REPLACEMENT CHARACTER}[31mred"
    assert clean("\u202eabc") == "abc"
    assert html.escape(clean("<b>")) == "&lt;b&gt;"
