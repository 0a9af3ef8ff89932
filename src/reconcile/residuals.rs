//! Figures of origins or destinations that nobody named, divided among those that were.
//!
//! What was observed stays as it is: what is divided becomes figures of its own, each a share of the printed one.

use std::str::FromStr;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{UInt16Type, UInt32Type};
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::apportion::{Step, apportion};
use super::cells::{self, value, what};
use super::rows::{How, Made, Work};
use crate::Error;
use crate::codes::area::groups::{self, Group, Placement};
use crate::codes::area::{self, Kind};
use crate::codes::period::{self, Period};
use crate::exact::ExactSum;
use crate::ledger::Severity;
use crate::observation::{AREAS, Observations, PRESENCE};

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
enum Place {
    All,
    Code(String),
    Row(u32),
    Column(u32),
}

/// How to allocate.
pub struct Request {
    dimension: &'static str,
    residuals: Vec<String>,
    by: By,
    to: To,
    within: Vec<(Place, &'static Group)>,
    integers: bool,
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
                return Err(Error::Schema("how=\"propensities\" needs propensities=, a table of areas and weights".into()));
            }
            ("keep" | "proportional", Some(_)) => {
                return Err(Error::Schema(format!("propensities= are for how=\"propensities\", not {:?}", given.how)));
            }
            (other, _) => {
                return Err(Error::Schema(format!(
                    "how={other:?}: expected 'keep', 'proportional' or 'propensities'"
                )));
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
                _ => Place::Code(one.key.clone().unwrap_or_default()),
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

fn dimension(name: &str) -> Result<&'static str, Error> {
    AREAS.into_iter().find(|known| *known == name).ok_or_else(|| {
        Error::Schema(format!("dimension={name:?}: expected one of {}", AREAS.join(", ")))
    })
}

/// What a dimension's partner is: nobody moves from a place to itself.
fn partner_of(dimension: &str) -> &'static str {
    if dimension == "destination" { "origin" } else { "destination" }
}

/// Leaves of one cell: the residuals, and the areas that are named with what they count.
#[derive(Default)]
struct Cell {
    residuals: Vec<u32>,
    named: FxHashMap<&'static str, ExactSum>,
}

/// Residual figures divided among areas; what cannot be divided stays, and the ledger says why.
///
/// # Errors
/// [`Error::Schema`] for a table without the dimension, and for figures that are no whole numbers where parts are to be.
pub fn allocate(observations: &Observations, request: &Request) -> Result<Observations, Error> {
    let name = request.dimension;
    let Some((keys, codes)) = observations.codes(name) else {
        return Err(Error::Schema(format!("the table has no {name}: it is not broken down by it")));
    };
    let nulls = observations.figures()[name].nulls();
    let residual: Vec<bool> = codes.iter().map(|code| request.residuals.iter().any(|one| one == code)).collect();
    let named: Vec<Option<&'static str>> = codes
        .iter()
        .map(|code| {
            let found = area::get(code).filter(|area| matches!(area.kind, Kind::Country | Kind::Former));
            found.map(|area| area.code)
        })
        .collect();
    let wanted = |row: &u32| {
        let row = *row as usize;
        let key = keys[row] as usize;
        let coded = !nulls.is_some_and(|nulls| nulls.is_null(row));
        coded && observations.leaves().value(row) && (residual[key] || named[key].is_some())
    };
    let rows: Vec<u32> = (0..observations.len() as u32).filter(wanted).collect();
    let (cell, count) = cells::number(observations, &rows, &[name], &[]);
    let mut found: Vec<Cell> = Vec::new();
    found.resize_with(count, Cell::default);
    for (row, cell) in rows.iter().zip(cell) {
        let cell = &mut found[cell as usize];
        let key = keys[*row as usize] as usize;
        match named[key] {
            None => cell.residuals.push(*row),
            Some(code) => {
                if let Some(value) = value(observations, *row as usize) {
                    cell.named.entry(code).or_default().add(value);
                }
            }
        }
    }
    let mut work = Work::default();
    let how = match &request.by {
        By::Keep => "kept",
        By::Figures => "in proportion to the areas named",
        By::Weights(_) => "by propensities",
    };
    let reason = work.reason(&format!("residuals of {name} allocated {how}"));
    for cell in &found {
        for row in &cell.residuals {
            one(observations, request, cell, *row, reason, &mut work)?;
        }
    }
    weigh(observations, &rows, &|row| residual[keys[row] as usize], name, &mut work);
    work.finish(observations, "reconcile.allocate_residuals")
}

