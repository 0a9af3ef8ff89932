//! Figures that are replaced by others, in the table and in the ledger.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch, UInt32Array, UInt64Array};
use arrow::compute::take;
use arrow::datatypes::{Float64Type, UInt64Type};
use rustc_hash::FxHashMap;

use super::cells::{value, what};
use crate::Error;
use crate::column::{NULL, codes, dictionary};
use crate::ledger::{Account, EXAMPLES, Example, Finding, Ledger, Remainder, Severity, Step, Tally};
use crate::observation::{AREAS, Builder, COLUMNS, Observations, basis, tally_leaves, with_leaves};
use crate::totals::grid;

/// How a figure came from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It is the same figure, of which more is said.
    Marked,
    /// It is the sum of several.
    Sum,
    /// It is a part of one.
    Part,
}

/// A figure that stands in place of others.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// The row that it takes its place and its codes from.
    pub from: u32,
    /// All rows that it is made of.
    pub of: Vec<u32>,
    /// Areas that are not those of the row.
    pub areas: Vec<(&'static str, &'static str)>,
    pub value: Option<f64>,
    pub bounds: Option<(f64, f64)>,
    /// Which part it is of the figure that it comes from.
    pub share: f64,
    pub leaf: bool,
    pub presence: &'static str,
    pub how: How,
    pub note: Option<Arc<str>>,
    /// Why, as a number among the reasons.
    pub reason: usize,
}

/// What an operation does with figures.
#[derive(Default)]
pub(super) struct Work {
    /// Why figures are replaced.
    reasons: Vec<String>,
    /// Rows that others stand for, and the number of the reason.
    replaced: Vec<(u32, usize)>,
    made: Vec<Made>,
    /// Rows that are set aside.
    aside: Vec<(u32, String)>,
    findings: Vec<Finding>,
    /// Made figures of which only the whole table tells whether they are leaves.
    undecided: Vec<usize>,
}

impl Work {
    /// The number of a reason.
    pub fn reason(&mut self, text: &str) -> usize {
        self.reasons.iter().position(|known| known == text).unwrap_or_else(|| {
            self.reasons.push(text.to_owned());
            self.reasons.len() - 1
        })
    }

    /// Puts figures in place of others.
    pub fn replace(&mut self, rows: &[u32], reason: usize, made: impl IntoIterator<Item = Made>) {
        self.replaced.extend(rows.iter().map(|row| (*row, reason)));
        self.made.extend(made);
    }

    /// Sets a row aside.
    pub fn set_aside(&mut self, row: u32, reason: &str) {
        self.aside.push((row, reason.to_owned()));
    }

    /// The number of the figure that was made last.
    pub fn last(&self) -> usize {
        self.made.len().saturating_sub(1)
    }

    /// A figure that was made may be a total of others.
    pub fn undecided(&mut self, made: usize) {
        self.undecided.push(made);
    }

    /// Says something of a row.
    pub fn find(&mut self, observations: &Observations, severity: Severity, message: &str, row: u32) {
        let at = self.finding(severity, message);
        let (row, finding) = (row as usize, &mut self.findings[at]);
        let value = value(observations, row);
        finding.tally.add(value);
        if finding.examples.len() < EXAMPLES {
            finding.examples.push(Example { row: row as u64, what: what(observations, row), value });
        }
    }

    /// Says something of all.
    pub fn finding(&mut self, severity: Severity, message: &str) -> usize {
        let known = |one: &Finding| one.severity == severity && one.message == message;
        self.findings.iter().position(known).unwrap_or_else(|| {
            let (tally, examples) = (Tally::default(), Vec::new());
            self.findings.push(Finding { severity, message: message.to_owned(), tally, examples });
            self.findings.len() - 1
        })
    }

    /// Is there nothing to do and nothing to say?
    pub fn is_empty(&self) -> bool {
        self.replaced.is_empty() && self.made.is_empty() && self.aside.is_empty() && self.findings.is_empty()
    }

