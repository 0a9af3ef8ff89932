//! The tables of codes, labels and mappings hold together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::list::SPECIAL;
use super::registry;
use super::sex::{fold, rows};
use super::skill::QUALITIES;

const LISTS: &str = include_str!("tables/codelists.csv");
const CODES: &str = include_str!("tables/codelist_codes.csv");
const LABELS: &str = include_str!("tables/codelist_labels.csv");
const MAPPINGS: &str = include_str!("tables/codelist_mappings.csv");
const NOT_SKILL: &str = include_str!("tables/skill_not.csv");

/// List -> code -> (parent, label).
fn codes() -> BTreeMap<String, BTreeMap<String, (String, String)>> {
    let mut out: BTreeMap<String, BTreeMap<String, (String, String)>> = BTreeMap::new();
    for [list, code, parent, _, _, label, _, _] in rows(CODES) {
        let before = out.entry(list.clone()).or_default().insert(code.clone(), (parent, label));
        assert!(before.is_none(), "{list}: {code} is there twice");
    }
    out
}

fn dimensions() -> BTreeMap<String, String> {
    rows::<6>(LISTS).into_iter().map(|[list, dimension, ..]| (list, dimension)).collect()
}

#[test]
fn lists_codes_and_parents_exist() {
    let (codes, dimensions) = (codes(), dimensions());
    assert_eq!(dimensions.len(), rows::<6>(LISTS).len(), "a list is there twice");
    assert_eq!(codes.keys().collect::<Vec<_>>(), dimensions.keys().collect::<Vec<_>>());
    for (list, codes) in &codes {
        for (code, (parent, label)) in codes {
            assert!(
                parent.is_empty() || codes.contains_key(parent),
                "{list}: {code} lies under {parent}, which is not there"
            );
            assert!(!label.is_empty() && label.trim() == label, "{list}: {code} is called {label:?}");
            assert!(!SPECIAL.iter().any(|(special, _)| special == code), "{list}: {code} belongs to every list");
        }
    }
    let known = ["occupation", "skill", "education", "reason", "flow_type", "coverage"];
    assert!(dimensions.values().all(|dimension| known.contains(&dimension.as_str())), "{dimensions:?}");
}

#[test]
fn a_label_means_one_code() {
    let codes = codes();
    for (list, codes) in &codes {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for (code, (_, label)) in codes {
            for name in [code, label] {
                let before = *seen.entry(fold(name)).or_insert(code);
                // ISCO gives a group and its only part one title.
                assert!(before == code || code.starts_with(before), "{list}: {name} means {before} and {code}");
            }
        }
    }
    let mut seen: HashSet<(String, String)> = HashSet::new();
    for [list, code, language, label, source] in rows(LABELS) {
        let here = &codes[&list];
        assert!(here.contains_key(&code), "{list}: {label} means {code}, which is not there");
        assert!(seen.insert((list.clone(), fold(&label))), "{list}: {label} is there twice");
        let own = here.iter().find(|(known, (_, title))| [*known, title].iter().any(|name| fold(name) == fold(&label)));
        assert!(own.is_none(), "{list}: {label} is a code or title already");
        assert!((2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase()), "{language}");
        assert!(!source.is_empty(), "{list}: {label} has no source");
    }
}

