//! A raw table and what the caller says about it -> observations and the account of what became of every cell.
//!
//! In three stages, so that the account can be drawn up by code that knows neither of the others: a `Draft` says what
//! every cell is, a `Plan` which cells become which rows, and the account counts both ends.

mod account;
mod cells;
mod conversion;
mod flags;
mod labels;
mod request;
mod residuals;
mod sheet;
mod values;

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{BooleanArray, Float64Array, RecordBatch, UInt16Array, UInt32Array, UInt64Array};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::SchemaRef;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::Error;
use crate::codes::area;
use crate::codes::area::resolve::{Policy, resolve};
use crate::column::{self, NULL, unique};
use crate::definition::{self, Definition};
use crate::observation::{self, AREAS, BASIS, Builder, DIMENSIONS, Observations, PRESENCE};
use crate::totals::{Dimension, Grid, Structure, is_relative};
use crate::watch::Watch;

use account::Account;
use cells::{Cells, Labels, Source};
use conversion::Conversions;
use labels::{ASIDE, Codes, Keys, Periods, REASONS, Told};
pub use request::{Duplicates, OnUnresolved, Request, Weights, WideColumn};
pub use sheet::{Sheet, address, column_name};
pub use values::{Read, Values, carries, number, of_text, presence, scaled};

/// Turns a table into observations.
///
/// # Errors
/// [`Error::Schema`] or [`Error::Code`] naming column, row and value, and what to do. Nothing partial is returned.
pub fn harmonise(
    schema: SchemaRef,
    batches: &[RecordBatch],
    request: &Request,
    watch: &Watch,
) -> Result<Observations, Error> {
    turn(Source::Frame(&schema, batches), request, watch)
}

/// Turns what a reader found on a sheet into observations.
///
/// # Errors
/// As [`harmonise`], with the address of the cell.
pub fn harmonise_sheet(sheet: &Sheet, request: &Request, watch: &Watch) -> Result<Observations, Error> {
    turn(Source::Sheet(sheet), request, watch)
}

fn turn(source: Source, request: &Request, watch: &Watch) -> Result<Observations, Error> {
    let cells = Cells::new(source, request, watch)?;
    watch.step(cells.count as u64)?;
    let mut draft = Draft::new(&cells, request)?;
    watch.step(cells.count as u64)?;
    let plan = draft.plan(&cells, request.duplicates)?;
    watch.step(cells.count as u64)?;
    finish(&cells, draft, &plan)
}

/// What every cell is.
struct Draft {
    periods: Periods,
    dimensions: Vec<Codes>,
    told: Vec<Told>,
    conversions: Conversions,
    definitions: Vec<Definition>,
    definition: Keys,
    /// Why a cell is set aside: index into `reasons`, the first of which is "it is not".
    aside: Vec<u8>,
    reasons: Vec<String>,
}

impl Draft {
    fn new(cells: &Cells, request: &Request) -> Result<Draft, Error> {
        let periods = labels::periods(cells)?;
        let (mut definitions, mut definition) = read_definitions(cells, request)?;
        order_definitions(&mut definitions, &mut definition, &periods);
        let conversions = conversion::read(cells, &periods, &definition, definitions.len(), &request.weights)?;
        let policy = Policy::default().with_overrides(request.overrides.clone())?;
        let (mut dimensions, mut told) = (Vec::new(), Vec::new());
        for name in DIMENSIONS {
            if AREAS.contains(&name) {
                let scheme = request.schemes.get(name).map(|(scheme, _)| scheme.parse()).transpose()?;
                let policy = Policy { scheme, ..policy.clone() };
                if let Some((codes, answers)) = labels::areas(cells, name, &periods, &policy, request.on_unresolved)? {
                    dimensions.push(codes);
                    told.push(answers);
                }
            } else if !observation::is_printed(name) && conversions.0.iter().all(|one| one.name != name) {
                dimensions.extend(labels::dimension(cells, name)?);
            }
        }
        write_schemes(&mut definitions, request, &conversions);
        let (aside, reasons) = (Vec::new(), vec![String::new()]);
        let mut draft = Draft { periods, dimensions, told, conversions, definitions, definition, aside, reasons };
        draft.set_aside_unresolved(cells);
        draft.set_aside_internal(cells);
        draft.check_values(cells, request.below_zero_aside)?;
        Ok(draft)
    }

