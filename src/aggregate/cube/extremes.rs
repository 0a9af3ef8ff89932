//! The least and the largest value by cell.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::index::axes;
use super::{Batch, Fill, NONE, Numbers, on_threads, ranges};
use crate::Error;
use crate::watch::Watch;

/// Cubes of more cells than this are found by hash.
const DENSE: u64 = 1 << 23;

/// Least and largest values by cell; like sums, they do not depend on any order.
///
/// ```
/// # use migstat::{aggregate::cube::{Batch, Codes, Column, Dim, Extremes, Values}, watch::Watch};
/// let dim = Dim { codes: Codes::One(Column::plain("area", &[0, 1, 0])), classes: &[0, 1] };
/// let batch = Batch { rows: 3, dims: vec![dim], take: None, value: Values::floats(&[2.0, 5.0, -1.0], None) };
/// let mut extremes = Extremes::new(&[2])?;
/// extremes.update_all(&[batch], 1, &Watch::default())?;
/// assert_eq!((extremes.of(&[0]), extremes.of(&[1])), (Some((-1.0, 2.0)), Some((5.0, 5.0))));
/// # Ok::<(), migstat::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Extremes {
    shape: Vec<u32>,
    cells: u64,
    dense: Vec<(f64, f64)>,
    found: FxHashMap<u64, (f64, f64)>,
}

const EMPTY: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);

fn join(mine: &mut (f64, f64), theirs: (f64, f64)) {
    *mine = (mine.0.min(theirs.0), mine.1.max(theirs.1));
}

impl Extremes {
    /// For classes below the sizes of `shape`.
    ///
    /// # Errors
    /// [`Error::Schema`] if there are more cells than 64 bits can number.
    pub fn new(shape: &[u32]) -> Result<Self, Error> {
        let cells = shape.iter().try_fold(1u64, |cells, &size| cells.checked_mul(size.into()));
        let cells = cells.filter(|&cells| cells < u64::MAX / (shape.len() as u64 + 2) - 2).ok_or_else(|| {
            Error::Schema("the groups have more than 2^64 possible cells; group by fewer columns".into())
        })?;
        let dense = if cells <= DENSE { vec![EMPTY; cells as usize] } else { Vec::new() };
        Ok(Self { shape: shape.to_vec(), cells, dense, found: FxHashMap::default() })
    }

    /// The sizes of the dimensions.
    pub fn shape(&self) -> &[u32] {
        &self.shape
    }

    /// Adds the rows of batches, whose codes must be those of an accumulator that took them without error.
    ///
    /// # Errors
    /// As of [`super::Accumulator::update`].
    pub fn update_all(&mut self, batches: &[Batch], threads: usize, watch: &Watch) -> Result<(), Error> {
        let mut first = 0;
        for batch in batches {
            let pieces = ranges(batch.rows, if batch.rows < 1 << 18 { 1 } else { threads }, super::BLOCK);
            let shape = &self.shape[..];
            if let [rows] = &pieces[..] {
                self.fill(batch, rows.clone(), first, watch)?;
                first += batch.rows;
                continue;
            }
            let parts = on_threads(pieces, |rows| {
                let mut part = Extremes::new(shape)?;
                part.fill(batch, rows, first, watch)?;
                Ok::<_, Error>(part)
            });
            for part in parts {
                self.merge(&part?);
            }
            first += batch.rows;
        }
        Ok(())
    }

    fn fill(&mut self, batch: &Batch, rows: Range<usize>, first: usize, watch: &Watch) -> Result<(), Error> {
        let (shape, cells) = (self.shape.clone(), self.cells);
        let fill = Fill { batch, watch, cells, rows, first, counts: false };
        fill.blocks(&axes::<u64>(&batch.dims, &shape, cells), |_, keys, block| {
            for (row, &mut key) in keys.iter_mut().enumerate() {
                if key < cells && block.has(row) && !matches!(batch.value.numbers, Numbers::Nothing) {
                    // Zero has no sign here.
                    let small = block.value[row] + 0.0;
                    let large = block.large.iter().find(|(at, _)| *at == row);
                    let value = large.map_or(small, |(_, number)| *number as f64);
                    join(self.at(key), (value, value));
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    fn at(&mut self, number: u64) -> &mut (f64, f64) {
        if self.dense.is_empty() { self.found.entry(number).or_insert(EMPTY) } else { &mut self.dense[number as usize] }
    }

    /// Takes in another of the same shape.
    pub fn merge(&mut self, other: &Extremes) {
        self.dense.iter_mut().zip(&other.dense).for_each(|(mine, theirs)| join(mine, *theirs));
        for (&number, &theirs) in &other.found {
            join(self.found.entry(number).or_insert(EMPTY), theirs);
        }
    }

    /// Takes in a cell.
    pub fn put(&mut self, classes: &[u32], extremes: (f64, f64)) {
        let number = self.number(classes);
        join(self.at(number), extremes);
    }

    fn number(&self, classes: &[u32]) -> u64 {
        let shape = classes.iter().zip(&self.shape);
        shape.fold(0, |number, (&class, &size)| number * u64::from(size) + u64::from(class))
    }

    /// The extremes of a cell; none where no row has a value.
    pub fn of(&self, classes: &[u32]) -> Option<(f64, f64)> {
        let number = self.number(classes);
        let found = if self.dense.is_empty() { self.found.get(&number) } else { self.dense.get(number as usize) };
        found.copied().filter(|found| found.0 <= found.1)
    }

    /// The same without some of the dimensions, as in [`super::Accumulator::summed_over`].
    ///
    /// # Errors
    /// See [`Extremes::new`].
    pub fn summed_over(&self, over: &[bool]) -> Result<Extremes, Error> {
        let (classes, shape) = super::project::coarser(&self.shape, over);
        self.project(&classes, &shape)
    }

    /// The same with other classes, as in [`super::Accumulator::project`].
    ///
    /// # Errors
    /// See [`Extremes::new`].
    pub fn project(&self, classes: &[Vec<u32>], shape: &[u32]) -> Result<Extremes, Error> {
        let mut out = Extremes::new(shape)?;
        let dense = self.dense.iter().enumerate().map(|(number, found)| (number as u64, *found));
        let found = self.found.iter().map(|(number, found)| (*number, *found));
        for (number, found) in dense.chain(found).filter(|(_, found)| found.0 <= found.1) {
            let mut rest = number;
            let mut to = vec![0; self.shape.len()];
            for ((to, &size), classes) in to.iter_mut().zip(&self.shape).zip(classes).rev() {
                *to = classes[(rest % u64::from(size)) as usize];
                rest /= u64::from(size);
            }
            if !to.contains(&NONE) {
                out.put(&to, found);
            }
        }
        Ok(out)
    }
}
