//! The name that a misspelt label is nearest to, and how sure that is.
//!
//! The distance is that of Damerau in the form of optimal string alignment, with prices: a doubled letter, two letters
//! exchanged or a vowel mistaken costs less than a wrong consonant. A name is taken only if no other area's name is nearly as
//! near, which keeps Niger from Nigeria and Austria from Australia.

use super::names::Name;
use super::normalise::key;
use super::wording::{Spelling, WORDING, telling_letters};

/// The nearest name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    /// The name.
    pub name: Name,
    /// How probable it is that this is meant, from 0 to 1.
    pub confidence: f32,
}

/// Longer labels are no misspelt names.
const LONGEST: usize = 60;
/// Prices for each letter above which no name is near.
const FARTHEST: f32 = 0.21;
/// However long the label is: more slips than this make another name.
const MOST: f32 = 2.2;
/// How much farther any other area's name must be.
const MARGIN: f32 = 0.45;
/// Rivals that are farther than this do not matter.
const FARTHEST_RIVAL: f32 = 1.2;

/// Words that are never a slip of each other.
const TELLING: &[&str] = &[
    "north", "south", "east", "west", "northern", "southern", "eastern", "western", "central", "middle", "inner", "outer",
    "new", "old", "other", "others", "non", "not", "less", "more", "least", "low", "lower", "high", "higher", "upper",
    "former", "minor", "major", "greater", "lesser", "total", "all", "rest",
];

/// The nearest name to a label that no rule reads.
pub(super) fn nearest(text: &str) -> Option<Near> {
    let plain = key(text);
    let wish = plain.replace(' ', "");
    if !(4..=LONGEST).contains(&wish.len()) || !wish.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let telling: Vec<&str> = plain.split(' ').filter(|word| TELLING.contains(word)).collect();
    let limit = (FARTHEST * wish.len() as f32).min(MOST);
    let mut best: Option<(f32, &Spelling)> = None;
    for spelling in alike(&wish, limit).filter(|spelling| spelling.is_state_name()) {
        let below = best.map_or(limit, |(least, _)| least);
        if let Some(price) = price(wish.as_bytes(), spelling.compact.as_bytes(), below)
            && best.is_none_or(|(least, _)| price < least)
        {
            best = Some((price, spelling));
        }
    }
    let (least, spelling) = best?;
    let mut next = least + FARTHEST_RIVAL;
    for rival in alike(&wish, next).filter(|rival| rival.name.area.code != spelling.name.area.code) {
        next = price(wish.as_bytes(), rival.compact.as_bytes(), next).map_or(next, |price| price.min(next));
    }
    // "N. Ireland" is no slip of "Ireland".
    let compass = |word: &&str| plain.contains(' ') && matches!(*word, "n" | "s" | "e" | "w");
    let mut telling = telling.iter().copied().chain(plain.split(' ').filter(compass));
    let keeps = |word: &str| spelling.key.split(' ').any(|other| other == word);
    // "Yemen, People's Republic of" is much like "China, People's Republic of", all but the name.
    let name = match telling_letters(spelling.key) {
        0 => spelling.compact.len(),
        letters => letters,
    };
    if least > limit.min(FARTHEST * name as f32) || next - least < MARGIN || !telling.all(keeps) {
        return None;
    }
    let confidence = confidence(least / wish.len() as f32, next - least, wish.len());
    Some(Near { name: spelling.name, confidence })
}

/// How often such a reading was right, by relative price and margin; fitted by `benches/areas/calibrate.py`.
fn confidence(price: f32, margin: f32, length: usize) -> f32 {
    let margin = margin.min(2.0);
    let score = 3.2 - 14.0 * price + 1.2 * margin + 0.12 * length.min(14) as f32;
    1.0 / (1.0 + (-score).exp())
}

