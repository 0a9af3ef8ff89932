//! A former state's figures parted among its successors.

use std::sync::Arc;

use serde::Deserialize;

use super::shares::{Asked, Found, Shrink, tables};
use super::{NOBODY_LEFT, Side, Twice, When, at_each, kept, known, leaves_home, line, parts_of, request, whole};
use crate::Error;
use crate::codes::area::{self, Kind};
use crate::codes::period;
use crate::definition::Definition;
use crate::ledger::Severity;
use crate::observation::Observations;
use crate::reconcile::apportion::{Step, apportion, shares as normalised};
use crate::reconcile::cells::{self, what};
use crate::reconcile::rows::{How, Made, Work};

/// How to split.
#[derive(Clone, Debug)]
pub struct Split {
    /// The former state.
    pub area: &'static str,
    /// The ends at which its figures are split.
    pub sides: Vec<Side>,
    /// What it is split into; by itself its successors.
    pub into: Option<Vec<&'static str>>,
    /// Shares that the caller knows, by part.
    pub shares: Option<Vec<f64>>,
    /// From how many periods shares are taken.
    pub years: usize,
    /// Whether partners have shares of their own.
    pub by_partner: bool,
    /// How far these are drawn towards the overall share.
    pub shrink: Shrink,
    /// Whether parts are whole numbers.
    pub integers: bool,
    /// What becomes of figures beside those of the parts.
    pub twice: Twice,
    pub(super) when: When,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    area: String,
    sides: Vec<Side>,
    parts: Option<Vec<String>>,
    shares: Option<Vec<(String, f64)>>,
    years: usize,
    by_partner: bool,
    /// None for the data's own.
    shrink: Option<f64>,
    integers: bool,
    overlap: String,
}

impl Split {
    /// With shares of the data's own.
    pub(super) fn new(area: &'static str, sides: Vec<Side>, twice: Twice, when: When) -> Self {
        let (into, shares, shrink) = (None, None, Shrink::EmpiricalBayes);
        Self { area, sides, into, shares, years: 1, by_partner: true, shrink, integers: false, twice, when }
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`Error::Code`] for areas that are none; [`Error::Schema`] for shares that are none.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let given: Given = request(json)?;
        let area = known(&given.area)?;
        let codes = |codes: Vec<String>| -> Result<Vec<&'static str>, Error> {
            let found: Vec<&'static str> =
                codes.iter().map(|code| Ok(known(code)?.code)).collect::<Result<_, Error>>()?;
            match found.iter().enumerate().find(|(at, code)| **code == area.code || found[..*at].contains(code)) {
                Some((_, code)) if *code == area.code => {
                    Err(Error::Code(format!("{code} cannot be one of its own parts")))
                }
                Some((_, code)) => Err(Error::Code(format!("parts: {code} stands there twice"))),
                None => Ok(found),
            }
        };
        let mut into = given.parts.map(codes).transpose()?;
        let mut shares = None;
        if let Some(given) = given.shares {
            let (names, numbers): (Vec<String>, Vec<f64>) = given.into_iter().unzip();
            let names = codes(names)?;
            if let Some(part) = into.iter().flatten().find(|part| !names.contains(part)) {
                return Err(Error::Schema(format!("shares= has none for {part}, which is among parts=")));
            }
            if let Some(at) = numbers.iter().position(|share| !(0.0..=1.0).contains(share)) {
                return Err(Error::Schema(format!("shares: {} of {} is not between 0 and 1", numbers[at], names[at])));
            }
            let sum: f64 = numbers.iter().sum();
            if (sum - 1.0).abs() > 1e-6 {
                return Err(Error::Schema(format!(
                    "shares add up to {sum}, not to 1: a part is lacking, or they are no shares; divide them by their sum"
                )));
            }
            into = Some(names);
            shares = Some(numbers);
        }
        if into.is_none() && area::successors(area.code).is_empty() {
            return Err(Error::Code(format!(
                "{} ({}) has no successors that are known: say by parts= or shares= what it is split into",
                area.code, area.name
            )));
        }
        if given.years == 0 {
            return Err(Error::Schema("years=0: shares are taken from at least one period".into()));
        }
        let shrink = match given.shrink {
            None => Shrink::EmpiricalBayes,
            Some(people) if people.is_finite() && people >= 0.0 => Shrink::Fixed(people),
            Some(people) => {
                return Err(Error::Schema(format!("shrink={people}: expected a number of people of at least 0")));
            }
        };
        Ok(Self {
            area: area.code,
            sides: given.sides,
            into,
            shares,
            years: given.years,
            by_partner: given.by_partner,
            shrink,
            integers: given.integers,
            twice: given.overlap.parse()?,
            when: When::Always,
        })
    }

    /// The parts at one end.
    pub(super) fn parts(&self, observations: &Observations, side: Side) -> Result<Vec<&'static str>, Error> {
        let (_, codes) = observations.codes(side.name()).unwrap_or_default();
        let parts = match &self.into {
            Some(parts) => parts.clone(),
            None => parts_of(self.area, &|code| codes.contains(&code)),
        };
        if parts.is_empty() {
            return Err(Error::Code(format!("{}: nothing to split it into", self.area)));
        }
        Ok(parts)
    }

    /// What is asked of later figures.
    pub(super) fn asked<'a>(&self, observations: &Observations, side: Side, parts: &'a [&'static str]) -> Asked<'a> {
        // Of an area that did not end, its own last figure tells.
        let last = || {
            let (keys, codes) = observations.codes(side.name()).unwrap_or_default();
            let rows = (0..observations.len()).filter(|row| codes[keys[*row] as usize] == self.area);
            rows.map(|row| period::start_year(cells::period(observations, row))).max().unwrap_or(i32::MIN)
        };
        let after = area::get(self.area).and_then(|area| area.to).unwrap_or_else(last);
        let (years, by_partner, shrink) = (self.years, self.by_partner, self.shrink);
        Asked { side, after, parts, years, by_partner, shrink }
    }
}

