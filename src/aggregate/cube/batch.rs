//! Rows on their way into the sums: columns of codes and of numbers, as they lie in Arrow arrays.

use arrow::buffer::{BooleanBuffer, NullBuffer};

/// One dimension of the cells: which class each row falls into.
pub struct Dim<'a> {
    /// The codes of the rows.
    pub codes: Codes<'a>,
    /// For each code its class, below the size of the dimension, or [`NONE`](super::NONE).
    pub classes: &'a [u32],
}

/// The codes of a dimension.
#[derive(Clone, Copy)]
pub enum Codes<'a> {
    /// Code `c` has class `classes[c]`.
    One(Column<'a>),
    /// Two columns decide together, as where membership of a group changes with the period: `classes[outer * width + inner]`.
    Two {
        /// The codes that choose a stretch of `classes`.
        outer: Column<'a>,
        /// The codes within it.
        inner: Column<'a>,
        /// The number of inner codes.
        width: usize,
    },
}

/// A column of codes: keys less a base.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    /// What errors call it.
    pub name: &'a str,
    /// The keys.
    pub keys: Keys<'a>,
    /// The key whose code is 0.
    pub base: i64,
    /// Which rows have a key; all if `None`.
    pub valid: Option<&'a NullBuffer>,
    /// The code of rows without one.
    pub blank: u32,
}

impl<'a> Column<'a> {
    /// Keys from 0 that all rows have.
    pub fn plain(name: &'a str, keys: &'a [i32]) -> Self {
        Self { name, keys: Keys::I32(keys), base: 0, valid: None, blank: 0 }
    }

    /// The code of a row.
    pub fn code(&self, row: usize) -> usize {
        if self.valid.is_some_and(|valid| valid.is_null(row)) {
            self.blank as usize
        } else {
            (self.keys.get(row) - i128::from(self.base)) as usize
        }
    }
}

/// Whole numbers as they lie in Arrow arrays.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub enum Keys<'a> {
    I8(&'a [i8]),
    U8(&'a [u8]),
    I16(&'a [i16]),
    U16(&'a [u16]),
    I32(&'a [i32]),
    U32(&'a [u32]),
    I64(&'a [i64]),
    U64(&'a [u64]),
}

impl Keys<'_> {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Keys::I8(keys) => keys.len(),
            Keys::U8(keys) => keys.len(),
            Keys::I16(keys) => keys.len(),
            Keys::U16(keys) => keys.len(),
            Keys::I32(keys) => keys.len(),
            Keys::U32(keys) => keys.len(),
            Keys::I64(keys) => keys.len(),
            Keys::U64(keys) => keys.len(),
        }
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The key of a row.
    pub fn get(&self, row: usize) -> i128 {
        match self {
            Keys::I8(keys) => keys[row].into(),
            Keys::U8(keys) => keys[row].into(),
            Keys::I16(keys) => keys[row].into(),
            Keys::U16(keys) => keys[row].into(),
            Keys::I32(keys) => keys[row].into(),
            Keys::U32(keys) => keys[row].into(),
            Keys::I64(keys) => keys[row].into(),
            Keys::U64(keys) => keys[row].into(),
        }
    }
}

/// Numbers as they lie in Arrow arrays.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub enum Numbers<'a> {
    /// No numbers: rows are counted.
    Nothing,
    F64(&'a [f64]),
    F32(&'a [f32]),
    I8(&'a [i8]),
    U8(&'a [u8]),
    I16(&'a [i16]),
    U16(&'a [u16]),
    I32(&'a [i32]),
    U32(&'a [u32]),
    I64(&'a [i64]),
    U64(&'a [u64]),
}

/// A column of numbers; where `valid` is false there is none, and what stands in it is not looked at.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// The numbers.
    pub numbers: Numbers<'a>,
    /// Which of them count; all if `None`.
    pub valid: Option<&'a NullBuffer>,
}

impl<'a> Values<'a> {
    /// Floats.
    pub fn floats(values: &'a [f64], valid: Option<&'a NullBuffer>) -> Self {
        Self { numbers: Numbers::F64(values), valid }
    }

    /// Nothing to add: rows are counted.
    pub const NOTHING: Values<'static> = Values { numbers: Numbers::Nothing, valid: None };
}

/// Rows to add. All columns have `rows` rows.
pub struct Batch<'a> {
    /// How many rows.
    pub rows: usize,
    /// The dimensions of the cells, outermost first.
    pub dims: Vec<Dim<'a>>,
    /// The rows that take part; all if `None`.
    pub take: Option<&'a BooleanBuffer>,
    /// The values.
    pub value: Values<'a>,
}
