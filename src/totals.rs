//! Which figures contain which: leaves, duplicates, breakdowns that cross, and printed totals against their parts.
//!
//! A figure contains another if in every dimension its code is the same or contains the other's (`_T` contains `F`,
//! `m49:142` contains `LKA`, `Y15T24` contains `Y15T19`, a year contains its months). A figure is a *leaf* if no figure
//! with a value lies inside it: leaves of one definition can be added without counting anyone twice.

mod crossings;
mod lists;
mod margins;
mod needed;
mod own;

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use arrow::array::Array;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Error;
use crate::codes;
use crate::codes::list::Codelist;
use crate::codes::period::{self, Period};
use crate::definition::{self, Definition};
use crate::exact::ExactSum;
use crate::observation::{DIMENSIONS, Observations};

pub use lists::Lists;
pub use margins::{Margin, Margins};
pub use own::is_relative;

/// One thing that tells figures apart: a key a row, and for every key the keys that strictly contain it.
pub struct Dimension<'a> {
    /// Name, such as `sex`.
    pub name: String,
    /// One key a row.
    pub keys: Cow<'a, [i32]>,
    /// For every key, those that contain it.
    pub above: Vec<Vec<i32>>,
    /// The key of `_T`, if it occurs.
    pub total: Option<i32>,
}

impl<'a> Dimension<'a> {
    /// A dimension in which no code contains another.
    pub fn plain(name: &str, keys: impl Into<Cow<'a, [i32]>>, codes: usize) -> Self {
        Dimension { name: name.to_owned(), keys: keys.into(), above: vec![Vec::new(); codes], total: None }
    }

    /// A dimension of codes.
    pub fn coded<S: AsRef<str> + Sync>(name: &str, keys: impl Into<Cow<'a, [i32]>>, codes: &[S]) -> Self {
        Self::listed(name, &[], keys, codes)
    }

    /// A dimension whose codes belong to lists, in which codes may lie under one another.
    pub fn listed<S: AsRef<str> + Sync>(
        name: &str,
        lists: &[&'static Codelist],
        keys: impl Into<Cow<'a, [i32]>>,
        codes: &[S],
    ) -> Self {
        let total = codes.iter().position(|code| code.as_ref() == "_T").map(|at| at as i32);
        let deep: Vec<&&Codelist> = lists.iter().filter(|list| list.levels() > 1).collect();
        if !codes::is_nested(name) && deep.is_empty() {
            // Nothing contains anything but the total, which contains everything.
            let above = |at| total.filter(|total| *total != at).into_iter().collect();
            let above = (0..codes.len() as i32).map(above).collect();
            return Dimension { name: name.to_owned(), keys: keys.into(), above, total };
        }
        let above = codes
            .par_iter()
            .map(|inner| {
                let outer = |&outer: &usize| {
                    let outer = codes[outer].as_ref();
                    codes::contains(name, outer, inner.as_ref())
                        || deep.iter().any(|list| list.contains(outer, inner.as_ref()))
                };
                (0..codes.len()).filter(outer).map(|outer| outer as i32).collect()
            })
            .collect();
        Dimension { name: name.to_owned(), keys: keys.into(), above, total }
    }

    /// A dimension of periods.
    pub fn periods(keys: impl Into<Cow<'a, [i32]>>, periods: &[Period]) -> Self {
        let outer = |inner: &Period| {
            let holds = |at: &usize| period::contains(periods[*at], *inner);
            (0..periods.len()).filter(holds).map(|at| at as i32).collect()
        };
        Dimension {
            name: "period".to_owned(),
            keys: keys.into(),
            above: periods.iter().map(outer).collect(),
            total: None,
        }
    }

    /// Forgets the codes that no row has: what a figure lies in must not depend on rows that were set aside.
    fn prune(&mut self) {
        let mut occurs = vec![false; self.above.len()];
        self.keys.iter().for_each(|key| occurs[*key as usize] = true);
        for (above, here) in self.above.iter_mut().zip(&occurs) {
            above.retain(|above| *here && occurs[*above as usize]);
        }
    }

    fn is_mixed(&self) -> bool {
        self.above.iter().any(|above| !above.is_empty())
    }
}

/// Rows as points of a grid whose axes are the dimensions.
pub struct Grid<'a> {
    /// Dimensions in which some code contains another.
    mixed: Vec<Dimension<'a>>,
    /// Distance between neighbouring keys of each mixed dimension.
    strides: Vec<u64>,
    /// For each mixed dimension and key: does it contain another key that occurs?
    coarse: Vec<Vec<bool>>,
    /// The point of every row.
    points: Vec<u64>,
    /// Number of points.
    space: u64,
}

