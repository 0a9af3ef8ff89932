//! A cube with its classes in another order: read along, where adding cell by cell would jump about.

use std::ops::Range;

use super::front::{Front, Lane};
use super::write::{classes_of, step};
use super::{on_threads, ranges};

/// Cells from which on threads are worth starting.
const MANY: usize = 1 << 16;

/// For each dimension, which old class every new one is.
pub(super) struct Order {
    old: Vec<Vec<u32>>,
    strides: Vec<usize>,
}

impl Order {
    /// Of classes that are renamed, if no two become one and no new class is left over. `classes[d][c]` is what class `c` of
    /// dimension `d` becomes; what is not below `shape[d]` becomes nothing.
    pub fn of(classes: &[Vec<u32>], shape: &[u32]) -> Option<Order> {
        let mut old = Vec::with_capacity(shape.len());
        for (classes, &size) in classes.iter().zip(shape) {
            let mut from = vec![u32::MAX; size as usize];
            for (class, &to) in (0..).zip(classes) {
                if let Some(from) = from.get_mut(to as usize)
                    && std::mem::replace(from, class) != u32::MAX
                {
                    return None;
                }
            }
            if from.contains(&u32::MAX) {
                return None;
            }
            old.push(from);
        }
        let mut strides = vec![1; shape.len()];
        for at in (1..shape.len()).rev() {
            strides[at - 1] = strides[at] * classes[at].len();
        }
        Some(Order { old, strides })
    }

    /// The cells of a range of runs of the innermost dimension, in the new order.
    fn copy<C: Copy>(&self, from: &[C], to: &mut [C], runs: Range<usize>) {
        let Some((inner, outer)) = self.old.split_last() else { return to.copy_from_slice(&from[..to.len()]) };
        let shape: Vec<u32> = outer.iter().map(|old| old.len() as u32).collect();
        let mut classes = vec![0; outer.len()];
        classes_of(runs.start as u64, &shape, &mut classes);
        for to in to.chunks_mut(inner.len().max(1)) {
            let places = classes.iter().zip(outer).zip(&self.strides);
            let base: usize = places.map(|((class, old), stride)| old[*class as usize] as usize * stride).sum();
            for (to, old) in to.iter_mut().zip(inner) {
                *to = from[base + *old as usize];
            }
            step(&mut classes, &shape);
        }
    }

    fn copy_all<C: Copy + Send + Sync>(&self, from: &[C], to: &mut [C], threads: usize) {
        let run = self.old.last().map_or(1, |inner| inner.len().max(1));
        let threads = if to.len() < MANY { 1 } else { threads.max(1) };
        let mut rest = to;
        let mut jobs = Vec::new();
        for runs in ranges(rest.len() / run, threads, 1) {
            let (piece, more) = rest.split_at_mut(runs.len() * run);
            rest = more;
            jobs.push((piece, runs));
        }
        on_threads(jobs, |(piece, runs)| self.copy(from, piece, runs));
    }

    /// Copies the cells of a front into the first `cells` of an empty one, but not what was set aside; false where their
    /// layouts differ.
    pub fn fill(&self, from: &Front, to: &mut Front, cells: usize, threads: usize) -> bool {
        match (&from.lane, &mut to.lane) {
            (Lane::Narrow(from), Lane::Narrow(to)) => self.copy_all(from, &mut to[..cells], threads),
            (Lane::Wide { unit, cells: from }, Lane::Wide { unit: same, cells: to }) if unit == same => {
                self.copy_all(from, &mut to[..cells], threads);
            }
            _ => return false,
        }
        if !from.nulls.is_empty() {
            to.nulls = vec![0; to.len()];
            self.copy_all(&from.nulls, &mut to.nulls[..cells], threads);
        }
        to.bounded_like(from);
        true
    }
}
