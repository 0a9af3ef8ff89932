//! Duration of stay: how long one must stay to count as a migrant, by whose statistics, in which direction and when.
//!
//! What is known is in `tables/duration_criteria.csv`. Statistical offices count by their own rules and send other
//! figures to Eurostat, so a rule is of a publisher: of `Eurostat`, of the `national` office, or of both. "Permanent" is
//! a criterion of its own and no number of months.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use super::period::{self, Period};
use super::sex::rows;
use crate::Error;
use crate::error::near;

/// The shortest stay that makes a mover a migrant.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub enum Minimum {
    /// So many months, from 0; 0 is registration, however short the stay.
    Months(f64),
    /// Settlement for good, as law or registration define it.
    Permanent,
}

/// How permanent settlement is written.
pub const PERMANENT: &str = "permanent";

impl FromStr for Minimum {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let trimmed = text.trim();
        if trimmed.eq_ignore_ascii_case(PERMANENT) {
            return Ok(Self::Permanent);
        }
        match trimmed.parse::<f64>() {
            // -0.0 is 0, and is written so.
            Ok(months) if months.is_finite() && months >= 0.0 => Ok(Self::Months(months + 0.0)),
            _ => Err(Error::Code(format!(
                "a minimum stay of {text:?}: expected months, a number of at least 0 such as 3 or 1.25, or {PERMANENT:?}"
            ))),
        }
    }
}

impl fmt::Display for Minimum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Months(months) if *months == 1.0 => write!(f, "1 month"),
            Self::Months(months) => write!(f, "{months} months"),
            Self::Permanent => write!(f, "{PERMANENT}"),
        }
    }
}

/// Which way the movers that a reporter counts go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// The reporter is their destination.
    Immigration,
    /// The reporter is their origin.
    Emigration,
}

impl Direction {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Immigration => "immigration",
            Self::Emigration => "emigration",
        }
    }
}

impl FromStr for Direction {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "immigration" => Ok(Self::Immigration),
            "emigration" => Ok(Self::Emigration),
            other => Err(Error::Code(format!(
                "direction {other:?}: expected \"immigration\" (the reporter is the destination) or \"emigration\" (it \
                 is the origin){}",
                near(other, &["immigration", "emigration"])
            ))),
        }
    }
}

/// Whose figures they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Publisher {
    /// Those that offices send to Eurostat, from 2008 on by Regulation (EC) 862/2007.
    Eurostat,
    /// Those that a national office prints by its own rules, and whoever takes them from there.
    National,
}

impl Publisher {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eurostat => "Eurostat",
            Self::National => "national",
        }
    }
}

impl FromStr for Publisher {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.to_lowercase().as_str() {
            "eurostat" => Ok(Self::Eurostat),
            "national" => Ok(Self::National),
            _ => Err(Error::Code(format!("publisher {text:?}: expected \"Eurostat\" or \"national\""))),
        }
    }
}

/// The ways in which a stay may be known: `either` where a rule takes actual and expected stays.
pub const STAYS: [&str; 3] = ["actual", "intended", "either"];

/// One rule, for one direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Regime {
    /// Code of the area whose statistics they are.
    pub reporter: String,
    /// Which way.
    pub direction: Direction,
    /// Whose figures; none: whoever prints them.
    pub publisher: Option<Publisher>,
    /// When movements were counted so; the end may be beyond all dates.
    pub period: Period,
    /// The rule.
    pub minimum: Minimum,
    /// One of [`STAYS`], or empty where that is not known.
    pub stay: String,
    /// Months in which the stay is added up, where that is not its own length.
    pub window: Option<f64>,
    /// Who says so.
    pub source: String,
}

/// The end of a rule that is still in force.
pub const OPEN: i32 = i32::MAX;

static KNOWN: LazyLock<Vec<Regime>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for [reporter, publisher, from, to, immigration, emigration, stay, window, source] in
        rows(include_str!("tables/duration_criteria.csv"))
    {
        let period = span(&from, &to).expect("periods of the table");
        for (direction, minimum) in [(Direction::Immigration, immigration), (Direction::Emigration, emigration)] {
            if minimum.is_empty() {
                continue;
            }
            all.push(Regime {
                reporter: reporter.clone(),
                direction,
                publisher: publisher.parse().ok(),
                period,
                minimum: minimum.parse().expect("a minimum stay"),
                stay: stay.clone(),
                window: window.parse().ok(),
                source: source.clone(),
            });
        }
    }
    all
});

