//! International migration statistics: from published tables to figures that can be compared and added up.
//!
//! The core is pure Rust over Arrow; Python is met only in `python`, behind the feature of that name.

pub mod ages;
pub mod aggregate;
pub mod align;
pub mod codes;
pub mod column;
pub mod concat;
pub mod definition;
pub mod durations;
pub mod error;
pub mod exact;
pub mod harmonise;
pub mod ledger;
pub mod money;
pub mod observation;
pub mod printed;
#[cfg(feature = "python")]
mod python;
pub mod quality;
pub mod read;
pub mod regroup;
pub mod select;
pub mod totals;
pub mod watch;

pub use error::Error;
