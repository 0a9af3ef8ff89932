//! Which pairs are fitted together.

use super::read::Labels;
use crate::Error;

/// Pairs that are fitted together.
pub struct Groups {
    /// The group of each row.
    pub of: Vec<u32>,
    /// The first row of each group.
    pub first: Vec<usize>,
    /// What groups are called, if there are several.
    pub names: Vec<String>,
}

impl Groups {
    /// Each combination of the values of these columns is a group, in the order of the values.
    pub fn new(read: &mut Labels, rows: usize, per: &[String]) -> Result<Groups, Error> {
        // Groups so far, in order: one column after another splits them.
        let mut of: Vec<u32> = Vec::new();
        let mut first = vec![0; rows.min(1)];
        let mut columns = Vec::with_capacity(per.len());
        for name in per {
            let coded = read.get("per", name)?;
            if let Some(row) = coded.keys.iter().position(|key| *key < 0) {
                return Err(Error::Schema(format!(
                    "column {name:?}, row {row}: the value is missing, and per= needs it"
                )));
            }
            let (place, all) = (order(&coded.labels), coded.labels.len());
            if first.len() * all > i32::MAX as usize {
                return Err(Error::Schema(
                    "per=: the columns have too many combinations; name fewer of them".to_owned(),
                ));
            }
            let placed = coded.keys.iter().map(|label| place[*label as usize]);
            of = if of.is_empty() {
                placed.collect()
            } else {
                of.iter().zip(placed).map(|(group, place)| group * all as u32 + place).collect()
            };
            first = renumber(&mut of, first.len() * all);
            columns.push((name, coded));
        }
        let name = |row: &usize| {
            let parts = columns.iter().map(|(name, coded)| format!("{name} {}", coded.label(*row).unwrap_or_default()));
            parts.collect::<Vec<_>>().join(", ")
        };
        let names = if per.is_empty() { Vec::new() } else { first.iter().map(name).collect() };
        of.resize(rows, 0);
        Ok(Groups { of, first, names })
    }

    /// The rows of each group.
    pub fn rows(&self) -> Rows {
        let mut ends = vec![0; self.first.len() + 1];
        self.of.iter().for_each(|group| ends[*group as usize + 1] += 1);
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        if self.of.is_sorted() {
            return Rows { ends, listed: None };
        }
        let (mut next, mut listed) = (ends.clone(), vec![0; self.of.len()]);
        for (row, group) in self.of.iter().enumerate() {
            let place = &mut next[*group as usize];
            listed[*place] = row;
            *place += 1;
        }
        Rows { ends, listed: Some(listed) }
    }
}

/// The rows of each group, in their order.
pub struct Rows {
    ends: Vec<usize>,
    /// Rows by group, where the table is not in the order of groups already.
    listed: Option<Vec<usize>>,
}

impl Rows {
    /// Those of one group.
    pub fn of(&self, group: usize) -> impl ExactSizeIterator<Item = usize> {
        (self.ends[group]..self.ends[group + 1]).map(|at| self.listed.as_ref().map_or(at, |rows| rows[at]))
    }
}

/// Numbers groups without gaps; gives the first row of each.
fn renumber(of: &mut [u32], all: usize) -> Vec<usize> {
    if all > 4 * of.len() + 4096 {
        return renumber_few(of);
    }
    let mut met = vec![usize::MAX; all];
    for (row, group) in of.iter().enumerate() {
        let first = &mut met[*group as usize];
        *first = row.min(*first);
    }
    if met.contains(&usize::MAX) {
        let mut places = vec![0; all];
        (0..all).filter(|at| met[*at] < usize::MAX).zip(0..).for_each(|(at, place)| places[at] = place);
        of.iter_mut().for_each(|group| *group = places[*group as usize]);
        met.retain(|row| *row < usize::MAX);
    }
    met
}

/// The same where most numbers are of no group, and a table of all would be larger than the rows.
fn renumber_few(of: &mut [u32]) -> Vec<usize> {
    let mut met: Vec<u32> = of.to_vec();
    met.sort_unstable();
    met.dedup();
    let mut first = vec![usize::MAX; met.len()];
    for (row, group) in of.iter_mut().enumerate() {
        let place = met.partition_point(|one| *one < *group);
        first[place] = row.min(first[place]);
        *group = place as u32;
    }
    first
}

/// Labels in their order, numbers as numbers; the place of each.
fn order(labels: &[String]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    match labels.iter().map(|label| label.parse::<i64>().ok()).collect::<Option<Vec<_>>>() {
        Some(numbers) => order.sort_unstable_by_key(|at| (numbers[*at], &labels[*at])),
        None => order.sort_unstable_by(|a, b| labels[*a].cmp(&labels[*b])),
    }
    let mut place = vec![0; labels.len()];
    order.iter().enumerate().for_each(|(at, label)| place[*label] = at as u32);
    place
}
