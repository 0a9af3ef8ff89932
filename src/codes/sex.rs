//! Sex: labels as publishers print them to the codes of SDMX `CL_SEX`.
//!
//! A bare digit is never read: 1 is male in ISO/IEC 5218 and female elsewhere. Neither is a label that only contains
//! a known word ("% female", "sex ratio M/F"): what follows from it is another measure, not a sex.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// The codes of SDMX `CL_SEX`: female, male, total, unknown, other, no response, not applicable.
pub const CODES: [&str; 7] = ["F", "M", "_T", "_U", "_O", "_N", "_Z"];

/// Folded label -> code. The table is small and ours: a broken row is a bug, which the tests find.
static LABELS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    rows(include_str!("tables/sex_labels.csv"))
        .into_iter()
        .map(|[label, code, _source]| (fold(&label), known(&code).expect("a code of the list")))
        .collect()
});

/// The code that `label` stands for; None where it stands for none or for several.
///
/// Case, spaces and punctuation do not matter, except the signs that carry meaning: `+` and `&` are read as "and",
/// `%` and `/` must be printed in the known label too.
///
/// ```
/// use migstat::codes::sex;
/// assert_eq!(sex::parse(" Both sexes "), Some("_T"));
/// assert_eq!(sex::parse("M+F"), Some("_T"));
/// assert_eq!(sex::parse("2"), None);
/// ```
pub fn parse(label: &str) -> Option<&'static str> {
    known(&label.trim().to_ascii_uppercase()).or_else(|| LABELS.get(&fold(label)).copied())
}

/// The English label of a code; "Not a code of sex" where it is none.
pub fn name(code: &str) -> &'static str {
    match code {
        "F" => "Female",
        "M" => "Male",
        "_T" => "Both sexes",
        "_U" => "Unknown sex",
        "_O" => "Other sex",
        "_N" => "No response",
        "_Z" => "Not applicable",
        _ => "Not a code of sex",
    }
}

/// Whether the persons of code `a` include all those of code `b` and more: the total includes every other code.
pub fn contains(a: &str, b: &str) -> bool {
    a == "_T" && b != "_T" && known(b).is_some()
}

fn known(code: &str) -> Option<&'static str> {
    CODES.into_iter().find(|c| *c == code)
}

/// A label reduced to what identifies it: lower-case letters and digits, with `+` and `&` spelt out as "and".
/// `%` and `/` stay, because a share or a ratio of something is not that thing.
pub(super) fn fold(label: &str) -> String {
    let mut out = String::with_capacity(label.len());
    for c in label.nfkc().flat_map(char::to_lowercase) {
        match c {
            '+' | '&' => out.push_str("and"),
            '%' | '/' => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            _ => {}
        }
    }
    out
}

/// The rows of an embedded table, below its header.
pub(super) fn rows<const N: usize>(table: &str) -> Vec<[String; N]> {
    csv::Reader::from_reader(table.as_bytes())
        .into_deserialize::<Vec<String>>()
        .map(|row| row.expect("a well-formed row").try_into().expect("as many fields as the header"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_table_is_sound() {
        let mut seen = HashSet::new();
        for [label, code, source] in rows::<3>(include_str!("tables/sex_labels.csv")) {
            assert!(seen.insert(fold(&label)), "{label} is there twice");
            assert!(known(&code).is_some(), "{label} has the unknown code {code}");
            assert!(!source.is_empty(), "{label} has no source");
            assert_eq!(parse(&label), Some(code.as_str()), "{label}");
        }
    }

    #[test]
    fn labels_as_they_are_printed() {
        for (label, code) in [
            ("M", "M"),
            ("F", "F"),
            ("Male", "M"),
            ("female", "F"),
            ("males", "M"),
            ("Female ", "F"),
            ("MEN", "M"),
            ("women", "F"),
            ("\u{a0}Females*", "F"),
            ("Ｆｅｍａｌｅ", "F"),
            ("Total", "_T"),
            ("T", "_T"),
            ("TOT", "_T"),
            ("B", "_T"),
            ("Both sexes", "_T"),
            ("both_sexes", "_T"),
            ("BothSexes", "_T"),
            ("male and female", "_T"),
            ("Male + Female", "_T"),
            ("Male & female", "_T"),
            ("M + F", "_T"),
            ("U", "_U"),
            ("Not stated", "_U"),
            ("unknown", "_U"),
            ("other", "_O"),
            ("_o", "_O"),
            ("_N", "_N"),
            ("_z", "_Z"),
        ] {
            assert_eq!(parse(label), Some(code), "{label:?}");
        }
    }

    #[test]
    fn no_silent_guess() {
        for label in [
            "", " ", "1", "2", "0", "9", "N", "Z", "X", "% female", "Female %", "M/F", "F/M", "Men+", "sex", "_",
            "Female²",
        ] {
            assert_eq!(parse(label), None, "{label:?}");
        }
    }

    #[test]
    fn names_are_read_back() {
        let names: HashSet<_> = CODES.into_iter().map(name).collect();
        assert_eq!(names.len(), CODES.len());
        for code in CODES {
            assert_eq!(parse(code), Some(code));
            assert_eq!(parse(name(code)), Some(code));
        }
    }

    #[test]
    fn the_total_contains_all_but_itself() {
        for code in CODES {
            assert_eq!(contains("_T", code), code != "_T");
            assert!(!contains("F", code) && !contains("_U", code));
        }
        assert!(!contains("_T", "nonsense"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_code_or_none(label in any::<String>()) {
            if let Some(code) = parse(&label) {
                prop_assert!(CODES.contains(&code));
            }
        }

        #[test]
        fn case_and_blanks_do_not_matter(label in "[ _.]{0,3}(MALES?|females?|Both[ _-]?Sexes|TOTAL|nOt StAtEd)[ .*]{0,3}") {
            prop_assert_eq!(parse(&label), parse(label.trim().to_uppercase().as_str()));
            prop_assert!(parse(&label).is_some());
        }
    }
}
