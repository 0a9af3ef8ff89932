//! Files to observations.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::observations::Observations;
use super::table::Table;
use super::work::{Progress, run_watched};
use crate::Error;
use crate::read::{Content, Options};

/// Reads a file, or the bytes of one: its figures, or the tables that it holds instead with their kind and title.
#[pyfunction]
#[pyo3(signature = (name, options, path=None, data=None, progress=None))]
pub fn read_file(
    py: Python<'_>,
    name: &str,
    options: &str,
    path: Option<PathBuf>,
    data: Option<Bound<'_, PyBytes>>,
    progress: Option<Progress>,
) -> PyResult<(Option<Observations>, Vec<(String, String, Table)>)> {
    let options = options_of(options)?;
    let given = data.map(|data| data.as_bytes().to_vec());
    let content = run_watched(py, progress, |watch| match (given, path) {
        (Some(bytes), _) => crate::read::read(name, bytes, &options, watch),
        (None, Some(path)) => crate::read::read_path(name, &path, &options, watch),
        (None, None) => Err(Error::Internal("neither a path nor bytes".to_owned())),
    })?;
    match content {
        Content::Figures(figures) => Ok((Some(Observations(*figures)), Vec::new())),
        Content::References(tables) => {
            let of = |one: &crate::read::Reference| -> Result<_, Error> {
                Ok((one.kind.name().to_owned(), one.title.clone(), one.to_arrow()?.into()))
            };
            Ok((None, tables.iter().map(of).collect::<Result<_, _>>()?))
        }
    }
}

/// For each sheet with a table a layout that may fit it, as TOML, and what was understood.
#[pyfunction]
#[pyo3(signature = (name, options, path=None, data=None))]
pub fn sniff_file(
    py: Python<'_>,
    name: &str,
    options: &str,
    path: Option<PathBuf>,
    data: Option<Bound<'_, PyBytes>>,
) -> PyResult<Vec<(String, Vec<String>)>> {
    let limits = options_of(options)?.limits;
    let given = data.map(|data| data.as_bytes().to_vec());
    let found = run_watched(py, None, |watch| crate::read::sniff(name, bytes_of(name, given, path)?, &limits, watch))?;
    Ok(found.into_iter().map(|one| (one.toml, one.understood)).collect())
}

fn options_of(text: &str) -> Result<Options, Error> {
    serde_json::from_str(text).map_err(|error| Error::Schema(format!("read: {error}")))
}

fn bytes_of(name: &str, given: Option<Vec<u8>>, path: Option<PathBuf>) -> Result<Vec<u8>, Error> {
    match (given, path) {
        (Some(bytes), _) => Ok(bytes),
        (None, Some(path)) => std::fs::read(&path).map_err(|error| Error::Read(format!("{name}: {error}"))),
        (None, None) => Err(Error::Internal("neither a path nor bytes".to_owned())),
    }
}
