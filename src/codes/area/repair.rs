//! Labels that were damaged on their way: entities of HTML, escapes of R, bytes read in the wrong encoding.

use encoding_rs::{MACINTOSH, WINDOWS_1252};

/// The label as it was before; none where nothing shows that it was damaged.
pub(super) fn repair(text: &str) -> Option<String> {
    // Damage upon damage: "&amp;eacute;", or twice read as Latin-1.
    let mut mended: Option<String> = None;
    for _ in 0..3 {
        let current = mended.as_deref().unwrap_or(text);
        match entities(current).or_else(|| escapes(current)).or_else(|| encoding(current)) {
            Some(better) => mended = Some(better),
            None => break,
        }
    }
    mended
}

/// "&eacute;", "&#233;".
fn entities(text: &str) -> Option<String> {
    if !text.contains('&') || !text.contains(';') {
        return None;
    }
    let read = html_escape::decode_html_entities(text);
    (read != text).then(|| read.into_owned())
}

/// "<U+00F4>", as R prints what its locale lacks.
fn escapes(text: &str) -> Option<String> {
    let mut rest = text;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("<U+") {
        let (digits, later) = after.split_once('>')?;
        let c = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?;
        out.push_str(before);
        out.push(c);
        rest = later;
    }
    (!out.is_empty()).then(|| out + rest)
}

/// "CÃ´te", UTF-8 read as Windows-1252; and bytes of a Macintosh read as Latin-1, where they are control characters.
fn encoding(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    if text.contains(|c| ('\u{80}'..'\u{a0}').contains(&c)) && text.chars().all(|c| u32::from(c) < 256) {
        let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
        return String::from_utf8(bytes.clone()).ok().or_else(|| Some(MACINTOSH.decode(&bytes).0.into_owned()));
    }
    let (bytes, _, failed) = WINDOWS_1252.encode(text);
    if failed {
        return None;
    }
    String::from_utf8(bytes.into_owned()).ok().filter(|read| read != text)
}

/// Whether a letter was replaced by a question mark or the replacement character: "Cura?ao".
pub(super) fn has_holes(text: &str) -> bool {
    let marks = text.chars().filter(|c| is_hole(*c)).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    // A question mark at the end asks.
    marks > 0 && letters >= 3 * marks && !text.trim_end().ends_with('?')
}

pub(super) fn is_hole(c: char) -> bool {
    matches!(c, '?' | '\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_damaged_is_mended() {
        for (text, wanted) in [
            ("CÃ´te d'Ivoire", "Côte d'Ivoire"),
            ("CÃ´te dâ€™Ivoire", "Côte d’Ivoire"),
            ("Saint BarthÃ©lemy", "Saint Barthélemy"),
            ("Ã…land", "Åland"),
            ("R&eacute;union", "Réunion"),
            ("R&amp;eacute;union", "Réunion"),
            ("C<U+00F4>te d<U+2019>Ivoire", "Côte d’Ivoire"),
            ("C\u{99}te d'Ivoire", "Côte d'Ivoire"),
            ("Trinidad &#38; Tobago", "Trinidad & Tobago"),
        ] {
            assert_eq!(repair(text).as_deref(), Some(wanted), "{text}");
        }
        for text in ["Côte d'Ivoire", "Ĉilio", "Trinidad & Tobago", "", "日本", "<U+>", "<U+FFFFFFFF>"] {
            assert_eq!(repair(text), None, "{text}");
        }
        assert!(has_holes("Cura?ao") && has_holes("T\u{fffd}rkiye"));
        assert!(!has_holes("Oman?") && !has_holes("??") && !has_holes("Oman"));
    }
}
