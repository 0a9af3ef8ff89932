//! Part of a table of observations, or several tables in one.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch, UInt32Array, new_null_array};
use arrow::compute::{cast, concat, filter_record_batch};
use arrow::datatypes::{DataType, Field, Float64Type, Schema};
use rayon::prelude::*;

use crate::Error;
use crate::codes::area;
use crate::codes::area::groups::{self, Placement};
use crate::codes::period::{self, Period};
use crate::column::{self, Coded};
use crate::definition::Definition;
use crate::error::near;
use crate::ledger::{Account, Ledger, Remainder, Step, Tally};
use crate::observation::{AREAS, COLUMNS, Kind, Observations, tally_leaves, tally_rows};
use crate::totals::{grid, period_keys};

/// What is wanted: a column, `year`, `period`, `definition` or a field of the definitions -> the values allowed.
pub type Conditions = BTreeMap<String, Vec<String>>;

/// The figures that satisfy all conditions.
///
/// Where a definition keeps none of its leaves, the finest of its figures that remain become its leaves.
///
/// # Errors
/// [`Error::Schema`] for a condition on nothing, [`Error::Code`] for a value that its column cannot have.
pub fn select(observations: &Observations, conditions: &Conditions) -> Result<Observations, Error> {
    let mut keep = vec![true; observations.len()];
    for (name, wanted) in conditions {
        let holds = condition(observations, name, wanted)?;
        keep.par_iter_mut().zip(holds).for_each(|(keep, holds)| *keep &= holds);
    }
    select_rows(observations, &keep)
}

fn select_rows(observations: &Observations, keep: &[bool]) -> Result<Observations, Error> {
    let mask = BooleanArray::from(keep.to_vec());
    let figures = filter_record_batch(observations.figures(), &mask)?;
    let count = observations.definitions().len();
    let mut accounts = account(observations, keep, &tally_leaves(&figures, count));
    let ledger = observations.ledger().clone();
    let blank = Ledger::default();
    let raw = Observations::made(observations.definitions().to_vec(), figures.clone(), blank)?;
    let figures = promote(&raw, observations, &mut accounts)?;
    let mut ledger = ledger;
    ledger.steps.push(Step { operation: "where".to_owned(), accounts, findings: Vec::new() });
    Observations::made(observations.definitions().to_vec(), figures, ledger)
}

fn account(observations: &Observations, keep: &[bool], out: &[Tally]) -> Vec<Account> {
    let (keys, values, leaves) = (observations.definition_keys(), observations.values(), observations.leaves());
    let lost = tally_rows(keep.len(), out.len(), |row| {
        let value = || values.is_valid(row).then(|| values.value(row));
        (leaves.value(row) && !keep[row]).then(|| (keys[row] as usize, value()))
    });
    let ends = observations.tally().into_iter().zip(out).zip(lost);
    ends.enumerate()
        .map(|(key, ((taken, out), lost))| {
            let definition = &observations.definitions()[key];
            let mut account = opening(definition, key, taken, out.clone());
            if lost.rows > 0 {
                account.set_aside.push(Remainder { reason: "not selected".into(), tally: lost, examples: vec![] });
            }
            account
        })
        .collect()
}

fn opening(definition: &Definition, key: usize, taken: Tally, out: Tally) -> Account {
    let (title, unit) = (definition.title(), definition.unit().to_owned());
    Account { definitions: vec![key as i32], title, unit, taken, out, ..Account::default() }
}

