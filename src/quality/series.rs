//! How long series are comparable: breaks, and the periods since the last of them.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};
use rustc_hash::FxHashMap;

use super::Scan;
use super::index::classes;
use crate::Error;
use crate::codes::period;
use crate::column;
use crate::definition::Definition;

/// Fields by which series of one reporter run side by side.
const SERIES: [&str; 5] = ["measure", "unit", "price_base", "publisher", "dataset"];
/// Fields in which a change within a series is a break.
const BREAKS: [&str; 8] =
    ["concept", "population", "duration_months", "age_definition", "criteria", "coverage", "type_of_data", "schemes"];

/// What is known of one series: a reporter's figures of one corridor.
#[derive(Default)]
struct Series {
    /// Class of the definition -> first and last period with a value.
    classes: Vec<(u32, u32, u32)>,
    /// The last flagged break.
    flagged: Option<u32>,
    /// Definition that replaces another -> first period with a value, in any line.
    begins: Vec<(u32, u32)>,
    /// Periods with a value.
    periods: Vec<u32>,
}

/// One row a series: reporter, corridor, its first and last periods, the last break and why, and its comparable length.
///
/// # Errors
/// As Arrow.
pub fn comparable(scan: &Scan) -> Result<RecordBatch, Error> {
    let (index, observations) = (scan.index(), scan.observations());
    let definitions = observations.definitions();
    let only =
        |one: &Definition, fields: &[&str]| one.without(Definition::fields().filter(|name| !fields.contains(name)));
    let series_of = classes(&definitions.iter().map(|one| only(one, &SERIES)).collect::<Vec<_>>());
    let class_of = classes(&definitions.iter().map(|one| only(one, &BREAKS)).collect::<Vec<_>>());
    let keys = observations.definition_keys();
    let broken = scan.rows_with("obs_status", |code| code.split('+').any(|one| one == "B"));
    let stated: Vec<bool> = definitions.iter().map(|one| one.get("break_before").is_some()).collect();
    let (origin, origins) = observations.codes("origin").unwrap_or_default();
    let (destination, destinations) = observations.codes("destination").unwrap_or_default();
    let mut all: FxHashMap<(u32, u32, i32, i32), Series> = FxHashMap::default();
    for at in 0..index.len() {
        let line = index.line(at);
        let row = line.rows[0] as usize;
        let key = (series_of[keys[row] as usize], scan.reporters().keys[row], origin[row], destination[row]);
        let series = all.entry(key).or_default();
        for place in (0..line.rows.len()).filter(|place| !line.values[*place].is_nan()) {
            let (row, when) = (line.rows[place], line.when[place]);
            let definition = keys[row as usize] as usize;
            series.see(class_of[definition], when);
            if broken.as_ref().is_some_and(|broken| broken(row)) {
                series.flagged = series.flagged.max(Some(when));
            }
            if stated[definition] {
                series.begin(definition as u32, when);
            }
        }
    }
    // A definition that replaces another breaks the series where it begins, though some sex or age begins later.
    for series in all.values_mut() {
        series.flagged = series.flagged.max(series.begins.iter().map(|(_, when)| *when).max());
    }
    let mut found: Vec<_> = all.into_iter().filter(|(_, series)| !series.periods.is_empty()).collect();
    let label = |(series, who, from, to): &(u32, u32, i32, i32)| {
        let reporter = scan.reporters().codes[*who as usize].clone();
        let one = &definitions[*series as usize];
        let said = SERIES.map(|name| one.get(name).unwrap_or_default().to_owned());
        (said, reporter, origins[*from as usize].to_owned(), destinations[*to as usize].to_owned())
    };
    found.sort_by_cached_key(|(key, _)| label(key));
    let judged: Vec<Judged> = found.iter_mut().map(|(_, series)| series.judge(scan, definitions)).collect();
    let codes = |of: &dyn Fn(&(u32, u32, i32, i32)) -> Option<String>| -> ArrayRef {
        column::texts(&found.iter().map(|(key, _)| of(key)).collect::<Vec<_>>())
    };
    let field = |name: &'static str| codes(&move |key| definitions[key.0 as usize].get(name).map(str::to_owned));
    let text = |code: &str| Some(code.to_owned()).filter(|code| !code.is_empty());
    let texts = |of: &dyn Fn(&Judged) -> Option<String>| -> ArrayRef {
        Arc::new(judged.iter().map(of).collect::<StringArray>())
    };
    let numbers =
        |of: &dyn Fn(&Judged) -> i64| -> ArrayRef { Arc::new(Int64Array::from_iter_values(judged.iter().map(of))) };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("measure", field("measure")),
        ("unit", field("unit")),
        ("publisher", field("publisher")),
        ("reporter", codes(&|key| text(&scan.reporters().codes[key.1 as usize]))),
        ("origin", codes(&|key| text(origins[key.2 as usize]))),
        ("destination", codes(&|key| text(destinations[key.3 as usize]))),
        ("first", texts(&|one| Some(one.first.clone()))),
        ("last", texts(&|one| Some(one.last.clone()))),
        ("break", texts(&|one| one.broken.clone())),
        ("why", texts(&|one| text(&one.why))),
        ("length", numbers(&|one| one.length)),
        ("periods", numbers(&|one| one.periods)),
        ("since_break", numbers(&|one| one.since)),
    ];
    let field = |(name, column): &(&str, ArrayRef)| Field::new(*name, column.data_type().clone(), true);
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    Ok(RecordBatch::try_new(schema, columns.into_iter().map(|(_, column)| column).collect())?)
}

