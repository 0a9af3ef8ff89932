//! Age groups: labels to codes composed as in SDMX (`Y15T24`, `Y_GE65`) and to half-open bounds in completed years.
//!
//! One group has one code: "Under 5", "<5", "0-4" and `Y_LT5` are all `Y0T4`, and "Less than 1" is `Y0`, because two
//! codes for the same persons would split one figure into two keys.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::sex::{fold, rows};
use crate::Error;

/// The highest age that a label may name.
pub const MAX_AGE: u16 = 130;

/// An age group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Age {
    /// `Y15T24` (the last age is included), `Y25` (a single age), `Y_GE65`, `_T` (all ages), `_U` (unknown).
    pub code: String,
    /// The first completed year of age; None for `_T` and `_U`.
    pub from: Option<u16>,
    /// The first completed year of age that is no longer in the group; None where the group is open.
    pub to: Option<u16>,
}

impl Age {
    fn special(code: &str) -> Self {
        Self { code: code.to_owned(), from: None, to: None }
    }

    fn group(from: u16, to: Option<u16>) -> Self {
        let code = match to {
            None => format!("Y_GE{from}"),
            Some(to) if to == from + 1 => format!("Y{from}"),
            Some(to) => format!("Y{from}T{}", to - 1),
        };
        Self { code, from: Some(from), to }
    }
}

/// Folded label -> `_T` or `_U`.
static SPECIAL: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    rows(include_str!("tables/age_labels.csv")).into_iter().map(|[label, code, _source]| (fold(&label), code)).collect()
});

/// The age group that `label` names.
///
/// A second number is the last age included, as publishers print it and SDMX writes it; "15 to under 25" excludes it.
/// Refused with `Error::Code`: what has two readings ("over 65", `Y_OPEN`), reversed bounds, ages above 130, ages in
/// months, weeks or days, and groups that a spreadsheet has turned into dates ("14-Oct" was 10-14).
///
/// ```
/// use migstat::codes::age;
/// let age = age::parse("Aged 15–24 years")?;
/// assert_eq!((age.code.as_str(), age.from, age.to), ("Y15T24", Some(15), Some(25)));
/// # Ok::<(), migstat::Error>(())
/// ```
pub fn parse(label: &str) -> Result<Age, Error> {
    let text = ilostat(label.trim());
    if let Some(code) = SPECIAL.get(&fold(text)) {
        return Ok(Age::special(code));
    }
    let text = plain(text);
    let pieces = pieces(&text);
    let Some((from, to)) = interval(&pieces) else {
        return Err(refusal(label, &pieces));
    };
    if from > u32::from(MAX_AGE) || to.is_some_and(|to| to > u32::from(MAX_AGE) + 1) {
        return Err(Error::Code(format!(
            "age '{label}' is beyond {MAX_AGE} years; years of birth and calendar years are not ages"
        )));
    }
    if to.is_some_and(|to| to <= from) {
        return Err(Error::Code(format!(
            "age '{label}' holds no age: its bounds are reversed or equal; write the lower age first, as in '15-24'"
        )));
    }
    Ok(Age::group(from as u16, to.map(|to| to as u16)))
}

/// The code of half-open bounds.
pub fn code(from: u16, to: Option<u16>) -> String {
    Age::group(from, to).code
}

/// The English label of a code, which `parse` reads back; a text that is no code of ours is returned as it is.
pub fn name(code: &str) -> String {
    match (code, bounds(code)) {
        ("_T", _) => "All ages".to_owned(),
        ("_U", _) => "Unknown age".to_owned(),
        (_, Some((from, None))) => format!("{from} and over"),
        (_, Some((from, Some(to)))) if to == from + 1 => from.to_string(),
        (_, Some((from, Some(to)))) => format!("{from}-{}", to - 1),
        _ => code.to_owned(),
    }
}

