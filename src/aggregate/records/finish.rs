//! Sums over records as a table, with their account.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray, UInt32Array,
};
use arrow::compute::{cast, concat_batches, take};
use arrow::datatypes::DataType;

use super::axis::Axis;
use super::column::Label;
use super::{Added, Measure, Records};
use crate::Error;
use crate::aggregate::axis::TOTAL;
use crate::aggregate::cube::{Accumulator, Cells, Extremes, NONE, Total};
use crate::aggregate::groups::Grouping;
use crate::aggregate::measures::{Measures, counts};
use crate::aggregate::overlap::Overlap;
use crate::aggregate::table::batch;
use crate::aggregate::{Aggregate, OVERLAP_AND_COVERAGE, Outside, grouping_sets};
use crate::exact::ExactSum;
use crate::ledger::{Account, Finding, Ledger, Remainder, Severity, Step, Tally};

/// The sums of one grouping set, before they are rounded.
struct Set {
    over: Vec<bool>,
    sums: Vec<(Added, Accumulator)>,
    extremes: Option<Extremes>,
}

/// How the classes of an axis look in a table.
struct Look {
    /// Text of the classes and of a total, if they are text.
    texts: Option<ArrayRef>,
    /// The classes as whole numbers, if they are.
    numbers: Vec<Option<i64>>,
    kind: DataType,
    /// The key of a total, and of no label.
    total: i32,
    null: Option<u32>,
}

impl Records {
    /// The sums as they stand.
    ///
    /// # Errors
    /// [`Error::Definition`] if figures that mean different things have been added, [`Error::Schema`] for a sum beyond the
    /// floats, [`Error::Ledger`].
    pub fn finish(&mut self) -> Result<Aggregate, Error> {
        self.whole()?;
        if self.is_new() && !self.request.by.is_empty() {
            return self.nothing()?.finish();
        }
        self.settle()?;
        let hidden = self.hidden()?;
        self.refuse_totals()?;
        if self.request.min_coverage.is_some() && self.overlaps() {
            return Err(Error::Schema(OVERLAP_AND_COVERAGE.into()));
        }
        let looks = self.looks(true);
        let sets = grouping_sets(&self.request.by, &self.request.totals, &self.request.rollup);
        let mut made: Vec<Set> = Vec::new();
        let mut parts = Vec::new();
        let mut account = Account::default();
        let mut missing = None;
        for set in sets {
            let over: Vec<bool> = std::iter::repeat_n(false, usize::from(hidden)).chain(set).collect();
            if over.contains(&true) {
                let mut set = self.summed_over(&made, &over)?;
                parts.push(self.table(&mut set.sums, set.extremes.as_ref(), &looks, &over)?.0);
                made.push(set);
            } else {
                let (mut sums, extremes) = (std::mem::take(&mut self.sums), self.extremes.take());
                let made = self.table(&mut sums, extremes.as_ref(), &looks, &over);
                (self.sums, self.extremes) = (sums, extremes);
                let (table, cells) = made?;
                // What overlaps is in the table several times, and in the account once.
                if self.overlaps() {
                    let counts = self.needs_counts();
                    let mut plain = self.sums[0].1.cells(counts);
                    account = self.account(&plain);
                    let keys = self.keys(&mut plain, &self.looks(false), &over)?;
                    missing = counts.then(|| missing_in(&plain, &keys)).transpose()?;
                } else {
                    account = self.account(&cells);
                    missing = self.needs_counts().then(|| missing_in(&cells, &self.keys_of(&table))).transpose()?;
                }
                parts.push(table);
            }
        }
        let step = Step { operation: "aggregate".to_owned(), accounts: vec![account], findings: self.findings() };
        let ledger = Ledger { steps: vec![step] };
        ledger.check()?;
        let cells = concat_batches(&parts[0].schema(), &parts)?;
        Ok(Aggregate { cells, missing, definitions: Vec::new(), ledger })
    }

