//! From a label or code to an area, or to the reason why there is none.
//!
//! The rules go from what is certain to what is probable, and the first that knows gives the answer. Whatever could mean two
//! areas is ambiguous.

use rustc_hash::{FxHashMap, FxHashSet};

use super::compose::{PART, TERRITORY, TOTAL_OF_PARTS, compose};
use super::names::{Habits, habits, no_area, users};
use super::normalise::{bare, key, normalise, without_compass};
use super::reading::{Reading, exact, in_other_words, spellings};
use super::repair::{has_holes, is_hole, repair};
use super::scheme::{self, Column, Scheme};
use super::wording::WORDING;
use super::{Area, INDEX, Kind, Meaning, get, namesakes, typo};
use crate::Error;

/// What became of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// A present country or area.
    Matched,
    /// A state that has ended.
    Former,
    /// A region, a group or a total.
    Aggregate,
    /// Other, not stated, not applicable, stateless.
    Residual,
    /// A label that we do not know.
    Unknown,
    /// A label that means several areas.
    Ambiguous,
}

impl State {
    /// The word that tables carry.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Former => "former",
            Self::Aggregate => "aggregate",
            Self::Residual => "residual",
            Self::Unknown => "unknown",
            Self::Ambiguous => "ambiguous",
        }
    }
}

/// What a label stands for and how we know.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Our code; none if the label is unknown or ambiguous.
    pub code: Option<&'static str>,
    /// What became of the label.
    pub state: State,
    /// How it was found, such as `alpha-3 code` or `English name`; empty if it was not.
    pub rule: &'static str,
    /// How probable it is that this is meant, from 0 to 1; 0 if there is no code.
    pub confidence: f32,
    /// The spelling that it was read as; empty for codes.
    pub name: &'static str,
    /// The language of that spelling, as CLDR writes it.
    pub language: &'static str,
    /// Where that spelling is from.
    pub source: &'static str,
    /// A former state that had ended before the year asked for.
    pub outlived: bool,
    /// The codes that an ambiguous label could mean; else empty.
    pub candidates: Vec<&'static str>,
}

/// What is known about the labels before they are read.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The year that the figures are about.
    pub year: Option<i32>,
    /// How the labels are written; none if any way is accepted.
    pub scheme: Option<Scheme>,
    /// The caller's own answers, label to code; they win. Build it with [`Policy::with_overrides`].
    pub overrides: FxHashMap<String, String>,
    /// A reading that is less sure than this is no answer; above 1, nothing is read that is misspelt.
    pub min_confidence: f32,
    /// What the other labels of the column tell about its codes.
    pub column: Option<Column>,
    /// How the publisher uses names that mean several areas.
    pub usage: Option<Usage>,
}

/// How the tables of one publisher use names that mean several areas; see [`Policy::with_source`].
#[derive(Debug, Clone, Copy)]
pub struct Usage(&'static Habits);

impl Default for Policy {
    fn default() -> Self {
        Self {
            year: None,
            scheme: None,
            overrides: FxHashMap::default(),
            min_confidence: 0.8,
            column: None,
            usage: None,
        }
    }
}

impl Policy {
    /// The policy with the caller's own answers. They hold for a label as it is written and for all that reads alike.
    ///
    /// An unknown code, or two codes for labels that read alike, is an error.
    pub fn with_overrides<I>(mut self, overrides: I) -> Result<Self, Error>
    where
        I: IntoIterator<Item = (String, String)>,
    {
        let mut alike = FxHashMap::default();
        for (label, code) in overrides {
            let Some(area) = get(code.trim()) else {
                let near = suggest(&code, 3).join(", ");
                let near = if near.is_empty() { near } else { format!("; names that read like it: {near}") };
                return Err(Error::Code(format!(
                    "override of {label:?}: {code:?} is no code of an area; give a code such as \"LKA\", \"YEM-1990\", \
                     \"m49:142\" or \"_U\"{near}"
                )));
            };
            let plain = normalise(&label);
            if !plain.is_empty() && *alike.entry(plain).or_insert(area.code) != area.code {
                return Err(Error::Code(format!(
                    "override of {label:?} to {:?}: a label that reads alike has another code; give one of them",
                    area.code
                )));
            }
            self.overrides.insert(label, area.code.to_owned());
        }
        for (label, code) in alike {
            self.overrides.entry(label).or_insert_with(|| code.to_owned());
        }
        Ok(self)
    }

    fn overridden(&self, text: &str) -> Option<&str> {
        if self.overrides.is_empty() {
            return None;
        }
        let found = self.overrides.get(text).or_else(|| self.overrides.get(text.trim()));
        found.or_else(|| self.overrides.get(&normalise(text))).map(String::as_str)
    }

    /// The policy for the tables of a publisher, such as `un`, where "Congo" is the Republic of the Congo.
    pub fn with_source(mut self, source: &str) -> Result<Self, Error> {
        let plain: String =
            source.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        let usage = habits(&plain).ok_or_else(|| {
            let known: Vec<_> = users().into_iter().map(|user| format!("{user:?}")).collect();
            Error::Code(format!("unknown source {source:?}: known are {}", known.join(", ")))
        })?;
        self.usage = Some(Usage(usage));
        Ok(self)
    }

    /// The policy for the labels of one column: its codes are read as the scheme that nearly all of them fit.
    pub fn for_column<'a>(&self, labels: impl IntoIterator<Item = &'a str>) -> Self {
        let column = self.scheme.is_none().then(|| Column::of(labels));
        Self { column, ..self.clone() }
    }

    fn inferred(&self, text: &str) -> Option<Scheme> {
        self.column.as_ref().and_then(|column| column.scheme(text))
    }

    fn accepts(&self, scheme: Scheme) -> bool {
        self.scheme.is_none_or(|declared| declared == scheme)
    }
}

