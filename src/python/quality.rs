//! Quality as Python asks for it: rules over observations, and the counts that indicators are made of.

use pyo3::prelude::*;

use super::observations::Observations;
use super::table::{Stream, Table};
use super::work::run;
use crate::quality::{self, RULES, Scan, Wanted};

/// Name, default and meaning of a number that a rule goes by.
type Setting = (&'static str, f64, &'static str);
/// Name, family, severity, what is checked, the source, and the numbers that it goes by.
type Listed = (&'static str, &'static str, &'static str, &'static str, &'static str, Vec<Setting>);

/// The rules of the core.
#[pyfunction]
pub fn quality_rules() -> Vec<Listed> {
    let row = |one: &'static quality::Rule| {
        let settings = one.settings.iter().map(|one| (one.name, one.default, one.about)).collect();
        (one.name, one.family, one.severity.name(), one.checks, one.source, settings)
    };
    RULES.iter().map(row).collect()
}

/// What lies in what in a benchmark, the first rows of a table, and how much of the records, which the others are.
#[pyfunction]
pub fn benchmark_parts(py: Python<'_>, table: Stream, rows: usize) -> PyResult<Table> {
    Ok(run(py, || quality::benchmark_parts(&table.read_one()?, rows))?.into())
}

/// Observations under examination; what several rules need of them is made once.
#[pyclass(frozen, module = "migstat._core")]
pub struct QualityScan(Scan);

/// Looks at observations.
#[pyfunction]
pub fn quality_scan(observations: &Observations) -> QualityScan {
    QualityScan(Scan::new(observations.0.clone()))
}

#[pymethods]
impl QualityScan {
    /// Put the figures in the order of their series, which rules share; the number of series.
    fn prepare(&self, py: Python<'_>) -> PyResult<usize> {
        run(py, || Ok(self.0.index().len()))
    }

    /// What the rules of a request in JSON find: findings as they are listed, and a row a rule.
    fn run(&self, py: Python<'_>, request: &str) -> PyResult<(Table, Table)> {
        let found = run(py, || quality::run(&self.0, request))?;
        Ok((found.listed.into(), found.counted.into()))
    }

    /// Sentences about rows, with what the rows are of and where they were printed.
    fn describe(&self, py: Python<'_>, rows: Vec<u32>, sentences: Vec<String>) -> PyResult<Table> {
        Ok(run(py, || quality::described(&self.0, &rows, &sentences))?.into())
    }

    /// Cells and what stands in them, by the columns named.
    fn counts(&self, py: Python<'_>, names: Vec<String>) -> PyResult<Table> {
        Ok(run(py, || quality::counts(&self.0, &names))?.into())
    }

    /// Codes of a column of cells that are wanted, as `counts` writes them; whether each is a group of areas.
    fn wanted(&self, py: Python<'_>, name: &str, codes: Vec<Option<String>>) -> PyResult<Vec<Wanted>> {
        run(py, || quality::wanted(&self.0, name, &codes))
    }

    /// How much of the value is in categories of their own, in residuals, groups and totals.
    fn parts(&self, py: Python<'_>) -> PyResult<Table> {
        Ok(run(py, || quality::parts(&self.0))?.into())
    }

    /// First and last periods by definition and reporter.
    fn latest(&self, py: Python<'_>) -> PyResult<Table> {
        Ok(run(py, || quality::latest(&self.0))?.into())
    }

    /// How long series are comparable.
    fn series(&self, py: Python<'_>) -> PyResult<Table> {
        Ok(run(py, || quality::comparable(&self.0))?.into())
    }
}
