//! What stands in the label of a year, month or day whose months have names of their own.

use std::sync::LazyLock;

use super::super::super::sex::rows;
use super::{digits, four_digits, whole_number};

/// Calendar, name of a month in lower case, month; long names first, because they may hold short ones.
static NAMES: LazyLock<Vec<(String, String, u32)>> = LazyLock::new(|| {
    let row = |[calendar, label, month, _]: [String; 4]| {
        (calendar, label.to_lowercase(), month.parse().expect("a month in month_labels.csv"))
    };
    let mut all: Vec<_> = rows(include_str!("../../tables/month_labels.csv")).into_iter().map(row).collect();
    all.sort_by_key(|(_, label, _)| std::cmp::Reverse(label.len()));
    all
});

/// The month that is named in a text, and the text without its name.
pub fn named_month(calendar: &str, text: &str) -> Option<(u32, String)> {
    let lower = text.to_lowercase().replace(['\u{2018}', '\u{2019}', '\u{2bf}', '\u{2be}'], "'");
    let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphabetic() && c != '\u{94d}');
    NAMES.iter().filter(|(of, _, _)| of == calendar).find_map(|(_, name, month)| {
        let at = lower.find(name.as_str())?;
        let (before, after) = (&lower[..at], &lower[at + name.len()..]);
        let alone = outside(before.chars().next_back()) && outside(after.chars().next());
        alone.then(|| (*month, format!("{before} {after}")))
    })
}

/// A year, and where they are said the month and the day in it; or the month of a year that begins in one and ends in
/// the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The year, or the first of two.
    pub year: i32,
    /// Whether the next year stands beside it, as in `Falgun 2079/80`.
    pub pair: bool,
    /// 1 to 12, as far as the label says.
    pub month: Option<u32>,
    /// As the label says.
    pub day: Option<u32>,
}

impl Parts {
    /// `2079`, `2079-11`, `2079M11`, `2079-11-15`, `Falgun 2079`, `15 Falgun 2079`, `2079 Falgun 15`, `Falgun 2079/80`.
    pub fn read(calendar: &str, text: &str) -> Option<Parts> {
        let (named, rest) = match named_month(calendar, text) {
            Some((month, rest)) => (Some(month), rest),
            None => (None, whole_number(text).to_lowercase()),
        };
        let dashed = rest.replace(['\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}', '\u{2212}'], "-");
        let joint = |c: char| c.is_whitespace() || ['-', '/', ',', '.'].contains(&c) || (c == 'm' && named.is_none());
        let words: Vec<&str> = dashed.split(joint).filter(|word| !word.is_empty()).collect();
        let short = |word: &str| digits(word).filter(|_| word.len() <= 2);
        let year = |word: &str| four_digits(word);
        match (named, words.as_slice()) {
            (month, [y]) => Some(Parts { year: year(y)?, pair: false, month, day: None }),
            (None, [y, m]) => Some(Parts { year: year(y)?, pair: false, month: short(m), day: None })
                .filter(|found| found.month.is_some_and(|month| (1..=12).contains(&month)))
                // "2008/09" may be two years.
                .filter(|found| !(dashed.contains('/') && found.month == Some(((found.year + 1) % 100) as u32))),
            (None, [y, m, d]) => {
                Some(Parts { year: year(y)?, pair: false, month: Some(short(m)?), day: Some(short(d)?) })
            }
            (month, [a, b]) => match (year(a), year(b)) {
                (Some(y), None) if dashed.contains(&format!("{a}/{b}")) || dashed.contains(&format!("{a}-{b}")) => {
                    let next = short(b).filter(|_| b.len() == 2)? as i32;
                    (next == (y + 1) % 100).then_some(Parts { year: y, pair: true, month, day: None })
                }
                (Some(y), Some(next)) if next == y + 1 => Some(Parts { year: y, pair: true, month, day: None }),
                (Some(y), None) => Some(Parts { year: y, pair: false, month, day: Some(short(b)?) }),
                (None, Some(y)) => Some(Parts { year: y, pair: false, month, day: Some(short(a)?) }),
                _ => None,
            },
            _ => None,
        }
    }
}
