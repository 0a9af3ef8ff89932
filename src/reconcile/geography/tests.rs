use super::shares::concentration;
use super::*;

#[test]
fn what_came_after_a_state() {
    assert_eq!(line("CSHH"), ["CZE", "SVK"]);
    assert_eq!(line("YUCS"), ["BIH", "CSXX", "HRV", "MKD", "MNE", "SRB", "SVN", "XKX"]);
    assert_eq!(standing("YUCS"), ["BIH", "HRV", "MKD", "MNE", "SRB", "SVN", "XKX"]);
    assert!(line("LKA").is_empty());
}

#[test]
fn parts_are_those_that_have_figures() {
    let of = |seen: &[&str]| parts_of("YUCS", &|code| seen.contains(&code));
    let direct = ["BIH", "HRV", "MKD", "SVN", "CSXX"];
    assert_eq!(of(&direct), direct);
    // Kosovo stays within Serbia where nobody counts it apart.
    assert_eq!(of(&["SRB", "MNE", "HRV"]), ["BIH", "HRV", "MKD", "MNE", "SRB", "SVN"]);
    assert_eq!(of(&["SRB", "MNE", "XKX"]), ["BIH", "HRV", "MKD", "MNE", "SRB", "SVN", "XKX"]);
    assert_eq!(parts_of("CSXX", &|code| code == "SRB"), ["MNE", "SRB"]);
}

#[test]
fn no_state_is_its_own_successor() {
    for area in area::all() {
        assert!(!line(area.code).contains(&area.code), "{}", area.code);
    }
}

#[test]
fn a_concentration_by_hand() {
    // Two partners of 100 people, shares 0.75 and 0.25: S = 200 x 2 x 0.25^2 = 25, Q = 0.5, N - 200^2/2/200 = 100, so
    // r = (25 / 0.5 - 1) / (100 - 1) = 49 / 99 and A = 50 / 49.
    let found = concentration(&[vec![75.0, 25.0], vec![25.0, 75.0]]);
    assert!((found - 50.0 / 49.0).abs() < 1e-12, "{found}");
    assert_eq!(concentration(&[vec![50.0, 50.0], vec![50.0, 50.0]]), f64::INFINITY);
    assert_eq!(concentration(&[vec![75.0, 25.0]]), f64::INFINITY);
    assert_eq!(concentration(&[vec![9.0, 0.0], vec![5.0, 0.0]]), f64::INFINITY);
    assert_eq!(concentration(&[vec![1.0, 0.0], vec![0.0, 1.0]]), f64::INFINITY);
    assert_eq!(concentration(&[vec![90.0, 0.0], vec![0.0, 90.0]]), 0.0);
}

#[test]
fn what_is_asked_must_make_sense() {
    let split = |json: &str| Split::from_json(json).unwrap_err().to_string();
    let given = |area: &str, more: &str| {
        format!(
            r#"{{"area": "{area}", "sides": ["origin"], "parts": null, "years": 1, "by_partner": true, "shrink": null,
                "integers": false, "overlap": "keep", {more}}}"#
        )
    };
    assert!(split(&given("Yugoslavia", r#""shares": null"#)).starts_with("\"Yugoslavia\" is no code of a country"));
    assert!(split(&given("LKA", r#""shares": null"#)).contains("no successors that are known"));
    assert!(split(&given("CSHH", r#""shares": [["CZE", 0.5]]"#)).starts_with("shares add up to 0.5, not to 1"));
    assert!(split(&given("CSHH", r#""shares": [["CSHH", 1.0]]"#)).contains("one of its own parts"));
    assert!(Split::from_json(&given("CSHH", r#""shares": [["CZE", 0.5], ["SVK", 0.5]]"#)).is_ok());
}
