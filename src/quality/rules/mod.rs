//! The rules, a family of checks a file.
// All have one signature, whether or not they can fail.
#![allow(clippy::unnecessary_wraps)]

mod digits;
mod duplicates;
mod existence;
mod gaps;
mod jumps;
mod percentages;
mod periods;
mod sexes;
mod totals;

use super::Rule;
#[cfg(test)]
pub use existence::born;

/// All rules of the core, in the order in which they are listed.
pub static RULES: [Rule; 13] = [
    totals::TOTALS,
    sexes::SEXES,
    periods::WINDOWS,
    percentages::PERCENTAGES,
    duplicates::DUPLICATES,
    periods::OVERLAPS,
    existence::SAME_ENDS,
    jumps::JUMPS,
    jumps::MAGNITUDE,
    gaps::ZEROS,
    existence::EXISTENCE,
    digits::HEAPING,
    digits::PERSONS,
];
