//! Age groups as Python holds them.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray2, PyReadwriteArray2};
use pyo3::prelude::*;

use super::work::run_watched;
use crate::Error;
use crate::codes::age;
use crate::regroup::{Edges, Plan};

/// The half-open bounds of a group in years.
type Bounds = (u16, Option<u16>);

/// Code and bounds of each label.
#[pyfunction]
pub fn read_ages(labels: Vec<String>) -> PyResult<Vec<(String, Option<u16>, Option<u16>)>> {
    let read = |label: String| age::parse(&label).map(|age| (age.code, age.from, age.to));
    Ok(labels.into_iter().map(read).collect::<Result<_, Error>>()?)
}

fn plan(
    source: Vec<Bounds>,
    target: Vec<Bounds>,
    method: &str,
    open_to: Option<u16>,
    smoothing: Option<f64>,
) -> Result<Plan, Error> {
    Plan::new(&Edges::new("ages", &source)?, &Edges::new("to", &target)?, method.parse()?, open_to, smoothing)
}

/// For each target group whether it is a sum of source groups.
#[pyfunction]
#[pyo3(signature = (source, target, method, open_to=None, smoothing=None))]
pub fn exact_ages(
    source: Vec<Bounds>,
    target: Vec<Bounds>,
    method: &str,
    open_to: Option<u16>,
    smoothing: Option<f64>,
) -> PyResult<Vec<bool>> {
    Ok(plan(source, target, method, open_to, smoothing)?.exact().to_vec())
}

/// Fills a matrix with a column for each target group from one with a column for each source group; tells for each row
/// whether it was split by the monotone method instead.
#[pyfunction]
#[pyo3(signature = (values, made, source, target, method, open_to=None, smoothing=None))]
#[allow(clippy::too_many_arguments)]
pub fn regroup_ages<'py>(
    py: Python<'py>,
    values: PyReadonlyArray2<'py, f64>,
    mut made: PyReadwriteArray2<'py, f64>,
    source: Vec<Bounds>,
    target: Vec<Bounds>,
    method: &str,
    open_to: Option<u16>,
    smoothing: Option<f64>,
) -> PyResult<Bound<'py, PyArray1<bool>>> {
    let plan = plan(source, target, method, open_to, smoothing)?;
    let scattered = |_| Error::Internal("a matrix is not contiguous".to_owned());
    let (values, made) = (values.as_slice().map_err(scattered)?, made.as_slice_mut().map_err(scattered)?);
    Ok(run_watched(py, None, |watch| plan.apply(values, made, watch))?.into_pyarray(py))
}
