//! What a figure means and where it was printed: one row of the table of definitions.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int32Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Schema};

use crate::Error;
use crate::codes::list::Codelist;
use crate::codes::{area, period, registry, unit};

/// How a field of a definition is written in Arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
}

/// The fields of a definition, in the order of the table.
const FIELDS: [(&str, Kind); 26] = [
    ("measure", Kind::Text),
    ("unit", Kind::Text),
    ("price_base", Kind::Text),
    ("concept", Kind::Text),
    ("reporter", Kind::Text),
    ("role", Kind::Text),
    ("population", Kind::Text),
    ("duration_months", Kind::Number),
    ("age_definition", Kind::Text),
    ("criteria", Kind::Text),
    ("coverage", Kind::Text),
    ("type_of_data", Kind::Text),
    ("schemes", Kind::Text),
    ("breakdown", Kind::Text),
    ("publisher", Kind::Text),
    ("dataset", Kind::Text),
    ("table", Kind::Text),
    ("file", Kind::Text),
    ("sheet", Kind::Text),
    ("vintage", Kind::Text),
    ("release_date", Kind::Text),
    ("multiplier", Kind::Number),
    ("url", Kind::Text),
    ("licence", Kind::Text),
    ("caveat", Kind::Text),
    ("break_before", Kind::Text),
];

/// The lists that definitions name for a dimension, as far as there are such lists.
pub fn lists(definitions: &[Definition], dimension: &str) -> Vec<&'static Codelist> {
    let mut named: Vec<&str> = definitions.iter().filter_map(|one| one.scheme(dimension)).collect();
    named.sort_unstable();
    named.dedup();
    // A level of a list is written after a "/".
    named.iter().filter_map(|name| registry::list(name.split('/').next()?).ok()).collect()
}

/// Fields that say how a figure was printed and is cited, not what it means.
pub const CITATION: [&str; 4] = ["multiplier", "url", "licence", "caveat"];

/// What is measured, with the unit that goes without saying.
pub const MEASURES: [(&str, Option<&str>); 16] = [
    ("stock", Some("persons")),
    ("inflow", Some("persons")),
    ("outflow", Some("persons")),
    ("net", Some("persons")),
    ("labour_outflow", Some("persons")),
    ("permits", Some("permits")),
    ("refugees", Some("persons")),
    ("asylum_seekers", Some("persons")),
    ("idps", Some("persons")),
    ("displacements", Some("persons")),
    ("returns", Some("persons")),
    ("irregular", Some("persons")),
    ("deaths", Some("persons")),
    ("remittance", None),
    ("population", Some("persons")),
    ("naturalisations", Some("persons")),
];

/// What "origin" means.
pub const CONCEPTS: [&str; 4] = ["birth", "citizenship", "previous_residence", "recruitment"];

/// Whose statistics say so, relative to the movement.
pub const ROLES: [&str; 3] = ["origin", "destination", "third"];

/// One definition. A field that nobody stated is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Definition(Vec<Option<String>>);

