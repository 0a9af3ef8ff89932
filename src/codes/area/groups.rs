//! Groups of areas and who belongs to them, by year where the list is dated.
//!
//! A spell holds from the first to the last year, both included, judged on 31 December.

use std::sync::{LazyLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::names::ENGLISH;
use super::resolve::{nearest, own_code};
use super::{Area, INDEX, Kind, above, all, fixed, get, known, normalise::normalise, rows, successors};
use crate::Error;

/// One spell of an area in a group; no first year means a list without dates, no last year means still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spell {
    from: Option<i32>,
    to: Option<i32>,
}

impl Spell {
    fn holds(self, year: Option<i32>) -> bool {
        year.map_or(self.to.is_none(), |y| self.from.is_none_or(|from| from <= y) && self.to.is_none_or(|to| y <= to))
    }
}

/// A group of areas with its list of members.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// Our code, such as `grp:GCC` or `m49:142`.
    pub code: &'static str,
    /// English name.
    pub name: &'static str,
    /// Whether membership depends on the year.
    pub dated: bool,
    /// Nothing is known of years before this one; a classification, unlike a treaty, may have had members then.
    known_from: Option<i32>,
    spells: FxHashMap<&'static str, Vec<Spell>>,
}

impl Group {
    fn lists(&self, area: &str, year: Option<i32>) -> bool {
        self.spells.get(area).is_some_and(|spells| spells.iter().any(|spell| spell.holds(year)))
    }

    fn ever_lists(&self, area: &str) -> bool {
        self.spells.contains_key(area)
    }
}

/// Where an area lies with regard to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placement {
    /// All of it lies inside.
    Inside,
    /// None of it lies inside.
    Outside,
    /// Partly inside, or nobody can say.
    Undecided,
}

/// Where an area lies with regard to a system of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// All of it lies in this group.
    In(&'static Group),
    /// None of it lies in any of the groups.
    Outside,
    /// It lies in several groups, or nobody can say.
    Undecided,
}

/// Every group that has a list of members.
#[derive(Debug)]
pub struct Membership {
    groups: Vec<Group>,
    by_code: FxHashMap<&'static str, usize>,
}

static MEMBERSHIP: LazyLock<Membership> = LazyLock::new(Membership::build);

#[derive(Deserialize)]
struct Row {
    group: String,
    area: String,
    from_year: Option<i32>,
    to_year: Option<i32>,
}

impl Membership {
    /// The groups that migstat knows.
    pub fn known() -> &'static Self {
        &MEMBERSHIP
    }

    /// All groups.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    fn build() -> Self {
        let mut membership = Self { groups: Vec::new(), by_code: FxHashMap::default() };
        for row in rows::<Row>(include_str!("../tables/area_groups.csv")) {
            let spell = Spell { from: row.from_year, to: row.to_year };
            membership.add(known(&row.group), fixed(&row.area), spell);
        }
        // The world is not listed area by area.
        for area in all().iter().filter(|area| area.kind == Kind::Country) {
            membership.add(known("m49:001"), area.code, Spell { from: None, to: None });
        }
        for group in membership.groups.iter_mut().filter(|group| group.code.starts_with("grp:WB-")) {
            group.known_from = group.spells.values().flatten().filter_map(|spell| spell.from).min();
        }
        membership
    }

    fn add(&mut self, area: &'static Area, member: &'static str, spell: Spell) {
        let at = *self.by_code.entry(area.code).or_insert_with(|| {
            let (code, name) = (area.code, area.name);
            self.groups.push(Group { code, name, dated: false, known_from: None, spells: FxHashMap::default() });
            self.groups.len() - 1
        });
        let group = &mut self.groups[at];
        group.dated |= spell.from.is_some() || spell.to.is_some();
        group.spells.entry(member).or_default().push(spell);
    }

    fn get(&self, code: &str) -> Option<&Group> {
        self.by_code.get(code).map(|&at| &self.groups[at])
    }
}

/// Groups that the user has added, by code.
static OWN: RwLock<Vec<&'static Group>> = RwLock::new(Vec::new());

