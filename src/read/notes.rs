//! Markers of notes and their texts, which stand on a sheet of their own or below a table.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::grid::{Cell, Grid};
use super::layout::{Layout, squeezed};
use super::sheet::{Fate, Rows};
use crate::column::{Coded, unique};

/// A cell that holds a marker and nothing else: `(b)`, `41`, `*`, `3.`
static MARKER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\(?([a-z]{1,2}|[A-Z]|\d{1,6}|[*†‡§]{1,3})\)?[.:/]?$").ok());

/// A text that begins with its marker, which must be marked off: `(a) More developed regions ...`, `* Refers to ...`.
static MARKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:\(([A-Za-z]{1,2}|\d{1,6}|[*†‡§]{1,3})\)|([a-z]|\d{1,6})[)/.]|([*†‡§]{1,3}))\s*(\S.*)$").ok()
});

/// Marker -> text.
#[derive(Clone, Debug, Default)]
pub struct Notes(BTreeMap<String, String>);

impl Notes {
    /// The notes on the sheets that a layout says hold them.
    pub fn of_sheets(grids: &[Grid], layout: &Layout) -> Notes {
        let mut notes = Notes::default();
        for grid in grids {
            if layout.skip.iter().any(|skip| skip.notes && skip.sheet.is_in(&grid.name)) {
                (0..grid.rows()).for_each(|row| notes.take(grid, row));
            }
        }
        notes
    }

    /// These notes and those that stand below the tables of a sheet, which are nearer.
    pub fn with_footers(&self, grid: &Grid, rows: &Rows) -> Notes {
        let mut near = Notes::default();
        let last = rows.fate.iter().rposition(|fate| *fate == Fate::Figures).map_or(0, |row| row + 1);
        (last..grid.rows()).for_each(|row| near.take(grid, row));
        for (marker, text) in &self.0 {
            near.0.entry(marker.clone()).or_insert_with(|| text.clone());
        }
        near
    }

    /// The note in a row, if there is one; the first text of a marker holds.
    fn take(&mut self, grid: &Grid, row: usize) {
        let mut cells = grid.row(row).iter().filter(|cell| **cell != Cell::Blank).map(|cell| grid.label(*cell));
        let Some(first) = cells.next().map(|text| squeezed(&text)) else { return };
        let more: Vec<String> = cells.collect();
        let rest = squeezed(&more.join(" "));
        let found = match (&*MARKER, &*MARKED) {
            (Some(marker), _) if marker.is_match(&first) => {
                // Several cells after it, or a number, are a row of a table.
                let one = more.len() == 1 && rest.chars().any(char::is_alphabetic);
                one.then(|| (plain(&first).to_owned(), rest))
            }
            (_, Some(begins)) => begins.captures(&first).and_then(|found| {
                let marker = (1..4).find_map(|at| found.get(at))?;
                Some((marker.as_str().to_owned(), squeezed(&format!("{} {rest}", &found[4]))))
            }),
            _ => None,
        };
        if let Some((marker, text)) = found {
            self.0.entry(marker).or_insert(text);
        }
    }

    /// Labels of notes with the texts of their markers; a marker without a text stands as it is printed.
    pub fn told(&self, notes: &Coded) -> Coded {
        if self.0.is_empty() {
            return notes.clone();
        }
        let told = notes.labels.iter().map(|label| self.tell(label)).collect();
        let (labels, lut) = unique(told);
        let key = |key: &i32| usize::try_from(*key).map_or(*key, |key| lut[key]);
        Coded { keys: notes.keys.iter().map(key).collect(), labels }
    }

    /// `(b), 3` -> `(b) More developed regions ...; 3 Including ...`.
    fn tell(&self, label: &str) -> String {
        let markers: Vec<&str> = label.split([',', ';', ' ']).map(str::trim).filter(|part| !part.is_empty()).collect();
        if markers.iter().all(|marker| !self.0.contains_key(plain(marker))) {
            return label.to_owned();
        }
        let tell = |marker: &&str| match self.0.get(plain(marker)) {
            Some(text) => format!("{marker} {text}"),
            None => (*marker).to_owned(),
        };
        markers.iter().map(tell).collect::<Vec<_>>().join("; ")
    }
}

/// A marker without its brackets and full stops.
fn plain(marker: &str) -> &str {
    marker.trim().trim_matches(['(', ')', '.', ':', '/', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(rows: &[&[&str]]) -> Notes {
        let mut grid = Grid::new("NOTES");
        rows.iter().for_each(|row| grid.push_row(row.iter().copied()));
        let mut notes = Notes::default();
        (0..grid.rows()).for_each(|row| notes.take(&grid, row));
        notes
    }

    #[test]
    fn markers_stand_beside_or_before_their_texts() {
        let notes = notes(&[
            &["NOTES"],
            &["(b)", "More developed regions."],
            &["", "39", "Including Mayotte."],
            &["(c) Less developed regions."],
            &["* Refers to 2001."],
            &["A minus sign (-) before a figure is negative."],
            &["7", "12"],
            &["4", "Afghanistan", "99"],
            &["(b)", "Another."],
        ]);
        assert_eq!(notes.0.len(), 4);
        assert_eq!(notes.tell("(b)"), "(b) More developed regions.");
        assert_eq!(notes.tell("39"), "39 Including Mayotte.");
        assert_eq!(notes.tell("c, 39"), "c Less developed regions.; 39 Including Mayotte.");
        assert_eq!([notes.tell("(z)"), notes.tell("A minus")], ["(z)", "A minus"]);
        let told = notes.told(&Coded { keys: vec![0, -1, 1], labels: vec!["*".into(), "(z)".into()] });
        assert_eq!((told.keys.len(), told.labels[0].as_str()), (3, "* Refers to 2001."));
    }
}
