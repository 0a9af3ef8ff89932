//! Dictionaries: read the categories, follow the keys in whatever type they have.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanBufferBuilder, DictionaryArray, PrimitiveArray, StringArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{
    ArrowDictionaryKeyType, ArrowNativeType, DataType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use rayon::prelude::*;

use super::{NULL, PIECE, encode_other, slices, unique};
use crate::Error;

/// A column of dictionaries whose rows have not been followed yet.
pub struct Dictionaries {
    /// Slices of the chunks, and for each category of theirs a label of the column, or [`NULL`].
    pieces: Vec<(ArrayRef, Arc<Vec<i32>>)>,
    rows: usize,
}

impl Dictionaries {
    /// Reads chunks that are all dictionaries; also gives the labels that rows have, in order of first appearance.
    pub fn read(name: &str, chunks: &[ArrayRef]) -> Result<(Dictionaries, Vec<String>), Error> {
        let mut pieces: Vec<(ArrayRef, Arc<Vec<i32>>)> = Vec::new();
        let (mut labels, mut luts, mut row) = (Vec::new(), Vec::<(ArrayRef, Arc<Vec<i32>>)>::new(), 0);
        for chunk in chunks {
            check(name, chunk, row)?;
            row += chunk.len();
            let values = chunk.as_any_dictionary().values();
            // Chunks of one table mostly share one dictionary.
            let known = luts.iter().find(|(known, _)| known.to_data().ptr_eq(&values.to_data()));
            let lut = match known {
                Some((_, lut)) => lut.clone(),
                None => {
                    let categories = encode_other(name, std::slice::from_ref(values))?;
                    let base = labels.len() as i32;
                    labels.extend(categories.labels);
                    let shift = |key| if key == NULL { NULL } else { key + base };
                    let lut = Arc::new(categories.keys.into_iter().map(shift).collect::<Vec<i32>>());
                    luts.push((values.clone(), lut.clone()));
                    lut
                }
            };
            pieces.extend(slices(std::iter::once(chunk), PIECE).into_iter().map(|piece| (piece, lut.clone())));
        }
        let (labels, same) = unique(labels);
        let order = appearance(&pieces, &same, labels.len());
        let mut place = vec![NULL; labels.len()];
        order.iter().zip(0..).for_each(|(old, new)| place[*old] = new);
        let mut moved: Vec<(Arc<Vec<i32>>, Arc<Vec<i32>>)> = Vec::with_capacity(luts.len());
        for (_, lut) in luts {
            let of = |key: &i32| if *key == NULL { NULL } else { place[same[*key as usize] as usize] };
            let new = Arc::new(lut.iter().map(of).collect());
            moved.push((lut, new));
        }
        for (_, lut) in &mut pieces {
            if let Some((_, new)) = moved.iter().find(|(old, _)| Arc::ptr_eq(old, lut)) {
                *lut = new.clone();
            }
        }
        let mut labels: Vec<Option<String>> = labels.into_iter().map(Some).collect();
        let labels = order.into_iter().filter_map(|old| labels[old].take()).collect();
        Ok((Dictionaries { pieces, rows: row }, labels))
    }

    /// Replaces every label by what stands for it.
    pub fn relabel(&mut self, lut: &[i32]) {
        for (_, labels) in &mut self.pieces {
            let of = |label: &i32| if *label == NULL { NULL } else { lut[*label as usize] };
            *labels = Arc::new(labels.iter().map(of).collect());
        }
    }

    /// A key a row.
    pub fn keys(&self) -> Vec<i32> {
        self.mapped(NULL, |label| label)
    }

    /// For every label a code, or [`NULL`]: the rows as a dictionary of the codes, with keys of the type that they have;
    /// `None` where that type is too small.
    pub fn follow(&self, codes: &[i32], values: &StringArray) -> Option<ArrayRef> {
        let key = self.pieces.first().map(|(piece, _)| piece.as_any_dictionary().keys().data_type().clone())?;
        match key {
            DataType::Int8 => self.follow_as::<Int8Type>(codes, values),
            DataType::Int16 => self.follow_as::<Int16Type>(codes, values),
            DataType::Int32 => self.follow_as::<Int32Type>(codes, values),
            DataType::Int64 => self.follow_as::<Int64Type>(codes, values),
            DataType::UInt8 => self.follow_as::<UInt8Type>(codes, values),
            DataType::UInt16 => self.follow_as::<UInt16Type>(codes, values),
            DataType::UInt32 => self.follow_as::<UInt32Type>(codes, values),
            _ => self.follow_as::<UInt64Type>(codes, values),
        }
    }