    /// All values in row-major order of the classes, with what the classes are called; `NaN` where there is none.
    ///
    /// # Errors
    /// See [`Records::finish`].
    pub fn dense(&mut self) -> Result<(Vec<ArrayRef>, Float64Array), Error> {
        self.whole()?;
        if self.is_new() && !self.request.by.is_empty() {
            return self.nothing()?.dense();
        }
        self.settle()?;
        let hidden = self.hidden()?;
        if self.overlaps() {
            return Err(Error::Schema(
                "an array of groups that overlap has no place for each figure; group by one".into(),
            ));
        }
        let looks = self.looks(false);
        let mut labels = Vec::new();
        for (axis, look) in self.axes.iter().zip(&looks).skip(usize::from(hidden)) {
            labels.push(look.column((0..axis.labels.len() as u32).collect(), false)?);
        }
        let Some((_, sums)) = self.sums.first_mut() else { return Err(Error::Internal("nothing is added".into())) };
        let mut values = sums.values()?;
        if self.request.by.is_empty() && values.is_empty() {
            values.push(f64::NAN);
        }
        Ok((labels, Float64Array::from(values)))
    }

    /// Refuses totals over what has printed totals among its labels.
    fn refuse_totals(&self) -> Result<(), Error> {
        let summed =
            |axis: &&Axis| self.request.totals.iter().chain(&self.request.rollup).any(|word| *word == axis.word);
        for axis in self.axes.iter().filter(summed).filter(|axis| axis.grouping.is_none() && axis.labels.len() > 1) {
            if axis.labels.contains(&Label::Text(TOTAL.to_owned())) {
                return Err(Error::Definition(format!(
                    "column {:?} has printed totals ({TOTAL}) among its labels, and everybody would be counted twice in totals \
                     over it; leave them out, or mark them as false in a column \"leaf\"",
                    axis.column
                )));
            }
        }
        Ok(())
    }

    fn overlaps(&self) -> bool {
        self.axes.iter().any(|axis| axis.overlap().is_some())
    }

    /// How the axes look: groups that overlap are shown one by one, or in their combinations.
    fn looks(&self, shown: bool) -> Vec<Look> {
        let one = |(axis, kind): (&Axis, &DataType)| {
            let totals = self.request.totals.iter().chain(&self.request.rollup).any(|word| *word == axis.word);
            match axis.overlap().filter(|_| shown) {
                Some((overlap, _)) => texts(overlap.labels, None, totals),
                None => look(axis, kind, totals),
            }
        };
        self.axes.iter().zip(&self.types).map(one).collect()
    }

    /// Is the first axis one that the caller did not name, the definition?
    fn hidden(&self) -> Result<bool, Error> {
        let hidden = self.axes.len() > self.request.by.len();
        if hidden && self.axes[0].labels.len() > 1 {
            return Err(Error::Definition(format!(
                "the records are of {} definitions, whose figures must not be added; group by \"definition\" too, or \
                 select one first",
                self.axes[0].labels.len()
            )));
        }
        Ok(hidden)
    }

