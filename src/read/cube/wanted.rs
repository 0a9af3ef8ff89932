//! Which figures the caller wants: the others are counted while a file is read, and not kept.

use std::collections::BTreeMap;

use super::concepts::{self, Role};
use super::{Rule, time};
use crate::Error;
use crate::codes::area::resolve::{Policy, resolve};
use crate::codes::{age, sex};
use crate::error::near;

/// Role or name of a dimension -> codes.
#[derive(Clone, Debug, Default)]
pub struct Wanted(pub BTreeMap<String, Vec<String>>);

/// What is wanted of each concept of a data set.
pub struct Selection {
    /// Role that the codes are compared as, and the codes; one entry a condition.
    of: Vec<Vec<(&'static str, Vec<String>)>>,
    when: Vec<Vec<String>>,
    policy: Policy,
}

impl Wanted {
    /// Is there no condition?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The conditions by concept.
    ///
    /// # Errors
    /// [`Error::Schema`] for a name that the data set has nothing of.
    pub fn on(&self, names: &[&str], rule: Option<&Rule>, policy: &Policy) -> Result<Selection, Error> {
        let roles: Vec<Role> = names.iter().map(|name| concepts::role(name)).collect();
        let mut selection = Selection { of: vec![Vec::new(); names.len()], when: Vec::new(), policy: policy.clone() };
        for (name, codes) in &self.0 {
            if matches!(name.as_str(), "year" | "period" | "time" | "TIME_PERIOD") {
                selection.when.push(codes.clone());
                continue;
            }
            let at = (0..names.len()).find(|at| is_called(names[*at], roles[*at], name, &roles, rule));
            let Some(at) = at else {
                let known: Vec<&str> =
                    names.iter().copied().chain(["home", "partner", "origin", "destination", "year"]).collect();
                return Err(Error::Schema(format!(
                    "where={{{name:?}: ...}}: the file has no such dimension{}; it has {}",
                    near(name, &known),
                    names.join(", ")
                )));
            };
            let kind = match roles[at] {
                Role::Home | Role::Partner | Role::Area(_) | Role::Either => "area",
                Role::Named(name) => name,
                Role::AgeDefinition => "age_definition",
                _ => "",
            };
            selection.of[at].push((kind, codes.clone()));
        }
        Ok(selection)
    }
}

/// Is this what the caller calls a concept?
fn is_called(name: &str, role: Role, called: &str, others: &[Role], measured: Option<&Rule>) -> bool {
    if name.eq_ignore_ascii_case(called) {
        return true;
    }
    let home_is = measured.map(Rule::home_is);
    match role {
        Role::Home => called == "home" || called == "reporter" || home_is == Some(called),
        Role::Partner => {
            called == "partner"
                || home_is.is_some_and(|home| ["origin", "destination"].contains(&called) && home != called)
        }
        Role::Area(own) => {
            let alone = !others.contains(&Role::Partner)
                && others.iter().filter(|role| matches!(role, Role::Area(_) | Role::Either)).count() == 1;
            called == own || (alone && called == "origin" && home_is == Some("destination"))
        }
        Role::Either => ["citizenship", "birth", "origin"].contains(&called),
        Role::Named(own) => called == own,
        Role::AgeDefinition => called == "age_definition",
        Role::Unit => called == "unit",
        Role::Measure => called == "measure",
        _ => false,
    }
}

impl Selection {
    /// Is a code of a concept wanted?
    pub fn takes(&self, concept: usize, code: &str) -> bool {
        let same = |kind: &str, wanted: &String| {
            if wanted.eq_ignore_ascii_case(code) {
                return true;
            }
            match kind {
                "area" => {
                    // A code that means a state and its predecessor is chosen by either; what is wanted may be a name.
                    let of = |label: &str, policy: &Policy| {
                        let answer = resolve(concepts::area(label), policy);
                        answer.code.into_iter().chain(answer.candidates).collect::<Vec<_>>()
                    };
                    let found = of(code, &self.policy);
                    let named = || of(wanted, &self.policy).into_iter().chain(of(wanted, &Policy::default()));
                    found.iter().any(|found| found == wanted) || named().any(|other| found.contains(&other))
                }
                "sex" => {
                    let of = |label: &str| sex::parse(&concepts::code("sex", label));
                    of(code).is_some() && of(code) == of(wanted)
                }
                "age" => {
                    let of = |label: &str| age::parse(&concepts::code("age", label)).ok().map(|age| age.code);
                    of(code).is_some() && of(code) == of(wanted)
                }
                "age_definition" => concepts::age_definition(code) == wanted,
                _ => concepts::code(kind, code) == concepts::code(kind, wanted),
            }
        };
        self.of[concept].iter().all(|(kind, codes)| codes.iter().any(|wanted| same(kind, wanted)))
    }

    /// Is a period wanted?
    pub fn takes_period(&self, label: &str) -> bool {
        let label = label.trim();
        let same = |wanted: &String| {
            wanted == label || (wanted.len() == 4 && time::year(label).is_some_and(|year| year.to_string() == *wanted))
        };
        self.when.iter().all(|codes| codes.iter().any(same))
    }
}
