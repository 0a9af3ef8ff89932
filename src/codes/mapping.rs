//! From the codes of one list to those of another, in parts where a code has several.
//!
//! A mapping is never a dictionary: a code may belong to one code of the other list, to several in known shares, to
//! several in shares that nobody has measured, or to none. Where shares are not known the answer is `_U`, unless the
//! user says how to share out.

use std::collections::{BTreeMap, BTreeSet};

use super::list::Codelist;
use super::skill::QUALITIES;
use crate::Error;
use crate::error::near;

/// One pair of codes as it is written down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// The code of the list that is left.
    pub from: String,
    /// The code of the list that is reached; empty where there is none.
    pub to: String,
    /// The share of the first that belongs to the second, where it is known.
    pub weight: Option<f64>,
    /// One of [`QUALITIES`].
    pub quality: String,
    /// Where that is from.
    pub source: String,
}

/// How codes whose shares are not known are shared out.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Sharing {
    /// Not at all: they become `_U`.
    #[default]
    Unknown,
    /// In equal parts.
    Equal,
}

/// What becomes of one code.
#[derive(Clone, Debug, Default, PartialEq)]
struct Entry {
    /// Codes reached, each with its share where that is known.
    targets: Vec<(String, Option<f64>)>,
    quality: &'static str,
    source: String,
}

/// A mapping between two lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    from: &'static Codelist,
    to: &'static Codelist,
    entries: BTreeMap<String, Entry>,
}

/// How near to 1 shares must sum: they are typed in with a few digits, thirds as 0.3333.
const TOLERANCE: f64 = 1e-3;

impl Mapping {
    /// A mapping of these pairs, after checking them against both lists.
    ///
    /// # Errors
    /// [`Error::Code`] naming the row where a code is in neither list, a pair stands twice, a weight is no share, the
    /// weights of a code do not sum to 1 or are given for some of its targets only.
    pub fn new(from: &'static Codelist, to: &'static Codelist, pairs: &[Pair]) -> Result<Mapping, Error> {
        let name = format!("mapping {} to {}", from.about().id, to.about().id);
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        for (row, pair) in pairs.iter().enumerate() {
            let whose = || format!("{name}, row {row}");
            // A code without a target is one that cannot be mapped.
            let sides = if pair.to.is_empty() { 1 } else { 2 };
            for (list, code) in [(from, &pair.from), (to, &pair.to)].into_iter().take(sides) {
                if !list.has(code) {
                    let codes: Vec<&str> = list.rows().iter().map(|row| row.code.as_str()).collect();
                    let id = &list.about().id;
                    return Err(Error::Code(format!("{}: {code:?} is no code of {id}{}", whose(), near(code, &codes))));
                }
            }
            let Some(quality) = QUALITIES.into_iter().find(|known| *known == pair.quality) else {
                return Err(Error::Code(format!(
                    "{}: quality {:?} of code {:?}: expected one of {}",
                    whose(),
                    pair.quality,
                    pair.from,
                    QUALITIES.join(", ")
                )));
            };
            if let Some(weight) = pair.weight.filter(|weight| !(0.0..=1.0).contains(weight)) {
                return Err(Error::Code(format!("{}: weight {weight} is not a share; expected 0 to 1", whose())));
            }
            let entry = entries.entry(pair.from.clone()).or_default();
            if entry.targets.iter().any(|(code, _)| *code == pair.to)
                || (pair.to.is_empty() && !entry.quality.is_empty())
            {
                return Err(Error::Code(format!("{}: {:?} to {:?} stands twice", whose(), pair.from, pair.to)));
            }
            // Of several qualities the worst holds.
            let rank = |quality: &str| QUALITIES.iter().position(|known| *known == quality);
            if entry.quality.is_empty() || rank(quality) > rank(entry.quality) {
                entry.quality = quality;
            }
            entry.source.clone_from(&pair.source);
            if !pair.to.is_empty() {
                entry.targets.push((pair.to.clone(), pair.weight));
            }
        }
        for (code, entry) in &mut entries {
            check_weights(&name, code, &mut entry.targets)?;
        }
        Ok(Mapping { from, to, entries })
    }

