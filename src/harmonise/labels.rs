//! Labels to codes, one look-up a distinct label (and year, where the year matters).

use rayon::prelude::*;

use super::cells::{Cells, Labels};
use super::request::OnUnresolved;
use crate::Error;
use crate::codes::area::resolve::{Answer, Policy, State, resolve, suggest};
use crate::codes::area::scheme::Scheme;
use crate::codes::period::calendar::{self, Calendar};
use crate::codes::period::{self, Period};
use crate::codes::{age, sex};
use crate::column::{NULL, unique};

/// Keys below this are reasons for setting a cell aside: see [`REASONS`].
pub const ASIDE: i32 = -2;

/// Why the area of a cell has no code, in the order of the keys -2, -3, -4.
pub const REASONS: [&str; 3] = ["unmatched", "ambiguous", "blank"];

/// The codes of one dimension.
#[derive(Debug)]
pub struct Codes {
    /// The dimension.
    pub name: &'static str,
    /// Distinct codes.
    pub codes: Vec<String>,
    /// One key for all cells, or one a cell; keys of [`ASIDE`] and below are reasons.
    pub keys: Keys,
}

/// Keys of the cells.
#[derive(Debug)]
pub enum Keys {
    /// The same everywhere.
    One(i32),
    /// One a cell.
    Each(Vec<i32>),
}

impl Keys {
    /// The key of a cell.
    pub fn of(&self, cell: usize) -> i32 {
        match self {
            Keys::One(key) => *key,
            Keys::Each(keys) => keys[cell],
        }
    }
}

/// The periods of the cells.
pub struct Periods {
    /// Distinct periods.
    pub periods: Vec<Period>,
    /// One key for all cells, or one a cell.
    pub keys: Keys,
    /// Flags that the publisher's labels end in, such as "e" of "2012e", and one key for all cells or one a cell.
    pub notes: Option<(Vec<String>, Keys)>,
}

impl Periods {
    /// The year that a period starts in.
    pub fn year(&self, key: i32) -> i32 {
        period::start_year(self.periods[key as usize])
    }
}

/// What the labels of one dimension of areas turned out to be.
pub struct Told {
    /// The dimension.
    pub name: &'static str,
    /// Every distinct label, with the year that it was judged in.
    pub answers: Vec<(String, i32, Answer)>,
    /// The scheme that the labels themselves show to be their codes', how many labels there are, and how many fit.
    pub inferred: Option<(Scheme, usize, usize)>,
}

/// Reads the periods, by whichever of the roles is stated.
pub fn periods(cells: &Cells) -> Result<Periods, Error> {
    let (calendar, day) = cells.calendar()?;
    let on = |label: &str| calendar.as_ref().map_or_else(|| period::instant(label), |known| known.instant(label));
    if let (Some(start), Some(end)) = (cells.labels("period_start")?, cells.labels("period_end")?) {
        return intervals(cells, &start, &end, on);
    }
    for role in ["year", "period"] {
        let Some(labels) = cells.labels(role)? else { continue };
        refuse_blanks(cells, role, &labels)?;
        let placed = |key: usize, error: &dyn std::fmt::Display| {
            let cell = labels.first(key as i32);
            Error::Code(format!("{}, {}: {error}", cells.whose(role), cells.place(cell)))
        };
        let read = calendar::read(labels.distinct(), calendar.as_ref(), day).map_err(|(at, e)| placed(at, &e))?;
        let no_year = |one: &calendar::Read| role == "year" && !is_year(one.period, calendar.as_ref());
        if let Some(at) = read.iter().position(no_year) {
            let label = &labels.distinct()[at];
            return Err(placed(at, &format!("{label:?} is not a calendar year; give it as period= instead of year=")));
        }
        let notes: Vec<String> = read.iter().map(|one| one.note.clone().unwrap_or_default()).collect();
        let notes = notes.iter().any(|note| !note.is_empty()).then(|| unique(notes));
        let mut found = distinct_periods(read.into_iter().map(|one| one.period).collect(), &labels);
        found.notes = notes.map(|(notes, lut)| (notes, follow(&labels, &lut)));
        return Ok(found);
    }
    let Some(labels) = cells.labels("date")? else { return Err(Error::Schema("no period stated".into())) };
    Ok(distinct_periods(each(cells, "date", &labels, on)?, &labels))
}

/// Years of other calendars are a little shorter or longer than ours; the shortest was Thailand's of 1940.
fn is_year(one: Period, calendar: Option<&Calendar>) -> bool {
    match calendar {
        _ if one.is_instant() => true,
        Some(calendar) if !calendar.name().starts_with("gregorian") => (275..=385).contains(&(one.end - one.start)),
        _ => period::year_of(one).is_some(),
    }
}

