//! Whose report a figure is: of the end that people enter, of the end that they leave, or of neither.

use rayon::prelude::*;

use crate::codes::area::{self, Kind};
use crate::definition::Definition;
use crate::observation::Observations;

/// Which end of a movement reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The destination.
    Receiving,
    /// The origin.
    Sending,
}

impl Side {
    /// Both of them.
    pub const BOTH: [Side; 2] = [Side::Receiving, Side::Sending];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Side::Receiving => "receiving",
            Side::Sending => "sending",
        }
    }

    /// The end of the movement that it is.
    pub fn end(self) -> &'static str {
        match self {
            Side::Receiving => "destination",
            Side::Sending => "origin",
        }
    }
}

/// What can mirror one another: figures of two families never meet.
pub const FAMILIES: [&str; 6] = ["flow", "stock", "refugees", "asylum_seekers", "returns", "remittance"];

/// The family of a measure, as an index; none where the other end counts nothing that would mirror it.
pub fn family(measure: &str) -> Option<usize> {
    match measure {
        "inflow" | "outflow" | "labour_outflow" | "permits" => Some(0),
        other => FAMILIES.iter().position(|family| *family == other),
    }
}

/// What becomes of every row before any pair is made.
pub struct Fates {
    /// 0 and 1 are the sides; from [`FIRST_REASON`] on, a reason for which the row is set aside.
    pub of: Vec<u16>,
    /// The reasons.
    pub reasons: Vec<String>,
}

/// The first number that is a reason.
pub const FIRST_REASON: u16 = 2;

impl Fates {
    /// The side that a row is of, if it takes part.
    pub fn side(&self, row: usize) -> Option<Side> {
        Side::BOTH.get(self.of[row] as usize).copied()
    }
}

#[derive(Default)]
struct Reasons(Vec<String>);

impl Reasons {
    fn number(&mut self, reason: String) -> u16 {
        let at = self.0.iter().position(|known| *known == reason).unwrap_or_else(|| {
            self.0.push(reason);
            self.0.len() - 1
        });
        at as u16 + FIRST_REASON
    }
}

/// What a definition says of whose figures they are.
struct Reading {
    /// Why none of its figures can have a mirror.
    aside: Option<u16>,
    side: Option<Side>,
    /// The reporter as a key of origins and as one of destinations; -1 where it is none of them.
    reporter: Option<[i32; 2]>,
    /// Why a figure is set aside whose reporter is not the end that it should be.
    wrong: u16,
}

/// Reads whose figures they are: by the role of their reporter, else by their measure, else by which end the reporter is.
pub fn read(observations: &Observations) -> Fates {
    let (origins, from) = observations.codes("origin").unwrap_or_default();
    let (destinations, to) = observations.codes("destination").unwrap_or_default();
    let mut reasons = Reasons::default();
    let no_end = |codes: &[&str], end: &str, reasons: &mut Reasons| -> Vec<Option<u16>> {
        let reason = |code: &&str| {
            let kind = match area::get(code).map(|area| area.kind) {
                Some(Kind::Country | Kind::Former) => return None,
                Some(Kind::Aggregate) => "a group of areas",
                Some(Kind::Total) => "a total",
                _ => "a residual",
            };
            Some(reasons.number(format!("its {end} is {kind}, for which no office reports")))
        };
        codes.iter().map(reason).collect()
    };
    let ends = [no_end(&from, "origin", &mut reasons), no_end(&to, "destination", &mut reasons)];
    let within = reasons.number("its origin and its destination are the same area".to_owned());
    let key = |codes: &[&str], code: &str| codes.iter().position(|known| *known == code).map_or(-1, |at| at as i32);
    let same: Vec<i32> = from.iter().map(|code| key(&to, code)).collect();
    let reading = |one: &Definition| {
        let reporter = one.get("reporter").filter(|code| area::get(code).is_some());
        let side = match (one.get("role"), one.get("measure").unwrap_or_default()) {
            (Some("destination"), _) | (None, "inflow") => Some(Side::Receiving),
            (Some("origin"), _) | (None, "outflow" | "labour_outflow") => Some(Side::Sending),
            _ => None,
        };
        Reading {
            aside: no_mirror(one, side.is_some() || reporter.is_some()).map(|reason| reasons.number(reason)),
            side,
            reporter: reporter.map(|code| [key(&from, code), key(&to, code)]),
            wrong: reasons.number(match (side, reporter) {
                (Some(side), Some(code)) => format!("its reporter, {code}, is not its {}", side.end()),
                (_, code) => format!("its reporter, {}, is neither of its ends", code.unwrap_or("nobody")),
            }),
        }
    };
    let readings: Vec<Reading> = observations.definitions().iter().map(reading).collect();
    let keys = observations.definition_keys();
    let fate = |row: usize| {
        let reading = &readings[keys[row] as usize];
        let (from, to) = (origins[row], destinations[row]);
        if let Some(reason) = reading.aside.or(ends[0][from as usize]).or(ends[1][to as usize]) {
            return reason;
        }
        if same[from as usize] == to {
            return within;
        }
        let [sends, receives] =
            reading.reporter.map_or([true, true], |[sends, receives]| [sends == from, receives == to]);
        match reading.side {
            Some(Side::Receiving) | None if receives => Side::Receiving as u16,
            Some(Side::Sending) | None if sends => Side::Sending as u16,
            _ => reading.wrong,
        }
    };
    told((0..keys.len()).into_par_iter().map(fate).collect(), reasons.0)
}

/// The reasons that some row has, in the order of their words.
fn told(mut of: Vec<u16>, reasons: Vec<String>) -> Fates {
    let mut occurs = vec![false; reasons.len()];
    of.iter().filter(|fate| **fate >= FIRST_REASON).for_each(|fate| occurs[(fate - FIRST_REASON) as usize] = true);
    let mut kept: Vec<usize> = (0..reasons.len()).filter(|at| occurs[*at]).collect();
    kept.sort_by_key(|at| &reasons[*at]);
    let mut place = vec![0; reasons.len()];
    kept.iter().zip(FIRST_REASON..).for_each(|(at, new)| place[*at] = new);
    of.par_iter_mut()
        .filter(|fate| **fate >= FIRST_REASON)
        .for_each(|fate| *fate = place[(*fate - FIRST_REASON) as usize]);
    Fates { of, reasons: kept.into_iter().map(|at| reasons[at].clone()).collect() }
}

/// Why the figures of a definition have no mirror at all.
fn no_mirror(one: &Definition, known: bool) -> Option<String> {
    let measure = one.get("measure").unwrap_or_default();
    let reporter = one.get("reporter");
    if family(measure).is_none() {
        return Some(format!("{measure}: the other end counts nothing that would mirror it"));
    }
    if one.is_ratio() {
        return Some(format!("in {}: only counts and amounts have a mirror", one.unit()));
    }
    let third = one.get("role") == Some("third")
        || one.get("role").is_none() && reporter.is_some_and(|code| code.starts_with("org:"));
    if third {
        return Some(format!("a third party reports{}", reporter.map_or(String::new(), |code| format!(": {code}"))));
    }
    (!known).then(|| "who reports is not stated (reporter= or role=)".to_owned())
}
