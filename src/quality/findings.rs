//! Runs rules and puts what they found into a table.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};
use rayon::prelude::*;
use serde::Deserialize;

use super::{Hit, Options, Outcome, Rule, Scan, Severity, rule};
use crate::Error;
use crate::codes::period;
use crate::column;

/// One rule as it is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    rule: String,
    #[serde(default)]
    options: BTreeMap<String, f64>,
    #[serde(default)]
    severity: Option<String>,
}

/// What is asked for: the rules, and how many findings of each are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    rules: Vec<Asked>,
    most: usize,
}

/// What rules found, as tables.
pub struct Findings {
    /// One row a finding, as far as they are listed.
    pub listed: RecordBatch,
    /// One row a rule: how much it looked at and how much it found, listed or not.
    pub counted: RecordBatch,
}

/// What one rule found.
struct Found {
    rule: &'static Rule,
    checked: u64,
    /// Errors, warnings, notes.
    times: [u64; 3],
    hits: Vec<Hit>,
}

/// Runs the rules that a request in JSON names, with their options.
///
/// # Errors
/// [`Error::Schema`] for a rule or option that is not known.
pub fn run(scan: &Scan, request: &str) -> Result<Findings, Error> {
    let request: Request = serde_json::from_str(request).map_err(|e| Error::Schema(format!("rules: {e}")))?;
    // All are read before any is run.
    let mut asked: Vec<(&Rule, Options<'_>, Option<Severity>)> = Vec::new();
    for one in &request.rules {
        let known = rule(&one.rule)?;
        let severity = one.severity.as_deref().map(Severity::parse).transpose()?;
        asked.push((known, Options::new(known, &one.options)?, severity));
    }
    let mut found = Vec::new();
    for (rule, options, severity) in asked {
        let Outcome { mut hits, checked } = (rule.scan)(scan, &options)?;
        if let Some(severity) = severity {
            hits.iter_mut().for_each(|hit| hit.severity = severity);
        }
        let mut times = [0; 3];
        hits.iter().for_each(|hit| times[hit.severity as usize] += 1);
        found.push(Found { rule, checked, times, hits: most(scan, hits, request.most) });
    }
    Ok(Findings { listed: listed(scan, &found)?, counted: counted(&found)? })
}

/// The gravest findings, and of those the ones of most value, in an order that does not depend on that of the rows.
fn most(scan: &Scan, mut hits: Vec<Hit>, most: usize) -> Vec<Hit> {
    let order = |a: &Hit, b: &Hit| -> Ordering {
        a.severity
            .cmp(&b.severity)
            .then_with(|| b.value.total_cmp(&a.value))
            .then_with(|| b.count.cmp(&a.count))
            .then_with(|| scan.by_cell(a.row, b.row))
            .then_with(|| a.kind.cmp(&b.kind))
    };
    if hits.len() > most {
        if most > 0 {
            hits.select_nth_unstable_by(most - 1, order);
        }
        hits.truncate(most);
    }
    hits.par_sort_unstable_by(order);
    hits
}

type Columns = Vec<(&'static str, ArrayRef)>;

fn batch(columns: Columns) -> Result<RecordBatch, Error> {
    let field = |(name, column): &(&'static str, ArrayRef)| Field::new(*name, column.data_type().clone(), true);
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    Ok(RecordBatch::try_new(schema, columns.into_iter().map(|(_, column)| column).collect())?)
}

fn listed(scan: &Scan, found: &[Found]) -> Result<RecordBatch, Error> {
    let all: Vec<(&'static Rule, Hit)> =
        found.iter().flat_map(|one| one.hits.iter().map(|hit| (one.rule, *hit))).collect();
    let rows: Vec<u32> = all.iter().map(|(_, hit)| hit.row).collect();
    let names = |of: fn(&'static Rule, &Hit) -> &'static str| -> ArrayRef {
        column::texts(&all.iter().map(|(rule, hit)| Some(of(rule, hit).to_owned())).collect::<Vec<_>>())
    };
    let numbers = |of: fn(&Hit) -> f64| -> ArrayRef {
        Arc::new(all.iter().map(|(_, hit)| Some(of(hit)).filter(|found| !found.is_nan())).collect::<Float64Array>())
    };
    let messages: Vec<String> =
        all.par_iter().map(|(rule, hit)| message(scan, hit.row, (rule.say)(scan, hit))).collect();
    let counts = Int64Array::from_iter_values(all.iter().map(|(_, hit)| i64::from(hit.count)));
    let mut columns: Columns = vec![
        ("rule", names(|rule, _| rule.name)),
        ("family", names(|rule, _| rule.family)),
        ("severity", names(|_, hit| hit.severity.name())),
        ("message", Arc::new(StringArray::from_iter_values(messages))),
        ("found", numbers(|hit| hit.found)),
        ("expected", numbers(|hit| hit.expected)),
        ("value", numbers(|hit| hit.value)),
        ("count", Arc::new(counts)),
    ];
    columns.extend(whereabouts(scan, &rows));
    batch(columns)
}

/// What rows are of and where they were printed.
fn whereabouts(scan: &Scan, rows: &[u32]) -> Columns {
    let codes = |of: &(dyn Fn(u32) -> Option<String> + Sync)| -> ArrayRef {
        column::texts(&rows.par_iter().map(|row| of(*row)).collect::<Vec<_>>())
    };
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let code = |name: &'static str| codes(&move |row| text(scan.code(name, row)));
    let field = |name: &'static str| codes(&move |row| scan.definition(row).get(name).map(str::to_owned));
    let whole = |of: &dyn Fn(u32) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| of(*row))))
    };
    vec![
        ("measure", field("measure")),
        ("reporter", codes(&|row| text(scan.reporters().of(row)))),
        ("origin", code("origin")),
        ("destination", code("destination")),
        ("period", codes(&|row| Some(period::label(scan.period(row))))),
        ("file", field("file")),
        ("sheet", field("sheet")),
        ("cell", codes(&|row| scan.address(row))),
        ("definition", whole(&|row| i64::from(scan.observations().definition_keys()[row as usize]))),
        ("row", whole(&|row| i64::from(row))),
    ]
}

/// Sentences about rows, each with what its row is of and where it was printed, as the findings of rules have them.
///
/// # Errors
/// [`Error::Schema`] for a row that is not there.
pub fn described(scan: &Scan, rows: &[u32], sentences: &[String]) -> Result<RecordBatch, Error> {
    let count = scan.observations().len();
    if let Some(row) = rows.iter().find(|row| **row as usize >= count) {
        return Err(Error::Schema(format!("row {row}: the observations have {count} rows, counted from 0")));
    }
    let said =
        rows.iter().zip(sentences).map(|(row, said)| message(scan, *row, format!("{}: {said}", scan.cell(*row))));
    let mut columns: Columns = vec![("message", Arc::new(StringArray::from_iter_values(said)))];
    columns.extend(whereabouts(scan, rows));
    batch(columns)
}

/// The sentence, and where the figure was printed.
fn message(scan: &Scan, row: u32, mut said: String) -> String {
    let place = scan.place(row);
    if !place.is_empty() {
        said.push_str(" [");
        said.push_str(&place);
        said.push(']');
    }
    let mut letters = said.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn counted(found: &[Found]) -> Result<RecordBatch, Error> {
    let names = |of: fn(&Rule) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(found.iter().map(|one| of(one.rule))))
    };
    let numbers = |of: &dyn Fn(&Found) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(found.iter().map(|one| of(one) as i64)))
    };
    batch(vec![
        ("rule", names(|rule| rule.name)),
        ("family", names(|rule| rule.family)),
        ("checked", numbers(&|one| one.checked)),
        ("findings", numbers(&|one| one.times.iter().sum())),
        ("errors", numbers(&|one| one.times[0])),
        ("warnings", numbers(&|one| one.times[1])),
        ("notes", numbers(&|one| one.times[2])),
        ("listed", numbers(&|one| one.hits.len() as u64)),
    ])
}
