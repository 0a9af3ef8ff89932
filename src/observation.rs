//! The observation table: figures and definitions, joined by an integer key, and already checked.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int32Array, RecordBatch,
    RecordBatchOptions, StringArray,
};
use arrow::datatypes::{DataType, Date32Type, Field, Float64Type, Int32Type, Schema, SchemaRef, UInt64Type};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Error;
use crate::codes::{age, area, sex};
use crate::column::{self, codes};
use crate::definition::Definition;
use crate::ledger::{Ledger, Tally};

/// What a column of figures holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Row of the table of definitions.
    Definition,
    /// `dictionary<int32, utf8>` of codes.
    Code,
    /// Days since 1970-01-01.
    Date,
    /// A 64-bit float.
    Number,
    /// A truth value.
    Flag,
    /// Number of the printed figure, which several rows may share.
    Figure,
    /// Row of the sheet or frame, counted from 0.
    Row,
    /// Column of the sheet or frame, counted from 0.
    Column,
}

impl Kind {
    /// Its Arrow type.
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Definition => DataType::Int32,
            Kind::Code => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Kind::Date => DataType::Date32,
            Kind::Number => DataType::Float64,
            Kind::Flag => DataType::Boolean,
            Kind::Figure => DataType::UInt64,
            Kind::Row => DataType::UInt32,
            Kind::Column => DataType::UInt16,
        }
    }
}

/// The columns of figures in their order; the last word says whether every table has the column.
pub const COLUMNS: [(&str, Kind, bool); 33] = [
    ("definition", Kind::Definition, true),
    ("origin", Kind::Code, true),
    ("destination", Kind::Code, true),
    ("citizenship", Kind::Code, false),
    ("birth", Kind::Code, false),
    ("period_start", Kind::Date, true),
    ("period_end", Kind::Date, true),
    ("sex", Kind::Code, true),
    ("age", Kind::Code, true),
    ("skill", Kind::Code, false),
    ("skill_printed", Kind::Code, false),
    ("education", Kind::Code, false),
    ("education_printed", Kind::Code, false),
    ("occupation", Kind::Code, false),
    ("occupation_printed", Kind::Code, false),
    ("reason", Kind::Code, false),
    ("reason_printed", Kind::Code, false),
    ("flow_type", Kind::Code, false),
    ("flow_type_printed", Kind::Code, false),
    ("value", Kind::Number, true),
    ("low", Kind::Number, false),
    ("high", Kind::Number, false),
    ("presence", Kind::Code, true),
    ("obs_status", Kind::Code, false),
    ("conf_status", Kind::Code, false),
    ("flag", Kind::Code, false),
    ("basis", Kind::Code, true),
    ("leaf", Kind::Flag, true),
    ("figure", Kind::Figure, false),
    ("share", Kind::Number, false),
    ("row", Kind::Row, false),
    ("column", Kind::Column, false),
    ("note", Kind::Code, false),
];

/// The columns that say which figure it is: two rows that agree in all of them are duplicates.
pub const DIMENSIONS: [&str; 16] = [
    "origin",
    "destination",
    "citizenship",
    "birth",
    "sex",
    "age",
    "skill",
    "skill_printed",
    "education",
    "education_printed",
    "occupation",
    "occupation_printed",
    "reason",
    "reason_printed",
    "flow_type",
    "flow_type_printed",
];

/// The dimensions that hold areas.
pub const AREAS: [&str; 4] = ["origin", "destination", "citizenship", "birth"];

/// The column that keeps the printed category of a dimension whose codes were wanted in another list.
pub fn printed(dimension: &str) -> Option<&'static str> {
    DIMENSIONS.into_iter().find(|name| name.strip_suffix("_printed") == Some(dimension))
}

/// Does a column keep printed categories?
pub fn is_printed(name: &str) -> bool {
    name.ends_with("_printed")
}

/// What stood in the cell. Missing is not zero.
pub const PRESENCE: [&str; 8] =
    ["value", "zero", "rounded_zero", "blank", "missing", "suppressed", "not_applicable", "not_existing"];

/// The kinds of presence that carry a value; a suppressed cell may, where its bounds are known.
pub const WITH_VALUE: [&str; 3] = ["value", "zero", "rounded_zero"];

