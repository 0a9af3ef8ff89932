//! How far two reports can be compared: aspect by aspect, in sentences.

use std::fmt::Write as _;

use arrow::array::{Array, BooleanArray, Float64Array};

use crate::codes::duration::Minimum;
use crate::definition::Definition;
use crate::durations::model::WEAKLY_IDENTIFIED;
use crate::observation::Observations;

use super::join::{Pair, Report};
use super::keys::Keys;
use super::side::Side;
use super::stay::{Stay, Stays};

/// How much a difference matters, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The two are unlike.
    NotComparable,
    /// They can be compared with care.
    Differs,
    /// What was done or assumed to compare them.
    Noted,
    /// Nobody said whether they are alike.
    NotStated,
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Severity::NotComparable => "not comparable",
            Severity::Differs => "differs",
            Severity::Noted => "noted",
            Severity::NotStated => "not stated",
        }
    }
}

/// One thing to know of a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// How much it matters.
    pub severity: Severity,
    /// What it is about, such as `concept`.
    pub aspect: String,
    /// A sentence.
    pub says: String,
    /// Who does not state it, where that is all there is to say.
    by: Option<&'static str>,
}

/// How many differences of each severity two reports have; the smaller, the likeness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(usize, usize, usize);

/// Pairs about which the same is to be said.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Class {
    /// The definitions.
    pub definitions: [u32; 2],
    stays: [u32; 2],
    /// The point of a report that is on part of the movers only, and the dimensions (bits) in which it is.
    part: [(u64, u16); 2],
    summed: [u16; 2],
    /// Dimensions (bits) in which the pair is no total.
    told: u16,
}

/// What is known of the figures that are compared.
pub struct Judge<'a> {
    definitions: &'a [Definition],
    values: &'a Float64Array,
    leaves: &'a BooleanArray,
    stays: &'a Stays,
    ages: Vec<u32>,
}

const AREAS: [&str; 2] = ["citizenship", "birth"];

