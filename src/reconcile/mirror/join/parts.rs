//! A printed total of one end beside parts of the other, which are added up where they are all there are.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Entry, Pair, Report, Span, has_value};
use crate::codes::age;
use crate::reconcile::mirror::compare::Judge;
use crate::reconcile::mirror::keys::{Dim, Keys};
use crate::reconcile::mirror::side::Side;

/// Dimensions of which it can be told whether parts are all.
pub const TOLD: [&str; 4] = ["sex", "age", "citizenship", "birth"];

/// Those in which they are added up where the other end prints a total.
const WHOLE: [&[&str]; 5] = [&["sex"], &["age"], &["sex", "age"], &["citizenship"], &["birth"]];

/// Puts the sum of the parts beside totals that have nothing beside them. A part that has found its like is not added.
pub fn add_parts(keys: &Keys, judge: &Judge<'_>, entries: &[Entry], pairs: &mut Vec<Pair>) {
    for names in WHOLE {
        let Some(dims) = names.iter().map(|name| keys.dims.iter().position(|dim| dim.name == *name)).collect() else {
            continue;
        };
        let dims: Vec<usize> = dims;
        for side in Side::BOTH {
            add_over(keys, judge, entries, pairs, &dims, side);
        }
    }
    pairs.retain(|pair| pair.reports.iter().any(Option::is_some));
}

/// The same for parts of one side in some dimensions.
fn add_over(keys: &Keys, judge: &Judge<'_>, entries: &[Entry], pairs: &mut [Pair], dims: &[usize], side: Side) {
    let (here, there) = (side as usize, 1 - side as usize);
    let total = |point: u64| dims.iter().fold(point, |point, at| keys.dims[*at].to_total(point));
    let wanted: FxHashMap<u64, usize> = (pairs.iter().enumerate())
        .filter(|(_, pair)| pair.reports[here].is_none() && pair.reports[there].is_some())
        .map(|(at, pair)| (pair.point, at))
        .collect();
    // By total and definition: all reports of this side, whatever has become of them.
    let mut groups: BTreeMap<(u64, u32), Vec<usize>> = BTreeMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        let Some(report) = &pair.reports[here] else { continue };
        let whole = total(pair.point);
        if wanted.contains_key(&whole) {
            groups.entry((whole, report.definition)).or_default().push(at);
        }
    }
    let mut ready: Vec<(u64, u32, Vec<usize>)> = Vec::new();
    for ((whole, definition), parts) in groups {
        let lone = parts.iter().all(|at| {
            let broken_down = dims.iter().all(|dim| !keys.dims[*dim].is_total(pairs[*at].point));
            broken_down && pairs[*at].reports[there].is_none()
        });
        if lone && complete(keys, judge, entries, pairs, &parts, dims, side) {
            ready.push((whole, definition, parts));
        }
    }
    // Of several definitions with parts, the latest.
    ready.sort_by_key(|(whole, definition, _)| (*whole, judge.age(*definition as usize)));
    ready.dedup_by_key(|(whole, _, _)| *whole);
    for (whole, _, parts) in ready {
        if let Some(at) = wanted.get(&whole) {
            pairs[*at].reports[here] = sum(pairs, &parts, whole, dims, side);
        }
    }
}

/// Are reports of one side, by one definition, leaves with values that leave nobody out?
pub fn complete(
    keys: &Keys,
    judge: &Judge<'_>,
    entries: &[Entry],
    pairs: &[Pair],
    parts: &[usize],
    dims: &[usize],
    side: Side,
) -> bool {
    let of = |at: usize| pairs[at].reports[side as usize].as_ref();
    let definition = of(parts[0]).map(|report| report.definition);
    let fit = parts.iter().all(|at| {
        let report = of(*at).filter(|report| Some(report.definition) == definition);
        report.is_some_and(|report| has_value(judge, entries, report) && all_leaves(judge, entries, report))
    });
    let points: Vec<u64> = parts.iter().map(|at| pairs[*at].point).collect();
    let dims: Vec<&Dim> = dims.iter().map(|at| &keys.dims[*at]).collect();
    fit && are_all(&dims, &points, keys.reporter(pairs[parts[0]].cell, side))
}

