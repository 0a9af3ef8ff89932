//! Multipliers of minimum stays that make reporters and their partners agree as well as can be.
//!
//! What reporter and partners count by each stay differs by c; with multipliers R the differences become c R. Their squares
//! are least for R that does not fall with the stay and is 1 for 12 months: steps x of at least 0 from one stay to the
//! next, of which those up to 12 months add up to 1. The least lies where some steps are 0 and the others are stationary,
//! and there are few enough sets of steps to try them all.

use crate::Error;

/// Stays that can be told apart: every set of their steps is tried.
const MOST: usize = 12;

/// A pivot below this share of the largest is none.
const SINGULAR: f64 = 1e-11;

/// Multipliers, and how well they do.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// One for each stay.
    pub multipliers: Vec<f64>,
    /// The sum of squared differences that they leave.
    pub residual: f64,
    /// The same with multipliers of 1.
    pub before: f64,
}

/// Fits multipliers to differences: a row a comparison, a number a stay, the stays in order; `year` is the place of 12
/// months among them.
///
/// # Errors
/// [`Error::Schema`] for too many stays, and where the differences do not tell them apart.
pub fn fit(differences: &[Vec<f64>], year: usize) -> Result<Fit, Error> {
    let stays = differences.first().map_or(0, Vec::len);
    if stays > MOST {
        return Err(Error::Schema(format!("{stays} minimum stays: at most {MOST} can be fitted; give stays=")));
    }
    // What a step is worth: it raises its own stay and all longer ones.
    let steps: Vec<Vec<f64>> = differences
        .iter()
        .map(|row| {
            let mut sums = row.clone();
            (0..stays.saturating_sub(1)).rev().for_each(|at| sums[at] += sums[at + 1]);
            sums
        })
        .collect();
    let gram: Vec<Vec<f64>> =
        (0..stays).map(|a| (0..stays).map(|b| steps.iter().map(|row| row[a] * row[b]).sum()).collect()).collect();
    let all: Vec<usize> = (0..stays).collect();
    if stays == 0 || stationary(&gram, &all, year).is_none() {
        return Err(Error::Schema(format!(
            "{} comparisons do not tell {stays} minimum stays apart: take more reporters or years, or fewer stays=",
            differences.len()
        )));
    }
    let squares = |multipliers: &[f64]| -> f64 {
        let one = |row: &Vec<f64>| row.iter().zip(multipliers).map(|(c, r)| c * r).sum::<f64>().powi(2);
        differences.iter().map(one).sum()
    };
    let mut best: Option<(f64, Vec<f64>)> = None;
    for set in 1u32..1 << stays {
        let chosen: Vec<usize> = all.iter().copied().filter(|at| set >> at & 1 == 1).collect();
        let Some(found) = stationary(&gram, &chosen, year).filter(|steps| steps.iter().all(|step| *step >= 0.0)) else {
            continue;
        };
        let mut multipliers = vec![0.0; stays];
        chosen.iter().zip(found).for_each(|(at, step)| multipliers[*at] = step);
        (1..stays).for_each(|at| multipliers[at] += multipliers[at - 1]);
        // Rounding leaves 1 a little off; what stands for 12 months is 1.
        let whole = multipliers[year];
        multipliers.iter_mut().for_each(|one| *one /= whole);
        let left = squares(&multipliers);
        if best.as_ref().is_none_or(|(least, _)| left < *least) {
            best = Some((left, multipliers));
        }
    }
    let (residual, multipliers) =
        best.ok_or_else(|| Error::Internal("no set of steps leads to multipliers".to_owned()))?;
    Ok(Fit { multipliers, residual, before: squares(&vec![1.0; stays]) })
}

/// The steps of a set where the squares are stationary while those up to 12 months add up to 1; none where that is no
/// single point.
fn stationary(gram: &[Vec<f64>], chosen: &[usize], year: usize) -> Option<Vec<f64>> {
    let count = chosen.len();
    // Scaled, so that pivots of people squared and of sums of steps can be compared.
    let scale: Vec<f64> =
        chosen.iter().map(|at| gram[*at][*at].sqrt()).map(|one| if one > 0.0 { one } else { 1.0 }).collect();
    let mut rows: Vec<Vec<f64>> = (0..count)
        .map(|a| {
            let mut row: Vec<f64> = (0..count).map(|b| gram[chosen[a]][chosen[b]] / (scale[a] * scale[b])).collect();
            row.extend([if chosen[a] <= year { 1.0 / scale[a] } else { 0.0 }, 0.0]);
            row
        })
        .collect();
    let largest = rows.iter().map(|row| row[count]).fold(0.0, f64::max);
    if largest == 0.0 {
        return None;
    }
    let mut last: Vec<f64> = rows
        .iter_mut()
        .map(|row| {
            row[count] /= largest;
            row[count]
        })
        .collect();
    last.extend([0.0, 1.0 / largest]);
    rows.push(last);
    let solved = solve(rows)?;
    Some(solved[..count].iter().zip(&scale).map(|(step, scale)| step / scale).collect())
}

/// Solves linear equations, each row with its right side last, by elimination with pivots.
fn solve(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let count = rows.len();
    for at in 0..count {
        let pivot = (at..count).max_by(|a, b| rows[*a][at].abs().total_cmp(&rows[*b][at].abs()))?;
        if rows[pivot][at].abs() < SINGULAR {
            return None;
        }
        rows.swap(at, pivot);
        let (above, below) = rows.split_at_mut(at + 1);
        let lead = &above[at];
        for row in below {
            let factor = row[at] / lead[at];
            row.iter_mut().zip(lead).skip(at).for_each(|(mine, theirs)| *mine -= factor * theirs);
        }
    }
    let mut solved = vec![0.0; count];
    for at in (0..count).rev() {
        let known: f64 = (at + 1..count).map(|other| rows[at][other] * solved[other]).sum();
        solved[at] = (rows[at][count] - known) / rows[at][at];
    }
    Some(solved)
}
