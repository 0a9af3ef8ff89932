//! The only Rust that knows Python. No logic: extract, run detached, wrap.

mod ages;
mod aggregate;
mod codelists;
mod codes;
mod double_entry;
mod durations;
mod error;
mod geography;
mod mirror;
mod observations;
mod periods;
mod quality;
mod read;
mod residuals;
mod revisions;
mod table;
mod undercount;
mod units;
mod work;

use pyo3::prelude::*;

/// The core of migstat; use the public functions of `migstat`.
#[pymodule]
mod _core {
    #[pymodule_export]
    use super::ages::{
        exact_ages, read_ages, regroup_ages, regroup_observations, rogers_castro, shift_ages, shift_observations,
        shifted_ages, wanted_ages,
    };
    #[pymodule_export]
    use super::aggregate::{Aggregate, Records, aggregate};
    #[pymodule_export]
    use super::codelists::{Codelist, Mapping, codelist_mappings, codelists, describe_codes, recode};
    #[pymodule_export]
    use super::codes::{
        area_languages, area_places, area_successors, area_table, define_group, group_areas, group_members,
        group_names, label_of, match_areas, name_areas, near_areas, report_areas, resolve_areas, resolve_list,
        scheduled_changes, vocabulary, why_no_area,
    };
    #[pymodule_export]
    use super::double_entry::{DoubleEntry, double_entry};
    #[pymodule_export]
    use super::durations::{
        convert_durations, duration_criteria, duration_criterion, duration_models, duration_multipliers,
        duration_warning, plan_durations,
    };
    #[pymodule_export]
    use super::geography::{area_overlaps, constant_boundaries, merge_areas, split_area, split_shares};
    #[pymodule_export]
    use super::mirror::{Mirror, pair_mirror, pairs_within};
    #[pymodule_export]
    use super::observations::{Observations, check_ledger, concatenate, harmonise, observations};
    #[pymodule_export]
    use super::periods::{
        align_flows, align_observations, interpolate_observations, interpolate_stocks, listed_calendars,
        parse_instants, parse_periods,
    };
    #[pymodule_export]
    use super::quality::{QualityScan, benchmark_parts, quality_rules, quality_scan};
    #[pymodule_export]
    use super::read::{read_file, sniff_file};
    #[pymodule_export]
    use super::residuals::{allocate_residuals, largest_remainders, residual_shares};
    #[pymodule_export]
    use super::revisions::{Revisions, compare_observations, compare_tables};
    #[pymodule_export]
    use super::table::Table;
    #[pymodule_export]
    use super::undercount::{fit_durations, undercount_classes, undercount_ratios};
    #[pymodule_export]
    use super::units::{convert_money, deflate_money, listed_units, parse_unit};
}
