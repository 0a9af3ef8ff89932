//! Every binding runs through here: detached from Python, with panics caught and signals heard.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::type_hint_identifier;

use crate::Error;
use crate::watch::{self, Watch};

/// Detaches from Python, does the work, turns an error or a panic into a Python exception.
pub fn run<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error> + Send) -> PyResult<T> {
    let out = py.detach(|| {
        limit_threads()?;
        Ok::<_, Error>(catch_unwind(AssertUnwindSafe(work)))
    })?;
    Ok(out.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Error::Internal(text.unwrap_or("panic").to_owned()))
    })?)
}

/// Makes the pool of all work in parallel, of as many threads as `MIGSTAT_THREADS` says when it is first needed.
fn limit_threads() -> Result<(), Error> {
    static MADE: OnceLock<()> = OnceLock::new();
    if MADE.get().is_some() {
        return Ok(());
    }
    if let Ok(stated) = std::env::var("MIGSTAT_THREADS") {
        let threads = stated.trim().parse().ok().filter(|threads| (1..=4096).contains(threads)).ok_or_else(|| {
            Error::Schema(format!("MIGSTAT_THREADS={stated:?}: expected a whole number from 1 to 4096"))
        })?;
        // Where another call has made the pool in the meantime, it is as large as that call was told.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    MADE.get_or_init(|| ());
    Ok(())
}

/// The same for long work: Ctrl-C ends it within a second, and `progress` is told how far it is.
pub fn run_watched<T: Send>(
    py: Python<'_>,
    progress: Option<Progress>,
    work: impl FnOnce(&Watch) -> Result<T, Error> + Send,
) -> PyResult<T> {
    run(py, move || {
        watch::watched(work, &mut |done| {
            Python::attach(|py| {
                py.check_signals()?;
                progress.as_ref().map_or(Ok(()), |progress| progress.0.call1(py, (done,)).map(drop))
            })
            .map_err(|raised: PyErr| Error::Stopped(raised.into()))
        })
    })
}

/// A callable that is told how far the work is.
pub struct Progress(Py<PyAny>);

impl<'py> FromPyObject<'_, 'py> for Progress {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("migstat._typing", "Progress");
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Progress(object.to_owned().unbind()))
    }
}
