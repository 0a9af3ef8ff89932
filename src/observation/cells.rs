//! Figures that differ in nothing but some of their codes.

use arrow::array::Array;
use rustc_hash::FxHashMap;

use super::{DIMENSIONS, Observations};
use crate::codes::period::Period;

/// For each of the rows the number of its cell, in order of appearance, and how many cells there are.
///
/// Rows of a cell agree in definition, period and all dimensions that are not in `but`; for those in `instead` the key
/// that is given counts in place of the row's own.
pub fn number(
    observations: &Observations,
    rows: &[u32],
    but: &[&str],
    instead: &[&dyn Fn(usize) -> i32],
) -> (Vec<u32>, usize) {
    let mut cell = vec![0u32; rows.len()];
    let mut count = usize::from(!rows.is_empty());
    let mut refine = |key: &dyn Fn(usize) -> i32| {
        let mut numbers: FxHashMap<(u32, i32), u32> = FxHashMap::default();
        for (cell, row) in cell.iter_mut().zip(rows) {
            let next = numbers.len() as u32;
            *cell = *numbers.entry((*cell, key(*row as usize))).or_insert(next);
        }
        count = numbers.len();
    };
    let definitions = observations.definition_keys();
    refine(&|row| definitions[row]);
    for name in ["period_start", "period_end"] {
        let days = observations.dates(name);
        refine(&|row| days[row]);
    }
    for name in DIMENSIONS.into_iter().filter(|name| !but.contains(name)) {
        let (Some((keys, codes)), Some(column)) =
            (observations.codes(name), observations.figures().column_by_name(name))
        else {
            continue;
        };
        if codes.len() > 1 || column.null_count() > 0 {
            refine(&|row| if column.is_null(row) { -1 } else { keys[row] });
        }
    }
    instead.iter().for_each(|key| refine(*key));
    (cell, count)
}

/// When a figure is of.
pub fn period(observations: &Observations, row: usize) -> Period {
    let [start, end] = ["period_start", "period_end"].map(|name| observations.dates(name)[row]);
    Period { start, end }
}
