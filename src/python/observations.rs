//! Observations as Python holds them.

use pyo3::prelude::*;

use super::table::{Stream, Table};
use super::work::{Progress, run, run_watched};
use crate::harmonise::Request;
use crate::ledger::Ledger;
use crate::{Error, concat, definition, observation, printed, select};

/// A checked pair of figures and definitions, and their ledger.
#[pyclass(frozen, module = "migstat._core")]
pub struct Observations(pub observation::Observations);

#[pymethods]
impl Observations {
    /// Number of rows.
    fn __len__(&self) -> usize {
        self.0.len()
    }

    /// The figures, one row each.
    fn figures(&self) -> Table {
        self.0.figures().clone().into()
    }

    /// The definitions that the figures' keys point to.
    fn definitions(&self) -> PyResult<Table> {
        Ok(definition::to_arrow(self.0.definitions())?.into())
    }

    /// The ledger as JSON.
    fn ledger(&self) -> PyResult<String> {
        Ok(self.0.ledger().to_json()?)
    }

    /// Verify the ledger, and the figures against it.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        run(py, || self.0.check())
    }

    /// The figures that satisfy all conditions, given as JSON: name -> values allowed.
    fn select(&self, py: Python<'_>, conditions: &str) -> PyResult<Observations> {
        let conditions = serde_json::from_str(conditions).map_err(|e| Error::Schema(e.to_string()))?;
        Ok(Observations(run(py, || select::select(&self.0, &conditions))?))
    }

    /// Every printed total beside the sum of its parts.
    fn printed_totals(&self, py: Python<'_>) -> PyResult<Table> {
        Ok(run(py, || printed::printed_totals(&self.0))?.into())
    }
}

/// Observations from their tables and their ledger as JSON, after checking them.
#[pyfunction]
pub fn observations(py: Python<'_>, figures: Stream, definitions: Stream, ledger: &str) -> PyResult<Observations> {
    let made = run(py, || {
        let definitions = definition::from_arrow(&definitions.read_one()?)?;
        let figures = observation::canonical(&figures.read_one()?)?;
        observation::Observations::new(definitions, figures, Ledger::from_json(ledger)?)
    })?;
    Ok(Observations(made))
}

/// A raw table and a request as JSON -> observations.
#[pyfunction]
#[pyo3(signature = (table, request, progress=None))]
pub fn harmonise(py: Python<'_>, table: Stream, request: &str, progress: Option<Progress>) -> PyResult<Observations> {
    let request = Request::from_json(request)?;
    let made = run_watched(py, progress, |watch| {
        let (schema, batches) = table.read(watch)?;
        crate::harmonise::harmonise(schema, &batches, &request, watch)
    })?;
    Ok(Observations(made))
}

/// Several tables of observations in one.
#[pyfunction]
pub fn concatenate(py: Python<'_>, parts: Vec<PyRef<'_, Observations>>) -> PyResult<Observations> {
    let parts: Vec<observation::Observations> = parts.iter().map(|part| part.0.clone()).collect();
    Ok(Observations(run(py, || concat::concatenate(&parts))?))
}

/// Verify a ledger given as JSON.
#[pyfunction]
pub fn check_ledger(ledger: &str) -> PyResult<()> {
    Ok(Ledger::from_json(ledger)?.check()?)
}
