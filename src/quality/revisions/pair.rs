//! The join: figures of one cell, told apart by their definitions, are paired where exactly one stands on each side.

use arrow::array::Array;

use super::edition::Edition;
use super::grid::Grid;
use super::order::walk;
use super::{Request, State};
use crate::definition::Definition;

/// The row of a figure that an edition does not have.
pub const NOT_THERE: u32 = u32::MAX;

/// A figure of the earlier edition, of the later, or the same of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Its row in the earlier edition, or [`NOT_THERE`].
    pub earlier: u32,
    /// Its row in the later edition, or [`NOT_THERE`].
    pub later: u32,
    /// What became of it.
    pub state: State,
    /// Which of [`LEVELS`] its definitions agree in; of no meaning for a figure of one edition.
    pub level: u8,
}

/// How far definitions agree, the most first. Figures that agree more are paired before those that agree less: so two
/// tables of one edition that print percentages of the same measure stay apart.
pub const LEVELS: [&str; 5] = ["meaning and table", "meaning and sheet", "meaning", "all but breakdown", "measure"];

/// From here on figures of one class mean the same, and several of them on a side cannot be told apart.
const MEANS_THE_SAME: usize = 3;
const MEASURE: usize = 4;

/// A number for each definition of each side at every level: equal where they agree.
type Classes = [(Vec<u32>, Vec<u32>); LEVELS.len()];

fn classes(earlier: &Edition, later: &Edition, request: &Request) -> Classes {
    let keep = |one: &Definition, mut meaning: Definition, fields: &[&str]| {
        fields.iter().for_each(|field| meaning.set(field, one.get(field).unwrap_or_default()));
        meaning
    };
    let at = |level: usize, one: &Definition| {
        let meaning = request.meaning(one);
        match level {
            0 => keep(one, meaning, &["dataset", "table"]),
            1 => keep(one, meaning, &["sheet"]),
            2 => meaning,
            MEANS_THE_SAME => meaning.without(["breakdown"]),
            _ => keep(one, Definition::default(), &["measure"]),
        }
    };
    std::array::from_fn(|level| {
        let of = |edition: &Edition| edition.definitions.iter().map(|one| at(level, one)).collect::<Vec<_>>();
        let (before, after) = (of(earlier), of(later));
        // In the order of what they say, so that results do not depend on the order of definitions.
        let mut known: Vec<&Definition> = before.iter().chain(&after).collect();
        known.sort_unstable();
        known.dedup();
        let number = |one: &Definition| known.binary_search(&one).unwrap_or_default() as u32;
        (before.iter().map(number).collect(), after.iter().map(number).collect())
    })
}

/// All figures of both editions, each once.
pub fn pairs(earlier: &Edition, later: &Edition, grid: &Grid, request: &Request) -> Vec<Pair> {
    let join = Join { earlier, later, classes: classes(earlier, later, request), tolerance: request.tolerance };
    // Nothing is ever paired with another measure.
    let (before, after, space) = grid.cells(earlier, later, &join.classes[MEASURE]);
    walk(&before, &after, space, |mine, theirs, out| join.cell(mine, theirs, out))
}

struct Join<'a> {
    earlier: &'a Edition,
    later: &'a Edition,
    classes: Classes,
    tolerance: f64,
}

