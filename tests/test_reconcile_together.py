"""From observations to pairs, and from pairs to factors and scores: the parts of `ms.reconcile` fit together."""

import numpy as np
import pandas as pd
import pytest

import migstat as ms

REPORTERS = ["SWE", "DEU", "POL", "ESP"]
COUNTED_IN = {"SWE": 1.0, "DEU": 1.25, "POL": 0.2, "ESP": 1.1}
COUNTED_OUT = {"SWE": 0.8, "DEU": 1.2, "POL": 0.1, "ESP": 0.25}


def reports(sexes=("_T",), measures=("inflow", "outflow")) -> ms.Observations:
    """What two years of true flows look like in the statistics of both ends."""
    random = np.random.default_rng(7)
    rows = []
    for year in (2006, 2007):
        for origin in REPORTERS:
            for destination in REPORTERS:
                if origin != destination:
                    for sex in sexes:
                        # Every report is a whole number of people.
                        true = 200 * int(random.integers(5, 90))
                        for measure in measures:
                            rate = COUNTED_IN[destination] if "in" in measure else COUNTED_OUT[origin]
                            rows.append((origin, destination, year, sex, measure, round(true * rate)))
    frame = pd.DataFrame(rows, columns=["o", "d", "year", "sex", "what", "n"])
    if len(sexes) > 1:
        whole = frame.groupby(["o", "d", "year", "what"], as_index=False)["n"].sum().assign(sex="_T")
        frame = pd.concat([frame, whole], ignore_index=True)
    columns = {"origin": "o", "destination": "d", "year": "year", "sex": "sex", "value": "n"}
    return ms.harmonise(frame, definition={"measure": "what"}, **columns)


def factors(pairs, **options) -> dict[tuple[str, str], float]:
    found = ms.reconcile.double_entry(pairs, reference="SWE", **options).factors
    return dict(zip(zip(found["reporter"], found["direction"], strict=True), found["factor"], strict=True))


def expected() -> dict[tuple[str, str], float]:
    return {
        (reporter, direction): 1 / counted[reporter]
        for direction, counted in (("inflow", COUNTED_IN), ("outflow", COUNTED_OUT))
        for reporter in REPORTERS
    }


def test_factors_of_mirror_pairs():
    pairs = ms.reconcile.mirror(reports())
    assert len(pairs) == 24
    assert factors(pairs) == pytest.approx(expected(), rel=1e-9)
    assert factors(pairs.to_polars()) == factors(pairs)


def test_a_pair_that_another_contains_is_not_counted_again():
    pairs = ms.reconcile.mirror(reports(sexes=("F", "M")))
    table = pairs.to_pandas()
    assert (len(table), int(table["part"].sum())) == (72, 48)
    assert factors(pairs) == pytest.approx(expected(), rel=1e-9)
    fitted = ms.reconcile.double_entry(pairs, reference="SWE").reconciled
    assert len(fitted) == 24
    scores = ms.reconcile.undercount(pairs, reference=("SWE", "DEU"))
    alone = ms.reconcile.undercount(
        ms.reconcile.mirror(reports(sexes=("F", "M")).where(sex="_T")), reference=("SWE", "DEU")
    )
    pd.testing.assert_frame_equal(scores, alone)


def test_undercount_of_mirror_pairs():
    pairs = ms.reconcile.mirror(reports())
    scores = ms.reconcile.undercount(pairs, reference=("SWE",)).set_index(["reporter", "direction", "year"])
    for reporter in ("DEU", "POL", "ESP"):
        # Of what Sweden counts as its own emigrants, and as its own immigrants.
        assert scores.ratio[reporter, "immigration", 2006] == pytest.approx(COUNTED_IN[reporter] / COUNTED_OUT["SWE"])
        assert scores.ratio[reporter, "emigration", 2007] == pytest.approx(COUNTED_OUT[reporter] / COUNTED_IN["SWE"])


@pytest.mark.parametrize("use", [ms.reconcile.double_entry, ms.reconcile.undercount])
def test_flows_and_stocks_are_not_fitted_together(use):
    flows = reports()
    stocks = ms.harmonise(
        {"o": ["DEU"] * 2, "d": ["SWE"] * 2, "role": ["destination", "origin"], "n": [900, 700]},
        origin="o",
        destination="d",
        value="n",
        definition={"role": "role"},
        constants={"measure": "stock", "date": "2006-01-01"},
    )
    pairs = ms.reconcile.mirror([flows, stocks])
    with pytest.raises(ms.errors.DefinitionError, match="flow and stock, which are not added up"):
        use(pairs)
