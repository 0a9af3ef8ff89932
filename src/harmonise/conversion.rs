//! Labels of a classification to codes, and these to the codes wanted, in parts where a code belongs to several.

use std::collections::BTreeMap;

use super::cells::{Cells, Labels};
use super::labels::{Keys, Periods};
use super::request;
use crate::Error;
use crate::codes::list::Codelist;
use crate::codes::mapping::{Mapping, Sharing};
use crate::codes::{registry, skill};
use crate::column::{NULL, unique};

/// The dimensions whose labels belong to a list that is declared.
pub const CLASSED: [&str; 5] = ["skill", "education", "occupation", "reason", "flow_type"];

/// A code as it is printed, and what it may be in the list wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// The list, or the ladder of skills, that it belongs to.
    pub list: String,
    /// Its code.
    pub code: String,
    /// The codes wanted that it may belong to.
    pub may_be: Vec<String>,
    /// How well that is known.
    pub quality: &'static str,
    /// Was it printed for a year in which, as far as is known, it was not in use?
    pub outside_validity: bool,
    /// The codes wanted, with the share of each.
    pub shares: Vec<(String, f64)>,
}

/// One dimension of every cell.
pub struct Conversion {
    /// The dimension.
    pub name: &'static str,
    /// Distinct rungs.
    pub rungs: Vec<Rung>,
    /// Codes of the rungs, distinct: the printed category.
    pub printed: Vec<String>,
    /// Index into `printed` for a rung.
    pub printed_of: Vec<i32>,
    /// Distinct codes wanted.
    pub codes: Vec<String>,
    /// For every rung, the wanted codes with the share of each.
    pub parts: Vec<Vec<(i32, f64)>>,
    /// Rung of the cells.
    pub keys: Keys,
    /// For every definition, what to write among its schemes.
    pub schemes: Vec<String>,
    /// Is the printed category another than the code wanted?
    pub converted: bool,
}

impl Conversion {
    /// The rung of a cell.
    pub fn rung(&self, cell: usize) -> usize {
        self.keys.of(cell) as usize
    }

    /// The column of the printed category.
    pub fn printed_name(&self) -> &'static str {
        crate::observation::printed(self.name).unwrap_or(self.name)
    }
}

/// The dimensions that are read by lists. A cell that is shared out in several of them has a part for every combination.
#[derive(Default)]
pub struct Conversions(pub Vec<Conversion>);

impl Conversions {
    /// Is any figure shared out?
    pub fn split(&self) -> bool {
        self.0.iter().any(|one| one.parts.iter().any(|parts| parts.len() > 1))
    }

    /// In how many parts a cell is shared out.
    pub fn parts(&self, cell: usize) -> usize {
        self.0.iter().map(|one| one.parts[one.rung(cell)].len()).product()
    }

    /// What a part of a cell is in each dimension: key of the code, and share.
    fn digits(&self, cell: usize, part: usize) -> impl Iterator<Item = (i32, f64)> {
        let mut rest = part;
        self.0.iter().map(move |one| {
            let parts = &one.parts[one.rung(cell)];
            let digit = rest % parts.len();
            rest /= parts.len();
            parts[digit]
        })
    }

    /// Key of the code of a part in one dimension.
    pub fn key(&self, dimension: usize, cell: usize, part: usize) -> i32 {
        self.digits(cell, part).nth(dimension).map_or(NULL, |(key, _)| key)
    }

    /// The share of a part in its cell.
    pub fn share(&self, cell: usize, part: usize) -> f64 {
        self.digits(cell, part).map(|(_, share)| share).product()
    }

    /// A figure in the parts of its cell. The last part takes what the others leave, so that parts of whole numbers add up
    /// wherever floats allow; rounding never gives it the other sign.
    pub fn portions(&self, value: f64, cell: usize) -> Vec<f64> {
        let last = self.parts(cell) - 1;
        let mut out: Vec<f64> = (0..last).map(|part| value * self.share(cell, part)).collect();
        let left = value - out.iter().sum::<f64>();
        out.push(if last == 0 { value } else { left.clamp(value.min(0.0), value.max(0.0)) });
        out
    }
}

