"""Revisions: two editions of a publication, figure by figure."""

import math
from collections import Counter

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import migstat as ms
import reference_revisions as reference
from migstat.errors import CodeError, SchemaError

revisions = ms.quality.revisions
STATES = ["same", "revised", "added", "removed", "became missing", "filled in", "presence changed",
          "definition changed", "repeated"]  # fmt: skip


def edition(values, **stated):
    """Give observations of Sri Lankans leaving in 1996, by destination and sex."""
    table = {"to": [to for to, _ in values], "sex": [sex for _, sex in values], "n": list(values.values())}
    said = {"origin": "LKA", "year": 1996, "measure": "labour_outflow", "reporter": "LKA"} | stated
    return ms.harmonise(table, destination="to", sex="sex", value="n", constants=said, missing={"x": "suppressed"})


def counted(found):
    """Give the number of figures in each state."""
    return Counter(found.to_arrow()["state"].to_pylist())


# ---- what becomes of figures


def test_two_handbooks_of_one_office(published):
    # SLBFE, Statistical Handbook on Migration 1998: 1996, housemaids and all; and the composition in that of 2000.
    [maids, everybody] = [103_593, 155_572]
    earlier = {"skill": ["housemaid"], "year": [1996], "value": [100 * maids / everybody]}
    later = [row for row in published("slbfe_skill_composition_pct_1995_2000") if row["skill_national"] == "housemaid"]
    later = {"skill": ["housemaid"], "year": [1996], "value": [float(later[0]["1996"])]}
    for tolerance, state in ((0.05, "revised"), (1.5, "same")):
        found = revisions(earlier, later, tolerance=tolerance).to_pandas()
        assert found.state.tolist() == [state]
        assert found.difference[0] == pytest.approx(68.0 - 66.588, abs=1e-3)


def test_what_becomes_of_figures():
    before = {
        ("SAU", "F"): 10,
        ("SAU", "M"): 20,
        ("KWT", "F"): 5,
        ("QAT", "F"): None,
        ("OMN", "F"): "x",
        ("ARE", "F"): 7,
    }
    after = {
        ("SAU", "F"): 12,
        ("SAU", "M"): 20,
        ("KWT", "F"): None,
        ("QAT", "F"): 3,
        ("OMN", "F"): None,
        ("BHR", "F"): 1,
    }
    found = revisions(edition(before, vintage="1998"), edition(after, vintage="2000"))
    table = found.to_pandas().set_index(["destination", "sex"])
    assert table.state.to_dict() == {
        ("ARE", "F"): "removed",
        ("BHR", "F"): "added",
        ("KWT", "F"): "became missing",
        ("OMN", "F"): "presence changed",
        ("QAT", "F"): "filled in",
        ("SAU", "F"): "revised",
        ("SAU", "M"): "same",
    }
    assert table.loc[("SAU", "F"), ["difference", "relative"]].tolist() == [2, 0.2]
    assert math.isnan(table.loc[("KWT", "F"), "difference"])
    [summary] = found.summary.to_dict("records")
    assert (summary["figures"], summary["compared"]) == (7, 2)
    assert summary["a6"] == reference.a6([(10, 12), (20, 20)])
    assert (summary["revision"], summary["mean_revision"]) == (2, 1)
    assert found.top(1).destination.tolist() == ["SAU"]
    full = found.to_pandas(full=True).set_index(["destination", "sex"])
    assert full.loc[("OMN", "F"), ["earlier_presence", "later_presence"]].tolist() == ["suppressed", "blank"]
    assert full.loc[("SAU", "F"), ["earlier_row", "later_row"]].tolist() == [0, 0]


def test_where_figures_are_printed_does_not_matter_and_what_they_mean_does():
    figures = {("SAU", "F"): 10, ("KWT", "F"): 5}
    old = edition(figures, vintage="1998", file="a.pdf", table="Table 3", coverage="registered agencies")
    moved = edition(figures, vintage="2000", file="b.pdf", table="Table 7", coverage="registered agencies")
    assert counted(revisions(old, moved)) == {"same": 2}
    wider = edition({("SAU", "F"): 12, ("KWT", "F"): 5}, vintage="2000", coverage="all sources")
    found = revisions(old, wider)
    assert counted(found) == {"definition changed": 2}
    assert set(found.to_pandas(full=True).changed) == {"coverage: registered agencies, now all sources"}
    assert found.summary.compared.tolist() == [0], "unlike figures are in no sum"
    assert found.summary.a6.isna().all()
    assert counted(revisions(old, wider, ignore="coverage")) == {"revised": 1, "same": 1}
    # Another measure is no change of definition.
    permits = edition(figures, measure="permits")
    assert counted(revisions(old, permits)) == {"removed": 2, "added": 2}


