//! Skill: the ladders by which countries class the workers they send, and what their rungs say about skill.
//!
//! A *scheme* is what a table is declared to use: `LKA-SLBFE`, `broad`, `ILO-level`, `ISCO-08`. It has one ladder, or
//! several that followed each other; `assign` decides between these by the labels that are printed together and by the
//! years, and refuses where both leave two open. A *rung* belongs to one broad level (`low`, `medium`, `high`), to one
//! of several ("Middle level" holds technicians and clerks), or to none that is known. What is not known to be of one
//! level is `_U` in `membership`, unless the user says how to share it out.
//!
//! The mapping of a national rung to broad levels is migstat's, with its quality: `exact` (by definition of the
//! classification), `good`, `approximate`, `ambiguous` (several levels) or `not mappable` (none). With the same quality a
//! rung has the major groups of ISCO-08 that it holds. Types of employer (formal, informal) and of passport are not
//! skill: they are refused with the name of what they are (`skill_not.csv`).

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::list::{self, About};
use super::mapping::Pair;
use super::sex::{fold, rows};
use crate::Error;

/// The broad levels, and `_U` for what cannot be said to be of one.
pub const LEVELS: [&str; 4] = ["low", "medium", "high", "_U"];

/// How well a rung is known to belong to its levels.
pub const QUALITIES: [&str; 5] = ["exact", "good", "approximate", "ambiguous", "not mappable"];

/// The scheme of the broad levels themselves.
const BROAD: &str = "broad";

/// The scheme whose labels may be codes of 1 to 4 digits.
const ISCO_08: &str = "ISCO-08";

/// The major groups of ISCO-08.
const MAJOR_GROUPS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// What one label means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The ladder that was meant; the scheme for `_T` and `_U`, which belong to every ladder.
    pub ladder: &'static str,
    /// `MIDDLE`, `PROF`, the major group of ISCO-08, ... or `_T`, `_U`.
    pub code: String,
    /// The broad levels that the rung may belong to, lowest first; none where it is not mappable.
    pub levels: Vec<&'static str>,
    /// The major groups of ISCO-08 that the rung may hold, by code; none where it is not mappable. Their levels are
    /// `levels`, and `quality` is theirs too.
    pub isco08: Vec<&'static str>,
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
            if !has_rung(rung) {
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
    isco08: Vec<&'static str>,
    quality: &'static str,
    source: String,
}

impl Row {
    fn in_use(&self, year: i32) -> bool {
        self.valid.0.is_none_or(|from| from <= year) && self.valid.1.is_none_or(|to| year <= to)
    }
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let year = |text: &str| (!text.is_empty()).then(|| text.parse().expect("a year"));
    let known = |list: &[&'static str], text: &str| *list.iter().find(|l| **l == text).expect("a word of the list");
    let several = |list: &[&'static str], text: &str| {
        text.split('|').filter(|word| !word.is_empty()).map(|word| known(list, word)).collect()
    };
    rows(include_str!("tables/skill_ladders.csv"))
        .into_iter()
        .map(|[ladder, scheme, rung, label, from, to, levels, isco08, quality, source]| Row {
            valid: (year(&from), year(&to)),
            levels: several(&LEVELS[..3], &levels),
            isco08: several(&MAJOR_GROUPS, &isco08),
            quality: known(&QUALITIES, &quality),
            ladder,
            scheme,
            rung,
            label,
            source,
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
    for [ladder, label, rung, _] in rows(include_str!("tables/skill_labels.csv")) {
        labels.entry(ladder).or_default().insert(fold(&label), rung);
    }
    labels
});

/// What agencies print beside skill, or instead of it, and what is none.
struct NotSkill {
    /// A label, or the name that someone may give a scheme of such labels.
    name: String,
    is_scheme: bool,
    /// "a type of employer (...)".
    what: String,
    /// Where to give it: `flow_type`, `reason` or `coverage`.
    give_as: String,
    /// The codelist of such labels.
    list: String,
}

static NOT_SKILL: LazyLock<Vec<NotSkill>> = LazyLock::new(|| {
    rows(include_str!("tables/skill_not.csv"))
        .into_iter()
        .map(|[name, kind, what, give_as, list, _source]| NotSkill {
            name,
            is_scheme: kind == "scheme",
            what,
            give_as,
            list,
        })
        .collect()
});

impl NotSkill {
    fn find(name: &str, is_scheme: bool) -> Option<&'static Self> {
        NOT_SKILL.iter().find(|not| not.is_scheme == is_scheme && fold(&not.name) == fold(name))
    }

    /// What is said of it after its name.
    fn advice(&self) -> String {
        let Self { what, give_as, list, .. } = self;
        format!("is {what}, not a skill; give it as {give_as}= (codelist {list})")
    }
}

/// The ladders that a scheme may be narrowed to, in the order of the table.
pub fn ladder_names() -> Vec<&'static str> {
    distinct(ROWS.iter().map(|r| r.ladder.as_str()))
}

