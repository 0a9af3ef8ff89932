//! Codes of cells that somebody wants: as `counts` writes them, or why there are none such.

use rustc_hash::FxHashMap;

use super::Scan;
use super::coverage::{Axis, axis};
use crate::Error;
use crate::codes::area::{self, Kind, groups};
use crate::codes::list::Codelist;
use crate::codes::{period, registry};
use crate::definition::{self, MEASURES};
use crate::error::near;
use crate::observation::{AREAS, BASIS, NATIONALS, PRESENCE};

/// A code as [`super::counts`] writes it, none where a cell has none; and whether it stands for areas that have figures of
/// their own, as a group does.
pub type Wanted = (Option<String>, bool);

/// Codes that an error lists.
const LISTED: usize = 12;

/// The codes of a column of cells that are wanted.
///
/// # Errors
/// [`Error::Schema`] for a column that is not there, and for a year or blank that is none; [`Error::Code`] for a code that
/// the column cannot have. Both name column, row and value.
pub fn wanted(scan: &Scan, name: &str, codes: &[Option<String>]) -> Result<Vec<Wanted>, Error> {
    let Axis { keys, labels } = axis(scan, name)?;
    let blank = keys.iter().any(|key| labels[*key as usize].is_none());
    let seen = labels.iter().filter(|label| blank || label.is_some());
    let mut known: FxHashMap<Option<&str>, Wanted> =
        seen.map(|label| (label.as_deref(), (label.clone(), false))).collect();
    let mut found = Vec::with_capacity(codes.len());
    for (row, code) in codes.iter().enumerate() {
        let code = code.as_deref();
        let one = match (known.get(&code), code) {
            (Some(one), _) => one.clone(),
            (None, None) => {
                let why = Error::Schema("no code: expected one, or leave out the row".to_owned());
                return Err(placed(name, row, why));
            }
            (None, Some(text)) => {
                let (text, group) = read(scan, name, text, &labels).map_err(|error| placed(name, row, error))?;
                (Some(text), group)
            }
        };
        known.insert(code, one.clone());
        found.push(one);
    }
    Ok(found)
}

fn placed(name: &str, row: usize, error: Error) -> Error {
    let say = |why: String| format!("column {name:?}, row {row}: {why}");
    match error {
        Error::Schema(why) => Error::Schema(say(why)),
        Error::Code(why) => Error::Code(say(why)),
        other => other,
    }
}

/// A code that no figure has: as it would be written, and whether it is a group of areas.
fn read(scan: &Scan, name: &str, code: &str, labels: &[Option<String>]) -> Result<(String, bool), Error> {
    let definitions = scan.observations().definitions();
    let seen = || labels.iter().flatten().map(String::as_str);
    let plain = |code: String| Ok((code, false));
    match name {
        "year" => match code.parse::<i32>() {
            Ok(year) => plain(year.to_string()),
            Err(_) => Err(Error::Schema(format!("{code:?} is no year: expected a whole number, such as 2010"))),
        },
        "period" => plain(period::label(period::parse(code)?)),
        "definition" => {
            let last = definitions.len().saturating_sub(1);
            Err(Error::Code(format!("{code:?} is no key of a definition: they go from 0 to {last}")))
        }
        "measure" => plain(one_of(code, "measure", &MEASURES.map(|(measure, _)| measure))?),
        "basis" => plain(one_of(code, "basis", &BASIS)?),
        "presence" => plain(one_of(code, "presence", &PRESENCE)?),
        "reporter" if code.starts_with("org:") => plain(code.to_owned()),
        "citizenship" | "birth" if NATIONALS.contains(&code) => plain(code.to_owned()),
        _ if name == "reporter" || AREAS.contains(&name) => place(code),
        "sex" | "age" => plain(listed(code, name, &[registry::list(name)?], seen().collect())?),
        _ => plain(listed(code, name, &definition::lists(definitions, name), seen().collect())?),
    }
}

fn one_of(code: &str, name: &str, known: &[&str]) -> Result<String, Error> {
    if known.contains(&code) {
        return Ok(code.to_owned());
    }
    Err(Error::Code(format!("{code:?} is no {name}{}; expected one of {}", near(code, known), known.join(", "))))
}

/// An area, or a group of them.
fn place(code: &str) -> Result<(String, bool), Error> {
    if let Some(known) = area::get(code) {
        return Ok((code.to_owned(), known.kind == Kind::Aggregate));
    }
    if groups::group(code).is_ok() {
        return Ok((code.to_owned(), true));
    }
    let meant = registry::list("area")?.read(code).ok();
    let close = || area::resolve::near(code, 1).first().map(|(_, code)| (*code).to_owned());
    let hint = meant.or_else(close).map_or_else(String::new, |code| format!("; did you mean {code:?}?"));
    Err(Error::Code(format!(
        "{code:?} is neither the code of an area nor a group{hint}; areas.resolve({code:?}) reads names"
    )))
}

/// A code of lists; where there is none of a dimension, one that some figure has.
fn listed(code: &str, name: &str, lists: &[&Codelist], seen: Vec<&str>) -> Result<String, Error> {
    if lists.iter().any(|list| list.has(code)) {
        return Ok(code.to_owned());
    }
    let mut known: Vec<&str> = lists.iter().flat_map(|list| list.rows()).map(|row| row.code.as_str()).collect();
    known.extend(seen);
    known.sort_unstable();
    known.dedup();
    // A label tells its code, else what is written alike.
    let meant = lists.iter().find_map(|list| list.read(code).ok());
    let hint = meant.map_or_else(|| near(code, &known), |meant| format!("; did you mean {meant:?}?"));
    let more = if known.len() > LISTED { ", ..." } else { "" };
    let some = known[..known.len().min(LISTED)].join(", ");
    let why = if lists.is_empty() {
        format!("; no list of the codes of {name} is known, and figures have only {some}{more}")
    } else {
        format!("; expected a code such as {some}{more}")
    };
    Err(Error::Code(format!("{code:?} is no code of {name}{hint}{why}")))
}
