//! What labels are grouped into: groups of areas that migstat knows, and lists that the caller gives.

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::axis::{Membership, OUTSIDE, UNDECIDED};
use crate::Error;
use crate::codes::area;
use crate::codes::area::groups::{self, Partition, Place};
use crate::observation::NATIONALS;

/// Between the names of groups that may overlap.
pub(super) const SEVERAL: char = '+';

/// Members of groups as the caller lists them: label, year or none, group.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Listed(Vec<(String, Option<i32>, String)>);

/// A way to group labels.
pub(super) enum Grouping {
    Known(Partition, Membership),
    /// Groups that may overlap: `LDC+LLDC`.
    Several(Vec<Grouping>),
    Listed {
        members: FxHashMap<String, Vec<(Option<i32>, String)>>,
        membership: Membership,
        last: Option<i32>,
    },
}

impl Grouping {
    /// A group of the caller's, else one that is known.
    pub fn new(name: &str, own: &FxHashMap<String, Listed>, membership: Membership) -> Result<Self, Error> {
        let Some(listed) = own.get(name) else {
            if name.contains(SEVERAL) {
                let each = name.split(SEVERAL).map(|name| {
                    let labels = own.get(name).into_iter().flat_map(|listed| &listed.0);
                    if let Some((_, _, group)) = labels.into_iter().find(|(_, _, group)| group.contains(SEVERAL)) {
                        return Err(Error::Code(format!(
                            "groups[{name:?}] has a group {group:?}: among groups that may overlap, \"+\" stands between them"
                        )));
                    }
                    Grouping::new(name, own, membership)
                });
                return Ok(Grouping::Several(each.collect::<Result<_, _>>()?));
            }
            return Ok(Grouping::Known(
                groups::partition(name).map_err(|error| {
                    let own: Vec<&str> = own.keys().map(String::as_str).collect();
                    Error::Code(format!("{error}{}", crate::error::near(name, &own)))
                })?,
                membership,
            ));
        };
        let mut members: FxHashMap<String, Vec<(Option<i32>, String)>> = FxHashMap::default();
        for (label, year, group) in &listed.0 {
            let spells = members.entry(label.clone()).or_default();
            if spells.iter().any(|(known, other)| known == year && other != group) {
                let when = year.map_or(String::new(), |year| format!(" in {year}"));
                return Err(Error::Code(format!(
                    "groups[{name:?}] puts {label} into two groups{when}; use two groups=, and group by both"
                )));
            }
            spells.push((*year, group.clone()));
        }
        let last = listed.0.iter().filter_map(|(_, year, _)| *year).max();
        Ok(Grouping::Listed { members, membership, last })
    }

    /// Does the place of a label depend on the year of the row?
    pub fn needs_year(&self) -> bool {
        match self {
            Grouping::Known(partition, membership) => partition.dated && *membership == Membership::Period,
            Grouping::Several(each) => each.iter().any(Grouping::needs_year),
            Grouping::Listed { members, membership, .. } => {
                *membership == Membership::Period && members.values().flatten().any(|(year, _)| year.is_some())
            }
        }
    }

    /// A list without dates that is used for all years.
    pub fn undated(&self) -> bool {
        match self {
            Grouping::Known(partition, membership) => !partition.dated && *membership != Membership::Current,
            Grouping::Several(each) => each.iter().any(Grouping::undated),
            Grouping::Listed { .. } => false,
        }
    }

    /// May a label lie in several of the groups?
    pub fn is_several(&self) -> bool {
        matches!(self, Grouping::Several(_))
    }

    /// The group of a code of `column`, or all of several; a blank is of no group.
    pub fn place(&self, column: &str, code: &str, year: Option<i32>) -> Result<String, Error> {
        match self {
            Grouping::Several(each) => {
                let places = each.iter().map(|one| one.place(column, code, year)).collect::<Result<Vec<_>, _>>()?;
                let inside: Vec<&str> =
                    places.iter().map(String::as_str).filter(|place| ![OUTSIDE, UNDECIDED].contains(place)).collect();
                let unsure = places.iter().any(|place| place == UNDECIDED);
                Ok(match (inside.is_empty(), unsure) {
                    (false, _) => inside.join(&SEVERAL.to_string()),
                    (true, true) => UNDECIDED.to_owned(),
                    (true, false) => OUTSIDE.to_owned(),
                })
            }
            Grouping::Known(partition, membership) => {
                if !code.is_empty() && area::get(code).is_none() && !NATIONALS.contains(&code) {
                    return Err(Error::Code(format!(
                        "column {column:?} holds {code:?}, which is no code of an area, so its group {} cannot be told; \
                         resolve names with migstat.areas.resolve first",
                        partition.name
                    )));
                }
                let year = match membership {
                    Membership::Period => year,
                    Membership::Current => None,
                    Membership::Year(year) => Some(*year),
                };
                Ok(match partition.place(code, year) {
                    Place::In(group) => group.code.to_owned(),
                    Place::Outside => OUTSIDE.to_owned(),
                    Place::Undecided => UNDECIDED.to_owned(),
                })
            }
            Grouping::Listed { .. } if code.is_empty() => Ok(UNDECIDED.to_owned()),
            Grouping::Listed { members, membership, last } => {
                let year = match membership {
                    Membership::Year(year) => Some(*year),
                    Membership::Period => year,
                    // The list as it stands at its end.
                    Membership::Current => *last,
                };
                let spells = members.get(code).map_or(&[][..], Vec::as_slice);
                let of = |when: Option<i32>| spells.iter().find(|(known, _)| *known == when);
                let place = year.and_then(|year| of(Some(year))).or_else(|| of(None));
                Ok(place.map_or_else(|| OUTSIDE.to_owned(), |(_, group)| group.clone()))
            }
        }
    }
}
