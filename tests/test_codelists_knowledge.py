"""What the lists of codes say, against publishers' files and against each other.

Where a publisher's file and ours differ, the difference stands here with its reason: nothing differs silently.
"""

import csv
import doctest
from collections import Counter, defaultdict
from pathlib import Path

import pytest

import migstat as ms

ROOT = Path(__file__).resolve().parent.parent
TABLES = ROOT / "src" / "codes" / "tables"
PAGE = ROOT / "docs" / "skill_ladders.md"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def published(shared: Path, name: str) -> list[dict[str, str]]:
    return table(shared / "science" / "codelists" / f"{name}.csv")


def bare(title: str) -> str:
    """Reduce a title to its letters."""
    return "".join(filter(str.isalnum, title.lower()))


# ---- ISCO


def test_isco_08_is_that_of_sdmx(shared):
    theirs = {row["id"].removeprefix("OC"): row["name"] for row in published(shared, "sdmx_CL_OCCUPATION")}
    isco = ms.codes.get("ISCO-08")
    assert set(isco) == set(theirs)
    differ = {code: theirs[code] for code in isco if bare(isco.label(code)) != bare(theirs[code])}
    # The ILO writes "specialized" and "programme leaders" (ISCO-08 volume I); both spellings are read.
    assert differ == {
        "13": "Production and specialised services managers",
        "334": "Administrative and specialised secretaries",
        "3423": "Fitness and recreation instructors and program leaders",
    }
    assert [isco.read(title) for title in differ.values()] == list(differ)
    assert isco.read("OC2221") == "2221"


@pytest.fixture(scope="module")
def pairs_of_the_ilo(shared):
    rows = published(shared, "isco88_isco08_correspondence_ilo")
    return {(row["ISCO-88 code"].zfill(4), row["ISCO 08 Code"].zfill(4)): row for row in rows}


def own_pairs(start: str, end: str) -> set[tuple[str, str]]:
    mapping = ms.codes.mapping(start, end)
    return {(code, target) for code in ms.codes.get(start) if len(code) == 4 for target in mapping.targets(code)}


def test_pairs_of_isco_88_and_isco_08_are_those_of_the_ilo(pairs_of_the_ilo):
    own = own_pairs("ISCO-88", "ISCO-08")
    assert len(pairs_of_the_ilo) == 671
    assert pairs_of_the_ilo.keys() - own == set()
    # The ILO's list has no row for 3139, operators of optical and electronic equipment not elsewhere classified.
    assert own - pairs_of_the_ilo.keys() == {("3139", "3521")}
    assert {(b, a) for a, b in own_pairs("ISCO-08", "ISCO-88")} == own


def test_titles_of_isco_88_are_those_of_the_ilo(pairs_of_the_ilo):
    isco = ms.codes.get("ISCO-88")
    theirs = {code: row["ISCO-88 Title EN"] for (code, _), row in pairs_of_the_ilo.items()}
    assert [code for code, title in theirs.items() if bare(isco.label(code)) != bare(title)] == []
    assert {code for code in isco if len(code) == 4} - theirs.keys() == {"3139"}


def test_a_unit_group_with_one_target_is_certain_and_others_are_not(pairs_of_the_ilo):
    mapping = ms.codes.mapping("ISCO-88", "ISCO-08")
    targets = defaultdict(set)
    for start, end in pairs_of_the_ilo:
        targets[start].add(end)
    for code, several in targets.items():
        shares = mapping.shares(code)
        assert shares == ({next(iter(several)): 1.0} if len(several) == 1 else {"_U": 1.0})
        equal = mapping.shares(code, weights="equal")
        assert equal == pytest.approx(dict.fromkeys(several, 1 / len(several)))


