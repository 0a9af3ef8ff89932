//! How many cells there are, what stands in them, how much of the value has no place, and how old it is.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{Field, Schema, UInt64Type};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Scan;
use super::scan::PIECE;
use crate::Error;
use crate::codes::area::{self, Kind};
use crate::codes::period;
use crate::column;
use crate::exact::ExactSum;
use crate::observation::{AREAS, DIMENSIONS, Observations, PRESENCE, is_printed};

/// One key a row and the labels that the keys stand for.
pub(super) struct Axis {
    /// A label a row.
    pub keys: Vec<u32>,
    /// What the keys stand for.
    pub labels: Vec<Option<String>>,
}

/// The rows that count: of the parts of one printed figure, the first.
fn first_of_figure(observations: &Observations) -> Option<Vec<bool>> {
    let figures = observations.figures();
    let shares = figures.column_by_name("share")?;
    let figure = figures.column_by_name("figure")?.as_primitive::<UInt64Type>();
    let mut seen = FxHashSet::default();
    let first = |row: usize| shares.is_null(row) || figure.is_null(row) || seen.insert(figure.value(row));
    Some((0..figures.num_rows()).map(first).collect())
}

/// A column of [`counts`].
pub(super) fn axis(scan: &Scan, name: &str) -> Result<Axis, Error> {
    let observations = scan.observations();
    let plain = |keys: &[i32], labels: Vec<String>| Axis {
        keys: keys.iter().map(|key| *key as u32).collect(),
        labels: labels.into_iter().map(Some).collect(),
    };
    match name {
        "reporter" => {
            let found = scan.reporters();
            let labels = found.codes.iter().map(|code| Some(code.clone()).filter(|code| !code.is_empty())).collect();
            Ok(Axis { keys: found.keys.clone(), labels })
        }
        "definition" => {
            let labels = (0..observations.definitions().len()).map(|key| key.to_string()).collect();
            Ok(plain(observations.definition_keys(), labels))
        }
        "measure" => {
            let labels: Vec<String> = observations
                .definitions()
                .iter()
                .map(|one| one.get("measure").unwrap_or_default().to_owned())
                .collect();
            let (distinct, lut) = column::unique(labels);
            let keys: Vec<i32> = observations.definition_keys().iter().map(|key| lut[*key as usize]).collect();
            Ok(plain(&keys, distinct))
        }
        "year" | "period" => {
            let (keys, periods) =
                crate::totals::period_keys(observations.dates("period_start"), observations.dates("period_end"));
            let label = |one: &period::Period| match name {
                // A year that is none of the calendar's is that in which it begins.
                "year" => period::start_year(*one).to_string(),
                _ => period::label(*one),
            };
            let (distinct, lut) = column::unique(periods.iter().map(label).collect());
            let keys: Vec<i32> = keys.into_iter().map(|key| lut[key as usize]).collect();
            Ok(plain(&keys, distinct))
        }
        _ => {
            let Some((keys, codes)) = observations.codes(name) else {
                return Err(Error::Schema(format!("the observations have no column of codes {name:?}")));
            };
            let blank = codes.len() as u32;
            let nulls = observations.figures()[name].nulls();
            let key = |(row, key): (usize, &i32)| {
                if nulls.is_some_and(|nulls| nulls.is_null(row)) { blank } else { *key as u32 }
            };
            let keys = keys.iter().enumerate().map(key).collect();
            Ok(Axis { keys, labels: codes.into_iter().map(|code| Some(code.to_owned())).chain([None]).collect() })
        }
    }
}

/// Cells by packed codes: how many of each kind of presence, and how many with a value.
type Counts = FxHashMap<u64, ([i64; PRESENCE.len()], i64)>;

