//! Eurostat's bulk files: tab-separated, a key of all dimensions, a column a period, figure and flag in one cell.
//!
//! They are read line by line, so that a file of any size takes no more memory than the figures that are kept of it.

use std::io::BufRead;

use super::cube::{Cell, Coder, Column, Concept, Cube, NOT_SELECTED, Origin, Selection, Wanted, is_period, of_dataset};
use super::found::of_rows;
use super::limits::Limits;
use crate::Error;
use crate::codes::area::resolve::Policy;
use crate::harmonise::{self, address};
use crate::watch::Watch;

/// Lines between two looks at the clock.
const STEP: usize = 1 << 10;

/// The longest line that is no sign of another kind of file.
const LONGEST: u64 = 64 << 20;

/// Is it a bulk file? Its first cell lists the dimensions, the last of which is that of the columns: `age,sex,geo\time`.
pub fn is_it(head: &[u8]) -> bool {
    let head = head.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(head);
    let mut lines = head.split(|byte| *byte == b'\n');
    lines.find(|line| !line.trim_ascii().is_empty()).is_some_and(is_header)
}

fn is_header(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let Some(first) = line.split(|byte| *byte == b'\t').next().filter(|first| first.len() < line.len()) else {
        return false;
    };
    let Some((rows, columns)) = std::str::from_utf8(first).ok().and_then(|first| first.rsplit_once('\\')) else {
        return false;
    };
    let name = |name: &str| {
        !name.trim().is_empty() && name.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    name(columns) && rows.split(',').all(name)
}

/// What a line is split into.
struct Header {
    names: Vec<String>,
    columns: Vec<Column>,
    /// Cells of a line after its key.
    width: usize,
    /// Line that it is.
    line: u32,
    /// Blank cells left of the key.
    left: usize,
}

impl Header {
    fn read(place: &str, row: u32, line: &str) -> Result<Header, Error> {
        let line = line.trim_end_matches(['\n', '\r']).trim_start_matches('\u{feff}');
        let left = line.split('\t').take_while(|cell| cell.trim().is_empty()).count();
        let mut cells = line.split('\t').skip(left);
        let key = cells.next().unwrap_or_default();
        let (rows, over) = key.rsplit_once('\\').unwrap_or((key, ""));
        let names = rows.split(',').map(|name| name.trim().to_owned()).collect();
        let mut columns = Vec::new();
        for (at, cell) in cells.enumerate() {
            let label = cell.trim();
            let column = left + at + 1;
            if !is_period(label) {
                return Err(Error::Read(format!(
                    "{place}, cell {}: the columns are by {over:?}, and {label:?} is no period; only files with a column a \
                     period are read",
                    address(row as usize, column)
                )));
            }
            let column = u16::try_from(column)
                .map_err(|_| Error::Read(format!("{place}: it has more than {} columns", u16::MAX)))?;
            columns.push(Column { column, time: Some(label.to_owned()) });
        }
        let width = columns.len();
        if width == 0 {
            return Err(Error::Read(format!("{place}: its first line has no periods")));
        }
        Ok(Header { names, columns, width, line: row, left })
    }
}

/// Reads the lines of a bulk file.
///
/// # Errors
/// [`Error::Read`] naming the cell that is no figure, or the line that has not the cells of the first.
pub fn read(
    name: &str,
    mut lines: impl BufRead,
    wanted: &Wanted,
    limits: &Limits,
    watch: &Watch,
) -> Result<Cube, Error> {
    let place = format!("file {name:?}");
    let mut line = Vec::new();
    let mut bytes = next(&mut lines, &mut line, name)?;
    let mut row = 0;
    while !line.is_empty() && line.trim_ascii().is_empty() {
        bytes += next(&mut lines, &mut line, name)?;
        row += 1;
    }
    let header = Header::read(&place, row, text(&place, row, &line)?)?;
    let known = of_dataset(name);
    let policy = Policy { scheme: Some("eurostat".parse()?), ..Policy::default() };
    let selection = (!wanted.is_empty())
        .then(|| {
            let names: Vec<&str> = header.names.iter().map(String::as_str).collect();
            wanted.on(&names, known.as_ref().map(|(_, rule)| rule), &policy)
        })
        .transpose()?;
    let taken = |column: &Column| {
        let period = column.time.as_deref().unwrap_or_default();
        selection.as_ref().is_none_or(|selection| selection.takes_period(period))
    };
    let kept: Vec<bool> = header.columns.iter().map(taken).collect();
    let mut cube = Cube {
        place,
        format: "Eurostat TSV",
        origin: Origin { agency: Some("ESTAT".to_owned()), dataset: known.map(|(id, _)| id) },
        names: header.names.clone(),
        columns: header
            .columns
            .iter()
            .zip(&kept)
            .filter(|(_, kept)| **kept)
            .map(|(column, _)| column.clone())
            .collect(),
        ..Cube::default()
    };
    let mut reader = Reader {
        keys: header.names.iter().map(|_| Coder::default()).collect(),
        choice: header.names.iter().map(|_| Vec::new()).collect(),
        selection,
        header: &header,
        kept: &kept,
        flagged: false,
    };
    row += 1;
    loop {
        let length = next(&mut lines, &mut line, name)?;
        if length == 0 {
            break;
        }
        bytes += length;
        if bytes > limits.inflated {
            return Err(Error::Read(format!(
                "{name} holds more than the limit of {} bytes; if the file is to be trusted, raise it: limits={{\"inflated\": {}}}",
                limits.inflated,
                limits.inflated.saturating_mul(4)
            )));
        }
        reader.line(&mut cube, row, &line)?;
        row += 1;
        if (row as usize).is_multiple_of(STEP) {
            watch.step((STEP * header.width) as u64)?;
        }
    }
    if cube.rows.is_empty() {
        let why = if wanted.is_empty() { "it has a header and no lines" } else { "no line is of what where= selects" };
        return Err(Error::Read(format!("{}: {why}", cube.place)));
    }
    let (keys, flagged) = (reader.keys, reader.flagged);
    if !flagged {
        cube.flags = Coder::default();
    }
    let all: Vec<u32> = (0..cube.rows.len() as u32).collect();
    let concept = |(name, coder): (&String, Coder)| {
        let codes = coder.done();
        // Labels of lines that are not wanted are none of the table's.
        let codes = if wanted.is_empty() { codes } else { of_rows(&codes, &all) };
        Concept { name: name.clone(), codes, ..Concept::default() }
    };
    cube.concepts = header.names.iter().zip(keys).map(concept).collect();
    Ok(cube)
}

/// The next line, and its bytes.
fn next(lines: &mut impl BufRead, line: &mut Vec<u8>, name: &str) -> Result<u64, Error> {
    line.clear();
    let mut bounded = std::io::Read::take(&mut *lines, LONGEST);
    let read = bounded.read_until(b'\n', line);
    let read = read.map_err(|error| Error::Read(format!("{name} is damaged ({error}); download it again")))?;
    if read as u64 == LONGEST {
        return Err(Error::Read(format!("{name}: a line is longer than {LONGEST} bytes; this is no table")));
    }
    Ok(read as u64)
}

fn text<'a>(place: &str, row: u32, line: &'a [u8]) -> Result<&'a str, Error> {
    std::str::from_utf8(line)
        .map_err(|error| Error::Read(format!("{place}, line {}: it is not UTF-8 ({error})", u64::from(row) + 1)))
}

