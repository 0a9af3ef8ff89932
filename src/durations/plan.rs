//! Which criterion every figure was counted by, and what becomes of it.

use std::borrow::Cow;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Request, model};
use crate::Error;
use crate::codes::area;
use crate::codes::duration::{Direction, Minimum, PERMANENT, Publisher, Regime, criterion, known, last_day};
use crate::codes::period::{self, Period};
use crate::definition::Definition;
use crate::ledger::Tally;
use crate::observation::{Observations, tally_rows};
use crate::totals::period_keys;

/// What becomes of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// They are multiplied.
    Converted,
    /// They have the minimum stay that is wanted.
    Same,
    /// Their criterion is not known.
    Unknown,
    /// They count no movers with a minimum stay.
    NoFlow,
}

impl State {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            State::Converted => "converted",
            State::Same => "same",
            State::Unknown => "unknown",
            State::NoFlow => "no flow",
        }
    }
}

/// How the criterion of figures is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// Their definition states it.
    Stated,
    /// By a rule, of which this is what definitions keep.
    Rule {
        /// How the stay is known.
        stay: String,
        /// The last day, where it ended.
        until: Option<String>,
        /// Is it the caller's?
        own: bool,
    },
}

/// Figures of one definition, reporter and period.
#[derive(Clone, Debug)]
pub struct Group {
    /// Row of the table of definitions.
    pub definition: usize,
    /// Whose statistics they are, where that is known.
    pub reporter: Option<String>,
    /// Which way the movers go that the reporter counts.
    pub direction: Option<Direction>,
    /// When.
    pub period: Period,
    /// Their criterion, and how it is known.
    pub minimum: Option<(Minimum, Known)>,
    /// What becomes of them.
    pub state: State,
    /// What they are multiplied by.
    pub multiplier: f64,
    /// Why they are not converted.
    pub why: String,
    /// What was taken for granted of their criterion.
    pub assumed: String,
}

impl Group {
    /// Whether they are converted from "permanent".
    pub fn is_weak(&self) -> bool {
        self.state == State::Converted
            && self.minimum.as_ref().is_some_and(|(minimum, _)| *minimum == Minimum::Permanent)
    }
}

/// All figures, by group.
pub struct Groups {
    /// The group of every row.
    pub of: Vec<u32>,
    /// By definition, reporter and period: not in the order of rows.
    pub groups: Vec<Group>,
}

/// Figures that meet the same fate, together.
#[derive(Clone, Debug)]
pub struct Line {
    /// Row of the table of definitions.
    pub definition: usize,
    /// Whose statistics they are, where that is known.
    pub reporter: Option<String>,
    /// Which way the movers go that the reporter counts.
    pub direction: Option<Direction>,
    /// The first and the last of their periods.
    pub periods: (Period, Period),
    /// Their criterion.
    pub minimum: Option<Minimum>,
    /// What becomes of them.
    pub state: State,
    /// What they are multiplied by, where they are converted.
    pub multiplier: Option<f64>,
    /// Why, and what was assumed, in words.
    pub why: String,
    /// Rows and value of all of them, leaves or not.
    pub tally: Tally,
}

