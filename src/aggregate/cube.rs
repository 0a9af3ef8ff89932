//! Sums over groups of rows, where a group is a tuple of small whole numbers. Numbers in, numbers out: no labels.
//!
//! **Exact.** The sum of a cell is its exact sum rounded once, to nearest even, so neither the order of the rows nor chunks
//! nor threads can change a bit. One pass over the values finds what that costs (`Survey`):
//! - all values are multiples of some power of two *u*, their lowest set bit; where their magnitudes add up to less than 2⁶²
//!   *u*, as those of whole numbers do, they are added as 64-bit integers in units of *u*;
//! - where they stay below 2¹²⁶ *u*, as fractions mostly do, as 128-bit integers;
//! - anything else is added the second way as far as it fits a fixed window, and what does not fit is set aside and
//!   added by [`ExactSum`] at the end.
//!
//! **Dense or sparse.** Codes are turned into classes by lookup tables whose entries are multiplied by the stride of
//! their dimension, so the number of a cell is a sum of lookups. It indexes a cube while that is not much larger than the rows,
//! and is the key of a hash table otherwise. Threads take ranges of rows with a cube each and add them up while the cubes are
//! small; else each thread scans all rows and keeps its own share of the cells, so memory does not grow with the threads.
//!
//! Blocks of 256 rows: vector work first (cell numbers, nulls, fixed point), then one scattered addition a row.

use std::hash::Hash;
use std::ops::{Add, Mul, Range};
use std::thread;

use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::util::bit_chunk_iterator::BitChunks;
use multiversion::multiversion;
use rustc_hash::FxHashMap;

use crate::Error;
use crate::exact::{ExactSum, power_of_two};
use crate::watch::Watch;

/// The class of a code whose rows are left out.
pub const NONE: u32 = u32::MAX;

/// One dimension of the cells: which class each row falls into.
pub struct Dim<'a> {
    /// The codes of the rows.
    pub codes: Codes<'a>,
    /// For each code its class, below `size`, or [`NONE`].
    pub classes: &'a [u32],
    /// The number of classes.
    pub size: u32,
}

/// The codes of a dimension, one of each slice for a row.
pub enum Codes<'a> {
    /// Code `c` has class `classes[c]`.
    One(&'a [i32]),
    /// Two columns decide together, as where membership of a group changes with the period: `classes[outer * width + inner]`.
    Two {
        /// The codes that choose a stretch of `classes`.
        outer: &'a [i32],
        /// The codes within it.
        inner: &'a [i32],
        /// The number of inner codes.
        width: usize,
    },
}

/// A column of finite numbers; where `valid` is false there is none, and what stands in `values` is not looked at.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// The numbers.
    pub values: &'a [f64],
    /// Which of them count; all if `None`.
    pub valid: Option<&'a NullBuffer>,
}

/// What to add up. All columns have as many rows as `value`.
pub struct Input<'a> {
    /// The dimensions of the cells, outermost first.
    pub dims: Vec<Dim<'a>>,
    /// The rows that take part; all if `None`.
    pub rows: Option<&'a BooleanBuffer>,
    /// The values.
    pub value: Values<'a>,
    /// Lower bounds of the values; a null adds nothing.
    pub low: Option<Values<'a>>,
    /// Upper bounds of the values; a null adds nothing.
    pub high: Option<Values<'a>>,
}

/// The cells that at least one row reached, in row-major order of their classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cells {
    /// For each dimension the class of each cell.
    pub keys: Vec<Vec<u32>>,
    /// The exact sum of the values, rounded once; 0 where there are none, so look at `valued`.
    pub sum: Vec<f64>,
    /// The rows.
    pub figures: Vec<u64>,
    /// The rows that have a value.
    pub valued: Vec<u64>,
    /// The lower bounds.
    pub low: Option<Bounds>,
    /// The upper bounds.
    pub high: Option<Bounds>,
    /// The rows that take part and have no class in some dimension.
    pub left_out: u64,
    /// For each class of the outermost dimension, what rounding took from the sums of its cells: exact less rounded.
    pub rounding: Vec<ExactSum>,
}

/// Bounds added up by cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounds {
    /// The exact sum of the bounds, rounded once.
    pub sum: Vec<f64>,
    /// The rows that have one.
    pub valued: Vec<u64>,
}

/// Add up by cell on `threads` threads. The result does not depend on their number.
///
/// ```
/// # use migstat::{aggregate::cube::{sum, Codes, Dim, Input, Values, NONE}, watch::Watch};
/// // Three areas, of which the first two are one region and the third is in none.
/// let region = Dim { codes: Codes::One(&[0, 2, 1, 0]), classes: &[0, 0, NONE], size: 1 };
/// let value = Values { values: &[0.1, 5.0, 0.2, 0.3], valid: None };
/// let cells = sum(&Input { dims: vec![region], rows: None, value, low: None, high: None }, 2, &Watch::default())?;
/// assert_eq!((cells.keys, cells.sum, cells.left_out), (vec![vec![0]], vec![0.6], 1)); // 0.1 + 0.2 + 0.3 is not 0.6 in f64
/// # Ok::<(), migstat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Schema`] if a code has no entry in `classes` or a value is not finite; [`Error::Stopped`] when `watch` says so.
pub fn sum(input: &Input, threads: usize, watch: &Watch) -> Result<Cells, Error> {
    sum_within(input, threads, watch, &Limits::default())
}

