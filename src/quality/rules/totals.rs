//! Printed totals against their parts.

use crate::Error;
use crate::codes::area::{self, Area, Kind};
use crate::definition;
use crate::observation::{AREAS, DIMENSIONS};
use crate::printed::{self, Checked};
use crate::quality::words::{counted, exchanged, number};
use crate::quality::{Hit, Options, Outcome, Rule, Scan, Setting, Severity};
use crate::totals::Dimension;

/// Kinds of hits.
const MORE: u8 = 0;
const LESS: u8 = 1;
const PARTLY: u8 = 2;
const ROUNDED: u8 = 3;
const GROUPED: u8 = 4;

pub const TOTALS: Rule = Rule {
    name: "totals",
    family: "accuracy",
    severity: Severity::Error,
    checks: "a printed total is the sum of its parts",
    source: "double-entry check of margins; United Nations, Handbook on population census editing (structure edits)",
    settings: &[Setting {
        name: "complete",
        default: 0.9,
        about: "share of a total from which on its parts are taken to be all of them, if they do not exceed it",
    }],
    scan,
    say,
};

fn scan(scan: &Scan, options: &Options<'_>) -> Result<Outcome, Error> {
    let complete = options.get("complete");
    let mut out = Outcome::default();
    // Of time and of sex alone, other rules know more; and where all are leaves there are no totals.
    if scan.observations().leaves().false_count() == 0 || !mixes(scan) {
        return Ok(out);
    }
    for one in printed::checked(scan.observations(), &["period", "sex"])? {
        // With parts missing, all that can be seen is that the others are too large; of a balance, not even that.
        let balance = || scan.definition(one.margin.row).is_balance();
        if one.margin.missing > 0 && (one.margin.computed <= one.stated || balance()) {
            continue;
        }
        out.checked += 1;
        if !one.agrees {
            out.hits.push(hit(scan, &one, complete));
        }
    }
    Ok(out)
}

/// Can a code contain another in any dimension but sex?
fn mixes(scan: &Scan) -> bool {
    let observations = scan.observations();
    DIMENSIONS.into_iter().filter(|name| *name != "sex").any(|name| {
        let Some((_, codes)) = observations.codes(name) else { return false };
        let lists = definition::lists(observations.definitions(), name);
        Dimension::listed(name, &lists, Vec::new(), &codes).above.iter().any(|above| !above.is_empty())
    })
}

fn hit(scan: &Scan, one: &Checked, complete: f64) -> Hit {
    let (row, stated, computed) = (one.margin.row, one.stated, one.margin.computed);
    let rounding = 0.5 * scan.grain(row) * f64::from(one.margin.parts + 1);
    let (kind, severity) = match stated - computed {
        gap if gap.abs() <= rounding => (ROUNDED, Severity::Note),
        // Who belongs to a group that is no part of the world is a matter of dates and of publishers.
        _ if is_group(scan, row) => (GROUPED, Severity::Note),
        gap if gap < 0.0 => (MORE, Severity::Error),
        _ if computed >= complete * stated => (LESS, Severity::Warning),
        _ => (PARTLY, Severity::Note),
    };
    Hit::on(row, severity, stated, computed).kind(kind).of(one.margin.parts as usize)
}

fn say(scan: &Scan, hit: &Hit) -> String {
    let parts = counted(u64::from(hit.count), "part");
    let (stated, computed) = (number(hit.found), number(hit.expected));
    let gap = number(hit.value);
    let what = scan.cell(hit.row);
    match hit.kind {
        MORE => {
            format!("{what}: {stated} is printed, its {parts} add up to {computed}, {gap} more{}", slip(hit))
        }
        LESS => format!(
            "{what}: {stated} is printed, its {parts} add up to {computed}, {gap} less{}; is a part not printed?",
            slip(hit)
        ),
        GROUPED => format!(
            "{what}: {stated} is printed, those who belong to the group, as far as known here, add up to {computed}; the \
             publisher may draw it in another way"
        ),
        PARTLY => {
            format!("{what}: the {parts} that are printed add up to {computed} of {stated}: not all parts are there")
        }
        _ => {
            format!("{what}: {stated} is printed, its {parts} add up to {computed}; rounding explains as much as {gap}")
        }
    }
}

/// Is one of the areas a group other than a region of the world, such as the least developed countries?
fn is_group(scan: &Scan, row: u32) -> bool {
    AREAS.iter().map(|name| scan.code(name, row)).filter(|code| *code != "_T").any(|code| {
        let aggregate = area::get(code).is_none_or(|one| one.kind == Kind::Aggregate);
        let region = || area::all().iter().any(|one| one.kind == Kind::Country && lies_in(one, code));
        !code.is_empty() && aggregate && !region()
    })
}

/// Is an area in a region of the world?
fn lies_in(one: &Area, region: &str) -> bool {
    one.parent.is_some_and(|parent| parent == region || area::get(parent).is_some_and(|above| lies_in(above, region)))
}

/// Two digits that were exchanged, if that explains it.
fn slip(hit: &Hit) -> String {
    exchanged(hit.found, hit.found - hit.expected)
        .map_or_else(String::new, |_| " (two neighbouring digits of the total exchanged would explain it)".to_owned())
}
