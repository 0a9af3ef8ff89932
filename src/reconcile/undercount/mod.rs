//! Undercount by bilateral ratios: what a reporter counts of its flows with partners whose statistics are good, over what
//! these partners count of the same flows. Above 1 it counts more than they do, below 1 fewer.
//!
//! Numbers in, numbers out: flows come as they were printed and as they would be with one minimum stay. A partner of whom
//! one side is not known is in neither sum, and is counted.

mod binomial;
mod classes;
mod fit;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::Error;
use crate::codes::duration::Direction;
use crate::exact::ExactSum;
use crate::watch::Watch;

pub use classes::{Cuts, classes};
pub use fit::{Fit, fit};

/// Both reports of flows; NaN where a side says nothing.
#[derive(Debug, Default)]
pub struct Flows {
    /// The area that each flow leaves, as an index.
    pub origin: Vec<i32>,
    /// The area that it enters.
    pub destination: Vec<i32>,
    /// The year and whatever else tells flows of one corridor apart, as an index.
    pub group: Vec<i32>,
    /// As the destination prints it.
    pub inflow: Vec<f64>,
    /// As the origin prints it.
    pub outflow: Vec<f64>,
    /// As the destination would print it with the common minimum stay; NaN where its own is not known.
    pub inflow_adjusted: Vec<f64>,
    /// The same of the origin.
    pub outflow_adjusted: Vec<f64>,
    /// Of which flows the two reports cannot be compared; empty where nothing is said.
    pub unlike: Vec<bool>,
}

/// What the indices of flows stand for, and what is wanted.
#[derive(Debug, Default)]
pub struct Request {
    /// The codes of areas.
    pub areas: Vec<String>,
    /// The names of groups.
    pub groups: Vec<String>,
    /// Which areas are partners to measure by.
    pub reference: Vec<bool>,
    /// Which areas are countries, not groups, totals or residuals.
    pub country: Vec<bool>,
    /// How often to draw for the intervals; 0 for none.
    pub draws: usize,
    /// Where the draws start.
    pub seed: u64,
    /// The probability that an interval holds.
    pub level: f64,
}

/// The sums of one reporter.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ratio {
    /// What the reporter counts.
    pub numerator: f64,
    /// What its partners count.
    pub denominator: f64,
}

impl Ratio {
    /// The ratio, where partners count anybody.
    pub fn value(self) -> Option<f64> {
        Some(self.numerator / self.denominator).filter(|ratio| self.denominator > 0.0 && ratio.is_finite())
    }
}

/// How well a reporter counts in one direction and group.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Its area.
    pub reporter: i32,
    /// Which way its movers go.
    pub direction: Direction,
    /// Year and the like.
    pub group: i32,
    /// Partners of whom both sides are known.
    pub partners: u32,
    /// Partners of whom one side is known.
    pub one_sided: u32,
    /// Partners of whom both sides are known, but not the minimum stay of both.
    pub unknown: u32,
    /// Partners of whom both sides are known and cannot be compared.
    pub unlike: u32,
    /// As printed.
    pub printed: Ratio,
    /// With one minimum stay.
    pub adjusted: Ratio,
    /// Of the adjusted ratio, where it was asked for and the flows have any spread.
    pub interval: Option<Interval>,
}

/// What draws say of a ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The standard deviation of the draws.
    pub sd: f64,
}

#[derive(Default)]
struct Sums {
    partners: Vec<i32>,
    one_sided: u32,
    unknown: u32,
    unlike: u32,
    printed: [ExactSum; 2],
    adjusted: [ExactSum; 2],
    /// As printed, of the flows that are in the adjusted sums.
    used: [ExactSum; 2],
}

type Key = (i32, Direction, i32);

/// More draws than this are taken of one ratio after the other.
const MANY: usize = 1 << 20;

/// The ratio of every reporter that has a flow with a partner, by code, direction and group.
///
/// # Errors
/// [`Error::Schema`] where a flow stands twice.
pub fn undercount(flows: &Flows, request: &Request, watch: &Watch) -> Result<Vec<Score>, Error> {
    check(flows, request)?;
    let mut sums: FxHashMap<Key, Sums> = FxHashMap::default();
    let mut totals: FxHashMap<Key, ExactSum> = FxHashMap::default();
    for row in 0..flows.origin.len() {
        let (origin, destination, group) = (flows.origin[row], flows.destination[row], flows.group[row]);
        if origin == destination {
            continue;
        }
        let unlike = flows.unlike.get(row).copied().unwrap_or(false);
        let countries = request.country[origin as usize] && request.country[destination as usize];
        let (into, out) =
            ((flows.inflow[row], flows.inflow_adjusted[row]), (flows.outflow[row], flows.outflow_adjusted[row]));
        for (reporter, direction, partner, own, other) in [
            (destination, Direction::Immigration, origin, into, out),
            (origin, Direction::Emigration, destination, out, into),
        ] {
            if countries && !own.0.is_nan() {
                totals.entry((reporter, direction, group)).or_default().add(own.0);
            }
            if request.reference[partner as usize] {
                let sums = sums.entry((reporter, direction, group)).or_default();
                if unlike {
                    sums.unlike += u32::from(!own.0.is_nan() && !other.0.is_nan());
                } else {
                    sums.take(partner, own, other);
                }
            }
        }
    }
    let mut found: Vec<(Key, Sums)> = sums.into_iter().collect();
    let order = |key: &Key| (&request.areas[key.0 as usize], key.1, &request.groups[key.2 as usize]);
    found.sort_by(|a, b| order(&a.0).cmp(&order(&b.0)));
    let score = |(key, sums): &(Key, Sums)| score(*key, sums, &totals, request, watch);
    // Very many draws are in memory once, not on every thread.
    if request.draws > MANY { found.iter().map(score).collect() } else { found.par_iter().map(score).collect() }
}

