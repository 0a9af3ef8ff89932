//! What is asked of an allocation.

use std::str::FromStr;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::Error;
use crate::codes::area::groups::{self, Group};
use crate::codes::area::{self, Kind};
use crate::observation::AREAS;

/// By what residuals are divided.
#[derive(Clone, Debug)]
pub enum By {
    /// They are not.
    Keep,
    /// By the figures of areas that are named beside them.
    Figures,
    /// By weights from elsewhere, of areas and perhaps a partner.
    Weights(Vec<Weight>),
}

/// The weight of an area.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// Its code.
    pub area: String,
    /// The partner for which it holds; none for all that have no weights of their own.
    pub partner: Option<String>,
    /// At least 0.
    pub weight: f64,
}

/// Which areas may get something by weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// All that have a weight.
    Any,
    /// Those that have a figure beside the residual.
    Named,
    /// Those that have none: "others" are others than those named.
    Unnamed,
}

impl FromStr for To {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "any" => Ok(Self::Any),
            "named" => Ok(Self::Named),
            "unnamed" => Ok(Self::Unnamed),
            _ => Err(Error::Schema(format!("to={name:?}: expected 'any', 'named' or 'unnamed'"))),
        }
    }
}

/// Where the group of a residual is known from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    All,
    Code(String),
    Row(u32),
    Column(u32),
}

/// How to allocate.
pub struct Request {
    pub(super) dimension: &'static str,
    pub(super) residuals: Vec<String>,
    pub(super) by: By,
    pub(super) to: To,
    pub(super) within: Vec<(Place, &'static Group)>,
    pub(super) integers: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    dimension: String,
    residuals: Vec<String>,
    how: String,
    weights: Option<Vec<Weight>>,
    to: String,
    within: Vec<Within>,
    integers: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Within {
    by: String,
    key: Option<String>,
    group: String,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// [`Error::Code`] for areas and groups that are none, [`Error::Schema`] for words that are not known.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let given: Given = serde_json::from_str(json).map_err(|error| Error::Schema(error.to_string()))?;
        let dimension = dimension(&given.dimension)?;
        for code in &given.residuals {
            if area::get(code).is_none_or(|area| area.kind != Kind::Residual) {
                return Err(Error::Code(format!("residuals: {code:?} is no residual; they are _O, _U, _Z and STLS")));
            }
        }
        let by = match (given.how.as_str(), given.weights) {
            ("keep", None) => By::Keep,
            ("proportional", None) => By::Figures,
            ("propensities", Some(weights)) => By::Weights(weights),
            ("propensities", None) => {
                return Err(Error::Schema(
                    "how=\"propensities\" needs propensities=, a table of areas and weights".into(),
                ));
            }
            ("keep" | "proportional", Some(_)) => {
                return Err(Error::Schema(format!("propensities= are for how=\"propensities\", not {:?}", given.how)));
            }
            (other, _) => {
                return Err(Error::Schema(format!("how={other:?}: expected 'keep', 'proportional' or 'propensities'")));
            }
        };
        if let By::Weights(weights) = &by {
            check(weights)?;
        }
        let number = |key: &Option<String>| -> Result<u32, Error> {
            key.as_deref().and_then(|key| key.parse().ok()).ok_or_else(|| {
                Error::Schema(format!("within: {key:?} is no number of a row or column, counted from 0"))
            })
        };
        let within = given.within.iter().map(|one| {
            let place = match one.by.as_str() {
                "all" => Place::All,
                "row" => Place::Row(number(&one.key)?),
                "column" => Place::Column(number(&one.key)?),
                _ => Place::Code(one.key.clone().filter(|key| given.residuals.contains(key)).ok_or_else(|| {
                    let (key, all) = (one.key.as_deref().unwrap_or_default(), given.residuals.join(", "));
                    Error::Code(format!("within: {key:?} is none of the residuals {all}"))
                })?),
            };
            Ok((place, groups::group(&one.group)?))
        });
        let within = within.collect::<Result<_, Error>>()?;
        let to = given.to.parse()?;
        Ok(Self { dimension, residuals: given.residuals, by, to, within, integers: given.integers })
    }
}

fn check(weights: &[Weight]) -> Result<(), Error> {
    let mut seen: FxHashMap<(&str, Option<&str>), usize> = FxHashMap::default();
    for (row, one) in weights.iter().enumerate() {
        let areas = [Some(&one.area), one.partner.as_ref()];
        if let Some(code) = areas.into_iter().flatten().find(|code| area::get(code).is_none()) {
            return Err(Error::Code(format!(
                "propensities, row {row}: {code:?} is no code of an area: ask areas.resolve({code:?})"
            )));
        }
        if area::get(&one.area).is_none_or(|area| !matches!(area.kind, Kind::Country | Kind::Former)) {
            return Err(Error::Code(format!(
                "propensities, row {row}: {} is no country or former state: nobody can be allocated to it",
                one.area
            )));
        }
        if !one.weight.is_finite() || one.weight < 0.0 {
            return Err(Error::Schema(format!(
                "propensities, row {row}: a weight of {} for {}: expected a number of at least 0",
                one.weight, one.area
            )));
        }
        if let Some(first) = seen.insert((&one.area, one.partner.as_deref()), row) {
            return Err(Error::Schema(format!("propensities: {} stands in rows {first} and {row}", one.area)));
        }
    }
    Ok(())
}

/// The dimension of a name.
pub(super) fn dimension(name: &str) -> Result<&'static str, Error> {
    AREAS
        .into_iter()
        .find(|known| *known == name)
        .ok_or_else(|| Error::Schema(format!("dimension={name:?}: expected one of {}", AREAS.join(", "))))
}
