//! What records are grouped by: classes of the labels of a column, known as the batches bring them.

use std::sync::Arc;

use arrow::buffer::BooleanBuffer;
use rustc_hash::FxHashMap;

use super::column::{Coded, Label};
use crate::Error;
use crate::aggregate::Outside;
use crate::aggregate::axis::{OUTSIDE, UNDECIDED, rank};
use crate::aggregate::cube::{Codes, Dim, NONE};
use crate::aggregate::groups::Grouping;
use crate::aggregate::overlap::Overlap;
use crate::watch::Watch;

type Labels = Arc<Vec<Option<Label>>>;

/// One thing to group by.
pub(super) struct Axis {
    /// As the caller says it.
    pub word: String,
    /// The column that it looks at.
    pub column: String,
    pub grouping: Option<Grouping>,
    outside: Outside,
    /// What the classes are called.
    pub labels: Vec<Label>,
    classes: FxHashMap<Label, u32>,
    placed: FxHashMap<(Label, Option<i32>), u32>,
    /// Why labels have no class that a row may have.
    refused: FxHashMap<(Label, Option<i32>), Arc<str>>,
    /// The classes of the labels of the batch before.
    last: Option<(Labels, Option<Labels>, Arc<Classes>)>,
}

/// The classes of the codes of a column, or of two.
struct Classes {
    of: Vec<u32>,
    /// Codes that no row may have, and why.
    refused: FxHashMap<usize, Arc<str>>,
}

/// The codes of a batch and their classes.
pub(super) struct Bound {
    outer: Arc<Coded>,
    inner: Option<Arc<Coded>>,
    classes: Arc<Classes>,
}

impl Bound {
    pub fn dim(&self) -> Dim<'_> {
        let codes = match &self.inner {
            None => Codes::One(self.outer.column()),
            Some(inner) => Codes::Two { outer: self.outer.column(), inner: inner.column(), width: inner.labels.len() },
        };
        Dim { codes, classes: &self.classes.of }
    }

    /// Other numbers for the classes.
    pub fn renumber(&mut self, places: &[u32]) {
        let place = |class: &u32| if *class == NONE { NONE } else { places[*class as usize] };
        let of = self.classes.of.iter().map(place).collect();
        self.classes = Arc::new(Classes { of, refused: self.classes.refused.clone() });
    }

    /// The first row with a code that no row may have, and why not.
    pub fn refused(&self, take: Option<&BooleanBuffer>, watch: &Watch) -> Option<(usize, &str)> {
        if self.classes.refused.is_empty() {
            return None;
        }
        let (outer, inner) = (self.outer.column(), self.inner.as_ref().map(|inner| inner.column()));
        let width = self.inner.as_ref().map_or(1, |inner| inner.labels.len());
        let taken = |row: &usize| take.is_none_or(|take| take.value(*row));
        (0..outer.keys.len()).filter(taken).find_map(|row| {
            // What is stopped says so when it adds.
            if row % (1 << 16) == 0 && !watch.advance(0) {
                return None;
            }
            let code = outer.code(row) * width + inner.map_or(0, |inner| inner.code(row));
            self.classes.refused.get(&code).map(|why| (row, &**why))
        })
    }
}

impl Axis {
    pub fn new(word: &str, column: &str, grouping: Option<Grouping>, outside: Outside) -> Self {
        Self {
            word: word.to_owned(),
            column: column.to_owned(),
            grouping,
            outside,
            labels: Vec::new(),
            classes: FxHashMap::default(),
            placed: FxHashMap::default(),
            refused: FxHashMap::default(),
            last: None,
        }
    }

    /// Whether its classes are whole numbers.
    pub fn is_whole(&self) -> bool {
        self.labels.iter().any(|label| matches!(label, Label::Whole(_)))
    }

    /// The class of a label, which may be new.
    pub fn class(&mut self, label: &Label) -> u32 {
        if let Some(&class) = self.classes.get(label) {
            return class;
        }
        let class = self.labels.len() as u32;
        self.labels.push(label.clone());
        self.classes.insert(label.clone(), class);
        class
    }