/// Reads every dimension that a list is declared for; skill always, in the broad levels unless another list is declared.
///
/// # Errors
/// [`Error::Code`] for a label that is in no list, a list that cannot be reached, or weights that do not fit.
pub fn read(
    cells: &Cells,
    periods: &Periods,
    definitions: &Keys,
    count: usize,
    weights: &request::Weights,
) -> Result<Conversions, Error> {
    let mut shared_out = Shares::new(weights);
    let mut out = Vec::new();
    for name in CLASSED {
        let declared = cells.schemes().get(name).cloned();
        let Some((scheme, wanted)) = declared.or((name == "skill").then(|| ("broad".into(), "broad".into()))) else {
            continue;
        };
        let Some(labels) = cells.labels(name)? else { continue };
        let Some(reader) = Reader::new(name, &scheme, &wanted, &mut shared_out)? else { continue };
        out.push(of(cells, name, &labels, &reader, (periods, definitions, count))?);
    }
    shared_out.check()?;
    Ok(Conversions(out))
}

/// How the labels of a dimension are read.
enum Reader {
    /// By ladders of skill that may have followed each other, each with its mapping where no broad levels are wanted.
    Ladder { scheme: String, wanted: String, weights: skill::Weights, mappings: Vec<Mapping>, sharing: Sharing },
    /// By a list.
    List { list: &'static Codelist, mapping: Option<Box<Mapping>>, wanted: String, sharing: Sharing },
}

impl Reader {
    fn new(name: &str, scheme: &str, wanted: &str, weights: &mut Shares) -> Result<Option<Reader>, Error> {
        let no_way = |error: Error| Error::Code(format!("schemes={{{name:?}: ({scheme:?}, {wanted:?})}}: {error}"));
        if name == "skill" && skill::has_scheme(scheme) {
            let sharing = weights.sharing();
            let mut mappings = Vec::new();
            if !["broad", scheme].contains(&wanted) {
                for ladder in skill::ladders_of(scheme) {
                    mappings.push(weights.of_list(registry::mapping(ladder, wanted).map_err(no_way)?)?);
                }
            }
            let weights = if mappings.is_empty() { weights.of_ladders()? } else { skill::Weights::Unknown };
            let (scheme, wanted) = (scheme.to_owned(), wanted.to_owned());
            return Ok(Some(Reader::Ladder { scheme, wanted, weights, mappings, sharing }));
        }
        let known = registry::list(scheme);
        let dimension = known.as_ref().map_or("", |list| &list.about().dimension);
        // A list of something else may be a ladder of skills only by a mapping of the caller's.
        if name == "skill"
            && let Some(advice) = skill::not_a_ladder(scheme, dimension)
            && (scheme == wanted || registry::mapping(scheme, wanted).is_err())
        {
            return Err(Error::Code(format!("schemes={{{name:?}: {scheme:?}}}: {scheme} {advice}")));
        }
        let list = match known {
            Ok(list) => list,
            // A scheme that is only named: its codes are kept as they are printed.
            Err(_) if name != "skill" && scheme == wanted && registry::near(scheme).is_none() => return Ok(None),
            Err(error) => return Err(Error::Code(format!("schemes={{{name:?}: {scheme:?}}}: {error}"))),
        };
        let mapping = if scheme == wanted {
            None
        } else {
            Some(Box::new(weights.of_list(registry::mapping(scheme, wanted).map_err(no_way)?)?))
        };
        Ok(Some(Reader::List { list, mapping, wanted: wanted.to_owned(), sharing: weights.sharing() }))
    }

