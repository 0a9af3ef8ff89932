//! The Islamic calendar: by its arithmetical rule, and as the Umm al-Qura calendar of Saudi Arabia has it.

use std::sync::LazyLock;

use chrono::NaiveDate;

use super::super::super::sex::rows;
use super::Period;
use super::parts::Parts;
use crate::Error;

/// Whose months they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Months of 30 and 29 days in turn, eleven leap years in thirty.
    Tabular,
    /// As published in Saudi Arabia.
    UmmAlQura,
}

/// Year, its first day, and the days of its months.
static UMM_AL_QURA: LazyLock<Vec<(i32, i32, Vec<i32>)>> = LazyLock::new(|| {
    let row = |[year, first, months, _]: [String; 4]| {
        let first: NaiveDate = first.parse().expect("a date in umm_al_qura_months.csv");
        let months = months.split(' ').map(|days| days.parse().expect("days of a month")).collect();
        (year.parse().expect("a year"), first.to_epoch_days(), months)
    };
    rows(include_str!("../../tables/umm_al_qura_months.csv")).into_iter().map(row).collect()
});

impl Rule {
    /// The years that labels may be of.
    pub fn years(self) -> std::ops::RangeInclusive<i32> {
        match self {
            Rule::Tabular => 1001..=1600,
            Rule::UmmAlQura => UMM_AL_QURA[0].0..=UMM_AL_QURA[UMM_AL_QURA.len() - 1].0,
        }
    }

    /// The first day of a month; month 13 is the first of the next year.
    fn first_of(self, year: i32, month: u32) -> Option<i32> {
        match self {
            Rule::Tabular if month > 12 => Some(tabular_day(year + 1, 1, 1)),
            Rule::Tabular => Some(tabular_day(year, month as i32, 1)),
            Rule::UmmAlQura => {
                let (_, first, months) = UMM_AL_QURA.iter().find(|(known, _, _)| *known == year)?;
                Some(first + months[..month as usize - 1].iter().sum::<i32>())
            }
        }
    }

    /// The period that a label in figures of ASCII and without a mark of the era names.
    ///
    /// # Errors
    /// [`Error::Code`] saying what the calendar's labels are.
    pub fn read(self, label: &str, text: &str, name: &str) -> Result<Period, Error> {
        let bad = |why: &str| Error::Code(format!("period '{label}' does not fit calendar '{name}': {why}"));
        let expected = "expected a year such as 'AH 1440', a month '1440-09' or 'Ramadan 1440', or a day '1440-09-01'";
        let parts = Parts::read("hijri", text).filter(|parts| !parts.pair).ok_or_else(|| bad(expected))?;
        let (year, years) = (parts.year, self.years());
        if !years.contains(&year) {
            let hint = if (1900..=2100).contains(&year) {
                "; it is Gregorian: declare calendar='gregorian'"
            } else if self == Rule::UmmAlQura && Rule::Tabular.years().contains(&year) {
                ", for which its published tables agree; calendar='hijri' reads others, a day or two off"
            } else {
                ""
            };
            return Err(bad(&format!("its years are {} to {}{hint}", years.start(), years.end())));
        }
        let first = |month| self.first_of(year, month).ok_or_else(|| bad(expected));
        match (parts.month, parts.day) {
            (None, _) => Ok(Period { start: first(1)?, end: first(13)? }),
            (Some(m @ 1..=12), None) => Ok(Period { start: first(m)?, end: first(m + 1)? }),
            (Some(m @ 1..=12), Some(d)) if d > 0 && first(m)? + (d as i32) <= first(m + 1)? => {
                let start = first(m)? + d as i32 - 1;
                Ok(Period { start, end: start + 1 })
            }
            _ => Err(bad(expected)),
        }
    }
}

/// Days since 1970-01-01 of a day of the arithmetical Islamic calendar with the civil epoch.
pub fn tabular_day(year: i32, month: i32, day: i32) -> i32 {
    /// 16 July 622 of the Julian calendar.
    const EPOCH: i32 = -492_148;
    let months = 29 * (month - 1) + month / 2;
    EPOCH - 1 + day + months + (year - 1) * 354 + (3 + 11 * year).div_euclid(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_of_the_islamic_calendar_have_354_or_355_days() {
        for y in Rule::Tabular.years() {
            let length = tabular_day(y + 1, 1, 1) - tabular_day(y, 1, 1);
            let leap = [2, 5, 7, 10, 13, 16, 18, 21, 24, 26, 29].contains(&(y % 30));
            assert_eq!(length, if leap { 355 } else { 354 }, "{y}");
        }
    }

    #[test]
    fn the_table_is_without_gaps_and_near_the_rule() {
        assert_eq!(UMM_AL_QURA.len(), 31);
        for pair in UMM_AL_QURA.windows(2) {
            let length: i32 = pair[0].2.iter().sum();
            assert!(pair[0].2.len() == 12 && pair[0].2.iter().all(|days| *days == 29 || *days == 30));
            assert_eq!((pair[1].0, pair[1].1), (pair[0].0 + 1, pair[0].1 + length));
        }
        for (year, first, _) in UMM_AL_QURA.iter() {
            assert!((first - tabular_day(*year, 1, 1)).abs() <= 2, "{year}");
        }
    }
}