    /// Brings the classes into their natural order, and cells to the classes that there are.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        if self.sums.is_empty() {
            self.make_room(0)?;
        }
        // Labels that no record has go: which of them are in a dictionary depends on how a table was cut.
        let reached = self.sums[0].1.reached();
        let places: Vec<Vec<u32>> =
            self.axes.iter().zip(&reached).map(|(axis, reached)| axis.order(&reached[..axis.labels.len()])).collect();
        let count = |places: &Vec<u32>| places.iter().filter(|place| **place != NONE).count() as u32;
        let shape: Vec<u32> = places.iter().map(count).collect();
        let sorted = places.iter().all(|places| places.iter().zip(0..).all(|(place, at)| *place == at));
        if sorted && self.sums.iter().all(|(_, sums)| sums.shape() == shape) {
            return Ok(());
        }
        let old = self.sums[0].1.shape().to_vec();
        // Classes that are reserved have no rows.
        let padded: Vec<Vec<u32>> = places
            .iter()
            .zip(&old)
            .map(|(places, &size)| (0..size as usize).map(|at| places.get(at).copied().unwrap_or(NONE)).collect())
            .collect();
        for (_, sums) in &mut self.sums {
            *sums = sums.project(&padded, &shape, self.threads)?;
        }
        if let Some(extremes) = &mut self.extremes {
            *extremes = extremes.project(&padded, &shape)?;
        }
        for (axis, places) in self.axes.iter_mut().zip(&places) {
            axis.renumber(places);
        }
        Ok(())
    }

    /// A grouping set, made from the smallest one that is finer.
    fn summed_over(&mut self, made: &[Set], over: &[bool]) -> Result<Set, Error> {
        let finer = |set: &&Set| set.over.iter().zip(over).all(|(fine, coarse)| !fine || *coarse);
        let cells = |set: &&Set| set.sums[0].1.shape().iter().map(|&size| u64::from(size)).product::<u64>();
        let from = made.iter().filter(finer).min_by_key(cells);
        let (sums, extremes) = match from {
            Some(set) => (set.sums.clone(), set.extremes.clone()),
            None => (std::mem::take(&mut self.sums), self.extremes.take()),
        };
        let mut out = Set { over: over.to_vec(), sums: Vec::new(), extremes: None };
        let mut sums = sums;
        for (what, finer) in &mut sums {
            out.sums.push((*what, finer.summed_over(over)?));
        }
        out.extremes = extremes.as_ref().map(|finer| finer.summed_over(over)).transpose()?;
        if from.is_none() {
            (self.sums, self.extremes) = (sums, extremes);
        }
        Ok(out)
    }

    /// One grouping set as a table, and its cells without their classes.
    fn table(
        &self,
        sums: &mut [(Added, Accumulator)],
        extremes: Option<&Extremes>,
        looks: &[Look],
        over: &[bool],
    ) -> Result<(RecordBatch, Cells), Error> {
        let counts = self.needs_counts();
        let mut value = None;
        let mut others: Vec<(Added, Cells)> = Vec::new();
        let overlaps: Vec<(usize, Overlap)> = (0..)
            .zip(&self.axes)
            .filter(|(at, _)| !over[*at])
            .filter_map(|(at, axis)| Some((at, axis.overlap()?.0)))
            .collect();
        let mut shown_extremes = None;
        for (at, overlap) in &overlaps {
            let extremes = shown_extremes.as_ref().or(extremes);
            shown_extremes = extremes.map(|extremes| overlap.show_extremes(*at, extremes)).transpose()?;
        }
        let extremes = shown_extremes.as_ref().or(extremes);
        for (what, sums) in sums {
            let mut shown = None;
            for (at, overlap) in &overlaps {
                shown = Some(overlap.show(*at, shown.as_mut().unwrap_or(sums), self.threads)?);
            }
            let cells = shown.as_mut().unwrap_or(sums).cells(counts).finite()?;
            match what {
                Added::Value => value = Some(cells),
                _ => others.push((*what, cells)),
            }
        }
        let mut cells = value.ok_or_else(|| Error::Internal("no values were added".into()))?;
        let measures = self.measures(&cells, &others, extremes);
        let mut columns = self.keys(&mut cells, looks, over)?;
        columns.extend(measures);
        Ok((batch(columns)?, cells))
    }

    /// What the cells are grouped by, as columns; the classes are used up.
    fn keys(&self, cells: &mut Cells, looks: &[Look], over: &[bool]) -> Result<Vec<(String, ArrayRef)>, Error> {
        let hidden = self.axes.len() - self.request.by.len();
        let mut columns = Vec::new();
        for (at, (axis, look)) in self.axes.iter().zip(looks).enumerate().skip(hidden) {
            columns.push((axis.word.clone(), look.column(std::mem::take(&mut cells.keys[at]), over[at])?));
        }
        Ok(columns)
    }

    /// The same of a table.
    fn keys_of(&self, table: &RecordBatch) -> Vec<(String, ArrayRef)> {
        self.request.by.iter().cloned().zip(table.columns().iter().cloned()).collect()
    }

    fn needs_counts(&self) -> bool {
        let counting = [Measure::Count, Measure::Nonmissing, Measure::Coverage, Measure::Mean, Measure::Bounds];
        self.request.min_coverage.is_some() || counting.iter().any(|measure| self.wants(*measure))
    }

    fn measures(
        &self,
        cells: &Cells,
        others: &[(Added, Cells)],
        extremes: Option<&Extremes>,
    ) -> Vec<(String, ArrayRef)> {
        let counted = self.needs_counts();
        let coverage = if counted { coverage(cells) } else { Vec::new() };
        let measures = Measures::of(cells, &coverage, self.request.min_coverage);
        let other = |what: Added| others.iter().find(|(other, _)| *other == what).map(|(_, cells)| cells);
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        if self.wants(Measure::Sum) && self.request.value.is_some() {
            columns.push(if self.request.min_coverage.is_some() {
                measures.sum()
            } else {
                ("value".to_owned(), Arc::new(with_blanks(cells.sum.clone(), &cells.blank)))
            });
        }
        for (name, what) in [("low", Added::Low), ("high", Added::High)] {
            columns.extend(other(what).map(|bounds| measures.bound(name, bounds)));
        }
        if self.wants(Measure::Count) {
            columns.push(counts("figures", &cells.figures));
        }
        if self.wants(Measure::Nonmissing) {
            columns.push(counts("valued", &cells.valued));
        }
        if self.wants(Measure::Coverage) {
            columns.push(measures.missing());
            columns.push(("coverage_cells".to_owned(), Arc::new(Float64Array::from(coverage.clone()))));
        }
        if let Some(extremes) = extremes {
            let [least, most] = measures.extremes(extremes);
            columns.extend(self.wants(Measure::Min).then_some(least));
            columns.extend(self.wants(Measure::Max).then_some(most));
        }
        if self.wants(Measure::Mean) {
            columns.push(measures.mean(other(Added::Weighted).zip(other(Added::Weight))));
        }
        columns
    }

    /// What came in, and where it is now.
    fn account(&self, cells: &Cells) -> Account {
        let Some((_, sums)) = self.sums.first() else { return Account::default() };
        let mut account = Account {
            title: self.request.value.clone().unwrap_or_else(|| "records".to_owned()),
            unit: String::new(),
            taken: tally(sums.taken()),
            out: Tally { rows: cells.rows as i64, missing: cells.nulls as i64, value: total(&cells.sum) },
            ..Account::default()
        };
        if let Some(least) = self.request.min_coverage {
            let (mut hidden, coverage) = (Tally::default(), coverage(cells));
            for (at, share) in coverage.into_iter().enumerate() {
                if share < least {
                    hidden.rows += cells.figures[at] as i64;
                    hidden.missing += (cells.figures[at] - cells.valued[at]) as i64;
                    hidden.value.add(cells.sum[at]);
                }
            }
            account.out.merge(&hidden.negative());
            account.set_aside.extend(Remainder::of("in cells of less than min_coverage", hidden));
        }
        let outside = match self.request.outside {
            Outside::Drop => "outside the groups",
            _ => "without a class",
        };
        account.set_aside.extend(Remainder::of(outside, tally(&sums.left_out())));
        account.set_aside.extend(Remainder::of("printed totals, which are not added", tally(&sums.not_taken())));
        let mut rounding = Tally::default();
        cells.rounding.iter().for_each(|more| rounding.value.merge(more));
        account.adjustments.extend(Remainder::of("rounding of sums to 64-bit floats", rounding));
        account
    }

    fn findings(&self) -> Vec<Finding> {
        let message = |axis: &Axis| {
            let word = &axis.word;
            let undated = axis.grouping.as_ref().is_some_and(Grouping::undated);
            let undated = undated
                .then(|| format!("{word}: the list of members bears no dates; the current one is used for all years"));
            let overlap = axis.overlap().and_then(|(overlap, combinations)| overlap.warning(word, &combinations));
            [undated, overlap]
        };
        let warning =
            |message| Finding { severity: Severity::Warning, message, tally: Tally::default(), examples: Vec::new() };
        self.axes.iter().flat_map(message).flatten().map(warning).collect()
    }
}

