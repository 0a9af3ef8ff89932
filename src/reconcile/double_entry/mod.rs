//! Double entry: factors that bring the two reports of each move together, and the moves as they are then.
//!
//! Each receiving reporter has a factor α for what it counts as inflow and each sending reporter a factor β for its outflow,
//! such that α I and β E agree as well as they can over all pairs with both reports. Numbers in, numbers out: `table` reads
//! the pairs, `report` gives tables back, `estimates` the figures.
//!
//! M. Poulain, *Confrontation des statistiques de migrations intra-européennes: vers plus d'harmonisation?*, European
//! Journal of Population 9 (1993), doi 10.1007/BF01265643; J. de Beer, J. Raymer, R. van der Erf and L. van Wissen,
//! *Overcoming the problems of inconsistent international migration data*, European Journal of Population 26 (2010), doi
//! 10.1007/s10680-010-9220-z.

mod bounds;
mod cells;
mod check;
mod decisions;
mod estimates;
mod factor;
mod groups;
mod read;
mod refuse;
mod regimes;
mod report;
mod request;
mod sequential;
mod solve;
mod system;
mod table;
mod time;

use std::str::FromStr;

use rayon::prelude::*;

use crate::Error;
use crate::error::near;
use crate::watch::Watch;
use cells::{Component, components};
use refuse::Refusal;
use solve::{Held, Singular, Solution};
use system::System;

pub use cells::Cell;
pub use estimates::{Decision, Estimate};
pub use request::Request;
pub use table::Fitted;

/// One of a few words, or an error that names them all.
pub(crate) fn word<T: Copy>(argument: &str, text: &str, known: &[(&str, T)]) -> Result<T, Error> {
    known.iter().find(|(name, _)| *name == text).map(|(_, one)| *one).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let listed: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
        Error::Schema(format!("{argument}={text:?}: expected one of {}{}", listed.join(", "), near(text, &names)))
    })
}

/// How factors are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Least squares of the differences of adjusted reports.
    LeastSquares,
    /// Least squares of the differences of their logarithms.
    LogLinear,
    /// One reporter after another.
    Sequential,
}

impl FromStr for Method {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let known =
            [("least-squares", Self::LeastSquares), ("log-linear", Self::LogLinear), ("sequential", Self::Sequential)];
        word("method", text, &known)
    }
}

/// What makes factors definite: without it all may be multiplied by anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Normalise {
    /// Adjusted reports add up to the reports.
    Sum,
    /// The factors of these receiving reporters are 1, one of them in each component.
    Reference(Vec<u32>),
}

/// How to fit.
#[derive(Clone, Debug)]
pub struct Options {
    /// How factors are found.
    pub method: Method,
    /// What makes them definite.
    pub normalise: Normalise,
    /// The least and the most that a factor may be.
    pub bounds: Option<(f64, f64)>,
    /// Whether reporters that nothing connects with the others are left without factors, not refused.
    pub leave_out: bool,
}

/// Why a factor is as it is, or is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flag {
    /// There is no pair with both reports.
    NoPair,
    /// All reports of the reporter are zero.
    Zeros,
    /// Where the reporter counts anybody, all partners count nobody.
    ZerosOpposite,
    /// No pair connects the reporter with the others.
    NotConnected,
    /// The least that it may be.
    Low,
    /// The most that it may be.
    High,
}

impl Flag {
    /// In words.
    pub fn said(self) -> &'static str {
        match self {
            Self::NoPair => "no pair with both reports",
            Self::Zeros => "all its reports of such pairs are zero",
            Self::ZerosOpposite => "partners report zero wherever it does not",
            Self::NotConnected => "not connected with the others",
            Self::Low => "at the lower bound",
            Self::High => "at the upper bound",
        }
    }
}

/// What was found of one reporter in one direction.
#[derive(Clone, Copy, Debug, Default)]
pub struct Factor {
    /// What its reports are multiplied by.
    pub factor: Option<f64>,
    /// In how many pairs of the fit it is.
    pub pairs: u32,
    /// Why it is as it is.
    pub flag: Option<Flag>,
    /// Whether it was given, not found.
    pub anchor: bool,
    /// When it was found, by the sequential procedure.
    pub step: Option<u32>,
}

/// How one component was fitted.
#[derive(Clone, Debug)]
pub struct Part {
    /// Pairs in the fit.
    pub pairs: usize,
    /// How many receiving and sending reporters there are.
    pub reporters: (usize, usize),
    /// The receiving reporter whose factor is given, if one is.
    pub anchor: Option<u32>,
    /// The weighted sum of squares.
    pub objective: f64,
    /// Steps until nothing moved.
    pub steps: u32,
    /// What is left of the conditions of an optimum, beside the terms that should cancel.
    pub residual: f64,
}