    fn codes(&self, name: &str) -> Option<&Codes> {
        self.dimensions.iter().find(|codes| codes.name == name)
    }

    /// Sets cells aside, unless they are already.
    fn set_aside(&mut self, which: &[u32], reason: &str) {
        let at = self.reasons.iter().position(|known| known == reason).unwrap_or_else(|| {
            self.reasons.push(reason.to_owned());
            self.reasons.len() - 1
        });
        for cell in which {
            let aside = &mut self.aside[*cell as usize];
            if *aside == 0 {
                *aside = at as u8;
            }
        }
    }

    fn is_aside(&self, cell: usize) -> bool {
        self.aside.get(cell).is_some_and(|reason| *reason != 0)
    }

    fn set_aside_unresolved(&mut self, cells: &Cells) {
        self.aside = vec![0; cells.count];
        let mut found: Vec<(String, Vec<u32>)> = Vec::new();
        for codes in &self.dimensions {
            let unresolved = match &codes.keys {
                Keys::One(key) => *key < 0,
                Keys::Each(keys) => keys.par_iter().any(|key| *key < 0),
            };
            if !unresolved {
                continue;
            }
            for (at, reason) in REASONS.iter().enumerate() {
                let wanted = ASIDE - at as i32;
                let which: Vec<u32> = match &codes.keys {
                    Keys::One(key) if *key == wanted => (0..cells.count as u32).collect(),
                    Keys::One(_) => Vec::new(),
                    Keys::Each(keys) => {
                        let here = |(cell, key): (usize, &i32)| (*key == wanted).then_some(cell as u32);
                        keys.par_iter().enumerate().filter_map(here).collect()
                    }
                };
                if !which.is_empty() {
                    found.push((format!("{reason} {}", codes.name), which));
                }
            }
        }
        found.iter().for_each(|(reason, which)| self.set_aside(which, reason));
    }

    /// Who moves from a country to the same country is no international migrant; who was born in or is a citizen of
    /// the country where he or she lives is a figure like any other.
    fn set_aside_internal(&mut self, cells: &Cells) {
        let (Some(origin), Some(destination)) = (self.codes("origin"), self.codes("destination")) else { return };
        let home: Vec<bool> = self
            .definitions
            .iter()
            .map(|definition| {
                let within = matches!(definition.get("measure"), Some("idps" | "displacements" | "population"));
                within || matches!(definition.get("concept"), Some("birth" | "citizenship"))
            })
            .collect();
        let same: Vec<i32> = origin
            .codes
            .iter()
            .map(|code| {
                let state = area::get(code).is_some_and(|a| matches!(a.kind, area::Kind::Country | area::Kind::Former));
                let at = destination.codes.iter().position(|other| state && other == code);
                at.map_or(NULL, |at| at as i32)
            })
            .collect();
        let internal = |cell: usize| {
            let from = origin.keys.of(cell);
            let moved = from >= 0 && same[from as usize] != NULL && same[from as usize] == destination.keys.of(cell);
            moved && !home[self.definition.of(cell) as usize]
        };
        if same.iter().all(|at| *at == NULL) {
            return;
        }
        let which: Vec<u32> =
            (0..cells.count).into_par_iter().filter(|cell| internal(*cell)).map(|cell| cell as u32).collect();
        if !which.is_empty() {
            self.set_aside(&which, "origin is destination");
        }
    }

    /// A count of people is not negative, though publishers print some that are.
    fn check_values(&mut self, cells: &Cells, aside: bool) -> Result<(), Error> {
        let net: Vec<bool> = self.definitions.iter().map(|d| d.get("measure") == Some("net")).collect();
        let negative = |cell: &usize| {
            cells.values.value[*cell] < 0.0 && !net[self.definition.of(*cell) as usize] && !self.is_aside(*cell)
        };
        if aside {
            let which: Vec<usize> = (0..cells.count).into_par_iter().filter(negative).collect();
            let which: Vec<u32> = which.into_iter().map(|cell| cell as u32).collect();
            if !which.is_empty() {
                self.set_aside(&which, "count below zero");
            }
            return Ok(());
        }
        match (0..cells.count).into_par_iter().find_first(negative) {
            None => Ok(()),
            Some(cell) => Err(Error::Schema(format!(
                "{}, {}: {} is below zero; only measure=\"net\" can be",
                cells.whose("value"),
                cells.place(cell),
                cells.values.value[cell]
            ))),
        }
    }

