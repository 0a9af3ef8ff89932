//! The same with bounds on the factors: which of them a bound holds is found by the primal-dual active set method.
//!
//! M. Hintermüller, K. Ito and K. Kunisch, *The primal-dual active set strategy as a semismooth Newton method*, SIAM
//! Journal on Optimization 13 (2003). Where it goes in circles, one factor at a time changes, that of the lowest number
//! first, which ends for every positive definite matrix (K. G. Murty, *Note on a Bard-type scheme for solving the
//! complementarity problem*, Opsearch 11, 1974).

use super::factor::Factored;
use super::solve::{Held, Singular, Solution, refine, worst};
use super::system::{Left, System};

/// Rounds of changing all at once.
const AT_ONCE: u32 = 50;
/// Slack of what a bound must push, beside the terms that should cancel.
const SLACK: f64 = 1e-12;

/// With the unknown of one receiving reporter given, and all others between two bounds.
pub fn beside(system: &System, anchor: usize, given: f64, low: f64, high: f64) -> Result<Solution, Singular> {
    let unknowns = system.unknowns();
    let (lows, highs): (Vec<f64>, Vec<f64>) = system.scale.iter().map(|scale| (low * scale, high * scale)).unzip();
    let mut held = vec![Held::Free; unknowns];
    let mut steps = 0;
    let single = AT_ONCE + 64 * unknowns as u32;
    for round in 0..single {
        let free: Vec<bool> = (0..unknowns).map(|at| at != anchor && held[at] == Held::Free).collect();
        let mut x: Vec<f64> = (0..unknowns)
            .map(|at| match held[at] {
                Held::Free => 0.0,
                Held::Low => lows[at],
                Held::High => highs[at],
            })
            .collect();
        x[anchor] = given * system.scale[anchor];
        let factored = Factored::new(system, &free).map_err(Singular)?;
        steps += refine(system, &factored, &mut x, None)?;
        let Left { downhill, sizes, squares } = system.left(&x);
        let wanted: Vec<Held> = (0..unknowns)
            .map(|at| {
                let push = downhill[at] / sizes[at].max(f64::MIN_POSITIVE);
                match held[at] {
                    _ if at == anchor => Held::Free,
                    Held::Free if x[at] < lows[at] => Held::Low,
                    Held::Free if x[at] > highs[at] => Held::High,
                    Held::Low if push > SLACK => Held::Free,
                    Held::High if push < -SLACK => Held::Free,
                    as_it_is => as_it_is,
                }
            })
            .collect();
        if wanted == held {
            let residual = worst(&downhill, &sizes, &free);
            x.iter_mut().zip(&system.scale).for_each(|(x, scale)| *x /= scale);
            // Bounds as the caller gave them, bit for bit.
            for (x, held) in x.iter_mut().zip(&held) {
                match held {
                    Held::Free => {}
                    Held::Low => *x = low,
                    Held::High => *x = high,
                }
            }
            return Ok(Solution { x, anchor, steps, residual, squares, held });
        }
        if round < AT_ONCE {
            held = wanted;
        } else if let Some(at) = (0..unknowns).find(|at| wanted[*at] != held[*at]) {
            held[at] = wanted[at];
        }
    }
    Err(Singular(anchor))
}
