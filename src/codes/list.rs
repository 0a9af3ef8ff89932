//! A list of codes of one dimension: a classification of the world, or the words of one office.
//!
//! A list says what its codes are called, in what language, which code lies under which, and in which years each was in
//! use. Its labels are read by folding (case, blanks and punctuation do not matter); what is in no list is never guessed.

use rustc_hash::FxHashMap;

use super::sex::{self, fold};
use super::{age, area};
use crate::Error;
use crate::error::near;

/// Codes of SDMX that belong to every list: total, unknown, other, not applicable, no answer.
pub const SPECIAL: [(&str, &str); 5] =
    [("_T", "Total"), ("_U", "Unknown"), ("_O", "Other"), ("_Z", "Not applicable"), ("_N", "No answer")];

/// What a list is as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Its name: `ISCO-08`.
    pub id: String,
    /// The dimension that its codes belong to: `occupation`.
    pub dimension: String,
    /// Its title in English.
    pub title: String,
    /// Which edition it is.
    pub version: String,
    /// Who publishes it.
    pub publisher: String,
    /// Where it was taken from.
    pub source: String,
}

/// A row of a list as it is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The code.
    pub code: String,
    /// The code that it lies under, or nothing.
    pub parent: String,
    /// First and last year in which it was in use, both included.
    pub valid: (Option<i32>, Option<i32>),
    /// What it is called in English.
    pub label: String,
    /// What there is to know about it.
    pub note: String,
    /// Where that is from.
    pub source: String,
    /// What else it is called: language and name.
    pub names: Vec<(String, String)>,
}

/// How labels are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// By the names that the list has.
    Names,
    /// By the rules of a dimension that knows more than names.
    Sex,
    Age,
    Area,
}

/// A list of codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codelist {
    about: About,
    rows: Vec<Row>,
    parents: Vec<Option<usize>>,
    by_code: FxHashMap<String, usize>,
    /// Folded code or name -> row.
    by_name: FxHashMap<String, usize>,
    reader: Reader,
}

impl Codelist {
    /// A list of these rows, in their order.
    ///
    /// # Errors
    /// [`Error::Code`] naming the row where a code stands twice, a parent is missing or under its own child, a year is no
    /// year, or a name belongs to two codes.
    pub fn new(about: About, rows: Vec<Row>) -> Result<Codelist, Error> {
        let whose = |row: usize| format!("list {:?}, row {row}", about.id);
        if about.id.trim().is_empty() || about.id.contains(['/', ':']) {
            return Err(Error::Code(format!(
                "{:?} cannot be the name of a list: it needs one, without \"/\" and \":\"",
                about.id
            )));
        }
        if rows.is_empty() {
            return Err(Error::Code(format!("list {:?} has no codes", about.id)));
        }
        let mut by_code = FxHashMap::default();
        for (at, row) in rows.iter().enumerate() {
            if row.code.is_empty() || row.code != row.code.trim() || row.label.trim().is_empty() {
                return Err(Error::Code(format!(
                    "{}: code {:?} with label {:?}: expected both, without blanks around the code",
                    whose(at),
                    row.code,
                    row.label
                )));
            }
            if SPECIAL.iter().any(|(code, _)| *code == row.code) {
                return Err(Error::Code(format!(
                    "{}: code {:?} belongs to every list: leave it out",
                    whose(at),
                    row.code
                )));
            }
            if let (Some(from), Some(to)) = row.valid
                && from > to
            {
                return Err(Error::Code(format!("{}: code {:?} is in use from {from} to {to}", whose(at), row.code)));
            }
            if let Some(before) = by_code.insert(row.code.clone(), at) {
                return Err(Error::Code(format!("{}: code {:?} stands in row {before} too", whose(at), row.code)));
            }
        }
        let parents = rows
            .iter()
            .enumerate()
            .map(|(at, row)| match by_code.get(&row.parent) {
                Some(parent) => Ok(Some(*parent)),
                None if row.parent.is_empty() => Ok(None),
                None => Err(Error::Code(format!(
                    "{}: code {:?} lies under {:?}, which is not in the list",
                    whose(at),
                    row.code,
                    row.parent
                ))),
            })
            .collect::<Result<Vec<_>, Error>>()?;
        for (at, row) in rows.iter().enumerate() {
            // Whoever is not at the top after as many steps as there are codes walks in a circle.
            let mut above = parents[at];
            let steps = (0..rows.len()).take_while(|_| {
                above = above.and_then(|up| parents[up]);
                above.is_some()
            });
            if steps.count() == rows.len() {
                return Err(Error::Code(format!("{}: code {:?} lies under itself", whose(at), row.code)));
            }
        }
        let mut list = Codelist { by_name: FxHashMap::default(), reader: Reader::Names, about, rows, parents, by_code };
        list.by_name = list.names()?;
        Ok(list)
    }

