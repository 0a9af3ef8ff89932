//! Money of remittances in another currency, and in the prices of one year.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use arrow::datatypes::Float64Type;

use crate::Error;
use crate::codes::period::{Period, label};
use crate::codes::unit;
use crate::column::dictionary;
use crate::definition::{CITATION, Definition};
use crate::ledger::{Account, EXAMPLES, Example, Finding, Remainder, Severity, Step, Tally};
use crate::observation::{Observations, tally_leaves, with_definitions};
use crate::totals::grid_of;

/// A number that holds for a currency during a period: an exchange rate or the level of prices.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// Code of ISO 4217; empty where it holds for all.
    pub currency: String,
    /// When it holds.
    pub period: Period,
    /// More than 0.
    pub value: f64,
}

/// Rates by currency and period.
struct Rates {
    of: BTreeMap<String, BTreeMap<(i32, i32), f64>>,
    /// What they are, for messages.
    what: &'static str,
}

impl Rates {
    fn new(rates: &[Rate], what: &'static str) -> Result<Rates, Error> {
        let mut of: BTreeMap<String, BTreeMap<(i32, i32), f64>> = BTreeMap::new();
        for (row, one) in rates.iter().enumerate() {
            if !one.currency.is_empty() && unit::kind(&one.currency) != unit::Kind::Money {
                return Err(Error::Code(format!(
                    "{what}, row {row}: {:?} is no currency; expected a code of ISO 4217 such as \"USD\"",
                    one.currency
                )));
            }
            if !(one.value.is_finite() && one.value > 0.0) {
                return Err(Error::Schema(format!("{what}, row {row}: {} is not a number above 0", one.value)));
            }
            let key = (one.period.start, one.period.end);
            let before = of.entry(one.currency.clone()).or_default().insert(key, one.value);
            if before.is_some_and(|before| before != one.value) {
                return Err(Error::Schema(format!(
                    "{what}, row {row}: {} of {} has two values, {} and {}",
                    one.currency,
                    label(one.period),
                    before.unwrap_or_default(),
                    one.value
                )));
            }
        }
        Ok(Rates { of, what })
    }

    /// What holds during a period: what is stated for it, or the mean of what is stated for parts that make it up.
    fn during(&self, currency: &str, period: Period) -> Result<f64, Error> {
        let known = self.of.get(currency).or_else(|| self.of.get(""));
        let exact = known.and_then(|known| known.get(&(period.start, period.end)));
        exact.copied().or_else(|| mean_of_parts(known?, period)).ok_or_else(|| {
            let whose = if currency.is_empty() { String::new() } else { format!(" of {currency}") };
            let has = match known.and_then(|known| known.keys().next().zip(known.keys().next_back())) {
                Some((first, last)) => {
                    let of = |key: &(i32, i32)| label(Period { start: key.0, end: key.1 });
                    format!("; it has {} to {}", of(first), of(last))
                }
                None => format!("; it has {}", self.of.keys().cloned().collect::<Vec<_>>().join(", ")),
            };
            Error::Code(format!(
                "{} has none{whose} for {}{has}; add a row for that period, or rows for months that make it up",
                self.what,
                label(period)
            ))
        })
    }
}

/// The mean over the shortest parts that follow one another from the first day to the last.
fn mean_of_parts(known: &BTreeMap<(i32, i32), f64>, period: Period) -> Option<f64> {
    let (mut sum, mut count, mut at) = (0.0, 0.0, period.start);
    while at < period.end {
        let (key, value) = known.range((at, at + 1)..(at + 1, i32::MIN)).next()?;
        (sum, count, at) = (sum + value, count + 1.0, key.1);
    }
    (at == period.end && count > 1.0).then_some(sum / count)
}

