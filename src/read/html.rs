//! Tables of HTML pages, which offices also save under the name of a workbook.

use std::mem::take;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};

use super::grid::{Cell, Grid};
use super::limits::Limits;
use super::text::decode;
use crate::Error;

/// Columns and rows that one cell may take, so that a page cannot ask for a grid without end.
const SPAN: usize = 1000;

/// What stands in these is no text of the page.
const SILENT: [&str; 4] = ["script", "style", "noscript", "template"];

/// A cell with the rows and columns that it takes.
#[derive(Default)]
struct Taken {
    text: String,
    rows: usize,
    columns: usize,
}

/// A table while it is read.
#[derive(Default)]
struct Table {
    caption: String,
    rows: Vec<Vec<Taken>>,
    open: Option<Taken>,
    in_caption: bool,
}

impl Table {
    fn say(&mut self, text: &str) {
        match &mut self.open {
            Some(cell) => cell.text.push_str(text),
            None if self.in_caption => self.caption.push_str(text),
            None => {}
        }
    }

    fn close(&mut self) {
        if let Some(cell) = self.open.take() {
            if self.rows.is_empty() {
                self.rows.push(Vec::new());
            }
            self.rows.last_mut().expect("a row was opened").push(cell);
        }
    }
}

/// One grid a table of the page. What stands above a table, such as its title, is its first row; a cell of several
/// columns or rows fills them all only where it is told apart by it: text in its first cell, blanks in the others, as
/// in a workbook.
///
/// # Errors
/// [`Error::Read`] for a page without a table, or with one larger than the limits.
pub fn grids(name: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<Grid>, Error> {
    let (page, _) = decode(name, bytes)?;
    let (mut done, mut open): (Vec<(String, Table)>, Vec<Table>) = (Vec::new(), Vec::new());
    let (mut above, mut silent) = (String::new(), 0_usize);
    // Scripts are not markup, whatever they hold.
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(page.as_str(), emitter).flatten() {
        match token {
            Token::StartTag(_) if silent > 0 => {}
            Token::StartTag(tag) => {
                let tag_name = String::from_utf8_lossy(&tag.name).into_owned();
                let span = |which: &str| {
                    let said = tag.attributes.iter().find(|(key, _)| key.as_slice() == which.as_bytes());
                    let number = said.and_then(|(_, value)| String::from_utf8_lossy(value).trim().parse().ok());
                    number.unwrap_or(1).clamp(1, SPAN)
                };
                match tag_name.as_str() {
                    "table" => {
                        let caption = if open.is_empty() { take(&mut above) } else { String::new() };
                        open.push(Table { caption, ..Table::default() });
                    }
                    "tr" => {
                        if let Some(table) = open.last_mut() {
                            table.close();
                            table.rows.push(Vec::new());
                        }
                    }
                    "td" | "th" => {
                        if let Some(table) = open.last_mut() {
                            table.close();
                            table.open =
                                Some(Taken { rows: span("rowspan"), columns: span("colspan"), ..Taken::default() });
                        }
                    }
                    "caption" => open.last_mut().into_iter().for_each(|table| table.in_caption = true),
                    "br" | "p" | "div" | "li" => say(&mut open, &mut above, " "),
                    other if SILENT.contains(&other) && !tag.self_closing => silent += 1,
                    _ => {}
                }
            }
            Token::EndTag(tag) if silent > 0 && !SILENT.iter().any(|name| tag.name.as_slice() == name.as_bytes()) => {}
            Token::EndTag(tag) => match String::from_utf8_lossy(&tag.name).as_ref() {
                "table" => {
                    if let Some(mut table) = open.pop() {
                        table.close();
                        done.push((format!("Table {}", done.len() + 1), table));
                    }
                }
                "td" | "th" | "tr" => open.last_mut().into_iter().for_each(Table::close),
                "caption" => open.last_mut().into_iter().for_each(|table| table.in_caption = false),
                "h1" | "h2" | "h3" | "h4" | "p" | "div" | "title" => say(&mut open, &mut above, " "),
                other if SILENT.contains(&other) => silent = silent.saturating_sub(1),
                _ => {}
            },
            Token::String(text) if silent == 0 => say(&mut open, &mut above, &String::from_utf8_lossy(&text)),
            _ => {}
        }
    }
    // A page that was cut off before its last tag.
    for mut table in open {
        table.close();
        done.push((format!("Table {}", done.len() + 1), table));
    }
    let found: Vec<Grid> = done
        .into_iter()
        .filter(|(_, table)| table.rows.iter().any(|row| !row.is_empty()))
        .map(|(sheet, table)| grid(name, &sheet, table, limits))
        .collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Err(Error::Read(format!(
            "{name} is a page of HTML without a table; if it says that you are to log in or that the file is gone, \
             download it again"
        )));
    }
    Ok(found)
}

