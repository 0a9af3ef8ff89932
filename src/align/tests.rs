use proptest::prelude::*;

use super::*;
use crate::codes::period::parse;

fn figures(rows: &[(&str, f64)]) -> Vec<Figure> {
    let figure = |(row, (text, value)): (usize, &(&str, f64))| Figure {
        series: 0,
        period: parse(text).unwrap(),
        value: *value,
        row,
    };
    rows.iter().enumerate().map(figure).collect()
}

const INDIA: [(&str, f64); 3] =
    [("2016-04-01/2017-03-31", 7410.0), ("2017-04-01/2018-03-31", 9000.0), ("2018-04-01/2019-03-31", 8100.0)];

fn smooth() -> Method {
    Method::Denton { follow: None, additive: false }
}

fn years(rows: &[(&str, f64)], method: &Method, partial: bool) -> Vec<(String, Option<f64>, f64)> {
    let found = flows(figures(rows), &Target::Months(12), method, partial).unwrap();
    found.aligned.into_iter().map(|one| (label(one.period), one.value, one.share)).collect()
}

#[test]
fn partial_years_are_null_unless_asked() {
    let found = years(&INDIA, &Method::Uniform, false);
    assert_eq!(found.iter().map(|one| one.1.is_some()).collect::<Vec<_>>(), [false, true, true, false]);
    assert_eq!(found[0].2, 275.0 / 366.0);
    let found = years(&INDIA, &Method::Uniform, true);
    let sum: f64 = found.iter().filter_map(|one| one.1).sum();
    assert!((sum - 24510.0).abs() < 1e-9);
    assert!((found[1].1.unwrap() - 8_607.945_205_48).abs() < 1e-6);
}

#[test]
fn a_gap_or_a_figure_that_is_not_known_leaves_a_year_uncovered() {
    let found = years(&[("1996", 1.0), ("1997-H1", 2.0), ("1997-H2", f64::NAN), ("1999", 3.0)], &smooth(), false);
    assert_eq!(
        found.iter().map(|one| (one.0.as_str(), one.1)).collect::<Vec<_>>(),
        [("1996", Some(1.0)), ("1997", None), ("1998", None), ("1999", Some(3.0))]
    );
    assert_eq!(found[2].2, 0.0);
}

#[test]
fn what_cannot_be_aligned_is_refused() {
    let refused = |rows: &[(&str, f64)], method: &Method| {
        flows(figures(rows), &Target::Months(12), method, false).unwrap_err().to_string()
    };
    assert!(refused(&[("1996", 1.0), ("1996-Q1", 1.0)], &Method::Uniform).contains("rows 0 and 1"));
    assert!(refused(&[("1996-07-01", 1.0), ("1997-07-01", 1.0)], &Method::Uniform).contains("stocks"));
    let mut instant = figures(&[("1996", 1.0)]);
    instant[0].period.end = instant[0].period.start;
    assert!(flows(instant, &Target::Months(12), &Method::Uniform, false).unwrap_err().to_string().contains("stock"));
    let mut january = [0.0; 12];
    january[0] = 1.0;
    let only = Weights::EveryYear(january);
    assert!(refused(&[("1996-H2", 1.0)], &Method::Seasonal(only.clone())).contains("are zero"));
    let follow = Method::Denton { follow: Some(only), additive: false };
    assert!(refused(&[("1996", 1.0)], &follow).contains("denton-additive"));
    let some = Weights::From(1996 * 12, vec![1.0; 3]);
    assert!(refused(&[("1996", 1.0)], &Method::Seasonal(some)).contains("month 1996-04 is missing"));
}

#[test]
fn months_and_five_years() {
    let found = flows(figures(&[("1996", 366.0)]), &Target::Months(1), &smooth(), false).unwrap().aligned;
    let lengths: Vec<f64> = found.iter().map(|one| f64::from(one.period.end - one.period.start)).collect();
    assert!(found.iter().zip(lengths).all(|(one, days)| (one.value.unwrap() - days).abs() < 1e-9));
    let rows: Vec<(String, f64)> = (1994..2001).map(|y| (y.to_string(), 1.0)).collect();
    let rows: Vec<(&str, f64)> = rows.iter().map(|(y, v)| (y.as_str(), *v)).collect();
    let found = flows(figures(&rows), &Target::Months(60), &Method::Uniform, false).unwrap().aligned;
    assert_eq!(found.iter().map(|one| one.value).collect::<Vec<_>>(), [None, Some(5.0), None]);
    assert!(!found[1].split);
}

#[test]
fn differences_of_january_and_december_are_no_larger_than_they_must_be() {
    let found =
        flows(figures(&[("1995", 365.0), ("1996", 732.0)]), &Target::Months(1), &smooth(), false).unwrap().aligned;
    let rates: Vec<f64> =
        found.iter().map(|one| one.value.unwrap() / f64::from(one.period.end - one.period.start)).collect();
    assert!(rates.windows(2).all(|pair| pair[1] > pair[0] - 1e-12), "{rates:?}");
    assert!((rates[0] - rates[1]).abs() < (rates[11] - rates[12]).abs());
}

proptest! {
    #[test]
    fn totals_are_kept_and_order_does_not_matter(
        values in prop::collection::vec(0.0..1e9, 1..8), from in -2000i32..2000, turn in 0usize..8, which in 0usize..4
    ) {
        let mut rows: Vec<Figure> = values.iter().enumerate().map(|(row, value)| {
            let start = from + 365 * row as i32;
            Figure { series: 3, period: Period { start, end: start + 365 }, value: *value, row: 0 }
        }).collect();
        let weights = Weights::EveryYear([0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.1, 0.1, 0.1]);
        let method = match which {
            0 => Method::Uniform,
            1 => Method::Seasonal(weights),
            2 => smooth(),
            _ => Method::Denton { follow: Some(weights), additive: true },
        };
        let one = flows(rows.clone(), &Target::Months(12), &method, true).unwrap();
        let at = turn % rows.len();
        rows.rotate_left(at);
        prop_assert_eq!(&one, &flows(rows, &Target::Months(12), &method, true).unwrap());
        let (sum, total): (f64, f64) = (one.aligned.iter().filter_map(|one| one.value).sum(), values.iter().sum());
        prop_assert!((sum - total).abs() <= 1e-12 * values.iter().sum::<f64>().max(1.0) * 10.0, "{} {}", sum, total);
    }
}