/// Rows of a block.
const BLOCK: usize = 256;
/// Rows between two looks at the watch.
const STRETCH: usize = 1 << 20;
/// A thread with fewer rows than this is not worth starting.
const ROWS_PER_THREAD: usize = 1 << 16;
/// Magnitudes stay below two to this power: a sign, and one bit because the total was itself added in f64.
const NARROW_BITS: i32 = 62;
const WIDE_BITS: i32 = 126;
/// Values from this power of two on are outside the window of [`Method::Window`]; remittances stay below.
const WINDOW_TOP: i32 = 40;
/// In the counts of a cell, the rows with a value are in the upper half.
const VALUED: u64 = 1 << 32;

/// Where one way of adding ends and the next begins; tests move them.
#[derive(Clone, Debug)]
struct Limits {
    /// A cube may have this many cells whatever the rows,
    dense_cells: u64,
    /// and this many for each row,
    dense_cells_per_row: u64,
    /// if it has at most this many bytes.
    dense_bytes: u64,
    /// The private cubes of all threads together may have as many cells as one cube, and this many bytes.
    private_bytes: u64,
    rows_per_thread: usize,
    /// Rank of the cheapest method allowed.
    method: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            dense_cells: 4 << 20,
            dense_cells_per_row: 4,
            dense_bytes: 1 << 30,
            private_bytes: 1 << 30,
            rows_per_thread: ROWS_PER_THREAD,
            method: 0,
        }
    }
}

/// How to add; see the head of the module.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Method {
    /// In units of two to this power, in 64 bits.
    Narrow(i32),
    /// The same in 128 bits.
    Wide(i32),
    /// The same, for values that are multiples of the unit and below 2^[`WINDOW_TOP`].
    Window(i32),
}

fn sum_within(input: &Input, threads: usize, watch: &Watch, limits: &Limits) -> Result<Cells, Error> {
    check(input)?;
    let rows = input.value.values.len();
    let threads = threads.clamp(1, rows.div_ceil(limits.rows_per_thread).max(1));
    // Several dimensions may say `none` for the same row: the key type must hold the sum.
    let cells = input.dims.iter().try_fold(1u64, |cells, dim| cells.checked_mul(u64::from(dim.size)));
    let Some(cells) = cells.filter(|&cells| cells < u64::MAX / (input.dims.len() as u64 + 2)) else {
        return Err(Error::Schema("the groups have more than 2^64 possible cells; group by fewer columns".into()));
    };
    let dense = cells <= limits.dense_cells.max(limits.dense_cells_per_row.saturating_mul(rows as u64))
        && cells.saturating_mul(size_of::<Wide>() as u64) <= limits.dense_bytes
        && u32::try_from((cells + 2) * (input.dims.len() as u64 + 2)).is_ok();

    let add_up = |column: Values, units: u64| -> Result<Cells, Error> {
        let method = survey(column, threads, watch)?.method(column, limits)?;
        let (value, take) = (column, input.rows);
        if dense {
            let task = Task { axes: axes::<u32>(input), none: cells as u32, take, value, method, watch, units };
            match method {
                Method::Narrow(_) => task.dense::<Narrow>(input, threads, limits),
                Method::Wide(_) | Method::Window(_) => task.dense::<Wide>(input, threads, limits),
            }
        } else {
            let task = Task { axes: axes::<u64>(input), none: cells, take, value, method, watch, units };
            match method {
                Method::Narrow(_) => task.sparse::<Narrow>(input, threads),
                Method::Wide(_) | Method::Window(_) => task.sparse::<Wide>(input, threads),
            }
        }
    };
    let mut out = add_up(input.value, 1)?;
    // The bounds have the same rows, so the same cells.
    let bounds = |cells: Cells| Bounds { sum: cells.sum, valued: cells.valued };
    out.low = input.low.map(|low| add_up(low, 0)).transpose()?.map(bounds);
    out.high = input.high.map(|high| add_up(high, 0)).transpose()?.map(bounds);
    Ok(out)
}

/// The promises of the caller: equal lengths, classes below their size.
fn check(input: &Input) -> Result<(), Error> {
    let rows = input.value.values.len();
    if u32::try_from(rows).is_err() {
        // Counts are 32 bits while they are being added.
        return Err(Error::Schema(format!("{rows} rows in one sum; add them up in parts of less than 2^32")));
    }
    let columns = [Some(input.value), input.low, input.high].into_iter().flatten();
    let lengths = columns
        .flat_map(|column| [Some(column.values.len()), column.valid.map(NullBuffer::len)])
        .chain([input.rows.map(BooleanBuffer::len)])
        .flatten();
    let codes = input.dims.iter().flat_map(|dim| match dim.codes {
        Codes::One(codes) => [codes.len(), codes.len()],
        Codes::Two { outer, inner, .. } => [outer.len(), inner.len()],
    });
    if let Some(length) = lengths.chain(codes).find(|&length| length != rows) {
        return Err(Error::Internal(format!("a column of {length} rows beside {rows} values")));
    }
    for (at, dim) in input.dims.iter().enumerate() {
        if let Some(class) = dim.classes.iter().find(|&&class| class >= dim.size && class != NONE) {
            return Err(Error::Internal(format!("class {class} in dimension {at}, which has {}", dim.size)));
        }
        if let Codes::Two { width, .. } = dim.codes
            && !dim.classes.len().is_multiple_of(width.max(1))
        {
            return Err(Error::Internal(format!(
                "dimension {at} has {} classes in rows of {width}",
                dim.classes.len()
            )));
        }
    }
    Ok(())
}

