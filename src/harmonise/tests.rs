//! The stages of harmonising, one by one: what the account is worth is seen when a stage loses something.

use super::*;
use arrow::array::StringArray;
use arrow::datatypes::{DataType, Field, Schema};
use proptest::prelude::*;

fn table(columns: &[(&str, Vec<&str>)]) -> RecordBatch {
    let fields: Vec<Field> = columns.iter().map(|(name, _)| Field::new(*name, DataType::Utf8, true)).collect();
    let arrays = columns.iter().map(|(_, cells)| Arc::new(StringArray::from(cells.clone())) as _).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn departures() -> (RecordBatch, Request) {
    let batch = table(&[
        ("Country", vec!["Oman", "Oman", "Atlantis", "North Yemen", "Total", "Oman", "Sri Lanka"]),
        ("Level", vec!["High level", "Middle level", "Skilled", "Unskilled", "Total", "Skilled", "Skilled"]),
        ("n", vec!["10", "5", "7", "0.5", "17.5", "2", "99"]),
    ]);
    let request = r#"{
        "columns": {"destination": "Country", "skill": "Level", "value": "n"},
        "constants": {"origin": "LKA", "measure": "labour_outflow", "year": "1996"},
        "schemes": {"skill": ["LKA-SLBFE", "broad"]}, "weights": "equal"
    }"#;
    (batch, Request::from_json(request).unwrap())
}

fn made(batch: &RecordBatch, request: &Request) -> Observations {
    harmonise(batch.schema(), std::slice::from_ref(batch), request, &Watch::default()).unwrap()
}

#[test]
fn every_row_is_somewhere() {
    let (batch, request) = departures();
    let observations = made(&batch, &request);
    observations.check().unwrap();
    let account = &observations.ledger().steps[0].accounts[0];
    assert_eq!((account.taken.rows, account.taken.value.value()), (7, 141.0));
    assert_eq!((account.out.rows, account.out.value.value()), (5, 17.5));
    let aside: Vec<(&str, i64, f64)> = account
        .set_aside
        .iter()
        .map(|remainder| (remainder.reason.as_str(), remainder.tally.rows, remainder.tally.value.value()))
        .collect();
    assert_eq!(
        aside,
        [
            ("unmatched destination", 1, 7.0),
            ("origin is destination", 1, 99.0),
            ("total, kept beside its parts", 1, 17.5)
        ]
    );
    assert_eq!(account.set_aside[0].examples[0].what, "Country = Atlantis");
    assert_eq!(account.adjustments[0].tally.rows, -1);
    let share: Vec<f64> =
        observations.figures()["share"].as_any().downcast_ref::<Float64Array>().unwrap().values().to_vec();
    assert_eq!(share, [1.0, 0.5, 0.5, 1.0, 1.0, 1.0]);
}

/// Leaves the last planned row out, and any other in turn.
#[test]
fn a_row_lost_between_the_stages_is_noticed() {
    let ((batch, request), watch) = (departures(), Watch::default());
    let schema = batch.schema();
    let cells = Cells::new(Source::Frame(&schema, std::slice::from_ref(&batch)), &request, &watch).unwrap();
    let mut draft = Draft::new(&cells, &request).unwrap();
    let whole = draft.plan(&cells, Duplicates::Error).unwrap();
    finish(&cells, draft, &whole).unwrap();
    for lost in 0..whole.rows {
        let mut draft = Draft::new(&cells, &request).unwrap();
        let mut plan = draft.plan(&cells, Duplicates::Error).unwrap();
        plan.rows -= 1;
        plan.cells.as_mut().unwrap().remove(lost);
        plan.parts.as_mut().unwrap().remove(lost);
        plan.leaf.remove(lost);
        plan.definition.remove(lost);
        let error = finish(&cells, draft, &plan).unwrap_err();
        assert!(matches!(&error, Error::Ledger(text) if text.contains("unaccounted for: 1 rows")), "{lost}: {error}");
    }
}

