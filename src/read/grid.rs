//! A sheet as cells with their addresses, whatever the file was.

use rustc_hash::FxHashMap;

/// What stands in a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Cell {
    /// Nothing, or white space.
    #[default]
    Blank,
    /// A number that the file holds as one.
    Number(f64),
    /// Text, as its place among the texts of the grid.
    Text(u32),
}

/// Cells of one sheet or text file, row after row.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// Name of the sheet, or of the file.
    pub name: String,
    /// Number of columns.
    pub width: usize,
    rows: usize,
    cells: Vec<Cell>,
    texts: Vec<String>,
    known: FxHashMap<String, u32>,
}

impl Grid {
    /// An empty grid.
    pub fn new(name: &str) -> Grid {
        Grid { name: name.to_owned(), ..Grid::default() }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Blank cells for so many rows and columns.
    pub fn size(&mut self, rows: usize, width: usize) {
        (self.rows, self.width) = (rows, width);
        self.cells = vec![Cell::Blank; rows * width];
    }

    /// Puts a cell in its place, after making room for it if `may` allows so many rows and columns.
    ///
    /// # Errors
    /// That of `may`.
    pub fn put<E>(
        &mut self,
        row: usize,
        column: usize,
        cell: Cell,
        may: impl Fn(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        if row >= self.rows || column >= self.width {
            let (rows, width) = (self.rows.max(row + 1), self.width.max(column + 1));
            may(rows, width)?;
            if width > self.width {
                self.widen(width);
            }
            self.rows = rows;
            self.cells.resize(rows * width, Cell::Blank);
        }
        self.cells[row * self.width + column] = cell;
        Ok(())
    }

    /// Adds a row; a row that is longer than those before widens them.
    pub fn push_row<'a>(&mut self, row: impl IntoIterator<Item = &'a str>) {
        let start = self.cells.len();
        for text in row {
            let cell = self.text_cell(text);
            self.cells.push(cell);
        }
        // Blank cells at the end of a line are no cells.
        let filled = self.cells[start..].iter().rposition(|cell| *cell != Cell::Blank).map_or(0, |last| last + 1);
        self.cells.truncate(start + filled);
        if filled > self.width {
            self.widen(filled);
        }
        self.rows += 1;
        self.cells.resize(self.rows * self.width, Cell::Blank);
    }

    /// Gives all rows but the one that is being added more columns.
    fn widen(&mut self, width: usize) {
        let mut wider = Vec::with_capacity((self.rows + 1) * width);
        for row in 0..self.rows {
            wider.extend_from_slice(&self.cells[row * self.width..(row + 1) * self.width]);
            wider.resize((row + 1) * width, Cell::Blank);
        }
        wider.extend_from_slice(&self.cells[self.rows * self.width..]);
        (self.cells, self.width) = (wider, width);
    }

    /// The cell of a text.
    pub fn text_cell(&mut self, text: &str) -> Cell {
        if text.trim().is_empty() {
            return Cell::Blank;
        }
        if let Some(known) = self.known.get(text) {
            return Cell::Text(*known);
        }
        let at = self.texts.len() as u32;
        self.known.insert(text.to_owned(), at);
        self.texts.push(text.to_owned());
        Cell::Text(at)
    }

    /// Puts a cell in its place.
    pub fn set(&mut self, row: usize, column: usize, cell: Cell) {
        self.cells[row * self.width + column] = cell;
    }

    /// The cell of a row and column, blank beyond the edge.
    pub fn cell(&self, row: usize, column: usize) -> Cell {
        if column >= self.width {
            return Cell::Blank;
        }
        self.cells.get(row * self.width + column).copied().unwrap_or_default()
    }

    /// The cells of a row.
    pub fn row(&self, row: usize) -> &[Cell] {
        &self.cells[row * self.width..(row + 1) * self.width]
    }

    /// The text of a cell that holds text.
    pub fn text(&self, cell: Cell) -> Option<&str> {
        match cell {
            Cell::Text(at) => Some(&self.texts[at as usize]),
            _ => None,
        }
    }

    /// What a cell says, as a label: text as it stands, whole numbers without a decimal point, "" for a blank.
    pub fn label(&self, cell: Cell) -> String {
        match cell {
            Cell::Blank => String::new(),
            Cell::Number(value) => number_label(value),
            Cell::Text(at) => self.texts[at as usize].clone(),
        }
    }

    /// The distinct texts of the grid.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Is nothing in the row?
    pub fn is_blank(&self, row: usize) -> bool {
        self.row(row).iter().all(|cell| *cell == Cell::Blank)
    }
}

/// A number as a label: years and codes have no decimal point.
pub fn number_label(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { (value as i64).to_string() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_widen_and_numbers_read_as_labels() {
        let mut grid = Grid::new("t");
        grid.push_row(["a", " "]);
        grid.push_row([]);
        grid.push_row(["", "b", "a", ""]);
        let mut other = grid.clone();
        other.put(4, 3, Cell::Number(1.0), |_, _| Ok::<(), ()>(())).unwrap();
        assert_eq!((other.rows(), other.width, other.cell(2, 2)), (5, 4, grid.cell(2, 2)));
        assert_eq!(other.cell(4, 3), Cell::Number(1.0));
        assert!(other.put(9, 9, Cell::Blank, |rows, width| if rows * width > 50 { Err(()) } else { Ok(()) }).is_err());
        assert_eq!((grid.rows(), grid.width), (3, 3));
        assert_eq!(grid.cell(0, 0), grid.cell(2, 2));
        assert!(grid.is_blank(1));
        assert_eq!(grid.cell(9, 9), Cell::Blank);
        assert_eq!([number_label(1990.0), number_label(-0.5)], ["1990", "-0.5"]);
    }
}
