//! How far the reports of each office are from those of its partners.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch};
use arrow::datatypes::Float64Type;

use super::side::Side;
use super::table::batch;
use crate::Error;
use crate::column::{codes, texts};
use crate::exact::ExactSum;

#[derive(Default)]
struct Sums {
    pairs: i64,
    values: [ExactSum; 2],
    apart: ExactSum,
    ratios: Vec<f64>,
}

/// Adds up pairs by family, reporter and direction: those with both values that no other pair contains.
///
/// # Errors
/// [`Error::Schema`] where the table is not one of pairs.
pub fn by_reporter(pairs: &RecordBatch, comparable_only: bool) -> Result<RecordBatch, Error> {
    let column = |name: &str| {
        pairs.column_by_name(name).ok_or_else(|| Error::Schema(format!("the table of pairs has no column {name:?}")))
    };
    let code = |name: &str| codes(column(name)?).map(|(keys, _, codes)| (keys, codes));
    let number = |name: &str| Ok::<_, Error>(column(name)?.as_primitive::<Float64Type>());
    let (families, origins, destinations) = (code("family")?, code("origin")?, code("destination")?);
    let values = [number("inflow")?, number("outflow")?];
    let ratios = number("log_ratio")?;
    let (part, comparable) = (column("part")?.as_boolean(), column("comparable")?.as_boolean());
    let mut found: BTreeMap<(&str, &str, Side), Sums> = BTreeMap::new();
    for row in 0..pairs.num_rows() {
        let fine = !comparable_only || (comparable.is_valid(row) && comparable.value(row));
        if part.value(row) || !fine || values.iter().any(|one| one.is_null(row)) {
            continue;
        }
        let both = values.map(|one| one.value(row));
        let label = |(keys, _): &(&[i32], Vec<&'_ str>)| keys[row] as usize;
        let family = families.1[label(&families)];
        for (side, ends) in [(Side::Receiving, &destinations), (Side::Sending, &origins)] {
            let sums = found.entry((family, ends.1[label(ends)], side)).or_default();
            sums.pairs += 1;
            sums.values.iter_mut().zip(both).for_each(|(sum, value)| sum.add(value));
            sums.apart.add((both[0] - both[1]).abs());
            if ratios.is_valid(row) {
                sums.ratios.push(ratios.value(row));
            }
        }
    }
    let rows = || found.iter();
    let text =
        |of: &dyn Fn(&(&str, &str, Side)) -> String| texts(&rows().map(|(key, _)| Some(of(key))).collect::<Vec<_>>());
    let floats = |of: &dyn Fn(&Sums) -> Option<f64>| -> ArrayRef {
        Arc::new(rows().map(|(_, sums)| of(sums)).collect::<Float64Array>())
    };
    let whole =
        |of: fn(&Sums) -> i64| -> ArrayRef { Arc::new(rows().map(|(_, sums)| of(sums)).collect::<Int64Array>()) };
    batch(vec![
        ("family".into(), text(&|key| key.0.to_owned())),
        ("reporter".into(), text(&|key| key.1.to_owned())),
        ("direction".into(), text(&|key| key.2.name().to_owned())),
        ("pairs".into(), whole(|sums| sums.pairs)),
        ("inflow".into(), floats(&|sums| Some(sums.values[0].value()))),
        ("outflow".into(), floats(&|sums| Some(sums.values[1].value()))),
        ("asymmetry".into(), floats(&asymmetry)),
        ("log_ratios".into(), whole(|sums| sums.ratios.len() as i64)),
        ("median_log_ratio".into(), floats(&|sums| median(sums.ratios.clone()))),
        (
            "mad_log_ratio".into(),
            floats(&|sums| {
                let middle = median(sums.ratios.clone())?;
                median(sums.ratios.iter().map(|one| (one - middle).abs()).collect())
            }),
        ),
    ])
}

/// `sum |I - E| / (sum (I + E) / 2)`.
fn asymmetry(sums: &Sums) -> Option<f64> {
    let mut both = sums.values[0].clone();
    both.merge(&sums.values[1]);
    let mean = both.value() / 2.0;
    (mean > 0.0).then(|| sums.apart.value() / mean)
}

fn median(mut each: Vec<f64>) -> Option<f64> {
    each.sort_unstable_by(f64::total_cmp);
    let half = each.len() / 2;
    match each.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(each[half]),
        _ => Some(each[half - 1] / 2.0 + each[half] / 2.0),
    }
}
