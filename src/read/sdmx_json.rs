//! SDMX-JSON 1.0 and 2.0, and JSON-stat 2.0: arrays of figures whose positions stand for codes.

use serde_json::Value;

use super::cube::{Cube, Long, Origin, cell};
use super::text;
use crate::Error;
use crate::watch::Watch;

/// Is it a message of data?
pub fn is_it(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    let has = |word: &str| head.contains(&format!("\"{word}\""));
    (has("dataSets") || has("structure") || has("structures")) && (has("dimensions") || has("meta") || has("header"))
        || (has("class") && has("dataset"))
}

/// A dimension or an attribute, and its codes with their labels.
struct Component {
    id: String,
    values: Vec<(String, String)>,
}

/// Reads a message.
///
/// # Errors
/// [`Error::Read`] for what is no JSON, or points beyond the codes that it lists.
pub fn read(name: &str, bytes: &[u8], watch: &Watch) -> Result<Cube, Error> {
    let place = format!("file {name:?}");
    let (text, _) = text::decode(name, bytes)?;
    let message: Value = serde_json::from_str(&text)
        .map_err(|error| Error::Read(format!("{place}: the JSON is damaged ({error}); download it again")))?;
    if message["class"] == "dataset" {
        return stat(place, &message, watch);
    }
    let data = if message["data"].is_object() { &message["data"] } else { &message };
    let structures: Vec<&Value> = match data["structures"].as_array() {
        Some(several) => several.iter().collect(),
        None => vec![&data["structure"]],
    };
    let sets = data["dataSets"].as_array().ok_or_else(|| Error::Read(format!("{place}: it has no \"dataSets\"")))?;
    let mut long = Long::default();
    let mut origin = Origin::default();
    for set in sets {
        let at = set["structure"].as_u64().unwrap_or_default() as usize;
        let structure = structures.get(at).copied().unwrap_or(&Value::Null);
        if let Some(link) = links(structure).chain(links(set)).next() {
            origin = Origin::of_reference(link);
        }
        Set { place: &place, structure, long: &mut long }.read(set, watch)?;
    }
    if long.len() == 0 {
        return Err(Error::Read(format!("{place}: the message has no observations")));
    }
    let mut cube = long.done(0);
    (cube.place, cube.format, cube.origin) = (place, "SDMX-JSON", origin);
    let prepared = [&message["meta"]["prepared"], &message["header"]["prepared"]];
    if let Some(prepared) = prepared.iter().find_map(|one| one.as_str()) {
        cube.constants.insert("vintage".to_owned(), prepared.to_owned());
    }
    Ok(cube)
}

/// Where the data flow is named.
fn links(of: &Value) -> impl Iterator<Item = &str> {
    let links = of["links"].as_array().map_or(&[][..], Vec::as_slice);
    let urn = links.iter().filter_map(|link| link["urn"].as_str());
    urn.filter(|urn| urn.contains("Dataflow=") || urn.contains("DataStructure="))
}

fn components(of: &Value) -> Vec<Component> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Object(_) => value["en"].as_str().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let value = |value: &Value| {
        let id = if value["id"].is_null() { &value["value"] } else { &value["id"] };
        let name = if value["name"].is_null() { &value["names"] } else { &value["name"] };
        (text(if id.is_null() { value } else { id }), text(name))
    };
    let component = |one: &Value| Component {
        id: text(&one["id"]),
        values: one["values"].as_array().map_or_else(Vec::new, |values| values.iter().map(value).collect()),
    };
    of.as_array().map_or_else(Vec::new, |all| all.iter().map(component).collect())
}

/// One data set of a message.
struct Set<'a> {
    place: &'a str,
    structure: &'a Value,
    long: &'a mut Long,
}

