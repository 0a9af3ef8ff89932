//! Periods as Python asks for them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int32Array, StringArray};
use arrow::datatypes::{Date32Type, Float64Type, Int32Type};
use pyo3::prelude::*;

use super::codes::table;
use super::observations::Observations;
use super::table::{Column, Stream, Table};
use super::work::run;
use crate::align::stock::{Count, Path, interpolate};
use crate::align::{Figure, Method, Target, Weights, flow, flows, stocks};
use crate::codes::period::Period;
use crate::codes::period::calendar::{self, Calendar};
use crate::column::{Coded, encode};
use crate::{Error, codes::period};

/// The first and the next day of each label's period (the same day for an instant), and the flag that it ended in.
#[pyfunction]
#[pyo3(signature = (column, name=None, calendar=None, day=None))]
pub fn parse_periods(
    py: Python<'_>,
    column: Column,
    name: Option<&str>,
    calendar: Option<&str>,
    day: Option<&str>,
) -> PyResult<Table> {
    let declared = calendar.map(str::parse::<Calendar>).transpose()?;
    let day = calendar::day_of_year(day)?;
    run(py, || {
        let coded = encode(name.unwrap_or("column"), &column.read()?)?.without_blanks();
        let read =
            calendar::read(&coded.labels, declared.as_ref(), day).map_err(|error| placed(&coded, name, error))?;
        let of = |key: &i32| usize::try_from(*key).ok().map(|key| &read[key]);
        let days = |day: &dyn Fn(Period) -> i32| -> ArrayRef {
            Arc::new(coded.keys.iter().map(|key| of(key).map(|one| day(one.period))).collect::<Date32Array>())
        };
        let notes: StringArray = coded.keys.iter().map(|key| of(key).and_then(|one| one.note.as_deref())).collect();
        table(vec![("start", days(&|p| p.start)), ("end", days(&|p| p.end)), ("note", Arc::new(notes))])
    })
}

/// The day of each date, or of each year on `day`.
#[pyfunction]
#[pyo3(signature = (column, name=None, day=None))]
pub fn parse_instants(py: Python<'_>, column: Column, name: Option<&str>, day: Option<&str>) -> PyResult<Table> {
    let day = calendar::day_of_year(day)?;
    run(py, || {
        let coded = encode(name.unwrap_or("column"), &column.read()?)?.without_blanks();
        let days: Vec<i32> = if day.is_some() {
            let read = calendar::read(&coded.labels, None, day).map_err(|error| placed(&coded, name, error))?;
            read.iter().map(|one| one.period.start).collect()
        } else {
            let one = |(at, label): (usize, &String)| {
                let hint = |error| Error::Code(format!("{error}; for years give day=, such as day='07-01'"));
                period::instant(label).map(|found| found.start).map_err(|error| placed(&coded, name, (at, hint(error))))
            };
            coded.labels.iter().enumerate().map(one).collect::<Result<_, _>>()?
        };
        let days = coded.keys.iter().map(|key| usize::try_from(*key).ok().map(|key| days[key]));
        table(vec![("date", Arc::new(days.collect::<Date32Array>()))])
    })
}

/// The error of a label with the column and the first row that it stands in.
fn placed(coded: &Coded, name: Option<&str>, (label, error): (usize, Error)) -> Error {
    let row = coded.keys.iter().position(|key| *key == label as i32).unwrap_or_default();
    match (name, error) {
        (Some(name), Error::Code(why)) => Error::Code(format!("column {name:?}, row {row}: {why}")),
        (None, Error::Code(why)) if coded.keys.len() > 1 => Error::Code(format!("row {row}: {why}")),
        (_, error) => error,
    }
}

/// The calendars that labels may be declared to be of: name, rule, example, source.
#[pyfunction]
pub fn listed_calendars() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    let row = |one: &'static calendar::Listed| {
        (one.name.as_str(), one.rule.as_str(), one.example.as_str(), one.source.as_str())
    };
    calendar::listed().iter().map(row).collect()
}