/// What [`Grid::leaves`] finds.
pub struct Structure {
    /// May the row be added to the other leaves of its definition?
    pub leaf: Vec<bool>,
    /// Breakdown of every row, as an index into `breakdowns`; empty where no breakdowns cross.
    pub breakdown: Vec<u32>,
    /// Names of the breakdowns, the first being "none".
    pub breakdowns: Vec<String>,
}

impl Structure {
    /// Leaves of one breakdown.
    pub fn of(leaf: Vec<bool>) -> Structure {
        Structure { leaf, breakdown: Vec::new(), breakdowns: vec![String::new()] }
    }

    /// Definitions by breakdown, and the key of every row, where `group` is its definition without one.
    pub fn split(&self, definitions: &[Definition], group: &[i32]) -> (Vec<Definition>, Vec<i32>) {
        if self.breakdown.is_empty() {
            return (definitions.to_vec(), group.to_vec());
        }
        let width = self.breakdowns.len();
        let pair = |row: usize| group[row] as usize * width + self.breakdown[row] as usize;
        let mut occurs = vec![false; definitions.len() * width];
        (0..group.len()).for_each(|row| occurs[pair(row)] = true);
        let used: Vec<usize> = (0..occurs.len()).filter(|pair| occurs[*pair]).collect();
        let definition = |pair: &usize| {
            let mut definition = definitions[pair / width].clone();
            let name = &self.breakdowns[pair % width];
            let stated =
                definition.get("breakdown").filter(|_| !name.is_empty()).map(|stated| format!("{stated}: {name}"));
            if !name.is_empty() {
                definition.set("breakdown", &stated.unwrap_or_else(|| name.clone()));
            }
            definition
        };
        let split = used.iter().map(definition).collect();
        let mut numbers = vec![0; occurs.len()];
        used.iter().zip(0..).for_each(|(pair, number)| numbers[*pair] = number);
        (split, (0..group.len()).into_par_iter().map(|row| numbers[pair(row)]).collect())
    }
}

/// A printed total beside the sum of its parts.
pub struct Printed {
    /// Row of the total; where no total is printed, a leaf that it would contain.
    pub row: usize,
    /// Is the total printed at all?
    pub printed: bool,
    /// All rows that print the total, where rows are records to be added.
    pub twins: Vec<usize>,
    /// The dimensions in which it is a total.
    pub over: Vec<String>,
    /// Breakdown (as in [`Structure`]) of the parts.
    pub breakdown: u32,
    /// Number of parts.
    pub parts: u64,
    /// Parts without a value.
    pub missing: u64,
    /// Sum of the parts.
    pub computed: f64,
}

impl<'a> Grid<'a> {
    /// Puts the rows on the grid.
    ///
    /// # Errors
    /// [`Error::Schema`] where there are more possible combinations than can be numbered.
    pub fn new(mut dimensions: Vec<Dimension<'a>>, rows: usize) -> Result<Self, Error> {
        dimensions.iter_mut().filter(|dimension| dimension.is_mixed()).for_each(Dimension::prune);
        let (mixed, plain): (Vec<_>, Vec<_>) = dimensions.into_iter().partition(Dimension::is_mixed);
        let mut points = vec![0u64; rows];
        let mut space = 1u64;
        for dimension in plain.iter().filter(|dimension| dimension.above.len() > 1) {
            let size = dimension.above.len() as u64;
            if space.checked_mul(size).is_none_or(|space| space > 1 << 62) {
                space = compress(&mut points);
            }
            points.par_iter_mut().zip(dimension.keys.par_iter()).for_each(|(point, key)| *point += space * *key as u64);
            space *= size;
        }
        let mixed = needed::needed(mixed, &points, space);
        let wanted = mixed.iter().fold(1u128, |all, dimension| all * dimension.above.len() as u128);
        if u128::from(space) * wanted > 1 << 62 {
            space = compress(&mut points);
        }
        let (mut strides, mut coarse) = (Vec::new(), Vec::new());
        for dimension in &mixed {
            let next = space.checked_mul(dimension.above.len() as u64).filter(|next| *next <= 1 << 62);
            let Some(next) = next else {
                return Err(Error::Schema(
                    "too many combinations of codes: split the table by year or by measure and harmonise the parts"
                        .into(),
                ));
            };
            points.par_iter_mut().zip(dimension.keys.par_iter()).for_each(|(point, key)| *point += space * *key as u64);
            let mut contains = vec![false; dimension.above.len()];
            dimension.above.iter().flatten().for_each(|above| contains[*above as usize] = true);
            strides.push(space);
            coarse.push(contains);
            space = next;
        }
        Ok(Grid { mixed, strides, coarse, points, space })
    }

