//! A cubic spline through the cumulated counts, made monotone, and its differences.

use multiversion::multiversion;

use super::Grid;
use super::linear::{turn_in, turn_out};

/// Rows done at once, a lane each.
const LANES: usize = 8;
type Lanes = [f64; LANES];

/// The spline of Forsythe, Malcolm and Moler (1977, Computer Methods for Mathematical Computations, section 4.4), whose
/// third derivative at each end is that of the cubic through the four outermost points; its slopes are then brought
/// between 0 and three times the smaller of the two neighbouring secants (Hyman 1983, SIAM Journal on Scientific and
/// Statistical Computing 4(4):645-654).
pub(super) struct Monotone {
    /// Widths of the closed source groups.
    widths: Vec<f64>,
    /// For each knot: what its row takes of the row before, the diagonal after that, and what it leaves to the next.
    rows: Vec<Row>,
    /// Third differences at the two ends, as weights of the first and the last three secants.
    ends: [[f64; 3]; 2],
    pieces: Vec<Piece>,
    /// For each target group the pieces it is made of.
    targets: Vec<std::ops::Range<usize>>,
    /// The target groups that the open group goes into, and how much of it.
    open: Vec<(usize, f64)>,
}

#[derive(Clone, Copy)]
struct Row {
    factor: f64,
    inverse: f64,
    above: f64,
}

/// What a target group has of a source group: parts of its count, and of the slopes at its two knots.
struct Piece {
    source: usize,
    count: f64,
    slopes: Option<[f64; 2]>,
}

impl Monotone {
    pub(super) fn new(grid: &Grid) -> Self {
        let widths: Vec<f64> = (0..grid.sources()).map(|source| grid.width(source)).collect();
        let mut pieces = Vec::new();
        let targets = (0..grid.targets())
            .map(|target| {
                let first = pieces.len();
                for (source, low, high) in grid.overlaps(target) {
                    let place = |age: u16| f64::from(age - grid.source[source]) / widths[source];
                    pieces.push(piece(source, widths[source], place(low), place(high)));
                }
                first..pieces.len()
            })
            .collect();
        let ends = if widths.len() >= 3 {
            let last = widths.len() - 3;
            let back = third(widths[last + 2], widths[last + 1], widths[last]);
            [third(widths[0], widths[1], widths[2]), [back[2], back[1], back[0]]]
        } else {
            [[0.0; 3]; 2]
        };
        Self { rows: factors(&widths), widths, ends, pieces, targets, open: grid.open.clone() }
    }

    pub(super) fn apply(&self, values: &[f64], made: &mut [f64]) {
        let (sources, targets) = (self.widths.len() + usize::from(!self.open.is_empty()), self.targets.len());
        let mut room = Room {
            counts: vec![[0.0; LANES]; sources],
            secants: vec![[0.0; LANES]; self.widths.len()],
            slopes: vec![[0.0; LANES]; self.widths.len() + 1],
            made: vec![[0.0; LANES]; targets],
        };
        for (values, made) in values.chunks(LANES * sources).zip(made.chunks_mut(LANES * targets)) {
            lanes(self, &mut room, values, made);
        }
    }
}

struct Room {
    counts: Vec<Lanes>,
    secants: Vec<Lanes>,
    slopes: Vec<Lanes>,
    made: Vec<Lanes>,
}

/// The third divided difference of the first four knots, as weights of the three secants between them.
fn third(a: f64, b: f64, c: f64) -> [f64; 3] {
    let (first, second, whole) = (1.0 / (a + b), 1.0 / (b + c), 1.0 / (a + b + c));
    [first * whole, -(first + second) * whole, second * whole]
}

/// Elimination of the tridiagonal system for a sixth of the second derivative at the knots, which is the same in all rows.
fn factors(widths: &[f64]) -> Vec<Row> {
    let last = widths.len();
    if last == 0 {
        return Vec::new();
    }
    let mut rows: Vec<Row> = vec![Row { factor: 0.0, inverse: -1.0 / widths[0], above: widths[0] }];
    for knot in 1..=last {
        let below = widths[knot - 1];
        let (diagonal, above) = if knot < last { (2.0 * (below + widths[knot]), widths[knot]) } else { (-below, 0.0) };
        let before = rows[knot - 1];
        let factor = below * before.inverse;
        rows.push(Row { factor, inverse: 1.0 / (diagonal - factor * before.above), above });
    }
    rows
}

