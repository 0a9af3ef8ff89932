//! Both editions on one grid: a number for every cell, the same on both sides, in the order of codes and periods.

use arrow::buffer::NullBuffer;
use rayon::prelude::*;

use super::edition::{Edition, total};
use crate::Error;
use crate::codes::period::Period;
use crate::column::codes;
use crate::observation::DIMENSIONS;

/// A dimension, in one numbering for both editions.
pub struct Axis {
    /// Its name.
    pub name: String,
    /// The codes that figures of either edition have, in order.
    pub labels: Vec<String>,
    /// The number of the first code; 1 where some figures have no code, whose number is 0.
    pub base: u32,
    /// For each code of the earlier edition, and of the later, its number.
    lut: (Vec<u32>, Vec<u32>),
}

impl Axis {
    /// How many numbers there are.
    pub fn size(&self) -> u64 {
        self.labels.len() as u64 + u64::from(self.base)
    }

    /// The number of the total, for an edition that does not have the dimension.
    pub fn total(&self) -> u32 {
        self.labels.iter().position(|label| label == "_T").map_or(0, |at| at as u32 + self.base)
    }
}

/// All dimensions and periods.
pub struct Grid {
    /// The dimensions.
    pub axes: Vec<Axis>,
    /// The periods of both editions, by time.
    pub periods: Vec<Period>,
    /// For each period of the earlier edition, and of the later, its place among them.
    pub when: (Vec<u32>, Vec<u32>),
}

/// One column of an edition, as numbers of an axis.
pub struct Numbered<'a> {
    keys: &'a [i32],
    nulls: Option<&'a NullBuffer>,
    lut: &'a [u32],
}

impl Numbered<'_> {
    /// The number of a row.
    #[inline]
    pub fn at(&self, row: usize) -> u32 {
        if self.nulls.is_some_and(|nulls| nulls.is_null(row)) { 0 } else { self.lut[self.keys[row] as usize] }
    }
}

impl Grid {
    /// Numbers what is on either side.
    ///
    /// # Errors
    /// [`Error::Schema`] where a column stands on one side only and is no dimension that could be a total.
    pub fn of(earlier: &Edition, later: &Edition) -> Result<Grid, Error> {
        if earlier.timed != later.timed {
            return Err(Error::Schema(
                "one edition says when and the other does not: give both a year, or leave it out of keys=".into(),
            ));
        }
        let has = |edition: &Edition, name: &str| edition.columns.iter().any(|(known, _)| known == name);
        let mut names: Vec<&str> = earlier.columns.iter().map(|(name, _)| name.as_str()).collect();
        names.extend(later.columns.iter().map(|(name, _)| name.as_str()).filter(|name| !has(earlier, name)));
        // The order of dimensions does not depend on which edition comes first.
        let rank = |name: &str| DIMENSIONS.iter().position(|known| *known == name).unwrap_or(DIMENSIONS.len());
        names.sort_by(|a, b| rank(a).cmp(&rank(b)).then(a.cmp(b)));
        let axes = names.into_iter().map(|name| axis(name, earlier, later)).collect::<Result<Vec<_>, _>>()?;
        let mut periods: Vec<Period> = earlier.periods.iter().chain(&later.periods).copied().collect();
        periods.sort_unstable_by_key(|one| (one.start, one.end));
        periods.dedup();
        let place = |one: &Period| {
            periods.binary_search_by_key(&(one.start, one.end), |one| (one.start, one.end)).unwrap_or_default() as u32
        };
        let when = (earlier.periods.iter().map(place).collect(), later.periods.iter().map(place).collect());
        Ok(Grid { axes, periods, when })
    }

