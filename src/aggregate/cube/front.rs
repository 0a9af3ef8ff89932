//! Sums by cell that are exact: what a row adds is one addition of integers, so that no order can change a bit.
//!
//! A cell is one integer: its upper 25 bits count the rows, the bits under them hold the sum in two's complement. While all
//! values are whole numbers it has 64 bits, and then 128 in units of a power of two that suits the values. What does not
//! fit (a value with bits under the unit, a cell that is nearly full) goes [`Aside`], where sums are [`ExactSum`]: bounds
//! on rows and magnitudes are kept on the safe side, and when they are reached the cells are looked at and the few
//! that are really full are moved. Rows without a value are few, and counted on their own.

use prefetch_index::prefetch_index;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::BLOCK;
use super::block::{Block, COUNT, exponent, lowest_bit};
use super::room::Room;
use crate::Error;
use crate::exact::{ExactSum, power_of_two};

/// The rows of a cell stay below this,
const ROWS: u64 = 1 << 25;
/// and a cell that has this many when they are looked at is moved aside.
const MANY_ROWS: u64 = 1 << 23;
/// Sums of 64-bit cells stay below two to this,
const NARROW: i32 = 38;
/// and of 128-bit cells below two to this, in units.
const WIDE: i32 = 102;
/// Values stay below two to this, in units, so that a block of them is a quarter of that at most.
const LARGE: i32 = WIDE - 2 - BLOCK.ilog2() as i32;
/// How far above the unit the largest value is when the unit is chosen.
const HEADROOM: i32 = 75;
/// Cells of so many bytes lie near the processor anyway.
const NEAR: usize = 1 << 18;
/// How many rows ahead cells are asked for.
const AHEAD: usize = 96;
/// Units that keep all numbers made from them among the floats.
const UNITS: (i32, i32) = (-1074, 900);

/// What a cell holds, the sum in units of the front that it comes from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Content {
    pub sum: i128,
    pub rows: u64,
}

/// What did not fit into its cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Aside {
    pub sum: ExactSum,
    pub rows: u64,
    pub nulls: u64,
}

/// The cells.
#[derive(Clone, Debug)]
pub(super) enum Lane {
    /// Whole numbers in 64 bits.
    Narrow(Room<u64>),
    /// Multiples of a power of two in 128 bits.
    Wide { unit: i32, cells: Room<u128> },
}

/// Exact sums by cell, of the rows of one thread.
#[derive(Clone, Debug)]
pub(super) struct Front {
    pub lane: Lane,
    /// Rows without a value; empty while there are none.
    pub nulls: Vec<u8>,
    pub aside: FxHashMap<u32, Aside>,
    /// No cell has more rows than this,
    rows: u64,
    /// nor a sum of a larger magnitude.
    total: f64,
    /// Values that did not fit since the unit was chosen.
    misfits: usize,
    /// The first cell whose content nobody asks for.
    waste: usize,
    /// The sum of all rows since it was last asked for, in units.
    seen: i128,
    /// The same, of what is no multiple of the unit.
    seen_aside: ExactSum,
}

#[inline]
pub(super) fn open_narrow(cell: u64) -> Content {
    let sum = (cell << (64 - COUNT)) as i64 >> (64 - COUNT);
    Content { sum: sum.into(), rows: cell.wrapping_sub(sum as u64) >> COUNT }
}

#[inline]
pub(super) fn open_wide(cell: u128) -> Content {
    let sum = (cell << (64 - COUNT)) as i128 >> (64 - COUNT);
    Content { sum, rows: (cell.wrapping_sub(sum as u128) >> (64 + COUNT)) as u64 }
}

#[inline]
fn close_wide(content: Content) -> u128 {
    (u128::from(content.rows) << (64 + COUNT)).wrapping_add(content.sum as u128)
}

/// A sum in units, exactly.
pub(super) fn exact(sum: i128, unit: i32) -> ExactSum {
    let (magnitude, sign) = (sum.unsigned_abs(), sum.signum() as f64);
    let digit = |k: i32| (magnitude >> (32 * k) & 0xFFFF_FFFF) as f64;
    // Two steps: a digit times a power of two may lie beyond what one power of two can say.
    let place = |k: i32| {
        let power = unit + 32 * k;
        power_of_two(power / 2) * power_of_two(power - power / 2)
    };
    (0..4).filter(|&k| digit(k) != 0.0).map(|k| sign * digit(k) * place(k)).collect()
}

