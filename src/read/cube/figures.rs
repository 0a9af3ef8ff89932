//! The figures of a cube, or of some of its rows.

use arrow::buffer::ScalarBuffer;

use super::super::found::Figures;
use crate::Error;
use crate::column::Coded;
use crate::harmonise::{self, Values};

/// Figures of a cube.
pub struct Cells {
    /// Numbers, row after row.
    pub value: ScalarBuffer<f64>,
    /// What stands in the cells.
    pub presence: Vec<u8>,
    /// Columns of a row.
    pub width: usize,
    /// Flags of the cells.
    pub flags: Option<Coded>,
}

impl Cells {
    /// Are these all cells, in their order?
    fn all(&self, rows: &[u32], columns: &[u32]) -> bool {
        rows.len() * columns.len() == self.presence.len() && columns.len() == self.width
    }

    fn pick<T: Copy>(&self, of: &[T], rows: &[u32], columns: &[u32]) -> Vec<T> {
        let mut picked = Vec::with_capacity(rows.len() * columns.len());
        for row in rows {
            picked.extend(columns.iter().map(|column| of[*row as usize * self.width + *column as usize]));
        }
        picked
    }
}

impl Figures for Cells {
    fn values(&self, rows: &[u32], columns: &[u32], shift: i32) -> Result<Values, Error> {
        let (value, presence) = if self.all(rows, columns) {
            (self.value.clone(), self.presence.clone())
        } else {
            (self.pick(&self.value, rows, columns).into(), self.pick(&self.presence, rows, columns))
        };
        let value = match shift {
            0 => value,
            shift => value.iter().map(|value| harmonise::scaled(*value, shift) + 0.0).collect::<Vec<_>>().into(),
        };
        Ok(Values { value, presence, bounds: Vec::new() })
    }

    fn count(&self) -> u64 {
        self.presence.iter().filter(|kind| harmonise::carries(**kind)).count() as u64
    }

    fn flags(&self, rows: &[u32], columns: &[u32]) -> Option<Coded> {
        let flags = self.flags.as_ref()?;
        if self.all(rows, columns) {
            return Some(flags.clone());
        }
        Some(Coded { keys: self.pick(&flags.keys, rows, columns), labels: flags.labels.clone() })
    }
}