fn intervals(
    cells: &Cells,
    start: &Labels,
    end: &Labels,
    on: impl Fn(&str) -> Result<Period, Error> + Sync,
) -> Result<Periods, Error> {
    let day = |label: &str| on(label).map(|instant| instant.start);
    let starts = each(cells, "period_start", start, day)?;
    let ends = each(cells, "period_end", end, day)?;
    let mut seen = rustc_hash::FxHashMap::default();
    let mut periods: Vec<Period> = Vec::new();
    let mut keys = Vec::with_capacity(cells.count);
    for cell in 0..cells.count {
        let one = Period { start: starts[start.key(cell) as usize], end: ends[end.key(cell) as usize] };
        if one.end < one.start {
            return Err(Error::Code(format!("{}: the period ends before it starts", cells.place(cell))));
        }
        let next = periods.len() as i32;
        let key = *seen.entry((one.start, one.end)).or_insert(next);
        if key == next {
            periods.push(one);
        }
        keys.push(key);
    }
    Ok(Periods { periods, keys: Keys::Each(keys), notes: None })
}

/// Applies `parse` to every distinct label; an error names the column and the first row.
fn each<T: Send>(
    cells: &Cells,
    role: &str,
    labels: &Labels,
    parse: impl Fn(&str) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    refuse_blanks(cells, role, labels)?;
    let parsed: Vec<Result<T, Error>> = labels.distinct().par_iter().map(|label| parse(label)).collect();
    // The first label in order of appearance is the first in the table: the error does not depend on threads.
    parsed
        .into_iter()
        .enumerate()
        .map(|(key, parsed)| {
            parsed.map_err(|error| {
                let cell = labels.first(key as i32);
                Error::Code(format!("{}, {}: {error}", cells.whose(role), cells.place(cell)))
            })
        })
        .collect()
}

fn refuse_blanks(cells: &Cells, role: &str, labels: &Labels) -> Result<(), Error> {
    match labels {
        Labels::Each(coded) => match coded.keys.iter().position(|key| *key == NULL) {
            Some(cell) => Err(Error::Code(format!(
                "{}, {}: the {role} is blank; every figure needs one",
                cells.whose(role),
                cells.place(cell)
            ))),
            None => Ok(()),
        },
        Labels::One(_) => Ok(()),
    }
}

fn distinct_periods(parsed: Vec<Period>, labels: &Labels) -> Periods {
    let mut periods: Vec<Period> = Vec::new();
    let lut: Vec<i32> = parsed
        .into_iter()
        .map(|one| match periods.iter().position(|known| *known == one) {
            Some(at) => at as i32,
            None => {
                periods.push(one);
                periods.len() as i32 - 1
            }
        })
        .collect();
    Periods { periods, keys: follow(labels, &lut), notes: None }
}

/// The keys of the cells after every label key has been replaced.
fn follow(labels: &Labels, lut: &[i32]) -> Keys {
    match labels {
        Labels::One(_) => Keys::One(lut[0]),
        Labels::Each(coded) => Keys::Each(coded.keys.par_iter().map(|key| lut[*key as usize]).collect()),
    }
}

/// Codes of a dimension that is neither an area nor skill; `None` where the table does not state it.
pub fn dimension(cells: &Cells, name: &'static str) -> Result<Option<Codes>, Error> {
    let Some(labels) = cells.labels(name)? else { return Ok(None) };
    let codes = each(cells, name, &labels, |label| match name {
        "sex" => sex::parse(label).map(str::to_owned).ok_or_else(|| {
            Error::Code(format!(
                "{label:?} is not a sex; expected a label such as \"Female\" or a code of {:?}",
                sex::CODES
            ))
        }),
        "age" => age::parse(label).map(|age| age.code),
        _ => Ok(plain(label)),
    })?;
    let (codes, lut) = unique(codes);
    Ok(Some(Codes { name, codes, keys: follow(&labels, &lut) }))
}

/// Codes of a scheme that is only named are kept as printed; a total is a total in all of them.
fn plain(label: &str) -> String {
    let label = label.trim();
    if label.eq_ignore_ascii_case("total") { "_T".to_owned() } else { label.to_owned() }
}

