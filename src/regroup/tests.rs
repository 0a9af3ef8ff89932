use proptest::prelude::*;

use super::*;
use crate::watch::Watch;

fn edges(starts: &[u16], end: Option<u16>) -> Edges {
    let ends = starts[1..].iter().copied().map(Some).chain([end]);
    Edges::new("ages", &starts.iter().copied().zip(ends).collect::<Vec<_>>()).unwrap()
}

fn fives(top: u16, end: Option<u16>) -> Edges {
    edges(&(0..=top).step_by(5).collect::<Vec<_>>(), end)
}

fn singles(to: u16) -> Edges {
    edges(&(0..to).collect::<Vec<_>>(), Some(to))
}

fn regroup(source: &Edges, target: &Edges, method: Method, values: &[f64]) -> Vec<f64> {
    apply(&Plan::new(source, target, method, Options::default()).unwrap(), values).unwrap().0
}

fn apply(plan: &Plan, values: &[f64]) -> Result<(Vec<f64>, Vec<bool>), Error> {
    let mut made = vec![f64::INFINITY; values.len() / plan.sources * plan.targets];
    let fell_back = plan.apply(values, &mut made, &Watch::default())?;
    Ok((made, fell_back))
}

fn refusal(source: &Edges, target: &Edges, method: Method) -> String {
    Plan::new(source, target, method, Options::default()).err().unwrap().to_string()
}

#[test]
fn panels_give_each_group_back() {
    let panels = linear::sprague();
    assert_eq!(panels.end[0], [0.3616, -0.2768, 0.1488, -0.0336, 0.0]);
    assert_eq!(panels.middle[0], [-0.0128, 0.0848, 0.1504, -0.024, 0.0016]);
    for group in 0..5 {
        let sum: f64 = panels.middle.iter().map(|row| row[group]).sum();
        assert!((sum - f64::from(u8::from(group == 2))).abs() < 1e-12);
    }
}

#[test]
fn nested_edges_are_sums_by_every_method() {
    for (_, method) in METHODS {
        let made = regroup(&fives(25, None), &edges(&[0, 15], None), method, &[1., 2., 3., 4., 5., 6.]);
        assert_eq!(made, [6., 15.], "{method:?}");
    }
}

#[test]
fn refusals_say_what_to_do() {
    let open = fives(65, None);
    let gap = Edges::new("ages", &[(0, Some(5)), (10, Some(15))]).unwrap_err().to_string();
    assert!(gap.contains("nothing is said about ages 5-9"), "{gap}");
    let twice = Edges::new("ages", &[(0, Some(15)), (5, Some(15))]).unwrap_err().to_string();
    assert!(twice.contains("0-14 and 5-14 overlap"), "{twice}");
    for (target, part) in [
        (edges(&[0, 70], None), "70+ would split the open group 65+"),
        (edges(&[0, 15], Some(65)), "15-64 would split the open group 65+"),
        (edges(&[15], None), "ages 0-14 are in the table and in no group"),
    ] {
        let text = refusal(&open, &target, Method::Monotone);
        assert!(text.contains(part), "{text}");
    }
    let text = refusal(&edges(&[15, 25], Some(35)), &edges(&[0, 20], Some(35)), Method::Uniform);
    assert!(text.contains("0-19 holds ages below 15"), "{text}");
    let text = refusal(&edges(&[0, 10, 20], Some(30)), &singles(30), Method::Sprague);
    assert!(text.contains("sprague needs groups of five years"), "{text}");
    let text = refusal(&fives(15, Some(20)), &singles(20), Method::Beers);
    assert!(text.contains("at least five closed groups"), "{text}");
}

#[test]
fn an_open_group_alone_in_its_target() {
    for (_, method) in METHODS {
        let target = edges(&(0..=30).collect::<Vec<_>>(), None);
        let made = regroup(&fives(30, None), &target, method, &[9., 8., 7., 6., 5., 4., 3.]);
        assert_eq!(made.len(), 31);
        assert_eq!(made[30], 3.0);
        assert!((made.iter().sum::<f64>() - 42.0).abs() < 1e-12, "{method:?}");
    }
}

