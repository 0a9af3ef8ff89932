//! Areas, groups and labels as Python asks for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};
use pyo3::prelude::*;

use super::table::{Column, Table};
use super::work::run;
use crate::codes::area::resolve::{Answer, Policy, resolve, suggest};
use crate::codes::area::{self, groups};
use crate::codes::{age, sex, skill};
use crate::column::{Coded, NULL, encode, unique};
use crate::{Error, definition, observation};

fn policy(year: Option<i32>, scheme: Option<&str>, overrides: BTreeMap<String, String>) -> Result<Policy, Error> {
    let policy = Policy { year, scheme: scheme.map(str::parse).transpose()?, ..Policy::default() };
    policy.with_overrides(overrides)
}

fn answers(column: Column, policy: &Policy) -> Result<(Coded, Vec<Answer>), Error> {
    let coded = encode("areas", &column.read()?)?;
    let answers = coded.labels.iter().map(|label| resolve(label, policy)).collect();
    Ok((coded, answers))
}

/// The code of every label of a column, as one column `code`; and the labels that have none, with their rows.
#[pyfunction]
#[pyo3(signature = (column, year=None, scheme=None, overrides=BTreeMap::new()))]
pub fn resolve_areas(
    py: Python<'_>,
    column: Column,
    year: Option<i32>,
    scheme: Option<&str>,
    overrides: BTreeMap<String, String>,
) -> PyResult<(Table, Vec<Unresolved>)> {
    let policy = policy(year, scheme, overrides)?;
    run(py, || {
        let (coded, answers) = answers(column, &policy)?;
        let mut unresolved = Vec::new();
        for (key, answer) in answers.iter().enumerate().filter(|(_, answer)| answer.code.is_none()) {
            let row = coded.keys.iter().position(|k| *k == key as i32).unwrap_or_default();
            let candidates = answer.candidates.iter().map(|code| (*code).to_owned()).collect();
            let near = suggest(&coded.labels[key], 2).into_iter().map(str::to_owned).collect();
            unresolved.push((coded.labels[key].clone(), row, candidates, near));
        }
        let known: Vec<String> = answers.iter().filter_map(|answer| answer.code.map(str::to_owned)).collect();
        let (distinct, lut) = unique(known);
        let mut lut = lut.into_iter();
        let lut: Vec<i32> = answers.iter().map(|answer| answer.code.and_then(|_| lut.next()).unwrap_or(NULL)).collect();
        let keys = coded.keys.iter().map(|key| if *key == NULL { NULL } else { lut[*key as usize] }).collect();
        Ok((table(vec![("code", Coded { keys, labels: distinct }.into_array())])?, unresolved))
    })
}

/// Label, first row, candidates, near names.
type Unresolved = (String, usize, Vec<String>, Vec<String>);

/// For every row: code, state, rule, whether the label outlived its state, and the candidates.
#[pyfunction]
#[pyo3(signature = (column, year=None, scheme=None, overrides=BTreeMap::new()))]
pub fn match_areas(
    py: Python<'_>,
    column: Column,
    year: Option<i32>,
    scheme: Option<&str>,
    overrides: BTreeMap<String, String>,
) -> PyResult<Table> {
    let policy = policy(year, scheme, overrides)?;
    run(py, || {
        let (coded, answers) = answers(column, &policy)?;
        let of = |row: usize| usize::try_from(coded.keys[row]).ok().map(|key| &answers[key]);
        let rows = 0..coded.keys.len();
        let text = |column: &dyn Fn(&Answer) -> Option<String>| -> ArrayRef {
            let each: Vec<Option<String>> = answers.iter().map(column).collect();
            let (labels, lut) = unique(each.iter().flatten().cloned().collect());
            let mut lut = lut.into_iter();
            let lut: Vec<i32> = each.iter().map(|one| one.as_ref().and_then(|_| lut.next()).unwrap_or(NULL)).collect();
            let keys = coded.keys.iter().map(|key| if *key == NULL { NULL } else { lut[*key as usize] }).collect();
            Coded { keys, labels }.into_array()
        };
        let outlived: BooleanArray = rows.map(|row| of(row).map(|answer| answer.outlived)).collect();
        let candidates = |answer: &Answer| (!answer.candidates.is_empty()).then(|| answer.candidates.join(" "));
        let rule = |answer: &Answer| (!answer.rule.is_empty()).then(|| answer.rule.to_owned());
        table(vec![
            ("code", text(&|answer| answer.code.map(str::to_owned))),
            ("state", text(&|answer| Some(answer.state.as_str().to_owned()))),
            ("rule", text(&rule)),
            ("outlived", Arc::new(outlived)),
            ("candidates", text(&candidates)),
        ])
    })
}

fn table(columns: Vec<(&str, ArrayRef)>) -> Result<Table, Error> {
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
    groups::Membership::known().groups().iter().map(|group| (group.code, group.name)).collect()
}

/// The English label of a code of a dimension; the code itself where there is none.
#[pyfunction]
#[pyo3(signature = (dimension, code, scheme=None))]
pub fn label_of(dimension: &str, code: &str, scheme: Option<&str>) -> String {
    let known = match dimension {
        "origin" | "destination" | "citizenship" | "birth" | "reporter" => area::name(code),
        "sex" if sex::CODES.contains(&code) => Some(sex::name(code)),
        "age" => return age::name(code),
        "skill" | "skill_printed" => skill::name(scheme.unwrap_or("broad"), code),
        _ => None,
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
