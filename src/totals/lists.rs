//! Groups whose lists of members change: whom a printed total was made of.
//!
//! Publishers go by the list as it stands when they publish, for all years: what has a vintage goes by the list at the end
//! of the year before it. Where there is none, each figure goes by the list of its own year.

use rustc_hash::FxHashMap;

use crate::codes::area::groups::{self, Group, Placement};
use crate::codes::period::{self, Period};
use crate::definition::Definition;
use crate::observation::{AREAS, Observations};

/// The lists that the totals of a table of observations go by.
pub struct Lists<'a> {
    /// Dimensions in which some code is a group whose list changes.
    dimensions: Vec<Listed<'a>>,
    /// The year of the list, by definition; none where it is that of the figure.
    stated: Vec<Option<i32>>,
    definitions: &'a [i32],
    starts: &'a [i32],
}

struct Listed<'a> {
    keys: &'a [i32],
    /// By group and year: whether each code is on the list, or may be.
    members: FxHashMap<(i32, i32), Vec<bool>>,
}

impl<'a> Lists<'a> {
    /// Reads the lists of all years that occur.
    pub fn of(observations: &'a Observations) -> Lists<'a> {
        let mut lists = Lists {
            dimensions: Vec::new(),
            stated: observations.definitions().iter().map(stated).collect(),
            definitions: observations.definition_keys(),
            starts: observations.dates("period_start"),
        };
        for name in AREAS {
            let Some((keys, codes)) = observations.codes(name) else { continue };
            let changing: Vec<Option<&Group>> =
                codes.iter().map(|code| groups::listed(code).filter(|group| group.dated)).collect();
            if changing.iter().all(Option::is_none) {
                continue;
            }
            let mut members: FxHashMap<(i32, i32), Vec<bool>> = FxHashMap::default();
            for (row, key) in keys.iter().enumerate() {
                let Some(group) = changing[*key as usize] else { continue };
                let year = lists.year(row);
                members.entry((*key, year)).or_insert_with(|| {
                    let may_be = |code: &&str| groups::contains(group, code, Some(year)) != Placement::Outside;
                    codes.iter().map(may_be).collect()
                });
            }
            lists.dimensions.push(Listed { keys, members });
        }
        lists
    }

    /// The year of the list that a row goes by.
    fn year(&self, row: usize) -> i32 {
        let own = || period::start_year(Period { start: self.starts[row], end: self.starts[row] });
        self.stated[self.definitions[row] as usize].unwrap_or_else(own)
    }

    /// Whether a total has a part, as far as lists say.
    pub fn hold(&self, total: usize, part: usize) -> bool {
        self.dimensions.iter().all(|dimension| {
            let key = (dimension.keys[total], self.year(total));
            dimension.members.get(&key).is_none_or(|members| members[dimension.keys[part] as usize])
        })
    }
}

/// The year of the list that what a definition describes was published by.
fn stated(definition: &Definition) -> Option<i32> {
    let year = |field: &str| definition.get(field)?.get(..4)?.parse::<i32>().ok();
    Some(year("vintage").or_else(|| year("release_date"))? - 1)
}
