//! What became of every figure that came in.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::take;
use rayon::prelude::*;

use super::join::{Alone, Aside, Joined, Report};
use super::keys::Keys;
use super::side::{FIRST_REASON, Fates, Side};
use super::table::{batch, used};
use crate::Error;
use crate::ledger::{self, EXAMPLES, Example, Finding, Remainder, Severity, Tally};
use crate::observation::{DIMENSIONS, Observations, tally_rows};

const PAIRED: u16 = 0;
/// From here on a report without another: three of the receiving side, three of the sending.
const ALONE: u16 = 1;
/// From here on a report beside which another of the same side is taken.
const ANOTHER: u16 = ALONE + 6;
const NO_SIDE: u16 = ANOTHER + 3;

/// What became of every row, and what that is called.
pub struct Account<'a> {
    observations: &'a Observations,
    of: Vec<u16>,
    reasons: Vec<String>,
}

impl<'a> Account<'a> {
    /// Reads it from the pairs; `observations` are the figures as they were compared.
    pub fn new(observations: &'a Observations, fates: &Fates, joined: &Joined) -> Account<'a> {
        let mut of: Vec<u16> = fates.of.iter().map(|fate| fate.saturating_sub(FIRST_REASON) + NO_SIDE).collect();
        let mut state = |(start, end): (u32, u32), fate| {
            joined.entries[start as usize..end as usize].iter().for_each(|one| of[one.row as usize] = fate);
        };
        for pair in &joined.pairs {
            for (side, report) in pair.reports.iter().enumerate() {
                let fate = pair.alone.map_or(PAIRED, |alone| ALONE + 3 * side as u16 + alone as u16);
                report.iter().flat_map(Report::spans).for_each(|span| state(span, fate));
            }
        }
        joined.others.iter().for_each(|(span, why)| state(*span, ANOTHER + *why as u16));
        let alone = Side::BOTH.into_iter().flat_map(|side| Alone::ALL.map(|alone| alone.said(side)));
        let mut reasons = vec!["paired".to_owned()];
        reasons.extend(alone);
        reasons.extend(Aside::ALL.map(|why| why.said().to_owned()));
        reasons.extend(fates.reasons.iter().cloned());
        Account { observations, of, reasons }
    }

    /// Of each definition one account of the leaves and one of the printed totals.
    pub fn accounts(&self, joined: &Joined) -> Vec<ledger::Account> {
        let observations = self.observations;
        let (keys, values, leaves) = (observations.definition_keys(), observations.values(), observations.leaves());
        let (count, width) = (observations.definitions().len(), self.reasons.len());
        let value = |row: usize| values.is_valid(row).then(|| values.value(row));
        let kind = |row: usize| 2 * keys[row] as usize + usize::from(!leaves.value(row));
        let rows = observations.len();
        let taken = tally_rows(rows, 2 * count, |row| Some((kind(row), value(row))));
        // What went out is counted from the pairs, what did not from the rows: neither side knows the other.
        let pieces = joined.pairs.par_chunks(1 << 14).map(|pairs| {
            let mut out = vec![Tally::default(); 2 * count];
            for pair in pairs.iter().filter(|pair| pair.alone.is_none()) {
                for (start, end) in pair.reports.iter().flatten().flat_map(Report::spans) {
                    for entry in &joined.entries[start as usize..end as usize] {
                        out[kind(entry.row as usize)].add(value(entry.row as usize));
                    }
                }
            }
            out
        });
        let out = pieces.reduce(
            || vec![Tally::default(); 2 * count],
            |mut all, some| {
                all.iter_mut().zip(&some).for_each(|(all, some)| all.merge(some));
                all
            },
        );
        // Only what occurs has a tally: definitions and reasons may be many.
        let place = |row: usize| kind(row) * width + self.of[row] as usize;
        let mut number = vec![usize::MAX; 2 * count * width];
        let mut found = 0;
        for row in (0..rows).filter(|row| self.of[*row] != PAIRED) {
            let number = &mut number[place(row)];
            if *number == usize::MAX {
                *number = found;
                found += 1;
            }
        }
        let left = tally_rows(rows, found, |row| (self.of[row] != PAIRED).then(|| (number[place(row)], value(row))));
        let mut examples: Vec<Vec<Example>> = vec![Vec::new(); found];
        for row in (0..rows).filter(|row| self.of[*row] != PAIRED) {
            let here = &mut examples[number[place(row)]];
            if here.len() < EXAMPLES {
                here.push(Example { row: row as u64, what: self.what(row), value: value(row) });
            }
        }
        let mut accounts = Vec::new();
        for (at, (taken, out)) in taken.into_iter().zip(out).enumerate().filter(|(_, both)| both.0.rows > 0) {
            let mut account =
                ledger::Account::open(&observations.definitions()[at / 2], vec![at as i32 / 2], taken, out);
            if at % 2 == 1 {
                account.title += " (printed totals)";
            }
            for fate in (1..width).filter(|fate| number[at * width + fate] != usize::MAX) {
                let number = number[at * width + fate];
                let remainder = Remainder::of(&self.reasons[fate], left[number].clone());
                let examples = std::mem::take(&mut examples[number]);
                account.set_aside.extend(remainder.map(|remainder| Remainder { examples, ..remainder }));
            }
            accounts.push(account);
        }
        accounts
    }

    /// That parts were added up, by the dimensions of which no total with a value is printed, with the figures that were.
    pub fn findings(&self, joined: &Joined, keys: &Keys) -> Vec<Finding> {
        let mut found: BTreeMap<u16, Finding> = BTreeMap::new();
        let summed = joined.pairs.iter().flat_map(|pair| pair.reports.iter().flatten()).filter(|one| one.summed != 0);
        for report in summed {
            let finding = found.entry(report.summed).or_insert_with(|| {
                let names: Vec<&str> = keys.dims_of(report.summed).map(|dim| dim.name).collect();
                let message =
                    format!("parts by {} are added up, for no total with a value is printed", names.join(" and "));
                Finding { severity: Severity::Note, message, tally: Tally::default(), examples: Vec::new() }
            });
            for (start, end) in report.spans() {
                for entry in &joined.entries[start as usize..end as usize] {
                    let row = entry.row as usize;
                    let values = self.observations.values();
                    let value = values.is_valid(row).then(|| values.value(row));
                    finding.tally.add(value);
                    if finding.examples.len() < EXAMPLES {
                        finding.examples.push(Example { row: row as u64, what: self.what(row), value });
                    }
                }
            }
        }
        found.into_values().collect()
    }

    fn what(&self, row: usize) -> String {
        let side = |name| self.observations.code(name, row).unwrap_or("_U");
        format!("{} to {}", side("origin"), side("destination"))
    }

    /// The figures that stand in no pair, with the reason.
    pub fn set_aside(&self) -> Result<RecordBatch, Error> {
        let figures = self.observations.figures();
        let aside = (0..self.of.len()).filter(|row| self.of[*row] >= ANOTHER);
        let rows = UInt32Array::from_iter_values(aside.map(|row| row as u32));
        let names = ["origin", "destination"]
            .into_iter()
            .chain(DIMENSIONS.into_iter().filter(|name| !matches!(*name, "origin" | "destination")));
        let names = ["definition"].into_iter().chain(names).chain(["period_start", "period_end", "value", "leaf"]);
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        for name in names {
            if let Some(column) = figures.column_by_name(name) {
                columns.push((name.to_owned(), take(column, &rows, None)?));
            }
        }
        let fates = rows.values().iter().map(|row| self.of[*row as usize] as usize).collect();
        columns.push(("why".to_owned(), used(fates, &self.reasons)));
        columns.push(("row".to_owned(), Arc::new(rows)));
        batch(columns)
    }
}
