//! The values of a block of rows, and what they add to their cells.

use multiversion::multiversion;

use super::index::{Bits, bits};
use super::{BLOCK, Numbers, Total, Values};

/// Where the count of rows begins in a cell of 64 bits, and in the upper word of one of 128.
pub(super) const COUNT: u32 = 39;
const ONE: u64 = 1 << COUNT;
/// Whole numbers below 2⁵¹ added to this have their two's complement in the low bits of the mantissa.
const MAGIC: f64 = 6_755_399_441_055_744.0; // 1.5 x 2^52

/// What the rows of a block add to their cells.
pub(super) struct Block {
    /// The values; 0 where there is none.
    pub value: [f64; BLOCK],
    /// Which rows have one.
    pub valid: Bits,
    /// For 64 bits: the value and one row.
    pub narrow: [u64; BLOCK],
    /// For 128 bits: the lower word of the value,
    pub low: [u64; BLOCK],
    /// and the upper one with one row.
    pub high: [u64; BLOCK],
    /// Whole numbers that an f64 cannot hold, by row.
    pub large: Vec<(usize, i128)>,
}

/// What the values of a block are, if they are whole numbers.
pub(super) struct Whole {
    pub all: bool,
    /// The sum of their magnitudes as f64 adds it.
    pub total: f64,
    /// Their sum, and one row each, as in a cell.
    pub sum: u64,
}

/// The least bit set in any value, infinite when all are 0, and the sum of the magnitudes.
pub(super) struct Spread {
    pub grain: f64,
    pub total: f64,
    pub most: f64,
}

impl Block {
    pub fn new() -> Self {
        let zero = [0; BLOCK];
        Self { value: [0.0; BLOCK], valid: [0; BLOCK / 64], narrow: zero, low: zero, high: zero, large: Vec::new() }
    }

    /// Takes the rows from `at`, and zeros beyond them.
    pub fn load(&mut self, values: &Values<'_>, at: usize, rows: usize) {
        self.valid = values.valid.map_or([u64::MAX; BLOCK / 64], |valid| bits(valid.inner(), at, rows));
        self.large.clear();
        let part = at..at + rows;
        macro_rules! convert {
            ($numbers:expr) => {{
                let mut block = [0.0; BLOCK];
                for (out, number) in block.iter_mut().zip(&$numbers[part]) {
                    *out = f64::from(*number);
                }
                keep(&block, &self.valid, &mut self.value);
            }};
        }
        macro_rules! convert_large {
            ($numbers:expr) => {{
                let mut block = [0.0; BLOCK];
                for (row, (out, number)) in block.iter_mut().zip(&$numbers[part]).enumerate() {
                    *out = *number as f64;
                    let exact = i128::from(*number);
                    if exact.unsigned_abs() > 1 << 53 {
                        *out = 0.0;
                        if self.has(row) {
                            self.large.push((row, exact));
                        }
                    }
                }
                keep(&block, &self.valid, &mut self.value);
            }};
        }
        match values.numbers {
            Numbers::F64(numbers) => {
                if let Ok(block) = numbers[part.clone()].try_into() {
                    keep(block, &self.valid, &mut self.value);
                } else {
                    let mut block = [0.0; BLOCK];
                    block[..rows].copy_from_slice(&numbers[part]);
                    keep(&block, &self.valid, &mut self.value);
                }
            }
            Numbers::F32(numbers) => convert!(numbers),
            Numbers::I8(numbers) => convert!(numbers),
            Numbers::U8(numbers) => convert!(numbers),
            Numbers::I16(numbers) => convert!(numbers),
            Numbers::U16(numbers) => convert!(numbers),
            Numbers::I32(numbers) => convert!(numbers),
            Numbers::U32(numbers) => convert!(numbers),
            Numbers::I64(numbers) => convert_large!(numbers),
            Numbers::U64(numbers) => convert_large!(numbers),
            Numbers::Nothing => self.value = [0.0; BLOCK],
        }
    }

    /// Counts the first rows, whose values must be those that were loaded.
    pub fn count(&self, rows: usize, total: &mut Total) {
        total.rows += rows as u64;
        let valued: u32 = self.valid.iter().map(|word| word.count_ones()).sum();
        // Beyond the rows nothing is valid, unless everything is.
        let valued = if self.valid == [u64::MAX; BLOCK / 64] { rows as u64 } else { valued.into() };
        total.nulls += rows as u64 - valued;
    }

    pub fn has(&self, row: usize) -> bool {
        self.valid[row / 64] >> (row % 64) & 1 == 1
    }

    /// Fills `narrow`; it is right where all values are whole and small.
    pub fn whole(&mut self) -> Whole {
        let (mut odd, mut total, mut sum) = ([0; 16], [0.0; 16], [0; 16]);
        count_units(&self.value, &mut self.narrow, &mut odd, &mut total, &mut sum);
        let sum = sum.into_iter().fold(0, u64::wrapping_add);
        Whole { all: odd == [0; 16], total: total.into_iter().sum(), sum }
    }

    pub fn spread(&self) -> Spread {
        let (mut grain, mut total, mut most) = ([f64::INFINITY; 16], [0.0; 16], [0.0; 16]);
        look(&self.value, &mut grain, &mut total, &mut most);
        Spread {
            grain: grain.into_iter().fold(f64::INFINITY, f64::min),
            total: total.into_iter().sum(),
            most: most.into_iter().fold(0.0, f64::max),
        }
    }

