//! Lists of codes and mappings between them as Python holds them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, StringArray};
use pyo3::prelude::*;

use super::codes::table;
use super::table::{Column, Table};
use super::work::run;
use crate::Error;
use crate::codes::list::{self, About, Row};
use crate::codes::mapping::{self, Pair, Sharing};
use crate::codes::recode::{Answer, Scheme, read_with};
use crate::codes::registry;
use crate::column::{self, NULL, Read};

/// A list of codes.
#[pyclass(frozen, module = "migstat._core")]
pub struct Codelist(&'static list::Codelist);

#[pymethods]
impl Codelist {
    /// The list of a name.
    #[staticmethod]
    fn named(id: &str) -> PyResult<Codelist> {
        Ok(Codelist(registry::list(id)?))
    }

    /// Adds a list: name, dimension, title, version, publisher, source; rows of code, parent, first and last year, label,
    /// note, source and other names; and for each list that it is mapped to the pairs.
    #[staticmethod]
    fn register(
        about: [String; 6],
        rows: Vec<NewCode>,
        mappings: Vec<(String, Vec<NewPair>)>,
        replace: bool,
    ) -> PyResult<Codelist> {
        let [id, dimension, title, version, publisher, source] = about;
        let about = About { id, dimension, title, version, publisher, source };
        let row =
            |(code, parent, valid, label, note, source, names)| Row { code, parent, valid, label, note, source, names };
        let list = list::Codelist::new(about, rows.into_iter().map(row).collect())?;
        let mappings: Vec<_> = mappings.into_iter().map(|(to, pairs)| (to, pairs_of(pairs))).collect();
        Ok(Codelist(registry::register(list, &mappings, replace)?))
    }

    /// Name, dimension, title, version, publisher, source.
    fn about(&self) -> [&'static str; 6] {
        let about = self.0.about();
        [&about.id, &about.dimension, &about.title, &about.version, &about.publisher, &about.source].map(String::as_str)
    }

    /// One row a code: code, parent, level, first and last year, label, note, source.
    fn table(&self) -> PyResult<Table> {
        let rows = self.0.rows();
        let text = |of: &dyn Fn(&Row) -> &str| -> ArrayRef {
            let some = |row| Some(of(row)).filter(|text| !text.is_empty()).map(str::to_owned);
            Arc::new(rows.iter().map(some).collect::<StringArray>())
        };
        let years =
            |of: &dyn Fn(&Row) -> Option<i32>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<Int32Array>()) };
        let level = rows.iter().map(|row| self.0.level(&row.code).map(|level| level as i32));
        Ok(table(vec![
            ("code", text(&|row| &row.code)),
            ("parent", text(&|row| &row.parent)),
            ("level", Arc::new(level.collect::<Int32Array>())),
            ("valid_from", years(&|row| row.valid.0)),
            ("valid_to", years(&|row| row.valid.1)),
            ("label", text(&|row| &row.label)),
            ("note", text(&|row| &row.note)),
            ("source", text(&|row| &row.source)),
        ])?)
    }

    /// Code, language and name of every name that is not the first English one.
    fn names(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        let of = |row: &'static Row| {
            row.names.iter().map(|(language, name)| (row.code.as_str(), language.as_str(), name.as_str()))
        };
        self.0.rows().iter().flat_map(of).collect()
    }

    /// Number of codes.
    fn __len__(&self) -> usize {
        self.0.rows().len()
    }

    /// Whether it has a code.
    fn has(&self, code: &str) -> bool {
        self.0.has(code)
    }

    /// The code of a label.
    fn read(&self, label: &str) -> PyResult<String> {
        Ok(self.0.read(label)?)
    }

    /// The name of a code in a language.
    fn label(&self, code: &str, language: &str) -> Option<String> {
        self.0.label(code, language)
    }

    /// The code above a code.
    fn parent(&self, code: &str) -> Option<&str> {
        self.0.parent(code)
    }

    /// The codes right below a code.
    fn children(&self, code: &str) -> Vec<&str> {
        self.0.children(code)
    }

    /// The number of levels.
    fn levels(&self) -> usize {
        self.0.levels()
    }
}

/// Code, parent, first and last year, label, note, source, other names by language.
type NewCode = (String, String, (Option<i32>, Option<i32>), String, String, String, Vec<(String, String)>);