/// What would become of the figures, in order of definition, reporter and time.
///
/// # Errors
/// As [`super::convert()`], but for figures whose criterion is not known.
pub fn lines(observations: &Observations, request: &Request) -> Result<Vec<Line>, Error> {
    let Groups { of, groups } = groups(observations, request)?;
    let values = observations.values();
    let tallies = tally_rows(observations.len(), groups.len(), |row| {
        Some((of[row] as usize, observations.has_value(row).then(|| values.value(row))))
    });
    let mut lines: Vec<Line> = Vec::new();
    for (group, tally) in groups.into_iter().zip(tallies) {
        let weak = if group.is_weak() { model::WEAKLY_IDENTIFIED } else { "" };
        let notes: Vec<&str> = [&group.why, weak, &group.assumed].into_iter().filter(|note| !note.is_empty()).collect();
        let line = Line {
            definition: group.definition,
            reporter: group.reporter,
            direction: group.direction,
            periods: (group.period, group.period),
            minimum: group.minimum.map(|(minimum, _)| minimum),
            state: group.state,
            multiplier: (group.state == State::Converted).then_some(group.multiplier),
            why: notes.join("; "),
            tally,
        };
        let same = |a: &&mut Line| (a.state, a.minimum, &a.why) == (line.state, line.minimum, &line.why);
        // Groups are in order: what may be the same stands at the end.
        let near = |a: &&mut Line| (a.definition, &a.reporter) == (line.definition, &line.reporter);
        match lines.iter_mut().rev().take_while(near).find(same) {
            Some(known) => {
                known.periods.1 = known.periods.1.max(line.periods.1);
                known.tally.merge(&line.tally);
            }
            None => lines.push(line),
        }
    }
    Ok(lines)
}

/// What a definition says of who counted whom.
struct Reader<'a> {
    state: Option<(State, String)>,
    /// The reporter, or the column that holds it.
    reporter: Reporter<'a>,
    direction: Option<Direction>,
    stated: Option<Minimum>,
    /// Whose figures; none where that is not stated.
    publisher: Option<Publisher>,
}