/// The half-open bounds of a code as this module writes it; None for `_T`, `_U` and what is no code.
pub fn bounds(code: &str) -> Option<(u16, Option<u16>)> {
    let rest = code.strip_prefix('Y')?;
    let (from, to) = if let Some(from) = rest.strip_prefix("_GE") {
        (number(from)?, None)
    } else if let Some((from, last)) = rest.split_once('T') {
        (number(from)?, Some(number(last)? + 1))
    } else {
        let from = number(rest)?;
        (from, Some(from + 1))
    };
    // Written back, so that `Y015`, `Y15T15` and `Y24T15` are not codes.
    (to.is_none_or(|to| to > from) && Age::group(from, to).code == code).then_some((from, to))
}

/// Whether the group of code `a` includes all ages of `b` and more. `_T` contains every code but itself, `_U` none.
pub fn contains(a: &str, b: &str) -> bool {
    match (a, bounds(a), bounds(b)) {
        ("_T", _, inner) => b == "_U" || inner.is_some(),
        (_, Some(outer), Some(inner)) => outer != inner && outer.0 <= inner.0 && end(inner) <= end(outer),
        _ => false,
    }
}

/// Open groups end after every closed one.
fn end(bounds: (u16, Option<u16>)) -> u16 {
    bounds.1.unwrap_or(u16::MAX)
}

fn number(text: &str) -> Option<u16> {
    let digits = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|n| digits && *n <= MAX_AGE)
}

/// ILOSTAT writes the kind of grouping before the group: `AGE_10YRBANDS_Y15-24`, `AGE_YTHADULT_YGE15`.
fn ilostat(text: &str) -> &str {
    match (text.strip_prefix("AGE_"), text.rsplit_once('_')) {
        (Some(_), Some((_, last))) if last.starts_with('Y') || last == "TOTAL" => last,
        _ => text,
    }
}

/// In lower case, with the digits of Nepali and Arabic offices as ours and without the marks that turn the direction of
/// writing. The French "d'" before a number says nothing, and "fino a" is one word in three of our languages.
fn plain(text: &str) -> String {
    let digit = |c: char| match c {
        '\u{660}'..='\u{669}' => c as u32 - 0x660,
        '\u{6f0}'..='\u{6f9}' => c as u32 - 0x6f0,
        '\u{966}'..='\u{96f}' => c as u32 - 0x966,
        _ => 10,
    };
    let ours = |c: char| char::from_digit(digit(c), 10).unwrap_or(c);
    let turned =
        |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}');
    let text: String = text.nfc().filter(|c| !turned(c)).map(ours).collect::<String>().to_lowercase();
    text.replace("d\u{2019}", "").replace("d'", "").replace("fino a ", "<=")
}

/// Words of other languages, and the English word or sign that each stands for; the empty text says nothing.
const WORDS: [(&str, &str); 16] = [
    ("año años ano anos edad de idade anno anni età da di", ""), // Spanish, Portuguese, Italian
    ("an ans âge âgés âgées jahr jahre jahren alter von år ålder", ""), // French, German, Swedish
    ("वर्ष उमेर सोभन्दा", ""),
    ("سنة سنوات عام من", ""),
    ("a à bis till देखि إلى الى", "to"),
    ("e et und u och र", "and"),
    ("ou oder eller वा أو", "or"),
    ("más mas mais più mehr mer أكثر اكثر", "more"),
    ("oltre über över माथि فوق", "over"),
    ("älter äldre", "older"),
    ("menos menor menores moins meno unter أقل اقل", "under"),
    ("jünger yngre", "younger"),
    ("als än", "than"),
    ("hasta", "<="),
    ("ab", ">="),
    ("فأكثر فاكثر وأكثر", "plus"),
];

/// A word as English has it.
fn english(word: &str) -> Option<&str> {
    let found = WORDS.iter().find(|(words, _)| words.split(' ').any(|one| one == word));
    found.map_or(Some(word), |(_, english)| (!english.is_empty()).then_some(*english))
}

/// Letters, and the marks without which Devanagari falls apart.
fn letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{93c}' | '\u{94d}' | '\u{200c}' | '\u{200d}')
}

/// What a label is made of: numbers, and lower-case words or signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    N(u32),
    W(&'a str),
}