    /// Pairs (row, earlier row) that stand for the same figure.
    pub fn duplicates(&self) -> Vec<(usize, usize)> {
        if !self.has_duplicates() {
            return Vec::new();
        }
        let mut first: FxHashMap<u64, usize> = FxHashMap::default();
        let mut pairs = Vec::new();
        for (row, point) in self.points.iter().enumerate() {
            let earlier = *first.entry(*point).or_insert(row);
            if earlier != row {
                pairs.push((row, earlier));
            }
        }
        pairs
    }

    fn has_duplicates(&self) -> bool {
        if let Some(seen) = Bits::new(self.space, self.points.len()) {
            return self.points.par_iter().any(|point| seen.set(*point));
        }
        let mut sorted = self.points.clone();
        sorted.par_sort_unstable();
        sorted.par_windows(2).any(|pair| pair[0] == pair[1])
    }

    /// Finds the leaves. `valued` says whether a row has a value; `group` is the definition of a row.
    pub fn leaves(&self, valued: impl Fn(usize) -> bool + Sync, group: &[i32]) -> Structure {
        let rows = self.points.len();
        let mut leaf = vec![true; rows];
        if self.mixed.is_empty() {
            return Structure::of(leaf);
        }
        let coarse: Vec<u32> = (0..rows).into_par_iter().map(|row| self.mask(row)).collect();
        if coarse.par_iter().all(|mask| *mask == 0) {
            return Structure::of(leaf);
        }
        let outer = |row: &usize| coarse[*row] != 0;
        let present = Marks::new(self.space, rows, || (0..rows).filter(outer).map(|row| self.points[row]).collect());
        (0..rows).into_par_iter().filter(outer).for_each(|row| present.mark(self.points[row]));
        let covered = present.empty();
        (0..rows).into_par_iter().filter(|row| valued(*row)).for_each(|row| {
            self.each_above(row, |point| covered.mark(point));
        });
        leaf.par_iter_mut().enumerate().for_each(|(row, leaf)| {
            *leaf = if valued(row) {
                !(outer(&row) && covered.has(self.points[row]))
            } else {
                // A blank inside a total that is itself a leaf has been counted with the total.
                let mut inside = outer(&row) && covered.has(self.points[row]);
                self.each_above(row, |point| inside |= present.has(point) && !covered.has(point));
                !inside
            };
        });
        self.apart(leaf, valued, group)
    }

    /// Leaves that are known, with breakdowns that cross told apart.
    pub fn apart(&self, leaf: Vec<bool>, valued: impl Fn(usize) -> bool + Sync, group: &[i32]) -> Structure {
        let coarse: Vec<u32> = (0..leaf.len()).into_par_iter().map(|row| self.mask(row)).collect();
        let (breakdown, breakdowns) = self.crossings(&leaf, &valued, group, &coarse);
        Structure { leaf, breakdown, breakdowns }
    }

    /// Bit `d` is set where the row's code in mixed dimension `d` contains other codes that occur.
    fn mask(&self, row: usize) -> u32 {
        let bits = self.mixed.iter().zip(&self.coarse).enumerate();
        bits.fold(0, |mask, (d, (dimension, coarse))| mask | u32::from(coarse[dimension.keys[row] as usize]) << d)
    }

