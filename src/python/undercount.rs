//! Undercount scores as Python asks for them.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int32Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use pyo3::prelude::*;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::codes::table;
use super::table::{Column, Stream, Table};
use super::work::{run, run_watched};
use crate::Error;
use crate::codes::area;
use crate::column::{Coded, NULL, encode};
use crate::reconcile::undercount::{self, Cuts, Flows, Request, Score};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    reference: Vec<String>,
    /// Columns that tell flows of one corridor apart.
    by: Vec<String>,
    bootstrap: usize,
    seed: u64,
    level: f64,
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, Error> {
    batch.column_by_name(name).ok_or_else(|| Error::Schema(format!("the pairs have no column {name:?}")))
}

fn codes(batch: &RecordBatch, name: &str) -> Result<Coded, Error> {
    let coded = encode(name, std::slice::from_ref(column(batch, name)?))?;
    match coded.keys.iter().position(|key| *key == NULL) {
        Some(row) => Err(Error::Schema(format!("column {name:?}, row {row}: no code; every pair needs one"))),
        None => Ok(coded),
    }
}

fn numbers(batch: &RecordBatch, name: &str) -> Result<Vec<f64>, Error> {
    let found = cast(column(batch, name)?, &DataType::Float64)?;
    Ok(found.as_primitive::<Float64Type>().iter().map(|one| one.unwrap_or(f64::NAN)).collect())
}

/// Ratios of reporters, the table holding both reports of flows as printed and with one minimum stay.
#[pyfunction]
pub fn undercount_ratios(py: Python<'_>, pairs: Stream, request: &str) -> PyResult<Table> {
    let given: Given = serde_json::from_str(request).map_err(|e| Error::Schema(format!("undercount: {e}")))?;
    let made = run_watched(py, None, |watch| {
        let batch = pairs.read_one()?;
        let (origin, destination) = (codes(&batch, "origin")?, codes(&batch, "destination")?);
        // Both columns of areas in one numbering.
        let mut areas = origin.labels.clone();
        let mut place: FxHashMap<String, i32> = areas.iter().cloned().zip(0..).collect();
        let lut: Vec<i32> = (destination.labels.iter())
            .map(|label| {
                *place.entry(label.clone()).or_insert_with(|| {
                    areas.push(label.clone());
                    areas.len() as i32 - 1
                })
            })
            .collect();
        let words = given.by.iter().map(|name| codes(&batch, name)).collect::<Result<Vec<_>, _>>()?;
        let (group, groups) = grouped(&words, batch.num_rows());
        let named = |keys: &Vec<i32>| {
            let said = keys.iter().zip(&words).map(|(key, word)| word.labels[*key as usize].as_str());
            said.collect::<Vec<_>>().join(", ")
        };
        let is_country = |code: &String| {
            area::get(code).is_some_and(|one| matches!(one.kind, area::Kind::Country | area::Kind::Former))
        };
        let asked = Request {
            groups: groups.iter().map(named).collect(),
            reference: areas.iter().map(|code| given.reference.contains(code)).collect(),
            country: areas.iter().map(is_country).collect(),
            areas,
            draws: given.bootstrap,
            seed: given.seed,
            level: given.level,
        };
        let flows = Flows {
            origin: origin.keys,
            destination: destination.keys.iter().map(|key| lut[*key as usize]).collect(),
            group,
            inflow: numbers(&batch, "inflow")?,
            outflow: numbers(&batch, "outflow")?,
            inflow_adjusted: numbers(&batch, "inflow_adjusted")?,
            outflow_adjusted: numbers(&batch, "outflow_adjusted")?,
            unlike: batch
                .column_by_name("unlike")
                .map(|all| all.as_boolean().iter().map(|one| one == Some(true)).collect())
                .unwrap_or_default(),
        };
        let scores = undercount::undercount(&flows, &asked, watch)?;
        of_scores(&scores, &asked, !flows.unlike.is_empty(), &given.by, &words, &groups)
    })?;
    Ok(made.into())
}

/// Numbers rows by what all words together say, in the order of appearance.
fn grouped(words: &[Coded], rows: usize) -> (Vec<i32>, Vec<Vec<i32>>) {
    let mut seen: FxHashMap<Vec<i32>, i32> = FxHashMap::default();
    let mut groups: Vec<Vec<i32>> = Vec::new();
    let group = |row: usize| {
        let keys: Vec<i32> = words.iter().map(|word| word.keys[row]).collect();
        *seen.entry(keys).or_insert_with_key(|keys| {
            groups.push(keys.clone());
            groups.len() as i32 - 1
        })
    };
    let of = (0..rows).map(group).collect();
    (of, groups)
}

