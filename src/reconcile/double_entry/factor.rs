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
    /// A row for each unknown that is kept.
    rows: Rows,
}

/// Rows of what couples an unknown with the other side, over the roots there, and then of the factor's lower triangle. The
/// first part is what the elimination of the other side leaves in the factor, so that both are one factor in rows.
struct Rows {
    /// The rows, one after the other.
    cells: Vec<f64>,
    /// Where the lower triangle begins in a row; up to there a row is filled up with zeros.
    couple: usize,
    /// How long a row is.
    stride: usize,
}

impl Rows {
    fn new(rows: usize, columns: usize) -> Rows {
        let couple = columns.next_multiple_of(LANES);
        let stride = couple + rows.next_multiple_of(LANES);
        Rows { cells: vec![0.0; rows * stride], couple, stride }
    }

    fn couple(&self, r: usize) -> &[f64] {
        &self.cells[r * self.stride..][..self.couple]
    }

    fn lower(&self, r: usize) -> &[f64] {
        &self.cells[r * self.stride + self.couple..][..=r]
    }
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
        let mut rows = Rows::new(kept.len(), gone.len());
        // Where the product of a pair goes: one of its unknowns has a row, the other a place in it.
        let mut place = vec![0; system.unknowns()];
        kept.iter().enumerate().for_each(|(at, unknown)| place[*unknown] = at * rows.stride);
        gone.iter().enumerate().for_each(|(at, unknown)| place[*unknown] = at);
        let mut diagonal = vec![0.0; system.unknowns()];
        for alike in system.of_each_sender() {
            let (from, mut own) = (alike[0].from as usize, 0.0);
            for row in alike {
                let to = row.to as usize;
                diagonal[to] += row.w * row.p * row.p;
                own += row.w * row.q * row.q;
                if free[to] && free[from] {
                    rows.cells[place[to] + place[from]] += row.w * row.p * row.q;
                }
            }
            diagonal[from] += own;
        }
        let root: Vec<f64> = gone.iter().map(|unknown| diagonal[*unknown].sqrt()).collect();
        for row in rows.cells.chunks_exact_mut(rows.stride.max(1)) {
            row.iter_mut().zip(&root).for_each(|(cell, root)| *cell /= root);
        }
        let diagonal: Vec<f64> = kept.iter().map(|unknown| diagonal[*unknown]).collect();
        match factor(&mut rows.cells, rows.couple, rows.stride, &diagonal) {
            None => Ok(Factored { kept, gone, root, rows }),
            Some(at) => Err(kept[at]),
        }
    }

    /// Solves for the unknowns that are free, in place; the others become 0.
    pub fn solve(&self, right: &mut [f64]) {
        let mut gone: Vec<f64> = self.gone.iter().zip(&self.root).map(|(at, root)| right[*at] / root).collect();
        gone.resize(self.rows.couple, 0.0);
        let mut kept: Vec<f64> = self.kept.iter().map(|at| right[*at]).collect();
        for r in 0..kept.len() {
            let row = self.rows.lower(r);
            kept[r] = (kept[r] + dot(self.rows.couple(r), &gone) - dot(&row[..r], &kept[..r])) / row[r];
        }
        for r in (0..kept.len()).rev() {
            let row = self.rows.lower(r);
            kept[r] /= row[r];
            let (before, [solved, ..]) = kept.split_at_mut(r) else { unreachable!("a row has its place") };
            before.iter_mut().zip(row).for_each(|(before, cell)| *before -= cell * *solved);
        }
        for (r, kept) in kept.iter().enumerate() {
            gone.iter_mut().zip(self.rows.couple(r)).for_each(|(gone, cell)| *gone += cell * kept);
        }
        right.fill(0.0);
        self.kept.iter().zip(kept).for_each(|(at, found)| right[*at] = found);
        self.gone.iter().zip(gone).zip(&self.root).for_each(|((at, found), root)| right[*at] = found / root);
    }
}

