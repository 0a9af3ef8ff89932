use super::super::label;
use super::*;

fn calendar(name: &str) -> Calendar {
    name.parse().unwrap_or_else(|e| panic!("{e}"))
}

fn days(name: &str, text: &str) -> String {
    label(calendar(name).parse(text).unwrap_or_else(|e| panic!("{e}")).period)
}

fn refused(name: &str, text: &str) -> String {
    match calendar(name).parse(text) {
        Err(Error::Code(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_tables_are_well_formed() {
    for one in listed() {
        let found = calendar(&one.name);
        assert_eq!(found.name(), one.name);
        let fixed = !matches!(found.kind, Kind::Nepal(_) | Kind::Bikram | Kind::Hijri(_));
        assert_eq!(one.month.zip(one.day).is_some(), fixed, "{}", one.name);
    }
}

#[test]
fn labels_as_they_are_printed() {
    for (name, from_to, labels) in [
        (
            "fiscal:NPL",
            "2022-07-17/2023-07-16",
            &["2079/80", "2079-80 BS", "BS 2079/2080", "FY 2079/80", "२०७९/८०", "2022/23", "2022-2023"][..],
        ),
        ("fiscal:NPL:end", "2022-07-17/2023-07-16", &["2080", "2023", "BS 2080"]),
        ("fiscal:IND", "2019-04-01/2020-03-31", &["2019-20", "FY 2019-20", "2019/20", "FY2019-2020", "2019–20"]),
        ("fiscal:IND:end", "2019-04-01/2020-03-31", &["2020", "FY2020", "2019-20"]),
        ("fiscal:PAK", "2019-07-01/2020-06-30", &["2019-20"]),
        ("fiscal:BGD", "1999-07-01/2000-06-30", &["1999-00", "1999/2000"]),
        ("fiscal:AUS:start", "2004-07-01/2005-06-30", &["2004", "2004-05"]),
        ("fiscal:AUS:end", "2004-07-01/2005-06-30", &["2005", "2004-05"]),
        ("fiscal:IRL", "2020-05-01/2021-04-30", &["2021"]),
        ("fiscal:04-16:end", "2020-04-16/2021-04-15", &["2021"]),
        ("fiscal:CAN", "2018-07-01/2019-06-30", &["2018/2019", "2018 / 2019"]),
        ("fiscal:THA", "2017-10-01/2018-09-30", &["2561", "2018", "2560/61", "FY 2561", "๒๕๖๑"]),
        ("fiscal:IND", "2011-12", &["2011M12", "December 2011"]),
        ("buddhist", "2010", &["BE 2553", "2553", "2553.0", "B.E. 2553", "พ.ศ. ๒๕๕๓", "2553 BE"]),
        ("buddhist", "1940-04-01/1940-12-31", &["2483"]),
        ("buddhist", "1939-04-01/1940-03-31", &["BE 2482"]),
        ("buddhist", "2010-03", &["2553-03", "March 2553", "2553M03"]),
        ("buddhist", "2010-Q1", &["2553-Q1", "Q1 2553"]),
        ("buddhist", "2010-01-01/2011-06-30", &["2553-01-01/2554-06-30"]),
        ("hijri", "2018-09-12/2019-08-31", &["1440", "AH 1440", "1440 H", "1440 A.H.", "١٤٤٠"]),
        ("hijri", "1996-02-25", &["1416-10-05", "5 Shawwal 1416"]),
        ("hijri:ummalqura", "2018-09-11/2019-08-30", &["1440", "AH 1440", "١٤٤٠ هـ"]),
        ("hijri:ummalqura", "2025-03-01/2025-03-29", &["1446-09", "Ramadan 1446", "رمضان ١٤٤٦", "1446/09"]),
        ("hijri:ummalqura", "2023-03-23", &["1444-09-01", "1 Ramadan 1444", "1444/9/1"]),
        ("bikram", "2023-04-14/2024-04-12", &["2080", "BS 2080", "वि.सं. २०८०"]),
        ("bikram", "2017-03-28", &["2073-12-15", "2073/12/15", "15 Chaitra 2073", "2073 Chait 15", "Chaitra 15, 2073"]),
        ("bikram", "2018-07-17", &["2075-04-01", "१ साउन २०७५"]),
        ("bikram", "2023-02-13/2023-03-14", &["2079 Falgun", "Falgun 2079", "2079-11", "फाल्गुन २०७९", "2079M11"]),
        ("bikram", "2023-07-17/2023-08-17", &["Shrawan 2080", "Sawan, 2080", "2080/04"]),
        ("fiscal:NPL", "2023-02-13/2023-03-14", &["2079 Falgun", "Falgun 2079/80", "फागुन २०७९", "BS 2079-11"]),
        ("fiscal:NPL", "2023-04-14/2023-05-14", &["Baisakh 2079/80", "Baisakh 2080"]),
        ("fiscal:NPL", "2017-03-28", &["2073-12-15"]),
        ("fiscal:NPL", "2023-02", &["February 2023"]),
        ("fiscal:NPL", "1985-07-16/1986-07-15", &["BS 2042/43", "1985/86"]),
        ("buddhist", "2010-03", &["มีนาคม 2553", "มี.ค. ๒๕๕๓"]),
        ("gregorian", "2079", &["2079"]),
        ("gregorian:inclusive", "1950-01-01/1955-12-31", &["1950-1955", "1950–1955", "1950 to 1955"]),
        ("gregorian:midyear", "1950-07-01/1955-06-30", &["1950-1955", "1950-55"]),
        ("gregorian:midyear", "1950", &["1950"]),
    ] {
        for text in labels {
            assert_eq!(days(name, text), from_to, "{name} {text}");
        }
    }
}

#[test]
fn a_label_that_fits_badly_is_refused_with_the_calendar_that_fits() {
    for (name, text, why) in [
        ("gregorian", "2079/80", "2079/80 is 2022/23: declare calendar='fiscal:NPL'"),
        ("gregorian", "2553", "in the Buddhist Era 2553 is 2010: declare calendar='buddhist'"),
        ("gregorian", "BE 2553", "declare calendar='buddhist'"),
        ("gregorian", "1440", "1440 begins on 2018-09-12: declare calendar='hijri'"),
        ("gregorian", "1440 AH", "calendar='hijri'"),
        ("gregorian", "2019/20", "calendar='fiscal:IND'"),
        ("gregorian", "1950-1955", "calendar='gregorian:inclusive' or 'gregorian:midyear'"),
        ("gregorian:midyear", "2019/20", "declare whose fiscal year"),
        ("fiscal:IND", "2079-80", "calendar='fiscal:NPL'"),
        ("fiscal:IND", "2560/61", "calendar='fiscal:THA'"),
        ("fiscal:IND", "2019", "calendar='fiscal:IND:start' or 'fiscal:IND:end'"),
        ("fiscal:IND", "2019-07", "for the month write '2019M07'"),
        ("fiscal:IND", "2019-Q1", "part of a calendar year"),
        ("fiscal:PAK:end", "FY20", "as in 'FY2020'"),
        ("fiscal:IND", "2015-2019", "not one year"),
        ("fiscal:NPL", "2079", "'fiscal:NPL:start'"),
        ("fiscal:NPL", "2090/91", "beyond the table of Bikram Sambat, BS 1975 to 2090"),
        ("fiscal:NPL", "2049/50", "write 'BS 2042/43' if that is meant"),
        ("fiscal:NPL", "BS 1970/71", "beyond the table"),
        ("bikram", "2079/80", "declare calendar='fiscal:NPL'"),
        ("bikram", "2008/09", "does not fit calendar 'bikram'"),
        ("bikram", "2087-08", "2087-09-01 is 2030-12-16 or 2030-12-17"),
        ("bikram", "2079-13-01", "no day of Bikram Sambat"),
        ("hijri:ummalqura", "1419", "its years are 1420 to 1450"),
        ("buddhist", "2010", "it is Gregorian, B.E. 2553"),
        ("buddhist", "2454", "its years are 2455 to 2743"),
        ("buddhist", "2553/54", "calendar='fiscal:THA'"),
        ("buddhist", "2480-03", "began in April"),
        ("buddhist", "soon", "'BE 2553'"),
        ("hijri", "2018", "declare calendar='gregorian'"),
        ("hijri", "1439/1440", "expected a year"),
        ("hijri", "1440-13", "expected a year"),
        ("hijri", "1440-12-30", "expected a year"),
    ] {
        let message = refused(name, text);
        assert!(message.contains(why) && message.contains(text), "{name} {text}: {message}");
    }
    for (text, near) in
        [("fiscal:XXX", "fiscal:10-01:end"), ("budhist", "did you mean \"buddhist\""), ("hijri:end", "hijri")]
    {
        let message = text.parse::<Calendar>().unwrap_err().to_string();
        assert!(message.contains(near) && message.contains(text), "{message}");
    }
}

#[test]
fn columns() {
    let read = |labels: &[&str], name: Option<&str>, day| {
        let labels: Vec<String> = labels.iter().map(|l| (*l).to_owned()).collect();
        super::read(&labels, name.map(calendar).as_ref(), day)
    };
    let notes = read(&["2012e", "2013 (p)", "2014*", "2015"], None, None).unwrap();
    assert_eq!(
        notes.iter().map(|one| one.note.as_deref()).collect::<Vec<_>>(),
        [Some("e"), Some("p"), Some("*"), None]
    );
    let (at, error) = read(&["1996", "2079"], None, None).unwrap_err();
    assert!(at == 1 && error.to_string().contains("for a projection to 2079 declare"), "{error}");
    assert!(read(&["2049", "2050M01"], None, None).is_ok());
    let (at, error) = read(&["1996", "2001-02"], None, None).unwrap_err();
    assert!(at == 1 && error.to_string().contains("2001M02"), "{error}");
    assert!(read(&["2001-02"], Some("fiscal:IND"), None).is_ok());
    let on = read(&["2020", "1 March 2011", "2020e"], None, Some((7, 1))).unwrap();
    assert!(on.iter().all(|one| one.period.is_instant()));
    assert_eq!(label(on[0].period), "2020-07-01");
    assert_eq!(label(read(&["BE 2553"], Some("buddhist"), Some((1, 1))).unwrap()[0].period), "2010-01-01");
    for (labels, name) in [(["2020-Q1"], None), (["2079"], None), (["2079/80"], Some("fiscal:NPL"))] {
        assert!(read(&labels, name, Some((7, 1))).is_err());
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_period_or_an_error(text in "\\PC{0,12}|[0-9๐-๙०-९]{0,5}[-/– .()eBHSFY]{0,4}[0-9]{0,4}[eBSH)]{0,2}") {
        for one in listed() {
            if let Ok(read) = calendar(&one.name).parse(&text) {
                assert!(read.period.start < read.period.end);
            }
        }
        let _ = read(std::slice::from_ref(&text), None, None);
        let _ = read(&[text], None, Some((2, 28)));
    }
}
