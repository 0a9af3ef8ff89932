//! Files that hold a cube: which they are, and how they become figures.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::container::{Format, Member};
use super::cube::{self, Cube, Given, Wanted};
use super::found::{self, Asked};
use super::{Options, eurostat, sdmx_csv, sdmx_json, sdmx_ml};
use crate::Error;
use crate::ledger::{Account, Finding};
use crate::observation::Observations;
use crate::watch::Watch;

/// Bytes that a file is told by.
const HEAD: usize = 1 << 16;

/// Bytes of a file that are read at once.
const BUFFER: usize = 1 << 18;

/// The cube of a member, if it is one.
///
/// # Errors
/// [`Error::Read`] for a file that begins as one and goes on otherwise.
pub fn of(member: &Member, options: &Options, watch: &Watch) -> Result<Option<Cube>, Error> {
    let head = &member.bytes[..member.bytes.len().min(HEAD)];
    match member.format {
        Format::Text if eurostat::is_it(head) => {
            let wanted = Wanted(options.select.clone());
            eurostat::read(&member.name, member.bytes.as_slice(), &wanted, &options.limits, watch).map(Some)
        }
        Format::Text if sdmx_csv::is_it(head) => sdmx_csv::read(&member.name, &member.bytes, watch).map(Some),
        Format::Xml if sdmx_ml::is_it(head) => sdmx_ml::read(&member.name, &member.bytes, watch).map(Some),
        Format::Json if sdmx_json::is_it(head) => sdmx_json::read(&member.name, &member.bytes, watch).map(Some),
        _ => Ok(None),
    }
}

/// A bulk file that can be read line by line from where it lies, packed or not, and its name.
///
/// # Errors
/// [`Error::Read`] for a file that cannot be opened.
pub fn lines(name: &str, path: &Path) -> Result<Option<(String, Box<dyn BufRead>)>, Error> {
    let unreadable = |error: std::io::Error| Error::Read(format!("{name}: {error}"));
    let open = || File::open(path).map(|file| BufReader::with_capacity(BUFFER, file)).map_err(unreadable);
    let mut file = open()?;
    let packed = file.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
    let mut lines: Box<dyn BufRead> =
        if packed { Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file))) } else { Box::new(file) };
    let mut head = Vec::new();
    // What cannot be unpacked is told by those who unpack archives.
    if (&mut lines).take(HEAD as u64).read_to_end(&mut head).is_err() || !eurostat::is_it(&head) {
        return Ok(None);
    }
    let short = name.strip_suffix(".gz").unwrap_or(name).to_owned();
    Ok(Some((short, Box::new(BufReader::new(std::io::Cursor::new(head).chain(lines))))))
}

/// The figures of a cube, and the account of its numbers.
///
/// # Errors
/// Those of [`cube::place`] and [`found::observations`].
pub fn figures(
    cube: Cube,
    file: &str,
    options: &Options,
    asked: &Asked,
    watch: &Watch,
) -> Result<(Vec<Observations>, Account, Vec<Finding>), Error> {
    let wanted = Wanted(options.select.clone());
    let given = Given { file, constants: &options.constants, wanted: &wanted };
    let placed = cube::place(cube, &given)?;
    let mut parts = Vec::new();
    for (table, layout) in &placed.tables {
        parts.extend(found::observations(table, layout, asked, watch)?);
    }
    Ok((parts, placed.account, placed.findings))
}
