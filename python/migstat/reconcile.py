"""Reports of one movement by its two ends, brought together: mirror statistics, correction factors, geography in time.
"""Reports of one movement by its two ends, brought together: mirror statistics, factors, geography over time.

A move from one country to another is counted twice, by the office that it leaves and by the office that it enters, and
the two seldom agree. Here they are paired, compared and reconciled, with what makes them differ kept in sight.
"""

from __future__ import annotations

from ._reconcile_mirror import mirror
from ._reconcile_mirror_class import Mirror

__all__ = [
    "Mirror",
    "mirror",
]
from ._reconcile_double_entry import DoubleEntry, double_entry

__all__ = ["DoubleEntry", "double_entry"]
from ._reconcile_geography import constant_boundaries, merge, overlaps, split, split_shares
from ._reconcile_residuals import allocate_residuals, apportioned, largest_remainder, residual_shares

__all__ = [
    "allocate_residuals",
    "apportioned",
    "constant_boundaries",
    "largest_remainder",
    "merge",
    "overlaps",
    "residual_shares",
    "split",
    "split_shares",
]
from ._reconcile_undercount import undercount, undercount_classes
from ._reconcile_undercount_fit import DurationFit, fit_durations
from ._reconcile_undercount_scores import combine_scores, lfs_undercount

__all__ = ["DurationFit", "combine_scores", "fit_durations", "lfs_undercount", "undercount", "undercount_classes"]
