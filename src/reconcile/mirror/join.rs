//! Which report of one end goes with which report of the other: like with like, and every figure once.
//!
//! Figures are sorted by corridor, period and point, and each corridor is paired by itself. In one cell and point the two
//! reports are taken that can best be compared. Where one end prints a total and the other only its parts, these are added
//! up, if they are all. A report on part of the movers throughout (nationals only) goes with one on everybody, last.

mod add_up;
pub mod parts;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::compare::{Judge, Score};
use super::keys::Keys;
use super::side::{Fates, Side};
use crate::codes::period;
use add_up::Sums;
use parts::add_parts;

/// Entries of one report, from the first to before the last.
pub type Span = (u32, u32);

/// One row that takes part.
#[derive(Clone, Copy)]
pub struct Entry {
    cell: u64,
    point: u64,
    /// Side, whether it is a total of other figures, whether it prints another code, and definition.
    whose: u32,
    /// Row of the figures.
    pub row: u32,
}

const SENDING: u32 = 1 << 31;
const TOTAL: u32 = 1 << 30;
const RECODED: u32 = 1 << 29;

impl Entry {
    /// The definition.
    pub fn definition(&self) -> usize {
        (self.whose & !(SENDING | TOTAL | RECODED)) as usize
    }

    fn side(&self) -> Side {
        if self.whose & SENDING == 0 { Side::Receiving } else { Side::Sending }
    }
}

/// What one end reports: a figure, or several that are added up.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its definition.
    pub definition: u32,
    /// Dimensions (bits) whose parts are added up.
    pub summed: u16,
    /// Its own point.
    pub point: u64,
    first: Span,
    more: Box<[Span]>,
}

impl Report {
    /// The entries that it is made of.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }
}

/// Why a report has nothing beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alone {
    /// The other end reports nothing of the corridor.
    Corridor,
    /// It reports other periods.
    Period,
    /// It reports the corridor and the period, but not by the same codes.
    Breakdown,
}

impl Alone {
    /// All of them.
    pub const ALL: [Alone; 3] = [Alone::Corridor, Alone::Period, Alone::Breakdown];

    /// In words.
    pub fn said(self, side: Side) -> String {
        let other = match side {
            Side::Receiving => "origin",
            Side::Sending => "destination",
        };
        let what = match self {
            Alone::Corridor => "reports nothing of the corridor",
            Alone::Period => "reports the corridor in other periods",
            Alone::Breakdown => "reports the corridor, but not by these codes",
        };
        format!("{} only: the {other} {what}", side.name())
    }
}

/// Why a report stands in no pair though another of the same side does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    /// A better one is taken.
    Another,
    /// It is a total without a value, and its parts are added up.
    NoValue,
    /// The report that would stand beside it is added up for their total.
    Within,
}

impl Aside {
    /// All of them.
    pub const ALL: [Aside; 3] = [Aside::Another, Aside::NoValue, Aside::Within];

    /// In words.
    pub fn said(self) -> &'static str {
        match self {
            Aside::Another => "another report of the same side, beside which a better one stands",
            Aside::NoValue => "a total without a value, for which its parts are added up",
            Aside::Within => "its total is paired, and the parts of the other end are added up for that",
        }
    }
}

/// Both reports of one movement, or the one that there is.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Family, corridor and period.
    pub cell: u64,
    /// The codes.
    pub point: u64,
    /// What each side reports.
    pub reports: [Option<Report>; 2],
    /// Why there is one only.
    pub alone: Option<Alone>,
    /// Where the other end reports other periods: the first and the last of those that have a day in common with this one,
    /// else the nearest.
    pub beside: Option<[u32; 2]>,
}

/// All pairs in the order of their codes.
pub struct Joined {
    /// The rows that take part, as [`Report::spans`] counts them.
    pub entries: Vec<Entry>,
    /// The pairs.
    pub pairs: Vec<Pair>,
    /// Entries of other reports of one end, and why they stand in no pair.
    pub others: Vec<(Span, Aside)>,
}

