//! Models of how long people stay: R(d), what a flow measured with a minimum stay of d is multiplied by to give the flow
//! of those who stay 12 months.
//!
//! A longer minimum counts fewer people, so R does not fall with d. A flow with minimum d1 becomes one with minimum d2 by
//! R(d1) / R(d2).

use std::str::FromStr;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::Error;
use crate::codes::duration::Minimum;
use crate::error::near;

/// What "permanent" has been found to mean: the lowest and the highest published multiplier to 12 months.
pub const WEAKLY_IDENTIFIED: &str =
    "what \"permanent\" means is weakly identified: published multipliers to 12 months run from 1.61 to 9.58";

/// A model as it was published.
#[derive(Debug)]
pub struct Published {
    /// Its name, such as `imem`.
    pub name: String,
    /// Months and multiplier, by months.
    pub points: Vec<(f64, f64)>,
    /// The multiplier of "permanent".
    pub permanent: f64,
    /// What to know of it.
    pub note: String,
    /// Where it was published.
    pub source: String,
}

static PUBLISHED: LazyLock<Vec<Published>> = LazyLock::new(|| {
    let table = include_str!("../codes/tables/duration_models.csv");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let number = |text: &str| text.parse::<f64>().expect("a number");
    let header = reader.headers().expect("a header").clone();
    let months: Vec<f64> = header.iter().skip(1).take(4).map(number).collect();
    let row = |row: csv::StringRecord| Published {
        name: row[0].to_owned(),
        points: months.iter().copied().zip(row.iter().skip(1).map(number)).collect(),
        permanent: number(&row[5]),
        note: row[6].to_owned(),
        source: row[7].to_owned(),
    };
    reader.records().map(|record| row(record.expect("a well-formed row"))).collect()
});

/// The published models.
pub fn published() -> &'static [Published] {
    &PUBLISHED
}

/// How multipliers lie between the months of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OffGrid {
    /// On a straight line.
    #[default]
    Linear,
    /// Their logarithms on a straight line.
    Loglinear,
}

impl OffGrid {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Loglinear => "loglinear",
        }
    }
}

impl FromStr for OffGrid {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "linear" => Ok(Self::Linear),
            "loglinear" => Ok(Self::Loglinear),
            other => Err(Error::Code(format!(
                "off_grid={other:?}: expected \"linear\" or \"loglinear\"{}",
                near(other, &["linear", "loglinear"])
            ))),
        }
    }
}

/// A model.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// Multipliers by months, and perhaps one for permanent settlement.
    Table {
        /// Its name; `own` for the caller's.
        name: String,
        /// Months and multiplier, by months, neither falling.
        points: Vec<(f64, f64)>,
        /// The multiplier of "permanent".
        permanent: Option<f64>,
    },
    /// Those who came leave at a constant rate a year: R(d) = exp(rate (d - 1)), d in years.
    Exponential(f64),
}

/// A model as the caller gives it: one of the three.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spec {
    name: Option<String>,
    rate: Option<f64>,
    points: Option<Vec<(f64, f64)>>,
    permanent: Option<f64>,
}

impl TryFrom<Spec> for Model {
    type Error = Error;
    fn try_from(spec: Spec) -> Result<Self, Error> {
        match spec {
            Spec { name: Some(name), .. } => Model::named(&name),
            Spec { rate: Some(rate), .. } => Model::exponential(rate),
            Spec { points, permanent, .. } => Model::own(points.unwrap_or_default(), permanent),
        }
    }
}

impl Model {
    /// A published model.
    ///
    /// # Errors
    /// [`Error::Code`] with near names.
    pub fn named(name: &str) -> Result<Model, Error> {
        let Some(one) = PUBLISHED.iter().find(|one| one.name == name) else {
            let names: Vec<&str> = PUBLISHED.iter().map(|one| one.name.as_str()).collect();
            return Err(Error::Code(format!(
                "model={name:?}: expected one of {}, an exponential (durations.exponential(0.24)), or a mapping of \
                 months to multipliers{}",
                names.join(", "),
                near(name, &names)
            )));
        };
        Ok(Model::Table { name: one.name.clone(), points: one.points.clone(), permanent: Some(one.permanent) })
    }

