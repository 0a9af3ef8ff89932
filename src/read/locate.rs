//! Where on a sheet a table of a layout stands: its header is sought by what it says, wherever it is.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::grid::{Cell, Grid};
use super::layout::{Heading, JOINED, Kind, Labels, Pattern, Table, squeezed};
use crate::harmonise::column_name;

/// Rows that are searched for the first header.
const SEARCHED: usize = 400;

/// Cells that a column is told by, where it is not told by its header.
const TELLING: usize = 30;

/// Rows above and below the headers of the columns that may hold headings of the figures.
const HEADROOM: usize = 6;

/// A number that is a heading is smaller.
const LARGEST_HEADING: f64 = 1e6;

/// Bit that tells a number that was looked at from a text.
const NUMBERS: u64 = 1 << 63;

/// One table on a sheet.
#[derive(Debug)]
pub struct Block {
    /// Row of the headers of the columns.
    pub anchor: usize,
    /// Columns that say what a row is: rule of the table, column of the sheet.
    pub columns: Vec<(usize, usize)>,
    /// Columns of figures.
    pub values: Vec<ValueColumn>,
    /// Rows of headers and headings.
    pub headers: Vec<usize>,
    /// First row below the headers.
    pub first: usize,
    /// The row after the last one that may belong to it.
    pub end: usize,
    /// Labels from the title and the pages above it.
    pub labels: Labels,
}

/// A column of figures.
#[derive(Debug)]
pub struct ValueColumn {
    /// Column of the sheet.
    pub column: usize,
    /// Its headings from the top.
    pub headings: Vec<String>,
    /// What its figures are.
    pub labels: Labels,
    /// Why they are passed over.
    pub skip: Option<String>,
    /// Column of their flags.
    pub flag: Option<usize>,
}

/// Why a table is not there.
#[derive(Debug)]
pub struct Missing {
    /// How much of its header was found: patterns matched.
    pub found: usize,
    /// What was not, in words.
    pub what: String,
}

/// Adds what a page says; labels of roles that may have several stand after one another.
fn say(labels: &mut Labels, role: String, label: String) {
    match labels.get_mut(&role) {
        Some(before) if JOINED.contains(&role.as_str()) && *before != label => *before = format!("{before}; {label}"),
        _ => drop(labels.insert(role, label)),
    }
}

/// Looks at the texts of a grid; what a pattern found in a text is remembered.
pub struct Locator<'a> {
    grid: &'a Grid,
    table: &'a Table,
    seen: RefCell<FxHashMap<(*const Pattern, u64), bool>>,
}