/// Cells in which something is missing.
fn missing_in(cells: &Cells, keys: &[(String, ArrayRef)]) -> Result<RecordBatch, Error> {
    let open = |at: &usize| cells.valued.get(*at).is_some_and(|valued| *valued < cells.figures[*at]);
    let rows: Vec<usize> = (0..cells.sum.len()).filter(open).collect();
    let at = UInt32Array::from_iter_values(rows.iter().map(|row| *row as u32));
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for (word, keys) in keys {
        columns.push((word.clone(), take(keys, &at, None)?));
    }
    let missing = rows.iter().map(|row| (cells.figures[*row] - cells.valued[*row]) as i64);
    columns.push(("missing".to_owned(), Arc::new(Int64Array::from_iter_values(missing))));
    batch(columns)
}

pub(super) fn tally(total: &Total) -> Tally {
    Tally { rows: total.rows as i64, missing: total.nulls as i64, value: total.sum.clone() }
}

/// The exact sum of a column; most are whole numbers, which need no more than an integer.
fn total(values: &[f64]) -> ExactSum {
    let (mut whole, mut sum) = (0i128, ExactSum::new());
    for &value in values {
        if value.abs() < 9e15 && value as i64 as f64 == value {
            whole += i128::from(value as i64);
        } else {
            sum.add(value);
        }
    }
    let low = whole & 0xFFFF_FFFF;
    sum.add(low as f64);
    // What is left has 32 zeros at its end; 2^94 would take more rows than there are.
    let (high, rest) = ((whole - low) >> 64, ((whole - low) & 0xFFFF_FFFF_FFFF_FFFF) >> 32);
    sum.add(rest as f64 * 4_294_967_296.0);
    sum.add(high as f64 * 18_446_744_073_709_551_616.0);
    sum
}

