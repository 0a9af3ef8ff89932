//! Cells brought into other cells, exactly: parts gathered, classes renamed, dimensions summed over.

use super::front::{Front, Lane};
use super::rearrange::Order;
use super::{Accumulator, NONE, Part, Total};
use crate::Error;

impl Accumulator {
    /// All parts as one.
    pub(super) fn gather(&mut self) {
        if self.parts.len() == 1 {
            return;
        }
        let mut parts = std::mem::take(&mut self.parts).into_iter();
        let Some(mut whole) = parts.next() else { return };
        if whole.slots.is_none() && whole.range.end < self.cells + 2 {
            whole = Part { range: 0..self.cells + 2, front: stitch(whole, &mut parts, self.cells + 2), slots: None };
        }
        for part in parts {
            absorb(&mut whole, &part);
        }
        self.parts = vec![whole];
    }

    pub(super) fn gathered(mut self) -> Self {
        self.gather();
        self
    }

    /// Adds the one part of another accumulator to the one part of this.
    pub(super) fn absorb(&mut self, other: &Accumulator) {
        absorb(&mut self.parts[0], &other.parts[0]);
    }

    /// The same sums with other classes: `classes[d][c]` is what class `c` of dimension `d` becomes, below `shape[d]`, or
    /// [`NONE`]. Where several become one they are added up, exactly.
    ///
    /// # Errors
    /// See [`Accumulator::new`].
    pub fn project(&mut self, classes: &[Vec<u32>], shape: &[u32], threads: usize) -> Result<Accumulator, Error> {
        self.gather();
        let part = &self.parts[0];
        // No more cells than rows can be reached.
        let reached = self.cells.min(self.taken.rows) as usize;
        let mut out = Accumulator::within(shape, 1, reached, &self.limits)?;
        out.threads = threads;
        out.taken = self.taken.clone();
        let mut stride = 1;
        let mut tables: Vec<Vec<u64>> = Vec::with_capacity(shape.len());
        for (classes, &size) in classes.iter().zip(shape).rev() {
            let entry = |&class: &u32| if class == NONE { u64::MAX } else { u64::from(class) * stride };
            tables.push(classes.iter().map(entry).collect());
            stride *= u64::from(size);
        }
        tables.reverse();
        out.parts[0].front.like(&part.front);
        match &part.slots {
            Some(slots) => {
                for (slot, &number) in slots.numbers.iter().enumerate() {
                    let to = place(number, self.cells, &self.shape, &tables, out.cells);
                    put(&mut out.parts[0], to, &part.front, slot);
                }
            }
            None => {
                let cells = out.cells as usize;
                let order = Order::of(classes, shape).filter(|_| out.parts[0].slots.is_none());
                let filled =
                    order.is_some_and(|order| order.fill(&part.front, &mut out.parts[0].front, cells, threads));
                project_cube(part, self.cells, &self.shape, &tables, &mut out, filled);
            }
        }
        Ok(out)
    }

    /// The same sums without some of the dimensions: what they tell apart is added up into their class 0.
    ///
    /// # Errors
    /// See [`Accumulator::new`].
    pub fn summed_over(&mut self, over: &[bool]) -> Result<Accumulator, Error> {
        let (classes, shape) = coarser(&self.shape, over);
        self.project(&classes, &shape, self.threads)
    }

    /// Rows of a cell that is known as a whole, as where an accumulator is read from a table.
    pub fn put(&mut self, classes: &[u32], rows: u64, nulls: u64, sum: &crate::exact::ExactSum) {
        self.gather();
        let number = classes
            .iter()
            .zip(&self.shape)
            .fold(0, |number, (&class, &size)| number * u64::from(size) + u64::from(class));
        let slot = slot(&mut self.parts[0], number);
        let aside = super::front::Aside { sum: sum.clone(), rows, nulls };
        self.parts[0].front.put_whole(slot, &aside);
        self.taken.add(&Total { rows, nulls, sum: sum.clone() });
    }

