//! A table as a reader gives it: labels of rows, figures with their cells, everything with its place on a sheet.

use std::collections::BTreeMap;

use super::values::Values;
use crate::column::Coded;

/// A wide table read from a file. Its cells are those of `rows` x `columns`, row after row.
pub struct Sheet {
    /// Where it was read, for messages: `sheet "Table 1"`.
    pub place: String,
    /// Row of the sheet of every row.
    pub rows: Vec<u32>,
    /// Column of the sheet of every column of figures.
    pub columns: Vec<u16>,
    /// Column of labels -> label of every row.
    pub labels: BTreeMap<String, Coded>,
    /// Role -> label of every cell: flags, notes.
    pub beside: BTreeMap<String, Coded>,
    /// The figures, in base units, of every cell.
    pub values: Values,
    /// The power of ten that they were printed in.
    pub shift: i32,
}

/// `AA`, the name of a column of a sheet.
pub fn column_name(mut column: usize) -> String {
    let mut name = Vec::new();
    loop {
        name.push(char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    name.iter().rev().collect()
}

/// `F17`, the address of a cell of a sheet.
pub fn address(row: usize, column: usize) -> String {
    format!("{}{}", column_name(column), row + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_as_in_a_spreadsheet() {
        assert_eq!([0, 25, 26, 701, 702].map(column_name), ["A", "Z", "AA", "ZZ", "AAA"]);
        assert_eq!(address(16, 5), "F17");
    }
}