@pytest.mark.parametrize("level", [1, 2])
def test_groups_above_follow_from_unit_groups(pairs_of_the_ilo, level):
    """The slow way: every unit group of a group is as large as another, and so are the groups that it may belong to."""
    units = defaultdict(set)
    for start, end in [*pairs_of_the_ilo, ("3139", "3521")]:
        units[start].add(end[:level])
    expected = defaultdict(Counter)
    inside = Counter(code[:level] for code in units)
    for code, ends in units.items():
        for end in ends:
            expected[code[:level]][end] += 1 / len(ends) / inside[code[:level]]
    mapping = ms.codes.mapping("ISCO-88", f"ISCO-08/{level}")
    for group in (code for code in ms.codes.get("ISCO-88") if len(code) == level):
        assert mapping.shares(group, weights="equal") == pytest.approx(dict(expected[group]))
        certain = {"_U": 1.0} if len(expected[group]) > 1 else dict(expected[group])
        assert mapping.shares(group) == pytest.approx(certain)


#: ILO 2012, ISCO-08 volume I, table 1 (mapping of ISCO-08 major groups to skill levels), as World Bank 2023,
#: doi:10.1596/978-1-4648-1803-5, table 1.2, cites it; low is level 1, medium 2, high 3 and 4.
ISCO_LEVELS = {
    "1": ("3+4", "high"), "2": ("4", "high"), "3": ("3", "high"), "4": ("2", "medium"), "5": ("2", "medium"),
    "6": ("2", "medium"), "7": ("2", "medium"), "8": ("2", "medium"), "9": ("1", "low"),
}  # fmt: skip


@pytest.mark.parametrize("digits", [1, 2, 3, 4])
def test_isco_majors_and_all_below_them_have_the_skill_levels_of_the_ilo(digits):
    levels, broad = ms.codes.mapping("ISCO-08", "ILO-level"), ms.codes.mapping("ISCO-08", "broad")
    codes = [code for code in ms.codes.get("ISCO-08") if len(code) == digits and code[0] != "0"]
    assert len(codes) == {1: 9, 2: 40, 3: 127, 4: 433}[digits]
    for code in codes:
        level, skill = ISCO_LEVELS[code[0]]
        assert broad.shares(code) == {skill: 1.0}
        # Managers of hotels, shops and other services (sub-major group 14) are on level 3, the others on 4.
        managers = "3" if code[:2] == "14" else "4"
        assert levels.targets(code) == [level if code[0] != "1" or digits == 1 else managers], code
    assert ms.codes.recode(codes, "ISCO-08", to="broad") == [ISCO_LEVELS[code[0]][1] for code in codes]


def test_major_groups_have_the_skill_levels_of_the_ilo(shared):
    broad = {"low": ["low"], "medium": ["medium"], "high": ["high"]}
    for row in published(shared, "isco_major_to_skill"):
        code, levels = row["major_group"], row["ilo_skill_level"]
        own = ms.codes.mapping(row["classification"], "ILO-level").targets(code)
        expected = {"3+4": ["3+4"], "1+2+4": ["1", "2", "4"], "not defined": []}.get(levels, [levels])
        assert own == expected, row
        own = ms.codes.mapping(row["classification"], "broad").targets(code)
        armed = ["low", "medium", "high"] if row["classification"] == "ISCO-08" else []
        assert own == broad.get(row["broad_skill"], armed), row


def test_ranks_of_armed_forces_are_told_apart():
    mapping = ms.codes.mapping("ISCO-08", "broad")
    assert [mapping.shares(code) for code in ("0110", "0210", "0310")] == [{"high": 1}, {"medium": 1}, {"low": 1}]
    assert mapping.shares("0") == {"_U": 1}
    assert ms.codes.recode(["14", "1420", "12"], "ISCO-08", to="ILO-level") == ["3", "3", "4"]


def test_isco_68_as_it_is_printed():
    labels = ["0/1", "Production and related workers, transport equipment operators and laborers", "AF", "X"]
    assert ms.codes.recode(labels, "ISCO-68") == ["0/1", "7/8/9", "Y", "X"]
    assert ms.codes.recode(["2", "Y", "X", "5"], "ISCO-68", to="ISCO-08") == ["1", "0", "_U", "_U"]


