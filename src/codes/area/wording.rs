//! One name in other words: another order, other words for the state, abbreviations, blanks in other places.
//!
//! Only English names are taken apart. What is left when the words for a state go must belong to one area alone: "Republic of
//! Korea" and "Democratic People's Republic of Korea" leave the same, so neither is read here.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::names::{self, ENGLISH, Name};
use super::normalise::key;
use super::typo::{Letters, head, letters};
use super::{Area, Kind};

/// The English names, by their words.
pub(super) struct Wording {
    cores: FxHashMap<String, Vec<Name>>,
    /// Areas that share what is left of a name with another area.
    shared: FxHashSet<&'static str>,
    /// The area of each key without its blanks; none where it is of several.
    compact: FxHashMap<String, Option<Name>>,
    /// All spellings, in order of length and text.
    pub spellings: Vec<Spelling>,
    /// Places in the list, by the first letters of the words.
    initials: FxHashMap<String, Vec<u32>>,
    /// Places in the list, by the first and by the second letter.
    pub near: [Vec<u32>; 26],
    /// The letters of each, side by side: every search for a misspelt name goes through them.
    pub letters: Vec<Letters>,
    /// The first two letters of each.
    pub heads: Vec<[u8; 2]>,
}

/// A spelling taken apart.
pub(super) struct Spelling {
    /// Its key.
    pub key: &'static str,
    /// Its key without blanks.
    pub compact: String,
    /// Whether a misspelt label is compared with it.
    pub searched: bool,
    /// Whether a misspelt label may stand for it.
    pub target: bool,
    /// What it names.
    pub name: Name,
}

impl Spelling {
    fn of(key: &'static str, name: Name) -> Self {
        let compact = key.replace(' ', "");
        let letters = compact.len() >= 4 && compact.bytes().all(|b| b.is_ascii_lowercase());
        // No slip is told from a name that is mostly abbreviated: "S. Lucia", "MSAR, China", "Neth.".
        let words = name.text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’'));
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let whole = |word: &&str| word.chars().count() > 1 && word.contains(char::is_lowercase);
        let telling = words.iter().copied().filter(whole).filter(|word| !is_state_word(&word.to_lowercase()));
        let cut = !key.contains(' ') && name.text.ends_with('.');
        let full = !cut && (words.iter().all(whole) || telling.map(str::len).sum::<usize>() >= 6);
        let dated = name.from.is_some() || name.to.is_some();
        let own = name.source != "usual spelling" && !name.source.starts_with("common");
        let state = matches!(name.area.kind, Kind::Country | Kind::Former) && (own || compact.len() >= 6);
        Self { key, searched: letters && full && !dated, target: state, compact, name }
    }
}

pub(super) static WORDING: LazyLock<Wording> = LazyLock::new(Wording::build);

/// Words that say what kind of state it is, or nothing.
static STATE: LazyLock<FxHashSet<&str>> = LazyLock::new(|| {
    "of and in republic rep democratic dem federal federated federative federation fed people peoples \
     socialist soviet ssr kingdom principality grand duchy sultanate emirate state commonwealth plurinational \
     bolivarian cooperative co operative arab hashemite islamic isl independent sovereign country nation \
     territory terr ter proper collectivity department de du des del della di do da dos das der van von und \
     la le les el los las republique republica republik repubblica republiek republika respublika \
     democratique democratica demokratische demokratik populaire popular volksrepublik socialiste socialista \
     federale federacion royaume reino regno konigreich koninkrijk etat estado stato staat principaute \
     principado principato furstentum sultanat sultanato emirat emirato commune collectivite territoire \
     territorio departement special administrative region islamique islamica islamische arabe arabische araba unie \
     unida bolivariana bolivarienne plurinacional territoriale federativa confederation autonomous \
     cooperativa populare popolare"
        .split(' ')
        .collect()
});

