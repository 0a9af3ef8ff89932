"""The account notices what is lost: a row, a person, a figure that is not what the last step gave out."""

import itertools
import json
from fractions import Fraction

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import migstat as ms
import strategies as tables

FRAME = {
    "d": ["SAU", "SAU", "KWT", "KWT", "Atlantis", "Total", "Total", "IND"],
    "s": ["F", "M", "F", "M", "F", "F", "M", "F"],
    "n": [1, 2, 4, 8, 16, 21, 10, None],
}
CONSTANTS = tables.CONSTANTS | {"origin": "LKA", "year": 1996}


def harmonised():
    return ms.harmonise(FRAME, destination="d", sex="s", value="n", constants=CONSTANTS)


def selected():
    return harmonised().where(sex="F")


def concatenated():
    return ms.concat([harmonised().where(sex="F"), harmonised().where(sex="M")])


def written(tmp_path):
    harmonised().to_parquet(tmp_path / "figures.parquet")
    return ms.Observations.from_parquet(tmp_path / "figures.parquet")


@pytest.fixture(params=["harmonise", "where", "concat", "parquet"])
def observations(request, tmp_path):
    made = {
        "harmonise": harmonised,
        "where": selected,
        "concat": concatenated,
        "parquet": lambda: written(tmp_path),
    }
    return made[request.param]()


def rebuilt(observations, figures):
    """Put other figures under the same definitions and ledger."""
    return ms.Observations(figures, definitions=pa.table(observations._core.definitions()), ledger=observations.ledger)


def test_a_row_lost_after_an_operation_is_noticed(observations):
    observations.check()
    figures = observations.figures
    whole = rebuilt(observations, figures).check()
    assert tables.decoded(whole.figures, ()) == tables.decoded(figures, ())
    rows = figures.column("leaf").to_pylist()
    values = figures.column("value").to_pylist()
    leaves = [row for row, leaf in enumerate(rows) if leaf]
    total = sum(values[row] or 0 for row in leaves)
    for lost in leaves:
        rest = pa.concat_tables([figures.slice(0, lost), figures.slice(lost + 1)])
        with pytest.raises(ms.errors.LedgerError) as raised:
            rebuilt(observations, rest).check()
        text = str(raised.value)
        assert f"gave out {len(leaves)} rows and {total:g} persons" in text
        assert f"the table has {len(leaves) - 1} rows and {total - (values[lost] or 0):g}" in text


def test_a_person_lost_after_an_operation_is_noticed(observations):
    figures = observations.figures
    at = figures.column_names.index("value")
    values = figures.column("value").to_pylist()
    first = next(row for row, leaf in enumerate(figures.column("leaf").to_pylist()) if leaf and values[row])
    values[first] -= 0.5
    with pytest.raises(ms.errors.LedgerError, match="the figures are not those of the ledger"):
        rebuilt(observations, figures.set_column(at, "value", pa.array(values, pa.float64()))).check()


def test_a_leaf_that_is_none_is_noticed(observations):
    figures = observations.figures
    at = figures.column_names.index("leaf")
    leaf = figures.column("leaf").to_pylist()
    for row in range(len(leaf)):
        other = [not one if here == row else one for here, one in enumerate(leaf)]
        with pytest.raises(ms.errors.LedgerError, match="the figures are not those of the ledger"):
            rebuilt(observations, figures.set_column(at, "leaf", pa.array(other))).check()


def test_a_value_taken_out_is_not_a_zero(observations):
    figures = observations.figures
    first = next(row for row, leaf in enumerate(figures.column("leaf").to_pylist()) if leaf)
    values = figures.column("value").to_pylist()
    presence = figures.column("presence").to_pylist()
    values[first], presence[first] = None, "missing"
    figures = figures.set_column(figures.column_names.index("value"), "value", pa.array(values, pa.float64()))
    kinds = pa.array(presence).dictionary_encode()
    figures = figures.set_column(figures.column_names.index("presence"), "presence", kinds)
    with pytest.raises(ms.errors.LedgerError):
        rebuilt(observations, figures).check()


def sides(ledger):
    """Find every tally of a ledger: (step, account, path to the tally)."""
    for step, operation in enumerate(ledger["steps"]):
        for number, account in enumerate(operation["accounts"]):
            for side in ("taken", "out"):
                yield step, number, (side,)
            for side in ("set_aside", "adjustments"):
                for each in range(len(account[side])):
                    yield step, number, (side, each, "tally")


def tampered(text, place, what, by):
    """Give a ledger with one number of one tally changed."""
    ledger = json.loads(text)
    step, number, path = place
    tally = ledger["steps"][step]["accounts"][number]
    for key in path:
        tally = tally[key]
    if what == "value":
        tally["value"].append(float(by))
    else:
        tally[what] += by
    return json.dumps(ledger)


def operations():
    aggregate = ms.aggregate(harmonised(), ["sex", "destination.GCC"], outside="drop")
    skill = ms.harmonise(
        {"d": ["SAU", "KWT", "IND"], "k": ["MIDDLE", "UNSKILLED", "HIGH"], "n": [11, 5, 3]},
        destination="d",
        skill="k",
        value="n",
        constants=CONSTANTS,
        schemes={"skill": "LKA-SLBFE-1975"},
        weights="equal",
    )
    promoted = harmonised().where(destination="_T")
    return [harmonised(), selected(), concatenated(), aggregate, skill, promoted]


