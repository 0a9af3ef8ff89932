//! Printed totals beside the sums of their parts.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{Field, Schema};

use crate::Error;
use crate::column::{self, Coded};
use crate::definition::Definition;
use crate::exact::ExactSum;
use crate::observation::{COLUMNS, DIMENSIONS, Kind, Observations, is_printed};
use crate::totals::{Lists, Margin, Printed, grid};

/// Every printed total beside the sum of its parts, as a table: the codes of the total, what was printed, what its parts
/// add up to, and whether they agree. Totals that are printed for other combinations but not for these are `absent`.
pub fn printed_totals(observations: &Observations) -> Result<RecordBatch, Error> {
    let (grid, _) = grid(observations)?;
    let values = observations.values();
    let value = |row: usize| values.is_valid(row).then(|| values.value(row));
    let leaf: Vec<bool> = observations.leaves().values().iter().collect();
    let breakdown = breakdowns(observations);
    let of: Vec<u32> = observations.definition_keys().iter().map(|key| breakdown[*key as usize]).collect();
    let lists = Lists::of(observations);
    let mut found = grid.printed(&leaf, &of, value, |total, part| lists.hold(total, part), true);
    // Percentages have no sum that a total could agree with.
    let ratio: Vec<bool> = observations.definitions().iter().map(Definition::is_ratio).collect();
    found.retain(|one| !ratio[observations.definition_keys()[one.row] as usize]);
    found.sort_by_key(|one| (!one.printed, one.row, one.breakdown));
    let rows = UInt32Array::from_iter_values(found.iter().map(|one| one.row as u32));
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    let take = |name: &str| take(&observations.figures()[name], &rows, None);
    columns.push(("definition".into(), take("definition")?));
    for (name, kind, _) in COLUMNS.iter().filter(|(name, _, _)| observations.figures().column_by_name(name).is_some()) {
        match kind {
            Kind::Date => columns.push(((*name).into(), take(name)?)),
            Kind::Code if DIMENSIONS.contains(name) => {
                // A total that is not printed has no row of its own: it is `_T` in what it would sum over.
                let own = take(name)?;
                let coded = column::encode(name, &[own])?;
                let cells = (0..found.len()).map(|at| {
                    let absent = !found[at].printed && found[at].over.iter().any(|over| over == name);
                    if absent { Some("_T".to_owned()) } else { coded.label(at).map(str::to_owned) }
                });
                columns.push(((*name).into(), encode_cells(&cells.collect::<Vec<_>>())));
            }
            _ => {}
        }
    }
    let over = found
        .iter()
        .map(|one| Some(one.over.iter().filter(|name| !is_printed(name)).cloned().collect::<Vec<_>>().join(", ")));
    // Totals of records that are to be added are added like them.
    let stated = |one: &Printed| {
        let all: Option<Vec<f64>> = one.twins.iter().map(|row| value(*row)).collect();
        all.filter(|all| !all.is_empty()).map(|all| all.into_iter().collect::<ExactSum>().value())
    };
    let state = found.iter().map(|one| {
        Some(match (one.printed, stated(one)) {
            (false, _) => "absent",
            (true, None) => "blank",
            (true, Some(printed)) if agree(printed, one.computed) => "agrees",
            _ => "differs",
        })
    });
    let state: Vec<Option<String>> = state.map(|state| state.map(str::to_owned)).collect();
    columns.push(("over".into(), encode_cells(&over.collect::<Vec<_>>())));
    columns.push(("printed".into(), Arc::new(found.iter().map(stated).collect::<Float64Array>())));
    columns.push(("computed".into(), Arc::new(Float64Array::from_iter_values(found.iter().map(|one| one.computed)))));
    let difference = found.iter().map(|one| stated(one).map(|printed| printed - one.computed));
    columns.push(("difference".into(), Arc::new(difference.collect::<Float64Array>())));
    let count = |of: fn(&Printed) -> u64| {
        Arc::new(Int64Array::from_iter_values(found.iter().map(|one| of(one) as i64))) as ArrayRef
    };
    columns.push(("parts".into(), count(|one| one.parts)));
    columns.push(("missing".into(), count(|one| one.missing)));
    columns.push(("state".into(), encode_cells(&state)));
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(name, column.data_type().clone(), true)).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, column)| column).collect())?)
}

/// The breakdown of each definition, as a number.
fn breakdowns(observations: &Observations) -> Vec<u32> {
    let names: Vec<&str> = observations.definitions().iter().map(|one| one.get("breakdown").unwrap_or("")).collect();
    let mut distinct: Vec<&str> = names.clone();
    distinct.sort_unstable();
    distinct.dedup();
    names.iter().map(|name| distinct.binary_search(name).unwrap_or_default() as u32).collect()
}

/// A total that was printed with a value, beside its parts.
pub struct Checked {
    /// Its first row, and what its parts add up to.
    pub margin: Margin,
    /// What was printed: totals of records that are to be added are added like them.
    pub stated: f64,
    /// Are the two the same?
    pub agrees: bool,
}

/// Printed totals beside the sums of their parts, where they are totals over more than the dimensions named; of definitions
/// whose figures add up.
pub fn checked(observations: &Observations, except: &[&str]) -> Result<Vec<Checked>, Error> {
    let (grid, _) = grid(observations)?;
    let names = grid.mixed_names();
    let others = (0..names.len()).filter(|d| !except.contains(&names[*d])).fold(0, |mask, d| mask | 1 << d);
    if others == 0 {
        return Ok(Vec::new());
    }
    let (values, keys, breakdown) = (observations.values(), observations.definition_keys(), breakdowns(observations));
    let ratio: Vec<bool> = observations.definitions().iter().map(Definition::is_ratio).collect();
    let value = |row: usize| values.is_valid(row).then(|| values.value(row));
    let leaf: Vec<bool> = observations.leaves().values().iter().collect();
    let wanted = |row: usize, mask: u32| mask & others != 0 && values.is_valid(row) && !ratio[keys[row] as usize];
    let lists = Lists::of(observations);
    let holds = |total: usize, part: usize| lists.hold(total, part);
    let margins = grid.margins(&leaf, |row| breakdown[keys[row] as usize], value, wanted, holds);
    let check = |margin: &Margin| {
        let stated = margins.rows(margin).filter_map(|row| value(row as usize)).collect::<ExactSum>().value();
        Checked { margin: *margin, stated, agrees: agree(stated, margin.computed) }
    };
    Ok(margins.found.iter().filter(|one| one.over & others != 0).map(check).collect())
}

/// Whole numbers agree when they are equal; fractions, when they differ by no more than rounding of the sum.
fn agree(printed: f64, computed: f64) -> bool {
    let whole = printed.fract() == 0.0 && computed.fract() == 0.0;
    let gap = (printed - computed).abs();
    if whole { gap == 0.0 } else { gap <= 1e-9 * printed.abs().max(computed.abs()) }
}

fn encode_cells(cells: &[Option<String>]) -> ArrayRef {
    let (labels, keys) = column::unique(cells.iter().flatten().cloned().collect());
    let mut keys = keys.into_iter();
    let keys = cells.iter().map(|cell| cell.as_ref().and_then(|_| keys.next()).unwrap_or(column::NULL)).collect();
    Coded { keys, labels }.into_array()
}
