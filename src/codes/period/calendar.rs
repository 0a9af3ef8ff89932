//! Labels of a declared calendar: fiscal years, Bikram Sambat, the Buddhist Era, the Islamic calendar.
//!
//! What is known is in `tables/calendars.csv`, `nepal_months.csv`, `umm_al_qura_months.csv` and `month_labels.csv`. A label
//! that fits its calendar badly is refused, and the message names the calendar that it does fit.

mod bikram;
mod hijri;
mod parts;

use std::str::FromStr;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};

use super::super::sex::rows;
use super::{
    Period, YEARS, at, date, digits, doubt, four_digits, instant, months, parse, range_of_years, whole_number,
};
use crate::Error;
use hijri::Rule;
use parts::{Parts, named_month};

/// Years beyond this one are another calendar's, or a projection's, which must be declared.
const LAST_UNDECLARED: i32 = 2049;
/// The Buddhist Era as years of the calendar that began on 1 April 1912.
const BUDDHIST: std::ops::RangeInclusive<i32> = 2455..=2743;

/// A calendar as it is listed.
pub struct Listed {
    /// Its name, as `parse` of [`Calendar`] takes it.
    pub name: String,
    month: Option<u32>,
    day: Option<u32>,
    single: Option<Single>,
    /// In words.
    pub rule: String,
    /// A label and what it stands for.
    pub example: String,
    /// Who says so.
    pub source: String,
}

static LISTED: LazyLock<Vec<Listed>> = LazyLock::new(|| {
    let row = |[name, month, day, single, rule, example, source]: [String; 7]| {
        let single = match single.as_str() {
            "start" => Some(Single::Start),
            "end" => Some(Single::End),
            _ => None,
        };
        Listed { name, month: month.parse().ok(), day: day.parse().ok(), single, rule, example, source }
    };
    rows(include_str!("../tables/calendars.csv")).into_iter().map(row).collect()
});

/// All calendars that are listed.
pub fn listed() -> &'static [Listed] {
    &LISTED
}

/// What the label of a single year of a fiscal calendar names: the year that it starts in, or the one that it ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Single {
    Start,
    End,
}

/// What a range of Gregorian years is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    Refused,
    Inclusive,
    Midyear,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Gregorian(Range),
    /// First month and day, what a single year is, and whether large years are of the Buddhist Era.
    Fiscal(u32, u32, Option<Single>, bool),
    Nepal(Option<Single>),
    Bikram,
    Buddhist,
    Hijri(Rule),
}

/// A calendar that labels may be declared to be of.
///
/// ```
/// use migstat::codes::period::{self, calendar::Calendar};
/// let nepal: Calendar = "fiscal:NPL".parse()?;
/// let read = nepal.parse("2079/80")?;
/// assert_eq!(period::label(read.period), "2022-07-17/2023-07-16");
/// # Ok::<(), migstat::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    name: String,
    kind: Kind,
}

/// A label that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What it names.
    pub period: Period,
    /// The publisher's flag that it ended in, such as "e" of "2012e".
    pub note: Option<String>,
}

impl FromStr for Calendar {
    type Err = Error;
    /// `gregorian`, `fiscal:NPL`, `fiscal:AUS:end`, or a fiscal year that is not listed by its first day, `fiscal:10-01:end`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let (stem, single) = match text.rsplit_once(':') {
            Some((stem, "start")) => (stem, Some(Single::Start)),
            Some((stem, "end")) => (stem, Some(Single::End)),
            _ => (text, None),
        };
        let name = text.to_owned();
        let kind = match (stem, single) {
            ("gregorian", None) => Kind::Gregorian(Range::Refused),
            ("gregorian:inclusive", None) => Kind::Gregorian(Range::Inclusive),
            ("gregorian:midyear", None) => Kind::Gregorian(Range::Midyear),
            ("buddhist", None) => Kind::Buddhist,
            ("bikram", None) => Kind::Bikram,
            ("hijri", None) => Kind::Hijri(Rule::Tabular),
            ("hijri:ummalqura", None) => Kind::Hijri(Rule::UmmAlQura),
            ("fiscal:NPL", single) => Kind::Nepal(single),
            (fiscal, single) if fiscal.starts_with("fiscal:") => {
                let known = LISTED.iter().find(|one| one.name == fiscal);
                if let Some(Listed { month: Some(month), day: Some(day), single: usual, .. }) = known {
                    Kind::Fiscal(*month, *day, single.or(*usual), fiscal == "fiscal:THA")
                } else {
                    let first = first_day(&fiscal["fiscal:".len()..]).ok_or_else(|| unknown(text))?;
                    Kind::Fiscal(first.0, first.1, single, false)
                }
            }
            _ => return Err(unknown(text)),
        };
        Ok(Self { name, kind })
    }
}

