//! The account of harmonising, counted from the cells at one end and from the figures at the other.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Float64Type, Int32Type};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::cells::Cells;
use super::conversion::{CLASSED, Conversion};
use super::labels::Told;
use super::{Draft, Duplicates, Plan};
use crate::Error;
use crate::codes::area::resolve::{Answer, State, suggest};
use crate::codes::area::scheme::Scheme;
use crate::codes::area::{self, Kind};
use crate::codes::{is_nested, overlap, period};
use crate::column::codes;
use crate::definition::Definition;
use crate::ledger::{self, EXAMPLES, Example, Finding, Ledger, Remainder, Severity, Step, Tally};
use crate::observation::{DIMENSIONS, tally_leaves, tally_rows};

/// Both ends of the operation.
pub struct Account<'a> {
    pub cells: &'a Cells<'a>,
    pub draft: &'a Draft,
    pub plan: &'a Plan,
    pub figures: &'a RecordBatch,
}

impl Account<'_> {
    /// Draws up the ledger; it is verified by whoever builds the observations.
    pub fn draw(&self) -> Result<Ledger, Error> {
        let mut findings = Vec::new();
        self.tell_areas(&mut findings)?;
        self.draft.conversions.0.iter().for_each(|one| self.tell_conversion(one, &mut findings));
        self.tell_unknown(&mut findings)?;
        self.tell_basis(&mut findings)?;
        self.tell_stated(&mut findings);
        self.tell_breakdowns(&mut findings);
        self.tell_days(&mut findings);
        self.tell_overlaps(&mut findings)?;
        let step = Step { operation: "harmonise".to_owned(), accounts: self.accounts(), findings };
        Ok(Ledger { steps: vec![step] })
    }

    fn accounts(&self) -> Vec<ledger::Account> {
        let bases = &self.draft.definitions;
        let cell = |cell: usize| Some((self.draft.definition.of(cell) as usize, self.cells.values.get(cell)));
        let taken = tally_rows(self.cells.count, bases.len(), cell);
        let out = tally_leaves(self.figures, self.plan.definitions.len());
        // The definition that each of the plan's was before breakdowns were told apart.
        let mut before = vec![None; self.plan.definitions.len()];
        for (row, key) in self.plan.definition.iter().enumerate() {
            before[*key as usize] = Some(self.draft.definition.of(self.plan.cell(row)) as usize);
        }
        let mut accounts: Vec<ledger::Account> = bases
            .iter()
            .zip(taken)
            .enumerate()
            .map(|(at, (base, taken))| {
                let keys: Vec<usize> = (0..before.len()).filter(|key| before[*key] == Some(at)).collect();
                let mut all = Tally::default();
                keys.iter().for_each(|key| all.merge(&out[*key]));
                ledger::Account {
                    definitions: keys.iter().map(|key| *key as i32).collect(),
                    title: base.title(),
                    unit: base.unit().to_owned(),
                    taken,
                    out: all,
                    ..ledger::Account::default()
                }
            })
            .collect();
        self.count_aside(&mut accounts);
        self.count_totals(&mut accounts);
        self.count_parts(&mut accounts);
        accounts
    }

    /// Cells that were set aside, from their list.
    fn count_aside(&self, accounts: &mut [ledger::Account]) {
        for cell in (0..self.cells.count).filter(|cell| self.draft.is_aside(*cell)) {
            let reason = &self.draft.reasons[self.draft.aside[cell] as usize];
            let what = || self.describe(cell, reason);
            let account = &mut accounts[self.draft.definition.of(cell) as usize];
            account.set_aside(reason, self.cells.row(cell) as u64, what, self.cells.values.get(cell));
        }
    }

    /// `Country = Atlantis` for an unmatched destination; the place alone where no single label is to blame.
    fn describe(&self, cell: usize, reason: &str) -> String {
        let role = reason.split(' ').next_back().unwrap_or_default();
        self.cells.said(role, cell).unwrap_or_else(|| self.cells.place(cell))
    }

    /// Printed totals: kept in the table as checks, never added.
    fn count_totals(&self, accounts: &mut [ledger::Account]) {
        let leaves = self.figures["leaf"].as_boolean();
        if leaves.true_count() == leaves.len() {
            return;
        }
        let values = self.figures["value"].as_primitive::<Float64Type>();
        for row in (0..leaves.len()).filter(|row| !leaves.value(*row)) {
            let cell = self.plan.cell(row);
            let value = values.is_valid(row).then(|| values.value(row));
            let account = &mut accounts[self.draft.definition.of(cell) as usize];
            let what = || self.cells.place(cell);
            account.set_aside("total, kept beside its parts", self.cells.row(cell) as u64, what, value);
        }
    }

    /// Rows that a figure becomes beyond its first, and what rounding does to its parts: from the cells and the ladder.
    fn count_parts(&self, accounts: &mut [ledger::Account]) {
        let conversions = &self.draft.conversions;
        if self.plan.parts.is_none() {
            return;
        }
        let mut extra = vec![Tally::default(); accounts.len()];
        for cell in (0..self.cells.count).filter(|cell| !self.draft.is_aside(*cell)) {
            let more = conversions.parts(cell) as i64 - 1;
            let tally = &mut extra[self.draft.definition.of(cell) as usize];
            tally.rows -= more;
            match self.cells.values.get(cell) {
                None => tally.missing -= more,
                Some(whole) if more > 0 => {
                    tally.value.add(whole);
                    conversions.portions(whole, cell).into_iter().for_each(|part| tally.value.sub(part));
                }
                Some(_) => {}
            }
        }
        for (account, tally) in accounts.iter_mut().zip(extra) {
            if tally.rows != 0 {
                let reason = "one printed figure in several rows".to_owned();
                account.adjustments.push(Remainder { reason, tally, examples: Vec::new() });
            }
        }
    }

    /// Findings over the leaves, all in one pass: `class` says which of the messages a row belongs to, if any. A message
    /// that no row belongs to is not told.
    fn find(
        &self,
        messages: Vec<(Severity, String)>,
        class: impl Fn(usize) -> Option<usize> + Sync,
        what: impl Fn(usize) -> String,
    ) -> Vec<Finding> {
        const PIECE: usize = 1 << 18;
        if messages.is_empty() {
            return Vec::new();
        }
        let leaves = self.figures["leaf"].as_boolean();
        let values = self.figures["value"].as_primitive::<Float64Type>();
        let value = |row: usize| values.is_valid(row).then(|| values.value(row));
        let pieces: Vec<Vec<(Tally, Vec<usize>)>> = (0..self.plan.rows.div_ceil(PIECE))
            .into_par_iter()
            .map(|piece| {
                let mut found = vec![(Tally::default(), Vec::new()); messages.len()];
                let rows = piece * PIECE..self.plan.rows.min((piece + 1) * PIECE);
                for row in rows.filter(|row| leaves.value(*row)) {
                    let Some((tally, first)) = class(row).map(|class| &mut found[class]) else { continue };
                    tally.add(value(row));
                    if first.len() < EXAMPLES {
                        first.push(row);
                    }
                }
                found
            })
            .collect();
        let mut findings: Vec<Finding> = messages
            .into_iter()
            .map(|(severity, message)| Finding { severity, message, tally: Tally::default(), examples: Vec::new() })
            .collect();
        for (finding, (tally, first)) in pieces.iter().flat_map(|found| (0usize..).zip(found)) {
            let finding = &mut findings[finding];
            finding.tally.merge(tally);
            for row in first.iter().take(EXAMPLES - finding.examples.len()) {
                let place = self.cells.row(self.plan.cell(*row)) as u64;
                finding.examples.push(Example { row: place, what: what(*row), value: value(*row) });
            }
        }
        findings.retain(|finding| finding.tally.rows > 0);
        findings
    }

    /// The cell that a row was made from, in the caller's words.
    fn place(&self, row: usize) -> String {
        self.cells.place(self.plan.cell(row))
    }

    /// Former states, with labels that outlived them, residuals, and labels that mean several areas.
    fn tell_areas(&self, findings: &mut Vec<Finding>) -> Result<(), Error> {
        let starts = self.figures["period_start"].as_primitive::<Date32Type>().values();
        for told in &self.draft.told {
            let (keys, _, names) = codes(&self.figures[told.name])?;
            let mut labels: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
            for (label, _, answer) in &told.answers {
                let Some(code) = answer.code else { continue };
                let known = labels.entry(code).or_default();
                if !known.contains(&label.trim()) {
                    known.push(label.trim());
                }
            }
            let mut messages = Vec::new();
            // For each code: the message for labels that outlived their state, from which year, and that for the others.
            let mut of: Vec<(i32, Option<usize>, Option<usize>)> = Vec::new();
            for code in &names {
                let said = labels.get(code).map_or((*code).to_owned(), |labels| labels.join("\", \""));
                let head = format!("{} \"{said}\" is", told.name);
                of.push(match area::get(code).map(|area| (area.kind, area.to.unwrap_or(i32::MAX))) {
                    Some((Kind::Former, ended)) => {
                        let late =
                            format!("{head} {code}, a former state that ended in {ended}: the label outlived it");
                        messages.push((Severity::Warning, late));
                        messages.push((Severity::Note, format!("{head} {code}, a former state")));
                        (ended, Some(messages.len() - 2), Some(messages.len() - 1))
                    }
                    Some((Kind::Residual, _)) => {
                        messages.push((Severity::Note, format!("{head} a residual ({code}), kept as it is")));
                        (i32::MAX, None, Some(messages.len() - 1))
                    }
                    _ => (i32::MAX, None, None),
                });
            }
            let year = |row: usize| period::start_year(period::Period { start: starts[row], end: starts[row] });
            let class = |row: usize| {
                let (ended, late, other) = of[keys[row] as usize];
                if late.is_some() && year(row) > ended { late } else { other }
            };
            findings.extend(self.find(messages, class, |row| format!("{} in {}", told.name, year(row))));
            findings.extend(unresolved(told));
            findings.extend(guessed(told));
        }
        Ok(())
    }

    /// Codes shared out, codes that are unknown in the list wanted, and codes used outside their time.
    fn tell_conversion(&self, one: &Conversion, findings: &mut Vec<Finding>) {
        let (mut said, mut times) = (Vec::new(), Vec::new());
        let (mut said_of, mut time_of) = (Vec::new(), Vec::new());
        let wanted = if one.name == "skill" { "level" } else { one.name };
        for rung in &one.rungs {
            let (code, quality) = (&rung.code, rung.quality);
            let may = if rung.may_be.is_empty() { format!("no {wanted}") } else { rung.may_be.join(" or ") };
            let lost = matches!(rung.shares.as_slice(), [(to, _)] if to == "_U") && code != "_U";
            let message = if rung.shares.len() > 1 {
                let shares = rung.shares.iter().map(|(code, share)| format!("{code} {share}"));
                let shares = shares.collect::<Vec<_>>().join(", ");
                let text = format!("{} {code} ({quality}) may be {may}: shared out as {shares}", one.name);
                Some((Severity::Assumption, format!("{text}, bounds in low and high")))
            } else if one.converted && lost {
                let text =
                    format!("{} {code} may be {may}: its {wanted} is unknown unless weights= say more", one.name);
                Some((Severity::Note, text))
            } else if one.converted && rung.may_be.len() > 1 {
                let text = format!("{} {code} ({quality}) may be {may}: taken as {}", one.name, rung.shares[0].0);
                Some((Severity::Assumption, text))
            } else if one.converted && quality == "approximate" {
                // Whoever printed it did not say so.
                Some((Severity::Assumption, format!("{} {code} ({quality}) is taken as {may}", one.name)))
            } else {
                None
            };
            said_of.push(message.is_some().then_some(said.len()));
            said.extend(message);
            time_of.push(rung.outside_validity.then_some(times.len()));
            let late = format!("{} {code} is printed outside the years in which {} used it", one.name, rung.list);
            times.extend(rung.outside_validity.then_some((Severity::Warning, late)));
        }
        let rung = |row: usize| one.rung(self.plan.cell(row));
        findings.extend(self.find(said, |row| said_of[rung(row)], |row| self.place(row)));
        let first = |row: usize| if self.plan.part(row) == 0 { time_of[rung(row)] } else { None };
        findings.extend(self.find(times, first, |row| self.place(row)));
    }

    /// Figures that are printed as of unknown sex, age and so on, or declared to be by the caller. Codes that are unknown
    /// only in the list wanted are told where they are converted.
    fn tell_unknown(&self, findings: &mut Vec<Finding>) -> Result<(), Error> {
        for name in ["sex", "age"].into_iter().chain(CLASSED) {
            let Some(column) = self.figures.column_by_name(name) else { continue };
            let (keys, _, names) = codes(column)?;
            let Some(unknown) = names.iter().position(|code| *code == "_U").map(|at| at as i32) else { continue };
            let of = self.draft.conversions.0.iter().find(|one| one.name == name);
            let printed = |row: usize| of.is_none_or(|one| one.rungs[one.rung(self.plan.cell(row))].code == "_U");
            let declared = self.cells.request().constants.contains_key(name);
            let said = if declared { "unknown for all figures, as constants= says" } else { "not known, as printed" };
            let message = (Severity::Note, format!("{name} is {said}"));
            let class = |row: usize| (keys[row] == unknown && printed(row)).then_some(0);
            findings.extend(self.find(vec![message], class, |row| self.place(row)));
        }
        Ok(())
    }

    /// Figures that rest on an assumption which the table itself states.
    fn tell_basis(&self, findings: &mut Vec<Finding>) -> Result<(), Error> {
        let (keys, _, names) = codes(&self.figures["basis"])?;
        let notes = self.figures.column_by_name("note").map(codes).transpose()?;
        let stated = |name: &&str| !["observed", "apportioned"].contains(name);
        if !names.iter().any(&stated) {
            return Ok(());
        }
        let note = |row: usize| {
            let (keys, nulls, names) = notes.as_ref()?;
            (!nulls.is_some_and(|nulls| nulls.is_null(row))).then(|| names[keys[row] as usize])
        };
        let mut seen: Vec<(i32, Option<&str>)> = Vec::new();
        let mut messages = Vec::new();
        for row in (0..self.plan.rows).filter(|row| stated(&names[keys[*row] as usize])) {
            let one = (keys[row], note(row));
            if !seen.contains(&one) {
                seen.push(one);
                let basis = names[keys[row] as usize];
                let message = one.1.map_or_else(|| basis.to_owned(), |said| format!("{basis}: {said}"));
                messages.push((Severity::Assumption, message));
            }
        }
        let class = |row: usize| {
            if !stated(&names[keys[row] as usize]) {
                return None;
            }
            let one = (keys[row], note(row));
            seen.iter().position(|known| *known == one)
        };
        findings.extend(self.find(messages, class, |row| self.place(row)));
        Ok(())
    }

    /// What the caller says about cells that do not say it themselves.
    fn tell_stated(&self, findings: &mut Vec<Finding>) {
        let request = self.cells.request();
        let marker = |(text, presence): (&String, &String)| {
            let text = if text.is_empty() { "blank cells".to_owned() } else { format!("cells of {text:?}") };
            format!("{text} are read as {}, as missing= says", presence.replace('_', " "))
        };
        let mut messages: Vec<String> = request.missing.iter().map(marker).collect();
        if request.duplicates == Duplicates::Keep {
            messages
                .push("rows that stand for the same figure are records to be added, as duplicates= says".to_owned());
        }
        let finding =
            |message| Finding { severity: Severity::Assumption, message, tally: Tally::default(), examples: vec![] };
        findings.extend(messages.into_iter().map(finding));
    }

    /// Breakdowns of the same people that must not be added to one another.
    fn tell_breakdowns(&self, findings: &mut Vec<Finding>) {
        let keys = self.figures["definition"].as_primitive::<Int32Type>().values();
        let names: Vec<Option<&str>> = self.plan.definitions.iter().map(|one| one.get("breakdown")).collect();
        let mut distinct: Vec<&str> = names.iter().copied().flatten().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let of: Vec<Option<usize>> =
            names.iter().map(|name| name.and_then(|name| distinct.binary_search(&name).ok())).collect();
        let message = |name: &&str| {
            let said = "the table breaks the same figures down in ways that cross";
            (Severity::Note, format!("{said}; those by {name} have a definition of their own"))
        };
        let messages = distinct.iter().map(message).collect();
        findings.extend(self.find(messages, |row| of[keys[row] as usize], |row| self.place(row)));
    }

    /// Codes of leaves that count some of the same people.
    fn tell_overlaps(&self, findings: &mut Vec<Finding>) -> Result<(), Error> {
        let leaves = self.figures["leaf"].as_boolean();
        for name in DIMENSIONS.iter().filter(|name| is_nested(name) && self.figures.column_by_name(name).is_some()) {
            let (keys, _, names) = codes(&self.figures[*name])?;
            let overlapping: Vec<(usize, usize)> = (0..names.len())
                .flat_map(|a| (0..a).map(move |b| (b, a)))
                .filter(|(a, b)| overlap(name, names[*a], names[*b]))
                .collect();
            if overlapping.is_empty() {
                continue;
            }
            let mut used = vec![false; names.len()];
            keys.iter()
                .enumerate()
                .filter(|(row, _)| leaves.value(*row))
                .for_each(|(_, key)| used[*key as usize] = true);
            for (a, b) in overlapping.into_iter().filter(|(a, b)| used[*a] && used[*b]) {
                let (a, b) = (a as i32, b as i32);
                let message = format!(
                    "{name} {} and {} overlap, though neither contains the other: a sum over both counts people twice",
                    names[a as usize], names[b as usize]
                );
                let class = |row: usize| (keys[row] == a || keys[row] == b).then_some(0);
                findings.extend(self.find(vec![(Severity::Warning, message)], class, |row| self.place(row)));
            }
        }
        Ok(())
    }

    /// A stock belongs to a day.
    fn tell_days(&self, findings: &mut Vec<Finding>) {
        let stock: Vec<bool> = self.plan.definitions.iter().map(Definition::is_stock).collect();
        if !stock.contains(&true) {
            return;
        }
        let keys = self.figures["definition"].as_primitive::<Int32Type>().values();
        let starts = self.figures["period_start"].as_primitive::<Date32Type>().values();
        let ends = self.figures["period_end"].as_primitive::<Date32Type>().values();
        let vague = |row: usize| (stock[keys[row] as usize] && starts[row] != ends[row]).then_some(0);
        let message = "a stock is dated by a period, not by a day; give date= where the day is known".to_owned();
        findings.extend(self.find(vec![(Severity::Warning, message)], vague, |row| self.place(row)));
    }
}

