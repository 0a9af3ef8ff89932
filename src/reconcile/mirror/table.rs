//! Pairs as a table.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, RecordBatch};
use arrow::datatypes::{Field, Schema};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::Prefer;
use super::compare::{Class, Item, Judge, Severity, why};
use super::join::{Alone, Joined, Pair, Report};
use super::keys::{Cell, Keys};
use super::periods::told;
use super::side::{FAMILIES, Side};
use super::stay::Stays;
use crate::Error;
use crate::column::{NULL, dictionary};
use crate::exact::ExactSum;
use crate::observation::Observations;
use crate::totals::{Dimension, Grid};

/// The pairs with their numbers.
pub struct Table<'a> {
    /// What tells pairs apart.
    pub keys: &'a Keys,
    /// The pairs.
    pub joined: &'a Joined,
    /// Classes of pairs about which the same is to be said, and what.
    pub classes: Vec<(Class, Vec<Item>)>,
    /// The class of every pair; [`NULL`] where one report is missing.
    pub class_of: Vec<i32>,
    /// What is compared, of both sides.
    pub values: [Vec<Option<f64>>; 2],
    /// Does another pair contain the pair?
    pub part: Vec<bool>,
    printed: [Vec<Option<f64>>; 2],
    multipliers: [Vec<Option<f64>>; 2],
    definitions: [Vec<Option<i32>>; 2],
}