def test_a_tolerance_as_it_is_written():
    earlier, later = ({"destination": ["SAU", "KWT"], "value": values} for values in ([10.25, 10.0], [10.3, 10.06]))
    states = ms.quality.revisions(earlier, later, tolerance=0.05).to_pandas().set_index("destination").state
    assert states.to_dict() == {"SAU": "same", "KWT": "revised"}


@pytest.mark.parametrize("name", ["earlier", "later", "difference", "relative", "state", "changed"])
def test_names_that_a_comparison_has_itself(name):
    table = {name: ["a"], "value": [1.0]}
    with pytest.raises(SchemaError, match=f"a column '{name}' of its own"):
        ms.quality.revisions(table, table)


def test_money_of_another_unit_is_not_subtracted():
    before, after = (edition({("SAU", "F"): 10}, measure="remittance", unit=unit) for unit in ("USD", "LKR"))
    found = revisions(before, after).to_pandas(full=True)
    assert found.state.tolist() == ["definition changed"]
    assert found.difference.isna().all()


def test_tables_that_print_one_cell_twice_stay_apart():
    share = {"measure": "stock", "unit": "percent", "reporter": "org:UNDESA"}

    def both(vintage, titles, values):
        parts = [
            edition({("SAU", "F"): value}, vintage=vintage, **share, **title)
            for title, value in zip(titles, values, strict=True)
        ]
        return ms.concat(parts)

    old = [{"table": "Share of the population", "sheet": "Table 3"}, {"table": "Share of women", "sheet": "Table 4"}]
    new = [{"table": "Share of all people", "sheet": "Table 3"}, {"table": "Share of women", "sheet": "Table 5"}]
    found = revisions(both("2015", old, [30, 40]), both("2020", new, [31, 44]))
    assert sorted(found.to_pandas().difference) == [1, 4]
    assert "1 by sheet, where titles of tables differ: found.definitions" in " ".join(repr(found).split())
    pairing = found.definitions.set_index("table_later").agree_in.to_dict()
    assert pairing == {"Share of women": "meaning and table", "Share of all people": "meaning and sheet"}
    # Where neither title nor sheet tells, nothing is guessed.
    lost = [{"table": "A", "sheet": "1"}, {"table": "B", "sheet": "2"}]
    found = revisions(both("2015", old, [30, 40]), both("2020", lost, [31, 44]))
    assert counted(found) == {"repeated": 4}
    assert "4 figures cannot be told from others of their edition" in repr(found)


def test_a_breakdown_that_one_edition_lacks_is_a_total():
    said = {"origin": "LKA", "year": 1996, "measure": "labour_outflow", "reporter": "LKA"}
    before = ms.harmonise({"to": ["SAU"], "n": [10]}, destination="to", value="n", constants=said)
    after = edition({("SAU", "_T"): 11, ("SAU", "F"): 6, ("SAU", "M"): 5})
    found = revisions(before, after).to_pandas()
    assert dict(zip(found.sex, found.state, strict=True)) == {"F": "added", "M": "added", "_T": "revised"}


def test_totals_are_compared_and_not_added():
    before = edition({("SAU", "_T"): 30, ("SAU", "F"): 10, ("SAU", "M"): 20})
    after = edition({("SAU", "_T"): 34, ("SAU", "F"): 12, ("SAU", "M"): 22})
    found = revisions(before, after)
    assert found.to_pandas().difference.tolist() == [2, 2, 4]
    [summary] = found.summary.to_dict("records")
    assert (summary["revised"], summary["compared"], summary["revision"]) == (3, 2, 4)
    assert found.by("sex").set_index("sex").compared.to_dict() == {"F": 1, "M": 1, "_T": 0}
    assert found.top(1).sex.tolist() == ["_T"]
    assert found.top(9, leaves=True).sex.tolist() == ["F", "M"]
    assert found.top(9, relative=True).sex.tolist() == ["F", "_T", "M"]
    total = revisions(before.where(sex="_T"), after.where(sex="_T"))
    assert total.summary.a6[0] == reference.a6([(30, 34)])


