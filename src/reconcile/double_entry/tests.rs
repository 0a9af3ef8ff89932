//! The arithmetic by itself; `tests/test_double_entry.py` has the rest.

use proptest::prelude::*;

use super::refuse::Names;
use super::*;

fn names(n: u32) -> Names {
    let all: Vec<String> = (0..n).map(|at| format!("R{at}")).collect();
    Names { receiving: all.clone(), sending: all, groups: Vec::new() }
}

fn options(method: Method, reference: Option<u32>) -> Options {
    let normalise = reference.map_or(Normalise::Sum, |at| Normalise::Reference(vec![at]));
    Options { method, normalise, bounds: None, leave_out: false }
}

fn one(cells: &[Cell], n: u32, options: &Options) -> Result<Group, Error> {
    Ok(fit(1, |_| cells.to_vec(), &names(n), options, &Watch::default())?.remove(0))
}

fn cell(sending: u32, receiving: u32, inflow: f64, outflow: f64) -> Cell {
    Cell { receiving, sending, inflow, outflow, weight: 1.0 }
}

fn found(group: &Group) -> Vec<f64> {
    group.receiving.iter().chain(&group.sending).map(|one| one.factor.unwrap_or(f64::NAN)).collect()
}

/// True flows between three areas, counted by receiving offices times `cover.0` and by sending ones times `cover.1`.
fn counted(cover: [[f64; 3]; 2]) -> Vec<Cell> {
    let flows = [(0, 1, 400.0), (0, 2, 80.0), (1, 0, 380.0), (1, 2, 1400.0), (2, 0, 90.0), (2, 1, 1200.0)];
    let count = |(from, to, flow): (usize, usize, f64)| {
        cell(from as u32, to as u32, flow * cover[0][to], flow * cover[1][from])
    };
    flows.into_iter().map(count).collect()
}

#[test]
fn exact_coverage_is_found_by_every_method() {
    let cover = [[1.0, 1.25, 0.2], [0.95, 0.1, 0.25]];
    for method in [Method::LeastSquares, Method::LogLinear, Method::Sequential] {
        let group = one(&counted(cover), 3, &options(method, Some(0))).unwrap();
        for (factor, cover) in found(&group).into_iter().zip(cover.into_iter().flatten()) {
            assert!((factor * cover - 1.0).abs() < 1e-13, "{method:?}: {factor} {cover}");
        }
        // In the sum form all are multiplied by one number, and adjusted reports add up to the reports.
        let cells = counted(cover);
        let summed = found(&one(&cells, 3, &options(method, None)).unwrap());
        let (mut reported, mut adjusted) = (0.0, 0.0);
        for cell in &cells {
            reported += cell.inflow + cell.outflow;
            adjusted +=
                summed[cell.receiving as usize] * cell.inflow + summed[3 + cell.sending as usize] * cell.outflow;
        }
        assert!((adjusted / reported - 1.0).abs() < 1e-13, "{method:?}");
        assert!((summed[1] / summed[0] - 0.8).abs() < 1e-13, "{method:?}");
    }
}

#[test]
fn a_zero_pulls_a_factor_down_in_levels_and_is_not_in_logarithms() {
    let mut cells =
        vec![cell(0, 1, 100.0, 100.0), cell(0, 2, 50.0, 50.0), cell(1, 2, 10.0, 10.0), cell(1, 0, 4.0, 0.0)];
    cells.push(cell(2, 0, 30.0, 30.0));
    cells.push(cell(2, 1, 7.0, 7.0));
    let levels = one(&cells, 3, &options(Method::LeastSquares, Some(1))).unwrap();
    assert!(levels.receiving[0].factor.unwrap() < 1.0);
    assert_eq!(levels.receiving[0].pairs, 2);
    let logs = one(&cells, 3, &options(Method::LogLinear, Some(1))).unwrap();
    assert!((logs.receiving[0].factor.unwrap() - 1.0).abs() < 1e-14);
    assert_eq!(logs.receiving[0].pairs, 1);
}