enum Reporter<'a> {
    Named(&'a str),
    Column(&'static str),
    Nobody(&'static str),
}

fn reader(key: usize, one: &Definition, keep_net: bool) -> Result<Reader<'_>, Error> {
    let measure = one.get("measure").unwrap_or_default();
    let direction = match (one.get("role"), measure) {
        (Some("destination"), "inflow" | "outflow") | (None, "inflow") => Some(Direction::Immigration),
        (Some("origin"), "inflow" | "outflow") | (None, "outflow") => Some(Direction::Emigration),
        _ => None,
    };
    let state = match measure {
        "inflow" | "outflow" => None,
        "net" if !keep_net => {
            return Err(Error::Definition(format!(
                "definition {key} ({}) is of net migration, to which no multiplier applies: those who stay too short are \
                 missing from both of its sides, in unlike numbers; convert inflow and outflow and subtract, or leave it \
                 out with where(measure=[\"inflow\", \"outflow\"])",
                one.title()
            )));
        }
        other => Some((State::NoFlow, format!("{other}: not counted by a minimum stay"))),
    };
    let stated = match (one.get("duration_months"), one.get("criteria")) {
        (Some(months), _) => Some(months.parse()?),
        (None, Some(criteria)) if criteria.trim().eq_ignore_ascii_case(PERMANENT) => Some(Minimum::Permanent),
        _ => None,
    };
    let reporter = match (one.get("reporter"), one.get("role"), direction) {
        (_, Some("third"), _) => {
            Reporter::Nobody("a third party reports, and its criterion is not stated (duration_months=)")
        }
        (Some(code), _, _) if area::get(code).is_some() => Reporter::Named(code),
        // Only where the definition says which side reports: else nobody said that it is an office of that side.
        (_, Some(_), Some(Direction::Immigration)) => Reporter::Column("destination"),
        (_, Some(_), Some(Direction::Emigration)) => Reporter::Column("origin"),
        _ => Reporter::Nobody("who reports is not stated (reporter= or role=), nor the criterion (duration_months=)"),
    };
    let publisher = one.get("publisher").map(|publisher| {
        let eurostat = publisher.to_lowercase().contains("eurostat");
        if eurostat { Publisher::Eurostat } else { Publisher::National }
    });
    Ok(Reader { state, reporter, direction, stated, publisher })
}

/// The criterion of every figure.
pub fn groups(observations: &Observations, request: &Request) -> Result<Groups, Error> {
    let keys = observations.definition_keys();
    let mut used = vec![false; observations.definitions().len()];
    keys.iter().for_each(|key| used[*key as usize] = true);
    let readers = observations
        .definitions()
        .iter()
        .enumerate()
        .map(|(key, one)| if used[key] { reader(key, one, request.keep_net).map(Some) } else { Ok(None) });
    let readers: Vec<Option<Reader<'_>>> = readers.collect::<Result<_, _>>()?;
    let flow = |reader: &Option<Reader<'_>>| reader.as_ref().is_some_and(|one| one.state.is_none());
    if !observations.is_empty() && !readers.iter().any(flow) {
        let mut measures: Vec<&str> = observations.definitions().iter().filter_map(|one| one.get("measure")).collect();
        measures.sort_unstable();
        measures.dedup();
        return Err(Error::Definition(format!(
            "nothing to convert: only measures \"inflow\" and \"outflow\" are counted by a minimum stay, and these are {}",
            measures.join(", ")
        )));
    }
    let (rows, distinct) = by_reporter(observations, &readers);
    // In an order that does not depend on that of the rows.
    let (when, periods) = period_keys(observations.dates("period_start"), observations.dates("period_end"));
    let mut numbers: FxHashMap<(i32, u32, i32), u32> = FxHashMap::default();
    let mut found: Vec<(usize, &str, Period)> = Vec::new();
    let mut of: Vec<u32> = Vec::with_capacity(keys.len());
    let mut last = ((-1, 0, 0), 0);
    for ((definition, reporter), when) in keys.iter().zip(&rows).zip(&when) {
        let key = (*definition, *reporter, *when);
        if key != last.0 {
            let number = *numbers.entry(key).or_insert_with(|| {
                found.push((*definition as usize, &distinct[*reporter as usize], periods[*when as usize]));
                found.len() as u32 - 1
            });
            last = (key, number);
        }
        of.push(last.1);
    }
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_unstable_by_key(|at| found[*at]);
    let mut place = vec![0; found.len()];
    order.iter().zip(0..).for_each(|(at, new)| place[*at] = new);
    of.par_iter_mut().for_each(|group| *group = place[*group as usize]);
    let group = |at: usize| {
        let (definition, reporter, period) = found[at];
        let reader = readers[definition].as_ref().expect("a definition with figures");
        fate(definition, reader, reporter, period, request)
    };
    let groups = order.into_iter().map(group).collect::<Result<_, _>>()?;
    Ok(Groups { of, groups })
}

/// Where the rows of a definition have their reporter: the same for all, or in the first or second column of areas.
enum Where {
    Same(u32),
    Column(usize),
}

/// The reporter of every row, as a key into the codes; "" where it has none or needs none.
fn by_reporter<'a>(observations: &'a Observations, readers: &[Option<Reader<'a>>]) -> (Vec<u32>, Vec<Cow<'a, str>>) {
    let mut distinct: Vec<Cow<'a, str>> = vec![Cow::Borrowed("")];
    let mut place = |code: &'a str| {
        let at = distinct.iter().position(|known| known == code).unwrap_or_else(|| {
            distinct.push(Cow::Borrowed(code));
            distinct.len() - 1
        });
        at as u32
    };
    let columns = ["origin", "destination"].map(|name| {
        let (keys, codes) = observations.codes(name).unwrap_or_default();
        (keys, codes.into_iter().map(&mut place).collect::<Vec<u32>>())
    });
    let sides: Vec<Where> = readers
        .iter()
        .map(|reader| match reader {
            // Of a definition that says its criterion, or of no flow, the reporter does not matter.
            Some(Reader { state: None, stated: None, reporter, .. }) => match reporter {
                Reporter::Named(code) => Where::Same(place(code)),
                Reporter::Column(name) => Where::Column(usize::from(*name == "destination")),
                Reporter::Nobody(_) => Where::Same(0),
            },
            Some(Reader { state: None, reporter: Reporter::Named(code), .. }) => Where::Same(place(code)),
            _ => Where::Same(0),
        })
        .collect();
    let row = |(row, key): (usize, &i32)| match sides[*key as usize] {
        Where::Same(code) => code,
        Where::Column(side) => columns[side].1[columns[side].0[row] as usize],
    };
    (observations.definition_keys().par_iter().enumerate().map(row).collect(), distinct)
}

