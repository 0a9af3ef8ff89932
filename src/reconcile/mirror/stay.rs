//! The minimum stay that figures were counted by, and what they were multiplied by.

use rustc_hash::FxHashMap;

use crate::Error;
use crate::codes::duration::Minimum;
use crate::definition::Definition;
use crate::durations::{Groups, Known, Model, OffGrid, Request, State, groups};
use crate::observation::Observations;

/// What is known of the minimum stay of figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Stay {
    /// Of the figures as they are compared; none where nobody knows.
    pub minimum: Option<Minimum>,
    /// As printed, where the figures were converted.
    pub from: Option<Minimum>,
    /// Is it known by a rule of the reporter, and not stated by the definition?
    pub by_rule: bool,
    /// What the figures were multiplied by.
    pub multiplier: f64,
    /// Why nothing is known, or what was assumed.
    pub note: String,
}

/// The distinct stays, and the one of every row.
pub struct Stays {
    /// The stays.
    pub all: Vec<Stay>,
    /// Of every row.
    pub of: Vec<u32>,
    /// The model that converted figures, in words.
    pub model: String,
}

/// Looks up the minimum stay of all figures. Nothing is converted here.
///
/// # Errors
/// As [`crate::durations::convert()`], where figures are to be converted.
pub fn stays(observations: &Observations, request: Option<&Request>) -> Result<(Stays, Option<Groups>), Error> {
    let flow = |one: &Definition| matches!(one.get("measure"), Some("inflow" | "outflow"));
    let definitions = observations.definitions();
    let flows = observations.definition_keys().iter().any(|key| flow(&definitions[*key as usize]));
    if request.is_none() && !flows {
        let (all, of) = distinct(definitions.iter().map(stated));
        let of = observations.definition_keys().iter().map(|key| of[*key as usize]).collect();
        return Ok((Stays { all, of, model: String::new() }, None));
    }
    let looking;
    let wanted = match request {
        Some(request) => request,
        None => {
            looking = only_looking()?;
            &looking
        }
    };
    let found = groups(observations, wanted)?;
    let each = found.groups.iter().map(|group| {
        let Some((minimum, known)) = &group.minimum else {
            return Stay { note: group.why.clone(), ..stated(&definitions[group.definition]) };
        };
        let converted = request.is_some() && group.state == State::Converted;
        Stay {
            minimum: Some(if converted { wanted.to } else { *minimum }),
            from: converted.then_some(*minimum),
            by_rule: matches!(known, Known::Rule { .. }),
            multiplier: if converted { group.multiplier } else { 1.0 },
            note: group.assumed.clone(),
        }
    });
    let (all, of) = distinct(each);
    let of = found.of.iter().map(|group| of[*group as usize]).collect();
    let model = wanted.model.name();
    Ok((Stays { all, of, model }, request.map(|_| found)))
}

/// What a definition states of it by itself.
fn stated(one: &Definition) -> Stay {
    let minimum = one.get("duration_months").and_then(|months| months.parse().ok());
    Stay { minimum, from: None, by_rule: false, multiplier: 1.0, note: String::new() }
}

/// A request that finds every criterion and refuses none.
fn only_looking() -> Result<Request, Error> {
    Ok(Request {
        to: Minimum::Months(12.0),
        model: Model::own(vec![(0.0, 1.0), (f64::MAX, 1.0)], Some(1.0))?,
        off_grid: OffGrid::Linear,
        own: Vec::new(),
        refuse_unknown: false,
        keep_net: true,
    })
}

/// Distinct stays in order of appearance, and for each given the number of its equal.
fn distinct(each: impl Iterator<Item = Stay>) -> (Vec<Stay>, Vec<u32>) {
    let mut all: Vec<Stay> = Vec::new();
    let mut seen: FxHashMap<String, u32> = FxHashMap::default();
    let of = each.map(|stay| {
        *seen.entry(format!("{stay:?}")).or_insert_with(|| {
            all.push(stay);
            all.len() as u32 - 1
        })
    });
    let of = of.collect();
    (all, of)
}