/// Figures of a former state as figures of its successors; what cannot be split stays, and the ledger says why.
///
/// # Errors
/// [`Error::Code`] for areas that are none; [`Error::Schema`] where both have figures and that is refused, and for figures
/// that are no whole numbers where parts are to be.
pub fn split(observations: &Observations, request: &Split) -> Result<Observations, Error> {
    let nothing = format!("no figure of {}: nothing to split", request.area);
    at_each(&request.sides, observations, "reconcile.split", &nothing, |now, side| one_side(now, request, side))
}

/// Where the shares of a figure come from.
enum Source {
    Given(Vec<f64>),
    Later(Vec<Result<Found, String>>),
    /// There is one successor.
    Whole,
}

fn one_side(observations: &Observations, request: &Split, side: Side) -> Result<Work, Error> {
    let mut work = Work::default();
    let (keys, codes) = observations.codes(side.name()).unwrap_or_default();
    let Some(whole) = codes.iter().position(|code| *code == request.area) else { return Ok(work) };
    let parts = request.parts(observations, side)?;
    let source = match &request.shares {
        Some(shares) => Source::Given(shares.clone()),
        None if parts.len() == 1 => Source::Whole,
        None => Source::Later(tables(observations, &request.asked(observations, side, &parts))),
    };
    let mine = |row: &u32| {
        keys[*row as usize] == whole as i32 && request.when.holds(cells::period(observations, *row as usize))
    };
    let rows: Vec<u32> = (0..observations.len() as u32).filter(mine).collect();
    let beside = beside(observations, side, request.area, &parts, &rows);
    let reason = work.reason(&format!("{} split into {}", request.area, parts.join(", ")));
    let (others, partners) = observations.codes(side.other().name()).unwrap_or_default();
    let step = if request.integers { Step::One } else { Step::LastBit };
    for (row, beside) in rows.into_iter().zip(beside) {
        let at = row as usize;
        let partner = partners[others[at] as usize];
        let definition = observations.definition_keys()[at] as usize;
        match fate(observations, request, &source, row, (partner, &parts), beside) {
            Fate::Raise(why) => {
                return Err(Error::Schema(format!("row {at} ({}): {why}", what(observations, at))));
            }
            Fate::Aside(why) => work.set_aside(row, &why),
            Fate::Stay(severity, why) => work.find(observations, severity, &why, row),
            Fate::Split(shares, how) => {
                if let Source::Later(tables) = &source
                    && let Ok(Found { rival: Some(why), .. }) = &tables[definition]
                {
                    work.find(observations, Severity::Warning, why, row);
                }
                let value = observations.values().value(at);
                let Some(amounts) = apportion(value, &shares, step) else {
                    return Err(Error::Schema(format!(
                        "row {at} ({}): {value} is no whole number, so its parts cannot be; leave integers=False",
                        what(observations, at)
                    )));
                };
                let note: Arc<str> = format!("part of {}, {how}", request.area).into();
                let title = observations.definitions()[definition].title();
                work.find(observations, Severity::Assumption, &format!("{} split {how} ({title})", request.area), row);
                let one = |(part, (amount, weight)): (&&'static str, (f64, &f64))| Made {
                    from: row,
                    of: vec![row],
                    areas: vec![(side.name(), part)],
                    value: Some(amount),
                    bounds: None,
                    share: if value == 0.0 { *weight } else { amount / value },
                    leaf: observations.leaves().value(at),
                    presence: presence(observations, at),
                    how: How::Part,
                    note: Some(note.clone()),
                    reason,
                };
                let alone = leaves_home(&observations.definitions()[definition]);
                let allowed = |(part, _): &(&&'static str, _)| !alone || **part != partner;
                let amounts = amounts.into_iter().zip(&shares);
                work.replace(&[row], reason, parts.iter().zip(amounts).filter(allowed).map(one));
            }
        }
    }
    Ok(work)
}

/// A part of nothing is nothing of the same kind, and a part of what was suppressed is suppressed.
fn presence(observations: &Observations, row: usize) -> &'static str {
    let now = observations.code("presence", row).unwrap_or_default();
    crate::observation::PRESENCE.into_iter().find(|known| *known == now).unwrap_or("value")
}

