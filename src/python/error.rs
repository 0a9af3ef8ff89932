//! One kind of error, one exception.

use pyo3::prelude::*;

use crate::Error;

mod classes {
    pyo3::import_exception!(migstat.errors, SchemaError);
    pyo3::import_exception!(migstat.errors, CodeError);
    pyo3::import_exception!(migstat.errors, ReadError);
    pyo3::import_exception!(migstat.errors, DefinitionError);
    pyo3::import_exception!(migstat.errors, LedgerError);
    pyo3::import_exception!(migstat.errors, InternalError);
}
use classes::{CodeError, DefinitionError, InternalError, LedgerError, ReadError, SchemaError};

impl From<Error> for PyErr {
    fn from(error: Error) -> PyErr {
        let text = error.to_string();
        match error {
            Error::Stopped(cause) => match cause.downcast::<PyErr>() {
                Ok(raised) => *raised,
                Err(other) => InternalError::new_err(other.to_string()),
            },
            Error::Schema(_) | Error::Arrow(_) => SchemaError::new_err(text),
            Error::Code(_) => CodeError::new_err(text),
            Error::Read(_) => ReadError::new_err(text),
            Error::Definition(_) => DefinitionError::new_err(text),
            Error::Ledger(_) => LedgerError::new_err(text),
            Error::Internal(_) => InternalError::new_err(text),
        }
    }
}
