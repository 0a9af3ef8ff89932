//! What to group by, as classes of codes: `year`, `sex`, `destination.GCC`, a field of the definitions.

use arrow::array::Array;

use rustc_hash::FxHashMap;

use super::cube::{Codes, Column, Keys, NONE};
use super::groups::{Grouping, Listed};
use super::overlap::Overlap;
use crate::Error;
use crate::codes::period::Period;
use crate::codes::{age, period};
use crate::definition::Definition;
use crate::error::near;
use crate::observation::{AREAS, COLUMNS, Kind, Observations};

/// The class of rows outside a group.
pub const OUTSIDE: &str = "_O";
/// The class of rows of which nobody can say whether they are inside a group.
pub const UNDECIDED: &str = "_U";
/// The class of totals.
pub const TOTAL: &str = "_T";

/// One thing to group by.
pub struct Axis<'a> {
    /// Name of the column in the result.
    pub name: String,
    /// The dimension or column that it looks at.
    pub column: String,
    /// Labels of the classes, in the order of the result.
    pub labels: Vec<String>,
    /// Codes of the rows.
    pub codes: Codes<'a>,
    /// Class of every code, or [`NONE`].
    pub classes: Vec<u32>,
    /// Does the result hold whole numbers, as for years?
    pub numbers: bool,
    /// Is it a group whose list bears no dates?
    pub undated: bool,
    /// Which leaves are broken down by it?
    pub leaves: Broken,
    /// What is shown where its groups may overlap.
    pub overlap: Option<Overlap>,
}

/// Which leaves are broken down by an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// All of them, as far as anybody can say.
    All,
    /// Some; the others are totals in it.
    Some,
    /// None: all are totals in it.
    None,
}

/// In which year membership of a group is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Membership {
    /// In the year that each figure's period starts in.
    #[default]
    Period,
    /// As the lists stand today.
    Current,
    /// In one year for all.
    Year(i32),
}

impl Membership {
    /// `period`, `current` or a year.
    ///
    /// # Errors
    /// [`Error::Schema`] for anything else.
    pub fn parse(word: &str) -> Result<Membership, Error> {
        match word {
            "" | "period" => Ok(Membership::Period),
            "current" => Ok(Membership::Current),
            year => year
                .parse()
                .map(Membership::Year)
                .map_err(|_| Error::Schema(format!("membership={year:?}: expected \"period\", \"current\" or a year"))),
        }
    }
}

/// Periods of the rows, found once.
pub struct Periods {
    /// Key of each row.
    pub keys: Vec<i32>,
    /// Distinct periods.
    pub periods: Vec<Period>,
}

impl<'a> Axis<'a> {
    /// Reads one word of `by=`.
    ///
    /// # Errors
    /// [`Error::Schema`] or [`Error::Code`] for a word that names nothing, with near names.
    pub fn new(
        word: &str,
        observations: &'a Observations,
        periods: &'a Periods,
        own: &FxHashMap<String, Listed>,
        membership: Membership,
    ) -> Result<Axis<'a>, Error> {
        match word {
            "year" => years(observations, periods),
            "period" => Ok(by_period(periods)),
            "definition" => Ok(by_definition(word, observations, |key, _| key.to_string())),
            _ if Definition::has(word) => {
                Ok(by_definition(word, observations, |_, one| one.get(word).unwrap_or_default().to_owned()))
            }
            _ => match word.split_once('.') {
                Some((column, group)) if AREAS.contains(&column) || own.contains_key(group) => {
                    by_group(word, (column, group), observations, periods, own, membership)
                }
                _ => by_code(word, observations),
            },
        }
    }

    /// Number of classes.
    pub fn size(&self) -> u32 {
        self.labels.len() as u32
    }

    /// Class of a row.
    pub fn class(&self, row: usize) -> u32 {
        match &self.codes {
            Codes::One(codes) => self.classes[codes.code(row)],
            Codes::Two { outer, inner, width } => self.classes[outer.code(row) * width + inner.code(row)],
        }
    }

    /// Sorts the classes, so that the order of the result does not depend on the order of the rows.
    fn sorted(mut self) -> Self {
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.sort_by_key(|at| rank(&self.column, &self.labels[*at], self.numbers));
        let mut new = vec![NONE; order.len()];
        order.iter().enumerate().for_each(|(to, from)| new[*from] = to as u32);
        self.classes.iter_mut().filter(|class| **class != NONE).for_each(|class| *class = new[*class as usize]);
        self.labels = order.into_iter().map(|at| std::mem::take(&mut self.labels[at])).collect();
        self
    }
}

/// Natural order of codes: levels from low to high, ages by their bounds, special codes last.
pub(super) fn rank(column: &str, label: &str, numbers: bool) -> (u8, i64, String) {
    let special = ["", OUTSIDE, UNDECIDED, TOTAL].iter().position(|special| *special == label);
    if let Some(at) = special {
        return (1, at as i64, String::new());
    }
    let natural = match column {
        "skill" => ["low", "medium", "high"].iter().position(|level| *level == label).map(|at| at as i64),
        "age" => age::bounds(label).map(|(from, to)| i64::from(from) * 1000 + i64::from(to.unwrap_or(999))),
        _ if numbers => label.parse().ok(),
        _ => None,
    };
    (0, natural.unwrap_or(i64::MAX), label.to_owned())
}

