//! Geography over time as Python asks for it.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, StringArray};
use pyo3::prelude::*;

use super::codes::table;
use super::observations::Observations;
use super::table::Table;
use super::work::run;
use crate::Error;
use crate::codes::period;
use crate::reconcile::geography::{self, AsOf, Merge, Side, Split};

/// Figures of a former state as figures of its successors; the request is JSON.
#[pyfunction]
pub fn split_area(py: Python<'_>, observations: &Observations, request: &str) -> PyResult<Observations> {
    let request = Split::from_json(request)?;
    Ok(Observations(run(py, || geography::split(&observations.0, &request))?))
}

/// The shares that it would be split by; the request is JSON.
#[pyfunction]
pub fn split_shares(py: Python<'_>, observations: &Observations, request: &str) -> PyResult<Table> {
    let request = Split::from_json(request)?;
    run(py, || {
        let lines = geography::lines(&observations.0, &request)?;
        let all = || lines.iter();
        let number = |of: &dyn Fn(&geography::Line) -> Option<f64>| -> ArrayRef {
            Arc::new(all().map(of).collect::<Float64Array>())
        };
        let text = |of: &dyn Fn(&geography::Line) -> Option<String>| -> ArrayRef {
            Arc::new(all().map(of).collect::<StringArray>())
        };
        table(vec![
            ("definition", Arc::new(all().map(|one| one.definition as i32).collect::<Int32Array>())),
            ("side", text(&|one| Some(one.side.name().to_owned()))),
            ("partner", text(&|one| one.partner.clone())),
            ("part", text(&|one| Some(one.part.to_owned()))),
            ("share", number(&|one| one.share)),
            ("seen", number(&|one| one.seen)),
            ("people", number(&|one| one.people)),
            ("concentration", number(&|one| one.concentration)),
            ("first", text(&|one| one.periods.map(|(first, _)| period::label(first)))),
            ("last", text(&|one| one.periods.map(|(_, last)| period::label(last)))),
            ("why", text(&|one| one.why.clone())),
        ])
    })
}

/// Parts added up to a whole; the request is JSON.
#[pyfunction]
pub fn merge_areas(py: Python<'_>, observations: &Observations, request: &str) -> PyResult<Observations> {
    let request = Merge::from_json(request)?;
    Ok(Observations(run(py, || geography::merge(&observations.0, &request))?))
}

/// All figures by the boundaries of one year, or of their own where none is given.
#[pyfunction]
#[pyo3(signature = (observations, as_of, sides, overlap))]
pub fn constant_boundaries(
    py: Python<'_>,
    observations: &Observations,
    as_of: Option<i32>,
    sides: &str,
    overlap: &str,
) -> PyResult<Observations> {
    let as_of = as_of.map_or(AsOf::Then, AsOf::Year);
    let sides: Vec<Side> = serde_json::from_str(sides).map_err(|error| Error::Schema(error.to_string()))?;
    let twice = overlap.parse()?;
    Ok(Observations(run(py, || geography::constant(&observations.0, as_of, &sides, twice))?))
}

/// Where a former state and its successors are both counted.
#[pyfunction]
pub fn area_overlaps(py: Python<'_>, observations: &Observations) -> PyResult<Table> {
    run(py, || {
        let found = geography::overlaps(&observations.0);
        let all = || found.iter();
        let text = |of: &dyn Fn(&geography::Overlap) -> String| -> ArrayRef {
            Arc::new(all().map(|one| Some(of(one))).collect::<StringArray>())
        };
        let count =
            |of: &dyn Fn(&geography::Overlap) -> i64| -> ArrayRef { Arc::new(all().map(of).collect::<Int64Array>()) };
        let value =
            |of: &dyn Fn(&geography::Overlap) -> f64| -> ArrayRef { Arc::new(all().map(of).collect::<Float64Array>()) };
        table(vec![
            ("area", text(&|one| one.area.to_owned())),
            ("side", text(&|one| one.side.name().to_owned())),
            ("measure", text(&|one| one.measure.clone())),
            ("period", text(&|one| period::label(one.period))),
            ("successors", text(&|one| one.successors.join(" "))),
            ("rows", count(&|one| one.whole.rows)),
            ("value", value(&|one| one.whole.value.value())),
            ("successor_rows", count(&|one| one.parts.rows)),
            ("successor_value", value(&|one| one.parts.value.value())),
            ("same_cell", count(&|one| one.cells as i64)),
        ])
    })
}
