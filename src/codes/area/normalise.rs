//! One key for the many ways of writing one name: accents, case, punctuation, articles, footnote marks.
//!
//! A key is only ever compared with another key. Both passes are linear in the text.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The key of a label: lower case, no accents, words separated by one space, no footnote marks at its end.
///
/// "&" reads "and", "St." reads "saint" before another word, the article "the" is left out, and letters that stand alone
/// are joined, so that "P.N.G.", "P. N. G" and "PNG" have one key.
pub fn normalise(text: &str) -> String {
    key(bare(text))
}

/// The key without looking for footnote marks.
pub(super) fn key(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    if text.is_ascii() {
        for byte in text.bytes() {
            match byte {
                b'&' => words.push_str(" and "),
                b'\'' | b'`' => {}
                _ if byte.is_ascii_alphanumeric() => words.push(char::from(byte.to_ascii_lowercase())),
                _ => words.push(' '),
            }
        }
        return join(&words);
    }
    for c in text.chars().filter(|&c| !is_superscript(c)).nfkd() {
        match c {
            '&' => words.push_str(" and "),
            _ if is_unseen(c) => {}
            'ß' | 'ẞ' => words.push_str("ss"),
            'æ' | 'Æ' => words.push_str("ae"),
            'œ' | 'Œ' => words.push_str("oe"),
            'þ' | 'Þ' => words.push_str("th"),
            'ø' | 'Ø' => words.push('o'),
            'đ' | 'Đ' | 'ð' | 'Ð' => words.push('d'),
            'ł' | 'Ł' => words.push('l'),
            'ħ' | 'Ħ' => words.push('h'),
            'ı' => words.push('i'),
            // The small sigma at the end of a word has no capital of its own.
            'ς' => words.push('σ'),
            // Arabic is written with either of these at the end of a word, and with Persian letters.
            'ى' | 'ی' | 'ې' => words.push('ي'),
            'ة' | 'ہ' | 'ھ' | 'ە' => words.push('ه'),
            'ک' => words.push('ك'),
            // The lower case of a capital may carry an accent of its own.
            _ if c.is_alphanumeric() => words.extend(c.to_lowercase().filter(|&c| !is_unseen(c))),
            _ if is_combining_mark(c) => words.push(c),
            _ => words.push(' '),
        }
    }
    join(&words)
}

fn join(words: &str) -> String {
    let mut out = String::with_capacity(words.len() + 4);
    let mut words = words.split_ascii_whitespace().filter(|&word| word != "the").peekable();
    let mut letters = false;
    while let Some(word) = words.next() {
        let letter = word.len() == 1 && word.as_bytes()[0].is_ascii_lowercase();
        let joined = out.is_empty() || (letter && letters);
        if !joined {
            out.push(' ');
        }
        out.push_str(if word == "st" && words.peek().is_some() { "saint" } else { word });
        letters = letter;
    }
    out
}

/// The label without blanks around it, without the number of its row ("95. Yemen") and without footnote marks at its end:
/// `*`, `†`, `(a)`, `(1, 2)`, `[3]`, `4)`, `b/` and superscripts. A capital in brackets is no footnote, and the letters of the
/// compass may be none: "Germany (E)".
pub(super) fn bare(text: &str) -> &str {
    let mut rest = without_number(text.trim());
    loop {
        let shorter = rest.trim_end_matches(|c| is_sign(c) || is_superscript(c) || c.is_whitespace());
        let shorter = without_mark(without_markup(shorter), is_sure_mark).trim_end();
        if shorter.len() == rest.len() {
            return rest;
        }
        rest = shorter;
    }
}

/// The label without a last mark that is a footnote or one of the four points of the compass: "Germany (e)".
pub(super) fn without_compass(text: &str) -> Option<&str> {
    let rest = without_mark(text, is_mark);
    (rest.len() < text.len()).then(|| bare(rest))
}

/// The label without a number of one or two digits after its last word: "France1", "France 12".
pub(super) fn without_digits(text: &str) -> Option<&str> {
    let rest = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = text.len() - rest.len();
    let rest = rest.trim_end();
    let last = rest.chars().rev().take(3).filter(|c| c.is_alphabetic()).count();
    let letters = rest.chars().filter(|c| c.is_alphabetic()).count();
    ((1..=2).contains(&digits) && last == 3 && letters >= 4).then_some(rest)
}

fn without_number(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let after =
        rest.strip_prefix(['.', ')']).map_or("", |rest| if rest.starts_with(' ') { rest.trim_start() } else { "" });
    let numbered = (1..=3).contains(&(text.len() - rest.len())) && after.starts_with(char::is_alphabetic);
    if numbered { after } else { text }
}

/// Tables that were web pages keep some of their markup.
fn without_markup(text: &str) -> &str {
    // The semicolon has gone with the signs.
    let text = text.strip_suffix("&nbsp").unwrap_or(text);
    let mark = text.strip_suffix("</sup>").and_then(|body| body.rsplit_once("<sup>"));
    mark.filter(|(_, mark)| is_mark(mark)).map_or(text, |(body, _)| body)
}

