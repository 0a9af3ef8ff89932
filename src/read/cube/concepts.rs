//! What the dimensions and attributes of a data set stand for, by their identifiers.

/// What a concept says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Whose statistics they are.
    Home,
    /// The other end.
    Partner,
    /// Citizenship or birth: a column of one role.
    Area(&'static str),
    /// Citizenship or birth, whichever the measure is by.
    Either,
    /// Any other column that has the name of its role.
    Named(&'static str),
    /// Age in completed years, or reached in the year.
    AgeDefinition,
    /// Unit of measure.
    Unit,
    /// Power of ten.
    Multiplier,
    /// What is measured.
    Measure,
    /// Period.
    Time,
    /// The publisher's flag.
    Flag,
    /// Says nothing that the figures need.
    Nothing,
    /// Something else: a criterion of who is counted.
    Other,
}

/// Identifiers -> role.
const ROLES: &[(&[&str], Role)] = &[
    (&["GEO", "REF_AREA", "COU", "COUNTRY", "REPORTER", "REPORTING_COUNTRY", "LOCATION", "GEO_REP"], Role::Home),
    (&["PARTNER", "COUNTERPART_AREA", "C_DEST", "C_PARTNER", "COUNTERPART", "VIS_A_VIS_AREA"], Role::Partner),
    (&["CITIZEN", "CITIZENSHIP", "NATIONALITY", "C_CITIZEN"], Role::Area("citizenship")),
    (&["C_BIRTH", "BIRTH_PLACE", "COUNTRY_BIRTH", "PLACE_BIRTH", "COUNTRY_OF_BIRTH", "COB"], Role::Area("birth")),
    (&["CO2", "COUNTRY OF BIRTH/NATIONALITY", "PAYS DE NAISSANCE/NATIONALITÉ"], Role::Either),
    (&["SEX", "GEN", "GENDER"], Role::Named("sex")),
    (&["AGE"], Role::Named("age")),
    (&["AGEDEF", "AGE_DEF"], Role::AgeDefinition),
    (&["EDUCATION_LEV", "ISCED11", "ISCED97", "EDU_LEV", "EDUCATION"], Role::Named("education")),
    (&["ISCO08", "ISCO88", "OCCUPATION"], Role::Named("occupation")),
    (&["REASON", "REASONS"], Role::Named("reason")),
    (&["OBS_STATUS"], Role::Named("obs_status")),
    (&["CONF_STATUS"], Role::Named("conf_status")),
    (&["COMMENT_OBS", "OBS_COMMENT", "COMMENT", "NOTE_INDICATOR", "NOTE_SOURCE"], Role::Named("note")),
    (&["OBS_FLAG", "FLAG CODES", "FLAG_CODES"], Role::Flag),
    (&["UNIT", "UNIT_MEASURE", "UNIT CODE", "UNIT_CODE"], Role::Unit),
    (&["UNIT_MULT", "POWERCODE CODE", "POWERCODE_CODE"], Role::Multiplier),
    (&["MEASURE", "INDICATOR", "VAR", "VARIABLE", "INDIC_DE", "INDIC", "INDIC_MG"], Role::Measure),
    (&["TIME_PERIOD", "TIME", "YEA", "YEAR"], Role::Time),
    (
        &[
            "FREQ",
            "FREQUENCY",
            "DECIMALS",
            "TIME_FORMAT",
            "REFERENCE PERIOD CODE",
            "STRUCTURE",
            "STRUCTURE_ID",
            "STRUCTURE_NAME",
            "ACTION",
            "DATAFLOW",
            "LAST UPDATE",
            "FLAGS",
        ],
        Role::Nothing,
    ),
];

/// What a concept stands for.
pub fn role(name: &str) -> Role {
    let upper = name.trim().to_uppercase();
    let known = ROLES.iter().find(|(names, _)| names.contains(&upper.as_str()));
    known.map_or(Role::Other, |(_, role)| *role)
}

/// Is a header that of a concept that is known? Some(false) for one that says nothing that the figures need.
pub fn header_role(name: &str) -> Option<bool> {
    match role(name) {
        Role::Other => None,
        Role::Nothing => Some(false),
        _ => Some(true),
    }
}

/// The code of an area in words that are read whatever the scheme.
pub fn area(code: &str) -> &str {
    match code {
        "TOTAL" | "TOT" => "_T",
        "UNK" | "UNKN" => "_U",
        "W" | "WLD" | "WORLD" | "WXD" => "m49:001",
        other => other,
    }
}

/// Codes of sex and age that are no labels.
pub fn code(role: &str, code: &str) -> String {
    let known = match (role, code) {
        ("sex" | "age" | "education" | "occupation" | "reason", "TOT" | "TOTAL" | "_T" | "T" | "SEX_T") => "_T",
        ("sex", "WMN" | "WOM" | "FEM" | "SEX_F") => "F",
        ("sex", "MEN" | "SEX_M") => "M",
        ("sex" | "age", "UNK" | "NRP") => "_U",
        (_, other) => other,
    };
    known.to_owned()
}

/// How age is counted.
pub fn age_definition(code: &str) -> &str {
    match code {
        "COMPLET" => "completed",
        "REACH" => "reached",
        other => other,
    }
}

/// What a code of a unit says: the unit, unless it goes without saying, and the power of ten.
pub fn unit(code: &str) -> Option<(&str, i32)> {
    Some(match code.to_uppercase().as_str() {
        "NR" | "NB" | "NUM" | "NUMBER" | "PER" | "PS" | "PERS" | "PERSON" | "PERSONS" | "PE" | "HEADS" | "" => ("", 0),
        "THS" | "THS_PER" | "THS_PERS" => ("", 3),
        "MIO" | "MIO_PER" => ("", 6),
        "PC" | "PCT" | "PT" | "PC_TOT" | "PERCENT" | "PT_POP" | "PC_POP" => ("percent", 0),
        _ => return None,
    })
}
