//! Findings in words: which cell it is, where it was printed, and numbers as people write them.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{UInt16Type, UInt32Type};

use super::Scan;
use crate::codes::area::{self, groups};
use crate::codes::period::{self, Period};
use crate::codes::{age, sex};
use crate::definition;
use crate::observation::{AREAS, DIMENSIONS, is_printed};

/// A number with thousands commas, and with the decimals that it has, six at most.
pub fn number(value: f64) -> String {
    if !value.is_finite() || value.abs() >= 1e15 {
        return value.to_string();
    }
    let text = format!("{:.6}", value.abs());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let decimals = decimals.trim_end_matches('0');
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !decimals.is_empty() {
        out.push('.');
        out.push_str(decimals);
    }
    if value < 0.0 && out.chars().any(|sign| sign.is_ascii_digit() && sign != '0') { format!("-{out}") } else { out }
}

/// A number with its noun.
pub fn counted(count: u64, one: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {one}{plural}", number(count as f64))
}

/// The name of a cell as spreadsheets write it, counted from 0: `A1`.
pub fn address(row: u32, column: u16) -> String {
    let mut letters = Vec::new();
    let mut rest = u32::from(column) + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.into_iter().rev().collect();
    format!("{letters}{}", u64::from(row) + 1)
}

/// The name of an area, or its code where it has none.
pub fn name_of(code: &str) -> &str {
    match code {
        "_T" => "all areas",
        "NAT" => "nationals",
        "FOR" => "foreigners",
        _ => area::name(code).or_else(|| groups::group(code).ok().map(|one| one.name)).unwrap_or(code),
    }
}

impl Scan {
    /// The period of a row.
    pub fn period(&self, row: u32) -> Period {
        let date = |name| self.observations().dates(name)[row as usize];
        Period { start: date("period_start"), end: date("period_end") }
    }

    /// Which figure it is: `inflow from Germany to Austria, 2002, female, 15-24`. What is a total is left out.
    pub fn cell(&self, row: u32) -> String {
        self.cell_but(row, &[])
    }

    /// The same without naming some of the dimensions, or the `period`.
    pub fn cell_but(&self, row: u32, without: &[&str]) -> String {
        let wanted = |name: &str| !without.contains(&name);
        let measure = self.definition(row).get("measure").unwrap_or("figure").replace('_', " ");
        let mut out = vec![self.corridor(row, &measure, &wanted)];
        if wanted("period") {
            out.push(period::label(self.period(row)));
        }
        for name in DIMENSIONS.into_iter().filter(|name| !matches!(*name, "origin" | "destination")) {
            let code = self.code(name, row);
            if code.is_empty() || code == "_T" || !wanted(name) {
                continue;
            }
            out.push(match name {
                "sex" => sex::name(code).to_lowercase(),
                "age" if code == "_U" => "unknown age".to_owned(),
                "age" => format!("age {}", age::name(code)),
                name if AREAS.contains(&name) => format!("{name} {}", name_of(code)),
                name if is_printed(name) => format!("printed as {}", self.label(row, name, code)),
                name => format!("{} {}", name.replace('_', " "), self.label(row, name, code)),
            });
        }
        out.join(", ")
    }

    fn corridor(&self, row: u32, measure: &str, wanted: &dyn Fn(&str) -> bool) -> String {
        let end = |name: &'static str, word: &str| {
            let code = self.code(name, row);
            (wanted(name) && code != "_T" && !code.is_empty()).then(|| format!(" {word} {}", name_of(code)))
        };
        let (from, to) = (end("origin", "from"), end("destination", "to"));
        if self.definition(row).is_stock() {
            let place = end("destination", "in");
            return format!("{measure}{}{}", from.unwrap_or_default(), place.unwrap_or_default());
        }
        format!("{measure}{}{}", from.unwrap_or_default(), to.unwrap_or_default())
    }

    fn label(&self, row: u32, name: &str, code: &str) -> String {
        let lists = definition::lists(std::slice::from_ref(self.definition(row)), name);
        lists.iter().find_map(|list| list.label(code, "en")).unwrap_or_else(|| code.to_owned())
    }

    /// Where a figure was printed: `C17 of sheet "Table 1" in stocks.xlsx`; empty where nobody knows.
    pub fn place(&self, row: u32) -> String {
        let definition = self.definition(row);
        let mut out: Vec<String> = self.address(row).into_iter().collect();
        if let Some(sheet) = definition.get("sheet") {
            out.push(format!("sheet {sheet:?}"));
        }
        if let Some(file) = definition.get("file") {
            out.push(file.to_owned());
        }
        out.join(", ")
    }

    /// The cell that a figure was printed in, as spreadsheets write it.
    pub fn address(&self, row: u32) -> Option<String> {
        let figures = self.observations().figures();
        let at = row as usize;
        let line = figures.column_by_name("row")?.as_primitive::<UInt32Type>();
        let line = line.is_valid(at).then(|| line.value(at))?;
        let column = figures.column_by_name("column").map(AsArray::as_primitive::<UInt16Type>);
        match column.filter(|column| column.is_valid(at)) {
            Some(column) => Some(address(line, column.value(at))),
            // Of a frame, rows are counted as the frame counts them.
            None => Some(format!("row {line}")),
        }
    }
}

/// The number that comes of exchanging two neighbouring digits and is so much less, if there is one.
pub fn exchanged(value: f64, less: f64) -> Option<f64> {
    let wanted = value - less;
    if value.fract() != 0.0 || wanted < 0.0 || value.abs() >= 1e15 || less == 0.0 {
        return None;
    }
    let digits = format!("{value:.0}").into_bytes();
    let swapped = |at: usize| {
        let mut other = digits.clone();
        other.swap(at, at + 1);
        String::from_utf8(other).ok()?.parse::<f64>().ok()
    };
    (0..digits.len().saturating_sub(1)).filter_map(swapped).find(|other| *other == wanted)
}
