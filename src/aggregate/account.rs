//! The account of the figures that were added: what came in, what went out, what was set aside.

use super::Outside;
use super::axis::{Axis, Broken, OUTSIDE, UNDECIDED};
use super::cube::NONE;
use super::run::{Run, Sums};
use crate::ledger::{Account, EXAMPLES, Example, Finding, Remainder, Severity, Tally};
use arrow::array::Array;

impl Run<'_> {
    pub fn accounts(&self, finest: &Sums) -> Vec<Account> {
        let mut accounts: Vec<Account> = self
            .classes
            .definitions
            .iter()
            .enumerate()
            .map(|(key, definition)| Account {
                definitions: vec![key as i32],
                title: definition.title(),
                unit: definition.unit().to_owned(),
                ..Account::default()
            })
            .collect();
        for (tally, class) in
            self.observations.tally().iter().zip(&self.classes.of).filter(|(_, class)| **class != NONE)
        {
            accounts[*class as usize].taken.merge(tally);
        }
        let shown =
            self.request.min_coverage.map(|least| (least, self.coverage(&finest.cells, &vec![false; self.axes.len()])));
        let mut hidden = vec![Tally::default(); accounts.len()];
        for at in 0..finest.cells.sum.len() {
            if shown.as_ref().is_some_and(|(least, shown)| shown[at] < *least) {
                let tally = &mut hidden[finest.cells.keys[0][at] as usize];
                tally.rows += finest.cells.figures[at] as i64;
                tally.missing += (finest.cells.figures[at] - finest.cells.valued[at]) as i64;
                tally.value.add(finest.cells.sum[at]);
                continue;
            }
            let out = &mut accounts[finest.cells.keys[0][at] as usize].out;
            out.rows += finest.cells.figures[at] as i64;
            out.missing += (finest.cells.figures[at] - finest.cells.valued[at]) as i64;
            out.value.add(finest.cells.sum[at]);
        }
        for (account, hidden) in accounts.iter_mut().zip(hidden) {
            account.set_aside.extend(Remainder::of("in cells of less than min_coverage", hidden));
        }
        for (account, rounding) in accounts.iter_mut().zip(&finest.cells.rounding) {
            if !rounding.is_zero() {
                let tally = Tally { rows: 0, missing: 0, value: rounding.clone() };
                let reason = "rounding of sums to 64-bit floats".to_owned();
                account.adjustments.push(Remainder { reason, tally, examples: Vec::new() });
            }
        }
        if self.request.outside == Outside::Drop {
            self.count_outside(&mut accounts);
        }
        accounts
    }

    /// Figures outside a group, from their list.
    fn count_outside(&self, accounts: &mut [Account]) {
        let (leaves, values) = (self.observations.leaves(), self.observations.values());
        let keys = self.observations.definition_keys();
        let groups: Vec<&Axis> = self.axes.iter().filter(|axis| axis.is_group()).collect();
        for row in (0..self.observations.len()).filter(|row| leaves.value(*row)) {
            let out = groups.iter().find_map(|axis| {
                let label = &axis.labels[axis.class(row) as usize];
                self.leaves_out(axis, label).then_some((axis, label))
            });
            if let Some((axis, label)) = out {
                let reason = match label.as_str() {
                    OUTSIDE => format!("outside {}", axis.name),
                    _ => format!("cannot be placed in {}", axis.name),
                };
                let what =
                    || format!("{} = {}", axis.column, self.observations.code(&axis.column, row).unwrap_or_default());
                let value = values.is_valid(row).then(|| values.value(row));
                let class = self.classes.of[keys[row] as usize];
                accounts[class as usize].set_aside(&reason, row as u64, what, value);
            }
        }
    }

    /// Lists without dates, and figures that cannot be placed.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let (leaves, values) = (self.observations.leaves(), self.observations.values());
        for axis in self.axes.iter().filter(|axis| axis.is_group() || axis.leaves == Broken::Some) {
            if axis.undated {
                let message =
                    format!("{}: the list of members bears no dates; the current one is used for all years", axis.name);
                findings.push(Finding {
                    severity: Severity::Warning,
                    message,
                    tally: Tally::default(),
                    examples: vec![],
                });
            }
            if let Some(message) = axis.overlap.as_ref().and_then(|overlap| overlap.warning(&axis.name, &axis.labels)) {
                let (tally, examples) = (Tally::default(), Vec::new());
                findings.push(Finding { severity: Severity::Warning, message, tally, examples });
            }
            let Some(at) = axis.labels.iter().position(|label| label == UNDECIDED) else { continue };
            let why = if axis.leaves == Broken::Some {
                "not broken down by it"
            } else {
                "that cannot be placed, as of residuals,"
            };
            let message = format!("{}: figures {why} are in row {UNDECIDED}", axis.name);
            let mut finding = Finding { severity: Severity::Note, message, tally: Tally::default(), examples: vec![] };
            for row in (0..leaves.len()).filter(|row| leaves.value(*row) && axis.class(*row) == at as u32) {
                let value = values.is_valid(row).then(|| values.value(row));
                finding.tally.add(value);
                if finding.examples.len() < EXAMPLES {
                    let what =
                        format!("{} = {}", axis.column, self.observations.code(&axis.column, row).unwrap_or_default());
                    finding.examples.push(Example { row: row as u64, what, value });
                }
            }
            if finding.tally.rows > 0 {
                findings.push(finding);
            }
        }
        findings
    }
}
