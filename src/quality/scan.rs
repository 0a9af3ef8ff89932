//! The observations that are looked at, and what the rules have in common of them.

use std::cmp::Ordering;
use std::sync::OnceLock;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::Int32Type;
use rayon::prelude::*;

use super::index::Index;
use super::reporters::{Reporters, reporters};
use crate::codes::unit;
use crate::column::codes;
use crate::definition::Definition;
use crate::observation::{DIMENSIONS, Observations};

/// Rows that one task looks at.
pub const PIECE: usize = 1 << 16;
/// Values that must all be multiples of a power of ten before they are taken to be rounded to it.
const MANY: u32 = 10;
/// The grains that figures are taken to be printed in, the coarsest first: every one is a multiple of the next.
const STEPS: u32 = 31;

/// 1,000,000,000, 500,000,000, 100,000,000 and so on to 0.000001.
fn grain_of(step: u32) -> f64 {
    let power = 9 - (step / 2) as i32;
    if step.is_multiple_of(2) { 10f64.powi(power) } else { 5.0 * 10f64.powi(power - 1) }
}

/// The step of whole numbers.
const WHOLE: u32 = 18;

/// One column of codes.
struct Codes {
    name: &'static str,
    keys: ScalarBuffer<i32>,
    nulls: Option<NullBuffer>,
    labels: Vec<String>,
    /// Where each label stands in the order of labels; what has no code comes first.
    ranks: Vec<u32>,
}

impl Codes {
    fn new(name: &'static str, column: &ArrayRef) -> Codes {
        let dictionary = column.as_dictionary::<Int32Type>();
        let labels: Vec<String> =
            codes(column).map(|(_, _, codes)| codes).unwrap_or_default().into_iter().map(str::to_owned).collect();
        let mut order: Vec<usize> = (0..labels.len()).collect();
        order.sort_unstable_by_key(|at| &labels[*at]);
        let mut ranks = vec![0; labels.len()];
        order.into_iter().zip(1..).for_each(|(at, rank)| ranks[at] = rank);
        Codes { name, keys: dictionary.keys().values().clone(), nulls: dictionary.nulls().cloned(), labels, ranks }
    }

    fn key(&self, row: u32) -> Option<usize> {
        let row = row as usize;
        (!self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))).then(|| self.keys[row] as usize)
    }

    fn rank(&self, row: u32) -> u32 {
        self.key(row).map_or(0, |key| self.ranks[key])
    }
}

/// Observations under examination.
pub struct Scan {
    observations: Observations,
    columns: Vec<Codes>,
    index: OnceLock<Index>,
    grains: OnceLock<Vec<f64>>,
    reporters: OnceLock<Reporters>,
}

impl Scan {
    /// Looks at observations.
    pub fn new(observations: Observations) -> Scan {
        let column = |name: &'static str| Some(Codes::new(name, observations.figures().column_by_name(name)?));
        let columns = DIMENSIONS.into_iter().filter_map(column).collect();
        Scan { observations, columns, index: OnceLock::new(), grains: OnceLock::new(), reporters: OnceLock::new() }
    }

    /// What is looked at.
    pub fn observations(&self) -> &Observations {
        &self.observations
    }