    /// Calls `with` for every point that strictly contains the row.
    fn each_above(&self, row: usize, mut with: impl FnMut(u64)) {
        self.climb(row, 0, self.points[row], false, &mut with);
    }

    fn climb(&self, row: usize, dimension: usize, point: u64, moved: bool, with: &mut impl FnMut(u64)) {
        let Some(here) = self.mixed.get(dimension) else {
            if moved {
                with(point);
            }
            return;
        };
        self.climb(row, dimension + 1, point, moved, with);
        let key = here.keys[row];
        for above in &here.above[key as usize] {
            let step = (i64::from(*above) - i64::from(key)) * self.strides[dimension] as i64;
            self.climb(row, dimension + 1, point.wrapping_add_signed(step), true, with);
        }
    }

    /// How many codes contain the row's code in each mixed dimension, four bits each.
    fn depth(&self, row: usize) -> u64 {
        self.mixed.iter().take(16).enumerate().fold(0, |depths, (d, dimension)| {
            let above = dimension.above[dimension.keys[row] as usize].len().min(15) as u64;
            depths | above << (4 * d)
        })
    }

    /// For every row, does it lie strictly inside one of the rows marked?
    pub fn inside(&self, marked: &[bool]) -> Vec<bool> {
        let rows = self.points.len();
        let here = |row: &usize| marked[*row];
        let marks = Marks::new(self.space, rows, || (0..rows).filter(here).map(|row| self.points[row]).collect());
        (0..rows).filter(here).for_each(|row| marks.mark(self.points[row]));
        let within = |row: usize| {
            let mut found = false;
            self.each_above(row, |point| found |= marks.has(point));
            found
        };
        (0..rows).into_par_iter().map(within).collect()
    }

    /// Every printed total beside the sum of the leaves that it contains and, by `holds`, has on its list. With `absent`,
    /// also the totals that are printed for other combinations of the same kind but not for these.
    pub fn printed(
        &self,
        leaf: &[bool],
        breakdown: &[u32],
        value: impl Fn(usize) -> Option<f64> + Sync,
        holds: impl Fn(usize, usize) -> bool + Sync,
        absent: bool,
    ) -> Vec<Printed> {
        let of = |row: usize| breakdown.get(row).copied().unwrap_or(0);
        let margins = self.margins(leaf, of, &value, |_, _| true, holds);
        let printed = |one: &Margin| Printed {
            row: one.row as usize,
            printed: true,
            twins: margins.rows(one).map(|row| row as usize).collect(),
            over: self.names(one.over),
            breakdown: one.breakdown,
            parts: u64::from(one.parts),
            missing: u64::from(one.missing),
            computed: one.computed,
        };
        let mut out: Vec<Printed> = margins.found.iter().map(printed).collect();
        if absent {
            let total = |row: &usize| !leaf[*row] && self.mask(*row) != 0;
            let totals = (0..leaf.len()).filter(total).map(|row| self.points[row]).collect();
            out.extend(self.absent(leaf, &of, &value, &totals));
        }
        out
    }

    fn names(&self, mask: u32) -> Vec<String> {
        (0..self.mixed.len()).filter(|d| mask & (1 << d) != 0).map(|d| self.mixed[d].name.clone()).collect()
    }

