"""Observations: selecting, putting together, writing and reading lose nothing and change nothing."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings, strategies as st

import migstat as ms
import reference
import strategies as tables

CONSTANTS = tables.CONSTANTS | {"origin": "LKA", "year": 1996}


def same(one, other):
    """Say whether two observations are equal: figures (in order), definitions and ledger."""
    return (
        one.figures.to_pylist() == other.figures.to_pylist()
        and one.definitions.equals(other.definitions)
        and one.ledger == other.ledger
    )


@given(table=tables.rows())
def test_tables_and_ledger_make_the_same_observations_again(table):
    observations = tables.harmonise(tables.arrow(table), table)
    again = ms.Observations(
        observations.figures,
        pa.table(observations._core.definitions()),
        ledger=ms.Ledger.from_json(observations.ledger.to_json()),
    )
    assert again.figures.to_pylist() == observations.figures.to_pylist()
    assert again.definitions.equals(observations.definitions)


@pytest.mark.parametrize("kind", ["pandas", "dict"])
def test_what_becomes_of_the_table_afterwards_changes_nothing(kind):
    made = ms.datasets.sri_lanka_departures()
    figures, definitions = made.figures.to_pandas(), pa.table(made._core.definitions()).to_pandas()
    assert figures.value.notna().all()
    if kind == "dict":
        figures = {name: figures[name].to_numpy(copy=True) for name in figures if figures[name].dtype.kind in "if"} | {
            name: made.figures.column(name) for name in figures if figures[name].dtype.kind not in "if"
        }
    observations = ms.Observations(figures, definitions, made.ledger)
    wanted = observations.figures.to_pylist()
    if kind == "dict":
        figures["value"][:] = -5
    else:
        figures.loc[:, "value"] = -5
        figures.loc[:, "leaf"] = False
        definitions.loc[:, "definition"] = 99
    assert observations.figures.to_pylist() == wanted
    observations.check()


@settings(max_examples=30)
@given(table=tables.rows())
def test_parquet_gives_the_same_back(table, tmp_path_factory):
    observations = tables.harmonise(tables.arrow(table), table)
    path = tmp_path_factory.mktemp("parquet") / "figures.parquet"
    observations.to_parquet(path)
    again = ms.Observations.from_parquet(path)
    assert same(again, observations)
    assert pd.read_parquet(path).value.astype(object).equals(observations.figures.to_pandas().value.astype(object))


def test_parquet_of_fractions(tmp_path):
    frame = {"d": ["SAU", "KWT", "ARE", "Atlantis"], "n": [24952.3, 62142.9, 57066.5, 13675.8]}
    observations = ms.harmonise(frame, destination="d", value="n", constants=CONSTANTS)
    observations.to_parquet(tmp_path / "figures.parquet")
    assert same(ms.Observations.from_parquet(tmp_path / "figures.parquet"), observations)


def test_parquet_keeps_the_kind_and_refuses_strangers(tmp_path):
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"d": ["SAU"], "n": [1]})
    ms.harmonise(frame, destination="d", value="n", constants=CONSTANTS).to_parquet(tmp_path / "mine.parquet")
    assert isinstance(ms.Observations.from_parquet(tmp_path / "mine.parquet").printed_totals(), pl.DataFrame)
    frame.write_parquet(tmp_path / "other.parquet")
    with pytest.raises(ms.errors.SchemaError, match="not written by Observations"):
        ms.Observations.from_parquet(tmp_path / "other.parquet")


def test_parquet_of_which_a_row_is_missing_is_refused(tmp_path):
    from pyarrow import parquet

    ms.harmonise({"d": ["SAU", "KWT"], "n": [1, 2]}, destination="d", value="n", constants=CONSTANTS).to_parquet(
        tmp_path / "whole.parquet"
    )
    whole = parquet.read_table(tmp_path / "whole.parquet")
    parquet.write_table(whole.slice(1), tmp_path / "part.parquet")
    with pytest.raises(ms.errors.LedgerError, match=r"gave out 2 rows and 3 persons.*the table has 1 rows and 2"):
        ms.Observations.from_parquet(tmp_path / "part.parquet")


@given(data=st.data(), table=tables.rows())
def test_where_keeps_exactly_what_satisfies_the_conditions(data, table):
    observations = tables.harmonise(tables.arrow(table), table)
    name = data.draw(st.sampled_from([name for name in table[0] if name != "value"]))
    names = [name for name in table[0] if name != "value"]
    before = tables.figures(observations, names)
    codes = sorted({one[name] for one in before})
    assume(codes)
    wanted = data.draw(st.sets(st.sampled_from(codes), min_size=1))
    kept = observations.where(**{name: wanted}).check()
    plain = [{key: one[key] for key in (*names, "value", "presence")} for one in tables.figures(kept, names)]
    assert plain == [{key: one[key] for key in (*names, "value", "presence")} for one in before if one[name] in wanted]


@given(data=st.data(), table=tables.rows())
def test_where_leaves_and_what_is_left_add_up(data, table):
    observations = tables.harmonise(tables.arrow(table), table).where(leaf=True)
    codes = sorted(set(observations.figures.column("destination").to_pylist()))
    assume(codes)
    chosen = data.draw(st.sets(st.sampled_from(codes)))
    parts = [observations.where(destination=some).check() for some in (chosen, set(codes) - chosen)]
    leaves = [part.figures.filter(part.figures.column("leaf")) for part in parts]
    together = tables.decoded(pa.concat_tables(each.unify_dictionaries() for each in leaves))
    assert together == tables.decoded(observations.figures)
    assert len(ms.concat(parts).check()) == len(observations)


def test_where_by_group_is_judged_in_each_figures_own_year():
    observations = ms.harmonise(
        {"d": ["HRV", "HRV", "DEU"], "y": [2010, 2015, 2010], "n": [1, 2, 4]},
        destination="d",
        year="y",
        value="n",
        constants=tables.CONSTANTS | {"origin": "LKA"},
    )
    assert observations.where(destination="EU").to_pandas().value.tolist() == [2, 4]
    assert observations.where(destination=["EU", "HRV"]).to_pandas().value.tolist() == [1, 2, 4]
    assert observations.where(destination="HRV", year=[2010, 2011]).to_pandas().value.tolist() == [1]


def test_a_total_selected_alone_becomes_a_leaf_and_the_ledger_says_so():
    observations = ms.harmonise(
        {"d": ["SAU", "KWT", "Total"], "n": [1, 2, 4]}, destination="d", value="n", constants=CONSTANTS
    )
    total = observations.where(destination="_T").check()
    assert total.figures.column("leaf").to_pylist() == [True]
    sides = total.ledger.to_pandas().query("step == 1").set_index("side")
    assert sides.loc["in", "value"] == 3
    assert sides.loc["out", "value"] == 4
    assert sides.loc["set aside", "value"] == 3
    assert sides.loc["adjustment", "value"] == -4
    assert ms.aggregate(total, ["year"]).to_pandas().value.tolist() == [4]


def test_each_total_of_which_no_part_is_selected_becomes_a_leaf():
    frame = {"d": ["SAU", "SAU", "SAU", "KWT"], "s": ["M", "F", "Total", "Total"], "n": [10, 20, 30, 70]}
    observations = ms.harmonise(frame, destination="d", sex="s", value="n", constants=CONSTANTS)
    # Kuwait's was a leaf before, Saudi Arabia's is one now.
    totals = observations.where(sex="_T").check()
    assert totals.figures.column("leaf").to_pylist() == [True, True]
    assert ms.aggregate(totals, ["year"]).to_pandas().value.tolist() == [100]
    sides = totals.ledger.to_pandas().query("step == 1").set_index("side")
    assert sides["value"].to_dict() == {"in": 100, "out": 100, "set aside": 30, "adjustment": -30}
    assert sides["rows"].to_dict() == {"in": 3, "out": 2, "set aside": 2, "adjustment": -1}
    # A part that is selected keeps its total from being one.
    some = observations.where(sex=["F", "_T"]).check()
    assert ms.aggregate(some, ["year"]).to_pandas().value.tolist() == [90]


@given(data=st.data(), table=tables.rows(numbers=tables.NUMBER, gaps=False))
def test_leaves_of_a_selection_are_those_of_a_table_of_its_rows(data, table):
    observations = tables.harmonise(tables.arrow(table), table)
    names = [name for name in table[0] if name != "value"]
    name = data.draw(st.sampled_from(names))
    codes = sorted({one[name] for one in tables.figures(observations, names)})
    assume(codes)
    wanted = data.draw(st.sets(st.sampled_from(codes), min_size=1))
    kept = tables.figures(observations.where(**{name: wanted}).check(), names)
    assert [one["leaf"] for one in kept] == reference.leaves(kept, names)


@pytest.mark.parametrize("year", [np.array([1996, 1997]), pd.Series([1996]), 1996.0, np.int64(1996), "1996"], ids=repr)
def test_where_takes_what_python_has_for_a_year(year):
    observations = ms.harmonise({"d": ["SAU"], "n": [1]}, destination="d", value="n", constants=CONSTANTS)
    assert len(observations.where(year=year)) == 1


@pytest.mark.parametrize("leaf", [True, 1, np.bool_(True), "true"], ids=repr)
def test_where_takes_what_python_has_for_true(leaf):
    frame = {"d": ["SAU", "KWT", "Total"], "n": [1, 2, 3]}
    observations = ms.harmonise(frame, destination="d", value="n", constants=CONSTANTS)
    assert observations.where(leaf=leaf).to_pandas().value.tolist() == [1, 2]
    other = type(leaf)(0) if leaf != "true" else "false"
    assert observations.where(leaf=other).to_pandas().value.tolist() == [3]


def test_where_again_and_nothing_left():
    observations = ms.harmonise({"d": ["SAU"], "n": [1]}, destination="d", value="n", constants=CONSTANTS)
    none = observations.where(destination="KWT").check()
    assert len(none) == 0
    assert len(none.where(sex="_T").check()) == 0
    assert len(ms.concat([none, observations]).check()) == 1
    assert ms.aggregate(none, ["destination"]).to_pandas().empty
    assert none.to_pandas().empty


def test_concat_refuses_the_same_figure_twice():
    observations = ms.harmonise({"d": ["SAU"], "n": [1]}, destination="d", value="n", constants=CONSTANTS)
    with pytest.raises(ms.errors.SchemaError, match=r"tables 0 and 2 hold the same figure.*where\(\)"):
        ms.concat([observations, observations.where(destination="KWT"), observations])
    with pytest.raises(ms.errors.SchemaError, match="nothing to put together"):
        ms.concat([])


def test_concat_of_a_total_and_its_parts_adds_nobody_twice():
    total = ms.harmonise({"d": ["Total"], "n": [3]}, destination="d", value="n", constants=CONSTANTS)
    parts = ms.harmonise({"d": ["SAU", "KWT"], "n": [1, 2]}, destination="d", value="n", constants=CONSTANTS)
    for pair in ([total, parts], [parts, total]):
        both = ms.concat(pair).check()
        assert ms.aggregate(both, ["year"]).to_pandas().value.tolist() == [3]
        step = both.ledger.to_pandas().query("operation == 'concat' and side == 'set aside'")
        assert step["value"].tolist() == [3]


def test_concat_splits_breakdowns_that_cross():
    sex = ms.harmonise(
        {"d": ["SAU", "SAU"], "s": ["M", "F"], "n": [10, 20]}, destination="d", sex="s", value="n", constants=CONSTANTS
    )
    age = ms.harmonise(
        {"d": ["SAU", "SAU"], "a": ["15-24", "25+"], "n": [16, 14]},
        destination="d",
        age="a",
        value="n",
        constants=CONSTANTS,
    )
    for pair in ([sex, age], [age, sex]):
        both = ms.concat(pair).check()
        assert sorted(both.definitions.breakdown) == ["age", "sex"]
        assert both.figures.column("leaf").to_pylist() == [True] * 4
        codes = zip(both.figures.column("sex").to_pylist(), both.figures.column("age").to_pylist(), strict=True)
        assert sorted(codes) == [("F", "_T"), ("M", "_T"), ("_T", "Y15T24"), ("_T", "Y_GE25")]
        with pytest.raises(ms.errors.DefinitionError, match="breakdown"):
            ms.aggregate(both, ["destination"])
        by_breakdown = ms.aggregate(both, ["destination", "breakdown"])
        assert by_breakdown.to_pandas().value.tolist() == [30, 30]


def test_concat_of_a_total_without_a_dimension_and_its_parts():
    total = ms.harmonise({"d": ["SAU"], "n": [30]}, destination="d", value="n", constants=CONSTANTS)
    parts = ms.harmonise(
        {"d": ["SAU", "SAU"], "e": ["primary", "secondary"], "n": [16, 14]},
        destination="d",
        education="e",
        value="n",
        constants=CONSTANTS,
    )
    for pair in ([total, parts], [parts, total]):
        both = ms.concat(pair).check()
        assert sorted(both.figures.column("education").to_pylist()) == ["_T", "primary", "secondary"]
        assert ms.aggregate(both, ["destination"]).to_pandas().value.tolist() == [30]
        assert len(both.definitions) == 1


@given(table=tables.rows(numbers=tables.NUMBER, gaps=False, known=True, always=["sex"]))
def test_a_dimension_that_a_part_lacks_is_a_total_in_it(table):
    whole = tables.harmonise(tables.arrow(table), table)
    broken = [row for row in table if row["sex"] != "_T"]
    plain = [{name: row[name] for name in row if name != "sex"} for row in table if row["sex"] == "_T"]
    assume(broken and plain)
    parts = [tables.harmonise(tables.arrow(part), part) for part in (plain, broken)]
    # A part with breakdowns that cross has definitions that the other has not: they stay apart.
    assume(all(len(part.definitions) == 1 for part in parts))
    both = ms.concat(parts).check()
    assert tables.decoded(both.figures) == tables.decoded(whole.figures)
    assert len(both.definitions) == len(whole.definitions)


def test_breakdowns_do_not_depend_on_rows_that_were_set_aside():
    """The year 1996 stands only in a row that is set aside: 1996-01 lies in no other figure's period."""
    rows = [
        ("Saudi Arabia", "1996-01", "Y0T14", "primary", "F"),
        ("Saudi Arabia", "1997", "Y0T14", "primary", "F"),
        ("Saudi Arabia", "1997", "Y15T24", "primary", "_T"),
        ("Saudi Arabia", "1997", "Y15T24", "_T", "F"),
        ("Sri Lanka", "1996", "Y0T14", "primary", "F"),
    ]
    names = ("destination", "period", "age", "education", "sex")
    columns = {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}

    def harmonise(columns):
        constants = {"origin": "LKA", "measure": "labour_outflow"}
        roles = {name: name for name in names}
        return ms.harmonise(columns | {"n": [1] * len(columns["sex"])}, value="n", constants=constants, **roles)

    without = harmonise({name: column[:-1] for name, column in columns.items()})
    assert harmonise(columns).definitions.breakdown.tolist() == without.definitions.breakdown.tolist()


