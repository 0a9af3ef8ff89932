//! Sums over groups of figures. Only leaves are added, only figures of one definition, and what was missing is counted.

mod axis;
mod coverage;
pub mod cube;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, UInt32Array,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, Field, Float64Type, Schema, UInt64Type};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::Error;
use crate::codes::period;
use crate::column::{dictionary, encode};
use crate::definition::{CITATION, Definition};
use crate::ledger::{Account, EXAMPLES, Example, Finding, Ledger, Remainder, Severity, Step, Tally};
use crate::observation::{DIMENSIONS, Observations};
use crate::totals::{grid_of, period_keys};
use crate::watch::Watch;

use axis::{Axis, Broken, Codes, Membership, OUTSIDE, Periods, TOTAL, UNDECIDED};
use cube::{Cells, Dim, Input, NONE, Values};

/// How to aggregate.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Request {
    /// What to group by.
    pub by: Vec<String>,
    /// Which of those to add totals over.
    pub totals: Vec<String>,
    /// `period`, `current`, or a year.
    pub membership: String,
    /// What to do with figures outside a group.
    pub outside: Outside,
    /// Cells of less coverage have no value.
    pub min_coverage: Option<f64>,
    /// Fields in which definitions may differ and still be added.
    pub across: Vec<String>,
    /// What counts as expected.
    pub expected: Expected,
}

/// What to do with figures outside a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outside {
    /// They are a row of their own.
    #[default]
    Row,
    /// They are set aside and listed in the ledger.
    Drop,
    /// They are an error.
    Error,
}

/// Which figures are expected, for coverage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// Those that the table lists, with or without a value.
    #[default]
    Rows,
    /// Every combination of the codes that occur in the definition.
    Grid,
}

/// The sums, and what is worth knowing about them.
pub struct Aggregate {
    /// One row a cell.
    pub cells: RecordBatch,
    /// The figures without a value, with the classes that they belong to.
    pub missing: RecordBatch,
    /// The definitions of the cells.
    pub definitions: Vec<Definition>,
    /// How they came about.
    pub ledger: Ledger,
}

/// Adds up the leaves by group.
///
/// # Errors
/// [`Error::Definition`] if figures that mean different things would be added, [`Error::Schema`] or [`Error::Code`] for a
/// group that is not known.
pub fn aggregate(
    observations: &Observations,
    request: &Request,
    threads: usize,
    watch: &Watch,
) -> Result<Aggregate, Error> {
    let (keys, periods) = period_keys(observations.dates("period_start"), observations.dates("period_end"));
    let periods = Periods { keys, periods };
    let membership =
        match request.membership.as_str() {
            "" | "period" => Membership::Period,
            "current" => Membership::Current,
            year => Membership::Year(year.parse().map_err(|_| {
                Error::Schema(format!("membership={year:?}: expected \"period\", \"current\" or a year"))
            })?),
        };
    let axes = request
        .by
        .iter()
        .map(|word| Axis::new(word, observations, &periods, membership))
        .collect::<Result<Vec<_>, _>>()?;
    check_words(request)?;
    let classes = DefinitionClasses::new(observations, &request.across)?;
    refuse_ratios(observations)?;
    refuse_stocks(observations, &periods, &classes, request)?;
    if !request.across.is_empty() {
        refuse_repeats(observations, &classes)?;
    }
    let run = Run { observations, request, axes, classes, periods, threads, watch };
    run.outside_error()?;
    let finest = run.sum(0)?;
    run.refuse_mixtures(&finest, 0)?;
    let (steps, findings) = (run.accounts(&finest), run.findings());
    let mut ledger = observations.ledger().clone();
    ledger.steps.push(Step { operation: "aggregate".to_owned(), accounts: steps, findings });
    ledger.check()?;
    let mut parts = vec![run.table(&finest, 0)?];
    // Where no leaf is broken down by something, its totals are the cells themselves.
    let whole = |word: &String| run.axes.iter().any(|axis| axis.leaves == Broken::None && axis.name == *word);
    let idle = (0..).zip(&request.totals).filter(|(_, word)| whole(word)).fold(0u32, |idle, (at, _)| idle | 1 << at);
    for set in (1..1u32 << request.totals.len()).filter(|set| set & idle == 0) {
        let cells = run.sum(set)?;
        run.refuse_mixtures(&cells, set)?;
        parts.push(run.table(&cells, set)?);
    }
    let cells = stack(&parts)?;
    Ok(Aggregate { cells, missing: run.missing()?, definitions: run.classes.definitions.clone(), ledger })
}