def test_percentages_are_never_added():
    shares = {"measure": "stock", "unit": "percent"}
    found = revisions(
        edition({("SAU", "F"): 40, ("KWT", "F"): 10}, **shares), edition({("SAU", "F"): 43, ("KWT", "F"): 9}, **shares)
    )
    [summary] = found.summary.to_dict("records")
    assert math.isnan(summary["a6"])
    assert math.isnan(summary["revision"])
    assert (summary["mean_revision"], summary["mean_absolute"]) == (1, 2)


def test_units_are_told_apart():
    both = ms.concat([edition({("SAU", "F"): 10}), edition({("SAU", "F"): 3}, measure="permits")])
    more = ms.concat([edition({("SAU", "F"): 11}), edition({("SAU", "F"): 3}, measure="permits")])
    summary = revisions(both, more).summary.set_index("measure")
    assert summary.revision.to_dict() == {"labour_outflow": 1, "permits": 0}
    assert summary.unit.to_dict() == {"labour_outflow": "persons", "permits": "permits"}


# ---- copies


def series_of(**values):
    """Give a table of areas, each with its numbers of 2010, 2015 and 2020 as far as there are any."""
    rows = [
        (area, year, one) for area, each in values.items() for year, one in zip((2010, 2015, 2020), each, strict=False)
    ]
    return {name: [row[at] for row in rows] for at, name in enumerate(("area", "year", "value"))}


def test_unrevised_copies():
    before = series_of(A=[1, 2], B=[3, 4], C=[5, 6], D=[None], E=[8, 9])
    after = series_of(A=[1, 2, 9], B=[3, 4], C=[5, 7], D=[None], E=[8])
    found = revisions(before, after)
    series = found.series("area").set_index("area")
    assert series.state.to_dict() == {
        "A": "unrevised, extended",
        "B": "unrevised",
        "C": "revised",
        "D": "nothing to compare",
        "E": "unrevised",
    }
    assert series.loc["E", ["periods", "last", "dropped"]].tolist() == [1, "2010", 1]
    assert series.loc["A", ["first", "last", "extended"]].tolist() == ["2010", "2015", 1]
    assert found.unrevised.area.tolist() == ["A", "B", "E"]
    # A figure that is gone from a year that both have is a change.
    gone = revisions({"area": ["A", "A"], "sex": ["F", "M"], "year": [2010] * 2, "value": [1, 2]},
                     {"area": ["A"], "sex": ["F"], "year": [2010], "value": [1]})  # fmt: skip
    assert gone.series("area").state.tolist() == ["revised"]


def test_editions_of_the_united_nations(shared):
    folder = shared / "data" / "un_desa"
    old, new = (
        folder / "UN_MigrantStockTotal_2015.xlsx",
        folder / "undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx",
    )
    if not (old.exists() and new.exists()):
        pytest.skip("the revisions of 2015 and 2020 of the International Migrant Stock are not there")
    earlier, later = ms.read(old), ms.read(new)
    found = revisions(earlier, later)
    assert sum(counted(found).values()) == len(found)
    assert counted(found)["repeated"] == 0
    # Against pandas, on the stock table alone.
    keys = ["destination", "year", "sex"]
    frames = [one.where(measure="stock", unit="persons").to_pandas()[[*keys, "value"]] for one in (earlier, later)]
    both = frames[0].astype(dict.fromkeys(keys, str)).merge(frames[1].astype(dict.fromkeys(keys, str)), on=keys)
    stock = found.by(["measure", "unit"]).set_index(["measure", "unit"]).loc["stock", "persons"]
    assert stock.same + stock.revised + stock.became_missing + stock.filled_in + stock.presence_changed == len(both)
    valued = both.dropna()
    assert stock.revised == (valued.value_x != valued.value_y).sum()
    assert found.definitions.query("measure == 'stock' and unit == 'persons'").figures.sum() == len(both)
    # Countries whose stocks of 1990 to 2015 are those of the revision of 2015, to the last person.
    series = found.series("destination").query("measure == 'stock' and unit == 'persons'").set_index("destination")
    moved = valued.assign(moved=valued.value_x != valued.value_y).groupby("destination").moved.any()
    compared = set(series.index[series.compared > 0])
    assert compared == set(moved.index)
    copied = set(series.index[series.state.str.startswith("unrevised")])
    assert copied <= set(moved.index[~moved])
    assert copied
    assert all(series.loc[sorted(copied), "state"] == "unrevised, extended"), "1990 to 2015 is extended to 2020"


