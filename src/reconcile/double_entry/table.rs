//! The table of pairs, read and fitted.

use std::rc::Rc;
use std::sync::OnceLock;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use rustc_hash::{FxHashMap, FxHashSet};

use super::refuse::Names;
use super::regimes::{Reporter, Reporters, reporters};
use super::request::{Decided, Regimes, Request};
use super::{Cell, Decision, Group, Normalise, Options, fit};
use crate::Error;
use crate::codes::period::{self, Period};
use crate::column::{Coded, encode};
use crate::error::near;
use crate::watch::Watch;

/// When each row is of.
pub struct Time {
    /// A key a row; below 0 where it is missing.
    pub keys: Vec<i32>,
    /// What each key is called.
    pub labels: Vec<String>,
    /// Labels of the first and the next day, where these were given.
    bounds: bool,
    read: Vec<OnceLock<Result<Period, String>>>,
}

impl Time {
    fn new(columns: &[Rc<Coded>]) -> Time {
        let (labels, keys) = match columns {
            [start, end] => {
                let mut labels: Vec<String> = Vec::new();
                let mut seen: FxHashMap<(i32, i32), i32> = FxHashMap::default();
                let keys = (0..start.keys.len()).map(|row| {
                    let (Some(first), Some(last)) = (start.label(row), end.label(row)) else { return -1 };
                    *seen.entry((start.keys[row], end.keys[row])).or_insert_with(|| {
                        labels.push(format!("{first}/{last}"));
                        labels.len() as i32 - 1
                    })
                });
                let keys = keys.collect();
                (labels, keys)
            }
            [one, ..] => (one.labels.clone(), one.keys.clone()),
            [] => (Vec::new(), Vec::new()),
        };
        Time { read: labels.iter().map(|_| OnceLock::new()).collect(), keys, labels, bounds: columns.len() > 1 }
    }

    /// The period of a key that stands in a row.
    pub fn period(&self, key: i32, row: usize) -> Result<Period, Error> {
        let Ok(key) = usize::try_from(key) else {
            return Err(Error::Schema(format!("row {row}: the period is missing, and regimes= need it")));
        };
        let read = || match self.labels[key].split_once('/').filter(|_| self.bounds) {
            Some((start, end)) => Ok(Period { start: period::parse(start)?.start, end: period::parse(end)?.start }),
            None => period::parse(&self.labels[key]),
        };
        let found = self.read[key].get_or_init(|| read().map_err(|error: Error| error.to_string()));
        found.clone().map_err(|why| Error::Code(format!("row {row}: {why}")))
    }
}

/// What keeps a row with both reports out of the fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing.
    Both,
    /// There is no report.
    Neither,
    /// Only the destination reports.
    InflowOnly,
    /// Only the origin reports.
    OutflowOnly,
    /// Origin and destination are one.
    Within,
    /// The caller's table says that the reports cannot be compared.
    NotComparable,
    /// By decision.
    Excluded,
    /// Its weight is 0 or missing.
    NoWeight,
}

/// Pairs as they were read, and their factors.
pub struct Fitted {
    /// What was asked.
    pub request: Request,
    /// Areas, in order.
    pub areas: Vec<String>,
    /// What the destination reports; NaN where it does not.
    pub inflow: Vec<f64>,
    /// What the origin reports.
    pub outflow: Vec<f64>,
    /// Receiving reporters, and which of them each row is of.
    pub receiving: Reporters,
    /// Sending reporters.
    pub sending: Reporters,
    /// Which pairs are fitted together, by row.
    pub group: Vec<u32>,
    /// The first row of each group.
    pub first: Vec<usize>,
    /// What keeps each row out of the fit.
    pub state: Vec<State>,
    /// The decision on each row, where there are decisions.
    pub decided: Vec<Option<Decision>>,
    /// What was found, by group.
    pub groups: Vec<Group>,
}

