//! Percentages that do not add up to 100.

use rustc_hash::FxHashMap;

use crate::Error;
use crate::exact::ExactSum;
use crate::observation::{DIMENSIONS, is_printed};
use crate::quality::words::{counted, number};
use crate::quality::{Hit, Options, Outcome, Rule, Scan, Setting, Severity};

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
#[derive(Default)]
struct Sum {
    rows: Vec<u32>,
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
        sums.retain(|one| one.rows.len() > 1 && !one.missing);
        let near = |one: &&Sum| (one.sum.value() - 100.0).abs() <= options.get("near");
        if 2 * sums.iter().filter(near).count() < sums.len().max(1) {
            continue;
        }
        out.checked += sums.len() as u64;
        for one in sums {
            let (sum, parts) = (one.sum.value(), one.rows.len());
            let Some(row) = one.rows.into_iter().min_by(|a, b| scan.by_cell(*a, *b)) else { continue };
            if (sum - 100.0).abs() > 0.5 * scan.grain(row) * parts as f64 + 1e-9 {
                let dimension = DIMENSIONS.iter().position(|name| *name == over).unwrap_or_default() as u8;
                out.hits.push(Hit::on(row, Severity::Warning, sum, 100.0).kind(dimension).of(parts));
            }
        }
    }
    Ok(out)
}

/// Sums over one dimension, of all that differs in nothing else.
fn sums(scan: &Scan, rows: &[u32], over: &str) -> Vec<Sum> {
    let total = scan.rows_with(over, |code| code == "_T");
    let printed = format!("{over}_printed");
    let fixed: Vec<&str> = DIMENSIONS.into_iter().filter(|name| *name != over && *name != printed).collect();
    let mut groups: FxHashMap<Vec<&str>, FxHashMap<(i32, i32, i32), Sum>> = FxHashMap::default();
    for &row in rows.iter().filter(|row| total.as_ref().is_none_or(|total| !total(**row))) {
        let codes = fixed.iter().map(|name| scan.code(name, row)).collect();
        let period = scan.period(row);
        let definition = scan.observations().definition_keys()[row as usize];
        let one = groups.entry(codes).or_default().entry((definition, period.start, period.end)).or_default();
        one.rows.push(row);
        match scan.value(row) {
            Some(value) => one.sum.add(value),
            None => one.missing = true,
        }
    }
    groups.into_values().flat_map(FxHashMap::into_values).collect()
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
