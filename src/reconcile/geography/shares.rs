//! The shares of successors in what was their state's, from later figures.
//!
//! Only cells in which every successor has a figure are compared, so that what one office did not report is no share of 0.
//! The share of a partner is drawn towards the overall one: `(n_k + A s_k) / (n + A)`, the posterior mean of a
//! Dirichlet-multinomial whose concentration A is estimated by the method of moments.

use std::rc::Rc;

use arrow::array::{Array, ArrayRef};
use rustc_hash::FxHashMap;

use super::internal::is_several;
use super::{NOBODY_LEFT, Side, kept, leaves_home, whole};
use crate::codes::area::{self, Kind};
use crate::codes::period::{self, Period};
use crate::definition::Definition;
use crate::exact::ExactSum;
use crate::observation::{DIMENSIONS, Observations, is_printed};
use crate::reconcile::apportion::shares as normalised;
use crate::reconcile::cells;

/// How far shares of partners are drawn towards the overall share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shrink {
    /// As the spread among partners says.
    EmpiricalBayes,
    /// As if so many people had been seen with the overall share.
    Fixed(f64),
}

/// What is asked for.
pub(super) struct Asked<'a> {
    pub side: Side,
    /// The last year of the state.
    pub after: i32,
    pub parts: &'a [&'static str],
    pub years: usize,
    pub by_partner: bool,
    pub shrink: Shrink,
}

/// Shares by one definition's figures.
pub(super) struct Table {
    /// The definition that they come from.
    pub source: usize,
    pub periods: Vec<Period>,
    /// Of all partners together.
    pub overall: Vec<f64>,
    /// How many people the overall share counts for; infinite where partners do not differ by more than chance.
    pub concentration: f64,
    /// People by part for each partner; 0 for a part that is the partner itself, if that has no share.
    partners: Vec<(String, Vec<f64>)>,
    by_partner: bool,
    /// Has a part no share with itself as partner?
    alone: bool,
    parts: Vec<&'static str>,
}

impl Table {
    /// The shares for a partner, which has none itself where nobody stays at home; `None` where no part is left. Are they the partner's own?
    pub fn of(&self, partner: &str) -> Option<(Vec<f64>, bool)> {
        let mine = |at: usize| !self.alone || self.parts[at] != partner;
        let overall = |at: usize| if mine(at) { self.overall[at] } else { 0.0 };
        let prior = normalised(&(0..self.parts.len()).map(overall).collect::<Vec<_>>())?;
        let seen = self.partners.iter().find(|(code, _)| self.by_partner && code == partner).map(|(_, counts)| counts);
        let Some(counts) = seen.filter(|_| self.concentration.is_finite()) else { return Some((prior, false)) };
        let weight = |at: usize| counts[at] + self.concentration * prior[at];
        let weights: Vec<f64> = (0..self.parts.len()).map(weight).collect();
        normalised(&weights).map(|shares| (shares, true))
    }
}

impl Table {
    /// Does another table give other shares?
    fn differs(&self, other: &Self) -> bool {
        self.overall != other.overall
            || self.concentration.to_bits() != other.concentration.to_bits()
            || self.partners != other.partners
    }
}

/// Figures of the parts that differ in nothing but the part.
struct Cell {
    period: Period,
    partner: i32,
    leaf: bool,
    /// For each other dimension, whether it is broken down by it.
    broken: Vec<bool>,
    values: Vec<Option<ExactSum>>,
}

/// The table that a definition's figures are split by.
pub(super) struct Found {
    pub table: Rc<Table>,
    /// That others fit as well and say something else.
    pub rival: Option<String>,
}

/// For every definition the shares of its own later figures, else of those that mean the same; or why there are none.
pub(super) fn tables(observations: &Observations, asked: &Asked<'_>) -> Vec<Result<Found, String>> {
    let found = later(observations, asked);
    let (_, partners) = observations.codes(asked.side.other().name()).unwrap_or_default();
    let definitions = observations.definitions();
    let made = |(key, cells): (usize, &Vec<Cell>)| {
        table(cells, key, leaves_home(&definitions[key]), &partners, asked).map(Rc::new)
    };
    let own: Vec<Option<Rc<Table>>> = found.iter().enumerate().map(made).collect();
    (0..definitions.len())
        .map(|key| match &own[key] {
            Some(table) => Ok(Found { table: table.clone(), rival: None }),
            None => nearest(definitions, key, &own).ok_or_else(|| lacking(&found[key], asked)),
        })
        .collect()
}