    /// Decides which cells become which rows, and which of those may be added.
    fn plan(&mut self, cells: &Cells, duplicates: Duplicates) -> Result<Plan, Error> {
        let mut plan = Plan::new(self);
        cells.go_on()?;
        let mut grid = Grid::new(self.grid_dimensions(&plan), plan.rows)?;
        cells.go_on()?;
        let mut repeats = if duplicates == Duplicates::Keep { Vec::new() } else { grid.duplicates() };
        if !repeats.is_empty() {
            repeats = residuals::repeats(self, cells, &plan, &repeats)?;
        }
        if let Some((row, earlier)) = repeats.first() {
            let value = |row: usize| cells.values.get(plan.cell(row));
            let differs = |(row, earlier): &&(usize, usize)| !values::same(value(*row), value(*earlier));
            let wrong = match duplicates {
                Duplicates::Error => Some((row, earlier)),
                Duplicates::Same => repeats.iter().find(differs).map(|(row, earlier)| (row, earlier)),
                Duplicates::First | Duplicates::Keep => None,
            };
            if let Some((row, earlier)) = wrong {
                return Err(self.repeated(cells, plan.cell(*row), plan.cell(*earlier), repeats.len()));
            }
            let which: Vec<u32> = repeats.iter().map(|(row, _)| plan.cell(*row) as u32).collect();
            self.set_aside(&which, if duplicates == Duplicates::Same { "printed twice" } else { "duplicate" });
            plan = Plan::new(self);
            grid = Grid::new(self.grid_dimensions(&plan), plan.rows)?;
        }
        let group = plan.keys(&self.definition).into_owned();
        let valued = |row: usize| values::carries(cells.values.presence[plan.cell(row)]);
        cells.go_on()?;
        let found = match cells.labels("leaf")? {
            Some(labels) => Structure::of(read_leaves(cells, &labels, &plan)?),
            None => grid.leaves(valued, &group),
        };
        cells.go_on()?;
        (plan.definitions, plan.definition) = found.split(&self.definitions, &group);
        plan.leaf = found.leaf;
        Ok(plan)
    }

    fn grid_dimensions(&self, plan: &Plan) -> Vec<Dimension<'_>> {
        let mut out = Vec::new();
        if let Keys::Each(_) = self.definition {
            out.push(Dimension::plain("definition", plan.keys(&self.definition), self.definitions.len()));
        }
        if let Keys::Each(_) = self.periods.keys {
            out.push(Dimension::periods(plan.keys(&self.periods.keys), &self.periods.periods));
        }
        let relative = self.dimensions.iter().any(|codes| is_relative(&codes.codes));
        let definition = if relative { plan.keys(&self.definition) } else { Cow::default() };
        for codes in &self.dimensions {
            if let Keys::Each(_) = codes.keys {
                let keys = plan.keys(&codes.keys);
                out.push(Dimension::reported(codes.name, &[], keys, &codes.codes, &self.definitions, &definition));
            }
        }
        for (at, one) in self.conversions.0.iter().enumerate() {
            let lists = |name| definition::lists(&self.definitions, name);
            out.push(Dimension::listed(one.name, &lists(one.name), plan.codes(&self.conversions, at), &one.codes));
            if one.converted {
                let printed = plan.map(|cell| one.printed_of[one.rung(cell)]);
                let name = one.printed_name();
                out.push(Dimension::listed(name, &lists(name), printed, &one.printed));
            }
        }
        out
    }

    fn repeated(&self, cells: &Cells, cell: usize, earlier: usize, count: usize) -> Error {
        let figure: Vec<String> = self
            .dimensions
            .iter()
            .filter(|codes| matches!(codes.keys, Keys::Each(_)))
            .map(|codes| format!("{} {}", codes.name, codes.codes[codes.keys.of(cell) as usize]))
            .collect();
        let also = if count > 1 { format!(", and {} more rows repeat others", count - 1) } else { String::new() };
        Error::Schema(format!(
            "{} repeats {}: both stand for {}{also}; if rows are records to be added, say duplicates=\"keep\"; to keep the \
             first and list the others, duplicates=\"first\"",
            cells.place(cell),
            cells.place(earlier),
            if figure.is_empty() { "the same figure".to_owned() } else { figure.join(", ") }
        ))
    }
}

