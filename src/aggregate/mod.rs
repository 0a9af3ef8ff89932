//! Sums over groups of figures. Only leaves are added, only figures of one definition, and what was missing is counted.

mod account;
mod axis;
mod coverage;
pub mod cube;
mod refuse;
mod run;
mod table;

use arrow::array::RecordBatch;
use serde::Deserialize;

use crate::Error;
use crate::definition::Definition;
use crate::ledger::{Ledger, Step};
use crate::observation::Observations;
use crate::totals::period_keys;
use crate::watch::Watch;

use axis::{Axis, Broken, Membership, Periods};
use refuse::{DefinitionClasses, refuse_ratios, refuse_repeats, refuse_stocks};
use run::Run;
use table::stack;

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
    let run = Run { observations, request, axes, classes, periods: &periods, threads, watch };
    run.outside_error()?;
    let mut sums = run.finest()?;
    let finest = sums.set(0)?;
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
        let cells = sums.set(set)?;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, Float64Array, StringArray};
    use arrow::datatypes::Float64Type;

    use super::run::Sums;
    use super::table::batch;
    use super::*;
    use crate::harmonise;

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
            periods: &Periods { keys, periods },
            threads: 1,
            watch: &Watch::default(),
        };
        let whole = run.finest().unwrap().set(0).unwrap();
        let check = |cells: &Sums| {
            let step = Step { accounts: run.accounts(cells), ..Step::default() };
            Ledger { steps: vec![step] }.check()
        };
        check(&whole).unwrap();
        let mut short = whole.clone();
        short.cells.figures[0] -= 1;
        short.cells.valued[0] -= 1;
        assert!(check(&short).is_err_and(|error| error.to_string().contains("unaccounted for: 1 rows")));
        let mut light = whole;
        light.cells.sum[0] -= f64::EPSILON / 4.0;
        assert!(check(&light).is_err());
    }
}
