//! Figures of origins or destinations that nobody named, divided among those that were.
//!
//! What was observed stays as it is: what is divided becomes figures of its own, each a share of the printed one.

mod own;
mod request;
mod size;

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{UInt16Type, UInt32Type};
use rustc_hash::FxHashMap;

use super::apportion::{Step, apportion, shares as normalised};
use super::cells::{self, value, what};
use super::rows::{How, Made, Work};
use crate::Error;
use crate::codes::area::groups::{self, Group, Placement};
use crate::codes::area::{self, Kind};
use crate::codes::period;
use crate::exact::ExactSum;
use crate::ledger::Severity;
use crate::observation::{Observations, PRESENCE};
use request::Place;

pub use request::{By, Request, To, Weight};
pub use size::{Size, residuals};

/// Leaves of one cell: the residuals, and the areas that are named with what they count.
#[derive(Default)]
struct Cell {
    residuals: Vec<u32>,
    named: FxHashMap<&'static str, ExactSum>,
}

/// Residual figures divided among areas; what cannot be divided stays, and the ledger says why.
///
/// # Errors
/// [`Error::Schema`] for a table without the dimension, and for figures that are no whole numbers where parts are to be.
pub fn allocate(observations: &Observations, request: &Request) -> Result<Observations, Error> {
    let name = request.dimension;
    let Some((keys, codes)) = observations.codes(name) else {
        return Err(Error::Schema(format!("the table has no {name}: it is not broken down by it")));
    };
    let nulls = observations.figures()[name].nulls();
    let residual: Vec<bool> = codes.iter().map(|code| request.residuals.iter().any(|one| one == code)).collect();
    let named: Vec<Option<&'static str>> = codes
        .iter()
        .map(|code| {
            let found = area::get(code).filter(|area| matches!(area.kind, Kind::Country | Kind::Former));
            found.map(|area| area.code)
        })
        .collect();
    let wanted = |row: &u32| {
        let row = *row as usize;
        let key = keys[row] as usize;
        let blank = nulls.is_some_and(|nulls| nulls.is_null(row));
        !blank && observations.leaves().value(row) && (residual[key] || named[key].is_some())
    };
    let rows: Vec<u32> = (0..observations.len() as u32).filter(wanted).collect();
    let (cell, count) = cells::number(observations, &rows, &[name], &[]);
    let mut found: Vec<Cell> = Vec::new();
    found.resize_with(count, Cell::default);
    let mut counted = own::Counted::default();
    for (row, cell) in rows.iter().zip(cell) {
        let cell = &mut found[cell as usize];
        let at = *row as usize;
        match named[keys[at] as usize] {
            None => cell.residuals.push(*row),
            Some(code) => {
                if let Some(value) = value(observations, at) {
                    cell.named.entry(code).or_default().add(value);
                    if value > 0.0 && observations.code(own::partner_of(name), at) == Some(code) {
                        counted.insert((observations.definition_keys()[at], code));
                    }
                }
            }
        }
    }
    placed(observations, request, found.iter().flat_map(|cell| &cell.residuals))?;
    let mut work = Work::default();
    let how = match &request.by {
        By::Keep => "kept",
        By::Figures => "in proportion to the areas named",
        By::Weights(_) => "by propensities",
    };
    let reason = work.reason(&format!("residuals of {name} allocated {how}"));
    for cell in &found {
        for row in &cell.residuals {
            one(observations, request, (cell, &counted), *row, reason, &mut work)?;
        }
    }
    size::weigh(observations, &rows, &|row| residual[keys[row] as usize], name, &mut work);
    work.finish(observations, "reconcile.allocate_residuals")
}

/// Refuses a place that no residual stands in: it is a slip.
fn placed<'a>(
    observations: &Observations,
    request: &Request,
    residuals: impl Iterator<Item = &'a u32>,
) -> Result<(), Error> {
    let mut open: Vec<&Place> = request.within.iter().map(|(place, _)| place).collect();
    open.retain(|place| matches!(place, Place::Row(_) | Place::Column(_)));
    if open.is_empty() {
        return Ok(());
    }
    for row in residuals {
        let place = |name, known| cell_of(observations.figures(), name, *row) == Some(known);
        open.retain(|one| match one {
            Place::Row(at) => !place("row", *at),
            Place::Column(at) => !place("column", *at),
            _ => false,
        });
    }
    match open.first() {
        Some(Place::Row(at)) => Err(Error::Schema(format!("within: no residual stands in row {at}, counted from 0"))),
        Some(Place::Column(at)) => {
            Err(Error::Schema(format!("within: no residual stands in column {at}, counted from 0")))
        }
        _ => Ok(()),
    }
}