def test_concat_keeps_unlike_definitions_apart():
    one, other = (
        ms.harmonise({"d": ["SAU"], "n": [1]}, destination="d", value="n", constants=CONSTANTS | {"vintage": vintage})
        for vintage in ("2019", "2020")
    )
    both = ms.concat([one, other]).check()
    assert both.definitions.vintage.tolist() == ["2019", "2020"]
    with pytest.raises(ms.errors.DefinitionError, match="vintage"):
        ms.aggregate(both, ["destination"])


@given(table=tables.rows(unique=True, known=True))
def test_concat_of_single_rows_is_the_whole_table(table):
    whole = tables.harmonise(tables.arrow(table), table)
    assume(len(whole.definitions) == 1)
    rows = [tables.harmonise(tables.arrow([row]), [row]) for row in table]
    both = ms.concat(rows).check()
    names = [name for name in table[0] if name != "value"]
    found = tables.figures(both, names)
    valued = [one for one in found if one["value"] is not None]
    wanted = {name: reference.leaves(found, names) for name in ["leaf"]}["leaf"]
    assert [one["leaf"] for one in found] == wanted
    assert len(valued) == sum(one is not None for one in whole.figures.column("value").to_pylist())


def test_printed_totals_say_what_agrees_what_differs_and_what_is_absent():
    frame = {
        "d": ["SAU", "KWT", "Total", "SAU", "KWT", "Total", "SAU", "KWT"],
        "y": [1994, 1994, 1994, 1995, 1995, 1995, 1996, 1996],
        "n": [1, 2, 3, 1, 2, 4, 1, None],
    }
    observations = ms.harmonise(
        frame, destination="d", year="y", value="n", constants=tables.CONSTANTS | {"origin": "LKA"}
    )
    found = observations.printed_totals()
    found["year"] = pd.to_datetime(found.period_start).dt.year
    found = found.set_index("year")
    assert found.state.astype(str).to_dict() == {1994: "agrees", 1995: "differs", 1996: "absent"}
    assert found.difference.to_dict()[1995] == 1
    assert found.missing.to_dict() == {1994: 0, 1995: 0, 1996: 1}
    assert found.destination.astype(str).unique().tolist() == ["_T"]