/// Which cells become which rows: all of them in order, unless some are set aside or shared out.
struct Plan {
    rows: usize,
    /// Cell of a row; `None` where row and cell are the same.
    cells: Option<Vec<u32>>,
    /// Which part of its cell a row is.
    parts: Option<Vec<u16>>,
    /// May a row be added to the others of its definition?
    leaf: Vec<bool>,
    /// Definition of a row, as an index into `definitions`.
    definition: Vec<i32>,
    /// Definitions by breakdown.
    definitions: Vec<Definition>,
}

impl Plan {
    fn new(draft: &Draft) -> Plan {
        let count = draft.aside.len();
        let split = draft.conversions.split();
        let whole = draft.aside.par_iter().all(|reason| *reason == 0);
        if whole && !split {
            return Plan::of(count, None, None);
        }
        let kept = (0..count as u32).filter(|cell| !draft.is_aside(*cell as usize));
        if !split {
            let cells: Vec<u32> = kept.collect();
            return Plan::of(cells.len(), Some(cells), None);
        }
        let (mut cells, mut parts) = (Vec::new(), Vec::new());
        for cell in kept {
            for part in 0..draft.conversions.parts(cell as usize) {
                cells.push(cell);
                parts.push(part as u16);
            }
        }
        Plan::of(cells.len(), Some(cells), Some(parts))
    }

    fn of(rows: usize, cells: Option<Vec<u32>>, parts: Option<Vec<u16>>) -> Plan {
        Plan { rows, cells, parts, leaf: Vec::new(), definition: Vec::new(), definitions: Vec::new() }
    }

    fn cell(&self, row: usize) -> usize {
        self.cells.as_ref().map_or(row, |cells| cells[row] as usize)
    }

    fn map<T: Send>(&self, of: impl Fn(usize) -> T + Sync) -> Vec<T> {
        (0..self.rows).into_par_iter().map(|row| of(self.cell(row))).collect()
    }

    /// The keys of the rows, without a copy where rows are cells.
    fn keys<'a>(&self, keys: &'a Keys) -> Cow<'a, [i32]> {
        match keys {
            Keys::Each(keys) if self.cells.is_none() => Cow::Borrowed(keys),
            Keys::Each(keys) => Cow::Owned(self.map(|cell| keys[cell])),
            // Zeroed memory costs nothing until it is written to.
            Keys::One(0) => Cow::Owned(vec![0; self.rows]),
            Keys::One(key) => Cow::Owned(vec![*key; self.rows]),
        }
    }

    /// Key of the code of every row in a dimension that is read by a list.
    fn codes(&self, conversions: &Conversions, dimension: usize) -> Vec<i32> {
        match &self.parts {
            None => self.map(|cell| conversions.key(dimension, cell, 0)),
            Some(parts) => {
                let row = |row: usize| conversions.key(dimension, self.cell(row), parts[row] as usize);
                (0..self.rows).into_par_iter().map(row).collect()
            }
        }
    }

    fn part(&self, row: usize) -> usize {
        self.parts.as_ref().map_or(0, |parts| parts[row] as usize)
    }

    /// Is a row a part of its cell, and not all of it?
    fn is_part(&self, conversions: &Conversions, row: usize) -> bool {
        self.parts.is_some() && conversions.parts(self.cell(row)) > 1
    }
}

/// One definition for every combination of its fields that occurs.
fn read_definitions(cells: &Cells, request: &Request) -> Result<(Vec<Definition>, Keys), Error> {
    let mut definitions = vec![Definition::default()];
    let mut keys = Keys::One(0);
    for field in Definition::fields() {
        let Some(labels) = cells.labels(field)? else { continue };
        let coded = match labels {
            Labels::One(label) => {
                let value = statement(field, &label, request)?;
                definitions.iter_mut().for_each(|definition| definition.set(field, &value));
                continue;
            }
            Labels::Each(coded) => coded,
        };
        let values =
            coded.labels.iter().map(|label| statement(field, label, request)).collect::<Result<Vec<_>, _>>()?;
        let mut seen: FxHashMap<(i32, i32), i32> = FxHashMap::default();
        let mut next = Vec::new();
        let each = (0..cells.count).map(|cell| {
            *seen.entry((keys.of(cell), coded.keys[cell])).or_insert_with_key(|(before, label)| {
                let mut definition = definitions[*before as usize].clone();
                definition.set(field, if *label == NULL { "" } else { &values[*label as usize] });
                next.push(definition);
                next.len() as i32 - 1
            })
        });
        keys = Keys::Each(each.collect());
        definitions = next;
    }
    for definition in &mut definitions {
        read_unit(definition, cells, request)?;
    }
    let checked = definitions.into_iter().map(Definition::checked).collect::<Result<Vec<_>, _>>()?;
    Ok((checked, keys))
}