/// The number of a cell: u32 in a cube, u64 in a hash table.
trait Key: Copy + Ord + Hash + Add<Output = Self> + Mul<Output = Self> + From<u32> + Into<u64> + Send + Sync {
    fn of(number: u64) -> Self;
}

impl Key for u32 {
    fn of(number: u64) -> Self {
        number as Self
    }
}

impl Key for u64 {
    fn of(number: u64) -> Self {
        number
    }
}

/// A dimension made ready: what a code adds to the number of the cell.
enum Axis<'a, K> {
    /// Codes that are their own class: a multiplication.
    Stride {
        codes: &'a [i32],
        count: usize,
        stride: K,
    },
    Table {
        codes: &'a [i32],
        table: Vec<K>,
    },
    Pair {
        outer: &'a [i32],
        inner: &'a [i32],
        width: usize,
        table: Vec<K>,
    },
}

/// A class of [`NONE`] adds the number of all cells, so that no other class can bring the row back among them.
fn axes<'a, K: Key>(input: &'a Input) -> Vec<Axis<'a, K>> {
    let cells = input.dims.iter().map(|dim| u64::from(dim.size)).product::<u64>();
    let mut stride = 1;
    let mut axes = Vec::with_capacity(input.dims.len());
    for dim in input.dims.iter().rev() {
        let entry = |&class: &u32| K::of(if class == NONE { cells } else { u64::from(class) * stride });
        axes.push(match dim.codes {
            Codes::One(codes) if dim.classes.iter().enumerate().all(|(code, &class)| code == class as usize) => {
                Axis::Stride { codes, count: dim.classes.len(), stride: K::of(stride) }
            }
            Codes::One(codes) => Axis::Table { codes, table: dim.classes.iter().map(entry).collect() },
            Codes::Two { outer, inner, width } => {
                Axis::Pair { outer, inner, width, table: dim.classes.iter().map(entry).collect() }
            }
        });
        stride *= u64::from(dim.size);
    }
    axes.reverse();
    axes
}

/// The highest code, read as unsigned: a negative one is above all tables.
#[inline]
fn highest(codes: &[i32]) -> usize {
    codes.iter().fold(0, |highest, &code| highest.max(code as u32)) as usize
}

/// The numbers of the cells of the rows from `at`; false when a code has no class.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi2", "x86_64+avx2+bmi2+fma", "aarch64+neon"))]
fn number<K: Key>(axes: &[Axis<K>], at: usize, none: K, keys: &mut [K]) -> bool {
    let rows = at..at + keys.len();
    keys.fill(K::from(0));
    for axis in axes {
        match axis {
            Axis::Stride { codes, count, stride } => {
                let codes = &codes[rows.clone()];
                if highest(codes) >= *count {
                    return false;
                }
                for (key, &code) in keys.iter_mut().zip(codes) {
                    *key = *key + K::from(code as u32) * *stride;
                }
            }
            Axis::Table { codes, table } => {
                let codes = &codes[rows.clone()];
                if highest(codes) >= table.len() {
                    return false;
                }
                for (key, &code) in keys.iter_mut().zip(codes) {
                    *key = *key + table[code as usize];
                }
            }
            Axis::Pair { outer, inner, width, table } => {
                let (outer, inner) = (&outer[rows.clone()], &inner[rows.clone()]);
                if highest(inner) >= *width || highest(outer) >= table.len() / width {
                    return false;
                }
                for ((key, &outer), &inner) in keys.iter_mut().zip(outer).zip(inner) {
                    *key = *key + table[outer as usize * width + inner as usize];
                }
            }
        }
    }
    for key in keys {
        *key = (*key).min(none);
    }
    true
}

/// Move the rows that do not take part to their own number.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi2", "x86_64+avx2+bmi2+fma", "aarch64+neon"))]
fn apart<K: Key>(none: K, take: &[u64; BLOCK / 64], keys: &mut [K; BLOCK]) {
    let nowhere = none + K::from(1);
    for (word, keys) in take.iter().zip(keys.as_chunks_mut::<64>().0) {
        for (k, key) in keys.iter_mut().enumerate() {
            *key = if word >> k & 1 == 0 { nowhere } else { *key };
        }
    }
}

/// What the rows of a block add to their cells.
struct Terms {
    value: [f64; BLOCK],
    /// 1, and [`VALUED`] where there is a value.
    count: [u64; BLOCK],
    /// The value in 64 bits of fixed point, two's complement, and the count: one vector addition takes both.
    narrow: [[u64; 2]; BLOCK],
    /// The value in 128 bits of fixed point.
    low: [u64; BLOCK],
    high: [u64; BLOCK],
}

impl Terms {
    fn new() -> Self {
        Self { value: [0.0; BLOCK], count: [0; BLOCK], narrow: [[0; 2]; BLOCK], low: [0; BLOCK], high: [0; BLOCK] }
    }
}