/// The table of the definition that agrees with one in most, whatever the order in which they stand.
fn nearest(definitions: &[Definition], key: usize, own: &[Option<Rc<Table>>]) -> Option<Found> {
    let same = |other: usize, field: &str| definitions[other].get(field) == definitions[key].get(field);
    let alike = |other: usize| {
        let fields = ["measure", "unit", "concept", "reporter", "role", "population", "duration_months"];
        fields.into_iter().all(|field| same(other, field))
    };
    let near = |other: usize| {
        let fields = ["dataset", "publisher", "criteria", "age_definition", "vintage"];
        fields.into_iter().filter(|field| same(other, field)).count()
    };
    let fitting = || (0..definitions.len()).filter(|other| own[*other].is_some() && alike(*other));
    let most = fitting().map(near).max()?;
    let mut nearest: Vec<usize> = fitting().filter(|other| near(*other) == most).collect();
    nearest.sort_by(|a, b| definitions[*a].cmp(&definitions[*b]));
    let table = own[*nearest.first()?].clone()?;
    let differs = |other: &&usize| own[**other].as_ref().is_some_and(|other| other.differs(&table));
    let rival = nearest.iter().find(differs).map(|other| {
        let titles = [nearest[0], *other].map(|one| definitions[one].title());
        format!("shares are those of {}, though {} fits as well and has others", titles[0], titles[1])
    });
    Some(Found { table, rival })
}

/// The figures of parts after the state had ended, for each definition by cell.
fn later(observations: &Observations, asked: &Asked<'_>) -> Vec<Vec<Cell>> {
    let (keys, codes) = observations.codes(asked.side.name()).unwrap_or_default();
    let part_of: Vec<Option<usize>> =
        codes.iter().map(|code| asked.parts.iter().position(|part| part == code)).collect();
    let (others, _) = observations.codes(asked.side.other().name()).unwrap_or_default();
    let wanted = |row: &u32| {
        let at = *row as usize;
        part_of[keys[at] as usize].is_some()
            && observations.has_value(at)
            && period::start_year(cells::period(observations, at)) > asked.after
    };
    let rows: Vec<u32> = (0..observations.len() as u32).filter(wanted).collect();
    let (cell, count) = cells::number(observations, &rows, &[asked.side.name()], &[]);
    let ends = [Side::Origin, Side::Destination].map(Side::name);
    let dimensions = DIMENSIONS.into_iter().filter(|name| !ends.contains(name) && !is_printed(name));
    let dimensions: Vec<(&ArrayRef, &[i32], Vec<bool>)> = dimensions
        .filter_map(|name| {
            let (keys, codes) = observations.codes(name)?;
            let column = observations.figures().column_by_name(name)?;
            Some((column, keys, codes.iter().map(|code| *code != "_T").collect()))
        })
        .collect();
    let broken = |at: usize| -> Vec<bool> {
        let one =
            |(column, keys, broken): &(&ArrayRef, &[i32], Vec<bool>)| !column.is_null(at) && broken[keys[at] as usize];
        dimensions.iter().map(one).collect()
    };
    let mut found: Vec<Vec<Cell>> = Vec::new();
    found.resize_with(observations.definitions().len(), Vec::new);
    let mut place: Vec<Option<usize>> = vec![None; count];
    for (row, cell) in rows.iter().zip(cell) {
        let at = *row as usize;
        let mine = &mut found[observations.definition_keys()[at] as usize];
        let new = || Cell {
            period: cells::period(observations, at),
            partner: others[at],
            leaf: true,
            broken: broken(at),
            values: vec![None; asked.parts.len()],
        };
        let at_cell = *place[cell as usize].get_or_insert_with(|| {
            mine.push(new());
            mine.len() - 1
        });
        let cell = &mut mine[at_cell];
        cell.leaf &= observations.leaves().value(at);
        if let Some(part) = part_of[keys[at] as usize] {
            cell.values[part].get_or_insert_default().add(observations.values().value(at));
        }
    }
    found
}

