//! From the bytes of a file to what is inside: archives are unpacked under limits, formats are told by their content.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::limits::Limits;
use crate::Error;

/// What the bytes of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Office Open XML workbook.
    Xlsx,
    /// Excel 97-2003 workbook.
    Xls,
    /// Open Document spreadsheet.
    Ods,
    /// Delimited text.
    Text,
    /// HTML, whatever the name of the file says.
    Html,
    /// XML.
    Xml,
    /// JSON.
    Json,
}

/// One file as published, or one member of an archive.
pub struct Member {
    /// Its name, for messages and the definitions; never used as a path.
    pub name: String,
    /// What it is.
    pub format: Format,
    /// Its bytes, unpacked.
    pub bytes: Vec<u8>,
}

/// How many archives may stand inside one another.
const DEPTH: usize = 2;

/// The files inside the bytes of one file.
///
/// # Errors
/// [`Error::Read`] for damaged or encrypted archives, and for what goes beyond the limits.
pub fn members(name: &str, bytes: Vec<u8>, limits: &Limits) -> Result<Vec<Member>, Error> {
    let mut found = Vec::new();
    unpack(name, bytes, limits, DEPTH, &mut found)?;
    Ok(found)
}

fn unpack(name: &str, bytes: Vec<u8>, limits: &Limits, depth: usize, found: &mut Vec<Member>) -> Result<(), Error> {
    if bytes.is_empty() {
        return Err(Error::Read(format!("{name} is empty: 0 bytes")));
    }
    let format = match bytes.as_slice() {
        [0x1f, 0x8b, ..] => {
            if depth == 0 {
                return Err(Error::Read(format!("{name}: archives inside archives inside archives are not opened")));
            }
            let inner = name.strip_suffix(".gz").unwrap_or(name);
            let plain = inflate(name, MultiGzDecoder::new(bytes.as_slice()), bytes.len() as u64, limits)?;
            return unpack(inner, plain, limits, depth - 1, found);
        }
        [b'P', b'K', 3 | 5, ..] => match workbook(name, &bytes, limits)? {
            Some(format) => format,
            None if depth == 0 => {
                return Err(Error::Read(format!("{name}: archives inside archives inside archives are not opened")));
            }
            None => return archive(name, &bytes, limits, depth - 1, found),
        },
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Format::Xls,
        [b'%', b'P', b'D', b'F', ..] => {
            return Err(Error::Read(format!(
                "{name} is a PDF; tables of PDF files are not read: take the table out with a tool for PDF and read that file"
            )));
        }
        text => of_text(text),
    };
    found.push(Member { name: name.to_owned(), format, bytes });
    Ok(())
}

/// Markup is told by its first signs.
fn of_text(bytes: &[u8]) -> Format {
    let head = &bytes[..bytes.len().min(4096)];
    let head = String::from_utf8_lossy(head.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(head)).to_lowercase();
    let head = head.trim_start();
    if head.starts_with('{') || head.starts_with('[') {
        Format::Json
    } else if head.starts_with('<')
        && (head.contains("<html") || head.contains("<table") || head.contains("<!doctype html"))
    {
        Format::Html
    } else if head.starts_with("<?xml") || head.starts_with('<') {
        Format::Xml
    } else {
        Format::Text
    }
}

fn open<'a>(name: &str, bytes: &'a [u8]) -> Result<ZipArchive<Cursor<&'a [u8]>>, Error> {
    ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| Error::Read(format!("{name} is a damaged archive ({error}); download it again")))
}

fn damaged(name: &str, error: impl std::fmt::Display) -> Error {
    Error::Read(format!("{name} is damaged or encrypted ({error}); download it again, or save it without a password"))
}

/// The format of a workbook that is an archive, by the sizes that it declares within the limits; none for
/// other archives.
fn workbook(name: &str, bytes: &[u8], limits: &Limits) -> Result<Option<Format>, Error> {
    let mut archive = open(name, bytes)?;
    check_count(name, archive.len(), limits)?;
    let names: Vec<String> = archive.file_names().filter_map(Result::ok).map(Cow::into_owned).collect();
    let has = |wanted: &str| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
    let format = if has("xl/workbook.xml") {
        Format::Xlsx
    } else if has("content.xml") && has("mimetype") {
        Format::Ods
    } else if has("xl/workbook.bin") {
        return Err(Error::Read(format!("{name} is a binary workbook (xlsb), which is not read: save it as xlsx")));
    } else {
        return Ok(None);
    };
    for at in 0..archive.len() {
        let member = archive.by_index_raw(at).map_err(|error| damaged(name, error))?;
        let inner = format!("{name}, member {:?}", member.name().unwrap_or_default());
        limits.check_member(&inner, member.compressed_size(), member.size())?;
    }
    Ok(Some(format))
}