fn fate(
    definition: usize,
    reader: &Reader<'_>,
    reporter: &str,
    period: Period,
    request: &Request,
) -> Result<Group, Error> {
    let mut group = Group {
        definition,
        reporter: (!reporter.is_empty()).then(|| reporter.to_owned()),
        direction: reader.direction,
        period,
        minimum: None,
        state: State::Unknown,
        multiplier: 1.0,
        why: String::new(),
        assumed: String::new(),
    };
    if let Some((state, why)) = &reader.state {
        (group.state, group.why) = (*state, why.clone());
        return Ok(group);
    }
    let found = match (reader.stated, &reader.reporter, reader.direction) {
        (Some(minimum), ..) => Ok((minimum, Known::Stated)),
        (None, Reporter::Nobody(why), _) => Err((*why).to_owned()),
        (None, _, Some(direction)) => ruled(reader, reporter, direction, period, &request.own, &mut group.assumed),
        (None, _, None) => Err("which side reports is not stated (role=)".to_owned()),
    };
    match found {
        Ok((minimum, how)) => {
            group.state = if minimum == request.to { State::Same } else { State::Converted };
            group.multiplier = request.model.multiplier(minimum, request.to, request.off_grid).map_err(|error| {
                let who = if reporter.is_empty() { String::new() } else { format!(" of {reporter}") };
                match error {
                    Error::Code(why) => Error::Code(format!(
                        "definition {definition}, figures{who} of {}: {why}",
                        period::label(period)
                    )),
                    error => error,
                }
            })?;
            group.minimum = Some((minimum, how));
        }
        Err(why) => group.why = why,
    }
    Ok(group)
}

/// By the caller's rules, then by those that are known.
fn ruled(
    reader: &Reader<'_>,
    reporter: &str,
    direction: Direction,
    when: Period,
    own: &[Regime],
    assumed: &mut String,
) -> Result<(Minimum, Known), String> {
    let rule = |one: &Regime, own| {
        let until = (one.period.end != crate::codes::duration::OPEN).then(|| last_day(one));
        (one.minimum, Known::Rule { stay: one.stay.clone(), until, own })
    };
    let last = when.end.max(when.start.saturating_add(1));
    let touches = |one: &Regime| {
        (one.reporter.as_str(), one.direction) == (reporter, direction)
            && one.period.start < last
            && when.start < one.period.end
    };
    let publisher = reader.publisher.unwrap_or(Publisher::Eurostat);
    if own.iter().any(touches) {
        return criterion(own, reporter, direction, publisher, when).map(|one| rule(one, true));
    }
    let of = |publisher| criterion(known(), reporter, direction, publisher, when);
    let found = of(publisher);
    if reader.publisher.is_none() {
        // Nobody said whose figures they are: where offices and Eurostat count alike, that does not matter.
        return match (found, of(Publisher::National)) {
            (Ok(one), other) if other.as_ref().is_ok_and(|other| other.minimum == one.minimum) => Ok(rule(one, false)),
            (Ok(one), other) => {
                let other = other.map_or_else(|_| "are not known".to_owned(), |other| format!("say {}", other.minimum));
                *assumed = format!(
                    "no publisher is stated: taken as figures that Eurostat prints ({}); the rules of the national office \
                     {other}; state publisher=",
                    one.minimum
                );
                Ok(rule(one, false))
            }
            (Err(_), Ok(other)) => Ok(rule(other, false)),
            (Err(why), Err(_)) => Err(why),
        };
    }
    found.map(|one| rule(one, false)).map_err(|why| match of(Publisher::Eurostat) {
        Ok(other) => format!("{why} (in Eurostat figures it is {})", other.minimum),
        Err(_) => why,
    })
}
