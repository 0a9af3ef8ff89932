//! Longer periods against the shorter ones that they consist of, and periods that overlap.

use crate::Error;
use crate::codes::period::{self, Period};
use crate::exact::ExactSum;
use crate::quality::index::Line;
use crate::quality::words::{counted, exchanged, number};
use crate::quality::{Hit, NOBODY, Options, Outcome, Rule, Scan, Severity};

const MORE: u8 = 0;
const LESS: u8 = 1;
const ROUNDED: u8 = 2;
/// More shorter periods than this are not tried out.
const TILES: usize = 1000;

pub const WINDOWS: Rule = Rule {
    name: "windows",
    family: "accuracy",
    severity: Severity::Error,
    checks: "a flow of a longer period is the sum of the shorter ones that it consists of, without gap or overlap",
    source: "double-entry check of margins, over time",
    settings: &[],
    scan: windows,
    say: say_windows,
};

pub const OVERLAPS: Rule = Rule {
    name: "overlaps",
    family: "accuracy",
    severity: Severity::Warning,
    checks: "no two periods of a series overlap in part, so that adding them would count some days twice",
    source: "half-open periods of the observation table",
    settings: &[],
    scan: overlaps,
    say: say_overlaps,
};

/// The places of a line where periods stand once.
fn places(line: Line<'_>) -> Vec<usize> {
    (0..line.when.len()).filter(|at| line.once(*at)).collect()
}

fn windows(scan: &Scan, _: &Options<'_>) -> Result<Outcome, Error> {
    let index = scan.index();
    let adds = scan.each_definition(|one| !one.is_stock() && !one.is_ratio());
    let keys = scan.observations().definition_keys();
    let found: Vec<Option<Hit>> = index.each(|line, out| {
        if !adds[keys[line.rows[0] as usize] as usize] || index.is_plain(line) {
            return;
        }
        let places = places(line);
        let period = |at: usize| index.periods[line.when[at] as usize];
        for &whole in &places {
            let window = period(whole);
            if window.is_instant() || line.values[whole].is_nan() {
                continue;
            }
            let inside: Vec<usize> =
                places.iter().copied().filter(|at| period::contains(window, period(*at))).take(TILES).collect();
            let Some(tiles) = tiling(&inside, window, &period) else { continue };
            if tiles.len() < 2 || tiles.iter().any(|at| line.values[*at].is_nan()) {
                continue;
            }
            out.push(compare(scan, line, whole, &tiles));
        }
    });
    let checked = found.len() as u64;
    Ok(Outcome { hits: found.into_iter().flatten().collect(), checked })
}

/// Periods that follow one another from the beginning of the window to its end, as long as can be.
fn tiling(inside: &[usize], window: Period, period: &impl Fn(usize) -> Period) -> Option<Vec<usize>> {
    // From the end: the longest tile from every day from which the end can be reached.
    let mut next: Vec<(i32, usize)> = Vec::new();
    let reached = |day: i32, next: &[(i32, usize)]| day == window.end || next.iter().any(|(start, _)| *start == day);
    let mut order: Vec<usize> = inside.iter().copied().filter(|at| !period(*at).is_instant()).collect();
    order.sort_by_key(|at| (std::cmp::Reverse(period(*at).start), std::cmp::Reverse(period(*at).end)));
    for at in order {
        let one = period(at);
        if reached(one.end, &next) && !next.iter().any(|(start, _)| *start == one.start) {
            next.push((one.start, at));
        }
    }
    let mut out = Vec::new();
    let mut day = window.start;
    while day != window.end {
        let (_, at) = next.iter().find(|(start, _)| *start == day)?;
        out.push(*at);
        day = period(*at).end;
    }
    Some(out)
}

fn compare(scan: &Scan, line: Line<'_>, whole: usize, tiles: &[usize]) -> Option<Hit> {
    let row = line.rows[whole];
    let stated = line.values[whole];
    let sum = tiles.iter().map(|at| line.values[*at]).collect::<ExactSum>().value();
    let gap = stated - sum;
    if gap.abs() <= 1e-9 * stated.abs() {
        return None;
    }
    let rounding = 0.5 * scan.grain(row) * (tiles.len() + 1) as f64;
    let (kind, severity) = match gap {
        gap if gap.abs() <= rounding => (ROUNDED, Severity::Note),
        gap if gap < 0.0 => (MORE, Severity::Error),
        _ => (LESS, Severity::Error),
    };
    // A part of which two digits were exchanged is the one to look at.
    let slip = tiles.iter().find(|at| exchanged(line.values[**at], sum - stated).is_some());
    let other = slip.map_or(NOBODY, |at| line.rows[*at]);
    Some(Hit::on(row, severity, stated, sum).kind(kind).against(other).of(tiles.len()))
}

fn say_windows(scan: &Scan, hit: &Hit) -> String {
    let (stated, sum, gap) = (number(hit.found), number(hit.expected), number(hit.value));
    let start = format!(
        "{}: {stated} is printed for the whole period, the {} that it consists of add up to {sum}, ",
        scan.cell(hit.row),
        counted(u64::from(hit.count), "period"),
    );
    let end = match hit.kind {
        MORE => format!("{gap} more"),
        LESS => format!("{gap} less"),
        _ => return format!("{start}as rounding explains"),
    };
    let slip = (hit.other != NOBODY).then(|| {
        let part = scan.value(hit.other)?;
        let meant = exchanged(part, hit.expected - hit.found)?;
        let place = scan.place(hit.other);
        let place = if place.is_empty() { String::new() } else { format!(" ({place})") };
        Some(format!(
            "; {} for {}{place} with two digits exchanged, {}, would make them agree",
            number(part),
            period::label(scan.period(hit.other)),
            number(meant)
        ))
    });
    format!("{start}{end}{}", slip.flatten().unwrap_or_default())
}

fn overlaps(scan: &Scan, _: &Options<'_>) -> Result<Outcome, Error> {
    let index = scan.index();
    let hits = index.each(|line, out| {
        if index.is_plain(line) {
            return;
        }
        let places = places(line);
        for pair in places.windows(2) {
            let (a, b) = (index.periods[line.when[pair[0]] as usize], index.periods[line.when[pair[1]] as usize]);
            let nested = period::contains(a, b) || period::contains(b, a);
            if !a.is_instant() && !b.is_instant() && period::overlaps(a, b) && !nested {
                let found = line.values[pair[1]];
                let value = if found.is_nan() { 0.0 } else { found.abs() };
                let hit = Hit::on(line.rows[pair[1]], Severity::Warning, found, f64::NAN);
                out.push(Hit { value, ..hit }.against(line.rows[pair[0]]).of(2));
            }
        }
    });
    Ok(Outcome { hits, checked: index.rows.len() as u64 })
}

fn say_overlaps(scan: &Scan, hit: &Hit) -> String {
    let (one, other) = (scan.period(hit.row), scan.period(hit.other));
    let days = i64::from(one.end.min(other.end)) - i64::from(one.start.max(other.start));
    format!(
        "{}: the period overlaps {} by {}; they cannot be added (periods.align brings them to one calendar)",
        scan.cell(hit.row),
        period::label(other),
        counted(days.unsigned_abs(), "day")
    )
}