/// Names of the lists there are, with their dimension, title, version, publisher, source and number of codes.
#[pyfunction]
pub fn codelists() -> PyResult<Table> {
    let lists = registry::lists();
    let text = |of: &dyn Fn(&About) -> &str| -> ArrayRef {
        Arc::new(lists.iter().map(|list| Some(of(list.about()).to_owned())).collect::<StringArray>())
    };
    let size = lists.iter().map(|list| list.rows().len() as i64);
    Ok(table(vec![
        ("list", text(&|about| &about.id)),
        ("dimension", text(&|about| &about.dimension)),
        ("title", text(&|about| &about.title)),
        ("codes", Arc::new(size.collect::<Int64Array>())),
        ("version", text(&|about| &about.version)),
        ("publisher", text(&|about| &about.publisher)),
        ("source", text(&|about| &about.source)),
    ])?)
}

/// The mappings that are written down, as the names of both lists.
#[pyfunction]
pub fn codelist_mappings() -> Vec<(String, String)> {
    registry::mappings()
}

/// A mapping between two lists.
#[pyclass(frozen, module = "migstat._core")]
pub struct Mapping(mapping::Mapping);

#[pymethods]
impl Mapping {
    /// The mapping between two lists.
    #[staticmethod]
    fn between(from_list: &str, to_list: &str) -> PyResult<Mapping> {
        Ok(Mapping(registry::mapping(from_list, to_list)?))
    }

    /// A mapping of pairs: from, to or "", weight, quality, source.
    #[staticmethod]
    fn of(from_list: &str, to_list: &str, pairs: Vec<NewPair>) -> PyResult<Mapping> {
        Ok(Mapping(mapping::Mapping::new(registry::list(from_list)?, registry::list(to_list)?, &pairs_of(pairs))?))
    }

    /// Adds it to those that are found by the names of their lists.
    fn register(&self, replace: bool) -> PyResult<()> {
        registry::register_mapping(self.0.clone(), replace)?;
        Ok(())
    }

    /// The names of both lists.
    fn ends(&self) -> (&'static str, &'static str) {
        (&self.0.from().about().id, &self.0.to().about().id)
    }

    /// One row a pair: from, to or null, weight or null, quality, source.
    fn pairs(&self) -> PyResult<Table> {
        let pairs = self.0.pairs();
        let text = |of: &dyn Fn(&Pair) -> &str| -> ArrayRef {
            let some = |pair| Some(of(pair)).filter(|text| !text.is_empty()).map(str::to_owned);
            Arc::new(pairs.iter().map(some).collect::<StringArray>())
        };
        let weights: Float64Array = pairs.iter().map(|pair| pair.weight).collect();
        Ok(table(vec![
            ("from", text(&|pair| &pair.from)),
            ("to", text(&|pair| &pair.to)),
            ("weight", Arc::new(weights)),
            ("quality", text(&|pair| &pair.quality)),
            ("source", text(&|pair| &pair.source)),
        ])?)
    }

    /// Whether every code has one target, and whether all shares are known.
    fn kind(&self) -> (bool, bool) {
        (self.0.is_exact(), self.0.is_complete())
    }

    /// The codes that a code becomes with the share of each.
    fn shares(&self, code: &str, equal: bool) -> PyResult<Vec<(String, f64)>> {
        Ok(self.0.shares(code, &sharing(equal))?)
    }

    /// The codes that a code may belong to.
    fn targets(&self, code: &str) -> Vec<&str> {
        self.0.targets(code)
    }

    /// How well a code is known to belong to its targets.
    fn quality(&self, code: &str) -> &'static str {
        self.0.quality(code)
    }

    /// The way back.
    fn inverse(&self) -> Mapping {
        Mapping(self.0.inverse())
    }

    /// This one and then another.
    fn then(&self, following: &Mapping) -> PyResult<Mapping> {
        Ok(Mapping(self.0.then(&following.0)?))
    }

    /// The same with shares for some codes.
    fn with_weights(&self, weights: BTreeMap<String, BTreeMap<String, f64>>) -> PyResult<Mapping> {
        Ok(Mapping(self.0.with_weights(&weights)?))
    }

    fn __eq__(&self, other: &Mapping) -> bool {
        self.0 == other.0
    }
}

/// From, to or "", weight, quality, source.
type NewPair = (String, String, Option<f64>, String, String);

fn pairs_of(pairs: Vec<NewPair>) -> Vec<Pair> {
    let pair = |(from, to, weight, quality, source)| Pair { from, to, weight, quality, source };
    pairs.into_iter().map(pair).collect()
}