/// How many cells there are by the columns named, and what stands in them: one row a combination that occurs, in the order
/// of the codes. The columns are dimensions, `reporter`, `year`, `period`, `measure`, `definition` or `basis`.
///
/// # Errors
/// [`Error::Schema`] for a column that is not there.
pub fn counts(scan: &Scan, names: &[String]) -> Result<RecordBatch, Error> {
    let axes = names.iter().map(|name| axis(scan, name)).collect::<Result<Vec<_>, _>>()?;
    let observations = scan.observations();
    let (presence, kinds) = observations.codes("presence").unwrap_or_default();
    let place: Vec<usize> =
        kinds.iter().map(|kind| PRESENCE.iter().position(|known| known == kind).unwrap_or_default()).collect();
    let first = first_of_figure(observations);
    let mut strides = Vec::new();
    let mut space = 1u64;
    for axis in &axes {
        strides.push(space);
        space = space.checked_mul(axis.labels.len().max(1) as u64).ok_or_else(|| {
            Error::Schema(format!("too many combinations of {} to count: name fewer columns", names.join(", ")))
        })?;
    }
    let pack = |row: usize| axes.iter().zip(&strides).map(|(axis, stride)| stride * u64::from(axis.keys[row])).sum();
    let rows = observations.len();
    let counts = (0..rows.div_ceil(PIECE))
        .into_par_iter()
        .fold(Counts::default, |mut counts, piece| {
            for row in piece * PIECE..rows.min((piece + 1) * PIECE) {
                if first.as_ref().is_none_or(|first| first[row]) {
                    let one = counts.entry(pack(row)).or_default();
                    one.0[place[presence[row] as usize]] += 1;
                    one.1 += i64::from(observations.has_value(row));
                }
            }
            counts
        })
        .reduce(Counts::default, |mut all, part| {
            for (key, part) in part {
                let one = all.entry(key).or_default();
                one.0.iter_mut().zip(part.0).for_each(|(all, part)| *all += part);
                one.1 += part.1;
            }
            all
        });
    let unpack = |key: u64| -> Vec<u32> {
        axes.iter()
            .zip(&strides)
            .map(|(axis, stride)| (key / stride % axis.labels.len().max(1) as u64) as u32)
            .collect()
    };
    let mut found: Vec<(Vec<u32>, _)> = counts.into_iter().map(|(key, counts)| (unpack(key), counts)).collect();
    found.sort_by_cached_key(|(key, _)| -> Vec<Option<String>> {
        key.iter().zip(&axes).map(|(key, axis)| axis.labels[*key as usize].clone()).collect()
    });
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let labels: Vec<Option<String>> =
            found.iter().map(|(key, _)| axes[at].labels[key[at] as usize].clone()).collect();
        columns.push((name.clone(), column::texts(&labels)));
    }
    let total = found.iter().map(|(_, (kinds, _))| kinds.iter().sum::<i64>());
    columns.push(("cells".into(), Arc::new(Int64Array::from_iter_values(total))));
    columns.push(("present".into(), Arc::new(Int64Array::from_iter_values(found.iter().map(|(_, one)| one.1)))));
    for (at, kind) in PRESENCE.iter().enumerate() {
        let times = Int64Array::from_iter_values(found.iter().map(|(_, (kinds, _))| kinds[at]));
        columns.push(((*kind).to_owned(), Arc::new(times)));
    }
    batch(columns)
}

pub(super) fn batch(columns: Vec<(String, ArrayRef)>) -> Result<RecordBatch, Error> {
    let field = |(name, column): &(String, ArrayRef)| Field::new(name, column.data_type().clone(), true);
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    Ok(RecordBatch::try_new(schema, columns.into_iter().map(|(_, column)| column).collect())?)
}

/// What a code stands for, by how well it says where or who.
fn place_of(dimension: &str, code: &str) -> usize {
    const OWN: usize = 0;
    const OTHER: usize = 1;
    const GROUP: usize = 2;
    const ALL: usize = 3;
    match code {
        "_T" => ALL,
        "_U" | "_O" | "_N" => OTHER,
        _ if AREAS.contains(&dimension) => match area::get(code).map(|one| one.kind) {
            Some(Kind::Residual) => OTHER,
            Some(Kind::Total) => ALL,
            Some(Kind::Country | Kind::Former) => OWN,
            // Regions, groups, also of one's own, and nationals and foreigners.
            Some(Kind::Aggregate) | None => GROUP,
        },
        _ => OWN,
    }
}