    /// Every code of a list to the one that it lies under at a level, counted from 1.
    ///
    /// # Errors
    /// [`Error::Code`] if the list has no such level.
    pub fn level(list: &'static Codelist, level: usize) -> Result<Mapping, Error> {
        if !(1..=list.levels()).contains(&level) {
            return Err(Error::Code(format!(
                "{} has {} levels: \"{}/{level}\" is none of them",
                list.about().id,
                list.levels(),
                list.about().id
            )));
        }
        let above = |code: &str| {
            let path: Vec<&str> = list.upwards(code).collect();
            path.len().checked_sub(level).map(|at| path[at].to_owned())
        };
        let entries = list
            .rows()
            .iter()
            .filter_map(|row| {
                let targets = vec![(above(&row.code)?, Some(1.0))];
                Some((row.code.clone(), Entry { targets, quality: QUALITIES[0], source: list.about().source.clone() }))
            })
            .collect();
        Ok(Mapping { from: list, to: list, entries })
    }

    /// The list that is left.
    pub fn from(&self) -> &'static Codelist {
        self.from
    }

    /// The list that is reached.
    pub fn to(&self) -> &'static Codelist {
        self.to
    }

    /// The pairs, in the order of the codes.
    pub fn pairs(&self) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for (from, entry) in &self.entries {
            let pair = |to: &str, weight| Pair {
                from: from.clone(),
                to: to.to_owned(),
                weight,
                quality: entry.quality.to_owned(),
                source: entry.source.clone(),
            };
            if entry.targets.is_empty() {
                pairs.push(pair("", None));
            }
            pairs.extend(entry.targets.iter().map(|(to, weight)| pair(to, *weight)));
        }
        pairs
    }

    /// Has every code one target only?
    pub fn is_exact(&self) -> bool {
        self.entries.values().all(|entry| entry.targets.len() == 1)
    }

    /// Are all shares known?
    pub fn is_complete(&self) -> bool {
        self.entries.values().all(|entry| known_shares(&entry.targets).is_some())
    }

    /// How well a code is known to belong to its targets; `not mappable` where it has none.
    pub fn quality(&self, code: &str) -> &'static str {
        match self.find(code).as_slice() {
            [(_, entry)] => entry.quality,
            [] => QUALITIES[4],
            several => {
                let targets: BTreeSet<&str> =
                    several.iter().flat_map(|(_, e)| &e.targets).map(|(to, _)| to.as_str()).collect();
                let worst =
                    several.iter().map(|(_, e)| e.quality).max_by_key(|q| QUALITIES.iter().position(|k| k == q));
                if targets.len() > 1 { QUALITIES[3] } else { worst.unwrap_or(QUALITIES[4]) }
            }
        }
    }

    /// The codes that a code may belong to.
    pub fn targets(&self, code: &str) -> Vec<&str> {
        let mut out: Vec<&str> = Vec::new();
        for (to, _) in self.find(code).into_iter().flat_map(|(_, entry)| &entry.targets) {
            if !out.contains(&to.as_str()) {
                out.push(to);
            }
        }
        out
    }

    /// The entries that speak of a code: its own; else those of the codes below it, where all of these have one; else that
    /// of the nearest code above it.
    fn find(&self, code: &str) -> Vec<(&str, &Entry)> {
        if let Some((code, entry)) = self.entries.get_key_value(code) {
            return vec![(code, entry)];
        }
        let mut below = Vec::new();
        if self.gather(code, &mut below) && !below.is_empty() {
            return below;
        }
        let above = self.from.upwards(code).find_map(|up| self.entries.get_key_value(up));
        above.map(|(code, entry)| (code.as_str(), entry)).into_iter().collect()
    }

    /// The entries below a code; false where a part of it has none.
    fn gather<'a>(&'a self, code: &str, out: &mut Vec<(&'a str, &'a Entry)>) -> bool {
        self.from.children(code).into_iter().all(|child| match self.entries.get_key_value(child) {
            Some((code, entry)) => {
                out.push((code, entry));
                true
            }
            None => !self.from.children(child).is_empty() && self.gather(child, out),
        })
    }

    /// The codes that a code becomes, each with its share; the shares sum to 1.
    ///
    /// A single target has all. Several share it as they are known to, else as `sharing` says. `_T` and `_Z` stay what
    /// they are; every other code that belongs to no target is `_U`.
    ///
    /// # Errors
    /// [`Error::Code`] if the list that is left has no such code.
    ///
    /// ```
    /// use migstat::codes::{mapping::Sharing, registry};
    /// let mapping = registry::mapping("LKA-SLBFE-1975", "broad")?;
    /// assert_eq!(mapping.shares("HIGH", &Sharing::Unknown)?, [("high".to_owned(), 1.0)]);
    /// assert_eq!(mapping.shares("MIDDLE", &Sharing::Unknown)?, [("_U".to_owned(), 1.0)]);
    /// let shared = mapping.shares("MIDDLE", &Sharing::Equal)?;
    /// assert_eq!(shared, [("medium".to_owned(), 0.5), ("high".to_owned(), 0.5)]);
    /// # Ok::<(), migstat::Error>(())
    /// ```
    pub fn shares(&self, code: &str, sharing: &Sharing) -> Result<Vec<(String, f64)>, Error> {
        let all = |code: &str| Ok(vec![(code.to_owned(), 1.0)]);
        let found = self.find(code);
        if found.is_empty() {
            return match code {
                "_T" | "_Z" => all(code),
                _ if self.from.has(code) => all("_U"),
                _ => Err(Error::Code(format!("{code:?} is no code of {}", self.from.about().id))),
            };
        }
        let targets = self.targets(code);
        if let [only] = targets.as_slice()
            && found.iter().all(|(_, entry)| entry.targets.len() == 1)
        {
            return all(only);
        }
        if let [(_, entry)] = found.as_slice()
            && let Some(shares) = known_shares(&entry.targets)
        {
            return Ok(shares);
        }
        if *sharing == Sharing::Unknown || targets.is_empty() {
            return all("_U");
        }
        // What lies below a code is taken to be equally large.
        let mut shares: Vec<(String, f64)> = targets.iter().map(|to| ((*to).to_owned(), 0.0)).collect();
        let part = 1.0 / found.len() as f64;
        for (_, entry) in &found {
            let each = 1.0 / entry.targets.len() as f64;
            let alike = || entry.targets.iter().map(|(to, _)| (to.clone(), each)).collect();
            let of = if entry.targets.is_empty() {
                // What lies below and cannot be mapped stays unknown: it is shared out to nobody else, nor lost.
                vec![("_U".to_owned(), 1.0)]
            } else {
                known_shares(&entry.targets).unwrap_or_else(alike)
            };
            for (to, share) in of {
                if let Some((_, sum)) = shares.iter_mut().find(|(code, _)| *code == to) {
                    *sum += share * part;
                } else {
                    shares.push((to, share * part));
                }
            }
        }
        Ok(shares)
    }

    /// The same mapping with the user's shares for some codes; they may put a part on `_U`.
    ///
    /// # Errors
    /// [`Error::Code`] where a code is in neither list, or weights are no shares that sum to 1.
    pub fn with_weights(&self, weights: &BTreeMap<String, BTreeMap<String, f64>>) -> Result<Mapping, Error> {
        let mut out = self.clone();
        for (from, shares) in weights {
            let (from_id, to_id) = (&self.from.about().id, &self.to.about().id);
            if !self.from.has(from) {
                let codes: Vec<&str> = self.from.rows().iter().map(|row| row.code.as_str()).collect();
                return Err(Error::Code(format!("weights: {from:?} is no code of {from_id}{}", near(from, &codes))));
            }
            let mut targets = Vec::new();
            for (to, weight) in shares {
                if !self.to.has(to) {
                    let codes: Vec<&str> = self.to.rows().iter().map(|row| row.code.as_str()).collect();
                    return Err(Error::Code(format!(
                        "weights of {from:?}: {to:?} is no code of {to_id}{}",
                        near(to, &codes)
                    )));
                }
                if !(0.0..=1.0).contains(weight) {
                    return Err(Error::Code(format!("weights of {from:?}: {weight} is not a share; expected 0 to 1")));
                }
                if *weight > 0.0 {
                    targets.push((to.clone(), Some(*weight)));
                }
            }
            // The order of the list, so that parts come in the same order as without weights.
            let place = |code: &str| self.to.rows().iter().position(|row| row.code == code).unwrap_or(usize::MAX);
            targets.sort_by_key(|(code, _)| place(code));
            check_weights("weights", from, &mut targets)?;
            let entry = Entry { targets, quality: self.quality(from), source: "weights given by the user".to_owned() };
            out.entries.insert(from.clone(), entry);
        }
        Ok(out)
    }

    /// The way back. Where several codes lead to one, the shares of the way back are not known.
    pub fn inverse(&self) -> Mapping {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        for (from, entry) in &self.entries {
            for (to, _) in &entry.targets {
                let back = entries.entry(to.clone()).or_default();
                back.targets.push((from.clone(), None));
                back.source = format!("the way back of {}", entry.source);
                back.quality = entry.quality;
            }
        }
        for entry in entries.values_mut() {
            match entry.targets.as_mut_slice() {
                [(_, weight)] => *weight = Some(1.0),
                _ => entry.quality = QUALITIES[3],
            }
        }
        Mapping { from: self.to, to: self.from, entries }
    }

    /// One mapping after the other. A target that all ways lead to is certain, although the ways are not.
    ///
    /// # Errors
    /// [`Error::Code`] if the other mapping does not begin where this one ends.
    pub fn then(&self, next: &Mapping) -> Result<Mapping, Error> {
        if self.to.about().id != next.from.about().id {
            return Err(Error::Code(format!(
                "a mapping to {} cannot be followed by one from {}",
                self.to.about().id,
                next.from.about().id
            )));
        }
        let rank = |quality: &str| QUALITIES.iter().position(|known| *known == quality).unwrap_or(0);
        let mut entries = BTreeMap::new();
        for (from, entry) in &self.entries {
            let known = known_shares(&entry.targets);
            let mut sums: Vec<(String, Option<f64>)> = Vec::new();
            let mut quality = entry.quality;
            for (at, (middle, _)) in entry.targets.iter().enumerate() {
                let share = known.as_ref().map(|shares| shares[at].1);
                let found = next.find(middle);
                let further = next.targets(middle);
                if rank(next.quality(middle)) > rank(quality) {
                    quality = next.quality(middle);
                }
                let shares = match (found.as_slice(), further.as_slice()) {
                    ([(_, one)], _) => known_shares(&one.targets),
                    (_, [only]) => Some(vec![((*only).to_owned(), 1.0)]),
                    _ => None,
                };
                let lost = vec!["_U"];
                for to in if further.is_empty() { &lost } else { &further } {
                    let part = shares.as_ref().map_or(further.is_empty().then_some(1.0), |shares| {
                        shares.iter().find(|(code, _)| code == to).map(|(_, share)| *share)
                    });
                    let part = share.zip(part).map(|(share, part)| share * part);
                    match sums.iter_mut().find(|(code, _)| code == to) {
                        Some((_, sum)) => *sum = sum.zip(part).map(|(sum, part)| sum + part),
                        None => sums.push(((*to).to_owned(), part)),
                    }
                }
            }
            if let [(_, weight)] = sums.as_mut_slice() {
                *weight = Some(1.0);
                if quality == QUALITIES[3] {
                    quality = QUALITIES[2];
                }
            } else if sums.iter().any(|(_, weight)| weight.is_none()) {
                sums.iter_mut().for_each(|(_, weight)| *weight = None);
            }
            if sums.iter().all(|(code, _)| code == "_U") {
                sums.clear();
            }
            let source = format!("{}; then {}", self.from.about().id, next.to.about().id);
            entries.insert(from.clone(), Entry { targets: sums, quality, source });
        }
        Ok(Mapping { from: self.from, to: next.to, entries })
    }
}