/// How a figure came about.
pub const BASIS: [&str; 7] = ["observed", "assumed", "apportioned", "adjusted", "interpolated", "imputed", "modelled"];

/// The basis of a figure that came about in several ways: the list goes from what was seen to what was made up.
pub fn basis<'a>(ways: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    ways.into_iter().max_by_key(|way| BASIS.iter().position(|known| known == way))
}

/// Figures, their definitions, and the account of how they came here.
#[derive(Clone, Debug)]
pub struct Observations {
    definitions: Vec<Definition>,
    figures: RecordBatch,
    ledger: Ledger,
}

impl Observations {
    /// Takes tables from anywhere, after checking everything that later operations rely on.
    ///
    /// # Errors
    /// [`Error::Schema`] or [`Error::Code`] naming column, row and value; [`Error::Ledger`] if the ledger does not balance.
    pub fn new(definitions: Vec<Definition>, figures: RecordBatch, ledger: Ledger) -> Result<Observations, Error> {
        check_columns(&figures)?;
        let out = Observations { definitions, figures, ledger };
        out.check_keys()?;
        out.check_codes()?;
        out.check_numbers()?;
        out.ledger.check()?;
        Ok(out)
    }

    /// Takes tables that an operation of ours has made; the ledger is verified, the rest only in debug builds.
    pub(crate) fn made(
        definitions: Vec<Definition>,
        figures: RecordBatch,
        ledger: Ledger,
    ) -> Result<Observations, Error> {
        if cfg!(debug_assertions) {
            return Observations::new(definitions, figures, ledger);
        }
        ledger.check()?;
        Ok(Observations { definitions, figures, ledger })
    }

    /// The same figures with another account of how they came here.
    ///
    /// # Errors
    /// [`Error::Ledger`] if it does not balance.
    pub(crate) fn with_ledger(self, ledger: Ledger) -> Result<Observations, Error> {
        ledger.check()?;
        Ok(Observations { ledger, ..self })
    }

    /// The definitions; a figure's key is an index into them.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// One row a figure.
    pub fn figures(&self) -> &RecordBatch {
        &self.figures
    }

