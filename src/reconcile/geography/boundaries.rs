//! A whole table by the boundaries of one year.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Merge, Side, Split, Twice, UNEVEN, When, line, merge, split};
use crate::Error;
use crate::codes::area::{self, Area, Kind};
use crate::codes::period;
use crate::ledger::Severity;
use crate::observation::Observations;
use crate::reconcile::cells::{self, value};
use crate::reconcile::rows::{How, Made, Work};
use crate::totals::period_keys;

/// Whose boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// Those of a year.
    Year(i32),
    /// Those of each figure's own year.
    Then,
}

/// All figures by the same boundaries.
///
/// States that had ended by then are split into what came after them, states that had not are put together again. What
/// cannot be done stays as it is, and the ledger says why.
///
/// # Errors
/// [`Error::Schema`] where a state and its successors both have figures and that is refused.
pub fn constant(observations: &Observations, as_of: AsOf, sides: &[Side], twice: Twice) -> Result<Observations, Error> {
    let mut former: Vec<&'static Area> = area::all().iter().filter(|area| area.kind == Kind::Former).collect();
    // What ended first is split first: what came after it may have ended later.
    former.sort_by_key(|area| (area.to, area.code));
    former.retain(|area| !UNEVEN.contains(&area.code));
    let mut now = observations.clone();
    for area in &former {
        let ended = match as_of {
            AsOf::Year(year) => area.to.is_some_and(|last| last < year).then_some(When::Always),
            AsOf::Then => area.to.map(When::After),
        };
        if let Some(when) = ended.filter(|_| occurs(&now, sides, &[area.code])) {
            now = out_of(&now, area, sides, twice, when)?;
        }
    }
    for area in &former {
        let alive = |year: i32| area.from.is_some_and(|from| from <= year) && area.to.is_some_and(|to| year <= to);
        let within = |year: i32| former.iter().any(|other| stood(other, year) && line(other.code).contains(&area.code));
        let when = match as_of {
            AsOf::Year(year) => (alive(year) && !within(year)).then_some(When::Always),
            AsOf::Then => area.from.zip(area.to).map(|(from, to)| When::Within(from, to)),
        };
        let parts = line(area.code);
        // Where several states became one, nobody can part it again by its own figures.
        let several = area::successors(area.code).len() > 1;
        if let Some(when) = when.filter(|_| several && occurs(&now, sides, &parts)) {
            now = merge(&now, &Merge::of(area.code, sides.to_vec(), twice, when))?;
        }
    }
    told(&now, as_of, sides, &former).finish(&now, "reconcile.constant_boundaries")
}

fn stood(area: &Area, year: i32) -> bool {
    area.from.is_some_and(|from| from <= year) && area.to.is_some_and(|to| year <= to)
}

fn occurs(observations: &Observations, sides: &[Side], areas: &[&str]) -> bool {
    sides.iter().any(|side| {
        let (_, codes) = observations.codes(side.name()).unwrap_or_default();
        codes.iter().any(|code| areas.contains(code))
    })
}

/// A state that had ended, as what came after it.
fn out_of(
    observations: &Observations,
    area: &'static Area,
    sides: &[Side],
    twice: Twice,
    when: When,
) -> Result<Observations, Error> {
    match area::successors(area.code) {
        [] => Ok(observations.clone()),
        [one] => {
            let joined: Vec<&'static str> = (area::all().iter())
                .filter(|other| area::successors(other.code) == [*one] && other.to == area.to)
                .map(|other| other.code)
                .collect();
            // A state that became part of a larger one is not all of it.
            if joined.len() < 2 {
                return Ok(observations.clone());
            }
            merge(observations, &Merge { into: one, parts: joined, named: true, sides: sides.to_vec(), twice, when })
        }
        _ => split(observations, &Split::new(area.code, sides.to_vec(), twice, when)),
    }
}

