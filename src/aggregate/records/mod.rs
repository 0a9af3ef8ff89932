//! Sums over records: rows of any table, in batches of any size, whose columns hold codes.
//!
//! A record stands for itself: there are no definitions to keep apart, unless the table has a column of that name. Rows
//! that its column `leaf` marks as printed totals are not added. What records are grouped by is known as the batches
//! come; labels get their natural order when the sums are asked for.

mod axis;
mod column;
mod finish;
mod state;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Schema};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::Outside;
use super::axis::Membership;
use super::cube::{Accumulator, Batch, Extremes, Values};
use super::groups::{Grouping, Listed};
use crate::Error;
use crate::error::near;
use crate::watch::Watch;

use axis::{Axis, Bound};
use column::{Coded, Label};

/// What to work out for every cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// The values added up: column `value`.
    Sum,
    /// The rows: column `figures`.
    Count,
    /// The rows that have a value: column `valued`.
    Nonmissing,
    /// Rows without a value, and the share of those with one: `missing` and `coverage_cells`.
    Coverage,
    /// The least value.
    Min,
    /// The largest value.
    Max,
    /// The mean, weighted where weights are given.
    Mean,
    /// What is known of the sum where values have bounds: `low` and `high`.
    Bounds,
}

/// How to add up records.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What to group by.
    pub by: Vec<String>,
    /// The column of values; records are counted if there is none.
    pub value: Option<String>,
    /// The column of weights, for means.
    pub weights: Option<String>,
    /// What to work out.
    pub measures: Vec<Measure>,
    /// Which of `by` to add totals over, in all combinations.
    pub totals: Vec<String>,
    /// Which of `by` to roll up, from the outermost to the innermost.
    pub rollup: Vec<String>,
    /// `period`, `current`, or a year.
    pub membership: String,
    /// What to do with records outside a group.
    pub outside: Outside,
    /// Cells of less coverage have no value.
    pub min_coverage: Option<f64>,
    /// The column of years, where membership of groups depends on it.
    pub year: String,
    /// Groups of the caller's.
    pub groups: FxHashMap<String, Listed>,
}

/// What is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Added {
    Value,
    Low,
    High,
    Weight,
    Weighted,
}

/// Sums over records. Batches, and other sums over records, come in any order.
pub struct Records {
    request: Request,
    threads: usize,
    /// Are the columns known?
    opened: bool,
    /// How many records are to come, as far as that is known.
    expected: usize,
    /// Why a batch was refused, some rows of which may have been added.
    failed: Option<String>,
    axes: Vec<Axis>,
    /// Types of the columns that the axes look at.
    types: Vec<DataType>,
    sums: Vec<(Added, Accumulator)>,
    extremes: Option<Extremes>,
    dictionaries: FxHashMap<String, Option<(ArrayRef, Arc<Vec<Option<Label>>>)>>,
}

impl Records {
    /// Nothing yet.
    ///
    /// # Errors
    /// [`Error::Schema`] and [`Error::Code`] for a request that cannot be met.
    pub fn new(request: Request, threads: usize) -> Result<Self, Error> {
        super::check_words(&request.by, &request.totals, request.min_coverage)?;
        super::check_rollup(&request.by, &request.totals, &request.rollup)?;
        let dictionaries = FxHashMap::default();
        let opened = false;
        Ok(Self {
            request,
            threads,
            opened,
            expected: 0,
            failed: None,
            axes: Vec::new(),
            types: Vec::new(),
            sums: Vec::new(),
            extremes: None,
            dictionaries,
        })
    }

