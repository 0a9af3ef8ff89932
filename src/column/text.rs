//! Texts to keys: a few labels repeated over many rows, compared as words where they stand.
//!
//! A slot of the table holds the first words of its text itself, so that nearly every row is found by one comparison
//! without following a pointer, and without a branch on how long the text is.

// A call a row, or an iterator that is not compiled away in a function as large as `fill` becomes, costs more than all the
// rest: without these the same rows take up to five times as long.
#![allow(clippy::inline_always, clippy::needless_range_loop)]

use arrow::array::{Array, ArrayRef, AsArray, GenericStringArray, OffsetSizeTrait, StringViewArray};
use arrow::datatypes::DataType;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Coded, NULL, PIECE, slices};

/// Rows that are read before the work is shared out: what they hold is nearly all that there is.
const FIRST: usize = if cfg!(test) { 1 << 6 } else { 1 << 16 };

/// Is this a column of text?
pub fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Encodes chunks that are all text.
pub fn encode(chunks: &[ArrayRef]) -> Coded {
    // How many words of a text are compared at once is a matter of speed only: longer ones are compared to their end.
    let sample = chunks
        .iter()
        .find(|chunk| !chunk.is_empty())
        .map_or(0, |chunk| longest(&chunk.slice(0, chunk.len().min(1000))));
    match sample {
        0..=8 => encode_by::<1>(chunks),
        9..=16 => encode_by::<2>(chunks),
        _ => encode_by::<4>(chunks),
    }
}

fn longest(chunk: &ArrayRef) -> usize {
    let longest = |texts: &mut dyn Iterator<Item = Option<&str>>| texts.flatten().map(str::len).max().unwrap_or(0);
    match chunk.data_type() {
        DataType::Utf8 => longest(&mut chunk.as_string::<i32>().iter()),
        DataType::LargeUtf8 => longest(&mut chunk.as_string::<i64>().iter()),
        _ => longest(&mut chunk.as_string_view().iter()),
    }
}

fn encode_by<const W: usize>(chunks: &[ArrayRef]) -> Coded {
    let mut keys = vec![0; chunks.iter().map(Array::len).sum()];
    let mut table = Table::<W>::new();
    let Some(first) = chunks.first() else { return Coded::default() };
    let cut = first.len().min(FIRST);
    let rest = slices(std::iter::once(&first.slice(cut, first.len() - cut)).chain(&chunks[1..]), PIECE);
    let (first, (now, mut later)) = (first.slice(0, cut), keys.split_at_mut(cut));
    table.encode(&first, now);
    if rayon::current_num_threads() == 1 {
        for piece in &rest {
            let (now, after) = later.split_at_mut(piece.len());
            table.encode(piece, now);
            later = after;
        }
        return Coded { labels: table.labels(), keys };
    }
    let mut jobs = Vec::with_capacity(rest.len());
    for piece in &rest {
        let (now, after) = later.split_at_mut(piece.len());
        jobs.push((piece, now));
        later = after;
    }
    let known = table.labels.len();
    let found: Vec<(Vec<&str>, &mut [i32])> = jobs
        .into_par_iter()
        .map(|(piece, out)| {
            let mut own = table.clone();
            own.encode(piece, out);
            (own.labels.split_off(known), out)
        })
        .collect();
    // Pieces in row order keep the order of first appearance, wherever they were cut.
    let mut labels = table.labels();
    let mut seen: FxHashMap<&str, i32> = FxHashMap::default();
    let moved: Vec<(Vec<i32>, &mut [i32])> = found
        .into_iter()
        .map(|(fresh, out)| {
            let place = |label| {
                *seen.entry(label).or_insert_with(|| {
                    labels.push(label.to_owned());
                    labels.len() as i32 - 1
                })
            };
            (fresh.into_iter().map(place).collect::<Vec<i32>>(), out)
        })
        .filter(|(lut, _)| lut.iter().zip(known as i32..).any(|(new, old)| *new != old))
        .collect();
    moved.into_par_iter().for_each(|(lut, out)| {
        for key in out.iter_mut().filter(|key| **key >= known as i32) {
            *key = lut[*key as usize - known];
        }
    });
    Coded { keys, labels }
}

