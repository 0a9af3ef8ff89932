//! Which measure the rows of a cube are of.

use super::concepts::{self, Role};
use super::measures::{self, Meaning};
use super::placing::Given;
use super::skip::Skip;
use super::{Cube, Rule};
use crate::Error;
use crate::column::{Coded, NULL};

/// The measures of the rows.
pub struct Rules {
    /// The measures.
    pub rules: Vec<Rule>,
    /// Measure of every row, where it is not the same for all; none for what is no measure.
    each: Option<(Coded, Vec<Result<usize, String>>)>,
    home_is: Option<String>,
}

impl Rules {
    /// The measures of a cube.
    ///
    /// # Errors
    /// [`Error::Read`] where nothing says what is measured.
    pub fn new(cube: &Cube, given: &Given) -> Result<Rules, Error> {
        let home_is = given.constants.get("home_is").cloned();
        let named = cube.origin.dataset.as_deref().and_then(measures::of_dataset);
        let by_file = || measures::of_dataset(given.file);
        if let Some(measure) = given.constants.get("measure") {
            return Ok(Rules { rules: vec![Rule::of(measure)], each: None, home_is });
        }
        let whole = named.or_else(by_file).map(|(_, rule)| rule).or_else(|| measures::of_dimensions(&cube.names));
        let column = cube.concepts.iter().find(|concept| concepts::role(&concept.name) == Role::Measure);
        let Some(column) = column.filter(|column| !column.codes.labels.is_empty()) else {
            let whole = whole.ok_or_else(|| nothing_says(cube, &cube.names.join(", ")))?;
            return Ok(Rules { rules: vec![whole], each: None, home_is });
        };
        let (mut rules, mut of): (Vec<Rule>, Vec<Result<usize, String>>) = (Vec::new(), Vec::new());
        for code in &column.codes.labels {
            let label = column.names.get(code).map_or("", String::as_str);
            let rule = match measures::of_code(code, label) {
                Some(Meaning::Measure(rule)) => Ok(rule),
                Some(Meaning::Elsewhere(reason)) => Err(reason),
                None => whole.clone().ok_or_else(|| {
                    let called = if label.is_empty() { String::new() } else { format!(" ({label})") };
                    format!("{} {code:?}{called} is no measure that is known", column.name)
                }),
            };
            of.push(rule.map(|rule| {
                rules.iter().position(|known| *known == rule).unwrap_or_else(|| {
                    rules.push(rule);
                    rules.len() - 1
                })
            }));
        }
        if rules.is_empty() {
            let codes =
                column.codes.labels.iter().map(|code| {
                    column.names.get(code).map_or_else(|| code.clone(), |label| format!("{code} ({label})"))
                });
            let codes: Vec<String> = codes.take(6).collect();
            return Err(nothing_says(cube, &format!("{} {}", column.name, codes.join(", "))));
        }
        Ok(Rules { rules, each: Some((column.codes.clone(), of)), home_is })
    }

    /// The measure of a row.
    pub fn of(&self, row: usize) -> Option<usize> {
        match &self.each {
            None => Some(0),
            Some((coded, of)) => usize::try_from(coded.keys[row]).ok().and_then(|key| of[key].as_ref().ok().copied()),
        }
    }

    /// Skips the rows that are no measure.
    pub fn skip(&self, skip: &mut Skip) {
        let Some((coded, of)) = &self.each else { return };
        skip.labels(coded, |label| {
            let at = coded.labels.iter().position(|known| known == label)?;
            of[at].as_ref().err().cloned()
        });
        if coded.keys.contains(&NULL) {
            let reason = skip.reason("row without a measure".to_owned());
            (0..coded.keys.len()).filter(|row| coded.keys[*row] == NULL).for_each(|row| skip.mark(row, reason));
        }
    }

    /// Where home stands.
    pub fn home_is(&self, rule: &Rule) -> String {
        self.home_is.clone().unwrap_or_else(|| rule.home_is().to_owned())
    }
}

fn nothing_says(cube: &Cube, seen: &str) -> Error {
    Error::Read(format!(
        "{}: nothing says what is measured (seen: {seen}); say it: constants=dict(measure=\"inflow\") or \"stock\", ...",
        cube.place
    ))
}
