//! One name in other words: another order, other words for the state, abbreviations, blanks in other places.
//!
//! Only English names are taken apart. What is left when the words for a state go must belong to one area alone: "Republic of
//! Korea" and "Democratic People's Republic of Korea" leave the same, so neither is read here.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::names::{self, ENGLISH, Name};
use super::normalise::key;
use super::typo::{Letters, letters};
use super::{Area, Kind};

/// The English names, by their words.
pub(super) struct Wording {
    cores: FxHashMap<String, Vec<Name>>,
    /// Areas that share what is left of a name with another area.
    shared: FxHashSet<&'static str>,
    /// All spellings, in order of length and text.
    pub spellings: Vec<Spelling>,
    /// The letters of each, side by side: every search for a misspelt name goes through them.
    pub letters: Vec<Letters>,
}

/// A spelling taken apart.
pub(super) struct Spelling {
    /// Its key.
    pub key: &'static str,
    /// Its key without blanks.
    pub compact: String,
    /// Whether it stands for longer words: no slip is told from another abbreviation.
    pub abbreviation: bool,
    /// What it names.
    pub name: Name,
}

impl Spelling {
    /// Whether a slip may be told from it: a name of a country or former state, and no short by-name.
    pub fn is_state_name(&self) -> bool {
        let own = self.name.source != "usual spelling" && !self.name.source.starts_with("common");
        matches!(self.name.area.kind, Kind::Country | Kind::Former) && (own || self.compact.len() >= 6)
    }
}

pub(super) static WORDING: LazyLock<Wording> = LazyLock::new(Wording::build);

/// Words that say what kind of state it is, or nothing.
const STATE: &[&str] = &[
    "of",
    "and",
    "in",
    "republic",
    "rep",
    "democratic",
    "dem",
    "federal",
    "federated",
    "federative",
    "federation",
    "fed",
    "people",
    "peoples",
    "socialist",
    "soviet",
    "ssr",
    "kingdom",
    "principality",
    "grand",
    "duchy",
    "sultanate",
    "emirate",
    "state",
    "commonwealth",
    "plurinational",
    "bolivarian",
    "cooperative",
    "co",
    "operative",
    "arab",
    "hashemite",
    "islamic",
    "isl",
    "independent",
    "sovereign",
    "country",
    "nation",
    "territory",
    "territories",
    "terr",
    "ter",
    "overseas",
    "proper",
    "collectivity",
    "department",
    "dependency",
    "dependencies",
    "de",
    "du",
    "des",
    "del",
    "della",
    "di",
    "do",
    "da",
    "dos",
    "das",
    "der",
    "van",
    "von",
    "und",
    "et",
    "y",
    "e",
    "i",
    "la",
    "le",
    "les",
    "el",
    "los",
    "las",
    "republique",
    "republica",
    "republik",
    "repubblica",
    "republiek",
    "republika",
    "respublika",
    "democratique",
    "democratica",
    "demokratische",
    "demokratik",
    "populaire",
    "popular",
    "volksrepublik",
    "socialiste",
    "socialista",
    "federale",
    "federal",
    "federation",
    "federacion",
    "royaume",
    "reino",
    "regno",
    "konigreich",
    "koninkrijk",
    "etat",
    "estado",
    "stato",
    "staat",
    "principaute",
    "principado",
    "principato",
    "furstentum",
    "sultanat",
    "sultanato",
    "emirat",
    "emirato",
    "commune",
    "collectivite",
    "territoire",
    "territorio",
    "departement",
    "special",
    "administrative",
    "region",
    "islamique",
    "islamica",
    "islamische",
    "arabe",
    "arabische",
    "araba",
    "unie",
    "unida",
    "bolivariana",
    "bolivarienne",
    "plurinacional",
    "territoriale",
    "co",
    "federative",
    "federativa",
    "confederation",
    "autonomous",
    "cooperativa",
    "cooperative",
    "populare",
    "popolare",
];

/// Whether a word says only what kind of state it is.
pub(super) fn is_state_word(word: &str) -> bool {
    STATE.contains(&word)
}

/// Words that are one word.
fn canonical(word: &str) -> &str {
    match word {
        "is" | "isds" | "isls" | "island" | "isle" | "isles" | "ile" | "iles" | "isla" | "islas" | "ilha" | "ilhas"
        | "isola" | "isole" | "insel" | "inseln" | "archipelago" | "archipel" | "archipielago" | "group" => "islands",
        "ste" | "sainte" | "sankt" => "saint",
        "n" | "northern" => "north",
        "s" | "southern" => "south",
        "e" | "eastern" => "east",
        "w" | "western" => "west",
        "br" | "brit" => "british",
        "usa" => "us",
        other => other,
    }
}

/// Words that many names share.
const GENERIC: &[&str] = &["islands", "saint", "united", "states", "union", "federated"];

/// The letters of the words that tell a name from others.
pub(super) fn telling_letters(key: &str) -> usize {
    let words = key.split(' ').filter(|word| !STATE.contains(word) && !GENERIC.contains(&canonical(word)));
    words.map(str::len).sum()
}