# ---- education


def test_isced_to_three_levels(shared):
    for row in published(shared, "isced_dioc"):
        level = row["dioc_level"].split()[0]
        mapping = ms.codes.mapping(row["isced_version"], "education-broad")
        assert mapping.shares(row["level"]) == {level: 1.0}
        assert mapping.quality(row["level"]) == "exact"


def test_isced_97_and_2011_agree_on_three_levels():
    for start, end in [("ISCED-97", "ISCED-2011"), ("ISCED-2011", "ISCED-97")]:
        there, before, after = (
            ms.codes.mapping(start, end),
            ms.codes.mapping(start, "education-broad"),
            ms.codes.mapping(end, "education-broad"),
        )
        for code in ms.codes.get(start):
            reached = {level for target in there.targets(code) for level in after.targets(target)}
            assert reached == set(before.targets(code)), (start, code)


def test_education_in_three_languages():
    isced = ms.codes.get("ISCED-2011")
    for code in "12345678":
        for language in ("fr", "es"):
            assert isced.read(isced.label(code, language)) == code
    assert ms.codes.recode(["ED0-2", "ED3_4", "ED5-8", "Tertiary"], "education-broad") == [
        "low",
        "medium",
        "high",
        "high",
    ]


# ---- skill

# Where group 9 alone stands for more groups that were proposed.
ELEMENTARY_ALONE = {
    ("LKA", "HOUSEMAID"): "ISCO-08 9111; carers of group 5 would make it of medium level",
    ("PAK", "UNSKILLED"): "agricultural workers are read as labourers, whose level is low",
}
LADDERS = {
    "SLBFE": ["LKA-SLBFE-1975", "LKA-SLBFE-1994"],
    "BMET": ["BGD-BMET"],
    "BEOE": ["PAK-BEOE-5"],
    "BEOE4": ["PAK-BEOE-4"],
    "DoFE": ["NPL-DoFE-2017"],
    "POEA/DMW": ["PHL-POEA"],
}


def test_national_rungs_hold_the_groups_that_were_proposed(shared):
    seen = set()
    for row in published(shared, "national_skill_categories"):
        key = (row["country"], row["national_code"])
        for ladder in LADDERS.get(row["agency"], []):
            if row["national_code"] not in ms.codes.get(ladder):
                continue
            seen.add((row["agency"], row["national_code"]))
            own = set(ms.codes.mapping(ladder, "ISCO-08").targets(row["national_code"]))
            proposed = set(filter(None, row["proposed_isco08_major"].split("|")))
            if key in ELEMENTARY_ALONE:
                assert own == {"9"} < proposed
            else:
                assert own == proposed, row
    left = {(row["agency"], row["national_code"]) for row in published(shared, "national_skill_categories")} - seen
    # Seafarers, passports and types of employer are no skill.
    assert left == {
        ("POEA/DMW", "SEA"),
        ("MEA/eMigrate", "ECR"),
        ("MEA/eMigrate", "ECNR"),
        ("BNP2TKI/BP2MI", "FORMAL"),
        ("BNP2TKI/BP2MI", "INFORMAL"),
    }


def test_rungs_and_their_groups_have_the_same_levels():
    levels = ms.codes.mapping("ISCO-08", "broad")
    for row in table(TABLES / "skill_ladders.csv"):
        groups = row["isco08"].split("|") if row["isco08"] else []
        reached = {level for group in groups for level in levels.targets(group)}
        assert reached == set(filter(None, row["levels"].split("|"))), row