    /// The classes of the codes of a batch; `year` is the column of years where it is needed.
    pub fn bind(&mut self, coded: &Arc<Coded>, year: Option<&Arc<Coded>>) -> Result<Bound, Error> {
        let years = year.filter(|_| self.grouping.as_ref().is_some_and(Grouping::needs_year));
        let same = |a: Option<&Labels>, b: Option<&Labels>| match (a, b) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
            (None, None) => true,
            _ => false,
        };
        let known = self.last.as_ref().filter(|(outer, inner, _)| {
            same(Some(outer), Some(&coded.labels)) && same(inner.as_ref(), years.map(|years| &years.labels))
        });
        let classes = match known {
            Some((_, _, classes)) => classes.clone(),
            None => {
                let classes = Arc::new(self.classes_of(&coded.labels, years.map(|years| &years.labels))?);
                self.last = Some((coded.labels.clone(), years.map(|years| years.labels.clone()), classes.clone()));
                classes
            }
        };
        Ok(Bound { outer: coded.clone(), inner: years.cloned(), classes })
    }

    fn classes_of(&mut self, labels: &Labels, years: Option<&Labels>) -> Result<Classes, Error> {
        let one = |label: &Option<Label>| -> Result<Option<i32>, Error> {
            match label {
                Some(Label::Whole(year)) => Ok(i32::try_from(*year).ok()),
                Some(Label::Text(text)) => text.trim().parse().map(Some).map_err(|_| {
                    Error::Schema(format!("the column of years holds {text:?}; expected years as whole numbers"))
                }),
                _ => Ok(None),
            }
        };
        // A place in the table of years that no row has is not there.
        let years: Vec<Option<Option<i32>>> = match years {
            None => vec![Some(None)],
            Some(years) => {
                years.iter().map(|label| label.is_some().then(|| one(label)).transpose()).collect::<Result<_, _>>()?
            }
        };
        let mut classes = Classes { of: Vec::with_capacity(labels.len() * years.len()), refused: FxHashMap::default() };
        for label in labels.iter() {
            for year in &years {
                let (Some(label), Some(year)) = (label, year) else {
                    classes.of.push(NONE);
                    continue;
                };
                let class = if self.grouping.is_some() { self.place(label, *year) } else { self.class(label) };
                if class == NONE
                    && let Some(why) = self.refused.get(&(label.clone(), *year))
                {
                    classes.refused.insert(classes.of.len(), why.clone());
                }
                classes.of.push(class);
            }
        }
        Ok(classes)
    }

    fn place(&mut self, label: &Label, year: Option<i32>) -> u32 {
        let key = (label.clone(), year);
        if let Some(&class) = self.placed.get(&key) {
            return class;
        }
        let Some(grouping) = &self.grouping else { return NONE };
        // A row without a year lies in no list of a year.
        let place = match (grouping.needs_year(), year) {
            (true, None) => Ok(UNDECIDED.to_owned()),
            _ => grouping.place(&self.column, &label.text(), year).map_err(|error| error.to_string()),
        };
        let place = place.and_then(|place| {
            if self.outside != Outside::Error || (place != OUTSIDE && place != UNDECIDED) {
                return Ok(place);
            }
            let when = year.map_or(String::new(), |year| format!(" in {year}"));
            let text = if *label == Label::Null { "a blank".to_owned() } else { label.text() };
            Err(format!(
                "{} {text} is not in {}{when}; outside=\"row\" keeps such records, outside=\"drop\" sets them aside",
                self.column, self.word
            ))
        });
        let class = match place {
            Ok(place) if self.outside == Outside::Drop && (place == OUTSIDE || place == UNDECIDED) => NONE,
            Ok(place) => self.class(&Label::Text(place)),
            // A dictionary may have categories that no row has.
            Err(why) => {
                self.refused.insert(key.clone(), why.into());
                NONE
            }
        };
        self.placed.insert(key, class);
        class
    }

    /// The place of every class in the natural order, blanks last; [`NONE`] for those that are not wanted.
    pub fn order(&self, wanted: &[bool]) -> Vec<u32> {
        let whole = self.is_whole();
        let mut order: Vec<usize> = (0..self.labels.len()).filter(|at| wanted[*at]).collect();
        order.sort_by_cached_key(|at| {
            let label = &self.labels[*at];
            (*label == Label::Null, rank(&self.column, &label.text(), whole))
        });
        let mut places = vec![NONE; self.labels.len()];
        order.iter().zip(0..).for_each(|(from, to)| places[*from] = to);
        places
    }

    /// The groups, where they may overlap.
    pub fn overlap(&self) -> Option<(Overlap, Vec<String>)> {
        self.grouping.as_ref().filter(|grouping| grouping.is_several())?;
        let combinations: Vec<String> = self.labels.iter().map(Label::text).collect();
        Some((Overlap::new(&combinations), combinations))
    }

    /// Renumbers the classes; those whose place is [`NONE`] are forgotten.
    pub fn renumber(&mut self, places: &[u32]) {
        let mut labels: Vec<(u32, Label)> =
            places.iter().copied().zip(std::mem::take(&mut self.labels)).filter(|(place, _)| *place != NONE).collect();
        labels.sort_unstable_by_key(|(place, _)| *place);
        self.labels = labels.into_iter().map(|(_, label)| label).collect();
        self.classes = self.labels.iter().cloned().zip(0..).collect();
        self.placed.retain(|_, class| {
            if *class == NONE {
                return true;
            }
            *class = places[*class as usize];
            *class != NONE
        });
        self.last = None;
    }
}
