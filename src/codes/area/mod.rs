//! Areas: countries, former states, groups, residuals and totals; their codes, names and successors.
//!
//! What is known stands in `tables/area*.csv`. A label that is not known, or that means several areas, is an answer.

mod compose;
pub mod groups;
mod names;
pub mod normalise;
mod reading;
mod repair;
pub mod resolve;
pub mod scheme;
mod typo;
mod wording;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use self::scheme::Scheme;

/// What kind of area a code stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A present country or area of ISO 3166-1, or Kosovo.
    Country,
    /// A state that has ended.
    Former,
    /// A region or a group of countries.
    Aggregate,
    /// All areas together, as a table prints it.
    Total,
    /// Other, unknown, not applicable, stateless.
    Residual,
}

/// One area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Our code: ISO 3166-1 alpha-3, ISO 3166-3 alpha-4, `ALPHA3-lastyear`, `m49:NNN`, `grp:NAME`, or a special code.
    pub code: &'static str,
    /// ISO 3166-1 alpha-2, also of former states; empty where there is none.
    pub alpha2: &'static str,
    /// ISO 3166-1 numeric or UN M49 number, with leading zeros; empty where there is none.
    pub numeric: &'static str,
    /// English name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// First year of a former state.
    pub from: Option<i32>,
    /// Last year of a former state.
    pub to: Option<i32>,
    /// The area next above it in the M49 hierarchy.
    pub parent: Option<&'static str>,
}

/// The area of one of our codes.
pub fn get(code: &str) -> Option<&'static Area> {
    TABLE.by_code.get(code).map(|&at| &TABLE.areas[at])
}

/// The English name of one of our codes.
pub fn name(code: &str) -> Option<&'static str> {
    get(code).map(|area| area.name)
}

/// Every area that has a code.
pub fn all() -> &'static [Area] {
    &TABLE.areas
}

/// The areas that stand where a former state stood; empty for any other area.
pub fn successors(code: &str) -> &'static [&'static str] {
    TABLE.successors.get(code).map_or(&[], Vec::as_slice)
}

pub use self::names::{called, languages};

/// The areas above this one, nearest first.
fn above(area: &Area) -> impl Iterator<Item = &'static str> + use<> {
    std::iter::successors(area.parent, |code| get(code).and_then(|area| area.parent))
}

/// The state that a territory belongs to.
fn sovereign(code: &str) -> Option<&'static str> {
    TABLE.sovereigns.get(code).copied()
}

/// Former states that went by the name and code of an area: `SDN-2011` of `SDN`.
fn namesakes(area: &Area) -> impl Iterator<Item = &'static Area> + use<> {
    let code = area.code;
    all().iter().filter(move |other| {
        other.kind == Kind::Former && other.code.len() == 8 && other.code.get(..3) == code.get(..3) && code.len() == 3
    })
}

/// Where an area lies.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Place {
    /// Our code.
    pub code: String,
    /// Capital, seat of government or chief town; empty where nobody lives.
    pub capital: String,
    /// Degrees north of the capital.
    pub capital_latitude: Option<f64>,
    /// Degrees east of the capital.
    pub capital_longitude: Option<f64>,
    /// Degrees north of the centroid.
    pub latitude: Option<f64>,
    /// Degrees east of the centroid.
    pub longitude: Option<f64>,
}

/// Capitals and centroids of the present countries and areas.
pub fn places() -> &'static [Place] {
    static PLACES: LazyLock<Vec<Place>> = LazyLock::new(|| rows(include_str!("../tables/area_places.csv")));
    &PLACES
}

/// What a code can stand for, and in which years it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meaning {
    area: &'static Area,
    from: Option<i32>,
    to: Option<i32>,
}

struct Table {
    areas: Vec<Area>,
    by_code: FxHashMap<&'static str, usize>,
    successors: FxHashMap<&'static str, Vec<&'static str>>,
    sovereigns: FxHashMap<&'static str, &'static str>,
}

/// Codes and what they mean, one map for each way of writing.
#[derive(Default)]
struct Index {
    alpha2: FxHashMap<String, Vec<Meaning>>,
    alpha3: FxHashMap<String, Vec<Meaning>>,
    numeric: FxHashMap<u32, Vec<Meaning>>,
    m49: FxHashMap<u32, Vec<Meaning>>,
    own: FxHashMap<String, &'static Area>,
    others: FxHashMap<(Scheme, String), Vec<Meaning>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(Table::build);
static INDEX: LazyLock<Index> = LazyLock::new(Index::build);

#[derive(Deserialize)]
struct AreaRow {
    code: String,
    alpha2: String,
    numeric: String,
    name: String,
    kind: String,
    from: Option<i32>,
    to: Option<i32>,
    parent: String,
}

#[derive(Deserialize)]
struct CodeRow {
    text: String,
    code: String,
    scheme: String,
    year_from: Option<i32>,
    year_to: Option<i32>,
}

#[derive(Deserialize)]
struct SovereignRow {
    territory: String,
    sovereign: String,
}

#[derive(Deserialize)]
struct SuccessionRow {
    area: String,
    successor: String,
}

/// The rows of an embedded table. It cannot fail outside development: the tests read every table.
fn rows<T: DeserializeOwned>(table: &str) -> Vec<T> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().expect("an embedded table is well formed")
}

/// Calls a function with every record of an embedded table and its header; a large table is not copied row by row.
fn each(table: &str, mut call: impl FnMut(&csv::StringRecord, &csv::StringRecord)) {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let header = reader.headers().expect("an embedded table is well formed").clone();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).expect("an embedded table is well formed") {
        call(&record, &header);
    }
}

