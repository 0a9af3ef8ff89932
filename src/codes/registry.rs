//! The lists and mappings that there are: migstat's, and those that the user adds.

use std::collections::BTreeMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::list::{About, Codelist, Row};
use super::mapping::{Mapping, Pair};
use super::sex::rows;
use super::skill;
use crate::Error;
use crate::error::near as nearest;

/// What is broken in an embedded table is a bug, which the tests find.
const SOUND: &str = "a sound table";

static LISTS: LazyLock<Vec<&'static Codelist>> = LazyLock::new(|| {
    let mut lists = Codelist::ruled();
    let mut codes: FxHashMap<String, Vec<Row>> = FxHashMap::default();
    let mut names: FxHashMap<(String, String), Vec<(String, String)>> = FxHashMap::default();
    for [list, code, language, label, _source] in rows(include_str!("tables/codelist_labels.csv")) {
        names.entry((list, code)).or_default().push((language, label));
    }
    let year = |text: &str| (!text.is_empty()).then(|| text.parse().expect(SOUND));
    for [list, code, parent, from, to, label, note, source] in rows(include_str!("tables/codelist_codes.csv")) {
        let names = names.remove(&(list.clone(), code.clone())).unwrap_or_default();
        let row = Row { code, parent, valid: (year(&from), year(&to)), label, note, source, names };
        codes.entry(list).or_default().push(row);
    }
    for [id, dimension, title, version, publisher, source] in rows(include_str!("tables/codelists.csv")) {
        let rows = codes.remove(&id).expect(SOUND);
        let about = About { id, dimension, title, version, publisher, source };
        lists.push(Codelist::new(about, rows).unwrap_or_else(|error| panic!("{SOUND}: {error}")));
    }
    for ladder in skill::ladders() {
        if !lists.iter().any(|list| list.about().id == ladder.0.id) {
            lists.push(Codelist::new(ladder.0, ladder.1).unwrap_or_else(|error| panic!("{SOUND}: {error}")));
        }
    }
    lists.into_iter().map(|list| &*Box::leak(Box::new(list))).collect()
});

/// (from, to) -> mapping, as they are written down.
static MAPPINGS: LazyLock<BTreeMap<(&'static str, &'static str), Mapping>> = LazyLock::new(|| {
    let mut pairs: BTreeMap<(String, String), Vec<Pair>> = BTreeMap::new();
    for [from_list, from, to_list, to, weight, quality, source] in rows(include_str!("tables/codelist_mappings.csv")) {
        let weight = (!weight.is_empty()).then(|| weight.parse().expect(SOUND));
        pairs.entry((from_list, to_list)).or_default().push(Pair { from, to, weight, quality, source });
    }
    for (from, to, written) in skill::mappings() {
        pairs.entry((from.to_owned(), to.to_owned())).or_insert(written);
    }
    pairs
        .into_iter()
        .map(|((from, to), pairs)| {
            let (from, to) = (known(&from).expect(SOUND), known(&to).expect(SOUND));
            let mapping = Mapping::new(from, to, &pairs).unwrap_or_else(|error| panic!("{SOUND}: {error}"));
            ((from.about().id.as_str(), to.about().id.as_str()), mapping)
        })
        .collect()
});

/// Lists that the user has added; the last of a name holds. They stay in memory, as whoever has one may still use it.
static OWN_LISTS: RwLock<Vec<&'static Codelist>> = RwLock::new(Vec::new());

/// Mappings that the user has added.
static OWN_MAPPINGS: RwLock<Vec<&'static Mapping>> = RwLock::new(Vec::new());

fn known(id: &str) -> Option<&'static Codelist> {
    LISTS.iter().copied().find(|list| list.about().id == id)
}

/// All lists: migstat's, then the user's.
pub fn lists() -> Vec<&'static Codelist> {
    let own = OWN_LISTS.read().unwrap_or_else(PoisonError::into_inner);
    LISTS.iter().chain(own.iter()).copied().collect()
}

