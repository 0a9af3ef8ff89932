//! Figures on their way into cells, and grouping sets made from the finest of them.

use arrow::array::{Array, AsArray, Float64Array};
use arrow::datatypes::{Float64Type, UInt64Type};
use rustc_hash::FxHashMap;

use super::axis::{Axis, OUTSIDE, Periods, UNDECIDED};
use super::cube::{Accumulator, Batch, Cells, Codes, Column, Dim, Extremes, NONE, Values};
use super::overlap::Overlap;
use super::records::Measure;
use super::refuse::DefinitionClasses;
use super::{Outside, Request};
use crate::Error;
use crate::observation::Observations;
use crate::watch::Watch;

pub(super) struct Run<'a> {
    pub observations: &'a Observations,
    pub request: &'a Request,
    pub axes: Vec<Axis<'a>>,
    pub classes: DefinitionClasses,
    pub periods: &'a Periods,
    pub threads: usize,
    pub watch: &'a Watch,
}

impl Run<'_> {
    /// The finest cells, the first dimension being the definition.
    pub fn finest(&self) -> Result<Finest<'_>, Error> {
        let tables = self.axes.iter().map(|axis| self.classes_of(axis)).collect();
        let shape: Vec<u32> =
            std::iter::once(self.classes.definitions.len() as u32).chain(self.axes.iter().map(Axis::size)).collect();
        let mut finest = Finest { run: self, tables, shape, value: None, extremes: None, bounds: [const { None }; 2] };
        let values = self.observations.values();
        let value = Values::floats(values.values(), values.nulls());
        finest.value = Some(finest.add(value)?);
        if self.asks(Measure::Min) || self.asks(Measure::Max) {
            let mut extremes = Extremes::new(&finest.shape)?;
            extremes.update_all(&[finest.batch(value)], self.threads, self.watch)?;
            finest.extremes = Some(extremes);
        }
        Ok(finest)
    }

    fn classes_of(&self, axis: &Axis) -> Vec<u32> {
        let left_out: Vec<bool> = axis.labels.iter().map(|label| self.leaves_out(axis, label)).collect();
        let class = |class: &u32| if *class == NONE || left_out[*class as usize] { NONE } else { *class };
        axis.classes.iter().map(class).collect()
    }

    pub fn leaves_out(&self, axis: &Axis, label: &str) -> bool {
        self.request.outside == Outside::Drop && axis.is_group() && (label == OUTSIDE || label == UNDECIDED)
    }

    /// A bound where one is stated, else the value. Where skill is summed over, the parts of a figure are together again
    /// and what is uncertain about each is not about their sum.
    fn bound(&self, name: &str, together: bool) -> Option<Float64Array> {
        let bound = self.observations.figures().column_by_name(name)?.as_primitive::<Float64Type>();
        let whole = if together { self.whole_figures() } else { None };
        let values = self.observations.values();
        let value = |row: usize| values.is_valid(row).then(|| values.value(row));
        let either = |row: usize| {
            let stated = bound.is_valid(row).then(|| bound.value(row));
            match whole.as_ref().and_then(|share| share[row]) {
                Some(share) => value(row).or(stated.map(|stated| stated * share)),
                None => stated.or_else(|| value(row)),
            }
        };
        Some((0..bound.len()).map(either).collect())
    }

    /// The share of every row that is a part of a figure, where all parts of the figure are here.
    fn whole_figures(&self) -> Option<Vec<Option<f64>>> {
        let figures = self.observations.figures();
        let number = figures.column_by_name("figure")?.as_primitive::<UInt64Type>();
        let share = figures.column_by_name("share")?.as_primitive::<Float64Type>();
        let leaves = self.observations.leaves();
        let part = |row: &usize| leaves.value(*row) && share.value(*row) < 1.0;
        let mut sums: FxHashMap<u64, f64> = FxHashMap::default();
        for row in (0..share.len()).filter(part) {
            *sums.entry(number.value(row)).or_default() += share.value(row);
        }
        let whole = |row: usize| sums.get(&number.value(row)).is_some_and(|sum| (sum - 1.0).abs() < 1e-9);
        Some((0..share.len()).map(|row| (part(&row) && whole(row)).then(|| share.value(row))).collect())
    }
}