# ---- tables, and what cannot be


def test_tables_of_any_library():
    before = pd.DataFrame({"area": ["A", "B"], "year": [2010, 2010], "value": [1.0, 2.0], "note": ["x", None]})
    after = before.assign(value=[1.0, 3.0])
    wanted = revisions(before, after).to_pandas()
    for make in (pl.DataFrame, lambda frame: pa.Table.from_pandas(frame, preserve_index=False)):
        found = revisions(make(before), make(after))
        pd.testing.assert_frame_equal(found.to_pandas(), wanted)
        assert type(found.by("area")).__module__.startswith(type(make(before)).__module__.split(".")[0])
    assert revisions(before, after).to_polars().height == 2
    assert pa.table(revisions(before, after)).num_rows == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sex": ["F", "F"]}, r"only one edition has the column 'sex' \(later\): name them alike, or name in keys="),
        ({"value": ["a", "b"]}, r"the later edition: column \"value\" is .*, expected numbers"),
        ({"value": [1.0, math.inf]}, r"column \"value\", row 1: inf is no finite number"),
        ({"year": [2010, None]}, r"column \"year\", row 1: no period"),
        ({"presence": ["value", "gone"]}, r"presence.*\"gone\" is none of value, zero"),
    ],
)
def test_what_tables_cannot_be(change, says):
    before = {"area": ["A", "B"], "year": [2010, 2010], "value": [1.0, 2.0]}
    with pytest.raises((SchemaError, CodeError), match=says):
        revisions(before, before | change)


def test_what_cannot_be_asked():
    obs = edition({("SAU", "F"): 1})
    with pytest.raises(SchemaError, match="tolerance=-1"):
        revisions(obs, obs, tolerance=-1)
    with pytest.raises(SchemaError, match="one edition is Observations and the other a table"):
        revisions(obs, obs.to_pandas())
    with pytest.raises(SchemaError, match=r'ignore: "covrage" is no field .*did you mean "coverage"'):
        revisions(obs, obs, ignore="covrage")
    with pytest.raises(SchemaError, match="keys= and value= are for tables"):
        revisions(obs, obs, keys=["sex"])
    with pytest.raises(SchemaError, match='did you mean "destination"'):
        revisions(obs, obs).by("destinaton")
    with pytest.raises(SchemaError, match="count=-1"):
        revisions(obs, obs).top(-1)
    table = {"area": ["A"], "value": [1]}
    with pytest.raises(SchemaError, match=r'no column "aera"; did you mean "area"'):
        revisions(table, table, keys=["aera"])


def test_misspelt_columns_have_near_ones():
    table = {"area": ["A"], "year": [2015], "value": [1]}
    other = {"aera": ["A"], "year": [2015], "value": [1]}
    says = (
        r"'aera' \(earlier; did you mean 'area'\?\), 'area' \(later; did you mean 'aera'\?\): name them alike.*'year'"
    )
    with pytest.raises(SchemaError, match=says):
        revisions(other, table)
    with pytest.raises(
        SchemaError, match=r'earlier edition: .* "vlaue"; did you mean "value"\?; it has "area", "year"'
    ):
        revisions(table, table, value="vlaue")
    with pytest.raises(
        SchemaError, match=r'the later edition: .* no column "area"; did you mean "aera"\?; it has "aera"'
    ):
        revisions(table, other, keys=["area"])
    with pytest.raises(SchemaError, match=r'no column "people"; it has "area", "year", "value"'):
        revisions(table, table, value="people")
    with pytest.raises(SchemaError, match="keys: 'area' is named twice"):
        revisions(table, table, keys=["area", "area"])
    with pytest.raises(SchemaError, match="keys: 'value' is the column of numbers"):
        revisions(table, table, keys=["area", "value"])


