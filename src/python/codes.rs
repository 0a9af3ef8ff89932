//! Areas, groups and labels as Python asks for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{Field, Schema};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::type_hint_identifier;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::table::{Column, Table};
use super::work::run;
use crate::codes::area::resolve::{Answer, Policy, near, resolve, why_not};
use crate::codes::area::scheme::{self, Scheme};
use crate::codes::area::{self, groups};
use crate::codes::{age, registry, sex, skill};
use crate::column::{self, Coded, NULL, Read, encode};
use crate::{Error, definition, observation};

/// How labels are to be read.
pub struct Options {
    year: Option<i32>,
    scheme: Option<String>,
    source: Option<String>,
    overrides: BTreeMap<String, String>,
    min_confidence: f32,
}

impl<'py> FromPyObject<'_, 'py> for Options {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("migstat._typing", "AreaOptions");
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self {
            year: object.get_item("year")?.extract()?,
            scheme: object.get_item("scheme")?.extract()?,
            source: object.get_item("source")?.extract()?,
            overrides: object.get_item("overrides")?.extract()?,
            min_confidence: object.get_item("min_confidence")?.extract()?,
        })
    }
}

impl Options {
    fn policy(self) -> Result<Policy, Error> {
        let scheme = self.scheme.as_deref().map(str::parse).transpose()?;
        let policy = Policy { year: self.year, scheme, min_confidence: self.min_confidence, ..Policy::default() };
        let policy = policy.with_overrides(self.overrides)?;
        self.source.map_or(Ok(policy.clone()), |source| policy.with_source(&source))
    }
}

/// A column of labels and what each distinct one, with its year, stands for.
struct Answers {
    /// Its labels are those of the answers.
    column: Read,
    answers: Vec<Answer>,
    /// The year that each was read in.
    years: Vec<Option<i32>>,
    /// What the column told of its codes.
    evidence: Option<scheme::Column>,
}

impl Answers {
    fn read(column: Column, years: Option<Column>, policy: Policy) -> Result<Self, Error> {
        let years = years.map(|years| encode("year", &years.read()?)).transpose()?;
        Self::of(Read::new("column", &column.read()?)?, years, policy)
    }

    fn of(column: Read, years: Option<Coded>, policy: Policy) -> Result<Self, Error> {
        let policy = policy.for_column(column.labels.iter().map(String::as_str));
        let Some(years) = years else {
            let answers: Vec<_> = column.labels.par_iter().map(|label| resolve(label, &policy)).collect();
            let years = vec![policy.year; answers.len()];
            return Ok(Self { column, answers, years, evidence: policy.column });
        };
        let coded = column.into_coded();
        if years.keys.len() != coded.keys.len() {
            let (rows, given) = (coded.keys.len(), years.keys.len());
            return Err(Error::Schema(format!(
                "year has {given} rows and the column {rows}: give one year a row, or one year"
            )));
        }
        let mut policies = vec![policy.clone()];
        for year in &years.labels {
            let year =
                year.trim().parse().map_err(|_| Error::Code(format!("year {year:?}: expected a year such as 1996")))?;
            policies.push(Policy { year: Some(year), ..policy.clone() });
        }
        let width = policies.len();
        let mut of: FxHashMap<usize, i32> = FxHashMap::default();
        let mut pairs = Vec::new();
        let pair = |(label, year): (&i32, &i32)| {
            if *label == NULL {
                return NULL;
            }
            let pair = *label as usize * width + (*year + 1).max(0) as usize;
            *of.entry(pair).or_insert_with(|| {
                pairs.push(pair);
                pairs.len() as i32 - 1
            })
        };
        let keys = coded.keys.iter().zip(&years.keys).map(pair).collect();
        let answers = pairs.par_iter().map(|at| resolve(&coded.labels[at / width], &policies[at % width])).collect();
        let labels = pairs.iter().map(|at| coded.labels[at / width].clone()).collect();
        let years = pairs.iter().map(|at| policies[at % width].year).collect();
        let column = Read::from(Coded { keys, labels });
        Ok(Self { column, answers, years, evidence: policy.column })
    }

