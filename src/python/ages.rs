//! Age groups as Python holds them.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray2, PyReadwriteArray2};
use pyo3::prelude::*;

use super::observations::Observations;
use super::work::run_watched;
use crate::Error;
use crate::ages::{How, Request, change};
use crate::codes::age;
use crate::regroup::schedule::Schedule;
use crate::regroup::{AgeDefinition, Edges, Options, Plan, Shift, Wanted};
use crate::watch::Watch;

/// The half-open bounds of a group in years.
type Bounds = (u16, Option<u16>);

/// How groups are split: the method, the age that nobody in an open group reaches, the parameters of the schedule that
/// spreads it, and the smoothing.
type Split = (String, Option<u16>, Option<[f64; 13]>, Option<f64>);

/// Code and bounds of each label.
#[pyfunction]
pub fn read_ages(labels: Vec<String>) -> PyResult<Vec<(String, Option<u16>, Option<u16>)>> {
    let read = |label: String| age::parse(&label).map(|age| (age.code, age.from, age.to));
    Ok(labels.into_iter().map(read).collect::<Result<_, Error>>()?)
}

fn options(split: &Split) -> Result<Options, Error> {
    let (_, open_to, tail, smoothing) = split;
    Ok(Options { open_to: *open_to, tail: tail.map(Schedule::new).transpose()?, smoothing: *smoothing })
}

fn plan(source: &[Bounds], target: &[Bounds], split: &Split) -> Result<Plan, Error> {
    Plan::new(&Edges::new("ages", source)?, &Edges::new("to", target)?, split.0.parse()?, options(split)?)
}

fn shift(source: &[Bounds], to: &str, split: &Split) -> Result<Shift, Error> {
    Shift::new(&Edges::new("ages", source)?, to.parse()?, split.0.parse()?, options(split)?)
}

/// The groups of a name, for those that there are.
#[pyfunction]
#[pyo3(signature = (to, source, open_to=None))]
pub fn wanted_ages(to: &str, source: Vec<Bounds>, open_to: Option<u16>) -> PyResult<Vec<Bounds>> {
    let named = Wanted::named(to)?;
    // Gaps and overlaps are found when the plan is made.
    let first_and_last: Vec<Bounds> = match (source.first(), source.last()) {
        (Some(first), Some(last)) if first.0 < last.0 => vec![(first.0, Some(last.0)), *last],
        _ => source,
    };
    Ok(named.edges(&Edges::new("ages", &first_and_last)?, open_to).bounds())
}

/// For each target group whether it is a sum of source groups.
#[pyfunction]
pub fn exact_ages(source: Vec<Bounds>, target: Vec<Bounds>, split: Split) -> PyResult<Vec<bool>> {
    Ok(plan(&source, &target, &split)?.exact().to_vec())
}

fn fill<'py>(
    py: Python<'py>,
    values: &PyReadonlyArray2<'py, f64>,
    made: &mut PyReadwriteArray2<'py, f64>,
    work: impl FnOnce(&[f64], &mut [f64], &Watch) -> Result<Vec<bool>, Error> + Send,
) -> PyResult<Bound<'py, PyArray1<bool>>> {
    let scattered = |_| Error::Internal("a matrix is not contiguous".to_owned());
    let (values, made) = (values.as_slice().map_err(scattered)?, made.as_slice_mut().map_err(scattered)?);
    Ok(run_watched(py, None, |watch| work(values, made, watch))?.into_pyarray(py))
}

/// Fills a matrix with a column for each target group from one with a column for each source group; tells for each row
/// whether it was split by the monotone method instead.
#[pyfunction]
pub fn regroup_ages<'py>(
    py: Python<'py>,
    values: PyReadonlyArray2<'py, f64>,
    mut made: PyReadwriteArray2<'py, f64>,
    source: Vec<Bounds>,
    target: Vec<Bounds>,
    split: Split,
) -> PyResult<Bound<'py, PyArray1<bool>>> {
    let plan = plan(&source, &target, &split)?;
    fill(py, &values, &mut made, |values, made, watch| plan.apply(values, made, watch))
}

/// The groups that a shift to another age definition gives, and whether others had to be split for it.
#[pyfunction]
pub fn shifted_ages(source: Vec<Bounds>, to: &str, split: Split) -> PyResult<(Vec<Bounds>, bool)> {
    let shift = shift(&source, to, &split)?;
    Ok((shift.targets().bounds(), shift.splits()))
}

/// Fills a matrix with figures by the other age definition; tells for each row whether it was split by the monotone
/// method instead.
#[pyfunction]
pub fn shift_ages<'py>(
    py: Python<'py>,
    values: PyReadonlyArray2<'py, f64>,
    mut made: PyReadwriteArray2<'py, f64>,
    source: Vec<Bounds>,
    to: &str,
    split: Split,
) -> PyResult<Bound<'py, PyArray1<bool>>> {
    let shift = shift(&source, to, &split)?;
    fill(py, &values, &mut made, |values, made, watch| shift.apply(values, made, watch))
}

fn changed(
    py: Python<'_>,
    observations: &Observations,
    how: How,
    split: &Split,
    unfit: &str,
) -> PyResult<Observations> {
    let request = Request { how, method: split.0.parse()?, options: options(split)?, unfit: unfit.parse()? };
    Ok(Observations(run_watched(py, None, |watch| change(&observations.0, &request, watch))?))
}

/// Observations in other age groups: those of a name, or these.
#[pyfunction]
#[pyo3(signature = (observations, name, groups, split, unfit))]
pub fn regroup_observations(
    py: Python<'_>,
    observations: &Observations,
    name: Option<&str>,
    groups: Vec<Bounds>,
    split: Split,
    unfit: &str,
) -> PyResult<Observations> {
    let wanted = match name {
        Some(name) => Wanted::named(name)?,
        None => Wanted::Groups(Edges::new("to", &groups)?),
    };
    changed(py, observations, How::Regroup(wanted), &split, unfit)
}

/// Observations by another age definition.
#[pyfunction]
#[pyo3(signature = (observations, to, given, split, unfit))]
pub fn shift_observations(
    py: Python<'_>,
    observations: &Observations,
    to: &str,
    given: Option<&str>,
    split: Split,
    unfit: &str,
) -> PyResult<Observations> {
    let given = given.map(str::parse::<AgeDefinition>).transpose()?;
    changed(py, observations, How::Shift(to.parse()?, given), &split, unfit)
}

/// The rates of a model migration schedule at ages.
#[pyfunction]
pub fn rogers_castro(parameters: [f64; 13], ages: Vec<f64>) -> PyResult<Vec<f64>> {
    let schedule = Schedule::new(parameters)?;
    Ok(ages.into_iter().map(|age| schedule.at(age)).collect())
}
