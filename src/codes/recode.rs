//! Labels of a column to codes, and these to the codes of another list: one answer a distinct label.

use super::list::Codelist;
use super::mapping::{Mapping, Sharing};
use super::{registry, skill};
use crate::Error;

/// How the labels of a column are written.
#[derive(Clone, Copy, Debug)]
pub enum Scheme {
    /// In the words of one list.
    List(&'static Codelist),
    /// In those of one of several ladders of skill that followed each other.
    Ladders(&'static str),
}

/// What a label stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The list that its code belongs to.
    pub list: &'static str,
    /// Its code.
    pub code: String,
    /// The codes wanted, each with its share; the code itself where no other list is wanted.
    pub shares: Vec<(String, f64)>,
    /// The codes that it may be, where its shares are not known.
    pub candidates: Vec<String>,
    /// How well the code is known to belong to those: see [`skill::QUALITIES`].
    pub quality: &'static str,
}

impl Scheme {
    /// The scheme of a name: a list, or several ladders.
    ///
    /// # Errors
    /// [`Error::Code`] with names that are near.
    pub fn named(name: &str) -> Result<Scheme, Error> {
        match skill::scheme_names().into_iter().find(|scheme| *scheme == name && skill::ladders_of(scheme).len() > 1) {
            Some(scheme) => Ok(Scheme::Ladders(scheme)),
            None => registry::list(name).map(Scheme::List),
        }
    }

    /// What each of the labels stands for. Labels of one table should be given together: ladders are told apart by them.
    ///
    /// # Errors
    /// [`Error::Code`] in place of the answer to a label that cannot be read; as the error of the whole where the target
    /// cannot be reached, or the labels belong to different ladders.
    pub fn read(
        self,
        labels: &[String],
        year: Option<i32>,
        to: Option<&str>,
        sharing: &Sharing,
    ) -> Result<Vec<Result<Answer, Error>>, Error> {
        match self {
            Scheme::List(list) => {
                let mapping = to.map(|to| registry::mapping(&list.about().id, to)).transpose()?;
                Ok(labels.iter().map(|label| answer(list, list.read(label)?, mapping.as_ref(), sharing)).collect())
            }
            Scheme::Ladders(scheme) => ladders(scheme, labels, year, to, sharing),
        }
    }
}

/// The same with a mapping that the caller has made.
pub fn read_with(
    list: &'static Codelist,
    labels: &[String],
    mapping: &Mapping,
) -> Result<Vec<Result<Answer, Error>>, Error> {
    if list.about().id != mapping.from().about().id {
        return Err(Error::Code(format!(
            "the mapping leaves from {}, and the column is written in {}",
            mapping.from().about().id,
            list.about().id
        )));
    }
    let read = |label: &String| answer(list, list.read(label)?, Some(mapping), &Sharing::Unknown);
    Ok(labels.iter().map(read).collect())
}

fn answer(
    list: &'static Codelist,
    code: String,
    mapping: Option<&Mapping>,
    sharing: &Sharing,
) -> Result<Answer, Error> {
    let id = list.about().id.as_str();
    let Some(mapping) = mapping else {
        let shares = vec![(code.clone(), 1.0)];
        return Ok(Answer { list: id, code, shares, candidates: Vec::new(), quality: skill::QUALITIES[0] });
    };
    let shares = mapping.shares(&code, sharing)?;
    let special = super::list::SPECIAL.iter().any(|(special, _)| *special == code);
    let candidates = mapping.targets(&code).into_iter().map(str::to_owned).collect();
    let quality = if special { skill::QUALITIES[0] } else { mapping.quality(&code) };
    Ok(Answer { list: id, code, shares, candidates, quality })
}

fn ladders(
    scheme: &'static str,
    labels: &[String],
    year: Option<i32>,
    to: Option<&str>,
    sharing: &Sharing,
) -> Result<Vec<Result<Answer, Error>>, Error> {
    let asked = |label: &String| (label.clone(), year);
    // A label that no ladder has must not hide which ladder the others are of.
    let known: Vec<Result<(), Error>> = labels.iter().map(|label| skill::check_label(scheme, label)).collect();
    let fit: Vec<(String, Option<i32>)> =
        labels.iter().zip(&known).filter(|(_, known)| known.is_ok()).map(|(label, _)| asked(label)).collect();
    let mut rungs = skill::assign(scheme, &fit)?.into_iter();
    known
        .into_iter()
        .map(|known| {
            if let Err(error) = known {
                return Ok(Err(error));
            }
            let rung = rungs.next().ok_or_else(|| Error::Internal("a label without a rung".to_owned()))?;
            // What every ladder has is read by any of them.
            let ladder = if rung.code.starts_with('_') { skill::ladders_of(scheme)[0] } else { rung.ladder };
            let mapping = to.map(|to| registry::mapping(ladder, to)).transpose()?;
            let read = answer(registry::list(ladder)?, rung.code, mapping.as_ref(), sharing);
            Ok(read.map(|read| Answer { list: rung.ladder, ..read }))
        })
        .collect()
}