    /// The labels that stand for no area.
    fn unresolved(&self) -> Vec<Unresolved> {
        if self.answers.iter().all(|answer| answer.code.is_some()) {
            return Vec::new();
        }
        let first = self.column.first_rows();
        let without = self.answers.iter().enumerate().filter(|(_, answer)| answer.code.is_none());
        let told = |(key, answer): (usize, &Answer)| {
            let candidates = answer.candidates.iter().map(|code| (*code).to_owned()).collect();
            (self.column.labels[key].clone(), first[key], candidates)
        };
        without.map(told).collect()
    }

    /// What the area of each answer is to be called.
    fn said(&self, target: &Target) -> Vec<Option<String>> {
        let each = self.answers.iter().zip(&self.years);
        each.map(|(answer, year)| answer.code.and_then(|code| target.of(code, *year))).collect()
    }

    /// Columns of the answers that the keys name, one a row.
    fn columns(keys: &[i32], answers: &[Answer]) -> Vec<(&'static str, ArrayRef)> {
        let of = |row: usize| usize::try_from(keys[row]).ok().map(|key| &answers[key]);
        let rows = 0..keys.len();
        let texts = |of: &dyn Fn(&Answer) -> Option<String>| {
            column::follow(keys, &answers.iter().map(of).collect::<Vec<Option<String>>>())
        };
        let stated = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let confidence = |answer: &Answer| answer.code.map(|_| answer.confidence);
        let sure: Float32Array = rows.clone().map(|row| of(row).and_then(confidence)).collect();
        let outlived: BooleanArray = rows.map(|row| of(row).map(|answer| answer.outlived)).collect();
        vec![
            ("code", texts(&|answer| answer.code.map(str::to_owned))),
            ("state", texts(&|answer| Some(answer.state.as_str().to_owned()))),
            ("rule", texts(&|answer| stated(answer.rule))),
            ("confidence", Arc::new(sure)),
            ("candidates", texts(&|answer| stated(&answer.candidates.join(" ")))),
            ("outlived", Arc::new(outlived)),
            ("read_as", texts(&|answer| stated(answer.name))),
            ("language", texts(&|answer| stated(answer.language))),
            ("source", texts(&|answer| stated(answer.source))),
        ]
    }
}

/// What an area is to be called: its code, a name in a language, or its code in another list.
enum Target {
    Code,
    Name { language: String, formal: bool },
    Scheme(Scheme),
}

impl Target {
    fn parse(text: &str) -> Result<Self, Error> {
        let (kind, language) = text.split_once(':').unwrap_or((text, "en"));
        let formal = kind == "formal";
        if formal || kind == "name" {
            let language = language.to_owned();
            let known = area::get("LKA").is_some_and(|area| area::called(area, &language, formal).is_some());
            if !known {
                let all: Vec<_> = if formal { vec!["ar", "en", "es", "fr", "ru", "zh"] } else { area::languages() };
                let few = all.len() < 10;
                let near: Vec<_> = all
                    .iter()
                    .filter(|other| few || other.chars().next() == language.chars().next())
                    .copied()
                    .collect();
                let near = near.join(", ");
                let names = if formal { "formal names" } else { "names" };
                let there = if few {
                    format!("there are {near}")
                } else {
                    format!("of {} languages, near it are {near}", all.len())
                };
                return Err(Error::Code(format!("no {names} of areas in {language:?}: {there}")));
            }
            return Ok(Self::Name { language, formal });
        }
        if kind == "code" {
            return Ok(Self::Code);
        }
        let scheme = text.parse().map_err(|_| {
            let schemes: Vec<_> = scheme::schemes().skip(1).collect();
            Error::Code(format!(
                "to={text:?}: expected \"code\", \"name\", \"name:fr\", \"formal:fr\" or one of {}",
                schemes.join(", ")
            ))
        })?;
        Ok(Self::Scheme(scheme))
    }

