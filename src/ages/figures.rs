//! The table of figures: what stays, and what was made.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{Float64Type, Int32Type};
use rustc_hash::FxHashMap;

use super::{Change, Done, How, Request};
use crate::Error;
use crate::codes::age;
use crate::column::{NULL, codes, dictionary};
use crate::observation::derived::{basis, status};
use crate::observation::{Builder, COLUMNS, Observations};
use crate::regroup::METHODS;

/// A row of the new table.
enum Row {
    /// As it was.
    Kept(u32),
    /// Of a change, its new group.
    Made(usize, usize),
}

/// The figures after all changes; new ones stand where the first of their population stood.
pub(super) fn figures(observations: &Observations, done: &Done, request: &Request) -> Result<RecordBatch, Error> {
    let rows = rows(observations.len(), done);
    let from = |row: &Row| match row {
        Row::Kept(row) => *row,
        Row::Made(change, _) => done.changes[*change].rows[0],
    };
    let kept = |row: &Row| match row {
        Row::Kept(row) => Some(*row),
        Row::Made(..) => None,
    };
    let all: UInt32Array = rows.iter().map(|row| Some(from(row))).collect();
    let old: UInt32Array = rows.iter().map(kept).collect();
    let mut out = Builder::default();
    for (name, _, _) in COLUMNS {
        let known = observations.figures().column_by_name(name);
        let column: ArrayRef = match (name, known) {
            ("value", Some(column)) => value(column.as_primitive::<Float64Type>(), &rows, done),
            // Bounds of whole groups say nothing of their parts, and a cell is that of one figure.
            ("low" | "high" | "figure" | "share" | "row" | "column", Some(column)) => take(column, &old, None)?,
            ("leaf", Some(column)) => {
                let leaf = take(column, &all, None)?;
                let leaf = leaf.as_boolean();
                let each = rows.iter().enumerate().map(|(at, row)| kept(row).is_none() || leaf.value(at));
                Arc::new(BooleanArray::from(each.collect::<Vec<_>>()))
            }
            ("age", Some(column)) => ages(column, &rows, done)?,
            ("presence", Some(column)) => presence(column, observations, &rows, done)?,
            ("basis" | "obs_status" | "conf_status" | "flag" | "note", known) => {
                let said = |change: &Change, olds: &[&str]| words(name, change, olds, observations, request);
                match texts(known, &rows, done, &said)? {
                    Some(column) => column,
                    None => continue,
                }
            }
            (_, Some(column)) => take(column, &all, None)?,
            (_, None) => continue,
        };
        out.set(name, column);
    }
    out.finish(rows.len())
}

