//! Labels of two parts: "Réunion (France)", "ALB: Albania", "Sudan (until 2011)", "Persia (Iran)".
//!
//! Both parts are read. They must say the same, or one must be a territory or successor of the other; of two areas that are
//! strangers neither is taken.

use super::names::{ARTICLES, no_area};
use super::normalise::key;
use super::reading::{Reading, plain};
use super::scheme::Scheme;
use super::wording::{WORDING, is_state_word};
use super::{Area, Kind, all, get, namesakes, sovereign, successors};

/// The rule that reads "Réunion (France)".
pub(super) const TERRITORY: &str = "territory and its state";
/// The rule that reads "United Kingdom (England)".
pub(super) const PART: &str = "country and a part of it";
/// The rule that reads "Former Yugoslavia (before 1992) / Total components of the former Yugoslavia", as Eurostat prints it.
pub(super) const TOTAL_OF_PARTS: &str = "former state and the total of its parts";

/// Reads a label of two parts.
pub(super) fn compose(text: &str, year: Option<i32>) -> Option<Reading> {
    bracketed(text, year)
        .or_else(|| but(text, year))
        .or_else(|| separated(text, year))
        .or_else(|| programme(text, year))
}

/// "Korea (South) EPS", "Japan TITP": the last word, in capitals, is a programme or an office.
fn programme(text: &str, year: Option<i32>) -> Option<Reading> {
    let (rest, last) = text.trim().rsplit_once(' ')?;
    let word = (3..=6).contains(&last.len()) && last.bytes().all(|b| b.is_ascii_uppercase());
    if !word || !rest.contains(char::is_lowercase) || code_of(last).is_some() || plain(last, year).is_some() {
        return None;
    }
    country(rest, year).map(|reading| reading.by("name with a remark", 0.9))
}

/// "A (B)", or with square brackets.
fn bracketed(text: &str, year: Option<i32>) -> Option<Reading> {
    let text = text.trim();
    let (outer, inner) = last_brackets(text)?;
    let (outer, inner) = (outer.trim(), inner.trim());
    if outer.is_empty() || inner.is_empty() {
        return None;
    }
    if let Some(when) = When::read(inner) {
        return timed(outer, when, year);
    }
    if let Some(rest) = after(inner, &["incl", "including", "includes", "with", "and", "plus"]) {
        return including(outer, rest, year);
    }
    if after(inner, &["excl", "excluding", "without", "except", "excludes"]).is_some() {
        return country(outer, year).map(|reading| reading.by("name without what it leaves out", 0.9));
    }
    if let Some(area) = code_of(outer) {
        return named_so(inner, area, year);
    }
    let first = one(outer, year).or_else(|| outer.contains('/').then(|| separated(outer, year)).flatten());
    let Some(first) = first else { return part(inner, outer, year) };
    if says_nothing(inner, &first) {
        return Some(first.by("name with a remark", 0.95));
    }
    let found = related(&first, inner, year, true).or_else(|| part(outer, inner, year));
    found.or_else(|| remark(&first, inner, year))
}

/// What stands before the last brackets, and in them.
fn last_brackets(text: &str) -> Option<(&str, &str)> {
    let (open, close) = if text.ends_with(')') { ('(', ')') } else { ('[', ']') };
    let body = text.strip_suffix(close)?;
    let mut depth = 1;
    for (at, c) in body.char_indices().rev() {
        depth += i32::from(c == close) - i32::from(c == open);
        if depth == 0 {
            return Some((&body[..at], &body[at + open.len_utf8()..]));
        }
    }
    None
}

/// "China excluding Hong Kong".
fn but(text: &str, year: Option<i32>) -> Option<Reading> {
    let small = text.to_ascii_lowercase();
    let at = [" excluding ", " excl. ", " excl ", " without "].iter().find_map(|word| small.find(word))?;
    if small[at..].contains("national") || small[at..].contains("citizen") {
        return None;
    }
    country(&text[..at], year).map(|reading| reading.by("name without what it leaves out", 0.9))
}

