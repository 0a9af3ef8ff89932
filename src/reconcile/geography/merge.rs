//! Parts added up to a whole, only where all of them have a figure.

use std::sync::Arc;

use serde::Deserialize;

use super::internal::{Internal, is_several};
use super::{Side, Twice, When, at_each, is_within, known, line, request};
use crate::Error;
use crate::codes::{area, period};
use crate::definition::Definition;
use crate::exact::ExactSum;
use crate::ledger::Severity;
use crate::observation::{Observations, PRESENCE};
use crate::reconcile::cells::{self, value, what};
use crate::reconcile::rows::{How, Made, Work};

/// How to add up.
#[derive(Clone, Debug)]
pub struct Merge {
    /// The whole.
    pub into: &'static str,
    /// Its parts; each may itself be in parts.
    pub parts: Vec<&'static str>,
    /// Whether the caller named them, so that each is needed.
    pub named: bool,
    /// The ends at which they are added up.
    pub sides: Vec<Side>,
    /// What becomes of parts beside a figure of the whole.
    pub twice: Twice,
    pub(super) when: When,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    into: String,
    parts: Option<Vec<String>>,
    sides: Vec<Side>,
    overlap: String,
}

impl Merge {
    /// The successors of a state, added up again.
    pub(super) fn of(area: &'static str, sides: Vec<Side>, twice: Twice, when: When) -> Self {
        Self { into: area, parts: area::successors(area).to_vec(), named: false, sides, twice, when }
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`Error::Code`] for areas that are none or have no parts.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let given: Given = request(json)?;
        let into = known(&given.into)?.code;
        let named = given.parts.is_some();
        let parts = match given.parts {
            None => area::successors(into).to_vec(),
            Some(codes) => codes.iter().map(|code| Ok(known(code)?.code)).collect::<Result<Vec<_>, Error>>()?,
        };
        if parts.is_empty() || parts == [into] {
            return Err(Error::Code(format!("{into} has no successors that are known: give its parts")));
        }
        if let Some((_, part)) = parts.iter().enumerate().find(|(at, part)| parts[..*at].contains(part)) {
            return Err(Error::Code(format!("parts: {part} stands there twice")));
        }
        Ok(Self { into, parts, named, sides: given.sides, twice: given.overlap.parse()?, when: When::Always })
    }

    /// All areas that may stand for a part of the whole.
    fn members(&self) -> Vec<&'static str> {
        let mut all: Vec<&'static str> =
            self.parts.iter().flat_map(|part| line(part)).chain(self.parts.clone()).collect();
        all.retain(|code| *code != self.into || self.parts.contains(code));
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Parts as figures of the whole. A movement from part to part is none of the whole: it is set aside, and taken off printed
/// totals over partners that count it; where it is not known, a warning says so.
///
/// # Errors
/// [`Error::Schema`] where the whole has a figure beside its parts and that is refused.
pub fn merge(observations: &Observations, request: &Merge) -> Result<Observations, Error> {
    let nothing = format!("no figure of a part of {}: nothing to add up", request.into);
    at_each(&request.sides, observations, "reconcile.merge", &nothing, |now, side| {
        one_side(now, request, side, request.sides.last() == Some(&side))
    })
}

/// The rows of one cell, by member.
struct Present<'a> {
    observations: &'a Observations,
    /// The member and the row.
    rows: Vec<(&'static str, u32)>,
    internal: &'a Internal,
    side: Side,
    into: &'static str,
    year: i32,
}

impl Present<'_> {
    fn of(&self, code: &str) -> impl Iterator<Item = u32> {
        self.rows.iter().filter(move |(member, _)| *member == code).map(|(_, row)| *row)
    }

    fn any(&self, code: &str) -> bool {
        self.of(code).any(|row| self.observations.has_value(row as usize))
    }

    /// Is there a figure, and has every record of it a value?
    fn has(&self, code: &str) -> bool {
        self.any(code) && self.of(code).all(|row| self.observations.has_value(row as usize))
    }

    /// What there is of a part.
    fn cover(&self, part: &'static str, found: &mut Cover) {
        if self.has(part) {
            return found.used.push(part);
        }
        let below: Vec<&'static str> =
            area::successors(part).iter().copied().filter(|code| *code != self.into).collect();
        let any =
            below.iter().any(|code| self.rows.iter().any(|(member, _)| member == code || line(code).contains(member)));
        if any { self.cover_all(part, &below, false, found) } else { found.lacking.push(part) }
    }

    /// What there is of the parts of a whole.
    fn cover_all(&self, whole: &str, parts: &[&'static str], all: bool, found: &mut Cover) {
        let mut mine = Cover::default();
        for part in parts {
            // What is within another part needs no figure of its own.
            if all || self.has(part) || !is_within(part, parts) {
                self.cover(part, &mut mine);
            } else {
                mine.within.push(part);
            }
        }
        // While the whole stood, its name was that of the part that kept it, and the others did not exist.
        let stood = area::get(whole).and_then(|area| area.to).is_some_and(|last| self.year < last);
        let kept = |part: &&str| whole.len() == 8 && whole.get(..3) == Some(*part);
        if stood && mine.used.iter().any(kept) && mine.lacking.iter().all(|part| parts.contains(part)) {
            found.unborn.append(&mut mine.lacking);
        }
        found.used.append(&mut mine.used);
        found.lacking.append(&mut mine.lacking);
        found.unborn.append(&mut mine.unborn);
        found.within.append(&mut mine.within);
    }
}