/// `10-01`: a month and a day that every year has.
pub fn first_day(text: &str) -> Option<(u32, u32)> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (digits(month)?, digits(day)?);
    NaiveDate::from_ymd_opt(2001, month, day).map(|_| (month, day))
}

/// The month and day that are asked for by `day=`.
///
/// # Errors
/// [`Error::Code`] where not every year has it.
pub fn day_of_year(day: Option<&str>) -> Result<Option<(u32, u32)>, Error> {
    let wrong = |day: &str| {
        Error::Code(format!("day={day:?}: expected a month and a day that every year has, such as '07-01' for 1 July"))
    };
    day.map(|day| first_day(day).ok_or_else(|| wrong(day))).transpose()
}

fn unknown(text: &str) -> Error {
    let names: Vec<_> = LISTED.iter().map(|one| one.name.as_str()).collect();
    Error::Code(format!(
        "calendar {text:?} is not known: expected one of {}, a fiscal calendar with ':start' or ':end', or one by its \
         first day, such as 'fiscal:10-01:end'{}",
        names.join(", "),
        crate::error::near(text, &names)
    ))
}

impl Calendar {
    /// The name that it was asked for by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The period that `label` names in this calendar.
    ///
    /// # Errors
    /// [`Error::Code`] for a label that it does not have, naming the calendar that does.
    pub fn parse(&self, label: &str) -> Result<Read, Error> {
        let (text, note) = without_note(label);
        let text = text.as_str();
        let period = match &self.kind {
            Kind::Gregorian(range) => gregorian(label, text, *range),
            Kind::Fiscal(_, _, single, thai) => self.fiscal(label, text, *single, *thai),
            Kind::Nepal(single) => self.nepal(label, text, *single),
            Kind::Bikram => bikram(label, text),
            Kind::Buddhist => buddhist(label, text),
            Kind::Hijri(rule) => rule.read(label, &without_mark(text, &HEGIRA).0, &self.name),
        }?;
        Ok(Read { period, note })
    }

    /// The instant that `label` names: a day of this calendar.
    ///
    /// # Errors
    /// [`Error::Code`] for what is no day.
    pub fn instant(&self, label: &str) -> Result<Period, Error> {
        if let Kind::Gregorian(_) = self.kind {
            return instant(label);
        }
        let found = self.parse(label)?.period;
        if found.end - found.start == 1 {
            return Ok(at(found.start));
        }
        Err(Error::Code(format!(
            "instant '{label}' does not say which day of calendar '{}': a stock is counted on a day; write it in full",
            self.name
        )))
    }

    /// The year of this calendar that starts in the Gregorian year `y`.
    ///
    /// # Errors
    /// [`Error::Code`] outside the years that it is known for, and for calendars whose years do not start once in each
    /// Gregorian year.
    pub fn year(&self, y: i32) -> Result<Period, Error> {
        let beyond = || Error::Code(format!("year {y} is outside the years of calendar '{}'", self.name));
        match &self.kind {
            Kind::Gregorian(Range::Midyear) => fiscal_year(7, 1, y, y).ok_or_else(beyond),
            Kind::Gregorian(_) => months(y, 1, 12).ok_or_else(beyond),
            Kind::Fiscal(month, day, _, _) => fiscal_year(*month, *day, y, y).ok_or_else(beyond),
            Kind::Nepal(_) => bikram::fiscal_year(&y.to_string(), y + 57),
            Kind::Bikram => bikram::year(&y.to_string(), y + 57),
            Kind::Buddhist if y > 1940 => months(y, 1, 12).ok_or_else(beyond),
            Kind::Buddhist | Kind::Hijri(_) => {
                Err(Error::Code(format!("figures cannot be aligned to years of calendar '{}'", self.name)))
            }
        }
    }

