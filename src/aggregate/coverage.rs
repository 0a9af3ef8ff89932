//! How much of what was to be expected is there: by cells, and by value against printed totals.

use arrow::array::Array;
use rustc_hash::{FxHashMap, FxHashSet};

use super::axis::{Broken, TOTAL};
use super::cube::{Cells, NONE};
use super::run::Run;
use crate::observation::{DIMENSIONS, printed};

impl Run<'_> {
    /// For every cell, the combinations of codes that its definition could have filled: in each period, every code of
    /// each dimension with every code of the others, as far as they occur at all.
    pub(super) fn grid(&self, cells: &Cells, set: &[bool]) -> Vec<u64> {
        let leaves = self.observations.leaves();
        let definitions = self.observations.definition_keys();
        let columns: Vec<(&str, &[i32])> = DIMENSIONS
            .iter()
            .filter(|name| printed(name).is_none_or(|printed| self.observations.codes(printed).is_none()))
            .filter_map(|name| self.observations.codes(name).map(|(keys, _)| (*name, keys)))
            .collect();
        // Codes that occur, by definition, period and dimension, with the classes of the axes that look at them.
        let mut seen: FxHashMap<(u32, i32, usize), FxHashSet<(i32, Vec<u32>)>> = FxHashMap::default();
        let mut spans: FxHashSet<(u32, i32, Vec<u32>)> = FxHashSet::default();
        for row in (0..leaves.len()).filter(|row| leaves.value(*row)) {
            let definition = self.classes.of[definitions[row] as usize];
            let period = self.periods.keys[row];
            let class = |looks: &dyn Fn(&str) -> bool| -> Vec<u32> {
                let classed = self.axes.iter().zip(set).map(|(axis, over)| match () {
                    () if !looks(&axis.column) => NONE,
                    () if *over => 0,
                    () => axis.class(row),
                });
                classed.collect()
            };
            for (at, (name, keys)) in columns.iter().enumerate() {
                let looks = |column: &str| column == *name || printed(column) == Some(*name);
                seen.entry((definition, period, at)).or_default().insert((keys[row], class(&looks)));
            }
            spans.insert((definition, period, class(&|column| !DIMENSIONS.contains(&column))));
        }
        let counted: FxHashMap<(u32, i32, usize), FxHashMap<Vec<u32>, u64>> = seen
            .into_iter()
            .map(|(place, codes)| {
                let mut counts: FxHashMap<Vec<u32>, u64> = FxHashMap::default();
                codes.into_iter().for_each(|(_, classes)| *counts.entry(classes).or_default() += 1);
                (place, counts)
            })
            .collect();
        (0..cells.sum.len())
            .map(|at| {
                let wanted: Vec<u32> = cells.keys[1..].iter().map(|keys| keys[at]).collect();
                let fits =
                    |classes: &[u32]| classes.iter().zip(&wanted).all(|(class, want)| *class == NONE || class == want);
                spans
                    .iter()
                    .filter(|(definition, _, classes)| *definition == cells.keys[0][at] && fits(classes))
                    .map(|(definition, period, _)| {
                        (0..columns.len())
                            .map(|column| {
                                let counts = &counted[&(*definition, *period, column)];
                                counts.iter().filter(|(classes, _)| fits(classes)).map(|(_, count)| count).sum::<u64>()
                            })
                            .product::<u64>()
                    })
                    .sum()
            })
            .collect()
    }

    /// The sum of a cell over the total that is printed for it, where exactly one is.
    pub(super) fn coverage_by_value(&self, cells: &Cells, set: &[bool]) -> Vec<Option<f64>> {
        let blank = vec![None; cells.sum.len()];
        let leaves = self.observations.leaves();
        if leaves.true_count() == leaves.len() || self.axes.iter().any(super::axis::Axis::is_group) {
            return blank;
        }
        let wanted =
            |name: &str| self.axes.iter().zip(set).find(|(axis, _)| axis.column == name).map(|(_, over)| !over);
        // A printed total of a cell is a total, or the only code there is, in every dimension that the cell sums over.
        let mut over = Vec::new();
        for name in DIMENSIONS {
            let Some((keys, codes)) = self.observations.codes(name) else { continue };
            if wanted(name) == Some(true) || (self.observations.figures()[name].null_count() == 0 && is_one(keys)) {
                continue;
            }
            let Some(total) = codes.iter().position(|code| *code == TOTAL) else { return blank };
            over.push((keys, total as i32));
        }
        let (values, definitions) = (self.observations.values(), self.observations.definition_keys());
        let mut printed: FxHashMap<(u32, Vec<u32>), Option<f64>> = FxHashMap::default();
        // Nobody prints a total over several periods.
        let apart = self.axes.iter().zip(set).any(|(axis, over)| ["year", "period"].contains(&&*axis.name) && !over);
        let mut several = FxHashMap::<u32, (i32, bool)>::default();
        for row in (0..leaves.len()).filter(|row| !apart && leaves.value(*row)) {
            let period = self.periods.keys[row];
            let seen = several.entry(self.classes.of[definitions[row] as usize]).or_insert((period, false));
            seen.1 |= seen.0 != period;
        }
        for row in (0..leaves.len()).filter(|row| !leaves.value(*row) && values.is_valid(*row)) {
            let definition = self.classes.of[definitions[row] as usize];
            let alone = several.get(&definition).is_none_or(|(_, several)| !several);
            // The total of a thing that the cells tell apart is not one of its codes.
            let inner = self.axes.iter().zip(set).any(|(axis, over)| {
                !over && axis.leaves == Broken::Some && self.observations.code(&axis.column, row) == Some(TOTAL)
            });
            if alone && !inner && over.iter().all(|(keys, total)| keys[row] == *total) {
                let classes =
                    self.axes.iter().zip(set).map(|(axis, over)| if *over { 0 } else { axis.class(row) }).collect();
                let value = Some(values.value(row));
                printed.entry((definition, classes)).and_modify(|value| *value = None).or_insert(value);
            }
        }
        (0..cells.sum.len())
            .map(|at| {
                let classes = cells.keys[1..].iter().map(|keys| keys[at]).collect();
                let total = printed.get(&(cells.keys[0][at], classes)).copied().flatten()?;
                (total > 0.0 && cells.valued[at] > 0).then(|| cells.sum[at] / total)
            })
            .collect()
    }
}

/// Is it one code in all rows?
fn is_one(keys: &[i32]) -> bool {
    keys.first().is_none_or(|first| keys.iter().all(|key| key == first))
}