/// The members that together are a whole.
#[derive(Default)]
struct Cover {
    used: Vec<&'static str>,
    /// Those without a figure.
    lacking: Vec<&'static str>,
    /// Those that did not exist.
    unborn: Vec<&'static str>,
    /// Those that another holds.
    within: Vec<&'static str>,
}

/// One end. Movements from part to part stay until the last, since totals at each end count them.
fn one_side(observations: &Observations, request: &Merge, side: Side, last: bool) -> Result<Work, Error> {
    let mut work = Work::default();
    let members = request.members();
    let place = |side: Side| -> (&[i32], Vec<Option<&'static str>>) {
        let (keys, codes) = observations.codes(side.name()).unwrap_or_default();
        let of = |code: &&str| members.iter().chain([&request.into]).copied().find(|member| member == code);
        (keys, codes.iter().map(of).collect())
    };
    let ((mine, member), (others, other)) = (place(side), place(side.other()));
    if !member.iter().chain(&other).flatten().any(|code| members.contains(code)) {
        return Ok(work);
    }
    let mut rows: Vec<u32> = Vec::new();
    let (mut between, mut totals) = (Vec::new(), Vec::new());
    let (_, partners) = observations.codes(side.other().name()).unwrap_or_default();
    let several: Vec<bool> = partners.iter().map(|code| is_several(code)).collect();
    let net: Vec<bool> = observations.definitions().iter().map(|one| one.get("measure") == Some("net")).collect();
    let kept = kept(observations.definitions(), &members, request.into);
    let border = format!("internal border of {}", request.into);
    for row in 0..observations.len() {
        let (here, there) = (member[mine[row] as usize], other[others[row] as usize]);
        if here.is_none() || !request.when.holds(cells::period(observations, row)) {
            continue;
        }
        if let Some(why) = &kept[observations.definition_keys()[row] as usize] {
            if here != Some(request.into) {
                work.find(observations, Severity::Warning, why, row as u32);
            }
            continue;
        }
        match here.zip(there) {
            None => {
                rows.push(row as u32);
                // What came is less what went: movements between the parts cancel out.
                if several[others[row] as usize] && !net[observations.definition_keys()[row] as usize] {
                    totals.push(row as u32);
                }
            }
            // Within the whole itself nothing is known of parts.
            Some((here, there)) if there == request.into && here == request.into => {}
            Some((here, there)) => {
                between.push((row as u32, here, there));
                if last {
                    work.set_aside(row as u32, &border);
                }
            }
        }
    }
    let internal = Internal::new(observations, &between, &totals);
    let (cell, count) = cells::number(observations, &rows, &[side.name()], &[]);
    let mut found: Vec<Vec<(&'static str, u32)>> = vec![Vec::new(); count];
    for (row, cell) in rows.iter().zip(cell) {
        found[cell as usize].extend(member[mine[*row as usize] as usize].map(|code| (code, *row)));
    }
    let mut states: Vec<(usize, State)> = Vec::new();
    for rows in found {
        let Some((_, row)) = rows.first() else { continue };
        let year = period::start_year(cells::period(observations, *row as usize));
        let cell = Present { observations, rows, internal: &internal, side, into: request.into, year };
        states.extend(one_cell(&mut work, &cell, request)?.map(|state| (work.last(), state)));
    }
    // A breakdown that only some parts have is none of the whole: what lacks parts may lie inside what does not.
    if states.iter().any(|(_, state)| *state == State::Mixed) {
        states.iter().filter(|(_, state)| *state != State::Plain).for_each(|(made, _)| work.undecided(*made));
    }
    Ok(work)
}

/// Why figures of a definition are not added up, if they are not.
fn kept(definitions: &[Definition], members: &[&str], into: &str) -> Vec<Option<String>> {
    let why = |one: &Definition| {
        if one.is_ratio() {
            return Some("kept: a ratio is never added up".to_owned());
        }
        // Offices count by rules of their own, so what they report is never of one definition.
        let office = one.get("reporter").filter(|reporter| members.contains(reporter) && *reporter != into)?;
        Some(format!("kept: reported by {office}, a part of {into}, by a definition of its own"))
    };
    definitions.iter().map(why).collect()
}

/// What is known of whether a figure of the whole is a leaf.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is what its parts are.
    Plain,
    /// Parts lack.
    Lacking,
    /// Some parts are leaves and some are totals.
    Mixed,
}