impl Definition {
    /// The names of the fields.
    pub fn fields() -> impl Iterator<Item = &'static str> {
        FIELDS.iter().map(|(name, _)| *name)
    }

    /// Is this the name of a field?
    pub fn has(name: &str) -> bool {
        FIELDS.iter().any(|(field, _)| *field == name)
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        let at = FIELDS.iter().position(|(field, _)| *field == name)?;
        self.0.get(at)?.as_deref()
    }

    /// States a field; an empty text unstates it.
    ///
    /// # Panics
    /// If there is no such field: callers check with [`Definition::has`].
    pub fn set(&mut self, name: &str, value: &str) {
        let at = FIELDS.iter().position(|(field, _)| *field == name).expect("a field of a definition");
        self.0.resize(FIELDS.len(), None);
        self.0[at] = (!value.is_empty()).then(|| value.to_owned());
    }

    /// The same definition with the named fields unstated.
    pub fn without<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Definition {
        let mut out = self.clone();
        names.into_iter().filter(|name| Definition::has(name)).for_each(|name| out.set(name, ""));
        out
    }

    /// The fields in which two definitions differ.
    pub fn differences(&self, other: &Definition) -> Vec<&'static str> {
        Definition::fields().filter(|field| self.get(field) != other.get(field)).collect()
    }

    /// The unit, `persons` where none is stated.
    pub fn unit(&self) -> &str {
        self.get("unit").unwrap_or("persons")
    }

    /// Are its figures ratios, such as percentages, which are never added?
    pub fn is_ratio(&self) -> bool {
        unit::kind(self.unit()) == unit::Kind::Ratio
    }

    /// Are its figures balances, which may be below 0, and whose parts may be larger than the whole?
    pub fn is_balance(&self) -> bool {
        self.get("measure") == Some("net")
    }

    /// Are its figures amounts of money?
    pub fn is_money(&self) -> bool {
        unit::kind(self.unit()) == unit::Kind::Money
    }

    /// Is it a count at an instant, which must not be added over time?
    pub fn is_stock(&self) -> bool {
        matches!(self.get("measure"), Some("stock" | "population" | "refugees" | "asylum_seekers" | "idps"))
    }

    /// The list that the codes of a dimension belong to: `ISCO-08` for occupation in `occupation=ISCO-88 as ISCO-08`, and
    /// `ISCO-88` for what was printed.
    pub fn scheme(&self, dimension: &str) -> Option<&str> {
        let name = dimension.strip_suffix("_printed");
        let stated = self.get("schemes")?.split("; ");
        let found = stated.filter_map(|one| one.split_once('=')).find(|(of, _)| *of == name.unwrap_or(dimension))?.1;
        let (read, wanted) = found.split_once(" as ").unwrap_or((found, found));
        Some(if name.is_some() { read } else { wanted })
    }

    /// What the definition is, in a few words for errors and ledgers.
    pub fn title(&self) -> String {
        let parts = ["measure", "reporter", "coverage", "breakdown", "dataset", "table", "vintage"];
        let said: Vec<&str> = parts.iter().filter_map(|field| self.get(field)).collect();
        if said.is_empty() { "no definition stated".to_owned() } else { said.join(", ") }
    }

    /// Fills in what follows from what is stated and refuses what no definition can say.
    ///
    /// # Errors
    /// [`Error::Code`] naming the field, its value and the values that it may have.
    pub fn checked(mut self) -> Result<Definition, Error> {
        let Some(measure) = self.get("measure") else {
            return Err(Error::Schema(format!(
                "no measure stated: give constants=dict(measure=...), one of {}",
                MEASURES.map(|(name, _)| name).join(", ")
            )));
        };
        let Some((_, unit)) = MEASURES.iter().find(|(name, _)| *name == measure) else {
            return Err(unknown("measure", measure, &MEASURES.map(|(name, _)| name)));
        };
        match (self.get("unit"), unit) {
            (None, Some(unit)) => self.set("unit", unit),
            (None, None) => {
                return Err(Error::Schema(format!("measure {measure:?} needs a unit, such as unit=\"USD\"")));
            }
            _ => {}
        }
        self.check_unit()?;
        for (field, allowed) in [("concept", &CONCEPTS[..]), ("role", &ROLES[..])] {
            if let Some(value) = self.get(field).filter(|value| !allowed.contains(value)) {
                return Err(unknown(field, value, allowed));
            }
        }
        if let Some(reporter) = self.get("reporter").filter(|r| !r.starts_with("org:") && area::get(r).is_none()) {
            return Err(Error::Code(format!(
                "reporter {reporter:?} is neither the code of an area nor an organisation such as \"org:UNHCR\""
            )));
        }
        for field in FIELDS.iter().filter(|(_, kind)| *kind == Kind::Number).map(|(field, _)| *field) {
            if let Some(value) = self.get(field).filter(|v| !v.parse::<f64>().is_ok_and(|v| v.is_finite() && v >= 0.0))
            {
                return Err(Error::Code(format!("{field} {value:?} is not a number of at least 0")));
            }
        }
        if let Some(date) = self.get("release_date") {
            period::instant(date).map_err(|e| Error::Code(format!("release_date: {e}")))?;
        }
        Ok(self)
    }
}

