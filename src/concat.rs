//! Several tables of observations in one.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, RecordBatch, UInt64Array, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::{Float64Type, UInt64Type};

use crate::Error;
use crate::column;
use crate::definition::Definition;
use crate::ledger::{Account, Ledger, Remainder, Step, Tally};
use crate::observation::{Builder, COLUMNS, Kind, Observations, tally_leaves, tally_rows, with_leaves};
use crate::totals::grid;
/// Several tables in one; equal definitions become one.
///
/// # Errors
/// [`Error::Schema`] if two tables hold the same figure of one definition.
pub fn concatenate(parts: &[Observations]) -> Result<Observations, Error> {
    let mut definitions: Vec<Definition> = Vec::new();
    let mut ledger = Ledger::default();
    let (mut keys, mut part_of) = (Vec::new(), Vec::new());
    let mut taken: Vec<Tally> = Vec::new();
    let mut shared = false;
    for (number, part) in parts.iter().enumerate() {
        let before = definitions.len();
        let place = |one: &Definition| {
            definitions.iter().position(|other| other == one).unwrap_or_else(|| {
                definitions.push(one.clone());
                definitions.len() - 1
            })
        };
        let lut: Vec<usize> = part.definitions().iter().map(place).collect();
        shared |= lut.iter().any(|key| *key < before);
        taken.resize(definitions.len(), Tally::default());
        part.tally().iter().zip(&lut).for_each(|(tally, key)| taken[*key].merge(tally));
        keys.extend(part.definition_keys().iter().map(|key| lut[*key as usize] as i32));
        part_of.extend(std::iter::repeat_n(number, part.len()));
        ledger.steps.extend(part.ledger().steps.iter().cloned());
    }
    let mut figures = stack(parts, keys)?;
    let mut dropped = vec![Tally::default(); definitions.len()];
    if shared {
        let whole = Observations::made(definitions.clone(), figures, Ledger::default())?;
        (figures, dropped) = settle(&whole, &part_of)?;
    }
    let accounts = accounts(&definitions, taken, dropped, &figures);
    ledger.steps.push(Step { operation: "concat".to_owned(), accounts, findings: Vec::new() });
    Observations::made(definitions, figures, ledger)
}

/// Where parts share a definition, a leaf of one may be the total of leaves of another.
fn settle(whole: &Observations, part_of: &[usize]) -> Result<(RecordBatch, Vec<Tally>), Error> {
    let (grid, group) = grid(whole)?;
    let repeats = grid.duplicates();
    if let Some((row, earlier)) = repeats.into_iter().find(|(row, earlier)| part_of[*row] != part_of[*earlier]) {
        return Err(Error::Schema(format!(
            "tables {} and {} hold the same figure ({}); take it out of one of them with where()",
            part_of[earlier],
            part_of[row],
            whole.definitions()[group[row] as usize].title()
        )));
    }
    let (keys, values, leaves) = (whole.definition_keys(), whole.values(), whole.leaves());
    let found = grid.leaves(|row| whole.has_value(row), &group);
    let leaf = |row: usize| leaves.value(row) && found.leaf[row];
    let dropped = tally_rows(whole.len(), whole.definitions().len(), |row| {
        let value = || whole.has_value(row).then(|| values.value(row));
        (leaves.value(row) && !leaf(row)).then(|| (keys[row] as usize, value()))
    });
    Ok((with_leaves(whole.figures(), (0..whole.len()).map(leaf).collect())?, dropped))
}

fn accounts(definitions: &[Definition], taken: Vec<Tally>, dropped: Vec<Tally>, figures: &RecordBatch) -> Vec<Account> {
    let ends = taken.into_iter().zip(tally_leaves(figures, definitions.len())).zip(dropped);
    ends.enumerate()
        .map(|(key, ((taken, out), dropped))| {
            let mut account = Account::open(&definitions[key], vec![key as i32], taken, out);
            account.set_aside.extend(Remainder::of("total, kept beside its parts", dropped));
            account
        })
        .collect()
}

/// Columns under one another; a column that a part lacks is empty there.
fn stack(parts: &[Observations], keys: Vec<i32>) -> Result<RecordBatch, Error> {
    let rows = keys.len();
    let mut out = Builder::default();
    let has = |name: &str| parts.iter().any(|part| part.figures().column_by_name(name).is_some());
    for (name, kind, _) in COLUMNS.iter().filter(|(name, _, _)| *name != "definition" && has(name)) {
        let pieces: Vec<ArrayRef> = parts
            .iter()
            .map(|part| {
                let found = part.figures().column_by_name(name).cloned();
                found.unwrap_or_else(|| new_null_array(&kind.data_type(), part.len()))
            })
            .collect();
        let column = match kind {
            Kind::Code => column::encode(name, &pieces)?.into_array(),
            _ if *name == "figure" => figures(parts),
            _ if *name == "share" => shares(parts),
            _ => concat(&pieces.iter().map(AsRef::as_ref).collect::<Vec<_>>())?,
        };
        out.set(name, column);
    }
    out.definitions(keys);
    out.finish(rows)
}

/// Numbers of printed figures stay apart: each part's begin after those of the parts before.
fn figures(parts: &[Observations]) -> ArrayRef {
    let (mut all, mut base) = (Vec::new(), 0);
    for part in parts {
        let numbers: Vec<u64> = match part.figures().column_by_name("figure") {
            Some(column) => column.as_primitive::<UInt64Type>().values().to_vec(),
            None => (0..part.len() as u64).collect(),
        };
        let next = numbers.iter().max().map_or(0, |max| max + 1);
        all.extend(numbers.into_iter().map(|number| number + base));
        base += next;
    }
    Arc::new(UInt64Array::from(all))
}

fn shares(parts: &[Observations]) -> ArrayRef {
    let mut all = Vec::new();
    for part in parts {
        match part.figures().column_by_name("share") {
            Some(column) => all.extend(column.as_primitive::<Float64Type>().iter().map(|share| share.unwrap_or(1.0))),
            None => all.extend(std::iter::repeat_n(1.0, part.len())),
        }
    }
    Arc::new(Float64Array::from(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_lost_while_putting_together_is_noticed() {
        let mut definition = Definition::default();
        definition.set("measure", "outflow");
        let mut taken = Tally::default();
        [1.0, 2.0].into_iter().for_each(|value| taken.add(Some(value)));
        let mut out = Builder::default();
        out.definitions(vec![0]);
        out.set("value", Arc::new(Float64Array::from(vec![1.0])));
        out.set("leaf", Arc::new(arrow::array::BooleanArray::from(vec![true])));
        let figures = out.finish(1).unwrap();
        let accounts = accounts(&[definition], vec![taken], vec![Tally::default()], &figures);
        let ledger = Ledger { steps: vec![Step { accounts, ..Step::default() }] };
        assert!(ledger.check().unwrap_err().to_string().ends_with("unaccounted for: 1 rows, 2"));
    }
}