/// Adds a group of the user's: its members, each with the first and last year that it belongs to it, or none.
///
/// A group that is there already is left as it is if it is the same, else refused: results must not depend on what a program
/// did before.
pub fn define(code: &str, name: &str, members: &[(String, Option<i32>, Option<i32>)]) -> Result<&'static Group, Error> {
    let tail = code.trim();
    let tail = tail.strip_prefix("grp:").unwrap_or(tail).to_ascii_uppercase();
    let sound = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if tail.is_empty() || !tail.chars().all(sound) || tail.chars().all(|c| c.is_ascii_digit()) {
        return Err(Error::Code(format!(
            "{code:?} is no code for a group: use letters, digits and \"-\", such as \"GULF-PLUS\""
        )));
    }
    let code = format!("grp:{tail}");
    if own_code(&code).is_some() {
        return Err(Error::Code(format!("{code} is a group that migstat knows: choose another code")));
    }
    let mut spells: FxHashMap<&'static str, Vec<Spell>> = FxHashMap::default();
    for (member, from, to) in members {
        let area =
            get(member.trim()).filter(|area| !matches!(area.kind, Kind::Total | Kind::Residual)).ok_or_else(|| {
                Error::Code(format!(
                    "member {member:?} of {code} is no code of an area; resolve names with areas.resolve first"
                ))
            })?;
        if from.zip(*to).is_some_and(|(from, to)| from > to) {
            return Err(Error::Code(format!("member {member} of {code}: its first year is after its last")));
        }
        spells.entry(area.code).or_default().push(Spell { from: *from, to: *to });
    }
    if spells.is_empty() {
        return Err(Error::Code(format!("{code} has no members")));
    }
    let dated = members.iter().any(|(_, from, to)| from.is_some() || to.is_some());
    let mut own = OWN.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(group) = own.iter().find(|group| group.code == code) {
        return if group.spells == spells && group.name == name {
            Ok(group)
        } else {
            Err(Error::Code(format!("{code} has been defined otherwise before: choose another code")))
        };
    }
    let group = Group { code: fixed(&code), name: fixed(name), dated, known_from: None, spells };
    let group: &'static Group = Box::leak(Box::new(group));
    own.push(group);
    Ok(group)
}

/// The user's group of a code or name.
fn own(text: &str) -> Option<&'static Group> {
    let own = OWN.read().unwrap_or_else(PoisonError::into_inner);
    let tail = text.strip_prefix("grp:").unwrap_or(text);
    own.iter().copied().find(|group| group.code[4..].eq_ignore_ascii_case(tail) || group.name == text)
}

/// Groups that the user has added, in the order in which they came.
pub fn defined() -> Vec<&'static Group> {
    OWN.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The group of a code (`grp:GCC`, `GCC`, `m49:142`, `142`) or of an English name.
pub fn group(name: &str) -> Result<&'static Group, Error> {
    let text = name.trim();
    if let Some(group) = own(text) {
        return Ok(group);
    }
    let named = || ENGLISH.get(&normalise(text)).iter().map(|name| name.area);
    let number = || text.parse::<u32>().ok().and_then(|number| INDEX.m49.get(&number)).into_iter().flatten();
    let mut areas = own_code(text)
        .into_iter()
        .chain(own_code(&format!("grp:{text}")))
        .chain(number().map(|meaning| meaning.area))
        .chain(named());
    let mut without_list = None;
    if let Some(group) = areas.find_map(|area| {
        without_list = without_list.or((area.kind == Kind::Aggregate).then_some(area.name));
        MEMBERSHIP.get(area.code)
    }) {
        return Ok(group);
    }
    if let Some(name) = without_list {
        return Err(Error::Code(format!("there is no list of the members of {name:?}: give the areas one by one")));
    }
    let near = nearest(text, 3, |area| MEMBERSHIP.get(area.code).is_some());
    let near: Vec<_> = near.iter().map(|(name, code)| format!("{code} ({name})")).collect();
    let near = if near.is_empty() { String::new() } else { format!("; near it: {}", near.join(", ")) };
    Err(Error::Code(format!(
        "unknown group {name:?}: use a code such as \"GCC\" or \"m49:142\", or an English name{near}"
    )))
}

