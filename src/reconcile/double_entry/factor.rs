//! The normal equations, factored once.
//!
//! A pair has one unknown of either side, so that among the unknowns of one side the matrix is diagonal. The larger side is
//! eliminated at once, and of the smaller one the Schur complement is factored (Cholesky).

use multiversion::multiversion;

use super::system::System;

/// Unknowns that are solved for, and how.
pub struct Factored {
    /// Unknowns of the side whose complement is factored.
    kept: Vec<usize>,
    /// Unknowns of the side that is eliminated.
    gone: Vec<usize>,
    /// Square roots of the eliminated diagonal.
    root: Vec<f64>,
    /// What couples both sides, over these roots: a row for each that is kept.
    couple: Vec<f64>,
    /// The lower triangle of the factor, in square rows.
    lower: Vec<f64>,
}

impl Factored {
    /// Factors the part of the normal equations that is free.
    ///
    /// # Errors
    /// The unknown at which the matrix was found to be singular.
    pub fn new(system: &System, free: &[bool]) -> Result<Factored, usize> {
        let side = |from: usize, to: usize| (from..to).filter(|at| free[*at]).collect::<Vec<_>>();
        let mut kept = side(0, system.receiving);
        let mut gone = side(system.receiving, system.unknowns());
        if kept.len() > gone.len() {
            std::mem::swap(&mut kept, &mut gone);
        }
        let (rows, columns) = (kept.len(), gone.len());
        let mut place = vec![usize::MAX; system.unknowns()];
        for side in [&kept, &gone] {
            side.iter().enumerate().for_each(|(at, unknown)| place[*unknown] = at);
        }
        let mut diagonal = vec![0.0; system.unknowns()];
        let mut couple = vec![0.0; rows * columns];
        for row in &system.rows {
            let (to, from) = (row.to as usize, row.from as usize);
            diagonal[to] += row.w * row.p * row.p;
            diagonal[from] += row.w * row.q * row.q;
            if free[to] && free[from] {
                let (r, c) = if kept.get(place[to]) == Some(&to) { (to, from) } else { (from, to) };
                couple[place[r] * columns + place[c]] += row.w * row.p * row.q;
            }
        }
        let root: Vec<f64> = gone.iter().map(|unknown| diagonal[*unknown].sqrt()).collect();
        for row in couple.chunks_exact_mut(columns.max(1)) {
            row.iter_mut().zip(&root).for_each(|(cell, root)| *cell /= root);
        }
        let diagonal: Vec<f64> = kept.iter().map(|unknown| diagonal[*unknown]).collect();
        let mut lower = vec![0.0; rows * rows];
        match factor(&mut lower, &couple, columns, &diagonal) {
            None => Ok(Factored { kept, gone, root, couple, lower }),
            Some(at) => Err(kept[at]),
        }
    }

    /// Solves for the unknowns that are free, in place; the others become 0.
    pub fn solve(&self, right: &mut [f64]) {
        let (rows, columns) = (self.kept.len(), self.gone.len());
        let mut gone: Vec<f64> = self.gone.iter().zip(&self.root).map(|(at, root)| right[*at] / root).collect();
        let mut kept: Vec<f64> = self.kept.iter().map(|at| right[*at]).collect();
        for (r, kept) in kept.iter_mut().enumerate() {
            *kept += dot(&self.couple[r * columns..(r + 1) * columns], &gone);
        }
        for r in 0..rows {
            let row = &self.lower[r * rows..=r * rows + r];
            kept[r] = (kept[r] - dot(&row[..r], &kept[..r])) / row[r];
        }
        for r in (0..rows).rev() {
            let row = &self.lower[r * rows..=r * rows + r];
            kept[r] /= row[r];
            let (before, [solved, ..]) = kept.split_at_mut(r) else { unreachable!("a row has its place") };
            before.iter_mut().zip(row).for_each(|(before, cell)| *before -= cell * *solved);
        }
        for (r, kept) in kept.iter().enumerate() {
            let row = &self.couple[r * columns..(r + 1) * columns];
            gone.iter_mut().zip(row).for_each(|(gone, cell)| *gone += cell * kept);
        }
        right.fill(0.0);
        self.kept.iter().zip(kept).for_each(|(at, found)| right[*at] = found);
        self.gone.iter().zip(gone).zip(&self.root).for_each(|((at, found), root)| right[*at] = found / root);
    }
}

/// A pivot that is less of its diagonal element is rounding. Whether one a little above it can be worked with is found out
/// when the solution is refined.
const LEAST: f64 = 16.0 * f64::EPSILON;

/// Factors the diagonal less the products of the rows with each other; gives the row at which nothing but rounding was left.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn factor(lower: &mut [f64], couple: &[f64], columns: usize, diagonal: &[f64]) -> Option<usize> {
    let rows = diagonal.len();
    for r in 0..rows {
        let (above, row) = lower.split_at_mut(r * rows);
        let own = &couple[r * columns..(r + 1) * columns];
        for c in 0..r {
            let met = dot(own, &couple[c * columns..(c + 1) * columns]);
            let before = &above[c * rows..=c * rows + c];
            row[c] = (-met - dot(&row[..c], &before[..c])) / before[c];
        }
        let pivot = diagonal[r] - dot(own, own) - dot(&row[..r], &row[..r]);
        // A pivot that is not a number is not above it either.
        if pivot.partial_cmp(&(LEAST * diagonal[r])) != Some(std::cmp::Ordering::Greater) {
            return Some(r);
        }
        row[r] = pivot.sqrt();
    }
    None
}

/// The sum of products, in eight lanes that are added in one order: the same bits on every processor.
#[inline(always)]
#[allow(clippy::inline_always)] // or it is not compiled for the processor that its caller is compiled for
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for k in 0..8 {
            lanes[k] += a[k] * b[k];
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    let pair = |k: usize| lanes[k] + lanes[k + 4];
    (pair(0) + pair(1)) + (pair(2) + pair(3)) + rest
}