/// Gives leaves to definitions that a selection left without any.
fn promote(raw: &Observations, before: &Observations, accounts: &mut [Account]) -> Result<RecordBatch, Error> {
    let here = raw.tally();
    let mut rows = vec![0usize; here.len()];
    raw.definition_keys().iter().for_each(|key| rows[*key as usize] += 1);
    let bare: Vec<bool> = (0..here.len()).map(|key| here[key].rows == 0 && rows[key] > 0).collect();
    if !bare.contains(&true) || before.is_empty() {
        return Ok(raw.figures().clone());
    }
    let (grid, group) = grid(raw)?;
    let values = raw.values();
    let found = grid.leaves(|row| values.is_valid(row), &group);
    let keys = raw.definition_keys();
    let leaf: Vec<bool> = (0..raw.len())
        .map(|row| if bare[keys[row] as usize] { found.leaf[row] } else { raw.leaves().value(row) })
        .collect();
    let promoted = tally_rows(raw.len(), here.len(), |row| {
        let value = || values.is_valid(row).then(|| values.value(row));
        (bare[keys[row] as usize] && found.leaf[row]).then(|| (keys[row] as usize, value()))
    });
    let figures = with_leaves(raw.figures(), leaf)?;
    let out = tally_leaves(&figures, here.len());
    for ((account, promoted), out) in accounts.iter_mut().zip(promoted).zip(out) {
        if promoted.rows > 0 {
            let mut tally = Tally { rows: -promoted.rows, missing: -promoted.missing, value: promoted.value };
            tally.value.negate();
            account.out = out;
            let reason = "totals selected without their parts".to_owned();
            account.adjustments.push(Remainder { reason, tally, examples: vec![] });
        }
    }
    Ok(figures)
}

fn with_leaves(figures: &RecordBatch, leaf: Vec<bool>) -> Result<RecordBatch, Error> {
    let at = figures.schema().index_of("leaf")?;
    let mut columns = figures.columns().to_vec();
    columns[at] = Arc::new(BooleanArray::from(leaf));
    Ok(RecordBatch::try_new(figures.schema(), columns)?)
}

fn condition(observations: &Observations, name: &str, wanted: &[String]) -> Result<Vec<bool>, Error> {
    let rows = observations.len();
    let parse = |text: &String, what: &str| -> Result<i32, Error> {
        text.parse().map_err(|_| Error::Code(format!("{name}={text:?}: expected {what}")))
    };
    match name {
        "year" => {
            let years = wanted.iter().map(|year| parse(year, "a year")).collect::<Result<Vec<_>, _>>()?;
            by_period(observations, |one| year_of(one).is_some_and(|year| years.contains(&year)))
        }
        "period" => {
            let periods = wanted.iter().map(|label| period::parse(label)).collect::<Result<Vec<_>, _>>()?;
            by_period(observations, |one| periods.contains(&one))
        }
        "leaf" => {
            let want: Vec<bool> = wanted.iter().map(|text| text.eq_ignore_ascii_case("true")).collect();
            let leaves = observations.leaves();
            Ok((0..rows).map(|row| want.contains(&leaves.value(row))).collect())
        }
        "definition" => {
            let keys = wanted.iter().map(|key| parse(key, "the key of a definition")).collect::<Result<Vec<_>, _>>()?;
            Ok(observations.definition_keys().iter().map(|key| keys.contains(key)).collect())
        }
        _ if Definition::has(name) => {
            let allowed = |one: &Definition| wanted.iter().any(|value| one.get(name) == Some(value.as_str()));
            let allowed: Vec<bool> = observations.definitions().iter().map(allowed).collect();
            Ok(observations.definition_keys().iter().map(|key| allowed[*key as usize]).collect())
        }
        _ if COLUMNS.iter().any(|(column, kind, _)| *column == name && *kind == Kind::Code) => {
            by_code(observations, name, wanted)
        }
        _ => {
            let columns = COLUMNS.iter().filter(|(_, kind, _)| *kind == Kind::Code).map(|(column, _, _)| *column);
            let all: Vec<&str> =
                columns.chain(["year", "period", "leaf", "definition"]).chain(Definition::fields()).collect();
            Err(Error::Schema(format!("nothing is called {name:?}{}", near(name, &all))))
        }
    }
}

/// The year of a calendar year or of an instant.
pub fn year_of(one: Period) -> Option<i32> {
    if one.is_instant() { Some(period::start_year(one)) } else { period::calendar_year(one) }
}

