//! Leaves that differ in nothing but age.

use rustc_hash::FxHashMap;

use crate::Error;
use crate::codes::{age, period};
use crate::observation::{Observations, cells};

/// Half-open bounds in years.
pub(super) type Bounds = (u16, Option<u16>);

/// All populations, those with the same age groups together.
pub(super) struct Populations {
    /// The rows of all populations, one after the other, youngest first.
    rows: Vec<u32>,
    /// Where each population begins in `rows`.
    starts: Vec<usize>,
    /// Age groups, and the populations that have these; in order of appearance.
    pub patterns: Vec<(Vec<Bounds>, Vec<usize>)>,
}

/// The bounds of each age in the dictionary.
fn bounds_of(observations: &Observations) -> (&[i32], Vec<Option<Bounds>>) {
    let (keys, codes) = observations.codes("age").unwrap_or_default();
    (keys, codes.into_iter().map(age::bounds).collect())
}

/// Which definitions have leaves by age.
pub(super) fn by_age(observations: &Observations) -> Vec<bool> {
    let (ages, bounds) = bounds_of(observations);
    let mut found = vec![false; observations.definitions().len()];
    for (row, definition) in observations.definition_keys().iter().enumerate() {
        found[*definition as usize] |= bounds[ages[row] as usize].is_some() && observations.leaves().value(row);
    }
    found
}

impl Populations {
    pub(super) fn new(observations: &Observations, wanted: &[bool]) -> Result<Self, Error> {
        let (ages, bounds) = bounds_of(observations);
        let definitions = observations.definition_keys();
        let leaves = observations.leaves();
        let mine = |row: &u32| {
            let row = *row as usize;
            leaves.value(row) && wanted[definitions[row] as usize] && bounds[ages[row] as usize].is_some()
        };
        let count = u32::try_from(observations.len())
            .map_err(|_| Error::Schema(format!("{} rows are too many for one table", observations.len())))?;
        let found: Vec<u32> = (0..count).filter(mine).collect();
        let (group, _) = cells::number(observations, &found, &["age"], &[]);
        let mut order: Vec<usize> = (0..found.len()).collect();
        order.sort_unstable_by_key(|at| {
            let (from, to) = bounds[ages[found[*at] as usize] as usize].unwrap_or_default();
            (group[*at], from, to.unwrap_or(u16::MAX), found[*at])
        });
        let rows: Vec<u32> = order.iter().map(|at| found[*at]).collect();
        let begins = |at: &usize| *at == 0 || group[order[*at]] != group[order[*at - 1]];
        let mut starts: Vec<usize> = (0..rows.len()).filter(begins).collect();
        starts.push(rows.len());
        let mut patterns: Vec<(Vec<Bounds>, Vec<usize>)> = Vec::new();
        let mut known: FxHashMap<Vec<Bounds>, usize> = FxHashMap::default();
        for (population, pair) in starts.windows(2).enumerate() {
            let found: Vec<Bounds> =
                rows[pair[0]..pair[1]].iter().filter_map(|row| bounds[ages[*row as usize] as usize]).collect();
            let at = *known.entry(found).or_insert_with_key(|found| {
                patterns.push((found.clone(), Vec::new()));
                patterns.len() - 1
            });
            patterns[at].1.push(population);
        }
        Ok(Self { rows, starts, patterns })
    }

    /// The rows of a population, youngest first.
    pub(super) fn rows(&self, population: usize) -> &[u32] {
        &self.rows[self.starts[population]..self.starts[population + 1]]
    }
}

/// A figure in a few words.
pub(super) fn what(observations: &Observations, row: usize) -> String {
    let of = |name| observations.code(name, row).unwrap_or("_U");
    let when = period::label(cells::period(observations, row));
    format!("{} to {}, {when}, sex {}, age {}", of("origin"), of("destination"), of("sex"), of("age"))
}
