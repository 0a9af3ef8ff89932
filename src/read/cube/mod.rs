//! A data set as a cube: codes by dimension, one row a key, and figures. Whatever it was written in, it is read alike.

mod concepts;
mod figures;
mod measures;
mod placing;
mod rules;
mod skip;
mod time;
mod wanted;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::layout::Labels;
use crate::column::{Coded, NULL};
use crate::harmonise;
use crate::ledger::{EXAMPLES, Example, Finding};

pub use concepts::header_role;
pub use measures::{Rule, of_dataset};
pub use placing::{Given, NOT_SELECTED, place};
pub use time::is_period;
pub use wanted::{Selection, Wanted};

/// Labels as they come: each distinct one is kept once.
#[derive(Clone, Debug, Default)]
pub struct Coder {
    known: FxHashMap<String, i32>,
    labels: Vec<String>,
    /// Key of the label of every row.
    pub keys: Vec<i32>,
}

impl Coder {
    /// The key of a label.
    pub fn key(&mut self, label: &str) -> i32 {
        if let Some(known) = self.known.get(label) {
            return *known;
        }
        let at = self.labels.len() as i32;
        self.known.insert(label.to_owned(), at);
        self.labels.push(label.to_owned());
        at
    }

    /// The label of one more row; an empty one is none.
    pub fn push(&mut self, label: &str) {
        let key = if label.is_empty() { NULL } else { self.key(label) };
        self.keys.push(key);
    }

    /// The distinct labels.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The column of labels.
    pub fn done(self) -> Coded {
        Coded { keys: self.keys, labels: self.labels }
    }
}

/// A dimension or an attribute, with its code in every row.
#[derive(Clone, Debug, Default)]
pub struct Concept {
    /// Its identifier, such as `geo` or `REF_AREA`.
    pub name: String,
    /// Does it say more about a figure, and not which figure it is?
    pub attribute: bool,
    /// Its codes.
    pub codes: Coded,
    /// Code -> printed label, where the labels are in the file.
    pub names: FxHashMap<String, String>,
}

/// A column of figures.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// Column of the text that they stand in.
    pub column: u16,
    /// Their period, where columns are periods.
    pub time: Option<String>,
}

/// Who made the data set.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The agency, such as `ESTAT`.
    pub agency: Option<String>,
    /// The data set, such as `migr_imm8`.
    pub dataset: Option<String>,
}

impl Origin {
    /// Who published it, in full where the agency is known.
    pub fn publisher(&self) -> Option<String> {
        let agency = self.agency.as_deref()?;
        let known = [("ESTAT", "Eurostat"), ("OECD", "OECD"), ("ILO", "International Labour Organization")];
        let full = known.iter().find(|(id, _)| agency.split('.').next() == Some(*id));
        Some(full.map_or(agency, |(_, name)| *name).to_owned())
    }

    /// Are its areas coded as Eurostat codes them?
    pub fn is_eurostat(&self) -> bool {
        self.agency.as_deref() == Some("ESTAT")
    }

    /// Agency and data set of `ESTAT:MIGR_IMM8(1.0)` or `OECD.ELS.IMD:DSD_MIG@DF_MIG(1.0)`.
    pub fn of_reference(text: &str) -> Origin {
        let plain = text.rsplit('=').next().unwrap_or(text);
        let (agency, rest) = match plain.split_once(':') {
            Some((agency, rest)) => (Some(agency.trim().to_owned()), rest),
            None => (None, plain),
        };
        let id = rest.split('(').next().unwrap_or(rest).trim();
        Origin { agency, dataset: (!id.is_empty()).then(|| id.to_owned()) }
    }
}

/// A data set as it was read.
#[derive(Debug, Default)]
pub struct Cube {
    /// Where it stands, for messages: `file "migr_imm8.tsv"`.
    pub place: String,
    /// How it was written, for the ledger: `Eurostat TSV`.
    pub format: &'static str,
    /// Who made it.
    pub origin: Origin,
    /// Dimensions and attributes.
    pub concepts: Vec<Concept>,
    /// Their names.
    pub names: Vec<String>,
    /// Line of every row.
    pub rows: Vec<u32>,
    /// Columns of figures.
    pub columns: Vec<Column>,
    /// The numbers, row after row.
    pub value: Vec<f64>,
    /// What stands in the cells.
    pub presence: Vec<u8>,
    /// The publisher's flags of the cells; no keys where there are none.
    pub flags: Coder,
    /// What is said of all figures.
    pub constants: Labels,
    /// Numbers that were seen, counted as they were read.
    pub taken: u64,
    /// What was not passed on while it was read.
    pub dropped: Dropped,
    /// What is worth telling.
    pub findings: Vec<Finding>,
}

/// Numbers that are no figures, by reason.
#[derive(Clone, Debug, Default)]
pub struct Dropped(pub BTreeMap<String, (u64, Vec<Example>)>);

