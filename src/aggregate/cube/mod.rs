//! Sums over groups of rows, where a group is a tuple of small whole numbers. Numbers in, numbers out: no labels.
//!
//! An [`Accumulator`] takes batches of rows, and other accumulators, in any order, and gives the same bits: the sum of a
//! cell is its exact sum rounded once, to nearest even. How that costs little more than adding floats is told in `front`.
//!
//! **Dense or sparse.** Codes are turned into classes by lookup tables whose entries are multiplied by the stride of
//! their dimension, so the number of a cell is a sum of lookups (`index`). It is the place in a cube while that is not much
//! larger than the rows, and is looked up by hash otherwise. Threads take ranges of rows with a cube each and the cubes are
//! added up while they are small; else each thread scans all rows and keeps its own stretch of the cells, so
//! memory does not grow with the threads.
//!
//! Blocks of 1024 rows: vector work first (cell numbers, nulls, fixed point), then one scattered addition a row.

mod batch;
mod block;
mod extremes;
mod front;
mod index;
mod project;
mod rearrange;
mod room;
mod write;

use std::hash::Hash;
use std::ops::Range;
use std::thread;

use rustc_hash::FxHashMap;

use crate::Error;
use crate::exact::ExactSum;
use crate::watch::Watch;

pub use batch::{Batch, Codes, Column, Dim, Keys, Numbers, Values};
pub use extremes::Extremes;

use block::Block;
use front::{Front, not_finite};
use index::{Key, apart, axes, bits, no_class, number};

/// The class of a code whose rows are left out.
pub const NONE: u32 = u32::MAX;

/// The cells that at least one row reached, in row-major order of their classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cells {
    /// For each dimension the class of each cell.
    pub keys: Vec<Vec<u32>>,
    /// The exact sum of the values, rounded once; 0 where there are none.
    pub sum: Vec<f64>,
    /// The cells without a value, in order.
    pub blank: Vec<usize>,
    /// All rows,
    pub rows: u64,
    /// and all without a value.
    pub nulls: u64,
    /// The rows, if wanted.
    pub figures: Vec<u64>,
    /// The rows that have a value, if wanted.
    pub valued: Vec<u64>,
    /// For each class of the outermost dimension, what rounding took from the sums of its cells: exact less rounded.
    pub rounding: Vec<ExactSum>,
}

impl Cells {
    /// The same, if no sum is beyond the floats.
    ///
    /// # Errors
    /// [`Error::Schema`] if one is.
    pub fn finite(self) -> Result<Cells, Error> {
        if self.sum.iter().any(|sum| sum.is_infinite()) {
            return Err(Error::Schema(
                "a sum is beyond the largest 64-bit float: give the values a larger unit".into(),
            ));
        }
        Ok(self)
    }
}

/// Rows, those of them without a value, and the exact sum of the values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Total {
    /// Rows.
    pub rows: u64,
    /// Rows without a value.
    pub nulls: u64,
    /// Sum of the values.
    pub sum: ExactSum,
}

impl Total {
    /// Adds another.
    pub fn add(&mut self, other: &Total) {
        self.rows += other.rows;
        self.nulls += other.nulls;
        self.sum.merge(&other.sum);
    }
}

/// Rows of a block.
const BLOCK: usize = 1024;
/// Rows between two looks at the watch.
const STRETCH: usize = 1 << 20;
/// Cells from which on threads are worth starting to write them out: what each writes is copied together, and into memory
/// that is new to it.
const MANY: u64 = if cfg!(test) { 1 << 4 } else { 1 << 22 };
/// Cells that take the rows of other threads, in turn: one alone would wait for itself.
const WASTE: usize = 8;

/// Where one way of adding ends and the next begins; tests move them.
#[derive(Clone, Debug)]
pub struct Limits {
    /// A cube may have this many cells whatever the rows,
    pub dense_cells: u64,
    /// and this many for each row,
    pub dense_cells_per_row: u64,
    /// but never more than this.
    pub most_cells: u64,
    /// The cubes of all threads together may have this many cells.
    pub private_cells: u64,
    /// A thread with fewer rows than this is not worth starting,
    pub rows_per_thread: usize,
    /// nor one with fewer than this for each cell of a cube of its own, which is cleared and added to the first.
    pub rows_per_own_cell: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            dense_cells: 1 << 16,
            dense_cells_per_row: 8,
            most_cells: 1 << 28,
            private_cells: 32 << 20,
            rows_per_thread: 1 << 16,
            rows_per_own_cell: 2,
        }
    }
}