/// "A: B", "A, B", "A - B", "A/B".
fn separated(text: &str, year: Option<i32>) -> Option<Reading> {
    [": ", " - ", " – ", " — ", "/", ", ", "; "].iter().find_map(|separator| {
        let (first, rest) = text.split_once(separator)?;
        let (first, rest) = (first.trim(), rest.trim());
        if first.is_empty() || rest.is_empty() {
            return None;
        }
        if let Some(area) = code_of(first) {
            return named_so(rest, area, year);
        }
        if key(rest).starts_with("total components of") {
            return one(first, year).or_else(|| bracketed(first, year)).map(|reading| reading.by(TOTAL_OF_PARTS, 1.0));
        }
        let Some(reading) = one(first, year) else { return part(rest, first, year) };
        if says_nothing(rest, &reading) && *separator != "/" {
            return Some(reading.by("name with a remark", 0.95));
        }
        related(&reading, rest, year, false).or_else(|| part(first, rest, year))
    })
}

/// The area of a code, if the name beside it may be its: "COG: Congo".
fn named_so(name: &str, area: &'static Area, year: Option<i32>) -> Option<Reading> {
    let named = plain(name, year)?.areas.iter().any(|other| other.code == area.code);
    named.then(|| Reading::of(area, "code and name", 1.0))
}

/// What two names together stand for.
fn related(first: &Reading, text: &str, year: Option<i32>, in_brackets: bool) -> Option<Reading> {
    let a = first.area()?;
    if let Some(code) = code_of(text) {
        return (code.code == a.code || sovereign(a.code) == Some(code.code))
            .then(|| first.clone().by("name and code", 1.0));
    }
    if sovereign(a.code).is_some_and(|state| Some(state) == power(text)) {
        return Some(first.clone().by(TERRITORY, 1.0));
    }
    let second = one(text, year)?;
    let b = second.area()?;
    if a.code == b.code {
        return Some(first.clone().by("two names", 1.0));
    }
    if sovereign(a.code) == Some(b.code) {
        return Some(first.clone().by(TERRITORY, 1.0));
    }
    if sovereign(b.code) == Some(a.code) {
        return Some(second.by(TERRITORY, 1.0));
    }
    // "Sudan (Anglo-Egyptian Sudan)": the brackets say which.
    if in_brackets && namesakes(a).any(|former| former.code == b.code) {
        return Some(second.by("name and former state", 0.95));
    }
    // Of a former state and a successor the narrower is meant: "USSR (Kazakhstan)", "Yemen (South Yemen)".
    let (later, former) = if succeeds(b, a) { (b, a) } else { (a, b) };
    if !in_brackets || !succeeds(later, former) {
        return None;
    }
    let narrow = if successors(former.code).len() > 1 { later } else { former };
    Some(if narrow.code == a.code { first.clone() } else { second }.by("former state and successor", 0.95))
}

/// "UAE (Dubai)", "Azores (Portugal)": the label itself names the country of the part.
fn part(whole: &str, part: &str, year: Option<i32>) -> Option<Reading> {
    let part = no_area(&key(part)).filter(|part| !part.of.is_empty())?;
    let code = match country(whole, year).and_then(|reading| reading.area()) {
        Some(area) => area.code,
        None => power(whole)?,
    };
    let area = get(code).filter(|area| area.code == part.of)?;
    Some(Reading::of(area, PART, 0.9))
}

/// A remark in capitals names a programme or an office: "Japan (TITP)". What else stands in brackets may be the part of the
/// country that is meant, so the country is a guess.
fn remark(first: &Reading, text: &str, year: Option<i32>) -> Option<Reading> {
    let area = first.area().filter(|area| area.kind == Kind::Country)?;
    let programme = (3..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase());
    if area.code == "GEO" || plain(text, year).is_some() {
        return None;
    }
    // What stands in brackets may be a time, misspelt, or a part.
    let plain_text = key(text);
    let time = |word: &str| TIME.iter().any(|other| word.starts_with(other));
    let part = |word: &str| PARTS.contains(&word) || is_state_word(word);
    let namesake = namesakes(area).next().is_some();
    let vague = plain_text.split(' ').any(time) || (namesake && text.bytes().any(|b| b.is_ascii_digit()));
    if !programme && (WORDING.is_shared(area) || namesake || vague || plain_text.split(' ').all(part)) {
        return None;
    }
    Some(first.clone().by("name with a remark", if programme { 0.9 } else { 0.8 }))
}

