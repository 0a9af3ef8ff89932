//! Ladders as they are printed, and tables that hold together.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

fn given(labels: &[&str], year: impl Into<Option<i32>>) -> Vec<(String, Option<i32>)> {
    let year = year.into();
    labels.iter().map(|l| ((*l).to_owned(), year)).collect()
}

fn codes(scheme: &str, labels: &[&str], year: impl Into<Option<i32>>) -> Vec<(&'static str, String)> {
    let rungs = assign(scheme, &given(labels, year)).unwrap_or_else(|e| panic!("{e}"));
    rungs.into_iter().map(|r| (r.ladder, r.code)).collect()
}

fn one(scheme: &str, label: &str) -> Rung {
    assign(scheme, &given(&[label], None)).unwrap_or_else(|e| panic!("{e}")).remove(0)
}

fn refused(scheme: &str, labels: &[(String, Option<i32>)]) -> String {
    match assign(scheme, labels) {
        Err(Error::Code(message)) => message,
        other => panic!("{labels:?}: {other:?}"),
    }
}

fn weights(rung: &str, shares: &[(&str, f64)]) -> Result<Weights, Error> {
    let shares = shares.iter().map(|(l, w)| ((*l).to_owned(), *w)).collect();
    Weights::given(&BTreeMap::from([(rung.to_owned(), shares)]))
}

#[test]
fn the_ladders_are_sound() {
    let mut places: HashMap<(&str, &str), Vec<&Row>> = HashMap::new();
    let mut schemes: HashMap<&str, &str> = HashMap::new();
    for row in ROWS.iter() {
        assert_eq!(*schemes.entry(&row.ladder).or_insert(&row.scheme), row.scheme, "{} has one scheme", row.ladder);
        assert!(row.levels.is_sorted_by_key(|l| LEVELS.iter().position(|k| k == l)), "{}", row.rung);
        let expected = match (row.levels.len(), row.quality) {
            (0, q) => q == "not mappable",
            (1, q) => ["exact", "good", "approximate"].contains(&q),
            (_, q) => q == "ambiguous",
        };
        assert!(expected, "{} {}: {:?} is {}", row.ladder, row.rung, row.levels, row.quality);
        assert!(row.valid.0.zip(row.valid.1).is_none_or(|(from, to)| from <= to), "{}", row.rung);
        for other in places.entry((&row.ladder, &row.rung)).or_default().iter() {
            let ends = |r: &Row| (r.valid.0.unwrap_or(i32::MIN), r.valid.1.unwrap_or(i32::MAX));
            let (a, b) = (ends(row), ends(other));
            assert!(a.1 < b.0 || b.1 < a.0, "{} {} is there twice in one year", row.ladder, row.rung);
        }
        places.entry((&row.ladder, &row.rung)).or_default().push(row);
    }
    for row in rows::<10>(include_str!("../tables/skill_ladders.csv")) {
        assert!(!row[9].is_empty(), "{} {} has no source", row[0], row[2]);
    }
}

#[test]
fn levels_are_those_of_the_major_groups() {
    for row in ROWS.iter() {
        let expected: Vec<&str> = LEVELS[..3]
            .iter()
            .copied()
            .filter(|level| row.isco08.iter().any(|group| dated(ISCO_08, group).any(|r| r.levels.contains(level))))
            .collect();
        assert_eq!(row.levels, expected, "{} {}: {:?}", row.ladder, row.rung, row.isco08);
        assert!(row.isco08.is_sorted(), "{} {}", row.ladder, row.rung);
    }
}

