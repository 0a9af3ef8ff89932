//! Skill labels to rungs of a ladder, and rungs to broad levels, in parts where a rung belongs to several.

use super::cells::{Cells, Labels};
use super::labels::{Keys, Periods};
use super::request;
use crate::Error;
use crate::codes::skill::{self, Rung, Weights};
use crate::column::{NULL, unique};

/// The skill of every cell.
pub struct Skill {
    /// Distinct rungs.
    pub rungs: Vec<Rung>,
    /// Codes of the rungs, distinct: the printed category.
    pub printed: Vec<String>,
    /// Index into `printed` for a rung.
    pub printed_of: Vec<i32>,
    /// Distinct codes wanted.
    pub codes: Vec<String>,
    /// For every rung, the wanted codes with the share of each.
    pub parts: Vec<Vec<(i32, f64)>>,
    /// Rung of the cells.
    pub keys: Keys,
    /// For every definition, what to write among its schemes.
    pub schemes: Vec<String>,
    /// Is the printed category another than the code wanted?
    pub converted: bool,
}

impl Skill {
    /// A figure in the parts of its rung. The last part takes what the others leave, so that parts of whole numbers add
    /// up wherever floats allow.
    pub fn portions(&self, value: f64, rung: i32) -> Vec<f64> {
        let parts = &self.parts[rung as usize];
        let mut out: Vec<f64> = parts[..parts.len() - 1].iter().map(|(_, share)| value * share).collect();
        let last = if out.is_empty() { value } else { (value - out.iter().sum::<f64>()).max(0.0) };
        out.push(last);
        out
    }
}

/// Reads the skill of every cell, if the table states it. The labels of one definition are judged together.
///
/// # Errors
/// [`Error::Code`] for a label that is on no ladder, or weights that do not fit.
pub fn read(
    cells: &Cells,
    periods: &Periods,
    definitions: &Keys,
    count: usize,
    weights: &request::Weights,
) -> Result<Option<Skill>, Error> {
    let Some(labels) = cells.labels("skill")? else { return Ok(None) };
    let (scheme, wanted) = cells.schemes().get("skill").cloned().unwrap_or(("broad".into(), "broad".into()));
    let weights = match weights {
        request::Weights::None => Weights::Unknown,
        request::Weights::Equal => Weights::Equal,
        request::Weights::Given(given) => Weights::given(given)?,
    };
    let mut years: Vec<i32> = (0..periods.periods.len() as i32).map(|key| periods.year(key)).collect();
    let year_of = years.clone();
    years.sort_unstable();
    years.dedup();
    let year_of: Vec<usize> = year_of.iter().map(|year| years.binary_search(year).unwrap_or_default()).collect();
    let (wide, deep) = (labels.distinct().len(), years.len());
    let place = |cell: usize| {
        let label = labels.key(cell) as usize;
        (definitions.of(cell) as usize * wide + label) * deep + year_of[periods.keys.of(cell) as usize]
    };
    let mut seen = vec![false; count * wide * deep];
    for cell in 0..cells.count {
        if labels.key(cell) == NULL {
            return Err(Error::Code(format!(
                "{}, {}: the skill is blank; every figure needs one",
                cells.whose("skill"),
                cells.place(cell)
            )));
        }
        seen[place(cell)] = true;
    }
    let mut rungs: Vec<Rung> = Vec::new();
    let mut lut = vec![NULL; seen.len()];
    let mut schemes = Vec::with_capacity(count);
    for definition in 0..count {
        let span = definition * wide * deep..(definition + 1) * wide * deep;
        let found: Vec<usize> = span.filter(|at| seen[*at]).collect();
        let asked: Vec<(String, Option<i32>)> =
            found.iter().map(|at| (labels.distinct()[at / deep % wide].clone(), Some(years[at % deep]))).collect();
        let assigned = skill::assign(&scheme, &asked).map_err(|error| whose(cells, &labels, &asked, &error))?;
        let ladder = assigned.first().map_or(scheme.as_str(), |rung| rung.ladder);
        schemes.push(if ladder == wanted { format!("skill={ladder}") } else { format!("skill={ladder} as {wanted}") });
        for (at, rung) in found.into_iter().zip(assigned) {
            let known = rungs.iter().position(|known| *known == rung);
            lut[at] = known.unwrap_or(rungs.len()) as i32;
            if known.is_none() {
                rungs.push(rung);
            }
        }
    }
    let keys = match (&labels, &periods.keys, definitions) {
        (Labels::One(_), Keys::One(_), Keys::One(_)) => Keys::One(lut[place(0)]),
        _ => Keys::Each((0..cells.count).map(|cell| lut[place(cell)]).collect()),
    };
    let converted = wanted == "broad" && scheme != "broad";
    let members: Vec<Vec<(String, f64)>> = rungs
        .iter()
        .map(|rung| {
            if converted {
                skill::membership(rung, &weights).into_iter().map(|(level, share)| (level.to_owned(), share)).collect()
            } else {
                vec![(rung.code.clone(), 1.0)]
            }
        })
        .collect();
    let (codes, at) = unique(members.iter().flatten().map(|(code, _)| code.clone()).collect());
    let mut at = at.into_iter();
    let parts = members
        .iter()
        .map(|parts| parts.iter().map(|(_, share)| (at.next().unwrap_or_default(), *share)).collect())
        .collect();
    let (printed, printed_of) = unique(rungs.iter().map(|rung| rung.code.clone()).collect());
    Ok(Some(Skill { rungs, printed, printed_of, codes, parts, keys, schemes, converted }))
}

/// Puts column and row before an error about one of the labels.
fn whose(cells: &Cells, labels: &Labels, asked: &[(String, Option<i32>)], error: &Error) -> Error {
    let text = error.to_string();
    let named =
        asked.iter().find(|(label, _)| ['"', '\''].iter().any(|mark| text.contains(&format!("{mark}{label}{mark}"))));
    let key = named.and_then(|(label, _)| labels.distinct().iter().position(|known| known == label));
    let place = key.map_or(String::new(), |key| format!(", {}", cells.place(labels.first(key as i32))));
    Error::Code(format!("{}{place}: {text}", cells.whose("skill")))
}