impl Limits {
    /// The cells that a cube may have for so many rows.
    fn room(&self, rows: u64) -> u64 {
        self.dense_cells.max(self.dense_cells_per_row.saturating_mul(rows)).min(self.most_cells)
    }

    /// The threads that are worth having cells of their own, so many each, for so many rows.
    fn worth(&self, rows: usize, own: usize) -> usize {
        rows.div_ceil(self.rows_per_thread).min(rows / (own * self.rows_per_own_cell).max(1)).max(1)
    }
}

/// The cells of one thread.
#[derive(Clone, Debug)]
struct Part {
    /// Numbers of its cells; the last two of all are for rows without a class, and rows that do not take part.
    range: Range<u64>,
    front: Front,
    /// Where cells are found by hash: their numbers by slot.
    slots: Option<Slots>,
}

impl Part {
    /// The cells of a cube, which are there from the start; none where they come as they are met.
    fn own(&self) -> usize {
        if self.slots.is_some() { 0 } else { self.front.len() }
    }
}

#[derive(Clone, Debug, Default)]
struct Slots {
    place: FxHashMap<u64, u32>,
    numbers: Vec<u64>,
}

impl Slots {
    #[inline]
    fn of(&mut self, number: u64) -> u32 {
        let next = self.numbers.len() as u32;
        let slot = *self.place.entry(number).or_insert(next);
        if slot == next {
            self.numbers.push(number);
        }
        slot
    }
}

/// Sums by cell. Neither the order of what is added nor the number of threads changes a bit of what comes out.
///
/// ```
/// # use migstat::{aggregate::cube::{Accumulator, Batch, Codes, Column, Dim, Values, NONE}, watch::Watch};
/// // Three areas, of which the first two are one region and the third is in none.
/// let region = Dim { codes: Codes::One(Column::plain("area", &[0, 2, 1, 0])), classes: &[0, 0, NONE] };
/// let batch = Batch { rows: 4, dims: vec![region], take: None, value: Values::floats(&[0.1, 5.0, 0.2, 0.3], None) };
/// let mut sums = Accumulator::new(&[1], 2, 4)?;
/// sums.update(&batch, &Watch::default())?;
/// let cells = sums.cells(true);
/// assert_eq!((cells.keys, cells.sum), (vec![vec![0]], vec![0.6])); // 0.1 + 0.2 + 0.3 is not 0.6 in f64
/// assert_eq!(sums.left_out().rows, 1);
/// # Ok::<(), migstat::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Accumulator {
    shape: Vec<u32>,
    cells: u64,
    parts: Vec<Part>,
    threads: usize,
    limits: Limits,
    taken: Total,
}

impl Accumulator {
    /// For classes below the sizes of `shape`; `rows` is how many are to be expected.
    ///
    /// # Errors
    /// [`Error::Schema`] if there are more cells than 64 bits can number.
    pub fn new(shape: &[u32], threads: usize, rows: usize) -> Result<Self, Error> {
        Self::within(shape, threads, rows, &Limits::default())
    }

