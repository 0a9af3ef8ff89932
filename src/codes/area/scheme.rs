//! Lists of codes: ISO 3166, UN M49 and those of agencies and data sets; which one a column of codes is written in.
//!
//! One text means different areas in different lists (`AUS` is Austria at UNHCR), so a list is declared, or inferred from the
//! whole column, never from one code.

use std::str::FromStr;

use super::{Area, INDEX, Kind, Meaning};
use crate::Error;

/// How the labels of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Names.
    Name,
    /// ISO 3166-1 alpha-2.
    Alpha2,
    /// ISO 3166-1 alpha-3.
    Alpha3,
    /// ISO 3166-1 numeric.
    Numeric,
    /// UN M49 and the location numbers of UN DESA, which number regions too.
    M49,
    /// World Bank.
    WorldBank,
    /// Eurostat.
    Eurostat,
    /// UNHCR.
    Unhcr,
    /// International Olympic Committee.
    Ioc,
    /// FIPS 10-4.
    Fips,
    /// FAOSTAT.
    Fao,
    /// International Monetary Fund.
    Imf,
    /// Correlates of War, numbers.
    Cow,
    /// Correlates of War, letters.
    CowLetters,
    /// Gleditsch and Ward.
    Gw,
    /// CEPII.
    Cepii,
    /// Development Assistance Committee of the OECD.
    Dac,
}

/// Every scheme, in the order in which one is preferred that fits as well as another; its name, and what answers say.
const SCHEMES: [(Scheme, &str, &str); 17] = [
    (Scheme::Name, "name", "name"),
    (Scheme::Alpha2, "alpha2", "alpha-2 code"),
    (Scheme::Alpha3, "alpha3", "alpha-3 code"),
    (Scheme::Numeric, "numeric", "numeric code"),
    (Scheme::M49, "m49", "M49 code"),
    (Scheme::WorldBank, "worldbank", "World Bank code"),
    (Scheme::Eurostat, "eurostat", "Eurostat code"),
    (Scheme::Unhcr, "unhcr", "UNHCR code"),
    (Scheme::Ioc, "ioc", "IOC code"),
    (Scheme::Fips, "fips", "FIPS code"),
    (Scheme::Fao, "fao", "FAO code"),
    (Scheme::Imf, "imf", "IMF code"),
    (Scheme::Cow, "cow", "COW number"),
    (Scheme::CowLetters, "cowc", "COW code"),
    (Scheme::Gw, "gw", "Gleditsch-Ward number"),
    (Scheme::Cepii, "cepii", "CEPII code"),
    (Scheme::Dac, "dac", "DAC code"),
];

impl FromStr for Scheme {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let plain: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        let name = match plain.as_str() {
            "names" => "name",
            "iso2" | "iso31661alpha2" | "iso2c" => "alpha2",
            "iso3" | "iso31661alpha3" | "iso3c" => "alpha3",
            "isonumeric" | "iso31661numeric" | "iso3n" => "numeric",
            "unm49" | "undesa" | "un" => "m49",
            "wb" => "worldbank",
            other => other,
        };
        SCHEMES.iter().find(|(_, own, _)| *own == name).map(|(scheme, _, _)| *scheme).ok_or_else(|| {
            let names: Vec<_> = SCHEMES.iter().map(|(_, name, _)| format!("{name:?}")).collect();
            Error::Code(format!(
                "unknown scheme of areas {text:?}: use one of {}, or none to infer it",
                names.join(", ")
            ))
        })
    }
}