    /// A constant rate a year at which those who came leave.
    ///
    /// # Errors
    /// [`Error::Schema`] for a rate that is not a finite number of at least 0.
    pub fn exponential(rate: f64) -> Result<Model, Error> {
        if !rate.is_finite() || rate < 0.0 {
            return Err(Error::Schema(format!(
                "the rate of an exponential is {rate}: expected a finite number a year of at least 0, such as 0.24"
            )));
        }
        Ok(Model::Exponential(rate))
    }

    /// The caller's own multipliers.
    ///
    /// # Errors
    /// [`Error::Schema`] for multipliers that are not positive or that fall where the minimum stay grows.
    pub fn own(mut points: Vec<(f64, f64)>, permanent: Option<f64>) -> Result<Model, Error> {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        if points.is_empty() && permanent.is_none() {
            return Err(Error::Schema(
                "model={}: expected months and multipliers, such as {0: 0.53, 12: 1, \"permanent\": 2.26}".into(),
            ));
        }
        for (months, multiplier) in &points {
            if !months.is_finite() || *months < 0.0 {
                return Err(Error::Schema(format!("model: {months} is no number of months of at least 0")));
            }
            positive(&Minimum::Months(*months), *multiplier)?;
        }
        if let Some(pair) = points.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Error::Schema(format!("model: {} months has two multipliers", pair[0].0)));
        }
        permanent.map_or(Ok(()), |multiplier| positive(&Minimum::Permanent, multiplier))?;
        let all: Vec<(Minimum, f64)> =
            (points.iter().map(|(months, multiplier)| (Minimum::Months(*months), *multiplier)))
                .chain(permanent.map(|multiplier| (Minimum::Permanent, multiplier)))
                .collect();
        if let Some(pair) = all.windows(2).find(|pair| pair[0].1 > pair[1].1) {
            return Err(Error::Schema(format!(
                "model: the multiplier falls from {} ({}) to {} ({}); a longer minimum stay counts fewer people and needs \
                 at least as large a multiplier",
                pair[0].1, pair[0].0, pair[1].1, pair[1].0
            )));
        }
        Ok(Model::Table { name: "own".to_owned(), points, permanent })
    }

    /// Its name, as it is written into definitions.
    pub fn name(&self) -> String {
        match self {
            Model::Table { name, .. } => name.clone(),
            Model::Exponential(rate) => format!("exponential({rate})"),
        }
    }

    /// Whether a multiplier is one of its own, not interpolated.
    pub fn on_grid(&self, minimum: Minimum) -> bool {
        match (self, minimum) {
            (Model::Table { points, .. }, Minimum::Months(months)) => points.iter().any(|point| point.0 == months),
            _ => true,
        }
    }

    /// R of a minimum stay.
    ///
    /// # Errors
    /// [`Error::Code`] where the model has no multiplier, saying why.
    pub fn to_year(&self, minimum: Minimum, off_grid: OffGrid) -> Result<f64, Error> {
        match (self, minimum) {
            (Model::Exponential(rate), Minimum::Months(months)) => {
                let multiplier = (rate * (months / 12.0 - 1.0)).exp();
                positive(&minimum, multiplier)?;
                Ok(multiplier)
            }
            (Model::Exponential(_), Minimum::Permanent) => Err(Error::Code(
                "an exponential has no multiplier for \"permanent\", which is no number of months: the published ones \
                 disagree on its length (2.26 of IMEM would be a stay of 2.3 years under an exponential, 2.61 of the \
                 Poisson model is five years); use model=\"imem\", or say in months what you take it for"
                    .into(),
            )),
            (Model::Table { permanent: Some(multiplier), .. }, Minimum::Permanent) => Ok(*multiplier),
            (Model::Table { name, .. }, Minimum::Permanent) => Err(Error::Code(format!(
                "model {name:?} has no multiplier for \"permanent\"; add one, such as \"permanent\": 2.26"
            ))),
            (Model::Table { name, points, permanent }, Minimum::Months(months)) => {
                between(points, months, off_grid).ok_or_else(|| beyond(name, points, *permanent, months))
            }
        }
    }

    /// What a flow with one minimum stay is multiplied by to have another.
    ///
    /// # Errors
    /// As [`Model::to_year`].
    pub fn multiplier(&self, from: Minimum, to: Minimum, off_grid: OffGrid) -> Result<f64, Error> {
        if from == to {
            return Ok(1.0);
        }
        let multiplier = self.to_year(from, off_grid)? / self.to_year(to, off_grid)?;
        positive(&from, multiplier)?;
        Ok(multiplier)
    }
}

