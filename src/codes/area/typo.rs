//! The name that a misspelt label is nearest to, and how sure that is.
//!
//! The distance is that of Damerau in the form of optimal string alignment, with prices: a doubled letter, two letters
//! exchanged or a vowel mistaken costs less than a wrong consonant. A name is taken only if no other area's name is nearly as
//! near, which keeps Niger from Nigeria and Austria from Australia.

use super::Area;
use super::names::Name;
use super::normalise::key;
use super::wording::{Spelling, WORDING, telling_letters};

/// The nearest name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    /// The name.
    pub name: Name,
    /// What it costs to make one of the other.
    price: f32,
    /// How much more the next area's name would cost.
    margin: f32,
    /// How many letters the telling words have.
    letters: usize,
}

impl Near {
    /// How probable it is that this is meant, from 0 to 1; the test `confidence_is_calibrated` says how far that is true.
    pub fn confidence(&self) -> f32 {
        let letters = self.letters as f32;
        let score = -0.6 - 1.6 * self.price / letters - 0.4 * self.price + 2.7 * self.margin + 0.28 * letters.min(14.0);
        1.0 / (1.0 + (-score).exp())
    }
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
    "north", "south", "east", "west", "northern", "southern", "eastern", "western", "central", "middle", "inner",
    "outer", "new", "old", "other", "others", "non", "not", "less", "more", "least", "low", "lower", "high", "higher",
    "upper", "former", "city", "river", "minor", "major", "greater", "lesser", "total", "all", "rest",
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
    if least > limit.min(FARTHEST * (name + 1) as f32) || next - least < MARGIN || !telling.all(keeps) {
        return None;
    }
    Some(Near { name: spelling.name, price: least, margin: next - least, letters: name })
}

/// The area that a name in another language is a slip of: without its accent, "Nigēra", which is Niger in Latvian, is as near
/// to Nigeria.
pub(super) fn rival(text: &str, own: &Area) -> Option<&'static Area> {
    const NEAR: f32 = 1.0;
    let wish = key(text).replace(' ', "");
    if !(4..=LONGEST).contains(&wish.len()) || !wish.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let (mut least, mut found) = (NEAR, None);
    let names = alike(&wish, NEAR).filter(|spelling| spelling.is_state_name());
    for spelling in names {
        // A name of its own that is nearer, or as near, clears it.
        let itself = spelling.name.area.code == own.code;
        if let Some(price) = price(wish.as_bytes(), spelling.compact.as_bytes(), least)
            && (price < least || (price == least && found.is_none()))
        {
            least = price;
            found = (!itself).then_some(spelling.name.area);
        }
    }
    found
}

/// Spellings that can be had for this price: each letter that only one of the two has costs 0.4 at least, or 0.5 where it
/// stands for one that only the other has.
fn alike(wish: &str, price: f32) -> impl Iterator<Item = &'static Spelling> {
    let more = (price / 0.4) as usize;
    let (spellings, sets) = (&WORDING.spellings, &WORDING.letters);
    let start = spellings.partition_point(|s| s.compact.len() + more < wish.len());
    let end = spellings.partition_point(|s| s.compact.len() <= wish.len() + more);
    let letters = letters(wish);
    // In tenths, as whole numbers.
    let price = (price * 10.0) as u32;
    (start..end)
        .filter(move |at| least(&letters, &sets[*at]) <= price)
        .map(|at| &spellings[at])
        .filter(|s| !s.abbreviation)
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

