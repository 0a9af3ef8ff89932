//! Publishers' files, as published, to observations.
//!
//! In stages: bytes are unpacked under limits (`container`), every sheet becomes a grid of cells (`workbook`, `text`, `html`), a
//! layout says where the tables stand on it (`layout`, `locate`), what was found becomes labels and figures (`sheet`,
//! `found`), and these are harmonised. The account (`account`) is drawn up from the grid.

mod account;
mod catalogue;
mod container;
mod cube;
mod cubes;
mod eurostat;
mod found;
mod grid;
mod html;
mod layout;
mod limits;
mod locate;
mod notes;
mod reference;
mod sdmx_csv;
mod sdmx_json;
mod sdmx_ml;
mod sheet;
mod sniff;
mod text;
mod totals;
mod when;
mod workbook;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

use crate::Error;
use crate::concat::concatenate;
use crate::harmonise::{Duplicates, OnUnresolved, Weights};
use crate::ledger::{Account, Finding, Ledger, Step};
use crate::observation::Observations;
use crate::watch::Watch;

use container::{Format, Member};
use found::Asked;
use grid::{Cell, Grid};
use layout::{Kind, Labels, Layout, Table, squeezed};
pub use limits::Limits;
use locate::{Block, Locator, Missing};
use notes::Notes;
pub use reference::Reference;
pub use sniff::Proposal;

/// Rows of a sheet that a layout is recognised by.
const HEAD: usize = 40;

/// What the caller says about a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// TOML or JSON of the layout; sought among those that are known unless given.
    pub layout: Option<String>,
    /// Labels that hold for all figures, before those of the layout.
    pub constants: Labels,
    /// Role or name of a dimension -> codes: the figures that are wanted of a file that holds a cube.
    #[serde(rename = "where")]
    pub select: BTreeMap<String, Vec<String>>,
    /// Label of an area -> code.
    pub overrides: Labels,
    /// How ambiguous codes are shared out.
    pub weights: Weights,
    /// What to do with figures that stand twice, where it is not what the layout says.
    pub duplicates: Option<Duplicates>,
    /// What to do with areas that are not known.
    pub on_unresolved: OnUnresolved,
    /// Caps on what is unpacked.
    pub limits: Limits,
}

/// What a file holds.
pub enum Content {
    /// Figures of migration.
    Figures(Box<Observations>),
    /// Tables that figures refer to, and no figures.
    References(Vec<Reference>),
}

impl Options {
    fn asked(&self) -> Asked {
        Asked {
            duplicates: self.duplicates,
            on_unresolved: self.on_unresolved,
            weights: self.weights.clone(),
            overrides: self.overrides.clone(),
        }
    }
}

/// Reads a file from where it lies. One that is told by its first line is read line by line and never held as a whole.
///
/// # Errors
/// As [`read`].
pub fn read_path(name: &str, path: &Path, options: &Options, watch: &Watch) -> Result<Content, Error> {
    if options.layout.is_none()
        && let Some((short, lines)) = cubes::lines(name, path)?
    {
        let wanted = cube::Wanted(options.select.clone());
        let cube = eurostat::read(&short, lines, &wanted, &options.limits, watch)?;
        let (parts, account, findings) = cubes::figures(cube, &short, options, &options.asked(), watch)?;
        return whole(name, &parts, vec![account], findings);
    }
    let bytes = std::fs::read(path).map_err(|error| Error::Read(format!("{name}: {error}")))?;
    read(name, bytes, options, watch)
}

