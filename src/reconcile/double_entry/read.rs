//! Columns of a table of pairs, as they are read.

use std::rc::Rc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch};
use arrow::buffer::ScalarBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use rustc_hash::FxHashMap;

use crate::Error;
use crate::column::{Coded, encode};
use crate::error::near;

/// A column by name.
pub fn column<'a>(batch: &'a RecordBatch, argument: &str, name: &str) -> Result<&'a ArrayRef, Error> {
    batch.column_by_name(name).ok_or_else(|| {
        let schema = batch.schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let all: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
        let all = all.join(", ");
        Error::Schema(format!("{argument}={name:?}: the table has no such column{}; it has {all}", near(name, &names)))
    })
}

/// Columns of labels, each read once.
pub struct Labels<'a> {
    batch: &'a RecordBatch,
    read: FxHashMap<String, Rc<Coded>>,
}

impl<'a> Labels<'a> {
    /// Those of a table.
    pub fn new(batch: &'a RecordBatch) -> Labels<'a> {
        Labels { batch, read: FxHashMap::default() }
    }

    /// The column that an argument names.
    pub fn get(&mut self, argument: &str, name: &str) -> Result<Rc<Coded>, Error> {
        if let Some(read) = self.read.get(name) {
            return Ok(Rc::clone(read));
        }
        let column = column(self.batch, argument, name)?;
        let read = Rc::new(encode(name, std::slice::from_ref(column))?.without_blanks());
        self.read.insert(name.to_owned(), Rc::clone(&read));
        Ok(read)
    }
}

/// What codes are ordered by: those that are numbers as such, before all others.
fn order(code: &str) -> (u64, &str) {
    (code.parse().unwrap_or(u64::MAX), code)
}

/// The place of a code among areas in order.
pub fn place(areas: &[String], code: &str) -> Option<u32> {
    areas.binary_search_by(|one| order(one).cmp(&order(code))).ok().map(|at| at as u32)
}

/// Areas in order, and the place of those of each column.
pub fn areas(read: &mut Labels, names: [&str; 2]) -> Result<(Vec<String>, [Vec<u32>; 2]), Error> {
    let [origin, destination] = [("origin", names[0]), ("destination", names[1])].map(|(argument, name)| {
        let coded = read.get(argument, name)?;
        match coded.keys.iter().position(|key| *key < 0) {
            Some(row) => Err(Error::Schema(format!("column {name:?}, row {row}: the area is missing"))),
            None => Ok(coded),
        }
    });
    let (origin, destination) = (origin?, destination?);
    let mut all: Vec<String> = origin.labels.iter().chain(&destination.labels).cloned().collect();
    all.sort_unstable_by(|a, b| order(a).cmp(&order(b)));
    all.dedup();
    let places = |coded: &Coded| -> Vec<u32> {
        let lut: Vec<u32> = coded.labels.iter().map(|code| place(&all, code).unwrap_or_default()).collect();
        coded.keys.iter().map(|key| lut[*key as usize]).collect()
    };
    let both = [places(&origin), places(&destination)];
    Ok((all, both))
}

/// Numbers of at least 0, NaN where they are missing: as they lie in the table, if nothing has to be done to them.
pub fn figures(batch: &RecordBatch, argument: &str, name: &str) -> Result<ScalarBuffer<f64>, Error> {
    let array = column(batch, argument, name)?;
    if !array.data_type().is_numeric() && *array.data_type() != DataType::Null {
        return Err(Error::Schema(format!(
            "{argument}={name:?}: the column has type {}: expected numbers",
            array.data_type()
        )));
    }
    let array = cast(array, &DataType::Float64)?;
    let array: &Float64Array = array.as_primitive::<Float64Type>();
    // Many at a time: rows are looked at one by one only where one is wrong.
    let odd = |value: &f64| value.is_sign_negative() || *value == f64::INFINITY;
    if array.null_count() == 0 && !array.values().iter().fold(false, |some, value| some | odd(value)) {
        return Ok(array.values().clone());
    }
    // -0 is 0.
    let values: Vec<f64> = array.iter().map(|value| value.map_or(f64::NAN, |value| value + 0.0)).collect();
    if let Some(row) = values.iter().position(|value| *value < 0.0 || value.is_infinite()) {
        return Err(Error::Schema(format!(
            "{argument}={name:?}, row {row}: {} is no number of people; expected a finite number of at least 0, or none \
             where nothing is reported",
            values[row]
        )));
    }
    Ok(values.into())
}

/// Whether, by row.
pub fn truths(batch: &RecordBatch, name: &str) -> Result<BooleanArray, Error> {
    let array = column(batch, "comparable", name)?;
    match array.data_type() {
        DataType::Boolean => Ok(array.as_boolean().clone()),
        DataType::Null => Ok(BooleanArray::new_null(array.len())),
        other => Err(Error::Schema(format!("column {name:?} has type {other}: expected true or false"))),
    }
}