/// The area that a label or code stands for.
pub fn resolve(text: &str, policy: &Policy) -> Answer {
    if let Some(code) = policy.overridden(text) {
        return get(code).map_or_else(unknown, |area| answer(Reading::of(area, "override", 1.0), policy));
    }
    let short = bare(text);
    let flag = flag(short);
    let code = flag.as_deref().unwrap_or_else(|| whole(without_compass(short).unwrap_or(short)));
    let (codes, rule) = by_code(code, policy);
    let as_code = |areas| Reading { areas, name: None, rule, confidence: 1.0 };
    if !policy.accepts(Scheme::Name) {
        return answer(as_code(codes), policy);
    }
    if let Some(area) = policy.usage.and_then(|usage| usage.0.names.get(&key(short))) {
        return answer(Reading::of(area, "usage of the source", 1.0), policy);
    }
    let names = exact(text, policy.year);
    if !codes.is_empty() {
        // "NA" is Namibia's code and says "not available". That "NGA" is what Russia is called in Vietnam says nothing.
        // Nor does a name where the whole column is of codes.
        let inferred = policy.inferred(code).is_some();
        let names = names.filter(|names| names.is_english() && !inferred).map_or_else(Vec::new, |names| names.areas);
        return answer(as_code(union(codes, names)), policy);
    }
    if let Some(names) = &names
        && !names.is_english()
        && let Some(code) = small_code(short, policy)
    {
        let areas = union(names.areas.clone(), code.areas);
        return answer(Reading { areas, ..names.clone() }, policy);
    }
    if let Some(reading) = &names
        && !reading.is_english()
        && let Some(name) = reading.name.filter(|name| text.is_ascii() && !name.text.is_ascii())
        && let Some(rival) = typo::rival(short, name.area)
    {
        let areas = union(reading.areas.clone(), vec![rival]);
        return answer(Reading { areas, ..reading.clone() }, policy);
    }
    let found = names.or_else(|| small_code(short, policy)).or_else(|| further(text, policy));
    match found {
        Some(reading) => answer(then(reading, policy), policy),
        None => unknown(),
    }
}

/// The state that bore the name in the year: Sudan with what is South Sudan today. Codes and present borders of a source that
/// gives all years in them stay what they are.
fn then(reading: Reading, policy: &Policy) -> Reading {
    let (Some(year), Some(area)) = (policy.year, reading.area()) else { return reading };
    if reading.name.is_none() || policy.usage.is_some_and(|usage| usage.0.today) {
        return reading;
    }
    // What held on the last day of the year.
    let alive = |former: &&Area| former.from.is_some_and(|from| from <= year) && former.to.is_some_and(|to| year < to);
    match namesakes(area).find(alive) {
        Some(former) => Reading { areas: vec![former], ..reading }.by("name of the state in that year", 1.0),
        None => reading,
    }
}

