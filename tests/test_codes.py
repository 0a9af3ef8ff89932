"""Lists of codes, mappings between them, and what harmonise makes of them."""

import csv
import itertools
from collections import defaultdict

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import migstat as ms
from migstat.errors import CodeError, SchemaError

NUMBER = itertools.count()


@pytest.fixture
def name():
    """Give a name that no list has: lists stay until the process ends."""
    return f"test-{next(NUMBER)}"


# ---- lists


def test_every_list_says_what_it_is_and_where_it_is_from():
    lists = ms.codes.lists()
    assert lists["list"].is_unique
    assert {"sex", "age", "area", "ISCO-08", "ISCO-88", "ISCO-68", "ISCED-2011", "ISCED-97", "reason"} <= set(
        lists["list"]
    )
    for row in lists[~lists["list"].str.startswith("test-")].itertuples():
        codelist = ms.codes.get(row.list)
        assert row.title, row.list
        assert row.source, row.list
        assert len(codelist) == len(list(codelist)) == row.codes
        assert row.list in codelist.describe()
        assert all(code in codelist for code in itertools.islice(codelist, 5))


def test_a_list_has_names_in_languages_and_a_hierarchy():
    isco = ms.codes.get("ISCO-08")
    assert isco.label("2221") == "Nursing professionals"
    assert isco.label("1", "fr").startswith("Directeurs")
    assert isco.label("2221", "xx") is None
    assert (isco.parent("2221"), isco.parent("2")) == ("222", None)
    assert isco.children("222") == ["2221", "2222"]
    assert isco.label("_T") == "Total"
    assert "2221" in isco
    assert "99999" not in isco
    assert 2221 not in isco
    with pytest.raises(CodeError, match="'99999' is no code of ISCO-08"):
        isco.parent("99999")
    frame = isco.to_pandas()
    assert frame.level.value_counts().to_dict() == {1: 10, 2: 43, 3: 130, 4: 436}


def test_labels_that_a_spreadsheet_has_damaged():
    assert ms.codes.recode(["2221.0", "9.0", None], "ISCO-08", "broad") == ["high", "low", None]
    assert ms.codes.recode(pd.Series([2221.0, np.nan]), "ISCO-08").tolist()[0] == "2221"
    with pytest.raises(
        CodeError, match=r'row 1: "110" is no code of ISCO-08; it may be "0110" without its leading zero'
    ):
        ms.codes.recode(["0110", "110"], "ISCO-08")
    assert ms.codes.recode("Armed forces", "ISCO-08") == ms.codes.recode("Armed forces", "ISCO-88") == "0"


def test_no_list_of_that_name():
    with pytest.raises(CodeError, match="did you mean LKA-CHANNEL or LKA-SLBFE or LKA-SLBFE-1975 or LKA-SLBFE-1994"):
        ms.codes.get("LKA")
    with pytest.raises(CodeError, match="LKA-SLBFE-1975 and LKA-SLBFE-1994: name one of them"):
        ms.codes.get("LKA-SLBFE")
    with pytest.raises(CodeError, match='no list of codes "ISCO08"; did you mean "ISCO-08"'):
        ms.codes.get("ISCO08")
    with pytest.raises(SchemaError, match="expected the name of a list"):
        ms.codes.get(8)


# ---- recode


LABELS = ["Managers", "2221", None, "9", "Total", "Managers"]
CODES = ["1", "2221", None, "9", "_T", "1"]
BROAD = ["high", "high", None, "low", "_T", "high"]


@pytest.mark.parametrize(
    "kind",
    [
        list,
        tuple,
        lambda labels: np.array(labels, dtype=object),
        lambda labels: pd.Series(labels, index=range(10, 16), name="job"),
        lambda labels: pd.Series(labels, dtype="category"),
        lambda labels: pl.Series("job", labels),
        lambda labels: pa.array(labels),
        lambda labels: pa.chunked_array([labels[:2], labels[2:]]),
        lambda labels: pa.array(labels).dictionary_encode(),
    ],
)
def test_any_kind_of_column_comes_back_as_it_came(kind):
    column = kind(LABELS)
    for to, expected in ((None, CODES), ("broad", BROAD)):
        out = ms.codes.recode(column, "ISCO-08", to)
        assert type(out) is type(column)
        assert [None if pd.isna(one) else one for one in pa.array(out).to_pylist()] == expected
    if isinstance(column, pd.Series):
        assert out.index.equals(column.index)
        assert out.name == column.name