/// The factors of pairs that are fitted together.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// By receiving reporter.
    pub receiving: Vec<Factor>,
    /// By sending reporter.
    pub sending: Vec<Factor>,
    /// How each component was fitted.
    pub parts: Vec<Part>,
}

/// Fits each group of pairs by itself; `cells` gives those of one, in any order.
///
/// # Errors
/// [`Error::Schema`] for reporters that cannot be compared, naming them.
pub fn fit(
    groups: usize,
    cells: impl Fn(usize) -> Vec<Cell> + Sync,
    names: &refuse::Names,
    options: &Options,
    watch: &Watch,
) -> Result<Vec<Group>, Error> {
    if groups == 0 && !options.leave_out {
        return Err(refuse::error(&[(0, Refusal::NoPairs)], names, &options.normalise));
    }
    let one = |group: usize| -> Result<Result<Group, Refusal>, Error> {
        let mut cells = cells(group);
        Cell::sort(&mut cells, names.receiving.len(), names.sending.len());
        let group = fit_group(cells, names.receiving.len(), names.sending.len(), options);
        watch.step(1)?;
        Ok(group)
    };
    let found = (0..groups).into_par_iter().map(one).collect::<Result<Vec<_>, Error>>()?;
    let (mut fitted, mut refused) = (Vec::with_capacity(found.len()), Vec::new());
    for (at, one) in found.into_iter().enumerate() {
        match one {
            Ok(group) => fitted.push(group),
            Err(why) => refused.push((at, why)),
        }
    }
    if refused.is_empty() { Ok(fitted) } else { Err(refuse::error(&refused, names, &options.normalise)) }
}

fn fit_group(cells: Vec<Cell>, receiving: usize, sending: usize, options: &Options) -> Result<Group, Refusal> {
    let (mut found, flags) = components(cells, receiving, sending, options.method);
    let blank = |flag: &Option<Flag>| Factor { flag: *flag, ..Factor::default() };
    let (to, from) = flags.split_at(receiving);
    let mut group = Group {
        receiving: to.iter().map(blank).collect(),
        sending: from.iter().map(blank).collect(),
        parts: Vec::new(),
    };
    if found.is_empty() {
        return if options.leave_out { Ok(group) } else { Err(Refusal::NoPairs) };
    }
    let anchors = anchors(&found, options)?;
    keep_apart(&mut found, &anchors, receiving, sending);
    for (component, anchor) in found.iter().zip(anchors) {
        match anchor {
            Anchor::Missing => group.leave_out(component),
            Anchor::Sum => group.fit(component, None, options)?,
            Anchor::Given(reporter) => group.fit(component, Some(reporter), options)?,
        }
    }
    Ok(group)
}

/// Keeps pairs with a reporter that is left without a factor out of the fit of the others: where its report is 0 and theirs
/// is not, the pair is one of theirs.
fn keep_apart(found: &mut [Component], anchors: &[Anchor], receiving: usize, sending: usize) {
    let missing = |anchor: &Anchor| matches!(anchor, Anchor::Missing);
    if !anchors.iter().any(missing) {
        return;
    }
    let (mut to, mut from) = (vec![true; receiving], vec![true; sending]);
    for (component, _) in found.iter().zip(anchors).filter(|(_, anchor)| missing(anchor)) {
        component.receiving.iter().for_each(|at| to[*at as usize] = false);
        component.sending.iter().for_each(|at| from[*at as usize] = false);
    }
    for (component, _) in found.iter_mut().zip(anchors).filter(|(_, anchor)| !missing(anchor)) {
        component.cells.retain(|cell| to[cell.receiving as usize] && from[cell.sending as usize]);
    }
}

/// What makes the factors of one component definite.
enum Anchor {
    Given(u32),
    Sum,
    Missing,
}

fn anchors(found: &[Component], options: &Options) -> Result<Vec<Anchor>, Refusal> {
    let listed = || found.iter().map(|one| (one.receiving.clone(), one.sending.clone(), one.connections())).collect();
    match &options.normalise {
        Normalise::Sum if found.len() == 1 => Ok(vec![Anchor::Sum]),
        Normalise::Sum if options.leave_out => {
            // The one with the most pairs, the first of equals.
            let most = (0..found.len()).rev().max_by_key(|at| found[*at].connections());
            Ok((0..found.len()).map(|at| if Some(at) == most { Anchor::Sum } else { Anchor::Missing }).collect())
        }
        Normalise::Sum => Err(Refusal::Apart(listed())),
        Normalise::Reference(references) => {
            let mut anchors = Vec::with_capacity(found.len());
            for component in found {
                let mut mine = references.iter().filter(|one| component.receiving.binary_search(one).is_ok());
                anchors.push(match (mine.next(), mine.next()) {
                    (Some(first), Some(second)) => return Err(Refusal::TwoAnchors(*first, *second)),
                    (Some(anchor), None) => Anchor::Given(*anchor),
                    (None, _) => Anchor::Missing,
                });
            }
            if !options.leave_out && anchors.iter().any(|anchor| matches!(anchor, Anchor::Missing)) {
                return Err(Refusal::Apart(listed()));
            }
            Ok(anchors)
        }
    }
}