fn sharing(equal: bool) -> Sharing {
    if equal { Sharing::Equal } else { Sharing::Unknown }
}

/// What the distinct labels of a column stand for.
struct Reading {
    column: Read,
    answers: Vec<Result<Answer, Error>>,
}

impl Reading {
    fn new(
        column: Column,
        scheme: &str,
        to: Option<&str>,
        mapping: Option<&Mapping>,
        year: Option<i32>,
    ) -> Result<Self, Error> {
        let column = Read::new("column", &column.read()?)?.without_blanks();
        let answers = match mapping {
            None => Scheme::named(scheme)?.read(&column.labels, year, to, &Sharing::Unknown)?,
            Some(mapping) => read_with(registry::list(scheme)?, &column.labels, &mapping.0)?,
        };
        Ok(Self { column, answers })
    }
}

/// A text of each label that has an answer.
fn texts(answers: &[Result<Answer, Error>], of: impl Fn(&Answer) -> Option<String>) -> Vec<Option<String>> {
    answers.iter().map(|one| one.as_ref().ok().and_then(&of)).collect()
}

/// The code of every label, in another list if one is wanted; and the labels that have none: row and why.
#[pyfunction]
#[pyo3(signature = (column, scheme, to=None, mapping=None, year=None))]
pub fn recode(
    py: Python<'_>,
    column: Column,
    scheme: &str,
    to: Option<&str>,
    mapping: Option<&Mapping>,
    year: Option<i32>,
) -> PyResult<(Table, Vec<(String, usize, String)>)> {
    run(py, || {
        let read = Reading::new(column, scheme, to, mapping, year)?;
        let one = |answer: &Answer| match answer.shares.as_slice() {
            [(code, _)] => Some(code.clone()),
            // A cell cannot be shared out.
            _ => Some("_U".to_owned()),
        };
        let first = if read.answers.iter().any(Result::is_err) { read.column.first_rows() } else { Vec::new() };
        let refused = read.answers.iter().enumerate().filter_map(|(at, one)| {
            let error = one.as_ref().err()?;
            Some((read.column.labels[at].clone(), first[at], error.to_string()))
        });
        let (refused, codes) = (refused.collect(), texts(&read.answers, one));
        Ok((Table::of("code", read.column.follow(&codes)?)?, refused))
    })
}

/// For every distinct label: rows, first row, list and code, codes wanted with their shares, those that it may be, quality,
/// and why it cannot be read.
#[pyfunction]
#[pyo3(signature = (column, scheme, to=None, mapping=None, year=None))]
pub fn describe_codes(
    py: Python<'_>,
    column: Column,
    scheme: &str,
    to: Option<&str>,
    mapping: Option<&Mapping>,
    year: Option<i32>,
) -> PyResult<Table> {
    run(py, || {
        let Reading { column: read, answers } = Reading::new(column, scheme, to, mapping, year)?;
        let first: Vec<i64> = read.first_rows().into_iter().map(|row| row as i64).collect();
        let coded = read.into_coded();
        let mut rows = vec![0_i64; answers.len()];
        coded.keys.iter().filter(|key| **key != NULL).for_each(|key| rows[*key as usize] += 1);
        let labels = StringArray::from_iter_values(&coded.labels);
        let why: StringArray = answers.iter().map(|one| one.as_ref().err().map(ToString::to_string)).collect();
        let text = |of: &dyn Fn(&Answer) -> Option<String>| column::texts(&texts(&answers, of));
        let shares = |answer: &Answer| {
            let said = answer.shares.iter().map(|(code, share)| match share {
                1.0 => code.clone(),
                share => format!("{code} {share}"),
            });
            said.collect::<Vec<_>>().join(" ")
        };
        let name = |answer: &Answer| registry::list(answer.list).ok()?.label(&answer.code, "en");
        table(vec![
            ("label", Arc::new(labels)),
            ("rows", Arc::new(Int64Array::from(rows))),
            ("first_row", Arc::new(Int64Array::from(first))),
            ("list", text(&|answer| Some(answer.list.to_owned()))),
            ("code", text(&|answer| Some(answer.code.clone()))),
            ("name", text(&name)),
            ("becomes", text(&|answer| Some(shares(answer)))),
            ("may_be", text(&|answer| Some(answer.candidates.join(" ")).filter(|text| !text.is_empty()))),
            ("quality", text(&|answer| Some(answer.quality.to_owned()))),
            ("why_not", Arc::new(why)),
        ])
    })
}