impl Front {
    /// Cells from `waste` on are no cells: rows that are of no interest fall there.
    pub fn new(cells: usize, waste: usize) -> Self {
        Self {
            lane: Lane::Narrow(Room::zeros(cells)),
            nulls: Vec::new(),
            aside: FxHashMap::default(),
            rows: 0,
            total: 0.0,
            misfits: 0,
            waste,
            seen: 0,
            seen_aside: ExactSum::new(),
        }
    }

    pub fn len(&self) -> usize {
        match &self.lane {
            Lane::Narrow(cells) => cells.len(),
            Lane::Wide { cells, .. } => cells.len(),
        }
    }

    /// More cells, empty.
    pub fn grow(&mut self, cells: usize) {
        match &mut self.lane {
            Lane::Narrow(lane) => lane.grow(cells),
            Lane::Wide { cells: lane, .. } => lane.grow(cells),
        }
        if !self.nulls.is_empty() {
            self.nulls.resize(cells, 0);
        }
        self.waste = cells;
    }

    /// The power of two that sums count.
    pub fn unit(&self) -> i32 {
        match self.lane {
            Lane::Narrow(_) => 0,
            Lane::Wide { unit, .. } => unit,
        }
    }

    /// What the cell holds, without what was set aside.
    #[inline]
    pub fn content(&self, cell: usize) -> Content {
        match &self.lane {
            Lane::Narrow(cells) => open_narrow(cells[cell]),
            Lane::Wide { cells, .. } => open_wide(cells[cell]),
        }
    }

    /// Does the cell have a row?
    #[inline]
    pub fn is_reached(&self, cell: usize) -> bool {
        let here = match &self.lane {
            Lane::Narrow(cells) => cells[cell] != 0,
            Lane::Wide { cells, .. } => cells[cell] != 0,
        };
        here || (!self.aside.is_empty() && self.aside.contains_key(&(cell as u32)))
    }

    /// Add the rows of a block. A value that is not finite is given back by its row.
    pub fn add(&mut self, keys: &[u32], block: &mut Block) -> Result<(), usize> {
        if matches!(self.lane, Lane::Narrow(_)) {
            let whole = block.whole();
            if whole.all && self.has_room(whole.total) {
                if let Lane::Narrow(cells) = &mut self.lane {
                    scatter(cells, keys, |row| block.narrow[row], u64::wrapping_add);
                }
                self.seen += open_narrow(whole.sum).sum;
                self.rest(keys, block);
                return Ok(());
            }
            self.widen(block.spread().most.max(1.0));
        }
        self.add_wide(keys, block)
    }

    fn add_wide(&mut self, keys: &[u32], block: &mut Block) -> Result<(), usize> {
        let spread = block.spread();
        if !spread.total.is_finite()
            && let Some(row) = block.value[..keys.len()].iter().position(|value| !value.is_finite())
        {
            return Err(row);
        }
        let mut unit = self.unit();
        let fits =
            |unit: i32, lowest: f64, most: f64| lowest >= power_of_two(unit) && most < power_of_two(unit + LARGE);
        let mut total = spread.total;
        if !fits(unit, spread.grain, spread.most) {
            let misfits = keys
                .iter()
                .zip(&block.value)
                .filter(|(_, value)| !fits(unit, lowest_bit(**value), value.abs()))
                .count();
            self.misfits += misfits;
            if self.misfits > (self.len() / 4).max(1 << 14) {
                self.choose_unit(spread.most);
                unit = self.unit();
            }
            total = 0.0;
            for (&key, value) in keys.iter().zip(&mut block.value) {
                if fits(unit, lowest_bit(*value), value.abs()) {
                    total += value.abs();
                } else {
                    self.aside.entry(key).or_default().sum.add(*value);
                    self.seen_aside.add(*value);
                    *value = 0.0;
                }
            }
        }
        let room = self.has_room(total);
        assert!(room, "a block of values that fit their unit is below a quarter of the limit of a cell");
        self.seen += open_wide(block.fix(unit)).sum;
        if let Lane::Wide { cells, .. } = &mut self.lane {
            let term = |row: usize| u128::from(block.high[row]) << 64 | u128::from(block.low[row]);
            scatter(cells, keys, term, u128::wrapping_add);
        }
        self.rest(keys, block);
        Ok(())
    }

