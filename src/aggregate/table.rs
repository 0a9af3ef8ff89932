//! Cells as a table.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, RecordBatch, StringArray, UInt32Array,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, Field, Schema};
use rayon::prelude::*;

use super::Expected;
use super::axis::{Axis, TOTAL};
use super::cube::{Cells, Codes};
use super::measures::{Measures, counts};
use super::records::Measure;
use super::run::{Run, Sums};
use crate::Error;
use crate::column::dictionary;
use crate::observation::DIMENSIONS;

impl Run<'_> {
    /// The cells of one grouping set as rows, in the order of their codes.
    pub fn table(&self, sums: &Sums, set: &[bool]) -> Result<RecordBatch, Error> {
        let table = self.unsorted(sums, set)?;
        let cells = &sums.cells;
        if self.classes.definitions.len() < 2 {
            return Ok(table);
        }
        // The definition is outermost in the cube; to the reader it is the last thing that tells cells apart.
        let mut order: Vec<u32> = (0..cells.sum.len() as u32).collect();
        order.par_sort_by(|a, b| {
            let keys = cells.keys[1..].iter().map(|keys| keys[*a as usize].cmp(&keys[*b as usize]));
            keys.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
        let order = UInt32Array::from(order);
        let columns = table.columns().iter().map(|column| take(column, &order, None)).collect::<Result<Vec<_>, _>>()?;
        batch(table.schema().fields().iter().map(|field| field.name().clone()).zip(columns).collect())
    }

    /// Figures with a value over figures expected, cell by cell.
    pub fn coverage(&self, cells: &Cells, set: &[bool]) -> Vec<f64> {
        let expected = match self.request.expected {
            Expected::Rows => cells.figures.clone(),
            Expected::Grid => self.grid(cells, set),
        };
        let share = |(valued, expected): (&u64, &u64)| *valued as f64 / (*expected).max(1) as f64;
        cells.valued.iter().zip(&expected).map(share).collect()
    }

    /// Is a measure asked for by name?
    pub fn asks(&self, measure: Measure) -> bool {
        self.request.measures.contains(&measure)
    }

    /// Is one of the usual measures wanted?
    fn wants(&self, measure: Measure) -> bool {
        self.request.measures.is_empty() || self.asks(measure)
    }

    fn unsorted(&self, sums: &Sums, set: &[bool]) -> Result<RecordBatch, Error> {
        let cells = &sums.cells;
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        let totals = !self.request.totals.is_empty() || !self.request.rollup.is_empty();
        for ((axis, keys), over) in self.axes.iter().zip(&cells.keys[1..]).zip(set) {
            let labels = axis.overlap.as_ref().map_or(&axis.labels, |overlap| &overlap.labels);
            columns.push((axis.name.clone(), axis.column_named(labels, keys, *over, totals)));
        }
        if self.classes.definitions.len() > 1 && !self.request.by.iter().any(|word| word == "definition") {
            let keys = cells.keys[0].iter().map(|key| *key as i32);
            columns.push(("definition".to_owned(), Arc::new(Int32Array::from_iter_values(keys))));
        }
        let coverage = self.coverage(cells, set);
        let measures = Measures::of(cells, &coverage, self.request.min_coverage);
        columns.extend(self.wants(Measure::Sum).then(|| measures.sum()));
        for (name, bounds) in [("low", &sums.low), ("high", &sums.high)] {
            let bounds = bounds.as_ref().filter(|_| self.wants(Measure::Bounds));
            columns.extend(bounds.map(|bounds| measures.bound(name, bounds)));
        }
        columns.extend(self.wants(Measure::Count).then(|| counts("figures", &cells.figures)));
        columns.extend(self.asks(Measure::Nonmissing).then(|| counts("valued", &cells.valued)));
        if self.wants(Measure::Coverage) {
            columns.push(measures.missing());
            columns.push(("coverage_cells".to_owned(), Arc::new(Float64Array::from(coverage.clone()))));
            let by_value = self.coverage_by_value(cells, set).into_iter().collect::<Float64Array>();
            columns.push(("coverage_value".to_owned(), Arc::new(by_value)));
        }
        if let Some(extremes) = &sums.extremes {
            let [least, most] = measures.extremes(extremes);
            columns.extend(self.asks(Measure::Min).then_some(least));
            columns.extend(self.asks(Measure::Max).then_some(most));
        }
        columns.extend(self.asks(Measure::Mean).then(|| measures.mean(None)));
        batch(columns)
    }

    /// Leaves without a value, with the classes that they belong to.
    pub fn missing(&self) -> Result<RecordBatch, Error> {
        let values = self.observations.values();
        let leaves = self.observations.leaves();
        let outside = |row| self.axes.iter().any(|axis| self.leaves_out(axis, &axis.labels[axis.class(row) as usize]));
        let lost = |row| leaves.value(row) && values.is_null(row) && !outside(row);
        let lost = BooleanBuffer::collect_bool(leaves.len(), lost);
        let rows: Vec<u32> = BooleanArray::from(lost).values().set_indices().map(|row| row as u32).collect();
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        for axis in &self.axes {
            let keys: Vec<u32> = rows.iter().map(|row| axis.class(*row as usize)).collect();
            columns.push((axis.name.clone(), axis.column_of(&keys, false, false)));
        }
        let rows = UInt32Array::from(rows);
        for name in DIMENSIONS.iter().chain(&["presence", "row"]) {
            let taken = self.request.by.iter().any(|word| word == name);
            if let (Some(column), false) = (self.observations.figures().column_by_name(name), taken) {
                columns.push(((*name).to_owned(), take(column, &rows, None)?));
            }
        }
        batch(columns)
    }
}

impl Axis<'_> {
    pub fn is_group(&self) -> bool {
        matches!(self.codes, Codes::Two { .. })
    }

    /// Labels of classes as a column; a total is `_T`, or no number among numbers.
    fn column_of(&self, classes: &[u32], total: bool, totals: bool) -> ArrayRef {
        self.column_named(&self.labels, classes, total, totals)
    }

    /// The same with other labels.
    fn column_named(&self, labels: &[String], classes: &[u32], total: bool, totals: bool) -> ArrayRef {
        if self.numbers {
            let numbers: Vec<Option<i32>> = self.labels.iter().map(|label| label.parse().ok()).collect();
            let value = |class: &u32| if total { None } else { numbers[*class as usize] };
            return Arc::new(classes.iter().map(value).collect::<Int32Array>());
        }
        let mut labels = labels.to_vec();
        let blank = labels.iter().position(String::is_empty);
        let at = labels.iter().position(|label| label == TOTAL).unwrap_or_else(|| {
            if totals {
                labels.push(TOTAL.to_owned());
            }
            labels.len().saturating_sub(1)
        });
        let key = |class: &u32| match *class as usize {
            _ if total => at as i32,
            class if Some(class) == blank => crate::column::NULL,
            class => class as i32,
        };
        dictionary(classes.par_iter().map(key).collect(), &labels)
    }
}