/// Turns the printed unit into its code; what it says about prices and powers of ten is stated too.
fn read_unit(definition: &mut Definition, cells: &Cells, request: &Request) -> Result<(), Error> {
    let Some(label) = definition.get("unit") else { return Ok(()) };
    let printed = request.unit(label)?;
    definition.set("unit", printed.unit.as_deref().unwrap_or_default());
    if let Some(base) = printed.price_base.filter(|_| definition.get("price_base").is_none()) {
        definition.set("price_base", &base);
    }
    if cells.shift != 0 && definition.get("multiplier").is_none() {
        definition.set("multiplier", &format!("1{}", "0".repeat(cells.shift as usize)));
    }
    Ok(())
}

/// Definitions in the order of time, and of their words within it: the order of the rows must not matter.
fn order_definitions(definitions: &mut Vec<Definition>, keys: &mut Keys, periods: &Periods) {
    let Keys::Each(keys) = keys else { return };
    let mut first = vec![i32::MAX; definitions.len()];
    for (cell, key) in keys.iter().enumerate() {
        let start = periods.periods[periods.keys.of(cell) as usize].start;
        first[*key as usize] = first[*key as usize].min(start);
    }
    let mut order: Vec<usize> = (0..definitions.len()).collect();
    order.sort_by(|a, b| (first[*a], &definitions[*a]).cmp(&(first[*b], &definitions[*b])));
    let mut lut = vec![0; order.len()];
    order.iter().zip(0..).for_each(|(old, new)| lut[*old] = new);
    keys.par_iter_mut().for_each(|key| *key = lut[*key as usize]);
    *definitions = order.into_iter().map(|old| definitions[old].clone()).collect();
}

/// Reporters may be named; everything else is stated as it is.
fn statement(field: &str, label: &str, request: &Request) -> Result<String, Error> {
    if field != "reporter" || label.starts_with("org:") {
        return Ok(label.trim().to_owned());
    }
    let policy = Policy { min_confidence: 2.0, ..Policy::default() }.with_overrides(request.overrides.clone())?;
    let code = resolve(label, &policy).code;
    Ok(code.map_or_else(|| label.trim().to_owned(), str::to_owned))
}

/// Names the classifications that the codes of a definition come from.
fn write_schemes(definitions: &mut [Definition], request: &Request, conversions: &Conversions) {
    let named = |name: &str| conversions.0.iter().all(|one| one.name != name) && !AREAS.contains(&name);
    for (at, definition) in definitions.iter_mut().enumerate() {
        let only_named = request.schemes.iter().filter(|(name, _)| named(name) && *name != "skill");
        let mut said: Vec<String> = only_named.map(|(name, (scheme, _))| format!("{name}={scheme}")).collect();
        said.extend(request.calendar.iter().map(|calendar| format!("period={calendar}")));
        said.extend(conversions.0.iter().map(|one| one.schemes[at].clone()));
        if !said.is_empty() && definition.get("schemes").is_none() {
            definition.set("schemes", &said.join("; "));
        }
    }
}

fn read_leaves(cells: &Cells, labels: &Labels, plan: &Plan) -> Result<Vec<bool>, Error> {
    let read = labels.distinct().iter().enumerate().map(|(key, label)| match label.to_lowercase().as_str() {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        _ => Err(Error::Schema(format!(
            "{}, {}: {label:?} does not say whether the row is a leaf; expected true or false",
            cells.whose("leaf"),
            cells.place(labels.first(key as i32))
        ))),
    });
    let read = read.collect::<Result<Vec<bool>, Error>>()?;
    if let Some(cell) = (0..cells.count).find(|cell| labels.key(*cell) == NULL) {
        return Err(Error::Schema(format!(
            "{}, {}: blank; expected true or false",
            cells.whose("leaf"),
            cells.place(cell)
        )));
    }
    Ok(plan.map(|cell| read[labels.key(cell) as usize]))
}