#[test]
fn what_is_not_skill_is_named() {
    for (scheme, label, parts) in [
        ("broad", "Formal", ["type of employer", "Law 18/2017", "flow_type=", "IDN-EMPLOYER"]),
        ("NPL-DoFE", "informal", ["type of employer", "household", "flow_type=", "IDN-EMPLOYER"]),
        ("ISCO-08", "ECR", ["type of passport", "Emigration Act 1983", "coverage=", "IND-PASSPORT"]),
        ("PHL-POEA", "Sea-based", ["place of work", "not a skill", "flow_type=", "PHL-WORKPLACE"]),
        ("PHL-POEA", "rehires", ["type of hire", "not a skill", "flow_type=", "PHL-HIRE"]),
    ] {
        let message = refused(scheme, &given(&[label], None));
        for part in parts.into_iter().chain([&*format!("'{label}'")]) {
            assert!(message.contains(part), "{message}");
        }
    }
    for (scheme, part) in [("IDN-BP2MI", "type of employer"), ("IND-eMigrate", "type of passport")] {
        let message = refused(scheme, &given(&["Total"], None));
        assert!(message.contains(part) && message.contains(scheme), "{message}");
    }
    let mut names = HashSet::new();
    for not in NOT_SKILL.iter() {
        assert!(names.insert((not.is_scheme, fold(&not.name))), "{} is there twice", not.name);
        assert!(["flow_type", "reason", "coverage"].contains(&not.give_as.as_str()), "{}", not.name);
        assert!(not.what.starts_with("a ") && !not.what.ends_with('.'), "{}", not.what);
        let ladder = |row: &&Row| LABELS[&row.ladder].contains_key(&fold(&not.name)) || row.scheme == not.name;
        assert!(ROWS.iter().find(ladder).is_none(), "{} is a rung too", not.name);
    }
}

#[test]
fn ladders_of_other_countries() {
    for (scheme, label, year, ladder, code, isco08) in [
        ("BGD-BMET", "Less-skilled", 2014, "BGD-BMET", "LESS", "9"),
        ("BGD-BMET", "Unskilled", 1995, "BGD-BMET", "LESS", "9"),
        ("NPL-DoFE", "Skilled", 2012, "NPL-DoFE-2008", "SKILLED", "1|2|3|4|5|7|8"),
        ("NPL-DoFE", "Skilled", 2024, "NPL-DoFE-2017", "SKILLED", "5|7|8"),
        ("PAK-BEOE", "Highly qualified", 2024, "PAK-BEOE-5", "HQ", "1|2"),
        ("PAK-BEOE", "Middle", 2019, "PAK-BEOE-4", "MIDDLE", "2|3|4|5"),
        ("PHL-POEA", "Service workers", 2003, "PHL-POEA", "SER", "5|9"),
        ("PHL-POEA", "For reclassification", 2003, "PHL-POEA", "RECL", ""),
        ("ARE-MOHRE", "Level 9", 2023, "ARE-MOHRE", "9", "9"),
        ("SAU-MHRSD", "Basic", 2025, "SAU-MHRSD", "BASIC", "9"),
        ("CAN-NOC", "Skilled and technical", 2015, "CAN-NOC-2016", "B", "3|5|7"),
        ("CAN-NOC", "TEER 1", 2023, "CAN-NOC-2021", "TEER 1", "2"),
    ] {
        let rung = assign(scheme, &given(&[label], year)).unwrap_or_else(|e| panic!("{e}")).remove(0);
        assert_eq!((rung.ladder, rung.code.as_str(), &*rung.isco08.join("|")), (ladder, code, isco08));
        assert!(!rung.outside_validity, "{label} {year}");
    }
}

#[test]
fn pakistan_prints_two_ladders_in_the_same_years() {
    let five = ["Highly Qualified", "Highly Skilled", "Skilled", "Semi-Skilled", "Un-Skilled"];
    assert!(codes("PAK-BEOE", &five, 2024).iter().all(|(ladder, _)| *ladder == "PAK-BEOE-5"));
    let four = ["High", "Middle", "Skilled", "Unskilled"];
    assert!(codes("PAK-BEOE", &four, 2024).iter().all(|(ladder, _)| *ladder == "PAK-BEOE-4"));
    let message = refused("PAK-BEOE", &given(&["Skilled", "Unskilled"], 2024));
    assert!(message.contains("PAK-BEOE-5") && message.contains("PAK-BEOE-4"), "{message}");
}

