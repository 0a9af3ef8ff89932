//! SDMX-ML: generic and structure-specific messages of versions 2.0, 2.1 and 3.0.
//!
//! The document is read once, element by element; names are taken without their prefix. A document type definition is
//! refused, so no entity is ever expanded beyond the five of XML.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::cube::{Cube, Long, Origin, cell};
use super::text;
use crate::Error;
use crate::watch::Watch;

/// Concept -> code.
type Codes = BTreeMap<String, String>;

/// Elements that may stand inside one another; a message has about ten.
const DEEPEST: usize = 64;

/// Is it a message of data?
pub fn is_it(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    head.to_lowercase().contains("sdmx")
        && ["GenericData", "GenericTimeSeriesData", "StructureSpecific", "CompactData", "UtilityData", "DataSet"]
            .iter()
            .any(|root| head.contains(root))
}

/// A group and what is said of all series in it.
#[derive(Default)]
struct Group {
    key: Codes,
    attributes: Codes,
}

impl Group {
    fn holds(&self, key: &Codes) -> bool {
        self.key.iter().all(|(name, code)| key.get(name) == Some(code))
    }
}

/// What has been read so far.
#[derive(Default)]
struct Message {
    origin: Origin,
    prepared: String,
    /// The dimension that a generic observation has beside its series.
    over: String,
    /// Attributes of the data set.
    whole: Codes,
    groups: Vec<Group>,
    series: Codes,
    series_attributes: Codes,
    observation: Codes,
    attributes: Codes,
    value: Option<String>,
    /// Observations with the names of concepts that are attributes.
    rows: Vec<(Codes, Codes, String)>,
    deletes: bool,
    deleted: u64,
}

/// Reads a message.
///
/// # Errors
/// [`Error::Read`] for a document that is damaged or has a document type definition, and naming the observation that is
/// no number.
pub fn read(name: &str, bytes: &[u8], watch: &Watch) -> Result<Cube, Error> {
    let place = format!("file {name:?}");
    let (text, _) = text::decode(name, bytes)?;
    let damaged = |error: &dyn std::fmt::Display, at: u64| {
        let line = text.get(..at as usize).map_or(1, |before| before.matches('\n').count() + 1);
        Error::Read(format!("{place}, line {line}: the XML is damaged ({error}); download it again"))
    };
    let mut reader = Reader::from_str(&text);
    let mut message = Message::default();
    let mut open: Vec<String> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| damaged(&error, reader.error_position()))?;
        match event {
            Event::DocType(_) => {
                return Err(Error::Read(format!(
                    "{place}: it has a document type definition, as no SDMX message does and hostile files do; it is refused"
                )));
            }
            Event::Start(start) => {
                let local = local(&start);
                message.start(&start, &local, &open).map_err(|error| damaged(&error, reader.buffer_position()))?;
                open.push(local);
                if open.len() > DEEPEST {
                    return Err(damaged(&"elements stand too deep inside one another", reader.buffer_position()));
                }
            }
            Event::Empty(start) => {
                let local = local(&start);
                message.start(&start, &local, &open).map_err(|error| damaged(&error, reader.buffer_position()))?;
                message.end(&local, &open);
            }
            Event::End(_) => {
                let Some(local) = open.pop() else { continue };
                message.end(&local, &open);
                if message.rows.len().is_multiple_of(1 << 12) {
                    watch.step(1)?;
                }
            }
            Event::Text(words) => message.text(words.xml10_content().trim(), &open),
            Event::Eof => break,
            _ => {}
        }
    }
    if let Some(last) = open.last() {
        return Err(damaged(&format!("it ends inside {last:?}"), text.len() as u64));
    }
    message.cube(place)
}

/// The name of an element without its prefix.
fn local(start: &BytesStart) -> String {
    start.local_name().as_ref().to_owned()
}

/// Attributes of an element that belong to no other namespace, without the declarations of namespaces.
fn plain(start: &BytesStart) -> Result<Codes, String> {
    let mut codes = Codes::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let name: &str = attribute.key.as_ref();
        if name.contains(':') || name == "xmlns" {
            continue;
        }
        let value =
            attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        codes.insert(name.to_owned(), value.into_owned());
    }
    Ok(codes)
}

impl Message {
    fn start(&mut self, start: &BytesStart, local: &str, open: &[String]) -> Result<(), String> {
        let parent = open.last().map_or("", String::as_str);
        let found = plain(start)?;
        let of = |name: &str| found.get(name).cloned().unwrap_or_default();
        match local {
            // What points at the data flow or the structure; the data flow stands nearer to the reader.
            "Ref" if matches!(parent, "StructureUsage" | "ProvisionAgreement" | "Structure") => {
                let [agency, id] = [of("agencyID"), of("id")];
                if parent == "StructureUsage" || self.origin.dataset.is_none() {
                    self.origin = Origin { agency: Some(agency).filter(|id| !id.is_empty()), dataset: Some(id) };
                }
            }
            "Structure" if parent == "Header" => {
                self.over = of("dimensionAtObservation");
            }
            "DataSet" => {
                self.deletes = matches!(of("action").as_str(), "Delete" | "D");
                let known = [
                    "action",
                    "setID",
                    "validFromDate",
                    "validToDate",
                    "publicationYear",
                    "publicationPeriod",
                    "reportingBeginDate",
                    "reportingEndDate",
                    "REPORTING_YEAR_START_DAY",
                    "keyFamilyURI",
                    "dataProviderID",
                    "datasetID",
                ];
                self.whole = found.into_iter().filter(|(name, _)| !known.contains(&name.as_str())).collect();
                self.groups.clear();
            }
            "Series" => {
                self.series = found;
                self.series_attributes.clear();
            }
            "Obs" => {
                if parent == "DataSet" {
                    self.series.clear();
                    self.series_attributes.clear();
                }
                self.attributes.clear();
                self.observation = found;
                // Of 3.0, where a value may be text in an element.
                self.value = self.observation.remove("OBS_VALUE").or_else(|| self.observation.remove("value"));
            }
            "Group" => self.groups.push(Group { key: found, attributes: Codes::new() }),
            "Value" => {
                let id = found.get("id").or_else(|| found.get("concept")).cloned().unwrap_or_default();
                self.value_of(parent, open, id, of("value"));
            }
            "ObsDimension" => {
                let id = found.get("id").cloned().filter(|id| !id.is_empty()).unwrap_or_else(|| self.over());
                self.observation.insert(id, of("value"));
            }
            "ObsValue" => self.value = Some(of("value")),
            _ => {}
        }
        Ok(())
    }

