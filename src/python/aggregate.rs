//! Aggregates as Python holds them.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use arrow::array::RecordBatch;
use pyo3::prelude::*;

use super::observations::Observations;
use super::table::{Stream, Table};
use super::work::{Progress, run, run_watched};
use crate::aggregate::{Request, records};
use crate::{Error, definition};

/// Rows that are added at a time: enough for all threads, and little memory.
const ROWS: usize = 1 << 21;

/// Sums over groups, with what was missing and how they came about.
#[pyclass(frozen, module = "migstat._core")]
pub struct Aggregate(crate::aggregate::Aggregate);

#[pymethods]
impl Aggregate {
    /// One row a cell.
    fn cells(&self) -> Table {
        self.0.cells.clone().into()
    }

    /// The figures without a value.
    fn missing(&self) -> PyResult<Table> {
        let missing = self.0.missing.clone();
        let missing = missing.ok_or_else(|| {
            Error::Schema("missing records were not counted: put \"coverage\" among measures=".into())
        })?;
        Ok(missing.into())
    }

    /// The definitions of the cells.
    fn definitions(&self) -> PyResult<Table> {
        Ok(definition::to_arrow(&self.0.definitions)?.into())
    }

    /// The ledger as JSON.
    fn ledger(&self) -> PyResult<String> {
        Ok(self.0.ledger.to_json()?)
    }
}

/// Add up the leaves by group; the request is JSON.
#[pyfunction]
#[pyo3(signature = (observations, request, threads, progress=None))]
pub fn aggregate(
    py: Python<'_>,
    observations: &Observations,
    request: &str,
    threads: usize,
    progress: Option<Progress>,
) -> PyResult<Aggregate> {
    let request: Request = serde_json::from_str(request).map_err(|e| Error::Schema(format!("aggregate: {e}")))?;
    let made =
        run_watched(py, progress, |watch| crate::aggregate::aggregate(&observations.0, &request, threads, watch))?;
    Ok(Aggregate(made))
}

/// Sums over records that go on: batches and other sums come in, and cells go out.
#[pyclass(frozen, module = "migstat._core")]
pub struct Records {
    sums: Mutex<records::Records>,
    /// Who is at work on them.
    holder: Mutex<Option<ThreadId>>,
    request: String,
}

/// The sums while one thread has them.
struct Held<'a> {
    sums: MutexGuard<'a, records::Records>,
    holder: &'a Mutex<Option<ThreadId>>,
}

impl Records {
    fn of(sums: records::Records, request: String) -> Records {
        Records { sums: Mutex::new(sums), holder: Mutex::new(None), request }
    }

    /// Waits for other threads; a stream that asks for the sums that it is being added to would wait for itself.
    fn sums(&self) -> Result<Held<'_>, Error> {
        let me = thread::current().id();
        if *self.holder.lock().unwrap_or_else(PoisonError::into_inner) == Some(me) {
            return Err(Error::Schema("a source must not use the accumulator that it is being added to".into()));
        }
        let sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        *self.holder.lock().unwrap_or_else(PoisonError::into_inner) = Some(me);
        Ok(Held { sums, holder: &self.holder })
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        *self.holder.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Deref for Held<'_> {
    type Target = records::Records;

    fn deref(&self) -> &records::Records {
        &self.sums
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut records::Records {
        &mut self.sums
    }
}

#[pymethods]
impl Records {
    /// The request is JSON.
    #[new]
    fn new(request: &str, threads: usize) -> PyResult<Records> {
        let wrong = |e: serde_json::Error| Error::Schema(format!("aggregate: {e}"));
        // As a table of sums will say it, so that requests can be compared.
        let request = serde_json::from_str::<serde_json::Value>(request).map_err(wrong)?.to_string();
        let read = serde_json::from_str(&request).map_err(wrong)?;
        Ok(Records::of(records::Records::new(read, threads)?, request))
    }

    /// What was asked for, as JSON.
    fn request(&self) -> &str {
        &self.request
    }

    /// Add the records of a table, batch by batch; `rows` is how many it has, if that is known.
    #[pyo3(signature = (table, progress=None, rows=None))]
    fn update(&self, py: Python<'_>, table: Stream, progress: Option<Progress>, rows: Option<usize>) -> PyResult<()> {
        run_watched(py, progress, |watch| {
            let mut sums = self.sums()?;
            sums.expect(rows.unwrap_or(0));
            let mut before = 0;
            let taken = table.take(ROWS, |schema, batches| {
                sums.open(schema)?;
                sums.update(batches, before, watch)?;
                before += batches.iter().map(RecordBatch::num_rows).sum::<usize>();
                Ok(())
            });
            // A source of which nothing has come leaves the sums as they were.
            if let Err(error) = &taken
                && before > 0
            {
                sums.fail(error);
            }
            taken
        })
    }

    /// Add other sums over records.
    fn merge(&self, py: Python<'_>, other: &Records) -> PyResult<()> {
        if self.request != other.request {
            return Err(Error::Schema("sums that were asked for in different ways cannot be merged".into()).into());
        }
        run(py, || {
            // Apart, so that sums can be merged with themselves and in both directions at once.
            let state = other.sums()?.state(&other.request)?;
            let mut theirs = records::Records::from_state(&state, 1)?.0;
            self.sums()?.merge(&mut theirs)
        })
    }

    /// The sums as they stand.
    fn finish(&self, py: Python<'_>) -> PyResult<Aggregate> {
        Ok(Aggregate(run(py, || self.sums()?.finish())?))
    }

    /// What the classes of every axis are called, and all values in row-major order.
    fn dense(&self, py: Python<'_>) -> PyResult<(Vec<Table>, Table)> {
        let (labels, values) = run(py, || self.sums()?.dense())?;
        let labels = labels.into_iter().map(|labels| Table::of("label", vec![labels]));
        let values = Table::of("value", vec![std::sync::Arc::new(values)])?;
        Ok((labels.collect::<Result<_, _>>()?, values))
    }

    /// Everything that is known so far, as a table.
    fn state(&self, py: Python<'_>) -> PyResult<Table> {
        Ok(run(py, || self.sums()?.state(&self.request))?.into())
    }

    /// Sums from such a table.
    #[staticmethod]
    fn from_state(py: Python<'_>, table: Stream, threads: usize) -> PyResult<Records> {
        let (sums, request) = run(py, || records::Records::from_state(&table.read_one()?, threads))?;
        Ok(Records::of(sums, request))
    }
}
