//! Series over time: revised, or copied from the old edition as they were.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use rustc_hash::FxHashSet;

use super::groups::Groups;
use super::{NOT_THERE, Revisions, State};
use crate::Error;
use crate::codes::period;
use crate::column::dictionary;

/// What became of a series.
#[derive(Clone, Copy)]
enum Fate {
    Revised,
    Copied,
    Extended,
    NothingInCommon,
}

const FATES: [&str; 4] = ["revised", "unrevised", "unrevised, extended", "nothing to compare"];

#[derive(Clone, Default)]
struct Series {
    /// The first and the last period that both editions have.
    span: Option<(usize, usize)>,
    periods: i64,
    /// Figures of which both editions have a number.
    compared: i64,
    same: i64,
    /// Figures that are not what they were: in another state than same, or gone from a period that both have.
    changed: i64,
    /// Figures of the later edition alone, in periods that both have.
    added: i64,
    /// The same in periods that the earlier edition does not have.
    extended: i64,
    /// Figures of the earlier edition alone, in periods that the later does not have.
    dropped: i64,
    repeated: i64,
}

impl Series {
    fn fate(&self) -> Fate {
        match self {
            Series { changed, repeated, .. } if changed + repeated > 0 => Fate::Revised,
            Series { compared: 0, .. } => Fate::NothingInCommon,
            Series { extended: 0, .. } => Fate::Copied,
            _ => Fate::Extended,
        }
    }
}

/// The periods of which both editions have a figure of a series.
enum Common {
    /// A mark for every series and period, and the number of periods.
    Marks(Vec<bool>, usize),
    Few(FxHashSet<(usize, usize)>),
}

impl Common {
    fn has(&self, series: usize, period: usize) -> bool {
        match self {
            Common::Marks(marks, periods) => marks[series * periods + period],
            Common::Few(set) => set.contains(&(series, period)),
        }
    }

    fn moments(&self) -> Vec<(usize, usize)> {
        match self {
            Common::Marks(marks, periods) => {
                (0..marks.len()).filter(|at| marks[*at]).map(|at| (at / periods, at % periods)).collect()
            }
            Common::Few(set) => set.iter().copied().collect(),
        }
    }
}

impl Revisions {
    fn common(&self, groups: &Groups) -> Common {
        const MANY: usize = 1 << 24;
        let periods = self.grid.periods.len();
        let mut common = match groups.first.len().checked_mul(periods) {
            Some(places) if places <= MANY => Common::Marks(vec![false; places], periods),
            _ => Common::Few(FxHashSet::default()),
        };
        for (pair, group) in self.pairs.iter().zip(&groups.of) {
            if pair.earlier != NOT_THERE && pair.later != NOT_THERE {
                match &mut common {
                    Common::Marks(marks, _) => marks[*group as usize * periods + self.period_key(pair)] = true,
                    Common::Few(set) => {
                        set.insert((*group as usize, self.period_key(pair)));
                    }
                }
            }
        }
        common
    }

    /// One row a series: those of one code in the dimensions named, in one measure and unit.
    ///
    /// # Errors
    /// [`Error::Schema`] for a dimension that the figures do not have.
    pub fn series(&self, by: &[String]) -> Result<RecordBatch, Error> {
        let groups = self.groups(by)?;
        let common = self.common(&groups);
        let mut series = vec![Series::default(); groups.first.len()];
        for (group, period) in common.moments() {
            let one = &mut series[group];
            one.periods += 1;
            one.span = Some(one.span.map_or((period, period), |(first, last)| (first.min(period), last.max(period))));
        }
        for (pair, group) in self.pairs.iter().zip(&groups.of) {
            let one = &mut series[*group as usize];
            let shared = common.has(*group as usize, self.period_key(pair));
            let both = matches!(self.numbers(pair), (Some(_), Some(_))) && pair.state != State::DefinitionChanged;
            one.compared += i64::from(both);
            match pair.state {
                State::Same => one.same += i64::from(both),
                State::Added if shared => one.added += 1,
                State::Added => one.extended += 1,
                State::Removed if !shared => one.dropped += 1,
                State::Repeated => one.repeated += 1,
                _ => one.changed += 1,
            }
        }
        let mut columns = groups.columns();
        let mut add = |name: &str, column: ArrayRef| columns.push((name.to_owned(), column));
        let fates = series.iter().map(|one| one.fate() as i32).collect();
        add("state", dictionary(fates, &FATES));
        if self.earlier.timed {
            let labels: Vec<String> = self.grid.periods.iter().copied().map(period::label).collect();
            let ends = |last: bool| -> ArrayRef {
                let key = |one: &Series| one.span.map_or(-1, |span| if last { span.1 } else { span.0 } as i32);
                dictionary(series.iter().map(key).collect(), &labels)
            };
            add("first", ends(false));
            add("last", ends(true));
        }
        let counts: [(&str, fn(&Series) -> i64); 8] = [
            ("periods", |one| one.periods),
            ("compared", |one| one.compared),
            ("same", |one| one.same),
            ("changed", |one| one.changed),
            ("added", |one| one.added),
            ("extended", |one| one.extended),
            ("dropped", |one| one.dropped),
            ("repeated", |one| one.repeated),
        ];
        for (name, of) in counts {
            add(name, Arc::new(series.iter().map(|one| Some(of(one))).collect::<Int64Array>()));
        }
        Ok(RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))?)
    }
}
