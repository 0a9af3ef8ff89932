//! Periods: labels to half-open intervals of days, and back. Days are `i32` since 1970-01-01, as in Arrow's date32.
//!
//! A flow happens during `[start, end)`; a stock is counted at an instant, start = end. What is read:
//!
//! | label | period |
//! |---|---|
//! | `1996`, `1996.0` | the calendar year |
//! | `1996-03`, `1996M03`, `1996-M03`, `March 1996` | the month |
//! | `1996-Q2`, `1996Q2`, `Q2 1996` | the quarter |
//! | `1996-S1`, `1996-H1` | the half-year |
//! | `1996-03-15`, `15 March 1996`, `March 15, 1996` | the day |
//! | `2014-01-01/2014-09-30` | both days and all between them, as publishers print it |
//! | `2014-01-01/P9M` | nine months from that day; P with Y, M, W or D |
//!
//! What has several readings is refused, with the readings in the message:
//! - `1990-1995`, `1990-95`, `1990/1995`: six calendar years, or mid-1990 to mid-1995 as UN DESA prints its five-year
//!   periods, and ISO 8601 itself has changed its mind about the end. No reading is the usual one, so none is chosen:
//!   readers that know their publisher, and users, give the days.
//! - `2017/18`, `2017-2018`, `FY2018`: fiscal years begin where their country says, so the scheme must be declared.
//! - `01/07/2020`: the day or the month may come first.
//!
//! One collision cannot be seen in a single label: `2001-02` is February in ISO 8601 and the year 2001/02 in many
//! tables (the month is the next year's last digits in 2000-01 to 2011-12). Alone it is the month; `parse_column` looks
//! at all labels of a column and refuses to read it so where nothing says that the column holds months.
//!
//! Labels of a declared calendar (fiscal years, the Buddhist Era) are read in [`calendar`].
//!
//! Dates before 1582 are in the Gregorian calendar carried backwards.

pub mod calendar;

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::Error;

/// The years that a label may name.
pub const YEARS: std::ops::RangeInclusive<i32> = 1500..=2200;

/// The half-open interval of days `[start, end)`; an instant, where start = end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// The first day of a flow, or the day of an instant, in days since 1970-01-01.
    pub start: i32,
    /// The day after the last one, or the day of an instant.
    pub end: i32,
}

impl Period {
    /// Whether this is an instant, as stocks have.
    pub fn is_instant(self) -> bool {
        self.start == self.end
    }

    fn between(start: NaiveDate, end: NaiveDate) -> Self {
        Self { start: start.to_epoch_days(), end: end.to_epoch_days() }
    }
}

/// The calendar year `y`.
///
/// # Errors
/// `Error::Code` outside 1500-2200: such numbers are typing errors, or years of another calendar.
pub fn year(y: i32) -> Result<Period, Error> {
    months(y, 1, 12).ok_or_else(|| Error::Code(format!("year {y} is outside {}-{}", YEARS.start(), YEARS.end())))
}

/// The period that `label` names; a date is a flow of that one day. The forms are listed at the top of this module.
///
/// ```
/// use migstat::codes::period;
/// let p = period::parse("2014-01-01/2014-09-30")?;
/// assert_eq!((p.end - p.start, period::label(p)), (273, "2014-01-01/2014-09-30".to_owned()));
/// assert!(period::parse("2017/18").is_err());
/// # Ok::<(), migstat::Error>(())
/// ```
pub fn parse(label: &str) -> Result<Period, Error> {
    let text = label.trim();
    // A dash of print joins the ends of a range; ISO dates have hyphens.
    let ranged = text.contains(['\u{2013}', '\u{2014}']);
    let text = text.replace(['\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}', '\u{2212}'], "-").to_ascii_uppercase();
    let found = if ranged { written_months(&text) } else { exact(&text) };
    found.map_or_else(|| Err(refusal(label, &text)), |p| within(label, p))
}

/// The periods that the labels of one column name. As `parse`, except that labels such as "2001-02" are refused where
/// no other label of the column is plainly a month: they may be the years 2001/02.
pub fn parse_column<S: AsRef<str>>(labels: &[S]) -> Result<Vec<Period>, Error> {
    doubt(labels)?;
    labels.iter().map(|label| parse(label.as_ref())).collect()
}

