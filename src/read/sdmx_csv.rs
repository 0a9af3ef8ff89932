//! SDMX-CSV 1.0 and 2.0, and the CSV of OECD.Stat that came before: a row a figure, columns told by their header.

use csv::ReaderBuilder;

use super::cube::{Coder, Cube, Long, Origin, cell, header_role, of_dataset};
use super::text;
use crate::Error;
use crate::harmonise::address;
use crate::watch::Watch;

/// What a column of the file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// The codes of a concept, perhaps with its label behind a colon.
    Codes(usize),
    /// The labels of the concept of another column.
    Names(usize),
    /// The figures.
    Value,
    /// The data set that the row is of.
    Reference,
    /// When the data set was last changed.
    Vintage,
    /// What is to be done with the row: only what is added or replaced is a figure.
    Action,
    /// Nothing that figures need.
    Nothing,
}

/// The identifier in a header such as `REF_AREA` or `REF_AREA: Reference area`.
fn identifier(header: &str) -> &str {
    header.split_once(": ").map_or(header, |(id, _)| id).trim()
}

/// Identifiers are in upper or in lower case, their labels in both or in words.
fn is_identifier(header: &str) -> bool {
    let id = identifier(header);
    let cased = !id.chars().any(char::is_lowercase) || !id.chars().any(char::is_uppercase);
    !id.is_empty() && cased && !id.chars().any(char::is_whitespace)
}

/// Bytes of the blank lines above the header.
fn above(text: &str) -> usize {
    let blank = |line: &&str| line.trim_matches([',', ';', '"', ' ', '\t', '\r', '\n']).is_empty();
    text.split_inclusive('\n').take_while(blank).map(str::len).sum()
}

/// Is it a table of SDMX? Its first line names a period, a value, and what they are of.
pub fn is_it(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(head));
    let line = head[above(&head)..].lines().next().unwrap_or_default();
    let delimiter = if line.matches(';').count() > line.matches(',').count() { ';' } else { ',' };
    let names: Vec<String> =
        line.trim().split(delimiter).map(|name| identifier(name.trim().trim_matches('"')).to_uppercase()).collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    let dimensions = names.iter().filter(|name| header_role(name).is_some()).count();
    (has("OBS_VALUE") && (has("TIME_PERIOD") || has("TIME")) && dimensions > 0)
        // As tools for Eurostat's figures write them.
        || (has("GEO") && (has("VALUE") || has("VALUES")) && (has("YEAR") || has("TIME") || has("TIME_PERIOD")))
        || (has("VALUE") && (has("YEA") || has("YEAR") || has("TIME")) && (has("VAR") || has("VARIABLE")))
}

/// Reads the rows.
///
/// # Errors
/// [`Error::Read`] for a header that says a thing twice, and naming the cell of what is no figure.
pub fn read(name: &str, bytes: &[u8], watch: &Watch) -> Result<Cube, Error> {
    let place = format!("file {name:?}");
    let (text, _) = text::decode(name, bytes)?;
    let above = above(&text);
    let first = text[above..].lines().next().unwrap_or_default();
    let delimiter = if first.matches(';').count() > first.matches(',').count() { b';' } else { b',' };
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(&text.as_bytes()[above..]);
    let headers = reader.headers().map_err(|error| Error::Read(format!("{place}: {error}")))?.clone();
    let mut long = Long::default();
    let kinds = kinds(&place, &headers, &mut long)?;
    let value = kinds.iter().position(|kind| *kind == Kind::Value).unwrap_or_default();
    let (mut reference, mut vintage) = (Coder::default(), Coder::default());
    let mut record = csv::StringRecord::new();
    let mut deleted = 0_u64;
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 0 };
    while reader.read_record(&mut record).map_err(|error| Error::Read(format!("{place}: {error}")))? {
        let line = lines.of(above + record.position().map_or(0, csv::Position::byte) as usize);
        if record.len() != headers.len() {
            return Err(Error::Read(format!(
                "{place}, line {}: it has {} cells, and the header {}; is the file complete? download it again",
                u64::from(line) + 1,
                record.len(),
                headers.len()
            )));
        }
        let dropped = |(kind, text): (&Kind, &str)| *kind == Kind::Action && matches!(text, "D" | "Delete");
        if kinds.iter().zip(&record).any(dropped) {
            deleted += u64::from(!record[value].trim().is_empty());
            continue;
        }
        let figure = cell(&record[value]).ok_or_else(|| {
            Error::Read(format!(
                "{place}, cell {}: {:?} is not a number",
                address(line as usize, value),
                &record[value]
            ))
        })?;
        long.begin(line, figure);
        for (kind, text) in kinds.iter().zip(&record) {
            match kind {
                Kind::Codes(concept) => match text.split_once(": ") {
                    Some((code, label)) if headers.iter().any(|header| header.contains(": ")) => {
                        long.say(*concept, code);
                        long.name(*concept, code, label);
                    }
                    _ => long.say(*concept, text),
                },
                Kind::Names(concept) if !text.is_empty() => {
                    let code = kinds.iter().position(|kind| *kind == Kind::Codes(*concept));
                    code.iter().for_each(|at| long.name(*concept, &record[*at], text));
                }
                Kind::Reference if reference.labels().is_empty() => reference.push(text),
                Kind::Vintage if vintage.labels().is_empty() => vintage.push(text),
                Kind::Reference if reference.labels()[0] != text => {
                    return Err(Error::Read(format!(
                        "{place}, line {}: rows of two data sets, {:?} and {text:?}; download them apart",
                        u64::from(line) + 1,
                        reference.labels()[0]
                    )));
                }
                _ => {}
            }
        }
        if long.len().is_multiple_of(1 << 14) {
            watch.step(1 << 14)?;
        }
    }
    if long.len() == 0 {
        return Err(Error::Read(format!("{place}: it has a header and no rows")));
    }
    let mut cube = long.done(value as u16);
    (cube.place, cube.format) = (place, "SDMX-CSV");
    cube.origin = match reference.labels().first() {
        Some(text) => Origin::of_reference(text),
        None => legacy(name, &headers),
    };
    if let Some(vintage) = vintage.labels().first() {
        cube.constants.insert("vintage".to_owned(), vintage.clone());
    }
    cube.taken += deleted;
    cube.dropped.count("row that deletes a figure", deleted, 0, || "ACTION = D".to_owned());
    Ok(cube)
}

