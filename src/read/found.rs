//! A table that was found in a file, whatever the file was: labels of rows, columns of figures, the figures themselves.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::layout::{Labels, Layout};
use crate::Error;
use crate::codes::area::resolve::{Policy, resolve};
use crate::column::{Coded, NULL};
use crate::harmonise::{self, Duplicates, OnUnresolved, Request, Sheet, Values, Weights, WideColumn, column_name};
use crate::observation::Observations;
use crate::watch::Watch;

/// A table with its labels, before these are read.
pub struct Found<'a> {
    /// Where it is, for messages: `sheet "Table 1"`.
    pub place: String,
    /// Row of the sheet of every row.
    pub rows: Vec<u32>,
    /// Columns of figures.
    pub columns: Vec<Column>,
    /// Role -> label of every row.
    pub labels: BTreeMap<String, Coded>,
    /// Role -> label of all figures.
    pub constants: Labels,
    /// What to do with two cells that stand for the same figure, where it is not what the layout says.
    pub duplicates: Option<Duplicates>,
    /// The figures.
    pub figures: Box<dyn Figures + 'a>,
}

/// A column of figures.
#[derive(Clone, Debug)]
pub struct Column {
    /// Column of the sheet.
    pub column: u16,
    /// What its figures are.
    pub labels: Labels,
}

/// Figures by row and column of a [`Found`].
pub trait Figures {
    /// Numbers and markers of these rows and columns, row after row, printed in units of ten to the power of `shift`.
    ///
    /// # Errors
    /// [`Error::Read`] naming the cell that holds neither a number nor a known marker.
    fn values(&self, rows: &[u32], columns: &[u32], shift: i32) -> Result<Values, Error>;

    /// How many of them are numbers.
    fn count(&self) -> u64;

    /// May a marker stand among them?
    fn holds(&self, _marker: &str) -> bool {
        true
    }

    /// Their flags, if there are any.
    fn flags(&self, rows: &[u32], columns: &[u32]) -> Option<Coded>;
}

/// Labels that decide where a figure stands, or in which unit: figures that differ in them are read apart.
const APART: [&str; 4] = ["home_is", "unit", "multiplier", "day"];

/// Roles that say when.
const WHEN: [&str; 5] = ["year", "period", "date", "period_start", "period_end"];

/// A year in which no state is a former one.
const NOW: i32 = 2024;

/// What the caller says beside the layout.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// What to do with figures that stand twice, where the caller says so.
    pub duplicates: Option<Duplicates>,
    /// What to do with areas that are not known.
    pub on_unresolved: OnUnresolved,
    /// How ambiguous codes are shared out.
    pub weights: Weights,
    /// Label of an area -> code.
    pub overrides: Labels,
}

/// Reads the labels of a table.
///
/// # Errors
/// Of [`harmonise::harmonise_sheet`], with the address of the cell.
pub fn observations(found: &Found, layout: &Layout, asked: &Asked, watch: &Watch) -> Result<Vec<Observations>, Error> {
    let mut parts = Vec::new();
    let row_class = classes(found.rows.len(), |row| {
        APART.iter().map(|role| found.labels.get(*role).and_then(|of| of.label(row)).map(str::to_owned)).collect()
    });
    let column_class = classes(found.columns.len(), |at| {
        APART.iter().map(|role| found.columns[at].labels.get(*role).cloned()).collect()
    });
    for (of_rows, rows) in &row_class {
        for (of_columns, columns) in &column_class {
            watch.step(0)?;
            let said = |at: usize| {
                let here = of_columns[at].as_ref().or(of_rows[at].as_ref());
                here.or(found.constants.get(APART[at])).cloned()
            };
            let apart = [said(0), said(1), said(2), said(3)];
            parts.push(part(found, layout, asked, &apart, (rows, columns), watch)?);
        }
    }
    Ok(parts)
}

/// Groups by what they have in common, in order of first appearance.
fn classes(count: usize, of: impl Fn(usize) -> Vec<Option<String>>) -> Vec<(Vec<Option<String>>, Vec<u32>)> {
    let mut at: FxHashMap<Vec<Option<String>>, usize> = FxHashMap::default();
    let mut groups: Vec<(Vec<Option<String>>, Vec<u32>)> = Vec::new();
    for one in 0..count {
        let key = of(one);
        let next = groups.len();
        let group = *at.entry(key.clone()).or_insert(next);
        if group == next {
            groups.push((key, Vec::new()));
        }
        groups[group].1.push(one as u32);
    }
    groups
}

/// Where an area stands in a figure: `home` is whose statistics they are, `partner` the other end. `born` and `citizen` say
/// who moved: who enters comes from there as far as the table knows, and who leaves is of there and goes nobody knows where.
fn placed(role: &str, home_is: Option<&str>) -> String {
    match (role, home_is) {
        ("home", Some("origin")) | ("partner" | "born" | "citizen", Some("destination")) => "origin".to_owned(),
        ("home", Some("destination")) | ("partner", Some("origin")) => "destination".to_owned(),
        ("born", Some("origin")) => "birth".to_owned(),
        ("citizen", Some("origin")) => "citizenship".to_owned(),
        _ => role.to_owned(),
    }
}

