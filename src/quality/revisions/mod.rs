//! Two editions of a publication: which figures were revised, by how much, where, and which are copies of the old ones.
//!
//! Figures are paired on the codes of all dimensions, the period, and what their definitions mean, never on where they
//! were printed. Every figure of either edition is in exactly one line. `edition` is one side as columns, `grid` gives both
//! one numbering, `order` brings their cells together, `pair` joins what stands in them, `lines`, `groups` and `series` say what came of it.

mod edition;
mod grid;
mod groups;
mod lines;
mod order;
mod pair;
mod series;

use arrow::array::Array;

use crate::Error;
use crate::codes::period::Period;
use crate::definition::{CITATION, Definition};

pub use edition::{Edition, Roles};
use grid::Grid;
pub use pair::{LEVELS, NOT_THERE, Pair};

/// Fields of a definition that say where a figure was printed, beside those of [`CITATION`].
const PRINTED: [&str; 8] =
    ["publisher", "dataset", "table", "file", "sheet", "vintage", "release_date", "break_before"];

/// What became of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The same number, or no number in the same way.
    Same,
    /// Another number.
    Revised,
    /// Only in the later edition.
    Added,
    /// Only in the earlier edition.
    Removed,
    /// It had a number and has none.
    BecameMissing,
    /// It had no number and has one.
    FilledIn,
    /// The same number, or none, but the cell says something else: blank, then suppressed.
    PresenceChanged,
    /// The same cell means something else.
    DefinitionChanged,
    /// An edition has several such figures, so that it cannot be said which is which.
    Repeated,
}

impl State {
    /// All of them, in the order in which they are counted.
    pub const ALL: [State; 9] = [
        State::Same,
        State::Revised,
        State::Added,
        State::Removed,
        State::BecameMissing,
        State::FilledIn,
        State::PresenceChanged,
        State::DefinitionChanged,
        State::Repeated,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            State::Same => "same",
            State::Revised => "revised",
            State::Added => "added",
            State::Removed => "removed",
            State::BecameMissing => "became missing",
            State::FilledIn => "filled in",
            State::PresenceChanged => "presence changed",
            State::DefinitionChanged => "definition changed",
            State::Repeated => "repeated",
        }
    }
}

/// How to compare.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// How far two numbers may be apart and count as the same.
    pub tolerance: f64,
    /// Fields of the definitions that do not matter.
    pub ignore: Vec<String>,
}

impl Request {
    fn check(&self) -> Result<(), Error> {
        if !self.tolerance.is_finite() || self.tolerance < 0.0 {
            return Err(Error::Schema(format!("tolerance={}: expected a number of at least 0", self.tolerance)));
        }
        for field in &self.ignore {
            if field == "measure" || !Definition::has(field) {
                let known: Vec<&str> = Definition::fields().filter(|field| *field != "measure").collect();
                let near = crate::error::near(field, &known);
                return Err(Error::Schema(format!(
                    "ignore: {field:?} is no field of definitions that can be ignored{near}"
                )));
            }
        }
        Ok(())
    }

    /// A definition as far as it says what a figure means.
    fn meaning(&self, one: &Definition) -> Definition {
        one.without(PRINTED.into_iter().chain(CITATION).chain(self.ignore.iter().map(String::as_str)))
    }
}

/// Two editions, figure by figure.
pub struct Revisions {
    earlier: Edition,
    later: Edition,
    grid: Grid,
    /// In the order of codes and periods.
    pairs: Vec<Pair>,
    request: Request,
}

/// Compares two editions.
///
/// # Errors
/// [`Error::Schema`] for a tolerance that is none, and for tables that are not told apart by the same columns.
pub fn compare(earlier: Edition, later: Edition, request: Request) -> Result<Revisions, Error> {
    request.check()?;
    let grid = Grid::of(&earlier, &later)?;
    let pairs = pair::pairs(&earlier, &later, &grid, &request);
    Ok(Revisions { earlier, later, grid, pairs, request })
}

impl Revisions {
    /// Every figure of either edition, once.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// The number of figures of each edition.
    pub fn figures(&self) -> (usize, usize) {
        (self.earlier.rows, self.later.rows)
    }

    /// The numbers of a pair, where there are numbers.
    pub fn numbers(&self, pair: &Pair) -> (Option<f64>, Option<f64>) {
        (self.earlier.number(pair.earlier), self.later.number(pair.later))
    }

    /// The definition of a pair: the later one, where there is one.
    fn definition(&self, pair: &Pair) -> &Definition {
        if pair.later == NOT_THERE { self.earlier.defined(pair.earlier) } else { self.later.defined(pair.later) }
    }

    fn period(&self, pair: &Pair) -> Period {
        self.grid.periods[self.period_key(pair)]
    }

    fn period_key(&self, pair: &Pair) -> usize {
        if pair.later == NOT_THERE {
            self.grid.when.0[self.earlier.when[pair.earlier as usize] as usize] as usize
        } else {
            self.grid.when.1[self.later.when[pair.later as usize] as usize] as usize
        }
    }

    /// Whether a pair may be added to others: it is a leaf on both sides.
    fn is_leaf(&self, pair: &Pair) -> bool {
        self.earlier.is_leaf(pair.earlier) && self.later.is_leaf(pair.later)
    }

    /// Later less earlier, where both are there in one unit.
    fn difference(&self, pair: &Pair) -> Option<f64> {
        let (Some(earlier), Some(later)) = self.numbers(pair) else { return None };
        let one_unit = pair.state != State::DefinitionChanged
            || self.earlier.defined(pair.earlier).get("unit") == self.later.defined(pair.later).get("unit");
        Some(later - earlier).filter(|difference| one_unit && difference.is_finite())
    }

    /// The pairs whose numbers differ most, the largest first; on request only leaves.
    pub fn largest(&self, count: usize, relative: bool, leaves: bool) -> Vec<u32> {
        let size = |at: u32| {
            let pair = &self.pairs[at as usize];
            let difference =
                self.difference(pair).filter(|_| pair.state == State::Revised && (!leaves || self.is_leaf(pair)))?;
            let base = self.numbers(pair).0?;
            let size = if relative { difference / base } else { difference };
            Some(size.abs()).filter(|size| size.is_finite())
        };
        let mut sized: Vec<(f64, u32)> = (0..self.pairs.len() as u32).filter_map(|at| Some((size(at)?, at))).collect();
        let order = |a: &(f64, u32), b: &(f64, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if count < sized.len() && count > 0 {
            sized.select_nth_unstable_by(count - 1, order);
        }
        sized.truncate(count);
        sized.sort_unstable_by(order);
        sized.into_iter().map(|(_, at)| at).collect()
    }

    /// The pairs that are not in a state.
    pub fn changes(&self) -> Vec<u32> {
        (0..self.pairs.len() as u32).filter(|at| self.pairs[*at as usize].state != State::Same).collect()
    }
}

impl Edition {
    /// The number of a figure, where it is there and has one.
    fn number(&self, row: u32) -> Option<f64> {
        (row != NOT_THERE && self.values.is_valid(row as usize)).then(|| self.values.value(row as usize))
    }

    fn defined(&self, row: u32) -> &Definition {
        &self.definitions[self.definition[row as usize] as usize]
    }

    fn is_leaf(&self, row: u32) -> bool {
        row != NOT_THERE && self.leaf.as_ref().is_none_or(|leaf| leaf.value(row as usize))
    }
}

#[cfg(test)]
mod tests;