/// How much of the value of leaves is in categories of their own, in residuals (other, unknown), in groups and in totals only,
/// by measure, unit and dimension.
pub fn parts(scan: &Scan) -> Result<RecordBatch, Error> {
    let observations = scan.observations();
    let (leaves, values, keys) = (observations.leaves(), observations.values(), observations.definition_keys());
    let names: Vec<(String, String)> = observations
        .definitions()
        .iter()
        .map(|one| (one.get("measure").unwrap_or_default().to_owned(), one.unit().to_owned()))
        .collect();
    // What a group of countries reports is in what its members report.
    let left_out: Vec<bool> = scan.each_definition(|one| {
        let group = |code: &str| area::get(code).is_some_and(|one| one.kind == Kind::Aggregate);
        one.is_ratio() || one.get("reporter").is_some_and(group)
    });
    let mut measures: Vec<&(String, String)> = names.iter().collect();
    measures.sort();
    measures.dedup();
    let of: Vec<usize> = names.iter().map(|name| measures.binary_search(&name).unwrap_or_default()).collect();
    let mut out: Vec<(usize, &str, [ExactSum; 4])> = Vec::new();
    for name in DIMENSIONS.into_iter().filter(|name| !is_printed(name)) {
        let Some((codes, labels)) = observations.codes(name) else { continue };
        let places: Vec<usize> = labels.iter().map(|code| place_of(name, code)).collect();
        let nulls = observations.figures()[name].nulls();
        let empty = || vec![<[ExactSum; 4]>::default(); measures.len()];
        let merge = |mut all: Vec<[ExactSum; 4]>, part: Vec<[ExactSum; 4]>| {
            for (all, part) in all.iter_mut().zip(&part) {
                all.iter_mut().zip(part).for_each(|(all, part)| all.merge(part));
            }
            all
        };
        let sums = (0..keys.len().div_ceil(PIECE))
            .into_par_iter()
            .map(|piece| {
                let mut sums = empty();
                for row in piece * PIECE..keys.len().min((piece + 1) * PIECE) {
                    let definition = keys[row] as usize;
                    let blank = nulls.is_some_and(|nulls| nulls.is_null(row));
                    if leaves.value(row) && values.is_valid(row) && !left_out[definition] && !blank {
                        sums[of[definition]][places[codes[row] as usize]].add(values.value(row));
                    }
                }
                sums
            })
            .reduce(empty, merge);
        out.extend(sums.into_iter().enumerate().map(|(measure, sums)| (measure, name, sums)));
    }
    out.retain(|(_, _, sums)| sums.iter().any(|sum| !sum.is_zero()));
    let text = |of: &dyn Fn(&(usize, &str, [ExactSum; 4])) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(out.iter().map(of)))
    };
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("measure".into(), text(&|one| measures[one.0].0.clone())),
        ("unit".into(), text(&|one| measures[one.0].1.clone())),
        ("dimension".into(), text(&|one| one.1.to_owned())),
    ];
    for (at, name) in ["own", "residual", "group", "total"].into_iter().enumerate() {
        let sums = Float64Array::from_iter_values(out.iter().map(|(_, _, sums)| sums[at].value()));
        columns.push((name.into(), Arc::new(sums)));
    }
    batch(columns)
}

/// By definition and reporter: its first and last periods with a value, and how many figures there are.
pub fn latest(scan: &Scan) -> Result<RecordBatch, Error> {
    let observations = scan.observations();
    let (keys, reporters) = (observations.definition_keys(), scan.reporters());
    let (starts, ends) = (observations.dates("period_start"), observations.dates("period_end"));
    let mut found: FxHashMap<(i32, u32), (period::Period, period::Period, i64)> = FxHashMap::default();
    for row in (0..keys.len()).filter(|row| observations.has_value(*row)) {
        let one = period::Period { start: starts[row], end: ends[row] };
        let by_end = |one: &period::Period| (one.end, one.start);
        let known = found.entry((keys[row], reporters.keys[row])).or_insert((one, one, 0));
        known.0 = known.0.min(one);
        known.1 = if by_end(&known.1) < by_end(&one) { one } else { known.1 };
        known.2 += 1;
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable_by_key(|((definition, reporter), _)| (*definition, &reporters.codes[*reporter as usize]));
    let who =
        found.iter().map(|((_, who), _)| Some(reporters.codes[*who as usize].clone()).filter(|code| !code.is_empty()));
    let dates = |of: &dyn Fn(&(period::Period, period::Period, i64)) -> i32| -> ArrayRef {
        Arc::new(Date32Array::from_iter_values(found.iter().map(|(_, one)| of(one))))
    };
    let released = found.iter().map(|((definition, _), _)| {
        let stated = observations.definitions()[*definition as usize].get("release_date")?;
        period::instant(stated).ok().map(|one| one.start)
    });
    // The last day of a flow; the day of a stock.
    let last = |one: &period::Period| one.end - i32::from(!one.is_instant());
    let label = |of: &dyn Fn(&(period::Period, period::Period, i64)) -> period::Period| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(found.iter().map(|(_, one)| period::label(of(one)))))
    };
    batch(vec![
        (
            "definition".into(),
            Arc::new(Int32Array::from_iter_values(found.iter().map(|((definition, _), _)| *definition))),
        ),
        ("reporter".into(), column::texts(&who.collect::<Vec<_>>())),
        ("first".into(), label(&|one| one.0)),
        ("last".into(), label(&|one| one.1)),
        ("reference_end".into(), dates(&|one| last(&one.1))),
        ("release_date".into(), Arc::new(released.collect::<Date32Array>())),
        ("figures".into(), Arc::new(Int64Array::from_iter_values(found.iter().map(|(_, one)| one.2)))),
    ])
}