    fn of(&self, code: &str, year: Option<i32>) -> Option<String> {
        match self {
            Self::Code => Some(code.to_owned()),
            Self::Name { language, formal } => area::called(area::get(code)?, language, *formal).map(str::to_owned),
            Self::Scheme(scheme) => scheme.code_of(area::get(code)?, year),
        }
    }
}

/// What every label of a list stands for, and the labels that stand for no area, with their rows: all without Arrow.
#[pyfunction]
#[pyo3(signature = (labels, options, years=None, to="code"))]
pub fn resolve_list(
    py: Python<'_>,
    labels: Vec<Option<String>>,
    options: Options,
    years: Option<Vec<Option<i32>>>,
    to: &str,
) -> PyResult<(Vec<Option<String>>, Vec<Unresolved>)> {
    let target = Target::parse(to)?;
    let policy = options.policy()?;
    run(py, || {
        let labels: ArrayRef = Arc::new(labels.into_iter().collect::<StringArray>());
        let years =
            years.map(|years| encode("year", &[Arc::new(years.into_iter().collect::<Int32Array>()) as ArrayRef]));
        let read = Answers::of(Read::new("column", &[labels])?, years.transpose()?, policy)?;
        let (said, unresolved) = (read.said(&target), read.unresolved());
        let of = |key: &i32| usize::try_from(*key).ok().and_then(|key| said[key].clone());
        Ok((read.column.into_coded().keys.iter().map(of).collect(), unresolved))
    })
}

/// What every label of a column stands for, as one column `code`; and the labels that stand for no area, with their rows.
#[pyfunction]
#[pyo3(signature = (column, options, years=None, to="code"))]
pub fn resolve_areas(
    py: Python<'_>,
    column: Column,
    options: Options,
    years: Option<Column>,
    to: &str,
) -> PyResult<(Table, Vec<Unresolved>)> {
    let target = Target::parse(to)?;
    let policy = options.policy()?;
    run(py, || {
        let read = Answers::read(column, years, policy)?;
        let (said, unresolved) = (read.said(&target), read.unresolved());
        Ok((Table::of("code", read.column.follow(&said)?)?, unresolved))
    })
}

/// Label, first row, candidates.
type Unresolved = (String, usize, Vec<String>);

/// For every row: code, state, rule, confidence, candidates, and the name it was read as.
#[pyfunction]
#[pyo3(signature = (column, options, years=None))]
pub fn match_areas(py: Python<'_>, column: Column, options: Options, years: Option<Column>) -> PyResult<Table> {
    let policy = options.policy()?;
    run(py, || {
        let Answers { column, answers, .. } = Answers::read(column, years, policy)?;
        table(Answers::columns(&column.into_coded().keys, &answers))
    })
}

