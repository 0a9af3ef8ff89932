//! Leaves and breakdowns against their definitions, row by row.

use super::*;
use proptest::prelude::*;

const SEX: [&str; 3] = ["_T", "F", "M"];
const AGE: [&str; 6] = ["_T", "Y0T14", "Y_GE15", "Y15T24", "Y25T64", "Y_GE65"];

fn grid(rows: &[(usize, usize)]) -> Grid<'static> {
    let keys = |of: fn(&(usize, usize)) -> usize| -> Vec<i32> { rows.iter().map(|row| of(row) as i32).collect() };
    let dimensions =
        vec![Dimension::coded("sex", keys(|row| row.0), &SEX), Dimension::coded("age", keys(|row| row.1), &AGE)];
    Grid::new(dimensions, rows.len()).unwrap()
}

/// Is row `a` strictly inside row `b`?
fn inside(a: (usize, usize), b: (usize, usize)) -> bool {
    let within = |name: &str, inner: &str, outer: &str| inner == outer || codes::contains(name, outer, inner);
    a != b && within("sex", SEX[a.0], SEX[b.0]) && within("age", AGE[a.1], AGE[b.1])
}

fn overlap(a: (usize, usize), b: (usize, usize)) -> bool {
    let meet = |name: &str, a: &str, b: &str| a == b || codes::contains(name, a, b) || codes::contains(name, b, a);
    meet("sex", SEX[a.0], SEX[b.0]) && meet("age", AGE[a.1], AGE[b.1])
}

proptest! {
    /// The definition of a leaf, row by row.
    #[test]
    fn leaves_are_rows_without_a_value_inside(
        rows in prop::collection::vec((0..3usize, 0..6usize), 1..14), values in prop::collection::vec(any::<bool>(), 14)
    ) {
        let found = grid(&rows).leaves(|row| values[row], &vec![0; rows.len()]);
        for (at, row) in rows.iter().enumerate() {
            let covered = |row: (usize, usize)| (0..rows.len()).any(|other| values[other] && inside(rows[other], row));
            let counted = || (0..rows.len()).any(|other| inside(*row, rows[other]) && !covered(rows[other]));
            prop_assert_eq!(found.leaf[at], !covered(*row) && (values[at] || !counted()), "{:?}", row);
        }
    }

    /// Leaves of one breakdown have nobody in common; where breakdowns are not told apart, no leaves have.
    #[test]
    fn leaves_of_one_breakdown_do_not_overlap(rows in prop::collection::btree_set((0..3usize, 0..6usize), 1..10)) {
        let rows: Vec<_> = rows.into_iter().collect();
        let found = grid(&rows).leaves(|_| true, &vec![0; rows.len()]);
        for a in 0..rows.len() {
            for b in 0..a {
                let same = found.breakdown.is_empty() || found.breakdown[a] == found.breakdown[b];
                let both = found.leaf[a] && found.leaf[b] && same;
                prop_assert!(!(both && overlap(rows[a], rows[b])), "{:?} {:?}", rows[a], rows[b]);
            }
        }
    }
}

proptest! {
    /// What the leaves inside of a total add up to, row by row.
    #[test]
    fn margins_are_sums_of_the_leaves_inside(
        rows in prop::collection::vec((0..3usize, 0..6usize), 1..14), values in prop::collection::vec(prop::option::of(0..9u8), 14)
    ) {
        let grid = grid(&rows);
        let value = |row: usize| values[row].map(f64::from);
        let leaf = grid.leaves(|row| values[row].is_some(), &vec![0; rows.len()]).leaf;
        let margins = grid.margins(&leaf, |_| 0, value, |_, _| true, |_, _| true);
        let mut expected = Vec::new();
        for at in (0..rows.len()).filter(|at| !leaf[*at] && !rows[..*at].iter().zip(&leaf).any(|(row, leaf)| row == &rows[*at] && !leaf)) {
            let parts: Vec<usize> = (0..rows.len()).filter(|part| leaf[*part] && inside(rows[*part], rows[at])).collect();
            let sum: f64 = parts.iter().filter_map(|part| value(*part)).sum();
            let missing = parts.iter().filter(|part| value(**part).is_none()).count();
            if !parts.is_empty() {
                expected.push((at as u32, parts.len() as u32, missing as u32, sum));
            }
        }
        let mut found: Vec<_> = margins.found.iter().map(|one| (one.row, one.parts, one.missing, one.computed)).collect();
        found.sort_by_key(|one| one.0);
        prop_assert_eq!(found, expected);
    }
}
