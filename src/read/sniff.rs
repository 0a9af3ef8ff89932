//! A proposal of a layout for a file that none is known for, from what its cells look like.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use super::grid::{Cell, Grid};
use super::layout::squeezed;
use crate::codes::area::resolve::{Policy, resolve};
use crate::codes::{age, period, sex};
use crate::harmonise::{self, address, column_name};

/// Rows that a column is judged by.
const JUDGED: usize = 400;

/// Rows that may hold the header.
const SEARCHED: usize = 80;

/// What the labels of a column or of headings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Area,
    Sex,
    Age,
    Year,
    Period,
    Text,
    Number,
}

impl Meaning {
    /// The role that it most likely has.
    fn role(self) -> Option<&'static str> {
        match self {
            Meaning::Area => Some("destination"),
            Meaning::Sex => Some("sex"),
            Meaning::Age => Some("age"),
            Meaning::Year => Some("year"),
            Meaning::Period => Some("period"),
            Meaning::Text | Meaning::Number => None,
        }
    }
}

/// A layout that may fit the sheet, as TOML, and what was understood, in words.
pub struct Proposal {
    /// The layout.
    pub toml: String,
    /// A line each.
    pub understood: Vec<String>,
}

/// Proposes a layout; none for a sheet on which no table is seen.
pub fn propose(grid: &Grid) -> Option<Proposal> {
    let looks = Looks { grid };
    let header = looks.header()?;
    let lower = looks.lower(header);
    let last = lower.last().copied().unwrap_or(header);
    let columns: Vec<(usize, Meaning)> = (0..grid.width)
        .filter(|at| looks.below(last, *at).next().is_some())
        .map(|at| (at, meaning(looks.below(last, at).map(|cell| grid.label(cell)))))
        .collect();
    let is_headed = |at: usize| grid.cell(header, at) != Cell::Blank;
    // The labels of rows come first; what follows the first column of plain numbers is figures, but for remarks.
    let first =
        columns.iter().find(|(at, meaning)| *meaning == Meaning::Number && is_headed(*at)).map(|(at, _)| *at)?;
    let is_label = |(at, meaning): &&(usize, Meaning)| *at < first || *meaning == Meaning::Text;
    let labels: Vec<(usize, Meaning)> =
        columns.iter().filter(is_label).filter(|(at, _)| is_headed(*at)).copied().collect();
    let figures: Vec<usize> = columns.iter().filter(|one| !is_label(one)).map(|(at, _)| *at).collect();
    let mut rows = looks.upper(header, &figures);
    rows.extend(std::iter::once(header).chain(lower));
    let mut out = Proposal { toml: String::new(), understood: Vec::new() };
    out.understood.push(format!(
        "sheet {:?}: row {} heads {} columns of labels and {} of figures, the first figure is {}",
        grid.name,
        header + 1,
        labels.len(),
        figures.len(),
        looks.below_at(last, first).map_or_else(String::new, |row| address(row, first))
    ));
    looks.write(&mut out, header, &labels, &figures, &rows);
    Some(out)
}

struct Looks<'a> {
    grid: &'a Grid,
}

