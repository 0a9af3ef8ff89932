//! What the caller says about a table: which column is what, what is constant, how labels are to be read.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::conversion::CLASSED;
use super::values;
use crate::Error;
use crate::codes::area::resolve::{Policy, resolve};
use crate::codes::unit;
use crate::definition::Definition;
use crate::error::near;
use crate::observation::{DIMENSIONS, PRESENCE};

/// Roles of a column that say when.
pub const PERIODS: [&str; 5] = ["year", "period", "date", "period_start", "period_end"];

/// Roles of a column beside dimensions, periods and fields of the definition.
pub const OTHERS: [&str; 9] = ["value", "low", "high", "flag", "obs_status", "conf_status", "note", "basis", "leaf"];

/// How to read a table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Request {
    /// Role -> column.
    pub columns: BTreeMap<String, String>,
    /// Role -> the one label that holds for every row.
    pub constants: BTreeMap<String, String>,
    /// Columns of values in a wide table, each with the labels that it stands for.
    pub wide: Vec<WideColumn>,
    /// Dimension -> (scheme of the labels, scheme of the codes wanted).
    pub schemes: BTreeMap<String, (String, String)>,
    /// The calendar that labels of years, periods and dates are of; Gregorian unless stated.
    pub calendar: Option<String>,
    /// Month and day that counts of whole years were made on.
    pub day: Option<String>,
    /// Text that stands where a number is missing -> kind of presence.
    pub missing: BTreeMap<String, String>,
    /// Label of an area -> code.
    pub overrides: BTreeMap<String, String>,
    /// Rung of a skill ladder -> broad level -> weight.
    pub weights: Weights,
    /// What to do when two rows stand for the same figure.
    pub duplicates: Duplicates,
    /// What to do with the label of an area that is not known.
    pub on_unresolved: OnUnresolved,
    /// Are counts of people below zero set aside? They are refused otherwise.
    pub below_zero_aside: bool,
}

/// One column of a wide table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WideColumn {
    /// Its name.
    pub column: String,
    /// Role -> label.
    pub labels: BTreeMap<String, String>,
}

/// How the ambiguous rungs of a skill ladder are shared out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// They are not: their level is unknown.
    #[default]
    None,
    /// In equal parts over the levels that they may belong to.
    Equal,
    /// As the caller says.
    Given(BTreeMap<String, BTreeMap<String, f64>>),
}

/// What to do when two rows stand for the same figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// Refuse the table, naming both rows.
    #[default]
    Error,
    /// Keep the first, set the others aside.
    First,
    /// Set aside those that repeat the same number, as tables do that print a row twice; refuse those that do not.
    Same,
    /// Keep all: the rows are records of the same kind, to be added.
    Keep,
}

/// What to do with the label of an area that is not known or means several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnresolved {
    /// Set the row aside and list it in the ledger.
    #[default]
    SetAside,
    /// Refuse the table.
    Error,
}

impl Request {
    /// Reads a request.
    pub fn from_json(text: &str) -> Result<Request, Error> {
        serde_json::from_str(text).map_err(|e| Error::Schema(format!("harmonise: {e}")))
    }