/// Forgets why a row was set aside.
#[test]
fn a_row_that_nobody_lists_is_noticed() {
    let ((batch, request), watch) = (departures(), Watch::default());
    let schema = batch.schema();
    let cells = Cells::new(Source::Frame(&schema, std::slice::from_ref(&batch)), &request, &watch).unwrap();
    let mut draft = Draft::new(&cells, &request).unwrap();
    let plan = draft.plan(&cells, Duplicates::Error).unwrap();
    draft.aside[2] = 0;
    let error = finish(&cells, draft, &plan).unwrap_err().to_string();
    assert!(error.contains("unaccounted for: 1 rows, 7"), "{error}");
}

#[test]
fn crossing_breakdowns_get_definitions_of_their_own() {
    let batch = table(&[
        ("sex", vec!["Total", "Male", "Female", "Total", "Total"]),
        ("age", vec!["Total", "Total", "Total", "0-14", "15+"]),
        ("n", vec!["10", "6", "4", "3", "7"]),
    ]);
    let request = r#"{
        "columns": {"sex": "sex", "age": "age", "value": "n"},
        "constants": {"origin": "NPL", "measure": "outflow", "year": "2020"}
    }"#;
    let observations = made(&batch, &Request::from_json(request).unwrap());
    let breakdowns: Vec<_> = observations.definitions().iter().map(|one| one.get("breakdown")).collect();
    assert_eq!(breakdowns, [Some("sex"), Some("age")]);
    let tallies: Vec<f64> = observations.tally().iter().map(|tally| tally.value.value()).collect();
    assert_eq!(tallies, [10.0, 10.0]);
}

#[test]
fn a_total_whose_parts_are_blank_is_a_leaf() {
    let batch = table(&[("sex", vec!["Total", "Male", "Female"]), ("n", vec!["10", "..", ".."])]);
    let request = r#"{
        "columns": {"sex": "sex", "value": "n"},
        "constants": {"origin": "NPL", "measure": "outflow", "year": "2020"}
    }"#;
    let observations = made(&batch, &Request::from_json(request).unwrap());
    assert_eq!(observations.leaves().iter().collect::<Vec<_>>(), [Some(true), Some(false), Some(false)]);
}

fn anything() -> impl Strategy<Value = Vec<(&'static str, &'static str, &'static str, String)>> {
    let countries =
        prop::sample::select(vec!["Oman", "Qatar", "Atlantis", "Congo", "Others", "World", "Total", "LKA", "USSR"]);
    let sexes = prop::sample::select(vec!["Male", "F", "Total", "Unknown"]);
    let levels = prop::sample::select(vec!["High level", "Middle level", "Skilled", "Total"]);
    let values = prop_oneof![
        (0u32..1000).prop_map(|n| n.to_string()),
        (0.0..1e6f64).prop_map(|n| n.to_string()),
        Just("..".to_owned()),
        Just(String::new())
    ];
    prop::collection::vec((countries, sexes, levels, values), 1..40)
}

proptest! {
    /// Whatever the table, the account balances (or nothing is returned) and shares of a figure add up to 1.
    #[test]
    fn the_ledger_balances(rows in anything(), duplicates in prop::sample::select(vec!["first", "keep"])) {
        let column = |at: usize| rows.iter().map(|row| [row.0, row.1, row.2, &row.3][at]).collect();
        let batch = table(&[
            ("c", column(0)), ("s", column(1)), ("l", column(2)), ("n", column(3)),
        ]);
        let request = format!(r#"{{
            "columns": {{"destination": "c", "sex": "s", "skill": "l", "value": "n"}},
            "constants": {{"origin": "LKA", "measure": "labour_outflow", "year": "1990"}},
            "schemes": {{"skill": ["LKA-SLBFE", "broad"]}}, "weights": "equal", "duplicates": "{duplicates}"
        }}"#);
        let observations = harmonise(
            batch.schema(), std::slice::from_ref(&batch), &Request::from_json(&request).unwrap(), &Watch::default(),
        );
        // Levels of which nobody can say the ladder are refused, and so is nothing else here.
        let observations = match observations {
            Err(Error::Code(_)) => return Ok(()),
            other => other.unwrap(),
        };
        observations.check().unwrap();
        let account = &observations.ledger().steps[0].accounts;
        prop_assert_eq!(account.iter().map(|one| one.taken.rows).sum::<i64>(), rows.len() as i64);
    }
}
