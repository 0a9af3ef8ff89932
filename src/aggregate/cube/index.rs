//! The number of the cell of each row: a sum of lookups, one for each dimension.

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

/// The number of a cell: u32 in a cube, u64 where cells are found by hash. What a code that is refused adds may wrap.
pub(super) trait Key: Copy + Ord + From<u32> + Into<u64> + Send + Sync {
    fn of(number: u64) -> Self;
    fn plus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
}

macro_rules! key {
    ($($kind:ty),*) => {
        $(impl Key for $kind {
            #[inline]
            fn of(number: u64) -> Self {
                number as Self
            }

            #[inline]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline]
            fn times(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
        })*
    };
}

key!(u32, u64);

/// Tables of codes that fit into a byte.
const SHORT: usize = 256;

/// A dimension made ready: what a code adds to the number of the cell.
pub(super) enum Axis<'a, K> {
    /// Codes that are their own class: a multiplication.
    Stride { codes: &'a Column<'a>, count: u32, stride: K },
    /// A lookup, in a table that is not shorter than [`SHORT`].
    Table { codes: &'a Column<'a>, count: u32, table: Vec<K> },
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
            Codes::One(codes) => {
                let mut table: Vec<K> = table();
                table.resize(table.len().max(SHORT), K::from(0));
                Axis::Table { codes, count: dim.classes.len() as u32, table }
            }
            Codes::Two { outer, inner, width } => Axis::Pair { outer, inner, width: *width as u32, table: table() },
        });
        stride *= u64::from(size);
    }
    axes.reverse();
    axes
}

/// A key as it lies in memory.
trait Stored: Copy {
    /// The key less the base: one that the column cannot have is above all tables.
    fn code(self, base: i64) -> u32;
}

macro_rules! small {
    ($($kind:ty),*) => {
        $(impl Stored for $kind {
            #[inline(always)]
            #[allow(clippy::inline_always, clippy::cast_lossless)]
            fn code(self, base: i64) -> u32 {
                (self as u32).wrapping_sub(base as u32)
            }
        })*
    };
}

small!(i8, u8, i16, u16, i32, u32);

impl Stored for i64 {
    #[inline]
    fn code(self, base: i64) -> u32 {
        (self.wrapping_sub(base) as u64).min(u32::MAX.into()) as u32
    }
}

impl Stored for u64 {
    #[inline]
    fn code(self, base: i64) -> u32 {
        self.wrapping_sub(base as u64).min(u32::MAX.into()) as u32
    }
}

/// What a code adds to the number of a cell, and whether a code has an entry.
trait Lookup<K>: Copy {
    fn entry(self, code: u32) -> K;
    fn has(self, code: u32) -> bool;
}

#[derive(Clone, Copy)]
struct Stride<K> {
    count: u32,
    stride: K,
}

impl<K: Key> Lookup<K> for Stride<K> {
    #[inline]
    fn entry(self, code: u32) -> K {
        K::from(code).times(self.stride)
    }

    #[inline]
    fn has(self, code: u32) -> bool {
        code < self.count
    }
}

/// A table of up to 256 entries: with its length known, no place in it needs to be checked.
#[derive(Clone, Copy)]
struct Short<'a, K> {
    count: u32,
    table: &'a [K; SHORT],
}

impl<K: Key> Lookup<K> for Short<'_, K> {
    #[inline]
    fn entry(self, code: u32) -> K {
        self.table[(code & 255) as usize]
    }

    #[inline]
    fn has(self, code: u32) -> bool {
        code < self.count
    }
}

/// A table of any length.
#[derive(Clone, Copy)]
struct Long<'a, K>(&'a [K]);

impl<K: Key> Lookup<K> for Long<'_, K> {
    #[inline]
    fn entry(self, code: u32) -> K {
        self.0[code as usize]
    }

    #[inline]
    fn has(self, code: u32) -> bool {
        (code as usize) < self.0.len()
    }
}

