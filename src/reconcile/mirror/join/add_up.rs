//! Sums of parts where an end prints no total with a value, if they are wanted.
//!
//! First where that gives both ends a total: what stood in pairs of parts then stands in the pair of totals. Then where parts
//! have nothing beside them, which takes nothing from anybody.

use std::collections::BTreeMap;

use super::parts::{complete, sum};
use super::{Aside, Entry, Pair, Report, Span, has_value};
use crate::reconcile::mirror::compare::Judge;
use crate::reconcile::mirror::keys::Keys;
use crate::reconcile::mirror::side::Side;

/// What is asked for, and of which figures.
pub struct Sums<'a, 'b> {
    /// The dimensions of the figures.
    pub keys: &'a Keys,
    /// What is known of the figures.
    pub judge: &'a Judge<'b>,
    /// The figures.
    pub entries: &'a [Entry],
    /// The dimensions in which parts are added up.
    pub dims: &'a [usize],
}

/// Pairs of one total in some dimensions.
#[derive(Default)]
struct Group {
    /// The pair of the total itself, if there is one.
    total: Option<usize>,
    /// Is one of its reports on part of the movers only?
    scoped: bool,
    /// The others.
    parts: Vec<usize>,
}

/// Parts of one side that leave nobody out, and the dimensions in which they are broken down.
#[derive(Clone)]
struct Parts {
    pairs: Vec<usize>,
    dims: Vec<usize>,
}

/// What each side adds up.
type Plan = [Option<Parts>; 2];

impl Sums<'_, '_> {
    /// Makes pairs of sums, and lists the reports for which there is no place any more.
    pub fn add_up(&self, pairs: &mut Vec<Pair>, others: &mut Vec<(Span, Aside)>) {
        self.over_all(pairs, others, Self::of_both);
        self.over_all(pairs, others, Self::of_one);
    }

    /// Carries out plans in all dimensions wanted, then in fewer of them: who breaks down by more is not left with less.
    fn over_all(
        &self,
        pairs: &mut Vec<Pair>,
        others: &mut Vec<(Span, Aside)>,
        plan: fn(&Self, &[Pair], &Group, &[usize]) -> Option<Plan>,
    ) {
        for dims in subsets(self.dims) {
            for (whole, group) in self.groups(pairs, &dims) {
                if let Some(plan) = plan(self, pairs, &group, &dims).filter(|_| !group.scoped) {
                    self.carry_out(pairs, others, whole, &group, &dims, &plan);
                }
            }
            pairs.retain(|pair| pair.reports.iter().any(Option::is_some));
        }
    }

    /// Pairs by their total in some dimensions. A report on part of the movers is no part that could be added.
    fn groups(&self, pairs: &[Pair], dims: &[usize]) -> BTreeMap<u64, Group> {
        let mut groups: BTreeMap<u64, Group> = BTreeMap::new();
        for (at, pair) in pairs.iter().enumerate() {
            let whole = dims.iter().fold(pair.point, |point, dim| self.keys.dims[*dim].to_total(point));
            let scoped = pair.reports.iter().flatten().any(|report| report.point != pair.point);
            let group = groups.entry(whole).or_default();
            if whole == pair.point {
                (group.total, group.scoped) = (Some(at), scoped);
            } else if !scoped {
                group.parts.push(at);
            }
        }
        groups.retain(|_, group| !group.parts.is_empty());
        groups
    }

    /// Both ends have a total or all of its parts, and not both a total.
    fn of_both(&self, pairs: &[Pair], group: &Group, dims: &[usize]) -> Option<Plan> {
        let printed = Side::BOTH.map(|side| self.has_total(pairs, group, side));
        if printed == [true, true] {
            return None;
        }
        let [receiving, sending] = Side::BOTH
            .map(|side| if printed[side as usize] { Vec::new() } else { self.all_parts(pairs, group, dims, side) });
        match printed {
            [true, _] => Some([None, Some(least_paired(pairs, sending)?)]),
            [_, true] => Some([Some(least_paired(pairs, receiving)?), None]),
            _ => {
                let alike = receiving.iter().find_map(|a| Some((a, sending.iter().find(|b| a.dims == b.dims)?)));
                let (a, b) = alike.or_else(|| receiving.first().zip(sending.first()))?;
                Some([Some(a.clone()), Some(b.clone())])
            }
        }
    }

    /// One end has all parts, nothing stands beside any of them, and no total has a value.
    fn of_one(&self, pairs: &[Pair], group: &Group, dims: &[usize]) -> Option<Plan> {
        if Side::BOTH.into_iter().any(|side| self.has_total(pairs, group, side)) {
            return None;
        }
        let lone = Side::BOTH.map(|side| {
            let mut all = self.all_parts(pairs, group, dims, side).into_iter();
            all.find(|parts| paired(pairs, &parts.pairs) == 0)
        });
        lone.iter().any(Option::is_some).then_some(lone)
    }

