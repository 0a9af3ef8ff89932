//! Tables that figures refer to: footnotes, correspondences, distances.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};

use super::grid::{Cell, Grid};
use super::layout::{Kind, Layout, Table, squeezed};
use super::locate::Block;
use crate::Error;

/// A table without figures of migration.
pub struct Reference {
    /// What its rows are.
    pub kind: Kind,
    /// Its title, or the name of its sheet.
    pub title: String,
    /// Its columns, under the headers that are printed.
    names: Vec<String>,
    columns: Vec<Vec<Cell>>,
    texts: Vec<String>,
}

/// The names of columns: what is printed above each, and what stands over several where it would not tell them apart.
fn names(grid: &Grid, block: &Block) -> Vec<(usize, String)> {
    let text = |row: usize, at: usize| squeezed(&grid.label(grid.cell(row, at)));
    let above = block.anchor.checked_sub(1).filter(|row| !grid.is_blank(*row));
    let over = |at: usize| above.map_or_else(String::new, |row| text(row, at));
    let own: Vec<String> = (0..grid.width).map(|at| text(block.anchor, at)).collect();
    let (mut group, mut names): (String, Vec<(usize, String)>) = (String::new(), Vec::new());
    for (at, name) in own.iter().enumerate() {
        if !over(at).is_empty() {
            group = over(at);
        }
        let filled = (block.first..block.end).any(|row| grid.cell(row, at) != Cell::Blank);
        let name = match (name.is_empty(), own.iter().filter(|other| *other == name).count() > 1) {
            (true, _) if filled => over(at),
            (false, true) if !group.is_empty() => format!("{group}: {name}"),
            _ => name.clone(),
        };
        let twice = names.iter().filter(|(_, known)| *known == name).count();
        match (name.is_empty(), twice) {
            (true, _) => {}
            (false, 0) => names.push((at, name)),
            (false, twice) => names.push((at, format!("{name} ({})", twice + 1))),
        }
    }
    names
}

/// All columns below a header; markers of what is missing, such as ".", become blank.
pub fn of_block(grid: &Grid, layout: &Layout, table: &Table, block: &Block) -> Reference {
    let title = block.labels.get("table").cloned().unwrap_or_else(|| grid.name.clone());
    let plain = |cell: Cell| match grid.text(cell) {
        Some(text) if layout.missing.contains_key(text.trim()) => Cell::Blank,
        _ => cell,
    };
    let (mut names, mut columns): (Vec<String>, Vec<Vec<Cell>>) = (Vec::new(), Vec::new());
    let rows: Vec<usize> = (block.first..block.end).filter(|row| !grid.is_blank(*row)).collect();
    for (at, name) in self::names(grid, block) {
        names.push(name);
        columns.push(rows.iter().map(|row| plain(grid.cell(*row, at))).collect());
    }
    Reference { kind: table.kind, title, names, columns, texts: grid.texts().to_vec() }
}

impl Reference {
    /// The table: numbers where a column has nothing else, text otherwise.
    ///
    /// # Errors
    /// [`Error::Arrow`] if it cannot be built.
    pub fn to_arrow(&self) -> Result<RecordBatch, Error> {
        let column = |cells: &Vec<Cell>| -> ArrayRef {
            let number = |cell: &Cell| match cell {
                Cell::Number(value) => Some(*value),
                _ => None,
            };
            if cells.iter().all(|cell| !matches!(cell, Cell::Text(_))) {
                return Arc::new(cells.iter().map(number).collect::<Float64Array>());
            }
            let text = |cell: &Cell| match cell {
                Cell::Blank => None,
                Cell::Number(value) => Some(super::grid::number_label(*value)),
                Cell::Text(at) => Some(self.texts[*at as usize].trim().to_owned()),
            };
            Arc::new(cells.iter().map(text).collect::<StringArray>())
        };
        let columns: Vec<ArrayRef> = self.columns.iter().map(column).collect();
        let fields =
            self.names.iter().zip(&columns).map(|(name, column)| Field::new(name, column.data_type().clone(), true));
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns)?)
    }
}
