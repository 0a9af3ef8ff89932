//! One edition: what tells its figures apart, and what they say.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type};
use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::Error;
use crate::codes::period::{self, Period};
use crate::column::{NULL, codes, encode};
use crate::definition::Definition;
use crate::error::near;
use crate::observation::{DIMENSIONS, Observations, PRESENCE};
use crate::totals::period_keys;

/// One edition of a publication.
pub struct Edition {
    /// Number of figures.
    pub rows: usize,
    /// Columns of codes beside period and definition, as `dictionary<int32, utf8>`.
    pub columns: Vec<(String, ArrayRef)>,
    /// The period of every figure, as an index into `periods`.
    pub when: Vec<i32>,
    /// Its periods.
    pub periods: Vec<Period>,
    /// Whether figures have a period at all.
    pub timed: bool,
    /// The definition of every figure.
    pub definition: Vec<i32>,
    /// Its definitions.
    pub definitions: Vec<Definition>,
    /// The numbers.
    pub values: Float64Array,
    /// What stood in each cell, as an index into [`PRESENCE`].
    pub presence: Vec<u8>,
    /// Which figures may be added; none where all may.
    pub leaf: Option<BooleanArray>,
}

/// What the columns of a table of codes are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// The columns that tell figures apart.
    pub keys: Vec<String>,
    /// The column of numbers.
    pub value: String,
}

/// The place of a kind of presence.
fn place(kind: &str) -> Option<u8> {
    PRESENCE.iter().position(|known| *known == kind).map(|at| at as u8)
}

impl From<&Observations> for Edition {
    fn from(observations: &Observations) -> Edition {
        let figures = observations.figures();
        let present = DIMENSIONS.into_iter().filter_map(|name| Some((name, figures.column_by_name(name)?)));
        let (when, periods) = period_keys(observations.dates("period_start"), observations.dates("period_end"));
        let (keys, kinds) = observations.codes("presence").unwrap_or_default();
        let lut: Vec<u8> = kinds.iter().map(|kind| place(kind).unwrap_or_default()).collect();
        Edition {
            rows: observations.len(),
            columns: present.map(|(name, column)| (name.to_owned(), column.clone())).collect(),
            when,
            periods,
            timed: true,
            definition: observations.definition_keys().to_vec(),
            definitions: observations.definitions().to_vec(),
            values: observations.values().clone(),
            presence: keys.iter().map(|key| lut[*key as usize]).collect(),
            leaf: Some(observations.leaves().clone()),
        }
    }
}

impl Edition {
    /// A table of codes: `year`, `period`, or `period_start` and `period_end` among the keys are when; fields of
    /// definitions, such as `measure` and `unit`, are what figures mean; all others are dimensions.
    ///
    /// # Errors
    /// [`Error::Schema`] for a column that is not there or holds something else, naming the row.
    pub fn from_table(table: &RecordBatch, roles: &Roles) -> Result<Edition, Error> {
        let column = |name: &str| {
            table.column_by_name(name).ok_or_else(|| {
                let schema = table.schema();
                let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                let all = names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
                Error::Schema(format!("the table has no column {name:?}{}; it has {all}", near(name, &names)))
            })
        };
        roles.keys.iter().try_for_each(|name| column(name).map(drop))?;
        let values = numbers(&roles.value, column(&roles.value)?)?;
        let presence = presences(table.column_by_name("presence"), &values)?;
        let leaf = table.column_by_name("leaf").filter(|leaf| *leaf.data_type() == DataType::Boolean);
        let (mut columns, mut fields, mut timed) = (Vec::new(), Vec::new(), Vec::new());
        for name in &roles.keys {
            let found = column(name)?;
            if TIMES.contains(&name.as_str()) {
                timed.push(name.as_str());
            } else {
                let coded = encode(name, std::slice::from_ref(found))?.into_array();
                (if Definition::has(name) { &mut fields } else { &mut columns }).push((name.clone(), coded));
            }
        }
        let rows = table.num_rows();
        let (when, periods) = times(table, &timed)?;
        let (definition, definitions) = defined(&fields, rows)?;
        Ok(Edition {
            rows,
            columns,
            when,
            periods,
            timed: !timed.is_empty(),
            definition,
            definitions,
            values,
            presence,
            leaf: leaf.map(|leaf| leaf.as_boolean().clone()),
        })
    }
}

/// The names of columns that say when.
pub const TIMES: [&str; 4] = ["year", "period", "period_start", "period_end"];