/// A partner that is all of them.
fn is_total(code: &str) -> bool {
    code == "m49:001" || area::get(code).is_some_and(|area| area.kind == Kind::Total)
}

/// Of cells of one period and partner those that count everybody once: the printed total over all else, else leaves; of a
/// partner that is all, of which there may be no leaf, those that are broken down least.
fn once<'a>(mut cells: Vec<&'a Cell>, total: bool) -> Vec<&'a Cell> {
    let depth = |cell: &&'a Cell| cell.broken.iter().filter(|broken| **broken).count();
    let leaf = cells.iter().any(|cell| cell.leaf);
    let Some(first) = cells.iter().map(|cell| (depth(cell), &cell.broken)).min() else { return cells };
    if first.0 == 0 || (total && !leaf) {
        let broken = first.1;
        cells.retain(|cell| cell.broken == *broken);
    } else {
        cells.retain(|cell| cell.leaf);
    }
    cells
}

fn table(found: &[Cell], definition: usize, alone: bool, partners: &[&str], asked: &Asked<'_>) -> Option<Table> {
    let total = |cell: &&Cell| is_total(partners[cell.partner as usize]);
    // Cells that count everybody once, of those in which all parts have figures; a part has none with itself.
    let chosen = |own: bool| -> Vec<&Cell> {
        let full = |cell: &&Cell| {
            let partner = partners[cell.partner as usize];
            // What a printed group of partners holds stands in its members too.
            if is_several(partner) && !cell.leaf && (own || !is_total(partner)) {
                return false;
            }
            let mut each = cell.values.iter().zip(asked.parts);
            each.all(|(value, part)| value.is_some() || (own && alone && *part == partner))
        };
        let mut cells: FxHashMap<(Period, i32), Vec<&Cell>> = FxHashMap::default();
        found.iter().filter(full).for_each(|cell| cells.entry((cell.period, cell.partner)).or_default().push(cell));
        let mut cells: Vec<((Period, i32), Vec<&Cell>)> = cells.into_iter().collect();
        cells.sort_unstable_by_key(|(key, _)| *key);
        cells.into_iter().flat_map(|((_, partner), cells)| once(cells, is_total(partners[partner as usize]))).collect()
    };
    let counted = chosen(false);
    let mine = || counted.iter().copied();
    let mut periods: Vec<Period> = mine().map(|cell| cell.period).collect();
    periods.sort_unstable();
    periods.dedup();
    // A period in which nobody came from any of them says nothing.
    let mut means: Vec<Vec<f64>> = Vec::new();
    periods.retain(|period| {
        if means.len() == asked.years {
            return false;
        }
        let here = || mine().filter(|cell| cell.period == *period);
        let all = here().any(|cell| total(&cell));
        let shares = normalised(&sums(here().filter(|cell| total(cell) == all), asked.parts.len()));
        shares.map(|shares| means.push(shares)).is_some()
    });
    if means.is_empty() {
        return None;
    }
    let mean = |part: usize| means.iter().map(|shares| shares[part]).collect::<ExactSum>().value() / means.len() as f64;
    let overall = normalised(&(0..asked.parts.len()).map(mean).collect::<Vec<_>>())?;
    let mut by_partner: Vec<(String, Vec<f64>)> = Vec::new();
    let mut spread: Vec<Vec<f64>> = Vec::new();
    if asked.by_partner {
        let mut keys: FxHashMap<i32, Vec<&Cell>> = FxHashMap::default();
        let cells = chosen(true).into_iter().filter(|cell| periods.contains(&cell.period));
        cells.for_each(|cell| keys.entry(cell.partner).or_default().push(cell));
        let mut keys: Vec<(&str, Vec<&Cell>)> =
            keys.into_iter().map(|(key, cells)| (partners[key as usize], cells)).collect();
        keys.sort_unstable_by_key(|(code, _)| *code);
        for (code, cells) in keys {
            let mut years: Vec<Period> = cells.iter().map(|cell| cell.period).collect();
            years.sort_unstable();
            years.dedup();
            let mut counts = sums(cells.into_iter(), asked.parts.len());
            counts.iter_mut().zip(asked.parts).for_each(|(count, part)| {
                *count = if alone && *part == code { 0.0 } else { *count / years.len() as f64 };
            });
            if counts.iter().all(|count| *count >= 0.0) && counts.iter().any(|count| *count > 0.0) {
                if !asked.parts.contains(&code) {
                    spread.push(counts.clone());
                }
                by_partner.push((code.to_owned(), counts));
            }
        }
    }
    let concentration = match asked.shrink {
        Shrink::Fixed(people) => people,
        Shrink::EmpiricalBayes => concentration(&spread),
    };
    let (by_partner, partners, parts) = (asked.by_partner, by_partner, asked.parts.to_vec());
    Some(Table { source: definition, periods, overall, concentration, partners, by_partner, alone, parts })
}