    /// Rows without a value, and values too large for a float.
    fn rest(&mut self, keys: &[u32], block: &Block) {
        if block.valid != [u64::MAX; BLOCK / 64] {
            if self.nulls.is_empty() {
                self.nulls = vec![0; self.len()];
            }
            for (valid, keys) in block.valid.iter().zip(keys.chunks(64)) {
                let mut open = !valid;
                if keys.len() < 64 {
                    open &= (1 << keys.len()) - 1;
                }
                while open != 0 {
                    let key = keys[open.trailing_zeros() as usize];
                    let null = &mut self.nulls[key as usize];
                    match null.checked_add(1) {
                        Some(more) => *null = more,
                        None => self.put_aside_nulls(key),
                    }
                    open &= open - 1;
                }
            }
        }
        for &(row, number) in &block.large {
            self.aside.entry(keys[row]).or_default().sum.merge(&exact(number, 0));
            self.seen_aside.merge(&exact(number, 0));
        }
    }

    /// The sum of all rows since this was last asked, whichever cells they fell into.
    pub fn seen(&mut self) -> ExactSum {
        let mut all = std::mem::take(&mut self.seen_aside);
        all.merge(&exact(std::mem::take(&mut self.seen), self.unit()));
        all
    }

    /// One more row without a value in a cell whose count of them is full.
    #[cold]
    fn put_aside_nulls(&mut self, cell: u32) {
        let full = std::mem::take(&mut self.nulls[cell as usize]);
        if (cell as usize) < self.waste {
            self.aside.entry(cell).or_default().nulls += u64::from(full) + 1;
        }
    }

    /// Can all cells take so much more? Full ones are moved aside first.
    fn has_room(&mut self, total: f64) -> bool {
        if self.takes(BLOCK as u64, total) {
            return true;
        }
        if !total.is_finite() {
            return false;
        }
        self.move_full();
        self.takes(BLOCK as u64, total)
    }

    fn limit(&self) -> f64 {
        match self.lane {
            Lane::Narrow(_) => power_of_two(NARROW),
            Lane::Wide { unit, .. } => power_of_two(unit + WIDE),
        }
    }

    /// Counts rows and magnitude towards the bounds, if there is room.
    #[inline]
    fn takes(&mut self, rows: u64, total: f64) -> bool {
        // Half of the limit, as sums of floats are a little off.
        let room = self.rows + rows < ROWS && self.total + total < self.limit() / 2.0;
        if room {
            self.rows += rows;
            self.total += total;
        }
        room
    }

    /// Moves nearly full cells aside and finds out how full the others are.
    #[cold]
    fn move_full(&mut self) {
        let much = match self.lane {
            Lane::Narrow(_) => 1 << (NARROW - 4),
            Lane::Wide { .. } => 1i128 << (WIDE - 4),
        };
        let (mut rows, mut most) = (0, 0);
        for cell in 0..self.len() {
            let content = self.content(cell);
            if content.rows >= MANY_ROWS || content.sum.abs() >= much {
                self.move_aside(cell, content);
            } else {
                rows = rows.max(content.rows);
                most = most.max(content.sum.abs());
            }
        }
        self.rows = rows;
        self.total = most as f64 * power_of_two(self.unit().max(-1022)) + f64::MIN_POSITIVE;
    }

    fn move_aside(&mut self, cell: usize, content: Content) {
        if cell < self.waste {
            let unit = self.unit();
            let aside = self.aside.entry(cell as u32).or_default();
            aside.sum.merge(&exact(content.sum, unit));
            aside.rows += content.rows;
        }
        match &mut self.lane {
            Lane::Narrow(cells) => cells[cell] = 0,
            Lane::Wide { cells, .. } => cells[cell] = 0,
        }
    }

    /// From 64 to 128 bits, in units that suit values up to `most`.
    #[cold]
    fn widen(&mut self, most: f64) {
        if let Lane::Narrow(cells) = &mut self.lane {
            let mut wide = Room::zeros(cells.len());
            wide.iter_mut().zip(&**cells).for_each(|(wide, cell)| *wide = close_wide(open_narrow(*cell)));
            self.lane = Lane::Wide { unit: 0, cells: wide };
            self.choose_unit(if most.is_finite() { most } else { 1.0 });
        }
    }