    fn fiscal(&self, label: &str, text: &str, single: Option<Single>, thai: bool) -> Result<Period, Error> {
        let Kind::Fiscal(month, day, ..) = self.kind else { unreachable!("only of fiscal calendars") };
        let Some(found) = Years::read(text) else { return self.in_full(label, text) };
        let years = match found {
            Years::Two(a, b) if b == a + 1 => (a, a),
            Years::Two(..) => return Err(self.several(label)),
            Years::One(y) => match single {
                Some(Single::Start) => (y, y),
                Some(Single::End) => (y - 1, y - 1),
                None => return Err(self.which(label, y)),
            },
        };
        let era = if thai && BUDDHIST.contains(&years.0) { 543 } else { 0 };
        if let Some(hint) = hint(years.0, matches!(found, Years::Two(..))).filter(|_| era == 0) {
            return Err(misfit(label, &self.name, &hint));
        }
        fiscal_year(month, day, years.0 - era, years.1 - era).ok_or_else(|| outside(label))
    }

    fn nepal(&self, label: &str, text: &str, single: Option<Single>) -> Result<Period, Error> {
        let (text, marked) = without_mark(text, &SAMBAT);
        let Some(found) = Years::read(&text) else {
            // Months of Bikram Sambat, and days of years that are too far ahead to be Gregorian.
            let parts = Parts::read("bikram", &text).filter(|parts| parts.month.is_some());
            let ours = |parts: &Parts| {
                marked || named_month("bikram", &text).is_some() || bikram::UNMARKED.contains(&parts.year)
            };
            return match parts.filter(ours) {
                Some(parts) => bikram::read(label, parts),
                None => self.in_full(label, &text),
            };
        };
        let year = match found {
            Years::Two(a, b) if b == a + 1 => a,
            Years::Two(..) => return Err(self.several(label)),
            Years::One(y) => match single {
                Some(Single::Start) => y,
                Some(Single::End) => y - 1,
                None => return Err(self.which(label, y)),
            },
        };
        let gregorian = !marked && year < *bikram::UNMARKED.start();
        bikram::fiscal_year(label, if gregorian { year + 57 } else { year })
    }

    /// A label that names no years alone: its month or days are Gregorian, if it is written so that no year can be meant.
    fn in_full(&self, label: &str, text: &str) -> Result<Period, Error> {
        let upper = text.to_ascii_uppercase();
        let part_of_year = upper.contains(['Q', 'H', 'S']) && super::year_part(&upper).is_some();
        if part_of_year {
            return Err(Error::Code(format!(
                "period '{label}' may be a part of a calendar year or of a year of calendar '{}'; write the days, as in \
                 '2019-07-01/2019-09-30'",
                self.name
            )));
        }
        if let Some(short) = upper.strip_prefix("FY").filter(|rest| digits(rest.trim()).is_some()) {
            return Err(Error::Code(format!(
                "period '{label}' does not say its century; write the year in four digits, as in 'FY20{}'",
                short.trim()
            )));
        }
        if let Some((y, m)) = super::year_and_pair(text) {
            return Err(Error::Code(format!(
                "period '{label}' is no year of calendar '{}'; for the month write '{y}M{m:02}'",
                self.name
            )));
        }
        parse(text).map_err(|error| match error {
            Error::Code(why) => Error::Code(why.replace(&format!("'{text}'"), &format!("'{label}'"))),
            other => other,
        })
    }

    fn which(&self, label: &str, y: i32) -> Error {
        let stem = self.name.as_str();
        Error::Code(format!(
            "period '{label}' does not say whether the year starts or ends in {y}: declare calendar='{stem}:start' or \
             '{stem}:end', or write both years, as in '{}/{:02}'",
            y - 1,
            y % 100
        ))
    }

    fn several(&self, label: &str) -> Error {
        Error::Code(format!(
            "period '{label}' is not one year of calendar '{}', and whether its last year is included is not said; write \
             the days",
            self.name
        ))
    }
}

/// The years that a label of years alone names.
#[derive(Clone, Copy)]
enum Years {
    One(i32),
    Two(i32, i32),
}

