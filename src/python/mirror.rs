//! Mirror statistics as Python asks for them.

use pyo3::prelude::*;

use super::observations::Observations;
use super::table::{Stream, Table};
use super::work::run;
use crate::definition;
use crate::durations;
use crate::reconcile::mirror::{self, Request};

/// Reports of both ends, paired.
#[pyclass(frozen, module = "migstat._core")]
pub struct Mirror(mirror::Mirror);

#[pymethods]
impl Mirror {
    /// One row a pair.
    fn pairs(&self) -> Table {
        self.0.pairs.clone().into()
    }

    /// The definitions of the figures that were paired.
    fn definitions(&self) -> PyResult<Table> {
        Ok(definition::to_arrow(&self.0.definitions)?.into())
    }

    /// The ledger as JSON.
    fn ledger(&self) -> PyResult<String> {
        Ok(self.0.ledger.to_json()?)
    }

    /// The figures that stand in no pair, with the reason.
    fn set_aside(&self) -> Table {
        self.0.set_aside.clone().into()
    }

    /// What makes pairs unlike, by reason and definitions.
    fn reasons(&self) -> Table {
        self.0.reasons.clone().into()
    }

    /// How far the reports of each office are from those of its partners; of comparable pairs only, if that is wanted.
    fn by_reporter(&self, py: Python<'_>, comparable_only: bool) -> PyResult<Table> {
        Ok(run(py, || mirror::by_reporter(&self.0.pairs, comparable_only))?.into())
    }
}

/// Pair the reports of both ends; how flows are brought to one minimum stay first is JSON.
#[pyfunction]
#[pyo3(signature = (observations, prefer, durations=None, add_up=Vec::new()))]
pub fn pair_mirror(
    py: Python<'_>,
    observations: &Observations,
    prefer: &str,
    durations: Option<&str>,
    add_up: Vec<String>,
) -> PyResult<Mirror> {
    let durations = durations.map(durations::Request::from_json).transpose()?;
    let durations = durations.map(|request| durations::Request { keep_net: true, ..request });
    let request = Request { prefer: prefer.parse()?, durations, add_up: mirror::summed(&add_up)? };
    Ok(Mirror(run(py, || mirror::mirror(&observations.0, &request))?))
}

/// Which rows of a table of pairs lie inside others of the same table; in the columns named no code contains another.
#[pyfunction]
pub fn pairs_within(
    py: Python<'_>,
    pairs: Stream,
    apart: Vec<String>,
    inflow: &str,
    outflow: &str,
) -> PyResult<Vec<bool>> {
    run(py, || mirror::within(&pairs.read_one()?, &apart, [inflow, outflow]))
}