/// Builds the figures and draws up the account.
fn finish(cells: &Cells, mut draft: Draft, plan: &Plan) -> Result<Observations, Error> {
    let rows = plan.rows;
    let mut out = Builder::default();
    for name in ["origin", "destination", "sex", "age"] {
        if draft.codes(name).is_none() {
            out.constant(name, "_T", rows);
        }
    }
    for codes in std::mem::take(&mut draft.dimensions) {
        if let (Keys::One(0), [code]) = (&codes.keys, codes.codes.as_slice()) {
            out.constant(codes.name, code, rows);
            continue;
        }
        let keys = match codes.keys {
            Keys::Each(keys) if plan.cells.is_none() => keys,
            keys => plan.keys(&keys).into_owned(),
        };
        out.set(codes.name, column::dictionary(keys, &codes.codes));
        cells.go_on()?;
    }
    let at = |cell: usize| draft.periods.periods[draft.periods.keys.of(cell) as usize];
    out.dates("period_start", plan.map(|cell| at(cell).start));
    out.dates("period_end", plan.map(|cell| at(cell).end));
    for (at, one) in draft.conversions.0.iter().enumerate() {
        out.set(one.name, column::dictionary(plan.codes(&draft.conversions, at), &one.codes));
        if one.converted {
            let printed = plan.map(|cell| one.printed_of[one.rung(cell)]);
            out.set(one.printed_name(), column::dictionary(printed, &one.printed));
        }
    }
    write_values(&mut out, cells, &draft, plan)?;
    write_notes(&mut out, cells, &draft, plan)?;
    out.set("row", Arc::new(UInt32Array::from(plan.map(|cell| cells.row(cell) as u32))));
    if plan.rows > 0 && cells.column_of(plan.cell(0)).is_some() {
        out.set("column", Arc::new(UInt16Array::from(plan.map(|cell| cells.column_of(cell).unwrap_or_default()))));
    }
    out.set("leaf", Arc::new(BooleanArray::from(plan.leaf.clone())));
    out.definitions(plan.definition.clone());
    let figures = out.finish(rows)?;
    cells.go_on()?;
    let ledger = Account { cells, draft: &draft, plan, figures: &figures }.draw()?;
    Observations::made(plan.definitions.clone(), figures, ledger)
}

/// Values, bounds, presence, and the number of the printed figure where it was shared out.
fn write_values(out: &mut Builder, cells: &Cells, draft: &Draft, plan: &Plan) -> Result<(), Error> {
    let values = &cells.values;
    let split = Some(&draft.conversions).filter(|_| plan.parts.is_some());
    let value: ScalarBuffer<f64> = match split {
        None if plan.cells.is_none() => values.value.clone(),
        None => plan.map(|cell| values.value[cell]).into(),
        Some(conversions) => shared_values(cells, conversions, plan).into(),
    };
    let nulls = NullBuffer::from_iter((0..plan.rows).map(|row| values::carries(values.presence[plan.cell(row)])));
    let nulls = Some(nulls).filter(|nulls| nulls.null_count() > 0);
    let (mut lut, mut kinds) = ([NULL; PRESENCE.len()], Vec::new());
    for row in 0..plan.rows {
        let kind = values.presence[plan.cell(row)] as usize;
        if lut[kind] == NULL {
            lut[kind] = kinds.len() as i32;
            kinds.push(PRESENCE[kind]);
        }
    }
    match kinds.as_slice() {
        [kind] => out.constant("presence", kind, plan.rows),
        _ => out.set("presence", column::dictionary(plan.map(|cell| lut[values.presence[cell] as usize]), &kinds)),
    }
    write_bounds(out, cells, plan, split, &value)?;
    out.set("value", Arc::new(Float64Array::new(value, nulls)));
    if let Some(conversions) = split {
        let number = plan.map(|cell| cell as u64);
        let share = |row: usize| conversions.share(plan.cell(row), plan.part(row));
        let share: Vec<f64> = (0..plan.rows).map(share).collect();
        out.set("figure", Arc::new(UInt64Array::from(number)));
        out.set("share", Arc::new(Float64Array::from(share)));
    }
    Ok(())
}

fn shared_values(cells: &Cells, conversions: &Conversions, plan: &Plan) -> Vec<f64> {
    (0..plan.rows)
        .map(|row| {
            let cell = plan.cell(row);
            conversions.portions(cells.values.value[cell], cell)[plan.part(row)]
        })
        .collect()
}

