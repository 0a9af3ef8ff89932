//! Sums over records on their way between processes and machines: an Arrow table, and merging.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Float64Builder, ListBuilder, RecordBatch, UInt64Array, UInt64Builder,
};
use arrow::datatypes::{DataType, Float64Type, Schema, UInt64Type};
use serde::{Deserialize, Serialize};

use super::axis::Axis;
use super::column::{Coded, Label};
use super::finish::tally;
use super::{Added, Records, Request};
use crate::Error;
use crate::aggregate::cube::{Accumulator, Total};
use crate::exact::ExactSum;
use crate::ledger::Tally;

/// Where the table says what it is.
const KEY: &str = "migstat.sums";

/// What is not in the rows of the table.
#[derive(Serialize, Deserialize)]
struct Note {
    request: serde_json::Value,
    /// The words of the axes, the columns that they look at and their types; empty before anything has come.
    axes: Vec<(String, String, String)>,
    /// For everything that is added: records that have no class, and records that do not take part.
    aside: Vec<(Added, Tally, Tally)>,
}

fn whole(tally: Tally) -> Total {
    Total { rows: tally.rows as u64, nulls: tally.missing as u64, sum: tally.value }
}

/// A table with its note.
fn noted(table: &RecordBatch, note: &Note) -> Result<RecordBatch, Error> {
    let note = serde_json::to_string(note).map_err(|e| Error::Internal(e.to_string()))?;
    let schema = Schema::new_with_metadata(table.schema().fields().clone(), HashMap::from([(KEY.to_owned(), note)]));
    Ok(table.clone().with_schema(Arc::new(schema))?)
}

impl Records {
    /// Everything that is known so far as a table: one row a cell, its exact sums as lists of floats that add up to them.
    ///
    /// # Errors
    /// Those of Arrow.
    pub fn state(&mut self, request: &str) -> Result<RecordBatch, Error> {
        self.whole()?;
        let request = serde_json::from_str(request).map_err(|e| Error::Internal(e.to_string()))?;
        if self.is_new() {
            let note = Note { request, axes: Vec::new(), aside: Vec::new() };
            return noted(&crate::aggregate::table::batch(Vec::new())?, &note);
        }
        self.settle()?;
        let aside = |(what, sums): &(Added, Accumulator)| (*what, tally(&sums.left_out()), tally(&sums.not_taken()));
        let told = |(axis, kind): (&Axis, &DataType)| (axis.word.clone(), axis.column.clone(), kind.to_string());
        let axes = self.axes.iter().zip(&self.types).map(told).collect();
        let note = Note { request, axes, aside: self.sums.iter().map(aside).collect() };
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        let mut keys: Vec<Vec<u32>> = vec![Vec::new(); self.axes.len()];
        for (at, (what, sums)) in self.sums.iter_mut().enumerate() {
            let (mut rows, mut nulls) = (UInt64Builder::new(), UInt64Builder::new());
            let mut parts = ListBuilder::new(Float64Builder::new());
            sums.each(|classes, total| {
                if at == 0 {
                    keys.iter_mut().zip(classes).for_each(|(keys, class)| keys.push(*class));
                }
                rows.append_value(total.rows);
                nulls.append_value(total.nulls);
                parts.append_value(total.sum.components().into_iter().map(Some));
            });
            let name = serde_json::to_value(*what).map_err(|e| Error::Internal(e.to_string()))?;
            let name = name.as_str().unwrap_or_default().to_owned();
            columns.push((format!("{name}.rows"), Arc::new(rows.finish())));
            columns.push((format!("{name}.nulls"), Arc::new(nulls.finish())));
            columns.push((format!("{name}.sum"), Arc::new(parts.finish())));
        }
        if let Some(extremes) = &self.extremes {
            let each = |at: usize| extremes.of(&keys.iter().map(|keys| keys[at]).collect::<Vec<_>>());
            let found: Vec<_> = (0..keys.first().map_or(columns[0].1.len(), Vec::len)).map(each).collect();
            let (least, most): (Vec<_>, Vec<_>) =
                found.into_iter().map(|found| (found.map(|f| f.0), found.map(|f| f.1))).unzip();
            columns.push(("extremes.min".into(), Arc::new(Float64Array::from(least))));
            columns.push(("extremes.max".into(), Arc::new(Float64Array::from(most))));
        }
        let mut all: Vec<(String, ArrayRef)> = Vec::new();
        for ((axis, kind), keys) in self.axes.iter().zip(&self.types).zip(&keys) {
            all.push((axis.word.clone(), super::finish::column(axis, kind, keys)?));
        }
        all.extend(columns);
        noted(&crate::aggregate::table::batch(all)?, &note)
    }