fn by_period(observations: &Observations, wanted: impl Fn(Period) -> bool) -> Result<Vec<bool>, Error> {
    let (keys, periods) = period_keys(observations.dates("period_start"), observations.dates("period_end"));
    let wanted: Vec<bool> = periods.into_iter().map(wanted).collect();
    Ok(keys.into_iter().map(|key| wanted[key as usize]).collect())
}

fn by_code(observations: &Observations, name: &str, wanted: &[String]) -> Result<Vec<bool>, Error> {
    let rows = observations.len();
    let Some((keys, codes)) = observations.codes(name) else { return Ok(vec![false; rows]) };
    let nulls = observations.figures()[name].nulls();
    let present = |row: usize| !nulls.is_some_and(|nulls| nulls.is_null(row));
    let mut same = vec![false; codes.len()];
    let mut groups = Vec::new();
    for value in wanted {
        match codes.iter().position(|code| code == value) {
            Some(at) => same[at] = true,
            None if AREAS.contains(&name) && area::get(value).is_none() => groups.push(groups::group(value)?),
            None if observation_code(name, value) => {}
            None => {
                return Err(Error::Code(format!("{name}={value:?} is not a code of it{}", near(value, &codes))));
            }
        }
    }
    if groups.is_empty() {
        return Ok((0..rows).map(|row| present(row) && same[keys[row] as usize]).collect());
    }
    let (when, periods) = period_keys(observations.dates("period_start"), observations.dates("period_end"));
    let inside: Vec<Vec<bool>> = codes
        .iter()
        .zip(&same)
        .map(|(code, same)| {
            let member = |one: &Period| {
                let year = Some(period::start_year(*one));
                *same || groups.iter().any(|group| groups::contains(group, code, year) == Placement::Inside)
            };
            periods.iter().map(member).collect()
        })
        .collect();
    Ok((0..rows).map(|row| present(row) && inside[keys[row] as usize][when[row] as usize]).collect())
}

/// Is it a code that the column could have had?
fn observation_code(name: &str, code: &str) -> bool {
    crate::observation::known(name, code) && !matches!(name, "skill" | "skill_printed" | "education" | "occupation")
}

/// Several tables in one; equal definitions become one.
///
/// # Errors
/// [`Error::Schema`] if two tables hold the same figure of one definition.
pub fn concatenate(parts: &[Observations]) -> Result<Observations, Error> {
    let mut definitions: Vec<Definition> = Vec::new();
    let mut ledger = Ledger::default();
    let mut keys = Vec::new();
    let mut origin = Vec::new();
    let mut shared = false;
    let mut taken: Vec<Tally> = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let known = definitions.len();
        let lut: Vec<i32> = part
            .definitions()
            .iter()
            .map(|one| {
                let at = definitions.iter().position(|other| other == one).unwrap_or_else(|| {
                    definitions.push(one.clone());
                    definitions.len() - 1
                });
                shared |= at < known;
                at as i32
            })
            .collect();
        taken.resize(definitions.len(), Tally::default());
        part.tally().iter().zip(&lut).for_each(|(tally, key)| taken[*key as usize].merge(tally));
        keys.extend(part.definition_keys().iter().map(|key| lut[*key as usize]));
        origin.extend(std::iter::repeat_n(number, part.len()));
        ledger.steps.extend(part.ledger().steps.iter().cloned());
    }
    let mut figures = stack(parts, keys)?;
    let mut dropped = vec![Tally::default(); definitions.len()];
    if shared {
        let whole = Observations::made(definitions.clone(), figures.clone(), Ledger::default())?;
        let (grid, group) = grid(&whole)?;
        if let Some((row, earlier)) = grid.duplicates().into_iter().find(|(row, other)| origin[*row] != origin[*other]) {
            return Err(Error::Schema(format!(
                "tables {} and {} hold the same figure ({}); take it out of one of them with where()",
                origin[earlier],
                origin[row],
                definitions[group[row] as usize].title()
            )));
        }
        let values = whole.values();
        let found = grid.leaves(|row| values.is_valid(row), &group);
        let leaf = |row: usize| whole.leaves().value(row) && found.leaf[row];
        let keys = whole.definition_keys();
        dropped = tally_rows(whole.len(), definitions.len(), |row| {
            let value = || values.is_valid(row).then(|| values.value(row));
            (whole.leaves().value(row) && !leaf(row)).then(|| (keys[row] as usize, value()))
        });
        figures = with_leaves(&figures, (0..whole.len()).map(leaf).collect())?;
    }
    let out = tally_leaves(&figures, definitions.len());
    let accounts = taken.into_iter().zip(out).zip(dropped).enumerate().map(|(key, ((taken, out), dropped))| {
        let mut account = opening(&definitions[key], key, taken, out);
        if dropped.rows > 0 {
            let reason = "total, kept beside its parts".to_owned();
            account.set_aside.push(Remainder { reason, tally: dropped, examples: vec![] });
        }
        account
    });
    ledger.steps.push(Step { operation: "concat".into(), accounts: accounts.collect(), findings: Vec::new() });
    Observations::made(definitions, figures, ledger)
}