    /// The lists that know more than names: `sex`, `age` and `area`.
    pub fn ruled() -> Vec<Codelist> {
        let about = |id: &str, title: &str, publisher: &str, source: &str| About {
            id: id.to_owned(),
            dimension: id.to_owned(),
            title: title.to_owned(),
            publisher: publisher.to_owned(),
            source: source.to_owned(),
            ..About::default()
        };
        let row = |code: &str, label: &str| Row { code: code.to_owned(), label: label.to_owned(), ..Row::default() };
        let list = |about, rows: Vec<Row>, reader| {
            let by_code = rows.iter().enumerate().map(|(at, row)| (row.code.clone(), at)).collect();
            Codelist { about, parents: vec![None; rows.len()], rows, by_code, by_name: FxHashMap::default(), reader }
        };
        let sexes = ["F", "M"].map(|code| row(code, sex::name(code))).to_vec();
        let areas = area::all().iter().map(|area| Row {
            valid: (area.from, area.to),
            parent: String::new(),
            ..row(area.code, area.name)
        });
        vec![
            list(about("sex", "Sex", "SDMX", "SDMX CL_SEX 2.1"), sexes, Reader::Sex),
            list(
                about(
                    "age",
                    "Age in years, from and to: Y15T24, Y_GE65, Y25",
                    "SDMX",
                    "SDMX CL_AGE 1.0; codes are composed",
                ),
                Vec::new(),
                Reader::Age,
            ),
            list(
                about(
                    "area",
                    "Countries, areas, former states, groups",
                    "migstat",
                    "ISO 3166-1 and 3166-3, UN M49; see migstat.areas",
                ),
                areas.collect(),
                Reader::Area,
            ),
        ]
    }

    fn names(&self) -> Result<FxHashMap<String, usize>, Error> {
        let mut names: FxHashMap<String, usize> = FxHashMap::default();
        // Codes go first: a name that reads like another row's code would hide it.
        for (at, row) in self.rows.iter().enumerate() {
            if let Some(before) = names.insert(fold(&row.code), at) {
                return Err(Error::Code(format!(
                    "list {:?}: codes {:?} and {:?} read alike",
                    self.about.id, self.rows[before].code, row.code
                )));
            }
        }
        for (at, row) in self.rows.iter().enumerate() {
            for name in std::iter::once(&row.label).chain(row.names.iter().map(|(_, name)| name)) {
                let before = *names.entry(fold(name)).or_insert(at);
                // A heading and its only child have one name; the heading is meant.
                if before != at && !self.lies_under(at, before) && !self.lies_under(before, at) {
                    return Err(Error::Code(format!(
                        "list {:?}: {name:?} is the name of {:?} and of {:?}: a name can mean one code only",
                        self.about.id, self.rows[before].code, row.code
                    )));
                }
                if before != at && self.lies_under(before, at) {
                    names.insert(fold(name), at);
                }
            }
        }
        Ok(names)
    }

    fn lies_under(&self, at: usize, above: usize) -> bool {
        std::iter::successors(self.parents[at], |up| self.parents[*up]).any(|up| up == above)
    }

    /// What it is as a whole.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Its rows, in their order; none where codes are composed, as those of ages are.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// A row by its code.
    pub fn get(&self, code: &str) -> Option<&Row> {
        self.by_code.get(code).map(|at| &self.rows[*at])
    }

    /// Is this one of its codes, or one that belongs to every list?
    pub fn has(&self, code: &str) -> bool {
        self.by_code.contains_key(code)
            || SPECIAL.iter().any(|(special, _)| *special == code)
            || (self.reader == Reader::Age && age::bounds(code).is_some())
    }

