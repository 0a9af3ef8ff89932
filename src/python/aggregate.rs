//! Aggregates as Python holds them.

use pyo3::prelude::*;

use super::observations::Observations;
use super::table::Table;
use super::work::{Progress, run_watched};
use crate::aggregate::Request;
use crate::{Error, definition};

/// Sums over groups, with what was missing and how they came about.
#[pyclass(frozen, module = "migstat._core")]
pub struct Aggregate(crate::aggregate::Aggregate);

#[pymethods]
impl Aggregate {
    /// One row a cell.
    fn cells(&self) -> Table {
        self.0.cells.clone().into()
    }

    /// The figures without a value.
    fn missing(&self) -> Table {
        self.0.missing.clone().into()
    }

    /// The definitions of the cells.
    fn definitions(&self) -> PyResult<Table> {
        Ok(definition::to_arrow(&self.0.definitions)?.into())
    }

    /// The ledger as JSON.
    fn ledger(&self) -> PyResult<String> {
        Ok(self.0.ledger.to_json()?)
    }
}

/// Add up the leaves by group; the request is JSON.
#[pyfunction]
#[pyo3(signature = (observations, request, threads, progress=None))]
pub fn aggregate(
    py: Python<'_>,
    observations: &Observations,
    request: &str,
    threads: usize,
    progress: Option<Progress>,
) -> PyResult<Aggregate> {
    let request: Request = serde_json::from_str(request).map_err(|e| Error::Schema(format!("aggregate: {e}")))?;
    let made =
        run_watched(py, progress, |watch| crate::aggregate::aggregate(&observations.0, &request, threads, watch))?;
    Ok(Aggregate(made))
}