/// Columns under one another; a column that a part lacks is empty there.
fn stack(parts: &[Observations], keys: Vec<i32>) -> Result<RecordBatch, Error> {
    let rows = keys.len();
    let mut out = crate::observation::Builder::default();
    let has = |name: &str| parts.iter().any(|part| part.figures().column_by_name(name).is_some());
    for (name, kind, _) in COLUMNS.iter().filter(|(name, _, _)| *name != "definition" && has(name)) {
        let pieces: Vec<ArrayRef> = parts
            .iter()
            .map(|part| {
                let found = part.figures().column_by_name(name).cloned();
                found.unwrap_or_else(|| new_null_array(&kind.data_type(), part.len()))
            })
            .collect();
        let column = match kind {
            Kind::Code => column::encode(name, &pieces)?.into_array(),
            _ if *name == "figure" => figures(parts)?,
            _ if *name == "share" => shares(parts)?,
            _ => concat(&pieces.iter().map(AsRef::as_ref).collect::<Vec<_>>())?,
        };
        out.set(name, column);
    }
    out.definitions(keys);
    out.finish(rows)
}

/// Numbers of printed figures stay apart: each part's begin after those of the parts before.
fn figures(parts: &[Observations]) -> Result<ArrayRef, Error> {
    let (mut all, mut base) = (Vec::new(), 0u64);
    for part in parts {
        let column = part.figures().column_by_name("figure").map(|c| cast(c, &DataType::UInt64)).transpose()?;
        let numbers: Vec<u64> = match column {
            Some(column) => column.as_primitive::<arrow::datatypes::UInt64Type>().values().to_vec(),
            None => (0..part.len() as u64).collect(),
        };
        let next = numbers.iter().max().map_or(0, |max| max + 1);
        all.extend(numbers.into_iter().map(|number| number + base));
        base += next;
    }
    Ok(Arc::new(arrow::array::UInt64Array::from(all)))
}

fn shares(parts: &[Observations]) -> Result<ArrayRef, Error> {
    let mut all = Vec::new();
    for part in parts {
        match part.figures().column_by_name("share") {
            Some(column) => all.extend(column.as_primitive::<Float64Type>().iter().map(|share| share.unwrap_or(1.0))),
            None => all.extend(std::iter::repeat_n(1.0, part.len())),
        }
    }
    Ok(Arc::new(Float64Array::from(all)))
}

