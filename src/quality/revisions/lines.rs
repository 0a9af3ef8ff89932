//! The pairs as a table.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, UInt32Array,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{LEVELS, NOT_THERE, Pair, Revisions, State};
use crate::Error;
use crate::column::{NULL, dictionary, follow};
use crate::definition::Definition;
use crate::observation::PRESENCE;

impl Revisions {
    /// The pairs of these numbers as rows: codes, period, what their definitions say, both numbers, what became of them.
    pub fn table(&self, rows: &[u32]) -> Result<RecordBatch, Error> {
        let pairs: Vec<Pair> = rows.par_iter().map(|at| self.pairs[*at as usize]).collect();
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        for (at, axis) in self.grid.axes.iter().enumerate() {
            let keys = self.codes_of(at, &pairs).into_iter().map(|code| code as i32 - axis.base as i32).collect();
            columns.push((axis.name.clone(), dictionary(keys, &axis.labels)));
        }
        if self.earlier.timed {
            let dates = |of: fn(crate::codes::period::Period) -> i32| -> ArrayRef {
                Arc::new(pairs.iter().map(|pair| Some(of(self.period(pair)))).collect::<Date32Array>())
            };
            columns.push(("period_start".to_owned(), dates(|period| period.start)));
            columns.push(("period_end".to_owned(), dates(|period| period.end)));
        }
        for field in self.fields() {
            columns.push((field.to_owned(), self.said(&pairs, field)));
        }
        let numbers: Vec<(Option<f64>, Option<f64>)> = pairs.par_iter().map(|pair| self.numbers(pair)).collect();
        let difference: Vec<Option<f64>> = pairs.par_iter().map(|pair| self.difference(pair)).collect();
        let relative = numbers.iter().zip(&difference).map(|((earlier, _), difference)| {
            let (base, difference) = ((*earlier)?, (*difference)?);
            Some(difference / base.abs()).filter(|relative| relative.is_finite())
        });
        let mut add = |name: &str, column: ArrayRef| columns.push((name.to_owned(), column));
        add("earlier", Arc::new(numbers.iter().map(|one| one.0).collect::<Float64Array>()));
        add("later", Arc::new(numbers.iter().map(|one| one.1).collect::<Float64Array>()));
        add("difference", Arc::new(difference.iter().copied().collect::<Float64Array>()));
        add("relative", Arc::new(relative.collect::<Float64Array>()));
        add("state", dictionary(pairs.iter().map(|pair| pair.state as i32).collect(), &State::ALL.map(State::name)));
        add("changed", self.changed(&pairs));
        add("leaf", Arc::new(pairs.iter().map(|pair| Some(self.is_leaf(pair))).collect::<BooleanArray>()));
        for (side, is_later) in [("earlier", false), ("later", true)] {
            let edition = if is_later { &self.later } else { &self.earlier };
            let row = |pair: &Pair| if is_later { pair.later } else { pair.earlier };
            let there = |pair: &&Pair| row(pair) != NOT_THERE;
            let kind = |pair: &Pair| {
                Some(pair).filter(there).map_or(NULL, |pair| i32::from(edition.presence[row(pair) as usize]))
            };
            add(&format!("{side}_presence"), dictionary(pairs.iter().map(kind).collect(), &PRESENCE));
            let key = |pair: &Pair| Some(pair).filter(there).map(|pair| edition.definition[row(pair) as usize]);
            add(&format!("{side}_definition"), Arc::new(pairs.iter().map(key).collect::<Int32Array>()));
            let row = |pair: &Pair| Some(pair).filter(there).map(&row);
            add(&format!("{side}_row"), Arc::new(pairs.iter().map(row).collect::<UInt32Array>()));
        }
        Ok(RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))?)
    }

    /// The code of each pair in a dimension, as [`super::grid::Axis`] numbers them.
    pub(super) fn codes_of(&self, axis: usize, pairs: &[Pair]) -> Vec<u32> {
        let total = self.grid.axes[axis].total();
        let before = &self.grid.numbered(&self.earlier, false)[axis];
        let after = &self.grid.numbered(&self.later, true)[axis];
        let code = |pair: &Pair| {
            let (side, row) = if pair.later == NOT_THERE { (before, pair.earlier) } else { (after, pair.later) };
            side.as_ref().map_or(total, |side| side.at(row as usize))
        };
        pairs.par_iter().with_min_len(1 << 14).map(code).collect()
    }

    /// The fields of definitions that are shown: measure and unit, and those of which there are several meanings.
    fn fields(&self) -> Vec<&'static str> {
        let varying = self.varying_fields();
        Definition::fields().filter(|field| matches!(*field, "measure" | "unit") || varying.contains(field)).collect()
    }

    /// The fields of definitions that say unlike things of figures' meaning.
    fn varying_fields(&self) -> Vec<&'static str> {
        let mut meanings: Vec<Definition> = Vec::new();
        for edition in [&self.earlier, &self.later] {
            let mut used = vec![false; edition.definitions.len()];
            edition.definition.iter().for_each(|key| used[*key as usize] = true);
            let all = edition.definitions.iter().zip(used).filter(|(_, used)| *used);
            meanings.extend(all.map(|(one, _)| self.request.meaning(one)));
        }
        let several = |field: &&str| meanings.iter().any(|one| one.get(field) != meanings[0].get(field));
        Definition::fields().filter(several).collect()
    }

    /// The columns of the table in which figures differ, beside numbers, periods and states.
    pub fn varying(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.grid.axes.iter().filter(|axis| axis.size() > 1).map(|axis| axis.name.as_str()).collect();
        self.varying_fields().into_iter().for_each(|field| names.push(field));
        let any = |state: State| self.pairs.iter().any(|pair| pair.state == state);
        if any(State::DefinitionChanged) {
            names.push("changed");
        }
        if any(State::PresenceChanged) {
            names.extend(["earlier_presence", "later_presence"]);
        }
        names
    }

    /// What the definition of each pair says in a field.
    fn said(&self, pairs: &[Pair], field: &str) -> ArrayRef {
        let (keys, texts) = self.field(field, pairs);
        dictionary(keys.into_iter().map(|key| key as i32 - 1).collect(), &texts)
    }

    /// The same as numbers: 0 where nothing is stated, 1 for the first text.
    pub(super) fn field(&self, name: &str, pairs: &[Pair]) -> (Vec<u32>, Vec<String>) {
        let all = || self.later.definitions.iter().chain(&self.earlier.definitions);
        let mut texts: Vec<String> = all().filter_map(|one| one.get(name)).map(str::to_owned).collect();
        texts.sort_unstable();
        texts.dedup();
        let place = |text: &str| texts.binary_search_by(|known| known.as_str().cmp(text)).map_or(0, |at| at as u32 + 1);
        let places: Vec<u32> = all().map(|one| one.get(name).map_or(0, place)).collect();
        if places.iter().all(|place| *place == places[0]) {
            return (vec![places[0]; pairs.len()], texts);
        }
        let key = |pair: &Pair| match pair.later {
            NOT_THERE => places[self.later.definitions.len() + self.earlier.definition[pair.earlier as usize] as usize],
            row => places[self.later.definition[row as usize] as usize],
        };
        (pairs.par_iter().with_min_len(1 << 14).map(key).collect(), texts)
    }

    /// For cells that mean something else now, what: `concept: birth, now citizenship`.
    fn changed(&self, pairs: &[Pair]) -> ArrayRef {
        let mut texts: Vec<Option<String>> = Vec::new();
        let mut seen: FxHashMap<(i32, i32), i32> = FxHashMap::default();
        let mut key = |pair: &Pair| {
            if pair.state != State::DefinitionChanged {
                return NULL;
            }
            let both = (self.earlier.definition[pair.earlier as usize], self.later.definition[pair.later as usize]);
            *seen.entry(both).or_insert_with(|| {
                let (before, after) =
                    (&self.earlier.definitions[both.0 as usize], &self.later.definitions[both.1 as usize]);
                let fields = self.request.meaning(before).differences(&self.request.meaning(after));
                let said = |field: &&str| {
                    let [before, after] = [before, after].map(|one| one.get(field).unwrap_or("not stated"));
                    format!("{field}: {before}, now {after}")
                };
                texts.push(Some(fields.iter().map(said).collect::<Vec<_>>().join("; ")));
                texts.len() as i32 - 1
            })
        };
        let keys: Vec<i32> = pairs.iter().map(&mut key).collect();
        follow(&keys, &texts)
    }

    /// The definitions that were compared: how many figures, in what they agree, and the fields in which they differ.
    pub fn definitions(&self) -> Result<RecordBatch, Error> {
        let mut counts: FxHashMap<(i32, i32, u8), i64> = FxHashMap::default();
        for pair in self.pairs.iter().filter(|pair| pair.earlier != NOT_THERE && pair.later != NOT_THERE) {
            let both = (self.earlier.definition[pair.earlier as usize], self.later.definition[pair.later as usize]);
            *counts.entry((both.0, both.1, pair.level)).or_default() += 1;
        }
        let mut lines: Vec<((i32, i32, u8), i64)> = counts.into_iter().collect();
        lines.sort_unstable();
        let definitions = |line: &((i32, i32, u8), i64)| {
            (&self.earlier.definitions[line.0.0 as usize], &self.later.definitions[line.0.1 as usize])
        };
        let differ: Vec<&str> = Definition::fields()
            .filter(|field| {
                lines.iter().any(|line| {
                    let (before, after) = definitions(line);
                    before.get(field) != after.get(field)
                })
            })
            .collect();
        let by = lines.iter().map(|line| {
            let (before, after) = definitions(line);
            let same = |field: &str| before.get(field).is_some() && before.get(field) == after.get(field);
            // A level says no more than what is stated.
            let told = match line.0.2 {
                0 if !same("table") => 2,
                1 if !same("sheet") => 2,
                level => level,
            };
            LEVELS[told as usize].to_owned()
        });
        let mut columns: Vec<(String, ArrayRef)> = vec![
            ("earlier".to_owned(), Arc::new(lines.iter().map(|line| Some(line.0.0)).collect::<Int32Array>())),
            ("later".to_owned(), Arc::new(lines.iter().map(|line| Some(line.0.1)).collect::<Int32Array>())),
            ("figures".to_owned(), Arc::new(lines.iter().map(|line| Some(line.1)).collect::<Int64Array>())),
            ("agree_in".to_owned(), crate::column::texts(&by.map(Some).collect::<Vec<_>>())),
        ];
        for field in ["measure", "unit"].into_iter().filter(|field| !differ.contains(field)) {
            let texts: Vec<_> = lines.iter().map(|line| definitions(line).1.get(field).map(str::to_owned)).collect();
            columns.push((field.to_owned(), crate::column::texts(&texts)));
        }
        for field in differ {
            let of = |is_later: bool| -> Vec<Option<String>> {
                let text = |line| {
                    let both = definitions(line);
                    (if is_later { both.1 } else { both.0 }).get(field).map(str::to_owned)
                };
                lines.iter().map(text).collect()
            };
            columns.push((format!("{field}_earlier"), crate::column::texts(&of(false))));
            columns.push((format!("{field}_later"), crate::column::texts(&of(true))));
        }
        Ok(RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))?)
    }
}