    /// All figures in the order of their series.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.observations))
    }

    /// Whose statistics every row is of.
    pub fn reporters(&self) -> &Reporters {
        self.reporters.get_or_init(|| reporters(&self.observations))
    }

    /// The definition of a row.
    pub fn definition(&self, row: u32) -> &Definition {
        &self.observations.definitions()[self.observations.definition_keys()[row as usize] as usize]
    }

    /// The value of a row.
    pub fn value(&self, row: u32) -> Option<f64> {
        let row = row as usize;
        self.observations.has_value(row).then(|| self.observations.values().value(row))
    }

    /// The code of a row in a dimension; empty where it has none.
    pub fn code(&self, name: &str, row: u32) -> &str {
        let column = self.columns.iter().find(|column| column.name == name);
        column.and_then(|column| column.key(row).map(|key| column.labels[key].as_str())).unwrap_or_default()
    }

    /// For each definition, is this so?
    pub fn each_definition(&self, is: impl Fn(&Definition) -> bool) -> Vec<bool> {
        self.observations.definitions().iter().map(is).collect()
    }

    /// For each definition, does it count persons or other whole things?
    pub fn counts(&self) -> Vec<bool> {
        self.each_definition(|one| unit::kind(one.unit()) == unit::Kind::Count)
    }

    /// For each definition, does it count people whose number jumps by nature, as those who flee?
    pub fn sudden(&self) -> Vec<bool> {
        const SUDDEN: [&str; 7] =
            ["returns", "refugees", "asylum_seekers", "idps", "displacements", "irregular", "deaths"];
        self.each_definition(|one| one.get("measure").is_some_and(|measure| SUDDEN.contains(&measure)))
    }

    /// For each definition, do its series say something by their changes? A balance and a ratio may do what they like.
    pub fn moves(&self) -> Vec<bool> {
        self.each_definition(|one| !one.is_ratio() && !one.is_balance())
    }

    /// For each row, is the code of a column one of these? None where no row can be.
    pub fn rows_with<'a>(&'a self, name: &str, is: impl Fn(&str) -> bool) -> Option<impl Fn(u32) -> bool + 'a> {
        let (keys, codes) = self.observations.codes(name)?;
        let wanted: Vec<bool> = codes.into_iter().map(is).collect();
        let nulls = self.observations.figures()[name].nulls();
        wanted.contains(&true).then_some(move |row: u32| {
            let row = row as usize;
            !nulls.is_some_and(|nulls| nulls.is_null(row)) && wanted[keys[row] as usize]
        })
    }

    /// What all values of a definition are multiples of, 5 or 10 or 100 or so: what they were rounded to.
    pub fn grain(&self, row: u32) -> f64 {
        self.grains()[self.observations.definition_keys()[row as usize] as usize]
    }

    fn grains(&self) -> &[f64] {
        self.grains.get_or_init(|| {
            let (keys, values) = (self.observations.definition_keys(), self.observations.values());
            // Step and number of values; a few values may be multiples of ten by chance.
            let start = vec![(0u32, 0u32); self.observations.definitions().len()];
            let steps = (0..keys.len().div_ceil(PIECE))
                .into_par_iter()
                .map(|piece| {
                    let mut steps = start.clone();
                    for row in piece * PIECE..keys.len().min((piece + 1) * PIECE) {
                        let (step, times) = &mut steps[keys[row] as usize];
                        if values.is_valid(row) && values.value(row) != 0.0 {
                            *times = times.saturating_add(1);
                            while *step + 1 < STEPS && !is_multiple(values.value(row), *step) {
                                *step += 1;
                            }
                        }
                    }
                    steps
                })
                .reduce(
                    || start.clone(),
                    |mut all, part| {
                        let both = |all: &mut (u32, u32), part: (u32, u32)| {
                            *all = (all.0.max(part.0), all.1.saturating_add(part.1));
                        };
                        all.iter_mut().zip(part).for_each(|(all, part)| both(all, part));
                        all
                    },
                );
            let sure = |(step, times): (u32, u32)| if times < MANY { step.max(WHOLE) } else { step };
            steps.into_iter().map(|one| grain_of(sure(one))).collect()
        })
    }

    /// Orders rows by what they are, so that nothing depends on where they stand.
    pub fn by_cell(&self, a: u32, b: u32) -> Ordering {
        let dates = |row: u32| ["period_start", "period_end"].map(|name| self.observations.dates(name)[row as usize]);
        self.columns
            .iter()
            .map(|column| column.rank(a).cmp(&column.rank(b)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
            .then_with(|| dates(a).cmp(&dates(b)))
            .then_with(|| self.definition(a).cmp(self.definition(b)))
            .then_with(|| self.value(a).partial_cmp(&self.value(b)).unwrap_or(Ordering::Equal))
            .then(a.cmp(&b))
    }
}

/// Is a number whole, but for what a float cannot hold?
pub fn is_whole(value: f64) -> bool {
    value.fract() == 0.0 || (value - value.round()).abs() <= 1e-12 * value.abs()
}

fn is_multiple(value: f64, step: u32) -> bool {
    if step == WHOLE {
        return is_whole(value);
    }
    let scaled = value / grain_of(step);
    (scaled - scaled.round()).abs() <= 1e-9 * scaled.abs().max(1.0)
}