impl Fitted {
    /// Reads a table of pairs and fits it.
    ///
    /// # Errors
    /// [`Error::Schema`] naming column, row and what to do.
    pub fn new(batch: &RecordBatch, request: Request, watch: &Watch) -> Result<Fitted, Error> {
        let columns = &request.columns;
        for (argument, name) in columns.all() {
            column(batch, argument, name)?;
        }
        let mut read = Labels { batch, read: FxHashMap::default() };
        let (areas, [origin, destination]) = areas(&mut read, [&columns.origin, &columns.destination])?;
        let inflow = figures(batch, "inflow", &columns.inflow)?;
        let outflow = figures(batch, "outflow", &columns.outflow)?;
        let time = columns.time.iter().map(|name| read.get("year", name)).collect::<Result<Vec<_>, _>>()?;
        let time = Some(Time::new(&time)).filter(|_| !columns.time.is_empty());
        check_rows(&mut read, &request, &areas, [&origin, &destination])?;
        let (group, first, names) = groups(&mut read, origin.len(), &columns.per)?;
        let decided = decided(&request, &areas, [&origin, &destination], time.as_ref())?;
        let definitions = match (&columns.definitions, &request.regimes) {
            (Some([to, from]), Regimes::Definitions) => Some([read.get("regimes", to)?, read.get("regimes", from)?]),
            _ => None,
        };
        let side = |own: &[u32], is_inflow: bool| {
            let definitions = definitions.as_ref().map(|both| &*both[usize::from(!is_inflow)]);
            let reported = |row: usize| !if is_inflow { &inflow } else { &outflow }[row].is_nan();
            reporters(&request.regimes, &areas, own, is_inflow, time.as_ref(), definitions, &reported)
        };
        let (receiving, sending) = (side(&destination, true)?, side(&origin, false)?);
        let weights = columns.weights.as_ref().map(|name| figures(batch, "weights", name)).transpose()?;
        let comparable = columns.comparable.as_ref().map(|name| truths(batch, name)).transpose()?;
        let state = (0..inflow.len()).map(|row| match (inflow[row].is_nan(), outflow[row].is_nan()) {
            _ if origin[row] == destination[row] => State::Within,
            (true, true) => State::Neither,
            (false, true) => State::InflowOnly,
            (true, false) => State::OutflowOnly,
            _ if comparable.as_ref().is_some_and(|all| !all.is_null(row) && !all.value(row)) => State::NotComparable,
            _ if decided.get(row) == Some(&Some(Decision::Exclude)) => State::Excluded,
            _ if weights.as_ref().is_some_and(|all| all[row].is_nan() || all[row] == 0.0) => State::NoWeight,
            _ => State::Both,
        });
        let state: Vec<State> = state.collect();
        let mut fitted = Fitted {
            areas,
            inflow,
            outflow,
            receiving,
            sending,
            group,
            first,
            state,
            decided,
            groups: Vec::new(),
            request,
        };
        fitted.fit(weights.as_deref(), names, watch)?;
        Ok(fitted)
    }

    fn fit(&mut self, weights: Option<&[f64]>, groups: Vec<String>, watch: &Watch) -> Result<(), Error> {
        let names = Names {
            receiving: self.receiving.all.iter().map(|one| self.called(one)).collect(),
            sending: self.sending.all.iter().map(|one| self.called(one)).collect(),
            groups,
        };
        let options = Options {
            method: self.request.method()?,
            normalise: self.normalise()?,
            bounds: self.request.bounds,
            leave_out: self.request.leave_out,
        };
        let mut ends = vec![0_usize; self.first.len() + 1];
        let used = || (0..self.state.len()).filter(|row| self.state[*row] == State::Both);
        used().for_each(|row| ends[self.group[row] as usize + 1] += 1);
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        let none = Cell { receiving: 0, sending: 0, inflow: 0.0, outflow: 0.0, weight: 0.0 };
        let mut cells = vec![none; ends[ends.len() - 1]];
        let mut next = ends.clone();
        for row in used() {
            let (inflow, outflow) = (self.inflow[row], self.outflow[row]);
            let weight = match weights {
                Some(weights) => weights[row],
                // Two zeros are in no fit.
                None if self.request.relative && inflow + outflow > 0.0 => 1.0 / (inflow + outflow),
                None => 1.0,
            };
            let (receiving, sending) = (self.receiving.of[row], self.sending.of[row]);
            let place = &mut next[self.group[row] as usize];
            cells[*place] = Cell { receiving, sending, inflow, outflow, weight };
            *place += 1;
        }
        let mut parts = Vec::with_capacity(self.first.len());
        let mut rest = cells.as_mut_slice();
        for pair in ends.windows(2) {
            let (now, later) = rest.split_at_mut(pair[1] - pair[0]);
            parts.push(now);
            rest = later;
        }
        self.groups = fit(parts, &names, &options, watch)?;
        Ok(())
    }

