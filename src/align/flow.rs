//! Flows of observations in other periods, with the account of it.

use arrow::array::Array;
use rustc_hash::FxHashSet;

use super::series::{self, Made, bounds};
use super::{Aligned, Figure, Found, Method, Target, flows};
use crate::Error;
use crate::codes::period::{Period, label};
use crate::definition::Definition;
use crate::exact::ExactSum;
use crate::ledger::{Account, EXAMPLES, Example, Finding, Ledger, Remainder, Severity, Step, Tally};
use crate::observation::{Observations, tally_leaves};

/// Reason for which the part of a figure that fell into an incomplete period is not among the figures.
const PARTLY: &str = "in a period that is covered in part";

/// Gives flows in the periods of another calendar. What falls into periods that are not covered whole is set aside, unless
/// `partial` figures are wanted too.
///
/// # Errors
/// [`Error::Schema`] for stocks and ratios, and for what [`flows`] refuses.
pub fn align(observations: &Observations, to: &str, method: &Method, partial: bool) -> Result<Observations, Error> {
    let target: Target = to.parse()?;
    refuse(observations)?;
    let (starts, ends) = (observations.dates("period_start"), observations.dates("period_end"));
    let series = series::of(observations)?;
    let (rows, mut left_out) = usable(observations, &series);
    let run = |value: &dyn Fn(usize) -> f64| -> Result<Found, Error> {
        let figure = |row: &usize| {
            let period = Period { start: starts[*row], end: ends[*row] };
            Figure { series: series[*row], period, value: value(*row), row: *row }
        };
        flows(rows.iter().map(figure).collect(), &target, method, partial)
    };
    let values = observations.values();
    let found = run(&|row| if values.is_valid(row) { values.value(row) } else { f64::NAN })?;
    let sides = if matches!(method, Method::Denton { .. }) { Vec::new() } else { vec!["low", "high"] };
    let sides: Vec<Vec<f64>> = sides.into_iter().filter_map(|side| bounds(observations, side)).collect();
    let sides = sides.iter().map(|side| run(&|row| side[row])).collect::<Result<Vec<_>, _>>()?;
    let same = |at: usize, side: usize| {
        let (one, other): (&Aligned, Option<&Aligned>) = (&found.aligned[at], sides.get(side).map(|s| &s.aligned[at]));
        other.filter(|other| other.share == one.share || one.value.is_none()).and_then(|other| other.value)
    };
    let leaves = observations.leaves();
    let key = |one: &Aligned| observations.definition_keys()[one.sources[0]];
    let mut made: Vec<Made> = Vec::new();
    let (mut split, mut partly): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    // A printed total of several periods that now is the period of its parts says nothing that they do not say.
    let plain = plain_series(observations, &series);
    let taken: FxHashSet<(u32, Period)> = found
        .aligned
        .iter()
        .filter(|one| !one.sources.is_empty() && leaves.value(one.sources[0]))
        .map(|one| (plain[one.sources[0]], one.period))
        .collect();
    for (at, one) in found.aligned.iter().enumerate().filter(|(_, one)| !one.sources.is_empty()) {
        if !leaves.value(one.sources[0]) && taken.contains(&(plain[one.sources[0]], one.period)) {
            left_out.push(one.sources[0]);
            continue;
        }
        if one.value.is_some_and(|value| value < 0.0)
            && observations.definitions()[key(one) as usize].get("measure") != Some("net")
        {
            return Err(Error::Schema(format!(
                "row {}: the method {:?} gives {} for {}, and a count is not below zero; use method=\"uniform\" or \
                 \"seasonal\"",
                one.sources[0],
                method.name(),
                one.value.unwrap_or_default(),
                label(one.period)
            )));
        }
        if one.split && one.value.is_some() {
            split.push(made.len());
        }
        if one.value.is_none() && one.share > 0.0 {
            partly.push(at);
        }
        let covered = one.share < 1.0 && one.value.is_some();
        made.push(Made {
            sources: one.sources.clone(),
            period: (one.period.start, one.period.end),
            value: one.value,
            bounds: [same(at, 0), same(at, 1)],
            basis: one.split.then_some("apportioned"),
            note: covered.then(|| format!("of {:.0} % of the days of the period", one.share * 100.0)),
        });
    }
    let figures = series::table(observations, &made)?;
    let definitions = described(observations, &series_scheme(to));
    let accounts = accounts(observations, &rows, &found, &partly, &tally_leaves(&figures, definitions.len()));
    let findings = findings(observations, method, &made, &split, &left_out);
    let mut ledger: Ledger = observations.ledger().clone();
    ledger.steps.push(Step { operation: "align".to_owned(), accounts, findings });
    Observations::made(definitions, figures, ledger)
}