impl Looks<'_> {
    fn is_number(&self, cell: Cell) -> bool {
        match cell {
            Cell::Number(_) => true,
            Cell::Text(_) => self.grid.text(cell).is_some_and(|text| harmonise::number(text.trim(), 0).is_some()),
            Cell::Blank => false,
        }
    }

    fn is_year(&self, cell: Cell) -> bool {
        let label = self.grid.label(cell);
        label.trim().parse::<i32>().is_ok_and(|year| (1800..=2100).contains(&year))
    }

    /// The row with the most headings over cells that are filled: its own cells are words or years, those below numbers.
    fn header(&self) -> Option<usize> {
        let mut best: Option<(usize, usize)> = None;
        for row in 0..self.grid.rows().min(SEARCHED) {
            let stands = |at: &usize| self.grid.cell(row, *at) != Cell::Blank;
            let plain = |at: &usize| {
                let cell = self.grid.cell(row, *at);
                self.is_number(cell) && !self.is_year(cell)
            };
            if (0..self.grid.width).filter(stands).any(|at| plain(&at)) {
                continue;
            }
            let over = |at: &usize| self.below(row, *at).take(20).filter(|cell| self.is_number(*cell)).count() > 0;
            let score = (0..self.grid.width).filter(stands).filter(over).count();
            // Years over years are data, not headings.
            let data = (0..self.grid.width).filter(stands).all(|at| self.is_year(self.grid.cell(row, at)));
            if score > 0 && !data && best.is_none_or(|(_, most)| score > most) {
                best = Some((row, score));
            }
        }
        best.map(|(row, _)| row)
    }

    fn below(&self, row: usize, column: usize) -> impl Iterator<Item = Cell> + '_ {
        let rows = row + 1..self.grid.rows().min(row + 1 + JUDGED);
        rows.map(move |row| self.grid.cell(row, column)).filter(|cell| *cell != Cell::Blank)
    }

    fn below_at(&self, row: usize, column: usize) -> Option<usize> {
        (row + 1..self.grid.rows()).find(|row| self.grid.cell(*row, column) != Cell::Blank)
    }

    /// Rows of headings below the header: nothing stands in them under the first label.
    fn lower(&self, header: usize) -> Vec<usize> {
        let Some(first) = (0..self.grid.width).find(|at| self.grid.cell(header, *at) != Cell::Blank) else {
            return Vec::new();
        };
        let goes_on = |row: &usize| self.grid.cell(*row, first) == Cell::Blank && !self.grid.is_blank(*row);
        (header + 1..self.grid.rows().min(header + 3)).take_while(goes_on).collect()
    }

    /// Rows of headings above the header, over the figures.
    fn upper(&self, header: usize, figures: &[usize]) -> Vec<usize> {
        let filled = |row: &usize| {
            let cells = figures.iter().filter(|at| self.grid.cell(*row, **at) != Cell::Blank).count();
            cells > 0 && (cells > 1 || self.grid.row(*row).iter().filter(|cell| **cell != Cell::Blank).count() == 1)
        };
        (header.saturating_sub(3)..header).filter(filled).collect()
    }

    fn write(&self, out: &mut Proposal, header: usize, labels: &[(usize, Meaning)], figures: &[usize], rows: &[usize]) {
        let toml = &mut out.toml;
        let _ = writeln!(toml, "name = \"my-table\"\ntitle = \"what it is, in one line\"\n");
        let _ = writeln!(
            toml,
            "[constants]  # what holds for all figures and is not on the sheet\nmeasure = \"outflow\"  # CHECK: stock, inflow, outflow, labour_outflow, permits, ...\n\
             # origin = \"LKA\"\n# publisher = \"...\"\n"
        );
        self.write_markers(toml, rows.last().copied().unwrap_or(header), figures);
        toml.push_str("[[table]]\n");
        let mut given: FxHashMap<&str, usize> = FxHashMap::default();
        for (at, meaning) in labels {
            let text = squeezed(&self.grid.label(self.grid.cell(header, *at)));
            let role = meaning.role().map(|role| match given.insert(role, *at) {
                // A second column of areas is the other end.
                Some(_) if role == "destination" => "origin",
                _ => role,
            });
            let _ = writeln!(toml, "\n[[table.columns]]\nheader = {}", quoted(&text));
            match role {
                Some(role) => drop(writeln!(toml, "role = \"{role}\"  # CHECK")),
                None => toml.push_str("# role = \"...\"  # nothing that is known: passed over\noptional = true\n"),
            }
            out.understood.push(format!(
                "column {}, {text:?}: {}",
                column_name(*at),
                role.map_or_else(
                    || "not understood, passed over".to_owned(),
                    |role| format!("{meaning:?}, read as {role}").to_lowercase()
                )
            ));
        }
        let (mut seen, mut areas): (BTreeSet<String>, String) = (BTreeSet::new(), String::new());
        for row in rows {
            let texts: Vec<String> = figures
                .iter()
                .map(|at| squeezed(&self.grid.label(self.grid.cell(*row, *at))))
                .filter(|text| !text.is_empty())
                .collect();
            let meaning = meaning(texts.iter().cloned());
            if let Some(role) = meaning.role() {
                let words: BTreeSet<String> = texts.iter().map(|text| regex::escape(text)).collect();
                let pattern = match meaning {
                    Meaning::Year => r"(18|19|20)\d\d".to_owned(),
                    Meaning::Area => ".+".to_owned(),
                    _ => words.into_iter().collect::<Vec<_>>().join("|"),
                };
                if seen.insert(role.to_owned()) {
                    let pattern = literal(&format!("^(?<{role}>{pattern})$"));
                    let rule = format!("\n[[table.headings]]\nmatch = {pattern}\n");
                    // Whatever is an area is sought last, and beside the headers alone.
                    match meaning {
                        Meaning::Area => areas = format!("{rule}beside = true\n"),
                        _ => toml.push_str(&rule),
                    }
                }
                out.understood.push(format!(
                    "headings in row {}: {} of {role}, such as {:?}",
                    row + 1,
                    texts.len(),
                    texts[0]
                ));
                continue;
            }
            for text in texts {
                if !seen.insert(text.clone()) {
                    continue;
                }
                let said = sex::parse(&text).map(|code| format!("labels = {{ sex = \"{code}\" }}"));
                let said = said.unwrap_or_else(|| "labels = {}  # CHECK: what the figures below it are".to_owned());
                let _ = writeln!(toml, "\n[[table.headings]]\nmatch = {}\n{said}", quoted(&text));
                out.understood.push(format!("heading {text:?}: {said}"));
            }
        }
        toml.push_str(&areas);
    }

    /// Texts that stand among the figures and are none.
    fn write_markers(&self, toml: &mut String, header: usize, figures: &[usize]) {
        let known = |text: &str| harmonise::of_text(text, &std::collections::BTreeMap::new(), 0).is_some();
        let texts = figures.iter().flat_map(|at| self.below(header, *at)).filter_map(|cell| self.grid.text(cell));
        let markers: BTreeSet<&str> = texts.map(str::trim).filter(|text| text.len() < 6 && !known(text)).collect();
        if markers.is_empty() {
            return;
        }
        toml.push_str(
            "[missing]  # CHECK: zero, rounded_zero, blank, missing, suppressed, not_applicable, not_existing\n",
        );
        for marker in markers {
            let _ = writeln!(toml, "{marker:?} = \"missing\"");
        }
        toml.push('\n');
    }
}