/// Reads a file.
///
/// # Errors
/// [`Error::Read`] for a file that is damaged, too large or laid out in a way that is not known; and those of
/// [`crate::harmonise::harmonise_sheet`].
pub fn read(name: &str, bytes: Vec<u8>, options: &Options, watch: &Watch) -> Result<Content, Error> {
    let members = container::members(name, bytes, &options.limits)?;
    let given = options.layout.as_deref().map(Layout::parse).transpose()?;
    let (mut parts, mut references, mut accounts, mut findings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for member in &members {
        if given.is_none()
            && let Some(cube) = cubes::of(member, options, watch)?
        {
            let (of_cube, account, more) = cubes::figures(cube, &member.name, options, &options.asked(), watch)?;
            parts.extend(of_cube);
            accounts.push(account);
            findings.extend(more);
            continue;
        }
        if !options.select.is_empty() {
            return Err(Error::Schema(format!(
                "where= selects while bulk files of Eurostat and files of SDMX are read, and {} is none; read all of it and \
                 select by obs.where(...)",
                member.name
            )));
        }
        let grids = grids(member, &options.limits, watch)?;
        let known = match &given {
            Some(one) => std::slice::from_ref(one),
            None => catalogue::layouts()?,
        };
        let (layout, file, sheets) = recognise(&member.name, &grids, known)?;
        let notes = Notes::of_sheets(&grids, layout);
        for (grid, tables) in grids.iter().zip(sheets) {
            watch.step(0)?;
            let asked = options.asked();
            let mut of_sheet = account::Sheet::new(grid);
            for (table, blocks) in &tables {
                if table.kind != Kind::Figures {
                    references.extend(blocks.iter().map(|block| reference::of_block(grid, layout, table, block)));
                    of_sheet.is_reference(table.kind);
                    continue;
                }
                let mut labels = file.clone();
                labels.insert("file".to_owned(), member.name.clone());
                if !matches!(member.format, Format::Text) {
                    labels.insert("sheet".to_owned(), grid.name.clone());
                }
                labels.extend(options.constants.clone());
                let (mut found, rows) = sheet::table(grid, layout, table, blocks, &labels)?;
                let near = notes.with_footers(grid, &rows);
                for marked in found.iter_mut().filter_map(|one| one.labels.get_mut("note")) {
                    *marked = near.told(marked);
                }
                of_sheet.take(table, blocks, &rows, &found);
                for one in &found {
                    parts.extend(found::observations(one, layout, &asked, watch)?);
                }
            }
            let skipped = layout.skip.iter().find(|skip| skip.sheet.is_in(&grid.name));
            let (account, more) = of_sheet.draw(layout, skipped.map(|skip| skip.reason.as_str()));
            accounts.extend(account);
            findings.extend(more);
        }
    }
    if parts.is_empty() {
        if references.is_empty() {
            return Err(Error::Read(format!("{name}: its tables hold no figures")));
        }
        return Ok(Content::References(references));
    }
    whole(name, &parts, accounts, findings)
}

/// All parts of a file in one, with the account of its numbers.
fn whole(
    name: &str,
    parts: &[Observations],
    accounts: Vec<Account>,
    mut findings: Vec<Finding>,
) -> Result<Content, Error> {
    let whole = match parts {
        [] => return Err(Error::Read(format!("{name}: its tables hold no figures"))),
        [one] => one.clone(),
        several => concatenate(several)?,
    };
    findings.extend(totals::tell(&whole)?);
    let mut ledger = Ledger { steps: vec![Step { operation: "read".to_owned(), accounts, findings }] };
    ledger.steps.extend(whole.ledger().steps.iter().cloned());
    Ok(Content::Figures(Box::new(whole.with_ledger(ledger)?)))
}

/// What the sheets of a file look like: for each with a table a layout that may fit it.
///
/// # Errors
/// As [`read`], for a file that is damaged or too large.
pub fn sniff(name: &str, bytes: Vec<u8>, limits: &Limits, watch: &Watch) -> Result<Vec<Proposal>, Error> {
    let mut found = Vec::new();
    for member in container::members(name, bytes, limits)? {
        found.extend(grids(&member, limits, watch)?.iter().filter_map(sniff::propose));
    }
    Ok(found)
}

fn grids(member: &Member, limits: &Limits, watch: &Watch) -> Result<Vec<Grid>, Error> {
    match member.format {
        Format::Xlsx | Format::Xls | Format::Ods => workbook::sheets(member, limits, watch),
        Format::Text => Ok(vec![text::grid(&member.name, &member.bytes, limits, watch)?.0]),
        Format::Html => html::grids(&member.name, &member.bytes, limits),
        Format::Xml | Format::Json => {
            Err(Error::Read(format!("{}: {:?} files are not read yet", member.name, member.format)))
        }
    }
}

/// The tables of a layout on each sheet of a file.
type Located<'a> = Vec<Vec<(&'a Table, Vec<Block>)>>;