fn check_words(request: &Request) -> Result<(), Error> {
    for (at, word) in request.by.iter().enumerate() {
        if request.by[..at].contains(word) {
            return Err(Error::Schema(format!("by= names {word:?} twice")));
        }
    }
    for (at, word) in request.totals.iter().enumerate() {
        if !request.by.contains(word) || request.totals[..at].contains(word) {
            return Err(Error::Schema(format!(
                "totals= names {word:?}, which is not one of by={:?}, or is named twice",
                request.by
            )));
        }
    }
    if let Some(share) = request.min_coverage.filter(|share| !(0.0..=1.0).contains(share)) {
        return Err(Error::Schema(format!("min_coverage={share}: expected a number from 0 to 1")));
    }
    if request.totals.len() > 12 {
        return Err(Error::Schema("totals over more than 12 columns make too many rows".into()));
    }
    Ok(())
}

/// Fields that say where a figure was printed.
const PLACE: [&str; 7] = ["publisher", "dataset", "table", "file", "sheet", "vintage", "release_date"];

/// Definitions that may be added to one another, as classes.
struct DefinitionClasses {
    of: Vec<u32>,
    definitions: Vec<Definition>,
}

impl DefinitionClasses {
    fn new(observations: &Observations, across: &[String]) -> Result<DefinitionClasses, Error> {
        for field in across {
            if field == "unit" {
                return Err(Error::Definition("across=\"unit\": values of different units are never added".into()));
            }
            if field == "breakdown" {
                return Err(Error::Definition(
                    "across=\"breakdown\": different breakdowns count the same people; select one with where(breakdown=...)"
                        .into(),
                ));
            }
            if !Definition::has(field) {
                let all: Vec<&str> = Definition::fields().collect();
                return Err(Error::Schema(format!(
                    "across={field:?} is no field of a definition{}",
                    crate::error::near(field, &all)
                )));
            }
        }
        let mut meanings: Vec<Definition> = Vec::new();
        let mut definitions: Vec<Definition> = Vec::new();
        let mut of = Vec::with_capacity(observations.definitions().len());
        for one in observations.definitions() {
            let one = one.without(across.iter().map(String::as_str));
            let meaning = one.without(CITATION);
            if let Some(at) = meanings.iter().position(|known| *known == meaning) {
                let differs = definitions[at].differences(&one);
                definitions[at] = definitions[at].without(differs);
                of.push(at as u32);
            } else {
                of.push(meanings.len() as u32);
                meanings.push(meaning);
                definitions.push(one);
            }
        }
        Ok(DefinitionClasses { of, definitions })
    }
}

fn refuse_ratios(observations: &Observations) -> Result<(), Error> {
    match observations.definitions().iter().find(|one| one.is_ratio()) {
        None => Ok(()),
        Some(one) => Err(Error::Definition(format!(
            "figures in {} ({}) are never added; aggregate the counts that they were made from",
            one.unit(),
            one.title()
        ))),
    }
}

