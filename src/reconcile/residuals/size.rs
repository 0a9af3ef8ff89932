//! How much is of areas that nobody named.

use rustc_hash::FxHashMap;

use super::request::dimension;
use crate::Error;
use crate::codes::area::{self, Kind};
use crate::codes::period::{self, Period};
use crate::definition::Definition;
use crate::exact::ExactSum;
use crate::ledger::Severity;
use crate::observation::Observations;
use crate::reconcile::cells::{self, value};
use crate::reconcile::rows::Work;

/// Says how much of each definition and period the residuals are.
pub(super) fn weigh(
    observations: &Observations,
    rows: &[u32],
    residual: &dyn Fn(usize) -> bool,
    name: &str,
    work: &mut Work,
) {
    let mut messages: FxHashMap<(usize, Period), String> = FxHashMap::default();
    for one in sizes(observations, rows, residual) {
        if let Some(share) = one.share().filter(|_| one.residual.value() > 0.0) {
            let title = observations.definitions()[one.definition].title();
            let (share, when) = (100.0 * share, period::label(one.period));
            let message = format!("residuals of {name} hold {share:.1} % of {when} ({title})");
            work.finding(Severity::Note, &message);
            messages.insert((one.definition, one.period), message);
        }
    }
    for row in rows.iter().filter(|row| residual(**row as usize)) {
        let at = *row as usize;
        let place = (observations.definition_keys()[at] as usize, cells::period(observations, at));
        if let Some(message) = messages.get(&place) {
            work.find(observations, Severity::Note, message, *row);
        }
    }
}

/// How much of a definition and period is of areas that nobody named.
#[derive(Clone, Debug)]
pub struct Size {
    /// Row of the table of definitions.
    pub definition: usize,
    /// When.
    pub period: Period,
    /// Rows of residuals.
    pub rows: u64,
    /// Residuals without a value.
    pub missing: u64,
    /// What residuals hold.
    pub residual: ExactSum,
    /// What areas hold that are named.
    pub named: ExactSum,
}

impl Size {
    /// What residuals hold, where any of them has a value.
    pub fn held(&self) -> Option<f64> {
        (self.missing < self.rows).then(|| self.residual.value())
    }

    /// The part of residuals in all; none where nothing is known of them, or there is nothing.
    pub fn share(&self) -> Option<f64> {
        let mut whole = self.named.clone();
        whole.merge(&self.residual);
        self.held().map(|held| held / whole.value()).filter(|share| share.is_finite())
    }
}

fn sizes(observations: &Observations, rows: &[u32], residual: &dyn Fn(usize) -> bool) -> Vec<Size> {
    let mut found: FxHashMap<(usize, Period), Size> = FxHashMap::default();
    let ratio: Vec<bool> = observations.definitions().iter().map(Definition::is_ratio).collect();
    for row in rows {
        let at = *row as usize;
        // Of ratios there is no part that is held.
        if ratio[observations.definition_keys()[at] as usize] {
            continue;
        }
        let (definition, period) = (observations.definition_keys()[at] as usize, cells::period(observations, at));
        let size = found.entry((definition, period)).or_insert_with(|| Size {
            definition,
            period,
            rows: 0,
            missing: 0,
            residual: ExactSum::default(),
            named: ExactSum::default(),
        });
        let value = value(observations, at);
        if residual(at) {
            size.rows += 1;
            size.missing += u64::from(value.is_none());
        }
        if let Some(value) = value {
            if residual(at) { size.residual.add(value) } else { size.named.add(value) }
        }
    }
    let mut all: Vec<Size> = found.into_values().filter(|size| size.rows > 0).collect();
    all.sort_unstable_by_key(|size| (size.definition, size.period));
    all
}

/// How much residuals hold, by definition and period.
///
/// # Errors
/// [`Error::Schema`] for a table without the dimension.
pub fn residuals(observations: &Observations, name: &str) -> Result<Vec<Size>, Error> {
    let name = dimension(name)?;
    let Some((keys, codes)) = observations.codes(name) else {
        return Err(Error::Schema(format!("the table has no {name}: it is not broken down by it")));
    };
    let kind: Vec<Option<Kind>> = codes.iter().map(|code| area::get(code).map(|area| area.kind)).collect();
    let nulls = observations.figures()[name].nulls();
    let wanted = |row: &u32| {
        let at = *row as usize;
        observations.leaves().value(at)
            && !nulls.is_some_and(|nulls| nulls.is_null(at))
            && kind[keys[at] as usize] != Some(Kind::Total)
    };
    let rows: Vec<u32> = (0..observations.len() as u32).filter(wanted).collect();
    Ok(sizes(observations, &rows, &|row| kind[keys[row] as usize] == Some(Kind::Residual)))
}
