"""Every movement once and nobody lost: parts beside their wholes, and whom a value is of."""

import pandas as pd
import polars as pl
import pytest

import migstat as ms
from migstat.errors import SchemaError
from mirrors import ANOTHER, NO_VALUE, WITHIN, both, fates, harmonise, numbers, table
from test_reconcile_together import expected, factors, reports

mirror = ms.reconcile.mirror
REFERENCE = ("SWE", "DEU")


@pytest.fixture(scope="module")
def by_sex():
    return mirror(reports(sexes=("F", "M")))


# ---- parts whose whole is not there


def test_a_table_of_women_only_keeps_them(by_sex):
    women = by_sex.to_pandas().query("sex == 'F'")
    assert women["part"].all()
    assert len(ms.reconcile.double_entry(women, reference="SWE").reconciled) == 24
    found = ms.reconcile.undercount(women, reference=REFERENCE)
    unmarked = ms.reconcile.undercount(women.drop(columns="part"), reference=REFERENCE)
    pd.testing.assert_frame_equal(found, unmarked)
    assert (found.partners > 0).all()
    assert ms.reconcile.undercount(pl.DataFrame(women), reference=REFERENCE).to_pandas().equals(found)
    both = by_sex.to_polars()
    assert len(ms.reconcile.double_entry(both.with_columns(pl.col("sex").cast(str)), reference="SWE").reconciled) == 24


def test_a_part_is_left_out_only_where_its_own_whole_is_there(by_sex):
    rows = by_sex.to_pandas()
    lost = (rows.sex == "_T") & (rows.origin == "DEU") & (rows.destination == "SWE")
    men = (rows.sex == "M") & (rows.origin == "DEU") & (rows.destination == "SWE")
    once = ms.reconcile.undercount(rows[~lost & ~men], reference=REFERENCE)
    # Sweden's immigrants from Germany are then its women only.
    women = rows[(rows.sex == "F") & (rows.origin == "DEU") & (rows.destination == "SWE") & (rows.year == 2006)]
    score = once.query("reporter == 'SWE' and direction == 'immigration' and year == 2006")
    assert score.numerator.tolist() == women.inflow.tolist()


def test_columns_named_get_ratios_and_factors_of_their_own(by_sex):
    rows = by_sex.to_pandas()
    found = ms.reconcile.undercount(by_sex, reference=REFERENCE, by="sex")
    fitted = ms.reconcile.double_entry(by_sex, reference="SWE", per="sex").factors
    for sex in ("F", "M", "_T"):
        alone = ms.reconcile.undercount(rows[rows.sex == sex].drop(columns="part"), reference=REFERENCE)
        mine = found[found.sex == sex].drop(columns="sex").reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone)
        mine = fitted[fitted.sex == sex]
        got = dict(zip(zip(mine.reporter, mine.direction, strict=True), mine.factor, strict=True))
        assert got == pytest.approx(expected(), rel=1e-2)
    # What is fitted together holds everybody once.
    assert factors(by_sex, by="sex") == factors(by_sex)


# ---- parts that one side reports


def test_parts_of_one_side_lie_inside_its_total():
    rows = [{"value": n, "measure": "inflow", "sex": sex} for n, sex in ((100, "_T"), (60, "F"), (40, "M"))]
    alone = mirror(harmonise(rows, origin="NOR", destination="SWE"))
    assert sorted(table(alone, "sex", "part")) == [("F", True), ("M", True), ("_T", False)]
    assert alone.why_not().inflow.sum() == 100
    # Such a corridor does not stand in the way of others.
    pairs = mirror(ms.concat([reports(sexes=("F", "M")), harmonise(rows, origin="NOR", destination="SWE", year=2006)]))
    assert factors(pairs) == pytest.approx(expected(), rel=1e-9)
    assert len(ms.reconcile.undercount(pairs, reference=REFERENCE))


def test_a_part_of_one_side_is_not_inside_a_total_of_the_other():
    rows = [
        {"value": 60, "measure": "inflow", "sex": "F"},
        {"value": 50, "measure": "outflow", "sex": "F"},
        {"value": 30, "measure": "inflow", "sex": "M"},
        {"value": 100, "measure": "outflow", "sex": "_T"},
    ]
    found = dict(table(mirror(harmonise(rows)), "sex", "part"))
    assert not found["M"]


# ---- whom a value is of