    /// What labels with their years stand for.
    fn rungs(&self, asked: &[(String, Option<i32>)]) -> Result<Vec<Rung>, Error> {
        match self {
            Reader::Ladder { scheme, weights, mappings, sharing, .. } => skill::assign(scheme, asked)?
                .into_iter()
                .map(|rung| {
                    let mapping = mappings.iter().find(|one| one.from().about().id == rung.ladder || rung.code == "_T");
                    let (may_be, shares) = match mapping {
                        Some(mapping) => {
                            let targets = mapping.targets(&rung.code).into_iter().map(str::to_owned).collect();
                            (targets, mapping.shares(&rung.code, sharing)?)
                        }
                        None if !mappings.is_empty() => (Vec::new(), vec![("_U".to_owned(), 1.0)]),
                        None if self.converts() => {
                            let shares = skill::membership(&rung, weights);
                            let levels = rung.levels.iter().map(|level| (*level).to_owned()).collect();
                            (levels, shares.into_iter().map(|(code, part)| (code.to_owned(), part)).collect())
                        }
                        None => (vec![rung.code.clone()], vec![(rung.code.clone(), 1.0)]),
                    };
                    let (list, code, quality) = (rung.ladder.to_owned(), rung.code, rung.quality);
                    Ok(Rung { list, code, may_be, quality, outside_validity: rung.outside_validity, shares })
                })
                .collect(),
            Reader::List { list, mapping, sharing, .. } => asked
                .iter()
                .map(|(label, year)| {
                    let code = list.read(label)?;
                    let valid = list.get(&code).map(|row| row.valid).unwrap_or_default();
                    let out =
                        |year: i32| valid.0.is_some_and(|from| year < from) || valid.1.is_some_and(|to| to < year);
                    let (may_be, quality, shares) = match mapping {
                        None => (vec![code.clone()], skill::QUALITIES[0], vec![(code.clone(), 1.0)]),
                        Some(mapping) => (
                            mapping.targets(&code).into_iter().map(str::to_owned).collect(),
                            mapping.quality(&code),
                            mapping.shares(&code, sharing)?,
                        ),
                    };
                    let outside_validity = year.is_some_and(out);
                    Ok(Rung { list: list.about().id.clone(), code, may_be, quality, outside_validity, shares })
                })
                .collect(),
        }
    }

    /// Is the code wanted another than the one printed?
    fn converts(&self) -> bool {
        match self {
            Reader::Ladder { scheme, wanted, .. } => wanted != scheme,
            Reader::List { mapping, .. } => mapping.is_some(),
        }
    }

    fn ends(&self) -> (&str, &str) {
        match self {
            Reader::Ladder { scheme, wanted, .. } => (scheme, wanted),
            Reader::List { list, wanted, .. } => (&list.about().id, wanted),
        }
    }
}

/// The weights of the caller, and which of them have been of use.
struct Shares<'a> {
    weights: &'a request::Weights,
    used: Vec<&'a str>,
}

impl<'a> Shares<'a> {
    fn new(weights: &'a request::Weights) -> Self {
        Shares { weights, used: Vec::new() }
    }

    fn sharing(&self) -> Sharing {
        if matches!(self.weights, request::Weights::Equal) { Sharing::Equal } else { Sharing::Unknown }
    }

    /// Those that name rungs of ladders.
    fn of_ladders(&mut self) -> Result<skill::Weights, Error> {
        let given = match self.weights {
            request::Weights::None => return Ok(skill::Weights::Unknown),
            request::Weights::Equal => return Ok(skill::Weights::Equal),
            request::Weights::Given(given) => given,
        };
        let mine: BTreeMap<String, BTreeMap<String, f64>> = given
            .iter()
            .filter(|(rung, _)| skill::has_rung(rung))
            .map(|(rung, shares)| (rung.clone(), shares.clone()))
            .collect();
        self.used.extend(given.keys().filter(|rung| mine.contains_key(*rung)).map(String::as_str));
        skill::Weights::given(&mine)
    }

    /// A mapping with those that name codes of its lists.
    fn of_list(&mut self, mapping: Mapping) -> Result<Mapping, Error> {
        let request::Weights::Given(given) = self.weights else { return Ok(mapping) };
        let (from, to) = (mapping.from(), mapping.to());
        let mut mine = BTreeMap::new();
        for (named, shares) in given {
            let (list, code) = named.rsplit_once(':').map_or((None, named.as_str()), |(list, code)| (Some(list), code));
            let here = list.is_none_or(|list| list == from.about().id) && from.has(code);
            if here && (list.is_some() || shares.keys().all(|target| to.has(target))) {
                mine.insert(code.to_owned(), shares.clone());
                self.used.push(named);
            }
        }
        mapping.with_weights(&mine)
    }