/// Text goes to the innermost table, or stands above the next one.
fn say(open: &mut [Table], above: &mut String, text: &str) {
    match open.last_mut() {
        Some(table) => table.say(text),
        None => above.push_str(text),
    }
}

fn grid(name: &str, sheet: &str, table: Table, limits: &Limits) -> Result<Grid, Error> {
    // Cells of rows above that reach down, by column: rows left.
    let mut down: Vec<usize> = Vec::new();
    let mut placed: Vec<(usize, usize, String)> = Vec::new();
    let caption = usize::from(!table.caption.trim().is_empty());
    if caption == 1 {
        placed.push((0, 0, table.caption));
    }
    let (rows, mut width) = (table.rows.len() + caption, caption);
    for (row, cells) in table.rows.into_iter().enumerate() {
        let mut at = 0;
        let mut next: Vec<usize> = down.iter().map(|left| left.saturating_sub(1)).collect();
        for cell in cells {
            while down.get(at).is_some_and(|left| *left > 0) {
                at += 1;
            }
            let end = at + cell.columns;
            if next.len() < end {
                next.resize(end, 0);
            }
            next[at..end].fill(cell.rows - 1);
            placed.push((row + caption, at, cell.text));
            at = end;
            width = width.max(end);
            limits.check_cells(name, rows as u64, width as u64)?;
        }
        down = next;
    }
    let mut grid = Grid::new(sheet);
    grid.size(rows, width);
    for (row, column, text) in placed {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let cell = grid.text_cell(&text);
        if cell != Cell::Blank {
            grid.set(row, column, cell);
        }
    }
    Ok(grid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(page: &str) -> Vec<Vec<String>> {
        let grids = grids("page.xls", page.as_bytes(), &Limits::default()).unwrap();
        let grid = &grids[0];
        (0..grid.rows()).map(|row| grid.row(row).iter().map(|cell| grid.label(*cell)).collect()).collect()
    }

    #[test]
    fn spans_keep_the_columns_in_their_place() {
        let page = "<html><script>var a = '<table>';</script><h1>Departures</h1><table border=1>
            <tr><th rowspan=2>Country<th colspan=2>1996
            <tr><th>Male<th>Female
            <tr><td>C&ocirc;te d&#39;Ivoire<td>1&nbsp;234<td></table>";
        assert_eq!(
            shown(page),
            [
                vec!["Departures", "", ""],
                vec!["Country", "1996", ""],
                vec!["", "Male", "Female"],
                vec!["Côte d'Ivoire", "1 234", ""]
            ]
        );
    }

    #[test]
    fn a_page_without_a_table_is_refused_and_a_huge_span_is_not_followed() {
        let none = grids("x.xls", b"<html><body>Please log in</body></html>", &Limits::default());
        assert!(none.unwrap_err().to_string().contains("log in"));
        let wide = shown("<html><table><tr><td colspan=999999999>a<td>b</table>");
        assert_eq!((wide[0].len(), wide[0][SPAN].as_str()), (SPAN + 1, "b"));
    }
}
