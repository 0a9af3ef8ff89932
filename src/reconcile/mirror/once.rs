//! Which rows of a table of pairs lie inside others of the same table.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type};

use super::table::inside;
use crate::Error;
use crate::column::{Coded, NULL, encode};
use crate::observation::{DIMENSIONS, is_printed};
use crate::totals::{Dimension, Grid, period_keys};

/// Whether each row lies inside another that has both reports, or the one that it has: women inside both sexes, a month
/// inside its year. In columns that are to be told `apart` no code contains another.
///
/// # Errors
/// [`Error::Schema`] for columns that hold no codes, no dates or no numbers.
pub fn within(pairs: &RecordBatch, apart: &[String], reports: [&str; 2]) -> Result<Vec<bool>, Error> {
    let rows = pairs.num_rows();
    let told = |name: &str| apart.iter().any(|one| one == name);
    let mut dimensions = Vec::new();
    let ends: Vec<Coded> = ["origin", "destination"]
        .into_iter()
        .filter_map(|name| pairs.column_by_name(name).map(|column| encode(name, std::slice::from_ref(column))))
        .collect::<Result<_, _>>()?;
    let period = ["period_start", "period_end"];
    let days = period.map(|name| pairs.column_by_name(name).filter(|column| column.null_count() == 0 && !told(name)));
    let days = if let [Some(start), Some(end)] = days {
        let [start, end] = [cast(start, &DataType::Date32)?, cast(end, &DataType::Date32)?];
        let (keys, periods) =
            period_keys(start.as_primitive::<Date32Type>().values(), end.as_primitive::<Date32Type>().values());
        dimensions.push(Dimension::periods(keys, &periods));
        true
    } else {
        false
    };
    for (field, column) in pairs.schema().fields().iter().zip(pairs.columns()) {
        let name = field.name().as_str();
        if reports.contains(&name) || (days && period.contains(&name)) || *column.data_type() == DataType::Null {
            continue;
        }
        let coded = encode(name, std::slice::from_ref(column))?;
        // A row without a code is in none.
        let none = coded.labels.len() as i32;
        let keys: Vec<i32> = coded.keys.iter().map(|key| if *key == NULL { none } else { *key }).collect();
        let nested = DIMENSIONS.iter().find(|one| **one == name && !is_printed(name) && !told(name));
        dimensions.push(match nested {
            Some(nested) if !matches!(*nested, "origin" | "destination") => {
                let labels: Vec<&str> = coded.labels.iter().map(String::as_str).chain([""]).collect();
                // Who is of either end is no foreigner to both.
                let own = |row: usize, key: i32| ends.iter().any(|end| end.label(row) == Some(labels[key as usize]));
                Dimension::with_own(nested, &[], keys, &labels, own)
            }
            _ => Dimension::plain(name, keys, coded.labels.len() + 1),
        });
    }
    let values = |name: &str| -> Result<Vec<Option<f64>>, Error> {
        match pairs.column_by_name(name) {
            Some(column) => {
                let column = cast(column, &DataType::Float64)?;
                Ok(column.as_primitive::<Float64Type>().iter().map(|one| one.filter(|one| !one.is_nan())).collect())
            }
            None => Ok(vec![None; rows]),
        }
    };
    let values = [values(reports[0])?, values(reports[1])?];
    Ok(Grid::new(dimensions, rows).map_or_else(|_| vec![false; rows], |grid| inside(&grid, &values)))
}
