//! From the blocks that a layout found on a sheet to one table of labels and figures.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::found::{Column, Figures, Found};
use super::grid::{Cell, Grid, number_label};
use super::layout::{JOINED, Labels, Layout, Table, squeezed};
use super::locate::{Block, ValueColumn};
use super::when;
use crate::Error;
use crate::column::{Coded, NULL};
use crate::harmonise::{self, Read, Values, address};

/// What became of a row of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is above, below or between the tables.
    Outside,
    /// It holds headers or headings.
    Header,
    /// It says what the rows below it are.
    Section,
    /// It was passed over, for a reason.
    Skipped(String),
    /// It holds figures.
    Figures,
}

/// The rows of a sheet and what became of them.
pub struct Rows {
    /// Row by row.
    pub fate: Vec<Fate>,
    /// Texts below the last figures.
    pub footnotes: Vec<String>,
}

/// One column's labels of rows, by role, as they come.
#[derive(Default)]
struct Gathered {
    known: FxHashMap<String, i32>,
    labels: Vec<String>,
    keys: Vec<i32>,
}

impl Gathered {
    fn key(&mut self, label: &str) -> i32 {
        if let Some(known) = self.known.get(label) {
            return *known;
        }
        let at = self.labels.len() as i32;
        self.known.insert(label.to_owned(), at);
        self.labels.push(label.to_owned());
        at
    }
}

/// The labels of rows that are gathered while rows are read.
#[derive(Default)]
struct Roles {
    names: Vec<String>,
    of: Vec<Gathered>,
    rows: usize,
}

impl Roles {
    fn role(&mut self, name: &str) -> usize {
        self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.of.push(Gathered { keys: vec![NULL; self.rows], ..Gathered::default() });
            self.names.len() - 1
        })
    }

    /// A role and the key of one of its labels.
    fn label(&mut self, name: &str, label: &str) -> (usize, i32) {
        let at = self.role(name);
        (at, self.of[at].key(label))
    }

    fn begin_row(&mut self) {
        self.rows += 1;
        self.of.iter_mut().for_each(|one| one.keys.push(NULL));
    }

    /// Labels the last row; the first label of a role holds, but for those that are joined.
    fn say(&mut self, role: usize, key: i32) {
        let row = self.rows - 1;
        let one = &mut self.of[role];
        if one.keys[row] == NULL {
            one.keys[row] = key;
        } else if JOINED.contains(&self.names[role].as_str()) && one.keys[row] != key {
            let both = format!("{}; {}", one.labels[one.keys[row] as usize], one.labels[key as usize]);
            one.keys[row] = one.key(&both);
        }
    }

    fn say_all(&mut self, labels: &Labels) {
        for (name, label) in labels {
            let (role, key) = self.label(name, label);
            self.say(role, key);
        }
    }

    fn done(self) -> BTreeMap<String, Coded> {
        let coded = |one: Gathered| Coded { keys: one.keys, labels: one.labels }.without_blanks();
        self.names.into_iter().zip(self.of.into_iter().map(coded)).collect()
    }
}

/// What the label in a cell stands for.
#[derive(Clone, Default)]
struct Said {
    /// Role and key of the label.
    roles: Vec<(usize, i32)>,
    skip: Option<String>,
}

/// The tables of one layout on a sheet, put under one another.
///
/// # Errors
/// [`Error::Read`] naming the cell of a figure that cannot be read or of which something is not said.
pub fn table<'a>(
    grid: &'a Grid,
    layout: &'a Layout,
    table: &'a Table,
    blocks: &[Block],
    file: &Labels,
) -> Result<(Vec<Found<'a>>, Rows), Error> {
    let mut rows = Rows { fate: vec![Fate::Outside; grid.rows()], footnotes: Vec::new() };
    let mut tables = Vec::new();
    // Blocks with the same columns of figures are one table.
    let same = |a: &&Block, b: &&Block| {
        let columns = |block: &Block| -> Vec<(usize, Labels)> {
            block.values.iter().map(|value| (value.column, value.labels.clone())).collect()
        };
        columns(a) == columns(b)
    };
    let all: Vec<&Block> = blocks.iter().collect();
    for group in all.chunk_by(same) {
        let one = Reader { grid, layout, table }.read(group, file, &mut rows)?;
        tables.extend(one);
    }
    Ok((tables, rows))
}

struct Reader<'a> {
    grid: &'a Grid,
    layout: &'a Layout,
    table: &'a Table,
}