fn refuse(observations: &Observations) -> Result<(), Error> {
    let used: FxHashSet<i32> = observations.definition_keys().iter().copied().collect();
    for (_, one) in observations.definitions().iter().enumerate().filter(|(key, _)| used.contains(&(*key as i32))) {
        if one.is_stock() {
            return Err(Error::Schema(format!(
                "{} is a stock: it is counted on a day and not spread over days; use periods.interpolate, or select the \
                 flows by where(measure=...)",
                one.title()
            )));
        }
        if one.is_ratio() {
            return Err(Error::Schema(format!(
                "figures in {} ({}) are not spread over days: align the counts that they were made from",
                one.unit(),
                one.title()
            )));
        }
    }
    Ok(())
}

/// Rows to be spread: all leaves, and printed totals but those of periods that others of their series lie in.
fn usable(observations: &Observations, series: &[u32]) -> (Vec<usize>, Vec<usize>) {
    let (starts, ends) = (observations.dates("period_start"), observations.dates("period_end"));
    let leaves = observations.leaves();
    let (mut rows, totals): (Vec<usize>, Vec<usize>) = (0..observations.len()).partition(|row| leaves.value(*row));
    let mut by_length = totals;
    by_length.sort_by_key(|row| (series[*row], ends[*row] - starts[*row], starts[*row], *row));
    let mut left_out = Vec::new();
    for one in by_length.chunk_by(|a, b| series[*a] == series[*b]) {
        let mut days: std::collections::BTreeMap<i32, i32> = std::collections::BTreeMap::new();
        for row in one {
            let (start, end) = (starts[*row], ends[*row]);
            let before = days.range(..end).next_back();
            if before.is_some_and(|(_, last)| *last > start) {
                left_out.push(*row);
            } else {
                days.insert(start, end);
                rows.push(*row);
            }
        }
    }
    rows.sort_unstable();
    (rows, left_out)
}

/// The series of every row, leaf or not.
fn plain_series(observations: &Observations, series: &[u32]) -> Vec<u32> {
    let leaves = observations.leaves();
    let mut first: rustc_hash::FxHashMap<Vec<Option<String>>, u32> = rustc_hash::FxHashMap::default();
    if leaves.true_count() == leaves.len() {
        return series.to_vec();
    }
    // One look at each series is enough: they agree in all that is asked.
    let mut known: rustc_hash::FxHashMap<u32, u32> = rustc_hash::FxHashMap::default();
    series
        .iter()
        .enumerate()
        .map(|(row, one)| {
            *known.entry(*one).or_insert_with(|| {
                let mut words = vec![Some(observations.definition_keys()[row].to_string())];
                let codes =
                    crate::observation::DIMENSIONS.iter().map(|name| observations.code(name, row).map(str::to_owned));
                words.extend(codes);
                let next = first.len() as u32;
                *first.entry(words).or_insert(next)
            })
        })
        .collect()
}

fn series_scheme(to: &str) -> String {
    if to == "calendar" { "gregorian".to_owned() } else { to.to_owned() }
}

/// Definitions whose `schemes` say what the periods were and what they are.
fn described(observations: &Observations, to: &str) -> Vec<Definition> {
    let mut definitions = observations.definitions().to_vec();
    for one in &mut definitions {
        let Some(schemes) = one.get("schemes") else { continue };
        let part = |part: &str| match part.strip_prefix("period=") {
            Some(was) => format!("period={} as {to}", was.split(" as ").next().unwrap_or(was)),
            None => part.to_owned(),
        };
        let said = schemes.split("; ").map(part).collect::<Vec<_>>().join("; ");
        one.set("schemes", &said);
    }
    definitions
}

