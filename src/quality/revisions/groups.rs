//! What became of the figures of each group: counts by state, and how far numbers moved.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch};
use rayon::prelude::*;

use super::{Pair, Revisions, State};
use crate::Error;
use crate::codes::period;
use crate::column::dictionary;
use crate::definition::Definition;
use crate::error::near;
use crate::exact::ExactSum;
use crate::observation::PRESENCE;

/// Fields by which everything is told apart, asked for or not: numbers of unlike units are never added.
const APART: [&str; 2] = ["measure", "unit"];

/// One thing that pairs are grouped by: a number for every pair, and what each number says.
struct Word {
    name: String,
    keys: Vec<u32>,
    said: Said,
}

enum Said {
    /// Texts, and the number of the first; numbers below it say nothing.
    Texts(Vec<String>, u32),
    Years(Vec<i32>),
}

impl Word {
    fn size(&self) -> u64 {
        match &self.said {
            Said::Texts(texts, base) => texts.len() as u64 + u64::from(*base),
            Said::Years(years) => years.len() as u64,
        }
    }

    fn column(&self, pairs: &[usize]) -> ArrayRef {
        match &self.said {
            Said::Texts(texts, base) => {
                dictionary(pairs.iter().map(|at| self.keys[*at] as i32 - *base as i32).collect(), texts)
            }
            Said::Years(years) => {
                Arc::new(pairs.iter().map(|at| Some(years[self.keys[*at] as usize])).collect::<Int32Array>())
            }
        }
    }
}

/// Pairs by group.
pub(super) struct Groups {
    words: Vec<Word>,
    /// The group of every pair.
    pub of: Vec<u32>,
    /// A pair of each group, in the order of what they are grouped by.
    pub first: Vec<usize>,
}

impl Groups {
    /// The columns that say what each group is.
    pub fn columns(&self) -> Vec<(String, ArrayRef)> {
        self.words.iter().map(|word| (word.name.clone(), word.column(&self.first))).collect()
    }
}

/// What is counted and added up of a group.
#[derive(Clone, Default)]
struct Sums {
    states: [i64; State::ALL.len()],
    /// Pairs of leaves with a number on both sides that mean the same.
    compared: i64,
    later: ExactSum,
    /// The part of `later` that is below 0.
    negative: ExactSum,
    /// Later less earlier, where it is more and where it is less.
    more: ExactSum,
    less: ExactSum,
}

impl Sums {
    fn add(&mut self, earlier: f64, later: f64) {
        self.compared += 1;
        self.later.add(later);
        if later < 0.0 {
            self.negative.add(later);
        }
        // Both numbers, not their difference, which may need more digits than a number has.
        if later != earlier {
            let sum = if later > earlier { &mut self.more } else { &mut self.less };
            sum.add(later);
            sum.sub(earlier);
        }
    }

    fn merge(&mut self, other: &Sums) {
        self.states.iter_mut().zip(other.states).for_each(|(mine, theirs)| *mine += theirs);
        self.compared += other.compared;
        let parts = [
            (&mut self.later, &other.later),
            (&mut self.negative, &other.negative),
            (&mut self.more, &other.more),
            (&mut self.less, &other.less),
        ];
        parts.into_iter().for_each(|(mine, theirs)| mine.merge(theirs));
    }

    fn revision(&self) -> ExactSum {
        let mut sum = self.more.clone();
        sum.merge(&self.less);
        sum
    }

    fn earlier(&self) -> f64 {
        let mut sum = self.revision();
        sum.negate();
        sum.merge(&self.later);
        sum.value()
    }

    /// Of later less earlier, without signs.
    fn absolute(&self) -> f64 {
        let mut sum = self.less.clone();
        sum.negate();
        sum.merge(&self.more);
        sum.value()
    }