#[test]
fn reporters_that_nothing_connects_are_named() {
    let mut apart = vec![cell(0, 1, 5.0, 4.0), cell(1, 0, 5.0, 4.0), cell(0, 0, 5.0, 5.0), cell(2, 3, 1.0, 1.0)];
    apart.push(cell(2, 1, 3.0, 0.0));
    let text = one(&apart, 4, &options(Method::LeastSquares, Some(0))).unwrap_err().to_string();
    assert!(text.contains("connects 2 parts"), "{text}");
    assert!(text.contains("part 2, 1 pair, without a reference: inflow of R3; outflow of R2"), "{text}");
    assert!(text.contains("reference=[\"R0\", \"R3\"]"), "{text}");
    let both = Options { normalise: Normalise::Reference(vec![0, 3]), ..options(Method::LeastSquares, None) };
    let group = one(&apart, 4, &both).unwrap();
    assert_eq!((group.parts.len(), group.receiving[3].factor), (2, Some(1.0)));
    let left = Options { leave_out: true, ..options(Method::LeastSquares, None) };
    let group = one(&apart, 4, &left).unwrap();
    assert_eq!(group.receiving[3].flag, Some(Flag::NotConnected));
    assert_eq!(group.receiving[2].flag, Some(Flag::NoPair));
    assert!(group.receiving[1].factor.is_some());
}

#[test]
fn who_is_left_out_has_no_part_in_the_factors_of_others() {
    let mut cells = counted([[1.0, 1.25, 0.2], [0.95, 0.1, 0.25]]);
    let left_out = Options { leave_out: true, ..options(Method::LeastSquares, Some(0)) };
    let alone = found(&one(&cells, 3, &left_out).unwrap());
    // Reporter 3 counts nobody where 0 counts 70, and is connected with 4 only.
    cells.extend([cell(3, 0, 70.0, 0.0), cell(3, 4, 5.0, 6.0)]);
    let group = one(&cells, 5, &left_out).unwrap();
    let beside: Vec<f64> =
        group.receiving[..3].iter().chain(&group.sending[..3]).filter_map(|one| one.factor).collect();
    assert_eq!(beside, alone);
    assert_eq!((group.parts[0].pairs, group.sending[3].pairs, group.sending[3].factor), (6, 0, None));
    // With a factor of its own it counts.
    let both = Options { normalise: Normalise::Reference(vec![0, 4]), ..left_out };
    assert_eq!(one(&cells, 5, &both).unwrap().parts[0].pairs, 7);
}

#[test]
fn a_connection_of_nothing_is_refused() {
    let mut cells = vec![cell(0, 1, 1e9, 1e9), cell(1, 0, 1e9, 1e9), cell(0, 0, 1e9, 1e9), cell(2, 3, 1e9, 1e9)];
    cells.push(cell(0, 3, 1e-9, 1e-9));
    let text = one(&cells, 4, &options(Method::LeastSquares, Some(0))).unwrap_err().to_string();
    assert!(text.contains("rounding would decide"), "{text}");
}

#[test]
fn the_factor_is_right_whatever_is_left_of_a_tile() {
    // Around whole tiles, lanes and panels, with as many, more and fewer senders than receivers.
    for receiving in [1_u32, 2, 5, 6, 7, 8, 9, 23, 24, 25, 30, 31, 49] {
        for sending in [1, receiving, receiving + 1, 26] {
            let report = |from: u32, to: u32, by: u32| f64::from((from * 31 + to * 17 + by) % 97 + 5);
            let pairs = (0..sending).flat_map(|from| (0..receiving).map(move |to| (from, to)));
            let cells: Vec<Cell> =
                pairs.map(|(from, to)| cell(from, to, report(from, to, 3), report(to, from, 8))).collect();
            for reference in [None, Some(0)] {
                let n = receiving.max(sending);
                let group = one(&cells, n, &options(Method::LeastSquares, reference)).unwrap();
                let part = &group.parts[0];
                // The first step is the solution but for rounding, and the second says so.
                assert!(part.steps <= 2 && part.residual < 1e-14, "{receiving} {sending} {reference:?}: {part:?}");
                assert_eq!(part.reporters, (receiving as usize, sending as usize));
            }
        }
    }
}

