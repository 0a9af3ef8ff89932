//! How labels are read, by example and by property.

use proptest::prelude::*;

use super::super::all;
use super::super::names::everything;
use super::*;

fn code(text: &str) -> Option<&'static str> {
    resolve(text, &Policy::default()).code
}

fn in_year(text: &str, year: i32) -> Answer {
    resolve(text, &Policy { year: Some(year), ..Policy::default() })
}

fn by(text: &str, scheme: Scheme) -> Option<&'static str> {
    resolve(text, &Policy { scheme: Some(scheme), ..Policy::default() }).code
}

#[test]
fn every_name_finds_its_area() {
    for area in all() {
        let answer = resolve(area.name, &Policy::default());
        assert_eq!((answer.code, answer.rule), (Some(area.code), "English name"), "{}", area.name);
        assert_eq!(resolve(area.code, &Policy::default()).code, Some(area.code));
    }
    for name in everything() {
        let answer = resolve(name.text, &Policy { year: name.from.or(name.to), ..Policy::default() });
        let code = name.area.code;
        let found = answer.code == Some(code) || answer.candidates.contains(&code);
        assert!(found, "{name:?} is {answer:?}, not {code}");
    }
}

#[test]
fn labels_of_an_emigration_office() {
    for (text, wanted) in [
        ("Saudi Arabia", "SAU"),
        ("K.S.A.", "SAU"),
        ("United Arab Emirates", "ARE"),
        ("U.A.E", "ARE"),
        ("Kuwait", "KWT"),
        ("P.N.G", "PNG"),
        ("Hong Kong", "HKG"),
        ("Brunei", "BRN"),
        ("Palestine", "PSE"),
        ("South Korea", "KOR"),
        ("Viet Nam", "VNM"),
        ("Vietnam", "VNM"),
        ("Ivory Coast", "CIV"),
        ("Swaziland", "SWZ"),
        ("Cape Verde", "CPV"),
        ("Czech Republic", "CZE"),
        ("Macedonia", "MKD"),
        ("Turkey", "TUR"),
        ("Zaire", "COD"),
        ("Burma", "MMR"),
        ("Korea, Rep.", "KOR"),
        ("Congo, Dem. Rep.", "COD"),
        ("Iran, Islamic Rep.", "IRN"),
        ("West Germany", "DEU-1990"),
        ("East Germany", "DDDE"),
        ("USSR", "SUHH"),
        ("South Yemen", "YDYE"),
        ("Others", "_O"),
        ("Other countries", "_O"),
        ("Other South", "_O"),
        ("Not stated", "_U"),
        ("Stateless", "STLS"),
        ("Total", "_T"),
        ("Grand total", "_T"),
        ("WORLD", "m49:001"),
        ("Gulf Cooperation Council", "grp:GCC"),
        ("Eastern Asia", "m49:030"),
    ] {
        assert_eq!(code(text), Some(wanted), "{text}");
    }
    assert_eq!(resolve("Others", &Policy::default()).state, State::Residual);
    assert_eq!(resolve("Total", &Policy::default()).state, State::Aggregate);
    assert_eq!(resolve("Atlantis", &Policy::default()), unknown());
}

