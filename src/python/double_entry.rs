//! Correction factors of double entry as Python asks for them.

use pyo3::prelude::*;

use super::table::{Stream, Table};
use super::work::{run, run_watched};
use crate::reconcile::double_entry::{Fitted, Request};

/// Pairs and the factors that were found for them.
#[pyclass(frozen, module = "migstat")]
pub struct DoubleEntry(Fitted);

/// Fits a table of pairs; the request is JSON.
#[pyfunction]
pub fn double_entry(py: Python<'_>, pairs: Stream, request: &str) -> PyResult<DoubleEntry> {
    let request = Request::from_json(request)?;
    Ok(DoubleEntry(run_watched(py, None, |watch| {
        let (schema, batches) = pairs.read(watch)?;
        match &batches[..] {
            [batch] => Fitted::new(batch, request, watch),
            _ => Fitted::new(&arrow::compute::concat_batches(&schema, &batches)?, request, watch),
        }
    })?))
}

#[pymethods]
impl DoubleEntry {
    /// The factors.
    fn factors(&self, py: Python<'_>) -> PyResult<Table> {
        Ok(run(py, || self.0.factors())?.into())
    }

    /// How each system was fitted.
    fn systems(&self, py: Python<'_>) -> PyResult<Table> {
        Ok(run(py, || self.0.systems())?.into())
    }

    /// What is made of each pair.
    fn reconciled(&self, py: Python<'_>) -> PyResult<Table> {
        Ok(run(py, || self.0.reconciled())?.into())
    }

    /// How many pairs there are of each kind.
    fn counts(&self, py: Python<'_>) -> PyResult<Vec<(&'static str, usize)>> {
        run(py, || self.0.counts())
    }

    /// The first row of each group that is fitted by itself.
    fn first_rows(&self) -> Vec<usize> {
        self.0.group.first.clone()
    }
}
