//! Workbooks, through calamine: every sheet as a grid.

use std::io::Cursor;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use calamine::{CellErrorType, Data, DataRef, ExcelDateTime, Ods, Range, Reader, Xls, XlsOptions, Xlsx};

use super::container::{self, Format, Member};
use super::grid::{Cell, Grid};
use super::limits::Limits;
use crate::Error;
use crate::watch::Watch;

/// Cells between two looks at whether the caller wants to go on.
const STEP: u64 = 1 << 16;

/// The sheets of a workbook. An archive is weighed while it is read, and reading ends when it is too heavy.
///
/// # Errors
/// [`Error::Read`] for a damaged or encrypted workbook, and for one beyond the limits.
pub fn sheets(member: &Member, limits: &Limits, watch: &Watch) -> Result<Vec<Grid>, Error> {
    if member.format == Format::Xls {
        return xls(member, limits, watch);
    }
    let heavy = AtomicBool::new(false);
    let weigh = || container::weigh(member, limits).inspect_err(|_| heavy.store(true, Relaxed));
    let (weighed, sheets) = rayon::join(weigh, || unpacked(member, limits, watch, &heavy));
    weighed.and(sheets)
}

fn unpacked(member: &Member, limits: &Limits, watch: &Watch, heavy: &AtomicBool) -> Result<Vec<Grid>, Error> {
    match member.format {
        Format::Xlsx => xlsx(member, limits, watch, heavy),
        _ => {
            let mut book: Ods<_> = calamine::open_workbook_from_rs(Cursor::new(member.bytes.as_slice()))
                .map_err(|error: calamine::OdsError| damaged(member, error))?;
            let names = book.sheet_names();
            check_sheets(member, names.len(), limits)?;
            names.iter().map(|name| of_range(name, &book.worksheet_range(name), member, limits, watch)).collect()
        }
    }
}

fn damaged(member: &Member, error: impl std::fmt::Display) -> Error {
    let error = error.to_string();
    if error.to_lowercase().contains("password") || error.to_lowercase().contains("encrypt") {
        return Error::Read(format!("{} is protected by a password: save it without one", member.name));
    }
    Error::Read(format!("{} is a damaged workbook ({error}); download it again", member.name))
}

fn check_sheets(member: &Member, sheets: usize, limits: &Limits) -> Result<(), Error> {
    if sheets > limits.sheets {
        return Err(Error::Read(format!(
            "{} has {sheets} sheets, more than the limit of {}; raise it: limits={{\"sheets\": {sheets}}}",
            member.name, limits.sheets
        )));
    }
    Ok(())
}

/// Cell by cell, so that nothing is made large because a far corner says that it is.
fn xlsx(member: &Member, limits: &Limits, watch: &Watch, heavy: &AtomicBool) -> Result<Vec<Grid>, Error> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(member.bytes.as_slice()))
        .map_err(|error: calamine::XlsxError| damaged(member, error))?;
    let names = book.sheet_names();
    check_sheets(member, names.len(), limits)?;
    let mut sheets = Vec::with_capacity(names.len());
    for name in names {
        let mut grid = Grid::new(&name);
        let mut reader = match book.worksheet_cells_reader(&name) {
            Ok(reader) => reader,
            // A sheet of a chart alone.
            Err(calamine::XlsxError::WorksheetNotFound(_) | calamine::XlsxError::NotAWorksheet(_)) => {
                sheets.push(grid);
                continue;
            }
            Err(error) => return Err(damaged(member, error)),
        };
        let mut count = 0;
        // Shared strings come in a row from one place: the last one is remembered by where it lies.
        let mut last: (&str, Cell) = ("", Cell::Blank);
        while let Some(cell) = reader.next_cell().map_err(|error| damaged(member, error))? {
            let (row, column) = cell.get_position();
            let value = match cell.get_value() {
                DataRef::Empty => continue,
                DataRef::Float(value) => number(&mut grid, *value),
                DataRef::Int(value) => number(&mut grid, *value as f64),
                DataRef::SharedString(text) => {
                    if !std::ptr::eq(last.0, *text) {
                        last = (text, grid.text_cell(text));
                    }
                    last.1
                }
                DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => grid.text_cell(text),
                DataRef::Bool(value) => grid.text_cell(if *value { "true" } else { "false" }),
                DataRef::DateTime(date) => of_date(&mut grid, date),
                DataRef::Error(error) => of_error(&mut grid, error),
            };
            if value == Cell::Blank {
                continue;
            }
            grid.put(row as usize, column as usize, value, |rows, width| {
                limits.check_cells(&name, rows as u64, width as u64)
            })?;
            count += 1;
            if count % STEP == 0 {
                watch.step(STEP)?;
                if heavy.load(Relaxed) {
                    return Ok(Vec::new());
                }
            }
        }
        sheets.push(grid);
    }
    Ok(sheets)
}

