//! Multiplies flows, gives them their new definitions, and accounts for the difference.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::Float64Type;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::plan::{Group, Groups, Known, State, groups};
use super::{Request, model};
use crate::Error;
use crate::codes::duration::{Direction, Minimum};
use crate::codes::period;
use crate::column::{self, NULL, codes, dictionary};
use crate::definition::Definition;
use crate::ledger::{Account, EXAMPLES, Example, Finding, Remainder, Severity, Step, Tally};
use crate::observation::derived::basis;
use crate::observation::{Builder, COLUMNS, Observations, cells, tally_leaves, tally_rows};

/// Flows with the minimum stay that is wanted.
///
/// # Errors
/// [`Error::Definition`] for net migration and where there is no flow; [`Error::Code`] where the model has no multiplier
/// for a criterion, or a criterion is not known and that was to be refused; [`Error::Schema`] for a figure that would
/// grow beyond all numbers.
pub fn convert(observations: &Observations, request: &Request) -> Result<Observations, Error> {
    convert_groups(observations, request, &groups(observations, request)?)
}

/// The same where the criterion of every figure has been found already.
///
/// # Errors
/// As [`convert`].
pub fn convert_groups(observations: &Observations, request: &Request, found: &Groups) -> Result<Observations, Error> {
    if request.refuse_unknown {
        refuse(observations, found)?;
    }
    let (definitions, key_of, source) = defined(observations.definitions(), &found.groups, request);
    let figures = figures(observations, found, &key_of)?;
    let accounts = accounts(observations, found, request, &source, &tally_leaves(&figures, definitions.len()));
    let findings = findings(observations, found, request);
    let mut ledger = observations.ledger().clone();
    ledger.steps.push(Step { operation: "durations.convert".to_owned(), accounts, findings });
    Observations::made(definitions, figures, ledger)
}

fn refuse(observations: &Observations, found: &Groups) -> Result<(), Error> {
    let unknown = |group: &u32| found.groups[*group as usize].state == State::Unknown;
    let Some(row) = found.of.iter().position(unknown) else { return Ok(()) };
    let group = &found.groups[found.of[row] as usize];
    Err(Error::Code(format!(
        "row {row} ({}): {}; state duration_months= in the definition, give criteria=, or keep such figures as they are \
         with unknown=\"keep\"",
        what(observations, row),
        group.why
    )))
}

/// A figure in a few words.
fn what(observations: &Observations, row: usize) -> String {
    let side = |name| observations.code(name, row).unwrap_or("_U");
    let when = period::label(cells::period(observations, row));
    format!("{} to {}, {when}", side("origin"), side("destination"))
}

/// What tells the new definitions of one old definition apart.
#[derive(Clone, Debug, PartialEq)]
struct Sort {
    minimum: Minimum,
    stay: String,
    how: &'static str,
}

fn sort(group: &Group, to: Minimum) -> Option<Sort> {
    let (minimum, how) = group.minimum.as_ref()?;
    match how {
        // What is stated and wanted stays as it is.
        Known::Stated if *minimum == to => None,
        Known::Stated => Some(Sort { minimum: *minimum, stay: String::new(), how: "stated" }),
        Known::Rule { stay, own, .. } => {
            let how = if *own { "by the caller's criteria" } else { "by known criteria" };
            Some(Sort { minimum: *minimum, stay: stay.clone(), how })
        }
    }
}

