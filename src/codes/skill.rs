//! Skill: the ladders by which countries class the workers they send, and what their rungs say about skill.
//!
//! A *scheme* is what a table is declared to use: `LKA-SLBFE`, `broad`, `ILO-level`, `ISCO-08`. It has one ladder, or
//! several that followed each other; `assign` decides between these by the labels that are printed together and by the
//! years, and refuses where both leave two open. A *rung* belongs to one broad level (`low`, `medium`, `high`), to one
//! of several ("Middle level" holds technicians and clerks), or to none that is known. What is not known to be of one
//! level is `_U` in `membership`, unless the user says how to share it out.
//!
//! The mapping of a national rung to broad levels is migstat's, with its quality: `exact` (by definition of the
//! classification), `good`, `approximate`, `ambiguous` (several levels) or `not mappable` (none). Types of employer
//! (formal, informal) and of passport are not skill and have no place here.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::sex::{fold, rows};
use crate::Error;

/// The broad levels, and `_U` for what cannot be said to be of one.
pub const LEVELS: [&str; 4] = ["low", "medium", "high", "_U"];

/// How well a rung is known to belong to its levels.
pub const QUALITIES: [&str; 5] = ["exact", "good", "approximate", "ambiguous", "not mappable"];

/// The scheme whose labels may be codes of 1 to 4 digits.
const ISCO_08: &str = "ISCO-08";

/// What one label means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The ladder that was meant; the scheme for `_T` and `_U`, which belong to every ladder.
    pub ladder: &'static str,
    /// `MIDDLE`, `PROF`, the major group of ISCO-08, ... or `_T`, `_U`.
    pub code: String,
    /// The broad levels that the rung may belong to, lowest first; none where it is not mappable.
    pub levels: Vec<&'static str>,
    /// One of `QUALITIES`.
    pub quality: &'static str,
    /// Whether the label was printed for a year in which, as far as is known, the rung was not in use.
    pub outside_validity: bool,
}

/// How the workers on a rung of several levels are shared out among these.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Weights {
    /// Not at all: they are of unknown level.
    #[default]
    Unknown,
    /// Equally.
    Equal,
    /// As the user says, for the rungs named; the others as with `Unknown`. Made by `Weights::given`.
    Given(GivenWeights),
}

/// Weights that have been checked.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenWeights(BTreeMap<String, Vec<(&'static str, f64)>>);

impl Weights {
    /// The user's weights: rung -> level -> weight. A rung is named by its code ("MIDDLE") or, where a code stands in
    /// several ladders, by ladder and code ("LKA-SLBFE-1975:MIDDLE"), which goes first. They replace migstat's own
    /// mapping of the rung, whatever its levels, and may put a part on `_U`.
    ///
    /// # Errors
    /// `Error::Code` where a rung or level is not known, a weight is negative or not finite, or the weights of a rung
    /// do not sum to 1 within 1e-12.
    pub fn given(weights: &BTreeMap<String, BTreeMap<String, f64>>) -> Result<Self, Error> {
        let mut checked = BTreeMap::new();
        for (rung, shares) in weights {
            let (ladder, code) = rung.rsplit_once(':').map_or((None, rung.as_str()), |(l, c)| (Some(l), c));
            if !ROWS.iter().any(|r| r.rung == code && ladder.is_none_or(|l| l == r.ladder)) {
                return Err(Error::Code(format!(
                    "skill rung '{rung}' in the weights is not known; name it by its code, as 'MIDDLE', or by ladder \
                     and code, as 'LKA-SLBFE-1975:MIDDLE'"
                )));
            }
            for (level, weight) in shares {
                if !LEVELS.contains(&level.as_str()) {
                    return Err(Error::Code(format!(
                        "skill level '{level}' in the weights of '{rung}' is not known; expected one of {}",
                        LEVELS.join(", ")
                    )));
                }
                if !weight.is_finite() || *weight < 0.0 {
                    return Err(Error::Code(format!(
                        "weight {weight} of level '{level}' of skill rung '{rung}' is not a share; expected 0 to 1"
                    )));
                }
            }
            let sum: f64 = shares.values().sum();
            if (sum - 1.0).abs() > 1e-12 {
                return Err(Error::Code(format!(
                    "the weights of skill rung '{rung}' sum to {sum}; they must sum to 1, with what is not known on '_U'"
                )));
            }
            let shares = LEVELS.into_iter().filter_map(|l| shares.get(l).filter(|w| **w > 0.0).map(|w| (l, *w)));
            checked.insert(rung.clone(), shares.collect());
        }
        Ok(Self::Given(GivenWeights(checked)))
    }
}

