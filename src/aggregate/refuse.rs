//! What must not be added: figures that mean different things, stocks of several days, one figure printed twice.

use rustc_hash::FxHashMap;

use super::axis::{OUTSIDE, Periods, TOTAL, UNDECIDED};
use super::cube::NONE;
use super::run::{Run, Sums};
use super::{Outside, Request};
use crate::Error;
use crate::codes::period;
use crate::definition::{CITATION, Definition};
use crate::observation::{DIMENSIONS, Observations};
use crate::totals::grid_of;

/// Fields that say where a figure was printed.
const PLACE: [&str; 7] = ["publisher", "dataset", "table", "file", "sheet", "vintage", "release_date"];

/// Definitions that may be added to one another, as classes.
pub(super) struct DefinitionClasses {
    pub of: Vec<u32>,
    pub definitions: Vec<Definition>,
}

impl DefinitionClasses {
    pub fn new(observations: &Observations, across: &[String]) -> Result<DefinitionClasses, Error> {
        for field in across {
            if field == "unit" {
                return Err(Error::Definition("across=\"unit\": values of different units are never added".into()));
            }
            if field == "breakdown" {
                return Err(Error::Definition(
                    "across=\"breakdown\": different breakdowns count the same people; select one with where(breakdown=...)"
                        .into(),
                ));
            }
            if !Definition::has(field) {
                let all: Vec<&str> = Definition::fields().collect();
                return Err(Error::Schema(format!(
                    "across={field:?} is no field of a definition{}",
                    crate::error::near(field, &all)
                )));
            }
        }
        let mut meanings: Vec<Definition> = Vec::new();
        let mut definitions: Vec<Definition> = Vec::new();
        let mut of = Vec::with_capacity(observations.definitions().len());
        // A definition that no figure has, as after a selection, is not there.
        let mut used = vec![false; observations.definitions().len()];
        observations.definition_keys().iter().for_each(|key| used[*key as usize] = true);
        for (one, used) in observations.definitions().iter().zip(used) {
            if !used {
                of.push(NONE);
                continue;
            }
            let one = one.without(across.iter().map(String::as_str));
            let meaning = one.without(CITATION);
            if let Some(at) = meanings.iter().position(|known| *known == meaning) {
                let differs = definitions[at].differences(&one);
                definitions[at] = definitions[at].without(differs);
                of.push(at as u32);
            } else {
                of.push(meanings.len() as u32);
                meanings.push(meaning);
                definitions.push(one);
            }
        }
        Ok(DefinitionClasses { of, definitions })
    }
}

pub(super) fn refuse_ratios(observations: &Observations) -> Result<(), Error> {
    let ratio: Vec<bool> = observations.definitions().iter().map(Definition::is_ratio).collect();
    if !ratio.contains(&true) {
        return Ok(());
    }
    // A definition that no leaf has, as after a selection, is no obstacle.
    let (keys, leaves) = (observations.definition_keys(), observations.leaves());
    match (0..keys.len()).find(|row| ratio[keys[*row] as usize] && leaves.value(*row)) {
        None => Ok(()),
        Some(row) => {
            let one = &observations.definitions()[keys[row] as usize];
            Err(Error::Definition(format!(
                "figures in {} ({}) are never added; aggregate the counts that they were made from",
                one.unit(),
                one.title()
            )))
        }
    }
}

/// Who is in a country on two days is one person, not two.
pub(super) fn refuse_stocks(
    observations: &Observations,
    periods: &Periods,
    classes: &DefinitionClasses,
    request: &Request,
) -> Result<(), Error> {
    let stock: Vec<bool> = observations.definitions().iter().map(Definition::is_stock).collect();
    // What totals are wanted over is added up too.
    let summed = |word: &str| request.totals.iter().chain(&request.rollup).any(|w| w == word);
    let apart = |word: &str| request.by.iter().any(|w| w == word) && !summed(word);
    if !stock.contains(&true) || apart("period") {
        return Ok(());
    }
    let by_year = apart("year");
    let keys = observations.definition_keys();
    let mut seen: FxHashMap<(u32, Option<i32>), i32> = FxHashMap::default();
    for row in (0..observations.len()).filter(|row| stock[keys[*row] as usize] && observations.leaves().value(*row)) {
        let key = periods.keys[row];
        let one = periods.periods[key as usize];
        let place = (classes.of[keys[row] as usize], by_year.then(|| period::start_year(one)));
        let first = *seen.entry(place).or_insert(key);
        if first != key {
            return Err(Error::Definition(format!(
                "stocks of {} and of {} would be added, and people counted twice; group by \"year\" or \"period\", without \
                 totals over them, or select one",
                period::label(periods.periods[first as usize]),
                period::label(one)
            )));
        }
    }
    Ok(())
}

