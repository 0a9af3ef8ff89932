//! Knowledge: codes, labels and what they mean. What is only a table is a CSV under `tables/`, embedded.

pub mod age;
pub mod area;
pub mod period;
pub mod sex;
pub mod skill;
