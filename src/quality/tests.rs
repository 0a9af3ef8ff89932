use super::index::classes;
use super::rules::born;
use super::words::{address, counted, exchanged, number};
use super::{Options, RULES, Severity, rule};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn cells_are_named_as_spreadsheets_name_them() {
    let named: Vec<String> = [(0, 0), (16, 2), (9, 25), (0, 26), (1, 51), (2, 52), (9, 701), (9, 702)]
        .map(|(row, column)| address(row, column))
        .into();
    assert_eq!(named, ["A1", "C17", "Z10", "AA1", "AZ2", "BA3", "ZZ10", "AAA10"]);
}

#[test]
fn numbers_are_written_as_people_write_them() {
    let written: Vec<String> = [0.0, -0.0, 999.0, 1000.0, 416_024.0, 1_234_567.25, -5.5, 0.1, 1e15].map(number).into();
    assert_eq!(written, ["0", "0", "999", "1,000", "416,024", "1,234,567.25", "-5.5", "0.1", "1000000000000000"]);
    assert_eq!((counted(1, "part"), counted(1200, "part")), ("1 part".to_owned(), "1,200 parts".to_owned()));
}

#[test]
fn two_digits_exchanged() {
    // India 2020, as printed and as its own total makes it.
    assert_eq!(exchanged(94_415.0, 270.0), Some(94_145.0));
    assert_eq!(exchanged(94_415.0, 271.0), None);
    assert_eq!(exchanged(94_415.0, 0.0), None);
    assert_eq!(exchanged(12.0, -9.0), Some(21.0));
    assert_eq!(exchanged(7.0, 3.0), None);
    assert_eq!(exchanged(10.0, 9.0), Some(1.0));
}

#[test]
fn equal_things_are_of_one_class() {
    assert_eq!(classes(&["a", "b", "a", "c", "b"]), [0, 1, 0, 3, 1]);
}

#[test]
fn areas_that_came_out_of_a_state_that_fell_apart() {
    let years = ["SSD", "MNE", "CUW", "ERI", "SVN", "UKR"].map(born);
    assert_eq!(years, [Some(2011), Some(2006), Some(2010), Some(1993), Some(1992), Some(1991)]);
    // They went on, took others in, or were always there.
    for code in ["SDN", "ETH", "DEU", "FRA", "VNM", "YEM", "_T"] {
        assert_eq!(born(code), None, "{code}");
    }
}

#[test]
fn rules_have_names_and_options_of_their_own() {
    let names: BTreeSet<&str> = RULES.iter().map(|one| one.name).collect();
    assert_eq!(names.len(), RULES.len());
    for one in &RULES {
        let options: BTreeSet<&str> = one.settings.iter().map(|setting| setting.name).collect();
        assert_eq!(options.len(), one.settings.len(), "{}", one.name);
        assert_eq!(rule(one.name).unwrap().name, one.name);
    }
    let jumps = rule("jumps").unwrap();
    let given = BTreeMap::from([("threshold".to_owned(), 4.0)]);
    let options = Options::new(jumps, &given).unwrap();
    assert_eq!((options.get("threshold"), options.get("factor")), (4.0, 3.0));
    let wrong = BTreeMap::from([("treshold".to_owned(), 4.0)]);
    let said = Options::new(jumps, &wrong).err().unwrap().to_string();
    assert!(said.contains("did you mean \"threshold\"?"), "{said}");
    assert!(rule("jumsp").err().unwrap().to_string().contains("did you mean \"jumps\"?"));
    assert!(Severity::parse("bad").is_err());
}
