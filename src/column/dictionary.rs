//! Dictionaries: read the categories, follow the keys in whatever type they have.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, PrimitiveArray, StringArray};
use arrow::compute::take;
use arrow::datatypes::{
    ArrowDictionaryKeyType, ArrowNativeType, DataType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use rayon::prelude::*;

use super::{NULL, PIECE, encode_other, slices, unique};
use crate::Error;

/// What stands for a category that no row has; unlike [`NULL`] it makes no row null.
const UNUSED: i32 = -2;

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
        let mut place = vec![UNUSED; labels.len()];
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
            let of = |label: &i32| if *label < 0 { *label } else { lut[*label as usize] };
            *labels = Arc::new(labels.iter().map(of).collect());
        }
    }

    /// A key a row.
    pub fn keys(&self) -> Vec<i32> {
        let mut out = vec![0; self.rows];
        let (mut jobs, mut rest) = (Vec::with_capacity(self.pieces.len()), out.as_mut_slice());
        for (piece, lut) in &self.pieces {
            let (out, later) = rest.split_at_mut(piece.len());
            rest = later;
            jobs.push((piece, Follow { lut, out }));
        }
        jobs.into_par_iter().for_each(|(piece, follow)| by_key(piece, follow));
        out
    }

    /// For every label a code, or [`NULL`]: the rows as dictionaries of the codes, with keys of the type that they have;
    /// `None` where that type is too small.
    pub fn follow(&self, codes: &[i32], values: &StringArray) -> Result<Option<Vec<ArrayRef>>, Error> {
        if self.pieces.is_empty() {
            return Ok(None);
        }
        let values: ArrayRef = Arc::new(values.clone());
        let mut made: Vec<(&Arc<Vec<i32>>, ArrayRef)> = Vec::new();
        for (piece, lut) in &self.pieces {
            if made.iter().all(|(known, _)| !Arc::ptr_eq(known, lut)) {
                // A category that no row has must not make the rest slower by being null.
                let of = |label: &i32| match *label {
                    UNUSED => (!values.is_empty()).then_some(0),
                    NULL => None,
                    label => usize::try_from(codes[label as usize]).ok(),
                };
                let each: Vec<Option<usize>> = lut.iter().map(of).collect();
                let Some(table) = by_key(piece, Table { each: &each, values: &values }) else { return Ok(None) };
                made.push((lut, table));
            }
        }
        let taken = self.pieces.par_iter().map(|(piece, lut)| {
            let table = made.iter().find(|(known, _)| Arc::ptr_eq(known, lut)).map(|(_, table)| table);
            let table = table.ok_or_else(|| Error::Internal("a dictionary without codes".to_owned()))?;
            Ok(take(table, piece.as_any_dictionary().keys(), None)?)
        });
        taken.collect::<Result<Vec<ArrayRef>, Error>>().map(Some)
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

/// The codes of the categories, one a category, with keys of the dictionary's own type.
struct Table<'a> {
    each: &'a [Option<usize>],
    values: &'a ArrayRef,
}

impl ByKey for Table<'_> {
    type Out = Option<ArrayRef>;
    fn go<K: ArrowDictionaryKeyType>(self, _: &PrimitiveArray<K>) -> Self::Out {
        K::Native::from_usize(self.values.len())?;
        let keys: PrimitiveArray<K> = self.each.iter().map(|code| code.map(K::Native::usize_as)).collect();
        Some(Arc::new(DictionaryArray::new(keys, self.values.clone())))
    }
}

/// Writes the label of each row.
struct Follow<'a> {
    lut: &'a [i32],
    out: &'a mut [i32],
}

impl ByKey for Follow<'_> {
    type Out = ();
    fn go<K: ArrowDictionaryKeyType>(self, keys: &PrimitiveArray<K>) {
        let of = |key: K::Native| self.lut.get(key.as_usize()).copied().unwrap_or(NULL);
        match keys.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => self.out.iter_mut().zip(keys.values()).for_each(|(out, key)| *out = of(*key)),
            Some(nulls) => {
                for ((out, key), valid) in self.out.iter_mut().zip(keys.values()).zip(nulls) {
                    *out = if valid { of(*key) } else { NULL };
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
        blocks
            .find_map(|(at, block)| {
                let rows = at * BLOCK..at * BLOCK + block.len();
                rows.into_iter().find(|row| keys.is_valid(*row) && wrong(keys.value(*row)))
            })
            .map(|row| (row, format!("{:?}", keys.value(row))))
    }
}