    /// The columns that are looked at, of those that a table has.
    ///
    /// # Errors
    /// [`Error::Schema`] naming one that the table lacks.
    pub fn columns(&self, schema: &Schema) -> Result<Vec<String>, Error> {
        let mut wanted = Vec::new();
        for word in &self.request.by {
            wanted.push(column_of(word, schema)?.to_owned());
        }
        wanted.extend(self.request.value.clone());
        wanted.extend(self.request.weights.clone());
        for name in &wanted {
            require(name, schema)?;
        }
        let bounds = if self.wants(Measure::Bounds) { &["low", "high"][..] } else { &[] };
        let more = ["leaf", "definition", &self.request.year].into_iter().chain(bounds.iter().copied());
        wanted.extend(more.filter(|name| schema.column_with_name(name).is_some()).map(str::to_owned));
        wanted.sort();
        wanted.dedup();
        Ok(wanted)
    }

    fn wants(&self, measure: Measure) -> bool {
        self.request.measures.contains(&measure)
    }

    fn membership(&self) -> Result<Membership, Error> {
        Membership::parse(&self.request.membership)
    }

    /// What to group by, and the definition where the table has one.
    fn words(&self, schema: &Schema) -> Vec<String> {
        let mut words = self.request.by.clone();
        if schema.column_with_name("definition").is_some() && !words.iter().any(|word| word == "definition") {
            words.insert(0, "definition".into());
        }
        words
    }

    /// Axes that look at the given columns, before any batch has come.
    fn open_by(&mut self, words: &[(String, String)], types: Vec<DataType>) -> Result<(), Error> {
        let membership = self.membership()?;
        for (word, column) in words {
            let group = word.strip_prefix(column.as_str()).and_then(|rest| rest.strip_prefix('.'));
            let grouping = group.map(|group| Grouping::new(group, &self.request.groups, membership)).transpose()?;
            self.axes.push(Axis::new(word, column, grouping, self.request.outside));
        }
        self.types = types;
        self.opened = true;
        Ok(())
    }

    /// Has nothing come yet, not even the names of columns?
    fn is_new(&self) -> bool {
        !self.opened
    }

    /// What comes out where nothing has come: no cells, of columns that are called what they were asked for.
    fn nothing(&self) -> Result<Records, Error> {
        let mut none = Records::new(self.request.clone(), self.threads)?;
        let column = |word: &String| word.rsplit_once('.').map_or(word.as_str(), |(column, _)| column).to_owned();
        let words: Vec<(String, String)> = self.request.by.iter().map(|word| (word.clone(), column(word))).collect();
        none.open_by(&words, vec![DataType::Utf8; words.len()])?;
        none.make_room(0)?;
        Ok(none)
    }

    /// The axes, by the first schema that comes.
    ///
    /// # Errors
    /// [`Error::Schema`] and [`Error::Code`] for columns and groups that are not there.
    pub fn open(&mut self, schema: &Schema) -> Result<(), Error> {
        if self.opened {
            return Ok(());
        }
        refuse_twins(schema)?;
        self.columns(schema)?;
        if let Some(value) = &self.request.value {
            let kind = schema.field_with_name(value)?.data_type();
            let none = arrow::array::new_empty_array(if kind.is_null() { &DataType::Float64 } else { kind });
            column::values(value, &none)?;
        }
        let membership = self.membership()?;
        let mut axes = Vec::new();
        for word in &self.words(schema) {
            let column = column_of(word, schema)?;
            let group = (column.len() < word.len()).then(|| &word[column.len() + 1..]);
            let grouping = group.map(|group| Grouping::new(group, &self.request.groups, membership)).transpose()?;
            if grouping.as_ref().is_some_and(Grouping::needs_year)
                && schema.column_with_name(&self.request.year).is_none()
            {
                return Err(Error::Schema(format!(
                    "membership of {word} depends on the year, and the table has no column {:?}; name the column of \
                     years with year=, or say membership=\"current\" or a year",
                    self.request.year
                )));
            }
            self.types.push(schema.field_with_name(column)?.data_type().clone());
            axes.push(Axis::new(word, column, grouping, self.request.outside));
        }
        self.axes = axes;
        self.opened = true;
        Ok(())
    }