impl Set<'_> {
    fn read(&mut self, set: &Value, watch: &Watch) -> Result<(), Error> {
        let (dimensions, attributes) = (&self.structure["dimensions"], &self.structure["attributes"]);
        let level = |of: &Value, names: [&str; 2]| {
            components(if of[names[0]].is_null() { &of[names[1]] } else { &of[names[0]] })
        };
        let whole = level(dimensions, ["dataSet", "dataset"]);
        let of_series = level(dimensions, ["series", "series"]);
        let of_observation = level(dimensions, ["observation", "observation"]);
        let set_attributes = level(attributes, ["dataSet", "dataset"]);
        let series_attributes = level(attributes, ["series", "series"]);
        let own = level(attributes, ["observation", "observation"]);
        let mut above: Vec<(String, String, String, bool)> = Vec::new();
        // A dimension of the whole data set has the one code that is listed.
        for one in whole.iter().filter(|one| one.values.len() == 1) {
            above.push((one.id.clone(), one.values[0].0.clone(), one.values[0].1.clone(), false));
        }
        self.attributes(&set["attributes"], &set_attributes, &mut above)?;
        if let Some(observations) = set["observations"].as_object() {
            let names: Vec<&Component> = of_series.iter().chain(&of_observation).collect();
            for (key, figures) in observations {
                self.observation(key, figures, &names, &own, &above)?;
            }
        }
        for (number, (key, series)) in set["series"].as_object().into_iter().flatten().enumerate() {
            let names: Vec<&Component> = of_series.iter().collect();
            let mut said = above.clone();
            said.extend(self.key(key, &names)?);
            self.attributes(&series["attributes"], &series_attributes, &mut said)?;
            let names: Vec<&Component> = of_observation.iter().collect();
            for (key, figures) in series["observations"].as_object().into_iter().flatten() {
                self.observation(key, figures, &names, &own, &said)?;
            }
            if number.is_multiple_of(1 << 8) {
                watch.step(1)?;
            }
        }
        Ok(())
    }

    fn beyond(&self, what: &str, at: &str) -> Error {
        Error::Read(format!(
            "{}: {what} {at:?} points beyond the codes that the message lists; download it again",
            self.place
        ))
    }

    fn key(&self, key: &str, names: &[&Component]) -> Result<Vec<(String, String, String, bool)>, Error> {
        let mut said = Vec::new();
        let parts: Vec<&str> = key.split(':').collect();
        if parts.len() != names.len() {
            return Err(self.beyond("the key", key));
        }
        for (part, one) in parts.iter().zip(names) {
            let value = part.parse().ok().and_then(|at: usize| one.values.get(at));
            let (code, label) = value.ok_or_else(|| self.beyond("the key", key))?;
            said.push((one.id.clone(), code.clone(), label.clone(), false));
        }
        Ok(said)
    }

    /// Attributes are positions in the list of values, or the values themselves.
    fn attributes(
        &self,
        found: &Value,
        names: &[Component],
        said: &mut Vec<(String, String, String, bool)>,
    ) -> Result<(), Error> {
        for (value, one) in found.as_array().into_iter().flatten().zip(names) {
            let (code, label) = match value {
                Value::Number(at) if !one.values.is_empty() => {
                    let at = at.as_u64().and_then(|at| one.values.get(at as usize));
                    at.cloned().ok_or_else(|| self.beyond("attribute", &one.id))?
                }
                Value::String(text) => (text.clone(), String::new()),
                Value::Number(number) => (number.to_string(), String::new()),
                _ => continue,
            };
            said.push((one.id.clone(), code, label, true));
        }
        Ok(())
    }

    fn observation(
        &mut self,
        key: &str,
        figures: &Value,
        names: &[&Component],
        own: &[Component],
        above: &[(String, String, String, bool)],
    ) -> Result<(), Error> {
        let mut said = self.key(key, names)?;
        let all = figures.as_array().ok_or_else(|| {
            Error::Read(format!("{}: observation {key:?} is no list of a figure and its attributes", self.place))
        })?;
        let figure = number(all.first().unwrap_or(&Value::Null))
            .ok_or_else(|| Error::Read(format!("{}: observation {key:?} is no number: {}", self.place, all[0])))?;
        self.attributes(&Value::Array(all.iter().skip(1).cloned().collect()), own, &mut said)?;
        let row = self.long.len() as u32;
        self.long.begin(row, figure);
        for (id, code, label, attribute) in said.iter().chain(above) {
            let concept = self.long.concept(id, *attribute);
            self.long.say(concept, code);
            self.long.name(concept, code, label);
        }
        Ok(())
    }
}