    /// Fills `low` and `high` in units of two to a power, of which all values must be multiples; gives the sum of all.
    pub fn fix(&mut self, unit: i32) -> u128 {
        fix(unit, &self.value, &mut self.low, &mut self.high);
        let mut sums = [[0; 16]; 3];
        add_words(&self.low, &self.high, &mut sums);
        let [low, middle, high] = sums.map(|words| words.into_iter().fold(0, u64::wrapping_add));
        let upper = u128::from(high).wrapping_shl(64);
        upper.wrapping_add(u128::from(middle) << 32).wrapping_add(low.into())
    }
}

/// The values that count. Loops of 64 become vectors, loops of 8 do not.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi2", "x86_64+avx2+bmi2+fma", "aarch64+neon"))]
fn keep(values: &[f64; BLOCK], valid: &Bits, out: &mut [f64; BLOCK]) {
    for ((values, word), out) in values.as_chunks::<64>().0.iter().zip(valid).zip(out.as_chunks_mut::<64>().0) {
        for k in 0..64 {
            out[k] = f64::from_bits(values[k].to_bits() & (word >> k & 1).wrapping_neg());
        }
    }
}

/// Values as 64-bit integers, each with one row in the upper bits.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi2", "x86_64+avx2+bmi2+fma", "aarch64+neon"))]
fn count_units(
    values: &[f64; BLOCK],
    terms: &mut [u64; BLOCK],
    odd: &mut [u64; 16],
    total: &mut [f64; 16],
    sum: &mut [u64; 16],
) {
    for (values, terms) in values.as_chunks::<16>().0.iter().zip(terms.as_chunks_mut::<16>().0) {
        for k in 0..16 {
            let moved = values[k] + MAGIC;
            odd[k] |= u64::from(moved - MAGIC != values[k]);
            total[k] += values[k].abs();
            terms[k] = moved.to_bits().wrapping_sub(MAGIC.to_bits()).wrapping_add(ONE);
            sum[k] = sum[k].wrapping_add(terms[k]);
        }
    }
}

/// Sums of the lower and upper halves of the lower words, and of the upper words.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi2", "x86_64+avx2+bmi2+fma", "aarch64+neon"))]
fn add_words(low: &[u64; BLOCK], high: &[u64; BLOCK], sums: &mut [[u64; 16]; 3]) {
    let [halves, others, uppers] = sums;
    for (low, high) in low.as_chunks::<16>().0.iter().zip(high.as_chunks::<16>().0) {
        for k in 0..16 {
            halves[k] += low[k] & 0xFFFF_FFFF;
            others[k] += low[k] >> 32;
            uppers[k] = uppers[k].wrapping_add(high[k]);
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi2", "x86_64+avx2+bmi2+fma", "aarch64+neon"))]
fn look(values: &[f64; BLOCK], grain: &mut [f64; 16], total: &mut [f64; 16], most: &mut [f64; 16]) {
    for values in values.as_chunks::<16>().0 {
        for k in 0..16 {
            let (lowest, size) = (lowest_bit(values[k]), values[k].abs());
            grain[k] = if lowest < grain[k] { lowest } else { grain[k] };
            most[k] = if size > most[k] { size } else { most[k] };
            total[k] += size;
        }
    }
}

/// The lowest bit that is set in a finite value; infinite for 0.
#[inline]
pub(super) fn lowest_bit(value: f64) -> f64 {
    let bits = value.to_bits();
    // Without that bit, unless it is the one that is not written.
    let without = if bits << 12 == 0 { 0.0 } else { f64::from_bits(bits & bits.wrapping_sub(1)) };
    if value == 0.0 { f64::INFINITY } else { (value - without).abs() }
}

/// Shift that gives 0 from 64 on, as the vector instructions do.
#[inline]
fn shift_left(bits: u64, by: u64) -> u64 {
    if by < 64 { bits << by } else { 0 }
}

#[inline]
fn shift_right(bits: u64, by: u64) -> u64 {
    if by < 64 { bits >> by } else { 0 }
}

/// Values in 128 bits of fixed point, each with one row in the upper bits.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi2", "x86_64+avx2+bmi2+fma", "aarch64+neon"))]
fn fix(unit: i32, values: &[f64; BLOCK], low: &mut [u64; BLOCK], high: &mut [u64; BLOCK]) {
    // With its highest bit at 63 of the upper word, a mantissa of biased exponent e is right when shifted down by this less e.
    let place = (75 + 1075 + i64::from(unit)) as u64;
    for ((value, low), high) in values.iter().zip(low).zip(high) {
        let bits = value.to_bits();
        let exponent = bits >> 52 & 0x7FF;
        let mantissa = (bits << 12 >> 1) | u64::from(exponent != 0) << 63;
        let down = place.wrapping_sub(exponent.max(1));
        let up = 64u64.wrapping_sub(down);
        let upper = shift_right(mantissa, down);
        let lower = shift_left(mantissa, up) | shift_right(mantissa, up.wrapping_neg());
        // Two's complement of both words, where the value is negative.
        let sign = ((bits as i64) >> 63) as u64;
        *low = (lower ^ sign).wrapping_sub(sign);
        *high = (upper ^ sign).wrapping_add(sign & u64::from(lower == 0)).wrapping_add(ONE);
    }
}

/// The power of two of the highest bit of a positive number.
pub(super) fn exponent(value: f64) -> i32 {
    let bits = value.to_bits();
    if bits >> 52 == 0 { 63 - bits.leading_zeros() as i32 - 1074 } else { (bits >> 52) as i32 - 1023 }
}