/// Who is in a country on two days is one person, not two.
fn refuse_stocks(
    observations: &Observations,
    periods: &Periods,
    classes: &DefinitionClasses,
    request: &Request,
) -> Result<(), Error> {
    let stock: Vec<bool> = observations.definitions().iter().map(Definition::is_stock).collect();
    // What totals are wanted over is added up too.
    let apart = |word: &str| request.by.iter().any(|w| w == word) && !request.totals.iter().any(|w| w == word);
    if !stock.contains(&true) || apart("period") {
        return Ok(());
    }
    let by_year = apart("year");
    let keys = observations.definition_keys();
    let mut seen: FxHashMap<(u32, Option<i32>), i32> = FxHashMap::default();
    for row in (0..observations.len()).filter(|row| stock[keys[*row] as usize] && observations.leaves().value(*row)) {
        let key = periods.keys[row];
        let one = periods.periods[key as usize];
        let place = (classes.of[keys[row] as usize], by_year.then(|| period::start_year(one)));
        let first = *seen.entry(place).or_insert(key);
        if first != key {
            return Err(Error::Definition(format!(
                "stocks of {} and of {} would be added, and people counted twice; group by \"year\" or \"period\", without \
                 totals over them, or select one",
                period::label(periods.periods[first as usize]),
                period::label(one)
            )));
        }
    }
    Ok(())
}

/// One figure in two definitions, such as two vintages of a publication, is not two figures.
fn refuse_repeats(observations: &Observations, classes: &DefinitionClasses) -> Result<(), Error> {
    let keys = observations.definition_keys();
    let group: Vec<i32> = keys.iter().map(|key| classes.of[*key as usize] as i32).collect();
    let leaves = observations.leaves();
    let repeats = grid_of(observations, &group)?.duplicates();
    let definitions = observations.definitions();
    // Two populations (the public and the private sector) may be added; one figure printed twice may not.
    let printed_twice = |a: i32, b: i32| {
        let differs = definitions[a as usize].differences(&definitions[b as usize]);
        a != b && differs.iter().all(|field| PLACE.contains(field) || CITATION.contains(field))
    };
    let twice = |(row, earlier): &(usize, usize)| {
        leaves.value(*row) && leaves.value(*earlier) && printed_twice(keys[*row], keys[*earlier])
    };
    let Some((row, earlier)) = repeats.into_iter().find(twice) else { return Ok(()) };
    let codes: Vec<String> = DIMENSIONS
        .iter()
        .filter_map(|name| observations.code(name, row).map(|code| format!("{name} {code}")))
        .collect();
    Err(Error::Definition(format!(
        "rows {earlier} and {row} are the same figure ({}) in two definitions; select one of them with where()",
        codes.join(", ")
    )))
}

struct Run<'a> {
    observations: &'a Observations,
    request: &'a Request,
    axes: Vec<Axis>,
    classes: DefinitionClasses,
    periods: Periods,
    threads: usize,
    watch: &'a Watch,
}

