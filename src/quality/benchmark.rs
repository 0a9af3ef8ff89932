//! What a benchmark counts once: its leaves, which of them records are compared with, and what its totals' parts add up to.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, UInt32Type};
use rustc_hash::{FxHashMap, FxHashSet};

use super::coverage::batch;
use crate::Error;
use crate::codes::area::{self, Kind, groups};
use crate::codes::{self, age};
use crate::column::encode;
use crate::observation::{AREAS, DIMENSIONS};
use crate::totals::{Dimension, Grid};

/// Columns that are no keys.
const BESIDES: [&str; 4] = ["benchmark", "both", "records", "definition"];

/// A column of keys: one key a row, and what they stand for.
struct Key {
    name: String,
    keys: Vec<i32>,
    labels: Vec<String>,
}

/// What is told of the rows of a benchmark.
struct Told {
    leaf: Vec<bool>,
    compared: Vec<bool>,
    clear: Vec<bool>,
    parts: Vec<Option<f64>>,
    recorded: Vec<Option<f64>>,
}

/// Of every row of a benchmark: is it a `leaf`; is it `compared` with records, itself or within a row that is; is it `clear`
/// what the leaves of its reporter add up to, so that nobody is counted twice; what its `parts` add up to, where it is a
/// total and all of them have a value; and how much is `recorded` within it, by the definition that has most.
///
/// The columns are keys, `benchmark` (the figure), `both` (are there records), `records` and their `definition`. The first
/// rows are the benchmark's, the others the records.
///
/// # Errors
/// [`Error::Schema`] for columns that hold no codes, no numbers or no truth values.
pub fn parts(table: &RecordBatch, rows: usize) -> Result<RecordBatch, Error> {
    let values = numbers(table, "benchmark")?;
    let both = cast(column(table, "both")?, &DataType::Boolean)?;
    let both: Vec<bool> = both.as_boolean().iter().take(rows).map(|one| one == Some(true)).collect();
    let keys = keys_of(table)?;
    let reporter = keys.iter().find(|one| one.name == "reporter");
    let group = reporter.map_or_else(|| vec![0; rows], |one| one.keys[..rows].to_vec());
    let Ok(grid) = Grid::new(keys.iter().map(|one| dimension(one, rows)).collect(), rows) else {
        // Where there are too many combinations to number, what lies in what is not known.
        let unknown = vec![None; rows];
        let clear = vec![false; rows];
        return told(Told { leaf: vec![true; rows], compared: both, clear, parts: unknown.clone(), recorded: unknown });
    };
    let structure = grid.leaves(|row| values[row].is_some(), &group);
    let breakdown = |row: usize| structure.breakdown.get(row).copied().unwrap_or(0);
    let mut unclear: FxHashSet<i32> = (0..rows).filter(|row| breakdown(*row) > 0).map(|row| group[row]).collect();
    for key in &keys {
        overlapping(key, &structure.leaf, &group, &mut unclear);
    }
    let inside = grid.inside(&both);
    let mut parts = vec![None; rows];
    for one in grid.printed(&structure.leaf, &structure.breakdown, |row| values[row], |_, _| true, false) {
        parts[one.row] = (one.missing == 0).then_some(one.computed);
    }
    told(Told {
        compared: (0..rows).map(|row| both[row] || inside[row]).collect(),
        clear: group.iter().map(|one| !unclear.contains(one)).collect(),
        recorded: recorded(table, &keys, rows)?,
        leaf: structure.leaf,
        parts,
    })
}

/// What records within each row of the benchmark add up to.
fn recorded(table: &RecordBatch, keys: &[Key], rows: usize) -> Result<Vec<Option<f64>>, Error> {
    let all = table.num_rows();
    let records = numbers(table, "records")?;
    let definitions = cast(column(table, "definition")?, &DataType::UInt32)?;
    let definitions = definitions.as_primitive::<UInt32Type>();
    let mut found: Vec<Option<f64>> = vec![None; rows];
    let Ok(grid) = Grid::new(keys.iter().map(|one| dimension(one, all)).collect(), all) else { return Ok(found) };
    // Records of several definitions are not added: each is a breakdown of its own.
    let breakdown: Vec<u32> =
        definitions.iter().enumerate().map(|(row, one)| one.filter(|_| row >= rows).unwrap_or(0)).collect();
    let leaf: Vec<bool> = (0..all).map(|row| row >= rows).collect();
    for one in grid.printed(&leaf, &breakdown, |row| records[row], |_, _| true, false) {
        if let Some(known) = found.get_mut(one.row) {
            *known = Some(known.map_or(one.computed, |known| known.max(one.computed)));
        }
    }
    Ok(found)
}

