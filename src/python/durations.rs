//! Durations of stay as Python asks for them.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use pyo3::prelude::*;

use super::codes::table;
use super::observations::Observations;
use super::table::{Column, Table};
use super::work::run;
use crate::codes::duration::{self, Direction, Minimum, OPEN, Publisher, Regime};
use crate::codes::period;
use crate::column::encode;
use crate::durations::model::{WEAKLY_IDENTIFIED, published};
use crate::durations::{self, Model, OffGrid, Request, Spec};
use crate::{Error, codes::area};

/// Name, months and multipliers, the multiplier of permanent settlement, note and source of each published model.
type Listed = (&'static str, Vec<(f64, f64)>, f64, &'static str, &'static str);

/// The published models.
#[pyfunction]
pub fn duration_models() -> Vec<Listed> {
    let row = |one: &'static durations::model::Published| {
        (one.name.as_str(), one.points.clone(), one.permanent, one.note.as_str(), one.source.as_str())
    };
    published().iter().map(row).collect()
}

/// What to say of every result that "permanent" is in.
#[pyfunction]
pub fn duration_warning() -> &'static str {
    WEAKLY_IDENTIFIED
}

/// Multipliers from the minimum stays of a column to another; and whether one of them is permanent settlement.
#[pyfunction]
pub fn duration_multipliers(
    py: Python<'_>,
    months: Column,
    to: &str,
    model: &str,
    off_grid: &str,
) -> PyResult<(Table, bool)> {
    let spec: Spec = serde_json::from_str(model).map_err(|e| Error::Schema(format!("model: {e}")))?;
    run(py, || {
        let (model, to, off_grid): (Model, Minimum, OffGrid) = (spec.try_into()?, to.parse()?, off_grid.parse()?);
        let chunks = months.read()?;
        let chunks = chunks.iter().map(|chunk| cast(chunk, &DataType::Utf8)).collect::<Result<Vec<_>, _>>()?;
        let coded = encode("months", &chunks)?;
        let mut permanent = to == Minimum::Permanent;
        let of = |(key, label): (usize, &String)| -> Result<Option<f64>, Error> {
            if matches!(label.trim(), "" | "NaN") {
                return Ok(None);
            }
            let found = label.parse().and_then(|minimum: Minimum| {
                permanent |= minimum == Minimum::Permanent;
                model.multiplier(minimum, to, off_grid)
            });
            found.map(Some).map_err(|error| match error {
                Error::Code(why) if coded.keys.len() > 1 => {
                    let row = coded.keys.iter().position(|found| *found == key as i32).unwrap_or_default();
                    Error::Code(format!("row {row}: {why}"))
                }
                error => error,
            })
        };
        let each = coded.labels.iter().enumerate().map(of).collect::<Result<Vec<_>, _>>()?;
        let row = |key: &i32| usize::try_from(*key).ok().and_then(|key| each[key]);
        let column: Float64Array = coded.keys.iter().map(row).collect();
        Ok((table(vec![("multiplier", Arc::new(column))])?, permanent))
    })
}

fn texts<'a>(each: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(each.collect::<StringArray>())
}

fn months(minimum: Option<Minimum>) -> Option<f64> {
    match minimum? {
        Minimum::Months(months) => Some(months),
        Minimum::Permanent => None,
    }
}

