//! When figures were counted, where a heading says the year and another one the month, or only that it is a total.

use std::collections::BTreeMap;

use super::found::Column;
use super::layout::Labels;
use crate::codes::period::{self, Period};
use crate::column::{Coded, NULL, unique};

/// Roles that are parts of a period, and become one: `month` and `quarter` with the year, `monthday` with both, and the
/// number of `years` that begin in the year.
const PARTS: [&str; 4] = ["month", "quarter", "monthday", "years"];

/// Role of a total: over the months or quarters of its `quarter` or `year`, or over `all` columns.
const TOTAL: &str = "total_of";

/// Puts parts of periods together, in columns and in rows.
pub fn settle(columns: &mut [Column], rows: &mut BTreeMap<String, Coded>, constants: &mut Labels) {
    for column in &mut *columns {
        let year = column.labels.get("year").or_else(|| constants.get("year")).cloned();
        let years = constants.get("years").cloned();
        join(&mut column.labels, year, years);
    }
    totals(columns);
    // A year is a period; all columns say when in the same role.
    if columns.iter().any(|column| column.labels.contains_key("period")) {
        for column in &mut *columns {
            if let Some(year) = column.labels.remove("year") {
                column.labels.entry("period".to_owned()).or_insert(year);
            }
        }
    }
    in_rows(rows, constants);
    let year = constants.get("year").cloned();
    join(constants, year, None);
}

/// The role and label that a year and parts of a period are together.
fn joined(year: &str, part: impl Fn(&str) -> Option<String>) -> Option<(&'static str, String)> {
    if let Some(years) = part("years").and_then(|years| years.parse::<i32>().ok()) {
        let start: i32 = year.parse().ok()?;
        return Some(("period", format!("{start}-{}", start + years)));
    }
    let month = part("month");
    match (part("quarter"), &month) {
        (Some(quarter), None) => return Some(("period", format!("{year}-Q{quarter}"))),
        (_, None) => return None,
        _ => {}
    }
    let month = month?;
    let Ok(number) = month.parse::<u32>() else { return Some(("period", format!("{month} {year}"))) };
    match part("monthday").and_then(|day| day.parse::<u32>().ok()) {
        Some(day) => Some(("date", format!("{year}-{number:02}-{day:02}"))),
        // "2001-02" might be two years.
        None => Some(("period", format!("{year}M{number:02}"))),
    }
}

fn join(labels: &mut Labels, year: Option<String>, years: Option<String>) {
    let found = year.and_then(|year| {
        joined(&year, |part| labels.get(part).cloned().or_else(|| years.clone().filter(|_| part == "years")))
    });
    let total = labels.contains_key(TOTAL);
    if let Some((role, label)) = found {
        labels.remove("year");
        if !total {
            PARTS.iter().for_each(|part| drop(labels.remove(*part)));
        }
        labels.insert(role.to_owned(), label);
    }
}

/// The same, row by row.
fn in_rows(rows: &mut BTreeMap<String, Coded>, constants: &mut Labels) {
    if !PARTS.iter().any(|part| rows.contains_key(*part))
        && !(rows.contains_key("year") && constants.contains_key("years"))
    {
        return;
    }
    let count = rows.values().map(|coded| coded.keys.len()).max().unwrap_or_default();
    let said = |role: &str, row: usize| -> Option<String> {
        let own = rows.get(role).and_then(|coded| coded.label(row)).map(str::to_owned);
        own.or_else(|| constants.get(role).cloned())
    };
    let mut labels: BTreeMap<&'static str, Vec<Option<String>>> = BTreeMap::new();
    for row in 0..count {
        let Some(year) = said("year", row) else { continue };
        let (role, label) = joined(&year, |part| said(part, row)).unwrap_or(("year", year));
        let role = if role == "year" { "period" } else { role };
        labels.entry(role).or_insert_with(|| vec![None; count])[row] = Some(label);
    }
    for role in PARTS.iter().chain(&["year"]) {
        rows.remove(*role);
        constants.remove(*role);
    }
    for (role, of_rows) in labels {
        let filled: Vec<String> = of_rows.iter().map(|label| label.clone().unwrap_or_default()).collect();
        let (labels, lut) = unique(filled);
        let keys = of_rows.iter().zip(lut).map(|(label, key)| if label.is_some() { key } else { NULL }).collect();
        rows.insert(role.to_owned(), Coded { keys, labels }.without_blanks());
    }
}