def test_one_label_is_a_column_too():
    assert ms.codes.recode("Managers", "ISCO-08") == "1"
    assert ms.codes.recode(pd.Series([1, 2221, 9]), "ISCO-08").tolist() == ["1", "2221", "9"]


def test_a_label_that_is_in_no_list():
    labels = ["Managers", "Wizards", "9", "Witches"]
    with pytest.raises(CodeError) as error:
        ms.codes.recode(labels, "ISCO-08")
    said = str(error.value)
    assert said.startswith(("row 1: 'Wizards' is not in the list ISCO-08", 'row 1: "Wizards" is not'))
    assert "1 more labels cannot be read" in said
    assert ms.codes.recode(labels, "ISCO-08", on_unresolved="null") == ["1", None, "9", None]
    assert ms.codes.recode(labels, "ISCO-08", on_unresolved="keep") == ["1", "Wizards", "9", "Witches"]
    kept = ms.codes.recode(pd.Series(labels, index=list("abcd")), "ISCO-08", "broad", on_unresolved="keep")
    assert kept.to_dict() == {"a": "high", "b": "Wizards", "c": "low", "d": "Witches"}


def test_a_dictionary_is_no_mapping():
    with pytest.raises(SchemaError, match="a dictionary loses what is ambiguous"):
        ms.codes.recode(["1"], "ISCO-08", {"1": "high"})


def test_ladders_that_followed_each_other_are_told_apart():
    assert ms.codes.recode(["Professional", "Clerical"], "LKA-SLBFE", "broad") == ["high", "medium"]
    assert ms.codes.recode(["Skilled"], "LKA-SLBFE", year=1988) == ["SKILLED"]
    told = ms.codes.describe(["High level", "Middle level", "Nonsense"], "LKA-SLBFE", "broad", year=1996)
    assert told["list"].tolist()[:2] == ["LKA-SLBFE-1975"] * 2
    assert told["becomes"].tolist()[:2] == ["high", "_U"]
    assert told["may_be"].tolist()[1] == "medium high"
    assert "not a rung" in told["why_not"].tolist()[2]


@given(st.lists(st.sampled_from(["Managers", "2221", "9", "Total", None, "Unknown", "72", "0"])), st.randoms())
def test_order_and_chunks_do_not_matter(labels, random):
    whole = ms.codes.recode(labels, "ISCO-08", "broad")
    order = list(range(len(labels)))
    random.shuffle(order)
    assert ms.codes.recode([labels[at] for at in order], "ISCO-08", "broad") == [whole[at] for at in order]
    cut = len(labels) // 2
    chunks = pa.chunked_array([pa.array(labels[:cut], pa.string()), pa.array(labels[cut:], pa.string())])
    assert ms.codes.recode(chunks, "ISCO-08", "broad").to_pylist() == whole


# ---- mappings


def known_mappings():
    pairs = ms.codes.mappings()
    return [pair for pair in zip(pairs["from"], pairs["to"], strict=True) if not pair[0].startswith(("test", "XYZ"))]


def test_every_mapping_shares_out_all_of_every_code():
    for ends in known_mappings():
        mapping = ms.codes.mapping(*ends)
        for weights in (None, "equal"):
            matrix = mapping.matrix(weights)
            assert np.allclose(matrix.sum(axis=1), 1, atol=1e-12), ends
            assert (matrix >= 0).all(axis=None)