    /// The same with other limits.
    ///
    /// # Errors
    /// See [`Accumulator::new`].
    pub fn within(shape: &[u32], threads: usize, rows: usize, limits: &Limits) -> Result<Self, Error> {
        let dims = shape.len() as u64;
        // Several dimensions may say `none` for the same row: the key must hold the sum.
        let cells = shape.iter().try_fold(1u64, |cells, &size| cells.checked_mul(size.into()));
        let Some(cells) = cells.filter(|&cells| cells < u64::MAX / (dims + 2) - 2) else {
            return Err(Error::Schema("the groups have more than 2^64 possible cells; group by fewer columns".into()));
        };
        let (asked, threads) = (threads.max(1), threads.clamp(1, rows.div_ceil(limits.rows_per_thread).max(1)));
        let dense = cells <= limits.room(rows as u64) && (cells + 2) * (dims + 2) <= u32::MAX.into();
        let part = |range: Range<u64>, waste: usize| {
            let own = if dense { (range.end - range.start) as usize } else { 0 };
            Part { range, front: Front::new(own + waste, own), slots: (!dense).then(Slots::default) }
        };
        let all = cells + 2;
        let parts = if dense && threads > 1 && cells * threads as u64 > limits.private_cells {
            // Stretches begin and end with runs of the innermost dimension.
            let run = u64::from(shape.last().copied().unwrap_or(1).max(1));
            let step = (cells / run).div_ceil(threads as u64).max(1) * run;
            let end = |part: u64| if part == threads as u64 { all } else { (part * step).min(cells) };
            (0..threads as u64).map(|at| part(end(at)..end(at + 1), WASTE)).collect()
        } else {
            let threads = threads.min(limits.worth(rows, if dense { all as usize } else { 0 }));
            (0..threads).map(|_| part(0..all, 0)).collect()
        };
        Ok(Self {
            shape: shape.to_vec(),
            cells,
            parts,
            threads: asked,
            limits: limits.clone(),
            taken: Total::default(),
        })
    }

    /// Have so many rows come that cells which are found by hash had better be a cube?
    pub fn is_outgrown(&self) -> bool {
        self.parts[0].slots.is_some() && self.cells <= self.limits.room(self.taken.rows)
    }

    /// The sizes of the dimensions.
    pub fn shape(&self) -> &[u32] {
        &self.shape
    }

    /// All rows that came in, whether they took part or not.
    pub fn taken(&self) -> &Total {
        &self.taken
    }

    /// The rows that took part and have no class in some dimension.
    pub fn left_out(&self) -> Total {
        self.special(self.cells)
    }

    /// The rows that did not take part.
    pub fn not_taken(&self) -> Total {
        self.special(self.cells + 1)
    }

    fn special(&self, number: u64) -> Total {
        let mut total = Total::default();
        for part in self.parts.iter().filter(|part| part.range.contains(&number)) {
            let cell = match &part.slots {
                None => Some((number - part.range.start) as usize),
                Some(slots) => slots.place.get(&number).map(|slot| *slot as usize),
            };
            if let Some(cell) = cell {
                let all = part.front.whole(cell);
                total.rows += all.rows;
                total.nulls += all.nulls;
                total.sum.merge(&all.sum);
            }
        }
        total
    }

    /// Do the threads share the cells among them, and not the rows?
    fn shared(&self) -> bool {
        self.parts[0].range.end < self.cells + 2
    }

    /// Adds the rows of a batch.
    ///
    /// # Errors
    /// [`Error::Schema`] if a code has no entry in `classes` or a value is not finite; [`Error::Stopped`] when `watch`
    /// says so. The sums are then of no use.
    pub fn update(&mut self, batch: &Batch, watch: &Watch) -> Result<(), Error> {
        self.update_all(std::slice::from_ref(batch), 0, watch)
    }

    /// Adds the rows of several batches, on all threads; `before` rows came before them, for errors that name one.
    ///
    /// # Errors
    /// See [`Accumulator::update`].
    pub fn update_all(&mut self, batches: &[Batch], before: usize, watch: &Watch) -> Result<(), Error> {
        for batch in batches {
            self.check(batch)?;
        }
        let rows = batches.iter().map(|batch| batch.rows).sum();
        let shared = self.shared();
        // What threads keep is gathered once, at the end: all rows that came so far have made it worth while.
        let all = self.taken.rows as usize + rows;
        if !shared {
            self.spread(self.limits.worth(all, self.parts[0].own()));
        }
        let worth = usize::div_ceil(rows, self.limits.rows_per_thread).max(1);
        let count = if shared { self.parts.len() } else { self.parts.len().min(worth) };
        let pieces = if shared { vec![0..rows; count] } else { ranges(rows, count, BLOCK) };
        let (shape, cells) = (&self.shape[..], self.cells);
        let jobs = self.parts.iter_mut().take(count).zip(pieces).enumerate().collect();
        let totals = on_threads(jobs, |(at, (part, piece)): (usize, (&mut Part, Range<usize>))| {
            let mut total = Total::default();
            let mut first = 0;
            for batch in batches {
                let rows = piece.start.clamp(first, first + batch.rows) - first
                    ..piece.end.clamp(first, first + batch.rows) - first;
                if !rows.is_empty() {
                    let counts = !shared || at == 0;
                    let fill = Fill { batch, watch, cells, rows, first: before + first, counts };
                    total.add(&match part.slots {
                        None => fill.dense(&axes::<u32>(&batch.dims, shape, cells), part),
                        Some(_) => fill.sparse(&axes::<u64>(&batch.dims, shape, cells), part),
                    }?);
                }
                first += batch.rows;
            }
            Ok::<_, Error>(total)
        });
        for total in totals {
            self.taken.add(&total?);
        }
        Ok(())
    }

