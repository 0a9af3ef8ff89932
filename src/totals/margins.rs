//! Totals beside the sums of their parts, quickly enough for millions of rows.

use std::collections::hash_map::Entry;

use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::Grid;
use crate::exact::ExactSum;

/// Rows that one task looks at.
const PIECE: usize = 1 << 16;

/// A total and what its parts of one breakdown add up to.
#[derive(Clone, Copy, Debug)]
pub struct Margin {
    /// The first row of the breakdown that prints the total; of the first breakdown that does, where its own does not.
    pub row: u32,
    /// Breakdown of the parts.
    pub breakdown: u32,
    /// Bit `d` is set where the parts have another code than the total in mixed dimension `d`.
    pub over: u32,
    /// Number of parts.
    pub parts: u32,
    /// Parts without a value.
    pub missing: u32,
    /// Sum of the parts.
    pub computed: f64,
}

/// All totals that were asked for, in the order of their first rows.
pub struct Margins {
    /// The totals that have parts.
    pub found: Vec<Margin>,
    /// First row of a total -> the other rows that print it, where rows are records to be added.
    pub twins: FxHashMap<u32, Vec<u32>>,
}

impl Margins {
    /// All rows that print a total.
    pub fn rows(&self, margin: &Margin) -> impl Iterator<Item = u32> {
        std::iter::once(margin.row).chain(self.twins.get(&margin.row).into_iter().flatten().copied())
    }
}

/// Rows by the total that they are in.
struct Parts {
    /// Where the rows of each total begin, and where the last ones end.
    starts: Vec<usize>,
    rows: Vec<u32>,
}

impl Parts {
    /// Takes numbers of totals and rows, in the order of rows, which is kept.
    fn new(pieces: &[Vec<(u32, u32)>], totals: usize) -> Parts {
        let mut starts = vec![0; totals + 1];
        pieces.iter().flatten().for_each(|(total, _)| starts[*total as usize + 1] += 1);
        for at in 0..totals {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts[totals]];
        for (total, row) in pieces.iter().flatten() {
            rows[next[*total as usize]] = *row;
            next[*total as usize] += 1;
        }
        Parts { starts, rows }
    }

    fn of(&self, total: usize) -> &[u32] {
        &self.rows[self.starts[total]..self.starts[total + 1]]
    }
}

impl Grid<'_> {
    /// Names of the dimensions in which some code contains another, in the order of their bits.
    pub fn mixed_names(&self) -> Vec<&str> {
        self.mixed.iter().map(|one| one.name.as_str()).collect()
    }

    /// Every printed total that is `wanted` beside the sum of the leaves that it contains and `holds`. `wanted` is told the
    /// row and in which mixed dimensions its codes contain others; `holds`, the rows of the total and of the part.
    pub fn margins(
        &self,
        leaf: &[bool],
        breakdown: impl Fn(usize) -> u32 + Sync,
        value: impl Fn(usize) -> Option<f64> + Sync,
        wanted: impl Fn(usize, u32) -> bool + Sync,
        holds: impl Fn(usize, usize) -> bool + Sync,
    ) -> Margins {
        let breakdown = &breakdown;
        let rows: Vec<u32> = (0..leaf.len())
            .into_par_iter()
            .filter(|row| !leaf[*row])
            .filter(|row| {
                let mask = self.mask(*row);
                mask != 0 && wanted(*row, mask)
            })
            .map(|row| row as u32)
            .collect();
        let mut totals: FxHashMap<u64, u32> = FxHashMap::with_capacity_and_hasher(rows.len(), FxBuildHasher);
        let mut first: Vec<u32> = Vec::new();
        let mut own: FxHashMap<(u32, u32), u32> = FxHashMap::with_capacity_and_hasher(rows.len(), FxBuildHasher);
        let mut twins: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for row in rows {
            let at = *totals.entry(self.points[row as usize]).or_insert(first.len() as u32);
            let of = breakdown(row as usize);
            match own.entry((at, of)) {
                Entry::Occupied(one) => twins.entry(*one.get()).or_default().push(row),
                Entry::Vacant(none) => {
                    none.insert(row);
                    match first.get_mut(at as usize) {
                        None => first.push(row),
                        Some(one) if of < breakdown(*one as usize) => *one = row,
                        Some(_) => {}
                    }
                }
            }
        }
        // A breakdown that prints no total has that of the first one that does, whatever the order of rows.
        let total_of = |at: usize, of: u32| own.get(&(at as u32, of)).copied().unwrap_or(first[at]);
        let pieces: Vec<Vec<(u32, u32)>> = (0..leaf.len().div_ceil(PIECE))
            .into_par_iter()
            .map(|piece| {
                let mut found = Vec::new();
                let rows = piece * PIECE..leaf.len().min((piece + 1) * PIECE);
                for row in rows.filter(|row| leaf[*row]) {
                    self.each_above(row, |point| {
                        if let Some(total) = totals.get(&point)
                            && holds(first[*total as usize] as usize, row)
                        {
                            found.push((*total, row as u32));
                        }
                    });
                }
                found
            })
            .collect();
        let parts = Parts::new(&pieces, first.len());
        let found = (0..first.len())
            .into_par_iter()
            .fold(Vec::new, |mut out, total| {
                let parts = parts.of(total);
                let rows = || parts.iter().map(|part| *part as usize);
                let Some(of) = rows().next().map(breakdown) else { return out };
                if rows().all(|part| breakdown(part) == of) {
                    out.push(self.margin(total_of(total, of), of, rows(), &value));
                } else {
                    let mut all: Vec<u32> = rows().map(breakdown).collect();
                    all.sort_unstable();
                    all.dedup();
                    let mine = |of: u32| rows().filter(move |part| breakdown(*part) == of);
                    out.extend(all.into_iter().map(|of| self.margin(total_of(total, of), of, mine(of), &value)));
                }
                out
            })
            .reduce(Vec::new, |mut all, part| {
                all.extend(part);
                all
            });
        Margins { found, twins }
    }

    fn margin(
        &self,
        row: u32,
        breakdown: u32,
        rows: impl Iterator<Item = usize>,
        value: &impl Fn(usize) -> Option<f64>,
    ) -> Margin {
        let (mut over, mut parts, mut missing, mut sum) = (0, 0, 0, ExactSum::default());
        for part in rows {
            for (d, dimension) in self.mixed.iter().enumerate() {
                over |= u32::from(dimension.keys[part] != dimension.keys[row as usize]) << d;
            }
            parts += 1;
            match value(part) {
                Some(value) => sum.add(value),
                None => missing += 1,
            }
        }
        Margin { row, breakdown, over, parts, missing, computed: sum.value() }
    }
}
