"""The page of a quality report, on publishers' files and on large tables; and the command that writes it."""

import html.parser
import shutil
import subprocess

import pandas as pd
import pytest

import migstat as ms
from migstat.cli import main

LARGEST = 2_000_000
#: File -> rules that must find something there, and words that one of the findings must have.
FILES = {
    "unhcr/unhcr-historical-data-2000-2013.csv": {},
    "unhcr/rdf_2025_2019-2024/persons_of_concern.csv": {"jumps": "Refugees from"},
    "unhcr/rdf_2025_by_origin/persons_of_concern.csv": {},
    "eurostat/estat_migr_imm8.tsv": {"breaks": "flagged"},
    "eurostat/migr_emi2.tsv": {
        "sexes": "Outflow from Belgium, 2005: men and women add up to 86,901, 2 more than the 86,899 of both sexes",
        "breaks": "Austria",
        "missing": "Outflow of France: 14,730 of 16,016 cells have no value",
        "zeros": "age 100 and over, 2012: 0 is printed between values around 752",
    },
    "un_desa/UN_MigrantStockByOriginAndDestination_2015.xlsx": {"duplicates": "Stock from Other in World"},
    "un_desa/UN_MigrantStockTotal_2015.xlsx": {
        "sexes": "Stock in Least developed countries, 2000-07-01: men and women add up to 10,083,822, 5,998 more",
        "existence": "Refugees in Curaçao",
    },
    "un_desa/undesa_pd_2015_migration_flow_totals.xlsx": {"jumps": "Outflow from Romania, 2008"},
    "un_desa/undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx": {"missing": "Stock of Saint Barthélemy: 49 of 49"},
    "un_desa_wpp/WPP2017_MIGR_F02_NET_NUMBER_OF_MIGRANTS.xlsx": {"breaks": "Estimates -> Medium variant"},
}


class Page(html.parser.HTMLParser):
    """Tags in order, with those that are open."""

    VOID = frozenset(["meta", "rect", "br"])

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another tag"


def check(text):
    """A page that stands alone: well formed, nothing from elsewhere, no scripts, not too large."""
    assert len(text.encode()) < LARGEST
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.links == []
    assert not {"script", "link", "img", "iframe", "object"} & set(page.seen)
    assert "url(" not in text
    assert "@import" not in text
    assert page.seen.count("h1") == 1
    return page


@pytest.mark.parametrize("name", FILES, ids=lambda name: name.rpartition("/")[2])
def test_publishers_files(shared, name):
    path = shared / "data" / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    obs = ms.read(path)
    report = ms.quality.report(obs, as_of="2026-01-01")
    page = check(report.to_html())
    assert page.seen.count("svg") >= 1
    findings = report.findings
    for rule, words in FILES[name].items():
        said = findings.message[findings["rule"] == rule]
        assert said.str.contains(words, regex=False).any(), said.head(20).tolist()
    # What concerns a figure names its cell, and the row is that of the figures.
    placed = findings[findings.row.notna()]
    assert placed.cell.notna().all()
    columns = obs.figures.select(["row", "column", "value"]).to_pandas()
    for one in placed[placed["rule"] == "sexes"].head(20).itertuples():
        assert columns.value[one.row] == one.found
        assert int("".join(sign for sign in one.cell if sign.isdigit())) == columns.row[one.row] + 1
    totals = report.rules
    assert (totals.errors + totals.warnings + totals.notes == totals.findings).all()
    assert (totals.listed == totals.findings.clip(upper=1000)).all()


def test_a_large_table_makes_a_small_page():
    """A thousand findings of every kind, and names that try to be HTML."""
    places = [code for code in ms.areas.members("m49:001") if len(code) == 3][:200]
    years = list(range(1990, 2020))
    rows = [(place, year) for place in places for year in years]
    table = pd.DataFrame(rows, columns=["destination", "year"])
    table["n"] = [0 if at % 3 == 1 else 1000 * 10 ** (at % 2) + 0.5 for at in range(len(rows))]
    stated = {
        "origin": "LKA",
        "measure": "outflow",
        "dataset": "<script>alert(1)</script> & Co",
        "release_date": "2025-01-01",
    }
    obs = ms.harmonise(table, destination="destination", year="year", value="n", constants=stated)
    report = ms.quality.report(obs, as_of="2026-01-01", scheduled="2024-12-31")
    assert report.rules.findings.sum() > 1000
    text = report.to_html(examples=50)
    check(text)
    assert "&lt;script&gt;" in text
    assert "more; report.findings lists" in text