impl Definition {
    /// Is the unit one that the measure can have? Money is of remittances, and remittances are money.
    fn check_unit(&self) -> Result<(), Error> {
        let (measure, stated) = (self.get("measure").unwrap_or_default(), self.unit());
        let money = measure == "remittance";
        match (unit::check(stated)?.kind, money) {
            (unit::Kind::Money, false) => Err(Error::Code(format!(
                "unit {stated:?} is money, and measure {measure:?} is no amount of money; is measure=\"remittance\" meant?"
            ))),
            (unit::Kind::Count, true) if stated != "transfers" => Err(Error::Code(format!(
                "unit {stated:?} is a count, and measure \"remittance\" is money: state its currency, such as unit=\"USD\""
            ))),
            (kind, _) if kind != unit::Kind::Money && self.get("price_base").is_some() => {
                Err(Error::Code(format!("price_base is of money, and unit {stated:?} is none")))
            }
            _ => Ok(()),
        }
    }
}

fn unknown(field: &str, value: &str, allowed: &[&str]) -> Error {
    Error::Code(format!("{field} {value:?} is not one of {}", allowed.join(", ")))
}

/// The table of definitions: the key is the row number.
pub fn to_arrow(definitions: &[Definition]) -> Result<RecordBatch, Error> {
    let mut fields = vec![Field::new("definition", DataType::Int32, false)];
    let mut columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from_iter_values(0..definitions.len() as i32))];
    for (name, kind) in FIELDS {
        let values = definitions.iter().map(|definition| definition.get(name));
        let column: ArrayRef = match kind {
            Kind::Text => Arc::new(StringArray::from_iter(values)),
            Kind::Number => Arc::new(values.map(|v| v.and_then(|v| v.parse().ok())).collect::<Float64Array>()),
        };
        fields.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// Reads a table of definitions; columns that it lacks are unstated.
///
/// # Errors
/// [`Error::Schema`] for a column that is no field, or keys that are not 0, 1, 2, ...
pub fn from_arrow(batch: &RecordBatch) -> Result<Vec<Definition>, Error> {
    let mut definitions = vec![Definition::default(); batch.num_rows()];
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if field.name() == "definition" {
            let keys = cast(column, &DataType::Float64)?;
            let keys = keys.as_primitive::<Float64Type>();
            if keys.null_count() > 0 || keys.values().iter().enumerate().any(|(row, key)| *key != row as f64) {
                return Err(Error::Schema("the keys of the table of definitions must be 0, 1, 2, ... in order".into()));
            }
            continue;
        }
        if !Definition::has(field.name()) {
            return Err(Error::Schema(format!("the table of definitions has no field {:?}", field.name())));
        }
        let text = cast(column, &DataType::Utf8)?;
        let number = FIELDS.iter().any(|(name, kind)| name == field.name() && *kind == Kind::Number);
        for (definition, value) in definitions.iter_mut().zip(text.as_string::<i32>()) {
            // A whole number that came back as "12.0" is the same statement as "12".
            let plain = |value| if number { str::strip_suffix(value, ".0").unwrap_or(value) } else { value };
            definition.set(field.name(), value.map_or("", plain));
        }
    }
    definitions.into_iter().map(Definition::checked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn departures() -> Definition {
        let mut one = Definition::default();
        one.set("measure", "labour_outflow");
        one.set("reporter", "LKA");
        one.set("duration_months", "12");
        one
    }

    #[test]
    fn what_follows_is_filled_in_and_nonsense_is_refused() {
        assert_eq!(departures().checked().unwrap().unit(), "persons");
        for (field, value, says) in [
            ("measure", "outflw", "measure \"outflw\" is not one of stock, inflow"),
            ("concept", "passport", "concept \"passport\" is not one of birth"),
            ("reporter", "Ceylon", "reporter \"Ceylon\" is neither"),
            ("duration_months", "long", "duration_months \"long\" is not a number"),
        ] {
            let mut wrong = departures();
            wrong.set(field, value);
            let text = wrong.checked().unwrap_err().to_string();
            assert!(text.starts_with(says), "{text}");
        }
        assert!(Definition::default().checked().unwrap_err().to_string().starts_with("no measure stated"));
        let mut money = Definition::default();
        money.set("measure", "remittance");
        assert_eq!(
            money.checked().unwrap_err().to_string(),
            "measure \"remittance\" needs a unit, such as unit=\"USD\""
        );
    }

    #[test]
    fn arrow_round_trip() {
        let both = vec![departures().checked().unwrap(), departures().without(["reporter"]).checked().unwrap()];
        assert_eq!(from_arrow(&to_arrow(&both).unwrap()).unwrap(), both);
        assert_eq!(both[0].differences(&both[1]), ["reporter"]);
    }
}
