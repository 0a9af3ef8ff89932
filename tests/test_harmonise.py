"""Tables -> observations: every row accounted for, leaves by their definition, the same from any table."""

import json
from fractions import Fraction

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings, strategies as st

import migstat as ms
import reference
import strategies as tables

LABELLED = st.sampled_from(["keep", "first"])


def account(observations):
    """Give the sides of the one account of the last step, as exact numbers."""
    step = observations.ledger.steps[-1]

    def tally(one):
        out = reference.Tally()
        out.rows, out.missing = one["rows"], one["missing"]
        out.value = sum(map(Fraction, one["value"]), Fraction(0))
        return out

    def together(remainders):
        found = {}
        for one in remainders:
            found.setdefault(one["reason"], reference.Tally())
            here = tally(one["tally"])
            found[one["reason"]].rows += here.rows
            found[one["reason"]].missing += here.missing
            found[one["reason"]].value += here.value
        return found

    accounts = step["accounts"]
    ends = {}
    for name, side in (("in", "taken"), ("out", "out")):
        ends[name] = reference.Tally()
        for one in accounts:
            here = tally(one[side])
            ends[name].rows += here.rows
            ends[name].missing += here.missing
            ends[name].value += here.value
    return ends | {
        "set aside": together([each for one in accounts for each in one["set_aside"]]),
        "adjustments": together([each for one in accounts for each in one["adjustments"]]),
    }


@given(table=tables.rows(), duplicates=LABELLED)
def test_every_row_and_every_person_is_accounted_for(table, duplicates):
    observations = tables.harmonise(tables.arrow(table), table, duplicates=duplicates)
    _, expected = reference.harmonise(table, duplicates)
    found = account(observations)
    assert found.pop("adjustments") == {}
    assert found == expected
    observations.check()


@given(table=tables.rows(), duplicates=LABELLED)
def test_figures_and_leaves_equal_the_reference(table, duplicates):
    observations = tables.harmonise(tables.arrow(table), table, duplicates=duplicates)
    expected, _ = reference.harmonise(table, duplicates)
    names = [name for name in table[0] if name != "value"]
    found = tables.figures(observations, names)
    rows = observations.figures.column("row").to_pylist()
    assert rows == [one["row"] for one in expected]
    for one, other in zip(found, expected, strict=True):
        assert {name: one[name] for name in [*names, "value", "presence", "leaf"]} == {
            name: other[name] for name in [*names, "value", "presence", "leaf"]
        }


@given(table=tables.rows(), duplicates=LABELLED)
def test_leaves_of_one_definition_hold_nobody_twice(table, duplicates):
    observations = tables.harmonise(tables.arrow(table), table, duplicates=duplicates)
    names = [name for name in table[0] if name != "value"]
    leaves = [one for one in tables.figures(observations, names) if one["leaf"]]
    for one in leaves:
        for other in leaves:
            if one["definition"] == other["definition"] and other["value"] is not None:
                assert not reference.inside(other, one, names)


@given(data=st.data(), table=tables.rows())
def test_the_order_of_the_rows_does_not_matter(data, table):
    shuffled = data.draw(st.permutations(table))
    first = tables.harmonise(tables.arrow(table), table)
    second = tables.harmonise(tables.arrow(shuffled), table)
    assert tables.decoded(first.figures) == tables.decoded(second.figures)
    assert account(first) == account(second)
    fields = [sorted(map(str, each.definitions.to_dict("records"))) for each in (first, second)]
    assert fields[0] == fields[1]


@given(data=st.data(), table=tables.rows())
def test_chunks_do_not_matter(data, table):
    whole = tables.arrow(table)
    cut = data.draw(tables.cut(whole))
    first, second = tables.harmonise(whole, table), tables.harmonise(cut, table)
    assert first.figures.equals(second.figures)
    assert first.ledger == second.ledger
    assert first.definitions.equals(second.definitions)


@settings(max_examples=50)
@given(table=tables.rows())
def test_the_library_of_the_table_does_not_matter(table):
    pl = pytest.importorskip("polars")
    duckdb = pytest.importorskip("duckdb")
    whole = tables.arrow(table)
    expected = tables.harmonise(whole, table)
    connection = duckdb.connect()
    connection.register("given", whole)
    frames = [
        whole.to_pandas(),
        whole.to_pandas(types_mapper=pd.ArrowDtype),
        pd.DataFrame(tables.columns(table)),
        pl.DataFrame(whole),
        pl.LazyFrame(whole),
        tables.columns(table),
        connection.table("given"),
        whole.to_reader(max_chunksize=3),
        whole.combine_chunks().to_batches()[0],
    ]
    for frame in frames:
        found = tables.harmonise(frame, table)
        assert found.figures.equals(expected.figures), type(frame)
        assert found.ledger == expected.ledger, type(frame)
    connection.close()