    /// Of the later numbers, without signs.
    fn magnitude(&self) -> f64 {
        let mut sum = self.negative.clone();
        sum.merge(&self.negative);
        sum.negate();
        sum.merge(&self.later);
        sum.value()
    }
}

impl Revisions {
    /// Groups the pairs by dimensions, `year`, `period` or fields of definitions.
    pub(super) fn groups(&self, by: &[String]) -> Result<Groups, Error> {
        let pairs = &self.pairs;
        let mut words = by.iter().map(|name| self.word(name, pairs)).collect::<Result<Vec<_>, _>>()?;
        for name in APART.iter().filter(|name| !by.iter().any(|word| word == *name)) {
            let (keys, texts) = self.field(name, pairs);
            if keys.iter().any(|key| *key != keys[0]) {
                words.push(Word { name: (*name).to_owned(), keys, said: Said::Texts(texts, 1) });
            }
        }
        let mut keys = vec![0u64; pairs.len()];
        let mut space = 1u64;
        for word in &words {
            let size = word.size();
            if space.checked_mul(size).is_none_or(|larger| larger > 1 << 62) {
                space = pack(&mut keys);
            }
            space *= size;
            keys.par_iter_mut()
                .zip(&word.keys)
                .with_min_len(1 << 14)
                .for_each(|(key, word)| *key = *key * size + u64::from(*word));
        }
        let count = pack(&mut keys) as usize;
        let of: Vec<u32> = keys.into_iter().map(|key| key as u32).collect();
        let mut first = vec![usize::MAX; count];
        of.iter().enumerate().rev().for_each(|(at, group)| first[*group as usize] = at);
        first.retain(|at| *at != usize::MAX);
        Ok(Groups { words, of, first })
    }

    fn word(&self, name: &str, pairs: &[Pair]) -> Result<Word, Error> {
        if let Some(at) = self.grid.axes.iter().position(|axis| axis.name == name) {
            let said = Said::Texts(self.grid.axes[at].labels.clone(), self.grid.axes[at].base);
            return Ok(Word { name: name.to_owned(), keys: self.codes_of(at, pairs), said });
        }
        if self.earlier.timed && matches!(name, "year" | "period") {
            let mut keys: Vec<u32> = pairs.iter().map(|pair| self.period_key(pair) as u32).collect();
            let periods = &self.grid.periods;
            let said = if name == "period" {
                Said::Texts(periods.iter().copied().map(period::label).collect(), 0)
            } else {
                let mut years: Vec<i32> = periods.iter().copied().map(period::start_year).collect();
                let of = years.clone();
                years.dedup();
                let place = |year: &i32| years.binary_search(year).unwrap_or_default() as u32;
                keys.iter_mut().for_each(|key| *key = place(&of[*key as usize]));
                Said::Years(years)
            };
            return Ok(Word { name: name.to_owned(), keys, said });
        }
        if Definition::has(name) {
            let (keys, texts) = self.field(name, pairs);
            return Ok(Word { name: name.to_owned(), keys, said: Said::Texts(texts, 1) });
        }
        if name == "presence" {
            let row = |pair: &Pair| {
                let (edition, row) = if pair.later == super::NOT_THERE {
                    (&self.earlier, pair.earlier)
                } else {
                    (&self.later, pair.later)
                };
                u32::from(edition.presence[row as usize])
            };
            let said = Said::Texts(PRESENCE.map(str::to_owned).to_vec(), 0);
            return Ok(Word { name: name.to_owned(), keys: pairs.iter().map(row).collect(), said });
        }
        let mut known = self.names();
        Definition::fields().for_each(|field| known.push(field));
        Err(Error::Schema(format!(
            "by={name:?}: the figures have no such thing{}; they have {}",
            near(name, &known),
            self.names().join(", ")
        )))
    }

    /// What figures can be grouped by, beside fields of definitions.
    pub fn names(&self) -> Vec<&str> {
        let times: &[&str] = if self.earlier.timed { &["year", "period"] } else { &[] };
        self.grid.axes.iter().map(|axis| axis.name.as_str()).chain(times.iter().copied()).collect()
    }

