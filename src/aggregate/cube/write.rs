//! The cells that were reached, written out in order.

use std::ops::Range;

use super::front::{Aside, Content, Front, Lane, exact, open_narrow, open_wide};
use super::{Cells, Part};
use crate::exact::{ExactSum, power_of_two};

/// A cell as it lies in memory.
trait Cell: Copy + Sync {
    fn is_empty(self) -> bool;
    fn open(self) -> Content;
    /// The sum rounded once, and what rounding took from it in units.
    fn value(self, unit: i32) -> (f64, i128);
}

impl Cell for u64 {
    #[inline]
    fn is_empty(self) -> bool {
        self == 0
    }

    #[inline]
    fn open(self) -> Content {
        open_narrow(self)
    }

    #[inline]
    fn value(self, _: i32) -> (f64, i128) {
        (open_narrow(self).sum as i64 as f64, 0)
    }
}

impl Cell for u128 {
    #[inline]
    fn is_empty(self) -> bool {
        self == 0
    }

    #[inline]
    fn open(self) -> Content {
        open_wide(self)
    }

    /// The cast rounds to nearest even. The product does not: a result under the normal range has less than 53 bits.
    #[inline]
    fn value(self, unit: i32) -> (f64, i128) {
        let sum = open_wide(self).sum;
        let rounded = sum as f64;
        (rounded * power_of_two(unit), sum - rounded as i128)
    }
}

/// Writes cells of one part.
struct Writer<'a> {
    shape: &'a [u32],
    front: &'a Front,
    /// What was set aside in cells from here on, in order.
    aside: &'a [(u32, &'a Aside)],
    counts: bool,
    out: Cells,
    /// What rounding took from the cells of the outermost class `class`, in units.
    rest: i128,
    class: usize,
}

/// The cells of a stretch of a cube, which lies between whole runs of the innermost dimension.
pub(super) fn dense(part: &Part, cells: Range<u64>, shape: &[u32], counts: bool) -> Cells {
    let aside = sorted(&part.front);
    let first = (cells.start - part.range.start) as usize;
    let local = first..first + (cells.end - cells.start) as usize;
    let from = aside.partition_point(|(cell, _)| (*cell as usize) < local.start);
    let mut writer = Writer::new(&part.front, &aside[from..], shape, counts);
    match &part.front.lane {
        Lane::Narrow(lane) => writer.runs(&lane[local.clone()], cells.start, local.start),
        Lane::Wide { cells: lane, .. } => writer.runs(&lane[local.clone()], cells.start, local.start),
    }
    writer.done()
}

/// The cells that were found by hash: their numbers in order, each with its slot.
pub(super) fn listed(part: &Part, numbers: &[(u64, u32)], shape: &[u32], counts: bool) -> Cells {
    let mut writer = Writer::new(&part.front, &[], shape, counts);
    match &part.front.lane {
        Lane::Narrow(lane) => writer.list(lane, numbers),
        Lane::Wide { cells: lane, .. } => writer.list(lane, numbers),
    }
    writer.done()
}

/// The sums of all cells; `NaN` where there is no value.
pub(super) fn values(part: &Part, cells: usize) -> Vec<f64> {
    let front = &part.front;
    let null = |cell: usize| u64::from(front.nulls.get(cell).copied().unwrap_or(0));
    let unit = front.unit();
    let value = |(value, _): (f64, i128), content: Content, cell: usize| {
        if content.rows == null(cell) { f64::NAN } else { value }
    };
    if let Some(slots) = &part.slots {
        let mut out = vec![f64::NAN; cells];
        for (slot, &number) in slots.numbers.iter().enumerate().filter(|(_, number)| **number < cells as u64) {
            let all = front.whole(slot);
            if all.rows > all.nulls {
                out[number as usize] = all.sum.value();
            }
        }
        return out;
    }
    let mut out: Vec<f64> = match &front.lane {
        Lane::Narrow(lane) => (0..cells).map(|cell| value(lane[cell].value(0), lane[cell].open(), cell)).collect(),
        Lane::Wide { cells: lane, .. } => {
            (0..cells).map(|cell| value(lane[cell].value(unit), lane[cell].open(), cell)).collect()
        }
    };
    for &cell in front.aside.keys().filter(|cell| (**cell as usize) < cells) {
        let all = front.whole(cell as usize);
        if all.rows > all.nulls {
            out[cell as usize] = all.sum.value();
        }
    }
    out
}

fn sorted(front: &Front) -> Vec<(u32, &Aside)> {
    let mut aside: Vec<(u32, &Aside)> = front.aside.iter().map(|(cell, aside)| (*cell, aside)).collect();
    aside.sort_unstable_by_key(|(cell, _)| *cell);
    aside
}

