//! The account that travels with every result: `in = out + set aside + adjustment`, exact, for every definition and unit.
//!
//! Each side is counted on its own: what came in from the input, what went out from the output, and each remainder from
//! the list of its rows. Nothing here derives one side from the others, so a lost row cannot hide.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::definition::Definition;
use crate::exact::ExactSum;

/// How many examples of a remainder or finding are kept.
pub const EXAMPLES: usize = 5;

/// Rows and the exact total of their values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Rows, with or without a value. Negative only in adjustments.
    pub rows: i64,
    /// Rows without a value.
    pub missing: i64,
    /// Exact total of the values.
    #[serde(with = "exact")]
    pub value: ExactSum,
}

impl Tally {
    /// Counts one row.
    pub fn add(&mut self, value: Option<f64>) {
        self.rows += 1;
        match value {
            Some(value) => self.value.add(value),
            None => self.missing += 1,
        }
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: &Tally) {
        self.rows += other.rows;
        self.missing += other.missing;
        self.value.merge(&other.value);
    }

    /// The same with the sign turned.
    pub fn negative(&self) -> Tally {
        let mut value = self.value.clone();
        value.negate();
        Tally { rows: -self.rows, missing: -self.missing, value }
    }

    fn less(&mut self, other: &Tally) {
        self.merge(&other.negative());
    }
}

/// An exact sum is written as numbers that add up to it, nearly always one.
mod exact {
    use super::ExactSum;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(sum: &ExactSum, out: S) -> Result<S::Ok, S::Error> {
        sum.components().serialize(out)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<ExactSum, D::Error> {
        Ok(ExactSum::from_components(&Vec::<f64>::deserialize(input)?))
    }
}

/// One row shown as an example.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Row of the input, counted from 0.
    pub row: u64,
    /// What stood there, such as `Country = Atlantis`.
    pub what: String,
    /// The value of the row.
    pub value: Option<f64>,
}

/// Rows that an operation did not pass on, for one reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remainder {
    /// Why, such as `unmatched destination`.
    pub reason: String,
    /// How many rows and how much.
    pub tally: Tally,
    /// The first few of them.
    pub examples: Vec<Example>,
}

impl Remainder {
    /// A remainder without examples; none if there is nothing in it.
    pub fn of(reason: &str, tally: Tally) -> Option<Remainder> {
        let empty = tally == Tally::default();
        (!empty).then(|| Remainder { reason: reason.to_owned(), tally, examples: Vec::new() })
    }
}

/// What one operation did with the rows of one definition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Keys of the definition in the result's own table; several where one was split by breakdown.
    pub definitions: Vec<i32>,
    /// What the definition is, in a few words.
    pub title: String,
    /// Unit of the values: totals of different units are never added.
    pub unit: String,
    /// What came in.
    pub taken: Tally,
    /// What went out.
    pub out: Tally,
    /// What was set aside, by reason.
    pub set_aside: Vec<Remainder>,
    /// Signed changes that remove nobody, by reason.
    pub adjustments: Vec<Remainder>,
}

impl Account {
    /// An account with its two ends; the remainders are to come.
    pub fn open(definition: &Definition, keys: Vec<i32>, taken: Tally, out: Tally) -> Account {
        let (title, unit) = (definition.title(), definition.unit().to_owned());
        Account { definitions: keys, title, unit, taken, out, ..Account::default() }
    }

    /// `in - out - set aside - adjustments`: zero when the account balances.
    pub fn difference(&self) -> Tally {
        let mut rest = self.taken.clone();
        rest.less(&self.out);
        for remainder in self.set_aside.iter().chain(&self.adjustments) {
            rest.less(&remainder.tally);
        }
        rest
    }

    /// Counts one row as set aside.
    pub fn set_aside(&mut self, reason: &str, row: u64, what: impl FnOnce() -> String, value: Option<f64>) {
        let at = match self.set_aside.iter().position(|remainder| remainder.reason == reason) {
            Some(at) => at,
            None => {
                self.set_aside.push(Remainder { reason: reason.to_owned(), ..Remainder::default() });
                self.set_aside.len() - 1
            }
        };
        let remainder = &mut self.set_aside[at];
        remainder.tally.add(value);
        if remainder.examples.len() < EXAMPLES {
            remainder.examples.push(Example { row, what: what(), value });
        }
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The reader should know before using the figures.
    Warning,
    /// An assumption that somebody made and wrote down.
    Assumption,
    /// For the record.
    Note,
}

/// Something that an operation saw, with the rows that it concerns; those rows stay where they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What was seen, in one sentence.
    pub message: String,
    /// Rows and value concerned.
    pub tally: Tally,
    /// The first few of them.
    pub examples: Vec<Example>,
}

