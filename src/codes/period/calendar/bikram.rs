//! Bikram Sambat, the civil calendar of Nepal: months whose lengths no rule gives, from a table.
//!
//! The table holds what two converters of different makers say. Where they disagree about a year, both rows stand in it:
//! a label whose days are the same by both is read, any other is refused with both readings.

use std::sync::LazyLock;

use chrono::NaiveDate;

use super::super::super::sex::rows;
use super::parts::Parts;
use super::{Period, date};
use crate::Error;

/// Years that labels without a mark of the era can be of; smaller ones are Gregorian years too.
pub const UNMARKED: std::ops::RangeInclusive<i32> = 2050..=2090;

struct Year {
    year: i32,
    /// 1 Baisakh, in days since 1970-01-01.
    first: i32,
    months: [i32; 12],
}

static TABLE: LazyLock<Vec<Year>> = LazyLock::new(|| {
    let row = |[year, first, months, _, _]: [String; 5]| {
        let first: NaiveDate = first.parse().expect("a date in nepal_months.csv");
        let months: Vec<i32> = months.split(' ').map(|days| days.parse().expect("days of a month")).collect();
        Year {
            year: year.parse().expect("a year in nepal_months.csv"),
            first: first.to_epoch_days(),
            months: months.try_into().expect("twelve months"),
        }
    };
    rows(include_str!("../../tables/nepal_months.csv")).into_iter().map(row).collect()
});

/// The first and the last year of the table.
pub fn known() -> (i32, i32) {
    (TABLE[0].year, TABLE[TABLE.len() - 1].year)
}

/// A day of the calendar by every reading of the table; none where it has no such day.
fn readings(year: i32, month: u32, day: u32) -> Vec<Option<i32>> {
    let (first, last) = known();
    // The day after the table is the end of its last year.
    if (year, month, day) == (last + 1, 1, 1) {
        return readings(last, 12, 1).into_iter().zip(lengths(last, 12)).map(|(at, n)| Some(at? + n)).collect();
    }
    if !(first..=last).contains(&year) {
        return Vec::new();
    }
    let at = month as usize - 1;
    let one = |known: &Year| {
        let day = day as i32;
        (day <= known.months[at]).then(|| known.first + known.months[..at].iter().sum::<i32>() + day - 1)
    };
    TABLE.iter().filter(|known| known.year == year).map(one).collect()
}

fn lengths(year: i32, month: u32) -> Vec<i32> {
    TABLE.iter().filter(|known| known.year == year).map(|known| known.months[month as usize - 1]).collect()
}

/// Days since 1970-01-01 of a day, in the words of a label.
fn day(label: &str, year: i32, month: u32, day: u32) -> Result<i32, Error> {
    let found = readings(year, month, day);
    match found.as_slice() {
        [] => Err(beyond(label)),
        [Some(one), rest @ ..] if rest.iter().all(|other| *other == Some(*one)) => Ok(*one),
        all if all.iter().all(Option::is_none) => {
            let length = lengths(year, month).into_iter().max().unwrap_or_default();
            Err(Error::Code(format!(
                "period '{label}' is no day of Bikram Sambat: month {month} of {year} has {length} days"
            )))
        }
        all => {
            let said = |one: &Option<i32>| one.and_then(date).map_or("no day".to_owned(), |day| day.to_string());
            let said: Vec<String> = all.iter().map(said).collect();
            Err(Error::Code(format!(
                "period '{label}': the converters that the table of Bikram Sambat is from disagree about {year}: \
                 {year}-{month:02}-{day:02} is {}; write the days in the Gregorian calendar, as in '2022-07-17/2023-07-16'",
                said.join(" or ")
            )))
        }
    }
}

/// From the first day of one month to the day before the first of another; month 13 is the first of the next year.
fn span(label: &str, from: (i32, u32), to: (i32, u32)) -> Result<Period, Error> {
    let first = |(year, month): (i32, u32)| {
        if month > 12 { day(label, year + 1, 1, 1) } else { day(label, year, month, 1) }
    };
    Ok(Period { start: first(from)?, end: first(to)? })
}

/// The year, from 1 Baisakh.
pub fn year(label: &str, y: i32) -> Result<Period, Error> {
    span(label, (y, 1), (y, 13))
}

/// The fiscal year that begins in `y`, from 1 Shrawan.
pub fn fiscal_year(label: &str, y: i32) -> Result<Period, Error> {
    span(label, (y, 4), (y + 1, 4))
}

/// What a label says: a year, a month or a day; with two years the month of a fiscal year.
pub fn read(label: &str, parts: Parts) -> Result<Period, Error> {
    let Parts { year: y, pair, month, day: d } = parts;
    match (month, d) {
        (None, _) if pair => fiscal_year(label, y),
        (None, _) => year(label, y),
        (Some(m), None) => {
            // Shrawan, the fourth month, is the first of a fiscal year.
            let y = y + i32::from(pair && m < 4);
            span(label, (y, m), (y, m + 1))
        }
        (Some(m), Some(d)) if (1..=12).contains(&m) && d > 0 => {
            let start = day(label, y, m, d)?;
            Ok(Period { start, end: start + 1 })
        }
        _ => Err(Error::Code(format!("period '{label}' is no day of Bikram Sambat"))),
    }
}

/// That the table ends before the label.
pub fn beyond(label: &str) -> Error {
    let (first, last) = known();
    Error::Code(format!(
        "period '{label}' is beyond the table of Bikram Sambat, BS {first} to {last} (April {} to April {}); years without \
         BS before 2050 are taken as Gregorian, so write 'BS 2042/43' if that is meant, or the days, as in \
         '2022-07-17/2023-07-16'",
        first - 57,
        last - 56
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_well_formed() {
        let (first, last) = known();
        assert_eq!((first, last), (1975, 2090));
        for pair in TABLE.windows(2) {
            let length: i32 = pair[0].months.iter().sum();
            assert!((365..=366).contains(&length), "{}", pair[0].year);
            let same = pair[0].year == pair[1].year;
            assert_eq!(pair[1].year, pair[0].year + i32::from(!same));
            assert_eq!(pair[1].first, pair[0].first + if same { 0 } else { length }, "{}", pair[1].year);
            assert!(pair[0].months.iter().all(|days| (29..=32).contains(days)));
        }
        let disputed: Vec<i32> =
            TABLE.windows(2).filter(|pair| pair[0].year == pair[1].year).map(|p| p[0].year).collect();
        assert_eq!(disputed, [1975, 1989, 1991, 1993, 2062, 2087]);
    }

    #[test]
    fn a_day_about_which_converters_disagree_is_refused_and_its_neighbours_are_not() {
        let says = |text| read(text, Parts::read("bikram", text).unwrap());
        assert!(says("2062-01").is_err_and(|e| e.to_string().contains("2062-02-01 is 2005-05-15 or 2005-05-14")));
        assert!(says("2062-01-31").is_err_and(|e| e.to_string().contains("2005-05-14 or no day")));
        assert!(says("2062-04").is_ok() && says("2062").is_ok() && fiscal_year("2062/63", 2062).is_ok());
        assert!(says("2079-03-33").is_err_and(|e| e.to_string().contains("month 3 of 2079 has 32 days")));
    }
}
