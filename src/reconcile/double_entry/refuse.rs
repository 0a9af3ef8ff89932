//! Reporters whose factors cannot be compared, in words.

use super::Normalise;
use crate::Error;

/// What reporters and groups are called.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Receiving reporters: `DEU`, or `AUT (until 2006)`.
    pub receiving: Vec<String>,
    /// Sending reporters.
    pub sending: Vec<String>,
    /// Groups that are fitted by themselves; no name where there is one only.
    pub groups: Vec<String>,
}

/// Why a group has no factors.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// No pair has two reports above 0.
    NoPairs,
    /// Receiving reporters, sending reporters and number of pairs of parts that nothing connects.
    Apart(Vec<(Vec<u32>, Vec<u32>, usize)>),
    /// Two references in one part.
    TwoAnchors(u32, u32),
    /// A receiving or a sending reporter whose factor rounding would decide.
    Singular(Option<u32>, Option<u32>),
}

/// How many reporters and parts are named.
const NAMED: usize = 12;

fn listed(of: &[u32], names: &[String]) -> String {
    let mut said: Vec<&str> = of.iter().take(NAMED).map(|at| names[*at as usize].as_str()).collect();
    let more = format!("{} more", of.len().saturating_sub(NAMED));
    if of.len() > NAMED {
        said.push(&more);
    }
    said.join(", ")
}

/// The error of the first refusal, with how many others there are.
pub fn error(refused: &[(usize, Refusal)], names: &Names, normalise: &Normalise) -> Error {
    let Some((group, why)) = refused.first() else { return Error::Internal("nothing was refused".to_owned()) };
    let when = match names.groups.get(*group) {
        Some(name) if refused.len() > 1 => format!("{name} (and {} others): ", refused.len() - 1),
        Some(name) => format!("{name}: "),
        None => String::new(),
    };
    let said = match why {
        Refusal::NoPairs => "no pair has two reports above 0, so there is nothing to compare: give both ends' reports \
                             of the same moves"
            .to_owned(),
        Refusal::TwoAnchors(a, b) => {
            let [a, b] = [a, b].map(|at| &names.receiving[*at as usize]);
            format!(
                "reference= names {a} and {b}, which pairs connect: the factor of one makes that of the other definite; \
                 leave one of them out"
            )
        }
        Refusal::Singular(to, from) => {
            let who = match (to, from) {
                (Some(at), _) => format!("the inflow of {}", names.receiving[*at as usize]),
                (None, Some(at)) => format!("the outflow of {}", names.sending[*at as usize]),
                (None, None) => "one reporter".to_owned(),
            };
            format!(
                "{who} is connected with the others by figures that are as nothing beside theirs, so rounding would \
                 decide its factor; exclude its pairs by decisions=, or take method=\"log-linear\" or, where all \
                 pairs weigh the same, weights=\"relative\""
            )
        }
        Refusal::Apart(parts) => apart(parts, names, normalise),
    };
    Error::Schema(format!("{when}{said}"))
}

fn apart(parts: &[(Vec<u32>, Vec<u32>, usize)], names: &Names, normalise: &Normalise) -> String {
    let line = |(at, (to, from, pairs)): (usize, &(Vec<u32>, Vec<u32>, usize))| {
        let anchored = match normalise {
            Normalise::Reference(references) => {
                if to.iter().any(|one| references.contains(one)) {
                    ""
                } else {
                    ", without a reference"
                }
            }
            Normalise::Sum => "",
        };
        let noun = if *pairs == 1 { "pair" } else { "pairs" };
        format!(
            "\n  part {}, {pairs} {noun}{anchored}: inflow of {}; outflow of {}",
            at + 1,
            listed(to, &names.receiving),
            listed(from, &names.sending)
        )
    };
    let mut lines: String = parts.iter().enumerate().take(NAMED).map(line).collect();
    if parts.len() > NAMED {
        lines.extend(["\n  and ", &(parts.len() - NAMED).to_string(), " more parts"]);
    }
    let of_part = |(to, _, _): &(Vec<u32>, Vec<u32>, usize)| {
        let given = |one: &&u32| matches!(normalise, Normalise::Reference(references) if references.contains(one));
        let at = to.iter().find(given).unwrap_or(&to[0]);
        format!("{:?}", names.receiving[*at as usize])
    };
    let example: Vec<String> = parts.iter().take(3).map(of_part).collect();
    let dots = if parts.len() > 3 { ", ..." } else { "" };
    let what = if parts.len() == 1 {
        "the reference has no pair with two reports above 0:".to_owned()
    } else {
        format!(
            "no pair with two reports above 0 connects {} parts, so nothing says how their factors compare:",
            parts.len()
        )
    };
    format!(
        "{what}{lines}\ngive a receiving reporter of each part, such as reference=[{}{dots}], leave the rows of a part \
         out, or leave reporters of parts without one without factors by disconnected=\"null\"",
        example.join(", ")
    )
}