/// The pieces of a lower-case label, without what changes nothing: blanks, commas, brackets, "aged", "years", the `y`
/// of SDMX. Every dash is "-", an underscore between two numbers too.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    const NOISE: [&str; 13] =
        ["aged", "age", "ages", "group", "year", "years", "yr", "yrs", "y", "o", "old", "of", "completed"];
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '0'..='9' => run(rest, |c| c.is_ascii_digit()),
            c if letter(c) => run(rest, letter),
            '<' | '>' if rest[1..].starts_with('=') => 2,
            c => c.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        match c {
            '0'..='9' => {
                out.push(Piece::N(piece.parse().unwrap_or(u32::MAX)));
                // A column of single ages with gaps reaches us as floats: "25.0".
                if let Some(decimals) = rest.strip_prefix('.') {
                    let zeros = run(decimals, |c| c == '0');
                    if zeros > 0 && !decimals[zeros..].starts_with(|c: char| c.is_ascii_digit()) {
                        rest = &decimals[zeros..];
                    } else if decimals.starts_with(|c: char| c.is_ascii_digit()) {
                        out.push(Piece::W("."));
                    }
                }
            }
            '_' if matches!(out.last(), Some(Piece::N(_))) && rest.starts_with(|c: char| c.is_ascii_digit()) => {
                out.push(Piece::W("-"));
            }
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => out.push(Piece::W("-")),
            '&' => out.push(Piece::W("and")),
            '_' | '.' | ',' | ':' | '(' | ')' => {}
            c if c.is_whitespace() || NOISE.contains(&piece) => {}
            _ => out.extend(english(piece).map(Piece::W)),
        }
    }
    out
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// Half-open bounds in whole years; None where the pieces are no age group.
fn interval(pieces: &[Piece<'_>]) -> Option<(u32, Option<u32>)> {
    use Piece::{N, W};
    let next = |n: u32| n.saturating_add(1);
    Some(match *pieces {
        [N(age)] => (age, Some(next(age))),
        [N(from), W("-" | "t" | "to" | "through"), N(last)] | [W("from"), N(from), W("-" | "to"), N(last)] => {
            (from, Some(next(last)))
        }
        [N(from), W("-" | "to"), W("<" | "under" | "below"), N(to)]
        | [N(from), W("-" | "to"), W("less"), W("than"), N(to)] => (from, Some(to)),
        // Between a number and "more" the "y" and the "o" of Spanish and Italian are gone with those of "y.o.".
        [N(from), W("+" | "plus" | "more" | "older")]
        | [N(from), W("and" | "or"), W("over" | "above" | "older" | "more" | "up" | "upwards" | "plus" | "+")]
        | [W(">=" | "\u{2265}" | "ge" | "yge"), N(from)]
        | [W("at"), W("least"), N(from)] => (from, None),
        [W(">"), N(below)] => (next(below), None),
        [W("<" | "under" | "below" | "lt" | "ylt"), N(to)] | [W("less" | "younger"), W("than"), N(to)] => (0, Some(to)),
        [N(last), W("and" | "or"), W("under" | "below" | "younger" | "less")]
        | [W("<=" | "\u{2264}"), N(last)]
        | [W("at"), W("most"), N(last)] => (0, Some(next(last))),
        _ => return None,
    })
}

/// Why pieces that are no age group are refused: the cases met in real tables, each with what to do about it.
fn refusal(label: &str, pieces: &[Piece<'_>]) -> Error {
    use Piece::{N, W};
    let word = |known: &[&str]| pieces.iter().any(|p| matches!(p, W(w) if known.contains(w)));
    let why = match *pieces {
        [W("over" | "above" | "more" | "plus"), N(age)]
        | [N(age), W("over" | "above")]
        | [W("older" | "more"), W("than"), N(age)] => {
            format!("may or may not include age {age}; write '{age}+' or '>{age}'")
        }
        [W("open")] => "is an open group that does not say where it begins; write it as in 'Y_GE85'".to_owned(),
        [N(1000..), W("-"), N(_), W("-"), N(_)] => SPREADSHEET.to_owned(),
        _ if word(&MONTH_NAMES) => SPREADSHEET.to_owned(),
        _ if word(&UNITS) => {
            "is not in years; ages are held in completed years, so give 'Y0' for the first year of life".to_owned()
        }
        _ => "is not understood; expected an age group such as '15-24', '65+', 'under 15', '25', 'Y15T24', 'total' or \
              'unknown'"
            .to_owned(),
    };
    Error::Code(format!("age '{label}' {why}"))
}

const SPREADSHEET: &str =
    "is a date: a spreadsheet has turned an age group into it, as '10-14' into '14-Oct'; restore the group";

const UNITS: [&str; 22] = [
    "month",
    "months",
    "week",
    "weeks",
    "day",
    "days",
    "hour",
    "hours",
    "mes",
    "meses",
    "semanas",
    "mois",
    "semaines",
    "jours",
    "monat",
    "monate",
    "monaten",
    "wochen",
    "tage",
    "mesi",
    "månader",
    "महिना",
];

const MONTH_NAMES: [&str; 13] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn code_of(label: &str) -> String {
        parse(label).unwrap_or_else(|e| panic!("{label:?}: {e}")).code
    }

    fn refused(label: &str) -> String {
        match parse(label) {
            Err(Error::Code(message)) => message,
            other => panic!("{label:?}: {other:?}"),
        }
    }

    #[test]
    fn the_table_is_sound() {
        let mut seen = HashSet::new();
        for [label, special, source] in rows::<3>(include_str!("tables/age_labels.csv")) {
            assert!(seen.insert(fold(&label)), "{label} is there twice");
            assert!(["_T", "_U"].contains(&special.as_str()), "{label} has the unknown code {special}");
            assert!(!source.is_empty(), "{label} has no source");
            assert_eq!(code_of(&label), special);
        }
    }

    #[test]
    fn labels_as_they_are_printed() {
        for (expected, labels) in [
            (
                "Y15T24",
                &[
                    "15-24",
                    "15–24",
                    "15—24",
                    "15−24",
                    "15 - 24",
                    "15\u{a0}–\u{a0}24",
                    "15 to 24",
                    "15 TO 24 YEARS",
                    "15-24 years",
                    "15-24 yrs",
                    "15-24 y.o.",
                    "15-24 years old",
                    "15-24 years of age",
                    "15_24",
                    "Aged 15-24",
                    "aged 15 to 24 years",
                    "Ages 15–24",
                    "Age group: 15-24",
                    "From 15 to 24 years",
                    "15 to under 25",
                    "15-<25",
                    "Y15T24",
                    "y15t24",
                    "Y15-24",
                    "Y_15-24",
                    "AGE_10YRBANDS_Y15-24",
                ][..],
            ),
            (
                "Y_GE65",
                &[
                    "65+",
                    "65 +",
                    "65 and over",
                    "65 & over",
                    "65 and above",
                    "65 years and older",
                    "65 years or over",
                    "65 or more",
                    "65 years and up",
                    "65plus",
                    "65 plus",
                    "65+ years",
                    "aged 65 and over",
                    "65_and_over",
                    ">=65",
                    "≥ 65",
                    ">64",
                    "at least 65",
                    "Y_GE65",
                    "YGE65",
                    "Y65+",
                    "AGE_YTHADULT_YGE65",
                ],
            ),
            (
                "Y0T14",
                &[
                    "Under 15",
                    "<15",
                    "< 15",
                    "Less than 15 years",
                    "below 15",
                    "younger than 15",
                    "Y_LT15",
                    "14 and under",
                    "<=14",
                    "≤14",
                    "0-14",
                    "0-14.0",
                ],
            ),
            ("Y0T4", &["Under 5", "<5", "0-4", "0 - 4", "00-04", "Y_LT5", "Y0T4"]),
            ("Y0", &["Less than 1", "Under 1", "<1", "Y_LT1", "0", "0.0", "Y0", "0-0"]),
            ("Y5T9", &["5-9", "05-09", "5 to 9 years"]),
            ("Y25", &["25", "25.0", "Y25", "25 years", "Aged 25", "25-25"]),
            ("Y_GE75", &["75 or more", "75+"]),
            ("Y_GE80", &["80plus", "80 +", "80+"]),
            ("Y_GE100", &["Y_GE100", "100+", "100 years and over"]),
            ("_T", &["All ages", "Total", "TOTAL", "_T", "TOT", "AGE_AGGREGATE_TOTAL"]),
            ("_U", &["Unknown", "UNK", "Not stated", "Age not stated", "_U", "unknown age"]),
        ] {
            for label in labels {
                assert_eq!(code_of(label), expected, "{label:?}");
            }
        }
    }

    #[test]
    fn labels_in_other_languages() {
        for (expected, labels) in [
            (
                "Y15T24",
                &[
                    "De 15 a 24 años",
                    "15 à 24 ans",
                    "De 15 à 24 ans",
                    "15 bis 24 Jahre",
                    "15 bis unter 25 Jahre",
                    "15-24 år",
                    "da 15 a 24 anni",
                    "15-24 anni",
                    "De 15 a 24 anos",
                    "15 - 24 anos",
                    "१५-२४ वर्ष",
                    "١٥ - ٢٤ سنة",
                    "من 15 إلى 24 سنة",
                ][..],
            ),
            (
                "Y_GE65",
                &[
                    "65 y más años",
                    "65 años y más",
                    "65 años o más",
                    "65 ans et plus",
                    "65 ans ou plus",
                    "65 ans et +",
                    "65 Jahre und älter",
                    "65 Jahre und mehr",
                    "ab 65 Jahren",
                    "65 år och äldre",
                    "65+ år",
                    "65 anni e più",
                    "65 anni e oltre",
                    "65 e oltre",
                    "65 anos e mais",
                    "65 anos ou mais",
                    "65 e mais anos",
                    "६५ वर्ष र सोभन्दा माथि",
                    "65 سنة فأكثر",
                    "٦٥ فأكثر",
                ],
            ),
            (
                "Y0T4",
                &[
                    "Menos de 5 años",
                    "Menores de 5 años",
                    "Hasta 4 años",
                    "Moins de 5 ans",
                    "unter 5 Jahren",
                    "under 5 år",
                    "meno di 5 anni",
                    "fino a 4 anni",
                    "menos de 5 anos",
                    "أقل من 5 سنوات",
                ],
            ),
            ("Y0", &["Menos de 1 año", "Moins d'1 an", "unter 1 Jahr", "meno di 1 anno", "menos de 1 ano"]),
            ("_T", &["Todas las edades", "Tous âges", "insgesamt", "totalt ålder", "totale", "जम्मा"]),
        ] {
            for label in labels {
                assert_eq!(code_of(label), expected, "{label:?}");
            }
        }
    }

    #[test]
    fn bounds_are_half_open() {
        let bounds = |label| parse(label).map(|a| (a.from, a.to)).unwrap();
        assert_eq!(bounds("15-24"), (Some(15), Some(25)));
        assert_eq!(bounds("25"), (Some(25), Some(26)));
        assert_eq!(bounds("65+"), (Some(65), None));
        assert_eq!(bounds("Total"), (None, None));
        assert_eq!(bounds("130"), (Some(130), Some(131)));
    }

    #[test]
    fn refusals_say_why() {
        for (label, why) in [
            ("24-15", "reversed"),
            ("<0", "reversed or equal"),
            ("131", "beyond 130"),
            ("15-200", "beyond 130"),
            ("1990-1994", "beyond 130"),
            ("99999999999999999999", "beyond 130"),
            ("6 months", "not in years"),
            ("0-11 months", "not in years"),
            ("<28 days", "not in years"),
            ("14-Oct", "spreadsheet"),
            ("Oct-14", "spreadsheet"),
            ("2024-10-14", "spreadsheet"),
            ("over 65", "may or may not include age 65"),
            ("Older than 65 years", "may or may not include age 65"),
            ("über 65 Jahre", "may or may not include age 65"),
            ("Plus de 65 ans", "may or may not include age 65"),
            ("más de 65 años", "may or may not include age 65"),
            ("bis 17 Jahre", "not understood"),
            ("28 d", "not understood"),
            ("6 meses", "not in years"),
            ("Y_OPEN", "does not say where it begins"),
            ("15-24-34", "not understood"),
            ("15-24, 25-34", "not understood"),
            ("15-", "not understood"),
            ("-5", "not understood"),
            ("+65", "not understood"),
            ("25.5", "not understood"),
            ("5-9²", "not understood"),
            ("15 24", "not understood"),
            ("age_15_24_30", "not understood"),
            ("% 15-24", "not understood"),
            ("Total 15-64", "not understood"),
            ("children", "not understood"),
            ("from 65 years", "not understood"),
            ("", "not understood"),
            ("Y", "not understood"),
        ] {
            let message = refused(label);
            assert!(message.starts_with(&format!("age '{label}'")) && message.contains(why), "{label:?}: {message}");
        }
    }

    #[test]
    fn names_and_bounds_of_codes() {
        for (code, label) in [("Y15T24", "15-24"), ("Y25", "25"), ("Y_GE65", "65 and over"), ("_T", "All ages")] {
            assert_eq!(name(code), label);
        }
        assert_eq!(name("nonsense"), "nonsense");
        assert_eq!(bounds("Y15T24"), Some((15, Some(25))));
        assert_eq!(bounds("Y_GE65"), Some((65, None)));
        for not_ours in
            ["_T", "_U", "Y", "Y015", "Y15T15", "Y24T15", "Y15T131", "Y_LT5", "Y_GE+5", "15-24", "Y1T2T3", ""]
        {
            assert_eq!(bounds(not_ours), None, "{not_ours}");
        }
    }

    #[test]
    fn contains_by_bounds() {
        for (a, b) in [
            ("_T", "_U"),
            ("_T", "Y15T24"),
            ("_T", "Y_GE0"),
            ("Y15T64", "Y15T24"),
            ("Y15T64", "Y64"),
            ("Y_GE15", "Y_GE65"),
            ("Y_GE15", "Y15T130"),
        ] {
            assert!(contains(a, b) && !contains(b, a), "{a} {b}");
        }
        for (a, b) in [("Y15T24", "Y20T29"), ("_U", "Y15"), ("_T", "nonsense"), ("Y_GE0", "_U"), ("Y15", "nonsense")] {
            assert!(!contains(a, b) && !contains(b, a), "{a} {b}");
        }
    }

    fn any_code() -> impl Strategy<Value = String> {
        prop_oneof![
            1 => Just("_T".to_owned()),
            1 => Just("_U".to_owned()),
            2 => (0..=MAX_AGE).prop_map(|from| Age::group(from, None).code),
            6 => (0..=MAX_AGE, 1..=MAX_AGE + 1).prop_map(|(a, b)| Age::group(a.min(b - 1), Some(b.max(a + 1))).code),
        ]
    }

    proptest! {
        #[test]
        fn any_text_is_an_age_or_an_error(label in any::<String>()) {
            if let Ok(age) = parse(&label) {
                prop_assert_eq!(parse(&age.code).unwrap(), age);
            }
        }

        #[test]
        fn text_like_labels_does_not_panic(label in "[0-9]{0,4}(to|-|–|_|\\.| |y|t|ge|<|>=|\\+|plus|years|and|over){0,3}[0-9]{0,3}[²é]?") {
            if let Ok(age) = parse(&label) {
                prop_assert_eq!(parse(&age.code).unwrap(), age);
            }
        }

        #[test]
        fn codes_and_names_are_read_back(code in any_code()) {
            let age = parse(&code).unwrap();
            prop_assert_eq!(&age.code, &code);
            prop_assert_eq!(parse(&name(&code)).unwrap(), age.clone());
            prop_assert_eq!(bounds(&code), age.from.map(|from| (from, age.to)));
        }

        #[test]
        fn contains_is_a_strict_order(a in any_code(), b in any_code(), c in any_code()) {
            prop_assert!(!contains(&a, &a));
            prop_assert!(!(contains(&a, &b) && contains(&b, &a)));
            prop_assert!(!(contains(&a, &b) && contains(&b, &c)) || contains(&a, &c));
        }
    }
}