/// A pivot that is less of its diagonal element is rounding. Whether one a little above it can be worked with is found out
/// when the solution is refined.
const LEAST: f64 = 16.0 * f64::EPSILON;

/// Sums run in so many lanes, which are added in one order: the same bits on every processor, however rows are taken
/// together.
const LANES: usize = 8;
/// So many columns of the factor are found at a time: few enough to lie in the nearest cache.
const PANEL: usize = 16;

/// Factors the diagonal less the products of the rows with each other; gives the row at which nothing but rounding was left.
///
/// By panels, from the left: the products of all that is known already make most of the work and need no order, so they
/// are taken of two rows by three columns at once; what columns of one panel do to each other is little.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn factor(cells: &mut [f64], couple: usize, stride: usize, diagonal: &[f64]) -> Option<usize> {
    let rows = diagonal.len();
    let mut panel = vec![0.0; PANEL * rows];
    for first in (0..rows).step_by(PANEL) {
        let last = rows.min(first + PANEL);
        let known = |row: usize| &cells[row * stride..][..couple + first];
        for r in (first..rows).step_by(2) {
            // At the edges a row or a column is taken twice, and written twice.
            let two = [r, (r + 1).min(rows - 1)];
            for c in (first..last.min(r + 2)).step_by(3) {
                let three = [c, (c + 1).min(last - 1), (c + 2).min(last - 1)];
                let met = products(two.map(known), three.map(known));
                for (r, met) in two.iter().zip(met) {
                    three.iter().zip(met).for_each(|(c, met)| panel[(c - first) * rows + r] = -met);
                }
            }
        }
        for c in first..last {
            let (before, own) = panel.split_at_mut((c - first) * rows);
            let own = &mut own[c..rows];
            own[0] += diagonal[c];
            for column in before.chunks_exact(rows) {
                let (times, column) = (column[c], &column[c..]);
                own.iter_mut().zip(column).for_each(|(own, cell)| *own -= times * cell);
            }
            // A pivot that is not a number is not above it either.
            if own[0].partial_cmp(&(LEAST * diagonal[c])) != Some(std::cmp::Ordering::Greater) {
                return Some(c);
            }
            let root = own[0].sqrt();
            own.iter_mut().for_each(|cell| *cell /= root);
        }
        for r in first..rows {
            for c in first..last.min(r + 1) {
                cells[r * stride + couple + c] = panel[(c - first) * rows + r];
            }
        }
    }
    None
}

/// The sum of products of each row with each column.
#[inline(always)]
#[allow(clippy::inline_always)] // or it is not compiled for the processor that its caller is compiled for
fn products<const R: usize, const C: usize>(rows: [&[f64]; R], columns: [&[f64]; C]) -> [[f64; C]; R] {
    let mut lanes = [[[0.0; LANES]; C]; R];
    let (rows, columns) = (rows.map(|row| row.as_chunks::<LANES>().0), columns.map(|column| column.as_chunks().0));
    let length = rows.iter().chain(&columns).map(|chunks| chunks.len()).min().unwrap_or_default();
    let (rows, columns) = (rows.map(|row| &row[..length]), columns.map(|column| &column[..length]));
    for at in 0..length {
        for r in 0..R {
            for c in 0..C {
                for k in 0..LANES {
                    lanes[r][c][k] += rows[r][at][k] * columns[c][at][k];
                }
            }
        }
    }
    lanes.map(|row| row.map(added))
}

/// The lanes added up.
#[inline(always)]
#[allow(clippy::inline_always)] // as above
fn added(lanes: [f64; LANES]) -> f64 {
    let pair = |k: usize| lanes[k] + lanes[k + 4];
    (pair(0) + pair(1)) + (pair(2) + pair(3))
}

/// The sum of products.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let rest_a = a.as_chunks::<LANES>().1;
    let rest_b = b.as_chunks::<LANES>().1;
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    products([a], [b])[0][0] + rest
}
