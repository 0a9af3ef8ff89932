//! Whether the people of a place can be among those of it whose origin, citizenship or birth nobody named.

use rustc_hash::FxHashSet;

use crate::definition::Definition;
use crate::reconcile::geography::leaves_home;

/// Definitions and places of which a table counts the place's own people: a figure above 0 of both ends alike.
pub type Counted = FxHashSet<(i32, &'static str)>;

/// The end at which people are counted whose other end, citizenship or birth is wanted.
pub fn partner_of(dimension: &str) -> &'static str {
    match dimension {
        "destination" => "origin",
        _ => "destination",
    }
}

/// Why a residual holds nobody of the place itself, if it does not.
///
/// "Other" are others than those that are named, so they are not the place's own where the table names these, whatever is
/// counted; who is unknown may be anybody who is counted. By definition refugees and asylum seekers are outside of their own
/// state, and the internally displaced within it; who moves from one residence to another does not move from a place to
/// itself, nor is money sent so; but citizens return, and the native-born too. A stock is of migrants, of whom a place has
/// none of its own, unless the table counts those as well: then it is of all people.
pub fn barred(definition: &Definition, dimension: &str, residual: &str, counted: bool) -> Option<&'static str> {
    let residence = matches!(dimension, "origin" | "destination") && leaves_home(definition);
    match definition.get("measure") {
        // Money is no people: nothing that is said of these fits.
        Some("remittance") if residence => Some("remittances are sent from one place to another"),
        _ if counted && residual == "_O" => Some("other people are others than its own, whom the table names"),
        Some("refugees" | "asylum_seekers") => Some("who seeks refuge is outside of the own state"),
        Some("idps" | "displacements") => None,
        _ if residence => Some("nobody moves from a place to itself"),
        _ if definition.is_stock() && !counted => Some("the table counts none of its own people"),
        _ => None,
    }
}

/// Why a residual that nothing bars holds people of the place itself, where that needs telling.
pub fn admitted(definition: &Definition, counted: bool) -> Option<&'static str> {
    match definition.get("measure") {
        Some("idps" | "displacements") if !counted => Some("displaced people are within their own state"),
        _ if definition.is_stock() => Some("the table counts its own people"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defined(measure: &str, concept: &str) -> Definition {
        let mut one = Definition::default();
        one.set("measure", measure);
        one.set("concept", concept);
        one
    }

    fn barred_of(measure: &str, concept: &str, dimension: &str, residual: &str, counted: bool) -> bool {
        barred(&defined(measure, concept), dimension, residual, counted).is_some()
    }

    #[test]
    fn own_people_by_measure() {
        for concept in ["birth", "citizenship", ""] {
            assert!(barred_of("stock", concept, "origin", "_U", false), "a stock of migrants");
            assert!(!barred_of("stock", concept, "origin", "_U", true), "a stock of all people");
            assert!(barred_of("stock", concept, "origin", "_O", true), "others are not those named");
        }
        assert!(!barred_of("population", "", "citizenship", "_U", true));
        assert!(barred_of("population", "", "citizenship", "_U", false));
        assert!(barred_of("inflow", "previous_residence", "origin", "_U", true));
        assert!(barred_of("outflow", "", "destination", "_U", false));
        assert!(!barred_of("inflow", "citizenship", "origin", "_U", false), "citizens return");
        assert!(!barred_of("inflow", "previous_residence", "citizenship", "_U", false));
        assert!(barred_of("inflow", "citizenship", "origin", "_O", true));
        assert!(barred_of("refugees", "citizenship", "origin", "_U", true));
        assert!(!barred_of("idps", "", "origin", "_U", false));
    }

    #[test]
    fn displaced_people_are_within_their_own_state() {
        for measure in ["idps", "displacements"] {
            let one = defined(measure, "");
            for (residual, counted) in [("_U", true), ("_U", false), ("_O", false)] {
                assert_eq!(barred(&one, "origin", residual, counted), None, "{measure} {residual} {counted}");
            }
            let others = barred(&one, "origin", "_O", true);
            assert_eq!(others, Some("other people are others than its own, whom the table names"), "{measure}");
            assert_eq!(admitted(&one, false), Some("displaced people are within their own state"), "{measure}");
        }
        assert_eq!(admitted(&defined("idps", ""), true), Some("the table counts its own people"));
        assert_eq!(admitted(&defined("stock", "birth"), true), Some("the table counts its own people"));
        assert_eq!(admitted(&defined("inflow", "citizenship"), false), None, "that citizens return needs no telling");
    }

    #[test]
    fn what_is_said_of_money_is_true() {
        for (residual, counted) in [("_U", true), ("_U", false), ("_O", true), ("_O", false)] {
            let why = barred(&defined("remittance", ""), "origin", residual, counted);
            assert_eq!(why, Some("remittances are sent from one place to another"), "{residual} {counted}");
        }
    }
}