    /// Cells of their own for up to so many threads; there are fewer after all cells have been gathered.
    fn spread(&mut self, count: usize) {
        let own = self.parts[0].own();
        let room = self.limits.private_cells as usize;
        while self.parts.len() < count.min(self.threads) && (self.parts.len() + 1) * own <= room {
            let first = &self.parts[0];
            let slots = first.slots.is_some().then(Slots::default);
            self.parts.push(Part { range: first.range.clone(), front: Front::new(own, own), slots });
        }
    }

    /// The promises of the caller: equal lengths, classes below their size.
    fn check(&self, batch: &Batch) -> Result<(), Error> {
        let columns = batch.dims.iter().flat_map(|dim| match &dim.codes {
            Codes::One(codes) => [Some(codes.keys.len()), None],
            Codes::Two { outer, inner, .. } => [Some(outer.keys.len()), Some(inner.keys.len())],
        });
        if let Some(length) = columns.flatten().find(|&length| length != batch.rows) {
            return Err(Error::Internal(format!("a column of {length} rows beside {} others", batch.rows)));
        }
        if batch.dims.len() != self.shape.len() {
            return Err(Error::Internal(format!("{} dimensions for {}", batch.dims.len(), self.shape.len())));
        }
        for (at, (dim, &size)) in batch.dims.iter().zip(&self.shape).enumerate() {
            if let Some(class) = dim.classes.iter().find(|&&class| class >= size && class != NONE) {
                return Err(Error::Internal(format!("class {class} in dimension {at}, which has {size}")));
            }
            if let Codes::Two { width, .. } = dim.codes
                && (width == 0 && batch.rows > 0 || !dim.classes.len().is_multiple_of(width.max(1)))
            {
                let count = dim.classes.len();
                return Err(Error::Internal(format!("dimension {at} has {count} classes in rows of {width}")));
            }
        }
        Ok(())
    }

    /// Adds what another accumulator of the same shape has.
    pub fn merge(&mut self, other: &Accumulator) {
        self.taken.add(&other.taken);
        let more = other.clone().gathered();
        self.gather();
        self.absorb(&more);
    }

    /// The sums of all cells, reached or not, in row-major order; `NaN` where there is no value.
    ///
    /// # Errors
    /// [`Error::Schema`] if there are too many.
    pub fn values(&mut self) -> Result<Vec<f64>, Error> {
        if self.cells > self.limits.most_cells {
            return Err(Error::Schema(format!(
                "{} cells are too many for one array; group by fewer columns",
                self.cells
            )));
        }
        self.gather();
        Ok(write::values(&self.parts[0], self.cells as usize))
    }

    /// The cells that were reached; `counts` says whether rows are wanted beside the sums.
    pub fn cells(&mut self, counts: bool) -> Cells {
        let threads = self.threads;
        if !self.shared() {
            self.gather();
        }
        if let Some(slots) = &self.parts[0].slots {
            let mut numbers: Vec<(u64, u32)> = slots.numbers.iter().copied().zip(0..).collect();
            numbers.retain(|(number, _)| *number < self.cells);
            numbers.sort_unstable();
            return write::listed(&self.parts[0], &numbers, &self.shape, counts);
        }
        let (shape, run) = (&self.shape[..], u64::from(self.shape.last().copied().unwrap_or(1).max(1)));
        let jobs: Vec<(&Part, Range<u64>)> = if self.shared() {
            self.parts.iter().map(|part| (part, part.range.start..part.range.end.min(self.cells))).collect()
        } else {
            let stretches = ranges((self.cells / run) as usize, if self.cells < MANY { 1 } else { threads }, 1);
            let cells = |runs: Range<usize>| runs.start as u64 * run..runs.end as u64 * run;
            stretches.into_iter().map(|runs| (&self.parts[0], cells(runs))).collect()
        };
        write::join(on_threads(jobs, |(part, cells)| write::dense(part, cells, shape, counts)))
    }
}