fn one(
    observations: &Observations,
    request: &Request,
    (cell, counted): (&Cell, &own::Counted),
    row: u32,
    reason: usize,
    work: &mut Work,
) -> Result<(), Error> {
    let (at, name) = (row as usize, request.dimension);
    let code = observations.code(name, at).unwrap_or_default();
    let stay = |work: &mut Work, why: &str| {
        work.find(observations, Severity::Warning, &format!("{name} {code} kept: {why}"), row);
    };
    if matches!(request.by, By::Keep) {
        return Ok(());
    }
    let definition = &observations.definitions()[observations.definition_keys()[at] as usize];
    if definition.is_ratio() {
        stay(work, "a ratio is never divided");
        return Ok(());
    }
    if definition.get("measure") == Some("net") {
        stay(work, "net migration is divided by its inflow and its outflow");
        return Ok(());
    }
    let Some(figure) = value(observations, at) else {
        stay(work, "without a value");
        return Ok(());
    };
    let group = group_of(observations, request, row, code)?;
    let end = own::partner_of(name);
    let partner = observations.code(end, at).unwrap_or_default();
    let year = period::start_year(cells::period(observations, at));
    let mut weights = weights(request, cell, partner);
    let held = |group: &Group, area: &str| groups::contains(group, area, Some(year)) == Placement::Inside;
    weights.retain(|(area, _)| group.is_none_or(|group| held(group, area)));
    if let Some(place) = weights.iter().position(|(area, _)| *area == partner) {
        let named = counted.contains(&(observations.definition_keys()[at], partner));
        let says = match own::barred(definition, name, code, named) {
            Some(why) => {
                weights.remove(place);
                Some(format!("{name} {code}: nothing goes to the {end} itself: {why}"))
            }
            None => own::admitted(definition, named)
                .map(|why| format!("{name} {code}: the {end} itself gets a part, for {why}")),
        };
        says.iter().for_each(|says| work.find(observations, Severity::Assumption, says, row));
    }
    if weights.is_empty() {
        let of = group.map_or(String::new(), |group| format!(" of {}", group.code));
        stay(work, &format!("no area{of} beside it to allocate it to"));
        return Ok(());
    }
    let numbers: Vec<f64> = weights.iter().map(|(_, weight)| *weight).collect();
    let step = if request.integers { Step::One } else { Step::LastBit };
    let Some(amounts) = apportion(figure, &numbers, step) else {
        return Err(Error::Schema(format!(
            "row {at} ({}): {figure} is no whole number, so its parts cannot be; leave integers=False",
            what(observations, at)
        )));
    };
    let shares = normalised(&numbers).unwrap_or_default();
    let note: Arc<str> = match (&request.by, group) {
        (By::Weights(_), _) => format!("part of {code}, by propensities").into(),
        (_, Some(group)) => format!("part of {code} within {}", group.code).into(),
        (_, None) => format!("part of {code}").into(),
    };
    let presence = observations.code("presence", at).unwrap_or_default();
    let presence = PRESENCE.into_iter().find(|known| *known == presence).unwrap_or("value");
    let made = weights.iter().zip(amounts.into_iter().zip(shares)).map(|((area, _), (amount, share))| Made {
        from: row,
        of: vec![row],
        areas: vec![(name, area)],
        value: Some(amount),
        bounds: None,
        share: if figure == 0.0 { share } else { amount / figure },
        leaf: true,
        presence,
        how: How::Part,
        note: Some(note.clone()),
        reason,
    });
    work.replace(&[row], reason, made);
    Ok(())
}

/// The areas that may get something, by what, in the order of their codes, so that ties do not depend on that of the rows.
fn weights(request: &Request, cell: &Cell, partner: &str) -> Vec<(&'static str, f64)> {
    let mut weights: Vec<(&'static str, f64)> = match &request.by {
        By::Keep => Vec::new(),
        By::Figures => cell.named.iter().map(|(area, sum)| (*area, sum.value())).collect(),
        By::Weights(given) => {
            let own = given.iter().any(|one| one.partner.as_deref() == Some(partner));
            let mine = given.iter().filter(|one| one.partner.as_deref() == own.then_some(partner));
            let named = |area: &str| cell.named.contains_key(area);
            let meant = |area: &str| match request.to {
                To::Any => true,
                To::Named => named(area),
                To::Unnamed => !named(area),
            };
            let known = mine.filter_map(|one| Some((area::get(&one.area)?.code, one.weight)));
            known.filter(|(area, _)| meant(area)).collect()
        }
    };
    weights.retain(|(_, weight)| *weight > 0.0);
    weights.sort_unstable_by_key(|(area, _)| *area);
    weights
}

/// The group that a residual is of, where the caller says it.
///
/// # Errors
/// [`Error::Schema`] where its row says one and its column another.
fn group_of(
    observations: &Observations,
    request: &Request,
    row: u32,
    code: &str,
) -> Result<Option<&'static Group>, Error> {
    let figures = observations.figures();
    let sheet_row = cell_of(figures, "row", row);
    let sheet_column = cell_of(figures, "column", row);
    let mine = |place: &Place| match place {
        Place::All => true,
        Place::Code(known) => known == code,
        Place::Row(at) => sheet_row == Some(*at),
        Place::Column(at) => sheet_column == Some(*at),
    };
    // A cell says more than a code, and a code more than nothing.
    let rank = |place: &Place| match place {
        Place::All => 0,
        Place::Code(_) => 1,
        Place::Row(_) | Place::Column(_) => 2,
    };
    let fitting = || request.within.iter().filter(|(place, _)| mine(place));
    let Some((place, group)) = fitting().max_by_key(|(place, _)| rank(place)) else { return Ok(None) };
    let other = fitting().find(|(other, held)| rank(other) == rank(place) && held.code != group.code);
    if let (Some((_, other)), Some(sheet_row), Some(sheet_column)) = (other, sheet_row, sheet_column) {
        return Err(Error::Schema(format!(
            "within: the residual in row {sheet_row} and column {sheet_column} is of {} by the one and of {} by the other",
            other.code, group.code
        )));
    }
    Ok(Some(*group))
}

fn cell_of(figures: &RecordBatch, name: &str, row: u32) -> Option<u32> {
    let column = figures.column_by_name(name)?;
    let row = row as usize;
    if column.is_null(row) {
        return None;
    }
    match name {
        "row" => Some(column.as_primitive::<UInt32Type>().value(row)),
        _ => Some(u32::from(column.as_primitive::<UInt16Type>().value(row))),
    }
}