/// What most of the labels are.
fn meaning(labels: impl Iterator<Item = String>) -> Meaning {
    let labels: BTreeSet<String> = labels.map(|label| squeezed(&label)).collect();
    let most = |of: &dyn Fn(&str) -> bool| {
        let fit = labels.iter().filter(|label| of(label)).count();
        !labels.is_empty() && fit * 10 >= labels.len() * 7
    };
    let policy = Policy::default();
    if most(&|label| label.parse::<i32>().is_ok_and(|year| (1800..=2100).contains(&year))) {
        Meaning::Year
    } else if most(&|label| sex::parse(label).is_some()) {
        Meaning::Sex
    } else if most(&|label| harmonise::number(label, 0).is_some()) {
        Meaning::Number
    } else if most(&|label| age::parse(label).is_ok()) {
        Meaning::Age
    } else if most(&|label| period::parse(label).is_ok()) {
        Meaning::Period
    } else if most(&|label| resolve(label, &policy).code.is_some()) {
        Meaning::Area
    } else if labels.iter().any(|label| harmonise::number(label, 0).is_some())
        && most(&|label| harmonise::number(label, 0).is_some() || label.len() < 4)
    {
        Meaning::Number
    } else {
        Meaning::Text
    }
}

/// A pattern of just this text, as TOML.
fn quoted(text: &str) -> String {
    literal(&format!("^{}$", regex::escape(text)))
}

/// A text as TOML.
fn literal(text: &str) -> String {
    if text.contains('\'') { format!("{text:?}") } else { format!("'{text}'") }
}

#[cfg(test)]
mod tests {
    use super::super::layout::Layout;
    use super::*;

    #[test]
    fn a_national_table_is_understood() {
        let mut grid = Grid::new("departures");
        grid.push_row(["Departures for employment"]);
        grid.push_row(["Country", "Male", "", "Female", ""]);
        grid.push_row(["", "2019", "2020", "2019", "2020"]);
        grid.push_row(["Saudi Arabia", "1,200", "900", "30", "-"]);
        grid.push_row(["Qatar", "800", "700", "12", "9"]);
        grid.push_row(["Japan", "80", "70", "2", "n/a"]);
        let proposal = propose(&grid).unwrap();
        let layout = Layout::parse(&proposal.toml).unwrap();
        assert_eq!(layout.table[0].columns[0].role.as_deref(), Some("destination"));
        assert_eq!(layout.missing.keys().collect::<Vec<_>>(), ["-"]);
        assert!(proposal.toml.contains("match = '^(?<year>(18|19|20)\\d\\d)$'"), "{}", proposal.toml);
        assert!(proposal.toml.contains("(?<sex>Female|Male)"), "{}", proposal.toml);
        assert!(propose(&Grid::new("empty")).is_none());
    }
}
