//! Reporters by the rule that their figures go by: each rule has a factor of its own.

use rustc_hash::FxHashMap;

use super::read::place;
use super::request::{Regimes, Request, Rules};
use super::time::Time;
use crate::Error;
use crate::codes::duration::{Direction, Publisher, criterion, known};
use crate::codes::period;
use crate::column::Coded;
use crate::error::near;

/// A reporter, in one direction and by one rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reporter {
    /// Place of its area among all areas, which are in order.
    pub area: u32,
    /// Place of the rule among its rules.
    order: i32,
    /// The rule in words, if there are several.
    pub regime: Option<String>,
}

/// The reporters of one direction, in order, and which of them each row is of.
pub struct Reporters {
    /// In order of area and rule.
    pub all: Vec<Reporter>,
    /// By row.
    pub of: Vec<u32>,
}

/// What each row of a direction goes by.
pub fn reporters(
    regimes: &Regimes,
    areas: &[String],
    own: Vec<u32>,
    inflow: bool,
    time: Option<&Time>,
    definitions: Option<&Coded>,
    reported: &dyn Fn(usize) -> bool,
) -> Result<Reporters, Error> {
    match regimes {
        Regimes::None => {
            let all = (0..areas.len() as u32).map(|area| Reporter { area, order: 0, regime: None });
            Ok(Reporters { all: all.collect(), of: own })
        }
        Regimes::Definitions => {
            let coded = definitions.ok_or_else(|| Error::Internal("definitions were not read".to_owned()))?;
            if let Some(row) = coded.keys.iter().enumerate().find(|(row, key)| **key < 0 && reported(*row)) {
                let column = if inflow { "inflow_definition" } else { "outflow_definition" };
                let row = row.0;
                return Err(Error::Schema(format!(
                    "column {column:?}, row {row}: the definition of the report is missing"
                )));
            }
            let label = |_: u32, key: i32, _: usize| {
                Ok((0, usize::try_from(key).ok().map(|key| format!("definition {}", coded.labels[key]))))
            };
            intern(&own, &coded.keys, label)
        }
        Regimes::Own(rules) => {
            let starts = starts(rules, areas, inflow)?;
            let time = time.ok_or_else(no_time)?;
            let label = |area: u32, key: i32, row: usize| match starts.get(&area) {
                None => Ok((0, None)),
                Some(starts) => {
                    let year = period::start_year(time.period(key, row)?);
                    let at = starts.partition_point(|start| *start <= year);
                    Ok((at as i32, Some(said(starts, at))))
                }
            };
            intern(&own, time.keys(), label)
        }
        Regimes::Known(publisher) => {
            let publisher: Publisher = publisher.parse()?;
            let direction = if inflow { Direction::Immigration } else { Direction::Emigration };
            let time = time.ok_or_else(no_time)?;
            let label = |area: u32, key: i32, row: usize| {
                let when = time.period(key, row)?;
                let found = criterion(known(), &areas[area as usize], direction, publisher, when);
                Ok(found.map_or((i32::MAX, Some("minimum stay not known".to_owned())), |regime| {
                    // In order of time: a rule that comes back is the same rule.
                    (0, Some(format!("minimum stay {}", regime.minimum)))
                }))
            };
            intern(&own, time.keys(), label)
        }
    }
}

fn no_time() -> Error {
    Error::Schema("regimes= need the year of each pair; name its column by year=".to_owned())
}

/// Years in which new rules begin, by area.
fn starts(rules: &[Rules], areas: &[String], inflow: bool) -> Result<FxHashMap<u32, Vec<i32>>, Error> {
    let mut starts: FxHashMap<u32, Vec<i32>> = FxHashMap::default();
    for one in rules {
        let area = place(areas, &one.reporter).ok_or_else(|| {
            let names: Vec<&str> = areas.iter().map(String::as_str).collect();
            Error::Schema(format!("regimes: no pair has {:?}{}", one.reporter, near(&one.reporter, &names)))
        })?;
        if Request::is_of(one, inflow)? {
            starts.entry(area).or_default().extend(&one.from);
        }
    }
    for years in starts.values_mut() {
        years.sort_unstable();
        years.dedup();
    }
    Ok(starts)
}

/// The years of a rule, in words.
fn said(starts: &[i32], at: usize) -> String {
    match (at.checked_sub(1).map(|before| starts[before]), starts.get(at).map(|next| next - 1)) {
        (None, Some(last)) => format!("until {last}"),
        (Some(first), Some(last)) if first == last => first.to_string(),
        (Some(first), Some(last)) => format!("{first} to {last}"),
        (Some(first), None) => format!("from {first}"),
        (None, None) => "always".to_owned(),
    }
}

/// Numbers reporters in order; a rule is asked for once for each area and key.
fn intern(
    own: &[u32],
    keys: &[i32],
    label: impl Fn(u32, i32, usize) -> Result<(i32, Option<String>), Error>,
) -> Result<Reporters, Error> {
    let mut seen: FxHashMap<(u32, i32), u32> = FxHashMap::default();
    let mut places: FxHashMap<Reporter, u32> = FxHashMap::default();
    let mut met: Vec<Reporter> = Vec::new();
    let mut of = Vec::with_capacity(own.len());
    for (row, pair) in own.iter().copied().zip(keys.iter().copied()).enumerate() {
        let place = match seen.get(&pair) {
            Some(place) => *place,
            None => {
                let (order, regime) = label(pair.0, pair.1, row)?;
                let reporter = Reporter { area: pair.0, order, regime };
                let place = *places.entry(reporter).or_insert_with_key(|reporter| {
                    met.push(reporter.clone());
                    met.len() as u32 - 1
                });
                seen.insert(pair, place);
                place
            }
        };
        of.push(place);
    }
    let mut order: Vec<usize> = (0..met.len()).collect();
    order.sort_unstable_by(|a, b| met[*a].cmp(&met[*b]));
    let mut new = vec![0; met.len()];
    order.iter().enumerate().for_each(|(at, old)| new[*old] = at as u32);
    of.iter_mut().for_each(|place| *place = new[*place as usize]);
    Ok(Reporters { all: order.into_iter().map(|old| met[old].clone()).collect(), of })
}
