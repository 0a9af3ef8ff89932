//! What must agree for two figures to be one movement: the corridor and the period, and the dimensions.

use std::collections::BTreeSet;

use arrow::array::Array;
use rayon::prelude::*;

use super::side::{FAMILIES, Fates, Side, family};
use crate::Error;
use crate::codes::period::Period;
use crate::observation::{AREAS, DIMENSIONS, Observations, is_printed};
use crate::totals::period_keys;

/// A dimension of figures: a digit of a point.
pub struct Dim {
    /// Its name.
    pub name: &'static str,
    /// Its codes in their order; a digit is a place among them.
    pub labels: Vec<String>,
    /// The digit of `_T`.
    pub total: u32,
    stride: u64,
}

impl Dim {
    /// The digit of a point.
    pub fn digit(&self, point: u64) -> u32 {
        (point / self.stride % self.labels.len() as u64) as u32
    }

    /// The code of a point.
    pub fn code(&self, point: u64) -> &str {
        &self.labels[self.digit(point) as usize]
    }

    /// Is the point a total in this dimension?
    pub fn is_total(&self, point: u64) -> bool {
        self.digit(point) == self.total
    }

    /// The point with `_T` in this dimension.
    pub fn to_total(&self, point: u64) -> u64 {
        point - u64::from(self.digit(point)) * self.stride + u64::from(self.total) * self.stride
    }
}

/// Where every row stands.
pub struct Keys {
    /// The dimensions in which some figure is no total, but origin and destination.
    pub dims: Vec<Dim>,
    /// The point of every row in the dimensions.
    pub points: Vec<u64>,
    /// Family, origin, destination and period of every row: the period is the lowest digit.
    pub cells: Vec<u64>,
    /// Of every definition, the dimensions (bits) in which all of its figures have the same code, which is no total.
    pub scopes: Vec<u16>,
    /// Codes of origins in their order.
    pub origins: Vec<String>,
    /// Codes of destinations in their order.
    pub destinations: Vec<String>,
    /// Periods in their order.
    pub periods: Vec<Period>,
    /// Which rows have another code than they print: nationals that of their country.
    pub recoded: Vec<bool>,
}

/// A cell taken apart: places in the lists of families, origins, destinations and periods.
#[derive(Clone, Copy)]
pub struct Cell {
    /// Of [`FAMILIES`].
    pub family: usize,
    /// Of the origins.
    pub origin: usize,
    /// Of the destinations.
    pub destination: usize,
    /// Of the periods.
    pub period: usize,
}

impl Keys {
    /// Reads the keys of all rows; of rows that take no part they mean nothing.
    ///
    /// # Errors
    /// [`Error::Schema`] where there are more combinations than can be numbered.
    pub fn new(observations: &Observations, fates: &Fates) -> Result<Keys, Error> {
        let rows = observations.len();
        let (from, origins) = ranked(observations, "origin");
        let (to, destinations) = ranked(observations, "destination");
        let (when, periods) = period_keys(observations.dates("period_start"), observations.dates("period_end"));
        let mut sorted = periods.clone();
        sorted.sort_unstable();
        let place: Vec<u64> = periods.iter().map(|one| sorted.binary_search(one).unwrap_or_default() as u64).collect();
        let families: Vec<u64> = (observations.definitions().iter())
            .map(|one| one.get("measure").and_then(family).unwrap_or_default() as u64)
            .collect();
        let wide = [FAMILIES.len(), origins.len(), destinations.len(), sorted.len()];
        numbered(wide.iter().map(|size| *size as u64))?;
        let keys = observations.definition_keys();
        let [_, some, more, last] = wide.map(|size| size as u64);
        let cell = |row: usize| {
            let route = (families[keys[row] as usize] * some + u64::from(from[row])) * more + u64::from(to[row]);
            route * last + place[when[row] as usize]
        };
        let cells = (0..rows).into_par_iter().map(cell).collect();
        let mut dims: Vec<(Dim, Vec<u32>)> = Vec::new();
        let mut scopes = vec![0u16; observations.definitions().len()];
        let mut recoded = vec![false; rows];
        for name in
            DIMENSIONS.into_iter().filter(|name| !is_printed(name) && !matches!(*name, "origin" | "destination"))
        {
            let Some((mut dim, digits, only)) = dimension(observations, fates, name, &mut recoded) else { continue };
            dim.stride = dims.last().map_or(1, |(last, _)| last.stride * last.labels.len() as u64);
            numbered([dim.stride, dim.labels.len() as u64].into_iter())?;
            scopes.iter_mut().zip(only).for_each(|(scope, only)| *scope |= u16::from(only) << dims.len());
            dims.push((dim, digits));
        }
        let mut points = vec![0u64; rows];
        for (dim, digits) in &dims {
            points
                .par_iter_mut()
                .zip(digits.par_iter())
                .for_each(|(point, digit)| *point += u64::from(*digit) * dim.stride);
        }
        let dims = dims.into_iter().map(|(dim, _)| dim).collect();
        Ok(Keys { dims, points, cells, scopes, origins, destinations, periods: sorted, recoded })
    }

    /// A cell taken apart.
    pub fn cell(&self, cell: u64) -> Cell {
        let (route, period) = (self.route(cell), cell % self.periods.len() as u64);
        let (more, destination) = (route / self.destinations.len() as u64, route % self.destinations.len() as u64);
        let (family, origin) = (more / self.origins.len() as u64, more % self.origins.len() as u64);
        Cell {
            family: family as usize,
            origin: origin as usize,
            destination: destination as usize,
            period: period as usize,
        }
    }

