//! From a cube to tables of labels and figures: every concept in its role, every row under its measure.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::super::found::{self, Found, of_rows};
use super::super::layout::{Labels, Layout, Scheme};
use super::concepts::{self, Role};
use super::figures::Cells;
use super::rules::Rules;
use super::skip::Skip;
use super::{Concept, Cube, Rule, Wanted, time};
use crate::Error;
use crate::codes::area::resolve::{Policy, resolve};
use crate::codes::{age, sex, unit};
use crate::column::{Coded, NULL};
use crate::harmonise::{self, Duplicates};
use crate::ledger::{Account, Finding, Remainder, Severity, Tally};

/// What the caller says.
pub struct Given<'a> {
    /// Name of the file.
    pub file: &'a str,
    /// What holds for all figures.
    pub constants: &'a Labels,
    /// Which figures are wanted.
    pub wanted: &'a Wanted,
}

/// A cube in its places.
pub struct Placed {
    /// Tables, one a measure, and how their labels are to be read.
    pub tables: Vec<(Found<'static>, Layout)>,
    /// What became of the numbers.
    pub account: Account,
    /// What is worth telling.
    pub findings: Vec<Finding>,
}

/// The publisher's flags and codes of SDMX -> status. Revised figures (`r`) have no status of their own.
const FLAGS: [(&str, &str); 13] = [
    ("b", "B"),
    ("c", "conf:C"),
    ("d", "D"),
    ("e", "E"),
    ("f", "F"),
    ("i", "I"),
    ("n", "N presence:rounded_zero"),
    ("p", "P"),
    ("r", ""),
    ("s", "I"),
    ("u", "U presence:suppressed"),
    ("z", "M presence:not_applicable"),
    ("m", "M presence:not_applicable"),
];

/// Statuses of a blank cell that say why it is blank.
const WHY: [(&str, &str); 4] = [("Q", "suppressed"), ("M", "not_applicable"), ("L", "missing"), ("O", "missing")];

/// Puts a cube in its places.
///
/// # Errors
/// [`Error::Read`] where nothing says what is measured.
pub fn place(mut cube: Cube, given: &Given) -> Result<Placed, Error> {
    let policy = policy(&cube)?;
    let rules = Rules::new(&cube, given)?;
    let mut skip = Skip::none(cube.rows.len());
    rules.skip(&mut skip);
    let mut labels: BTreeMap<String, Coded> = BTreeMap::new();
    let mut either = None;
    let mut criteria: Vec<(String, Coded)> = Vec::new();
    let mut unread: Vec<String> = Vec::new();
    for concept in std::mem::take(&mut cube.concepts) {
        select(&concept, given, &rules, &policy, &cube, &mut skip)?;
        let role = concepts::role(&concept.name);
        match role {
            Role::Home | Role::Partner | Role::Area(_) | Role::Either => {
                let coded = areas(concept, &policy)?;
                let name = match role {
                    Role::Home => "home",
                    Role::Partner => "partner",
                    Role::Area(name) => name,
                    _ => {
                        either = Some(coded);
                        continue;
                    }
                };
                if labels.insert(name.to_owned(), coded).is_some() {
                    return Err(Error::Read(format!(
                        "{}: two dimensions say the {name}; give layout= to say what each of them is",
                        cube.place
                    )));
                }
            }
            Role::Named("obs_status")
                if concept.codes.labels.iter().any(|code| code.chars().any(char::is_lowercase)) =>
            {
                flags(&mut cube, concept.codes);
            }
            Role::Flag => flags(&mut cube, concept.codes),
            Role::Named(name) => drop(labels.insert(name.to_owned(), named(name, concept, &mut skip)?)),
            Role::AgeDefinition => {
                let coded = concept.codes.recode(|code| Ok(concepts::age_definition(code).to_owned()))?;
                labels.insert("age_definition".to_owned(), coded);
            }
            Role::Unit => units(concept, &mut labels, &mut skip)?,
            Role::Multiplier => multipliers(&concept.codes, &mut labels, &mut skip)?,
            Role::Time => {
                labels.insert("period".to_owned(), concept.codes.recode(|code| Ok(time::plain(code)))?);
            }
            Role::Measure | Role::Nothing => {}
            Role::Other if concept.attribute => unread.push(concept.name),
            Role::Other => {
                let name = concept.name;
                let coded = concept
                    .codes
                    .recode(|code| Ok(if code == "_Z" { String::new() } else { format!("{name}={code}") }))?;
                criteria.push((name, coded.without_blanks()));
            }
        }
    }
    if !criteria.is_empty() {
        labels.insert("criteria".to_owned(), joined(criteria, cube.rows.len()));
    }
    why_blank(&mut cube, &labels);
    skip.count(&mut cube);
    if !unread.is_empty() {
        cube.findings.push(note(format!("attributes that are not read: {}", unread.join(", "))));
    }
    let mut out = 0;
    let mut tables = Vec::new();
    for (number, rule) in rules.rules.iter().enumerate() {
        let rows: Vec<u32> = (0..cube.rows.len() as u32)
            .filter(|row| skip.keeps(*row as usize) && rules.of(*row as usize) == Some(number))
            .collect();
        if rows.is_empty() {
            continue;
        }
        let mut own = labels.clone();
        if let Some(coded) = &either {
            own.insert(if rule.concept.is_empty() { "citizenship" } else { rule.concept }.to_owned(), coded.clone());
        }
        let (found, layout) = table(&mut cube, rule, &rules, rows, own, given);
        out += found.figures.count();
        tables.push((found, layout));
    }
    let account = account(&cube, out);
    Ok(Placed { tables, account, findings: cube.findings })
}

fn policy(cube: &Cube) -> Result<Policy, Error> {
    let scheme = cube.origin.is_eurostat().then(|| "eurostat".parse()).transpose()?;
    Ok(Policy { scheme, ..Policy::default() })
}

fn note(message: String) -> Finding {
    Finding { severity: Severity::Note, message, tally: Tally::default(), examples: Vec::new() }
}

/// Skips the rows that the caller does not want.
fn select(
    concept: &Concept,
    given: &Given,
    rules: &Rules,
    policy: &Policy,
    cube: &Cube,
    skip: &mut Skip,
) -> Result<(), Error> {
    // A reader that selects while it reads has left only what is wanted.
    if given.wanted.is_empty() || cube.dropped.0.contains_key(NOT_SELECTED) {
        return Ok(());
    }
    let names: Vec<&str> = cube.names.iter().map(String::as_str).collect();
    let Some(at) = names.iter().position(|name| *name == concept.name) else { return Ok(()) };
    let selection = given.wanted.on(&names, rules.rules.first(), policy)?;
    let is_time = concepts::role(&concept.name) == Role::Time;
    skip.labels(&concept.codes, |code| {
        let takes = if is_time { selection.takes_period(code) } else { selection.takes(at, code) };
        (!takes).then(|| NOT_SELECTED.to_owned())
    });
    Ok(())
}

/// Why a number that the caller does not want is no figure.
pub const NOT_SELECTED: &str = "not selected";

/// Codes of areas, by their printed label where the code is not known.
fn areas(concept: Concept, policy: &Policy) -> Result<Coded, Error> {
    let names = concept.names;
    let policy = policy.for_column(concept.codes.labels.iter().map(|code| concepts::area(code)));
    concept.codes.recode(|code| {
        let plain = concepts::area(code.trim());
        let known = matches!(plain, "NAT" | "FOR") || resolve(plain, &policy).code.is_some();
        let by_name = names.get(code).filter(|name| !known && resolve(name, &Policy::default()).code.is_some());
        Ok(by_name.map_or(plain, String::as_str).to_owned())
    })
}

/// Codes of the other dimensions; those of sex and age that cannot be read are passed over with their rows.
fn named(name: &str, concept: Concept, skip: &mut Skip) -> Result<Coded, Error> {
    let names = concept.names;
    let reads = |code: &str| match name {
        "sex" => sex::parse(code).is_some(),
        "age" => age::parse(code).is_ok(),
        _ => true,
    };
    let coded = concept.codes.recode(|code| {
        let plain = concepts::code(name, code);
        let label = names.get(code).filter(|label| !reads(&plain) && reads(label));
        Ok(label.cloned().unwrap_or(plain))
    })?;
    skip.labels(&coded, |code| {
        let fits = reads(code) || (code == "_Z" && coded.labels.len() == 1);
        (!fits).then(|| format!("{name} {code:?} is no group that figures can stand under"))
    });
    Ok(coded)
}

fn units(concept: Concept, labels: &mut BTreeMap<String, Coded>, skip: &mut Skip) -> Result<(), Error> {
    let names = concept.names;
    let read = |code: &str| -> Option<(String, i32)> {
        if let Some((unit, shift)) = concepts::unit(code) {
            return Some((unit.to_owned(), shift));
        }
        let label = names.get(code).map_or(code, String::as_str);
        let known = unit::parse(label, None).ok()?;
        Some((known.unit.unwrap_or_default(), known.shift))
    };
    skip.labels(&concept.codes, |code| read(code).is_none().then(|| format!("unit {code:?} is not known")));
    let of = |code: &str| read(code).unwrap_or_default();
    let powers = concept.codes.clone().recode(|code| Ok(power(of(code).1)))?;
    if powers.labels.iter().any(|power| power != "1") {
        labels.entry("multiplier".to_owned()).or_insert(powers);
    }
    let units = concept.codes.recode(|code| Ok(of(code).0))?.without_blanks();
    if !units.labels.is_empty() {
        labels.insert("unit".to_owned(), units);
    }
    Ok(())
}

fn power(shift: i32) -> String {
    format!("1{}", "0".repeat(usize::try_from(shift).unwrap_or_default()))
}

fn multipliers(codes: &Coded, labels: &mut BTreeMap<String, Coded>, skip: &mut Skip) -> Result<(), Error> {
    let shift = |code: &str| code.parse::<i32>().ok().filter(|shift| (0..=12).contains(shift));
    skip.labels(codes, |code| shift(code).is_none().then(|| format!("unit multiplier {code:?} is no power of ten")));
    let powers = codes.clone().recode(|code| Ok(power(shift(code).unwrap_or_default())))?;
    if powers.labels.iter().any(|power| power != "1") {
        labels.insert("multiplier".to_owned(), powers);
    }
    Ok(())
}

/// Flags that stand in a column of their own.
fn flags(cube: &mut Cube, codes: Coded) {
    if cube.columns.len() == 1 && cube.flags.keys.is_empty() {
        for row in 0..codes.keys.len() {
            let flag = codes.label(row).unwrap_or_default();
            cube.flags.push(flag);
            // "0 n" is less than half of the last digit, and not nothing.
            if cube.presence[row] == harmonise::presence("zero") && flag.contains('n') {
                cube.presence[row] = harmonise::presence("rounded_zero");
            }
        }
    }
}

/// Several criteria of a row in one text.
fn joined(criteria: Vec<(String, Coded)>, rows: usize) -> Coded {
    let mut all = Coded { keys: vec![NULL; rows], labels: Vec::new() };
    for (_, one) in criteria {
        let mut known: FxHashMap<(i32, i32), i32> = FxHashMap::default();
        let mut labels = Vec::new();
        for (key, own) in all.keys.iter_mut().zip(&one.keys) {
            *key = match (*key, *own) {
                (NULL, NULL) => NULL,
                pair => *known.entry(pair).or_insert_with(|| {
                    let said = |of: &[String], key: i32| usize::try_from(key).ok().map(|key| of[key].clone());
                    let parts = [said(&all.labels, pair.0), said(&one.labels, pair.1)];
                    labels.push(parts.into_iter().flatten().collect::<Vec<_>>().join("; "));
                    labels.len() as i32 - 1
                }),
            };
        }
        all.labels = labels;
    }
    all
}

/// Statuses say why a cell is blank; a cell that is confidential is suppressed.
fn why_blank(cube: &mut Cube, labels: &BTreeMap<String, Coded>) {
    if cube.columns.len() != 1 {
        return;
    }
    let status =
        |code: &str| WHY.iter().find(|(known, _)| code.split('+').any(|one| one == *known)).map(|(_, why)| *why);
    let confidential = |code: &str| (code != "F").then_some("suppressed");
    for (role, why) in
        [("obs_status", &status as &dyn Fn(&str) -> Option<&'static str>), ("conf_status", &confidential)]
    {
        let Some(coded) = labels.get(role) else { continue };
        let kinds: Vec<Option<u8>> = coded.labels.iter().map(|code| why(code).map(harmonise::presence)).collect();
        for (row, key) in coded.keys.iter().enumerate().filter(|(_, key)| **key != NULL) {
            if let Some(kind) = kinds[*key as usize].filter(|_| !harmonise::carries(cube.presence[row])) {
                cube.presence[row] = kind;
            }
        }
    }
}

/// Which of citizenship and birth is where people come from.
fn comes_from(rule: &Rule, labels: &BTreeMap<String, Coded>) -> Option<&'static str> {
    let stated: Vec<&'static str> =
        ["citizenship", "birth"].into_iter().filter(|name| labels.contains_key(*name)).collect();
    let is_total = |name: &str| labels[name].labels.iter().all(|code| matches!(code.as_str(), "_T" | "m49:001"));
    match stated.as_slice() {
        [one] => Some(one),
        [_, _] if !rule.concept.is_empty() => Some(rule.concept),
        [one, other] => match (is_total(one), is_total(other)) {
            (false, true) => Some(one),
            (true, false) => Some(other),
            _ => None,
        },
        _ => None,
    }
}

/// The table of one measure.
fn table(
    cube: &mut Cube,
    rule: &Rule,
    rules: &Rules,
    rows: Vec<u32>,
    labels: BTreeMap<String, Coded>,
    given: &Given,
) -> (Found<'static>, Layout) {
    let whole = rows.len() == cube.rows.len();
    let own = |coded: Coded| if whole { coded } else { of_rows(&coded, &rows) };
    let mut labels: BTreeMap<String, Coded> = labels.into_iter().map(|(name, coded)| (name, own(coded))).collect();
    let nothing = |name: &str, coded: &Coded| {
        coded.labels.is_empty()
            || (coded.labels.iter().all(|code| code == "_Z")
                && !["obs_status", "conf_status", "period"].contains(&name))
    };
    labels.retain(|name, coded| !nothing(name, coded));
    let home_is = rules.home_is(rule);
    let mut constants = Labels::new();
    let mut say = |name: &str, label: &str| {
        if !label.is_empty() {
            constants.insert(name.to_owned(), label.to_owned());
        }
    };
    say("measure", &rule.measure);
    say("home_is", &home_is);
    say("role", &home_is);
    say("population", rule.population);
    if labels.contains_key("partner") {
        say("concept", if rule.measure == "inflow" { "previous_residence" } else { rule.concept });
    } else if home_is == "destination"
        && let Some(name) = comes_from(rule, &labels)
    {
        say("concept", name);
        labels.insert("origin".to_owned(), labels[name].clone());
    }
    say("publisher", &cube.origin.publisher().unwrap_or_default());
    say("dataset", cube.origin.dataset.as_deref().unwrap_or_default());
    say("file", given.file);
    constants.extend(cube.constants.clone());
    constants.extend(given.constants.clone());
    for name in given.constants.keys() {
        labels.remove(name);
    }
    let width = cube.columns.len();
    let pick = |row: &u32| (*row as usize * width)..((*row as usize + 1) * width);
    let flagged = !cube.flags.keys.is_empty();
    let figures = if whole {
        let flags = std::mem::take(&mut cube.flags);
        Cells {
            value: std::mem::take(&mut cube.value).into(),
            presence: std::mem::take(&mut cube.presence),
            width,
            flags: flagged.then(|| flags.done()),
        }
    } else {
        let flags = |rows: &[u32]| Coded {
            keys: rows.iter().flat_map(|row| &cube.flags.keys[pick(row)]).copied().collect(),
            labels: cube.flags.labels().to_vec(),
        };
        Cells {
            value: rows.iter().flat_map(|row| &cube.value[pick(row)]).copied().collect::<Vec<_>>().into(),
            presence: rows.iter().flat_map(|row| &cube.presence[pick(row)]).copied().collect(),
            width,
            flags: flagged.then(|| flags(&rows)),
        }
    };
    let columns = cube.columns.iter().map(|column| {
        let said = column.time.iter().map(|label| ("period".to_owned(), time::plain(label))).collect();
        found::Column { column: column.column, labels: said }
    });
    let found = Found {
        place: cube.place.clone(),
        rows: rows.iter().map(|row| cube.rows[*row as usize]).collect(),
        columns: columns.collect(),
        labels,
        constants,
        duplicates: None,
        figures: Box::new(figures),
    };
    (found, layout(cube, rule))
}

/// How the labels are to be read.
fn layout(cube: &Cube, rule: &Rule) -> Layout {
    let areas = ["home", "partner", "origin", "citizenship", "birth"];
    // Others write the codes of SDMX themselves.
    let codes = ["A", "B", "D", "E", "F", "G", "I", "K", "N", "P", "S", "U", "V", "W"];
    let codes = codes.map(|code| (code.to_owned(), code.to_owned()));
    let scheme = |name: &&str| ((*name).to_owned(), Scheme::One("eurostat".to_owned()));
    Layout {
        name: cube.format.to_lowercase().replace(' ', "-"),
        title: cube.format.to_owned(),
        schemes: areas.iter().filter(|_| cube.origin.is_eurostat()).map(scheme).collect(),
        day: (!rule.day.is_empty()).then(|| rule.day.to_owned()),
        flags: FLAGS.iter().map(|(flag, status)| ((*flag).to_owned(), (*status).to_owned())).chain(codes).collect(),
        duplicates: Duplicates::Same,
        ..Layout::default()
    }
}

fn account(cube: &Cube, out: u64) -> Account {
    let tally = |count: u64| {
        let mut tally = Tally { rows: count as i64, ..Tally::default() };
        tally.value.add(count as f64);
        tally
    };
    let set_aside = cube.dropped.0.iter().map(|(reason, (count, examples))| Remainder {
        reason: reason.clone(),
        tally: tally(*count),
        examples: examples.clone(),
    });
    Account {
        title: format!("{}, {}", cube.place, cube.format),
        unit: "numbers".to_owned(),
        taken: tally(cube.taken),
        out: tally(out),
        set_aside: set_aside.collect(),
        ..Account::default()
    }
}