/// The cubic of Hermite between two places in a source group, less its value at the first.
fn piece(source: usize, width: f64, low: f64, high: f64) -> Piece {
    if low == 0.0 && high == 1.0 {
        return Piece { source, count: 1.0, slopes: None };
    }
    let at = |x: f64| {
        let (square, cube) = (x * x, x * x * x);
        (3.0 * square - 2.0 * cube, cube - 2.0 * square + x, cube - square)
    };
    let (from, to) = (at(low), at(high));
    Piece { source, count: to.0 - from.0, slopes: Some([width * (to.1 - from.1), width * (to.2 - from.2)]) }
}

#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
fn lanes(plan: &Monotone, room: &mut Room, values: &[f64], made: &mut [f64]) {
    turn_in(values, &mut room.counts);
    let last = plan.widths.len();
    if last >= 2 {
        for ((secants, counts), width) in room.secants.iter_mut().zip(&room.counts).zip(&plan.widths) {
            let inverse = 1.0 / width;
            for lane in 0..LANES {
                secants[lane] = counts[lane] * inverse;
            }
        }
        slopes(plan, &room.secants, &mut room.slopes);
    } else if last == 1 {
        // A single group is a straight line.
        let width = plan.widths[0];
        room.slopes.iter_mut().for_each(|slopes| *slopes = room.counts[0].map(|count| count / width));
    }
    for (made, pieces) in room.made.iter_mut().zip(&plan.targets) {
        let mut sum = [0.0; LANES];
        let mut whole = true;
        for piece in &plan.pieces[pieces.clone()] {
            let counts = &room.counts[piece.source];
            if let Some([low, high]) = piece.slopes {
                let (left, right) = (&room.slopes[piece.source], &room.slopes[piece.source + 1]);
                for lane in 0..LANES {
                    sum[lane] += counts[lane] * piece.count + left[lane] * low + right[lane] * high;
                }
                whole = false;
            } else {
                for lane in 0..LANES {
                    sum[lane] += counts[lane];
                }
            }
        }
        if !whole {
            // Rounding may leave a trace below zero; what is missing stays so.
            for value in &mut sum {
                *value = if *value < 0.0 { 0.0 } else { *value };
            }
        }
        *made = sum;
    }
    if let Some(counts) = room.counts.last() {
        for (target, share) in &plan.open {
            for (made, count) in room.made[*target].iter_mut().zip(counts) {
                *made += count * share;
            }
        }
    }
    turn_out(&room.made, made);
}

/// The slopes of the curve at the knots, from the secants between them; what is missing makes all of them missing.
#[inline(always)]
#[allow(clippy::inline_always)] // for the processor that its caller was made for
fn slopes(plan: &Monotone, secants: &[Lanes], slopes: &mut [Lanes]) {
    let last = plan.widths.len();
    let end = |weights: &[f64; 3], from: usize, width: f64| -> Lanes {
        let mut out = [0.0; LANES];
        if last >= 3 {
            for lane in 0..LANES {
                out[lane] = width
                    * width
                    * (weights[0] * secants[from][lane]
                        + weights[1] * secants[from + 1][lane]
                        + weights[2] * secants[from + 2][lane]);
            }
        }
        out
    };
    slopes[0] = end(&plan.ends[0], 0, plan.widths[0]);
    let final_right = end(&plan.ends[1], last.saturating_sub(3), plan.widths[last - 1]).map(|right| -right);
    for knot in 1..=last {
        let Row { factor, .. } = plan.rows[knot];
        let before = slopes[knot - 1];
        for lane in 0..LANES {
            let right = if knot < last { secants[knot][lane] - secants[knot - 1][lane] } else { final_right[lane] };
            slopes[knot][lane] = right - factor * before[lane];
        }
    }
    let Row { inverse, .. } = plan.rows[last];
    slopes[last] = slopes[last].map(|value| value * inverse);
    for knot in (0..last).rev() {
        let Row { inverse, above, .. } = plan.rows[knot];
        let after = slopes[knot + 1];
        for lane in 0..LANES {
            slopes[knot][lane] = (slopes[knot][lane] - above * after[lane]) * inverse;
        }
    }
    // From second derivatives to slopes, and Hyman's filter.
    let mut earlier = slopes[0];
    for knot in 0..=last {
        let (before, after) = (&secants[knot.max(1) - 1], &secants[knot.min(last - 1)]);
        let here = slopes[knot];
        // At the last knot seen from the left.
        let (other, width) =
            if knot < last { (slopes[knot + 1], -plan.widths[knot]) } else { (earlier, plan.widths[last - 1]) };
        for lane in 0..LANES {
            let slope = after[lane] + width * (other[lane] + 2.0 * here[lane]);
            let highest = 3.0 * if before[lane] < after[lane] { before[lane] } else { after[lane] };
            let slope = if slope > highest { highest } else { slope };
            slopes[knot][lane] = if slope < 0.0 { 0.0 } else { slope };
        }
        earlier = here;
    }
}
