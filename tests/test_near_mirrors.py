"""Near mirrors: publishers' files of both ends, and the tutorial run from end to end."""

import pandas as pd
import pytest

import migstat as ms
import tutorials


@pytest.fixture(scope="module")
def page(shared, tmp_path_factory):
    return tutorials.run("near_mirrors", shared, tmp_path_factory)


def both(mirror, **where):
    """Give the pairs with both reports, as a frame."""
    frame = mirror.to_pandas(full=True)
    frame["year"] = frame.period_start.map(lambda day: day.year)
    frame = frame[frame.state == "both"]
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return frame


def test_germans_who_leave_and_who_arrives_from_germany(page):
    mirror = page["germany_europe"]
    # Eurostat by previous residence: DE -> AT, ES and SE in 2015 (12 months all of them, nothing to convert).
    for code, arrivals in (("AUT", 15855.0), ("ESP", 9605.0), ("SWE", 3156.0)):
        [row] = both(mirror, destination=code, year=2015).itertuples()
        assert (row.inflow, row.inflow_multiplier) == (arrivals, 1.0)
        # GENESIS 12711-0008: German nationals who leave are registered whatever their stay.
        assert row.outflow == row.outflow_printed * 0.53
    # Spot checks of the file (line 1865): to Poland 5,536, of which Europe's table has no arrivals in 2015.
    frame = mirror.to_pandas(full=True).query("destination == 'POL'")
    [poland] = frame[frame.period_start.map(lambda day: day.year) == 2015].itertuples()
    assert (poland.outflow_printed, poland.state) == (5536.0, "sending only")
    assert not both(mirror).comparable.any()
    why = mirror.why_not()
    [unlike] = why[why.severity == "not comparable"].itertuples()
    assert unlike.says == "population: the sending report counts citizenship DEU only, the receiving one everybody"
    assert unlike.pairs == len(both(mirror))
    # Arrivals of everybody exceed departures of Germans most where few of those who come are Germans.
    receiving = mirror.by_reporter().query("direction == 'receiving'").set_index("reporter").median_log_ratio
    assert receiving.idxmax() == "ROU"
    assert receiving.idxmin() == "LUX"


def test_filipinos_to_canada(page):
    mirror = page["to_canada"]
    pairs = both(mirror)
    assert pairs.year.tolist() == list(range(2015, 2021)), "years go with years, months with nothing"
    assert pairs.query("year == 2015")[["inflow", "outflow"]].to_numpy().tolist() == [[50840.0, 33700.0]]
    assert pairs.comparable.all()
    said = dict(zip(mirror.why_not().aspect, mirror.why_not().severity, strict=True))
    assert said["concept"] == said["population"] == "differs"
    assert said["caveat"] == "noted"


def test_filipinos_to_sweden(page, shared):
    mirror = page["to_sweden"]
    pairs = both(mirror)
    assert set(pairs.sex) == {"_T"}
    # Men and women born in the Philippines, added by hand from the file.
    raw = pd.read_csv(shared / "data" / "scb" / "sweden_immigration.csv", encoding="cp1252")
    value = raw.columns[-1]
    born = raw[(raw["country of birth"] == "Philippines") & raw["observations"].str.startswith("Immigr")]
    by_hand = born.groupby("year")[value].sum()
    assert pairs.inflow.tolist() == by_hand.reindex(pairs.year).tolist()
    assert "the parts of the receiving report are added up" in pairs.why.iloc[0]


def test_every_figure_of_the_files_is_somewhere(page):
    for mirror, parts in (
        (page["germany_europe"], [page["germany"], page["europe"].where(origin="DEU")]),
        (page["to_canada"], [page["cfo"].where(destination="CAN"), page["canada"].where(origin="PHL")]),
        (page["to_sweden"], [page["cfo"].where(destination="SWE"), page["sweden"]]),
    ):
        last = mirror.ledger.to_pandas()
        last = last[last.step == last.step.max()]
        assert last[last.side == "in"].rows.sum() == sum(map(len, parts))
        mirror.ledger.check()
        aside = last[(last.side == "set aside") & ~last.reason.str.contains(" only: ")]
        assert len(mirror.set_aside()) == aside.rows.sum()


def test_immigrants_and_emigrants_of_sweden_are_not_mixed_up(page):
    aside = page["to_sweden"].set_aside()
    # Who emigrates is printed by birth, without a destination.
    assert (aside.why == "its destination is a total, for which no office reports").sum() > 10_000


def test_stocks_have_mirrors_too():
    table = {"side": ["destination", "origin"], "n": [1200, 900], "what": ["birth", "citizenship"]}
    stated = {"origin": "MEX", "destination": "USA", "date": "2020-07-01", "measure": "stock"}
    obs = ms.harmonise(table, value="n", definition={"role": "side", "concept": "what"}, constants=stated)
    [row] = ms.reconcile.mirror(obs).to_arrow(full=True).to_pylist()
    assert (row["family"], row["inflow"], row["outflow"], row["comparable"]) == ("stock", 1200.0, 900.0, False)
    assert row["why"].startswith("concept: birth (receiving) against citizenship (sending)")