/// The words of a name that tell it from others, in alphabetical order.
fn core(key: &str) -> String {
    let mut words: Vec<&str> = key.split(' ').filter(|word| !STATE.contains(word)).map(canonical).collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

impl Wording {
    fn build() -> Self {
        let mut cores: FxHashMap<String, Vec<Name>> = FxHashMap::default();
        let mut spellings = Vec::new();
        for (key, list) in ENGLISH.iter() {
            for name in list {
                let same = cores.entry(core(key)).or_default();
                if same.iter().all(|other| other.area.code != name.area.code) {
                    same.push(*name);
                }
                let compact = key.replace(' ', "");
                let abbreviation = compact.len() < 4 || !name.text.contains(char::is_lowercase);
                spellings.push(Spelling { key, compact, abbreviation, name: *name });
            }
        }
        spellings.sort_by(|a, b| {
            let order = |s: &Spelling| (s.compact.len(), s.key, s.name.area.code);
            order(a).cmp(&order(b))
        });
        let shared = cores.values().filter(|list| list.len() > 1).flatten().map(|name| name.area.code).collect();
        let letters = spellings.iter().map(|spelling| letters(&spelling.compact)).collect();
        Self { cores, shared, spellings, letters }
    }

    /// Whether the name without the words for a state could be another area's.
    pub fn is_shared(&self, area: &Area) -> bool {
        self.shared.contains(area.code)
    }

    /// The area whose name has the same telling words.
    pub fn by_words(&self, key: &str) -> Option<Name> {
        let words = core(key);
        if words.len() < 3 || words == "islands" {
            return None;
        }
        let country = |name: &Name| name.area.kind == Kind::Country;
        if let Some(list) = self.cores.get(&words) {
            return alone(list).filter(country);
        }
        // "Fiji Islands"
        if let Some(rest) = words.strip_suffix(" islands").or_else(|| words.strip_prefix("islands ")) {
            return self.cores.get(rest).and_then(|list| alone(list)).filter(country);
        }
        // "Georgian Soviet Socialist Republic": what is left may be a word of another list.
        let rest: Vec<_> = key.split(' ').filter(|word| !STATE.contains(word)).collect();
        if rest.len() == key.split(' ').count() {
            return None;
        }
        alone(names::of(&rest.join(" "))).filter(|name| country(name) && !self.is_shared(name.area))
    }

    /// The area whose name is the label but for its blanks: `TrinidadandTobago`.
    pub fn by_letters(&self, key: &str) -> Option<Name> {
        let compact = key.replace(' ', "");
        let start = self.spellings.partition_point(|s| s.compact.len() < compact.len());
        let same = self.spellings[start..].iter().take_while(|s| s.compact.len() == compact.len());
        // "Yemenn" is a slip and not "Yemen, N.".
        let words = |s: &&Spelling| s.compact == compact && !s.key.split(' ').any(|word| word.len() == 1);
        only(same.filter(words).map(|s| s.name))
    }

    /// The area whose name the label abbreviates: "St. Vin. and Gren.".
    pub fn by_abbreviation(&self, text: &str) -> Option<Name> {
        let words = abbreviated(text);
        let dotted = words.iter().any(|(_, dotted)| *dotted);
        let letters: usize = words.iter().map(|(word, _)| word.len()).sum();
        if !dotted || letters < 4 || words.len() > 8 {
            return None;
        }
        let fits = |spelling: &&Spelling| {
            let mut name = spelling.key.split(' ').filter(|word| !SMALL.contains(word));
            words.iter().all(|(word, dotted)| {
                name.next().is_some_and(|full| word == full || (*dotted && shortens(word, full, words.len() > 1)))
            }) && name.next().is_none()
        };
        only(self.spellings.iter().filter(fits).map(|s| s.name))
    }

    /// The area whose name the label would be if its lost letters were found: "Cura?ao".
    pub fn by_holes(&self, text: &str, is_hole: impl Fn(char) -> bool) -> Option<Name> {
        let parts: Vec<String> = text.split(is_hole).map(|part| key(part).replace(' ', "")).collect();
        let letters: usize = parts.iter().map(String::len).sum();
        let lost = 2 * (parts.len() - 1);
        let start = self.spellings.partition_point(|s| s.compact.len() < letters);
        let alike = self.spellings[start..].iter().take_while(|s| s.compact.len() <= letters + lost);
        only(alike.filter(|s| fits_holes(&s.compact, &parts)).map(|s| s.name))
    }
}

const SMALL: &[&str] = &["of", "and"];

/// Whether a word is an abbreviation of another: its beginning, or some of its letters.
fn shortens(word: &str, full: &str, among_others: bool) -> bool {
    full.starts_with(word)
        || (among_others && word.len() >= 3 && full.as_bytes()[0] == word.as_bytes()[0] && {
            let mut letters = full.bytes();
            word.bytes().all(|wanted| letters.any(|letter| letter == wanted))
        })
}

/// The words of a label, and whether each ends in a full stop.
fn abbreviated(text: &str) -> Vec<(String, bool)> {
    let mut words = Vec::new();
    for part in text.split_inclusive(['.', ' ', '-', '/', '&', ',', '(', ')']) {
        let word = key(part);
        let dotted = part.ends_with('.');
        // "st" is "saint" before a word, and here it stands alone.
        let word = if word == "st" { "saint".to_owned() } else { word };
        if !word.is_empty() && !SMALL.contains(&word.as_str()) {
            words.extend(word.split(' ').map(|word| (word.to_owned(), dotted)));
        }
    }
    words
}

fn fits_holes(full: &str, parts: &[String]) -> bool {
    let Some(mut rest) = full.strip_prefix(parts[0].as_str()) else { return false };
    let (last, middle) = parts[1..].split_last().expect("there is a hole");
    for part in middle {
        match rest.find(part.as_str()).filter(|at| *at <= 2) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.strip_suffix(last.as_str()).is_some_and(|lost| lost.len() <= 2)
}

fn alone(list: &[Name]) -> Option<Name> {
    match list {
        [name] => Some(*name),
        _ => None,
    }
}

/// The one area that all these names are of.
fn only(mut found: impl Iterator<Item = Name>) -> Option<Name> {
    let first = found.next()?;
    found.all(|name| name.area.code == first.area.code).then_some(first)
}
