//! Changes that are unlike those of the series and of its neighbours, and powers of ten that slipped in.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::Error;
use crate::codes::period;
use crate::quality::index::{Index, Line};
use crate::quality::words::number;
use crate::quality::{Hit, Options, Outcome, Rule, Scan, Setting, Severity};

const STEP: u8 = 0;
const SPIKE: u8 = 1;
/// Standard deviations in a median absolute deviation of a normal distribution.
const NORMAL: f64 = 1.4826;
/// The changes of a series say what is usual for it from so many on.
const OWN: usize = 6;
/// The changes of other series say what happened to all of them from so many on.
const NEIGHBOURS: usize = 10;
/// Steps of a thousand, as logarithms to base ten.
const THOUSANDS: [f64; 2] = [3.0, 6.0];
/// How far a step may be from a power of ten, as a logarithm.
const NEAR: f64 = 0.15;
/// The smaller of two values of which one is in thousands.
const SMALL: f64 = 10.0;
/// Values of one magnitude are within this factor.
const ALIKE: f64 = 5.0;

pub const JUMPS: Rule = Rule {
    name: "jumps",
    family: "accuracy",
    severity: Severity::Warning,
    checks: "no value jumps in a way that neither its own series nor its neighbours know, unless a break is flagged",
    source: "robust z-score of log changes: median and 1.4826 MAD (Hampel 1974; Iglewicz and Hoaglin 1993), less the median \
             change of all series of the definition, with the variance of counts 1/a + 1/b",
    settings: &[
        Setting {
            name: "threshold",
            default: 6.0,
            about: "robust standard deviations from which on a change is a jump",
        },
        Setting { name: "factor", default: 3.0, about: "times or parts that the change must be beside the neighbours" },
        Setting { name: "at_least", default: 100.0, about: "the larger of the two values" },
        Setting { name: "spread", default: 0.1, about: "the least spread of log changes that is taken for usual" },
    ],
    scan: jumps,
    say: say_jumps,
};

pub const MAGNITUDE: Rule = Rule {
    name: "magnitude",
    family: "accuracy",
    severity: Severity::Warning,
    checks: "no value stands a thousand times above or below those around it, as if its unit were thousands",
    source: "unity-measure error check (de Waal, Pannekoek and Scholtus 2011, Handbook of Statistical Data Editing, 2.3)",
    settings: &[Setting { name: "at_least", default: 1000.0, about: "the larger of two values" }],
    scan: magnitude,
    say: say_magnitude,
};

/// A change from one value of a line to the next.
#[derive(Clone, Copy)]
struct Change {
    /// Place of the later value in the line.
    at: usize,
    /// Place of the earlier one.
    before: usize,
    log: f64,
}

/// The changes of a line between periods of one length, of values that stand once and are not 0.
fn changes(index: &Index, line: Line<'_>, out: &mut Vec<Change>) {
    out.clear();
    let mut last: Option<usize> = None;
    for at in 0..line.rows.len() {
        let twice = at > 0 && line.when[at - 1] == line.when[at] || line.when.get(at + 1) == Some(&line.when[at]);
        if twice || !(line.values[at] > 0.0) {
            continue;
        }
        if let Some(before) = last {
            let (a, b) = (index.periods[line.when[before] as usize], index.periods[line.when[at] as usize]);
            // Years differ by a day, months by three.
            if (i64::from(b.end) - i64::from(b.start) - i64::from(a.end) + i64::from(a.start)).abs() <= 3
                && b.start >= a.end
            {
                out.push(Change { at, before, log: (line.values[at] / line.values[before]).ln() });
            }
        }
        last = Some(at);
    }
}

