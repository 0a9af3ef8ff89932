"""Foreigners beside the reporter's own people: they are two parts, and foreigners by country are parts of theirs."""

import pytest

import migstat as ms


def harmonise(rows, dimension="citizenship", **constants):
    origin = {} if dimension == "origin" else {"origin": "NOR"}
    return ms.harmonise(
        {"who": [who for who, _ in rows], "n": [n for _, n in rows]},
        **{dimension: "who"},
        value="n",
        constants={"measure": "stock", "destination": "SWE", "reporter": "SWE", "year": 2015, **origin} | constants,
    )


def total(observations):
    return ms.aggregate(observations, by=["year"]).to_pandas().value.tolist()


@pytest.mark.parametrize("dimension", ["citizenship", "birth"])
@pytest.mark.parametrize("own", ["SWE", "NAT", "Sweden"])
def test_the_reporters_own_and_foreigners_are_everybody(dimension, own):
    assert total(harmonise([(own, 70), ("FOR", 50)], dimension)) == [120]
    # Foreigners by country are parts of them, as far as they are known.
    by_country = harmonise([(own, 70), ("FOR", 50), ("NOR", 20), ("FIN", 30)], dimension)
    assert total(by_country) == [120]
    assert by_country.printed_totals().state.tolist() == ["agrees"]
    # A total over all contains both.
    whole = harmonise([("_T", 120), (own, 70), ("FOR", 50)], dimension)
    assert total(whole) == [120]
    assert whole.printed_totals().state.tolist() == ["agrees"]


def test_nationals_are_the_reporters_own():
    found = harmonise([("NAT", 70), ("SWE", 70), ("FOR", 50)])
    assert total(found) == [120]
    assert found.printed_totals().state.tolist() == ["agrees"]
    assert found.figures.to_pandas().set_index("citizenship").leaf.to_dict() == {"NAT": False, "SWE": True, "FOR": True}


def test_another_reporters_foreigners_contain_them():
    # Swedes are foreigners to Norway.
    norway = harmonise([("NAT", 5), ("FOR", 50), ("SWE", 50)], reporter="NOR", destination="NOR", origin="DNK")
    assert total(norway) == [55]
    both = ms.concat([norway, harmonise([("SWE", 70), ("FOR", 50)])])
    leaves = both.figures.to_pandas().query("leaf")
    assert leaves.value.sum() == 175


def test_regions_contain_the_reporters_own():
    rows = [("m49:154", 90), ("SWE", 70), ("NOR", 20), ("FOR", 50)]
    found = harmonise(rows)
    states = found.printed_totals().set_index("citizenship").state
    assert states["m49:154"] == "agrees"
    assert states["FOR"] == "differs"


@pytest.mark.parametrize("own", [("NAT", "NAT"), ("SWE", "NOR")])
def test_pairs_of_own_people_are_no_parts_of_a_pair_of_foreigners(own):
    rows = [("inflow", "SWE", own[0], 70), ("inflow", "SWE", "FOR", 50)]
    rows += [("outflow", "NOR", own[1], 60), ("outflow", "NOR", "FOR", 55), ("outflow", "NOR", "DNK", 5)]
    table = {name: [row[at] for row in rows] for at, name in enumerate(("measure", "reporter", "who", "n"))}
    observations = ms.harmonise(
        table,
        definition={"measure": "measure", "reporter": "reporter"},
        citizenship="who",
        value="n",
        constants={"origin": "NOR", "destination": "SWE", "year": 2015},
    )
    pairs = ms.reconcile.mirror(observations).to_pandas()
    apart = pairs[~pairs.part.astype(bool)]
    assert apart.inflow.sum() == 120
    assert apart.outflow.sum() == 115
