//! Periods as SDMX writes them, in the words of our own.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// A period that [`crate::codes::period`] reads: weeks, thirds of a year and days of the year become days.
pub fn plain(label: &str) -> String {
    let label = label.trim();
    let label =
        label.split_once("T00:00:00").map_or(label, |(day, rest)| if rest.starts_with('/') { label } else { day });
    let Some((year, rest)) = label.get(..4).zip(label.get(4..)) else { return label.to_owned() };
    let Ok(year) = year.parse::<i32>() else { return label.to_owned() };
    let part = rest.strip_prefix('-').unwrap_or(rest);
    let Some((kind, number)) = part.get(..1).zip(part.get(1..).and_then(|number| number.parse::<u32>().ok())) else {
        return label.to_owned();
    };
    let days = |from: Option<NaiveDate>, to: Option<NaiveDate>| Some(format!("{}/{}", from?, to?));
    let read = match kind {
        "A" if number == 1 => Some(year.to_string()),
        "W" => {
            let first = NaiveDate::from_isoywd_opt(year, number, Weekday::Mon);
            days(first, first.and_then(|day| day.checked_add_days(Days::new(6))))
        }
        "T" if (1..=3).contains(&number) => {
            let first = NaiveDate::from_ymd_opt(year, number * 4 - 3, 1);
            let next = if number == 3 {
                NaiveDate::from_ymd_opt(year + 1, 1, 1)
            } else {
                NaiveDate::from_ymd_opt(year, number * 4 + 1, 1)
            };
            days(first, next.and_then(|day| day.pred_opt()))
        }
        "D" => NaiveDate::from_yo_opt(year, number).map(|day| format!("{day}/{day}")),
        _ => None,
    };
    read.unwrap_or_else(|| label.to_owned())
}

/// The year that a period begins in, for the choice of years.
pub fn year(label: &str) -> Option<i32> {
    let year = label.trim().get(..4)?.parse().ok()?;
    NaiveDate::from_ymd_opt(year, 1, 1).map(|day| day.year())
}

/// Does a heading look like a period?
pub fn is_period(label: &str) -> bool {
    let label = label.trim();
    label.is_ascii() && year(label).is_some_and(|year| (1800..=2200).contains(&year)) && label.len() <= 21
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_of_sdmx_are_told() {
        for (label, want) in [
            ("2015", "2015"),
            ("2015-Q1", "2015-Q1"),
            ("2015-A1", "2015"),
            ("2015-W05", "2015-01-26/2015-02-01"),
            ("2015W05", "2015-01-26/2015-02-01"),
            ("2015-T3", "2015-09-01/2015-12-31"),
            ("2015-D032", "2015-02-01/2015-02-01"),
            ("2015-01-01/P1Y", "2015-01-01/P1Y"),
            ("2015-01-01T00:00:00", "2015-01-01"),
        ] {
            assert_eq!(plain(label), want);
        }
        assert!(is_period("2015M03") && !is_period("geo") && !is_period("3015"));
    }
}