#[test]
fn the_labels_are_sound() {
    let mut seen: HashSet<(String, String)> = HashSet::new();
    for row in ROWS.iter() {
        seen.insert((row.ladder.clone(), fold(&row.rung)));
        seen.insert((row.ladder.clone(), fold(&row.label)));
        for label in [&row.rung, &row.label] {
            assert_eq!(LABELS[&row.ladder][&fold(label)], row.rung, "{}: {label} means two rungs", row.ladder);
        }
    }
    let everywhere: HashSet<String> = LABELS["*"].keys().cloned().collect();
    for [ladder, label, rung, _] in rows(include_str!("../tables/skill_labels.csv")) {
        assert!(seen.insert((ladder.clone(), fold(&label))), "{ladder}: {label} is there twice");
        let special = ["_T", "_U"].contains(&rung.as_str());
        assert!(special || ROWS.iter().any(|r| r.ladder == ladder && r.rung == rung), "{ladder}: no rung {rung}");
        assert!(special || ladder != "*", "{label} of every ladder");
        assert!(ladder == "*" || !everywhere.contains(&fold(&label)), "{ladder}: {label} is special everywhere");
    }
}

#[test]
fn the_columns_of_1988_and_1996_are_the_older_ladder() {
    let printed = ["high_level", "middle_level", "skilled", "unskilled", "housemaid", "Total"];
    for year in [1988, 1995, 1996] {
        let expected =
            ["HIGH", "MIDDLE", "SKILLED", "UNSKILLED", "HOUSEMAID"].map(|c| ("LKA-SLBFE-1975", c.to_owned()));
        let found = codes("LKA-SLBFE", &printed, year);
        assert_eq!(found[..5], expected);
        assert_eq!(found[5], ("LKA-SLBFE", "_T".to_owned()));
        assert!(assign("LKA-SLBFE", &given(&printed, year)).unwrap().iter().all(|r| !r.outside_validity));
    }
}

#[test]
fn the_composition_of_1995_to_2000_is_the_newer_ladder() {
    let printed =
        ["professional", "middle_level", "clerical_related", "skilled", "unskilled_excl_housemaid", "housemaid"];
    for year in 1995..=2000 {
        let expected = ["PROF", "MID", "CLER", "SKILLED", "UNSKILLED", "HOUSEMAID"];
        assert_eq!(codes("LKA-SLBFE", &printed, year), expected.map(|c| ("LKA-SLBFE-1994", c.to_owned())));
    }
}

#[test]
fn the_manpower_levels_of_1975_have_a_residual() {
    let printed = ["high_level", "middle_level", "skilled", "unskilled", "others"];
    let rungs = assign("LKA-SLBFE", &given(&printed, 1980)).unwrap();
    assert_eq!((rungs[4].code.as_str(), rungs[4].quality, rungs[4].levels.len()), ("OTHERS", "not mappable", 0));
    assert_eq!(membership(&rungs[4], &Weights::Equal), [("_U", 1.0)]);
}

#[test]
fn siblings_decide_before_years() {
    let mut labels = given(&["Skilled", "House maids", "Middle level"], 1995);
    labels.push(("High level".to_owned(), Some(1988)));
    assert!(assign("LKA-SLBFE", &labels).unwrap().iter().all(|r| r.ladder == "LKA-SLBFE-1975"));
    labels[3].0 = "Professional".to_owned();
    let rungs = assign("LKA-SLBFE", &labels).unwrap();
    assert!(rungs.iter().all(|r| r.ladder == "LKA-SLBFE-1994"));
    assert_eq!(rungs.iter().map(|r| r.outside_validity).collect::<Vec<_>>(), [false, false, false, true]);
    assert_eq!(codes("LKA-SLBFE", &["high level", "middle level"], None)[1].1, "MIDDLE");
}

