//! Percentages that do not add up to 100.

use arrow::array::Array;
use rustc_hash::FxHashMap;

use crate::Error;
use crate::exact::ExactSum;
use crate::observation::{DIMENSIONS, is_printed};
use crate::quality::index::compress;
use crate::quality::words::{counted, number};
use crate::quality::{Hit, Options, Outcome, Rule, Scan, Setting, Severity};
use crate::totals::period_keys;

pub const PERCENTAGES: Rule = Rule {
    name: "percentages",
    family: "accuracy",
    severity: Severity::Warning,
    checks: "percentages that divide a whole add up to 100, as far as rounding lets them",
    source: "check of margins; half a unit of the last digit for each part",
    settings: &[Setting {
        name: "near",
        default: 5.0,
        about: "a dimension divides the whole if half of its sums are within so many points of 100",
    }],
    scan,
    say,
};

/// What a sum of percentages is made of.
struct Sum {
    /// The part whose cell comes first.
    row: u32,
    parts: usize,
    missing: bool,
    sum: ExactSum,
}

fn scan(scan: &Scan, options: &Options<'_>) -> Result<Outcome, Error> {
    let percent = scan.each_definition(|one| one.unit() == "percent");
    let keys = scan.observations().definition_keys();
    let rows: Vec<u32> = (0..keys.len()).filter(|row| percent[keys[*row] as usize]).map(|row| row as u32).collect();
    let mut out = Outcome::default();
    if rows.is_empty() {
        return Ok(out);
    }
    for over in DIMENSIONS.into_iter().filter(|name| !is_printed(name)) {
        let mut sums = sums(scan, &rows, over);
        sums.retain(|one| one.parts > 1 && !one.missing);
        let near = |one: &&Sum| (one.sum.value() - 100.0).abs() <= options.get("near");
        if 2 * sums.iter().filter(near).count() < sums.len().max(1) {
            continue;
        }
        out.checked += sums.len() as u64;
        for one in sums {
            let sum = one.sum.value();
            if (sum - 100.0).abs() > 0.5 * scan.grain(one.row) * one.parts as f64 + 1e-9 {
                let dimension = DIMENSIONS.iter().position(|name| *name == over).unwrap_or_default() as u8;
                out.hits.push(Hit::on(one.row, Severity::Warning, sum, 100.0).kind(dimension).of(one.parts));
            }
        }
    }
    Ok(out)
}

/// Sums over one dimension, of all that differs in nothing else; none where the dimension has but one code.
fn sums(scan: &Scan, rows: &[u32], over: &str) -> Vec<Sum> {
    let observations = scan.observations();
    let Some((keys, codes)) = observations.codes(over) else { return Vec::new() };
    let nulls = observations.figures()[over].nulls();
    let part = |row: &u32| {
        let row = *row as usize;
        !nulls.is_some_and(|nulls| nulls.is_null(row)) && codes[keys[row] as usize] != "_T"
    };
    let rows: Vec<u32> = rows.iter().copied().filter(part).collect();
    let Some(first) = rows.first() else { return Vec::new() };
    if rows.iter().all(|row| keys[*row as usize] == keys[*first as usize]) {
        return Vec::new();
    }
    let mut groups: FxHashMap<u64, Sum> = FxHashMap::default();
    for (row, group) in rows.iter().copied().zip(groups_of(scan, &rows, over)) {
        let one =
            groups.entry(group).or_insert_with(|| Sum { row, parts: 0, missing: false, sum: ExactSum::default() });
        one.row = if scan.by_cell(row, one.row).is_lt() { row } else { one.row };
        one.parts += 1;
        match scan.value(row) {
            Some(value) => one.sum.add(value),
            None => one.missing = true,
        }
    }
    groups.into_values().collect()
}

/// A number for each row, the same for rows that differ in nothing but one dimension and its printed categories.
fn groups_of(scan: &Scan, rows: &[u32], over: &str) -> Vec<u64> {
    let observations = scan.observations();
    let mut groups: Vec<u64> = rows.iter().map(|row| observations.definition_keys()[*row as usize] as u64).collect();
    let mut space = observations.definitions().len().max(1) as u64;
    let (when, periods) = period_keys(observations.dates("period_start"), observations.dates("period_end"));
    let mut tell = |size: usize, key: &dyn Fn(usize) -> u64| {
        let size = size as u64 + 1;
        if space.checked_mul(size).is_none_or(|space| space > 1 << 62) {
            space = compress(&mut groups);
        }
        groups.iter_mut().zip(rows).for_each(|(group, row)| *group += space * key(*row as usize));
        space *= size;
    };
    tell(periods.len(), &|row| when[row] as u64);
    let printed = format!("{over}_printed");
    for name in DIMENSIONS.into_iter().filter(|name| *name != over && *name != printed) {
        let Some((keys, codes)) = observations.codes(name) else { continue };
        let nulls = observations.figures()[name].nulls();
        let blank = codes.len() as u64;
        tell(codes.len(), &|row| {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) { blank } else { keys[row] as u64 }
        });
    }
    groups
}

fn say(scan: &Scan, hit: &Hit) -> String {
    let over = DIMENSIONS[usize::from(hit.kind)];
    let printed = format!("{over}_printed");
    format!(
        "{}: the {} by {over} add up to {}, not to 100",
        scan.cell_but(hit.row, &[over, &printed]),
        counted(u64::from(hit.count), "percentage"),
        number(hit.found)
    )
}