impl<'a> Reader<'a> {
    fn read(&self, blocks: &[&Block], file: &Labels, rows: &mut Rows) -> Result<Option<Found<'a>>, Error> {
        let Some(first) = blocks.first() else { return Ok(None) };
        let wanted: Vec<&ValueColumn> = first.values.iter().filter(|value| value.skip.is_none()).collect();
        let mut roles = Roles::default();
        let mut cache: FxHashMap<(usize, u8, u64), Said> = FxHashMap::default();
        let mut kept = Vec::new();
        let constant = common(blocks);
        for block in blocks {
            let mut sections: Vec<Option<Labels>> = vec![None; self.table.sections.len()];
            block.headers.iter().for_each(|row| rows.fate[*row] = Fate::Header);
            let own: Labels = block
                .labels
                .iter()
                .filter(|(role, _)| !constant.contains_key(*role))
                .map(|(r, l)| (r.clone(), l.clone()))
                .collect();
            for row in block.first..self.end(block, rows) {
                if self.grid.is_blank(row) {
                    continue;
                }
                let valued = block.values.iter().any(|value| self.grid.cell(row, value.column) != Cell::Blank);
                if let Some(at) = self.section(row, &mut sections) {
                    rows.fate[row] = at;
                    continue;
                }
                let required = block.columns.iter().filter(|(rule, _)| {
                    let rule = &self.table.columns[*rule];
                    !rule.optional && rule.skip.is_none()
                });
                let named = required.clone().count() == 0
                    || required.clone().any(|(_, column)| self.grid.cell(row, *column) != Cell::Blank);
                if !named {
                    rows.fate[row] =
                        if valued { Fate::Skipped("row without a label".to_owned()) } else { Fate::Outside };
                    continue;
                }
                let ruled = self.rule(row, block);
                if let Some(reason) = ruled.and_then(|rule| rule.skip.clone()) {
                    rows.fate[row] = Fate::Skipped(reason);
                    continue;
                }
                let said: Vec<Said> =
                    block.columns.iter().map(|at| self.said(row, *at, &mut roles, &mut cache)).collect();
                if let Some(reason) = said.iter().find_map(|said| said.skip.clone()) {
                    rows.fate[row] = Fate::Skipped(reason);
                    continue;
                }
                roles.begin_row();
                said.iter().flat_map(|said| &said.roles).for_each(|(role, key)| roles.say(*role, *key));
                ruled.iter().for_each(|rule| roles.say_all(&rule.labels));
                sections.iter().rev().flatten().for_each(|labels| roles.say_all(labels));
                roles.say_all(&own);
                rows.fate[row] = Fate::Figures;
                kept.push(row as u32);
            }
        }
        if kept.is_empty() || wanted.is_empty() {
            return Ok(None);
        }
        let mut constants = self.layout.constants.clone();
        constants.extend(self.table.constants.clone());
        constants.extend(file.clone());
        constants.extend(constant);
        let mut labels = roles.done();
        let mut columns: Vec<Column> =
            wanted.iter().map(|value| Column { column: value.column as u16, labels: value.labels.clone() }).collect();
        when::settle(&mut columns, &mut labels, &mut constants);
        for need in &self.table.needs {
            let above = constants.contains_key(need) || labels.get(need).is_some_and(|of| !of.labels.is_empty());
            if let Some(value) = wanted.iter().find(|value| !above && !value.labels.contains_key(need)) {
                return Err(Error::Read(format!(
                    "sheet {:?}: nothing says the {need} of the figures under cell {}; its headings are {:?}",
                    self.grid.name,
                    address(first.headers.last().copied().unwrap_or(first.anchor), value.column),
                    value.headings
                )));
            }
        }
        let figures = OnGrid {
            grid: self.grid,
            layout: self.layout,
            table: self.table,
            rows: kept.clone(),
            columns: wanted.iter().map(|value| value.column).collect(),
            flags: wanted.iter().map(|value| value.flag).collect(),
        };
        let place = format!("sheet {:?}", self.grid.name);
        let duplicates = self.table.duplicates;
        Ok(Some(Found { place, rows: kept, columns, labels, constants, duplicates, figures: Box::new(figures) }))
    }

    /// The row after the last one with figures; texts below it are footnotes.
    fn end(&self, block: &Block, rows: &mut Rows) -> usize {
        let ends = |row: &usize| {
            let first = (0..self.grid.width).find(|at| self.grid.cell(*row, *at) != Cell::Blank);
            first.is_some_and(|column| {
                let text = squeezed(&self.grid.label(self.grid.cell(*row, column)));
                self.table.rows.iter().any(|rule| rule.end && rule.matches.is_in(&text))
            })
        };
        let has_end = self.table.rows.iter().any(|rule| rule.end);
        let stop = if has_end { (block.first..block.end).find(ends).unwrap_or(block.end) } else { block.end };
        let valued = |row: &usize| block.values.iter().any(|value| self.grid.cell(*row, value.column) != Cell::Blank);
        let last = (block.first..stop).rev().find(valued).map_or(block.first, |row| row + 1);
        // What stands above the next table is not below this one.
        let is_page = |row: usize| {
            let first = self.grid.row(row).iter().find_map(|cell| self.grid.text(*cell));
            first.is_some_and(|text| self.table.pages.iter().any(|page| page.key.is_in(&squeezed(text))))
        };
        for row in (last..block.end).filter(|row| !is_page(*row)) {
            let texts = self.grid.row(row).iter().filter_map(|cell| self.grid.text(*cell));
            let text = squeezed(&texts.collect::<Vec<_>>().join(" "));
            if !text.is_empty() {
                rows.footnotes.push(text);
            }
        }
        last
    }

    /// Is the row a section? Then what it says holds from here on.
    fn section(&self, row: usize, sections: &mut [Option<Labels>]) -> Option<Fate> {
        if self.table.sections.is_empty() {
            return None;
        }
        let mut stands = self.grid.row(row).iter().filter(|cell| **cell != Cell::Blank);
        let (only, None) = (stands.next()?, stands.next()) else { return None };
        let text = squeezed(&self.grid.label(*only));
        let (at, rule) = self.table.sections.iter().enumerate().find(|(_, rule)| rule.matches.is_in(&text))?;
        let found = rule.matches.find(&text);
        sections[at] = found.map(|found| rule.matches.labelled(&rule.labels, &found));
        sections[at + 1..].fill(None);
        Some(Fate::Section)
    }

    fn rule(&self, row: usize, block: &Block) -> Option<&'a super::layout::Row> {
        if self.table.rows.is_empty() {
            return None;
        }
        let texts: Vec<String> = block
            .columns
            .iter()
            .filter(|(_, column)| self.grid.cell(row, *column) != Cell::Blank)
            .map(|(_, column)| squeezed(&self.grid.label(self.grid.cell(row, *column))))
            .collect();
        self.table.rows.iter().find(|rule| !rule.end && texts.iter().any(|text| rule.matches.is_in(text)))
    }

    /// What a label of a row stands for; looked up once a distinct label.
    fn said(
        &self,
        row: usize,
        (rule, column): (usize, usize),
        roles: &mut Roles,
        cache: &mut FxHashMap<(usize, u8, u64), Said>,
    ) -> Said {
        let cell = self.grid.cell(row, column);
        let key = match cell {
            Cell::Blank => return Said { skip: self.table.columns[rule].blank.clone(), ..Said::default() },
            Cell::Number(value) => (rule, 0, value.to_bits()),
            Cell::Text(at) => (rule, 1, u64::from(at)),
        };
        if let Some(known) = cache.get(&key) {
            return known.clone();
        }
        let (rule, text) = (&self.table.columns[rule], squeezed(&self.grid.label(cell)));
        let mut said = Said::default();
        let meant = rule.values.iter().find_map(|value| Some((value, value.matches.find(&text)?)));
        match (meant, &rule.role) {
            (Some((value, found)), _) => {
                said.skip.clone_from(&value.skip);
                let labels = value.matches.labelled(&value.labels, &found);
                said.roles.extend(labels.iter().map(|(name, label)| roles.label(name, label)));
            }
            (None, Some(name)) => {
                let taken = rule.take.as_ref().and_then(|take| take.find(&text));
                let label =
                    taken.as_ref().and_then(|found| found.name("label")).map_or(text.as_str(), |part| part.as_str());
                said.roles.push(roles.label(name, label.trim()));
                said.roles.extend(rule.also.iter().map(|name| roles.label(name, label.trim())));
            }
            (None, None) => {}
        }
        cache.insert(key, said.clone());
        said
    }
}