def test_composition_of_sri_lanka_by_broad_level(published):
    """SLBFE, Statistical Handbook on Migration 2000, table 11 (jpp.co.jp, lab011e)."""
    rows = published("slbfe_skill_composition_pct_1995_2000")
    rows = [row for row in rows if not row["skill_national"].startswith("sum_")]
    mapping = ms.codes.mapping("LKA-SLBFE-1994", "broad")
    codes = ms.codes.recode([row["skill_national"] for row in rows], "LKA-SLBFE", year=2000)
    levels = Counter()
    for code, row in zip(codes, rows, strict=True):
        for level, share in mapping.shares(code).items():
            levels[level] += share * float(row["1996"])
    low = {"unskilled_excl_housemaid", "housemaid"}
    assert levels["low"] == pytest.approx(sum(float(row["1996"]) for row in rows if row["skill_national"] in low))
    assert levels["high"] == pytest.approx(0.4 + 1.2)
    assert levels["medium"] == pytest.approx(2.0 + 15.0)
    assert levels["_U"] == 0
    # The table that comes with migstat says the same, once it has been turned into broad levels.
    frame = ms.datasets.sri_lanka_skill_composition().where(year=1996).to_pandas(full=True)
    own = frame[frame.sex == "_T"].groupby("skill", observed=True).value.sum()
    assert own.to_dict() == pytest.approx({level: levels[level] for level in ("low", "medium", "high")})


@pytest.mark.parametrize(
    ("scheme", "label", "words"),
    [
        ("broad", "Formal", ["type of employer", "Law 18/2017", "flow_type=", "IDN-EMPLOYER"]),
        ("PHL-POEA", "Sea-based", ["place of work", "flow_type=", "PHL-WORKPLACE"]),
        ("BGD-BMET", "ECR passport", ["type of passport", "coverage=", "IND-PASSPORT"]),
    ],
)
def test_what_is_not_skill_is_refused_with_what_it_is(scheme, label, words):
    frame = {"destination": ["SAU"], "year": [2015], "kind": [label], "n": [5]}
    with pytest.raises(ms.errors.CodeError) as caught:
        ms.harmonise(
            frame,
            destination="destination",
            year="year",
            value="n",
            skill="kind",
            constants={"origin": "IDN", "measure": "labour_outflow"},
            schemes={"skill": scheme},
        )
    for word in [*words, "not a skill", label]:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "words"),
    [
        ("IDN-BNP2TKI", ["type of employer", "Law 18/2017", "flow_type=", "IDN-EMPLOYER"]),
        ("IDN-EMPLOYER", ["type of employer", "Law 18/2017", "flow_type=", "IDN-EMPLOYER"]),
        ("IND-eMigrate", ["type of passport", "coverage=", "IND-PASSPORT"]),
        ("IND-PASSPORT", ["type of passport", "coverage=", "IND-PASSPORT"]),
        ("PHL-HIRE", ["type of hire", "flow_type="]),
        ("NPL-CHANNEL", ["list of flow_type, not of skill", "flow_type="]),
        ("Eurostat-RESPER", ["list of reason, not of skill", "reason="]),
    ],
)
@pytest.mark.parametrize("wanted", [None, "broad", "same"])
def test_a_list_that_is_no_ladder_is_refused_as_skill_with_what_it_is(scheme, wanted, words):
    given = scheme if wanted is None else (scheme, scheme if wanted == "same" else wanted)
    with pytest.raises(ms.errors.CodeError) as caught:
        ms.harmonise(
            {"kind": ["Formal"], "n": [5]},
            value="n",
            skill="kind",
            constants={"origin": "IDN", "destination": "SAU", "year": 2015, "measure": "labour_outflow"},
            schemes={"skill": given},
        )
    for word in [*words, scheme]:
        assert word in str(caught.value)
    assert "register_mapping" not in str(caught.value)


def test_there_is_no_way_from_employers_or_passports_to_skill():
    for scheme, what in (("IDN-EMPLOYER", "type of employer"), ("IND-PASSPORT", "type of passport")):
        with pytest.raises(ms.errors.CodeError, match=f"no mapping from {scheme} to broad: {scheme} is a {what}"):
            ms.codes.mapping(scheme, "broad")


# ---- reason and flow type