/// Lines to rows of the cube.
struct Reader<'a> {
    keys: Vec<Coder>,
    /// Is a label of a dimension wanted? Found out once a label.
    choice: Vec<Vec<bool>>,
    selection: Option<Selection>,
    header: &'a Header,
    kept: &'a [bool],
    flagged: bool,
}

impl Reader<'_> {
    fn line(&mut self, cube: &mut Cube, row: u32, line: &[u8]) -> Result<(), Error> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let line = self.right(&cube.place, row, line)?;
        let left = self.header.left;
        let end = line.iter().position(|byte| *byte == b'\t').unwrap_or(line.len());
        let (key, cells) = (&line[..end], line.get(end + 1..));
        let wanted = self.key(&cube.place, row, key)?;
        let mut found = 0;
        let mut unwanted = 0;
        for cell in cells.into_iter().flat_map(|cells| cells.split(|byte| *byte == b'\t')) {
            if found == self.header.width {
                found += 1;
                break;
            }
            let (read, flag) = split(cell);
            let read = read.or_else(|| slow(cell)).ok_or_else(|| wrong(&cube.place, row, left + found + 1, cell))?;
            let number = harmonise::carries(read.1);
            cube.taken += u64::from(number);
            if wanted && self.kept[found] {
                self.push(cube, read, flag);
            } else {
                unwanted += u64::from(number);
            }
            found += 1;
        }
        if found != self.header.width {
            let many = if found > self.header.width { "more" } else { "fewer" };
            return Err(Error::Read(format!(
                "{}, line {}: it has {many} cells than the {} of the first line; is the file complete? download it again",
                cube.place,
                u64::from(row) + 1,
                self.header.width + 1
            )));
        }
        if wanted {
            cube.rows.push(row);
        }
        cube.dropped.count(NOT_SELECTED, unwanted, row.into(), || String::from_utf8_lossy(key).into_owned());
        Ok(())
    }

    /// The line without the blank cells left of its key.
    fn right<'l>(&self, place: &str, row: u32, line: &'l [u8]) -> Result<&'l [u8], Error> {
        let mut rest = line;
        for column in 0..self.header.left {
            let end = rest.iter().position(|byte| *byte == b'\t').unwrap_or(rest.len());
            if !rest[..end].trim_ascii().is_empty() {
                let (first, key) =
                    (address(row as usize, column), address(self.header.line as usize, self.header.left));
                return Err(Error::Read(format!(
                    "{place}, cell {first}: it stands left of the keys, which begin in {key}; the columns are not those of \
                     the first line"
                )));
            }
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        Ok(rest)
    }

    /// Splits the key; false for a line that is not wanted.
    fn key(&mut self, place: &str, row: u32, key: &[u8]) -> Result<bool, Error> {
        let key = text(place, row, key)?;
        let mut wanted = true;
        let mut found = 0;
        for (at, code) in key.split(',').enumerate() {
            found += 1;
            let Some(coder) = self.keys.get_mut(at) else { break };
            let code = code.trim();
            coder.push(code);
            let Some(selection) = &self.selection else { continue };
            let label = coder.keys.last().copied().and_then(|key| usize::try_from(key).ok());
            let Some(label) = label else { continue };
            if label == self.choice[at].len() {
                self.choice[at].push(selection.takes(at, code));
            }
            wanted &= self.choice[at][label];
        }
        if found != self.keys.len() {
            return Err(Error::Read(format!(
                "{place}, line {}: its key {key:?} has {found} parts, and the first line names {} dimensions",
                u64::from(row) + 1,
                self.keys.len()
            )));
        }
        if !wanted {
            self.keys.iter_mut().for_each(|coder| coder.keys.truncate(coder.keys.len() - 1));
        }
        Ok(wanted)
    }

    fn push(&mut self, cube: &mut Cube, (value, presence): Cell, flag: &[u8]) {
        cube.value.push(value);
        let mut kind = presence;
        if flag.is_empty() {
            if self.flagged {
                cube.flags.keys.push(crate::column::NULL);
            }
        } else {
            if !self.flagged {
                cube.flags.keys = vec![crate::column::NULL; cube.presence.len()];
                self.flagged = true;
            }
            // "0 n" is less than half of the last digit, and not nothing.
            if flag.contains(&b'n') && value == 0.0 && harmonise::carries(presence) {
                kind = harmonise::presence("rounded_zero");
            }
            cube.flags.push(std::str::from_utf8(flag).unwrap_or_default());
        }
        cube.presence.push(kind);
    }
}