/// What it costs at least to make one set of letters the other, in tenths.
fn least(a: &Letters, b: &Letters) -> u32 {
    let (mut over, mut under) = (0, 0);
    for (a, b) in a.iter().zip(b) {
        over += u32::from(a.saturating_sub(*b));
        under += u32::from(b.saturating_sub(*a));
    }
    let (few, many) = (over.min(under), over.max(under));
    5 * few + 4 * (many - few)
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
        let mut lowest = rows[now][0];
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
            lowest = lowest.min(cost);
        }
        if lowest > limit {
            return None;
        }
    }
    Some(rows[a.len() % 3][b.len()]).filter(|price| *price <= limit)
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, all};
    use super::*;

    /// A small generator of numbers, the same in every run.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 33) as usize) % sides
        }

        /// A slip of the pen: a letter too many, missing, wrong, doubled, or two exchanged.
        fn slip(&mut self, text: &str) -> String {
            let mut letters: Vec<char> = text.chars().collect();
            let at = self.roll(letters.len());
            let letter = char::from(b'a' + self.roll(26) as u8);
            match self.roll(5) {
                0 => letters.insert(at, letter),
                1 => _ = letters.remove(at),
                2 => letters[at] = letter,
                3 => letters.insert(at, letters[at]),
                _ if at + 1 < letters.len() => letters.swap(at, at + 1),
                _ => letters.push(letter),
            }
            letters.into_iter().collect()
        }
    }

    /// Names of countries with one slip, and some with two.
    fn misspelt(rounds: usize) -> impl Iterator<Item = (String, &'static str)> {
        let mut dice = Dice(1996);
        let countries = all().iter().filter(|area| area.kind == Kind::Country && area.name.len() > 3);
        let countries: Vec<_> = countries.collect();
        (0..rounds * countries.len()).map(move |at| {
            let area = countries[at % countries.len()];
            let once = dice.slip(area.name);
            let text = if dice.roll(3) == 0 { dice.slip(&once) } else { once };
            (text, area.code)
        })
    }

    /// Of the readings that are said to be right nine times in ten, nine in ten are right: on misspelt names of countries,
    /// and places that are no areas.
    #[test]
    fn confidence_is_calibrated() {
        let not = super::super::names::places_not().map(|text| (text.to_owned(), ""));
        let mut bins = [(0, 0.0, 0); 4];
        for (text, code) in misspelt(8).chain(not) {
            let Some(near) = nearest(&text) else { continue };
            let sure = near.confidence();
            let bin = &mut bins[[0.9, 0.95, 0.98].iter().filter(|edge| sure >= **edge).count()];
            *bin = (bin.0 + 1, bin.1 + sure, bin.2 + i32::from(near.name.area.code == code));
        }
        for (count, sum, right) in bins {
            let (said, true_share) = (sum / count as f32, right as f32 / count as f32);
            println!("{count} readings: confidence {said:.3}, right {true_share:.3}");
            assert!(count < 50 || (said - true_share).abs() < 0.06, "{count}: said {said}, was {true_share}");
        }
    }

    #[test]
    fn look_alikes_are_left_alone() {
        for text in ["Nigera", "Slovekia", "Mauritia", "Austrlia", "Iraan", "Guinee-B", "Dominicaa", "Koreea", "Congoo"]
        {
            if let Some(near) = nearest(text) {
                assert!(near.margin >= MARGIN, "{text}");
            }
        }
        for (text, code) in [("Ausstralia", "AUS"), ("Auustria", "AUT"), ("Nigerria", "NGA"), ("Slovennia", "SVN")] {
            assert_eq!(nearest(text).map(|near| near.name.area.code), Some(code), "{text}");
        }
        for text in
            ["Nigera", "Austrlia", "Slovekia", "New Mexico", "Yemen, Peoples Rep", "N. Ireland", "ABC islands", "Ira"]
        {
            assert!(nearest(text).is_none_or(|near| near.confidence() < 0.8), "{text}: {:?}", nearest(text));
        }
    }

    #[test]
    #[ignore = "prints what the confidence is fitted to"]
    fn features() {
        let others = std::env::var("MIGSTAT_NOT_AREAS").map(|path| std::fs::read_to_string(path).unwrap());
        let others = others.unwrap_or_default();
        let labels = misspelt(40).chain(others.lines().map(|line| (line.to_owned(), "")));
        for (text, code) in labels {
            if let Some(near) = nearest(&text) {
                let right = u8::from(near.name.area.code == code);
                println!(
                    "FEATURE\t{right}\t{}\t{}\t{}\t{text}\t{}",
                    near.price, near.margin, near.letters, near.name.text
                );
            }
        }
    }
}
