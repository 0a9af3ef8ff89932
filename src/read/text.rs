//! Delimited text: its encoding and its delimiter are told by the text itself.

use csv::ReaderBuilder;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::grid::Grid;
use super::limits::Limits;
use crate::Error;
use crate::watch::Watch;

/// How a text was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Name of its encoding.
    pub encoding: &'static str,
    /// The sign between two cells.
    pub delimiter: char,
}

/// Lines that the delimiter is judged by.
const JUDGED: usize = 200;

/// Delimiters, the most telling first.
const DELIMITERS: [char; 4] = ['\t', ';', ',', '|'];

/// The text of a file.
///
/// # Errors
/// [`Error::Read`] for bytes that are no text.
pub fn decode(name: &str, bytes: &[u8]) -> Result<(String, &'static str), Error> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, wrong) = encoding.decode_without_bom_handling(&bytes[mark..]);
        if wrong {
            return Err(Error::Read(format!(
                "{name} begins with the mark of {}, but holds bytes that are not of it; download it again",
                encoding.name()
            )));
        }
        return Ok((text.into_owned(), encoding.name()));
    }
    if let Some(encoding) = wide(bytes) {
        return Ok((encoding.decode_without_bom_handling(bytes).0.into_owned(), encoding.name()));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        if text.contains('\0') {
            return Err(Error::Read(format!("{name} is neither a table nor text: it holds NUL bytes")));
        }
        return Ok((text.to_owned(), UTF_8.name()));
    }
    if bytes.contains(&0) {
        return Err(Error::Read(format!("{name} is neither a table nor text: it holds NUL bytes")));
    }
    if is_dos(bytes) {
        return Ok((bytes.iter().map(|byte| dos(*byte)).collect(), "cp850"));
    }
    Ok((WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(), "windows-1252"))
}

/// UTF-16 without its mark: every other byte of plain text is zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(4096) & !1];
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count() * 2;
    match head.len() {
        0 => None,
        length if zeros(1) * 10 > length * 8 && zeros(0) == 0 => Some(UTF_16LE),
        length if zeros(0) * 10 > length * 8 && zeros(1) == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// Is it code page 850 and not Windows-1252? Letters decide: the bytes 0x80 to 0x9f are letters in the one (é is 0x82) and
/// mostly signs in the other, and 0xe0 to 0xfc are letters in Windows-1252 and mostly signs in code page 850.
fn is_dos(bytes: &[u8]) -> bool {
    let between = |at: usize| {
        let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
        letter(at.checked_sub(1).and_then(|before| bytes.get(before))) || letter(bytes.get(at + 1))
    };
    let (mut dos, mut windows) = (0_usize, 0_usize);
    for (at, byte) in bytes.iter().enumerate().filter(|(_, byte)| **byte >= 0x80) {
        match byte {
            // Curly quotes and dashes of Windows-1252 stand at the edge of words.
            0x91..=0x97 if !between(at) => windows += 1,
            0x80..=0x90 | 0x93..=0x9b | 0xa0..=0xa5 if between(at) => dos += 1,
            0xc0..=0xff if between(at) => windows += 1,
            _ => {}
        }
    }
    dos > windows
}

/// The upper half of code page 850.
const DOS: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

fn dos(byte: u8) -> char {
    match byte {
        0..=0x7f => byte as char,
        _ => DOS.chars().nth(usize::from(byte) - 0x80).unwrap_or('\u{fffd}'),
    }
}

/// The grid of a delimited text.
///
/// # Errors
/// [`Error::Read`] for a text that is no table, or larger than the limits.
pub fn grid(name: &str, bytes: &[u8], limits: &Limits, watch: &Watch) -> Result<(Grid, Written), Error> {
    let (mut text, encoding) = decode(name, bytes)?;
    // Lines are counted below, and each of the three ways to end one counts once.
    if text.contains('\r') {
        text = text.replace("\r\n", "\n").replace('\r', "\n");
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let delimiter = delimiter(&text);
    let mut grid = Grid::new(name);
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter as u8).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut within = 0;
    while reader.read_record(&mut record).map_err(|error| Error::Read(format!("{name}: {error}")))? {
        // The reader passes over empty lines; rows are those that a spreadsheet shows: a row for every empty line, and one
        // for a record of several lines.
        within += record.as_slice().matches('\n').count();
        let line = usize::try_from(reader.position().line()).unwrap_or_default();
        while grid.rows() + within + 2 < line {
            grid.push_row([]);
        }
        grid.push_row(record.iter());
        if grid.rows().is_multiple_of(1 << 12) {
            limits.check_cells(name, grid.rows() as u64, grid.width as u64)?;
            watch.step(1 << 12)?;
        }
    }
    limits.check_cells(name, grid.rows() as u64, grid.width as u64)?;
    Ok((grid, Written { encoding, delimiter }))
}

/// The delimiter that most lines have in the same number.
fn delimiter(text: &str) -> char {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(JUDGED).collect();
    let score = |delimiter: char| {
        let mut counts: Vec<usize> = lines.iter().map(|line| outside_quotes(line, delimiter)).collect();
        counts.retain(|count| *count > 0);
        counts.sort_unstable();
        let runs = counts.chunk_by(|a, b| a == b).map(|run| run.len() * (1 + run[0].min(20)));
        runs.max().unwrap_or(0)
    };
    // Of equal scores the first wins.
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| score(*delimiter)).unwrap_or(',')
}

