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
    /// Texts; the number 0 is none.
    Texts(Vec<String>),
    Years(Vec<i32>),
}

impl Word {
    fn size(&self) -> u64 {
        match &self.said {
            Said::Texts(texts) => texts.len() as u64 + 1,
            Said::Years(years) => years.len() as u64,
        }
    }

    fn column(&self, pairs: &[usize]) -> ArrayRef {
        match &self.said {
            Said::Texts(texts) => dictionary(pairs.iter().map(|at| self.keys[*at] as i32 - 1).collect(), texts),
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
    earlier: ExactSum,
    later: ExactSum,
    magnitude: ExactSum,
    absolute: ExactSum,
}

impl Revisions {
    /// Groups the pairs by dimensions, `year`, `period` or fields of definitions.
    pub(super) fn groups(&self, by: &[String]) -> Result<Groups, Error> {
        let pairs: Vec<&Pair> = self.pairs.iter().collect();
        let mut words = by.iter().map(|name| self.word(name, &pairs)).collect::<Result<Vec<_>, _>>()?;
        for name in APART.iter().filter(|name| !by.iter().any(|word| word == *name)) {
            let word = self.field(name, &pairs);
            if word.keys.windows(2).any(|pair| pair[0] != pair[1]) {
                words.push(word);
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
            keys.par_iter_mut().zip(&word.keys).for_each(|(key, word)| *key = *key * size + u64::from(*word));
        }
        let count = pack(&mut keys) as usize;
        let of: Vec<u32> = keys.into_iter().map(|key| key as u32).collect();
        let mut first = vec![usize::MAX; count];
        of.iter().enumerate().rev().for_each(|(at, group)| first[*group as usize] = at);
        first.retain(|at| *at != usize::MAX);
        Ok(Groups { words, of, first })
    }

    fn word(&self, name: &str, pairs: &[&Pair]) -> Result<Word, Error> {
        if let Some(at) = self.grid.axes.iter().position(|axis| axis.name == name) {
            let said = Said::Texts(self.grid.axes[at].labels.clone());
            return Ok(Word { name: name.to_owned(), keys: self.codes_of(at, pairs), said });
        }
        if self.earlier.timed && matches!(name, "year" | "period") {
            let mut keys: Vec<u32> = pairs.iter().map(|pair| self.period_key(pair) as u32).collect();
            let periods = &self.grid.periods;
            let said = if name == "period" {
                keys.iter_mut().for_each(|key| *key += 1);
                Said::Texts(periods.iter().copied().map(period::label).collect())
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
            return Ok(self.field(name, pairs));
        }
        if name == "presence" {
            let row = |pair: &&Pair| {
                let (edition, row) = if pair.later == super::NOT_THERE {
                    (&self.earlier, pair.earlier)
                } else {
                    (&self.later, pair.later)
                };
                u32::from(edition.presence[row as usize]) + 1
            };
            let said = Said::Texts(PRESENCE.map(str::to_owned).to_vec());
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

    fn field(&self, name: &str, pairs: &[&Pair]) -> Word {
        let said = |one: &Definition| one.get(name).map(str::to_owned);
        let mut texts: Vec<String> =
            self.earlier.definitions.iter().chain(&self.later.definitions).filter_map(said).collect();
        texts.sort_unstable();
        texts.dedup();
        let number = |one: &Definition| {
            one.get(name)
                .and_then(|text| texts.binary_search_by(|known| known.as_str().cmp(text)).ok())
                .map_or(0, |at| at as u32 + 1)
        };
        let keys = pairs.iter().map(|pair| number(self.definition(pair))).collect();
        Word { name: name.to_owned(), keys, said: Said::Texts(texts) }
    }

    /// One row a group: figures by state, sums of those that can be compared, and what follows from them.
    pub fn by(&self, by: &[String]) -> Result<RecordBatch, Error> {
        let groups = self.groups(by)?;
        let mut sums = vec![Sums::default(); groups.first.len()];
        for (pair, group) in self.pairs.iter().zip(&groups.of) {
            let sums = &mut sums[*group as usize];
            sums.states[pair.state as usize] += 1;
            let comparable = pair.state != State::DefinitionChanged && self.is_leaf(pair);
            if let (true, (Some(earlier), Some(later))) = (comparable, self.numbers(pair)) {
                sums.compared += 1;
                sums.earlier.add(earlier);
                sums.later.add(later);
                sums.magnitude.add(later.abs());
                // Exact: a difference of two numbers may need more digits than one number has.
                let (least, most) = if later < earlier { (later, earlier) } else { (earlier, later) };
                sums.absolute.add(most);
                sums.absolute.sub(least);
            }
        }
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
        let revision = |one: &Sums| {
            let mut sum = one.later.clone();
            let mut less = one.earlier.clone();
            less.negate();
            sum.merge(&less);
            sum.value()
        };
        add("earlier", number(&|one| one.earlier.value(), false));
        add("later", number(&|one| one.later.value(), false));
        add("revision", number(&revision, false));
        add("a6", number(&|one| one.absolute.value() / one.magnitude.value(), false));
        add("mean_revision", number(&|one| revision(one) / one.compared as f64, true));
        add("mean_absolute", number(&|one| one.absolute.value() / one.compared as f64, true));
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