def test_display():
    found = revisions(
        edition({("SAU", "F"): 10, ("KWT", "F"): 4}, vintage="1998"),
        edition({("SAU", "F"): 12, ("KWT", "F"): 4}, vintage="2000"),
    )
    text = repr(found)
    assert text.splitlines()[0] == "Revisions: 2 figures (1998) against 2 (2000)"
    assert "A6 12.5 %" in text
    assert "1 of 2 series by destination are copies: KWT" in " ".join(text.split())
    assert "+20.0 %" in text
    html = found._repr_html_()
    assert "<script" not in html
    assert "A6 12.5 %" in html
    nothing = edition({("SAU", "F"): 1}).where(sex="M")
    assert "no figures" in repr(revisions(nothing, nothing))


# ---- properties

CELL = st.tuples(
    st.sampled_from(["A", "B", "C"]), st.sampled_from([2010, 2015]), st.sampled_from(["birth", "citizenship"])
)
VALUE = st.one_of(st.none(), st.integers(0, 3).map(float))
ROWS = st.lists(st.tuples(CELL, VALUE), max_size=14)


def table_of(rows):
    """Give rows as a pyarrow table."""
    cells = [cell for cell, _ in rows]
    return pa.table({
        "area": pa.array([cell[0] for cell in cells], pa.string()),
        "year": pa.array([cell[1] for cell in cells], pa.int64()),
        "concept": pa.array([cell[2] for cell in cells], pa.string()),
        "value": pa.array([value for _, value in rows], pa.float64()),
    })  # fmt: skip


def lines(found):
    """Give a comparison as sorted (cell, earlier, later, state)."""
    table = found.to_arrow(full=True)
    if not len(table):
        return []
    names = ["area", "year", "earlier", "later", "state", "earlier_presence", "later_presence"]
    rows = zip(*(table[name].to_pylist() for name in names), strict=True)

    def figure(value, presence):
        return None if presence is None else (value, presence)

    found = (((area, year), figure(a, p), figure(b, q), state) for area, year, a, b, state, p, q in rows)
    return sorted(found, key=repr)


@given(ROWS, ROWS, st.sampled_from([0.0, 1.0]))
def test_as_the_slow_reference(before, after, tolerance):
    found = revisions(table_of(before), table_of(after), tolerance=tolerance)

    def plain(rows):
        return [(cell[:2], cell[2], (value, "missing" if value is None else "value")) for cell, value in rows]

    assert lines(found) == reference.compare(plain(before), plain(after), tolerance)
    by = found.by("area").to_pandas()
    names = [state.replace(" ", "_") for state in STATES]
    assert (by[names].sum(axis=1) == by.figures).all()
    assert by.figures.sum() == len(found)


@given(ROWS, ROWS, st.randoms(use_true_random=False))
def test_swapping_negates_and_order_does_not_matter(before, after, random):
    found = revisions(table_of(before), table_of(after))
    turned = revisions(table_of(after), table_of(before))
    other = {"added": "removed", "removed": "added", "became missing": "filled in", "filled in": "became missing"}
    swapped = sorted(((cell, b, a, other.get(state, state)) for cell, a, b, state in lines(found)), key=repr)
    assert lines(turned) == swapped
    there, back = found.summary, turned.summary
    assert (there.revision + back.revision).fillna(0).eq(0).all()
    assert there.mean_absolute.fillna(-1).tolist() == back.mean_absolute.fillna(-1).tolist()
    shuffled = [random.sample(rows, len(rows)) for rows in (before, after)]
    again = revisions(*map(table_of, shuffled))
    without = [name for name in found.to_arrow(full=True).column_names if not name.endswith(("_row", "_definition"))]
    assert again.to_arrow(full=True).select(without).equals(found.to_arrow(full=True).select(without))
    assert again.series("area").equals(found.series("area"))


@given(ROWS)
def test_an_edition_beside_itself(rows):
    unique = list(dict(rows).items())
    table = table_of([(cell, value) for cell, value in unique])
    found = revisions(table, table)
    assert set(counted(found)) <= {"same"}
    assert len(found) == len(unique)
    assert "revised" not in found.series("area")["state"].to_pylist()