/// A total is over what stands beside it: that of a year which has just begun is over its first months.
fn totals(columns: &mut [Column]) {
    let read = |labels: &Labels| -> Option<Period> {
        period::parse(labels.get("period").or_else(|| labels.get("year"))?).ok()
    };
    let parts: Vec<Period> = columns
        .iter()
        .filter(|column| !column.labels.contains_key(TOTAL))
        .filter_map(|column| read(&column.labels))
        .collect();
    for column in columns {
        let Some(of) = column.labels.remove(TOTAL) else { continue };
        let whole = if of == "all" { None } else { read(&column.labels) };
        PARTS.iter().for_each(|part| drop(column.labels.remove(*part)));
        let inside = |part: &&Period| whole.is_none_or(|whole| whole != **part && period::contains(whole, **part));
        let inside: Vec<&Period> = parts.iter().filter(inside).collect();
        let start = inside.iter().map(|part| part.start).min();
        let end = inside.iter().map(|part| part.end).max();
        if let (Some(start), Some(end)) = (start, end) {
            let span = Period { start, end };
            if whole != Some(span) {
                column.labels.remove("year");
                column.labels.insert("period".to_owned(), period::label(span));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(role, label)| ((*role).to_owned(), (*label).to_owned())).collect()
    }

    #[test]
    fn a_total_is_over_what_stands_beside_it() {
        let column = |pairs: &[(&str, &str)]| Column { column: 0, labels: labels(pairs) };
        let mut columns = vec![
            column(&[("year", "2023"), ("quarter", "1"), ("month", "Jan")]),
            column(&[("year", "2023"), ("quarter", "1"), ("month", "2")]),
            column(&[("year", "2023"), ("quarter", "1"), ("month", "3")]),
            column(&[("year", "2023"), ("quarter", "1"), ("total_of", "quarter")]),
            column(&[("year", "2023"), ("quarter", "2"), ("month", "4")]),
            column(&[("year", "2023"), ("quarter", "2"), ("total_of", "quarter")]),
            column(&[("year", "2023"), ("total_of", "year")]),
        ];
        settle(&mut columns, &mut BTreeMap::new(), &mut Labels::new());
        let periods: Vec<&str> = columns.iter().map(|column| column.labels["period"].as_str()).collect();
        assert_eq!(
            periods,
            ["Jan 2023", "2023M02", "2023M03", "2023-Q1", "2023M04", "2023-04", "2023-01-01/2023-04-30"]
        );
        assert!(columns.iter().all(|column| column.labels.len() == 1));
    }

    #[test]
    fn rows_and_constants_are_put_together_too() {
        let coded = |labels: [&str; 2]| Coded { keys: vec![0, 1], labels: labels.map(str::to_owned).to_vec() };
        let mut rows = BTreeMap::from([("year".to_owned(), coded(["1990", "1995"]))]);
        let mut constants = labels(&[("years", "5")]);
        settle(&mut [], &mut rows, &mut constants);
        assert_eq!(rows["period"].labels, ["1990-1995", "1995-2000"]);
        let mut rows = BTreeMap::from([("month".to_owned(), coded(["1", "12"]))]);
        rows.insert("monthday".to_owned(), coded(["31", "1"]));
        settle(&mut [], &mut rows, &mut labels(&[("year", "2026")]));
        assert_eq!(rows["date"].labels, ["2026-01-31", "2026-12-01"]);
        let mut said = labels(&[("year", "2079"), ("month", "Asar")]);
        settle(&mut [], &mut BTreeMap::new(), &mut said);
        assert_eq!(said["period"], "Asar 2079");
    }
}