/// The list of a name.
///
/// # Errors
/// [`Error::Code`] with names that are near.
pub fn list(id: &str) -> Result<&'static Codelist, Error> {
    let own = OWN_LISTS.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(list) = own.iter().rev().copied().find(|list| list.about().id == id).or_else(|| known(id)) {
        return Ok(list);
    }
    drop(own);
    let ladders = skill::ladders_of(id);
    if !ladders.is_empty() {
        let ladders = ladders.join(" and ");
        return Err(Error::Code(format!(
            "{id:?} is a scheme of several ladders of skill, {ladders}: name one of them"
        )));
    }
    let all = lists();
    let ids: Vec<&str> = all.iter().map(|list| list.about().id.as_str()).chain(skill::scheme_names()).collect();
    // "LKA" may be any list of Sri Lanka.
    let mut family: Vec<&str> = ids.iter().copied().filter(|known| known.starts_with(&format!("{id}-"))).collect();
    family.sort_unstable();
    family.dedup();
    let meant = if family.is_empty() { nearest(id, &ids) } else { format!("; did you mean {}?", family.join(" or ")) };
    Err(Error::Code(format!("there is no list of codes {id:?}{meant}; codes.lists() has them all")))
}

/// The name of a list that somebody who wrote this may have meant.
pub fn near(id: &str) -> Option<&'static str> {
    let all = lists();
    let ids: Vec<&'static str> = all.iter().map(|list| list.about().id.as_str()).chain(skill::scheme_names()).collect();
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    ids.into_iter().find(|known| plain(known) == plain(id))
}

/// Adds a list of the user's with its mappings to other lists, or nothing where one of them is not sound. The same list
/// twice does no harm.
///
/// # Errors
/// [`Error::Code`] if migstat has a list of the name, the user has added another one and does not want it replaced, or a
/// mapping does not fit.
pub fn register(codes: Codelist, mappings: &[(String, Vec<Pair>)], replace: bool) -> Result<&'static Codelist, Error> {
    let id = codes.about().id.clone();
    if known(&id).is_some() || skill::has_scheme(&id) {
        return Err(Error::Code(format!("{id:?} is a list that migstat has: choose another name")));
    }
    let before = list(&id).ok();
    if before.is_some_and(|before| *before != codes) && !replace {
        return Err(Error::Code(format!(
            "{id:?} has been registered otherwise before: say replace=True, or choose another name"
        )));
    }
    let made: &'static Codelist = match before {
        Some(before) if *before == codes => before,
        _ => Box::leak(Box::new(codes)),
    };
    let made_of = |(to, pairs): &(String, Vec<Pair>)| Mapping::new(made, list(to)?, pairs);
    let mappings = mappings.iter().map(made_of).collect::<Result<Vec<_>, _>>()?;
    let mut own = OWN_LISTS.write().unwrap_or_else(PoisonError::into_inner);
    own.retain(|other| other.about().id != id);
    own.push(made);
    drop(own);
    for mapping in mappings {
        register_mapping(mapping, replace)?;
    }
    Ok(made)
}

/// Adds a mapping of the user's; it goes before those of migstat. The same mapping twice does no harm.
///
/// # Errors
/// [`Error::Code`] if the user has added another one between the lists and does not want it replaced.
pub fn register_mapping(mapping: Mapping, replace: bool) -> Result<&'static Mapping, Error> {
    let ends = |one: &Mapping| (one.from().about().id.clone(), one.to().about().id.clone());
    let mut own = OWN_MAPPINGS.write().unwrap_or_else(PoisonError::into_inner);
    match own.iter().position(|other| ends(other) == ends(&mapping)) {
        Some(at) if *own[at] == mapping => return Ok(own[at]),
        Some(_) if !replace => {
            let (from, to) = ends(&mapping);
            return Err(Error::Code(format!(
                "a mapping from {from:?} to {to:?} has been registered otherwise before: say replace=True"
            )));
        }
        Some(at) => {
            own.remove(at);
        }
        None => {}
    }
    let mapping: &'static Mapping = Box::leak(Box::new(mapping));
    own.push(mapping);
    Ok(mapping)
}

