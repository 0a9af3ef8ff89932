use super::binomial::{Binomial, Random};
use super::*;

fn request(areas: &[&str], reference: &[&str]) -> Request {
    Request {
        areas: areas.iter().map(|area| (*area).to_owned()).collect(),
        groups: vec!["2002".to_owned()],
        reference: areas.iter().map(|area| reference.contains(area)).collect(),
        country: vec![true; areas.len()],
        level: 0.95,
        ..Request::default()
    }
}

/// Flows of one group, printed and adjusted alike.
fn flows(rows: &[(i32, i32, f64, f64)]) -> Flows {
    let numbers = |of: fn(&(i32, i32, f64, f64)) -> f64| rows.iter().map(of).collect::<Vec<_>>();
    Flows {
        origin: rows.iter().map(|row| row.0).collect(),
        destination: rows.iter().map(|row| row.1).collect(),
        group: vec![0; rows.len()],
        inflow: numbers(|row| row.2),
        outflow: numbers(|row| row.3),
        inflow_adjusted: numbers(|row| row.2),
        outflow_adjusted: numbers(|row| row.3),
        unlike: Vec::new(),
    }
}

#[test]
fn partners_of_whom_one_side_is_known_are_in_neither_sum() {
    let request = request(&["AUT", "DNK", "SWE", "POL"], &["DNK", "SWE"]);
    let table = flows(&[(1, 0, 80.0, 100.0), (2, 0, 50.0, f64::NAN), (3, 0, 7.0, 9.0), (0, 1, 30.0, 40.0)]);
    let found = undercount(&table, &request, &Watch::default()).unwrap();
    let said: Vec<_> = found.iter().map(|one| (one.reporter, one.direction, one.partners, one.one_sided)).collect();
    // Denmark has no partner but Austria, which is none; nor has Poland.
    assert_eq!(said, [(0, Direction::Immigration, 1, 1), (0, Direction::Emigration, 1, 0)]);
    assert_eq!((found[0].adjusted.value(), found[1].adjusted.value()), (Some(0.8), Some(40.0 / 30.0)));
}

#[test]
fn what_stands_twice_is_refused() {
    let request = request(&["AUT", "DNK"], &["DNK"]);
    let refused = undercount(&flows(&[(1, 0, 1.0, 1.0), (1, 0, 2.0, 2.0)]), &request, &Watch::default());
    assert!(refused.unwrap_err().to_string().starts_with("rows 0 and 1 are both from DNK to AUT (2002)"));
}

#[test]
fn draws_have_the_moments_of_a_binomial() {
    for (trials, share) in [(20.0, 0.1), (20.0, 0.9), (1000.0, 0.3), (5000.0, 0.75), (1e6, 1e-5), (40.0, 0.5)] {
        let (one, mut random) = (Binomial::new(trials, share), Random::new("moments"));
        let draws: Vec<f64> = (0..200_000).map(|_| one.draw(&mut random)).collect();
        assert!(draws.iter().all(|draw| (0.0..=trials).contains(draw) && draw.fract() == 0.0));
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / draws.len() as f64;
        let wanted = trials * share * (1.0 - share);
        assert!((mean - trials * share).abs() < 5.0 * (wanted / draws.len() as f64).sqrt(), "{trials} {share} {mean}");
        assert!((variance / wanted - 1.0).abs() < 0.03, "{trials} {share} {variance} {wanted}");
    }
}

#[test]
fn draws_have_the_probabilities_of_a_binomial() {
    // 40 trials at one half go by rejection.
    let (one, mut random) = (Binomial::new(40.0, 0.5), Random::new("probabilities"));
    let mut counts = [0.0; 41];
    (0..400_000).for_each(|_| counts[one.draw(&mut random) as usize] += 1.0);
    let mut chance = 0.5f64.powi(40);
    for (found, count) in counts.iter().enumerate() {
        let expected = 400_000.0 * chance;
        assert!((count - expected).abs() < 5.0 * expected.sqrt() + 1.0, "{found}: {count} {expected}");
        chance *= (40 - found) as f64 / (found + 1) as f64;
    }
}

