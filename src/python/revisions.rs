//! Revisions as Python asks for them.

use pyo3::prelude::*;

use super::observations::Observations;
use super::table::{Stream, Table};
use super::work::run;
use crate::Error;
use crate::quality::revisions::{Edition, Request, Roles, compare};

/// Two editions, figure by figure.
#[pyclass(frozen, module = "migstat._core")]
pub struct Revisions(crate::quality::revisions::Revisions);

#[pymethods]
impl Revisions {
    /// Number of figures, those of both editions once.
    fn __len__(&self) -> usize {
        self.0.pairs().len()
    }

    /// Number of figures of each edition.
    fn figures(&self) -> (usize, usize) {
        self.0.figures()
    }

    /// What figures can be grouped by, beside fields of definitions.
    fn names(&self) -> Vec<String> {
        self.0.names().into_iter().map(str::to_owned).collect()
    }

    /// The columns in which figures differ, beside numbers, periods and states.
    fn varying(&self) -> Vec<String> {
        self.0.varying().into_iter().map(str::to_owned).collect()
    }

    /// One row a figure; only those that changed, on request.
    fn table(&self, py: Python<'_>, changed: bool) -> PyResult<Table> {
        let made = run(py, || {
            let all = || (0..self.0.pairs().len() as u32).collect();
            self.0.table(&if changed { self.0.changes() } else { all() })
        })?;
        Ok(made.into())
    }

    /// The figures whose numbers moved most; only leaves, on request.
    fn largest(&self, py: Python<'_>, count: usize, relative: bool, leaves: bool) -> PyResult<Table> {
        Ok(run(py, || self.0.table(&self.0.largest(count, relative, leaves)))?.into())
    }

    /// One row a group: figures by state, and how far their numbers moved.
    fn by(&self, py: Python<'_>, by: Vec<String>) -> PyResult<Table> {
        Ok(run(py, || self.0.by(&by))?.into())
    }

    /// One row a series: whether it was revised.
    fn series(&self, py: Python<'_>, by: Vec<String>) -> PyResult<Table> {
        Ok(run(py, || self.0.series(&by))?.into())
    }

    /// The definitions that were compared.
    fn definitions(&self, py: Python<'_>) -> PyResult<Table> {
        Ok(run(py, || self.0.definitions())?.into())
    }
}

/// Compare two editions that are observations.
#[pyfunction]
pub fn compare_observations(
    py: Python<'_>,
    earlier: &Observations,
    later: &Observations,
    tolerance: f64,
    ignore: Vec<String>,
) -> PyResult<Revisions> {
    let (before, after) = (&earlier.0, &later.0);
    let made = run(py, || compare(Edition::from(before), Edition::from(after), Request { tolerance, ignore }))?;
    Ok(Revisions(made))
}

/// Compare two editions that are tables of codes; what their columns are is JSON.
#[pyfunction]
pub fn compare_tables(
    py: Python<'_>,
    earlier: Stream,
    later: Stream,
    roles: &str,
    tolerance: f64,
    ignore: Vec<String>,
) -> PyResult<Revisions> {
    let roles: Roles = serde_json::from_str(roles).map_err(|e| Error::Schema(format!("revisions: {e}")))?;
    let made = run(py, || {
        let edition = |table: Stream, which: &str| {
            Edition::from_table(&table.read_one()?, &roles).map_err(|error| match error {
                Error::Schema(why) => Error::Schema(format!("the {which} edition: {why}")),
                Error::Code(why) => Error::Code(format!("the {which} edition: {why}")),
                other => other,
            })
        };
        compare(edition(earlier, "earlier")?, edition(later, "later")?, Request { tolerance, ignore })
    })?;
    Ok(Revisions(made))
}
