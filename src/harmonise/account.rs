//! The account of harmonising, counted from the cells at one end and from the figures at the other.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Float64Type, Int32Type};
use rustc_hash::FxHashMap;

use super::cells::Cells;
use super::{Draft, Plan};
use crate::Error;
use crate::codes::area::resolve::State;
use crate::codes::area::{self, Kind};
use crate::codes::period;
use crate::column::codes;
use crate::definition::Definition;
use crate::ledger::{self, EXAMPLES, Example, Finding, Ledger, Remainder, Severity, Step, Tally};
use crate::observation::{tally_leaves, tally_rows};

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
        self.tell_skill(&mut findings);
        self.tell_basis(&mut findings)?;
        self.tell_breakdowns(&mut findings);
        self.tell_days(&mut findings);
        let step = Step { operation: "harmonise".to_owned(), accounts: self.accounts(), findings };
        Ok(Ledger { steps: vec![step] })
    }

    fn accounts(&self) -> Vec<ledger::Account> {
        let bases = &self.draft.definitions;
        let cell = |cell: usize| Some((self.draft.definition.of(cell) as usize, self.cells.values.get(cell)));
        let taken = tally_rows(self.cells.count, bases.len(), cell);
        let out = tally_leaves(self.figures, self.plan.definitions.len());
        let mut accounts: Vec<ledger::Account> = bases
            .iter()
            .zip(taken)
            .map(|(base, taken)| {
                let same = |(_, definition): &(usize, &Definition)| definition.without(["breakdown"]) == *base;
                let keys: Vec<usize> =
                    self.plan.definitions.iter().enumerate().filter(same).map(|(key, _)| key).collect();
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
        match self.cells.labels(role) {
            Ok(Some(labels)) => self.cells.said(role, &labels, cell),
            _ => self.cells.place(cell),
        }
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
        let Some(skill) = self.draft.skill.as_ref().filter(|_| self.plan.parts.is_some()) else { return };
        let mut extra = vec![Tally::default(); accounts.len()];
        for cell in (0..self.cells.count).filter(|cell| !self.draft.is_aside(*cell)) {
            let rung = skill.keys.of(cell);
            let more = skill.parts[rung as usize].len() as i64 - 1;
            let tally = &mut extra[self.draft.definition.of(cell) as usize];
            tally.rows -= more;
            match self.cells.values.get(cell) {
                None => tally.missing -= more,
                Some(whole) if more > 0 => {
                    tally.value.add(whole);
                    skill.portions(whole, rung).into_iter().for_each(|part| tally.value.sub(part));
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

    /// A finding over the leaves that satisfy a condition; none if there are none.
    fn finding(
        &self,
        severity: Severity,
        message: String,
        holds: impl Fn(usize) -> bool,
        what: impl Fn(usize) -> String,
    ) -> Option<Finding> {
        let leaves = self.figures["leaf"].as_boolean();
        let values = self.figures["value"].as_primitive::<Float64Type>();
        let mut finding = Finding { severity, message, tally: Tally::default(), examples: Vec::new() };
        for row in (0..self.plan.rows).filter(|row| leaves.value(*row) && holds(*row)) {
            let value = values.is_valid(row).then(|| values.value(row));
            finding.tally.add(value);
            if finding.examples.len() < EXAMPLES {
                let cell = self.plan.cell(row);
                finding.examples.push(Example { row: self.cells.row(cell) as u64, what: what(row), value });
            }
        }
        (finding.tally.rows > 0).then_some(finding)
    }

    /// Former states, with labels that outlived them, residuals, and aggregates that stand among the countries.
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
            for (at, code) in names.iter().enumerate() {
                let Some(area) = area::get(code) else { continue };
                let said = labels.get(code).map_or_else(|| area.name.to_owned(), |labels| labels.join("\", \""));
                let here = |row: usize| keys[row] == at as i32;
                let year = |row: usize| period::start_year(period::Period { start: starts[row], end: starts[row] });
                let what = |row: usize| format!("{} in {}", told.name, year(row));
                match area.kind {
                    Kind::Former => {
                        let ended = area.to.unwrap_or(i32::MAX);
                        let late = |row: usize| here(row) && year(row) > ended;
                        let message = format!(
                            "{} \"{said}\" is {code}, a former state that ended in {ended}: the label outlived it",
                            told.name
                        );
                        findings.extend(self.finding(Severity::Warning, message, late, what));
                        let message = format!("{} \"{said}\" is {code}, a former state", told.name);
                        findings.extend(self.finding(Severity::Note, message, |row| here(row) && !late(row), what));
                    }
                    Kind::Residual => {
                        let message = format!("{} \"{said}\" is a residual ({code}), kept as it is", told.name);
                        findings.extend(self.finding(Severity::Note, message, here, what));
                    }
                    Kind::Aggregate | Kind::Total | Kind::Country => {}
                }
            }
            let ambiguous = told.answers.iter().filter(|(_, _, answer)| answer.state == State::Ambiguous);
            for (label, _, answer) in ambiguous {
                let message = format!(
                    "{} {label:?} may be {}; its rows are set aside: say which by overrides={{{label:?}: ...}}",
                    told.name,
                    answer.candidates.join(" or ")
                );
                let empty = Finding { severity: Severity::Warning, message, tally: Tally::default(), examples: vec![] };
                if !findings.contains(&empty) {
                    findings.push(empty);
                }
            }
        }
        Ok(())
    }

    /// Rungs shared out, rungs whose level is unknown, and rungs used outside their time.
    fn tell_skill(&self, findings: &mut Vec<Finding>) {
        let Some(skill) = &self.draft.skill else { return };
        for (at, rung) in skill.rungs.iter().enumerate() {
            let here = |row: usize| skill.keys.of(self.plan.cell(row)) == at as i32;
            let first = |row: usize| here(row) && self.plan.part(row) == 0;
            let what = |row: usize| self.cells.place(self.plan.cell(row));
            let parts = &skill.parts[at];
            if parts.len() > 1 {
                let shares: Vec<String> =
                    parts.iter().map(|(code, share)| format!("{} {share}", skill.codes[*code as usize])).collect();
                let message = format!(
                    "skill {} ({}) may be {}: shared out as {}, bounds in low and high",
                    rung.code,
                    rung.quality,
                    rung.levels.join(" or "),
                    shares.join(", ")
                );
                findings.extend(self.finding(Severity::Assumption, message, here, what));
            } else if skill.converted && rung.levels.len() != 1 && rung.code != "_T" {
                let said = if rung.levels.is_empty() { "no level".to_owned() } else { rung.levels.join(" or ") };
                let message =
                    format!("skill {} may be {said}: its level is unknown unless weights= say more", rung.code);
                findings.extend(self.finding(Severity::Note, message, first, what));
            }
            if rung.outside_validity {
                let message =
                    format!("skill {} is printed outside the years in which {} used it", rung.code, rung.ladder);
                findings.extend(self.finding(Severity::Warning, message, first, what));
            }
        }
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
        let mut seen: Vec<(&str, Option<&str>)> = Vec::new();
        for row in (0..self.plan.rows).filter(|row| stated(&names[keys[*row] as usize])) {
            let one = (names[keys[row] as usize], note(row));
            if !seen.contains(&one) {
                seen.push(one);
            }
        }
        for (basis, said) in seen {
            let here = |row: usize| names[keys[row] as usize] == basis && note(row) == said;
            let message = said.map_or_else(|| basis.to_owned(), |said| format!("{basis}: {said}"));
            let what = |row: usize| self.cells.place(self.plan.cell(row));
            findings.extend(self.finding(Severity::Assumption, message, here, what));
        }
        Ok(())
    }

    /// Breakdowns of the same people that must not be added to one another.
    fn tell_breakdowns(&self, findings: &mut Vec<Finding>) {
        let keys = self.figures["definition"].as_primitive::<Int32Type>().values();
        let mut told: Vec<&str> = Vec::new();
        for definition in &self.plan.definitions {
            let Some(breakdown) = definition.get("breakdown").filter(|name| !told.contains(name)) else { continue };
            told.push(breakdown);
            let here = |row: usize| self.plan.definitions[keys[row] as usize].get("breakdown") == Some(breakdown);
            let message = format!(
                "the table breaks the same figures down in ways that cross; those by {breakdown} have a definition of their own"
            );
            findings.extend(self.finding(Severity::Note, message, here, |row| self.cells.place(self.plan.cell(row))));
        }
    }

    /// A stock belongs to a day.
    fn tell_days(&self, findings: &mut Vec<Finding>) {
        let stock: Vec<bool> = self
            .plan
            .definitions
            .iter()
            .map(|definition| matches!(definition.get("measure"), Some("stock" | "population" | "refugees" | "idps")))
            .collect();
        if !stock.contains(&true) {
            return;
        }
        let keys = self.figures["definition"].as_primitive::<Int32Type>().values();
        let starts = self.figures["period_start"].as_primitive::<Date32Type>().values();
        let ends = self.figures["period_end"].as_primitive::<Date32Type>().values();
        let vague = |row: usize| stock[keys[row] as usize] && starts[row] != ends[row];
        let message = "a stock is dated by a period, not by a day; give date= where the day is known".to_owned();
        findings.extend(self.finding(Severity::Warning, message, vague, |row| self.cells.place(self.plan.cell(row))));
    }
}