    fn has_total(&self, pairs: &[Pair], group: &Group, side: Side) -> bool {
        let report = group.total.and_then(|at| pairs[at].reports[side as usize].as_ref());
        report.is_some_and(|report| has_value(self.judge, self.entries, report))
    }

    /// All ways in which the parts of one side leave nobody out, the coarsest first.
    fn all_parts(&self, pairs: &[Pair], group: &Group, dims: &[usize], side: Side) -> Vec<Parts> {
        let mut by: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        for at in group.parts.iter().filter(|at| pairs[**at].reports[side as usize].is_some()) {
            let broken_down = dims.iter().filter(|dim| !self.keys.dims[**dim].is_total(pairs[*at].point));
            by.entry(broken_down.copied().collect()).or_default().push(*at);
        }
        let mixed = Parts {
            pairs: by.values().flatten().copied().collect(),
            dims: dims.iter().filter(|dim| by.keys().any(|some| some.contains(dim))).copied().collect(),
        };
        let several = by.len() > 1;
        let mut found: Vec<Parts> = by.into_iter().map(|(dims, pairs)| Parts { pairs, dims }).collect();
        found.sort_by_key(|parts| parts.dims.len());
        found.extend(several.then_some(mixed));
        found.retain(|one| complete(self.keys, self.judge, self.entries, pairs, &one.pairs, &one.dims, side));
        found
    }

    /// Puts sums in the pair of the total; what they leave without a counterpart has one in them.
    fn carry_out(
        &self,
        pairs: &mut Vec<Pair>,
        others: &mut Vec<(Span, Aside)>,
        whole: u64,
        group: &Group,
        dims: &[usize],
        plan: &Plan,
    ) {
        let at = group.total.unwrap_or(pairs.len());
        if at == pairs.len() {
            let cell = pairs[group.parts[0]].cell;
            pairs.push(Pair { cell, point: whole, reports: [None, None], alone: None, beside: None });
        }
        for side in Side::BOTH {
            let Some(parts) = &plan[side as usize] else { continue };
            set_aside(&mut pairs[at].reports[side as usize], Aside::NoValue, others);
            pairs[at].reports[side as usize] = sum(pairs, &parts.pairs, whole, &parts.dims, side);
        }
        let both =
            pairs[at].reports.iter().flatten().filter(|report| has_value(self.judge, self.entries, report)).count();
        if both < 2 {
            return;
        }
        for side in Side::BOTH {
            let (here, there) = (side as usize, 1 - side as usize);
            let taken: Vec<u64> =
                plan[there].iter().flat_map(|parts| &parts.pairs).map(|at| pairs[*at].point).collect();
            for part in &group.parts {
                let pair = &mut pairs[*part];
                if pair.reports[there].is_none() && taken.iter().any(|point| self.holds(pair.point, *point, dims)) {
                    set_aside(&mut pair.reports[here], Aside::Within, others);
                }
            }
        }
    }

    /// Is a point, of the same total, another or a part of it?
    fn holds(&self, point: u64, part: u64, dims: &[usize]) -> bool {
        let mut dims = dims.iter().map(|dim| &self.keys.dims[*dim]);
        dims.all(|dim| dim.is_total(point) || dim.digit(point) == dim.digit(part))
    }
}

fn set_aside(report: &mut Option<Report>, why: Aside, others: &mut Vec<(Span, Aside)>) {
    let report = report.take();
    others.extend(report.iter().flat_map(Report::spans).map(|span| (span, why)));
}

/// How many of some pairs have both reports.
fn paired(pairs: &[Pair], some: &[usize]) -> usize {
    some.iter().filter(|at| pairs[**at].reports.iter().all(Option::is_some)).count()
}

/// The parts that take the fewest reports from others.
fn least_paired(pairs: &[Pair], all: Vec<Parts>) -> Option<Parts> {
    all.into_iter().min_by_key(|parts| paired(pairs, &parts.pairs))
}

/// All choices of some dimensions, the largest first.
fn subsets(dims: &[usize]) -> Vec<Vec<usize>> {
    let chosen =
        |bits: usize| dims.iter().enumerate().filter(move |(at, _)| bits & (1 << at) != 0).map(|(_, dim)| *dim);
    let mut all: Vec<Vec<usize>> = (1..1usize << dims.len()).map(|bits| chosen(bits).collect()).collect();
    all.sort_by_key(|some| std::cmp::Reverse(some.len()));
    all
}
