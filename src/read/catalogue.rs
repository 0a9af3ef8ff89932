//! The layouts that are known.

use std::sync::LazyLock;

use super::layout::Layout;
use crate::Error;

/// Their sources. A layout that asks for more stands before one that asks for less.
const SOURCES: &[(&str, &str)] = &[
    ("un_desa_stock", include_str!("layouts/un_desa_stock.toml")),
    ("eurostat_explorer", include_str!("layouts/eurostat_explorer.toml")),
];

static LAYOUTS: LazyLock<Result<Vec<Layout>, String>> = LazyLock::new(|| {
    let read = |(name, source): &(&str, &str)| Layout::parse(source).map_err(|error| format!("{name}: {error}"));
    SOURCES.iter().map(read).collect()
});

/// All of them.
///
/// # Errors
/// [`Error::Internal`] if one of them cannot be read, which a test makes sure of.
pub fn layouts() -> Result<&'static [Layout], Error> {
    LAYOUTS.as_deref().map_err(|error| Error::Internal(error.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_layouts_can_be_read_and_have_a_name() {
        for layout in layouts().unwrap() {
            assert!(!layout.name.is_empty() && !layout.title.is_empty());
        }
    }
}