/// How many labels are told by name.
const LABELS: usize = 12;

/// The scheme that codes were read in without being declared, and labels that were read as a name they are not.
fn guessed(told: &Told) -> Vec<Finding> {
    let mut messages = Vec::new();
    if let Some((scheme, labels, fit)) = told.inferred.filter(|(scheme, _, _)| *scheme != Scheme::Alpha3) {
        let (name, scheme) = (told.name, scheme.name());
        messages.push(format!("{name} is read in the scheme {scheme}, which has {fit} of its {labels} labels"));
    }
    let mut unsure: Vec<_> = told.answers.iter().filter(|(_, _, a)| a.code.is_some() && a.confidence < 1.0).collect();
    unsure.sort_by(|a, b| a.0.cmp(&b.0));
    unsure.dedup_by(|a, b| a.0 == b.0);
    let more = unsure.len().saturating_sub(LABELS);
    messages.extend(unsure.into_iter().take(LABELS).map(|(label, _, answer)| {
        let (code, rule, sure) = (answer.code.unwrap_or_default(), answer.rule, answer.confidence);
        format!("{} {label:?} is read as {code}: {rule}, confidence {sure:.2}", told.name)
    }));
    if more > 0 {
        messages.push(format!("{more} more labels of {} are read as names that they resemble", told.name));
    }
    let finding = |message| Finding { severity: Severity::Note, message, tally: Tally::default(), examples: vec![] };
    messages.into_iter().map(finding).collect()
}

/// Labels whose rows are set aside, with what they may be.
fn unresolved(told: &Told) -> Vec<Finding> {
    let mut labels: Vec<&(String, i32, Answer)> = told.answers.iter().filter(|(_, _, a)| a.code.is_none()).collect();
    labels.sort_by(|a, b| a.0.cmp(&b.0));
    labels.dedup_by(|a, b| a.0 == b.0);
    let more = labels.len().saturating_sub(LABELS);
    let mut messages: Vec<String> = labels
        .into_iter()
        .take(LABELS)
        .map(|(label, _, answer)| {
            let said = match answer.state {
                State::Ambiguous => format!("may be {}", answer.candidates.join(" or ")),
                _ => match suggest(label, 2) {
                    near if near.is_empty() => "is not a known area".to_owned(),
                    near => format!("is not a known area (near: {})", near.join(", ")),
                },
            };
            format!("{} {label:?} {said}; set aside unless overrides={{{label:?}: code}} says what it is", told.name)
        })
        .collect();
    if more > 0 {
        messages.push(format!("{more} more labels of {} are not known or ambiguous", told.name));
    }
    let finding = |message| Finding { severity: Severity::Warning, message, tally: Tally::default(), examples: vec![] };
    messages.into_iter().map(finding).collect()
}
