//! One name, read by the rules that need no second part.

use rustc_hash::FxHashSet;

use super::names::{self, ENGLISH, Name, without_article};
use super::normalise::{bare, key, without_compass, without_digits};
use super::wording::WORDING;
use super::{Area, Kind};

/// What a name was read as.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// One area, or all that it may mean.
    pub areas: Vec<&'static Area>,
    /// The spelling that was found.
    pub name: Option<Name>,
    /// How it was found.
    pub rule: &'static str,
    /// How sure it is, from 0 to 1.
    pub confidence: f32,
}

impl Reading {
    /// An area found without a name.
    pub fn of(area: &'static Area, rule: &'static str, confidence: f32) -> Self {
        Self { areas: vec![area], name: None, rule, confidence }
    }

    fn named(name: Name, rule: &'static str, confidence: f32) -> Self {
        Self { areas: vec![name.area], name: Some(name), rule, confidence }
    }

    /// The area, where it is one.
    pub fn area(&self) -> Option<&'static Area> {
        match self.areas[..] {
            [area] => Some(area),
            _ => None,
        }
    }

    /// Whether an English name was found.
    pub fn is_english(&self) -> bool {
        self.name.is_some_and(|name| name.language.starts_with("en"))
    }

    /// The reading as part of another rule.
    pub fn by(mut self, rule: &'static str, confidence: f32) -> Self {
        self.rule = rule;
        self.confidence = self.confidence.min(confidence);
        self
    }
}

/// A name as it is known, or in other words.
pub(super) fn plain(text: &str, year: Option<i32>) -> Option<Reading> {
    exact(text, year).or_else(|| in_other_words(text, year))
}

/// A name that is not known as it stands: with an article, without its umlauts, in another order, abbreviated.
pub(super) fn in_other_words(text: &str, year: Option<i32>) -> Option<Reading> {
    let bare = bare(text);
    let plain = key(bare);
    without_article(text)
        .and_then(|rest| exact(rest, year))
        .or_else(|| umlauts(&plain, year))
        .or_else(|| WORDING.by_letters(&plain).map(|name| Reading::named(name, "spelling but for blanks", 1.0)))
        .or_else(|| WORDING.by_words(&plain).map(|name| Reading::named(name, "words of the name", 0.97)))
        .or_else(|| WORDING.by_abbreviation(bare).map(|name| Reading::named(name, "abbreviation", 0.95)))
}

/// "Suedkorea", as German is written without its dots.
fn umlauts(plain: &str, year: Option<i32>) -> Option<Reading> {
    if !["ae", "oe", "ue"].iter().any(|pair| plain.contains(pair)) {
        return None;
    }
    let written = plain.replace("ae", "a").replace("oe", "o").replace("ue", "u");
    let [name] = named(&written, year)[..] else { return None };
    (name.language == "de").then(|| Reading::named(name, "name in a language", 1.0))
}

/// A name as it is known, after case, accents, punctuation and footnotes are removed.
pub(super) fn exact(text: &str, year: Option<i32>) -> Option<Reading> {
    let short = bare(text);
    let plain = key(short);
    let mut found = named(&plain, year);
    if let Some(rest) = without_compass(short) {
        // "Germany (e)" may be East Germany or have a footnote.
        found = union(found, named(&key(rest), year));
    }
    if found.is_empty() {
        found = no_longer(&plain);
    }
    if found.is_empty()
        && let Some(rest) = without_digits(short)
    {
        found = named(&key(rest), year);
        // "G7" and "EU27" are not "G" and "EU".
        if !found.iter().all(|name| matches!(name.area.kind, Kind::Country | Kind::Former)) {
            found.clear();
        }
    }
    // "European Union (15)" is not the Union with a footnote.
    let trimmed = text.trim();
    let mark = trimmed.get(short.len()..).filter(|_| trimmed.starts_with(short)).unwrap_or_default();
    let number = mark.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 1);
    if number && found.iter().all(|name| name.area.kind == Kind::Aggregate) {
        found = named(&key(trimmed), year);
    }
    let first = *found.first()?;
    let own = found.len() == 1 && (first.text == first.area.name || key(first.area.name) == plain);
    let rule = match first.language {
        _ if own => "English name",
        "en" => "spelling",
        "" => "name in another language",
        _ => "name in a language",
    };
    let areas = found.iter().map(|name| name.area).collect();
    Some(Reading { areas, name: Some(first), rule, confidence: 1.0 })
}

fn named(key: &str, year: Option<i32>) -> Vec<Name> {
    choose(names::of(key), year)
}

/// "Former Yugoslavia", "USSR (former)": the former state, whatever the year.
fn no_longer(key: &str) -> Vec<Name> {
    let words = ["former ", "formerly ", "ex ", "ehemaliges ", "ehemalige ", "ancienne ", "ancien "];
    let rest = words.iter().find_map(|word| key.strip_prefix(word));
    let rest = rest.or_else(|| [" former", " ex"].iter().find_map(|word| key.strip_suffix(word)));
    let mut found = rest.map_or_else(Vec::new, |rest| named(rest, None));
    found.retain(|name| name.area.kind == Kind::Former);
    found
}

/// The names that hold in the year. Those tied to certain years do not hold where no year is given, unless all are.
fn choose(list: &[Name], year: Option<i32>) -> Vec<Name> {
    let tied = |name: &&Name| name.from.is_some() || name.to.is_some();
    let holds = |name: &&Name| {
        !tied(name) || year.is_some_and(|y| name.from.is_none_or(|from| from <= y) && name.to.is_none_or(|to| y <= to))
    };
    let found: Vec<_> = list.iter().filter(holds).copied().collect();
    let found = if found.is_empty() { list.to_vec() } else { found };
    // In 1998 "Yugoslavia" was the state that then bore the name, not the one that had ended.
    let ended = |name: &Name| year.zip(name.area.to).is_some_and(|(year, end)| year > end);
    let alive: Vec<_> = found.iter().filter(|name| !ended(name)).copied().collect();
    if alive.is_empty() { found } else { alive }
}

fn union(mut some: Vec<Name>, more: Vec<Name>) -> Vec<Name> {
    let codes: FxHashSet<_> = some.iter().map(|name| name.area.code).collect();
    some.extend(more.into_iter().filter(|name| !codes.contains(name.area.code)));
    some
}

/// Every English spelling, for suggestions.
pub(super) fn spellings() -> impl Iterator<Item = (&'static str, Name)> {
    ENGLISH.iter().flat_map(|(key, names)| names.iter().map(move |name| (key, *name)))
}
