//! From one set of age groups to another: exact where edges nest, by a method that says what it assumes where they do not.
//!
//! Numbers in, numbers out: a matrix with a row for each population and a column for each age group.

mod linear;
mod monotone;
mod pclm;
pub mod schedule;
mod shift;
mod wanted;

use std::ops::Range;
use std::str::FromStr;

use rayon::prelude::*;

use crate::Error;
use crate::error::near;
use crate::watch::Watch;
use linear::Linear;
use monotone::Monotone;
use pclm::Pclm;
use schedule::Schedule;

pub use shift::{AgeDefinition, Shift};
pub use wanted::Wanted;

/// How the persons of a group are spread over its ages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Evenly.
    Uniform,
    /// Fifth-difference osculatory interpolation of five-year groups (Sprague 1880).
    Sprague,
    /// Six-term interpolation of five-year groups that minimises fifth differences (Beers 1944).
    Beers,
    /// Beers (1945), minimising fourth differences: it smooths, so that only the total over all ages is kept.
    BeersModified,
    /// A cubic spline through the cumulated counts, made monotone (Hyman 1983).
    Monotone,
    /// The penalised composite link model (Rizzi, Gampe and Eilers 2015).
    Pclm,
}

/// Names of the methods, as `FromStr` reads them.
pub const METHODS: [(&str, Method); 6] = [
    ("uniform", Method::Uniform),
    ("sprague", Method::Sprague),
    ("beers", Method::Beers),
    ("beers_modified", Method::BeersModified),
    ("monotone", Method::Monotone),
    ("pclm", Method::Pclm),
];

impl FromStr for Method {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self, Error> {
        METHODS.iter().find(|(known, _)| *known == name).map(|(_, method)| *method).ok_or_else(|| {
            let names = METHODS.map(|(known, _)| known);
            Error::Schema(format!("method={name:?}: expected one of {}{}", names.join(", "), near(name, &names)))
        })
    }
}

/// How an age group is printed.
fn label(from: u16, to: Option<u16>) -> String {
    match to {
        None => format!("{from}+"),
        Some(to) if to == from + 1 => from.to_string(),
        Some(to) => format!("{from}-{}", to - 1),
    }
}

/// Age groups without gaps or overlaps: the ages at which each begins, then the end of the last or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edges {
    starts: Vec<u16>,
    /// None where the last group is open.
    end: Option<u16>,
}

impl Edges {
    /// From the half-open bounds of each group, youngest first.
    ///
    /// # Errors
    /// Where there is none, and for gaps, overlaps, empty groups and open groups that are not the last; `what` is the
    /// caller's name for them.
    pub fn new(what: &str, bounds: &[(u16, Option<u16>)]) -> Result<Self, Error> {
        let Some(&(_, end)) = bounds.last() else {
            return Err(Error::Schema(format!("{what}: there is no age group")));
        };
        if let Some(&(from, _)) = bounds.iter().find(|(from, to)| to.is_some_and(|to| to <= *from)) {
            return Err(Error::Schema(format!("{what}: the group that begins at age {from} holds no age")));
        }
        for pair in bounds.windows(2) {
            let (before, after) = (label(pair[0].0, pair[0].1), label(pair[1].0, pair[1].1));
            match pair[0].1 {
                Some(to) if to < pair[1].0 => {
                    let gap = label(to, Some(pair[1].0));
                    return Err(Error::Schema(format!(
                        "{what}: nothing is said about ages {gap}, between {before} and {after}; add them"
                    )));
                }
                Some(to) if to == pair[1].0 => {}
                _ => {
                    return Err(Error::Schema(format!(
                        "{what}: {before} and {after} overlap, and nobody may be counted twice; leave one of them out"
                    )));
                }
            }
        }
        Ok(Self { starts: bounds.iter().map(|(from, _)| *from).collect(), end })
    }

    /// How many groups there are.
    #[allow(clippy::len_without_is_empty)] // it never is
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// The half-open bounds of each group.
    pub fn bounds(&self) -> Vec<(u16, Option<u16>)> {
        let ends = self.starts[1..].iter().copied().map(Some).chain([self.end]);
        self.starts.iter().copied().zip(ends).collect()
    }

    fn group(&self, at: usize) -> String {
        label(self.starts[at], self.starts.get(at + 1).copied().or(self.end))
    }

