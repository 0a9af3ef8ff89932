//! Changes that are unlike those of the series and of its neighbours, and powers of ten that slipped in.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::Error;
use crate::codes::period;
use crate::quality::index::{Index, Line};
use crate::quality::words::number;
use crate::quality::{Hit, NOBODY, Options, Outcome, Rule, Scan, Setting, Severity};

const STEP: u8 = 0;
const SPIKE: u8 = 1;
/// Standard deviations in a median absolute deviation of a normal distribution.
const NORMAL: f64 = 1.4826;
/// The changes of a series say what is usual for it from so many on.
const OWN: usize = 6;
/// The changes of other series say what happened to all of them from so many on.
const NEIGHBOURS: usize = 10;
/// Pairs of periods that a table is made for.
const ROOM: usize = 1 << 22;
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
    for at in index.finest(line) {
        if !line.once(at) || line.values[at].is_nan() || line.values[at] <= 0.0 {
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

/// The changes of one line: of which meaning, where they begin among all, and how many there are.
struct Here {
    line: u32,
    meaning: u32,
    changes: Vec<(u32, Change)>,
}

/// All changes, and what is usual.
struct Usual {
    lines: Vec<Here>,
    /// Median change of all series, by number of the pair of periods.
    moved: Vec<f64>,
}

/// Numbers pairs of periods of a meaning as they occur: in a table where there is room, else by hash.
struct Numbers {
    periods: usize,
    table: Vec<u32>,
    hashed: FxHashMap<(u32, u32, u32), u32>,
    next: u32,
}

impl Numbers {
    fn new(index: &Index) -> Numbers {
        let periods = index.periods.len();
        let places = periods.saturating_mul(periods).saturating_mul(index.meaning.len());
        let table = if places <= ROOM { vec![NOBODY; places] } else { Vec::new() };
        Numbers { periods, table, hashed: FxHashMap::default(), next: 0 }
    }

    fn of(&mut self, meaning: u32, before: u32, at: u32) -> u32 {
        let place = (meaning as usize * self.periods + before as usize) * self.periods + at as usize;
        let number = match self.table.get_mut(place) {
            Some(number) => number,
            None => self.hashed.entry((meaning, before, at)).or_insert(NOBODY),
        };
        if *number == NOBODY {
            *number = self.next;
            self.next += 1;
        }
        *number
    }
}

/// Collects the changes of all lines, and what happened to all series of a meaning from one period to another.
fn usual(scan: &Scan, index: &Index) -> Usual {
    let keys = scan.observations().definition_keys();
    let moves = scan.moves();
    let mut lines: Vec<Here> = index.each(|line, out| {
        let definition = keys[line.rows[0] as usize] as usize;
        if !moves[definition] {
            return;
        }
        let mut found = Vec::new();
        changes(index, line, &mut found);
        if !found.is_empty() {
            let changes = found.into_iter().map(|one| (0, one)).collect();
            out.push(Here { line: line.at as u32, meaning: index.meaning[definition], changes });
        }
    });
    // Few pairs of periods occur: their changes are put side by side.
    let mut numbers = Numbers::new(index);
    let mut logs: Vec<Vec<f64>> = Vec::new();
    for here in &mut lines {
        let when = index.line(here.line as usize).when;
        for (number, change) in &mut here.changes {
            *number = numbers.of(here.meaning, when[change.before], when[change.at]);
            if *number as usize == logs.len() {
                logs.push(Vec::new());
            }
            logs[*number as usize].push(change.log);
        }
    }
    let middle = |logs: &mut Vec<f64>| if logs.len() >= NEIGHBOURS { median(logs) } else { 0.0 };
    Usual { lines, moved: logs.par_iter_mut().map(middle).collect() }
}

impl Usual {
    /// A change less what happened to all.
    fn beside(&self, (number, change): &(u32, Change)) -> f64 {
        change.log - self.moved[*number as usize]
    }

    /// How far the changes of a meaning differ, for series that are too short to say it themselves.
    fn spread(&self, meanings: usize) -> Vec<f64> {
        let short = self.lines.iter().any(|here| here.changes.len() < OWN);
        let mut rest: Vec<Vec<f64>> = vec![Vec::new(); meanings];
        if short {
            for here in &self.lines {
                rest[here.meaning as usize].extend(here.changes.iter().map(|one| self.beside(one)));
            }
        }
        rest.into_par_iter().map(|mut rest| if rest.is_empty() { 0.0 } else { spread(&mut rest, 0.0) }).collect()
    }
}

/// The numbers by which a change is a jump.
struct Limits {
    threshold: f64,
    factor: f64,
    at_least: f64,
    least: f64,
}

fn jumps(scan: &Scan, options: &Options<'_>) -> Result<Outcome, Error> {
    let index = scan.index();
    let usual = usual(scan, index);
    let spreads = usual.spread(index.meaning.len());
    let keys = scan.observations().definition_keys();
    let sudden = scan.sudden();
    let broken = scan.rows_with("obs_status", |code| code.split('+').any(|one| one == "B"));
    let limits = Limits {
        threshold: options.get("threshold"),
        factor: options.get("factor").ln(),
        at_least: options.get("at_least"),
        least: options.get("spread"),
    };
    let hits: Vec<Vec<Hit>> = usual
        .lines
        .par_iter()
        .filter_map(|here| {
            let line = index.line(here.line as usize);
            // Most series never move by the factor, whatever is usual for them: no more is asked of them.
            let widen = |(low, high): (f64, f64), one: f64| (low.min(one), high.max(one));
            let (low, high) = here.changes.iter().map(|one| usual.beside(one)).fold((0.0, 0.0), widen);
            if high - low < limits.factor {
                return None;
            }
            let severity =
                if sudden[keys[line.rows[0] as usize] as usize] { Severity::Note } else { Severity::Warning };
            let spread = spreads[here.meaning as usize];
            let flagged = |at: usize| broken.as_ref().is_some_and(|broken| broken(line.rows[at]));
            Some(jumps_of(line, here, &usual, spread, &limits, severity, &flagged))
        })
        .collect();
    let checked = usual.lines.iter().map(|here| here.changes.len() as u64).sum();
    Ok(Outcome { hits: hits.into_iter().flatten().collect(), checked })
}

/// The jumps of one line.
fn jumps_of(
    line: Line<'_>,
    here: &Here,
    usual: &Usual,
    pooled: f64,
    limits: &Limits,
    severity: Severity,
    flagged: &impl Fn(usize) -> bool,
) -> Vec<Hit> {
    let mut logs: Vec<f64> = here.changes.iter().map(|one| usual.beside(one)).collect();
    let (middle, own) = if logs.len() >= OWN {
        let middle = median(&mut logs);
        (middle, spread(&mut logs, middle))
    } else {
        (0.0, pooled)
    };
    let jump = |one: &(u32, Change)| {
        let (a, b) = (line.values[one.1.before], line.values[one.1.at]);
        let away = usual.beside(one) - middle;
        let deviation = (own.max(limits.least).powi(2) + 1.0 / a + 1.0 / b).sqrt();
        let is =
            away.abs() >= limits.factor && away.abs() >= limits.threshold * deviation && a.max(b) >= limits.at_least;
        (is && !flagged(one.1.at)).then_some(away)
    };
    let mut out = Vec::new();
    let mut at = 0;
    while at < here.changes.len() {
        let one = here.changes[at];
        at += 1;
        let Some(away) = jump(&one) else { continue };
        let (a, b) = (line.values[one.1.before], line.values[one.1.at]);
        // Up and down again is one strange value, not two jumps.
        let next = here.changes.get(at).filter(|next| next.1.before == one.1.at);
        let back = next.and_then(|next| jump(next).map(|far| (next.1, far)));
        let hit = match back {
            Some((next, far)) if far * away < 0.0 => {
                at += 1;
                let around = (a * line.values[next.at]).sqrt();
                Hit::on(line.rows[one.1.at], severity, b, around).kind(SPIKE).against(line.rows[next.at])
            }
            _ => {
                let expected = a * (one.1.log - away).exp();
                Hit::on(line.rows[one.1.at], severity, b, expected).kind(STEP).against(line.rows[one.1.before])
            }
        };
        out.push(hit);
    }
    out
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
    let found: Vec<(u64, Vec<Hit>)> = index.each(|line, found| {
        let definition = keys[line.rows[0] as usize] as usize;
        if !moves[definition] {
            return;
        }
        let severity = if sudden[definition] { Severity::Note } else { Severity::Warning };
        let mut places = index.finest(line);
        places.retain(|at| line.values[*at] > 0.0 && line.once(*at));
        if places.len() < 3 {
            return;
        }
        let value = |at: usize| line.values[places[at]];
        let mut out = Vec::new();
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
        found.push((places.len() as u64, out));
    });
    Ok(Outcome::of(found))
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