#[test]
fn a_closed_open_group() {
    let plan = Plan::new(
        &edges(&[0, 50], None),
        &edges(&[0, 75], None),
        Method::Uniform,
        Options { open_to: Some(100), ..Options::default() },
    )
    .unwrap();
    assert_eq!(apply(&plan, &[10., 10.]).unwrap().0, [15., 5.]);
}

#[test]
fn what_is_missing_reaches_what_depends_on_it() {
    let source = fives(30, Some(35));
    let target = edges(&(0..35).collect::<Vec<_>>(), Some(35));
    let values = [f64::NAN, 8., 7., 6., 5., 4., 3.];
    let uniform = regroup(&source, &target, Method::Uniform, &values);
    assert_eq!(uniform.iter().filter(|value| value.is_nan()).count(), 5);
    let sprague = regroup(&source, &target, Method::Sprague, &values);
    assert!(sprague[..10].iter().all(|value| value.is_nan()) && !sprague[20].is_nan());
    for method in [Method::Monotone, Method::Pclm] {
        assert!(regroup(&source, &target, method, &values).iter().all(|value| value.is_nan()));
        let broad = regroup(&source, &edges(&[0, 10, 12], Some(35)), method, &values);
        assert!(broad[0].is_nan() && broad[1].is_nan());
        let mixed = regroup(&source, &edges(&[0, 12, 15, 25], Some(35)), method, &values);
        assert_eq!(mixed[3], 7.0);
    }
}

#[test]
fn negative_figures() {
    let plan = Plan::new(&fives(20, Some(25)), &singles(25), Method::Monotone, Options::default()).unwrap();
    let text = apply(&plan, &[1., -2., 1., 1., 1.]).err().unwrap().to_string();
    assert!(text.contains("row 0, age group 2: -2 is below zero"), "{text}");
    let plan = Plan::new(&fives(20, Some(25)), &singles(25), Method::Sprague, Options::default()).unwrap();
    let (made, fell_back) = apply(&plan, &[0., 1000., 0., 0., 0., 5., 5., 5., 5., 5.]).unwrap();
    assert_eq!(fell_back, [true, false]);
    assert!(made.iter().all(|value| *value >= 0.0));
}

fn cuts() -> impl Strategy<Value = Vec<u16>> {
    prop::collection::btree_set(1u16..40, 0..12).prop_map(|cuts| std::iter::once(0).chain(cuts).collect())
}

proptest! {
    #[test]
    fn totals_are_kept_and_nothing_is_below_zero(
        source in cuts(), target in cuts(), seed in prop::collection::vec(0u32..100_000, 26),
    ) {
        let (from, to) = (edges(&source, Some(40)), edges(&target, Some(40)));
        let values: Vec<f64> = seed[..source.len() * 2].iter().map(|n| f64::from(n / 7)).collect();
        for method in [Method::Uniform, Method::Monotone, Method::Pclm] {
            let made = regroup(&from, &to, method, &values);
            prop_assert!(made.iter().all(|value| *value >= 0.0));
            for (values, made) in values.chunks(source.len()).zip(made.chunks(target.len())) {
                let grid = Grid::new(&from, &to, None, None).unwrap();
                for (sources, targets) in grid.nests() {
                    let (before, after): (f64, f64) = (values[sources].iter().sum(), made[targets].iter().sum());
                    prop_assert!((before - after).abs() <= 1e-12 * before, "{method:?}: {before} {after}");
                }
            }
        }
    }

    #[test]
    fn down_to_single_years_and_back(seed in prop::collection::vec(1u32..100_000, 9)) {
        let values: Vec<f64> = seed.iter().map(|n| f64::from(*n)).collect();
        let (source, single) = (fives(40, Some(45)), singles(45));
        for (_, method) in METHODS {
            let made = regroup(&source, &single, method, &values);
            let back = regroup(&single, &source, method, &made);
            let all: f64 = values.iter().sum();
            prop_assert!((back.iter().sum::<f64>() - all).abs() <= 1e-11 * all);
            if method != Method::BeersModified {
                for (back, value) in back.iter().zip(&values) {
                    prop_assert!((back - value).abs() <= 1e-10 * all, "{method:?}: {back} {value}");
                }
            }
        }
    }

    #[test]
    fn rows_do_not_know_of_each_other(seed in prop::collection::vec(0u32..100_000, 9 * 11)) {
        let values: Vec<f64> = seed.iter().map(|n| f64::from(*n)).collect();
        let (source, single) = (fives(40, Some(45)), singles(45));
        for (_, method) in METHODS {
            let all = regroup(&source, &single, method, &values);
            for (values, made) in values.chunks(9).zip(all.chunks(45)) {
                let alone = regroup(&source, &single, method, values);
                prop_assert!(alone.iter().zip(made).all(|(a, b)| a.to_bits() == b.to_bits()), "{method:?}");
            }
        }
    }
}