impl<'a> Table<'a> {
    /// Works out the numbers of all pairs: `before` and `after` are the figures as printed and as they are compared.
    pub fn new(
        keys: &'a Keys,
        joined: &'a Joined,
        judge: &Judge<'_>,
        stays: &Stays,
        [before, after]: [&Observations; 2],
    ) -> Table<'a> {
        let row = |report: &Report| joined.entries[report.spans().next().unwrap_or_default().0 as usize].row as usize;
        let each = |side: Side| joined.pairs.par_iter().map(move |pair| pair.reports[side as usize].as_ref());
        let numbers = |of: &Observations| {
            let of = of.values();
            Side::BOTH.map(|side| each(side).map(|report| value(joined, of, report?)).collect::<Vec<_>>())
        };
        let values = numbers(after);
        // Figures that were not converted are those that were printed.
        let printed = if std::ptr::eq(before, after) { values.clone() } else { numbers(before) };
        let multiplier = |report: Option<&Report>| Some(stays.all[judge.stay(row(report?)) as usize].multiplier);
        let keys_after = after.definition_keys();
        let definition = |report: Option<&Report>| Some(keys_after[row(report?)]);
        let multipliers = Side::BOTH.map(|side| each(side).map(multiplier).collect());
        let definitions = Side::BOTH.map(|side| each(side).map(definition).collect());
        let (mut known, mut found) = (FxHashMap::<Class, i32>::default(), Vec::new());
        let class_of = joined.pairs.iter().map(|pair| {
            let [Some(a), Some(b)] = &pair.reports else { return NULL };
            let Some(class) = judge.class(keys, pair, [row(a), row(b)]) else { return NULL };
            *known.entry(class).or_insert_with_key(|class| {
                found.push((class.clone(), judge.items(keys, class)));
                found.len() as i32 - 1
            })
        });
        let class_of = class_of.collect();
        let part = parts(keys, joined, &values);
        Table { keys, joined, classes: found, class_of, values, part, printed, multipliers, definitions }
    }

    /// The definition of a report as it is compared.
    pub fn definition(&self, side: Side, at: usize) -> Option<i32> {
        self.definitions[side as usize][at]
    }

    /// The table.
    pub fn pairs(&self, prefer: Prefer) -> Result<RecordBatch, Error> {
        let (pairs, keys) = (&self.joined.pairs, self.keys);
        let cells: Vec<Cell> = pairs.par_iter().map(|pair| keys.cell(pair.cell)).collect();
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        let coded = |labels: &[String], of: &(dyn Fn(usize) -> usize + Sync)| -> ArrayRef {
            used((0..pairs.len()).into_par_iter().map(of).collect(), labels)
        };
        columns.push(("family".into(), coded(&FAMILIES.map(str::to_owned), &|at| cells[at].family)));
        columns.push(("origin".into(), coded(&keys.origins, &|at| cells[at].origin)));
        columns.push(("destination".into(), coded(&keys.destinations, &|at| cells[at].destination)));
        for dim in &keys.dims {
            columns.push((dim.name.into(), coded(&dim.labels, &|at| dim.digit(pairs[at].point) as usize)));
        }
        let dates = |of: fn(crate::codes::period::Period) -> i32| -> ArrayRef {
            Arc::new(Date32Array::from_iter_values(cells.iter().map(|cell| of(keys.periods[cell.period]))))
        };
        columns.push(("period_start".into(), dates(|period| period.start)));
        columns.push(("period_end".into(), dates(|period| period.end)));
        let floats = |each: &[Option<f64>]| -> ArrayRef { Arc::new(Float64Array::from(each.to_vec())) };
        let whole = |each: &[Option<i32>]| -> ArrayRef { Arc::new(Int32Array::from(each.to_vec())) };
        for (names, [receiving, sending]) in [
            (["inflow", "outflow"], [&self.values[0], &self.values[1]]),
            (["inflow_printed", "outflow_printed"], [&self.printed[0], &self.printed[1]]),
            (["inflow_multiplier", "outflow_multiplier"], [&self.multipliers[0], &self.multipliers[1]]),
        ] {
            columns.push((names[0].into(), floats(receiving)));
            columns.push((names[1].into(), floats(sending)));
        }
        columns.push(("inflow_definition".into(), whole(&self.definitions[0])));
        columns.push(("outflow_definition".into(), whole(&self.definitions[1])));
        columns.extend(self.said());
        columns.extend(self.measured(prefer));
        columns.push(("part".into(), Arc::new(BooleanArray::from(self.part.clone()))));
        batch(columns)
    }

    /// State, comparability, and why.
    fn said(&self) -> Vec<(String, ArrayRef)> {
        let states = ["both", "receiving only", "sending only", "neither"].map(str::to_owned);
        let state = |at: usize| match [self.values[0][at], self.values[1][at]] {
            [Some(_), Some(_)] => 0,
            [Some(_), None] => 1,
            [None, Some(_)] => 2,
            [None, None] => 3,
        };
        let state = used((0..self.class_of.len()).map(state).collect(), &states);
        let fine: Vec<bool> = (self.classes.iter())
            .map(|(_, items)| items.iter().all(|item| item.severity != Severity::NotComparable))
            .collect();
        let comparable: BooleanArray =
            self.class_of.iter().map(|class| usize::try_from(*class).ok().map(|class| fine[class])).collect();
        let texts = self.classes.iter().map(|(_, items)| why(items));
        let mut texts: Vec<String> = texts.collect();
        let mut known: FxHashMap<(Alone, Side, usize, Option<[u32; 2]>), usize> = FxHashMap::default();
        let place = |(pair, class): (&Pair, &i32)| match pair.alone {
            None => *class as usize,
            Some(alone) => {
                let side = if pair.reports[0].is_some() { Side::Receiving } else { Side::Sending };
                let when = if pair.beside.is_some() { self.keys.cell(pair.cell).period } else { 0 };
                *known.entry((alone, side, when, pair.beside)).or_insert_with(|| {
                    let periods = told(self.keys, pair).map_or_else(String::new, |told| format!(": {told}"));
                    texts.push(alone.said(side) + &periods);
                    texts.len() - 1
                })
            }
        };
        let places = self.joined.pairs.iter().zip(&self.class_of).map(place).collect();
        vec![("state".into(), state), ("comparable".into(), Arc::new(comparable)), ("why".into(), used(places, &texts))]
    }

    /// How far the two are apart, and the value that is preferred.
    fn measured(&self, prefer: Prefer) -> Vec<(String, ArrayRef)> {
        let both = || self.values[0].par_iter().zip(&self.values[1]).map(|(a, b)| Some(((*a)?, (*b)?)));
        let measure = |of: fn(f64, f64) -> Option<f64>| -> ArrayRef {
            Arc::new(Float64Array::from(both().map(|both| both.and_then(|(a, b)| of(a, b))).collect::<Vec<_>>()))
        };
        let bases = ["receiving", "sending", "mean"].map(str::to_owned);
        // A report on part of the movers, beside one on everybody, does not say how many move.
        let whole = |side: Side, at: usize| {
            let pair = &self.joined.pairs[at];
            let mine = pair.reports[side as usize].as_ref().is_some_and(|report| report.point == pair.point);
            self.values[side as usize][at].filter(|_| mine)
        };
        let each = |at| choose(whole(Side::Receiving, at), whole(Side::Sending, at), prefer);
        let chosen: Vec<(Option<f64>, i32)> = (0..self.joined.pairs.len()).map(each).collect();
        let value: Float64Array = chosen.iter().map(|one| one.0).collect();
        vec![
            ("asymmetry".into(), measure(asymmetry)),
            ("log_ratio".into(), measure(log_ratio)),
            ("log_ratio_half".into(), measure(|a, b| log_ratio(a + 0.5, b + 0.5))),
            ("ratio".into(), measure(|a, b| (b > 0.0).then(|| a / b))),
            ("value".into(), Arc::new(value)),
            ("basis".into(), dictionary(chosen.iter().map(|one| one.1).collect(), &bases)),
        ]
    }
}

/// The value of a report: of several figures their sum, and none where one has none.
fn value(joined: &Joined, of: &Float64Array, report: &Report) -> Option<f64> {
    let rows = || report.spans().flat_map(|(start, end)| &joined.entries[start as usize..end as usize]);
    let one = |row: u32| of.is_valid(row as usize).then(|| of.value(row as usize));
    let mut some = rows();
    match (some.next(), some.next()) {
        (Some(only), None) => one(only.row),
        _ => rows().map(|entry| one(entry.row)).collect::<Option<ExactSum>>().map(|sum| sum.value()),
    }
}