    /// The columns of one side as numbers of the axes.
    pub fn numbered<'a>(&'a self, edition: &'a Edition, is_later: bool) -> Vec<Option<Numbered<'a>>> {
        let one = |axis: &'a Axis| {
            let (_, column) = edition.columns.iter().find(|(name, _)| *name == axis.name)?;
            let (keys, nulls, _) = codes(column).ok()?;
            let lut = if is_later { &axis.lut.1 } else { &axis.lut.0 };
            Some(Numbered { keys, nulls, lut })
        };
        self.axes.iter().map(one).collect()
    }

    /// The cell of every figure of both sides, those of one class apart, and how many cells there could be.
    pub fn cells(
        &self,
        earlier: &Edition,
        later: &Edition,
        classes: &(Vec<u32>, Vec<u32>),
    ) -> (Vec<u64>, Vec<u64>, u64) {
        let mut cells = (vec![0u64; earlier.rows], vec![0u64; later.rows]);
        let (mine, theirs) = (self.numbered(earlier, false), self.numbered(later, true));
        let mut space = 1u64;
        let most = classes.0.iter().chain(&classes.1).copied().max().unwrap_or_default();
        if most > 0 {
            space = grown(&mut cells, space, u64::from(most) + 1);
            append(&mut cells.0, u64::from(most) + 1, |row| classes.0[earlier.definition[row] as usize]);
            append(&mut cells.1, u64::from(most) + 1, |row| classes.1[later.definition[row] as usize]);
        }
        for ((axis, mine), theirs) in self.axes.iter().zip(&mine).zip(&theirs).filter(|((axis, _), _)| axis.size() > 1)
        {
            space = grown(&mut cells, space, axis.size());
            for (cells, side) in [(&mut cells.0, mine), (&mut cells.1, theirs)] {
                match side {
                    Some(side) => append(cells, axis.size(), |row| side.at(row)),
                    None => append(cells, axis.size(), |_| axis.total()),
                }
            }
        }
        let periods = self.periods.len() as u64;
        if periods > 1 {
            space = grown(&mut cells, space, periods);
            append(&mut cells.0, periods, |row| self.when.0[earlier.when[row] as usize]);
            append(&mut cells.1, periods, |row| self.when.1[later.when[row] as usize]);
        }
        (cells.0, cells.1, space)
    }
}

/// Gives every cell one more digit.
fn append(cells: &mut [u64], size: u64, digit: impl Fn(usize) -> u32 + Sync) {
    cells.par_iter_mut().enumerate().with_min_len(1 << 14).for_each(|(row, cell)| {
        *cell = *cell * size + u64::from(digit(row));
    });
}

/// How many cells there could be with one more axis; numbers are packed where they would grow too large.
pub(super) fn grown(cells: &mut (Vec<u64>, Vec<u64>), space: u64, size: u64) -> u64 {
    if let Some(larger) = space.checked_mul(size).filter(|larger| *larger <= 1 << 62) {
        return larger;
    }
    let mut known: Vec<u64> = cells.0.iter().chain(&cells.1).copied().collect();
    known.par_sort_unstable();
    known.dedup();
    let pack = |cell: &mut u64| *cell = known.binary_search(cell).unwrap_or_default() as u64;
    cells.0.par_iter_mut().for_each(pack);
    cells.1.par_iter_mut().for_each(pack);
    // There are fewer than 2^33 figures, and no axis has more codes than that.
    (known.len() as u64).max(1) * size
}

fn axis(name: &str, earlier: &Edition, later: &Edition) -> Result<Axis, Error> {
    let column = |edition: &Edition| {
        let found = edition.columns.iter().find(|(known, _)| known == name).map(|(_, column)| column.clone());
        match found {
            Some(column) => Ok(column),
            // A dimension that an edition does not break down is a total in it.
            None if DIMENSIONS.contains(&name) => Ok(total(usize::from(edition.rows > 0))),
            None => Err(Error::Schema(format!("one edition has a column {name:?} and the other has none"))),
        }
    };
    let columns = [column(earlier)?, column(later)?];
    let mut labels: Vec<&str> = Vec::new();
    let mut gaps = false;
    for column in &columns {
        let (keys, nulls, codes) = codes(column)?;
        let mut used = vec![false; codes.len()];
        match nulls.filter(|nulls| nulls.null_count() > 0) {
            None => keys.iter().for_each(|key| used[*key as usize] = true),
            Some(nulls) => {
                gaps = true;
                (0..keys.len()).filter(|row| nulls.is_valid(*row)).for_each(|row| used[keys[row] as usize] = true);
            }
        }
        labels.extend(codes.into_iter().zip(used).filter(|(_, used)| *used).map(|(code, _)| code));
    }
    labels.sort_unstable();
    labels.dedup();
    let base = u32::from(gaps);
    let number = |code: &str| labels.binary_search(&code).map_or(0, |at| at as u32 + base);
    let numbers = |column| -> Result<Vec<u32>, Error> { Ok(codes(column)?.2.into_iter().map(number).collect()) };
    let lut = (numbers(&columns[0])?, numbers(&columns[1])?);
    Ok(Axis { name: name.to_owned(), labels: labels.into_iter().map(str::to_owned).collect(), base, lut })
}
