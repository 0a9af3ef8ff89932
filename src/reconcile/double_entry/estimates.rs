//! What stands for a pair once both reports are adjusted.

use std::str::FromStr;

use super::word;
use crate::Error;

/// What stands for a pair with both reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimate {
    /// Half of their sum.
    Mean,
    /// The adjusted inflow.
    Receiving,
    /// The adjusted outflow.
    Sending,
    /// Their mean, weighted by how well the adjusted reports of each reporter agree with its partners'.
    InverseVariance,
}

impl FromStr for Estimate {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let known = [
            ("mean", Self::Mean),
            ("receiving", Self::Receiving),
            ("sending", Self::Sending),
            ("inverse-variance", Self::InverseVariance),
        ];
        word("estimate", text, &known)
    }
}

/// What is decided of one pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The adjusted inflow stands for it.
    Inflow,
    /// The adjusted outflow stands for it.
    Outflow,
    /// Half of their sum stands for it.
    Mean,
    /// It is not in the fit.
    Exclude,
}

/// Their names.
pub const DECISIONS: [(&str, Decision); 4] = [
    ("inflow", Decision::Inflow),
    ("outflow", Decision::Outflow),
    ("mean", Decision::Mean),
    ("exclude", Decision::Exclude),
];

impl FromStr for Decision {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        word("decisions", text, &DECISIONS)
    }
}

/// Which of the reports a value is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Used {
    /// Half of their sum.
    Mean,
    /// The adjusted inflow.
    Inflow,
    /// The adjusted outflow.
    Outflow,
    /// Their weighted mean.
    Weighted,
}

/// Their names, in the same order.
pub const USED: [&str; 4] = ["mean", "inflow", "outflow", "weighted"];

/// The value of a pair of adjusted reports, and which of them it is of. `spread` is how far those of either reporter are
/// from its partners'.
pub fn value(
    reports: (Option<f64>, Option<f64>),
    estimate: Estimate,
    decision: Option<Decision>,
    spread: (f64, f64),
) -> Option<(f64, Used)> {
    let (inflow, outflow) = match reports {
        (Some(inflow), Some(outflow)) => (inflow, outflow),
        (Some(inflow), None) => return Some((inflow, Used::Inflow)),
        (None, outflow) => return outflow.map(|outflow| (outflow, Used::Outflow)),
    };
    let mean = (inflow / 2.0 + outflow / 2.0, Used::Mean);
    Some(match (decision, estimate) {
        (Some(Decision::Inflow), _) | (None | Some(Decision::Exclude), Estimate::Receiving) => (inflow, Used::Inflow),
        (Some(Decision::Outflow), _) | (None | Some(Decision::Exclude), Estimate::Sending) => (outflow, Used::Outflow),
        (None | Some(Decision::Exclude), Estimate::InverseVariance) if spread.0 + spread.1 > 0.0 => {
            let part = spread.0 / (spread.0 + spread.1);
            let between = inflow + part * (outflow - inflow);
            (between.clamp(inflow.min(outflow), inflow.max(outflow)), Used::Weighted)
        }
        _ => mean,
    })
}

/// The square of how far two adjusted reports are apart, beside half of their sum; none where both are 0.
pub fn distance(inflow: f64, outflow: f64) -> Option<f64> {
    let middle = inflow / 2.0 + outflow / 2.0;
    (middle > 0.0).then(|| ((inflow - outflow) / middle).powi(2))
}
