//! Where a former state and its successors are both counted.

use std::collections::BTreeMap;

use super::{Side, line};
use crate::codes::area;
use crate::codes::period::Period;
use crate::ledger::Tally;
use crate::observation::Observations;
use crate::reconcile::cells;

/// A former state and its successors with figures of one measure and period.
#[derive(Clone, Debug)]
pub struct Overlap {
    /// The former state.
    pub area: &'static str,
    /// The end at which they stand.
    pub side: Side,
    /// What is measured.
    pub measure: String,
    /// When.
    pub period: Period,
    /// The successors that have figures.
    pub successors: Vec<&'static str>,
    /// Leaves of the state.
    pub whole: Tally,
    /// Leaves of the successors.
    pub parts: Tally,
    /// Leaves of the state beside one of a successor that differs in nothing else.
    pub cells: u64,
}

/// All of them, in order of area, side, measure and time.
pub fn overlaps(observations: &Observations) -> Vec<Overlap> {
    let mut found = Vec::new();
    for side in Side::BOTH {
        let (keys, codes) = observations.codes(side.name()).unwrap_or_default();
        let former: Vec<&str> = codes.iter().copied().filter(|code| !area::successors(code).is_empty()).collect();
        for code in former {
            let Some(whole) = area::get(code).map(|area| area.code) else { continue };
            let after = line(whole);
            let member = |code: &&str| -> Option<&'static str> {
                std::iter::once(whole).chain(after.iter().copied()).find(|known| known == code)
            };
            let of: Vec<Option<&'static str>> = codes.iter().map(member).collect();
            if of.iter().flatten().count() > 1 {
                found.extend(one(observations, side, whole, &|row| of[keys[row] as usize]));
            }
        }
    }
    found.sort_by(|a, b| {
        (a.area, a.side.name(), &a.measure, a.period).cmp(&(b.area, b.side.name(), &b.measure, b.period))
    });
    found
}

fn one(
    observations: &Observations,
    side: Side,
    whole: &'static str,
    of: &dyn Fn(usize) -> Option<&'static str>,
) -> Vec<Overlap> {
    let counted = |row: &u32| {
        let row = *row as usize;
        of(row).is_some() && observations.leaves().value(row) && observations.has_value(row)
    };
    let rows: Vec<u32> = (0..observations.len() as u32).filter(counted).collect();
    let (cell, count) = cells::number(observations, &rows, &[side.name()], &[]);
    let mut held = vec![false; count];
    for (row, cell) in rows.iter().zip(&cell) {
        held[*cell as usize] |= of(*row as usize) != Some(whole);
    }
    let mut found: BTreeMap<(&str, Period), Overlap> = BTreeMap::new();
    for (row, cell) in rows.iter().zip(cell) {
        let at = *row as usize;
        let definition = &observations.definitions()[observations.definition_keys()[at] as usize];
        let measure = definition.get("measure").unwrap_or_default();
        let period = cells::period(observations, at);
        let place = found.entry((measure, period)).or_insert_with(|| Overlap {
            area: whole,
            side,
            measure: measure.to_owned(),
            period,
            successors: Vec::new(),
            whole: Tally::default(),
            parts: Tally::default(),
            cells: 0,
        });
        let value = cells::value(observations, at);
        match of(at) {
            Some(code) if code != whole => {
                place.parts.add(value);
                if !place.successors.contains(&code) {
                    place.successors.push(code);
                }
            }
            _ => {
                place.whole.add(value);
                place.cells += u64::from(held[cell as usize]);
            }
        }
    }
    found
        .into_values()
        .filter(|one| one.whole.rows > 0 && one.parts.rows > 0)
        .map(|mut one| {
            one.successors.sort_unstable();
            one
        })
        .collect()
}