    /// How the figures came here.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.figures.num_rows()
    }

    /// Are there no rows?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys into the definitions.
    pub fn definition_keys(&self) -> &[i32] {
        self.figures["definition"].as_primitive::<Int32Type>().values()
    }

    /// A column of codes, if the table has it: keys, and the codes that they point to.
    pub fn codes(&self, name: &str) -> Option<(&[i32], Vec<&str>)> {
        let column = self.figures.column_by_name(name)?;
        codes(column).ok().map(|(keys, _, codes)| (keys, codes))
    }

    /// The code of one row in one column.
    pub fn code(&self, name: &str, row: usize) -> Option<&str> {
        let column = self.figures.column_by_name(name)?;
        let (keys, nulls, codes) = codes(column).ok()?;
        if nulls.is_some_and(|nulls| nulls.is_null(row)) { None } else { codes.get(keys[row] as usize).copied() }
    }

    /// A column of dates.
    pub fn dates(&self, name: &str) -> &[i32] {
        self.figures[name].as_primitive::<Date32Type>().values()
    }

    /// The values.
    pub fn values(&self) -> &Float64Array {
        self.figures["value"].as_primitive::<Float64Type>()
    }

    /// Does a row have a value?
    pub fn has_value(&self, row: usize) -> bool {
        self.values().is_valid(row)
    }

    /// Which rows may be added.
    pub fn leaves(&self) -> &BooleanArray {
        self.figures["leaf"].as_boolean()
    }

    /// Rows and value of the leaves of each definition, counted afresh.
    pub fn tally(&self) -> Vec<Tally> {
        tally_leaves(&self.figures, self.definitions.len())
    }

    /// Verifies the ledger, and that the figures are still those that its last step gave out.
    ///
    /// # Errors
    /// [`Error::Ledger`] saying what does not balance or what is missing.
    pub fn check(&self) -> Result<(), Error> {
        self.ledger.check()?;
        let Some(last) = self.ledger.steps.last() else { return Ok(()) };
        let now = self.tally();
        let named = |key: i32| last.accounts.iter().any(|account| account.definitions.contains(&key));
        if let Some(key) = (0..now.len()).find(|key| now[*key].rows > 0 && !named(*key as i32)) {
            return Err(Error::Ledger(format!(
                "the ledger knows nothing of definition {key} ({}), of which the table has {} rows",
                self.definitions[key].title(),
                now[key].rows
            )));
        }
        for account in &last.accounts {
            let mut here = Tally::default();
            account.definitions.iter().filter_map(|key| now.get(*key as usize)).for_each(|tally| here.merge(tally));
            if here != account.out {
                return Err(Error::Ledger(format!(
                    "the figures are not those of the ledger: step {:?} gave out {} rows and {} {} for {} (definition \
                     {:?}), the table has {} rows and {}",
                    last.operation,
                    account.out.rows,
                    account.out.value.value(),
                    account.unit,
                    account.title,
                    account.definitions,
                    here.rows,
                    here.value.value()
                )));
            }
        }
        Ok(())
    }

    fn check_keys(&self) -> Result<(), Error> {
        let count = self.definitions.len() as i32;
        match self.definition_keys().iter().position(|key| !(0..count).contains(key)) {
            None => Ok(()),
            Some(row) => Err(Error::Schema(format!(
                "row {row}: definition {} is not in the table of {count} definitions",
                self.definition_keys()[row]
            ))),
        }
    }

    fn check_codes(&self) -> Result<(), Error> {
        for (name, _, required) in COLUMNS.iter().filter(|(_, kind, _)| *kind == Kind::Code) {
            let Some(column) = self.figures.column_by_name(name) else { continue };
            let (keys, nulls, codes) = codes(column)?;
            if *required && nulls.is_some_and(|nulls| nulls.null_count() > 0) {
                let row = (0..self.len()).find(|row| column.is_null(*row)).unwrap_or_default();
                return Err(Error::Schema(format!("column {name:?}, row {row}: no code; every figure needs one")));
            }
            if codes.iter().collect::<FxHashSet<_>>().len() != codes.len() {
                return Err(Error::Schema(format!("column {name:?}: a code stands twice in its dictionary")));
            }
            let mut used = vec![false; codes.len()];
            for (row, key) in keys.iter().enumerate() {
                if !nulls.is_some_and(|nulls| nulls.is_null(row)) {
                    used[*key as usize] = true;
                }
            }
            let wrong = codes.iter().zip(used).find(|(code, used)| *used && !known(name, code));
            if let Some((code, _)) = wrong {
                return Err(Error::Code(format!("column {name:?}: {code:?} is not a code of it")));
            }
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), Error> {
        let (starts, ends) = (self.dates("period_start"), self.dates("period_end"));
        if let Some(row) = (0..self.len()).find(|&row| ends[row] < starts[row]) {
            return Err(Error::Schema(format!("row {row}: the period ends before it starts")));
        }
        let values = self.values();
        let (presence, kinds) = self.codes("presence").unwrap_or_default();
        let carries: Vec<bool> = kinds.iter().map(|kind| WITH_VALUE.contains(kind)).collect();
        let may: Vec<bool> = kinds.iter().map(|kind| *kind == "suppressed").collect();
        let net: Vec<bool> = self.definitions.iter().map(|d| d.get("measure") == Some("net")).collect();
        let definitions = self.definition_keys();
        let wrong = (0..self.len()).into_par_iter().find_first(|&row| {
            let kind = presence[row] as usize;
            if values.is_null(row) {
                carries[kind]
            } else {
                let value = values.value(row);
                !(carries[kind] || may[kind])
                    || !value.is_finite()
                    || (value < 0.0 && !net[definitions[row] as usize])
                    || (kinds[kind] == "zero" && value != 0.0)
            }
        });
        if let Some(row) = wrong {
            let value = if values.is_null(row) { "no value".to_owned() } else { values.value(row).to_string() };
            return Err(Error::Schema(format!(
                "row {row}: {value} with presence {:?}; a value is a finite number, not below 0 unless the measure is \
                 \"net\", and stands exactly where presence says so",
                kinds[presence[row] as usize]
            )));
        }
        self.check_bounds()?;
        self.check_shares()
    }

    fn check_bounds(&self) -> Result<(), Error> {
        let values = self.values();
        for (name, sign) in [("low", 1.0), ("high", -1.0)] {
            let Some(bound) = self.figures.column_by_name(name).map(arrow::array::AsArray::as_primitive::<Float64Type>)
            else {
                continue;
            };
            let wrong = (0..self.len()).find(|&row| {
                bound.is_valid(row)
                    && (!bound.value(row).is_finite()
                        || values.is_valid(row) && sign * bound.value(row) > sign * values.value(row))
            });
            if let Some(row) = wrong {
                return Err(Error::Schema(format!(
                    "column {name:?}, row {row}: {} does not bound the value {}",
                    bound.value(row),
                    values.value(row)
                )));
            }
        }
        Ok(())
    }

    fn check_shares(&self) -> Result<(), Error> {
        let Some(shares) = self.figures.column_by_name("share").map(arrow::array::AsArray::as_primitive::<Float64Type>)
        else {
            return Ok(());
        };
        if let Some(row) =
            (0..self.len()).find(|&row| shares.is_valid(row) && !(0.0..=1.0).contains(&shares.value(row)))
        {
            return Err(Error::Schema(format!(
                "column \"share\", row {row}: {} is not between 0 and 1; a share is a part of one printed figure",
                shares.value(row)
            )));
        }
        let Some(figures) =
            self.figures.column_by_name("figure").map(arrow::array::AsArray::as_primitive::<UInt64Type>)
        else {
            return Err(Error::Schema("column \"share\" needs the column \"figure\" that it is a share of".into()));
        };
        let mut sums: FxHashMap<u64, f64> = FxHashMap::default();
        for row in 0..self.len() {
            if figures.is_valid(row) && shares.is_valid(row) && shares.value(row) < 1.0 {
                let sum = sums.entry(figures.value(row)).or_default();
                *sum += shares.value(row);
                if *sum > 1.0 + 1e-9 {
                    return Err(Error::Schema(format!(
                        "row {row}: the shares of figure {} add up to {sum}, more than 1",
                        figures.value(row)
                    )));
                }
            }
        }
        Ok(())
    }
}