/// A record as a row of its table.
fn row<'r, T: Deserialize<'r>>(record: &'r csv::StringRecord, header: &'r csv::StringRecord) -> T {
    record.deserialize(Some(header)).expect("an embedded table is well formed")
}

/// A text of a table that lives as long as the program.
fn fixed(text: &str) -> &'static str {
    if text.is_empty() { "" } else { Box::leak(text.to_owned().into_boxed_str()) }
}

/// An area that a table names.
fn known(code: &str) -> &'static Area {
    get(code).unwrap_or_else(|| panic!("an embedded table names an unknown area {code:?}"))
}

impl Table {
    fn build() -> Self {
        let mut areas = Vec::new();
        let mut by_code = FxHashMap::default();
        for row in rows::<AreaRow>(include_str!("../tables/areas.csv")) {
            let kind = match row.kind.as_str() {
                "country" => Kind::Country,
                "former" => Kind::Former,
                "aggregate" => Kind::Aggregate,
                "total" => Kind::Total,
                "residual" => Kind::Residual,
                other => panic!("an embedded table has an unknown kind {other:?}"),
            };
            let code = fixed(&row.code);
            let parent = (!row.parent.is_empty()).then(|| fixed(&row.parent));
            let (alpha2, numeric, name) = (fixed(&row.alpha2), fixed(&row.numeric), fixed(&row.name));
            by_code.insert(code, areas.len());
            areas.push(Area { code, alpha2, numeric, name, kind, from: row.from, to: row.to, parent });
        }
        let mut successors: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for row in rows::<SuccessionRow>(include_str!("../tables/area_succession.csv")) {
            successors.entry(fixed(&row.area)).or_default().push(fixed(&row.successor));
        }
        let sovereigns = rows::<SovereignRow>(include_str!("../tables/area_sovereigns.csv"));
        let sovereigns = sovereigns.iter().map(|row| (fixed(&row.territory), fixed(&row.sovereign))).collect();
        Self { areas, by_code, successors, sovereigns }
    }
}

impl Index {
    fn build() -> Self {
        let mut index = Self::default();
        for area in all() {
            let meaning = Meaning { area, from: None, to: None };
            let state = matches!(area.kind, Kind::Country | Kind::Former);
            if !area.alpha2.is_empty() {
                index.alpha2.entry(area.alpha2.to_owned()).or_default().push(meaning);
            }
            if area.kind == Kind::Country {
                index.alpha3.entry(area.code.to_owned()).or_default().push(meaning);
            }
            if let Ok(number) = area.numeric.parse() {
                let map = if state { &mut index.numeric } else { &mut index.m49 };
                map.entry(number).or_default().push(meaning);
            }
        }
        for row in rows::<CodeRow>(include_str!("../tables/area_codes.csv")) {
            let meaning = Meaning { area: known(&row.code), from: row.year_from, to: row.year_to };
            let number = row.text.parse().unwrap_or_default();
            match row.scheme.as_str() {
                "alpha2" => index.alpha2.entry(row.text).or_default().push(meaning),
                "alpha3" => index.alpha3.entry(row.text).or_default().push(meaning),
                "numeric" => index.numeric.entry(number).or_default().push(meaning),
                "m49" => index.m49.entry(number).or_default().push(meaning),
                "own" => _ = index.own.insert(row.text, meaning.area),
                other => panic!("an embedded table has an unknown scheme {other:?}"),
            }
        }
        for table in [include_str!("../tables/area_schemes.csv"), include_str!("../tables/area_group_codes.csv")] {
            for row in rows::<CodeRow>(table) {
                let meaning = Meaning { area: known(&row.code), from: row.year_from, to: row.year_to };
                let scheme: Scheme = row.scheme.parse().expect("an embedded table names known schemes");
                index.others.entry((scheme, row.text)).or_default().push(meaning);
            }
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use rustc_hash::FxHashSet;

    use super::*;

    #[test]
    fn tables_hold_together() {
        let codes: FxHashSet<_> = all().iter().map(|area| area.code).collect();
        assert_eq!(codes.len(), all().len());
        assert_eq!(all().iter().filter(|area| area.kind == Kind::Country).count(), 250);
        for area in all() {
            assert!(area.parent.is_none_or(|parent| codes.contains(parent)), "{area:?}");
            assert!(area.parent.is_none_or(|_| above(area).any(|code| code == "m49:001")), "{area:?}");
            assert_eq!(area.kind == Kind::Former, area.from.is_some() && area.to.is_some(), "{area:?}");
            assert!(area.from <= area.to, "{area:?}");
            assert_eq!(area.kind == Kind::Former, !successors(area.code).is_empty(), "{area:?}");
            assert!(successors(area.code).iter().all(|code| codes.contains(code)), "{area:?}");
        }
        let countries: Vec<_> = all().iter().filter(|area| area.kind == Kind::Country).collect();
        for column in [|area: &Area| area.alpha2, |area: &Area| area.numeric] {
            let distinct: FxHashSet<_> = countries.iter().map(|area| column(area)).collect();
            assert_eq!(distinct.len(), countries.len());
        }
        for row in rows::<SovereignRow>(include_str!("../tables/area_sovereigns.csv")) {
            assert!(codes.contains(row.territory.as_str()) && codes.contains(row.sovereign.as_str()));
        }
    }

    #[test]
    fn one_area() {
        let area = get("LKA").unwrap();
        assert_eq!((area.alpha2, area.numeric, area.name, area.parent), ("LK", "144", "Sri Lanka", Some("m49:034")));
        assert_eq!(name("YEM-1990"), Some("Yemen Arab Republic"));
        assert_eq!(successors("CSXX"), ["SRB", "MNE", "XKX"]);
        assert!(successors("LKA").is_empty() && get("lka").is_none());
    }
}