/// Exports of some publishers say that their text is in one code page and write it in another: told by the NULs between
/// the letters, and read again as what it is.
fn xls(member: &Member, limits: &Limits, watch: &Watch) -> Result<Vec<Grid>, Error> {
    let open = |codepage: Option<u16>| {
        let mut options = XlsOptions::default();
        options.force_codepage = codepage;
        Xls::new_with_options(Cursor::new(member.bytes.as_slice()), options).map_err(|error| damaged(member, error))
    };
    let read = |mut book: Xls<_>| -> Result<Vec<Grid>, Error> {
        let names = book.sheet_names();
        check_sheets(member, names.len(), limits)?;
        names.iter().map(|name| of_range(name, &book.worksheet_range(name), member, limits, watch)).collect()
    };
    let sheets = read(open(None)?)?;
    let nul = |grid: &Grid| grid.texts().iter().any(|text| text.contains('\0'));
    if sheets.iter().any(nul) { read(open(Some(UTF_16))?) } else { Ok(sheets) }
}

/// The code page of little-endian UTF-16.
const UTF_16: u16 = 1200;

fn of_range<E: std::fmt::Display>(
    name: &str,
    range: &Result<Range<Data>, E>,
    member: &Member,
    limits: &Limits,
    watch: &Watch,
) -> Result<Grid, Error> {
    let range = range.as_ref().map_err(|error| damaged(member, error))?;
    let mut grid = Grid::new(name);
    // Addresses are those of the sheet, not of the part that is used.
    let (Some((top, left)), Some((bottom, right))) = (range.start(), range.end()) else { return Ok(grid) };
    limits.check_cells(name, u64::from(bottom) + 1, u64::from(right) + 1)?;
    grid.size(bottom as usize + 1, right as usize + 1);
    watch.step((bottom - top + 1).into())?;
    for (row, column, value) in range.used_cells() {
        let cell = match value {
            Data::Empty => Cell::Blank,
            Data::Float(value) => number(&mut grid, *value),
            Data::Int(value) => number(&mut grid, *value as f64),
            Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => grid.text_cell(text),
            Data::Bool(value) => grid.text_cell(if *value { "true" } else { "false" }),
            Data::DateTime(date) => of_date(&mut grid, date),
            Data::Error(error) => of_error(&mut grid, error),
        };
        grid.set(row + top as usize, column + left as usize, cell);
    }
    Ok(grid)
}

fn number(grid: &mut Grid, value: f64) -> Cell {
    if value.is_finite() { Cell::Number(value) } else { grid.text_cell(&value.to_string()) }
}

fn of_date(grid: &mut Grid, date: &ExcelDateTime) -> Cell {
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    let day = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) {
        grid.text_cell(&day)
    } else {
        grid.text_cell(&format!("{day}T{hour:02}:{minute:02}:{second:02}"))
    }
}

/// `#N/A` and the like stand as they are shown.
fn of_error(grid: &mut Grid, error: &CellErrorType) -> Cell {
    grid.text_cell(&error.to_string())
}
