//! Logarithms of ratios cut into five classes, from 0 (the best) to 1.

/// How to cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cuts {
    /// Into classes as wide as one another.
    Equal,
    /// Into classes of as many members.
    Quantile,
}

/// Number of classes.
const CLASSES: usize = 5;

/// The class of each logarithm; none for NaN. With `merged`, ratios above 1 count as 1: overcount is in the best class.
pub fn classes(logs: &[f64], cuts: Cuts, merged: bool) -> Vec<Option<f64>> {
    // How far below: the larger, the worse.
    let below = |log: f64| if merged { (-log).max(0.0) } else { -log };
    let mut known: Vec<f64> = logs.iter().copied().filter(|log| log.is_finite()).map(below).collect();
    known.sort_unstable_by(f64::total_cmp);
    let Some((least, most)) = known.first().copied().zip(known.last().copied()) else { return vec![None; logs.len()] };
    let least = if merged { 0.0 } else { least };
    let edge = |at: usize| match cuts {
        Cuts::Equal => least + (most - least) * at as f64 / CLASSES as f64,
        Cuts::Quantile => {
            let place = (known.len() - 1) as f64 * at as f64 / CLASSES as f64;
            let (under, part) = (place.floor() as usize, place.fract());
            let over = (under + 1).min(known.len() - 1);
            known[under] + (known[over] - known[under]) * part
        }
    };
    let edges: Vec<f64> = (1..CLASSES).map(edge).collect();
    let class = |log: &f64| {
        log.is_finite().then(|| edges.iter().filter(|edge| below(*log) > **edge).count() as f64 / (CLASSES - 1) as f64)
    };
    logs.iter().map(class).collect()
}
