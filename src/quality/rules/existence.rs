//! Figures of states that were not there, and of movements that go nowhere.

use arrow::array::Array;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::Error;
use crate::codes::area::{self, Area, Kind};
use crate::codes::period::{self, Period};
use crate::observation::DIMENSIONS;
use crate::quality::index::Line;
use crate::quality::words::{counted, name_of, number};
use crate::quality::{Hit, Options, Outcome, Rule, Scan, Severity};

/// Kinds of hits; those of a destination come one after those of an origin.
const ORIGIN_EARLY: u8 = 0;
const DESTINATION_EARLY: u8 = 1;
const ORIGIN_LATE: u8 = 2;

pub const EXISTENCE: Rule = Rule {
    name: "existence",
    family: "accuracy",
    severity: Severity::Warning,
    checks: "no zero stands for an area that was not a state yet, or no longer: nobody counted there",
    source: "owid/etl issue 6900 (zeros of South Sudan, Montenegro and Curacao); succession of states, ISO 3166-3",
    settings: &[],
    scan: existence,
    say: say_existence,
};

pub const SAME_ENDS: Rule = Rule {
    name: "same_ends",
    family: "accuracy",
    severity: Severity::Error,
    checks: "no flow leaves the area that it enters, unless its origin is a citizenship or a country of birth",
    source: "definition of an international migrant: one who changes the country of usual residence (United Nations 1998)",
    settings: &[],
    scan: same_ends,
    say: say_same_ends,
};

/// Areas between states, which were none.
const NO_STATES: [&str; 1] = ["NTHH"];

/// The first year of the areas that came out of a state that fell apart, and do not bear its name.
pub fn born(code: &str) -> Option<i32> {
    let from = |one: &&Area| {
        let parts = area::successors(one.code);
        // A state with one successor was joined to it; Sudan goes on after South Sudan has left, and so does the label.
        one.kind == Kind::Former
            && parts.len() > 1
            && parts.contains(&code)
            && !NO_STATES.contains(&one.code)
            && !one.code.starts_with(&format!("{code}-"))
    };
    area::all().iter().filter(from).filter_map(|one| one.to).max()
}

/// The last year of a former state.
fn ended(code: &str) -> Option<i32> {
    area::get(code).filter(|one| one.kind == Kind::Former)?.to
}

fn existence(scan: &Scan, _: &Options<'_>) -> Result<Outcome, Error> {
    let index = scan.index();
    let mut known: FxHashMap<&str, (Option<i32>, Option<i32>)> = FxHashMap::default();
    let columns = ["origin", "destination"].map(|name| {
        let (_, codes) = scan.observations().codes(name).unwrap_or_default();
        let each = codes.into_iter().map(|code| *known.entry(code).or_insert_with(|| (born(code), ended(code))));
        each.collect::<Vec<_>>()
    });
    let keys = ["origin", "destination"].map(|name| scan.observations().codes(name).unwrap_or_default().0);
    // A period is over before a state begins, and begins when it has ended.
    let last =
        |one: &Period| period::start_year(Period { start: one.end - i32::from(!one.is_instant()), end: one.end });
    let years: Vec<(i32, i32)> = index.periods.iter().map(|one| (period::start_year(*one), last(one))).collect();
    let zero = scan.rows_with("presence", |code| code == "zero");
    let Some(zero) = zero else { return Ok(Outcome { hits: Vec::new(), checked: index.rows.len() as u64 }) };
    let meaning = |row: u32| index.meaning[scan.observations().definition_keys()[row as usize] as usize];
    let found: Vec<((u32, u8, i32), Hit)> = index.each(|line, out| {
        for side in 0..2 {
            let code = keys[side][line.rows[0] as usize];
            let (born, ended) = columns[side][code as usize];
            let mut see = |kind: u8, hit: Option<Hit>| {
                out.extend(hit.map(|hit| ((meaning(hit.row), kind + side as u8, code), hit.kind(kind + side as u8))));
            };
            if let Some(year) = born {
                see(ORIGIN_EARLY, run(line, &zero, |when| years[when as usize].1 < year, Severity::Warning));
            }
            if let Some(year) = ended {
                see(ORIGIN_LATE, run(line, &zero, |when| years[when as usize].0 > year, Severity::Note));
            }
        }
    });
    // One finding an area: its zeros stand in as many series as it has partners.
    let mut hits: FxHashMap<(u32, u8, i32), Hit> = FxHashMap::default();
    let earlier = |a: u32, b: u32| scan.period(a).cmp(&scan.period(b)).then_with(|| scan.by_cell(a, b)).is_le();
    for (key, hit) in found {
        hits.entry(key)
            .and_modify(|all| {
                all.count = all.count.saturating_add(hit.count);
                all.row = if earlier(all.row, hit.row) { all.row } else { hit.row };
                all.other = if earlier(hit.other, all.other) { all.other } else { hit.other };
            })
            .or_insert(hit);
    }
    Ok(Outcome { hits: hits.into_values().collect(), checked: index.rows.len() as u64 })
}