/// An array of texts, in one of the layouts of Arrow.
trait Texts<'a>: Copy {
    /// The text of a row.
    fn text(self, row: usize) -> &'a str;

    /// The first words of a row's text, filled up with zeros, and how many bytes it has in all.
    fn words<const W: usize>(self, row: usize) -> ([u64; W], usize);
}

/// Texts one behind the other, and where each begins.
#[derive(Clone, Copy)]
struct Joined<'a, O: OffsetSizeTrait> {
    array: &'a GenericStringArray<O>,
    // What the array would give for every row anew.
    offsets: &'a [O],
    bytes: &'a [u8],
}

impl<'a, O: OffsetSizeTrait> Joined<'a, O> {
    fn of(column: &'a ArrayRef) -> Self {
        let array = column.as_string::<O>();
        Joined { array, offsets: array.value_offsets(), bytes: array.value_data() }
    }
}

impl<'a, O: OffsetSizeTrait> Texts<'a> for Joined<'a, O> {
    #[inline(always)]
    fn text(self, row: usize) -> &'a str {
        self.array.value(row)
    }

    #[inline(always)]
    fn words<const W: usize>(self, row: usize) -> ([u64; W], usize) {
        let (at, end) = (self.offsets[row].as_usize(), self.offsets[row + 1].as_usize());
        (words_at(self.bytes, at, end - at), end - at)
    }
}

/// Texts each of which says where it is; short ones stand in the view itself.
#[derive(Clone, Copy)]
struct Views<'a> {
    array: &'a StringViewArray,
    views: &'a [u128],
}

impl<'a> Texts<'a> for Views<'a> {
    #[inline(always)]
    fn text(self, row: usize) -> &'a str {
        self.array.value(row)
    }

    #[inline(always)]
    fn words<const W: usize>(self, row: usize) -> ([u64; W], usize) {
        let view = self.views[row];
        let long = view as u32 as usize;
        if long > 12 {
            return (words_at(self.array.value(row).as_bytes(), 0, long), long);
        }
        // The text itself stands behind its length, filled up with zeros.
        let mut words = [0; W];
        words[0] = (view >> 32) as u64;
        if W > 1 {
            words[1] = (view >> 96) as u64;
        }
        (words, long)
    }
}

/// What of each word belongs to a text, by its length.
const MASKS: [[u64; 4]; 33] = {
    let mut masks = [[0; 4]; 33];
    let mut long = 0;
    while long < 33 {
        let mut byte = 0;
        while byte < long {
            masks[long][byte / 8] |= 0xff << (8 * (byte % 8));
            byte += 1;
        }
        long += 1;
    }
    masks
};

/// Reads beyond the end of the text and masks what is not its own, unless the buffer ends there.
#[inline(always)]
fn words_at<const W: usize>(bytes: &[u8], at: usize, long: usize) -> [u64; W] {
    let mask = &MASKS[long.min(8 * W).min(32)];
    match bytes.get(at..at + 8 * W) {
        Some(bytes) => words_of(bytes, mask),
        None => words_at_end(&bytes[at..at + long], mask),
    }
}

#[cold]
fn words_at_end<const W: usize>(text: &[u8], mask: &[u64; 4]) -> [u64; W] {
    let mut whole = [0; 32];
    let long = text.len().min(8 * W);
    whole[..long].copy_from_slice(&text[..long]);
    words_of(&whole, mask)
}

#[inline(always)]
fn words_of<const W: usize>(bytes: &[u8], mask: &[u64; 4]) -> [u64; W] {
    let (chunks, _) = bytes.as_chunks::<8>();
    let mut words = [0; W];
    for word in 0..W {
        words[word] = u64::from_le_bytes(chunks[word]) & mask[word];
    }
    words
}

#[derive(Clone, Copy)]
struct Slot<const W: usize> {
    words: [u64; W],
    /// Bytes of the text, as far as they can be counted here.
    long: u32,
    key: i32,
}

