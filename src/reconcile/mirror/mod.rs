//! Mirror statistics: one movement as its destination reports it beside what its origin reports.
//!
//! `side` reads whose report a figure is, `keys` what must agree, `join` pairs the figures, `stay` knows the minimum stays,
//! `compare` says how far two reports can be compared, `periods` what keeps their periods apart, `table` and `reasons` write what was found, `account` says what
//! became of every figure, `summary` adds up by reporter, and `once` finds pairs inside others.

mod account;
mod compare;
mod join;
mod keys;
mod once;
mod periods;
mod reasons;
mod side;
mod stay;
mod summary;
mod table;

use std::borrow::Cow;
use std::str::FromStr;

use arrow::array::RecordBatch;

use crate::Error;
use crate::definition::Definition;
use crate::durations::{self, convert_groups};
use crate::error::near;
use crate::ledger::{Ledger, Step};
use crate::observation::Observations;

use account::Account;
use compare::Judge;
use join::join;
use join::parts::TOLD;
use keys::Keys;
use stay::stays;
use table::Table;

pub use once::within;
pub use summary::by_reporter;

/// Which report to prefer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefer {
    /// That of the destination.
    Receiving,
    /// That of the origin.
    Sending,
    /// Half of both.
    Mean,
    /// The larger one.
    Larger,
}

impl FromStr for Prefer {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "receiving" => Ok(Prefer::Receiving),
            "sending" => Ok(Prefer::Sending),
            "mean" => Ok(Prefer::Mean),
            "larger" => Ok(Prefer::Larger),
            _ => Err(Error::Schema(format!(
                "prefer={text:?}: expected one of \"receiving\", \"sending\", \"mean\", \"larger\""
            ))),
        }
    }
}

/// How to pair.
#[derive(Debug)]
pub struct Request {
    /// Which report `value` is of.
    pub prefer: Prefer,
    /// How flows are brought to one minimum stay first, if they are.
    pub durations: Option<durations::Request>,
    /// The dimensions in which parts are added up where no total with a value is printed.
    pub add_up: Vec<&'static str>,
}

/// The dimensions of names in which parts can be added up.
///
/// # Errors
/// [`Error::Schema`] for any other.
pub fn summed(names: &[String]) -> Result<Vec<&'static str>, Error> {
    let one = |name: &String| {
        TOLD.into_iter().find(|known| known == name).ok_or_else(|| {
            let near = near(name, &TOLD);
            let all = TOLD.join(", ");
            Error::Schema(format!("add_up={name:?}{near}; whether parts leave nobody out can be told of {all}"))
        })
    };
    names.iter().map(one).collect()
}

/// Pairs of reports, and what is worth knowing about them.
pub struct Mirror {
    /// One row a pair, in the order of the codes.
    pub pairs: RecordBatch,
    /// The definitions of the figures as they were paired.
    pub definitions: Vec<Definition>,
    /// What became of every figure.
    pub ledger: Ledger,
    /// The figures that stand in no pair, with the reason.
    pub set_aside: RecordBatch,
    /// What makes pairs unlike, by reason and definitions.
    pub reasons: RecordBatch,
}

/// Pairs the reports of both ends.
///
/// # Errors
/// As [`durations::convert()`] where flows are to be brought to one minimum stay; [`Error::Schema`] where there are more
/// combinations of codes than can be numbered.
pub fn mirror(observations: &Observations, request: &Request) -> Result<Mirror, Error> {
    let (stays, found) = stays(observations, request.durations.as_ref())?;
    let now = match (&request.durations, found) {
        (Some(request), Some(found)) => Cow::Owned(convert_groups(observations, request, &found)?),
        _ => Cow::Borrowed(observations),
    };
    let fates = side::read(observations);
    let keys = Keys::new(observations, &fates)?;
    let judge = Judge::new(observations, &stays);
    let joined = join(&keys, &fates, observations.definition_keys(), &judge, &request.add_up);
    let table = Table::new(&keys, &joined, &judge, &stays, [observations, &now]);
    let account = Account::new(&now, &fates, &joined);
    let mut ledger = now.ledger().clone();
    ledger.steps.push(Step {
        operation: "reconcile.mirror".to_owned(),
        accounts: account.accounts(&joined),
        findings: account.findings(&joined, &keys),
    });
    ledger.check()?;
    Ok(Mirror {
        pairs: table.pairs(request.prefer)?,
        definitions: now.definitions().to_vec(),
        ledger,
        set_aside: account.set_aside()?,
        reasons: reasons::reasons(&table)?,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
    use arrow::datatypes::{Field, Float64Type, Schema};

    use super::join::Joined;
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
        let joined = join(&keys, &fates, observations.definition_keys(), &judge, &[]);
        (fates, joined)
    }

    fn check(accounts: Vec<crate::ledger::Account>) -> Result<(), Error> {
        Ledger { steps: vec![Step { accounts, ..Step::default() }] }.check()
    }

    #[test]
    fn fractions_are_added_exactly_and_every_figure_is_accounted_for() {
        let observations = observations();
        let request = Request { prefer: Prefer::Receiving, durations: None, add_up: Vec::new() };
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
}
