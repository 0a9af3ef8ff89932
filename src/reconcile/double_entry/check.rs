//! Rows that would count somebody twice.

use rustc_hash::FxHashSet;

use super::read::Labels;
use super::request::Request;
use crate::Error;

/// Refuses rows that say the same twice, and totals beside their parts.
pub fn check_rows(
    read: &mut Labels,
    request: &Request,
    areas: &[String],
    [origin, destination]: [&[u32]; 2],
) -> Result<(), Error> {
    let columns = &request.columns;
    let mut cells = (areas.len() as u64).pow(2);
    let mut others = Vec::new();
    for name in &columns.keys {
        let coded = read.get("by", name)?;
        if columns.dimensions.contains(name) && coded.labels.len() > 1 && coded.labels.iter().any(|label| label == "_T")
        {
            return Err(Error::Schema(format!(
                "column {name:?} holds the total (_T) beside its parts, so everybody would weigh twice; keep one level, \
                 such as the rows where {name} is \"_T\", or fit each by itself with per=[{name:?}]"
            )));
        }
        cells = cells.checked_mul(coded.labels.len() as u64 + 1).ok_or_else(|| {
            Error::Schema("by=: the columns have more combinations than can be numbered; name fewer".to_owned())
        })?;
        others.push((name, coded));
    }
    let key = |row: usize| {
        let pair = u64::from(origin[row]) * areas.len() as u64 + u64::from(destination[row]);
        // A missing label is a label of its own.
        let labels = others.iter().map(|(_, coded)| (coded.labels.len() as u64 + 1, i64::from(coded.keys[row]) + 1));
        labels.fold(pair, |key, (all, label)| key * all + label as u64)
    };
    let Some((first, second)) = twins(origin.len(), cells, key) else { return Ok(()) };
    let said: Vec<String> =
        others.iter().map(|(name, coded)| format!("{name} {}", coded.label(first).unwrap_or("(missing)"))).collect();
    let place = if said.is_empty() { String::new() } else { format!(", {}", said.join(", ")) };
    Err(Error::Schema(format!(
        "rows {first} and {second} are both {} to {}{place}: leave one of them out, or name the column that tells them \
         apart in by=",
        areas[origin[first] as usize], areas[destination[first] as usize]
    )))
}

/// The first row whose key stood before, after the one where it stood; keys are below `cells`.
fn twins(rows: usize, cells: u64, key: impl Fn(usize) -> u64) -> Option<(usize, usize)> {
    let second = if cells <= (64 * rows + 4096) as u64 {
        let mut seen = vec![0_u64; (cells / 64 + 1) as usize];
        (0..rows).position(|row| {
            let key = key(row);
            let (word, bit) = (&mut seen[(key / 64) as usize], 1 << (key % 64));
            let before = *word & bit != 0;
            *word |= bit;
            before
        })?
    } else {
        let mut seen: FxHashSet<u64> = FxHashSet::default();
        (0..rows).position(|row| !seen.insert(key(row)))?
    };
    let wanted = key(second);
    (0..second).position(|row| key(row) == wanted).map(|first| (first, second))
}