/// Amounts of money in one currency. A rate is the number of units of the currency for one of `to`.
///
/// # Errors
/// [`Error::Code`] where a rate is missing, [`Error::Definition`] for amounts in constant prices and where one figure was
/// printed in two currencies.
pub fn convert(observations: &Observations, to: &str, rates: &[Rate]) -> Result<Observations, Error> {
    if unit::check(to)?.kind != unit::Kind::Money {
        return Err(Error::Code(format!("to={to:?} is no currency; expected a code of ISO 4217 such as \"USD\"")));
    }
    let rates = Rates::new(rates, "rates=")?;
    let change = |one: &Definition| {
        if one.unit() == to {
            return Ok(None);
        }
        refuse_constant(one, "convert before you deflate")?;
        let mut out = one.clone();
        out.set("unit", to);
        Ok(Some(out))
    };
    let how = format!("amounts were converted to {to} at the rates that were given");
    restate(observations, "convert", &how, change, |one, period| rates.during(one.unit(), period))
}

/// Amounts of money in the prices of a base period, by an index of prices.
///
/// # Errors
/// [`Error::Code`] where the index is missing, [`Error::Definition`] for amounts that are in constant prices already.
pub fn deflate(
    observations: &Observations,
    index: &[Rate],
    (base, base_name): (Period, &str),
    name: &str,
) -> Result<Observations, Error> {
    let rates = Rates::new(index, "index=")?;
    let one_for_all = index.iter().any(|one| one.currency.is_empty());
    let units: Vec<&str> =
        observations.definitions().iter().filter(|one| one.is_money()).map(Definition::unit).collect();
    if let Some(other) = units.iter().find(|other| one_for_all && **other != units[0]) {
        return Err(Error::Definition(format!(
            "index= has no column \"currency\", and figures are in {} and {other}: prices of one country do not deflate \
             money of another; add the column, or convert first",
            units[0]
        )));
    }
    let change = |one: &Definition| {
        refuse_constant(one, "it is deflated already")?;
        let mut out = one.clone();
        out.set("price_base", &format!("constant {base_name} ({name})"));
        Ok(Some(out))
    };
    let how = format!("amounts are in prices of {base_name} by {name}");
    restate(observations, "deflate", &how, change, |one, period| {
        Ok(rates.during(one.unit(), period)? / rates.during(one.unit(), base)?)
    })
}

fn refuse_constant(one: &Definition, advice: &str) -> Result<(), Error> {
    match one.get("price_base").filter(|base| *base != "current") {
        None => Ok(()),
        Some(base) => Err(Error::Definition(format!("{} has price_base {base:?}: {advice}", one.title()))),
    }
}

/// Divides the amounts of all definitions that change.
fn restate(
    observations: &Observations,
    operation: &str,
    how: &str,
    change: impl Fn(&Definition) -> Result<Option<Definition>, Error>,
    divisor: impl Fn(&Definition, Period) -> Result<f64, Error>,
) -> Result<Observations, Error> {
    let before = observations.definitions();
    if !before.iter().any(Definition::is_money) {
        return Err(Error::Schema(format!("{operation}: no figures are amounts of money (measure \"remittance\")")));
    }
    let changed =
        before.iter().map(|one| if one.is_money() { change(one) } else { Ok(None) }).collect::<Result<Vec<_>, _>>()?;
    // Definitions that now say the same are one.
    let mut definitions: Vec<Definition> = Vec::new();
    let lut: Vec<i32> = before
        .iter()
        .zip(&changed)
        .map(|(one, changed)| {
            let one = changed.as_ref().unwrap_or(one);
            let at = definitions.iter().position(|known| known == one);
            at.unwrap_or_else(|| {
                definitions.push(one.clone());
                definitions.len() - 1
            }) as i32
        })
        .collect();
    let keys = observations.definition_keys();
    let (starts, ends) = (observations.dates("period_start"), observations.dates("period_end"));
    let mut known: BTreeMap<(i32, i32, i32), f64> = BTreeMap::new();
    let mut by: Vec<Option<f64>> = Vec::with_capacity(keys.len());
    for (row, key) in keys.iter().enumerate() {
        by.push(if changed[*key as usize].is_none() {
            None
        } else if let Some(by) = known.get(&(*key, starts[row], ends[row])) {
            Some(*by)
        } else {
            let period = Period { start: starts[row], end: ends[row] };
            let found = divisor(&before[*key as usize], period)?;
            known.insert((*key, starts[row], ends[row]), found);
            Some(found)
        });
    }
    let figures = with_amounts(observations.figures(), &by)?;
    let figures = with_definitions(&figures, keys.iter().map(|key| lut[*key as usize]).collect())?;
    let accounts = accounts(observations, &changed, &definitions, &lut, &figures);
    let mut finding = Finding {
        severity: Severity::Assumption,
        message: how.to_owned(),
        tally: Tally::default(),
        examples: Vec::new(),
    };
    let values = figures["value"].as_primitive::<Float64Type>();
    for row in (0..by.len()).filter(|row| by[*row].is_some() && observations.leaves().value(*row)) {
        let value = values.is_valid(row).then(|| values.value(row));
        finding.tally.add(value);
        if finding.examples.len() < EXAMPLES {
            let what = format!("{} / {}", observations.values().value(row), by[row].unwrap_or(1.0));
            finding.examples.push(Example { row: row as u64, what, value });
        }
    }
    let mut ledger = observations.ledger().clone();
    let findings = if finding.tally.rows > 0 { vec![finding] } else { Vec::new() };
    ledger.steps.push(Step { operation: operation.to_owned(), accounts, findings });
    let made = Observations::made(definitions, figures, ledger)?;
    refuse_repeats(&made, observations)?;
    Ok(made)
}

