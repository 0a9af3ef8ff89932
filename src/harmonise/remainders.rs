//! Remainders that share a code, told apart by their labels.

use super::Plan;
use super::cells::{Cells, Labels};
use super::labels::{Codes, Keys};
use crate::Error;
use crate::codes::area;
use crate::column::unique;
use crate::totals::Dimension;

/// Remainders with different labels, such as "Other North" and "Other South", are different figures of one code.
pub fn labels(cells: &Cells, codes: &Codes, plan: &Plan) -> Result<Option<Dimension<'static>>, Error> {
    let (Keys::Each(keys), Some(Labels::Each(coded))) = (&codes.keys, cells.labels(codes.name)?) else {
        return Ok(None);
    };
    let kind = |code: &String| area::get(code).is_some_and(|area| area.kind == area::Kind::Residual);
    let rest: Vec<bool> = codes.codes.iter().map(kind).collect();
    let plain = |label: &String| label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let (labels, lut) = unique(coded.labels.iter().map(plain).collect());
    let of = |cell: usize| match (usize::try_from(keys[cell]), usize::try_from(coded.keys[cell])) {
        (Ok(key), Ok(label)) if rest[key] => lut[label] + 1,
        _ => 0,
    };
    let each = plan.map(of);
    let several = each.iter().any(|key| *key > 0);
    Ok(several.then(|| Dimension::plain("label of the remainder", each, labels.len() + 1)))
}