#[test]
fn mappings_lead_from_codes_to_codes() {
    let codes = codes();
    let mut of: BTreeMap<(String, String, String), Vec<(String, String, String)>> = BTreeMap::new();
    for [from_list, from, to_list, to, weight, quality, source] in rows(MAPPINGS) {
        assert!(codes[&from_list].contains_key(&from), "{from_list}: {from} is not there");
        let special = SPECIAL.iter().any(|(special, _)| *special == to);
        assert!(to.is_empty() || special || codes[&to_list].contains_key(&to), "{to_list}: {to} is not there");
        assert!(QUALITIES.contains(&quality.as_str()), "{quality}");
        assert!(!source.is_empty(), "{from_list}: {from} has no source");
        of.entry((from_list, from, to_list)).or_default().push((to, weight, quality));
    }
    for (key, targets) in &of {
        let distinct: BTreeSet<&str> = targets.iter().map(|(to, ..)| to.as_str()).collect();
        assert_eq!(distinct.len(), targets.len(), "{key:?}: a target is there twice");
        let weights: Vec<f64> =
            targets.iter().filter(|(_, w, _)| !w.is_empty()).map(|(_, w, _)| w.parse().unwrap()).collect();
        assert!(weights.is_empty() || weights.len() == targets.len(), "{key:?}: weights of some");
        assert!(weights.is_empty() || (weights.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{key:?}: {weights:?}");
        for (to, weight, quality) in targets {
            match (to.as_str(), targets.len()) {
                ("", n) => assert!(n == 1 && weight.is_empty() && quality == "not mappable", "{key:?}"),
                (_, 1) => {
                    assert!(weight == "1" && ["exact", "good", "approximate"].contains(&quality.as_str()), "{key:?}");
                }
                _ => assert!(quality == "ambiguous", "{key:?}: {quality}"),
            }
        }
    }
}

#[test]
fn every_word_of_an_office_is_mapped_to_ours() {
    let (codes, dimensions) = (codes(), dimensions());
    let mapped: HashSet<(String, String, String)> =
        rows::<7>(MAPPINGS).into_iter().map(|[list, code, to, ..]| (list, code, to)).collect();
    for (list, dimension) in &dimensions {
        if !["reason", "flow_type"].contains(&dimension.as_str()) || list == dimension {
            continue;
        }
        for code in codes[list].keys() {
            let key = (list.clone(), code.clone(), dimension.clone());
            assert!(mapped.contains(&key), "{list}: {code} has no row to {dimension}");
        }
    }
}

#[test]
fn isco_is_complete_and_each_code_lies_under_its_beginning() {
    let codes = codes();
    for (list, sizes) in [("ISCO-08", [10, 43, 130, 436]), ("ISCO-88", [10, 28, 116, 390])] {
        let found = &codes[list];
        for (code, (parent, _)) in found {
            assert!(code.bytes().all(|b| b.is_ascii_digit()), "{code}");
            assert_eq!(parent, &code[..code.len() - 1], "{list}: {code}");
            let has_parts = found.values().any(|(above, _)| above == code);
            assert_eq!(has_parts, code.len() < 4, "{list}: {code}");
        }
        assert_eq!([1, 2, 3, 4].map(|n| found.keys().filter(|code| code.len() == n).count()), sizes, "{list}");
    }
}

#[test]
fn both_ways_between_isco_88_and_isco_08_have_the_same_pairs() {
    let pairs = |from: &str, to: &str| -> BTreeSet<(String, String)> {
        let mine = |row: &[String; 7]| row[0] == from && row[2] == to;
        rows::<7>(MAPPINGS).into_iter().filter(mine).map(|[_, a, _, b, ..]| (a, b)).collect()
    };
    let there = pairs("ISCO-88", "ISCO-08");
    let back: BTreeSet<_> = pairs("ISCO-08", "ISCO-88").into_iter().map(|(a, b)| (b, a)).collect();
    assert_eq!(there, back);
    let codes = codes();
    for (list, mapped) in [
        ("ISCO-88", there.iter().map(|(a, _)| a).collect::<BTreeSet<_>>()),
        ("ISCO-08", there.iter().map(|(_, b)| b).collect()),
    ] {
        let units: BTreeSet<&String> = codes[list].keys().filter(|code| code.len() == 4).collect();
        assert_eq!(mapped, units, "{list}");
    }
}

#[test]
fn what_is_not_skill_has_a_list() {
    let (codes, dimensions) = (codes(), dimensions());
    for [name, kind, _, give_as, list, _] in rows(NOT_SKILL) {
        assert_eq!(dimensions.get(&list), Some(&give_as), "{name}");
        if kind == "label" {
            let read = registry::list(&list).unwrap().read(&name).unwrap();
            assert!(codes[&list].contains_key(&read), "{name} is read as {read}");
        }
    }
}
