//! What was found, as tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};
use rustc_hash::FxHashMap;

use super::estimates::{DECISIONS, USED, distance, value};
use super::table::{Fitted, State};
use super::{Factor, Flag, Method};
use crate::Error;
use crate::column::dictionary;

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, Error> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// Numbers, none where they are not.
fn numbers(each: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(each.collect::<Float64Array>())
}

/// A few words, by their place among them.
fn words(keys: Vec<i32>, words: &[&str]) -> ArrayRef {
    dictionary(keys, words)
}

impl State {
    fn said(self) -> Option<&'static str> {
        match self {
            Self::Both => None,
            Self::Neither => Some("not reported"),
            Self::InflowOnly => Some("only the destination reports"),
            Self::OutflowOnly => Some("only the origin reports"),
            Self::Within => Some("origin and destination are one area"),
            Self::NotComparable => Some("not comparable, so not in the fit"),
            Self::Excluded => Some("excluded from the fit by decision"),
            Self::NoWeight => Some("without weight, so not in the fit"),
        }
    }
}

impl Fitted {
    /// The factors of reporters that have a report: by group, area, direction and regime.
    pub fn factors(&self) -> Result<RecordBatch, Error> {
        let (to, from) = (self.receiving.all.len(), self.sending.all.len());
        let mut reports = vec![false; self.groups.len() * (to + from)];
        for (row, group) in self.group.of.iter().enumerate() {
            let at = *group as usize * (to + from);
            reports[at + self.receiving.of[row] as usize] |= !self.inflow[row].is_nan();
            reports[at + to + self.sending.of[row] as usize] |= !self.outflow[row].is_nan();
        }
        let mut lines: Vec<(usize, u32, bool, usize)> = Vec::new();
        for group in 0..self.groups.len() {
            let at = group * (to + from);
            let first = lines.len();
            let receiving = (0..to).filter(|k| reports[at + k]).map(|k| (group, self.receiving.all[k].area, false, k));
            lines.extend(receiving);
            let sending = (0..from).filter(|k| reports[at + to + k]);
            lines.extend(sending.map(|k| (group, self.sending.all[k].area, true, k)));
            lines[first..].sort_unstable();
        }
        let reporter = |line: &(usize, u32, bool, usize)| {
            if line.2 { &self.sending.all[line.3] } else { &self.receiving.all[line.3] }
        };
        let found = |line: &(usize, u32, bool, usize)| -> Factor {
            let group = &self.groups[line.0];
            if line.2 { group.sending[line.3] } else { group.receiving[line.3] }
        };
        let all = || lines.iter();
        let steps = all().map(|line| found(line).step.map(|step| step as i32));
        batch(vec![
            ("group", Arc::new(all().map(|line| line.0 as i32).collect::<Int32Array>())),
            (
                "reporter",
                Arc::new(all().map(|line| Some(self.areas[line.1 as usize].as_str())).collect::<StringArray>()),
            ),
            ("direction", words(all().map(|line| i32::from(line.2)).collect(), &["inflow", "outflow"])),
            ("regime", Arc::new(all().map(|line| reporter(line).regime.as_deref()).collect::<StringArray>())),
            ("factor", numbers(all().map(|line| found(line).factor))),
            ("pairs", Arc::new(all().map(|line| i64::from(found(line).pairs)).collect::<Int64Array>())),
            ("anchor", Arc::new(all().map(|line| Some(found(line).anchor)).collect::<BooleanArray>())),
            ("step", Arc::new(steps.collect::<Int32Array>())),
            ("flag", Arc::new(all().map(|line| found(line).flag.map(Flag::said)).collect::<StringArray>())),
        ])
    }

    /// How each component of each group was fitted.
    pub fn systems(&self) -> Result<RecordBatch, Error> {
        let all =
            || self.groups.iter().enumerate().flat_map(|(at, group)| group.parts.iter().map(move |part| (at, part)));
        let anchor = all().map(|(_, part)| part.anchor.map(|at| self.called(&self.receiving.all[at as usize])));
        batch(vec![
            ("group", Arc::new(all().map(|(at, _)| at as i32).collect::<Int32Array>())),
            ("pairs", Arc::new(all().map(|(_, part)| part.pairs as i64).collect::<Int64Array>())),
            ("receiving", Arc::new(all().map(|(_, part)| part.reporters.0 as i64).collect::<Int64Array>())),
            ("sending", Arc::new(all().map(|(_, part)| part.reporters.1 as i64).collect::<Int64Array>())),
            ("anchor", Arc::new(anchor.collect::<StringArray>())),
            ("objective", numbers(all().map(|(_, part)| Some(part.objective)))),
            ("iterations", Arc::new(all().map(|(_, part)| i64::from(part.steps)).collect::<Int64Array>())),
            ("residual", numbers(all().map(|(_, part)| Some(part.residual)))),
        ])
    }

