//! Methods that are one matrix: uniform, Sprague, Beers.

use multiversion::multiversion;

use super::{Grid, Method, label};
use crate::Error;

/// Rows done at once, a lane each.
const LANES: usize = 8;
type Lanes = [f64; LANES];

/// For each target group the source groups that it has a part of, in their order, and the parts.
pub(super) struct Linear {
    parts: Vec<(usize, f64)>,
    targets: Vec<std::ops::Range<usize>>,
    sources: usize,
}

impl Linear {
    pub(super) fn new(grid: &Grid, method: Method) -> Result<Self, Error> {
        let mut weights = match method {
            Method::Sprague => from_panels(grid, &sprague(), "sprague")?,
            Method::Beers => from_panels(grid, &beers(&BEERS_END, &BEERS_MIDDLE), "beers")?,
            Method::BeersModified => from_panels(grid, &beers(&MODIFIED_END, &MODIFIED_MIDDLE), "beers_modified")?,
            _ => uniform(grid),
        };
        keep_totals(grid, &mut weights, method == Method::BeersModified);
        let mut parts = Vec::new();
        let targets = weights
            .iter()
            .enumerate()
            .map(|(target, row)| {
                let first = parts.len();
                // A weight of zero is no dependence: what is missing does not reach through it.
                parts.extend(row.iter().copied().enumerate().filter(|(_, weight)| *weight != 0.0));
                let open = grid.open.iter().find(|(into, _)| *into == target);
                parts.extend(open.map(|(_, share)| (grid.sources(), *share)));
                first..parts.len()
            })
            .collect();
        Ok(Self { parts, targets, sources: grid.sources() + usize::from(!grid.open.is_empty()) })
    }

    pub(super) fn apply(&self, values: &[f64], made: &mut [f64]) {
        let (sources, targets) = (self.sources, self.targets.len());
        let (mut counts, mut sums) = (vec![[0.0; LANES]; sources], vec![[0.0; LANES]; targets]);
        for (values, made) in values.chunks(LANES * sources).zip(made.chunks_mut(LANES * targets)) {
            lanes(self, &mut counts, &mut sums, values, made);
        }
    }
}

/// Adds up in the order of the source groups; no fused multiplication, so that every processor rounds alike.
#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
fn lanes(plan: &Linear, counts: &mut [Lanes], sums: &mut [Lanes], values: &[f64], made: &mut [f64]) {
    turn_in(values, counts);
    for (sum, parts) in sums.iter_mut().zip(&plan.targets) {
        let mut lanes = [0.0; LANES];
        for (source, weight) in &plan.parts[parts.clone()] {
            let counts = &counts[*source];
            for lane in 0..LANES {
                lanes[lane] += counts[lane] * weight;
            }
        }
        *sum = lanes;
    }
    turn_out(sums, made);
}

/// Rows to lanes; where there are fewer rows than lanes, the others keep what they had.
#[inline(always)]
#[allow(clippy::inline_always)] // for the processor that its caller was made for
pub(super) fn turn_in(values: &[f64], lanes: &mut [[f64; 8]]) {
    let width = lanes.len();
    if values.len() == 8 * width {
        let rows: [&[f64]; 8] = std::array::from_fn(|row| &values[row * width..(row + 1) * width]);
        for (column, lanes) in lanes.iter_mut().enumerate() {
            for lane in 0..8 {
                lanes[lane] = rows[lane][column];
            }
        }
    } else {
        for (lane, row) in values.chunks_exact(width).enumerate() {
            lanes.iter_mut().zip(row).for_each(|(lanes, value)| lanes[lane] = *value);
        }
    }
}

/// Lanes to rows.
#[inline(always)]
#[allow(clippy::inline_always)] // for the processor that its caller was made for
pub(super) fn turn_out(lanes: &[[f64; 8]], made: &mut [f64]) {
    for (lane, row) in made.chunks_exact_mut(lanes.len()).enumerate() {
        row.iter_mut().zip(lanes).for_each(|(value, lanes)| *value = lanes[lane]);
    }
}

fn uniform(grid: &Grid) -> Vec<Vec<f64>> {
    let mut weights = vec![vec![0.0; grid.sources()]; grid.targets()];
    for (target, row) in weights.iter_mut().enumerate() {
        for (source, low, high) in grid.overlaps(target) {
            row[source] = f64::from(high - low) / grid.width(source);
        }
    }
    weights
}