/// "Ethiopia (including Eritrea)" was another state.
fn including(outer: &str, rest: &str, year: Option<i32>) -> Option<Reading> {
    let area = one(outer, year)?.area()?;
    let cut = key(rest);
    let said = |code: &&str| {
        let name = get(code).map_or_else(String::new, |other| key(other.name));
        name == cut || (cut.len() >= 4 && name.starts_with(&cut))
    };
    let former = namesakes(area).find(|former| {
        let mut others = successors(former.code).iter().filter(|code| **code != area.code).peekable();
        others.peek().is_some() && others.all(said)
    })?;
    Some(Reading::of(former, "name with what it included", 0.95))
}

/// What brackets say of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// "until 1990", "...2010", "former".
    Ended(Option<i32>),
    /// "from 1993".
    Began,
    /// "2015", "1990-2010".
    Dated,
}

impl When {
    fn read(text: &str) -> Option<Self> {
        let plain = key(text);
        let words: Vec<&str> = plain.split(' ').collect();
        let is_year = |word: &&&str| {
            word.len() == 4 && (word.starts_with("18") || word.starts_with("19") || word.starts_with("20"))
        };
        let years: Vec<i32> = words.iter().filter(is_year).filter_map(|word| word.parse().ok()).collect();
        let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
        let other = words.iter().filter(|word| !is_year(word) && !ENDED.contains(word) && !BEGAN.contains(word));
        if other.count() > 0 {
            return None;
        }
        let trimmed = text.trim();
        let open = |text: &str| text.starts_with(['-', '–', '—', '.', '…']);
        if has(&["former", "formerly", "ex"]) || (!years.is_empty() && (has(ENDED) || open(trimmed))) {
            return Some(Self::Ended(years.last().copied()));
        }
        if years.is_empty() {
            return None;
        }
        if has(BEGAN) || trimmed.ends_with(['-', '–', '—', '.', '…']) {
            return Some(Self::Began);
        }
        Some(Self::Dated)
    }
}

const ENDED: &[&str] = &[
    "until",
    "till",
    "up",
    "to",
    "before",
    "pre",
    "through",
    "former",
    "formerly",
    "ex",
    "bis",
    "avant",
    "jusqua",
    "en",
    "hasta",
    "prior",
    "territory",
    "state",
    "country",
    "borders",
];
/// How words of time begin.
const TIME: &[&str] =
    &["until", "till", "befor", "pre", "since", "after", "former", "undivid", "ottoman", "colon", "other", "rest"];
const PARTS: &[&str] = &[
    "part",
    "parts",
    "north",
    "south",
    "east",
    "west",
    "northern",
    "southern",
    "eastern",
    "western",
    "central",
    "zone",
    "disputed",
    "occupied",
    "undivided",
    "partition",
    "other",
    "others",
    "rest",
    "excluding",
    "except",
    "only",
    "province",
    "state",
    "territories",
    "colony",
    "empire",
    "ottoman",
];
const BEGAN: &[&str] =
    &["from", "since", "after", "post", "as", "of", "ab", "seit", "depuis", "desde", "and", "onwards"];

/// The area of a name in the time that is said. A name that changed names the same area at all times.
fn timed(outer: &str, when: When, year: Option<i32>) -> Option<Reading> {
    let found = plain(outer, year)?;
    match when {
        When::Ended(end) => {
            let near = |area: &Area| end.zip(area.to).is_none_or(|(end, to)| (end - to).abs() <= 2);
            let mut former = found.areas.iter().copied().filter(|area| area.kind == Kind::Former && near(area));
            if let Some(area) = former.next() {
                return former.next().is_none().then(|| Reading::of(area, "name with its end", 1.0));
            }
            let area = found.area()?;
            let mut same = namesakes(area).filter(|area| near(area));
            match (same.next(), same.next()) {
                (Some(former), None) => Some(Reading::of(former, "name with its end", 1.0)),
                (None, _) if area.kind == Kind::Country && predecessors(area).all(|former| !near(former)) => {
                    namesakes(area).next().is_none().then(|| found.by("name with a year", 0.95))
                }
                _ => None,
            }
        }
        When::Began => {
            let present: Vec<_> = found.areas.iter().copied().filter(|area| area.kind == Kind::Country).collect();
            let [area] = present[..] else { return None };
            Some(Reading::of(area, "name with its beginning", 1.0))
        }
        When::Dated => one(outer, year).map(|reading| reading.by("name with a year", 0.95)),
    }
}