/// The figures with other definitions.
pub fn with_definitions(figures: &RecordBatch, keys: Vec<i32>) -> Result<RecordBatch, Error> {
    let at = figures.schema().index_of("definition")?;
    let mut columns = figures.columns().to_vec();
    columns[at] = Arc::new(Int32Array::from(keys));
    Ok(RecordBatch::try_new(figures.schema(), columns)?)
}

/// The figures with other leaves.
pub fn with_leaves(figures: &RecordBatch, leaf: Vec<bool>) -> Result<RecordBatch, Error> {
    let at = figures.schema().index_of("leaf")?;
    let mut columns = figures.columns().to_vec();
    columns[at] = Arc::new(BooleanArray::from(leaf));
    Ok(RecordBatch::try_new(figures.schema(), columns)?)
}

/// Rows and value of the leaves of each definition.
pub fn tally_leaves(figures: &RecordBatch, definitions: usize) -> Vec<Tally> {
    let keys = figures["definition"].as_primitive::<Int32Type>().values();
    let values = figures["value"].as_primitive::<Float64Type>();
    let leaves = figures["leaf"].as_boolean();
    tally_rows(figures.num_rows(), definitions, |row| {
        leaves.value(row).then(|| (keys[row] as usize, values.is_valid(row).then(|| values.value(row))))
    })
}

/// Counts rows by definition, in parallel; exact sums make the order irrelevant.
pub fn tally_rows(
    rows: usize,
    definitions: usize,
    row: impl Fn(usize) -> Option<(usize, Option<f64>)> + Sync,
) -> Vec<Tally> {
    const PIECE: usize = 1 << 18;
    (0..rows.div_ceil(PIECE))
        .into_par_iter()
        .map(|piece| {
            let mut tallies = vec![Tally::default(); definitions];
            for at in piece * PIECE..rows.min((piece + 1) * PIECE) {
                if let Some((definition, value)) = row(at) {
                    tallies[definition].add(value);
                }
            }
            tallies
        })
        .reduce(
            || vec![Tally::default(); definitions],
            |mut all, part| {
                all.iter_mut().zip(&part).for_each(|(all, part)| all.merge(part));
                all
            },
        )
}