#[test]
fn years_decide_where_labels_do_not() {
    assert_eq!(codes("LKA-SLBFE", &["Middle level"], 1990), [("LKA-SLBFE-1975", "MIDDLE".to_owned())]);
    assert_eq!(codes("LKA-SLBFE", &["Middle level"], 2005), [("LKA-SLBFE-1994", "MID".to_owned())]);
    // A long table over the change: each year for itself.
    let mut labels = given(&["High level", "Middle level"], 1990);
    labels.extend(given(&["Professional", "Middle level", "Total"], 1999));
    let found: Vec<_> = assign("LKA-SLBFE", &labels).unwrap().into_iter().map(|r| r.code).collect();
    assert_eq!(found, ["HIGH", "MIDDLE", "PROF", "MID", "_T"]);
}

#[test]
fn what_stays_open_is_refused() {
    for year in [Some(1995), Some(1960), None] {
        let message = refused("LKA-SLBFE", &given(&["Middle level", "Skilled"], year));
        for part in ["LKA-SLBFE-1975 (1975-1996)", "LKA-SLBFE-1994 (from 1994)", "name one", "'Middle level'"] {
            assert!(message.contains(part), "{message}");
        }
    }
    let message = refused("LKA-SLBFE", &given(&["High level", "Professional"], 1995));
    assert!(message.contains("different ladders") && message.contains("of 1995"), "{message}");
    let message = refused("LKA-SLBFE", &given(&["Nurses"], 1995));
    assert!(message.contains("'Nurses'") && message.contains("'Middle level'"), "{message}");
    let message = refused("LKA", &[]);
    assert!(message.contains("'LKA'") && message.contains("LKA-SLBFE-1994"), "{message}");
    assert_eq!(assign("LKA-SLBFE", &[]).unwrap(), []);
}

#[test]
fn a_residual_does_not_choose_the_ladder_of_later_years() {
    assert_eq!(codes("LKA-SLBFE", &["Middle level", "Others"], 1980)[0].1, "MIDDLE");
    assert_eq!(codes("LKA-SLBFE", &["Others"], None)[0].1, "OTHERS");
    let rungs = assign("LKA-SLBFE", &given(&["High level", "Others"], 1988)).unwrap();
    assert!(rungs[1].outside_validity && !rungs[0].outside_validity);
    let message = refused("LKA-SLBFE", &given(&["Middle level", "Others"], 2005));
    assert!(message.contains("'Others' is not a rung of LKA-SLBFE-1994"), "{message}");
    assert!(assign("LKA-SLBFE-1975", &given(&["Others"], 2005)).unwrap()[0].outside_validity);
}

#[test]
fn a_ladder_may_be_named() {
    let rungs = assign("LKA-SLBFE-1994", &given(&["Middle level", "Housemaids", "Semi-skilled"], 1990)).unwrap();
    assert!(rungs.iter().all(|r| r.ladder == "LKA-SLBFE-1994" && r.outside_validity));
    assert!(refused("LKA-SLBFE-1994", &given(&["High level"], 1996)).contains("'Professional'"));
    for ladder in ladder_names() {
        for row in ROWS.iter().filter(|r| r.ladder == ladder) {
            assert_eq!(one(ladder, &row.rung).code, row.rung);
            assert_eq!(one(ladder, &row.label).code, row.rung);
            assert_eq!(name(ladder, &row.rung), Some(row.label.as_str()));
        }
    }
}