    /// Says how many records the next source has: room for many is made at once.
    pub fn expect(&mut self, rows: usize) {
        self.expected = rows;
    }

    /// Says that a source has ended with an error, so that what has been added of it is not all.
    pub fn fail(&mut self, error: &Error) {
        self.failed = Some(error.to_string());
    }

    /// Refuses to go on with sums of which something is missing.
    fn whole(&self) -> Result<(), Error> {
        match &self.failed {
            None => Ok(()),
            Some(error) => Err(Error::Schema(format!(
                "the sums are not complete, because a source was refused ({error}); begin with a new accumulator"
            ))),
        }
    }

    /// Adds the records of batches, before which `before` came of the same source.
    ///
    /// # Errors
    /// [`Error::Schema`] and [`Error::Code`], naming column, row and value; [`Error::Stopped`]. The sums are then of no use.
    pub fn update(&mut self, batches: &[RecordBatch], before: usize, watch: &Watch) -> Result<(), Error> {
        self.whole()?;
        let Some(first) = batches.first() else { return Ok(()) };
        let opening = self.sums.is_empty();
        self.open(&first.schema())?;
        let apart = self.axes.iter().any(|axis| axis.word == "definition");
        if batches.iter().any(|batch| batch.schema().column_with_name("definition").is_some() != apart) {
            return Err(Error::Schema(
                "some tables have a column \"definition\" and some have none: what they hold may not mean the same"
                    .into(),
            ));
        }
        let mut bound = Vec::with_capacity(batches.len());
        for batch in batches {
            bound.push(self.bind(batch)?);
        }
        if opening {
            // In their natural order from the start, as far as they are known.
            for at in 0..self.axes.len() {
                let places = self.axes[at].order(&vec![true; self.axes[at].labels.len()]);
                if places.iter().zip(0..).any(|(place, at)| *place != at) {
                    self.axes[at].renumber(&places);
                    for one in &mut bound {
                        one[at].renumber(&places);
                    }
                }
            }
        }
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        self.make_room(rows.max(self.expected))?;
        let leaves = batches.iter().map(leaf).collect::<Result<Vec<_>, _>>()?;
        let mut first = before;
        for ((bound, leaf), batch) in bound.iter().zip(&leaves).zip(batches) {
            if let Some((row, why)) = bound.iter().find_map(|bound| bound.refused(leaf.as_ref(), watch)) {
                return Err(Error::Code(format!("row {}: {why}", first + row)));
            }
            first += batch.num_rows();
        }
        let added = self.add(batches, &bound, &leaves, before, watch);
        if let Err(error) = &added {
            self.fail(error);
        }
        added
    }

    /// Adds batches that have been looked at.
    fn add(
        &mut self,
        batches: &[RecordBatch],
        bound: &[Vec<Bound>],
        leaves: &[Option<BooleanBuffer>],
        before: usize,
        watch: &Watch,
    ) -> Result<(), Error> {
        let whats: Vec<Added> = self.sums.iter().map(|(what, _)| *what).collect();
        for (at, what) in whats.into_iter().enumerate() {
            let made = batches.iter().map(|batch| self.numbers(batch, what)).collect::<Result<Vec<_>, _>>()?;
            let mut rows = Vec::with_capacity(batches.len());
            for (((batch, bound), leaf), numbers) in batches.iter().zip(bound).zip(leaves).zip(&made) {
                let value = match numbers {
                    None => Values::NOTHING,
                    Some((name, array)) => column::values(name, array)?,
                };
                let dims = bound.iter().map(Bound::dim).collect();
                rows.push(Batch { rows: batch.num_rows(), dims, take: leaf.as_ref(), value });
            }
            if what == Added::Value
                && let Some(extremes) = &mut self.extremes
            {
                extremes.update_all(&rows, self.threads, watch)?;
            }
            self.sums[at].1.update_all(&rows, before, watch)?;
        }
        Ok(())
    }

