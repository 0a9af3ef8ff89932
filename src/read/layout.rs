//! How a published table is laid out, said in words and patterns and never in numbers of rows or columns.

use std::collections::BTreeMap;

use regex::{Captures, Regex, RegexBuilder};
use serde::{Deserialize, Deserializer};

use crate::Error;
use crate::harmonise::Duplicates;

/// Role -> label.
pub type Labels = BTreeMap<String, String>;

/// Roles of which a figure may have several labels, which are written after one another.
pub const JOINED: [&str; 4] = ["note", "criteria", "coverage", "caveat"];

/// A regular expression that is sought in the text of a cell, upper and lower case alike.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// A pattern from its text.
    ///
    /// # Errors
    /// [`Error::Read`] for what is no regular expression.
    pub fn new(text: &str) -> Result<Pattern, Error> {
        let built = RegexBuilder::new(text).case_insensitive(true).dot_matches_new_line(true).build();
        built.map(Pattern).map_err(|error| Error::Read(format!("layout: {text:?} is no pattern: {error}")))
    }

    /// Is it in the text?
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// Where it is in the text.
    pub fn find<'a>(&self, text: &'a str) -> Option<Captures<'a>> {
        self.0.captures(text)
    }

    /// What its named groups hold, as labels of the roles that they are named after. A group whose name begins with `_`
    /// is no label, but may be quoted by one: see [`Pattern::labelled`].
    pub fn named(&self, found: &Captures) -> Labels {
        let of = |name: &str| found.name(name).map(|part| (name.to_owned(), part.as_str().trim().to_owned()));
        let names = self.0.capture_names().flatten().filter(|name| !name.starts_with('_'));
        names.filter_map(of).filter(|(_, text)| !text.is_empty()).collect()
    }

    /// These labels, in which `${_name}` stands for what the group holds, and those of [`Pattern::named`].
    pub fn labelled(&self, labels: &Labels, found: &Captures) -> Labels {
        let mut all = Labels::new();
        for (role, label) in labels {
            let mut text = label.clone();
            for name in self.0.capture_names().flatten().filter(|_| label.contains("${")) {
                let part = found.name(name).map_or("", |part| part.as_str().trim());
                text = text.replace(&format!("${{{name}}}"), part);
            }
            all.insert(role.clone(), text);
        }
        all.extend(self.named(found));
        all
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Pattern, D::Error> {
        Pattern::new(&String::deserialize(input)?).map_err(serde::de::Error::custom)
    }
}

/// The layout of one publisher's files of one kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Layout {
    /// Its name, such as `un-desa-stock`.
    pub name: String,
    /// What it reads, in one line.
    pub title: String,
    /// What is peculiar to these files, for the documentation.
    pub quirks: String,
    /// Patterns that tell the files: each must be found among the first rows, the names of the sheets or the file's name.
    /// What their named groups hold are labels of the whole file.
    pub recognise: Vec<Pattern>,
    /// Patterns that may be found there too; what their named groups hold, and what they stand for, are labels of the whole
    /// file. Of two that say the same role, the first that is found holds.
    pub says: Vec<Value>,
    /// Labels of every figure, unless something nearer says otherwise.
    pub constants: Labels,
    /// Dimension -> scheme, or scheme and scheme wanted.
    pub schemes: BTreeMap<String, Scheme>,
    /// The calendar of years and periods.
    pub calendar: Option<String>,
    /// Month and day of counts of whole years.
    pub day: Option<String>,
    /// Text that stands where a number is missing -> kind of presence.
    pub missing: BTreeMap<String, String>,
    /// The publisher's flag -> code of observation status, or `conf:` and that of confidentiality.
    pub flags: BTreeMap<String, String>,
    /// Label of an area -> code.
    pub overrides: BTreeMap<String, String>,
    /// What to do with two cells that stand for the same figure.
    pub duplicates: Duplicates,
    /// Are counts below zero, which the publisher is known to print, set aside? They are refused otherwise.
    pub below_zero_aside: bool,
    /// The sign before the decimals in text, a full stop unless stated.
    pub decimal: Option<char>,
    /// What tables that are `based` on it have beside, and after, what they say themselves.
    pub base: Table,
    /// The tables, the more telling first.
    pub table: Vec<Table>,
    /// Sheets that hold no figures, and why.
    pub skip: Vec<Skip>,
}

