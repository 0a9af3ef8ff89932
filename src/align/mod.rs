//! Figures of one calendar in the periods of another: flows are spread over days, stocks are interpolated between dates.
//!
//! A flow is never interpolated and a stock never spread: `flows` refuses instants, and `stock` takes days only.

mod denton;
pub mod flow;
mod series;
pub mod stock;
pub mod stocks;

use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate};
use rayon::prelude::*;

use crate::Error;
use crate::codes::period::calendar::Calendar;
use crate::codes::period::{Period, label};
use crate::exact::ExactSum;

/// The periods that figures are wanted in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// So many months, counted from January of a year that is a multiple of the same number of years.
    Months(u32),
    /// Years of a declared calendar.
    Calendar(Calendar),
}

impl FromStr for Target {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Ok(match text {
            "calendar" => Self::Months(12),
            "month" => Self::Months(1),
            "quarter" => Self::Months(3),
            "five-year" => Self::Months(60),
            other if other.starts_with("fiscal:") || other == "bikram" => Self::Calendar(other.parse()?),
            other => {
                return Err(Error::Code(format!(
                    "to={other:?}: expected 'calendar', 'month', 'quarter', 'five-year' or a fiscal calendar such as \
                     'fiscal:IND'"
                )));
            }
        })
    }
}

impl Target {
    /// The windows that have a day between `start` and `end`, in order.
    fn windows(&self, start: i32, end: i32) -> Result<Vec<Period>, Error> {
        let (first, last) = (date(start)?, date(end - 1)?);
        let mut windows = Vec::new();
        match self {
            Self::Months(n) => {
                let n = *n;
                let mut from = if n > 12 {
                    let years = (n / 12) as i32;
                    day(first.year().div_euclid(years) * years, 1)?
                } else {
                    day(first.year(), first.month0() / n * n + 1)?
                };
                while from <= last {
                    let next = from.checked_add_months(Months::new(n)).ok_or_else(beyond)?;
                    windows.push(Period { start: from.to_epoch_days(), end: next.to_epoch_days() });
                    from = next;
                }
            }
            Self::Calendar(calendar) => {
                let starts = if calendar.year(first.year())?.start > start { first.year() - 1 } else { first.year() };
                for y in starts..=last.year() {
                    let window = calendar.year(y)?;
                    if window.start < end {
                        windows.push(window);
                    }
                }
            }
        }
        Ok(windows)
    }
}

fn beyond() -> Error {
    Error::Code("a day lies beyond the calendar".to_owned())
}

fn date(days: i32) -> Result<NaiveDate, Error> {
    NaiveDate::from_epoch_days(days).ok_or_else(beyond)
}

fn day(y: i32, m: u32) -> Result<NaiveDate, Error> {
    NaiveDate::from_ymd_opt(y, m, 1).ok_or_else(beyond)
}

/// How a flow is spread over the days of its period.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// The same on every day.
    Uniform,
    /// As the months of the caller are.
    Seasonal(Weights),
    /// As smooth as the totals allow (Denton 1971), in levels or in proportion to months of the caller.
    Denton {
        /// Months that the figures follow; none: the days.
        follow: Option<Weights>,
        /// Differences of levels instead of proportions.
        additive: bool,
    },
}

impl Method {
    /// Its name, as the caller gives it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Seasonal(_) => "seasonal",
            Self::Denton { additive: false, .. } => "denton",
            Self::Denton { additive: true, .. } => "denton-additive",
        }
    }
}

/// What the months of years weigh against one another.
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// January to December of every year.
    EveryYear([f64; 12]),
    /// From a month, counted since January of the year 0.
    From(i32, Vec<f64>),
}

impl Weights {
    /// The weight of one day.
    fn of_a_day(&self, month: NaiveDate) -> Result<f64, Error> {
        let weight = match self {
            Self::EveryYear(months) => months[month.month0() as usize],
            Self::From(first, months) => {
                let at = usize::try_from(month.year() * 12 + month.month0() as i32 - first).ok();
                let known = at.and_then(|at| months.get(at)).copied().filter(|w| !w.is_nan());
                known.ok_or_else(|| {
                    Error::Schema(format!(
                        "shares: month {}-{:02} is missing, and figures are to be spread over it",
                        month.year(),
                        month.month()
                    ))
                })?
            }
        };
        Ok(weight / f64::from(month.num_days_in_month()))
    }
}