    /// What a reporter is called.
    pub fn called(&self, reporter: &Reporter) -> String {
        let area = &self.areas[reporter.area as usize];
        reporter.regime.as_ref().map_or_else(|| area.clone(), |regime| format!("{area} ({regime})"))
    }

    fn normalise(&self) -> Result<Normalise, Error> {
        if self.request.references.is_empty() {
            return Ok(Normalise::Sum);
        }
        let mut found = Vec::with_capacity(self.request.references.len());
        for (code, regime) in &self.request.references {
            let mine = |(_, one): &(usize, &Reporter)| self.areas[one.area as usize] == *code;
            let all: Vec<(usize, &Reporter)> = self.receiving.all.iter().enumerate().filter(mine).collect();
            let meant: Vec<&(usize, &Reporter)> =
                all.iter().filter(|(_, one)| regime.is_none() || one.regime == *regime).collect();
            let regimes: Vec<&str> = all.iter().filter_map(|(_, one)| one.regime.as_deref()).collect();
            match meant[..] {
                [(at, _)] => found.push(*at as u32),
                _ if all.is_empty() => {
                    let names: Vec<&str> = self.areas.iter().map(String::as_str).collect();
                    return Err(Error::Schema(format!(
                        "reference={code:?}: no pair has it as its destination{}",
                        near(code, &names)
                    )));
                }
                _ => {
                    let first = regimes.first().copied().unwrap_or_default();
                    return Err(Error::Schema(format!(
                        "reference={code:?}: its inflow has {} regimes: {}; say which, such as reference=({code:?}, \
                         {first:?})",
                        regimes.len(),
                        regimes.join(", ")
                    )));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(Normalise::Reference(found))
    }
}

/// A column by name.
fn column<'a>(batch: &'a RecordBatch, argument: &str, name: &str) -> Result<&'a ArrayRef, Error> {
    batch.column_by_name(name).ok_or_else(|| {
        let schema = batch.schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let all: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
        let all = all.join(", ");
        Error::Schema(format!("{argument}={name:?}: the table has no such column{}; it has {all}", near(name, &names)))
    })
}

/// Columns of labels, each read once.
struct Labels<'a> {
    batch: &'a RecordBatch,
    read: FxHashMap<String, Rc<Coded>>,
}

impl Labels<'_> {
    fn get(&mut self, argument: &str, name: &str) -> Result<Rc<Coded>, Error> {
        if let Some(read) = self.read.get(name) {
            return Ok(Rc::clone(read));
        }
        let column = column(self.batch, argument, name)?;
        let read = Rc::new(encode(name, std::slice::from_ref(column))?.without_blanks());
        self.read.insert(name.to_owned(), Rc::clone(&read));
        Ok(read)
    }
}

/// Areas in order, and the place of those of each column.
fn areas(read: &mut Labels, names: [&str; 2]) -> Result<(Vec<String>, [Vec<u32>; 2]), Error> {
    let [origin, destination] = [("origin", names[0]), ("destination", names[1])].map(|(argument, name)| {
        let coded = read.get(argument, name)?;
        match coded.keys.iter().position(|key| *key < 0) {
            Some(row) => Err(Error::Schema(format!("column {name:?}, row {row}: the area is missing"))),
            None => Ok(coded),
        }
    });
    let (origin, destination) = (origin?, destination?);
    let mut all: Vec<String> = origin.labels.iter().chain(&destination.labels).cloned().collect();
    all.sort_unstable();
    all.dedup();
    let places = |coded: &Coded| -> Vec<u32> {
        let place = |label| all.binary_search(label).unwrap_or_default() as u32;
        let lut: Vec<u32> = coded.labels.iter().map(place).collect();
        coded.keys.iter().map(|key| lut[*key as usize]).collect()
    };
    let both = [places(&origin), places(&destination)];
    Ok((all, both))
}

