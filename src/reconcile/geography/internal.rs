//! Movements between the parts of a whole, which printed totals over partners count and the whole does not.

use rustc_hash::FxHashMap;

use super::Side;
use crate::codes::area::groups::{self, Placement};
use crate::codes::area::{self, Kind};
use crate::codes::period;
use crate::observation::Observations;
use crate::reconcile::cells::{self, value};

/// Figures between members, by what else they agree in.
#[derive(Default)]
pub(super) struct Internal {
    /// The rows between two members, by cell, member here and member there.
    rows: FxHashMap<(u32, &'static str, &'static str), Vec<u32>>,
    /// The cell of each row of a total over partners.
    cells: FxHashMap<u32, u32>,
}

/// What a sum of totals holds of movements between the parts.
#[derive(Default)]
pub(super) struct Between {
    /// The figures of these movements.
    pub rows: Vec<u32>,
    /// Is there a pair without a figure?
    pub unknown: bool,
}

impl Internal {
    /// Of the rows between members, and of those with a partner that holds others.
    pub fn new(observations: &Observations, between: &[(u32, &'static str, &'static str)], totals: &[u32]) -> Self {
        if totals.is_empty() {
            return Self::default();
        }
        let all: Vec<u32> = between.iter().map(|(row, ..)| *row).chain(totals.iter().copied()).collect();
        let (cell, _) = cells::number(observations, &all, &["origin", "destination"], &[]);
        let mut rows: FxHashMap<_, Vec<u32>> = FxHashMap::default();
        for ((row, here, there), cell) in between.iter().zip(&cell) {
            rows.entry((*cell, *here, *there)).or_default().push(*row);
        }
        Self { rows, cells: totals.iter().copied().zip(cell[between.len()..].iter().copied()).collect() }
    }

    /// Movements between the parts in use that a figure of theirs with this row's partner counts too.
    pub fn of(&self, observations: &Observations, row: u32, side: Side, used: &[&'static str]) -> Between {
        let mut found = Between::default();
        let at = row as usize;
        let Some(cell) = self.cells.get(&row) else { return found };
        let partner = observations.code(side.other().name(), at).unwrap_or_default();
        let year = period::start_year(cells::period(observations, at));
        for there in used {
            let held = holds(partner, there, year);
            for here in used.iter().filter(|here| *here != there && held != Placement::Outside) {
                let rows = self.rows.get(&(*cell, here, there)).filter(|_| held == Placement::Inside);
                match rows.filter(|rows| rows.iter().all(|row| value(observations, *row as usize).is_some())) {
                    Some(rows) => found.rows.extend(rows),
                    None => found.unknown = true,
                }
            }
        }
        found.rows.sort_unstable();
        found
    }
}

/// May a partner be more than one area?
pub(super) fn is_several(partner: &str) -> bool {
    area::get(partner).is_some_and(|area| matches!(area.kind, Kind::Total | Kind::Aggregate))
}

/// Where an area lies, seen from a partner that is several.
fn holds(partner: &str, area: &str, year: i32) -> Placement {
    match area::get(partner).map(|area| area.kind) {
        Some(Kind::Total) => Placement::Inside,
        _ => groups::group(partner).map_or(Placement::Undecided, |group| groups::contains(group, area, Some(year))),
    }
}
