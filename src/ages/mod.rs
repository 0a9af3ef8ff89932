//! Observations in other age groups, or by another age definition.
//!
//! A population is the leaves that differ in nothing but age. What has no bounds (all ages, unknown age) and what is no
//! leaf (printed totals) stays as it is.

mod account;
mod figures;
mod populations;

use std::str::FromStr;

use crate::Error;
use crate::definition::Definition;
use crate::ledger::Step;
use crate::observation::{Observations, tally_leaves};
use crate::regroup::{AgeDefinition, Edges, Method, Nest, Options, Plan, Shift, Wanted};
use crate::watch::Watch;
use populations::Populations;

/// What is to be done.
pub enum How {
    /// Into these groups.
    Regroup(Wanted),
    /// To this age definition, from the one that the caller says where a definition says none.
    Shift(AgeDefinition, Option<AgeDefinition>),
}

/// What becomes of a population that cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is an error.
    Raise,
    /// It is set aside, with the reason.
    SetAside,
}

impl FromStr for Unfit {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "raise" => Ok(Self::Raise),
            "set_aside" => Ok(Self::SetAside),
            _ => Err(Error::Schema(format!("unfit={name:?}: expected 'raise' or 'set_aside'"))),
        }
    }
}

/// All that the caller says.
pub struct Request {
    /// What is to be done.
    pub how: How,
    /// How groups are split that do not nest.
    pub method: Method,
    /// What is only for some methods.
    pub options: Options,
    /// What becomes of a population that cannot be done.
    pub unfit: Unfit,
}

impl Request {
    fn operation(&self) -> &'static str {
        match self.how {
            How::Regroup(_) => "ages.regroup",
            How::Shift(..) => "ages.shift",
        }
    }
}

/// Either way of going from the groups of a population to others.
enum Way {
    Regroup(Plan, Edges),
    Shift(Shift, Nest),
}

impl Way {
    fn new(source: &Edges, request: &Request) -> Result<Self, Error> {
        match &request.how {
            How::Regroup(wanted) => {
                let target = wanted.edges(source, request.options.open_to);
                Ok(Self::Regroup(Plan::new(source, &target, request.method, request.options)?, target))
            }
            How::Shift(to, _) => {
                let shift = Shift::new(source, *to, request.method, request.options)?;
                let all = (0..source.len(), 0..shift.targets().len());
                Ok(Self::Shift(shift, all))
            }
        }
    }

    fn targets(&self) -> &Edges {
        match self {
            Self::Regroup(_, targets) => targets,
            Self::Shift(shift, _) => shift.targets(),
        }
    }

    fn nests(&self) -> &[Nest] {
        match self {
            Self::Regroup(plan, _) => plan.nests(),
            Self::Shift(_, all) => std::slice::from_ref(all),
        }
    }

    /// Are the groups of a nest only added up?
    fn adds(&self, nest: &Nest) -> bool {
        match self {
            Self::Regroup(plan, _) => nest.1.len() == 1 && plan.exact()[nest.1.start],
            Self::Shift(..) => false,
        }
    }

    fn counts_only(&self) -> Option<&'static str> {
        match self {
            Self::Regroup(plan, _) => plan.counts_only(),
            Self::Shift(shift, _) => shift.counts_only(),
        }
    }

    fn apply(&self, values: &[f64], made: &mut [f64], watch: &Watch) -> Result<Vec<bool>, Error> {
        match self {
            Self::Regroup(plan, _) => plan.apply(values, made, watch),
            Self::Shift(shift, _) => shift.apply(values, made, watch),
        }
    }
}

/// A nest of one population: figures that are replaced by others.
struct Change {
    /// The rows replaced, youngest first.
    rows: Vec<u32>,
    /// The new groups and their figures; NaN where there is none.
    made: Vec<(u16, Option<u16>, f64)>,
    /// Where the population begins, and the first of its new groups in it.
    place: (u32, u32),
    adds: bool,
    fell_back: bool,
}

/// What was done with the populations.
#[derive(Default)]
struct Done {
    changes: Vec<Change>,
    /// Rows that stay, with a place among the new ones.
    moved: Vec<(u32, (u32, u32))>,
    /// Rows of populations that cannot be done, and why.
    unfit: Vec<(Vec<u32>, String)>,
}

/// Observations in other age groups, or by another age definition.
///
/// # Errors
/// [`Error::Definition`] for ratios, and for definitions that say no age definition where it matters; [`Error::Schema`]
/// for populations that cannot be done, unless they are to be set aside.
pub fn change(observations: &Observations, request: &Request, watch: &Watch) -> Result<Observations, Error> {
    let wanted = wanted(observations, request)?;
    let populations = Populations::new(observations, &wanted)?;
    let done = work(observations, &populations, request, watch)?;
    let figures = figures::figures(observations, &done, request)?;
    let (definitions, figures, keys) = defined(observations, figures, &wanted, request)?;
    let out = tally_leaves(&figures, definitions.len());
    let accounts = account::accounts(observations, &done, request, &keys, &out);
    let findings = account::findings(observations, &done, request);
    let mut ledger = observations.ledger().clone();
    ledger.steps.push(Step { operation: request.operation().to_owned(), accounts, findings });
    Observations::made(definitions, figures, ledger)
}