/// The values of cells by part.
fn sums<'a>(cells: impl Iterator<Item = &'a Cell>, parts: usize) -> Vec<f64> {
    let mut sums = vec![ExactSum::default(); parts];
    for cell in cells {
        sums.iter_mut().zip(&cell.values).for_each(|(sum, value)| {
            if let Some(value) = value {
                sum.merge(value);
            }
        });
    }
    sums.iter().map(ExactSum::value).collect()
}

/// The concentration A = (1 - r) / r of a Dirichlet-multinomial, where r is the part of the spread among partners that is
/// more than chance.
///
/// With `S = sum_j n_j sum_k (p_jk - s_k)^2` about the pooled shares s, and `Q = 1 - sum_k s_k^2`,
/// `E S = Q ((J - 1)(1 - r) + r (N - sum_j n_j^2 / N))`, which is solved for r.
pub(super) fn concentration(partners: &[Vec<f64>]) -> f64 {
    let sum = |each: &mut dyn Iterator<Item = f64>| each.collect::<ExactSum>().value();
    let of = |counts: &Vec<f64>| sum(&mut counts.iter().copied());
    let whole = sum(&mut partners.iter().map(of));
    let Some(first) = partners.first().filter(|_| partners.len() > 1 && whole > 0.0) else { return f64::INFINITY };
    let pooled: Vec<f64> =
        (0..first.len()).map(|part| sum(&mut partners.iter().map(|counts| counts[part])) / whole).collect();
    let chance = 1.0 - sum(&mut pooled.iter().map(|share| share * share));
    let about = |counts: &Vec<f64>| {
        let size = of(counts);
        let each = counts.iter().zip(&pooled).map(|(count, share)| (count / size - share).powi(2));
        size * sum(&mut each.into_iter())
    };
    let spread = sum(&mut partners.iter().map(about));
    let degrees = (partners.len() - 1) as f64;
    let effective = whole - sum(&mut partners.iter().map(|counts| of(counts).powi(2) / whole));
    // Where every share is 1, and where partners are of one person each, nothing tells them apart.
    if chance <= 0.0 || effective <= degrees {
        return f64::INFINITY;
    }
    let r = ((spread / chance - degrees) / (effective - degrees)).clamp(0.0, 1.0);
    if r > 0.0 { (1.0 - r) / r } else { f64::INFINITY }
}

/// Why no share is known.
fn lacking(found: &[Cell], asked: &Asked<'_>) -> String {
    let seen = |at: &usize| found.iter().any(|cell| cell.values[*at].is_some());
    let missing: Vec<&str> = (0..asked.parts.len()).filter(|at| !seen(at)).map(|at| asked.parts[at]).collect();
    if missing.is_empty() {
        format!("no period after {} has figures above 0 of all parts for one partner", asked.after)
    } else {
        format!("no figure after {} of {}", asked.after, missing.join(", "))
    }
}

