//! What is asked for, as JSON.

use serde::Deserialize;

use super::{Decision, Estimate, Method, word};
use crate::Error;

/// Names of the columns of the table of pairs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Where people come from.
    pub origin: String,
    /// Where they go.
    pub destination: String,
    /// When: a label of a period, or the first and the next day of it.
    pub time: Vec<String>,
    /// What the destination reports.
    pub inflow: String,
    /// What the origin reports.
    pub outflow: String,
    /// How much a pair weighs.
    pub weights: Option<String>,
    /// Whether the reports can be compared.
    pub comparable: Option<String>,
    /// What the reports mean.
    pub definitions: Option<[String; 2]>,
    /// Columns that, with origin and destination, tell rows apart.
    pub keys: Vec<String>,
    /// Those of them that may not hold a total beside its parts.
    pub dimensions: Vec<String>,
    /// Columns of which each value has factors of its own.
    pub per: Vec<String>,
}

impl Columns {
    /// Each column that is needed, and the argument that names it.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let one = [
            ("origin", &self.origin),
            ("destination", &self.destination),
            ("inflow", &self.inflow),
            ("outflow", &self.outflow),
        ];
        let several = [("year", &self.time), ("per", &self.per), ("by", &self.keys)];
        let optional = self.weights.iter().map(|name| ("weights", name.as_str()));
        let one = one.into_iter().map(|(argument, name)| (argument, name.as_str()));
        let several =
            several.into_iter().flat_map(|(argument, all)| all.iter().map(move |name| (argument, name.as_str())));
        one.chain(optional).chain(several)
    }
}

/// Rules of one reporter that began in these years.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The code of its area.
    pub reporter: String,
    /// `inflow`, `outflow`, or both.
    pub direction: Option<String>,
    /// The years, from the second rule on.
    pub from: Vec<i32>,
}

/// What gives a reporter factors of its own for a part of its pairs.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regimes {
    /// Nothing.
    None,
    /// The caller's rules.
    Own(Vec<Rules>),
    /// The definitions of the reports.
    Definitions,
    /// The minimum stay that is known of a publisher's figures.
    Known(String),
}

/// What is decided of a pair.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// Its origin.
    pub origin: String,
    /// Its destination.
    pub destination: String,
    /// When; always, if it is not said.
    pub when: Option<String>,
    /// The decision.
    pub decision: String,
}

/// The request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Names of columns.
    pub columns: Columns,
    method: String,
    /// Whether pairs weigh 1 over the sum of their reports.
    pub relative: bool,
    /// Receiving reporters whose factors are 1, with their regimes where they have several; none for the sum form.
    pub references: Vec<(String, Option<String>)>,
    /// The least and the most that a factor may be.
    pub bounds: Option<(f64, f64)>,
    /// Whether reporters that nothing connects with the others are left without factors.
    pub leave_out: bool,
    /// What splits reporters.
    pub regimes: Regimes,
    /// What is decided of pairs.
    pub decisions: Vec<Decided>,
    estimate: String,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// [`Error::Schema`] naming what cannot be.
    pub fn from_json(text: &str) -> Result<Request, Error> {
        let request: Request = serde_json::from_str(text).map_err(|e| Error::Schema(format!("double entry: {e}")))?;
        let method = request.method()?;
        request.estimate()?;
        if method == Method::LogLinear && request.relative {
            return Err(Error::Schema(
                "weights=\"relative\" is for differences, which are large where flows are; logarithms are relative \
                 already: with method=\"log-linear\" take weights=\"equal\" or a column of your own"
                    .to_owned(),
            ));
        }
        if let Some((low, high)) = request.bounds {
            if method != Method::LeastSquares || request.references.is_empty() {
                return Err(Error::Schema(
                    "bounds= are for method=\"least-squares\" with reference=: the sum form shrinks all factors alike, so \
                     that their sizes mean nothing"
                        .to_owned(),
                ));
            }
            if !((0.0..=1.0).contains(&low) && high >= 1.0 && high.is_finite()) {
                return Err(Error::Schema(format!(
                    "bounds=({low}, {high}): expected two finite numbers from 0, with 1, the factor of the reference, \
                     between them"
                )));
            }
        }
        Ok(request)
    }

    /// How factors are found.
    pub fn method(&self) -> Result<Method, Error> {
        self.method.parse()
    }

    /// What stands for a pair.
    pub fn estimate(&self) -> Result<Estimate, Error> {
        self.estimate.parse()
    }

    /// The decisions as such.
    pub fn decisions(&self) -> Result<Vec<Decision>, Error> {
        self.decisions.iter().map(|one| one.decision.parse()).collect()
    }

    /// Whether figures of a direction go by a rule of the caller.
    pub fn is_of(rules: &Rules, inflow: bool) -> Result<bool, Error> {
        match &rules.direction {
            None => Ok(true),
            Some(named) => Ok(word("regimes", named, &[("inflow", true), ("outflow", false)])? == inflow),
        }
    }
}