/// Numbers of at least 0, NaN where they are missing.
fn figures(batch: &RecordBatch, argument: &str, name: &str) -> Result<Vec<f64>, Error> {
    let array = column(batch, argument, name)?;
    if !array.data_type().is_numeric() && *array.data_type() != DataType::Null {
        return Err(Error::Schema(format!(
            "{argument}={name:?}: the column has type {}: expected numbers",
            array.data_type()
        )));
    }
    let array = cast(array, &DataType::Float64)?;
    let array: &Float64Array = array.as_primitive::<Float64Type>();
    // -0 is 0.
    let values: Vec<f64> = match array.nulls() {
        None => array.values().iter().map(|value| value + 0.0).collect(),
        Some(_) => array.iter().map(|value| value.map_or(f64::NAN, |value| value + 0.0)).collect(),
    };
    if let Some(row) = values.iter().position(|value| *value < 0.0 || value.is_infinite()) {
        return Err(Error::Schema(format!(
            "{argument}={name:?}, row {row}: {} is no number of people; expected a finite number of at least 0, or none \
             where nothing is reported",
            values[row]
        )));
    }
    Ok(values)
}

fn truths(batch: &RecordBatch, name: &str) -> Result<BooleanArray, Error> {
    let array = column(batch, "comparable", name)?;
    match array.data_type() {
        DataType::Boolean => Ok(array.as_boolean().clone()),
        DataType::Null => Ok(BooleanArray::new_null(array.len())),
        other => Err(Error::Schema(format!("column {name:?} has type {other}: expected true or false"))),
    }
}

/// Labels in their order, numbers as numbers; the place of each.
fn order(labels: &[String]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    match labels.iter().map(|label| label.parse::<i64>().ok()).collect::<Option<Vec<_>>>() {
        Some(numbers) => order.sort_unstable_by_key(|at| numbers[*at]),
        None => order.sort_unstable_by(|a, b| labels[*a].cmp(&labels[*b])),
    }
    let mut place = vec![0; labels.len()];
    order.iter().enumerate().for_each(|(at, label)| place[*label] = at as u32);
    place
}

/// Which pairs are fitted together: the group of each row, the first row of each, and their names if there are several.
fn groups(read: &mut Labels, rows: usize, per: &[String]) -> Result<(Vec<u32>, Vec<usize>, Vec<String>), Error> {
    if per.is_empty() {
        return Ok((vec![0; rows], vec![0; rows.min(1)], Vec::new()));
    }
    // Groups so far, in order: one column after another splits them.
    let mut group = vec![0_u32; rows];
    let mut first = vec![0; rows.min(1)];
    let mut columns = Vec::with_capacity(per.len());
    for name in per {
        let coded = read.get("per", name)?;
        if let Some(row) = coded.keys.iter().position(|key| *key < 0) {
            return Err(Error::Schema(format!("column {name:?}, row {row}: the value is missing, and per= needs it")));
        }
        let (place, all) = (order(&coded.labels), coded.labels.len());
        if first.len() * all > i32::MAX as usize {
            return Err(Error::Schema("per=: the columns have too many combinations; name fewer of them".to_owned()));
        }
        let mut met = vec![usize::MAX; first.len() * all];
        for (row, (group, label)) in group.iter_mut().zip(&coded.keys).enumerate() {
            *group = *group * all as u32 + place[*label as usize];
            met[*group as usize] = met[*group as usize].min(row);
        }
        first = met.iter().copied().filter(|row| *row < usize::MAX).collect();
        let mut places = vec![0; met.len()];
        (0..met.len()).filter(|at| met[*at] < usize::MAX).zip(0..).for_each(|(at, place)| places[at] = place);
        group.iter_mut().for_each(|group| *group = places[*group as usize]);
        columns.push((name, coded));
    }
    let name = |row: &usize| {
        let parts = columns.iter().map(|(name, coded)| format!("{name} {}", coded.label(*row).unwrap_or_default()));
        parts.collect::<Vec<_>>().join(", ")
    };
    let names = first.iter().map(name).collect();
    Ok((group, first, names))
}