fn part(
    found: &Found,
    layout: &Layout,
    asked: &Asked,
    [home_is, unit, multiplier, day]: &[Option<String>; 4],
    (rows, columns): (&[u32], &[u32]),
    watch: &Watch,
) -> Result<Observations, Error> {
    let whole = rows.len() == found.rows.len();
    let role = |role: &str| placed(role, home_is.as_deref());
    let mut request = Request {
        schemes: layout.schemes.iter().map(|(name, scheme)| (role(name), scheme.pair(name))).collect(),
        calendar: layout.calendar.clone(),
        // Flows of a layout that has a day for its stocks say that theirs is none.
        day: day.clone().or_else(|| layout.day.clone()).filter(|day| day != "none"),
        missing: layout.missing.clone().into_iter().filter(|(marker, _)| found.figures.holds(marker)).collect(),
        overrides: layout.overrides.clone(),
        weights: asked.weights.clone(),
        duplicates: asked.duplicates.or(found.duplicates).unwrap_or(layout.duplicates),
        on_unresolved: asked.on_unresolved,
        below_zero_aside: layout.below_zero_aside,
        ..Request::default()
    };
    request.overrides.extend(asked.overrides.clone());
    request.constants = found.constants.iter().map(|(name, label)| (role(name), label.clone())).collect();
    for (name, label) in APART.iter().zip([home_is, unit, multiplier, &None]) {
        match label {
            Some(label) if *name != "home_is" => request.constants.insert((*name).to_owned(), label.clone()),
            _ => request.constants.remove(*name),
        };
    }
    let mut labels = BTreeMap::new();
    for (name, coded) in found.labels.iter().filter(|(name, _)| !APART.contains(&name.as_str())) {
        let mut coded = if whole { coded.clone() } else { of_rows(coded, rows) };
        let name = role(name);
        // What a row does not say itself is said for all.
        if let Some(default) = request.constants.remove(&name) {
            fill(&mut coded, &default);
        }
        if coded.labels.is_empty() {
            continue;
        }
        request.columns.insert(name.clone(), name.clone());
        labels.insert(name, coded);
    }
    for at in columns {
        let column = &found.columns[*at as usize];
        let said = column.labels.iter().filter(|(name, _)| !APART.contains(&name.as_str()));
        let said: Labels = said.map(|(name, label)| (role(name), label.clone())).collect();
        for name in said.keys() {
            // What stands above a figure is nearer to it than what stands beside it.
            request.columns.remove(name);
            labels.remove(name);
        }
        request.wide.push(WideColumn { column: format!("column {}", column_name(column.column.into())), labels: said });
    }
    settle_when(&mut request, &mut labels);
    settle_home(&mut request, &mut labels, found, layout, home_is.as_deref())?;
    settle_concept(found, home_is.as_deref(), &mut request);
    let shift = request.shift(unit.as_deref(), multiplier.as_deref())?;
    let values = found.figures.values(rows, columns, shift)?;
    let mut sheet = Sheet {
        place: found.place.clone(),
        rows: rows.iter().map(|row| found.rows[*row as usize]).collect(),
        columns: columns.iter().map(|at| found.columns[*at as usize].column).collect(),
        labels,
        beside: BTreeMap::new(),
        values,
        shift,
    };
    if let Some(flags) = found.figures.flags(rows, columns) {
        flag(&mut sheet, flags, layout);
    }
    harmonise::harmonise_sheet(&sheet, &request, watch)
}

/// Whose statistics a definition is: the area at home, unless the layout names a reporter; and where home stands.
fn settle_home(
    request: &mut Request,
    labels: &mut BTreeMap<String, Coded>,
    found: &Found,
    layout: &Layout,
    home_is: Option<&str>,
) -> Result<(), Error> {
    if request.states("reporter") {
        return Ok(());
    }
    if let Some(home) = found.constants.get("home").filter(|_| !found.labels.contains_key("home")) {
        request.constants.insert("reporter".to_owned(), home.clone());
    }
    let Some(home) = home_is.and_then(|home_is| labels.get(home_is)).filter(|_| found.labels.contains_key("home"))
    else {
        return Ok(());
    };
    let scheme = layout.schemes.get("home").map(|scheme| scheme.pair("home").0.parse()).transpose()?;
    let policy = Policy { scheme, ..Policy::default() }.with_overrides(request.overrides.clone())?;
    let policy = policy.for_column(home.labels.iter().map(String::as_str));
    // Of a state and its successor the office that is there now speaks. Who is not known has no reporter.
    let now = Policy { year: Some(NOW), ..policy.clone() };
    let office = |label: &str| resolve(label, &policy).code.or_else(|| resolve(label, &now).code).unwrap_or_default();
    let reporter = home.clone().recode(|label| Ok(office(label).to_owned()))?;
    request.constants.remove("reporter");
    request.columns.insert("reporter".to_owned(), "reporter".to_owned());
    labels.insert("reporter".to_owned(), reporter.without_blanks());
    if let Some(home_is) = home_is.filter(|_| !request.states("role")) {
        request.constants.insert("role".to_owned(), home_is.to_owned());
    }
    Ok(())
}

