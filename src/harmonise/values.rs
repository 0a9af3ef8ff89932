//! Cells of numbers, as typed or as text, with what stood there when no number did.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::ScalarBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, UInt64Type};
use rayon::prelude::*;

use crate::Error;
use crate::column::{self, NULL};
use crate::observation::PRESENCE;

/// Whole numbers beyond this are not exact in a 64-bit float.
const EXACT: u64 = 1 << 53;

/// Text that says "no number" in nearly every publication; `-` is not among them, because it means zero in some.
const MARKERS: [(&str, &str); 8] = [
    ("", "blank"),
    ("..", "missing"),
    ("...", "missing"),
    ("na", "missing"),
    ("n/a", "missing"),
    ("n.a.", "missing"),
    ("nan", "missing"),
    ("<na>", "missing"),
];

/// One number a cell, or none, and the kind of presence.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// The number; 0 where there is none.
    pub value: ScalarBuffer<f64>,
    /// Index into [`PRESENCE`].
    pub presence: Vec<u8>,
    /// Bounds of suppressed cells, by cell.
    pub bounds: Vec<(u32, f64, f64)>,
}

/// Index of a kind of presence, with or without bounds.
pub fn presence(kind: &str) -> u8 {
    let (kind, _) = bounded(kind);
    PRESENCE.iter().position(|known| *known == kind).expect("a kind of presence") as u8
}

/// `suppressed 0-5` is a kind of presence and what the hidden count lies between.
pub fn bounded(kind: &str) -> (&str, Option<(f64, f64)>) {
    let bounds = |text: &str| {
        let (low, high) = text.split_once('-')?;
        let (low, high): (f64, f64) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
        (low <= high).then_some((low, high))
    };
    match kind.split_once(' ').and_then(|(name, text)| Some((name, bounds(text)?))) {
        Some((name @ "suppressed", bounds)) => (name, Some(bounds)),
        _ => (kind, None),
    }
}

/// Does a cell of this presence carry a number?
pub fn carries(presence: u8) -> bool {
    presence < 3
}

impl Values {
    /// The number of a cell.
    pub fn get(&self, cell: usize) -> Option<f64> {
        carries(self.presence[cell]).then(|| self.value[cell])
    }
}

/// Are two printed figures the same? Ratios that a publisher computed twice may differ in their last bits.
pub fn same(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= 1e-12 * one.abs().max(other.abs()),
        _ => one.is_none() && other.is_none(),
    }
}