/// `(I - E) / ((I + E) / 2)`, between -2 and 2; none where both are 0.
pub fn asymmetry(inflow: f64, outflow: f64) -> Option<f64> {
    let mean = inflow / 2.0 + outflow / 2.0;
    (mean > 0.0).then(|| (inflow - outflow) / mean)
}

/// `ln(I / E)`, of which the sign turns exactly with the sides; none where one is 0.
pub fn log_ratio(inflow: f64, outflow: f64) -> Option<f64> {
    let both = inflow > 0.0 && outflow > 0.0;
    both.then(|| if inflow >= outflow { (inflow / outflow).ln() } else { -(outflow / inflow).ln() })
}

/// The value preferred, and which report it is of: 0 receiving, 1 sending, 2 both.
fn choose(inflow: Option<f64>, outflow: Option<f64>, prefer: Prefer) -> (Option<f64>, i32) {
    match (inflow, outflow) {
        (None, None) => (None, NULL),
        (one, None) => (one, 0),
        (None, one) => (one, 1),
        (Some(a), Some(b)) => match prefer {
            Prefer::Receiving => (Some(a), 0),
            Prefer::Sending => (Some(b), 1),
            Prefer::Mean => (Some(a / 2.0 + b / 2.0), 2),
            Prefer::Larger => (Some(a.max(b)), i32::from(b > a)),
        },
    }
}

/// Which pairs lie inside another: women inside both sexes, a month inside its year.
fn parts(keys: &Keys, joined: &Joined, values: &[Vec<Option<f64>>; 2]) -> Vec<bool> {
    let pairs = &joined.pairs;
    let column = |of: &(dyn Fn(usize) -> i32 + Sync)| (0..pairs.len()).into_par_iter().map(of).collect::<Vec<i32>>();
    let mut routes = 0;
    let mut route_of = vec![0; pairs.len()];
    for at in 1..pairs.len() {
        routes += i32::from(keys.route(pairs[at].cell) != keys.route(pairs[at - 1].cell));
        route_of[at] = routes;
    }
    let mut dimensions = vec![
        Dimension::plain("corridor", route_of, routes as usize + 1),
        Dimension::periods(column(&|at| keys.cell(pairs[at].cell).period as i32), &keys.periods),
    ];
    for dim in &keys.dims {
        // Who is of either end is no foreigner to both.
        let own = |at: usize, key: i32| {
            let ends = [Side::Receiving, Side::Sending].map(|side| keys.reporter(pairs[at].cell, side));
            ends.contains(&dim.labels[key as usize].as_str())
        };
        let digits = column(&|at| dim.digit(pairs[at].point) as i32);
        dimensions.push(Dimension::with_own(dim.name, &[], digits, &dim.labels, own));
    }
    // Too many combinations to be numbered: nothing can be told of them.
    let Ok(grid) = Grid::new(dimensions, pairs.len()) else { return vec![false; pairs.len()] };
    inside(&grid, values)
}

/// Which rows lie inside another that has both values or, of those with one value, inside another that has the same side's.
pub fn inside(grid: &Grid, values: &[Vec<Option<f64>>]) -> Vec<bool> {
    let rows = values[0].len();
    let has = |side: usize, at: usize| values[side][at].is_some();
    let inside = |marked: &(dyn Fn(usize) -> bool + Sync)| {
        grid.inside(&(0..rows).into_par_iter().map(marked).collect::<Vec<_>>())
    };
    let mut part = inside(&|at| has(0, at) && has(1, at));
    for side in [0, 1] {
        let alone = |at: usize| has(side, at) && !has(1 - side, at);
        if (0..rows).any(|at| !part[at] && alone(at)) {
            let same = inside(&|at| has(side, at));
            part.iter_mut().enumerate().for_each(|(at, part)| *part |= same[at] && alone(at));
        }
    }
    part
}

/// Places in a list of labels as a dictionary of those that occur; labels may repeat, and an empty one is none.
pub fn used(places: Vec<usize>, labels: &[String]) -> ArrayRef {
    let mut occurs = vec![false; labels.len()];
    places.iter().for_each(|place| occurs[*place] = true);
    let mut kept: Vec<&str> = Vec::new();
    let mut seen: FxHashMap<&str, i32> = FxHashMap::default();
    let mut numbers: Vec<i32> = Vec::with_capacity(labels.len());
    for (label, occurs) in labels.iter().zip(occurs) {
        numbers.push(if occurs && !label.is_empty() {
            *seen.entry(label.as_str()).or_insert_with(|| {
                kept.push(label);
                kept.len() as i32 - 1
            })
        } else {
            NULL
        });
    }
    dictionary(places.into_iter().map(|place| numbers[place]).collect(), &kept)
}

/// Columns as a table; any of them may have nulls.
pub fn batch(columns: Vec<(String, ArrayRef)>) -> Result<RecordBatch, Error> {
    let field = |(name, column): &(String, ArrayRef)| Field::new(name, column.data_type().clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    Ok(RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, column)| column).collect())?)
}