/// The list of a code, if it is one of a group.
pub fn listed(code: &str) -> Option<&'static Group> {
    MEMBERSHIP.get(code)
}

/// Whether an area lies inside a group in a year; without a year, by the list as it stands today.
///
/// A former state lies where it is listed itself, else where its successors lie.
pub fn contains(group: &Group, area: &str, year: Option<i32>) -> Placement {
    let Some(area) = get(area) else { return Placement::Undecided };
    let within = |code: &str| code == group.code || group.lists(code, year);
    if within(area.code) || above(area).any(within) {
        return Placement::Inside;
    }
    if year.zip(group.known_from).is_some_and(|(year, from)| year < from) {
        return Placement::Undecided;
    }
    match area.kind {
        Kind::Country => Placement::Outside,
        Kind::Former => former(group, area, year),
        Kind::Aggregate => {
            let parts = MEMBERSHIP.get(area.code).map_or_else(Vec::new, |part| members(part, year));
            all_alike(parts.into_iter().map(|code| contains(group, code, year)))
        }
        Kind::Total | Kind::Residual => Placement::Undecided,
    }
}

fn former(group: &Group, area: &Area, year: Option<i32>) -> Placement {
    // A state that went on under its old code, as Sudan did, is listed under that code.
    let alive = group.dated && year.zip(area.to).is_some_and(|(year, end)| year <= end);
    if alive && let Some(same) = area.code.get(..3).filter(|_| area.code.as_bytes().get(3) == Some(&b'-')).and_then(get)
    {
        return contains(group, same.code, year);
    }
    let placement = all_alike(successors(area.code).iter().map(|code| contains(group, code, year)));
    // While it lived, the membership of another state does not tell: East Germany was not in the European Union.
    if alive && placement == Placement::Inside { Placement::Undecided } else { placement }
}

fn all_alike(mut placements: impl Iterator<Item = Placement>) -> Placement {
    let Some(first) = placements.next() else { return Placement::Undecided };
    if placements.all(|placement| placement == first) { first } else { Placement::Undecided }
}

/// The members of a group in a year; without a year, as the list stands today. In the order of the codes.
pub fn members(group: &Group, year: Option<i32>) -> Vec<&'static str> {
    let mut codes: Vec<_> = group.spells.keys().copied().filter(|code| group.lists(code, year)).collect();
    codes.sort_unstable();
    codes
}

/// A change of membership that was announced and that no source seen has confirmed, or that is still to come.
#[derive(Debug, Deserialize)]
pub struct Scheduled {
    /// The group.
    pub group: String,
    /// The area.
    pub area: String,
    /// `joins` or `leaves`.
    pub change: String,
    /// The day, as far as it is known.
    pub date: String,
    /// What is known about it.
    pub note: String,
    /// Where that is from.
    pub source: String,
}

/// Changes that are scheduled; the lists of members do not have them.
pub fn scheduled() -> &'static [Scheduled] {
    static SCHEDULED: LazyLock<Vec<Scheduled>> = LazyLock::new(|| rows(include_str!("../tables/area_scheduled.csv")));
    &SCHEDULED
}

/// A system of groups of which an area lies in one at most.
#[derive(Debug, Clone)]
pub struct Partition {
    /// Its name as it was asked for.
    pub name: String,
    /// The groups, in the order in which they are printed.
    pub groups: Vec<&'static Group>,
    /// Whether the place of an area depends on the year.
    pub dated: bool,
}

impl Partition {
    /// The group that an area lies in.
    pub fn place(&self, area: &str, year: Option<i32>) -> Place {
        let mut place = Place::Outside;
        for &group in &self.groups {
            match contains(group, area, year) {
                Placement::Inside => return Place::In(group),
                Placement::Undecided => place = Place::Undecided,
                Placement::Outside => {}
            }
        }
        place
    }
}