fn rows(count: usize, done: &Done) -> Vec<Row> {
    let mut gone = vec![false; count];
    let replaced = done.changes.iter().flat_map(|change| &change.rows);
    let unfit = done.unfit.iter().flat_map(|(rows, _)| rows);
    replaced.chain(unfit).chain(done.moved.iter().map(|(row, _)| row)).for_each(|row| gone[*row as usize] = true);
    let mut rows: Vec<((u32, u32), Row)> = Vec::with_capacity(count);
    rows.extend((0..count).filter(|row| !gone[*row]).map(|row| ((row as u32, 0), Row::Kept(row as u32))));
    rows.extend(done.moved.iter().map(|(row, place)| (*place, Row::Kept(*row))));
    for (at, change) in done.changes.iter().enumerate() {
        let (first, group) = change.place;
        rows.extend((0..change.made.len()).map(|new| ((first, group + new as u32), Row::Made(at, new))));
    }
    rows.sort_unstable_by_key(|(place, _)| *place);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn value(column: &Float64Array, rows: &[Row], done: &Done) -> ArrayRef {
    let each = rows.iter().map(|row| match row {
        Row::Kept(row) => column.is_valid(*row as usize).then(|| column.value(*row as usize)),
        Row::Made(change, new) => Some(done.changes[*change].made[*new].2).filter(|value| !value.is_nan()),
    });
    Arc::new(each.collect::<Float64Array>())
}

/// Labels, each once.
#[derive(Default)]
struct Labels {
    labels: Vec<String>,
    numbers: FxHashMap<String, i32>,
}

impl Labels {
    fn number(&mut self, label: String) -> i32 {
        *self.numbers.entry(label).or_insert_with_key(|label| {
            self.labels.push(label.clone());
            self.labels.len() as i32 - 1
        })
    }
}

fn ages(column: &ArrayRef, rows: &[Row], done: &Done) -> Result<ArrayRef, Error> {
    let (keys, _, names) = codes(column)?;
    let mut labels = Labels::default();
    let mut old: Vec<i32> = vec![NULL; names.len()];
    let mut new: FxHashMap<(u16, Option<u16>), i32> = FxHashMap::default();
    let key = |row: &Row| match row {
        Row::Kept(row) => {
            let key = keys[*row as usize] as usize;
            if old[key] == NULL {
                old[key] = labels.number(names[key].to_owned());
            }
            old[key]
        }
        Row::Made(change, at) => {
            let (from, to, _) = done.changes[*change].made[*at];
            *new.entry((from, to)).or_insert_with(|| labels.number(age::code(from, to)))
        }
    };
    let keys = rows.iter().map(key).collect();
    Ok(dictionary(keys, &labels.labels))
}

fn presence(column: &ArrayRef, observations: &Observations, rows: &[Row], done: &Done) -> Result<ArrayRef, Error> {
    let (keys, _, names) = codes(column)?;
    let mut labels = Labels::default();
    let key = |row: &Row| {
        let label = match row {
            Row::Kept(row) => names[keys[*row as usize] as usize],
            Row::Made(change, new) => {
                let change = &done.changes[*change];
                let value = change.made[*new].2;
                let of = |row: &u32| names[keys[*row as usize] as usize];
                let lacking = |row: &&u32| !observations.has_value(**row as usize);
                if value.is_nan() {
                    // What all that lack a figure have in common; none of them where it is another group's fault.
                    let mut whys = change.rows.iter().filter(lacking).map(of);
                    let first = whys.next().unwrap_or("missing");
                    if whys.all(|why| why == first) { first } else { "missing" }
                } else if value == 0.0 && change.rows.iter().all(|row| of(row) == "zero") {
                    "zero"
                } else if value == 0.0 && change.rows.iter().all(|row| matches!(of(row), "zero" | "rounded_zero")) {
                    "rounded_zero"
                } else {
                    "value"
                }
            }
        };
        labels.number(label.to_owned())
    };
    let keys = rows.iter().map(key).collect();
    Ok(dictionary(keys, &labels.labels))
}

/// A column of texts, where new figures have what is said of the texts of those that they were made from.
fn texts(
    known: Option<&ArrayRef>,
    rows: &[Row],
    done: &Done,
    said: &dyn Fn(&Change, &[&str]) -> Option<String>,
) -> Result<Option<ArrayRef>, Error> {
    let (keys, nulls, names) = match known {
        Some(column) => {
            let (keys, nulls, names) = codes(column)?;
            (keys, nulls, names)
        }
        None => (&[][..], None, Vec::new()),
    };
    let at = |row: u32| {
        let null = known.is_none() || nulls.is_some_and(|nulls| nulls.is_null(row as usize));
        if null { NULL } else { keys[row as usize] }
    };
    let mut labels = Labels::default();
    let mut numbers = vec![NULL; done.changes.len()];
    for (number, change) in numbers.iter_mut().zip(&done.changes) {
        let mut olds: Vec<i32> = change.rows.iter().map(|row| at(*row)).filter(|key| *key != NULL).collect();
        olds.sort_unstable();
        olds.dedup();
        let olds: Vec<&str> = olds.into_iter().map(|key| names[key as usize]).collect();
        *number = said(change, &olds).map_or(NULL, |label| labels.number(label));
    }
    if known.is_none() && labels.labels.is_empty() {
        return Ok(None);
    }
    let mut old = vec![NULL; names.len()];
    let key = |row: &Row| match row {
        Row::Kept(row) => match at(*row) {
            NULL => NULL,
            key => {
                let number = &mut old[key as usize];
                if *number == NULL {
                    *number = labels.number(names[key as usize].to_owned());
                }
                *number
            }
        },
        Row::Made(change, _) => numbers[*change],
    };
    let keys = rows.iter().map(key).collect();
    Ok(Some(dictionary(keys, &labels.labels)))
}

/// What a column says of figures that were made from others, of which it says `olds`.
fn words(
    column: &str,
    change: &Change,
    olds: &[&str],
    observations: &Observations,
    request: &Request,
) -> Option<String> {
    match column {
        "basis" => basis(olds.iter().copied().chain((!change.adds).then_some("apportioned"))).map(str::to_owned),
        "obs_status" => status(olds, !change.adds),
        "note" => {
            let made = (!change.adds).then(|| said(change, observations, request));
            let notes = olds.iter().map(|note| (*note).to_owned()).chain(made);
            let joined = notes.collect::<Vec<_>>().join("; ");
            (!joined.is_empty()).then_some(joined)
        }
        _ => (!olds.is_empty()).then(|| olds.join("+")),
    }
}

/// How a figure was made.
fn said(change: &Change, observations: &Observations, request: &Request) -> String {
    let asked = METHODS.iter().find(|(_, method)| *method == request.method).map_or("", |(name, _)| name);
    let by = if change.fell_back { format!("monotone instead of {asked}") } else { asked.to_owned() };
    match request.how {
        How::Regroup(_) => {
            let bounds = |row: Option<&u32>| {
                row.and_then(|row| observations.code("age", *row as usize)).and_then(age::bounds).unwrap_or_default()
            };
            let (from, to) = (bounds(change.rows.first()).0, bounds(change.rows.last()).1);
            let by = match request.options.tail.filter(|_| to.is_none()) {
                None => by,
                Some(_) if change.rows.len() == 1 => "a migration schedule".to_owned(),
                Some(_) => format!("{by} and a migration schedule"),
            };
            format!("of ages {}, by {by}", age::name(&age::code(from, to)))
        }
        How::Shift(to, _) => format!("ages {} turned into ages {}, by {by}", to.other().name(), to.name()),
    }
}

/// The keys into the definitions.
pub(super) fn keys(figures: &RecordBatch) -> &[i32] {
    figures["definition"].as_primitive::<Int32Type>().values()
}

/// Which rows are printed totals of some ages.
pub(super) fn printed_by_age(figures: &RecordBatch) -> Result<Vec<bool>, Error> {
    let (keys, _, names) = codes(&figures["age"])?;
    let bounded: Vec<bool> = names.iter().map(|code| age::bounds(code).is_some()).collect();
    let leaves = figures["leaf"].as_boolean();
    Ok(keys.iter().enumerate().map(|(row, key)| bounded[*key as usize] && !leaves.value(row)).collect())
}