fn without_mark(text: &str, is_mark: impl Fn(&str) -> bool) -> &str {
    let Some(close @ (')' | ']' | '}' | '/')) = text.chars().next_back() else { return text };
    let open = match close {
        ')' => '(',
        ']' => '[',
        '}' => '{',
        _ => '/',
    };
    let body = &text[..text.len() - 1];
    // Marks are short: looking back a few characters keeps the whole linear.
    let start = if close == '/' {
        None
    } else {
        body.char_indices().rev().take(12).find(|&(_, c)| c == open || c == close).filter(|&(_, c)| c == open)
    };
    let start = start.or_else(|| {
        // "1)" and "a/" have no opening bracket.
        let blank = body.char_indices().rev().take(4).find(|(_, c)| c.is_whitespace());
        blank.filter(|_| matches!(close, ')' | '/'))
    });
    let Some((at, first)) = start else { return text };
    if is_mark(&body[at + first.len_utf8()..]) { &body[..at] } else { text }
}

fn is_sure_mark(text: &str) -> bool {
    is_mark(text) && !matches!(text.trim(), "e" | "n" | "s" | "w")
}

/// Numbers of one or two digits, or single small letters, or small roman numerals, between commas.
fn is_mark(text: &str) -> bool {
    text.split([',', ';', ' ']).map(str::trim).filter(|part| !part.is_empty()).fold(None, |all, part| {
        let number = part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
        let letter = part.len() == 1 && part.as_bytes()[0].is_ascii_lowercase();
        let roman = part.len() <= 4 && part.bytes().all(|b| matches!(b, b'i' | b'v' | b'x'));
        Some(all.unwrap_or(true) && (number || letter || roman))
    }) == Some(true)
}

/// What a reader does not see, or does not mind: apostrophes, accents, the vowel signs of Hebrew and Arabic, joiners,
/// direction marks, soft hyphens.
///
/// Marks that other scripts need to tell words apart are no accents.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\'' | '`'
            | '\u{2b9}'..='\u{2bf}'
            | '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}'
            | '\u{300}'..='\u{36f}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{591}'..='\u{5bd}'
            | '\u{640}'
            | '\u{64b}'..='\u{65f}'
            | '\u{670}'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
    )
}

fn is_sign(c: char) -> bool {
    matches!(c, '*' | '†' | '‡' | '§' | '¶' | '#' | '^' | '°' | '⁂' | '＊' | '∗' | ',' | ';')
}

fn is_superscript(c: char) -> bool {
    matches!(c, '¹' | '²' | '³' | 'ª' | 'º' | '\u{2070}'..='\u{209c}' | '\u{1d43}'..='\u{1d6a}' | '\u{2b0}'..='\u{2b8}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_read_alike() {
        for text in ["PNG", "P.N.G", "P.N.G.", "P. N. G.", " p n g\u{a0}"] {
            assert_eq!(normalise(text), "png", "{text}");
        }
        assert_eq!(normalise("D.R.Congo"), "dr congo");
        assert_eq!(normalise("Dem.Rep. of  the Congo"), "dem rep of congo");
        assert_eq!(normalise("N. Korea"), "n korea");
        assert_eq!(normalise("St. Kitts & Nevis"), "saint kitts and nevis");
        assert_eq!(normalise("Côte d’Ivoire"), "cote divoire");
        assert_eq!(normalise("ÅLAND ISLANDS"), "aland islands");
        assert_eq!(normalise("The Bahamas"), normalise("Bahamas, The"));
        assert_eq!(normalise("Guinea-Bissau"), "guinea bissau");
        assert_eq!(normalise("İstanbul"), "istanbul");
    }

    #[test]
    fn footnote_marks_go() {
        for text in [
            "Sudan*",
            "Sudan **",
            "Sudan (a)",
            "Sudan(1)",
            "Sudan (1, 2)",
            "Sudan [2]",
            "Sudan 1)",
            "Sudan a/",
            "Sudan²",
            "Sudan (iv)",
            "Sudan†",
            "Sudan (a) *",
            "Sudan ᵃ",
            "Sudan (b), (c)",
            "Sudan&nbsp;",
            "Sudan<sup>1</sup>",
            "95. Sudan",
        ] {
            assert_eq!(normalise(text), "sudan", "{text}");
        }
        assert_eq!(normalise("Germany (E)"), "germany e");
        assert_eq!(normalise("Germany (e)"), "germany e");
        assert_eq!(without_compass("Germany (e)"), Some("Germany"));
        assert_eq!(without_compass("Germany (E)"), None);
        assert_eq!(normalise("Congo (DRC)"), "congo drc");
        assert_eq!(normalise("G7"), "g7");
        assert_eq!(normalise("12.5"), "12 5");
        assert_eq!(without_digits("France1"), Some("France"));
        assert_eq!(without_digits("El Salvador 16"), Some("El Salvador"));
        assert_eq!(without_digits("EU27"), None);
    }

    #[test]
    fn long_labels_take_no_longer() {
        for part in ["(a)", "(", ")", "a/", "[2] ", "</sup>", "<sup>1</sup>", "*", "é ", "a ", "the ", "1) "] {
            normalise(&part.repeat(200_000));
        }
    }

    #[test]
    fn nothing_is_left_of_nothing() {
        for text in ["", " ", "*", "-", "..", "(a)", "the", "\u{feff}"] {
            assert_eq!(normalise(text), "", "{text:?}");
        }
    }
}
