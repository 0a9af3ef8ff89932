//! Part of a table of observations.

use std::collections::BTreeMap;

use arrow::array::{Array, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use rayon::prelude::*;

use crate::Error;
use crate::codes::area;
use crate::codes::area::groups::{self, Placement};
use crate::codes::period::{self, Period};
use crate::definition::Definition;
use crate::error::near;
use crate::ledger::{Account, Ledger, Remainder, Step, Tally};
use crate::observation::{
    AREAS, COLUMNS, Kind, Observations, is_printed, known, tally_leaves, tally_rows, with_definitions, with_leaves,
};
use crate::totals::{grid, grid_of, period_keys};

/// What is wanted: a column, `year`, `period`, `definition` or a field of the definitions -> the values allowed.
pub type Conditions = BTreeMap<String, Vec<String>>;

/// The figures that satisfy all conditions.
///
/// Totals of which no part is selected become leaves.
///
/// # Errors
/// [`Error::Schema`] for a condition on nothing, [`Error::Code`] for a value that its column cannot have.
pub fn select(observations: &Observations, conditions: &Conditions) -> Result<Observations, Error> {
    let mut keep = vec![true; observations.len()];
    for (name, wanted) in conditions {
        let holds = condition(observations, name, wanted)?;
        keep.par_iter_mut().zip(holds).for_each(|(keep, holds)| *keep &= holds);
    }
    select_rows(observations, &keep)
}

fn select_rows(observations: &Observations, keep: &[bool]) -> Result<Observations, Error> {
    let mask = BooleanArray::from(keep.to_vec());
    let figures = filter_record_batch(observations.figures(), &mask)?;
    let accounts = accounts(observations, keep, &figures);
    let kept = Observations::made(observations.definitions().to_vec(), figures, Ledger::default())?;
    let (definitions, figures, accounts) = promote(&kept, accounts)?;
    let mut ledger = observations.ledger().clone();
    ledger.steps.push(Step { operation: "where".to_owned(), accounts, findings: Vec::new() });
    Observations::made(definitions, figures, ledger)
}

/// What came in, what went out, and what the mask left behind, each counted from its own table.
fn accounts(observations: &Observations, keep: &[bool], figures: &RecordBatch) -> Vec<Account> {
    let count = observations.definitions().len();
    let (keys, values, leaves) = (observations.definition_keys(), observations.values(), observations.leaves());
    let behind = tally_rows(keep.len(), count, |row| {
        let value = || values.is_valid(row).then(|| values.value(row));
        (leaves.value(row) && !keep[row]).then(|| (keys[row] as usize, value()))
    });
    let ends = observations.tally().into_iter().zip(tally_leaves(figures, count)).zip(behind);
    ends.enumerate()
        .map(|(key, ((taken, out), behind))| {
            let mut account = Account::open(&observations.definitions()[key], vec![key as i32], taken, out);
            account.set_aside.extend(Remainder::of("not selected", behind));
            account
        })
        .collect()
}

/// Totals that a selection has parted from all of their parts become leaves, the finest of them first; where such totals
/// cross, each breakdown gets a definition of its own.
fn promote(
    kept: &Observations,
    mut accounts: Vec<Account>,
) -> Result<(Vec<Definition>, RecordBatch, Vec<Account>), Error> {
    let old: Vec<bool> = kept.leaves().values().iter().collect();
    if old.iter().all(|leaf| *leaf) {
        return Ok((kept.definitions().to_vec(), kept.figures().clone(), accounts));
    }
    let keys = kept.definition_keys();
    let (whole, group) = grid(kept)?;
    let found = whole.leaves(|row| kept.has_value(row), &group);
    let grid = grid_of(kept, keys)?;
    // Whoever stated leaves may have made a total one: what lies inside of it stays what it was.
    let inside = grid.inside(&old);
    let promoted: Vec<bool> = (0..kept.len()).map(|row| !old[row] && found.leaf[row] && !inside[row]).collect();
    if !promoted.contains(&true) {
        return Ok((kept.definitions().to_vec(), kept.figures().clone(), accounts));
    }
    // A part without a value is in the total that now stands for it.
    let within = grid.inside(&promoted);
    let leaf: Vec<bool> = (0..kept.len()).map(|row| promoted[row] || (old[row] && !within[row])).collect();
    let values = kept.values();
    let tally = |wanted: &(dyn Fn(usize) -> bool + Sync)| {
        tally_rows(kept.len(), accounts.len(), |row| {
            let value = || kept.has_value(row).then(|| values.value(row));
            wanted(row).then(|| (keys[row] as usize, value()))
        })
    };
    let gained = tally(&|row| promoted[row]);
    let covered = tally(&|row| old[row] && within[row]);
    let structure = grid.apart(leaf, |row| kept.has_value(row), keys);
    let (definitions, split) = structure.split(kept.definitions(), keys);
    let mut of =
        if structure.breakdown.is_empty() { (0..definitions.len()).collect() } else { vec![0; definitions.len()] };
    split.iter().zip(keys).for_each(|(new, old)| of[*new as usize] = *old as usize);
    let figures = with_definitions(&with_leaves(kept.figures(), structure.leaf)?, split)?;
    let out = tally_leaves(&figures, definitions.len());
    for (key, (account, (gained, covered))) in accounts.iter_mut().zip(gained.into_iter().zip(covered)).enumerate() {
        let here: Vec<usize> = (0..definitions.len()).filter(|new| of[*new] == key).collect();
        account.out = Tally::default();
        here.iter().for_each(|new| account.out.merge(&out[*new]));
        account.definitions = here.into_iter().map(|new| new as i32).collect();
        account.adjustments.extend(Remainder::of("totals selected without their parts", gained.negative()));
        account.set_aside.extend(Remainder::of("without a value, inside a total that is selected", covered));
    }
    Ok((definitions, figures, accounts))
}

fn condition(observations: &Observations, name: &str, wanted: &[String]) -> Result<Vec<bool>, Error> {
    let rows = observations.len();
    let parse = |text: &String, what: &str| -> Result<i32, Error> {
        text.parse().map_err(|_| Error::Code(format!("{name}={text:?}: expected {what}")))
    };
    match name {
        "year" => {
            let years = wanted.iter().map(|year| parse(year, "a year")).collect::<Result<Vec<_>, _>>()?;
            // A year holds its months too.
            let within = |one: Period| {
                let last = Period { start: one.end - i32::from(!one.is_instant()), end: one.end };
                years.contains(&period::start_year(one)) && period::start_year(last) == period::start_year(one)
            };
            Ok(by_period(observations, within))
        }
        "period" => {
            let periods = wanted.iter().map(|label| period::parse(label)).collect::<Result<Vec<_>, _>>()?;
            Ok(by_period(observations, |one| periods.contains(&one)))
        }
        "leaf" => {
            let read = |text: &String| match text.as_str() {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => Err(Error::Code(format!("leaf={text:?}: expected true or false"))),
            };
            let want = wanted.iter().map(read).collect::<Result<Vec<bool>, _>>()?;
            let leaves = observations.leaves();
            Ok((0..rows).map(|row| want.contains(&leaves.value(row))).collect())
        }
        "definition" => {
            let keys = wanted.iter().map(|key| parse(key, "the key of a definition")).collect::<Result<Vec<_>, _>>()?;
            Ok(observations.definition_keys().iter().map(|key| keys.contains(key)).collect())
        }
        _ if Definition::has(name) => {
            for value in wanted {
                let stated: Vec<&str> = observations.definitions().iter().filter_map(|one| one.get(name)).collect();
                if !stated.contains(&value.as_str()) {
                    let near = near(value, &stated);
                    return Err(Error::Code(format!("no definition says {name}={value:?}{near}; see definitions")));
                }
            }
            let allowed = |one: &Definition| wanted.iter().any(|value| one.get(name) == Some(value.as_str()));
            let allowed: Vec<bool> = observations.definitions().iter().map(allowed).collect();
            Ok(observations.definition_keys().iter().map(|key| allowed[*key as usize]).collect())
        }
        _ if COLUMNS.iter().any(|(column, kind, _)| *column == name && *kind == Kind::Code) => {
            by_code(observations, name, wanted)
        }
        _ => {
            let columns = COLUMNS.iter().filter(|(_, kind, _)| *kind == Kind::Code).map(|(column, _, _)| *column);
            let all: Vec<&str> =
                columns.chain(["year", "period", "leaf", "definition"]).chain(Definition::fields()).collect();
            Err(Error::Schema(format!("nothing is called {name:?}{}", near(name, &all))))
        }
    }
}

fn by_period(observations: &Observations, wanted: impl Fn(Period) -> bool) -> Vec<bool> {
    let (keys, periods) = period_keys(observations.dates("period_start"), observations.dates("period_end"));
    let wanted: Vec<bool> = periods.into_iter().map(wanted).collect();
    keys.into_iter().map(|key| wanted[key as usize]).collect()
}

fn by_code(observations: &Observations, name: &str, wanted: &[String]) -> Result<Vec<bool>, Error> {
    let rows = observations.len();
    let Some((keys, codes)) = observations.codes(name) else {
        return Err(Error::Schema(format!("the table has no {name}: it is not broken down by it")));
    };
    let nulls = observations.figures()[name].nulls();
    let present = |row: usize| !nulls.is_some_and(|nulls| nulls.is_null(row));
    let mut same = vec![false; codes.len()];
    let mut groups = Vec::new();
    for value in wanted {
        match codes.iter().position(|code| code == value) {
            Some(at) => same[at] = true,
            // A group that has no row of its own is its members.
            None if AREAS.contains(&name) => match groups::group(value) {
                Ok(group) => groups.push(group),
                Err(_) if area::get(value).is_some() => {}
                Err(error) => return Err(error),
            },
            None if could_be(name, value) => {}
            None => {
                return Err(Error::Code(format!("{name}={value:?} is not a code of it{}", near(value, &codes))));
            }
        }
    }
    if groups.is_empty() {
        return Ok((0..rows).map(|row| present(row) && same[keys[row] as usize]).collect());
    }
    let (when, periods) = period_keys(observations.dates("period_start"), observations.dates("period_end"));
    let inside: Vec<Vec<bool>> = codes
        .iter()
        .zip(&same)
        .map(|(code, same)| {
            let member = |one: &Period| {
                let year = Some(period::start_year(*one));
                *same || groups.iter().any(|group| groups::contains(group, code, year) == Placement::Inside)
            };
            periods.iter().map(member).collect()
        })
        .collect();
    Ok((0..rows).map(|row| present(row) && inside[keys[row] as usize][when[row] as usize]).collect())
}

/// Is it a code that the column could have had? Schemes that are only named have no list of codes.
fn could_be(name: &str, code: &str) -> bool {
    known(name, code) && !matches!(name, "skill" | "education" | "occupation") && !is_printed(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harmonise::{Request, harmonise};
    use crate::watch::Watch;
    use arrow::array::{ArrayRef, Float64Array, StringArray};
    use arrow::datatypes::{DataType, Field, Schema};
    use std::sync::Arc;

    fn observations() -> Observations {
        let sex: ArrayRef = Arc::new(StringArray::from(vec!["Male", "Female", "Total", "Male"]));
        let country: ArrayRef = Arc::new(StringArray::from(vec!["Oman", "Oman", "Oman", "Qatar"]));
        let value: ArrayRef = Arc::new(Float64Array::from(vec![Some(2.0), Some(3.5), Some(5.5), None]));
        let fields = [("sex", DataType::Utf8), ("country", DataType::Utf8), ("n", DataType::Float64)];
        let schema = Arc::new(Schema::new(fields.map(|(name, kind)| Field::new(name, kind, true)).to_vec()));
        let batch = RecordBatch::try_new(schema.clone(), vec![sex, country, value]).unwrap();
        let request = r#"{
            "columns": {"sex": "sex", "destination": "country", "value": "n"},
            "constants": {"origin": "LKA", "measure": "labour_outflow", "year": "1996"}
        }"#;
        harmonise(schema, &[batch], &Request::from_json(request).unwrap(), &Watch::default()).unwrap()
    }

    fn conditions(name: &str, value: &str) -> Conditions {
        Conditions::from([(name.to_owned(), vec![value.to_owned()])])
    }

    #[test]
    fn what_is_not_selected_is_counted() {
        let women = select(&observations(), &conditions("sex", "F")).unwrap();
        women.check().unwrap();
        let account = &women.ledger().steps[1].accounts[0];
        let behind = &account.set_aside[0].tally;
        assert_eq!((account.out.value.value(), behind.rows, behind.missing, behind.value.value()), (3.5, 2, 1, 2.0));
    }

    #[test]
    fn totals_without_their_parts_become_leaves() {
        let totals = select(&observations(), &conditions("sex", "_T")).unwrap();
        totals.check().unwrap();
        assert_eq!(totals.tally()[0].value.value(), 5.5);
    }

    #[test]
    fn a_row_lost_while_selecting_is_noticed() {
        let all = observations();
        let figures = all.figures();
        let short = arrow::compute::concat_batches(
            &figures.schema(),
            &[figures.slice(0, 1), figures.slice(2, figures.num_rows() - 2)],
        );
        let accounts = accounts(&all, &[true; 4], &short.unwrap());
        let ledger = Ledger { steps: vec![Step { accounts, ..Step::default() }] };
        assert!(ledger.check().unwrap_err().to_string().ends_with("unaccounted for: 1 rows, 3.5"));
    }

    #[test]
    fn conditions_on_nothing_are_refused() {
        let says = |name, value| select(&observations(), &conditions(name, value)).unwrap_err().to_string();
        assert_eq!(says("sexx", "F"), "nothing is called \"sexx\"; did you mean \"sex\"?");
        assert!(says("sex", "X").starts_with("sex=\"X\" is not a code of it"));
        assert!(says("destination", "GCCC").contains("GCC"));
        assert!(says("year", "ninety").contains("expected a year"));
    }
}