/// Stated bounds, those of suppressed counts, and those of parts: none of the figure, or all of it.
fn write_bounds(
    out: &mut Builder,
    cells: &Cells,
    plan: &Plan,
    split: Option<&Conversions>,
    values: &[f64],
) -> Result<(), Error> {
    let stated = [cells.numbers("low")?, cells.numbers("high")?];
    if stated.iter().all(Option::is_none) && cells.values.bounds.is_empty() && split.is_none() {
        return Ok(());
    }
    for (side, name) in ["low", "high"].into_iter().enumerate() {
        let bound = |row: usize| {
            let cell = plan.cell(row);
            let stated = stated[side].as_ref().and_then(|bounds| bounds.get(cell));
            let suppressed = cells.values.bounds.binary_search_by_key(&(cell as u32), |(cell, _, _)| *cell).ok();
            let suppressed = suppressed.map(|at| [cells.values.bounds[at].1, cells.values.bounds[at].2][side]);
            let whole = stated.or(suppressed);
            match split.filter(|conversions| plan.is_part(conversions, row)) {
                None => whole,
                // Net migration may be below zero: then "all of it" is the lower bound.
                Some(_) if side == 0 => whole.or(cells.values.get(cell)).map(|all| all.min(0.0)),
                Some(_) => whole.or_else(|| cells.values.get(cell)).map(|all| all.max(0.0)),
            }
        };
        let column: Vec<Option<f64>> = (0..plan.rows).map(bound).collect();
        let sign = if side == 0 { 1.0 } else { -1.0 };
        let wrong = (0..plan.rows).find(|row| {
            column[*row]
                .is_some_and(|bound| cells.values.get(plan.cell(*row)).is_some() && sign * bound > sign * values[*row])
        });
        if let Some(row) = wrong {
            return Err(Error::Schema(format!(
                "{}, {}: {} does not bound the value {}",
                cells.whose(name),
                cells.place(plan.cell(row)),
                column[row].unwrap_or_default(),
                values[row]
            )));
        }
        out.set(name, Arc::new(Float64Array::from(column)));
    }
    Ok(())
}

/// Basis, statuses, flags and notes.
fn write_notes(out: &mut Builder, cells: &Cells, draft: &Draft, plan: &Plan) -> Result<(), Error> {
    for name in ["obs_status", "conf_status", "flag", "note"] {
        let stated = cells.labels(name)?;
        if let Some(marked) = flags::of_periods(name, stated.as_ref(), &draft.periods, plan) {
            out.set(name, marked);
            continue;
        }
        match stated {
            Some(Labels::One(label)) if !label.is_empty() => out.constant(name, &label, plan.rows),
            Some(labels @ Labels::Each(_)) => {
                let blank =
                    |key: i32| if key != NULL && labels.distinct()[key as usize].is_empty() { NULL } else { key };
                let keys = plan.map(|cell| blank(labels.key(cell)));
                out.set(name, column::dictionary(keys, labels.distinct()));
            }
            _ => {}
        }
    }
    let split = Some(&draft.conversions).filter(|_| plan.parts.is_some());
    let stated = cells.labels("basis")?;
    if stated.is_none() && split.is_none() {
        out.constant("basis", "observed", plan.rows);
        return Ok(());
    }
    if let Some(label) = stated
        .as_ref()
        .and_then(|labels| labels.distinct().iter().find(|label| !label.is_empty() && !BASIS.contains(&label.as_str())))
    {
        return Err(Error::Code(format!(
            "{}: {label:?} is not a basis; expected one of {}",
            cells.whose("basis"),
            BASIS.join(", ")
        )));
    }
    let basis = |row: usize| {
        let label = stated.as_ref().and_then(|labels| {
            let key = labels.key(plan.cell(row));
            if key == NULL { None } else { Some(labels.distinct()[key as usize].as_str()) }
        });
        let label = label.filter(|label| !label.is_empty()).unwrap_or("observed");
        if split.is_some_and(|conversions| plan.is_part(conversions, row)) { "apportioned" } else { label }
    };
    let (codes, keys) = unique((0..plan.rows).map(|row| basis(row).to_owned()).collect());
    out.set("basis", column::dictionary(keys, &codes));
    Ok(())
}

#[cfg(test)]
mod tests;