/// The bits of a block of rows.
fn bits(buffer: &BooleanBuffer, at: usize, rows: usize) -> [u64; BLOCK / 64] {
    let mut words = [0; BLOCK / 64];
    let chunks = BitChunks::new(buffer.values(), buffer.offset() + at, rows);
    for (word, bits) in words.iter_mut().zip(chunks.iter_padded()) {
        *word = bits;
    }
    words
}

/// The values of a block; 0 for a null. Loops of 64 become vectors, loops of 8 do not.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi2", "x86_64+avx2+bmi2+fma", "aarch64+neon"))]
fn load(values: &[f64; BLOCK], valid: &[u64; BLOCK / 64], out: &mut [f64; BLOCK]) {
    for ((values, word), out) in values.as_chunks::<64>().0.iter().zip(valid).zip(out.as_chunks_mut::<64>().0) {
        for k in 0..64 {
            out[k] = f64::from_bits(values[k].to_bits() & (word >> k & 1).wrapping_neg());
        }
    }
}

/// The counts of a block.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi2", "x86_64+avx2+bmi2+fma", "aarch64+neon"))]
fn tally(valid: &[u64; BLOCK / 64], out: &mut [u64; BLOCK]) {
    for (word, out) in valid.iter().zip(out.as_chunks_mut::<64>().0) {
        for (k, out) in out.iter_mut().enumerate() {
            *out = 1 | (word >> k & 1) << 32;
        }
    }
}

impl Values<'_> {
    /// Load the rows from `at`, and zeros beyond them; which of them have a value.
    fn load(&self, at: usize, rows: usize, out: &mut [f64; BLOCK]) -> [u64; BLOCK / 64] {
        let words = self.valid.map_or([u64::MAX; BLOCK / 64], |valid| bits(valid.inner(), at, rows));
        let values = &self.values[at..at + rows];
        if let Ok(block) = values.try_into() {
            load(block, &words, out);
        } else {
            let mut block = [0.0; BLOCK];
            block[..rows].copy_from_slice(values);
            load(&block, &words, out);
        }
        words
    }
}

/// Values to units, a multiplication by `scale`, in 64 bits.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi2", "x86_64+avx2+bmi2+fma", "aarch64+neon"))]
fn count_units(scale: f64, terms: &mut Terms) {
    for ((value, count), pair) in terms.value.iter().zip(&terms.count).zip(&mut terms.narrow) {
        *pair = [(value * scale) as i64 as u64, *count];
    }
}

/// Shift that gives 0 from 64 on, as the vector instructions do.
#[inline]
fn shift_left(bits: u64, by: u64) -> u64 {
    if by < 64 { bits << by } else { 0 }
}

#[inline]
fn shift_right(bits: u64, by: u64) -> u64 {
    if by < 64 { bits >> by } else { 0 }
}

/// Values to units of 2^`unit`, of which they are multiples, in 128 bits.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi2", "x86_64+avx2+bmi2+fma", "aarch64+neon"))]
fn fix(unit: i32, terms: &mut Terms) {
    // With its highest bit at 63 of the upper word, a mantissa of biased exponent e is right when shifted down by this less e.
    let place = (75 + 1075 + i64::from(unit)) as u64;
    for ((value, low), high) in terms.value.iter().zip(&mut terms.low).zip(&mut terms.high) {
        let bits = value.to_bits();
        let exponent = bits >> 52 & 0x7FF;
        let mantissa = (bits << 12 >> 1) | u64::from(exponent != 0) << 63;
        let down = place.wrapping_sub(exponent.max(1));
        let up = 64u64.wrapping_sub(down);
        let upper = shift_right(mantissa, down);
        let lower = shift_left(mantissa, up) | shift_right(mantissa, up.wrapping_neg());
        // Two's complement of both words, where the value is negative.
        let sign = ((bits as i64) >> 63) as u64;
        *low = (lower ^ sign).wrapping_sub(sign);
        *high = (upper ^ sign).wrapping_add(sign & u64::from(lower == 0));
    }
}

