//! The penalised composite link model.

use std::ops::Range;

use super::Grid;

/// Rizzi, Gampe and Eilers (2015), "Efficient estimation of smooth distributions from coarsely grouped data", American
/// Journal of Epidemiology 182(2):138-147.
///
/// Counts by single year are `mu = exp(B theta)`, B cubic B-splines with a segment for each two years; the groups are
/// Poisson counts with means `C mu`. Scoring steps solve `(X' M X + lambda D'D) theta = X' (y - C mu + C (mu eta))`
/// where `M = diag(C mu)`, `X = M^-1 C diag(mu) B` and D takes second differences. At the end each nest of common edges
/// is brought to its total.
pub(super) struct Pclm {
    /// For each year the first spline that is not zero there, and the values of four.
    splines: Vec<(usize, [f64; 4])>,
    /// For each source group its years, and the splines that reach into it.
    groups: Vec<(Range<usize>, Range<usize>)>,
    /// For each target group its years.
    targets: Vec<Range<usize>>,
    /// Source and target groups of each nest.
    nests: Vec<(Range<usize>, Range<usize>)>,
    size: usize,
    /// Below the diagonal so many are not zero.
    band: usize,
    penalty: Vec<f64>,
    smoothing: Option<f64>,
    /// The target groups that the open group goes into, and how much of it.
    open: Vec<(usize, f64)>,
}

const MOST_STEPS: usize = 60;
/// The change of `mu`, as a part of all, at which it is at rest.
const AT_REST: f64 = 1e-8;
/// The same while the smoothing is sought.
const NEARLY: f64 = 1e-5;

/// What a fit works with; `matrix` holds a row's `band + 1` entries up to the diagonal.
struct Room {
    theta: Vec<f64>,
    eta: Vec<f64>,
    mu: Vec<f64>,
    /// Rows of X, as wide as the widest group.
    design: Vec<f64>,
    means: Vec<f64>,
    matrix: Vec<f64>,
    /// Of the diagonal of the factor.
    inverse: Vec<f64>,
    right: Vec<f64>,
}

impl Pclm {
    pub(super) fn new(grid: &Grid, smoothing: Option<f64>) -> Self {
        let (first, last) = (grid.source[0], grid.source[grid.sources()]);
        let years = usize::from(last - first);
        let segments = (years / 2).max(1);
        let width = years as f64 / segments as f64;
        let splines: Vec<(usize, [f64; 4])> = (0..years)
            .map(|year| {
                let place = (year as f64 + 0.5) / width;
                let at = (place.floor() as usize).min(segments - 1);
                let x = place - at as f64;
                let (rest, square, cube) = (1.0 - x, x * x, x * x * x);
                let middle = [3.0 * cube - 6.0 * square + 4.0, 3.0 * (x + square - cube) + 1.0];
                (at, [rest * rest * rest / 6.0, middle[0] / 6.0, middle[1] / 6.0, cube / 6.0])
            })
            .collect();
        let span = |from: u16, to: u16| usize::from(from - first)..usize::from(to - first);
        let groups: Vec<(Range<usize>, Range<usize>)> = grid
            .source
            .windows(2)
            .map(|pair| {
                let years = span(pair[0], pair[1]);
                let reach = splines[years.start].0..splines[years.end - 1].0 + 4;
                (years, reach)
            })
            .collect();
        let size = segments + 3;
        let band = groups.iter().map(|(_, reach)| reach.len() - 1).max().unwrap_or(0).max(2);
        let mut penalty = vec![0.0; size * (band + 1)];
        for start in 0..size - 2 {
            for (low, one) in [1.0, -2.0, 1.0].into_iter().enumerate() {
                for (high, other) in [1.0, -2.0, 1.0].into_iter().enumerate().skip(low) {
                    penalty[(start + high) * (band + 1) + band + low - high] += one * other;
                }
            }
        }
        Self {
            targets: grid.target.windows(2).map(|pair| span(pair[0], pair[1])).collect(),
            nests: grid.nests(),
            splines,
            groups,
            size,
            band,
            penalty,
            smoothing,
            open: grid.open.clone(),
        }
    }

    pub(super) fn apply(&self, values: &[f64], made: &mut [f64], failed: &mut [bool]) {
        let sources = self.groups.len() + usize::from(!self.open.is_empty());
        let mut room = Room {
            theta: vec![0.0; self.size],
            eta: vec![0.0; self.splines.len()],
            mu: vec![0.0; self.splines.len()],
            design: vec![0.0; self.groups.len() * (self.band + 1)],
            means: vec![0.0; self.groups.len()],
            matrix: vec![0.0; self.size * (self.band + 1)],
            inverse: vec![0.0; self.size],
            right: vec![0.0; self.size],
        };
        let rows = values.chunks_exact(sources).zip(made.chunks_exact_mut(self.targets.len()));
        for ((values, made), failed) in rows.zip(failed) {
            *failed = !self.row(values, made, &mut room);
        }
    }

