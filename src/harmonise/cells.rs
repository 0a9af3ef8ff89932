//! The cells of a long or wide table, one after the other, with the labels that each stands under.

use std::collections::BTreeMap;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;

use super::request::Request;
use super::sheet::{Sheet, address};
use super::values::{self, Values};
use crate::Error;
use crate::codes::period::calendar::{self, Calendar};
use crate::column::{Coded, encode};
use crate::watch::Watch;

/// The labels of one role: one for all cells, or one a cell.
#[derive(Clone, Debug)]
pub enum Labels {
    /// The same everywhere.
    One(String),
    /// One a cell.
    Each(Coded),
}

impl Labels {
    /// The distinct labels.
    pub fn distinct(&self) -> &[String] {
        match self {
            Labels::One(label) => std::slice::from_ref(label),
            Labels::Each(coded) => &coded.labels,
        }
    }

    /// The key of a cell's label.
    pub fn key(&self, cell: usize) -> i32 {
        match self {
            Labels::One(_) => 0,
            Labels::Each(coded) => coded.keys[cell],
        }
    }

    /// The first cell that stands under a label.
    pub fn first(&self, key: i32) -> usize {
        match self {
            Labels::One(_) => 0,
            Labels::Each(coded) => coded.keys.iter().position(|k| *k == key).unwrap_or_default(),
        }
    }
}

/// Where the labels and figures come from.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// Columns of a frame.
    Frame(&'a SchemaRef, &'a [RecordBatch]),
    /// What a reader found on a sheet.
    Sheet(&'a Sheet),
}

/// A table as cells: cell `row * width + column` of a wide table, one cell a row of a long one.
pub struct Cells<'a> {
    request: &'a Request,
    watch: &'a Watch,
    source: Source<'a>,
    /// Cells in a row.
    pub width: usize,
    /// Number of cells.
    pub count: usize,
    /// The power of ten that the numbers are printed in.
    pub shift: i32,
    /// Their numbers.
    pub values: Values,
}