/// The middle of numbers; the lower one of two.
fn median(numbers: &mut [f64]) -> f64 {
    let middle = (numbers.len() - 1) / 2;
    *numbers.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// The spread of numbers around their median, as a standard deviation.
fn spread(numbers: &mut [f64], median_of: f64) -> f64 {
    numbers.iter_mut().for_each(|one| *one = (*one - median_of).abs());
    NORMAL * median(numbers)
}

/// What happened to all series of a meaning from one period to another, and how far they differ.
struct Usual {
    moved: FxHashMap<(u32, u32, u32), f64>,
    spread: Vec<f64>,
}

fn usual(scan: &Scan, index: &Index) -> Usual {
    let keys = scan.observations().definition_keys();
    let meaning = |line: Line<'_>| index.meaning[keys[line.rows[0] as usize] as usize];
    let mut all: Vec<((u32, u32, u32), f64)> = index.each(|line, out| {
        let mut found = Vec::new();
        changes(index, line, &mut found);
        out.extend(found.iter().map(|one| ((meaning(line), line.when[one.before], line.when[one.at]), one.log)));
    });
    all.par_sort_unstable_by_key(|one| one.0);
    let mut moved = FxHashMap::default();
    let mut rest: Vec<Vec<f64>> = vec![Vec::new(); index.meaning.len()];
    let mut logs = Vec::new();
    for same in all.chunk_by(|a, b| a.0 == b.0) {
        logs.clear();
        logs.extend(same.iter().map(|one| one.1));
        let middle = if logs.len() >= NEIGHBOURS { median(&mut logs) } else { 0.0 };
        moved.insert(same[0].0, middle);
        rest[same[0].0.0 as usize].extend(same.iter().map(|one| one.1 - middle));
    }
    let spreads = rest.into_par_iter().map(|mut rest| if rest.is_empty() { 0.0 } else { spread(&mut rest, 0.0) });
    Usual { moved, spread: spreads.collect() }
}

fn jumps(scan: &Scan, options: &Options<'_>) -> Result<Outcome, Error> {
    let index = scan.index();
    let usual = usual(scan, index);
    let keys = scan.observations().definition_keys();
    let (moves, sudden) = (scan.moves(), scan.sudden());
    let broken = scan.rows_with("obs_status", |code| code.split('+').any(|one| one == "B"));
    let [threshold, factor, at_least, least] =
        ["threshold", "factor", "at_least", "spread"].map(|name| options.get(name));
    let found: Vec<Result<Hit, u64>> = index.each(|line, out| {
        let definition = keys[line.rows[0] as usize] as usize;
        if !moves[definition] {
            return;
        }
        let severity = if sudden[definition] { Severity::Note } else { Severity::Warning };
        let meaning = index.meaning[definition];
        let mut here = Vec::new();
        changes(index, line, &mut here);
        if here.is_empty() {
            return;
        }
        out.push(Err(here.len() as u64));
        let beside = |one: &Change| {
            let moved = usual.moved.get(&(meaning, line.when[one.before], line.when[one.at]));
            one.log - moved.copied().unwrap_or(0.0)
        };
        // Most series never move by the factor, whatever is usual for them: no more is asked of them.
        let (low, high) =
            here.iter().map(beside).fold((0.0f64, 0.0f64), |(low, high), one| (low.min(one), high.max(one)));
        if high - low < factor.ln() {
            return;
        }
        let mut logs: Vec<f64> = here.iter().map(beside).collect();
        let (middle, own) = if logs.len() >= OWN {
            let middle = median(&mut logs);
            (middle, spread(&mut logs, middle))
        } else {
            (0.0, usual.spread[meaning as usize])
        };
        let jump = |one: &Change| {
            let (a, b) = (line.values[one.before], line.values[one.at]);
            let away = beside(one) - middle;
            let deviation = (own.max(least).powi(2) + 1.0 / a + 1.0 / b).sqrt();
            let flagged = broken.as_ref().is_some_and(|broken| broken(line.rows[one.at]));
            let is = away.abs() >= factor.ln() && away.abs() >= threshold * deviation && a.max(b) >= at_least;
            (is && !flagged).then_some(away)
        };
        let mut at = 0;
        while at < here.len() {
            let one = here[at];
            at += 1;
            let Some(away) = jump(&one) else { continue };
            let (a, b) = (line.values[one.before], line.values[one.at]);
            // Up and down again is one strange value, not two jumps.
            let back =
                here.get(at).filter(|next| next.before == one.at).and_then(|next| jump(next).map(|far| (next, far)));
            let hit = match back {
                Some((next, far)) if far * away < 0.0 => {
                    at += 1;
                    let around = (a * line.values[next.at]).sqrt();
                    Hit::on(line.rows[one.at], severity, b, around).kind(SPIKE).against(line.rows[next.at])
                }
                _ => {
                    let expected = a * (one.log - away).exp();
                    Hit::on(line.rows[one.at], severity, b, expected).kind(STEP).against(line.rows[one.before])
                }
            };
            out.push(Ok(hit));
        }
    });
    let checked = found.iter().filter_map(|one| one.as_ref().err()).sum();
    Ok(Outcome { hits: found.into_iter().filter_map(Result::ok).collect(), checked })
}

fn say_jumps(scan: &Scan, hit: &Hit) -> String {
    let what = scan.cell(hit.row);
    let found = number(hit.found);
    let about = number(hit.expected.round());
    if hit.kind == SPIKE {
        return format!("{what}: {found}, where the figures before and after are around {about}");
    }
    let (before, when) = (scan.value(hit.other).unwrap_or(f64::NAN), period::label(scan.period(hit.other)));
    let change = match hit.found / before {
        times if times >= 2.0 => format!("{times:.1} times as many as"),
        times if times <= 0.5 => format!("{:.1} times fewer than", 1.0 / times),
        _ => "after".to_owned(),
    };
    let before = number(before);
    format!(
        "{what}: {found}, {change} the {before} of {when}; the series and its neighbours make one expect about {about}"
    )
}

/// Is one value the other times a thousand or a million, and which way?
fn thousandfold(a: f64, b: f64) -> Option<f64> {
    let log = (b / a).log10();
    THOUSANDS.into_iter().find(|power| (log.abs() - power).abs() <= NEAR).map(|power| power.copysign(log))
}

fn alike(a: f64, b: f64) -> bool {
    a <= b * ALIKE && b <= a * ALIKE
}

fn magnitude(scan: &Scan, options: &Options<'_>) -> Result<Outcome, Error> {
    let index = scan.index();
    let at_least = options.get("at_least");
    let keys = scan.observations().definition_keys();
    let (moves, sudden) = (scan.moves(), scan.sudden());
    let hits = index.each(|line, out| {
        let definition = keys[line.rows[0] as usize] as usize;
        if !moves[definition] {
            return;
        }
        let severity = if sudden[definition] { Severity::Note } else { Severity::Warning };
        let places: Vec<usize> = (0..line.rows.len()).filter(|at| line.values[*at] > 0.0).collect();
        if places.len() < 3 {
            return;
        }
        let value = |at: usize| line.values[places[at]];
        for at in 1..places.len() {
            let (a, b) = (value(at - 1), value(at));
            if a.max(b) < at_least || a.min(b) < SMALL || alike(a, b) {
                continue;
            }
            let Some(power) = thousandfold(a, b) else { continue };
            let next = (at + 1 < places.len()).then(|| value(at + 1));
            let row = line.rows[places[at]];
            let hit = |expected| Hit::on(row, severity, b, expected).against(line.rows[places[at - 1]]);
            match next {
                Some(next) if alike(a, next) => out.push(hit(b / 10f64.powf(power)).kind(SPIKE)),
                // A step is told from growth by what stands on both of its sides.
                Some(next) if at > 1 && alike(value(at - 2), a) && alike(b, next) => {
                    out.push(hit(b / 10f64.powf(power)).kind(STEP).of(places.len() - at));
                }
                _ => {}
            }
        }
    });
    Ok(Outcome { hits, checked: index.rows.len() as u64 })
}

fn say_magnitude(scan: &Scan, hit: &Hit) -> String {
    let times = (hit.found / hit.expected).log10().round();
    let word = match times.abs() as i32 {
        3 => "a thousand",
        _ => "a million",
    };
    let way = if times > 0.0 { "times" } else { "times less than" };
    let before = number(scan.value(hit.other).unwrap_or(f64::NAN));
    let then = if hit.kind == SPIKE { "" } else { ", and so are those that follow" };
    format!(
        "{}: {} is about {word} {way} the {before} of {}{then}; is it printed in another unit?",
        scan.cell(hit.row),
        number(hit.found),
        period::label(scan.period(hit.other))
    )
}
