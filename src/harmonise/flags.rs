//! Flags that stand in the label of a period, "2012e" or "2013 (p)", beside those of columns of their own.

use arrow::array::ArrayRef;

use super::Plan;
use super::cells::Labels;
use super::labels::Periods;
use crate::column::{NULL, dictionary, unique};

/// The code of `CL_OBS_STATUS` (SDMX) that a publisher's flag stands for. Revised figures and notes have none.
fn status(flag: &str) -> Option<&'static str> {
    match flag {
        "e" => Some("E"),
        "p" => Some("P"),
        "f" => Some("F"),
        "b" => Some("B"),
        _ => None,
    }
}

/// The column of statuses or flags with those of the labels of periods; none where the labels have no flags for it.
pub fn of_periods(name: &str, stated: Option<&Labels>, periods: &Periods, plan: &Plan) -> Option<ArrayRef> {
    let (flags, keys) = periods.notes.as_ref()?;
    let meant: Vec<Option<&str>> = match name {
        "obs_status" => flags.iter().map(|flag| status(flag)).collect(),
        "flag" => flags.iter().map(|flag| Some(flag.as_str()).filter(|flag| !flag.is_empty())).collect(),
        _ => return None,
    };
    if meant.iter().all(Option::is_none) {
        return None;
    }
    let own = |cell: usize| {
        let key = stated.map_or(NULL, |labels| labels.key(cell));
        let label = (key != NULL).then(|| stated.map(|labels| labels.distinct()[key as usize].trim())).flatten();
        label.filter(|label| !label.is_empty())
    };
    let both = |cell: usize| {
        let here = meant[keys.of(cell) as usize];
        match (own(cell), here) {
            (None, here) => here.map(str::to_owned),
            (Some(own), Some(here)) if !own.split('+').any(|code| code == here) => {
                let mut codes: Vec<&str> = own.split('+').chain([here]).collect();
                codes.sort_unstable();
                Some(codes.join("+"))
            }
            (Some(own), _) => Some(own.to_owned()),
        }
    };
    let all: Vec<Option<String>> = plan.map(both);
    let (labels, lut) = unique(all.iter().flatten().cloned().collect());
    let mut next = lut.into_iter();
    let keys = all.iter().map(|one| one.as_ref().and_then(|_| next.next()).unwrap_or(NULL)).collect();
    Some(dictionary(keys, &labels))
}