/// A row of `skill_ladders.csv`.
struct Row {
    ladder: String,
    scheme: String,
    rung: String,
    label: String,
    /// First and last year in use, both included.
    valid: (Option<i32>, Option<i32>),
    levels: Vec<&'static str>,
    quality: &'static str,
}

impl Row {
    fn in_use(&self, year: i32) -> bool {
        self.valid.0.is_none_or(|from| from <= year) && self.valid.1.is_none_or(|to| year <= to)
    }
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let year = |text: &str| (!text.is_empty()).then(|| text.parse().expect("a year"));
    let known = |list: &[&'static str], text: &str| *list.iter().find(|l| **l == text).expect("a word of the list");
    rows(include_str!("tables/skill_ladders.csv"))
        .into_iter()
        .map(|[ladder, scheme, rung, label, from, to, levels, quality, _source]| Row {
            valid: (year(&from), year(&to)),
            levels: levels.split('|').filter(|l| !l.is_empty()).map(|l| known(&LEVELS[..3], l)).collect(),
            quality: known(&QUALITIES, &quality),
            ladder,
            scheme,
            rung,
            label,
        })
        .collect()
});

/// Ladder -> folded label -> rung. Codes and English labels of the rungs are labels too; "*" stands for every ladder.
static LABELS: LazyLock<HashMap<String, HashMap<String, String>>> = LazyLock::new(|| {
    let mut labels: HashMap<String, HashMap<String, String>> = HashMap::new();
    for row in ROWS.iter() {
        let ladder = labels.entry(row.ladder.clone()).or_default();
        ladder.insert(fold(&row.rung), row.rung.clone());
        ladder.insert(fold(&row.label), row.rung.clone());
    }
    for [ladder, label, rung] in rows(include_str!("tables/skill_labels.csv")) {
        labels.entry(ladder).or_default().insert(fold(&label), rung);
    }
    labels
});

/// The ladders that a scheme may be narrowed to, in the order of the table.
pub fn ladder_names() -> Vec<&'static str> {
    distinct(ROWS.iter().map(|r| r.ladder.as_str()))
}

/// The schemes; a scheme with one ladder has its name.
pub fn scheme_names() -> Vec<&'static str> {
    distinct(ROWS.iter().map(|r| r.scheme.as_str()))
}

/// The English label of a rung; the ladder is needed because codes repeat ("1" is Managers in ISCO-08 and the lowest
/// of the ILO's levels). A scheme stands for the first of its ladders that has the code; `broad` names the broad levels.
pub fn name(ladder: &str, code: &str) -> Option<&'static str> {
    match code {
        "_T" => Some("All skill levels"),
        "_U" => Some("Unknown skill"),
        _ => {
            let found = ROWS.iter().find(|r| r.rung == code && (r.ladder == ladder || r.scheme == ladder));
            found.map(|r| r.label.as_str())
        }
    }
}

/// The rungs that labels name, each with the year that its figure is for, where that is known. `scheme` is a scheme or
/// one of its ladders; labels of one table should be given together, because they explain each other:
///
/// 1. Where one ladder alone knows all labels, it is meant: "High level" makes "Middle level" beside it the older Sri
///    Lankan rung, in whatever year.
/// 2. Otherwise each year is decided by itself: by its own labels, then by the years in which the ladders were in use.
///
/// A residual such as "Others" decides only in the years of its ladder: any table may have one.
///
/// # Errors
/// `Error::Code` where the scheme or a label is not known, where labels of one year belong to different ladders, and
/// where several ladders remain possible.
///
/// ```
/// use migstat::codes::skill;
/// let labels = [("High level".to_owned(), Some(1996)), ("Middle level".to_owned(), Some(1996))];
/// let rungs = skill::assign("LKA-SLBFE", &labels)?;
/// assert_eq!((rungs[1].ladder, rungs[1].code.as_str()), ("LKA-SLBFE-1975", "MIDDLE"));
/// assert_eq!(rungs[1].levels, ["medium", "high"]);
/// # Ok::<(), migstat::Error>(())
/// ```
pub fn assign(scheme: &str, labels: &[(String, Option<i32>)]) -> Result<Vec<Rung>, Error> {
    let named = |r: &&Row| r.scheme == scheme || r.ladder == scheme;
    let ladders = distinct(ROWS.iter().filter(named).map(|r| r.ladder.as_str()));
    let Some(scheme) = ROWS.iter().find(named).map(|r| r.scheme.as_str()) else {
        return Err(Error::Code(format!(
            "skill scheme '{scheme}' is not known; expected {}, or one ladder of these: {}",
            scheme_names().join(", "),
            ladder_names().join(", ")
        )));
    };
    let known: Vec<Known> =
        labels.iter().map(|(label, year)| Known::new(label, *year, &ladders)).collect::<Result<_, _>>()?;

    let graded: Vec<&Known> = known.iter().filter(|k| k.special.is_none()).collect();
    let mut by_year: BTreeMap<Option<i32>, &'static str> = BTreeMap::new();
    let decisive: Vec<&Known> = graded.iter().copied().filter(|k| k.decisive).collect();
    if let [ladder] = *common(&ladders, &decisive) {
        by_year.extend(graded.iter().map(|k| (k.year, ladder)));
    } else {
        let mut years: BTreeMap<Option<i32>, Vec<&Known>> = BTreeMap::new();
        for k in graded {
            years.entry(k.year).or_default().push(k);
        }
        for (year, printed) in years {
            by_year.insert(year, decide(&ladders, year, &printed)?);
        }
    }
    known.iter().map(|k| k.rung(scheme, by_year.get(&k.year).copied())).collect()
}