/// What the values of a column look like together.
#[derive(Clone, Copy, Debug)]
struct Survey {
    /// The lowest bit set in any value, a power of two of which all are multiples; infinite when all are 0.
    grain: f64,
    /// The sum of the magnitudes as f64 adds it: off by far less than a factor of two.
    total: f64,
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi2", "x86_64+avx2+bmi2+fma", "aarch64+neon"))]
fn look(values: &[f64; BLOCK], grain: &mut [f64; 16], total: &mut [f64; 16]) {
    for values in values.as_chunks::<16>().0 {
        for ((&value, grain), total) in values.iter().zip(&mut *grain).zip(&mut *total) {
            let lowest = lowest_bit(value);
            *grain = if lowest < *grain { lowest } else { *grain };
            *total += value.abs();
        }
    }
}

/// The lowest bit that is set in a finite value; infinite for 0.
#[inline]
fn lowest_bit(value: f64) -> f64 {
    let bits = value.to_bits();
    // Without that bit, unless it is the one that is not written.
    let without = if bits << 12 == 0 { 0.0 } else { f64::from_bits(bits & bits.wrapping_sub(1)) };
    if value == 0.0 { f64::INFINITY } else { (value - without).abs() }
}

fn survey(column: Values, threads: usize, watch: &Watch) -> Result<Survey, Error> {
    let parts = on_threads(ranges(column.values.len(), threads), |rows| {
        let (mut grain, mut total) = ([f64::INFINITY; 16], [0.0; 16]);
        let mut values = [0.0; BLOCK];
        for stretch in rows.clone().step_by(STRETCH) {
            go_on(watch, 0)?;
            for at in (stretch..rows.end.min(stretch + STRETCH)).step_by(BLOCK) {
                column.load(at, rows.end.min(at + BLOCK) - at, &mut values);
                look(&values, &mut grain, &mut total);
            }
        }
        Ok(Survey { grain: grain.into_iter().fold(f64::INFINITY, f64::min), total: total.into_iter().sum() })
    });
    parts.into_iter().try_fold(Survey { grain: f64::INFINITY, total: 0.0 }, |all, part: Result<Survey, Error>| {
        let part = part?;
        Ok(Survey { grain: all.grain.min(part.grain), total: all.total + part.total })
    })
}

impl Survey {
    /// The cheapest exact way to add these values.
    fn method(self, column: Values, limits: &Limits) -> Result<Method, Error> {
        if !self.total.is_finite()
            && let Some(row) = (0..column.values.len())
                .find(|&row| !column.values[row].is_finite() && column.valid.is_none_or(|valid| valid.is_valid(row)))
        {
            let value = column.values[row];
            return Err(Error::Schema(format!("row {row}: the value {value} is not finite; make it null")));
        }
        // All zero: any unit will do.
        let unit = if self.grain.is_finite() { exponent(self.grain) } else { 0 };
        let width = if self.total == 0.0 { 0 } else { exponent(self.total) + 2 - unit };
        // The scale, 2^-unit, must be an f64.
        if limits.method == 0 && self.total.is_finite() && width <= NARROW_BITS && unit >= -1000 {
            return Ok(Method::Narrow(unit));
        }
        if limits.method <= 1 && self.total.is_finite() && width <= WIDE_BITS {
            return Ok(Method::Wide(unit));
        }
        let rows = column.values.len().next_power_of_two().ilog2() as i32;
        Ok(Method::Window(WINDOW_TOP + rows - WIDE_BITS))
    }
}

/// The power of two of the highest bit of a positive number.
fn exponent(value: f64) -> i32 {
    let bits = value.to_bits();
    if bits >> 52 == 0 { 63 - bits.leading_zeros() as i32 - 1074 } else { (bits >> 52) as i32 - 1023 }
}

/// A sum and its counts. Merging is exact, so it has no order.
trait Cell: Copy + Default + Send + Sync {
    fn add(&mut self, terms: &Terms, row: usize);
    fn merge(&mut self, other: &Self);
    /// Rows, and rows with a value in the upper half.
    fn count(&self) -> u64;
    fn value(&self, unit: i32) -> f64;
    fn exact(&self, unit: i32) -> ExactSum;
    /// The sum in units.
    fn units(&self) -> i128;
    /// The exact sum less the rounded one, in two exact parts.
    fn residue(&self, unit: i32) -> [f64; 2] {
        let rest = self.units() - self.units() as f64 as i128;
        [(rest >> 32) as f64 * power_of_two(unit + 32), (rest & 0xFFFF_FFFF) as f64 * power_of_two(unit)]
    }
}

/// The sum in 64 bits of fixed point, and the counts.
#[derive(Clone, Copy, Default)]
#[repr(align(16))]
struct Narrow([u64; 2]);

impl Narrow {
    #[inline]
    fn put(&mut self, more: [u64; 2]) {
        self.0 = [self.0[0].wrapping_add(more[0]), self.0[1].wrapping_add(more[1])];
    }
}

impl Cell for Narrow {
    #[inline]
    fn add(&mut self, terms: &Terms, row: usize) {
        self.put(terms.narrow[row]);
    }

    #[inline]
    fn merge(&mut self, other: &Self) {
        self.put(other.0);
    }

    fn count(&self) -> u64 {
        self.0[1]
    }

    fn units(&self) -> i128 {
        i128::from(self.0[0] as i64)
    }

    /// The cast rounds to nearest even, the product is exact.
    fn value(&self, unit: i32) -> f64 {
        self.0[0] as i64 as f64 * power_of_two(unit)
    }

    fn exact(&self, unit: i32) -> ExactSum {
        let value = self.0[0] as i64;
        let rest = value & 0xFFFF_FFFF;
        [(value - rest) as f64 * power_of_two(unit), rest as f64 * power_of_two(unit)].into_iter().collect()
    }
}

/// The sum in 128 bits, and the counts. Two words and not one i128, whose alignment would make it 32 bytes.
#[derive(Clone, Copy, Default)]
struct Wide {
    low: u64,
    high: u64,
    count: u64,
}

impl Wide {
    #[inline]
    fn sum(&self) -> i128 {
        (u128::from(self.high) << 64 | u128::from(self.low)) as i128
    }