    /// The sums of every group; exact, so that it does not matter in which order they are added.
    fn sums(&self, groups: &Groups) -> Vec<Sums> {
        let count = groups.first.len();
        // Each piece has sums of its own: few pieces where there are many groups.
        let piece = (1 << 16).max(4 * count).min(self.pairs.len().max(1));
        let add = |(pairs, of): (&[Pair], &[u32])| {
            let mut sums = vec![Sums::default(); count];
            for (pair, group) in pairs.iter().zip(of) {
                let sums = &mut sums[*group as usize];
                sums.states[pair.state as usize] += 1;
                if let (Some(earlier), Some(later)) = self.numbers(pair)
                    && pair.state != State::DefinitionChanged
                    && self.is_leaf(pair)
                {
                    sums.add(earlier, later);
                }
            }
            sums
        };
        let parts = self.pairs.par_chunks(piece).zip(groups.of.par_chunks(piece)).map(add);
        parts.reduce(Vec::new, |mut all, part| {
            if all.is_empty() {
                return part;
            }
            all.iter_mut().zip(&part).for_each(|(all, part)| all.merge(part));
            all
        })
    }

    /// One row a group: figures by state, sums of those that can be compared, and what follows from them.
    pub fn by(&self, by: &[String]) -> Result<RecordBatch, Error> {
        let groups = self.groups(by)?;
        let sums = self.sums(&groups);
        let mut columns = groups.columns();
        let mut add = |name: &str, column: ArrayRef| columns.push((name.to_owned(), column));
        let count = |of: &dyn Fn(&Sums) -> i64| -> ArrayRef {
            Arc::new(sums.iter().map(|one| Some(of(one))).collect::<Int64Array>())
        };
        add("figures", count(&|one| one.states.iter().sum()));
        for state in State::ALL {
            add(&state.name().replace(' ', "_"), count(&|one| one.states[state as usize]));
        }
        add("compared", count(&|one| one.compared));
        let ratio: Vec<bool> = groups.first.iter().map(|at| self.definition(&self.pairs[*at]).is_ratio()).collect();
        let number = |of: &dyn Fn(&Sums) -> f64, always: bool| -> ArrayRef {
            let cell = |(one, ratio): (&Sums, &bool)| {
                Some(of(one)).filter(|value| one.compared > 0 && (always || !ratio) && value.is_finite())
            };
            Arc::new(sums.iter().zip(&ratio).map(cell).collect::<Float64Array>())
        };
        add("earlier", number(&Sums::earlier, false));
        add("later", number(&|one| one.later.value(), false));
        add("revision", number(&|one| one.revision().value(), false));
        add("a6", number(&|one| one.absolute() / one.magnitude(), false));
        add("mean_revision", number(&|one| one.revision().value() / one.compared as f64, true));
        add("mean_absolute", number(&|one| one.absolute() / one.compared as f64, true));
        Ok(RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))?)
    }
}

/// Numbers as their places among those that occur; how many occur.
fn pack(keys: &mut [u64]) -> u64 {
    const SMALL: usize = 1 << 22;
    let most = keys.par_iter().copied().max().unwrap_or_default();
    if most < SMALL as u64 {
        let mut place = vec![0u32; most as usize + 1];
        keys.iter().for_each(|key| place[*key as usize] = 1);
        let mut count = 0;
        for one in &mut place {
            let here = *one;
            *one = count;
            count += here;
        }
        keys.par_iter_mut().for_each(|key| *key = u64::from(place[*key as usize]));
        return u64::from(count);
    }
    let mut known = keys.to_vec();
    known.par_sort_unstable();
    known.dedup();
    keys.par_iter_mut().for_each(|key| *key = known.binary_search(key).unwrap_or_default() as u64);
    known.len() as u64
}