    /// Codes of a batch and their classes.
    fn bind(&mut self, batch: &RecordBatch) -> Result<Vec<Bound>, Error> {
        let mut read: FxHashMap<String, Arc<Coded>> = FxHashMap::default();
        let mut coded = |name: &str, dictionaries: &mut FxHashMap<String, _>| -> Result<Arc<Coded>, Error> {
            if let Some(known) = read.get(name) {
                return Ok(known.clone());
            }
            require(name, &batch.schema())?;
            let made = Arc::new(Coded::read(name, &batch[name], dictionaries.entry(name.to_owned()).or_default())?);
            read.insert(name.to_owned(), made.clone());
            Ok(made)
        };
        let mut bound = Vec::with_capacity(self.axes.len());
        let mut years: Option<Arc<Coded>> = None;
        for (axis, kind) in self.axes.iter_mut().zip(&mut self.types) {
            let outer = coded(&axis.column, &mut self.dictionaries)?;
            *kind = common(&axis.column, kind, batch[axis.column.as_str()].data_type())?;
            let year = match axis.grouping.as_ref().filter(|grouping| grouping.needs_year()) {
                Some(_) if batch[self.request.year.as_str()].data_type() == &DataType::Date32 => {
                    if years.is_none() {
                        let name = &self.request.year;
                        years = Some(Arc::new(Coded::read(name, &batch[name.as_str()], &mut None)?.years()));
                    }
                    years.clone()
                }
                Some(_) => Some(coded(&self.request.year, &mut self.dictionaries)?),
                None => None,
            };
            bound.push(axis.bind(&outer, year.as_ref())?);
        }
        Ok(bound)
    }

    /// Cells for all classes that are known now.
    fn make_room(&mut self, rows: usize) -> Result<(), Error> {
        let needed: Vec<u32> = self.axes.iter().map(|axis| axis.labels.len() as u32).collect();
        let Some((_, known)) = self.sums.first() else {
            for what in self.added() {
                self.sums.push((what, Accumulator::new(&needed, self.threads, rows)?));
            }
            if self.wants(Measure::Min) || self.wants(Measure::Max) {
                self.extremes = Some(Extremes::new(&needed)?);
            }
            return Ok(());
        };
        let old = known.shape().to_vec();
        if needed.iter().zip(&old).all(|(needed, old)| needed <= old) && !known.is_outgrown() {
            return Ok(());
        }
        // Twice as many, so that a stream of new labels does not move the cells each time.
        let shape: Vec<u32> = needed
            .iter()
            .zip(&old)
            .map(|(&needed, &old)| if needed <= old { old } else { needed + needed / 2 })
            .collect();
        let same: Vec<Vec<u32>> = old.iter().map(|&size| (0..size).collect()).collect();
        for (_, sums) in &mut self.sums {
            *sums = sums.project(&same, &shape, self.threads)?;
        }
        if let Some(extremes) = &mut self.extremes {
            *extremes = extremes.project(&same, &shape)?;
        }
        Ok(())
    }

    fn added(&self) -> Vec<Added> {
        let mut added = vec![Added::Value];
        if self.wants(Measure::Bounds) {
            added.extend([Added::Low, Added::High]);
        }
        if self.request.weights.is_some() {
            added.extend([Added::Weight, Added::Weighted]);
        }
        added
    }

