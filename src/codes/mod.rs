//! Knowledge: codes, labels and what they mean. What is only a table is a CSV under `tables/`, embedded.

pub mod age;
pub mod area;
pub mod duration;
#[cfg(test)]
mod knowledge;
pub mod list;
pub mod mapping;
pub mod period;
pub mod recode;
pub mod registry;
pub mod sex;
pub mod skill;
pub mod unit;

/// Do two codes of a dimension count some of the same people, though neither contains the other? Ages 15-24 and 20-29 do.
pub fn overlap(dimension: &str, a: &str, b: &str) -> bool {
    if a == b || contains(dimension, a, b) || contains(dimension, b, a) {
        return false;
    }
    match dimension {
        "age" => match (age::bounds(a), age::bounds(b)) {
            (Some((from, to)), Some((start, end))) => {
                to.is_none_or(|to| start < to) && end.is_none_or(|end| from < end)
            }
            _ => false,
        },
        "origin" | "destination" | "citizenship" | "birth" => {
            let members = |code: &str| area::groups::group(code).map(|group| area::groups::members(group, None));
            match (area::get(a).map(|area| area.kind), area::get(b).map(|area| area.kind)) {
                (Some(area::Kind::Aggregate), Some(area::Kind::Aggregate)) => match (members(a), members(b)) {
                    (Ok(here), Ok(there)) => here.iter().any(|area| there.contains(area)),
                    // Without a list of members nobody can say that they do not.
                    _ => true,
                },
                _ => false,
            }
        }
        _ => false,
    }
}

/// Do codes of the dimension contain one another in more ways than `_T` all others?
pub fn is_nested(dimension: &str) -> bool {
    matches!(dimension, "sex" | "age" | "origin" | "destination" | "citizenship" | "birth")
}

/// Does one code of a dimension strictly contain another? `_T` contains everything else.
pub fn contains(dimension: &str, outer: &str, inner: &str) -> bool {
    match dimension {
        "sex" => sex::contains(outer, inner),
        "age" => age::contains(outer, inner),
        "origin" | "citizenship" | "birth" if outer == "FOR" => is_foreign(inner),
        "origin" | "destination" | "citizenship" | "birth" => {
            area::groups::contains_area(outer, inner) || (outer == "_T" && matches!(inner, "NAT" | "FOR"))
        }
        _ => outer == "_T" && inner != "_T",
    }
}

/// Are those of a code foreigners (or foreign-born), whoever the reporter is? Of a group that may hold the reporter nobody
/// can say so.
fn is_foreign(code: &str) -> bool {
    match area::get(code).map(|area| area.kind) {
        Some(area::Kind::Aggregate) => code.ends_with("-FOR"),
        Some(area::Kind::Residual) => !matches!(code, "_U" | "_Z"),
        Some(area::Kind::Total) | None => false,
        Some(_) => true,
    }
}