/// What stands in a cell, where it is plain digits or the marker of a missing number, and its flag.
fn split(cell: &[u8]) -> (Option<Cell>, &[u8]) {
    /// More digits may not be exact.
    const DIGITS: usize = 15;
    const TENTHS: [f64; 8] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7];
    let cell = cell.trim_ascii();
    let (blank, missing, zero) = (3, 4, 1);
    let Some(first) = cell.first() else { return (Some((0.0, blank)), &[]) };
    if *first == b':' {
        let flag = cell[1..].trim_ascii();
        let plain = flag.iter().all(u8::is_ascii_alphabetic);
        return if plain { (Some((0.0, missing)), flag) } else { (None, &[]) };
    }
    let negative = *first == b'-';
    let (mut whole, mut digits, mut after, mut at) = (0_u64, 0, None, usize::from(negative));
    while let Some(byte) = cell.get(at) {
        match byte {
            b'0'..=b'9' => {
                whole = whole.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                digits += 1;
                after = after.map(|after: usize| after + 1);
            }
            b'.' if after.is_none() && digits > 0 => after = Some(0),
            _ => break,
        }
        at += 1;
    }
    let flag = cell[at..].trim_ascii();
    let plain = (1..=DIGITS).contains(&digits) && after != Some(0) && after.unwrap_or(0) < TENTHS.len();
    if !flag.iter().all(u8::is_ascii_alphabetic) || (!plain && at == 0) {
        return (None, &[]);
    }
    if !plain {
        return (None, flag);
    }
    // A whole number and a power of ten that are both exact give the float that is nearest to their quotient.
    let value = whole as f64 / TENTHS[after.unwrap_or(0)];
    let value = if negative { 0.0 - value } else { value };
    (Some((value, if value == 0.0 { zero } else { 0 })), flag)
}

