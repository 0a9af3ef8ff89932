//! Knowledge: codes, labels and what they mean. What is only a table is a CSV under `tables/`, embedded.

pub mod age;
pub mod area;
pub mod period;
pub mod sex;
pub mod skill;

/// Does one code of a dimension strictly contain another? `_T` contains everything else.
pub fn contains(dimension: &str, outer: &str, inner: &str) -> bool {
    match dimension {
        "sex" => sex::contains(outer, inner),
        "age" => age::contains(outer, inner),
        "origin" | "destination" | "citizenship" | "birth" => area::groups::contains_area(outer, inner),
        _ => outer == "_T" && inner != "_T",
    }
}