/// Can the column hold the code?
pub fn known(column: &str, code: &str) -> bool {
    match column {
        "presence" => PRESENCE.contains(&code),
        "basis" => BASIS.contains(&code),
        "sex" => sex::CODES.contains(&code),
        "age" => code == "_T" || code == "_U" || age::bounds(code).is_some(),
        name if AREAS.contains(&name) => area::get(code).is_some() || NATIONALS.contains(&code),
        _ => !code.is_empty(),
    }
}

/// Codes that only citizenship and birth know: nationals and foreigners, natives and foreign-born.
pub const NATIONALS: [&str; 2] = ["NAT", "FOR"];

fn check_columns(figures: &RecordBatch) -> Result<(), Error> {
    for (name, _, _) in COLUMNS.iter().filter(|(_, _, required)| *required) {
        if figures.column_by_name(name).is_none() {
            return Err(Error::Schema(format!("the figures have no column {name:?}")));
        }
    }
    for (field, column) in figures.schema().fields().iter().zip(figures.columns()) {
        let Some((name, kind, required)) = COLUMNS.iter().find(|(name, _, _)| name == field.name()) else {
            return Err(Error::Schema(format!("the figures have an unknown column {:?}", field.name())));
        };
        if *column.data_type() != kind.data_type() {
            return Err(Error::Schema(format!(
                "column {name:?} has type {}, expected {}",
                column.data_type(),
                kind.data_type()
            )));
        }
        if *required && *kind != Kind::Code && *name != "value" && column.null_count() > 0 {
            return Err(Error::Schema(format!("column {name:?} has {} nulls", column.null_count())));
        }
    }
    Ok(())
}

/// Columns by name, put together in the order of [`COLUMNS`].
#[derive(Default)]
pub struct Builder {
    columns: FxHashMap<&'static str, ArrayRef>,
    /// A column that is the same in every row: others share its keys.
    constant: Option<DictionaryArray<Int32Type>>,
}

impl Builder {
    /// Sets a column.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn set(&mut self, name: &str, column: ArrayRef) {
        let (name, _, _) = COLUMNS.iter().find(|(known, _, _)| *known == name).expect("a column of figures");
        self.columns.insert(name, column);
    }

    /// Sets a column of codes that is the same in every row.
    pub fn constant(&mut self, name: &str, code: &str, rows: usize) {
        let values = Arc::new(StringArray::from_iter_values([code]));
        let column = match &self.constant {
            Some(other) if other.len() == rows => other.with_values(values),
            _ => DictionaryArray::new(Int32Array::from(vec![0; rows]), values),
        };
        self.set(name, Arc::new(column.clone()));
        self.constant = Some(column);
    }

    /// Sets a column of dates.
    pub fn dates(&mut self, name: &str, days: Vec<i32>) {
        self.set(name, Arc::new(Date32Array::from(days)));
    }

    /// Sets the keys into the definitions.
    pub fn definitions(&mut self, keys: Vec<i32>) {
        self.set("definition", Arc::new(Int32Array::from(keys)));
    }

    /// The table.
    pub fn finish(mut self, rows: usize) -> Result<RecordBatch, Error> {
        let (mut fields, mut columns) = (Vec::new(), Vec::new());
        for (name, kind, _) in COLUMNS {
            if let Some(column) = self.columns.remove(name) {
                fields.push(Field::new(name, kind.data_type(), true));
                columns.push(column);
            }
        }
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
    }
}

/// Columns from anywhere, cast to the types of the table.
///
/// # Errors
/// [`Error::Schema`] for a column that the table does not have.
pub fn canonical(figures: &RecordBatch) -> Result<RecordBatch, Error> {
    let mut out = Builder::default();
    for (field, column) in figures.schema().fields().iter().zip(figures.columns()) {
        let Some((name, kind, _)) = COLUMNS.iter().find(|(name, _, _)| name == field.name()) else {
            let known: Vec<&str> = COLUMNS.iter().map(|(name, _, _)| *name).collect();
            let near = crate::error::near(field.name(), &known);
            return Err(Error::Schema(format!("figures have no column {:?}{near}", field.name())));
        };
        let column = match kind {
            Kind::Code => column::encode(name, std::slice::from_ref(column))?.into_array(),
            _ => arrow::compute::cast(column, &kind.data_type())?,
        };
        out.set(name, column);
    }
    out.finish(figures.num_rows())
}
