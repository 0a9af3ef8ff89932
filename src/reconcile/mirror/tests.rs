//! Accounts that notice what is lost, and pairs that no public function can be made to get wrong.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Float64Type, Schema};

use super::account::Account;
use super::compare::Judge;
use super::join::{Joined, join};
use super::keys::Keys;
use super::*;
use crate::harmonise;
use crate::watch::Watch;

/// Flows from Germany to Austria and from Sweden to Austria, by sex, of both sides.
fn observations() -> Observations {
    let text = |each: &[&str]| -> ArrayRef { Arc::new(StringArray::from(each.to_vec())) };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("from", text(&["DEU", "DEU", "DEU", "SWE", "DEU"])),
        ("sex", text(&["F", "M", "_T", "_T", "_T"])),
        ("what", text(&["inflow", "inflow", "outflow", "inflow", "net"])),
        ("n", Arc::new(Float64Array::from(vec![0.1, 0.2, 0.5, 7.0, 1.0]))),
    ];
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let table = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    let request = r#"{
        "columns": {"origin": "from", "sex": "sex", "value": "n", "measure": "what"},
        "constants": {"destination": "AUT", "year": "2015"}
    }"#;
    let request = harmonise::Request::from_json(request).unwrap();
    harmonise::harmonise(table.schema(), &[table], &request, &Watch::default()).unwrap()
}

fn joined(observations: &Observations) -> (side::Fates, Joined) {
    let fates = side::read(observations);
    let keys = Keys::new(observations, &fates).unwrap();
    let (stays, _) = stays(observations, None).unwrap();
    let judge = Judge::new(observations, &stays);
    let joined = join(&keys, &fates, observations.definition_keys(), &judge);
    (fates, joined)
}

fn check(accounts: Vec<crate::ledger::Account>) -> Result<(), Error> {
    Ledger { steps: vec![Step { accounts, ..Step::default() }] }.check()
}

#[test]
fn fractions_are_added_exactly_and_every_figure_is_accounted_for() {
    let observations = observations();
    let request = Request { prefer: Prefer::Receiving, durations: None };
    let made = mirror(&observations, &request).unwrap();
    let values = |name: &str| made.pairs[name].as_primitive::<Float64Type>().iter().collect::<Vec<_>>();
    assert_eq!(values("inflow"), [Some(0.1 + 0.2), Some(7.0)]);
    assert_eq!(values("outflow"), [Some(0.5), None]);
    let step = made.ledger.steps.last().unwrap();
    let rows = |of: fn(&crate::ledger::Account) -> i64| step.accounts.iter().map(of).sum::<i64>();
    assert_eq!((rows(|one| one.taken.rows), rows(|one| one.out.rows)), (5, 3));
    assert_eq!(made.set_aside.num_rows(), 1);
}

#[test]
fn a_figure_that_is_lost_or_stands_twice_is_noticed() {
    let observations = observations();
    let (fates, whole) = joined(&observations);
    let accounts = |joined: &Joined| Account::new(&observations, &fates, joined).accounts(joined);
    check(accounts(&whole)).unwrap();
    let (_, mut short) = joined(&observations);
    short.pairs.retain(|pair| pair.alone.is_some());
    // The rows know that they were paired, and no pair has them.
    let account = Account::new(&observations, &fates, &whole);
    assert!(check(account.accounts(&short)).is_err_and(|error| error.to_string().contains("unaccounted for")));
    let (_, mut twice) = joined(&observations);
    let again = twice.pairs.iter().find(|pair| pair.alone.is_none()).unwrap().clone();
    twice.pairs.push(again);
    assert!(check(account.accounts(&twice)).is_err());
}