/// Refuses a column where "2001-02" may be the years 2001/02.
fn doubt<S: AsRef<str>>(labels: &[S]) -> Result<(), Error> {
    let month = |label: &S| year_and_pair(label.as_ref().trim());
    let plain = |label: &S| month(label).is_some_and(|(y, m)| (1..=12).contains(&m) && m != next_two_digits(y));
    let doubtful =
        labels.iter().find(|l| month(l).is_some_and(|(y, m)| (1..=12).contains(&m) && m == next_two_digits(y)));
    if let (Some(label), false) = (doubtful, labels.iter().any(plain)) {
        let label = label.as_ref().trim();
        return Err(Error::Code(format!(
            "period '{label}' may be a month or a year that begins in {} and ends in the next, and no other label of \
             the column decides it; write '{}' for the month, or the days, as in '2001-04-01/2002-03-31'",
            &label[..4],
            label.replace('-', "M"),
        )));
    }
    Ok(())
}

/// The instant that `label` names: a full date, `2020-07-01`, `1 July 2020` or `July 1, 2020`.
///
/// # Errors
/// `Error::Code` for all else: "2020" and "2020-07" do not say which day, and stocks of 1 January and 1 July differ.
pub fn instant(label: &str) -> Result<Period, Error> {
    let text = label.trim().to_ascii_uppercase();
    if let Some(date) = iso_date(&text).or_else(|| written_date(&text)) {
        return within(label, Period::between(date, date));
    }
    Err(match parse(label) {
        Ok(p) => {
            let (first, after) = (self::label(at(p.start)), self::label(at(p.end)));
            Error::Code(format!(
                "instant '{label}' does not say which day: a stock is counted on a day; write it in full, as in \
                 '{first}' for its first day or '{after}' for the day after its last"
            ))
        }
        Err(_) => Error::Code(format!(
            "instant '{label}' is not understood; expected a full date such as '2020-07-01' or '1 July 2020'"
        )),
    })
}

/// The calendar year that `p` is, if it is exactly one.
pub fn calendar_year(p: Period) -> Option<i32> {
    let y = date(p.start)?.year();
    (months(y, 1, 12) == Some(p)).then_some(y)
}

/// The year of a calendar year or of an instant.
pub fn year_of(p: Period) -> Option<i32> {
    if p.is_instant() { Some(start_year(p)) } else { calendar_year(p) }
}

/// The year that `p` starts in.
pub fn start_year(p: Period) -> i32 {
    date(p.start).map_or(*YEARS.start(), |date| date.year())
}

/// The label of a period: `1996`, `1996-Q2`, `1996-03`, `1996-03-15`, or its first and last days. `parse` reads it
/// back; the label of an instant is its date, which `instant` reads back.
pub fn label(p: Period) -> String {
    let (Some(start), Some(last)) = (date(p.start), date(p.end.saturating_sub(i32::from(!p.is_instant())))) else {
        // Days that no label can have produced.
        return format!("{}/{}", p.start, p.end);
    };
    let (y, m) = (start.year(), start.month());
    if start == last {
        start.to_string()
    } else if months(y, 1, 12) == Some(p) {
        y.to_string()
    } else if m % 3 == 1 && months(y, m, 3) == Some(p) {
        format!("{y}-Q{}", m.div_ceil(3))
    } else if months(y, m, 1) == Some(p) {
        format!("{y}-{m:02}")
    } else {
        format!("{start}/{last}")
    }
}

/// Whether `a` includes all of `b` and more. Instants contain nothing; a period contains the instants of its days.
pub fn contains(a: Period, b: Period) -> bool {
    let instant_of_the_end = b.is_instant() && b.start >= a.end;
    a != b && a.start < a.end && b.start <= b.end && a.start <= b.start && b.end <= a.end && !instant_of_the_end
}

/// Whether `a` and `b` have a day in common; an instant is the beginning of its day.
pub fn overlaps(a: Period, b: Period) -> bool {
    let end = |p: Period| i64::from(p.end) + i64::from(p.is_instant());
    i64::from(a.start) < end(b) && i64::from(b.start) < end(a)
}

/// The reading of a label in capitals that can have no other.
fn exact(text: &str) -> Option<Period> {
    let day = |d: NaiveDate| d.succ_opt().map(|next| Period::between(d, next));
    if let Some((first, second)) = text.split_once('/') {
        let start = iso_date(first)?;
        let end = match second.strip_prefix('P') {
            Some(length) => after(start, length)?,
            None => iso_date(second)?.succ_opt()?,
        };
        return (start < end).then(|| Period::between(start, end));
    }
    if let Some(date) = iso_date(text).or_else(|| written_date(text)) {
        return day(date);
    }
    if let Some((y, m)) = year_and_pair(text).or_else(|| written_month(text)) {
        return months(y, m, 1);
    }
    if let Some(several) = written_months(text) {
        return Some(several);
    }
    if let Some(y) = four_digits(whole_number(text)) {
        return months(y, 1, 12);
    }
    year_part(text)
}

