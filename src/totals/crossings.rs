//! Breakdowns of the same people that cross, so that neither contains the other.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Grid;
use crate::observation::is_printed;

impl Grid<'_> {
    /// Two breakdowns of the same people (by sex and by skill, say, but not by both) must not be added together: the
    /// leaves of each get a breakdown of their own. Of two leaves with people in common, each is the finer one in some
    /// dimension, so their depths differ: rows of one depth can be added.
    pub(super) fn crossings(
        &self,
        leaf: &[bool],
        valued: &(impl Fn(usize) -> bool + Sync),
        group: &[i32],
        coarse: &[u32],
    ) -> (Vec<u32>, Vec<String>) {
        let crossed = self.crossed(leaf, valued, group, coarse);
        let mut names = vec![String::new()];
        if crossed.is_empty() {
            return (Vec::new(), names);
        }
        let own: Vec<u64> = (0..leaf.len()).into_par_iter().map(|row| self.depth(row)).collect();
        // All that follows depends on a row's definition and depth alone, of which there are few.
        let counted = |mut seen: FxHashMap<(i32, u64), usize>, row: usize| {
            *seen.entry((group[row], own[row])).or_default() += usize::from(leaf[row] && valued(row));
            seen
        };
        let merged = |mut all: FxHashMap<(i32, u64), usize>, part: FxHashMap<(i32, u64), usize>| {
            part.into_iter().for_each(|(pair, rows)| *all.entry(pair).or_default() += rows);
            all
        };
        let rows = (0..leaf.len()).into_par_iter().filter(|row| crossed.contains(&group[*row]));
        let seen = rows.fold(FxHashMap::default, counted).reduce(FxHashMap::default, merged);
        let mut depths: FxHashMap<i32, FxHashMap<u64, usize>> = FxHashMap::default();
        for ((of, depth), rows) in seen.iter().filter(|(_, rows)| **rows > 0) {
            depths.entry(*of).or_default().insert(*depth, *rows);
        }
        let mut numbers: FxHashMap<(i32, u64), u32> = FxHashMap::default();
        let mut groups: Vec<_> = depths.into_iter().collect();
        groups.sort_unstable_by_key(|(group, _)| *group);
        for (of, depths) in &groups {
            let mut order: Vec<u64> = depths.keys().copied().collect();
            order.sort_unstable();
            let mut mine: Vec<String> = Vec::new();
            for depth in &order {
                let mut name = self.breakdown(*depth, &order);
                if mine.contains(&name) {
                    let same = mine.iter().filter(|known| known.starts_with(&name)).count();
                    name = format!("{name} ({})", same + 1);
                }
                mine.push(name.clone());
                let at = names.iter().position(|known| *known == name).unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                });
                numbers.insert((*of, *depth), at as u32);
            }
        }
        let totals = seen.keys().filter(|pair| !numbers.contains_key(pair)).map(|(of, depth)| {
            // A total belongs to the largest breakdown whose leaves it can contain.
            let known = groups.iter().find(|(group, _)| group == of).map(|(_, depths)| depths);
            let inside = known.into_iter().flatten().filter(|(leaf, _)| at_least(**leaf, *depth));
            let best = inside.max_by_key(|(leaf, rows)| (**rows, std::cmp::Reverse(**leaf)));
            ((*of, *depth), best.and_then(|(leaf, _)| numbers.get(&(*of, *leaf))).copied().unwrap_or(0))
        });
        let totals: Vec<((i32, u64), u32)> = totals.collect();
        numbers.extend(totals);
        let place = |row: usize| numbers.get(&(group[row], own[row])).copied().unwrap_or(0);
        ((0..leaf.len()).into_par_iter().map(place).collect(), names)
    }

    /// `sex x age`: the dimensions in which leaves of this depth are finer than others of the definition.
    fn breakdown(&self, depth: u64, all: &[u64]) -> String {
        let at = |depths: u64, d: usize| depths >> (4 * d) & 15;
        let fine = (0..self.mixed.len().min(16)).filter(|d| all.iter().any(|other| at(*other, *d) < at(depth, *d)));
        let names: Vec<&str> = fine.map(|d| self.mixed[d].name.as_str()).filter(|name| !is_printed(name)).collect();
        if names.is_empty() { "total".to_owned() } else { names.join(" x ") }
    }

    /// Groups in which two leaves have people in common: some point contains both, one is below it in some dimensions
    /// and the other in others.
    fn crossed(
        &self,
        leaf: &[bool],
        valued: &(impl Fn(usize) -> bool + Sync),
        group: &[i32],
        coarse: &[u32],
    ) -> FxHashSet<i32> {
        // The finest rows contain nothing, so they cross nothing.
        let rows: Vec<usize> =
            (0..leaf.len()).into_par_iter().filter(|row| coarse[*row] != 0 && leaf[*row] && valued(*row)).collect();
        let varied = rows.iter().any(|row| self.depth(*row) != self.depth(rows[0]));
        let mut crossed: FxHashSet<i32> = FxHashSet::default();
        if !varied {
            return crossed;
        }
        let mut lifted: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
        for row in rows {
            if crossed.contains(&group[row]) {
                continue;
            }
            self.each_lift(row, 0, self.points[row], 0, &mut |point, dimensions| {
                let known = lifted.entry(point).or_default();
                if known.iter().any(|other| other & dimensions == 0) {
                    crossed.insert(group[row]);
                }
                if !known.contains(&dimensions) {
                    known.push(dimensions);
                }
            });
        }
        crossed
    }

    /// Calls `with` for every point that strictly contains the row, and the dimensions in which it does.
    fn each_lift(&self, row: usize, dimension: usize, point: u64, moved: u32, with: &mut impl FnMut(u64, u32)) {
        let Some(here) = self.mixed.get(dimension) else {
            if moved != 0 {
                with(point, moved);
            }
            return;
        };
        self.each_lift(row, dimension + 1, point, moved, with);
        let key = here.keys[row];
        for above in &here.above[key as usize] {
            let step = (i64::from(*above) - i64::from(key)) * self.strides[dimension] as i64;
            self.each_lift(row, dimension + 1, point.wrapping_add_signed(step), moved | 1 << dimension, with);
        }
    }
}

/// Is a depth at least another in every dimension?
fn at_least(depth: u64, other: u64) -> bool {
    (0..16).all(|d| depth >> (4 * d) & 15 >= other >> (4 * d) & 15)
}