/// A figure of JSON: a number, text that holds one, or nothing.
fn number(value: &Value) -> Option<super::cube::Cell> {
    match value {
        Value::Null => cell(""),
        Value::Number(number) => cell(&number.to_string()),
        Value::String(text) => cell(text),
        _ => None,
    }
}

/// JSON-stat 2.0: figures in the order of the codes of all dimensions, the last running fastest.
fn stat(place: String, message: &Value, watch: &Watch) -> Result<Cube, Error> {
    let damaged = |what: &str| Error::Read(format!("{place}: {what}; is it JSON-stat 2.0? download it again"));
    let ids = message["id"].as_array().ok_or_else(|| damaged("it names no dimensions under \"id\""))?;
    let mut long = Long::default();
    let mut codes: Vec<Vec<String>> = Vec::new();
    for id in ids.iter().filter_map(Value::as_str) {
        let concept = long.concept(id, false);
        let category = &message["dimension"][id]["category"];
        let own: Vec<String> = match &category["index"] {
            Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Value::Object(places) => {
                let mut found: Vec<(u64, &String)> =
                    places.iter().map(|(code, at)| (at.as_u64().unwrap_or_default(), code)).collect();
                found.sort_unstable();
                found.into_iter().map(|(_, code)| code.clone()).collect()
            }
            _ => category["label"].as_object().into_iter().flatten().map(|(code, _)| code.clone()).collect(),
        };
        for (code, label) in category["label"].as_object().into_iter().flatten() {
            long.name(concept, code, label.as_str().unwrap_or_default());
        }
        if own.is_empty() {
            return Err(damaged(&format!("dimension {id:?} has no codes")));
        }
        codes.push(own);
    }
    let of = |list: &Value, at: usize| match list {
        Value::Array(all) => all.get(at).cloned().unwrap_or_default(),
        Value::Object(all) => all.get(&at.to_string()).cloned().unwrap_or_default(),
        _ => Value::Null,
    };
    let places: u64 = codes.iter().map(|codes| codes.len() as u64).product();
    let mut filled: Vec<usize> = match (&message["value"], &message["status"]) {
        (Value::Array(all), _) => (0..all.len()).collect(),
        (values, status) => {
            let keys = [values, status].into_iter().filter_map(Value::as_object).flat_map(|all| all.keys());
            keys.filter_map(|key| key.parse().ok()).collect()
        }
    };
    filled.sort_unstable();
    filled.dedup();
    if filled.last().is_some_and(|last| *last as u64 >= places) {
        return Err(damaged("it has more figures than its dimensions have places"));
    }
    let flag = long.concept("OBS_FLAG", true);
    for at in filled {
        let figure = number(&of(&message["value"], at)).ok_or_else(|| damaged(&format!("figure {at} is no number")))?;
        let missing = if figure.1 == crate::harmonise::presence("blank") { cell(":") } else { None };
        long.begin(at as u32, missing.unwrap_or(figure));
        let mut rest = at;
        for (concept, codes) in codes.iter().enumerate().rev() {
            long.say(concept, &codes[rest % codes.len()]);
            rest /= codes.len();
        }
        long.say(flag, of(&message["status"], at).as_str().unwrap_or_default().trim_start_matches(':'));
        if at.is_multiple_of(1 << 12) {
            watch.step(1 << 12)?;
        }
    }
    if long.len() == 0 {
        return Err(damaged("it has no figures"));
    }
    let mut cube = long.done(0);
    let dataset = message["extension"]["id"].as_str().map(str::to_owned);
    let eurostat = message["source"].as_str() == Some("ESTAT");
    (cube.place, cube.format) = (place, "JSON-stat");
    cube.origin = Origin { agency: message["source"].as_str().map(str::to_owned), dataset };
    if let Some(updated) = message["updated"].as_str().filter(|_| eurostat) {
        cube.constants.insert("vintage".to_owned(), updated.to_owned());
    }
    Ok(cube)
}