/// One operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Name of the operation, such as `harmonise`.
    pub operation: String,
    /// One account for each definition.
    pub accounts: Vec<Account>,
    /// What was seen on the way.
    pub findings: Vec<Finding>,
}

/// All operations that led to a result, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// The operations.
    pub steps: Vec<Step>,
}

impl Ledger {
    /// Verifies every account.
    ///
    /// # Errors
    /// [`Error::Ledger`] naming the step, the definition and both sides of the first account that does not balance.
    pub fn check(&self) -> Result<(), Error> {
        for (number, step) in self.steps.iter().enumerate() {
            for account in &step.accounts {
                let rest = account.difference();
                if rest.rows != 0 || rest.missing != 0 || !rest.value.is_zero() {
                    return Err(unbalanced(number, step, account, &rest));
                }
            }
        }
        Ok(())
    }

    /// The ledger as JSON; [`Ledger::from_json`] gives it back, exactly.
    pub fn to_json(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|e| Error::Internal(e.to_string()))
    }

    /// Reads what [`Ledger::to_json`] wrote.
    pub fn from_json(text: &str) -> Result<Ledger, Error> {
        serde_json::from_str(text).map_err(|e| Error::Ledger(format!("not a ledger: {e}")))
    }
}

fn unbalanced(number: usize, step: &Step, account: &Account, rest: &Tally) -> Error {
    let mut text = format!(
        "the ledger does not balance in step {number} ({}), definition {:?} ({}): in {} rows, {} {}; out {} rows, {}",
        step.operation,
        account.definitions,
        account.title,
        account.taken.rows,
        account.taken.value.value(),
        account.unit,
        account.out.rows,
        account.out.value.value(),
    );
    for (word, remainders) in [("set aside", &account.set_aside), ("adjusted", &account.adjustments)] {
        for remainder in remainders {
            let Tally { rows, value, .. } = &remainder.tally;
            let _ = write!(text, "; {word} ({}) {rows} rows, {}", remainder.reason, value.value());
        }
    }
    let _ = write!(text, "; unaccounted for: {} rows, {}", rest.rows, rest.value.value());
    Error::Ledger(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(values: &[f64]) -> Tally {
        let mut tally = Tally::default();
        values.iter().for_each(|value| tally.add(Some(*value)));
        tally
    }

    fn account() -> Account {
        let mut account = Account {
            unit: "persons".into(),
            taken: tally(&[1.0, 2.5, 4.0]),
            out: tally(&[1.0]),
            ..Account::default()
        };
        account.set_aside("unmatched destination", 1, || "Country = Atlantis".into(), Some(2.5));
        account.set_aside("unmatched destination", 2, || "Country = Mu".into(), Some(4.0));
        account
    }

    #[test]
    fn a_lost_row_and_a_lost_person_are_noticed() {
        let ledger = |account| Ledger { steps: vec![Step { accounts: vec![account], ..Step::default() }] };
        ledger(account()).check().unwrap();
        let mut lost = account();
        lost.set_aside[0].tally = tally(&[2.5]);
        let text = ledger(lost).check().unwrap_err().to_string();
        assert!(text.ends_with("unaccounted for: 1 rows, 4"), "{text}");
        let mut shaved = account();
        shaved.out = tally(&[1.0 - f64::EPSILON]);
        assert!(ledger(shaved).check().is_err());
    }

    #[test]
    fn json_gives_the_same_ledger_back() {
        let mut one = account();
        one.taken = tally(&[0.1, 0.2, 1e300, 1e-300]);
        let ledger = Ledger { steps: vec![Step { operation: "test".into(), accounts: vec![one], findings: vec![] }] };
        assert_eq!(Ledger::from_json(&ledger.to_json().unwrap()).unwrap(), ledger);
    }
}