def test_isco_majors_have_the_skill_of_the_ilo(shared):
    with (shared / "science/codelists/isco_major_to_skill.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["classification"] == "ISCO-08"]
    mapping = ms.codes.mapping("ISCO-08", "broad")
    assert len(rows) == 10
    for row in rows:
        if row["broad_skill"] == "not classified":
            assert mapping.shares(row["major_group"]) == {"_U": 1.0}
        else:
            assert mapping.shares(row["major_group"]) == {row["broad_skill"]: 1.0}


def test_isco_88_to_08_is_what_the_ilo_prints(shared):
    """ILO, correspondence of ISCO-88 and ISCO-08: the pairs of unit groups."""
    with (shared / "science/codelists/isco88_isco08_correspondence_ilo.csv").open(encoding="utf-8-sig") as file:
        printed = defaultdict(set)
        for row in csv.DictReader(file):
            old, new = row["ISCO-88 code"].strip().zfill(4), row["ISCO 08 Code"].strip().zfill(4)
            if old.isdigit() and new.isdigit():
                printed[old].add(new)
    mapping = ms.codes.mapping("ISCO-88", "ISCO-08")
    ours = {code: set(mapping.targets(code)) for code in printed if code in ms.codes.get("ISCO-88")}
    agree = sum(ours.get(code) == targets for code, targets in printed.items())
    assert agree / len(printed) > 0.9, sorted(code for code in printed if ours.get(code) != printed[code])[:20]


def test_the_way_back_and_the_way_through():
    back = ms.codes.mapping("ISCO-08", "ISCO-88")
    assert set(back.targets("2221")) <= set(ms.codes.get("ISCO-88"))
    through = ms.codes.mapping("ISCO-88", "ISCO-08/1")
    assert through.to_list == "ISCO-08"
    assert set(through.targets("2230")) <= {str(major) for major in range(10)}
    by_hand = ms.codes.mapping("ISCO-88", "ISCO-08").then(ms.codes.mapping("ISCO-08", "ISCO-08/1"))
    assert through == by_hand
    with pytest.raises(CodeError, match="no mapping from sex to broad"):
        ms.codes.mapping("sex", "broad")


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(any), min_size=3, max_size=3),
       st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(any), min_size=3, max_size=3),
       st.lists(st.integers(0, 1000), min_size=3, max_size=3))  # fmt: skip
def test_recoding_twice_is_recoding_by_both(first, second, figures):
    number = next(NUMBER)
    names = [f"test-{letter}{number}" for letter in "abc"]
    for one in names:
        ms.codes.register({"code": list("xyz"), "label": ["ex", "why", "zed"]}, one, dimension="occupation")

    def mapped(weights, ends):
        pairs = [
            (old, new, share / sum(row))
            for old, row in zip("xyz", weights, strict=True)
            for new, share in zip("xyz", row, strict=True)
            if share
        ]
        columns = dict(zip(("from", "to", "weight"), zip(*pairs, strict=True), strict=True))
        return ms.codes.register_mapping(columns, *ends)

    a, b = mapped(first, names[:2]), mapped(second, names[1:])
    s = pd.Series(figures, index=list("xyz"), dtype=float)
    once = a.then(b).matrix().T @ s
    twice = b.matrix().T @ (a.matrix().T @ s).reindex(list("xyz"), fill_value=0.0)
    assert np.allclose(once.reindex(list("xyz"), fill_value=0), twice.reindex(list("xyz"), fill_value=0), atol=1e-9)
    assert np.isclose(once.sum(), s.sum())
    assert ms.codes.mapping(names[0], names[2]) == a.then(b)


# ---- one's own


def test_a_list_from_a_csv_in_one_line(tmp_path, name):
    path = tmp_path / "ladder.csv"
    path.write_text(
        "\ufeffcode,label,label:fr,also,valid_from,to:broad,quality\n"
        "A,Qualified,Qualifié,Trained|Certified,1996,medium:0.6|high:0.4,approximate\n"
        "B,Helper,Aide,,,low,\n"
        "C,Other work,,,,,\n",
        encoding="utf-8",
    )
    made = ms.codes.register(path, name, dimension="skill", source="Ministry of Labour")
    assert list(made) == ["A", "B", "C"]
    assert made.label("A", "fr") == "Qualifié"
    assert ms.codes.recode(["trained", "aide", "Other work", "Total"], name) == ["A", "B", "C", "_T"]
    mapping = ms.codes.mapping(name, "broad")
    assert mapping.shares("A") == {"medium": 0.6, "high": 0.4}
    assert (mapping.quality("A"), mapping.quality("B"), mapping.quality("C")) == ("approximate", "good", "not mappable")
    assert mapping.shares("C") == {"_U": 1.0}
    ms.codes.register(path, name, dimension="skill", source="Ministry of Labour")
    with pytest.raises(CodeError, match="replace=True"):
        ms.codes.register({"code": ["Z"], "label": ["Zed"]}, name, dimension="skill")
    assert list(ms.codes.register({"code": ["Z"], "label": ["Zed"]}, name, dimension="skill", replace=True)) == ["Z"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"code": ["A"]}, "there is no column 'label'"),
        ({"code": ["A"], "label": ["x"], "lable:fr": ["y"]}, "column 'lable:fr' is none that a list of codes has"),
        ({"code": ["A", "A"], "label": ["x", "y"]}, "code \"A\" stands in row 0 too"),
        ({"code": ["A"], "label": ["x"], "parent": ["B"]}, "lies under \"B\", which is not in the list"),
        ({"code": ["A"], "label": ["x"], "valid_from": ["soon"]}, "column 'valid_from', row 0: 'soon' is not a year"),
        ({"code": ["A"], "label": ["x"], "to:broad": ["hihg"]}, 'no code of broad; did you mean "high"'),
        ({"code": ["A"], "label": ["x"], "to:broad": ["low:0.5|high:0.4"]}, "sum to 0.9"),
        ({"code": ["A"], "label": ["x"], "to:borad": ["low"]}, "no list of codes"),
        ({"code": ["A"], "label": ["x"], "to:broad": ["low:half|high"]}, "weight 'half' is not a number"),
    ],
)  # fmt: skip
def test_a_list_that_is_not_sound_is_refused_whole(rows, said, name):
    with pytest.raises((CodeError, SchemaError)) as error:
        ms.codes.register(rows, name, dimension="skill")
    assert said in str(error.value)
    with pytest.raises(CodeError):
        ms.codes.get(name)