#[test]
fn labels_as_they_are_printed() {
    for (scheme, code, labels) in [
        ("LKA-SLBFE-1975", "HIGH", &["high_level", "High level", "HIGH LEVEL"][..]),
        ("LKA-SLBFE-1975", "MIDDLE", &["middle_level", "Middle level"]),
        ("LKA-SLBFE-1975", "UNSKILLED", &["unskilled", "Unskilled"]),
        ("LKA-SLBFE-1975", "HOUSEMAID", &["housemaid", "House maids", "House Maid", "Housemaids"]),
        ("LKA-SLBFE-1994", "PROF", &["professional", "Professional"]),
        ("LKA-SLBFE-1994", "CLER", &["clerical_related", "Clerical & related", "Clerical and Related"]),
        ("LKA-SLBFE-1994", "UNSKILLED", &["unskilled_excl_housemaid", "Unskilled (excl. housemaids)"]),
        ("LKA-SLBFE-1994", "SEMI", &["Semi-skilled", "semi skilled"]),
        ("LKA-SLBFE", "_T", &["Total", "_T", "TOTAL "]),
        ("LKA-SLBFE", "_U", &["Unknown", "_U", "Not stated"]),
        ("broad", "low", &["low", "Low-skilled", "Low skill"]),
        ("broad", "medium", &["Medium", "medium-skilled"]),
        ("broad", "high", &["High skilled", "Highly skilled", "HIGH"]),
        ("broad", "_U", &["Unknown"]),
        ("broad", "_T", &["Total"]),
        ("ILO-level", "1", &["1", "1.0", "Level 1", "Skill level 1 ~ low"]),
        ("ILO-level", "3+4", &["3+4", "3 and 4", "Skill levels 3 and 4 ~ high"]),
        ("ISCO-08", "1", &["1", "11", "112", "1120", "1120.0", "OC1", "Managers", "1. Managers"]),
        ("ISCO-08", "0", &["0", "01", "0110", "Armed forces", "Armed forces occupations"]),
        ("ISCO-08", "8", &["81", "Plant and machine operators and assemblers"]),
        ("ISCO-08", "_U", &["X. Not elsewhere classified"]),
    ] {
        for label in labels {
            assert_eq!(one(scheme, label).code, code, "{scheme}: {label:?}");
        }
    }
}

#[test]
fn no_silent_guess() {
    for (scheme, label) in [
        ("broad", "skilled"),
        ("broad", "% high"),
        ("broad", ""),
        ("ILO-level", "5"),
        ("ILO-level", "11"),
        ("ILO-level", "-1"),
        ("ILO-level", "<2"),
        ("ISCO-08", "11201"),
        ("ISCO-08", "110"),
        ("ISCO-08", "1.5"),
        ("ISCO-08", "-1"),
        ("ISCO-08", "formal"),
        ("LKA-SLBFE", "1"),
    ] {
        let message = refused(scheme, &given(&[label], None));
        assert!(message.contains(&format!("'{label}'")), "{message}");
    }
}

#[test]
fn isco_has_the_levels_of_the_ilo() {
    for (digits, level) in [("123", "high"), ("45678", "medium"), ("9", "low")] {
        for code in digits.chars() {
            assert_eq!(membership(&one("ISCO-08", &format!("{code}111")), &Weights::Unknown), [(level, 1.0)]);
        }
    }
    let armed = one("ISCO-08", "0310");
    assert_eq!((armed.levels.len(), armed.quality), (3, "ambiguous"));
    assert_eq!(membership(&armed, &Weights::Unknown), [("_U", 1.0)]);
    for (code, level) in [("1", "low"), ("2", "medium"), ("3", "high"), ("4", "high"), ("3+4", "high")] {
        assert_eq!(one("ILO-level", code).levels, [level]);
    }
}

#[test]
fn ambiguous_mass_is_unknown_unless_weighted() {
    let middle = one("LKA-SLBFE-1975", "Middle level");
    assert_eq!(membership(&middle, &Weights::Unknown), [("_U", 1.0)]);
    assert_eq!(membership(&middle, &Weights::Equal), [("medium", 0.5), ("high", 0.5)]);
    let given = weights("MIDDLE", &[("high", 0.375), ("medium", 0.625), ("low", 0.0)]).unwrap();
    assert_eq!(membership(&middle, &given), [("medium", 0.625), ("high", 0.375)]);
    // The ladder and code go before the code; other rungs are not concerned.
    let apart = weights("LKA-SLBFE-1994:SKILLED", &[("medium", 0.9), ("_U", 0.1)]).unwrap();
    assert_eq!(membership(&one("LKA-SLBFE-1994", "Skilled"), &apart), [("medium", 0.9), ("_U", 0.1)]);
    assert_eq!(membership(&one("LKA-SLBFE-1975", "Skilled"), &apart), [("medium", 1.0)]);
    assert_eq!(membership(&middle, &apart), [("_U", 1.0)]);
    for w in [Weights::Unknown, Weights::Equal, given] {
        assert_eq!(membership(&one("LKA-SLBFE", "Total"), &w), [("_T", 1.0)]);
        assert_eq!(membership(&one("LKA-SLBFE", "Unknown"), &w), [("_U", 1.0)]);
    }
}