fn shifted(source: &Edges, to: AgeDefinition, options: Options, values: &[f64]) -> (Vec<String>, Vec<f64>) {
    let shift = Shift::new(source, to, Method::Uniform, options).unwrap();
    let mut made = vec![0.0; shift.targets().len()];
    shift.apply(values, &mut made, &Watch::default()).unwrap();
    ((0..made.len()).map(|at| shift.targets().group(at)).collect(), made)
}

#[test]
fn half_of_each_age_reaches_the_next() {
    let plain = Options::default();
    let ages = edges(&[0, 1, 2], None);
    let (groups, made) = shifted(&ages, AgeDefinition::Reached, plain, &[10., 20., 40.]);
    assert_eq!((groups.join(" ").as_str(), made), ("0 1 2+", vec![5., 15., 50.]));
    let (groups, made) = shifted(&ages, AgeDefinition::Completed, plain, &[10., 20., 40.]);
    assert_eq!((groups.join(" ").as_str(), made), ("0 1+", vec![20., 50.]));
    let closed = edges(&[0, 1, 2], Some(3));
    let (groups, made) = shifted(&closed, AgeDefinition::Reached, plain, &[10., 20., 40.]);
    assert_eq!((groups.join(" ").as_str(), made), ("0 1 2 3", vec![5., 15., 30., 20.]));
    let (groups, made) = shifted(&closed, AgeDefinition::Completed, plain, &[10., 20., 40.]);
    assert_eq!((groups.join(" ").as_str(), made), ("0 1 2", vec![20., 30., 20.]));
    let options = Options { open_to: Some(6), ..plain };
    let (groups, made) = shifted(&ages, AgeDefinition::Completed, options, &[10., 20., 40.]);
    assert_eq!((groups.join(" ").as_str(), made), ("0 1 2+", vec![20., 15., 35.]));
    let fives = edges(&[0, 5, 10], None);
    let (groups, made) = shifted(&fives, AgeDefinition::Reached, plain, &[50., 100., 40.]);
    assert_eq!((groups.join(" ").as_str(), made), ("0-4 5-9 10+", vec![45., 95., 50.]));
    let (groups, made) = shifted(&fives, AgeDefinition::Completed, plain, &[50., 100., 40.]);
    assert_eq!((groups.join(" ").as_str(), made), ("0-4 5+", vec![60., 130.]));
}

#[test]
fn a_tail_spreads_the_open_group_alone() {
    let parameters = [0.02, 0.1, 0.06, 0.1, 20.0, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.003];
    let tail = Some(schedule::Schedule::new(parameters).unwrap());
    let options = Options { open_to: Some(100), tail, ..Options::default() };
    let source = fives(65, None);
    let values: Vec<f64> = (1..=14).map(|at| f64::from(at) * 100.0).collect();
    let to = edges(&[0, 62, 70, 80], None);
    for (_, method) in METHODS {
        let plan = Plan::new(&source, &to, method, options).unwrap();
        let made = apply(&plan, &values).unwrap().0;
        let alone = regroup(&fives(60, Some(65)), &edges(&[0, 62], Some(65)), method, &values[..13]);
        assert!((made[0] - alone[0]).abs() < 1e-9, "{method:?}");
        assert!((made.iter().sum::<f64>() - values.iter().sum::<f64>()).abs() < 1e-8);
        assert!(made[2] / 10.0 > made[3] / 20.0 && !plan.exact()[1] && !plan.exact()[3]);
        assert_eq!(plan.nests(), [(0..14, 0..4)]);
    }
}
