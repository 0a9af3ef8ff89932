//! What areas are called: in English as tables print it, and in the languages of the United Nations and of CLDR.
//!
//! English is asked first; another language only where English knows no such name.

use std::sync::LazyLock;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::normalise::key;
use super::{Area, all, each, fixed, get, known, row, rows};

/// A spelling of a name, what it stands for, and in which years it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    /// As it is written.
    pub text: &'static str,
    /// The language as CLDR writes it; empty where a table does not say.
    pub language: &'static str,
    /// Where we have it from.
    pub source: &'static str,
    /// What it stands for.
    pub area: &'static Area,
    /// First year.
    pub from: Option<i32>,
    /// Last year.
    pub to: Option<i32>,
}

/// Names by their key.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_key: FxHashMap<String, Vec<Name>>,
}

/// English names, and labels that tables print for regions, groups and residuals.
pub(super) static ENGLISH: LazyLock<Names> = LazyLock::new(Names::english);
/// Names in other languages, by script: a column is seldom written in several, and each takes time to gather.
static FOREIGN: [LazyLock<Names>; 2] =
    [LazyLock::new(|| Names::foreign(Script::Latin)), LazyLock::new(|| Names::foreign(Script::Other))];

/// Whether a text is written in Latin letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Other,
}

impl Script {
    fn of(text: &str) -> Self {
        let other = |c: char| {
            let latin =
                matches!(c, '\0'..'\u{370}' | '\u{1d00}'..'\u{1f00}' | '\u{2c60}'..'\u{2c80}' | '\u{a720}'..'\u{a800}');
            !latin && !matches!(c, '\u{2000}'..'\u{2c00}')
        };
        if text.is_ascii() || !text.chars().any(other) { Self::Latin } else { Self::Other }
    }
}

const UN: &str = include_str!("../tables/area_names_un.csv");
const CLDR: [&str; 2] =
    [include_str!("../tables/area_names_cldr_latin.csv"), include_str!("../tables/area_names_cldr_other.csv")];
const MORE: &str = include_str!("../tables/area_names_more.csv");
/// Tables of names typed in, each with a language.
const TYPED: [&str; 4] = [
    include_str!("../tables/area_names_history.csv"),
    include_str!("../tables/area_names_formal.csv"),
    include_str!("../tables/area_names_owid.csv"),
    include_str!("../tables/area_names_residual.csv"),
];

/// Labels that stand for no area of ours, and why.
static NOT: LazyLock<FxHashMap<String, NotRow>> = LazyLock::new(|| {
    let rows = rows::<NotRow>(include_str!("../tables/area_not.csv"));
    rows.into_iter().map(|row| (key(&row.text), row)).collect()
});

/// A label that stands for no area of ours.
#[derive(Debug, Deserialize)]
pub(super) struct NotRow {
    text: String,
    /// The country that it belongs to; may be empty.
    pub of: String,
    /// What it is: a capital, a city, a part, a region, a word, fiction.
    pub why: String,
}

#[derive(Deserialize)]
struct EnglishRow<'a> {
    name: &'a str,
    code: &'a str,
    year_from: Option<i32>,
    year_to: Option<i32>,
    source: &'a str,
}

#[derive(Deserialize)]
struct TypedRow<'a> {
    code: &'a str,
    language: &'a str,
    name: &'a str,
    #[serde(default)]
    year_from: Option<i32>,
    #[serde(default)]
    year_to: Option<i32>,
    source: &'a str,
}

#[derive(Deserialize)]
struct MoreRow {
    code: String,
    names: String,
    source: String,
}

/// The names of a key: English ones, else those of other languages.
pub(super) fn of(key: &str) -> &'static [Name] {
    let english = ENGLISH.get(key);
    if english.is_empty() { FOREIGN[Script::of(key) as usize].get(key) } else { english }
}

