//! How good figures are: rules that look at observations and say what they saw, and the counts that indicators are made of.
//!
//! A rule never changes a figure. It gives *hits*: a cell, what was found and what was expected, how many figures and how much
//! of their value is concerned, and how grave it is. Only hits that are listed are put into words. The rules share an
//! [`index::Index`] of all series, which is made once. `revisions` compares two editions of one publication.

mod benchmark;
mod coverage;
mod findings;
pub mod index;
mod reporters;
pub mod revisions;
pub mod rules;
mod scan;
mod series;
mod wanted;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::Error;
use crate::error::near;

pub use benchmark::parts as benchmark_parts;
pub use coverage::{counts, latest, parts};
pub use findings::{Findings, described, run};
pub use rules::RULES;
pub use scan::Scan;
pub use series::comparable;
pub use wanted::{Wanted, wanted};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Figures contradict each other or themselves.
    Error,
    /// Probably wrong: somebody should look.
    Warning,
    /// To be known before the figures are used.
    Note,
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }

    /// The severity of a name.
    ///
    /// # Errors
    /// [`Error::Schema`] naming those that there are.
    pub fn parse(name: &str) -> Result<Severity, Error> {
        [Severity::Error, Severity::Warning, Severity::Note]
            .into_iter()
            .find(|one| one.name() == name)
            .ok_or_else(|| Error::Schema(format!("severity {name:?} is not one of error, warning, note")))
    }
}

/// A number that a rule goes by.
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What it is unless said otherwise.
    pub default: f64,
    /// What it decides.
    pub about: &'static str,
}

/// One rule: what it looks for, by which method, and how.
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What of quality it is about.
    pub family: &'static str,
    /// The gravest that it finds.
    pub severity: Severity,
    /// What it checks, in a sentence.
    pub checks: &'static str,
    /// Where the method comes from.
    pub source: &'static str,
    /// The numbers that it goes by.
    pub settings: &'static [Setting],
    /// Looks at all figures.
    pub scan: fn(&Scan, &Options<'_>) -> Result<Outcome, Error>,
    /// Puts one hit into words.
    pub say: fn(&Scan, &Hit) -> String,
}

/// No row.
pub const NOBODY: u32 = u32::MAX;

/// One thing that a rule found.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    /// The row concerned.
    pub row: u32,
    /// Another row that it is set against, or [`NOBODY`].
    pub other: u32,
    /// Figures concerned.
    pub count: u32,
    /// Which of the things that the rule looks for.
    pub kind: u8,
    /// How grave it is.
    pub severity: Severity,
    /// What stands there; NaN where that is no number.
    pub found: f64,
    /// What should; NaN where nobody knows.
    pub expected: f64,
    /// How much of the value is concerned.
    pub value: f64,
}

impl Hit {
    /// A hit on one row.
    pub fn on(row: u32, severity: Severity, found: f64, expected: f64) -> Hit {
        let value = if expected.is_nan() { found.abs() } else { (found - expected).abs() };
        Hit { row, other: NOBODY, count: 1, kind: 0, severity, found, expected, value }
    }

    /// The same, of another kind.
    pub fn kind(self, kind: u8) -> Hit {
        Hit { kind, ..self }
    }

    /// The same, set against another row.
    pub fn against(self, other: u32) -> Hit {
        Hit { other, ..self }
    }

    /// The same, of so many figures.
    pub fn of(self, count: usize) -> Hit {
        Hit { count: count.min(u32::MAX as usize) as u32, ..self }
    }
}

/// What a rule found, and how much it looked at.
#[derive(Default)]
pub struct Outcome {
    /// All that it found, in any order.
    pub hits: Vec<Hit>,
    /// Cells, totals, changes or groups that were checked.
    pub checked: u64,
}

impl Outcome {
    /// What was checked and found in each line.
    fn of(lines: Vec<(u64, Vec<Hit>)>) -> Outcome {
        let checked = lines.iter().map(|(checked, _)| checked).sum();
        Outcome { hits: lines.into_iter().flat_map(|(_, hits)| hits).collect(), checked }
    }
}

/// The numbers that a rule goes by, as far as they were given.
pub struct Options<'a> {
    rule: &'a Rule,
    given: &'a BTreeMap<String, f64>,
}

impl<'a> Options<'a> {
    /// Takes what was given.
    ///
    /// # Errors
    /// [`Error::Schema`] for a number that the rule does not know, with near names.
    pub fn new(rule: &'a Rule, given: &'a BTreeMap<String, f64>) -> Result<Options<'a>, Error> {
        let known: Vec<&str> = rule.settings.iter().map(|one| one.name).collect();
        match given.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(Options { rule, given }),
            Some(name) if known.is_empty() => {
                Err(Error::Schema(format!("rule {:?} has no option {name:?}: it has none but severity", rule.name)))
            }
            Some(name) => Err(Error::Schema(format!(
                "rule {:?} has no option {name:?}{}; it has {}",
                rule.name,
                near(name, &known),
                known.join(", ")
            ))),
        }
    }

    /// The number of a name.
    ///
    /// # Panics
    /// If the rule has no such number.
    pub fn get(&self, name: &str) -> f64 {
        let setting = self.rule.settings.iter().find(|one| one.name == name).expect("a setting of the rule");
        self.given.get(name).copied().unwrap_or(setting.default)
    }
}

/// The rule of a name.
///
/// # Errors
/// [`Error::Schema`] with near names.
pub fn rule(name: &str) -> Result<&'static Rule, Error> {
    RULES.iter().find(|one| one.name == name).ok_or_else(|| {
        let known: Vec<&str> = RULES.iter().map(|one| one.name).collect();
        Error::Schema(format!("there is no rule {name:?}{}; quality.rules() lists them", near(name, &known)))
    })
}