/// A share as it would be used.
#[derive(Clone, Debug)]
pub struct Line {
    /// Row of the table of definitions whose figures would be split.
    pub definition: usize,
    /// The end at which the area stands.
    pub side: Side,
    /// The partner; none for all others.
    pub partner: Option<String>,
    /// The part.
    pub part: &'static str,
    /// Its share; none where nothing tells it.
    pub share: Option<f64>,
    /// Its share by the partner's own figures.
    pub seen: Option<f64>,
    /// People counted with the partner.
    pub people: Option<f64>,
    /// The concentration.
    pub concentration: Option<f64>,
    /// The first and the last period that it comes from.
    pub periods: Option<(Period, Period)>,
    /// Why there is no share, as the ledger of [`super::split()`] says it.
    pub why: Option<String>,
}

impl Line {
    /// Of a part of which nothing else is known.
    fn plain(definition: usize, side: Side, part: &'static str) -> Self {
        let (partner, share, seen, people, concentration, periods) = (None, None, None, None, None, None);
        Self { definition, side, partner, part, share, seen, people, concentration, periods, why: None }
    }
}

/// All shares that would be used for an area, in order of definition, partner and part.
pub(super) fn told(observations: &Observations, area: &str, asked: &Asked<'_>) -> Vec<Line> {
    let (keys, codes) = observations.codes(asked.side.name()).unwrap_or_default();
    let Some(at) = codes.iter().position(|code| *code == area) else { return Vec::new() };
    let mut used = vec![false; observations.definitions().len()];
    let rows = keys.iter().zip(observations.definition_keys()).filter(|(key, _)| **key == at as i32);
    rows.for_each(|(_, definition)| used[*definition as usize] = true);
    let mut lines = Vec::new();
    for (definition, table) in tables(observations, asked).into_iter().enumerate().filter(|(key, _)| used[*key]) {
        let plain = |part: &&'static str| Line::plain(definition, asked.side, part);
        let unknown = |why: &str| {
            let why = Some(kept(area, why));
            asked.parts.iter().map(move |part| Line { why: why.clone(), ..plain(part) }).collect::<Vec<_>>()
        };
        lines.extend(match (whole(&observations.definitions()[definition]), table) {
            (Some(why), _) => unknown(why),
            // All of it is what it became, whatever later figures there are.
            (None, _) if asked.parts.len() == 1 => vec![Line { share: Some(1.0), ..plain(&asked.parts[0]) }],
            (None, Err(why)) => unknown(&why),
            (None, Ok(Found { table, .. })) => of_table(&table, definition, area, asked),
        });
    }
    lines
}

/// The overall shares of a table, and those of every partner.
fn of_table(table: &Table, definition: usize, area: &str, asked: &Asked<'_>) -> Vec<Line> {
    let periods = Some((table.periods[0], table.periods[table.periods.len() - 1]));
    let side = asked.side;
    let all = std::iter::once((None, None));
    let each = table.partners.iter().map(|(partner, counts)| (Some(partner.as_str()), Some(counts)));
    let mut lines = Vec::new();
    for (partner, counts) in all.chain(each) {
        let shares = table.of(partner.unwrap_or_default()).map(|(shares, _)| shares);
        let why = shares.is_none().then(|| kept(area, NOBODY_LEFT));
        let raw = counts.and_then(|counts| normalised(counts));
        let people = counts.map(|counts| counts.iter().copied().collect::<ExactSum>().value());
        let mine = |(_, part): &(usize, &&str)| !table.alone || partner != Some(**part);
        for (at, part) in asked.parts.iter().enumerate().filter(mine) {
            let (share, seen) = (shares.as_ref().map(|shares| shares[at]), raw.as_ref().map(|raw| raw[at]));
            let (partner, concentration) = (partner.map(str::to_owned), Some(table.concentration));
            let why = why.clone();
            lines.push(Line { definition, side, partner, part, share, seen, people, concentration, periods, why });
        }
    }
    lines
}

/// The shares that [`super::split()`] would use.
///
/// # Errors
/// As [`super::split()`].
pub fn lines(observations: &Observations, request: &super::Split) -> Result<Vec<Line>, crate::Error> {
    let mut all = Vec::new();
    for side in &request.sides {
        let parts = request.parts(observations, *side)?;
        all.extend(told(observations, request.area, &request.asked(observations, *side, &parts)));
    }
    Ok(all)
}
