//! All figures in the order of their series, made once and shared by the rules.
//!
//! A *line* is one series: figures of one meaning and of the same codes in every dimension, in the order of time. Where they
//! were printed does not matter: the same cell of two tables is twice in one line.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::codes::period::{Period, contains};
use crate::definition::{CITATION, Definition};
use crate::observation::{DIMENSIONS, Observations};
use crate::totals::period_keys;

/// Lines that one task looks at.
const PIECE: usize = 1 << 11;
/// More places than this are not numbered.
const SPACE: u64 = 1 << 62;
/// Fields of a definition that say where a figure was printed, not what it means.
const PLACE: [&str; 6] = ["breakdown", "table", "file", "sheet", "release_date", "break_before"];

/// Figures by line and time.
pub struct Index {
    /// Rows of the table.
    pub rows: Vec<u32>,
    /// The value of each of these rows, NaN where it has none.
    pub values: Vec<f64>,
    /// The period of each of these rows, as an index into `periods`.
    pub when: Vec<u32>,
    /// The periods that occur, in the order of time.
    pub periods: Vec<Period>,
    /// Where each line begins, and where the last one ends.
    bounds: Vec<u32>,
    /// The number of each line, without its sex, and its sex.
    keys: Vec<(u64, u32)>,
    /// What each definition means: those that differ only in where they were printed are of one meaning.
    pub meaning: Vec<u32>,
    /// Codes of sex, as far as they occur.
    pub sexes: Vec<String>,
}

/// One series.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    /// Which line this is.
    pub at: usize,
    /// Rows of the table, in the order of time.
    pub rows: &'a [u32],
    /// Their values, NaN where there is none.
    pub values: &'a [f64],
    /// Their periods.
    pub when: &'a [u32],
}

impl Line<'_> {
    /// Does the period of a place stand once? Several records of one period are no series of time.
    pub fn once(&self, at: usize) -> bool {
        (at == 0 || self.when[at - 1] != self.when[at]) && self.when.get(at + 1) != Some(&self.when[at])
    }
}

/// The number of the first equal thing for each.
pub fn classes<T: PartialEq>(all: &[T]) -> Vec<u32> {
    all.iter().map(|one| all.iter().position(|other| other == one).unwrap_or_default() as u32).collect()
}

impl Index {
    /// Puts the figures in order.
    pub fn new(observations: &Observations) -> Index {
        // A percentage is of what its table says: of all migrants in one, of the population in another.
        let place =
            |one: &Definition| PLACE.into_iter().filter(|name| *name != "table" || !one.is_ratio()).collect::<Vec<_>>();
        let definitions: Vec<Definition> =
            observations.definitions().iter().map(|one| one.without(place(one).into_iter().chain(CITATION))).collect();
        let meaning = classes(&definitions);
        let (found, distinct) = period_keys(observations.dates("period_start"), observations.dates("period_end"));
        let mut periods = distinct.clone();
        periods.sort_unstable();
        let rank: Vec<u64> = distinct.iter().map(|one| periods.binary_search(one).unwrap_or_default() as u64).collect();
        let mut keys: Vec<u64> =
            observations.definition_keys().par_iter().map(|key| u64::from(meaning[*key as usize])).collect();
        let mut space = definitions.len().max(1) as u64;
        let mut sexes: Vec<String> = Vec::new();
        for name in DIMENSIONS.into_iter().filter(|name| *name != "sex") {
            let Some((column, codes)) = observations.codes(name) else { continue };
            let size = codes.len() as u64 + 1;
            if size <= 2 && observations.figures()[name].null_count() == 0 {
                continue;
            }
            if space.checked_mul(size).is_none_or(|space| space > SPACE) {
                space = compress(&mut keys);
            }
            let nulls = observations.figures()[name].nulls();
            keys.par_iter_mut().enumerate().for_each(|(row, key)| {
                let blank = nulls.is_some_and(|nulls| nulls.is_null(row));
                *key += space * if blank { size - 1 } else { column[row] as u64 };
            });
            space *= size;
        }
        let (sex, codes) = observations.codes("sex").unwrap_or_default();
        sexes.extend(codes.into_iter().map(str::to_owned));
        let (wide, long) = (sexes.len().max(1) as u64, periods.len().max(1) as u64);
        if space.checked_mul(wide * long).is_none_or(|space| space > SPACE) {
            compress(&mut keys);
        }
        let place = |(row, key): (usize, &u64)| (key * wide + sex[row] as u64) * long + rank[found[row] as usize];
        let order = ordered(keys.par_iter().enumerate().map(place).collect());
        let mut bounds = Vec::new();
        let mut keys = Vec::new();
        let mut last = u64::MAX;
        for (at, (place, _)) in order.iter().enumerate() {
            let line = place / long;
            if line != last {
                bounds.push(at as u32);
                keys.push((line / wide, (line % wide) as u32));
                last = line;
            }
        }
        bounds.push(order.len() as u32);
        let values = observations.values();
        let value = |row: u32| if observations.has_value(row as usize) { values.value(row as usize) } else { f64::NAN };
        Index {
            values: order.par_iter().map(|(_, row)| value(*row)).collect(),
            when: order.par_iter().map(|(place, _)| (place % long) as u32).collect(),
            rows: order.into_par_iter().map(|(_, row)| row).collect(),
            periods,
            bounds,
            keys,
            meaning,
            sexes,
        }
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Are there no lines?
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// One of the lines.
    pub fn line(&self, at: usize) -> Line<'_> {
        let range = self.bounds[at] as usize..self.bounds[at + 1] as usize;
        Line { at, rows: &self.rows[range.clone()], values: &self.values[range.clone()], when: &self.when[range] }
    }