/// Rows change their number, and of the value nothing is lost but what fell into periods that are not covered whole.
fn accounts(
    observations: &Observations,
    rows: &[usize],
    found: &Found,
    partly: &[usize],
    out: &[Tally],
) -> Vec<Account> {
    let (keys, leaves, values) = (observations.definition_keys(), observations.leaves(), observations.values());
    let definition = |one: &Aligned| keys[one.sources[0]] as usize;
    let taken = observations.tally();
    let mut accounts: Vec<Account> = observations
        .definitions()
        .iter()
        .zip(taken)
        .zip(out)
        .enumerate()
        .map(|(key, ((one, taken), out))| Account::open(one, vec![key as i32], taken, out.clone()))
        .collect();
    let mut changed = vec![Tally::default(); accounts.len()];
    for row in rows.iter().filter(|row| leaves.value(**row)) {
        let tally = &mut changed[keys[*row] as usize];
        tally.rows += 1;
        tally.missing += i64::from(values.is_null(*row));
    }
    let kept = found.aligned.iter().filter(|one| !one.sources.is_empty() && leaves.value(one.sources[0]));
    for one in kept {
        let tally = &mut changed[definition(one)];
        tally.rows -= 1;
        tally.missing -= i64::from(one.value.is_none());
    }
    for one in partly.iter().map(|at| &found.aligned[*at]).filter(|one| leaves.value(one.sources[0])) {
        let account = &mut accounts[definition(one)];
        let what = || format!("{}: {:.0} % of its days are covered", label(one.period), one.share * 100.0);
        account.set_aside(PARTLY, one.sources[0] as u64, what, Some(one.amount));
        changed[definition(one)].rows -= 1;
    }
    let mut of_series: rustc_hash::FxHashMap<u32, &Aligned> = rustc_hash::FxHashMap::default();
    found.aligned.iter().filter(|one| !one.sources.is_empty()).for_each(|one| {
        of_series.entry(one.series).or_insert(one);
    });
    let mut lost = vec![ExactSum::default(); accounts.len()];
    for (series, parts) in &found.rounding {
        if let Some(one) = of_series.get(series).filter(|one| leaves.value(one.sources[0])) {
            lost[definition(one)].merge(&ExactSum::from_components(parts));
        }
    }
    for ((account, tally), value) in accounts.iter_mut().zip(changed).zip(lost) {
        account.adjustments.extend(Remainder::of("figures split and put together by days", tally));
        let rounding = Tally { rows: 0, missing: 0, value };
        account.adjustments.extend(Remainder::of("rounding of parts to 64-bit floats", rounding));
    }
    accounts
}

fn findings(
    observations: &Observations,
    method: &Method,
    made: &[Made],
    split: &[usize],
    left_out: &[usize],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tell = |severity, message: String, rows: Vec<(usize, Option<f64>, String)>| {
        if rows.is_empty() {
            return;
        }
        let mut tally = Tally::default();
        rows.iter().for_each(|(_, value, _)| tally.add(*value));
        let example = |(row, value, what): &(usize, Option<f64>, String)| Example {
            row: *row as u64,
            what: what.clone(),
            value: *value,
        };
        let examples = rows.iter().take(EXAMPLES).map(example).collect();
        findings.push(Finding { severity, message, tally, examples });
    };
    let how = match method {
        Method::Uniform => "alike over the days of their periods, as nothing says how they fell".to_owned(),
        Method::Seasonal(_) => "as the months in shares= are".to_owned(),
        Method::Denton { .. } => format!("by Denton's method ({})", method.name()),
    };
    let leaf = |one: &Made| observations.leaves().value(one.sources[0]);
    let named = |one: &Made| label(Period { start: one.period.0, end: one.period.1 });
    let rows = split.iter().map(|at| &made[*at]).filter(|one| leaf(one));
    let rows = rows.map(|one| (one.sources[0], one.value, named(one))).collect();
    tell(Severity::Assumption, format!("figures were spread {how}"), rows);
    let rows = made.iter().filter(|one| leaf(one) && one.note.is_some());
    let rows = rows.map(|one| (one.sources[0], one.value, named(one))).collect();
    tell(Severity::Warning, "periods are covered in part, as asked for by partial=True".to_owned(), rows);
    let total = |row: &usize| {
        let value = observations.has_value(*row).then(|| observations.values().value(*row));
        let period =
            Period { start: observations.dates("period_start")[*row], end: observations.dates("period_end")[*row] };
        (*row, value, label(period))
    };
    let rows = left_out.iter().map(total).collect();
    tell(Severity::Note, "printed totals over time were left out beside their parts".to_owned(), rows);
    findings
}