/// Reads a column of numbers. `shift` is the power of ten that the values are printed in (3 for thousands).
///
/// # Errors
/// [`Error::Schema`] naming column, row and value of the first cell that is neither a number nor a known marker.
pub fn read(name: &str, chunks: &[ArrayRef], missing: &BTreeMap<String, String>, shift: i32) -> Result<Values, Error> {
    let Some(first) = chunks.first() else { return Ok(Values::default()) };
    // What nothing at all stands for may be declared like any other marker.
    let blank = presence(missing.get("").map_or("blank", String::as_str));
    let kind = match first.data_type() {
        DataType::Dictionary(_, values) => values.as_ref(),
        kind => kind,
    };
    match kind {
        DataType::Null => {
            let rows = chunks.iter().map(arrow::array::Array::len).sum();
            Ok(Values { value: vec![0.0; rows].into(), presence: vec![blank; rows], bounds: Vec::new() })
        }
        kind if kind.is_numeric() => {
            let mut values = numbers(name, chunks, shift, blank)?;
            mark(&mut values, missing, shift);
            Ok(values)
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => texts(name, chunks, missing, shift, blank),
        other => Err(Error::Schema(format!(
            "column {name:?} has type {other}: expected numbers, or text that holds numbers"
        ))),
    }
}

fn numbers(name: &str, chunks: &[ArrayRef], shift: i32, blank: u8) -> Result<Values, Error> {
    const PIECE: usize = 1 << 18;
    let rows: usize = chunks.iter().map(arrow::array::Array::len).sum();
    let (mut all, mut presence) = (vec![0.0; rows], vec![0; rows]);
    let (mut value, mut kind, mut at) = (all.as_mut_slice(), presence.as_mut_slice(), 0);
    for chunk in chunks {
        column::check_keys(name, chunk, at)?;
        let chunk = match chunk.data_type() {
            DataType::Dictionary(_, values) => cast(chunk, values)?,
            _ => chunk.clone(),
        };
        exact_integers(name, &chunk, at)?;
        let floats = cast(&chunk, &DataType::Float64)?;
        let floats = floats.as_primitive::<Float64Type>();
        let (values, rest) = value.split_at_mut(floats.len());
        let (kinds, more) = kind.split_at_mut(floats.len());
        (value, kind) = (rest, more);
        let pieces = values.par_chunks_mut(PIECE).zip(kinds.par_chunks_mut(PIECE)).enumerate();
        let wrong = pieces.filter_map(|(piece, (values, kinds))| {
            let (start, end) = (piece * PIECE, (piece * PIECE + PIECE).min(floats.len()));
            let numbers = &floats.values()[start..end];
            let nulls = floats.nulls().filter(|nulls| nulls.null_count() > 0);
            fill(values, kinds, numbers, |row| nulls.is_some_and(|nulls| nulls.is_null(start + row)), (shift, blank))
                .map(|row| start + row)
        });
        if let Some(row) = wrong.min() {
            return Err(Error::Schema(format!(
                "column {name:?}, row {}: {} is not a finite number",
                at + row,
                floats.value(row)
            )));
        }
        at += floats.len();
    }
    Ok(Values { value: all.into(), presence, bounds: Vec::new() })
}

/// Numbers that stand for something else, such as 9999 for "not known".
fn mark(values: &mut Values, missing: &BTreeMap<String, String>, shift: i32) {
    let read = |(marker, kind): (&String, &String)| number(marker.trim(), shift).map(|value| (value, presence(kind)));
    let markers: Vec<(f64, u8)> = missing.iter().filter_map(read).collect();
    if markers.is_empty() {
        return;
    }
    let mut plain = values.value.to_vec();
    for (value, kind) in plain.iter_mut().zip(&mut values.presence).filter(|(_, kind)| carries(**kind)) {
        if let Some((_, marked)) = markers.iter().find(|(marker, _)| marker == value) {
            (*value, *kind) = (0.0, *marked);
        }
    }
    values.value = plain.into();
}

/// Copies numbers and their presence; gives the first row that holds an infinity.
fn fill(
    values: &mut [f64],
    kinds: &mut [u8],
    numbers: &[f64],
    null: impl Fn(usize) -> bool,
    (shift, blank): (i32, u8),
) -> Option<usize> {
    let zero = presence("zero");
    let mut wrong = None;
    for (row, number) in numbers.iter().enumerate() {
        if number.is_nan() || null(row) {
            kinds[row] = blank;
            continue;
        }
        if number.is_infinite() {
            wrong = wrong.or(Some(row));
            continue;
        }
        // `+ 0.0` makes a negative zero positive.
        values[row] = (if shift == 0 { *number } else { scaled(*number, shift) }) + 0.0;
        kinds[row] = if *number == 0.0 { zero } else { 0 };
    }
    wrong
}

/// Refuses whole numbers that a float would change.
fn exact_integers(name: &str, chunk: &ArrayRef, at: usize) -> Result<(), Error> {
    let wrong = match chunk.data_type() {
        DataType::Int64 => {
            chunk.as_primitive::<Int64Type>().iter().position(|v| v.is_some_and(|v| v.unsigned_abs() > EXACT))
        }
        DataType::Decimal32(_, _)
        | DataType::Decimal64(_, _)
        | DataType::Decimal128(_, _)
        | DataType::Decimal256(_, _) => {
            let text = cast(chunk, &DataType::Utf8)?;
            text.as_string::<i32>().iter().position(|v| v.is_some_and(|v| !is_exact(v)))
        }
        DataType::UInt64 => chunk.as_primitive::<UInt64Type>().iter().position(|v| v.is_some_and(|v| v > EXACT)),
        _ => None,
    };
    match wrong {
        None => Ok(()),
        Some(row) => Err(Error::Schema(format!(
            "column {name:?}, row {}: the number is beyond 2^53 and would not be exact",
            at + row
        ))),
    }
}

fn texts(
    name: &str,
    chunks: &[ArrayRef],
    missing: &BTreeMap<String, String>,
    shift: i32,
    blank: u8,
) -> Result<Values, Error> {
    let coded = column::encode(name, chunks)?;
    let read: Vec<Option<Read>> = coded.labels.par_iter().map(|label| of_text(label, missing, shift)).collect();
    if let Some(label) = read.iter().position(Option::is_none) {
        let row = coded.keys.iter().position(|key| *key == label as i32).unwrap_or_default();
        let text = &coded.labels[label];
        let advice = if !is_exact(&text.replace([',', ' '], "")) {
            "a whole number beyond 2^53 would not be exact".to_owned()
        } else if text.trim().starts_with('<') {
            format!("a suppressed count is declared by missing={{{text:?}: \"suppressed\"}}")
        } else {
            format!("a marker is declared by missing={{{text:?}: \"zero\"}} (or \"missing\", \"suppressed\", ...)")
        };
        return Err(Error::Schema(format!("column {name:?}, row {row}: {text:?} is not a number; {advice}")));
    }
    let (mut value, mut presence, mut bounds) = (Vec::new(), Vec::new(), Vec::new());
    for (at, key) in coded.keys.iter().enumerate() {
        let cell = if *key == NULL { None } else { read[*key as usize].as_ref() };
        value.push(cell.map_or(0.0, |cell| cell.value));
        presence.push(cell.map_or(blank, |cell| cell.presence));
        if let Some((low, high)) = cell.and_then(|cell| cell.bounds) {
            bounds.push((at as u32, low, high));
        }
    }
    Ok(Values { value: value.into(), presence, bounds })
}

/// What a text says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Read {
    /// The number; 0 where there is none.
    pub value: f64,
    /// Index into [`PRESENCE`].
    pub presence: u8,
    /// Bounds of a suppressed count.
    pub bounds: Option<(f64, f64)>,
}