impl Join<'_> {
    fn class(&self, level: usize, row: u32, is_later: bool) -> u32 {
        if is_later {
            self.classes[level].1[self.later.definition[row as usize] as usize]
        } else {
            self.classes[level].0[self.earlier.definition[row as usize] as usize]
        }
    }

    /// Pairs the figures of one cell.
    fn cell(&self, mine: &[u32], theirs: &[u32], out: &mut Vec<Pair>) {
        match (mine, theirs) {
            ([earlier], []) => out.push(alone(*earlier, false, State::Removed)),
            ([], [later]) => out.push(alone(*later, true, State::Added)),
            ([earlier], [later]) => {
                let agree = |level: &usize| self.class(*level, *earlier, false) == self.class(*level, *later, true);
                if let Some(level) = (0..LEVELS.len()).find(agree) {
                    out.push(self.pair(*earlier, *later, level));
                } else {
                    out.push(alone(*earlier, false, State::Removed));
                    out.push(alone(*later, true, State::Added));
                }
            }
            _ => self.crowd(mine, theirs, out),
        }
    }

    /// Pairs figures of one cell of which a side has several.
    fn crowd(&self, mine: &[u32], theirs: &[u32], out: &mut Vec<Pair>) {
        let start = out.len();
        let (mut mine, mut theirs) = (mine.to_vec(), theirs.to_vec());
        for level in 0..LEVELS.len() {
            mine.sort_by_key(|row| self.class(level, *row, false));
            theirs.sort_by_key(|row| self.class(level, *row, true));
            let (mut left, mut right) = (Vec::new(), Vec::new());
            let (mut a, mut b) = (&mine[..], &theirs[..]);
            loop {
                let heads = [
                    a.first().map(|row| self.class(level, *row, false)),
                    b.first().map(|row| self.class(level, *row, true)),
                ];
                let Some(class) = heads.into_iter().flatten().min() else { break };
                let ours = a.iter().take_while(|row| self.class(level, **row, false) == class).count();
                let others = b.iter().take_while(|row| self.class(level, **row, true) == class).count();
                match (&a[..ours], &b[..others]) {
                    ([earlier], [later]) => out.push(self.pair(*earlier, *later, level)),
                    (several, others) if level == MEANS_THE_SAME && !several.is_empty() && !others.is_empty() => {
                        out.extend(several.iter().map(|row| alone(*row, false, State::Repeated)));
                        out.extend(others.iter().map(|row| alone(*row, true, State::Repeated)));
                    }
                    (several, others) => {
                        left.extend_from_slice(several);
                        right.extend_from_slice(others);
                    }
                }
                (a, b) = (&a[ours..], &b[others..]);
            }
            (mine, theirs) = (left, right);
        }
        out.extend(mine.iter().map(|row| alone(*row, false, State::Removed)));
        out.extend(theirs.iter().map(|row| alone(*row, true, State::Added)));
        // By what they mean, then what they say: not in the order of rows.
        out[start..].sort_by_key(|pair| {
            let is_later = pair.earlier == NOT_THERE;
            let row = if is_later { pair.later } else { pair.earlier };
            let edition = if is_later { self.later } else { self.earlier };
            let value = edition.values.is_valid(row as usize).then(|| bits(edition.values.value(row as usize)));
            (self.class(MEASURE, row, is_later), self.class(0, row, is_later), is_later, value, row)
        });
    }

    fn pair(&self, earlier: u32, later: u32, level: usize) -> Pair {
        let state =
            if level == MEASURE { State::DefinitionChanged } else { self.state(earlier as usize, later as usize) };
        Pair { earlier, later, state, level: level as u8 }
    }

    fn state(&self, earlier: usize, later: usize) -> State {
        let (before, after) = (&self.earlier.values, &self.later.values);
        match (before.is_valid(earlier), after.is_valid(later)) {
            (true, false) => State::BecameMissing,
            (false, true) => State::FilledIn,
            (true, true) if self.differ(before.value(earlier), after.value(later)) => State::Revised,
            _ if self.earlier.presence[earlier] != self.later.presence[later] => State::PresenceChanged,
            _ => State::Same,
        }
    }

    /// Do values differ by more than the tolerance? 10.3 and 10.25 differ by .05, though not as floats are written.
    fn differ(&self, before: f64, after: f64) -> bool {
        let slack = if self.tolerance > 0.0 { 4.0 * f64::EPSILON * before.abs().max(after.abs()) } else { 0.0 };
        (after - before).abs() > self.tolerance + slack
    }
}

fn alone(row: u32, is_later: bool, state: State) -> Pair {
    let (earlier, later) = if is_later { (NOT_THERE, row) } else { (row, NOT_THERE) };
    Pair { earlier, later, state, level: 0 }
}

/// Bits that are ordered as their numbers are.
fn bits(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}