/// Adds what the codes of a column say to the numbers of the cells; false when one says nothing.
// Inlined always: the caller's vector instructions are to be used here too.
#[allow(clippy::inline_always)]
#[inline(always)]
fn add<K: Key>(column: &Column, at: usize, lookup: impl Lookup<K>, keys: &mut [K]) -> bool {
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn each<T: Stored, K: Key>(stored: &[T], base: i64, lookup: impl Lookup<K>, keys: &mut [K]) -> bool {
        // On its own, this is vector work; lookups are not.
        let highest = stored.iter().fold(0, |highest, stored| highest.max(stored.code(base)));
        if !lookup.has(highest) {
            return false;
        }
        for (key, stored) in keys.iter_mut().zip(stored) {
            *key = key.plus(lookup.entry(stored.code(base)));
        }
        true
    }
    let rows = at..at + keys.len();
    if column.valid.is_some() {
        let mut codes = [0; BLOCK];
        let codes = &mut codes[..keys.len()];
        decode(column, at, codes);
        return each(codes, 0, lookup, keys);
    }
    match column.keys {
        Keys::I8(stored) => each(&stored[rows], column.base, lookup, keys),
        Keys::U8(stored) => each(&stored[rows], column.base, lookup, keys),
        Keys::I16(stored) => each(&stored[rows], column.base, lookup, keys),
        Keys::U16(stored) => each(&stored[rows], column.base, lookup, keys),
        Keys::I32(stored) => each(&stored[rows], column.base, lookup, keys),
        Keys::U32(stored) => each(&stored[rows], column.base, lookup, keys),
        Keys::I64(stored) => each(&stored[rows], column.base, lookup, keys),
        Keys::U64(stored) => each(&stored[rows], column.base, lookup, keys),
    }
}

/// The codes of the rows from `at`, and the highest.
// Inlined always: the caller's vector instructions are to be used here too.
#[allow(clippy::inline_always)]
#[inline(always)]
fn decode(column: &Column, at: usize, out: &mut [u32]) -> u32 {
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn each<T: Stored>(stored: &[T], base: i64, out: &mut [u32]) {
        for (out, stored) in out.iter_mut().zip(stored) {
            *out = stored.code(base);
        }
    }
    let rows = at..at + out.len();
    match column.keys {
        Keys::I8(stored) => each(&stored[rows], column.base, out),
        Keys::U8(stored) => each(&stored[rows], column.base, out),
        Keys::I16(stored) => each(&stored[rows], column.base, out),
        Keys::U16(stored) => each(&stored[rows], column.base, out),
        Keys::I32(stored) => each(&stored[rows], column.base, out),
        Keys::U32(stored) => each(&stored[rows], column.base, out),
        Keys::I64(stored) => each(&stored[rows], column.base, out),
        Keys::U64(stored) => each(&stored[rows], column.base, out),
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
    keys.fill(K::from(0));
    for axis in axes {
        let known = match axis {
            Axis::Stride { codes, count, stride } => add(codes, at, Stride { count: *count, stride: *stride }, keys),
            Axis::Table { codes, count, table } => match table.first_chunk() {
                Some(table) if *count as usize <= SHORT => add(codes, at, Short { count: *count, table }, keys),
                _ => add(codes, at, Long(&table[..*count as usize]), keys),
            },
            Axis::Pair { outer, inner, width, table } => {
                let (mut codes, mut more) = ([0; BLOCK], [0; BLOCK]);
                let (codes, more) = (&mut codes[..keys.len()], &mut more[..keys.len()]);
                let known = decode(inner, at, codes) < *width
                    && (decode(outer, at, more) as usize) < table.len() / *width as usize;
                if known {
                    for ((key, &inner), &outer) in keys.iter_mut().zip(&*codes).zip(&*more) {
                        *key = key.plus(table[(outer * *width + inner) as usize]);
                    }
                }
                known
            }
        };
        if !known {
            return false;
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
            Axis::Stride { codes, count, .. } | Axis::Table { codes, count, .. } => {
                [Some((*codes, *count as usize)), None]
            }
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
                    count.saturating_sub(usize::from(column.valid.is_some())),
                ));
            }
        }
    }
    Error::Internal("a code without a class that cannot be found again".into())
}
