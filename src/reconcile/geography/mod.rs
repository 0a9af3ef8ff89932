//! Geography over time: figures of states that have ended and figures of those that stand where they stood.
//!
//! `split` parts a former state's figures by later ones of its successors (`shares`), `merge` adds parts up to a whole,
//! `overlaps` finds where both are counted, and `boundaries` brings a whole table to the boundaries of one year.

mod boundaries;
mod internal;
mod merge;
mod overlaps;
mod shares;
mod split;

use std::str::FromStr;

use serde::Deserialize;

use crate::Error;
use crate::codes::area::{self, Area, Kind};
use crate::codes::period::{self, Period};
use crate::definition::Definition;
use crate::ledger::Severity;
use crate::observation::Observations;
use crate::reconcile::rows::Work;

pub use boundaries::{AsOf, constant};
pub use merge::{Merge, merge};
pub use overlaps::{Overlap, overlaps};
pub use shares::{Line, Shrink, lines};
pub use split::{Split, split};

/// An end of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Where people come from.
    Origin,
    /// Where they go or live.
    Destination,
}

impl Side {
    /// Both ends.
    pub const BOTH: [Side; 2] = [Side::Origin, Side::Destination];

    /// The name of its column.
    pub fn name(self) -> &'static str {
        match self {
            Side::Origin => "origin",
            Side::Destination => "destination",
        }
    }

    /// The other end.
    pub fn other(self) -> Side {
        match self {
            Side::Origin => Side::Destination,
            Side::Destination => Side::Origin,
        }
    }
}

/// What becomes of figures of a whole where its parts have figures of the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Twice {
    /// It is an error.
    Raise,
    /// One of them is set aside: that which is not wanted.
    SetAside,
    /// All stay as they are.
    Keep,
    /// They count different people and are added.
    Add,
}

impl FromStr for Twice {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "raise" => Ok(Self::Raise),
            "set_aside" => Ok(Self::SetAside),
            "keep" => Ok(Self::Keep),
            "add" => Ok(Self::Add),
            _ => Err(Error::Schema(format!("overlap={name:?}: expected 'raise', 'set_aside', 'keep' or 'add'"))),
        }
    }
}

/// Which figures of an area are meant, by when they are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Always,
    /// In years after this one.
    After(i32),
    /// From this year to before that.
    Within(i32, i32),
}

impl When {
    fn holds(self, period: Period) -> bool {
        let year = period::start_year(period);
        match self {
            Self::Always => true,
            Self::After(last) => year > last,
            Self::Within(first, end) => (first..end).contains(&year),
        }
    }
}

/// The area of a code.
pub(super) fn known(code: &str) -> Result<&'static Area, Error> {
    let found = area::get(code).filter(|area| matches!(area.kind, Kind::Country | Kind::Former));
    found.ok_or_else(|| {
        let near = area::resolve::near(code, 3);
        let near: Vec<String> = near.iter().map(|(name, code)| format!("{code} ({name})")).collect();
        let near = if near.is_empty() { String::new() } else { format!("; near it: {}", near.join(", ")) };
        Error::Code(format!("{code:?} is no code of a country or former state: ask areas.resolve({code:?}){near}"))
    })
}

/// All that came after a state, successors of successors too; each once.
pub(super) fn line(code: &str) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    let mut next: Vec<&'static str> = area::successors(code).to_vec();
    while let Some(one) = next.pop() {
        if one != code && !found.contains(&one) {
            found.push(one);
            next.extend(area::successors(one));
        }
    }
    found.sort_unstable();
    found
}

/// Those of a state's line that stand today.
fn standing(code: &str) -> Vec<&'static str> {
    line(code).into_iter().filter(|one| area::successors(one).is_empty()).collect()
}

/// States of whose land their successors hold more or less: the Neutral Zone went to states that stood already, the empires
/// left land to others too. Whole tables are not brought to or from their boundaries.
const UNEVEN: [&str; 3] = ["NTHH", "OTT-1922", "AUH-1918"];

/// Kosovo is within Serbia in the United Nations' tables, apart in others: where it has no figure, it is within.
const WITHIN: [(&str, &str); 1] = [("XKX", "SRB")];

/// May a part be lacking, since another holds it?
fn is_within(part: &str, others: &[&str]) -> bool {
    WITHIN.iter().any(|(inner, outer)| *inner == part && others.contains(outer))
}

/// The parts that a state is split into: its successors where each has a figure, else what stands today.
pub(super) fn parts_of(code: &str, occurs: &dyn Fn(&str) -> bool) -> Vec<&'static str> {
    let lacking = |parts: Vec<&'static str>| -> Vec<&'static str> {
        let all = parts.clone();
        parts.into_iter().filter(|part| occurs(part) || !is_within(part, &all)).collect()
    };
    let direct = lacking(area::successors(code).to_vec());
    if direct.iter().all(|part| occurs(part)) { direct } else { lacking(standing(code)) }
}

/// Does nobody who is counted come from the place where he is counted? So it is with moves from one residence to another;
/// but who was born in a place may live there, and a citizen may return.
pub(in crate::reconcile) fn leaves_home(definition: &Definition) -> bool {
    !definition.is_stock() && !matches!(definition.get("concept"), Some("birth" | "citizenship"))
}

/// Does some work at one end after the other, each time on what was made before; where there is nothing to do, that is told.
fn at_each(
    sides: &[Side],
    observations: &Observations,
    operation: &str,
    nothing: &str,
    work: impl Fn(&Observations, Side) -> Result<Work, Error>,
) -> Result<Observations, Error> {
    let mut made: Option<Observations> = None;
    for side in sides {
        let now = made.as_ref().unwrap_or(observations);
        let work = work(now, *side)?;
        if !work.is_empty() {
            made = Some(work.finish(now, operation)?);
        }
    }
    if let Some(made) = made {
        return Ok(made);
    }
    let mut work = Work::default();
    work.finding(Severity::Note, nothing);
    work.finish(observations, operation)
}

/// Why no figure of a definition is split.
fn whole(definition: &Definition) -> Option<&'static str> {
    match definition {
        one if one.is_ratio() => Some("a ratio is never split"),
        one if one.get("measure") == Some("net") => Some("net migration is split by its inflow and its outflow"),
        _ => None,
    }
}

/// Why no share is left for a partner that is all the others.
const NOBODY_LEFT: &str = "no part is left beside its partner";

/// What is said of figures that stay as they are.
fn kept(area: &str, why: &str) -> String {
    format!("{area} kept: {why}")
}

/// The words of a request: JSON.
pub(super) fn request<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|error| Error::Schema(error.to_string()))
}

#[cfg(test)]
mod tests;