/// Numbers of lines, counted as records go on: the reader's own are one behind after a carriage return.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
}

impl Lines<'_> {
    /// The line, counted from 0, of the record that begins at a byte or after the line feeds there.
    fn of(&mut self, byte: usize) -> u32 {
        while let Some(sign) = self.text.get(self.at) {
            if self.at >= byte && !matches!(sign, b'\r' | b'\n') {
                break;
            }
            self.line += u32::from(*sign == b'\n');
            self.at += 1;
        }
        self.line
    }
}

/// OECD.Stat named no data set; what others made of Eurostat's has its name in that of the file.
fn legacy(name: &str, headers: &csv::StringRecord) -> Origin {
    let oecd = headers.iter().any(|header| header == "CO2") && headers.iter().any(|header| header == "VAR");
    if oecd {
        return Origin {
            agency: Some("OECD".to_owned()),
            dataset: Some("International Migration Database".to_owned()),
        };
    }
    match of_dataset(name) {
        Some((id, _)) => Origin { agency: Some("ESTAT".to_owned()), dataset: Some(id) },
        None => Origin::default(),
    }
}

fn kinds(place: &str, headers: &csv::StringRecord, long: &mut Long) -> Result<Vec<Kind>, Error> {
    let (mut kinds, mut last, mut behind) = (Vec::new(), None, false);
    let mut seen: Vec<String> = Vec::new();
    // Of OECD.Stat's columns without codes those of labels are the concepts.
    let coded = headers.iter().any(|header| {
        matches!(header, "VAR" | "COU") || identifier(header) == "OBS_VALUE" || identifier(header) == "obs_value"
    });
    for header in headers {
        let id = identifier(header);
        let upper = id.to_uppercase();
        let named = is_identifier(header)
            || !coded
            || matches!(
                upper.as_str(),
                "VALUE" | "FLAG CODES" | "UNIT CODE" | "POWERCODE CODE" | "REFERENCE PERIOD CODE" | "LAST UPDATE"
            );
        let concept = named && !id.is_empty();
        let kind = match upper.as_str() {
            "OBS_VALUE" | "VALUE" | "VALUES" if concept => Kind::Value,
            "DATAFLOW" | "STRUCTURE_ID" if concept => Kind::Reference,
            "LAST UPDATE" | "LAST_UPDATE" => Kind::Vintage,
            "ACTION" if concept => Kind::Action,
            _ if concept => match header_role(id) {
                Some(false) => Kind::Nothing,
                _ => Kind::Codes(long.concept(id, behind && header_role(id).is_none())),
            },
            _ => last.map_or(Kind::Nothing, |of: Kind| match of {
                Kind::Codes(concept) => Kind::Names(concept),
                _ => Kind::Nothing,
            }),
        };
        if concept {
            if seen.contains(&upper) {
                return Err(Error::Read(format!("{place}: two columns are headed {id:?}; which of them is meant?")));
            }
            seen.push(upper);
            last = Some(kind.clone());
        } else {
            last = None;
        }
        behind |= kind == Kind::Value;
        kinds.push(kind);
    }
    Ok(kinds)
}
