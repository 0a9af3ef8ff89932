//! Whose statistics figures are.

use crate::codes::area::{self, Kind};
use crate::definition::Definition;
use crate::observation::Observations;

/// The area whose statistics each row is of.
pub struct Reporters {
    /// One key a row, into `codes`.
    pub keys: Vec<u32>,
    /// Areas, of which the first is none.
    pub codes: Vec<String>,
}

impl Reporters {
    /// The area of a row; empty where nobody is named.
    pub fn of(&self, row: u32) -> &str {
        &self.codes[self.keys[row as usize] as usize]
    }
}

/// Which column holds whose statistics a definition's figures are, where it names nobody: the side that counts.
fn side(one: &Definition) -> Option<&'static str> {
    const ARRIVED: [&str; 12] = [
        "inflow",
        "stock",
        "net",
        "population",
        "remittance",
        "naturalisations",
        "refugees",
        "asylum_seekers",
        "idps",
        "displacements",
        "returns",
        "irregular",
    ];
    match (one.get("role"), one.get("measure")?) {
        (Some("origin"), _) | (_, "outflow" | "labour_outflow" | "permits") => Some("origin"),
        (Some("destination"), _) => Some("destination"),
        (_, measure) => ARRIVED.contains(&measure).then_some("destination"),
    }
}

/// Finds the reporter of every row: the one stated, if it is an area; else the side that counts, as role and measure say.
pub fn reporters(observations: &Observations) -> Reporters {
    let mut codes = vec![String::new()];
    let mut place = |code: &str| {
        codes.iter().position(|known| known == code).unwrap_or_else(|| {
            codes.push(code.to_owned());
            codes.len() - 1
        }) as u32
    };
    let columns = ["origin", "destination"].map(|name| {
        let (keys, codes) = observations.codes(name).unwrap_or_default();
        let own = |code: &str| area::get(code).is_some_and(|one| matches!(one.kind, Kind::Country | Kind::Former));
        (keys, codes.into_iter().map(|code| if own(code) { place(code) } else { 0 }).collect::<Vec<u32>>())
    });
    // A definition's own reporter, or a column, or nobody.
    let named: Vec<Result<u32, Option<usize>>> = observations
        .definitions()
        .iter()
        .map(|one| match one.get("reporter").filter(|code| area::get(code).is_some()) {
            Some(code) => Ok(place(code)),
            None => Err(side(one).map(|name| usize::from(name == "destination"))),
        })
        .collect();
    let row = |(row, key): (usize, &i32)| match named[*key as usize] {
        Ok(code) => code,
        Err(None) => 0,
        Err(Some(side)) => columns[side].1[columns[side].0[row] as usize],
    };
    let keys = observations.definition_keys().iter().enumerate().map(row).collect();
    Reporters { keys, codes }
}