/// The rules that are known, by reporter, publisher and time.
pub fn known() -> &'static [Regime] {
    &KNOWN
}

/// From the first day of a label to the last of another; an empty label leaves that end open.
pub fn span(from: &str, to: &str) -> Result<Period, Error> {
    let start = if from.trim().is_empty() { i32::MIN } else { period::parse(from)?.start };
    let end = if to.trim().is_empty() { OPEN } else { period::parse(to)?.end };
    if end <= start {
        return Err(Error::Code(format!("from {from} to {to}: the end is before the beginning")));
    }
    Ok(Period { start, end })
}

/// The last year or day that a rule was in force: `2006`, `2006-06-30`.
pub fn last_day(regime: &Regime) -> String {
    let (day, end) = (regime.period.end - 1, regime.period.end);
    let year = period::year(period::start_year(Period { start: day, end }));
    match year {
        Ok(year) if year.end == end => period::label(year),
        _ => period::label(Period { start: day, end: day }),
    }
}

/// The first year or day that a rule was in force: `2007`, `2006-07-01`.
pub fn first_day(regime: &Regime) -> String {
    let day = regime.period.start;
    match period::year(period::start_year(Period { start: day, end: day })) {
        Ok(year) if year.start == day => period::label(year),
        _ => period::label(Period { start: day, end: day }),
    }
}

/// The rule that a reporter's figures of a period go by; else why none can be named.
///
/// ```
/// use migstat::codes::duration::{Direction, Minimum, Publisher, criterion, known};
/// use migstat::codes::period;
/// let of = |year| criterion(known(), "AUT", Direction::Immigration, Publisher::Eurostat, period::year(year).unwrap());
/// assert_eq!(of(2006).unwrap().minimum, Minimum::Months(3.0));
/// assert_eq!(of(2007).unwrap().minimum, Minimum::Months(12.0));
/// ```
pub fn criterion<'a>(
    regimes: &'a [Regime],
    reporter: &str,
    direction: Direction,
    publisher: Publisher,
    when: Period,
) -> Result<&'a Regime, String> {
    let who = format!("{} of {reporter}", direction.name());
    let all: Vec<&Regime> =
        regimes.iter().filter(|one| one.reporter == reporter && one.direction == direction).collect();
    if all.is_empty() {
        return Err(format!("no criterion is known for {who}"));
    }
    let mine: Vec<&Regime> =
        all.into_iter().filter(|one| one.publisher.is_none_or(|theirs| theirs == publisher)).collect();
    if mine.is_empty() {
        return Err(format!("no criterion is known for {who} in {} figures", publisher.name()));
    }
    let end = when.end.max(when.start.saturating_add(1));
    let common = |one: &Regime| i64::from(one.period.end.min(end)) - i64::from(one.period.start.max(when.start));
    let mut here: Vec<&Regime> = mine.iter().filter(|one| common(one) > 0).copied().collect();
    here.sort_by_key(|one| one.period.start);
    let label = period::label(when);
    let Some(first) = here.first() else {
        let spans: Vec<String> = mine.iter().map(|one| said(one)).collect();
        return Err(format!(
            "no criterion is known for {who} in {label} in {} figures, only {}",
            publisher.name(),
            spans.join(", ")
        ));
    };
    if here.iter().any(|one| one.minimum != first.minimum) {
        let rules: Vec<String> = here.iter().map(|one| format!("{} {}", one.minimum, said(one))).collect();
        return Err(format!("the criterion for {who} changes within {label}: {}", rules.join(", ")));
    }
    if here.iter().map(|one| common(one)).sum::<i64>() < i64::from(end) - i64::from(when.start) {
        return Err(format!("the criterion for {who} is known for a part of {label} only: {}", said(first)));
    }
    Ok(here[here.len() - 1])
}

/// When a rule is in force, in words.
fn said(one: &Regime) -> String {
    match (one.period.start == i32::MIN, one.period.end == OPEN) {
        (true, true) => "always".to_owned(),
        (true, false) => format!("to {}", last_day(one)),
        (false, true) => format!("from {}", first_day(one)),
        (false, false) => format!("{} to {}", first_day(one), last_day(one)),
    }
}