# ---- harmonise


def harmonise(frame, **more):
    constants = {"origin": "LKA", "destination": "SAU", "measure": "labour_outflow", "year": 2015}
    return ms.harmonise(pd.DataFrame(frame), value="n", constants=constants, **more)


def test_occupations_by_their_list_into_another():
    frame = {"job": ["2230", "2230", "9131", "Total"], "sex": ["F", "M", "F", "T"], "n": [10, 20, 30, 60]}
    obs = harmonise(frame, occupation="job", sex="sex", schemes={"occupation": ("ISCO-88", "ISCO-08/1")})
    out = obs.to_pandas(full=True)
    assert set(out.occupation_printed) == {"2230", "9131", "_T"}
    assert out.schemes.unique().tolist() == ["occupation=ISCO-88 as ISCO-08/1"]
    mapping = ms.codes.mapping("ISCO-88", "ISCO-08/1")
    for row in out[out.leaf].itertuples():
        [expected] = mapping.shares(row.occupation_printed)
        assert row.occupation == expected
    assert out[out.leaf].value.sum() == 60
    obs.ledger.check()


def test_codes_of_several_levels_are_totals_and_parts():
    frame = {"job": ["2", "22", "21", "9"], "n": [50, 30, 20, 5]}
    obs = harmonise(frame, occupation="job", schemes={"occupation": "ISCO-08"})
    assert obs.to_pandas(full=True).set_index("occupation").leaf.to_dict() == {
        "2": False, "22": True, "21": True, "9": True,
    }  # fmt: skip
    assert ms.aggregate(obs, by=["year"]).to_pandas().value.tolist() == [55]
    again = ms.concat([obs.where(occupation=["2", "9"]), obs.where(occupation=["21", "22"])])
    assert again.to_pandas(full=True).set_index("occupation").leaf.to_dict()["2"] in (False, np.False_)


def test_two_dimensions_shared_out_at_once(name):
    pairs = {"code": ["A", "B"], "label": ["a", "b"], "to:reason": ["family:0.25|study:0.75", "work"]}
    ms.codes.register(pairs, name, dimension="reason")
    frame = {"skill": ["Middle level", "High level"], "why": ["A", "B"], "n": [101, 7]}
    obs = harmonise(
        frame,
        skill="skill",
        reason="why",
        schemes={"skill": "LKA-SLBFE-1975", "reason": (name, "reason")},
        weights={"MIDDLE": {"medium": 0.5, "high": 0.5}},
    )
    out = obs.to_pandas(full=True)
    assert len(out) == 5
    parts = out[out.figure == 0].set_index(["skill", "reason"])
    assert parts.share.to_dict() == {
        ("medium", "family"): 0.125, ("high", "family"): 0.125, ("medium", "study"): 0.375, ("high", "study"): 0.375,
    }  # fmt: skip
    assert parts.value.sum() == 101
    assert set(parts.basis) == {"apportioned"}
    assert (parts.low.tolist(), parts.high.tolist()) == ([0] * 4, [101] * 4)
    assert out.share.groupby(out.figure).sum().tolist() == [1, 1]
    obs.ledger.check()
    said = " ".join(finding["message"] for finding in obs.ledger.findings())
    assert "skill MIDDLE (ambiguous) may be medium or high: shared out as medium 0.5, high 0.5" in said
    assert "reason A (ambiguous) may be family or study: shared out" in said