/// The new definitions, the one of each group, and the old one of each.
fn defined(old: &[Definition], groups: &[Group], request: &Request) -> (Vec<Definition>, Vec<i32>, Vec<usize>) {
    let mut definitions: Vec<Definition> = Vec::new();
    let mut source: Vec<usize> = Vec::new();
    let mut key_of = vec![0; groups.len()];
    let mut at = 0;
    for (key, one) in old.iter().enumerate() {
        let until = at + groups[at..].iter().take_while(|group| group.definition == key).count();
        let mine = &groups[at..until];
        // By time, so that a series comes in its order.
        let mut order: Vec<usize> = (0..mine.len()).collect();
        order.sort_by_key(|at| (mine[*at].period, *at));
        let mut sorts: Vec<Option<Sort>> = Vec::new();
        for place in order {
            let wanted = sort(&mine[place], request.to);
            let number = sorts.iter().position(|known| *known == wanted).unwrap_or_else(|| {
                sorts.push(wanted);
                sorts.len() - 1
            });
            key_of[at + place] = (definitions.len() + number) as i32;
        }
        if sorts.is_empty() {
            sorts.push(None);
        }
        let breaks = breaks(mine, request.to);
        for wanted in sorts {
            definitions.push(match wanted {
                None => one.clone(),
                Some(wanted) => stated(one, &wanted, breaks.get(&words(&wanted)), request),
            });
            source.push(key);
        }
        at = until;
    }
    (definitions, key_of, source)
}

fn words(sort: &Sort) -> String {
    format!("{} {} {}", sort.minimum, sort.stay, sort.how)
}

/// Where one rule of a reporter followed another: what the later definition replaces.
fn breaks(groups: &[Group], to: Minimum) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    // Groups of one definition are in order of reporter and time; what is not known lies between, if anywhere.
    let mut last: Option<(&Group, Minimum, &str)> = None;
    for group in groups {
        let Some((minimum, Known::Rule { until, .. })) = &group.minimum else { continue };
        let earlier = last.filter(|(other, before, _)| other.reporter == group.reporter && before != minimum);
        if let (Some((_, before, ended)), Some(sort)) = (earlier, sort(group, to)) {
            let said =
                format!("{}: minimum stay {before} until {ended}", group.reporter.as_deref().unwrap_or_default());
            let all = found.entry(words(&sort)).or_default();
            if !all.contains(&said) {
                all.push(said);
            }
        }
        last = until.as_deref().map(|until| (group, *minimum, until));
    }
    found
}

/// The definition of figures that now have the minimum stay wanted, and how they came to it.
fn stated(old: &Definition, sort: &Sort, breaks: Option<&Vec<String>>, request: &Request) -> Definition {
    let mut new = old.clone();
    let mut add = |field: &str, said: String| {
        let known = new.get(field).map(str::to_owned);
        new.set(field, &known.map_or_else(|| said.clone(), |known| format!("{known}; {said}")));
    };
    let stay = if sort.stay.is_empty() { String::new() } else { format!(", {}", sort.stay) };
    let from = format!("minimum stay {} ({}{stay})", sort.minimum, sort.how);
    if sort.minimum == request.to {
        add("criteria", from);
    } else {
        add("criteria", format!("{from}, converted to {} {}", request.to, by_model(sort.minimum, request)));
    }
    if let Some(breaks) = breaks {
        add("break_before", breaks.join("; "));
    }
    if sort.minimum == Minimum::Permanent {
        add("caveat", model::WEAKLY_IDENTIFIED.to_owned());
    }
    if let Minimum::Months(months) = request.to {
        new.set("duration_months", &months.to_string());
    }
    new
}

/// `by imem x 0.63`.
fn by_model(minimum: Minimum, request: &Request) -> String {
    let multiplier = request.model.multiplier(minimum, request.to, request.off_grid).unwrap_or(f64::NAN);
    let between = if request.model.on_grid(minimum) && request.model.on_grid(request.to) {
        String::new()
    } else {
        format!(", {} between its months", request.off_grid.name())
    };
    format!("by {} x {multiplier}{between}", request.model.name())
}

