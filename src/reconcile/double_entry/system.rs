//! The sum of squares that is made small: each pair says that `p x_j - q x_i` should be `y`, with a weight.
//!
//! In levels p is the inflow and q the outflow, y is 0 and x are the factors; in logarithms p and q are 1, y is
//! ln(outflow / inflow) and x the logarithms of the factors. Columns and weights are scaled by powers of two, which is
//! exact, so that neither large figures nor small weights leave the range of numbers.

use super::Method;
use super::cells::{Cell, Component};

/// One pair, with its reporters as places among the unknowns: receiving ones first.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Place of the receiving reporter.
    pub to: u32,
    /// Place of the sending reporter.
    pub from: u32,
    /// What the receiving reporter's unknown is multiplied by.
    pub p: f64,
    /// What the sending reporter's unknown is multiplied by.
    pub q: f64,
    /// What the difference should be.
    pub y: f64,
    /// Weight.
    pub w: f64,
}

/// The pairs of one component.
#[derive(Debug)]
pub struct System {
    /// How many receiving reporters there are.
    pub receiving: usize,
    /// The pairs, in order.
    pub rows: Vec<Row>,
    /// What an unknown here is the unknown outside multiplied by.
    pub scale: Vec<f64>,
    /// What weights were divided by.
    pub weight: f64,
    /// Below it the size of an unknown does not matter: 0 for factors, 1 for their logarithms.
    pub floor: f64,
}

/// What is left at some unknowns.
#[derive(Debug)]
pub struct Left {
    /// The gradient of the sum of squares, halved and turned downhill.
    pub downhill: Vec<f64>,
    /// What its terms are in size: what rounding of it is small beside.
    pub sizes: Vec<f64>,
    /// The weighted sum of squares.
    pub squares: f64,
}

/// The power of two of a number above 0; 1 for 0.
fn power(value: f64) -> f64 {
    if value == 0.0 {
        return 1.0;
    }
    // Halfway to the ends of the range, so that its inverse is a number too.
    f64::from_bits((value.to_bits() >> 52).clamp(1, 2045) << 52)
}

/// For each number up to the largest its place after `first`; that of the first for those which have none.
fn places(of: &[u32], first: usize) -> Vec<u32> {
    let mut places = vec![first as u32; of.last().map_or(0, |last| *last as usize + 1)];
    of.iter().zip(first as u32..).for_each(|(number, place)| places[*number as usize] = place);
    places
}

impl System {
    /// The pairs of a component as rows.
    pub fn new(component: &Component, method: Method) -> System {
        let (receiving, sending) = (component.receiving.len(), component.sending.len());
        let (to_place, from_place) = (places(&component.receiving, 0), places(&component.sending, receiving));
        let mut largest = vec![0.0_f64; receiving + sending];
        let mut heaviest = 0.0_f64;
        let mut rows = Vec::with_capacity(component.cells.len());
        for alike in component.cells.chunk_by(|a, b| a.sending == b.sending) {
            // Where one report is 0, its reporter may be of another component: it has no part in the row.
            let from = from_place.get(alike[0].sending as usize).copied().unwrap_or(receiving as u32);
            let mut most = largest[from as usize];
            for Cell { receiving: to, inflow, outflow, weight, .. } in alike.iter().copied() {
                let to = to_place.get(to as usize).copied().unwrap_or_default();
                let (p, q, y) = if method == Method::LogLinear {
                    (1.0, 1.0, outflow.ln() - inflow.ln())
                } else {
                    (inflow, outflow, 0.0)
                };
                largest[to as usize] = largest[to as usize].max(p);
                most = most.max(q);
                heaviest = heaviest.max(weight);
                rows.push(Row { to, from, p, q, y, w: weight });
            }
            largest[from as usize] = most;
        }
        let scale: Vec<f64> = largest.into_iter().map(power).collect();
        let weight = power(heaviest);
        // The inverse of a power of two is exact too.
        let (over, over_weight) = (scale.iter().map(|scale| 1.0 / scale).collect::<Vec<_>>(), 1.0 / weight);
        for row in &mut rows {
            row.p *= over[row.to as usize];
            row.q *= over[row.from as usize];
            row.w *= over_weight;
        }
        let floor = if method == Method::LogLinear { 1.0 } else { 0.0 };
        System { receiving, rows, scale, weight, floor }
    }

    /// How many unknowns there are.
    pub fn unknowns(&self) -> usize {
        self.scale.len()
    }

    /// The pairs of one sending reporter after those of another: their sums can stay at hand.
    pub fn of_each_sender(&self) -> impl Iterator<Item = &[Row]> {
        self.rows.chunk_by(|a, b| a.from == b.from)
    }

    /// What is left of the sum of squares' gradient, halved and turned downhill.
    pub fn downhill(&self, x: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; x.len()];
        for alike in self.of_each_sender() {
            let (from, mut own) = (alike[0].from as usize, 0.0);
            for row in alike {
                let to = row.to as usize;
                let left = row.w * (row.y - (row.p * x[to] - row.q * x[from]));
                out[to] += row.p * left;
                own += row.q * left;
            }
            out[from] -= own;
        }
        out
    }

    /// What is left of the gradient as [`System::downhill`] has it, and the sum of squares.
    pub fn left(&self, x: &[f64]) -> Left {
        let mut left = Left { downhill: vec![0.0; x.len()], sizes: vec![0.0; x.len()], squares: 0.0 };
        for alike in self.of_each_sender() {
            let (from, mut own, mut size) = (alike[0].from as usize, 0.0, 0.0);
            for row in alike {
                let to = row.to as usize;
                let (p, q) = (row.p * x[to], row.q * x[from]);
                let (apart, all) = (row.y - (p - q), row.w * (row.y.abs() + p.abs() + q.abs()));
                left.downhill[to] += row.p * (row.w * apart);
                left.sizes[to] += row.p * all;
                own += row.q * (row.w * apart);
                size += row.q * all;
                left.squares += row.w * apart * apart;
            }
            left.downhill[from] -= own;
            left.sizes[from] += size;
        }
        left.squares *= self.weight;
        left
    }

    /// The weighted sum of squares.
    pub fn squares(&self, x: &[f64]) -> f64 {
        self.left(x).squares
    }

    /// For each unknown the sum of what it is multiplied by.
    pub fn totals(&self) -> Vec<f64> {
        let mut out = vec![0.0; self.unknowns()];
        for row in &self.rows {
            out[row.to as usize] += row.p;
            out[row.from as usize] += row.q;
        }
        out
    }
}