/// Tables under one another, whose dictionaries are the same; categories that no row has go.
pub(super) fn stack(parts: &[RecordBatch]) -> Result<RecordBatch, Error> {
    let schema = parts[0].schema();
    let columns = schema.fields().iter().enumerate().map(|(at, field)| {
        let pieces: Vec<&dyn Array> = parts.iter().map(|part| part.column(at).as_ref()).collect();
        let column = match field.data_type() {
            DataType::Dictionary(_, _) => {
                let keys: Vec<&dyn Array> = pieces.iter().map(|piece| piece.as_any_dictionary().keys()).collect();
                used(concat(&keys)?.as_primitive(), pieces[0].as_any_dictionary().values().as_string())
            }
            _ => concat(&pieces)?,
        };
        Ok((field.name().clone(), column))
    });
    batch(columns.collect::<Result<_, Error>>()?)
}

/// A dictionary of the categories that rows have, in their order.
fn used(keys: &Int32Array, categories: &StringArray) -> ArrayRef {
    let mut places = vec![crate::column::NULL; categories.len()];
    keys.iter().flatten().for_each(|key| places[key as usize] = 0);
    let mut labels = Vec::new();
    for (place, label) in places.iter_mut().zip(categories).filter(|(place, _)| **place == 0) {
        *place = labels.len() as i32;
        labels.push(label.unwrap_or_default());
    }
    let place = |key: Option<i32>| key.map_or(crate::column::NULL, |key| places[key as usize]);
    dictionary(keys.iter().map(place).collect(), &labels)
}

pub(in crate::aggregate) fn batch(columns: Vec<(String, ArrayRef)>) -> Result<RecordBatch, Error> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(name, column.data_type().clone(), true)).collect();
    let rows = columns.first().map_or(0, |(_, column)| column.len());
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?)
}