/// The schemes; a scheme with one ladder has its name.
pub fn scheme_names() -> Vec<&'static str> {
    distinct(ROWS.iter().map(|r| r.scheme.as_str()))
}

/// The schemes of offices.
fn offices() -> Vec<&'static str> {
    scheme_names().into_iter().filter(|name| ![BROAD, ISCO_08, "ILO-level"].contains(name)).collect()
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

/// The ladders of a scheme, or the ladder of this name itself; none where it is no scheme of skill.
pub fn ladders_of(scheme: &str) -> Vec<&'static str> {
    distinct(ROWS.iter().filter(|row| row.scheme == scheme || row.ladder == scheme).map(|row| row.ladder.as_str()))
}

/// Is this a scheme of skill, or one of its ladders?
pub fn has_scheme(scheme: &str) -> bool {
    !ladders_of(scheme).is_empty()
}

/// Do weights name a rung so: by its code, or by ladder and code?
pub fn has_rung(named: &str) -> bool {
    let (ladder, code) = named.rsplit_once(':').map_or((None, named), |(ladder, code)| (Some(ladder), code));
    ROWS.iter().any(|row| row.rung == code && ladder.is_none_or(|ladder| ladder == row.ladder))
}

/// What is to be said of a label that is a type of employer, of passport or the like.
pub(super) fn not_skill(label: &str) -> Option<String> {
    NotSkill::find(label, false).map(NotSkill::advice)
}

/// What is to be said of a list that is given as a ladder of skills and is none, after its name.
pub fn not_a_ladder(id: &str, dimension: &str) -> Option<String> {
    NotSkill::find(id, true).map(NotSkill::advice).or_else(|| {
        let skill = ["", "skill", "occupation"].contains(&dimension);
        (!skill).then(|| format!("is a list of {dimension}, not of skill; give it as {dimension}="))
    })
}

/// Is a label on a ladder of the scheme?
///
/// # Errors
/// [`Error::Code`] with the labels that are.
pub(super) fn check_label(scheme: &str, label: &str) -> Result<(), Error> {
    Known::new(label, None, &ladders_of(scheme)).map(drop)
}

/// The ladders as lists of codes. A rung that has changed its meaning stands in them as it was last.
pub(super) fn ladders() -> Vec<(About, Vec<list::Row>)> {
    let list = |ladder: &'static str| {
        let mine: Vec<&Row> = ROWS.iter().filter(|row| row.ladder == ladder).collect();
        let about = About {
            id: ladder.to_owned(),
            dimension: "skill".to_owned(),
            title: format!("Ladder of skills {ladder}"),
            source: mine[0].source.clone(),
            ..About::default()
        };
        let mut rows: Vec<list::Row> = Vec::new();
        for row in mine {
            let (code, label, source) = (row.rung.clone(), row.label.clone(), row.source.clone());
            let found = rows.iter().position(|known| known.code == code);
            let from = found.map_or(row.valid.0, |at| rows[at].valid.0);
            let made = list::Row { code, label, source, valid: (from, row.valid.1), ..list::Row::default() };
            match found {
                Some(at) => rows[at] = made,
                None => rows.push(made),
            }
        }
        (about, rows)
    };
    ladder_names().into_iter().map(list).collect()
}