/// `1996Q2`, `1996-Q2`, `Q2 1996`, `1996-S1`, `1996-H1`, `1996M03`.
fn year_part(text: &str) -> Option<Period> {
    let (y, part) = match text.split_once([' ', '-']) {
        Some((part, y)) if part.starts_with(['Q', 'H', 'S']) => (y, part),
        _ => (text.get(..4)?, text[4..].trim_start_matches([' ', '-'])),
    };
    let y = four_digits(y)?;
    let number = part.get(1..).filter(|n| (1..=2).contains(&n.len()))?;
    let number = digits(number)?;
    match (part.as_bytes()[0], number) {
        (b'Q', 1..=4) => months(y, number * 3 - 2, 3),
        (b'H' | b'S', 1..=2) => months(y, number * 6 - 5, 6),
        (b'M', 1..=12) => months(y, number, 1),
        _ => None,
    }
}

/// Why a label without an exact reading is refused, and what to write instead.
fn refusal(label: &str, text: &str) -> Error {
    let fiscal = |y: i32| {
        format!(
            "is a year that begins in {y} and ends in {}: the scheme of the fiscal year must be declared (periods.parse \
             reads it), or write the days, as in '{y}-07-01/{}-06-30'",
            y + 1,
            y + 1
        )
    };
    let number = whole_number(text);
    let why = match (range_of_years(text), digits(number)) {
        (Some((a, b)), _) if b == a + 1 => fiscal(a),
        (Some((a, b)), _) if a < b => format!(
            "may be the calendar years {a} to {b}, both included, or the middle of {a} to the middle of {b} as UN DESA \
             prints it; write the days, '{a}-01-01/{b}-12-31' or '{a}-07-01/{b}-06-30'"
        ),
        (Some(_), _) => "ends before it begins".to_owned(),
        (None, Some(_)) => {
            return Error::Code(format!("year {number} is outside {}-{}", YEARS.start(), YEARS.end()));
        }
        _ if text.starts_with("FY") => "is a fiscal year: its scheme must be declared, or write the days".to_owned(),
        _ if day_or_month_first(text) => {
            "may have the day or the month first; write the date as in '2020-07-01'".to_owned()
        }
        _ if text.starts_with("MID") => {
            "does not say which day the middle of the year is; write it, as in '2020-07-01'".to_owned()
        }
        _ if text.split_once('/').is_some_and(|(a, b)| iso_date(a).zip(iso_date(b)).is_some()) => {
            "ends before it begins".to_owned()
        }
        _ => "is not understood; expected a year, month, quarter or date such as '1996', '1996-03', '1996-Q2', \
              '1996-03-15', or both days of an interval, '2014-01-01/2014-09-30'"
            .to_owned(),
    };
    Error::Code(format!("period '{label}' {why}"))
}

/// `1990-1995`, `1990/95`, `1990 to 1995`: the years at both ends, if the label is a range of years at all.
fn range_of_years(text: &str) -> Option<(i32, i32)> {
    let text = text.strip_prefix("FY").unwrap_or(text).trim();
    let (first, second) = text.split_once(['-', '/']).or_else(|| text.split_once(" TO "))?;
    let (first, second) = (four_digits(first.trim())?, second.trim());
    match second.len() {
        4 => Some((first, four_digits(second)?)),
        2 => {
            let (century, pair) = (first - first % 100, digits(second)? as i32);
            // "1999-00" ends in the next century.
            Some((first, if pair <= first % 100 { century + 100 } else { century } + pair))
        }
        // Nepal prints "2079/080": the year after, by its last three digits.
        3 if digits(second)? as i32 == (first + 1) % 1000 => Some((first, first + 1)),
        _ => None,
    }
}

/// `01/07/2020`, `1.7.2020`, `1-7-20`
fn day_or_month_first(text: &str) -> bool {
    let parts: Vec<_> = text.split(['/', '.', '-']).collect();
    parts.len() == 3 && parts[0].len() <= 2 && parts.iter().all(|p| p.len() <= 4 && digits(p).is_some())
}

/// `n` months of year `y` from month `m`; None outside the years that a label may name.
fn months(y: i32, m: u32, n: u32) -> Option<Period> {
    let start = NaiveDate::from_ymd_opt(y, m, 1).filter(|_| YEARS.contains(&y))?;
    Some(Period::between(start, start.checked_add_months(Months::new(n))?))
}