@given(table=tables.rows(numbers=tables.TEXT, unique=True))
def test_a_wide_table_is_the_long_one_laid_out(table):
    assume("sex" in table[0])
    labels = {"F": "Women", "M": "Men", "_T": "Both", "_U": "Not known"}
    wide, keys = {}, [name for name in table[0] if name not in ("sex", "value")]
    for row in table:
        at = tuple(row[name] for name in keys)
        wide.setdefault(at, dict(zip(keys, at, strict=True)) | {"n": dict.fromkeys(labels, "")})["n"][row["sex"]] = row[
            "value"
        ]
    rows = list(wide.values())
    frame = {tables.COLUMNS[name]: [row[name] for row in rows] for name in keys}
    frame |= {title: [row["n"][code] for row in rows] for code, title in labels.items()}
    found = ms.harmonise(
        frame,
        **{name: tables.COLUMNS[name] for name in keys},
        wide={title: {"sex": code} for code, title in labels.items()},
        constants=tables.CONSTANTS | ({} if "origin" in keys else {"origin": "LKA"}),
        missing=tables.MISSING,
        duplicates="keep",
    )
    long = [
        {name: row[name] for name in keys} | {"sex": code, "value": row["n"][code]} for row in rows for code in labels
    ]
    _, expected = reference.harmonise(long)
    sides = account(found)
    assert sides.pop("adjustments") == {}
    assert sides == expected
    same = tables.harmonise(tables.arrow(long), long)
    assert tables.decoded(found.figures, ("row", "column")) == tables.decoded(same.figures, ("row", "column"))
    found.check()


@given(table=tables.rows(numbers=tables.DECIMALS, gaps=False))
def test_a_multiplier_scales_decimals_not_floats(table):
    observations = tables.harmonise(tables.arrow(table), table, constants={"multiplier": 1000})
    printed = {row: cell["value"] for row, cell in enumerate(table)}
    for row, value in zip(*(observations.figures.column(name).to_pylist() for name in ("row", "value")), strict=True):
        assert Fraction(value) == Fraction(printed[row]) * 1000
    observations.check()


@given(table=tables.rows(numbers=tables.WHOLE))
def test_on_unresolved_error_names_the_label(table):
    bad = [row["destination"] for row in table if reference.unresolved("destination", row["destination"])]
    bad = [label for label in bad if label and label.strip()]
    assume(bad and "origin" not in table[0])
    with pytest.raises(ms.errors.CodeError, match='column "To", row') as raised:
        tables.harmonise(tables.arrow(table), table, on_unresolved="error")
    assert any(f'"{label}"' in str(raised.value) for label in bad)
    assert "overrides=" in str(raised.value)


SKILL = {"d": ["SAU", "KWT", "SAU"], "k": ["MIDDLE", "UNSKILLED", "HIGH"], "n": [11, 5, 3]}
LADDER = {"skill": "LKA-SLBFE-1975"}


@given(
    values=st.lists(st.one_of(tables.WHOLE, tables.FRACTION, st.none()), min_size=3, max_size=3),
    share=st.floats(0.01, 0.99),
)
def test_a_figure_shared_out_stays_one_figure(values, share):
    frame = pa.table(SKILL | {"n": pa.array(values, pa.float64())})
    observations = ms.harmonise(
        frame,
        destination="d",
        skill="k",
        value="n",
        constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996},
        schemes=LADDER,
        weights={"MIDDLE": {"medium": share, "high": 1 - share}},
    ).check()
    parts = observations.figures.filter(pa.compute.equal(observations.figures.column("row"), 0)).to_pydict()
    assert parts["skill"] == ["medium", "high"]
    assert set(parts["figure"]) == {parts["figure"][0]}
    assert sum(parts["share"]) == pytest.approx(1)
    assert parts["basis"] == ["apportioned"] * 2
    if values[0] is None:
        assert parts["value"] == parts["low"] == parts["high"] == [None, None]
    else:
        assert sum(parts["value"]) == pytest.approx(values[0])
        assert parts["low"] == [0, 0]
        assert parts["high"] == [values[0]] * 2
    [reason] = account(observations)["adjustments"]
    assert reason == "one printed figure in several rows"


