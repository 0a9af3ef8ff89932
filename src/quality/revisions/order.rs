//! The cells of both editions in their order, and in each the rows of either.

use rayon::prelude::*;

use super::NOT_THERE;

/// Cells that one task walks through.
const PIECE: usize = 1 << 15;

/// Up to so many places a row, rows are put into a place for every cell; beyond, they are sorted.
const PLACES: u64 = 8;

/// Meets every cell that has a row on either side, in order, and gives what comes of it.
pub fn walk<T: Copy + Send + Sync>(
    before: &[u64],
    after: &[u64],
    space: u64,
    meet: impl Fn(&[u32], &[u32], &mut Vec<T>) + Sync,
) -> Vec<T> {
    if space <= PLACES * (before.len() + after.len()) as u64 + (1 << 16) {
        let (first, second) = rayon::join(|| places(before, space), || places(after, space));
        if let (Some(first), Some(second)) = (first, second) {
            return walk_places(&first, &second, meet);
        }
    }
    let (first, second) = rayon::join(|| Sorted::of(before), || Sorted::of(after));
    walk_sorted(&first, &second, meet)
}

/// The row in each cell; none where a cell has several.
fn places(cells: &[u64], space: u64) -> Option<Vec<u32>> {
    let mut places = vec![NOT_THERE; space as usize];
    let mut several = false;
    for (cell, row) in cells.iter().zip(0..) {
        let place = &mut places[*cell as usize];
        several |= *place != NOT_THERE;
        *place = row;
    }
    (!several).then_some(places)
}

fn walk_places<T: Copy + Send + Sync>(
    first: &[u32],
    second: &[u32],
    meet: impl Fn(&[u32], &[u32], &mut Vec<T>) + Sync,
) -> Vec<T> {
    let found: Vec<Vec<T>> = first
        .par_chunks(PIECE)
        .zip(second.par_chunks(PIECE))
        .map(|(first, second)| {
            let mut out = Vec::with_capacity(first.len());
            for (mine, theirs) in first.iter().zip(second) {
                if (*mine, *theirs) != (NOT_THERE, NOT_THERE) {
                    meet(there(mine), there(theirs), &mut out);
                }
            }
            out
        })
        .collect();
    found.concat()
}

fn there(row: &u32) -> &[u32] {
    if *row == NOT_THERE { &[] } else { std::slice::from_ref(row) }
}

/// Rows by cell, then by number.
struct Sorted {
    cells: Vec<u64>,
    rows: Vec<u32>,
}

impl Sorted {
    fn of(cells: &[u64]) -> Sorted {
        let mut sorted: Vec<(u64, u32)> = cells.iter().copied().zip(0..).collect();
        sorted.par_sort_unstable();
        let (cells, rows) = sorted.into_iter().unzip();
        Sorted { cells, rows }
    }

    /// The first place at or after `from` whose cell is not `cell`.
    fn end(&self, from: usize, cell: u64) -> usize {
        from + self.cells[from..].iter().take_while(|other| **other == cell).count()
    }
}

fn walk_sorted<T: Copy + Send + Sync>(
    first: &Sorted,
    second: &Sorted,
    meet: impl Fn(&[u32], &[u32], &mut Vec<T>) + Sync,
) -> Vec<T> {
    // Pieces end where the longer side begins another cell, and so cut no cell.
    let longer = if first.cells.len() >= second.cells.len() { first } else { second };
    let mut ends: Vec<(usize, usize)> = vec![(0, 0)];
    for at in (PIECE..longer.cells.len()).step_by(PIECE) {
        let cell = longer.cells[at];
        let below = |side: &Sorted| side.cells.partition_point(|other| *other < cell);
        ends.push((below(first), below(second)));
    }
    ends.push((first.cells.len(), second.cells.len()));
    let found: Vec<Vec<T>> = ends
        .par_windows(2)
        .map(|ends| {
            let ((mut a, mut b), until) = (ends[0], ends[1]);
            let mut out = Vec::with_capacity((until.0 - a).max(until.1 - b));
            loop {
                let heads = [(first, a, until.0), (second, b, until.1)]
                    .map(|(side, at, end)| (at < end).then(|| side.cells[at]));
                let Some(cell) = heads.into_iter().flatten().min() else { return out };
                let (mine, theirs) = (first.end(a, cell), second.end(b, cell));
                meet(&first.rows[a..mine], &second.rows[b..theirs], &mut out);
                (a, b) = (mine, theirs);
            }
        })
        .collect();
    found.concat()
}