    /// The code that a label stands for, with the blanks around it left out.
    ///
    /// # Errors
    /// [`Error::Code`] saying what the label may have meant.
    ///
    /// ```
    /// use migstat::codes::registry;
    /// let isco = registry::list("ISCO-08")?;
    /// assert_eq!(isco.read("Elementary occupations")?, "9");
    /// assert_eq!(isco.read("total")?, "_T");
    /// assert!(isco.read("Jobs").is_err());
    /// # Ok::<(), migstat::Error>(())
    /// ```
    pub fn read(&self, label: &str) -> Result<String, Error> {
        let text = label.trim();
        let read = match self.reader {
            Reader::Sex => sex::parse(text).map(str::to_owned),
            Reader::Age => return age::parse(text).map(|age| age.code),
            Reader::Area => {
                let answer = area::resolve::resolve(text, &area::resolve::Policy::default());
                answer.code.map(str::to_owned)
            }
            Reader::Names => self.named(text),
        };
        read.ok_or_else(|| Error::Code(self.refusal(text)))
    }

    fn named(&self, text: &str) -> Option<String> {
        if let Some(row) = self.get(text) {
            return Some(row.code.clone());
        }
        if let Some((code, _)) = SPECIAL.iter().find(|(code, _)| code.eq_ignore_ascii_case(text)) {
            return Some((*code).to_owned());
        }
        // Codes of digits reach us as floats where their column has gaps.
        let whole = text.strip_suffix(".0").filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
        let text = whole.unwrap_or(text);
        let at = |name: &str| self.by_name.get(&fold(name)).map(|at| self.rows[*at].code.clone());
        let folded = fold(text);
        let special = SPECIAL.iter().find(|(_, label)| fold(label) == folded.trim_end_matches('s'));
        at(text)
            .or_else(|| super::skill::in_every_list(text).or(special.map(|(code, _)| *code)).map(str::to_owned))
            .or_else(|| PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)).and_then(at))
    }

    fn refusal(&self, label: &str) -> String {
        let id = &self.about.id;
        if label.is_empty() {
            return format!("a blank is no code of {id}");
        }
        if self.about.dimension == "skill"
            && let Some(advice) = super::skill::not_skill(label)
        {
            return format!("{label:?} {advice}");
        }
        let zero = format!("0{label}");
        if label.bytes().all(|byte| byte.is_ascii_digit()) && self.by_code.contains_key(&zero) {
            return format!(
                "{label:?} is no code of {id}; it may be {zero:?} without its leading zero: read the column as text"
            );
        }
        let few = 12;
        let top: Vec<&str> = (0..self.rows.len())
            .filter(|at| self.parents[*at].is_none())
            .map(|at| self.rows[at].label.as_str())
            .collect();
        let all: Vec<&str> = self.rows.iter().map(|row| row.label.as_str()).collect();
        let listed = top.iter().take(few).map(|label| format!("{label:?}")).collect::<Vec<_>>().join(", ");
        let more = if top.len() > few { ", ..." } else { "" };
        let expected = if top.is_empty() {
            String::new()
        } else {
            format!("; expected a code, or a label such as {listed}{more}")
        };
        format!("{label:?} is not in the list {id}{}{expected}", near(label, &all))
    }

    /// What a code is called in a language (`en`, `fr`), if it has a name in it.
    pub fn label(&self, code: &str, language: &str) -> Option<String> {
        if let Some((_, label)) = SPECIAL.iter().find(|(special, _)| *special == code && language == "en") {
            return Some((*label).to_owned());
        }
        match self.reader {
            Reader::Age => return (language == "en" && age::bounds(code).is_some()).then(|| age::name(code)),
            Reader::Area => return area::called(area::get(code)?, language, false).map(str::to_owned),
            Reader::Sex | Reader::Names => {}
        }
        let row = self.get(code)?;
        if language == "en" {
            return Some(row.label.clone());
        }
        row.names.iter().find(|(of, _)| of == language).map(|(_, name)| name.clone())
    }

    /// The code above a code; nothing for one at the top.
    pub fn parent(&self, code: &str) -> Option<&str> {
        let at = *self.by_code.get(code)?;
        self.parents[at].map(|up| self.rows[up].code.as_str())
    }

    /// The codes right below a code, in their order.
    pub fn children(&self, code: &str) -> Vec<&str> {
        let Some(at) = self.by_code.get(code) else { return Vec::new() };
        let below = (0..self.rows.len()).filter(|row| self.parents[*row] == Some(*at));
        below.map(|row| self.rows[row].code.as_str()).collect()
    }

    /// How far a code is from the top, counted from 1.
    pub fn level(&self, code: &str) -> Option<usize> {
        let at = *self.by_code.get(code)?;
        Some(std::iter::successors(Some(at), |up| self.parents[*up]).count())
    }

    /// The number of levels.
    pub fn levels(&self) -> usize {
        self.rows.iter().filter_map(|row| self.level(&row.code)).max().unwrap_or(0)
    }

    /// The code itself, what it lies under, and so on to the top.
    pub fn upwards<'a>(&'a self, code: &str) -> impl Iterator<Item = &'a str> {
        let at = self.by_code.get(code).copied();
        std::iter::successors(at, |up| self.parents[*up]).map(|at| self.rows[at].code.as_str())
    }

    /// Does a code contain another: does that lie under it?
    pub fn contains(&self, outer: &str, inner: &str) -> bool {
        match self.reader {
            Reader::Names if outer != "_T" => outer != inner && self.upwards(inner).any(|code| code == outer),
            _ => super::contains(&self.about.dimension, outer, inner),
        }
    }
}