impl Dropped {
    /// Counts numbers, with an example of where they stand.
    pub fn count(&mut self, reason: &str, numbers: u64, row: u64, what: impl FnOnce() -> String) {
        if numbers == 0 {
            return;
        }
        if !self.0.contains_key(reason) {
            self.0.insert(reason.to_owned(), (0, Vec::new()));
        }
        if let Some((count, examples)) = self.0.get_mut(reason) {
            *count += numbers;
            if examples.len() < EXAMPLES {
                examples.push(Example { row, what: what(), value: None });
            }
        }
    }
}

/// A number and what stands in its cell.
pub type Cell = (f64, u8);

/// What stands in the text of a cell of figures: a number, nothing, or a marker of a missing one.
pub fn cell(text: &str) -> Option<Cell> {
    let text = text.trim();
    match text {
        "" => Some((0.0, harmonise::presence("blank"))),
        ":" | ".." | "..." | "NaN" | "nan" | "NA" | "na" | "n.a." | "null" => {
            Some((0.0, harmonise::presence("missing")))
        }
        _ => {
            harmonise::number(text, 0).map(|value| (value, if value == 0.0 { harmonise::presence("zero") } else { 0 }))
        }
    }
}

/// Rows of one figure each, as they come.
#[derive(Debug, Default)]
pub struct Long {
    names: Vec<(String, bool)>,
    coders: Vec<Coder>,
    labels: Vec<FxHashMap<String, String>>,
    rows: Vec<u32>,
    value: Vec<f64>,
    presence: Vec<u8>,
    taken: u64,
}

impl Long {
    /// The number of a concept, which is added if it is new.
    pub fn concept(&mut self, name: &str, attribute: bool) -> usize {
        if let Some(at) = self.names.iter().position(|(known, _)| known == name) {
            return at;
        }
        self.names.push((name.to_owned(), attribute));
        self.coders.push(Coder { keys: vec![NULL; self.rows.len()], ..Coder::default() });
        self.labels.push(FxHashMap::default());
        self.names.len() - 1
    }

    /// Begins a row.
    pub fn begin(&mut self, row: u32, (value, presence): Cell) {
        self.rows.push(row);
        self.value.push(value);
        self.taken += u64::from(harmonise::carries(presence));
        self.presence.push(presence);
        self.coders.iter_mut().for_each(|coder| coder.keys.push(NULL));
    }

    /// Says the code of a concept in the row that was begun last; what is said first holds.
    pub fn say(&mut self, concept: usize, code: &str) {
        let code = code.trim();
        let coder = &mut self.coders[concept];
        if let Some(last) = coder.keys.len().checked_sub(1)
            && coder.keys[last] == NULL
            && !code.is_empty()
        {
            let key = coder.key(code);
            coder.keys[last] = key;
        }
    }

    /// Says what a code is called.
    pub fn name(&mut self, concept: usize, code: &str, label: &str) {
        let known = &mut self.labels[concept];
        if !label.trim().is_empty() && !known.contains_key(code.trim()) {
            known.insert(code.trim().to_owned(), label.trim().to_owned());
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The cube, whose figures stand in one column.
    pub fn done(self, column: u16) -> Cube {
        let names = self.names.iter().map(|(name, _)| name.clone()).collect();
        let parts = self.names.into_iter().zip(self.coders).zip(self.labels);
        let concepts = parts
            .map(|(((name, attribute), coder), names)| Concept { name, attribute, codes: coder.done(), names })
            .collect();
        Cube {
            concepts,
            names,
            taken: self.taken,
            rows: self.rows,
            columns: vec![Column { column, time: None }],
            value: self.value,
            presence: self.presence,
            ..Cube::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_agency_and_data_set() {
        let read = |text| {
            let origin = Origin::of_reference(text);
            (origin.publisher().unwrap_or_default(), origin.dataset.unwrap_or_default())
        };
        assert_eq!(read("ESTAT:MIGR_IMM8(1.0)"), ("Eurostat".into(), "MIGR_IMM8".into()));
        assert_eq!(read("OECD.ELS.IMD:DSD_MIG@DF_MIG(1.0)"), ("OECD".into(), "DSD_MIG@DF_MIG".into()));
        let urn = "urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=XY:DF(2.0)";
        assert_eq!(read(urn), ("XY".into(), "DF".into()));
    }

    #[test]
    fn what_is_said_later_reaches_back_to_nothing() {
        let mut long = Long::default();
        long.begin(0, cell("12").unwrap());
        let geo = long.concept("geo", false);
        long.begin(1, cell(":").unwrap());
        long.say(geo, "DE");
        long.say(geo, "FR");
        let cube = long.done(0);
        assert_eq!((cube.concepts[0].codes.label(0), cube.concepts[0].codes.label(1)), (None, Some("DE")));
        assert_eq!(cell("many"), None);
    }
}
