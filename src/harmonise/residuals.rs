//! "Other Africa" and "Other Asia" have one code, and are two figures that may be added.

use rustc_hash::FxHashMap;

use super::cells::{Cells, Labels};
use super::labels::Codes;
use super::{Draft, Plan};
use crate::Error;
use crate::codes::area;
use crate::column::{NULL, unique};
use crate::observation::AREAS;

/// Those of the pairs (row, earlier row) with the same codes that also have the same labels wherever a code is that of a
/// residual.
pub fn repeats(
    draft: &Draft,
    cells: &Cells,
    plan: &Plan,
    pairs: &[(usize, usize)],
) -> Result<Vec<(usize, usize)>, Error> {
    let mut printed: Vec<(&Codes, Labels, Vec<i32>)> = Vec::new();
    for codes in draft.dimensions.iter().filter(|codes| AREAS.contains(&codes.name)) {
        if codes.codes.iter().any(|code| is_residual(code))
            && let Some(labels) = cells.labels(codes.name)?
        {
            // A label that differs in its blanks or capitals is no other.
            let plain = |label: &String| label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            let (_, lut) = unique(labels.distinct().iter().map(plain).collect());
            printed.push((codes, labels, lut));
        }
    }
    if printed.is_empty() {
        return Ok(pairs.to_vec());
    }
    let labels = |row: usize| -> Vec<i32> {
        let cell = plan.cell(row);
        let label = |(codes, labels, lut): &(&Codes, Labels, Vec<i32>)| {
            let code = usize::try_from(codes.keys.of(cell)).ok().and_then(|key| codes.codes.get(key));
            let key = usize::try_from(labels.key(cell)).ok().filter(|_| code.is_some_and(|code| is_residual(code)));
            key.map_or(NULL, |key| lut[key])
        };
        printed.iter().map(label).collect()
    };
    let mut first: FxHashMap<(usize, Vec<i32>), usize> = FxHashMap::default();
    let mut found = Vec::new();
    for (row, earlier) in pairs {
        first.entry((*earlier, labels(*earlier))).or_insert(*earlier);
        let known = *first.entry((*earlier, labels(*row))).or_insert(*row);
        if known != *row {
            found.push((*row, known));
        }
    }
    Ok(found)
}

fn is_residual(code: &str) -> bool {
    area::get(code).is_some_and(|area| area.kind == area::Kind::Residual)
}