impl Scheme {
    fn row(self) -> &'static (Scheme, &'static str, &'static str) {
        SCHEMES.iter().find(|(scheme, _, _)| *scheme == self).expect("every scheme has a row")
    }

    /// Its name, such as `alpha2`.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// How an answer says that it was used.
    pub(super) fn rule(self) -> &'static str {
        self.row().2
    }

    /// What a code means, in letters of either size.
    pub(super) fn get(self, text: &str) -> &'static [Meaning] {
        self.get_written(&text.to_ascii_uppercase())
    }

    /// What a code means as it is written.
    pub(super) fn get_written(self, text: &str) -> &'static [Meaning] {
        let number = || text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
        let found = match self {
            Self::Name => None,
            Self::Alpha2 => INDEX.alpha2.get(text),
            Self::Alpha3 => INDEX.alpha3.get(text),
            Self::Numeric => number().and_then(|number| INDEX.numeric.get(&number)),
            Self::M49 => number().and_then(|number| INDEX.numeric.get(&number).or_else(|| INDEX.m49.get(&number))),
            _ => {
                // Numbers are printed with and without leading zeros.
                let text = number().map_or_else(|| text.to_owned(), |number| number.to_string());
                INDEX.others.get(&(self, text))
            }
        };
        found.map_or(&[], Vec::as_slice)
    }

    /// The code of an area in this scheme, in a year: the first that the list has.
    pub fn code_of(self, area: &Area, year: Option<i32>) -> Option<String> {
        let own = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        match self {
            Self::Name => own(area.name),
            Self::Alpha2 => own(area.alpha2),
            Self::Alpha3 => (area.kind == Kind::Country).then(|| area.code.to_owned()),
            Self::Numeric if !matches!(area.kind, Kind::Country | Kind::Former) => None,
            Self::Numeric | Self::M49 => own(area.numeric),
            _ => REVERSE.get(&(self, area.code)).and_then(|codes| {
                let holds = |from: Option<i32>, to: Option<i32>| {
                    year.map_or(to.is_none(), |y| from.is_none_or(|from| from <= y) && to.is_none_or(|to| y <= to))
                };
                codes.iter().find(|(_, from, to)| holds(*from, *to)).map(|(text, _, _)| text.clone())
            }),
        }
    }

    fn fits(self, text: &str) -> bool {
        !self.get(text).is_empty()
    }
}

type Dated = (String, Option<i32>, Option<i32>);

/// The codes of every area, in the order of the tables.
static REVERSE: std::sync::LazyLock<rustc_hash::FxHashMap<(Scheme, &'static str), Vec<Dated>>> =
    std::sync::LazyLock::new(|| {
        let mut codes: rustc_hash::FxHashMap<_, Vec<Dated>> = rustc_hash::FxHashMap::default();
        for table in [include_str!("../tables/area_schemes.csv"), include_str!("../tables/area_group_codes.csv")] {
            for row in super::rows::<super::CodeRow>(table) {
                let scheme: Scheme = row.scheme.parse().expect("an embedded table names known schemes");
                let area = super::known(&row.code).code;
                codes.entry((scheme, area)).or_default().push((row.text, row.year_from, row.year_to));
            }
        }
        codes
    });

/// What a code means in all lists of letters that know it: one area where they agree.
///
/// The two letters of FIPS are left out: the list was withdrawn in 2008, and half of it means other countries in ISO 3166.
pub(super) fn by_any(text: &str) -> Vec<Meaning> {
    let lists: &[Scheme] = match text.len() {
        2 => &[Scheme::Alpha2, Scheme::Eurostat],
        3 => &[Scheme::Alpha3, Scheme::WorldBank, Scheme::Ioc, Scheme::Unhcr, Scheme::CowLetters, Scheme::Cepii],
        _ => &[],
    };
    let mut found: Vec<Meaning> = Vec::new();
    for meaning in lists.iter().flat_map(|list| list.get_written(text)) {
        if found.iter().all(|other| other.area.code != meaning.area.code) {
            found.push(*meaning);
        }
    }
    found
}

/// How codes look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Two,
    Three,
    Number,
}

impl Shape {
    fn of(text: &str) -> Option<Self> {
        let capitals = text.bytes().all(|b| b.is_ascii_alphabetic());
        match text.len() {
            2 if capitals => Some(Self::Two),
            3 if capitals => Some(Self::Three),
            1..=4 if text.bytes().all(|b| b.is_ascii_digit()) => Some(Self::Number),
            _ => None,
        }
    }

    fn schemes(self) -> &'static [Scheme] {
        match self {
            Self::Two => &[Scheme::Alpha2, Scheme::Eurostat, Scheme::Fips],
            Self::Three => {
                &[Scheme::Alpha3, Scheme::WorldBank, Scheme::Unhcr, Scheme::Ioc, Scheme::CowLetters, Scheme::Cepii]
            }
            Self::Number => {
                &[Scheme::Numeric, Scheme::M49, Scheme::Fao, Scheme::Imf, Scheme::Cow, Scheme::Gw, Scheme::Dac]
            }
        }
    }
}

/// What the distinct labels of a column tell about how its codes are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    inferred: Option<(Shape, Scheme)>,
    /// Shapes of codes of which too few are ISO's.
    mixed: Vec<Shape>,
    /// How many distinct labels there are, of how many the scheme knows the code.
    pub evidence: (usize, usize),
}

/// Of this many distinct labels in a hundred the scheme must know the code.
const ENOUGH: usize = 90;
/// From fewer labels nothing is inferred.
const FEWEST: usize = 5;