/// The rows of parts that are to be replaced, of the whole too where it is to be added; none where there are none.
fn replaced(work: &mut Work, cell: &Present<'_>, request: &Merge) -> Result<Option<Vec<u32>>, Error> {
    let (observations, into) = (cell.observations, request.into);
    let as_part = request.parts.contains(&into);
    let parts = cell.rows.iter().filter(|(code, _)| as_part || *code != into).map(|(_, row)| *row);
    let mut rows: Vec<u32> = parts.collect();
    rows.sort_unstable();
    let Some(first) = rows.first().copied() else { return Ok(None) };
    if !as_part && cell.any(into) {
        let why = format!("part of {into}, which has a figure of the same thing");
        let valued = rows.iter().any(|row| observations.has_value(*row as usize));
        match request.twice {
            Twice::Raise if valued => {
                return Err(Error::Schema(format!(
                    "row {first} ({}): {why}, and nobody may be counted twice; see reconcile.overlaps, and choose by \
                     overlap=\"set_aside\", \"keep\", or \"add\" where they count different people",
                    what(observations, first as usize)
                )));
            }
            Twice::Keep => {
                rows.iter().for_each(|row| work.find(observations, Severity::Warning, &format!("kept: {why}"), *row));
                return Ok(None);
            }
            Twice::Add => {}
            _ => {
                rows.iter().for_each(|row| work.set_aside(*row, &why));
                return Ok(None);
            }
        }
    }
    if !as_part {
        // A row of the whole that has no value gives way to what its parts say.
        rows.extend(cell.of(into));
        rows.sort_unstable();
    }
    Ok(Some(rows))
}

/// Replaces the parts in a cell, if there are any.
fn one_cell(work: &mut Work, cell: &Present<'_>, request: &Merge) -> Result<Option<State>, Error> {
    let (observations, into) = (cell.observations, request.into);
    let Some(rows) = replaced(work, cell, request)? else { return Ok(None) };
    let mut found = Cover::default();
    cell.cover_all(into, &request.parts, request.named, &mut found);
    if request.twice == Twice::Add && cell.any(into) && !request.parts.contains(&into) {
        if cell.has(into) { found.used.push(into) } else { found.lacking.push(into) }
    }
    let leaf = |row: &u32| observations.leaves().value(*row as usize);
    let mixed = !rows.iter().all(leaf) && rows.iter().any(leaf);
    let made = Made {
        from: rows[0],
        of: rows.clone(),
        areas: vec![(cell.side.name(), into)],
        value: None,
        bounds: None,
        share: 1.0,
        leaf: rows.iter().any(leaf),
        presence: "missing",
        how: How::Sum,
        note: None,
        reason: 0,
    };
    let complete = found.lacking.is_empty();
    if complete && !found.used.is_empty() {
        added(work, cell, &found, &rows, made)?;
    } else {
        open(work, cell, found.lacking, &rows, made);
    }
    Ok(Some(match (mixed, complete) {
        (true, _) => State::Mixed,
        (false, true) => State::Plain,
        (false, false) => State::Lacking,
    }))
}

