//! Several tables of observations in one.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, RecordBatch, UInt64Array, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::{Float64Type, UInt64Type};

use crate::Error;
use crate::column::{self, dictionary};
use crate::definition::Definition;
use crate::ledger::{Account, Ledger, Remainder, Step, Tally};
use crate::observation::{
    Builder, COLUMNS, DIMENSIONS, Kind, Observations, tally_leaves, tally_rows, with_definitions, with_leaves,
};
use crate::totals::grid_of;

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
    let figures = stack(parts, keys)?;
    let dropped = vec![Tally::default(); definitions.len()];
    let whole = Observations::made(definitions.clone(), figures, Ledger::default())?;
    let settled = if shared {
        settle(&whole, &part_of)?
    } else {
        let of = (0..definitions.len()).collect();
        Settled { definitions: definitions.clone(), of, figures: whole.figures().clone(), dropped }
    };
    let accounts = accounts(&definitions, &settled, taken);
    ledger.steps.push(Step { operation: "concat".to_owned(), accounts, findings: Vec::new() });
    Observations::made(settled.definitions, settled.figures, ledger)
}

/// A table whose leaves can be added again.
struct Settled {
    /// Definitions, split where breakdowns of several parts cross.
    definitions: Vec<Definition>,
    /// The definition that each of them was before.
    of: Vec<usize>,
    figures: RecordBatch,
    /// Leaves of a part that are totals of leaves of another, by definition as it was before.
    dropped: Vec<Tally>,
}

/// Where parts share a definition, a leaf of one may be the total of leaves of another, or count the same people.
fn settle(whole: &Observations, part_of: &[usize]) -> Result<Settled, Error> {
    let keys = whole.definition_keys();
    let grid = grid_of(whole, keys)?;
    let repeats = grid.duplicates();
    if let Some((row, earlier)) = repeats.into_iter().find(|(row, earlier)| part_of[*row] != part_of[*earlier]) {
        return Err(Error::Schema(format!(
            "tables {} and {} hold the same figure ({}); take it out of one of them with where()",
            part_of[earlier],
            part_of[row],
            whole.definitions()[keys[row] as usize].title()
        )));
    }
    let (values, leaves) = (whole.values(), whole.leaves());
    let found = grid.leaves(|row| whole.has_value(row), keys);
    let leaf = |row: usize| leaves.value(row) && found.leaf[row];
    let dropped = tally_rows(whole.len(), whole.definitions().len(), |row| {
        let value = || whole.has_value(row).then(|| values.value(row));
        (leaves.value(row) && !leaf(row)).then(|| (keys[row] as usize, value()))
    });
    let (definitions, split) = found.split(whole.definitions(), keys);
    let mut of = if found.breakdown.is_empty() { (0..definitions.len()).collect() } else { vec![0; definitions.len()] };
    split.iter().zip(keys).for_each(|(new, old)| of[*new as usize] = *old as usize);
    let figures = with_leaves(whole.figures(), (0..whole.len()).map(leaf).collect())?;
    Ok(Settled { definitions, of, figures: with_definitions(&figures, split)?, dropped })
}

fn accounts(definitions: &[Definition], settled: &Settled, taken: Vec<Tally>) -> Vec<Account> {
    let out = tally_leaves(&settled.figures, settled.definitions.len());
    taken
        .into_iter()
        .enumerate()
        .map(|(key, taken)| {
            let keys: Vec<usize> = (0..out.len()).filter(|new| settled.of[*new] == key).collect();
            let mut all = Tally::default();
            keys.iter().for_each(|key| all.merge(&out[*key]));
            let keys = keys.into_iter().map(|key| key as i32).collect();
            let mut account = Account::open(&definitions[key], keys, taken, all);
            account.set_aside.extend(Remainder::of("total, kept beside its parts", settled.dropped[key].clone()));
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
                // A dimension that a part does not break down is a total in it.
                let total = || dictionary(vec![0; part.len()], &["_T"]);
                let blank = || new_null_array(&kind.data_type(), part.len());
                found.unwrap_or_else(|| if DIMENSIONS.contains(name) { total() } else { blank() })
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
        let settled =
            Settled { definitions: vec![definition.clone()], of: vec![0], figures, dropped: vec![Tally::default()] };
        let accounts = accounts(&[definition], &settled, vec![taken]);
        let ledger = Ledger { steps: vec![Step { accounts, ..Step::default() }] };
        assert!(ledger.check().unwrap_err().to_string().ends_with("unaccounted for: 1 rows, 2"));
    }
}