/// Numbers, of which NaN is none.
fn numbers(name: &str, column: &ArrayRef) -> Result<Float64Array, Error> {
    if !column.data_type().is_numeric() && !matches!(column.data_type(), DataType::Null) {
        return Err(Error::Schema(format!("column {name:?} is {}, expected numbers", column.data_type())));
    }
    let cast = cast(column, &DataType::Float64)?;
    let found = cast.as_primitive::<Float64Type>();
    if let Some(row) = (0..found.len()).find(|row| found.is_valid(*row) && found.value(*row).is_infinite()) {
        return Err(Error::Schema(format!("column {name:?}, row {row}: {} is no finite number", found.value(row))));
    }
    Ok(found.iter().map(|one| one.filter(|one| !one.is_nan())).collect())
}

fn presences(column: Option<&ArrayRef>, values: &Float64Array) -> Result<Vec<u8>, Error> {
    let plain = |row: usize| place(if values.is_null(row) { "missing" } else { "value" }).unwrap_or_default();
    let Some(column) = column else { return Ok((0..values.len()).map(plain).collect()) };
    let coded = encode("presence", std::slice::from_ref(column))?;
    let lut = coded.labels.iter().map(|kind| {
        place(kind).ok_or_else(|| {
            let near = near(kind, &PRESENCE);
            Error::Code(format!("column \"presence\": {kind:?} is none of {}{near}", PRESENCE.join(", ")))
        })
    });
    let lut = lut.collect::<Result<Vec<u8>, _>>()?;
    let row = |(row, key): (usize, &i32)| if *key == NULL { plain(row) } else { lut[*key as usize] };
    Ok(coded.keys.iter().enumerate().map(row).collect())
}

/// The period of each row, and the periods; one period of no length where the table says none.
fn times(table: &RecordBatch, names: &[&str]) -> Result<(Vec<i32>, Vec<Period>), Error> {
    match names {
        [] => Ok((vec![0; table.num_rows()], vec![Period { start: 0, end: 0 }])),
        [name @ ("year" | "period")] => {
            let coded = encode(name, std::slice::from_ref(&table[*name]))?;
            if let Some(row) = coded.keys.iter().position(|key| *key == NULL) {
                return Err(Error::Schema(format!("column {name:?}, row {row}: no period; every figure needs one")));
            }
            let mut seen: FxHashMap<Period, i32> = FxHashMap::default();
            let mut periods = Vec::new();
            let mut place = |one: Period| {
                *seen.entry(one).or_insert_with(|| {
                    periods.push(one);
                    periods.len() as i32 - 1
                })
            };
            let lut: Vec<i32> = period::parse_column(&coded.labels)?.into_iter().map(&mut place).collect();
            Ok((coded.keys.iter().map(|key| lut[*key as usize]).collect(), periods))
        }
        [first, second] if names.contains(&"period_start") && names.contains(&"period_end") => {
            debug_assert_ne!(first, second);
            let dates = |name: &str| -> Result<Date32Array, Error> {
                let dates = cast(&table[name], &DataType::Date32)?.as_primitive::<Date32Type>().clone();
                match (0..dates.len()).find(|row| dates.is_null(*row)) {
                    Some(row) => Err(Error::Schema(format!("column {name:?}, row {row}: no date"))),
                    None => Ok(dates),
                }
            };
            Ok(period_keys(dates("period_start")?.values(), dates("period_end")?.values()))
        }
        _ => Err(Error::Schema(format!(
            "{} say when at once: give \"year\", or \"period\", or \"period_start\" and \"period_end\"",
            names.join(", ")
        ))),
    }
}

/// The definitions that columns of their fields spell out, and that of each row.
fn defined(fields: &[(String, ArrayRef)], rows: usize) -> Result<(Vec<i32>, Vec<Definition>), Error> {
    let columns = fields.iter().map(|(_, column)| codes(column)).collect::<Result<Vec<_>, _>>()?;
    let mut seen: FxHashMap<Vec<i32>, i32> = FxHashMap::default();
    let mut definitions = Vec::new();
    let mut place = |row: usize| {
        let key = |(keys, nulls, _): &(&[i32], Option<&arrow::buffer::NullBuffer>, Vec<&str>)| {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) { NULL } else { keys[row] }
        };
        let keys: Vec<i32> = columns.iter().map(key).collect();
        *seen.entry(keys).or_insert_with_key(|keys| {
            let mut one = Definition::default();
            for ((name, _), ((_, _, codes), key)) in fields.iter().zip(columns.iter().zip(keys)) {
                one.set(name, usize::try_from(*key).map_or("", |key| codes[key]));
            }
            definitions.push(one);
            definitions.len() as i32 - 1
        })
    };
    let keys = (0..rows).map(&mut place).collect();
    if definitions.is_empty() {
        definitions.push(Definition::default());
    }
    Ok((keys, definitions))
}

/// The same code in every row, for a dimension that an edition does not break down.
pub fn total(rows: usize) -> ArrayRef {
    let keys = arrow::array::PrimitiveArray::<Int32Type>::from(vec![0; rows]);
    Arc::new(arrow::array::DictionaryArray::new(keys, Arc::new(arrow::array::StringArray::from(vec!["_T"]))))
}