impl Years {
    /// `2019/20`, `2019-2020`, `2019`, each also after `FY`, `F.Y.`, `fiscal year` or `financial year`.
    fn read(text: &str) -> Option<Self> {
        let upper =
            text.replace(['\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}', '\u{2212}'], "-").to_ascii_uppercase();
        let bare = ["FISCAL YEAR", "FINANCIAL YEAR", "F.Y.", "F/Y", "FY"].iter().find_map(|mark| {
            upper.strip_prefix(mark).or_else(|| upper.strip_suffix(mark)).map(|rest| rest.trim_matches([' ', '-', '.']))
        });
        let bare = bare.unwrap_or(&upper);
        if let Some((a, b)) = range_of_years(&bare.replace(" /", "/").replace("/ ", "/")) {
            // "2019-07" is a month in ISO 8601 and no two years; "2011-12" is two years here.
            let month = b > a + 1 && bare.len() == 7 && (1..=12).contains(&(b % 100)) && bare.contains('-');
            return (!month && a < b).then_some(Self::Two(a, b));
        }
        four_digits(whole_number(bare)).map(Self::One)
    }
}

/// Reads the labels of a column. Without a declared calendar labels are Gregorian, and years beyond 2049 are refused. With
/// a `day` (month, day) single years are instants on that day, and dates are instants too.
///
/// # Errors
/// The first label that cannot be read, by its place among the labels.
pub fn read(
    labels: &[String],
    calendar: Option<&Calendar>,
    day: Option<(u32, u32)>,
) -> Result<Vec<Read>, (usize, Error)> {
    let plain: Vec<String> = labels.iter().map(|label| without_note(label).0).collect();
    if day.is_none() && calendar.is_none_or(|calendar| matches!(calendar.kind, Kind::Gregorian(_))) {
        doubt(&plain).map_err(|error| {
            let named = |at: &usize| error.to_string().contains(&format!("'{}'", plain[*at].trim()));
            ((0..plain.len()).find(named).unwrap_or_default(), error)
        })?;
    }
    let undeclared = Calendar { name: "gregorian".to_owned(), kind: Kind::Gregorian(Range::Refused) };
    let one = |(at, label): (usize, &String)| {
        let text = plain[at].as_str();
        if let Some(day) = day {
            return counted(label, text, calendar, day).map_err(|error| (at, error));
        }
        let year = four_digits(whole_number(text));
        if calendar.is_none()
            && let Some((year, hint)) = year
                .filter(|y| (LAST_UNDECLARED + 1..=*YEARS.end()).contains(y))
                .and_then(|y| hint(y, false).map(|hint| (y, hint)))
        {
            return Err((
                at,
                Error::Code(format!(
                    "year {year} lies far ahead: {hint}; for a projection to {year} declare calendar='gregorian'"
                )),
            ));
        }
        calendar.unwrap_or(&undeclared).parse(label).map_err(|error| (at, error))
    };
    labels.iter().enumerate().map(one).collect()
}

/// An instant: a date, or a year and the day that all its counts are of.
fn counted(label: &str, text: &str, calendar: Option<&Calendar>, (month, day): (u32, u32)) -> Result<Read, Error> {
    let (_, note) = without_note(label);
    let kind = calendar.map_or(&Kind::Gregorian(Range::Refused), |calendar| &calendar.kind);
    let (text, era) = match kind {
        Kind::Gregorian(_) => (text.to_owned(), 0),
        Kind::Buddhist => (without_mark(text, &ERA).0, 543),
        _ => {
            return Err(Error::Code(
                "years of this calendar have no day in common: give the dates of the counts in full".to_owned(),
            ));
        }
    };
    let Some(y) = four_digits(whole_number(&text)) else {
        return Ok(Read { period: instant(&text)?, note });
    };
    if era > 0 {
        buddhist(label, &text)?;
    }
    let on = NaiveDate::from_ymd_opt(y - era, month, day).filter(|on| YEARS.contains(&on.year()));
    let early = era > 0 && !(2484..=*BUDDHIST.end()).contains(&y);
    match on.filter(|_| !early && (calendar.is_some() || y <= LAST_UNDECLARED)) {
        Some(on) => Ok(Read { period: at(on.to_epoch_days()), note }),
        None => Err(hint(y, false).map_or_else(|| outside(label), |hint| misfit(label, "gregorian", &hint))),
    }
}

/// The whole years from the one that begins in `from` to the one that begins in `to`.
fn fiscal_year(month: u32, day: u32, from: i32, to: i32) -> Option<Period> {
    let first = |y| NaiveDate::from_ymd_opt(y, month, day).filter(|_| YEARS.contains(&y));
    Some(Period::between(first(from)?, first(to + 1)?))
}