/// Refuses two rules for the same figures.
///
/// # Errors
/// [`Error::Schema`] naming both.
pub fn check_overlaps(regimes: &[Regime]) -> Result<(), Error> {
    for (at, one) in regimes.iter().enumerate() {
        let same = |other: &&Regime| {
            (&one.reporter, one.direction) == (&other.reporter, other.direction)
                && (one.publisher.is_none() || other.publisher.is_none() || one.publisher == other.publisher)
                && one.period.start < other.period.end
                && other.period.start < one.period.end
        };
        if let Some(other) = regimes[at + 1..].iter().find(same) {
            return Err(Error::Schema(format!(
                "criteria: two rules for {} of {}, {} {} and {} {}: let the first end before the second begins",
                one.direction.name(),
                one.reporter,
                one.minimum,
                said(one),
                other.minimum,
                said(other)
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::area;

    fn of(reporter: &str, direction: Direction, publisher: Publisher, when: &str) -> Result<Minimum, String> {
        let when = period::parse(when).unwrap();
        criterion(known(), reporter, direction, publisher, when).map(|regime| regime.minimum)
    }

    #[test]
    fn the_table_is_sound() {
        check_overlaps(known()).unwrap();
        for one in known() {
            assert_eq!(area::get(&one.reporter).map(|area| area.kind), Some(area::Kind::Country), "{}", one.reporter);
            assert!(one.stay.is_empty() || STAYS.contains(&one.stay.as_str()), "{}: {}", one.reporter, one.stay);
            assert!(!one.source.is_empty() && one.period.start > i32::MIN, "{}", one.reporter);
            if let (Minimum::Months(months), Some(window)) = (one.minimum, one.window) {
                assert!(months <= window, "{}: {months} months within {window}", one.reporter);
            }
        }
        // Every publisher in the file has been read as one.
        for [reporter, publisher, ..] in rows::<9>(include_str!("tables/duration_criteria.csv")) {
            assert!(publisher.is_empty() || publisher.parse::<Publisher>().is_ok(), "{reporter}: {publisher}");
        }
    }

    #[test]
    fn rules_change_and_are_a_publishers() {
        use {Direction::*, Publisher::*};
        assert_eq!(of("AUT", Immigration, Eurostat, "2006"), Ok(Minimum::Months(3.0)));
        assert_eq!(of("AUT", Immigration, Eurostat, "2007"), Ok(Minimum::Months(12.0)));
        assert_eq!(of("AUT", Immigration, National, "2007"), Ok(Minimum::Months(3.0)));
        assert_eq!(of("NLD", Emigration, Eurostat, "2008"), Ok(Minimum::Months(8.0)));
        assert_eq!(of("POL", Emigration, Eurostat, "2008"), Ok(Minimum::Permanent));
        assert_eq!(of("USA", Immigration, National, "1996"), Ok(Minimum::Permanent));
        // One rule followed another of the same length.
        assert_eq!(of("AUS", Immigration, National, "2006"), Ok(Minimum::Months(12.0)));
    }

    #[test]
    fn what_is_not_known_says_why() {
        use {Direction::*, Publisher::*};
        for (reporter, direction, publisher, when, says) in [
            ("FRA", Emigration, National, "1996", "no criterion is known for emigration of FRA in national figures"),
            ("NPL", Emigration, National, "1996", "no criterion is known for emigration of NPL"),
            (
                "AUT",
                Immigration,
                Eurostat,
                "1998",
                "no criterion is known for immigration of AUT in 1998 in Eurostat figures, only 2002 to 2006, from 2007",
            ),
            (
                "AUT",
                Immigration,
                Eurostat,
                "2006-07-01/2007-06-30",
                "the criterion for immigration of AUT changes within 2006-07-01/2007-06-30: 3 months 2002 to 2006, 12 \
                 months from 2007",
            ),
            (
                "AUS",
                Immigration,
                National,
                "2001",
                "the criterion for immigration of AUS is known for a part of 2001 only: 2001-07-01 to 2006-06-30",
            ),
        ] {
            assert_eq!(of(reporter, direction, publisher, when), Err(says.to_owned()));
        }
    }

    #[test]
    fn a_minimum_is_months_or_permanent() {
        assert_eq!("1.25".parse::<Minimum>().unwrap().to_string(), "1.25 months");
        assert_eq!(" Permanent ".parse::<Minimum>().unwrap(), Minimum::Permanent);
        for wrong in ["", "-3", "inf", "NaN", "a year"] {
            let text = wrong.parse::<Minimum>().unwrap_err().to_string();
            assert!(text.contains("expected months, a number of at least 0"), "{text}");
        }
    }
}