/// Labels that all blocks share.
fn common(blocks: &[&Block]) -> Labels {
    let Some((first, others)) = blocks.split_first() else { return Labels::new() };
    let shared =
        first.labels.iter().filter(|(role, label)| others.iter().all(|block| block.labels.get(*role) == Some(label)));
    shared.map(|(role, label)| (role.clone(), label.clone())).collect()
}

/// Figures where they stand.
struct OnGrid<'a> {
    grid: &'a Grid,
    layout: &'a Layout,
    table: &'a Table,
    rows: Vec<u32>,
    columns: Vec<usize>,
    flags: Vec<Option<usize>>,
}

impl OnGrid<'_> {
    /// The figure and the flag that stand in one text.
    fn split<'t>(&self, text: &'t str) -> (&'t str, &'t str) {
        let found = self.table.flag.as_ref().and_then(|pattern| pattern.find(text));
        match found {
            Some(found) => {
                let part = |name: &str| found.name(name).map_or("", |part| part.as_str().trim());
                (part("value"), part("flag"))
            }
            None => (text.trim(), ""),
        }
    }

    fn number(&self, text: &str, shift: i32) -> Option<Read> {
        let (value, _) = self.split(text);
        let read = |text: &str| harmonise::of_text(text, &self.layout.missing, shift);
        match self.layout.decimal {
            Some(sign) if sign != '.' => {
                let marker = read(value)
                    .filter(|read| !harmonise::carries(read.presence) || self.layout.missing.contains_key(value));
                let other = |c: char| if c == sign { '.' } else { c };
                marker.or_else(|| read(&value.chars().filter(|c| *c != '.').map(other).collect::<String>()))
            }
            _ => read(value),
        }
    }

    fn wrong(&self, row: usize, column: usize, text: &str) -> Error {
        Error::Read(format!(
            "sheet {:?}, cell {}: {text:?} is not a number; if it stands for a missing one, the layout says so by \
             missing = {{ {text:?} = \"missing\" }}; if the columns are not those of the figures, the layout is not of this file",
            self.grid.name,
            address(row, column)
        ))
    }
}