    fn follow_as<K: ArrowDictionaryKeyType>(&self, codes: &[i32], values: &StringArray) -> Option<ArrayRef> {
        K::Native::from_usize(values.len())?;
        let code = |label: i32| if label == NULL { NULL } else { codes[label as usize] };
        let keys = self.mapped(K::default_value(), |label| K::Native::usize_as(code(label).max(0) as usize));
        let nulls = self.nulls(code);
        let keys = PrimitiveArray::<K>::new(keys.into(), nulls);
        Some(Arc::new(DictionaryArray::new(keys, Arc::new(values.clone()))))
    }

    /// What each row's label becomes; rows that are null become `missing`.
    fn mapped<T: Copy + Send + Sync + Default>(&self, missing: T, of: impl Fn(i32) -> T) -> Vec<T> {
        let luts: Vec<Vec<T>> = self.pieces.iter().map(|(_, lut)| lut.iter().map(|label| of(*label)).collect()).collect();
        let mut out = vec![T::default(); self.rows];
        let (mut jobs, mut rest) = (Vec::with_capacity(luts.len()), out.as_mut_slice());
        for ((piece, _), lut) in self.pieces.iter().zip(&luts) {
            let (now, later) = rest.split_at_mut(piece.len());
            rest = later;
            jobs.push((piece, lut, now));
        }
        jobs.into_par_iter().for_each(|(piece, lut, out)| {
            by_key(piece, Map { lut, missing, out });
        });
        out
    }

    fn nulls(&self, code: impl Fn(i32) -> i32) -> Option<NullBuffer> {
        let given = |piece: &ArrayRef| piece.as_any_dictionary().keys().null_count() > 0;
        let lost: Vec<bool> =
            self.pieces.iter().map(|(_, lut)| lut.iter().any(|label| code(*label) == NULL)).collect();
        if !lost.contains(&true) && !self.pieces.iter().any(|(piece, _)| given(piece)) {
            return None;
        }
        let mut valid = BooleanBufferBuilder::new(self.rows);
        for ((piece, lut), lost) in self.pieces.iter().zip(lost) {
            let nulls = piece.as_any_dictionary().keys().nulls();
            match nulls {
                _ if lost => {
                    let lut: Vec<bool> = lut.iter().map(|label| code(*label) != NULL).collect();
                    let mut out = vec![false; piece.len()];
                    by_key(piece, Map { lut: &lut, missing: false, out: &mut out });
                    valid.append_buffer(&BooleanBuffer::from(out));
                }
                Some(nulls) => valid.append_buffer(nulls.inner()),
                None => valid.append_n(piece.len(), true),
            }
        }
        Some(NullBuffer::new(valid.finish())).filter(|nulls| nulls.null_count() > 0)
    }
}

/// Labels in order of the first row that has one; those that no row has are not among them.
fn appearance(pieces: &[(ArrayRef, Arc<Vec<i32>>)], same: &[i32], labels: usize) -> Vec<usize> {
    let met: Vec<Vec<usize>> = pieces
        .par_iter()
        .map(|(piece, lut)| {
            let lut: Vec<i32> = lut.iter().map(|key| if *key == NULL { NULL } else { same[*key as usize] }).collect();
            by_key(piece, Meet { lut: &lut, labels })
        })
        .collect();
    let (mut seen, mut order) = (vec![false; labels], Vec::new());
    for label in met.into_iter().flatten() {
        if !std::mem::replace(&mut seen[label], true) {
            order.push(label);
        }
    }
    order
}

/// What is done with keys, whatever their type.
trait ByKey {
    type Out;
    fn go<K: ArrowDictionaryKeyType>(self, keys: &PrimitiveArray<K>) -> Self::Out;
}