    /// False where the steps do not come to rest.
    fn row(&self, values: &[f64], made: &mut [f64], room: &mut Room) -> bool {
        let counts = &values[..self.groups.len()];
        let total: f64 = counts.iter().sum();
        // What is missing makes all that is split missing, and nobody is nowhere.
        let known = !total.is_nan();
        if known && total > 0.0 {
            if !self.best(counts, total, room) {
                return false;
            }
        } else {
            room.mu.fill(if known { 0.0 } else { f64::NAN });
        }
        made.fill(0.0);
        for (sources, targets) in &self.nests {
            let whole: f64 = counts[sources.clone()].iter().sum();
            if targets.len() == 1 {
                made[targets.start] = whole;
                continue;
            }
            let of = |target: usize| room.mu[self.targets[target].clone()].iter().sum::<f64>();
            let fitted: f64 = targets.clone().map(of).sum();
            let years: usize = targets.clone().map(|target| self.targets[target].len()).sum();
            for target in targets.clone() {
                made[target] = if whole == 0.0 && known {
                    0.0
                } else if fitted > 0.0 || !known {
                    of(target) * (whole / fitted)
                } else {
                    whole * self.targets[target].len() as f64 / years as f64
                };
            }
        }
        for (target, share) in &self.open {
            made[*target] += values[counts.len()] * share;
        }
        true
    }

    /// Fits with the smoothing asked for, or with that of the lowest BIC: first whole powers of ten, then halves.
    fn best(&self, counts: &[f64], total: f64, room: &mut Room) -> bool {
        let start = |room: &mut Room| room.theta.fill((total / self.splines.len() as f64).ln());
        if let Some(lambda) = self.smoothing {
            start(room);
            return self.fit(counts, total, lambda, AT_REST, room).is_some();
        }
        let lambda = |halves: i32| 10f64.powf(f64::from(halves) / 2.0);
        let mut found: Option<(f64, i32)> = None;
        let mut kept = Vec::new();
        let mut attempt = |halves: i32, found: &mut Option<(f64, i32)>, room: &mut Room| match self.fit(
            counts,
            total,
            lambda(halves),
            NEARLY,
            room,
        ) {
            Some(bic) if found.is_none_or(|(lowest, _)| bic < lowest) => {
                *found = Some((bic, halves));
                kept.clone_from(&room.theta);
            }
            Some(_) => {}
            None => start(room),
        };
        start(room);
        // The smoothest first: each fit begins where the one before ended.
        for halves in (-2..=14).rev().step_by(2) {
            attempt(halves, &mut found, room);
        }
        let Some((_, centre)) = found else { return false };
        for halves in [centre - 1, centre + 1] {
            attempt(halves, &mut found, room);
        }
        let Some((_, best)) = found else { return false };
        room.theta.clone_from(&kept);
        self.fit(counts, total, lambda(best), AT_REST, room).is_some()
    }

    /// Steps from `theta` to rest; gives the BIC.
    fn fit(&self, counts: &[f64], total: f64, lambda: f64, rest: f64, room: &mut Room) -> Option<f64> {
        self.spread(room);
        for _ in 0..MOST_STEPS {
            self.step(counts, lambda, room)?;
            std::mem::swap(&mut room.theta, &mut room.right);
            let moved = self.spread(room);
            if !moved.is_finite() {
                return None;
            }
            if moved <= rest * total {
                return Some(self.bic(counts, lambda, room));
            }
        }
        None
    }

    /// `eta` and `mu` from `theta`; how much `mu` changed.
    fn spread(&self, room: &mut Room) -> f64 {
        let mut moved = 0.0;
        for (year, (at, values)) in self.splines.iter().enumerate() {
            let theta = &room.theta[*at..at + 4];
            let eta = theta[0] * values[0] + theta[1] * values[1] + theta[2] * values[2] + theta[3] * values[3];
            let mu = eta.exp();
            moved += (mu - room.mu[year]).abs();
            room.eta[year] = eta;
            room.mu[year] = mu;
        }
        moved
    }