/// The figures, multiplied, with what says so.
fn figures(observations: &Observations, found: &Groups, key_of: &[i32]) -> Result<arrow::array::RecordBatch, Error> {
    let rows = observations.len();
    let factor: Vec<Option<f64>> =
        found.groups.iter().map(|group| (group.state == State::Converted).then_some(group.multiplier)).collect();
    let factor = |row: usize| factor[found.of[row] as usize];
    let numbers: Vec<&Float64Array> = ["value", "low", "high"]
        .iter()
        .filter_map(|name| observations.figures().column_by_name(name))
        .map(AsArray::as_primitive::<Float64Type>)
        .collect();
    // A figure that is missing and has no bounds has not been changed.
    let changed = |row: usize| factor(row).is_some() && numbers.iter().any(|column| column.is_valid(row));
    let mut out = Builder::default();
    for (name, _, _) in COLUMNS {
        let known = observations.figures().column_by_name(name);
        let column: ArrayRef = match (name, known) {
            ("value" | "low" | "high", Some(column)) => {
                multiplied(name, column.as_primitive::<Float64Type>(), &factor)?
            }
            ("basis", Some(column)) => rewritten(column, rows, &changed, &adjusted)?,
            ("obs_status", Some(column)) => rewritten(column, rows, &changed, &estimated)?,
            ("obs_status", None) if (0..rows).any(changed) => {
                dictionary((0..rows).map(|row| if changed(row) { 0 } else { NULL }).collect(), &["E"])
            }
            (_, Some(column)) => column.clone(),
            (_, None) => continue,
        };
        out.set(name, column);
    }
    out.definitions(found.of.par_iter().map(|group| key_of[*group as usize]).collect());
    out.finish(rows)
}

fn multiplied(
    name: &str,
    column: &Float64Array,
    factor: &(impl Fn(usize) -> Option<f64> + Sync),
) -> Result<ArrayRef, Error> {
    let values = column.values();
    let new: Vec<f64> =
        (0..column.len()).into_par_iter().map(|row| factor(row).map_or(values[row], |m| values[row] * m)).collect();
    if let Some(row) = (0..column.len()).find(|row| column.is_valid(*row) && !new[*row].is_finite()) {
        return Err(Error::Schema(format!(
            "column {name:?}, row {row}: {} x {} is beyond what a number can hold",
            values[row],
            factor(row).unwrap_or(1.0)
        )));
    }
    Ok(Arc::new(Float64Array::new(new.into(), column.nulls().cloned())))
}

/// The basis of a figure that was multiplied: what was made up before is not seen now.
fn adjusted(old: Option<&str>) -> String {
    basis(old.into_iter().chain(["adjusted"])).unwrap_or("adjusted").to_owned()
}

/// The set of SDMX codes with E, estimated; A, normal, cannot stand beside it.
pub(super) fn estimated(status: Option<&str>) -> String {
    let mut all: Vec<&str> =
        status.unwrap_or_default().split('+').filter(|one| !one.is_empty() && *one != "A").collect();
    if !all.contains(&"E") {
        all.push("E");
    }
    all.sort_unstable();
    all.join("+")
}

/// A column of codes of which those of some rows are written anew.
fn rewritten(
    array: &ArrayRef,
    rows: usize,
    changed: &impl Fn(usize) -> bool,
    new: &dyn Fn(Option<&str>) -> String,
) -> Result<ArrayRef, Error> {
    let (keys, nulls, names) = codes(array)?;
    let mut labels: Vec<String> = Vec::new();
    let mut numbers: FxHashMap<(i32, bool), i32> = FxHashMap::default();
    let key = |row: usize| {
        let old = if nulls.is_some_and(|nulls| nulls.is_null(row)) { NULL } else { keys[row] };
        let touched = changed(row);
        if old == NULL && !touched {
            return NULL;
        }
        *numbers.entry((old, touched)).or_insert_with(|| {
            let said = usize::try_from(old).ok().map(|old| names[old]);
            let label = if touched { new(said) } else { said.unwrap_or_default().to_owned() };
            labels.iter().position(|known| *known == label).unwrap_or_else(|| {
                labels.push(label);
                labels.len() - 1
            }) as i32
        })
    };
    let keys = (0..rows).map(key).collect();
    Ok(column::dictionary(keys, &labels))
}