const PARTITIONS: [(&str, &[&str]); 5] = [
    ("region", &["m49:002", "m49:019", "m49:142", "m49:150", "m49:009"]),
    (
        "subregion",
        &[
            "m49:014", "m49:017", "m49:015", "m49:018", "m49:011", "m49:143", "m49:030", "m49:035", "m49:034",
            "m49:145", "m49:151", "m49:154", "m49:039", "m49:155", "m49:029", "m49:013", "m49:005", "m49:021",
            "m49:053", "m49:054", "m49:057", "m49:061",
        ],
    ),
    ("escap", &["grp:ESCAP-ENEA", "grp:ESCAP-NCA", "grp:ESCAP-PACIFIC", "grp:ESCAP-SEA", "grp:ESCAP-SSWA"]),
    ("income", &["grp:WB-HIC", "grp:WB-UMC", "grp:WB-LMC", "grp:WB-LIC"]),
    ("sdg", &["m49:202", "m49:1833", "m49:1831", "m49:1832", "m49:419", "m49:1835", "m49:053", "m49:1829"]),
];

/// The system of groups of a name: `region` and `subregion` (UN M49), `ESCAP`, `income` (World Bank, by year), `SDG`.
///
/// Any group is a system of one.
pub fn partition(name: &str) -> Result<Partition, Error> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let groups = match PARTITIONS.iter().find(|(system, _)| *system == plain) {
        Some((_, codes)) => codes.iter().map(|code| group(code)).collect::<Result<Vec<_>, _>>()?,
        None => vec![group(name).map_err(|error| {
            Error::Code(format!(
                "{error}; systems of groups are \"region\", \"subregion\", \"ESCAP\", \"income\", \"SDG\""
            ))
        })?],
    };
    let dated = groups.iter().any(|group| group.dated);
    Ok(Partition { name: name.to_owned(), groups, dated })
}

/// Whether an aggregate or total holds more than an area and all of it, in any year.
///
/// A figure of the aggregate then counts those of the area again.
pub fn contains_area(aggregate: &str, area: &str) -> bool {
    let (Some(whole), Some(part)) = (get(aggregate), get(area)) else { return false };
    if whole.code == part.code || !matches!(whole.kind, Kind::Aggregate | Kind::Total) || part.kind == Kind::Total {
        return false;
    }
    if whole.kind == Kind::Total || whole.code == "m49:001" || above(part).any(|code| code == whole.code) {
        return true;
    }
    let Some(list) = MEMBERSHIP.get(whole.code) else { return false };
    let listed = |code: &&str| ever(list, code);
    match (part.kind, MEMBERSHIP.get(part.code)) {
        (Kind::Aggregate, Some(parts)) => {
            // Lists that are equal hold nothing more than each other.
            parts.spells.keys().all(listed) && !list.spells.keys().all(|code| parts.ever_lists(code))
        }
        _ => listed(&part.code),
    }
}

fn ever(list: &Group, code: &str) -> bool {
    let after = successors(code);
    list.ever_lists(code) || (!after.is_empty() && after.iter().all(|code| ever(list, code)))
}

#[cfg(test)]
mod tests {
    use super::Placement::{Inside, Outside, Undecided};
    use super::*;

    fn place(name: &str, area: &str, year: impl Into<Option<i32>>) -> Placement {
        contains(group(name).unwrap(), area, year.into())
    }

    #[test]
    fn spells_do_not_overlap() {
        for group in Membership::known().groups() {
            for (area, spells) in &group.spells {
                assert!(get(area).is_some(), "{area} in {}", group.code);
                let mut spells = spells.clone();
                spells.sort_unstable_by_key(|spell| spell.from);
                let apart = |pair: &[Spell]| pair[0].to.zip(pair[1].from).is_some_and(|(end, start)| end < start);
                assert!(spells.windows(2).all(apart), "{area} in {}: {spells:?}", group.code);
                assert!(spells.iter().all(|s| s.to.is_none_or(|to| s.from.is_some_and(|from| from <= to))));
            }
        }
    }