/// Flows (start, end, value, series) in the periods of another calendar.
#[pyfunction]
#[pyo3(signature = (figures, to, method, shares=None, first_month=None, partial=false))]
pub fn align_flows(
    py: Python<'_>,
    figures: Stream,
    to: &str,
    method: &str,
    shares: Option<Vec<f64>>,
    first_month: Option<i32>,
    partial: bool,
) -> PyResult<Table> {
    let target: Target = to.parse()?;
    let method = chosen(method, weights(shares, first_month)?)?;
    run(py, || {
        let batch = figures.read_one()?;
        let (start, end) = (batch.column(0).as_primitive::<Date32Type>(), batch.column(1).as_primitive::<Date32Type>());
        let (value, series) = values(&batch)?;
        let figures = (0..batch.num_rows()).map(|row| {
            if start.is_null(row) || end.is_null(row) {
                return Err(Error::Schema(format!("row {row}: the period is missing; every figure needs one")));
            }
            let period = Period { start: start.value(row), end: end.value(row) };
            if period.end < period.start {
                let (start, end) = (Period { end: period.start, ..period }, Period { start: period.end, ..period });
                let (start, end) = (period::label(start), period::label(end));
                return Err(Error::Schema(format!("row {row}: the period ends ({end}) before it starts ({start})")));
            }
            Ok(Figure { series: series[row], period, value: value[row], row })
        });
        let found = flows(figures.collect::<Result<_, _>>()?, &target, &method, partial)?;
        let all = found.aligned.iter();
        table(vec![
            ("series", Arc::new(all.clone().map(|one| one.series as i32).collect::<Int32Array>())),
            ("year", Arc::new(all.clone().map(|one| period::start_year(one.period)).collect::<Int32Array>())),
            ("start", Arc::new(all.clone().map(|one| Some(one.period.start)).collect::<Date32Array>())),
            ("end", Arc::new(all.clone().map(|one| Some(one.period.end)).collect::<Date32Array>())),
            ("value", Arc::new(all.clone().map(|one| one.value).collect::<Float64Array>())),
            ("share", Arc::new(all.clone().map(|one| Some(one.share)).collect::<Float64Array>())),
            ("split", Arc::new(all.map(|one| Some(one.split)).collect::<BooleanArray>())),
        ])
    })
}

/// Stocks (date, value, series) on other days.
#[pyfunction]
#[pyo3(signature = (counts, at, method, horizon=None))]
pub fn interpolate_stocks(
    py: Python<'_>,
    counts: Stream,
    at: Column,
    method: &str,
    horizon: Option<f64>,
) -> PyResult<Table> {
    let path = path(method)?;
    run(py, || {
        let days: Vec<i32> =
            at.read()?.iter().flat_map(|chunk| chunk.as_primitive::<Date32Type>().values().to_vec()).collect();
        let batch = counts.read_one()?;
        let date = batch.column(0).as_primitive::<Date32Type>();
        let (value, series) = values(&batch)?;
        let counts = (0..batch.num_rows()).map(|row| {
            if date.is_null(row) {
                return Err(Error::Schema(format!("row {row}: the date is missing; every count needs one")));
            }
            Ok(Count { series: series[row], day: date.value(row), value: value[row], row })
        });
        let found = interpolate(counts.collect::<Result<_, _>>()?, &days, path, horizon)?;
        let all = found.iter();
        table(vec![
            ("series", Arc::new(all.clone().map(|one| one.series as i32).collect::<Int32Array>())),
            ("date", Arc::new(all.clone().map(|one| Some(one.day)).collect::<Date32Array>())),
            ("value", Arc::new(all.clone().map(|one| one.value).collect::<Float64Array>())),
            ("basis", Arc::new(all.clone().map(|one| Some(one.basis)).collect::<StringArray>())),
            ("method", Arc::new(all.map(|one| one.method).collect::<StringArray>())),
        ])
    })
}

