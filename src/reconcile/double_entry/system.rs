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
        for Cell { receiving: to, sending: from, inflow, outflow, weight } in component.cells.iter().copied() {
            // Where one report is 0, its reporter may be of another component: it has no part in the row.
            let to = to_place.get(to as usize).copied().unwrap_or_default() as usize;
            let from = from_place.get(from as usize).copied().unwrap_or(receiving as u32) as usize;
            let (p, q, y) = if method == Method::LogLinear {
                (1.0, 1.0, outflow.ln() - inflow.ln())
            } else {
                (inflow, outflow, 0.0)
            };
            largest[to] = largest[to].max(p);
            largest[from] = largest[from].max(q);
            heaviest = heaviest.max(weight);
            rows.push(Row { to: to as u32, from: from as u32, p, q, y, w: weight });
        }
        let scale: Vec<f64> = largest.into_iter().map(power).collect();
        let weight = power(heaviest);
        for row in &mut rows {
            row.p /= scale[row.to as usize];
            row.q /= scale[row.from as usize];
            row.w /= weight;
        }
        let floor = if method == Method::LogLinear { 1.0 } else { 0.0 };
        System { receiving, rows, scale, weight, floor }
    }

    /// How many unknowns there are.
    pub fn unknowns(&self) -> usize {
        self.scale.len()
    }

    /// What is left of the sum of squares' gradient, halved and turned downhill.
    pub fn downhill(&self, x: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; x.len()];
        for row in &self.rows {
            let (to, from) = (row.to as usize, row.from as usize);
            let left = row.w * (row.y - (row.p * x[to] - row.q * x[from]));
            out[to] += row.p * left;
            out[from] -= row.q * left;
        }
        out
    }

    /// What the terms of the gradient are in size: what rounding of it is small beside.
    pub fn sizes(&self, x: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; x.len()];
        for row in &self.rows {
            let (to, from) = (row.to as usize, row.from as usize);
            let all = row.w * (row.y.abs() + (row.p * x[to]).abs() + (row.q * x[from]).abs());
            out[to] += row.p * all;
            out[from] += row.q * all;
        }
        out
    }

    /// The weighted sum of squares, scaled as the weights are.
    pub fn squares(&self, x: &[f64]) -> f64 {
        let left = |row: &Row| row.y - (row.p * x[row.to as usize] - row.q * x[row.from as usize]);
        self.rows.iter().map(|row| row.w * left(row) * left(row)).sum()
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
