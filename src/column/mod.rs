//! Any column, in any layout and any number of chunks, as one small dictionary and one key a row.

mod dictionary;
mod text;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int32Array, StringArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::Error;
use dictionary::Dictionaries;
pub use dictionary::check as check_keys;

/// Rows that one task encodes: large enough to amortise its table, small enough to keep two cores busy.
/// Small in tests, so that they meet what comes of many pieces.
const PIECE: usize = if cfg!(test) { 1 << 10 } else { 1 << 20 };

/// A column as keys into unique labels; [`NULL`] stands for a missing cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coded {
    /// One key a row.
    pub keys: Vec<i32>,
    /// The distinct labels, in order of first appearance.
    pub labels: Vec<String>,
}

/// The key of a missing cell.
pub const NULL: i32 = -1;

impl Coded {
    /// The label of a row, if it has one.
    pub fn label(&self, row: usize) -> Option<&str> {
        usize::try_from(self.keys[row]).ok().map(|key| self.labels[key].as_str())
    }

    /// The same column with every label replaced by `code(label)`; equal codes share one key.
    pub fn recode(mut self, code: impl FnMut(&str) -> Result<String, Error>) -> Result<Coded, Error> {
        let codes = self.labels.iter().map(String::as_str).map(code).collect::<Result<Vec<_>, _>>()?;
        let (labels, lut) = unique(codes);
        relabel(&mut self.keys, &lut);
        Ok(Coded { keys: self.keys, labels })
    }

    /// The same column with labels of nothing but white space missing.
    pub fn without_blanks(mut self) -> Coded {
        if let Some(lut) = without_blanks(&mut self.labels) {
            relabel(&mut self.keys, &lut);
        }
        self
    }

    /// `dictionary<int32, utf8>` with unique, non-null values.
    pub fn into_array(self) -> ArrayRef {
        dictionary(self.keys, &self.labels)
    }
}

/// Distinct values in order of first appearance, and for each value given the index of its equal.
pub fn unique(values: Vec<String>) -> (Vec<String>, Vec<i32>) {
    let mut seen: FxHashMap<String, i32> = FxHashMap::default();
    let mut distinct = Vec::new();
    let lut = values
        .into_iter()
        .map(|value| {
            *seen.entry(value).or_insert_with_key(|value| {
                distinct.push(value.clone());
                distinct.len() as i32 - 1
            })
        })
        .collect();
    (distinct, lut)
}

/// The same where some have none: [`NULL`].
fn distinct(each: &[Option<String>]) -> (Vec<String>, Vec<i32>) {
    let (texts, lut) = unique(each.iter().flatten().cloned().collect());
    let mut lut = lut.into_iter();
    (texts, each.iter().map(|one| one.as_ref().and_then(|_| lut.next()).unwrap_or(NULL)).collect())
}

/// Texts, one a row, as a dictionary with unique, non-null values.
pub fn texts(each: &[Option<String>]) -> ArrayRef {
    let (labels, keys) = distinct(each);
    Coded { keys, labels }.into_array()
}

/// The text that each key names, in the same way.
pub fn follow(keys: &[i32], each: &[Option<String>]) -> ArrayRef {
    let (labels, lut) = distinct(each);
    let mut keys = keys.to_vec();
    relabel(&mut keys, &lut);
    Coded { keys, labels }.into_array()
}

/// Keys and unique labels as an Arrow dictionary; [`NULL`] becomes a null.
pub fn dictionary<S: AsRef<str>>(keys: Vec<i32>, labels: &[S]) -> ArrayRef {
    let nulls = keys.contains(&NULL).then(|| NullBuffer::from_iter(keys.iter().map(|&key| key != NULL)));
    let keys = if nulls.is_some() { keys.into_iter().map(|key| key.max(0)).collect() } else { keys };
    let values = Arc::new(labels.iter().map(|label| Some(label.as_ref())).collect::<StringArray>());
    Arc::new(DictionaryArray::new(Int32Array::new(keys.into(), nulls), values))
}

/// A column read up to its distinct labels, whose rows can be followed to something else in one pass.
pub struct Read {
    /// The distinct labels that rows have, in order of first appearance.
    pub labels: Vec<String>,
    rows: Rows,
}

enum Rows {
    /// One key a row.
    Keys(Vec<i32>),
    /// The sender's own keys.
    Dictionaries(Dictionaries),
}