    /// Do the periods of a line follow one another?
    pub fn is_plain(&self, line: Line<'_>) -> bool {
        line.when.windows(2).all(|pair| {
            let (a, b) = (self.periods[pair[0] as usize], self.periods[pair[1] as usize]);
            pair[0] == pair[1] || b.start >= a.end
        })
    }

    /// The places of a line that hold no shorter period of it: its months, and not the years that they make.
    pub fn finest(&self, line: Line<'_>) -> Vec<usize> {
        let period = |at: usize| self.periods[line.when[at] as usize];
        let all = 0..line.when.len();
        if self.is_plain(line) {
            return all.collect();
        }
        // Periods are in order of their beginnings: what lies inside of one begins before it ends.
        let holds = |at: usize| {
            let later = (at + 1..line.when.len()).take_while(|other| period(*other).start < period(at).end);
            let earlier = (0..at).rev().take_while(|other| period(*other).start == period(at).start);
            later.chain(earlier).any(|other| contains(period(at), period(other)))
        };
        all.filter(|at| !holds(*at)).collect()
    }

    /// The sex of a line.
    pub fn sex(&self, at: usize) -> &str {
        self.sexes.get(self.keys[at].1 as usize).map_or("", String::as_str)
    }

    /// The line of another sex that is the same in all else.
    pub fn sibling(&self, at: usize, sex: u32) -> Option<Line<'_>> {
        // Lines of all sexes stand side by side.
        let key = (self.keys[at].0, sex);
        let from = at.saturating_sub(self.sexes.len());
        let to = (at + self.sexes.len() + 1).min(self.keys.len());
        self.keys[from..to].binary_search(&key).ok().map(|found| self.line(from + found))
    }

    /// What each line gives, in the order of lines.
    pub fn each<T: Send>(&self, see: impl Fn(Line<'_>, &mut Vec<T>) + Sync) -> Vec<T> {
        let pieces: Vec<Vec<T>> = (0..self.len().div_ceil(PIECE))
            .into_par_iter()
            .map(|piece| {
                let mut out = Vec::new();
                for at in piece * PIECE..self.len().min((piece + 1) * PIECE) {
                    see(self.line(at), &mut out);
                }
                out
            })
            .collect();
        pieces.into_iter().flatten().collect()
    }
}

/// Rows in the order of their places, each with its place.
fn ordered(places: Vec<u64>) -> Vec<(u64, u32)> {
    let rows = places.len().max(1) as u64;
    let largest = places.par_iter().copied().max().unwrap_or_default();
    if largest.checked_mul(rows).is_none_or(|all| all > u64::MAX - rows) {
        let mut order: Vec<(u64, u32)> =
            places.into_par_iter().enumerate().map(|(row, place)| (place, row as u32)).collect();
        order.par_sort_unstable();
        return order;
    }
    // Place and row in one number, which is sorted in half the time.
    let mut packed: Vec<u64> =
        places.into_par_iter().enumerate().map(|(row, place)| place * rows + row as u64).collect();
    packed.par_sort_unstable();
    packed.into_par_iter().map(|both| (both / rows, (both % rows) as u32)).collect()
}

/// Numbers the keys anew, without gaps and in their own order.
pub fn compress(keys: &mut [u64]) -> u64 {
    let mut distinct = keys.to_vec();
    distinct.par_sort_unstable();
    distinct.dedup();
    let numbers: FxHashMap<u64, u64> = distinct.iter().copied().zip(0..).collect();
    keys.par_iter_mut().for_each(|key| *key = numbers[key]);
    distinct.len().max(1) as u64
}
