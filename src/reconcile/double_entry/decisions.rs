//! What is decided of single pairs, by row.

use rustc_hash::FxHashMap;

use super::Decision;
use super::read::place;
use super::request::{Decided, Request};
use super::time::Time;
use crate::Error;

/// The decision on each row.
pub fn decided(
    request: &Request,
    areas: &[String],
    [origin, destination]: [&[u32]; 2],
    time: Option<&Time>,
) -> Result<Vec<Option<Decision>>, Error> {
    let decisions = request.decisions()?;
    if decisions.is_empty() {
        return Ok(Vec::new());
    }
    let said = |one: &Decided| {
        let when = one.when.as_ref().map_or_else(String::new, |when| format!(" in {when}"));
        format!("{} to {}{when}", one.origin, one.destination)
    };
    let mut wanted: FxHashMap<(u32, u32, Option<i32>), usize> = FxHashMap::default();
    for (at, one) in request.decisions.iter().enumerate() {
        let unknown = || Error::Schema(format!("decisions: the table has no pair {}", said(one)));
        let area = |code: &String| place(areas, code).ok_or_else(unknown);
        let when = match (&one.when, time) {
            (None, _) => None,
            (Some(_), None) => {
                return Err(Error::Schema(format!(
                    "decisions: {} names a time, and the table has none; name its column by year=",
                    said(one)
                )));
            }
            (Some(when), Some(time)) => {
                let place = time.labels().iter().position(|label| label == when).ok_or_else(unknown)?;
                Some(place as i32)
            }
        };
        if wanted.insert((area(&one.origin)?, area(&one.destination)?, when), at).is_some() {
            return Err(Error::Schema(format!("decisions: {} stands twice; leave one of them out", said(one))));
        }
    }
    let mut met = vec![false; decisions.len()];
    let rows = (0..origin.len()).map(|row| {
        let pair = (origin[row], destination[row]);
        let now = time.and_then(|time| wanted.get(&(pair.0, pair.1, Some(time.keys()[row]))));
        let always = wanted.get(&(pair.0, pair.1, None));
        [now, always].into_iter().flatten().for_each(|at| met[*at] = true);
        now.or(always).map(|at| decisions[*at])
    });
    let rows = rows.collect();
    if let Some(at) = met.iter().position(|met| !met) {
        return Err(Error::Schema(format!("decisions: the table has no pair {}", said(&request.decisions[at]))));
    }
    Ok(rows)
}