impl<'a> Judge<'a> {
    /// A judge of figures.
    pub fn new(observations: &'a Observations, stays: &'a Stays) -> Judge<'a> {
        let definitions = observations.definitions();
        let mut order: Vec<usize> = (0..definitions.len()).collect();
        let edition = |one: &Definition| {
            let [released, vintage] =
                ["release_date", "vintage"].map(|field| one.get(field).unwrap_or_default().to_owned());
            (year(&released).max(year(&vintage)), released, vintage)
        };
        // Later first; then by what the definitions say, which does not depend on the order of rows.
        order.sort_by(|a, b| {
            let (a, b) = (&definitions[*a], &definitions[*b]);
            edition(b).cmp(&edition(a)).then_with(|| a.cmp(b))
        });
        let mut ages = vec![0; definitions.len()];
        order.iter().zip(0..).for_each(|(at, age)| ages[*at] = age);
        Judge { definitions, values: observations.values(), leaves: observations.leaves(), stays, ages }
    }

    /// Has a row a value?
    pub fn has_value(&self, row: usize) -> bool {
        self.values.is_valid(row)
    }

    /// Is a row a leaf?
    pub fn is_leaf(&self, row: usize) -> bool {
        self.leaves.value(row)
    }

    /// The stay of a row.
    pub fn stay(&self, row: usize) -> u32 {
        self.stays.of[row]
    }

    /// The place of a definition among all, the latest vintage first.
    pub fn age(&self, definition: usize) -> u32 {
        self.ages[definition]
    }

    /// How badly figures of two definitions and stays can be compared.
    pub fn score(&self, [a, b, left, right]: [u32; 4]) -> Score {
        let mut items = Vec::new();
        self.of_definitions([a, b], [left, right], &mut items);
        let count = |severity| items.iter().filter(|item: &&Item| item.severity == severity).count();
        Score(count(Severity::NotComparable), count(Severity::Differs), count(Severity::NotStated))
    }

    /// The class of a pair of which both reports are there.
    pub fn class(&self, keys: &Keys, pair: &Pair, rows: [usize; 2]) -> Option<Class> {
        let [Some(a), Some(b)] = &pair.reports else { return None };
        let part = |report: &Report| {
            let differs = |dim: &super::keys::Dim| dim.digit(report.point) != dim.digit(pair.point);
            let bits = keys.dims.iter().enumerate().fold(0, |bits, (at, dim)| bits | u16::from(differs(dim)) << at);
            if bits == 0 { (0, 0) } else { (report.point, bits) }
        };
        let told = |bits, (at, dim): (usize, &super::keys::Dim)| bits | u16::from(!dim.is_total(pair.point)) << at;
        Some(Class {
            definitions: [a.definition, b.definition],
            stays: rows.map(|row| self.stay(row)),
            part: [part(a), part(b)],
            summed: [a.summed, b.summed],
            told: keys.dims.iter().enumerate().fold(0, told),
        })
    }

    /// All that is to be said of a class, the gravest first.
    pub fn items(&self, keys: &Keys, class: &Class) -> Vec<Item> {
        let mut items = Vec::new();
        self.of_definitions(class.definitions, class.stays, &mut items);
        let definitions = class.definitions.map(|key| &self.definitions[key as usize]);
        for side in Side::BOTH {
            let (point, bits) = class.part[side as usize];
            for dim in keys.dims_of(bits) {
                let other = Side::BOTH[1 - side as usize].name();
                let says = format!(
                    "population: the {} report counts {} {} only, the {other} one everybody",
                    side.name(),
                    dim.name,
                    dim.code(point)
                );
                items.push(item(Severity::NotComparable, "population", says));
            }
            for dim in keys.dims_of(class.summed[side as usize]) {
                let says = format!(
                    "{}: the parts of the {} report are added up, which prints no total with a value",
                    dim.name,
                    side.name()
                );
                items.push(item(Severity::Noted, dim.name, says));
            }
        }
        for dim in keys.dims_of(class.told).filter(|dim| dim.name != "sex" && !AREAS.contains(&dim.name)) {
            let (aspect, stated) = if dim.name == "age" {
                ("age definition".to_owned(), definitions.map(|one| one.get("age_definition")))
            } else {
                (format!("scheme of {}", dim.name), definitions.map(|one| one.scheme(dim.name)))
            };
            let severity = if dim.name == "age" { Severity::Differs } else { Severity::NotComparable };
            items.extend(of_texts(&aspect, stated, severity));
        }
        items.sort_by_key(|item| item.severity);
        items
    }

    fn of_definitions(&self, definitions: [u32; 2], minima: [u32; 2], items: &mut Vec<Item>) {
        let both = definitions.map(|key| &self.definitions[key as usize]);
        let stated = |field: &str| both.map(|one| one.get(field));
        items.extend(of_concept(both));
        items.extend(of_duration(minima.map(|stay| &self.stays.all[stay as usize]), &self.stays.model));
        items.extend(of_population(stated("population")));
        let units = both.map(|one| Some(one.unit()));
        items.extend(of_texts("unit", units, Severity::NotComparable));
        if both[0].is_money() {
            items.extend(of_texts("price base", stated("price_base"), Severity::NotComparable));
        }
        let plain = |measure: Option<&str>| {
            if measure == Some("outflow") { "inflow" } else { measure.unwrap_or_default() }.to_owned()
        };
        let measures = stated("measure");
        if plain(measures[0]) != plain(measures[1]) {
            items.extend(of_texts("measure", measures, Severity::NotComparable));
        }
        let criteria =
            stated("criteria").map(|said| said.filter(|said| !said.trim().eq_ignore_ascii_case("permanent")));
        items.extend(of_texts("criteria", criteria, Severity::Differs));
        for (aspect, field) in [("coverage", "coverage"), ("type of data", "type_of_data")] {
            items.extend(of_texts(aspect, stated(field), Severity::Differs));
        }
        for (side, one) in Side::BOTH.into_iter().zip(both) {
            if one.get("role").is_none() && one.get("reporter").is_none() {
                let measure = one.get("measure").unwrap_or_default();
                let says =
                    format!("role of the {} report: not stated, taken from its measure ({measure})", side.name());
                items.push(item(Severity::Noted, "role", says));
            }
            if let Some(caveat) = one.get("caveat") {
                items.push(item(Severity::Noted, "caveat", format!("caveat of the {} report: {caveat}", side.name())));
            }
        }
    }
}

