//! International migration statistics: from published tables to figures that can be compared and added up.
//!
//! The core is pure Rust over Arrow; Python is met only in `python`, behind the feature of that name.

pub mod aggregate;
pub mod codes;
pub mod error;
pub mod exact;
pub mod watch;

pub use error::Error;