/// The first layout that the file shows the marks of and a table of.
fn recognise<'a>(
    name: &str,
    grids: &[Grid],
    layouts: &'a [Layout],
) -> Result<(&'a Layout, Labels, Located<'a>), Error> {
    let mut marks: Vec<String> = vec![squeezed(name)];
    for grid in grids {
        marks.push(squeezed(&grid.name));
        for row in 0..grid.rows().min(HEAD) {
            let texts = grid.row(row).iter().filter_map(|cell| grid.text(*cell));
            marks.extend(texts.map(squeezed));
        }
    }
    let mut nearest: Option<(&Layout, String, Missing)> = None;
    for layout in layouts {
        let mut labels = Labels::new();
        let found = layout.recognise.iter().all(|pattern| {
            let mut found = marks.iter().filter_map(|mark| pattern.find(mark)).peekable();
            let shown = found.peek().is_some();
            // The first mark that says a role is believed.
            for (role, label) in found.flat_map(|found| pattern.named(&found)) {
                labels.entry(role).or_insert(label);
            }
            shown
        });
        if !found {
            continue;
        }
        for value in &layout.says {
            let Some(found) = marks.iter().find_map(|mark| value.matches.find(mark)) else { continue };
            for (role, label) in value.matches.labelled(&value.labels, &found) {
                labels.entry(role).or_insert(label);
            }
        }
        match tables(grids, layout) {
            Ok(located) => return Ok((layout, labels, located)),
            Err(missing) => {
                for (sheet, missing) in missing {
                    if nearest.as_ref().is_none_or(|(_, _, best)| best.found < missing.found) {
                        nearest = Some((layout, sheet, missing));
                    }
                }
            }
        }
    }
    Err(unknown(name, grids, nearest))
}

/// The tables of a layout on the sheets; an error if it has none on any, or if a table that a sheet is said to hold is
/// laid out otherwise.
fn tables<'a>(grids: &[Grid], layout: &'a Layout) -> Result<Located<'a>, Vec<(String, Missing)>> {
    let (mut all, mut missing): (Located, Vec<(String, Missing)>) = (Vec::new(), Vec::new());
    for grid in grids {
        let mut of_sheet: Vec<(&Table, Vec<Block>)> = Vec::new();
        let skipped = layout.skip.iter().any(|skip| skip.sheet.is_in(&grid.name));
        for table in layout.table.iter().filter(|_| !skipped && grid.rows() > 0) {
            if table.sheet.as_ref().is_some_and(|sheet| !sheet.is_in(&grid.name)) {
                continue;
            }
            let locator = Locator::new(grid, table);
            if !locator.is_titled() {
                continue;
            }
            match locator.blocks() {
                Ok(blocks) => {
                    of_sheet.push((table, blocks));
                    break;
                }
                Err(lack) => missing.push((grid.name.clone(), lack)),
            }
        }
        if !of_sheet.is_empty() {
            missing.retain(|(sheet, _)| *sheet != grid.name);
        }
        all.push(of_sheet);
    }
    let named = |sheet: &str| {
        layout
            .table
            .iter()
            .any(|table| table.sheet.as_ref().is_some_and(|pattern| pattern.is_in(sheet)) || table.title.is_some())
    };
    let wrong = missing.iter().any(|(sheet, _)| named(sheet));
    if wrong || all.iter().all(Vec::is_empty) { Err(missing) } else { Ok(all) }
}

/// Says what was seen, what was missing, and what to do.
fn unknown(name: &str, grids: &[Grid], nearest: Option<(&Layout, String, Missing)>) -> Error {
    const SHOWN: usize = 8;
    let mut text = match &nearest {
        Some((layout, sheet, missing)) if layout.name.is_empty() => {
            format!("{name}: sheet {sheet:?} is not laid out as the layout says: {}", missing.what)
        }
        // A layout that asks for no marks is near to every file: it is named as that.
        Some((layout, sheet, missing)) if layout.recognise.is_empty() => format!(
            "{name} is laid out in a way that is not known. The nearest that is known is {} ({}), but sheet {sheet:?} is \
             laid out otherwise: {}",
            layout.name, layout.title, missing.what
        ),
        Some((layout, sheet, missing)) => format!(
            "{name} has the marks of {} ({}), but sheet {sheet:?} is laid out otherwise: {}",
            layout.name, layout.title, missing.what
        ),
        None => format!("{name} is laid out in a way that is not known"),
    };
    text.push_str(". What was seen:");
    let wanted = |grid: &&Grid| nearest.as_ref().is_none_or(|(_, sheet, _)| *sheet == grid.name);
    for grid in grids.iter().filter(wanted).take(2) {
        let _ = write!(text, "\n  sheet {:?}, {} rows, {} columns", grid.name, grid.rows(), grid.width);
        for row in (0..grid.rows()).filter(|row| !grid.is_blank(*row)).take(SHOWN) {
            let cells = grid.row(row).iter().filter(|cell| **cell != Cell::Blank).take(6);
            let shown = cells.map(|cell| squeezed(&grid.label(*cell)).chars().take(40).collect::<String>());
            let _ = write!(text, "\n    row {}: {}", row + 1, shown.collect::<Vec<_>>().join(" | "));
        }
    }
    text.push_str("\nDescribe its layout in a few lines of TOML and give it as layout=; `migstat sniff` proposes one.");
    Error::Read(text)
}