/// For every distinct label: how many rows have it, the first of them, and what it stands for; and the scheme that the
/// column's codes were read in, with the number of labels and of those that fit.
#[pyfunction]
#[pyo3(signature = (column, options, years=None))]
pub fn report_areas(
    py: Python<'_>,
    column: Column,
    options: Options,
    years: Option<Column>,
) -> PyResult<(Table, Option<(&'static str, usize, usize)>)> {
    let policy = options.policy()?;
    run(py, || {
        let Answers { column, answers, evidence, .. } = Answers::read(column, years, policy)?;
        let coded = column.into_coded();
        let mut count = vec![0_i64; answers.len()];
        let mut first = vec![-1_i64; answers.len()];
        for (row, key) in (0..).zip(&coded.keys) {
            if let Ok(key) = usize::try_from(*key) {
                count[key] += 1;
                first[key] = if first[key] < 0 { row } else { first[key] };
            }
        }
        let each: Vec<i32> = (0..answers.len() as i32).collect();
        let mut columns: Vec<(&str, ArrayRef)> = vec![
            ("label", Arc::new(StringArray::from_iter_values(&coded.labels))),
            ("rows", Arc::new(Int64Array::from(count))),
            ("first_row", Arc::new(Int64Array::from(first))),
        ];
        columns.extend(Answers::columns(&each, &answers));
        let found = evidence.and_then(|e| e.inferred().map(|scheme| (scheme.name(), e.evidence.0, e.evidence.1)));
        Ok((table(columns)?, found))
    })
}

/// Names that read most like a label, nearest first, and their codes.
#[pyfunction]
pub fn near_areas(label: &str, n: usize) -> Vec<(&'static str, &'static str)> {
    near(label, n)
}

/// Why a label stands for no area of ours: what it is, and the country that it belongs to or "".
#[pyfunction]
pub fn why_no_area(label: &str) -> Option<(&'static str, &'static str)> {
    why_not(label)
}

/// A column of codes of areas.
fn coded(areas: Column) -> Result<Read, Error> {
    let column = Read::new("column", &areas.read()?)?;
    match column.labels.iter().find(|label| area::get(label).is_none()) {
        Some(label) => Err(Error::Code(format!("{label:?} is no code of an area: resolve the column first"))),
        None => Ok(column),
    }
}

/// What areas of these codes are called: a name in a language, or the code in another list.
#[pyfunction]
#[pyo3(signature = (areas, to, year=None))]
pub fn name_areas(py: Python<'_>, areas: Column, to: &str, year: Option<i32>) -> PyResult<Table> {
    let target = Target::parse(to)?;
    run(py, || {
        let column = coded(areas)?;
        let each: Vec<Option<String>> = column.labels.iter().map(|code| target.of(code, year)).collect();
        Table::of("name", column.follow(&each)?)
    })
}

/// The group of a system that each area lies in, in a year, or null.
#[pyfunction]
#[pyo3(signature = (areas, system, year=None))]
pub fn group_areas(py: Python<'_>, areas: Column, system: &str, year: Option<i32>) -> PyResult<Table> {
    let partition = groups::partition(system)?;
    run(py, || {
        let column = coded(areas)?;
        let place = |code: &String| match partition.place(code, year) {
            groups::Place::In(group) => Some(group.code.to_owned()),
            _ => None,
        };
        let each: Vec<Option<String>> = column.labels.iter().map(place).collect();
        Table::of("group", column.follow(&each)?)
    })
}

/// Adds a group of the user's; gives its code.
#[pyfunction]
pub fn define_group(
    code: &str,
    name: &str,
    members: Vec<(String, Option<i32>, Option<i32>)>,
) -> PyResult<&'static str> {
    Ok(groups::define(code, name, &members)?.code)
}

/// Changes of membership that are scheduled: group, area, change, date, note, source.
#[pyfunction]
pub fn scheduled_changes() -> Vec<(&'static str, &'static str, &'static str, &'static str, &'static str, &'static str)>
{
    let row = |s: &'static groups::Scheduled| {
        (s.group.as_str(), s.area.as_str(), s.change.as_str(), s.date.as_str(), s.note.as_str(), s.source.as_str())
    };
    groups::scheduled().iter().map(row).collect()
}

/// Languages that areas have names in.
#[pyfunction]
pub fn area_languages() -> Vec<&'static str> {
    area::languages()
}

pub(super) fn table(columns: Vec<(&str, ArrayRef)>) -> Result<Table, Error> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?.into())
}

/// All areas: code, alpha-2, numeric, name, kind, first and last year, parent.
#[pyfunction]
pub fn area_table() -> PyResult<Table> {
    let areas = area::all();
    let text = |of: &dyn Fn(&area::Area) -> String| -> ArrayRef {
        let cells = areas.iter().map(of).map(|text| if text.is_empty() { None } else { Some(text) });
        Arc::new(cells.collect::<StringArray>())
    };
    let year = |year: Option<i32>| year.map(|year| year.to_string()).unwrap_or_default();
    Ok(table(vec![
        ("code", text(&|area| area.code.to_owned())),
        ("alpha2", text(&|area| area.alpha2.to_owned())),
        ("numeric", text(&|area| area.numeric.to_owned())),
        ("name", text(&|area| area.name.to_owned())),
        ("kind", text(&|area| format!("{:?}", area.kind).to_lowercase())),
        ("from", text(&|area| year(area.from))),
        ("to", text(&|area| year(area.to))),
        ("parent", text(&|area| area.parent.unwrap_or_default().to_owned())),
    ])?)
}