/// Codes of a dimension of areas, and what is worth telling about them.
///
/// # Errors
/// [`Error::Code`] for an override to no area, or, if the caller asked for it, the first label that is not known.
pub fn areas(
    cells: &Cells,
    name: &'static str,
    periods: &Periods,
    policy: &Policy,
    unresolved: OnUnresolved,
) -> Result<Option<(Codes, Told)>, Error> {
    let Some(labels) = cells.labels(name)? else { return Ok(None) };
    let mut years: Vec<i32> = (0..periods.periods.len() as i32).map(|key| periods.year(key)).collect();
    let all = years.clone();
    years.sort_unstable();
    years.dedup();
    let year_of: Vec<usize> = all.iter().map(|year| years.binary_search(year).unwrap_or_default()).collect();
    let width = years.len();
    // What the caller writes is not a publisher's slip of the pen: it is read as it stands or refused.
    let written = matches!(labels, Labels::One(_));
    let min_confidence = if written { 2.0 } else { policy.min_confidence };
    let policy = Policy { min_confidence, ..policy.for_column(labels.distinct().iter().map(String::as_str)) };
    let inferred =
        policy.column.as_ref().and_then(|of| of.inferred().map(|scheme| (scheme, of.evidence.0, of.evidence.1)));
    let pair = |cell: usize| labels.key(cell) as usize * width + year_of[periods.keys.of(cell) as usize];
    // Every label and every year occurs; which of them occur together is looked for where there are several of both.
    let seen = match labels {
        Labels::Each(_) if width > 1 => seen_pairs(cells, &labels, &pair, labels.distinct().len() * width),
        _ => vec![true; labels.distinct().len() * width],
    };
    let mut of = vec![NULL; seen.len()];
    let pairs: Vec<usize> = (0..seen.len()).filter(|at| seen[*at]).collect();
    let policies: Vec<Policy> = years.iter().map(|year| Policy { year: Some(*year), ..policy.clone() }).collect();
    let answers: Vec<(String, i32, Answer)> = pairs
        .par_iter()
        .map(|at| {
            let (label, year) = (&labels.distinct()[at / width], years[at % width]);
            (label.clone(), year, answer(name, label, &policies[at % width]))
        })
        .collect();
    pairs.iter().enumerate().for_each(|(number, at)| of[*at] = number as i32);
    let codes: Vec<Option<String>> = answers.iter().map(|(_, _, answer)| answer.code.map(str::to_owned)).collect();
    let strict = unresolved == OnUnresolved::Error || written;
    if strict && let Some(at) = codes.iter().position(Option::is_none) {
        return Err(unresolved_error(cells, name, &labels, &answers[at]));
    }
    let (distinct, mut lut) = (unique(codes.iter().flatten().cloned().collect()), Vec::with_capacity(codes.len()));
    let mut known = distinct.1.iter();
    for ((_, _, answer), code) in answers.iter().zip(&codes) {
        lut.push(match code {
            Some(_) => known.next().copied().unwrap_or(ASIDE),
            None if answer.state == State::Ambiguous => ASIDE - 1,
            None => ASIDE,
        });
    }
    // Pairs that do not occur have no answer, and no cell asks for it.
    let code_of: Vec<i32> =
        of.iter().map(|answer| if *answer == NULL { ASIDE } else { lut[*answer as usize] }).collect();
    let key = |name: i32, when: i32| {
        if name == NULL { ASIDE - 2 } else { code_of[name as usize * width + year_of[when as usize]] }
    };
    let keys = match (&labels, &periods.keys) {
        (Labels::One(_), Keys::One(period)) => Keys::One(key(0, *period)),
        (Labels::One(_), Keys::Each(periods)) => Keys::Each(periods.par_iter().map(|when| key(0, *when)).collect()),
        (Labels::Each(texts), Keys::One(period)) => {
            Keys::Each(texts.keys.par_iter().map(|name| key(*name, *period)).collect())
        }
        (Labels::Each(texts), Keys::Each(periods)) => {
            Keys::Each(texts.keys.par_iter().zip(periods).map(|(name, when)| key(*name, *when)).collect())
        }
    };
    Ok(Some((Codes { name, codes: distinct.0, keys }, Told { name, answers, inferred })))
}

/// `NAT` and `FOR` stand for nationals and foreigners in columns of citizenship and birth, and of an origin by them.
fn answer(name: &str, label: &str, policy: &Policy) -> Answer {
    let answer = resolve(label, policy);
    let special = match label.trim() {
        "NAT" => Some("NAT"),
        "FOR" => Some("FOR"),
        _ => None,
    };
    match special {
        Some(code) if answer.code.is_none() && name != "destination" => {
            Answer { code: Some(code), state: State::Residual, rule: "own code", ..answer }
        }
        _ => answer,
    }
}

fn seen_pairs(cells: &Cells, labels: &Labels, pair: &(impl Fn(usize) -> usize + Sync), pairs: usize) -> Vec<bool> {
    const PIECE: usize = 1 << 20;
    (0..cells.count.div_ceil(PIECE))
        .into_par_iter()
        .map(|piece| {
            let mut seen = vec![false; pairs];
            for cell in piece * PIECE..cells.count.min((piece + 1) * PIECE) {
                if labels.key(cell) != NULL {
                    seen[pair(cell)] = true;
                }
            }
            seen
        })
        .reduce(
            || vec![false; pairs],
            |mut all, part| {
                all.iter_mut().zip(part).for_each(|(all, part)| *all |= part);
                all
            },
        )
}

fn unresolved_error(cells: &Cells, name: &str, labels: &Labels, told: &(String, i32, Answer)) -> Error {
    let (label, _, answer) = told;
    let key = labels.distinct().iter().position(|known| known == label).unwrap_or_default() as i32;
    let place = cells.place(labels.first(key));
    let which = if answer.state == State::Ambiguous {
        format!("means {} alike", answer.candidates.join(" and "))
    } else {
        let near = suggest(label, 2);
        let near = if near.is_empty() { String::new() } else { format!(" (near: {})", near.join(", ")) };
        format!("is not a known area{near}")
    };
    Error::Code(format!(
        "{}, {place}: {label:?} {which}; say what it is by overrides={{{label:?}: \"CODE\"}}",
        cells.whose(name)
    ))
}