#[test]
fn a_former_state_outlives_its_end() {
    for (text, year, wanted, outlived) in [
        ("North Yemen", 1996, "YEM-1990", true),
        ("North Yemen", 1988, "YEM-1990", false),
        ("West Germany", 1995, "DEU-1990", true),
        ("Yugoslavia", 1985, "YUCS", false),
        ("Former Yugoslavia", 1998, "YUCS", true),
        ("USSR (former)", 2000, "SUHH", true),
    ] {
        let answer = in_year(text, year);
        assert_eq!((answer.code, answer.state), (Some(wanted), State::Former), "{text}");
        assert_eq!(answer.outlived, outlived, "{text} in {year}");
    }
    for (text, year, wanted) in [
        ("Yugoslavia", 1991, "YUCS"),
        ("Yugoslavia", 1998, "CSXX"),
        ("Yugoslavia", 2005, "YUCS"),
        ("Sudan", 2005, "SDN-2011"),
        ("Sudan", 2011, "SDN"),
        ("Soudan", 2005, "SDN-2011"),
        ("Ethiopia", 1985, "ETH-1993"),
        ("Ethiopia", 1995, "ETH"),
        ("Germany", 1985, "DEU-1990"),
        ("Germany", 1990, "DEU"),
        ("Yemen", 1985, "YEM-1990"),
        ("Pakistan", 1965, "PAK-1971"),
        ("Netherlands Antilles", 2015, "ANHH"),
        ("SDN", 2005, "SDN"),
        ("Burma", 1980, "MMR"),
        ("Serbia", 2005, "SRB"),
    ] {
        assert_eq!(in_year(text, year).code, Some(wanted), "{text} in {year}");
    }
    assert_eq!(in_year("Viet Nam", 1970).state, State::Ambiguous);
    assert!(in_year("Yugoslavia", 2005).outlived && !in_year("Yugoslavia", 1998).outlived);
    let un = Policy { year: Some(2005), ..Policy::default() }.with_source("UN").unwrap();
    assert_eq!((resolve("Sudan", &un).code, resolve("Congo", &un).code), (Some("SDN"), Some("COG")));
    assert_eq!(in_year("South Sudan", 1995).code, Some("SSD"));
    assert_eq!(code("Yugoslavia"), Some("YUCS"));
    assert_eq!(code("Federal Republic of Germany"), Some("DEU"));
}

#[test]
fn traps() {
    for (text, wanted) in [
        ("Niger", "NER"),
        ("Nigeria", "NGA"),
        ("Southern Africa", "m49:018"),
        ("South Africa", "ZAF"),
        ("Guinea", "GIN"),
        ("Equatorial Guinea", "GNQ"),
        ("Dominica", "DMA"),
        ("Dominican Republic", "DOM"),
        ("Yemen", "YEM"),
        ("Samoa", "WSM"),
        ("American Samoa", "ASM"),
        ("Korea, North", "PRK"),
        ("Republic of China", "TWN"),
        ("Sudan", "SDN"),
        ("Germany (E)", "DDDE"),
    ] {
        assert_eq!(code(text), Some(wanted), "{text}");
    }
    for text in ["Congo", "Korea", "Micronesia", "Virgin Islands", "Saint Martin", "n/a", "NA", "Germany (e)", "CS"] {
        assert_eq!(resolve(text, &Policy::default()).state, State::Ambiguous, "{text}");
    }
    assert_eq!(resolve("Congo", &Policy::default()).candidates, ["COG", "COD"]);
    for text in [
        "New Mexico",
        "Jordan River",
        "Niger Delta",
        "Turkey Creek",
        "2015",
        "America 1",
        "ASEAN5",
        "and",
        "in",
        "-",
        "",
        "12.5",
    ] {
        assert_eq!(resolve(text, &Policy::default()).state, State::Unknown, "{text}");
    }
}

#[test]
fn codes() {
    for (text, wanted) in [
        ("LKA", "LKA"),
        ("LK", "LKA"),
        ("144", "LKA"),
        ("36", "AUS"),
        ("036", "AUS"),
        ("SUN", "SUHH"),
        ("ANT", "ANHH"),
        ("YMD", "YDYE"),
        ("736", "SDN-2011"),
        ("YEM-1990", "YEM-1990"),
        ("m49:142", "m49:142"),
        ("M49:903", "m49:002"),
        ("grp:gcc", "grp:GCC"),
        ("grp:LDC", "m49:199"),
        ("903", "m49:002"),
        ("BUMM", "MMR"),
    ] {
        assert_eq!(code(text), Some(wanted), "{text}");
    }
    assert_eq!(resolve("LKA", &Policy::default()).rule, "alpha-3 code");
    assert_eq!(resolve("lka", &Policy::default()).rule, "alpha-3 code in small letters");
    assert_eq!(code("🇱🇰"), Some("LKA"));
    assert_eq!((code("4.0"), code("KSV"), code("GER")), (Some("AFG"), Some("XKX"), Some("DEU")));
    assert_eq!(by("lka", Scheme::Alpha3), Some("LKA"));
    assert_eq!(by("na", Scheme::Alpha2), Some("NAM"));
    assert_eq!(by("Sri Lanka", Scheme::Alpha3), None);
    assert_eq!(by("LKA", Scheme::Name), None);
    assert_eq!(by("142", Scheme::Numeric), None);
    assert_eq!(by("1833", Scheme::M49), Some("m49:1833"));
    assert_eq!(by("1503", Scheme::M49), Some("grp:WB-HIC"));
    assert_eq!("Alpha-3".parse::<Scheme>().unwrap(), Scheme::Alpha3);
    assert!("iso".parse::<Scheme>().unwrap_err().to_string().contains("alpha3"));
}