const SAMBAT: [&str; 9] = ["BS", "B.S.", "B.S", "VS", "V.S.", "वि.सं.", "वि. सं.", "वि.सं", "विसं"];
const ERA: [&str; 5] = ["BE", "B.E.", "B.E", "พ.ศ.", "พ.ศ"];
const HEGIRA: [&str; 7] = ["AH", "A.H.", "A.H", "H.", "H", "هـ", "ه"];

fn gregorian(label: &str, text: &str, range: Range) -> Result<Period, Error> {
    let years = range_of_years(&text.replace(['\u{2013}', '\u{2014}'], "-").to_ascii_uppercase());
    if let Some((a, b)) = years.filter(|(a, b)| a < b && super::exact(&text.to_ascii_uppercase()).is_none()) {
        let hint = hint(a, true);
        if let Some(hint) = hint {
            return Err(misfit(label, "gregorian", &hint));
        }
        match range {
            Range::Inclusive if b > a + 1 => {
                return months(a, 1, (b - a + 1) as u32 * 12).ok_or_else(|| outside(label));
            }
            Range::Midyear if b > a + 1 => return months(a, 7, (b - a) as u32 * 12).ok_or_else(|| outside(label)),
            Range::Refused if b > a + 1 => {
                return parse(text).map_err(|error| {
                    Error::Code(format!("{error}, or declare calendar='gregorian:inclusive' or 'gregorian:midyear'"))
                });
            }
            _ => {
                return Err(Error::Code(format!(
                    "period '{label}' is a year that begins in {a} and ends in {b}: declare whose fiscal year it is, as in \
                     calendar='fiscal:IND' or 'fiscal:07-01', or write the days, as in '{a}-07-01/{b}-06-30'"
                )));
            }
        }
    }
    parse(text).map_err(|error| {
        let bare = without_mark(&without_mark(text, &ERA).0, &HEGIRA).0;
        match four_digits(whole_number(&bare)).and_then(|y| hint(y, false)) {
            Some(hint) => misfit(label, "gregorian", &hint),
            None => error,
        }
    })
}

/// A year of Bikram Sambat, or a month or day of one.
fn bikram(label: &str, text: &str) -> Result<Period, Error> {
    let (text, _) = without_mark(text, &SAMBAT);
    let parts = Parts::read("bikram", &text).filter(|parts| !parts.pair);
    parts.map_or_else(
        || {
            Err(Error::Code(format!(
                "period '{label}' does not fit calendar 'bikram': expected a year such as 'BS 2079', a month '2079-11' or \
                 'Falgun 2079', or a day '2079-11-15'; for fiscal years such as '2079/80' declare calendar='fiscal:NPL'"
            )))
        },
        |parts| bikram::read(label, parts),
    )
}

/// A year of the Buddhist Era, or a month, quarter or day whose year is of it.
fn buddhist(label: &str, text: &str) -> Result<Period, Error> {
    let (text, _) = without_mark(text, &ERA);
    let text = match named_month("thai", &text) {
        Some((month, rest)) => format!("{} {}", super::MONTHS[month as usize - 1], rest.trim()),
        None => text,
    };
    let month = |b: i32| text.len() == 7 && text.contains('-') && (1..=12).contains(&(b % 100));
    let long = range_of_years(&text).filter(|(a, b)| *b == a + 1 || !month(*b));
    if let Some((a, b)) = long {
        return Err(Error::Code(format!(
            "period '{label}' is no calendar year: for the fiscal year of Thailand declare calendar='fiscal:THA'; else \
             write the days, as in '{}-01-01/{}-12-31'",
            a - 543,
            b - 543
        )));
    }
    let Some((_, y)) = years_in(&text).next() else {
        return Err(Error::Code(format!(
            "period '{label}' is not understood; expected a year of the Buddhist Era such as 'BE 2553'"
        )));
    };
    if !BUDDHIST.contains(&y) {
        let meant = if (1912..=2100).contains(&y) {
            format!(": it is Gregorian, B.E. {}; declare calendar='gregorian'", y + 543)
        } else {
            format!(": its years are {} to {}", BUDDHIST.start(), BUDDHIST.end())
        };
        return Err(Error::Code(format!("period '{label}' does not fit calendar 'buddhist'{meant}")));
    }
    if four_digits(whole_number(&text)).is_some() {
        let period = match y {
            ..=2482 => fiscal_year(4, 1, y - 543, y - 543),
            2483 => months(1940, 4, 9),
            _ => months(y - 543, 1, 12),
        };
        return period.ok_or_else(|| outside(label));
    }
    if y < 2484 {
        return Err(Error::Code(format!(
            "period '{label}' is of a year that began in April: write its days in the Gregorian calendar"
        )));
    }
    let mut rest = text;
    for (at, y) in years_in(&rest.clone()).filter(|(_, y)| BUDDHIST.contains(y)) {
        rest.replace_range(at..at + 4, &(y - 543).to_string());
    }
    parse(&rest).map_err(|_| Error::Code(format!("period '{label}' is not understood in calendar 'buddhist'")))
}