/// What is said of a series.
struct Judged {
    first: String,
    last: String,
    broken: Option<String>,
    why: String,
    /// Years from the last break, or the beginning, to the last period, both included.
    length: i64,
    /// Periods with a value.
    periods: i64,
    /// Of those, how many since the last break.
    since: i64,
}

impl Series {
    fn see(&mut self, class: u32, when: u32) {
        match self.classes.iter_mut().find(|one| one.0 == class) {
            Some(one) => (one.1, one.2) = (one.1.min(when), one.2.max(when)),
            None => self.classes.push((class, when, when)),
        }
        self.periods.push(when);
        if self.periods.len() > 256 {
            self.tidy();
        }
    }

    fn begin(&mut self, definition: u32, when: u32) {
        match self.begins.iter_mut().find(|one| one.0 == definition) {
            Some(one) => one.1 = one.1.min(when),
            None => self.begins.push((definition, when)),
        }
    }

    fn tidy(&mut self) {
        self.periods.sort_unstable();
        self.periods.dedup();
    }

    fn judge(&mut self, scan: &Scan, definitions: &[Definition]) -> Judged {
        self.tidy();
        self.classes.sort_unstable_by_key(|one| (one.1, one.2, one.0));
        let period = |when: u32| scan.index().periods[when as usize];
        // A definition that begins when another has ended follows it; those that overlap run side by side.
        let mut changed: Option<(u32, String)> = None;
        for one in &self.classes {
            let before = self.classes.iter().filter(|other| other.2 < one.1).max_by_key(|other| other.2);
            if let Some(before) = before {
                let (old, new) = (&definitions[before.0 as usize], &definitions[one.0 as usize]);
                let what = old.differences(new).into_iter().filter(|name| BREAKS.contains(name)).map(|name| {
                    let said = |one: &Definition| one.get(name).unwrap_or("not stated").to_owned();
                    format!("{}: {} -> {}", name.replace('_', " "), said(old), said(new))
                });
                let what = what.collect::<Vec<_>>().join("; ");
                if changed.as_ref().is_none_or(|known| known.0 < one.1) {
                    changed = Some((one.1, what));
                }
            }
        }
        let flagged = self.flagged.map(|when| (when, "flagged".to_owned()));
        let last_break = match (changed, flagged) {
            (Some(a), Some(b)) if a.0 == b.0 => Some((a.0, format!("flagged; {}", a.1))),
            (Some(a), Some(b)) => Some(if a.0 > b.0 { a } else { b }),
            (a, b) => a.or(b),
        };
        let (first, last) = (self.periods[0], self.periods[self.periods.len() - 1]);
        // A break in the first period breaks nothing that is here.
        let last_break = last_break.filter(|(when, _)| *when > first);
        let from = last_break.as_ref().map_or(first, |(when, _)| *when);
        let since = self.periods.iter().filter(|when| **when >= from).count() as i64;
        let years = period::start_year(period(last)) - period::start_year(period(from)) + 1;
        Judged {
            first: period::label(period(first)),
            last: period::label(period(last)),
            broken: last_break.as_ref().map(|(when, _)| period::label(period(*when))),
            why: last_break.map(|(_, why)| why).unwrap_or_default(),
            length: i64::from(years),
            periods: self.periods.len() as i64,
            since,
        }
    }
}