fn one(
    observations: &Observations,
    request: &Request,
    cell: &Cell,
    row: u32,
    reason: usize,
    work: &mut Work,
) -> Result<(), Error> {
    let (at, name) = (row as usize, request.dimension);
    let code = observations.code(name, at).unwrap_or_default();
    let stay = |work: &mut Work, why: &str| {
        work.find(observations, Severity::Warning, &format!("{name} {code} kept: {why}"), row);
    };
    if matches!(request.by, By::Keep) {
        return Ok(());
    }
    let definition = &observations.definitions()[observations.definition_keys()[at] as usize];
    if definition.is_ratio() {
        stay(work, "a ratio is never divided");
        return Ok(());
    }
    if definition.get("measure") == Some("net") {
        stay(work, "net migration is divided by its inflow and its outflow");
        return Ok(());
    }
    let Some(figure) = value(observations, at) else {
        stay(work, "without a value");
        return Ok(());
    };
    let group = group_of(observations, request, row, code);
    let partner = observations.code(partner_of(name), at).unwrap_or_default();
    let year = period::start_year(cells::period(observations, at));
    let inside = |area: &str| {
        let held = |group: &&Group| groups::contains(group, area, Some(year)) == Placement::Inside;
        area != partner && group.is_none_or(|group| held(&group))
    };
    let mut weights: Vec<(&'static str, f64)> = match &request.by {
        By::Keep => return Ok(()),
        By::Figures => {
            let all = cell.named.iter().map(|(area, sum)| (*area, sum.value()));
            all.filter(|(area, sum)| inside(area) && *sum > 0.0).collect()
        }
        By::Weights(given) => {
            let own = given.iter().any(|one| one.partner.as_deref() == Some(partner));
            let mine = given.iter().filter(|one| one.partner.as_deref() == own.then_some(partner));
            let named = |area: &str| cell.named.contains_key(area);
            let meant = |area: &str| match request.to {
                To::Any => true,
                To::Named => named(area),
                To::Unnamed => !named(area),
            };
            mine.filter_map(|one| Some((area::get(&one.area)?.code, one.weight)))
                .filter(|(area, weight)| inside(area) && meant(area) && *weight > 0.0)
                .collect()
        }
    };
    // By their codes, so that ties do not depend on the order of the rows.
    weights.sort_unstable_by_key(|(area, _)| *area);
    if weights.is_empty() {
        let of = group.map_or(String::new(), |group| format!(" of {}", group.code));
        stay(work, &format!("no area{of} beside it to allocate it to"));
        return Ok(());
    }
    let numbers: Vec<f64> = weights.iter().map(|(_, weight)| *weight).collect();
    let step = if request.integers { Step::One } else { Step::LastBit };
    let Some(amounts) = apportion(figure, &numbers, step) else {
        return Err(Error::Schema(format!(
            "row {at} ({}): {figure} is no whole number, so its parts cannot be; leave integers=False",
            what(observations, at)
        )));
    };
    let shares = super::apportion::shares(&numbers).unwrap_or_default();
    let note: Arc<str> = match (&request.by, group) {
        (By::Weights(_), _) => format!("part of {code}, by propensities").into(),
        (_, Some(group)) => format!("part of {code} within {}", group.code).into(),
        (_, None) => format!("part of {code}").into(),
    };
    let presence = observations.code("presence", at).unwrap_or_default();
    let presence = PRESENCE.into_iter().find(|known| *known == presence && figure == 0.0).unwrap_or("value");
    let made = weights.iter().zip(amounts.into_iter().zip(shares)).map(|((area, _), (amount, share))| Made {
        from: row,
        of: vec![row],
        areas: vec![(name, area)],
        value: Some(amount),
        bounds: None,
        share: if figure == 0.0 { share } else { amount / figure },
        leaf: true,
        presence,
        how: How::Part,
        note: Some(note.clone()),
        reason,
    });
    work.replace(&[row], reason, made);
    Ok(())
}