@pytest.mark.parametrize("prefer", ["receiving", "sending", "mean", "larger"])
@pytest.mark.parametrize("women", [60, 300])
def test_the_value_of_everybody_is_not_that_of_women(prefer, women):
    obs = both(women, 200, receiving={"sex": "F"}, origin="LKA", destination="ARE")
    assert table(mirror(obs, prefer=prefer), "sex", "inflow", "outflow", "value", "basis") == [
        ("_T", float(women), 200.0, 200.0, "sending")
    ]


def test_women_beside_nothing_on_everybody_have_no_value_of_everybody():
    obs = both(60, None, receiving={"sex": "F"}, origin="LKA", destination="ARE")
    assert ("_T", 60.0) not in table(mirror(obs), "sex", "value")


def test_nationals_are_not_added_to_the_code_of_their_country():
    rows = [{"value": 60, "measure": "inflow", "citizenship": code} for code in ("NAT", "SWE")]
    rows.append({"value": 50, "measure": "outflow", "citizenship": "SWE"})
    pairs = mirror(harmonise(rows, origin="NOR", destination="SWE"))
    assert numbers(pairs) == [(60.0, 50.0)]
    assert fates(pairs)[ANOTHER] == 1


# ---- the matrix


def test_the_matrix_does_not_drop_corridors_without_a_total():
    rows = [{"value": 10, "measure": "inflow", "sex": "_T", "origin": "NOR"}]
    rows += [{"value": n, "measure": "inflow", "sex": sex, "origin": "DNK"} for n, sex in ((3, "F"), (4, "M"))]
    pairs = mirror(harmonise(rows, destination="SWE"))
    with pytest.raises(SchemaError, match="DNK to SWE"):
        pairs.matrix(year=2015)
    assert pairs.matrix(year=2015, sex="F").loc[("DNK", "receiving"), "SWE"] == 3


def reported(inflows, outflows, **stated):
    """Give both reports of a flow by sex: {code: n}."""
    rows = [{"measure": "inflow", "sex": sex, "value": n} for sex, n in inflows.items()]
    rows += [{"measure": "outflow", "sex": sex, "value": n} for sex, n in outflows.items()]
    # No definition has one sex throughout.
    rows += [
        {"measure": what, "sex": sex, "value": 1, "year": 2000}
        for what in ("inflow", "outflow")
        for sex in ("F", "M", "_T")
    ]
    return harmonise([{"year": 2015} | row for row in rows], origin="DNK", destination="SWE", **stated)


def test_the_matrix_says_how_parts_are_added_up_and_that_works():
    obs = reported({"F": 3, "M": 4}, {"F": 2, "M": 6, "_U": 1})
    pairs = mirror(obs)
    assert len(pairs) == 6
    for selection in ({"year": 2015}, {}):
        with pytest.raises(SchemaError, match=r"pair the reports by ms.reconcile.mirror\(obs, add_up=\['sex'\]\)"):
            pairs.matrix(**selection) if selection else mirror(obs.where(year=2015)).matrix()
    summed = mirror(obs, add_up=["sex"])
    matrix = summed.matrix(year=2015)
    assert matrix.loc[("DNK", "receiving"), "SWE"] == 7
    assert matrix.loc[("DNK", "sending"), "SWE"] == 9
    said = [row for row in summed.why_not().to_dict("records") if row["aspect"] == "sex"]
    assert {(row["severity"], row["says"]) for row in said} == {
        ("noted", "sex: the parts of the receiving report are added up, which prints no total with a value"),
        ("noted", "sex: the parts of the sending report are added up, which prints no total with a value"),
    }
    assert fates(summed) == {"in": 11, "out": 11}
    # The ledger says so, with the figures that were added.
    [note] = [one for one in summed.ledger.findings() if "added up" in one["message"]]
    assert note["message"] == "parts by sex are added up, for no total with a value is printed"
    assert (note["severity"], note["tally"]["rows"], note["tally"]["value"]) == ("note", 5, [16.0])
    assert table(summed, "inflow", "outflow", "part")[-1] == (7.0, 9.0, False)


@pytest.mark.parametrize(
    ("inflows", "outflows", "says"),
    [
        ({"F": 3}, {"F": 2, "M": 6}, "the inflow has no M by sex"),
        ({"F": 3, "M": 4}, {"_U": 2, "M": 6}, "the outflow has no F by sex"),
        ({"F": 3, "M": None}, {"F": 2, "M": 6}, "M of the inflow has no value"),
        ({"F": 3, "_U": 1}, {"_T": 6}, None),
    ],
)
def test_parts_that_leave_somebody_out_are_not_added_up(inflows, outflows, says):
    obs = reported(inflows, outflows)
    assert numbers(mirror(obs, add_up="sex")) == numbers(mirror(obs))
    if says:
        # The call that was just made is no way out.
        with pytest.raises(SchemaError, match=f"they could not be added up: DNK to SWE: {says}$") as refused:
            mirror(obs, add_up="sex").matrix(year=2015)
        assert "add_up=" not in str(refused.value)