    /// Weights that nothing needs are a slip of the pen.
    fn check(&self) -> Result<(), Error> {
        let request::Weights::Given(given) = self.weights else { return Ok(()) };
        match given.keys().find(|rung| !self.used.contains(&rung.as_str())) {
            None => Ok(()),
            Some(rung) => Err(Error::Code(format!(
                "weights: {rung:?} is no code of a list that the table is read in; name it by its code, as \"MIDDLE\", or by \
                 list and code, as \"LKA-SLBFE-1975:MIDDLE\""
            ))),
        }
    }
}

/// Reads one dimension of every cell. The labels of one definition are judged together.
fn of(
    cells: &Cells,
    name: &'static str,
    labels: &Labels,
    reader: &Reader,
    (periods, definitions, count): (&Periods, &Keys, usize),
) -> Result<Conversion, Error> {
    let mut years: Vec<i32> = (0..periods.periods.len() as i32).map(|key| periods.year(key)).collect();
    let year_of = years.clone();
    years.sort_unstable();
    years.dedup();
    let year_of: Vec<usize> = year_of.iter().map(|year| years.binary_search(year).unwrap_or_default()).collect();
    let (wide, deep) = (labels.distinct().len(), years.len());
    let place = |cell: usize| {
        let label = labels.key(cell) as usize;
        (definitions.of(cell) as usize * wide + label) * deep + year_of[periods.keys.of(cell) as usize]
    };
    let mut seen = vec![false; count * wide * deep];
    for cell in 0..cells.count {
        if labels.key(cell) == NULL {
            return Err(Error::Code(format!(
                "{}, {}: the {name} is blank; every figure needs one",
                cells.whose(name),
                cells.place(cell)
            )));
        }
        seen[place(cell)] = true;
    }
    let (scheme, wanted) = reader.ends();
    let mut rungs: Vec<Rung> = Vec::new();
    let mut lut = vec![NULL; seen.len()];
    let mut schemes = Vec::with_capacity(count);
    for definition in 0..count {
        let span = definition * wide * deep..(definition + 1) * wide * deep;
        let found: Vec<usize> = span.filter(|at| seen[*at]).collect();
        let asked: Vec<(String, Option<i32>)> =
            found.iter().map(|at| (labels.distinct()[at / deep % wide].clone(), Some(years[at % deep]))).collect();
        let read = reader.rungs(&asked).map_err(|error| whose(cells, name, labels, &asked, &error))?;
        let list = read.first().map_or(scheme, |rung| rung.list.as_str());
        schemes.push(if list == wanted { format!("{name}={list}") } else { format!("{name}={list} as {wanted}") });
        for (at, rung) in found.into_iter().zip(read) {
            let known = rungs.iter().position(|known| *known == rung);
            lut[at] = known.unwrap_or(rungs.len()) as i32;
            if known.is_none() {
                rungs.push(rung);
            }
        }
    }
    let keys = match (labels, &periods.keys, definitions) {
        (Labels::One(_), Keys::One(_), Keys::One(_)) => Keys::One(lut[place(0)]),
        _ => Keys::Each((0..cells.count).map(|cell| lut[place(cell)]).collect()),
    };
    let (codes, at) = unique(rungs.iter().flat_map(|rung| &rung.shares).map(|(code, _)| code.clone()).collect());
    let mut at = at.into_iter();
    let parts = rungs
        .iter()
        .map(|rung| rung.shares.iter().map(|(_, share)| (at.next().unwrap_or_default(), *share)).collect())
        .collect();
    let (printed, printed_of) = unique(rungs.iter().map(|rung| rung.code.clone()).collect());
    Ok(Conversion { name, rungs, printed, printed_of, codes, parts, keys, schemes, converted: reader.converts() })
}

/// Puts column and row before an error about one of the labels.
fn whose(cells: &Cells, name: &str, labels: &Labels, asked: &[(String, Option<i32>)], error: &Error) -> Error {
    let text = error.to_string();
    let named =
        asked.iter().find(|(label, _)| ['"', '\''].iter().any(|mark| text.contains(&format!("{mark}{label}{mark}"))));
    let key = named.and_then(|(label, _)| labels.distinct().iter().position(|known| known == label));
    let place = key.map_or(String::new(), |key| format!(", {}", cells.place(labels.first(key as i32))));
    Error::Code(format!("{}{place}: {text}", cells.whose(name)))
}