/// Every printed total beside the sum of its parts, as a table: the codes of the total, what was printed, what its parts
/// add up to, and whether they agree. Totals that are printed for other combinations but not for these are `absent`.
pub fn printed_totals(observations: &Observations) -> Result<RecordBatch, Error> {
    let (grid, _) = grid(observations)?;
    let values = observations.values();
    let value = |row: usize| values.is_valid(row).then(|| values.value(row));
    let leaf: Vec<bool> = observations.leaves().values().iter().collect();
    let names: Vec<&str> = observations.definitions().iter().map(|one| one.get("breakdown").unwrap_or("")).collect();
    let mut distinct: Vec<&str> = names.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let of: Vec<u32> = observations
        .definition_keys()
        .iter()
        .map(|key| distinct.binary_search(&names[*key as usize]).unwrap_or_default() as u32)
        .collect();
    let mut found = grid.printed(&leaf, &of, value, true);
    found.sort_by_key(|one| (!one.printed, one.row, one.breakdown));
    let rows = UInt32Array::from_iter_values(found.iter().map(|one| one.row as u32));
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    let take = |name: &str| arrow::compute::take(&observations.figures()[name], &rows, None);
    columns.push(("definition".into(), take("definition")?));
    for (name, kind, _) in COLUMNS.iter().filter(|(name, _, _)| observations.figures().column_by_name(name).is_some()) {
        match kind {
            Kind::Date => columns.push(((*name).into(), take(name)?)),
            Kind::Code if crate::observation::DIMENSIONS.contains(name) => {
                // A total that is not printed has no row of its own: it is `_T` in what it would sum over.
                let own = take(name)?;
                let coded = column::encode(name, &[own])?;
                let cells = (0..found.len()).map(|at| {
                    let absent = !found[at].printed && found[at].over.iter().any(|over| over == name);
                    if absent { Some("_T".to_owned()) } else { coded.label(at).map(str::to_owned) }
                });
                columns.push(((*name).into(), encode_cells(cells.collect())));
            }
            _ => {}
        }
    }
    let over = found.iter().map(|one| Some(one.over.iter().filter(|o| *o != "skill_printed").cloned().collect::<Vec<_>>().join(", ")));
    let stated = |one: &crate::totals::Printed| if one.printed { value(one.row) } else { None };
    let state = found.iter().map(|one| {
        Some(match (one.printed, stated(one)) {
            (false, _) => "absent",
            (true, None) => "blank",
            (true, Some(printed)) if agree(printed, one.computed) => "agrees",
            _ => "differs",
        })
    });
    let state: Vec<Option<String>> = state.map(|state| state.map(str::to_owned)).collect();
    columns.push(("over".into(), encode_cells(over.collect())));
    columns.push(("printed".into(), Arc::new(found.iter().map(stated).collect::<Float64Array>())));
    columns.push(("computed".into(), Arc::new(Float64Array::from_iter_values(found.iter().map(|one| one.computed)))));
    let difference = found.iter().map(|one| stated(one).map(|printed| printed - one.computed));
    columns.push(("difference".into(), Arc::new(difference.collect::<Float64Array>())));
    let count = |of: fn(&crate::totals::Printed) -> u64| {
        Arc::new(arrow::array::Int64Array::from_iter_values(found.iter().map(|one| of(one) as i64))) as ArrayRef
    };
    columns.push(("parts".into(), count(|one| one.parts)));
    columns.push(("missing".into(), count(|one| one.missing)));
    columns.push(("state".into(), encode_cells(state)));
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(name, column.data_type().clone(), true)).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, column)| column).collect())?)
}

/// Whole numbers agree when they are equal; fractions, when they differ by no more than rounding of the sum.
fn agree(printed: f64, computed: f64) -> bool {
    let whole = printed.fract() == 0.0 && computed.fract() == 0.0;
    let gap = (printed - computed).abs();
    if whole { gap == 0.0 } else { gap <= 1e-9 * printed.abs().max(computed.abs()) }
}

fn encode_cells(cells: Vec<Option<String>>) -> ArrayRef {
    let (labels, keys) = column::unique(cells.iter().flatten().cloned().collect());
    let mut keys = keys.into_iter();
    let keys = cells.iter().map(|cell| cell.as_ref().and_then(|_| keys.next()).unwrap_or(column::NULL)).collect();
    Coded { keys, labels }.into_array()
}
