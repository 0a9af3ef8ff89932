//! Benchmarking: months whose totals are the figures and whose movement is as even as they allow.
//!
//! F. T. Denton, *Adjustment of monthly or quarterly series to annual totals: an approach based on quadratic
//! minimization*, Journal of the American Statistical Association 66 (1971), with the first value left free as in
//! P. A. Cholette, *Adjusting sub-annual series to yearly benchmarks*, Survey Methodology 10 (1984).

use super::{Error, Figure, Piece, Weights, cut, label, weighed};

/// Spreads figures whose periods follow one another over their months.
///
/// Proportional: the differences of x/p between neighbours are the least in squares, where p is what the months weigh;
/// additive: those of a day's flow less what the months would have it be. Without weights p is the days, and both are one.
pub fn spread(run: &[Figure], follow: Option<&Weights>, additive: bool) -> Result<Vec<Vec<Piece>>, Error> {
    let mut sources = Vec::with_capacity(run.len());
    for figure in run {
        let cells = cut(figure.period)?;
        let days: Vec<f64> = cells.iter().map(|(cell, _)| f64::from(cell.end - cell.start)).collect();
        let weight = follow.map(|weights| weighed(&cells, weights)).transpose()?;
        if !additive && let Some(at) = weight.as_ref().and_then(|w| w.iter().position(|w| *w <= 0.0)) {
            return Err(Error::Schema(format!(
                "row {}: the share of month {} is zero, and method='denton' divides by it; use 'denton-additive' or \
                 'seasonal'",
                figure.row,
                &cells[at].1.to_string()[..7]
            )));
        }
        sources.push((cells, days, weight));
    }
    let total: f64 = run.iter().map(|one| one.value).sum();
    let weights: f64 = sources.iter().flat_map(|(_, _, weight)| weight.iter().flatten()).sum();
    // Additive: what a month would be at the level of the whole run.
    let level = if weights == 0.0 { 0.0 } else { total / weights };
    let mut parts = Vec::with_capacity(run.len());
    for (figure, (_, days, weight)) in run.iter().zip(&sources) {
        let expected: Vec<f64> = match weight {
            Some(weight) if additive => weight.iter().map(|w| w * level).collect(),
            _ => vec![0.0; days.len()],
        };
        let scale = if additive { days.clone() } else { weight.clone().unwrap_or_else(|| days.clone()) };
        let rest = figure.value - expected.iter().sum::<f64>();
        parts.push((expected, scale, rest));
    }
    let rates = smooth(&parts.iter().map(|(_, scale, rest)| (scale.as_slice(), *rest)).collect::<Vec<_>>());
    let mut out = Vec::with_capacity(run.len());
    for (((figure, (cells, _, _)), (expected, scale, _)), rates) in run.iter().zip(&sources).zip(&parts).zip(rates) {
        let mut values: Vec<f64> =
            expected.iter().zip(scale).zip(rates).map(|((expected, scale), rate)| expected + scale * rate).collect();
        // What rounding left over goes to all months alike, so that the figure is kept.
        let all: f64 = scale.iter().sum();
        let left = figure.value - values.iter().sum::<f64>();
        values.iter_mut().zip(scale).for_each(|(value, scale)| *value += left * (scale / all));
        if values.iter().any(|value| !value.is_finite()) {
            return Err(Error::Schema(format!(
                "row {}: the figure of {} is too large to be spread",
                figure.row,
                label(figure.period)
            )));
        }
        out.push(cells.iter().zip(values).map(|((period, _), value)| Piece { period: *period, value }).collect());
    }
    Ok(out)
}

/// The rates r whose first differences are the least in squares and for which each source keeps sum(scale r) = total.
///
/// The conditions of the minimum, each source's months followed by the multiplier of its total, are a banded system.
fn smooth(sources: &[(&[f64], f64)]) -> Vec<Vec<f64>> {
    let months: usize = sources.iter().map(|(scale, _)| scale.len()).sum();
    let mean = sources.iter().flat_map(|(scale, _)| scale.iter()).sum::<f64>() / months as f64;
    let largest = sources.iter().map(|(_, total)| total.abs()).fold(0.0, f64::max);
    if largest == 0.0 {
        return sources.iter().map(|(scale, _)| vec![0.0; scale.len()]).collect();
    }
    let size = months + sources.len();
    let band = sources.iter().map(|(scale, _)| scale.len()).max().unwrap_or(1).max(2);
    let mut system = Banded::new(size, band);
    let mut right = vec![0.0; size];
    let mut before = None;
    let mut at = 0;
    for (scale, total) in sources {
        let multiplier = at + scale.len();
        for weight in *scale {
            if let Some(before) = before {
                system.add(before, before, 1.0);
                system.add(at, at, 1.0);
                system.add(before, at, -1.0);
                system.add(at, before, -1.0);
            }
            system.add(at, multiplier, weight / mean);
            system.add(multiplier, at, weight / mean);
            before = Some(at);
            at += 1;
        }
        right[multiplier] = total / largest;
        at += 1;
    }
    system.solve(&mut right);
    let mut rest = right.as_slice();
    let mut rates = Vec::with_capacity(sources.len());
    for (scale, _) in sources {
        let (now, later) = rest.split_at(scale.len());
        rates.push(now.iter().map(|rate| rate * (largest / mean)).collect());
        rest = &later[1..];
    }
    rates
}

/// A square matrix that is zero further than `band` from its diagonal, with room for what pivoting fills.
struct Banded {
    size: usize,
    band: usize,
    cells: Vec<f64>,
}

impl Banded {
    fn new(size: usize, band: usize) -> Self {
        Self { size, band, cells: vec![0.0; size * (3 * band + 1)] }
    }

    fn at(&self, row: usize, column: usize) -> usize {
        row * (3 * self.band + 1) + column + self.band - row
    }

    fn add(&mut self, row: usize, column: usize, value: f64) {
        let at = self.at(row, column);
        self.cells[at] += value;
    }

    /// Gauss's elimination with partial pivoting; `right` becomes the solution.
    fn solve(mut self, right: &mut [f64]) {
        for k in 0..self.size {
            let (below, after) = ((k + self.band + 1).min(self.size), (k + 2 * self.band + 1).min(self.size));
            let size_of = |row: usize| self.cells[self.at(row, k)].abs();
            let pivot = (k..below).fold(k, |best, row| if size_of(row) > size_of(best) { row } else { best });
            if pivot != k {
                right.swap(pivot, k);
                for column in k..after {
                    let (a, b) = (self.at(pivot, column), self.at(k, column));
                    self.cells.swap(a, b);
                }
            }
            for row in k + 1..below {
                let factor = self.cells[self.at(row, k)] / self.cells[self.at(k, k)];
                if factor == 0.0 {
                    continue;
                }
                for column in k..after {
                    let (to, from) = (self.at(row, column), self.at(k, column));
                    self.cells[to] -= factor * self.cells[from];
                }
                right[row] -= factor * right[k];
            }
        }
        for k in (0..self.size).rev() {
            let after = (k + 2 * self.band + 1).min(self.size);
            let known: f64 = (k + 1..after).map(|column| self.cells[self.at(k, column)] * right[column]).sum();
            right[k] = (right[k] - known) / self.cells[self.at(k, k)];
        }
    }
}
