//! The factors of one component that make its sum of squares least.
//!
//! With one receiving reporter's unknown given, the others are the solution u of positive definite normal equations. The
//! sum form follows from u and from v, the same equations with the totals c at their right. Let g = c'u, h = c'v, d what
//! was reported, and s the sum of squares of u, which is the pivot that the full matrix would have at that unknown. Then
//! its factor is f = d / (g + s h / g), and all factors are f u + (s f / g) v. Nothing in it is subtracted, and s is taken
//! from the pairs themselves: exact figures, for which the full matrix is singular, need no case of their own.
//!
//! The matrix has no positive element off its diagonal, so its inverse has no negative one: u and v are positive, and so
//! are all factors.

use super::factor::Factored;
use super::system::{Left, System};

/// Unknowns as they were found.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The unknowns, as they are outside of the system.
    pub x: Vec<f64>,
    /// Which of them is given, or the one that the others were solved beside.
    pub anchor: usize,
    /// Steps until nothing moved.
    pub steps: u32,
    /// What is left of the conditions of an optimum, beside the terms that should cancel.
    pub residual: f64,
    /// The weighted sum of squares.
    pub squares: f64,
    /// For each unknown which bound holds it.
    pub held: Vec<Held>,
}

/// The bound that holds an unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// None.
    Free,
    /// The least that it may be.
    Low,
    /// The most that it may be.
    High,
}

/// The unknown at which the equations turned out to have no solution of their own.
#[derive(Debug)]
pub struct Singular(pub usize);

/// What is left may not be more than this for figures to be given.
const MOST: f64 = 1e-9;

/// With the unknown of one receiving reporter given.
pub fn beside(system: &System, anchor: usize, given: f64) -> Result<Solution, Singular> {
    let mut x = vec![0.0; system.unknowns()];
    x[anchor] = given * system.scale[anchor];
    let free: Vec<bool> = (0..x.len()).map(|at| at != anchor).collect();
    let factored = Factored::new(system, &free).map_err(Singular)?;
    let steps = refine(system, &factored, &mut x, None)?;
    let left = system.left(&x);
    let residual = worst(&left.downhill, &left.sizes, &free);
    finish(system, x, anchor, steps, residual, left.squares)
}

/// With the adjusted figures of all pairs adding up to the reported ones.
pub fn summing(system: &System) -> Result<Solution, Singular> {
    let totals = system.totals();
    let anchor = (0..system.receiving).rev().max_by(|a, b| totals[*a].total_cmp(&totals[*b])).unwrap_or_default();
    let free: Vec<bool> = (0..totals.len()).map(|at| at != anchor).collect();
    let factored = Factored::new(system, &free).map_err(Singular)?;
    // u and v above.
    let mut lead = vec![0.0; totals.len()];
    lead[anchor] = 1.0;
    let mut along = vec![0.0; totals.len()];
    let steps = refine(system, &factored, &mut lead, None)?;
    let steps = steps.max(refine(system, &factored, &mut along, Some(&totals))?);
    let of = |x: &[f64]| -> f64 { totals.iter().zip(x).map(|(total, x)| total * x).sum() };
    // g, h and s above.
    let (sum_lead, sum_along, squares) = (of(&lead), of(&along), system.squares(&lead) / system.weight);
    // What the pairs reported, in the units of the system: the totals are of scaled columns.
    let reported: f64 = totals.iter().zip(&system.scale).map(|(total, scale)| total * scale).sum();
    let first = reported / (sum_lead + squares * sum_along / sum_lead);
    let push = squares * first / sum_lead;
    let x: Vec<f64> = lead.iter().zip(&along).map(|(lead, along)| first * lead + push * along).collect();
    let Left { mut downhill, sizes, squares } = system.left(&x);
    downhill.iter_mut().zip(&totals).for_each(|(downhill, total)| *downhill += push * total);
    let residual = worst(&downhill, &sizes, &vec![true; x.len()]);
    finish(system, x, anchor, steps, residual, squares)
}

/// The largest of what is left, beside the terms that should cancel.
pub fn worst(left: &[f64], sizes: &[f64], of: &[bool]) -> f64 {
    let each = left.iter().zip(sizes).zip(of).filter(|((left, _), of)| **of && **left != 0.0);
    each.map(|((left, size), _)| left.abs() / size).fold(0.0, f64::max)
}

fn finish(
    system: &System,
    mut x: Vec<f64>,
    anchor: usize,
    steps: u32,
    residual: f64,
    squares: f64,
) -> Result<Solution, Singular> {
    if residual.is_nan() || residual > MOST {
        return Err(Singular(anchor));
    }
    x.iter_mut().zip(&system.scale).for_each(|(x, scale)| *x /= scale);
    let held = vec![Held::Free; x.len()];
    Ok(Solution { x, anchor, steps, residual, squares, held })
}

/// Steps towards where the gradient, taken from the pairs themselves, is that of `linear`, until nothing moves.
pub fn refine(system: &System, factored: &Factored, x: &mut [f64], linear: Option<&[f64]>) -> Result<u32, Singular> {
    let mut last = 1.0;
    for step in 1..=30 {
        let mut move_by = system.downhill(x);
        if let Some(linear) = linear {
            move_by.iter_mut().zip(linear).for_each(|(move_by, linear)| *move_by += linear);
        }
        factored.solve(&mut move_by);
        let (mut moved, mut at) = (0.0, 0);
        for (k, (x, by)) in x.iter_mut().zip(&move_by).enumerate().filter(|(_, (_, by))| **by != 0.0) {
            *x += by;
            let part = by.abs() / x.abs().max(system.floor).max(f64::MIN_POSITIVE);
            if part.is_nan() || part > moved {
                (moved, at) = (part, k);
            }
        }
        // Steps shrink by the same part each time: is the next one nothing?
        if moved * (moved / last) <= f64::EPSILON {
            return Ok(step);
        }
        // The first step goes all the way, and each later one is to be shorter, until rounding keeps it from being so.
        if step > 2 && (moved.is_nan() || moved > last / 2.0) {
            return if last <= MOST { Ok(step) } else { Err(Singular(at)) };
        }
        last = moved;
    }
    Err(Singular(0))
}