/// Inflates every member of a workbook once, to nowhere: what an archive says of its sizes may be untrue.
///
/// # Errors
/// [`Error::Read`] for a member, or all of them, beyond the limits.
pub fn weigh(workbook: &Member, limits: &Limits) -> Result<(), Error> {
    let name = &workbook.name;
    let mut archive = open(name, &workbook.bytes)?;
    let mut total = 0;
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).map_err(|error| damaged(name, error))?;
        let inner = format!("{name}, member {:?}", member.name().unwrap_or_default());
        let packed = member.compressed_size();
        total += inflated(&inner, &mut member, packed, limits)?;
        limits.check_total(name, total)?;
    }
    Ok(())
}

/// The files inside an archive that is no workbook.
fn archive(name: &str, bytes: &[u8], limits: &Limits, depth: usize, found: &mut Vec<Member>) -> Result<(), Error> {
    let mut archive = open(name, bytes)?;
    check_count(name, archive.len(), limits)?;
    let mut total = 0;
    for at in 0..archive.len() {
        let member = archive.by_index(at).map_err(|error| damaged(name, error))?;
        let inner = member.name().map(Cow::into_owned).unwrap_or_default();
        let hidden = inner.split(['/', '\\']).any(|part| (part.starts_with('.') && part != "..") || part == "__MACOSX");
        if member.is_dir() || hidden || member.size() == 0 {
            continue;
        }
        let (full, packed, declared) = (format!("{name}, member {inner:?}"), member.compressed_size(), member.size());
        limits.check_member(&full, packed, declared)?;
        let plain = inflate(&full, member, packed, limits)?;
        total += plain.len() as u64;
        limits.check_total(name, total)?;
        // Only its last part: where a member would be put is not our business.
        let short = inner.rsplit(['/', '\\']).next().unwrap_or(&inner);
        unpack(short, plain, limits, depth, found)?;
    }
    if found.is_empty() {
        return Err(Error::Read(format!("{name} is an archive without a file in it")));
    }
    Ok(())
}

fn check_count(name: &str, members: usize, limits: &Limits) -> Result<(), Error> {
    if members > limits.members {
        return Err(Error::Read(format!(
            "{name} has {members} members, more than the limit of {}; if the file is to be trusted, raise it: \
             limits={{\"members\": {members}}}",
            limits.members
        )));
    }
    Ok(())
}

/// Inflates, up to the limits.
fn inflate(name: &str, packed: impl Read, size: u64, limits: &Limits) -> Result<Vec<u8>, Error> {
    let mut plain = Vec::new();
    packed.take(limits.most(size) + 1).read_to_end(&mut plain).map_err(|error| damaged(name, error))?;
    limits.check_member(name, size, plain.len() as u64)?;
    Ok(plain)
}

/// The inflated size, found by inflating.
fn inflated(name: &str, packed: &mut impl Read, size: u64, limits: &Limits) -> Result<u64, Error> {
    let weight = std::io::copy(&mut packed.take(limits.most(size) + 1), &mut std::io::sink());
    let weight = weight.map_err(|error| damaged(name, error))?;
    limits.check_member(name, size, weight)?;
    Ok(weight)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(name: &str, content: &[u8]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        writer.start_file(name, options).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap().into_inner()
    }

    fn refused(bytes: Vec<u8>, limits: &Limits) -> String {
        members("table.zip", bytes, limits).err().unwrap().to_string()
    }

    #[test]
    fn archives_are_opened_and_paths_in_them_are_not_used() {
        let found = members("a.zip", packed("../../etc/table.csv", b"a,b"), &Limits::default()).unwrap();
        assert_eq!(
            (found[0].name.as_str(), found[0].format, found[0].bytes.as_slice()),
            ("table.csv", Format::Text, &b"a,b"[..])
        );
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"a\tb").unwrap();
        let found = members("t.tsv.gz", gz.finish().unwrap(), &Limits::default()).unwrap();
        assert_eq!(found[0].name, "t.tsv");
    }

    #[test]
    fn what_swells_is_refused() {
        let bomb = vec![b' '; 32 << 20];
        let says = refused(packed("bomb.csv", &bomb), &Limits::default());
        assert!(says.contains("times its size, as tables never do"), "{says}");
        let few = Limits { inflated: 100, ..Limits::default() };
        assert!(refused(packed("x.csv", &[b'1'; 200]), &few).contains("more than the limit of 100"));
        let none = Limits { members: 0, ..Limits::default() };
        assert!(refused(packed("x.csv", b"1"), &none).contains("limits={\"members\": 1}"));
        let nested = packed("1.zip", &packed("2.zip", &packed("3.zip", b"1")));
        assert!(refused(nested, &Limits::default()).contains("archives inside archives"));
    }

    #[test]
    fn damage_is_told() {
        let whole = packed("table.csv", &[b'7'; 3000]);
        assert!(refused(whole[..whole.len() / 2].to_vec(), &Limits::default()).contains("damaged"));
        assert!(refused(Vec::new(), &Limits::default()).contains("is empty"));
        assert!(refused(vec![0x1f, 0x8b, 8, 0, 1], &Limits::default()).contains("damaged"));
    }
}