impl Figures for OnGrid<'_> {
    fn values(&self, rows: &[u32], columns: &[u32], shift: i32) -> Result<Values, Error> {
        const UNREAD: u8 = 0;
        const READ: u8 = 1;
        let blank = harmonise::presence(self.layout.missing.get("").map_or("blank", String::as_str));
        let zero = harmonise::presence("zero");
        let mut state = vec![UNREAD; self.grid.texts().len()];
        let mut reads = vec![Read { value: 0.0, presence: 0, bounds: None }; state.len()];
        let count = rows.len() * columns.len();
        let (mut value, mut presence, mut bounds) = (vec![0.0; count], vec![0; count], Vec::new());
        let mut at = 0;
        for row in rows {
            let row = self.rows[*row as usize] as usize;
            for column in columns {
                let column = self.columns[*column as usize];
                match self.grid.cell(row, column) {
                    Cell::Blank => presence[at] = blank,
                    Cell::Number(number) => {
                        value[at] = if shift == 0 { number + 0.0 } else { harmonise::scaled(number, shift) + 0.0 };
                        presence[at] = if number == 0.0 { zero } else { 0 };
                    }
                    Cell::Text(text) => {
                        let text = text as usize;
                        if state[text] == UNREAD {
                            let words = &self.grid.texts()[text];
                            reads[text] = self.number(words, shift).ok_or_else(|| self.wrong(row, column, words))?;
                            state[text] = READ;
                        }
                        (value[at], presence[at]) = (reads[text].value, reads[text].presence);
                        bounds.extend(reads[text].bounds.map(|(low, high)| (at as u32, low, high)));
                    }
                }
                at += 1;
            }
        }
        Ok(Values { value: value.into(), presence, bounds })
    }

    fn holds(&self, marker: &str) -> bool {
        marker.is_empty() || self.grid.texts().iter().any(|text| text.trim() == marker || self.split(text).0 == marker)
    }

    fn count(&self) -> u64 {
        let mut known: Vec<Option<bool>> = vec![None; self.grid.texts().len()];
        let mut numbers = 0;
        for row in &self.rows {
            for column in &self.columns {
                let number = match self.grid.cell(*row as usize, *column) {
                    Cell::Blank => false,
                    Cell::Number(_) => true,
                    Cell::Text(text) => *known[text as usize].get_or_insert_with(|| {
                        let words = &self.grid.texts()[text as usize];
                        let marker = self.layout.missing.contains_key(self.split(words).0);
                        !marker && self.number(words, 0).is_some_and(|read| harmonise::carries(read.presence))
                    }),
                };
                numbers += u64::from(number);
            }
        }
        numbers
    }

    fn flags(&self, rows: &[u32], columns: &[u32]) -> Option<Coded> {
        if self.table.flag.is_none() && self.flags.iter().all(Option::is_none) {
            return None;
        }
        let mut gathered = Gathered::default();
        let mut known: Vec<Option<i32>> = vec![None; self.grid.texts().len()];
        for row in rows {
            let row = self.rows[*row as usize] as usize;
            for column in columns {
                let (column, flag) = (self.columns[*column as usize], self.flags[*column as usize]);
                let key = match (flag, self.grid.cell(row, flag.unwrap_or(column))) {
                    (_, Cell::Blank) | (None, Cell::Number(_)) => NULL,
                    (Some(_), Cell::Number(number)) => gathered.key(&number_label(number)),
                    (of, Cell::Text(text)) => *known[text as usize].get_or_insert_with(|| {
                        let words = &self.grid.texts()[text as usize];
                        let flag = if of.is_some() { words.trim() } else { self.split(words).1 };
                        if flag.is_empty() { NULL } else { gathered.key(flag) }
                    }),
                };
                gathered.keys.push(key);
            }
        }
        let none = gathered.labels.is_empty();
        (!none).then_some(Coded { keys: gathered.keys, labels: gathered.labels })
    }
}