/// The shares of targets, where all are known.
fn known_shares(targets: &[(String, Option<f64>)]) -> Option<Vec<(String, f64)>> {
    match targets {
        [] => None,
        [(only, _)] => Some(vec![(only.clone(), 1.0)]),
        several => several.iter().map(|(code, weight)| weight.map(|weight| (code.clone(), weight))).collect(),
    }
}

/// Refuses shares that are not a whole; what was lost with the digits that nobody typed is put back.
fn check_weights(name: &str, code: &str, targets: &mut [(String, Option<f64>)]) -> Result<(), Error> {
    let given: Vec<f64> = targets.iter().filter_map(|(_, weight)| *weight).collect();
    if given.is_empty() {
        return Ok(());
    }
    if given.len() < targets.len() {
        return Err(Error::Code(format!("{name}: code {code:?} has weights for some of its targets only")));
    }
    let sum: f64 = given.iter().sum();
    if (sum - 1.0).abs() > TOLERANCE {
        return Err(Error::Code(format!(
            "{name}: the weights of code {code:?} sum to {sum}; they must sum to 1, with what is not known on \"_U\""
        )));
    }
    if (sum - 1.0).abs() > f64::EPSILON {
        targets.iter_mut().filter_map(|(_, weight)| weight.as_mut()).for_each(|weight| *weight /= sum);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::list::{About, Row};
    use super::*;

    /// A list of codes of one letter and a number; those of two digits lie under those of one.
    fn list(name: &str, codes: &[&str]) -> &'static Codelist {
        let row = |code: &&str| Row {
            code: (*code).to_owned(),
            parent: if code.len() > 2 { code[..2].to_owned() } else { String::new() },
            label: format!("label of {code}"),
            ..Row::default()
        };
        let about = About { id: name.to_owned(), ..About::default() };
        Box::leak(Box::new(Codelist::new(about, codes.iter().map(row).collect()).unwrap()))
    }

    fn pair(from: &str, to: &str, weight: impl Into<Option<f64>>) -> Pair {
        let quality = if to.is_empty() { "not mappable" } else { "good" };
        Pair {
            from: from.to_owned(),
            to: to.to_owned(),
            weight: weight.into(),
            quality: quality.to_owned(),
            source: String::new(),
        }
    }

    fn shares(mapping: &Mapping, code: &str, sharing: &Sharing) -> Vec<(String, f64)> {
        mapping.shares(code, sharing).unwrap()
    }

    fn of(codes: &[(&str, f64)]) -> Vec<(String, f64)> {
        codes.iter().map(|(code, share)| ((*code).to_owned(), *share)).collect()
    }

    #[test]
    fn one_target_several_known_several_unknown_none() {
        let (from, to) = (list("a", &["a1", "a2", "a3", "a4", "a5"]), list("b", &["b1", "b2"]));
        let mapping = Mapping::new(
            from,
            to,
            &[
                pair("a1", "b1", None),
                pair("a2", "b1", 0.25),
                pair("a2", "b2", 0.75),
                pair("a3", "b1", None),
                pair("a3", "b2", None),
                pair("a4", "", None),
            ],
        )
        .unwrap();
        assert_eq!(shares(&mapping, "a1", &Sharing::Unknown), of(&[("b1", 1.0)]));
        assert_eq!(shares(&mapping, "a2", &Sharing::Unknown), of(&[("b1", 0.25), ("b2", 0.75)]));
        assert_eq!(shares(&mapping, "a3", &Sharing::Unknown), of(&[("_U", 1.0)]));
        assert_eq!(shares(&mapping, "a3", &Sharing::Equal), of(&[("b1", 0.5), ("b2", 0.5)]));
        for unknown in ["a4", "a5", "_U", "_O"] {
            assert_eq!(shares(&mapping, unknown, &Sharing::Equal), of(&[("_U", 1.0)]), "{unknown}");
        }
        assert_eq!(shares(&mapping, "_T", &Sharing::Unknown), of(&[("_T", 1.0)]));
        assert!(mapping.shares("a9", &Sharing::Unknown).unwrap_err().to_string().contains("no code of a"));
        assert!(!mapping.is_exact() && !mapping.is_complete());
        let given =
            BTreeMap::from([("a3".to_owned(), BTreeMap::from([("b2".to_owned(), 0.9), ("_U".to_owned(), 0.1)]))]);
        let weighted = mapping.with_weights(&given).unwrap();
        assert_eq!(shares(&weighted, "a3", &Sharing::Unknown), of(&[("b2", 0.9), ("_U", 0.1)]));
    }

    #[test]
    fn what_lies_below_speaks_for_a_code_and_what_lies_above_too() {
        let (from, to) = (list("a", &["a1", "a11", "a12", "a2", "a21", "a22"]), list("b", &["b1", "b2"]));
        let mapping =
            Mapping::new(from, to, &[pair("a11", "b1", None), pair("a12", "b1", None), pair("a2", "b2", None)])
                .unwrap();
        assert_eq!(shares(&mapping, "a1", &Sharing::Unknown), of(&[("b1", 1.0)]));
        assert_eq!(shares(&mapping, "a21", &Sharing::Unknown), of(&[("b2", 1.0)]));
        let half = Mapping::new(from, to, &[pair("a11", "b1", None)]).unwrap();
        // A part of what lies below says nothing about the rest.
        assert_eq!(shares(&half, "a1", &Sharing::Equal), of(&[("_U", 1.0)]));
        let apart = Mapping::new(from, to, &[pair("a11", "b1", None), pair("a12", "b2", None)]).unwrap();
        assert_eq!(shares(&apart, "a1", &Sharing::Unknown), of(&[("_U", 1.0)]));
        assert_eq!(shares(&apart, "a1", &Sharing::Equal), of(&[("b1", 0.5), ("b2", 0.5)]));
        assert_eq!((apart.quality("a1"), apart.targets("a1")), ("ambiguous", vec!["b1", "b2"]));
        // What cannot be mapped is not shared out to the others.
        let lost = Mapping::new(from, to, &[pair("a11", "b1", None), pair("a12", "", None)]).unwrap();
        assert_eq!(shares(&lost, "a1", &Sharing::Unknown), of(&[("_U", 1.0)]));
        assert_eq!(shares(&lost, "a1", &Sharing::Equal), of(&[("b1", 0.5), ("_U", 0.5)]));
    }

    #[test]
    fn a_mapping_that_is_not_sound_is_refused() {
        let (from, to) = (list("a", &["a1", "a2"]), list("b", &["b1", "b2"]));
        for (pairs, said) in [
            (vec![pair("a9", "b1", None)], "mapping a to b, row 0: \"a9\" is no code of a"),
            (vec![pair("a1", "b9", None)], "\"b9\" is no code of b"),
            (vec![pair("a1", "b1", None), pair("a1", "b1", None)], "row 1: \"a1\" to \"b1\" stands twice"),
            (vec![pair("a1", "b1", 0.5), pair("a1", "b2", 0.4)], "sum to 0.9; they must sum to 1"),
            (vec![pair("a1", "b1", 0.5), pair("a1", "b2", None)], "weights for some of its targets only"),
            (vec![pair("a1", "b1", 1.5)], "weight 1.5 is not a share"),
        ] {
            let error = Mapping::new(from, to, &pairs).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        let wrong = Pair { quality: "so-so".to_owned(), ..pair("a1", "b1", None) };
        assert!(Mapping::new(from, to, &[wrong]).unwrap_err().to_string().contains("expected one of exact"));
    }

    #[test]
    fn the_way_back_is_exact_where_the_way_is_one_to_one() {
        let (from, to) = (list("a", &["a1", "a2", "a3"]), list("b", &["b1", "b2"]));
        let pairs = [pair("a1", "b1", None), pair("a2", "b2", None), pair("a3", "b2", None)];
        let back = Mapping::new(from, to, &pairs).unwrap().inverse();
        assert_eq!(shares(&back, "b1", &Sharing::Unknown), of(&[("a1", 1.0)]));
        assert_eq!(shares(&back, "b2", &Sharing::Unknown), of(&[("_U", 1.0)]));
        assert_eq!(shares(&back, "b2", &Sharing::Equal), of(&[("a2", 0.5), ("a3", 0.5)]));
    }

    #[test]
    fn ways_that_meet_are_certain() {
        let (a, b, c) = (list("a", &["a1", "a2"]), list("b", &["b1", "b2", "b3"]), list("c", &["c1", "c2"]));
        let first =
            Mapping::new(a, b, &[pair("a1", "b1", None), pair("a1", "b2", None), pair("a2", "b3", None)]).unwrap();
        let second =
            Mapping::new(b, c, &[pair("b1", "c1", None), pair("b2", "c1", None), pair("b3", "", None)]).unwrap();
        let both = first.then(&second).unwrap();
        assert_eq!(shares(&both, "a1", &Sharing::Unknown), of(&[("c1", 1.0)]));
        assert_eq!(shares(&both, "a2", &Sharing::Equal), of(&[("_U", 1.0)]));
        assert!(second.then(&first).unwrap_err().to_string().contains("cannot be followed"));
    }

    /// Complete mappings between lists of three codes, with weights in quarters.
    fn complete(from: &'static Codelist, to: &'static Codelist) -> impl Strategy<Value = Mapping> {
        let row = prop::collection::vec(0u32..5, 3).prop_filter("some weight", |row| row.iter().sum::<u32>() > 0);
        prop::collection::vec(row, 3).prop_map(move |rows| {
            let mut pairs = Vec::new();
            for (at, row) in rows.iter().enumerate() {
                let sum = f64::from(row.iter().sum::<u32>());
                for (to_at, weight) in row.iter().enumerate().filter(|(_, weight)| **weight > 0) {
                    pairs.push(pair(&from.rows()[at].code, &to.rows()[to_at].code, f64::from(*weight) / sum));
                }
            }
            Mapping::new(from, to, &pairs).unwrap()
        })
    }

    proptest! {
        #[test]
        fn recoding_twice_is_recoding_by_both(
            (first, second) in {
                let (a, b, c) = (list("a", &["a1", "a2", "a3"]), list("b", &["b1", "b2", "b3"]), list("c", &["c1", "c2", "c3"]));
                (complete(a, b), complete(b, c))
            }
        ) {
            let both = first.then(&second).unwrap();
            for code in ["a1", "a2", "a3", "_T", "_U"] {
                let mut steps: BTreeMap<String, f64> = BTreeMap::new();
                for (middle, share) in shares(&first, code, &Sharing::Unknown) {
                    for (to, part) in shares(&second, &middle, &Sharing::Unknown) {
                        *steps.entry(to).or_default() += share * part;
                    }
                }
                let at_once: BTreeMap<String, f64> = shares(&both, code, &Sharing::Unknown).into_iter().collect();
                prop_assert_eq!(steps.keys().collect::<Vec<_>>(), at_once.keys().collect::<Vec<_>>());
                for (to, share) in &steps {
                    prop_assert!((share - at_once[to]).abs() < 1e-12);
                }
                prop_assert!((at_once.values().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
    }
}
