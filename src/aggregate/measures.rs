//! The measures of cells as columns; null where there is nothing to give, or too little of it.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array};

use super::cube::{Cells, Extremes};

/// Cells, and which of them have enough figures to show a value.
pub(super) struct Measures<'a> {
    cells: &'a Cells,
    /// Figures with a value over figures expected, with the least that shows a value, if there is one.
    coverage: Option<(&'a [f64], f64)>,
}

/// A column and its name.
type Named = (String, ArrayRef);

impl<'a> Measures<'a> {
    /// Of cells whose counts are known.
    pub fn of(cells: &'a Cells, coverage: &'a [f64], least: Option<f64>) -> Self {
        Self { cells, coverage: least.map(|least| (coverage, least)) }
    }

    fn enough(&self, at: usize) -> bool {
        self.coverage.is_none_or(|(coverage, least)| coverage[at] >= least)
    }

    fn column(&self, name: &str, of: impl Fn(usize) -> Option<f64>) -> Named {
        let value = |at: usize| of(at).filter(|_| self.enough(at));
        (name.to_owned(), Arc::new((0..self.cells.sum.len()).map(value).collect::<Float64Array>()))
    }

    /// Sums.
    pub fn sum(&self) -> Named {
        self.column("value", |at| (self.cells.valued[at] > 0).then(|| self.cells.sum[at]))
    }

    /// Sums of bounds: one figure of which nothing is known leaves them without.
    pub fn bound(&self, name: &str, bounds: &Cells) -> Named {
        self.column(name, |at| (bounds.valued[at] == self.cells.figures[at]).then(|| bounds.sum[at]))
    }

    /// Figures without a value.
    pub fn missing(&self) -> Named {
        let missing = self.cells.figures.iter().zip(&self.cells.valued).map(|(all, valued)| (all - valued) as i64);
        ("missing".to_owned(), Arc::new(Int64Array::from_iter_values(missing)))
    }

    /// The least and the largest value.
    pub fn extremes(&self, extremes: &Extremes) -> [Named; 2] {
        let mut classes = vec![0; self.cells.keys.len()];
        let mut of = |at: usize| {
            classes.iter_mut().zip(&self.cells.keys).for_each(|(class, keys)| *class = keys[at]);
            extremes.of(&classes)
        };
        let found: Vec<Option<(f64, f64)>> = (0..self.cells.sum.len()).map(&mut of).collect();
        [
            self.column("min", |at| found[at].map(|(least, _)| least)),
            self.column("max", |at| found[at].map(|(_, most)| most)),
        ]
    }

    /// Means; `weighted` are the sums of the products and of the weights.
    pub fn mean(&self, weighted: Option<(&Cells, &Cells)>) -> Named {
        self.column("mean", |at| match weighted {
            Some((products, weights)) => {
                (products.valued[at] > 0 && weights.sum[at] != 0.0).then(|| products.sum[at] / weights.sum[at])
            }
            None => (self.cells.valued[at] > 0).then(|| self.cells.sum[at] / self.cells.valued[at] as f64),
        })
    }
}

/// Numbers of figures.
pub(super) fn counts(name: &str, counts: &[u64]) -> Named {
    (name.to_owned(), Arc::new(Int64Array::from_iter_values(counts.iter().map(|count| *count as i64))))
}
