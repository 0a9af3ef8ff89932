//! Figures added up by group.

pub mod cube;