impl Read {
    /// Reads a column of labels: strings in any layout, dictionaries of any key, whole numbers, dates.
    ///
    /// # Errors
    /// [`Error::Schema`] naming the column where its type holds no labels.
    pub fn new(name: &str, chunks: &[ArrayRef]) -> Result<Read, Error> {
        let kind = chunks.first().map(Array::data_type);
        if matches!(kind, Some(DataType::Dictionary(_, _))) && chunks.iter().all(|one| Some(one.data_type()) == kind) {
            let (rows, labels) = Dictionaries::read(name, chunks)?;
            return Ok(Read { labels, rows: Rows::Dictionaries(rows) });
        }
        Ok(Read::from(encode_other(name, chunks)?))
    }

    /// The same column with labels of nothing but white space missing.
    pub fn without_blanks(mut self) -> Read {
        let Some(lut) = without_blanks(&mut self.labels) else { return self };
        match &mut self.rows {
            Rows::Keys(keys) => relabel(keys, &lut),
            Rows::Dictionaries(rows) => rows.relabel(&lut),
        }
        self
    }

    /// A key a row.
    pub fn into_coded(self) -> Coded {
        let keys = match self.rows {
            Rows::Keys(keys) => keys,
            Rows::Dictionaries(rows) => rows.keys(),
        };
        Coded { keys, labels: self.labels }
    }

    /// For each label a text or none: these, one a row, as chunks of a dictionary with unique, non-null values. Its keys
    /// are of the type that the column's own had, if it was a dictionary.
    pub fn follow(self, each: &[Option<String>]) -> Result<Vec<ArrayRef>, Error> {
        let (labels, lut) = distinct(each);
        if let Rows::Dictionaries(rows) = &self.rows
            && let Some(chunks) = rows.follow(&lut, &StringArray::from_iter_values(&labels))?
        {
            return Ok(chunks);
        }
        let mut keys = self.into_coded().keys;
        relabel(&mut keys, &lut);
        Ok(vec![Coded { keys, labels }.into_array()])
    }

    /// The first row of every label.
    pub fn first_rows(&self) -> Vec<usize> {
        let mut first = vec![usize::MAX; self.labels.len()];
        let made;
        let keys = match &self.rows {
            Rows::Keys(keys) => keys,
            Rows::Dictionaries(rows) => {
                made = rows.keys();
                &made
            }
        };
        let mut left = first.len();
        for (row, key) in keys.iter().enumerate().filter(|(_, key)| **key != NULL) {
            if first[*key as usize] == usize::MAX {
                first[*key as usize] = row;
                left -= 1;
                if left == 0 {
                    break;
                }
            }
        }
        first
    }
}

impl From<Coded> for Read {
    fn from(coded: Coded) -> Read {
        Read { labels: coded.labels, rows: Rows::Keys(coded.keys) }
    }
}

/// Reads a column as keys into its distinct labels: see [`Read::new`].
///
/// # Errors
/// [`Error::Schema`] naming the column where its type holds no labels.
pub fn encode(name: &str, chunks: &[ArrayRef]) -> Result<Coded, Error> {
    Read::new(name, chunks).map(Read::into_coded)
}

/// A column that is not all dictionaries of one type.
fn encode_other(name: &str, chunks: &[ArrayRef]) -> Result<Coded, Error> {
    if chunks.iter().all(|chunk| text::is_text(chunk.data_type())) {
        return Ok(text::encode(chunks));
    }
    let pieces = slices(chunks, PIECE);
    let parts = pieces.par_iter().map(|piece| encode_piece(name, piece)).collect::<Result<Vec<_>, _>>()?;
    Ok(merge(parts))
}

/// Slices of at most as many rows; no chunk of none.
fn slices<'a>(chunks: impl IntoIterator<Item = &'a ArrayRef>, rows: usize) -> Vec<ArrayRef> {
    let cut =
        |chunk: &'a ArrayRef| (0..chunk.len()).step_by(rows).map(move |at| chunk.slice(at, rows.min(chunk.len() - at)));
    chunks.into_iter().flat_map(cut).collect()
}

/// Drops labels of nothing but white space, and gives the new key of each label there was, unless all are kept.
fn without_blanks(labels: &mut Vec<String>) -> Option<Vec<i32>> {
    let blank: Vec<bool> = labels.iter().map(|label| label.trim().is_empty()).collect();
    if !blank.contains(&true) {
        return None;
    }
    let mut lut = vec![NULL; blank.len()];
    (0..blank.len()).filter(|label| !blank[*label]).zip(0..).for_each(|(old, new)| lut[old] = new);
    labels.retain(|label| !label.trim().is_empty());
    Some(lut)
}

/// Replaces every key by what stands for it.
fn relabel(keys: &mut [i32], lut: &[i32]) {
    if lut.iter().zip(0..).all(|(new, old)| *new == old) {
        return;
    }
    keys.par_chunks_mut(PIECE).for_each(|keys| {
        for key in keys {
            // NULL is no place in the table.
            *key = lut.get(*key as usize).copied().unwrap_or(NULL);
        }
    });
}