/// What agencies put before the codes of occupations: SDMX and ILOSTAT.
const PREFIXES: [&str; 3] = ["OCU_ISCO08_", "OCU_ISCO88_", "OC"];

#[cfg(test)]
mod tests {
    use super::*;

    fn row(code: &str, parent: &str, label: &str) -> Row {
        Row { code: code.to_owned(), parent: parent.to_owned(), label: label.to_owned(), ..Row::default() }
    }

    fn made(rows: Vec<Row>) -> Result<Codelist, Error> {
        Codelist::new(About { id: "test".to_owned(), dimension: "occupation".to_owned(), ..About::default() }, rows)
    }

    fn jobs() -> Codelist {
        let mut rows = vec![row("1", "", "Managers"), row("11", "1", "Chief executives"), row("2", "", "Nurses")];
        rows[2].names.push(("fr".to_owned(), "Infirmières".to_owned()));
        made(rows).unwrap()
    }

    #[test]
    fn labels_are_codes_names_or_words_of_every_list() {
        let jobs = jobs();
        for (label, code) in [
            ("1", "1"),
            (" 11 ", "11"),
            ("MANAGERS*", "1"),
            ("infirmières", "2"),
            ("OC11", "11"),
            ("Total", "_T"),
            ("_u", "_U"),
            ("Not stated", "_U"),
            ("Others", "_O"),
        ] {
            assert_eq!(jobs.read(label).unwrap(), code, "{label}");
        }
        assert_eq!(
            jobs.read("Managres").unwrap_err().to_string(),
            "\"Managres\" is not in the list test; did you mean \"Managers\"?; expected a code, or a label such as \
             \"Managers\", \"Nurses\""
        );
        assert!(jobs.read(" ").is_err() && jobs.read("12").is_err());
        // Codes that a spreadsheet has made numbers of.
        assert_eq!(jobs.read("11.0").unwrap(), "11");
        let armed = made(vec![row("0110", "", "Officers")]).unwrap();
        let said = armed.read("110").unwrap_err().to_string();
        assert!(said.contains("it may be \"0110\" without its leading zero"), "{said}");
    }

    #[test]
    fn codes_lie_under_one_another() {
        let jobs = jobs();
        assert_eq!(jobs.parent("11"), Some("1"));
        assert_eq!(jobs.children("1"), ["11"]);
        assert_eq!(jobs.upwards("11").collect::<Vec<_>>(), ["11", "1"]);
        assert_eq!((jobs.level("11"), jobs.levels()), (Some(2), 2));
        assert!(jobs.contains("1", "11") && jobs.contains("_T", "11"));
        assert!(!jobs.contains("1", "1") && !jobs.contains("11", "1") && !jobs.contains("2", "11"));
        assert_eq!(jobs.label("2", "fr").as_deref(), Some("Infirmières"));
        assert_eq!(jobs.label("1", "fr"), None);
    }

    #[test]
    fn a_list_that_is_not_sound_is_refused() {
        for (rows, said) in [
            (vec![], "has no codes"),
            (vec![row("1", "", "A"), row("1", "", "B")], "stands in row 0 too"),
            (vec![row("1", "9", "A")], "lies under \"9\", which is not in the list"),
            (vec![row("1", "2", "A"), row("2", "1", "B")], "lies under itself"),
            (vec![row("1", "", "A"), row("2", "", "a.")], "a name can mean one code only"),
            (vec![row("_T", "", "All")], "belongs to every list"),
            (vec![row("a", "", "X"), row("A", "", "Y")], "read alike"),
            (vec![row("1", "", " ")], "expected both"),
        ] {
            let error = made(rows).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_heading_and_its_only_child_may_share_a_name() {
        let jobs = made(vec![row("112", "", "Managing directors"), row("1120", "112", "Managing directors")]).unwrap();
        assert_eq!(jobs.read("managing directors").unwrap(), "112");
    }
}