    /// The observations after it, with one more step in the ledger.
    pub fn finish(mut self, observations: &Observations, operation: &str) -> Result<Observations, Error> {
        let rows = self.rows(observations.len());
        let mut figures = self.figures(observations, &rows)?;
        let definitions = observations.definitions().to_vec();
        if !self.undecided.is_empty() {
            let draft = Observations::made(definitions.clone(), figures, Ledger::default())?;
            let (whole, group) = grid(&draft)?;
            let found = whole.leaves(|row| draft.has_value(row), &group);
            let mut leaf: Vec<bool> = draft.leaves().values().iter().collect();
            let mut undecided = vec![false; self.made.len()];
            self.undecided.iter().for_each(|made| undecided[*made] = true);
            for (at, row) in rows.iter().enumerate() {
                if let Row::Made(made) = row
                    && undecided[*made]
                {
                    leaf[at] = found.leaf[at];
                    self.made[*made].leaf = leaf[at];
                }
            }
            figures = with_leaves(draft.figures(), leaf)?;
        }
        let out = tally_leaves(&figures, definitions.len());
        let accounts = self.accounts(observations, &out);
        let mut ledger = observations.ledger().clone();
        ledger.steps.push(Step { operation: operation.to_owned(), accounts, findings: self.findings });
        Observations::made(definitions, figures, ledger)
    }

    fn accounts(&self, observations: &Observations, out: &[Tally]) -> Vec<Account> {
        let leaf = |row: u32| observations.leaves().value(row as usize);
        let of = |row: u32| observations.definition_keys()[row as usize] as usize;
        let ends = observations.definitions().iter().zip(observations.tally()).zip(out);
        let open = |(key, ((definition, taken), out)): (usize, ((_, Tally), &Tally))| {
            Account::open(definition, vec![key as i32], taken, out.clone())
        };
        let mut accounts: Vec<Account> = ends.enumerate().map(open).collect();
        for (row, why) in self.aside.iter().filter(|(row, _)| leaf(*row)) {
            let number = *row as usize;
            let what = || what(observations, number);
            accounts[of(*row)].set_aside(why, u64::from(*row), what, value(observations, number));
        }
        let mut changed = vec![vec![Tally::default(); self.reasons.len()]; accounts.len()];
        for (row, reason) in self.replaced.iter().filter(|(row, _)| leaf(*row)) {
            changed[of(*row)][*reason].add(value(observations, *row as usize));
        }
        for made in self.made.iter().filter(|made| made.leaf) {
            let mut one = Tally::default();
            one.add(made.value);
            changed[of(made.from)][made.reason].merge(&one.negative());
        }
        for (account, changed) in accounts.iter_mut().zip(changed) {
            let all = self.reasons.iter().zip(changed);
            account.adjustments.extend(all.filter_map(|(reason, tally)| Remainder::of(reason, tally)));
        }
        accounts
    }

    /// What stays, and what was made where it came from.
    fn rows(&self, count: usize) -> Vec<Row> {
        let mut gone = vec![false; count];
        let rows = self.replaced.iter().map(|(row, _)| row).chain(self.aside.iter().map(|(row, _)| row));
        rows.for_each(|row| gone[*row as usize] = true);
        let kept = (0..count as u32).filter(|row| !gone[*row as usize]).map(|row| (row, 0, Row::Kept(row)));
        let made = self.made.iter().enumerate().map(|(at, made)| (made.from, at + 1, Row::Made(at)));
        let mut rows: Vec<(u32, usize, Row)> = kept.chain(made).collect();
        rows.sort_unstable_by_key(|(from, at, _)| (*from, *at));
        rows.into_iter().map(|(_, _, row)| row).collect()
    }