/// The number or marker that a text is; none for any other text.
pub fn of_text(text: &str, missing: &BTreeMap<String, String>, shift: i32) -> Option<Read> {
    let trimmed = text.trim();
    let declared = missing.get(trimmed).or_else(|| missing.get(text)).map(String::as_str);
    let usual = || MARKERS.iter().find(|(marker, _)| trimmed.eq_ignore_ascii_case(marker)).map(|(_, kind)| *kind);
    if let Some(kind) = declared.or_else(usual) {
        let bounds = match bounded(kind) {
            (_, Some((low, high))) => Some((scaled(low, shift), scaled(high, shift))),
            ("suppressed", None) => suppressed(trimmed, shift),
            _ => None,
        };
        return Some(Read { value: 0.0, presence: presence(kind), bounds });
    }
    let value = number(trimmed, shift)?;
    Some(Read { value, presence: if value == 0.0 { presence("zero") } else { 0 }, bounds: None })
}

/// `<5` is a count of 1 to 4.
fn suppressed(marker: &str, shift: i32) -> Option<(f64, f64)> {
    let limit: f64 = marker.strip_prefix('<')?.trim().parse().ok()?;
    (limit > 1.0 && limit.fract() == 0.0).then(|| (scaled(1.0, shift), scaled(limit - 1.0, shift)))
}

/// Does decimal text name a number that a float holds as it is, or one with a fraction, which is rounded anyway?
fn is_exact(text: &str) -> bool {
    let whole = text.split('.').next().unwrap_or_default().trim_start_matches(['-', '+', '0']);
    let fraction = text.split_once('.').is_some_and(|(_, fraction)| fraction.bytes().any(|byte| byte != b'0'));
    fraction || whole.len() < 16 || whole.parse::<u64>().is_ok_and(|whole| whole <= EXACT)
}