impl Group {
    fn leave_out(&mut self, component: &Component) {
        component.receiving.iter().for_each(|at| self.receiving[*at as usize].flag = Some(Flag::NotConnected));
        component.sending.iter().for_each(|at| self.sending[*at as usize].flag = Some(Flag::NotConnected));
    }

    fn fit(&mut self, component: &Component, anchor: Option<u32>, options: &Options) -> Result<(), Refusal> {
        let system = System::new(component, options.method);
        let place = anchor.and_then(|anchor| component.receiving.binary_search(&anchor).ok());
        let (solution, found_at) =
            solve(&system, component, place, options).map_err(|Singular(at)| match component.receiving.get(at) {
                Some(reporter) => Refusal::Singular(Some(*reporter), None),
                None => Refusal::Singular(None, component.sending.get(at - component.receiving.len()).copied()),
            })?;
        for alike in component.cells.chunk_by(|a, b| a.sending == b.sending) {
            self.sending[alike[0].sending as usize].pairs += alike.len() as u32;
            alike.iter().for_each(|cell| self.receiving[cell.receiving as usize].pairs += 1);
        }
        let reporters = component.receiving.iter().map(|at| (true, *at));
        let reporters = reporters.chain(component.sending.iter().map(|at| (false, *at)));
        for (at, (receives, reporter)) in reporters.enumerate() {
            let side = if receives { &mut self.receiving } else { &mut self.sending };
            let factor = &mut side[reporter as usize];
            factor.factor = Some(solution.x[at]);
            factor.anchor = place == Some(at);
            factor.step = found_at.as_ref().map(|steps| steps[at]);
            factor.flag = match solution.held[at] {
                Held::Free => None,
                Held::Low => Some(Flag::Low),
                Held::High => Some(Flag::High),
            };
        }
        self.parts.push(Part {
            pairs: component.cells.len(),
            reporters: (component.receiving.len(), component.sending.len()),
            anchor,
            objective: solution.squares,
            steps: solution.steps,
            residual: solution.residual,
        });
        Ok(())
    }
}

/// The factors of one component, and when each was found if that is in turn.
fn solve(
    system: &System,
    component: &Component,
    anchor: Option<usize>,
    options: &Options,
) -> Result<(Solution, Option<Vec<u32>>), Singular> {
    match (options.method, anchor, options.bounds) {
        (Method::LeastSquares, Some(anchor), Some((low, high))) => {
            Ok((bounds::beside(system, anchor, 1.0, low, high)?, None))
        }
        (Method::LeastSquares, Some(anchor), None) => Ok((solve::beside(system, anchor, 1.0)?, None)),
        (Method::LeastSquares, None, _) => Ok((solve::summing(system)?, None)),
        (Method::LogLinear, ..) => {
            let mut solution = solve::beside(system, anchor.unwrap_or_default(), 0.0)?;
            solution.x.iter_mut().for_each(|x| *x = x.exp());
            Ok((if anchor.is_none() { rescaled(solution, component) } else { solution }, None))
        }
        (Method::Sequential, ..) => {
            let (mut solution, steps) = sequential::sequential(system, anchor);
            if anchor.is_none() {
                let before = solution.x[solution.anchor];
                solution = rescaled(solution, component);
                // Squares of figures that all are multiplied by one number.
                solution.squares *= (solution.x[solution.anchor] / before).powi(2);
            }
            Ok((solution, Some(steps)))
        }
    }
}

/// Factors of which only the ratios are known, so that adjusted reports add up to the reports.
fn rescaled(mut solution: Solution, component: &Component) -> Solution {
    let receiving = component.receiving.len();
    let (mut reported, mut adjusted) = (0.0, 0.0);
    for cell in &component.cells {
        reported += cell.inflow + cell.outflow;
        if let Ok(at) = component.receiving.binary_search(&cell.receiving) {
            adjusted += solution.x[at] * cell.inflow;
        }
        if let Ok(at) = component.sending.binary_search(&cell.sending) {
            adjusted += solution.x[receiving + at] * cell.outflow;
        }
    }
    solution.x.iter_mut().for_each(|x| *x *= reported / adjusted);
    solution
}

#[cfg(test)]
mod tests;