def test_what_is_not_known_stays_unknown_and_is_told():
    frame = {"why": ["A", "B"], "n": [10, 5]}
    codes = {"code": ["A", "B"], "label": ["a", "b"], "to:reason": ["family|study", ""]}
    name = f"test-{next(NUMBER)}"
    ms.codes.register(codes, name, dimension="reason")
    obs = harmonise(frame, reason="why", schemes={"reason": (name, "reason")})
    assert obs.to_pandas(full=True).reason.tolist() == ["_U", "_U"]
    said = " ".join(finding["message"] for finding in obs.ledger.findings())
    assert "reason A may be family or study: its reason is unknown unless weights= say more" in said
    assert "reason B may be no reason" in said
    shared_out = harmonise(frame, reason="why", schemes={"reason": (name, "reason")}, weights="equal")
    assert shared_out.to_pandas(full=True).value.tolist() == [5, 5, 5]


def test_the_unknown_the_approximate_and_the_ambiguous_are_in_the_ledger():
    frame = {
        "skill": ["High level", "Middle level", "Skilled", "Unknown", "Total"],
        "sex": ["F", "F", "Unknown", "M", "T"],
        "n": [1, 20, 300, 4000, 4321],
    }
    constants = {"origin": "LKA", "destination": "SAU", "measure": "labour_outflow", "year": 1990, "age": "Unknown"}
    options = {"value": "n", "skill": "skill", "sex": "sex", "schemes": {"skill": "LKA-SLBFE"}, "constants": constants}
    obs = ms.harmonise(frame, **options)
    told = {(one["severity"], one["message"]): sum(one["tally"]["value"]) for one in obs.ledger.findings()}
    assert told == {
        ("assumption", "skill HIGH (approximate) is taken as high"): 1,
        ("assumption", "skill SKILLED (approximate) is taken as medium"): 300,
        ("note", "skill MIDDLE may be medium or high: its level is unknown unless weights= say more"): 20,
        ("note", "skill is not known, as printed"): 4000,
        ("note", "sex is not known, as printed"): 300,
        ("note", "age is unknown for all figures, as constants= says"): 4321,
    }
    shared_out = ms.harmonise(frame, **options, weights="equal").ledger.findings()
    [apportioned] = [one for one in shared_out if "shared out as medium 0.5, high 0.5" in one["message"]]
    assert (apportioned["severity"], apportioned["tally"]["rows"], sum(apportioned["tally"]["value"])) == (
        "assumption",
        2,
        20,
    )


def test_whoever_names_no_ladder_is_told_which_there_are():
    with pytest.raises(CodeError, match="if it is of the ladder of an office, name that: LKA-SLBFE, BGD-BMET") as error:
        harmonise({"skill": ["Skilled"], "n": [1]}, skill="skill")
    assert "column \"skill\", row 0: skill label 'Skilled' is not a rung of broad" in str(error.value)


def test_figures_below_zero_are_shared_out_too():
    frame = {"skill": ["Middle level", "Middle level"], "sex": ["F", "M"], "n": [-10, 7]}
    constants = {"origin": "LKA", "destination": "SAU", "measure": "net", "year": 1990}
    obs = ms.harmonise(
        frame, value="n", skill="skill", sex="sex", schemes={"skill": "LKA-SLBFE"}, weights="equal", constants=constants
    ).check()
    found = obs.to_pandas(full=True)[["sex", "value", "low", "high"]].drop_duplicates().to_numpy().tolist()
    assert found == [["F", -5, -10, 0], ["M", 3.5, 0, 7]]
    assert ms.aggregate(obs, by=["year"]).to_pandas()[["low", "value", "high"]].to_numpy().tolist() == [[-3, -3, -3]]