/// For each row, whether a part, or what came after the state or a part, has a figure of the same thing.
fn beside(observations: &Observations, side: Side, area: &str, parts: &[&'static str], rows: &[u32]) -> Vec<bool> {
    let (keys, codes) = observations.codes(side.name()).unwrap_or_default();
    let mut after = line(area);
    after.extend(parts.iter().flat_map(|part| line(part)).chain(parts.iter().copied()));
    let is_part: Vec<bool> = codes.iter().map(|code| *code != area && after.contains(code)).collect();
    let part = |row: &u32| is_part[keys[*row as usize] as usize] && observations.has_value(*row as usize);
    let others = (0..observations.len() as u32).filter(part);
    let all: Vec<u32> = rows.iter().copied().chain(others).collect();
    let (cell, count) = cells::number(observations, &all, &[side.name()], &[]);
    let mut held = vec![false; count];
    cell[rows.len()..].iter().for_each(|cell| held[*cell as usize] = true);
    cell[..rows.len()].iter().map(|cell| held[*cell as usize]).collect()
}

enum Fate {
    Split(Vec<f64>, String),
    Stay(Severity, String),
    Aside(String),
    Raise(String),
}

fn fate(
    observations: &Observations,
    request: &Split,
    source: &Source,
    row: u32,
    (partner, parts): (&str, &[&str]),
    beside: bool,
) -> Fate {
    let (at, area) = (row as usize, request.area);
    let definition = &observations.definitions()[observations.definition_keys()[at] as usize];
    let stay = |why: &str| Fate::Stay(Severity::Warning, kept(area, why));
    let kind = area::get(partner).map(|area| area.kind);
    if let Some(why) = whole(definition) {
        return stay(why);
    }
    if partner == area {
        return stay("within it, nobody knows from which part to which");
    }
    if !observations.leaves().value(at) && matches!(kind, Some(Kind::Total | Kind::Aggregate)) {
        return Fate::Stay(Severity::Note, kept(area, "a printed total over partners; add up the parts instead"));
    }
    if beside {
        let both = "its successors have figures of the same thing";
        match request.twice {
            Twice::Raise => {
                return Fate::Raise(format!(
                    "{area} and {both}, and nobody may be counted twice; see reconcile.overlaps, and choose by \
                     overlap=\"set_aside\", \"keep\", or \"add\" where they count different people"
                ));
            }
            Twice::SetAside => return Fate::Aside(format!("{area}: {both}")),
            Twice::Keep => return stay(both),
            Twice::Add => {}
        }
    }
    if !observations.has_value(at) {
        return stay("without a value");
    }
    // Nobody moves from a place to itself, but people live where they were born.
    let alone = leaves_home(definition);
    let without =
        |how: String| if alone && parts.contains(&partner) { format!("{how}, without {partner}") } else { how };
    let beside_partner = |shares: &[f64], how: &str| {
        let mine = |(part, share): (&&str, &f64)| if alone && *part == partner { 0.0 } else { *share };
        let weights: Vec<f64> = parts.iter().zip(shares).map(mine).collect();
        normalised(&weights).map_or_else(|| stay(NOBODY_LEFT), |shares| Fate::Split(shares, without(how.to_owned())))
    };
    match source {
        Source::Whole => beside_partner(&[1.0], "which it became"),
        Source::Given(shares) => beside_partner(shares, "by shares given"),
        Source::Later(tables) => match &tables[observations.definition_keys()[at] as usize] {
            Err(why) => stay(why),
            Ok(found) => match found.table.of(partner) {
                None => stay(NOBODY_LEFT),
                Some((shares, own)) => Fate::Split(shares, without(told(found, own, definition, observations))),
            },
        },
    }
}

/// Where shares come from, in words.
fn told(found: &Found, own: bool, definition: &Definition, observations: &Observations) -> String {
    let table = &found.table;
    let first = period::label(table.periods[0]);
    let when = match table.periods.len() {
        1 => first,
        many => format!("{first} to {}", period::label(table.periods[many - 1])),
    };
    let whose = if own { "with the same partner" } else { "with all partners" };
    let source = &observations.definitions()[table.source];
    let of = match source.get("table") {
        _ if source != definition => format!(", from {}", source.title()),
        Some(table) => format!(", {table}"),
        None => String::new(),
    };
    format!("by shares of {when} {whose}{of}")
}