    fn factor(&self, row: usize) -> (Factor, Factor) {
        let group = &self.groups[self.group.of[row] as usize];
        (group.receiving[self.receiving.of[row] as usize], group.sending[self.sending.of[row] as usize])
    }

    /// The report of each end times its factor.
    fn adjusted(&self, row: usize) -> (Option<f64>, Option<f64>) {
        let (to, from) = self.factor(row);
        let times =
            |report: f64, factor: Factor| factor.factor.filter(|_| !report.is_nan()).map(|factor| factor * report);
        if self.state[row] == State::Within {
            return (None, None);
        }
        (times(self.inflow[row], to), times(self.outflow[row], from))
    }

    /// Whether a row is in the fit.
    fn fitted(&self, row: usize, method: Method) -> bool {
        let (to, from) = self.factor(row);
        let zeros = usize::from(self.inflow[row] == 0.0) + usize::from(self.outflow[row] == 0.0);
        let most = usize::from(method != Method::LogLinear);
        self.state[row] == State::Both && to.factor.is_some() && from.factor.is_some() && zeros <= most
    }

    /// How far the adjusted reports of each reporter are from its partners': squares added up, and how many, by group.
    fn spreads(&self, method: Method) -> Vec<(f64, u32)> {
        let (to, all) = (self.receiving.all.len(), self.receiving.all.len() + self.sending.all.len());
        let mut rows: Vec<(usize, f64)> = Vec::new();
        for row in (0..self.state.len()).filter(|row| self.fitted(*row, method)) {
            if let (Some(inflow), Some(outflow)) = self.adjusted(row)
                && let Some(square) = distance(inflow, outflow)
            {
                let at = self.group.of[row] as usize * all;
                rows.push((at + self.receiving.of[row] as usize, square));
                rows.push((at + to + self.sending.of[row] as usize, square));
            }
        }
        // In an order of their own: that of the rows must not matter.
        rows.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.total_cmp(&b.1)));
        let mut spreads = vec![(0.0, 0); self.groups.len() * all];
        for (at, square) in rows {
            let (sum, count) = &mut spreads[at];
            (*sum, *count) = (*sum + square, *count + 1);
        }
        spreads
    }

    /// What each row says, and what is made of it.
    pub fn reconciled(&self) -> Result<RecordBatch, Error> {
        let (method, estimate) = (self.request.method()?, self.request.estimate()?);
        let rows = self.state.len();
        let spreads = match estimate {
            super::Estimate::InverseVariance => self.spreads(method),
            _ => Vec::new(),
        };
        let (to, all) = (self.receiving.all.len(), self.receiving.all.len() + self.sending.all.len());
        // One pair says nothing: its factor makes it agree. Without a spread on either side the plain mean is taken.
        let spread = |place: usize| {
            let (sum, count) = spreads.get(place).filter(|(_, count)| *count > 1)?;
            Some(sum / f64::from(count - 1))
        };
        let mut values = Vec::with_capacity(rows);
        let mut used = Vec::with_capacity(rows);
        for row in 0..rows {
            let at = self.group.of[row] as usize * all;
            let places = (at + self.receiving.of[row] as usize, at + to + self.sending.of[row] as usize);
            let apart = spread(places.0).zip(spread(places.1)).unwrap_or_default();
            let found = value(self.adjusted(row), estimate, self.decided.get(row).copied().flatten(), apart);
            values.push(found.map(|(value, _)| value));
            used.push(found.map_or(-1, |(_, used)| used as i32));
        }
        let basis = used.iter().map(|used| if *used < 0 { -1 } else { 0 }).collect();
        let residual = (0..rows).map(|row| match self.adjusted(row) {
            (Some(inflow), Some(outflow)) if inflow > 0.0 && outflow > 0.0 => Some(inflow.ln() - outflow.ln()),
            _ => None,
        });
        let decision = (0..rows).map(|row| {
            let decided = self.decided.get(row).copied().flatten();
            DECISIONS.iter().position(|(_, one)| Some(*one) == decided).map_or(-1, |at| at as i32)
        });
        let fitted: BooleanArray = (0..rows).map(|row| Some(self.fitted(row, method))).collect();
        batch(vec![
            ("inflow_factor", numbers((0..rows).map(|row| self.factor(row).0.factor))),
            ("outflow_factor", numbers((0..rows).map(|row| self.factor(row).1.factor))),
            ("adjusted_inflow", numbers((0..rows).map(|row| self.adjusted(row).0))),
            ("adjusted_outflow", numbers((0..rows).map(|row| self.adjusted(row).1))),
            ("residual", numbers(residual)),
            ("value", numbers(values.into_iter())),
            ("basis", words(basis, &["adjusted"])),
            ("used", words(used, &USED)),
            ("decision", words(decision.collect(), &DECISIONS.map(|(name, _)| name))),
            ("fitted", Arc::new(fitted)),
            ("why", self.why(method)),
        ])
    }

    /// Why each row is not in the fit, or has no value.
    fn why(&self, method: Method) -> ArrayRef {
        type Key = (State, usize, Option<Flag>, Option<Flag>, bool);
        let mut seen: FxHashMap<Key, i32> = FxHashMap::default();
        let mut texts: Vec<String> = Vec::new();
        let keys = (0..self.state.len()).map(|row| {
            let (to, from) = self.factor(row);
            let lacks =
                |factor: Factor, report: f64| factor.flag.filter(|_| factor.factor.is_none() && !report.is_nan());
            let (to, from) = (lacks(to, self.inflow[row]), lacks(from, self.outflow[row]));
            let zeros = usize::from(self.inflow[row] == 0.0) + usize::from(self.outflow[row] == 0.0);
            let key = (self.state[row], zeros, to, from, self.fitted(row, method));
            *seen.entry(key).or_insert_with(|| {
                let (state, zeros, to, from, fitted) = key;
                let mut said: Vec<String> = state.said().map(str::to_owned).into_iter().collect();
                if state != State::Within {
                    let no_factor = |direction, flag: Flag| format!("no factor for the {direction}: {}", flag.said());
                    said.extend(to.map(|flag| no_factor("inflow", flag)));
                    said.extend(from.map(|flag| no_factor("outflow", flag)));
                }
                match (state, zeros, fitted) {
                    (State::Both, 2, _) => said.push("both reports are zero".to_owned()),
                    (State::Both, 1, true) => said.push("one report is zero".to_owned()),
                    (State::Both, 1, false) => said.push("one report is zero, so not in the fit".to_owned()),
                    _ => {}
                }
                if said.is_empty() {
                    return -1;
                }
                let text = said.join("; ");
                texts.iter().position(|one| *one == text).unwrap_or_else(|| {
                    texts.push(text);
                    texts.len() - 1
                }) as i32
            })
        });
        let keys = keys.collect();
        dictionary(keys, &texts)
    }

    /// How many rows there are of each kind, in words.
    pub fn counts(&self) -> Result<Vec<(&'static str, usize)>, Error> {
        let method = self.request.method()?;
        let count = |is: &dyn Fn(usize) -> bool| (0..self.state.len()).filter(|row| is(*row)).count();
        let mut counts = vec![("rows", self.state.len()), ("fitted", count(&|row| self.fitted(row, method)))];
        for (name, state) in [
            ("inflow only", State::InflowOnly),
            ("outflow only", State::OutflowOnly),
            ("not reported", State::Neither),
            ("within one area", State::Within),
            ("not comparable", State::NotComparable),
            ("excluded by decision", State::Excluded),
            ("without weight", State::NoWeight),
        ] {
            counts.push((name, count(&|row| self.state[row] == state)));
        }
        let both = |row: usize| self.state[row] == State::Both;
        let zeros = |row: usize| self.inflow[row] == 0.0 && self.outflow[row] == 0.0;
        let zero = |row: usize| self.inflow[row] == 0.0 || self.outflow[row] == 0.0;
        counts.push(("both reports zero", count(&|row| both(row) && zeros(row))));
        if method == Method::LogLinear {
            counts.push(("one report zero", count(&|row| both(row) && zero(row) && !zeros(row))));
        }
        counts.push((
            "without a factor",
            count(&|row| {
                let (to, from) = self.factor(row);
                let left_out = zeros(row) || (method == Method::LogLinear && zero(row));
                both(row) && !left_out && (to.factor.is_none() || from.factor.is_none())
            }),
        ));
        Ok(counts)
    }
}
