//! What is said of single figures, and which of them differ in nothing but some of their codes.

use crate::codes::period;
use crate::observation::Observations;
pub(super) use crate::observation::cells::{number, period};

/// A figure in a few words.
pub(super) fn what(observations: &Observations, row: usize) -> String {
    let of = |name| observations.code(name, row).unwrap_or("_U");
    let when = period::label(period(observations, row));
    let mut said = format!("{} to {}, {when}", of("origin"), of("destination"));
    for name in ["sex", "age"] {
        if of(name) != "_T" {
            said = format!("{said}, {name} {}", of(name));
        }
    }
    said
}

/// The value of a figure, where it has one.
pub(super) fn value(observations: &Observations, row: usize) -> Option<f64> {
    observations.has_value(row).then(|| observations.values().value(row))
}