def test_one_row_or_one_person_less_on_any_side_is_noticed():
    seen = set()
    for one in operations():
        text = one.ledger.to_json()
        ms.Ledger.from_json(text).check()
        for place in sides(json.loads(text)):
            seen.add(place[2][0])
            for what, by in (("rows", -1), ("missing", 1), ("value", -1), ("value", 2**-30)):
                wrong = ms.Ledger.from_json(tampered(text, place, what, by))
                with pytest.raises(ms.errors.LedgerError, match=rf"does not balance in step {place[0]} ") as raised:
                    wrong.check()
                if what == "value":
                    assert "unaccounted for: 0 rows" in str(raised.value)
    assert seen == {"taken", "out", "set_aside", "adjustments"}


def test_a_remainder_struck_off_is_noticed():
    text = harmonised().ledger.to_json()
    ledger = json.loads(text)
    ledger["steps"][0]["accounts"][0]["set_aside"] = [
        one for one in ledger["steps"][0]["accounts"][0]["set_aside"] if one["reason"] != "unmatched destination"
    ]
    with pytest.raises(ms.errors.LedgerError, match=r"unaccounted for: 1 rows, 16$"):
        ms.Ledger.from_json(json.dumps(ledger)).check()


def test_observations_refuse_a_ledger_that_does_not_balance():
    observations = harmonised()
    wrong = ms.Ledger.from_json(tampered(observations.ledger.to_json(), (0, 0, ("taken",)), "rows", 1))
    with pytest.raises(ms.errors.LedgerError, match="does not balance"):
        ms.Observations(observations.figures, pa.table(observations._core.definitions()), wrong)


@pytest.mark.parametrize("text", ["", "{}", "nonsense", '{"steps": [{}]}', '{"steps": [], "more": 1}'])
def test_what_is_no_ledger_is_refused(text):
    with pytest.raises(ms.errors.LedgerError, match="not a ledger"):
        ms.Ledger.from_json(text).check()


def test_fractions_balance_and_survive_json():
    frame = {"d": ["SAU", "KWT", "ARE", "Atlantis"], "n": [24952.3, 62142.9, 57066.5, 13675.8]}
    ledger = ms.harmonise(frame, destination="d", value="n", constants=CONSTANTS).ledger
    ledger.check()
    again = ms.Ledger.from_json(ledger.to_json())
    again.check()
    assert again == ledger


@given(table=tables.rows())
def test_the_ledger_survives_json(table):
    ledger = tables.harmonise(tables.arrow(table), table).ledger
    again = ms.Ledger.from_json(json.dumps(json.loads(ledger.to_json())))
    assert again.steps == ledger.steps
    again.check()
    assert ms.Ledger.from_json(ledger.to_json()) == ledger


@given(table=tables.rows(), keep=st.sets(st.sampled_from(["SAU", "KWT", "IND", "_T", "_O", "GCC"]), min_size=1))
def test_every_step_takes_in_what_the_last_one_gave_out(table, keep):
    observations = tables.harmonise(tables.arrow(table), table)
    observations = observations.where(destination=keep).where(period=["1996", "1996-01"])
    observations = ms.concat([observations]).check()
    steps = observations.ledger.steps
    assert [step["operation"] for step in steps] == ["harmonise", "where", "where", "concat"]
    # What is left may be broken down otherwise, so that putting it together makes two definitions of one.
    assert len(steps[-1]["accounts"]) == len(observations.definitions)

    def total(step, side):
        found = [account[side] for account in step["accounts"]]
        value = sum((Fraction(part) for one in found for part in one["value"]), Fraction(0))
        return sum(one["rows"] for one in found), sum(one["missing"] for one in found), value

    for before, after in itertools.pairwise(steps):
        assert total(before, "out") == total(after, "taken")


def test_the_ledger_as_a_table():
    observations = selected()
    table = observations.ledger.to_pandas()
    assert isinstance(table, pd.DataFrame)
    for _, step in table.groupby("step"):
        value, rows = step.groupby("side")["value"].sum(), step.groupby("side")["rows"].sum()
        for side in (value, rows):
            assert side["in"] == side["out"] + side.get("set aside", 0) + side.get("adjustment", 0)
    aside = table[table.side == "set aside"].set_index(["operation", "reason"])
    assert aside.loc[("harmonise", "unmatched destination"), "value"] == 16
    assert aside.loc[("harmonise", "total, kept beside its parts"), "value"] == 31
    assert aside.loc[("where", "not selected"), "rows"] == 2


def test_a_ledger_is_compared_by_what_it_says():
    assert harmonised().ledger == harmonised().ledger
    assert harmonised().ledger != selected().ledger


def test_what_the_caller_declares_is_an_assumption():
    frame = pd.DataFrame({"Country": ["Nepal", "Nepal", "Qatar"], "n": ["5", "-", ""]})
    constants = {"origin": "LKA", "measure": "labour_outflow", "year": 1996}
    missing = {"-": "zero", "": "not_applicable"}
    obs = ms.harmonise(frame, destination="Country", value="n", constants=constants, missing=missing, duplicates="keep")
    said = [finding["message"] for finding in obs.ledger.findings() if finding["severity"] == "assumption"]
    assert said == [
        "blank cells are read as not applicable, as missing= says",
        'cells of "-" are read as zero, as missing= says',
        "rows that stand for the same figure are records to be added, as duplicates= says",
    ]