/// The group that a residual is of, where the caller says it.
fn group_of(observations: &Observations, request: &Request, row: u32, code: &str) -> Option<&'static Group> {
    let figures = observations.figures();
    let sheet_row = cell_of(figures, "row", row);
    let sheet_column = cell_of(figures, "column", row);
    let mine = |place: &Place| match place {
        Place::All => true,
        Place::Code(known) => known == code,
        Place::Row(at) => sheet_row == Some(*at),
        Place::Column(at) => sheet_column == Some(*at),
    };
    // A cell says more than a code, and a code more than nothing.
    let rank = |place: &Place| match place {
        Place::All => 0,
        Place::Code(_) => 1,
        Place::Row(_) | Place::Column(_) => 2,
    };
    let fitting = request.within.iter().filter(|(place, _)| mine(place));
    fitting.max_by_key(|(place, _)| rank(place)).map(|(_, group)| *group)
}

fn cell_of(figures: &RecordBatch, name: &str, row: u32) -> Option<u32> {
    let column = figures.column_by_name(name)?;
    let row = row as usize;
    if column.is_null(row) {
        return None;
    }
    match name {
        "row" => Some(column.as_primitive::<UInt32Type>().value(row)),
        _ => Some(u32::from(column.as_primitive::<UInt16Type>().value(row))),
    }
}

/// Says how much of each definition and period the residuals are.
fn weigh(observations: &Observations, rows: &[u32], residual: &dyn Fn(usize) -> bool, name: &str, work: &mut Work) {
    for one in sizes(observations, rows, residual) {
        if one.residual.value() == 0.0 {
            continue;
        }
        let title = observations.definitions()[one.definition].title();
        let message = format!(
            "residuals of {name} hold {:.1} % of {} ({title})",
            100.0 * one.share(),
            period::label(one.period)
        );
        work.finding(Severity::Note, &message);
        let mine = |row: &&u32| {
            let at = **row as usize;
            residual(at)
                && observations.definition_keys()[at] as usize == one.definition
                && cells::period(observations, at) == one.period
        };
        rows.iter().filter(mine).for_each(|row| work.find(observations, Severity::Note, &message, *row));
    }
}

/// How much of a definition and period is of areas that nobody named.
#[derive(Clone, Debug)]
pub struct Size {
    /// Row of the table of definitions.
    pub definition: usize,
    /// When.
    pub period: Period,
    /// Rows of residuals.
    pub rows: u64,
    /// Residuals without a value.
    pub missing: u64,
    /// What residuals hold.
    pub residual: ExactSum,
    /// What areas hold that are named.
    pub named: ExactSum,
}

impl Size {
    /// The part of residuals in all.
    pub fn share(&self) -> f64 {
        let mut whole = self.named.clone();
        whole.merge(&self.residual);
        self.residual.value() / whole.value()
    }
}

fn sizes(observations: &Observations, rows: &[u32], residual: &dyn Fn(usize) -> bool) -> Vec<Size> {
    let mut found: FxHashMap<(usize, Period), Size> = FxHashMap::default();
    for row in rows {
        let at = *row as usize;
        let (definition, period) = (observations.definition_keys()[at] as usize, cells::period(observations, at));
        let size = found.entry((definition, period)).or_insert_with(|| Size {
            definition,
            period,
            rows: 0,
            missing: 0,
            residual: ExactSum::default(),
            named: ExactSum::default(),
        });
        let value = value(observations, at);
        if residual(at) {
            size.rows += 1;
            size.missing += u64::from(value.is_none());
        }
        if let Some(value) = value {
            if residual(at) { size.residual.add(value) } else { size.named.add(value) }
        }
    }
    let mut all: Vec<Size> = found.into_values().filter(|size| size.rows > 0).collect();
    all.sort_unstable_by_key(|size| (size.definition, size.period));
    all
}

/// How much residuals hold, by definition and period.
///
/// # Errors
/// [`Error::Schema`] for a table without the dimension.
pub fn residuals(observations: &Observations, name: &str) -> Result<Vec<Size>, Error> {
    let name = dimension(name)?;
    let Some((keys, codes)) = observations.codes(name) else {
        return Err(Error::Schema(format!("the table has no {name}: it is not broken down by it")));
    };
    let kind: Vec<Option<Kind>> = codes.iter().map(|code| area::get(code).map(|area| area.kind)).collect();
    let nulls = observations.figures()[name].nulls();
    let wanted = |row: &u32| {
        let at = *row as usize;
        observations.leaves().value(at)
            && !nulls.is_some_and(|nulls| nulls.is_null(at))
            && kind[keys[at] as usize] != Some(Kind::Total)
    };
    let rows: Vec<u32> = (0..observations.len() as u32).filter(wanted).collect();
    Ok(sizes(observations, &rows, &|row| kind[keys[row] as usize] == Some(Kind::Residual)))
}
