//! Reports of one movement by its two ends, brought together.

pub mod undercount;
