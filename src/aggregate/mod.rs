//! Sums over groups of figures. Only leaves are added, only figures of one definition, and what was missing is counted.

mod account;
mod axis;
mod coverage;
pub mod cube;
pub mod groups;
mod measures;
mod overlap;
pub mod records;
mod refuse;
mod run;
mod table;

use arrow::array::RecordBatch;
use rustc_hash::FxHashMap;
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
    /// Which of those to add totals over, in all combinations.
    pub totals: Vec<String>,
    /// Which of those to roll up, from the outermost to the innermost.
    pub rollup: Vec<String>,
    /// What to work out; all that is known of sums if none is named.
    pub measures: Vec<records::Measure>,
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
    /// Groups of the caller's.
    pub groups: FxHashMap<String, groups::Listed>,
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
    /// The figures without a value, with the classes that they belong to; of records only where they were counted.
    pub missing: Option<RecordBatch>,
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
    let membership = Membership::parse(&request.membership)?;
    let axes = request
        .by
        .iter()
        .map(|word| Axis::new(word, observations, &periods, &request.groups, membership))
        .collect::<Result<Vec<_>, _>>()?;
    check_words(&request.by, &request.totals, request.min_coverage)?;
    check_rollup(&request.by, &request.totals, &request.rollup)?;
    let classes = DefinitionClasses::new(observations, &request.across)?;
    refuse_ratios(observations)?;
    refuse_stocks(observations, &periods, &classes, request)?;
    if !request.across.is_empty() {
        refuse_repeats(observations, &classes)?;
    }
    if request.expected == Expected::Grid && axes.iter().any(|axis| axis.overlap.is_some()) {
        return Err(Error::Schema(
            "expected=\"grid\" cannot be told of groups that overlap; group by one of them".into(),
        ));
    }
    if request.min_coverage.is_some() && axes.iter().any(|axis| axis.overlap.is_some()) {
        return Err(Error::Schema(OVERLAP_AND_COVERAGE.into()));
    }
    let run = Run { observations, request, axes, classes, periods: &periods, threads, watch };
    run.outside_error()?;
    // Where no leaf is broken down by something, its totals are the cells themselves.
    let idle: Vec<bool> = run.axes.iter().map(|axis| axis.leaves == Broken::None).collect();
    let mut sums = run.finest()?;
    let (mut parts, mut step) = (Vec::new(), Step { operation: "aggregate".to_owned(), ..Step::default() });
    let mut made: Vec<Vec<bool>> = Vec::new();
    for set in grouping_sets(&request.by, &request.totals, &request.rollup) {
        let set: Vec<bool> = set.into_iter().zip(&idle).map(|(over, idle)| over && !idle).collect();
        if made.contains(&set) {
            continue;
        }
        made.push(set.clone());
        let cells = sums.set(&set)?;
        run.refuse_mixtures(&cells, &set)?;
        if parts.is_empty() {
            // What overlaps is in the table several times, and in the account once.
            let overlaps = run.axes.iter().any(|axis| axis.overlap.is_some());
            let plain = if overlaps { Some(sums.plain()?) } else { None };
            (step.accounts, step.findings) = (run.accounts(plain.as_ref().unwrap_or(&cells)), run.findings());
        }
        parts.push(run.table(&cells, &set)?);
    }
    let mut ledger = observations.ledger().clone();
    ledger.steps.push(step);
    ledger.check()?;
    let cells = stack(&parts)?;
    Ok(Aggregate { cells, missing: Some(run.missing()?), definitions: run.classes.definitions.clone(), ledger })
}

const OVERLAP_AND_COVERAGE: &str =
    "min_coverage= cannot be told of groups that overlap, whose cells share figures; group by one of them";

/// What to group by and what to add totals over.
fn check_words(by: &[String], totals: &[String], min_coverage: Option<f64>) -> Result<(), Error> {
    for (at, word) in by.iter().enumerate() {
        if by[..at].contains(word) {
            return Err(Error::Schema(format!("by= names {word:?} twice")));
        }
    }
    for (at, word) in totals.iter().enumerate() {
        if !by.contains(word) || totals[..at].contains(word) {
            return Err(Error::Schema(format!(
                "totals= names {word:?}, which is not one of by={by:?}, or is named twice"
            )));
        }
    }
    if let Some(share) = min_coverage.filter(|share| !(0.0..=1.0).contains(share)) {
        return Err(Error::Schema(format!("min_coverage={share}: expected a number from 0 to 1")));
    }
    if totals.len() > 12 {
        return Err(Error::Schema("totals over more than 12 columns make too many rows".into()));
    }
    Ok(())
}

/// What to roll up.
fn check_rollup(by: &[String], totals: &[String], rollup: &[String]) -> Result<(), Error> {
    for (at, word) in rollup.iter().enumerate() {
        if !by.contains(word) || rollup[..at].contains(word) {
            return Err(Error::Schema(format!(
                "rollup= names {word:?}, which is not one of by={by:?}, or is named twice"
            )));
        }
        if totals.contains(word) {
            return Err(Error::Schema(format!("{word:?} is named in totals= and in rollup=; one of them is enough")));
        }
    }
    Ok(())
}

/// The grouping sets, each as the words of `by` that it sums over: all combinations of totals, with every step of the
/// roll-up, which begins with its innermost word. The first is the finest.
fn grouping_sets(by: &[String], totals: &[String], rollup: &[String]) -> Vec<Vec<bool>> {
    let mut sets = Vec::new();
    for step in 0..=rollup.len() {
        for set in 0..1u32 << totals.len() {
            let over = |word: &String| {
                rollup[rollup.len() - step..].contains(word)
                    || totals.iter().position(|total| total == word).is_some_and(|at| set & (1 << at) != 0)
            };
            sets.push(by.iter().map(over).collect());
        }
    }
    sets
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
        assert_eq!(out.missing.unwrap().num_rows(), 1);
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
        let whole = run.finest().unwrap().set(&[]).unwrap();
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