    /// A column of numbers, with its name; none where records are counted.
    fn numbers(&self, batch: &RecordBatch, what: Added) -> Result<Option<(String, ArrayRef)>, Error> {
        let get = |name: &str| require(name, &batch.schema()).map(|()| batch[name].clone());
        let Some(value) = &self.request.value else { return Ok(None) };
        let mut array = get(value)?;
        if array.data_type() == &DataType::Null {
            array = arrow::compute::cast(&array, &DataType::Float64)?;
        }
        // Looked at for its type: what is no number has no products either.
        column::values(value, &array)?;
        Ok(Some(match what {
            Added::Value => (value.clone(), array),
            Added::Low | Added::High => {
                let name = if what == Added::Low { "low" } else { "high" };
                let (bound, value) = (floats(name, &get(name)?)?, floats(value, &array)?);
                let either = bound.iter().zip(value.iter()).map(|(bound, value)| bound.or(value));
                (name.to_owned(), Arc::new(either.collect::<Float64Array>()) as ArrayRef)
            }
            Added::Weight | Added::Weighted => {
                let Some(name) = &self.request.weights else { return Ok(None) };
                let (weight, value) = (floats(name, &get(name)?)?, floats(value, &array)?);
                let product = |(weight, value): (Option<f64>, Option<f64>)| {
                    let (weight, value) = weight.zip(value)?;
                    Some(if what == Added::Weight { weight } else { weight * value })
                };
                (
                    name.clone(),
                    Arc::new(weight.iter().zip(value.iter()).map(product).collect::<Float64Array>()) as ArrayRef,
                )
            }
        }))
    }
}

/// The column that a word of `by` looks at.
fn column_of<'a>(word: &'a str, schema: &Schema) -> Result<&'a str, Error> {
    if schema.column_with_name(word).is_some() {
        return Ok(word);
    }
    let column = word.rsplit_once('.').map_or(word, |(column, _)| column);
    require(column, schema).map(|()| column)
}

/// The type of a column of which batches have different ones.
fn common(name: &str, one: &DataType, other: &DataType) -> Result<DataType, Error> {
    let plain = |kind: &DataType| match kind {
        DataType::Dictionary(_, value) => value.as_ref().clone(),
        kind => kind.clone(),
    };
    let (a, b) = (plain(one), plain(other));
    match (&a, &b) {
        (DataType::Null, _) => Ok(other.clone()),
        (_, DataType::Null) => Ok(one.clone()),
        _ if a == b => Ok(one.clone()),
        _ if a.is_integer() && b.is_integer() => Ok(DataType::Int64),
        _ if a.is_string() && b.is_string() => Ok(one.clone()),
        (DataType::Utf8View, _) | (_, DataType::Utf8View) if !a.is_numeric() && !b.is_numeric() => Ok(one.clone()),
        _ => Err(Error::Schema(format!("column {name:?} held {one} before and now {other}; make the batches alike"))),
    }
}

/// The rows that may be added, where a table says so.
fn leaf(batch: &RecordBatch) -> Result<Option<BooleanBuffer>, Error> {
    let Some(column) = batch.column_by_name("leaf") else { return Ok(None) };
    let Some(leaves): Option<&BooleanArray> = column.as_boolean_opt() else {
        return Err(Error::Schema(format!(
            "column \"leaf\" holds {}; expected truth values, which say what may be added",
            column.data_type()
        )));
    };
    if leaves.null_count() > 0 {
        return Err(Error::Schema(
            "column \"leaf\" has blanks; it must say of every row whether it may be added".into(),
        ));
    }
    let all = leaves.values().clone();
    Ok((all.count_set_bits() < all.len()).then_some(all))
}

fn floats(name: &str, array: &ArrayRef) -> Result<Float64Array, Error> {
    column::values(name, array)?;
    let floats = arrow::compute::cast(array, &DataType::Float64)?;
    Ok(floats.as_primitive().clone())
}

fn require(name: &str, schema: &Schema) -> Result<(), Error> {
    if schema.column_with_name(name).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let all = names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    Err(Error::Schema(format!("the table has no column {name:?}{}; it has {all}", near(name, &names))))
}

fn refuse_twins(schema: &Schema) -> Result<(), Error> {
    let fields = schema.fields();
    for (at, field) in fields.iter().enumerate() {
        if fields[..at].iter().any(|other| other.name() == field.name()) {
            let name = field.name();
            return Err(Error::Schema(format!("the table has two columns named {name:?}; rename one of them")));
        }
    }
    Ok(())
}