/// Pieces in row order keep the order of first appearance, wherever they were cut.
fn merge(mut parts: Vec<Coded>) -> Coded {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let mut seen: FxHashMap<String, i32> = FxHashMap::default();
    let mut labels = Vec::new();
    let luts: Vec<Vec<i32>> = parts
        .iter_mut()
        .map(|part| {
            let fresh = std::mem::take(&mut part.labels);
            let place = |label: String| {
                *seen.entry(label).or_insert_with_key(|label| {
                    labels.push(label.clone());
                    labels.len() as i32 - 1
                })
            };
            fresh.into_iter().map(place).collect()
        })
        .collect();
    let mut keys = vec![0; parts.iter().map(|part| part.keys.len()).sum()];
    let mut rest = keys.as_mut_slice();
    let mut jobs = Vec::new();
    for (part, lut) in parts.iter().zip(&luts) {
        let (now, later) = rest.split_at_mut(part.keys.len());
        rest = later;
        jobs.push((now, &part.keys, lut));
    }
    jobs.into_par_iter().for_each(|(out, keys, lut)| {
        for (out, &key) in out.iter_mut().zip(keys) {
            *out = if key == NULL { NULL } else { lut[key as usize] };
        }
    });
    Coded { keys, labels }
}

fn encode_piece(name: &str, column: &ArrayRef) -> Result<Coded, Error> {
    match column.data_type() {
        kind if text::is_text(kind) => Ok(text::encode(std::slice::from_ref(column))),
        DataType::Dictionary(_, _) => encode(name, std::slice::from_ref(column)),
        DataType::Null => Ok(Coded { keys: vec![NULL; column.len()], labels: Vec::new() }),
        kind if kind.is_integer() => encode_whole(name, column),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => encode_whole(name, column),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _) => {
            encode_piece(name, &cast(&cast(column, &DataType::Date32)?, &DataType::Utf8)?)
        }
        DataType::Boolean => encode_piece(name, &cast(column, &DataType::Utf8)?),
        other => Err(Error::Schema(format!(
            "column {name:?} has type {other}: expected text, whole numbers or dates; convert it first"
        ))),
    }
}

/// Whole numbers, also as floats (a column of years with a gap is a column of floats in pandas).
fn encode_whole(name: &str, column: &ArrayRef) -> Result<Coded, Error> {
    if column.data_type().is_floating() {
        let floats = cast(column, &DataType::Float64)?;
        let floats = floats.as_primitive::<Float64Type>();
        for (row, value) in floats.iter().enumerate() {
            if let Some(value) = value.filter(|value| !value.is_nan() && value.fract() != 0.0) {
                return Err(Error::Schema(format!(
                    "column {name:?} holds {value} (row {row}): expected whole numbers or text"
                )));
            }
        }
        return Ok(encode_numbers(floats.iter().map(|value| value.filter(|value| !value.is_nan()).map(|v| v as i64))));
    }
    let whole = cast(column, &DataType::Int64)?;
    Ok(encode_numbers(whole.as_primitive::<Int64Type>().iter()))
}

fn encode_numbers(cells: impl ExactSizeIterator<Item = Option<i64>>) -> Coded {
    /// Years and statistical codes are small: a table by number instead of a hash.
    const SMALL: usize = 1 << 16;
    let mut small = vec![NULL; SMALL];
    let mut large: FxHashMap<i64, i32> = FxHashMap::default();
    let mut labels: Vec<i64> = Vec::new();
    let mut keys = Vec::with_capacity(cells.len());
    for cell in cells {
        let Some(number) = cell else {
            keys.push(NULL);
            continue;
        };
        let slot = match usize::try_from(number).ok().filter(|n| *n < SMALL) {
            Some(number) => &mut small[number],
            None => large.entry(number).or_insert(NULL),
        };
        if *slot == NULL {
            *slot = labels.len() as i32;
            labels.push(number);
        }
        keys.push(*slot);
    }
    Coded { keys, labels: labels.into_iter().map(|number| number.to_string()).collect() }
}

/// Reads an Arrow dictionary of codes as it stands in the observation table.
pub fn codes(array: &ArrayRef) -> Result<(&[i32], Option<&NullBuffer>, Vec<&str>), Error> {
    let wrong = || Error::Schema(format!("expected dictionary<int32, utf8>, found {}", array.data_type()));
    let dictionary = array.as_dictionary_opt::<Int32Type>().ok_or_else(wrong)?;
    let values = dictionary.values().as_string_opt::<i32>().ok_or_else(wrong)?;
    Ok((dictionary.keys().values(), dictionary.keys().nulls(), values.iter().map(Option::unwrap_or_default).collect()))
}

#[cfg(test)]
mod tests;
