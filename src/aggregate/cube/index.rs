//! The number of the cell of each row: a sum of lookups, one for each dimension.

use std::ops::{Add, Mul};

use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::util::bit_chunk_iterator::BitChunks;
use multiversion::multiversion;

use super::{BLOCK, Codes, Column, Dim, Keys, NONE};
use crate::Error;

/// Which rows of a block, one bit each.
pub(super) type Bits = [u64; BLOCK / 64];

/// The bits of the rows from `at`.
pub(super) fn bits(buffer: &BooleanBuffer, at: usize, rows: usize) -> Bits {
    let mut words = [0; BLOCK / 64];
    let chunks = BitChunks::new(buffer.values(), buffer.offset() + at, rows);
    for (word, bits) in words.iter_mut().zip(chunks.iter_padded()) {
        *word = bits;
    }
    words
}

/// The number of a cell: u32 in a cube, u64 where cells are found by hash.
pub(super) trait Key:
    Copy + Ord + Add<Output = Self> + Mul<Output = Self> + From<u32> + Into<u64> + Send + Sync
{
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
pub(super) enum Axis<'a, K> {
    /// Codes that are their own class: a multiplication.
    Stride { codes: &'a Column<'a>, count: u32, stride: K },
    /// A lookup.
    Table { codes: &'a Column<'a>, table: Vec<K> },
    /// Two columns look up together.
    Pair { outer: &'a Column<'a>, inner: &'a Column<'a>, width: u32, table: Vec<K> },
}

/// The axes of a batch. A class of [`NONE`] adds the number of all cells, so that no other class brings the row back.
pub(super) fn axes<'a, K: Key>(dims: &'a [Dim<'a>], shape: &[u32], cells: u64) -> Vec<Axis<'a, K>> {
    let mut stride = 1;
    let mut axes = Vec::with_capacity(dims.len());
    for (dim, &size) in dims.iter().zip(shape).rev() {
        let entry = |&class: &u32| K::of(if class == NONE { cells } else { u64::from(class) * stride });
        let table = || dim.classes.iter().map(entry).collect();
        axes.push(match &dim.codes {
            Codes::One(codes) if dim.classes.iter().enumerate().all(|(code, &class)| code == class as usize) => {
                Axis::Stride { codes, count: dim.classes.len() as u32, stride: K::of(stride) }
            }
            Codes::One(codes) => Axis::Table { codes, table: table() },
            Codes::Two { outer, inner, width } => Axis::Pair { outer, inner, width: *width as u32, table: table() },
        });
        stride *= u64::from(size);
    }
    axes.reverse();
    axes
}

/// The codes of the rows from `at`, and the highest: one that the column cannot have is above all tables.
// Inlined always: the caller's vector instructions are to be used here too.
#[allow(clippy::inline_always, clippy::cast_lossless)]
#[inline(always)]
fn decode(column: &Column, at: usize, out: &mut [u32]) -> u32 {
    let rows = at..at + out.len();
    macro_rules! narrow {
        ($keys:expr) => {
            for (out, key) in out.iter_mut().zip(&$keys[rows]) {
                *out = (*key as u32).wrapping_sub(column.base as u32);
            }
        };
    }
    match column.keys {
        Keys::I8(keys) => narrow!(keys),
        Keys::U8(keys) => narrow!(keys),
        Keys::I16(keys) => narrow!(keys),
        Keys::U16(keys) => narrow!(keys),
        Keys::I32(keys) => narrow!(keys),
        Keys::U32(keys) => narrow!(keys),
        Keys::I64(keys) => {
            for (out, key) in out.iter_mut().zip(&keys[rows]) {
                *out = (key.wrapping_sub(column.base) as u64).min(u64::from(u32::MAX)) as u32;
            }
        }
        Keys::U64(keys) => {
            for (out, key) in out.iter_mut().zip(&keys[rows]) {
                *out = key.wrapping_sub(column.base as u64).min(u64::from(u32::MAX)) as u32;
            }
        }
    }
    if let Some(valid) = column.valid {
        blanks(valid, at, column.blank, out);
    }
    out.iter().fold(0, |highest, &code| highest.max(code))
}

/// Rows without a code have that of a blank.
fn blanks(valid: &NullBuffer, at: usize, blank: u32, out: &mut [u32]) {
    let words = bits(valid.inner(), at, out.len());
    for (row, out) in out.iter_mut().enumerate() {
        if words[row / 64] >> (row % 64) & 1 == 0 {
            *out = blank;
        }
    }
}

/// The numbers of the cells of the rows from `at`; false when a code has no class.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi2", "x86_64+avx2+bmi2+fma", "aarch64+neon"))]
pub(super) fn number<K: Key>(axes: &[Axis<K>], at: usize, none: K, keys: &mut [K]) -> bool {
    let (mut codes, mut more) = ([0; BLOCK], [0; BLOCK]);
    let (codes, more) = (&mut codes[..keys.len()], &mut more[..keys.len()]);
    keys.fill(K::from(0));
    for axis in axes {
        match axis {
            Axis::Stride { codes: column, count, stride } => {
                if decode(column, at, codes) >= *count {
                    return false;
                }
                for (key, &code) in keys.iter_mut().zip(&*codes) {
                    *key = *key + K::from(code) * *stride;
                }
            }
            Axis::Table { codes: column, table } => {
                if decode(column, at, codes) as usize >= table.len() {
                    return false;
                }
                for (key, &code) in keys.iter_mut().zip(&*codes) {
                    *key = *key + table[code as usize];
                }
            }
            Axis::Pair { outer, inner, width, table } => {
                if decode(inner, at, codes) >= *width
                    || decode(outer, at, more) as usize >= table.len() / *width as usize
                {
                    return false;
                }
                for ((key, &inner), &outer) in keys.iter_mut().zip(&*codes).zip(&*more) {
                    *key = *key + table[(outer * *width + inner) as usize];
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
pub(super) fn apart<K: Key>(nowhere: K, take: &Bits, keys: &mut [K; BLOCK]) {
    for (word, keys) in take.iter().zip(keys.as_chunks_mut::<64>().0) {
        for (k, key) in keys.iter_mut().enumerate() {
            *key = if word >> k & 1 == 0 { nowhere } else { *key };
        }
    }
}

/// Why a block has a row without a class.
#[cold]
pub(super) fn no_class<K>(axes: &[Axis<K>], at: usize, rows: usize, first: usize) -> Error {
    let mut codes = [0; BLOCK];
    let codes = &mut codes[..rows];
    for axis in axes {
        let columns = match axis {
            Axis::Stride { codes, count, .. } => [Some((*codes, *count as usize)), None],
            Axis::Table { codes, table } => [Some((*codes, table.len())), None],
            Axis::Pair { outer, inner, width, table } => {
                let width = *width as usize;
                [Some((*outer, table.len().checked_div(width).unwrap_or(0))), Some((*inner, width))]
            }
        };
        for (column, count) in columns.into_iter().flatten() {
            decode(column, at, codes);
            if let Some(row) = codes.iter().position(|&code| code as usize >= count) {
                let key = column.keys.get(at + row);
                return Error::Schema(format!(
                    "row {}: key {key} of {:?} points beyond its {} categories; the dictionary is damaged",
                    first + at + row,
                    column.name,
                    count - usize::from(column.valid.is_some()),
                ));
            }
        }
    }
    Error::Internal("a code without a class that cannot be found again".into())
}
