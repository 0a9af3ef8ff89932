//! Stocks between the dates that they were counted on, and, if asked, beyond them.

use chrono::Datelike;
use rayon::prelude::*;

use super::{Error, date};
use crate::codes::period::{Period, label};

/// How a stock moves between two counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// By the same number every day.
    Linear,
    /// At one rate of growth.
    Exponential,
}

/// A count on a day and the row that it stands in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Count {
    /// Which series it is of.
    pub series: u32,
    /// The day, since 1970-01-01.
    pub day: i32,
    /// NaN where it is not known.
    pub value: f64,
    /// Its row, for messages.
    pub row: usize,
}

/// A stock on a wanted day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Between {
    /// Which series it is of.
    pub series: u32,
    /// The wanted day.
    pub day: i32,
    /// The stock, where it can be said.
    pub value: Option<f64>,
    /// `observed`, `interpolated`, `extrapolated`; or why there is no value: `outside`, `below zero`.
    pub basis: &'static str,
    /// `linear`, `exponential`, or `linear (not positive)` where a count has no logarithm; none where nothing was computed.
    pub method: Option<&'static str>,
}

/// Years and the part of the year that has passed: each year is 1 long.
fn years(day: i32) -> Result<f64, Error> {
    let date = date(day)?;
    let length = if date.leap_year() { 366.0 } else { 365.0 };
    Ok(f64::from(date.year()) + f64::from(date.ordinal0()) / length)
}

/// Gives every series on the wanted days, in order of series and day.
///
/// A stock is extrapolated from the two counts that are nearest, at most `horizon` years beyond the last.
///
/// # Errors
/// [`Error::Schema`] for two counts of one series on one day.
pub fn interpolate(
    mut counts: Vec<Count>,
    days: &[i32],
    path: Path,
    horizon: Option<f64>,
) -> Result<Vec<Between>, Error> {
    counts.sort_unstable_by_key(|one| (one.series, one.day, one.row));
    if let Some(pair) = counts.windows(2).find(|p| (p[0].series, p[0].day) == (p[1].series, p[1].day)) {
        return Err(Error::Schema(format!(
            "rows {} and {}: two counts of one series on {}; name the columns that tell series apart in by=, or keep one",
            pair[0].row,
            pair[1].row,
            label(Period { start: pair[0].day, end: pair[0].day })
        )));
    }
    let mut wanted = days.iter().map(|day| Ok((*day, years(*day)?))).collect::<Result<Vec<_>, Error>>()?;
    wanted.sort_unstable_by_key(|(day, _)| *day);
    wanted.dedup_by_key(|(day, _)| *day);
    let series: Vec<&[Count]> = counts.chunk_by(|a, b| a.series == b.series).collect();
    let found: Vec<Result<Vec<Between>, Error>> =
        series.into_par_iter().map(|one| of_series(one, &wanted, path, horizon)).collect();
    let mut all = Vec::new();
    for one in found {
        all.extend(one?);
    }
    Ok(all)
}

fn of_series(counts: &[Count], wanted: &[(i32, f64)], path: Path, horizon: Option<f64>) -> Result<Vec<Between>, Error> {
    let series = counts.first().map_or(0, |one| one.series);
    let mut known = Vec::with_capacity(counts.len());
    for one in counts.iter().filter(|one| !one.value.is_nan()) {
        known.push((one.day, years(one.day)?, one.value));
    }
    let mut out = Vec::with_capacity(wanted.len());
    for &(day, t) in wanted {
        let after = known.partition_point(|one| one.0 < day);
        let mut found = Between { series, day, value: None, basis: "outside", method: None };
        if let Some(at) = known.get(after).filter(|one| one.0 == day) {
            (found.value, found.basis) = (Some(at.2), "observed");
        } else if known.len() > 1 {
            let inside = 0 < after && after < known.len();
            let edge = if after == 0 { known[0].1 } else { known[after - 1].1 };
            if inside || horizon.is_some_and(|horizon| (t - edge).abs() <= horizon) {
                let first = after.clamp(1, known.len() - 1) - 1;
                let (value, method) = along(known[first], known[first + 1], t, path);
                let low = known[first].2.min(known[first + 1].2);
                found.method = Some(method);
                if value < 0.0 && low >= 0.0 {
                    found.basis = "below zero";
                } else {
                    found.value = Some(value);
                    found.basis = if inside { "interpolated" } else { "extrapolated" };
                }
            }
        }
        out.push(found);
    }
    Ok(out)
}

/// The stock at `t` on the path through two counts.
fn along(a: (i32, f64, f64), b: (i32, f64, f64), t: f64, path: Path) -> (f64, &'static str) {
    let part = (t - a.1) / (b.1 - a.1);
    let linear = a.2 + (b.2 - a.2) * part;
    match path {
        Path::Linear => (linear, "linear"),
        Path::Exponential if a.2 > 0.0 && b.2 > 0.0 => (a.2 * ((b.2 / a.2).ln() * part).exp(), "exponential"),
        Path::Exponential => (linear, "linear (not positive)"),
    }
}
