//! Dimensions that tell nothing which others do not tell already: without them the grid is small enough to be marked point
//! by point.

use super::Dimension;

/// More plain points than this are not looked at one by one.
const FEW: u64 = 1 << 24;

/// The dimensions that are needed beside the plain ones.
///
/// A dimension that says the same as another in every row says nothing new: citizenship beside an origin by citizenship. Nor
/// does one that has the same code in all rows of a plain point: the destination of a definition whose reporter it is. No
/// row of such a point lies inside another by it.
pub fn needed<'a>(mixed: Vec<Dimension<'a>>, points: &[u64], space: u64) -> Vec<Dimension<'a>> {
    let mut kept: Vec<Dimension> = Vec::new();
    for dimension in mixed {
        let same = |other: &Dimension| other.above == dimension.above && other.keys == dimension.keys;
        if !kept.iter().any(same) && !is_told(&dimension, points, space) {
            kept.push(dimension);
        }
    }
    kept
}

/// Do the plain points tell the code?
fn is_told(dimension: &Dimension, points: &[u64], space: u64) -> bool {
    const UNSEEN: i32 = i32::MIN;
    if space > FEW {
        return false;
    }
    let mut told = vec![UNSEEN; space as usize];
    points.iter().zip(dimension.keys.iter()).all(|(point, key)| {
        let told = &mut told[*point as usize];
        if *told == UNSEEN {
            *told = *key;
        }
        told == key
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tells_something_new_is_needed() {
        let dimension = |name: &str, keys: &[i32]| Dimension::coded(name, keys.to_vec(), &["_T", "DEU", "FRA"]);
        let all = || {
            vec![
                dimension("origin", &[0, 1, 2, 0]),
                dimension("citizenship", &[0, 1, 2, 0]),
                dimension("destination", &[1, 1, 2, 2]),
            ]
        };
        let names =
            |points: &[u64], space| needed(all(), points, space).into_iter().map(|one| one.name).collect::<Vec<_>>();
        assert_eq!(names(&[0, 0, 1, 1], 2), ["origin"]);
        assert_eq!(names(&[0, 0, 0, 0], 1), ["origin", "destination"]);
        assert_eq!(names(&[0, 0, 1, 1], FEW + 1), ["origin", "destination"]);
    }
}