/// The mapping from one list to another: as it is written down, else the way back of another, else through a third list.
/// `ISCO-08/1` is the first level of a list.
///
/// # Errors
/// [`Error::Code`] where a list is not known, or there is no way, or there are several.
///
/// ```
/// use migstat::codes::{mapping::Sharing, registry};
/// let majors = registry::mapping("ISCO-08", "ISCO-08/1")?;
/// assert_eq!(majors.shares("2221", &Sharing::Unknown)?, [("2".to_owned(), 1.0)]);
/// # Ok::<(), migstat::Error>(())
/// ```
pub fn mapping(from: &str, to: &str) -> Result<Mapping, Error> {
    let leveled = |id: &str| -> Result<(&'static Codelist, Option<usize>), Error> {
        match id.rsplit_once('/') {
            Some((base, level)) => {
                let level = level.parse().map_err(|_| {
                    Error::Code(format!("{id:?}: expected the number of a level after the \"/\", as in \"ISCO-08/1\""))
                })?;
                Ok((list(base)?, Some(level)))
            }
            None => Ok((list(id)?, None)),
        }
    };
    let (from, _) = leveled(from)?;
    let (to, level) = leveled(to)?;
    match level {
        Some(level) if from.about().id == to.about().id => Mapping::level(to, level),
        Some(level) => way(from, to)?.then(&Mapping::level(to, level)?),
        None => way(from, to),
    }
}

fn way(from: &'static Codelist, to: &'static Codelist) -> Result<Mapping, Error> {
    let (from_id, to_id) = (from.about().id.as_str(), to.about().id.as_str());
    if from_id == to_id {
        return Err(Error::Code(format!("{from_id} is both lists; a level of it is written \"{from_id}/1\"")));
    }
    if let Some(mapping) = direct(from_id, to_id) {
        return Ok(mapping);
    }
    let mut through: Vec<(String, Mapping)> = Vec::new();
    for middle in lists() {
        let id = middle.about().id.as_str();
        if let (Some(first), Some(second)) = (written(from_id, id), written(id, to_id)) {
            through.push((id.to_owned(), first.then(&second)?));
        }
    }
    match through.len() {
        1 => Ok(through.remove(0).1),
        0 => {
            let mut reached = reached(from_id);
            reached.sort_unstable();
            let said = if reached.is_empty() { "none".to_owned() } else { reached.join(", ") };
            if to.about().dimension == "skill"
                && let Some(advice) = skill::not_a_ladder(from_id, &from.about().dimension)
            {
                return Err(Error::Code(format!("there is no mapping from {from_id} to {to_id}: {from_id} {advice}")));
            }
            Err(Error::Code(format!(
                "there is no mapping from {from_id} to {to_id}; from {from_id} there are mappings to: {said}; add one with \
                 codes.register_mapping"
            )))
        }
        _ => {
            let ids: Vec<&str> = through.iter().map(|(id, _)| id.as_str()).collect();
            // All ways through the same codes say the same, or somebody has to choose.
            if through.windows(2).all(|two| same_targets(&two[0].1, &two[1].1)) {
                return Ok(through.remove(0).1);
            }
            Err(Error::Code(format!(
                "from {from_id} to {to_id} there are several ways, through {}: take one, as in \
                 codes.mapping({from_id:?}, {:?}).then(codes.mapping({:?}, {to_id:?}))",
                ids.join(" and "),
                ids[0],
                ids[0]
            )))
        }
    }
}

fn same_targets(a: &Mapping, b: &Mapping) -> bool {
    let bare = |one: &Mapping| -> Vec<(String, String, Option<f64>)> {
        one.pairs().into_iter().map(|pair| (pair.from, pair.to, pair.weight)).collect()
    };
    bare(a) == bare(b)
}

fn direct(from: &str, to: &str) -> Option<Mapping> {
    written(from, to).or_else(|| written(to, from).map(|mapping| mapping.inverse()))
}

/// A mapping as it is written down, the user's first.
fn written(from: &str, to: &str) -> Option<Mapping> {
    let own = OWN_MAPPINGS.read().unwrap_or_else(PoisonError::into_inner);
    let fits = |one: &&&Mapping| one.from().about().id == from && one.to().about().id == to;
    own.iter().rev().find(fits).map(|mapping| (**mapping).clone()).or_else(|| MAPPINGS.get(&(from, to)).cloned())
}