fn outside_quotes(line: &str, delimiter: char) -> usize {
    let mut quoted = false;
    line.chars()
        .filter(|sign| {
            quoted ^= *sign == '"';
            *sign == delimiter && !quoted
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Grid, Written) {
        grid("t.csv", bytes, &Limits::default(), &Watch::default()).unwrap()
    }

    fn label(grid: &Grid, row: usize, column: usize) -> String {
        grid.label(grid.cell(row, column))
    }

    #[test]
    fn encodings_are_told_by_their_letters() {
        let mut utf16 = vec![0xff, 0xfe];
        "Säo;1".encode_utf16().for_each(|unit| utf16.extend(unit.to_le_bytes()));
        for (bytes, encoding, first) in [
            (b"C\xc3\xb4te,1\n".to_vec(), "UTF-8", "Côte"),
            (b"\xef\xbb\xbfC\xc3\xb4te,1\n".to_vec(), "UTF-8", "Côte"),
            (b"C\xf4te d\xb4Ivoire,1\n".to_vec(), "windows-1252", "Côte d´Ivoire"),
            (b"C\x93te d'Ivoire,1\nR\x82union,2\n".to_vec(), "cp850", "Côte d'Ivoire"),
            (utf16[2..].to_vec(), "UTF-16LE", "Säo"),
            (utf16, "UTF-16LE", "Säo"),
        ] {
            let (grid, written) = read(&bytes);
            assert_eq!((written.encoding, label(&grid, 0, 0).as_str()), (encoding, first));
        }
        assert!(grid("t", &[1, 0, 2, 200], &Limits::default(), &Watch::default()).is_err());
    }

    #[test]
    fn delimiters_are_told_by_their_number_and_lines_keep_their_place() {
        let (grid, written) = read(b"Title, of a table\n\n\"a;b\";1,5;2\nc;3;4\n");
        assert_eq!(written.delimiter, ';');
        assert_eq!(grid.rows(), 4);
        assert_eq!([label(&grid, 2, 0), label(&grid, 2, 1), label(&grid, 3, 2)], ["a;b", "1,5", "4"]);
        for end in ["\n", "\r\n", "\r"] {
            let (grid, _) = read(["a,b", "", "\"c", "d\",e", "", "f,g"].join(end).as_bytes());
            assert_eq!((grid.rows(), label(&grid, 4, 0).as_str()), (5, "f"), "{end:?}");
        }
        assert_eq!(read(b"a,b\tc \n1,2\t3\n").1.delimiter, '\t');
        let (grid, _) = read(b"x;y\n\n\"Sort\norder\";Name\n\n1;a\n");
        assert_eq!([label(&grid, 2, 1), label(&grid, 4, 1)], ["Name", "a"]);
        assert_eq!(DOS.chars().count(), 128);
    }
}