/// Flows of observations in the periods of another calendar.
#[pyfunction]
#[pyo3(signature = (observations, to, method, shares=None, first_month=None, partial=false))]
pub fn align_observations(
    py: Python<'_>,
    observations: &Observations,
    to: &str,
    method: &str,
    shares: Option<Vec<f64>>,
    first_month: Option<i32>,
    partial: bool,
) -> PyResult<Observations> {
    let method = chosen(method, weights(shares, first_month)?)?;
    Ok(Observations(run(py, || flow::align(&observations.0, to, &method, partial))?))
}

/// Stocks of observations on other days.
#[pyfunction]
#[pyo3(signature = (observations, at, method, day=None, horizon=None))]
pub fn interpolate_observations(
    py: Python<'_>,
    observations: &Observations,
    at: Column,
    method: &str,
    day: Option<&str>,
    horizon: Option<f64>,
) -> PyResult<Observations> {
    let (path, on) = (path(method)?, calendar::day_of_year(day)?);
    let made = run(py, || {
        let days: Vec<i32> =
            at.read()?.iter().flat_map(|chunk| chunk.as_primitive::<Date32Type>().values().to_vec()).collect();
        stocks::interpolate(&observations.0, &stocks::Wanted { days: &days, path, horizon, on })
    })?;
    Ok(Observations(made))
}

fn path(method: &str) -> Result<Path, Error> {
    match method {
        "linear" => Ok(Path::Linear),
        "exponential" => Ok(Path::Exponential),
        other => Err(Error::Code(format!("method={other:?}: expected 'linear' or 'exponential'"))),
    }
}

/// The last two columns: values, NaN where missing, and the series of each row.
fn values(batch: &arrow::array::RecordBatch) -> Result<(Vec<f64>, Vec<u32>), Error> {
    let at = batch.num_columns();
    let value = batch.column(at - 2).as_primitive::<Float64Type>();
    let value: Vec<f64> = value.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    if let Some(row) = value.iter().position(|value| value.is_infinite()) {
        return Err(Error::Schema(format!("row {row}: the value {} is no figure", value[row])));
    }
    let series = batch.column(at - 1).as_primitive::<Int32Type>();
    Ok((value, series.values().iter().map(|series| *series as u32).collect()))
}

fn weights(shares: Option<Vec<f64>>, first_month: Option<i32>) -> Result<Option<Weights>, Error> {
    let Some(shares) = shares else { return Ok(None) };
    if shares.iter().any(|share| *share < 0.0 || share.is_infinite()) {
        return Err(Error::Schema("shares: expected finite numbers of at least 0".to_owned()));
    }
    Ok(Some(match first_month {
        Some(first) => Weights::From(first, shares),
        None => {
            let months = <[f64; 12]>::try_from(shares)
                .map_err(|given| Error::Schema(format!("shares: expected 12, found {}", given.len())))?;
            let total: f64 = months.iter().sum();
            if total.is_nan() || (total - 1.0).abs() > 1e-6 {
                return Err(Error::Schema(format!("shares: the months of a year add to 1, these to {total}")));
            }
            Weights::EveryYear(months)
        }
    }))
}

fn chosen(method: &str, shares: Option<Weights>) -> Result<Method, Error> {
    Ok(match (method, shares) {
        ("uniform", None) => Method::Uniform,
        ("uniform", Some(_)) => {
            return Err(Error::Schema("shares= are for method='seasonal' and 'denton', not 'uniform'".to_owned()));
        }
        ("seasonal", Some(weights)) => Method::Seasonal(weights),
        ("seasonal", None) => {
            return Err(Error::Schema(
                "method='seasonal' needs shares=: 12 shares of the year from January on, or figures of months, \
                 {'2016-07': 120, ...}"
                    .to_owned(),
            ));
        }
        ("denton", follow) => Method::Denton { follow, additive: false },
        ("denton-additive", follow) => Method::Denton { follow, additive: true },
        (other, _) => {
            return Err(Error::Code(format!(
                "method={other:?}: expected 'uniform', 'seasonal', 'denton' or 'denton-additive'"
            )));
        }
    })
}