fn years<'a>(observations: &Observations, periods: &'a Periods) -> Result<Axis<'a>, Error> {
    let years: Vec<Option<i32>> = periods.periods.iter().map(|one| period::year_of(*one)).collect();
    let leaves = observations.leaves();
    let all = years.iter().all(Option::is_some);
    let wrong = (0..if all { 0 } else { observations.len() })
        .find(|row| leaves.value(*row) && years[periods.keys[*row] as usize].is_none());
    if let Some(row) = wrong {
        return Err(Error::Schema(format!(
            "row {row} stands for {}, which is not a calendar year; group by \"period\", or select years first",
            period::label(periods.periods[periods.keys[row] as usize])
        )));
    }
    let labels = years.into_iter().map(|year| year.map(|year| year.to_string()).unwrap_or_default());
    let (labels, classes) = classed(labels.collect());
    let codes = Codes::One(Column::plain("period", &periods.keys));
    let (name, column) = ("year".to_owned(), "year".to_owned());
    Ok(Axis { name, column, labels, codes, classes, numbers: true, undated: false, leaves: Broken::All, overlap: None }
        .sorted())
}

fn by_period(periods: &Periods) -> Axis<'_> {
    let (labels, classes) = classed(periods.periods.iter().map(|one| period::label(*one)).collect());
    let codes = Codes::One(Column::plain("period", &periods.keys));
    let (name, column) = ("period".to_owned(), "period".to_owned());
    Axis { name, column, labels, codes, classes, numbers: false, undated: false, leaves: Broken::All, overlap: None }
        .sorted()
}

fn by_definition<'a>(
    word: &str,
    observations: &'a Observations,
    label: impl Fn(usize, &Definition) -> String,
) -> Axis<'a> {
    let labels = observations.definitions().iter().enumerate().map(|(key, one)| label(key, one)).collect();
    let (labels, classes) = classed(labels);
    let codes = Codes::One(Column::plain("definition", observations.definition_keys()));
    let numbers = word == "definition";
    Axis {
        name: word.to_owned(),
        column: word.to_owned(),
        labels,
        codes,
        classes,
        numbers,
        undated: false,
        leaves: Broken::All,
        overlap: None,
    }
    .sorted()
}

fn by_code<'a>(word: &str, observations: &'a Observations) -> Result<Axis<'a>, Error> {
    let columns = COLUMNS.iter().filter(|(_, kind, _)| *kind == Kind::Code).map(|(name, _, _)| *name);
    let known: Vec<&str> = columns.filter(|name| observations.figures().column_by_name(name).is_some()).collect();
    if !known.contains(&word) {
        let groups = AREAS.iter().map(|area| format!("{area}.GROUP")).collect::<Vec<_>>().join(", ");
        let more = ["year", "period", "definition"];
        let all: Vec<&str> = known.iter().copied().chain(more).collect();
        return Err(Error::Schema(format!(
            "cannot group by {word:?}{}; the table has {}, and fields of the definitions; areas group as {groups}",
            near(word, &all),
            all.join(", ")
        )));
    }
    let (keys, codes) = observations.codes(word).unwrap_or_default();
    let mut labels: Vec<String> = codes.into_iter().map(str::to_owned).collect();
    let valid = observations.figures()[word].nulls().filter(|nulls| nulls.null_count() > 0);
    let column_of_codes = Column { name: "code", keys: Keys::I32(keys), base: 0, valid, blank: labels.len() as u32 };
    if valid.is_some() {
        labels.push(String::new());
    }
    // A leaf that is a total beside leaves that are not (Kuwait without a breakdown by sex) is of unknown sex: `_T` is
    // for sums over all rows.
    let mut leaves = Broken::All;
    if let Some(at) = labels.iter().position(|label| label == TOTAL) {
        let mut used = vec![false; labels.len()];
        let leaf = observations.leaves();
        (0..keys.len()).filter(|row| leaf.value(*row)).for_each(|row| used[column_of_codes.code(row)] = true);
        if used[at] && used.iter().filter(|used| **used).count() == 1 {
            leaves = Broken::None;
        } else if used[at] {
            UNDECIDED.clone_into(&mut labels[at]);
            leaves = Broken::Some;
        }
    }
    let (labels, classes) = classed(labels);
    let (name, column) = (word.to_owned(), word.to_owned());
    let codes = Codes::One(column_of_codes);
    Ok(Axis { name, column, labels, codes, classes, numbers: false, undated: false, leaves, overlap: None }.sorted())
}

fn by_group<'a>(
    word: &str,
    (column, group): (&str, &str),
    observations: &'a Observations,
    periods: &'a Periods,
    own: &FxHashMap<String, Listed>,
    membership: Membership,
) -> Result<Axis<'a>, Error> {
    let grouping = Grouping::new(group, own, membership)?;
    let Some((keys, codes)) = observations.codes(column) else {
        return Err(Error::Schema(format!("cannot group by {word:?}: the table has no {column}")));
    };
    let valid = observations.figures()[column].nulls().filter(|nulls| nulls.null_count() > 0);
    let blank = codes.len() as u32;
    let mut labels = Vec::with_capacity((codes.len() + 1) * periods.periods.len());
    for code in codes.iter().copied().chain(valid.is_some().then_some("")) {
        for one in &periods.periods {
            labels.push(grouping.place(column, code, Some(period::start_year(*one)))?);
        }
    }
    let (labels, classes) = classed(labels);
    let outer = Column { name: "area", keys: Keys::I32(keys), base: 0, valid, blank };
    let inner = Column::plain("period", &periods.keys);
    let codes = Codes::Two { outer, inner, width: periods.periods.len() };
    let (name, column, undated) = (word.to_owned(), column.to_owned(), grouping.undated());
    let leaves = Broken::All;
    let mut axis =
        Axis { name, column, labels, codes, classes, numbers: false, undated, leaves, overlap: None }.sorted();
    axis.overlap = grouping.is_several().then(|| Overlap::new(&axis.labels));
    Ok(axis)
}

fn classed(labels: Vec<String>) -> (Vec<String>, Vec<u32>) {
    let (labels, classes) = crate::column::unique(labels);
    (labels, classes.into_iter().map(|class| class as u32).collect())
}