#[test]
fn an_accent_left_out_makes_no_other_country() {
    // Latvian for Niger; without its accent it is as near to Nigeria.
    assert_eq!(code("Nigēra"), Some("NER"));
    assert_eq!(resolve("Nigera", &Policy::default()).candidates, ["NER", "NGA"]);
    assert_eq!((code("Irak"), code("Osterreich"), code("Turkiye")), (Some("IRQ"), Some("AUT"), Some("TUR")));
}

#[test]
fn composed_labels() {
    for (text, wanted) in [
        ("Réunion (France)", "REU"),
        ("France, Guadeloupe", "GLP"),
        ("Cook Islands (N.Z.)", "COK"),
        ("ALB: Albania", "ALB"),
        ("COG: Congo", "COG"),
        ("WBG (West Bank and Gaza)", "PSE"),
        ("Persia (Iran)", "IRN"),
        ("Sudan (until 2011)", "SDN-2011"),
        ("Sudan [from 2011]", "SDN"),
        ("Ethiopia (including Eritrea)", "ETH-1993"),
        ("Burma (until 1989)", "MMR"),
        ("China excluding Hong Kong", "CHN"),
        ("Japan (TITP)", "JPN"),
        ("United Kingdom (England)", "GBR"),
        ("USSR (Kazakhstan)", "KAZ"),
        ("Former Yugoslavia (before 1992) / Total components of the former Yugoslavia", "YUCS"),
        ("St. Vin. and Gren.", "VCT"),
        ("TrinidadandTobago", "TTO"),
        ("République de Pologne", "POL"),
        ("la Hongrie", "HUN"),
        ("加蓬共和国", "GAB"),
        ("Suedkorea", "KOR"),
        ("CÃ´te d'Ivoire", "CIV"),
        ("Cura?ao", "CUW"),
    ] {
        assert_eq!(code(text), Some(wanted), "{text}: {:?}", resolve(text, &Policy::default()));
    }
    for text in [
        "Georgia (US)",
        "Sudan + South Sudan",
        "China and Hong Kong",
        "United States and Canada",
        "Switzerland/Liechtenstein",
        "Yugoslavia/Serbia",
        "Lebanon, Pennsylvania",
        "China (including Hong Kong)",
        "Islands",
        "Moscow",
        "Dubai",
        "N. Ireland",
    ] {
        assert_eq!(code(text), None, "{text}: {:?}", resolve(text, &Policy::default()));
    }
}

