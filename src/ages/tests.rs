use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};

use super::*;
use crate::column::dictionary;
use crate::ledger::Ledger;
use crate::observation::Builder;
use crate::regroup::Wanted;

/// Inflows of women, an age a row; NaN is suppressed. The first is the printed total.
fn inflows(ages: &[&str], values: &[f64]) -> Observations {
    let rows = ages.len();
    let mut out = Builder::default();
    out.definitions(vec![0; rows]);
    for (name, code) in [("origin", "LKA"), ("destination", "DEU"), ("sex", "F"), ("basis", "observed")] {
        out.constant(name, code, rows);
    }
    out.dates("period_start", vec![0; rows]);
    out.dates("period_end", vec![365; rows]);
    let codes: Vec<String> = ages.iter().map(|age| crate::codes::age::parse(age).unwrap().code).collect();
    out.set("age", dictionary((0..rows as i32).collect(), &codes));
    let figures: Float64Array = values.iter().map(|value| Some(*value).filter(|value| !value.is_nan())).collect();
    out.set("value", Arc::new(figures) as ArrayRef);
    let presence = values.iter().map(|value| i32::from(value.is_nan())).collect();
    out.set("presence", dictionary(presence, &["value", "suppressed"]));
    let leaf: Vec<Option<bool>> = ages.iter().map(|age| Some(*age != "Total")).collect();
    out.set("leaf", Arc::new(arrow::array::BooleanArray::from(leaf)));
    let mut definition = Definition::default();
    definition.set("measure", "inflow");
    definition.set("age_definition", "REACH");
    Observations::new(vec![definition.checked().unwrap()], out.finish(rows).unwrap(), Ledger::default()).unwrap()
}

fn request(how: How, method: Method) -> Request {
    Request { how, method, options: Options::default(), unfit: Unfit::Raise }
}

fn into(bounds: &[(u16, Option<u16>)]) -> How {
    How::Regroup(Wanted::Groups(Edges::new("to", bounds).unwrap()))
}

fn shown(observations: &Observations) -> Vec<String> {
    let each = |row: usize| {
        let code = |name| observations.code(name, row).unwrap_or_default().to_owned();
        let value = observations.has_value(row).then(|| observations.values().value(row).to_string());
        format!("{} {} {} {}", code("age"), value.unwrap_or_default(), code("presence"), code("basis"))
    };
    (0..observations.len()).map(each).collect()
}

const BROAD: [(u16, Option<u16>); 3] = [(0, Some(15)), (15, Some(30)), (30, None)];

#[test]
fn sums_stay_observed_and_parts_are_apportioned() {
    let ages = ["Total", "30+", "0-4", "5-9", "10-19", "20-29", "Unknown"];
    let given = inflows(&ages, &[190., 60., 10., 10., 40., 60., 10.]);
    let made = change(&given, &request(into(&BROAD), Method::Uniform), &Watch::default()).unwrap();
    made.check().unwrap();
    let expected = [
        "_T 190 value observed",
        "Y0T14 40 value apportioned",
        "Y15T29 80 value apportioned",
        "Y_GE30 60 value observed",
        "_U 10 value observed",
    ];
    assert_eq!(shown(&made), expected);
    assert_eq!(made.code("note", 1), Some("of ages 0-29, by uniform"));
    assert_eq!(made.code("note", 3), None);
    let account = &made.ledger().steps[0].accounts[0];
    assert_eq!((account.adjustments[0].tally.rows, account.adjustments[0].tally.value.value()), (2, 0.0));
    let sums =
        change(&given, &request(into(&[(0, Some(10)), (10, None)]), Method::Uniform), &Watch::default()).unwrap();
    assert_eq!(shown(&sums)[1..3], ["Y0T9 20 value observed", "Y_GE10 160 value observed"]);
}

#[test]
fn what_is_suppressed_makes_its_parts_missing_and_the_rest_is_set_aside() {
    let given = inflows(&["0-9", "10-19", "20-29", "30+"], &[10., f64::NAN, 60., 5.]);
    let made = change(&given, &request(into(&BROAD), Method::Uniform), &Watch::default()).unwrap();
    made.check().unwrap();
    assert_eq!(
        shown(&made),
        ["Y0T14  suppressed apportioned", "Y15T29  suppressed apportioned", "Y_GE30 5 value observed"]
    );
    let step = &made.ledger().steps[0];
    let aside = &step.accounts[0].set_aside[0];
    assert_eq!((aside.tally.rows, aside.tally.value.value()), (2, 70.0));
    assert!(step.findings[0].message.starts_with("figures without a value"));
}

#[test]
fn gaps_are_refused_or_set_aside() {
    let given = inflows(&["0-9", "20-29", "30+"], &[10., 60., 5.]);
    let mut asked = request(into(&BROAD), Method::Uniform);
    let text = change(&given, &asked, &Watch::default()).unwrap_err().to_string();
    assert!(
        text.starts_with("row 0 (LKA to DEU, 1970, sex F, age Y0T9): ages: nothing is said about ages 10-19"),
        "{text}"
    );
    asked.unfit = Unfit::SetAside;
    let made = change(&given, &asked, &Watch::default()).unwrap();
    made.check().unwrap();
    assert!(made.is_empty());
    assert_eq!(made.ledger().steps[0].accounts[0].set_aside[0].tally.rows, 3);
}

#[test]
fn ages_reached_become_ages_completed() {
    let given = inflows(&["Total", "0", "1", "2", "3+"], &[100., 10., 20., 30., 40.]);
    let shift = || How::Shift(AgeDefinition::Completed, None);
    let made = change(&given, &request(shift(), Method::Monotone), &Watch::default()).unwrap();
    made.check().unwrap();
    let expected =
        ["_T 100 value observed", "Y0 20 value apportioned", "Y1 25 value apportioned", "Y_GE2 55 value apportioned"];
    assert_eq!(shown(&made), expected);
    assert_eq!(made.definitions()[0].get("age_definition"), Some("completed"));
    assert_eq!(made.definitions()[0].get("criteria"), Some("age definition shifted from reached to completed"));
    let again = change(&made, &request(shift(), Method::Monotone), &Watch::default()).unwrap();
    assert_eq!(shown(&again), expected);
}