def test_what_lies_below_and_cannot_be_mapped_is_not_lost(name):
    codes = {"code": ["A", "A1", "A2"], "label": ["a", "b", "c"], "parent": [None, "A", "A"]}
    ms.codes.register(codes | {"to:reason": [None, "work", None]}, name, dimension="reason")
    pairs = {"from": ["A1", "A2"], "to": ["work", ""]}
    mapping = ms.codes.register_mapping(pairs, name, "reason", replace=True)
    assert mapping.shares("A") == {"_U": 1.0}
    assert mapping.shares("A", weights="equal") == {"work": 0.5, "_U": 0.5}
    obs = harmonise({"why": ["A"], "n": [10]}, reason="why", schemes={"reason": (name, "reason")}, weights="equal")
    assert obs.to_pandas(full=True).set_index("reason").value.to_dict() == {"work": 5, "_U": 5}


def test_a_ladder_of_ones_own_becomes_broad(name):
    ladder = {"code": ["A", "B"], "label": ["Qualified", "Helper"], "to:broad": ["medium|high", "low"]}
    ms.codes.register(ladder, name, dimension="skill")
    frame = {"skill": ["Qualified", "Helper"], "n": [10, 5]}
    out = harmonise(frame, skill="skill", schemes={"skill": name}).to_pandas(full=True)
    assert out.skill.tolist() == ["_U", "low"]
    assert out.skill_printed.tolist() == ["A", "B"]
    weighted = harmonise(frame, skill="skill", schemes={"skill": name}, weights={"A": {"high": 1.0}})
    assert weighted.to_pandas(full=True).skill.tolist() == ["high", "low"]


def test_rungs_in_the_groups_of_isco():
    frame = {"skill": ["High level", "Skilled", "Unskilled"], "n": [1, 2, 3]}
    obs = harmonise(frame, skill="skill", schemes={"skill": ("LKA-SLBFE-1975", "ISCO-08")})
    assert obs.to_pandas(full=True).skill.tolist()[2] == "9"
    equal = harmonise(frame, skill="skill", schemes={"skill": ("LKA-SLBFE-1975", "ISCO-08")}, weights="equal")
    by = ms.aggregate(equal, by=["skill"]).to_pandas().set_index("skill").value
    assert by["1"] == by["2"] == 0.5
    assert by.sum() == 6


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"schemes": {"occupation": "ISCO08"}}, 'did you mean "ISCO-08"'),
        ({"schemes": {"occupation": ("ISCO-08", "sex")}}, "there is no mapping from ISCO-08 to sex"),
        ({"schemes": {"occupation": "ISCO-08"}, "weights": {"Q": {"high": 1.0}}}, 'weights: "Q" is no code of a list'),
        ({"schemes": {"occupation": "ISCO-08"}}, 'column "job", row 1: "Wizard" is not in the list ISCO-08'),
    ],
)
def test_what_cannot_be_read_is_refused(more, said):
    frame = {"job": ["1", "Wizard" if "not in the list" in said else "2"], "n": [1, 2]}
    with pytest.raises((CodeError, SchemaError)) as error:
        harmonise(frame, occupation="job", **more)
    assert said in str(error.value)


def test_labels_of_codes_are_shown():
    frame = {"job": ["2221", "9"], "n": [1, 2]}
    obs = harmonise(frame, occupation="job", schemes={"occupation": "ISCO-08"})
    assert obs.to_pandas(labels=True).occupation.tolist() == ["Nursing professionals", "Elementary occupations"]


def test_a_scheme_that_is_only_named_is_kept_as_printed():
    frame = {"job": ["x17", "x18"], "n": [1, 2]}
    out = harmonise(frame, occupation="job", schemes={"occupation": "SLSCO-2008"}).to_pandas(full=True)
    assert out.occupation.tolist() == ["x17", "x18"]
    assert out.schemes.unique().tolist() == ["occupation=SLSCO-2008"]


def test_a_list_of_codes_of_an_sdmx_registry():
    model = pytest.importorskip("pysdmx.model")
    items = [model.Code(id="W", name="Work", description="For work"), model.Code(id="F", name="Family")]
    listed = model.Codelist(id="CL_REASON", name="Reasons", agency="XYZ", version="1.0", items=items)
    made = ms.codes.register(listed, "XYZ-REASON", dimension="reason", publisher=listed.agency, replace=True)
    assert made.read("work") == "W"
    assert made.to_pandas().note.tolist()[0] == "For work"
    with pytest.raises(SchemaError, match="expected a Codelist of pysdmx"):
        ms.codes.register(items[0], "XYZ-REASON-2", dimension="reason")