/// One figure in two definitions, such as two vintages of a publication, is not two figures.
pub(super) fn refuse_repeats(observations: &Observations, classes: &DefinitionClasses) -> Result<(), Error> {
    let keys = observations.definition_keys();
    let group: Vec<i32> = keys.iter().map(|key| classes.of[*key as usize] as i32).collect();
    let leaves = observations.leaves();
    let repeats = grid_of(observations, &group)?.duplicates();
    let definitions = observations.definitions();
    // Two populations (the public and the private sector) may be added; one figure printed twice may not.
    let printed_twice = |a: i32, b: i32| {
        let differs = definitions[a as usize].differences(&definitions[b as usize]);
        a != b && differs.iter().all(|field| PLACE.contains(field) || CITATION.contains(field))
    };
    let twice = |(row, earlier): &(usize, usize)| {
        leaves.value(*row) && leaves.value(*earlier) && printed_twice(keys[*row], keys[*earlier])
    };
    let Some((row, earlier)) = repeats.into_iter().find(twice) else { return Ok(()) };
    let codes: Vec<String> = DIMENSIONS
        .iter()
        .filter_map(|name| observations.code(name, row).map(|code| format!("{name} {code}")))
        .collect();
    Err(Error::Definition(format!(
        "rows {earlier} and {row} are the same figure ({}) in two definitions; select one of them with where()",
        codes.join(", ")
    )))
}

impl Run<'_> {
    pub fn outside_error(&self) -> Result<(), Error> {
        if self.request.outside != Outside::Error {
            return Ok(());
        }
        let leaves = self.observations.leaves();
        for axis in self.axes.iter().filter(|axis| axis.is_group()) {
            let bad: Vec<bool> = axis.labels.iter().map(|label| label == OUTSIDE || label == UNDECIDED).collect();
            if let Some(row) =
                (0..self.observations.len()).find(|row| leaves.value(*row) && bad[axis.class(*row) as usize])
            {
                let code = self.observations.code(&axis.column, row).unwrap_or_default();
                return Err(Error::Code(format!(
                    "row {row}: {} {code} is not in {}; outside=\"row\" keeps such figures, outside=\"drop\" lists them",
                    axis.column, axis.name
                )));
            }
        }
        Ok(())
    }

    /// Refuses cells that figures of several definitions fell into.
    pub fn refuse_mixtures(&self, sums: &Sums, set: &[bool]) -> Result<(), Error> {
        if self.classes.definitions.len() < 2 {
            return Ok(());
        }
        let mut seen: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
        for at in 0..sums.cells.sum.len() {
            let visible: Vec<u32> = sums.cells.keys[1..].iter().map(|keys| keys[at]).collect();
            let here = sums.cells.keys[0][at];
            let first = *seen.entry(visible).or_insert(here);
            if first != here {
                let (a, b) = (&self.classes.definitions[first as usize], &self.classes.definitions[here as usize]);
                return Err(self.mixture(sums, at, set, a, b));
            }
        }
        Ok(())
    }

    fn mixture(&self, sums: &Sums, at: usize, set: &[bool], a: &Definition, b: &Definition) -> Error {
        let cell: Vec<String> = self
            .axes
            .iter()
            .zip(&sums.cells.keys[1..])
            .zip(set)
            .map(|((axis, keys), over)| {
                let labels = axis.overlap.as_ref().map_or(&axis.labels, |overlap| &overlap.labels);
                let label = if *over { TOTAL } else { &labels[keys[at] as usize] };
                format!("{} {label}", axis.name)
            })
            .collect();
        let mut fields = a.differences(b);
        fields.retain(|field| !CITATION.contains(field));
        let how: Vec<String> = fields
            .iter()
            .map(|field| {
                let said =
                    |one: &Definition| one.get(field).map_or("not stated".to_owned(), |value| format!("{value:?}"));
                format!("{field} ({} and {})", said(a), said(b))
            })
            .collect();
        let names: Vec<String> = fields.iter().map(|field| format!("{field:?}")).collect();
        let advice = if fields.contains(&"breakdown") {
            "they count the same people; select one with where(breakdown=...)".to_owned()
        } else {
            format!("group by what differs, select one, or say across=[{}] if they may be added", names.join(", "))
        };
        Error::Definition(format!(
            "figures that mean different things would be added{}: they differ in {}; {advice}",
            if cell.is_empty() { String::new() } else { format!(" in {}", cell.join(", ")) },
            how.join(", "),
        ))
    }
}
