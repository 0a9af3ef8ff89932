//! Units of figures: what is counted, ratios that are never added, and money.
//!
//! A printed unit says up to three things, `current US$ million`: the unit, the power of ten that figures are printed in,
//! and the prices. What may be several currencies is decided by the area whose money it is, or refused.

use std::sync::LazyLock;

use super::area;
use super::sex::rows;
use crate::Error;
use crate::error::near;

/// What figures of a unit are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole things, which can be added.
    Count,
    /// One figure by another: never added.
    Ratio,
    /// An amount of a currency of ISO 4217.
    Money,
}

/// A unit that a definition may state.
#[derive(Clone, Debug)]
pub struct Unit {
    /// `persons`, `percent`, `USD`.
    pub code: String,
    /// What its figures are.
    pub kind: Kind,
    /// In words.
    pub label: String,
    /// Who says so.
    pub source: String,
}

static UNITS: LazyLock<Vec<Unit>> = LazyLock::new(|| {
    let unit = |[code, kind, label, source]: [String; 4]| {
        let kind = if kind == "ratio" { Kind::Ratio } else { Kind::Count };
        Unit { code, kind, label, source }
    };
    let currency = |[code, name, until, source]: [String; 4]| {
        let label = if until.is_empty() { name } else { format!("{name} (until {until})") };
        Unit { code, kind: Kind::Money, label, source }
    };
    let counts = rows(include_str!("tables/units.csv")).into_iter().map(unit);
    counts.chain(rows(include_str!("tables/currencies.csv")).into_iter().map(currency)).collect()
});

/// Label in lower case -> units that it may be; an empty one says nothing about the unit.
static LABELS: LazyLock<Vec<(String, Vec<String>)>> = LazyLock::new(|| {
    let row = |[label, units, _]: [String; 3]| (label, units.split(' ').map(str::to_owned).collect());
    let units = rows(include_str!("tables/unit_labels.csv")).into_iter().map(row);
    units.chain(rows(include_str!("tables/currency_labels.csv")).into_iter().map(row)).collect()
});

/// All units.
pub fn all() -> &'static [Unit] {
    &UNITS
}

/// The unit of a code.
pub fn get(code: &str) -> Option<&'static Unit> {
    UNITS.iter().find(|unit| unit.code == code)
}

/// What figures of a unit are; what is not listed is counted.
pub fn kind(code: &str) -> Kind {
    get(code).map_or(Kind::Count, |unit| unit.kind)
}

/// What a printed unit says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// The unit; none where only the power of ten is said.
    pub unit: Option<String>,
    /// The power of ten that figures are printed in: 6 for millions.
    pub shift: i32,
    /// `current` or `constant 2015`, where said.
    pub price_base: Option<String>,
}

/// Words for powers of ten.
const POWERS: [(&str, i32); 24] = [
    ("thousand", 3),
    ("thousands", 3),
    ("thous.", 3),
    ("'000", 3),
    ("'000s", 3),
    ("000", 3),
    ("000s", 3),
    ("000's", 3),
    ("million", 6),
    ("millions", 6),
    ("mn", 6),
    ("mn.", 6),
    ("mln", 6),
    ("mil.", 6),
    ("mio", 6),
    ("billion", 9),
    ("billions", 9),
    ("bn", 9),
    ("bln", 9),
    ("trillion", 12),
    ("lakh", 5),
    ("lakhs", 5),
    ("crore", 7),
    ("crores", 7),
];

/// Reads a unit as it is printed; `area` is the code of the area whose money it is, where that is known.
///
/// ```
/// use migstat::codes::unit;
/// let printed = unit::parse("current US$ million", None)?;
/// assert_eq!((printed.unit.as_deref(), printed.shift), (Some("USD"), 6));
/// assert_eq!(unit::parse("Rs. crore", Some("IND"))?.unit.as_deref(), Some("INR"));
/// # Ok::<(), migstat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Code`] for what is no unit, and for a name that several currencies have.
pub fn parse(label: &str, area: Option<&str>) -> Result<Printed, Error> {
    let lower =
        label.trim().to_lowercase().replace(['\u{2018}', '\u{2019}', '`'], "'").replace(['(', ')', '[', ']'], " ");
    let text = without_marks(&lower);
    if let Some(found) = named(label, &text, area)? {
        return Ok(found);
    }
    let mut out = Printed::default();
    let mut rest: Vec<String> = Vec::new();
    let spaced = separated(&text);
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let mut scaled = false;
    while at < words.len() {
        let word = words[at].trim_end_matches(',');
        let year = |at: usize| words.get(at).map(|w| w.trim_matches(',')).filter(|w| is_year(w));
        if let Some((_, power)) = POWERS.iter().find(|(name, _)| *name == word || *name == word.trim_end_matches('.')) {
            // "hundred thousand" is not printed, but "ten million" is.
            out.shift += power;
            scaled = true;
        } else if word == "ten" || word == "hundred" {
            out.shift += if word == "ten" { 1 } else { 2 };
            scaled = true;
        } else if word == "current" || word == "nominal" {
            out.price_base = Some("current".to_owned());
        } else if let (true, Some(base)) = (word == "constant" || word == "real", year(at + 1)) {
            out.price_base = Some(format!("constant {base}"));
            at += 1;
        } else if let (true, Some("prices")) = (is_year(word), words.get(at + 1).copied()) {
            out.price_base = Some(format!("constant {word}"));
        } else if !["prices", "at", "in", "of", "the", "and"].contains(&word) {
            rest.push(word.to_owned());
        }
        at += 1;
    }
    let rest = rest.join(" ");
    if rest.is_empty() && (scaled || out.price_base.is_some()) {
        return Ok(out);
    }
    match named(label, &rest, area)? {
        Some(found) => Ok(Printed { unit: found.unit, ..out }),
        None => Err(unknown(label)),
    }
}