/// Rows on their way into the cells of a part.
struct Fill<'a> {
    batch: &'a Batch<'a>,
    watch: &'a Watch,
    cells: u64,
    rows: Range<usize>,
    /// The rows of the batches before this one.
    first: usize,
    /// Threads that see the same rows must not count them twice.
    counts: bool,
}

impl Fill<'_> {
    fn dense(&self, axes: &[index::Axis<u32>], part: &mut Part) -> Result<Total, Error> {
        let (first, own) = (part.range.start as u32, (part.range.end - part.range.start) as u32);
        let whole = u64::from(own) == self.cells + 2;
        let front = &mut part.front;
        let mut total = self.blocks(axes, |at, keys, block| {
            if !whole {
                for (row, key) in keys.iter_mut().enumerate() {
                    let local = key.wrapping_sub(first);
                    *key = if local < own { local } else { own + (row % WASTE) as u32 };
                }
            }
            front.add(keys, block).map_err(|row| not_finite(self.first + at + row, block.value[row]))
        })?;
        total.sum = if self.counts { front.seen() } else { ExactSum::new() };
        Ok(total)
    }

    fn sparse(&self, axes: &[index::Axis<u64>], part: &mut Part) -> Result<Total, Error> {
        let Part { front, slots, .. } = part;
        let Some(slots) = slots else { return Err(Error::Internal("cells without slots".into())) };
        let mut places = [0u32; BLOCK];
        let mut total = self.blocks(axes, |at, keys, block| {
            for (place, &key) in places.iter_mut().zip(&*keys) {
                *place = slots.of(key);
            }
            if slots.numbers.len() > front.len() {
                front.grow((slots.numbers.len() * 2).max(1024));
            }
            front.add(&places[..keys.len()], block).map_err(|row| not_finite(self.first + at + row, block.value[row]))
        })?;
        total.sum = front.seen();
        Ok(total)
    }

    /// Block by block: numbers of the cells and values.
    fn blocks<K: Key + Hash>(
        &self,
        axes: &[index::Axis<K>],
        mut add: impl FnMut(usize, &mut [K], &mut Block) -> Result<(), Error>,
    ) -> Result<Total, Error> {
        let none = K::of(self.cells);
        let nowhere = none.plus(K::from(1));
        let mut keys = [none; BLOCK];
        let mut block = Block::new();
        let mut total = Total::default();
        for stretch in self.rows.clone().step_by(STRETCH) {
            let stretch = stretch..self.rows.end.min(stretch + STRETCH);
            for at in stretch.clone().step_by(BLOCK) {
                let count = stretch.end.min(at + BLOCK) - at;
                if !number(axes, at, none, &mut keys[..count]) {
                    return Err(no_class(axes, at, count, self.first));
                }
                if let Some(take) = self.batch.take {
                    apart(nowhere, &bits(take, at, count), &mut keys);
                }
                block.load(&self.batch.value, at, count);
                add(at, &mut keys[..count], &mut block)?;
                if self.counts {
                    block.count(count, &mut total);
                }
            }
            let units = if self.counts { stretch.len() as u64 } else { 0 };
            if !self.watch.advance(units) {
                return Err(Error::Stopped("the sum was stopped".into()));
            }
        }
        Ok(total)
    }
}

/// `0..count` in so many ranges of about the same length, cut at multiples of `step`.
fn ranges(count: usize, parts: usize, step: usize) -> Vec<Range<usize>> {
    let length = count.div_ceil(parts).next_multiple_of(step).max(1);
    (0..parts).map(|part| (part * length).min(count)..((part + 1) * length).min(count)).collect()
}

/// The jobs, a thread each; a single one stays here.
fn on_threads<J: Send, R: Send>(mut jobs: Vec<J>, work: impl Fn(J) -> R + Sync) -> Vec<R> {
    if jobs.len() == 1 {
        return jobs.pop().map(&work).into_iter().collect();
    }
    thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = jobs.into_iter().map(|job| scope.spawn(move || work(job))).collect();
        running.into_iter().map(|job| job.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

#[cfg(test)]
mod tests;