/// Random reports of all pairs of five areas, some of them zero, and weights.
fn reports() -> impl Strategy<Value = Vec<Cell>> {
    let report = || prop_oneof![6 => 1.0..1e6_f64, 1 => Just(0.0)];
    prop::collection::vec((report(), report(), 0.01..10.0_f64), 20).prop_map(|all| {
        let pairs = (0..5).flat_map(|from| (0..5).filter(move |to| *to != from).map(move |to| (from, to)));
        let cell =
            |((sending, receiving), (inflow, outflow, weight))| Cell { receiving, sending, inflow, outflow, weight };
        pairs.zip(all).map(cell).collect()
    })
}

proptest! {
    #[test]
    fn factors_are_positive_and_do_not_depend_on_the_order(cells in reports(), shift in 1..19_usize) {
        for reference in [None, Some(2)] {
            let options = options(Method::LeastSquares, reference);
            let Ok(group) = one(&cells, 5, &options) else { continue };
            let factors: Vec<f64> = found(&group).into_iter().filter(|one| !one.is_nan()).collect();
            prop_assert!(factors.iter().all(|one| *one > 0.0), "{factors:?}");
            prop_assert!(group.parts.iter().all(|part| part.residual < 1e-12), "{:?}", group.parts);
            let mut turned = cells.clone();
            turned.rotate_left(shift);
            turned.reverse();
            let again = one(&turned, 5, &options).unwrap();
            let bits = |group: &Group| found(group).iter().map(|one| one.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&group), bits(&again));
        }
    }

    #[test]
    fn a_factor_undoes_a_multiple(cells in reports(), by in 0.001..1000.0_f64) {
        let options = options(Method::LeastSquares, Some(0));
        let Ok(before) = one(&cells, 5, &options) else { return Ok(()) };
        let mut more = cells;
        more.iter_mut().filter(|cell| cell.sending == 3).for_each(|cell| cell.outflow *= by);
        let after = one(&more, 5, &options).unwrap();
        for (at, (before, after)) in found(&before).into_iter().zip(found(&after)).enumerate() {
            let wanted = if at == 8 { before / by } else { before };
            prop_assert!(before.is_nan() || (after / wanted - 1.0).abs() < 1e-9, "{at}: {before} {after}");
        }
    }

    #[test]
    fn bounds_hold_and_push(cells in reports()) {
        let (low, high) = (0.5, 2.0);
        let options = Options { bounds: Some((low, high)), ..options(Method::LeastSquares, Some(0)) };
        let Ok(group) = one(&cells, 5, &options) else { return Ok(()) };
        let x = found(&group);
        // The gradient of each pushes against its bound, or is nothing.
        for (at, one) in group.receiving.iter().chain(&group.sending).enumerate() {
            let Some(factor) = one.factor.filter(|_| !one.anchor) else { continue };
            prop_assert!((low..=high).contains(&factor));
            let (mut downhill, mut size) = (0.0, 0.0);
            for cell in cells.iter().filter(|cell| !x[cell.receiving as usize].is_nan() && !x[5 + cell.sending as usize].is_nan()) {
                let (to, from) = (x[cell.receiving as usize] * cell.inflow, x[5 + cell.sending as usize] * cell.outflow);
                let own = if at < 5 && cell.receiving as usize == at { cell.inflow }
                    else if at >= 5 && cell.sending as usize == at - 5 { -cell.outflow } else { continue };
                downhill += cell.weight * own * (from - to);
                size += cell.weight * own.abs() * (from + to);
            }
            let push = downhill / size.max(f64::MIN_POSITIVE);
            match one.flag {
                Some(Flag::Low) => prop_assert!(factor == low && push < 1e-11, "{at}: {push}"),
                Some(Flag::High) => prop_assert!(factor == high && push > -1e-11, "{at}: {push}"),
                _ => prop_assert!(push.abs() < 1e-9, "{at}: {push}"),
            }
        }
    }
}
