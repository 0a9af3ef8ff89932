//! One reporter after another, for comparison: the procedure of R. F. van der Erf and N. van der Gaag (NIDI, for THESIM,
//! 2007), in the order that is said here.
//!
//! Each report of a direction is ranked by what it counts beside what its partners count of the same moves: the more, the
//! better. The best receiving reporter, or the reference, has the factor 1. Then, of those that have pairs with reporters
//! whose factors are known, the best ranked is next: its factor is what these reporters count of their common moves, once
//! adjusted, over what it counts itself. The result depends on the order, which is why it is recorded.

use super::solve::{Held, Solution};
use super::system::System;

/// Factors in order of rank, and the step at which each was found, from 0.
pub fn sequential(system: &System, reference: Option<usize>) -> (Solution, Vec<u32>) {
    let unknowns = system.unknowns();
    // In the units of the reports: a rank compares reporters.
    let reports: Vec<(usize, usize, f64, f64)> = system
        .rows
        .iter()
        .map(|row| (row.to as usize, row.from as usize, row.p, row.q))
        .map(|(to, from, p, q)| (to, from, p * system.scale[to], q * system.scale[from]))
        .collect();
    let (mut own, mut others) = (vec![0.0; unknowns], vec![0.0; unknowns]);
    for (to, from, inflow, outflow) in &reports {
        (own[*to], others[*to]) = (own[*to] + inflow, others[*to] + outflow);
        (own[*from], others[*from]) = (own[*from] + outflow, others[*from] + inflow);
    }
    let rank = |at: usize| own[at] / others[at];
    let best = |among: &mut dyn Iterator<Item = usize>| {
        among.fold(None, |best: Option<usize>, at| best.filter(|best| rank(*best) >= rank(at)).or(Some(at)))
    };
    let anchor = reference.or_else(|| best(&mut (0..system.receiving))).unwrap_or_default();
    let mut partners: Vec<Vec<(usize, f64, f64)>> = vec![Vec::new(); unknowns];
    for (to, from, inflow, outflow) in reports.iter().filter(|(.., inflow, outflow)| *inflow > 0.0 && *outflow > 0.0) {
        partners[*to].push((*from, *inflow, *outflow));
        partners[*from].push((*to, *outflow, *inflow));
    }
    let mut x = vec![f64::NAN; unknowns];
    let mut found_at = vec![0; unknowns];
    x[anchor] = 1.0;
    let mut reachable = vec![false; unknowns];
    partners[anchor].iter().for_each(|(partner, ..)| reachable[*partner] = true);
    let mut step = 0;
    while let Some(next) = best(&mut (0..unknowns).filter(|at| reachable[*at] && x[*at].is_nan())) {
        step += 1;
        let known = partners[next].iter().filter(|(partner, ..)| !x[*partner].is_nan());
        let (counted, adjusted) =
            known.fold((0.0, 0.0), |(c, a), (partner, own, theirs)| (c + own, a + theirs * x[*partner]));
        x[next] = adjusted / counted;
        found_at[next] = step;
        partners[next].iter().for_each(|(partner, ..)| reachable[*partner] = true);
    }
    let scaled: Vec<f64> = x.iter().zip(&system.scale).map(|(x, scale)| x * scale).collect();
    let squares = system.squares(&scaled);
    let held = vec![Held::Free; unknowns];
    (Solution { x, anchor, steps: step, residual: 0.0, squares, held }, found_at)
}
