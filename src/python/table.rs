//! Tables and columns across the border, by the Arrow C interface.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchReader, StructArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::type_hint_identifier;
use pyo3::types::PyCapsule;
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::{ArrayIterator, ArrayReader, to_stream_pycapsule};
use pyo3_arrow::input::{AnyArray, AnyRecordBatch};

use crate::Error;
use crate::watch::Watch;

/// A table: anything with `__arrow_c_stream__` or `__arrow_c_array__`, not yet read.
pub struct Stream(Box<dyn RecordBatchReader + Send>);

impl<'py> FromPyObject<'_, 'py> for Stream {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("migstat._typing", "ArrowTable");
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Stream(object.extract::<AnyRecordBatch>()?.into_reader()?))
    }
}

impl Stream {
    /// Reads all batches.
    pub fn read(self, watch: &Watch) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
        let schema = self.0.schema();
        let mut batches = Vec::new();
        for batch in self.0 {
            let batch = batch?;
            watch.step(batch.num_rows() as u64)?;
            batches.push(batch);
        }
        Ok((schema, batches))
    }

    /// Gives the batches to `take`, so many rows at a time: what has been taken is not kept.
    pub fn take(
        self,
        rows: usize,
        mut take: impl FnMut(&SchemaRef, &[RecordBatch]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let schema = self.0.schema();
        let (mut batches, mut count) = (Vec::new(), 0);
        for batch in self.0 {
            let batch = batch?;
            count += batch.num_rows();
            batches.push(batch);
            if count >= rows {
                take(&schema, &batches)?;
                batches.clear();
                count = 0;
            }
        }
        take(&schema, &batches)
    }

    /// Reads all batches into one.
    pub fn read_one(self) -> Result<RecordBatch, Error> {
        let schema = self.0.schema();
        let batches = self.0.collect::<Result<Vec<_>, _>>()?;
        Ok(arrow::compute::concat_batches(&schema, &batches)?)
    }
}

/// A column: anything with `__arrow_c_stream__` or `__arrow_c_array__`, not yet read.
pub struct Column(Box<dyn ArrayReader + Send>);

impl<'py> FromPyObject<'_, 'py> for Column {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("migstat._typing", "ArrowColumn");
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Column(object.extract::<AnyArray>()?.into_reader()?))
    }
}

impl Column {
    /// Reads all chunks.
    pub fn read(self) -> Result<Vec<ArrayRef>, Error> {
        Ok(self.0.collect::<Result<_, _>>()?)
    }
}

/// A table that any Arrow library can take: `pyarrow.table(t)`, `polars.DataFrame(t)`, `pandas.DataFrame.from_arrow(t)`.
#[pyclass(frozen, module = "migstat")]
pub struct Table {
    batches: Vec<RecordBatch>,
    schema: SchemaRef,
}

impl From<RecordBatch> for Table {
    fn from(batch: RecordBatch) -> Table {
        Table { schema: batch.schema(), batches: vec![batch] }
    }
}

impl Table {
    /// A table of one column in chunks.
    pub fn of(name: &str, chunks: Vec<ArrayRef>) -> Result<Table, Error> {
        let kind = chunks.first().map_or(DataType::Null, |chunk| chunk.data_type().clone());
        let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new(name, kind, true)]));
        let batch = |chunk| RecordBatch::try_new(schema.clone(), vec![chunk]);
        Ok(Table { batches: chunks.into_iter().map(batch).collect::<Result<_, _>>()?, schema })
    }
}

#[pymethods]
impl Table {
    /// Number of rows.
    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The table as a capsule that holds an Arrow C stream.
    #[pyo3(signature = (requested_schema: "object | None" = None) -> "object")] // builtins only: a quoted name gets no import
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyCapsule>> {
        let metadata = self.schema.metadata().clone();
        let field = Field::new_struct("", self.schema.fields().clone(), false).with_metadata(metadata);
        let arrays = self.batches.clone().into_iter().map(|batch| Ok(Arc::new(StructArray::from(batch)) as ArrayRef));
        to_stream_pycapsule(py, Box::new(ArrayIterator::new(arrays, Arc::new(field))), requested_schema)
    }
}