/// Puts the sum of the parts in their place.
fn added(work: &mut Work, cell: &Present<'_>, found: &Cover, rows: &[u32], mut made: Made) -> Result<(), Error> {
    let (observations, into) = (cell.observations, cell.into);
    let summed: Vec<u32> = found.used.iter().flat_map(|code| cell.of(code)).collect();
    let of = |row: &u32| value(observations, *row as usize);
    let mut sum: ExactSum = summed.iter().filter_map(of).collect();
    let between = cell.internal.of(observations, summed[0], cell.side, &found.used);
    let mut less = sum.clone();
    between.rows.iter().filter_map(of).for_each(|figure| less.sub(figure));
    // Totals of fewer people than moved between the parts are not totals of these.
    let known = !between.unknown && (between.rows.is_empty() || less.value() >= 0.0);
    let taken: &[u32] = if known { &between.rows } else { &[] };
    if known {
        sum = less;
    }
    let sum = sum.value();
    if !sum.is_finite() {
        return Err(Error::Schema(format!(
            "row {} ({}): the parts of {into} add up to more than a number can hold",
            rows[0],
            what(observations, rows[0] as usize)
        )));
    }
    (made.value, made.bounds) = (Some(sum), bounds(observations, &summed, taken));
    made.of.clone_from(&summed);
    made.presence = if sum == 0.0 { nothing(observations, &summed) } else { "value" };
    let mut said = format!("{into} from {}", found.used.join(", "));
    if !found.unborn.is_empty() {
        said = format!("{said}, since {} did not exist yet", found.unborn.join(", "));
    }
    if !found.within.is_empty() {
        said = format!("{said}, with {} within another", found.within.join(", "));
    }
    if !found.unborn.is_empty() || !found.within.is_empty() {
        summed.iter().for_each(|row| work.find(observations, Severity::Assumption, &said, *row));
    }
    let definition = &observations.definitions()[observations.definition_keys()[rows[0] as usize] as usize];
    let what = if definition.is_stock() { "people of one part in another" } else { "movements between its parts" };
    if !known {
        let doubt = format!("{into} includes {what}, of which there is no figure");
        let partner = observations.code(cell.side.other().name(), summed[0] as usize).unwrap_or_default();
        let message = format!("{doubt}: {partner} is a printed total over partners");
        summed.iter().for_each(|row| work.find(observations, Severity::Warning, &message, *row));
        said = format!("{said}; {doubt}");
    } else if !taken.is_empty() {
        let message = format!("internal border of {into}: {what} taken off its printed totals");
        taken.iter().for_each(|row| work.find(observations, Severity::Note, &message, *row));
        said = format!("{said}, less {what}");
    }
    made.note = Some(Arc::from(said));
    made.reason = work.reason(&format!("parts added up to {into}"));
    let idle = format!("counted with another part of {into}");
    let beside = |row: &&u32| !summed.contains(row) && observations.has_value(**row as usize);
    rows.iter().filter(beside).for_each(|row| work.set_aside(*row, &idle));
    let rest: Vec<u32> = rows.iter().filter(|row| !beside(row)).copied().collect();
    work.replace(&rest, made.reason, [made]);
    Ok(())
}

/// Puts a figure without a value in the place of parts of which some lack theirs.
fn open(work: &mut Work, cell: &Present<'_>, mut lacking: Vec<&'static str>, rows: &[u32], mut made: Made) {
    let (observations, into) = (cell.observations, cell.into);
    lacking.sort_unstable();
    let held = |row: &&u32| observations.has_value(**row as usize);
    if rows.iter().any(|row| held(&row)) {
        let without = format!("{into} has no figure without {}", lacking.join(", "));
        rows.iter().for_each(|row| work.find(observations, Severity::Warning, &without, *row));
        made.note = Some(Arc::from(without));
    } else {
        made.presence = common(observations, rows);
    }
    made.reason = work.reason(&format!("a figure of {into} without a value, for parts lack theirs"));
    let why = format!("part of {into}, of which other parts have no figure");
    rows.iter().filter(held).for_each(|row| work.set_aside(*row, &why));
    let blank: Vec<u32> = rows.iter().filter(|row| !held(row)).copied().collect();
    work.replace(&blank, made.reason, [made]);
}

/// What a sum of nothing is.
fn nothing(observations: &Observations, rows: &[u32]) -> &'static str {
    let all = |words: &[&str]| {
        rows.iter().all(|row| observations.code("presence", *row as usize).is_some_and(|word| words.contains(&word)))
    };
    if all(&["zero"]) {
        "zero"
    } else if all(&["zero", "rounded_zero"]) {
        "rounded_zero"
    } else {
        "value"
    }
}

/// Why none of the figures has a value, where they agree.
fn common(observations: &Observations, rows: &[u32]) -> &'static str {
    let of = |row: &u32| observations.code("presence", *row as usize);
    let same = |word: &&str| rows.iter().all(|row| of(row) == Some(word));
    PRESENCE.into_iter().find(same).unwrap_or("missing")
}

/// The bounds of a sum less other figures, where any of them has some.
fn bounds(observations: &Observations, rows: &[u32], less: &[u32]) -> Option<(f64, f64)> {
    use arrow::array::{Array, AsArray, Float64Array};
    use arrow::datatypes::Float64Type;
    let column = |name| -> Option<&Float64Array> {
        observations.figures().column_by_name(name).map(AsArray::as_primitive::<Float64Type>)
    };
    let (low, high) = (column("low")?, column("high")?);
    let stated = |row: &u32| low.is_valid(*row as usize) || high.is_valid(*row as usize);
    let sum = |bound: &Float64Array, other: &Float64Array| {
        let one = |bound: &Float64Array, row: &u32| {
            let row = *row as usize;
            if bound.is_valid(row) { Some(bound.value(row)) } else { value(observations, row) }
        };
        let taken = less.iter().filter_map(|row| one(other, row)).map(|figure| -figure);
        rows.iter().filter_map(|row| one(bound, row)).chain(taken).collect::<ExactSum>().value()
    };
    rows.iter()
        .chain(less)
        .any(stated)
        .then(|| (sum(low, high), sum(high, low)))
        .filter(|(low, high)| low.is_finite() && high.is_finite())
}