/// Weights of five neighbouring five-year groups for single years: those of the first two groups, and of the middle one.
pub(super) struct Panels {
    pub(super) end: [[f64; 5]; 10],
    pub(super) middle: [[f64; 5]; 5],
}

/// Sprague (1880), "Explanation of a new formula for interpolation", Journal of the Institute of Actuaries 22:270-285.
///
/// Between the nodes 0 and 1 of the cumulated counts the curve is the quartic through the nodes -2 to 2, plus
/// `x^3 (x - 1) (5x - 7) / 24` of the fifth difference: in value, slope and curvature it agrees at 0 with that quartic,
/// and at 1 with the one through -1 to 3. The first two groups have the quartic through the first five nodes. The
/// panels so made are those of Shryock and Siegel (1976), The Methods and Materials of Demography, table C-1.
pub(super) fn sprague() -> Panels {
    let fifths = |count: u16| (0..=count).map(|fifth| f64::from(fifth) / 5.0);
    let ends: Vec<Vec<f64>> = fifths(10).map(|x| quartic(&[0.0, 1.0, 2.0, 3.0, 4.0], x)).collect();
    let middles: Vec<Vec<f64>> = fifths(5)
        .map(|x| {
            let mut nodes = quartic(&[-2.0, -1.0, 0.0, 1.0, 2.0], x);
            nodes.push(0.0);
            let fifth = x * x * x * (x - 1.0) * (5.0 * x - 7.0) / 24.0;
            nodes.iter().zip([-1.0, 5.0, -10.0, 10.0, -5.0, 1.0]).map(|(node, sign)| node + sign * fifth).collect()
        })
        .collect();
    // All are multiples of 1/10000.
    let groups = |before: &[f64], after: &[f64]| {
        std::array::from_fn(|group| {
            let above = |nodes: &[f64]| nodes.iter().skip(group + 1).sum::<f64>();
            ((above(after) - above(before)) * 1e4).round() / 1e4
        })
    };
    Panels {
        end: std::array::from_fn(|year| groups(&ends[year], &ends[year + 1])),
        middle: std::array::from_fn(|year| groups(&middles[year], &middles[year + 1])),
    }
}

/// The weights of five nodes for the quartic through them, at `x` (Lagrange).
fn quartic(nodes: &[f64; 5], x: f64) -> Vec<f64> {
    let others = |node: f64| nodes.iter().filter(move |other| **other != node);
    nodes.iter().map(|node| others(*node).map(|other| (x - other) / (node - other)).product()).collect()
}

fn beers(end: &[[i16; 5]; 10], middle: &[[i16; 5]; 5]) -> Panels {
    let parts = |row: &[i16; 5]| row.map(|part| f64::from(part) / 1e4);
    Panels { end: end.each_ref().map(parts), middle: middle.each_ref().map(parts) }
}

// Ten-thousandths, as printed: Beers (1944), "Six-term formulas for routine actuarial interpolation", The Record of the
// American Institute of Actuaries 33(2):245-260, and (1945), "Modified-interpolation formulas that minimize fourth
// differences", 34(1):14-20; as panels for groups in Shryock and Siegel (1976), The Methods and Materials of
// Demography, appendix C.
const BEERS_END: [[i16; 5]; 10] = [
    [3333, -1636, -210, 796, -283],
    [2595, -780, 130, 100, -45],
    [1924, 64, 184, -256, 84],
    [1329, 844, 54, -356, 129],
    [819, 1508, -158, -284, 115],
    [404, 2000, -344, -128, 68],
    [93, 2268, -402, 28, 13],
    [-108, 2272, -248, 112, -28],
    [-198, 1992, 172, 72, -38],
    [-191, 1468, 822, -84, -15],
];
const BEERS_MIDDLE: [[i16; 5]; 5] = [
    [-117, 804, 1570, -284, 27],
    [-20, 160, 2200, -400, 60],
    [50, -280, 2460, -280, 50],
    [60, -400, 2200, 160, -20],
    [27, -284, 1570, 804, -117],
];
const MODIFIED_END: [[i16; 5]; 10] = [
    [3332, -1938, 702, -118, 22],
    [2569, -753, 205, -27, 6],
    [1903, 216, -146, 32, -5],
    [1334, 969, -351, 59, -11],
    [862, 1506, -410, 54, -12],
    [486, 1831, -329, 21, -9],
    [203, 1955, -123, -31, -4],
    [8, 1893, 193, -97, 3],
    [-108, 1677, 577, -153, 7],
    [-159, 1354, 972, -170, 3],
];
const MODIFIED_MIDDLE: [[i16; 5]; 5] = [
    [-160, 973, 1321, -121, -13],
    [-129, 590, 1564, 18, -43],
    [-85, 260, 1650, 260, -85],
    [-43, 18, 1564, 590, -129],
    [-13, -121, 1321, 973, -160],
];