/// A figure of a period and the row that it stands in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Which series it is of.
    pub series: u32,
    /// When it flowed.
    pub period: Period,
    /// NaN where it is not known.
    pub value: f64,
    /// Its row, for messages.
    pub row: usize,
}

/// A figure of the wanted calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct Aligned {
    /// Which series it is of.
    pub series: u32,
    /// The wanted period.
    pub period: Period,
    /// Its figure, where it is known.
    pub value: Option<f64>,
    /// The share of its days that known figures cover.
    pub share: f64,
    /// Whether a figure had to be split.
    pub split: bool,
    /// What is known of it, be it given as its figure or not.
    pub amount: f64,
    /// Rows of the figures that have days in it, known or not.
    pub sources: Vec<usize>,
}

/// Figures in the wanted periods, and what the arithmetic of floats did to each series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// In order of series and time.
    pub aligned: Vec<Aligned>,
    /// Series, and numbers that add up to what rounding took from it.
    pub rounding: Vec<(u32, Vec<f64>)>,
}

/// A part of a figure: flat over its days.
#[derive(Clone, Copy)]
struct Piece {
    period: Period,
    value: f64,
}

/// Gives every series in the wanted periods, in order of series and time.
///
/// Figures are sorted first, so their order does not matter. Without `partial`, a period of which some days are not
/// covered has no figure; with it, it has the figure of the days that are.
///
/// # Errors
/// [`Error::Schema`] for instants, for figures whose periods overlap, and where weights cannot be followed.
pub fn flows(mut figures: Vec<Figure>, target: &Target, method: &Method, partial: bool) -> Result<Found, Error> {
    if let Some(one) = figures.iter().find(|one| one.period.start >= one.period.end) {
        return Err(Error::Schema(format!(
            "row {}: {} is an instant, so the figure is a stock: a stock is not spread over days, interpolate it \
             (periods.interpolate)",
            one.row,
            label(one.period)
        )));
    }
    figures.sort_unstable_by_key(|one| (one.series, one.period, one.row));
    if let Some(pair) = figures.windows(2).find(|p| p[0].series == p[1].series && p[1].period.start < p[0].period.end) {
        let (first, second) = if pair[0].row < pair[1].row { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
        return Err(Error::Schema(format!(
            "rows {} and {}: the periods {} and {} of one series overlap, so the same days would be counted twice; name \
             the columns that tell series apart in by=, or keep one of the rows",
            first.row,
            second.row,
            label(first.period),
            label(second.period)
        )));
    }
    let follows = |p: &[Figure]| p[0].series == p[1].series && p[0].period.end == p[1].period.start;
    if figures.len() > 1
        && figures.iter().all(|one| one.period.end - one.period.start == 1)
        && !figures.windows(2).any(follows)
    {
        return Err(Error::Schema(format!(
            "all periods are single days, such as {}, and none follows another: counts on a date are stocks, interpolate \
             them (periods.interpolate)",
            label(figures[0].period)
        )));
    }
    let series: Vec<&[Figure]> = figures.chunk_by(|a, b| a.series == b.series).collect();
    let aligned = series.into_par_iter().map(|one| of_series(one, target, method, partial)).collect::<Vec<_>>();
    let mut found = Found::default();
    for one in aligned {
        let (aligned, lost) = one?;
        if !lost.is_zero() {
            found.rounding.extend(aligned.first().map(|one| (one.series, lost.components())));
        }
        found.aligned.extend(aligned);
    }
    Ok(found)
}

fn of_series(
    figures: &[Figure],
    target: &Target,
    method: &Method,
    partial: bool,
) -> Result<(Vec<Aligned>, ExactSum), Error> {
    let mut rounding = ExactSum::default();
    let (Some(first), Some(last)) = (figures.first(), figures.last()) else { return Ok((Vec::new(), rounding)) };
    let known: Vec<Figure> = figures.iter().filter(|one| !one.value.is_nan()).copied().collect();
    let mut pieces: Vec<Vec<Piece>> = Vec::with_capacity(known.len());
    for run in known.chunk_by(|a, b| a.period.end == b.period.start) {
        match method {
            Method::Uniform => {
                pieces.extend(run.iter().map(|one| vec![Piece { period: one.period, value: one.value }]));
            }
            Method::Seasonal(weights) => {
                for one in run {
                    pieces.push(seasonal(one, weights)?);
                }
            }
            Method::Denton { follow, additive } => pieces.extend(denton::spread(run, follow.as_ref(), *additive)?),
        }
    }
    let mut out = Vec::new();
    let (mut from, mut touched) = (0, 0);
    let mut rest: Vec<ExactSum> = vec![ExactSum::default(); known.len()];
    for (one, rest) in known.iter().zip(&mut rest) {
        rest.add(one.value);
    }
    for window in target.windows(first.period.start, last.period.end)? {
        while known.get(from).is_some_and(|one| one.period.end <= window.start) {
            from += 1;
        }
        while figures.get(touched).is_some_and(|one| one.period.end <= window.start) {
            touched += 1;
        }
        let inside = figures[touched..].iter().take_while(|one| one.period.start < window.end);
        let (mut value, mut days, mut split) = (0.0, 0, false);
        let mut add = |part: f64, rest: &mut ExactSum| {
            value += part;
            rest.sub(part);
            rounding.add(part);
        };
        for ((one, pieces), rest) in known[from..].iter().zip(&pieces[from..]).zip(&mut rest[from..]) {
            if one.period.start >= window.end {
                break;
            }
            days += common(one.period, window);
            if window.start <= one.period.start && one.period.end <= window.end {
                // Whole: as it is, not the sum of its pieces.
                add(one.value, rest);
                continue;
            }
            split = true;
            for piece in pieces {
                let common = common(piece.period, window);
                let length = piece.period.end - piece.period.start;
                let whole = common == length;
                add(if whole { piece.value } else { piece.value * (f64::from(common) / f64::from(length)) }, rest);
            }
        }
        rounding.sub(value);
        let length = window.end - window.start;
        out.push(Aligned {
            series: first.series,
            period: window,
            value: (days == length || (partial && days > 0)).then_some(value),
            share: f64::from(days) / f64::from(length),
            split,
            amount: value,
            sources: inside.map(|one| one.row).collect(),
        });
    }
    for (one, rest) in known.iter().zip(&rest) {
        let scale = pieces_scale(one.value, &out);
        if rest.value().abs() > 1e-9 * scale {
            return Err(Error::Internal(format!("row {}: {} of the figure is in no period", one.row, rest.value())));
        }
        rounding.merge(rest);
    }
    Ok((out, rounding))
}

/// What rounding of a figure's parts is small beside: Denton's months may be larger than their figure.
fn pieces_scale(value: f64, out: &[Aligned]) -> f64 {
    out.iter().fold(value.abs().max(1.0), |most, one| most.max(one.amount.abs()))
}

/// How many days two periods have in common.
fn common(a: Period, b: Period) -> i32 {
    (a.end.min(b.end) - a.start.max(b.start)).max(0)
}

/// The months of a period, cut at its ends.
fn cut(period: Period) -> Result<Vec<(Period, NaiveDate)>, Error> {
    let mut cells = Vec::new();
    let mut from = period.start;
    while from < period.end {
        let now = date(from)?;
        let month = day(now.year(), now.month())?;
        let next = month.checked_add_months(Months::new(1)).ok_or_else(beyond)?.to_epoch_days().min(period.end);
        cells.push((Period { start: from, end: next }, month));
        from = next;
    }
    Ok(cells)
}

/// The weight of each month of a period, by its days.
fn weighed(cells: &[(Period, NaiveDate)], weights: &Weights) -> Result<Vec<f64>, Error> {
    cells.iter().map(|(cell, month)| Ok(weights.of_a_day(*month)? * f64::from(cell.end - cell.start))).collect()
}

fn seasonal(figure: &Figure, weights: &Weights) -> Result<Vec<Piece>, Error> {
    let cells = cut(figure.period)?;
    let weight = weighed(&cells, weights)?;
    let total: f64 = weight.iter().sum();
    if total == 0.0 && figure.value != 0.0 {
        return Err(Error::Schema(format!(
            "row {}: the shares of all months of {} are zero, and its figure is {}",
            figure.row,
            label(figure.period),
            figure.value
        )));
    }
    let value = |weight: f64| if total == 0.0 { 0.0 } else { figure.value * (weight / total) };
    Ok(cells.iter().zip(weight).map(|((period, _), weight)| Piece { period: *period, value: value(weight) }).collect())
}

#[cfg(test)]
mod tests;