/// All items in one text.
pub fn why(items: &[Item]) -> String {
    let mut said: Vec<&str> = Vec::new();
    items.iter().filter(|item| item.by.is_none()).for_each(|item| said.push(&item.says));
    let mut text = said.join("; ");
    for by in [UNSTATED[0], UNSTATED[1], UNSTATED[2]] {
        let aspects: Vec<&str> =
            items.iter().filter(|item| item.by == Some(by)).map(|item| item.aspect.as_str()).collect();
        if !aspects.is_empty() {
            let _ =
                write!(text, "{}not stated by {by}: {}", if text.is_empty() { "" } else { "; " }, aspects.join(", "));
        }
    }
    text
}

/// Who does not state something.
const UNSTATED: [&str; 3] = ["the receiving report", "the sending report", "either report"];

fn item(severity: Severity, aspect: &str, says: String) -> Item {
    Item { severity, aspect: aspect.to_owned(), says, by: None }
}

fn unstated(aspect: &str, missing: [bool; 2]) -> Option<Item> {
    let by = match missing {
        [true, true] => UNSTATED[2],
        [true, false] => UNSTATED[0],
        [false, true] => UNSTATED[1],
        [false, false] => return None,
    };
    let says = format!("{aspect}: not stated by {by}");
    Some(Item { severity: Severity::NotStated, aspect: aspect.to_owned(), says, by: Some(by) })
}

/// Two texts: the same, different, or not both stated.
fn of_texts(aspect: &str, stated: [Option<&str>; 2], severity: Severity) -> Option<Item> {
    match stated {
        [Some(a), Some(b)] if a.trim().eq_ignore_ascii_case(b.trim()) => None,
        [Some(a), Some(b)] => Some(item(severity, aspect, format!("{aspect}: {a} (receiving) against {b} (sending)"))),
        [a, b] => unstated(aspect, [a.is_none(), b.is_none()]),
    }
}

fn of_concept(both: [&Definition; 2]) -> Option<Item> {
    let stated = both.map(|one| one.get("concept"));
    let words = |concept: &str| concept.replace('_', " ");
    match stated {
        [Some(a), Some(b)] if a == b => None,
        [Some(a), Some(b)] => {
            let near = |one| matches!(one, "recruitment" | "previous_residence");
            let severity = if near(a) && near(b) { Severity::Differs } else { Severity::NotComparable };
            let says = format!("concept: {} (receiving) against {} (sending)", words(a), words(b));
            Some(item(severity, "concept", says))
        }
        // Whoever leaves has lived there; who comes with its passport may have come from anywhere.
        [Some(a @ ("citizenship" | "birth")), None] if both[1].get("measure") != Some("stock") => {
            let says = format!(
                "concept: the receiving report goes by {}, wherever people come from, and the sending one does not state its \
                 concept",
                words(a)
            );
            Some(item(Severity::Differs, "concept", says))
        }
        [a, b] => unstated("concept", [a.is_none(), b.is_none()]),
    }
}

fn of_duration(both: [&Stay; 2], model: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let aspect = "duration";
    for (side, stay) in Side::BOTH.into_iter().zip(both) {
        let side = side.name();
        if let (Some(from), Some(to)) = (stay.from, stay.minimum) {
            let says = format!(
                "duration: the {side} report is converted from {from} to {to} by {model} x {}",
                stay.multiplier
            );
            items.push(item(Severity::Noted, aspect, says));
            if from == Minimum::Permanent {
                items.push(item(Severity::Noted, aspect, format!("duration: {WEAKLY_IDENTIFIED}")));
            }
        }
        if !stay.note.is_empty() {
            let severity = if stay.minimum.is_none() { Severity::NotStated } else { Severity::Noted };
            items.push(item(severity, aspect, format!("duration of the {side} report: {}", stay.note)));
        }
    }
    match both.map(|stay| stay.minimum) {
        [Some(a), Some(b)] if a == b => {}
        [Some(a), Some(b)] => {
            let rule = |stay: &Stay| if stay.by_rule { ", by a known criterion" } else { "" };
            let says = format!(
                "duration: a minimum stay of {a} (receiving{}) against {b} (sending{})",
                rule(both[0]),
                rule(both[1])
            );
            items.push(item(Severity::Differs, aspect, says));
        }
        // What is not known has been said with its reason.
        [a, b] => {
            items.extend(unstated(
                aspect,
                [a.is_none() && both[0].note.is_empty(), b.is_none() && both[1].note.is_empty()],
            ));
        }
    }
    items
}