    fn absent(
        &self,
        leaf: &[bool],
        breakdown: &impl Fn(usize) -> u32,
        value: &impl Fn(usize) -> Option<f64>,
        totals: &FxHashSet<u64>,
    ) -> Vec<Printed> {
        let full = |row: usize, mask: u32| {
            (0..self.mixed.len())
                .filter(|d| mask & (1 << d) != 0)
                .all(|d| Some(self.mixed[d].keys[row]) == self.mixed[d].total)
        };
        let mut patterns: Vec<u32> = Vec::new();
        for row in (0..leaf.len()).filter(|row| !leaf[*row]) {
            let mask = self.mask(row);
            if mask != 0 && full(row, mask) && !patterns.contains(&mask) {
                patterns.push(mask);
            }
        }
        let mut missing: FxHashMap<(u64, u32), usize> = FxHashMap::default();
        let mut out: Vec<(Printed, ExactSum)> = Vec::new();
        for row in (0..leaf.len()).filter(|row| leaf[*row]) {
            let own = self.mask(row);
            for mask in patterns.iter().filter(|mask| *mask & !own != 0) {
                let point =
                    (0..self.mixed.len()).filter(|d| mask & (1 << d) != 0).fold(self.points[row], |point, d| {
                        let total = self.mixed[d].total.unwrap_or(self.mixed[d].keys[row]);
                        let step = (i64::from(total) - i64::from(self.mixed[d].keys[row])) * self.strides[d] as i64;
                        point.wrapping_add_signed(step)
                    });
                if totals.contains(&point) || point == self.points[row] {
                    continue;
                }
                let at = *missing.entry((point, breakdown(row))).or_insert_with(|| {
                    let over = self.names(*mask);
                    let breakdown = breakdown(row);
                    let (twins, computed) = (Vec::new(), 0.0);
                    let empty = Printed { row, printed: false, twins, over, breakdown, parts: 0, missing: 0, computed };
                    out.push((empty, ExactSum::default()));
                    out.len() - 1
                });
                let (printed, sum) = &mut out[at];
                printed.parts += 1;
                match value(row) {
                    Some(value) => sum.add(value),
                    None => printed.missing += 1,
                }
            }
        }
        out.into_iter()
            .map(|(mut printed, sum)| {
                printed.computed = sum.value();
                printed
            })
            .collect()
    }
}

/// Numbers the points anew, without gaps.
fn compress(points: &mut [u64]) -> u64 {
    let mut numbers: FxHashMap<u64, u64> = FxHashMap::default();
    for point in points.iter_mut() {
        let next = numbers.len() as u64;
        *point = *numbers.entry(*point).or_insert(next);
    }
    numbers.len().max(1) as u64
}

/// A set of points as bits, where the grid is dense enough.
struct Bits(Vec<AtomicU64>);

impl Bits {
    /// Up to 16 bytes a row, and small grids always.
    fn new(space: u64, rows: usize) -> Option<Bits> {
        let fits = space <= 1 << 26 || space <= rows as u64 * 128;
        fits.then(|| Bits((0..space.div_ceil(64)).map(|_| AtomicU64::new(0)).collect()))
    }

    /// Adds a point; was it there already?
    fn set(&self, point: u64) -> bool {
        let bit = 1 << (point % 64);
        self.0[(point / 64) as usize].fetch_or(bit, Relaxed) & bit != 0
    }

    fn has(&self, point: u64) -> bool {
        self.0[(point / 64) as usize].load(Relaxed) & (1 << (point % 64)) != 0
    }
}

/// Marks on points that are known beforehand, or on any point of a dense grid.
enum Marks {
    Dense(Bits),
    Sparse(std::sync::Arc<FxHashMap<u64, u32>>, Bits),
}