/// Any other number.
fn slow(cell: &[u8]) -> Option<Cell> {
    let text = std::str::from_utf8(cell).ok()?.trim();
    let number = text.split(' ').next()?;
    let value = harmonise::number(number, 0)?;
    let rest = text[number.len()..].trim();
    rest.bytes().all(|byte| byte.is_ascii_alphabetic()).then_some((value, u8::from(value == 0.0)))
}

fn wrong(place: &str, row: u32, column: usize, cell: &[u8]) -> Error {
    Error::Read(format!(
        "{place}, cell {}: {:?} is neither a figure with a flag nor \":\" for a missing one",
        address(row as usize, column),
        String::from_utf8_lossy(cell).trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_presence_have_these_numbers() {
        let kinds = ["value", "zero", "rounded_zero", "blank", "missing"].map(harmonise::presence);
        assert_eq!(kinds, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn cells_hold_figures_and_flags() {
        let read = |text: &'static str| {
            let (cell, flag) = split(text.as_bytes());
            (cell, std::str::from_utf8(flag).unwrap())
        };
        assert_eq!(read("32174 b"), (Some((32174.0, 0)), "b"));
        assert_eq!(read(": "), (Some((0.0, 4)), ""));
        assert_eq!(read(":c"), (Some((0.0, 4)), "c"));
        assert_eq!(read("0n"), (Some((0.0, 1)), "n"));
        assert_eq!(read("-1.25 ep"), (Some((-1.25, 0)), "ep"));
        assert_eq!(read(""), (Some((0.0, 3)), ""));
        assert_eq!(read("0.1"), (Some((0.1, 0)), ""));
        assert_eq!(read("abc").0, None);
        assert_eq!(read("12 3").0, None);
        assert_eq!(slow(b"12 3"), None);
        assert_eq!(slow(b"1.5e3 e"), Some((1500.0, 0)));
    }

    #[test]
    fn bulk_files_are_told_by_their_first_line() {
        assert!(is_it(b"freq,age,unit,sex,geo\\TIME_PERIOD\t2015 \t2016 \n"));
        assert!(is_it(b"\xef\xbb\xbfgeo\\time\t2015M01\n"));
        assert!(!is_it(b"a,b\t2015\n") && !is_it(b"geo\\time\n") && !is_it(b"C:\\my files\t1\n"));
    }
}
