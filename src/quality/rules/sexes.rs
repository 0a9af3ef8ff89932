//! Men and women against both sexes.

use crate::Error;
use crate::exact::ExactSum;
use crate::quality::index::Line;
use crate::quality::words::number;
use crate::quality::{Hit, NOBODY, Options, Outcome, Rule, Scan, Severity};

const MORE: u8 = 0;
const LESS: u8 = 1;
const ONE: u8 = 2;
const ROUNDED: u8 = 3;

pub const SEXES: Rule = Rule {
    name: "sexes",
    family: "accuracy",
    severity: Severity::Error,
    checks: "men, women and those of unknown sex add up to both sexes, in every cell that prints them",
    source: "double-entry check of margins (T = M + F)",
    settings: &[],
    scan,
    say,
};

/// The only value of a period in a line; none where it is missing or stands there several times.
fn at(line: Line<'_>, when: u32) -> Option<(u32, f64)> {
    let from = line.when.partition_point(|one| *one < when);
    let found = line.when[from..].iter().take_while(|one| **one == when).count();
    (found == 1 && !line.values[from].is_nan()).then(|| (line.rows[from], line.values[from]))
}

fn scan(scan: &Scan, _: &Options<'_>) -> Result<Outcome, Error> {
    let index = scan.index();
    let key = |code: &str| index.sexes.iter().position(|one| one == code).map(|at| at as u32);
    let (Some(total), Some(female), Some(male)) = (key("_T"), key("F"), key("M")) else {
        return Ok(Outcome::default());
    };
    let rest: Vec<u32> = (0..index.sexes.len() as u32).filter(|one| ![total, female, male].contains(one)).collect();
    let ratio = scan.each_definition(crate::definition::Definition::is_ratio);
    let keys = scan.observations().definition_keys();
    let found: Vec<Found> = index.each(|line, out| {
        if index.sex(line.at) != "_T" || ratio[keys[line.rows[0] as usize] as usize] {
            return;
        }
        let (women, men) = (index.sibling(line.at, female), index.sibling(line.at, male));
        if women.is_none() && men.is_none() {
            return;
        }
        let others: Vec<Line<'_>> = rest.iter().filter_map(|sex| index.sibling(line.at, *sex)).collect();
        if let (Some(women), Some(men), true) = (women, men, others.is_empty()) {
            // Nearly all series of men, women and both are of the same periods, and nearly all add up.
            if women.when == line.when && men.when == line.when && line.when.windows(2).all(|pair| pair[0] != pair[1]) {
                let mut checked = 0;
                for at in 0..line.when.len() {
                    let (both, parts) = (line.values[at], women.values[at] + men.values[at]);
                    if both == parts {
                        checked += 1;
                    } else if !both.is_nan() {
                        let of = |line: Line<'_>| Some(line.values[at]).filter(|value| !value.is_nan());
                        check(
                            scan,
                            (line.rows[at], both),
                            (of(women), women.rows[at]),
                            (of(men), men.rows[at]),
                            (&[], false),
                            out,
                        );
                    }
                }
                out.push(Found::Checked(checked));
                return;
            }
        }
        for (place, when) in line.when.iter().enumerate() {
            if place > 0 && line.when[place - 1] == *when {
                continue;
            }
            let Some((row, both)) = at(line, *when) else { continue };
            let of = |line: Option<Line<'_>>| {
                let found = line.and_then(|line| at(line, *when));
                (found.map(|(_, value)| value), found.map_or(NOBODY, |(row, _)| row))
            };
            let stated = others.iter().filter(|line| line.when.binary_search(when).is_ok()).count();
            let unknown: Vec<f64> = others.iter().filter_map(|line| at(*line, *when)).map(|(_, value)| value).collect();
            check(scan, (row, both), of(women), of(men), (&unknown, unknown.len() < stated), out);
        }
    });
    let mut out = Outcome::default();
    for one in found {
        match one {
            Found::Checked(times) => out.checked += times,
            Found::Hit(hit) => {
                out.checked += 1;
                out.hits.push(hit);
            }
        }
    }
    Ok(out)
}

/// What comes of comparing.
enum Found {
    /// So many cells that add up.
    Checked(u64),
    /// One that does not.
    Hit(Hit),
}

/// One cell: both sexes against women and men, each with its row, and those of unknown sex, of whom some may be listed
/// without a value. With a part missing, all that can be seen is that the others are too large; of a balance, not even that.
fn check(
    scan: &Scan,
    (row, both): (u32, f64),
    women: (Option<f64>, u32),
    men: (Option<f64>, u32),
    (unknown, more): (&[f64], bool),
    out: &mut Vec<Found>,
) {
    let rounding = 1.5 * scan.grain(row);
    let balance = scan.definition(row).is_balance();
    if balance && (more || women.0.is_none() || men.0.is_none()) {
        return;
    }
    let hit = match (women, men) {
        ((Some(women), _), (Some(men), _)) => {
            let parts = [women, men].into_iter().chain(unknown.iter().copied());
            let sum = parts.clone().collect::<ExactSum>().value();
            let gap = both - sum;
            if more && gap >= 0.0 {
                return;
            }
            let (kind, severity) = match gap {
                gap if gap.abs() <= rounding => (ROUNDED, Severity::Note),
                gap if gap < 0.0 => (MORE, Severity::Error),
                _ if unknown.is_empty() => (LESS, Severity::Warning),
                _ => (LESS, Severity::Error),
            };
            (gap.abs() > 1e-9 * both.abs()).then(|| Hit::on(row, severity, both, sum).kind(kind).of(parts.count()))
        }
        ((Some(part), other), (None, _)) | ((None, _), (Some(part), other)) => {
            (part > both + rounding).then(|| Hit::on(row, Severity::Error, both, part).kind(ONE).against(other))
        }
        ((None, _), (None, _)) => return,
    };
    out.push(hit.map_or(Found::Checked(1), Found::Hit));
}

fn say(scan: &Scan, hit: &Hit) -> String {
    let (what, gap) = (scan.cell_but(hit.row, &["sex"]), number(hit.value));
    let (both, sum) = (number(hit.found), number(hit.expected));
    match hit.kind {
        MORE => format!("{what}: men and women add up to {sum}, {gap} more than the {both} of both sexes"),
        LESS => format!(
            "{what}: men and women add up to {sum}, {gap} less than the {both} of both sexes; are there some of unknown \
             sex who are not printed?"
        ),
        ONE => format!("{what}: {sum} of one sex are more than the {both} of both sexes"),
        _ => {
            format!("{what}: men and women add up to {sum}, both sexes are {both}; rounding explains as much as {gap}")
        }
    }
}
