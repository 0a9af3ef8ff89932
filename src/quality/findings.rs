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
    let codes = |of: &(dyn Fn(&'static Rule, &Hit) -> Option<String> + Sync)| -> ArrayRef {
        column::texts(&all.par_iter().map(|(rule, hit)| of(rule, hit)).collect::<Vec<_>>())
    };
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let code = |name: &'static str| codes(&move |_, hit| text(scan.code(name, hit.row)));
    let field = |name: &'static str| codes(&move |_, hit| scan.definition(hit.row).get(name).map(str::to_owned));
    let numbers = |of: &dyn Fn(&Hit) -> f64| -> ArrayRef {
        Arc::new(all.iter().map(|(_, hit)| Some(of(hit)).filter(|found| !found.is_nan())).collect::<Float64Array>())
    };
    let whole = |of: &dyn Fn(&Hit) -> u32| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(all.iter().map(|(_, hit)| i64::from(of(hit)))))
    };
    let messages: Vec<String> = all.par_iter().map(|(rule, hit)| message(scan, rule, hit)).collect();
    batch(vec![
        ("rule", codes(&|rule, _| text(rule.name))),
        ("family", codes(&|rule, _| text(rule.family))),
        ("severity", codes(&|_, hit| text(hit.severity.name()))),
        ("message", Arc::new(StringArray::from_iter_values(messages))),
        ("found", numbers(&|hit| hit.found)),
        ("expected", numbers(&|hit| hit.expected)),
        ("value", numbers(&|hit| hit.value)),
        ("count", whole(&|hit| hit.count)),
        ("measure", field("measure")),
        ("reporter", codes(&|_, hit| text(scan.reporters().of(hit.row)))),
        ("origin", code("origin")),
        ("destination", code("destination")),
        ("period", codes(&|_, hit| Some(period::label(scan.period(hit.row))))),
        ("file", field("file")),
        ("sheet", field("sheet")),
        ("cell", codes(&|_, hit| scan.address(hit.row))),
        ("definition", whole(&|hit| scan.observations().definition_keys()[hit.row as usize] as u32)),
        ("row", whole(&|hit| hit.row)),
    ])
}

/// The sentence, and where the figure was printed.
fn message(scan: &Scan, rule: &Rule, hit: &Hit) -> String {
    let mut said = (rule.say)(scan, hit);
    let place = scan.place(hit.row);
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