/// The panels laid over the source groups, which are put together to groups of five years first.
fn from_panels(grid: &Grid, panels: &Panels, name: &str) -> Result<Vec<Vec<f64>>, Error> {
    let (first, last) = (grid.source[0], grid.source[grid.sources()]);
    let count = usize::from((last - first) / 5);
    let missing = (first..last)
        .step_by(5)
        .map(|from| (from, from + 5))
        .find(|(from, to)| grid.source.binary_search(from).is_err() || grid.source.binary_search(to).is_err());
    if let Some((from, to)) = missing {
        return Err(Error::Schema(format!(
            "{name} needs groups of five years, or that make such groups; ages {} do not: take monotone or pclm",
            label(from, Some(to))
        )));
    }
    if count < 5 {
        return Err(Error::Schema(format!(
            "{name} needs at least five closed groups of five years, there are {count}: take monotone or uniform"
        )));
    }
    let group_of = |source: usize| usize::from((grid.source[source] - first) / 5);
    let year = |year: usize| -> (usize, [f64; 5]) {
        let (group, within) = (year / 5, year % 5);
        if group < 2 {
            (0, panels.end[year])
        } else if group >= count - 2 {
            let mut row = panels.end[count * 5 - 1 - year];
            row.reverse();
            (count - 5, row)
        } else {
            (group - 2, panels.middle[within])
        }
    };
    let mut weights = vec![vec![0.0; grid.sources()]; grid.targets()];
    let exact = grid.exact();
    for (target, row) in weights.iter_mut().enumerate() {
        if exact[target] {
            grid.overlaps(target).for_each(|(source, _, _)| row[source] = 1.0);
            continue;
        }
        let mut parts = vec![0.0; count];
        for age in grid.target[target]..grid.target[target + 1] {
            let (from, panel) = year(usize::from(age - first));
            for (part, weight) in parts[from..].iter_mut().zip(panel) {
                *part += weight;
            }
        }
        for (source, weight) in row.iter_mut().enumerate() {
            let part = parts[group_of(source)];
            // What is left of parts that cancel is none.
            *weight = if part.abs() < 1e-12 { 0.0 } else { part };
        }
    }
    Ok(weights)
}

/// Where the weights of a nest do not give each of its source groups back whole, what lacks is spread evenly.
///
/// For a method that smooths, all nests that are split are one: persons may go from one to the other.
#[allow(clippy::needless_range_loop)] // the index is a group's, of the grid too
fn keep_totals(grid: &Grid, weights: &mut [Vec<f64>], smooths: bool) {
    let split = grid.nests().into_iter().filter(|(_, targets)| targets.len() > 1);
    let nests: Vec<(Vec<usize>, Vec<usize>)> = if smooths {
        let (sources, targets): (Vec<_>, Vec<_>) = split.unzip();
        vec![(sources.into_iter().flatten().collect(), targets.into_iter().flatten().collect())]
    } else {
        split.map(|(sources, targets)| (sources.collect(), targets.collect())).collect()
    };
    for (sources, targets) in nests {
        let width = |target: usize| f64::from(grid.target[target + 1] - grid.target[target]);
        let whole: f64 = targets.iter().map(|target| width(*target)).sum();
        for source in 0..grid.sources() {
            let inside = sources.contains(&source);
            let given: f64 = targets.iter().map(|target| weights[*target][source]).sum();
            let lacks = f64::from(u8::from(inside)) - given;
            if lacks.abs() < 1e-10 {
                continue;
            }
            for target in &targets {
                let share = if inside {
                    grid.overlaps(*target)
                        .find(|(at, _, _)| *at == source)
                        .map_or(0.0, |(_, low, high)| f64::from(high - low) / grid.width(source))
                } else {
                    width(*target) / whole
                };
                weights[*target][source] += lacks * share;
            }
        }
    }
}