impl Marks {
    fn new(space: u64, rows: usize, points: impl FnOnce() -> Vec<u64>) -> Marks {
        if let Some(bits) = Bits::new(space, rows) {
            return Marks::Dense(bits);
        }
        let mut index = FxHashMap::default();
        for point in points() {
            let next = index.len() as u32;
            index.entry(point).or_insert(next);
        }
        let bits = (0..index.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Marks::Sparse(index.into(), Bits(bits))
    }

    /// No marks, on the same points.
    fn empty(&self) -> Marks {
        let blank = |bits: &Bits| Bits(bits.0.iter().map(|_| AtomicU64::new(0)).collect());
        match self {
            Marks::Dense(bits) => Marks::Dense(blank(bits)),
            Marks::Sparse(index, bits) => Marks::Sparse(index.clone(), blank(bits)),
        }
    }

    fn mark(&self, point: u64) {
        match self {
            Marks::Dense(bits) => drop(bits.set(point)),
            Marks::Sparse(index, bits) => {
                if let Some(at) = index.get(&point) {
                    bits.set(u64::from(*at));
                }
            }
        }
    }

    fn has(&self, point: u64) -> bool {
        match self {
            Marks::Dense(bits) => bits.has(point),
            Marks::Sparse(index, bits) => index.get(&point).is_some_and(|at| bits.has(u64::from(*at))),
        }
    }
}

/// Distinct periods of a table in order of first appearance, and the key of every row.
pub fn period_keys(starts: &[i32], ends: &[i32]) -> (Vec<i32>, Vec<Period>) {
    const PIECE: usize = 1 << 17;
    let mut keys = vec![0; starts.len()];
    let found: Vec<Vec<Period>> = keys
        .par_chunks_mut(PIECE)
        .zip(starts.par_chunks(PIECE).zip(ends.par_chunks(PIECE)))
        .map(|(keys, (starts, ends))| periods_of(starts, ends, keys))
        .collect();
    let mut seen: FxHashMap<Period, i32> = FxHashMap::default();
    let mut periods: Vec<Period> = Vec::new();
    let mut place = |one: &Period| {
        *seen.entry(*one).or_insert_with(|| {
            periods.push(*one);
            periods.len() as i32 - 1
        })
    };
    let places: Vec<Vec<i32>> = found.iter().map(|found| found.iter().map(&mut place).collect()).collect();
    keys.par_chunks_mut(PIECE).zip(&places).for_each(|(keys, places)| {
        if places.iter().zip(0..).any(|(place, at)| *place != at) {
            keys.iter_mut().for_each(|key| *key = places[*key as usize]);
        }
    });
    (keys, periods)
}

/// The same for a few rows, whose keys are filled in.
fn periods_of(starts: &[i32], ends: &[i32], keys: &mut [i32]) -> Vec<Period> {
    let mut seen: FxHashMap<Period, i32> = FxHashMap::default();
    let mut periods: Vec<Period> = Vec::new();
    // Where a period was last seen, by a few bits of its start: most rows need no search.
    let mut recent = [(0, 0, -1); 256];
    for ((key, &start), &end) in keys.iter_mut().zip(starts).zip(ends) {
        let near = &mut recent[((start as u32).wrapping_mul(0x9E37_79B9) >> 24) as usize];
        if near.2 < 0 || (near.0, near.1) != (start, end) {
            let one = Period { start, end };
            let found = *seen.entry(one).or_insert_with(|| {
                periods.push(one);
                periods.len() as i32 - 1
            });
            *near = (start, end, found);
        }
        *key = near.2;
    }
    periods
}

/// The grid of a table of observations, and the definition of every row. Definitions that differ only in their breakdown
/// count as one.
pub fn grid(observations: &Observations) -> Result<(Grid<'_>, Vec<i32>), Error> {
    let bases: Vec<_> = observations.definitions().iter().map(|one| one.without(["breakdown"])).collect();
    let first = |base| bases.iter().position(|known| known == base).map_or(0, |at| at as i32);
    let base: Vec<i32> = bases.iter().map(first).collect();
    let group: Vec<i32> = observations.definition_keys().iter().map(|key| base[*key as usize]).collect();
    Ok((grid_of(observations, &group)?, group))
}

/// The grid of a table of observations whose rows are of the definitions given.
pub fn grid_of<'a>(observations: &'a Observations, group: &[i32]) -> Result<Grid<'a>, Error> {
    let definitions = observations.definitions().len();
    let mut dimensions = vec![Dimension::plain("definition", group.to_vec(), definitions)];
    let (keys, periods) = period_keys(observations.dates("period_start"), observations.dates("period_end"));
    dimensions.push(Dimension::periods(keys, &periods));
    for name in DIMENSIONS {
        let Some((keys, mut codes)) = observations.codes(name) else { continue };
        let mut keys = Cow::Borrowed(keys);
        let column = &observations.figures()[name];
        if column.null_count() > 0 {
            // A figure without a code in an optional dimension is a thing of its own, not part of any total.
            let blank = codes.len() as i32;
            let keys = keys.to_mut();
            (0..keys.len()).filter(|row| column.is_null(*row)).for_each(|row| keys[row] = blank);
            codes.push("");
        }
        let lists = definition::lists(observations.definitions(), name);
        let of = observations.definition_keys();
        dimensions.push(Dimension::reported(name, &lists, keys, &codes, observations.definitions(), of));
    }
    Grid::new(dimensions, observations.len())
}

#[cfg(test)]
mod tests;
