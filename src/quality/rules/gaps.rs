//! Zeros that are probably missing figures.

use crate::Error;
use crate::codes::period;
use crate::quality::words::{counted, number};
use crate::quality::{Hit, Options, Outcome, Rule, Scan, Setting, Severity};

const INSIDE: u8 = 0;
const END: u8 = 1;
const BEGINNING: u8 = 2;

pub const ZEROS: Rule = Rule {
    name: "zeros",
    family: "accuracy",
    severity: Severity::Warning,
    checks: "no zero stands among large values of its series, where it probably means that nobody reported",
    source: "zeros that stand for missing figures: owid/etl issue 6900",
    settings: &[
        Setting { name: "at_least", default: 100.0, about: "the values around zeros from which on they are large" },
        Setting { name: "ends", default: 1000.0, about: "the same for zeros at the beginning or end of a series" },
    ],
    scan,
    say,
};

fn scan(scan: &Scan, options: &Options<'_>) -> Result<Outcome, Error> {
    let index = scan.index();
    let zero = scan.rows_with("presence", |code| code == "zero");
    let (large, ends) = (options.get("at_least"), options.get("ends"));
    let keys = scan.observations().definition_keys();
    let (moves, sudden) = (scan.moves(), scan.sudden());
    let found: Vec<(u64, Vec<Hit>)> = index.each(|line, found| {
        let definition = keys[line.rows[0] as usize] as usize;
        if !moves[definition] {
            return;
        }
        let mut places = index.finest(line);
        places.retain(|at| line.once(*at));
        let checked = places.iter().filter(|at| !line.values[**at].is_nan()).count() as u64;
        let Some(zero) = zero.as_ref().filter(|_| line.values.contains(&0.0)) else {
            found.push((checked, Vec::new()));
            return;
        };
        let mut out = Vec::new();
        let values: Vec<f64> = places.iter().map(|at| line.values[*at]).collect();
        let mut from = 0;
        for run in values.chunk_by(|a, b| (*a == 0.0) == (*b == 0.0)) {
            let (start, end) = (from, from + run.len());
            from = end;
            if run[0] == 0.0 && places[start..end].iter().all(|at| zero(line.rows[*at])) {
                let rows = (line.rows[places[start]], line.rows[places[end - 1]]);
                let hit = judge(&values, start, end, rows, large, ends);
                out.extend(
                    hit.map(|hit| if sudden[definition] { Hit { severity: Severity::Note, ..hit } } else { hit }),
                );
            }
        }
        found.push((checked, out));
    });
    Ok(Outcome::of(found))
}

/// What a run of zeros is, by the values before and after it.
fn judge(values: &[f64], start: usize, end: usize, rows: (u32, u32), large: f64, ends: f64) -> Option<Hit> {
    let before = values[..start].iter().rev().copied().find(|value| !value.is_nan());
    let after = values[end..].iter().copied().find(|value| !value.is_nan());
    let (kind, severity, expected) = match (before, after) {
        (Some(a), Some(b)) if a.min(b) >= large => (INSIDE, Severity::Warning, (a * b).sqrt().round()),
        (Some(a), None) if a >= ends => (END, Severity::Warning, a),
        // A single zero may be where a movement begins.
        (None, Some(b)) if b >= ends && end - start > 1 => (BEGINNING, Severity::Note, b),
        _ => return None,
    };
    Some(Hit::on(rows.0, severity, 0.0, expected).kind(kind).against(rows.1).of(end - start))
}

fn say(scan: &Scan, hit: &Hit) -> String {
    let (first, last) = (period::label(scan.period(hit.row)), period::label(scan.period(hit.other)));
    let (when, zeros) = if hit.count == 1 {
        (first, "0 is".to_owned())
    } else {
        (format!("{first} to {last}"), format!("{} are", counted(u64::from(hit.count), "zero")))
    };
    let where_ = match hit.kind {
        INSIDE => format!("between values around {}", number(hit.expected)),
        END => format!("after {}", number(hit.expected)),
        _ => format!("before {}", number(hit.expected)),
    };
    format!("{}, {when}: {zeros} printed {where_}; probably nobody reported", scan.cell_but(hit.row, &["period"]))
}