/// Former states where an area stands now.
fn predecessors(area: &Area) -> impl Iterator<Item = &'static Area> + use<> {
    let code = area.code;
    all().iter().filter(move |other| successors(other.code).contains(&code))
}

fn succeeds(later: &Area, former: &Area) -> bool {
    // "Sudan (Anglo-Egyptian Sudan)" does not say which.
    former.kind == Kind::Former
        && former.code.get(..3) != later.code.get(..3)
        && successors(former.code).iter().any(|code| {
            *code == later.code || get(code).is_some_and(|area| area.kind == Kind::Former && succeeds(later, area))
        })
}

/// The name of one country or former state, or one label of a table.
fn one(text: &str, year: Option<i32>) -> Option<Reading> {
    plain(text, year).filter(|reading| reading.areas.len() == 1)
}

fn country(text: &str, year: Option<i32>) -> Option<Reading> {
    one(text, year).filter(|reading| reading.area().is_some_and(|area| area.kind == Kind::Country))
}

/// The country of an ISO code in capitals.
fn code_of(text: &str) -> Option<&'static Area> {
    let capitals = text.bytes().all(|b| b.is_ascii_uppercase());
    match text.len() {
        3 if capitals => get(text).or_else(|| match Scheme::WorldBank.get_written(text) {
            [meaning] => Some(meaning.area),
            _ => None,
        }),
        2 if capitals => all().iter().find(|area| area.kind == Kind::Country && area.alpha2 == text),
        _ => None,
    }
}

/// The state that a remark on a territory names: "(Fr.)", "(U.K.)", "(French territory)".
fn power(text: &str) -> Option<&'static str> {
    let plain = key(text);
    let telling = |word: &&str| {
        !matches!(
            *word,
            "overseas" | "territory" | "dependency" | "crown" | "region" | "department" | "of" | "kingdom" | "part"
        )
    };
    let words: Vec<&str> = plain.split(' ').filter(telling).collect();
    Some(match words.join(" ").as_str() {
        "fr" | "fra" | "france" | "french" => "FRA",
        "uk" | "gb" | "gbr" | "british" | "united" | "united british" | "brit" => "GBR",
        "us" | "usa" | "united states" | "american" => "USA",
        "nl" | "neth" | "netherlands" | "dutch" | "netherland" => "NLD",
        "den" | "dk" | "denmark" | "danish" => "DNK",
        "nor" | "no" | "norw" | "norway" | "norwegian" => "NOR",
        "aus" | "au" | "austr" | "australia" | "australian" => "AUS",
        "nz" | "n z" | "new zealand" | "new zeal" => "NZL",
        "fin" | "finland" => "FIN",
        "sp" | "spain" | "spanish" => "ESP",
        "port" | "portugal" | "portuguese" => "PRT",
        "china" | "chn" | "prc" | "cn" => "CHN",
        _ => return None,
    })
}

/// What follows one of these words at the beginning.
fn after<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    let (first, rest) = text.split_once([' ', '.'])?;
    words.iter().any(|word| first.eq_ignore_ascii_case(word)).then(|| rest.trim_start_matches(['.', ' ']))
}

/// Whether a remark says nothing about which area it is.
fn says_nothing(text: &str, of: &Reading) -> bool {
    const NOTHING: &[&str] = &[
        "states",
        "countries",
        "total",
        "population",
        "both",
        "sexes",
        "persons",
        "people",
        "billions",
        "millions",
        "thousands",
        "thousand",
        "million",
        "all",
        "l",
        "national",
        "nationals",
        "citizens",
        "estimate",
        "estimates",
        "provisional",
        "revised",
        "est",
        "prov",
        "island",
        "islands",
        "archipelago",
        "mainland",
    ];
    let plain = key(text);
    // "People's Republic" tells one Yemen from the other.
    let alone = of.area().is_some_and(|area| !WORDING.is_shared(area));
    let nothing = |word: &str| {
        NOTHING.contains(&word) || ARTICLES.contains(&word) || word == "d" || (alone && is_state_word(word))
    };
    !plain.is_empty() && plain.split(' ').all(nothing)
}