impl Names {
    /// The names of a key.
    pub fn get(&self, key: &str) -> &[Name] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }

    /// Keys and their names, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Name])> {
        self.by_key.iter().map(|(key, names)| (key.as_str(), names.as_slice()))
    }

    fn add(&mut self, key: String, name: Name) {
        let names = self.by_key.entry(key).or_default();
        if names.iter().all(|other| other.area.code != name.area.code) {
            names.push(name);
        }
    }

    fn english() -> Self {
        let mut names = Self::default();
        for area in all() {
            let name = Name { text: area.name, language: "en", source: "", area, from: None, to: None };
            names.add(key(area.name), name);
        }
        for table in [include_str!("../tables/area_names.csv"), include_str!("../tables/area_group_names.csv")] {
            each(table, |record, header| {
                let row: EnglishRow<'_> = row(record, header);
                let (text, source, area) = (fixed(row.name), fixed(row.source), known(row.code));
                names.add(key(text), Name { text, language: "en", source, area, from: row.year_from, to: row.year_to });
            });
        }
        // A name that tables read otherwise, "Congo" or "Micronesia", stays what the tables say.
        names.add_new(typed(&TYPED, |language, _| language == "en"));
        names.add_new(typed(&[UN], |language, _| language == "en"));
        names.add_new(cldr(|language, _| language.starts_with("en")));
        names
    }

    fn foreign(script: Script) -> Self {
        let wanted = |language: &str, text: &str| !language.starts_with("en") && Script::of(text) == script;
        let ((un, typed), (cldr, more)) = rayon::join(
            || (keyed(typed(&[UN], wanted)), keyed(typed(&TYPED, wanted))),
            || (keyed(cldr(wanted)), keyed(more(wanted))),
        );
        let mut names = Self::default();
        for (key, name) in un.into_iter().chain(cldr) {
            if let Some(rest) = without_article(name.text) {
                names.add(super::normalise::key(rest), name);
            }
            names.add(key, name);
        }
        // "Macedonia, Antigua República Yugoslava de", with or without its last word.
        let short = |(key, name): &(String, Name)| {
            let cut =
                [" de", " d", " del", " di", " von", " der", " van"].iter().find_map(|word| key.strip_suffix(word))?;
            name.text.contains(", ").then(|| (cut.to_owned(), *name))
        };
        let cut: Vec<_> = typed.iter().filter_map(short).collect();
        // These are taken where nobody else claims them.
        for (key, name) in
            typed.into_iter().chain(cut).chain(more.into_iter().filter(|(key, _)| no_area(key).is_none()))
        {
            if names.get(&key).is_empty() {
                names.add(key, name);
            }
        }
        names
    }

    /// Adds the names whose keys mean nothing yet.
    fn add_new(&mut self, list: Vec<Name>) {
        let fresh: Vec<_> = keyed(list).into_iter().filter(|(key, _)| self.get(key).is_empty()).collect();
        for (key, name) in fresh {
            self.add(key, name);
        }
    }
}

fn keyed(list: Vec<Name>) -> Vec<(String, Name)> {
    list.into_par_iter().map(|name| (key(name.text), name)).collect()
}

/// What an area is called in a language: "fr", "pt-PT", "zh-Hant"; its short name, or the formal one of the United Nations.
///
/// A regional language that has no name of its own for it has that of the language.
pub fn called(area: &Area, language: &str, formal: bool) -> Option<&'static str> {
    let mut wish = language.replace('_', "-");
    loop {
        if let Some(name) = CALLED.get(&(formal, wish.to_ascii_lowercase())).and_then(|names| names.get(area.code)) {
            return Some(name);
        }
        let short = wish.rfind('-')?;
        wish.truncate(short);
    }
}

/// Languages that have names of areas, in alphabetical order.
pub fn languages() -> Vec<&'static str> {
    let mut all: Vec<_> = everything().map(|name| name.language).collect();
    all.sort_unstable();
    all.dedup();
    let whole = |language: &&str| get("LKA").is_some_and(|area| called(area, language, false).is_some());
    all.retain(whole);
    all
}

/// Names by form and language in small letters, and area.
static CALLED: LazyLock<FxHashMap<(bool, String), FxHashMap<&'static str, &'static str>>> = LazyLock::new(|| {
    let mut called: FxHashMap<_, FxHashMap<_, _>> = FxHashMap::default();
    let mut put = |formal: bool, name: &Name| {
        let names = called.entry((formal, name.language.to_ascii_lowercase())).or_default();
        names.entry(name.area.code).or_insert(name.text);
    };
    for area in all() {
        put(false, &Name { text: area.name, language: "en", source: "", area, from: None, to: None });
    }
    for name in cldr(|_, _| true).iter().chain(&typed(&TYPED[..1], |_, _| true)) {
        put(false, name);
    }
    for row in rows::<UnRow>(UN).iter().filter(|row| row.form == "formal") {
        let (text, language) = (fixed(&row.name), fixed(&row.language));
        put(true, &Name { text, language, source: "", area: known(&row.code), from: None, to: None });
    }
    called
});

#[derive(Deserialize)]
struct UnRow {
    code: String,
    language: String,
    form: String,
    name: String,
}