    fn over(&self) -> String {
        let known = !self.over.is_empty() && self.over != "AllDimensions";
        if known { self.over.clone() } else { "TIME_PERIOD".to_owned() }
    }

    fn value_of(&mut self, parent: &str, open: &[String], id: String, value: String) {
        let inside = |name: &str| open.iter().any(|element| element == name);
        let whole = match parent {
            "SeriesKey" => &mut self.series,
            "ObsKey" => &mut self.observation,
            "GroupKey" => match self.groups.last_mut() {
                Some(group) => &mut group.key,
                None => return,
            },
            "Attributes" if inside("Obs") => &mut self.attributes,
            "Attributes" if inside("Series") => &mut self.series_attributes,
            "Attributes" if inside("Group") => match self.groups.last_mut() {
                Some(group) => &mut group.attributes,
                None => return,
            },
            "Attributes" => &mut self.whole,
            _ => return,
        };
        whole.insert(id, value);
    }

    fn text(&mut self, words: &str, open: &[String]) {
        if words.is_empty() {
            return;
        }
        let parent = open.len().checked_sub(2).and_then(|at| open.get(at)).map_or("", String::as_str);
        match open.last().map_or("", String::as_str) {
            "Prepared" => words.clone_into(&mut self.prepared),
            "KeyFamilyRef" if self.origin.dataset.is_none() => self.origin.dataset = Some(words.to_owned()),
            "KeyFamilyAgency" => self.origin.agency = Some(words.to_owned()),
            "URN" | "StructureUsage" | "Structure" if words.starts_with("urn:sdmx:") => {
                self.origin = Origin::of_reference(words);
            }
            "Time" if parent == "Obs" => drop(self.observation.insert("TIME_PERIOD".to_owned(), words.to_owned())),
            "OBS_VALUE" => self.value = Some(words.to_owned()),
            _ => {}
        }
    }

    fn end(&mut self, local: &str, open: &[String]) {
        if local != "Obs" || open.iter().all(|element| element != "DataSet") {
            return;
        }
        let value = self.value.take().unwrap_or_default();
        if self.deletes {
            self.deleted += u64::from(!value.trim().is_empty());
            return;
        }
        let mut key = self.series.clone();
        key.extend(std::mem::take(&mut self.observation));
        let mut attributes = std::mem::take(&mut self.attributes);
        let groups = self.groups.iter().filter(|group| !group.key.is_empty());
        for more in [&self.series_attributes]
            .into_iter()
            .chain(groups.filter(|group| group.holds(&key)).map(|group| &group.attributes))
        {
            // What is said nearer to the figure holds.
            for (name, code) in more {
                attributes.entry(name.clone()).or_insert_with(|| code.clone());
            }
        }
        self.rows.push((key, attributes, value));
    }

    fn cube(self, place: String) -> Result<Cube, Error> {
        if self.rows.is_empty() {
            return Err(Error::Read(format!("{place}: the message has no observations")));
        }
        let mut long = Long::default();
        for (number, (key, attributes, value)) in self.rows.iter().enumerate() {
            let figure = cell(value).ok_or_else(|| {
                Error::Read(format!("{place}, observation {}: {value:?} is not a number", number + 1))
            })?;
            long.begin(number as u32, figure);
            for (name, code) in key {
                let concept = long.concept(name, is_attribute(name));
                long.say(concept, code);
            }
            for (name, code) in attributes.iter().chain(&self.whole) {
                let concept = long.concept(name, true);
                long.say(concept, code);
            }
        }
        let mut cube = long.done(0);
        (cube.place, cube.format, cube.origin) = (place, "SDMX-ML", self.origin);
        if !self.prepared.is_empty() {
            cube.constants.insert("vintage".to_owned(), self.prepared);
        }
        cube.taken += self.deleted;
        cube.dropped.count("observation that is deleted", self.deleted, 0, || "action = Delete".to_owned());
        Ok(cube)
    }
}

/// Attributes that a structure-specific message writes beside the key.
fn is_attribute(name: &str) -> bool {
    let upper = name.to_uppercase();
    [
        "TITLE",
        "COMMENT",
        "NOTE",
        "COLLECTION",
        "SOURCE",
        "METHOD",
        "CONF",
        "EMBARGO",
        "PRE_BREAK",
        "COMPILING",
        "TIME_PER_COLLECT",
        "OBS_",
    ]
    .iter()
    .any(|beginning| upper.starts_with(beginning))
}