fn positive(minimum: &Minimum, multiplier: f64) -> Result<(), Error> {
    if multiplier.is_finite() && multiplier > 0.0 {
        return Ok(());
    }
    Err(Error::Schema(format!("model: the multiplier of {minimum} is {multiplier}; expected a finite number above 0")))
}

/// The multiplier between the two nearest months; none outside of them.
fn between(points: &[(f64, f64)], months: f64, off_grid: OffGrid) -> Option<f64> {
    let above = points.iter().position(|point| point.0 >= months)?;
    let (right, high) = points[above];
    if right == months {
        return Some(high);
    }
    let (left, low) = points[above.checked_sub(1)?];
    let part = (months - left) / (right - left);
    Some(match off_grid {
        OffGrid::Linear => low + (high - low) * part,
        OffGrid::Loglinear => (low.ln() + (high.ln() - low.ln()) * part).exp(),
    })
}

fn beyond(name: &str, points: &[(f64, f64)], permanent: Option<f64>, months: f64) -> Error {
    let said = Minimum::Months(months);
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Error::Code(format!("model {name:?} knows \"permanent\" only, not {said}"));
    };
    if months < first.0 {
        return Error::Code(format!(
            "{said} is below the shortest stay of model {name:?}, {}: nothing is extrapolated",
            Minimum::Months(first.0)
        ));
    }
    let hint = match permanent {
        Some(multiplier) => format!(
            "; its {multiplier} for \"permanent\" belongs to no number of months and cannot be combined with permanent = \
             60 months: write \"permanent\" where that is meant, or give a model of your own that says how long it is"
        ),
        None => String::new(),
    };
    Error::Code(format!(
        "{said} is beyond the longest stay of model {name:?}, {}: nothing is extrapolated{hint}",
        Minimum::Months(last.0)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINEAR: OffGrid = OffGrid::Linear;

    fn months(months: f64) -> Minimum {
        Minimum::Months(months)
    }

    #[test]
    fn published_multipliers() {
        let names: Vec<&str> = published().iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["imem", "expert", "poisson", "mixture"]);
        for (name, expected, permanent) in [
            ("imem", [0.53, 0.63, 0.73, 1.0], 2.26),
            ("expert", [0.51, 0.61, 0.81, 1.0], 1.61),
            ("poisson", [0.79, 0.84, 0.89, 1.0], 2.61),
            ("mixture", [0.51, 0.64, 0.71, 1.0], 1.8),
        ] {
            let model = Model::named(name).unwrap();
            for (d, want) in [0.0, 3.0, 6.0, 12.0].into_iter().zip(expected) {
                assert_eq!(model.multiplier(months(d), months(12.0), LINEAR).unwrap(), want, "{name} {d}");
            }
            assert_eq!(model.multiplier(Minimum::Permanent, months(12.0), LINEAR).unwrap(), permanent);
        }
    }

    #[test]
    fn a_published_model_is_as_good_as_ones_own() {
        for one in published() {
            Model::own(one.points.clone(), Some(one.permanent)).unwrap();
            assert!(!one.note.is_empty() && !one.source.is_empty());
        }
    }

    #[test]
    fn the_poisson_column_is_an_exponential() {
        let model = Model::exponential(0.24).unwrap();
        let found = [0.0, 3.0, 6.0, 12.0, 60.0].map(|d| model.to_year(months(d), LINEAR).unwrap());
        assert_eq!(found.map(|r| (r * 100.0).round()), [79.0, 84.0, 89.0, 100.0, 261.0]);
    }

    #[test]
    fn between_the_months_of_the_table() {
        let model = Model::named("imem").unwrap();
        let of = |d, off| model.to_year(months(d), off).unwrap();
        assert!((of(1.25, LINEAR) - 0.571_667).abs() < 1e-6);
        assert!((of(9.0, OffGrid::Loglinear) - (0.73f64).sqrt()).abs() < 1e-12);
        assert!(model.on_grid(months(3.0)) && !model.on_grid(months(4.0)) && model.on_grid(Minimum::Permanent));
    }

    #[test]
    fn what_a_model_cannot_say_is_refused() {
        let imem = Model::named("imem").unwrap();
        let flat = Model::own(vec![(3.0, 0.5), (12.0, 1.0)], None).unwrap();
        let says = |model: &Model, minimum| model.multiplier(minimum, months(12.0), LINEAR).unwrap_err().to_string();
        assert!(says(&imem, months(60.0)).contains("cannot be combined with permanent = 60 months"));
        assert!(
            says(&imem, months(24.0)).starts_with("24 months is beyond the longest stay of model \"imem\", 12 months")
        );
        assert!(says(&flat, months(1.0)).starts_with("1 month is below the shortest stay of model \"own\", 3 months"));
        assert!(says(&flat, Minimum::Permanent).contains("has no multiplier for \"permanent\""));
        let exponential = Model::exponential(0.627).unwrap();
        assert!(says(&exponential, Minimum::Permanent).contains("which is no number of months"));
        for (points, permanent, says) in [
            (vec![], None, "expected months and multipliers"),
            (vec![(0.0, 0.0)], None, "the multiplier of 0 months is 0"),
            (vec![(3.0, 0.9), (0.0, 1.0)], None, "falls from 1 (0 months) to 0.9 (3 months)"),
            (vec![(12.0, 1.0)], Some(0.9), "falls from 1 (12 months) to 0.9 (permanent)"),
            (vec![(3.0, 1.0), (3.0, 1.0)], None, "3 months has two multipliers"),
            (vec![(-3.0, 1.0)], None, "-3 is no number of months"),
        ] {
            let text = Model::own(points, permanent).unwrap_err().to_string();
            assert!(text.contains(says), "{text}");
        }
        assert!(Model::named("imen").unwrap_err().to_string().ends_with("did you mean \"imem\"?"));
        assert!(Model::exponential(-1.0).unwrap_err().to_string().contains("at least 0"));
    }

    fn any_model() -> impl Strategy<Value = Model> {
        prop_oneof![
            prop::sample::select(vec!["imem", "expert", "poisson", "mixture"])
                .prop_map(|name| Model::named(name).unwrap()),
            (0.0..2.0).prop_map(|rate| Model::exponential(rate).unwrap()),
        ]
    }

    proptest! {
        #[test]
        fn steps_make_the_whole_way(
            model in any_model(), d in prop::array::uniform3(0.0..=12.0f64), loglinear in any::<bool>()
        ) {
            let off = if loglinear { OffGrid::Loglinear } else { LINEAR };
            let of = |a: f64, b: f64| model.multiplier(months(a), months(b), off).unwrap();
            let (steps, whole) = (of(d[0], d[1]) * of(d[1], d[2]), of(d[0], d[2]));
            prop_assert!((steps - whole).abs() <= 1e-14 * whole, "{} {}", steps, whole);
            prop_assert_eq!(of(d[0], d[0]), 1.0);
            // A longer minimum stay leaves fewer.
            prop_assert!(d[0] > d[1] || of(d[0], d[1]) <= 1.0 + 1e-15);
        }
    }
}