    /// The closed groups of which the last is left out if it is open: all their edges.
    fn closed(&self) -> Vec<u16> {
        self.starts.iter().copied().chain(self.end).collect()
    }
}

/// Source and target groups side by side, in the ages that are bounded.
#[derive(Debug)]
struct Grid {
    /// Edges of the closed source groups.
    source: Vec<u16>,
    /// Edges of the target groups as far as closed source groups reach; two are equal where the open group is alone.
    target: Vec<u16>,
    /// One more source group, if it is open: the target groups that it goes into, and how much of it into each.
    open: Vec<(usize, f64)>,
}

impl Grid {
    fn new(source: &Edges, target: &Edges, open_to: Option<u16>, tail: Option<Schedule>) -> Result<Self, Error> {
        let mut source = source.clone();
        let fault = |text: String| Err(Error::Schema(text));
        let open_from = source.starts[source.len() - 1];
        let tail = tail.filter(|_| source.end.is_none());
        if let (None, Some(top), Some(&from)) = (source.end, open_to, source.starts.last()) {
            if top <= from {
                return fault(format!(
                    "open_to={top}: the open group {from}+ begins there or later; give a higher age"
                ));
            }
            source.end = Some(top);
        }
        let (first, wanted) = (source.starts[0], target.starts[0]);
        if wanted > first {
            let lost = label(first, Some(wanted));
            return fault(format!("to: ages {lost} are in the table and in no group of to=; add a group for them"));
        }
        if wanted < first {
            let group = target.group(0);
            return fault(format!("to: {group} holds ages below {first}, of which the table says nothing"));
        }
        let last = target.starts[target.len() - 1];
        let group = target.group(target.len() - 1);
        let mut edges = target.starts.clone();
        match source.end {
            None => {
                let from = source.starts[source.len() - 1];
                if target.end.is_some() || last > from {
                    return fault(format!(
                        "to: {group} would split the open group {from}+, whose last age nobody knows; end with an open \
                         group that begins at {from} or before, or say by open_to= (such as 100) the age that nobody in \
                         it reaches"
                    ));
                }
                edges.push(from);
            }
            Some(end) => {
                if last >= end || target.end.is_some_and(|to| to > end) {
                    let highest = end - 1;
                    return fault(format!(
                        "to: {group} holds ages above {highest}, of which the table says nothing; end at {highest}, or \
                         with an open group that begins there or before"
                    ));
                }
                if let Some(to) = target.end.filter(|to| *to < end) {
                    let left_out = label(to, Some(end));
                    return fault(format!(
                        "to: ages {left_out} are in the table and in no group of to=; add a group for them"
                    ));
                }
                edges.push(end);
            }
        }
        let mut open = Vec::new();
        if let (Some(schedule), Some(top)) = (tail, source.end) {
            let bounds: Vec<(u16, u16)> = edges.windows(2).map(|pair| (pair[0], pair[1])).collect();
            let shares = schedule.shares(open_from, top, &bounds)?;
            open.extend(shares.into_iter().enumerate().filter(|(_, share)| *share > 0.0));
            // The closed groups have a curve of their own, which ends where the open one begins.
            edges.iter_mut().for_each(|edge| *edge = (*edge).min(open_from));
            source.end = None;
        } else if source.end.is_none() {
            open.push((target.len() - 1, 1.0));
        }
        Ok(Self { open, source: source.closed(), target: edges })
    }

    fn sources(&self) -> usize {
        self.source.len() - 1
    }

    fn targets(&self) -> usize {
        self.target.len() - 1
    }

    /// The nests: ranges of source groups and of target groups between two edges that both have, and none in between.
    fn nests(&self) -> Vec<Nest> {
        let mut nests = Vec::new();
        let mut before = (0, 0);
        for (at, edge) in self.target.iter().enumerate().skip(1) {
            // An empty last group, which holds the open one only, is in no nest.
            if let Ok(source) = self.source.binary_search(edge).map_err(drop)
                && source > before.0
            {
                nests.push((before.0..source, before.1..at));
                before = (source, at);
            }
        }
        nests
    }

    /// For each target group whether it is a sum of whole source groups.
    fn exact(&self) -> Vec<bool> {
        let has = |edge| self.source.binary_search(edge).is_ok();
        self.target.windows(2).map(|pair| has(&pair[0]) && has(&pair[1])).collect()
    }