fn with_blanks(values: Vec<f64>, blank: &[usize]) -> Float64Array {
    if blank.is_empty() {
        return Float64Array::from(values);
    }
    let mut valid = arrow::array::BooleanBufferBuilder::new(values.len());
    valid.append_n(values.len(), true);
    blank.iter().for_each(|&at| valid.set_bit(at, false));
    Float64Array::new(values.into(), Some(arrow::buffer::NullBuffer::new(valid.finish())))
}

/// Records with a value over all records, cell by cell.
fn coverage(cells: &Cells) -> Vec<f64> {
    let share = |(valued, all): (&u64, &u64)| *valued as f64 / (*all).max(1) as f64;
    cells.valued.iter().zip(&cells.figures).map(share).collect()
}

/// How the classes of an axis look; a total is `_T`, or no number among numbers.
fn look(axis: &Axis, kind: &DataType, totals: bool) -> Look {
    let null = axis.labels.iter().position(|label| *label == Label::Null).map(|at| at as u32);
    let whole = match kind {
        DataType::Dictionary(_, value) => value.is_integer() || **value == DataType::Date32,
        kind => kind.is_integer() || kind == &DataType::Date32,
    };
    if axis.grouping.is_none() && whole && axis.labels.iter().all(|label| !matches!(label, Label::Text(_))) {
        let number = |label: &Label| match label {
            Label::Whole(number) => Some(*number),
            _ => None,
        };
        let kind = match kind {
            DataType::Dictionary(_, value) => value.as_ref().clone(),
            other => other.clone(),
        };
        return Look { texts: None, numbers: axis.labels.iter().map(number).collect(), kind, total: 0, null };
    }
    texts(axis.labels.iter().map(Label::text).collect(), null, totals)
}

fn texts(mut texts: Vec<String>, null: Option<u32>, totals: bool) -> Look {
    let total = texts.iter().position(|text| text == TOTAL).unwrap_or(texts.len());
    if totals && total == texts.len() {
        texts.push(TOTAL.to_owned());
    }
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
    Look { texts: Some(texts), numbers: Vec::new(), kind: DataType::Utf8, total: total as i32, null }
}

/// Classes of an axis as a column.
pub(super) fn column(axis: &Axis, kind: &DataType, keys: &[u32]) -> Result<ArrayRef, Error> {
    look(axis, kind, false).column(keys.to_vec(), false)
}

impl Look {
    fn column(&self, keys: Vec<u32>, total: bool) -> Result<ArrayRef, Error> {
        let Some(texts) = &self.texts else {
            let small = self.numbers.iter().flatten().all(|number| i32::try_from(*number).is_ok());
            let column: ArrayRef = if total {
                arrow::array::new_null_array(&DataType::Int32, keys.len())
            } else if small && self.null.is_none() {
                let numbers: Vec<i32> = self.numbers.iter().map(|number| number.unwrap_or(0) as i32).collect();
                let numbers: Vec<i32> = keys.into_iter().map(|key| numbers[key as usize]).collect();
                Arc::new(Int32Array::from(numbers))
            } else {
                Arc::new(keys.iter().map(|key| self.numbers[*key as usize]).collect::<Int64Array>())
            };
            return Ok(cast(&column, &self.kind)?);
        };
        let keys: Int32Array = match self.null {
            _ if total => Int32Array::from(vec![self.total; keys.len()]),
            // In the memory of the classes.
            None => Int32Array::from(keys.into_iter().map(|key| key as i32).collect::<Vec<_>>()),
            Some(null) => keys.into_iter().map(|key| (key != null).then_some(key as i32)).collect(),
        };
        Ok(Arc::new(DictionaryArray::new(keys, texts.clone())))
    }
}