/// One figure printed in two currencies is not two figures.
fn refuse_repeats(made: &Observations, before: &Observations) -> Result<(), Error> {
    let mut meanings: Vec<Definition> = Vec::new();
    let of: Vec<i32> = made
        .definitions()
        .iter()
        .map(|one| one.without(CITATION))
        .map(|one| {
            let at = meanings.iter().position(|known| *known == one);
            at.unwrap_or_else(|| {
                meanings.push(one);
                meanings.len() - 1
            }) as i32
        })
        .collect();
    if meanings.len() == before.definitions().len() {
        return Ok(());
    }
    let keys = before.definition_keys();
    let group: Vec<i32> = made.definition_keys().iter().map(|key| of[*key as usize]).collect();
    let repeats = grid_of(made, &group)?.duplicates();
    let unit = |row: usize| before.definitions()[keys[row] as usize].unit();
    match repeats.into_iter().find(|(row, earlier)| unit(*row) != unit(*earlier)) {
        None => Ok(()),
        Some((row, earlier)) => Err(Error::Definition(format!(
            "rows {earlier} and {row} are the same figure in {} and in {}: select one of them by where(unit=...)",
            unit(earlier),
            unit(row)
        ))),
    }
}

/// Values and bounds divided, and said to be adjusted.
fn with_amounts(figures: &RecordBatch, by: &[Option<f64>]) -> Result<RecordBatch, Error> {
    let schema = figures.schema();
    let mut columns: Vec<ArrayRef> = figures.columns().to_vec();
    for name in ["value", "low", "high"] {
        let Ok(at) = schema.index_of(name) else { continue };
        let column = columns[at].as_primitive::<Float64Type>();
        let amount = |row: usize| {
            let value = column.is_valid(row).then(|| column.value(row))?;
            Some(by[row].map_or(value, |by| value / by))
        };
        columns[at] = Arc::new((0..by.len()).map(amount).collect::<Float64Array>());
    }
    let at = schema.index_of("basis")?;
    let (keys, _, codes) = crate::column::codes(&columns[at])?;
    let mut names: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
    let adjusted = names.iter().position(|name| name == "adjusted").unwrap_or_else(|| {
        names.push("adjusted".to_owned());
        names.len() - 1
    });
    // What is modelled stays so: that matters more than the currency.
    let basis = |row: usize| {
        let plain = matches!(names[keys[row] as usize].as_str(), "observed" | "assumed" | "apportioned");
        if by[row].is_some() && plain { adjusted as i32 } else { keys[row] }
    };
    let keys = (0..by.len()).map(basis).collect();
    columns[at] = dictionary(keys, &names);
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// In its old unit every amount goes, in its new one it comes; in one unit the difference is an adjustment.
fn accounts(
    observations: &Observations,
    changed: &[Option<Definition>],
    definitions: &[Definition],
    lut: &[i32],
    figures: &RecordBatch,
) -> Vec<Account> {
    let before = observations.definitions();
    let (keys, leaves) = (observations.definition_keys(), observations.leaves());
    let (old, new) = (observations.values(), figures["value"].as_primitive::<Float64Type>());
    let out = tally_leaves(figures, definitions.len());
    let mut accounts: Vec<Account> = (0..definitions.len())
        .map(|key| Account::open(&definitions[key], vec![key as i32], Tally::default(), out[key].clone()))
        .collect();
    let mut gone: Vec<Account> = Vec::new();
    let (mut came, mut differs) =
        (vec![Tally::default(); definitions.len()], vec![Tally::default(); definitions.len()]);
    for (key, taken) in observations.tally().into_iter().enumerate() {
        let at = lut[key] as usize;
        let rows = || (0..keys.len()).filter(|row| keys[*row] as usize == key && leaves.value(*row));
        let value = |column: &Float64Array, row: usize| column.is_valid(row).then(|| column.value(row));
        if before[key].unit() == definitions[at].unit() {
            accounts[at].taken.merge(&taken);
            if changed[key].is_some() {
                for row in rows() {
                    value(old, row).into_iter().for_each(|value| differs[at].value.add(value));
                    value(new, row).into_iter().for_each(|value| differs[at].value.sub(value));
                }
            }
            continue;
        }
        let mut account = Account::open(&before[key], Vec::new(), taken, Tally::default());
        let mut all = Tally::default();
        rows().for_each(|row| all.add(value(old, row)));
        rows().for_each(|row| came[at].add(value(new, row)));
        account.adjustments.extend(Remainder::of(&format!("converted to {}", definitions[at].unit()), all));
        gone.push(account);
    }
    for (at, account) in accounts.iter_mut().enumerate() {
        account.adjustments.extend(Remainder::of("converted from other currencies", came[at].negative()));
        account.adjustments.extend(Remainder::of("change of prices", differs[at].clone()));
    }
    accounts.extend(gone);
    accounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::period::parse;

    fn rate(currency: &str, text: &str, value: f64) -> Rate {
        Rate { currency: currency.to_owned(), period: parse(text).unwrap(), value }
    }

    #[test]
    fn a_rate_is_that_of_the_period_or_the_mean_of_months_that_make_it_up() {
        let months: Vec<Rate> = (1..=12).map(|m| rate("NPR", &format!("2020-{m:02}"), f64::from(m))).collect();
        let rates = Rates::new(&months, "rates=").unwrap();
        assert_eq!(rates.during("NPR", parse("2020").unwrap()).unwrap(), 6.5);
        assert_eq!(rates.during("NPR", parse("2020-Q1").unwrap()).unwrap(), 2.0);
        assert_eq!(rates.during("NPR", parse("2020-05").unwrap()).unwrap(), 5.0);
        for (currency, text) in
            [("NPR", "2021"), ("NPR", "2020-01-15/2020-02-14"), ("INR", "2020"), ("NPR", "2020-01-15")]
        {
            let says = rates.during(currency, parse(text).unwrap()).unwrap_err().to_string();
            assert!(says.contains("add a row for that period"), "{says}");
        }
        let both = [rate("NPR", "2020", 7.0), rate("NPR", "2020-01", 1.0)];
        assert_eq!(Rates::new(&both, "rates=").unwrap().during("NPR", parse("2020").unwrap()).unwrap(), 7.0);
        assert!(Rates::new(&[rate("NPR", "2020", 7.0), rate("NPR", "2020", 8.0)], "rates=").is_err());
        for wrong in [rate("NPR", "2020", 0.0), rate("NPR", "2020", f64::NAN), rate("persons", "2020", 1.0)] {
            assert!(Rates::new(&[wrong], "rates=").is_err());
        }
    }
}