impl Column {
    /// Looks at the labels of a column, each given once.
    pub fn of<'a>(labels: impl IntoIterator<Item = &'a str>) -> Self {
        let labels: Vec<&str> = labels.into_iter().map(|label| super::resolve::whole(label.trim())).collect();
        let labels: Vec<&str> = labels.into_iter().filter(|label| !label.is_empty()).collect();
        let mut column = Self::default();
        for shape in [Shape::Two, Shape::Three, Shape::Number] {
            let codes: Vec<&str> = labels.iter().copied().filter(|label| Shape::of(label) == Some(shape)).collect();
            let fitting = |scheme: Scheme| codes.iter().filter(|code| scheme.fits(code)).count();
            // The first of those that fit best.
            let best =
                shape.schemes().iter().map(|scheme| (fitting(*scheme), *scheme)).rev().max_by_key(|(fit, _)| *fit);
            let Some((fit, scheme)) = best else { continue };
            if codes.len() >= FEWEST && fit * 100 >= labels.len() * ENOUGH {
                column.inferred = Some((shape, scheme));
                column.evidence = (labels.len(), fit);
            } else if codes.len() >= 3
                && fitting(shape.schemes()[0]) * 100 < codes.len() * ENOUGH
                && shape != Shape::Number
            {
                column.mixed.push(shape);
            }
        }
        column
    }

    /// The scheme that the column is written in, as far as it can be told.
    pub fn inferred(&self) -> Option<Scheme> {
        self.inferred.map(|(_, scheme)| scheme)
    }

    /// The scheme of a label that looks like the codes of the column.
    pub(super) fn scheme(&self, text: &str) -> Option<Scheme> {
        self.inferred.filter(|(shape, _)| Shape::of(text) == Some(*shape)).map(|(_, scheme)| scheme)
    }

    /// Whether codes that look like this are of several lists, so that only those are taken on which all lists agree.
    pub(super) fn is_mixed(&self, text: &str) -> bool {
        Shape::of(text).is_some_and(|shape| self.mixed.contains(&shape))
    }
}

/// Names of all schemes.
pub fn schemes() -> impl Iterator<Item = &'static str> {
    SCHEMES.iter().map(|(_, name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::super::all;
    use super::*;

    fn inferred(labels: &[&str]) -> Option<Scheme> {
        Column::of(labels.iter().copied()).inferred()
    }

    #[test]
    fn a_column_tells_its_scheme() {
        assert_eq!(inferred(&["AUS", "AUL", "GFR", "FRA", "MOR", "SWI"]), Some(Scheme::Unhcr));
        assert_eq!(inferred(&["AUS", "AUT", "DEU", "FRA", "MAR", "CHE"]), Some(Scheme::Alpha3));
        assert_eq!(inferred(&["GER", "SUI", "ALG", "FRA", "NED", "DEN"]), Some(Scheme::Ioc));
        assert_eq!(inferred(&["EL", "UK", "DE", "FR", "IT", "EU27_2020"]), None);
        // ISO reserves EL and UK, so they are read there too.
        assert_eq!(inferred(&["EL", "UK", "DE", "FR", "IT", "ES"]), Some(Scheme::Alpha2));
        assert_eq!(inferred(&["AU", "SZ", "GM", "EI", "SP", "PO", "JA"]), Some(Scheme::Fips));
        assert_eq!(inferred(&["NA", "ZA", "BW", "ZW", "MZ"]), Some(Scheme::Alpha2));
        assert_eq!(inferred(&["NA", "ZA"]), None);
        assert_eq!(inferred(&["Germany", "FRA", "Italy", "Spain", "Greece", "Malta"]), None);
    }

    #[test]
    fn codes_of_an_area() {
        let of = |scheme: Scheme, code: &str| scheme.code_of(super::super::get(code).unwrap(), None);
        assert_eq!(of(Scheme::Ioc, "DEU").as_deref(), Some("GER"));
        assert_eq!(of(Scheme::Eurostat, "GRC").as_deref(), Some("EL"));
        assert_eq!(of(Scheme::Unhcr, "AUT").as_deref(), Some("AUS"));
        assert_eq!(of(Scheme::M49, "LKA").as_deref(), Some("144"));
        for area in all().iter().filter(|area| area.kind == Kind::Country) {
            for (scheme, name, _) in &SCHEMES[1..] {
                if let Some(text) = scheme.code_of(area, None) {
                    let back = super::super::resolve::choose(scheme.get(&text), Some(2026));
                    assert!(back.iter().any(|found| found.code == area.code), "{name} {text} of {}", area.code);
                }
            }
        }
    }
}
