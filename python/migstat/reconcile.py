"""Figures that are to agree: mirror statistics, correction factors, undercount, geography over time, residual origins.

A move from one country to another is counted twice, by the office that it leaves and by the office that it enters, and
the two seldom agree. Here they are paired, compared and reconciled, with what makes them differ kept in sight; and
figures of states that split or merged, or of origins that nobody named, are brought to areas that can be compared.
"""

from __future__ import annotations

from ._reconcile_double_entry import DoubleEntry, double_entry
from ._reconcile_geography import constant_boundaries, merge, overlaps, split, split_shares
from ._reconcile_mirror import mirror
from ._reconcile_mirror_class import Mirror
from ._reconcile_residuals import allocate_residuals, apportioned, largest_remainder, residual_shares
from ._reconcile_undercount import undercount, undercount_classes
from ._reconcile_undercount_fit import DurationFit, fit_durations
from ._reconcile_undercount_scores import combine_scores, lfs_undercount

__all__ = [
    "DoubleEntry",
    "DurationFit",
    "Mirror",
    "allocate_residuals",
    "apportioned",
    "combine_scores",
    "constant_boundaries",
    "double_entry",
    "fit_durations",
    "largest_remainder",
    "lfs_undercount",
    "merge",
    "mirror",
    "overlaps",
    "residual_shares",
    "split",
    "split_shares",
    "undercount",
    "undercount_classes",
]