    #[inline]
    fn put(&mut self, low: u64, high: u64, count: u64) {
        let sum = (self.sum() as u128).wrapping_add(u128::from(high) << 64 | u128::from(low));
        self.low = sum as u64;
        self.high = (sum >> 64) as u64;
        self.count += count;
    }
}

impl Cell for Wide {
    #[inline]
    fn add(&mut self, terms: &Terms, row: usize) {
        self.put(terms.low[row], terms.high[row], terms.count[row]);
    }

    #[inline]
    fn merge(&mut self, other: &Self) {
        self.put(other.low, other.high, other.count);
    }

    fn count(&self) -> u64 {
        self.count
    }

    fn units(&self) -> i128 {
        self.sum()
    }

    /// The cast rounds to nearest even. The product does not: a result under the normal range has less than 53 bits.
    fn value(&self, unit: i32) -> f64 {
        self.sum() as f64 * power_of_two(unit)
    }

    fn exact(&self, unit: i32) -> ExactSum {
        let (magnitude, sign) = (self.sum().unsigned_abs(), self.sum().signum() as f64);
        let digit = |k: i32| (magnitude >> (32 * k) & 0xFFFF_FFFF) as f64 * power_of_two(unit + 32 * k);
        (0..4).map(|k| sign * digit(k)).collect()
    }
}

/// Which cells a thread keeps.
#[derive(Clone)]
enum Share {
    /// All of them, and two more for the rows that are left out or do not take part: nothing to test.
    All,
    /// A stretch of a cube.
    Stretch(Range<u64>),
    /// The keys whose hash falls into this part of so many.
    Part(u64, u64),
}

impl Share {
    #[inline]
    fn keeps<K: Key>(&self, key: K, none: K) -> bool {
        let number: u64 = key.into();
        match self {
            Self::All => true,
            Self::Stretch(cells) => cells.contains(&number),
            // Not the hash of the table, whose order the parts would otherwise spoil.
            Self::Part(part, parts) => {
                key < none && ((number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) * parts) >> 32 == *part
            }
        }
    }
}

/// What a thread brings back.
struct Found<S> {
    cells: S,
    /// Values outside the window, with their cell.
    aside: Vec<(u64, f64)>,
    left_out: u64,
}

/// One column on its way into the cells.
struct Task<'a, K> {
    axes: Vec<Axis<'a, K>>,
    /// The number of all cells: where rows go that are left out. Those that do not take part go one further.
    none: K,
    take: Option<&'a BooleanBuffer>,
    value: Values<'a>,
    method: Method,
    watch: &'a Watch,
    /// What a row counts on the watch.
    units: u64,
}

