//! What a data set or an indicator measures.

/// What is measured, and where home stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// The measure of the definitions.
    pub measure: String,
    /// What the areas of origin are by, where one of citizenship and birth is known to be it.
    pub concept: &'static str,
    /// Who is counted, where it is not everybody.
    pub population: &'static str,
    /// Month and day that stocks are counted on.
    pub day: &'static str,
}

impl Rule {
    /// A rule that says no more than the measure.
    pub fn of(measure: &str) -> Rule {
        Rule { measure: measure.to_owned(), ..Rule::default() }
    }

    /// Is home where people leave or where they arrive?
    pub fn home_is(&self) -> &'static str {
        match self.measure.as_str() {
            "outflow" | "labour_outflow" | "remittance" => "origin",
            _ => "destination",
        }
    }
}

/// The beginning of the name of a data set of Eurostat -> measure, and the day of its stocks. The longer stands first.
const DATASETS: &[(&str, &str, &str)] = &[
    ("migr_imm", "inflow", ""),
    ("migr_emi", "outflow", ""),
    ("migr_pop", "stock", "01-01"),
    ("migr_acq", "naturalisations", ""),
    ("migr_resvalid", "permits", "12-31"),
    ("migr_reslong", "permits", "12-31"),
    ("migr_res", "permits", ""),
    ("migr_asy", "asylum_seekers", ""),
    ("migr_eirtn", "returns", ""),
    ("migr_eir", "irregular", ""),
    ("migr_eip", "irregular", ""),
    ("migr_eio", "irregular", ""),
    ("migr_net", "net", ""),
    ("demo_pjan", "population", "01-01"),
    ("demo_pop", "population", "01-01"),
    ("tps00176", "inflow", ""),
    ("tps00177", "outflow", ""),
];

/// The name of a data set of Eurostat that stands in the name of a file or a data flow, and its rule.
pub fn of_dataset(name: &str) -> Option<(String, Rule)> {
    let lower = name.to_lowercase();
    let (at, (_, measure, day)) = DATASETS.iter().find_map(|one| Some((lower.find(one.0)?, one)))?;
    let end = lower[at..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(lower.len(), |end| at + end);
    let id = lower[at..end].split("__").next().unwrap_or_default();
    // What the download adds to the name.
    let id = ["_linear", "_page", "_tabular", "_filtered"].iter().fold(id, |id, end| id.trim_end_matches(end));
    Some((id.to_owned(), Rule { day, ..Rule::of(measure) }))
}

/// What dimensions tell where the data set has no name.
pub fn of_dimensions(names: &[String]) -> Option<Rule> {
    let has = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    if has("reason") && has("duration") {
        return Some(Rule::of("permits"));
    }
    (has("applicant") || has("asyl_app")).then(|| Rule::of("asylum_seekers"))
}

/// What a code of a measure or indicator stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A measure.
    Measure(Rule),
    /// Something that is no measure of migration.
    Elsewhere(String),
}

/// Variables of the International Migration Database (OECD): code, measure, by, who.
const OECD: &[(&str, &str, &str, &str)] = &[
    ("B11", "inflow", "citizenship", "foreigners"),
    ("B12", "outflow", "citizenship", "foreigners"),
    ("B13", "asylum_seekers", "citizenship", ""),
    ("B14", "stock", "birth", "foreign-born"),
    ("B15", "stock", "citizenship", "foreigners"),
    ("B16", "naturalisations", "citizenship", ""),
    ("B17", "inflow", "citizenship", "foreign workers"),
    ("B18", "stock", "birth", "foreign-born labour force"),
    ("B19", "stock", "citizenship", "foreign labour force"),
];

/// Indicators of the demographic balance (Eurostat, `demo_gind`).
const BALANCE: &[(&str, &str, &str)] =
    &[("CNMIGRAT", "net", ""), ("NMIGRAT", "net", ""), ("JAN", "population", "01-01"), ("AVG", "population", "")];

/// Words of labels, in lower case, that must all be there -> measure, by; the first that fits holds.
const WORDS: &[(&[&str], &str, &str)] = &[
    (&["rate"], "", ""),
    (&["asylum"], "asylum_seekers", ""),
    (&["refugee"], "refugees", ""),
    (&["acquisition", "national"], "naturalisations", "citizenship"),
    (&["net migration"], "net", ""),
    (&["stock", "born"], "stock", "birth"),
    (&["stock", "foreign population"], "stock", "citizenship"),
    (&["migrant", "country of birth"], "stock", "birth"),
    (&["migrant stock"], "stock", ""),
    (&["outflow"], "outflow", ""),
    (&["emigra"], "outflow", ""),
    (&["inflow"], "inflow", ""),
    (&["immigra"], "inflow", ""),
    (&["residence permit"], "permits", ""),
];

/// What a code means, by the code and by what it is called.
pub fn of_code(code: &str, label: &str) -> Option<Meaning> {
    if let Some((_, measure, concept, population)) = OECD.iter().find(|(known, ..)| *known == code) {
        return Some(Meaning::Measure(Rule { concept, population, ..Rule::of(measure) }));
    }
    if let Some((_, measure, day)) = BALANCE.iter().find(|(known, ..)| *known == code) {
        return Some(Meaning::Measure(Rule { day, ..Rule::of(measure) }));
    }
    if code.starts_with("MST_") {
        return Some(Meaning::Measure(Rule::of("stock")));
    }
    let text = if label.is_empty() { code } else { label }.to_lowercase();
    let (_, measure, concept) = WORDS.iter().find(|(words, ..)| words.iter().all(|word| text.contains(word)))?;
    if measure.is_empty() {
        return Some(Meaning::Elsewhere(format!("{text} is a rate, which other figures give")));
    }
    Some(Meaning::Measure(Rule { concept, ..Rule::of(measure) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_sets_are_told_by_the_name_of_the_file() {
        for (name, id, measure) in [
            ("estat_migr_imm8.tsv", "migr_imm8", "inflow"),
            ("migr_emi2.tsv", "migr_emi2", "outflow"),
            ("MIGR_POP1CTZ__custom_12345_tabular.tsv", "migr_pop1ctz", "stock"),
            ("migr_resfirst_linear.csv", "migr_resfirst", "permits"),
            ("migr_asyappctzm", "migr_asyappctzm", "asylum_seekers"),
        ] {
            let (found, rule) = of_dataset(name).unwrap();
            assert_eq!((found.as_str(), rule.measure.as_str()), (id, measure));
        }
        assert_eq!(of_dataset("table.tsv"), None);
        assert!(of_dimensions(&["reason".into(), "duration".into()]).is_some());
    }

    #[test]
    fn measures_are_told_by_code_and_by_label() {
        let measure = |code, label| match of_code(code, label) {
            Some(Meaning::Measure(rule)) => rule.measure,
            _ => String::new(),
        };
        assert_eq!(measure("B13", ""), "asylum_seekers");
        assert_eq!(measure("X", "Stock of foreign-born population by country of birth"), "stock");
        assert_eq!(measure("Outflows of foreign population by nationality", ""), "outflow");
        assert_eq!(measure("CNMIGRATRT", "Crude rate of net migration"), "");
        assert_eq!(of_code("HOUSES", "Dwellings"), None);
    }
}