    /// Other units; cells that do not fit them are moved aside.
    #[cold]
    fn choose_unit(&mut self, most: f64) {
        self.misfits = 0;
        self.seen_aside = self.seen();
        let new = (exponent(most.max(f64::MIN_POSITIVE)) - HEADROOM).clamp(UNITS.0, UNITS.1);
        let Lane::Wide { unit, .. } = self.lane else { return };
        let down = unit - new;
        let mut full = Vec::new();
        for cell in 0..self.len() {
            let content = self.content(cell);
            let moved = shift(content.sum, down);
            match moved {
                Some(sum) if sum.unsigned_abs() < 1 << (WIDE - 4) => {
                    if let Lane::Wide { cells, .. } = &mut self.lane {
                        cells[cell] = close_wide(Content { sum, ..content });
                    }
                }
                _ => full.push((cell, content)),
            }
        }
        for (cell, content) in full {
            self.move_aside(cell, content);
        }
        if let Lane::Wide { unit, .. } = &mut self.lane {
            *unit = new;
        }
        // Whatever the bounds were: all cells are below a sixteenth of the new limit.
        self.total = self.limit() / 16.0;
    }

    /// Adds a cell of another front.
    pub fn put(&mut self, cell: usize, content: Content, unit: i32) {
        if content.rows == 0 && content.sum == 0 {
            return;
        }
        let mine = self.content(cell);
        let sum = shift(content.sum, unit - self.unit()).and_then(|sum| sum.checked_add(mine.sum));
        let top = if matches!(self.lane, Lane::Narrow(_)) { NARROW } else { WIDE };
        let rows = mine.rows + content.rows;
        match sum {
            Some(sum) if sum.unsigned_abs() < 1 << (top - 2) && rows < ROWS / 2 => {
                match &mut self.lane {
                    Lane::Narrow(cells) => cells[cell] = (rows << COUNT).wrapping_add(sum as u64),
                    Lane::Wide { cells, .. } => cells[cell] = close_wide(Content { sum, rows }),
                }
                self.rows = self.rows.max(rows);
                self.total = self.total.max(self.limit() / 4.0);
            }
            _ => {
                let aside = self.aside.entry(cell as u32).or_default();
                aside.sum.merge(&exact(content.sum, unit));
                aside.rows += content.rows;
            }
        }
    }

    pub fn put_nulls(&mut self, cell: usize, nulls: u8) {
        if nulls == 0 {
            return;
        }
        if self.nulls.is_empty() {
            self.nulls = vec![0; self.len()];
        }
        match self.nulls[cell].checked_add(nulls) {
            Some(sum) => self.nulls[cell] = sum,
            None => self.aside.entry(cell as u32).or_default().nulls += u64::from(nulls),
        }
    }

    pub fn put_aside(&mut self, cell: usize, more: &Aside) {
        let aside = self.aside.entry(cell as u32).or_default();
        aside.sum.merge(&more.sum);
        aside.rows += more.rows;
        aside.nulls += more.nulls;
    }

    /// Adds what is known of a cell as a whole: as a number where it is a small one, which nearly all are.
    pub fn put_whole(&mut self, cell: usize, all: &Aside) {
        let value = all.sum.value();
        let small = value.abs() < power_of_two(NARROW - 2) && value.fract() == 0.0;
        let mut rest = all.sum.clone();
        if small && all.rows > 0 && all.rows < MANY_ROWS {
            rest.sub(value);
            self.put(cell, Content { sum: value as i128, rows: all.rows }, 0);
        } else {
            self.aside.entry(cell as u32).or_default().rows += all.rows;
        }
        if !rest.is_zero() {
            self.aside.entry(cell as u32).or_default().sum.merge(&rest);
        }
        match u8::try_from(all.nulls) {
            Ok(nulls) => self.put_nulls(cell, nulls),
            Err(_) => self.aside.entry(cell as u32).or_default().nulls += all.nulls,
        }
    }

    /// Becomes a front of 128 bits in the units of another that is one.
    pub fn like(&mut self, other: &Front) {
        if let (Lane::Narrow(_), Lane::Wide { unit, .. }) = (&self.lane, &other.lane) {
            let unit = *unit;
            self.widen(1.0);
            self.choose_unit(power_of_two((unit + HEADROOM).min(1023)));
        }
    }

    /// Adds another front of the same cells.
    pub fn merge(&mut self, other: &Front) {
        self.like(other);
        if !self.add_cells(other) {
            let unit = other.unit();
            for cell in 0..other.len().min(self.waste) {
                self.put(cell, other.content(cell), unit);
            }
        }
        if self.nulls.is_empty() {
            self.nulls.clone_from(&other.nulls);
        } else {
            for (cell, &nulls) in other.nulls.iter().enumerate() {
                self.put_nulls(cell, nulls);
            }
        }
        for (&cell, aside) in &other.aside {
            self.put_aside(cell as usize, aside);
        }
    }