/// One account for each old definition. What was adjusted is counted from the rows that were multiplied, by criterion.
pub(super) fn accounts(
    observations: &Observations,
    found: &Groups,
    request: &Request,
    source: &[usize],
    out: &[Tally],
) -> Vec<Account> {
    let (values, leaves) = (observations.values(), observations.leaves());
    let mut kinds: Vec<(usize, Minimum)> = Vec::new();
    let kind_of: Vec<Option<usize>> = (found.groups.iter())
        .map(|group| {
            let (minimum, _) = group.minimum.as_ref().filter(|_| group.state == State::Converted)?;
            let kind = (group.definition, *minimum);
            Some(kinds.iter().position(|known| *known == kind).unwrap_or_else(|| {
                kinds.push(kind);
                kinds.len() - 1
            }))
        })
        .collect();
    let sums = |factor: &(dyn Fn(usize) -> f64 + Sync)| {
        tally_rows(observations.len(), kinds.len(), |row| {
            let value = || observations.has_value(row).then(|| values.value(row) * factor(row));
            kind_of[found.of[row] as usize].filter(|_| leaves.value(row)).map(|kind| (kind, value()))
        })
    };
    let before = sums(&|_| 1.0);
    let after = sums(&|row| found.groups[found.of[row] as usize].multiplier);
    let adjusted = before.into_iter().zip(&after).map(|(mut tally, after)| {
        tally.merge(&after.negative());
        tally
    });
    let mut accounts: Vec<Account> = (observations.definitions().iter().zip(observations.tally()).enumerate())
        .map(|(key, (definition, taken))| {
            let keys: Vec<usize> = (0..source.len()).filter(|new| source[*new] == key).collect();
            let mut given = Tally::default();
            keys.iter().for_each(|new| given.merge(&out[*new]));
            Account::open(definition, keys.into_iter().map(|new| new as i32).collect(), taken, given)
        })
        .collect();
    for ((definition, minimum), tally) in kinds.iter().zip(adjusted) {
        let reason = format!("minimum stay of {minimum} to {} {}", request.to, by_model(*minimum, request));
        accounts[*definition].adjustments.extend(Remainder::of(&reason, tally));
    }
    accounts
}

/// What readers should know, each once: conversions, what stayed as it was, what was assumed.
fn findings(observations: &Observations, found: &Groups, request: &Request) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut class_of: Vec<Vec<usize>> = Vec::new();
    let mut place = |severity: Severity, message: String| {
        findings.iter().position(|one| (one.severity, &one.message) == (severity, &message)).unwrap_or_else(|| {
            findings.push(Finding { severity, message, tally: Tally::default(), examples: Vec::new() });
            findings.len() - 1
        })
    };
    for group in &found.groups {
        let mut mine = Vec::new();
        let title = observations.definitions()[group.definition].title();
        match (group.state, &group.minimum) {
            (State::Unknown, _) => {
                mine.push(place(Severity::Warning, format!("kept as they are, no criterion is known ({title})")));
            }
            (State::NoFlow, _) => mine.push(place(Severity::Note, format!("left as they are: {}", group.why))),
            (State::Converted, Some((minimum, _))) => {
                let by = by_model(*minimum, request);
                mine.push(place(Severity::Assumption, format!("{minimum} to {} {by} ({title})", request.to)));
                if group.is_weak() {
                    mine.push(place(Severity::Warning, model::WEAKLY_IDENTIFIED.to_owned()));
                }
            }
            _ => {}
        }
        if !group.assumed.is_empty() {
            let direction = group.direction.map_or("flows", Direction::name);
            let who = group.reporter.as_deref().unwrap_or_default();
            mine.push(place(Severity::Assumption, format!("{direction} of {who}: {}", group.assumed)));
        }
        class_of.push(mine);
    }
    let values = observations.values();
    for (row, group) in found.of.iter().enumerate() {
        for class in &class_of[*group as usize] {
            let finding = &mut findings[*class];
            let value = observations.has_value(row).then(|| values.value(row));
            finding.tally.add(value);
            if finding.examples.len() < EXAMPLES {
                let why = &found.groups[*group as usize];
                let reason = if why.state == State::Unknown { format!(": {}", why.why) } else { String::new() };
                let what = format!("{}{reason}", what(observations, row));
                finding.examples.push(Example { row: row as u64, what, value });
            }
        }
    }
    findings
}