/// The broad levels of a rung with the share of its figure that belongs to each; the shares sum to 1.
///
/// One level has all of it. Several share it as `weights` say, and without weights the level is `_U`; so it is for a
/// rung that is not mappable. `_T` stays `_T`.
pub fn membership(rung: &Rung, weights: &Weights) -> Vec<(&'static str, f64)> {
    if rung.code == "_T" {
        return vec![("_T", 1.0)];
    }
    if let Weights::Given(GivenWeights(given)) = weights
        && let Some(shares) = given.get(&format!("{}:{}", rung.ladder, rung.code)).or_else(|| given.get(&rung.code))
    {
        return shares.clone();
    }
    match (rung.levels.as_slice(), weights) {
        ([level], _) => vec![(level, 1.0)],
        ([_, ..], Weights::Equal) => rung.levels.iter().map(|l| (*l, 1.0 / rung.levels.len() as f64)).collect(),
        _ => vec![("_U", 1.0)],
    }
}

/// A label with what it may mean.
struct Known<'a> {
    label: &'a str,
    year: Option<i32>,
    /// `_T` or `_U`, which any ladder may have.
    special: Option<&'static str>,
    /// The ladders that have the label, with the rung.
    rungs: Vec<(&'static str, &'static str)>,
    /// Whether the label tells ladders apart: not a residual outside its years.
    decisive: bool,
}

impl<'a> Known<'a> {
    fn new(label: &'a str, year: Option<i32>, ladders: &[&'static str]) -> Result<Self, Error> {
        let text = plain(label);
        let folded = text.map_or_else(String::new, fold);
        let find = |ladder: &str| LABELS.get(ladder).and_then(|l| l.get(&folded)).map(String::as_str);
        let mut rungs = Vec::new();
        for ladder in ladders {
            let code = if *ladder == ISCO_08 { isco_08_group(text.unwrap_or_default())? } else { None };
            rungs.extend(find(ladder).or(code).map(|rung| (*ladder, rung)));
        }
        let special = rungs.iter().map(|(_, rung)| *rung).find(|r| r.starts_with('_')).or_else(|| find("*"));
        if rungs.is_empty() && special.is_none() {
            return Err(Error::Code(format!(
                "skill label '{label}' is not a rung of {}; expected {}, 'total' or 'unknown'",
                ladders.join(" or "),
                listed(ladders)
            )));
        }
        let special = special.filter(|_| rungs.iter().all(|(_, rung)| rung.starts_with('_')));
        let current = |row: &Row| !row.levels.is_empty() || year.is_none_or(|y| row.in_use(y));
        let decisive = rungs.iter().all(|(ladder, rung)| dated(ladder, rung).any(current));
        Ok(Self { label, year, special, rungs, decisive })
    }

    fn rung(&self, scheme: &'static str, ladder: Option<&'static str>) -> Result<Rung, Error> {
        if let Some(code) = self.special {
            let (code, quality) = (code.to_owned(), QUALITIES[0]);
            return Ok(Rung { ladder: scheme, code, levels: Vec::new(), quality, outside_validity: false });
        }
        let found = self.rungs.iter().find(|(l, _)| Some(*l) == ladder);
        let Some(&(ladder, code)) = found else {
            return Err(Error::Code(format!(
                "skill label '{}' is not a rung of {}, the ladder in use; name the ladder of the table as the scheme, \
                 or recode the label to 'unknown'",
                self.label,
                ladder.unwrap_or(scheme)
            )));
        };
        let rows: Vec<&Row> = dated(ladder, code).collect();
        let row = match (self.year, rows.as_slice()) {
            (_, [only]) => only,
            (Some(year), [.., last]) => rows.iter().find(|r| r.in_use(year)).unwrap_or(last),
            _ => {
                return Err(Error::Code(format!(
                    "skill label '{}' has changed its meaning in {ladder}; give the year that it was printed for",
                    self.label
                )));
            }
        };
        Ok(Rung {
            ladder,
            code: code.to_owned(),
            levels: row.levels.clone(),
            quality: row.quality,
            outside_validity: self.year.is_some_and(|year| !row.in_use(year)),
        })
    }
}