impl<K: Key> Task<'_, K> {
    fn unit(&self) -> i32 {
        match self.method {
            Method::Narrow(unit) | Method::Wide(unit) | Method::Window(unit) => unit,
        }
    }

    /// Bring the rows of a range to the cells of a share.
    fn fill<S>(
        &self,
        rows: Range<usize>,
        share: &Share,
        mut cells: S,
        mut scatter: impl FnMut(&mut S, &[K], &Terms),
    ) -> Result<Found<S>, Error> {
        // Threads that see the same rows must not report them twice.
        let units = if matches!(share, Share::All | Share::Stretch(Range { start: 0, .. }) | Share::Part(0, _)) {
            self.units
        } else {
            0
        };
        let (mut aside, mut left_out) = (Vec::new(), 0);
        let mut keys = [self.none; BLOCK];
        let mut terms = Terms::new();
        for stretch in rows.clone().step_by(STRETCH) {
            let stretch = stretch..rows.end.min(stretch + STRETCH);
            for at in stretch.clone().step_by(BLOCK) {
                let mut count = stretch.end.min(at + BLOCK) - at;
                if !number(&self.axes, at, self.none, &mut keys[..count]) {
                    return Err(self.no_class(at..at + count));
                }
                if let Some(take) = self.take {
                    apart(self.none, &bits(take, at, count), &mut keys);
                }
                left_out += keys[..count].iter().map(|&key| u64::from(key == self.none)).sum::<u64>();
                tally(&self.value.load(at, count, &mut terms.value), &mut terms.count);
                if !matches!(share, Share::All) {
                    count = self.keep(share, &mut keys[..count], &mut terms);
                }
                match self.method {
                    Method::Narrow(unit) => count_units(power_of_two(-unit), &mut terms),
                    Method::Wide(unit) => fix(unit, &mut terms),
                    Method::Window(unit) => {
                        let window = power_of_two(unit)..power_of_two(WINDOW_TOP);
                        for (&key, value) in keys[..count].iter().zip(&mut terms.value) {
                            if value.abs() >= window.end || lowest_bit(*value) < window.start {
                                if key < self.none {
                                    aside.push((key.into(), *value));
                                }
                                *value = 0.0;
                            }
                        }
                        fix(unit, &mut terms);
                    }
                }
                scatter(&mut cells, &keys[..count], &terms);
            }
            go_on(self.watch, units * stretch.len() as u64)?;
        }
        Ok(Found { cells, aside, left_out })
    }

    /// Move the rows of the share to the front; how many they are.
    #[inline]
    fn keep(&self, share: &Share, keys: &mut [K], terms: &mut Terms) -> usize {
        let mut kept = 0;
        for row in 0..keys.len() {
            let key = keys[row];
            keys[kept] = key;
            terms.value[kept] = terms.value[row];
            terms.count[kept] = terms.count[row];
            kept += usize::from(share.keeps(key, self.none));
        }
        kept
    }

    #[cold]
    fn no_class(&self, rows: Range<usize>) -> Error {
        for row in rows {
            for (at, axis) in self.axes.iter().enumerate() {
                let wrong = match axis {
                    Axis::Stride { codes, count, .. } => [(codes[row], *count), (0, 1)],
                    Axis::Table { codes, table } => [(codes[row], table.len()), (0, 1)],
                    Axis::Pair { outer, inner, width, table } => {
                        [(outer[row], table.len().checked_div(*width).unwrap_or(0)), (inner[row], *width)]
                    }
                };
                if let Some((code, count)) = wrong.into_iter().find(|&(code, count)| code as u32 as usize >= count) {
                    return Error::Schema(format!(
                        "row {row}: code {code} of dimension {at} is not among its {count} categories; give every code a class"
                    ));
                }
            }
        }
        Error::Internal("a code without a class that cannot be found again".into())
    }

    fn dense<C: Cell>(&self, input: &Input, threads: usize, limits: &Limits) -> Result<Cells, Error> {
        let (cells, rows) = (self.none.into(), self.value.values.len());
        let threads_64 = threads as u64;
        let private = threads == 1
            || cells * threads_64 * size_of::<C>() as u64 <= limits.private_bytes
                && cells * threads_64 <= limits.dense_cells.max(limits.dense_cells_per_row * rows as u64);
        let stretches = ranges(cells as usize, threads);
        let mut found = if private {
            on_threads(ranges(rows, threads), |rows| {
                self.fill(rows, &Share::All, vec![C::default(); cells as usize + 2], |cube, keys, terms| {
                    for (row, &key) in keys.iter().enumerate() {
                        cube[key.into() as usize].add(terms, row);
                    }
                })
            })
        } else {
            on_threads(stretches.clone(), |stretch| {
                let (first, share) = (stretch.start as u64, Share::Stretch(stretch.start as u64..stretch.end as u64));
                self.fill(0..rows, &share, vec![C::default(); stretch.len()], |cube, keys, terms| {
                    for (row, &key) in keys.iter().enumerate() {
                        cube[(key.into() - first) as usize].add(terms, row);
                    }
                })
            })
        }
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
        let left_out = if private { found.iter().map(|part| part.left_out).sum() } else { found[0].left_out };
        let mut aside: Vec<_> = found.iter_mut().flat_map(|part| std::mem::take(&mut part.aside)).collect();
        aside.sort_unstable_by_key(|&(key, _)| key);

        // A thread for each stretch of cells: what the other cubes have there is added, then it is written out.
        let mut cubes: Vec<Vec<C>> = found.into_iter().map(|part| part.cells).collect();
        let others = if private { cubes.split_off(1) } else { Vec::new() };
        let jobs = if private {
            let mut rest = &mut cubes[0][..];
            let mut jobs = Vec::with_capacity(threads);
            for stretch in stretches {
                let (mine, after) = rest.split_at_mut(stretch.len());
                jobs.push((stretch.start, mine));
                rest = after;
            }
            jobs
        } else {
            stretches.into_iter().map(|stretch| stretch.start).zip(cubes.iter_mut().map(|cube| &mut cube[..])).collect()
        };
        let parts = on_threads(jobs, |(start, cube)| {
            for other in &others {
                cube.iter_mut().zip(&other[start..]).for_each(|(cell, other)| cell.merge(other));
            }
            Writer::new(input, &aside, self.unit(), start as u64).cube(cube)
        });
        Ok(join(parts, input.dims.len(), left_out))
    }

    fn sparse<C: Cell>(&self, input: &Input, threads: usize) -> Result<Cells, Error> {
        let rows = self.value.values.len();
        let found = on_threads((0..threads as u64).collect(), |part| {
            let table = FxHashMap::<u64, C>::default();
            let found = self.fill(0..rows, &Share::Part(part, threads as u64), table, |table, keys, terms| {
                for (row, &key) in keys.iter().enumerate() {
                    table.entry(key.into()).or_default().add(terms, row);
                }
            })?;
            let mut cells: Vec<(u64, C)> = found.cells.into_iter().collect();
            cells.sort_unstable_by_key(|&(key, _)| key);
            Ok(Found { cells, aside: found.aside, left_out: found.left_out })
        });
        let mut found = found.into_iter().collect::<Result<Vec<_>, Error>>()?;
        let left_out = found[0].left_out;
        let mut aside: Vec<_> = found.iter_mut().flat_map(|part| std::mem::take(&mut part.aside)).collect();
        aside.sort_unstable_by_key(|&(key, _)| key);
        let mut cells: Vec<(u64, C)> = Vec::with_capacity(found.iter().map(|part| part.cells.len()).sum());
        for part in found {
            cells.extend(part.cells);
        }
        // Stable, because that sort finds the runs that the threads have sorted already.
        cells.sort_by_key(|&(key, _)| key);
        let part = Writer::new(input, &aside, self.unit(), 0).list(&cells);
        Ok(join(vec![part], input.dims.len(), left_out))
    }
}