    /// For every dimension the classes that some row has.
    pub fn reached(&mut self) -> Vec<Vec<bool>> {
        // Stretches of a cube may stay where they are.
        if !self.shared() {
            self.gather();
        }
        let mut reached: Vec<Vec<bool>> = self.shape.iter().map(|&size| vec![false; size as usize]).collect();
        let Some((&run, outer)) = self.shape.split_last() else { return reached };
        let mark = |reached: &mut [Vec<bool>], number: u64, shape: &[u32]| {
            let mut rest = number;
            for (reached, &size) in reached.iter_mut().zip(shape).rev() {
                reached[(rest % u64::from(size)) as usize] = true;
                rest /= u64::from(size);
            }
        };
        if let Some(slots) = &self.parts[0].slots {
            let numbers = slots.numbers.iter().filter(|number| **number < self.cells);
            numbers.for_each(|number| mark(&mut reached, *number, &self.shape));
            return reached;
        }
        let run = run.max(1) as usize;
        let mut inner = vec![false; run];
        for part in &self.parts {
            let (start, end) = (part.range.start as usize, part.range.end.min(self.cells) as usize);
            for (at, first) in (start..end).step_by(run).enumerate() {
                // Mostly all are reached long before all cells are seen.
                let missing = || inner.contains(&false) || reached[..outer.len()].iter().flatten().any(|is| !is);
                if at % 1024 == 1023 && !missing() {
                    break;
                }
                let mut any = false;
                for (k, inner) in inner.iter_mut().enumerate() {
                    let full = part.front.is_reached(first - start + k);
                    *inner |= full;
                    any |= full;
                }
                if any {
                    mark(&mut reached, (first / run) as u64, outer);
                }
            }
        }
        if let Some(last) = reached.last_mut() {
            last.clone_from(&inner[..last.len()].to_vec());
        }
        reached
    }

    /// Rows without a class, and rows that do not take part.
    pub fn put_aside(&mut self, left_out: &Total, not_taken: &Total) {
        self.gather();
        for (special, total) in (0..).zip([left_out, not_taken]) {
            if *total != Total::default() {
                let slot = slot(&mut self.parts[0], self.cells + special);
                let aside = super::front::Aside { sum: total.sum.clone(), rows: total.rows, nulls: total.nulls };
                self.parts[0].front.put_whole(slot, &aside);
                self.taken.add(total);
            }
        }
    }

    /// Every cell that was reached: its classes, and all that it holds.
    pub fn each(&mut self, mut see: impl FnMut(&[u32], &Total)) {
        self.gather();
        let part = &self.parts[0];
        let mut numbers: Vec<(u64, usize)> = match &part.slots {
            Some(slots) => slots.numbers.iter().copied().zip(0..).collect(),
            None => (0..self.cells).map(|cell| (cell, cell as usize)).collect(),
        };
        numbers.retain(|(number, _)| *number < self.cells);
        numbers.sort_unstable();
        let mut classes = vec![0; self.shape.len()];
        for (number, cell) in numbers {
            let all = part.front.whole(cell);
            if all.rows == 0 {
                continue;
            }
            let mut rest = number;
            for (class, &size) in classes.iter_mut().zip(&self.shape).rev() {
                *class = (rest % u64::from(size)) as u32;
                rest /= u64::from(size);
            }
            see(&classes, &Total { rows: all.rows, nulls: all.nulls, sum: all.sum });
        }
    }
}

/// What the classes become where some dimensions are summed over, and the shape of that.
pub(super) fn coarser(shape: &[u32], over: &[bool]) -> (Vec<Vec<u32>>, Vec<u32>) {
    let class = |(&size, &over): (&u32, &bool)| (0..size).map(|class| if over { 0 } else { class }).collect();
    let size = |(&size, &over): (&u32, &bool)| if over { size.min(1) } else { size };
    (shape.iter().zip(over).map(class).collect(), shape.iter().zip(over).map(size).collect())
}

/// Stretches of a cube, one after another.
fn stitch(first: Part, rest: &mut impl Iterator<Item = Part>, cells: u64) -> Front {
    let mut whole = Front::new(cells as usize, cells as usize);
    for part in std::iter::once(first).chain(rest) {
        whole.like(&part.front);
        let (start, own) = (part.range.start as usize, (part.range.end - part.range.start) as usize);
        if !whole.lay(start, &part.front, own) {
            for cell in 0..own {
                move_cell(&mut whole, start + cell, &part.front, cell);
            }
        }
    }
    whole
}