def test_the_matrix_says_why_parts_stayed_in_one_corridor():
    rows = [{"value": 10, "measure": "inflow", "sex": "_T", "origin": "NOR"}]
    rows += [{"value": 3, "measure": "inflow", "sex": "F", "age": "Y0T14", "origin": "DNK"}]
    obs = harmonise([{"age": "_T"} | row for row in rows], destination="SWE")
    with pytest.raises(SchemaError, match=r"^1 corridor has parts .*add_up=\['sex', 'age'\]"):
        mirror(obs, add_up="sex").matrix(year=2015)
    with pytest.raises(SchemaError, match=r"not be added up: DNK to SWE: the inflow has no M by sex$"):
        mirror(obs, add_up=["sex", "age"]).matrix(year=2015)
    rows[1:] = [{"value": 3, "measure": "inflow", "age": age, "origin": "DNK"} for age in ("Y0T14", "Y20T29")]
    obs = harmonise([{"age": "_T", "sex": "_T"} | row for row in rows], destination="SWE")
    with pytest.raises(SchemaError, match=r"the ages of the inflow leave somebody out or overlap \(Y0T14, Y20T29\)$"):
        mirror(obs, add_up="age").matrix(year=2015)


def of_2015(pairs):
    rows = table(pairs, "sex", "inflow", "outflow", "part", "period_start")
    return [row[:-1] for row in rows if row[-1].year == 2015]


def test_a_printed_total_is_taken_beside_sums_of_the_other_end():
    obs = reported({"F": 3, "M": 4, "_T": 8}, {"F": 2, "M": 6})
    assert (8.0, None) in numbers(mirror(obs))
    pairs = mirror(obs, add_up="sex")
    assert of_2015(pairs) == [("_T", 8.0, 8.0, False)]
    # What stood beside the parts that were added up is not said to stand alone.
    assert fates(pairs) == {"in": 11, "out": 9, WITHIN: 2}
    assert pairs.set_aside()[["sex", "value", "why"]].to_numpy().tolist() == [["F", 3.0, WITHIN], ["M", 4.0, WITHIN]]
    # One end alone is added up too.
    alone = mirror(reported({"F": 3, "M": 4}, {}), add_up="sex")
    assert (7.0, None) in numbers(alone)


@pytest.mark.parametrize("swapped", [False, True])
def test_a_total_without_a_value_is_none(swapped):
    ends = [{"_T": None, "F": 70, "M": 50}, {"F": 60, "M": 55}]
    pairs = mirror(reported(*(ends[::-1] if swapped else ends)), add_up="sex")
    assert of_2015(pairs) == [("_T", 115.0, 120.0, False) if swapped else ("_T", 120.0, 115.0, False)]
    assert fates(pairs) == {"in": 11, "out": 10, NO_VALUE: 1}
    assert pairs.set_aside().why.tolist() == [NO_VALUE]
    # Of both ends.
    pairs = mirror(reported(ends[0], {"_T": None} | ends[1]), add_up="sex")
    assert of_2015(pairs) == [("_T", 120.0, 115.0, False)]
    assert fates(pairs) == {"in": 12, "out": 10, NO_VALUE: 2}


def test_parts_are_not_taken_from_their_pairs_for_a_total_that_has_nothing_beside_it():
    obs = reported({"_T": None, "F": 70, "M": None}, {"F": 60, "M": 55})
    assert numbers(mirror(obs, add_up="sex")) == numbers(mirror(obs))


def test_parts_in_several_dimensions_are_added_up():
    rows = [
        {"measure": what, "sex": sex, "age": age, "value": 1}
        for what in ("inflow", "outflow")
        for sex in ("F", "M")
        for age in ("Y0T14", "Y15T64", "Y_GE65")
    ]
    obs = harmonise(rows, origin="DNK", destination="SWE")
    assert numbers(mirror(obs, add_up=["sex", "age"])) == [(6.0, 6.0)]
    assert numbers(mirror(obs, add_up="age")) == [(3.0, 3.0), (3.0, 3.0)]
    assert fates(mirror(obs, add_up=["age", "sex"])) == {"in": 12, "out": 12}


