//! Columns of records, as codes and as numbers, without a copy where Arrow allows it.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowNativeType, DataType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use crate::Error;
use crate::aggregate::cube::{Column, Keys, Numbers, Values};
use crate::codes::period::{self, Period};
use crate::column::{NULL, encode};

/// Whole numbers this far apart are looked up in a table, others by hash.
const RANGE: i64 = 1 << 20;

/// What a row of a column says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Label {
    Text(String),
    Whole(i64),
    Null,
}

impl Label {
    /// As text; empty for a null.
    pub fn text(&self) -> String {
        match self {
            Label::Text(text) => text.clone(),
            Label::Whole(number) => number.to_string(),
            Label::Null => String::new(),
        }
    }
}

enum Buffer {
    I8(ScalarBuffer<i8>),
    U8(ScalarBuffer<u8>),
    I16(ScalarBuffer<i16>),
    U16(ScalarBuffer<u16>),
    I32(ScalarBuffer<i32>),
    U32(ScalarBuffer<u32>),
    I64(ScalarBuffer<i64>),
    U64(ScalarBuffer<u64>),
}

/// A column as codes, and what each code says; `None` where no row has the code.
pub(super) struct Coded {
    name: String,
    keys: Buffer,
    base: i64,
    valid: Option<NullBuffer>,
    pub labels: Arc<Vec<Option<Label>>>,
}

impl Coded {
    pub fn column(&self) -> Column<'_> {
        let keys = match &self.keys {
            Buffer::I8(keys) => Keys::I8(keys),
            Buffer::U8(keys) => Keys::U8(keys),
            Buffer::I16(keys) => Keys::I16(keys),
            Buffer::U16(keys) => Keys::U16(keys),
            Buffer::I32(keys) => Keys::I32(keys),
            Buffer::U32(keys) => Keys::U32(keys),
            Buffer::I64(keys) => Keys::I64(keys),
            Buffer::U64(keys) => Keys::U64(keys),
        };
        let blank = self.labels.len().saturating_sub(1) as u32;
        Column { name: &self.name, keys, base: self.base, valid: self.valid.as_ref(), blank }
    }

    /// The years that dates lie in, as labels.
    pub fn years(mut self) -> Self {
        let year = |label: &Option<Label>| match label {
            Some(Label::Whole(day)) => i32::try_from(*day)
                .ok()
                .map(|day| Label::Whole(period::start_year(Period { start: day, end: day }).into())),
            other => other.clone(),
        };
        self.labels = Arc::new(self.labels.iter().map(year).collect());
        self
    }

    /// Reads a column. `last` is the dictionary and its labels as they were read from the batch before.
    pub fn read(
        name: &str,
        array: &ArrayRef,
        last: &mut Option<(ArrayRef, Arc<Vec<Option<Label>>>)>,
    ) -> Result<Self, Error> {
        match array.data_type() {
            DataType::Dictionary(_, _) => Self::dictionary(name, array, last),
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32
            | DataType::UInt64
            | DataType::Date32 => match Self::whole(name, array) {
                Some(coded) => Ok(coded),
                None => Self::hashed(name, array),
            },
            _ => Self::hashed(name, array),
        }
    }

    fn dictionary(
        name: &str,
        array: &ArrayRef,
        last: &mut Option<(ArrayRef, Arc<Vec<Option<Label>>>)>,
    ) -> Result<Self, Error> {
        let dictionary = array.as_any_dictionary();
        let (keys, valid) = buffer(dictionary.keys())?;
        let valid = valid.filter(|valid| valid.null_count() > 0);
        let values = dictionary.values();
        // Batches of one table mostly share one dictionary.
        let known = last.as_ref().filter(|(known, labels)| {
            known.to_data().ptr_eq(&values.to_data()) && labels.len() == values.len() + usize::from(valid.is_some())
        });
        let labels = match known {
            Some((_, labels)) => labels.clone(),
            None => {
                let mut labels = labels_of(name, values)?;
                labels.extend(valid.is_some().then_some(Some(Label::Null)));
                let labels = Arc::new(labels);
                *last = Some((values.clone(), labels.clone()));
                labels
            }
        };
        Ok(Self { name: name.to_owned(), keys, base: 0, valid, labels })
    }

    /// Whole numbers that are not far apart.
    fn whole(name: &str, array: &ArrayRef) -> Option<Self> {
        let (keys, valid) = buffer(array.as_ref()).ok()?;
        let valid = valid.filter(|valid| valid.null_count() > 0);
        let (least, most) = bounds(&keys, valid.as_ref()).unwrap_or((0, 0));
        // A table that is much longer than the column costs more than it saves.
        let room = RANGE.min(1024.max(4 * array.len() as i64));
        let range = (most - least < room.into()).then(|| (most - least) as usize + 1)?;
        let (least, most) = (i64::try_from(least).ok()?, i64::try_from(most).ok()?);
        // Years and ages lie close together; where numbers are further apart, only those that occur are classes.
        let mut labels: Vec<Option<Label>> = if range <= 1024 {
            (least..=most).map(|number| Some(Label::Whole(number))).collect()
        } else {
            let mut seen = vec![None; range];
            let made = Self { name: String::new(), keys, base: least, valid: None, labels: Arc::default() };
            let column = made.column();
            for row in (0..column.keys.len()).filter(|row| valid.as_ref().is_none_or(|valid| valid.is_valid(*row))) {
                let number = column.keys.get(row) as i64;
                seen[(number - least) as usize].get_or_insert(Label::Whole(number));
            }
            seen.extend(valid.is_some().then_some(Some(Label::Null)));
            return Some(Self { name: name.to_owned(), labels: Arc::new(seen), valid, ..made });
        };
        labels.extend(valid.is_some().then_some(Some(Label::Null)));
        Some(Self { name: name.to_owned(), keys, base: least, valid, labels: Arc::new(labels) })
    }

    /// Labels found by hash; code 0 is that of rows without one.
    fn hashed(name: &str, array: &ArrayRef) -> Result<Self, Error> {
        if array.data_type() == &DataType::UInt64
            && let Some((_, most)) = bounds(&buffer(array.as_ref())?.0, array.nulls())
            && i64::try_from(most).is_err()
        {
            return Err(label(name, true, most.to_string())
                .err()
                .unwrap_or_else(|| Error::Internal("a number".into())));
        }
        let (array, whole) = days(array)?;
        let coded = encode(name, &[array])?;
        let null = coded.keys.contains(&NULL).then_some(Label::Null);
        let known = coded.labels.into_iter().map(|text| label(name, whole, text).map(Some));
        let labels = std::iter::once(Ok(null)).chain(known).collect::<Result<Vec<_>, _>>()?;
        let labels = Arc::new(labels);
        Ok(Self { name: name.to_owned(), keys: Buffer::I32(coded.keys.into()), base: -1, valid: None, labels })
    }
}

