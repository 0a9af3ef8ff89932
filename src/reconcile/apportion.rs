//! A figure divided in proportion to weights, so that the parts add up to it exactly: the method of largest remainders.
//!
//! Every part is a whole number of steps: of 1 for whole persons, else of the last bit of the figure. A figure has at most
//! 2⁵³ of these, so each part is a number that a float holds, and so is every sum of them.

use crate::Error;
use crate::exact::ExactSum;

/// What the parts are whole numbers of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Persons.
    One,
    /// The last bit of the figure.
    LastBit,
}

/// Parts of a figure in proportion to weights, each less than a step from its exact share; they add up to the figure.
///
/// What is left after rounding down goes to the largest remainders; of equal ones to the greater weight, then to the
/// earlier. `None` where no weight is above 0, or where the figure is no whole number of steps.
pub fn apportion(figure: f64, weights: &[f64], step: Step) -> Option<Vec<f64>> {
    if !figure.is_finite() || weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
        return None;
    }
    let size = figure.abs();
    let step = match step {
        Step::One if size.fract() != 0.0 => return None,
        // Above 2^53 there are only even numbers.
        Step::One => (size - size.next_down()).max(1.0),
        Step::LastBit if size == 0.0 => 1.0,
        Step::LastBit => size - size.next_down(),
    };
    let shares = shares(weights)?;
    let steps = size / step;
    let (mut parts, remainders): (Vec<i64>, Vec<f64>) = quotas(steps, weights).unwrap_or_else(|| {
        let each = shares.iter().map(|share| steps * share);
        each.map(|quota| (quota.floor() as i64, quota.fract())).unzip()
    });
    let mut order: Vec<usize> = (0..weights.len()).filter(|at| weights[*at] > 0.0).collect();
    order.sort_by(|a, b| {
        remainders[*b].total_cmp(&remainders[*a]).then(weights[*b].total_cmp(&weights[*a])).then(a.cmp(b))
    });
    let mut left = steps as i64 - parts.iter().sum::<i64>();
    // Quotas of figures near 2^53 steps are rounded, so more than one round may be needed, or some be taken back.
    while left > 0 {
        order.iter().take(left as usize).for_each(|at| parts[*at] += 1);
        left -= (left as usize).min(order.len()) as i64;
    }
    while left < 0 {
        let at = *order.iter().rev().find(|at| parts[**at] > 0)?;
        parts[at] -= 1;
        left += 1;
    }
    Some(parts.into_iter().map(|part| (part as f64 * step).copysign(figure)).collect())
}

/// The whole steps of each weight's exact share, and what is left of it as a part of the sum of weights: remainders that are
/// equal are found so. `None` where weights are too great or too small for products without rounding.
fn quotas(steps: f64, weights: &[f64]) -> Option<(Vec<i64>, Vec<f64>)> {
    let range = 1e-200..1e200;
    if !weights.iter().all(|weight| *weight == 0.0 || range.contains(weight)) {
        return None;
    }
    let mut sum: ExactSum = weights.iter().copied().collect();
    let whole = sum.value();
    sum.sub(whole);
    // The sum is a pair of floats.
    let rest = sum.value();
    let one = |weight: &f64| {
        let left = |floor: f64| {
            let mut left = ExactSum::default();
            for (a, b) in [(steps, *weight), (-floor, whole), (-floor, rest)] {
                let product = a * b;
                left.add(product);
                left.add(a.mul_add(b, -product));
            }
            left.value()
        };
        let mut floor = (steps * (weight / whole)).floor();
        let mut over = left(floor);
        // The quotient is rounded, so it may lie on the wrong side of a whole number.
        while over < 0.0 && floor > 0.0 {
            floor -= 1.0;
            over = left(floor);
        }
        while floor < steps && left(floor + 1.0) >= 0.0 {
            floor += 1.0;
            over = left(floor);
        }
        (floor as i64, over)
    };
    Some(weights.iter().map(one).unzip())
}

/// Weights divided by their sum, whatever their order; `None` where no weight is above 0.
pub fn shares(weights: &[f64]) -> Option<Vec<f64>> {
    let sum = |scale: f64| weights.iter().map(|weight| weight * scale).collect::<ExactSum>().value();
    let (whole, scale) = match sum(1.0) {
        whole if whole.is_finite() => (whole, 1.0),
        _ => (sum(2f64.powi(-600)), 2f64.powi(-600)),
    };
    (whole > 0.0).then(|| weights.iter().map(|weight| weight * scale / whole).collect())
}

