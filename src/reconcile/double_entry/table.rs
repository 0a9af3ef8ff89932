//! The table of pairs, read and fitted.

use arrow::array::{Array, RecordBatch};
use arrow::buffer::ScalarBuffer;

use super::check::check_rows;
use super::decisions::decided;
use super::groups::Groups;
use super::read::{Labels, areas, column, figures, truths};
use super::refuse::Names;
use super::regimes::{Reporter, Reporters, reporters};
use super::request::{Regimes, Request};
use super::time::Time;
use super::{Cell, Decision, Group, Normalise, Options, fit};
use crate::Error;
use crate::error::near;
use crate::watch::Watch;

/// What keeps a row with both reports out of the fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing.
    Both,
    /// There is no report.
    Neither,
    /// Only the destination reports.
    InflowOnly,
    /// Only the origin reports.
    OutflowOnly,
    /// Origin and destination are one.
    Within,
    /// The caller's table says that the reports cannot be compared.
    NotComparable,
    /// By decision.
    Excluded,
    /// Its weight is 0 or missing.
    NoWeight,
}

/// Pairs as they were read, and their factors.
pub struct Fitted {
    /// What was asked.
    pub request: Request,
    /// Areas, in order.
    pub areas: Vec<String>,
    /// What the destination reports; NaN where it does not.
    pub inflow: ScalarBuffer<f64>,
    /// What the origin reports.
    pub outflow: ScalarBuffer<f64>,
    /// Receiving reporters, and which of them each row is of.
    pub receiving: Reporters,
    /// Sending reporters.
    pub sending: Reporters,
    /// Which pairs are fitted together.
    pub group: Groups,
    /// What keeps each row out of the fit.
    pub state: Vec<State>,
    /// The decision on each row, where there are decisions.
    pub decided: Vec<Option<Decision>>,
    /// What was found, by group.
    pub groups: Vec<Group>,
}

impl Fitted {
    /// Reads a table of pairs and fits it.
    ///
    /// # Errors
    /// [`Error::Schema`] naming column, row and what to do.
    pub fn new(batch: &RecordBatch, request: Request, watch: &Watch) -> Result<Fitted, Error> {
        let columns = &request.columns;
        for (argument, name) in columns.all() {
            column(batch, argument, name)?;
        }
        let mut read = Labels::new(batch);
        let (areas, [origin, destination]) = areas(&mut read, [&columns.origin, &columns.destination])?;
        let inflow = figures(batch, "inflow", &columns.inflow)?;
        let outflow = figures(batch, "outflow", &columns.outflow)?;
        let time = columns.time.iter().map(|name| read.get("year", name)).collect::<Result<Vec<_>, _>>()?;
        let time = Time::new(&time);
        check_rows(&mut read, &request, &areas, [&origin, &destination])?;
        let group = Groups::new(&mut read, origin.len(), &columns.per)?;
        let decided = decided(&request, &areas, [&origin, &destination], time.as_ref())?;
        let definitions = match (&columns.definitions, &request.regimes) {
            (Some([to, from]), Regimes::Definitions) => Some([read.get("regimes", to)?, read.get("regimes", from)?]),
            _ => None,
        };
        let weights = columns.weights.as_ref().map(|name| figures(batch, "weights", name)).transpose()?;
        let comparable = columns.comparable.as_ref().map(|name| truths(batch, name)).transpose()?;
        let state = (0..inflow.len()).map(|row| match (inflow[row].is_nan(), outflow[row].is_nan()) {
            _ if origin[row] == destination[row] => State::Within,
            (true, true) => State::Neither,
            (false, true) => State::InflowOnly,
            (true, false) => State::OutflowOnly,
            _ if comparable.as_ref().is_some_and(|all| !all.is_null(row) && !all.value(row)) => State::NotComparable,
            _ if decided.get(row) == Some(&Some(Decision::Exclude)) => State::Excluded,
            _ if weights.as_ref().is_some_and(|all| all[row].is_nan() || all[row] == 0.0) => State::NoWeight,
            _ => State::Both,
        });
        let state: Vec<State> = state.collect();
        let side = |own: Vec<u32>, is_inflow: bool| {
            let definitions = definitions.as_ref().map(|both| &*both[usize::from(!is_inflow)]);
            let reported = |row: usize| !if is_inflow { &inflow } else { &outflow }[row].is_nan();
            reporters(&request.regimes, &areas, own, is_inflow, time.as_ref(), definitions, &reported)
        };
        let (receiving, sending) = (side(destination, true)?, side(origin, false)?);
        let mut fitted =
            Fitted { areas, inflow, outflow, receiving, sending, group, state, decided, groups: Vec::new(), request };
        fitted.groups = fitted.fit(weights.as_deref(), watch)?;
        Ok(fitted)
    }