@pytest.mark.parametrize("dimension", ["reason", "flow_type"])
def test_words_of_offices_are_read_and_mapped(dimension):
    lists = ms.codes.lists()
    offices = lists[(lists.dimension == dimension) & (lists["list"] != dimension)]["list"]
    assert len(offices) >= 8
    ours = ms.codes.get(dimension)
    for name in offices:
        office, mapping = ms.codes.get(name), ms.codes.mapping(name, dimension)
        for code in office:
            assert office.read(office.label(code)) == code
            assert sum(mapping.shares(code, weights="equal").values()) == pytest.approx(1)
            assert all(target == "_O" or target in ours for target in mapping.targets(code)), (name, code)


def test_examples_of_flow_types():
    recode = ms.codes.recode
    assert recode(["Land-based", "Seafarers"], "PHL-WORKPLACE", to="flow_type") == ["land_based", "sea_based"]
    assert recode(["New hires", "Balik-manggagawa"], "PHL-HIRE", to="flow_type") == ["new_hire", "rehire"]
    assert recode(["New entry", "Re-entry"], "NPL-APPROVAL", to="flow_type") == ["new_hire", "rehire"]
    assert recode(["institutional", "personal"], "NPL-CHANNEL", to="flow_type") == ["agency", "individual"]
    assert recode(["G to G", "Perseorangan"], "IDN-CHANNEL", to="flow_type") == [
        "government_to_government",
        "individual",
    ]
    assert recode(["Formal", "Informal"], "IDN-EMPLOYER", to="flow_type") == ["employer_entity", "employer_household"]
    flow = ms.codes.get("flow_type")
    facets = {code for code in flow if flow.parent(code) is None}
    assert all("facet" in note for note in flow.to_pandas().set_index("code").note[sorted(facets - {"return"})])
    assert flow.parent("new_hire") == "hire"
    assert flow.parent("sea_based") == "workplace"


def test_examples_of_reasons():
    recode = ms.codes.recode
    assert recode(["FAM", "EMP", "OTH"], "Eurostat-RESPER", to="reason") == ["family", "work", "_U"]
    assert recode(["Free movements", "Humanitarian"], "OECD-PERMANENT", to="reason") == [
        "free_movement",
        "humanitarian",
    ]
    assert recode(["REF", "ASY", "IDP"], "UNHCR-POPULATION", to="reason") == ["refugee", "asylum_seeker", "_U"]
    reason = ms.codes.get("reason")
    assert reason.children("humanitarian") == [
        "refugee",
        "asylum_seeker",
        "subsidiary_protection",
        "temporary_protection",
    ]


# ---- the page


def test_the_page_about_ladders_has_every_rung():
    page = PAGE.read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]
    written = [tuple(row[:6]) for row in rows if len(row) == 6 and "`" in row[0]]
    expected = []
    for row in table(TABLES / "skill_ladders.csv"):
        years = f"{row['valid_from']}-{row['valid_to']}" if row["valid_from"] or row["valid_to"] else ""
        groups, levels = row["isco08"].replace("|", " "), row["levels"].replace("|", ", ")
        if row["ladder"] not in {"broad", "ILO-level", "ISCO-08"}:
            expected.append((f"`{row['ladder']}`", row["label"], years, groups, levels, row["quality"]))
    assert written == expected


def test_the_examples_of_the_page_run():
    text = PAGE.read_text(encoding="utf-8").replace("```", "")
    example = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(example)
    assert runner.summarize(verbose=False).failed == 0
    assert len(example.examples) >= 8


def test_the_page_counts_right():
    mapping = ms.codes.mapping("ISCO-88", "ISCO-08")
    units = [code for code in ms.codes.get("ISCO-88") if len(code) == 4]
    pairs, single = sum(len(mapping.targets(code)) for code in units), sum(len(mapping.targets(c)) == 1 for c in units)
    assert f"with {pairs} pairs between them. {single} of the {len(units)} unit groups" in PAGE.read_text(
        encoding="utf-8"
    )