/// The zeros of a line in the periods where they mean nothing, as one hit.
fn run(line: Line<'_>, zero: &impl Fn(u32) -> bool, outside: impl Fn(u32) -> bool, severity: Severity) -> Option<Hit> {
    let here = |at: &usize| line.values[*at] == 0.0 && outside(line.when[*at]) && zero(line.rows[*at]);
    let places: Vec<usize> = (0..line.rows.len()).filter(here).collect();
    let (first, last) = (*places.first()?, *places.last()?);
    Some(Hit::on(line.rows[first], severity, 0.0, f64::NAN).against(line.rows[last]).of(places.len()))
}

fn say_existence(scan: &Scan, hit: &Hit) -> String {
    let side = if hit.kind.is_multiple_of(2) { "origin" } else { "destination" };
    let code = scan.code(side, hit.row);
    let (first, last) = (period::label(scan.period(hit.row)), period::label(scan.period(hit.other)));
    let when = if first == last { first } else { format!("{first} to {last}") };
    let why = match hit.kind {
        ORIGIN_EARLY | DESTINATION_EARLY => {
            let year = born(code).map_or_else(String::new, |year| format!(" before {year}"));
            format!("was no area of its own{year}")
        }
        _ => {
            let year = ended(code).map_or_else(String::new, |year| format!(" in {year}"));
            format!("had ended{year}")
        }
    };
    let zeros = if hit.count == 1 { "a zero".to_owned() } else { counted(u64::from(hit.count), "zero") };
    let others: Vec<&str> = DIMENSIONS.into_iter().filter(|name| *name != side).chain(["period"]).collect();
    format!(
        "{}, {when}: {zeros}, but {} {why}: nobody was counted, which is not none",
        scan.cell_but(hit.row, &others),
        name_of(code)
    )
}

fn same_ends(scan: &Scan, _: &Options<'_>) -> Result<Outcome, Error> {
    let observations = scan.observations();
    let (origins, from) = observations.codes("origin").unwrap_or_default();
    let (destinations, to) = observations.codes("destination").unwrap_or_default();
    let place = |code: &&str| {
        let state = area::get(code).is_some_and(|one| matches!(one.kind, Kind::Country | Kind::Former));
        to.iter().position(|other| other == code).filter(|_| state).map_or(-1, |at| at as i32)
    };
    let same: Vec<i32> = from.iter().map(place).collect();
    // Those displaced at home have not left it, and ratios are of somebody else.
    let moves = scan.each_definition(|one| {
        !matches!(one.get("measure"), Some("idps" | "displacements" | "population" | "deaths" | "naturalisations"))
            && !one.is_ratio()
    });
    let by_person = scan.each_definition(|one| matches!(one.get("concept"), Some("citizenship" | "birth")));
    let (keys, values) = (observations.definition_keys(), observations.values());
    let hits = (0..origins.len())
        .into_par_iter()
        .filter(|row| same[origins[*row] as usize] == destinations[*row])
        .filter(|row| moves[keys[*row] as usize] && values.is_valid(*row) && values.value(*row) != 0.0)
        .map(|row| {
            let severity = if by_person[keys[row] as usize] { Severity::Note } else { Severity::Error };
            Hit::on(row as u32, severity, values.value(row), f64::NAN)
        })
        .collect();
    Ok(Outcome { hits, checked: origins.len() as u64 })
}

fn say_same_ends(scan: &Scan, hit: &Hit) -> String {
    let what = scan.cell(hit.row);
    let found = number(hit.found);
    match hit.severity {
        Severity::Note => format!("{what}: {found} have the origin where they are: own nationals, or born there"),
        _ => format!("{what}: {found} move to where they are"),
    }
}
