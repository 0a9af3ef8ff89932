//! Stocks of observations on other days, with the account of it.

use arrow::array::Array;
use chrono::{Datelike, NaiveDate};
use rustc_hash::{FxHashMap, FxHashSet};

use super::date;
use super::series::{self, Made, bounds};
use super::stock::{Between, Count, Path, interpolate as between};
use crate::Error;
use crate::codes::period::{self, Period, label};
use crate::ledger::{Account, EXAMPLES, Example, Finding, Remainder, Severity, Step, Tally};
use crate::observation::{Observations, tally_leaves};

/// How stocks are wanted.
pub struct Wanted<'a> {
    /// Days since 1970-01-01.
    pub days: &'a [i32],
    /// How a stock moves between two counts.
    pub path: Path,
    /// How many years beyond the first and the last count.
    pub horizon: Option<f64>,
    /// Month and day that counts of whole years were made on.
    pub on: Option<(u32, u32)>,
}

/// Gives stocks on the wanted days. Counts on other days are set aside: stocks of two days are never added.
///
/// # Errors
/// [`Error::Schema`] for flows, for counts of whole years without a day, and for two counts of one series on one day.
pub fn interpolate(observations: &Observations, wanted: &Wanted<'_>) -> Result<Observations, Error> {
    refuse(observations)?;
    let days = instants(observations, wanted.on)?;
    let series = series::of(observations)?;
    let run = |value: &dyn Fn(usize) -> f64| -> Result<Vec<Between>, Error> {
        let count = |row: usize| Count { series: series[row], day: days[row], value: value(row), row };
        between((0..observations.len()).map(count).collect(), wanted.days, wanted.path, wanted.horizon)
    };
    let values = observations.values();
    let found = run(&|row| if values.is_valid(row) { values.value(row) } else { f64::NAN })?;
    let sides = ["low", "high"].into_iter().filter_map(|side| bounds(observations, side)).collect::<Vec<_>>();
    let sides = sides.iter().map(|side| run(&|row| side[row])).collect::<Result<Vec<_>, _>>()?;
    let mut of_series: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    (0..observations.len()).for_each(|row| of_series.entry(series[row]).or_default().push(row));
    of_series.values_mut().for_each(|rows| rows.sort_by_key(|row| (days[*row], *row)));
    let made: Vec<Made> = found
        .iter()
        .enumerate()
        .map(|(at, one)| {
            let rows = &of_series[&one.series];
            let counted = rows.iter().copied().find(|row| days[*row] == one.day);
            let sources = match counted.filter(|_| one.basis == "observed" || one.value.is_none()) {
                Some(row) => vec![row],
                None => around(rows, &days, values, one.day),
            };
            let bound = |side: usize| {
                let other: Option<&Between> = sides.get(side).map(|side: &Vec<Between>| &side[at]);
                // Bounds along another path would not be bounds.
                other.filter(|other| one.value.is_none() || other.method == one.method).and_then(|other| other.value)
            };
            let basis = match one.basis {
                "interpolated" => Some("interpolated"),
                "extrapolated" => Some("modelled"),
                "observed" => None,
                _ if counted.is_some() => None,
                _ => Some("interpolated"),
            };
            let note = (one.basis == "below zero").then(|| "the path falls below zero".to_owned());
            Made { sources, period: (one.day, one.day), value: one.value, bounds: [bound(0), bound(1)], basis, note }
        })
        .collect();
    let figures = series::table(observations, &made)?;
    let definitions = observations.definitions().to_vec();
    let accounts = accounts(observations, &days, &made, &tally_leaves(&figures, definitions.len()));
    let findings = findings(observations, wanted, &found, &made);
    let mut ledger = observations.ledger().clone();
    ledger.steps.push(Step { operation: "interpolate".to_owned(), accounts, findings });
    Observations::made(definitions, figures, ledger)
}

fn refuse(observations: &Observations) -> Result<(), Error> {
    let used: FxHashSet<i32> = observations.definition_keys().iter().copied().collect();
    let flow = |(key, one): &(usize, &crate::definition::Definition)| used.contains(&(*key as i32)) && !one.is_stock();
    match observations.definitions().iter().enumerate().find(flow) {
        None => Ok(()),
        Some((_, one)) => Err(Error::Schema(format!(
            "{} is a flow: it happens during a period and is not interpolated; use periods.align, or select the stocks by \
             where(measure=...)",
            one.title()
        ))),
    }
}

