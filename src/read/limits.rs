//! How much a file may be once it is unpacked: published tables are small, hostile files are not.

use serde::Deserialize;

use crate::Error;

/// Caps on what is read; each can be raised by the caller.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes that all members of a file may have when inflated.
    pub inflated: u64,
    /// Inflated bytes for each packed byte of a member that inflates to more than 16 MiB.
    pub ratio: u64,
    /// Members of an archive.
    pub members: usize,
    /// Sheets of a workbook.
    pub sheets: usize,
    /// Cells of a sheet, blank ones inside its bounds among them.
    pub cells: u64,
}

/// A member of fewer inflated bytes may be packed as tightly as it likes.
pub const SMALL: u64 = 16 << 20;

impl Default for Limits {
    fn default() -> Limits {
        Limits { inflated: 2 << 30, ratio: 200, members: 4096, sheets: 512, cells: 250_000_000 }
    }
}

impl Limits {
    /// Verifies the declared or actual size of one member.
    ///
    /// # Errors
    /// [`Error::Read`] naming the limit and how to raise it.
    pub fn check_member(&self, name: &str, packed: u64, inflated: u64) -> Result<(), Error> {
        if inflated > self.inflated {
            return Err(Error::Read(format!(
                "{name} inflates to {inflated} bytes, more than the limit of {}; if the file is to be trusted, raise it: \
                 limits={{\"inflated\": {inflated}}}",
                self.inflated
            )));
        }
        let ratio = inflated / packed.max(1);
        if inflated > SMALL && ratio > self.ratio {
            return Err(Error::Read(format!(
                "{name} inflates from {packed} to {inflated} bytes, {ratio} times its size, as tables never do; if the file is \
                 to be trusted, raise the limit of {}: limits={{\"ratio\": {}}}",
                self.ratio,
                ratio + 1
            )));
        }
        Ok(())
    }

    /// Verifies what all members of a file have together.
    ///
    /// # Errors
    /// [`Error::Read`] naming the limit and how to raise it.
    pub fn check_total(&self, name: &str, inflated: u64) -> Result<(), Error> {
        if inflated > self.inflated {
            return Err(Error::Read(format!(
                "{name} inflates to more than the limit of {} bytes; if the file is to be trusted, raise it: \
                 limits={{\"inflated\": {}}}",
                self.inflated,
                self.inflated.saturating_mul(2)
            )));
        }
        Ok(())
    }

    /// The bytes that a member of this packed size may have.
    pub fn most(&self, packed: u64) -> u64 {
        self.inflated.min(SMALL.max(packed.saturating_mul(self.ratio + 1)))
    }

    /// Verifies the bounds of one sheet.
    ///
    /// # Errors
    /// [`Error::Read`] naming the limit and how to raise it.
    pub fn check_cells(&self, sheet: &str, rows: u64, columns: u64) -> Result<(), Error> {
        let cells = rows.saturating_mul(columns);
        if cells > self.cells {
            return Err(Error::Read(format!(
                "sheet {sheet:?} spans {rows} rows and {columns} columns, {cells} cells, more than the limit of {}; if the file \
                 is to be trusted, raise it: limits={{\"cells\": {cells}}}",
                self.cells
            )));
        }
        Ok(())
    }
}