impl<'a> Cells<'a> {
    /// Reads the numbers; labels are read role by role.
    ///
    /// # Errors
    /// [`Error::Schema`] for a table of no rows, a cell that is no number, or a request that does not fit.
    pub fn new(source: Source<'a>, request: &'a Request, watch: &'a Watch) -> Result<Cells<'a>, Error> {
        let (names, rows): (Vec<&str>, usize) = match source {
            Source::Frame(schema, batches) => (
                schema.fields().iter().map(|field| field.name().as_str()).collect(),
                batches.iter().map(RecordBatch::num_rows).sum(),
            ),
            Source::Sheet(sheet) => {
                let wide = request.wide.iter().map(|wide| wide.column.as_str());
                (sheet.labels.keys().map(String::as_str).chain(wide).collect(), sheet.rows.len())
            }
        };
        request.check(&names)?;
        if rows == 0 {
            return Err(Error::Schema("the table has no rows: there is nothing to harmonise".into()));
        }
        let width = request.wide.len().max(1);
        let count = rows * width;
        if u32::try_from(count).is_err() {
            return Err(Error::Schema(format!(
                "the table has {count} cells; one call takes up to {}: harmonise it in parts and ms.concat them",
                u32::MAX
            )));
        }
        let mut cells = Cells { request, watch, source, width, count, shift: 0, values: Values::default() };
        cells.shift = cells.read_shift()?;
        cells.values = match source {
            Source::Frame(..) => cells.read_values()?,
            Source::Sheet(sheet) if sheet.shift == cells.shift => sheet.values.clone(),
            Source::Sheet(sheet) => {
                let text = format!("figures read in units of 1e{}, stated in 1e{}", sheet.shift, cells.shift);
                return Err(Error::Internal(text));
            }
        };
        Ok(cells)
    }

    /// Between two parts of the work: an error if the caller wants no more.
    pub fn go_on(&self) -> Result<(), Error> {
        self.watch.step(0)
    }

    /// The chunks of a column of a frame.
    fn column(&self, name: &str) -> Vec<ArrayRef> {
        match self.source {
            Source::Frame(schema, batches) => {
                let at = schema.index_of(name).unwrap_or_default();
                batches.iter().map(|batch| batch.column(at).clone()).collect()
            }
            Source::Sheet(_) => Vec::new(),
        }
    }

    /// The labels of a column, one a row.
    fn coded(&self, name: &str) -> Result<Coded, Error> {
        match self.source {
            Source::Frame(..) => Ok(encode(name, &self.column(name))?.without_blanks()),
            Source::Sheet(sheet) => Ok(sheet.labels.get(name).cloned().unwrap_or_default()),
        }
    }

    /// The power of ten that `multiplier` or the printed unit says; both may say the same.
    fn read_shift(&self) -> Result<i32, Error> {
        let stated = self.request.constants.get("multiplier").filter(|text| !text.is_empty());
        let stated = stated.map(|multiplier| values::shift(multiplier)).transpose()?;
        let Some(labels) = self.labels("unit")? else { return Ok(stated.unwrap_or(0)) };
        let read = |(key, label): (usize, &String)| {
            self.request.unit(label).map(|unit| unit.shift).map_err(|error| match &labels {
                Labels::One(_) => error,
                Labels::Each(_) => {
                    let cell = labels.first(key as i32);
                    Error::Code(format!("{}, {}: {error}", self.whose("unit"), self.place(cell)))
                }
            })
        };
        let shifts = labels.distinct().iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
        let first = shifts.first().copied().unwrap_or(0);
        if let Some(at) = shifts.iter().position(|shift| *shift != first) {
            return Err(Error::Schema(format!(
                "{}: {:?} and {:?} are printed in different powers of ten; harmonise the rows of each apart and put them \
                 together by ms.concat",
                self.whose("unit"),
                labels.distinct()[0],
                labels.distinct()[at]
            )));
        }
        match stated {
            Some(stated) if first != 0 && stated != first => Err(Error::Schema(format!(
                "the unit {:?} says that figures are in units of 1e{first}, and multiplier of 1e{stated}; state one of them",
                labels.distinct()[0]
            ))),
            Some(stated) => Ok(stated),
            None => Ok(first),
        }
    }

    fn read_values(&self) -> Result<Values, Error> {
        let shift = self.shift;
        let read = |name: &str| values::read(name, &self.column(name), &self.request.missing, shift);
        if let Some(name) = self.request.columns.get("value") {
            return read(name);
        }
        let columns = self.request.wide.iter().map(|wide| read(&wide.column)).collect::<Result<Vec<_>, _>>()?;
        let (mut value, mut presence, mut bounds) = (vec![0.0; self.count], vec![0; self.count], Vec::new());
        for (at, column) in columns.iter().enumerate() {
            for (row, (number, kind)) in column.value.iter().zip(&column.presence).enumerate() {
                value[row * self.width + at] = *number;
                presence[row * self.width + at] = *kind;
            }
            let place = |(row, low, high): &(u32, f64, f64)| ((*row as usize * self.width + at) as u32, *low, *high);
            bounds.extend(column.bounds.iter().map(place));
        }
        bounds.sort_unstable_by_key(|(cell, _, _)| *cell);
        Ok(Values { value: value.into(), presence, bounds })
    }

    /// A column of numbers beside the values, such as bounds.
    pub fn numbers(&self, role: &str) -> Result<Option<Values>, Error> {
        let Some(name) = self.request.columns.get(role) else { return Ok(None) };
        if self.width > 1 {
            return Err(Error::Schema(format!("{role}={name:?}: a wide table has no column of {role}")));
        }
        let shift = self.shift;
        values::read(name, &self.column(name), &self.request.missing, shift).map(Some)
    }

    /// The labels of a role, if it is stated.
    ///
    /// # Errors
    /// [`Error::Schema`] if the column holds no labels, or only some of the wide columns state the role.
    pub fn labels(&self, role: &str) -> Result<Option<Labels>, Error> {
        self.go_on()?;
        if let Source::Sheet(sheet) = self.source
            && let Some(coded) = sheet.beside.get(role)
        {
            return Ok(Some(Labels::Each(coded.clone())));
        }
        if let Some(name) = self.request.columns.get(role) {
            let mut coded = self.coded(name)?;
            if self.width > 1 {
                let mut keys = vec![0; self.count];
                keys.chunks_exact_mut(self.width).zip(&coded.keys).for_each(|(cells, key)| cells.fill(*key));
                coded.keys = keys;
            }
            return Ok(Some(Labels::Each(coded)));
        }
        let stated: Vec<Option<&String>> = self.request.wide.iter().map(|wide| wide.labels.get(role)).collect();
        if stated.iter().all(Option::is_none) {
            return Ok(self.request.constants.get(role).cloned().map(Labels::One));
        }
        let default =
            self.request.constants.get(role).or(matches!(role, "basis" | "note").then_some(const { &String::new() }));
        let mut labels = Vec::new();
        for (wide, label) in self.request.wide.iter().zip(stated) {
            labels.push(label.or(default).cloned().ok_or_else(|| {
                Error::Schema(format!("wide column {:?} does not state {role}, though others do", wide.column))
            })?);
        }
        let (labels, keys) = crate::column::unique(labels);
        let keys = keys.repeat(self.count / self.width);
        Ok(Some(Labels::Each(Coded { keys, labels })))
    }

    /// Row of the caller's table, or of the sheet, that a cell stands in.
    pub fn row(&self, cell: usize) -> usize {
        match self.source {
            Source::Frame(..) => cell / self.width,
            Source::Sheet(sheet) => sheet.rows[cell / self.width] as usize,
        }
    }

    /// Column of the wide table, or of the sheet, that a cell stands in; none in a long table.
    pub fn column_of(&self, cell: usize) -> Option<u16> {
        match self.source {
            Source::Frame(..) => (self.width > 1).then_some((cell % self.width) as u16),
            Source::Sheet(sheet) => Some(sheet.columns[cell % self.width]),
        }
    }

    /// The cell in the caller's words: `row 3` or `row 3, column "Skilled M"`.
    pub fn place(&self, cell: usize) -> String {
        if let Source::Sheet(sheet) = self.source {
            let column = self.column_of(cell).unwrap_or_default();
            return format!("{}, cell {}", sheet.place, address(self.row(cell), column.into()));
        }
        match self.request.wide.get(cell % self.width) {
            Some(wide) => format!("row {}, column {:?}", self.row(cell), wide.column),
            None => format!("row {cell}"),
        }
    }

    /// `Country = Atlantis`: what stands in one cell of a role, read from that cell alone.
    pub fn said(&self, role: &str, cell: usize) -> Option<String> {
        let name = self.request.columns.get(role).map_or(role, String::as_str);
        let wide = self.request.wide.get(cell % self.width).and_then(|wide| wide.labels.get(role));
        if let Some(label) = wide.or(self.request.constants.get(role)) {
            return Some(format!("{name} = {label}"));
        }
        if let Source::Sheet(sheet) = self.source {
            let coded = sheet.labels.get(self.request.columns.get(role)?)?;
            return Some(format!("{name} = {}", coded.label(cell / self.width).unwrap_or("(blank)")));
        }
        let mut row = self.row(cell);
        let chunks = self.column(self.request.columns.get(role)?);
        let chunk = chunks.iter().find(|chunk| {
            let here = row < chunk.len();
            row -= if here { 0 } else { chunk.len() };
            here
        })?;
        let one = encode(name, &[chunk.slice(row, 1)]).ok()?.without_blanks();
        Some(format!("{name} = {}", one.label(0).unwrap_or("(blank)")))
    }

    /// `column "Country"` or `destination`, for errors.
    pub fn whose(&self, role: &str) -> String {
        self.request.columns.get(role).map_or_else(|| role.to_owned(), |name| format!("column {name:?}"))
    }

    /// What the caller says about the table.
    pub fn request(&self) -> &Request {
        self.request
    }

    /// The schemes that the caller declared.
    pub fn schemes(&self) -> &BTreeMap<String, (String, String)> {
        &self.request.schemes
    }

    /// The calendar that the caller declared, and the month and day of counts of whole years.
    ///
    /// # Errors
    /// [`Error::Code`] for a calendar or a day that is not known.
    pub fn calendar(&self) -> Result<(Option<Calendar>, Option<(u32, u32)>), Error> {
        let calendar = self.request.calendar.as_deref().map(str::parse).transpose()?;
        Ok((calendar, calendar::day_of_year(self.request.day.as_deref())?))
    }
}
