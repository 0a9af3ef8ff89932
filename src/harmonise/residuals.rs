//! "Other Africa" and "Other Asia" have one code, and are two figures that may be added.

use rustc_hash::FxHashMap;

use super::cells::{Cells, Labels};
use super::labels::Codes;
use super::{Draft, Plan};
use crate::Error;
use crate::codes::area;
use crate::column::NULL;
use crate::observation::AREAS;

/// Those of the pairs (row, earlier row) with the same codes that also have the same labels wherever a code is that of a
/// residual.
pub fn repeats(
    draft: &Draft,
    cells: &Cells,
    plan: &Plan,
    pairs: &[(usize, usize)],
) -> Result<Vec<(usize, usize)>, Error> {
    let mut printed: Vec<(&Codes, Labels)> = Vec::new();
    for codes in draft.dimensions.iter().filter(|codes| AREAS.contains(&codes.name)) {
        if codes.codes.iter().any(|code| is_residual(code))
            && let Some(labels) = cells.labels(codes.name)?
        {
            printed.push((codes, labels));
        }
    }
    if printed.is_empty() {
        return Ok(pairs.to_vec());
    }
    let labels = |row: usize| -> Vec<i32> {
        let cell = plan.cell(row);
        let label = |(codes, labels): &(&Codes, Labels)| {
            let code = usize::try_from(codes.keys.of(cell)).ok().and_then(|key| codes.codes.get(key));
            if code.is_some_and(|code| is_residual(code)) { labels.key(cell) } else { NULL }
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
