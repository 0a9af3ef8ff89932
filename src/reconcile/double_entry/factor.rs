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
    /// Columns of what couples the kept unknowns with each that is gone, over its root, and then of the lower triangle of
    /// the complement's factor: both together are the lower part of the factor of the whole matrix.
    columns: Vec<f64>,
    /// How long a column is: a cell for each unknown that is kept, filled up with zeros.
    stride: usize,
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
        let stride = kept.len().next_multiple_of(LANES).max(LANES);
        let mut columns = vec![0.0; (gone.len() + kept.len()) * stride];
        // Where the product of a pair goes: one of its unknowns has a column, the other a place in it.
        let mut place = vec![0; system.unknowns()];
        kept.iter().enumerate().for_each(|(at, unknown)| place[*unknown] = at);
        gone.iter().enumerate().for_each(|(at, unknown)| place[*unknown] = at * stride);
        let mut diagonal = vec![0.0; system.unknowns()];
        for alike in system.of_each_sender() {
            let (from, mut own) = (alike[0].from as usize, 0.0);
            for row in alike {
                let to = row.to as usize;
                diagonal[to] += row.w * row.p * row.p;
                own += row.w * row.q * row.q;
                if free[to] && free[from] {
                    columns[place[to] + place[from]] += row.w * row.p * row.q;
                }
            }
            diagonal[from] += own;
        }
        let root: Vec<f64> = gone.iter().map(|unknown| diagonal[*unknown].sqrt()).collect();
        for (column, root) in columns.chunks_exact_mut(stride).zip(&root) {
            column.iter_mut().for_each(|cell| *cell /= root);
        }
        let diagonal: Vec<f64> = kept.iter().map(|unknown| diagonal[*unknown]).collect();
        match factor(&mut columns, stride, gone.len(), &diagonal) {
            None => Ok(Factored { kept, gone, root, columns, stride }),
            Some(at) => Err(kept[at]),
        }
    }

    /// Solves for the unknowns that are free, in place; the others become 0.
    pub fn solve(&self, right: &mut [f64]) {
        let (couple, lower) = self.columns.split_at(self.gone.len() * self.stride);
        let mut gone: Vec<f64> = self.gone.iter().zip(&self.root).map(|(at, root)| right[*at] / root).collect();
        let mut kept: Vec<f64> = self.kept.iter().map(|at| right[*at]).collect();
        substitute(couple, lower, self.stride, &mut gone, &mut kept);
        right.fill(0.0);
        self.kept.iter().zip(kept).for_each(|(at, found)| right[*at] = found);
        self.gone.iter().zip(gone).zip(&self.root).for_each(|((at, found), root)| right[*at] = found / root);
    }
}

/// A pivot that is less of its diagonal element is rounding. Whether one a little above it can be worked with is found out
/// when the solution is refined.
const LEAST: f64 = 16.0 * f64::EPSILON;

/// Rows of a column that are taken at once. Each cell is summed by itself, so that the bits are the same on every
/// processor, however many it takes.
const LANES: usize = 8;
/// Columns whose sums are taken at once: with the rows, as many as most processors have registers for.
const TILE: usize = 6;
/// Columns that are found at a time, whole tiles and rows of lanes: few enough to lie in the nearest cache.
const PANEL: usize = 24;

/// Factors the diagonal less the products of the rows of the first `gone` columns with each other, whose columns follow
/// these; gives the one at which nothing but rounding was left.
///
/// By panels, from the left: the products of all that is known already make most of the work and need no order, so they
/// are taken by tiles; what columns of one panel do to each other is little.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn factor(columns: &mut [f64], stride: usize, gone: usize, diagonal: &[f64]) -> Option<usize> {
    let rows = diagonal.len();
    for first in (0..rows).step_by(PANEL) {
        let (known, rest) = columns.split_at_mut((gone + first) * stride);
        let panel = &mut rest[..PANEL.min(rows - first) * stride];
        for (tile, at) in panel.chunks_mut(TILE * stride).zip((first..).step_by(TILE)) {
            // Cells above the diagonal are never read; of a narrow tile, the rest is nothing.
            let met: Vec<[f64; TILE]> = known.chunks_exact(stride).map(|column| within(&column[at..])).collect();
            for r in first / LANES..stride / LANES {
                let sums = products(known, stride, r, &met);
                for (column, sums) in tile.chunks_exact_mut(stride).zip(sums) {
                    column.as_chunks_mut().0[r] = sums.map(|sum| -sum);
                }
            }
        }
        for c in 0..panel.len() / stride {
            let (before, own) = panel.split_at_mut(c * stride);
            let (own, at) = (&mut own[first + c..rows], first + c);
            own[0] += diagonal[at];
            for column in before.chunks_exact(stride) {
                let column = &column[at..rows];
                let times = column[0];
                own.iter_mut().zip(column).for_each(|(own, cell)| *own -= times * cell);
            }
            // A pivot that is not a number is not above it either.
            if own[0].partial_cmp(&(LEAST * diagonal[at])) != Some(std::cmp::Ordering::Greater) {
                return Some(at);
            }
            let root = own[0].sqrt();
            own.iter_mut().for_each(|cell| *cell /= root);
        }
    }
    None
}

/// The first cells, zeros where there are fewer.
fn within(cells: &[f64]) -> [f64; TILE] {
    std::array::from_fn(|at| cells.get(at).copied().unwrap_or_default())
}

/// For each column of a tile the sums of products in the rows of one place.
#[inline(always)]
#[allow(clippy::inline_always)] // or it is not compiled for the processor that its caller is compiled for
fn products(known: &[f64], stride: usize, place: usize, met: &[[f64; TILE]]) -> [[f64; LANES]; TILE] {
    let mut sums = [[0.0; LANES]; TILE];
    for (column, met) in known.chunks_exact(stride).zip(met) {
        let rows: &[f64; LANES] = &column.as_chunks().0[place];
        for c in 0..TILE {
            for k in 0..LANES {
                sums[c][k] += met[c] * rows[k];
            }
        }
    }
    sums
}

/// The equations of both sides solved, one unknown after another, down the columns and back.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn substitute(couple: &[f64], lower: &[f64], stride: usize, gone: &mut [f64], kept: &mut [f64]) {
    for (column, gone) in couple.chunks_exact(stride).zip(&*gone) {
        kept.iter_mut().zip(column).for_each(|(kept, cell)| *kept += cell * gone);
    }
    for (c, column) in lower.chunks_exact(stride).enumerate() {
        let [own, below @ ..] = &mut kept[c..] else { unreachable!("a column has its place") };
        *own /= column[c];
        below.iter_mut().zip(&column[c + 1..]).for_each(|(below, cell)| *below -= cell * *own);
    }
    for (c, column) in lower.chunks_exact(stride).enumerate().rev() {
        let [own, below @ ..] = &mut kept[c..] else { unreachable!("a column has its place") };
        *own = (*own - dot(below, &column[c + 1..c + 1 + below.len()])) / column[c];
    }
    for (column, gone) in couple.chunks_exact(stride).zip(gone) {
        *gone += dot(kept, &column[..kept.len()]);
    }
}

/// The sum of products, in lanes that are added in one order.
#[inline(always)]
#[allow(clippy::inline_always)] // as above
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for k in 0..LANES {
            lanes[k] += a[k] * b[k];
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    let pair = |k: usize| lanes[k] + lanes[k + 4];
    (pair(0) + pair(1)) + (pair(2) + pair(3)) + rest
}