/// By the rules that take a label apart, mend it or take it for misspelt.
fn further(text: &str, policy: &Policy) -> Option<Reading> {
    // No name is as long; and what is longer must not cost more.
    if text.len() > LONGEST {
        return None;
    }
    let mended = repair(text);
    let text = mended.as_deref().unwrap_or(text);
    let sure = |reading: &Reading| reading.confidence >= policy.min_confidence.min(1.0);
    let plain_key = key(bare(text));
    if ["excl ", "excluding ", "except ", "without "].iter().any(|word| plain_key.starts_with(word)) {
        return None;
    }
    let not = no_area(&plain_key);
    if not.is_some() || several(text, policy.year) {
        // What is no area of ours may name the country that it is a part of.
        let named = |reading: &Reading| not.is_some_and(|not| reading.area().is_some_and(|area| area.code == not.of));
        let whole = |reading: &Reading| matches!(reading.rule, TERRITORY | PART | TOTAL_OF_PARTS) || named(reading);
        return compose(text, policy.year).filter(|reading| whole(reading) && sure(reading));
    }
    // As it stands the label has been looked for.
    let again = mended.is_some().then(|| exact(text, policy.year)).flatten();
    let found = again.or_else(|| in_other_words(text, policy.year)).or_else(|| compose(text, policy.year)).filter(sure);
    if let Some(area) = found.as_ref().filter(|found| found.confidence < 1.0).and_then(Reading::area)
        && typo::rival(text, area).is_some()
    {
        // "Dominica Republic"
        return None;
    }
    let found = found.or_else(|| {
        let name = has_holes(text).then(|| WORDING.by_holes(text, is_hole))??;
        let read =
            Reading { areas: vec![name.area], name: Some(name), rule: "name with lost letters", confidence: 0.95 };
        Some(read).filter(sure)
    });
    let found = found.or_else(|| {
        let near = (policy.min_confidence <= 1.0).then(|| typo::nearest(text))??;
        let (name, confidence) = (near.name, near.confidence());
        let read = Reading { areas: vec![name.area], name: Some(name), rule: "misspelt name", confidence };
        (confidence >= policy.min_confidence).then_some(read)
    });
    match mended {
        Some(_) => found.map(|reading| reading.by("damaged name", 0.99)),
        None => found,
    }
}

/// A code of ISO 3166-1 in small letters, where it is no word: "phl".
fn small_code(text: &str, policy: &Policy) -> Option<Reading> {
    const WORDS: [&str; 8] = ["and", "are", "can", "per", "nor", "ago", "guy", "lie"];
    if text.len() != 3 || !policy.accepts(Scheme::Alpha3) || WORDS.contains(&text.to_ascii_lowercase().as_str()) {
        return None;
    }
    let areas = choose(INDEX.alpha3.get(&text.to_ascii_uppercase())?, policy.year);
    let read = Reading { areas, name: None, rule: "alpha-3 code in small letters", confidence: 0.95 };
    (policy.min_confidence <= read.confidence).then_some(read)
}

/// Whether a label names several areas: "China and Hong Kong", "Sudan + South Sudan".
fn several(text: &str, year: Option<i32>) -> bool {
    let parts = [" and ", "+", "&", " / ", "/", ", "]
        .into_iter()
        .find(|joint| text.contains(joint))
        .map(|joint| text.split(joint));
    let Some(parts) = parts else { return false };
    let mut codes: Vec<_> = parts.filter_map(|part| exact(part, year)?.area()).map(|area| area.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.len() > 1
}

/// The two letters of a flag: it is written with a letter each.
fn flag(text: &str) -> Option<String> {
    let letter =
        |c: char| ('\u{1f1e6}'..='\u{1f1ff}').contains(&c).then(|| (b'A' + (u32::from(c) - 0x1f1e6) as u8) as char);
    let letters: String = text.chars().map(letter).collect::<Option<_>>()?;
    (letters.len() == 2).then_some(letters)
}

/// No label that names an area is longer, in bytes.
const LONGEST: usize = 400;

fn answer(reading: Reading, policy: &Policy) -> Answer {
    let Reading { areas, name, rule, confidence } = reading;
    let [area] = areas[..] else {
        if areas.is_empty() {
            return unknown();
        }
        let candidates = areas.iter().map(|area| area.code).collect();
        return Answer { state: State::Ambiguous, rule, candidates, ..unknown() };
    };
    let state = match area.kind {
        Kind::Country => State::Matched,
        Kind::Former => State::Former,
        Kind::Aggregate | Kind::Total => State::Aggregate,
        Kind::Residual => State::Residual,
    };
    let outlived = state == State::Former && policy.year.zip(area.to).is_some_and(|(year, end)| year > end);
    let (text, language, source) = name.map_or(("", "", ""), |name| (name.text, name.language, name.source));
    Answer {
        code: Some(area.code),
        state,
        rule,
        confidence,
        name: text,
        language,
        source,
        outlived,
        candidates: Vec::new(),
    }
}

fn unknown() -> Answer {
    Answer {
        code: None,
        state: State::Unknown,
        rule: "",
        confidence: 0.0,
        name: "",
        language: "",
        source: "",
        outlived: false,
        candidates: Vec::new(),
    }
}

/// A number as a column of floats prints it: "4.0".
pub(super) fn whole(text: &str) -> &str {
    text.strip_suffix(".0").filter(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit())).unwrap_or(text)
}