/// From each ladder to the broad levels, and to the major groups of ISCO-08 where these are known.
pub(super) fn mappings() -> Vec<(&'static str, &'static str, Vec<Pair>)> {
    let pair = |row: &Row, to: &str| Pair {
        from: row.rung.clone(),
        to: to.to_owned(),
        weight: None,
        quality: row.quality.to_owned(),
        source: row.source.clone(),
    };
    let mut out = Vec::new();
    for ladder in ladder_names() {
        let mut last: Vec<&Row> = Vec::new();
        for row in ROWS.iter().filter(|row| row.ladder == ladder) {
            last.retain(|known| known.rung != row.rung);
            last.push(row);
        }
        let of = |targets: &dyn Fn(&Row) -> Vec<&'static str>| -> Vec<Pair> {
            let pairs = |row: &&Row| match targets(row).as_slice() {
                [] => vec![Pair { quality: QUALITIES[4].to_owned(), ..pair(row, "") }],
                [only] => vec![pair(row, only)],
                // Which of them a worker belongs to is open, however well they are known to be all.
                several => {
                    several.iter().map(|to| Pair { quality: QUALITIES[3].to_owned(), ..pair(row, to) }).collect()
                }
            };
            last.iter().flat_map(pairs).collect()
        };
        if ladder != BROAD {
            out.push((ladder, BROAD, of(&|row| row.levels.clone())));
        }
        if ladder != ISCO_08 && last.iter().any(|row| !row.isco08.is_empty()) {
            out.push((ladder, ISCO_08, of(&|row| row.isco08.clone())));
        }
    }
    out
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
/// `Error::Code` where the scheme or a label is not known, where it is a type of employer, of passport or the like, where
/// labels of one year belong to different ladders, and where several ladders remain possible.
///
/// ```
/// use migstat::codes::skill;
/// let labels = [("High level".to_owned(), Some(1996)), ("Middle level".to_owned(), Some(1996))];
/// let rungs = skill::assign("LKA-SLBFE", &labels)?;
/// assert_eq!((rungs[1].ladder, rungs[1].code.as_str()), ("LKA-SLBFE-1975", "MIDDLE"));
/// assert_eq!(rungs[1].levels, ["medium", "high"]);
/// assert_eq!(rungs[1].isco08, ["3", "4"]);
/// # Ok::<(), migstat::Error>(())
/// ```
pub fn assign(scheme: &str, labels: &[(String, Option<i32>)]) -> Result<Vec<Rung>, Error> {
    let named = |r: &&Row| r.scheme == scheme || r.ladder == scheme;
    let ladders = distinct(ROWS.iter().filter(named).map(|r| r.ladder.as_str()));
    let Some(scheme) = ROWS.iter().find(named).map(|r| r.scheme.as_str()) else {
        if let Some(not) = NotSkill::find(scheme, true) {
            return Err(Error::Code(format!("skill scheme '{scheme}' {}", not.advice())));
        }
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

/// The code of a word that every list understands: `_T` for "Total", `_U` for "Not stated".
pub(super) fn in_every_list(label: &str) -> Option<&'static str> {
    LABELS.get("*")?.get(&fold(label)).map(String::as_str)
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
            if let Some(not) = NotSkill::find(label, false) {
                return Err(Error::Code(format!("skill label '{label}' {}", not.advice())));
            }
            // Whoever has named no ladder meets this first.
            let ladder = if *ladders == [BROAD] {
                format!("; if it is of the ladder of an office, name that: {}", offices().join(", "))
            } else {
                String::new()
            };
            return Err(Error::Code(format!(
                "skill label '{label}' is not a rung of {}; expected {}, 'total' or 'unknown'{ladder}",
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
            let (levels, isco08) = (Vec::new(), Vec::new());
            return Ok(Rung { ladder: scheme, code, levels, isco08, quality, outside_validity: false });
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
            isco08: row.isco08.clone(),
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
mod tests;
