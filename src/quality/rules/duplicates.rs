//! The same cell printed twice.

use arrow::array::{Array, AsArray};
use arrow::datatypes::UInt64Type;

use crate::Error;
use crate::codes::area::{self, Kind};
use crate::observation::AREAS;
use crate::quality::words::{counted, number};
use crate::quality::{Hit, Options, Outcome, Rule, Scan, Severity};

const DIFFERS: u8 = 0;
const RECORDS: u8 = 1;

pub const DUPLICATES: Rule = Rule {
    name: "duplicates",
    family: "accuracy",
    severity: Severity::Error,
    checks: "a cell that is printed several times has one value, and stands once in a definition",
    source: "uniqueness of the key of a data set (SDMX)",
    settings: &[],
    scan,
    say,
};

fn scan(scan: &Scan, _: &Options<'_>) -> Result<Outcome, Error> {
    let index = scan.index();
    let keys = scan.observations().definition_keys();
    let figures = scan.observations().figures().column_by_name("figure").map(AsArray::as_primitive::<UInt64Type>);
    // Parts of one printed figure are no duplicates of each other.
    let same = |a: u32, b: u32| {
        figures.is_some_and(|figures| {
            let (a, b) = (a as usize, b as usize);
            figures.is_valid(a) && figures.is_valid(b) && figures.value(a) == figures.value(b)
        })
    };
    let hits = index.each(|line, out| {
        let mut from = 0;
        for cell in line.when.chunk_by(|a, b| a == b) {
            let at = from;
            from += cell.len();
            if cell.len() == 1 {
                continue;
            }
            let mut valued: Vec<(u32, f64)> = line.rows[at..from]
                .iter()
                .copied()
                .zip(line.values[at..from].iter().copied())
                .filter(|(_, value)| !value.is_nan())
                .collect();
            valued.sort_unstable_by(|a, b| a.1.total_cmp(&b.1).then_with(|| scan.by_cell(a.0, b.0)));
            let (Some(low), Some(high)) = (valued.first().copied(), valued.last().copied()) else { continue };
            if valued.len() < 2 || valued.iter().all(|one| same(one.0, low.0)) {
                continue;
            }
            let definition = |row: u32| keys[row as usize];
            let within = valued.iter().any(|a| {
                valued.iter().take_while(|b| b.0 != a.0).any(|b| definition(a.0) == definition(b.0) && !same(a.0, b.0))
            });
            let hit = if within {
                // Several residuals of a table have one code: "Other North" and "Other South".
                let known = low.1 == high.1 || AREAS.iter().any(|name| is_residual(scan.code(name, high.0)));
                let grave = if known { Severity::Note } else { Severity::Warning };
                Hit::on(high.0, grave, high.1, f64::NAN).kind(RECORDS)
            } else if low.1 == high.1 {
                continue;
            } else {
                Hit::on(high.0, Severity::Error, high.1, low.1).kind(DIFFERS)
            };
            out.push(hit.against(low.0).of(valued.len()));
        }
    });
    Ok(Outcome { hits, checked: index.rows.len() as u64 })
}

fn is_residual(code: &str) -> bool {
    area::get(code).is_some_and(|one| one.kind == Kind::Residual)
}

fn say(scan: &Scan, hit: &Hit) -> String {
    let (what, times) = (scan.cell(hit.row), counted(u64::from(hit.count), "time"));
    let (high, low) = (number(hit.found), number(scan.value(hit.other).unwrap_or(f64::NAN)));
    let place = scan.place(hit.other);
    let place = if place.is_empty() { String::new() } else { format!(" ({place})") };
    match hit.kind {
        DIFFERS => format!("{what}: printed {times}, as {high} and as {low}{place}"),
        _ if high == low => {
            format!("{what}: {high} stands {times} in one definition; added up, it counts each time")
        }
        _ => format!(
            "{what}: stands {times} in one definition, as {low}{place} to {high}; added up, each of them counts"
        ),
    }
}
