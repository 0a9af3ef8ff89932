use std::sync::Arc;

use arrow::array::{BooleanArray, Float64Array};
use proptest::prelude::*;

use super::*;
use crate::codes::period;
use crate::column::dictionary;
use crate::definition::Definition;
use crate::ledger::{Ledger, Severity, Step};
use crate::observation::{Builder, Observations};

/// Inflows that Eurostat prints, from Nepal: destination, year, value.
fn flows(rows: &[(&str, i32, Option<f64>)]) -> Observations {
    let mut definition = Definition::default();
    for (field, value) in [("measure", "inflow"), ("role", "destination"), ("publisher", "Eurostat")] {
        definition.set(field, value);
    }
    let mut out = Builder::default();
    out.definitions(vec![0; rows.len()]);
    for (name, code) in [("origin", "NPL"), ("sex", "_T"), ("age", "_T"), ("basis", "observed")] {
        out.constant(name, code, rows.len());
    }
    let mut to: Vec<&str> = rows.iter().map(|row| row.0).collect();
    to.sort_unstable();
    to.dedup();
    let place = |code| to.iter().position(|known| *known == code).unwrap() as i32;
    out.set("destination", dictionary(rows.iter().map(|row| place(row.0)).collect(), &to));
    let years: Vec<_> = rows.iter().map(|row| period::year(row.1).unwrap()).collect();
    out.dates("period_start", years.iter().map(|year| year.start).collect());
    out.dates("period_end", years.iter().map(|year| year.end).collect());
    out.set("value", Arc::new(rows.iter().map(|row| row.2).collect::<Float64Array>()));
    let presence = rows.iter().map(|row| i32::from(row.2.is_none())).collect();
    out.set("presence", dictionary(presence, &["value", "missing"]));
    out.set("leaf", Arc::new(BooleanArray::from(vec![true; rows.len()])));
    let figures = out.finish(rows.len()).unwrap();
    Observations::new(vec![definition.checked().unwrap()], figures, Ledger::default()).unwrap()
}

fn request(model: &str, own: &str) -> Request {
    let text =
        format!(r#"{{"to": 12, "model": {{{model}}}, "off_grid": "linear", "own": [{own}], "unknown": "keep"}}"#);
    Request::from_json(&text).unwrap()
}

fn imem() -> Request {
    request(r#""name": "imem""#, "")
}

#[test]
fn austria_by_three_months() {
    // 962 immigrants of 2002 are 606.06 of a year: UndercountMigScores, BilateralModel.md.
    let found = convert(&flows(&[("AUT", 2002, Some(962.0)), ("AUT", 2007, Some(10.0))]), &imem()).unwrap();
    found.check().unwrap();
    assert_eq!(found.values().values().as_ref(), [962.0 * 0.63, 10.0]);
    assert_eq!(found.definitions()[1].get("break_before"), Some("AUT: minimum stay 3 months until 2006"));
    let account = &found.ledger().steps[0].accounts[0];
    assert_eq!(account.definitions, [0, 1]);
    assert!((account.adjustments[0].tally.value.value() - 355.94).abs() < 1e-9);
}

#[test]
fn a_break_is_seen_beyond_years_that_are_not_known() {
    let rows = [("BGR", 2007, Some(1.0)), ("BGR", 2009, Some(2.0)), ("BGR", 2012, Some(3.0))];
    let found = convert(&flows(&rows), &imem()).unwrap();
    let said: Vec<_> = found.definitions().iter().map(|one| one.get("break_before")).collect();
    assert_eq!(said, [None, None, Some("BGR: minimum stay permanent until 2007")]);
    let severe: Vec<_> = found.ledger().steps[0].findings.iter().map(|one| one.severity).collect();
    assert_eq!(severe, [Severity::Assumption, Severity::Warning, Severity::Warning]);
}

#[test]
fn a_figure_lost_or_changed_on_the_way_is_noticed() {
    let obs = flows(&[("AUT", 2002, Some(962.0)), ("AUT", 2003, Some(100.0))]);
    let found = plan::groups(&obs, &imem()).unwrap();
    for (rows, value) in [(1, 962.0 * 0.63), (2, 962.0)] {
        let mut out = crate::ledger::Tally::default();
        (0..rows).for_each(|_| out.add(Some(value)));
        let accounts = convert::accounts(&obs, &found, &imem(), &[0], &[out]);
        let ledger = Ledger { steps: vec![Step { accounts, ..Step::default() }] };
        assert!(ledger.check().unwrap_err().to_string().contains("unaccounted for"));
    }
}

#[test]
fn statuses_are_sets() {
    for (before, after) in [
        (None, "E"),
        (Some("A"), "E"),
        (Some("E"), "E"),
        (Some("B+P"), "B+E+P"),
        (Some("A+B"), "B+E"),
        (Some("X"), "E+X"),
    ] {
        assert_eq!(convert::estimated(before), after);
    }
}

#[test]
fn nothing_is_needed_of_no_figures() {
    let none = flows(&[]);
    assert_eq!(convert(&none, &imem()).unwrap().len(), 0);
}

proptest! {
    #[test]
    fn the_account_balances_and_the_order_does_not_matter(
        rows in prop::collection::vec(
            (prop::sample::select(vec!["AUT", "DEU", "POL", "NPL", "NLD"]), 1998i32..2012, prop::option::of(0.0..1e9f64)),
            1..30,
        ),
        months in prop::option::of(0.0..12.0f64),
    ) {
        let own = months.map_or(String::new(), |months| format!(
            r#"{{"reporter": "NPL", "direction": "", "publisher": "", "minimum": "{months}", "from": "2000", "to": "2005"}}"#
        ));
        let request = request(r#""name": "mixture""#, &own);
        let found = convert(&flows(&rows), &request).unwrap();
        found.check().unwrap();
        // Backwards: every figure as before.
        let backwards: Vec<_> = rows.iter().rev().copied().collect();
        let again = convert(&flows(&backwards), &request).unwrap();
        let bits = |obs: &Observations| obs.values().iter().map(|v| v.map(f64::to_bits)).collect::<Vec<_>>();
        let mut reversed = bits(&again);
        reversed.reverse();
        prop_assert_eq!(bits(&found), reversed);
        prop_assert_eq!(found.definitions(), again.definitions());
        let sides = |obs: &Observations| {
            let accounts = &obs.ledger().steps[0].accounts;
            accounts.iter().map(|one| (one.out.clone(), one.adjustments.clone())).collect::<Vec<_>>()
        };
        prop_assert_eq!(sides(&found), sides(&again));
    }
}
