//! The name that a misspelt label is nearest to, and how sure that is.
//!
//! The distance is that of Damerau in the form of optimal string alignment, with prices: a doubled letter, two letters
//! exchanged or a vowel mistaken costs less than a wrong consonant. A name is taken only if no other area's name is nearly as
//! near, which keeps Niger from Nigeria and Austria from Australia.

use super::Area;
use super::names::{ENGLISH, Name};
use super::normalise::key;
use super::wording::{Spelling, WORDING, telling_letters};

/// The nearest name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    /// The name.
    pub name: Name,
    /// What it costs to make one of the other, in tenths.
    price: u16,
    /// How much more the next area's name would cost.
    margin: u16,
    /// How many letters the telling words have.
    letters: usize,
}

impl Near {
    /// How probable it is that this is meant, from 0 to 1; the test `confidence_is_calibrated` says how far that is true.
    pub fn confidence(&self) -> f32 {
        let (price, margin) = (f32::from(self.price) / 10.0, f32::from(self.margin) / 10.0);
        let letters = self.letters as f32;
        let score = -0.6 - 1.6 * price / letters - 0.4 * price + 2.7 * margin + 0.28 * letters.min(14.0);
        1.0 / (1.0 + (-score).exp())
    }
}

/// Longer labels are no misspelt names.
const LONGEST: usize = 60;
/// Tenths for ten letters above which no name is near.
const FARTHEST: usize = 21;
/// However long the label is: more slips than this make another name.
const MOST: u16 = 22;
/// How much farther any other area's name must be.
const MARGIN: u16 = 5;
/// Rivals that are farther than this do not matter.
const FARTHEST_RIVAL: u16 = 12;

/// Words that are never a slip of each other.
const TELLING: &[&str] = &[
    "north",
    "south",
    "east",
    "west",
    "northern",
    "southern",
    "eastern",
    "western",
    "central",
    "middle",
    "inner",
    "outer",
    "new",
    "old",
    "other",
    "others",
    "non",
    "not",
    "less",
    "more",
    "least",
    "low",
    "lower",
    "high",
    "higher",
    "upper",
    "former",
    "city",
    "river",
    "minor",
    "major",
    "greater",
    "lesser",
    "total",
    "all",
    "rest",
    "incl",
    "including",
    "includes",
    "excl",
    "excluding",
    "except",
    "without",
    "with",
    "french",
    "british",
    "dutch",
    "spanish",
    "danish",
    "portuguese",
    "german",
    "belgian",
    "italian",
    "american",
    "county",
    "free",
    "state",
];

/// The nearest name to a label that no rule reads.
pub(super) fn nearest(text: &str) -> Option<Near> {
    let plain = key(text);
    let wish = Wish::of(&plain)?;
    let limit = allowed(wish.text.len()).min(MOST);
    let mut best: Option<(u16, &Spelling)> = None;
    for spelling in wish.alike(limit).filter(|spelling| spelling.target) {
        let below = best.map_or(limit, |(least, _)| least);
        if let Some(price) = wish.price(spelling, below)
            && best.is_none_or(|(least, _)| price < least)
        {
            best = Some((price, spelling));
        }
    }
    let (least, spelling) = best?;
    // "Yemen, People's Republic of" is much like "China, People's Republic of", all but the name.
    let letters = match telling_letters(spelling.key) {
        0 => spelling.compact.len(),
        letters => letters,
    };
    if least > allowed(letters + 1) {
        return None;
    }
    // "N. Ireland" is no slip of "Ireland".
    let compass = |word: &&str| plain.contains(' ') && matches!(*word, "n" | "s" | "e" | "w");
    let mut telling = plain.split(' ').filter(|word| TELLING.contains(word) || compass(word));
    if !telling.all(|word| spelling.key.split(' ').any(|other| other == word)) {
        return None;
    }
    // "French Mali" is no slip of "French Polynesia": one of its words is another country.
    let foreign = |word: &str| {
        word.len() >= 4
            && spelling.key.split(' ').all(|other| other != word)
            && ENGLISH.get(word).iter().any(|name| name.area.code != spelling.name.area.code)
    };
    if plain.contains(' ') && plain.split(' ').any(foreign) {
        return None;
    }
    let mut next = least + FARTHEST_RIVAL;
    for rival in wish.alike(next).filter(|rival| rival.name.area.code != spelling.name.area.code) {
        next = wish.price(rival, next).unwrap_or(next);
        if next < least + MARGIN {
            return None;
        }
    }
    Some(Near { name: spelling.name, price: least, margin: next - least, letters })
}

fn allowed(letters: usize) -> u16 {
    (FARTHEST * letters / 10) as u16
}

/// The area that a name in another language is a slip of: without its accent, "Nigēra", which is Niger in Latvian, is as near
/// to Nigeria.
pub(super) fn rival(text: &str, own: &Area) -> Option<&'static Area> {
    const NEAR: u16 = 10;
    let wish = Wish::of(&key(text))?;
    let (mut least, mut found) = (NEAR, None);
    for spelling in wish.alike(NEAR).filter(|spelling| spelling.target) {
        // A name of its own that is nearer, or as near, clears it.
        let itself = spelling.name.area.code == own.code;
        if let Some(price) = wish.price(spelling, least)
            && (price < least || found.is_none() || itself)
        {
            least = price;
            found = (!itself).then_some(spelling.name.area);
        }
    }
    found
}

/// A label whose nearest name is looked for.
struct Wish {
    /// Its letters without blanks.
    text: String,
    letters: Letters,
    extras: [u16; WIDEST],
}