/// Open addressing in a power of two of slots.
#[derive(Clone)]
struct Table<'a, const W: usize> {
    slots: Vec<Slot<W>>,
    labels: Vec<&'a str>,
}

impl<'a, const W: usize> Table<'a, W> {
    /// No text is as long, or not known to be.
    const EMPTY: Slot<W> = Slot { words: [0; W], long: u32::MAX, key: NULL };

    fn new() -> Self {
        Table { slots: vec![Self::EMPTY; 4096], labels: Vec::new() }
    }

    fn labels(&self) -> Vec<String> {
        self.labels.iter().map(|label| (*label).to_owned()).collect()
    }

    fn encode(&mut self, piece: &'a ArrayRef, out: &mut [i32]) {
        match piece.data_type() {
            DataType::Utf8 => self.fill(Joined::<i32>::of(piece), piece, out),
            DataType::LargeUtf8 => self.fill(Joined::<i64>::of(piece), piece, out),
            _ => {
                let array = piece.as_string_view();
                self.fill(Views { array, views: array.views() }, piece, out);
            }
        }
    }

    #[inline(never)]
    fn fill(&mut self, texts: impl Texts<'a>, piece: &ArrayRef, out: &mut [i32]) {
        let Some(nulls) = piece.nulls().filter(|nulls| nulls.null_count() > 0) else {
            for (row, out) in out.iter_mut().enumerate() {
                *out = self.key(texts, row);
            }
            return;
        };
        for (row, (out, valid)) in out.iter_mut().zip(nulls).enumerate() {
            *out = if valid { self.key(texts, row) } else { NULL };
        }
    }

    #[inline(always)]
    fn key(&mut self, texts: impl Texts<'a>, row: usize) -> i32 {
        let (words, long) = texts.words::<W>(row);
        let at = self.place(&words, long);
        let slot = &self.slots[at];
        // One comparison instead of a call or a branch a word.
        let mut other = u64::from(slot.long ^ long as u32);
        for word in 0..W {
            other |= slot.words[word] ^ words[word];
        }
        if other == 0 && long <= 8 * W {
            return slot.key;
        }
        self.seek(at, words, texts.text(row))
    }

    /// Where to look for a text first.
    #[inline(always)]
    fn place(&self, words: &[u64; W], long: usize) -> usize {
        const ODD: [u64; 4] =
            [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9, 0xd6e8_feb8_6659_fd93];
        let mut sum = long as u64;
        for word in 0..W {
            sum = sum.wrapping_add(words[word].wrapping_mul(ODD[word]));
        }
        // The high bits of a product depend on all bits of its factors: fold them onto the low ones.
        let mixed = (sum ^ (sum >> 32)).wrapping_mul(ODD[0]);
        (mixed >> 32) as usize & (self.slots.len() - 1)
    }

    /// Looks further, compares long texts to their end, and writes down new ones.
    #[inline(never)]
    fn seek(&mut self, mut at: usize, words: [u64; W], text: &'a str) -> i32 {
        let last = self.slots.len() - 1;
        loop {
            let slot = &self.slots[at];
            if slot.key == NULL {
                break;
            }
            let same = slot.words == words && slot.long == text.len() as u32;
            if same && (text.len() <= 8 * W || self.labels[slot.key as usize] == text) {
                return slot.key;
            }
            at = (at + 1) & last;
        }
        let key = self.labels.len() as i32;
        self.labels.push(text);
        self.slots[at] = Slot { words, long: text.len() as u32, key };
        self.grow();
        key
    }

    /// Few labels are worth many slots; many labels are not.
    fn grow(&mut self) {
        let full = if self.slots.len() < 1 << 16 { self.slots.len() / 16 } else { self.slots.len() / 2 };
        if self.labels.len() <= full {
            return;
        }
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![Self::EMPTY; old.len() * 4];
        let last = self.slots.len() - 1;
        for slot in old.into_iter().filter(|slot| slot.key != NULL) {
            let mut at = self.place(&slot.words, self.labels[slot.key as usize].len());
            while self.slots[at].key != NULL {
                at = (at + 1) & last;
            }
            self.slots[at] = slot;
        }
    }
}
