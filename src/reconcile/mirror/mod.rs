//! Mirror statistics: one movement as its destination reports it beside what its origin reports.
//!
//! `side` reads whose report a figure is, `keys` what must agree, `join` pairs the figures, `stay` knows the minimum stays,
//! `compare` says how far two reports can be compared, `table` and `reasons` write what was found, `account` says what
//! became of every figure, and `summary` adds up by reporter.

mod account;
mod compare;
mod join;
mod keys;
mod reasons;
mod side;
mod stay;
mod summary;
mod table;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::str::FromStr;

use arrow::array::RecordBatch;

use crate::Error;
use crate::definition::Definition;
use crate::durations::{self, convert_groups};
use crate::ledger::{Ledger, Step};
use crate::observation::Observations;

use account::Account;
use compare::Judge;
use join::join;
use keys::Keys;
use stay::stays;
use table::Table;

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
    let joined = join(&keys, &fates, observations.definition_keys(), &judge);
    let table = Table::new(&keys, &joined, &judge, &stays, [observations, &now]);
    let account = Account::new(&now, &fates, &joined);
    let mut ledger = now.ledger().clone();
    ledger.steps.push(Step {
        operation: "reconcile.mirror".to_owned(),
        accounts: account.accounts(&joined),
        findings: Vec::new(),
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