/// Whether a word says only what kind of state it is.
pub(super) fn is_state_word(word: &str) -> bool {
    STATE.contains(word)
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

/// Words that stand for a part as well as for a state.
const WEAK: &[&str] = &["state", "region", "territory", "department", "province"];

/// Words that stand for a state only.
const STRONG: &[&str] = &[
    "republic",
    "rep",
    "kingdom",
    "ssr",
    "soviet",
    "republique",
    "republica",
    "republik",
    "repubblica",
    "staat",
    "estado",
    "etat",
];

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
                spellings.push(Spelling::of(key, *name));
            }
        }
        spellings.sort_by(|a, b| {
            let order = |s: &Spelling| (s.compact.len(), s.key, s.name.area.code);
            order(a).cmp(&order(b))
        });
        let shared = cores.values().filter(|list| list.len() > 1).flatten().map(|name| name.area.code).collect();
        let letters = spellings.iter().map(|spelling| letters(&spelling.compact)).collect();
        let heads = spellings.iter().map(|spelling| head(&spelling.compact)).collect();
        let mut compact: FxHashMap<String, Option<Name>> = FxHashMap::default();
        // "Yemenn" is a slip and not "Yemen, N.".
        for spelling in spellings.iter().filter(|spelling| !spelling.key.split(' ').any(|word| word.len() == 1)) {
            let known = compact.entry(spelling.compact.clone()).or_insert(Some(spelling.name));
            *known = known.filter(|other| other.area.code == spelling.name.area.code);
        }
        let mut initials: FxHashMap<String, Vec<u32>> = FxHashMap::default();
        let mut near: [Vec<u32>; 26] = std::array::from_fn(|_| Vec::new());
        for (at, spelling) in (0..).zip(&spellings) {
            let words = spelling.key.split(' ').filter(|word| !SMALL.contains(word));
            initials.entry(words.filter_map(|word| word.chars().next()).collect()).or_default().push(at);
            let [first, second] = head(&spelling.compact);
            if spelling.searched {
                near[usize::from(first - b'a')].push(at);
                if second != first {
                    near[usize::from(second - b'a')].push(at);
                }
            }
        }
        Self { cores, shared, compact, spellings, initials, near, letters, heads }
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
        // "West South Africa" has the words of "South West Africa".
        let compass = ["north", "south", "east", "west"];
        if words.split(' ').filter(|word| compass.contains(word)).count() > 1 {
            return None;
        }
        // "Georgia region", "Indian state": a part, unless it is a whole state's style.
        let style = ["state of ", "territory of ", "overseas "].iter().any(|style| key.starts_with(style));
        if !style && !key.contains("administrative") && key.split(' ').any(|word| WEAK.contains(&word)) {
            return None;
        }
        let country = |name: &Name| name.area.kind == Kind::Country;
        if let Some(list) = self.cores.get(&words) {
            return alone(list).filter(country);
        }
        // "Fiji Islands"
        if let Some(rest) = words.strip_suffix(" islands").or_else(|| words.strip_prefix("islands ")) {
            let english = self.cores.get(rest).and_then(|list| alone(list));
            let other = || alone(names::of(rest)).filter(|name| !self.is_shared(name.area));
            return english.or_else(other).filter(country);
        }
        // "Georgian Soviet Socialist Republic": what is left may be a word of another list.
        let rest: Vec<_> = key.split(' ').filter(|word| !STATE.contains(word)).collect();
        if !key.split(' ').any(|word| STRONG.contains(&word)) {
            return None;
        }
        alone(names::of(&rest.join(" "))).filter(|name| country(name) && !self.is_shared(name.area))
    }

    /// The area whose name is the label but for its blanks: `TrinidadandTobago`.
    pub fn by_letters(&self, key: &str) -> Option<Name> {
        self.compact.get(&key.replace(' ', "")).copied().flatten()
    }

    /// The area whose name the label abbreviates: "St. Vin. and Gren.".
    pub fn by_abbreviation(&self, text: &str) -> Option<Name> {
        let words = abbreviated(text);
        let dotted = words.iter().any(|(_, dotted)| *dotted);
        let letters: usize = words.iter().map(|(word, _)| word.len()).sum();
        if !dotted || letters < 4 || words.len() > 8 {
            return None;
        }
        let initials: String = words.iter().filter_map(|(word, _)| word.chars().next()).collect();
        let fits = |spelling: &&Spelling| {
            let full = spelling.key.split(' ').filter(|word| !SMALL.contains(word));
            words
                .iter()
                .zip(full)
                .all(|((word, dotted), full)| word == full || (*dotted && shortens(word, full, words.len() > 1)))
        };
        let alike = self.initials.get(&initials).into_iter().flatten().map(|at| &self.spellings[*at as usize]);
        only(alike.filter(fits).map(|s| s.name))
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
