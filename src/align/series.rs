//! Figures that differ in nothing but time, and tables of figures made from them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::Float64Type;
use rustc_hash::FxHashMap;

use crate::Error;
use crate::column::{NULL, codes, dictionary, unique};
use crate::observation::{Builder, DIMENSIONS, Observations, derived};

/// The series of every row, numbered in order of first appearance. Rows of one series agree in definition, dimensions, and
/// whether they may be added.
pub fn of(observations: &Observations) -> Result<Vec<u32>, Error> {
    let leaves = observations.leaves();
    let mut series: Vec<u32> = (0..observations.len())
        .map(|row| observations.definition_keys()[row] as u32 * 2 + u32::from(leaves.value(row)))
        .collect();
    for name in DIMENSIONS {
        let Some(column) = observations.figures().column_by_name(name) else { continue };
        let (keys, nulls, _) = codes(column)?;
        let key = |row: usize| if nulls.is_some_and(|nulls| nulls.is_null(row)) { NULL } else { keys[row] };
        let mut seen: FxHashMap<(u32, i32), u32> = FxHashMap::default();
        for (row, one) in series.iter_mut().enumerate() {
            let next = seen.len() as u32;
            *one = *seen.entry((*one, key(row))).or_insert(next);
        }
    }
    Ok(series)
}

/// A row that is made of rows of the table.
pub struct Made {
    /// The rows; the first gives definition and dimensions.
    pub sources: Vec<usize>,
    /// `[start, end)`.
    pub period: (i32, i32),
    /// The figure, where there is one.
    pub value: Option<f64>,
    /// Its bounds.
    pub bounds: [Option<f64>; 2],
    /// How it came about; none: as its sources did.
    pub basis: Option<&'static str>,
    /// What is worth saying about it beside the notes of its sources.
    pub note: Option<String>,
}

impl Made {
    /// Is it its one source as it stood?
    fn is_as_it_was(&self) -> bool {
        self.sources.len() == 1 && self.basis.is_none() && self.note.is_none()
    }
}

/// The table of made rows. Numbers and shares of printed figures do not survive: a made figure was printed nowhere.
pub fn table(observations: &Observations, made: &[Made]) -> Result<RecordBatch, Error> {
    let figures = observations.figures();
    let mut out = Builder::default();
    let first = UInt32Array::from_iter_values(made.iter().map(|one| one.sources[0] as u32));
    for name in DIMENSIONS.iter().chain(&["leaf"]) {
        if let Some(column) = figures.column_by_name(name) {
            out.set(name, take(column, &first, None)?);
        }
    }
    out.definitions(made.iter().map(|one| observations.definition_keys()[one.sources[0]]).collect());
    out.dates("period_start", made.iter().map(|one| one.period.0).collect());
    out.dates("period_end", made.iter().map(|one| one.period.1).collect());
    out.set("value", Arc::new(made.iter().map(|one| one.value).collect::<Float64Array>()));
    if made.iter().any(|one| one.bounds.iter().any(Option::is_some)) {
        for (side, name) in ["low", "high"].into_iter().enumerate() {
            out.set(name, Arc::new(made.iter().map(|one| one.bounds[side]).collect::<Float64Array>()));
        }
    }
    let presence = |one: &Made| {
        let was = observations.code("presence", one.sources[0]).unwrap_or("value");
        match one.value {
            _ if one.is_as_it_was() => was.to_owned(),
            Some(0.0) => "zero".to_owned(),
            Some(_) => "value".to_owned(),
            None => "missing".to_owned(),
        }
    };
    out.set("presence", column_of(made.iter().map(|one| Some(presence(one))).collect()));
    let basis = |one: &Made| {
        // The least certain of the sources.
        let worst = derived::basis(one.sources.iter().filter_map(|row| observations.code("basis", *row)));
        one.basis.or(worst).unwrap_or("observed").to_owned()
    };
    out.set("basis", column_of(made.iter().map(|one| Some(basis(one))).collect()));
    for (name, joint) in [("obs_status", "+"), ("conf_status", "+"), ("flag", "+"), ("note", "; ")] {
        let said = |one: &Made| {
            let mut words: Vec<&str> = Vec::new();
            for text in one.sources.iter().filter_map(|row| observations.code(name, *row)) {
                words.extend(text.split(joint).filter(|word| !word.is_empty()));
            }
            words.extend(one.note.as_deref().filter(|_| name == "note"));
            if joint == "+" {
                words.sort_unstable();
            }
            let mut said: Vec<&str> = Vec::new();
            words.into_iter().for_each(|word| {
                if !said.contains(&word) {
                    said.push(word);
                }
            });
            (!said.is_empty()).then(|| said.join(joint))
        };
        let column: Vec<Option<String>> = made.iter().map(said).collect();
        if column.iter().any(Option::is_some) {
            out.set(name, column_of(column));
        }
    }
    for name in ["row", "column"] {
        if let Some(column) = figures.column_by_name(name) {
            let place = |one: &Made| one.is_as_it_was().then(|| one.sources[0] as u32);
            out.set(name, take(column, &made.iter().map(place).collect::<UInt32Array>(), None)?);
        }
    }
    out.finish(made.len())
}

fn column_of(texts: Vec<Option<String>>) -> ArrayRef {
    let (labels, lut) = unique(texts.iter().flatten().cloned().collect());
    let mut next = lut.into_iter();
    let keys = texts.iter().map(|one| one.as_ref().and_then(|_| next.next()).unwrap_or(NULL)).collect();
    dictionary(keys, &labels)
}

/// One side of the bounds of every row: as stated, else the value; NaN where neither is known. None without a column.
pub fn bounds(observations: &Observations, side: &str) -> Option<Vec<f64>> {
    let column = observations.figures().column_by_name(side)?.as_primitive::<Float64Type>();
    let values = observations.values();
    let value = |row: usize| if values.is_valid(row) { values.value(row) } else { f64::NAN };
    Some((0..column.len()).map(|row| if column.is_valid(row) { column.value(row) } else { value(row) }).collect())
}
