//! Residuals, and what divides without a remainder, as Python asks for them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int32Array, Int64Array, StringArray};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Float64Type};
use pyo3::prelude::*;

use super::codes::table;
use super::observations::Observations;
use super::table::{Column, Table};
use super::work::run;
use crate::Error;
use crate::codes::period;
use crate::reconcile::apportion::largest_remainder;
use crate::reconcile::residuals::{self, Request};

/// Residual figures divided among areas; the request is JSON.
#[pyfunction]
pub fn allocate_residuals(py: Python<'_>, observations: &Observations, request: &str) -> PyResult<Observations> {
    let request = Request::from_json(request)?;
    Ok(Observations(run(py, || residuals::allocate(&observations.0, &request))?))
}

/// How much residuals hold, by definition and period.
#[pyfunction]
pub fn residual_shares(py: Python<'_>, observations: &Observations, dimension: &str) -> PyResult<Table> {
    run(py, || {
        let found = residuals::residuals(&observations.0, dimension)?;
        let all = || found.iter();
        let number = |of: &dyn Fn(&residuals::Size) -> Option<f64>| -> ArrayRef {
            Arc::new(all().map(of).collect::<Float64Array>())
        };
        table(vec![
            ("definition", Arc::new(all().map(|one| one.definition as i32).collect::<Int32Array>())),
            ("period", Arc::new(all().map(|one| Some(period::label(one.period))).collect::<StringArray>())),
            ("rows", Arc::new(all().map(|one| one.rows as i64).collect::<Int64Array>())),
            ("missing", Arc::new(all().map(|one| one.missing as i64).collect::<Int64Array>())),
            ("named", number(&|one| Some(one.named.value()))),
            ("residual", number(&residuals::Size::held)),
            ("share", number(&residuals::Size::share)),
        ])
    })
}

/// Whole numbers in proportion to those of a column, that add up to a total or to their own rounded sum.
#[pyfunction]
#[pyo3(signature = (values, total=None))]
pub fn largest_remainders(py: Python<'_>, values: Column, total: Option<f64>) -> PyResult<Table> {
    run(py, || {
        let chunks = values.read()?;
        if let Some(kind) = chunks.iter().map(Array::data_type).find(|kind| !is_numeric(kind)) {
            return Err(Error::Schema(format!(
                "expected a column of numbers, found {kind}: make its texts numbers first"
            )));
        }
        let chunks: Vec<ArrayRef> =
            chunks.iter().map(|chunk| cast(chunk, &DataType::Float64)).collect::<Result<_, _>>()?;
        let whole = match chunks.iter().map(AsRef::as_ref).collect::<Vec<&dyn Array>>().as_slice() {
            [] => Arc::new(Float64Array::from(Vec::<f64>::new())),
            chunks => concat(chunks)?,
        };
        let numbers: Vec<Option<f64>> = whole.as_primitive::<Float64Type>().iter().collect();
        let parts: Float64Array = largest_remainder(&numbers, total)?.into_iter().collect();
        table(vec![("value", Arc::new(parts))])
    })
}

/// Numbers, or a column in which nothing is known.
fn is_numeric(kind: &DataType) -> bool {
    kind.is_numeric() || *kind == DataType::Null
}
