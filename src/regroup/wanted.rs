//! The groups wanted, which for a name depend on those that there are.

use super::Edges;
use crate::Error;
use crate::error::near;

/// Names of sets of groups.
const NAMES: [&str; 3] = ["single", "5-year", "broad"];

/// The groups wanted.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// Groups of as many years, each beginning at a multiple.
    Years(u16),
    /// 0-14, 15-64 and 65+.
    Broad,
    /// These.
    Groups(Edges),
}

impl Wanted {
    /// From a name.
    ///
    /// # Errors
    /// [`Error::Schema`] for a name that no set of groups has.
    pub fn named(name: &str) -> Result<Self, Error> {
        match name {
            "single" => Ok(Self::Years(1)),
            "5-year" => Ok(Self::Years(5)),
            "broad" => Ok(Self::Broad),
            _ => Err(Error::Schema(format!(
                "to={name:?}: expected 'single', '5-year', 'broad' or a list of age groups{}",
                near(name, &NAMES)
            ))),
        }
    }

    /// The groups, where those that there are begin and end as `source` does; an open group that is not closed by
    /// `open_to` begins where it did, or at the step before.
    pub fn edges(&self, source: &Edges, open_to: Option<u16>) -> Edges {
        let step = match self {
            Self::Groups(edges) => return edges.clone(),
            Self::Broad => return Edges { starts: vec![0, 15, 65], end: None },
            Self::Years(step) => *step,
        };
        let (first, last) = (source.starts[0], source.starts[source.len() - 1]);
        let end = source.end.or(open_to);
        let next = first - first % step + step;
        let until = end.unwrap_or(last);
        let mut starts: Vec<u16> = std::iter::once(first).chain((next..until).step_by(usize::from(step))).collect();
        if end.is_none() && last > first && last.is_multiple_of(step) {
            starts.push(last);
        }
        Edges { starts, end }
    }
}