/// The day after `length` ("1Y", "9M", "2W", "10D") from `start`. Refused where the calendar lacks the day (31 January
/// and a month), because the last day would then be a guess.
fn after(start: NaiveDate, length: &str) -> Option<NaiveDate> {
    let (number, unit) = length.split_at_checked(length.len().checked_sub(1)?)?;
    let n = digits(number)?;
    let months = |n: u32| start.checked_add_months(Months::new(n)).filter(|end| end.day() == start.day());
    match unit {
        "Y" => months(n.checked_mul(12)?),
        "M" => months(n),
        "W" => start.checked_add_days(Days::new(7 * u64::from(n))),
        "D" => start.checked_add_days(Days::new(u64::from(n))),
        _ => None,
    }
}

/// The period, if it lies within the years that a label may name.
fn within(label: &str, p: Period) -> Result<Period, Error> {
    let inside = |days: i32| date(days).is_some_and(|d| YEARS.contains(&d.year()));
    if inside(p.start) && inside(if p.is_instant() { p.end } else { p.end - 1 }) {
        return Ok(p);
    }
    Err(Error::Code(format!("period '{label}' is outside the years {}-{}", YEARS.start(), YEARS.end())))
}

fn at(day: i32) -> Period {
    Period { start: day, end: day }
}

fn date(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(days)
}

/// `1996-03-15`
fn iso_date(text: &str) -> Option<NaiveDate> {
    let (ym, d) = (text.get(..7)?, text.get(7..)?.strip_prefix('-')?);
    let (y, m) = year_and_pair(ym)?;
    NaiveDate::from_ymd_opt(y, m, digits(d).filter(|_| d.len() == 2)?)
}

/// `15 MARCH 1996`, `15-MAR-1996`, `MARCH 15, 1996`
fn written_date(text: &str) -> Option<NaiveDate> {
    let words: Vec<_> = text.split([' ', ',', '-', '.']).filter(|w| !w.is_empty()).collect();
    let [first, second, year] = *words.as_slice() else { return None };
    let (day, month) = month(second).map(|m| (first, m)).or_else(|| month(first).map(|m| (second, m)))?;
    NaiveDate::from_ymd_opt(four_digits(year)?, month, digits(day).filter(|_| day.len() <= 2)?)
}

/// `MARCH 1996`, `1996 MARCH`, `MAR-1996`
fn written_month(text: &str) -> Option<(i32, u32)> {
    let words: Vec<_> = text.split([' ', ',', '-', '.']).filter(|w| !w.is_empty()).collect();
    let [a, b] = *words.as_slice() else { return None };
    four_digits(b).zip(month(a)).or_else(|| four_digits(a).zip(month(b)))
}

/// `JANUARY-SEPTEMBER 2014`, `OCT 1945-JUN 1947`: from the first month to the last, both included. Where one year is
/// printed, both months are of it, so that `NOV-FEB 2020` is nothing.
fn written_months(text: &str) -> Option<Period> {
    let (first, last) = text.split_once('-').or_else(|| text.split_once(" TO "))?;
    let (y, m) = written_month(last)?;
    let (from_y, from_m) = written_month(first).or_else(|| month(first.trim_matches([' ', '.'])).map(|m| (y, m)))?;
    let count = (y - from_y) * 12 + m as i32 - from_m as i32 + 1;
    months(from_y, from_m, u32::try_from(count).ok().filter(|n| *n > 1)?)
}

/// Months in capitals.
const MONTHS: [&str; 12] = [
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "MAY",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
];

/// The English month of a name in capitals, whole or in three letters.
fn month(name: &str) -> Option<u32> {
    let found = MONTHS.iter().position(|n| *n == name || n[..3] == *name || (name == "SEPT" && *n == "SEPTEMBER"));
    found.map(|i| i as u32 + 1)
}

/// `1996-03`, and `1996-97` too: four digits, a hyphen, two digits.
fn year_and_pair(text: &str) -> Option<(i32, u32)> {
    let (y, pair) = text.split_once('-')?;
    four_digits(y).zip(digits(pair).filter(|_| pair.len() == 2))
}

fn next_two_digits(y: i32) -> u32 {
    ((y + 1) % 100) as u32
}

/// `1996.0` without its decimals: a column of years with gaps reaches us as floats.
fn whole_number(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        _ => text,
    }
}

fn four_digits(text: &str) -> Option<i32> {
    digits(text).filter(|_| text.len() == 4).map(|n| n as i32)
}

/// The number that a text of nothing but digits is.
fn digits(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