/// A scheme of codes.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Scheme {
    /// Of the labels.
    One(String),
    /// Of the labels, and that which is wanted.
    Two(String, String),
}

impl Scheme {
    /// The scheme of the labels and the one wanted: skill becomes broad levels unless the layout wants otherwise.
    pub fn pair(&self, dimension: &str) -> (String, String) {
        match self {
            Scheme::One(scheme) if dimension == "skill" => (scheme.clone(), "broad".to_owned()),
            Scheme::One(scheme) => (scheme.clone(), scheme.clone()),
            Scheme::Two(read, wanted) => (read.clone(), wanted.clone()),
        }
    }
}

/// A sheet that is passed over.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// Pattern of its name.
    pub sheet: Pattern,
    /// Why.
    pub reason: String,
    /// Does it hold the texts of notes, to which markers on other sheets refer?
    #[serde(default)]
    pub notes: bool,
}

/// What the rows of a table are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Figures of migration.
    #[default]
    Figures,
    /// Texts that figures refer to.
    Footnotes,
    /// Codes of one list beside those of another.
    Correspondence,
    /// Distances and other facts about pairs of areas.
    Pairs,
    /// Facts about areas.
    Areas,
}

impl Kind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Figures => "figures",
            Kind::Footnotes => "footnotes",
            Kind::Correspondence => "correspondence",
            Kind::Pairs => "pairs",
            Kind::Areas => "areas",
        }
    }
}

/// One kind of table on a sheet. It may stand there several times, each under its own header.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Table {
    /// Does it have all that the layout's `base` has?
    pub based: bool,
    /// Pattern of the sheet's name; its named groups are labels.
    pub sheet: Option<Pattern>,
    /// Pattern of a text above the header; its named groups are labels.
    pub title: Option<Pattern>,
    /// What the rows are.
    pub kind: Kind,
    /// Labels of every figure of the table.
    pub constants: Labels,
    /// What to do with two cells that stand for the same figure, where it is not what the layout says.
    pub duplicates: Option<Duplicates>,
    /// Columns that say what the figures of a row are.
    pub columns: Vec<Column>,
    /// Headings of the columns of figures.
    pub headings: Vec<Heading>,
    /// Pairs of key and label above a header.
    pub pages: Vec<Page>,
    /// Rows between the figures that say what the rows below them are.
    pub sections: Vec<Section>,
    /// Rows that are no rows of figures, or that mean something of their own.
    pub rows: Vec<Row>,
    /// Roles that every column of figures must have been given.
    pub needs: Vec<String>,
    /// Does a column of flags stand right of every column of figures?
    pub flag_columns: bool,
    /// Does a column without a heading, right of a column of figures, hold their flags?
    pub flags_unheaded: bool,
    /// Pattern of a figure with its flag in one cell, with the groups `value` and `flag`.
    pub flag: Option<Pattern>,
}

/// A column that says what the figures of its row are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Column {
    /// Pattern of its header; none for the column left of the figures, under a blank header.
    pub header: Option<Pattern>,
    /// Pattern of all its cells, which tells a column whose header may be in any language.
    pub cells: Option<Pattern>,
    /// What its labels are: a role of [`crate::harmonise::Request`], or `home` or `partner`.
    pub role: Option<String>,
    /// Further roles of its labels: who is displaced within a country leaves it and stays in it.
    pub also: Vec<String>,
    /// May it be absent?
    pub optional: bool,
    /// Labels that stand for more, or for something else, than one label of the role.
    pub values: Vec<Value>,
    /// Pattern whose group `label` is what counts of a text.
    pub take: Option<Pattern>,
    /// Why its cells are passed over.
    pub skip: Option<String>,
    /// Why rows without a label in it are passed over.
    pub blank: Option<String>,
}

/// A label that stands for labels of several roles.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Written")]
pub struct Value {
    /// Pattern of the label.
    pub matches: Pattern,
    /// What it stands for.
    pub labels: Labels,
    /// Why rows with it are passed over.
    pub skip: Option<String>,
}