/// Takes the reports of one side out of some pairs, as one.
pub fn sum(pairs: &mut [Pair], parts: &[usize], whole: u64, dims: &[usize], side: Side) -> Option<Report> {
    let reports: Vec<Report> = parts.iter().filter_map(|at| pairs[*at].reports[side as usize].take()).collect();
    let spans: Vec<Span> = reports.iter().flat_map(Report::spans).collect();
    let (first, more) = spans.split_first()?;
    // What is added up may have been added up itself.
    let before = reports.iter().fold(0, |bits, report| bits | report.summed);
    let summed = dims.iter().fold(before, |bits, at| bits | 1 << at);
    Some(Report { definition: reports[0].definition, summed, point: whole, first: *first, more: more.into() })
}

fn all_leaves(judge: &Judge<'_>, entries: &[Entry], report: &Report) -> bool {
    report
        .spans()
        .all(|(start, end)| entries[start as usize..end as usize].iter().all(|one| judge.is_leaf(one.row as usize)))
}

/// Do the points, all of one total, leave nobody out? Some may be broken down further than others.
fn are_all(dims: &[&Dim], points: &[u64], reporter: &str) -> bool {
    if points.len() == 1 && dims.iter().all(|dim| dim.is_total(points[0])) {
        return true;
    }
    (0..dims.len()).any(|at| {
        let (dim, mut rest) = (dims[at], dims.to_vec());
        rest.remove(at);
        points.iter().all(|point| !dim.is_total(*point)) && are_all_by(dim, &rest, points, reporter)
    })
}

/// The same of points that all are parts in one dimension.
fn are_all_by(dim: &Dim, rest: &[&Dim], points: &[u64], reporter: &str) -> bool {
    let mut by: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    points.iter().for_each(|point| by.entry(dim.code(*point)).or_default().push(*point));
    let has = |code: &str| by.contains_key(code);
    let complete = match dim.name {
        "sex" => has("F") && has("M"),
        "age" => tile(&by.keys().copied().collect::<Vec<_>>()),
        // Nationals are those of the reporter.
        _ => has("FOR") && has(reporter) && by.keys().all(|code| ["FOR", "_U", reporter].contains(code)),
    };
    let residual = |code: &str| matches!(code, "_U" | "_O");
    complete && by.iter().all(|(code, points)| are_all(rest, points, reporter) || residual(code))
}

/// Do ages begin at birth, follow one another and have no end?
fn tile(codes: &[&str]) -> bool {
    let mut bounds: Vec<(u16, Option<u16>)> = codes.iter().filter_map(|code| age::bounds(code)).collect();
    bounds.sort_unstable();
    let known = codes.iter().all(|code| *code == "_U" || age::bounds(code).is_some());
    let follow = bounds.windows(2).all(|pair| pair[0].1 == Some(pair[1].0));
    let ends = bounds.first().is_some_and(|one| one.0 == 0) && bounds.last().is_some_and(|one| one.1.is_none());
    known && follow && ends
}

#[cfg(test)]
mod tests {
    use super::tile;

    #[test]
    fn ages_that_are_all() {
        assert!(tile(&["Y0T14", "Y15T64", "Y_GE65"]));
        assert!(tile(&["Y_GE15", "Y0T14", "_U"]));
        assert!(!tile(&["Y0T14", "Y15T64"]), "nobody of 65 or over");
        assert!(!tile(&["Y0T14", "Y20T64", "Y_GE65"]), "nobody from 15 to 19");
        assert!(!tile(&["Y0T14", "Y10T64", "Y_GE65"]), "some twice");
        assert!(!tile(&["Y15T64", "Y_GE65"]), "no children");
        assert!(!tile(&["_U"]));
    }
}
