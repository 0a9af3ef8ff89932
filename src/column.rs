//! Any column, in any layout and any number of chunks, as one small dictionary and one key a row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int32Array, StringArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::Error;

/// Rows that one task encodes: large enough to amortise its table, small enough to keep two cores busy.
const PIECE: usize = 1 << 20;

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
        if lut.iter().enumerate().any(|(old, new)| old != *new as usize) {
            self.keys.par_iter_mut().for_each(|key| {
                if *key != NULL {
                    *key = lut[*key as usize];
                }
            });
        }
        Ok(Coded { keys: self.keys, labels })
    }

    /// The same column with labels of nothing but white space missing.
    pub fn without_blanks(mut self) -> Coded {
        let blank: Vec<bool> = self.labels.iter().map(|label| label.trim().is_empty()).collect();
        if blank.contains(&true) {
            let mut lut = vec![NULL; blank.len()];
            let kept = (0..blank.len()).filter(|label| !blank[*label]);
            kept.zip(0..).for_each(|(old, new)| lut[old] = new);
            self.keys.par_iter_mut().filter(|key| **key != NULL).for_each(|key| *key = lut[*key as usize]);
            self.labels.retain(|label| !label.trim().is_empty());
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

/// Keys and unique labels as an Arrow dictionary; [`NULL`] becomes a null.
pub fn dictionary<S: AsRef<str>>(keys: Vec<i32>, labels: &[S]) -> ArrayRef {
    let nulls = keys.contains(&NULL).then(|| NullBuffer::from_iter(keys.iter().map(|&key| key != NULL)));
    let keys = if nulls.is_some() { keys.into_iter().map(|key| key.max(0)).collect() } else { keys };
    let values = Arc::new(labels.iter().map(|label| Some(label.as_ref())).collect::<StringArray>());
    Arc::new(DictionaryArray::new(Int32Array::new(keys.into(), nulls), values))
}

/// Reads a column of labels: strings in any layout, dictionaries of any key, whole numbers, dates.
///
/// # Errors
/// [`Error::Schema`] naming the column where its type holds no labels.
pub fn encode(name: &str, chunks: &[ArrayRef]) -> Result<Coded, Error> {
    let pieces: Vec<ArrayRef> = chunks
        .iter()
        .flat_map(|chunk| {
            (0..chunk.len()).step_by(PIECE).map(|at| chunk.slice(at, PIECE.min(chunk.len() - at))).collect::<Vec<_>>()
        })
        .collect();
    let parts = pieces.par_iter().map(|piece| encode_piece(name, piece)).collect::<Result<Vec<_>, _>>()?;
    Ok(merge(parts))
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
    if let Some(dictionary) = column.as_any_dictionary_opt() {
        return encode_dictionary(name, column, dictionary.values());
    }
    match column.data_type() {
        DataType::Utf8 => Ok(encode_strings(column.as_string::<i32>().iter())),
        DataType::LargeUtf8 => Ok(encode_strings(column.as_string::<i64>().iter())),
        DataType::Utf8View => Ok(encode_strings(column.as_string_view().iter())),
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

/// Recode the categories, then follow the keys: nulls and repeats among the categories do no harm.
fn encode_dictionary(name: &str, column: &ArrayRef, values: &ArrayRef) -> Result<Coded, Error> {
    let categories = encode_piece(name, values)?;
    let dictionary = column.as_any_dictionary();
    check_keys(name, column)?;
    let wide = cast(dictionary.keys(), &DataType::Int32)?;
    let wide = wide.as_primitive::<Int32Type>();
    let key = |key: i32| categories.keys[key as usize];
    let keys: Vec<i32> = match wide.nulls() {
        None => wide.values().iter().map(|&k| key(k)).collect(),
        Some(_) => wide.iter().map(|k| k.map_or(NULL, key)).collect(),
    };
    Ok(only_used(keys, categories.labels))
}

/// A dictionary from elsewhere may point beyond its categories.
///
/// # Errors
/// [`Error::Schema`] naming column and row; nothing for a column that is no dictionary.
pub fn check_keys(name: &str, column: &ArrayRef) -> Result<(), Error> {
    let Some(dictionary) = column.as_any_dictionary_opt() else { return Ok(()) };
    let count = dictionary.values().len() as i64;
    let keys = cast(dictionary.keys(), &DataType::Int64)?;
    let keys = keys.as_primitive::<Int64Type>();
    match keys.iter().position(|key| key.is_some_and(|key| !(0..count).contains(&key))) {
        None => Ok(()),
        Some(row) => Err(Error::Schema(format!(
            "column {name:?}, row {row}: key {} points beyond the {count} categories of the dictionary",
            keys.value(row)
        ))),
    }
}

/// Categories that no row has are not labels of the column.
fn only_used(mut keys: Vec<i32>, labels: Vec<String>) -> Coded {
    let mut used = vec![false; labels.len()];
    for &key in &keys {
        if key != NULL {
            used[key as usize] = true;
        }
    }
    if used.iter().all(|used| *used) {
        // Order of first appearance, as for strings: a dictionary's own order is the sender's accident.
        return by_appearance(keys, labels);
    }
    let mut lut = vec![NULL; labels.len()];
    let mut kept = Vec::new();
    for (old, label) in labels.into_iter().enumerate() {
        if used[old] {
            lut[old] = kept.len() as i32;
            kept.push(label);
        }
    }
    for key in &mut keys {
        if *key != NULL {
            *key = lut[*key as usize];
        }
    }
    by_appearance(keys, kept)
}

fn by_appearance(mut keys: Vec<i32>, labels: Vec<String>) -> Coded {
    let mut lut = vec![NULL; labels.len()];
    let mut order = Vec::with_capacity(labels.len());
    for &key in &keys {
        if key != NULL && lut[key as usize] == NULL {
            lut[key as usize] = order.len() as i32;
            order.push(key as usize);
            if order.len() == labels.len() {
                break;
            }
        }
    }
    if order.iter().enumerate().any(|(new, old)| new != *old) {
        for key in &mut keys {
            if *key != NULL {
                *key = lut[*key as usize];
            }
        }
    }
    let mut labels: Vec<Option<String>> = labels.into_iter().map(Some).collect();
    Coded { keys, labels: order.into_iter().filter_map(|old| labels[old].take()).collect() }
}

/// A few labels repeated over many rows: a small table by length and ends finds nearly all of them with one comparison.
fn encode_strings<'a>(cells: impl ExactSizeIterator<Item = Option<&'a str>>) -> Coded {
    const SLOTS: usize = 4096;
    let mut recent = vec![NULL; SLOTS];
    let mut seen: FxHashMap<&str, i32> = FxHashMap::default();
    let mut labels: Vec<&str> = Vec::new();
    let mut keys = Vec::with_capacity(cells.len());
    for cell in cells {
        let Some(text) = cell else {
            keys.push(NULL);
            continue;
        };
        let slot = &mut recent[fingerprint(text.as_bytes()) as usize % SLOTS];
        if *slot == NULL || labels[*slot as usize] != text {
            *slot = *seen.entry(text).or_insert_with(|| {
                labels.push(text);
                labels.len() as i32 - 1
            });
        }
        keys.push(*slot);
    }
    Coded { keys, labels: labels.into_iter().map(str::to_owned).collect() }
}

fn fingerprint(text: &[u8]) -> u64 {
    let (head, tail) = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(head), Some(tail)) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
        _ => (text.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)), 0),
    };
    let mixed = (head ^ tail.rotate_left(23) ^ text.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed >> 40
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
mod tests {
    use super::*;
    use arrow::array::{Float64Array, Int16Array, LargeStringArray, StringViewArray, UInt8Array};
    use proptest::prelude::*;

    fn read(array: impl Array + 'static) -> Coded {
        encode("c", &[Arc::new(array)]).unwrap()
    }

    fn cells(coded: &Coded) -> Vec<Option<&str>> {
        (0..coded.keys.len()).map(|row| coded.label(row)).collect()
    }

    #[test]
    fn every_layout_reads_the_same() {
        let want = [Some("Oman"), None, Some("P.N.G"), Some("Oman"), Some("a label of more than sixteen bytes")];
        let small = StringArray::from_iter(want);
        let expected = read(small.clone());
        assert_eq!(cells(&expected), want);
        assert_eq!(expected.labels.len(), 3);
        assert_eq!(read(LargeStringArray::from_iter(want)), expected);
        assert_eq!(read(StringViewArray::from_iter(want)), expected);
        for key in [DataType::Int8, DataType::UInt8, DataType::UInt32, DataType::Int64] {
            let kind = DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8));
            assert_eq!(encode("c", &[cast(&small, &kind).unwrap()]).unwrap(), expected);
        }
        let chunks: Vec<ArrayRef> = (0..5).map(|row| Arc::new(small.slice(row, 1)) as ArrayRef).collect();
        assert_eq!(encode("c", &chunks).unwrap(), expected);
        assert_eq!(encode("c", &[]).unwrap(), Coded::default());
    }

    #[test]
    fn repeats_and_nulls_among_categories_do_no_harm() {
        let values: ArrayRef = Arc::new(StringArray::from(vec![Some("x"), Some("y"), None, Some("x"), Some("unused")]));
        let keys = UInt8Array::from(vec![Some(3), Some(2), None, Some(0), Some(1)]);
        let column = DictionaryArray::new(keys, values);
        let coded = read(column);
        assert_eq!(cells(&coded), [Some("x"), None, None, Some("x"), Some("y")]);
        assert_eq!(coded.labels, ["x", "y"]);
    }

    #[test]
    fn numbers_are_labels_when_whole() {
        assert_eq!(cells(&read(Int16Array::from(vec![1996, 1988]))), [Some("1996"), Some("1988")]);
        let floats = Float64Array::from(vec![Some(1996.0), None, Some(f64::NAN), Some(-7e9)]);
        assert_eq!(cells(&read(floats)), [Some("1996"), None, None, Some("-7000000000")]);
        let wrong = encode("Year", &[Arc::new(Float64Array::from(vec![1996.5]))]).unwrap_err().to_string();
        assert_eq!(wrong, "column \"Year\" holds 1996.5 (row 0): expected whole numbers or text");
    }

    proptest! {
        #[test]
        fn encoding_loses_nothing_and_chunks_do_not_matter(
            rows in prop::collection::vec(prop::option::of("[a-c]{0,12}"), 0..60), cut in 0usize..60
        ) {
            let whole = StringArray::from_iter(rows.iter().map(Option::as_deref));
            let one = read(whole.clone());
            prop_assert_eq!(cells(&one), rows.iter().map(Option::as_deref).collect::<Vec<_>>());
            let cut = cut.min(rows.len());
            let two: [ArrayRef; 2] = [Arc::new(whole.slice(0, cut)), Arc::new(whole.slice(cut, rows.len() - cut))];
            prop_assert_eq!(encode("c", &two).unwrap(), one);
        }
    }
}