fn by_code(text: &str, policy: &Policy) -> (Vec<&'static Area>, &'static str) {
    if let Some(area) = own_code(text) {
        return (vec![area], "own code");
    }
    if let Some(scheme) = policy.scheme.or_else(|| policy.inferred(text)) {
        return (choose(scheme.get(text), policy.year), scheme.rule());
    }
    // Where the scheme is not declared, small letters are words: "and", "in", "no".
    let code = |scheme: Scheme| (choose(scheme.get_written(text), policy.year), scheme.rule());
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if digits {
        let (country, rule) = code(Scheme::Numeric);
        // Four digits are a year where nobody says otherwise.
        return if country.is_empty() && text.len() <= 3 { code(Scheme::M49) } else { (country, rule) };
    }
    let (found, rule) = match text.len() {
        2 => code(Scheme::Alpha2),
        3 => code(Scheme::Alpha3),
        _ => return (Vec::new(), ""),
    };
    let mixed = policy.column.as_ref().is_some_and(|column| column.is_mixed(text));
    if found.is_empty() || mixed {
        return (choose(&scheme::by_any(text), policy.year), "code of other lists");
    }
    (found, rule)
}

/// Codes that are written like no word of any language.
pub(super) fn own_code(text: &str) -> Option<&'static Area> {
    // A bare alpha-3 code is a code only where its scheme is accepted.
    if let Some(area) = get(text).filter(|area| area.kind != Kind::Country).or_else(|| INDEX.own.get(text).copied()) {
        return Some(area);
    }
    let (prefix, rest) = text.split_once(':')?;
    let rest = rest.trim();
    if prefix.eq_ignore_ascii_case("m49") {
        let number = rest.parse::<u32>().ok()?;
        let meanings = INDEX.m49.get(&number).or_else(|| INDEX.numeric.get(&number))?;
        return Some(meanings.first()?.area);
    }
    let group = prefix.eq_ignore_ascii_case("grp").then(|| format!("grp:{}", rest.to_ascii_uppercase()))?;
    get(&group).or_else(|| INDEX.own.get(&group).copied())
}

/// The meanings that hold in the year. Those tied to certain years do not hold where no year is given, unless all are.
pub(super) fn choose(meanings: &[Meaning], year: Option<i32>) -> Vec<&'static Area> {
    let tied = |meaning: &&Meaning| meaning.from.is_some() || meaning.to.is_some();
    let holds = |meaning: &&Meaning| {
        !tied(meaning)
            || year.is_some_and(|y| meaning.from.is_none_or(|from| from <= y) && meaning.to.is_none_or(|to| y <= to))
    };
    let found: Vec<_> = meanings.iter().filter(holds).map(|meaning| meaning.area).collect();
    if found.is_empty() { meanings.iter().map(|meaning| meaning.area).collect() } else { found }
}

fn union(mut some: Vec<&'static Area>, more: Vec<&'static Area>) -> Vec<&'static Area> {
    let codes: FxHashSet<_> = some.iter().map(|area| area.code).collect();
    some.extend(more.into_iter().filter(|area| !codes.contains(area.code)));
    some
}

/// Names that read most like a text, nearest first; for messages, never an answer.
pub fn suggest(text: &str, n: usize) -> Vec<&'static str> {
    near(text, n).into_iter().map(|(name, _)| name).collect()
}

/// Names that read most like a text, and their codes.
pub fn near(text: &str, n: usize) -> Vec<(&'static str, &'static str)> {
    nearest(text, n, |_| true)
}

/// Why a label stands for no area of ours, and the country that it belongs to: a capital, a city, a part of a country.
pub fn why_not(text: &str) -> Option<(&'static str, &'static str)> {
    no_area(&key(bare(text))).map(|row| (row.why.as_str(), row.of.as_str()))
}

/// Names and codes of the areas that are wanted and whose names read most like a text.
pub(super) fn nearest(text: &str, n: usize, wanted: impl Fn(&Area) -> bool) -> Vec<(&'static str, &'static str)> {
    // The measure is quadratic, and no name is longer.
    let wish: String = key(bare(text)).chars().take(80).collect();
    if wish.is_empty() {
        return Vec::new();
    }
    let mut scored = Vec::new();
    for (key, name) in spellings().filter(|(_, name)| wanted(name.area)) {
        let score = strsim::jaro_winkler(&wish, key);
        if score > 0.82 {
            scored.push((score, name));
        }
    }
    scored.sort_by(|(one, a), (other, b)| other.total_cmp(one).then_with(|| a.text.cmp(b.text)));
    let mut seen = FxHashSet::default();
    scored.retain(|(_, name)| seen.insert(name.area.code));
    scored.iter().take(n).map(|(_, name)| (name.text, name.area.code)).collect()
}

#[cfg(test)]
mod tests;