/// Lists that a list has mappings to.
fn reached(from: &str) -> Vec<String> {
    let own = OWN_MAPPINGS.read().unwrap_or_else(PoisonError::into_inner);
    let own = own.iter().map(|one| (one.from().about().id.clone(), one.to().about().id.clone())).collect::<Vec<_>>();
    let all = MAPPINGS.keys().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).chain(own);
    let mut out: Vec<String> =
        all.filter_map(|(a, b)| if a == from { Some(b) } else { (b == from).then_some(a) }).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// All mappings that are written down, as the names of both lists.
pub fn mappings() -> Vec<(String, String)> {
    let own = OWN_MAPPINGS.read().unwrap_or_else(PoisonError::into_inner);
    let known = MAPPINGS.keys().map(|(from, to)| ((*from).to_owned(), (*to).to_owned()));
    known.chain(own.iter().map(|one| (one.from().about().id.clone(), one.to().about().id.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Sharing;
    use super::*;

    #[test]
    fn the_tables_are_sound_and_every_share_is_a_share() {
        for (from, to) in mappings() {
            let mapping = mapping(&from, &to).unwrap();
            for row in mapping.from().rows() {
                for sharing in [Sharing::Unknown, Sharing::Equal] {
                    let sum: f64 = mapping.shares(&row.code, &sharing).unwrap().iter().map(|(_, share)| share).sum();
                    assert!((sum - 1.0).abs() < 1e-12, "{from} to {to}: {} has {sum}", row.code);
                }
            }
        }
    }

    #[test]
    fn every_label_is_read_back() {
        for list in lists().into_iter().filter(|list| list.about().id != "area") {
            for row in list.rows() {
                assert_eq!(list.read(&row.code).unwrap(), row.code, "{}", list.about().id);
                let read = list.read(&row.label).unwrap();
                assert!(read == row.code || list.contains(&read, &row.code), "{}: {}", list.about().id, row.label);
            }
        }
    }

    #[test]
    fn what_there_is_not_is_refused_with_what_there_is() {
        let error = list("ISCO08").unwrap_err().to_string();
        assert!(error.starts_with("there is no list of codes \"ISCO08\"; did you mean \"ISCO-08\"?"), "{error}");
        let error = mapping("sex", "broad").unwrap_err().to_string();
        assert!(error.contains("there is no mapping from sex to broad"), "{error}");
        assert!(mapping("ISCO-08", "ISCO-08").unwrap_err().to_string().contains("ISCO-08/1"));
        assert!(mapping("ISCO-08", "ISCO-08/9").unwrap_err().to_string().contains("has 4 levels"));
        assert!(mapping("ISCO-08", "ISCO-08/x").unwrap_err().to_string().contains("number of a level"));
    }

    #[test]
    fn a_list_of_ones_own() {
        let list_of = |label: &str| {
            let about = About { id: "test-own".to_owned(), dimension: "skill".to_owned(), ..About::default() };
            Codelist::new(about, vec![Row { code: "A".into(), label: label.into(), ..Row::default() }]).unwrap()
        };
        let first = register(list_of("first"), &[], false).unwrap();
        assert!(std::ptr::eq(first, register(list_of("first"), &[], false).unwrap()));
        assert!(register(list_of("second"), &[], false).unwrap_err().to_string().contains("replace=True"));
        register(list_of("second"), &[], true).unwrap();
        assert_eq!(list("test-own").unwrap().read("second").unwrap(), "A");
        let taken = Codelist::new(About { id: "sex".into(), ..About::default() }, first.rows().to_vec()).unwrap();
        assert!(register(taken, &[], true).unwrap_err().to_string().contains("migstat has"));
        let pair = Pair { from: "A".into(), to: "low".into(), quality: "good".into(), ..Pair::default() };
        register_mapping(Mapping::new(list("test-own").unwrap(), list("broad").unwrap(), &[pair]).unwrap(), false)
            .unwrap();
        assert_eq!(mapping("test-own", "broad").unwrap().targets("A"), ["low"]);
    }
}
