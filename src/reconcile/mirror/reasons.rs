//! What makes pairs unlike, how many pairs that concerns, and what they amount to.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch};

use super::compare::Severity;
use super::join::Alone;
use super::periods::{remedy, told};
use super::side::Side;
use super::table::{Table, batch};
use crate::Error;
use crate::column::texts;
use crate::exact::ExactSum;

/// One reason: how grave it is, what it is about, what it says, and the definitions of both sides.
type Reason = (Rank, String, String, [Option<i32>; 2]);

/// The order of reasons: the gravest first, and what has no pair last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Of(Severity),
    NotPaired,
}

#[derive(Default)]
struct Sums {
    pairs: i64,
    values: [ExactSum; 2],
}

/// A row for each reason and pair of definitions. Values are of pairs that are no parts of others, so that nobody is
/// counted twice.
pub fn reasons(table: &Table<'_>) -> Result<RecordBatch, Error> {
    let mut found: BTreeMap<Reason, Sums> = BTreeMap::new();
    // By class and definitions first: what is to be said of them is written once. Of periods that differ there may be as
    // many as there are years: the first pair is the example.
    let mut classes: BTreeMap<_, (Sums, usize)> = BTreeMap::new();
    for (at, (pair, class)) in table.joined.pairs.iter().zip(&table.class_of).enumerate() {
        let side = usize::from(pair.reports[0].is_none());
        let alone = pair.alone.map_or(0, |alone| side * Alone::ALL.len() + alone as usize);
        let both = Side::BOTH.map(|side| table.definition(side, at));
        let key = (*class, alone, remedy(table.keys, pair), both);
        let (sums, _) = classes.entry(key).or_insert_with(|| (Sums::default(), at));
        sums.pairs += 1;
        if !table.part[at] {
            for side in Side::BOTH {
                table.values[side as usize][at].into_iter().for_each(|value| sums.values[side as usize].add(value));
            }
        }
    }
    let mut add = |reason: Reason, sums: &Sums| {
        let all = found.entry(reason).or_default();
        all.pairs += sums.pairs;
        all.values.iter_mut().zip(&sums.values).for_each(|(all, some)| all.merge(some));
    };
    for ((class, alone, _, both), (sums, first)) in &classes {
        match usize::try_from(*class) {
            Ok(class) => {
                for item in &table.classes[class].1 {
                    let said = (Rank::Of(item.severity), item.aspect.clone(), item.says.clone(), *both);
                    add(said, sums);
                }
            }
            Err(_) => {
                let side = Side::BOTH[alone / Alone::ALL.len()];
                let periods = told(table.keys, &table.joined.pairs[*first]);
                let such = periods.map_or_else(String::new, |told| format!(", such as {told}"));
                let said = Alone::ALL[alone % Alone::ALL.len()].said(side) + &such;
                add((Rank::NotPaired, "pairing".to_owned(), said, *both), sums);
            }
        }
    }
    let rows = || found.iter();
    let text = |of: &dyn Fn(&Reason) -> String| texts(&rows().map(|(reason, _)| Some(of(reason))).collect::<Vec<_>>());
    let key = |side: Side| -> ArrayRef {
        Arc::new(rows().map(|(reason, _)| reason.3[side as usize]).collect::<Int32Array>())
    };
    let value = |side: Side| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows().map(|(_, sums)| sums.values[side as usize].value())))
    };
    let rank = |reason: &Reason| match reason.0 {
        Rank::Of(severity) => severity.name(),
        Rank::NotPaired => "not paired",
    };
    batch(vec![
        ("severity".into(), text(&|reason| rank(reason).to_owned())),
        ("aspect".into(), text(&|reason| reason.1.clone())),
        ("says".into(), text(&|reason| reason.2.clone())),
        ("inflow_definition".into(), key(Side::Receiving)),
        ("outflow_definition".into(), key(Side::Sending)),
        ("pairs".into(), Arc::new(rows().map(|(_, sums)| sums.pairs).collect::<Int64Array>())),
        ("inflow".into(), value(Side::Receiving)),
        ("outflow".into(), value(Side::Sending)),
    ])
}