def test_two_breakdowns_of_the_same_people_are_not_added():
    both = {
        "d": ["SAU"] * 4,
        "s": ["M", "F", "Total", "Total"],
        "a": ["Total", "Total", "15-24", "25+"],
        "n": [10, 20, 12, 18],
    }
    observations = ms.harmonise(
        both,
        destination="d",
        sex="s",
        age="a",
        value="n",
        constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996},
    )
    assert sorted(observations.definitions.breakdown) == ["age", "sex"]
    with pytest.raises(ms.errors.DefinitionError, match="breakdown"):
        ms.aggregate(observations, by=["destination"])
    cells = ms.aggregate(observations, by=["destination", "breakdown"]).to_pandas()
    assert cells.value.tolist() == [30, 30]


def test_a_printed_total_that_disagrees_is_told_and_never_added():
    frame = {"d": ["SAU", "KWT", "Total"], "n": [1, 2, 4]}
    observations = ms.harmonise(
        frame, destination="d", value="n", constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996}
    )
    [total] = observations.printed_totals().to_dict("records")
    assert (total["state"], total["printed"], total["computed"], total["difference"]) == ("differs", 4, 3, 1)
    assert ms.aggregate(observations, by=["year"]).to_pandas().value.tolist() == [3]


def test_missing_is_not_zero():
    frame = {"d": ["SAU", "KWT", "ARE", "IND", "YEM"], "n": ["0", "-", "..", "<5", None]}
    observations = ms.harmonise(
        frame,
        destination="d",
        value="n",
        constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996},
        missing={"-": "rounded_zero", "<5": "suppressed"},
    )
    found = observations.figures.select(["value", "presence", "low", "high"]).to_pydict()
    assert found["presence"] == ["zero", "rounded_zero", "missing", "suppressed", "blank"]
    assert found["value"] == [0, 0, None, None, None]
    assert (found["low"], found["high"]) == ([None, None, None, 1, None], [None, None, None, 4, None])


def test_text_of_nothing_but_white_space_is_blank():
    frame = {"d": ["SAU", "", "  ", "\t", "\r", None], "n": [1, 2, 4, 8, 16, 32]}
    observations = ms.harmonise(
        frame, destination="d", value="n", constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996}
    )
    [(reason, tally)] = account(observations)["set aside"].items()
    assert (reason, tally.rows, tally.value) == ("blank destination", 5, 62)
    assert observations.ledger.findings() == []


@pytest.mark.parametrize(
    ("printed", "value"),
    [("1e3", 1000), ("1.2E+06", 1_200_000), ("1e-07", 1e-7), ("2.5e0", 2.5), ("1,000e3", 1_000_000), ("0e5", 0)],
)
def test_numbers_may_be_in_scientific_notation(printed, value):
    constants = tables.CONSTANTS | {"origin": "LKA", "year": 1996}
    frame = {"d": ["SAU"], "n": [printed]}
    plain = ms.harmonise(frame, destination="d", value="n", constants=constants)
    assert plain.figures.column("value").to_pylist() == [value]
    thousands = ms.harmonise(frame, destination="d", value="n", constants=constants | {"multiplier": 1000})
    assert thousands.figures.column("value").to_pylist() == [float(Fraction(str(value)) * 1000)]


def test_every_label_that_is_not_known_is_told_with_near_names():
    frame = {"d": ["SAU", "Atlantis", "Austrlia", "Atlantis"], "n": [1, 2, 4, 8]}
    constants = tables.CONSTANTS | {"origin": "LKA", "year": 1996}
    observations = ms.harmonise(frame, destination="d", value="n", constants=constants)
    told = {one["message"].split('"')[1]: one for one in observations.ledger.findings()}
    assert sorted(told) == ["Atlantis", "Austrlia"]
    for label, one in told.items():
        assert one["severity"] == "warning"
        assert one["message"].startswith(f'destination "{label}" is not a known area')
        assert f'set aside unless overrides={{"{label}": code}} says what it is' in one["message"]
    assert "near: Austr" in told["Austrlia"]["message"]
    known = ms.harmonise(
        frame,
        destination="d",
        value="n",
        constants=constants,
        overrides={"Atlantis": "_O", "Austrlia": "AUS"},
        duplicates="keep",
    )
    assert not [one for one in known.ledger.findings() if one["severity"] == "warning"]