def test_totals_of_records_are_added_like_the_records():
    # As the Department of Foreign Employment of Nepal prints Asar 2079: one country, spelt in two ways.
    table = {"to": ["Cambodia", "Combodia"] * 3, "sex": ["M", "M", "F", "F", "Total", "Total"], "n": [1, 2, 0, 3, 1, 5]}
    constants = {"origin": "NPL", "measure": "permits", "year": 2022}
    kept = ms.harmonise(table, destination="to", sex="sex", value="n", constants=constants, duplicates="keep")
    [total] = kept.printed_totals().to_dict("records")
    assert (total["printed"], total["computed"], total["state"]) == (6, 6, "agrees")
    table["n"][-1] = None
    blank = ms.harmonise(table, destination="to", sex="sex", value="n", constants=constants, duplicates="keep")
    assert blank.printed_totals().state.tolist() == ["blank"]


@given(table=tables.rows(numbers=tables.WHOLE))
def test_every_printed_total_is_compared_with_the_leaves_inside_it(table):
    observations = tables.harmonise(tables.arrow(table), table)
    assume(len(observations.definitions) == 1)
    names = [name for name in table[0] if name != "value"]
    figures = tables.figures(observations, names)
    wanted = []
    seen = set()
    for one in figures:
        key = tuple(one[name] for name in names)
        parts = [other["value"] for other in figures if other["leaf"] and reference.inside(other, one, names)]
        if not one["leaf"] and parts and key not in seen:
            known = [value for value in parts if value is not None]
            # Rows that are records to be added print their totals in parts too.
            twins = [other["value"] for other in figures if tuple(other[name] for name in names) == key]
            printed = None if None in twins else sum(twins)
            wanted.append((key, printed, sum(known), len(parts), len(parts) - len(known)))
            seen.add(key)
    totals = ms.Observations(observations.figures, pa.table(observations._core.definitions())).printed_totals()
    totals = pa.table(totals).to_pylist()
    spans = {span: label for label, span in reference.PERIODS.items()}
    found = []
    for one in totals:
        a, b = one["period_start"], one["period_end"]
        one["period"] = spans[a.year * 12 + a.month - 1, b.year * 12 + b.month - 1]
        if one["state"] != "absent":
            found.append(
                (
                    tuple(one[name] for name in names),
                    one["printed"],
                    one["computed"],
                    one["parts"],
                    one["missing"],
                )
            )
    assert sorted(found, key=repr) == sorted(wanted, key=repr)


def test_the_human_view():
    observations = ms.harmonise(
        {"d": ["SAU", "KWT"], "s": ["F", "F"], "n": [1, None], "c": ["a", None]},
        destination="d",
        sex="s",
        value="n",
        note="c",
        constants=CONSTANTS,
    )
    view = observations.to_pandas()
    assert list(view.columns) == ["destination", "year", "value", "leaf", "note"]
    assert observations.to_pandas(labels=True).destination.tolist() == ["Saudi Arabia", "Kuwait"]
    full = observations.to_pandas(full=True)
    assert {"definition", "origin", "sex", "presence", "row", "measure", "reporter"} <= set(full.columns)
    assert full.measure.tolist() == ["labour_outflow"] * 2