#[test]
fn weights_are_checked() {
    for (rung, shares, why) in [
        ("MIDDEL", &[("high", 1.0)][..], "'MIDDEL'"),
        ("ISCO-08:MIDDLE", &[("high", 1.0)], "'ISCO-08:MIDDLE'"),
        ("_T", &[("high", 1.0)], "'_T'"),
        ("MIDDLE", &[("hihg", 1.0)], "'hihg'"),
        ("MIDDLE", &[("high", 0.5), ("medium", 0.4)], "sum to 0.9"),
        ("MIDDLE", &[], "sum to"),
        ("MIDDLE", &[("high", 1.5), ("medium", -0.5)], "-0.5"),
        ("MIDDLE", &[("high", f64::NAN)], "NaN"),
        ("MIDDLE", &[("high", f64::INFINITY)], "inf"),
    ] {
        let Err(Error::Code(message)) = weights(rung, shares) else { panic!("{rung} {shares:?}") };
        assert!(message.contains(why), "{message}");
    }
}

#[test]
fn names() {
    assert_eq!(name("LKA-SLBFE", "MID"), Some("Middle level"));
    assert_eq!((name("ISCO-08", "1"), name("ILO-level", "1")), (Some("Managers"), Some("Skill level 1")));
    assert_eq!((name("broad", "low"), name("broad", "_U")), (Some("Low-skilled"), Some("Unknown skill")));
    assert_eq!((name("broad", "nonsense"), name("nonsense", "low")), (None, None));
    let national = ["LKA-SLBFE", "BGD-BMET", "NPL-DoFE", "PAK-BEOE", "PHL-POEA", "ARE-MOHRE", "SAU-MHRSD", "CAN-NOC"];
    assert_eq!(scheme_names(), [&national[..], &["broad", "ILO-level", "ISCO-08"]].concat());
}

fn any_label() -> impl Strategy<Value = (String, Option<i32>)> {
    let printed: Vec<String> = LABELS.values().flat_map(HashMap::keys).cloned().collect();
    (prop_oneof![9 => proptest::sample::select(printed), 1 => any::<String>()], proptest::option::of(1970..2010))
}

proptest! {
    #[test]
    fn any_labels_are_rungs_or_an_error(labels in prop::collection::vec(any_label(), 0..5), scheme in 0usize..25) {
        let schemes = [scheme_names(), ladder_names()].concat();
        if let Ok(rungs) = assign(schemes[scheme % schemes.len()], &labels) {
            prop_assert_eq!(rungs.len(), labels.len());
            for rung in rungs {
                for weights in [Weights::Unknown, Weights::Equal] {
                    let shares: f64 = membership(&rung, &weights).iter().map(|(_, share)| share).sum();
                    prop_assert!((shares - 1.0).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn the_order_of_labels_does_not_matter(labels in prop::collection::vec(any_label(), 1..5)) {
        let backwards: Vec<_> = labels.iter().rev().cloned().collect();
        match (assign("LKA-SLBFE", &labels), assign("LKA-SLBFE", &backwards)) {
            (Ok(mut a), Ok(b)) => {
                a.reverse();
                prop_assert_eq!(a, b);
            }
            (a, b) => prop_assert!(a.is_err() && b.is_err()),
        }
    }
}
