//! Reports of one corridor in other periods: which these are, and what brings them together.

use super::join::Pair;
use super::keys::Keys;
use super::side::{FAMILIES, Side};
use crate::codes::period::{self, Period};

/// What brings a report and those of the other end to one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remedy {
    /// Flows of days in common, by two calendars.
    Align,
    /// Stocks of other days.
    Interpolate,
    /// Nothing: flows have no day in common.
    Nothing,
}

impl Remedy {
    /// What to do, in words.
    fn said(self) -> &'static str {
        match self {
            Self::Align => "ms.periods.align brings flows to one calendar before they are paired",
            Self::Interpolate => "ms.periods.interpolate brings stocks to one day before they are paired",
            Self::Nothing => "they have no day in common",
        }
    }
}

/// Of a report without another, what would bring it together with what the other end reports in other periods.
pub fn remedy(keys: &Keys, pair: &Pair) -> Option<Remedy> {
    let there = keys.periods[pair.beside?[0] as usize];
    let cell = keys.cell(pair.cell);
    Some(match FAMILIES[cell.family] {
        "stock" | "refugees" | "asylum_seekers" => Remedy::Interpolate,
        _ if period::overlaps(keys.periods[cell.period], there) => Remedy::Align,
        _ => Remedy::Nothing,
    })
}

/// The periods of both ends, and what brings them together; nothing where the other end has no other periods.
pub fn told(keys: &Keys, pair: &Pair) -> Option<String> {
    let remedy = remedy(keys, pair)?;
    let [first, last] = pair.beside?.map(|at| keys.periods[at as usize]);
    let label = |period: Period| period::label(period);
    let here = label(keys.periods[keys.cell(pair.cell).period]);
    let there = if first == last { label(first) } else { format!("{} to {}", label(first), label(last)) };
    let mine = usize::from(pair.reports[0].is_none());
    let [one, other] = [Side::BOTH[mine].name(), Side::BOTH[1 - mine].name()];
    Some(format!("{here} ({one}) against {there} ({other}); {}", remedy.said()))
}