    fn figures(&self, observations: &Observations, rows: &[Row]) -> Result<RecordBatch, Error> {
        let old = observations.figures();
        let from = |row: &Row| match row {
            Row::Kept(row) => *row,
            Row::Made(at) => self.made[*at].from,
        };
        // The row whose cell and bounds a figure keeps.
        let same = |row: &Row, parts: bool| match row {
            Row::Kept(row) => Some(*row),
            Row::Made(at) => {
                let made = &self.made[*at];
                let keeps = made.how == How::Marked && (parts || made.value.is_some());
                (keeps || (parts && made.how == How::Part)).then_some(made.from)
            }
        };
        let all: UInt32Array = rows.iter().map(|row| Some(from(row))).collect();
        let cell: UInt32Array = rows.iter().map(|row| same(row, true)).collect();
        let bounded: UInt32Array = rows.iter().map(|row| same(row, false)).collect();
        let shared = self.made.iter().any(|made| made.how == How::Part);
        let mut out = Builder::default();
        for (name, _, _) in COLUMNS {
            let known = old.column_by_name(name);
            let made = |row: &Row| match row {
                Row::Kept(_) => None,
                Row::Made(at) => Some(&self.made[*at]),
            };
            let column: ArrayRef = match (name, known) {
                ("value", Some(column)) => {
                    let column = column.as_primitive::<Float64Type>();
                    let kept = |row: u32| column.is_valid(row as usize).then(|| column.value(row as usize));
                    let each = rows.iter().map(|row| made(row).map_or_else(|| kept(from(row)), |made| made.value));
                    Arc::new(each.collect::<Float64Array>())
                }
                ("low" | "high", Some(column)) => {
                    let column = take(column, &bounded, None)?;
                    let column = column.as_primitive::<Float64Type>();
                    let side = |(low, high): (f64, f64)| if name == "low" { low } else { high };
                    let each = rows.iter().enumerate().map(|(at, row)| {
                        let new = made(row).and_then(|made| made.bounds).map(side);
                        new.or_else(|| column.is_valid(at).then(|| column.value(at)))
                    });
                    Arc::new(each.collect::<Float64Array>())
                }
                ("leaf", Some(column)) => {
                    let column = column.as_boolean();
                    let each = rows.iter().map(|row| made(row).map_or(column.value(from(row) as usize), |m| m.leaf));
                    Arc::new(BooleanArray::from(each.collect::<Vec<_>>()))
                }
                ("presence", Some(column)) => {
                    texts(Some(column), rows, &self.made, |made, _| Some(made.presence.to_owned()))?
                }
                ("figure", known) if known.is_some() || shared => self.numbers(known, rows, old.num_rows()),
                ("share", known) if known.is_some() || shared => self.shares(known, rows),
                ("row" | "column", Some(column)) => take(column, &cell, None)?,
                ("basis" | "obs_status" | "conf_status" | "flag" | "note", known) => {
                    let say = |made: &Made, olds: &[&str]| words(name, made, olds);
                    let needed = known.is_some() || self.made.iter().any(|made| words(name, made, &[]).is_some());
                    if !needed {
                        continue;
                    }
                    texts(known, rows, &self.made, say)?
                }
                (area, Some(column)) if AREAS.contains(&area) => {
                    texts(Some(column), rows, &self.made, |made, olds| {
                        let new = made.areas.iter().find(|(name, _)| *name == area).map(|(_, code)| (*code).to_owned());
                        new.or_else(|| olds.first().map(|code| (*code).to_owned()))
                    })?
                }
                (_, Some(column)) => take(column, &all, None)?,
                (_, None) => continue,
            };
            out.set(name, column);
        }
        out.finish(rows.len())
    }

    /// Numbers of printed figures: parts have that of the whole, sums one of their own.
    fn numbers(&self, known: Option<&ArrayRef>, rows: &[Row], count: usize) -> ArrayRef {
        let column = known.map(AsArray::as_primitive::<UInt64Type>);
        let of = |row: u32| column.map_or(u64::from(row), |column| column.value(row as usize));
        let own = column.map_or(count as u64, |column| column.values().iter().max().map_or(0, |last| last + 1));
        let each = rows.iter().map(|row| match row {
            Row::Kept(row) => of(*row),
            Row::Made(at) if self.made[*at].how == How::Sum => own + *at as u64,
            Row::Made(at) => of(self.made[*at].from),
        });
        Arc::new(each.collect::<UInt64Array>())
    }