/// Refuses rows that say the same twice, and totals beside their parts.
fn check_rows(
    read: &mut Labels,
    request: &Request,
    areas: &[String],
    [origin, destination]: [&[u32]; 2],
) -> Result<(), Error> {
    let columns = &request.columns;
    let mut key: Vec<u64> = (origin.iter().zip(destination))
        .map(|(from, to)| u64::from(*from) * areas.len() as u64 + u64::from(*to))
        .collect();
    let mut cells = (areas.len() as u64).pow(2);
    let mut others = Vec::new();
    for name in &columns.keys {
        let coded = read.get("by", name)?;
        if columns.dimensions.contains(name) && coded.labels.len() > 1 && coded.labels.iter().any(|label| label == "_T")
        {
            return Err(Error::Schema(format!(
                "column {name:?} holds the total (_T) beside its parts, so everybody would weigh twice; keep one level, \
                 such as the rows where {name} is \"_T\", or fit each by itself with per=[{name:?}]"
            )));
        }
        // A missing label is a label of its own.
        let all = coded.labels.len() as u64 + 1;
        cells = cells.checked_mul(all).ok_or_else(|| {
            Error::Schema("by=: the columns have more combinations than can be numbered; name fewer".to_owned())
        })?;
        key.iter_mut().zip(&coded.keys).for_each(|(key, label)| *key = *key * all + (i64::from(*label) + 1) as u64);
        others.push((name, coded));
    }
    let Some((first, second)) = twins(&key, cells) else { return Ok(()) };
    let said: Vec<String> =
        others.iter().map(|(name, coded)| format!("{name} {}", coded.label(first).unwrap_or("(missing)"))).collect();
    let place = if said.is_empty() { String::new() } else { format!(", {}", said.join(", ")) };
    Err(Error::Schema(format!(
        "rows {first} and {second} are both {} to {}{place}: leave one of them out, or name the column that tells them \
         apart in by=",
        areas[origin[first] as usize], areas[destination[first] as usize]
    )))
}

/// The first row whose key stood before, after the one where it stood.
fn twins(keys: &[u64], cells: u64) -> Option<(usize, usize)> {
    let second = if cells <= (64 * keys.len() + 4096) as u64 {
        let mut seen = vec![0_u64; (cells / 64 + 1) as usize];
        keys.iter().position(|key| {
            let (word, bit) = (&mut seen[(*key / 64) as usize], 1 << (*key % 64));
            let before = *word & bit != 0;
            *word |= bit;
            before
        })?
    } else {
        let mut seen: FxHashSet<u64> = FxHashSet::default();
        keys.iter().position(|key| !seen.insert(*key))?
    };
    keys[..second].iter().position(|key| *key == keys[second]).map(|first| (first, second))
}

/// The decision on each row.
fn decided(
    request: &Request,
    areas: &[String],
    [origin, destination]: [&[u32]; 2],
    time: Option<&Time>,
) -> Result<Vec<Option<Decision>>, Error> {
    let decisions = request.decisions()?;
    if decisions.is_empty() {
        return Ok(Vec::new());
    }
    let said = |one: &Decided| {
        let when = one.when.as_ref().map_or_else(String::new, |when| format!(" in {when}"));
        format!("{} to {}{when}", one.origin, one.destination)
    };
    let mut wanted: FxHashMap<(u32, u32, Option<i32>), usize> = FxHashMap::default();
    for (at, one) in request.decisions.iter().enumerate() {
        let unknown = || Error::Schema(format!("decisions: the table has no pair {}", said(one)));
        let area = |code: &String| areas.binary_search(code).map(|at| at as u32).map_err(|_| unknown());
        let when = match (&one.when, time) {
            (None, _) => None,
            (Some(_), None) => {
                return Err(Error::Schema(format!(
                    "decisions: {} names a time, and the table has none; name its column by year=",
                    said(one)
                )));
            }
            (Some(when), Some(time)) => {
                let place = time.labels.iter().position(|label| label == when).ok_or_else(unknown)?;
                Some(place as i32)
            }
        };
        if wanted.insert((area(&one.origin)?, area(&one.destination)?, when), at).is_some() {
            return Err(Error::Schema(format!("decisions: {} stands twice; leave one of them out", said(one))));
        }
    }
    let mut met = vec![false; decisions.len()];
    let rows = (0..origin.len()).map(|row| {
        let pair = (origin[row], destination[row]);
        let now = time.and_then(|time| wanted.get(&(pair.0, pair.1, Some(time.keys[row]))));
        let always = wanted.get(&(pair.0, pair.1, None));
        [now, always].into_iter().flatten().for_each(|at| met[*at] = true);
        now.or(always).map(|at| decisions[*at])
    });
    let rows = rows.collect();
    if let Some(at) = met.iter().position(|met| !met) {
        return Err(Error::Schema(format!("decisions: the table has no pair {}", said(&request.decisions[at]))));
    }
    Ok(rows)
}