fn by_key<W: ByKey>(dictionary: &ArrayRef, work: W) -> W::Out {
    let keys = dictionary.as_any_dictionary().keys();
    match keys.data_type() {
        DataType::Int8 => work.go(keys.as_primitive::<Int8Type>()),
        DataType::Int16 => work.go(keys.as_primitive::<Int16Type>()),
        DataType::Int32 => work.go(keys.as_primitive::<Int32Type>()),
        DataType::Int64 => work.go(keys.as_primitive::<Int64Type>()),
        DataType::UInt8 => work.go(keys.as_primitive::<UInt8Type>()),
        DataType::UInt16 => work.go(keys.as_primitive::<UInt16Type>()),
        DataType::UInt32 => work.go(keys.as_primitive::<UInt32Type>()),
        _ => work.go(keys.as_primitive::<UInt64Type>()),
    }
}

/// Writes what stands in a table for each key.
struct Map<'a, T> {
    lut: &'a [T],
    missing: T,
    out: &'a mut [T],
}

impl<T: Copy> ByKey for Map<'_, T> {
    type Out = ();
    fn go<K: ArrowDictionaryKeyType>(self, keys: &PrimitiveArray<K>) {
        let of = |key: K::Native| self.lut.get(key.as_usize()).copied().unwrap_or(self.missing);
        match keys.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => self.out.iter_mut().zip(keys.values()).for_each(|(out, key)| *out = of(*key)),
            Some(nulls) => {
                for ((out, key), valid) in self.out.iter_mut().zip(keys.values()).zip(nulls) {
                    *out = if valid { of(*key) } else { self.missing };
                }
            }
        }
    }
}

/// Which labels occur, in order of appearance; done as soon as all of the dictionary have been met.
struct Meet<'a> {
    lut: &'a [i32],
    labels: usize,
}

impl ByKey for Meet<'_> {
    type Out = Vec<usize>;
    fn go<K: ArrowDictionaryKeyType>(self, keys: &PrimitiveArray<K>) -> Vec<usize> {
        let mut new = vec![false; self.labels];
        self.lut.iter().filter(|label| **label != NULL).for_each(|label| new[*label as usize] = true);
        let mut left = new.iter().filter(|new| **new).count();
        let mut order = Vec::with_capacity(left);
        for (row, key) in keys.values().iter().enumerate() {
            if left == 0 {
                break;
            }
            let Some(label) = self.lut.get(key.as_usize()).and_then(|label| usize::try_from(*label).ok()) else {
                continue;
            };
            if new[label] && keys.is_valid(row) {
                new[label] = false;
                left -= 1;
                order.push(label);
            }
        }
        order
    }
}

/// A dictionary from elsewhere may point beyond its categories; `first` is the row that the chunk starts at.
///
/// # Errors
/// [`Error::Schema`] naming column and row; nothing for a column that is no dictionary.
pub fn check(name: &str, column: &ArrayRef, first: usize) -> Result<(), Error> {
    let Some(dictionary) = column.as_any_dictionary_opt() else { return Ok(()) };
    let count = dictionary.values().len();
    match by_key(column, Beyond { count }) {
        None => Ok(()),
        Some((row, key)) => Err(Error::Schema(format!(
            "column {name:?}, row {}: key {key} points beyond the {count} categories of the dictionary",
            first + row
        ))),
    }
}

/// The first row whose key is beyond the categories, and that key.
struct Beyond {
    count: usize,
}

impl ByKey for Beyond {
    type Out = Option<(usize, String)>;
    fn go<K: ArrowDictionaryKeyType>(self, keys: &PrimitiveArray<K>) -> Self::Out {
        // The extremes of a block are found many keys at a time; only where they are wrong is a row looked for.
        const BLOCK: usize = 4096;
        let (least, most) = (K::Native::usize_as(0), self.count);
        let wrong = |key: K::Native| key < least || key.as_usize() >= most;
        let mut blocks = keys.values().chunks(BLOCK).enumerate().filter(|(_, block)| {
            let ends = block.iter().fold((least, least), |(low, high), key| {
                (if *key < low { *key } else { low }, if *key > high { *key } else { high })
            });
            most == 0 || wrong(ends.0) || wrong(ends.1)
        });
        blocks.find_map(|(at, block)| {
            let rows = at * BLOCK..at * BLOCK + block.len();
            rows.into_iter().find(|row| keys.is_valid(*row) && wrong(keys.value(*row)))
        })
        .map(|row| (row, format!("{:?}", keys.value(row))))
    }
}