impl<'a> Writer<'a> {
    fn new(front: &'a Front, aside: &'a [(u32, &'a Aside)], shape: &'a [u32], counts: bool) -> Self {
        let outermost = shape.first().map_or(1, |&size| size as usize);
        let out = Cells {
            keys: vec![Vec::new(); shape.len()],
            rounding: vec![ExactSum::new(); outermost],
            ..Cells::default()
        };
        Self { shape, front, aside, counts, out, rest: 0, class: 0 }
    }

    /// Cells from number `start` on; in the front they begin at `local`.
    fn runs<C: Cell>(&mut self, lane: &[C], start: u64, local: usize) {
        let reached = lane.iter().filter(|cell| !cell.is_empty()).count() + self.aside.len();
        self.reserve(reached);
        let run = self.shape.last().map_or(1, |&size| size.max(1) as usize);
        let outer = self.shape.len().saturating_sub(1);
        let mut classes = classes(start / run as u64, &self.shape[..outer]);
        let mut hits = vec![0u32; run];
        for (at, cells) in lane.chunks(run).enumerate() {
            let here = local + at * run;
            let mut count = 0;
            if self.aside.first().is_some_and(|(cell, _)| (*cell as usize) < here + run) {
                for (k, cell) in cells.iter().enumerate() {
                    if !cell.is_empty() || self.is_aside(here + k) {
                        hits[count] = k as u32;
                        count += 1;
                        self.push(*cell, here + k, classes.first().map_or(k, |class| *class as usize));
                    }
                }
            } else {
                for (k, cell) in cells.iter().enumerate() {
                    hits[count] = k as u32;
                    count += usize::from(!cell.is_empty());
                }
                let outermost = classes.first().copied();
                for &k in &hits[..count] {
                    let k = k as usize;
                    self.push_plain(cells[k], here + k, outermost.map_or(k, |class| class as usize));
                }
            }
            if let Some((inner, outer)) = self.out.keys.split_last_mut() {
                inner.extend_from_slice(&hits[..count]);
                for (keys, &class) in outer.iter_mut().zip(&classes) {
                    keys.extend(std::iter::repeat_n(class, count));
                }
            }
            step(&mut classes, &self.shape[..outer]);
        }
    }

    fn list<C: Cell>(&mut self, lane: &[C], numbers: &[(u64, u32)]) {
        self.reserve(numbers.len());
        let mut classes = vec![0; self.shape.len()];
        for &(number, slot) in numbers {
            classes_of(number, self.shape, &mut classes);
            for (keys, &class) in self.out.keys.iter_mut().zip(&classes) {
                keys.push(class);
            }
            self.push(lane[slot as usize], slot as usize, classes.first().map_or(0, |&class| class as usize));
        }
    }

    fn reserve(&mut self, cells: usize) {
        self.out.keys.iter_mut().for_each(|keys| keys.reserve_exact(cells));
        self.out.sum.reserve_exact(cells);
        if self.counts {
            self.out.figures.reserve_exact(cells);
            self.out.valued.reserve_exact(cells);
        }
    }

    fn is_aside(&self, cell: usize) -> bool {
        // Those passed are gone from the list.
        self.aside.first().is_some_and(|(first, _)| *first as usize == cell)
    }

    /// A cell of which something may have been set aside.
    fn push<C: Cell>(&mut self, cell: C, at: usize, class: usize) {
        if self.is_aside(at) {
            self.aside = &self.aside[1..];
        } else if !self.front.aside.contains_key(&(at as u32)) {
            return self.push_plain(cell, at, class);
        }
        let all = self.front.whole(at);
        let value = all.sum.value();
        // A sum beyond the floats is the caller's to refuse.
        if value.is_finite() {
            let mut rest = all.sum;
            rest.sub(value);
            self.out.rounding[class].merge(&rest);
        }
        self.count(value, all.rows, all.nulls);
    }

    #[inline]
    fn push_plain<C: Cell>(&mut self, cell: C, at: usize, class: usize) {
        let (value, rest) = cell.value(self.front.unit());
        if rest != 0 {
            if class != self.class {
                self.settle();
                self.class = class;
            }
            self.rest += rest;
        }
        let nulls = self.front.nulls.get(at).copied().unwrap_or(0);
        self.count(value, cell.open().rows, nulls.into());
    }

    #[inline]
    fn count(&mut self, value: f64, rows: u64, nulls: u64) {
        if nulls == rows {
            self.out.blank.push(self.out.sum.len());
        }
        self.out.sum.push(value);
        self.out.rows += rows;
        self.out.nulls += nulls;
        if self.counts {
            self.out.figures.push(rows);
            self.out.valued.push(rows - nulls);
        }
    }

    fn settle(&mut self) {
        if self.rest == 0 {
            return;
        }
        let rest = std::mem::take(&mut self.rest);
        self.out.rounding[self.class].merge(&exact(rest, self.front.unit()));
    }

    fn done(mut self) -> Cells {
        self.settle();
        self.out
    }
}

/// The classes of a cell by its number.
fn classes(number: u64, shape: &[u32]) -> Vec<u32> {
    let mut classes = vec![0; shape.len()];
    classes_of(number, shape, &mut classes);
    classes
}

/// The same, in place.
pub(super) fn classes_of(number: u64, shape: &[u32], classes: &mut [u32]) {
    let mut rest = number;
    for (class, &size) in classes.iter_mut().zip(shape).rev() {
        // No size is 0 where there is a cell.
        let size = u64::from(size.max(1));
        *class = (rest % size) as u32;
        rest /= size;
    }
}

/// The classes of the next cell.
pub(super) fn step(classes: &mut [u32], shape: &[u32]) {
    for (class, &size) in classes.iter_mut().zip(shape).rev() {
        *class += 1;
        if *class < size {
            return;
        }
        *class = 0;
    }
}

/// The parts one after another.
pub(super) fn join(parts: Vec<Cells>) -> Cells {
    let mut parts = parts.into_iter();
    let mut out = parts.next().unwrap_or_default();
    for part in parts {
        let before = out.sum.len();
        out.keys.iter_mut().zip(part.keys).for_each(|(keys, more)| keys.extend(more));
        out.sum.extend(part.sum);
        out.rows += part.rows;
        out.nulls += part.nulls;
        out.figures.extend(part.figures);
        out.valued.extend(part.valued);
        out.blank.extend(part.blank.iter().map(|at| at + before));
        out.rounding.iter_mut().zip(&part.rounding).for_each(|(rounding, more)| rounding.merge(more));
    }
    out
}