impl<'a> Locator<'a> {
    /// A search for a table on a sheet.
    pub fn new(grid: &'a Grid, table: &'a Table) -> Locator<'a> {
        Locator { grid, table, seen: RefCell::default() }
    }

    /// The text of a cell as patterns see it.
    fn text(&self, row: usize, column: usize) -> String {
        squeezed(&self.grid.label(self.grid.cell(row, column)))
    }

    fn is_in(&self, pattern: &Pattern, row: usize, column: usize) -> bool {
        let key = match self.grid.cell(row, column) {
            Cell::Text(at) => u64::from(at),
            // Numbers that are headings are years, ages and codes; all others are figures.
            Cell::Number(value) if value.fract() == 0.0 && (0.0..LARGEST_HEADING).contains(&value) => {
                value as u64 | NUMBERS
            }
            Cell::Blank | Cell::Number(_) => return false,
        };
        let found = || pattern.is_in(&self.text(row, column));
        *self.seen.borrow_mut().entry((std::ptr::from_ref(pattern), key)).or_insert_with(found)
    }

    /// Is the pattern in all cells below a header?
    fn holds(&self, pattern: &Pattern, header: usize, column: usize) -> bool {
        let rows = header + 1..self.grid.rows().min(header + 1 + TELLING);
        let mut filled = rows.filter(|row| self.grid.cell(*row, column) != Cell::Blank).peekable();
        self.grid.cell(header, column) != Cell::Blank
            && filled.peek().is_some()
            && filled.all(|row| self.is_in(pattern, row, column))
    }

    fn heading(&self, row: usize, column: usize, anchor: usize) -> Option<&'a Heading> {
        let fits = |heading: &&Heading| {
            let here = (!heading.beside || row == anchor) && (!heading.under || row >= anchor);
            here && self.is_in(&heading.matches, row, column)
        };
        self.table.headings.iter().find(fits)
    }

    /// The columns whose headers stand in a row, and how many patterns have none.
    fn columns(&self, row: usize) -> (Vec<(usize, usize)>, Vec<usize>) {
        let (mut found, mut missing): (Vec<(usize, usize)>, Vec<usize>) = (Vec::new(), Vec::new());
        for (rule, column) in self.table.columns.iter().enumerate() {
            let free = |at: &usize| found.iter().all(|(_, taken)| taken != at);
            let fits = |at: &usize| match (&column.header, &column.cells) {
                (None, None) => false,
                (Some(header), None) => self.is_in(header, row, *at),
                (None, Some(cells)) => self.holds(cells, row, *at),
                (Some(header), Some(cells)) => self.is_in(header, row, *at) && self.holds(cells, row, *at),
            };
            if column.header.is_none() && column.cells.is_none() {
                continue;
            }
            match (0..self.grid.width).filter(free).find(fits) {
                Some(at) => found.push((rule, at)),
                None if column.optional => {}
                None => missing.push(rule),
            }
        }
        (found, missing)
    }

    /// The first row that has the headers of all columns, and a heading in or near it.
    fn anchor(&self) -> Result<(usize, Vec<(usize, usize)>), Missing> {
        let mut best: Option<Missing> = None;
        for row in 0..self.grid.rows().min(SEARCHED) {
            if self.grid.is_blank(row) {
                continue;
            }
            let (found, missing) = self.columns(row);
            let near = row..(row + HEADROOM).min(self.grid.rows());
            let free = |at: &usize| found.iter().all(|(_, taken)| taken != at);
            let has = |heading: &Heading, row: usize| {
                (0..self.grid.width).filter(free).any(|column| self.is_in(&heading.matches, row, column))
            };
            let required: Vec<&Heading> = self.table.headings.iter().filter(|heading| heading.required).collect();
            let lacks = required.iter().find(|heading| !has(heading, row));
            // A required heading tells the row by itself; the others may stand somewhat below.
            let any = !required.is_empty()
                || self.table.headings.is_empty()
                || near.clone().any(|near| self.table.headings.iter().any(|heading| has(heading, near)));
            if missing.is_empty() && lacks.is_none() && any {
                return Ok((row, found));
            }
            let mut what: Vec<String> = missing
                .iter()
                .map(|rule| &self.table.columns[*rule])
                .filter_map(|column| match (&column.header, &column.cells) {
                    (Some(header), _) => Some(format!("a column headed {:?}", header.as_str())),
                    (None, Some(cells)) => Some(format!("a column of cells like {:?}", cells.as_str())),
                    (None, None) => None,
                })
                .collect();
            what.extend(lacks.iter().map(|heading| format!("a heading {:?}", heading.matches.as_str())));
            if missing.is_empty() && !any {
                what.push("any known heading of figures beside or below them".to_owned());
            }
            if best.as_ref().is_none_or(|best| best.found < found.len()) {
                best = Some(Missing {
                    found: found.len(),
                    what: format!("row {}: it lacks {}", row + 1, what.join(", ")),
                });
            }
        }
        Err(best.unwrap_or(Missing { found: 0, what: "the sheet is empty".to_owned() }))
    }

    /// All tables of the kind on the sheet.
    ///
    /// # Errors
    /// [`Missing`], saying what the most likely row lacks, or which heading is not known.
    pub fn blocks(&self) -> Result<Vec<Block>, Missing> {
        let (first, mut columns) = self.anchor()?;
        let headings_at = |column: &usize| self.heading(first, *column, first).is_some();
        if let Some(stub) =
            self.table.columns.iter().position(|column| column.header.is_none() && column.cells.is_none())
        {
            let taken = |at: &usize| columns.iter().any(|(_, column)| column == at);
            let leftmost = (0..self.grid.width).filter(|at| !taken(at)).find(headings_at).unwrap_or_default();
            if leftmost == 0 {
                return Err(Missing { found: 1, what: format!("row {}: nothing is left of the figures", first + 1) });
            }
            columns.push((stub, leftmost - 1));
        }
        // Further tables of the sheet stand under the very same headers.
        let sign: Vec<(usize, Cell)> = (0..self.grid.width)
            .map(|at| (at, self.grid.cell(first, at)))
            .filter(|(_, cell)| *cell != Cell::Blank)
            .collect();
        let again = |row: &usize| sign.iter().all(|(column, cell)| self.grid.cell(*row, *column) == *cell);
        let anchors: Vec<usize> = std::iter::once(first).chain((first + 1..self.grid.rows()).filter(again)).collect();
        let mut blocks: Vec<Block> = Vec::with_capacity(anchors.len());
        for (at, anchor) in anchors.iter().enumerate() {
            let end = anchors.get(at + 1).copied().unwrap_or(self.grid.rows());
            let floor = blocks.last().map_or(0, |block| block.first);
            let mut block = self.block(*anchor, &columns, (floor, end))?;
            if let Some(before) = blocks.last_mut() {
                before.end = before.end.min(block.headers.first().copied().unwrap_or(*anchor));
                // What is not said again still holds.
                for (role, label) in &before.labels {
                    block.labels.entry(role.clone()).or_insert_with(|| label.clone());
                }
            }
            blocks.push(block);
        }
        Ok(blocks)
    }

    fn block(&self, anchor: usize, columns: &[(usize, usize)], (floor, end): (usize, usize)) -> Result<Block, Missing> {
        let labels = self.above(floor, anchor);
        if self.table.kind != Kind::Figures {
            // All columns of a reference are kept, whatever they are called.
            let (columns, values) = (columns.to_vec(), Vec::new());
            return Ok(Block { anchor, columns, values, headers: vec![anchor], first: anchor + 1, end, labels });
        }
        let headers = self.headers(anchor, columns, (floor, end))?;
        let values = self.values(anchor, columns, &headers)?;
        let first = headers.last().copied().unwrap_or(anchor) + 1;
        Ok(Block { anchor, columns: columns.to_vec(), values, headers, first, end, labels })
    }

    /// The rows of headings around the headers of the columns.
    fn headers(
        &self,
        anchor: usize,
        columns: &[(usize, usize)],
        (floor, end): (usize, usize),
    ) -> Result<Vec<usize>, Missing> {
        let free = |at: &usize| columns.iter().all(|(_, taken)| taken != at);
        let stands =
            |row: usize| (0..self.grid.width).filter(free).filter(move |at| self.grid.cell(row, *at) != Cell::Blank);
        let mut rows = vec![anchor];
        for row in (floor..anchor).rev().take(HEADROOM) {
            let (mut known, mut unknown) = (0, None);
            for column in stands(row) {
                match self.heading(row, column, anchor) {
                    Some(_) => known += 1,
                    None => unknown = unknown.or(Some(column)),
                }
            }
            match (known, unknown) {
                (0, None) => {}
                (0, Some(_)) => break,
                (_, None) => rows.insert(0, row),
                (known, Some(column)) => return Err(self.unknown(row, column, known)),
            }
        }
        for row in anchor + 1..end.min(anchor + 1 + HEADROOM) {
            let named = columns.iter().any(|(rule, column)| {
                !self.table.columns[*rule].optional && self.grid.cell(row, *column) != Cell::Blank
            });
            let known = stands(row).filter(|at| self.heading(row, *at, anchor).is_some()).count();
            if named || known == 0 {
                break;
            }
            if let Some(column) = stands(row).find(|at| self.heading(row, *at, anchor).is_none()) {
                return Err(self.unknown(row, column, known));
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn unknown(&self, row: usize, column: usize, found: usize) -> Missing {
        let what = format!(
            "row {}, column {}: the heading {:?} is not known, though others beside it are",
            row + 1,
            column_name(column),
            self.text(row, column)
        );
        Missing { found: found + self.table.columns.len(), what }
    }

    /// Labels that stand above a header: those of the title, and pairs of key and label.
    fn above(&self, floor: usize, anchor: usize) -> Labels {
        let mut labels = Labels::new();
        if let Some(sheet) = &self.table.sheet {
            labels.extend(sheet.find(&self.grid.name).map(|found| sheet.named(&found)).unwrap_or_default());
        }
        for row in floor..anchor {
            let mut stands = (0..self.grid.width).filter(|at| self.grid.cell(row, *at) != Cell::Blank);
            let Some(first) = stands.next() else { continue };
            if let Some(title) = &self.table.title
                && let Some(at) = std::iter::once(first).chain(stands.clone()).find(|at| self.is_in(title, row, *at))
            {
                let text = self.text(row, at);
                labels.entry("table".to_owned()).or_insert_with(|| text.clone());
                labels.extend(title.find(&text).map(|found| title.named(&found)).unwrap_or_default());
            }
            let Some(page) = self.table.pages.iter().find(|page| self.is_in(&page.key, row, first)) else { continue };
            let Some(second) = stands.next() else { continue };
            let label = self.text(row, second);
            let said = page.values.iter().find_map(|value| {
                let found = value.matches.find(&label)?;
                Some(value.matches.labelled(&value.labels, &found))
            });
            match (said, &page.role) {
                (Some(said), _) => said.into_iter().for_each(|(role, label)| say(&mut labels, role, label)),
                (None, Some(role)) => say(&mut labels, role.clone(), label),
                (None, None) => {}
            }
        }
        labels
    }

    /// Is the title of the table on the sheet?
    pub fn is_titled(&self) -> bool {
        let Some(title) = &self.table.title else { return true };
        let rows = 0..self.grid.rows().min(SEARCHED);
        rows.into_iter().any(|row| (0..self.grid.width).any(|column| self.is_in(title, row, column)))
    }

    fn values(
        &self,
        anchor: usize,
        columns: &[(usize, usize)],
        headers: &[usize],
    ) -> Result<Vec<ValueColumn>, Missing> {
        let free = |at: &usize| columns.iter().all(|(_, taken)| taken != at);
        let own = |column: usize| headers.iter().rposition(|row| self.grid.cell(*row, column) != Cell::Blank);
        let mut values = Vec::new();
        // A blank heading goes on from the one left of it, in all rows but the lowest that the column has.
        let mut left: Vec<Option<usize>> = vec![None; headers.len()];
        for column in (0..self.grid.width).filter(free) {
            let Some(lowest) = own(column) else { continue };
            let (mut headings, mut labels, mut skip) = (Vec::new(), Labels::new(), None);
            for (level, row) in headers.iter().enumerate().take(lowest + 1) {
                if self.grid.cell(*row, column) != Cell::Blank {
                    left[level] = Some(column);
                    left[level + 1..].fill(None);
                }
                let Some(at) = left[level] else { continue };
                let text = self.text(*row, at);
                let Some(heading) = self.heading(*row, at, anchor) else {
                    return Err(self.unknown(*row, at, values.len()));
                };
                let found = heading.matches.find(&text);
                labels.extend(found.map(|found| heading.matches.labelled(&heading.labels, &found)).unwrap_or_default());
                skip = skip.or_else(|| heading.skip.clone());
                headings.push(text);
            }
            values.push(ValueColumn { column, headings, labels, skip, flag: None });
        }
        if self.table.flags_unheaded {
            let unheaded = |column: &usize| *column < self.grid.width && free(column) && own(*column).is_none();
            values.iter_mut().for_each(|value| value.flag = Some(value.column + 1).filter(unheaded));
        }
        if self.table.flag_columns {
            // A column of flags repeats the headings of the figures left of it, or has none.
            let mut figures: Vec<ValueColumn> = Vec::with_capacity(values.len());
            for value in values {
                match figures.last_mut() {
                    Some(left)
                        if left.flag.is_none()
                            && left.column + 1 == value.column
                            && left.headings == value.headings =>
                    {
                        left.flag = Some(value.column);
                    }
                    _ => figures.push(value),
                }
            }
            for value in figures.iter_mut().filter(|value| value.flag.is_none()) {
                let next = value.column + 1;
                value.flag = Some(next).filter(|next| *next < self.grid.width && free(next) && own(*next).is_none());
            }
            return Ok(figures);
        }
        Ok(values)
    }
}
