//! Units and money as Python asks for them.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Date32Type, Float64Type};
use pyo3::prelude::*;

use super::observations::Observations;
use super::table::Stream;
use super::work::run;
use crate::Error;
use crate::codes::period::Period;
use crate::codes::unit;
use crate::money::{self, Rate};

/// The unit, the power of ten and the prices that a printed unit says.
#[pyfunction]
#[pyo3(signature = (label, area=None))]
pub fn parse_unit(label: &str, area: Option<&str>) -> PyResult<(Option<String>, i32, Option<String>)> {
    let found = unit::parse(label, area)?;
    Ok((found.unit, found.shift, found.price_base))
}

/// The units that definitions may state: code, kind, label, source.
#[pyfunction]
pub fn listed_units() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    let kind = |kind| match kind {
        unit::Kind::Count => "count",
        unit::Kind::Ratio => "ratio",
        unit::Kind::Money => "money",
    };
    let row = |one: &'static unit::Unit| (one.code.as_str(), kind(one.kind), one.label.as_str(), one.source.as_str());
    unit::all().iter().map(row).collect()
}

/// Amounts in one currency, at rates (currency, start, end, rate).
#[pyfunction]
pub fn convert_money(py: Python<'_>, observations: &Observations, to: &str, rates: Stream) -> PyResult<Observations> {
    Ok(Observations(run(py, || money::convert(&observations.0, to, &read(rates)?))?))
}

/// Amounts in the prices of `base` (start, end, name), by an index (currency, start, end, index).
#[pyfunction]
pub fn deflate_money(
    py: Python<'_>,
    observations: &Observations,
    index: Stream,
    base: (i32, i32, String),
    name: &str,
) -> PyResult<Observations> {
    let period = Period { start: base.0, end: base.1 };
    Ok(Observations(run(py, || money::deflate(&observations.0, &read(index)?, (period, &base.2), name))?))
}

fn read(rates: Stream) -> Result<Vec<Rate>, Error> {
    let batch = rates.read_one()?;
    let (start, end) = (batch.column(1).as_primitive::<Date32Type>(), batch.column(2).as_primitive::<Date32Type>());
    let (currency, value) = (batch.column(0).as_string::<i32>(), batch.column(3).as_primitive::<Float64Type>());
    let rate = |row: usize| {
        if start.is_null(row) || end.is_null(row) {
            return Err(Error::Schema(format!("row {row}: the period is missing")));
        }
        let period = Period { start: start.value(row), end: end.value(row) };
        let currency = if currency.is_null(row) { "" } else { currency.value(row).trim() };
        Ok(Rate { currency: currency.to_owned(), period, value: value.value(row) })
    };
    // A rate that is not known is none.
    (0..batch.num_rows()).filter(|row| value.is_valid(*row) && !value.value(*row).is_nan()).map(rate).collect()
}
