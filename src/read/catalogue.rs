//! The layouts that are known.

use std::sync::LazyLock;

use super::layout::Layout;
use crate::Error;

/// Their sources. A layout that asks for more stands before one that asks for less.
const SOURCES: &[(&str, &str)] = &[
    ("un_desa_stock", include_str!("layouts/un_desa_stock.toml")),
    ("eurostat_explorer", include_str!("layouts/eurostat_explorer.toml")),
    ("un_desa_areas", include_str!("layouts/un_desa_areas.toml")),
    ("un_desa_flows", include_str!("layouts/un_desa_flows.toml")),
    ("un_wpp_migration", include_str!("layouts/un_wpp_migration.toml")),
    ("un_data_export", include_str!("layouts/un_data_export.toml")),
    ("unhcr_refugee_data", include_str!("layouts/unhcr_refugee_data.toml")),
    ("unhcr_popstats", include_str!("layouts/unhcr_popstats.toml")),
    ("worldbank_metadata", include_str!("layouts/worldbank_metadata.toml")),
    ("worldbank_remittance_matrix", include_str!("layouts/worldbank_remittance_matrix.toml")),
    ("worldbank_migration_matrix", include_str!("layouts/worldbank_migration_matrix.toml")),
    ("worldbank_remittances", include_str!("layouts/worldbank_remittances.toml")),
    ("worldbank_indicators", include_str!("layouts/worldbank_indicators.toml")),
    ("idmc", include_str!("layouts/idmc.toml")),
    ("iom_missing_migrants", include_str!("layouts/iom_missing_migrants.toml")),
    ("cepii", include_str!("layouts/cepii.toml")),
    ("abel_cohen", include_str!("layouts/abel_cohen.toml")),
    ("abel_sander", include_str!("layouts/abel_sander.toml")),
    ("destatis_genesis", include_str!("layouts/destatis_genesis.toml")),
    ("ircc", include_str!("layouts/ircc.toml")),
    ("scb_pxweb", include_str!("layouts/scb_pxweb.toml")),
    ("philippines_cfo", include_str!("layouts/philippines_cfo.toml")),
    ("nepal_dofe", include_str!("layouts/nepal_dofe.toml")),
    ("origin_destination_long", include_str!("layouts/origin_destination_long.toml")),
    ("tidy", include_str!("layouts/tidy.toml")),
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