BY_BOTH = [("F", "Y0T14", 1), ("M", "Y0T14", 2), ("F", "Y_GE15", 3), ("M", "Y_GE15", 4)]
BY_SEX = [("F", "_T", 4), ("M", "_T", 5)]
BY_AGE = [("_T", "Y0T14", 60), ("_T", "Y_GE15", 55)]


@pytest.mark.parametrize(
    ("inflows", "outflows", "expected"),
    [
        (BY_BOTH, BY_SEX, (10, 9)),
        (BY_SEX, BY_AGE, (9, 115)),
        (BY_AGE, BY_BOTH, (115, 10)),
        # Women in all, and men by age, are everybody too.
        (BY_SEX, [row for row in BY_BOTH if row[0] == "M"] + BY_SEX[:1], (9, 10)),
        # By sex and by age, each complete: the same people twice, and once in the sum.
        (BY_SEX + BY_AGE, BY_AGE, (115, 115)),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_each_end_is_added_up_in_the_dimensions_it_has(inflows, outflows, expected, swapped):
    ends = zip(("outflow", "inflow") if swapped else ("inflow", "outflow"), (inflows, outflows), strict=True)
    rows = [{"measure": what, "sex": s, "age": a, "value": n} for what, some in ends for s, a, n in some]
    pairs = mirror(harmonise(rows, origin="DNK", destination="SWE"), add_up=["sex", "age"])
    whole = [row[:2] for row in table(pairs, "inflow", "outflow", "part") if not row[2]]
    assert whole == [expected[::-1] if swapped else expected]
    fates(pairs)


def test_more_dimensions_add_up_no_less():
    # Nobody of 15 or over: what there is, is added up by sex.
    rows = [
        {"measure": what, "sex": sex, "age": "Y0T14", "value": 1}
        for what in ("inflow", "outflow")
        for sex in ("F", "M")
    ]
    obs = harmonise([*rows, {"measure": "net", "sex": "_T", "age": "_T", "value": 1}], origin="DNK", destination="SWE")
    assert numbers(mirror(obs, add_up="sex")) == [(2.0, 2.0)] == numbers(mirror(obs, add_up=["sex", "age"]))


@pytest.mark.parametrize(("wrong", "says"), [("skill", "sex, age, citizenship, birth"), ("sexe", 'did you mean "sex"')])
def test_what_cannot_be_added_up(wrong, says):
    with pytest.raises(SchemaError, match=f'add_up="{wrong}".*{says}'):
        mirror(reported({"F": 1}, {"F": 1}), add_up=wrong)


def test_what_is_no_name_cannot_be_added_up():
    with pytest.raises(SchemaError, match=r"^add_up=5: expected names of columns, such as \['sex'\]"):
        mirror(reported({"F": 1}, {"F": 1}), add_up=5)


# ---- the estimate


def test_a_reporter_with_one_pair_is_not_taken_to_be_exact():
    pairs = {
        "origin": ["SWE", "DEU", "SWE", "POL", "DEU", "POL", "ESP"],
        "destination": ["DEU", "SWE", "POL", "SWE", "POL", "DEU", "SWE"],
        "inflow": [100, 90, 80, 70, 60, 75, 40],
        "outflow": [80, 95, 60, 90, 66, 50, 30],
    }
    found = ms.reconcile.double_entry(pairs, estimate="inverse-variance").reconciled
    spain, others = found[found.origin == "ESP"], found[found.origin != "ESP"]
    assert spain.used.tolist() == ["mean"]
    assert spain.value.iloc[0] == pytest.approx((spain.adjusted_inflow.iloc[0] + spain.adjusted_outflow.iloc[0]) / 2)
    assert set(others.used) == {"weighted"}


@pytest.mark.parametrize("reference", [("SWE", "from 2006"), [("SWE", "from 2006")]])
def test_a_regime_may_be_the_reference(reference):
    pairs = mirror(reports())
    found = ms.reconcile.double_entry(pairs, regimes={"SWE": [2006]}, reference=reference)
    assert found.method["reference"] == ["SWE (from 2006)"]


def test_two_areas_are_two_references_and_anything_else_is_a_regime():
    from migstat._reconcile_double_entry_request import _references

    assert _references(("SWE", "DNK")) == [("SWE", None), ("DNK", None)]
    assert _references(("SWE", "2006")) == [("SWE", "2006")]