/// The successors of a former state.
#[pyfunction]
pub fn area_successors(code: &str) -> Vec<&'static str> {
    area::successors(code).to_vec()
}

/// Code, name, whether its list bears dates, and members of a group in a year.
#[pyfunction]
#[pyo3(signature = (group, year=None))]
pub fn group_members(
    group: &str,
    year: Option<i32>,
) -> PyResult<(&'static str, &'static str, bool, Vec<&'static str>)> {
    let group = groups::group(group)?;
    Ok((group.code, group.name, group.dated, groups::members(group, year)))
}

/// Codes and names of all groups that have a list of members.
#[pyfunction]
pub fn group_names() -> Vec<(&'static str, &'static str)> {
    let known = groups::Membership::known().groups().iter();
    known.chain(groups::defined()).map(|group| (group.code, group.name)).collect()
}

/// The English label of a code of a dimension; the code itself where there is none.
#[pyfunction]
#[pyo3(signature = (dimension, code, scheme=None))]
pub fn label_of(dimension: &str, code: &str, scheme: Option<&str>) -> String {
    let known = match dimension {
        "origin" | "destination" | "citizenship" | "birth" | "reporter" => {
            area::name(code).or_else(|| groups::group(code).ok().map(|group| group.name))
        }
        "sex" if sex::CODES.contains(&code) => Some(sex::name(code)),
        "age" => return age::name(code),
        _ => {
            let list = scheme.unwrap_or(if dimension == "skill" { "broad" } else { "" });
            let named =
                registry::list(list.split('/').next().unwrap_or_default()).ok().and_then(|list| list.label(code, "en"));
            return named.or_else(|| skill::name(list, code).map(str::to_owned)).unwrap_or_else(|| code.to_owned());
        }
    };
    known.unwrap_or(if code == "_T" { "Total" } else { code }).to_owned()
}

/// The columns of figures, the fields of definitions, the dimensions and the measures.
#[pyfunction]
pub fn vocabulary() -> BTreeMap<&'static str, Vec<&'static str>> {
    BTreeMap::from([
        ("columns", observation::COLUMNS.iter().map(|(name, _, _)| *name).collect()),
        ("fields", definition::Definition::fields().collect()),
        ("dimensions", observation::DIMENSIONS.to_vec()),
        ("measures", definition::MEASURES.iter().map(|(name, _)| *name).collect()),
        ("presence", observation::PRESENCE.to_vec()),
        ("basis", observation::BASIS.to_vec()),
        ("skill_schemes", skill::scheme_names()),
    ])
}

/// Capitals and centroids of the present countries and areas, in degrees.
#[pyfunction]
pub fn area_places() -> PyResult<Table> {
    let places = area::places();
    let text = |of: &dyn Fn(&area::Place) -> &str| -> ArrayRef {
        let cells = places.iter().map(|place| Some(of(place)).filter(|text| !text.is_empty()).map(str::to_owned));
        Arc::new(cells.collect::<StringArray>())
    };
    let degrees = |of: &dyn Fn(&area::Place) -> Option<f64>| -> ArrayRef {
        Arc::new(places.iter().map(of).collect::<Float64Array>())
    };
    Ok(table(vec![
        ("code", text(&|place| &place.code)),
        ("capital", text(&|place| &place.capital)),
        ("capital_latitude", degrees(&|place| place.capital_latitude)),
        ("capital_longitude", degrees(&|place| place.capital_longitude)),
        ("latitude", degrees(&|place| place.latitude)),
        ("longitude", degrees(&|place| place.longitude)),
    ])?)
}
