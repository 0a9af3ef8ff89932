//! Rows of a cube that are not passed on, and why.

use super::Cube;
use crate::column::{Coded, NULL};
use crate::harmonise::{self, address};

/// Rows that are not passed on: index into `reasons`, the first of which is "they are".
pub struct Skip {
    reasons: Vec<String>,
    of: Vec<u8>,
}

impl Skip {
    /// All rows are passed on.
    pub fn none(rows: usize) -> Skip {
        Skip { reasons: vec![String::new()], of: vec![0; rows] }
    }

    /// Is a row passed on?
    pub fn keeps(&self, row: usize) -> bool {
        self.of[row] == 0
    }

    /// The number of a reason.
    pub fn reason(&mut self, text: String) -> u8 {
        let at = self.reasons.iter().position(|known| *known == text).unwrap_or_else(|| {
            self.reasons.push(text);
            self.reasons.len() - 1
        });
        // More reasons than a byte holds are told as the last one.
        at.min(usize::from(u8::MAX)) as u8
    }

    /// Skips a row, unless it is skipped already.
    pub fn mark(&mut self, row: usize, reason: u8) {
        if self.of[row] == 0 {
            self.of[row] = reason;
        }
    }

    /// Skips the rows of the labels for which there is a reason.
    pub fn labels(&mut self, coded: &Coded, why: impl Fn(&str) -> Option<String>) {
        let reasons: Vec<u8> =
            coded.labels.iter().map(|label| why(label).map_or(0, |reason| self.reason(reason))).collect();
        if reasons.iter().all(|reason| *reason == 0) {
            return;
        }
        for (row, key) in coded.keys.iter().enumerate().filter(|(_, key)| **key != NULL) {
            self.mark(row, reasons[*key as usize]);
        }
    }

    /// Counts the numbers of the rows that are not passed on.
    pub fn count(&self, cube: &mut Cube) {
        let width = cube.columns.len();
        for (row, reason) in self.of.iter().enumerate().filter(|(_, reason)| **reason != 0) {
            let cells = &cube.presence[row * width..(row + 1) * width];
            let numbers = cells.iter().filter(|kind| harmonise::carries(**kind)).count() as u64;
            let first = cells.iter().position(|kind| harmonise::carries(*kind)).unwrap_or_default();
            let (line, column) = (cube.rows[row], cube.columns[first].column);
            let what = || format!("{} = {}", address(line as usize, column.into()), cube.value[row * width + first]);
            cube.dropped.count(&self.reasons[usize::from(*reason)], numbers, line.into(), what);
        }
    }
}