/// Dates as whole numbers, and whether the labels of the column are such.
fn days(array: &ArrayRef) -> Result<(ArrayRef, bool), Error> {
    if array.data_type() == &DataType::Date32 {
        return Ok((cast(array, &DataType::Int32)?, true));
    }
    Ok((array.clone(), array.data_type().is_integer()))
}

fn label(name: &str, whole: bool, text: String) -> Result<Label, Error> {
    if !whole {
        return Ok(Label::Text(text));
    }
    text.parse().map(Label::Whole).map_err(|_| too_large(name, &text))
}

fn too_large(name: &str, number: &str) -> Error {
    Error::Schema(format!("column {name:?} holds {number}, beyond whole numbers of 64 bits with a sign; make it text"))
}

/// What the values of a dictionary say.
fn labels_of(name: &str, values: &ArrayRef) -> Result<Vec<Option<Label>>, Error> {
    let (values, whole) = days(values)?;
    let coded = encode(name, &[values])?;
    let known = coded.labels.into_iter().map(|text| label(name, whole, text)).collect::<Result<Vec<_>, _>>()?;
    Ok(coded.keys.iter().map(|key| Some(known.get(*key as usize).cloned().unwrap_or(Label::Null))).collect())
}

fn buffer(array: &dyn Array) -> Result<(Buffer, Option<NullBuffer>), Error> {
    let keys = match array.data_type() {
        DataType::Int8 => Buffer::I8(array.as_primitive::<Int8Type>().values().clone()),
        DataType::UInt8 => Buffer::U8(array.as_primitive::<UInt8Type>().values().clone()),
        DataType::Int16 => Buffer::I16(array.as_primitive::<Int16Type>().values().clone()),
        DataType::UInt16 => Buffer::U16(array.as_primitive::<UInt16Type>().values().clone()),
        DataType::Int32 => Buffer::I32(array.as_primitive::<Int32Type>().values().clone()),
        DataType::Date32 => Buffer::I32(array.as_primitive::<Date32Type>().values().clone()),
        DataType::UInt32 => Buffer::U32(array.as_primitive::<UInt32Type>().values().clone()),
        DataType::Int64 => Buffer::I64(array.as_primitive::<Int64Type>().values().clone()),
        DataType::UInt64 => Buffer::U64(array.as_primitive::<UInt64Type>().values().clone()),
        other => return Err(Error::Schema(format!("keys of type {other}"))),
    };
    Ok((keys, array.nulls().cloned()))
}