    #[test]
    fn ways_to_name_a_group() {
        for name in ["GCC", "gcc", "grp:GCC", "grp:gcc", "Gulf Cooperation Council", " GCC countries "] {
            assert_eq!(group(name).unwrap().code, "grp:GCC", "{name}");
        }
        for name in ["m49:142", "142", "Asia", "ASIA", "935", "m49:935"] {
            assert_eq!(group(name).unwrap().code, "m49:142", "{name}");
        }
        assert_eq!(group("LDC").unwrap().code, "m49:199");
        assert_eq!(group("Micronesia").unwrap().code, "m49:057");
        assert!(group("Gulf Coperation Council").unwrap_err().to_string().contains("grp:GCC"));
        assert!(group("Middle East").unwrap_err().to_string().contains("no list"));
        for name in ["", "LKA", "Sri Lanka", "_T", "Others"] {
            assert!(group(name).is_err(), "{name}");
        }
    }

    #[test]
    fn membership_by_year() {
        assert_eq!(place("EU", "GBR", 2019), Inside);
        assert_eq!(place("EU", "GBR", 2020), Outside);
        assert_eq!(place("EU", "GBR", None), Outside);
        assert_eq!(place("LDC", "MDV", 2005), Inside);
        assert_eq!(place("LDC", "MDV", None), Outside);
        for (name, area, year, wanted) in [
            ("PIF", "KIR", 2022, Outside),
            ("PIF", "KIR", 2023, Inside),
            ("ECOWAS", "CPV", 1976, Outside),
            ("Commonwealth of Nations", "ZAF", 1970, Outside),
            ("Commonwealth of Nations", "ZAF", 1994, Inside),
            ("OPEC", "ECU", 2000, Outside),
            ("OPEC", "ECU", 2010, Inside),
            ("OPEC", "ARE", 2025, Inside),
            ("EEA", "AUT", 1994, Inside),
            ("EU28", "GBR", 2024, Inside),
        ] {
            assert_eq!(place(name, area, year), wanted, "{name} {area} {year}");
        }
        assert_eq!(place("OPEC", "ARE", None), Outside);
        // Scheduled, not confirmed.
        for area in ["BGD", "LAO", "NPL", "SLB"] {
            assert_eq!(place("LDC", area, None), Inside, "{area}");
        }
    }

    #[test]
    fn lists_lie_within_the_area_above() {
        for group in Membership::known().groups() {
            // Cyprus is in Western Asia; two land-locked countries are in Europe.
            if matches!(group.code, "grp:EU" | "grp:EURO" | "m49:432") {
                continue;
            }
            let above: Vec<_> = above(get(group.code).unwrap()).filter(|code| code.starts_with("m49:")).collect();
            for code in above.into_iter().filter(|&code| code != "m49:001") {
                let whole = MEMBERSHIP.get(code).unwrap();
                for area in group.spells.keys() {
                    assert!(whole.ever_lists(area), "{area} of {} in {code}", group.code);
                }
            }
        }
    }

    #[test]
    fn former_states() {
        assert_eq!(place("GCC", "YEM-1990", 1996), Outside);
        assert_eq!(place("EU", "DEU-1990", 1985), Inside);
        assert_eq!(place("EU", "DEU-1990", 1995), Inside);
        assert_eq!(place("EU", "DDDE", 1985), Undecided);
        assert_eq!(place("EU", "CSHH", None), Inside);
        assert_eq!(place("EU", "CSHH", 1990), Outside);
        assert_eq!(place("EU", "YUCS", None), Undecided);
        assert_eq!(place("Asia", "SUHH", None), Undecided);
        assert_eq!(place("Europe", "YUCS", None), Inside);
        assert_eq!(place("Africa", "SDN-2011", 2005), Inside);
        assert_eq!(place("LDC", "SDN-2011", 2005), Inside);
        assert_eq!(place("GCC", "SUHH", None), Outside);
    }

    #[test]
    fn what_is_no_country() {
        for area in ["_T", "_U", "_O", "STLS", "m49:001", "m49:142", "nowhere", "grp:MIDDLE-EAST"] {
            assert_eq!(place("GCC", area, None), Undecided, "{area}");
        }
        assert_eq!(place("Asia", "m49:145", None), Inside);
        assert_eq!(place("Asia", "grp:GCC", None), Inside);
        assert_eq!(place("GCC", "m49:002", None), Outside);
        assert_eq!(place("World", "LKA", None), Inside);
        assert_eq!(place("Europe", "XKX", None), Inside);
    }