/// The last state that held both areas, and they are not it; of those that ended in the table's time.
fn common(former: &[&'static Area], since: i32, a: &str, b: &str) -> Option<&'static Area> {
    let holds = |area: &&&'static Area| {
        let line = line(area.code);
        a != b && area.to.is_some_and(|last| last >= since) && line.contains(&a) && line.contains(&b)
    };
    former.iter().rev().find(holds).copied()
}

/// The years in which an area was within a state of another name, from the first to before the last.
fn within(former: &[&'static Area], code: &str) -> Vec<(i32, i32)> {
    let held = |area: &&&'static Area| {
        area::successors(area.code).len() > 1 && area.code.get(..3) != Some(code) && line(area.code).contains(&code)
    };
    former.iter().filter(held).filter_map(|area| area.from.zip(area.to)).collect()
}

/// What boundaries did to the figures that are left: movements over a border that was none, states that were not yet.
fn told(observations: &Observations, as_of: AsOf, sides: &[Side], former: &[&'static Area]) -> Work {
    let mut work = Work::default();
    let marked = work.reason("marked");
    let unborn = work.reason("no figure of a state that did not exist yet");
    let (present, kinds) = observations.codes("presence").unwrap_or_default();
    let columns = Side::BOTH.map(|side| observations.codes(side.name()).unwrap_or_default());
    let [(origins, from), (destinations, to)] = &columns;
    let held: Vec<Vec<Vec<(i32, i32)>>> =
        columns.iter().map(|(_, codes)| codes.iter().map(|code| within(former, code)).collect()).collect();
    let mut pairs: FxHashMap<(i32, i32), Option<&'static Area>> = FxHashMap::default();
    let (when, periods) = period_keys(observations.dates("period_start"), observations.dates("period_end"));
    let years: Vec<i32> = periods.into_iter().map(period::start_year).collect();
    let since = years.iter().copied().min().unwrap_or(i32::MAX);
    for row in 0..observations.len() {
        let (origin, destination) = (origins[row], destinations[row]);
        let year = years[when[row] as usize];
        let figure = value(observations, row);
        let early = |side: &Side| {
            let key = if *side == Side::Origin { origin } else { destination };
            let held = &held[usize::from(*side == Side::Destination)][key as usize];
            held.iter().any(|(first, end)| (*first..*end).contains(&year)).then_some(*side)
        };
        let presence = kinds[present[row] as usize];
        if let Some(side) = sides.iter().find_map(early)
            && presence != "not_existing"
            && matches!(presence, "zero" | "rounded_zero" | "blank" | "missing" | "not_applicable")
        {
            let code = observations.code(side.name(), row).unwrap_or_default();
            let said = format!("{code} did not exist yet: its {presence} is no figure");
            work.find(observations, Severity::Note, &said, row as u32);
            let made = Made { presence: "not_existing", value: None, ..same(observations, row, unborn) };
            work.replace(&[row as u32], unborn, [made]);
            continue;
        }
        if figure.is_none() {
            continue;
        }
        let pair = pairs
            .entry((origin, destination))
            .or_insert_with(|| common(former, since, from[origin as usize], to[destination as usize]));
        let Some((state, last)) = pair.and_then(|area| Some((area, area.to?))) else { continue };
        if matches!(as_of, AsOf::Year(as_of) if as_of <= last) {
            continue;
        }
        let note = if year > last {
            format!("border that became international ({} until {last})", state.code)
        } else {
            format!("internal border of {} at the time", state.code)
        };
        work.find(observations, Severity::Note, &note, row as u32);
        let made = Made { note: Some(Arc::from(note)), ..same(observations, row, marked) };
        work.replace(&[row as u32], marked, [made]);
    }
    kept(observations, as_of, sides, &mut work);
    for side in sides {
        former.iter().for_each(|area| doubtful(observations, as_of, *side, area, &mut work));
    }
    work
}

/// Former states that are left, and states that were several then.
fn kept(observations: &Observations, as_of: AsOf, sides: &[Side], work: &mut Work) {
    for side in sides {
        let (keys, codes) = observations.codes(side.name()).unwrap_or_default();
        let ended: Vec<Option<(i32, String)>> = (codes.iter())
            .map(|code| {
                let area = area::get(code).filter(|area| area.kind == Kind::Former)?;
                if UNEVEN.contains(code) {
                    return Some((area.to?, format!("{code} kept: its successors hold more or less land than it did")));
                }
                let [one] = area::successors(code) else { return None };
                Some((area.to?, format!("{code} kept: it is not all of {one}")))
            })
            .collect();
        let joined: Vec<Option<(i32, String)>> = (codes.iter())
            .map(|code| {
                let parts: Vec<&'static Area> =
                    area::all().iter().filter(|area| area::successors(area.code) == [*code]).collect();
                let last = parts.iter().filter_map(|area| area.to).max().filter(|_| parts.len() > 1)?;
                let names: Vec<&str> = parts.iter().map(|area| area.code).collect();
                Some((last, format!("{code} kept: it was {} and nobody knows how to part it", names.join(" and "))))
            })
            .collect();
        for (row, key) in keys.iter().enumerate() {
            let own = period::start_year(cells::period(observations, row));
            let year = if let AsOf::Year(year) = as_of { year } else { own };
            if let Some((_, why)) = ended[*key as usize].as_ref().filter(|(last, _)| *last < year) {
                work.find(observations, Severity::Warning, why, row as u32);
            }
            if let Some((_, why)) = joined[*key as usize].as_ref().filter(|(last, _)| year < *last) {
                work.find(observations, Severity::Warning, why, row as u32);
            }
        }
    }
}

/// Figures under the name of a state that went on with less land, of years before that, beside none of what it lost.
fn doubtful(observations: &Observations, as_of: AsOf, side: Side, state: &Area, work: &mut Work) {
    let Some(last) = state.to.filter(|last| matches!(as_of, AsOf::Year(year) if *last < year)) else { return };
    let Some(kept) = state.code.get(..3).filter(|code| area::successors(state.code).contains(code)) else { return };
    let others: Vec<&str> = line(state.code).into_iter().filter(|code| *code != kept).collect();
    let (keys, codes) = observations.codes(side.name()).unwrap_or_default();
    if others.is_empty() || !codes.contains(&kept) {
        return;
    }
    let early =
        |row: &usize| observations.has_value(*row) && period::start_year(cells::period(observations, *row)) < last;
    let place = |row: usize| (observations.definition_keys()[row], cells::period(observations, row));
    let of = |row: &usize, wanted: &dyn Fn(&str) -> bool| wanted(codes[keys[*row] as usize]);
    let told: FxHashSet<_> =
        (0..keys.len()).filter(|row| of(row, &|code| others.contains(&code)) && early(row)).map(place).collect();
    let why = format!(
        "{kept} before {last} beside no figure of {}: it may be that of {}, as merge takes it",
        others.join(", "),
        state.code
    );
    (0..keys.len())
        .filter(|row| of(row, &|code| code == kept) && early(row) && !told.contains(&place(*row)))
        .for_each(|row| work.find(observations, Severity::Warning, &why, row as u32));
}

/// A figure as it is, to say more of it.
fn same(observations: &Observations, row: usize, reason: usize) -> Made {
    let presence = observations.code("presence", row).unwrap_or_default();
    Made {
        from: row as u32,
        of: vec![row as u32],
        areas: Vec::new(),
        value: value(observations, row),
        bounds: None,
        share: 1.0,
        leaf: observations.leaves().value(row),
        presence: crate::observation::PRESENCE.into_iter().find(|known| *known == presence).unwrap_or("value"),
        how: How::Marked,
        note: None,
        reason,
    }
}
