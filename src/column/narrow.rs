//! Keys that have been looked up, in the fewest bytes that hold them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use arrow::array::{ArrayRef, DictionaryArray, PrimitiveArray, StringArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{ArrowDictionaryKeyType, ArrowNativeType, Int8Type, Int16Type, Int32Type};
use rayon::prelude::*;

use super::{NULL, PIECE};

/// The labels that keys lead to by a table, as a dictionary: looked up, narrowed and tested for nulls in one pass.
pub fn follow(keys: &[i32], lut: &[i32], labels: &[String]) -> ArrayRef {
    let fits = |most: i32| i32::try_from(labels.len()).is_ok_and(|labels| labels <= most);
    if fits(i8::MAX.into()) {
        narrow::<Int8Type>(keys, lut, labels)
    } else if fits(i16::MAX.into()) {
        narrow::<Int16Type>(keys, lut, labels)
    } else {
        narrow::<Int32Type>(keys, lut, labels)
    }
}

fn narrow<K: ArrowDictionaryKeyType>(keys: &[i32], lut: &[i32], labels: &[String]) -> ArrayRef {
    // The key of a missing cell is one below the first: it gets the first place of the table.
    let shifted: Vec<i32> = std::iter::once(NULL).chain(lut.iter().copied()).collect();
    let table: Vec<K::Native> =
        shifted.iter().map(|key| K::Native::from_usize((*key).max(0) as usize).unwrap_or_default()).collect();
    let mut narrowed = vec![K::Native::default(); keys.len()];
    let has_null = AtomicBool::new(false);
    narrowed.par_chunks_mut(PIECE).zip(keys.par_chunks(PIECE)).for_each(|(narrowed, keys)| {
        let mut least = 0;
        for (to, key) in narrowed.iter_mut().zip(keys) {
            *to = table[(key + 1) as usize];
            least = least.min(*key);
        }
        if least == NULL {
            has_null.store(true, Relaxed);
        }
    });
    let nulls = (has_null.into_inner() || lut.contains(&NULL))
        .then(|| NullBuffer::from_iter(keys.iter().map(|key| shifted[(key + 1) as usize] != NULL)));
    let values = Arc::new(StringArray::from_iter_values(labels));
    Arc::new(DictionaryArray::new(PrimitiveArray::<K>::new(narrowed.into(), nulls), values))
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::compute::cast;
    use arrow::datatypes::DataType;

    use super::*;

    #[test]
    fn keys_are_as_narrow_as_their_labels_allow() {
        for (count, kind) in [(2, DataType::Int8), (200, DataType::Int16), (40_000, DataType::Int32)] {
            let labels: Vec<String> = (0..count).map(|at| format!("label {at}")).collect();
            let lut: Vec<i32> = (0..count).rev().chain([NULL]).collect();
            let keys: Vec<i32> = (0..=count).chain([NULL]).cycle().take(3 * PIECE).collect();
            let found = follow(&keys, &lut, &labels);
            assert_eq!(*found.data_type(), DataType::Dictionary(Box::new(kind), Box::new(DataType::Utf8)));
            let texts = cast(&found, &DataType::Utf8).unwrap();
            let label = |key: &i32| {
                let key = usize::try_from(*key).ok().map(|key| lut[key])?;
                usize::try_from(key).ok().map(|key| labels[key].as_str())
            };
            assert!(texts.as_string::<i32>().iter().eq(keys.iter().map(label)));
        }
    }
}
