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
    let options: Options = serde_json::from_str(options).map_err(|error| Error::Schema(format!("read: {error}")))?;
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
