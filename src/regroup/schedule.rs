//! Model migration schedules, which say how migrants of an open age group are spread over its ages.

use std::fmt;

use crate::Error;

/// How the parameters are called, in their order.
pub const PARAMETERS: [&str; 13] =
    ["a1", "alpha1", "a2", "alpha2", "mu2", "lambda2", "a3", "alpha3", "mu3", "lambda3", "a4", "lambda4", "c"];

/// The model schedule of Rogers and Castro (1981), Model Migration Schedules, IIASA RR-81-30: children who fall with
/// age, a peak of workers, one of those who retire, old age that rises or falls, and a constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule([f64; 13]);

impl Schedule {
    /// From the parameters in the order of [`PARAMETERS`]; a part of height 0 is left out.
    ///
    /// # Errors
    /// [`Error::Schema`] for a parameter that is no number, and for heights below zero.
    pub fn new(parameters: [f64; 13]) -> Result<Self, Error> {
        for (name, value) in PARAMETERS.iter().zip(parameters) {
            let height = matches!(*name, "a1" | "a2" | "a3" | "a4" | "c");
            if !value.is_finite() || (height && value < 0.0) {
                let wanted = if height { "a number of at least 0" } else { "a number" };
                return Err(Error::Schema(format!("{name}={value}: expected {wanted} for a migration schedule")));
            }
        }
        Ok(Self(parameters))
    }

    /// The rate at an age.
    pub fn at(&self, age: f64) -> f64 {
        let [a1, alpha1, a2, alpha2, mu2, lambda2, a3, alpha3, mu3, lambda3, a4, lambda4, c] = self.0;
        let part = |height: f64, rate: f64| if height == 0.0 { 0.0 } else { height * rate.exp() };
        let peak =
            |height, alpha: f64, mu: f64, lambda: f64| part(height, -alpha * (age - mu) - (-lambda * (age - mu)).exp());
        part(a1, -alpha1 * age)
            + peak(a2, alpha2, mu2, lambda2)
            + peak(a3, alpha3, mu3, lambda3)
            + part(a4, lambda4 * age)
            + c
    }

    /// The parts of an open group that begins at `from` and ends before `top`, between each two of `edges`.
    ///
    /// # Errors
    /// [`Error::Schema`] where the schedule has nobody there.
    pub(super) fn shares(&self, from: u16, top: u16, edges: &[(u16, u16)]) -> Result<Vec<f64>, Error> {
        let sum = |low: u16, high: u16| (low..high).map(|age| self.at(f64::from(age))).sum::<f64>();
        let whole = sum(from, top);
        if !(whole.is_finite() && whole > 0.0) {
            return Err(Error::Schema(format!(
                "tail: the schedule has no migrants from age {from} to {}; give it a constant c above 0",
                top - 1
            )));
        }
        Ok(edges.iter().map(|(low, high)| sum((*low).max(from), (*high).min(top).max(from)) / whole).collect())
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = PARAMETERS.iter().zip(self.0).filter(|(_, value)| *value != 0.0);
        let said: Vec<String> = said.map(|(name, value)| format!("{name}={value}")).collect();
        f.write_str(&said.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNDAMENTAL: [f64; 13] = [0.02, 0.1, 0.06, 0.1, 20.0, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.003];

    #[test]
    fn parts_of_an_open_group_make_it_whole() {
        let schedule = Schedule::new(FUNDAMENTAL).unwrap();
        let shares = schedule.shares(65, 100, &[(0, 65), (65, 75), (75, 100)]).unwrap();
        assert!((shares[0], (shares[1] + shares[2] - 1.0).abs() < 1e-15) == (0.0, true));
        assert!(shares[1] > 10.0 / 35.0 && shares[1] < 0.4);
    }

    #[test]
    fn refusals() {
        let mut wrong = FUNDAMENTAL;
        wrong[0] = -1.0;
        assert!(Schedule::new(wrong).unwrap_err().to_string().contains("a1=-1: expected a number of at least 0"));
        let nobody = Schedule::new([0.0; 13]).unwrap();
        assert!(nobody.shares(65, 100, &[]).unwrap_err().to_string().contains("no migrants from age 65 to 99"));
    }
}