fn of_scores(
    scores: &[Score],
    request: &Request,
    unlike: bool,
    by: &[String],
    words: &[Coded],
    groups: &[Vec<i32>],
) -> Result<RecordBatch, Error> {
    let all = || scores.iter();
    let counts =
        |of: fn(&Score) -> u32| -> ArrayRef { Arc::new(all().map(|one| of(one) as i32).collect::<Int32Array>()) };
    let numbers =
        |of: &dyn Fn(&Score) -> Option<f64>| -> ArrayRef { Arc::new(all().map(of).collect::<Float64Array>()) };
    // Sums of nobody are not 0.
    let sum = |partners: u32, sum: f64| (partners > 0).then_some(sum);
    let used = |one: &Score| one.partners - one.unknown;
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        (
            "reporter",
            Arc::new(all().map(|one| Some(request.areas[one.reporter as usize].as_str())).collect::<StringArray>()),
        ),
        ("direction", Arc::new(all().map(|one| Some(one.direction.name())).collect::<StringArray>())),
    ];
    for (at, (name, word)) in by.iter().zip(words).enumerate() {
        let label = |one: &Score| Some(word.labels[groups[one.group as usize][at] as usize].as_str());
        columns.push((name, Arc::new(all().map(label).collect::<StringArray>())));
    }
    columns.extend([
        ("partners", counts(|one| one.partners)),
        ("one_sided", counts(|one| one.one_sided)),
        ("unknown", counts(|one| one.unknown)),
    ]);
    if unlike {
        columns.push(("not_comparable", counts(|one| one.unlike)));
    }
    columns.extend([
        ("numerator_printed", numbers(&|one| sum(one.partners, one.printed.numerator))),
        ("denominator_printed", numbers(&|one| sum(one.partners, one.printed.denominator))),
        ("ratio_printed", numbers(&|one| one.printed.value())),
        ("numerator", numbers(&|one| sum(used(one), one.adjusted.numerator))),
        ("denominator", numbers(&|one| sum(used(one), one.adjusted.denominator))),
        ("ratio", numbers(&|one| one.adjusted.value())),
        ("log_ratio", numbers(&|one| one.adjusted.value().map(f64::ln).filter(|log| log.is_finite()))),
    ]);
    if request.draws > 0 {
        columns.extend([
            ("low", numbers(&|one| one.interval.map(|found| found.low))),
            ("high", numbers(&|one| one.interval.map(|found| found.high))),
            ("sd", numbers(&|one| one.interval.map(|found| found.sd))),
        ]);
    }
    Ok(RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))?)
}

/// The class of each logarithm of a ratio.
#[pyfunction]
pub fn undercount_classes(py: Python<'_>, logs: Column, cuts: &str, merged: bool) -> PyResult<Table> {
    let cuts = match cuts {
        "equal" => Cuts::Equal,
        "quantile" => Cuts::Quantile,
        other => return Err(Error::Schema(format!("classes={other:?}: expected \"equal\" or \"quantile\"")).into()),
    };
    run(py, || {
        let mut all = Vec::new();
        for chunk in logs.read()? {
            let chunk = cast(&chunk, &DataType::Float64)?;
            all.extend(chunk.as_primitive::<Float64Type>().iter().map(|one| one.unwrap_or(f64::NAN)));
        }
        let found: Float64Array = undercount::classes(&all, cuts, merged).into_iter().collect();
        table(vec![("class", Arc::new(found))])
    })
}

/// Multipliers of minimum stays fitted to what reporters count more than their partners by each of them; what they leave of
/// the squared differences, and what there was.
#[pyfunction]
pub fn fit_durations(py: Python<'_>, differences: Stream, year: usize) -> PyResult<(Vec<f64>, f64, f64)> {
    let found = run(py, || {
        let batch = differences.read_one()?;
        let columns =
            batch.schema().fields().iter().map(|field| numbers(&batch, field.name())).collect::<Result<Vec<_>, _>>()?;
        let row = |at: usize| columns.iter().map(|column| column[at]).collect();
        undercount::fit(&(0..batch.num_rows()).map(row).collect::<Vec<Vec<f64>>>(), year)
    })?;
    Ok((found.multipliers, found.residual, found.before))
}
