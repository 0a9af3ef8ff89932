//! When each row of a table of pairs is of.

use std::rc::Rc;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::Error;
use crate::codes::period::{self, Period};
use crate::column::Coded;

/// When each row is of.
pub struct Time {
    /// A key a row, and what each key is called.
    coded: Rc<Coded>,
    /// Whether labels are of the first and the next day.
    bounds: bool,
    /// Periods, each read once.
    read: Vec<OnceLock<Result<Period, String>>>,
}

impl Time {
    /// Of a column of periods, or of those of the first and the next day; none of no column.
    pub fn new(columns: &[Rc<Coded>]) -> Option<Time> {
        let coded = match columns {
            [] => return None,
            [start, end] => Rc::new(both(start, end)),
            [one, ..] => Rc::clone(one),
        };
        let read = coded.labels.iter().map(|_| OnceLock::new()).collect();
        Some(Time { coded, bounds: columns.len() > 1, read })
    }

    /// A key a row; below 0 where it is missing.
    pub fn keys(&self) -> &[i32] {
        &self.coded.keys
    }

    /// What each key is called.
    pub fn labels(&self) -> &[String] {
        &self.coded.labels
    }

    /// The period of a key that stands in a row.
    pub fn period(&self, key: i32, row: usize) -> Result<Period, Error> {
        let Ok(key) = usize::try_from(key) else {
            return Err(Error::Schema(format!("row {row}: the period is missing, and regimes= need it")));
        };
        let label = &self.coded.labels[key];
        let read = || match label.split_once('/').filter(|_| self.bounds) {
            Some((start, end)) => Ok(Period { start: period::parse(start)?.start, end: period::parse(end)?.start }),
            None => period::parse(label),
        };
        let found = self.read[key].get_or_init(|| read().map_err(|error: Error| error.to_string()));
        found.clone().map_err(|why| Error::Code(format!("row {row}: {why}")))
    }
}

/// The first and the next day as one label.
fn both(start: &Coded, end: &Coded) -> Coded {
    let mut labels: Vec<String> = Vec::new();
    let mut seen: FxHashMap<(i32, i32), i32> = FxHashMap::default();
    let keys = (0..start.keys.len()).map(|row| {
        let (Some(first), Some(last)) = (start.label(row), end.label(row)) else { return -1 };
        *seen.entry((start.keys[row], end.keys[row])).or_insert_with(|| {
            labels.push(format!("{first}/{last}"));
            labels.len() as i32 - 1
        })
    });
    let keys = keys.collect();
    Coded { keys, labels }
}