/// Decimal text, with or without marks between groups of three digits; scaled before it is parsed.
pub fn number(text: &str, shift: i32) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '\u{2212}']).unwrap_or(text);
    let (unsigned, power) = match unsigned.split_once(['e', 'E']) {
        Some((digits, power)) => (digits, power.parse::<i16>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut plain = String::with_capacity(text.len() + 4);
    if text.starts_with(['-', '\u{2212}']) {
        plain.push('-');
    }
    if digits(whole) {
        plain.push_str(whole);
    } else if let Some(mark) = whole.chars().find(|c| [',', ' ', '\'', '\u{a0}', '\u{2009}', '\u{202f}'].contains(c)) {
        let mut groups = whole.split(mark);
        let first = groups.next().filter(|group| digits(group) && group.len() <= 3)?;
        plain.push_str(first);
        for group in groups {
            if !(digits(group) && group.len() == 3) {
                return None;
            }
            plain.push_str(group);
        }
    } else {
        return None;
    }
    if unsigned.contains('.') {
        if !digits(fraction) {
            return None;
        }
        plain.push('.');
        plain.push_str(fraction);
    }
    let shift = shift + i32::from(power);
    if shift != 0 {
        let _ = write!(plain, "e{shift}");
    } else if !is_exact(&plain) {
        return None;
    }
    plain.parse().ok().filter(|value: &f64| value.is_finite()).map(|value| value + 0.0)
}

/// A float times a power of ten, by its shortest decimal text: 4.35 hundreds are 435, not 434.99999999999994.
pub fn scaled(value: f64, shift: i32) -> f64 {
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    format!("{digits}e{}", exponent + shift).parse().unwrap_or(f64::NAN)
}

/// The power of ten that a multiplier is.
///
/// # Errors
/// [`Error::Schema`] if it is none.
pub fn shift(multiplier: &str) -> Result<i32, Error> {
    let power = (0..=12).find(|power| multiplier.parse::<f64>().is_ok_and(|m| m == 10f64.powi(*power)));
    power.ok_or_else(|| Error::Schema(format!("multiplier {multiplier:?} is not 1, 10, 100, 1000 ...")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, Int64Array, StringArray};
    use std::sync::Arc;

    fn read_text(cells: &[Option<&str>], shift: i32) -> Result<Values, Error> {
        let missing = [("-", "zero"), ("<5", "suppressed")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let column: ArrayRef = Arc::new(StringArray::from(cells.to_vec()));
        read("n", &[column], &BTreeMap::from(missing), shift)
    }

    #[test]
    fn text_keeps_what_stood_there() {
        let cells =
            [Some("1,234"), Some(" 0 "), None, Some(".."), Some("<5"), Some("-"), Some("-12.5"), Some("12 345 678")];
        let values = read_text(&cells, 0).unwrap();
        let kinds: Vec<&str> = values.presence.iter().map(|kind| PRESENCE[*kind as usize]).collect();
        assert_eq!(kinds, ["value", "zero", "blank", "missing", "suppressed", "zero", "value", "value"]);
        assert_eq!(*values.value, [1234.0, 0.0, 0.0, 0.0, 0.0, 0.0, -12.5, 12_345_678.0]);
        assert_eq!(values.bounds, [(4, 1.0, 4.0)]);
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_place() {
        let says = |text| read_text(&[Some("1"), Some(text)], 0).unwrap_err().to_string();
        assert!(says("many").starts_with("column \"n\", row 1: \"many\" is not a number; a marker is declared"));
        assert!(says("<10").contains("missing={\"<10\": \"suppressed\"}"));
        for text in [
            "1,23",
            "12,3456",
            "1.2.3",
            "e5",
            "1e",
            "1e99999",
            "9007199254740993",
            "١٢",
            "--1",
            "1.",
            ",123",
            "0x10",
            "inf",
        ] {
            assert!(read_text(&[Some(text)], 0).is_err(), "{text}");
        }
        let wrong: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::INFINITY]));
        let error = read("n", &[wrong], &BTreeMap::new(), 0).unwrap_err().to_string();
        assert_eq!(error, "column \"n\", row 1: inf is not a finite number");
        let large: ArrayRef = Arc::new(Int64Array::from(vec![9_007_199_254_740_993]));
        assert!(read("n", &[large], &BTreeMap::new(), 0).is_err());
    }

    #[test]
    fn thousands_are_scaled_as_decimal_text() {
        assert_eq!(read_text(&[Some("4.35"), Some("1,000")], 2).unwrap().value.as_ref(), [435.0, 100_000.0]);
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![Some(4.35), None, Some(-0.0)]));
        let values = read("n", &[floats], &BTreeMap::new(), 2).unwrap();
        assert_eq!(*values.value, [435.0, 0.0, 0.0]);
        assert!(values.value[2].is_sign_positive());
        assert_eq!((shift("1000").unwrap(), shift("1").unwrap()), (3, 0));
        assert!(shift("12").is_err());
    }
}
