use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Float64Type;
use proptest::prelude::*;

use super::*;

/// A table of an area, a year, a concept and a number.
fn edition(rows: &[(&str, i64, &str, Option<f64>)]) -> Edition {
    let column = |of: fn(&(&str, i64, &str, Option<f64>)) -> String| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(of(row))).collect::<StringArray>())
    };
    let table = RecordBatch::try_from_iter_with_nullable([
        ("area", column(|row| row.0.to_owned()), true),
        ("year", Arc::new(rows.iter().map(|row| Some(row.1)).collect::<Int64Array>()) as ArrayRef, true),
        ("concept", column(|row| row.2.to_owned()), true),
        ("value", Arc::new(rows.iter().map(|row| row.3).collect::<Float64Array>()) as ArrayRef, true),
    ]);
    let keys = ["area", "year", "concept"].map(str::to_owned).to_vec();
    Edition::from_table(&table.unwrap(), &Roles { keys, value: "value".to_owned() }).unwrap()
}

fn states(earlier: &[(&str, i64, &str, Option<f64>)], later: &[(&str, i64, &str, Option<f64>)]) -> Vec<&'static str> {
    let found = compare(edition(earlier), edition(later), Request::default()).unwrap();
    found.pairs().iter().map(|pair| pair.state.name()).collect()
}

#[test]
fn what_becomes_of_figures() {
    let one = |value| [("A", 2000, "birth", value)];
    assert_eq!(states(&one(Some(1.0)), &one(Some(1.0))), ["same"]);
    assert_eq!(states(&one(Some(1.0)), &one(Some(2.0))), ["revised"]);
    assert_eq!(states(&one(Some(1.0)), &one(None)), ["became missing"]);
    assert_eq!(states(&one(None), &one(Some(0.0))), ["filled in"]);
    assert_eq!(states(&one(None), &one(None)), ["same"]);
    assert_eq!(states(&one(None), &[]), ["removed"]);
    assert_eq!(states(&[], &one(None)), ["added"]);
    assert_eq!(states(&one(Some(1.0)), &[("A", 2001, "birth", Some(1.0))]), ["removed", "added"]);
    assert_eq!(states(&one(Some(1.0)), &[("A", 2000, "citizenship", Some(1.0))]), ["definition changed"]);
}

#[test]
fn what_is_repeated_is_never_crossed() {
    let twice = [("A", 2000, "birth", Some(1.0)), ("A", 2000, "birth", Some(2.0))];
    assert_eq!(states(&twice, &twice[..1]), ["repeated"; 3]);
    assert_eq!(states(&twice, &[]), ["removed"; 2]);
    // Of two meanings each has its own.
    let both = [("A", 2000, "birth", Some(1.0)), ("A", 2000, "citizenship", Some(2.0))];
    let other = [("A", 2000, "citizenship", Some(2.0)), ("A", 2000, "birth", Some(5.0))];
    assert_eq!(states(&both, &other), ["revised", "same"]);
    // One of two that cannot be told apart stays unpaired.
    assert_eq!(states(&both, &[("A", 2000, "recruitment", Some(1.0))]), ["removed", "removed", "added"]);
}

#[test]
fn sums_are_of_what_can_be_compared() {
    let earlier = [("A", 2000, "birth", Some(10.0)), ("B", 2000, "birth", Some(5.0)), ("C", 2000, "birth", None)];
    let later = [("A", 2000, "birth", Some(8.0)), ("B", 2000, "birth", Some(6.0)), ("C", 2000, "birth", Some(1.0))];
    let found = compare(edition(&earlier), edition(&later), Request::default()).unwrap();
    let table = found.by(&[]).unwrap();
    let number = |name: &str| table[name].as_primitive::<Float64Type>().value(0);
    assert_eq!((number("revision"), number("a6"), number("mean_revision")), (-1.0, 3.0 / 14.0, -0.5));
    assert_eq!(found.largest(1, false, true), [0]);
    assert!(found.by(&["aera".to_owned()]).unwrap_err().to_string().contains("did you mean \"area\"?"));
}

proptest! {
    /// Cells are met in order, each once, whether rows have places or are sorted.
    #[test]
    fn cells_are_met_in_order(
        before in prop::collection::vec(0..50u64, 0..200),
        after in prop::collection::btree_set(0..50u64, 0..50),
    ) {
        let after: Vec<u64> = after.into_iter().rev().collect();
        let rows = |cells: &[u64], cell: u64| -> Vec<u32> {
            (0..cells.len() as u32).filter(|row| cells[*row as usize] == cell).collect()
        };
        for before in [&before, &after] {
            let slow = (0..50).map(|cell| (rows(before, cell), rows(&after, cell)));
            let slow: Vec<_> = slow.filter(|(mine, theirs)| mine.len() + theirs.len() > 0).collect();
            for space in [50, 1 << 60] {
                let number = |rows: &[u32]| rows.iter().fold(1u128, |all, row| all * 200 + u128::from(*row));
                let met = order::walk(before, &after, space, |mine, theirs, out| {
                    out.push((mine.len(), theirs.len(), number(&mine[..mine.len().min(8)]), number(theirs)));
                });
                let want = slow.iter().map(|(mine, theirs)| {
                    (mine.len(), theirs.len(), number(&mine[..mine.len().min(8)]), number(theirs))
                });
                prop_assert_eq!(met, want.collect::<Vec<_>>());
            }
        }
    }

    /// Every figure of either side is in exactly one pair.
    #[test]
    fn nobody_is_lost(
        first in prop::collection::vec((0..4usize, 0..3i64, 0..2usize, prop::option::of(0..3u8)), 0..40),
        second in prop::collection::vec((0..4usize, 0..3i64, 0..2usize, prop::option::of(0..3u8)), 0..40),
    ) {
        let rows = |drawn: &[(usize, i64, usize, Option<u8>)]| -> Vec<(&'static str, i64, &'static str, Option<f64>)> {
            let concepts = ["birth", "citizenship"];
            drawn.iter().map(|row| (["A", "B", "C", "D"][row.0], 2000 + row.1, concepts[row.2], row.3.map(f64::from))).collect()
        };
        let found = compare(edition(&rows(&first)), edition(&rows(&second)), Request::default()).unwrap();
        let mut seen: (Vec<u32>, Vec<u32>) = (
            found.pairs().iter().map(|pair| pair.earlier).filter(|row| *row != NOT_THERE).collect(),
            found.pairs().iter().map(|pair| pair.later).filter(|row| *row != NOT_THERE).collect(),
        );
        seen.0.sort_unstable();
        seen.1.sort_unstable();
        prop_assert_eq!(seen.0, (0..first.len() as u32).collect::<Vec<_>>());
        prop_assert_eq!(seen.1, (0..second.len() as u32).collect::<Vec<_>>());
    }
}

#[test]
fn numbers_of_cells_that_grow_too_large_are_packed_in_order() {
    let mut cells = (vec![5, 1 << 61, 5], vec![9]);
    assert_eq!(grid::grown(&mut cells, 1 << 61, 2), 1 << 62);
    assert_eq!(cells.0, [5, 1 << 61, 5], "as long as there is room nothing is packed");
    assert_eq!(grid::grown(&mut cells, 1 << 62, 8), 3 * 8);
    assert_eq!(cells, (vec![0, 2, 0], vec![1]));
}