/// The finest cells before they are rounded: every grouping set is made from them.
pub(super) struct Finest<'a> {
    run: &'a Run<'a>,
    tables: Vec<Vec<u32>>,
    shape: Vec<u32>,
    value: Option<Accumulator>,
    extremes: Option<Extremes>,
    /// Bounds, with parts of figures apart and together.
    bounds: [Option<Vec<Accumulator>>; 2],
}

/// Sums of one grouping set; the bounds have the same cells.
#[derive(Clone)]
pub(super) struct Sums {
    pub cells: Cells,
    pub low: Option<Cells>,
    pub high: Option<Cells>,
    pub extremes: Option<Extremes>,
}

impl Finest<'_> {
    fn add(&self, value: Values) -> Result<Accumulator, Error> {
        let rows = self.run.observations.len();
        let mut sums = Accumulator::new(&self.shape, self.run.threads, rows)?;
        sums.update(&self.batch(value), self.run.watch)?;
        Ok(sums)
    }

    fn batch<'b>(&'b self, value: Values<'b>) -> Batch<'b> {
        let run = self.run;
        let definition = Column::plain("definition", run.observations.definition_keys());
        let mut dims = vec![Dim { codes: Codes::One(definition), classes: &run.classes.of }];
        dims.extend(run.axes.iter().zip(&self.tables).map(|(axis, classes)| Dim { codes: axis.codes, classes }));
        let leaves = run.observations.leaves().values();
        let take = (leaves.count_set_bits() < leaves.len()).then_some(leaves);
        Batch { rows: run.observations.len(), dims, take, value }
    }

    /// Sums of one grouping set.
    pub fn set(&mut self, set: &[bool]) -> Result<Sums, Error> {
        // Where skill is summed over, the parts of a figure are together again.
        let together = !self.run.axes.iter().zip(set).any(|(axis, over)| axis.column == "skill" && !over);
        if self.bounds[usize::from(together)].is_none() {
            let bounds = ["low", "high"].iter().filter_map(|name| self.run.bound(name, together));
            let add = |bound: Float64Array| self.add(Values::floats(bound.values(), bound.nulls()));
            self.bounds[usize::from(together)] = Some(bounds.map(add).collect::<Result<_, _>>()?);
        }
        let total: Vec<bool> = std::iter::once(false).chain(set.iter().copied()).collect();
        let overlaps: Vec<(usize, Overlap)> = (1..)
            .zip(self.run.axes.iter().zip(set))
            .filter(|(_, (_, over))| !**over)
            .filter_map(|(at, (axis, _))| Some((at, axis.overlap.clone()?)))
            .collect();
        let mut cells = |sums: &mut Accumulator| -> Result<Cells, Error> {
            let mut coarser = if set.contains(&true) { Some(sums.summed_over(&total)?) } else { None };
            for (at, overlap) in &overlaps {
                coarser = Some(overlap.show(*at, coarser.as_mut().unwrap_or(sums), self.run.threads)?);
            }
            coarser.as_mut().unwrap_or(sums).cells(true).finite()
        };
        let value = self.value.as_mut().map(&mut cells).transpose()?.unwrap_or_default();
        let mut bounds = Vec::new();
        for bound in self.bounds[usize::from(together)].iter_mut().flatten() {
            bounds.push(cells(bound)?);
        }
        let (high, low) = (bounds.pop(), bounds.pop());
        let mut extremes = self.extremes.as_ref().map(|finest| finest.summed_over(&total)).transpose()?;
        for (at, overlap) in &overlaps {
            extremes = extremes.map(|extremes| overlap.show_extremes(*at, &extremes)).transpose()?;
        }
        Ok(Sums { cells: value, low, high, extremes })
    }

    /// The finest cells as they are added up: of groups that overlap, their combinations.
    pub fn plain(&mut self) -> Result<Sums, Error> {
        let cells = self.value.as_mut().map(|sums| sums.cells(true).finite()).transpose()?.unwrap_or_default();
        Ok(Sums { cells, low: None, high: None, extremes: None })
    }
}