impl Wish {
    fn of(plain: &str) -> Option<Self> {
        let text = plain.replace(' ', "");
        let fit = (4..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase());
        fit.then(|| Self { letters: letters(&text), extras: extras(text.as_bytes()), text })
    }

    /// Spellings that can be had for this price: each letter that only one of the two has costs 0.4 at least, or 0.5 where it
    /// stands for one that only the other has. One of the first two letters stands in its place, or beside it.
    fn alike(&self, price: u16) -> impl Iterator<Item = &'static Spelling> {
        let price = u32::from(price);
        let more = price as usize / 4;
        let (words, spellings) = (&*WORDING, &WORDING.spellings);
        let (letters, [first, second], length) = (self.letters, head(&self.text), self.text.len());
        let of = move |letter: u8| {
            let list = &words.near[usize::from(letter - b'a')];
            let start = list.partition_point(|at| spellings[*at as usize].compact.len() + more < length);
            let end = list.partition_point(|at| spellings[*at as usize].compact.len() <= length + more);
            list[start..end].iter().map(|at| *at as usize)
        };
        // What begins with both letters is found twice.
        let again = move |at: &usize| first == second || words.heads[*at].contains(&first);
        of(first)
            .chain(of(second).filter(move |at| !again(at)))
            .filter(move |at| least(&letters, &words.letters[*at]) <= price)
            .map(|at| &spellings[at])
    }

    fn price(&self, spelling: &Spelling, limit: u16) -> Option<u16> {
        price(self.text.as_bytes(), &self.extras, spelling.compact.as_bytes(), limit)
    }
}

/// The first two letters.
pub(super) fn head(text: &str) -> [u8; 2] {
    let bytes = text.as_bytes();
    [bytes.first().copied().unwrap_or_default(), bytes.get(1).copied().unwrap_or_default()]
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
fn least(a: &Letters, b: &Letters) -> u32 {
    let (mut over, mut under) = (0_u32, 0_u32);
    for at in 0..a.len() {
        over += u32::from(a[at].saturating_sub(b[at]));
        under += u32::from(b[at].saturating_sub(a[at]));
    }
    let (few, many) = (over.min(under), over.max(under));
    5 * few + 4 * (many - few)
}

/// What it costs that one letter stands for another, by their places in the alphabet.
const INSTEAD: [[u16; 26]; 26] = {
    /// Letters that sound or look alike.
    const SIMILAR: [&[u8]; 7] = [b"ckqx", b"sz", b"sc", b"vwbu", b"gj", b"fv", b"iyj"];
    const VOWELS: &[u8] = b"aeiouy";
    let mut costs = [[10; 26]; 26];
    let mut group = 0;
    while group <= SIMILAR.len() {
        let (letters, cost) = if group == 0 { (VOWELS, 6) } else { (SIMILAR[group - 1], 5) };
        let mut one = 0;
        while one < letters.len() {
            let mut other = 0;
            while other < letters.len() {
                costs[(letters[one] - b'a') as usize][(letters[other] - b'a') as usize] = cost;
                other += 1;
            }
            one += 1;
        }
        group += 1;
    }
    let mut letter = 0;
    while letter < 26 {
        costs[letter][letter] = 0;
        letter += 1;
    }
    costs
};

/// What each letter of a text costs that is too many, or that is missing.
fn extras(text: &[u8]) -> [u16; WIDEST] {
    let mut costs = [0; WIDEST];
    for (at, letter) in text.iter().enumerate() {
        costs[at] = match letter {
            _ if at > 0 && text[at - 1] == *letter => 4,
            b'h' => 5,
            b'a' | b'e' | b'i' | b'o' | b'u' | b'y' => 8,
            _ => 10,
        };
    }
    costs
}

/// What it costs to exchange two letters.
const EXCHANGE: u16 = 6;
/// What a wrong first letter costs beyond: it is rare.
const FIRST: u16 = 5;
const WIDEST: usize = LONGEST + 8;

/// The price of turning one text into another, in tenths; none above the limit.
fn price(a: &[u8], a_extras: &[u16; WIDEST], b: &[u8], limit: u16) -> Option<u16> {
    if b.len() + 1 >= WIDEST {
        return None;
    }
    let b_extras = extras(b);
    let mut rows = [[0_u16; WIDEST]; 3];
    for j in 1..=b.len() {
        rows[0][j] = rows[0][j - 1] + b_extras[j - 1];
    }
    for i in 1..=a.len() {
        let (one, rest) = rows.split_at_mut(1);
        let (two, three) = rest.split_at_mut(1);
        let (older, last, now) = match i % 3 {
            1 => (&three[0], &one[0], &mut two[0]),
            2 => (&one[0], &two[0], &mut three[0]),
            _ => (&two[0], &three[0], &mut one[0]),
        };
        let (letter, extra) = (a[i - 1], a_extras[i - 1]);
        let instead = &INSTEAD[usize::from(letter - b'a')];
        now[0] = last[0] + extra;
        let mut lowest = now[0];
        for j in 1..=b.len() {
            let mut cost = last[j - 1] + instead[usize::from(b[j - 1] - b'a')];
            if i == 1 && j == 1 && letter != b[0] {
                cost += FIRST;
            }
            cost = cost.min(last[j] + extra).min(now[j - 1] + b_extras[j - 1]);
            if i > 1 && j > 1 && letter == b[j - 2] && a[i - 2] == b[j - 1] {
                cost = cost.min(older[j - 2] + EXCHANGE);
            }
            now[j] = cost;
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