def test_a_misspelt_label_is_read_and_told():
    frame = {"d": ["SAU", "Kuwaitt", "Japan (TITP)"], "n": [1, 2, 4]}
    found = ms.harmonise(
        frame, destination="d", value="n", constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996}
    )
    assert found.figures.column("destination").to_pylist() == ["SAU", "KWT", "JPN"]
    told = [one["message"] for one in found.ledger.findings() if one["severity"] == "note"]
    assert any(
        message.startswith('destination "Kuwaitt" is read as KWT: misspelt name, confidence 0.9') for message in told
    )
    assert any('"Japan (TITP)" is read as JPN: name with a remark' in message for message in told)


def test_codes_of_another_list_are_read_as_the_whole_column_shows():
    labels = ["AUS", "AUL", "GFR", "FRA", "MOR", "SWI"]
    frame = {"d": labels, "n": [1, 2, 4, 8, 16, 32]}
    found = ms.harmonise(
        frame, destination="d", value="n", constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996}
    )
    figures = dict(
        zip(found.figures.column("destination").to_pylist(), found.figures.column("value").to_pylist(), strict=True)
    )
    assert figures == {"AUT": 1, "AUS": 2, "DEU": 4, "FRA": 8, "MAR": 16, "CHE": 32}
    told = [one["message"] for one in found.ledger.findings()]
    assert "destination is read in the scheme unhcr, which has 6 of its 6 labels" in told


OVERLAPS = {
    "ages": ({"d": ["SAU"] * 3, "a": ["15-24", "20-29", "30-34"], "n": [10, 20, 30]}, "age Y15T24 and Y20T29"),
    "areas": ({"d": ["Africa", "Middle East"], "n": [10, 20]}, "destination m49:002 and grp:MIDDLE-EAST"),
}


@pytest.mark.parametrize("name", OVERLAPS)
def test_codes_that_overlap_are_told(name):
    frame, which = OVERLAPS[name]
    observations = ms.harmonise(
        frame,
        destination="d",
        age="a" if "a" in frame else None,
        value="n",
        constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996},
    )
    [told] = observations.ledger.findings()
    assert told["severity"] == "warning"
    assert told["message"].startswith(f"{which} overlap, though neither contains the other")
    assert told["tally"] == {"rows": 2, "missing": 0, "value": [30.0]}


def test_a_former_state_stays_one_and_is_flagged_when_its_label_outlives_it():
    for year, severity in ((1988, "note"), (1996, "warning")):
        observations = ms.harmonise(
            {"d": ["North Yemen"], "n": [23]},
            destination="d",
            value="n",
            constants=tables.CONSTANTS | {"origin": "LKA", "year": year},
        )
        assert observations.figures.column("destination").to_pylist() == ["YEM-1990"]
        found = [one for one in observations.ledger.findings() if "YEM-1990" in one["message"]]
        assert [one["severity"] for one in found] == [severity]
        assert found[0]["tally"] == {"rows": 1, "missing": 0, "value": [23.0]}


def test_home_is_no_migration_but_a_birthplace():
    frame = {"d": ["LKA", "SAU"], "n": [7, 2]}
    constants = {"origin": "LKA", "measure": "stock", "date": "1990-07-01"}
    moved = ms.harmonise(frame, destination="d", value="n", constants=constants)
    assert account(moved)["set aside"]["origin is destination"].value == 7
    born = ms.harmonise(frame, destination="d", value="n", constants=constants | {"concept": "birth"})
    assert account(born)["set aside"] == {}
    assert account(born)["out"].value == 9


def test_examples_in_the_ledger_name_row_label_and_value():
    frame = pd.DataFrame({"Country": ["SAU", "Atlantis", "Congo"], "n": [1, 2.5, 3]})
    observations = ms.harmonise(
        frame, destination="Country", value="n", constants=tables.CONSTANTS | {"origin": "LKA", "year": 1996}
    )
    aside = {one["reason"]: one for one in observations.ledger.steps[0]["accounts"][0]["set_aside"]}
    assert aside["unmatched destination"]["examples"] == [{"row": 1, "what": "Country = Atlantis", "value": 2.5}]
    assert aside["ambiguous destination"]["examples"] == [{"row": 2, "what": "Country = Congo", "value": 3.0}]
    assert json.loads(observations.ledger.to_json())["steps"] == observations.ledger.steps