/// How a [`Value`] is written: in full, or as a pattern alone, whose named groups say it all.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Pattern(Pattern),
    Full(Full),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Full {
    #[serde(rename = "match")]
    matches: Pattern,
    #[serde(default)]
    labels: Labels,
    #[serde(default)]
    skip: Option<String>,
}

impl From<Written> for Value {
    fn from(written: Written) -> Value {
        match written {
            Written::Pattern(matches) => Value { matches, labels: Labels::new(), skip: None },
            Written::Full(Full { matches, labels, skip }) => Value { matches, labels, skip },
        }
    }
}

/// A heading of columns of figures.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// Pattern of the heading; its named groups are labels.
    #[serde(rename = "match")]
    pub matches: Pattern,
    /// Labels of the figures below it.
    #[serde(default)]
    pub labels: Labels,
    /// Why the figures below it are passed over.
    #[serde(default)]
    pub skip: Option<String>,
    /// Must there be one, for the row to be a header?
    #[serde(default)]
    pub required: bool,
    /// Is it sought in the row of the columns' headers alone?
    #[serde(default)]
    pub beside: bool,
    /// Is it sought in the row of the columns' headers and below it, but not above?
    #[serde(default)]
    pub under: bool,
}

/// A key and, in the next cell, a label that holds for the table below.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Pattern of the key.
    pub key: Pattern,
    /// Role of the label.
    #[serde(default)]
    pub role: Option<String>,
    /// Labels that stand for labels of other roles.
    #[serde(default)]
    pub values: Vec<Value>,
}

/// A row with one text, which holds for the rows below until another one of its kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Pattern of the text; its named groups are labels.
    #[serde(rename = "match")]
    pub matches: Pattern,
    /// What the rows below are.
    #[serde(default)]
    pub labels: Labels,
}

/// A row that is told by its labels.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Pattern of the text of one of its first cells.
    #[serde(rename = "match")]
    pub matches: Pattern,
    /// Does the table end above it?
    #[serde(default)]
    pub end: bool,
    /// Why its figures are passed over.
    #[serde(default)]
    pub skip: Option<String>,
    /// What its figures are.
    #[serde(default)]
    pub labels: Labels,
}

impl Layout {
    /// A layout from its TOML or JSON.
    ///
    /// # Errors
    /// [`Error::Read`] naming the line and what was expected there.
    pub fn parse(text: &str) -> Result<Layout, Error> {
        let found: Result<Layout, String> = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| error.to_string())
        } else {
            toml::from_str(text).map_err(|error| error.to_string())
        };
        let mut layout = found.map_err(|error| Error::Read(format!("layout: {error}")))?;
        let base = layout.base.clone();
        layout.table.iter_mut().filter(|table| table.based).for_each(|table| table.build_on(&base));
        if layout.table.is_empty() {
            return Err(Error::Read("layout: it describes no table; begin one by [[table]]".into()));
        }
        for (at, table) in layout.table.iter().enumerate() {
            let anchored = table.columns.iter().any(|column| column.header.is_some() && !column.optional)
                || table.headings.iter().any(|heading| heading.required);
            if !anchored {
                return Err(Error::Read(format!(
                    "layout: nothing tells the header of table {}; give it a column with a header pattern, or a heading \
                     with required = true",
                    at + 1
                )));
            }
            if table.kind == Kind::Figures && table.headings.is_empty() {
                return Err(Error::Read(format!(
                    "layout: table {} says which columns hold no figures but not which do; describe their headings by \
                     [[table.headings]]",
                    at + 1
                )));
            }
        }
        Ok(layout)
    }
}

impl Table {
    /// Adds what the base has; what the table says itself stands first.
    fn build_on(&mut self, base: &Table) {
        self.columns.extend(base.columns.iter().cloned());
        self.headings.extend(base.headings.iter().cloned());
        self.pages.extend(base.pages.iter().cloned());
        self.sections.extend(base.sections.iter().cloned());
        self.rows.extend(base.rows.iter().cloned());
        self.needs.extend(base.needs.iter().cloned());
        for (role, label) in &base.constants {
            self.constants.entry(role.clone()).or_insert_with(|| label.clone());
        }
    }
}

/// A text of a sheet as patterns see it: without white space around it, and with single blanks within.
pub fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