    fn fit(&self, weights: Option<&[f64]>, watch: &Watch) -> Result<Vec<Group>, Error> {
        let names = Names {
            receiving: self.receiving.all.iter().map(|one| self.called(one)).collect(),
            sending: self.sending.all.iter().map(|one| self.called(one)).collect(),
            groups: self.group.names.clone(),
        };
        let options = Options {
            method: self.request.method()?,
            normalise: self.normalise()?,
            bounds: self.request.bounds,
            leave_out: self.request.leave_out,
        };
        let cell = |row: usize| {
            let (inflow, outflow) = (self.inflow[row], self.outflow[row]);
            let weight = match weights {
                Some(weights) => weights[row],
                // Two zeros are in no fit.
                None if self.request.relative && inflow + outflow > 0.0 => 1.0 / (inflow + outflow),
                None => 1.0,
            };
            Cell { receiving: self.receiving.of[row], sending: self.sending.of[row], inflow, outflow, weight }
        };
        let rows = self.group.rows();
        let cells = |group: usize| {
            let mut cells = Vec::with_capacity(rows.of(group).len());
            cells.extend(rows.of(group).filter(|row| self.state[*row] == State::Both).map(cell));
            cells
        };
        fit(self.group.first.len(), cells, &names, &options, watch)
    }

    /// What a reporter is called.
    pub fn called(&self, reporter: &Reporter) -> String {
        let area = &self.areas[reporter.area as usize];
        reporter.regime.as_ref().map_or_else(|| area.clone(), |regime| format!("{area} ({regime})"))
    }

    fn normalise(&self) -> Result<Normalise, Error> {
        if self.request.references.is_empty() {
            return Ok(Normalise::Sum);
        }
        let mut found = Vec::with_capacity(self.request.references.len());
        for (code, regime) in &self.request.references {
            let mine = |(_, one): &(usize, &Reporter)| self.areas[one.area as usize] == *code;
            let all: Vec<(usize, &Reporter)> = self.receiving.all.iter().enumerate().filter(mine).collect();
            let meant: Vec<&(usize, &Reporter)> =
                all.iter().filter(|(_, one)| regime.is_none() || one.regime == *regime).collect();
            let regimes: Vec<&str> = all.iter().filter_map(|(_, one)| one.regime.as_deref()).collect();
            match meant[..] {
                [(at, _)] => found.push(*at as u32),
                _ if all.is_empty() => {
                    let names: Vec<&str> = self.areas.iter().map(String::as_str).collect();
                    return Err(Error::Schema(format!(
                        "reference={code:?}: no pair has it as its destination{}",
                        near(code, &names)
                    )));
                }
                _ => {
                    let first = regimes.first().copied().unwrap_or_default();
                    return Err(Error::Schema(format!(
                        "reference={code:?}: its inflow has {} regimes: {}; say which, such as reference=({code:?}, \
                         {first:?})",
                        regimes.len(),
                        regimes.join(", ")
                    )));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(Normalise::Reference(found))
    }
}