/// Writes the cells that were reached, in order.
struct Writer<'a> {
    out: Cells,
    sizes: Vec<u32>,
    /// The classes of the cell `at`.
    classes: Vec<u32>,
    at: u64,
    /// Values that did not fit the window, by cell.
    aside: &'a [(u64, f64)],
    unit: i32,
}

impl<'a> Writer<'a> {
    fn new(input: &Input, aside: &'a [(u64, f64)], unit: i32, at: u64) -> Self {
        let sizes: Vec<u32> = input.dims.iter().map(|dim| dim.size).collect();
        let rounding = vec![ExactSum::new(); sizes.first().map_or(1, |&size| size as usize)];
        let out = Cells { keys: vec![Vec::new(); sizes.len()], rounding, ..Cells::default() };
        let aside = &aside[aside.partition_point(|&(key, _)| key < at)..];
        let mut writer = Self { out, classes: vec![0; sizes.len()], sizes, at, aside, unit };
        writer.go_to(at);
        writer
    }

    fn reserve(&mut self, cells: usize) {
        self.out.keys.iter_mut().for_each(|keys| keys.reserve_exact(cells));
        self.out.sum.reserve_exact(cells);
        self.out.figures.reserve_exact(cells);
        self.out.valued.reserve_exact(cells);
    }

    fn go_to(&mut self, at: u64) {
        self.at = at;
        let mut rest = at;
        for (class, &size) in self.classes.iter_mut().zip(&self.sizes).rev() {
            // No size is 0 where there is a cell.
            let size = u64::from(size.max(1));
            *class = (rest % size) as u32;
            rest /= size;
        }
    }

    fn step(&mut self) {
        self.at += 1;
        for (class, &size) in self.classes.iter_mut().zip(&self.sizes).rev() {
            *class += 1;
            if *class < size {
                return;
            }
            *class = 0;
        }
    }

    fn push<C: Cell>(&mut self, cell: &C) {
        for (keys, &class) in self.out.keys.iter_mut().zip(&self.classes) {
            keys.push(class);
        }
        let sum = match self.aside.first() {
            Some(&(key, _)) if key == self.at => {
                let (mine, rest) = self.aside.split_at(self.aside.partition_point(|&(key, _)| key == self.at));
                self.aside = rest;
                let mut sum = cell.exact(self.unit);
                sum.extend(mine.iter().map(|&(_, value)| value));
                let value = sum.value();
                // A sum beyond the floats is the caller's to refuse.
                if value.is_finite() {
                    sum.sub(value);
                    self.rounding().merge(&sum);
                }
                value
            }
            _ => {
                let [high, low] = cell.residue(self.unit);
                if high != 0.0 || low != 0.0 {
                    self.rounding().extend([high, low]);
                }
                cell.value(self.unit)
            }
        };
        self.out.sum.push(sum);
        self.out.figures.push(cell.count() % VALUED);
        self.out.valued.push(cell.count() / VALUED);
    }

    fn rounding(&mut self) -> &mut ExactSum {
        &mut self.out.rounding[self.classes.first().map_or(0, |&class| class as usize)]
    }

    fn cube<C: Cell>(mut self, cells: &[C]) -> Cells {
        self.reserve(cells.iter().filter(|cell| cell.count() != 0).count());
        for cell in cells {
            if cell.count() != 0 {
                self.push(cell);
            }
            self.step();
        }
        self.out
    }

    fn list<C: Cell>(mut self, cells: &[(u64, C)]) -> Cells {
        self.reserve(cells.len());
        for (at, cell) in cells {
            self.go_to(*at);
            self.push(cell);
        }
        self.out
    }
}

/// The parts one after another.
fn join(parts: Vec<Cells>, dims: usize, left_out: u64) -> Cells {
    let mut parts = parts.into_iter();
    let mut out = parts.next().unwrap_or_else(|| Cells { keys: vec![Vec::new(); dims], ..Cells::default() });
    for part in parts {
        out.keys.iter_mut().zip(part.keys).for_each(|(keys, more)| keys.extend(more));
        out.sum.extend(part.sum);
        out.figures.extend(part.figures);
        out.valued.extend(part.valued);
        out.rounding.iter_mut().zip(&part.rounding).for_each(|(rounding, more)| rounding.merge(more));
    }
    out.left_out = left_out;
    out
}

/// Count units done; the error when the caller wants no more.
fn go_on(watch: &Watch, units: u64) -> Result<(), Error> {
    if watch.advance(units) { Ok(()) } else { Err(Error::Stopped("the sum was stopped".into())) }
}

/// `0..count` in so many ranges of about the same length, cut between blocks.
fn ranges(count: usize, parts: usize) -> Vec<Range<usize>> {
    let step = count.div_ceil(parts).next_multiple_of(BLOCK).max(1);
    (0..parts).map(|part| (part * step).min(count)..((part + 1) * step).min(count)).collect()
}

/// The jobs, a thread each; a single one stays here.
fn on_threads<J: Send, R: Send>(mut jobs: Vec<J>, work: impl Fn(J) -> R + Sync) -> Vec<R> {
    if jobs.len() == 1 {
        return jobs.pop().map(&work).into_iter().collect();
    }
    thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = jobs.into_iter().map(|job| scope.spawn(move || work(job))).collect();
        running.into_iter().map(|job| job.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

#[cfg(test)]
mod tests;