/// The day of every count.
fn instants(observations: &Observations, on: Option<(u32, u32)>) -> Result<Vec<i32>, Error> {
    let (starts, ends) = (observations.dates("period_start"), observations.dates("period_end"));
    let day = |row: usize| {
        let one = Period { start: starts[row], end: ends[row] };
        if one.is_instant() {
            return Ok(one.start);
        }
        let year = period::calendar_year(one);
        match (year, on) {
            (Some(year), Some((month, day))) => NaiveDate::from_ymd_opt(year, month, day)
                .map(|day| day.to_epoch_days())
                .ok_or_else(|| Error::Schema(format!("row {row}: {year} has no day {month:02}-{day:02}"))),
            _ => Err(Error::Schema(format!(
                "row {row}: the stock is of {} and not of a day; say on which day of the year it was counted, as in \
                 day='07-01', here or when harmonising",
                label(one)
            ))),
        }
    };
    (0..observations.len()).map(day).collect()
}

/// The counts that a day lies between, or the two that are nearest.
fn around(rows: &[usize], days: &[i32], values: &arrow::array::Float64Array, day: i32) -> Vec<usize> {
    let known: Vec<usize> = rows.iter().copied().filter(|row| values.is_valid(*row)).collect();
    if known.len() < 2 {
        return vec![known.first().copied().unwrap_or(rows[0])];
    }
    let after = known.iter().position(|row| days[*row] > day).unwrap_or(known.len());
    let first = after.clamp(1, known.len() - 1) - 1;
    vec![known[first], known[first + 1]]
}

/// Counts that are not on a wanted day go, stocks that nobody counted come.
fn accounts(observations: &Observations, days: &[i32], made: &[Made], out: &[Tally]) -> Vec<Account> {
    let (keys, leaves, values) = (observations.definition_keys(), observations.leaves(), observations.values());
    let mut accounts: Vec<Account> = observations
        .definitions()
        .iter()
        .zip(observations.tally())
        .zip(out)
        .enumerate()
        .map(|(key, ((one, taken), out))| Account::open(one, vec![key as i32], taken, out.clone()))
        .collect();
    let kept: FxHashSet<usize> =
        made.iter().filter(|one| one.basis.is_none() && one.note.is_none()).map(|one| one.sources[0]).collect();
    for row in (0..observations.len()).filter(|row| leaves.value(*row) && !kept.contains(row)) {
        let what = || date(days[row]).map_or_else(|_| "a day".to_owned(), |day| format!("counted on {day}"));
        let value = values.is_valid(row).then(|| values.value(row));
        accounts[keys[row] as usize].set_aside("counted on another day", row as u64, what, value);
    }
    let mut new = vec![Tally::default(); accounts.len()];
    let fresh = |one: &&Made| leaves.value(one.sources[0]) && !(one.basis.is_none() && one.note.is_none());
    made.iter().filter(fresh).for_each(|one| new[keys[one.sources[0]] as usize].add(one.value));
    for (account, tally) in accounts.iter_mut().zip(new) {
        account.adjustments.extend(Remainder::of("stocks between counts", tally.negative()));
    }
    accounts
}

fn findings(observations: &Observations, wanted: &Wanted<'_>, found: &[Between], made: &[Made]) -> Vec<Finding> {
    let path = if wanted.path == Path::Linear { "by the same number every day" } else { "at one rate of growth" };
    let says = |severity, basis: &str, message: String| {
        let rows = found
            .iter()
            .zip(made)
            .filter(|(one, made)| one.basis == basis && observations.leaves().value(made.sources[0]));
        let mut finding = Finding { severity, message, tally: Tally::default(), examples: Vec::new() };
        for (one, made) in rows {
            finding.tally.add(one.value);
            if finding.examples.len() < EXAMPLES {
                let what = date(one.day).map_or_else(
                    |_| one.day.to_string(),
                    |day| format!("{}-{:02}-{:02}", day.year(), day.month(), day.day()),
                );
                finding.examples.push(Example { row: made.sources[0] as u64, what, value: one.value });
            }
        }
        (finding.tally.rows > 0).then_some(finding)
    };
    let horizon = wanted.horizon.unwrap_or_default();
    [
        says(Severity::Assumption, "interpolated", format!("stocks between counts move {path}")),
        says(
            Severity::Warning,
            "extrapolated",
            format!("stocks up to {horizon} years beyond the counts go on {path}, as asked for by horizon="),
        ),
        says(Severity::Warning, "below zero", "stocks that would fall below zero have no value".to_owned()),
        says(Severity::Note, "outside", "days outside the counts have no value".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