def test_title_and_examples(tmp_path):
    report = ms.quality.report(ms.datasets.asian_outflows())
    path = tmp_path / "page.html"
    text = report.to_html(path, title="Outflows <2026>", examples=0)
    assert path.read_text(encoding="utf-8") == text
    assert "<h1>Outflows &lt;2026&gt;</h1>" in text
    assert "two digits exchanged" not in text
    assert "… and 1 more; report.findings lists 1." in text


def test_in_a_browser(tmp_path):
    """Headless Chromium lays the page out: a picture with more than one colour, and no wider than its window."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("there is no Chromium on this machine")
    image = pytest.importorskip("matplotlib.image")
    page, picture = tmp_path / "page.html", tmp_path / "page.png"
    ms.quality.report(ms.datasets.asian_outflows(), as_of="2026-01-01").to_html(page)
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1100,1600"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run(
        [*command, profile, f"--screenshot={picture}", page.as_uri()], capture_output=True, timeout=120, check=False
    )
    if not picture.exists():
        pytest.skip(f"Chromium does not run here: {done.stderr.decode(errors='replace')[-300:]}")
    pixels = image.imread(str(picture))[:, :, :3]
    assert pixels.shape[:2] == (1600, 1100)
    white = (pixels > 0.99).all(axis=2)
    # Written on from top to bottom, with room at the sides.
    assert 0.5 < white.mean() < 0.98
    assert white[:, :20].all()
    assert not white[100:400].all()


# ---- the command


@pytest.fixture
def departures(tmp_path):
    path = tmp_path / "outflows.parquet"
    ms.datasets.asian_outflows().to_parquet(path)
    return path


def test_the_command(departures, tmp_path, capsys):
    page, table, out = tmp_path / "q.html", tmp_path / "q.json", tmp_path / "q.csv"
    words = ["quality", str(departures), "--html", str(page), "--json", str(table), "-o", str(out)]
    assert main([*words, "--as-of", "2026-01-01"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Quality report: labour outflow in persons, permits in permits")
    check(page.read_text(encoding="utf-8"))
    assert '"windows"' in table.read_text(encoding="utf-8")
    assert pd.read_csv(out)["rule"].tolist()[0] == "windows"


def test_rules_of_the_command(departures, tmp_path, capsys):
    out = tmp_path / "q.csv"
    words = ["quality", str(departures), "--quiet", "-o", str(out)]
    assert main([*words, "--rule", "windows:severity=note", "--rule", "jumps:threshold=4,factor=2", "--strict"]) == 0
    assert pd.read_csv(out).severity.tolist() == ["note"]
    assert main([*words, "--strict"]) == 5
    assert capsys.readouterr().out == ""
    assert main(["quality", "--rules"]) == 0
    assert "a printed total is the sum of its parts" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["quality"], 2, "name a FILE, or ask for --rules"),
        (["quality", "nowhere.xlsx"], 3, "cannot read nowhere.xlsx"),
        (["quality", "FILE", "--rule", "jumsp"], 1, "there is no rule 'jumsp'; did you mean 'jumps'?"),
        (["quality", "FILE", "--rule", "jumps:threshold"], 2, "expected NAME:OPTION=NUMBER"),
        (["quality", "FILE", "--rule", "jumps:threshold=x"], 2, "'x' is not a number"),
        (["quality", "FILE", "--as-of", "soon"], 1, "as_of='soon': expected a full date"),
        (["quality", "FILE", "--html", "a", "--json", "a"], 2, "each output needs a file of its own"),
    ],
)
def test_what_the_command_refuses(departures, capsys, words, code, says):
    assert main([str(departures) if word == "FILE" else word for word in words]) == code
    assert says in capsys.readouterr().err