#[test]
fn what_looks_like_a_country_and_is_none() {
    for text in [
        "excl. South Sudan",
        "Serbia (including Kosovo)",
        "Yemen (and Oman)",
        "Southern Iceland",
        "North Sweden",
        "French Mali",
        "French Poland",
        "Former Malaysia",
        "United Aruba",
        "French overseas territories",
        "United States territories",
        "Georgia region",
        "Georgia County",
        "West South Africa",
        "Dominica Republic",
        "Afghanistan (North)",
        "Cyprus (part)",
        "Iran (Islamic Republic of) (other)",
        "Sudan (untill 2011)",
        "Pakistan (undivided)",
        "India (before 1947)",
        "Malaysia (until 1962)",
        "Koreas",
        "Konya",
        "Devon",
        "Fukushima",
        "Lugano",
        "Neverland",
        "Sub-total",
        "Germany excluding nationals",
    ] {
        let answer = resolve(text, &Policy::default());
        assert_eq!(answer.code, None, "{text}: {answer:?}");
    }
    for (text, wanted) in [
        ("Germany (including former GDR from 1991)", "DEU"),
        ("Yemen (South Yemen)", "YDYE"),
        ("GDR (Germany)", "DDDE"),
        ("Sikkim (India)", "SKIN"),
        ("Netherlands Antilles (Curaçao)", "CUW"),
        ("European Union (15)", "grp:EU15"),
        ("Andere Länder", "_O"),
        ("Sin especificar", "_U"),
        ("Apátridas", "STLS"),
        ("Insgesamt", "_T"),
    ] {
        assert_eq!(code(text), Some(wanted), "{text}: {:?}", resolve(text, &Policy::default()));
    }
}

#[test]
fn long_labels_take_no_longer() {
    for part in
        ["(a", "Nepal, ", "é ", "Ã©", "&amp;", "<U+00E9>", "?", "/", "a.", "Republic of ", "ⅷ", "\u{0}", "former "]
    {
        resolve(&part.repeat(1_000_000 / part.len()), &Policy::default());
    }
}

#[test]
fn overrides_win() {
    let own = |label: &str, code: &str| {
        Policy::default().with_overrides([(label.to_owned(), code.to_owned())]).map_err(|error| error.to_string())
    };
    let policy = own("Congo", "COD").unwrap();
    assert_eq!(resolve(" CONGO*", &policy).code, Some("COD"));
    assert_eq!(resolve("Congo", &policy).rule, "override");
    assert_eq!(resolve("-", &own("-", "_U").unwrap()).code, Some("_U"));
    assert!(own("Congo", "Zaire").unwrap_err().contains("no code of an area"));
    let twice = [("Congo", "COD"), ("the Congo", "COG")].map(|(label, code)| (label.to_owned(), code.to_owned()));
    assert!(Policy::default().with_overrides(twice).is_err());
}

#[test]
fn suggestions() {
    assert_eq!(suggest("Sri Lnka", 1), ["Sri Lanka"]);
    assert!(suggest("", 3).is_empty());
    assert!(suggest("Philipines", 5).len() <= 5);
}

fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(everything().map(|name| name.text).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in ".*", year in proptest::option::of(-9999..9999)) {
        let answer = resolve(&text, &Policy { year, ..Policy::default() });
        prop_assert_eq!(answer.code.is_none(), matches!(answer.state, State::Unknown | State::Ambiguous));
        prop_assert_eq!(answer.candidates.len() > 1, answer.state == State::Ambiguous);
    }

    #[test]
    fn dress_never_makes_another_area(
        name in names(), before in "[ \t\u{a0}\u{3000}]{0,3}", mark in prop::sample::select(vec![
            "", "*", " **", "(1)", " (a)", " (b)", " (e)", " [2]", "²", " 1)", "\u{a0}", "†", " c/", " (1, 2)",
        ]), upper in any::<bool>(),
    ) {
        let plain = resolve(name, &Policy { scheme: Some(Scheme::Name), ..Policy::default() });
        let cased = if upper { name.to_uppercase() } else { name.to_lowercase() };
        let dressed = resolve(&format!("{before}{cased}{mark}"), &Policy { scheme: Some(Scheme::Name), ..Policy::default() });
        prop_assert!(dressed.code.is_none_or(|code| plain.code == Some(code) || plain.candidates.contains(&code)));
        // A letter in brackets may be a footnote or the east: then there is no answer.
        let letter = name.len() > 4 && name.as_bytes()[name.len() - 3] == b'(';
        if mark != " (e)" && !letter {
            prop_assert_eq!(dressed.code, plain.code);
        }
    }
}