/// Spellings that can be had for this price: each letter that only one of the two has costs 0.4 at least, or 0.5 where it
/// stands for one that only the other has.
fn alike(wish: &str, price: f32) -> impl Iterator<Item = &'static Spelling> {
    let more = (price / 0.4) as usize;
    let spellings = &WORDING.spellings;
    let start = spellings.partition_point(|s| s.compact.len() + more < wish.len());
    let end = spellings.partition_point(|s| s.compact.len() <= wish.len() + more);
    let letters = letters(wish);
    spellings[start..end].iter().filter(move |s| !s.abbreviation && least(&letters, &s.letters) <= price)
}

/// How often each letter occurs.
pub(super) type Letters = [u8; 32];

/// How often each letter occurs in a text.
pub(super) fn letters(text: &str) -> Letters {
    let mut letters = [0_u8; 32];
    for b in text.bytes().filter(u8::is_ascii_lowercase) {
        let count = &mut letters[usize::from(b - b'a')];
        *count = count.saturating_add(1);
    }
    letters
}

/// What it costs at least to make one set of letters the other.
fn least(a: &Letters, b: &Letters) -> f32 {
    let (mut over, mut under) = (0_u8, 0_u8);
    for (a, b) in a.iter().zip(b) {
        over = over.saturating_add(a.saturating_sub(*b));
        under = under.saturating_add(b.saturating_sub(*a));
    }
    let (few, many) = (over.min(under), over.max(under));
    0.5 * f32::from(few) + 0.4 * f32::from(many - few)
}

const fn vowel(b: u8) -> bool {
    matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Letters that sound or look alike.
fn similar(a: u8, b: u8) -> bool {
    const GROUPS: [&[u8]; 7] = [b"ckqx", b"sz", b"sc", b"vwbu", b"gj", b"fv", b"iyj"];
    GROUPS.iter().any(|group| group.contains(&a) && group.contains(&b))
}

fn instead(a: u8, b: u8) -> f32 {
    if a == b {
        0.0
    } else if similar(a, b) {
        0.5
    } else if vowel(a) && vowel(b) {
        0.6
    } else {
        1.0
    }
}

/// What a letter costs that is too many, or that is missing.
fn extra(letter: u8, before: Option<u8>) -> f32 {
    if before == Some(letter) {
        0.4
    } else if letter == b'h' {
        0.5
    } else if vowel(letter) {
        0.8
    } else {
        1.0
    }
}

/// The price of turning one text into another; none above the limit.
fn price(a: &[u8], b: &[u8], limit: f32) -> Option<f32> {
    let before = |text: &[u8], at: usize| at.checked_sub(1).map(|at| text[at]);
    let width = b.len() + 1;
    let mut rows = [[0.0f32; LONGEST + 8]; 3];
    if width > rows[0].len() {
        return None;
    }
    for j in 1..width {
        rows[0][j] = rows[0][j - 1] + extra(b[j - 1], before(b, j - 1));
    }
    for i in 1..=a.len() {
        let [older, last, now] = match i % 3 {
            1 => [2, 0, 1],
            2 => [0, 1, 2],
            _ => [1, 2, 0],
        };
        rows[now][0] = rows[last][0] + extra(a[i - 1], before(a, i - 1));
        let mut least = rows[now][0];
        for j in 1..width {
            // A wrong first letter is rare.
            let first = if i == 1 && j == 1 && a[0] != b[0] { 0.5 } else { 0.0 };
            let mut cost = rows[last][j - 1] + instead(a[i - 1], b[j - 1]) + first;
            cost = cost.min(rows[last][j] + extra(a[i - 1], before(a, i - 1)));
            cost = cost.min(rows[now][j - 1] + extra(b[j - 1], before(b, j - 1)));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cost = cost.min(rows[older][j - 2] + 0.6);
            }
            rows[now][j] = cost;
            least = least.min(cost);
        }
        if least > limit {
            return None;
        }
    }
    Some(rows[a.len() % 3][b.len()]).filter(|price| *price <= limit)
}