/// Pairs all rows that have a side; parts are added up in the dimensions named.
pub fn join(keys: &Keys, fates: &Fates, definitions: &[i32], judge: &Judge<'_>, summed: &[&str]) -> Joined {
    let summed: Vec<usize> = (0..keys.dims.len()).filter(|at| summed.contains(&keys.dims[*at].name)).collect();
    let entry = |row: usize| {
        let side = fates.side(row)?;
        // Leaves may be added to one another, and never to a total of them that has the same codes.
        let total = if judge.is_leaf(row) { 0 } else { TOTAL };
        // Nor may nationals be added to the same people under the code of their country.
        let recoded = if keys.recoded[row] { RECODED } else { 0 };
        let whose = definitions[row] as u32 | total | recoded | if side == Side::Sending { SENDING } else { 0 };
        Some(Entry { cell: keys.cells[row], point: keys.points[row], whose, row: row as u32 })
    };
    let mut entries: Vec<Entry> = (0..definitions.len()).into_par_iter().filter_map(entry).collect();
    entries.par_sort_unstable_by_key(|one| (one.cell, one.point, one.whose, one.row));
    let mut corridors: Vec<Span> = Vec::new();
    for part in entries.chunk_by(|a, b| keys.route(a.cell) == keys.route(b.cell)) {
        let start = corridors.last().map_or(0, |last| last.1);
        corridors.push((start, start + part.len() as u32));
    }
    let found: Vec<(Vec<Pair>, Vec<(Span, Aside)>)> = corridors
        .par_chunks(64)
        .map_init(FxHashMap::default, |known, some| {
            let (pairs, others) = (Vec::new(), Vec::new());
            let mut out = Out { keys, judge, entries: &entries, summed: &summed, known, pairs, others };
            some.iter().for_each(|corridor| out.corridor(*corridor));
            (out.pairs, out.others)
        })
        .collect();
    let (mut pairs, mut others) = (Vec::new(), Vec::new());
    for (some, more) in found {
        pairs.extend(some);
        others.extend(more);
    }
    Joined { entries, pairs, others }
}

/// What has been judged already: definitions and stays of both sides.
type Known = FxHashMap<[u32; 4], Score>;

struct Out<'a, 'b> {
    keys: &'a Keys,
    judge: &'a Judge<'b>,
    entries: &'a [Entry],
    /// The dimensions in which parts are to be added up.
    summed: &'a [usize],
    known: &'a mut Known,
    pairs: Vec<Pair>,
    others: Vec<(Span, Aside)>,
}

impl Out<'_, '_> {
    /// All cells of one corridor.
    fn corridor(&mut self, (start, end): Span) {
        let (first, whole) = (self.pairs.len(), &self.entries[start as usize..end as usize]);
        let mut at = start;
        for cell in whole.chunk_by(|a, b| a.cell == b.cell) {
            self.cell((at, at + cell.len() as u32));
            at += cell.len() as u32;
        }
        // What is said of a report without another depends on what the corridor has.
        if !self.pairs[first..].iter().any(|pair| pair.alone == Some(Alone::Period)) {
            return;
        }
        let periods = Side::BOTH.map(|side| {
            let mine = whole.iter().filter(|one| one.side() == side);
            let mut found: Vec<u32> = mine.map(|one| self.keys.cell(one.cell).period as u32).collect();
            found.dedup();
            found
        });
        // Pairs of one period stand together.
        let mut last = None;
        for pair in self.pairs[first..].iter_mut().filter(|pair| pair.alone == Some(Alone::Period)) {
            let missing = usize::from(pair.reports[0].is_some());
            let key = (self.keys.cell(pair.cell).period as u32, missing);
            let (_, found) = last
                .filter(|(known, _)| *known == key)
                .unwrap_or_else(|| (key, beside(self.keys, key.0, &periods[missing])));
            last = Some((key, found));
            pair.beside = found;
            if found.is_none() {
                pair.alone = Some(Alone::Corridor);
            }
        }
    }