/// Refuses a flow that stands twice.
fn check(flows: &Flows, request: &Request) -> Result<(), Error> {
    let mut seen: FxHashMap<(i32, i32, i32), usize> = FxHashMap::default();
    for row in 0..flows.origin.len() {
        let key = (flows.origin[row], flows.destination[row], flows.group[row]);
        if let Some(earlier) = seen.insert(key, row) {
            return Err(Error::Schema(format!(
                "rows {earlier} and {row} are both from {} to {} ({}): select one of them, such as sex=\"_T\", or name in \
                 by= the columns that tell them apart",
                request.areas[key.0 as usize], request.areas[key.1 as usize], request.groups[key.2 as usize]
            )));
        }
        let numbers = [
            ("inflow", flows.inflow[row]),
            ("outflow", flows.outflow[row]),
            ("inflow", flows.inflow_adjusted[row]),
            ("outflow", flows.outflow_adjusted[row]),
        ];
        if let Some((name, value)) = numbers.into_iter().find(|(_, value)| value.is_infinite() || *value < 0.0) {
            return Err(Error::Schema(format!("column {name:?}, row {row}: {value} is no number of movers")));
        }
    }
    Ok(())
}

impl Sums {
    /// Takes a flow as the reporter and the partner print it and would print it.
    fn take(&mut self, partner: i32, own: (f64, f64), other: (f64, f64)) {
        match (own.0.is_nan(), other.0.is_nan()) {
            (true, true) => {}
            (false, false) => {
                self.partners.push(partner);
                self.printed[0].add(own.0);
                self.printed[1].add(other.0);
                if own.1.is_nan() || other.1.is_nan() {
                    self.unknown += 1;
                } else {
                    self.adjusted[0].add(own.1);
                    self.adjusted[1].add(other.1);
                    self.used[0].add(own.0);
                    self.used[1].add(other.0);
                }
            }
            _ => self.one_sided += 1,
        }
    }
}

fn score(
    key: Key,
    sums: &Sums,
    totals: &FxHashMap<Key, ExactSum>,
    request: &Request,
    watch: &Watch,
) -> Result<Score, Error> {
    let (reporter, direction, group) = key;
    let ratio = |sums: &[ExactSum; 2]| Ratio { numerator: sums[0].value(), denominator: sums[1].value() };
    let adjusted = ratio(&sums.adjusted);
    let interval = if request.draws == 0 {
        None
    } else {
        let back = if direction == Direction::Immigration { Direction::Emigration } else { Direction::Immigration };
        let mut theirs = ExactSum::new();
        for total in sums.partners.iter().filter_map(|partner| totals.get(&(*partner, back, group))) {
            theirs.merge(total);
        }
        let whole = [totals.get(&key).map_or(0.0, ExactSum::value), theirs.value()];
        interval(adjusted, ratio(&sums.used), whole, &seed(key, request), request, watch)?
    };
    Ok(Score {
        reporter,
        direction,
        group,
        partners: sums.partners.len() as u32,
        one_sided: sums.one_sided,
        unknown: sums.unknown,
        unlike: sums.unlike,
        printed: ratio(&sums.printed),
        adjusted,
        interval,
    })
}

/// What is hashed to where the draws of one ratio start: the same whatever stands beside it in the table.
fn seed(key: Key, request: &Request) -> String {
    format!("{}/{}/{}/{}", request.seed, request.areas[key.0 as usize], key.1.name(), request.groups[key.2 as usize])
}

/// Draws numerator and denominator as binomial shares of all that reporter and partners count, and takes percentiles.
fn interval(
    adjusted: Ratio,
    used: Ratio,
    whole: [f64; 2],
    seed: &str,
    request: &Request,
    watch: &Watch,
) -> Result<Option<Interval>, Error> {
    let Some(ratio) = adjusted.value().filter(|ratio| *ratio > 0.0) else { return Ok(None) };
    let shares = [used.numerator / whole[0], used.denominator / whole[1]];
    // A flow that is all there is, or nothing, has no spread: an interval of no width would be a false certainty.
    if shares.iter().any(|share| !(*share > 0.0 && *share < 1.0)) {
        return Ok(None);
    }
    let draw = [0, 1].map(|at| binomial::Binomial::new(whole[at].round(), shares[at]));
    let mut random = binomial::Random::new(seed);
    let mut drawn = Vec::with_capacity(request.draws);
    for at in 0..request.draws {
        let (above, below) = (draw[0].draw(&mut random), draw[1].draw(&mut random));
        drawn.push(ratio * (above / used.numerator) / (below / used.denominator));
        if at % (1 << 14) == 0 {
            watch.step(0)?;
        }
    }
    let count = drawn.len() as f64;
    let mean = drawn.iter().sum::<f64>() / count;
    let sd = (drawn.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    let tail = (1.0 - request.level) / 2.0;
    let low = quantile(&mut drawn, tail);
    let high = quantile(&mut drawn, 1.0 - tail);
    let found = Interval { low, high, sd };
    // Where partners may draw nobody at all there is no upper end.
    Ok(Some(found).filter(|one| one.low.is_finite() && one.high.is_finite() && one.sd.is_finite()))
}

/// The quantile of numbers, on a line between the two nearest.
fn quantile(numbers: &mut [f64], share: f64) -> f64 {
    let place = share * (numbers.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let (_, low, above) = numbers.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let next = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    if part == 0.0 { low } else { low + (next - low) * part }
}

#[cfg(test)]
mod tests;