/// How the tables of one publisher use names.
#[derive(Debug, Default)]
pub(super) struct Habits {
    /// Names that mean several areas, by key, and what they mean there.
    pub names: FxHashMap<String, &'static Area>,
    /// Whether past years too are given in today's states: "Sudan" in 2005 is what is Sudan today.
    pub today: bool,
}

/// How the tables of a publisher use names.
pub(super) fn habits(user: &str) -> Option<&'static Habits> {
    HABITS.get(user)
}

/// Publishers whose use of names is known.
pub(super) fn users() -> Vec<&'static str> {
    let mut users: Vec<_> = HABITS.keys().map(String::as_str).collect();
    users.sort_unstable();
    users
}

static HABITS: LazyLock<FxHashMap<String, Habits>> = LazyLock::new(|| {
    let mut habits: FxHashMap<String, Habits> = FxHashMap::default();
    for row in rows::<UsageRow>(include_str!("../tables/area_usage.csv")) {
        let user = habits.entry(row.user).or_default();
        if row.name == "*" {
            user.today = row.code == "today";
        } else {
            user.names.insert(key(&row.name), known(&row.code));
        }
    }
    habits
});

#[derive(Deserialize)]
struct UsageRow {
    user: String,
    name: String,
    code: String,
}

/// Every name that is known, in every language.
pub(super) fn everything() -> impl Iterator<Item = Name> {
    let foreign = FOREIGN.iter().flat_map(|names| names.iter());
    ENGLISH.iter().chain(foreign).flat_map(|(_, names)| names.iter().copied())
}

/// What a label is that stands for no area of ours.
pub(super) fn no_area(key: &str) -> Option<&'static NotRow> {
    NOT.get(key)
}

/// Places that are no areas of ours; not the words and cities, some of which were chosen for being near to a name.
#[cfg(test)]
pub(super) fn places_not() -> impl Iterator<Item = &'static str> {
    let mut places: Vec<_> =
        NOT.values().filter(|row| row.why != "word" && row.why != "city").map(|row| row.text.as_str()).collect();
    places.sort_unstable();
    places.into_iter()
}

fn typed(tables: &[&str], wanted: impl Fn(&str, &str) -> bool) -> Vec<Name> {
    let mut found = Vec::new();
    for table in tables {
        each(table, |record, header| {
            let row: TypedRow<'_> = row(record, header);
            if wanted(row.language, row.name) {
                let (text, language, source) = (fixed(row.name), fixed(row.language), fixed(row.source));
                let area = known(row.code);
                found.push(Name { text, language, source, area, from: row.year_from, to: row.year_to });
            }
        });
    }
    found
}

fn cldr(wanted: impl Fn(&str, &str) -> bool) -> Vec<Name> {
    let mut found = Vec::new();
    for table in CLDR {
        each(table, |record, header| {
            let (language, source) = (fixed(&record[0]), fixed(&record[1]));
            let cells = record.iter().zip(header).skip(2);
            found.extend(cells.filter(|(text, _)| !text.is_empty() && wanted(language, text)).filter_map(
                |(text, of)| {
                    let area = get(of.split(' ').next().unwrap_or_default())?;
                    Some(Name { text: fixed(text), language, source, area, from: None, to: None })
                },
            ));
        });
    }
    found
}

fn more(wanted: impl Fn(&str, &str) -> bool) -> Vec<Name> {
    let mut found = Vec::new();
    for row in rows::<MoreRow>(MORE) {
        let (area, source) = (known(&row.code), fixed(&row.source));
        for text in row.names.split(" | ").filter(|text| wanted("", text)) {
            found.push(Name { text: fixed(text), language: "", source, area, from: None, to: None });
        }
    }
    found
}

/// A label without the article that it begins with: "la Hongrie", "l'Arménie", "los Países Bajos".
pub(super) fn without_article(text: &str) -> Option<&str> {
    let elided = ["l'", "l’", "L'", "L’"].iter().find_map(|article| text.strip_prefix(article));
    let rest = elided.or_else(|| {
        let (first, rest) = text.split_once(' ')?;
        ARTICLES.iter().any(|article| article.eq_ignore_ascii_case(first)).then_some(rest.trim_start())
    })?;
    (rest.chars().count() > 2).then_some(rest)
}

pub(super) const ARTICLES: [&str; 14] =
    ["the", "le", "la", "les", "el", "los", "las", "il", "lo", "gli", "die", "der", "das", "het"];