    /// A cell without its period.
    pub fn route(&self, cell: u64) -> u64 {
        cell / self.periods.len() as u64
    }

    /// The end of a cell whose office reports.
    pub fn reporter(&self, cell: u64, side: Side) -> &str {
        let cell = self.cell(cell);
        match side {
            Side::Receiving => &self.destinations[cell.destination],
            Side::Sending => &self.origins[cell.origin],
        }
    }

    /// The dimensions of some bits.
    pub fn dims_of(&self, bits: u16) -> impl Iterator<Item = &Dim> {
        self.dims.iter().enumerate().filter(move |(at, _)| bits & (1 << at) != 0).map(|(_, dim)| dim)
    }
}

fn numbered(mut sizes: impl Iterator<Item = u64>) -> Result<(), Error> {
    let all = sizes.try_fold(1u64, |all, size| all.checked_mul(size.max(1)));
    all.map(drop).ok_or_else(|| {
        Error::Schema(
            "too many combinations of codes: take part of the figures with where(), such as one dimension".into(),
        )
    })
}

/// A column of codes as places among its codes in their order.
fn ranked(observations: &Observations, name: &str) -> (Vec<u32>, Vec<String>) {
    let (keys, codes) = observations.codes(name).unwrap_or_default();
    let mut sorted: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
    sorted.sort_unstable();
    let place: Vec<u32> = codes.iter().map(|code| place_of(&sorted, code)).collect();
    (keys.par_iter().map(|key| place[*key as usize]).collect(), sorted)
}

fn place_of(sorted: &[String], code: &str) -> u32 {
    sorted.binary_search_by(|known| known.as_str().cmp(code)).map_or(u32::MAX, |at| at as u32)
}

/// A dimension, the digit of every row, and of every definition whether all of its figures have one code that is no total.
///
/// Nationals are those of the reporter. A code that repeats the origin, where the origin itself means citizenship or birth,
/// tells nothing new; nor does one that is unknown throughout. Rows are marked that now have another code than is printed.
fn dimension(
    observations: &Observations,
    fates: &Fates,
    name: &'static str,
    recoded: &mut [bool],
) -> Option<(Dim, Vec<u32>, Vec<bool>)> {
    let (keys, codes) = observations.codes(name)?;
    let nulls = observations.figures()[name].nulls();
    if codes == ["_T"] {
        return None;
    }
    let national = codes.iter().position(|code| *code == "NAT").map(|at| at as i32).filter(|_| AREAS.contains(&name));
    let (origins, from) = observations.codes("origin").unwrap_or_default();
    let (destinations, to) = observations.codes("destination").unwrap_or_default();
    let reporters = from.iter().chain(&to).filter(|_| national.is_some());
    let labels: BTreeSet<&str> = codes.iter().chain(reporters).copied().chain(["_T"]).collect();
    let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
    let places = |codes: &[&str]| codes.iter().map(|code| place_of(&labels, code)).collect::<Vec<u32>>();
    let (place, of_origin, of_destination, total) =
        (places(&codes), places(&from), places(&to), place_of(&labels, "_T"));
    let definitions = observations.definitions();
    let implied: Vec<bool> = definitions.iter().map(|one| one.get("concept") == Some(name)).collect();
    let definition = observations.definition_keys();
    let digit = |row: usize| {
        let key = keys[row];
        let Some(side) = fates.side(row).filter(|_| !nulls.is_some_and(|nulls| nulls.is_null(row))) else {
            return total;
        };
        let own = match side {
            Side::Receiving => of_destination[destinations[row] as usize],
            Side::Sending => of_origin[origins[row] as usize],
        };
        let digit = if Some(key) == national { own } else { place[key as usize] };
        let told =
            side == Side::Receiving && implied[definition[row] as usize] && digit == of_origin[origins[row] as usize];
        if told { total } else { digit }
    };
    let mut digits: Vec<u32> = (0..keys.len()).into_par_iter().map(digit).collect();
    if national.is_some() || implied.contains(&true) {
        let changed = |row: usize| {
            let printed = !nulls.is_some_and(|nulls| nulls.is_null(row)) && fates.side(row).is_some();
            printed && digits[row] != place[keys[row] as usize]
        };
        recoded.par_iter_mut().enumerate().for_each(|(row, recoded)| *recoded |= changed(row));
    }
    // By the printed code: the nationals of several reporters are nationals all the same.
    let mut only: Vec<Only> = vec![Only::Nothing; definitions.len()];
    for (row, digit) in digits.iter().enumerate().filter(|(row, _)| fates.side(*row).is_some()) {
        let here = Only::Code(if *digit == total { -1 } else { keys[row] });
        let seen = &mut only[definition[row] as usize];
        *seen = if *seen == Only::Nothing || *seen == here { here } else { Only::Several };
    }
    let unknown = |only: &Only| matches!(only, Only::Code(key) if *key >= 0 && codes[*key as usize] == "_U");
    let blank: Vec<bool> = only.iter().map(unknown).collect();
    if blank.contains(&true) {
        let blank = |row: usize| blank[definition[row] as usize];
        digits.par_iter_mut().enumerate().filter(|(row, _)| blank(*row)).for_each(|(_, digit)| *digit = total);
    }
    let only: Vec<bool> = only.iter().map(|one| matches!(one, Only::Code(key) if *key >= 0) && !unknown(one)).collect();
    let told = digits.par_iter().any(|digit| *digit != total);
    told.then_some((Dim { name, labels, total, stride: 1 }, digits, only))
}

/// The codes that the figures of a definition have.
#[derive(Clone, Copy, PartialEq)]
enum Only {
    Nothing,
    Code(i32),
    Several,
}
