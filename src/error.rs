//! What can go wrong, by kind. Messages are lower-case, name column, row and value, and say what to do.

use arrow::error::ArrowError;

/// The one error of the core; one kind, one Python exception.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A column is missing, has the wrong type, or holds a value that it cannot hold.
    #[error("{0}")]
    Schema(String),
    /// A label or code is not known, or means several things.
    #[error("{0}")]
    Code(String),
    /// A file is not what it should be: damaged, too large, or laid out in a way that is not known.
    #[error("{0}")]
    Read(String),
    /// Figures of different definitions would be added.
    #[error("{0}")]
    Definition(String),
    /// The account of an operation does not balance.
    #[error("{0}")]
    Ledger(String),
    /// An Arrow kernel or a foreign stream failed.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// The caller asked to stop; what it raised travels inside.
    #[error("stopped: {0}")]
    Stopped(Box<dyn std::error::Error + Send + Sync>),
    /// A bug in migstat.
    #[error("internal error, please report it: {0}")]
    Internal(String),
}

/// `; did you mean "x"?`, where something is near.
pub fn near(word: &str, known: &[&str]) -> String {
    let lower = word.to_lowercase();
    let best = known.iter().map(|name| (strsim::jaro_winkler(&lower, &name.to_lowercase()), name));
    match best.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((likeness, name)) if likeness > 0.8 => format!("; did you mean {name:?}?"),
        _ => String::new(),
    }
}