    /// All points of one corridor and period.
    fn cell(&mut self, (start, end): Span) {
        let first = self.pairs.len();
        let whole = &self.entries[start as usize..end as usize];
        let mut at = start;
        for point in whole.chunk_by(|a, b| a.point == b.point) {
            self.point((at, at + point.len() as u32));
            at += point.len() as u32;
        }
        let mut mine = self.pairs.split_off(first);
        self.unlike(&mut mine);
        if !self.summed.is_empty() {
            let sums = Sums { keys: self.keys, judge: self.judge, entries: self.entries, dims: self.summed };
            sums.add_up(&mut mine, &mut self.others);
            self.unlike(&mut mine);
        }
        let reported = Side::BOTH.map(|side| whole.iter().any(|one| one.side() == side));
        for pair in &mut mine {
            let missing = usize::from(pair.reports[0].is_some());
            pair.alone = match &pair.reports {
                [Some(_), Some(_)] => None,
                _ if reported[missing] => Some(Alone::Breakdown),
                _ => Some(Alone::Period),
            };
        }
        mine.sort_by_key(|pair| pair.point);
        self.pairs.extend(mine);
    }

    /// Pairs reports that have nothing of the same codes beside them.
    fn unlike(&mut self, pairs: &mut Vec<Pair>) {
        let lone =
            |side: usize| pairs.iter().any(|pair| pair.reports[side].is_some() && pair.reports[1 - side].is_none());
        if lone(0) && lone(1) {
            add_parts(self.keys, self.judge, self.entries, pairs);
            self.scopes(pairs);
        }
    }

    /// Reports of one corridor, period and point: the two that can best be compared, and the others.
    fn point(&mut self, (start, end): Span) {
        let whole = &self.entries[start as usize..end as usize];
        let (cell, point) = (whole[0].cell, whole[0].point);
        let mut reports: [Vec<Report>; 2] = [Vec::new(), Vec::new()];
        let mut at = start;
        for some in whole.chunk_by(|a, b| a.whose == b.whose) {
            let first = (at, at + some.len() as u32);
            at = first.1;
            let definition = some[0].definition() as u32;
            reports[some[0].side() as usize].push(Report { definition, summed: 0, point, first, more: Box::default() });
        }
        let chosen: [Option<usize>; 2] = match [reports[0].len(), reports[1].len()] {
            [0, 0] => return,
            [0 | 1, 0 | 1] => [0, 1].map(|side| (!reports[side].is_empty()).then_some(0)),
            [_, 0] => [self.latest(&reports[0]), None],
            [0, _] => [None, self.latest(&reports[1])],
            _ => {
                let all = (0..reports[0].len()).flat_map(|a| (0..reports[1].len()).map(move |b| (a, b)));
                let best = all.min_by_key(|(a, b)| self.score(&reports[0][*a], &reports[1][*b]));
                [best.map(|best| best.0), best.map(|best| best.1)]
            }
        };
        let mut pair = Pair { cell, point, reports: [None, None], alone: None, beside: None };
        for (side, some) in reports.into_iter().enumerate() {
            for (at, report) in some.into_iter().enumerate() {
                if Some(at) == chosen[side] {
                    pair.reports[side] = Some(report);
                } else {
                    self.others.extend(report.spans().map(|span| (span, Aside::Another)));
                }
            }
        }
        self.pairs.push(pair);
    }

    /// The report to take where the other end has none: one with a value, of the latest vintage.
    fn latest(&self, reports: &[Report]) -> Option<usize> {
        (0..reports.len()).min_by_key(|at| {
            let report = &reports[*at];
            (!has_value(self.judge, self.entries, report), self.judge.age(report.definition as usize))
        })
    }

