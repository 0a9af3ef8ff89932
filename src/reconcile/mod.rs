//! Figures that are to agree: reports of one movement, boundaries that changed, origins that nobody named.
//!
//! `rows` replaces figures by others and keeps the account, `cells` finds figures that differ in nothing but where they
//! are of, `apportion` divides a figure without a remainder.

pub mod apportion;
mod cells;
pub mod double_entry;
pub mod geography;
pub mod mirror;
pub mod residuals;
mod rows;
pub mod undercount;
