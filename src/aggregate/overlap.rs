//! Groups that overlap, such as the least developed and the landlocked countries: a figure lies in the cells of all its
//! groups, and in every total once.
//!
//! The finest cells are those of the combinations in which areas lie; what is shown is made from them.

use super::axis::rank;
use super::cube::{Accumulator, Extremes, NONE};
use super::groups::SEVERAL;
use crate::Error;

/// What is shown of an axis whose classes are combinations of groups.
#[derive(Clone, Debug)]
pub(super) struct Overlap {
    /// The groups.
    pub labels: Vec<String>,
    /// For every combination the groups in it.
    of: Vec<Vec<u32>>,
}

impl Overlap {
    /// By the labels of the combinations.
    pub fn new(combinations: &[String]) -> Overlap {
        let mut labels: Vec<String> =
            combinations.iter().flat_map(|label| label.split(SEVERAL)).map(str::to_owned).collect();
        labels.sort_by_cached_key(|label| rank("", label, false));
        labels.dedup();
        let place = |label: &str| labels.iter().position(|known| known == label).map(|at| at as u32);
        let of = combinations.iter().map(|label| label.split(SEVERAL).filter_map(place).collect()).collect();
        Overlap { labels, of }
    }

    /// What becomes of the combinations where one group is looked at.
    fn only(&self, group: u32) -> Vec<u32> {
        self.of.iter().map(|groups| if groups.contains(&group) { group } else { NONE }).collect()
    }

    fn each(&self, shape: &[u32], dim: usize) -> (Vec<Vec<Vec<u32>>>, Vec<u32>) {
        let mut shown = shape.to_vec();
        shown[dim] = self.labels.len() as u32;
        let classes = |group: u32| {
            let same = |at: usize| (0..shape[at]).collect();
            (0..shape.len()).map(|at| if at == dim { self.only(group) } else { same(at) }).collect()
        };
        ((0..self.labels.len() as u32).map(classes).collect(), shown)
    }

    /// The cells of the groups.
    ///
    /// # Errors
    /// See [`Accumulator::new`].
    pub fn show(&self, dim: usize, sums: &mut Accumulator, threads: usize) -> Result<Accumulator, Error> {
        let (each, shape) = self.each(sums.shape(), dim);
        let mut shown: Option<Accumulator> = None;
        for classes in &each {
            let more = sums.project(classes, &shape, threads)?;
            match &mut shown {
                None => shown = Some(more),
                Some(shown) => shown.merge(&more),
            }
        }
        shown.map_or_else(|| Accumulator::new(&shape, threads, 0), Ok)
    }

    /// The extremes of the groups.
    ///
    /// # Errors
    /// See [`Extremes::new`].
    pub fn show_extremes(&self, dim: usize, extremes: &Extremes) -> Result<Extremes, Error> {
        let (each, shape) = self.each(extremes.shape(), dim);
        let mut shown = Extremes::new(&shape)?;
        for classes in &each {
            shown.merge(&extremes.project(classes, &shape)?);
        }
        Ok(shown)
    }

    /// What the ledger says of it.
    pub fn warning(&self, word: &str, combinations: &[String]) -> Option<String> {
        let both: Vec<&str> =
            combinations.iter().zip(&self.of).filter(|(_, of)| of.len() > 1).map(|(label, _)| label.as_str()).collect();
        (!both.is_empty()).then(|| {
            format!(
                "{word}: figures of areas that lie in several of these groups ({}) are in the row of each, so the rows do \
                 not add up; totals count them once",
                both.join(", ").replace(SEVERAL, " and ")
            )
        })
    }
}