/// The least and the largest number.
fn bounds(keys: &Buffer, valid: Option<&NullBuffer>) -> Option<(i128, i128)> {
    fn of<T: ArrowNativeType + Ord + Into<i128>>(keys: &[T], valid: Option<&NullBuffer>) -> Option<(i128, i128)> {
        let (first, rest) = match valid {
            None => (*keys.first()?, keys),
            Some(valid) => (keys[valid.valid_indices().next()?], &keys[..0]),
        };
        let (mut least, mut most) = (first, first);
        for &key in rest {
            least = least.min(key);
            most = most.max(key);
        }
        for row in valid.iter().flat_map(|valid| valid.valid_indices()) {
            least = least.min(keys[row]);
            most = most.max(keys[row]);
        }
        Some((least.into(), most.into()))
    }
    match keys {
        Buffer::I8(keys) => of(keys, valid),
        Buffer::U8(keys) => of(keys, valid),
        Buffer::I16(keys) => of(keys, valid),
        Buffer::U16(keys) => of(keys, valid),
        Buffer::I32(keys) => of(keys, valid),
        Buffer::U32(keys) => of(keys, valid),
        Buffer::I64(keys) => of(keys, valid),
        Buffer::U64(keys) => of(keys, valid),
    }
}

/// A column of numbers.
pub(super) fn values<'a>(name: &str, array: &'a ArrayRef) -> Result<Values<'a>, Error> {
    let numbers = match array.data_type() {
        DataType::Float64 => Numbers::F64(array.as_primitive::<Float64Type>().values()),
        DataType::Float32 => Numbers::F32(array.as_primitive::<Float32Type>().values()),
        DataType::Int8 => Numbers::I8(array.as_primitive::<Int8Type>().values()),
        DataType::UInt8 => Numbers::U8(array.as_primitive::<UInt8Type>().values()),
        DataType::Int16 => Numbers::I16(array.as_primitive::<Int16Type>().values()),
        DataType::UInt16 => Numbers::U16(array.as_primitive::<UInt16Type>().values()),
        DataType::Int32 => Numbers::I32(array.as_primitive::<Int32Type>().values()),
        DataType::UInt32 => Numbers::U32(array.as_primitive::<UInt32Type>().values()),
        DataType::Int64 => Numbers::I64(array.as_primitive::<Int64Type>().values()),
        DataType::UInt64 => Numbers::U64(array.as_primitive::<UInt64Type>().values()),
        other => {
            let advice = match other {
                DataType::Decimal32(..)
                | DataType::Decimal64(..)
                | DataType::Decimal128(..)
                | DataType::Decimal256(..) => "cast it to float64, or to int64 in smaller units",
                DataType::Boolean => "cast it to int8",
                _ => "make numbers of it first, as harmonise does",
            };
            return Err(Error::Schema(format!(
                "column {name:?} holds {other}; values to add must be floats or whole numbers: {advice}"
            )));
        }
    };
    Ok(Values { numbers, valid: array.nulls().filter(|nulls| nulls.null_count() > 0) })
}
