//! From ages completed at the event to ages reached in its year, and back.

use std::str::FromStr;

use super::{Edges, Method, Options, Plan, label};
use crate::Error;
use crate::error::near;
use crate::watch::Watch;

/// Which age of a mover is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeDefinition {
    /// The age in completed years when the event happened.
    Completed,
    /// The age reached in the calendar year of the event: that year less the year of birth.
    Reached,
}

impl AgeDefinition {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Reached => "reached",
        }
    }

    /// From how publishers call it, such as `COMPLET` and `REACH` of Eurostat.
    pub fn read(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().as_str() {
            "completed" | "complet" | "age in completed years" => Some(Self::Completed),
            "reached" | "reach" | "age reached during the year" => Some(Self::Reached),
            _ => None,
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Completed => Self::Reached,
            Self::Reached => Self::Completed,
        }
    }
}

impl FromStr for AgeDefinition {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::read(name).ok_or_else(|| {
            Error::Schema(format!(
                "to={name:?}: expected 'completed' or 'reached'{}",
                near(name, &["completed", "reached"])
            ))
        })
    }
}

/// All that can be known before the figures are.
///
/// Where birthdays and events are spread evenly over the year, half of those who completed age a had reached it in that
/// year, and half reach a + 1 later in it. So half of the single year on one side of each edge goes over it: the year
/// below an edge goes up where reached ages are wanted, the year above it down where completed ones are.
pub struct Shift {
    plan: Plan,
    targets: Edges,
    /// For each fine group the targets that get it, with their parts.
    parts: Vec<[(usize, f64); 2]>,
    fine: usize,
}

impl Shift {
    /// Prepares to bring the groups `source` to the age definition `to`.
    ///
    /// # Errors
    /// [`Error::Schema`] where the groups do not begin at age 0, where an open group would have to be split, and as
    /// [`Plan::new`].
    pub fn new(source: &Edges, to: AgeDefinition, method: Method, options: Options) -> Result<Self, Error> {
        if source.starts[0] != 0 {
            return Err(Error::Schema(format!(
                "ages begin with {}: some of those who cross its lower edge are not in the table; give all ages from 0",
                source.group(0)
            )));
        }
        let mut targets = source.clone();
        let closes = options.open_to.is_some() && source.end.is_none();
        if closes && options.open_to <= source.starts.last().copied() {
            // The same refusal as where it is split.
            Plan::new(source, source, method, options)?;
        }
        match (to, source.end) {
            // Those of the last age reach the next.
            (AgeDefinition::Reached, Some(end)) => {
                targets.starts.push(end);
                targets.end = Some(end + 1);
            }
            // How many of the open group reached its first age is not known: it takes in the group below.
            (AgeDefinition::Completed, None) if !closes => {
                if source.len() == 1 {
                    return Err(Error::Schema(format!("{} alone cannot be shifted; nothing moves", label(0, None))));
                }
                targets.starts.pop();
            }
            _ => {}
        }
        let inner = &targets.starts[1..];
        let crossing = |edge: u16| match to {
            AgeDefinition::Reached => (edge - 1, edge),
            AgeDefinition::Completed => (edge, edge + 1),
        };
        let mut fine: Vec<u16> = source.starts.iter().copied().chain(source.end).collect();
        fine.extend(inner.iter().flat_map(|edge| <[u16; 2]>::from(crossing(*edge))));
        fine.sort_unstable();
        fine.dedup();
        let top = source.end.or(options.open_to.filter(|_| closes));
        fine.retain(|edge| top.is_none_or(|top| *edge < top));
        if source.end.is_none() && !closes {
            let open = source.starts[source.len() - 1];
            fine.retain(|edge| *edge <= open);
        }
        let groups = Edges { starts: fine, end: top };
        let parts = (groups.starts.iter())
            .map(|start| {
                let own = targets.starts.partition_point(|edge| edge <= start).saturating_sub(1);
                let whole = [(own, 1.0), (own, 0.0)];
                match inner.iter().position(|edge| crossing(*edge).0 == *start) {
                    None => whole,
                    Some(at) => [(at, 0.5), (at + 1, 0.5)],
                }
            })
            .collect::<Vec<_>>();
        let plan = Plan::new(source, &groups, method, options)?;
        Ok(Self { plan, targets, parts, fine: groups.len() })
    }

    /// The groups that come out.
    pub fn targets(&self) -> &Edges {
        &self.targets
    }

    /// Whether single years had to be split off groups.
    pub fn splits(&self) -> bool {
        self.plan.exact().iter().any(|exact| !exact)
    }

    /// The name of the method, if it refuses figures below zero.
    pub fn counts_only(&self) -> Option<&'static str> {
        self.plan.counts_only()
    }

    /// Does all rows of a matrix, as [`Plan::apply`].
    ///
    /// # Errors
    /// As [`Plan::apply`].
    pub fn apply(&self, values: &[f64], made: &mut [f64], watch: &Watch) -> Result<Vec<bool>, Error> {
        let rows = values.len() / self.plan.sources;
        if made.len() != rows * self.targets.len() {
            return Err(Error::Internal(format!("{} figures are not rows of {}", made.len(), self.targets.len())));
        }
        let mut fine = vec![0.0; rows * self.fine];
        let fell_back = self.plan.apply(values, &mut fine, watch)?;
        made.fill(0.0);
        for (fine, made) in fine.chunks_exact(self.fine).zip(made.chunks_exact_mut(self.targets.len())) {
            for (value, parts) in fine.iter().zip(&self.parts) {
                for (target, part) in parts.iter().filter(|(_, part)| *part > 0.0) {
                    made[*target] += value * part;
                }
            }
        }
        Ok(fell_back)
    }
}