impl Run<'_> {
    /// Is an axis summed over in a grouping set? Bit `i` of the set is the i-th of `totals=`.
    fn total(&self, axis: &Axis, set: u32) -> bool {
        self.request.totals.iter().position(|word| *word == axis.name).is_some_and(|at| set & (1 << at) != 0)
    }

    /// Sums of one grouping set, the first dimension being the definition.
    fn sum(&self, set: u32) -> Result<Cells, Error> {
        let tables: Vec<Vec<u32>> = self.axes.iter().map(|axis| self.classes_of(axis, set)).collect();
        let keys = self.observations.definition_keys();
        let size = self.classes.definitions.len() as u32;
        let mut dims = vec![Dim { codes: cube::Codes::One(keys), classes: &self.classes.of, size }];
        for (axis, classes) in self.axes.iter().zip(&tables) {
            let codes = match &axis.codes {
                Codes::One(codes) => cube::Codes::One(codes),
                Codes::Two { areas, periods, width } => {
                    cube::Codes::Two { outer: areas, inner: periods, width: *width }
                }
            };
            dims.push(Dim { codes, classes, size: if self.total(axis, set) { 1 } else { axis.size() } });
        }
        let values = self.observations.values();
        let value = Values { values: values.values(), valid: values.nulls() };
        let leaves = self.observations.leaves().values();
        let rows = (leaves.count_set_bits() < leaves.len()).then_some(leaves);
        let (low, high) = (self.bound("low", set), self.bound("high", set));
        let low = low.as_ref().map(|column| Values { values: column.values(), valid: column.nulls() });
        let high = high.as_ref().map(|column| Values { values: column.values(), valid: column.nulls() });
        let cells = cube::sum(&Input { dims, rows, value, low, high }, self.threads, self.watch)?;
        let bounds = [&cells.low, &cells.high].into_iter().flatten().flat_map(|bounds| &bounds.sum);
        if cells.sum.iter().chain(bounds).any(|sum| sum.is_infinite()) {
            return Err(Error::Schema(
                "a sum is beyond the largest 64-bit float: give the values a larger unit".into(),
            ));
        }
        Ok(cells)
    }

    fn classes_of(&self, axis: &Axis, set: u32) -> Vec<u32> {
        let left_out: Vec<bool> = axis.labels.iter().map(|label| self.leaves_out(axis, label)).collect();
        let class = |class: &u32| match *class {
            NONE => NONE,
            class if left_out[class as usize] => NONE,
            _ if self.total(axis, set) => 0,
            class => class,
        };
        axis.classes.iter().map(class).collect()
    }

    fn leaves_out(&self, axis: &Axis, label: &str) -> bool {
        self.request.outside == Outside::Drop && axis.is_group() && (label == OUTSIDE || label == UNDECIDED)
    }

    /// A bound where one is stated, else the value. Where skill is summed over, the parts of a figure are together again
    /// and what is uncertain about each is not about their sum.
    fn bound(&self, name: &str, set: u32) -> Option<Float64Array> {
        let bound = self.observations.figures().column_by_name(name)?.as_primitive::<Float64Type>();
        let together = !self.axes.iter().any(|axis| axis.column == "skill" && !self.total(axis, set));
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

    fn outside_error(&self) -> Result<(), Error> {
        if self.request.outside != Outside::Error {
            return Ok(());
        }
        let leaves = self.observations.leaves();
        for axis in self.axes.iter().filter(|axis| axis.is_group()) {
            let bad: Vec<bool> = axis.labels.iter().map(|label| label == OUTSIDE || label == UNDECIDED).collect();
            if let Some(row) =
                (0..self.observations.len()).find(|row| leaves.value(*row) && bad[axis.class(*row) as usize])
            {
                let code = self.observations.code(&axis.column, row).unwrap_or_default();
                return Err(Error::Code(format!(
                    "row {row}: {} {code} is not in {}; outside=\"row\" keeps such figures, outside=\"drop\" lists them",
                    axis.column, axis.name
                )));
            }
        }
        Ok(())
    }

    /// Refuses cells that figures of several definitions fell into.
    fn refuse_mixtures(&self, cells: &Cells, set: u32) -> Result<(), Error> {
        if self.classes.definitions.len() < 2 {
            return Ok(());
        }
        let mut seen: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
        for at in 0..cells.sum.len() {
            let visible: Vec<u32> = cells.keys[1..].iter().map(|keys| keys[at]).collect();
            let here = cells.keys[0][at];
            let first = *seen.entry(visible).or_insert(here);
            if first != here {
                let (a, b) = (&self.classes.definitions[first as usize], &self.classes.definitions[here as usize]);
                return Err(self.mixture(cells, at, set, a, b));
            }
        }
        Ok(())
    }

    fn mixture(&self, cells: &Cells, at: usize, set: u32, a: &Definition, b: &Definition) -> Error {
        let cell: Vec<String> = self
            .axes
            .iter()
            .zip(&cells.keys[1..])
            .map(|(axis, keys)| {
                let label = if self.total(axis, set) { TOTAL } else { &axis.labels[keys[at] as usize] };
                format!("{} {label}", axis.name)
            })
            .collect();
        let mut fields = a.differences(b);
        fields.retain(|field| !CITATION.contains(field));
        let how: Vec<String> = fields
            .iter()
            .map(|field| {
                let said =
                    |one: &Definition| one.get(field).map_or("not stated".to_owned(), |value| format!("{value:?}"));
                format!("{field} ({} and {})", said(a), said(b))
            })
            .collect();
        let names: Vec<String> = fields.iter().map(|field| format!("{field:?}")).collect();
        let advice = if fields.contains(&"breakdown") {
            "they count the same people; select one with where(breakdown=...)".to_owned()
        } else {
            format!("group by what differs, select one, or say across=[{}] if they may be added", names.join(", "))
        };
        Error::Definition(format!(
            "figures that mean different things would be added{}: they differ in {}; {advice}",
            if cell.is_empty() { String::new() } else { format!(" in {}", cell.join(", ")) },
            how.join(", "),
        ))
    }

    fn accounts(&self, finest: &Cells) -> Vec<Account> {
        let mut accounts: Vec<Account> = self
            .classes
            .definitions
            .iter()
            .enumerate()
            .map(|(key, definition)| Account {
                definitions: vec![key as i32],
                title: definition.title(),
                unit: definition.unit().to_owned(),
                ..Account::default()
            })
            .collect();
        for (tally, class) in self.observations.tally().iter().zip(&self.classes.of) {
            accounts[*class as usize].taken.merge(tally);
        }
        let shown = self.request.min_coverage.map(|least| (least, self.coverage(finest, 0)));
        let mut hidden = vec![Tally::default(); accounts.len()];
        for at in 0..finest.sum.len() {
            if shown.as_ref().is_some_and(|(least, shown)| shown[at] < *least) {
                let tally = &mut hidden[finest.keys[0][at] as usize];
                tally.rows += finest.figures[at] as i64;
                tally.missing += (finest.figures[at] - finest.valued[at]) as i64;
                tally.value.add(finest.sum[at]);
                continue;
            }
            let out = &mut accounts[finest.keys[0][at] as usize].out;
            out.rows += finest.figures[at] as i64;
            out.missing += (finest.figures[at] - finest.valued[at]) as i64;
            out.value.add(finest.sum[at]);
        }
        for (account, hidden) in accounts.iter_mut().zip(hidden) {
            account.set_aside.extend(Remainder::of("in cells of less than min_coverage", hidden));
        }
        for (account, rounding) in accounts.iter_mut().zip(&finest.rounding) {
            if !rounding.is_zero() {
                let tally = Tally { rows: 0, missing: 0, value: rounding.clone() };
                let reason = "rounding of sums to 64-bit floats".to_owned();
                account.adjustments.push(Remainder { reason, tally, examples: Vec::new() });
            }
        }
        if self.request.outside == Outside::Drop {
            self.count_outside(&mut accounts);
        }
        accounts
    }

    /// Figures outside a group, from their list.
    fn count_outside(&self, accounts: &mut [Account]) {
        let (leaves, values) = (self.observations.leaves(), self.observations.values());
        let keys = self.observations.definition_keys();
        let groups: Vec<&Axis> = self.axes.iter().filter(|axis| axis.is_group()).collect();
        for row in (0..self.observations.len()).filter(|row| leaves.value(*row)) {
            let out = groups.iter().find_map(|axis| {
                let label = &axis.labels[axis.class(row) as usize];
                self.leaves_out(axis, label).then_some((axis, label))
            });
            if let Some((axis, label)) = out {
                let reason = match label.as_str() {
                    OUTSIDE => format!("outside {}", axis.name),
                    _ => format!("cannot be placed in {}", axis.name),
                };
                let what =
                    || format!("{} = {}", axis.column, self.observations.code(&axis.column, row).unwrap_or_default());
                let value = values.is_valid(row).then(|| values.value(row));
                let class = self.classes.of[keys[row] as usize];
                accounts[class as usize].set_aside(&reason, row as u64, what, value);
            }
        }
    }

    /// Lists without dates, and figures that cannot be placed.
    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let (leaves, values) = (self.observations.leaves(), self.observations.values());
        for axis in self.axes.iter().filter(|axis| axis.is_group() || axis.leaves == Broken::Some) {
            if axis.undated {
                let message =
                    format!("{}: the list of members bears no dates; the current one is used for all years", axis.name);
                findings.push(Finding {
                    severity: Severity::Warning,
                    message,
                    tally: Tally::default(),
                    examples: vec![],
                });
            }
            let Some(at) = axis.labels.iter().position(|label| label == UNDECIDED) else { continue };
            let why = if axis.leaves == Broken::Some {
                "not broken down by it"
            } else {
                "that cannot be placed, as of residuals,"
            };
            let message = format!("{}: figures {why} are in row {UNDECIDED}", axis.name);
            let mut finding = Finding { severity: Severity::Note, message, tally: Tally::default(), examples: vec![] };
            for row in (0..leaves.len()).filter(|row| leaves.value(*row) && axis.class(*row) == at as u32) {
                let value = values.is_valid(row).then(|| values.value(row));
                finding.tally.add(value);
                if finding.examples.len() < EXAMPLES {
                    let what =
                        format!("{} = {}", axis.column, self.observations.code(&axis.column, row).unwrap_or_default());
                    finding.examples.push(Example { row: row as u64, what, value });
                }
            }
            if finding.tally.rows > 0 {
                findings.push(finding);
            }
        }
        findings
    }

    /// The cells of one grouping set as rows, in the order of their codes.
    fn table(&self, cells: &Cells, set: u32) -> Result<RecordBatch, Error> {
        let table = self.unsorted(cells, set)?;
        if self.classes.definitions.len() < 2 {
            return Ok(table);
        }
        // The definition is outermost in the cube; to the reader it is the last thing that tells cells apart.
        let mut order: Vec<u32> = (0..cells.sum.len() as u32).collect();
        order.par_sort_by(|a, b| {
            let keys = cells.keys[1..].iter().map(|keys| keys[*a as usize].cmp(&keys[*b as usize]));
            keys.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
        let order = UInt32Array::from(order);
        let columns = table.columns().iter().map(|column| take(column, &order, None)).collect::<Result<Vec<_>, _>>()?;
        batch(table.schema().fields().iter().map(|field| field.name().clone()).zip(columns).collect())
    }

    /// Figures with a value over figures expected, cell by cell.
    fn coverage(&self, cells: &Cells, set: u32) -> Vec<f64> {
        let expected = match self.request.expected {
            Expected::Rows => cells.figures.clone(),
            Expected::Grid => self.grid(cells, set),
        };
        let share = |(valued, expected): (&u64, &u64)| *valued as f64 / (*expected).max(1) as f64;
        cells.valued.iter().zip(&expected).map(share).collect()
    }

    fn unsorted(&self, cells: &Cells, set: u32) -> Result<RecordBatch, Error> {
        let count = cells.sum.len();
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        for (axis, keys) in self.axes.iter().zip(&cells.keys[1..]) {
            columns.push((
                axis.name.clone(),
                axis.column_of(keys, self.total(axis, set), !self.request.totals.is_empty()),
            ));
        }
        if self.classes.definitions.len() > 1 && !self.request.by.iter().any(|word| word == "definition") {
            let keys = cells.keys[0].iter().map(|key| *key as i32);
            columns.push(("definition".to_owned(), Arc::new(Int32Array::from_iter_values(keys))));
        }
        let coverage = self.coverage(cells, set);
        let enough = |at: usize| self.request.min_coverage.is_none_or(|least| coverage[at] >= least);
        let shown = |sums: &[f64]| -> ArrayRef {
            let value = |at: usize| (cells.valued[at] > 0 && enough(at)).then(|| sums[at]);
            Arc::new((0..count).map(value).collect::<Float64Array>())
        };
        columns.push(("value".to_owned(), shown(&cells.sum)));
        for (name, bounds) in [("low", &cells.low), ("high", &cells.high)] {
            if let Some(bounds) = bounds {
                // One figure of which nothing is known leaves the sum without bounds.
                let known = |at: usize| enough(at) && bounds.valued[at] == cells.figures[at];
                let value = |at: usize| known(at).then(|| bounds.sum[at]);
                columns.push((name.to_owned(), Arc::new((0..count).map(value).collect::<Float64Array>())));
            }
        }
        let whole =
            |counts: &[u64]| -> ArrayRef { Arc::new(Int64Array::from_iter_values(counts.iter().map(|c| *c as i64))) };
        let missing: Vec<u64> = cells.figures.iter().zip(&cells.valued).map(|(all, valued)| all - valued).collect();
        columns.push(("figures".to_owned(), whole(&cells.figures)));
        columns.push(("missing".to_owned(), whole(&missing)));
        columns.push(("coverage_cells".to_owned(), Arc::new(Float64Array::from(coverage))));
        columns.push((
            "coverage_value".to_owned(),
            Arc::new(self.coverage_by_value(cells, set).into_iter().collect::<Float64Array>()),
        ));
        batch(columns)
    }

    /// Leaves without a value, with the classes that they belong to.
    fn missing(&self) -> Result<RecordBatch, Error> {
        let values = self.observations.values();
        let leaves = self.observations.leaves();
        let outside = |row| self.axes.iter().any(|axis| self.leaves_out(axis, &axis.labels[axis.class(row) as usize]));
        let lost = |row| leaves.value(row) && values.is_null(row) && !outside(row);
        let lost = BooleanBuffer::collect_bool(leaves.len(), lost);
        let rows: Vec<u32> = BooleanArray::from(lost).values().set_indices().map(|row| row as u32).collect();
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        for axis in &self.axes {
            let keys: Vec<u32> = rows.iter().map(|row| axis.class(*row as usize)).collect();
            columns.push((axis.name.clone(), axis.column_of(&keys, false, false)));
        }
        let rows = UInt32Array::from(rows);
        for name in DIMENSIONS.iter().chain(&["presence", "row"]) {
            let taken = self.request.by.iter().any(|word| word == name);
            if let (Some(column), false) = (self.observations.figures().column_by_name(name), taken) {
                columns.push(((*name).to_owned(), take(column, &rows, None)?));
            }
        }
        batch(columns)
    }
}

impl Axis {
    fn is_group(&self) -> bool {
        matches!(self.codes, Codes::Two { .. })
    }

    /// Labels of classes as a column; a total is `_T`, or no number among numbers.
    fn column_of(&self, classes: &[u32], total: bool, totals: bool) -> ArrayRef {
        if self.numbers {
            let numbers: Vec<Option<i32>> = self.labels.iter().map(|label| label.parse().ok()).collect();
            let value = |class: &u32| if total { None } else { numbers[*class as usize] };
            return Arc::new(classes.iter().map(value).collect::<Int32Array>());
        }
        let mut labels = self.labels.clone();
        let blank = labels.iter().position(String::is_empty);
        let at = labels.iter().position(|label| label == TOTAL).unwrap_or_else(|| {
            if totals {
                labels.push(TOTAL.to_owned());
            }
            labels.len().saturating_sub(1)
        });
        let key = |class: &u32| match *class as usize {
            _ if total => at as i32,
            class if Some(class) == blank => crate::column::NULL,
            class => class as i32,
        };
        dictionary(classes.par_iter().map(key).collect(), &labels)
    }
}

/// Tables under one another. Dictionaries are made one: put end to end, their categories would repeat.
fn stack(parts: &[RecordBatch]) -> Result<RecordBatch, Error> {
    let schema = parts[0].schema();
    let columns = schema.fields().iter().enumerate().map(|(at, field)| {
        let pieces: Vec<ArrayRef> = parts.iter().map(|part| part.column(at).clone()).collect();
        let column = match field.data_type() {
            DataType::Dictionary(_, _) => encode(field.name(), &pieces)?.into_array(),
            _ => concat(&pieces.iter().map(AsRef::as_ref).collect::<Vec<_>>())?,
        };
        Ok((field.name().clone(), column))
    });
    batch(columns.collect::<Result<_, Error>>()?)
}

fn batch(columns: Vec<(String, ArrayRef)>) -> Result<RecordBatch, Error> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(name, column.data_type().clone(), true)).collect();
    let rows = columns.first().map_or(0, |(_, column)| column.len());
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harmonise;
    use arrow::array::StringArray;

    fn observations() -> Observations {
        let country: ArrayRef = Arc::new(StringArray::from(vec!["Oman", "Oman", "Italy", "Others"]));
        let sex: ArrayRef = Arc::new(StringArray::from(vec!["F", "M", "F", "F"]));
        let value: ArrayRef = Arc::new(Float64Array::from(vec![Some(0.1), Some(0.2), None, Some(0.3)]));
        let table = batch(vec![("c".into(), country), ("s".into(), sex), ("n".into(), value)]).unwrap();
        let request = r#"{
            "columns": {"destination": "c", "sex": "s", "value": "n"},
            "constants": {"origin": "LKA", "measure": "labour_outflow", "year": "1996"}
        }"#;
        let request = harmonise::Request::from_json(request).unwrap();
        harmonise::harmonise(table.schema(), &[table], &request, &Watch::default()).unwrap()
    }

    fn request(by: &[&str], outside: Outside) -> Request {
        Request { by: by.iter().map(|&word| word.to_owned()).collect(), outside, ..Request::default() }
    }

    fn values(out: &Aggregate) -> Vec<Option<f64>> {
        out.cells["value"].as_primitive::<Float64Type>().iter().collect()
    }

    #[test]
    fn fractions_balance_to_the_last_bit_and_missing_is_not_zero() {
        let out = aggregate(&observations(), &request(&["year"], Outside::Row), 1, &Watch::default()).unwrap();
        assert_eq!(values(&out), [Some(0.6)]);
        assert_eq!(out.ledger.steps[1].accounts[0].adjustments[0].reason, "rounding of sums to 64-bit floats");
        let out = aggregate(&observations(), &request(&["destination"], Outside::Row), 2, &Watch::default()).unwrap();
        assert_eq!(values(&out), [None, Some(0.1 + 0.2), Some(0.3)]);
        assert_eq!(out.missing.num_rows(), 1);
    }

    #[test]
    fn figures_outside_a_group_are_listed() {
        let out = aggregate(&observations(), &request(&["destination.GCC"], Outside::Drop), 1, &Watch::default());
        let out = out.unwrap();
        let reasons: Vec<(&str, i64)> = out.ledger.steps[1].accounts[0]
            .set_aside
            .iter()
            .map(|remainder| (remainder.reason.as_str(), remainder.tally.rows))
            .collect();
        assert_eq!(reasons, [("outside destination.GCC", 1), ("cannot be placed in destination.GCC", 1)]);
        let refused = aggregate(&observations(), &request(&["destination.GCC"], Outside::Error), 1, &Watch::default());
        assert!(refused.is_err_and(|error| error.to_string().starts_with("row 2: destination ITA is not in")));
    }

    #[test]
    fn a_row_lost_while_adding_is_noticed() {
        let observations = observations();
        let (keys, periods) = period_keys(observations.dates("period_start"), observations.dates("period_end"));
        let run = Run {
            observations: &observations,
            request: &request(&[], Outside::Row),
            axes: Vec::new(),
            classes: DefinitionClasses::new(&observations, &[]).unwrap(),
            periods: Periods { keys, periods },
            threads: 1,
            watch: &Watch::default(),
        };
        let whole = run.sum(0).unwrap();
        let check = |cells: &Cells| {
            let step = Step { accounts: run.accounts(cells), ..Step::default() };
            Ledger { steps: vec![step] }.check()
        };
        check(&whole).unwrap();
        let mut short = whole.clone();
        short.figures[0] -= 1;
        short.valued[0] -= 1;
        assert!(check(&short).is_err_and(|error| error.to_string().contains("unaccounted for: 1 rows")));
        let mut light = whole;
        light.sum[0] -= f64::EPSILON / 4.0;
        assert!(check(&light).is_err());
    }
}