fn of_regimes(regimes: &[&Regime]) -> Result<Table, Error> {
    let all = || regimes.iter();
    let dates = |of: &dyn Fn(&Regime) -> Option<String>| -> ArrayRef {
        Arc::new(regimes.iter().map(|one| of(one)).collect::<StringArray>())
    };
    let permanent = all().map(|one| Some(one.minimum == Minimum::Permanent));
    table(vec![
        ("reporter", texts(all().map(|one| Some(one.reporter.as_str())))),
        ("direction", texts(all().map(|one| Some(one.direction.name())))),
        ("publisher", texts(all().map(|one| one.publisher.map(Publisher::name)))),
        ("from", dates(&|one| Some(duration::first_day(one)))),
        ("to", dates(&|one| (one.period.end != OPEN).then(|| duration::last_day(one)))),
        ("months", Arc::new(all().map(|one| months(Some(one.minimum))).collect::<Float64Array>())),
        ("permanent", Arc::new(permanent.collect::<BooleanArray>())),
        ("stay", texts(all().map(|one| Some(one.stay.as_str()).filter(|stay| !stay.is_empty())))),
        ("window", Arc::new(all().map(|one| one.window).collect::<Float64Array>())),
        ("source", texts(all().map(|one| Some(one.source.as_str())))),
    ])
}

/// The criteria that are known, all or those of one reporter.
#[pyfunction]
#[pyo3(signature = (reporter=None))]
pub fn duration_criteria(reporter: Option<&str>) -> PyResult<Table> {
    if let Some(code) = reporter {
        an_area(code)?;
    }
    let mine = duration::known().iter().filter(|one| reporter.is_none_or(|code| one.reporter == code));
    Ok(of_regimes(&mine.collect::<Vec<_>>())?)
}

/// The criterion of one reporter in one direction and period, as a table of one row.
#[pyfunction]
pub fn duration_criterion(reporter: &str, direction: &str, when: &str, publisher: &str) -> PyResult<Table> {
    an_area(reporter)?;
    let (direction, publisher): (Direction, Publisher) = (direction.parse()?, publisher.parse()?);
    let found = duration::criterion(duration::known(), reporter, direction, publisher, period::parse(when)?);
    Ok(of_regimes(&[found.map_err(Error::Code)?])?)
}

fn an_area(code: &str) -> Result<(), Error> {
    area::get(code)
        .map(drop)
        .ok_or_else(|| Error::Code(format!("{code:?} is no code of an area: ask areas.resolve({code:?})")))
}

/// Flows with the minimum stay that is wanted; the request is JSON.
#[pyfunction]
pub fn convert_durations(py: Python<'_>, observations: &Observations, request: &str) -> PyResult<Observations> {
    let request = Request::from_json(request)?;
    Ok(Observations(run(py, || durations::convert(&observations.0, &request))?))
}

/// What would become of the figures, in order of definition, reporter and time; the request is JSON.
#[pyfunction]
pub fn plan_durations(py: Python<'_>, observations: &Observations, request: &str) -> PyResult<Table> {
    let request = Request::from_json(request)?;
    run(py, || {
        let lines = durations::lines(&observations.0, &request)?;
        let all = || lines.iter();
        let permanent = all().map(|one| one.minimum.map(|minimum| minimum == Minimum::Permanent));
        let labels = |last: bool| -> ArrayRef {
            let label = all().map(|one| period::label(if last { one.periods.1 } else { one.periods.0 }));
            Arc::new(label.map(Some).collect::<StringArray>())
        };
        table(vec![
            ("definition", Arc::new(all().map(|one| one.definition as i32).collect::<Int32Array>())),
            ("reporter", texts(all().map(|one| one.reporter.as_deref()))),
            ("direction", texts(all().map(|one| one.direction.map(Direction::name)))),
            ("first", labels(false)),
            ("last", labels(true)),
            ("months", Arc::new(all().map(|one| months(one.minimum)).collect::<Float64Array>())),
            ("permanent", Arc::new(permanent.collect::<BooleanArray>())),
            ("state", texts(all().map(|one| Some(one.state.name())))),
            ("multiplier", Arc::new(all().map(|one| one.multiplier).collect::<Float64Array>())),
            ("why", texts(all().map(|one| Some(one.why.as_str()).filter(|why| !why.is_empty())))),
            ("rows", Arc::new(all().map(|one| one.tally.rows).collect::<Int64Array>())),
            ("value", Arc::new(all().map(|one| one.tally.value.value()).collect::<Float64Array>())),
        ])
    })
}