    /// How badly two reports can be compared: those with values first, then the likest, then the latest.
    fn score(&mut self, a: &Report, b: &Report) -> (usize, Score, u32, u32) {
        let blank = [a, b].into_iter().filter(|report| !has_value(self.judge, self.entries, report)).count();
        let stay = |report: &Report| self.judge.stay(self.entries[report.first.0 as usize].row as usize);
        let key = [a.definition, b.definition, stay(a), stay(b)];
        let judge = self.judge;
        let score = *self.known.entry(key).or_insert_with(|| judge.score(key));
        let ages = [a, b].map(|report| judge.age(report.definition as usize));
        (blank, score, ages[0] + ages[1], ages[0].min(ages[1]))
    }

    /// Pairs reports on part of the movers throughout with reports on everybody.
    fn scopes(&mut self, pairs: &mut Vec<Pair>) {
        let mut groups: FxHashMap<u64, [Vec<usize>; 2]> = FxHashMap::default();
        for (at, pair) in pairs.iter().enumerate() {
            let (side, report) = match &pair.reports {
                [Some(report), None] => (0, report),
                [None, Some(report)] => (1, report),
                _ => continue,
            };
            let dims = self.keys.dims_of(self.keys.scopes[report.definition as usize]);
            let everybody = dims.fold(pair.point, |point, dim| dim.to_total(point));
            groups.entry(everybody).or_default()[side].push(at);
        }
        let mut meet: Vec<_> = Vec::new();
        for [receiving, sending] in groups.values() {
            for (a, b) in receiving.iter().flat_map(|a| sending.iter().map(move |b| (*a, *b))) {
                let (Some(left), Some(right)) = (pairs[a].reports[0].clone(), pairs[b].reports[1].clone()) else {
                    continue;
                };
                if let Some(common) = self.meeting(&left, &right) {
                    let points = (left.point.min(right.point), left.point.max(right.point));
                    meet.push((self.score(&left, &right), points, a, b, common));
                }
            }
        }
        meet.sort_unstable_by_key(|one| (one.0, one.1, one.2, one.3));
        let mut used = vec![false; pairs.len()];
        for (_, _, a, b, common) in meet {
            if !used[a] && !used[b] {
                (used[a], used[b]) = (true, true);
                let sending = pairs[b].reports[1].take();
                pairs[a].reports[1] = sending;
                pairs[a].point = common;
            }
        }
        pairs.retain(|pair| pair.reports.iter().any(Option::is_some));
    }

    /// The point at which two reports meet, one of which may be on part of the movers throughout.
    fn meeting(&self, a: &Report, b: &Report) -> Option<u64> {
        let scope = |report: &Report, at: usize| self.keys.scopes[report.definition as usize] & (1 << at) != 0;
        let mut common = a.point;
        for (at, dim) in self.keys.dims.iter().enumerate() {
            let (left, right) = (dim.digit(a.point), dim.digit(b.point));
            if left == right {
                continue;
            }
            let part_of_all = (scope(a, at) && right == dim.total) || (scope(b, at) && left == dim.total);
            if !part_of_all {
                return None;
            }
            common = dim.to_total(common);
        }
        // Two parts, each of another kind, are no mirror of one another.
        (common == a.point || common == b.point).then_some(common)
    }
}

/// Of periods in their order, the first and the last that have a day in common with one, else the nearest.
fn beside(keys: &Keys, one: u32, others: &[u32]) -> Option<[u32; 2]> {
    let period = |at: u32| keys.periods[at as usize];
    let common = |at: &&u32| period::overlaps(period(**at), period(one));
    let mut some = others.iter().filter(common);
    if let Some(first) = some.next() {
        return Some([*first, *some.next_back().unwrap_or(first)]);
    }
    let far = |at: &&u32| period(**at).start.abs_diff(period(one).start);
    others.iter().min_by_key(far).map(|nearest| [*nearest, *nearest])
}

/// Have all figures of a report a value?
fn has_value(judge: &Judge<'_>, entries: &[Entry], report: &Report) -> bool {
    report
        .spans()
        .all(|(start, end)| entries[start as usize..end as usize].iter().all(|one| judge.has_value(one.row as usize)))
}
