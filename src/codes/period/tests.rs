use proptest::prelude::*;

use super::*;

fn days(y: i32, m: u32, d: u32) -> i32 {
    NaiveDate::from_ymd_opt(y, m, d).unwrap().to_epoch_days()
}

fn refused(result: Result<Period, Error>) -> String {
    match result {
        Err(Error::Code(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn days_are_counted_from_1970() {
    assert_eq!(year(1970).unwrap(), Period { start: 0, end: 365 });
    assert_eq!(year(1969).unwrap(), Period { start: -365, end: 0 });
    assert_eq!(parse("2000-02-29").unwrap(), Period { start: 11016, end: 11017 });
}

#[test]
fn labels_as_they_are_printed() {
    for (from, to, labels) in [
        ((1996, 1, 1), (1997, 1, 1), &["1996", " 1996 ", "1996.0", "1996.00"][..]),
        (
            (1996, 3, 1),
            (1996, 4, 1),
            &["1996-03", "1996M03", "1996m3", "1996-M03", "March 1996", "Mar 1996", "MAR-1996", "1996 March"],
        ),
        ((1996, 12, 1), (1997, 1, 1), &["1996-12", "1996M12"]),
        ((1996, 4, 1), (1996, 7, 1), &["1996-Q2", "1996Q2", "1996 Q2", "Q2 1996", "q2-1996"]),
        ((1996, 7, 1), (1997, 1, 1), &["1996-S2", "1996-H2", "H2 1996", "1996S2"]),
        (
            (1996, 3, 15),
            (1996, 3, 16),
            &["1996-03-15", "15 March 1996", "March 15, 1996", "15-Mar-1996", "1996-03-15/1996-03-15"],
        ),
        ((2014, 1, 1), (2014, 10, 1), &["2014-01-01/2014-09-30", "2014-01-01/P9M"]),
        ((2014, 4, 1), (2015, 4, 1), &["2014-04-01/2015-03-31", "2014-04-01/P1Y", "2014-04-01/P365D"]),
        ((2014, 4, 1), (2014, 4, 15), &["2014-04-01/P2W"]),
        (
            (2014, 1, 1),
            (2014, 10, 1),
            &["January-September 2014", "Jan - Sep 2014", "Jan. to Sept 2014", "JAN–SEP 2014"],
        ),
        ((1945, 10, 1), (1947, 7, 1), &["Oct 1945-Jun 1947", "October 1945 to June 1947"]),
        ((2001, 2, 1), (2001, 3, 1), &["2001-02", "2001M02"]),
        ((2200, 1, 1), (2201, 1, 1), &["2200"]),
        ((2200, 12, 31), (2201, 1, 1), &["2200-12-31"]),
    ] {
        let expected = Period { start: days(from.0, from.1, from.2), end: days(to.0, to.1, to.2) };
        for label in labels {
            assert_eq!(parse(label).unwrap_or_else(|e| panic!("{e}")), expected, "{label:?}");
        }
    }
}

#[test]
fn what_has_several_readings_is_refused() {
    for (label, why) in [
        ("1990-1995", "write the days, '1990-01-01/1995-12-31' or '1990-07-01/1995-06-30'"),
        ("1990–1995", "UN DESA"),
        ("1990-95", "UN DESA"),
        ("1990/1995", "UN DESA"),
        ("1990/95", "UN DESA"),
        ("1990 to 1995", "UN DESA"),
        ("2017/18", "scheme of the fiscal year must be declared"),
        ("2017-18", "fiscal"),
        ("2017–18", "fiscal"),
        ("2001–02", "fiscal"),
        ("2017/2018", "fiscal"),
        ("2017-2018", "fiscal"),
        ("1999-00", "fiscal"),
        ("1999/00", "fiscal"),
        ("FY2018", "fiscal"),
        ("FY 2017/18", "fiscal"),
        ("01/07/2020", "day or the month first"),
        ("1.7.2020", "day or the month first"),
        ("mid-2020", "which day"),
        ("1995-1990", "ends before it begins"),
        ("2014-09-30/2014-01-01", "ends before it begins"),
        ("19966", "year 19966 is outside 1500-2200"),
        ("1499", "year 1499 is outside 1500-2200"),
        ("2539", "year 2539 is outside 1500-2200"),
        ("96", "year 96 is outside 1500-2200"),
        ("1996-13", "UN DESA"),
        ("1996-00", "UN DESA"),
        ("1996-02-30", "not understood"),
        ("2200-12-31/P2D", "outside the years"),
        ("2014-01-31/P1M", "not understood"),
        ("2014-01-01/P0D", "not understood"),
        ("2014-01-01/P99999999999D", "not understood"),
        ("1996.5", "not understood"),
        ("1996 e", "not understood"),
        ("1996²", "not understood"),
        ("1996-Q5", "not understood"),
        ("1996-W05", "not understood"),
        ("Mar-96", "not understood"),
        ("-1996", "not understood"),
        ("+1996", "not understood"),
        ("", "not understood"),
        ("年", "not understood"),
        ("199年6", "not understood"),
    ] {
        let message = refused(parse(label));
        assert!(message.contains(why) && message.contains(label), "{label:?}: {message}");
    }
    assert_eq!(refused(year(19966)), "year 19966 is outside 1500-2200");
}

#[test]
fn a_column_decides_what_a_label_cannot() {
    let months = parse_column(&["2001-01", "2001-02", "2001-03"]).unwrap();
    assert_eq!(label(months[1]), "2001-02");
    assert!(parse_column(&["2000-01", "2001-02", "2002-03"]).is_err());
    assert!(parse_column(&["1999-00", "2000-01"]).is_err());
    let message = refused(parse_column(&["2000", "2001-02"]).map(|p| p[0]));
    assert!(message.contains("'2001-02'") && message.contains("'2001M02'"), "{message}");
    assert!(parse_column(&["2001M02", "1996"]).is_ok());
    assert!(parse_column::<&str>(&[]).unwrap().is_empty());
}

#[test]
fn instants_are_full_dates() {
    for text in ["2020-07-01", " 1 July 2020", "July 1, 2020", "1-Jul-2020"] {
        assert_eq!(instant(text).unwrap(), Period { start: days(2020, 7, 1), end: days(2020, 7, 1) });
    }
    for text in ["2020", "2020-07", "2020-Q3"] {
        let message = refused(instant(text));
        assert!(message.contains("which day") && message.contains(text), "{message}");
    }
    for text in ["mid-2020", "2020-13-01", "01/07/2020", "2500-01-01", ""] {
        assert!(refused(instant(text)).contains(text));
    }
}

#[test]
fn calendar_years() {
    assert_eq!(calendar_year(year(1996).unwrap()), Some(1996));
    assert_eq!(calendar_year(parse("1996-01-01/1996-12-31").unwrap()), Some(1996));
    for other in ["1996-03", "1996-01-01/1996-12-30", "1995-07-01/1996-06-30", "1996-01-01/1997-12-31"] {
        assert_eq!(calendar_year(parse(other).unwrap()), None);
    }
    assert_eq!(calendar_year(instant("1996-01-01").unwrap()), None);
    assert_eq!(calendar_year(Period { start: i32::MIN, end: i32::MAX }), None);
}

#[test]
fn labels_of_periods() {
    for text in ["1996", "1996-Q1", "1996-03", "1996-03-15", "2014-01-01/2014-09-30", "1996-01-01/1996-06-30"] {
        assert_eq!(label(parse(text).unwrap()), text);
    }
    assert_eq!(label(instant("2020-07-01").unwrap()), "2020-07-01");
}

#[test]
fn containment_and_overlap() {
    let p = |text| parse(text).unwrap();
    let t = |text| instant(text).unwrap();
    assert!(contains(p("1996"), p("1996-03")) && contains(p("1996"), p("1996-12-31")));
    assert!(!contains(p("1996"), p("1996")) && !contains(p("1996"), p("1997-01")));
    assert!(!contains(p("1996"), p("1995-07-01/1996-06-30")));
    assert!(contains(p("1996"), t("1996-01-01")) && contains(p("1996"), t("1996-12-31")));
    assert!(!contains(p("1996"), t("1997-01-01")) && !contains(t("1996-01-01"), t("1996-01-01")));
    assert!(overlaps(p("1996"), p("1995-07-01/1996-06-30")) && !overlaps(p("1996"), p("1997")));
    assert!(overlaps(p("1996"), t("1996-01-01")) && !overlaps(p("1996"), t("1997-01-01")));
    assert!(overlaps(t("1996-01-01"), t("1996-01-01")) && !overlaps(t("1996-01-01"), t("1996-01-02")));
}

/// Periods that labels can name, with the round ones as frequent as the odd.
fn any_period() -> impl Strategy<Value = Period> {
    let (first, last) = (days(1500, 1, 1), days(2200, 12, 31));
    prop_oneof![
        (1500..=2200).prop_map(|y| year(y).unwrap()),
        (1500..=2200, 1u32..=12).prop_map(|(y, m)| months(y, m, 1).unwrap()),
        (1500..=2200, 0u32..=3).prop_map(|(y, q)| months(y, q * 3 + 1, 3).unwrap()),
        (first..=last).prop_map(|d| Period { start: d, end: d + 1 }),
        (first..=last).prop_map(at),
        (first..=last, first..=last).prop_map(|(a, b)| Period { start: a.min(b), end: a.max(b) + 1 }),
        (0i32..9, 0i32..9).prop_map(|(a, b)| Period { start: a.min(b), end: a.max(b) }),
    ]
}

proptest! {
    #[test]
    fn any_text_is_a_period_or_an_error(text in any::<String>()) {
        let _ = instant(&text);
        let _ = parse_column(&[&text]);
        if let Ok(p) = parse(&text) {
            prop_assert!(p.start < p.end);
        }
    }

    #[test]
    fn text_like_labels_does_not_panic(text in "[0-9]{0,5}[-/–. QMP年]{0,2}[0-9]{0,4}[-/ YMD]{0,1}(March|P)?[0-9]{0,4}[YMWD]?") {
        let _ = instant(&text);
        let _ = parse_column(&[&text]);
        if let Ok(p) = parse(&text) {
            prop_assert_eq!(parse(&label(p)).unwrap(), p);
        }
    }

    #[test]
    fn labels_are_read_back(p in any_period()) {
        let back = if p.is_instant() { instant(&label(p)) } else { parse(&label(p)) };
        prop_assert_eq!(back.unwrap(), p);
    }

    #[test]
    fn contains_is_a_strict_order(a in any_period(), b in any_period(), c in any_period()) {
        prop_assert!(!contains(a, a));
        prop_assert!(!(contains(a, b) && contains(b, a)));
        prop_assert!(!(contains(a, b) && contains(b, c)) || contains(a, c));
        prop_assert!(!contains(a, b) || overlaps(a, b));
        prop_assert_eq!(overlaps(a, b), overlaps(b, a));
    }

    #[test]
    fn no_days_panic(start in any::<i32>(), end in any::<i32>()) {
        let (p, q) = (Period { start, end }, Period { start: end, end: start });
        let _ = (label(p), calendar_year(p), contains(p, q), overlaps(p, q));
    }
}