    /// Means and design at `mu`; the weighted cross product in `matrix`, with the penalty.
    fn normal(&self, counts: &[f64], lambda: f64, room: &mut Room) {
        let row = self.band + 1;
        for (matrix, penalty) in room.matrix.iter_mut().zip(&self.penalty) {
            *matrix = lambda * penalty;
        }
        room.right.fill(0.0);
        for (group, (years, reach)) in self.groups.iter().enumerate() {
            let design = &mut room.design[group * row..group * row + reach.len()];
            design.fill(0.0);
            let (mut mean, mut shifted) = (0.0, 0.0);
            for year in years.clone() {
                let (at, values) = &self.splines[year];
                let mu = room.mu[year];
                mean += mu;
                shifted += mu * room.eta[year];
                let part = &mut design[at - reach.start..at - reach.start + 4];
                for (part, value) in part.iter_mut().zip(values) {
                    *part += mu * value;
                }
            }
            room.means[group] = mean;
            let inverse = if mean > 0.0 { 1.0 / mean } else { 0.0 };
            let right = counts[group] - mean + shifted;
            for high in 0..reach.len() {
                let scaled = design[high] * inverse;
                room.right[reach.start + high] += scaled * right;
                let end = (reach.start + high) * row + row;
                let line = &mut room.matrix[end - 1 - high..end];
                for (entry, low) in line.iter_mut().zip(&*design) {
                    *entry += scaled * low;
                }
            }
            design.iter_mut().for_each(|part| *part *= inverse);
        }
    }

    /// One scoring step, from `mu` to a new `theta` in `right`.
    fn step(&self, counts: &[f64], lambda: f64, room: &mut Room) -> Option<()> {
        self.normal(counts, lambda, room);
        self.factor(&mut room.matrix, &mut room.inverse)?;
        self.forward(&room.matrix, &room.inverse, &mut room.right, 0);
        let row = self.band + 1;
        for at in (0..self.size).rev() {
            let first = at.saturating_sub(self.band);
            let line = &room.matrix[at * row..(at + 1) * row];
            let value = room.right[at] * room.inverse[at];
            room.right[at] = value;
            let width = at - first;
            for (right, entry) in room.right[first..at].iter_mut().zip(&line[self.band - width..self.band]) {
                *right -= value * entry;
            }
        }
        Some(())
    }

    /// Cholesky in place; None where the matrix is not positive definite.
    fn factor(&self, matrix: &mut [f64], inverse: &mut [f64]) -> Option<()> {
        let (band, row) = (self.band, self.band + 1);
        for at in 0..self.size {
            let first = at.saturating_sub(band);
            let (done, rest) = matrix.split_at_mut(at * row);
            let line = &mut rest[..row];
            for other in first..at {
                let from = first.max(other.saturating_sub(band));
                let left = &done[other * row..(other + 1) * row];
                let ours = &line[band + from - at..band + other - at];
                let theirs = &left[band + from - other..band];
                let sum: f64 = ours.iter().zip(theirs).map(|(a, b)| a * b).sum();
                line[band + other - at] = (line[band + other - at] - sum) * inverse[other];
            }
            let sum: f64 = line[band + first - at..band].iter().map(|entry| entry * entry).sum();
            let square = line[band] - sum;
            if square.is_nan() || square <= line[band] * 1e-15 {
                return None;
            }
            inverse[at] = 1.0 / square.sqrt();
        }
        Some(())
    }

    /// Solves with the lower factor, for a right side that is zero before `from`.
    fn forward(&self, matrix: &[f64], inverse: &[f64], right: &mut [f64], from: usize) {
        let row = self.band + 1;
        for at in from..self.size {
            let first = at.saturating_sub(self.band).max(from);
            let line = &matrix[at * row..(at + 1) * row];
            let entries = &line[self.band + first - at..self.band];
            let sum: f64 = entries.iter().zip(&right[first..at]).map(|(a, b)| a * b).sum();
            right[at] = (right[at] - sum) * inverse[at];
        }
    }

    /// Deviance and the effective dimension, the trace of the hat matrix, by the logarithm of the number of groups.
    fn bic(&self, counts: &[f64], lambda: f64, room: &mut Room) -> f64 {
        if self.smoothing.is_some() {
            return 0.0;
        }
        self.normal(counts, lambda, room);
        if self.factor(&mut room.matrix, &mut room.inverse).is_none() {
            return f64::INFINITY;
        }
        let row = self.band + 1;
        let (mut deviance, mut dimension) = (0.0, 0.0);
        for (group, (_, reach)) in self.groups.iter().enumerate() {
            let (count, mean) = (counts[group], room.means[group]);
            deviance += 2.0 * (if count > 0.0 { count * (count / mean).ln() } else { 0.0 } - (count - mean));
            room.right.fill(0.0);
            room.right[reach.clone()].copy_from_slice(&room.design[group * row..group * row + reach.len()]);
            self.forward(&room.matrix, &room.inverse, &mut room.right, reach.start);
            dimension += mean * room.right[reach.start..].iter().map(|part| part * part).sum::<f64>();
        }
        deviance + (self.groups.len() as f64).ln() * dimension
    }
}