    #[test]
    fn partitions() {
        for (name, area, year, wanted) in [
            ("region", "LKA", None, "m49:142"),
            ("region", "SAU", None, "m49:142"),
            ("subregion", "LKA", None, "m49:034"),
            ("Sub-region", "YEM-1990", None, "m49:145"),
            ("ESCAP", "TUR", None, "grp:ESCAP-SSWA"),
            ("ESCAP", "RUS", None, "grp:ESCAP-NCA"),
            ("income", "LKA", Some(1995), "grp:WB-LIC"),
            ("income", "KOR", Some(2020), "grp:WB-HIC"),
            ("SDG", "SDN", None, "m49:1833"),
            ("income", "JEY", Some(1996), "grp:WB-HIC"),
            ("GCC", "KWT", Some(1996), "grp:GCC"),
        ] {
            assert_eq!(partition(name).unwrap().place(area, year), Place::In(group(wanted).unwrap()), "{name} {area}");
        }
        let region = partition("region").unwrap();
        assert_eq!(region.place("_O", None), Place::Undecided);
        assert_eq!(region.place("SUHH", None), Place::Undecided);
        assert_eq!(region.place("ATA", None), Place::Outside);
        assert_eq!(partition("income").unwrap().place("LKA", Some(1980)), Place::Undecided);
        assert!(partition("income").unwrap().dated && !region.dated);
        assert!(partition("regoin").unwrap_err().to_string().contains("subregion"));
    }

    #[test]
    fn groups_of_a_partition_are_disjoint() {
        for (name, _) in PARTITIONS {
            let partition = partition(name).unwrap();
            for year in [None, Some(1990), Some(2008), Some(2024)] {
                for area in all().iter().filter(|area| area.kind == Kind::Country) {
                    let inside = |group: &&&Group| contains(group, area.code, year) == Inside;
                    assert!(partition.groups.iter().filter(inside).count() <= 1, "{} in {name}", area.code);
                }
            }
        }
    }

    #[test]
    fn hierarchy() {
        for (whole, part) in [
            ("_T", "m49:001"),
            ("_T", "_U"),
            ("m49:001", "LKA"),
            ("m49:001", "_O"),
            ("m49:142", "m49:034"),
            ("m49:142", "LKA"),
            ("m49:142", "grp:GCC"),
            ("grp:EU", "GBR"),
            ("m49:902", "m49:199"),
            ("grp:EU", "CSHH"),
            ("m49:019", "m49:003"),
        ] {
            assert!(contains_area(whole, part), "{whole} {part}");
            assert!(!contains_area(part, whole), "{part} {whole}");
        }
        for (whole, part) in
            [("LKA", "LKA"), ("m49:142", "m49:142"), ("m49:142", "FRA"), ("m49:142", "_O"), ("x", "LKA")]
        {
            assert!(!contains_area(whole, part), "{whole} {part}");
        }
    }

    #[test]
    fn lists() {
        assert_eq!(members(group("GCC").unwrap(), None), ["ARE", "BHR", "KWT", "OMN", "QAT", "SAU"]);
        assert_eq!(members(group("EU").unwrap(), None).len(), 27);
        assert_eq!(members(group("LDC").unwrap(), None).len(), 44);
        assert_eq!(members(group("ESCAP").unwrap(), None).len(), 58);
        for (name, number) in [
            ("Colombo Process", 12),
            ("Abu Dhabi Dialogue", 18),
            ("Bali-Process", 45),
            ("NATO", 32),
            ("Commonwealth of Nations", 56),
            ("G77", 134),
            ("OIC", 57),
            ("Arab World", 22),
            ("EU28", 28),
            ("EU27-2020", 27),
            ("EA20", 20),
            ("SIDS-UN", 37),
            ("WB-EAS", 38),
        ] {
            assert_eq!(members(group(name).unwrap(), None).len(), number, "{name}");
        }
        assert_eq!(members(group("EU27-2020").unwrap(), None), members(group("EU").unwrap(), Some(2024)));
    }
}