/// The numbers of exactly four digits in a text, and where they are.
fn years_in(text: &str) -> impl Iterator<Item = (usize, i32)> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..bytes.len()).filter_map(move |at| {
        let alone = (at == 0 || !digit(at - 1)) && (at..at + 4).all(digit) && !digit(at + 4);
        Some((at, four_digits(alone.then(|| &text[at..at + 4])?)?))
    })
}

/// Which calendar a year that is far from our time may be of.
fn hint(y: i32, two: bool) -> Option<String> {
    let slash = |y: i32| format!("{y}/{:02}", (y + 1) % 100);
    if bikram::UNMARKED.contains(&y) {
        let single = if two { "" } else { ", or calendar='bikram' for the year from April" };
        let (ours, theirs) = (slash(y), slash(y - 57));
        return Some(format!("in Bikram Sambat {ours} is {theirs}: declare calendar='fiscal:NPL'{single}"));
    }
    if BUDDHIST.contains(&y) {
        let calendar = if two { "fiscal:THA" } else { "buddhist" };
        return Some(format!("in the Buddhist Era {y} is {}: declare calendar='{calendar}'", y - 543));
    }
    if (1300..*YEARS.start()).contains(&y) && !two {
        let first = date(hijri::tabular_day(y, 1, 1))?;
        return Some(format!(
            "in the Islamic calendar {y} begins on {first}: declare calendar='hijri', or 'hijri:ummalqura' for \
             Saudi Arabia"
        ));
    }
    (y > LAST_UNDECLARED && !two).then(|| "it may be of another calendar, see periods.calendars()".to_owned())
}

fn misfit(label: &str, name: &str, hint: &str) -> Error {
    Error::Code(format!("period '{label}' does not fit calendar '{name}': {hint}"))
}

fn outside(label: &str) -> Error {
    Error::Code(format!("period '{label}' is outside the years {}-{}", YEARS.start(), YEARS.end()))
}

/// The text without a mark of its era before or after it, and whether there was one.
fn without_mark(text: &str, marks: &[&str]) -> (String, bool) {
    let upper = text.trim().to_uppercase();
    for mark in marks {
        let mark = mark.to_uppercase();
        if let Some(rest) = upper.strip_prefix(&mark).or_else(|| upper.strip_suffix(&mark)) {
            return (rest.trim().to_owned(), true);
        }
    }
    (text.trim().to_owned(), false)
}

/// The label in digits of ASCII and without the publisher's flag after a year, "e" in "2012e", "2012 (e)"; and the flag.
fn without_note(label: &str) -> (String, Option<String>) {
    const FLAGS: [char; 6] = ['e', 'p', 'r', 'b', 'f', '*'];
    // Devanagari, Thai, Arabic-Indic and extended Arabic-Indic digits.
    let ascii = |c: char| {
        let zero = [0x966, 0xe50, 0x660, 0x6f0].into_iter().find(|zero| (*zero..zero + 10).contains(&(c as u32)));
        zero.and_then(|zero| char::from_digit(c as u32 - zero, 10)).unwrap_or(c)
    };
    let text: String = label.trim().chars().map(ascii).collect();
    let inner = text.strip_suffix(')').and_then(|t| t.rsplit_once('(')).map(|(head, flag)| (head.trim(), flag.trim()));
    let (head, flag) = inner.unwrap_or_else(|| {
        let cut = text.char_indices().last().map_or(0, |(at, _)| at);
        (text[..cut].trim(), &text[cut..])
    });
    let mut letters = flag.chars();
    match (letters.next(), letters.next()) {
        (Some(c), None) if FLAGS.contains(&c.to_ascii_lowercase()) && head.ends_with(|c: char| c.is_ascii_digit()) => {
            (head.to_owned(), Some(flag.to_lowercase()))
        }
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests;