    /// Copies the first cells of another front to where none of them has a row yet; false where the layouts differ.
    pub fn lay(&mut self, at: usize, other: &Front, count: usize) -> bool {
        match (&mut self.lane, &other.lane) {
            (Lane::Narrow(mine), Lane::Narrow(theirs)) => mine[at..at + count].copy_from_slice(&theirs[..count]),
            (Lane::Wide { unit, cells }, Lane::Wide { unit: other, cells: theirs }) if unit == other => {
                cells[at..at + count].copy_from_slice(&theirs[..count]);
            }
            _ => return false,
        }
        if !other.nulls.is_empty() {
            if self.nulls.is_empty() {
                self.nulls = vec![0; self.len()];
            }
            self.nulls[at..at + count].copy_from_slice(&other.nulls[..count]);
        }
        for (&cell, aside) in other.aside.iter().filter(|(cell, _)| (**cell as usize) < count) {
            self.put_aside(at + cell as usize, aside);
        }
        self.bounded_like(other);
        true
    }

    /// Takes over the bounds of a front whose cells have been copied.
    pub fn bounded_like(&mut self, other: &Front) {
        self.rows = self.rows.max(other.rows);
        self.total = self.total.max(other.total);
    }

    /// Where both have the same layout and room: one addition a cell.
    fn add_cells(&mut self, other: &Front) -> bool {
        if self.rows + other.rows >= ROWS || self.total + other.total >= self.limit() / 2.0 {
            return false;
        }
        match (&mut self.lane, &other.lane) {
            (Lane::Narrow(mine), Lane::Narrow(theirs)) => {
                add_all(mine, theirs, u64::wrapping_add);
            }
            (Lane::Wide { unit, cells }, Lane::Wide { unit: other, cells: theirs }) if unit == other => {
                add_all(cells, theirs, u128::wrapping_add);
            }
            _ => return false,
        }
        self.rows += other.rows;
        self.total += other.total;
        true
    }

    /// Everything a cell holds.
    pub fn whole(&self, cell: usize) -> Aside {
        let content = self.content(cell);
        let mut all = self.aside.get(&(cell as u32)).cloned().unwrap_or_default();
        all.sum.merge(&exact(content.sum, self.unit()));
        all.rows += content.rows;
        all.nulls += u64::from(self.nulls.get(cell).copied().unwrap_or(0));
        all
    }
}

/// Adds cells to cells.
fn add_all<C: Copy + Send + Sync>(mine: &mut [C], theirs: &[C], plus: impl Fn(C, C) -> C + Sync) {
    const PIECE: usize = 1 << 16;
    mine.par_chunks_mut(PIECE).zip(theirs.par_chunks(PIECE)).for_each(|(mine, theirs)| {
        mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine = plus(*mine, *theirs));
    });
}

/// Adds what the rows bring to their cells.
#[inline]
fn scatter<C: Copy>(cells: &mut [C], keys: &[u32], term: impl Fn(usize) -> C, plus: impl Fn(C, C) -> C) {
    if size_of_val(cells) <= NEAR {
        for (row, &key) in keys.iter().enumerate() {
            let cell = &mut cells[key as usize];
            *cell = plus(*cell, term(row));
        }
        return;
    }
    for (row, &key) in keys.iter().enumerate() {
        // Asked for in time, a cell that is far away is there when it is needed.
        prefetch_index(&*cells, keys[(row + AHEAD).min(keys.len() - 1)] as usize);
        let cell = &mut cells[key as usize];
        *cell = plus(*cell, term(row));
    }
}

/// A sum in units that are `down` powers of two smaller, if that loses nothing.
#[inline]
fn shift(sum: i128, down: i32) -> Option<i128> {
    if down == 0 || sum == 0 {
        return Some(sum);
    }
    if down < 0 {
        return (sum.trailing_zeros() as i32 >= -down).then(|| sum >> -down);
    }
    (down < sum.unsigned_abs().leading_zeros() as i32).then(|| sum << down)
}

/// The error for a value that is not finite.
#[cold]
pub(super) fn not_finite(row: usize, value: f64) -> Error {
    Error::Schema(format!("row {row}: the value {value} is not finite; make it null"))
}