/// Which definitions are concerned.
fn wanted(observations: &Observations, request: &Request) -> Result<Vec<bool>, Error> {
    let by_age = populations::by_age(observations);
    let decide = |(key, definition): (usize, &Definition)| {
        if !by_age[key] {
            return Ok(false);
        }
        if definition.is_ratio() {
            return Err(Error::Definition(format!(
                "definition {key} ({}): {} is a ratio, which is never added or split; take the counts, or leave it out \
                 with where(definition=...)",
                definition.title(),
                definition.unit()
            )));
        }
        let How::Shift(to, given) = request.how else { return Ok(true) };
        let stated = definition.get("age_definition");
        match stated.map_or(given, AgeDefinition::read) {
            Some(now) => Ok(now != to),
            None => Err(Error::Definition(match stated {
                None => format!(
                    "definition {key} ({}) states no age_definition; say by given='completed' or given='reached' which \
                     ages its figures are by",
                    definition.title()
                ),
                Some(stated) => format!(
                    "definition {key} ({}): age_definition {stated:?} is neither 'completed' nor 'reached'",
                    definition.title()
                ),
            })),
        }
    };
    observations.definitions().iter().enumerate().map(decide).collect()
}

fn work(
    observations: &Observations,
    populations: &Populations,
    request: &Request,
    watch: &Watch,
) -> Result<Done, Error> {
    let mut done = Done::default();
    let values = observations.values();
    let value = |row: u32| if observations.has_value(row as usize) { values.value(row as usize) } else { f64::NAN };
    for (bounds, members) in &populations.patterns {
        let way = Edges::new("ages", bounds).and_then(|source| Way::new(&source, request));
        let mut fit: Vec<&[u32]> = Vec::with_capacity(members.len());
        for member in members {
            let rows = populations.rows(*member);
            let below = |way: &Way| {
                let method = way.counts_only()?;
                let row = rows.iter().find(|row| value(**row) < 0.0)?;
                Some(format!(
                    "{} is below zero, and {method} splits counts; for net figures take uniform, sprague or beers",
                    value(*row)
                ))
            };
            let why = match &way {
                Ok(way) => below(way),
                Err(Error::Schema(why)) => Some(why.clone()),
                Err(other) => return Err(Error::Internal(other.to_string())),
            };
            match (why, request.unfit) {
                (None, _) => fit.push(rows),
                (Some(why), Unfit::SetAside) => done.unfit.push((rows.to_vec(), why)),
                (Some(why), Unfit::Raise) => {
                    return Err(Error::Schema(format!(
                        "row {} ({}): {why}; or set such figures aside with unfit=\"set_aside\"",
                        rows[0],
                        populations::what(observations, rows[0] as usize)
                    )));
                }
            }
        }
        let Ok(way) = way else { continue };
        let matrix: Vec<f64> = fit.iter().flat_map(|rows| rows.iter().map(|row| value(*row))).collect();
        let targets = way.targets().bounds();
        let mut made = vec![0.0; fit.len() * targets.len()];
        let fell_back = way.apply(&matrix, &mut made, watch)?;
        for ((rows, made), fell_back) in fit.iter().zip(made.chunks_exact(targets.len())).zip(fell_back) {
            let first = rows.iter().copied().min().unwrap_or_default();
            for nest in way.nests() {
                let (sources, into) = (&rows[nest.0.clone()], nest.1.clone());
                let place = (first, into.start as u32 + 1);
                let adds = way.adds(nest);
                if adds && sources.len() == 1 {
                    done.moved.push((sources[0], place));
                    continue;
                }
                let made = into.map(|at| (targets[at].0, targets[at].1, made[at])).collect();
                done.changes.push(Change { rows: sources.to_vec(), made, place, adds, fell_back: fell_back && !adds });
            }
        }
    }
    Ok(done)
}

/// The new definitions, the figures with their keys, and the new keys of each old definition.
fn defined(
    observations: &Observations,
    figures: arrow::array::RecordBatch,
    wanted: &[bool],
    request: &Request,
) -> Result<(Vec<Definition>, arrow::array::RecordBatch, Vec<Vec<i32>>), Error> {
    let mut definitions = observations.definitions().to_vec();
    let mut keys: Vec<Vec<i32>> = (0..definitions.len() as i32).map(|key| vec![key]).collect();
    let How::Shift(to, _) = request.how else { return Ok((definitions, figures, keys)) };
    // Printed totals of some ages are not shifted, and keep the definition that they have.
    let left = figures::printed_by_age(&figures)?;
    let mut of: Vec<i32> = figures::keys(&figures).to_vec();
    for (key, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
        let old = definitions[key].clone();
        let said = format!("age definition shifted from {} to {}", to.other().name(), to.name());
        let criteria = old.get("criteria").map_or_else(|| said.clone(), |known| format!("{known}; {said}"));
        definitions[key].set("criteria", &criteria);
        definitions[key].set("age_definition", to.name());
        let stay: Vec<usize> = (0..of.len()).filter(|row| left[*row] && of[*row] == key as i32).collect();
        if !stay.is_empty() {
            let new = definitions.len() as i32;
            definitions.push(old);
            keys[key].push(new);
            stay.into_iter().for_each(|row| of[row] = new);
        }
    }
    let figures = crate::observation::with_definitions(&figures, of)?;
    Ok((definitions, figures, keys))
}

#[cfg(test)]
mod tests;
