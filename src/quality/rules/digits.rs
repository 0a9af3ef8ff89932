//! Last digits that people prefer, and persons that are not whole.

use arrow::array::Array;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::Error;
use crate::quality::scan::{PIECE, is_whole};
use crate::quality::words::{counted, name_of, number};
use crate::quality::{Hit, NOBODY, Options, Outcome, Rule, Scan, Setting, Severity};

const HEAPED: u8 = 0;
const ROUNDED: u8 = 1;

pub const HEAPING: Rule = Rule {
    name: "heaping",
    family: "accuracy",
    severity: Severity::Warning,
    checks: "last digits of a reporter's figures are spread evenly: not half of them 0 or 5",
    source: "Whipple's index of last digits (United Nations 1955, Manual II), here of figures of 100 and more; chi-square with \
             9 degrees of freedom",
    settings: &[
        Setting { name: "figures", default: 50.0, about: "figures that a reporter must have" },
        Setting {
            name: "index",
            default: 150.0,
            about: "100 where 0 and 5 are as frequent as others, 500 where there is no other",
        },
        Setting { name: "chi_square", default: 33.72, about: "of the ten digits; 33.72 is one chance in 10,000" },
    ],
    scan: heaping,
    say: say_heaping,
};

pub const PERSONS: Rule = Rule {
    name: "persons",
    family: "accuracy",
    severity: Severity::Warning,
    checks: "counts of persons that were observed are whole numbers",
    source: "a person is not divisible; fractions tell of estimates, rates or thousands",
    settings: &[],
    scan: persons,
    say: say_persons,
};

/// Last digits of one reporter in one meaning, and the largest of its figures.
#[derive(Clone, Copy)]
struct Digits {
    times: [u64; 10],
    largest: Option<(f64, u32)>,
}

const NONE: Digits = Digits { times: [0; 10], largest: None };

/// Digits by meaning and reporter.
type Groups = FxHashMap<(u32, u32), Digits>;

/// Of two figures the larger; where they are equal, the one whose cell comes first.
fn larger(scan: &Scan, a: Option<(f64, u32)>, b: Option<(f64, u32)>) -> Option<(f64, u32)> {
    match (a, b) {
        (Some(x), Some(y)) => {
            let first = x.0.total_cmp(&y.0).reverse().then_with(|| scan.by_cell(x.1, y.1)).is_le();
            Some(if first { x } else { y })
        }
        (a, b) => a.or(b),
    }
}

fn heaping(scan: &Scan, options: &Options<'_>) -> Result<Outcome, Error> {
    let observations = scan.observations();
    let (keys, values) = (observations.definition_keys(), observations.values());
    let (counts, meaning) = (scan.counts(), &scan.index().meaning);
    let observed = scan.rows_with("basis", |code| code == "observed");
    let Some(observed) = observed else { return Ok(Outcome::default()) };
    let reporters = scan.reporters();
    let taken = |row: &usize| {
        let definition = keys[*row] as usize;
        values.is_valid(*row) && counts[definition] && observed(*row as u32) && {
            let value = values.value(*row).abs();
            (100.0..1e15).contains(&value) && value.fract() == 0.0
        }
    };
    let groups = (0..keys.len().div_ceil(PIECE))
        .into_par_iter()
        .fold(Groups::default, |mut groups, piece| {
            let rows = piece * PIECE..keys.len().min((piece + 1) * PIECE);
            for row in rows.filter(taken) {
                let value = values.value(row).abs();
                let group = groups.entry((meaning[keys[row] as usize], reporters.keys[row])).or_insert(NONE);
                group.times[(value as u64 % 10) as usize] += 1;
                group.largest = larger(scan, group.largest, Some((value, row as u32)));
            }
            groups
        })
        .reduce(Groups::default, |mut all, part| {
            for (key, part) in part {
                let all = all.entry(key).or_insert(NONE);
                all.times.iter_mut().zip(part.times).for_each(|(all, part)| *all += part);
                all.largest = larger(scan, all.largest, part.largest);
            }
            all
        });
    let mut out = Outcome::default();
    for group in groups.into_values() {
        let count: u64 = group.times.iter().sum();
        let Some((_, row)) = group.largest.filter(|_| count as f64 >= options.get("figures")) else { continue };
        out.checked += 1;
        let index = 500.0 * (group.times[0] + group.times[5]) as f64 / count as f64;
        let expected = count as f64 / 10.0;
        let chi: f64 = group.times.iter().map(|times| (*times as f64 - expected).powi(2) / expected).sum();
        if index < options.get("index") || chi < options.get("chi_square") {
            continue;
        }
        let (kind, severity) = if group.times[0] + group.times[5] == count {
            (ROUNDED, Severity::Note)
        } else {
            (HEAPED, Severity::Warning)
        };
        let hit = Hit { value: 0.0, ..Hit::on(row, severity, index, 100.0) };
        out.hits.push(hit.kind(kind).of(count as usize));
    }
    Ok(out)
}

fn say_heaping(scan: &Scan, hit: &Hit) -> String {
    let (who, figures) = (of_whom(scan, hit.row), counted(u64::from(hit.count), "figure"));
    let share = hit.found / 5.0;
    match hit.kind {
        ROUNDED => format!("{who}: all {figures} of 100 and more end in 0 or 5: they are rounded, not counted"),
        _ => format!(
            "{who}: {share:.0} % of {figures} of 100 and more end in 0 or 5, where 20 % would (index {:.0}): some are rounded \
             or estimated",
            hit.found
        ),
    }
}

/// The measure and reporter of a row, in words.
fn of_whom(scan: &Scan, row: u32) -> String {
    let measure = scan.definition(row).get("measure").unwrap_or("figures").replace('_', " ");
    match scan.reporters().of(row) {
        "" => scan.definition(row).title(),
        code => format!("{measure} of {}", name_of(code)),
    }
}

fn persons(scan: &Scan, _: &Options<'_>) -> Result<Outcome, Error> {
    let observations = scan.observations();
    let (keys, values) = (observations.definition_keys(), observations.values());
    let counts = scan.counts();
    let observed = scan.rows_with("basis", |code| code == "observed");
    let Some(observed) = observed else { return Ok(Outcome::default()) };
    let broken: Vec<u32> = (0..keys.len())
        .into_par_iter()
        .filter(|row| values.is_valid(*row) && !is_whole(values.value(*row)))
        .map(|row| row as u32)
        .filter(|row| counts[keys[*row as usize] as usize] && observed(*row))
        .collect();
    let mut found: Vec<Option<((f64, u32), u32)>> = vec![None; observations.definitions().len()];
    for row in broken {
        let value = values.value(row as usize);
        let one = &mut found[keys[row as usize] as usize];
        *one = match *one {
            None => Some(((value, row), 1)),
            Some((known, count)) => {
                larger(scan, Some(known), Some((value, row))).map(|largest| (largest, count.saturating_add(1)))
            }
        };
    }
    let hit = |((value, row), count): ((f64, u32), u32)| {
        Hit { other: NOBODY, ..Hit::on(row, Severity::Warning, value, f64::NAN) }.of(count as usize)
    };
    Ok(Outcome { hits: found.into_iter().flatten().map(hit).collect(), checked: keys.len() as u64 })
}

fn say_persons(scan: &Scan, hit: &Hit) -> String {
    let more = match hit.count {
        1 => String::new(),
        count => format!(", as are {} of its definition", counted(u64::from(count) - 1, "other figure")),
    };
    format!(
        "{}: {} {} are not whole{more}; are they estimates, rates or thousands?",
        scan.cell(hit.row),
        number(hit.found),
        scan.definition(hit.row).unit()
    )
}