fn is_year(word: &str) -> bool {
    word.len() == 4
        && word.bytes().all(|byte| byte.is_ascii_digit())
        && (word.starts_with("19") || word.starts_with("20"))
}

/// Without "in", "unit:" and commas between digits, and with single spaces.
fn without_marks(lower: &str) -> String {
    let mut text = lower.split_whitespace().collect::<Vec<_>>().join(" ");
    for lead in ["unit of measure:", "unit:", "unit =", "in "] {
        if let Some(rest) = text.strip_prefix(lead) {
            text = rest.trim().to_owned();
        }
    }
    // "per 1,000" and "per 100 000"
    let chars: Vec<char> = text.chars().collect();
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let joint = |at: usize| {
        [',', ' ', '\u{a0}', '\u{202f}'].contains(&chars[at])
            && at > 0
            && digit(at - 1)
            && (1..=3).all(|next| digit(at + next))
            && !digit(at + 4)
    };
    (0..chars.len()).filter(|at| !joint(*at)).map(|at| chars[at]).collect()
}

/// With a space between what is printed in one word: "us$million", "us$m" stays, "usdmn".
fn separated(text: &str) -> String {
    let mut out = text.replace("'000", " '000 ").replace("' 000", " '000 ").replace('\u{20ac}', " \u{20ac} ");
    for sign in ["$", "\u{20b9}", "\u{a3}", "\u{a5}"] {
        out = out.replace(sign, &format!("{sign} "));
    }
    out.replace(" 's", "'s").replace("'000 s", "'000s").replace('/', " ")
}

/// The unit that a text without powers of ten names.
fn named(label: &str, text: &str, area: Option<&str>) -> Result<Option<Printed>, Error> {
    let text = text.trim_matches([' ', ',', ':', ';']);
    let squeezed = text.replace("$ ", "$");
    let upper = text.to_uppercase();
    // A code of three letters is one only as it is written in ISO 4217: "all" and "try" are words.
    let code = UNITS.iter().find(|unit| match unit.kind {
        Kind::Money => unit.code == upper && label.contains(unit.code.as_str()),
        _ => unit.code == text,
    });
    if let Some(unit) = code {
        return Ok(Some(Printed { unit: Some(unit.code.clone()), ..Printed::default() }));
    }
    let dotless = squeezed.trim_end_matches('.');
    let found = LABELS.iter().find(|(known, _)| *known == squeezed || *known == text || *known == dotless);
    let Some((_, units)) = found else { return Ok(None) };
    let unit = match units.as_slice() {
        [one] if one.is_empty() => None,
        [one] => Some(one.clone()),
        several => Some(own_currency(label, several, area)?),
    };
    Ok(Some(Printed { unit, ..Printed::default() }))
}

/// Of several currencies of one name the one whose code begins as that of the area: INR for India.
fn own_currency(label: &str, several: &[String], area: Option<&str>) -> Result<String, Error> {
    let alpha2 = area.and_then(area::get).map(|area| area.alpha2).filter(|alpha2| !alpha2.is_empty());
    let own: Vec<&String> = several.iter().filter(|code| alpha2.is_some_and(|two| code.starts_with(two))).collect();
    if let [one] = own.as_slice() {
        return Ok((*one).clone());
    }
    let whose = area.map_or_else(String::new, |area| format!(" (none of them is only of {area})"));
    Err(Error::Code(format!(
        "unit {label:?} may be {}{whose}: write the code of the currency instead, as in \"{} million\"",
        several.join(", "),
        several[0]
    )))
}

fn unknown(label: &str) -> Error {
    let codes: Vec<&str> = UNITS.iter().map(|unit| unit.code.as_str()).collect();
    let counted = UNITS.iter().filter(|unit| unit.kind != Kind::Money).map(|unit| unit.code.as_str());
    let word = label.split_whitespace().next().unwrap_or_default();
    let near = if word.len() > 2 { near(word, &codes) } else { String::new() };
    Error::Code(format!(
        "unit {label:?} is not known{near}; expected one of {}, or a currency of ISO 4217 such as \"USD\", with or without a \
         power of ten, \"US$ million\"",
        counted.collect::<Vec<_>>().join(", ")
    ))
}