    fn shares(&self, known: Option<&ArrayRef>, rows: &[Row]) -> ArrayRef {
        let column = known.map(AsArray::as_primitive::<Float64Type>);
        let of =
            |row: u32| column.filter(|column| column.is_valid(row as usize)).map_or(1.0, |c| c.value(row as usize));
        let each = rows.iter().map(|row| match row {
            Row::Kept(row) => of(*row),
            Row::Made(at) => {
                let made = &self.made[*at];
                match made.how {
                    How::Sum => 1.0,
                    How::Part => of(made.from) * made.share,
                    How::Marked => of(made.from),
                }
            }
        });
        Arc::new(each.collect::<Float64Array>())
    }
}

/// A row of the new table.
#[derive(Clone, Copy)]
enum Row {
    Kept(u32),
    Made(usize),
}

/// A column of texts, where new figures have what is said of the texts of those that they were made from.
fn texts(
    known: Option<&ArrayRef>,
    rows: &[Row],
    made: &[Made],
    say: impl Fn(&Made, &[&str]) -> Option<String>,
) -> Result<ArrayRef, Error> {
    let (keys, nulls, names) = match known {
        Some(column) => codes(column)?,
        None => (&[][..], None, Vec::new()),
    };
    let at = |row: u32| {
        let null = known.is_none() || nulls.is_some_and(|nulls| nulls.is_null(row as usize));
        if null { NULL } else { keys[row as usize] }
    };
    let mut labels: Vec<String> = Vec::new();
    let mut numbers: FxHashMap<String, i32> = FxHashMap::default();
    let mut number = |label: String| {
        *numbers.entry(label).or_insert_with_key(|label| {
            labels.push(label.clone());
            labels.len() as i32 - 1
        })
    };
    let mut old = vec![NULL; names.len()];
    let key = |row: &Row| match row {
        Row::Kept(row) => match at(*row) {
            NULL => NULL,
            key => {
                let place = &mut old[key as usize];
                if *place == NULL {
                    *place = number(names[key as usize].to_owned());
                }
                *place
            }
        },
        Row::Made(at_made) => {
            let made = &made[*at_made];
            let mut olds: Vec<&str> =
                made.of.iter().map(|row| at(*row)).filter(|key| *key != NULL).map(|key| names[key as usize]).collect();
            // By their letters, so that the order of the rows does not matter.
            olds.sort_unstable();
            olds.dedup();
            say(made, &olds).map_or(NULL, &mut number)
        }
    };
    let keys = rows.iter().map(key).collect();
    Ok(dictionary(keys, &labels))
}

/// What a column says of a figure that was made from others, of which it says `olds`.
fn words(column: &str, made: &Made, olds: &[&str]) -> Option<String> {
    let part = made.how == How::Part;
    match column {
        "basis" => basis(olds.iter().copied().chain(part.then_some("apportioned"))).map(str::to_owned),
        "obs_status" => {
            if made.how == How::Marked {
                return olds.first().map(|one| (*one).to_owned());
            }
            let said = olds.iter().flat_map(|set| set.split('+')).filter(|one| *one != "A");
            let mut all: Vec<&str> = said.chain(part.then_some("E")).collect();
            all.sort_unstable();
            all.dedup();
            let normal = all.is_empty() && !olds.is_empty();
            if normal { Some("A".to_owned()) } else { (!all.is_empty()).then(|| all.join("+")) }
        }
        "note" => {
            let all: Vec<&str> = olds.iter().copied().chain(made.note.as_deref()).collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        _ => (!olds.is_empty()).then(|| olds.join("+")),
    }
}
