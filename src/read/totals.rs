//! What a publisher's totals are worth: those that are not the sum of their parts are told.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Float64Type, Int64Type};

use crate::Error;
use crate::codes::area::groups::Membership;
use crate::codes::period;
use crate::column::codes;
use crate::ledger::{EXAMPLES, Example, Finding, Severity, Tally};
use crate::observation::{AREAS, DIMENSIONS, Observations};
use crate::printed::printed_totals;

/// Tables of more figures are not added up again while they are read: `printed_totals` does it when asked.
const LARGE: usize = 250_000;

/// Printed totals that differ from the sum of their parts, the largest differences first.
///
/// # Errors
/// Of [`printed_totals`].
pub fn tell(figures: &Observations) -> Result<Option<Finding>, Error> {
    if figures.len() > LARGE {
        return Ok(None);
    }
    let table = printed_totals(figures)?;
    let (keys, _, states) = codes(&table["state"])?;
    let is = |row: usize, state: &str| states[keys[row] as usize] == state;
    let dated = dated(&table)?;
    let differs = |row: &usize| is(*row, "differs");
    let (later, mut wrong): (Vec<usize>, Vec<usize>) =
        (0..table.num_rows()).filter(differs).partition(|row| dated[*row]);
    let agree = (0..table.num_rows()).filter(|row| is(*row, "agrees") && !dated[*row]).count();
    let compared = wrong.len() + agree;
    if wrong.is_empty() && later.is_empty() {
        return Ok(None);
    }
    let difference = table["difference"].as_primitive::<Float64Type>();
    wrong.sort_by(|a, b| difference.value(*b).abs().total_cmp(&difference.value(*a).abs()).then(a.cmp(b)));
    let examples = wrong.iter().take(EXAMPLES).map(|row| example(&table, *row)).collect::<Result<Vec<_>, _>>()?;
    let also = match later.len() {
        0 => String::new(),
        count => format!("; so are {count} of groups whose members are not the same in all years"),
    };
    let message = format!(
        "{} of {compared} printed totals are not the sum of their parts{also}: see printed_totals()",
        wrong.len()
    );
    let tally = Tally { rows: (wrong.len() + later.len()) as i64, ..Tally::default() };
    Ok(Some(Finding { severity: Severity::Note, message, tally, examples }))
}

/// Which totals are of groups that areas have joined or left: their parts are those that ever belonged to them.
fn dated(table: &RecordBatch) -> Result<Vec<bool>, Error> {
    let mut dated = vec![false; table.num_rows()];
    for name in AREAS.iter().filter(|name| table.column_by_name(name).is_some()) {
        let (keys, nulls, labels) = codes(&table[*name])?;
        let changes =
            |label: &&str| Membership::known().groups().iter().any(|group| group.dated && group.code == *label);
        let of: Vec<bool> = labels.iter().map(changes).collect();
        for (row, key) in keys.iter().enumerate().filter(|(row, _)| !nulls.is_some_and(|nulls| nulls.is_null(*row))) {
            dated[row] |= of[*key as usize];
        }
    }
    Ok(dated)
}

fn example(table: &RecordBatch, row: usize) -> Result<Example, Error> {
    let mut what = Vec::new();
    for name in DIMENSIONS.iter().filter(|name| table.column_by_name(name).is_some()) {
        let (keys, nulls, labels) = codes(&table[*name])?;
        let label = labels.get(keys[row] as usize).filter(|_| !nulls.is_some_and(|nulls| nulls.is_null(row)));
        what.extend(label.filter(|label| **label != "_T").map(|label| format!("{name} {label}")));
    }
    let day = |name: &str| table[name].as_primitive::<Date32Type>().value(row);
    what.push(period::label(period::Period { start: day("period_start"), end: day("period_end") }));
    let number = |name: &str| table[name].as_primitive::<Float64Type>().value(row);
    let count = |name: &str| table[name].as_primitive::<Int64Type>().value(row);
    let text = format!(
        "{}: printed {}, its {} parts {} ({} without a value)",
        what.join(", "),
        number("printed"),
        count("parts"),
        number("computed"),
        count("missing")
    );
    Ok(Example { row: row as u64, what: text, value: Some(number("difference")) })
}