/// Verifies a unit that a definition states.
///
/// # Errors
/// [`Error::Code`] for one that is not listed, with what it may have meant.
pub fn check(unit: &str) -> Result<&'static Unit, Error> {
    if let Some(known) = get(unit) {
        return Ok(known);
    }
    match parse(unit, None) {
        Ok(Printed { unit: Some(code), shift, .. }) => {
            let also = if shift == 0 { String::new() } else { format!(" and multiplier=1e{shift}") };
            Err(Error::Code(format!("unit {unit:?} is a label; in a definition it is unit={code:?}{also}")))
        }
        Ok(_) => Err(unknown(unit)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn read(label: &str) -> (String, i32) {
        let found = parse(label, None).unwrap_or_else(|error| panic!("{error}"));
        (found.unit.unwrap_or_default(), found.shift)
    }

    #[test]
    fn the_tables_are_sound() {
        let mut seen = HashSet::new();
        for unit in all() {
            assert!(seen.insert(&unit.code) && !unit.label.is_empty() && !unit.source.is_empty(), "{}", unit.code);
            assert_eq!(read(&unit.code), (unit.code.clone(), 0));
            assert_eq!(unit.kind == Kind::Money, unit.code.len() == 3 && unit.code == unit.code.to_uppercase());
        }
        let mut labels = HashSet::new();
        for (label, units) in LABELS.iter() {
            assert!(labels.insert(label), "{label} is there twice");
            assert_eq!(*label, label.to_lowercase());
            assert!(units.iter().all(|unit| unit.is_empty() || get(unit).is_some()), "{label}");
        }
    }

    #[test]
    fn units_as_they_are_printed() {
        for (label, unit, shift) in [
            ("US$ million", "USD", 6),
            ("US$million", "USD", 6),
            ("(US$ million)", "USD", 6),
            ("million US$", "USD", 6),
            ("US dollars, millions", "USD", 6),
            ("Millions of US dollars", "USD", 6),
            ("USD mn", "USD", 6),
            ("In US$ bn.", "USD", 9),
            ("NPR crore", "NPR", 7),
            ("Taka in crore", "BDT", 7),
            ("NRs. in ten million", "NPR", 7),
            ("₹ lakh", "INR", 5),
            ("€ thousand", "EUR", 3),
            ("in thousands", "", 3),
            ("Thousands", "", 3),
            ("'000", "", 3),
            ("'000 persons", "persons", 3),
            ("Thousand persons", "persons", 3),
            ("Persons", "persons", 0),
            ("Number", "", 0),
            ("number of persons", "persons", 0),
            ("‰", "per_1000", 0),
            ("per 1,000", "per_1000", 0),
            ("per thousand", "per_1000", 0),
            ("per 1 000 population", "per_1000", 0),
            ("per 100,000 inhabitants", "per_100000", 0),
            ("per cent", "percent", 0),
            ("Percent", "percent", 0),
            ("%", "percent", 0),
            ("(%)", "percent", 0),
            ("% of GDP", "percent_of_gdp", 0),
            ("SDR million", "XDR", 6),
        ] {
            assert_eq!(read(label), (unit.to_owned(), shift), "{label}");
        }
        let base = |label| parse(label, None).unwrap().price_base;
        assert_eq!(base("current US$ million").as_deref(), Some("current"));
        assert_eq!(base("constant 2015 US$").as_deref(), Some("constant 2015"));
        assert_eq!(base("US$ million at 2015 prices").as_deref(), Some("constant 2015"));
        assert_eq!(base("US$ million"), None);
    }

    #[test]
    fn the_money_of_an_area_decides_a_name_that_several_have() {
        for (area, code) in [("NPL", "NPR"), ("LKA", "LKR"), ("IND", "INR"), ("PAK", "PKR")] {
            assert_eq!(parse("Rs. million", Some(area)).unwrap().unit.as_deref(), Some(code));
        }
        for (label, area) in [("Rs. million", None), ("Rs. million", Some("BGD")), ("$", None), ("peso", Some("XXX"))] {
            let says = parse(label, area).unwrap_err().to_string();
            assert!(says.contains("may be") && says.contains("write the code of the currency"), "{says}");
        }
    }

    #[test]
    fn no_silent_guess() {
        for label in ["", " ", "parsons", "all", "top", "per", "million million dollars x", "US", "1,000", "usdx", "$$"]
        {
            assert!(parse(label, None).is_err(), "{label:?}: {:?}", parse(label, None));
        }
        assert!(check("parsons").unwrap_err().to_string().contains("did you mean \"persons\""));
        assert!(check("US$ million").unwrap_err().to_string().contains("unit=\"USD\" and multiplier=1e6"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_unit_or_an_error(label in "\\PC{0,16}|(in )?('000|US\\$|Rs\\.?|%|per|[0-9,]{1,6}|million|of| ){1,6}") {
            if let Ok(Printed { unit: Some(unit), .. }) = parse(&label, Some("NPL")) {
                prop_assert!(get(&unit).is_some());
            }
        }
    }
}