fn column<'a>(table: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, Error> {
    let found = table.column_by_name(name);
    found.ok_or_else(|| Error::Schema(format!("the benchmark has no column {name:?}: add it")))
}

fn numbers(table: &RecordBatch, name: &str) -> Result<Vec<Option<f64>>, Error> {
    let found = cast(column(table, name)?, &DataType::Float64)?;
    Ok(found.as_primitive::<Float64Type>().iter().map(|one| one.filter(|one| !one.is_nan())).collect())
}

fn keys_of(table: &RecordBatch) -> Result<Vec<Key>, Error> {
    let schema = table.schema();
    let columns = schema.fields().iter().zip(table.columns());
    let keys = columns.filter(|(field, _)| !BESIDES.contains(&field.name().as_str()));
    keys.map(|(field, column)| {
        let coded = encode(field.name(), std::slice::from_ref(column))?;
        Ok(Key { name: field.name().clone(), keys: coded.keys, labels: coded.labels })
    })
    .collect()
}

/// The first rows as a dimension. Reporters and years are apart: what one counts is in no other.
fn dimension(key: &Key, rows: usize) -> Dimension<'_> {
    if DIMENSIONS.contains(&key.name.as_str()) {
        return Dimension::coded(&key.name, &key.keys[..rows], &key.labels);
    }
    Dimension::plain(&key.name, &key.keys[..rows], key.labels.len())
}

/// Marks the reporters of whom two leaves have codes that share something and of which neither contains the other, as two
/// groups of areas with a member in common.
fn overlapping(key: &Key, leaf: &[bool], group: &[i32], unclear: &mut FxHashSet<i32>) {
    let mut seen: FxHashMap<i32, FxHashSet<i32>> = FxHashMap::default();
    for row in (0..leaf.len()).filter(|row| leaf[*row]) {
        seen.entry(group[row]).or_default().insert(key.keys[row]);
    }
    for (of, codes) in seen {
        let codes: Vec<&str> = codes.iter().map(|code| key.labels[*code as usize].as_str()).collect();
        if share(&key.name, &codes) {
            unclear.insert(of);
        }
    }
}

fn share(name: &str, known: &[&str]) -> bool {
    let apart = |one: &str, other: &str| one != other && !nested(name, one, other) && !nested(name, other, one);
    if name == "age" {
        let bounds: Vec<_> = known.iter().filter_map(|code| Some((*code, age::bounds(code)?))).collect();
        let meet = |a: (u16, Option<u16>), b: (u16, Option<u16>)| {
            b.1.is_none_or(|end| a.0 < end) && a.1.is_none_or(|end| b.0 < end)
        };
        return bounds.iter().any(|(one, a)| bounds.iter().any(|(other, b)| apart(one, other) && meet(*a, *b)));
    }
    if !AREAS.contains(&name) {
        return false;
    }
    let lists: Vec<(&str, Vec<&str>)> = known.iter().filter_map(|code| Some((*code, members(code)?))).collect();
    lists.iter().any(|(one, list)| {
        let held = |other: &str| match members(other) {
            Some(others) => others.iter().any(|area| list.contains(area)),
            None => list.contains(&other),
        };
        known.iter().any(|other| apart(one, other) && held(other))
    })
}

fn nested(name: &str, outer: &str, inner: &str) -> bool {
    codes::contains(name, outer, inner)
}

/// The members of a group of areas; none of what is no group.
fn members(code: &str) -> Option<Vec<&'static str>> {
    match area::get(code).map(|area| area.kind) {
        Some(Kind::Aggregate) | None => groups::group(code).ok().map(|group| groups::members(group, None)),
        Some(_) => None,
    }
}

fn told(one: Told) -> Result<RecordBatch, Error> {
    batch(vec![
        ("leaf".into(), Arc::new(BooleanArray::from(one.leaf))),
        ("compared".into(), Arc::new(BooleanArray::from(one.compared))),
        ("clear".into(), Arc::new(BooleanArray::from(one.clear))),
        ("parts".into(), Arc::new(Float64Array::from(one.parts))),
        ("recorded".into(), Arc::new(Float64Array::from(one.recorded))),
    ])
}
