//! What became of every number on a sheet: a figure, or something else that is listed.

use std::collections::BTreeMap;

use super::found::Found;
use super::grid::{Cell, Grid};
use super::layout::{Kind, Layout, Pattern, Table, squeezed};
use super::locate::Block;
use super::sheet::{Fate, Rows};
use crate::harmonise::{self, address};
use crate::ledger::{Account, EXAMPLES, Example, Finding, Remainder, Severity, Tally};

/// Footnotes of a sheet that are told in the ledger.
const TOLD: usize = 40;

/// What is known of a sheet while its tables are read.
pub struct Sheet<'a> {
    grid: &'a Grid,
    /// Why a number is no figure, by row and column; a figure has no reason.
    reasons: Vec<String>,
    class: Vec<u16>,
    /// Numbers that were passed on, counted from what was passed on.
    out: u64,
    read: bool,
    footnotes: Vec<String>,
    /// How figures and flags stand in one cell.
    flags: Vec<&'a Pattern>,
}

/// Class of a number that no table has claimed.
const UNCLAIMED: u16 = 0;

/// Class of a figure.
const FIGURE: u16 = 1;

impl<'a> Sheet<'a> {
    /// A sheet of which nothing has been read.
    pub fn new(grid: &'a Grid) -> Sheet<'a> {
        let class = Vec::new();
        Sheet { grid, reasons: Vec::new(), class, out: 0, read: false, footnotes: Vec::new(), flags: Vec::new() }
    }

    fn class_of(&mut self, reason: &str) -> u16 {
        let at = self.reasons.iter().position(|known| known == reason).unwrap_or_else(|| {
            self.reasons.push(reason.to_owned());
            self.reasons.len() - 1
        });
        at as u16 + FIGURE + 1
    }

    fn claim(&mut self, row: usize, column: usize, class: u16) {
        let at = row * self.grid.width + column;
        if self.class.is_empty() {
            self.class = vec![UNCLAIMED; self.grid.rows() * self.grid.width];
        }
        if self.class[at] == UNCLAIMED {
            self.class[at] = class;
        }
    }

    /// The whole sheet is a table that figures refer to.
    pub fn is_reference(&mut self, kind: Kind) {
        let class = self.class_of(&format!("in a table of {}", kind.name()));
        for row in 0..self.grid.rows() {
            (0..self.grid.width).for_each(|column| self.claim(row, column, class));
        }
        self.read = true;
    }

    /// Notes what the tables of one kind are made of.
    pub fn take(&mut self, table: &'a Table, blocks: &[Block], rows: &Rows, found: &[Found]) {
        self.read = true;
        self.flags.extend(&table.flag);
        self.footnotes.extend(rows.footnotes.iter().cloned());
        let header = self.class_of("in a header");
        let section = self.class_of("between the figures, for the rows below");
        let bare = self.class_of("in a column without a header");
        for block in blocks {
            let skipped: Vec<(usize, u16)> = block
                .values
                .iter()
                .filter_map(|value| Some((value.column, self.class_of(value.skip.as_deref()?))))
                .collect();
            let flags: Vec<usize> = block.values.iter().filter_map(|value| value.flag).collect();
            let flag = self.class_of("flag");
            let labels: Vec<(usize, u16)> = block
                .columns
                .iter()
                .map(|(rule, column)| {
                    let rule = &table.columns[*rule];
                    let text = squeezed(&self.grid.label(self.grid.cell(block.anchor, *column)));
                    let reason = rule.skip.clone().unwrap_or_else(|| format!("label under {text:?}"));
                    (*column, self.class_of(&reason))
                })
                .collect();
            for row in block.headers.iter().copied().chain(block.first..block.end) {
                let class = match &rows.fate[row] {
                    Fate::Outside => continue,
                    Fate::Header => Some(header),
                    Fate::Section => Some(section),
                    Fate::Skipped(reason) => Some(self.class_of(reason)),
                    Fate::Figures => None,
                };
                if let Some(class) = class {
                    (0..self.grid.width).for_each(|column| self.claim(row, column, class));
                    continue;
                }
                labels.iter().chain(&skipped).for_each(|(column, class)| self.claim(row, *column, *class));
                flags.iter().for_each(|column| self.claim(row, *column, flag));
            }
        }
        for one in found {
            for row in &one.rows {
                for column in &one.columns {
                    self.claim(*row as usize, column.column as usize, FIGURE);
                }
            }
            self.out += one.figures.count();
        }
        for row in (0..self.grid.rows()).filter(|row| rows.fate[*row] == Fate::Figures) {
            (0..self.grid.width).for_each(|column| self.claim(row, column, bare));
        }
    }

    /// The account, if there are numbers on the sheet, and the footnotes.
    pub fn draw(self, layout: &Layout, skipped: Option<&str>) -> (Option<Account>, Vec<Finding>) {
        let mut is_number: Vec<Option<bool>> = vec![None; self.grid.texts().len()];
        let mut numeric = |cell: Cell| match cell {
            Cell::Blank => false,
            Cell::Number(_) => true,
            Cell::Text(at) => *is_number[at as usize]
                .get_or_insert_with(|| is_numeric(&self.grid.texts()[at as usize], layout, &self.flags)),
        };
        let unread = match (skipped, self.read) {
            (Some(reason), _) => format!("sheet not read: {reason}"),
            (None, false) => "sheet not read: no table that is known stands on it".to_owned(),
            (None, true) => "outside the tables".to_owned(),
        };
        let (mut taken, mut aside): (u64, BTreeMap<u16, (u64, Vec<Example>)>) = (0, BTreeMap::new());
        for row in 0..self.grid.rows() {
            for (column, cell) in self.grid.row(row).iter().enumerate() {
                if !numeric(*cell) {
                    continue;
                }
                taken += 1;
                let class = self.class.get(row * self.grid.width + column).copied().unwrap_or(UNCLAIMED);
                if class == FIGURE {
                    continue;
                }
                let (count, examples) = aside.entry(class).or_default();
                *count += 1;
                if examples.len() < EXAMPLES {
                    let what = format!("{} = {}", address(row, column), squeezed(&self.grid.label(*cell)));
                    examples.push(Example { row: row as u64, what, value: None });
                }
            }
        }
        if taken == 0 {
            return (None, self.tell_footnotes());
        }
        let reason = |class: u16| match class {
            UNCLAIMED => unread.clone(),
            class => self.reasons[usize::from(class - FIGURE - 1)].clone(),
        };
        let set_aside = aside
            .into_iter()
            .map(|(class, (count, examples))| Remainder { reason: reason(class), tally: tally(count), examples })
            .collect();
        let account = Account {
            title: format!("sheet {:?}, {}", self.grid.name, layout.name),
            unit: "numbers".to_owned(),
            taken: tally(taken),
            out: tally(self.out),
            set_aside,
            ..Account::default()
        };
        (Some(account), self.tell_footnotes())
    }

    fn tell_footnotes(&self) -> Vec<Finding> {
        let tell = |text: &String| Finding {
            severity: Severity::Note,
            message: format!("sheet {:?} says: {text}", self.grid.name),
            tally: Tally::default(),
            examples: Vec::new(),
        };
        self.footnotes.iter().take(TOLD).map(tell).collect()
    }
}

fn tally(count: u64) -> Tally {
    let mut tally = Tally { rows: count as i64, ..Tally::default() };
    tally.value.add(count as f64);
    tally
}

/// Is the text a number, with or without a flag?
fn is_numeric(text: &str, layout: &Layout, flags: &[&Pattern]) -> bool {
    let plain = |text: &str| {
        !layout.missing.contains_key(text)
            && match layout.decimal {
                Some(sign) if sign != '.' => {
                    let other = |c: char| if c == sign { '.' } else { c };
                    harmonise::number(&text.chars().filter(|c| *c != '.').map(other).collect::<String>(), 0).is_some()
                }
                _ => harmonise::number(text, 0).is_some(),
            }
    };
    let flagged =
        |pattern: &&Pattern| pattern.find(text).and_then(|found| Some(plain(found.name("value")?.as_str().trim())));
    plain(text.trim()) || flags.iter().any(|pattern| flagged(pattern) == Some(true))
}