#[test]
fn an_interval_holds_its_ratio_and_needs_a_spread() {
    let table = flows(&[(1, 0, 962.0, 670.0), (2, 0, 9000.0, f64::NAN), (1, 2, f64::NAN, 5000.0)]);
    let mut asked = request(&["AUT", "DNK", "DEU"], &["DNK"]);
    asked.draws = 2000;
    let found = undercount(&table, &asked, &Watch::default()).unwrap();
    let one = found.iter().find(|one| one.reporter == 0).unwrap();
    let interval = one.interval.unwrap();
    assert!(interval.low < 962.0 / 670.0 && 962.0 / 670.0 < interval.high);
    // By the delta method: both shares are small.
    let share = |part: f64, whole: f64| (1.0 - part / whole) / part;
    let sd = 962.0 / 670.0 * (share(962.0, 9962.0) + share(670.0, 5670.0)).sqrt();
    assert!((interval.sd / sd - 1.0).abs() < 0.06, "{} {sd}", interval.sd);
    asked.seed = 1;
    assert_ne!(undercount(&table, &asked, &Watch::default()).unwrap()[0].interval, one.interval);
    let bare = flows(&[(1, 0, 962.0, 670.0)]);
    assert_eq!(undercount(&bare, &asked, &Watch::default()).unwrap()[0].interval, None);
}

#[test]
fn logarithms_fall_into_classes() {
    let logs = [0.5, 0.0, -0.05, -0.3, -0.5, -0.65, -1.0, f64::NAN];
    let of = |cuts, merged| classes(&logs, cuts, merged).into_iter().map(|one| one.unwrap_or(-1.0)).collect::<Vec<_>>();
    assert_eq!(of(Cuts::Equal, true), [0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0, -1.0]);
    assert_eq!(of(Cuts::Equal, false), [0.0, 0.25, 0.25, 0.5, 0.75, 0.75, 1.0, -1.0]);
    assert_eq!(of(Cuts::Quantile, true), [0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0, -1.0]);
    assert_eq!(classes(&[f64::NAN], Cuts::Equal, true), [None]);
    assert_eq!(classes(&[0.2, 0.1], Cuts::Quantile, true), [Some(0.0), Some(0.0)]);
}

#[test]
fn multipliers_are_found_again() {
    // Stays of 0, 3, 6 and 12 months and for good; who is compared with whom in two years.
    let truth = [0.53, 0.63, 0.73, 1.0, 2.26];
    let mut random = Random::new("flows");
    let mut rows = Vec::new();
    for (mine, theirs) in [(0, 3), (1, 3), (2, 3), (4, 3), (0, 1), (4, 2), (1, 2)] {
        for _ in 0..2 {
            let flow = 1000.0 * random.unit();
            let mut row = vec![0.0; 5];
            row[mine] = flow / truth[mine];
            row[theirs] -= flow / truth[theirs];
            rows.push(row);
        }
    }
    let found = fit(&rows, 3).unwrap();
    found.multipliers.iter().zip(truth).for_each(|(found, truth)| assert!((found - truth).abs() < 1e-9, "{found}"));
    assert!(found.residual < 1e-9 * found.before);
    assert!(fit(&rows[..2], 3).unwrap_err().to_string().contains("2 comparisons do not tell 5 minimum stays apart"));
}

#[test]
fn no_multipliers_do_better() {
    // Where the best would fall, they stay level; a fine grid finds nothing better.
    let rows = vec![vec![10.0, 0.0, -9.0], vec![0.0, 10.0, -6.0], vec![8.0, -7.0, 0.5], vec![3.0, 3.0, -5.0]];
    let found = fit(&rows, 2).unwrap();
    let [a, b, _] = found.multipliers[..] else { panic!() };
    assert!(a <= b && b <= 1.0);
    let squares = |a: f64, b: f64| -> f64 { rows.iter().map(|row| (row[0] * a + row[1] * b + row[2]).powi(2)).sum() };
    assert!((squares(a, b) - found.residual).abs() < 1e-9);
    for low in 0..=200 {
        for high in low..=200 {
            assert!(squares(f64::from(low) / 200.0, f64::from(high) / 200.0) >= found.residual - 1e-9);
        }
    }
}