    /// The same, with the open group in mind.
    fn all_exact(&self) -> Vec<bool> {
        let mut exact = self.exact();
        for (target, _) in self.open.iter().filter(|_| self.open.len() > 1) {
            exact[*target] = false;
        }
        exact
    }

    /// Each source group that a target group overlaps, and the ages that they share.
    fn overlaps(&self, target: usize) -> impl Iterator<Item = (usize, u16, u16)> + '_ {
        let (from, to) = (self.target[target], self.target[target + 1]);
        self.source.windows(2).enumerate().filter_map(move |(at, pair)| {
            let (low, high) = (from.max(pair[0]), to.min(pair[1]));
            (low < high).then_some((at, low, high))
        })
    }

    fn width(&self, source: usize) -> f64 {
        f64::from(self.source[source + 1] - self.source[source])
    }
}

/// Source groups and target groups that hold the same ages.
pub type Nest = (Range<usize>, Range<usize>);

/// The nests, with the open group in the one that it is part of.
fn nests(grid: &Grid) -> Vec<Nest> {
    let mut nests = grid.nests();
    if let (Some((first, _)), sources) = (grid.open.first(), grid.sources()) {
        let targets = grid.targets();
        match nests.last_mut() {
            // The first group that it goes into holds closed ones too.
            Some((from, to)) if to.end > *first => (from.end, to.end) = (sources + 1, targets),
            _ => nests.push((sources..sources + 1, *first..targets)),
        }
    }
    nests
}

enum Kernel {
    Linear(Linear),
    Monotone(Monotone),
    Pclm(Pclm),
}

/// All that can be known before the figures are.
pub struct Plan {
    sources: usize,
    targets: usize,
    exact: Vec<bool>,
    nests: Vec<Nest>,
    kernel: Kernel,
    /// For rows that the kernel cannot do without negative figures, or at all.
    fallback: Option<Monotone>,
    /// Whether figures below zero are refused.
    counts_only: Option<&'static str>,
}

/// What is only for some methods or tables.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The first age that nobody in an open last source group reaches.
    pub open_to: Option<u16>,
    /// How that open group is spread up to there; without it, it is a group like the others.
    pub tail: Option<Schedule>,
    /// The lambda of PCLM; without it each row has that of the lowest BIC.
    pub smoothing: Option<f64>,
}

/// Rows that one task does.
const BLOCK: usize = 1024;

impl Plan {
    /// Prepares to go from the groups `source` to the groups `target`.
    ///
    /// # Errors
    /// [`Error::Schema`] where the target leaves out ages of the source or holds others, would split an open group, or
    /// where the method needs groups of five years and there are others.
    pub fn new(source: &Edges, target: &Edges, method: Method, options: Options) -> Result<Self, Error> {
        let Options { open_to, tail, smoothing } = options;
        if tail.is_some() && open_to.is_none() {
            return Err(Error::Schema(
                "tail= spreads an open group up to an age: say by open_to= (such as 100) which one nobody reaches"
                    .to_owned(),
            ));
        }
        if let Some(lambda) = smoothing {
            if method != Method::Pclm {
                return Err(Error::Schema("smoothing= is for method=\"pclm\" only; leave it out".to_owned()));
            }
            if !(lambda.is_finite() && (1e-6..=1e12).contains(&lambda)) {
                return Err(Error::Schema(format!("smoothing={lambda}: expected a number from 1e-6 to 1e12")));
            }
        }
        let grid = Grid::new(source, target, open_to, tail)?;
        let all_exact = grid.exact().iter().all(|exact| *exact);
        let kernel = match method {
            _ if all_exact => Kernel::Linear(Linear::new(&grid, Method::Uniform)?),
            Method::Monotone => Kernel::Monotone(Monotone::new(&grid)),
            Method::Pclm => Kernel::Pclm(Pclm::new(&grid, smoothing)),
            linear => Kernel::Linear(Linear::new(&grid, linear)?),
        };
        let may_fail = !all_exact && !matches!(method, Method::Uniform | Method::Monotone);
        let name = METHODS.iter().find(|(_, known)| *known == method).map(|(name, _)| *name);
        Ok(Self {
            sources: source.len(),
            targets: target.len(),
            exact: grid.all_exact(),
            nests: nests(&grid),
            kernel,
            fallback: may_fail.then(|| Monotone::new(&grid)),
            counts_only: name.filter(|_| !all_exact && matches!(method, Method::Monotone | Method::Pclm)),
        })
    }

