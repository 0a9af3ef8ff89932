//! The account of a change, and what readers should know of it.

use super::{Done, How, Request, populations};
use crate::ledger::{Account, EXAMPLES, Example, Finding, Remainder, Severity, Tally};
use crate::observation::Observations;
use crate::regroup::METHODS;

/// One account for each old definition, counted from the rows that were replaced and those that replaced them.
pub(super) fn accounts(
    observations: &Observations,
    done: &Done,
    request: &Request,
    keys: &[Vec<i32>],
    out: &[Tally],
) -> Vec<Account> {
    let value = |row: u32| observations.has_value(row as usize).then(|| observations.values().value(row as usize));
    let of = |row: u32| observations.definition_keys()[row as usize] as usize;
    let what = |row: u32| populations::what(observations, row as usize);
    let ends = observations.definitions().iter().zip(observations.tally()).zip(keys);
    let mut accounts: Vec<Account> = ends
        .map(|((definition, taken), keys)| {
            let mut given = Tally::default();
            keys.iter().for_each(|key| given.merge(&out[*key as usize]));
            Account::open(definition, keys.clone(), taken, given)
        })
        .collect();
    for (rows, why) in &done.unfit {
        for row in rows {
            accounts[of(*row)].set_aside(why, u64::from(*row), || what(*row), value(*row));
        }
    }
    let mut adjusted = vec![Tally::default(); accounts.len()];
    for change in &done.changes {
        let key = of(change.rows[0]);
        let mut made = Tally::default();
        change.made.iter().for_each(|(_, _, figure)| made.add(Some(*figure).filter(|figure| !figure.is_nan())));
        if made.missing == 0 {
            change.rows.iter().for_each(|row| adjusted[key].add(value(*row)));
            adjusted[key].merge(&made.negative());
            continue;
        }
        // What was known and is not carried over, less what still could be told.
        let mut known = 0;
        for row in &change.rows {
            if let Some(figure) = value(*row) {
                known += 1;
                accounts[key].set_aside(BESIDE, u64::from(*row), || what(*row), Some(figure));
            } else {
                adjusted[key].add(None);
            }
        }
        let told = Tally { value: made.value.clone(), ..Tally::default() };
        if known > 0
            && let Some(aside) = accounts[key].set_aside.iter_mut().find(|aside| aside.reason == BESIDE)
        {
            aside.tally.merge(&told.negative());
        }
        adjusted[key].rows -= made.rows;
        adjusted[key].missing -= made.missing;
    }
    let method = name(request);
    let reason = match request.how {
        How::Regroup(_) => format!("age groups put into others (split by {method})"),
        How::Shift(to, _) => format!("ages {} turned into ages {} (split by {method})", to.other().name(), to.name()),
    };
    for (account, tally) in accounts.iter_mut().zip(adjusted) {
        account.adjustments.extend(Remainder::of(&reason, tally));
    }
    accounts
}

const BESIDE: &str = "in an age group that cannot be parted, for a figure beside it has no value";

fn name(request: &Request) -> &'static str {
    METHODS.iter().find(|(_, method)| *method == request.method).map_or("", |(name, _)| name)
}

/// What readers should know, each once.
pub(super) fn findings(observations: &Observations, done: &Done, request: &Request) -> Vec<Finding> {
    let method = name(request);
    let options = &request.options;
    let closed = options.open_to.map(|top| format!(", nobody of an open group older than {}", top.saturating_sub(1)));
    let spread = options.tail.map(|schedule| format!(", its ages as in the migration schedule {schedule}"));
    let assumed = [closed, spread].map(Option::unwrap_or_default).concat();
    let mut split = finding(Severity::Assumption, format!("figures split by {method}{assumed}"));
    let mut instead =
        finding(Severity::Warning, format!("figures split by monotone, where {method} gives some below zero"));
    let mut missing =
        finding(Severity::Warning, "figures without a value, for one that they depend on has none".to_owned());
    for change in &done.changes {
        let row = change.rows[0];
        for (_, _, figure) in &change.made {
            let figure = Some(*figure).filter(|figure| !figure.is_nan());
            let kind = match (figure, change.fell_back) {
                (None, _) => &mut missing,
                (Some(_), true) => &mut instead,
                (Some(_), false) if !change.adds => &mut split,
                _ => continue,
            };
            kind.tally.add(figure);
            if kind.examples.len() < EXAMPLES && kind.examples.last().is_none_or(|last| last.row != u64::from(row)) {
                let what = populations::what(observations, row as usize);
                kind.examples.push(Example { row: u64::from(row), what, value: figure });
            }
        }
    }
    [missing, instead, split].into_iter().filter(|finding| finding.tally.rows > 0).collect()
}

fn finding(severity: Severity, message: String) -> Finding {
    Finding { severity, message, tally: Tally::default(), examples: Vec::new() }
}