fn move_cell(to: &mut Front, at: usize, from: &Front, cell: usize) {
    to.put(at, from.content(cell), from.unit());
    if let Some(&nulls) = from.nulls.get(cell) {
        to.put_nulls(at, nulls);
    }
    if let Some(aside) = from.aside.get(&(cell as u32)) {
        to.put_aside(at, aside);
    }
}

fn absorb(into: &mut Part, part: &Part) {
    match &part.slots {
        None if into.slots.is_some() => {
            into.front.like(&part.front);
            for (cell, number) in part.range.clone().enumerate().filter(|(cell, _)| part.front.is_reached(*cell)) {
                put(into, number, &part.front, cell);
            }
        }
        None => into.front.merge(&part.front),
        Some(slots) => {
            into.front.like(&part.front);
            for (cell, &number) in slots.numbers.iter().enumerate() {
                put(into, number, &part.front, cell);
            }
        }
    }
}

/// The cell of a number.
fn slot(part: &mut Part, number: u64) -> usize {
    match &mut part.slots {
        None => number as usize,
        Some(slots) => {
            let slot = slots.of(number);
            let needed = slots.numbers.len();
            if needed > part.front.len() {
                part.front.grow((needed * 2).max(1024));
            }
            slot as usize
        }
    }
}

fn put(into: &mut Part, number: u64, from: &Front, cell: usize) {
    let at = slot(into, number);
    move_cell(&mut into.front, at, from, cell);
}

/// The new number of a cell; the two special ones stay special.
fn place(number: u64, cells: u64, shape: &[u32], tables: &[Vec<u64>], new: u64) -> u64 {
    if number >= cells {
        return new + (number - cells);
    }
    let (mut rest, mut to) = (number, 0u64);
    for (table, &size) in tables.iter().zip(shape).rev() {
        let entry = table[(rest % u64::from(size)) as usize];
        if entry == u64::MAX {
            return new;
        }
        to += entry;
        rest /= u64::from(size);
    }
    to
}

/// The cells of a cube, run by run of the innermost dimension; where those that stay are `filled` in, the others.
fn project_cube(part: &Part, cells: u64, shape: &[u32], tables: &[Vec<u64>], out: &mut Accumulator, filled: bool) {
    let run = shape.last().map_or(1, |&size| size.max(1) as usize);
    let (outer, whole) = (shape.len().saturating_sub(1), [0]);
    let inner = tables.last().map_or(&whole[..], |table| &table[..]);
    let empty = |cell: usize| match &part.front.lane {
        Lane::Narrow(lane) => lane[cell] == 0,
        Lane::Wide { cells, .. } => cells[cell] == 0,
    };
    let spare = filled || part.front.aside.is_empty();
    let drops = tables.iter().any(|table| table.contains(&u64::MAX));
    let seen = if filled && !drops { 0 } else { cells as usize };
    for first in (0..seen).step_by(run) {
        let base = place((first / run) as u64, u64::MAX, &shape[..outer], &tables[..outer], u64::MAX);
        for (k, &entry) in inner.iter().enumerate() {
            let cell = first + k;
            if spare && empty(cell) {
                continue;
            }
            let lost = base == u64::MAX || entry == u64::MAX;
            if filled && !lost {
                continue;
            }
            put(&mut out.parts[0], if lost { out.cells } else { base + entry }, &part.front, cell);
        }
    }
    if filled {
        for (&cell, aside) in part.front.aside.iter().filter(|(cell, _)| u64::from(**cell) < cells) {
            let to = place(cell.into(), cells, shape, tables, out.cells);
            // Those that are lost went with their cells, unless these are empty.
            if to < out.cells || empty(cell as usize) {
                out.parts[0].front.put_aside(to as usize, aside);
            }
        }
    }
    for special in 0..2 {
        put(&mut out.parts[0], out.cells + special, &part.front, (cells + special) as usize);
    }
}