/// Who enters comes from where he or she was born, or from whose citizen he or she is, as far as such a table knows.
fn settle_concept(found: &Found, home_is: Option<&str>, request: &mut Request) {
    let by = |role: &str| found.labels.contains_key(role) || found.constants.contains_key(role);
    let concept = if by("born") {
        "birth"
    } else if by("citizen") {
        "citizenship"
    } else {
        return;
    };
    if home_is == Some("destination") && !request.states("concept") {
        request.constants.insert("concept".to_owned(), concept.to_owned());
    }
}

/// A month in the heading and a year beside it are one period.
fn settle_when(request: &mut Request, labels: &mut BTreeMap<String, Coded>) {
    let nearer: Vec<&str> =
        WHEN.into_iter().filter(|role| request.wide.iter().any(|wide| wide.labels.contains_key(*role))).collect();
    if nearer.is_empty() {
        return;
    }
    for role in WHEN.into_iter().filter(|role| !nearer.contains(role)) {
        request.columns.remove(role);
        request.constants.remove(role);
        labels.remove(role);
    }
}

/// Some of the rows of a column.
pub fn of_rows(coded: &Coded, rows: &[u32]) -> Coded {
    let mut lut = vec![NULL; coded.labels.len()];
    let mut labels = Vec::new();
    let keys = rows.iter().map(|row| match coded.keys[*row as usize] {
        NULL => NULL,
        key => {
            let new = &mut lut[key as usize];
            if *new == NULL {
                *new = labels.len() as i32;
                labels.push(coded.labels[key as usize].clone());
            }
            *new
        }
    });
    let keys = keys.collect();
    Coded { keys, labels }
}

fn fill(coded: &mut Coded, default: &str) {
    if !coded.keys.contains(&NULL) || default.is_empty() {
        return;
    }
    let at = coded.labels.iter().position(|label| label == default).unwrap_or_else(|| {
        coded.labels.push(default.to_owned());
        coded.labels.len() - 1
    });
    coded.keys.iter_mut().filter(|key| **key == NULL).for_each(|key| *key = at as i32);
}

/// The publisher's flags, and the statuses that they stand for.
fn flag(sheet: &mut Sheet, flags: Coded, layout: &Layout) {
    let statuses: Vec<Statuses> = flags.labels.iter().map(|flag| Statuses::of(flag, layout)).collect();
    for (role, of) in [("obs_status", 0), ("conf_status", 1)] {
        let codes = statuses.iter().map(|one| [&one.observation, &one.confidentiality][of].clone()).collect();
        let (labels, lut) = crate::column::unique(codes);
        if labels.iter().all(String::is_empty) {
            continue;
        }
        let key = |key: &i32| if *key == NULL { NULL } else { lut[*key as usize] };
        sheet
            .beside
            .insert(role.to_owned(), Coded { keys: flags.keys.iter().map(key).collect(), labels }.without_blanks());
    }
    for (at, key) in flags.keys.iter().enumerate().filter(|(_, key)| **key != NULL) {
        let presence = statuses[*key as usize].presence;
        if let Some(presence) = presence.filter(|_| !harmonise::carries(sheet.values.presence[at])) {
            sheet.values.presence[at] = presence;
        }
    }
    sheet.beside.insert("flag".to_owned(), flags);
}

/// What a flag stands for.
#[derive(Default)]
struct Statuses {
    observation: String,
    confidentiality: String,
    /// Kind of presence of a cell without a number.
    presence: Option<u8>,
}

impl Statuses {
    /// A flag that the layout does not know as a whole is read sign by sign.
    fn of(flag: &str, layout: &Layout) -> Statuses {
        let meaning = |sign: &str| layout.flags.get(sign).map(String::as_str);
        let signs: Vec<String> = flag.chars().filter(|sign| !sign.is_whitespace()).map(String::from).collect();
        let meanings: Vec<&str> = match meaning(flag.trim()) {
            Some(whole) => vec![whole],
            None => signs.iter().filter_map(|sign| meaning(sign)).collect(),
        };
        let (mut found, mut codes) = (Statuses::default(), Vec::new());
        for part in meanings.iter().flat_map(|meaning| meaning.split_whitespace()) {
            match part.split_once(':') {
                Some(("conf", code)) => code.clone_into(&mut found.confidentiality),
                Some(("presence", kind)) => found.presence = Some(harmonise::presence(kind)),
                _ => codes.push(part),
            }
        }
        codes.sort_unstable();
        codes.dedup();
        found.observation = codes.join("+");
        if !found.confidentiality.is_empty() && found.confidentiality != "F" && found.presence.is_none() {
            found.presence = Some(harmonise::presence("suppressed"));
        }
        found
    }
}