    /// For each target group whether it is a sum of source groups, whatever the method.
    pub fn exact(&self) -> &[bool] {
        &self.exact
    }

    /// The source groups and the target groups between edges that both have: what goes in is what comes out, unless the
    /// method smooths.
    pub fn nests(&self) -> &[Nest] {
        &self.nests
    }

    /// The name of the method, if it refuses figures below zero.
    pub fn counts_only(&self) -> Option<&'static str> {
        self.counts_only
    }

    /// Does all rows of a matrix given row by row, into `made`; tells for each row whether it was split by the monotone
    /// method instead of the one asked for. NaN is a figure that is missing, and makes missing what depends on it.
    ///
    /// # Errors
    /// [`Error::Schema`] for infinite figures, and for negative ones where the method splits counts.
    pub fn apply(&self, values: &[f64], made: &mut [f64], watch: &Watch) -> Result<Vec<bool>, Error> {
        let rows = values.len() / self.sources;
        if values.len() != rows * self.sources || made.len() != rows * self.targets {
            return Err(Error::Internal(format!(
                "{} figures to {} are not rows of {} age groups to {}",
                values.len(),
                made.len(),
                self.sources,
                self.targets
            )));
        }
        let mut fell_back = vec![false; rows];
        values
            .par_chunks(BLOCK * self.sources)
            .zip(made.par_chunks_mut(BLOCK * self.targets))
            .zip(fell_back.par_chunks_mut(BLOCK))
            .enumerate()
            .try_for_each(|(block, ((values, made), fell_back))| {
                self.check(values, block * BLOCK)?;
                match &self.kernel {
                    Kernel::Linear(linear) => linear.apply(values, made),
                    Kernel::Monotone(monotone) => monotone.apply(values, made),
                    Kernel::Pclm(pclm) => pclm.apply(values, made, fell_back),
                }
                if let Some(fallback) = &self.fallback {
                    let rows = values.chunks_exact(self.sources).zip(made.chunks_exact_mut(self.targets));
                    for ((values, made), fell_back) in rows.zip(fell_back.iter_mut()) {
                        if *fell_back || below_zero(values, made) {
                            fallback.apply(values, made);
                            *fell_back = true;
                        }
                    }
                }
                watch.step((values.len() / self.sources) as u64)
            })?;
        Ok(fell_back)
    }

    fn check(&self, values: &[f64], first: usize) -> Result<(), Error> {
        // Without leaving early, which the processor does many at a time.
        let finite = !values.iter().fold(false, |found, value| found | (value.abs() == f64::INFINITY));
        let refused = self.counts_only.filter(|_| any_below_zero(values));
        if finite && refused.is_none() {
            return Ok(());
        }
        let bad = |value: &f64| value.is_infinite() || (refused.is_some() && *value < 0.0);
        let at = values.iter().position(bad).unwrap_or(0);
        let (row, group, value) = (first + at / self.sources, at % self.sources + 1, values[at]);
        Err(Error::Schema(match refused {
            Some(method) if value.is_finite() => format!(
                "row {row}, age group {group}: {value} is below zero, and {method} splits counts; for net figures split \
                 what came in and what went out, or take uniform, sprague or beers"
            ),
            _ => format!("row {row}, age group {group}: {value} is no figure that can be split; give NaN for missing"),
        }))
    }
}

/// Without leaving early, which the processor does many at a time.
#[allow(clippy::needless_bitwise_bool)]
fn any_below_zero(values: &[f64]) -> bool {
    values.iter().fold(false, |found, value| found | (*value < 0.0))
}

/// Whether figures of which none is negative were made into some that are, beyond what rounding does: that is put right.
fn below_zero(values: &[f64], made: &mut [f64]) -> bool {
    if !any_below_zero(made) || any_below_zero(values) {
        return false;
    }
    let small = -1e-13 * values.iter().filter(|value| !value.is_nan()).sum::<f64>();
    let found = made.iter().any(|value| *value < small);
    if !found {
        made.iter_mut().filter(|value| **value < 0.0).for_each(|value| *value = 0.0);
    }
    found
}

#[cfg(test)]
mod tests;