/// The rows of one rung, of which each year has one at most.
fn dated(ladder: &str, rung: &str) -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(move |r| r.ladder == ladder && r.rung == rung)
}

/// The ladders that have all of the labels.
fn common(ladders: &[&'static str], labels: &[&Known]) -> Vec<&'static str> {
    let has = |ladder: &&'static str| labels.iter().all(|k| k.rungs.iter().any(|(l, _)| l == ladder));
    ladders.iter().copied().filter(has).collect()
}

/// The ladder of the labels of one year.
fn decide(ladders: &[&'static str], year: Option<i32>, labels: &[&Known]) -> Result<&'static str, Error> {
    let of_year = year.map_or_else(|| "without a year".to_owned(), |y| format!("of {y}"));
    let decisive: Vec<&Known> = labels.iter().copied().filter(|k| k.decisive).collect();
    let open = common(ladders, &decisive);
    if let [ladder] = *open {
        return Ok(ladder);
    }
    if open.is_empty() {
        let printed = distinct_labels(labels);
        return Err(Error::Code(format!(
            "skill labels {of_year} belong to different ladders ({}): {printed}; pass the labels of each ladder apart, \
             with the ladder as the scheme",
            ladders.join(", ")
        )));
    }
    let in_use = |ladder: &&'static str| year.is_some_and(|y| (span(ladder).0..=span(ladder).1).contains(&y));
    if let [ladder] = *open.iter().copied().filter(in_use).collect::<Vec<_>>() {
        return Ok(ladder);
    }
    let spans: Vec<String> = open
        .iter()
        .map(|ladder| match span(ladder) {
            (from, i32::MAX) => format!("{ladder} (from {from})"),
            (from, to) => format!("{ladder} ({from}-{to})"),
        })
        .collect();
    Err(Error::Code(format!(
        "skill labels {of_year} fit several ladders, {}: {}; name one of the ladders as the scheme, or give the labels \
         printed beside them",
        spans.join(" and "),
        distinct_labels(labels)
    )))
}

/// The first and last year in which any rung of the ladder was in use.
fn span(ladder: &str) -> (i32, i32) {
    let rows = || ROWS.iter().filter(|r| r.ladder == ladder);
    (
        rows().map(|r| r.valid.0.unwrap_or(i32::MIN)).min().unwrap_or(i32::MIN),
        rows().map(|r| r.valid.1.unwrap_or(i32::MAX)).max().unwrap_or(i32::MAX),
    )
}

/// A label as its meaning may be looked up. Codes of digits reach us as floats where their column has gaps ("9.0"); in
/// all else without letters the signs matter, and "-1" is no code.
fn plain(label: &str) -> Option<&str> {
    let label = label.trim();
    let label = label.strip_suffix(".0").filter(|n| n.bytes().all(|b| b.is_ascii_digit())).unwrap_or(label);
    let code = |c: char| c.is_ascii_digit() || c == '+' || c == ' ';
    (label.contains(char::is_alphabetic) || label.chars().all(code)).then_some(label)
}

/// The major group of a code of ISCO-08 of 1 to 4 digits, with or without the `OC` of SDMX.
fn isco_08_group(label: &str) -> Result<Option<&'static str>, Error> {
    let code = label.strip_prefix("OC").unwrap_or(label);
    if !(1..=4).contains(&code.len()) || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    if matches!(code, "110" | "210" | "310") {
        return Err(Error::Code(format!(
            "skill label '{label}' is not a code of ISCO-08; it may be 0{code} of the armed forces without its leading \
             zero: read the column as text, or write 0{code}"
        )));
    }
    Ok(ROWS.iter().find(|r| r.ladder == ISCO_08 && r.rung == code[..1]).map(|r| r.rung.as_str()))
}

fn distinct(names: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut out = Vec::new();
    for name in names {
        if !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

/// Up to six labels, in quotes.
fn distinct_labels(labels: &[&Known]) -> String {
    let mut names: Vec<&str> = labels.iter().map(|k| k.label).collect();
    names.sort_unstable();
    names.dedup();
    let more = if names.len() > 6 { ", ..." } else { "" };
    names.truncate(6);
    format!("'{}'{more}", names.join("', '"))
}

/// The English labels of the rungs of ladders, in quotes.
fn listed(ladders: &[&'static str]) -> String {
    let labels = distinct(ROWS.iter().filter(|r| ladders.contains(&r.ladder.as_str())).map(|r| r.label.as_str()));
    format!("'{}'", labels.join("', '"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn given(labels: &[&str], year: impl Into<Option<i32>>) -> Vec<(String, Option<i32>)> {
        let year = year.into();
        labels.iter().map(|l| ((*l).to_owned(), year)).collect()
    }

    fn codes(scheme: &str, labels: &[&str], year: impl Into<Option<i32>>) -> Vec<(&'static str, String)> {
        let rungs = assign(scheme, &given(labels, year)).unwrap_or_else(|e| panic!("{e}"));
        rungs.into_iter().map(|r| (r.ladder, r.code)).collect()
    }

    fn one(scheme: &str, label: &str) -> Rung {
        assign(scheme, &given(&[label], None)).unwrap_or_else(|e| panic!("{e}")).remove(0)
    }

    fn refused(scheme: &str, labels: &[(String, Option<i32>)]) -> String {
        match assign(scheme, labels) {
            Err(Error::Code(message)) => message,
            other => panic!("{labels:?}: {other:?}"),
        }
    }

    fn weights(rung: &str, shares: &[(&str, f64)]) -> Result<Weights, Error> {
        let shares = shares.iter().map(|(l, w)| ((*l).to_owned(), *w)).collect();
        Weights::given(&BTreeMap::from([(rung.to_owned(), shares)]))
    }

    #[test]
    fn the_ladders_are_sound() {
        let mut places: HashMap<(&str, &str), Vec<&Row>> = HashMap::new();
        let mut schemes: HashMap<&str, &str> = HashMap::new();
        for row in ROWS.iter() {
            assert_eq!(*schemes.entry(&row.ladder).or_insert(&row.scheme), row.scheme, "{} has one scheme", row.ladder);
            assert!(row.levels.is_sorted_by_key(|l| LEVELS.iter().position(|k| k == l)), "{}", row.rung);
            let expected = match (row.levels.len(), row.quality) {
                (0, q) => q == "not mappable",
                (1, q) => ["exact", "good", "approximate"].contains(&q),
                (_, q) => q == "ambiguous",
            };
            assert!(expected, "{} {}: {:?} is {}", row.ladder, row.rung, row.levels, row.quality);
            assert!(row.valid.0.zip(row.valid.1).is_none_or(|(from, to)| from <= to), "{}", row.rung);
            for other in places.entry((&row.ladder, &row.rung)).or_default().iter() {
                let ends = |r: &Row| (r.valid.0.unwrap_or(i32::MIN), r.valid.1.unwrap_or(i32::MAX));
                let (a, b) = (ends(row), ends(other));
                assert!(a.1 < b.0 || b.1 < a.0, "{} {} is there twice in one year", row.ladder, row.rung);
            }
            places.entry((&row.ladder, &row.rung)).or_default().push(row);
        }
        for row in rows::<9>(include_str!("tables/skill_ladders.csv")) {
            assert!(!row[8].is_empty(), "{} {} has no source", row[0], row[2]);
        }
    }

    #[test]
    fn the_labels_are_sound() {
        let mut seen: HashSet<(String, String)> = HashSet::new();
        for row in ROWS.iter() {
            seen.insert((row.ladder.clone(), fold(&row.rung)));
            seen.insert((row.ladder.clone(), fold(&row.label)));
            for label in [&row.rung, &row.label] {
                assert_eq!(LABELS[&row.ladder][&fold(label)], row.rung, "{}: {label} means two rungs", row.ladder);
            }
        }
        let everywhere: HashSet<String> = LABELS["*"].keys().cloned().collect();
        for [ladder, label, rung] in rows(include_str!("tables/skill_labels.csv")) {
            assert!(seen.insert((ladder.clone(), fold(&label))), "{ladder}: {label} is there twice");
            let special = ["_T", "_U"].contains(&rung.as_str());
            assert!(special || ROWS.iter().any(|r| r.ladder == ladder && r.rung == rung), "{ladder}: no rung {rung}");
            assert!(special || ladder != "*", "{label} of every ladder");
            assert!(ladder == "*" || !everywhere.contains(&fold(&label)), "{ladder}: {label} is special everywhere");
        }
    }

    #[test]
    fn the_columns_of_1988_and_1996_are_the_older_ladder() {
        let printed = ["high_level", "middle_level", "skilled", "unskilled", "housemaid", "Total"];
        for year in [1988, 1995, 1996] {
            let expected =
                ["HIGH", "MIDDLE", "SKILLED", "UNSKILLED", "HOUSEMAID"].map(|c| ("LKA-SLBFE-1975", c.to_owned()));
            let found = codes("LKA-SLBFE", &printed, year);
            assert_eq!(found[..5], expected);
            assert_eq!(found[5], ("LKA-SLBFE", "_T".to_owned()));
            assert!(assign("LKA-SLBFE", &given(&printed, year)).unwrap().iter().all(|r| !r.outside_validity));
        }
    }

    #[test]
    fn the_composition_of_1995_to_2000_is_the_newer_ladder() {
        let printed =
            ["professional", "middle_level", "clerical_related", "skilled", "unskilled_excl_housemaid", "housemaid"];
        for year in 1995..=2000 {
            let expected = ["PROF", "MID", "CLER", "SKILLED", "UNSKILLED", "HOUSEMAID"];
            assert_eq!(codes("LKA-SLBFE", &printed, year), expected.map(|c| ("LKA-SLBFE-1994", c.to_owned())));
        }
    }

    #[test]
    fn the_manpower_levels_of_1975_have_a_residual() {
        let printed = ["high_level", "middle_level", "skilled", "unskilled", "others"];
        let rungs = assign("LKA-SLBFE", &given(&printed, 1980)).unwrap();
        assert_eq!((rungs[4].code.as_str(), rungs[4].quality, rungs[4].levels.len()), ("OTHERS", "not mappable", 0));
        assert_eq!(membership(&rungs[4], &Weights::Equal), [("_U", 1.0)]);
    }

    #[test]
    fn siblings_decide_before_years() {
        let mut labels = given(&["Skilled", "House maids", "Middle level"], 1995);
        labels.push(("High level".to_owned(), Some(1988)));
        assert!(assign("LKA-SLBFE", &labels).unwrap().iter().all(|r| r.ladder == "LKA-SLBFE-1975"));
        labels[3].0 = "Professional".to_owned();
        let rungs = assign("LKA-SLBFE", &labels).unwrap();
        assert!(rungs.iter().all(|r| r.ladder == "LKA-SLBFE-1994"));
        assert_eq!(rungs.iter().map(|r| r.outside_validity).collect::<Vec<_>>(), [false, false, false, true]);
        assert_eq!(codes("LKA-SLBFE", &["high level", "middle level"], None)[1].1, "MIDDLE");
    }

    #[test]
    fn years_decide_where_labels_do_not() {
        assert_eq!(codes("LKA-SLBFE", &["Middle level"], 1990), [("LKA-SLBFE-1975", "MIDDLE".to_owned())]);
        assert_eq!(codes("LKA-SLBFE", &["Middle level"], 2005), [("LKA-SLBFE-1994", "MID".to_owned())]);
        // A long table over the change: each year for itself.
        let mut labels = given(&["High level", "Middle level"], 1990);
        labels.extend(given(&["Professional", "Middle level", "Total"], 1999));
        let found: Vec<_> = assign("LKA-SLBFE", &labels).unwrap().into_iter().map(|r| r.code).collect();
        assert_eq!(found, ["HIGH", "MIDDLE", "PROF", "MID", "_T"]);
    }

    #[test]
    fn what_stays_open_is_refused() {
        for year in [Some(1995), Some(1960), None] {
            let message = refused("LKA-SLBFE", &given(&["Middle level", "Skilled"], year));
            for part in ["LKA-SLBFE-1975 (1975-1996)", "LKA-SLBFE-1994 (from 1994)", "name one", "'Middle level'"] {
                assert!(message.contains(part), "{message}");
            }
        }
        let message = refused("LKA-SLBFE", &given(&["High level", "Professional"], 1995));
        assert!(message.contains("different ladders") && message.contains("of 1995"), "{message}");
        let message = refused("LKA-SLBFE", &given(&["Nurses"], 1995));
        assert!(message.contains("'Nurses'") && message.contains("'Middle level'"), "{message}");
        let message = refused("LKA", &[]);
        assert!(message.contains("'LKA'") && message.contains("LKA-SLBFE-1994"), "{message}");
        assert_eq!(assign("LKA-SLBFE", &[]).unwrap(), []);
    }

    #[test]
    fn a_residual_does_not_choose_the_ladder_of_later_years() {
        assert_eq!(codes("LKA-SLBFE", &["Middle level", "Others"], 1980)[0].1, "MIDDLE");
        assert_eq!(codes("LKA-SLBFE", &["Others"], None)[0].1, "OTHERS");
        let rungs = assign("LKA-SLBFE", &given(&["High level", "Others"], 1988)).unwrap();
        assert!(rungs[1].outside_validity && !rungs[0].outside_validity);
        let message = refused("LKA-SLBFE", &given(&["Middle level", "Others"], 2005));
        assert!(message.contains("'Others' is not a rung of LKA-SLBFE-1994"), "{message}");
        assert!(assign("LKA-SLBFE-1975", &given(&["Others"], 2005)).unwrap()[0].outside_validity);
    }

    #[test]
    fn a_ladder_may_be_named() {
        let rungs = assign("LKA-SLBFE-1994", &given(&["Middle level", "Housemaids", "Semi-skilled"], 1990)).unwrap();
        assert!(rungs.iter().all(|r| r.ladder == "LKA-SLBFE-1994" && r.outside_validity));
        assert!(refused("LKA-SLBFE-1994", &given(&["High level"], 1996)).contains("'Professional'"));
        for ladder in ladder_names() {
            for row in ROWS.iter().filter(|r| r.ladder == ladder) {
                assert_eq!(one(ladder, &row.rung).code, row.rung);
                assert_eq!(one(ladder, &row.label).code, row.rung);
                assert_eq!(name(ladder, &row.rung), Some(row.label.as_str()));
            }
        }
    }

    #[test]
    fn labels_as_they_are_printed() {
        for (scheme, code, labels) in [
            ("LKA-SLBFE-1975", "HIGH", &["high_level", "High level", "HIGH LEVEL"][..]),
            ("LKA-SLBFE-1975", "MIDDLE", &["middle_level", "Middle level"]),
            ("LKA-SLBFE-1975", "UNSKILLED", &["unskilled", "Unskilled"]),
            ("LKA-SLBFE-1975", "HOUSEMAID", &["housemaid", "House maids", "House Maid", "Housemaids"]),
            ("LKA-SLBFE-1994", "PROF", &["professional", "Professional"]),
            ("LKA-SLBFE-1994", "CLER", &["clerical_related", "Clerical & related", "Clerical and Related"]),
            ("LKA-SLBFE-1994", "UNSKILLED", &["unskilled_excl_housemaid", "Unskilled (excl. housemaids)"]),
            ("LKA-SLBFE-1994", "SEMI", &["Semi-skilled", "semi skilled"]),
            ("LKA-SLBFE", "_T", &["Total", "_T", "TOTAL "]),
            ("LKA-SLBFE", "_U", &["Unknown", "_U", "Not stated"]),
            ("broad", "low", &["low", "Low-skilled", "Low skill"]),
            ("broad", "medium", &["Medium", "medium-skilled"]),
            ("broad", "high", &["High skilled", "Highly skilled", "HIGH"]),
            ("broad", "_U", &["Unknown"]),
            ("broad", "_T", &["Total"]),
            ("ILO-level", "1", &["1", "1.0", "Level 1", "Skill level 1 ~ low"]),
            ("ILO-level", "3+4", &["3+4", "3 and 4", "Skill levels 3 and 4 ~ high"]),
            ("ISCO-08", "1", &["1", "11", "112", "1120", "1120.0", "OC1", "Managers", "1. Managers"]),
            ("ISCO-08", "0", &["0", "01", "0110", "Armed forces", "Armed forces occupations"]),
            ("ISCO-08", "8", &["81", "Plant and machine operators and assemblers"]),
            ("ISCO-08", "_U", &["X. Not elsewhere classified"]),
        ] {
            for label in labels {
                assert_eq!(one(scheme, label).code, code, "{scheme}: {label:?}");
            }
        }
    }

    #[test]
    fn no_silent_guess() {
        for (scheme, label) in [
            ("broad", "skilled"),
            ("broad", "% high"),
            ("broad", ""),
            ("ILO-level", "5"),
            ("ILO-level", "11"),
            ("ILO-level", "-1"),
            ("ILO-level", "<2"),
            ("ISCO-08", "11201"),
            ("ISCO-08", "110"),
            ("ISCO-08", "1.5"),
            ("ISCO-08", "-1"),
            ("ISCO-08", "formal"),
            ("LKA-SLBFE", "1"),
        ] {
            let message = refused(scheme, &given(&[label], None));
            assert!(message.contains(&format!("'{label}'")), "{message}");
        }
    }

    #[test]
    fn isco_has_the_levels_of_the_ilo() {
        for (digits, level) in [("123", "high"), ("45678", "medium"), ("9", "low")] {
            for code in digits.chars() {
                assert_eq!(membership(&one("ISCO-08", &format!("{code}111")), &Weights::Unknown), [(level, 1.0)]);
            }
        }
        let armed = one("ISCO-08", "0310");
        assert_eq!((armed.levels.len(), armed.quality), (3, "ambiguous"));
        assert_eq!(membership(&armed, &Weights::Unknown), [("_U", 1.0)]);
        for (code, level) in [("1", "low"), ("2", "medium"), ("3", "high"), ("4", "high"), ("3+4", "high")] {
            assert_eq!(one("ILO-level", code).levels, [level]);
        }
    }

    #[test]
    fn ambiguous_mass_is_unknown_unless_weighted() {
        let middle = one("LKA-SLBFE-1975", "Middle level");
        assert_eq!(membership(&middle, &Weights::Unknown), [("_U", 1.0)]);
        assert_eq!(membership(&middle, &Weights::Equal), [("medium", 0.5), ("high", 0.5)]);
        let given = weights("MIDDLE", &[("high", 0.375), ("medium", 0.625), ("low", 0.0)]).unwrap();
        assert_eq!(membership(&middle, &given), [("medium", 0.625), ("high", 0.375)]);
        // The ladder and code go before the code; other rungs are not concerned.
        let apart = weights("LKA-SLBFE-1994:SKILLED", &[("medium", 0.9), ("_U", 0.1)]).unwrap();
        assert_eq!(membership(&one("LKA-SLBFE-1994", "Skilled"), &apart), [("medium", 0.9), ("_U", 0.1)]);
        assert_eq!(membership(&one("LKA-SLBFE-1975", "Skilled"), &apart), [("medium", 1.0)]);
        assert_eq!(membership(&middle, &apart), [("_U", 1.0)]);
        for w in [Weights::Unknown, Weights::Equal, given] {
            assert_eq!(membership(&one("LKA-SLBFE", "Total"), &w), [("_T", 1.0)]);
            assert_eq!(membership(&one("LKA-SLBFE", "Unknown"), &w), [("_U", 1.0)]);
        }
    }

    #[test]
    fn weights_are_checked() {
        for (rung, shares, why) in [
            ("MIDDEL", &[("high", 1.0)][..], "'MIDDEL'"),
            ("ISCO-08:MIDDLE", &[("high", 1.0)], "'ISCO-08:MIDDLE'"),
            ("_T", &[("high", 1.0)], "'_T'"),
            ("MIDDLE", &[("hihg", 1.0)], "'hihg'"),
            ("MIDDLE", &[("high", 0.5), ("medium", 0.4)], "sum to 0.9"),
            ("MIDDLE", &[], "sum to"),
            ("MIDDLE", &[("high", 1.5), ("medium", -0.5)], "-0.5"),
            ("MIDDLE", &[("high", f64::NAN)], "NaN"),
            ("MIDDLE", &[("high", f64::INFINITY)], "inf"),
        ] {
            let Err(Error::Code(message)) = weights(rung, shares) else { panic!("{rung} {shares:?}") };
            assert!(message.contains(why), "{message}");
        }
    }

    #[test]
    fn names() {
        assert_eq!(name("LKA-SLBFE", "MID"), Some("Middle level"));
        assert_eq!((name("ISCO-08", "1"), name("ILO-level", "1")), (Some("Managers"), Some("Skill level 1")));
        assert_eq!((name("broad", "low"), name("broad", "_U")), (Some("Low-skilled"), Some("Unknown skill")));
        assert_eq!((name("broad", "nonsense"), name("nonsense", "low")), (None, None));
        assert_eq!(scheme_names(), ["LKA-SLBFE", "broad", "ILO-level", "ISCO-08"]);
    }

    fn any_label() -> impl Strategy<Value = (String, Option<i32>)> {
        let printed: Vec<String> = LABELS.values().flat_map(HashMap::keys).cloned().collect();
        (prop_oneof![9 => proptest::sample::select(printed), 1 => any::<String>()], proptest::option::of(1970..2010))
    }

    proptest! {
        #[test]
        fn any_labels_are_rungs_or_an_error(labels in prop::collection::vec(any_label(), 0..5), scheme in 0usize..9) {
            let schemes = [scheme_names(), ladder_names()].concat();
            if let Ok(rungs) = assign(schemes[scheme % schemes.len()], &labels) {
                prop_assert_eq!(rungs.len(), labels.len());
                for rung in rungs {
                    for weights in [Weights::Unknown, Weights::Equal] {
                        let shares: f64 = membership(&rung, &weights).iter().map(|(_, share)| share).sum();
                        prop_assert!((shares - 1.0).abs() < 1e-12);
                    }
                }
            }
        }

        #[test]
        fn the_order_of_labels_does_not_matter(labels in prop::collection::vec(any_label(), 1..5)) {
            let backwards: Vec<_> = labels.iter().rev().cloned().collect();
            match (assign("LKA-SLBFE", &labels), assign("LKA-SLBFE", &backwards)) {
                (Ok(mut a), Ok(b)) => {
                    a.reverse();
                    prop_assert_eq!(a, b);
                }
                (a, b) => prop_assert!(a.is_err() && b.is_err()),
            }
        }
    }
}