    /// Sums that [`Records::state`] has written, and the request that they answer.
    ///
    /// # Errors
    /// [`Error::Schema`] for a table that is none.
    pub fn from_state(table: &RecordBatch, threads: usize) -> Result<(Records, String), Error> {
        let schema = table.schema();
        let wrong = |what: &str| Error::Schema(format!("not a table of sums that Accumulator.to_arrow made: {what}"));
        let note = schema.metadata().get(KEY).ok_or_else(|| wrong("it bears no note of ours"))?;
        let note: Note = serde_json::from_str(note).map_err(|error| wrong(&error.to_string()))?;
        let text = note.request.to_string();
        let request: Request = serde_json::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
        let mut out = Records::new(request, threads)?;
        if note.aside.is_empty() {
            return Ok((out, text));
        }
        let mut types = Vec::new();
        for (word, _, kind) in &note.axes {
            let field = schema.field_with_name(word).map_err(|_| wrong(&format!("column {word:?} is gone")))?;
            types.push(kind.parse().unwrap_or_else(|_| field.data_type().clone()));
        }
        let words: Vec<_> = note.axes.iter().map(|(word, column, _)| (word.clone(), column.clone())).collect();
        out.open_by(&words, types)?;
        let mut keys: Vec<Vec<u32>> = Vec::new();
        for axis in &mut out.axes {
            let coded = Coded::read(&axis.word, &table[axis.word.as_str()], &mut None)?;
            let column = coded.column();
            let mut classes = vec![None; coded.labels.len()];
            let mut class = |row: usize| {
                let code = column.code(row);
                *classes[code].get_or_insert_with(|| axis.class(coded.labels[code].as_ref().unwrap_or(&Label::Null)))
            };
            keys.push((0..table.num_rows()).map(&mut class).collect());
        }
        out.make_room(table.num_rows())?;
        let mut classes = vec![0; keys.len()];
        for (what, sums) in &mut out.sums {
            let name = serde_json::to_value(*what).map_err(|e| Error::Internal(e.to_string()))?;
            let name = name.as_str().unwrap_or_default().to_owned();
            let get =
                |part: &str| table.column_by_name(&format!("{name}.{part}")).ok_or_else(|| wrong("a column is gone"));
            let numbers = |part: &str| -> Result<UInt64Array, Error> {
                Ok(get(part)?
                    .as_primitive_opt::<UInt64Type>()
                    .ok_or_else(|| wrong("counts have another type"))?
                    .clone())
            };
            let (rows, nulls) = (numbers("rows")?, numbers("nulls")?);
            let sound = rows.null_count() + nulls.null_count() == 0
                && rows.iter().zip(&nulls).all(|(rows, nulls)| nulls <= rows && rows > Some(0));
            if !sound {
                return Err(wrong("its counts are not those of cells"));
            }
            let lists = get("sum")?.as_list_opt::<i32>().ok_or_else(|| wrong("sums are no lists"))?.clone();
            for row in 0..table.num_rows() {
                classes.iter_mut().zip(&keys).for_each(|(class, keys)| *class = keys[row]);
                let parts = lists.value(row);
                let parts = parts.as_primitive_opt::<Float64Type>().ok_or_else(|| wrong("sums are no floats"))?;
                if lists.is_null(row) || parts.null_count() > 0 || parts.values().iter().any(|part| !part.is_finite()) {
                    return Err(wrong("a sum is missing"));
                }
                sums.put(&classes, rows.value(row), nulls.value(row), &ExactSum::from_components(parts.values()));
            }
            if let Some((_, left_out, not_taken)) = note.aside.iter().find(|(other, _, _)| other == what) {
                sums.put_aside(&whole(left_out.clone()), &whole(not_taken.clone()));
            }
        }
        if let Some(extremes) = &mut out.extremes {
            let get = |name: &str| -> Result<Float64Array, Error> {
                let column = table.column_by_name(name).and_then(|column| column.as_primitive_opt::<Float64Type>());
                Ok(column.ok_or_else(|| wrong("extremes are gone"))?.clone())
            };
            let (least, most) = (get("extremes.min")?, get("extremes.max")?);
            for row in (0..table.num_rows()).filter(|row| least.is_valid(*row) && most.is_valid(*row)) {
                classes.iter_mut().zip(&keys).for_each(|(class, keys)| *class = keys[row]);
                extremes.put(&classes, (least.value(row), most.value(row)));
            }
        }
        Ok((out, text))
    }

    /// Adds other sums over records that were asked for in the same way.
    ///
    /// # Errors
    /// [`Error::Schema`] where they were not.
    pub fn merge(&mut self, other: &mut Records) -> Result<(), Error> {
        self.whole()?;
        if other.sums.is_empty() {
            return Ok(());
        }
        if self.is_new() {
            let words: Vec<(String, String)> =
                other.axes.iter().map(|axis| (axis.word.clone(), axis.column.clone())).collect();
            self.open_by(&words, other.types.clone())?;
        }
        let words = |records: &Records| -> Vec<String> { records.axes.iter().map(|axis| axis.word.clone()).collect() };
        if words(self) != words(other) {
            return Err(Error::Schema(format!(
                "sums by {:?} and by {:?} cannot be merged: one of the tables has a column \"definition\"",
                words(self),
                words(other)
            )));
        }
        let mut places: Vec<Vec<u32>> = Vec::new();
        for (mine, theirs) in self.types.iter_mut().zip(&other.types) {
            *mine = super::common("of the sums", mine, theirs)?;
        }
        for (mine, theirs) in self.axes.iter_mut().zip(&other.axes) {
            places.push(theirs.labels.iter().map(|label| mine.class(label)).collect());
        }
        self.make_room(other.sums[0].1.taken().rows as usize)?;
        let shape = self.sums[0].1.shape().to_vec();
        for ((_, mine), (_, theirs)) in self.sums.iter_mut().zip(&mut other.sums) {
            let reserved = theirs.shape().to_vec();
            for (places, &size) in places.iter_mut().zip(&reserved) {
                // Classes that are reserved have no rows.
                places.resize(size as usize, 0);
            }
            mine.merge(&theirs.project(&places, &shape, self.threads)?);
        }
        if let (Some(mine), Some(theirs)) = (&mut self.extremes, &other.extremes) {
            mine.merge(&theirs.project(&places, &shape)?);
        }
        Ok(())
    }
}
