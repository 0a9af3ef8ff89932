//! Duration of stay: flows counted with one minimum stay turned into flows with another.
//!
//! `plan` finds, for every figure, the criterion that it was counted by: what its definition states, or what is known of
//! its reporter, direction and year. `convert` multiplies by R(d1) / R(d2) of a model. Figures whose criterion nobody
//! knows stay as they are, under their own definition, and the ledger lists them.

mod convert;
pub mod model;
mod plan;

use serde::Deserialize;

use crate::Error;
use crate::codes::area;
use crate::codes::duration::{Direction, Minimum, Regime, check_overlaps, span};

pub use convert::{convert, convert_groups};
pub use model::{Model, OffGrid, Spec};
pub use plan::{Group, Groups, Known, Line, State, groups, lines};

/// How to convert.
#[derive(Debug)]
pub struct Request {
    /// The minimum stay wanted, in months.
    pub to: Minimum,
    /// The model.
    pub model: Model,
    /// Between the months of a table.
    pub off_grid: OffGrid,
    /// The caller's own criteria, which come before those that are known.
    pub own: Vec<Regime>,
    /// Whether a figure without a known criterion is an error.
    pub refuse_unknown: bool,
    /// Whether net migration, to which no multiplier applies, stays as it is; else it is an error.
    pub keep_net: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    to: f64,
    model: Spec,
    off_grid: String,
    own: Vec<Rule>,
    unknown: String,
}

/// One of the caller's own criteria.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    reporter: String,
    direction: String,
    publisher: String,
    minimum: String,
    from: String,
    to: String,
}

impl Rule {
    /// As rules: for both directions where none is named.
    fn regimes(self, row: usize) -> Result<Vec<Regime>, Error> {
        let placed = |error: Error| match error {
            Error::Code(why) => Error::Code(format!("criteria, row {row}: {why}")),
            error => error,
        };
        if area::get(&self.reporter).is_none() {
            return Err(Error::Code(format!(
                "criteria, row {row}: {:?} is no code of an area: ask areas.resolve({:?})",
                self.reporter, self.reporter
            )));
        }
        let minimum = self.minimum.parse().map_err(placed)?;
        let period = span(&self.from, &self.to).map_err(placed)?;
        let publisher = match self.publisher.as_str() {
            "" => None,
            name => Some(name.parse().map_err(placed)?),
        };
        let directions = if self.direction.is_empty() {
            vec![Direction::Immigration, Direction::Emigration]
        } else {
            vec![self.direction.parse().map_err(placed)?]
        };
        let regime = |direction| Regime {
            reporter: self.reporter.clone(),
            direction,
            publisher,
            period,
            minimum,
            stay: String::new(),
            window: None,
            source: "the caller's criteria".to_owned(),
        };
        Ok(directions.into_iter().map(regime).collect())
    }
}

impl Request {
    /// Reads a request of JSON.
    ///
    /// # Errors
    /// [`Error::Schema`] or [`Error::Code`] naming what cannot be.
    pub fn from_json(text: &str) -> Result<Request, Error> {
        let given: Given = serde_json::from_str(text).map_err(|e| Error::Schema(format!("durations: {e}")))?;
        let to: Minimum = given.to.to_string().parse()?;
        let rules = given.own.into_iter().enumerate().map(|(row, rule)| rule.regimes(row));
        let own: Vec<Regime> = rules.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        check_overlaps(&own)?;
        let refuse_unknown = match given.unknown.as_str() {
            "keep" => false,
            "raise" => true,
            other => return Err(Error::Schema(format!("unknown={other:?}: expected \"keep\" or \"raise\""))),
        };
        let model: Model = given.model.try_into()?;
        // Before any figure is looked at: a model that has no multiplier for the wanted stay converts nothing.
        model.to_year(to, given.off_grid.parse()?)?;
        Ok(Request { to, model, off_grid: given.off_grid.parse()?, own, refuse_unknown, keep_net: false })
    }
}

#[cfg(test)]
mod tests;