/// Citizens, foreigners and everybody are unlike; of other words nobody can say how unlike they are.
fn of_population(stated: [Option<&str>; 2]) -> Option<Item> {
    let kind = |said: &str| {
        let said = said.to_lowercase();
        if said.contains("foreign") {
            "foreigners"
        } else if said.contains("national") || said.contains("citizen") {
            "nationals"
        } else {
            ""
        }
    };
    let severity = match stated {
        [Some(a), Some(b)] if kind(a) != kind(b) => Severity::NotComparable,
        _ => Severity::Differs,
    };
    of_texts("population", stated, severity)
}

/// The last year that a text names.
fn year(text: &str) -> i32 {
    let digits = text.split(|sign: char| !sign.is_ascii_digit()).filter(|part| part.len() == 4);
    digits.filter_map(|part| part.parse().ok()).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(fields: &[(&str, &str)]) -> Definition {
        let mut one = Definition::default();
        fields.iter().for_each(|(field, value)| one.set(field, value));
        one
    }

    fn stay(minimum: Option<f64>) -> Stay {
        let minimum = minimum.map(Minimum::Months);
        Stay { minimum, from: None, by_rule: false, multiplier: 1.0, note: String::new() }
    }

    #[test]
    fn what_is_not_stated_is_said_and_not_taken_for_alike() {
        let items = of_duration([&stay(None), &stay(Some(12.0))], "");
        assert_eq!(items[0].says, "duration: not stated by the receiving report");
        assert_eq!(items[0].severity, Severity::NotStated);
        assert!(of_duration([&stay(Some(3.0)), &stay(Some(3.0))], "").is_empty());
        let differs = &of_duration([&stay(Some(3.0)), &stay(Some(12.0))], "")[0];
        assert_eq!(differs.says, "duration: a minimum stay of 3 months (receiving) against 12 months (sending)");
    }

    #[test]
    fn citizens_are_not_everybody() {
        let population = |a, b| of_population([Some(a), Some(b)]).map(|item| item.severity);
        assert_eq!(population("nationals", "all"), Some(Severity::NotComparable));
        assert_eq!(population("foreign citizens", "citizens"), Some(Severity::NotComparable));
        assert_eq!(population("permanent residents", "registered emigrants"), Some(Severity::Differs));
        assert_eq!(population("Nationals", "nationals"), None);
    }

    #[test]
    fn concepts() {
        let concept = |a: &[(&str, &str)], b: &[(&str, &str)]| of_concept([&definition(a), &definition(b)]);
        let unlike = concept(&[("concept", "citizenship")], &[("concept", "previous_residence")]).unwrap();
        assert_eq!(unlike.severity, Severity::NotComparable);
        assert_eq!(unlike.says, "concept: citizenship (receiving) against previous residence (sending)");
        let care = concept(&[("concept", "birth")], &[("measure", "outflow")]).unwrap();
        assert_eq!(care.severity, Severity::Differs);
        assert_eq!(concept(&[], &[]).unwrap().severity, Severity::NotStated);
    }

    #[test]
    fn why_says_everything_once() {
        let items = vec![
            item(Severity::Differs, "coverage", "coverage: a (receiving) against b (sending)".into()),
            unstated("concept", [true, true]).unwrap(),
            unstated("duration", [true, false]).unwrap(),
            unstated("criteria", [true, true]).unwrap(),
        ];
        assert_eq!(
            why(&items),
            "coverage: a (receiving) against b (sending); not stated by the receiving report: duration; not stated by either \
             report: concept, criteria"
        );
        assert_eq!(why(&[]), "");
        assert_eq!(year("Stand: 01.05.2024, of 2019"), 2024);
    }
}