    /// Verifies that the request makes sense for a table with these columns.
    ///
    /// # Errors
    /// [`Error::Schema`] naming the argument and what it should be.
    pub fn check(&self, table: &[&str]) -> Result<(), Error> {
        for role in self.columns.keys().chain(self.constants.keys()) {
            known(role)?;
        }
        for (role, column) in &self.columns {
            exists(&format!("{role}={column:?}"), column, table)?;
            if self.constants.contains_key(role) {
                return Err(Error::Schema(format!("{role} is given both as column {column:?} and under constants=")));
            }
        }
        for wide in &self.wide {
            exists("wide=", &wide.column, table)?;
            for role in wide.labels.keys() {
                known(role)?;
                if self.columns.contains_key(role) {
                    return Err(Error::Schema(format!(
                        "wide column {:?} states {role}, which is also a column of the table",
                        wide.column
                    )));
                }
            }
        }
        if self.columns.contains_key("multiplier")
            || self.wide.iter().any(|wide| wide.labels.contains_key("multiplier"))
        {
            return Err(Error::Schema(
                "multiplier is one number for the whole table: give constants=dict(multiplier=1000), and harmonise tables \
                 of different units apart"
                    .into(),
            ));
        }
        for (role, (read, wanted)) in &self.schemes {
            if !DIMENSIONS.contains(&role.as_str()) {
                return Err(Error::Schema(format!(
                    "schemes= names {role:?}, which is no dimension{}",
                    near(role, &DIMENSIONS)
                )));
            }
            if wanted != read && !CLASSED.contains(&role.as_str()) {
                return Err(Error::Schema(format!(
                    "schemes={{{role:?}: ({read:?}, {wanted:?})}}: {role} has one list of codes; name the scheme of the labels alone"
                )));
            }
        }
        if self.columns.contains_key("value") != self.wide.is_empty() {
            return Err(Error::Schema(
                "state where the values are: either value=\"column\" for a long table or wide={\"column\": dict(...)} for a wide one".into(),
            ));
        }
        if !PERIODS.iter().any(|role| self.states(role)) {
            return Err(Error::Schema(
                "no period stated: give year=, period= or date= (a column), or constants=dict(year=1996)".into(),
            ));
        }
        if self.states("period_start") != self.states("period_end") {
            return Err(Error::Schema("period_start and period_end go together: only one is given".into()));
        }
        let stated: Vec<&str> =
            ["year", "period", "date", "period_start"].into_iter().filter(|r| self.states(r)).collect();
        if stated.len() > 1 {
            return Err(Error::Schema(format!("the period is stated twice: by {}", stated.join(" and by "))));
        }
        for (marker, presence) in &self.missing {
            let (kind, _) = values::bounded(presence);
            if !PRESENCE.contains(&kind) || kind == "value" {
                return Err(Error::Schema(format!(
                    "missing={{{marker:?}: {presence:?}}}: expected one of {}",
                    PRESENCE[1..].join(", ")
                )));
            }
        }
        Ok(())
    }

    /// What a printed unit says. The reporter's money decides between currencies of one name.
    ///
    /// # Errors
    /// [`Error::Code`] for what is no unit or may be several.
    pub fn unit(&self, label: &str) -> Result<unit::Printed, Error> {
        let reporter = self.constants.get("reporter").map(|name| resolve(name, &Policy::default()).code);
        unit::parse(label, reporter.flatten()).map_err(|error| match (error, reporter) {
            (Error::Code(text), None) if text.contains(" may be ") => {
                Error::Code(format!("{text}, or state the reporter whose money it is"))
            }
            (error, _) => error,
        })
    }

    /// The power of ten of figures that are printed in this unit and with this multiplier.
    ///
    /// # Errors
    /// [`Error::Code`] for what is no unit, [`Error::Schema`] for what is no power of ten.
    pub fn shift(&self, unit: Option<&str>, multiplier: Option<&str>) -> Result<i32, Error> {
        match multiplier.filter(|text| !text.is_empty()) {
            Some(multiplier) => values::shift(multiplier),
            None => Ok(unit.map(|unit| self.unit(unit)).transpose()?.map_or(0, |unit| unit.shift)),
        }
    }

    /// Is the role stated at all?
    pub fn states(&self, role: &str) -> bool {
        self.columns.contains_key(role)
            || self.constants.contains_key(role)
            || self.wide.iter().any(|wide| wide.labels.contains_key(role))
    }
}

fn known(role: &str) -> Result<(), Error> {
    if DIMENSIONS.contains(&role) || PERIODS.contains(&role) || OTHERS.contains(&role) || Definition::has(role) {
        return Ok(());
    }
    let all: Vec<&str> = DIMENSIONS.into_iter().chain(PERIODS).chain(OTHERS).chain(Definition::fields()).collect();
    Err(Error::Schema(format!("{role:?} is not something that a column or constant can be{}", near(role, &all))))
}

fn exists(argument: &str, column: &str, table: &[&str]) -> Result<(), Error> {
    if table.contains(&column) {
        return Ok(());
    }
    Err(Error::Schema(format!(
        "{argument}: the table has no column {column:?}{}; it has {}",
        near(column, table),
        table.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_names_are_refused_with_near_ones() {
        let text = r#"{"columns": {"destination": "Contry", "value": "n"}, "constants": {"year": "1996"}}"#;
        let error = Request::from_json(text).unwrap().check(&["Country", "n"]).unwrap_err().to_string();
        assert_eq!(
            error,
            "destination=\"Contry\": the table has no column \"Contry\"; did you mean \"Country\"?; it has \"Country\", \"n\""
        );
        let text = r#"{"columns": {"value": "n"}, "constants": {"yaer": "1996"}}"#;
        let error = Request::from_json(text).unwrap().check(&["n"]).unwrap_err().to_string();
        assert_eq!(error, "\"yaer\" is not something that a column or constant can be; did you mean \"year\"?");
    }
}
