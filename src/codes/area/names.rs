//! What areas are called: in English as tables print it, and in the languages of the United Nations and of CLDR.
//!
//! English is asked first; another language only where English knows no such name.

use std::sync::LazyLock;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::normalise::key;
use super::{Area, all, fixed, get, known, rows};

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
/// Names in other languages.
static OTHER: LazyLock<Names> = LazyLock::new(Names::other);

const UN: &str = include_str!("../tables/area_names_un.csv");
const CLDR: [&str; 2] =
    [include_str!("../tables/area_names_cldr_latin.csv"), include_str!("../tables/area_names_cldr_other.csv")];
const MORE: &str = include_str!("../tables/area_names_more.csv");

#[derive(Deserialize)]
struct EnglishRow {
    name: String,
    code: String,
    year_from: Option<i32>,
    year_to: Option<i32>,
    source: String,
}

#[derive(Deserialize)]
struct UnRow {
    code: String,
    language: String,
    name: String,
    source: String,
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
    if english.is_empty() { OTHER.get(key) } else { english }
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
        for row in rows::<EnglishRow>(include_str!("../tables/area_names.csv")) {
            let (text, source) = (fixed(&row.name), fixed(&row.source));
            let area = known(&row.code);
            names.add(key(text), Name { text, language: "en", source, area, from: row.year_from, to: row.year_to });
        }
        for name in un(|language| language == "en").into_iter().chain(cldr(|language| language.starts_with("en"))) {
            // A name that tables read otherwise, "Congo" or "Micronesia", stays what the tables say.
            let key = key(name.text);
            if names.get(&key).is_empty() {
                names.add(key, name);
            }
        }
        names
    }

    fn other() -> Self {
        let foreign = |language: &str| !language.starts_with("en");
        let mut parts = [Vec::new(), Vec::new(), Vec::new()];
        parts.par_iter_mut().enumerate().for_each(|(at, part)| {
            let list = match at {
                0 => un(|language| language != "en"),
                1 => cldr(foreign),
                _ => more(),
            };
            *part = list.into_iter().map(|name| (key(name.text), name)).collect();
        });
        let mut names = Self::default();
        let [first, second, last] = parts;
        for (key, name) in first.into_iter().chain(second) {
            if let Some(rest) = without_article(name.text) {
                names.add(super::normalise::key(rest), name);
            }
            names.add(key, name);
        }
        // Names of this source are taken where nobody else claims them.
        for (key, name) in last {
            if names.get(&key).is_empty() {
                names.add(key, name);
            }
        }
        names
    }
}

fn un(wanted: impl Fn(&str) -> bool) -> Vec<Name> {
    let rows = rows::<UnRow>(UN).into_iter().filter(|row| wanted(&row.language));
    let name = |row: UnRow| {
        let (language, source) = (fixed(&row.language), fixed(&row.source));
        Name { text: fixed(&row.name), language, source, area: known(&row.code), from: None, to: None }
    };
    rows.map(name).collect()
}

fn cldr(wanted: impl Fn(&str) -> bool) -> Vec<Name> {
    let mut found = Vec::new();
    for table in CLDR {
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        let header = reader.headers().expect("an embedded table is well formed").clone();
        let areas: Vec<_> = header.iter().map(|column| get(column.split(' ').next().unwrap_or_default())).collect();
        for row in reader.records() {
            let row = row.expect("an embedded table is well formed");
            if !wanted(&row[0]) {
                continue;
            }
            let (language, source) = (fixed(&row[0]), fixed(&row[1]));
            let cells = row.iter().zip(&areas).skip(2).filter(|(text, _)| !text.is_empty());
            found.extend(cells.filter_map(|(text, area)| {
                Some(Name { text: fixed(text), language, source, area: (*area)?, from: None, to: None })
            }));
        }
    }
    found
}

fn more() -> Vec<Name> {
    let mut found = Vec::new();
    for row in rows::<MoreRow>(MORE) {
        let (area, source) = (known(&row.code), fixed(&row.source));
        for text in row.names.split(" | ") {
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