/// Whole numbers in proportion to the numbers, that add up to a total; by itself their sum, rounded. What is missing stays so.
///
/// # Errors
/// [`Error::Schema`] naming the row of a number below 0, or saying why the total cannot be divided.
pub fn largest_remainder(numbers: &[Option<f64>], total: Option<f64>) -> Result<Vec<Option<f64>>, Error> {
    if let Some(row) = numbers.iter().position(|one| one.is_some_and(|one| !one.is_finite() || one < 0.0)) {
        let number = numbers[row].unwrap_or_default();
        return Err(Error::Schema(format!("row {row}: {number}: expected a number of at least 0")));
    }
    let weights: Vec<f64> = numbers.iter().map(|one| one.unwrap_or(0.0)).collect();
    let total = total.unwrap_or_else(|| weights.iter().copied().collect::<ExactSum>().value().round_ties_even());
    if !total.is_finite() || total.fract() != 0.0 || total < 0.0 {
        return Err(Error::Schema(format!("total={total}: expected a whole number of at least 0")));
    }
    let parts = if total == 0.0 { Some(vec![0.0; weights.len()]) } else { apportion(total, &weights, Step::One) };
    let Some(parts) = parts else {
        return Err(Error::Schema(format!("total={total} cannot be divided: no number is above 0")));
    };
    Ok(numbers.iter().zip(parts).map(|(number, part)| number.map(|_| part)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn total(parts: &[f64]) -> f64 {
        parts.iter().copied().collect::<ExactSum>().value()
    }

    #[test]
    fn remainders_and_ties() {
        assert_eq!(apportion(10.0, &[1.0, 1.0, 1.0], Step::One).unwrap(), [4.0, 3.0, 3.0]);
        // 100 seats: 47.0, 16.0, 15.8, 12.0, 6.1, 3.1 (the usual example of Hamilton's method has 10).
        let votes = [47000.0, 16000.0, 15800.0, 12000.0, 6100.0, 3100.0];
        assert_eq!(apportion(10.0, &votes, Step::One).unwrap(), [5.0, 2.0, 1.0, 1.0, 1.0, 0.0]);
        assert_eq!(apportion(-7.0, &[1.0, 2.0], Step::One).unwrap(), [-2.0, -5.0]);
        // 5.5 and 7.5: the greater goes first, though 11/26 is not rounded as 15/26 is.
        assert_eq!(apportion(13.0, &[11.0, 15.0], Step::One).unwrap(), [5.0, 8.0]);
        assert_eq!(apportion(0.0, &[1.0, 2.0], Step::LastBit).unwrap(), [0.0, 0.0]);
        assert_eq!(apportion(1.5, &[1.0, 2.0], Step::One), None);
        assert_eq!(apportion(1.0, &[0.0, 0.0], Step::One), None);
        assert_eq!(apportion(1e300, &[1e308, 1e308], Step::LastBit).unwrap(), [5e299, 5e299]);
        assert_eq!(apportion(5e-324, &[1.0, 1.0], Step::LastBit).unwrap(), [5e-324, 0.0]);
    }

    proptest! {
        #[test]
        fn parts_add_up(
            figure in prop_oneof![0.0..1e300f64, (0u32..1_000_000).prop_map(f64::from), -1e9..0.0f64],
            weights in prop::collection::vec(0.0..1e9f64, 1..40),
        ) {
            if let Some(parts) = apportion(figure, &weights, Step::LastBit) {
                prop_assert_eq!(total(&parts), figure);
                let whole = total(&weights);
                for (part, weight) in parts.iter().zip(&weights) {
                    prop_assert!((part - figure * (weight / whole)).abs() <= 4.0 * f64::EPSILON * figure.abs());
                }
            }
            if let Some(parts) = apportion(figure.trunc(), &weights, Step::One) {
                prop_assert_eq!(total(&parts), figure.trunc());
                let whole = total(&weights);
                for (part, weight) in parts.iter().zip(&weights) {
                    prop_assert_eq!(part.fract(), 0.0);
                    if figure.abs() < 1e12 {
                        prop_assert!((part - figure.trunc() * (weight / whole)).abs() < 1.0 + 1e-3);
                    }
                }
            }
        }
    }
}
